//! What a chart says, in plain words: names, letters for icons, one sentence, and where the two rule sets disagree.

use super::{
    Adjusted, Assurance, Better, Chart, FULL_LIMITS, Options, Rebase, Rule, Rules, Side, Signal, SpcError, Variation,
    rules, xmr,
};

impl Signal {
    /// What this signal means when `better` is better.
    pub fn variation(self, better: Better) -> Variation {
        match (better, self.side) {
            (Better::Neither, side) => Variation::Neutral(side),
            (Better::Higher, Side::Above) | (Better::Lower, Side::Below) => Variation::Improvement(self.side),
            (Better::Higher, Side::Below) | (Better::Lower, Side::Above) => Variation::Concern(self.side),
        }
    }

    /// The label that `NHSRplotthedots` gives it.
    pub fn label(self) -> &'static str {
        match (self.rule, self.side) {
            (Rule::Outside, Side::Above) => "Above UCL",
            (Rule::Outside, Side::Below) => "Below LCL",
            (Rule::Trend, Side::Above) => "7 Point Trend (Increasing)",
            (Rule::Trend, Side::Below) => "7 Point Trend (Decreasing)",
            (Rule::TwoOfThree, Side::Above) => "2 in 3 Above CL",
            (Rule::TwoOfThree, Side::Below) => "2 in 3 Below CL",
            (Rule::Shift, Side::Above) => "7 Points Above CL",
            (Rule::Shift, Side::Below) => "7 Points Below CL",
        }
    }

    /// The same in plain words.
    pub fn words(self) -> &'static str {
        match (self.rule, self.side) {
            (Rule::Outside, Side::Above) => "above the usual range",
            (Rule::Outside, Side::Below) => "below the usual range",
            (Rule::Trend, Side::Above) => "rising",
            (Rule::Trend, Side::Below) => "falling",
            (Rule::TwoOfThree, Side::Above) => "near the top of the usual range",
            (Rule::TwoOfThree, Side::Below) => "near the bottom of the usual range",
            (Rule::Shift, Side::Above) => "higher than usual",
            (Rule::Shift, Side::Below) => "lower than usual",
        }
    }
}

impl Variation {
    /// Whether it is a signal of concern.
    pub fn is_concern(self) -> bool {
        matches!(self, Variation::Concern(_))
    }

    /// Whether there is a signal.
    pub fn is_signal(self) -> bool {
        self != Variation::CommonCause
    }

    /// The letter in the ring of its icon: H is high, L is low; ordinary variation has none.
    pub fn letter(self) -> Option<char> {
        match self {
            Variation::CommonCause => None,
            Variation::Improvement(side) | Variation::Concern(side) | Variation::Neutral(side) => Some(match side {
                Side::Above => 'H',
                Side::Below => 'L',
            }),
        }
    }

    /// In one plain word.
    pub fn word(self) -> &'static str {
        match self {
            Variation::CommonCause => "no change",
            Variation::Improvement(_) => "improvement",
            Variation::Concern(_) => "concern",
            Variation::Neutral(_) => "change",
        }
    }

    /// The icon's name: `concern_high`, `improvement_low`, `neutral_high`, `common_cause` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Variation::CommonCause => "common_cause",
            Variation::Improvement(Side::Above) => "improvement_high",
            Variation::Improvement(Side::Below) => "improvement_low",
            Variation::Concern(Side::Above) => "concern_high",
            Variation::Concern(Side::Below) => "concern_low",
            Variation::Neutral(Side::Above) => "neutral_high",
            Variation::Neutral(Side::Below) => "neutral_low",
        }
    }

    /// The name `NHSRplotthedots` gives a point of this kind.
    pub fn point_type(self) -> &'static str {
        match self {
            Variation::CommonCause => "common_cause",
            Variation::Improvement(_) => "special_cause_improvement",
            Variation::Concern(_) => "special_cause_concern",
            Variation::Neutral(Side::Above) => "special_cause_neutral_high",
            Variation::Neutral(Side::Below) => "special_cause_neutral_low",
        }
    }
}

