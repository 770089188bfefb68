//! Trust at the joins: short questions that each side of a handover answers about the other, and what the two sides did, beside it.
//!
//! An [`Instrument`] is data: items, scale, who rates whom, scoring, bands, licence, small-number rule. [`Instrument::pulse`] is our
//! own; a licensed one is a file of its own. Answers come as [`Sheet`]s that name groups, never people, and nothing is told of
//! fewer than eleven of them: a cell is then [`Cell::TooFew`], and does not even say how few. Whatever is computed of many cells
//! is computed of those that are shown, so that no hidden one can be got back by subtraction. Cut time into periods that do not
//! overlap ([`by_period`]): two windows that differ by a week would give that week away.
//!
//! ```
//! use agree::trust::*;
//! use domain::Date;
//! let pulse = Instrument::pulse();
//! let monday = Date::from_ymd(2026, 1, 5).unwrap();
//! let item = pulse.item_of_week(monday).id.clone();
//! let sheet = |value| Sheet { by: "ward".into(), about: "home care".into(), week: monday, answers: [(item.clone(), value)].into() };
//! let matrix = pulse.matrix(&vec![sheet(2); 11])?;
//! assert_eq!(matrix.groups, ["home care", "ward"]);
//! assert_eq!(matrix.of("ward", "home care").words(), "2.0 of 5, from 11 answers: needs a conversation");
//! assert_eq!(pulse.matrix(&vec![sheet(2); 10])?.of("ward", "home care"), &Cell::TooFew);
//! # Ok::<(), TrustError>(())
//! ```

use domain::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing is told of fewer answers than this, whatever an instrument says.
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
    /// The fewest answers of which anything is told; at least eleven.
    pub smallest: usize,
    /// Whether one item is asked each week, in turn.
    #[serde(default)]
    pub one_a_week: bool,
    /// The items.
    #[serde(default, rename = "item")]
    pub items: Vec<Question>,
    /// Bands, lowest first.
    #[serde(default, rename = "band")]
    pub bands: Vec<Band>,
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
        /// The score.
        score: f64,
        /// The highest that there is.
        highest: f64,
        /// Sheets.
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
            Cell::Shown { score, highest, answers, band } => {
                let band = band.as_ref().map_or(String::new(), |words| format!(": {words}"));
                format!("{score:.1} of {highest}, from {answers} answers{band}")
            }
        }
    }
}

/// What each group says of each other one.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Groups, by name.
    pub groups: Vec<String>,
    /// `cells[a][b]`: what a says of b.
    pub cells: Vec<Vec<Cell>>,
}

static NOBODY: Cell = Cell::Nobody;

impl Matrix {
    /// What one group says of another.
    pub fn of(&self, by: &str, about: &str) -> &Cell {
        let at = |name: &str| self.groups.iter().position(|group| group == name);
        at(by).zip(at(about)).map_or(&NOBODY, |(by, about)| &self.cells[by][about])
    }

    /// The ties of at least this score, among pairs that are shown.
    pub fn network(&self, at_least: f64) -> Network {
        let size = self.groups.len();
        let tie = |by: usize, about: usize| match &self.cells[by][about] {
            _ if by == about => Tie::Not,
            Cell::Shown { score, .. } if *score >= at_least => Tie::Is,
            Cell::Shown { .. } => Tie::Not,
            Cell::Nobody | Cell::TooFew => Tie::Unknown,
        };
        Network((0..size).map(|by| (0..size).map(|about| tie(by, about)).collect()).collect())
    }
}

impl Instrument {
    /// Our own weekly pulse of a handover.
    pub fn pulse() -> Instrument {
        static PULSE: std::sync::LazyLock<Instrument> = std::sync::LazyLock::new(|| {
            // The file is part of the program, and a test reads it.
            Instrument::read(include_str!("pulse.toml")).unwrap_or_else(|wrong| unreachable!("{wrong}"))
        });
        PULSE.clone()
    }

