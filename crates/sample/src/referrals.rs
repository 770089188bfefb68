//! Everything that is asked for outside the emergency department: community, mental health, social care, homes, charities
//! and prevention. Who waits how long follows from a backlog: what is asked for and what the team can start, week by week.

use crate::clock::{Clock, DAY, HOUR, MINUTE};
use crate::draw::Draw;
use crate::people::People;
use crate::stories::Stories;
use crate::urgent::{End, Urgent};
use rayon::prelude::*;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ask {
    Therapy,
    Nursing,
    UrgentResponse,
    IntermediateCare,
    Talking,
    Team,
    Crisis,
    MentalHealthWard,
    SocialWork,
    Reablement,
    LongTermCare,
    HomeCare,
    CareHome,
    Carers,
    Befriending,
    StopSmoking,
    Falls,
    HealthCheck,
}

/// The service of `place.toml`, in the order of [`Ask`].
pub const SERVICES: [&str; 18] = [
    "therapy",
    "community-nursing",
    "urgent-response",
    "intermediate-care",
    "talking-therapies",
    "mental-health-team",
    "crisis-team",
    "mental-health-ward",
    "social-work",
    "reablement",
    "long-term-care",
    "home-care",
    "care-homes",
    "carers",
    "befriending",
    "stop-smoking",
    "falls-classes",
    "health-checks",
];

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Myself,
    Practice,
    Crew,
    /// A ward of a hospital: site, index into the site's wards.
    Ward(u8, u8),
    Department(u8),
    HomeCare,
}

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Waiting,
    Begun,
    Ended,
    Withdrawn,
}

/// One thing asked for. Times are UTC seconds; 0 has not happened.
#[derive(Clone, Copy, Debug)]
pub struct Referral {
    pub person: u32,
    pub ask: Ask,
    pub by: By,
    pub state: State,
    pub contacts: u16,
    pub asked: u32,
    pub started: u32,
    pub ended: u32,
}

impl Referral {
    /// The `at`th contact; the first is the start. They are spread evenly with some luck, in working hours.
    pub fn contact(&self, seed: u64, clock: &Clock, number: u32, at: u16) -> u32 {
        if at == 0 {
            return self.started;
        }
        let mut draw = Draw::of(seed, 50 + u64::from(at), u64::from(number));
        let span = if self.ended > 0 { self.ended } else { clock.end + 30 * DAY } - self.started;
        let place = (f64::from(at) + draw.between(-0.3, 0.3)) / f64::from(self.contacts);
        let day = self.started + (place * f64::from(span)) as u32;
        clock.time_of_day(day, 8 * HOUR + draw.below(108) as u32 * 5 * MINUTE).max(self.started + HOUR)
    }
}

struct Kind {
    ask: Ask,
    /// Asked for by 1,000 people a year, by age band.
    rate: [f64; 6],
    /// By practice, by themselves, by an ambulance crew.
    by: [f64; 3],
    /// Days from asking to the start, where the list is as long as usual: median and spread.
    wait: (f64, f64),
    /// Of those who ask, the share that never starts.
    never: f64,
    /// Days from first to last contact, and contacts.
    lasts: (f64, f64),
    contacts: f64,
}

