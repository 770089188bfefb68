//! Where people talk, decide and act: tables and lists that are their own drawing, and what may be done there.
//!
//! A table here becomes blocks on a phone (`.stack`), each cell with the name of its column. What is missing is a gap with an edge
//! and a word, never an empty place.

use super::figure::{coded, figure, large, missing, named, said, tone, where_from};
use super::form;
use crate::chart;
use crate::number::{Unit, count, plural};
use crate::room::*;
use crate::view::{Figure, Link, Missing, Panel, Signal, Width};
use crate::words::Piece;
use maud::{Markup, html};

/// More answers than this, where they stand beside something else, are behind "more".
const FEW_ANSWERS: usize = 6;
/// More members than this stand behind "more".
const MOST_MEMBERS: usize = 10;

/// The number opens to where it came from; that its range is a forecast and not a usual range, the drawing says.
fn opens(f: &Figure, class: &str, shown: Markup) -> Markup {
    figure(&Figure { range: None, ..f.clone() }, class, shown)
}

fn links(all: &[Link]) -> Markup {
    html! { @for (i, link) in all.iter().enumerate() { @if i > 0 { ", " } a href=(link.href) { (link.words) } } }
}

fn link(link: &Link) -> Markup {
    named(&link.words, Some(link.href.as_str()).filter(|h| !h.is_empty()))
}

/// Circles in a row: full is done, a ring with a dot is here, hollow is to come.
pub fn stages(shown: &Stages) -> Markup {
    let waits = shown.waits();
    html! {
        ol.stages { @for (i, name) in shown.names.iter().enumerate() {
            @let word = shown.word(i);
            li.here[i == shown.at].done[word == "done"] aria-current=[(i == shown.at).then_some("step")] {
                svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
                    @match word {
                        "done" => circle cx="8" cy="8" r="7" fill="#005eb8" {},
                        "here" => { circle cx="8" cy="8" r="5.6" fill="#fff" stroke="#005eb8" stroke-width="2.8" {} circle cx="8" cy="8" r="2.2" fill="#005eb8" {} },
                        "not done" => { circle cx="8" cy="8" r="6.2" fill="#fff" stroke="#768692" stroke-width="1.6" {} path d="M5 5l6 6M11 5l-6 6" stroke="#768692" stroke-width="1.6" {} },
                        _ => circle cx="8" cy="8" r="6.2" fill="#fff" stroke="#768692" stroke-width="1.6" {},
                    }
                }
                (name) @if word == "not done" { ", not done" } @else { span.nhsuk-u-visually-hidden { ", " (word) } }
            }
        } }
        @if !shown.skipped.is_empty() { p.waits { (shown.left_out()) } }
        @if !waits.is_empty() { p.waits { (waits) } }
        @if !shown.links.is_empty() { p.waits { (links(&shown.links)) } }
    }
}

/// One row for each choice, on one scale.
pub fn choices(shown: &Choices) -> Markup {
    let rows = shown.sorted();
    let any = |has: fn(&Alternative) -> bool| rows.iter().any(|row| has(row));
    let (effects, worse) = (any(|r| r.effect.is_some()), any(|r| r.worse.is_some()));
    let (places, poorest) = (any(|r| !r.places.is_empty()), any(|r| r.poorest.is_some()));
    let support = any(|r| r.support.is_some());
    let columns = 1 + [effects, worse, places, poorest, support].into_iter().filter(|has| *has).count();
    let scale = chart::common(rows.iter().filter_map(|r| r.effect.as_ref()));
    let place_scale = chart::common(rows.iter().flat_map(|r| &r.places).map(|p| &p.1));
    let names = drawn_places(shown);
    let placed: Vec<&Figure> = rows.iter().flat_map(|r| &r.places).map(|p| &p.1).collect();
    let head = |(title, note): &(String, String), class: Option<&str>| {
        html! { th class=[class] scope="col" role="columnheader" { (title) @if !note.is_empty() { span { (note) } } } }
    };
    html! {
        table.stack.options role="table" {
            caption.nhsuk-u-visually-hidden { (if shown.title.is_empty() { "What each choice would do" } else { &shown.title }) }
            thead role="rowgroup" { tr role="row" {
                th scope="col" role="columnheader" { "Choice" }
                @if effects { (head(&shown.effect, None)) }
                @if worse { (head(&shown.worse, None)) }
                @if places { (head(&shown.places, None)) }
                @if poorest { (head(&shown.poorest, None)) }
                @if support { th.n scope="col" role="columnheader" { "Support" } }
            } }
            tbody role="rowgroup" { @for row in &rows {
                tr.taken[row.chosen] role="row" {
                    th scope="row" role="rowheader" {
                        span.letter { (row.mark()) }
                        div {
                            b { (named(&row.title, row.href.as_deref())) }
                            @if row.chosen { span.nhsuk-u-visually-hidden { ", chosen" } }
                            @if !row.detail.is_empty() { span { (row.detail) } }
                            @if !row.tried() { div { (missing("not tried yet")) } }
                        }
                    }
                    @if effects { td role="cell" data-name=(named_in_full(&shown.effect)) { @match &row.effect {
                        Some(f) if f.value.is_some() => (opens(f, "plot", chart::effect(f, scale, row.chosen))),
                        Some(f) => (opens(f, "", said(f))),
                        None => (nothing()),
                    } } }
                    @if worse { td role="cell" data-name=(named_in_full(&shown.worse)) { @match &row.worse {
                        Some(f) => (opens(f, "plot in-hundred", html! { b { @match f.value { Some(v) => (f.unit.scale(v).number(v)), None => (missing(f.missing.words())) } } @if let Some(v) = f.value { span.nhsuk-u-visually-hidden { " " (shown.worse.1) } (chart::dots(v)) } })),
                        None => (nothing()),
                    } } }
                    @if places { td role="cell" data-name=(named_in_full(&shown.places)) {
                        @let of: Vec<(&str, &Figure)> = names.iter().filter_map(|name| row.places.iter().find(|p| p.0 == **name)).map(|p| (p.0.as_str(), &p.1)).collect();
                        @if of.is_empty() { (nothing()) } @else { (chart::places(&of, place_scale, shown.places_better)) (chart::place_rows(&of, place_scale, shown.places_better)) }
                    } }
                    @if poorest { td role="cell" data-name=(named_in_full(&shown.poorest)) { @match &row.poorest {
                        Some(f) => (opens(f, "end", html! { @match f.value { Some(_) => (row.poorest_said()), None => (missing(f.missing.words())) } })),
                        None => (nothing()),
                    } } }
                    @if support { td.n role="cell" data-name="Support" { @match row.support { Some(n) => b { (count(n)) }, None => (nothing()) } } }
                }
                @let told = row.told();
                @if !told.is_empty() || !row.also.is_empty() { tr.why.taken[row.chosen] role="row" { td role="cell" colspan=(columns) { (told) @for also in &row.also { p { (also) } } } } }
            } }
        }
        @let left = shown.named_places().len().saturating_sub(names.len());
        @if left > 0 { p.note { "The places that change most are drawn; " (plural(left, "other")) " in the table." } }
        (where_from(&placed))
    }
}

