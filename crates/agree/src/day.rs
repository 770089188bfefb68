//! Dates in files: `2026-04-01`, as TOML's own date or as words.

use domain::Date;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(date: &Date, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(date)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    Written::deserialize(from)?.date().map_err(serde::de::Error::custom)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Toml(toml::value::Datetime),
    Words(String),
}

impl Written {
    fn date(self) -> Result<Date, String> {
        let words = match self {
            Written::Toml(date) => date.to_string(),
            Written::Words(words) => words,
        };
        let wrong = || format!("'{words}' is not a date such as 2026-04-01");
        let mut parts = words.split('-');
        let mut part = |width: usize| -> Option<u32> {
            parts
                .next()
                .filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?
                .parse()
                .ok()
        };
        let (year, month, day) = (part(4), part(2), part(2));
        match (year, month, day, parts.next()) {
            (Some(year), Some(month), Some(day), None) => {
                let date = Date::from_ymd(year as i32, month, day).ok_or_else(wrong)?;
                if is_near(date) { Ok(date) } else { Err(format!("'{words}' is not a day between 1900 and 2199")) }
            }
            _ => Err(wrong()),
        }
    }
}

/// Whether a day lies where people make plans: from 1900 to 2199.
pub fn is_near(date: Date) -> bool {
    (1900..2200).contains(&date.ymd().0)
}

/// A date that may be missing.
pub(crate) mod option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(date: &Option<Date>, out: S) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => out.collect_str(date),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        Option::<Written>::deserialize(from)?.map(Written::date).transpose().map_err(serde::de::Error::custom)
    }
}

/// As a reader says it: `5 January 2026`.
pub fn long(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = date.ymd();
    format!("{day} {} {year}", MONTHS[month as usize - 1])
}

/// `1 day`, `3 days`.
pub(crate) fn days(count: i32) -> String {
    format!("{count} day{}", if count == 1 { "" } else { "s" })
}
