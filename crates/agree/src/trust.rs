//! Trust at the joins: short questions that each side of a handover answers about the other, and what the two sides did, beside it.
//!
//! An [`Instrument`] is data: items, scale, who rates whom at which handovers, scoring, bands, licence, small-number rule, weeks of a
//! period. [`Instrument::pulse`] is our own; a licensed one is a file of its own. Answers come as [`Sheet`]s that name teams, beside the
//! number of a person that means nothing elsewhere. People are counted, not sheets: each has one mean in a period, and nothing is told
//! of fewer than eleven of them; a cell is then [`Cell::TooFew`], and does not even say how few. Scores are told to a tenth. Periods do
//! not overlap, and no total of several cells is told, so that no hidden one can be got back by subtraction.
//!
//! ```
//! use agree::trust::*;
//! use domain::Date;
//! let pulse = Instrument::pulse();
//! let monday = Date::from_ymd(2026, 1, 5).unwrap();
//! let item = pulse.item_of_week(monday).id.clone();
//! let sheet = Sheet { by: "ward".into(), about: "home care".into(), week: monday, answers: [(item, 2)].into() };
//! let people: Vec<String> = (0..11).map(|person| person.to_string()).collect();
//! let of = |some: &[String]| pulse.cells(some.iter().map(|person| (person.as_str(), &sheet)));
//! let pair = ("ward".to_owned(), "home care".to_owned());
//! assert_eq!(of(&people)[&pair].words(), "2.0 of 5, from 11 people and 11 answers: needs a conversation");
//! assert_eq!(of(&people[..10])[&pair], Cell::TooFew);
//! ```

use domain::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing is told of fewer people than this, whatever an instrument says.
pub const FEWEST: usize = 11;

/// Who rates whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Each group every other one.
    EachOther,
    /// Each group itself.
    Themselves,
    /// Each group all groups, itself as well.
    All,
}

/// How the items of a sheet become a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The mean of the items answered, on the scale.
    Mean,
    /// Their sum; all items must be answered.
    Sum,
    /// The mean as a share of the way from the lowest to the highest, 0 to 100.
    Percent,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id.
    pub id: String,
    /// As it is asked.
    pub asks: String,
    /// The part of the score that it belongs to.
    #[serde(default)]
    pub about: String,
    /// Whether a high answer is a bad one.
    #[serde(default)]
    pub reversed: bool,
}

/// What a score means, from a value on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// From this score on, up to the next band.
    pub from: f64,
    /// What it means.
    pub words: String,
}

/// A set of questions, how they are answered, scored and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Id.
    pub id: String,
    /// As it is called.
    pub name: String,
    /// Whose it is, and what may be done with it.
    pub licence: String,
    /// The lowest answer.
    pub lowest: i32,
    /// The highest answer.
    pub highest: i32,
    /// The answers in words, lowest first; one for each or none.
    #[serde(default)]
    pub words: Vec<String>,
    /// Who rates whom.
    pub who: Who,
    /// How it is scored.
    pub score: Score,
    /// The fewest people of whom anything is told; at least eleven.
    pub smallest: usize,
    /// Whole weeks of a period, 4 to 52.
    #[serde(default = "quarter")]
    pub weeks: u16,
    /// Whether one item is asked each week, in turn.
    #[serde(default)]
    pub one_a_week: bool,
    /// The items.
    #[serde(default, rename = "item")]
    pub items: Vec<Question>,
    /// Bands, lowest first.
    #[serde(default, rename = "band")]
    pub bands: Vec<Band>,
    /// At which handovers it is asked, of which teams; where none is named, of any.
    #[serde(default, rename = "join")]
    pub joins: Vec<Join>,
}

fn quarter() -> u16 {
    13
}

/// A handover and the teams that meet there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The handover, as the place names it.
    pub handover: String,
    /// The teams, as they call themselves.
    pub teams: Vec<String>,
}

/// One person's answers, without the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The group that answers.
    pub by: String,
    /// The group that it is about.
    pub about: String,
    /// The Monday of the week.
    #[serde(with = "crate::day")]
    pub week: Date,
    /// Item, answer.
    pub answers: BTreeMap<String, i32>,
}

/// What one group says of another.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nobody was asked, or nobody answered.
    Nobody,
    /// Fewer answered than anything may be told of.
    TooFew,
    /// A score.
    Shown {
        /// The mean of people's means, to a tenth.
        score: f64,
        /// The highest that there is.
        highest: f64,
        /// People.
        people: usize,
        /// Their answers.
        answers: usize,
        /// What it means.
        band: Option<String>,
    },
}

impl Cell {
    /// The score, where it is shown.
    pub fn score(&self) -> Option<f64> {
        if let Cell::Shown { score, .. } = self { Some(*score) } else { None }
    }
    /// As it is said to a reader.
    pub fn words(&self) -> String {
        match self {
            Cell::Nobody => "nobody has answered".into(),
            Cell::TooFew => "too few have answered to tell".into(),
            Cell::Shown { score, highest, people, answers, band } => {
                let band = band.as_ref().map_or(String::new(), |words| format!(": {words}"));
                format!("{score:.1} of {highest}, from {people} people and {answers} answers{band}")
            }
        }
    }
}

/// The score of each sheet of each person, and of how many answers it is.
type People<'s> = BTreeMap<&'s str, Vec<(f64, usize)>>;

/// What each team says of each other: by, about.
pub type Cells = BTreeMap<(String, String), Cell>;

/// What each part of the score is (as [`Instrument::parts`] has them) where one team says something of another: by, about.
pub type Parts = BTreeMap<(String, String), Vec<f64>>;

