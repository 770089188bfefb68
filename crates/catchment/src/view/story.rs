//! The shared story: why we are here, how we hold to it, what comes first, each line with what caused it.

use super::talked::{because, empty};
use super::{Reader, Scope};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::place::now;
use agree::log::{Done, Kind, State, Target, Told, Version, was_said};
use domain::Date;
use serde_json::{Value, json};
use show::number::{count, date};
use show::public::{PublicLine, PublicStory, suppress};
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

    /// `/log`: what was done, newest first, each deed that is told with what it was about and what caused it.
    pub(super) fn log(&self, ask: &Ask) -> Result<View, Wrong> {
        let state = self.said()?;
        let mut view = self.blank(ask, "Who did what, and because of what");
        view.over = "The Ledger".to_owned();
        view.lede = "Whatever is said and settled here is one log that nobody can change; every page is a view of it."
            .to_owned();
        let mut table = Table::new(["what", "did", "times", "who", "when", "because", "entry"]);
        let mut links = Vec::new();
        let day = |done: &Done| self.zone().date(done.at);
        // the same again on the same day, as minutes of a meeting are kept voice by voice, is one row
        let again = |a: &Done, b: &Done| {
            (a.did, &a.what, &a.who, &a.because, day(a)) == (b.did, &b.what, &b.who, &b.because, day(b))
        };
        let newest: Vec<&Done> = state.done.iter().rev().collect();
        for same in newest.chunk_by(|a, b| again(a, b)).take(DEEDS) {
            let Some(done) = same.first() else { continue };
            let what = because(&state, &done.what);
            let causes: Vec<String> = done.because.iter().map(|thing| because(&state, thing).words).collect();
            table.push([
                what.words.into(),
                done.did.into(),
                same.len().into(),
                done.who.as_str().into(),
                jiff::civil::Date::from(day(done)).strftime("%-d %b %Y").to_string().into(),
                causes.join("; ").into(),
                done.seq.into(),
            ]);
            links.push(Some(what.href));
        }
        let all = state.done.len();
        view.panels.push(Panel {
            id: "log".to_owned(),
            title: "What was done, newest first".to_owned(),
            note: format!(
                "{}, of {}. The log holds {} entries: votes, what is not read yet and what teams answer of each other are never told one by one.",
                show::number::plural(table.rows.len(), "row"),
                show::number::plural(all, "deed"),
                count(state.seq)
            ),
            pictures: if all == 0 {
                vec![empty("Nothing has been done yet", "Each deed stands here, with what caused it.")]
            } else {
                vec![Picture::Rows(show::Rows { caption: "Deeds".to_owned(), table, links })]
            },
            ..Panel::default()
        });
        Ok(view)
    }

    /// The story for everybody: the page and the same as data.
    ///
    /// # Errors
    /// When the Ledger or the Lake cannot be read.
    pub(crate) fn public_story(&self) -> Result<(String, Value), Fault> {
        let state = self.said()?;
        let (today, everywhere) = (self.zone().date(now()), Default::default());
        let scope = self.scope(&everywhere).ok();
        let part = |kind: Kind| -> Vec<PublicLine> {
            let mut lines: Vec<&Told> = state.lines.values().collect();
            lines.retain(|told| told.now().kind == kind && !told.now().retired);
            lines.sort_by_key(|told| told.versions[0].seq);
            lines.into_iter().map(|told| self.public_line(scope.as_ref(), told, today)).collect()
        };
        let page = PublicStory {
            place: self.at.place.name.clone(),
            parts: [
                ("Why we are here", Kind::Why),
                ("What comes first", Kind::What),
                ("What we want to come true", Kind::Target),
                ("How we work", Kind::How),
                ("What we know", Kind::Fact),
            ]
            .map(|(title, kind)| (title.to_owned(), part(kind)))
            .to_vec(),
            links: vec![Link::new("The same as data", "/public/story.json")],
            notice: self.blank(&Ask::default(), "").notice,
        };
        let told = |line: &PublicLine| {
            json!({
                "line": line.words, "note": line.notes, "evidence": line.evidence, "changed_by_what_was_said": line.heard,
            })
        };
        let parts = page
            .parts
            .iter()
            .map(|(title, lines)| json!({ "part": title, "lines": lines.iter().map(told).collect::<Vec<_>>() }));
        let data = json!({ "place": page.place, "story": parts.collect::<Vec<_>>() });
        Ok((show::public::story(&page), data))
    }

    /// One line for everybody: how far a target is, who does not agree, and whether what people said changed it.
    fn public_line(&self, scope: Option<&Scope>, told: &Told, today: Date) -> PublicLine {
        let line = told.now();
        let mut notes = Vec::new();
        if let Some(target) = &line.target {
            let now = scope.and_then(|scope| self.value_of(scope, target).value);
            let [from, is, to] = measured(target, now, self.called(&target.measure).better);
            let is = match (now, target.unit.as_str()) {
                (None, _) => "We do not know what it is now.".to_owned(),
                // people who are few are never counted here
                (Some(now), "people") => format!("It is {} now.", suppress(now.max(0.0).round() as u64).say()),
                _ => format!("It is {is} now."),
            };
            let by = super::decided::long(target.by);
            notes.push(format!("It was {from}. {is} We want {to} by {by}."));
        }
        match standing(told, today) {
            Standing::Disputed(_) => notes.push("Not all of us think that this is so.".to_owned()),
            Standing::Stale(since) => notes.push(format!("No one has looked at this since {since}.")),
            Standing::Agreed if line.kind == Kind::Fact => {
                notes.push("All who looked at this think that it is so.".to_owned());
            }
            Standing::Open => notes.push("Not yet agreed by all.".to_owned()),
            _ => {}
        }
        let heard = told.versions.iter().skip(1).flat_map(|version| &version.because).any(|cause| was_said(cause));
        PublicLine { words: line.text.clone(), notes, heard, evidence: line.evidence.clone() }
    }

    /// Every version of every line, newest first.
    fn versions(&self, state: &State) -> Panel {
        let mut all: Vec<_> = state.lines.values().flat_map(|told| told.versions.iter().enumerate()).collect();
        all.sort_by_key(|(_, version)| std::cmp::Reverse(version.seq));
        let line = |(n, version): (usize, &Version<agree::log::Line>)| Line {
            kind: format!("Version {}", n + 1),
            words: if version.is.retired {
                format!("Told no more: {}", version.is.text)
            } else {
                version.is.text.clone()
            },
            since: format!("{}, {}", super::decided::long(self.zone().date(version.at)), version.who),
            because: version.because.iter().map(|thing| because(state, thing)).collect(),
            ..Line::default()
        };
        let lines: Vec<Line> = all.into_iter().take(VERSIONS).map(line).collect();
        Panel {
            id: "versions".to_owned(),
            title: "What changed, and because of what".to_owned(),
            note: "Newest first.".to_owned(),
            links: vec![Link::new("All that was done, and because of what", "/log")],
            pictures: if lines.is_empty() {
                vec![empty("Nothing has changed yet", "Each new version of a line stands here, with what caused it.")]
            } else {
                vec![Picture::Lines(Lines { id: "versions".to_owned(), columns: Vec::new(), lines })]
            },
            ..Panel::default()
        }
    }
}