impl Assurance {
    /// The letter in the ring of its icon: P will pass, F will fail, ? is hit and miss.
    pub fn letter(self) -> char {
        match self {
            Assurance::Pass => 'P',
            Assurance::Fail => 'F',
            Assurance::Inconsistent => '?',
        }
    }

    /// In plain words.
    pub fn words(self) -> &'static str {
        match self {
            Assurance::Pass => "will be met",
            Assurance::Fail => "will be missed",
            Assurance::Inconsistent => "hit and miss",
        }
    }

    /// The icon's name: `pass`, `fail` or `inconsistent`.
    pub fn name(self) -> &'static str {
        match self {
            Assurance::Pass => "pass",
            Assurance::Fail => "fail",
            Assurance::Inconsistent => "inconsistent",
        }
    }
}

impl Rebase {
    /// Why and by whom, for the page: `a second triage nurse (A. Patel)`; empty when nobody said.
    pub fn words(&self) -> String {
        match (self.reason.as_str(), self.by.as_str()) {
            ("", "") => String::new(),
            ("", by) => format!("by {by}"),
            (reason, "") => reason.to_owned(),
            (reason, by) => format!("{reason} ({by})"),
        }
    }
}

impl Chart {
    /// What to know before trusting the limits, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let several = self.segments.len() > 1;
        self.segments
            .iter()
            .enumerate()
            .filter(|(_, segment)| segment.is_short())
            .map(|(number, segment)| {
                let whose = if several { format!("segment {}: ", number + 1) } else { String::new() };
                format!("{whose}{} points make trial limits only; {FULL_LIMITS} make full ones", segment.points)
            })
            .chain(self.adjusted.as_ref().map(Adjusted::words))
            .collect()
    }

    /// The chart in one plain sentence: what the newest points say, then whether the target can be met.
    ///
    /// `each` is one period (`week`), `unit` that of the values (`minutes`, `%`).
    ///
    /// ```
    /// use measures::spc::{Better, Options, xmr};
    /// let flat = [30.0, 31.0, 29.0].repeat(5).into_iter().map(Some).collect::<Vec<_>>();
    /// let options = Options { better: Better::Lower, target: Some(15.0), ..Options::default() };
    /// assert_eq!(xmr(&flat, &options)?.sentence("week", "minutes"), "No change; will miss 15 minutes");
    /// # Ok::<(), measures::spc::SpcError>(())
    /// ```
    pub fn sentence(&self, each: &str, unit: &str) -> String {
        if !self.is_shown() {
            return format!("Too few points to tell: {} of {FULL_LIMITS}", self.count());
        }
        let change = self.change(each);
        let Some((assurance, target)) = self.assurance().zip(self.target()) else {
            return change;
        };
        let target = with_unit(target, unit);
        match assurance {
            Assurance::Pass => format!("{change}; will meet {target}"),
            Assurance::Fail => format!("{change}; will miss {target}"),
            Assurance::Inconsistent => format!("{change}; hit and miss on {target}"),
        }
    }

    fn change(&self, each: &str) -> String {
        let Some(last) = self.points.last() else {
            return "No values".to_owned();
        };
        if last.value.is_none() {
            return format!("The newest {each} is missing");
        }
        let Some(signal) = last.signal() else {
            return self.change_since_rebase().unwrap_or("No change").to_owned();
        };
        let periods = self
            .points
            .iter()
            .rev()
            .take_while(|point| match signal.rule {
                Rule::Shift => point.segment == last.segment && point.side == Some(signal.side),
                _ => point.segment == last.segment && point.signals.contains(signal),
            })
            .count();
        if signal.rule == Rule::Shift && matches!(last.variation, Variation::Improvement(_)) {
            return "Improved and holding".to_owned();
        }
        let mut words = signal.words().to_owned();
        words[..1].make_ascii_uppercase();
        if periods > 1 && signal.rule != Rule::TwoOfThree {
            words.push_str(&format!(" for {periods} {each}s"));
        }
        words
    }

    /// A quiet chart that was rebased: does the new segment stand clear of the old limits?
    fn change_since_rebase(&self) -> Option<&'static str> {
        let [.., before, after] = self.segments.as_slice() else {
            return None;
        };
        let values: Vec<Option<f64>> = self.points[after.first..].iter().map(|p| p.value).collect();
        let mut points = Vec::new();
        rules::judge(&values, before, 0, &self.options, &mut points);
        match points.last()?.signals.iter().find(|signal| signal.rule != Rule::Trend)?.variation(self.options.better) {
            Variation::Improvement(_) => Some("Improved and holding"),
            Variation::Concern(_) => Some("Worse, and staying so"),
            Variation::Neutral(Side::Above) => Some("Higher, and staying so"),
            Variation::Neutral(Side::Below) => Some("Lower, and staying so"),
            Variation::CommonCause => None,
        }
    }
}

