//! Days are not alike and each follows the last: limits for a series with a season and a memory.
//!
//! An XmR chart takes points to stand alone. Where each follows the one before, it calls a fifth of quiet charts changed
//! (`spec/spc/README.md` has the table). Two cures are known: widen the limits and give up the rules on runs (Vasilopoulos
//! and Stamboulis 1978), or judge what is left of each point once its past has been allowed for, by all the usual rules
//! (Alwan and Roberts 1988). We take the second: what is left stands alone, so that the rules and their rate of false
//! signals hold again. Its price: where days follow each other, a new level shows most at its first point, less after; a
//! known change wants a rebase.
//!
//! 1. Weekday (and month) effects: the mean of the middle half of the deviations of each, so that one wild Monday does not
//!    move them, shrunk by how much of their spread chance explains.
//! 2. Memory: lag-1 autocorrelation of what is left, corrected for the bias of short series (Kendall 1954). One step in the
//!    level is not memory, where there clearly is one (Andrews 1993).
//! 3. XmR of: level + (value − level − season) − memory × (the same of the point before).

use super::{Chart, Limits, Options, Point, SpcError, average, xmr};
use domain::Date;

/// A daily series that follows itself more than this is adjusted unless the options say otherwise.
const FOLLOWS: f64 = 0.3;
/// Days of each weekday, and months of each name, below which there is no saying how they differ.
const FEWEST: [usize; 2] = [4, 2];

/// How much better one step must explain a series before it is believed: the 1% point of the greatest likelihood ratio over
/// all places for it but the outer tenths (Andrews 1993).
const STEP: f64 = 13.0;

/// Whether season and memory are taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Adjust {
    /// For daily series whose lag-1 autocorrelation is above 0.3, as it stands or with the weekdays taken out.
    #[default]
    WhenDaily,
    /// Never.
    Never,
    /// Always: memory, and weekdays where the series is daily.
    Always,
    /// Always, and the months of the year too.
    WithMonths,
}

/// What was taken into account before a chart was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// How much higher each weekday is than the average day, Monday first; `None` where they do not differ.
    pub weekdays: Option<Vec<f64>>,
    /// How much higher each month is than the average month, January first; `None` where not asked or no different.
    pub months: Option<Vec<f64>>,
    /// How much of a deviation is carried into the next point, 0 to 1.
    pub carried: f64,
    /// Which chart gave each point limits by how many it counts, and why; empty for single values.
    pub counted: String,
    /// What was judged: the level, and what is left of each point.
    pub judged: Vec<Option<f64>>,
    /// The limits each point was judged by, around what was expected of it.
    pub limits: Vec<Option<Limits>>,
}

impl Adjusted {
    /// What was done, in one sentence for the page.
    pub fn words(&self) -> String {
        if !self.counted.is_empty() {
            return self.counted.clone();
        }
        let mut known = Vec::new();
        if self.weekdays.is_some() {
            known.push("its weekday".to_owned());
        }
        if self.months.is_some() {
            known.push("its month".to_owned());
        }
        if self.carried > 0.0 {
            known.push(format!("the point before it (correlation {:.1})", self.carried));
        }
        let lead = if known.len() > 1 { "lead" } else { "leads" };
        format!("each point is judged against what {} {lead} one to expect", known.join(" and "))
    }
}

/// Draws an XmR chart of values whose periods begin on `dates`, with season and memory taken into account as
/// [`Options::adjust`] says: by default in daily series whose lag-1 autocorrelation is above 0.3, as it stands or with the
/// weekdays taken out. The others come out as from [`xmr`].
///
/// Points keep their values; [`Chart::limits_at`] has the limits each was judged by, and [`Chart::adjusted`] says what was
/// done. The limits of a segment are then those of the process as a whole, which a target is held against.
///
/// ```
/// use domain::Date;
/// use measures::spc::{Options, xmr_on};
/// let dates: Vec<Date> = (0..91).map(|day| Date(20_395 + day)).collect();
/// let waves: Vec<_> = (0..91).map(|day| Some(50.0 + 9.0 * (f64::from(day) / 9.0).sin() + f64::from(day * 7 % 5))).collect();
/// let chart = xmr_on(&dates, &waves, &Options::default())?;
/// assert!(chart.warnings()[0].starts_with("each point is judged against what"));
/// # Ok::<(), measures::spc::SpcError>(())
/// ```
///
/// # Errors
/// As [`xmr`], and when there is not one date a value, each later than the one before.
pub fn xmr_on(dates: &[Date], values: &[Option<f64>], options: &Options) -> Result<Chart, SpcError> {
    if dates.len() != values.len() {
        return Err(SpcError::Dates(dates.len().min(values.len())));
    }
    if let Some(at) = dates.windows(2).position(|pair| pair[1] <= pair[0]) {
        return Err(SpcError::Dates(at + 1));
    }
    let plain = xmr(values, options)?;
    let steps = dates.windows(2).filter(|pair| pair[1].0 - pair[0].0 == 1).count();
    let daily = steps * 2 >= dates.len();
    match options.adjust {
        Adjust::Never => Ok(plain),
        Adjust::WhenDaily if !daily => Ok(plain),
        _ => adjusted(dates, plain, daily),
    }
}

