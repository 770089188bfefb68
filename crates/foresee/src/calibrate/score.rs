//! How far a forecast may be trusted: what was said beforehand against what happened, kept night by night.
//!
//! A forecast is a handful of equally likely values (its members), so that one form does for ranges, chances and scores.
//! Counts of few people are lumpy: a range from 0 to 2 cannot hold exactly nine in ten. So where what happened is as large
//! as several members, it counts as the share of their ranks that lies inside the range; ranges are then neither praised
//! nor blamed for being lumpy.

use serde::{Deserialize, Serialize};

/// Members that a kept forecast has: the middles of equal parts of the range of chance.
pub const MEMBERS: usize = 40;

/// What a forecast is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// People in a service, on average over the span.
    Present,
    /// People who wait at a handover, on average over the span.
    Waiting,
    /// People who come to a service in the span.
    Arrivals,
}

/// A forecast of one number, as a line of the file that is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The digest of the model that it was made with.
    pub model: String,
    /// When it was made: seconds since 1970.
    pub made: i64,
    /// What it is of.
    pub what: What,
    /// Which service or handover.
    pub of: String,
    /// The span that it is for: hours after it was made.
    pub from: f64,
    /// The end of the span.
    pub to: f64,
    /// Equally likely values, sorted.
    pub members: Vec<f64>,
}

/// What became of a forecast, as a line of the file that is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// The digest of the model.
    pub model: String,
    /// When the forecast was made: seconds since 1970.
    pub made: i64,
    /// What it was of.
    pub what: What,
    /// Which service or handover.
    pub of: String,
    /// The span: hours after it was made.
    pub from: f64,
    /// The end of the span.
    pub to: f64,
    /// What happened.
    pub seen: f64,
    /// The mean of the members.
    pub mean: f64,
    /// The middle of the members.
    pub median: f64,
    /// Where what happened lies among the members: from rank, to rank, as shares from 0 to 1.
    pub rank: [f64; 2],
    /// Continuous ranked probability score, in people: as far off as a point forecast would be; lower is better.
    pub crps: f64,
    /// Pinball loss at 5%, 50% and 95%.
    pub pinball: [f64; 3],
}

/// The chance that one day is severe at both ends of a path at once, as a line of the file that is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// The digest of the model that it was made with.
    pub model: String,
    /// When it was made: seconds since 1970.
    pub made: i64,
    /// The path.
    pub of: String,
    /// The day, as `2025-11-17`.
    pub day: String,
    /// People at a time at either end: more than both is severe on that day.
    pub limits: [f64; 2],
    /// The chance of it, from 0 to 1.
    pub chance: f64,
    /// The share of the days of the half-year before that were severe: what one would say who knows nothing else.
    pub usual: f64,
}

/// What became of such a chance, as a line of the file that is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Came {
    /// The digest of the model.
    pub model: String,
    /// When it was said: seconds since 1970.
    pub made: i64,
    /// The path.
    pub of: String,
    /// The day.
    pub day: String,
    /// What was said.
    pub chance: f64,
    /// What would have been said by who knows nothing else.
    pub usual: f64,
    /// Whether the day was measured to be severe.
    pub severe: bool,
}

impl Came {
    /// What tells it from others: when it was said, of which path and day.
    pub fn key(&self) -> (i64, &str, &str) {
        (self.made, &self.of, &self.day)
    }
}

impl Chance {
    /// What tells it from others: when it was said, of which path and day.
    pub fn key(&self) -> (i64, &str, &str) {
        (self.made, &self.of, &self.day)
    }

    /// What became of it.
    pub fn came(&self, severe: bool) -> Came {
        let Chance { model, made, of, day, chance, usual, .. } = self.clone();
        Came { model, made, of, day, chance, usual, severe }
    }
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// Said beforehand.
    Made(Made),
    /// What became of it.
    Scored(Scored),
    /// A chance, said beforehand.
    Chance(Chance),
    /// What became of it.
    Came(Came),
}

impl Line {
    /// A chance, if it is one.
    pub fn chance(&self) -> Option<&Chance> {
        if let Line::Chance(chance) = self { Some(chance) } else { None }
    }

