//! Pressure as a measured state: are both ends of a path delayed at once? Of each organisation, of each neighbourhood and of the
//! whole, with the level that an organisation declared beside it, and the scales on which it may be declared.
//!
//! What is usual, busy and under pressure is decided by [`measures::pressure`] alone. Here are its readings: hours of the delay
//! ledger at the watched handovers as people at a time.

use super::{Reader, Scope, waits, waits_for};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use domain::{Date, Organisation, Sector, ServiceKind};
use measures::ledger::{Column, Totals};
use measures::pressure::{
    self, Cuts, Day, End, EndRule, Level, Missing, Path, Side, Source, State, Unfilled, Unit, Usual, Waits, end_of,
};
use measures::series::Grain;
use show::{Cell, Fact, Figure, Link, Panel, Picture, Pressure, Rows, Table, View, Why, Width};
use std::collections::{BTreeMap, BTreeSet};

/// Days shown; the last of them is now.
const DAYS: usize = 28;
/// Organisations of general practice beyond this number are shown as one line.
const ALONE: usize = 3;
/// Neighbourhoods shown at most, most pressed first.
const PLACES: usize = 40;
/// The measure that holds the level which an organisation declared.
const DECLARED: &str = "declared-pressure";
/// Days that a feed may be behind before its organisation is not known: none of its people work at weekends, perhaps.
const SLACK: i32 = 3;

/// The definition that evidence gives.
pub const DEFINITION: &str = "People waiting at a time to come in and to go on, each end against its own half-year by day of the week: busy above 9 in 10 of it. Level 1 usual, 2 busy at one end, 3 at both at once, 4 when one of them is busier than on any day of that half-year. Measured from records, not declared by anyone.";

/// One line of a strip with what it rests on.
struct Pressed {
    picture: Pressure,
    /// Each day with what was declared; empty where nothing is declared for it.
    days: Vec<Day>,
}

/// The line that an organisation is part of.
struct Line {
    name: String,
    href: String,
    /// The last day that its records reach.
    known_to: Date,
    /// Whose line it is.
    organisations: Vec<String>,
}

/// A path whose ends the delay ledger tells of, day by day.
pub struct Watched<'r> {
    pub path: &'r Path,
    /// The handovers at its front and its back.
    pub handovers: [Vec<String>; 2],
    /// The day of the first readings.
    pub first: Date,
    /// People at a time at its front and its back.
    pub ends: [Vec<Option<f64>>; 2],
}