/// A column with its unit, as it is named where its head is out of sight.
fn named_in_full((title, note): &(String, String)) -> String {
    if note.is_empty() { title.clone() } else { format!("{title}: {note}") }
}

/// The places that are drawn: all of them, or those that lose in any row and then those that change most.
fn drawn_places(shown: &Choices) -> Vec<&str> {
    let mut names = shown.named_places();
    if names.len() > chart::PLACES {
        let loses = |name: &str| shown.rows.iter().any(|row| row.loses.iter().any(|who| who == name));
        let most = |name: &str| {
            let all = shown.rows.iter().flat_map(|r| &r.places).filter(|p| p.0 == name);
            all.filter_map(|p| p.1.value).filter(|v| v.is_finite()).fold(0.0, |most: f64, v| most.max(v.abs()))
        };
        let mut ranked = names.clone();
        ranked.sort_by(|a, b| loses(b).cmp(&loses(a)).then(most(b).total_cmp(&most(a))));
        ranked.truncate(chart::PLACES);
        names.retain(|name| ranked.contains(name));
    }
    names
}

fn nothing() -> Markup {
    html! { span.second { "–" span.nhsuk-u-visually-hidden { " not known" } } }
}

/// What was said, in quotation marks, in its own language and direction.
fn quote(q: &Quote) -> Markup {
    let lang = Some(q.lang.as_str()).filter(|l| !l.is_empty());
    html! {
        blockquote {
            p lang=[lang] dir="auto" { "“" @match &q.href { Some(href) => a href=(href) { (q.text) }, None => (q.text) } "”" }
            (in_others(&q.translations))
            @if !q.by.is_empty() { p.by { (q.by) } }
        }
    }
}

/// The same words in other languages, each said to be so.
pub(crate) fn in_others<'a>(all: impl IntoIterator<Item = &'a Translated>) -> Markup {
    html! { @for other in all {
        p.original { "In " (other.language) ": " span lang=[Some(&other.lang).filter(|l| !l.is_empty())] dir="auto" { "“" (other.text) "”" } }
    } }
}

/// Statements under their headings, one bar for each group.
pub fn ground(shown: &Ground) -> Markup {
    let split = shown.parts.iter().flat_map(|p| &p.1).any(|q| q.splits.iter().any(|s| s.of_100.is_some()));
    html! {
        p.second { (shown.counts()) }
        @if let Some(why) = &shown.not_yet { p.gap.soft { b { "Too early to see groups" } span { (why) } } }
        @for (at, (title, quotes)) in shown.parts.iter().enumerate() {
            // what was told above is not told again
            @let told = |q: &&Quote| shown.parts[..at].iter().flat_map(|part| &part.1).any(|known| known.text == q.text);
            @let again = quotes.iter().filter(told).count();
            h3.part { (title) }
            @if quotes.is_empty() { p.second { "Nothing yet." } }
            @if again > 0 { p.second { (if again == quotes.len() && again > 1 { format!("All {} of these stand above already.", count(again as u64)) } else { format!("{} above already.", if again == 1 { "1 of these stands".to_owned() } else { format!("{again} of these stand") }) }) } }
            ul.quotes { @for q in quotes.iter().filter(|q| !told(q)) { li {
                (quote(q))
                @if !q.splits.is_empty() { dl.splits { @for s in &q.splits { div {
                    dt { (s.group) }
                    dd { @match s.of_100 {
                        Some(of_100) => { (chart::split(of_100)) span.short aria-hidden="true" { (most(of_100)) } span.nhsuk-u-visually-hidden { (s.say()) @if s.voted > 0 { ", of " (count(s.voted)) " who voted" } } },
                        None => (missing(Missing::Suppressed.words())),
                    } }
                } } } }
                @if !q.note.is_empty() { p.aside { (q.note) } }
            } } }
        }
        @if !shown.firm.is_empty() { p.note { (shown.firm) } }
        @if split { ul.key {
            @for (fill, word) in [("#005eb8", "Agree"), ("#d8dde0", "Unsure"), ("#d97a35", "Disagree")] { li {
                svg width="20" height="10" aria-hidden="true" { rect width="20" height="10" rx="2" fill=(fill) {} }
                (word)
            } }
        } }
    }
}

