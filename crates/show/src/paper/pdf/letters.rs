//! Letters: what a line measures, and where a paragraph breaks, by the real widths of the Inter files.

use super::PaperError;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};

/// TrueType files of the typeface, as `assets/dist/inter-{400,600,700}.ttf` holds them.
#[derive(Clone, Copy, Debug)]
pub struct Fonts<'a> {
    /// Weight 400.
    pub regular: &'a [u8],
    /// Weight 600.
    pub semibold: &'a [u8],
    /// Weight 700.
    pub bold: &'a [u8],
    /// For letters that these lack: `assets/dist/inter-{latin-ext,vietnamese,cyrillic,cyrillic-ext,greek}.ttf`. May be none.
    pub others: &'a [&'a [u8]],
}

/// How letters look: weight, size in points and colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub weight: Weight,
    pub size: f32,
    pub colour: u32,
}

/// Which of the three files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Semibold,
    Bold,
}

impl Style {
    /// From one line to the next, in points.
    pub fn leading(self) -> f32 {
        self.size * if self.size > 14.0 { 1.16 } else { 1.4 }
    }
}

/// The faces, to measure with and to draw with: one for each weight, then those for other letters.
pub(super) struct Letters<'a> {
    faces: Vec<(Face<'a>, Font)>,
}

/// Letters beside each other of one face.
pub(super) struct Run {
    pub font: Font,
    /// Where it stands in the text.
    pub from: usize,
    /// What it reads.
    pub text: String,
    /// In fractions of the size; their ranges are of the run.
    pub glyphs: Vec<KrillaGlyph>,
}

/// What stands for words in letters that no face has.
const ELSEWHERE: &str = "[in other letters: see the address]";

impl<'a> Letters<'a> {
    pub fn new(fonts: &Fonts<'a>) -> Result<Letters<'a>, PaperError> {
        let face = |bytes: &'a [u8], weight| {
            let face = Face::from_slice(bytes, 0);
            let font = Font::new(bytes.to_vec().into(), 0);
            face.zip(font).ok_or(PaperError::Font { weight })
        };
        let mut faces = vec![face(fonts.regular, 400)?, face(fonts.semibold, 600)?, face(fonts.bold, 700)?];
        for bytes in fonts.others {
            faces.push(face(bytes, 400)?);
        }
        Ok(Letters { faces })
    }

    /// Which face draws a letter; `None` where none has it.
    fn face(&self, letter: char, weight: Weight) -> Option<usize> {
        let own = match weight {
            Weight::Regular => 0,
            Weight::Semibold => 1,
            Weight::Bold => 2,
        };
        let has = |at: &usize| self.faces[*at].0.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0);
        std::iter::once(own).chain(3..self.faces.len()).find(has)
    }

    /// The text in letters that there are: arrows as the typeface's own arrows, words in others told to be elsewhere, and any other sign as `?`.
    pub fn plain(&self, text: &str) -> String {
        let has =
            |ch: char| [Weight::Regular, Weight::Semibold, Weight::Bold].iter().all(|w| self.face(ch, *w).is_some());
        let letter = |ch: char| match ch {
            '▲' | '↗' => '↑',
            '▼' | '↘' => '↓',
            '→' | '▶' => '›',
            '←' | '◀' => '‹',
            '\u{2009}' | '\u{200a}' | '\u{202f}' => '\u{a0}',
            other => other,
        };
        let mut out = String::with_capacity(text.len());
        let mut missing = false;
        for ch in text.chars().map(letter) {
            let is_missing = !has(ch) && ch.is_alphabetic();
            // a whole sentence is one gap, with the spaces and marks in it
            if is_missing && !missing {
                out += ELSEWHERE;
            }
            missing = is_missing || (missing && !(has(ch) && ch.is_alphanumeric()) && !"“”<>".contains(ch));
            if missing {
                continue;
            }
            match ch {
                ch if ch.is_whitespace() => out.push(if ch == '\u{a0}' { ch } else { ' ' }),
                // joiners and marks of direction or variant are not seen
                '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ad}' => {}
                ch if ch.is_control() || !has(ch) => out.push('?'),
                ch => out.push(ch),
            }
        }
        out
    }

    /// The text as it is drawn, face by face.
    pub fn runs(&self, text: &str, weight: Weight) -> Vec<Run> {
        let mut runs: Vec<(usize, usize, String)> = Vec::new();
        for (at, ch) in text.char_indices() {
            let face = self.face(ch, weight);
            match runs.last_mut() {
                // what no face has (a mark, a space of another width) goes with what stands before it
                Some((last, _, run)) if face.is_none_or(|face| face == *last) => run.push(ch),
                _ => runs.push((face.unwrap_or(0), at, ch.to_string())),
            }
        }
        let run = |(face, from, text): (usize, usize, String)| {
            let (face, font) = &self.faces[face];
            Run { font: font.clone(), from, glyphs: shaped(face, &text), text }
        };
        runs.into_iter().map(run).collect()
    }

    /// How wide a line is, in points.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.runs(text, style.weight).iter().map(Run::width).sum::<f32>() * style.size
    }

    /// Lines no wider than `width`, broken at spaces; a word that is wider alone is broken anywhere.
    pub fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let space = self.width(" ", style);
        let mut lines: Vec<String> = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            let runs = self.runs(word, style.weight);
            let wide = runs.iter().map(Run::width).sum::<f32>() * style.size;
            if !line.is_empty() && used + space + wide <= width {
                line.push(' ');
                line += word;
                used += space + wide;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            (used, line) = (0.0, String::new());
            let mut from = 0;
            for (run, glyph) in runs.iter().flat_map(|run| run.glyphs.iter().map(move |glyph| (run, glyph))) {
                let (start, next) = (run.from + glyph.text_range.start, glyph.x_advance * style.size);
                if used + next > width && start > from {
                    lines.push(word[from..start].to_owned());
                    (from, used) = (start, 0.0);
                }
                used += next;
            }
            line += &word[from..];
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }
}

impl Run {
    /// In fractions of the size.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

/// Glyphs in fractions of the size, as they are drawn.
fn shaped(face: &Face, text: &str) -> Vec<KrillaGlyph> {
    let per = face.units_per_em() as f32;
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.set_direction(Direction::LeftToRight);
    buffer.guess_segment_properties();
    buffer.set_direction(Direction::LeftToRight);
    let shaped = rustybuzz::shape(face, &[], buffer);
    let infos = shaped.glyph_infos();
    let end = |i: usize| {
        let next = infos[i..].iter().find(|other| other.cluster != infos[i].cluster);
        next.map_or(text.len(), |other| other.cluster as usize)
    };
    let glyph = |(i, p): (usize, &rustybuzz::GlyphPosition)| {
        KrillaGlyph::new(
            GlyphId::new(infos[i].glyph_id),
            p.x_advance as f32 / per,
            p.x_offset as f32 / per,
            p.y_offset as f32 / per,
            p.y_advance as f32 / per,
            infos[i].cluster as usize..end(i),
            None,
        )
    };
    shaped.glyph_positions().iter().enumerate().map(glyph).collect()
}
