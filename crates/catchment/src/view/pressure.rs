//! Pressure as a measured state: delay at the two ends of an organisation at once.
//!
//! The shape is that of Bristol's "severe system pressure" (two delays on one path at the same time); the cuts are each
//! organisation's own. Its hours waited in a day at handovers *into* it and *out of* it are set against the half-year before
//! the 28 days that are shown. An end is delayed on a day above the 9 in 10 of that half-year. The level is 1, and one more
//! for each delayed end, and one more when an end is above every day of the half-year: 1 to 4. It is measured, not declared.

use super::{Reader, Scope, list, waits_for};
use crate::fault::Fault;
use domain::{Date, Sector};
use measures::groups::quantile;
use show::{Figure, Link, Pressure};
use std::collections::BTreeMap;

/// Days shown.
const DAYS: usize = 28;
/// Days before them that say what is usual.
const BEFORE: usize = 182;
/// Organisations of one sector beyond this number are shown as one line.
const ALONE: usize = 3;

/// The definition that evidence gives.
pub const DEFINITION: &str = "Hours waited each day at the handovers into and out of the organisation, against the half-year before. Level 1; one more for each end above 9 in 10 of those days; one more when an end is above all of them. Measured from records, not declared by anyone.";

/// Hours by day at both ends, and by handover.
#[derive(Default)]
struct Ends {
    into: Vec<f64>,
    out: Vec<f64>,
    by_handover: BTreeMap<String, Vec<f64>>,
}

/// One line of the strip before it is shown.
struct Line {
    key: String,
    name: String,
    href: String,
}

