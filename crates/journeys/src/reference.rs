//! The stays by plain loops, one lane after another, and the legs second by second, as the rules of `docs/journeys.md` read.
//! Quadratic and for tests only.

use crate::account::{Journey, extent};
use crate::tables::Folded;
use crate::testing::Told;
use crate::waits::{EndedBy, Side, Wait, holds};
use domain::{Date, Instant, Place, Precision, Zone};
use std::collections::BTreeMap;

#[derive(Clone, Default)]
struct Row {
    id: i64,
    teller: String,
    organisation: String,
    service: String,
    asked: Option<i64>,
    requested: bool,
    joined: bool,
    arrived: Option<i64>,
    started: Option<i64>,
    started_dated: bool,
    ready: Option<i64>,
    target: String,
    ended: Option<i64>,
    outcome: &'static str,
    contacts: i32,
    dated: bool,
    moved: bool,
    only_left: bool,
    last: i64,
}

impl Row {
    fn first(&self) -> i64 {
        [self.asked, self.arrived, self.started, self.ready, self.ended]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.last)
    }
    fn open(&self) -> bool {
        self.outcome.is_empty()
    }
    fn pending(&self) -> bool {
        self.open() && self.started.is_none() && self.ready.is_none()
    }
    fn inside(&self) -> bool {
        self.open() && !self.pending()
    }
    fn end(&mut self, event: &Told, outcome: &'static str, zone: &Zone) {
        let at = event.at.0;
        let begun = self.started.or(self.ready).or(self.arrived).unwrap_or(at);
        let dated = self.dated || event.precision == Precision::Day;
        if at >= begun {
            (self.ended, self.outcome) = (Some(at), outcome);
        } else if dated && zone.date(Instant(at)) == zone.date(Instant(begun)) {
            (self.ended, self.outcome) = (Some(begun), outcome);
        } else {
            self.outcome = "unknown";
        }
    }
}

/// Every stay as `person|organisation|service|asked|started|ready|ended|contacts`.
pub(crate) fn stays(told: &[Told], place: &Place, as_of: Instant) -> Vec<String> {
    let mut lines = Vec::new();
    for person in 1..10 {
        let events = settled(told, person, &place.zone, as_of);
        let mut lanes: Vec<(String, Option<i64>, Option<String>)> = Vec::new();
        for event in &events {
            if !lanes.contains(&lane(event)) {
                lanes.push(lane(event));
            }
        }
        let mut rows = Vec::new();
        for key in lanes {
            let events: Vec<Told> = events.iter().filter(|event| lane(event) == key).cloned().collect();
            rows.extend(one_lane(&events, place));
        }
        join(&mut rows);
        if let Some(death) = events.iter().find(|event| event.kind == "died") {
            rows.iter_mut().for_each(|row| die(row, death, &place.zone));
        }
        let time = |at: Option<i64>| at.map_or(String::new(), |at| place.zone.show(Instant(at)));
        lines.extend(rows.iter().map(|row| {
            let times = [row.asked, row.started, row.ready, row.ended].map(time).join("|");
            format!("{person}|{}|{}|{times}|{}", row.organisation, row.service, row.contacts)
        }));
    }
    lines
}

