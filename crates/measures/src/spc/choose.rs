//! Which chart suits a measure, and why.

use super::counts::{D2, Family, ranges, screened};
use crate::define::Statistic;

/// Fewer events than this a period, on average, are rare: what varies is the time or the cases between them.
const RARE: f64 = 1.0;
/// Events that make two distances between them, the fewest that can be drawn.
const DRAWN: f64 = 3.0;
/// Events a period above which chance is a small part of why periods differ.
const MANY: f64 = 1000.0;
/// Counts below this a period are not near enough to normal for an XmR chart.
const FEW: f64 = 20.0;
/// Three standard errors, of one period, of a spread estimated from moving ranges: 3 × √0.826 (Cryer and Ryan 1990).
const SURE: f64 = 2.7;

/// Chooses the chart for a measure: by what is measured, then by how many events there are a period and whether periods
/// differ by more than chance. Says why in one sentence.
///
/// `numerators` are the counts of each period, `denominators` the people or exposure of each (empty for counts). A
/// [`Family::Single`] is drawn with [`xmr`](super::xmr); what a G or T chart draws comes from
/// [`between`](super::counts::between).
///
/// ```
/// use measures::Statistic;
/// use measures::spc::{choose, counts::Family};
/// let falls = [1.0, 0.0, 0.0, 2.0, 0.0, 1.0, 0.0, 0.0].map(Some);
/// let (family, why) = choose(Statistic::Count, &falls, &[]);
/// assert_eq!(family, Family::TimeBetween);
/// assert_eq!(why, "T chart: with 0.5 events a period most periods have none, so the time between them tells more");
/// ```
pub fn choose(statistic: Statistic, numerators: &[Option<f64>], denominators: &[Option<f64>]) -> (Family, String) {
    let usable: Vec<Option<(f64, f64)>> = numerators
        .iter()
        .enumerate()
        .map(|(at, y)| {
            let n = if statistic == Statistic::Count { Some(1.0) } else { denominators.get(at).copied().flatten() };
            y.zip(n).filter(|(y, n)| y.is_finite() && *y >= 0.0 && n.is_finite() && *n > 0.0)
        })
        .collect();
    let all: Vec<(f64, f64)> = usable.iter().copied().flatten().collect();
    let (events, exposure) = all.iter().fold((0.0, 0.0), |(events, exposure), (y, n)| (events + y, exposure + n));
    let periods = all.len() as f64;
    let single = |why: &str| (Family::Single, format!("XmR chart: {why}"));
    match statistic {
        Statistic::Mean | Statistic::Median | Statistic::P90 => {
            return single(
                "an average or a time is one value a period, and the values themselves show how much it varies",
            );
        }
        Statistic::Level => {
            return single(
                "how many there are at one moment carries over to the next, so it is not a count of new events",
            );
        }
        Statistic::Count | Statistic::Share | Statistic::Rate if all.len() < 2 => {
            return single("there are not two periods with a count and somebody to count it among");
        }
        Statistic::Count | Statistic::Share | Statistic::Rate => {}
    }
    let share = statistic == Statistic::Share;
    let centre = events / exposure;
    if share && all.iter().any(|(y, n)| y > n) {
        return single("some periods count more than they count among, so these are not shares");
    }
    // Of a share the rarer of the two outcomes is what chance moves.
    let typical = if share { events.min(exposure - events) / periods } else { events / periods };
    let mean = one_decimal(events / periods);
    if events / periods < RARE && events >= DRAWN {
        return if share {
            (
                Family::CasesBetween,
                format!(
                    "G chart: with {mean} events a period most periods have none, so the cases between them tell more"
                ),
            )
        } else {
            (
                Family::TimeBetween,
                format!(
                    "T chart: with {mean} events a period most periods have none, so the time between them tells more"
                ),
            )
        };
    }
    let sigma = |n: f64| (centre * if share { 1.0 - centre } else { 1.0 } / n).sqrt();
    let z: Vec<Option<f64>> = usable
        .iter()
        .map(|pair| pair.map(|(y, n)| if sigma(n) > 0.0 { (y / n - centre) / sigma(n) } else { 0.0 }))
        .collect();
    let over = screened(&ranges(&z)).unwrap_or(0.0) / D2;
    let differ = over >= 1.0 + SURE / periods.sqrt();
    let big = typical >= MANY || differ;
    let why_big = if differ {
        format!(
            "periods differ {} times as much as chance alone would make them, so limits from chance alone would be too narrow",
            one_decimal(over)
        )
    } else {
        format!("with {} events a period chance is a small part of why periods differ", typical.round())
    };
    match statistic {
        Statistic::Share if big => (Family::BigShare, format!("P′ chart: {why_big}")),
        Statistic::Share => {
            (Family::Share, "P chart: cases among people, and periods differ no more than chance makes them".to_owned())
        }
        Statistic::Rate if big => (Family::BigRate, format!("U′ chart: {why_big}")),
        Statistic::Rate => (
            Family::Rate,
            "U chart: events for an exposure, and periods differ no more than chance makes them".to_owned(),
        ),
        _ if typical < FEW && !big => (
            Family::Counts,
            format!(
                "C chart: {mean} events a period are too few for an XmR chart, whose lower limit would be no limit"
            ),
        ),
        _ if big => single(&why_big),
        _ => single("counts this large vary as single values do"),
    }
}

fn one_decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
