//! Small drawings that stand in the rows of a table: what a choice would do, how a group voted, who had how much air time.
//!
//! Each is told in words beside it, or in its label; the scale is the same in every row.

use super::*;
use crate::view::Figure;

/// Ends of one scale for these figures and their ranges, with nothing on it; wide enough that its ends can be seen.
pub fn common<'a>(figures: impl Iterator<Item = &'a Figure>) -> (f64, f64) {
    let ends = figures.flat_map(|f| f.value.into_iter().chain(f.range.into_iter().flat_map(|(l, h)| [l, h])));
    let (low, high) = span(ends.chain([0.0]));
    if high > low { (low, high) } else { (low - 1.0, high + 1.0) }
}

/// A value with its range, 180 × 42, on a scale that has nothing on it; its number stands above it.
pub fn effect(figure: &Figure, (low, high): (f64, f64), chosen: bool) -> Markup {
    const WIDE: f64 = 180.0;
    const SIZE: f64 = 14.0;
    let x = |v: f64| 8.0 + (v.clamp(low, high) - low) / (high - low) * (WIDE - 16.0);
    let value = figure.value.filter(|v| v.is_finite());
    let range = figure.range.filter(|_| value.is_some()).map(|(l, h)| (l.min(h), h.max(l)));
    let scale = figure.unit.scale(value.unwrap_or(0.0));
    let (ink, fill) = if chosen { (BETTER, BETTER) } else { ("#93a1ab", STOP) };
    html! {
        svg.effect xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 42" width="180" height="42" role="img" aria-label=(plain(&range_said(figure))) {
            path d=(format!("M{} 20v18", c(x(0.0)))) stroke=(USUAL) stroke-width="1.2" {}
            @if let Some((l, h)) = range { path d=(format!("M{} 29H{}", c(x(l)), c(x(h).max(x(l) + 0.1)))) stroke=(ink) stroke-width="5" stroke-linecap="round" stroke-opacity=(if chosen { "1" } else { ".8" }) {} }
            @if let Some(v) = value {
                circle cx=(c(x(v))) cy="29" r="5.5" fill=(fill) stroke="#fff" stroke-width="1" {}
                @let text = fit(&short(&scale, v), SIZE, WIDE);
                @let half = width(&text, SIZE) / 2.0;
                (Label::new(text, x(v).max(half).min(WIDE - half), 14.0, SIZE).anchor(Anchor::Middle).bold().draw())
            }
        }
    }
}

/// "188 bed days, 120 to 255"
pub(super) fn range_said(figure: &Figure) -> String {
    let Some(v) = figure.value else { return figure.say() };
    match figure.range {
        Some((l, h)) => {
            let scale = figure.unit.scale(v);
            format!("{}, {} to {}", figure.say(), scale.number(l.min(h)), scale.number(h.max(l)))
        }
        None => figure.say(),
    }
}

/// A hundred winters, 150 × 24: the dark ones are worse.
pub fn dots(count: f64) -> Markup {
    let full = if count.is_finite() { count.round().clamp(0.0, 100.0) as u32 } else { 0 };
    let path = |range: std::ops::Range<u32>| {
        range.map(|i| format!("M{} {}h0", i % 25 * 6 + 3, i / 25 * 6 + 3)).collect::<String>()
    };
    html! {
        svg.in-100.small xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 24" width="150" height="24" aria-hidden="true" {
            path d=(path(full..100)) stroke=(LINE) stroke-width="4.4" stroke-linecap="round" {}
            path d=(path(0..full)) stroke=(CONCERN) stroke-width="4.4" stroke-linecap="round" {}
        }
    }
}

/// The most places that are drawn in a row; the table beside has all.
pub const PLACES: usize = 9;
/// From this many on names stand in two lines in turn, so that each has room for all its letters.
const IN_TURN: usize = 6;

/// One decimal for what is told place by place, whatever its size.
fn place_scale(all: &[(&str, &Figure)], most: f64) -> Scale {
    let unit = all.first().map_or(Unit::Of(String::new()), |p| p.1.unit.clone());
    unit.scale(most).tenths()
}

/// "#d97a35" for the worse, "#4a90d0" for the better.
fn towards(better: Better, value: f64) -> &'static str {
    match (better, value > 0.0) {
        (Better::Neither, _) => "#82929e",
        (Better::Lower, true) | (Better::Higher, false) => "#d97a35",
        _ => "#4a90d0",
    }
}