/// The seconds of each leg of a journey that has any.
pub(crate) fn legs(person: &Folded, journey: &Journey, as_of: Instant) -> BTreeMap<i32, i64> {
    let mut begun: Vec<usize> =
        journey.stays.iter().copied().filter(|at| person.stays[*at].present().is_some()).collect();
    begun.sort_by_key(|at| (person.stays[*at].present(), *at));
    let mut stops: Vec<Vec<usize>> = Vec::new();
    for at in &begun {
        match stops.last_mut() {
            Some(stop) if person.stays[stop[0]].kind == person.stays[*at].kind => stop.push(*at),
            _ => stops.push(vec![*at]),
        }
    }
    let stop = |stay: usize| stops.iter().position(|stop| stop.contains(&stay)).map(|stop| stop as i32);
    let last = stops.len() as i32 * 2;
    let leg_of = |wait: &Wait| match (wait.to.and_then(stop), wait.to_side) {
        (Some(stop), _) => 2 * stop,
        (None, Side::HOME) => last,
        (None, _) => last + 1,
    };
    let ended = |wait: &Wait| wait.ended.map_or(as_of, |ended| ended.at);
    let waits: Vec<&Wait> = journey.waits.iter().map(|at| &person.waits[*at]).collect();
    let mut points: Vec<Instant> = vec![journey.started, journey.until];
    for at in &journey.stays {
        let stay = &person.stays[*at];
        points
            .extend([Some(extent(stay, as_of).1), stay.present(), stay.arrived.map(|it| it.at)].into_iter().flatten());
    }
    points.extend(waits.iter().flat_map(|wait| [wait.asked.at, ended(wait)]));
    points.retain(|at| (journey.started..=journey.until).contains(at));
    points.sort();
    let mut legs = BTreeMap::new();
    for pair in points.windows(2) {
        let now = pair[0];
        let waiting = |leaving: bool| {
            let on = waits.iter().filter(|wait| {
                wait.leaving == leaving
                    && wait.ended_by != EndedBy::Lapsed
                    && (wait.asked.at..ended(wait)).contains(&now)
            });
            on.map(|wait| leg_of(wait)).min()
        };
        let inside = journey.stays.iter().filter(|at| {
            let stay = &person.stays[**at];
            let until = stay.present().unwrap_or(extent(stay, as_of).1);
            stay.arrived.is_some_and(|arrived| (arrived.at..until).contains(&now))
        });
        let inside = inside.map(|at| stop(*at).map_or(last + 1, |stop| 2 * stop)).min();
        let there = begun.iter().filter(|at| {
            let stay = &person.stays[**at];
            stay.present().unwrap() <= now && now < extent(stay, as_of).1
        });
        let there = there.max_by_key(|at| {
            let stay = &person.stays[**at];
            (holds(stay.kind), stay.present(), **at)
        });
        let care = there.map(|at| 2 * stop(*at).unwrap() + 1);
        if let Some(leg) = waiting(true).or(care).or(inside).or(waiting(false)) {
            *legs.entry(leg).or_default() += pair[1].0 - now.0;
        }
    }
    legs.retain(|_, seconds| *seconds > 0);
    legs
}

fn lane(event: &Told) -> (String, Option<i64>, Option<String>) {
    let service = if event.episode.is_some() { None } else { event.service.clone() };
    (event.organisation.clone(), event.episode, service)
}

fn settled(told: &[Told], person: i64, zone: &Zone, as_of: Instant) -> Vec<Told> {
    let mut settled: Vec<Told> = Vec::new();
    for event in told.iter().filter(|event| event.person == person) {
        let of_fact: Vec<&Told> = match event.fact {
            Some(fact) => told.iter().filter(|other| other.person == person && other.fact == Some(fact)).collect(),
            None => vec![event],
        };
        if of_fact.iter().any(|other| (other.received, other.event_id) > (event.received, event.event_id)) {
            continue;
        }
        if event.kind != "corrected" {
            settled.push(event.clone());
            continue;
        }
        let original = of_fact.iter().filter(|other| other.kind != "corrected");
        let original = original.max_by_key(|other| (other.received, other.event_id));
        if let (Some(kind), Some(original)) = (&event.corrects, original) {
            let mut restated = event.clone();
            restated.kind = kind.clone();
            restated.organisation = original.organisation.clone();
            restated.service = original.service.clone();
            restated.episode = original.episode.or(event.episode);
            restated.other = event.other.clone().or(original.other.clone());
            settled.push(restated);
        }
    }
    settled.retain(|event| event.at <= as_of);
    let order = ["asked", "arrived", "started", "seen", "missed", "cancelled", "ready", "left", "died"];
    settled.sort_by_key(|event| {
        let ends = event.kind == "left" || event.kind == "died";
        let at = if ends && event.precision == Precision::Day {
            zone.midnight(Date(zone.date(event.at).0 + 1)).0 - 1
        } else {
            event.at.0
        };
        let kind = order.iter().position(|kind| *kind == event.kind);
        (at, event.precision, kind, event.received, event.event_id)
    });
    settled
}

