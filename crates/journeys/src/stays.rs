//! The events of one person become stays, lane by lane.
//!
//! A lane is one organisation's account of one episode of care (without an episode: of one service and subject). What one
//! organisation says never ends or begins a stay in the lane of another, so overlapping care stays overlapping.
//!
//! ```text
//! lane (RRG, visit 7)    ED   asked ─ started ───── ready ─┐
//!                        ward              asked ┄┄┄┄┄┄┄┄┄┄┴ started ──────── ready ─ left
//! lane (CCN, referral 3) nursing                                      asked ┄┄┄┄┄┄┄┄┄┄┄┄ started ─ seen ─ left
//! ```

use crate::rows::{Event, HOME, NONE, Word, Words};
use domain::{EventKind, Instant, Precision, ServiceKind, Zone};
use rustc_hash::{FxHashMap, FxHashSet};

/// A moment and how finely it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    pub at: Instant,
    pub precision: Precision,
}

/// How a stay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Not ended.
    Open,
    /// Sent home.
    Home,
    /// Sent to another service, by word.
    Service(Word),
    Died,
    Missed,
    Cancelled,
    /// Ended, and nobody said where to.
    Left,
    /// Over, but nobody knows when: an end before the start, or a new start without an end.
    Unknown,
}

/// One person at one service.
#[derive(Debug, Clone)]
pub(crate) struct Stay {
    /// The event that opened it.
    pub event_id: i64,
    pub lane: u32,
    pub episode: Option<i64>,
    /// Who told it.
    pub teller: Word,
    pub organisation: Word,
    pub service: Word,
    pub kind: Option<ServiceKind>,
    pub asked: Option<Time>,
    /// Its `asked` is a request; a person who only came to the door asked nobody before.
    pub requested: bool,
    /// The receiving side's own word of the ask, when the giving side told it earlier.
    pub accepted: Option<Time>,
    pub arrived: Option<Time>,
    pub started: Option<Time>,
    pub ready: Option<Time>,
    pub ended: Option<Time>,
    pub outcome: Outcome,
    pub need: Word,
    pub contacts: i32,
    /// Who asked.
    pub source: Word,
    /// The last thing that is known of it.
    pub last: Instant,
    pub precision: Precision,
    moved_on: bool,
}

impl Stay {
    /// The first moment that is known of it.
    pub fn first(&self) -> Instant {
        let times = [self.asked, self.arrived, self.started, self.ready, self.ended];
        times.iter().flatten().map(|time| time.at).min().unwrap_or(self.last)
    }

    /// When it had the person at the latest: its start, else their being ready to leave it; nothing while they only wait.
    pub fn begun(&self) -> Option<Time> {
        self.started.or(self.ready)
    }

    /// The moment of [`Stay::begun`].
    pub fn present(&self) -> Option<Instant> {
        self.begun().map(|time| time.at)
    }

    /// Whether nothing has ended it.
    pub fn open(&self) -> bool {
        self.outcome == Outcome::Open
    }

    fn pending(&self) -> bool {
        self.open() && self.started.is_none() && self.ready.is_none()
    }

    fn close(&mut self, time: Time, outcome: Outcome, zone: &Zone) {
        self.outcome = outcome;
        let begun = self.present().or(self.arrived.map(|time| time.at)).unwrap_or(time.at);
        if time.at >= begun {
            self.ended = Some(time);
        } else if (time.precision == Precision::Day || self.precision == Precision::Day)
            && zone.date(time.at) == zone.date(begun)
        {
            self.ended = Some(Time { at: begun, precision: Precision::Day });
        } else {
            self.outcome = Outcome::Unknown;
            return;
        }
        self.touch(time);
    }

    fn touch(&mut self, time: Time) {
        self.last = self.last.max(time.at);
        self.precision = self.precision.max(time.precision);
    }
}

/// A person ready to leave a stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    /// The stay, by its place in [`Person::stays`].
    pub stay: usize,
    pub time: Time,
    /// Whom they wait for, if it was said.
    pub target: Word,
    /// No longer ready.
    pub withdrawn: Option<Time>,
}

/// What the events of one person come to.
#[derive(Debug, Default)]
pub(crate) struct Person {
    /// By first moment.
    pub stays: Vec<Stay>,
    /// By moment.
    pub readies: Vec<Ready>,
}