/// Some weeks, and what was said in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Its first Monday.
    pub first: Date,
    /// Its last day, or the last whole week so far.
    pub last: Date,
    /// Whether it is over; it can grow otherwise.
    pub is_over: bool,
    /// What was said.
    pub cells: Cells,
    /// What it is made of, once it is over.
    pub parts: Parts,
}

impl Period {
    /// Whole weeks.
    pub fn weeks(&self) -> i32 {
        (self.last.0 + 1 - self.first.0) / 7
    }
}

impl Instrument {
    /// Our own weekly pulse of a handover.
    pub fn pulse() -> &'static Instrument {
        static PULSE: std::sync::LazyLock<Instrument> = std::sync::LazyLock::new(|| {
            // The file is part of the program, and a test reads it.
            Instrument::read(include_str!("pulse.toml")).unwrap_or_else(|wrong| unreachable!("{wrong}"))
        });
        &PULSE
    }

    /// Reads an instrument from TOML.
    ///
    /// # Errors
    /// When it cannot be read, has no licence note or item, its scale, bands or joins are not sound, or it would tell of fewer than
    /// eleven: with the line.
    pub fn read(text: &str) -> Result<Instrument, TrustError> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let read: Instrument = toml::from_str(text).map_err(|wrong| TrustError::Unreadable {
            line: wrong.span().map_or(1, |span| line(span.start)),
            words: wrong.message().to_owned(),
        })?;
        // The line that begins with a word; of several, the nth.
        let of = |word: &str, nth: usize| {
            let begins = |line: &&str| line.trim_start().strip_prefix(word).is_some_and(|rest| !rest.starts_with('_'));
            let all = text.lines().enumerate().filter(|(_, line)| begins(line));
            all.map(|(at, _)| at + 1).nth(nth).unwrap_or(1)
        };
        let twice = |ids: &[&str]| (0..ids.len()).find(|at| ids[..*at].contains(&ids[*at]));
        let items: Vec<&str> = read.items.iter().map(|item| item.id.as_str()).collect();
        let joins: Vec<&str> = read.joins.iter().map(|join| join.handover.as_str()).collect();
        let steps = i64::from(read.highest) - i64::from(read.lowest) + 1;
        let unmet = |join: &Join| {
            let teams: BTreeSet<&String> = join.teams.iter().filter(|team| !team.trim().is_empty()).collect();
            teams.len() != join.teams.len() || teams.len() < if read.who == Who::Themselves { 1 } else { 2 }
        };
        let named =
            |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let wrong = if !named(&read.id) {
            Some((of("id", 0), "its id is lower-case letters, digits and hyphens".to_owned()))
        } else if read.smallest < FEWEST {
            let words = format!(
                "the smallest number told of is {}, and nothing may be told of fewer than {FEWEST}",
                read.smallest
            );
            Some((of("smallest", 0), words))
        } else if !(4..=52).contains(&read.weeks) {
            Some((of("weeks", 0), "a period has 4 to 52 weeks".to_owned()))
        } else if read.licence.trim().is_empty() {
            Some((of("licence", 0), "it does not say whose it is".to_owned()))
        } else if read.items.is_empty() {
            Some((1, "it asks nothing".to_owned()))
        } else if steps < 2 {
            Some((of("highest", 0), "its highest answer is not above its lowest".to_owned()))
        } else if steps > 101 {
            Some((of("highest", 0), "it has more than 101 answers".to_owned()))
        } else if !read.words.is_empty() && read.words.len() as i64 != steps {
            Some((of("words", 0), format!("it has {} words for {steps} answers", read.words.len())))
        } else if let Some(at) = twice(&items) {
            Some((of("[[item]]", at), format!("two items have the id '{}'", items[at])))
        } else if let Some(at) = read.bands.windows(2).position(|pair| pair[0].from >= pair[1].from) {
            Some((of("[[band]]", at + 1), "its bands are not in order".to_owned()))
        } else if let Some(at) = twice(&joins) {
            Some((of("[[join]]", at), format!("two joins are of the handover '{}'", joins[at])))
        } else if let Some(at) = read.joins.iter().position(unmet) {
            Some((of("[[join]]", at), "a join needs two teams of different names".to_owned()))
        } else {
            let sum = read.one_a_week && read.score == Score::Sum;
            sum.then(|| (of("score", 0), "a sum needs all items at once".to_owned()))
        };
        wrong.map_or(Ok(read), |(line, words)| Err(TrustError::Wrong { line, words }))
    }

    /// From which score on it is more than the lowest band, and from which it is in the highest: weak, usual, strong.
    pub fn usual_and_strong(&self) -> [f64; 2] {
        let from = |band: Option<&Band>| band.map_or(f64::INFINITY, |band| band.from);
        [from(self.bands.get(1)), from(self.bands.last())]
    }

    /// Whom one of these teams is asked about.
    pub fn about<'t>(&self, by: &str, teams: &'t [String]) -> Vec<&'t str> {
        let asked = |team: &&str| self.rates(by, team);
        teams.iter().map(String::as_str).filter(asked).collect()
    }

    fn rates(&self, by: &str, about: &str) -> bool {
        match self.who {
            Who::EachOther => by != about,
            Who::Themselves => by == about,
            Who::All => true,
        }
    }

    /// The lowest and the highest score.
    pub fn scale(&self) -> (f64, f64) {
        let (low, high, items) = (f64::from(self.lowest), f64::from(self.highest), self.items.len() as f64);
        match self.score {
            Score::Mean => (low, high),
            Score::Sum => (low * items, high * items),
            Score::Percent => (0.0, 100.0),
        }
    }

    /// The questions of the week of this day: all, or the one whose turn it is.
    pub fn asks(&self, day: Date) -> Vec<&Question> {
        if self.one_a_week { vec![self.item_of_week(day)] } else { self.items.iter().collect() }
    }

    /// Whether a sheet may be kept: its handover and teams are asked, its items are those of its week, its answers on the scale.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self, handover: &str, sheet: &Sheet) -> Result<(), TrustError> {
        if !self.joins.is_empty() {
            let Some(join) = self.joins.iter().find(|join| join.handover == handover) else {
                return Err(TrustError::NotAtHandover { handover: handover.to_owned() });
            };
            if let Some(team) = [&sheet.by, &sheet.about].into_iter().find(|team| !join.teams.contains(team)) {
                return Err(TrustError::NoTeam { team: team.clone(), handover: handover.to_owned() });
            }
        }
        if sheet.week.weekday() != 0 {
            return Err(TrustError::NoMonday { week: sheet.week });
        }
        let asked = self.asks(sheet.week);
        if let Some(item) = sheet.answers.keys().find(|id| !asked.iter().any(|item| item.id == **id)) {
            return Err(TrustError::NotAsked { item: item.clone() });
        }
        self.score(sheet, "")?.map_or(Err(TrustError::Unanswered), |_| Ok(()))
    }

    /// The item that is asked in the week of this day, where one is asked each week.
    pub fn item_of_week(&self, day: Date) -> &Question {
        let week = (day.0 + 3).div_euclid(7); // weeks begin on Monday; 1 January 1970 was a Thursday
        &self.items[week.rem_euclid(self.items.len() as i32) as usize]
    }

    /// The score of one sheet on items about `about` (all when it is empty); `None` when it answers none of them, or for a sum not
    /// all.
    ///
    /// # Errors
    /// When it answers what is not asked, or off the scale, or rates whom it should not.
    pub fn score(&self, sheet: &Sheet, about: &str) -> Result<Option<f64>, TrustError> {
        if !self.rates(&sheet.by, &sheet.about) {
            return Err(TrustError::NotToRate { by: sheet.by.clone(), about: sheet.about.clone() });
        }
        let (mut sum, mut count) = (0.0, 0u32);
        for (id, &answer) in &sheet.answers {
            let item = self.items.iter().find(|item| item.id == *id);
            let item = item.ok_or_else(|| TrustError::NotAsked { item: id.clone() })?;
            if answer < self.lowest || answer > self.highest {
                return Err(TrustError::OffScale { item: id.clone(), answer });
            }
            if about.is_empty() || item.about == about {
                let answer = if item.reversed { self.lowest + self.highest - answer } else { answer };
                sum += f64::from(answer);
                count += 1;
            }
        }
        let asked = self.items.iter().filter(|item| about.is_empty() || item.about == about).count();
        let mean = sum / f64::from(count.max(1));
        let (low, high) = (f64::from(self.lowest), f64::from(self.highest));
        Ok(match self.score {
            _ if count == 0 => None,
            Score::Mean => Some(mean),
            Score::Percent => Some((mean - low) / (high - low) * 100.0),
            Score::Sum => (count as usize == asked).then_some(sum),
        })
    }

    /// The parts that its items are about, in their order; none where it has one alone.
    pub fn parts(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = Vec::new();
        for item in self.items.iter().filter(|item| !item.about.is_empty()) {
            if !parts.contains(&item.about.as_str()) {
                parts.push(&item.about);
            }
        }
        if parts.len() > 1 { parts } else { Vec::new() }
    }

    /// What each team of one handover says of each other, over all these sheets, each beside its person: the mean of people's means.
    /// What cannot be scored is left out. Give it one period of one handover at a time.
    pub fn cells<'s>(&self, sheets: impl IntoIterator<Item = (&'s str, &'s Sheet)>) -> Cells {
        let people = self.people(sheets, "");
        people.into_iter().map(|(pair, people)| (pair, self.cell(people.into_values().collect()))).collect()
    }

    /// What each part of it is, of these sheets: of a side whose score is told, where nobody answered some parts alone, or enough people
    /// did. Otherwise the score less its parts would tell of them.
    pub fn cells_of_parts<'s>(&self, sheets: &[(&'s str, &'s Sheet)]) -> Parts {
        let parts: Vec<_> = self.parts().into_iter().map(|part| self.people(sheets.iter().copied(), part)).collect();
        let enough = self.smallest.max(FEWEST);
        let whole = self.people(sheets.iter().copied(), "").into_iter().filter(|_| !parts.is_empty());
        let of = |(pair, whole): ((String, String), People)| {
            let mut scores = Vec::new();
            for part in &parts {
                let people = part.get(&pair)?;
                let without = whole.len() - people.len();
                if without > 0 && without < enough {
                    return None;
                }
                scores.push(self.cell(people.values().cloned().collect()).score()?);
            }
            Some((pair, scores))
        };
        whole.filter_map(of).collect()
    }

    /// The scores of each person of a side, on items about `about`.
    fn people<'s>(
        &self,
        sheets: impl IntoIterator<Item = (&'s str, &'s Sheet)>,
        about: &str,
    ) -> BTreeMap<(String, String), People<'s>> {
        let mut all: BTreeMap<(String, String), People> = BTreeMap::new();
        for (person, sheet) in sheets {
            if let Ok(Some(score)) = self.score(sheet, about) {
                let pair = (sheet.by.clone(), sheet.about.clone());
                let of_it = |item: &&Question| about.is_empty() || item.about == about;
                let answers = self.items.iter().filter(of_it).filter(|item| sheet.answers.contains_key(&item.id));
                all.entry(pair).or_default().entry(person).or_default().push((score, answers.count()));
            }
        }
        all
    }

    fn cell(&self, people: Vec<Vec<(f64, usize)>>) -> Cell {
        if people.len() < self.smallest.max(FEWEST) {
            return Cell::TooFew;
        }
        let answers = people.iter().flatten().map(|sheet| sheet.1).sum();
        // Sums of numbers in another order differ in the last digit.
        let mean = |mut scores: Vec<f64>| {
            scores.sort_by(f64::total_cmp);
            scores.iter().sum::<f64>() / scores.len() as f64
        };
        let count = people.len();
        let score =
            (mean(people.into_iter().map(|sheets| mean(sheets.into_iter().map(|sheet| sheet.0).collect())).collect())
                * 10.0)
                .round()
                / 10.0;
        let band = self.bands.iter().rev().find(|band| score >= band.from).map(|band| band.words.clone());
        Cell::Shown { score, highest: self.scale().1, people: count, answers, band }
    }

    /// What was said at one handover in each period, newest first: periods that are over, and the whole weeks since. Periods are
    /// counted from Monday 5 January 1970, so that they are the same for everybody. One that is not over grows each week, and who holds
    /// two of its states against each other sees the week between: so a week of it counts for a side only where enough people answered
    /// in that week alone.
    pub fn periods<'s>(&self, sheets: impl IntoIterator<Item = (&'s str, &'s Sheet)>, today: Date) -> Vec<Period> {
        let long = 7 * i32::from(self.weeks.max(1));
        let monday = Date(today.0 - today.weekday() as i32);
        let mut all: BTreeMap<i32, Vec<(&str, &Sheet)>> = BTreeMap::new();
        for (person, sheet) in sheets {
            if sheet.week < monday {
                let first = (sheet.week.0 - 4).div_euclid(long) * long + 4;
                all.entry(first).or_default().push((person, sheet));
            }
        }
        let period = |(first, mut sheets): (i32, Vec<(&'s str, &'s Sheet)>)| {
            let is_over = first + long <= monday.0;
            let answered: Vec<(String, String)> =
                sheets.iter().map(|(_, sheet)| (sheet.by.clone(), sheet.about.clone())).collect();
            if !is_over {
                let mut weeks: BTreeMap<(&str, &str, Date), BTreeSet<&str>> = BTreeMap::new();
                for (person, sheet) in &sheets {
                    weeks.entry((&sheet.by, &sheet.about, sheet.week)).or_default().insert(person);
                }
                let enough = self.smallest.max(FEWEST);
                sheets
                    .retain(|(_, sheet)| weeks[&(sheet.by.as_str(), sheet.about.as_str(), sheet.week)].len() >= enough);
            }
            let last = Date(if is_over { first + long - 1 } else { monday.0 - 1 });
            let parts = if is_over { self.cells_of_parts(&sheets) } else { Parts::new() };
            let mut cells = self.cells(sheets);
            for pair in answered {
                cells.entry(pair).or_insert(Cell::TooFew);
            }
            Period { first: Date(first), last, is_over, cells, parts }
        };
        all.into_iter().rev().map(period).collect()
    }
}

