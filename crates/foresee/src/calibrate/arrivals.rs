//! How people come from outside: counts by the hour, as `base × hour of the week × season × growth`, and whether days differ
//! more than chance makes them. Real days do: a model that draws plain Poisson days says ranges that are too narrow.

use super::fit::{Estimate, Z95, chance_above};
use crate::simulate::model::Source;

/// Where time 0 lies in the week and in the year, in hours of the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Calendar {
    /// Hours since Monday 00:00.
    pub week_starts: f64,
    /// Hours since 1 January 00:00.
    pub year_starts: f64,
}

const DAY: f64 = 24.0;
const WEEK: usize = 168;
const YEAR: f64 = 8_766.0;
/// A window at least this long tells the months apart; one twice as long tells growth from season.
const A_YEAR: f64 = 8_760.0;
/// Arrivals that the smooth shape of the week counts for, beside those of an hour of the week itself.
const SMOOTH: f64 = 20.0;

impl Calendar {
    fn hour_of_week(&self, at: f64) -> usize {
        ((self.week_starts + at).rem_euclid(WEEK as f64) as usize).min(WEEK - 1)
    }

    fn month(&self, at: f64) -> usize {
        (((self.year_starts + at).rem_euclid(YEAR) / YEAR * 12.0) as usize).min(11)
    }
}

/// How people come to one service from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    /// How many came.
    pub count: usize,
    /// How many hours were watched.
    pub hours: f64,
    /// People an hour, over the window; the interval is as wide as the days differ.
    pub rate: Estimate,
    /// Factors of the 168 hours of the week from Monday 00:00, their mean 1.
    pub week: Vec<f64>,
    /// Factors of the twelve months, their mean 1; empty when the window is too short to tell.
    pub season: Vec<f64>,
    /// Growth a year, when two years or more were seen.
    pub growth: Option<Estimate>,
    /// Standard deviation of the factor that a day has beyond chance; 0 when chance explains the days.
    pub day_spread: f64,
    /// Variance of a day's count / its mean: 1 is chance alone.
    pub dispersion: f64,
    /// The chance of days at least as different if they differed by chance alone.
    pub p: f64,
}

