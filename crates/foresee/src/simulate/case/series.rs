//! Cases without chance: statistics of a series that is given, or written as a formula with its own random numbers.
//!
//! ```text
//! y_i = 20(1-exp(-i/60)) + 6(u_i - 0.5), i = 0..1999, u from x <- (1103515245 x + 12345) mod 2^31, x0 = 12345
//! ```

use super::CaseError;
use super::words::Words;
use crate::simulate::trust::{self, Moments, Precision};
use std::collections::BTreeMap;

/// The answers of a deterministic case by name; `None` when the case gives no series.
pub(super) fn answers(words: &Words) -> Result<Option<BTreeMap<String, f64>>, CaseError> {
    let mut series: Vec<Vec<f64>> = Vec::new();
    for key in
        ["series", "data", "values", "observations", "y", "sample", "base", "a", "x", "changed", "b", "with", "without"]
    {
        if let Some(values) = words.list(key) {
            series.push(values);
        }
    }
    if series.is_empty() {
        series = written(words)?;
    }
    let Some(first) = series.first() else { return Ok(None) };
    let confidence = words.number(&["confidence", "level", "confidence_level"]).unwrap_or(0.95);
    let confidence = if confidence > 1.0 { confidence / 100.0 } else { confidence };
    let mut said = BTreeMap::new();
    let mut say = |name: &str, value: f64| {
        said.insert(name.to_owned(), value);
    };
    let batch = words.number(&["batch", "batch_size"]).map_or(5, |size| size.max(1.0) as usize);
    if let Some(cut) = trust::mser(first, batch) {
        say("truncation_index", cut.index as f64);
        say("truncated_mean", cut.mean);
        say("mser_statistic", cut.statistic);
    }
    // Replication means as they are; or batch means of one long run, when batches are what is asked for.
    let count = words.number(&["batches", "n_batches", "number_of_batches"]).map(|count| count.max(1.0) as usize);
    let by_batch = count.map(|count| first.len() / count).or(words.says("batch means").then_some(batch));
    let means: Vec<f64> = match by_batch {
        Some(size) if size > 1 => first.chunks_exact(size).map(|b| b.iter().sum::<f64>() / size as f64).collect(),
        _ => first.clone(),
    };
    let seen = trust::interval(&means, confidence);
    let moments = Moments::of(&means);
    for (names, value) in [
        (&["mean"][..], seen.mean),
        (&["half_width", "ci_half_width", "half_width_95"], seen.half_width),
        (&["relative_half_width", "relative_precision", "deviation"], seen.half_width / seen.mean.abs()),
        (&["lower", "ci_lower", "ci_low", "low"], seen.low()),
        (&["upper", "ci_upper", "ci_high", "high"], seen.high()),
        (&["sd", "standard_deviation"], seen.sd),
        (&["variance"], moments.variance()),
        (&["standard_error", "se"], seen.standard_error()),
        (&["variance_to_mean"], moments.variance() / seen.mean),
    ] {
        names.iter().for_each(|name| say(name, value));
    }
    let precision = words
        .number(&["relative_precision", "relative_half_width", "precision", "desired_precision"])
        .map(Precision::Relative)
        .or(words.number(&["half_width", "absolute_precision", "target_half_width"]).map(Precision::Absolute));
    if let Some(precision) = precision {
        let least = words.number(&["minimum_replications", "min_replications", "initial_replications"]);
        let needed = trust::replications_needed(&[(seen, precision)], confidence);
        for name in ["replications_needed", "replications", "n_required"] {
            say(name, needed as f64);
        }
        // The first count at which the interval of what has come so far is narrow enough.
        let least = least.map_or(trust::LEAST, |least| least as usize).max(2);
        let mut so_far = Moments::default();
        let stop = means.iter().position(|&value| {
            so_far.push(value);
            let now = so_far.interval(confidence);
            so_far.count >= least && now.half_width <= precision.width(now.mean)
        });
        if let Some(stop) = stop {
            let now = Moments::of(&means[..=stop]).interval(confidence);
            say("stopping_n", (stop + 1) as f64);
            say("n_stop", (stop + 1) as f64);
            say("stopped_at", (stop + 1) as f64);
            say("stopping_mean", now.mean);
            say("stopping_half_width", now.half_width);
        }
    }
    let mut sorted = first.clone();
    sorted.sort_by(f64::total_cmp);
    for percent in 1..100 {
        let share = f64::from(percent) / 100.0;
        let seen = trust::quantile_interval(first, share, confidence);
        for (name, value) in [("", seen.value), ("_low", seen.low), ("_high", seen.high)] {
            if value.is_finite() {
                say(&format!("p{percent:02}{name}"), value);
                say(&format!("quantile_p{percent:02}{name}"), value);
            }
        }
    }
    say("median", trust::quantile(&sorted, 0.5));
    if let Some(second) = series.get(1) {
        let pair = trust::paired(first, second, confidence);
        let variance = pair.difference.sd.powi(2);
        for (names, value) in [
            (&["mean_difference", "difference"][..], pair.difference.mean),
            (
                &["difference_half_width", "half_width_difference", "half_width_paired", "paired_half_width"],
                pair.difference.half_width,
            ),
            (&["difference_lower", "lower_difference"], pair.difference.low()),
            (&["difference_upper", "upper_difference"], pair.difference.high()),
            (&["variance_difference", "variance_paired", "difference_variance"], variance),
            (&["variance_independent"], pair.variance_ratio * variance),
            (&["variance_ratio"], pair.variance_ratio),
            (&["correlation"], pair.correlation),
            (&["mean_base", "mean_a"], Moments::of(first).mean),
            (&["mean_changed", "mean_b"], Moments::of(second).mean),
        ] {
            names.iter().for_each(|name| say(name, value));
        }
        let plain = pair.difference.half_width;
        if !first.is_empty() && words.says("paired") {
            say("half_width", plain);
        }
    }
    Ok(Some(said))
}

