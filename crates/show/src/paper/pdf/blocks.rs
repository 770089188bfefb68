//! A panel as blocks: its heading, what it says, its charts as vectors, and tables where a chart would be too small.

use super::super::{LETTERS, Most, table_of};
use super::ink::{Block, Ink, Part, Role};
use super::letters::{Letters, Style, Weight};
use super::{COLUMN, WHOLE};
use crate::number::count;
use crate::table::{Cell, Table};
use crate::view::*;
use crate::{chart, twin, words};
use maud::Markup;
use std::rc::Rc;

pub(super) const INK: u32 = 0x212b32;
pub(super) const SECOND: u32 = 0x4c6272;
pub(super) const LINE: u32 = 0xaeb7bd;
pub(super) const BLUE: u32 = 0x005eb8;

pub(super) const BODY: Style = Style { weight: Weight::Regular, size: 9.0, colour: INK };
pub(super) const SMALL: Style = Style { weight: Weight::Regular, size: LEAST, colour: SECOND };
pub(super) const STRONG: Style = Style { weight: Weight::Semibold, size: 9.0, colour: INK };
const HEAD: Style = Style { weight: Weight::Bold, size: 12.0, colour: INK };

/// Nothing is set smaller, in points.
pub(super) const LEAST: f32 = 8.0;

/// Makes blocks for one paper.
pub(super) struct Maker<'a> {
    pub letters: &'a Letters<'a>,
    pub options: &'a usvg::Options<'a>,
    /// Where the rest is read.
    pub address: &'a str,
    /// How much of a panel there is room for.
    pub most: Most,
}

