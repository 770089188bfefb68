//! Where the hours are waited, and whether they were saved or only moved.
//!
//! The delay ledger keeps each wait once, at its handover, with both owners. This module takes its rows as Arrow batches,
//! keeps them as columns of whole seconds, and answers three questions: who holds how much ([`Ledger::held`]), how much in each
//! day or week ([`Ledger::totals`]), and what changed between two stretches of weeks ([`displacement`]).
//!
//! Because seconds are whole numbers, any split adds up to the total to the last second, and so do the two sides of a move. A
//! person who waits for two things at once waits at two handovers, and the ledger holds the time of both: it counts delay that
//! is owed, handover by handover. The time on that person's clock is in the time account of the journey, once. People are
//! never added here: those of two rows may be the same.
//!
//! ```
//! use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
//! use domain::Date;
//! use measures::ledger::{Column, Ledger};
//! use std::sync::Arc;
//! let batch = RecordBatch::try_from_iter([
//!     ("day", Arc::new(Date32Array::from(vec![20_395, 20_395, 20_396])) as ArrayRef),
//!     ("handover", Arc::new(StringArray::from(vec!["ed-to-ward", "ward-to-home-care", "ed-to-ward"])) as ArrayRef),
//!     ("person_minutes", Arc::new(Float64Array::from(vec![90.0, 60.0, 30.0])) as ArrayRef),
//! ])?;
//! let ledger = Ledger::from_batches([&batch])?;
//! let held = ledger.held(&[Column::Handover], Date(20_395), Date(20_396))?;
//! assert_eq!(held[0].key, [Some("ed-to-ward".to_owned())]);
//! assert_eq!((held[0].hours(), held[1].hours()), (2.0, 1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::pressure::Side;
use crate::series::Grain;
use crate::spc::{self, Better, Options, xmr};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::error::ArrowError;
use domain::Date;
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// A column of the ledger that hours can be split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The join that is waited at.
    Handover,
    /// Who gives; nobody from home.
    FromService,
    /// Whose it is to give.
    FromOrganisation,
    /// Who takes; nobody for home.
    ToService,
    /// Whose it is to take.
    ToOrganisation,
    /// Where the person lives.
    Neighbourhood,
    /// How old they were when it was asked.
    AgeBand,
    /// Female or male.
    Sex,
    /// Deprivation fifth, 1 the most deprived.
    Deprivation,
    /// Why the journey is made.
    Need,
}

impl Column {
    /// Every column.
    pub const ALL: [Column; 10] = [
        Column::Handover,
        Column::FromService,
        Column::FromOrganisation,
        Column::ToService,
        Column::ToOrganisation,
        Column::Neighbourhood,
        Column::AgeBand,
        Column::Sex,
        Column::Deprivation,
        Column::Need,
    ];
    /// Both owners: with it each hour has one row, whoever's it is.
    pub const OWNERS: [Column; 2] = [Column::FromOrganisation, Column::ToOrganisation];

    /// Its name in the table `delay_ledger`.
    ///
    /// ```
    /// assert_eq!(measures::ledger::Column::OWNERS.map(|column| column.name()), ["from_organisation", "to_organisation"]);
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Column::Handover => "handover",
            Column::FromService => "from_service",
            Column::FromOrganisation => "from_organisation",
            Column::ToService => "to_service",
            Column::ToOrganisation => "to_organisation",
            Column::Neighbourhood => "neighbourhood",
            Column::AgeBand => "age_band",
            Column::Sex => "sex",
            Column::Deprivation => "deprivation",
            Column::Need => "need",
        }
    }
}

/// Rows that are no ledger.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// A column is not there.
    #[error("the column `{0}` is missing")]
    NoColumn(&'static str),
    /// A column cannot be read as its type.
    #[error("the column `{name}` cannot be read as {wanted}")]
    Type {
        /// The column.
        name: &'static str,
        /// What it should be.
        wanted: DataType,
        #[source]
        /// Why not.
        source: ArrowError,
    },
    /// A day or its minutes are not there, or the minutes are less than none.
    #[error("row {row} has no usable `{name}`")]
    Value {
        /// The column.
        name: &'static str,
        /// The row, from 0 in its batch.
        row: usize,
    },
}