    /// Reads an instrument from TOML.
    ///
    /// # Errors
    /// When it cannot be read, has no licence note or item, its scale or bands are out of order, or it would tell of fewer than
    /// eleven.
    pub fn read(text: &str) -> Result<Instrument, TrustError> {
        let read: Instrument = toml::from_str(text).map_err(|wrong| TrustError::Unreadable(wrong.to_string()))?;
        let mut ids = BTreeSet::new();
        let steps = i64::from(read.highest) - i64::from(read.lowest) + 1;
        let wrong = if read.smallest < FEWEST {
            Some(format!(
                "the smallest number told of is {}, and nothing may be told of fewer than {FEWEST}",
                read.smallest
            ))
        } else if read.licence.trim().is_empty() {
            Some("it does not say whose it is".into())
        } else if read.items.is_empty() {
            Some("it asks nothing".into())
        } else if steps < 2 {
            Some("its highest answer is not above its lowest".into())
        } else if !read.words.is_empty() && read.words.len() as i64 != steps {
            Some(format!("it has {} words for {steps} answers", read.words.len()))
        } else if let Some(twice) = read.items.iter().find(|item| !ids.insert(&item.id)) {
            Some(format!("two items have the id '{}'", twice.id))
        } else if !read.bands.windows(2).all(|pair| pair[0].from < pair[1].from) {
            Some("its bands are not in order".into())
        } else {
            (read.one_a_week && read.score == Score::Sum).then(|| "a sum needs all items at once".into())
        };
        wrong.map_or(Ok(read), |wrong| Err(TrustError::Wrong(wrong)))
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
        let allowed = match self.who {
            Who::EachOther => sheet.by != sheet.about,
            Who::Themselves => sheet.by == sheet.about,
            Who::All => true,
        };
        if !allowed {
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

    fn cell(&self, scores: &[f64]) -> Cell {
        if scores.is_empty() {
            return Cell::Nobody;
        }
        if scores.len() < self.smallest.max(FEWEST) {
            return Cell::TooFew;
        }
        let score = scores.iter().sum::<f64>() / scores.len() as f64;
        let highest = match self.score {
            Score::Mean => f64::from(self.highest),
            Score::Sum => f64::from(self.highest) * self.items.len() as f64,
            Score::Percent => 100.0,
        };
        let band = self.bands.iter().rev().find(|band| score >= band.from).map(|band| band.words.clone());
        Cell::Shown { score, highest, answers: scores.len(), band }
    }

    /// What each group says of each other one, over all these sheets: the mean of their scores. Give it one period at a time.
    ///
    /// # Errors
    /// When a sheet cannot be scored: see [`Instrument::score`].
    pub fn matrix(&self, sheets: &[Sheet]) -> Result<Matrix, TrustError> {
        self.matrix_about(sheets, "")
    }

    /// The same for the items of one part alone.
    ///
    /// # Errors
    /// When a sheet cannot be scored: see [`Instrument::score`].
    pub fn matrix_about(&self, sheets: &[Sheet], about: &str) -> Result<Matrix, TrustError> {
        let groups: BTreeSet<&str> =
            sheets.iter().flat_map(|sheet| [sheet.by.as_str(), sheet.about.as_str()]).collect();
        let groups: Vec<&str> = groups.into_iter().collect();
        let mut scores: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for sheet in sheets {
            if let Some(score) = self.score(sheet, about)? {
                scores.entry((&sheet.by, &sheet.about)).or_default().push(score);
            }
        }
        // Sums of numbers in another order differ in the last digit.
        scores.values_mut().for_each(|scores| scores.sort_by(f64::total_cmp));
        let cell = |by: &str, about: &str| scores.get(&(by, about)).map_or(Cell::Nobody, |scores| self.cell(scores));
        let cells = groups.iter().map(|by| groups.iter().map(|about| cell(by, about)).collect()).collect();
        Ok(Matrix { groups: groups.into_iter().map(str::to_owned).collect(), cells })
    }
}

/// Sheets by period: each of `weeks` whole weeks, counted from Monday 5 January 1970 so that periods are the same for everybody and
/// never overlap. Key: the first day of the period.
pub fn by_period(sheets: &[Sheet], weeks: u16) -> BTreeMap<Date, Vec<Sheet>> {
    let long = 7 * i32::from(weeks.max(1));
    let mut periods: BTreeMap<Date, Vec<Sheet>> = BTreeMap::new();
    for sheet in sheets {
        let first = Date((sheet.week.0 - 4).div_euclid(long) * long + 4);
        periods.entry(first).or_default().push(sheet.clone());
    }
    periods
}

/// Whether there is a tie from one group to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// There is.
    Is,
    /// There is none.
    Not,
    /// Too few have answered.
    Unknown,
}

/// Ties among groups: `[a][b]` is from a to b.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network(pub Vec<Vec<Tie>>);

impl Network {
    /// A network of groups 0 to `size` with these ties and no others.
    pub fn of(size: usize, ties: &[(usize, usize)]) -> Network {
        let tie = |by, about| if by != about && ties.contains(&(by, about)) { Tie::Is } else { Tie::Not };
        Network((0..size).map(|by| (0..size).map(|about| tie(by, about)).collect()).collect())
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize, Tie)> {
        let size = self.0.len();
        (0..size).flat_map(move |a| (0..size).filter(move |&b| a != b).map(move |b| (a, b, self.0[a][b])))
    }

