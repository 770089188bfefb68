//! The paper as PDF, tagged for every reader: headings, paragraphs, tables, and figures with their words.

mod blocks;
mod ink;
mod letters;

pub use letters::Fonts;

use super::{MOST, Most, SIDES, address, foot as foot_words, in_order, left_out};
use crate::view::{Picture, View};
use blocks::{BLUE, BODY, INK, LINE, Maker, SECOND, SMALL, STRONG};
use ink::{Block, Ink, Part, Role};
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::{Node, TagTree};
use krilla::{Document, SerializeSettings};
use letters::{Letters, Style, Weight};
use std::sync::Arc;

/// A4 in points.
const PAPER: (f32, f32) = (595.28, 841.89);
const EDGE: f32 = 40.0;
/// Between columns.
const GAP: f32 = 20.0;
const WHOLE: f32 = PAPER.0 - 2.0 * EDGE;
const COLUMN: f32 = (WHOLE - GAP) / 2.0;
/// Between blocks of a panel, and between panels.
const NEAR: f32 = 10.0;
const FAR: f32 = 18.0;

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// A font file cannot be read.
    #[error("cannot read the typeface of weight {weight}")]
    Font {
        /// 400, 600 or 700.
        weight: u16,
    },
    /// A picture cannot be drawn.
    #[error("cannot draw a chart on paper")]
    Picture,
    /// The file cannot be written as the standard asks.
    #[error("cannot write the paper: {0}")]
    Write(String),
}

/// The view as a PDF of one or two sides.
///
/// # Errors
/// When a font cannot be read, or a chart or the file cannot be written.
pub fn pdf(view: &View, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let view = &in_order(view);
    let letters = Letters::new(fonts)?;
    let mut options = usvg::Options { font_family: "Inter".to_owned(), ..usvg::Options::default() };
    // our own files and no other, so that every machine writes the same paper
    let database = Arc::make_mut(&mut options.fontdb);
    for bytes in [fonts.regular, fonts.semibold, fonts.bold].iter().chain(fonts.others) {
        database.load_font_data(bytes.to_vec());
    }
    let address = address(view);
    let maker = Maker { letters: &letters, options: &options, address: &address, most: MOST[0] };
    let head = head(view, &maker);
    let foot = foot(view, &maker);
    let bottom = PAPER.1 - 26.0 - foot.height;
    let note = |left: &[usize]| maker.paragraph(&left_out(view, left), STRONG, WHOLE, Role::Paragraph);
    let lay = |most: Most| {
        let maker = Maker { most, ..maker };
        let panels: Vec<Vec<Block>> = view.panels.iter().map(|p| maker.panel(p)).collect();
        // again with room to name what is left out, until that is enough
        let mut reserve = 0.0;
        loop {
            let sheet = Sheet::new(&head, &panels, [bottom, bottom - reserve]);
            let need = if sheet.left.is_empty() { 0.0 } else { note(&sheet.left).height + NEAR };
            if need <= reserve {
                return sheet;
            }
            reserve = need;
        }
    };
    // as much as leaves room for everything; else as little as leaves out fewest
    let mut sheet = lay(MOST[0]);
    let draws = view.panels.iter().flat_map(|p| &p.pictures).any(|p| matches!(p, Picture::Measures(_)));
    for pair in MOST.windows(2).filter(|pair| draws || pair[0].rows != pair[1].rows) {
        if sheet.left.is_empty() {
            break;
        }
        let other = lay(pair[1]);
        if other.left.len() < sheet.left.len() {
            sheet = other;
        }
    }
    if !sheet.left.is_empty() {
        let note = note(&sheet.left);
        sheet.placed.push((sheet.side, (EDGE, bottom - note.height), note));
    }
    write(view, &letters, sheet, &foot)
}

