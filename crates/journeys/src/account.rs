//! Stays and waits of a person that belong together are a journey, and every second of it is in one place.
//!
//! ```text
//! way           ambulance ──────── emergency_department ────────── ward ──────────── home
//! legs      0 wait   1 care    2 wait          3 care        4 wait   5 care     6 wait
//! ```

use crate::rows::{NONE, Word, Words};
use crate::stays::{Outcome, Stay};
use crate::waits::{EndedBy, Side, Wait, holds};
use domain::{Instant, Place, ServiceKind};

/// So many seconds with nothing open end a journey.
pub(crate) const GAP: i64 = 28 * 86_400;

/// Where the seconds of a journey went. They add up to its length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub care: i64,
    /// At a service and not yet taken.
    pub inside: i64,
    /// Between services.
    pub between: i64,
    /// At home by plan.
    pub home: i64,
    pub unknown: i64,
}

/// One leg of a journey: the wait for a stop of its way, or the care at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    /// From 0: the wait for the first stop, the care at it, the wait for the second and so on; after the last stop the wait
    /// to go home, then the waits for what never began.
    pub at: i32,
    /// The stop's; `None` for what never began.
    pub kind: Option<Side>,
    pub service: Word,
    pub care: bool,
    pub seconds: i64,
    /// Its end is not known, or not yet.
    pub open: bool,
    /// The earliest wait of a leg that is waited.
    pub handover: Word,
    /// A wait of which somebody told, or care.
    told: bool,
}

/// Why a journey is made: the first need of the place that fits.
#[derive(Debug)]
pub(crate) struct Needs {
    names: Vec<Word>,
    /// For each kind of service, the place of its first need in `names`.
    first: Vec<Option<usize>>,
}

impl Needs {
    pub fn new(place: &Place, words: &mut Words) -> Needs {
        let names = place.needs.iter().map(|need| words.word(&need.id)).collect();
        let first = |kind| place.needs.iter().position(|need| need.kinds.contains(kind));
        Needs { names, first: ServiceKind::ALL.iter().map(first).collect() }
    }

    fn of<'a>(&self, stays: impl Iterator<Item = &'a Stay>) -> Word {
        stays.filter_map(|stay| self.first[stay.kind? as usize]).min().map_or(NONE, |at| self.names[at])
    }
}

/// The stays and waits of one person that belong together.
#[derive(Debug, Clone)]
pub(crate) struct Journey {
    pub started: Instant,
    /// The last moment that it is held open; `as_of` while it goes on.
    pub until: Instant,
    pub open: bool,
    /// By place in the person's stays.
    pub stays: Vec<usize>,
    /// By place in the person's waits.
    pub waits: Vec<usize>,
    pub account: Account,
    /// The kinds of its stops: the stays that began, in that order, those of one kind in a row as one.
    pub way: Vec<Side>,
    /// The first stay of each stop.
    pub stops: Vec<usize>,
    /// Those legs of which something is told, in their order.
    pub legs: Vec<Leg>,
    pub need: Word,
}

/// Care that goes on in the background of a life, for years perhaps, holds a journey open for its first 28 days only.
fn lasts(kind: Option<ServiceKind>) -> bool {
    use ServiceKind::*;
    match kind {
        Some(
            CommunityNursing
            | Therapy
            | HomeCare
            | CareHome
            | GeneralPractice
            | MentalHealthCommunity
            | TalkingTherapies
            | SocialWork
            | VoluntarySupport
            | Prevention,
        ) => true,
        Some(
            Call999 | Ambulance | Call111 | EmergencyDepartment | SameDayCare | Ward | VirtualWard | UrgentResponse
            | Reablement | IntermediateCare | MentalHealthCrisis | MentalHealthWard | Hospice,
        )
        | None => false,
    }
}