    /// The share of pairs of which something is known, 0 to 1; all else is said of these.
    pub fn known(&self) -> f64 {
        let all = self.pairs().count();
        if all == 0 { 0.0 } else { self.pairs().filter(|pair| pair.2 != Tie::Unknown).count() as f64 / all as f64 }
    }

    /// Ties / pairs known; `None` when none is.
    pub fn density(&self) -> Option<f64> {
        let known = self.pairs().filter(|pair| pair.2 != Tie::Unknown).count();
        let ties = self.pairs().filter(|pair| pair.2 == Tie::Is).count();
        (known > 0).then(|| ties as f64 / known as f64)
    }

    /// The share of ties that are returned, among those whose way back is known; `None` when there is none.
    pub fn reciprocity(&self) -> Option<f64> {
        let there = self.pairs().filter(|&(a, b, tie)| tie == Tie::Is && self.0[b][a] != Tie::Unknown);
        let (mut all, mut back) = (0u32, 0u32);
        for (a, b, _) in there {
            all += 1;
            back += u32::from(self.0[b][a] == Tie::Is);
        }
        (all > 0).then(|| f64::from(back) / f64::from(all))
    }

    /// Freeman's degree centralisation (1978) of ties in either direction: Σ (largest degree − degree) / ((n − 1)(n − 2)). 1: all
    /// hangs on one group; 0: no group has more ties than another. `None` for fewer than three groups or when a pair is unknown
    /// in both directions: it cannot be said of a part.
    pub fn centralisation(&self) -> Option<f64> {
        let size = self.0.len();
        let mut degrees = vec![0usize; size];
        for (a, b, tie) in self.pairs().filter(|pair| pair.0 < pair.1) {
            match (tie, self.0[b][a]) {
                (Tie::Is, _) | (_, Tie::Is) => {
                    degrees[a] += 1;
                    degrees[b] += 1;
                }
                (Tie::Not, Tie::Not) => {}
                _ => return None,
            }
        }
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
    #[error("the instrument cannot be read: {0}")]
    Unreadable(String),
    /// Not sound.
    #[error("the instrument cannot be used: {0}")]
    Wrong(String),
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

    #[test]
    fn a_tie_is_the_mean_of_its_sheets_and_needs_eleven() {
        let survey = seven("mean");
        let one = sheet("ward", "home", &[4, 4, 4, 4, 3, 3, 3]); // mean 25 / 7, talk 4, ties 3
        let ten = vec![one.clone(); 10];
        assert_eq!(survey.matrix(&ten).unwrap().of("ward", "home"), &Cell::TooFew);
        let eleven = [ten, vec![sheet("ward", "home", &[5; 7])]].concat();
        let matrix = survey.matrix(&eleven).unwrap();
        let score = matrix.of("ward", "home").score().unwrap();
        assert!((score - (10.0 * 25.0 / 7.0 + 5.0) / 11.0).abs() < 1e-12);
        assert_eq!(matrix.of("ward", "home").words(), "3.7 of 5, from 11 answers: some");
        assert_eq!(matrix.of("home", "ward"), &Cell::Nobody);
        assert_eq!(matrix.of("home", "nobody"), &Cell::Nobody);
        let ties = survey.matrix_about(&vec![one; 11], "ties").unwrap();
        assert_eq!(ties.of("ward", "home").words(), "3.0 of 5, from 11 answers: weak");
    }

    #[test]
    fn sums_and_shares_and_reversed_items_are_scored() {
        let one = sheet("a", "b", &[1, 2, 3, 4, 5, 3, 3]);
        assert_eq!(seven("sum").score(&one, ""), Ok(Some(21.0)));
        assert_eq!(seven("percent").score(&one, ""), Ok(Some(50.0)));
        assert_eq!(seven("sum").score(&sheet("a", "b", &[1, 2]), ""), Ok(None));
        let mut turned = seven("mean");
        turned.items.iter_mut().for_each(|item| item.reversed = true);
        assert_eq!(turned.score(&sheet("a", "b", &[1]), ""), Ok(Some(5.0)));
    }

    #[test]
    fn what_was_not_asked_is_refused() {
        let survey = seven("mean");
        let refused = |sheet| survey.matrix(&[sheet]).unwrap_err().to_string();
        assert_eq!(refused(sheet("a", "b", &[6])), "the answer 6 to 'i1' is off the scale");
        assert_eq!(refused(sheet("a", "a", &[3])), "'a' is not asked about 'a' by this instrument");
        assert_eq!(refused(sheet("a", "b", &[3; 8])), "the instrument does not ask 'i8'");
    }

    #[test]
    fn no_file_can_make_the_smallest_number_smaller() {
        let file = include_str!("pulse.toml");
        let wrong = |from: &str, to: &str| Instrument::read(&file.replace(from, to)).unwrap_err().to_string();
        let why = "the instrument cannot be used: the smallest number told of is 10, and nothing may be told of fewer than 11";
        assert_eq!(wrong("smallest = 11", "smallest = 10"), why);
        assert!(wrong("licence = \"Part", "licence = \"\" # \"").ends_with("whose it is"));
        assert!(wrong("highest = 5", "highest = 4").ends_with("it has 5 words for 4 answers"));
        assert!(wrong("id = \"chase\"", "id = \"told\"").ends_with("two items have the id 'told'"));
        assert!(wrong("from = 4.0", "from = 2.0").ends_with("its bands are not in order"));
        // Nor can one that was made without a file.
        let open = Instrument { smallest: 1, ..seven("mean") };
        assert_eq!(open.matrix(&vec![sheet("a", "b", &[3]); 10]).unwrap().of("a", "b"), &Cell::TooFew);
    }

    #[test]
    fn the_pulse_asks_each_item_in_turn_from_monday_to_sunday() {
        let pulse = Instrument::pulse();
        let asked: Vec<&str> = (0..6).map(|week| pulse.item_of_week(Date(WEEK.0 + 7 * week)).id.as_str()).collect();
        assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), 6);
        assert_eq!(pulse.item_of_week(WEEK).id, pulse.item_of_week(Date(WEEK.0 + 6)).id);
        assert_ne!(pulse.item_of_week(WEEK).id, pulse.item_of_week(Date(WEEK.0 - 1)).id);
    }