/// Place, week, title, lede and facts.
fn head(view: &View, maker: &Maker) -> Block {
    let title = [30.0, 27.0, 24.0, 22.0].map(|size| Style { weight: Weight::Bold, size, colour: INK });
    let plain = maker.letters.plain(&view.title);
    let short = |style: &&Style| maker.letters.lines(&plain, **style, WHOLE).len() <= 2;
    let title = title.iter().find(short).copied().unwrap_or(title[3]);
    let rule = Ink::Box { x: 0.0, y: 14.0, width: WHOLE, height: 2.0, colour: BLUE };
    let mut block = maker.within(1, &view.place_name, STRONG, WHOLE * 0.45, Role::Paragraph);
    block.parts.push(Part::Decoration(vec![rule]));
    for (gap, most, text, style, role) in [
        (12.0, 2, &view.over, BODY, Role::Paragraph),
        (2.0, 4, &view.title, title, Role::Heading(1, plain.clone())),
        (6.0, 6, &view.lede, Style { size: 10.5, ..BODY }, Role::Paragraph),
    ] {
        if !text.is_empty() {
            block = block.below(gap, maker.within(most, text, style, WHOLE, role));
        }
    }
    let each = WHOLE / view.facts.len().clamp(1, 4) as f32;
    for row in view.facts.chunks(4) {
        let mut line = Block::default();
        for (i, fact) in row.iter().enumerate() {
            // a number is never cut: a long one is smaller
            let said = maker.letters.plain(&fact.figure.say());
            let size = [17.0, 11.0, blocks::LEAST].map(|size| Style { weight: Weight::Bold, size, colour: INK });
            let fits = |style: &&Style| {
                let words = said.split(' ').map(|word| maker.letters.width(word, **style)).fold(0.0, f32::max);
                (fact.figure.value.is_some() || style.size < 17.0) && words <= each - 22.0
            };
            let large = size.iter().find(fits).copied().unwrap_or(size[2]);
            let told = maker
                .within(2, &fact.title, SMALL, each - 22.0, Role::Paragraph)
                .below(1.0, maker.paragraph(&said, large, each - 22.0, Role::Paragraph))
                .below(0.0, maker.within(2, &fact.note, SMALL, each - 22.0, Role::Paragraph));
            let bar = Ink::Box { x: 0.0, y: 0.0, width: 1.5, height: told.height, colour: BLUE };
            let x = i as f32 * each;
            line.height = line.height.max(told.height);
            line.parts.push(Part::Decoration(vec![bar]).moved(x, 0.0));
            line.parts.extend(told.parts.into_iter().map(|p| p.moved(x + 9.0, 0.0)));
        }
        block = block.below(14.0, line);
    }
    for (i, said) in super::signals(view).iter().enumerate() {
        let gap = if i == 0 { 12.0 } else { 1.0 };
        block = block.below(gap, maker.within(2, said, STRONG, WHOLE, Role::Paragraph));
    }
    Block { whole: true, ..block }
}

/// The same words on every side.
fn foot(view: &View, maker: &Maker) -> Block {
    maker.within(5, &foot_words(view), SMALL, WHOLE, Role::Paragraph)
}

/// Where every block stands.
struct Sheet {
    /// Side, corner, block; in reading order.
    placed: Vec<(usize, (f32, f32), Block)>,
    /// Panels that had no room, or not for all of them.
    left: Vec<usize>,
    side: usize,
    y: f32,
    /// Of each side.
    bottom: [f32; SIDES],
}

impl Sheet {
    fn new(head: &Block, panels: &[Vec<Block>], bottom: [f32; SIDES]) -> Sheet {
        let mut sheet = Sheet { placed: Vec::new(), left: Vec::new(), side: 0, y: EDGE - 6.0, bottom };
        sheet.placed.push((0, (EDGE, sheet.y), head.clone()));
        sheet.y += head.height;
        // blocks of a column wait until the next that needs the whole width, then share the two columns
        let mut waiting: Vec<(usize, f32, &Block)> = Vec::new();
        for (at, blocks) in panels.iter().enumerate() {
            for (i, block) in blocks.iter().enumerate() {
                let gap = if i == 0 { FAR } else { NEAR };
                if block.whole {
                    sheet.columns(&mut waiting);
                    sheet.across(at, gap, block);
                } else {
                    waiting.push((at, gap, block));
                }
            }
        }
        sheet.columns(&mut waiting);
        sheet
    }

