//! CSV as the others send it: an extract each month, each with its own columns and its own care for the clock.

use crate::clock::{Clock, DAY, HOUR, MINUTE};
use crate::dirt::Dirt;
use crate::draw::Draw;
use crate::fhir::requester;
use crate::people::People;
use crate::record::{Desk, Out, Sender, identity};
use crate::referrals::{Ask, By, Referral, State};
use crate::text::Text;
use crate::urgent::{Call, DISPOSITIONS, Urgent};

const WHO: &str = "nhs_number,surname,forename,date_of_birth,sex,postcode";

// ---------------------------------------------------------------- ambulance

pub fn cad_header() -> String {
    format!(
        "incident,patient_id,{WHO},call_time,category,outcome,on_scene,at_hospital,handover,clear,destination,extracted_at\n"
    )
}

/// Incidents of each month's file: a few are sent a month late.
pub fn incidents(people: &People, clock: &Clock, urgent: &Urgent) -> Vec<Vec<u32>> {
    let mut months = vec![Vec::new(); clock.months.len()];
    let mut order: Vec<u32> =
        (0..urgent.visits.len() as u32).filter(|at| urgent.visits[*at as usize].call >= clock.start).collect();
    order.sort_by_key(|at| (urgent.visits[*at as usize].call, *at));
    for at in order {
        let month = clock.month(urgent.visits[at as usize].call);
        let late = usize::from(late(people, at));
        months[(month + late).min(clock.months.len() - 1)].push(at);
    }
    months
}

fn late(people: &People, incident: u32) -> bool {
    Draw::of(people.seed, 300, u64::from(incident)).chance(0.005)
}

pub fn incident(desk: &Desk, which: u32, out: &mut Out) {
    let visit = &desk.urgent.visits[which as usize];
    let clock = desk.clock;
    let from = out.bytes.len();
    let mut draw = Draw::of(desk.people.seed, 301, u64::from(which));
    out.bytes.text("I");
    out.bytes.padded(u64::from(which), 9);
    out.bytes.push(b',');
    identity(desk, Sender::Ambulance, visit.person, visit.call, &mut draw, out).columns(&mut out.bytes);
    let conveyed = visit.outcome == 0;
    let handover = if conveyed { visit.arrived } else { 0 };
    let clear = if conveyed {
        handover + u32::from(handover > 0) * 14 * MINUTE
    } else {
        visit.left.max(visit.call + 11 * MINUTE)
    };
    let clear = if clear >= clock.end || (visit.outcome == 2 && visit.left == 0) { 0 } else { clear };
    let mut shown = handover;
    if handover > 0 && draw.chance(0.001) {
        out.dirt.add(Dirt::LeftBefore);
        shown = visit.call - 4 * HOUR;
    }
    let mark = draw.unit();
    for (at, time) in [visit.call, visit.scene, visit.hospital, shown, clear].into_iter().enumerate() {
        out.wall(clock, time);
        let from = out.bytes.len();
        if time > 0 {
            out.bytes.second(clock, time);
        }
        if at == 1 && time > 0 && mark < 0.000_5 {
            let (year, dirt) = if mark < 0.000_25 { (b"1900", Dirt::Year1900) } else { (b"2099", Dirt::Year2099) };
            out.dirt.add(dirt);
            out.bytes[from..from + 4].copy_from_slice(year);
        }
        out.bytes.push(b',');
        if at == 0 {
            out.bytes.number(u64::from(visit.category));
            out.bytes.push(b',');
            out.bytes.text(["conveyed", "hear_and_treat", "see_and_treat"][usize::from(visit.outcome)]);
            out.bytes.push(b',');
        }
    }
    out.bytes.text(match (visit.outcome, visit.site) {
        (0, 0) => "RIVGEN",
        (0, _) => "EASTDIST",
        _ => "HOME",
    });
    out.bytes.push(b',');
    let mut extracted = clock.time_of_day(clock.floor(visit.call) + DAY + 2 * HOUR, 4 * HOUR + 600);
    if late(desk.people, which) {
        out.dirt.add(Dirt::Late);
        extracted = (extracted + 31 * DAY).min(clock.end + 5 * HOUR);
    }
    out.bytes.second(clock, extracted);
    out.bytes.push(b'\n');
    out.done(from, &mut draw, b'\n');
}

