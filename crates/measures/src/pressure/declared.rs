//! What was declared, beside what was measured.

use super::{Condition, End, State};
use arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray, UInt8Array};
use arrow::error::ArrowError;
use domain::Date;
use std::sync::Arc;

/// The declared level from which an organisation says that it is under pressure.
pub const DECLARED: u8 = 3;

/// One organisation on one day: what it declared, what was measured, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Whose.
    pub organisation: String,
    /// When.
    pub day: Date,
    /// 1 to 4, as published; `None` when nothing was declared.
    pub declared: Option<u8>,
    /// What the two ends said.
    pub measured: Condition,
    /// The measured level, 1 to 4.
    pub level: Option<u8>,
    /// The numbers behind it.
    pub reason: String,
    /// Whether the two say the same.
    pub verdict: Verdict,
}

/// Whether the two say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Both say pressure.
    Both,
    /// Declared, and not measured.
    DeclaredOnly,
    /// Measured, and not declared.
    MeasuredOnly,
    /// Neither.
    Neither,
    /// One of the two is not known.
    Unknown,
}

impl Verdict {
    /// As the table keeps it.
    ///
    /// ```
    /// assert_eq!(measures::pressure::Verdict::DeclaredOnly.name(), "declared only");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Both => "both",
            Verdict::DeclaredOnly => "declared only",
            Verdict::MeasuredOnly => "measured only",
            Verdict::Neither => "neither",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Day {
    /// The record of a day. A declared level that is none of 1 to 4 is not known.
    ///
    /// Pressure is declared from level [`DECLARED`] on, and measured when both ends are busy. Nobody can say whether the two agree
    /// on a day when nothing was declared, when an end has no reading, or of a path that has one end only.
    ///
    /// ```
    /// use measures::pressure::{Cuts, Day, Verdict, state};
    /// let quiet = state(&[Some(9.0)], &[Some(400.0)], &Cuts::Fixed { front: 10.0, back: 420.0 }, 1)[0];
    /// let day = Day::new("Rivermead General", domain::Date(20_406), Some(4), &quiet, String::new());
    /// assert_eq!(day.verdict, Verdict::DeclaredOnly);
    /// ```
    pub fn new(organisation: &str, day: Date, declared: Option<u8>, state: &State, reason: String) -> Day {
        let declared = declared.filter(|level| (1..=4).contains(level));
        let measured = match (state.front, state.back) {
            (End::Known(front), End::Known(back)) => Some(front.is_busy && back.is_busy),
            _ => None,
        };
        let verdict = match (declared.map(|level| level >= DECLARED), measured) {
            (None, _) | (_, None) => Verdict::Unknown,
            (Some(true), Some(true)) => Verdict::Both,
            (Some(true), Some(false)) => Verdict::DeclaredOnly,
            (Some(false), Some(true)) => Verdict::MeasuredOnly,
            (Some(false), Some(false)) => Verdict::Neither,
        };
        let (organisation, level) = (organisation.to_owned(), state.level());
        Day { organisation, day, declared, measured: state.condition(), level, reason, verdict }
    }

    /// Where the two differ, what each said.
    ///
    /// ```
    /// use measures::pressure::{Cuts, Day, state};
    /// let busy = state(&[Some(9.0)], &[Some(455.0)], &Cuts::Fixed { front: 10.0, back: 420.0 }, 1)[0];
    /// let day = Day::new("Rivermead General", domain::Date(20_406), Some(4), &busy, "455 minutes before a ward".to_owned());
    /// assert_eq!(
    ///     day.disagreement().unwrap(),
    ///     "2025-11-14: Rivermead General declared 4; measured busy at the back (455 minutes before a ward)"
    /// );
    /// ```
    pub fn disagreement(&self) -> Option<String> {
        let (Verdict::DeclaredOnly | Verdict::MeasuredOnly, Some(declared)) = (self.verdict, self.declared) else {
            return None;
        };
        let why = if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) };
        Some(format!("{}: {} declared {declared}; measured {}{why}", self.day, self.organisation, self.measured.name()))
    }
}

/// How often the two said the same. In days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both said pressure.
    pub both: usize,
    /// Declared, and not measured.
    pub declared_only: usize,
    /// Measured, and not declared.
    pub measured_only: usize,
    /// Neither.
    pub neither: usize,
    /// Days on which one was not known: in no share.
    pub unknown: usize,
}