impl Maker<'_> {
    /// A paragraph of at most sixteen lines; if it is longer, it says where all of it is read.
    pub fn paragraph(&self, text: &str, style: Style, width: f32, role: Role) -> Block {
        self.within(16, text, style, width, role)
    }

    /// A paragraph of at most so many lines; what is left out is told by "…".
    pub fn within(&self, most: usize, text: &str, style: Style, width: f32, role: Role) -> Block {
        let plain = self.letters.plain(&words::quoted(&text.chars().take(LETTERS).collect::<String>()));
        let mut lines = self.letters.lines(&plain, style, width);
        if lines.len() > most || text.chars().nth(LETTERS).is_some() {
            lines.truncate(most);
            let end = if most > 8 { "… (all of it at the address)" } else { "…" };
            let room = width - self.letters.width(end, style);
            if let Some(last) = lines.last_mut() {
                while !last.is_empty() && self.letters.width(last, style) > room {
                    last.pop();
                }
                *last += end;
            }
        }
        let mut ink = Vec::new();
        let mut y = 0.0;
        for line in lines {
            ink.push(Ink::Text { x: 0.0, y: y + style.size, text: line + " ", style });
            y += style.leading();
        }
        let parts = if ink.is_empty() { vec![] } else { vec![Part::Group(role, vec![Part::Read(ink)])] };
        Block { height: y, whole: width > COLUMN, parts }
    }

    /// A panel's blocks; the first carries its heading. A panel with nothing to read on paper (a form) has none.
    pub fn panel(&self, panel: &Panel) -> Vec<Block> {
        let make = |width| {
            let mut blocks = Vec::new();
            panel.pictures.iter().for_each(|picture| self.picture(picture, panel, width, &mut blocks));
            blocks
        };
        let mut blocks: Vec<Block> = make(COLUMN);
        if blocks.iter().any(|b| b.whole) {
            // words beside a picture across the paper go across as well
            blocks = make(WHOLE);
        }
        if blocks.is_empty() {
            return blocks;
        }
        let first = blocks.remove(0);
        let width = if first.whole { WHOLE } else { COLUMN };
        let title = if panel.title.is_empty() { &panel.id } else { &panel.title };
        let mut head = self.paragraph(title, HEAD, width, Role::Heading(2, self.letters.plain(title)));
        if !panel.note.is_empty() {
            head = head.below(1.0, self.paragraph(&panel.note, SMALL, width, Role::Paragraph));
        }
        blocks.insert(0, head.below(5.0, first));
        blocks
    }

    fn picture(&self, picture: &Picture, panel: &Panel, width: f32, blocks: &mut Vec<Block>) {
        let mut drawn: Vec<Block> = Vec::new();
        match picture {
            Picture::Form(_) | Picture::Acts(_) => {}
            Picture::Sentences(_) | Picture::Running(_) | Picture::Vote(_) => {
                let said = picture.sentences();
                drawn.extend(said.iter().map(|text| self.paragraph(text, BODY, width, Role::Paragraph)));
            }
            Picture::Wording(shown) => drawn.extend(super::super::clauses(shown).into_iter().map(|(name, texts)| {
                let title = self.paragraph(&name, STRONG, width, Role::Paragraph);
                let text = |text: &String| self.paragraph(text, BODY, width, Role::Paragraph);
                texts.iter().map(text).fold(title, |above, text| above.below(1.0, text))
            })),
            Picture::Words(paragraphs) => {
                drawn.extend(paragraphs.iter().map(|text| self.paragraph(text, BODY, width, Role::Paragraph)));
            }
            Picture::State(state) => {
                let title = self.paragraph(&state.title, STRONG, width, Role::Paragraph);
                let text = self.paragraph(&state.text, BODY, width, Role::Paragraph);
                let command = self.paragraph(&state.command, STRONG, width, Role::Paragraph);
                drawn.push(title.below(1.0, text).below(1.0, command));
            }
            Picture::Measures(measures) => {
                let ranked = twin::by_signal(measures);
                let changed = ranked.iter().take_while(|m| m.series.signal() != Signal::Ordinary).count();
                let (drawable, others) = ranked.split_at(changed.min(self.most.cards));
                drawn.extend(drawable.iter().map(|m| self.card(m)));
                // What is as usual needs no line of its own where something changed.
                let usual = others.iter().filter(|m| m.series.signal() == Signal::Ordinary).count();
                let all = changed == 0 || usual == 0;
                let others: Vec<Measure> = others
                    .iter()
                    .filter(|m| all || m.series.signal() != Signal::Ordinary)
                    .map(|m| (*m).clone())
                    .collect();
                if !all {
                    let text = format!(
                        "{} {} as usual.",
                        crate::number::plural(usual, "other"),
                        if usual == 1 { "is" } else { "are" }
                    );
                    drawn.push(self.paragraph(&text, BODY, width, Role::Paragraph));
                }
                if !others.is_empty() {
                    drawn.extend(Picture::Measures(others).table().map(|t| {
                        // the finding says the signal, and why there is no value
                        self.table(&t.without(&["sector", "mean", "signal", "missing"]))
                    }));
                }
            }
            Picture::Pressure(rows) => drawn.push(self.pressure(rows)),
            Picture::Ways(ways) => {
                let (few, rest) = ways.split_at(ways.len().min(6));
                drawn.extend(few.iter().map(|way| self.way(way)));
                if !rest.is_empty() {
                    drawn.push(self.more(rest.len(), COLUMN));
                }
            }
            Picture::Chart(m) => drawn.push(self.figure(chart::spc_wide(&m.series), picture)),
            Picture::Flow(flow) => drawn.push(self.figure(chart::flow(flow), picture)),
            Picture::Heat(heat) => drawn.push(self.figure(chart::heat(heat), picture)),
            Picture::Intervals(shown) => drawn.push(self.figure(chart::intervals(shown), picture)),
            Picture::Way(way) => drawn.push(self.figure(chart::way(way), picture)),
            Picture::Map(map) => drawn.push(self.figure(chart::map(map), picture)),
            Picture::Funnel(funnel) => drawn.push(self.figure(chart::funnel(funnel), picture)),
            Picture::Dots(dots) => drawn.push(self.figure(chart::in_100(dots), picture)),
            Picture::Fan(fan) => drawn.push(self.figure(chart::fan(fan), picture)),
            Picture::Fans(all) => drawn.extend(all.iter().map(|fan| {
                let said = format!("{}: {} {}", fan.title, fan.figure.say(), fan.note);
                let title = self.paragraph(said.trim_end(), STRONG, COLUMN, Role::Paragraph);
                title.below(2.0, self.figure(chart::fan_small(fan), picture))
            })),
            Picture::Differences(shown) => drawn.push(self.figure(chart::differences_on_paper(shown), picture)),
            Picture::Tornado(shown) => drawn.push(self.figure(chart::tornado(shown), picture)),
            Picture::Pyramid(shown) => drawn.push(self.figure(chart::pyramid(shown), picture)),
            Picture::Growth(shown) => drawn.push(self.figure(chart::growth(shown), picture)),
            Picture::Week(shown) => drawn.extend(shown.stills.iter().take(2).map(|hour| {
                let when = shown.hours.get(*hour).map_or("", String::as_str);
                self.paragraph(when, STRONG, WHOLE, Role::Paragraph)
                    .below(2.0, self.figure(chart::still_on_paper(shown, *hour), picture))
            })),
            Picture::Trust(shown) => drawn.push(self.figure(chart::trust(shown), picture)),
            Picture::Money(shown) => {
                for chart in &shown.charts() {
                    if chart.groups.iter().any(|g| !g.1.is_empty()) {
                        drawn.push(self.figure(chart::against(chart, "promised"), picture));
                    }
                }
            }
            Picture::Expected(shown) => {
                let text = |words: &str| self.paragraph(words, BODY, COLUMN, Role::Paragraph);
                let row =
                    |row| text(&crate::Prediction::say(row)).below(2.0, self.figure(chart::expected(row), picture));
                drawn.extend(shown.rows.iter().map(row));
                drawn.extend(shown.bells.iter().map(|bell| text(&bell.say())));
            }
            Picture::Stages(_)
            | Picture::Choices(_)
            | Picture::Schedule(_)
            | Picture::Ties(_)
            | Picture::Ground(_)
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
            | Picture::Notes(_) => {
                drawn.extend(table_of(picture).map(|t| self.table(&t)));
            }
        }
        // what it says stands above it, unless the heading has just said so
        let said = matches!(
            picture,
            Picture::Words(_)
                | Picture::State(_)
                | Picture::Ways(_)
                | Picture::Fans(_)
                | Picture::Sentences(_)
                | Picture::Running(_)
                | Picture::Vote(_)
        );
        let texts = if said { vec![] } else { panel.said_of(picture) };
        if let (Some(first), false) = (drawn.first_mut(), texts.is_empty()) {
            let width = if first.whole { WHOLE } else { COLUMN };
            let text = self.paragraph(&texts.join(". ").replace(".. ", ". "), BODY, width, Role::Paragraph);
            *first = text.below(4.0, std::mem::take(first));
        }
        blocks.extend(drawn.into_iter().filter(|b| !b.parts.is_empty()));
    }

    /// A chart in a column, or else across the paper, wherever its letters are large enough; or else its table.
    fn figure(&self, markup: Markup, picture: &Picture) -> Block {
        let charts = self.charts(markup);
        for width in [COLUMN, WHOLE] {
            for chart in &charts {
                let scale = width / chart.tree.size().width();
                // no larger than it was drawn to be
                let scale = scale.min(1.0);
                if chart.least * scale >= LEAST - 0.05 {
                    return chart.block(scale, width);
                }
            }
        }
        table_of(picture).map_or_else(Block::default, |t| self.table(&t))
    }

    /// The pictures in a piece of a page, those that can be drawn.
    fn charts(&self, markup: Markup) -> Vec<Chart> {
        // letters that the typeface lacks would be boxes
        // and a space at the start of a span would be lost
        let mut text = self.letters.plain(&markup.into_string());
        let spans: Vec<usize> =
            text.match_indices("<tspan").filter_map(|(i, _)| Some(i + text[i..].find("> ")? + 1)).collect();
        for at in spans.into_iter().rev() {
            let opens = text[..at].rfind('<').is_some_and(|i| text[i..].starts_with("<tspan"));
            if opens {
                text.replace_range(at..=at, "\u{a0}");
            }
        }
        text.split_inclusive("</svg>").filter_map(|svg| Chart::read(svg.get(svg.find("<svg")?..)?, self)).collect()
    }

    fn card(&self, m: &Measure) -> Block {
        let title = self.paragraph(&m.series.title, STRONG, COLUMN - 90.0, Role::Paragraph);
        let said = m.latest.say();
        let style = Style { weight: Weight::Bold, size: 13.0, colour: INK };
        let words = self.letters.plain(&said);
        let x = COLUMN - self.letters.width(&words, style);
        let value = Ink::Text { x, y: 11.0, text: words, style };
        let mut card = Block { height: title.height.max(14.0), ..title };
        card.parts.push(Part::Group(Role::Paragraph, vec![Part::Read(vec![value])]));
        card.parts
            .insert(0, Part::Decoration(vec![Ink::Box { x: 0.0, y: -4.0, width: COLUMN, height: 1.2, colour: INK }]));
        let space = Block { height: 5.0, ..Block::default() };
        let card = space.below(0.0, card).below(1.0, self.beside_rings(&m.series, &m.sentence));
        let Some(chart) = self.charts(chart::spc(&m.series)).into_iter().next() else { return card };
        card.below(3.0, chart.block(COLUMN / chart.tree.size().width(), COLUMN))
    }

    /// A sentence with the two rings of its measure at the right.
    fn beside_rings(&self, series: &Series, sentence: &str) -> Block {
        const RING: f32 = 22.0;
        let mut block = self.paragraph(sentence, BODY, COLUMN - 2.0 * RING - 10.0, Role::Paragraph);
        let rings = [chart::variation(series), chart::assurance(series)].into_iter().flat_map(|r| self.charts(r));
        for (i, ring) in rings.enumerate() {
            let x = COLUMN - (2 - i) as f32 * (RING + 2.0);
            block.parts.extend(ring.stretched(RING, RING).parts.into_iter().map(|p| p.moved(x, 1.0)));
        }
        block.height = block.height.max(RING + 2.0);
        block
    }

    fn way(&self, way: &Way) -> Block {
        let share = way.share.map_or(String::new(), |s| format!(", {} of journeys", crate::Unit::Percent.say(s)));
        let block = self
            .paragraph(&way.name, STRONG, COLUMN, Role::Paragraph)
            .below(1.0, self.paragraph(&format!("{}{share}", way.journeys.say()), SMALL, COLUMN, Role::Paragraph));
        let block = match self.charts(chart::ribbon_of(way)).into_iter().next() {
            Some(ribbon) => block.below(3.0, ribbon.stretched(COLUMN, 10.0)),
            None => block,
        };
        block.below(2.0, self.paragraph(&way.sentence, BODY, COLUMN, Role::Paragraph))
    }

    /// Each organisation with its days as bars, its level and its reason.
    fn pressure(&self, rows: &[Pressure]) -> Block {
        // Those under no pressure need no line of their own.
        let calm = |row: &&Pressure| row.level.value.is_some_and(|level| level < 2.0);
        let (calm, pressed): (Vec<&Pressure>, Vec<&Pressure>) =
            if rows.len() > 6 { rows.iter().partition(calm) } else { (Vec::new(), rows.iter().collect()) };
        let lines = pressed.iter().take(self.most.rows).map(|row| {
            let strip = self.charts(chart::strip(row)).into_iter().next();
            let level = row.level.value.map_or_else(|| row.level.say(), |v| format!("level {v}"));
            let declares = crate::page::declares(row).into_iter();
            let reason: Vec<String> =
                Some(row.reason.clone()).filter(|r| !r.is_empty()).into_iter().chain(declares).collect();
            let reason = reason.join("; ");
            let cells = [
                (0.0, self.paragraph(&row.organisation, STRONG, 140.0, Role::Cell)),
                (270.0, self.paragraph(&level, STRONG, 60.0, Role::Cell)),
                (330.0, self.paragraph(&reason, BODY, WHOLE - 330.0, Role::Cell)),
            ];
            let least = if row.declared.is_empty() { 0.0 } else { 19.0 };
            let height = cells.iter().map(|(_, cell)| cell.height).fold(least, f32::max);
            let place = |(x, cell): (f32, Block)| cell.parts.into_iter().map(move |p| p.moved(x, 0.0));
            let mut parts: Vec<Part> = cells.into_iter().flat_map(place).collect();
            if let Some(strip) = strip {
                let figure = strip
                    .stretched(100.0, if row.declared.is_empty() { 11.0 } else { 19.0 })
                    .parts
                    .into_iter()
                    .map(|p| p.moved(150.0, 1.0))
                    .collect();
                parts.insert(1, Part::Group(Role::Cell, figure));
            }
            Block { height: height + 2.5, whole: true, parts: vec![Part::Group(Role::Row, parts)] }
        });
        let mut block = Block::default();
        for line in lines {
            block = block.below(0.0, line);
        }
        block.parts = vec![Part::Group(Role::Table, block.parts)];
        if !calm.is_empty() {
            let names: Vec<&str> = calm.iter().map(|row| row.organisation.as_str()).collect();
            let text = format!("Level 1: {}.", names.join(", "));
            block = block.below(2.0, self.paragraph(&text, BODY, WHOLE, Role::Paragraph));
        }
        if pressed.len() > self.most.rows {
            block.below(2.0, self.more(pressed.len() - self.most.rows, WHOLE))
        } else {
            block
        }
    }

    fn more(&self, rows: usize, width: f32) -> Block {
        let text = format!("… {} more at {}", count(rows as u64), self.address);
        self.paragraph(&text, SMALL, width, Role::Paragraph)
    }

    /// A table in a column if it fits, or else across the paper; what has no room is counted.
    pub fn table(&self, table: &Table) -> Block {
        // a row of block letters is not in the typeface, and that a feed is out of date its freshness says
        let mut table = table.for_people().without(&["past_year", "stale", "named"]);
        let all = table.rows.len();
        table.rows.truncate(self.most.rows);
        let columns = table.headers.len();
        if columns == 0 {
            return Block::default();
        }
        if table.rows.is_empty() {
            return self.paragraph("No rows.", SMALL, COLUMN, Role::Paragraph);
        }
        let head = Style { weight: Weight::Semibold, size: LEAST, colour: SECOND };
        let body = Style { size: if columns > 5 { LEAST } else { 8.5 }, ..BODY };
        let said = |cell: Option<&Cell>| match cell {
            Some(Cell::Text(text)) => self.letters.plain(&text.chars().take(LETTERS / 10).collect::<String>()),
            Some(Cell::Number(_, said)) => self.letters.plain(said),
            Some(Cell::Missing) | None => "·".to_owned(),
        };
        let heads: Vec<String> =
            table.headers.iter().map(|h| self.letters.plain(&chart::sentence(&crate::words::page(h)))).collect();
        let texts: Vec<Vec<String>> =
            table.rows.iter().map(|r| (0..columns).map(|i| said(r.get(i))).collect()).collect();
        let number = |i: usize| {
            let mut known = table.rows.iter().filter_map(|r| r.get(i)).filter(|c| **c != Cell::Missing).peekable();
            known.peek().is_some() && known.all(|c| matches!(c, Cell::Number(..)))
        };
        let right: Vec<bool> = (0..columns).map(number).collect();

        // a column wants its longest text, and needs its longest word (a number, all of itself)
        let widest = |i: usize, whole: bool| {
            let measure = |text: &str, style: Style| {
                let words: Vec<&str> = if whole { vec![text] } else { text.split(' ').collect() };
                words.into_iter().map(|w| self.letters.width(w, style)).fold(0.0, f32::max)
            };
            let cells = texts.iter().map(|row| {
                let text = row.get(i).map_or("", String::as_str);
                if right[i] { self.letters.width(text, body) } else { measure(text, body) }
            });
            cells.fold(measure(&heads[i], head), f32::max) + 0.5
        };
        let needs: Vec<f32> = (0..columns).map(|i| widest(i, false)).collect();
        let wants: Vec<f32> = (0..columns).map(|i| widest(i, true).min(190.0).max(needs[i])).collect();
        const BETWEEN: f32 = 8.0;
        let gaps = BETWEEN * (columns - 1) as f32;
        let width = if wants.iter().sum::<f32>() * 0.8 + gaps <= COLUMN && needs.iter().sum::<f32>() + gaps <= COLUMN {
            COLUMN
        } else {
            WHOLE
        };
        let room = (width - gaps).max(1.0);
        let (need, want): (f32, f32) = (needs.iter().sum(), wants.iter().sum());
        let widths: Vec<f32> = if want <= room {
            wants
        } else if need <= room {
            let part = (room - need) / (want - need);
            needs.iter().zip(&wants).map(|(n, w)| n + (w - n) * part).collect()
        } else {
            needs.iter().map(|n| n * room / need).collect()
        };

        let row = |cells: &[String], style: Style, role: &Role| {
            let (mut parts, mut x, mut height) = (Vec::new(), 0.0, 0.0f32);
            for (i, text) in cells.iter().enumerate() {
                let lines = self.letters.lines(text, style, widths[i]);
                let mut ink = Vec::new();
                for (k, line) in lines.into_iter().enumerate() {
                    let by = if right[i] { widths[i] - self.letters.width(&line, style) } else { 0.0 };
                    let y = k as f32 * style.size * 1.25 + style.size;
                    ink.push(Ink::Text { x: x + by, y, text: line + " ", style });
                    height = height.max(y);
                }
                parts.push(Part::Group(role.clone(), if ink.is_empty() { vec![] } else { vec![Part::Read(ink)] }));
                x += widths[i] + BETWEEN;
            }
            Block { height: height + 3.0, whole: width > COLUMN, parts: vec![Part::Group(Role::Row, parts)] }
        };
        let used = widths.iter().sum::<f32>() + gaps;
        let mut block = row(&heads, head, &Role::Head);
        let mut rules = Vec::new();
        for cells in &texts {
            rules.push(Ink::Box { x: 0.0, y: block.height + 1.0, width: used, height: 0.5, colour: LINE });
            block = block.below(3.0, row(cells, body, &Role::Cell));
        }
        block.parts = vec![Part::Decoration(rules), Part::Group(Role::Table, block.parts)];
        if all > table.rows.len() { block.below(2.0, self.more(all - table.rows.len(), width)) } else { block }
    }
}

