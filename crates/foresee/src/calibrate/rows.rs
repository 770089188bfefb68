//! Visits as the Lake has them: the question, a row of the answer, and how rows become [`Records`].

use super::arrivals::Calendar;
use super::learn::{Declared, Left, Records, Visit};
use domain::{Instant, Place};
use std::collections::HashMap;

/// The SQL that asks for visits, of the tables `stays` and `handovers`; its columns are the fields of [`Row`], in their
/// order. `next` and `ready` are those of the wait that ended when the stay did (or is open with it): whoever waited for a
/// service that they never came to is told with it too. General practice is left out: appointments hold no place.
pub const VISITS: &str = "\
WITH waits AS (
  SELECT s.stay, h.to_service, h.asked, row_number() OVER (PARTITION BY s.stay ORDER BY CASE
    WHEN h.to_service = s.outcome THEN 0
    WHEN h.to_kind IN ('home_care', 'intermediate_care', 'care_home', 'ward', 'mental_health_ward') THEN 1
    WHEN h.to_kind = 'home' THEN 2 ELSE 3 END, h.asked) AS nth
  FROM stays s JOIN handovers h ON h.person = s.person AND h.from_service = s.service AND h.asked >= s.started
    AND (s.ended IS NULL OR h.asked <= s.ended)
  WHERE (h.ended_by = 'taken' AND (h.to_service = s.outcome OR (h.to_kind = 'home' AND s.outcome = 'home')))
    OR (h.ended_by IN ('other_exit', 'withdrawn', 'died')
      AND h.ended_at BETWEEN s.ended - INTERVAL '12 hours' AND s.ended + INTERVAL '12 hours')
    OR (h.ended_by = 'open' AND s.ended IS NULL AND s.ready IS NOT NULL)
), came AS (
  SELECT person, to_service, asked, taken, max(from_service) AS from_service FROM handovers
  WHERE from_service IS NOT NULL AND to_service IS NOT NULL GROUP BY person, to_service, asked, taken
)
SELECT s.person, s.service,
  CASE WHEN s.age >= 80 THEN '80 and over' WHEN s.age >= 65 THEN '65 to 79' ELSE 'under 65' END AS class,
  s.asked, s.started, coalesce(w.asked, s.ready) AS ready, s.ended,
  coalesce(w.to_service, CASE WHEN s.outcome NOT IN ('home', 'died', 'missed', 'cancelled', 'left', 'unknown')
    THEN s.outcome END) AS next,
  max(c.from_service) AS from_service, s.outcome
FROM stays s LEFT JOIN waits w ON w.stay = s.stay AND w.nth = 1
  LEFT JOIN came c ON c.person = s.person AND c.to_service = s.service
    AND (c.taken = s.started OR (s.started IS NULL AND c.taken IS NULL AND c.asked = s.asked))
WHERE s.service IS NOT NULL AND s.kind <> 'general_practice'
GROUP BY s.stay, s.person, s.service, s.age, s.asked, s.started, s.ready, s.ended, s.outcome, w.asked, w.to_service
ORDER BY s.person, s.asked, s.started, s.service";

/// One row of the answer to [`VISITS`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Row<'a> {
    /// Whose.
    pub person: i64,
    /// The service.
    pub service: &'a str,
    /// The class of person.
    pub class: &'a str,
    /// When it was asked for.
    pub asked: Option<Instant>,
    /// When it began.
    pub started: Option<Instant>,
    /// When the person was ready to leave.
    pub ready: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// The service they went on to, or wait for.
    pub next: Option<&'a str>,
    /// The service that they came, or were sent, from.
    pub from: Option<&'a str>,
    /// The outcome, as in `stays`.
    pub outcome: Option<&'a str>,
}

/// Hours of the clock on the wall between two moments: an hour of the week stays the same hour when clocks change.
pub fn hours(place: &Place, since: Instant, at: Instant) -> f64 {
    let civil = |at: Instant| at.0 + i64::from(place.zone.offset(at));
    (civil(at) - civil(since)) as f64 / 3_600.0
}

/// Rows as records of the window from `since` (best a midnight) to `until`. Rows of services that the place does not
/// declare are left out; a capacity or cost that is declared is taken over.
pub fn records<'a>(place: &Place, rows: impl IntoIterator<Item = Row<'a>>, since: Instant, until: Instant) -> Records {
    let services: Vec<Declared> = place
        .services
        .iter()
        .map(|service| Declared {
            name: service.id.clone(),
            kind: service.kind.name().to_owned(),
            owner: service.organisation.clone(),
            capacity: service.capacity,
            cost_per_hour: 0.0,
        })
        .collect();
    let index: HashMap<&str, u32> = services.iter().zip(0..).map(|(service, at)| (service.name.as_str(), at)).collect();
    let mut classes: Vec<String> = Vec::new();
    let mut visits = Vec::new();
    for row in rows {
        let Some(service) = index.get(row.service) else { continue };
        let class = classes.iter().position(|class| class == row.class).unwrap_or_else(|| {
            classes.push(row.class.to_owned());
            classes.len() - 1
        });
        let at = |time: Option<Instant>| time.map(|time| hours(place, since, time));
        let next = row.next.and_then(|next| index.get(next).copied());
        let left = match row.outcome {
            None => Left::Unknown,
            Some("home" | "left") => Left::Home,
            Some("died") => Left::Died,
            Some("missed" | "cancelled") => Left::Withdrawn,
            Some("unknown") => Left::Lost,
            Some(_) => Left::On,
        };
        visits.push(Visit {
            person: row.person,
            service: *service,
            class: class as u32,
            asked: at(row.asked),
            started: at(row.started),
            ready: at(row.ready),
            ended: at(row.ended),
            next,
            from: row.from.and_then(|from| index.get(from).copied()),
            left,
        });
    }
    let civil = since.0 + i64::from(place.zone.offset(since));
    let date = domain::Date(civil.div_euclid(86_400) as i32);
    let of_day = civil.rem_euclid(86_400) as f64 / 3_600.0;
    let new_year = domain::Date::from_ymd(date.ymd().0, 1, 1).map_or(date.0, |date| date.0);
    let calendar = Calendar {
        week_starts: f64::from(date.weekday()) * 24.0 + of_day,
        year_starts: f64::from(date.0 - new_year) * 24.0 + of_day,
    };
    drop(index);
    Records { name: place.name.clone(), services, classes, visits, to: hours(place, since, until), calendar }
}
