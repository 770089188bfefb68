//! The paper as one HTML document: it mails, opens and prints anywhere, and fetches nothing.
//!
//! Nobody here can ask a browser how high a text is, so every block has a bound: the widest letters of Inter, which other
//! typefaces seldom pass, and charts by their own shape. What stays within its bound on two sides stays on two sides in print.

use super::{LETTERS, MOST, Most, SIDES, address, foot, in_order, left_out, name_of, signals, table_of};
use crate::ahead::{Fan, Week};
use crate::chart::{self, plain};
use crate::page::declares;
use crate::table::{Cell, Table};
use crate::view::*;
use crate::{twin, words};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What a side holds in points: A4 without its margins of 12 and 14 millimetres, and a little less.
const HEIGHT: f64 = 762.0;
const WHOLE: f64 = 515.0;
const GAP: f64 = 21.0;
const COLUMN: f64 = (WHOLE - GAP) / 2.0;
const BODY: f64 = 9.0;
const SMALL: f64 = 8.0;
/// From line to line, for each point of its letters.
const LINE: f64 = 1.35;
/// Above a panel, and between its blocks.
const FAR: f64 = 14.0;
const NEAR: f64 = 8.0;

const STYLE: &str = "@page{size:A4;margin:12mm 14mm}\
*{box-sizing:border-box}html{background:#fff}\
body{margin:0 auto;max-width:515pt;font:9pt/1.35 Inter,Arial,sans-serif;color:#212b32;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}\
svg{display:block;max-width:100%}svg text{font-family:Inter,Arial,sans-serif}\
h1,h2,h3,p,ul,dl,dd,table{margin:0;padding:0}h1{font-size:22pt;line-height:1.2;letter-spacing:-.02em}h2{font-size:12pt;line-height:1.35}h3{font-size:9pt}\
ul{list-style:none}.small{font-size:8pt;color:#4c6272}.place{border-bottom:2pt solid #005eb8;padding-bottom:4pt;font-weight:600;color:#4c6272}\
.over{margin-top:10pt;color:#4c6272}.lede{font-size:10.5pt;margin-top:5pt}\
.facts{display:flex;flex-wrap:wrap;margin-top:12pt}.facts>div{width:25%;min-width:110pt;border-left:1.5pt solid #005eb8;padding:0 8pt}.facts dd.n{font-size:15pt;font-weight:700;line-height:1.25}\
.signals{margin-top:12pt;border-top:1pt solid #212b32;padding-top:5pt}.signals li{font-weight:600}\
.row{margin-top:8pt}.row.first{margin-top:14pt}.two{display:grid;grid-template-columns:247pt 247pt;gap:0 21pt;align-items:start}\
table{border-collapse:collapse;table-layout:fixed;font-size:8.5pt;line-height:1.3}th{font-size:8pt;font-weight:600;color:#4c6272;text-align:left;vertical-align:bottom}td{border-top:.5pt solid #aeb7bd;vertical-align:top}th,td{padding:1.5pt 6pt 1.5pt 0}.r{text-align:right}\
.card{border-top:1.2pt solid #212b32;padding-top:4pt}.card .top{display:flex;justify-content:space-between;gap:8pt;font-weight:600}.card .top b{font-size:13pt;line-height:1.2;white-space:nowrap}.card .say{display:flex;gap:4pt;justify-content:space-between}.card .say p{flex:1}.ring{flex:none;width:22pt;height:22pt}\
.left{margin-top:10pt;font-weight:600}.foot{margin-top:12pt;border-top:.5pt solid #aeb7bd;padding-top:4pt;font-size:8pt;color:#4c6272}\
@media screen{body{max-width:547pt;padding:16pt}}@media screen and (max-width:560pt){.two{grid-template-columns:minmax(0,1fr)}.table{overflow-x:auto}}\
@media print{.side{break-after:page}.side:last-of-type{break-after:auto}.row,.head{break-inside:avoid}}";

/// A piece of the paper and the most that it is high, in points.
struct Block {
    markup: Markup,
    height: f64,
    whole: bool,
}

impl Block {
    fn text(text: &str, size: f64, width: f64) -> Block {
        let (said, height) = cut(text, size, width, 16);
        let markup = html! { @if !said.is_empty() { p.small[size < BODY] { (said) } } };
        Block { markup, height, whole: width > COLUMN }
    }