/// One column as numbers into its words; 0 is null.
#[derive(Debug, Clone, Default)]
struct Coded {
    words: Vec<String>,
    codes: Vec<u32>,
}

/// Rows of the delay ledger as columns.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    days: Vec<i32>,
    seconds: Vec<i64>,
    /// In the order of [`Column::ALL`]; `None` where the rows do not tell it.
    columns: [Option<Coded>; 10],
}

/// What one group holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// A word for each column that was asked for; `None` is not known, or home.
    pub key: Vec<Option<String>>,
    /// Seconds waited, summed over people.
    pub seconds: i64,
    /// Days over which.
    pub days: i32,
}

impl Held {
    /// Hours waited.
    pub fn hours(&self) -> f64 {
        self.seconds as f64 / 3600.0
    }

    /// Hours waited for each 1,000 people who live there; `None` where nobody does.
    ///
    /// ```
    /// let held = measures::ledger::Held { key: vec![Some("Eastbrook".to_owned())], seconds: 7_200_000, days: 7 };
    /// assert_eq!(held.hours_per_1000(8_000.0), Some(250.0));
    /// assert_eq!(held.hours_per_1000(0.0), None);
    /// ```
    pub fn hours_per_1000(&self, people: f64) -> Option<f64> {
        (people > 0.0).then(|| 1000.0 * self.hours() / people)
    }

    /// How many waited at a time, on average.
    ///
    /// ```
    /// let held = measures::ledger::Held { key: vec![], seconds: 9 * 7 * 86_400, days: 7 };
    /// assert_eq!(held.people_at_a_time(), 9.0);
    /// ```
    pub fn people_at_a_time(&self) -> f64 {
        self.seconds as f64 / 86_400.0 / f64::from(self.days.max(1))
    }
}

/// Seconds by group and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// A word for each column; `None` is not known, or home.
    pub groups: Vec<Vec<Option<String>>>,
    /// The first day of each period.
    pub periods: Vec<Date>,
    /// Of a group all periods in a row, then those of the next.
    pub seconds: Vec<i64>,
}

