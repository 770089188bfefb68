//! Conditions and segments: what share of people of each age and sex has what, and who moves between segments in a year.
//!
//! A prevalence is a share by age and sex and stays as it is: what grows is the people of that age. Segments (well, at risk, with a
//! long-term condition, complex, frail, at the end of life, children, maternity, mental health) are a Markov chain along the life of a
//! cohort: the shares of one age, moved by that age's transitions, are the shares of the next age a year later. `died` may be one of
//! the transitions; it says who dies rather than how many, for deaths are those of the life table, and the shares of the living are made
//! to sum to 1 again.
//!
//! Where people are now may be counted from what they used in a year ([`Rule`], [`Segments::counted`]): each is in the segment of the
//! first rule that fits. Two years of records also tell who moved.

use super::cohort::{AGES, FEMALE, People};
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

/// The transition that is no segment.
pub const DIED: &str = "died";

/// Segments and how people move between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segments {
    /// Their names.
    pub names: Vec<String>,
    /// Where people are now: for each segment its share by sex and age. Empty: where the transitions themselves would have led.
    pub now: Vec<People>,
    /// Yearly moves.
    pub moves: Vec<Move>,
}

/// The yearly chance of moving from one segment to another, by sex and age.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// From this segment.
    pub from: usize,
    /// To this one; none: died.
    pub to: Option<usize>,
    /// With this chance.
    pub chance: People,
}

impl Segments {
    /// The shares now: as counted, or as the transitions lead to from birth in the first segment.
    pub fn start(&self) -> Vec<People> {
        if !self.now.is_empty() {
            return self.now.clone();
        }
        let mut shares = vec![[[0.0; AGES]; 2]; self.names.len()];
        for sex in 0..=FEMALE {
            if let Some(first) = shares.first_mut() {
                first[sex][0] = 1.0;
            }
            for age in 1..AGES {
                let older = self.moved(&shares, sex, age - 1);
                put(&mut shares, sex, age, &older);
            }
            self.open(&mut shares, sex);
        }
        shares
    }

    /// The shares one year later. Newborn children are as newborn children are now; people who move here are like those of their age.
    pub fn year(&self, shares: &[People]) -> Vec<People> {
        let mut after = shares.to_vec();
        for sex in 0..=FEMALE {
            for age in 1..AGES {
                put(&mut after, sex, age, &self.moved(shares, sex, age - 1));
            }
            self.open(&mut after, sex);
        }
        after
    }

    /// The shares of people of `age`, a year later.
    fn moved(&self, from: &[People], sex: usize, age: usize) -> Vec<f64> {
        let mut shares: Vec<f64> = from.iter().map(|segment| segment[sex][age]).collect();
        for step in &self.moves {
            let part = from[step.from][sex][age] * step.chance[sex][age];
            shares[step.from] -= part;
            if let Some(to) = step.to {
                shares[to] += part;
            }
        }
        let living: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share = if living > 0.0 { *share / living } else { 0.0 });
        shares
    }

    /// In the open age people of all years of 90 and over stand together; its shares are those that its own transitions settle at,
    /// with a fifth of its people coming from 89 each year.
    fn open(&self, shares: &mut [People], sex: usize) {
        let coming: Vec<f64> = shares.iter().map(|segment| segment[sex][AGES - 1]).collect();
        for _ in 0..20 {
            let stayed = self.moved(shares, sex, AGES - 1);
            let mixed: Vec<f64> = stayed.iter().zip(&coming).map(|(stayed, new)| 0.8 * stayed + 0.2 * new).collect();
            put(shares, sex, AGES - 1, &mixed);
        }
    }
}

fn put(shares: &mut [People], sex: usize, age: usize, these: &[f64]) {
    shares.iter_mut().zip(these).for_each(|(segment, share)| segment[sex][age] = *share);
}