    fn below(self, gap: f64, other: Block) -> Block {
        Block {
            markup: html! { (self.markup) div style=(format!("margin-top:{gap}pt")) { (other.markup) } },
            height: self.height + gap + other.height,
            whole: self.whole || other.whole,
        }
    }
}

/// The view as one self-contained HTML document that prints on one or two sides of A4.
///
/// ```
/// let view = show::View { title: "Waits are as usual".to_owned(), ..Default::default() };
/// let html = show::paper::html(&view);
/// assert!(html.contains("<h1>Waits are as usual</h1>") && html.contains("@page"));
/// ```
pub fn html(view: &View) -> String {
    let view = &in_order(view);
    let head = head(view);
    let (foot, foot_height) = cut(&foot(view), SMALL, WHOLE, 5);
    let lay = |most: Most| {
        let rows = rows(view, most);
        let room = HEIGHT - foot_height - 18.0;
        let sheet = Sheet::of(&rows, head.height, [room; SIDES]);
        if sheet.left.is_empty() {
            return (rows, sheet);
        }
        // again with room to name what is left out; naming all is the most that it can be
        let all: Vec<usize> = (0..view.panels.len()).collect();
        let mut rooms = [room; SIDES];
        rooms[SIDES - 1] -= cut(&left_out(view, &all), BODY, WHOLE, 16).1 + 10.0;
        let sheet = Sheet::of(&rows, head.height, rooms);
        (rows, sheet)
    };
    // as much as leaves room for everything; else as little as leaves out fewest
    let mut laid = lay(MOST[0]);
    for most in &MOST[1..] {
        if laid.1.left.is_empty() {
            break;
        }
        let other = lay(*most);
        if other.1.left.len() < laid.1.left.len() {
            laid = other;
        }
    }
    let (rows, Sheet { sides, left, .. }) = laid;
    let last = sides.iter().rposition(|rows| !rows.is_empty()).unwrap_or(0);
    let whole = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (view.title) @if !view.place_name.is_empty() { " – " (view.place_name) } }
                // without this a browser asks for an icon
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                @for (i, side) in sides.iter().enumerate().take(last + 1) {
                    div.side {
                        @if i == 0 { (head.markup) }
                        @for at in side { (rows[*at].markup) }
                        @if i == last && !left.is_empty() { p.left { (cut(&left_out(view, &left), BODY, WHOLE, 16).0) } }
                        p.foot { (foot) }
                    }
                }
            } }
        }
    };
    whole.into_string()
}

/// The text within so many lines, and how high it is at most.
fn cut(text: &str, size: f64, width: f64, most: usize) -> (String, f64) {
    let text = words::quoted(&plain(&text.chars().take(LETTERS).collect::<String>()));
    // the bound of a letter is that of Inter at its widest, which other typefaces seldom pass; headings are bolder
    let wide = |word: &str| chart::width(word, size) * if size > BODY { 1.08 } else { 1.0 };
    let space = wide(" ");
    let (mut lines, mut used, mut said) = (0usize, f64::INFINITY, String::new());
    for word in text.split_whitespace() {
        let long = wide(word);
        if used + space + long > width {
            // a word that is wider than the paper is broken
            let more = (long / width).ceil().max(1.0) as usize;
            if lines + more > most {
                said.push('…');
                break;
            }
            (lines, used) = (lines + more, long % width);
        } else {
            used += space + long;
        }
        if !said.is_empty() {
            said.push(' ');
        }
        said += word;
    }
    (said, lines as f64 * size * LINE)
}