// ---------------------------------------------------------------- NHS 111

pub fn calls_header() -> String {
    format!("call_id,caller_ref,{WHO},call_start,answered,call_end,disposition,sent_to,extracted_at\n")
}

pub fn call(desk: &Desk, number: u32, call: &Call, out: &mut Out) {
    let clock = desk.clock;
    let from = out.bytes.len();
    let mut draw = Draw::of(desk.people.seed, 302, u64::from(number));
    out.bytes.text("C");
    out.bytes.padded(u64::from(number), 9);
    out.bytes.push(b',');
    identity(desk, Sender::Nhs111, call.person, call.at, &mut draw, out).columns(&mut out.bytes);
    for time in [call.at, call.answered, call.ended] {
        out.wall(clock, time);
        out.bytes.second(clock, time);
        out.bytes.push(b',');
    }
    out.bytes.text(DISPOSITIONS[usize::from(call.disposition)]);
    out.bytes.push(b',');
    if call.disposition < 2 {
        out.bytes.text(
            [["RIVGEN-ED", "RIVGEN-UTC"], ["EASTDIST-ED", "EASTDIST-UTC"]][usize::from(call.site)]
                [usize::from(call.disposition)],
        );
    }
    out.bytes.push(b',');
    out.bytes.second(clock, clock.time_of_day(clock.floor(call.at) + DAY + 2 * HOUR, 5 * HOUR));
    out.bytes.push(b'\n');
    out.done(from, &mut draw, b'\n');
}

// ---------------------------------------------------------------- general practice

/// An appointment at a practice.
#[derive(Clone, Copy)]
pub struct Appointment {
    pub person: u32,
    pub booked: u32,
    pub start: u32,
    salt: u32,
}

/// 0 attended, 1 missed, 2 cancelled.
pub fn kept(desk: &Desk, appointment: &Appointment) -> usize {
    let mut draw = Draw::of(desk.people.seed, 303, u64::from(appointment.salt) << 32 | u64::from(appointment.person));
    let fifth = f64::from(desk.people.fifth(appointment.person));
    let missed = (0.064 - 0.008 * fifth)
        * if desk.clock.day(appointment.booked) == desk.clock.day(appointment.start) { 0.35 } else { 1.55 };
    let practice = desk.people.practice(appointment.person);
    match draw.share(&[0.0, missed, 0.021, 0.022, 1.0 - missed - 0.043]) {
        1 => 1,
        // Cancelled within the hour: five practices come to write it as missed. Nothing else changes.
        2 if practice.is_multiple_of(5) || practice.is_multiple_of(4) => {
            if appointment.start >= desk.stories.recording { 1 } else { 2 }
        }
        2 | 3 => 2,
        _ => 0,
    }
}

const APPOINTMENTS_A_YEAR: [f64; 6] = [3.3, 3.9, 5.5, 9.2, 12.0, 14.0];