fn adjusted(dates: &[Date], plain: Chart, daily: bool) -> Result<Chart, SpcError> {
    let options = &plain.options;
    let mut rest: Vec<Option<f64>> = plain.points.iter().map(|point| point.value).collect();
    let deviations = |rest: &[Option<f64>]| deviations(&plain, rest);
    let mut weekdays = None;
    if daily {
        let day = |at: usize| dates[at].weekday() as usize;
        weekdays = effects(&deviations(&rest), day, 7, FEWEST[0]);
        take_out(&mut rest, weekdays.as_deref(), day);
    }
    let mut months = None;
    if options.adjust == Adjust::WithMonths {
        let month = |at: usize| dates[at].ymd().1 as usize - 1;
        months = effects(&deviations(&rest), month, 12, FEWEST[1]);
        take_out(&mut rest, months.as_deref(), month);
    }
    let off = deviations(&rest);
    let carried = memory(&off);
    // A week that goes up and down hides how its days follow each other, so both are asked.
    let follows = plain.autocorrelation() > FOLLOWS || carried > FOLLOWS;
    let idle = weekdays.is_none() && months.is_none() && carried == 0.0;
    if idle || (options.adjust == Adjust::WhenDaily && !follows) {
        return Ok(plain);
    }
    // A point with nothing before it keeps all its deviation, which is wider by this than what the others keep.
    let wider = 1.0 / (1.0 - carried * carried).sqrt();
    let has_past =
        |at: usize| at > 0 && off[at - 1].is_some() && plain.points[at - 1].segment == plain.points[at].segment;
    let left = |at: usize| {
        let (own, level) = (off[at]?, rest[at]? - off[at]?);
        Some(level + if has_past(at) { own - carried * off[at - 1]? } else { own / wider })
    };
    let judged: Vec<Option<f64>> = (0..rest.len()).map(left).collect();
    let mut chart = xmr(&judged, options)?;
    let limits = (0..judged.len()).map(|at| {
        let Point { value, segment, .. } = plain.points[at];
        let (mean, usual) = (chart.segments[segment].mean?, chart.segments[segment].limits?);
        let scale = if has_past(at) { 1.0 } else { wider };
        Some(Limits::around(value? - (judged[at]? - mean) * scale, (usual.upper - mean) * scale))
    });
    let limits = limits.collect();
    for (point, raw) in chart.points.iter_mut().zip(&plain.points) {
        point.value = raw.value;
    }
    let ends = |effects: &Option<Vec<f64>>| {
        let each = || effects.iter().flatten().copied();
        (each().fold(0.0, f64::min), each().fold(0.0, f64::max))
    };
    let ((low_day, high_day), (low_month, high_month)) = (ends(&weekdays), ends(&months));
    for segment in &mut chart.segments {
        if let Some((mean, usual)) = segment.mean.zip(segment.limits) {
            let whole = Limits::around(mean, (usual.upper - mean) * wider);
            let (low, high) = (low_day + low_month, high_day + high_month);
            segment.limits = Some(Limits {
                lower: whole.lower + low,
                near_lower: whole.near_lower + low,
                near_upper: whole.near_upper + high,
                upper: whole.upper + high,
            });
        }
    }
    chart.adjusted = Some(Adjusted { weekdays, months, carried, counted: String::new(), judged, limits });
    Ok(chart)
}