/// Who is counted in a segment: people of these ages who used a kind of service so many times in a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The segment.
    pub segment: usize,
    /// The kind of service; [`ANY`] counts different kinds; none: everybody, whether the records know them or not.
    pub kind: Option<String>,
    /// So many times, or so many kinds, or more.
    pub at_least: u32,
    /// Of these sexes.
    pub sexes: RangeInclusive<usize>,
    /// Of these ages.
    pub ages: RangeInclusive<usize>,
}

/// Instead of a kind of service: how many different ones.
pub const ANY: &str = "any";

/// What one person used in a year, as the records tell it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Used {
    /// 0 male, 1 female.
    pub sex: usize,
    /// Whole years of age in that year, 90 for 90 and over.
    pub age: usize,
    /// How many times, by kind of service.
    pub kinds: BTreeMap<String, u32>,
    /// Whether they died in that year.
    pub died: bool,
}

/// What was counted, and what was not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// How many living people the records of the last year know.
    pub people: usize,
    /// Segments that no rule counts: they keep the share that the transitions lead to.
    pub untold: Vec<String>,
    /// How many people of the year before were followed into the last; none: the transitions are those of the table.
    pub followed: Option<usize>,
}

impl Counted {
    /// In a sentence or two.
    pub fn words(&self) -> String {
        let mut words =
            format!("Counted from the records: {} people had contact in the last year", grouped(self.people));
        if !self.untold.is_empty() {
            let (keep, share) = if self.untold.len() == 1 { ("keeps", "share") } else { ("keep", "shares") };
            words += &format!("; nothing tells {}, which {keep} the {share} of the table", self.untold.join(" and "));
        }
        words += &match self.followed {
            Some(people) => format!(". How people move between them is counted from {} of two years.", grouped(people)),
            None => ". How people move between them is that of the table, for which two years of records are needed."
                .to_owned(),
        };
        words
    }
}

/// 61,628
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let split = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().flat_map(|(at, digit)| split(at).then_some(',').into_iter().chain([digit])).collect()
}

/// Ages that are counted together: bands of five years, with childhood ending at 18.
const TOGETHER: [usize; 20] = [0, 5, 10, 15, 18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90];
/// Ages that move together: the year of growing up is its own.
const MOVING: [usize; 7] = [0, 17, 18, 40, 65, 75, 85];
/// Shares of moves lean on those of all ages as if so many more had been followed.
const LEAN: f64 = 50.0;

fn band(bands: &[usize], age: usize) -> usize {
    bands.partition_point(|from| *from <= age).saturating_sub(1)
}