/// The series written in the words of the case: each `name_i = formula`, with the random numbers `u_i` of its generator.
fn written(words: &Words) -> Result<Vec<Vec<f64>>, CaseError> {
    let text = words.text();
    let formulas: Vec<&str> = text.match_indices("_i =").map(|(at, found)| clause(&text[at + found.len()..])).collect();
    if formulas.is_empty() {
        return Ok(Vec::new());
    }
    let range = text.split("i = 0..").nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let n = words
        .number(&["n", "length", "observations"])
        .or_else(|| range.and_then(|last| last.parse::<f64>().ok()).map(|last| last + 1.0))
        .ok_or_else(|| CaseError::missing("n, the length of the series"))?;
    let first = if text.contains("i = 1..") { 1.0 } else { 0.0 };
    formulas
        .iter()
        .map(|formula| {
            // The same numbers for every formula: that is what pairs are made of.
            let mut dice = Generator::of(text);
            let mut previous = 0.0;
            (0..n as usize)
                .map(|index| {
                    let draw = dice.as_mut().map_or(f64::NAN, Generator::next);
                    let names = |name: &str| match name {
                        "i" => Some(first + index as f64),
                        "u" | "u_i" => Some(draw),
                        "n" => Some(n),
                        "y_{i-1}" | "x_{i-1}" => Some(previous),
                        name => words.number(&[name]),
                    };
                    previous = Formula::value(formula, &names)
                        .filter(|value| value.is_finite())
                        .ok_or_else(|| CaseError::Formula { text: formula.trim().to_owned() })?;
                    Ok(previous)
                })
                .collect()
        })
        .collect()
}