    #[test]
    fn periods_are_whole_weeks_and_never_overlap() {
        let weeks: Vec<Sheet> =
            (0..12).map(|week| Sheet { week: Date(WEEK.0 + 7 * week), ..sheet("a", "b", &[3]) }).collect();
        let periods = by_period(&weeks, 4);
        assert_eq!(periods.values().map(Vec::len).sum::<usize>(), 12);
        assert!(periods.keys().all(|first| first.weekday() == 0));
        assert!(
            periods
                .iter()
                .all(|(first, sheets)| { sheets.iter().all(|sheet| (first.0..first.0 + 28).contains(&sheet.week.0)) })
        );
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
        let network = Network::of(16, &both_ways(&marriages));
        assert!((network.density().unwrap() - 1.0 / 6.0).abs() < 1e-12);
        assert!((network.centralisation().unwrap() - 0.266_666_666_666_7).abs() < 1e-12);
        assert_eq!(network.reciprocity(), Some(1.0));
    }

    #[test]
    fn a_star_hangs_on_one_and_a_ring_on_none() {
        let star = Network::of(5, &both_ways(&[(0, 1), (0, 2), (0, 3), (0, 4)]));
        let ring = Network::of(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]);
        assert_eq!((star.centralisation(), star.density()), (Some(1.0), Some(0.4)));
        assert_eq!((ring.centralisation(), ring.density(), ring.reciprocity()), (Some(0.0), Some(0.25), Some(0.0)));
        assert_eq!(Network::of(3, &[(0, 1), (1, 0), (1, 2)]).reciprocity(), Some(2.0 / 3.0));
        assert_eq!((Network::of(0, &[]).density(), Network::of(2, &[]).centralisation()), (None, None));
    }

    #[test]
    fn what_is_hidden_is_not_counted_as_no_tie() {
        let survey = seven("mean");
        let many = |by: &str, about: &str, answer: i32, count: usize| vec![sheet(by, about, &[answer]); count];
        let sheets =
            [many("a", "b", 5, 11), many("b", "a", 2, 12), many("a", "c", 5, 3), many("c", "a", 5, 11)].concat();
        let network = survey.matrix(&sheets).unwrap().network(4.0);
        assert!((network.known() - 0.5).abs() < 1e-12);
        assert!((network.density().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(network.reciprocity(), Some(0.0)); // a to b is not returned; whether c to a is, is hidden
        assert_eq!(network.centralisation(), None);
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
            let told = format!("{:?}", seven("mean").matrix(&sheets).unwrap());
            prop_assert_eq!(told, format!("{:?}", seven("mean").matrix(&[sheet("a", "b", &[1])]).unwrap()));
        }

        #[test]
        fn the_order_of_sheets_does_not_matter(answers in proptest::collection::vec(1i32..6, 11..30)) {
            let mut sheets: Vec<Sheet> = answers.iter().map(|&answer| sheet("a", "b", &[answer, 2, 5])).collect();
            let here = seven("mean").matrix(&sheets).unwrap();
            sheets.reverse();
            prop_assert_eq!(here, seven("mean").matrix(&sheets).unwrap());
        }
    }
}