impl Segments {
    /// The segments as the records tell them: where people were in the last of `years` (each person by a number that is the same
    /// in each), and, of two years, who moved. `people` are all who live there: whom the records do not know are in the segment of
    /// the first rule that asks for no service.
    ///
    /// ```
    /// use foresee::project::cohort::AGES;
    /// use foresee::project::segment::{Rule, Segments, Used};
    /// let all = |segment, kind: Option<&str>| Rule {
    ///     segment, kind: kind.map(str::to_owned), at_least: 1, sexes: 0..=1, ages: 0..=AGES - 1,
    /// };
    /// let segments = Segments { names: vec!["well".into(), "frail".into()], ..Segments::default() };
    /// let used = Used { sex: 0, age: 82, kinds: [("home_care".to_owned(), 2)].into(), died: false };
    /// let rules = [all(1, Some("home_care")), all(0, None)];
    /// let (counted, told) = segments.counted(&rules, &[[10.0; AGES]; 2], &[vec![(7, used)]]);
    /// assert_eq!((counted.now[1][0][82], counted.now[0][0][82], told.people), (0.02, 0.98, 1)); // of 50 men from 80 to 84
    /// ```
    pub fn counted(&self, rules: &[Rule], people: &People, years: &[Vec<(i64, Used)>]) -> (Segments, Counted) {
        let count = self.names.len();
        let Some(last) = years.last().filter(|_| count > 0 && !rules.is_empty()) else {
            return (self.clone(), Counted::default());
        };
        let of = |used: &Used| rules.iter().find(|rule| rule.fits(used)).map(|rule| rule.segment);
        let unseen = |sex: usize, age: usize| of(&Used { sex, age, ..Used::default() });
        // A rule that asks for what nobody here sends tells nothing.
        let sent = |rule: &Rule| match rule.kind.as_deref() {
            None | Some(ANY) => true,
            Some(kind) => years.iter().flatten().any(|(_, used)| used.kinds.contains_key(kind)),
        };
        let telling: Vec<bool> = rules.iter().map(sent).collect();
        let tells = |segment| rules.iter().zip(&telling).any(|(rule, tells)| *tells && rule.segment == segment);
        let told: Vec<bool> = (0..count).map(tells).collect();
        let table = self.start();
        // Where the records see people, by band, sex and segment.
        let mut seen = vec![[vec![0.0; count], vec![0.0; count]]; TOGETHER.len()];
        let living: Vec<&(i64, Used)> = last.iter().filter(|(_, used)| !used.died).collect();
        for (_, used) in &living {
            if let Some(segment) = of(used) {
                seen[band(&TOGETHER, used.age)][used.sex.min(1)][segment] += 1.0;
            }
        }
        let mut now = vec![[[0.0; AGES]; 2]; count];
        for (at, from) in TOGETHER.iter().enumerate() {
            let ages = *from..TOGETHER.get(at + 1).copied().unwrap_or(AGES);
            for sex in 0..=FEMALE {
                let live: f64 = people[sex][ages.clone()].iter().sum();
                let known: f64 = seen[at][sex].iter().sum();
                let all = live.max(known).max(1e-9);
                for age in ages.clone() {
                    let untold: f64 = (0..count).filter(|s| !told[*s]).map(|s| table[s][sex][age]).sum();
                    let mut shares: Vec<f64> = seen[at][sex].iter().map(|people| people / all).collect();
                    if let Some(rest) = unseen(sex, age) {
                        shares[rest] += 1.0 - known / all;
                    }
                    let sum: f64 = shares.iter().sum();
                    for segment in 0..count {
                        now[segment][sex][age] = match (told[segment], sum > 0.0) {
                            (true, true) => shares[segment] / sum * (1.0 - untold),
                            (true, false) => 0.0,
                            (false, true) => table[segment][sex][age],
                            (false, false) => table[segment][sex][age] / untold.max(1e-9),
                        };
                    }
                }
            }
        }
        let mut counted = Counted {
            people: living.len(),
            untold: self.names.iter().zip(&told).filter(|(_, told)| !**told).map(|(name, _)| name.clone()).collect(),
            followed: None,
        };
        let mut segments = Segments { now, ..self.clone() };
        if let [.., before, last] = years {
            let after: HashMap<i64, &Used> = last.iter().map(|(person, used)| (*person, used)).collect();
            segments.moves = self.followed(&told, &of, people, before, &after);
            counted.followed = Some(before.len());
        }
        (segments, counted)
    }

