//! The shared story: why we are here, how we hold to it, what comes first, each line with what caused it.

use super::talked::{because, empty};
use super::{Reader, Scope};
use crate::ask::{Ask, Wrong};
use crate::place::now;
use agree::log::{Kind, State, Target, Told};
use domain::Date;
use show::number::{count, date};
use show::{Figure, Line, Lines, Link, Panel, Picture, Standing, Table, View};
use std::collections::BTreeSet;

/// The line that it all hangs on: the first why that is told.
pub(super) fn why(state: &State) -> Option<&Told> {
    let all = state.lines.values().filter(|told| told.now().kind == Kind::Why && !told.now().retired);
    all.min_by_key(|told| told.versions[0].seq)
}

impl Reader<'_> {
    /// `/story`
    pub(super) fn story(&self, ask: &Ask) -> Result<View, Wrong> {
        let state = self.said()?;
        let scope = self.scope(&ask.filter)?;
        let today = self.zone().date(now());
        let title = why(&state)
            .map_or_else(|| "What we are here for is not written yet".to_owned(), |told| told.now().text.clone());
        let mut view = self.blank(ask, title.trim_end_matches('.'));
        view.over = "Our story".to_owned();
        view.lede = "Why we are here, what we hold to, what comes first, and what we want to become true. Every line says who changed it and because of what; every number is of now.".to_owned();
        let lines: Vec<&Told> = state.lines.values().filter(|told| !told.now().retired).collect();
        let facts = lines.iter().filter(|told| told.now().kind == Kind::Fact);
        let (mut disputed, mut stale) = (0, 0);
        for fact in facts {
            disputed += u64::from(fact.disputes().next().is_some());
            stale += u64::from(fact.is_stale(today));
        }
        let mut notes = Vec::new();
        for (n, one, many) in [(disputed, "fact is disputed", "facts are disputed"), (stale, "is stale", "are stale")] {
            if n > 0 {
                notes.push(format!("{} {}", count(n), if n == 1 { one } else { many }));
            }
        }
        let note = if notes.is_empty() { String::new() } else { format!("{}.", notes.join(", ")) };
        view.panels.push(Panel {
            id: "story".to_owned(),
            title: "What we hold to".to_owned(),
            note,
            pictures: if lines.is_empty() {
                vec![empty(
                    "Nobody has written a line yet",
                    "The first says why we are here. What we hold to, what comes first and what is to become true hang on it.",
                )]
            } else {
                vec![Picture::Lines(Lines {
                    id: "story".to_owned(),
                    columns: Vec::new(),
                    lines: self.hanging(&state, &scope, None, today, &mut BTreeSet::new()),
                })]
            },
            links: vec![Link::new("Conversations", "/conversations"), Link::new("You said, so we", "/said")],
            ..Panel::default()
        });
        view.panels.push(self.versions(&state));
        Ok(view)
    }

    /// The lines that hang on one, or on none, each with those that hang on it.
    fn hanging(
        &self,
        state: &State,
        scope: &Scope,
        under: Option<&str>,
        today: Date,
        seen: &mut BTreeSet<String>,
    ) -> Vec<Line> {
        let shown = |id: &str| state.lines.get(id).is_some_and(|told| !told.now().retired);
        let mut here: Vec<&Told> = state
            .lines
            .values()
            .filter(|told| !told.now().retired)
            .filter(|told| told.now().under.as_deref().filter(|id| shown(id)) == under)
            .collect();
        here.sort_by_key(|told| (told.now().kind, told.versions[0].seq));
        here.into_iter()
            .filter_map(|told| {
                let line = told.now();
                // One that hangs on itself was refused; nothing is drawn twice all the same.
                if !seen.insert(line.id.clone()) {
                    return None;
                }
                let newest = told.newest();
                let since = date(self.zone().date(newest.at).into());
                Some(Line {
                    kind: kind(line.kind).to_owned(),
                    words: line.text.clone(),
                    href: line.evidence.clone(),
                    since: match told.versions.len() {
                        1 => format!("since {since}"),
                        n => format!("version {n}, since {since}"),
                    },
                    because: newest.because.iter().map(|thing| because(state, thing)).collect(),
                    measure: line.target.as_ref().map(|target| {
                        let now = self.value_of(scope, target);
                        let aim = aim(target, now.value, self.called(&target.measure).better);
                        (now, aim)
                    }),
                    standing: standing(told, today),
                    under: self.hanging(state, scope, Some(&line.id), today, seen),
                })
            })
            .collect()
    }

    /// What a measure is now, with where it comes from.
    fn value_of(&self, scope: &Scope, target: &Target) -> Figure {
        let counted = self.measures_of(scope, Some(&target.measure)).unwrap_or_default();
        let newest = counted.first().and_then(|counted| {
            let series = &counted.card.series;
            let point = series.points.iter().rev().find(|point| point.value.is_some())?;
            let says = format!("{}, {} {}", series.title, show::words::every(series.every), date(point.start));
            Some(Figure::new(point.value, series.unit.clone(), self.evidence(&target.measure, says, None)))
        });
        newest.unwrap_or_else(|| {
            Figure::new(None, target.unit.as_str(), self.evidence(&target.measure, target.measure.clone(), None))
        })
    }

    /// Every version of every line, newest first.
    fn versions(&self, state: &State) -> Panel {
        let mut all: Vec<_> = state.lines.values().flat_map(|told| told.versions.iter().enumerate()).collect();
        all.sort_by_key(|(_, version)| std::cmp::Reverse(version.seq));
        let mut table = Table::new(["when", "line", "version", "who", "because"]);
        for (n, version) in all.into_iter().take(VERSIONS) {
            let told =
                if version.is.retired { format!("Told no more: {}", version.is.text) } else { version.is.text.clone() };
            let causes: Vec<Link> = version.because.iter().map(|thing| because(state, thing)).collect();
            let words: Vec<&str> = causes.iter().map(|link| link.words.as_str()).collect();
            table.push([
                super::decided::long(self.zone().date(version.at)).into(),
                told.into(),
                (n as u64 + 1).into(),
                version.who.as_str().into(),
                words.join("; ").into(),
            ]);
        }
        Panel {
            id: "versions".to_owned(),
            title: "What changed, and because of what".to_owned(),
            pictures: if table.rows.is_empty() {
                vec![empty("Nothing has changed yet", "Each new version of a line stands here, with what caused it.")]
            } else {
                let caption = "Versions of the lines, newest first".to_owned();
                vec![Picture::Rows(show::Rows { caption, table, links: Vec::new() })]
            },
            ..Panel::default()
        }
    }
}

