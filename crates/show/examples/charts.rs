//! Prints one page with every chart, of invented data: `cargo run -p show --example charts > charts.html`, to be served
//! beside `/assets`. With a file of boundaries (`charts districts.geojson`) a map of them comes last.

mod invented;

use maud::{DOCTYPE, Markup, html};
use show::*;

fn main() {
    let districts = std::env::args().nth(1).and_then(|path| std::fs::read_to_string(path).ok());
    let system = invented::rivermead();
    let mut missing = invented::missing();
    missing.measures.iter_mut().for_each(|m| m.series.id += "-missing");
    let ways = invented::ways();
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Every chart" }
                link rel="stylesheet" href="/assets/catchment.css";
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                main.width id="main" {
                    h1 { "Every chart" }
                    (panel("A measure, wide", html! { @for series in invented::wide() { (chart::spc_wide(&series)) } }))
                    (panel("Other charts", html! { @for series in invented::other_charts() { p { (series.method) } (chart::spc_wide(&series)) div.four { (chart::spc(&series)) } } }))
                    (panel("Small charts", html! { div.four { @for m in system.measures.iter().chain(&missing.measures[5..9]).take(16) { div { div.rings { (chart::variation(&m.series)) (chart::assurance(&m.series)) } (chart::spc(&m.series)) } } } }))
                    (panel("The last days", html! { div.four { @for p in &system.pressure { div.strips { b { (p.organisation) } (chart::strip(p)) } } } }))
                    (panel("Where people wait between us", html! { @if let Some(flow) = &system.flow { div.scroll.flow { (chart::flow(flow)) } } }))
                    div.pair {
                        (panel("When in the week", chart::heat(&invented::heat())))
                        (panel("Groups", chart::intervals(&invented::intervals())))
                    }
                    (panel("Ways through", html! { @for way in &ways { p { (way.name) } (chart::ribbon_of(way)) } }))
                    (panel("One person's way through", html! { @for way in &ways { (chart::way(way)) p { (way.sentence) } } }))
                    div.pair {
                        (panel("Areas", chart::map(&invented::map())))
                        (panel("Places like us", chart::funnel(&invented::funnel())))
                    }
                    div.pair {
                        (panel("Air time", chart::intervals(&invented::air_time())))
                        (panel("Places like us, widened", chart::funnel(&invented::wide_funnel())))
                    }
                    (panel("In 100", html! { div.four { @for count in [0, 1, 21, 57, 100] { div { (chart::in_100(&invented::dots(count))) } } } }))
                    @if let Some(districts) = &districts { (panel("Districts", html! { div.pair { (chart::map(&invented::districts(districts))) } })) }
                }
            }
        }
    };
    println!("{}", page.into_string());
}

fn panel(title: &str, picture: Markup) -> Markup {
    html! { section.panel { header { h2 { (title) } } (picture) } }
}

const STYLE: &str = "
.panel svg { width: 100%; height: auto; overflow: visible; margin-bottom: 12px }
.panel svg.strip, .panel svg.ribbon { height: 22px }
.pair svg { max-width: 620px }
.panel svg.in-100 { max-width: 250px }
.panel svg.strip.both { height: 43px } .panel svg.ring { width: 34px; height: 34px; margin: 0 }
.four { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 24px }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; align-items: start }
.panel svg a { fill: inherit; text-decoration: none } .panel svg a:hover text, .panel svg a:focus-visible text { text-decoration: underline } .panel svg a:focus-visible { outline: 3px solid #ffeb3b }
.phone-only { display: none !important }
@media (max-width: 800px) { .wide-only { display: none !important } .phone-only { display: block !important } .pair { grid-template-columns: minmax(0, 1fr) } }
";