/// Where the two rule sets do not say the same of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Positions of the points they judge differently.
    pub points: Vec<usize>,
    /// What each makes of the newest point: Making Data Count, then the R package.
    pub newest: [Variation; 2],
    /// What each makes of the target.
    pub assurance: [Option<Assurance>; 2],
    /// The difference in one sentence.
    pub sentence: String,
}

/// Where Making Data Count and the R package `NHSRplotthedots` disagree about a series; `None` where they agree on every
/// point and on the target. The rule set in the options does not matter; what they say of screening holds for both.
///
/// ```
/// use measures::spc::{Options, difference};
/// let mut values = [50.0, 52.0, 49.0, 51.0, 48.0, 50.0].repeat(3);
/// values.extend([57.6, 58.6, 52.0]);
/// let values: Vec<_> = values.into_iter().map(Some).collect();
/// let difference = difference(&values, &Options::default())?.unwrap();
/// assert_eq!(difference.points, [18]);
/// assert_eq!(
///     difference.sentence,
///     "The two rule sets differ on 1 of 21 points (point 19: Making Data Count says change (high), the R package no change)"
/// );
/// # Ok::<(), measures::spc::SpcError>(())
/// ```
///
/// # Errors
/// As [`xmr`].
pub fn difference(values: &[Option<f64>], options: &Options) -> Result<Option<Difference>, SpcError> {
    let draw = |rules| xmr(values, &Options { rules, ..options.clone() });
    let [ours, theirs] = [draw(Rules::MakingDataCount)?, draw(Rules::NhsrPlotTheDots)?];
    let points: Vec<usize> =
        (0..values.len()).filter(|&at| ours.points[at].variation != theirs.points[at].variation).collect();
    let newest = [ours.variation(), theirs.variation()];
    let assurance = [ours.assurance(), theirs.assurance()];
    let mut parts = Vec::new();
    if let Some(&last) = points.last() {
        let s = if values.len() == 1 { "" } else { "s" };
        let [says, package] = [&ours, &theirs].map(|chart| said(chart.points[last].variation));
        let which = if last + 1 == values.len() { "the newest".to_owned() } else { format!("point {}", last + 1) };
        parts.push(format!(
            "on {} of {} point{s} ({which}: Making Data Count says {says}, the R package {package})",
            points.len(),
            values.len(),
        ));
    }
    if assurance[0] != assurance[1] {
        let [says, package] = assurance.map(|assurance| assurance.map_or("nothing", Assurance::words));
        parts.push(format!("on the target (Making Data Count says {says}, the R package {package})"));
    }
    let sentence = format!("The two rule sets differ {}", parts.join(" and "));
    Ok((!parts.is_empty()).then_some(Difference { points, newest, assurance, sentence }))
}

/// A variation in a sentence; the side is said where the word alone would not tell two of them apart.
fn said(variation: Variation) -> String {
    match (variation, variation.letter()) {
        (Variation::Neutral(_), Some('H')) => "change (high)".to_owned(),
        (Variation::Neutral(_), Some(_)) => "change (low)".to_owned(),
        _ => variation.word().to_owned(),
    }
}

/// A number with its unit, as written in a sentence: `15 minutes`, `78%`, `1,240 hours`.
pub fn with_unit(value: f64, unit: &str) -> String {
    let text = plain_number(value);
    match unit {
        "" => text,
        "%" => format!("{text}%"),
        _ => format!("{text} {unit}"),
    }
}

/// A number with at most three significant decimals and commas between thousands.
fn plain_number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{dot}{fraction}")
}