/// Whether there is a tie from one group to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// There is none.
    Not,
    /// Too few have answered.
    Unknown,
    /// There is.
    Is,
}

/// Ties among groups: what each pair that is asked says. A pair that is not asked has no tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pairs: BTreeMap<(usize, usize), Tie>,
}

impl Network {
    /// What is known from group a to group b; of one pair at several handovers the strongest counts.
    pub fn new(asked: impl IntoIterator<Item = (usize, usize, Tie)>) -> Network {
        let mut pairs: BTreeMap<(usize, usize), Tie> = BTreeMap::new();
        for (a, b, tie) in asked.into_iter().filter(|(a, b, _)| a != b) {
            let known = pairs.entry((a, b)).or_insert(tie);
            *known = tie.max(*known);
        }
        Network { pairs }
    }

    /// How many pairs that are asked are known, and how many are asked; all else is said of those known.
    pub fn known(&self) -> (usize, usize) {
        (self.pairs.values().filter(|tie| **tie != Tie::Unknown).count(), self.pairs.len())
    }

    /// Ties / pairs known; `None` when none is.
    pub fn density(&self) -> Option<f64> {
        let ties = self.pairs.values().filter(|tie| **tie == Tie::Is).count();
        let known = self.known().0;
        (known > 0).then(|| ties as f64 / known as f64)
    }

