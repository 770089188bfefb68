//! A hundred people, so that a share is seen as people.

use super::*;
use crate::view::Dots;

/// So many in 100: 25 × 4 dots, 250 × 40. The dark ones are counted; whether they are a good thing the words say.
pub fn in_100(dots: &Dots) -> Markup {
    let id = name("dots", &dots.id);
    let full = dots.count.min(100);
    let desc = format!("{full} of 100 dots are dark. {}", dots.figure.say());
    // a line of no length with a round end is a dot
    let path = |range: std::ops::Range<u32>| {
        range.map(|i| format!("M{} {}h0", i % 25 * 10 + 5, i / 25 * 10 + 5)).collect::<String>()
    };
    html! {
        svg.in-100 xmlns="http://www.w3.org/2000/svg" viewBox="0 0 250 40" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &dots.title, &desc))
            path d=(path(full..100)) stroke=(LINE) stroke-width="7" stroke-linecap="round" {}
            path d=(path(0..full)) stroke=(STOP) stroke-width="7" stroke-linecap="round" {}
        }
    }
}