    /// Yearly moves as they were seen; those from and to a segment that no rule counts are those of the table.
    fn followed(
        &self,
        told: &[bool],
        of: &dyn Fn(&Used) -> Option<usize>,
        people: &People,
        before: &[(i64, Used)],
        after: &HashMap<i64, &Used>,
    ) -> Vec<Move> {
        let count = self.names.len();
        // People by band, sex and segment a year ago, and where they went: to a segment, or died (the last).
        let mut from = vec![[vec![0.0; count], vec![0.0; count]]; MOVING.len()];
        let mut went = vec![[vec![vec![0.0; count + 1]; count], vec![vec![0.0; count + 1]; count]]; MOVING.len()];
        let mut known = vec![[0.0; 2]; MOVING.len()];
        let mut put = |sex: usize, age: usize, old: usize, new: usize, by: f64| {
            let at = band(&MOVING, age);
            from[at][sex][old] += by;
            went[at][sex][old][new] += by;
        };
        let unseen = |sex: usize, age: usize| of(&Used { sex, age, ..Used::default() });
        let mut followed: std::collections::HashSet<i64> = std::collections::HashSet::new();
        for (person, used) in before.iter().filter(|(_, used)| !used.died) {
            let (sex, age) = (used.sex.min(1), used.age);
            let then = after.get(person);
            let new = match then {
                Some(used) if used.died => Some(count),
                Some(used) => of(used),
                None => unseen(sex, (age + 1).min(AGES - 1)),
            };
            if let (Some(old), Some(new)) = (of(used), new) {
                put(sex, age, old, new, 1.0);
                known[band(&MOVING, age)][sex] += 1.0;
                followed.insert(*person);
            }
        }
        // Whom only the second year knows were where those are whom no records know.
        for (_, used) in after.iter().filter(|(person, _)| !followed.contains(person)) {
            let (sex, age) = (used.sex.min(1), used.age.saturating_sub(1));
            let new = if used.died { Some(count) } else { of(used) };
            if let (Some(old), Some(new)) = (unseen(sex, age), new) {
                put(sex, age, old, new, 1.0);
                known[band(&MOVING, age)][sex] += 1.0;
            }
        }
        // And all others were there, and still are.
        for sex in 0..=FEMALE {
            for (at, first) in MOVING.iter().enumerate() {
                let ages = *first..MOVING.get(at + 1).copied().unwrap_or(AGES);
                let live: f64 = people[sex][ages.clone()].iter().sum();
                let each = (live - known[at][sex]).max(0.0) / live.max(1e-9);
                for age in ages {
                    let ends = [unseen(sex, age), unseen(sex, (age + 1).min(AGES - 1))];
                    if let [Some(old), Some(new)] = ends {
                        put(sex, age, old, new, each * people[sex][age]);
                    }
                }
            }
        }
        let mut moves: Vec<Move> = Vec::new();
        for old in (0..count).filter(|old| told[*old]) {
            let sum = |new: usize| went.iter().flatten().map(|by| by[old][new]).sum::<f64>();
            let all: f64 = from.iter().flatten().map(|by| by[old]).sum();
            let seen = (0..=count).filter(|new| *new != old && (*new == count || told[*new]) && sum(*new) > 0.0);
            for new in seen {
                let mut chance = [[0.0; AGES]; 2];
                for (sex, chances) in chance.iter_mut().enumerate() {
                    for (age, chance) in chances.iter_mut().enumerate() {
                        let at = band(&MOVING, age);
                        // Who grows up moves as no other age does.
                        let lean = if MOVING[at] == 17 { 0.0 } else { LEAN };
                        let wide = sum(new) / all.max(1e-9);
                        *chance = (went[at][sex][old][new] + lean * wide) / (from[at][sex][old] + lean).max(1e-9);
                    }
                }
                moves.push(Move { from: old, to: (new < count).then_some(new), chance });
            }
        }
        let kept = self.moves.iter().filter(|step| !told[step.from] || step.to.is_some_and(|to| !told[to]));
        let kept: Vec<Move> = kept.cloned().collect();
        // Nobody leaves twice: what is counted makes room for what is not.
        for step in &mut moves {
            for sex in 0..=FEMALE {
                for age in 0..AGES {
                    let away: f64 = kept.iter().filter(|k| k.from == step.from).map(|k| k.chance[sex][age]).sum();
                    step.chance[sex][age] *= (1.0 - away).max(0.0);
                }
            }
        }
        moves.extend(kept);
        moves
    }
}

impl Rule {
    fn fits(&self, used: &Used) -> bool {
        let times = match self.kind.as_deref() {
            None => u32::MAX,
            Some(ANY) => used.kinds.len() as u32,
            Some(kind) => used.kinds.get(kind).copied().unwrap_or(0),
        };
        self.sexes.contains(&used.sex) && self.ages.contains(&used.age) && times >= self.at_least.max(1)
    }
}