/// The same for a phone: a row for each place, with its name, a bar to the left or right of nothing, and its number.
pub fn place_rows(all: &[(&str, &Figure)], (low, high): (f64, f64), better: Better) -> Markup {
    const WIDE: f64 = 90.0;
    let most = low.abs().max(high.abs()).max(f64::MIN_POSITIVE);
    let scale = place_scale(all, most);
    let (low, high) = (low.min(0.0), high.max(0.0));
    let x = |v: f64| if high > low { (v.clamp(low, high) - low) / (high - low) * WIDE } else { 0.0 };
    html! { ul.place-rows { @for (place, figure) in all { li {
        span { (plain(place)) }
        svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 12" width="90" height="12" aria-hidden="true" {
            path d=(format!("M{} 0v12", c(x(0.0)))) stroke="#aab8c2" {}
            @if let Some(v) = figure.value.filter(|v| v.is_finite()) {
                rect x=(c(x(v).min(x(0.0)))) y="2" width=(c((x(v) - x(0.0)).abs().max(0.6))) height="8" fill=(towards(better, v)) {}
            }
        }
        b { @match figure.value.filter(|v| v.is_finite()) { Some(v) => (signed(&scale, v)), None => (figure.missing.words()) } }
    } } } }
}

/// Small bars up and down about nothing, one slot for each place: its change and its name stand at it. `low` and `high` are the ends
/// for every row. Orange rises where more is worse; a bar's side says it too.
pub fn places(all: &[(&str, &Figure)], (low, high): (f64, f64), better: Better) -> Markup {
    const SIZE: f64 = 12.0;
    const TALL: f64 = 22.0;
    let shown = &all[..all.len().min(PLACES)];
    let in_turn = shown.len() >= IN_TURN;
    let slot = if in_turn { 62.0 } else { 92.0 };
    let wide = slot * shown.len().max(1) as f64;
    let most = low.abs().max(high.abs()).max(f64::MIN_POSITIVE);
    let up = if high > 0.0 { (high / most).min(1.0) * TALL } else { 0.0 };
    let ground = 16.0 + up.max(2.0);
    let down = if low < 0.0 { (-low / most).min(1.0) * TALL } else { 0.0 };
    let foot = ground + down.max(2.0) + 16.0;
    let height = foot + if in_turn { 31.0 } else { 17.0 };
    let scale = place_scale(shown, most);
    let said: Vec<String> = all.iter().map(|(name, f)| format!("{name} {}", change_said(f))).collect();
    let words = |text: String, x: f64, y: f64, ink| {
        let label = Label::new(text.trim(), x, y, SIZE).anchor(Anchor::Middle).fill(ink);
        html! { @if !text.trim().is_empty() { (label.draw()) } }
    };
    html! {
        svg.places xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", c(wide), c(height))) width=(c(wide)) height=(c(height)) role="img" aria-label=(plain(&said.join("; "))) {
            path d=(format!("M0 {}H{}", c(ground), c(wide))) stroke="#aab8c2" {}
            @for (i, (place, figure)) in shown.iter().enumerate() {
                @let left = slot * i as f64;
                @let middle = left + slot / 2.0;
                g {
                    title { (plain(&said[i])) }
                    @match figure.value.filter(|v| v.is_finite()) {
                        Some(v) => {
                            @let tall = (v.abs() / most * TALL).clamp(if v == 0.0 { 0.0 } else { 1.5 }, TALL);
                            @if v != 0.0 { rect x=(c(left + 10.0)) y=(c(if v > 0.0 { ground - tall } else { ground })) width=(c(slot - 20.0)) height=(c(tall)) fill=(towards(better, v)) {} }
                            // above a bar that hangs, below one that stands
                            @let y = if v > 0.0 { ground + 13.0 } else { ground - 5.0 };
                            (words(fit(&signed(&scale, v), SIZE, slot - 4.0), middle, y, INK))
                        },
                        None => (words("?".to_owned(), middle, ground - 5.0, SECOND)),
                    }
                    // the first and the last name may reach no further than the drawing
                    @let at_end = i == 0 || i + 1 == shown.len();
                    @let room = if in_turn { slot * if at_end { 1.5 } else { 2.0 } - 2.0 } else { slot - 4.0 };
                    @let name = brief(place, SIZE, room);
                    @let half = width(&name, SIZE) / 2.0;
                    @let at = middle.max(half).min(wide - half);
                    (words(name, at, foot + if in_turn && i % 2 == 1 { 26.0 } else { 12.0 }, SECOND))
                }
            }
        }
    }
}

/// A name where there is little room: "Rivermead" is "Riverme.", "Holt Valley" is "Holt V."
fn brief(text: &str, size: f64, room: f64) -> String {
    let text = plain(text);
    if width(&text, size) <= room {
        return text;
    }
    let initial = text.split_once(' ').and_then(|(first, rest)| Some(format!("{first} {}.", rest.chars().next()?)));
    if let Some(short) = initial.filter(|short| width(short, size) <= room) {
        return short;
    }
    let first = text.split(' ').next().unwrap_or_default();
    let ends = first.char_indices().map(|(i, ch)| &first[..i + ch.len_utf8()]);
    let kept = ends.take_while(|kept| width(kept, size) + width(".", size) <= room).last();
    kept.map_or(String::new(), |kept| format!("{kept}."))
}

/// "+0.2 days", "too few to show"
pub(crate) fn change_said(figure: &Figure) -> String {
    let Some(v) = figure.value.filter(|v| v.is_finite()) else { return figure.missing.words().to_owned() };
    let said = figure.unit.say(v);
    if v > 0.0 { format!("+{said}") } else { said }
}