    fn top(side: usize) -> f32 {
        if side == 0 { EDGE - 6.0 } else { EDGE + 10.0 }
    }

    fn next_side(&mut self) -> bool {
        let more = self.side + 1 < SIDES;
        if more {
            self.side += 1;
            self.y = Sheet::top(self.side) - FAR;
        }
        more
    }

    fn leave(&mut self, panel: usize) {
        if !self.left.contains(&panel) {
            self.left.push(panel);
        }
    }

    fn across(&mut self, panel: usize, gap: f32, block: &Block) {
        if self.left.contains(&panel) {
            return;
        }
        let fits = |sheet: &Sheet| sheet.y + gap + block.height <= sheet.bottom[sheet.side];
        let tall = Sheet::top(1) + block.height > self.bottom[SIDES - 1];
        if tall || !(fits(self) || (self.next_side() && fits(self))) {
            return self.leave(panel);
        }
        self.placed.push((self.side, (EDGE, self.y + gap), block.clone()));
        self.y += gap + block.height;
    }

    /// Shares what waits between two columns, and goes on to the next side with what has no room.
    fn columns(&mut self, waiting: &mut Vec<(usize, f32, &Block)>) {
        let mut rest: Vec<(usize, f32, &Block)> = std::mem::take(waiting);
        while let Some(&(first, ..)) = rest.first() {
            let spots = if rest.iter().all(|(panel, ..)| *panel == first) {
                level(&rest, self.bottom[self.side] - self.y)
            } else {
                beside(&rest, self.bottom[self.side] - self.y)
            };
            let mut lowest = self.y;
            let mut over = Vec::new();
            for (waits, spot) in rest.into_iter().zip(spots) {
                let Some((column, y)) = spot else {
                    over.push(waits);
                    continue;
                };
                let at = (EDGE + column as f32 * (COLUMN + GAP), self.y + y);
                self.placed.push((self.side, at, waits.2.clone()));
                lowest = lowest.max(at.1 + waits.2.height);
            }
            rest = over;
            let fresh = self.side > 0 && lowest == self.y && self.y <= Sheet::top(self.side) - FAR;
            self.y = lowest;
            let Some(&(first, ..)) = rest.first() else { return };
            if fresh || !self.next_side() {
                // the first has no room anywhere; those of other panels may still have
                self.leave(first);
                rest.retain(|(panel, ..)| *panel != first);
            }
        }
    }
}

/// Column and distance from the top of each block of one panel: as level as can be, in one column when it is small; none
/// where there is no room.
fn level(blocks: &[(usize, f32, &Block)], room: f32) -> Vec<Option<(usize, f32)>> {
    const SMALL: f32 = 90.0;
    let all: f32 = blocks.iter().map(|(_, gap, b)| gap + b.height).sum();
    let mut high = if all < SMALL { all + FAR } else { all / 2.0 }.min(room);
    let mut spots = share(blocks, high);
    while spots.len() < blocks.len() && high < room {
        high = (high + 6.0).min(room);
        spots = share(blocks, high);
    }
    let mut spots: Vec<Option<(usize, f32)>> = spots.into_iter().map(Some).collect();
    spots.resize(blocks.len(), None);
    spots
}

/// The same for blocks of several panels: each panel under the shorter column, under the other if it fits only there, or
/// across both.
fn beside(blocks: &[(usize, f32, &Block)], room: f32) -> Vec<Option<(usize, f32)>> {
    let mut ends = [0.0f32; 2];
    let mut spots = Vec::new();
    for panel in blocks.chunk_by(|a, b| a.0 == b.0) {
        let high: f32 = panel.iter().map(|(_, gap, b)| gap + b.height).sum();
        let shorter = usize::from(ends[1] < ends[0]);
        if let Some(column) = [shorter, 1 - shorter].into_iter().find(|c| ends[*c] + high <= room) {
            for (_, gap, block) in panel {
                spots.push(Some((column, ends[column] + gap)));
                ends[column] += gap + block.height;
            }
            continue;
        }
        let top = ends[0].max(ends[1]);
        for ((_, _, block), spot) in panel.iter().zip(level(panel, room - top)) {
            spots.push(spot.map(|(column, y)| {
                ends[column] = top + y + block.height;
                (column, top + y)
            }));
        }
    }
    spots
}