/// From when to when a stay is there, as far as anybody knows, and whether it still is.
pub(crate) fn extent(stay: &Stay, as_of: Instant) -> (Instant, Instant, bool) {
    let first = stay.first();
    match (stay.ended, stay.outcome) {
        (Some(ended), _) => (first, ended.at.max(first), false),
        (None, Outcome::Open) => (first, as_of.max(first), true),
        (None, _) => (first, stay.last.max(first), false),
    }
}

enum Item {
    Stay(usize),
    Wait(usize),
}

/// Cuts the stays and waits of one person, each by time, into journeys.
pub(crate) fn find_journeys(stays: &[Stay], waits: &[Wait], needs: &Needs, as_of: Instant) -> Vec<Journey> {
    let mut items = Vec::with_capacity(stays.len() + waits.len());
    for (at, stay) in stays.iter().enumerate() {
        let (from, mut to, mut open) = extent(stay, as_of);
        if lasts(stay.kind)
            && let Some(present) = stay.present()
            && to.0 > present.0 + GAP
        {
            (to, open) = (Instant(present.0 + GAP), false);
        }
        items.push((from, to, open, Item::Stay(at)));
    }
    for (at, wait) in waits.iter().enumerate() {
        let to = wait.ended.map_or(as_of, |ended| ended.at).max(wait.asked.at);
        items.push((wait.asked.at, to, wait.ended.is_none(), Item::Wait(at)));
    }
    items.sort_by_key(|item| (item.0, item.1));
    let mut journeys: Vec<Journey> = Vec::new();
    for (from, to, open, item) in items {
        if journeys.last().is_none_or(|journey| !journey.open && from.0 - journey.until.0 >= GAP) {
            journeys.push(Journey {
                started: from,
                until: from,
                open: false,
                stays: Vec::new(),
                waits: Vec::new(),
                account: Account::default(),
                way: Vec::new(),
                stops: Vec::new(),
                legs: Vec::new(),
                need: NONE,
            });
        }
        if let Some(journey) = journeys.last_mut() {
            journey.until = journey.until.max(to);
            journey.open |= open;
            match item {
                Item::Stay(at) => journey.stays.push(at),
                Item::Wait(at) => journey.waits.push(at),
            }
        }
    }
    let mut stop_of = vec![None; stays.len()];
    for journey in &mut journeys {
        journey.stays.sort_unstable();
        journey.need = needs.of(journey.stays.iter().map(|at| &stays[*at]));
        walk(journey, stays, waits, &mut stop_of, as_of);
    }
    journeys
}

/// What holds a person at a moment; of several, the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    /// Ready to leave where they are, and not yet let go or not yet taken.
    Leaving,
    Care,
    Inside,
    Waiting,
}

/// What would have a second: of several, the least has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    hold: Hold,
    rank: usize,
    leg: usize,
}