    /// The share of ties that are returned, among those whose way back is known; `None` when there is none.
    pub fn reciprocity(&self) -> Option<f64> {
        let back = |pair: &(usize, usize)| self.pairs.get(&(pair.1, pair.0)).copied().unwrap_or(Tie::Not);
        let ties = self.pairs.iter().filter(|(_, tie)| **tie == Tie::Is).map(|(pair, _)| back(pair));
        let known: Vec<Tie> = ties.filter(|back| *back != Tie::Unknown).collect();
        let both = known.iter().filter(|back| **back == Tie::Is).count();
        (!known.is_empty()).then(|| both as f64 / known.len() as f64)
    }

    /// Freeman's degree centralisation (1978) of known ties in either direction: Σ (largest degree − degree) / ((n − 1)(n − 2)), over the
    /// n groups of which anything is known. 1: all hangs on one group; 0: no group has more ties than another. A pair that is not known
    /// between two of them counts as none: say with it how many are [`Network::known`]. `None` for fewer than three such groups.
    pub fn centralisation(&self) -> Option<f64> {
        let known = self.pairs.iter().filter(|(_, tie)| **tie != Tie::Unknown);
        let groups: BTreeSet<usize> = known.flat_map(|(&(a, b), _)| [a, b]).collect();
        let size = groups.len();
        let ties: BTreeSet<(usize, usize)> =
            self.pairs.iter().filter(|(_, tie)| **tie == Tie::Is).map(|(&(a, b), _)| (a.min(b), a.max(b))).collect();
        let degrees: Vec<usize> =
            groups.iter().map(|group| ties.iter().filter(|(a, b)| a == group || b == group).count()).collect();
        let most = degrees.iter().max().copied()?;
        let apart: usize = degrees.iter().map(|degree| most - degree).sum();
        (size > 2).then(|| apart as f64 / ((size - 1) * (size - 2)) as f64)
    }
}