impl Ledger {
    /// Reads rows by the names of their columns: `day` (date) and `person_minutes` must be there, any other column of
    /// `delay_ledger` may be. Rows that SQL has summed already serve as well.
    ///
    /// # Errors
    /// When a column is missing or of another type, or a row has no day or no minutes.
    pub fn from_batches<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> Result<Ledger, LedgerError> {
        let mut ledger = Ledger::default();
        let mut known: [HashMap<String, u32>; 10] = Default::default();
        for batch in batches {
            let column = |name: &'static str, wanted: DataType| {
                let column = batch.column_by_name(name);
                let cast = column.map(|column| cast(column, &wanted)).transpose();
                cast.map_err(|source| LedgerError::Type { name, wanted, source })
            };
            let day = column("day", DataType::Date32)?.ok_or(LedgerError::NoColumn("day"))?;
            let minutes = column("person_minutes", DataType::Float64)?;
            let minutes = minutes.ok_or(LedgerError::NoColumn("person_minutes"))?;
            let (day, minutes) = (day.as_primitive::<Date32Type>(), minutes.as_primitive::<Float64Type>());
            for row in 0..batch.num_rows() {
                if day.is_null(row) {
                    return Err(LedgerError::Value { name: "day", row });
                }
                // Sixty seconds are a minute of the ledger exactly; a fraction comes from dividing by 60.
                let seconds = (minutes.value(row) * 60.0).round();
                if minutes.is_null(row) || !(0.0..9e15).contains(&seconds) {
                    return Err(LedgerError::Value { name: "person_minutes", row });
                }
                ledger.days.push(day.value(row));
                ledger.seconds.push(seconds as i64);
            }
            for (at, which) in Column::ALL.into_iter().enumerate() {
                let Some(text) = column(which.name(), DataType::Utf8)? else { continue };
                let coded = ledger.columns[at].get_or_insert_default();
                // A batch before this one may not have told it.
                coded.codes.resize(ledger.days.len() - batch.num_rows(), 0);
                for word in text.as_string::<i32>() {
                    let code = match word {
                        None => 0,
                        Some(word) => match known[at].get(word) {
                            Some(code) => *code,
                            None => {
                                coded.words.push(word.to_owned());
                                let code = coded.words.len() as u32;
                                known[at].insert(word.to_owned(), code);
                                code
                            }
                        },
                    };
                    coded.codes.push(code);
                }
            }
        }
        let rows = ledger.days.len();
        ledger.columns.iter_mut().flatten().for_each(|coded| coded.codes.resize(rows, 0));
        Ok(ledger)
    }

    /// The number of the group of each row, and the words of each group.
    #[expect(clippy::type_complexity, reason = "two columns that belong together")]
    fn grouped(&self, by: &[Column]) -> Result<(Vec<u32>, Vec<Vec<Option<String>>>), LedgerError> {
        let mut group_of = vec![0_u32; self.days.len()];
        let mut groups: Vec<Vec<Option<String>>> = vec![Vec::new()];
        for column in by {
            let coded = self.columns[*column as usize].as_ref().ok_or(LedgerError::NoColumn(column.name()))?;
            let width = coded.words.len() + 1;
            // Only the pairs that occur become groups.
            let mut number: Vec<u32> = vec![u32::MAX; groups.len() * width];
            let mut finer = Vec::new();
            for (group, code) in group_of.iter_mut().zip(&coded.codes) {
                let slot = &mut number[*group as usize * width + *code as usize];
                if *slot == u32::MAX {
                    *slot = finer.len() as u32;
                    let mut key = groups[*group as usize].clone();
                    key.push(code.checked_sub(1).map(|word| coded.words[word as usize].clone()));
                    finer.push(key);
                }
                *group = *slot;
            }
            groups = finer;
        }
        Ok((group_of, groups))
    }

    /// Seconds of each group in each whole period between two days, both included. A period without a row is nought: name only
    /// days for which the ledger is complete.
    ///
    /// # Errors
    /// When the rows do not have a column that is asked for.
    ///
    /// ```
    /// # use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
    /// # use {domain::Date, measures::{Grain, ledger::{Column, Ledger}}, std::sync::Arc};
    /// # let batch = RecordBatch::try_from_iter([
    /// #     ("day", Arc::new(Date32Array::from(vec![20_395, 20_402])) as ArrayRef),
    /// #     ("need", Arc::new(StringArray::from(vec!["urgent", "urgent"])) as ArrayRef),
    /// #     ("person_minutes", Arc::new(Float64Array::from(vec![90.0, 60.0])) as ArrayRef),
    /// # ])?;
    /// let ledger = Ledger::from_batches([&batch])?;
    /// let weeks = ledger.totals(&[Column::Need], Grain::Week, Date(20_395), Date(20_408))?;
    /// assert_eq!(weeks.seconds, [5400, 3600]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn totals(&self, by: &[Column], grain: Grain, first: Date, last: Date) -> Result<Totals, LedgerError> {
        let whole = grain.whole(first, last);
        let (group_of, groups) = self.grouped(by)?;
        let mut seconds = vec![0_i64; groups.len() * whole.len()];
        for ((group, day), own) in group_of.iter().zip(&self.days).zip(&self.seconds) {
            let period = grain.number(Date(*day));
            if whole.contains(&period) {
                seconds[*group as usize * whole.len() + (period - whole.start) as usize] += own;
            }
        }
        Ok(Totals { groups, periods: whole.map(|number| grain.start(number)).collect(), seconds })
    }

    /// What each group holds from one day to another, both included: most first, and together all of it.
    ///
    /// By [`Column::OWNERS`] each hour is in one row. By one owner alone it is in one row too; adding what an organisation
    /// gives to what it takes counts the hours between its own services twice.
    ///
    /// # Errors
    /// When the rows do not have a column that is asked for.
    ///
    /// ```
    /// # use arrow::array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray};
    /// # use {domain::Date, measures::ledger::{Column, Ledger}, std::sync::Arc};
    /// # let batch = RecordBatch::try_from_iter_with_nullable([
    /// #     ("day", Arc::new(Date32Array::from(vec![20_395, 20_395])) as ArrayRef, false),
    /// #     ("from_organisation", Arc::new(StringArray::from(vec![Some("QR1"), None])), true),
    /// #     ("to_organisation", Arc::new(StringArray::from(vec!["QR9", "QR5"])), true),
    /// #     ("person_minutes", Arc::new(Float64Array::from(vec![90.0, 60.0])), false),
    /// # ])?;
    /// let held = Ledger::from_batches([&batch])?.held(&Column::OWNERS, Date(20_395), Date(20_401))?;
    /// assert_eq!(held[0].key, [Some("QR1".to_owned()), Some("QR9".to_owned())]);
    /// assert_eq!((&held[1].key[0], held[1].seconds), (&None, 3600)); // asked for from home
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn held(&self, by: &[Column], first: Date, last: Date) -> Result<Vec<Held>, LedgerError> {
        let (group_of, groups) = self.grouped(by)?;
        let mut seconds = vec![0_i64; groups.len()];
        for ((group, day), own) in group_of.iter().zip(&self.days).zip(&self.seconds) {
            seconds[*group as usize] += if (first.0..=last.0).contains(day) { *own } else { 0 };
        }
        let days = last.0 - first.0 + 1;
        let mut held: Vec<Held> =
            groups.into_iter().zip(seconds).map(|(key, seconds)| Held { key, seconds, days }).collect();
        held.retain(|held| held.seconds > 0);
        held.sort_by(|a, b| b.seconds.cmp(&a.seconds).then_with(|| a.key.cmp(&b.key)));
        Ok(held)
    }
}