/// The events that count: every fact in its latest version, each once, none after `as_of`, in an order that does not
/// depend on the order of arrival: time, precision, kind, time of receipt, id.
pub(crate) fn settle(events: &mut Vec<Event>, zone: &Zone, as_of: Instant) {
    events.sort_unstable_by_key(|event| (event.event_id, event.received));
    events.dedup_by_key(|event| event.event_id);
    events.sort_unstable_by_key(|event| (event.fact.is_none(), event.fact, event.received, event.event_id));
    let mut settled = Vec::with_capacity(events.len());
    for versions in events.chunk_by(|a, b| a.fact.is_some() && a.fact == b.fact) {
        let Some(latest) = versions.last() else { continue };
        if latest.kind != EventKind::Corrected {
            settled.push(*latest);
            continue;
        }
        let told = versions.iter().rev().find(|version| version.kind != EventKind::Corrected);
        if let (Some(kind), Some(told)) = (latest.corrects, told) {
            let or = |new: Word, old: Word| if new == NONE { old } else { new };
            settled.push(Event {
                kind,
                organisation: told.organisation,
                service: or(told.service, latest.service),
                subject: told.subject,
                episode: told.episode.or(latest.episode),
                other_service: or(latest.other_service, told.other_service),
                need: or(latest.need, told.need),
                ..*latest
            });
        }
    }
    settled.retain(|event| !matches!(event.kind, EventKind::Corrected | EventKind::Merged) && event.at <= as_of);
    settled.sort_unstable_by_key(|event| {
        (moment(event, zone), event.precision, event.kind, event.received, event.event_id)
    });
    *events = settled;
}

/// The moment by which an event is put in order. A date says nothing of the hour, so an end that is only dated comes
/// after everything else of its day, and a beginning before.
fn moment(event: &Event, zone: &Zone) -> Instant {
    match event.kind {
        EventKind::Left | EventKind::Died if event.precision == Precision::Day => {
            Instant(zone.midnight(domain::Date(zone.date(event.at).0 + 1)).0 - 1)
        }
        _ => event.at,
    }
}

#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum LaneKey {
    Episode(Word, i64),
    Service(Word, Word, i64),
}

fn lane_key(event: &Event) -> LaneKey {
    match event.episode {
        Some(episode) => LaneKey::Episode(event.organisation, episode),
        None => LaneKey::Service(event.organisation, event.service, event.subject),
    }
}

struct Builder<'a> {
    words: &'a Words,
    zone: &'a Zone,
    stays: Vec<Stay>,
    readies: Vec<Ready>,
    /// Stays that nothing has ended, oldest first.
    active: Vec<usize>,
    /// The services of lanes that tell a start or an end, so that their contacts are not the whole of a stay.
    lasting: FxHashSet<(u32, Word)>,
}

/// Folds one person's settled events (see [`settle`]).
pub(crate) fn fold_person(events: &[Event], words: &Words, zone: &Zone) -> Person {
    let mut lanes: FxHashMap<LaneKey, u32> = FxHashMap::default();
    let mut builder = Builder {
        words,
        zone,
        stays: Vec::new(),
        readies: Vec::new(),
        active: Vec::new(),
        lasting: FxHashSet::default(),
    };
    let mut lane_of = Vec::with_capacity(events.len());
    for event in events {
        let next = lanes.len() as u32;
        let lane = *lanes.entry(lane_key(event)).or_insert(next);
        lane_of.push(lane);
        if matches!(event.kind, EventKind::Started | EventKind::Left) {
            builder.lasting.insert((lane, event.service));
        }
    }
    let mut death: Option<Time> = None;
    for (event, lane) in events.iter().zip(lane_of) {
        builder.step(event, lane, &mut death);
    }
    builder.finish(death)
}