/// A promise of one side of a join to the other: an act of organisations, never of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Promised for.
    pub due: Date,
    /// Kept on.
    pub kept: Option<Date>,
}

/// A question of one side to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Asked on.
    pub asked: Date,
    /// Answered on.
    pub answered: Option<Date>,
}

/// What the two sides of a join did, to stand beside what they say of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Promises that were due by the day, and how many of them were kept in time.
    pub promises: (usize, usize),
    /// Days in which half of the questions are answered; open ones count for as long as they are open. `None`: not yet half.
    pub days_to_answer: Option<f64>,
    /// Questions asked.
    pub asked: usize,
    /// Rocks raised at the join, and how many of them are cleared.
    pub rocks: (usize, usize),
}

/// What was done at a join, as seen on `today`.
pub fn behaviour(promises: &[Promise], asked: &[Asked], rocks: &[crate::plan::Rock], today: Date) -> Behaviour {
    let due = || promises.iter().filter(|promise| promise.due < today);
    let kept = due().filter(|promise| promise.kept.is_some_and(|kept| kept <= promise.due)).count();
    let open: Vec<(f64, bool)> = asked
        .iter()
        .filter(|one| one.asked <= today)
        .map(|one| match one.answered.filter(|&answered| answered <= today) {
            Some(answered) => (f64::from(answered.0 - one.asked.0), true),
            None => (f64::from(today.0 - one.asked.0), false),
        })
        .collect();
    let lying = crate::plan::half_life(rocks, today);
    Behaviour {
        promises: (due().count(), kept),
        days_to_answer: crate::plan::survival(&open).half_life_days(),
        asked: open.len(),
        rocks: (lying.all, lying.cleared),
    }
}

/// What cannot be asked or scored, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not written as an instrument is.
    #[error("the instrument cannot be read: {words}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        words: String,
    },
    /// Not sound.
    #[error("the instrument cannot be used: {words}")]
    Wrong {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        words: String,
    },
    /// A handover at which it is not asked.
    #[error("it is not asked at '{handover}'")]
    NotAtHandover {
        /// The handover.
        handover: String,
    },
    /// A team that is not of the handover.
    #[error("'{team}' is no team of '{handover}'")]
    NoTeam {
        /// The team.
        team: String,
        /// The handover.
        handover: String,
    },
    /// A week that begins on another day.
    #[error("a week begins on a Monday, and {week} is none")]
    NoMonday {
        /// The day.
        week: Date,
    },
    /// Nothing in it can be scored.
    #[error("it answers too little to be scored")]
    Unanswered,
    /// An answer to no question.
    #[error("the instrument does not ask '{item}'")]
    NotAsked {
        /// The item.
        item: String,
    },
    /// An answer off the scale.
    #[error("the answer {answer} to '{item}' is off the scale")]
    OffScale {
        /// The item.
        item: String,
        /// The answer.
        answer: i32,
    },
    /// Whom it does not ask about.
    #[error("'{by}' is not asked about '{about}' by this instrument")]
    NotToRate {
        /// Who.
        by: String,
        /// About whom.
        about: String,
    },
}