/// Place, week, title, lede, facts, and what has really changed.
fn head(view: &View) -> Block {
    let (over, over_height) = cut(&view.over, BODY, WHOLE, 2);
    let (title, title_height) = cut(&view.title, 22.0, WHOLE, 4);
    let (lede, lede_height) = cut(&view.lede, 10.5, WHOLE, 6);
    let (place, place_height) = cut(&view.place_name, BODY, WHOLE, 1);
    let signals = signals(view);
    let told: Vec<(String, f64)> = signals.iter().map(|said| cut(said, BODY, WHOLE, 2)).collect();
    let each = WHOLE / 4.0 - 18.0;
    let fact = |f: &Fact| {
        let parts = [(&f.title, SMALL, 2), (&f.figure.say(), 15.0, 3), (&f.note, SMALL, 2)];
        parts.map(|(text, size, most)| cut(text, size, each, most))
    };
    let facts: Vec<[(String, f64); 3]> = view.facts.iter().take(8).map(fact).collect();
    let fact_height: f64 = facts
        .chunks(4)
        .map(|row| row.iter().map(|f| f.iter().map(|part| part.1).sum::<f64>()).fold(0.0, f64::max))
        .sum();
    let height = place_height
        + 6.0
        + if over.is_empty() { 0.0 } else { over_height + 10.0 }
        + title_height
        + if lede.is_empty() { 0.0 } else { lede_height + 5.0 }
        + if facts.is_empty() { 0.0 } else { fact_height + 12.0 }
        + if told.is_empty() { 0.0 } else { told.iter().map(|t| t.1).sum::<f64>() + 18.0 };
    let markup = html! {
        div.head {
            p.place { (place) }
            @if !over.is_empty() { p.over { (over) } }
            h1 { (title) }
            @if !lede.is_empty() { p.lede { (lede) } }
            @if !facts.is_empty() { dl.facts { @for [title, number, note] in &facts {
                div { dt.small { (title.0) } dd.n { (number.0) } @if !note.0.is_empty() { dd.small { (note.0) } } }
            } } }
            @if !told.is_empty() { ul.signals { @for (said, _) in &told { li { (said) } } } }
        }
    };
    Block { markup, height, whole: true }
}

/// One row of the paper: a block across it, or two beside each other; and the panels that it tells of.
struct Row {
    markup: Markup,
    height: f64,
    panels: Vec<usize>,
}

fn rows(view: &View, most: Most) -> Vec<Row> {
    /// Higher panels are not put beside another: one picture, or several.
    const TALL: [f64; 2] = [500.0, 240.0];
    let mut rows: Vec<Row> = Vec::new();
    // a small panel that waits for one to stand beside it, and its place among the rows
    let mut waiting: Option<(usize, (usize, Block))> = None;
    let beside = |left: (usize, Block), right: Option<(usize, Block)>| {
        let height = right.as_ref().map_or(left.1.height, |r| r.1.height.max(left.1.height)) + FAR;
        let panels = [Some(left.0), right.as_ref().map(|r| r.0)].into_iter().flatten().collect();
        let right = right.map(|r| r.1.markup);
        Row {
            markup: html! { div.row.first.two { div { (left.1.markup) } @if let Some(right) = right { div { (right) } } } },
            height,
            panels,
        }
    };
    for (at, panel) in view.panels.iter().enumerate() {
        let make = |width: f64| -> Vec<Block> {
            panel.pictures.iter().flat_map(|picture| blocks(picture, panel, width, most, view)).collect()
        };
        let mut all = make(COLUMN);
        if all.is_empty() {
            continue;
        }
        let high: f64 = all.iter().map(|b| b.height + NEAR).sum();
        let heading = |width: f64| {
            let (title, high) = cut(name_of(panel), 12.0, width, 3);
            let (note, note_high) = cut(&panel.note, SMALL, width, 4);
            let markup = html! { h2 { (title) } @if !note.is_empty() { p.small { (note) } } };
            Block { markup, height: high + note_high, whole: width > COLUMN }
        };
        if high < TALL[usize::from(all.len() > 1)] && all.iter().all(|b| !b.whole) {
            let block = all.into_iter().fold(heading(COLUMN), |above, block| above.below(5.0, block));
            match waiting.take() {
                Some((place, left)) => rows.insert(place, beside(left, Some((at, block)))),
                None => waiting = Some((rows.len(), (at, block))),
            }
            continue;
        }
        if all.iter().any(|b| b.whole) {
            all = make(WHOLE);
        }
        let mut first = Some(heading(WHOLE));
        let mut all = all.into_iter().peekable();
        while let Some(block) = all.next() {
            let pair = if block.whole { None } else { all.next_if(|b| !b.whole) };
            let height = pair.as_ref().map_or(block.height, |p| p.height.max(block.height));
            let inside = match pair {
                Some(pair) => html! { div.two { div { (block.markup) } div { (pair.markup) } } },
                None => block.markup,
            };
            let inside = Block { markup: inside, height, whole: true };
            let (class, gap, inside) = match first.take() {
                Some(heading) => ("row first", FAR, heading.below(5.0, inside)),
                None => ("row", NEAR, inside),
            };
            rows.push(Row {
                markup: html! { div class=(class) { (inside.markup) } },
                height: inside.height + gap,
                panels: vec![at],
            });
        }
    }
    if let Some((place, left)) = waiting {
        rows.insert(place, beside(left, None));
    }
    rows
}