/// Agree, unsure and disagree of 100 beside each other, 150 × 10: dark, light and between, so that grey tells them apart.
pub fn split(of_100: [u32; 3]) -> Markup {
    let sum = of_100.iter().map(|n| f64::from(*n)).sum::<f64>().max(1.0);
    let mut at = 0.0;
    let parts = of_100.map(|n| {
        let wide = f64::from(n) / sum * 150.0;
        let from = at;
        at += wide;
        (from, wide)
    });
    html! {
        svg.split xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 10" width="150" height="10" preserveAspectRatio="none" aria-hidden="true" {
            @for ((from, wide), fill) in parts.into_iter().zip([BETTER, LINE, "#d97a35"]) {
                @if wide > 0.0 { rect x=(c(from)) width=(c((wide - 0.8).max(0.6))) height="10" fill=(fill) {} }
            }
        }
    }
}

/// A share against the share that is fair, 110 × 14: a bar and, where anything is fair, an upright tick; both in percent of `most`.
pub fn share(share: f64, fair: Option<f64>, most: f64, least: bool) -> Markup {
    let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
    let x = |v: f64| if v.is_finite() { (v / most * 108.0).clamp(0.0, 108.0) } else { 0.0 };
    html! {
        svg.share xmlns="http://www.w3.org/2000/svg" viewBox="0 0 110 14" width="110" height="14" aria-hidden="true" {
            rect y="3" width=(c(x(share).max(1.0))) height="8" fill=(if least { CONCERN } else { "#82929e" }) {}
            @if let Some(fair) = fair { path d=(format!("M{} 0v14", c(x(fair) + 1.0))) stroke=(INK) stroke-width="2" {} }
        }
    }
}

/// Steps done of all of them: at most twelve boxes, 8 high.
pub fn steps(done: u64, all: u64) -> Markup {
    let boxes = all.clamp(1, 12);
    let full = if all == 0 { 0 } else { (done.min(all) as f64 / all as f64 * boxes as f64).floor() as u64 };
    let wide = boxes * 14;
    html! {
        svg.steps xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} 8")) width=(wide) height="8" aria-hidden="true" {
            @for i in 0..boxes {
                rect x=(i * 14) width="12" height="8" rx="2" fill=(if i < full { BETTER } else { "#fff" }) stroke=(if i < full { BETTER } else { USUAL }) stroke-width="1" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64) -> Figure {
        Figure::new(value, "days", Default::default())
    }

    #[test]
    fn a_scale_has_nothing_on_it_and_two_ends() {
        assert_eq!(common([figure(3.0).within(Some((2.0, 5.0)))].iter()), (0.0, 5.0));
        assert_eq!(common([figure(f64::NAN)].iter()), (-1.0, 1.0));
    }

    #[test]
    fn a_name_is_shortened_as_people_do() {
        let short = |name: &str| brief(name, 12.0, 60.0);
        assert_eq!(["Dunmoor", "Rivermead", "Holt Valley", ""].map(short), ["Dunmoor", "Riverme.", "Holt V.", ""]);
        assert!(width(&brief(&"W".repeat(99), 12.0, 55.0), 12.0) <= 55.0);
    }

    #[test]
    fn a_bar_that_hangs_has_its_number_above_and_one_that_stands_below() {
        let drawn =
            places(&[("Riverm", &figure(-1.3)), ("Coast", &figure(0.2))], (-1.7, 0.4), Better::Lower).into_string();
        assert!(drawn.contains("−1.3") && drawn.contains("+0.2") && drawn.contains("Coast +0.2 days"), "{drawn}");
        assert!(drawn.contains("#4a90d0") && drawn.contains("#d97a35"));
    }

    #[test]
    fn every_place_has_its_whole_name_and_one_decimal() {
        let names =
            ["Dunmoor", "Harbourside", "Castle Hill", "Westerham Green", "Millfields", "Eastbrook", "Saltley Vale"];
        let values = [-8.1, -2.0, -0.4, 0.2, 1.0, -3.0, -5.0].map(figure);
        let all: Vec<(&str, &Figure)> = names.into_iter().zip(&values).collect();
        for drawn in [places(&all, (-8.1, 1.0), Better::Lower), place_rows(&all, (-8.1, 1.0), Better::Lower)] {
            let drawn = drawn.into_string();
            assert!(names.iter().all(|name| drawn.contains(&format!(">{name}<"))), "{drawn}");
            assert!(
                ["−8.1", "−2.0", "+0.2", "+1.0"].iter().all(|said| drawn.contains(&format!(">{said}<"))),
                "{drawn}"
            );
        }
    }

    #[test]
    fn the_parts_of_a_vote_fill_the_bar() {
        let drawn = split([50, 0, 50]).into_string();
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert_eq!(split([0, 0, 0]).into_string().matches("<rect").count(), 0);
        assert!(dots(21.4).into_string().contains("M123 3h0") && dots(f64::NAN).into_string().contains("M147 21h0"));
    }
}