/// The appointments that start in a month, in the order of their start.
pub fn appointments(desk: &Desk, month: usize) -> Vec<Appointment> {
    use rayon::prelude::*;
    let (people, clock) = (desk.people, desk.clock);
    let (from, to) = (clock.months[month].0, clock.month_end(month));
    let days: Vec<u32> =
        (0..(to - from + 2 * HOUR) / DAY).map(|day| clock.floor(from + day * DAY + 12 * HOUR)).collect();
    let weights: Vec<f64> =
        days.iter().map(|day| [1.2, 1.05, 1.0, 0.97, 0.93, 0.09, 0.02][clock.day(*day).weekday() as usize]).collect();
    let total: f64 = weights.iter().sum();
    let winter =
        [1.05, 1.04, 1.02, 0.97, 0.97, 0.98, 0.97, 0.92, 1.0, 1.07, 1.06, 0.95][clock.months[month].2 as usize - 1];
    let share = total / 5.26 / 52.18 * winter;
    let blocks: Vec<u32> = (0..people.list.len() as u32).step_by(8_192).collect();
    let mut list: Vec<Appointment> = blocks
        .par_iter()
        .flat_map_iter(|block| {
            let mut some = Vec::new();
            for person in *block..(block + 8_192).min(people.list.len() as u32) {
                let mut draw = Draw::of(people.seed, 304 + month as u64, u64::from(person));
                let fifth = 1.0 + 0.04 * (3.0 - f64::from(people.fifth(person)));
                let women = if people.female(person) { 1.14 } else { 0.86 };
                for _ in 0..draw.poisson(APPOINTMENTS_A_YEAR[people.band(person)] * fifth * women * share) {
                    let day = days[draw.share(&weights)];
                    let start = clock.time_of_day(day + DAY / 2, 8 * HOUR + draw.below(126) as u32 * 5 * MINUTE);
                    let booked = booked(clock, start, &mut draw);
                    let gone = desk.urgent.died[person as usize];
                    if gone == 0 || gone > start {
                        some.push(Appointment { person, booked, start, salt: draw.bits() as u32 });
                    }
                }
            }
            some
        })
        .collect();
    // Whoever was referred by their practice was seen there first.
    for (which, referral) in desk.referrals.iter().enumerate().filter(|(_, referral)| referral.by == By::Practice) {
        if (from..to).contains(&referral.asked) {
            let start = (referral.asked - 12 * MINUTE) / (5 * MINUTE) * 5 * MINUTE;
            let mut draw = Draw::of(people.seed, 299, which as u64);
            if start >= from {
                list.push(Appointment {
                    person: referral.person,
                    booked: booked(clock, start, &mut draw),
                    start,
                    salt: draw.bits() as u32,
                });
            }
        }
    }
    list.par_sort_unstable_by_key(|appointment| (appointment.start, appointment.person, appointment.salt));
    list
}

fn booked(clock: &Clock, start: u32, draw: &mut Draw) -> u32 {
    let days = match draw.share(&[0.44, 0.09, 0.19, 0.13, 0.10, 0.05]) {
        0 => {
            let early = clock.time_of_day(start, 8 * HOUR) - draw.below(900) as u32;
            return early + draw.below(u64::from((start - early).max(600) - 300)) as u32;
        }
        1 => 1,
        2 => 2 + draw.below(6) as u32,
        3 => 8 + draw.below(7) as u32,
        4 => 15 + draw.below(13) as u32,
        _ => 28 + draw.below(30) as u32,
    };
    clock.time_of_day(start - days * DAY, 8 * HOUR + draw.below(36_000) as u32)
}

pub fn appointments_header() -> String {
    format!("appointment_id,practice,patient_id,{WHO},booked,start,status,mode,staff\n")
}

pub fn appointment(desk: &Desk, month: usize, number: u32, appointment: &Appointment, out: &mut Out) {
    let (people, clock) = (desk.people, desk.clock);
    let from = out.bytes.len();
    let mut draw = Draw::of(people.seed, 305, u64::from(appointment.salt) << 32 | u64::from(appointment.person));
    let bytes = &mut out.bytes;
    bytes.text("A");
    bytes.padded(month as u64, 2);
    bytes.padded(u64::from(number), 7);
    bytes.text(",QR1");
    bytes.padded(people.practice(appointment.person) as u64 + 1, 2);
    bytes.push(b',');
    identity(desk, Sender::Practices, appointment.person, appointment.start, &mut draw, out).columns(&mut out.bytes);
    let bytes = &mut out.bytes;
    bytes.minute(clock, appointment.booked);
    bytes.push(b',');
    bytes.minute(clock, appointment.start);
    bytes.text([",Attended,", ",DNA,", ",Cancelled,"][kept(desk, appointment)]);
    bytes.text(["Face-to-Face,", "Telephone,", "Home Visit,", "Video/Online,"][draw.share(&[0.64, 0.30, 0.01, 0.05])]);
    bytes.text(["GP\n", "Nurse\n", "Other Practice staff\n"][draw.share(&[0.45, 0.22, 0.33])]);
    out.done(from, &mut draw, b'\n');
}