/// How people come, from the times (in hours) at which they came in `from..to`. Times outside are not counted.
/// None when nobody came, or there is no window.
///
/// ```
/// use foresee::calibrate::arrivals::{Calendar, arrivals};
/// let times: Vec<f64> = (0..240).map(|n| 0.5 + f64::from(n) * 3.0).collect();
/// let learned = arrivals(&times, 0.0, 720.0, Calendar::default()).unwrap();
/// assert_eq!(learned.count, 240);
/// assert!((learned.rate.value - 1.0 / 3.0).abs() < 1e-9);
/// assert!(learned.season.is_empty() && learned.growth.is_none());
/// ```
pub fn arrivals(times: &[f64], from: f64, to: f64, calendar: Calendar) -> Option<Arrivals> {
    let times: Vec<f64> = times.iter().copied().filter(|at| *at >= from && *at < to).collect();
    let hours = to - from;
    if times.is_empty() || hours <= 0.0 || !hours.is_finite() {
        return None;
    }
    let count = times.len() as f64;
    let exposure = exposure(from, to, calendar);
    let mut counts = vec![0.0; WEEK];
    times.iter().for_each(|at| counts[calendar.hour_of_week(*at)] += 1.0);
    let week = week(&counts, &exposure);
    // Months and growth, given the hours of the week that each had.
    let whole_days = (hours / DAY).floor() as usize;
    let mut seen = vec![0.0; whole_days];
    for at in &times {
        if let Some(day) = seen.get_mut(((at - from) / DAY) as usize) {
            *day += 1.0;
        }
    }
    let of_week: Vec<f64> = (0..whole_days)
        .map(|day| {
            let start = from + day as f64 * DAY;
            (0..24).map(|hour| week[calendar.hour_of_week(start + f64::from(hour) + 0.5)]).sum()
        })
        .collect();
    let middle = |day: usize| from + (day as f64 + 0.5) * DAY;
    let years = |day: usize| (middle(day) - 0.5 * (from + to)) / YEAR;
    let (mut season, mut growth) = (Vec::new(), None);
    if hours >= A_YEAR {
        let mut came = [0.0; 12];
        let mut meant = [0.0; 12];
        for day in 0..whole_days {
            came[calendar.month(middle(day))] += seen[day];
            meant[calendar.month(middle(day))] += of_week[day];
        }
        let level = seen.iter().sum::<f64>() / of_week.iter().sum::<f64>().max(1e-12);
        // Months that few came in lean on the year: as if 20 more had come as usual.
        season = (0..12).map(|month| (came[month] + SMOOTH) / (level * meant[month] + SMOOTH)).collect();
        let mean = season.iter().sum::<f64>() / 12.0;
        season.iter_mut().for_each(|factor| *factor /= mean);
    }
    let factor = |day: usize| season.get(calendar.month(middle(day))).copied().unwrap_or(1.0);
    if hours >= 2.0 * A_YEAR {
        growth = trend((0..whole_days).map(|day| (years(day), seen[day], of_week[day] * factor(day))).collect());
    }
    let grown = |day: usize| (growth.as_ref().map_or(0.0, |g| g.value.ln_1p()) * years(day)).exp();
    let shape: Vec<f64> = (0..whole_days).map(|day| of_week[day] * factor(day) * grown(day)).collect();
    let level = seen.iter().sum::<f64>() / shape.iter().sum::<f64>().max(1e-12);
    let (mut apart, mut own, mut square, mut days) = (0.0, 0.0, 0.0, 0.0);
    for (seen, shape) in seen.iter().zip(&shape) {
        let meant = level * shape;
        if meant > 1e-9 {
            apart += (seen - meant).powi(2) / meant;
            own += (seen - meant).powi(2) - meant;
            square += meant * meant;
            days += 1.0;
        }
    }
    // What was fitted to these days: their weekdays and months.
    let freedom = days - 7.0_f64.min(days) - if season.is_empty() { 0.0 } else { 11.0 };
    let (dispersion, p) = if freedom >= 7.0 { (apart / freedom, chance_above(apart, freedom)) } else { (1.0, 1.0) };
    let day_spread = if p < 0.05 { (own * days / freedom.max(1.0) / square).max(0.0).sqrt() } else { 0.0 };
    let wide = if p < 0.05 { dispersion.max(1.0) } else { 1.0 };
    let half = Z95 * (wide / count).sqrt();
    let rate = count / hours;
    let rate = Estimate { name: "rate".to_owned(), value: rate, low: rate * (-half).exp(), high: rate * half.exp() };
    Some(Arrivals { count: times.len(), hours, rate, week, season, growth, day_spread, dispersion, p })
}

/// Hours of each hour of the week in the window.
fn exposure(from: f64, to: f64, calendar: Calendar) -> Vec<f64> {
    let mut hours = vec![0.0; WEEK];
    let whole = ((to - from) / WEEK as f64).floor();
    hours.iter_mut().for_each(|hours| *hours = whole);
    let mut at = from + whole * WEEK as f64;
    while at < to - 1e-9 {
        let step = (1.0 - (calendar.week_starts + at).rem_euclid(1.0)).min(to - at).max(1e-6);
        hours[calendar.hour_of_week(at + step / 2.0)] += step;
        at += step;
    }
    hours
}

/// The shape of the week, mean 1: each hour's own count, leaning on the day of the week times the hour of a weekday or of a
/// weekend by as much as [`SMOOTH`] arrivals.
fn week(counts: &[f64], exposure: &[f64]) -> Vec<f64> {
    let rate = |hours: &mut dyn Iterator<Item = usize>| {
        let (mut count, mut hour) = (0.0, 0.0);
        for at in hours {
            count += counts[at];
            hour += exposure[at];
        }
        if hour > 0.0 { Some(count / hour) } else { None }
    };
    let all = rate(&mut (0..WEEK)).unwrap_or(1.0).max(1e-12);
    let total: f64 = counts.iter().sum();
    // Where few came, an hour also counts for its neighbours.
    let reach = if total >= 2_000.0 {
        0
    } else if total >= 300.0 {
        1
    } else {
        2
    };
    let hour_of_day = |end: bool, hour: usize| {
        let days = if end { 5..7 } else { 0..5 };
        let near = (24 + hour - reach..=24 + hour + reach).map(|hour| hour % 24);
        rate(&mut near.flat_map(|hour| days.clone().map(move |day| day * 24 + hour)))
    };
    let mut shape: Vec<f64> = (0..WEEK)
        .map(|at| {
            let (day, hour) = (at / 24, at % 24);
            let end = day > 4;
            let of_day = rate(&mut (day * 24..day * 24 + 24)).unwrap_or(all);
            let of_days = rate(&mut (if end { 120..168 } else { 0..120 })).unwrap_or(all).max(1e-12);
            let smooth = hour_of_day(end, hour).unwrap_or(all) * of_day / of_days;
            let meant = smooth * exposure[at];
            if meant > 0.0 { smooth * (counts[at] + SMOOTH) / (meant + SMOOTH) } else { smooth }
        })
        .collect();
    let mean = shape.iter().sum::<f64>() / WEEK as f64;
    shape.iter_mut().for_each(|factor| *factor /= mean.max(1e-12));
    shape
}

