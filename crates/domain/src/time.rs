//! Instants, dates and the civil time of a place. Zones and clock changes are where waiting times go wrong, so every
//! conversion in Catchment goes through [`Zone`].

use crate::event::words;
use jiff::{Timestamp, civil, tz::TimeZone};
use thiserror::Error;

words! {
    /// How finely a time was recorded. A wait between two times is only as fine as the coarser of them.
    Precision, "precision", {
        /// To the second.
        Second = "second",
        /// To the minute.
        Minute = "minute",
        /// A date and no time of day: waits come out in whole days, never in minutes.
        Day = "day",
    }
}

/// A moment, in whole seconds of UTC since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// Microseconds since 1970, as the Lake keeps them.
    pub const fn micros(self) -> i64 {
        self.0 * 1_000_000
    }
    /// From microseconds since 1970, rounded down to the second.
    pub const fn from_micros(micros: i64) -> Instant {
        Instant(micros.div_euclid(1_000_000))
    }
}

/// A civil date, as days since 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(pub i32);

impl Date {
    /// Year, month and day. Howard Hinnant's `civil_from_days`.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 as i64 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        ((yoe + era * 400 + if month <= 2 { 1 } else { 0 }) as i32, month, day)
    }

    /// The date of a year, month and day; `None` when there is no such day.
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        if month < 1 || month > 12 || day < 1 || day > 31 {
            return None;
        }
        let y = if month <= 2 { year - 1 } else { year } as i64;
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let mp = (month as i64 + 9) % 12;
        let doy = (153 * mp + 2) / 5 + day as i64 - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let date = Date((era * 146_097 + doe - 719_468) as i32);
        let (y2, m2, d2) = date.ymd();
        if y2 == year && m2 == month && d2 == day { Some(date) } else { None }
    }

    /// Day of the week, Monday 0 to Sunday 6.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.ymd();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

/// A time that could not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Not written as a time that we know.
    #[error("not a date or time we can read")]
    Unreadable,
    /// No such day or hour.
    #[error("there is no such day or hour")]
    NoSuchTime,
    /// The zone has no such name.
    #[error("there is no time zone called '{0}'")]
    NoSuchZone(String),
}

/// The civil time of a place, with its clock changes from 1970 to 2100 laid out for quick look-up.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    /// From this second of UTC on, the offset in seconds east.
    changes: Vec<(i64, i32)>,
}

impl Zone {
    /// A zone by its IANA name.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn named(name: &str) -> Result<Zone, TimeError> {
        let zone = TimeZone::get(name).map_err(|_| TimeError::NoSuchZone(name.to_owned()))?;
        let start = Timestamp::UNIX_EPOCH;
        let mut changes = vec![(i64::MIN, zone.to_offset(start).seconds())];
        for change in zone.following(start).take_while(|change| change.timestamp().as_second() < 4_102_444_800) {
            changes.push((change.timestamp().as_second(), change.offset().seconds()));
        }
        Ok(Zone { name: name.to_owned(), changes })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds east of Greenwich at this moment.
    pub fn offset(&self, at: Instant) -> i32 {
        self.changes[self.changes.partition_point(|change| change.0 <= at.0) - 1].1
    }

    /// The moment of a civil time given as seconds since 1970 on a clock without a zone. In the hour that an autumn
    /// change repeats the first is meant; a time in the hour that spring skips is moved on by it (RFC 5545).
    pub fn at_civil(&self, civil_seconds: i64) -> Instant {
        let guess = self.offset(Instant(civil_seconds - 86_400));
        let first = Instant(civil_seconds - i64::from(guess));
        let offset = self.offset(first);
        if offset == guess {
            return first;
        }
        let second = Instant(civil_seconds - i64::from(offset));
        if self.offset(second) == offset { second } else { first }
    }

    /// The civil date at this moment.
    pub fn date(&self, at: Instant) -> Date {
        Date((at.0 + i64::from(self.offset(at))).div_euclid(86_400) as i32)
    }