impl Totals {
    /// One group's periods.
    fn of(&self, group: usize) -> &[i64] {
        &self.seconds[group * self.periods.len()..][..self.periods.len()]
    }

    /// Daily totals as people at a time at the front and at the back of a path, for [`crate::pressure::state`]: what `side` says
    /// of a group's key. A day outside the first and last for which the records are complete is not known; an end at which no
    /// group is, is empty.
    ///
    /// ```
    /// use domain::Date;
    /// use measures::{ledger::Totals, pressure::Side};
    /// let days = Totals {
    ///     groups: vec![vec![Some("ed-to-ward".to_owned())], vec![Some("ed-to-home".to_owned())]],
    ///     periods: vec![Date(0), Date(1)],
    ///     seconds: vec![86_400, 43_200, 0, 0],
    /// };
    /// let [front, back] = days.ends((Date(0), Date(0)), |key| (key[0] == Some("ed-to-ward")).then_some(Side::Front));
    /// assert_eq!(front, [Some(1.0), None]);
    /// assert!(back.is_empty());
    /// ```
    pub fn ends(
        &self,
        complete: (Date, Date),
        side: impl Fn(&[Option<&str>]) -> Option<Side>,
    ) -> [Vec<Option<f64>>; 2] {
        let mut ends: [Vec<Option<f64>>; 2] = Default::default();
        for (at, group) in self.groups.iter().enumerate() {
            let key: Vec<Option<&str>> = group.iter().map(Option::as_deref).collect();
            let Some(side) = side(&key) else { continue };
            let end = &mut ends[side as usize];
            if end.is_empty() {
                let known = |day: &Date| (complete.0..=complete.1).contains(day).then_some(0.0);
                end.extend(self.periods.iter().map(known));
            }
            for (sum, seconds) in end.iter_mut().zip(self.of(at)) {
                *sum = sum.map(|sum| sum + *seconds as f64 / 86_400.0);
            }
        }
        ends
    }
}