impl Agreement {
    /// The share of the known days on which the two say the same; `None` without one. Where pressure is rare it is near 1
    /// whatever anybody declares: read [`Agreement::share_of_pressure`] beside it.
    pub fn share(&self) -> Option<f64> {
        let same = self.both + self.neither;
        let known = same + self.declared_only + self.measured_only;
        (known > 0).then(|| same as f64 / known as f64)
    }

    /// Of the days on which either said pressure, the share on which both did; `None` without one.
    pub fn share_of_pressure(&self) -> Option<f64> {
        let either = self.both + self.declared_only + self.measured_only;
        (either > 0).then(|| self.both as f64 / either as f64)
    }

    /// In one sentence.
    ///
    /// ```
    /// use measures::pressure::Agreement;
    /// let said = Agreement { both: 3, declared_only: 1, measured_only: 2, neither: 20, unknown: 2 };
    /// assert_eq!(said.sentence(), "Declared and measured say the same on 23 of 26 days: both pressure on 3, only declared on 1, only measured on 2; 2 days are not known");
    /// assert_eq!((said.share(), said.share_of_pressure()), (Some(23.0 / 26.0), Some(0.5)));
    /// ```
    pub fn sentence(&self) -> String {
        let same = self.both + self.neither;
        let known = same + self.declared_only + self.measured_only;
        let unknown = match self.unknown {
            0 => String::new(),
            1 => "; 1 day is not known".to_owned(),
            days => format!("; {days} days are not known"),
        };
        if known == 0 {
            return "No day is known on which a level was both declared and measured".to_owned();
        }
        format!(
            "Declared and measured say the same on {same} of {known} day{}: both pressure on {}, only declared on {}, only measured on {}{unknown}",
            if known == 1 { "" } else { "s" },
            self.both,
            self.declared_only,
            self.measured_only
        )
    }
}

/// Counts the days by what the two said. Of several organisations it is organisation-days.
///
/// ```
/// use measures::pressure::{Cuts, Day, agreement, state};
/// let states = state(&[Some(12.0), Some(9.0)], &[Some(455.0), Some(400.0)], &Cuts::Fixed { front: 10.0, back: 420.0 }, 2);
/// let days: Vec<Day> =
///     (0..2).map(|at| Day::new("QR1", domain::Date(at as i32), Some(3), &states[at], String::new())).collect();
/// let counted = agreement(&days);
/// assert_eq!((counted.both, counted.declared_only), (1, 1));
/// ```
pub fn agreement(days: &[Day]) -> Agreement {
    let mut counted = Agreement::default();
    for day in days {
        *match day.verdict {
            Verdict::Both => &mut counted.both,
            Verdict::DeclaredOnly => &mut counted.declared_only,
            Verdict::MeasuredOnly => &mut counted.measured_only,
            Verdict::Neither => &mut counted.neither,
            Verdict::Unknown => &mut counted.unknown,
        } += 1;
    }
    counted
}

/// The days as a table: organisation, day, declared, measured, measured_level, agreement, reason.
///
/// # Errors
/// Only what Arrow itself refuses.
///
/// ```
/// use measures::pressure::{Cuts, Day, days_to_batch, state};
/// let busy = state(&[Some(9.0)], &[Some(455.0)], &Cuts::Fixed { front: 10.0, back: 420.0 }, 1)[0];
/// let day = Day::new("QR1", domain::Date(20_406), None, &busy, String::new());
/// let batch = days_to_batch(&[day])?;
/// assert_eq!((batch.num_rows(), batch.column_by_name("declared").unwrap().null_count()), (1, 1));
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
pub fn days_to_batch(days: &[Day]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&Day) -> &str| Arc::new(StringArray::from_iter_values(days.iter().map(of))) as ArrayRef;
    let level = |of: fn(&Day) -> Option<u8>| Arc::new(days.iter().map(of).collect::<UInt8Array>()) as ArrayRef;
    RecordBatch::try_from_iter_with_nullable([
        ("organisation", text(|day| &day.organisation), false),
        ("day", Arc::new(Date32Array::from_iter_values(days.iter().map(|day| day.day.0))), false),
        ("declared", level(|day| day.declared), true),
        ("measured", text(|day| day.measured.name()), false),
        ("measured_level", level(|day| day.level), true),
        ("agreement", text(|day| day.verdict.name()), false),
        ("reason", text(|day| &day.reason), false),
    ])
}