/// What most of them said: "92% agree", "55% disagree"
fn most([agree, unsure, disagree]: [u32; 3]) -> String {
    match () {
        _ if agree >= disagree && agree >= unsure => format!("{agree}% agree"),
        _ if disagree >= unsure => format!("{disagree}% disagree"),
        _ => format!("{unsure}% unsure"),
    }
}

/// Each member and its position; a sealed vote shows who has voted and no more.
pub fn stands(shown: &Stands) -> Markup {
    let all = shown.shown();
    let (first, more) = all.split_at(if all.len() > MOST_MEMBERS + 1 { MOST_MEMBERS } else { all.len() });
    let one = |stand: &Stand| {
        let class = match stand.position {
            Position::Supports(_) => "better",
            Position::Concern(_) => "concern",
            Position::Silent | Position::Apart(_) => "quietly",
            Position::CanLiveWith(_) | Position::Prefers(_) | Position::Voted => "",
        };
        html! { li {
            div { (named(&stand.member, stand.href.as_deref())) @if !stand.note.is_empty() { p { (stand.note) } } }
            b class=(class) { (shown.word(stand)) }
        } }
    };
    html! {
        p.second { (shown.count()) @if !shown.note.is_empty() { " " (shown.note) } }
        @if shown.sealed.is_some() { p.gap.soft { b { (seal()) "Sealed" } span { (shown.opens()) } } }
        ul.stands { @for stand in first { (one(stand)) } }
        @if !more.is_empty() { details.open.rest { summary { (plural(more.len(), "more member")) } ul.stands { @for stand in more { (one(stand)) } } } }
    }
}