/// One group before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// A word for each column; empty for all together.
    pub key: Vec<Option<String>>,
    /// Hours a week before.
    pub before: f64,
    /// Hours a week after.
    pub after: f64,
    /// The usual range of one week before, in hours; `None` with fewer than 12 weeks.
    pub usual: Option<(f64, f64)>,
    /// Whether the weeks after hold a signal in the direction of the change; `None` where no usual range is known.
    pub is_signal: Option<bool>,
}

impl Change {
    /// Hours a week more; less than nought where there are fewer.
    ///
    /// ```
    /// let change = measures::ledger::Change { key: vec![], before: 500.0, after: 88.0, usual: None, is_signal: None };
    /// assert_eq!(change.more(), -412.0);
    /// ```
    pub fn more(&self) -> f64 {
        self.after - self.before
    }
}

/// What two stretches of weeks differ by.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    /// Each group, the largest change first.
    pub changes: Vec<Change>,
    /// Hours a week saved, over the groups with fewer.
    pub saved: f64,
    /// Hours a week added, over the groups with more.
    pub added: f64,
    /// All groups together: its change is what was added less what was saved.
    pub all: Change,
}

/// Where hours were saved, where they were added, and what is left over: of the weeks of two stretches, or of two futures, one
/// with a change and one without. Both are weekly [`Totals`] by the same columns.
///
/// Whether it is more than chance is judged by the product's one rule: an XmR chart with its limits fixed on the weeks before
/// (12 or more), and a signal among the weeks after, on the side to which the hours moved. Runs do not reach across the gap. Of
/// many groups some signal by chance; the sentence therefore judges all hours together first.
///
/// ```
/// use domain::Date;
/// use measures::ledger::{Totals, displacement};
/// let weeks = |hours: [i64; 2]| Totals {
///     groups: vec![vec![Some("ward-to-home-care".to_owned())], vec![Some("ed-to-ward".to_owned())]],
///     periods: vec![Date(20_395)],
///     seconds: hours.map(|hours| hours * 3600).to_vec(),
/// };
/// let moved = displacement(&weeks([912, 400]), &weeks([500, 780]));
/// assert_eq!((moved.saved, moved.added, moved.all.more()), (412.0, 380.0, -32.0));
/// assert_eq!(
///     moved.sentence(|key| key[0].unwrap_or("an unknown handover").to_owned()),
///     "412 hours a week fewer at ward-to-home-care; 380 more at ed-to-ward: the waiting moved, 32 hours a week less in all"
/// );
/// ```
pub fn displacement(before: &Totals, after: &Totals) -> Displacement {
    let mut pairs: BTreeMap<&[Option<String>], [Option<usize>; 2]> = BTreeMap::new();
    for (side, totals) in [before, after].into_iter().enumerate() {
        for (at, key) in totals.groups.iter().enumerate() {
            pairs.entry(key).or_default()[side] = Some(at);
        }
    }
    let (none_before, none_after) = (vec![0; before.periods.len()], vec![0; after.periods.len()]);
    let [mut all_before, mut all_after] = [none_before.clone(), none_after.clone()];
    let mut changes = Vec::with_capacity(pairs.len());
    for (key, [was, is]) in pairs {
        let was = was.map_or(none_before.as_slice(), |at| before.of(at));
        let is = is.map_or(none_after.as_slice(), |at| after.of(at));
        for (all, own) in [(&mut all_before, was), (&mut all_after, is)] {
            all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        }
        changes.push(change(key.to_vec(), was, is));
    }
    changes.sort_by(|a, b| b.more().abs().total_cmp(&a.more().abs()));
    let all = change(Vec::new(), &all_before, &all_after);
    let sum = |sign: f64| changes.iter().map(|change| (sign * change.more()).max(0.0)).sum::<f64>();
    Displacement { saved: sum(-1.0), added: sum(1.0), all, changes }
}