    /// Hour of the day, 0 to 23, at this moment.
    pub fn hour(&self, at: Instant) -> u32 {
        ((at.0 + i64::from(self.offset(at))).rem_euclid(86_400) / 3600) as u32
    }

    /// The moment a date begins.
    pub fn midnight(&self, date: Date) -> Instant {
        self.at_civil(i64::from(date.0) * 86_400)
    }

    /// `2025-11-03 09:14` on this zone's clock.
    pub fn show(&self, at: Instant) -> String {
        let civil = at.0 + i64::from(self.offset(at));
        let seconds = civil.rem_euclid(86_400);
        format!("{} {:02}:{:02}", Date(civil.div_euclid(86_400) as i32), seconds / 3600, seconds / 60 % 60)
    }

    /// Reads a date or time as organisations write them: `2025-11-03`, `2025-11-03T09:14[:05[.123]][Z|+01:00]`,
    /// `03/11/2025 09:14`, `20251103`, HL7's `202511030914[05[.12]][+0100]`. Without an offset it is this zone's clock.
    ///
    /// # Errors
    /// When it is not written so, or there is no such day or hour.
    ///
    /// ```
    /// use domain::{Precision, Zone};
    /// let london = Zone::named("Europe/London").unwrap();
    /// let summer = london.parse("2025-07-01T09:00+01:00").unwrap();
    /// assert_eq!(summer, london.parse("01/07/2025 09:00").unwrap());
    /// assert_eq!(london.parse("20250701").unwrap().1, Precision::Day);
    /// assert!(london.parse("2025-02-30").is_err());
    /// ```
    pub fn parse(&self, text: &str) -> Result<(Instant, Precision), TimeError> {
        let bytes = text.trim_ascii().as_bytes();
        let (date, rest) = parse_date(bytes)?;
        let midnight = i64::from(date.0) * 86_400;
        let rest = match rest.first() {
            None => return Ok((self.at_civil(midnight), Precision::Day)),
            Some(b'T' | b't' | b' ') => &rest[1..],
            _ => rest,
        };
        let (clock, precision, rest) = parse_clock(rest)?;
        match parse_offset(rest)? {
            Some(offset) => Ok((Instant(midnight + clock - offset), precision)),
            None => Ok((self.at_civil(midnight + clock), precision)),
        }
    }
}

fn number(bytes: &[u8]) -> Result<u32, TimeError> {
    let mut value = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return Err(TimeError::Unreadable);
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Ok(value)
}

fn parse_date(bytes: &[u8]) -> Result<(Date, &[u8]), TimeError> {
    let part = |from: usize, to: usize| bytes.get(from..to).ok_or(TimeError::Unreadable).and_then(number);
    let separated = |byte: Option<&u8>| matches!(byte, Some(b'-' | b'/' | b'.'));
    let (year, month, day, length) = if separated(bytes.get(4)) && bytes.get(4) == bytes.get(7) {
        (part(0, 4)?, part(5, 7)?, part(8, 10)?, 10)
    } else if separated(bytes.get(2)) && bytes.get(2) == bytes.get(5) {
        (part(6, 10)?, part(3, 5)?, part(0, 2)?, 10)
    } else {
        (part(0, 4)?, part(4, 6)?, part(6, 8)?, 8)
    };
    let date = Date::from_ymd(year as i32, month, day).ok_or(TimeError::NoSuchTime)?;
    Ok((date, &bytes[length..]))
}