/// Finds the way of a journey, its legs, and where every second of it went. `stop_of` has a place for each stay of the person.
fn walk(journey: &mut Journey, stays: &[Stay], waits: &[Wait], stop_of: &mut [Option<usize>], as_of: Instant) {
    let mut begun: Vec<(Instant, usize)> =
        journey.stays.iter().filter_map(|at| Some((stays[*at].present()?, *at))).collect();
    begun.sort_unstable();
    let mut legs: Vec<Leg> = Vec::with_capacity(2 * begun.len() + 2);
    let mut leg = |kind: Option<Side>, service: Word, care: bool| {
        let at = legs.len() as i32;
        legs.push(Leg { at, kind, service, care, seconds: 0, open: false, handover: NONE, told: care });
    };
    for (_, at) in &begun {
        let kind = Side::of(stays[*at].kind);
        if journey.way.last() != Some(&kind) {
            journey.way.push(kind);
            journey.stops.push(*at);
            leg(Some(kind), stays[*at].service, false);
            leg(Some(kind), stays[*at].service, true);
        }
        stop_of[*at] = Some(journey.way.len() - 1);
    }
    leg(Some(Side::HOME), NONE, false);
    leg(None, NONE, false);
    let (to_home, to_nothing) = (legs.len() - 2, legs.len() - 1);
    let mut edges: Vec<(Instant, bool, Claim)> = Vec::with_capacity(2 * (journey.stays.len() + journey.waits.len()));
    let mut claim = |from: Instant, to: Instant, claim: Claim| {
        let (from, to) = (from.max(journey.started), to.min(journey.until));
        if from < to {
            edges.push((from, true, claim));
            edges.push((to, false, claim));
        }
    };
    // Of several stays at once, the one where the person lies has them, else the one that began last.
    for (order, (present, at)) in begun.iter().enumerate() {
        let stay = &stays[*at];
        let (_, to, _) = extent(stay, as_of);
        let leg = 2 * stop_of[*at].unwrap_or(0) + 1;
        let rank = begun.len() - order + if holds(stay.kind) { 0 } else { begun.len() };
        claim(*present, to, Claim { hold: Hold::Care, rank, leg });
        legs[leg].open |= stay.ended.is_none();
    }
    // When each stay was over, and whether anybody knows where the person went.
    let mut ends: Vec<(Instant, bool)> = Vec::with_capacity(journey.stays.len());
    for at in &journey.stays {
        let stay = &stays[*at];
        let (_, to, _) = extent(stay, as_of);
        if let Some(arrived) = stay.arrived {
            let leg = stop_of[*at].map_or(to_nothing, |stop| 2 * stop);
            claim(arrived.at, stay.present().unwrap_or(to), Claim { hold: Hold::Inside, rank: leg, leg });
            legs[leg].told = true;
            legs[leg].open |= stay.present().is_none() && stay.ended.is_none();
        }
        ends.push((to, matches!(stay.outcome, Outcome::Unknown | Outcome::Service(_))));
    }
    // Of several waits at once, the one for the stop that came first.
    for wait in journey.waits.iter().map(|at| &waits[*at]).filter(|wait| wait.ended_by != EndedBy::Lapsed) {
        let stop = wait.to.and_then(|to| stop_of[to]);
        let leg = match (stop, wait.to_side) {
            (Some(stop), _) => 2 * stop,
            (None, Side::HOME) => to_home,
            (None, _) => to_nothing,
        };
        let hold = if wait.leaving { Hold::Leaving } else { Hold::Waiting };
        claim(wait.asked.at, wait.ended.map_or(as_of, |ended| ended.at), Claim { hold, rank: leg, leg });
        legs[leg].told = true;
        legs[leg].open |= wait.ended.is_none();
        if legs[leg].handover == NONE {
            legs[leg].handover = wait.handover;
        }
    }
    edges.sort_unstable();
    ends.sort_unstable();
    let account = &mut journey.account;
    let mut active: Vec<Claim> = Vec::new();
    let mut now = journey.started;
    let mut over = 0;
    let mut spend = |until: Instant, active: &[Claim]| {
        let seconds = until.0 - now.0;
        if seconds <= 0 {
            return;
        }
        while over < ends.len() && ends[over].0 <= now {
            over += 1;
        }
        let claim = active.iter().min();
        *match claim.map(|claim| claim.hold) {
            Some(Hold::Leaving | Hold::Waiting) => &mut account.between,
            Some(Hold::Care) => &mut account.care,
            Some(Hold::Inside) => &mut account.inside,
            None if over > 0 && ends[over - 1].1 => &mut account.unknown,
            None => &mut account.home,
        } += seconds;
        if let Some(claim) = claim {
            legs[claim.leg].seconds += seconds;
        }
        now = until;
    };
    for (at, begins, claim) in edges {
        spend(at, &active);
        if begins {
            active.push(claim);
        } else if let Some(done) = active.iter().position(|active| *active == claim) {
            active.swap_remove(done);
        }
    }
    spend(journey.until, &active);
    journey.stays.iter().for_each(|at| stop_of[*at] = None);
    legs.retain(|leg| leg.told);
    journey.legs = legs;
}