fn change(key: Vec<Option<String>>, before: &[i64], after: &[i64]) -> Change {
    let hours = |weeks: &[i64]| weeks.iter().sum::<i64>() as f64 / 3600.0 / weeks.len().max(1) as f64;
    let (was, is) = (hours(before), hours(after));
    // Between the two stretches nothing is known, which breaks every run.
    let values: Vec<Option<f64>> =
        [before, &[-1], after].concat().into_iter().map(|s| (s >= 0).then_some(s as f64 / 3600.0)).collect();
    let options = Options { better: Better::Lower, fix_after: Some(before.len()), ..Options::default() };
    let chart = xmr(&values, &options).ok();
    let limits = chart.as_ref().and_then(|chart| chart.segments.first()?.limits);
    let moved = if is > was { spc::Side::Above } else { spc::Side::Below };
    let is_signal = chart.filter(|_| limits.is_some()).map(|chart| {
        let mut points = chart.points[before.len() + 1..].iter();
        is != was && points.any(|point| point.signals.iter().any(|signal| signal.side == moved))
    });
    Change { key, before: was, after: is, usual: limits.map(|limits| (limits.lower.max(0.0), limits.upper)), is_signal }
}

impl Displacement {
    /// What happened, in one sentence: the largest saving, the largest addition, and all together. `name` says a key.
    ///
    /// ```
    /// use measures::ledger::{Totals, displacement};
    /// let weeks = |hours: [i64; 24]| Totals {
    ///     groups: vec![vec![Some("ed-to-ward".to_owned())]],
    ///     periods: (0..24).map(|week| domain::Date(week * 7 + 4)).collect(),
    ///     seconds: hours.map(|hours| hours * 3600).to_vec(),
    /// };
    /// let quiet = std::array::from_fn(|week| 400 + (week as i64 % 3) * 10);
    /// let said = displacement(&weeks(quiet), &weeks(quiet.map(|hours| hours + 2))).sentence(|_| "the ward".to_owned());
    /// assert_eq!(said, "2 hours a week more at the ward: no more than chance");
    /// ```
    pub fn sentence(&self, name: impl Fn(&[Option<&str>]) -> String) -> String {
        let say = |change: &Change| name(&change.key.iter().map(Option::as_deref).collect::<Vec<_>>());
        let fewer = self.changes.iter().find(|change| change.more() <= -0.5);
        let more = self.changes.iter().find(|change| change.more() >= 0.5);
        let net = self.all.more().round();
        let in_all = match net {
            0.0 => "as much in all".to_owned(),
            net => format!("{} {} in all", hours(net), if net < 0.0 { "less" } else { "more" }),
        };
        let chance = [fewer, more].into_iter().flatten().chain([&self.all]).all(|c| c.is_signal == Some(false));
        let within = match self.all.is_signal {
            Some(true) => ", more than chance",
            Some(false) => ", which is within the usual range",
            None => "",
        };
        let verdict = match (fewer, more) {
            _ if chance => "no more than chance".to_owned(),
            (Some(_), Some(_)) if self.saved.min(self.added) >= 0.5 * self.saved.max(self.added) => {
                format!("the waiting moved, {in_all}{within}")
            }
            _ => format!("{in_all}{within}"),
        };
        match (fewer, more) {
            (None, None) => "The hours waited are as before".to_owned(),
            (Some(one), None) => format!("{} fewer at {}: {verdict}", hours(one.more()), say(one)),
            (None, Some(one)) => format!("{} more at {}: {verdict}", hours(one.more()), say(one)),
            (Some(fewer), Some(more)) => format!(
                "{} fewer at {}; {} more at {}: {verdict}",
                hours(fewer.more()),
                say(fewer),
                thousands(more.more()),
                say(more)
            ),
        }
    }
}

/// "1 hour a week", "1,240 hours a week"
fn hours(hours: f64) -> String {
    let hours = hours.abs().round();
    format!("{} hour{} a week", thousands(hours), if hours == 1.0 { "" } else { "s" })
}

/// Whole, with commas.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut said = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
pub(crate) mod tests;
