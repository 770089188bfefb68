//! What really happened, for tests alone: who each subject is, every stay, the dirt that was written, and the stories.

use crate::clock::{Clock, DAY, HOUR};
use crate::csv::Appointment;
use crate::hl7::{DEPARTMENTS, WARD_SERVICES};
use crate::people::People;
use crate::referrals::{Ask, Referral, SERVICES, State};
use crate::stories::Stories;
use crate::text::Text;
use crate::urgent::{Call, End, Front, Urgent, Visit};

pub const STAYS_HEADER: &str = "person,service,asked,started,ready,ended\n";

fn stay(out: &mut Vec<u8>, person: u32, service: &str, times: [u32; 4]) {
    out.number(u64::from(person) + 1);
    out.push(b',');
    out.text(service);
    for time in times {
        out.push(b',');
        if time > 0 {
            out.zulu(time);
        }
    }
    out.push(b'\n');
}

pub fn visit(visit: &Visit, start: u32, out: &mut Vec<u8>) {
    let site = usize::from(visit.site);
    if visit.call >= start {
        stay(out, visit.person, "calls-999", [0, visit.call, 0, visit.call]);
        if visit.outcome != 1 {
            let ended = if visit.outcome == 0 { visit.arrived } else { visit.left };
            stay(out, visit.person, "ambulance-crews", [visit.call, visit.scene, visit.hospital, ended]);
        }
    }
    if visit.arrived > 0 {
        let (department, treatment) = DEPARTMENTS[site];
        let service = if visit.front == Front::Treatment { treatment } else { department };
        stay(
            out,
            visit.person,
            service,
            [if visit.sent >= start { visit.sent } else { 0 }, visit.arrived, 0, visit.departed],
        );
    }
    if visit.wards[0] < 255 && (visit.ward > 0 || visit.decided > 0) {
        let second = visit.transferred > 0;
        let ended = if second { visit.transferred } else { visit.left };
        let ready = if second { 0 } else { visit.ready };
        stay(
            out,
            visit.person,
            WARD_SERVICES[site][usize::from(visit.wards[0]).min(3)],
            [visit.decided, visit.ward, ready, ended],
        );
        if second {
            stay(
                out,
                visit.person,
                WARD_SERVICES[site][usize::from(visit.wards[1]).min(3)],
                [0, visit.transferred, visit.ready, visit.left],
            );
        }
    }
}

pub fn call(call: &Call, end: u32, out: &mut Vec<u8>) {
    stay(out, call.person, "nhs-111", [call.at, call.answered, 0, call.answered]);
    if call.disposition < 2 && !call.came && call.ended < end {
        let (department, treatment) = DEPARTMENTS[usize::from(call.site)];
        stay(out, call.person, [department, treatment][usize::from(call.disposition)], [call.ended, 0, 0, 0]);
    }
}

pub fn referral(seed: u64, clock: &Clock, number: u32, referral: &Referral, out: &mut Vec<u8>) {
    let mut ended = referral.ended;
    if matches!(referral.ask, Ask::UrgentResponse | Ask::Crisis) && referral.state != State::Withdrawn {
        let last = (0..referral.contacts).map(|at| referral.contact(seed, clock, number, at));
        ended = last.filter(|at| *at < clock.end && (referral.ended == 0 || *at <= referral.ended)).max().unwrap_or(0);
    }
    let started = if referral.state == State::Withdrawn { 0 } else { referral.started };
    stay(out, referral.person, SERVICES[referral.ask as usize], [referral.asked, started, 0, ended]);
}

pub fn appointment(people: &People, appointment: &Appointment, kept: usize, out: &mut Vec<u8>) {
    const PRACTICES: [&str; 12] = [
        "practice-01",
        "practice-02",
        "practice-03",
        "practice-04",
        "practice-05",
        "practice-06",
        "practice-07",
        "practice-08",
        "practice-09",
        "practice-10",
        "practice-11",
        "practice-12",
    ];
    let seen = if kept == 0 { appointment.start } else { 0 };
    stay(
        out,
        appointment.person,
        PRACTICES[people.practice(appointment.person) % 12],
        [appointment.booked, seen, 0, seen],
    );
}

/// One line of `truth/stories.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// When it begins, in seconds of UTC.
    pub from: u32,
    /// Where.
    pub neighbourhood: String,
    /// Which handover or measure tells it.
    pub measure: &'static str,
    /// Of `before` and `after`.
    pub unit: &'static str,
    /// Before it.
    pub before: f64,
    /// After it.
    pub after: f64,
    /// What is true.
    pub truth: &'static str,
}

/// Missed, late or other cancelled, and all appointments, before and after the change of recording.
pub type Kept = [[u64; 3]; 2];

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