impl Builder<'_> {
    fn step(&mut self, event: &Event, lane: u32, death: &mut Option<Time>) {
        let time = Time { at: event.at, precision: event.precision };
        match event.kind {
            EventKind::Asked => self.asked(event, lane, time),
            EventKind::Arrived => self.arrived(event, lane, time),
            EventKind::Started => self.started(event, lane, time),
            EventKind::Seen => self.seen(event, lane, time),
            EventKind::Missed => self.put_off(event, lane, time, Outcome::Missed),
            EventKind::Cancelled => self.put_off(event, lane, time, Outcome::Cancelled),
            EventKind::Ready => self.ready(event, lane, time),
            EventKind::Left => self.left(event, lane, time),
            EventKind::Died => *death = Some(death.unwrap_or(time)),
            EventKind::Corrected | EventKind::Merged => {}
        }
    }

    /// A new stay at the event's service, of which nothing is known yet.
    fn open(&mut self, event: &Event, lane: u32, time: Time) -> usize {
        let info = self.words.service(event.service);
        self.stays.push(Stay {
            event_id: event.event_id,
            lane,
            episode: event.episode,
            teller: event.organisation,
            organisation: info.map_or(event.organisation, |info| info.organisation),
            service: event.service,
            kind: info.map(|info| info.kind),
            asked: None,
            requested: false,
            accepted: None,
            arrived: None,
            started: None,
            ready: None,
            ended: None,
            outcome: Outcome::Open,
            need: NONE,
            contacts: 0,
            source: NONE,
            last: time.at,
            precision: time.precision,
            moved_on: false,
        });
        self.active.push(self.stays.len() - 1);
        self.stays.len() - 1
    }

    /// Notes the event on a stay and hands the stay out to be changed.
    fn note(&mut self, at: usize, event: &Event, time: Time) -> &mut Stay {
        let stay = &mut self.stays[at];
        stay.touch(time);
        if stay.need == NONE {
            stay.need = event.need;
        }
        stay
    }

    fn close(&mut self, at: usize, time: Time, outcome: Outcome) {
        self.stays[at].close(time, outcome, self.zone);
        self.active.retain(|active| *active != at);
    }

    fn find(&self, lane: u32, test: impl Fn(&Stay) -> bool) -> Option<usize> {
        self.active.iter().copied().find(|at| self.stays[*at].lane == lane && test(&self.stays[*at]))
    }

    fn pending(&self, lane: u32, service: Word) -> Option<usize> {
        self.find(lane, |stay| stay.service == service && stay.pending())
    }

    fn inside(&self, lane: u32, service: Word) -> Option<usize> {
        self.find(lane, |stay| stay.service == service && !stay.pending())
    }

    fn latest(&self, lane: u32, service: Word) -> Option<usize> {
        self.stays.iter().rposition(|stay| stay.lane == lane && stay.service == service)
    }

    fn same_dated_day(&self, a: Time, b: Time) -> bool {
        (a.precision == Precision::Day || b.precision == Precision::Day) && self.zone.date(a.at) == self.zone.date(b.at)
    }

    fn asked(&mut self, event: &Event, lane: u32, time: Time) {
        let earlier = if event.episode.is_some() {
            // The same ask told again, or told after the start: one episode asks a service once until it has ended.
            self.find(lane, |stay| stay.service == event.service).or_else(|| {
                self.latest(lane, event.service).filter(|at| {
                    let stay = &self.stays[*at];
                    stay.asked.is_none() && stay.started.is_some_and(|start| self.same_dated_day(start, time))
                })
            })
        } else {
            None
        };
        let at = earlier.unwrap_or_else(|| self.open(event, lane, time));
        let stay = self.note(at, event, time);
        if stay.asked.is_none() || !stay.requested {
            stay.requested = true;
            let first = stay.arrived.or(stay.begun());
            stay.asked = Some(first.filter(|first| first.at < time.at).unwrap_or(time));
        }
        if stay.source == NONE {
            stay.source = event.other_service;
        }
    }

    fn arrived(&mut self, event: &Event, lane: u32, time: Time) {
        if self.inside(lane, event.service).is_some() {
            return;
        }
        let at = self.pending(lane, event.service).unwrap_or_else(|| self.open(event, lane, time));
        let stay = self.note(at, event, time);
        stay.asked.get_or_insert(time);
        stay.arrived.get_or_insert(time);
    }

    fn started(&mut self, event: &Event, lane: u32, time: Time) {
        let inside = self.find(lane, |stay| stay.service == event.service && stay.started.is_some());
        let in_episode = event.episode.is_some();
        if let Some(at) = inside {
            if in_episode || self.stays[at].started == Some(time) {
                self.note(at, event, time);
                return;
            }
            self.stays[at].outcome = Outcome::Unknown;
            self.active.retain(|active| *active != at);
        }
        if in_episode {
            // An end that is dated before its start: the stay is over, but nobody knows since when.
            let early = self.latest(lane, event.service).filter(|at| {
                let stay = &self.stays[*at];
                stay.ended.is_some()
                    && stay.first() == stay.last
                    && stay.contacts == 0
                    && stay.asked.is_none()
                    && stay.started.is_none()
                    && stay.ready.is_none()
                    && matches!(stay.outcome, Outcome::Left | Outcome::Home | Outcome::Service(_))
            });
            if let Some(at) = early {
                let stay = self.note(at, event, time);
                stay.started = Some(time);
                stay.ended = None;
                stay.outcome = Outcome::Unknown;
                return;
            }
        }
        let unstarted = self.find(lane, |stay| stay.service == event.service && stay.started.is_none());
        let at = unstarted.or_else(|| {
            // Another ward than the one that was asked: the ask is met by one of its kind.
            let kind = self.words.kind(event.service)?;
            self.find(lane, |stay| in_episode && stay.pending() && stay.kind == Some(kind))
        });
        let at = at.unwrap_or_else(|| self.open(event, lane, time));
        let info = self.words.service(event.service);
        let stay = self.note(at, event, time);
        stay.service = event.service;
        stay.organisation = info.map_or(stay.organisation, |info| info.organisation);
        stay.started = Some(time);
        if in_episode {
            let others: Vec<usize> = (self.active.iter().copied())
                .filter(|other| {
                    let stay = &self.stays[*other];
                    *other != at && stay.lane == lane && !stay.pending()
                })
                .collect();
            for other in others {
                self.close(other, time, Outcome::Service(event.service));
                self.stays[other].moved_on = true;
            }
        }
    }

    fn seen(&mut self, event: &Event, lane: u32, time: Time) {
        let is_contact = self.words.kind(event.service) == Some(ServiceKind::GeneralPractice)
            || !self.lasting.contains(&(lane, event.service));
        if let Some(at) = self.pending(lane, event.service) {
            let stay = self.note(at, event, time);
            stay.started = Some(time);
            stay.contacts += 1;
            if is_contact {
                self.close(at, time, Outcome::Left);
            }
        } else if let Some(at) = self.inside(lane, event.service) {
            self.note(at, event, time).contacts += 1;
        } else {
            let at = self.open(event, lane, time);
            let stay = self.note(at, event, time);
            stay.started = Some(time);
            stay.contacts = 1;
            self.close(at, time, Outcome::Left);
        }
    }

    fn put_off(&mut self, event: &Event, lane: u32, time: Time, outcome: Outcome) {
        if let Some(at) = self.pending(lane, event.service) {
            self.note(at, event, time);
            self.close(at, time, outcome);
        } else if let Some(at) = self.inside(lane, event.service) {
            let stay = self.note(at, event, time);
            if outcome == Outcome::Cancelled && stay.ready.take().is_some() {
                let ready = self.readies.iter_mut().rev().find(|ready| ready.stay == at && ready.withdrawn.is_none());
                if let Some(ready) = ready {
                    ready.withdrawn = Some(time);
                }
            }
        } else {
            let at = self.open(event, lane, time);
            self.note(at, event, time);
            self.close(at, time, outcome);
        }
    }

    fn ready(&mut self, event: &Event, lane: u32, time: Time) {
        let at = self.whose(event, lane).unwrap_or_else(|| self.open(event, lane, time));
        let stay = self.note(at, event, time);
        let before = stay.ready;
        let target = event.other_service;
        if before.is_none() {
            stay.ready = Some(time);
        }
        let in_force = self.readies.iter_mut().rev().find(|ready| ready.stay == at && ready.withdrawn.is_none());
        if let Some(ready) = in_force {
            if ready.target == NONE || target == NONE || ready.target == target {
                // Told again, perhaps now with the name of whom they wait for: the wait goes on.
                ready.target = if ready.target == NONE { target } else { ready.target };
                return;
            }
            ready.withdrawn = Some(time);
            self.stays[at].ready = Some(time);
        }
        self.readies.push(Ready { stay: at, time, target, withdrawn: None });
    }

    /// The stay that a `ready` or `left` speaks of: at its service, else the one its lane is in.
    fn whose(&self, event: &Event, lane: u32) -> Option<usize> {
        let one = || {
            let mut inside =
                self.active.iter().filter(|at| self.stays[**at].lane == lane && !self.stays[**at].pending());
            inside.next().copied().filter(|_| inside.next().is_none())
        };
        let arrived = || self.find(lane, |stay| stay.service == event.service && stay.arrived.is_some());
        self.inside(lane, event.service).or_else(arrived).or_else(one)
    }

    fn left(&mut self, event: &Event, lane: u32, time: Time) {
        let outcome = match event.other_service {
            NONE => Outcome::Left,
            HOME => Outcome::Home,
            service => Outcome::Service(service),
        };
        if let Some(at) = self.inside(lane, event.service) {
            self.note(at, event, time);
            return self.close(at, time, outcome);
        }
        // The next service started before this one let go: both are kept, and the later moment is when it let go.
        if let Some(at) = self.latest(lane, event.service)
            && self.stays[at].moved_on
        {
            let to = self.stays[at].outcome;
            self.note(at, event, time);
            let to = if outcome == Outcome::Left { to } else { outcome };
            self.close(at, time, to);
            self.stays[at].moved_on = false;
            return;
        }
        let at = self.pending(lane, event.service).or_else(|| self.whose(event, lane));
        let at = at.unwrap_or_else(|| self.open(event, lane, time));
        self.note(at, event, time);
        self.close(at, time, outcome);
    }

    fn finish(mut self, death: Option<Time>) -> Person {
        self.join_asks_told_by_both();
        if let Some(death) = death {
            for stay in &mut self.stays {
                die(stay, death, self.zone);
            }
            for ready in &mut self.readies {
                ready.withdrawn = ready.withdrawn.filter(|at| at.at <= death.at);
            }
        }
        let mut order: Vec<usize> = (0..self.stays.len()).filter(|at| self.stays[*at].lane != GONE).collect();
        order.sort_by_key(|at| (self.stays[*at].first(), self.stays[*at].event_id));
        let mut place = vec![0; self.stays.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        for ready in &mut self.readies {
            ready.stay = place[ready.stay];
        }
        let stays = order.into_iter().map(|at| self.stays[at].clone()).collect();
        Person { stays, readies: self.readies }
    }

    /// An ask that the giving side tells of a service it does not run is the promise of the stay that the service's own
    /// organisation tells: one stay, the earlier ask. The earliest promise is kept first.
    fn join_asks_told_by_both(&mut self) {
        let mut order: Vec<usize> = (0..self.stays.len()).filter(|at| self.stays[*at].asked.is_some()).collect();
        order.sort_by_key(|at| (self.stays[*at].asked.map(|asked| asked.at), self.stays[*at].event_id));
        for at in order {
            let told = &self.stays[at];
            let (Some(asked), true) = (told.asked, told.pending() && told.organisation != told.teller) else {
                continue;
            };
            let own = (0..self.stays.len())
                .filter(|own| {
                    let stay = &self.stays[*own];
                    stay.service == told.service
                        && stay.lane != GONE
                        && stay.teller == stay.organisation
                        && stay.accepted.is_none()
                        && stay.first().0 >= asked.at.0 - crate::waits::LINK
                        && stay.started.or(stay.ended).is_none_or(|time| time.at >= asked.at)
                })
                .min_by_key(|own| (self.stays[*own].first(), self.stays[*own].event_id));
            if let Some(own) = own {
                let (source, need, precision) = (told.source, told.need, told.precision);
                self.stays[at].lane = GONE;
                let stay = &mut self.stays[own];
                stay.requested = true;
                stay.precision = stay.precision.max(precision);
                if stay.asked.is_none_or(|own| asked.at < own.at) {
                    stay.accepted = stay.asked;
                    stay.asked = Some(asked);
                }
                stay.source = if stay.source == NONE { source } else { stay.source };
                stay.need = if stay.need == NONE { need } else { stay.need };
            }
        }
    }
}

