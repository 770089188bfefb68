//! Stays and waits of a person that belong together are a journey, and every second of it is in one place.

use crate::stays::{Outcome, Stay};
use crate::waits::Wait;
use domain::{Instant, ServiceKind};

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
fn extent(stay: &Stay, as_of: Instant) -> (Instant, Instant, bool) {
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
pub(crate) fn find_journeys(stays: &[Stay], waits: &[Wait], as_of: Instant) -> Vec<Journey> {
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
    for journey in &mut journeys {
        journey.stays.sort_unstable();
        journey.account = account(journey, stays, waits, as_of);
    }
    journeys
}

/// What holds a person at a moment; of several, the first counts.
#[derive(Clone, Copy)]
enum Hold {
    /// Ready to leave where they are, and not yet let go or not yet taken.
    Leaving,
    Care,
    Inside,
    Waiting,
}

fn account(journey: &Journey, stays: &[Stay], waits: &[Wait], as_of: Instant) -> Account {
    let mut edges: Vec<(Instant, usize, i32)> = Vec::with_capacity(2 * (journey.stays.len() + journey.waits.len()) + 2);
    let mut hold = |from: Instant, to: Instant, hold: Hold| {
        let (from, to) = (from.max(journey.started), to.min(journey.until));
        if from < to {
            edges.push((from, hold as usize, 1));
            edges.push((to, hold as usize, -1));
        }
    };
    // When each stay was over, and whether anybody knows where the person went.
    let mut ends: Vec<(Instant, bool)> = Vec::with_capacity(journey.stays.len());
    for stay in journey.stays.iter().map(|at| &stays[*at]) {
        let (_, to, _) = extent(stay, as_of);
        match (stay.present(), stay.arrived) {
            (Some(present), arrived) => {
                hold(present, to, Hold::Care);
                if let Some(arrived) = arrived {
                    hold(arrived.at, present, Hold::Inside);
                }
            }
            (None, Some(arrived)) => hold(arrived.at, to, Hold::Inside),
            (None, None) => {}
        }
        ends.push((to, matches!(stay.outcome, Outcome::Unknown | Outcome::Service(_))));
    }
    for wait in journey.waits.iter().map(|at| &waits[*at]) {
        let to = wait.ended.map_or(as_of, |ended| ended.at);
        hold(wait.asked.at, to, if wait.leaving { Hold::Leaving } else { Hold::Waiting });
    }
    edges.push((journey.until, Hold::Care as usize, 0));
    edges.sort_unstable();
    ends.sort_unstable();
    let mut account = Account::default();
    let mut holding = [0; 4];
    let mut now = journey.started;
    let mut over = 0;
    for (at, which, change) in edges {
        let seconds = at.0 - now.0;
        if seconds > 0 {
            while over < ends.len() && ends[over].0 <= now {
                over += 1;
            }
            let nobody_knows = over > 0 && ends[over - 1].1;
            let part = match holding.map(|holds| holds > 0) {
                [true, ..] => &mut account.between,
                [_, true, ..] => &mut account.care,
                [_, _, true, _] => &mut account.inside,
                [_, _, _, true] => &mut account.between,
                _ if nobody_knows => &mut account.unknown,
                _ => &mut account.home,
            };
            *part += seconds;
            now = at;
        }
        holding[which] += change;
    }
    account
}