/// A chart that can be drawn: its vectors, its words for those who do not see it, and its smallest letters.
struct Chart {
    tree: Rc<usvg::Tree>,
    alt: String,
    least: f32,
}

impl Chart {
    fn read(svg: &str, maker: &Maker) -> Option<Chart> {
        let document = usvg::roxmltree::Document::parse(svg).ok()?;
        let root = document.root_element();
        let own = |name: &str| root.children().find(|n| n.has_tag_name(("http://www.w3.org/2000/svg", name)));
        let words: Vec<&str> = [own("title"), own("desc")].into_iter().flatten().filter_map(|n| n.text()).collect();
        let alt = if words.is_empty() {
            root.attribute("aria-label").unwrap_or_default().to_owned()
        } else {
            words.join(". ")
        };
        let tree = usvg::Tree::from_xmltree(&document, maker.options).ok()?;
        let mut least = f32::INFINITY;
        smallest(tree.root(), &mut least);
        Some(Chart { tree: Rc::new(tree), alt, least })
    }

    /// Drawn at a scale, in the middle of `width`.
    fn block(&self, scale: f32, width: f32) -> Block {
        let size = self.tree.size();
        let mut block = self.stretched(size.width() * scale, size.height() * scale);
        block.whole = width > COLUMN;
        block
    }

    /// Drawn in a box of this size, whatever its own.
    fn stretched(&self, width: f32, height: f32) -> Block {
        let tree = self.tree.clone();
        let ink = vec![Ink::Picture { x: 0.0, y: 0.0, width, height, tree }];
        let part = if self.alt.is_empty() {
            Part::Decoration(ink)
        } else {
            Part::Group(Role::Figure(self.alt.clone()), vec![Part::Read(ink)])
        };
        Block { height, whole: false, parts: vec![part] }
    }
}

/// The size of the smallest letters, in the picture's own units.
fn smallest(group: &usvg::Group, least: &mut f32) {
    for node in group.children() {
        match node {
            usvg::Node::Group(inner) => smallest(inner, least),
            usvg::Node::Text(text) => {
                let (_, scale) = text.abs_transform().get_scale();
                for span in text.chunks().iter().flat_map(|c| c.spans()) {
                    *least = least.min(span.font_size().get() * scale);
                }
            }
            usvg::Node::Path(_) | usvg::Node::Image(_) => {}
        }
    }
}
