//! Two stays of a person meet in a handover, and the wait between them is kept once.
//!
//! ```text
//! emergency department   started ───────── asked for a bed ──── left
//! ward                                     ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ started
//! wait for a bed                           [━━━━━━━━━━━━━━━━━━━━━━━━]   it ends on the ward, not at the door
//! ```

use crate::rows::{HOME, NONE, Word, Words};
use crate::stays::{Outcome, Person, Ready, Stay, Time};
use domain::{Instant, Place, Precision, ServiceKind, Zone};

/// A stay that ended this many seconds before an ask can still be where the person comes from.
pub(crate) const LINK: i64 = 7 * 86_400;

/// One end of a handover: what kind of place it is, by its number in [`Joins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Side(pub u8);

impl Side {
    /// Home.
    pub const HOME: Side = Side(0);
    const ELSEWHERE: Side = Side(1);

    /// Of a kind of service; `None` is a service that the place does not know.
    pub fn of(kind: Option<ServiceKind>) -> Side {
        kind.map_or(Side::ELSEWHERE, |kind| Side(kind as u8 + 2))
    }

    /// Its word in the tables; nothing for a service that the place does not know.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Side::HOME => Some("home"),
            Side::ELSEWHERE => None,
            Side(at) => Some(ServiceKind::ALL[usize::from(at) - 2].name()),
        }
    }
}

/// What the place says of the join of two kinds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Join {
    pub name: Word,
    /// What was promised, in minutes.
    pub standard: Option<f64>,
    /// After so many seconds without a word nobody knows what became of a wait.
    lapse: Option<i64>,
}

/// A discharge home that nobody told: people who are ready for home do not wait four weeks for it.
const HOME_LAPSES: i64 = 28 * 86_400;

/// The joins of a place: what it says of each pair of kinds.
#[derive(Debug)]
pub(crate) struct Joins {
    joins: Vec<Join>,
    sides: usize,
    /// For each kind, the kinds that it can come from by the place's rules.
    from: Vec<Vec<ServiceKind>>,
}

impl Joins {
    pub fn new(place: &Place, words: &mut Words) -> Joins {
        let sides = ServiceKind::ALL.len() + 2;
        let plain = |side: usize| Side(side as u8).name().unwrap_or("elsewhere").replace('_', "-");
        let mut joins = Vec::with_capacity(sides * sides);
        for from in 0..sides {
            for to in 0..sides {
                let name = words.word(&format!("{}-to-{}", plain(from), plain(to)));
                let lapse = (to == usize::from(Side::HOME.0)).then_some(HOME_LAPSES);
                joins.push(Join { name, standard: None, lapse });
            }
        }
        let mut from: Vec<Vec<ServiceKind>> = vec![Vec::new(); sides];
        // The first rule of a pair is the one that counts, as a reader of place.toml would expect.
        for rule in place.handovers.iter().rev() {
            let side = rule.from.map_or(Side::HOME, |kind| Side::of(Some(kind)));
            let to = Side::of(Some(rule.to));
            let at = usize::from(side.0) * sides + usize::from(to.0);
            let lapse = rule.lapse_minutes.map(|minutes| (minutes * 60.0) as i64);
            joins[at] = Join { name: words.word(&rule.id), standard: rule.standard_minutes, lapse };
            from[usize::from(to.0)].extend(rule.from);
        }
        Joins { joins, sides, from }
    }

    /// What the place says of people who pass from one to the other.
    pub fn of(&self, from: Side, to: Side) -> Join {
        self.joins[usize::from(from.0) * self.sides + usize::from(to.0)]
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum EndedBy {
    Taken,
    OtherExit,
    Withdrawn,
    Rejected,
    Died,
    /// Nobody told what became of it.
    Lapsed,
    Open,
}

impl EndedBy {
    pub fn name(self) -> &'static str {
        match self {
            EndedBy::Taken => "taken",
            EndedBy::OtherExit => "other_exit",
            EndedBy::Withdrawn => "withdrawn",
            EndedBy::Rejected => "rejected",
            EndedBy::Died => "died",
            EndedBy::Lapsed => "lapsed",
            EndedBy::Open => "open",
        }
    }
}

/// A stretch of waiting, no finer than its ends are known: cut to whole minutes, or to whole civil days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub from: Instant,
    pub to: Instant,
    pub precision: Precision,
    /// In whole days a day counts 86,400 whatever the clocks did.
    pub seconds: i64,
}