fn one_lane(events: &[Told], place: &Place) -> Vec<Row> {
    let zone = &place.zone;
    let kind_of = |service: &str| place.service(service).map(|service| service.kind);
    let mut rows: Vec<Row> = Vec::new();
    for event in events.iter().filter(|event| event.kind != "died") {
        let service = event.service.clone().unwrap_or_default();
        let at = event.at.0;
        let dated = event.precision == Precision::Day;
        let one_dated_day = |row: &Row| {
            row.started.is_some_and(|started| {
                (dated || row.started_dated) && zone.date(Instant(started)) == zone.date(event.at)
            })
        };
        let in_episode = event.episode.is_some();
        let pending = rows.iter().position(|row| row.service == service && row.pending());
        let inside = rows.iter().position(|row| row.service == service && row.inside());
        let latest = rows.iter().rposition(|row| row.service == service);
        // Which stay does it speak of?
        let which = match event.kind.as_str() {
            "asked" if in_episode => {
                let late = latest.filter(|at| rows[*at].asked.is_none() && one_dated_day(&rows[*at]));
                let open = rows.iter().position(|row| row.service == service && row.open());
                open.or(late)
            }
            "asked" => None,
            "arrived" if inside.is_some() => continue,
            "arrived" => pending,
            "started" => {
                let running =
                    rows.iter().position(|row| row.service == service && row.inside() && row.started.is_some());
                if let Some(running) = running {
                    let again = rows[running].started == Some(at) && rows[running].started_dated == dated;
                    if in_episode || again {
                        rows[running].last = rows[running].last.max(at);
                        rows[running].dated |= dated;
                        continue;
                    }
                    rows[running].outcome = "unknown";
                }
                if let Some(early) = latest.filter(|at| in_episode && rows[*at].only_left) {
                    let row = &mut rows[early];
                    (row.started, row.started_dated, row.ended, row.outcome) = (Some(at), dated, None, "unknown");
                    (row.only_left, row.last) = (false, row.last.max(at));
                    row.dated |= dated;
                    continue;
                }
                let unstarted =
                    rows.iter().position(|row| row.service == service && row.open() && row.started.is_none());
                let same_kind = rows
                    .iter()
                    .position(|row| in_episode && row.pending() && kind_of(&row.service) == kind_of(&service));
                unstarted.or(same_kind)
            }
            "seen" => pending.or(inside),
            "missed" | "cancelled" => pending.or(inside),
            "ready" | "left" => {
                let arrived =
                    rows.iter().position(|row| row.service == service && row.pending() && row.arrived.is_some());
                let open: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].inside()).collect();
                let only = (open.len() == 1).then(|| open[0]);
                if event.kind == "ready" {
                    inside.or(arrived).or(only)
                } else {
                    let moved = latest.filter(|at| rows[*at].moved);
                    inside.or(moved).or(pending).or(arrived).or(only)
                }
            }
            other => panic!("{other}"),
        };
        let orphan = which.is_none();
        let which = which.unwrap_or_else(|| {
            rows.push(Row {
                id: event.event_id,
                teller: event.organisation.clone(),
                organisation: place.service(&service).map_or(event.organisation.clone(), |it| it.organisation.clone()),
                service: service.clone(),
                last: at,
                ..Row::default()
            });
            rows.len() - 1
        });
        let row = &mut rows[which];
        let was_pending = row.pending();
        row.last = row.last.max(at);
        row.dated |= dated;
        match event.kind.as_str() {
            "asked" => {
                if row.asked.is_none() || !row.requested {
                    row.requested = true;
                    row.asked = Some(row.arrived.or(row.started).or(row.ready).map_or(at, |first| first.min(at)));
                }
            }
            "arrived" => {
                row.asked = row.asked.or(Some(at));
                row.arrived = row.arrived.or(Some(at));
            }
            "started" => {
                row.service = service.clone();
                if let Some(known) = place.service(&service) {
                    row.organisation = known.organisation.clone();
                }
                (row.started, row.started_dated) = (Some(at), dated);
                for (_, other) in
                    rows.iter_mut().enumerate().filter(|(other, row)| in_episode && *other != which && row.inside())
                {
                    other.end(event, "moved", zone);
                    other.dated |= dated;
                    other.last = other.last.max(at);
                    other.moved = true;
                }
            }
            "seen" => {
                row.contacts += 1;
                if orphan || was_pending {
                    (row.started, row.started_dated) = (Some(at), dated);
                    let only_contacts = !events.iter().any(|other| {
                        other.service == event.service && (other.kind == "started" || other.kind == "left")
                    });
                    if orphan || only_contacts || service == "surgery" {
                        row.end(event, "left", zone);
                    }
                }
            }
            "missed" if was_pending => row.end(event, "missed", zone),
            "cancelled" if was_pending => row.end(event, "cancelled", zone),
            "missed" => {}
            "cancelled" => row.ready = None,
            "ready" => {
                let target = event.other.clone().unwrap_or_default();
                let told_again = row.target.is_empty() || target.is_empty() || row.target == target;
                if row.ready.is_none() || !told_again {
                    (row.ready, row.target) = (Some(at), target);
                } else if row.target.is_empty() {
                    row.target = target;
                }
            }
            _ => {
                row.only_left = orphan;
                let outcome = if event.other.as_deref().is_none_or(|other| other == "home") { "left" } else { "moved" };
                row.moved = false;
                row.end(event, outcome, zone);
            }
        }
    }
    rows
}