fn seal() -> Markup {
    html! { svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" { path d="M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2" {} } }
}

/// The wording of a decision, with its gaps.
pub fn wording(shown: &Wording, panel: &Panel) -> Markup {
    let clause = |part: &Clause| {
        html! { div {
            dt { (part.title) }
            @if part.lines.is_empty() && part.links.is_empty() { dd { (missing("not written yet")) } }
            @for line in &part.lines { dd { (coded(line)) } }
            @if !part.links.is_empty() { dd.because { (links(&part.links)) } }
        } }
    };
    html! {
        @if !shown.note.is_empty() && panel.note != shown.note { p.note { (shown.note) } }
        @if !shown.links.is_empty() { p.note { (links(&shown.links)) } }
        @if !shown.earlier.is_empty() { details.open.rest id="earlier" {
            summary { "Earlier wordings, and what changed" }
            @for one in &shown.earlier { div.earlier {
                h3 { (one.title) }
                @for line in &one.changed { p { @for (i, piece) in line.iter().enumerate() { @if i > 0 { " " } @match piece {
                    Piece::Same(words) => (words),
                    Piece::Gone(words) => del { (words) },
                    Piece::New(words) => ins { (words) },
                } } } }
                @if !one.because.is_empty() { p.because { "Changed because of " (links(&one.because)) } }
            } }
        } }
        dl.wording.recorded[shown.recorded] { @for part in &shown.clauses { (clause(part)) } }
        @if !shown.not_heard.is_empty() { ul.gaps { @for who in &shown.not_heard { li.gap { b { "Not heard" } span { (who) } } } } }
        @if !shown.could_not_wait.is_empty() { p.read { b { "Why it could not wait: " } (shown.could_not_wait) } }
        @if !shown.missing.is_empty() {
            div.gap { b { "Still missing" } div { "Before it can be recorded: " ul { @for what in &shown.missing { li { (what) } } } } }
        }
        @if !shown.more.is_empty() { dl.wording.small { @for part in &shown.more { (clause(part)) } } }
        (acts(&shown.acts))
    }
}

/// Each stop rule, then each prediction on its own scale.
pub fn expected(shown: &Expected) -> Markup {
    let seen = |has: &dyn Fn(&Prediction) -> bool| shown.rows.iter().any(has);
    // nothing is judged before its day
    let came = |signal| seen(&|r| r.actual.value.is_some() && !r.when.is_empty() && r.signal() == signal);
    html! {
        @if !shown.bells.is_empty() { ul.bells { @for bell in &shown.bells {
            @let rang = matches!(bell.state, Ring::Rang(_));
            li.rang[rang] {
                (bell_shape(&bell.state))
                div { b { (chart::sentence(&bell.state.say())) } p { "We stop or change if " (named(&bell.words, bell.href.as_deref())) } }
            }
        } } }
        ul.expecteds { @for row in &shown.rows { li {
            div {
                h3 { (named(&row.name, row.href.as_deref())) @if !row.by.is_empty() { span.second { " " (row.by) } } }
                @if !row.sentence.is_empty() { p class=(tone(row.signal())) { (row.sentence) } }
                @if row.actual.value.is_none() { p { (missing(row.actual.missing.words())) } }
            }
            (chart::expected(row))
        } } }
        @if !shown.rows.is_empty() { ul.key {
            li { (key(html! { rect width="20" height="12" fill="#dce4ea" {} })) "Expected, 9 times in 10" }
            @if seen(&|r| r.before.is_some()) { li { (key(html! { circle cx="10" cy="6" r="4.6" fill="#fff" stroke="#768692" stroke-width="2" {} })) "Before" } }
            @if came(Signal::Ordinary) { li { (key(html! { circle cx="10" cy="6" r="5.4" fill="#2f4758" {} })) "When it was due, as expected" } }
            @if came(Signal::Improvement) { li { (key(html! { circle cx="10" cy="6" r="5.4" fill="#005eb8" {} })) "When it was due, better than expected" } }
            @if came(Signal::Concern) { li { (key(html! { path d="M10,0l6,6-6,6-6-6z" fill="#b8500a" {} })) "When it was due, worse than expected" } }
            @if seen(&|r| r.actual.value.is_some() && r.when.is_empty()) { li { (key(html! { circle cx="10" cy="6" r="5.4" fill="#2f4758" {} })) "So far" } }
            @if seen(&|r| r.now.is_some()) { li { (key(html! { path d="M10 11l-5-9h10z" fill="#fff" stroke="#212b32" stroke-width="1.6" {} })) "Now" } }
        } }
        (where_from(&shown.rows.iter().flat_map(|r| [&r.expected, &r.actual]).collect::<Vec<_>>()))
    }
}

/// A small mark of a key.
fn key(inside: Markup) -> Markup {
    html! { svg viewBox="0 0 20 12" width="20" height="12" aria-hidden="true" { (inside) } }
}

/// A bell: hollow when quiet, half full when counting, full with waves when it rang, dashed when nothing is known.
fn bell_shape(state: &Ring) -> Markup {
    let (fill, dash) = match state {
        Ring::Unknown => ("#fff", Some("3 3")),
        Ring::Quiet => ("#fff", None),
        Ring::Counting(..) => ("#f0c9a5", None),
        Ring::Rang(_) => ("#b8500a", None),
    };
    let ink = if matches!(state, Ring::Rang(_) | Ring::Counting(..)) { "#b8500a" } else { "#4c6272" };
    html! {
        svg.bell viewBox="0 0 36 36" width="36" height="36" aria-hidden="true" {
            path d="M18 5c-6 0-8 5-8 10 0 6-2 8-4 10h24c-2-2-4-4-4-10 0-5-2-10-8-10zM15 29a3 3 0 0 0 6 0" fill=(fill) stroke=(ink) stroke-width="2" stroke-dasharray=[dash] stroke-linejoin="round" {}
            @if matches!(state, Ring::Rang(_)) { path d="M4 14c0-4 1-7 3-9M32 14c0-4-1-7-3-9" fill="none" stroke=(ink) stroke-width="2" stroke-linecap="round" {} }
        }
    }
}

/// Each line under the one it hangs on, or in columns beside each other.
pub fn lines(shown: &Lines) -> Markup {
    if shown.lines.is_empty() {
        return html! { p.read { "Nothing has been written yet." } };
    }
    if shown.columns.is_empty() {
        return html! { (nested(&shown.lines, &[], 0, "story")) };
    }
    let columns = shown.columns.len().clamp(2, 5);
    html! { div class=(format!("drivers n{columns}")) {
        div.heads aria-hidden="true" { @for name in shown.columns.iter().take(columns) { b { (name) } } }
        (nested(&shown.lines, &shown.columns, 0, "tree"))
    } }
}

fn nested(lines: &[Line], columns: &[String], depth: usize, class: &str) -> Markup {
    html! { ul class=(class) { @for line in lines { li {
        (one_line(line, columns.get(depth).map_or("", String::as_str)))
        @if !line.under.is_empty() { (nested(&line.under, columns, depth + 1, "")) }
    } } } }
}

fn one_line(line: &Line, column: &str) -> Markup {
    let standing = line.standing.say();
    html! { div.line {
        @if !line.kind.is_empty() { span.kind { (line.kind) } } @else if !column.is_empty() { span.nhsuk-u-visually-hidden { (column) ": " } }
        div {
            p.words { (named(&line.words, line.href.as_deref())) }
            @if let Some((f, target)) = &line.measure { div.measured { (figure(f, "", said(f))) @if !target.is_empty() { span { (target) } } } }
            @if !standing.is_empty() { p.standing { (standing_shape(&line.standing)) (standing) } }
            @if !line.since.is_empty() || !line.because.is_empty() { p.since {
                (line.since)
                @if !line.because.is_empty() { @if !line.since.is_empty() { ", " } "because of " (links(&line.because)) }
            } }
        }
    } }
}

/// A ring, a tick, two arrows that meet, a clock, a gap.
fn standing_shape(standing: &Standing) -> Markup {
    let shape = match standing {
        Standing::None => return html! {},
        Standing::Open => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
        Standing::Agreed => "M2 8l4 4 8-9",
        Standing::Disputed(_) => "M1 8h5M4 5l3 3-3 3M15 8h-5M12 5L9 8l3 3",
        Standing::Stale(_) => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3l2 2",
        Standing::Lacks(_) => "M2 2h4M10 2h4v4M14 10v4h-4M6 14H2v-4M2 6V2",
    };
    let class = match standing {
        Standing::Agreed => "better",
        Standing::Open => "second",
        _ => "concern",
    };
    html! { svg class=(class) viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" { path d=(shape) {} } }
}

/// A bar for each kind of air time against the tick of a fair share; the smallest is called out.
pub fn shares(shown: &Shares) -> Markup {
    let call = shown.call();
    let least = shown.smallest().filter(|s| s.2 < 0.995).map(|(voice, kind, _)| (voice.name.as_str(), kind));
    let known = |v: &f64| v.is_finite();
    let all = shown.voices.iter().flat_map(|v| v.shares.iter().flatten().copied().chain([v.fair])).filter(known);
    let most = all.fold(0.0, f64::max);
    html! {
        @if !call.is_empty() { p.call { (call) } }
        @if shown.voices.is_empty() { p.read { "Nobody has said anything yet." } }
        @else {
            table.stack.air role="table" {
                caption.nhsuk-u-visually-hidden { (if shown.title.is_empty() { "Air time" } else { &shown.title }) }
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Voice" }
                    @for kind in &shown.kinds { th scope="col" role="columnheader" { (chart::sentence(kind)) } }
                    th.n scope="col" role="columnheader" { "Fair share" }
                } }
                tbody role="rowgroup" { @for voice in &shown.voices {
                    tr.unheard[!voice.heard()] role="row" {
                        th scope="row" role="rowheader" {
                            b { (named(&chart::sentence(&voice.name), voice.href.as_deref())) }
                            @if !voice.heard() { span.gap.inline { "Not heard yet" } }
                        }
                        @for (kind, share) in shown.kinds.iter().zip(&voice.shares) {
                            @let smallest = least == Some((voice.name.as_str(), kind.as_str()));
                            td role="cell" data-name=(chart::sentence(kind)) { @match share {
                                Some(v) => div.bar { (chart::share(*v, voice.fair_share(), most, smallest)) span.concern[smallest] { (Unit::Percent.say(*v)) @if smallest { span.nhsuk-u-visually-hidden { ", the smallest share of what is fair" } } @if voice.is_part(kind) { span.second { " and more, together" } } } },
                                None => (nothing()),
                            } }
                        }
                        td.n role="cell" data-name="Fair share" { @match voice.fair_share() { Some(fair) => (Unit::Percent.say(fair)), None => (nothing()) } }
                    }
                } }
            }
            ul.key {
                li { svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true" { rect y="3" width="14" height="8" fill="#82929e" {} } "Share of all" }
                li { svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true" { path d="M10 0v14" stroke="#212b32" stroke-width="2" {} } "Fair share" }
                li { svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true" { rect y="3" width="8" height="8" fill="#b8500a" {} } "Smallest share of what is fair" }
            }
        }
    }
}

/// What a reader may do: what has no fields is a button, all else opens where it stands.
pub fn acts(all: &[Act]) -> Markup {
    html! { @if !all.is_empty() { div.acts { @for act in all {
        @if act.form.fields.is_empty() {
            div.act.main[act.main] {
                @if !act.detail.is_empty() { p.hint { (coded(&act.detail)) } }
                (form::form(&act.form))
            }
        } @else {
            details.act.main[act.main] name=[(!act.open).then_some("act")] open[act.open || act.form.wrong.is_some()] {
                summary { (act.title) }
                @if !act.detail.is_empty() { p.hint { (coded(&act.detail)) } }
                (form::form(&act.form))
            }
        }
    } } } }
}

/// A statement and three buttons.
pub fn vote(vote: &Vote) -> Markup {
    let lang = Some(vote.quote.lang.as_str()).filter(|l| !l.is_empty());
    let id = format!("vote-{}", vote.id);
    let title = format!("{id}-words");
    html! {
        div.vote id=(id) {
            @if vote.at.1 > 0 { p.at { "Statement " (count(vote.at.0)) " of " (count(vote.at.1)) } }
            @if let Some(words) = &vote.wrong { p.error role="alert" { span.nhsuk-u-visually-hidden { "Error: " } (words) } }
            blockquote id=(title) {
                @let english = vote.quote.translations.iter().find(|other| other.lang == "en");
                @if let Some(english) = english { p { "“" (english.text) "”" } }
                p.original[english.is_some()] lang=[lang] dir="auto" { "“" (vote.quote.text) "”" }
                (in_others(vote.quote.translations.iter().filter(|other| other.lang != "en")))
                p.by { (if vote.quote.by.is_empty() { "Written by a participant" } else { &vote.quote.by }) }
            }
            form action=(vote.send_to) method="post" aria-labelledby=(title) {
                @for (name, value) in &vote.kept { input type="hidden" name=(name) value=(value); }
                div.buttons { @for (value, word) in [("agree", "Agree"), ("disagree", "Disagree"), ("pass", "Pass")] {
                    button type="submit" name="vote" value=(value) { (word) }
                } }
            }
            @if !vote.note.is_empty() { p.hint { (coded(&vote.note)) } }
        }
    }
}

/// Each statement with what became of it.
pub fn answers(shown: &Answers, panel: &Panel) -> Markup {
    html! {
        @if !shown.title.is_empty() && shown.title != panel.title { h3 { (shown.title) } }
        @if shown.rows.is_empty() { p.read { "Nothing has been said yet." } }
        // beside something else a long list would leave it standing in an empty column
        @let few = if panel.width == Width::Narrow && shown.rows.len() > FEW_ANSWERS + 1 { FEW_ANSWERS } else { shown.rows.len() };
        @let (first, more) = shown.rows.split_at(few);
        ul.answers { @for row in first { (answer(row)) } }
        @if !more.is_empty() { details.open.rest { summary { (plural(more.len(), "more answer")) } ul.answers { @for row in more { (answer(row)) } } } }
    }
}

fn answer(row: &Answer) -> Markup {
    html! { li {
        (quote(&row.quote))
        div.answer {
            p { (outcome(row.outcome)) (row.words) }
            @if !row.links.is_empty() { p.because { "Changed: " (links(&row.links)) } }
        }
    } }
}

fn outcome(outcome: Outcome) -> Markup {
    let class = match outcome {
        Outcome::Adopted => "tag full",
        Outcome::Adapted => "tag half",
        Outcome::Declined => "tag",
        Outcome::Waiting => "tag wants",
    };
    html! { b class=(class) { (outcome.say()) } " " }
}

/// One line each; what has lost its owner or its measure is at the top.
pub fn plans(all: &[Plan]) -> Markup {
    let names = ["The measure it hopes to move", "Steps done", "Next review", "Owner"];
    html! {
        @if all.is_empty() { p.read { "No plan has been made yet." } }
        @else {
            table.stack.plans role="table" {
                caption.nhsuk-u-visually-hidden { "Plans: those without an owner or a measure first" }
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Plan" }
                    @for name in names { th scope="col" role="columnheader" { (name) } }
                } }
                tbody role="rowgroup" { @for plan in by_need(all) { tr role="row" {
                    th scope="row" role="rowheader" { b { (link(&plan.aim)) } @if !plan.note.is_empty() { span { (plan.note) } } }
                    td role="cell" data-name=(names[0]) { @match &plan.measure {
                        Some(m) => div.plotted { p { (named(&m.name, m.href.as_deref())) } (opens(&m.actual, "plot", chart::expected(m))) },
                        None => span.gap.inline { "No measure" },
                    } }
                    td role="cell" data-name=(names[1]) { div.bar.down { (chart::steps(plan.steps.0, plan.steps.1)) span { (plan.steps.0) " of " (plan.steps.1) } } }
                    td role="cell" data-name=(names[2]) { @if plan.review.is_empty() { span.gap.inline { "No review" } } @else { (plan.review) } }
                    td role="cell" data-name=(names[3]) { @if plan.owner.is_empty() { span.gap.inline { "No owner" } } @else { (plan.owner) } }
                } } }
            }
        }
    }
}

/// The drawing with its key.
pub fn schedule(shown: &Schedule) -> Markup {
    let seen = |has: fn(&Task) -> bool| shown.tasks.iter().any(has);
    html! {
        @if shown.tasks.is_empty() { p.read { "This plan has no steps yet." } }
        @else {
            div.drawing { (chart::schedule(shown)) }
            @if !shown.rest.is_empty() { p.note { (plural(shown.rest.len(), "step")) " more in the table: drawn are those that are late, under way or next." } }
            ul.key {
                li { (key(html! { rect x=".7" y="1.7" width="18" height="8" rx="2" fill="#2f4758" stroke="#2f4758" {} })) "Done" }
                li { (key(html! { rect x=".7" y="1.7" width="18" height="8" rx="2" fill="#fff" stroke="#2f4758" {} rect x=".7" y="1.7" width="9" height="8" rx="2" fill="#4a90d0" {} })) "Under way" }
                li { (key(html! { rect x=".7" y="1.7" width="18" height="8" rx="2" fill="#fff" stroke="#2f4758" {} })) "To do" }
                @if seen(|t| t.critical) { li { (key(html! { rect x=".7" y=".7" width="18" height="10.6" rx="2" fill="#fff" stroke="#2f4758" stroke-width="1.4" {} })) "Tall, name bold: the end hangs on it" } }
                @if seen(|t| t.range.is_some()) { li { (key(html! { path d="M1,6H19M1,2v8M19,2v8" fill="none" stroke="#212b32" stroke-width="1.6" {} })) "Where its end falls, 8 times in 10" } }
                @if seen(|t| t.due.is_some()) { li { (key(html! { path d="M10,10l4.5-7h-9z" fill="#2f4758" {} })) "Day promised" } }
                @if seen(|t| !t.rocks.is_empty()) { li { (chart::key_rock()) "Blocked by a rock" } }
            }
        }
    }
}

/// Open ones first, the oldest of them at the top.
pub fn rocks(shown: &Rocks) -> Markup {
    let rocks = shown.sorted();
    let oldest = rocks.iter().map(|r| r.days).max().unwrap_or(0);
    let names = ["Who can move it", "Age", "Blocks"];
    html! {
        @if rocks.is_empty() { p.read { "Nothing blocks." } }
        @else {
            table.stack.rocks role="table" {
                caption.nhsuk-u-visually-hidden { "What blocks, the oldest first" }
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Rock" }
                    @for name in names { th scope="col" role="columnheader" { (name) } }
                } }
                tbody role="rowgroup" { @for rock in rocks { tr.cleared[rock.cleared] role="row" {
                    th scope="row" role="rowheader" { b { (link(&rock.what)) } @if rock.cleared { span { "Cleared" } } }
                    td role="cell" data-name=(names[0]) { @if rock.who.is_empty() { span.gap.inline { "Nobody named" } } @else { (rock.who) } }
                    td role="cell" data-name=(names[1]) { div.bar { @if !rock.cleared { (chart::bar(rock.days as f64, oldest as f64, Signal::Ordinary)) } span { (plural(rock.days as usize, "day")) @if rock.cleared { " until cleared" } } } }
                    td role="cell" data-name=(names[2]) { @if rock.blocks.is_empty() { (nothing()) } @else { (links(&rock.blocks)) } }
                } } }
            }
        }
    }
}