/// What stands where.
struct Sheet {
    /// The rows of each side.
    sides: [Vec<usize>; SIDES],
    /// Panels that have no room, or not for all of them.
    left: Vec<usize>,
}

impl Sheet {
    /// A panel that fits whole where an earlier one left room stands there.
    fn of(rows: &[Row], head: f64, room: [f64; SIDES]) -> Sheet {
        let mut sheet = Sheet { sides: std::array::from_fn(|_| Vec::new()), left: Vec::new() };
        let mut used = [0.0; SIDES];
        used[0] = head;
        let mut at = 0;
        // the rows of one panel, or of two beside each other, follow each other
        for panel in rows.chunk_by(|a, b| a.panels == b.panels) {
            let all: f64 = panel.iter().map(|row| row.height).sum();
            if let Some(side) = (0..SIDES).find(|side| used[*side] + all <= room[*side]) {
                sheet.sides[side].extend(at..at + panel.len());
                used[side] += all;
            } else {
                // as much of it as there is room for, on the last side and in order
                let side = SIDES - 1;
                let fits = panel.iter().take_while(|row| {
                    let fits = used[side] + row.height <= room[side];
                    used[side] += if fits { row.height } else { 0.0 };
                    fits
                });
                sheet.sides[side].extend(at..at + fits.count());
                sheet.left.extend(panel.iter().take(1).flat_map(|row| row.panels.iter().copied()));
            }
            at += panel.len();
        }
        sheet
    }
}