fn join(rows: &mut Vec<Row>) {
    let mut asks: Vec<(i64, i64)> = rows.iter().filter_map(|row| Some((row.asked?, row.id))).collect();
    asks.sort();
    for ask in asks {
        let Some(at) = rows.iter().position(|row| row.id == ask.1) else { continue };
        let told = rows[at].clone();
        let own = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| {
                row.service == told.service
                    && row.teller == row.organisation
                    && !row.joined
                    && row.first() >= told.asked.unwrap_or(0) - 7 * 86_400
                    && row.started.or(row.ended).is_none_or(|time| time >= told.asked.unwrap_or(0))
            })
            .min_by_key(|(_, row)| (row.first(), row.id))
            .map(|(own, _)| own);
        if let (Some(asked), Some(own), true) = (told.asked, own, told.pending() && told.teller != told.organisation) {
            let row = &mut rows[own];
            row.dated |= told.dated;
            if row.asked.is_none_or(|own| asked < own) {
                row.joined = row.asked.is_some();
                row.asked = Some(asked);
            }
            rows.remove(at);
        }
    }
}

fn die(row: &mut Row, death: &Told, zone: &Zone) {
    let by_day = death.precision == Precision::Day || row.dated;
    let after = |at: i64| {
        if by_day { zone.date(Instant(at)) > zone.date(death.at) } else { at > death.at.0 }
    };
    let with_it = row.contacts == 0 && row.ended == Some(death.at.0) && row.outcome == "left";
    if row.open() || row.ended.is_some_and(after) || with_it {
        if !after(row.first()) {
            row.arrived = row.arrived.filter(|at| !after(*at));
            row.started = row.started.filter(|at| !after(*at));
            row.ready = row.ready.filter(|at| !after(*at));
        }
        let last = [row.asked, row.arrived, row.started, row.ready].into_iter().flatten().max();
        row.ended = Some(last.unwrap_or(death.at.0).max(death.at.0));
    }
}
