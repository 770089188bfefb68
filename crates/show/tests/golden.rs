//! Goldens to read in review: a small page, a chart, the flow, and the words around them.

#[path = "../examples/invented/mod.rs"]
mod invented;

use show::*;

/// One tag a line, so that a change is seen where it is.
fn lines(html: &str) -> String {
    html.replace("><", ">\n<")
}

/// The last `n` weeks of a series.
fn last(mut series: Series, n: usize) -> Series {
    let cut = series.points.len() - n;
    series.points.drain(..cut);
    for limits in &mut series.limits {
        (limits.from, limits.to) = (limits.from.saturating_sub(cut), limits.to.saturating_sub(cut));
    }
    series.limits.retain(|l| l.to > l.from);
    series
}

#[test]
fn a_small_page() {
    let mut view = invented::rivermead();
    view.pressure.truncate(1);
    view.flow = None;
    view.handovers.truncate(2);
    view.handovers.iter_mut().for_each(|h| drop(h.past_year.drain(..47)));
    view.measures.truncate(1);
    view.measures[0].series = last(view.measures[0].series.clone(), 12);
    view.sources.truncate(1);
    insta::assert_snapshot!(lines(&page::whole_system(&view)));
}

#[test]
fn a_chart_of_a_change_that_worked() {
    let series = last(invented::rivermead().measures[4].series.clone(), 22);
    insta::assert_snapshot!(lines(&chart::spc(&series).into_string()));
}

#[test]
fn a_chart_of_a_feed_that_fell_silent() {
    let series = last(invented::missing().measures[8].series.clone(), 16);
    insta::assert_snapshot!(lines(&chart::spc(&series).into_string()));
}

#[test]
fn a_flow() {
    let flow = invented::rivermead().flow.expect("Rivermead has a flow");
    insta::assert_snapshot!(lines(&chart::flow(&flow).into_string()));
}

#[test]
fn said_plainly() {
    insta::assert_snapshot!(lines(&(page::empty("Rivermead") + &page::not_found())));
}

#[test]
fn handovers_on_a_terminal() {
    insta::assert_snapshot!(Table::of_handovers(&invented::rivermead().handovers).to_text(132, 4));
}