impl Reader<'_> {
    /// The line that each organisation is part of: itself, or its sector where many are alike.
    fn line_of(&self, organisation: &Organisation, practices: usize) -> (String, String, String) {
        if organisation.sector == Sector::Primary && practices > ALONE {
            ("primary".to_owned(), "General practice".to_owned(), "/organisations#primary".to_owned())
        } else {
            let href = format!("/organisations/{}", show::escape(&organisation.id));
            (organisation.id.clone(), organisation.name.clone(), href)
        }
    }

    /// Lines by key.
    fn lines(&self, last: Date) -> Result<BTreeMap<String, Line>, Fault> {
        let newest: BTreeMap<String, Date> = self
            .ask("select feed, local_date(max(newest)) as newest from sources group by feed")?
            .rows()
            .filter_map(|row| Some((row.text("feed"), row.date("newest")?)))
            .collect();
        let organisations = &self.at.place.organisations;
        let practices = organisations.iter().filter(|other| other.sector == Sector::Primary).count();
        let mut lines = BTreeMap::<String, Line>::new();
        for organisation in organisations {
            let (key, name, href) = self.line_of(organisation, practices);
            // Of an organisation that sends nothing itself, others tell.
            let own = self.at.feeds.iter().filter(|feed| feed.organisation == organisation.id && feed.series.is_none());
            let reach = own.filter_map(|feed| newest.get(&feed.name)).max().filter(|reach| reach.0 + SLACK < last.0);
            let known_to = reach.copied().unwrap_or(last);
            let line = lines.entry(key).or_insert(Line { name, href, known_to, organisations: Vec::new() });
            line.known_to = line.known_to.max(known_to);
            line.organisations.push(organisation.id.clone());
        }
        Ok(lines)
    }

    /// The days that are read, and those of them for which the records are complete.
    fn days_of(&self, scope: &Scope) -> [(Date, Date); 2] {
        let last = Date(scope.end().0 - 1);
        let first = Date(last.0 + 1 - (DAYS + Usual::DAILY.needs()) as i32);
        let complete = self.weeks.map_or((first, last), |(from, to)| (from, Date(to.0 + 6)));
        [(first, last), complete]
    }

    fn daily(&self, scope: &Scope, by: &[Column]) -> Result<Totals, Fault> {
        let [(first, last), _] = self.days_of(scope);
        let ledger = self.ledger_of(scope, by, Grain::Day, first, scope.end())?;
        let mut days = ledger.totals(by, Grain::Day, first, last).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        if scope.newest && by.first() == Some(&Column::Handover) {
            self.go_on(&mut days)?;
        }
        Ok(days)
    }

    /// A feed that tells days alone knows nothing yet of the day on which the records end: who waits still is taken to wait
    /// there as on the day before.
    fn go_on(&self, days: &mut Totals) -> Result<(), Fault> {
        let query = "select distinct handover from handovers where still_waiting and precision = 'day'";
        let open: BTreeSet<String> = self.ask(query)?.rows().map(|row| row.text("handover")).collect();
        let width = days.periods.len();
        for handover in open.iter().filter(|_| width > 1) {
            let is_own = |group: &[Option<String>]| group[0].as_ref() == Some(handover);
            let own: Vec<usize> = (0..days.groups.len()).filter(|at| is_own(&days.groups[*at])).collect();
            if own.iter().all(|group| days.seconds[group * width + width - 1] == 0) {
                for group in own {
                    days.seconds[group * width + width - 1] = days.seconds[group * width + width - 2];
                }
            }
        }
        Ok(())
    }

    /// Each organisation's last 28 days, most pressed first.
    pub(super) fn pressure(&self, scope: &Scope) -> Result<Vec<Pressure>, Fault> {
        Ok(self.pressed(scope)?.into_iter().map(|pressed| pressed.picture).collect())
    }

    fn pressed(&self, scope: &Scope) -> Result<Vec<Pressed>, Fault> {
        if !self.has("delay_ledger") {
            return Ok(Vec::new());
        }
        let [(_, last), complete] = self.days_of(scope);
        let days = self
            .daily(scope, &[Column::Handover, Column::FromOrganisation, Column::ToOrganisation, Column::ToService])?;
        let lines = self.lines(last)?;
        let keys: BTreeMap<&str, &str> = lines
            .iter()
            .flat_map(|(key, line)| line.organisations.iter().map(|id| (id.as_str(), key.as_str())))
            .collect();
        let declared = self.declared(scope)?;
        let key_of = |organisation: Option<&str>| organisation.and_then(|id| keys.get(id)).copied();
        let mut all = Vec::new();
        for (key, line) in &lines {
            let side = |group: &[Option<&str>]| end_of(key, key_of(group[1]), key_of(group[2]), group[3].is_none());
            let ends = days.ends((complete.0, complete.1.min(line.known_to)), side);
            if ends.iter().all(Vec::is_empty) {
                continue;
            }
            let waits = [Side::Front, Side::Back].map(|wanted| self.waits_at(&days, wanted, side));
            let [front, back] = &waits;
            let says = [front, back].map(|waits| Waits { waits, unit: Unit::People });
            let states = pressure::state(&ends[0], &ends[1], &Cuts::Usual(Usual::DAILY), DAYS);
            let told = declared.get(key);
            let stale = line.known_to < last;
            all.push(self.strip(scope, &line.name, Some(&line.href), last, &states, &says, told, stale));
        }
        all.sort_by(|a, b| foremost(&a.picture, &b.picture));
        Ok(all)
    }

    /// What is waited for at an end: the one thing, or in general.
    fn waits_at(&self, days: &Totals, wanted: Side, side: impl Fn(&[Option<&str>]) -> Option<Side>) -> String {
        let at_end = days.groups.iter().filter(|group| {
            let group: Vec<Option<&str>> = group.iter().map(Option::as_deref).collect();
            side(&group) == Some(wanted)
        });
        let handovers: BTreeSet<&str> = at_end.filter_map(|group| group[0].as_deref()).collect();
        let only = handovers.first().filter(|_| handovers.len() == 1);
        let rule = only.and_then(|id| self.at.place.handovers.iter().find(|rule| rule.id == **id));
        rule.map_or_else(
            || if wanted == Side::Front { "to come in" } else { "to go on" }.to_owned(),
            |rule| {
                let waits = waits_for(rule.from, rule.to).map(str::to_owned);
                waits.unwrap_or_else(|| format!("at {}", waits::lower(&rule.name)))
            },
        )
    }

    /// The level that each organisation declared, by day.
    fn declared(&self, scope: &Scope) -> Result<BTreeMap<String, BTreeMap<i32, u8>>, Fault> {
        let mut all: BTreeMap<String, BTreeMap<i32, u8>> = BTreeMap::new();
        // What is declared is declared for everybody.
        if !self.has("series") || scope.is_group() {
            return Ok(all);
        }
        let query = format!(
            "select \"group\", period, value from series where measure = '{DECLARED}' and level = 'organisation' and grain = 'day'
             and period >= date '{}' and period < date '{}' and value is not null",
            Date(scope.end().0 - DAYS as i32),
            scope.end()
        );
        for row in self.ask(&query)?.rows() {
            if let (Some(day), Some(level)) = (row.date("period"), row.number("value")) {
                all.entry(row.text("group")).or_default().insert(day.0, level.clamp(0.0, 255.0) as u8);
            }
        }
        Ok(all)
    }

    #[expect(clippy::too_many_arguments, reason = "what a line is made of")]
    fn strip(
        &self,
        scope: &Scope,
        name: &str,
        href: Option<&str>,
        last: Date,
        states: &[State],
        says: &[Waits; 2],
        declared: Option<&BTreeMap<i32, u8>>,
        stale: bool,
    ) -> Pressed {
        let few = scope.is_group() || href.is_some_and(|href| href.starts_with("/places/"));
        let first = last.0 + 1 - states.len() as i32;
        let on = |at: usize| declared.and_then(|days| days.get(&(first + at as i32)).copied());
        let days: Vec<Day> = states
            .iter()
            .enumerate()
            .map(|(at, state)| Day::new(name, Date(first + at as i32), on(at), state, reason(state, says, few)))
            .collect();
        let (now, today) = (states.last(), days.last());
        let mut evidence = self.evidence("pressure", DEFINITION, now.and_then(readings));
        evidence.shown_on = href.map(|href| Link::new(name, href)).into_iter().collect();
        let level = Figure::new(today.and_then(|day| day.level).map(f64::from), "", evidence);
        let level = if stale { Figure { missing: show::Missing::Stale, ..level } } else { level };
        let picture = Pressure {
            organisation: name.to_owned(),
            days: days.iter().map(|day| day.level).collect(),
            level,
            declared: if declared.is_some() { days.iter().map(|day| day.declared).collect() } else { Vec::new() },
            reason: today.map_or_else(String::new, |day| show::chart::sentence(&day.reason)),
            href: href.map(str::to_owned),
        };
        Pressed { picture, days: if declared.is_some() { days } else { Vec::new() } }
    }

    /// One organisation's own strip.
    pub(super) fn pressure_of(&self, scope: &Scope, id: &str) -> Result<Option<Pressure>, Fault> {
        let organisations = &self.at.place.organisations;
        let practices = organisations.iter().filter(|other| other.sector == Sector::Primary).count();
        let Some(own) = organisations.iter().find(|organisation| organisation.id == id) else { return Ok(None) };
        let (_, name, _) = self.line_of(own, practices);
        Ok(self.pressure(scope)?.into_iter().find(|pressure| pressure.organisation == name))
    }

    /// `/pressure`
    pub(super) fn pressure_page(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let pressed = self.pressed(&scope)?;
        let known: Vec<&Pressure> = pressed.iter().map(|pressed| &pressed.picture).collect();
        let high: Vec<&str> = known
            .iter()
            .filter(|line| line.level.value.is_some_and(|level| level >= 3.0))
            .map(|line| line.organisation.as_str())
            .collect();
        let told = known.iter().filter(|line| line.level.value.is_some()).count();
        let mut view = self.blank(
            ask,
            match high.as_slice() {
                _ if told == 0 => "Too little is known to measure pressure".to_owned(),
                [] => "Nobody is under pressure at both ends at once".to_owned(),
                [one] => format!("{one} is under pressure: people wait to come in and to go on at once"),
                many => format!("{} organisations are under pressure at both ends at once", many.len()),
            },
        );
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        view.lede = "A queue at one end is a busy day. Queues at both ends at once, where people wait to come in because others wait to go on, are pressure. It is measured against each one’s own usual half-year.".to_owned();
        let days: Vec<Day> = pressed.iter().flat_map(|pressed| pressed.days.iter().cloned()).collect();
        let agreement = pressure::agreement(&days);
        let evidence = |says: &str, rows: usize| self.evidence("pressure", says, Some(rows as u64));
        let says = "Organisations of which both ends are busy on the last day of the week";
        view.facts.push(Fact {
            title: "Under pressure at both ends".to_owned(),
            figure: Figure::new((told > 0).then_some(high.len() as f64), "", evidence(says, pressed.len())),
            note: format!("of {told} that are known"),
        });
        if let Some(share) = agreement.share() {
            let says = "Days of organisations on which declared and measured both said pressure or both said none, of those on which both are known";
            view.facts.push(Fact {
                title: "Declared and measured agree".to_owned(),
                figure: Figure::new(share * 100.0, "%", evidence(says, days.len() - agreement.unknown)),
                note: format!("of {}", show::number::plural(days.len() - agreement.unknown, "day")),
            });
        }
        let panel = |id: &str, title: &str, note: &str, lines: Vec<Pressure>| Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note: note.to_owned(),
            pictures: vec![Picture::Pressure(lines)],
            links: vec![Link::new("How the level is measured", "/why/pressure")],
            ..Panel::default()
        };
        let lived = match self.has("delay_ledger") {
            true => Some(self.daily(&scope, &[Column::Neighbourhood, Column::Handover])?),
            false => None,
        };
        if let Some(lived) = lived.as_ref().filter(|_| !self.at.pressure.paths.is_empty()) {
            view.panels.push(panel(
                "paths",
                "The whole system, path by path",
                "The last 28 days. Height and number are the measured level, 1 to 4.",
                self.paths(&scope, lived)?,
            ));
        }
        let lines: Vec<Pressure> = pressed.iter().map(|pressed| pressed.picture.clone()).collect();
        if lines.is_empty() {
            view.panels.push(said(
                "organisations",
                "Organisation by organisation",
                "No wait has been seen yet",
                "Pressure is measured where people wait to come to an organisation and to go on from it. No such wait is in the records.",
            ));
        } else {
            view.panels.push(panel(
                "organisations",
                "Organisation by organisation",
                "The last 28 days, most pressed first. Level 3 and 4: both ends at once.",
                lines,
            ));
        }
        if let Some(lived) = &lived {
            let (places, path) = self.places_of(&scope, lived)?;
            if let Some(path) = path.filter(|_| !places.is_empty()) {
                let all = places.len();
                let note = format!(
                    "{}, for the people who live there{}.",
                    path.name,
                    if all > PLACES { format!("; the {PLACES} most pressed of {all}") } else { String::new() }
                );
                view.panels.push(panel(
                    "places",
                    "Neighbourhood by neighbourhood",
                    &note,
                    places.into_iter().take(PLACES).collect(),
                ));
            }
        }
        view.panels.push(self.beside(&scope, &pressed));
        view.panels.extend(self.scales(&scope)?);
        Ok(view)
    }

    /// Each path that the place measures, for everybody.
    fn paths(&self, scope: &Scope, lived: &Totals) -> Result<Vec<Pressure>, Fault> {
        let [(_, last), complete] = self.days_of(scope);
        let mut all = Vec::new();
        for path in &self.at.pressure.paths {
            let [mut front, mut back] = lived.ends(complete, |key| path.side(key[1]));
            for (end, rule) in [(&mut front, &path.front), (&mut back, &path.back)] {
                if let Source::Measure(id) = &rule.source {
                    *end = self.readings_of(scope, id.as_deref())?;
                }
            }
            let states = pressure::state(&front, &back, &path.cuts, DAYS);
            let says = [path.front.says(), path.back.says()];
            let mut line = self.strip(scope, &path.name, None, last, &states, &says, None, false).picture;
            if states.is_empty() {
                line.reason = "None of its handovers is watched here".to_owned();
            }
            let unfed = |end: &EndRule| end.source == Source::Measure(None);
            if unfed(&path.front) || unfed(&path.back) {
                line.reason = "Not measured: nothing feeds its ends yet".to_owned();
            }
            all.push(line);
        }
        all.sort_by(foremost);
        Ok(all)
    }

    /// People at a time at both ends of each path that the ledger alone tells of, day by day to a last one, as far back as the
    /// last half-year of states needs; none where nobody knows.
    pub fn watched(&self, last: Date) -> Result<Vec<Watched<'_>>, Fault> {
        let all = crate::ask::Filter::default();
        let Some((begun, _)) = self.weeks.filter(|_| self.has("delay_ledger")) else { return Ok(Vec::new()) };
        let scope = Scope { filter: &all, week: last, newest: true, owner: None };
        let first = begun.max(Date(last.0 - (Usual::DAILY.before + Usual::DAILY.needs()) as i32)).min(last);
        let by = [Column::Neighbourhood, Column::Handover];
        let ledger = self.ledger_of(&scope, &by, Grain::Day, first, Date(last.0 + 1))?;
        let days = ledger.totals(&by, Grain::Day, first, last).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        let mut watched = Vec::new();
        for path in &self.at.pressure.paths {
            let (Source::Handovers(front), Source::Handovers(back)) = (&path.front.source, &path.back.source) else {
                continue;
            };
            let ends = days.ends((first, last), |key| path.side(key[1]));
            if ends.iter().all(|end| !end.is_empty()) {
                watched.push(Watched { path, handovers: [front.clone(), back.clone()], first, ends });
            }
        }
        Ok(watched)
    }

    /// A measure of the whole system by day.
    fn readings_of(&self, scope: &Scope, id: Option<&str>) -> Result<Vec<Option<f64>>, Fault> {
        let [(first, last), _] = self.days_of(scope);
        let mut readings = vec![None; (last.0 - first.0 + 1) as usize];
        if let Some(id) = id.filter(|_| self.has("series") && !scope.is_group()) {
            let query = format!(
                "select period, value from series where measure = '{}' and level = 'system' and grain = 'day' and period >= date '{first}' and period <= date '{last}'",
                super::quoted(id)
            );
            for row in self.ask(&query)?.rows() {
                let slot = row.date("period").and_then(|day| readings.get_mut((day.0 - first.0) as usize));
                if let Some(slot) = slot {
                    *slot = row.number("value");
                }
            }
        }
        Ok(readings)
    }

    /// Each neighbourhood on the first path that the ledger tells of.
    fn places_of(&self, scope: &Scope, lived: &Totals) -> Result<(Vec<Pressure>, Option<&Path>), Fault> {
        let of_ledger = |end: &EndRule| matches!(end.source, Source::Handovers(_));
        let path = self.at.pressure.paths.iter().find(|path| of_ledger(&path.front) && of_ledger(&path.back));
        let Some(path) = path else { return Ok((Vec::new(), None)) };
        let [(_, last), complete] = self.days_of(scope);
        let mut by_place: BTreeMap<&str, Totals> = BTreeMap::new();
        for (at, group) in lived.groups.iter().enumerate() {
            let Some(place) = group[0].as_deref() else { continue };
            let own = by_place.entry(place).or_insert_with(|| Totals {
                groups: Vec::new(),
                periods: lived.periods.clone(),
                seconds: Vec::new(),
            });
            own.groups.push(group.clone());
            own.seconds.extend(&lived.seconds[at * lived.periods.len()..][..lived.periods.len()]);
        }
        let mut all = Vec::new();
        for (place, own) in by_place {
            let [front, back] = own.ends(complete, |key| path.side(key[1]));
            let states = pressure::state(&front, &back, &path.cuts, DAYS);
            if !states.is_empty() {
                let href = format!("/places/{}", show::escape(place));
                let says = [path.front.says(), path.back.says()];
                all.push(self.strip(scope, place, Some(&href), last, &states, &says, None, false).picture);
            }
        }
        all.sort_by(foremost);
        Ok((all, Some(path)))
    }

    /// Declared beside measured, and the days on which they differ.
    fn beside(&self, scope: &Scope, pressed: &[Pressed]) -> Panel {
        let (id, title) = ("declared", "Declared beside measured");
        let declaring: Vec<&Pressed> = pressed.iter().filter(|pressed| !pressed.days.is_empty()).collect();
        if declaring.is_empty() {
            let (why, text) = if scope.is_group() {
                (
                    "A level is declared for everybody",
                    "It cannot be set beside what a part of the people waits. Take back what you chose to see both.",
                )
            } else {
                (
                    "No level is declared here",
                    "A feed that brings the daily measure declared-pressure by organisation is set beside what is measured.",
                )
            };
            return said(id, title, why, text);
        }
        let mut words = Vec::new();
        let mut table = Table::new(["day", "organisation", "declared", "measured", "reason"]);
        let mut links = Vec::new();
        for Pressed { picture, days } in &declaring {
            words.push(format!("{}: {}.", picture.organisation, waits::lower(&pressure::agreement(days).sentence())));
        }
        let mut differ: Vec<(&Day, &Option<String>)> = declaring
            .iter()
            .flat_map(|pressed| pressed.days.iter().map(|day| (day, &pressed.picture.href)))
            .filter(|(day, _)| day.disagreement().is_some())
            .collect();
        differ.sort_by(|(a, _), (b, _)| b.day.cmp(&a.day).then_with(|| a.organisation.cmp(&b.organisation)));
        for (day, href) in differ {
            table.push([
                Cell::from(day.day.to_string()),
                Cell::from(day.organisation.as_str()),
                Cell::from(day.declared.map(u64::from)),
                Cell::from(day.level.map(u64::from)),
                Cell::from(format!("{}: {}", show::chart::sentence(day.measured.name()), day.reason)),
            ]);
            links.push(href.clone());
        }
        words.push("A measured level is no declared level: one says what people wait, the other what was announced. Pressure is declared from level 3 on, and measured when both ends are busy.".to_owned());
        let mut pictures = vec![Picture::Words(words)];
        if !table.rows.is_empty() {
            pictures.push(Picture::Rows(Rows {
                caption: "Days on which declared and measured differ".to_owned(),
                table,
                links,
            }));
        }
        Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note: "The last 28 days; the days on which they differ are the list to talk about.".to_owned(),
            pictures,
            ..Panel::default()
        }
    }

    /// The scales that the place has, what is still to be filled, and the levels of those that are.
    fn scales(&self, scope: &Scope) -> Result<Vec<Panel>, Fault> {
        let config = &self.at.pressure;
        if config.tables.is_empty() {
            return Ok(Vec::new());
        }
        let day = Date(scope.end().0 - 1);
        let mut table = Table::new(["scale", "in_force", "still_to_be_filled"]);
        for scale in &config.tables {
            let current = config.table(&scale.scope, day).is_some_and(|current| current.id == scale.id);
            let in_force = match scale.valid_from {
                None => "not yet: it has no first day".to_owned(),
                Some(from) if current => format!("since {}", show::number::date(from.into())),
                Some(from) if from > day => format!("from {}", show::number::date(from.into())),
                Some(_) => "no longer".to_owned(),
            };
            let mut missing = scale.unfilled();
            if scale.scope == "system" {
                // The whole is weighed from its pillars and has no parameters of its own.
                missing.retain(|missing| !matches!(missing, Missing::Parameters | Missing::AtCut));
                missing.extend(scale.weights.is_empty().then(|| Missing::Weight("each pillar".to_owned())));
                missing.extend(scale.round.is_none().then_some(Missing::Round));
            }
            table.push([Cell::from(scale.name.as_str()), Cell::from(in_force), Cell::from(names(&missing))]);
        }
        let mut pictures = vec![Picture::Rows(Rows {
            caption: "Scales on which pressure is declared, and what is still to be filled in each".to_owned(),
            table,
            links: Vec::new(),
        })];
        let levels = self.levels(scope, day)?;
        if levels.rows.is_empty() {
            pictures.push(Picture::Words(vec![
                "No version is in force, so no level is given: from a table that is not filled none is. Copy the first day, cuts and points from the page that each file names.".to_owned(),
            ]));
        } else {
            pictures.push(Picture::Rows(Rows {
                caption: "Levels by the scales in force, from the newest readings".to_owned(),
                table: levels,
                links: Vec::new(),
            }));
        }
        Ok(vec![Panel {
            id: "scales".to_owned(),
            title: "Scales on which a level is declared".to_owned(),
            note: "Files of the folder pressure, one for each version.".to_owned(),
            pictures,
            width: Width::Whole,
            links: Vec::new(),
        }])
    }

    /// What each scale in force says of whom it scores.
    fn levels(&self, scope: &Scope, day: Date) -> Result<Table, Fault> {
        let config = &self.at.pressure;
        let mut table = Table::new(["scale", "scored", "score", "level", "why_not"]);
        let mut push = |scale: &str, whom: &str, answer: &Result<Level, Unfilled>| {
            let (score, level, why) = match answer {
                Ok(level) => {
                    let level_of = Cell::from(u64::from(level.level));
                    (Cell::from(level.score), level_of, String::new())
                }
                Err(unfilled) => (Cell::Missing, Cell::Missing, format!("missing: {}", names(&unfilled.missing))),
            };
            table.push([Cell::from(scale), Cell::from(whom), score, level, Cell::from(why)]);
        };
        let mut scores: Vec<(String, f64)> = Vec::new();
        let scopes: BTreeSet<&str> = config.tables.iter().map(|scale| scale.scope.as_str()).collect();
        for pillar in scopes.iter().filter(|pillar| **pillar != "system") {
            let Some(scale) = config.table(pillar, day) else { continue };
            let mut own: Vec<(&str, f64)> = Vec::new();
            for organisation in self.at.place.organisations.iter().filter(|one| self.is_scored(one, pillar)) {
                let readings = self.newest(scope, scale, &organisation.id)?;
                let readings: Vec<(&str, f64)> = readings.iter().map(|(id, value)| (id.as_str(), *value)).collect();
                let answer = pressure::score(scale, &readings);
                if let Ok(level) = &answer {
                    own.push((&organisation.id, level.score));
                }
                push(&scale.name, &organisation.name, &answer);
            }
            if !scale.weights.is_empty() {
                let answer = pressure::system_score(scale, &own);
                if let Ok(level) = &answer {
                    scores.push(((*pillar).to_owned(), level.score));
                }
                push(&scale.name, "All together", &answer);
            }
        }
        if let Some(scale) = config.table("system", day) {
            let scores: Vec<(&str, f64)> = scores.iter().map(|(pillar, score)| (pillar.as_str(), *score)).collect();
            push(&scale.name, "The whole system", &pressure::system_score(scale, &scores));
        }
        Ok(table)
    }

    /// Whether a scale of this scope is for an organisation.
    fn is_scored(&self, organisation: &Organisation, scope: &str) -> bool {
        match scope {
            "nhs-111" => self
                .at
                .place
                .services
                .iter()
                .any(|service| service.kind == ServiceKind::Call111 && service.organisation == organisation.id),
            scope => organisation.sector.name().replace('_', "-") == scope,
        }
    }

    /// The newest reading of each parameter in the week: of a day, else of the week.
    fn newest(&self, scope: &Scope, scale: &pressure::Table, organisation: &str) -> Result<Vec<(String, f64)>, Fault> {
        let fed = || scale.parameters.iter().filter_map(|one| Some((one, one.measure.as_deref()?)));
        if !self.has("series") || fed().next().is_none() {
            return Ok(Vec::new());
        }
        let query = format!(
            "select measure, value from series where measure in ({}) and level = 'organisation' and \"group\" = '{}' and grain in ('day', 'week')
             and period >= date '{}' and period < date '{}' and value is not null order by grain = 'day', period",
            super::list(fed().map(|(_, measure)| measure)),
            super::quoted(organisation),
            scope.week,
            scope.end()
        );
        let mut newest: BTreeMap<String, f64> = BTreeMap::new();
        for row in self.ask(&query)?.rows() {
            newest.extend(row.number("value").map(|value| (row.text("measure"), value)));
        }
        Ok(fed().filter_map(|(one, measure)| Some((one.id.clone(), *newest.get(measure)?))).collect())
    }
}