/// What is likely beside what was promised, then the record that it is judged by.
pub fn money(shown: &Money) -> Markup {
    let [kinds, record] = shown.charts();
    let figures: Vec<&Figure> = [&shown.total]
        .into_iter()
        .chain(shown.kinds.iter().chain(&shown.record).chain(&shown.days).map(|r| &r.figure))
        .collect();
    html! {
        dl.facts.in-panel {
            div { dt { "Likely" } dd { (opens(&shown.total, "", large(&shown.total))) @if let Some((l, h)) = shown.total.range { " " (shown.total.unit.say(l)) " to " (shown.total.unit.say(h)) ", 8 times in 10" } } }
            div { dt { "Promised" } dd { b { (shown.total.unit.say(shown.promised)) } } }
            @if let Some(chance) = &shown.chance { div { dt { "Chance to reach the goal" @if let Some((_, words)) = &shown.goal { ", " (words.trim_start_matches("goal ")) } } dd { (opens(chance, "", large(chance))) } } }
        }
        div.pair {
            @if !shown.kinds.is_empty() { div.drawing { (chart::against(&kinds, "promised")) } }
            @if !record.groups.is_empty() { div.drawing { (chart::against(&record, "promised")) } }
        }
        ul.key {
            li { (key(html! { circle cx="10" cy="6" r="5" fill="#5a7282" {} })) "Likely, with where it falls 8 times in 10" }
            li { svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" { rect x="1.5" y="1.5" width="9" height="9" fill="#fff" stroke="#212b32" stroke-width="1.6" {} } "Promised" }
        }
        @if !shown.perhaps_twice.is_empty() { p.note { "Not counted, since each looks like another saving until somebody says that they are two: " (shown.perhaps_twice.join(", ")) "." } }
        @if !shown.counted_elsewhere.is_empty() { p.note { "Not counted, since each is another saving by another name: " (shown.counted_elsewhere.join(", ")) "." } }
        (where_from(&figures))
    }
}

/// What each side of a join says and what was done there, the network of it and its matrix.
pub fn ties(shown: &Ties) -> Markup {
    let score = |v: f64| format!("{v:.1}");
    let done = shown.joins.iter().flat_map(|j| &j.done).map(|d| d.0.as_str());
    let columns: Vec<&str> = done.fold(Vec::new(), |mut all, name| {
        if !all.contains(&name) {
            all.push(name)
        }
        all
    });
    let class = |strength| match strength {
        Strength::Weak => "concern",
        Strength::Usual => "",
        Strength::Strong => "better",
    };
    html! {
        @if shown.joins.is_empty() { p.read { "Nobody has been asked yet." } }
        @else {
            div.trusted {
                div {
                    table.stack.joins role="table" {
                        caption.nhsuk-u-visually-hidden { "What was said and what was done at each join" }
                        thead role="rowgroup" { tr role="row" {
                            th scope="col" role="columnheader" { "Join" }
                            th scope="col" role="columnheader" { "What each side says of the other" }
                            @for name in &columns { th scope="col" role="columnheader" { (name) } }
                        } }
                        tbody role="rowgroup" { @for join in &shown.joins { tr role="row" {
                            th scope="row" role="rowheader" { b { (link(&join.name)) } }
                            td role="cell" data-name="What each side says of the other" { ul { @for side in &join.said { li {
                                (chart::sentence(shown.group(side.by))) " of " (shown.group(side.about)) ": "
                                @match &side.tie {
                                    Tie::Score { score: v, people, answers, band } => {
                                        @let strength = shown.strength(*v);
                                        div.bar { (chart::tie(strength)) span {
                                            b class=(class(strength)) { (score(*v)) @if !band.is_empty() { " " (band) } }
                                            span.second { ", " (count(*people)) " people, " (plural(*answers as usize, "answer")) }
                                        } }
                                    },
                                    Tie::TooFew => (missing(&Tie::TooFew.say())),
                                    Tie::None => (missing(&Tie::None.say())),
                                }
                            } } } }
                            @for name in &columns { td role="cell" data-name=(name) { @match join.done.iter().find(|d| d.0 == **name) { Some((_, f)) => (figure(f, "", said(f))), None => (nothing()) } } }
                        } } }
                    }
                    p.note { "On a scale from " (Unit::Of(String::new()).say(shown.scale.0)) " to " (Unit::Of(String::new()).say(shown.scale.1)) ": the mean of what each person answered. Nothing is shown of fewer than 11 people." }
                }
                div {
                    (chart::ties(shown))
                    ul.key {
                        @for strength in [Strength::Strong, Strength::Usual, Strength::Weak] { li { (chart::tie(strength)) (chart::sentence(strength.word())) } }
                        li { "The half of a line at a team is what that team says. No line: not known." }
                    }
                }
            }
            (matrix(shown))
            @if !shown.network.is_empty() { dl.facts.in-panel { @for (name, f) in &shown.network { div { dt { (name) } dd { (figure(f, "", large(f))) } } } } }
        }
    }
}

/// Who says what of whom, each band with its own shade, the highest darkest; two that meet at several joins have a line for each.
fn matrix(shown: &Ties) -> Markup {
    let dark = |v: f64| match shown.strength(v) {
        Strength::Weak => 0,
        Strength::Usual => 2,
        Strength::Strong => 4,
    };
    let of = |by: usize, about: usize| -> Vec<(&str, &Tie)> {
        let all = shown.joins.iter().flat_map(|join| join.said.iter().map(move |side| (join, side)));
        let here = all.filter(|(_, side)| side.by == by && side.about == about);
        here.map(|(join, side)| (join.name.words.as_str(), &side.tie)).collect()
    };
    let class = |told: &[(&str, &Tie)]| match told {
        [] => "nobody".to_owned(),
        [(_, Tie::Score { score, .. })] => format!("s{}", dark(*score)),
        [(_, Tie::TooFew | Tie::None)] => "hidden".to_owned(),
        several => {
            let scores = several.iter().filter_map(|(_, tie)| match tie {
                Tie::Score { score, .. } => Some(*score),
                _ => None,
            });
            // as dark as the lowest: that is where something is to be done
            scores.reduce(f64::min).map_or("hidden".to_owned(), |lowest| format!("s{}", dark(lowest)))
        }
    };
    html! {
        h3.read { "Who says what of whom" }
        div.scroll tabindex="0" role="region" aria-label="Who says what of whom" {
            table.matrix role="table" {
                caption.nhsuk-u-visually-hidden { "Each row says, each column is spoken of" }
                thead role="rowgroup" { tr role="row" {
                    td role="columnheader" { span.nhsuk-u-visually-hidden { "Who says" } }
                    @for group in &shown.groups { th scope="col" role="columnheader" { (group) } }
                } }
                tbody role="rowgroup" { @for (by, group) in shown.groups.iter().enumerate() { tr role="row" {
                    th scope="row" role="rowheader" { (chart::sentence(group)) }
                    @for (about, other) in shown.groups.iter().enumerate() {
                        @let told = of(by, about);
                        td class=(class(&told)) role="cell" data-name=(other) {
                            @for (join, tie) in &told {
                                div title=(join) {
                                    @match tie {
                                        Tie::Score { score, band, .. } => { b { (format!("{score:.1}")) } @if !band.is_empty() { " " span { (band) } } },
                                        Tie::TooFew => span { "too few" },
                                        Tie::None => span { "no answer" },
                                    }
                                    @if told.len() > 1 { span.nhsuk-u-visually-hidden { ", " (join) } }
                                }
                            }
                            @if told.is_empty() { span.nhsuk-u-visually-hidden { @if by == about { "itself" } @else { "not asked" } } }
                        }
                    }
                } } }
            }
        }
        p.note { "Each row says, each column is spoken of; white is weak, grey usual, dark strong. Empty: these two are not asked of each other." }
    }
}

/// One row each: what it is, where it stands, when, and what it wants of the reader.
pub fn board(all: &[Card]) -> Markup {
    html! {
        @if all.is_empty() { p.read { "Nothing is open." } }
        ul.board { @for card in all { li {
            p.tags {
                @if !card.wants.is_empty() { b.tag.wants { (card.wants) } }
                @if !card.stage.is_empty() { span.tag { (card.stage) } }
                @if !card.kind.is_empty() { span.second { (card.kind) } }
            }
            h3 { (link(&card.link)) }
            @if !card.note.is_empty() { p { (card.note) } }
            @if !card.when.is_empty() { p.second { (chart::sentence(&card.when)) } }
        } } }
    }
}

/// Steps and rocks of one Monday, as on a board.
pub fn monday(all: &[Due]) -> Markup {
    let card = |due: &Due| Card {
        kind: due.plan.clone(),
        link: due.step.clone(),
        stage: due.stands(),
        when: if due.owner.is_empty() { due.who_can_move_it.clone() } else { due.owner.clone() },
        wants: String::new(),
        note: due.note.clone(),
    };
    board(&all.iter().map(card).collect::<Vec<_>>())
}
