//! Letters: what a line measures, and where a paragraph breaks, by the real widths of the three Inter files.

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

/// The three faces, to measure with and to draw with.
pub(super) struct Letters<'a> {
    faces: [(Face<'a>, Font); 3],
}

impl<'a> Letters<'a> {
    pub fn new(fonts: &Fonts<'a>) -> Result<Letters<'a>, PaperError> {
        let face = |bytes: &'a [u8], weight| {
            let face = Face::from_slice(bytes, 0);
            let font = Font::new(bytes.to_vec().into(), 0);
            face.zip(font).ok_or(PaperError::Font { weight })
        };
        Ok(Letters { faces: [face(fonts.regular, 400)?, face(fonts.semibold, 600)?, face(fonts.bold, 700)?] })
    }

    fn face(&self, weight: Weight) -> &(Face<'a>, Font) {
        &self.faces[match weight {
            Weight::Regular => 0,
            Weight::Semibold => 1,
            Weight::Bold => 2,
        }]
    }

    pub fn font(&self, weight: Weight) -> Font {
        self.face(weight).1.clone()
    }

    /// The text in letters that the typeface has: arrows as its own arrows, anything else that it lacks as `?`.
    pub fn plain(&self, text: &str) -> String {
        let has = |ch: char| self.faces.iter().all(|(face, _)| face.glyph_index(ch).is_some_and(|g| g.0 != 0));
        let letter = |ch: char| match ch {
            '▲' | '↗' => '↑',
            '▼' | '↘' => '↓',
            '→' | '▶' => '›',
            '←' | '◀' => '‹',
            '\u{2009}' | '\u{200a}' | '\u{202f}' => '\u{a0}',
            other => other,
        };
        let mut out = String::with_capacity(text.len());
        for ch in text.chars().map(letter) {
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

    /// Glyphs in fractions of the size, as they are drawn.
    pub fn glyphs(&self, text: &str, weight: Weight) -> Vec<KrillaGlyph> {
        let (face, _) = self.face(weight);
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

    /// How wide a line is, in points.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.glyphs(text, style.weight).iter().map(|g| g.x_advance).sum::<f32>() * style.size
    }

    /// Lines no wider than `width`, broken at spaces; a word that is wider alone is broken anywhere.
    pub fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let space = self.width(" ", style);
        let mut lines: Vec<String> = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            let glyphs = self.glyphs(word, style.weight);
            let wide = glyphs.iter().map(|g| g.x_advance).sum::<f32>() * style.size;
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
            for glyph in &glyphs {
                let (start, next) = (glyph.text_range.start, glyph.x_advance * style.size);
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
