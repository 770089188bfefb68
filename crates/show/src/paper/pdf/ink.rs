//! What is put on paper: blocks of ink with the structure that a screen reader follows.

use super::PaperError;
use super::letters::{Letters, Style};
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind};
use krilla_svg::{SurfaceExt, SvgSettings};
use std::num::NonZeroU16;
use std::rc::Rc;

/// One mark, placed from the top left corner of its block, in points.
#[derive(Clone, Debug)]
pub(super) enum Ink {
    /// A line of letters on its base line.
    Text { x: f32, y: f32, text: String, style: Style },
    /// A filled rectangle.
    Box { x: f32, y: f32, width: f32, height: f32, colour: u32 },
    /// A picture.
    Picture { x: f32, y: f32, width: f32, height: f32, tree: Rc<usvg::Tree> },
}

/// What marks are: structure with parts, something to read, or mere decoration.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Group(Role, Vec<Part>),
    Read(Vec<Ink>),
    Decoration(Vec<Ink>),
}

/// Structure, as tagged PDF names it.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Heading(u16, String),
    Paragraph,
    Figure(String),
    Table,
    Row,
    Head,
    Cell,
}

impl Role {
    fn tag(&self) -> TagKind {
        match self {
            Role::Heading(level, title) => {
                Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
            }
            Role::Paragraph => Tag::P.into(),
            Role::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
            Role::Table => Tag::Table.into(),
            Role::Row => Tag::TR.into(),
            Role::Head => Tag::TH(TableHeaderScope::Column).into(),
            Role::Cell => Tag::TD.into(),
        }
    }
}

/// A block that stands in a column or across the whole width, and is never broken.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub height: f32,
    pub whole: bool,
    pub parts: Vec<Part>,
}

impl Block {
    /// Puts another block under this one.
    pub fn below(mut self, gap: f32, other: Block) -> Block {
        let by = self.height + gap;
        self.parts.extend(other.parts.into_iter().map(|p| p.moved(0.0, by)));
        Block { height: by + other.height, whole: self.whole || other.whole, parts: self.parts }
    }
}

impl Part {
    /// The same, further right and down.
    pub fn moved(self, dx: f32, dy: f32) -> Part {
        let shift = |ink: Vec<Ink>| {
            ink.into_iter()
                .map(|mut mark| {
                    let (Ink::Text { x, y, .. } | Ink::Box { x, y, .. } | Ink::Picture { x, y, .. }) = &mut mark;
                    (*x, *y) = (*x + dx, *y + dy);
                    mark
                })
                .collect()
        };
        match self {
            Part::Group(role, parts) => Part::Group(role, parts.into_iter().map(|p| p.moved(dx, dy)).collect()),
            Part::Read(ink) => Part::Read(shift(ink)),
            Part::Decoration(ink) => Part::Decoration(shift(ink)),
        }
    }

    /// The same, seen but not read again.
    pub fn seen(self) -> Part {
        match self {
            Part::Group(_, parts) => {
                let ink = parts.into_iter().flat_map(|p| match p.seen() {
                    Part::Decoration(ink) | Part::Read(ink) => ink,
                    Part::Group(..) => vec![],
                });
                Part::Decoration(ink.collect())
            }
            Part::Read(ink) | Part::Decoration(ink) => Part::Decoration(ink),
        }
    }

    /// Draws it with its corner at (`x`, `y`) and gives its place in the structure; decoration has none.
    pub fn draw(self, surface: &mut Surface, letters: &Letters, at: (f32, f32)) -> Result<Option<Node>, PaperError> {
        let (tag, ink) = match self {
            Part::Group(role, parts) => {
                let mut group = TagGroup::new(role.tag());
                for part in parts {
                    if let Some(node) = part.draw(surface, letters, at)? {
                        group.push(node);
                    }
                }
                return Ok(Some(group.into()));
            }
            Part::Read(ink) => (ContentTag::Span(SpanTag::empty()), ink),
            Part::Decoration(ink) => (ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)), ink),
        };
        let read = matches!(tag, ContentTag::Span(_));
        let id = surface.start_tagged(tag);
        for mark in ink {
            mark.draw(surface, letters, at)?;
        }
        surface.end_tagged();
        Ok(read.then(|| id.into()))
    }
}

impl Ink {
    fn draw(self, surface: &mut Surface, letters: &Letters, (dx, dy): (f32, f32)) -> Result<(), PaperError> {
        let paint = |colour: u32| {
            let [_, red, green, blue] = colour.to_be_bytes();
            Some(Fill {
                paint: rgb::Color::new(red, green, blue).into(),
                opacity: NormalizedF32::ONE,
                rule: Default::default(),
            })
        };
        match self {
            Ink::Text { x, y, text, style } => {
                surface.set_fill(paint(style.colour));
                let mut x = x + dx;
                for run in letters.runs(&text, style.weight) {
                    let (start, wide) = (Point::from_xy(x, y + dy), run.width() * style.size);
                    surface.draw_glyphs(start, &run.glyphs, run.font, &run.text, style.size, false);
                    x += wide;
                }
            }
            Ink::Box { x, y, width, height, colour } => {
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(x + dx, y + dy, width, height) {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.set_fill(paint(colour));
                    surface.draw_path(&path);
                }
            }
            Ink::Picture { x, y, width, height, tree } => {
                let size = Size::from_wh(width, height).ok_or(PaperError::Picture)?;
                surface.push_transform(&Transform::from_translate(x + dx, y + dy));
                let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
                surface.pop();
                drawn.ok_or(PaperError::Picture)?;
            }
        }
        Ok(())
    }
}