fn blocks(picture: &Picture, panel: &Panel, width: f64, most: Most, view: &View) -> Vec<Block> {
    let mut drawn: Vec<Block> = match picture {
        Picture::Form(_) | Picture::Acts(_) => vec![],
        Picture::Sentences(_) | Picture::Running(_) | Picture::Vote(_) => {
            picture.sentences().iter().map(|text| Block::text(text, BODY, width)).collect()
        }
        Picture::Wording(shown) => clauses(shown, width),
        Picture::Words(paragraphs) => paragraphs.iter().map(|text| Block::text(text, BODY, width)).collect(),
        Picture::State(state) => {
            let text = [&state.title, &state.text, &state.command].map(|t| t.trim_end_matches('.'));
            let text: Vec<&str> = text.into_iter().filter(|t| !t.is_empty()).collect();
            vec![Block::text(&(text.join(". ") + "."), BODY, width)]
        }
        Picture::Measures(all) => measures(all, most, view),
        Picture::Pressure(rows) => vec![pressure(rows, most, view)],
        Picture::Ways(ways) => {
            let (few, rest) = ways.split_at(ways.len().min(6));
            let more = (!rest.is_empty()).then(|| more(rest.len(), COLUMN, view));
            few.iter().map(way).chain(more).collect()
        }
        Picture::Chart(m) => {
            let figure = figure(chart::spc_wide(&m.series), picture, most, view);
            let said = panel.said_of(picture).join(". ").replace(".. ", ". ");
            let (said, height) = cut(&said, BODY, if figure.whole { WHOLE } else { COLUMN } - 60.0, 16);
            let rings = html! { (chart::variation(&m.series)) (chart::assurance(&m.series)) };
            let markup = html! { div.card { div.say { p { (said) } (rings) } } (figure.markup) };
            vec![Block { markup, height: figure.height + height.max(22.0) + 6.0, whole: figure.whole }]
        }
        Picture::Flow(flow) => vec![figure(chart::flow(flow), picture, most, view)],
        Picture::Heat(heat) => vec![figure(chart::heat(heat), picture, most, view)],
        Picture::Intervals(shown) => vec![figure(chart::intervals(shown), picture, most, view)],
        Picture::Way(way) => vec![figure(chart::way(way), picture, most, view)],
        Picture::Map(map) => vec![figure(chart::map(map), picture, most, view)],
        Picture::Funnel(funnel) => vec![figure(chart::funnel(funnel), picture, most, view)],
        Picture::Dots(dots) => vec![figure(chart::in_100(dots), picture, most, view)],
        Picture::Fan(fan) => vec![figure(chart::fan(fan), picture, most, view)],
        Picture::Fans(all) => all.iter().map(card_of).collect(),
        Picture::Differences(shown) => vec![figure(chart::differences_on_paper(shown), picture, most, view)],
        Picture::Tornado(shown) => vec![figure(chart::tornado(shown), picture, most, view)],
        Picture::Pyramid(shown) => vec![figure(chart::pyramid(shown), picture, most, view)],
        Picture::Growth(shown) => vec![figure(chart::growth(shown), picture, most, view)],
        Picture::Week(shown) => stills(shown, picture, most, view),
        Picture::Trust(shown) => vec![figure(chart::trust(shown), picture, most, view)],
        Picture::Money(shown) => shown
            .charts()
            .iter()
            .filter(|chart| chart.groups.iter().any(|g| !g.1.is_empty()))
            .map(|chart| figure(chart::against(chart, "promised"), picture, most, view))
            .collect(),
        Picture::Expected(shown) => shown
            .rows
            .iter()
            .map(|row| {
                let text = Block::text(&row.say(), BODY, COLUMN);
                text.below(2.0, figure(chart::expected(row), picture, most, view))
            })
            .chain(shown.bells.iter().map(|bell| Block::text(&bell.say(), BODY, COLUMN)))
            .collect(),
        Picture::Stages(_)
        | Picture::Choices(_)
        | Picture::Ground(_)
        | Picture::Schedule(_)
        | Picture::Ties(_)
        | Picture::Stands(_)
        | Picture::Lines(_)
        | Picture::Shares(_)
        | Picture::Answers(_)
        | Picture::Plans(_)
        | Picture::Rocks(_)
        | Picture::Board(_)
        | Picture::Monday(_)
        | Picture::Handovers(_)
        | Picture::Sources(_)
        | Picture::Rows(_)
        | Picture::List(_)
        | Picture::Notes(_) => table_of(picture).map(|t| table(&t, most, view)).into_iter().collect(),
    };
    // what it says stands above it, unless the heading has just said so, or the block says it itself
    let own = matches!(
        picture,
        Picture::Words(_)
            | Picture::State(_)
            | Picture::Ways(_)
            | Picture::Chart(_)
            | Picture::Fans(_)
            | Picture::Sentences(_)
            | Picture::Running(_)
            | Picture::Vote(_)
    );
    let said = if own { vec![] } else { panel.said_of(picture) };
    if let (Some(first), false) = (drawn.first_mut(), said.is_empty()) {
        let width = if first.whole { WHOLE } else { COLUMN };
        let text = Block::text(&said.join(". ").replace(".. ", ". "), BODY, width);
        let block = std::mem::replace(first, Block { markup: html! {}, height: 0.0, whole: false });
        *first = text.below(4.0, block);
    }
    drawn
}

/// The wording of a decision, all of it, each part under its name.
fn clauses(wording: &crate::Wording, width: f64) -> Vec<Block> {
    let part = |(name, texts): (String, Vec<String>)| {
        let (title, title_height) = cut(&name, BODY, width, 2);
        let texts: Vec<(String, f64)> = texts.iter().map(|text| cut(text, BODY, width, 16)).collect();
        let height = title_height + texts.iter().map(|text| text.1).sum::<f64>();
        let markup = html! { h3 { (title) } @for (text, _) in &texts { p { (text) } } };
        Block { markup, height, whole: width > COLUMN }
    };
    super::clauses(wording).into_iter().map(part).collect()
}

fn more(rows: usize, width: f64, view: &View) -> Block {
    Block::text(&format!("… {} more at {}", crate::number::count(rows as u64), address(view)), SMALL, width)
}