impl TrustError {
    /// The line of an instrument's file, from 1.
    pub fn line(&self) -> usize {
        match self {
            TrustError::Unreadable { line, .. } | TrustError::Wrong { line, .. } => *line,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEEK: Date = Date(20_458); // Monday 5 January 2026

    /// Seven items from 1 to 5, each group rates each other one: the shape of a survey of coordination.
    fn seven(score: &str) -> Instrument {
        let items: String = (1..=7)
            .map(|at| format!("[[item]]\nid='i{at}'\nasks='?'\nabout='{}'\n", if at < 5 { "talk" } else { "ties" }))
            .collect();
        let head = "id='s'\nname='S'\nlicence='ours'\nlowest=1\nhighest=5\nwho='each-other'\nsmallest=11\n";
        let bands =
            "[[band]]\nfrom=1\nwords='weak'\n[[band]]\nfrom=3.5\nwords='some'\n[[band]]\nfrom=4.01\nwords='strong'\n";
        Instrument::read(&format!("{head}score='{score}'\n{items}{bands}")).unwrap()
    }

    fn sheet(by: &str, about: &str, answers: &[i32]) -> Sheet {
        let answers = answers.iter().enumerate().map(|(at, answer)| (format!("i{}", at + 1), *answer)).collect();
        Sheet { by: by.into(), about: about.into(), week: WEEK, answers }
    }

    /// Each sheet by another person.
    fn cells(of: &Instrument, sheets: &[Sheet]) -> Cells {
        let people: Vec<String> = (0..sheets.len()).map(|person| person.to_string()).collect();
        of.cells(people.iter().map(String::as_str).zip(sheets))
    }

    fn pair(by: &str, about: &str) -> (String, String) {
        (by.to_owned(), about.to_owned())
    }

    #[test]
    fn a_tie_is_the_mean_of_its_people_and_needs_eleven() {
        let survey = seven("mean");
        let one = sheet("ward", "home", &[4, 4, 4, 4, 3, 3, 3]); // mean 25 / 7, talk 4, ties 3
        let ten = vec![one.clone(); 10];
        assert_eq!(cells(&survey, &ten)[&pair("ward", "home")], Cell::TooFew);
        let eleven = [ten, vec![sheet("ward", "home", &[5; 7])]].concat();
        let told = cells(&survey, &eleven);
        assert_eq!(told[&pair("ward", "home")].score(), Some(3.7), "to a tenth: 3.701 would give one of eleven away");
        assert_eq!(told[&pair("ward", "home")].words(), "3.7 of 5, from 11 people and 77 answers: some");
        assert_eq!(told.get(&pair("home", "ward")), None);
    }

    #[test]
    fn parts_of_a_score_are_told_unless_the_rest_would_tell_of_a_few() {
        let survey = seven("mean");
        assert_eq!(
            (survey.parts(), Instrument::pulse().parts()),
            (vec!["talk", "ties"], vec!["knowing", "mending", "respect"])
        );
        let (both, talk) = (sheet("ward", "home", &[4, 4, 4, 4, 3, 3, 3]), sheet("ward", "home", &[2; 4]));
        let people: Vec<String> = (0..40).map(|person| person.to_string()).collect();
        let parts = |all: usize, alone: usize| {
            let sheets = std::iter::repeat_n(&both, all).chain(std::iter::repeat_n(&talk, alone));
            let sheets: Vec<(&str, &Sheet)> = people.iter().map(String::as_str).zip(sheets).collect();
            survey.cells_of_parts(&sheets).remove(&pair("ward", "home"))
        };
        assert_eq!((parts(11, 0), parts(10, 0)), (Some(vec![4.0, 3.0]), None));
        // Twelve who answered about talk alone are told of, eleven and one are not.
        assert_eq!((parts(12, 12), parts(11, 1), parts(12, 10)), (Some(vec![3.0, 3.0]), None, None));
    }

    #[test]
    fn two_people_in_thirteen_weeks_are_two_people_and_not_24_answers() {
        let survey = seven("mean");
        let weeks: Vec<Sheet> =
            (0..13).map(|week| Sheet { week: Date(WEEK.0 + 7 * week), ..sheet("care homes", "wards", &[3]) }).collect();
        let of = |people: &[&'static str]| {
            let all = people.iter().flat_map(|person| weeks.iter().map(move |sheet| (*person, sheet)));
            survey.cells(all)[&pair("care homes", "wards")].clone()
        };
        assert_eq!(of(&["one"]), Cell::TooFew);
        assert_eq!(of(&["one", "two"]), Cell::TooFew);
        let eleven = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
        assert_eq!(of(&eleven).words(), "3.0 of 5, from 11 people and 143 answers: weak");
        // Who answers each week weighs as much as who answered once.
        let five = sheet("care homes", "wards", &[5]);
        let all = weeks.iter().map(|sheet| ("often", sheet)).chain(eleven[1..].iter().map(|person| (*person, &five)));
        assert_eq!(survey.cells(all)[&pair("care homes", "wards")].score(), Some(4.8));
    }

    #[test]
    fn sums_and_shares_and_reversed_items_are_scored() {
        let one = sheet("a", "b", &[1, 2, 3, 4, 5, 3, 3]);
        assert_eq!(seven("sum").score(&one, ""), Ok(Some(21.0)));
        assert_eq!(seven("sum").scale(), (7.0, 35.0));
        assert_eq!(seven("percent").score(&one, ""), Ok(Some(50.0)));
        assert_eq!(seven("sum").score(&sheet("a", "b", &[1, 2]), ""), Ok(None));
        let mut turned = seven("mean");
        turned.items.iter_mut().for_each(|item| item.reversed = true);
        assert_eq!(turned.score(&sheet("a", "b", &[1]), ""), Ok(Some(5.0)));
    }

    #[test]
    fn what_was_not_asked_is_refused_when_written_and_left_out_when_read() {
        let mut survey = seven("mean");
        let refused = |survey: &Instrument, sheet| survey.fits("ward-to-home", &sheet).unwrap_err().to_string();
        assert_eq!(refused(&survey, sheet("a", "b", &[6])), "the answer 6 to 'i1' is off the scale");
        assert_eq!(refused(&survey, sheet("a", "a", &[3])), "'a' is not asked about 'a' by this instrument");
        assert_eq!(refused(&survey, sheet("a", "b", &[3; 8])), "the instrument does not ask 'i8'");
        assert_eq!(refused(&survey, sheet("a", "b", &[])), "it answers too little to be scored");
        let tuesday = Sheet { week: Date(WEEK.0 + 1), ..sheet("a", "b", &[3]) };
        assert_eq!(refused(&survey, tuesday), "a week begins on a Monday, and 2026-01-06 is none");
        survey.joins = vec![Join { handover: "ward-to-home".into(), teams: vec!["wards".into(), "home care".into()] }];
        let sister = refused(&survey, sheet("Sister Jane Smith, ward 4", "home care", &[3]));
        assert_eq!(sister, "'Sister Jane Smith, ward 4' is no team of 'ward-to-home'");
        let fine = sheet("wards", "home care", &[3]);
        assert_eq!(survey.fits("ward-to-home", &fine), Ok(()));
        assert_eq!(survey.fits("elsewhere", &fine).unwrap_err().to_string(), "it is not asked at 'elsewhere'");
        let bad = [vec![fine.clone(); 11], vec![sheet("wards", "home care", &[99])]].concat();
        assert_eq!(cells(&survey, &bad)[&pair("wards", "home care")].score(), Some(3.0));
        // One item a week: another week's is not asked.
        let pulse = Instrument::pulse();
        let answers = |week: i32| [(pulse.item_of_week(Date(WEEK.0 + 7 * week)).id.clone(), 3)].into();
        assert_eq!(pulse.fits("any", &Sheet { answers: answers(0), ..fine.clone() }), Ok(()));
        assert!(matches!(pulse.fits("any", &Sheet { answers: answers(1), ..fine }), Err(TrustError::NotAsked { .. })));
    }

    #[test]
    fn no_file_can_make_the_smallest_number_smaller_and_a_broken_one_names_its_line() {
        let file = include_str!("pulse.toml");
        let wrong = |from: &str, to: &str| {
            let wrong = Instrument::read(&file.replace(from, to)).unwrap_err();
            format!("{}: {wrong}", wrong.line())
        };
        let at = |text: &str| 1 + file.lines().position(|line| line.starts_with(text)).unwrap();
        let why = "the instrument cannot be used: the smallest number told of is 10, and nothing may be told of fewer than 11";
        assert_eq!(wrong("smallest = 11", "smallest = 10"), format!("{}: {why}", at("smallest")));
        assert!(wrong("licence = \"Part", "licence = \"\" # \"").ends_with("whose it is"));
        assert!(wrong("highest = 5", "highest = 4").ends_with("it has 5 words for 4 answers"));
        assert!(wrong("id = \"chase\"", "id = \"told\"").ends_with("two items have the id 'told'"));
        let bands = wrong("from = 4.0", "from = 2.0");
        assert!(
            bands.ends_with("its bands are not in order") && bands.starts_with(&(at("from = 4.0") - 1).to_string())
        );
        let unknown = wrong("lowest = 1", "lowest = 1\ncolour = \"red\"");
        assert!(
            unknown.starts_with(&format!("{}: the instrument cannot be read: unknown field", at("lowest") + 1)),
            "{unknown}"
        );
        let alone =
            Instrument::read(&format!("{file}\n[[join]]\nhandover = \"x\"\nteams = [\"a\", \"a\"]\n")).unwrap_err();
        assert!(alone.to_string().ends_with("a join needs two teams of different names") && alone.line() > 50);
        // Nor can one that was made without a file.
        let open = Instrument { smallest: 1, ..seven("mean") };
        assert_eq!(cells(&open, &vec![sheet("a", "b", &[3]); 10])[&pair("a", "b")], Cell::TooFew);
    }

    #[test]
    fn the_pulse_asks_each_item_in_turn_from_monday_to_sunday() {
        let pulse = Instrument::pulse();
        let asked: Vec<&str> = (0..6).map(|week| pulse.item_of_week(Date(WEEK.0 + 7 * week)).id.as_str()).collect();
        assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), 6);
        assert_eq!(pulse.item_of_week(WEEK).id, pulse.item_of_week(Date(WEEK.0 + 6)).id);
        assert_ne!(pulse.item_of_week(WEEK).id, pulse.item_of_week(Date(WEEK.0 - 1)).id);
        assert_eq!((pulse.asks(WEEK).len(), seven("mean").asks(WEEK).len()), (1, 7));
    }