pub fn stories(
    people: &People,
    clock: &Clock,
    set: &Stories,
    urgent: &Urgent,
    referrals: &[Referral],
    kept: &Kept,
) -> Vec<Story> {
    let days = |seconds: u32| f64::from(seconds) / f64::from(DAY);
    let minutes = |seconds: u32| f64::from(seconds) / 60.0;
    // Days from ready to the start of home care, of those that were taken.
    let home_care = |east: bool, from: u32, to: u32| {
        mean(
            urgent
                .visits
                .iter()
                .filter(|visit| {
                    visit.pathway == 1
                        && visit.end == End::Care
                        && visit.care > 0
                        && (from..to).contains(&visit.care)
                        && (people.neighbourhood(visit.person) == set.eastbrook) == east
                })
                .map(|visit| days(visit.care - visit.ready)),
        )
    };
    let crews = |from: u32, to: u32| {
        mean(
            urgent
                .visits
                .iter()
                .filter(|visit| {
                    visit.site == 1 && visit.hospital > 0 && visit.arrived > 0 && (from..to).contains(&visit.arrived)
                })
                .map(|visit| minutes(visit.arrived - visit.hospital)),
        )
    };
    let beds = |from: u32, to: u32| {
        mean(
            urgent
                .visits
                .iter()
                .filter(|visit| {
                    visit.site == 1 && visit.decided > 0 && visit.ward > 0 && (from..to).contains(&visit.ward)
                })
                .map(|visit| minutes(visit.ward - visit.decided)),
        )
    };
    let (place, month) = set.regression;
    let (opens, closes) = (clock.months[month].0, clock.month_end(month));
    let later = clock.month_end((month + 3).min(clock.months.len() - 1));
    let attendances = |from: u32, to: u32| {
        let come = urgent
            .visits
            .iter()
            .filter(|visit| (from..to).contains(&visit.arrived) && people.neighbourhood(visit.person) == place)
            .count();
        come as f64 / days(to.saturating_sub(from).max(1))
    };
    let in_two_hours = |from: u32, to: u32| {
        let begun = referrals.iter().filter(|referral| {
            referral.ask == Ask::UrgentResponse && referral.started > 0 && (from..to).contains(&referral.asked)
        });
        100.0 * mean(begun.map(|referral| f64::from(u8::from(referral.started - referral.asked <= 2 * HOUR))))
    };
    let share = |side: usize, what: &[usize]| {
        100.0 * what.iter().map(|at| kept[side][*at]).sum::<u64>() as f64 / kept[side][2].max(1) as f64
    };
    let name = |at: usize| people.neighbourhoods[at].clone();
    let story = |name, from, neighbourhood, measure, unit, before, after, truth| Story {
        name,
        from,
        neighbourhood,
        measure,
        unit,
        before,
        after,
        truth,
    };
    let all = || "all".to_owned();
    let rest = || "all but Eastbrook".to_owned();
    let six = 42 * DAY;
    let quarter = 91 * DAY;
    let (earlier, after) =
        (set.release.saturating_sub(quarter).max(clock.start), (set.release + quarter).min(clock.end));
    vec![
        story(
            "home-first",
            set.home_first,
            name(set.eastbrook),
            "ward-to-home-care",
            "days",
            home_care(true, clock.start, set.home_first),
            home_care(true, set.home_first + 14 * DAY, clock.end),
            "real: home care starts 2.6 times as readily",
        ),
        story(
            "home-first",
            set.home_first,
            rest(),
            "ward-to-home-care",
            "days",
            home_care(false, clock.start, set.home_first),
            home_care(false, set.home_first, set.shortage),
            "no change here until the shortage",
        ),
        story(
            "rapid-release",
            set.release,
            "Eastbrook District".to_owned(),
            "ambulance-to-ed",
            "minutes",
            crews(earlier, set.release),
            crews(set.release, after),
            "real, and only moved: see the next line",
        ),
        story(
            "rapid-release",
            set.release,
            "Eastbrook District".to_owned(),
            "ed-to-ward",
            "minutes",
            beds(earlier, set.release),
            beds(set.release, after),
            "the same hours are waited here",
        ),
        story(
            "rapid-release",
            set.release,
            "Eastbrook District".to_owned(),
            "hours spared to crews, hours waited for beds because of it",
            "hours",
            urgent.moved_hours[0],
            urgent.moved_hours[1],
            "moved, not saved",
        ),
        story(
            "regression-to-the-mean",
            closes,
            name(place),
            "emergency and urgent treatment attendances",
            "a day",
            attendances(opens, closes),
            attendances(closes, later),
            "chance: one bad month; the classes that follow it do nothing",
        ),
        story(
            "home-care-shortage",
            set.shortage,
            rest(),
            "ward-to-home-care",
            "days",
            home_care(false, clock.start, set.shortage),
            home_care(false, clock.end - six, clock.end),
            "real: an agency leaves; it goes on to the end",
        ),
        story(
            "missed-appointments",
            set.recording,
            all(),
            "missed appointments",
            "%",
            share(0, &[0]),
            share(1, &[0]),
            "recording: late cancellations are written as missed by five practices",
        ),
        story(
            "missed-appointments",
            set.recording,
            all(),
            "missed or cancelled appointments",
            "%",
            share(0, &[0, 1]),
            share(1, &[0, 1]),
            "no change",
        ),
        story(
            "falls-from-999",
            set.response,
            all(),
            "two-hour-response",
            "%",
            in_two_hours(clock.start, set.response),
            in_two_hours(set.response, clock.end),
            "real: more hands, so the team begins a third sooner",
        ),
    ]
}