impl Span {
    /// From one moment to another; an end before the start is no wait.
    pub fn new(start: Time, end: Time, zone: &Zone) -> Span {
        let precision = start.precision.max(end.precision);
        let (from, to, seconds) = match precision {
            Precision::Second => (start.at, end.at, end.at.0 - start.at.0),
            Precision::Minute => {
                let (from, to) = (start.at.0.div_euclid(60) * 60, end.at.0.div_euclid(60) * 60);
                (Instant(from), Instant(to), to - from)
            }
            Precision::Day => {
                let (from, to) = (zone.date(start.at), zone.date(end.at));
                (zone.midnight(from), zone.midnight(to), i64::from(to.0 - from.0) * 86_400)
            }
        };
        Span { from, to: to.max(from), precision, seconds: seconds.max(0) }
    }
}

/// A person between two services.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    /// The stay they come from, by its place in [`Person::stays`].
    pub from: Option<usize>,
    /// The stay that they wait for.
    pub to: Option<usize>,
    pub from_side: Side,
    pub from_service: Word,
    pub from_organisation: Word,
    pub to_side: Side,
    pub to_service: Word,
    pub to_organisation: Word,
    pub handover: Word,
    pub standard: Option<f64>,
    pub asked: Time,
    pub accepted: Option<Time>,
    pub ended: Option<Time>,
    pub ended_by: EndedBy,
    /// They are done where they are, and wait there to leave.
    pub leaving: bool,
    pub span: Span,
}

/// Whether a person lies in a place of this kind, so that being taken by the next means leaving it.
pub(crate) fn holds(kind: Option<ServiceKind>) -> bool {
    use ServiceKind::*;
    matches!(
        kind,
        Some(Ambulance | EmergencyDepartment | SameDayCare | Ward | MentalHealthWard | IntermediateCare | Hospice)
    )
}

struct Finder<'a> {
    person: &'a mut Person,
    /// By place in `person.readies`: it belongs to a wait already.
    used: Vec<bool>,
    waits: Vec<Wait>,
    words: &'a Words,
    joins: &'a Joins,
    zone: &'a Zone,
    as_of: Time,
}

/// The waits of one person, by their start. An ask whose waiting place let the person go elsewhere is closed as cancelled.
pub(crate) fn find_waits(person: &mut Person, words: &Words, joins: &Joins, zone: &Zone, as_of: Instant) -> Vec<Wait> {
    let used = vec![false; person.readies.len()];
    let as_of = Time { at: as_of, precision: Precision::Second };
    let mut finder = Finder { person, used, waits: Vec::new(), words, joins, zone, as_of };
    for at in 0..finder.person.readies.len() {
        finder.withdrawn(at);
    }
    for to in 0..finder.person.stays.len() {
        finder.towards(to);
    }
    for at in 0..finder.person.readies.len() {
        finder.promised(at);
    }
    let mut waits = finder.waits;
    waits.sort_by_key(|wait| (wait.asked.at, wait.to.is_none(), wait.to, wait.from));
    waits
}