    #[test]
    fn six_months_are_seen_as_quarters_and_the_weeks_since() {
        let survey = seven("mean");
        // Twenty-six weeks to Sunday 16 November 2025, of twelve people.
        let people: Vec<String> = (0..12).map(|person| person.to_string()).collect();
        let today = Date::from_ymd(2025, 11, 17).unwrap();
        let weeks: Vec<Sheet> =
            (1..=26).map(|back| Sheet { week: Date(today.0 - 7 * back), ..sheet("a", "b", &[3]) }).collect();
        let all = || people.iter().flat_map(|person| weeks.iter().map(move |sheet| (person.as_str(), sheet)));
        let periods = survey.periods(all(), today);
        let told = |period: &Period| (period.weeks(), period.is_over, period.cells[&pair("a", "b")].words());
        let words = |answers| format!("3.0 of 5, from 12 people and {answers} answers: weak");
        assert_eq!(
            periods.iter().map(told).collect::<Vec<_>>(),
            [(3, false, words(36)), (13, true, words(156)), (13, true, words(120))]
        );
        assert!(periods.windows(2).all(|pair| pair[1].last < pair[0].first));
        // This week is not over, and nothing of it is told.
        let now = Sheet { week: today, ..sheet("a", "b", &[1]) };
        assert_eq!(survey.periods(all().chain(people.iter().map(|one| (one.as_str(), &now))), today), periods);
        // A week in which few answered changes nothing that grows.
        let late = Sheet { week: Date(today.0 - 7), ..sheet("a", "b", &[1]) };
        let fewer = || all().filter(|(_, sheet)| sheet.week < late.week);
        let before = survey.periods(fewer(), today);
        let after = survey.periods(fewer().chain(people[..10].iter().map(|one| (one.as_str(), &late))), today);
        assert_eq!(before, after);
    }

    /// Every pair is asked, these have a tie, and no other.
    fn all(size: usize, ties: &[(usize, usize)]) -> Network {
        let pairs = (0..size).flat_map(|a| (0..size).map(move |b| (a, b)));
        Network::new(pairs.map(|(a, b)| (a, b, if ties.contains(&(a, b)) { Tie::Is } else { Tie::Not })))
    }