impl Reader<'_> {
    /// The line that an organisation is part of: itself, or its sector where many are alike.
    fn line(&self, id: &str) -> Option<Line> {
        let organisation = self.at.place.organisation(id)?;
        let alike = self.at.place.organisations.iter().filter(|other| other.sector == organisation.sector).count();
        Some(if organisation.sector == Sector::Primary && alike > ALONE {
            Line {
                key: "primary".to_owned(),
                name: "General practice".to_owned(),
                href: "/organisations#primary".to_owned(),
            }
        } else {
            Line {
                key: id.to_owned(),
                name: organisation.name.clone(),
                href: format!("/organisations/{}", show::escape(id)),
            }
        })
    }

    /// Each organisation's last 28 days, most pressed first.
    pub(super) fn pressure(&self, scope: &Scope) -> Result<Vec<Pressure>, Fault> {
        if !self.has("delay_ledger") {
            return Ok(Vec::new());
        }
        let days = DAYS + BEFORE;
        let first = scope.end().0 - days as i32;
        let query = format!(
            "select day, handover, from_organisation, to_organisation, sum(person_minutes) / 60 as hours from delay_ledger
             where handover in ({}) and day >= date '{}' and day < date '{}' and {} group by 1, 2, 3, 4",
            list(self.at.place.handovers.iter().map(|rule| rule.id.as_str())),
            Date(first),
            scope.end(),
            scope.bands()
        );
        let mut lines: BTreeMap<String, (Line, Ends)> = BTreeMap::new();
        for row in self.ask(&query)?.rows() {
            let (Some(day), Some(hours)) = (row.date("day"), row.number("hours")) else { continue };
            let at = (day.0 - first) as usize;
            let handover = row.text("handover");
            for (column, into) in [("from_organisation", false), ("to_organisation", true)] {
                let Some(line) = self.line(&row.text(column)) else { continue };
                let (_, ends) = lines.entry(line.key.clone()).or_insert_with(|| (line, Ends::default()));
                let end = if into { &mut ends.into } else { &mut ends.out };
                end.resize(days, 0.0);
                end[at] += hours;
                let own = ends.by_handover.entry(handover.clone()).or_default();
                own.resize(days, 0.0);
                own[at] += hours;
            }
        }
        let mut all: Vec<Pressure> = lines.into_values().map(|(line, ends)| self.strip(&line, &ends)).collect();
        all.sort_by(|a, b| {
            let level = |p: &Pressure| p.level.value.unwrap_or(0.0);
            level(b).total_cmp(&level(a)).then_with(|| a.organisation.cmp(&b.organisation))
        });
        Ok(all)
    }

    fn strip(&self, line: &Line, ends: &Ends) -> Pressure {
        let cuts: Vec<(&[f64], f64, f64)> = [&ends.into, &ends.out]
            .into_iter()
            .filter(|end| end.iter().any(|hours| *hours > 0.0))
            .filter_map(|end| {
                let mut usual = end[..BEFORE].to_vec();
                usual.sort_by(f64::total_cmp);
                Some((end.as_slice(), quantile(&usual, 0.9)?, *usual.last()?))
            })
            .collect();
        // Without a half-year of its own nothing is called long.
        let known = ends
            .by_handover
            .values()
            .any(|hours| hours[..BEFORE].iter().filter(|hours| **hours > 0.0).count() >= BEFORE / 4);
        let level = |day: usize| {
            let delayed = cuts.iter().filter(|(end, long, _)| end[day] > *long).count();
            let beyond = cuts.iter().any(|(end, _, most)| end[day] > *most);
            known.then_some((1 + delayed + usize::from(beyond)) as u8)
        };
        let days: Vec<Option<u8>> = (BEFORE..BEFORE + DAYS).map(level).collect();
        let today = days.last().copied().flatten();
        let mut evidence = self.evidence("pressure", DEFINITION, Some((BEFORE + DAYS) as u64));
        evidence.shown_on = vec![Link::new(line.name.as_str(), line.href.as_str())];
        Pressure {
            organisation: line.name.clone(),
            days,
            level: Figure::new(today.map(f64::from), "", evidence),
            declared: Vec::new(),
            reason: self.reason(ends),
            href: Some(line.href.clone()),
        }
    }

    /// The handover whose last day is furthest above its usual one: "4 wait for a hospital bed; usual 2".
    fn reason(&self, ends: &Ends) -> String {
        let furthest = ends.by_handover.iter().filter_map(|(id, hours)| {
            let mut usual = hours[..BEFORE].to_vec();
            usual.sort_by(f64::total_cmp);
            let usual = quantile(&usual, 0.5)?;
            // The last week, since one day of a small queue says little.
            let now = hours[hours.len() - 7..].iter().sum::<f64>() / 7.0;
            Some((id, now, usual))
        });
        let furthest = furthest.max_by(|a, b| (a.1 - a.2).total_cmp(&(b.1 - b.2)));
        let Some((id, now, usual)) = furthest else { return String::new() };
        let rule = self.at.place.handovers.iter().find(|rule| rule.id == *id);
        let waits = rule.map_or_else(String::new, |rule| {
            let waits = waits_for(rule.from, rule.to);
            let short = waits.map(|waits| {
                waits.trim_start_matches("to leave hospital ").replace("with care at home", "for home care")
            });
            short.unwrap_or_else(|| format!("at {}", super::waits::lower(&rule.name)))
        });
        // Person-hours in a day are people at a time.
        let people = |hours: f64| (hours / 24.0).round() as u64;
        let (now, usual) = (people(now), people(usual));
        let wait = if now == 1 { "1 waits".to_owned() } else { format!("{} wait", show::number::count(now)) };
        match now {
            0 => format!("Hardly anyone waits {waits}"),
            now if now <= usual => format!("{wait} {waits}, as usual"),
            _ => format!("{wait} {waits}; usual {}", show::number::count(usual)),
        }
    }

    /// One organisation's own strip.
    pub(super) fn pressure_of(&self, scope: &Scope, id: &str) -> Result<Option<Pressure>, Fault> {
        let Some(line) = self.line(id) else { return Ok(None) };
        Ok(self.pressure(scope)?.into_iter().find(|pressure| pressure.organisation == line.name))
    }
}