impl Finder<'_> {
    fn stay(&self, at: usize) -> &Stay {
        &self.person.stays[at]
    }

    /// Whom a ready person waits for: as it was said, else where they went.
    fn target(&self, ready: Ready) -> Word {
        match (ready.target, self.stay(ready.stay).outcome) {
            (NONE, Outcome::Service(service)) => service,
            (target, _) => target,
        }
    }

    /// A readiness that was taken back was a wait all the same.
    fn withdrawn(&mut self, at: usize) {
        let ready = self.person.readies[at];
        if let Some(time) = ready.withdrawn {
            self.used[at] = true;
            let end = Some((time, EndedBy::Withdrawn));
            self.keep(Some(ready.stay), self.target(ready), None, NONE, ready.time, end, true);
        }
    }

    /// The wait that ends, or would end, in this stay.
    fn towards(&mut self, to: usize) {
        let stay = self.stay(to).clone();
        let asked = stay.asked.filter(|_| stay.requested);
        if asked.is_none() && stay.begun().is_none() {
            return;
        }
        let ready = self.ready_for(to, &stay);
        let source = match ready {
            Some(ready) => Some(self.person.readies[ready].stay),
            None => self.source(to, &stay, asked),
        };
        let ready = ready.or_else(|| self.unnamed_ready(source?, &stay, asked?));
        let Some(from) = source.map(|at| self.stay(at).clone()) else {
            if let Some(asked) = asked {
                let end = self.end_without_leaving(&stay);
                self.keep(None, stay.service, Some(to), stay.source, asked, end, false);
            }
            return;
        };
        if let Some(ready) = ready {
            self.used[ready] = true;
        }
        let went_there = from.outcome == Outcome::Service(stay.service);
        let start = match (ready, asked) {
            (Some(ready), _) => self.person.readies[ready].time,
            (None, Some(asked)) => asked,
            (None, None) if from.lane != stay.lane => match from.ended {
                Some(ended) => ended,
                None => return,
            },
            (None, None) => return,
        };
        let still_there = from.ended.is_none_or(|ended| ended.at >= start.at);
        let leaving =
            ready.is_some() || (still_there && (went_there || (holds(from.kind) && Self::takes_away(stay.kind))));
        let end = if leaving { self.end_by_leaving(&from, &stay) } else { self.end_without_leaving(&stay) };
        if let (Some((time, EndedBy::OtherExit)), true) = (end, stay.open() && stay.begun().is_none()) {
            let stay = &mut self.person.stays[to];
            stay.ended = Some(time);
            stay.outcome = Outcome::Cancelled;
        }
        self.keep(source, stay.service, Some(to), stay.source, start, end, leaving);
    }

    fn takes_away(kind: Option<ServiceKind>) -> bool {
        holds(kind) || kind == Some(ServiceKind::CareHome)
    }

    /// A readiness for this service, or for another of its kind to which the person then went.
    fn ready_for(&self, to: usize, stay: &Stay) -> Option<usize> {
        (0..self.used.len()).find(|at| {
            let ready = self.person.readies[*at];
            let from = self.stay(ready.stay);
            let target = self.target(ready);
            let same_kind = target != NONE
                && from.outcome == Outcome::Service(stay.service)
                && self.words.kind(target) == stay.kind
                && stay.kind.is_some();
            !self.used[*at]
                && ready.stay != to
                && self.counts(ready)
                && (target == stay.service && target != NONE || same_kind)
                && stay.begun().is_none_or(|started| started.at >= ready.time.at || self.one_day(started, ready.time))
                && stay.ended.is_none_or(|ended| ended.at >= ready.time.at || self.one_day(ended, ready.time))
                && from.ended.is_none_or(|ended| stay.first().0 <= ended.at.0 + LINK)
        })
    }

    /// A readiness that comes after the end of its stay tells nothing.
    fn counts(&self, ready: Ready) -> bool {
        let ended = self.stay(ready.stay).ended;
        ended.is_none_or(|ended| ended.at >= ready.time.at || self.one_day(ended, ready.time))
    }

    fn one_day(&self, a: Time, b: Time) -> bool {
        a.precision.max(b.precision) == Precision::Day && self.zone.date(a.at) == self.zone.date(b.at)
    }

    /// A readiness without a name is for the stay that was asked for meanwhile, unless the person went home without it.
    fn unnamed_ready(&self, source: usize, stay: &Stay, asked: Time) -> Option<usize> {
        let from = self.stay(source);
        let went_with_it = match from.outcome {
            Outcome::Home => {
                let ended = from.ended?;
                stay.begun().is_some_and(|started| started.at.0 <= ended.at.0 + 86_400)
            }
            _ => true,
        };
        if !went_with_it || from.ended.is_some_and(|ended| ended.at < asked.at) {
            return None;
        }
        (0..self.used.len()).find(|at| {
            let ready = self.person.readies[*at];
            !self.used[*at]
                && ready.stay == source
                && self.target(ready) == NONE
                && self.counts(ready)
                && stay.begun().is_none_or(|started| started.at >= ready.time.at)
        })
    }

    /// The stay that a person comes from: as the ask says, as the leaving says, or by the place's rules.
    fn source(&self, to: usize, stay: &Stay, asked: Option<Time>) -> Option<usize> {
        let stays = &self.person.stays;
        let when = asked.or(stay.begun())?;
        let at_hand = |from: &Stay| {
            from.first() <= when.at
                && from.present().is_some_and(|present| present <= when.at)
                && from.ended.is_none_or(|ended| ended.at.0 >= when.at.0 - LINK || self.one_day(ended, when))
                && (from.outcome != Outcome::Unknown || from.last.0 >= when.at.0 - LINK)
        };
        // The one they are in, else the one they left last.
        let best = |test: &dyn Fn(&Stay) -> bool| {
            (0..stays.len()).filter(|at| *at != to && at_hand(&stays[*at]) && test(&stays[*at])).max_by_key(|at| {
                let from = &stays[*at];
                let open = from.ended.is_none_or(|ended| ended.at >= when.at);
                (open, if open { from.present() } else { from.ended.map(|ended| ended.at) }, *at)
            })
        };
        if asked.is_some() && stay.source != NONE {
            return best(&|from| from.service == stay.source);
        }
        let sent = (0..stays.len()).rev().find(|at| {
            let from = &stays[*at];
            *at != to
                && from.outcome == Outcome::Service(stay.service)
                && from.ended.is_some_and(|ended| {
                    stay.begun().is_none_or(|started| ended.at.0 >= started.at.0 - LINK)
                        && (ended.at.0 - when.at.0).abs() <= LINK
                })
                && from.first() <= when.at
        });
        if sent.is_some() || asked.is_none() {
            return sent;
        }
        let kinds = &self.joins.from[usize::from(Side::of(stay.kind).0)];
        if kinds.is_empty() {
            return None;
        }
        best(&|from| from.kind.is_some_and(|kind| kinds.contains(&kind)))
    }

    /// The person has to be let go by the one and taken by the other.
    fn end_by_leaving(&self, from: &Stay, to: &Stay) -> Option<(Time, EndedBy)> {
        if let Some(started) = to.begun() {
            return match (from.ended, from.outcome) {
                (Some(ended), Outcome::Died) if ended.at > started.at => Some((ended, EndedBy::Died)),
                (Some(ended), _) if ended.at > started.at => Some((ended, EndedBy::Taken)),
                (None, Outcome::Open) => None,
                _ => Some((started, EndedBy::Taken)),
            };
        }
        if !to.open() {
            return self.end_without_leaving(to);
        }
        match (from.ended, from.outcome) {
            (Some(ended), Outcome::Died) => Some((ended, EndedBy::Died)),
            (_, Outcome::Service(service)) if service == to.service => None,
            (Some(ended), _) => Some((ended, EndedBy::OtherExit)),
            (None, Outcome::Unknown) => Some((Time { at: from.last, precision: from.precision }, EndedBy::OtherExit)),
            (None, _) => None,
        }
    }

    fn end_without_leaving(&self, to: &Stay) -> Option<(Time, EndedBy)> {
        if let Some(started) = to.begun() {
            return Some((started, EndedBy::Taken));
        }
        let ended = to.ended?;
        Some(match to.outcome {
            Outcome::Died => (ended, EndedBy::Died),
            Outcome::Missed | Outcome::Cancelled => (ended, EndedBy::Withdrawn),
            // Closed by the service itself, without a word where to, before it began: turned down.
            Outcome::Left if to.arrived.is_none() => (ended, EndedBy::Rejected),
            _ => (ended, EndedBy::OtherExit),
        })
    }

    /// A readiness that met no stay: for home, or for a service that has told nothing of this person.
    fn promised(&mut self, at: usize) {
        let ready = self.person.readies[at];
        if self.used[at] || !self.counts(ready) {
            return;
        }
        self.used[at] = true;
        let target = match self.target(ready) {
            NONE => HOME,
            target => target,
        };
        let from = self.stay(ready.stay);
        let end = match (from.ended, from.outcome) {
            (Some(ended), Outcome::Died) => Some((ended, EndedBy::Died)),
            (Some(ended), Outcome::Service(service)) if service == target => Some((ended, EndedBy::Taken)),
            (Some(ended), Outcome::Home | Outcome::Left) if target == HOME => Some((ended, EndedBy::Taken)),
            (Some(ended), _) => Some((ended, EndedBy::OtherExit)),
            (None, Outcome::Unknown) => Some((Time { at: from.last, precision: from.precision }, EndedBy::OtherExit)),
            (None, _) => None,
        };
        self.keep(Some(ready.stay), target, None, NONE, ready.time, end, true);
    }

    /// A wait lapsed: what never began did not begin, and what was to end has ended, nobody knows when.
    fn lose_sight(&mut self, from: Option<usize>, to: Option<usize>, asked: Time) {
        if let Some(stay) = to.map(|at| &mut self.person.stays[at]).filter(|stay| stay.open() && stay.begun().is_none())
        {
            stay.ended = Some(asked);
            stay.outcome = Outcome::Unknown;
        }
        if let Some(stay) = from.map(|at| &mut self.person.stays[at]).filter(|stay| stay.open()) {
            stay.outcome = Outcome::Unknown;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one wait, put together in one place")]
    fn keep(
        &mut self,
        from: Option<usize>,
        to_service: Word,
        to: Option<usize>,
        source: Word,
        asked: Time,
        end: Option<(Time, EndedBy)>,
        leaving: bool,
    ) {
        let stay = from.map(|at| &self.person.stays[at]);
        let source_info = self.words.service(source);
        let (from_side, from_service, from_organisation) = match stay {
            Some(stay) => (Side::of(stay.kind), stay.service, stay.organisation),
            None if source == NONE || source == HOME => (Side::HOME, NONE, NONE),
            None => {
                let organisation = source_info.map_or(NONE, |info| info.organisation);
                (Side::of(source_info.map(|info| info.kind)), source, organisation)
            }
        };
        let (to_side, to_service, to_organisation) = match to.map(|at| &self.person.stays[at]) {
            Some(stay) => (Side::of(stay.kind), stay.service, stay.organisation),
            None if to_service == HOME || to_service == NONE => (Side::HOME, NONE, from_organisation),
            None => {
                let info = self.words.service(to_service);
                (Side::of(info.map(|info| info.kind)), to_service, info.map_or(NONE, |info| info.organisation))
            }
        };
        let join = self.joins.of(from_side, to_side);
        let known = end.map_or(self.as_of, |(time, _)| time).at.0 - asked.at.0;
        let (ended, ended_by) = match end {
            // It claims no hours: not those that were told too late to belong to it, nor those of a silence.
            _ if join.lapse.is_some_and(|lapse| known > lapse) => {
                self.lose_sight(from.filter(|_| leaving), to, asked);
                (Some(asked), EndedBy::Lapsed)
            }
            Some((time, by)) => (Some(time), by),
            None => (None, EndedBy::Open),
        };
        let (handover, standard) = (join.name, join.standard);
        let accepted = to
            .and_then(|at| self.person.stays[at].accepted)
            .filter(|time| time.at >= asked.at && ended.is_none_or(|ended| time.at <= ended.at));
        let span = Span::new(asked, ended.unwrap_or(self.as_of), self.zone);
        self.waits.push(Wait {
            from,
            to,
            from_side,
            from_service,
            from_organisation,
            to_side,
            to_service,
            to_organisation,
            handover,
            standard,
            asked,
            accepted,
            ended,
            ended_by,
            leaving,
            span,
        });
    }
}
