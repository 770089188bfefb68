//! How a number is said. One function for each kind, so that the page, the chart, the terminal and the paper agree.
//!
//! A wait of 295.4 minutes is "4.9 hours" everywhere: minutes under an hour and a half, hours under two days, then days;
//! one decimal under ten, none from ten on, thousands with commas.

use crate::view::Every;
use jiff::civil::Date;

/// What a number counts. Percent is out of 100, not out of 1.
///
/// ```
/// use show::Unit;
/// assert_eq!(Unit::from("minutes").say(41.0), "41 min");
/// assert_eq!(Unit::from("minutes").say(372.0), "6.2 hours");
/// assert_eq!(Unit::from("minutes").say(7056.0), "4.9 days");
/// assert_eq!(Unit::from("%").say(9.71), "9.7%");
/// assert_eq!(Unit::from("people").say(1310.0), "1,310 people");
/// assert_eq!(Unit::from("people").say(1.0), "1 person");
/// assert_eq!(Unit::from("pounds").say(-2_400_000.0), "−£2.4m");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minutes of one person's time, said as minutes, hours or days.
    Minutes,
    /// Person-hours, said as hours or days.
    Hours,
    /// Days, always said as days.
    Days,
    /// Of each hundred, 0 to 100.
    Percent,
    /// Pounds sterling, said as pounds, thousands, millions or billions: "£2.4m".
    Pounds,
    /// Anything counted, with the noun that follows the number: "people", "per 1,000 people", or nothing.
    Of(String),
}

impl From<&str> for Unit {
    fn from(word: &str) -> Unit {
        match word.trim() {
            "minutes" | "minute" | "min" => Unit::Minutes,
            "hours" | "hour" => Unit::Hours,
            "days" | "day" => Unit::Days,
            "%" | "percent" | "per cent" => Unit::Percent,
            "£" | "pounds" | "GBP" => Unit::Pounds,
            noun => Unit::Of(noun.to_owned()),
        }
    }
}

impl Unit {
    /// The number with its unit, as the page says it.
    pub fn say(&self, value: f64) -> String {
        self.scale(value).say(value)
    }

    /// One way of saying for a family of numbers (a column, a chart), so that they can be compared by eye.
    pub fn scale(&self, reference: f64) -> Scale {
        let size = reference.abs();
        let (divide, word) = match self {
            Unit::Minutes if size < 89.5 => (1.0, "min"),
            Unit::Minutes if size < 2880.0 => (60.0, "hours"),
            Unit::Minutes => (1440.0, "days"),
            Unit::Hours if size < 48.0 => (1.0, "hours"),
            Unit::Hours => (24.0, "days"),
            Unit::Days => (1.0, "days"),
            Unit::Percent => (1.0, "%"),
            Unit::Pounds if size < 9_995.0 => (1.0, "£"),
            Unit::Pounds if size < 999_500.0 => (1e3, "£k"),
            Unit::Pounds if size < 999_500_000.0 => (1e6, "£m"),
            Unit::Pounds => (1e9, "£bn"),
            Unit::Of(noun) => (1.0, noun.as_str()),
        };
        Scale { divide, word: word.to_owned(), decimals: None }
    }

    /// The values that can be: no wait is below nothing and no share above all. A process limit outside is not drawn.
    pub fn possible(&self, value: f64) -> bool {
        value.is_finite() && value >= 0.0 && (*self != Unit::Percent || value <= 100.0)
    }

    /// Time is longer or shorter; everything else is higher or lower.
    pub fn is_time(&self) -> bool {
        matches!(self, Unit::Minutes | Unit::Hours | Unit::Days)
    }
}

/// A divisor, a word and (perhaps) a fixed number of decimals; made by [`Unit::scale`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    divide: f64,
    /// The word after the number: "min", "days", "%", "people" or nothing.
    pub word: String,
    decimals: Option<usize>,
}

impl Scale {
    /// Enough decimals to tell apart numbers that differ by `spread`.
    pub fn precise(mut self, spread: f64) -> Scale {
        let spread = spread.abs() / self.divide;
        self.decimals = Some(match spread {
            s if s >= 5.0 => 0,
            s if s >= 0.5 || s == 0.0 => 1,
            _ => 2,
        });
        self
    }

    /// One decimal, whatever the number.
    pub fn tenths(mut self) -> Scale {
        self.decimals = Some(1);
        self
    }

    /// No decimals where all of these are whole, as at an axis; else enough to tell them apart.
    pub(crate) fn for_ticks(self, ticks: &[f64]) -> Scale {
        let whole = ticks.iter().all(|v| ((v / self.divide) - (v / self.divide).round()).abs() < 1e-6);
        let step = ticks.windows(2).map(|w| (w[1] - w[0]).abs()).fold(f64::INFINITY, f64::min);
        match (whole, step.is_finite()) {
            (true, _) => Scale { decimals: Some(0), ..self },
            (false, true) => self.precise(step),
            (false, false) => self,
        }
    }

    /// The number alone: "4.9", "1,240".
    pub fn number(&self, value: f64) -> String {
        let value = value / self.divide;
        match self.decimals {
            Some(decimals) => grouped(value, decimals),
            None if value.abs() < 9.95 => {
                let text = grouped(value, 1);
                text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
            }
            None => grouped(value, 0),
        }
    }