// ---------------------------------------------------------------- what is asked for and lasts

/// A CSV of referrals: who sends it, where, and what it tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    Council,
    HomeCare,
    CareHomes,
    Carers,
    Befriending,
    Prevention,
}

pub const SHEETS: [(Sheet, Sender, &str); 6] = [
    (Sheet::Council, Sender::Council, "council/client-level"),
    (Sheet::HomeCare, Sender::HomeCare, "home-care/packages"),
    (Sheet::CareHomes, Sender::CareHomes, "care-homes/residents"),
    (Sheet::Carers, Sender::Carers, "charities/rivermead-carers"),
    (Sheet::Befriending, Sender::Befriending, "charities/dunmoor-friends"),
    (Sheet::Prevention, Sender::PublicHealth, "prevention/programmes"),
];

pub fn sheet_header(sheet: Sheet) -> String {
    match sheet {
        Sheet::Council => format!("client_id,{WHO},event_ref,case_ref,event_type,service,asked_by,requested_on,started_on,ended_on,outcome,extracted_on\n"),
        Sheet::HomeCare => format!("client_id,{WHO},package,pathway,asked_by,requested_at,started_at,ended_at,ended_with,extracted_at\n"),
        Sheet::CareHomes => format!("resident_id,{WHO},stay,home,asked_by,requested_at,moved_in,moved_out,moved_to,extracted_at\n"),
        Sheet::Carers | Sheet::Befriending => "member,surname,forename,date_of_birth,postcode,support,referred_by,referred_on,first_met,last_met,still_with_us,extracted_on\n".to_owned(),
        Sheet::Prevention => format!("client_id,{WHO},enrolment,programme,referred_by,referred_on,started_on,finished_on,outcome,extracted_on\n"),
    }
}

fn sheet_of(ask: Ask) -> Option<Sheet> {
    match ask {
        Ask::SocialWork | Ask::Reablement | Ask::LongTermCare => Some(Sheet::Council),
        Ask::HomeCare => Some(Sheet::HomeCare),
        Ask::CareHome => Some(Sheet::CareHomes),
        Ask::Carers => Some(Sheet::Carers),
        Ask::Befriending => Some(Sheet::Befriending),
        Ask::StopSmoking | Ask::Falls | Ask::HealthCheck => Some(Sheet::Prevention),
        _ => None,
    }
}

/// Which referrals a month's extract holds: those in which something happened, as they stood at its end.
pub fn rows(clock: &Clock, referrals: &[Referral], sheet: Sheet, month: usize) -> Vec<u32> {
    let end = clock.month_end(month);
    let from = if month == 0 { 0 } else { clock.months[month].0 };
    let within = |at: u32| at > 0 && at >= from && at < end;
    let upto = referrals.partition_point(|referral| referral.asked < end);
    (0..upto as u32)
        .filter(|which| {
            let referral = &referrals[*which as usize];
            sheet_of(referral.ask) == Some(sheet)
                && (within(referral.asked) || within(referral.started) || within(referral.ended))
        })
        .collect()
}

