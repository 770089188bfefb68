//! Small bars: the last days of an organisation, and one bar of a ranking.
//!
//! What an organisation declares stands below what is measured, and a triangle between them says on which days they
//! disagree: up where more is declared than measured, down where less.

use super::*;
use crate::view::Pressure;

/// Levels of the last days: height is the level, a gap is a day that nobody told. Stretches to the width it is given.
pub fn strip(pressure: &Pressure) -> Markup {
    let days = &pressure.days;
    let known: Vec<u8> = days.iter().flatten().copied().collect();
    let high = known.iter().filter(|l| **l >= 3).count();
    let missing = days.len() - known.len();
    let declared: Vec<(usize, u8)> =
        pressure.declared.iter().take(days.len()).enumerate().filter_map(|(i, d)| Some((i, (*d)?))).collect();
    let both = declared.iter().filter_map(|(i, said)| Some((*i, *said, days[*i]?)));
    let (over, under): (Vec<_>, Vec<_>) = both.filter(|(_, said, is)| said != is).partition(|(_, said, is)| said > is);
    let (width, height) = (days.len() * 6, if pressure.declared.is_empty() { 24 } else { 46 });
    let disagree = match (declared.is_empty(), over.len() + under.len()) {
        (true, _) if pressure.declared.is_empty() => String::new(),
        (true, _) => "; it declared no level".to_owned(),
        (_, 0) => "; it declared the same level".to_owned(),
        _ => {
            format!("; it declared more than was measured on {} and less on {}", plural(over.len(), "day"), under.len())
        }
    };
    html! {
        svg.strip.both[height > 24] xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}")) preserveAspectRatio="none" role="img"
            aria-label=(format!("{}: level 3 or above on {high} of {}{}", plain(&pressure.organisation), plural(days.len(), "day"),
                if missing > 0 { format!(", {missing} missing") } else { String::new() }) + &disagree) {
            path d=(format!("M0 23.5H{width}")) stroke="#82929e" {}
            @for (i, level) in days.iter().enumerate() {
                @if let Some(level) = level {
                    @let height = 6 * usize::from(*level.min(&4));
                    rect x=(i * 6) y=(24 - height) width="5" height=(height) fill=(match level { 0..=2 => "#82929e", 3 => "#d97a35", _ => CONCERN }) {}
                }
            }
            @if height > 24 {
                path d=(format!("M0 45.5H{width}")) stroke="#82929e" {}
                @for (i, said) in &declared {
                    @let tall = 3 * usize::from(*said.min(&4));
                    rect x=(i * 6) y=(46 - tall) width="5" height=(tall) fill="#b1bdc5" {}
                }
                @for (i, ..) in &over { path d=(format!("M{} 31h5l-2.5-5z", i * 6)) fill=(INK) {} }
                @for (i, ..) in &under { path d=(format!("M{} 26h5l-2.5 5z", i * 6)) fill=(INK) {} }
            }
        }
    }
}

/// One bar of a ranking; the number stands beside it.
pub fn bar(value: f64, longest: f64, signal: Signal) -> Markup {
    const WIDTH: f64 = 84.0;
    let width = if longest > 0.0 { (value / longest * WIDTH).clamp(2.0, WIDTH) } else { 0.0 };
    let fill = match signal {
        Signal::Concern => "#d97a35",
        Signal::Improvement => "#4a90d0",
        Signal::Ordinary | Signal::Change => "#82929e",
    };
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(c(width)) height="12" aria-hidden="true" {
            rect width=(c(width)) height="12" rx="2" fill=(fill) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert!(bar(50.0, 100.0, Signal::Ordinary).into_string().contains("width=\"42\""));
        assert!(bar(0.0, 0.0, Signal::Ordinary).into_string().contains("width=\"0\""));
    }
}