    /// What became of a chance, if it is that.
    pub fn came(&self) -> Option<&Came> {
        if let Line::Came(came) = self { Some(came) } else { None }
    }
}

/// The value that a share `p` of sorted members does not reach; straight lines between members. NaN when there are none.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        count => {
            // Members are middles of equal parts: the first stands for 0.5 / count.
            let place = (p * count as f64 - 0.5).clamp(0.0, (count - 1) as f64);
            let at = (place as usize).min(count.saturating_sub(2));
            let next = sorted[(at + 1).min(count - 1)];
            sorted[at] + (place - at as f64) * (next - sorted[at])
        }
    }
}

/// Any number of equally likely values as [`MEMBERS`] of them, sorted. Values that are no numbers are left out.
pub fn members(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() <= MEMBERS {
        return sorted;
    }
    // The nearest member, not one between two: counts stay counts.
    let pick = |at: usize| sorted[((at as f64 + 0.5) / MEMBERS as f64 * sorted.len() as f64) as usize];
    (0..MEMBERS).map(pick).collect()
}

/// Continuous ranked probability score of sorted members: the mean distance to what happened, less half the mean distance
/// among themselves.
///
/// ```
/// use foresee::calibrate::score::crps;
/// assert_eq!(crps(&[3.0], 5.0), 2.0);
/// assert_eq!(crps(&[0.0, 2.0], 1.0), 0.5);
/// ```
pub fn crps(sorted: &[f64], seen: f64) -> f64 {
    let count = sorted.len() as f64;
    let off: f64 = sorted.iter().map(|value| (value - seen).abs()).sum();
    let among: f64 = sorted.iter().enumerate().map(|(at, value)| value * (2.0 * at as f64 + 1.0 - count)).sum();
    off / count - among / (count * count)
}

/// Pinball loss of a quantile at `p`: what it costs to have said `told` when `seen` happened.
pub fn pinball(told: f64, p: f64, seen: f64) -> f64 {
    if seen >= told { p * (seen - told) } else { (1.0 - p) * (told - seen) }
}

/// Where `seen` lies among sorted members, as a range of shares. If it is one more draw of the same chance, each place
/// in the range is as likely as any other.
pub fn rank(sorted: &[f64], seen: f64) -> [f64; 2] {
    let below = sorted.partition_point(|value| *value < seen - 1e-9);
    let upto = sorted.partition_point(|value| *value <= seen + 1e-9);
    let places = (sorted.len() + 1) as f64;
    [below as f64 / places, (upto + 1) as f64 / places]
}

/// The share of a rank that lies in the middle `band` (0.9 for nine in ten).
pub fn inside(rank: [f64; 2], band: f64) -> f64 {
    let (low, high) = (0.5 - band / 2.0, 0.5 + band / 2.0);
    let width = rank[1] - rank[0];
    if width <= 0.0 {
        return f64::from(u8::from(rank[0] >= low && rank[0] <= high));
    }
    ((rank[1].min(high) - rank[0].max(low)) / width).clamp(0.0, 1.0)
}

impl Made {
    /// What became of it, when `seen` happened. None when it has no members or `seen` is no number.
    pub fn score(&self, seen: f64) -> Option<Scored> {
        if self.members.is_empty() || !seen.is_finite() {
            return None;
        }
        let mut sorted = self.members.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |p| quantile(&sorted, p);
        Some(Scored {
            model: self.model.clone(),
            made: self.made,
            what: self.what,
            of: self.of.clone(),
            from: self.from,
            to: self.to,
            seen,
            mean: sorted.iter().sum::<f64>() / sorted.len() as f64,
            median: at(0.5),
            rank: rank(&sorted, seen),
            crps: crps(&sorted, seen),
            pinball: [0.05, 0.5, 0.95].map(|p| pinball(at(p), p, seen)),
        })
    }
}

