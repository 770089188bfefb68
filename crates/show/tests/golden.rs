//! Goldens to read in review: pages, charts, the flow, and the words around them.

#[path = "../examples/invented/mod.rs"]
mod invented;

use invented::pages;
use show::page::{Frame, view};
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
    let mut small = pages::page("whole-system").unwrap();
    for panel in &mut small.panels {
        panel.pictures.retain(|p| !matches!(p, Picture::Flow(_) | Picture::Way(_)));
        for picture in &mut panel.pictures {
            match picture {
                Picture::Pressure(rows) => rows.truncate(1),
                Picture::Handovers(all) => {
                    all.truncate(2);
                    all.iter_mut().for_each(|h| drop(h.past_year.drain(..47)));
                }
                Picture::Measures(all) => {
                    all.truncate(1);
                    all[0].series = last(all[0].series.clone(), 12);
                }
                Picture::Sources(all) => all.truncate(1),
                _ => {}
            }
        }
    }
    small.panels.retain(|p| !p.pictures.is_empty());
    insta::assert_snapshot!(lines(&view(&small, &Frame { reader: Some("Flow lead".to_owned()), live: true })));
}

#[test]
fn every_state() {
    insta::assert_snapshot!(lines(&view(&pages::page("states").unwrap(), &Frame::default())));
}

#[test]
fn a_question_that_is_weighed() {
    insta::assert_snapshot!(lines(&view(&pages::page("question").unwrap(), &Frame::default())));
}

#[test]
fn a_conversation() {
    insta::assert_snapshot!(lines(&view(&pages::page("conversation").unwrap(), &Frame::default())));
}

#[test]
fn a_question_on_a_terminal() {
    insta::assert_snapshot!(media::text(&pages::page("question").unwrap(), 140));
}

#[test]
fn a_search() {
    insta::assert_snapshot!(lines(&view(&pages::page("search").unwrap(), &Frame::default())));
}

#[test]
fn sentences_to_try() {
    insta::assert_snapshot!(lines(&view(&pages::page("simulate").unwrap(), &Frame::default())));
}

#[test]
fn work_that_goes_on() {
    insta::assert_snapshot!(lines(&view(&pages::page("running").unwrap(), &Frame::default())));
}

#[test]
fn what_may_come_on_a_terminal() {
    let mut next = pages::page("next").unwrap();
    next.panels.truncate(2);
    insta::assert_snapshot!(media::text(&next, 120));
}

#[test]
fn what_a_change_does_on_a_terminal() {
    insta::assert_snapshot!(media::text(&pages::page("run").unwrap(), 120));
}

#[test]
fn what_the_public_sees() {
    insta::assert_snapshot!(lines(&public::page(&pages::public())));
}

#[test]
fn no_page_has_two_of_one_id_or_a_link_into_nothing() {
    for name in pages::NAMES {
        let html = view(&pages::page(name).unwrap(), &Frame::default());
        let all = |mark: &str| html.split(mark).skip(1).map(|r| r.split('"').next().unwrap()).collect::<Vec<_>>();
        let mut ids = all(" id=\"");
        ids.sort_unstable();
        let twice: Vec<_> = ids.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        for mark in ["aria-labelledby=\"", "aria-describedby=\"", " for=\"", "href=\"#"] {
            for id in all(mark).iter().flat_map(|ids| ids.split(' ')) {
                assert!(ids.binary_search(&id).is_ok(), "{name}: {mark}{id}");
            }
        }
    }
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
    insta::assert_snapshot!(lines(&chart::flow(&invented::rivermead().flow.unwrap()).into_string()));
}

#[test]
fn handovers_on_a_terminal() {
    insta::assert_snapshot!(Table::of_handovers(&invented::rivermead().handovers).to_text(132, 4));
}