/// A formula ends at the first comma or semicolon outside brackets, or at a word that begins the next thought.
pub(super) fn clause(text: &str) -> &str {
    let mut depth = 0i32;
    let end = text.char_indices().find(|&(at, c)| {
        depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
        depth <= 0
            && (matches!(c, ',' | ';' | ':')
                || [" for ", " with ", " where ", " and ", " when ", " if ", " per ", " once "]
                    .iter()
                    .any(|word| text[at..].starts_with(word)))
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// A linear congruential generator, as written: `x <- (a x + c) mod m, x0 = …`, `u = x/m` after each step.
#[derive(Clone, Copy)]
struct Generator {
    multiplier: u128,
    increment: u128,
    modulus: u128,
    state: u128,
}

impl Generator {
    fn of(text: &str) -> Option<Self> {
        let step = text.split("<-").nth(1)?;
        let (inner, rest) = step.split_once('(')?.1.split_once(')')?;
        let (multiplier, increment) = inner.split_once('x')?;
        let modulus = rest.split_once("mod")?.1;
        let seed = text.split("x0 =").nth(1).or_else(|| text.split("x_0 =").nth(1))?;
        Some(Generator {
            multiplier: whole(multiplier)?,
            increment: whole(increment.trim().trim_start_matches('+')).unwrap_or(0),
            modulus: whole(modulus).filter(|&modulus| modulus > 0)?,
            state: whole(seed)?,
        })
    }

    fn next(&mut self) -> f64 {
        self.state = (self.multiplier * self.state + self.increment) % self.modulus;
        self.state as f64 / self.modulus as f64
    }
}

/// The whole number a text begins with, `2^31` too.
fn whole(text: &str) -> Option<u128> {
    let digits = |text: &str| -> (Option<u128>, usize) {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        (text[..end].parse().ok(), end)
    };
    let text = text.trim();
    let (base, end) = digits(text);
    match text[end..].strip_prefix('^') {
        Some(power) => base?.checked_pow(u32::try_from(digits(power).0?).ok()?),
        None => base,
    }
}

/// A formula read and worked out in one go, each time anew: a series is thousands long at most. A product may leave its
/// sign out, as in `6(u_i - 0.5)` and `2 pi i`.
pub(super) struct Formula<'a> {
    rest: &'a str,
    names: &'a dyn Fn(&str) -> Option<f64>,
}

impl Formula<'_> {
    /// The value of `text`, whose names are looked up; `None` when it is no formula or names what nobody knows.
    pub(super) fn value(text: &str, names: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
        let mut formula = Formula { rest: text.trim(), names };
        let value = formula.sum()?;
        formula.rest.is_empty().then_some(value)
    }

    fn take(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product()?;
        loop {
            if self.take("+") {
                value += self.product()?;
            } else if self.take("-") {
                value -= self.product()?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.power()?;
        loop {
            if self.take("*") {
                value *= self.power()?;
            } else if self.take("/") {
                value /= self.power()?;
            } else if self.rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '(') {
                value *= self.power()?;
            } else {
                return Some(value);
            }
        }
    }

    fn power(&mut self) -> Option<f64> {
        if self.take("-") {
            return Some(-self.power()?);
        }
        let base = self.atom()?;
        Some(if self.take("^") || self.take("**") { base.powf(self.power()?) } else { base })
    }

    fn atom(&mut self) -> Option<f64> {
        if self.take("(") {
            let value = self.sum()?;
            return self.take(")").then_some(value);
        }
        let number = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        if number > 0 {
            let (digits, rest) = self.rest.split_at(number);
            self.rest = rest.trim_start();
            return digits.parse().ok();
        }
        let mut word = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        if self.rest[word..].starts_with('{') {
            word += self.rest[word..].find('}')? + 1; // y_{i-1}
        }
        let (name, rest) = self.rest.split_at(word);
        self.rest = rest.trim_start();
        let function: fn(f64) -> f64 = match name {
            "pi" => return Some(std::f64::consts::PI),
            "exp" => f64::exp,
            "ln" | "log" => f64::ln,
            "sqrt" => f64::sqrt,
            "sin" => f64::sin,
            "cos" => f64::cos,
            "abs" => f64::abs,
            "floor" => f64::floor,
            _ => return (self.names)(name),
        };
        self.take("(").then_some(())?;
        let value = self.sum()?;
        self.take(")").then(|| function(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_worked_out_as_written() {
        let names = |name: &str| match name {
            "i" => Some(3.0),
            "u_i" => Some(0.25),
            "y_{i-1}" => Some(7.0),
            _ => None,
        };
        let at = |text| Formula::value(text, &names);
        assert_eq!(at("20(1-exp(-i/60)) + 6(u_i - 0.5)"), Some(20.0 * (1.0 - (-0.05f64).exp()) - 1.5));
        assert_eq!(at("2 i^2 - -1"), Some(19.0));
        assert_eq!(at("0.5 y_{i-1} + 10 - i * 2 / 4"), Some(12.0));
        assert_eq!(at("5 sin(2 pi i/12)"), Some(5.0 * (std::f64::consts::PI / 2.0).sin()));
        for broken in ["2 +", "(1", "frob(2)", "1)", ""] {
            assert_eq!(at(broken), None, "{broken}");
        }
        assert_eq!(clause(" 20(1, 2) + 3, i = 0..9"), " 20(1, 2) + 3");
    }

    #[test]
    fn a_generator_is_the_one_written() {
        let mut dice = Generator::of("x <- (1103515245 x + 12345) mod 2^31, x0 = 12345, u = x/2^31").unwrap();
        let x1 = (1_103_515_245u64 * 12_345 + 12_345) % (1 << 31);
        assert_eq!(dice.next(), x1 as f64 / 2f64.powi(31));
        assert!(Generator::of("nothing of the kind").is_none());
    }
}