const KINDS: &[Kind] = &[
    Kind {
        ask: Ask::Therapy,
        rate: [38.0, 40.0, 72.0, 85.0, 90.0, 70.0],
        by: [0.85, 0.15, 0.0],
        wait: (44.0, 0.6),
        never: 0.09,
        lasts: (62.0, 0.5),
        contacts: 4.4,
    },
    Kind {
        ask: Ask::Nursing,
        rate: [1.0, 3.0, 9.0, 42.0, 90.0, 190.0],
        by: [0.9, 0.0, 0.1],
        wait: (1.6, 0.7),
        never: 0.03,
        lasts: (45.0, 0.9),
        contacts: 15.0,
    },
    Kind {
        ask: Ask::UrgentResponse,
        rate: [0.0, 1.0, 6.0, 36.0, 90.0, 220.0],
        by: [0.55, 0.1, 0.35],
        wait: (0.062, 0.45),
        never: 0.02,
        lasts: (2.5, 0.4),
        contacts: 3.2,
    },
    Kind {
        ask: Ask::Talking,
        rate: [2.0, 62.0, 40.0, 12.0, 8.0, 4.0],
        by: [0.5, 0.5, 0.0],
        wait: (24.0, 0.65),
        never: 0.33,
        lasts: (80.0, 0.5),
        contacts: 7.0,
    },
    Kind {
        ask: Ask::Team,
        rate: [14.0, 17.0, 12.0, 9.0, 10.0, 9.0],
        by: [0.85, 0.15, 0.0],
        wait: (31.0, 0.7),
        never: 0.22,
        lasts: (190.0, 0.6),
        contacts: 11.0,
    },
    Kind {
        ask: Ask::Crisis,
        rate: [3.0, 10.0, 6.0, 2.0, 1.5, 1.0],
        by: [0.4, 0.6, 0.0],
        wait: (0.25, 0.8),
        never: 0.1,
        lasts: (9.0, 0.5),
        contacts: 4.0,
    },
    Kind {
        ask: Ask::SocialWork,
        rate: [0.0, 8.0, 14.0, 36.0, 95.0, 240.0],
        by: [0.3, 0.7, 0.0],
        wait: (23.0, 0.7),
        never: 0.45,
        lasts: (18.0, 0.6),
        contacts: 1.0,
    },
    Kind {
        ask: Ask::Carers,
        rate: [0.5, 1.5, 6.0, 8.0, 7.0, 3.0],
        by: [0.6, 0.4, 0.0],
        wait: (13.0, 0.6),
        never: 0.08,
        lasts: (150.0, 0.6),
        contacts: 6.0,
    },
    Kind {
        ask: Ask::Befriending,
        rate: [0.0, 0.3, 1.0, 6.0, 14.0, 18.0],
        by: [0.65, 0.35, 0.0],
        wait: (26.0, 0.6),
        never: 0.12,
        lasts: (240.0, 0.4),
        contacts: 20.0,
    },
    Kind {
        ask: Ask::StopSmoking,
        rate: [0.2, 5.0, 7.0, 4.0, 2.0, 0.5],
        by: [0.45, 0.55, 0.0],
        wait: (12.0, 0.5),
        never: 0.2,
        lasts: (56.0, 0.3),
        contacts: 6.0,
    },
    Kind {
        ask: Ask::Falls,
        rate: [0.0, 0.0, 0.5, 14.0, 30.0, 26.0],
        by: [0.7, 0.3, 0.0],
        wait: (34.0, 0.5),
        never: 0.15,
        lasts: (84.0, 0.2),
        contacts: 12.0,
    },
    Kind {
        ask: Ask::HealthCheck,
        rate: [0.0, 0.0, 38.0, 34.0, 0.0, 0.0],
        by: [1.0, 0.0, 0.0],
        wait: (21.0, 0.4),
        never: 0.3,
        lasts: (0.0, 0.1),
        contacts: 1.0,
    },
];

/// Days before the period from which referrals are drawn, so that it opens with teams and lists as full as they are.
const BEFORE: u32 = 260;