/// How forecasts have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trust {
    /// How many were scored.
    pub scored: usize,
    /// On how many nights they were made.
    pub nights: usize,
    /// Share that lay in the ranges that were to hold 50, 80 and 90 in 100.
    pub covered: [f64; 3],
    /// How uncertain the last of these is: half a 95% interval, whole nights standing or falling together.
    pub give_or_take: f64,
    /// Mean of forecast less what happened, in people.
    pub bias: f64,
    /// Mean of what happened, in people.
    pub usual: f64,
    /// Mean score, in people.
    pub crps: f64,
    /// Mean pinball loss at 5%, 50%, 95%.
    pub pinball: [f64; 3],
}

/// What a place may do with its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is known yet.
    TooEarly,
    /// Its ranges hold what they promise.
    Trust,
    /// They hold too much: right, but vaguer than need be.
    Vague,
    /// They do not: every result has to say so.
    Fails,
}

/// Fewer scored forecasts than this say nothing.
const EARLY: usize = 50;

impl Trust {
    /// Of forecasts that were scored; none when there are none.
    pub fn of<'a>(scored: impl IntoIterator<Item = &'a Scored>) -> Option<Trust> {
        let scored: Vec<&Scored> = scored.into_iter().collect();
        if scored.is_empty() {
            return None;
        }
        let count = scored.len() as f64;
        let mean = |of: &dyn Fn(&Scored) -> f64| scored.iter().map(|line| of(line)).sum::<f64>() / count;
        let covered = [0.5, 0.8, 0.9].map(|band| mean(&|line| inside(line.rank, band)));
        let mut nights: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
        for line in &scored {
            let night = nights.entry(line.made).or_default();
            night.0 += inside(line.rank, 0.9) - covered[2];
            night.1 += 1.0;
        }
        let groups = nights.len() as f64;
        let square: f64 = nights.values().map(|night| night.0 * night.0).sum::<f64>();
        let error = if groups > 1.0 { (square * groups / (groups - 1.0)).sqrt() / count } else { f64::INFINITY };
        Some(Trust {
            scored: scored.len(),
            nights: nights.len(),
            covered,
            give_or_take: super::fit::Z95 * error,
            bias: mean(&|line| line.mean - line.seen),
            usual: mean(&|line| line.seen),
            crps: mean(&|line| line.crps),
            pinball: [0, 1, 2].map(|at| mean(&|line| line.pinball[at])),
        })
    }

    /// Nine in ten are meant; 85 to 95 will do, and so does what chance alone may make of that.
    pub fn verdict(&self) -> Verdict {
        let (covered, slack) = (self.covered[2], self.give_or_take.min(0.05));
        if self.scored < EARLY || self.nights < 2 {
            Verdict::TooEarly
        } else if covered < 0.85 - slack {
            Verdict::Fails
        } else if covered > 0.95 + slack {
            Verdict::Vague
        } else {
            Verdict::Trust
        }
    }

    /// The verdict in words; `for_what` is what it may be trusted for, such as `next week's waits`.
    ///
    /// ```
    /// # use foresee::calibrate::score::Trust;
    /// # let trust = Trust { scored: 700, nights: 70, covered: [0.49, 0.79, 0.88], give_or_take: 0.02, bias: 0.4,
    /// #     usual: 20.0, crps: 1.1, pinball: [0.2, 0.5, 0.2] };
    /// assert_eq!(
    ///     trust.words("next week's waits"),
    ///     "covers 88 in 100 of days where 90 were meant: trust it for next week's waits"
    /// );
    /// ```
    pub fn words(&self, for_what: &str) -> String {
        let covers = format!("covers {:.0} in 100 of days where 90 were meant", 100.0 * self.covered[2]);
        // Off to one side by more than a twentieth of what is usual: that is why.
        let lean = self.bias / self.usual.abs().max(1e-9);
        let side = match lean {
            lean if lean > 0.05 => format!("it says {:.0}% more than happens", 100.0 * lean),
            lean if lean < -0.05 => format!("it says {:.0}% less than happens", -100.0 * lean),
            _ => "its ranges are too narrow".to_owned(),
        };
        match self.verdict() {
            Verdict::TooEarly => {
                format!("too early to say: {} forecasts of {} nights scored", self.scored, self.nights)
            }
            Verdict::Trust => format!("{covers}: trust it for {for_what}"),
            Verdict::Vague => format!("{covers}: right for {for_what}, and vaguer than need be"),
            Verdict::Fails => format!("fails: {covers}; {side}"),
        }
    }
}