/// Signals drawn, the rest in a table or counted.
fn measures(all: &[Measure], most: Most, view: &View) -> Vec<Block> {
    let ranked = twin::by_signal(all);
    let changed = ranked.iter().take_while(|m| m.series.signal() != Signal::Ordinary).count();
    let (drawable, others) = ranked.split_at(changed.min(most.cards));
    let mut blocks: Vec<Block> = drawable.iter().map(|m| card(m)).collect();
    // what is as usual needs no line of its own where something changed
    let usual = others.iter().filter(|m| m.series.signal() == Signal::Ordinary).count();
    let all = changed == 0 || usual == 0;
    let others = others.iter().filter(|m| all || m.series.signal() != Signal::Ordinary);
    let others: Vec<Measure> = others.map(|m| (*m).clone()).collect();
    if !all {
        let are = if usual == 1 { "is" } else { "are" };
        blocks.push(Block::text(&format!("{} {are} as usual.", crate::number::plural(usual, "other")), BODY, COLUMN));
    }
    if !others.is_empty() {
        let rows = Picture::Measures(others).table();
        // the finding says the signal, and why there is no value
        blocks.extend(rows.map(|t| table(&t.without(&["sector", "mean", "signal", "missing"]), most, view)));
    }
    blocks
}

fn card(m: &Measure) -> Block {
    let (title, title_height) = cut(&m.series.title, BODY, COLUMN - 100.0, 3);
    let (said, height) = cut(&m.sentence, BODY, COLUMN - 60.0, 4);
    let chart = Svg::all(chart::spc(&m.series)).into_iter().next();
    let chart_height = chart.as_ref().map_or(0.0, |svg| svg.high / svg.wide * COLUMN);
    let markup = html! { div.card {
        div.top { h3 { (title) } b { (m.latest.say()) } }
        div.say { p { (said) } (chart::variation(&m.series)) (chart::assurance(&m.series)) }
        @if let Some(svg) = &chart { (svg.sized(COLUMN, None)) }
    } };
    Block { markup, height: 6.0 + title_height.max(17.0) + height.max(22.0) + chart_height, whole: false }
}

/// What may come, small.
fn card_of(fan: &Fan) -> Block {
    let (title, title_height) = cut(&fan.title, BODY, COLUMN - 100.0, 3);
    let (said, height) = cut(&fan.note, BODY, COLUMN - 8.0, 4);
    let chart = Svg::all(chart::fan_small(fan)).into_iter().next();
    let chart_height = chart.as_ref().map_or(0.0, |svg| svg.high / svg.wide * COLUMN);
    let markup = html! { div.card {
        div.top { h3 { (title) } b { (fan.figure.say()) } }
        @if !said.is_empty() { p { (said) } }
        @if let Some(svg) = &chart { (svg.sized(COLUMN, None)) }
    } };
    Block { markup, height: 6.0 + title_height.max(17.0) + height + chart_height, whole: false }
}

/// A week that moves stands still on paper, at two of its hours.
fn stills(week: &Week, picture: &Picture, most: Most, view: &View) -> Vec<Block> {
    let hour = |i: &usize| {
        let when = Block::text(week.hours.get(*i).map_or("", String::as_str), BODY, WHOLE);
        when.below(2.0, figure(chart::still_on_paper(week, *i), picture, most, view))
    };
    week.stills.iter().take(2).map(hour).collect()
}

fn way(way: &Way) -> Block {
    let share = way.share.map_or(String::new(), |s| format!(", {} of journeys", crate::Unit::Percent.say(s)));
    let (name, name_height) = cut(&way.name, BODY, COLUMN, 4);
    let (of, of_height) = cut(&format!("{}{share}", way.journeys.say()), SMALL, COLUMN, 2);
    let (said, height) = cut(&way.sentence, BODY, COLUMN, 4);
    let markup = html! {
        h3 { (name) }
        p.small { (of) }
        @for svg in Svg::all(chart::ribbon_of(way)).iter().take(1) { (svg.sized(COLUMN, Some(10.0))) }
        p { (said) }
    };
    Block { markup, height: name_height + of_height + height + 12.0, whole: false }
}