/// Column and distance from the top of each block, as far as two columns of this height go.
fn share(blocks: &[(usize, f32, &Block)], height: f32) -> Vec<(usize, f32)> {
    let (mut column, mut y, mut spots) = (0, 0.0, Vec::new());
    for (_, gap, block) in blocks {
        if y + gap + block.height > height {
            (column, y) = (column + 1, 0.0);
            if column > 1 || gap + block.height > height {
                break;
            }
        }
        // both columns start level with a panel's distance
        let gap = if y == 0.0 { FAR } else { *gap };
        spots.push((column, y + gap));
        y += gap + block.height;
    }
    spots
}

fn write(view: &View, letters: &Letters, sheet: Sheet, foot: &Block) -> Result<Vec<u8>, PaperError> {
    let failed = |error: &dyn std::fmt::Debug| PaperError::Write(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1);
    let configuration = configuration.finish().map_err(|e| failed(&e))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let title = if view.title.is_empty() { &view.place_name } else { &view.title };
    let title = if title.is_empty() { "Catchment" } else { title };
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language("en-GB".to_owned())
            .creator("Catchment".to_owned())
            .description(view.chosen()),
    );
    let (mut tree, mut outline) = (TagTree::new(), Outline::new());
    let mut last: Option<Node> = None;
    let mut blocks = sheet.placed.into_iter().peekable();
    let settings = PageSettings::from_wh(PAPER.0, PAPER.1).ok_or(PaperError::Picture)?;
    for side in 0..=sheet.side {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        while let Some((_, at, block)) = blocks.next_if(|(on, ..)| *on == side) {
            for part in block.parts {
                if let Part::Group(Role::Heading(_, title), _) = &part {
                    let to = XyzDestination::new(side, Point::from_xy(at.0, at.1));
                    outline.push_child(OutlineNode::new(title.clone(), to));
                }
                if let Some(node) = part.draw(&mut surface, letters, at)? {
                    tree.push(node);
                }
            }
        }
        let draw = |surface: &mut krilla::surface::Surface, ink: Vec<Ink>| {
            Part::Decoration(ink).draw(surface, letters, (0.0, 0.0)).map(drop)
        };
        let y = PAPER.1 - 18.0 - foot.height;
        draw(&mut surface, vec![Ink::Box { x: EDGE, y: y - 5.0, width: WHOLE, height: 0.5, colour: LINE }])?;
        // read once, at the end; seen on every side
        for part in foot.parts.clone() {
            let part = if side == 0 { part } else { part.seen() };
            last = part.draw(&mut surface, letters, (EDGE, y - 2.0))?.or(last);
        }
        let number = format!("Page {} of {}", side + 1, sheet.side + 1);
        let mut corner = vec![(number, PAPER.1 - 14.0)];
        let place = letters.plain(&format!("{} {}", view.place_name, view.carry(&view.address)));
        if side == 0 {
            corner.push((letters.plain(&view.carry(&view.address)), EDGE + 3.0));
        } else {
            corner.push((place, EDGE - 8.0));
            draw(&mut surface, vec![Ink::Box { x: EDGE, y: EDGE - 2.0, width: WHOLE, height: 1.0, colour: BLUE }])?;
        }
        let style = Style { colour: SECOND, ..SMALL };
        for (text, y) in corner {
            let mut lines = letters.lines(&text, style, WHOLE * if side == 0 { 0.52 } else { 1.0 }).into_iter();
            let mut text = lines.next().unwrap_or_default();
            if lines.next().is_some() {
                text.push('…');
            }
            let x = PAPER.0 - EDGE - letters.width(&text, style);
            draw(&mut surface, vec![Ink::Text { x, y, text, style }])?;
        }
        surface.finish();
        page.finish();
    }
    if let Some(node) = last {
        tree.push(node);
    }
    document.set_tag_tree(tree);
    document.set_outline(outline);
    document.finish().map_err(|e| failed(&e))
}