/// Everything asked for, in the order of asking.
pub fn refer(people: &People, clock: &Clock, stories: &Stories, urgent: &Urgent) -> Vec<Referral> {
    let lists = lists(clock);
    let blocks: Vec<u32> = (0..people.list.len() as u32).step_by(8_192).collect();
    let mut all: Vec<Referral> = blocks
        .par_iter()
        .flat_map_iter(|block| {
            let mut some = Vec::new();
            for person in *block..(block + 8_192).min(people.list.len() as u32) {
                of_person(people, clock, stories, &lists, person, &mut some);
            }
            some
        })
        .collect();
    from_hospital(people, clock, urgent, &mut all);
    all.retain_mut(|referral| {
        let died = urgent.died[referral.person as usize];
        if died > 0 && referral.asked >= died {
            return false;
        }
        if died > 0 && (referral.ended == 0 || referral.ended > died) {
            referral.state =
                if referral.started >= died || referral.started == 0 { State::Withdrawn } else { State::Ended };
            referral.started = if referral.started >= died { 0 } else { referral.started };
            referral.ended = died;
        }
        // What lies after the end has not happened yet.
        if referral.started >= clock.end {
            referral.started = 0;
            referral.state = State::Waiting;
        }
        if referral.ended >= clock.end {
            referral.ended = 0;
            referral.state = if referral.started > 0 { State::Begun } else { State::Waiting };
        }
        referral.asked < clock.end && (referral.ended == 0 || referral.ended >= clock.start)
    });
    all.par_sort_by_key(|referral| (referral.asked, referral.person, referral.ask as u8));
    all
}

fn of_person(
    people: &People,
    clock: &Clock,
    stories: &Stories,
    lists: &[Vec<f64>],
    person: u32,
    out: &mut Vec<Referral>,
) {
    let band = people.band(person);
    let mut draw = Draw::of(people.seed, 40, u64::from(person));
    let rates: Vec<f64> = KINDS.iter().map(|kind| kind.rate[band] * gradient(kind.ask, people.fifth(person))).collect();
    let from = clock.start - BEFORE * DAY;
    let years = f64::from(clock.end - from) / (365.25 * f64::from(DAY));
    for _ in 0..draw.poisson(rates.iter().sum::<f64>() / 1_000.0 * years * 1.08) {
        let which = draw.share(&rates);
        let kind = &KINDS[which];
        let mut asked = from + draw.below(u64::from(clock.end - from)) as u32;
        if !draw.chance(ASKED[clock.day(asked).ymd().1 as usize - 1] / 1.08) {
            continue;
        }
        if !matches!(kind.ask, Ask::UrgentResponse | Ask::Crisis) && clock.day(asked).weekday() > 4 {
            asked -= 2 * DAY;
        }
        asked = clock.time_of_day(asked, 8 * HOUR + 1_800 + draw.below(34_000) as u32);
        out.push(ask(clock, stories, &lists[which], person, kind, asked.max(from), &mut draw));
        after_assessment(people, clock, out, &mut draw);
    }
    // Classes that were set up after Millfields' worst month: more people in them, and no effect on who falls ill.
    let (neighbourhood, month) = stories.regression;
    let opened = clock.month_end(month);
    if band >= 3 && people.neighbourhood(person) == neighbourhood && draw.chance(0.05) {
        let asked =
            clock.time_of_day(opened + draw.below(u64::from(clock.end.saturating_sub(opened) + 1)) as u32, 10 * HOUR);
        let falls = KINDS.iter().zip(lists).find(|(kind, _)| kind.ask == Ask::Falls);
        if let Some((kind, list)) = falls.filter(|_| asked < clock.end) {
            out.push(ask(clock, stories, list, person, kind, asked, &mut draw));
        }
    }
    // Who lives in a care home, or has care at home, when the period opens.
    let settled = [
        (Ask::CareHome, [0.0, 0.0, 0.001, 0.008, 0.045, 0.15]),
        (Ask::LongTermCare, [0.0, 0.001, 0.003, 0.014, 0.04, 0.10]),
    ];
    for (what, shares) in settled {
        if draw.chance(shares[band]) {
            let started = clock
                .time_of_day(clock.start - (20 + draw.below(900) as u32) * DAY, 11 * HOUR + draw.below(10_000) as u32);
            let ends = started + draw.below(2_000) as u32 * DAY;
            out.push(Referral {
                person,
                ask: what,
                by: By::Myself,
                state: State::Ended,
                contacts: 0,
                asked: started - 12 * DAY,
                started,
                ended: clock.time_of_day(ends, 14 * HOUR),
            });
        }
    }
}