/// Each organisation with its days as bars, its level and its reason; those under no pressure need no line of their own.
fn pressure(rows: &[Pressure], most: Most, view: &View) -> Block {
    let calm = |row: &&Pressure| row.level.value.is_some_and(|level| level < 2.0);
    let (calm, pressed): (Vec<&Pressure>, Vec<&Pressure>) =
        if rows.len() > 6 { rows.iter().partition(calm) } else { (vec![], rows.iter().collect()) };
    let mut height = 0.0;
    let lines: Vec<Markup> = pressed
        .iter()
        .take(most.rows)
        .map(|row| {
            let tall = if row.declared.is_empty() { 11.0 } else { 19.0 };
            let (name, name_height) = cut(&row.organisation, BODY, 134.0, 3);
            let level = row.level.value.map_or_else(|| row.level.say(), |v| format!("level {v}"));
            let reason = [Some(row.reason.clone()).filter(|r| !r.is_empty()), declares(row)];
            let reason = reason.into_iter().flatten().collect::<Vec<_>>().join("; ");
            let (reason, reason_height) = cut(&reason, BODY, WHOLE - 310.0, 3);
            height += f64::max(tall, name_height.max(reason_height)) + 4.0;
            html! { tr {
                td { b { (name) } }
                td { @for svg in Svg::all(chart::strip(row)).iter().take(1) { (svg.sized(100.0, Some(tall))) } }
                td { (level) }
                td { (reason) }
            } }
        })
        .collect();
    let mut block = Block {
        markup: html! { div.table { table style="width:515pt;font-size:9pt;line-height:1.35" {
            @for wide in [140, 110, 50, 215] { col style=(format!("width:{wide}pt")); }
            tbody { @for line in &lines { (line) } }
        } } },
        height,
        whole: true,
    };
    if !calm.is_empty() {
        let names: Vec<&str> = calm.iter().map(|row| row.organisation.as_str()).collect();
        block = block.below(2.0, Block::text(&format!("Level 1: {}.", names.join(", ")), BODY, WHOLE));
    }
    if pressed.len() > most.rows { block.below(2.0, more(pressed.len() - most.rows, WHOLE, view)) } else { block }
}

/// A table in a column if it fits, or else across the paper; what has no room is counted.
fn table(table: &Table, most: Most, view: &View) -> Block {
    const SIZE: f64 = 8.5;
    // that a feed is out of date its freshness says
    let mut table = table.for_people().without(&["past_year", "stale", "named"]);
    let all = table.rows.len();
    table.rows.truncate(most.rows);
    if table.headers.is_empty() || table.rows.is_empty() {
        let text = if table.headers.is_empty() { "" } else { "No rows." };
        return Block::text(text, SMALL, COLUMN);
    }
    let said = |cell: Option<&Cell>| match cell {
        Some(Cell::Text(text)) => text.chars().take(LETTERS / 10).collect(),
        Some(Cell::Number(_, said)) => said.clone(),
        Some(Cell::Missing) | None => words::MISSING.to_owned(),
    };
    let columns = table.headers.len();
    let heads: Vec<String> = table.headers.iter().map(|h| chart::sentence(&words::page(h))).collect();
    let cells: Vec<Vec<String>> = table.rows.iter().map(|r| (0..columns).map(|i| said(r.get(i))).collect()).collect();
    let right: Vec<bool> = (0..columns)
        .map(|i| table.rows.iter().all(|r| matches!(r.get(i), Some(Cell::Number(..) | Cell::Missing))))
        .collect();
    let wide = |text: &str, size: f64| chart::width(text, size) + 7.0;
    let texts = |i: usize| cells.iter().map(move |r| (r[i].as_str(), SIZE)).chain([(heads[i].as_str(), SMALL)]);
    let most = |i: usize, parts: fn(&str) -> Vec<&str>| {
        texts(i).flat_map(|(text, size)| parts(text).into_iter().map(move |part| wide(part, size))).fold(0.0, f64::max)
    };
    // as wide as what stands in it, a number with its unit; a heading may break
    let mut widths: Vec<f64> = (0..columns)
        .map(|i| {
            cells.iter().map(|r| wide(&r[i], SIZE)).fold(0.0, f64::max).max(most(i, |text| text.split(' ').collect()))
        })
        .collect();
    let least: Vec<f64> = (0..columns)
        .map(|i| if right[i] { widths[i] } else { most(i, |text| text.split(' ').collect()).min(90.0) })
        .collect();
    let natural: f64 = widths.iter().sum();
    let width = if natural <= COLUMN { COLUMN } else { WHOLE };
    // the widest columns of words give way first
    while widths.iter().sum::<f64>() > width {
        let widest = (0..columns).filter(|i| widths[*i] > least[*i]).max_by(|a, b| widths[*a].total_cmp(&widths[*b]));
        let Some(i) = widest else { break };
        widths[i] = (widths[i] - 4.0).max(least[i]);
    }
    // more columns than the paper is wide are all as narrow as they must be
    let sum: f64 = widths.iter().sum();
    if sum > width {
        widths.iter_mut().for_each(|w| *w *= width / sum);
    }
    let line = |texts: &[String], size: f64| {
        let texts: Vec<(String, f64)> =
            texts.iter().zip(&widths).map(|(text, w)| cut(text, size, (w - 6.0).max(8.0), 6)).collect();
        let height = texts.iter().map(|t| t.1).fold(size * LINE, f64::max) + 4.0;
        (texts, height)
    };
    let (heads, mut height) = line(&heads, SMALL);
    let lines: Vec<(Vec<(String, f64)>, f64)> = cells.iter().map(|r| line(r, SIZE)).collect();
    height += lines.iter().map(|l| l.1).sum::<f64>();
    let class = |i: usize| right[i].then_some("r");
    let markup = html! { div.table { table style=(format!("width:{}pt", widths.iter().sum::<f64>().round())) {
        @for w in &widths { col style=(format!("width:{w:.0}pt")); }
        thead { tr { @for (i, (head, _)) in heads.iter().enumerate() { th.r[right[i]] scope="col" { (head) } } } }
        tbody { @for (cells, _) in &lines { tr { @for (i, (cell, _)) in cells.iter().enumerate() { td class=[class(i)] { (cell) } } } } }
    } } };
    let block = Block { markup, height, whole: width > COLUMN };
    if all > table.rows.len() { block.below(2.0, more(all - table.rows.len(), width, view)) } else { block }
}