/// Where a target began, where it is (nothing where that is not known) and where it is to be, with one unit for the three: "38 minutes",
/// "108 minutes", "at most 30 minutes".
fn measured(target: &Target, now: Option<f64>, better: show::Better) -> [String; 3] {
    let unit = show::Unit::from(target.unit.as_str());
    let smallest =
        [Some(target.from), now, Some(target.to)].into_iter().flatten().map(f64::abs).fold(f64::NAN, f64::min);
    let scale = unit.scale(smallest);
    let say = |value: f64| match scale.word.as_str() {
        "min" => format!("{} {}", scale.number(value), if scale.number(value) == "1" { "minute" } else { "minutes" }),
        "times" if scale.number(value) == "1" => "as much".to_owned(),
        "times" => format!("{} as much", scale.say(value)),
        _ => scale.say(value),
    };
    let bound = if is_lower(target, better) { "at most" } else { "at least" };
    [say(target.from), now.map_or_else(String::new, say), format!("{bound} {}", say(target.to))]
}

/// Whether lower is better: as the measure says, and else as the target lies.
fn is_lower(target: &Target, better: show::Better) -> bool {
    match better {
        show::Better::Lower => true,
        show::Better::Higher => false,
        show::Better::Neither => target.to < target.from,
    }
}

/// The page lists so many deeds.
const DEEDS: usize = 300;

/// The page lists so many versions.
const VERSIONS: usize = 30;

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

/// "now; target at least 90% by 2 October 2026, from 70%: met"
fn aim(target: &Target, now: Option<f64>, better: show::Better) -> String {
    let is_met = |now: f64| if is_lower(target, better) { now <= target.to } else { now >= target.to };
    let met = now.map_or("", |now| if is_met(now) { ": met" } else { ": not met yet" });
    let [from, _, to] = measured(target, now, better);
    format!("now; target {to} by {}, from {from}{met}", super::decided::long(target.by))
}

/// How a line stands: who disputes it, since when nobody has looked at a fact, or that nobody has agreed to it yet.
fn standing(told: &Told, today: Date) -> Standing {
    let disputes: Vec<String> = told.disputes().map(|(who, why)| format!("{who}: {why}")).collect();
    match (disputes.is_empty(), told.now().good_until.filter(|_| told.is_stale(today))) {
        (false, _) => Standing::Disputed(disputes.join("; ")),
        (true, Some(until)) => Standing::Stale(date(until.into())),
        (true, None) if told.held.is_empty() && told.now().kind == Kind::Fact => Standing::Open,
        (true, None) if told.held.is_empty() => Standing::None,
        (true, None) => Standing::Agreed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use show::Better;

    #[test]
    fn the_three_numbers_of_a_target_are_in_one_unit_and_say_which_way_it_goes() {
        let target = |unit: &str, from: f64, to: f64| Target {
            measure: "m".into(),
            unit: unit.into(),
            from,
            to,
            by: Date::from_ymd(2026, 4, 2).unwrap(),
        };
        let crews = target("minutes", 38.0, 30.0);
        assert_eq!(measured(&crews, Some(108.0), Better::Lower), ["38 minutes", "108 minutes", "at most 30 minutes"]);
        let crisis = target("hours", 11.0, 4.0);
        assert_eq!(measured(&crisis, Some(60.0), Better::Lower), ["11 hours", "60 hours", "at most 4 hours"]);
        let calls = target("%", 97.0, 90.0);
        assert_eq!(measured(&calls, Some(100.0), Better::Higher), ["97%", "100%", "at least 90%"]);
        assert_eq!(aim(&calls, Some(100.0), Better::Higher), "now; target at least 90% by 2 April 2026, from 97%: met");
        let gap = target("times", 1.25, 1.0);
        assert_eq!(measured(&gap, None, Better::Neither), ["1.2 times as much", "", "at most as much"]);
    }
}