/// Growth a year of counts beside what the calendar alone would make, by Poisson regression on the year.
fn trend(days: Vec<(f64, f64, f64)>) -> Option<Estimate> {
    let cost = |x: &[f64]| {
        days.iter()
            .map(|(year, seen, shape)| {
                let log = x[0] + x[1] * year;
                if *shape > 0.0 { shape * log.exp() - seen * log } else { 0.0 }
            })
            .sum()
    };
    let level = days.iter().map(|day| day.1).sum::<f64>() / days.iter().map(|day| day.2).sum::<f64>().max(1e-12);
    let (x, _) = super::fit::lowest(cost, &[level.max(1e-12).ln(), 0.0], 0.1, 200);
    let error = super::fit::errors(cost, &x)?[1];
    let back = |value: f64| value.exp_m1();
    let name = "growth".to_owned();
    Some(Estimate { name, value: back(x[1]), low: back(x[1] - Z95 * error), high: back(x[1] + Z95 * error) })
}

impl Arrivals {
    /// How many times as many came in `from..to` as the shape alone says; few make little of a difference.
    pub fn level(&self, times: &[f64], from: f64, to: f64, calendar: Calendar) -> f64 {
        let seen = times.iter().filter(|at| **at >= from && **at < to).count() as f64;
        let hours = (to - from).max(0.0) as usize;
        let factor = |at: f64| {
            let month = self.season.get(calendar.month(at)).copied().unwrap_or(1.0);
            self.week[calendar.hour_of_week(at)] * month
        };
        let meant: f64 = (0..hours).map(|hour| factor(from + hour as f64 + 0.5)).sum::<f64>() * self.rate.value;
        (seen + SMOOTH) / (meant + SMOOTH)
    }

    /// How many times as many come `after` hours from the beginning of the window as in its middle.
    pub fn grown(&self, after: f64) -> f64 {
        let growth = self.growth.as_ref().map_or(0.0, |growth| growth.value.ln_1p());
        (growth * (after - self.hours / 2.0) / YEAR).exp()
    }

    /// What was learned, and what not, in a sentence.
    pub fn words(&self) -> String {
        let chance = if self.day_spread == 0.0 { "as" } else { "more than" };
        let mut words = format!(
            "{:.2} a day; days differ {chance} chance makes them (variance {:.2} of the mean)",
            24.0 * self.rate.value,
            self.dispersion
        );
        if self.day_spread > 0.0 {
            words += &format!(", by {:.0}% up or down", 100.0 * self.day_spread);
        }
        if self.season.is_empty() {
            words += "; could not learn months, because less than a year was seen";
        }
        if self.growth.is_none() {
            words += "; could not learn growth, because less than two years were seen";
        }
        words
    }

    /// As a source of a model in hours whose time 0 is `from` of the calendar; `level` times as many come.
    pub fn source(&self, name: &str, to: &str, class: Option<&str>, level: f64) -> Source {
        let rate = self.rate.value * level;
        Source {
            name: name.to_owned(),
            to: to.to_owned(),
            class: class.map(str::to_owned),
            rates: self.week.iter().map(|factor| factor * rate).collect(),
            every: Some(WEEK as f64),
            season: self.season.clone(),
            growth: self.growth.as_ref().map_or(0.0, |growth| growth.value),
            day_spread: self.day_spread,
            ..Source::default()
        }
    }
}
