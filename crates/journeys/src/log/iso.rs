//! Times as ISO 8601 text, read without allocating: ten million of them must cost a second, not a minute.

/// Microseconds since 1970 of `2025-01-06`, `2025-01-06T09:00`, `2025-01-06 09:00:30.25Z`, `2025-01-06T09:00+01:00`;
/// or of nine to eleven digits, which are seconds. A time without a zone is taken as written.
pub fn micros(text: &str) -> Option<i64> {
    let text = text.trim_ascii().as_bytes();
    if (9..=11).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        return seconds(text.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')));
    }
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else {
        return None;
    };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let days = days(year, two(*m1, *m2)?, two(*d1, *d2)?)?;
    let within = match rest {
        [] => 0,
        [b'T' | b't' | b' ', h1, h2, b':', n1, n2, rest @ ..] => {
            let (hour, minute) = (two(*h1, *h2)?, two(*n1, *n2)?);
            let (second, rest) = match rest {
                [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
                _ => (0, rest),
            };
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let (fraction, rest) = match rest {
                [b'.' | b',', rest @ ..] => {
                    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                    let micros =
                        (0..6).fold(0, |n, at| n * 10 + rest[..digits].get(at).map_or(0, |d| i64::from(d - b'0')));
                    (if digits == 0 { None } else { Some(micros) }?, &rest[digits..])
                }
                _ => (0, rest),
            };
            (hour * 3_600 + minute * 60 + second - offset(rest)?) * 1_000_000 + fraction
        }
        _ => return None,
    };
    known(days * 86_400_000_000 + within)
}

/// Microseconds since 1970 of seconds since 1970, within the years 1 to 9999.
pub fn seconds(seconds: i64) -> Option<i64> {
    seconds.checked_mul(1_000_000).and_then(known)
}

/// The time, if it lies within the years 1 to 9999: others are damage, and their differences would overflow.
#[inline]
pub fn known(micros: i64) -> Option<i64> {
    (-62_135_596_800_000_000..253_402_300_800_000_000).contains(&micros).then_some(micros)
}

fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match zone.trim_ascii_start() {
        [] | b"Z" | b"z" | b"UTC" => return Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, h1, h2, m1, m2),
        [sign, h1, h2] => (sign, h1, h2, &b'0', &b'0'),
        _ => return None,
    };
    let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let east = (hours <= 18 && minutes <= 59).then_some(hours * 3_600 + minutes * 60)?;
    match sign {
        b'+' => Some(east),
        b'-' => Some(-east),
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Days since 1970 of a day of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[track_caller]
    fn check(text: &str, seconds: Option<f64>) {
        assert_eq!(micros(text).map(|m| m as f64 / 1e6), seconds, "{text}");
    }

    #[test]
    fn iso_text_is_read_with_and_without_a_zone() {
        check("1970-01-01", Some(0.0));
        check("2000-02-29", Some(951_782_400.0));
        check("2025-01-06T09:00", Some(1_736_154_000.0));
        check(" 2025-01-06 09:00:30.25 ", Some(1_736_154_030.25));
        check("2025-01-06T09:00:00Z", Some(1_736_154_000.0));
        check("2025-06-06T09:00:00+01:00", Some(1_749_196_800.0));
        check("2025-06-06 09:00:00.000000 +0100", Some(1_749_196_800.0));
        check("2025-06-06T09:00-05", Some(1_749_218_400.0));
        check("1969-12-31T23:59:59.5", Some(-0.5));
        check("1736154000", Some(1_736_154_000.0));
    }

    #[test]
    fn what_is_not_a_time_is_none() {
        for text in [
            "",
            "NA",
            "06/01/2025",
            "2025-13-01",
            "2025-02-29",
            "2025-01-06T24:00",
            "2025-01-06T09",
            "2025-01-06T09:00:",
            "2025-01-06T09:00:00.",
            "2025-01-06T09:00+1",
            "2025-1-6",
            "20250106",
            "0000-01-01",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = micros("1799-12-31").unwrap();
        for year in 1800..2200 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(now) = micros(&format!("{year}-{month:02}-{day:02}")) {
                        assert_eq!(now - before, 86_400_000_000);
                        before = now;
                    }
                }
            }
        }
    }
}