fn gradient(ask: Ask, fifth: u8) -> f64 {
    let steep = match ask {
        Ask::StopSmoking => 0.28,
        Ask::Talking | Ask::Team | Ask::Crisis | Ask::SocialWork => 0.13,
        _ => 0.05,
    };
    1.0 + steep * (3.0 - f64::from(fifth))
}

fn ask(
    clock: &Clock,
    stories: &Stories,
    list: &[f64],
    person: u32,
    kind: &Kind,
    asked: u32,
    draw: &mut Draw,
) -> Referral {
    let by = [By::Practice, By::Myself, By::Crew][draw.share(&kind.by)];
    let (mut median, spread) = kind.wait;
    if kind.ask == Ask::UrgentResponse && asked >= stories.response {
        median *= 0.66;
    }
    let days = draw.around(median * list[((asked - (clock.start - BEFORE * DAY)) / (7 * DAY)) as usize], spread);
    let mut started = asked + (days * f64::from(DAY)).max(1_500.0) as u32;
    if median > 1.0 {
        started = clock.time_of_day(started, 8 * HOUR + draw.below(108) as u32 * 5 * MINUTE).max(asked + 20 * MINUTE);
        if clock.day(started).weekday() > 4 && !matches!(kind.ask, Ask::Nursing) {
            started += 2 * DAY;
        }
    }
    let contacts = 1 + draw.poisson(kind.contacts - 1.0) as u16;
    let lasts = if contacts == 1 && kind.contacts > 1.0 { 0.0 } else { draw.around(kind.lasts.0, kind.lasts.1) };
    let ended = clock
        .time_of_day(started + (lasts * f64::from(DAY)) as u32, 16 * HOUR + draw.below(7_000) as u32)
        .max(started + 40 * MINUTE);
    if draw.chance(kind.never) {
        let withdrawn = asked + (days * draw.between(0.3, 1.3) * f64::from(DAY)) as u32 + HOUR;
        return Referral {
            person,
            ask: kind.ask,
            by,
            state: State::Withdrawn,
            contacts: 0,
            asked,
            started: 0,
            ended: withdrawn,
        };
    }
    Referral { person, ask: kind.ask, by, state: State::Ended, contacts, asked, started, ended }
}

/// What is asked for and what teams can start, by month; the year's mean is 1.
const ASKED: [f64; 12] = [1.04, 1.02, 1.03, 0.98, 0.98, 0.98, 0.97, 0.88, 1.05, 1.08, 1.07, 0.92];
const ABLE: [f64; 12] = [1.02, 1.04, 1.06, 0.99, 1.0, 1.02, 0.98, 0.88, 1.04, 1.05, 1.05, 0.87];

/// A fluid queue for each kind: how long its list is each week, in shares of usual. A list grows by what is asked for and
/// shrinks by what is started; one that is long is given extra sessions.
fn lists(clock: &Clock) -> Vec<Vec<f64>> {
    let from = clock.start - BEFORE * DAY;
    let weeks = (clock.end - from) / (7 * DAY) + 2;
    let list = |kind: &Kind| {
        // A week's worth of referrals against all who wait.
        let week = (7.0 / kind.wait.0).min(0.4);
        let mut length = 1.0;
        (0..weeks)
            .map(|at| {
                let month = clock.day(from + at * 7 * DAY).ymd().1 as usize - 1;
                length += week * (ASKED[month] - ABLE[month]) * 3.0 - 0.06 * (length - 1.0);
                length
            })
            .collect()
    };
    KINDS.iter().map(list).collect()
}