    /// The number with its word: "4.9 days", "9.7%".
    pub fn say(&self, value: f64) -> String {
        let number = self.number(value);
        match self.word.as_str() {
            "" => number,
            "%" => number + "%",
            // the sign of money stands before the number, and its size after
            money if money.starts_with('£') => match number.strip_prefix('−') {
                Some(less) => format!("−£{less}{}", &money['£'.len_utf8()..]),
                None => format!("£{number}{}", &money['£'.len_utf8()..]),
            },
            _ => format!("{number} {}", self.noun(&number)),
        }
    }

    /// The word that follows this number: "person" after 1, "people" after 2.
    pub fn noun(&self, number: &str) -> String {
        if number.trim_start_matches('−') == "1" { one(&self.word) } else { self.word.clone() }
    }
}

/// A whole number with commas at thousands.
///
/// ```
/// assert_eq!(show::number::count(1_204_310), "1,204,310");
/// ```
pub fn count(value: u64) -> String {
    with_commas(&value.to_string())
}

/// "Monday 17 November 2025"
///
/// ```
/// assert_eq!(show::number::date(jiff::civil::date(2025, 11, 17)), "Monday 17 November 2025");
/// ```
pub fn date(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// What a point of a series covers: "17 November 2025", "week from 17 November 2025", "November 2025".
pub fn period(every: Every, start: Date) -> String {
    match every {
        Every::Day => start.strftime("%-d %B %Y").to_string(),
        Every::Week => start.strftime("week from %-d %B %Y").to_string(),
        Every::Month => start.strftime("%B %Y").to_string(),
    }
}

/// The same for a narrow column, where the heading says what it is: "17 Nov 2025", "Nov 2025".
pub fn short_period(every: Every, start: Date) -> String {
    let format = if every == Every::Month { "%b %Y" } else { "%-d %b %Y" };
    start.strftime(format).to_string()
}

/// What one of them is called, whatever follows the noun: "people" is "person", "hours per 1,000 people" is "hour per 1,000
/// people".
///
/// ```
/// use show::number::one;
/// assert_eq!([one("journeys"), one("people waiting"), one("per 1,000 people")], ["journey", "person waiting", "per 1,000 people"]);
/// ```
pub fn one(nouns: &str) -> String {
    let (noun, rest) = nouns.split_at(nouns.find(' ').unwrap_or(nouns.len()));
    let irregular = [("people", "person"), ("children", "child"), ("men", "man"), ("women", "woman")];
    let single = match irregular.iter().find(|(many, _)| *many == noun) {
        Some((_, one)) => (*one).to_owned(),
        None if noun.ends_with("ss") || noun.ends_with("us") || noun.ends_with("is") => noun.to_owned(),
        None => match noun.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None => noun.strip_suffix('s').filter(|stem| stem.len() > 1).unwrap_or(noun).to_owned(),
        },
    };
    single + rest
}

/// "1 week", "6 weeks"
pub fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

fn grouped(value: f64, decimals: usize) -> String {
    // A half goes up, as people round: 12.5% is 13%.
    let size = if decimals == 0 { value.abs().round() } else { value.abs() };
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let minus = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "−" } else { "" };
    let point = fraction.map(|f| format!(".{f}")).unwrap_or_default();
    format!("{minus}{}{point}", with_commas(whole))
}

fn with_commas(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(unit: &str, value: f64, said: &str) {
        assert_eq!(Unit::from(unit).say(value), said, "{value} {unit}");
    }

    #[test]
    fn a_wait_is_said_in_the_unit_a_person_would_use() {
        check("minutes", 0.0, "0 min");
        check("minutes", 89.0, "89 min");
        check("minutes", 90.0, "1.5 hours");
        check("minutes", 118.0, "2 hours");
        check("minutes", 840.0, "14 hours");
        check("minutes", 15_840.0, "11 days");
        check("hours", 29_760.0, "1,240 days");
        check("days", 1.0, "1 day");
    }

    #[test]
    fn shares_and_counts() {
        check("%", 80.4, "80%");
        check("percent", 2.0, "2%");
        check("people", 205.0, "205 people");
        check("", 1_234_567.0, "1,234,567");
        check("people", -4.0, "−4 people");
        check("people", 1.0, "1 person");
        check("journeys", 1.0, "1 journey");
        check("vacancies", 1.0, "1 vacancy");
        check("calls a day", 1.0, "1 call a day");
        check("people", 1.2, "1.2 people");
        check("staff", 1.0, "1 staff");
        check("people", -0.01, "0 people");
    }

    #[test]
    fn a_family_of_numbers_shares_unit_and_decimals() {
        let scale = Unit::Minutes.scale(8000.0).precise(2500.0);
        assert_eq!([7056.0, 14_400.0].map(|m| scale.number(m)), ["4.9", "10.0"]);
    }

    proptest! {
        #[test]
        fn commas_change_nothing_but_the_look(n: u64) {
            prop_assert_eq!(count(n).replace(',', ""), n.to_string());
        }
    }
}