/// Most pressed first.
fn foremost(a: &Pressure, b: &Pressure) -> std::cmp::Ordering {
    let level = |p: &Pressure| p.level.value.unwrap_or(0.0);
    level(b).total_cmp(&level(a)).then_with(|| a.organisation.cmp(&b.organisation))
}

/// Why, with its numbers; of a part of the people only where they are not too few to tell of.
fn reason(state: &State, says: &[Waits; 2], is_group: bool) -> String {
    let few =
        |end: &End| matches!(end, End::Known(reading) if (1.0..super::SMALL as f64).contains(&reading.value.round()));
    if is_group && (few(&state.front) || few(&state.back)) {
        return format!("{}; fewer than {} wait at an end", state.condition().name(), super::SMALL);
    }
    state.reason(&says[0], &says[1])
}

/// How many days were read to say it.
fn readings(state: &State) -> Option<u64> {
    let of = |end: &End| match end {
        End::Known(reading) => Some(1 + reading.usual.map_or(0, |usual| usual.readings as u64)),
        End::Absent | End::NoReading | End::TooFew(_) => None,
    };
    of(&state.front).max(of(&state.back))
}

/// What is missing, with cuts and readings of many parameters named once.
fn names(missing: &[Missing]) -> String {
    let of = |what: &str, ids: Vec<&str>| (!ids.is_empty()).then(|| format!("{what} of {}", ids.join(", ")));
    let ids = |pick: fn(&Missing) -> Option<&str>| missing.iter().filter_map(pick).collect::<Vec<_>>();
    let cuts = ids(|missing| match missing {
        Missing::Cuts(id) => Some(id),
        _ => None,
    });
    let readings = ids(|missing| match missing {
        Missing::Reading(id) => Some(id),
        _ => None,
    });
    let rest = missing.iter().filter(|missing| !matches!(missing, Missing::Cuts(_) | Missing::Reading(_)));
    let rest = rest.map(Missing::to_string);
    rest.chain(of("cuts and points", cuts)).chain(of("a reading", readings)).collect::<Vec<_>>().join("; ")
}

fn said(id: &str, title: &str, why: &str, text: &str) -> Panel {
    Panel {
        id: id.to_owned(),
        title: title.to_owned(),
        pictures: vec![Picture::State(show::State {
            why: Why::Empty,
            title: why.to_owned(),
            text: text.to_owned(),
            links: vec![Link::new("Sources and problems", "/sources")],
            command: String::new(),
        })],
        ..Panel::default()
    }
}