/// What a social worker's assessment leads to.
fn after_assessment(people: &People, clock: &Clock, out: &mut Vec<Referral>, draw: &mut Draw) {
    let Some(last) = out.last().copied().filter(|last| last.ask == Ask::SocialWork && last.started > 0) else { return };
    let what = match draw.share(&[0.30, 0.18, 0.05, 0.47]) {
        0 => Ask::Reablement,
        1 => Ask::LongTermCare,
        2 => Ask::CareHome,
        _ => return,
    };
    if what == Ask::CareHome && people.band(last.person) < 3 {
        return;
    }
    let asked = last.ended;
    let started =
        clock.time_of_day(asked + (draw.around(9.0, 0.7) * f64::from(DAY)) as u32, 9 * HOUR).max(asked + HOUR);
    let lasts = if what == Ask::Reablement { draw.around(34.0, 0.3) } else { draw.around(500.0, 0.8) };
    let ended = clock.time_of_day(started + (lasts * f64::from(DAY)) as u32, 17 * HOUR).max(started + DAY);
    out.push(Referral {
        person: last.person,
        ask: what,
        by: By::Myself,
        state: State::Ended,
        contacts: 0,
        asked,
        started,
        ended,
    });
}

/// What wards and departments ask of others.
fn from_hospital(people: &People, clock: &Clock, urgent: &Urgent, out: &mut Vec<Referral>) {
    for (which, visit) in urgent.visits.iter().enumerate() {
        let mut draw = Draw::of(people.seed, 41, which as u64);
        let ward = if visit.wards[1] < 255 && visit.transferred > 0 { visit.wards[1] } else { visit.wards[0] };
        let by = By::Ward(visit.site, ward);
        let settle = |asked: u32, started: u32, ended: u32| {
            let state = match (started, ended) {
                (0, 0) => State::Waiting,
                (_, 0) => State::Begun,
                _ => State::Ended,
            };
            Referral { person: visit.person, ask: Ask::HomeCare, by, state, contacts: 0, asked, started, ended }
        };
        if visit.end == End::MentalHealthWard && visit.decided > 0 {
            let by = By::Department(visit.site);
            out.push(Referral {
                ask: Ask::MentalHealthWard,
                by,
                ..settle(visit.decided + 10 * MINUTE, visit.care, visit.care_ended)
            });
        }
        if visit.ready == 0 {
            continue;
        }
        if visit.pathway > 0 {
            let ask = [Ask::HomeCare, Ask::IntermediateCare, Ask::CareHome][usize::from(visit.pathway) - 1];
            let asked = visit.ready + draw.below(50) as u32 * MINUTE;
            let mut referral = Referral { ask, ..settle(asked, visit.care, visit.care_ended) };
            if matches!(visit.end, End::Withdrawn | End::Died) && visit.left > 0 {
                referral.state = State::Withdrawn;
                referral.ended = visit.left.max(asked + MINUTE);
            }
            out.push(referral);
            if visit.pathway == 3 || draw.chance(0.4) {
                let started = clock
                    .time_of_day(asked + (draw.around(3.0, 0.6) * f64::from(DAY)) as u32, 10 * HOUR)
                    .max(asked + HOUR);
                out.push(Referral { ask: Ask::SocialWork, contacts: 1, ..settle(asked, started, started + 6 * DAY) });
            }
            if visit.pathway == 1 && visit.care_ended > 0 && draw.chance(0.22) {
                let (asked, started) = (visit.care_ended, visit.care_ended + (1 + draw.below(9) as u32) * DAY);
                let ended = started + (draw.around(400.0, 0.8) * f64::from(DAY)) as u32;
                out.push(Referral { ask: Ask::LongTermCare, by: By::HomeCare, ..settle(asked, started, ended) });
            }
        } else if visit.end == End::Home && visit.left > 0 && people.band(visit.person) >= 3 && draw.chance(0.17) {
            let asked = visit.ready;
            let wait = (draw.around(1.5, 0.6) * f64::from(DAY)) as u32;
            let started =
                clock.time_of_day(visit.left + wait, 9 * HOUR + draw.below(25_000) as u32).max(visit.left + 2 * HOUR);
            let contacts = 1 + draw.poisson(11.0) as u16;
            let ended = started + (draw.around(35.0, 0.7) * f64::from(DAY)) as u32 + HOUR;
            out.push(Referral { ask: Ask::Nursing, contacts, ..settle(asked, started, ended) });
        }
    }
}