/// The page lists so many versions.
const VERSIONS: usize = 50;

/// "Why", "How"
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Why => "Why",
        Kind::How => "How",
        Kind::What => "What",
        Kind::Target => "Target",
        Kind::Fact => "Fact",
    }
}

/// "now; target 90% by 2 October 2026, from 70%: met"
fn aim(target: &Target, now: Option<f64>, better: show::Better) -> String {
    let unit = show::Unit::from(target.unit.as_str());
    let is_lower = match better {
        show::Better::Lower => true,
        show::Better::Higher => false,
        show::Better::Neither => target.to < target.from,
    };
    let is_met = |now: f64| if is_lower { now <= target.to } else { now >= target.to };
    let met = now.map_or("", |now| if is_met(now) { ": met" } else { ": not met yet" });
    let (to, from) = (unit.say(target.to), unit.say(target.from));
    format!("now; target {to} by {}, from {from}{met}", super::decided::long(target.by))
}

/// How a line stands: who disputes it, or since when nobody has looked at a fact.
fn standing(told: &Told, today: Date) -> Standing {
    let disputes: Vec<String> = told.disputes().map(|(who, why)| format!("{who}: {why}")).collect();
    match (disputes.is_empty(), told.now().good_until.filter(|_| told.is_stale(today))) {
        (false, _) => Standing::Disputed(disputes.join("; ")),
        (true, Some(until)) => Standing::Stale(date(until.into())),
        (true, None) if told.held.is_empty() => Standing::None,
        (true, None) => Standing::Agreed,
    }
}
