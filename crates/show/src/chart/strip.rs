//! Small bars: the last days of an organisation, and one bar of a ranking.

use super::*;
use crate::view::Pressure;

/// Levels of the last days: height is the level, a gap is a day that nobody told. Stretches to the width it is given.
pub fn strip(pressure: &Pressure) -> Markup {
    let days = &pressure.days;
    let known: Vec<u8> = days.iter().flatten().copied().collect();
    let high = known.iter().filter(|l| **l >= 3).count();
    let missing = days.len() - known.len();
    let width = days.len() * 6;
    html! {
        svg.strip xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} 24")) preserveAspectRatio="none" role="img"
            aria-label=(format!("{}: level 3 or above on {high} of {} days{}", plain(&pressure.organisation), days.len(),
                if missing > 0 { format!(", {missing} missing") } else { String::new() })) {
            path d=(format!("M0 23.5H{width}")) stroke="#82929e" {}
            @for (i, level) in days.iter().enumerate() {
                @if let Some(level) = level {
                    @let height = 6 * usize::from(*level.min(&4));
                    rect x=(i * 6) y=(24 - height) width="5" height=(height) fill=(match level { 0..=2 => "#82929e", 3 => "#d97a35", _ => CONCERN }) {}
                }
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