/// A chart in a column, or else across the paper, wherever its letters are large enough; or else its table.
fn figure(markup: Markup, picture: &Picture, most: Most, view: &View) -> Block {
    let charts = Svg::all(markup);
    for width in [COLUMN, WHOLE] {
        for svg in &charts {
            // no larger than it was drawn to be
            let scale = (width / svg.wide).min(1.0);
            let high = svg.high * scale;
            if svg.least * scale >= SMALL - 0.05 && high < HEIGHT * 0.8 {
                return Block { markup: svg.sized(svg.wide * scale, None), height: high, whole: width > COLUMN };
            }
        }
    }
    table_of(picture).map_or_else(|| Block::text("", BODY, COLUMN), |t| table(&t, most, view))
}

/// A drawing as text, with its own size and that of its smallest letters.
struct Svg {
    text: String,
    wide: f64,
    high: f64,
    least: f64,
}

impl Svg {
    fn all(markup: Markup) -> Vec<Svg> {
        let text = markup.into_string();
        text.split_inclusive("</svg>").filter_map(|part| Svg::read(part.get(part.find("<svg")?..)?)).collect()
    }

    fn read(text: &str) -> Option<Svg> {
        fn after<'a>(text: &'a str, mark: &'static str) -> impl Iterator<Item = &'a str> {
            text.split(mark).skip(1).filter_map(|rest| rest.split('"').next())
        }
        let size: Vec<f64> = after(text, "viewBox=\"").next()?.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [_, _, wide, high] = size[..] else { return None };
        let least = after(text, "font-size=\"").filter_map(|n| n.parse().ok()).fold(f64::INFINITY, f64::min);
        // paper leads nowhere
        let parts = text.split("<a ").enumerate();
        let unlinked =
            parts.map(|(i, part)| if i == 0 { part } else { part.split_once('>').map_or("", |(_, rest)| rest) });
        let text = unlinked.collect::<String>().replace("</a>", "").replace("role=\"group\"", "role=\"img\"");
        (wide > 0.0).then_some(Svg { text, wide, high, least })
    }

    /// So wide, and as high as its shape makes it unless that is said.
    fn sized(&self, width: f64, height: Option<f64>) -> Markup {
        let height = height.map_or(String::new(), |h| format!(";height:{h}pt"));
        PreEscaped(self.text.replacen("<svg", &format!("<svg style=\"width:{width:.1}pt{height}\""), 1))
    }
}
