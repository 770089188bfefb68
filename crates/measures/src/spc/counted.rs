//! Counts over time, judged by the rules of an XmR chart on the limits of the chart that suits them.
//!
//! A share of 12 people varies more than one of 1,200. P, U and C charts give each point limits of its own from how many it
//! counts; P′ and U′ widen them by how much periods really differ (Laney 2002). We read each point as so many sigma from the
//! centre and then apply the same rules as everywhere, so that one word, signal, means one thing on every chart.

use super::counts::{Family, draw};
use super::{Adjusted, Chart, Limits, Options, Segment, SpcError, rules, xmr};

/// Draws `values`, which are `numerators` (among `denominators`, empty for counts) in some unit, as `family` says; `why` is
/// kept for the page. Where the counts make no such chart, and for single values, it is an XmR chart.
///
/// A run chart, and values so rare that the time between them tells more, get a middle and no limits.
///
/// ```
/// use measures::spc::{Options, Rule, counted, counts::Family};
/// let seen: Vec<_> = (0..20).map(|week| Some(if week == 19 { 70.0 } else { 90.0 + f64::from(week % 3) })).collect();
/// let asked = vec![Some(100.0); 20];
/// let chart = counted(Family::Share, "", &seen, &seen, &asked, &Options::default())?; // in %: 90 of 100 is 90
/// assert!(chart.limits_at(0).unwrap().upper < 100.0);
/// assert_eq!(chart.points[19].signal().unwrap().rule, Rule::Outside);
/// # Ok::<(), measures::spc::SpcError>(())
/// ```
///
/// # Errors
/// As [`xmr`].
pub fn counted(
    family: Family,
    why: &str,
    values: &[Option<f64>],
    numerators: &[Option<f64>],
    denominators: &[Option<f64>],
    options: &Options,
) -> Result<Chart, SpcError> {
    let mut chart = xmr(values, options)?;
    let unit = |at: usize| {
        let one = numerators.get(at).copied().flatten()?;
        let of = if denominators.is_empty() { Some(1.0) } else { denominators.get(at).copied().flatten() };
        values[at].zip(of).map(|(value, of)| value * of / one).filter(|unit| unit.is_finite() && *unit > 0.0)
    };
    let Some(unit) = (0..values.len()).find_map(unit) else { return Ok(chart) };
    let mut judged = vec![None; values.len()];
    let mut limits = vec![None; values.len()];
    let (mut segments, mut points) = (chart.segments.clone(), Vec::with_capacity(values.len()));
    for (number, segment) in segments.iter_mut().enumerate() {
        let end = chart.segments.get(number + 1).map_or(values.len(), |next| next.first);
        let range = segment.first..end;
        let among = if denominators.is_empty() { &[] } else { &denominators[range.clone()] };
        let frozen = chart.options.fix_after.filter(|points| *points <= range.len());
        let Ok(drawn) = draw(family, &numerators[range.clone()], among, frozen) else { return Ok(chart) };
        let centre = unit * drawn.centre;
        segment.mean = Some(centre);
        let sigma = |at: usize| {
            // The nearer limit may be cut at what is possible; the further one is not.
            let (lower, upper) = drawn.limits[at]?;
            Some(unit * (upper - drawn.centre).max(drawn.centre - lower) / 3.0)
        };
        let Some(usual) = (0..range.len()).rev().find_map(sigma).filter(|_| has_limits(family)) else {
            segment.limits = None;
            let none = Segment { limits: None, mean: None, ..*segment };
            rules::judge(&vec![None; range.len()], &none, number, &chart.options, &mut points);
            for (point, value) in points[range.start..].iter_mut().zip(&values[range]) {
                point.value = *value;
            }
            continue;
        };
        for at in range.clone() {
            let (value, sigma) = (values[at], sigma(at - range.start));
            let sigmas =
                value.zip(sigma).map(|(value, sigma)| if sigma > 0.0 { (value - centre) / sigma } else { 0.0 });
            judged[at] = sigmas.map(|sigmas| centre + sigmas * usual);
            limits[at] = sigma.zip(drawn.limits[at - range.start]).map(|(sigma, (lower, upper))| {
                let (lower, upper) = (unit * lower, unit * upper);
                Limits {
                    lower,
                    near_lower: (centre - 2.0 * sigma).max(lower),
                    near_upper: (centre + 2.0 * sigma).min(upper),
                    upper,
                }
            });
        }
        let whole = Segment { limits: Some(Limits::around(centre, 3.0 * usual)), ..*segment };
        rules::judge(&judged[range.clone()], &whole, number, &chart.options, &mut points);
        for (point, value) in points[range.start..].iter_mut().zip(&values[range.clone()]) {
            point.value = *value;
        }
        segment.limits = range.rev().find_map(|at| limits[at]);
    }
    (chart.segments, chart.points) = (segments, points);
    chart.adjusted =
        Some(Adjusted { weekdays: None, months: None, carried: 0.0, counted: why.to_owned(), judged, limits });
    Ok(chart)
}