/// The lane of a stay that was joined to another.
const GONE: u32 = u32::MAX;

/// Death ends what is open; what was written down as later ends with it.
fn die(stay: &mut Stay, death: Time, zone: &Zone) {
    let same_day = death.precision == Precision::Day || stay.precision == Precision::Day;
    let after = |time: Time| {
        if same_day { zone.date(time.at) > zone.date(death.at) } else { time.at > death.at }
    };
    let ended_with_it = stay.contacts == 0
        && stay.ended.is_some_and(|ended| ended.at == death.at)
        && matches!(stay.outcome, Outcome::Left | Outcome::Home);
    if stay.open() || stay.ended.is_some_and(after) || ended_with_it {
        let later = |time: Option<Time>| time.filter(|time| !after(*time));
        let first = Time { at: stay.first(), precision: stay.precision };
        if !after(first) {
            stay.started = later(stay.started);
            stay.ready = later(stay.ready);
            stay.arrived = later(stay.arrived);
        }
        let times = [stay.asked, stay.arrived, stay.started, stay.ready];
        let last = times.into_iter().flatten().map(|time| time.at).max().unwrap_or(death.at);
        stay.ended = Some(Time { at: death.at.max(last), precision: death.precision });
        stay.last = death.at.max(last);
        stay.precision = stay.precision.max(death.precision);
        stay.outcome = Outcome::Died;
    }
}
