//! What really happens in Rivermead, so that a reader can find it and a test can prove it. See `place/README.md`.

use crate::clock::{Clock, DAY};

/// When and where each story is set. All of them scale with the period that is asked for.
pub struct Stories {
    /// Home First in Eastbrook: from here on home care there starts sooner.
    pub home_first: u32,
    pub eastbrook: usize,
    /// Rapid release at Eastbrook District: from here on crews leave at once, and the bed queue gets their hours.
    pub release: u32,
    /// The neighbourhood and month that are worst by chance, and after which classes are set up.
    pub regression: (usize, usize),
    /// From here on home care runs short everywhere but in Eastbrook: an agency leaves.
    pub shortage: u32,
    /// From here on falls go straight from 999 to urgent community response, which has more hands and begins sooner.
    pub response: u32,
    /// From here on five practices write late cancellations as missed.
    pub recording: u32,
}

impl Stories {
    /// When the story that an event of `place.toml` names begins.
    pub fn named(&self, name: &str) -> Option<u32> {
        Some(match name {
            "home_first" => self.home_first,
            "release" => self.release,
            "shortage" => self.shortage,
            "response" => self.response,
            "recording" => self.recording,
            _ => return None,
        })
    }

    pub fn set(clock: &Clock, neighbourhoods: &[String]) -> Stories {
        let named = |name: &str, other: usize| neighbourhoods.iter().position(|at| at == name).unwrap_or(other);
        let monday = |share: f64| {
            let at = clock.start + (f64::from(clock.end - clock.start) * share) as u32;
            let day = clock.floor(at);
            clock.floor(day + DAY / 2 - clock.day(day).weekday() * DAY)
        };
        Stories {
            home_first: monday(0.5),
            eastbrook: named("Eastbrook", 0),
            release: monday(0.62),
            regression: (named("Millfields", 4), (clock.months.len() as f64 * 0.45) as usize),
            shortage: monday(0.826),
            response: monday(0.66),
            recording: monday(0.7),
        }
    }
}