/// Whether the limits of this chart are around the values themselves.
fn has_limits(family: Family) -> bool {
    !matches!(family, Family::Run | Family::CasesBetween | Family::TimeBetween | Family::MovingRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spc::{Better, FULL_LIMITS};
    use proptest::prelude::*;

    fn share(seen: &[u32], asked: &[u32], options: &Options) -> Chart {
        let numbers = |all: &[u32]| all.iter().map(|n| Some(f64::from(*n))).collect::<Vec<_>>();
        let percent: Vec<_> =
            seen.iter().zip(asked).map(|(y, n)| Some(100.0 * f64::from(*y) / f64::from(*n))).collect();
        counted(Family::Share, "P chart", &percent, &numbers(seen), &numbers(asked), options).unwrap()
    }

    #[test]
    fn limits_follow_how_many_are_counted_and_a_signal_is_a_point_beyond_its_own() {
        let mut asked = vec![100; 20];
        let mut seen = vec![50; 20];
        (asked[18], seen[18]) = (25, 18); // 72%: inside its own wide limits
        (asked[19], seen[19]) = (400, 260); // 65%: outside its own narrow ones
        let chart = share(&seen, &asked, &Options { better: Better::Higher, ..Options::default() });
        let width = |at: usize| chart.limits_at(at).map(|l| l.upper - l.lower).unwrap();
        assert!(width(18) > 1.9 * width(0) && width(19) < 0.6 * width(0));
        assert!(!chart.points[18].outside && chart.points[19].outside);
        assert_eq!(chart.points[19].value, Some(65.0));
        assert_eq!(chart.variation().name(), "improvement_high");
        assert_eq!(chart.adjusted.unwrap().words(), "P chart");
    }

    #[test]
    fn what_makes_no_such_chart_is_an_xmr_chart() {
        let values: Vec<_> = (0..FULL_LIMITS).map(|at| Some(at as f64)).collect();
        let plain = xmr(&values, &Options::default()).unwrap();
        // More cases than people.
        let asked = vec![Some(0.5); values.len()];
        assert_eq!(counted(Family::Share, "", &values, &values, &asked, &Options::default()).unwrap(), plain);
    }

    #[test]
    fn a_run_chart_has_a_middle_and_no_limits() {
        let values: Vec<_> = [1.0, 9.0, 2.0, 3.0, 40.0].map(Some).to_vec();
        let chart = counted(Family::Run, "", &values, &values, &[], &Options::default()).unwrap();
        assert_eq!((chart.segments[0].mean, chart.segments[0].limits, chart.limits_at(4)), (Some(3.0), None, None));
        assert!(chart.points.iter().all(|point| point.signals.is_empty()) && chart.points[4].value == Some(40.0));
    }

    proptest! {
        #[test]
        fn a_counts_chart_is_that_of_its_family(events in prop::collection::vec(0u32..40, 13..30)) {
            let values: Vec<_> = events.iter().map(|y| Some(f64::from(*y))).collect();
            prop_assume!(events.iter().any(|y| *y > 0));
            let chart = counted(Family::Counts, "", &values, &values, &[], &Options::default()).unwrap();
            let drawn = draw(Family::Counts, &values, &[], None).unwrap();
            let outside: Vec<usize> = (0..values.len()).filter(|at| chart.points[*at].outside).collect();
            prop_assert_eq!(outside, drawn.outside().collect::<Vec<_>>());
            prop_assert_eq!(chart.points.len(), values.len());
        }
    }
}