/// People with something of which `share` is the share by sex and age.
pub fn people_with(people: &People, share: &People) -> f64 {
    dot(&people[0], &share[0]) + dot(&people[1], &share[1])
}

/// Σ of products, in four sums so that the machine adds them side by side; the order is fixed, and so are the bits.
pub(crate) fn dot(one: &[f64], two: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (ones, twos) = (one.as_chunks::<4>(), two.as_chunks::<4>());
    for (one, two) in ones.0.iter().zip(twos.0) {
        for lane in 0..4 {
            sums[lane] += one[lane] * two[lane];
        }
    }
    sums.iter().sum::<f64>() + ones.1.iter().zip(twos.1).map(|(one, two)| one * two).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(chance: f64, died: f64) -> Segments {
        let all = |chance: f64| [[chance; AGES]; 2];
        Segments {
            names: vec!["well".into(), "frail".into()],
            now: Vec::new(),
            moves: vec![
                Move { from: 0, to: Some(1), chance: all(chance) },
                Move { from: 1, to: None, chance: all(died) },
            ],
        }
    }

    #[test]
    fn shares_always_sum_to_one_and_stay_where_the_moves_lead() {
        let segments = two(0.02, 0.0);
        let start = segments.start();
        assert!((start[0][0][30] - 0.98f64.powi(30)).abs() < 1e-12);
        let later = segments.year(&start);
        for age in 0..AGES {
            assert!((later[0][1][age] + later[1][1][age] - 1.0).abs() < 1e-12);
            if age < AGES - 1 {
                assert!((later[1][1][age] - start[1][1][age]).abs() < 1e-12, "at {age}");
            }
        }
    }

    fn used(sex: usize, age: usize, kinds: &[(&str, u32)]) -> Used {
        Used { sex, age, kinds: kinds.iter().map(|(kind, times)| ((*kind).to_owned(), *times)).collect(), died: false }
    }

    fn rules() -> Vec<Rule> {
        let rule = |segment, kind: Option<&str>, at_least, ages| Rule {
            segment,
            kind: kind.map(str::to_owned),
            at_least,
            sexes: 0..=1,
            ages,
        };
        vec![
            rule(2, Some("home_care"), 1, 65..=90),
            rule(1, Some(ANY), 3, 0..=90),
            rule(1, Some("general_practice"), 6, 18..=90),
            rule(0, None, 0, 0..=90),
        ]
    }

    #[test]
    fn each_person_is_counted_once_by_the_first_rule_that_fits_and_the_rest_are_well() {
        let names = ["well", "ill", "frail", "maternity"].map(str::to_owned).to_vec();
        let moves = vec![Move { from: 0, to: Some(3), chance: [[0.0; AGES], [0.1; AGES]] }];
        let segments = Segments { names, now: Vec::new(), moves };
        let people = [[20.0; AGES]; 2];
        let year: Vec<(i64, Used)> = [
            used(0, 70, &[("home_care", 1), ("general_practice", 9)]),
            used(0, 70, &[("ward", 1), ("ambulance", 1), ("general_practice", 1)]),
            used(0, 71, &[("general_practice", 5)]),
            used(0, 40, &[("home_care", 3)]),
            Used { died: true, ..used(0, 70, &[("home_care", 1)]) },
        ]
        .into_iter()
        .zip(1..)
        .map(|(used, person)| (person, used))
        .collect();
        let (counted, told) = segments.counted(&rules(), &people, &[year]);
        // Of a hundred men from 70 to 74; nobody tells maternity, which no man has.
        assert_eq!([0, 1, 2, 3].map(|segment| counted.now[segment][0][73]), [0.98, 0.01, 0.01, 0.0]);
        assert_eq!(counted.now[2][0][40], 0.0, "home care at 40 is not frailty here");
        assert_eq!((told.people, told.followed), (4, None));
        assert_eq!(told.untold, ["maternity"]);
        assert!(told.words().starts_with("Counted from the records: 4 people"), "{}", told.words());
        assert_eq!([grouped(999), grouped(61_628), grouped(1_000_000)], ["999", "61,628", "1,000,000"]);
        // What a rule asks for and nobody sends is not nobody: it keeps the share of the table too.
        let mut asked = rules();
        asked.push(Rule { segment: 3, kind: Some("hospice".to_owned()), at_least: 1, sexes: 0..=1, ages: 0..=90 });
        let (_, again) = segments.counted(&asked, &people, &[vec![(1, used(0, 70, &[("home_care", 1)]))]]);
        assert_eq!(again.untold, ["maternity"]);
        assert_eq!(counted.now[3], segments.start()[3], "what no rule tells keeps the share of the table");
        for (sex, age) in [(0, 0), (0, 73), (1, 30), (1, 90)] {
            let sum: f64 = counted.now.iter().map(|share| share[sex][age]).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum} at {age}");
        }
        assert_eq!(counted.moves, segments.moves);
        assert!(told.words().contains("two years of records are needed"), "{}", told.words());
    }

    #[test]
    fn two_years_tell_who_moved_as_often_as_was_planted() {
        // Each person is ill with 0.3; of the ill 0.2 are frail a year later and 0.1 have died, of the well 0.05 are ill.
        let mut key = 7_u64;
        let mut unit = || {
            key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (key >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let ill = |age| used(1, age, &[("general_practice", 8)]);
        for person in 0..20_000 {
            let age = 65 + (person % 10) as usize;
            let was_ill = unit() < 0.3;
            if was_ill {
                first.push((person, ill(age)));
            }
            let chance = unit();
            match (was_ill, chance) {
                (true, ..0.2) => last.push((person, used(1, age, &[("home_care", 1)]))),
                (true, ..0.3) => last.push((person, Used { died: true, ..ill(age) })),
                (true, _) => last.push((person, ill(age))),
                (false, ..0.05) => last.push((person, ill(age))),
                (false, _) => {}
            }
        }
        let mut people = [[0.0; AGES]; 2];
        people[1][65..75].fill(2_000.0);
        let segments = Segments { names: ["well", "ill", "frail"].map(str::to_owned).to_vec(), ..Segments::default() };
        let (counted, told) = segments.counted(&rules(), &people, &[first.clone(), last]);
        assert_eq!(told.followed, Some(first.len()));
        let chance = |from, to| {
            let step = counted.moves.iter().find(|step| (step.from, step.to) == (from, to));
            step.map_or(0.0, |step| step.chance[1][70])
        };
        for (from, to, planted, people) in
            [(1, Some(2), 0.2, 6_000.0), (1, None, 0.1, 6_000.0), (0, Some(1), 0.05, 14_000.0), (2, Some(1), 0.0, 1.0)]
        {
            let give = 3.0 * f64::sqrt(planted * (1.0 - planted) / people);
            let found = chance(from, to);
            assert!((found - planted).abs() <= give + 1e-9, "{from} to {to:?}: {found}, planted {planted}");
        }
        // Shares a year on are those of the moves.
        let later = counted.year(&counted.now);
        assert!(later[2][1][72] > counted.now[2][1][71]);
    }

    #[test]
    fn segments_that_die_sooner_are_smaller_among_the_living() {
        assert!(two(0.02, 0.2).start()[1][0][60] < two(0.02, 0.0).start()[1][0][60]);
    }

    #[test]
    fn people_with_a_condition_are_people_times_share() {
        let (people, share) = ([[10.0; AGES]; 2], [[0.1; AGES], [0.2; AGES]]);
        assert!((people_with(&people, &share) - 91.0 * 3.0).abs() < 1e-9);
    }
}