pub fn row(desk: &Desk, sheet: Sheet, sender: Sender, month: usize, which: u32, out: &mut Out) {
    let (people, clock) = (desk.people, desk.clock);
    let referral = &desk.referrals[which as usize];
    let end = clock.month_end(month);
    let known = |at: u32| if at < end { at } else { 0 };
    let (started, ended) = (known(referral.started), known(referral.ended));
    let withdrawn = referral.state == State::Withdrawn && ended > 0;
    let died = ended > 0 && desk.urgent.died[referral.person as usize] == ended;
    let mut draw = Draw::of(people.seed, 320 + month as u64, u64::from(which));
    let from = out.bytes.len();
    identity(desk, sender, referral.person, end - DAY, &mut draw, out).columns(&mut out.bytes);
    out.bytes.padded(u64::from(which), 9);
    out.bytes.push(b',');
    let mut ended_shown = ended;
    if sheet == Sheet::Council && started > 0 && ended > 0 && draw.chance(0.001) {
        out.dirt.add(Dirt::LeftBefore);
        ended_shown = started - 9 * DAY;
    }
    let bytes = &mut out.bytes;
    let day = |bytes: &mut Vec<u8>, at: u32| {
        if at > 0 {
            bytes.date(clock.day(at), "-");
        }
        bytes.push(b',');
    };
    let minute = |bytes: &mut Vec<u8>, at: u32| {
        if at > 0 {
            bytes.minute(clock, at);
        }
        bytes.push(b',');
    };
    let by = |bytes: &mut Vec<u8>| {
        requester(people, referral, bytes);
        bytes.push(b',');
    };
    let how = |yes: &'static str| match (ended > 0, died, withdrawn) {
        (false, ..) => "",
        (_, true, _) => "DIED",
        (_, _, true) => "CANCELLED",
        _ => yes,
    };
    match sheet {
        Sheet::Council => {
            bytes.text("CASE");
            bytes.padded(u64::from(which), 9);
            bytes.text(match referral.ask {
                Ask::SocialWork if started > 0 => ",Assessment,Social work,",
                Ask::SocialWork => ",Request,Social work,",
                Ask::Reablement => ",Service,Reablement,",
                _ => ",Service,Long term home care,",
            });
            by(bytes);
            day(bytes, referral.asked);
            day(bytes, started);
            day(bytes, ended_shown);
            bytes.text(match how("Ended,") {
                "" => ",",
                "DIED" => "Died,",
                "CANCELLED" => "No further action,",
                other => other,
            });
        }
        Sheet::HomeCare => {
            bytes.text("P1,");
            by(bytes);
            minute(bytes, referral.asked);
            minute(bytes, started);
            minute(bytes, ended);
            bytes.text(how("HOME"));
            bytes.push(b',');
        }
        Sheet::CareHomes => {
            bytes.text(
                ["Weir House,", "The Maltings,", "Ferry Lodge,", "Castle View,"]
                    [people.neighbourhood(referral.person) % 4],
            );
            by(bytes);
            minute(bytes, referral.asked);
            minute(bytes, started);
            minute(bytes, ended);
            bytes.text(how("HOME"));
            bytes.push(b',');
        }
        Sheet::Carers | Sheet::Befriending => {
            bytes.pop();
            let from = bytes.len() - 9;
            bytes.truncate(from);
            bytes.text(if sheet == Sheet::Carers { "Carers," } else { "Befriending," });
            by(bytes);
            day(bytes, referral.asked);
            day(bytes, started);
            day(bytes, ended);
            bytes.text(match how("No") {
                "" => "Yes",
                other => other,
            });
            bytes.push(b',');
        }
        Sheet::Prevention => {
            bytes.text(match referral.ask {
                Ask::StopSmoking => "Stop smoking,",
                Ask::Falls => "Strength and balance,",
                _ => "Health check,",
            });
            by(bytes);
            day(bytes, referral.asked);
            day(bytes, started);
            day(bytes, ended);
            bytes.text(how("Finished"));
            bytes.push(b',');
        }
    }
    let extracted = end + 5 * HOUR;
    if matches!(sheet, Sheet::HomeCare | Sheet::CareHomes) {
        bytes.minute(clock, extracted);
        out.wall(clock, referral.asked);
        out.wall(clock, started);
        out.wall(clock, ended);
    } else {
        bytes.date(clock.day(extracted), "-");
    }
    out.bytes.push(b'\n');
    out.done(from, &mut draw, b'\n');
}
