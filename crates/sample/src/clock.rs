//! The time that the sample covers: UTC seconds inside, the wall clock of the place when it is written.

use domain::{Date, Instant, Zone};

pub const MINUTE: u32 = 60;
pub const HOUR: u32 = 3_600;
pub const DAY: u32 = 86_400;

/// From when to when, in months, with the clock of the place.
pub struct Clock {
    zone: Zone,
    /// From this second of UTC on, seconds east of Greenwich.
    changes: Vec<(u32, i32)>,
    pub start: u32,
    pub end: u32,
    pub first_day: Date,
    /// Where each month's files begin (the first at `start`), with their year and month.
    pub months: Vec<(u32, i32, u32)>,
}

/// Months before a date, to the same day of the month or the last that there is.
fn months_before(date: Date, months: u32) -> Date {
    let (year, month, day) = date.ymd();
    let index = year * 12 + month as i32 - 1 - months as i32;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
    (1..=day).rev().find_map(|day| Date::from_ymd(year, month, day)).unwrap_or(date)
}

impl Clock {
    /// `months` months that end with the day `ends_on`; `None` when that is before 1970 or after 2100.
    pub fn new(zone: &Zone, months: u32, ends_on: Date) -> Option<Clock> {
        let after = Date(ends_on.0.checked_add(1)?);
        let first_day = months_before(after, months);
        if first_day.0 < 1_000 || after.0 > 47_000 {
            return None;
        }
        let at = |date: Date| zone.midnight(date).0 as u32;
        let (start, end) = (at(first_day), at(after));
        let mut changes: Vec<(u32, i32)> = Vec::new();
        for day in first_day.0 - 1_500..=after.0 + 1 {
            for hour in 0..24 {
                let utc = day as u32 * DAY + hour * HOUR;
                let offset = zone.offset(Instant(i64::from(utc)));
                if changes.last().is_none_or(|last| last.1 != offset) {
                    changes.push((utc, offset));
                }
            }
        }
        let (mut year, mut month, _) = first_day.ymd();
        let mut list = vec![(start, year, month)];
        loop {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            match Date::from_ymd(year, month, 1).map(at) {
                Some(begins) if begins < end => list.push((begins, year, month)),
                _ => break,
            }
        }
        Some(Clock { zone: zone.clone(), changes, start, end, first_day, months: list })
    }

    pub fn days(&self) -> u32 {
        (self.end - self.start + HOUR * 2) / DAY
    }
    pub fn offset(&self, at: u32) -> i32 {
        let change = self.changes.partition_point(|change| change.0 <= at);
        self.changes[change.saturating_sub(1)].1
    }
    /// Seconds on the wall since 1970.
    pub fn civil(&self, at: u32) -> u32 {
        at.wrapping_add_signed(self.offset(at))
    }
    pub fn utc(&self, civil: u32) -> u32 {
        self.zone.at_civil(i64::from(civil)).0 as u32
    }
    pub fn day(&self, at: u32) -> Date {
        Date((self.civil(at) / DAY) as i32)
    }
    /// Midnight of the day, on the wall.
    pub fn floor(&self, at: u32) -> u32 {
        self.utc(self.civil(at) / DAY * DAY)
    }
    /// This time of the same day on the wall.
    pub fn time_of_day(&self, at: u32, seconds: u32) -> u32 {
        self.utc(self.civil(at) / DAY * DAY + seconds)
    }
    /// Is it in the hour that the autumn change repeats, the second time round?
    pub fn repeated(&self, at: u32) -> bool {
        self.utc(self.civil(at)) != at
    }
    /// The month whose file holds this time: what came before the start is in the first.
    pub fn month(&self, at: u32) -> usize {
        self.months.partition_point(|month| month.0 <= at).saturating_sub(1)
    }
    pub fn month_end(&self, month: usize) -> u32 {
        self.months.get(month + 1).map_or(self.end, |next| next.0)
    }
}