/// Each value less the mean of its segment's baseline.
fn deviations(plain: &Chart, values: &[Option<f64>]) -> Vec<Option<f64>> {
    let fixed = plain.options.fix_after.unwrap_or(usize::MAX);
    let level = |segment: usize| {
        let first = plain.segments[segment].first;
        let end =
            plain.segments.get(segment + 1).map_or(values.len(), |next| next.first).min(first.saturating_add(fixed));
        average(values[first..end].iter().copied().flatten())
    };
    let levels: Vec<Option<f64>> = (0..plain.segments.len()).map(level).collect();
    values.iter().zip(&plain.points).map(|(value, point)| Some((*value)? - levels[point.segment]?)).collect()
}

/// How far each of so many groups lies from the average of them, shrunk by the part of their spread that is chance.
fn effects(off: &[Option<f64>], group: impl Fn(usize) -> usize, groups: usize, fewest: usize) -> Option<Vec<f64>> {
    let mut each: Vec<Vec<f64>> = vec![Vec::new(); groups];
    for (at, off) in off.iter().enumerate() {
        each[group(at)].extend(off);
    }
    if each.iter().any(|values| (1..fewest).contains(&values.len())) {
        return None;
    }
    let seen = each.iter().filter(|values| !values.is_empty()).count();
    let middles: Vec<Option<f64>> = each.iter_mut().map(|values| middle_half(values)).collect();
    let average = average(middles.iter().copied().flatten())?;
    let spread = |values: &[f64], about: f64| values.iter().map(|value| (value - about).powi(2)).sum::<f64>();
    let (mut between, mut within, mut count) = (0.0, 0.0, 0);
    for (values, middle) in each.iter().zip(&middles) {
        let Some(middle) = middle else { continue };
        between += values.len() as f64 * (middle - average).powi(2);
        within += spread(values, *middle);
        count += values.len();
    }
    if seen < 2 || count <= seen || between <= 0.0 {
        return None;
    }
    let by_chance = (within / (count - seen) as f64) / (between / (seen - 1) as f64);
    let keep = 1.0 - by_chance;
    (keep > 0.0).then(|| middles.iter().map(|middle| middle.map_or(0.0, |middle| keep * (middle - average))).collect())
}

/// The mean of the middle half of the values.
fn middle_half(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 4;
    average(values[cut..values.len() - cut].iter().copied())
}

fn take_out(values: &mut [Option<f64>], effects: Option<&[f64]>, group: impl Fn(usize) -> usize) {
    let Some(effects) = effects else { return };
    for (at, value) in values.iter_mut().enumerate() {
        *value = value.map(|value| value - effects[group(at)]);
    }
}

/// How much of a deviation is carried into the next point, between nought and 0.9: lag-1 autocorrelation without the bias of
/// a short series. A level that has moved looks like memory; where one step explains the series so much better that chance
/// would seldom have it so, memory is measured about the two levels, and the step is left for the rules to find.
fn memory(off: &[Option<f64>]) -> f64 {
    let count = off.iter().flatten().count() as f64;
    let ends = (off.len() / 10).max(1);
    let Some(one) = carried(off, off.len()).filter(|_| count >= 20.0) else { return 0.0 };
    let two = (ends..off.len() - ends).filter_map(|step| carried(off, step));
    let two = two.min_by(|a, b| a.left.total_cmp(&b.left)).unwrap_or(one);
    let (levels, best) = if count * (one.left / two.left).ln() > STEP { (2.0, two) } else { (1.0, one) };
    ((best.part + levels / count) / (1.0 - (2.0 + 2.0 * levels) / count)).clamp(0.0, 0.9)
}

#[derive(Clone, Copy)]
struct Carried {
    /// The part of each deviation that is carried.
    part: f64,
    /// The sum of squares of what is left.
    left: f64,
}

/// About the mean of what comes before a step and that of what comes after.
fn carried(off: &[Option<f64>], step: usize) -> Option<Carried> {
    let (before, after) = off.split_at(step);
    let [before, after] = [before, after].map(|part| average(part.iter().copied().flatten()));
    let each = || off.iter().enumerate().map(|(at, off)| Some((*off)? - if at < step { before? } else { after? }));
    let squares: f64 = each().flatten().map(|off| off * off).sum();
    let products: f64 = each().zip(each().skip(1)).filter_map(|(before, now)| Some(before? * now?)).sum();
    let part = products / squares;
    (squares > 0.0).then_some(Carried { part, left: squares * (1.0 - part * part) })
}