fn parse_clock(bytes: &[u8]) -> Result<(i64, Precision, &[u8]), TimeError> {
    let two = |at: usize| bytes.get(at..at + 2).ok_or(TimeError::Unreadable).and_then(number);
    let colon = usize::from(bytes.get(2) == Some(&b':'));
    let (hour, minute) = (two(0)?, two(2 + colon)?);
    let mut at = 4 + colon;
    let mut second = 0;
    let mut precision = Precision::Minute;
    let more = if colon == 1 { bytes.get(at) == Some(&b':') } else { bytes.get(at).is_some_and(u8::is_ascii_digit) };
    if more {
        second = two(at + colon)?;
        at += 2 + colon;
        precision = Precision::Second;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
        }
    }
    if hour > 23 || minute > 59 || second > 60 {
        return Err(TimeError::NoSuchTime);
    }
    Ok((i64::from(hour * 3600 + minute * 60 + second), precision, &bytes[at..]))
}

fn parse_offset(bytes: &[u8]) -> Result<Option<i64>, TimeError> {
    let sign = match bytes.first() {
        None => return Ok(None),
        Some(b'Z' | b'z') if bytes.len() == 1 => return Ok(Some(0)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(TimeError::Unreadable),
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    if bytes.len() != 5 + colon {
        return Err(TimeError::Unreadable);
    }
    let (hours, minutes) = (number(&bytes[1..3])?, number(&bytes[3 + colon..])?);
    if hours > 15 || minutes > 59 {
        return Err(TimeError::NoSuchTime);
    }
    Ok(Some(sign * i64::from(hours * 3600 + minutes * 60)))
}

/// A civil date by the library, for tests and headings.
impl From<Date> for civil::Date {
    fn from(date: Date) -> civil::Date {
        let (year, month, day) = date.ymd();
        civil::date(year as i16, month as i8, day as i8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, shown: &str) {
        let london = Zone::named("Europe/London").unwrap();
        let got = match london.parse(text) {
            Ok((at, precision)) => format!("{} {precision}", Timestamp::from_second(at.0).unwrap()),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, shown, "{text}");
    }

    #[test]
    fn times_are_read_as_organisations_write_them() {
        check("2025-11-03T09:14:05Z", "2025-11-03T09:14:05Z second");
        check("2025-07-03 09:14", "2025-07-03T08:14:00Z minute");
        check("03/07/2025 09:14:09.5", "2025-07-03T08:14:09Z second");
        check("202507030914", "2025-07-03T08:14:00Z minute");
        check("20250703091405.123+0215", "2025-07-03T06:59:05Z second");
        check("2025-07-03", "2025-07-02T23:00:00Z day");
        check("2025-07-03T09:14:00-05:00", "2025-07-03T14:14:00Z second");
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in ["", "yesterday", "2025", "2025-11-3", "2025-11-03Tnoon", "2025-11-03 09:14 GMT"] {
            check(text, "not a date or time we can read");
        }
        for text in ["2025-02-29", "2025-13-01", "2025-11-03 24:01", "00000000"] {
            check(text, "there is no such day or hour");
        }
    }

    #[test]
    fn the_hour_that_october_repeats_is_the_first_and_the_one_that_march_skips_moves_on() {
        check("2025-10-26 01:30", "2025-10-26T00:30:00Z minute");
        check("2025-03-30 01:30", "2025-03-30T01:30:00Z minute");
    }

    proptest! {
        #[test]
        fn civil_time_agrees_with_the_library(seconds in 0i64..4_000_000_000) {
            let london = Zone::named("Europe/London").unwrap();
            let tz = TimeZone::get("Europe/London").unwrap();
            let at = Timestamp::from_second(seconds).unwrap();
            let civil = at.to_zoned(tz.clone()).datetime();
            prop_assert_eq!(london.offset(Instant(seconds)), tz.to_offset(at).seconds());
            prop_assert_eq!(civil::Date::from(london.date(Instant(seconds))), civil.date());
            let wall = seconds + i64::from(london.offset(Instant(seconds)));
            prop_assert_eq!(london.at_civil(wall).0, tz.to_timestamp(civil).unwrap().as_second());
        }
        #[test]
        fn a_date_survives_its_parts(days in -200_000i32..200_000) {
            let (year, month, day) = Date(days).ymd();
            prop_assert_eq!(Date::from_ymd(year, month, day), Some(Date(days)));
        }
    }
}