    fn both_ways(ties: &[(usize, usize)]) -> Vec<(usize, usize)> {
        ties.iter().flat_map(|&(a, b)| [(a, b), (b, a)]).collect()
    }

    /// Marriages among sixteen families of Florence (Padgett and Ansell, 1993): density 0.1667, degree centralisation 26.67%.
    #[test]
    fn the_families_of_florence_are_as_published() {
        let marriages = [
            (0, 8),
            (1, 5),
            (1, 6),
            (1, 8),
            (2, 4),
            (2, 8),
            (3, 6),
            (3, 10),
            (3, 14),
            (4, 10),
            (4, 14),
            (6, 7),
            (6, 15),
            (8, 12),
            (8, 13),
            (8, 15),
            (9, 13),
            (10, 14),
            (12, 14),
            (12, 15),
        ];
        let network = all(16, &both_ways(&marriages));
        assert!((network.density().unwrap() - 1.0 / 6.0).abs() < 1e-12);
        assert!((network.centralisation().unwrap() - 0.266_666_666_666_7).abs() < 1e-12);
        assert_eq!(network.reciprocity(), Some(1.0));
    }

    #[test]
    fn a_star_hangs_on_one_and_a_ring_on_none() {
        let star = all(5, &both_ways(&[(0, 1), (0, 2), (0, 3), (0, 4)]));
        let ring = all(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]);
        assert_eq!((star.centralisation(), star.density()), (Some(1.0), Some(0.4)));
        assert_eq!((ring.centralisation(), ring.density(), ring.reciprocity()), (Some(0.0), Some(0.25), Some(0.0)));
        assert_eq!(all(3, &[(0, 1), (1, 0), (1, 2)]).reciprocity(), Some(2.0 / 3.0));
        assert_eq!((all(0, &[]).density(), all(2, &[]).centralisation()), (None, None));
    }

    #[test]
    fn centralisation_is_told_where_some_pairs_are_never_asked_and_some_have_too_few() {
        // a and b: strong one way; c of a: strong, a of c: too few. b and c are never asked.
        let network = Network::new([(0, 1, Tie::Is), (1, 0, Tie::Not), (0, 2, Tie::Unknown), (2, 0, Tie::Is)]);
        assert_eq!(network.known(), (3, 4));
        assert!((network.density().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(network.reciprocity(), Some(0.0)); // a to b is not returned; whether c to a is, is hidden
        assert_eq!(network.centralisation(), Some(1.0), "all hangs on a");
        assert_eq!(Network::new([(0, 1, Tie::Unknown)]).centralisation(), None);
        // Six teams in a ring and its spokes: of the sixth nothing is known, and one tie of five teams is 1 × 3 / (4 × 3).
        let asked = |sixth| {
            let hidden = [(4, 5, sixth), (5, 4, sixth)];
            [(0, 1, Tie::Is), (1, 0, Tie::Is), (1, 2, Tie::Not), (2, 3, Tie::Not), (3, 4, Tie::Not)]
                .into_iter()
                .chain(hidden)
        };
        assert_eq!(
            Network::new(asked(Tie::Unknown)).centralisation(),
            Some(0.25),
            "who is not known is not without ties"
        );
        assert_eq!(Network::new(asked(Tie::Not)).centralisation(), Some(0.2));
        let star = [(0, 1), (0, 2), (0, 3)].into_iter().map(|(a, b)| (a, b, Tie::Is));
        assert_eq!(Network::new(star.chain([(0, 4, Tie::Unknown), (4, 0, Tie::Unknown)])).centralisation(), Some(1.0));
        // Two handovers between the same two teams: the better of them is a tie.
        assert_eq!(Network::new([(0, 1, Tie::Is), (0, 1, Tie::Not)]).density(), Some(1.0));
    }

    #[test]
    fn what_was_done_stands_beside_what_is_said() {
        let day = |at: i32| Date(WEEK.0 + at);
        let promises = [(0, Some(0)), (5, Some(9)), (6, None), (40, None)];
        let promises = promises.map(|(due, kept)| Promise { due: day(due), kept: kept.map(day) });
        let asked = [(0, Some(2)), (0, Some(4)), (20, None)];
        let asked = asked.map(|(at, answered)| Asked { asked: day(at), answered: answered.map(day) });
        let found = behaviour(&promises, &asked, &[], day(30));
        assert_eq!(found.promises, (3, 1));
        assert_eq!((found.days_to_answer, found.asked), (Some(4.0), 3));
    }

    proptest! {
        #[test]
        fn fewer_than_eleven_look_all_alike(count in 1usize..11, answers in proptest::collection::vec(1i32..6, 10)) {
            let sheets: Vec<Sheet> = answers.iter().take(count).map(|&answer| sheet("a", "b", &[answer])).collect();
            prop_assert_eq!(cells(&seven("mean"), &sheets), cells(&seven("mean"), &[sheet("a", "b", &[1])]));
        }

        #[test]
        fn the_order_of_sheets_does_not_matter(answers in proptest::collection::vec(1i32..6, 11..30)) {
            let sheets: Vec<Sheet> = answers.iter().map(|&answer| sheet("a", "b", &[answer, 2, 5])).collect();
            let people: Vec<String> = (0..sheets.len()).map(|person| (person % 12).to_string()).collect();
            let all = || people.iter().map(String::as_str).zip(&sheets);
            prop_assert_eq!(seven("mean").cells(all()), seven("mean").cells(all().rev()));
        }
    }
}