/// How chances have done, beside always saying the usual share.
///
/// The Brier score is the mean square of what was said less what came (1 or 0): 0 is a seer, and lower is better (Brier 1950).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Odds {
    /// How many days were said and came: a day that was said on three nights counts three times.
    pub scored: usize,
    /// On how many nights.
    pub nights: usize,
    /// How many of them were severe.
    pub came: usize,
    /// How many were to be expected by what was said.
    pub expected: f64,
    /// The Brier score of what was said.
    pub brier: f64,
    /// That of always saying the usual share.
    pub usual: f64,
    /// How uncertain the difference of the two is: half a 95% interval, whole nights standing or falling together.
    pub give_or_take: f64,
}

impl Odds {
    /// Of chances whose day has come; none when there are none.
    ///
    /// ```
    /// use foresee::calibrate::score::{Came, Odds};
    /// let day = |made: i64, chance: f64, severe| Came {
    ///     model: String::new(), made, of: "urgent-care".to_owned(), day: String::new(), chance, usual: 0.5, severe,
    /// };
    /// let odds = Odds::of(&[day(0, 0.8, true), day(1, 0.4, false)]).unwrap();
    /// assert!((odds.brier - 0.1).abs() < 1e-12 && (odds.usual - 0.25).abs() < 1e-12);
    /// assert_eq!(odds.words(), "too early to say: 2 days of 2 nights scored, 1 of them severe");
    /// ```
    pub fn of<'a>(came: impl IntoIterator<Item = &'a Came>) -> Option<Odds> {
        let came: Vec<&Came> = came.into_iter().collect();
        if came.is_empty() {
            return None;
        }
        let count = came.len() as f64;
        let off = |line: &Came, said: f64| (said - f64::from(u8::from(line.severe))).powi(2);
        let mean = |of: &dyn Fn(&Came) -> f64| came.iter().map(|line| of(line)).sum::<f64>() / count;
        let (brier, usual) = (mean(&|line| off(line, line.chance)), mean(&|line| off(line, line.usual)));
        let mut nights: std::collections::BTreeMap<i64, f64> = std::collections::BTreeMap::new();
        for line in &came {
            *nights.entry(line.made).or_default() += off(line, line.chance) - off(line, line.usual) - (brier - usual);
        }
        let groups = nights.len() as f64;
        let square: f64 = nights.values().map(|night| night * night).sum();
        let error = if groups > 1.0 { (square * groups / (groups - 1.0)).sqrt() / count } else { f64::INFINITY };
        Some(Odds {
            scored: came.len(),
            nights: nights.len(),
            came: came.iter().filter(|line| line.severe).count(),
            expected: came.iter().map(|line| line.chance).sum(),
            brier,
            usual,
            give_or_take: super::fit::Z95 * error,
        })
    }

    /// Whether it is worth more than always saying the usual share; none: nobody can tell yet.
    pub fn better(&self) -> Option<bool> {
        let gain = self.usual - self.brier;
        (self.scored >= EARLY && self.came > 0 && gain.abs() > self.give_or_take).then_some(gain > 0.0)
    }

    /// In a sentence.
    pub fn words(&self) -> String {
        let Odds { scored, nights, came, expected, brier, usual, .. } = self;
        if *scored < EARLY || *came == 0 {
            let severe = if *came == 0 { "none".to_owned() } else { came.to_string() };
            return format!("too early to say: {scored} days of {nights} nights scored, {severe} of them severe");
        }
        let worth = match self.better() {
            Some(true) => "worth more than always saying the usual share",
            Some(false) => "fails: always saying the usual share would have been better",
            None => "not yet to be told from always saying the usual share",
        };
        format!(
            "{worth}: {came} of {scored} days severe where {expected:.0} were expected, Brier score {brier:.3} beside {usual:.3}"
        )
    }
}
