//! HL7 v2 ADT as two hospitals send it, with what goes wrong between a ward clerk and an integration engine.

use crate::clock::{Clock, DAY, HOUR, MINUTE};
use crate::dirt::Dirt;
use crate::draw::Draw;
use crate::people::People;
use crate::record::{Desk, Out, SENDERS, Sender, Sent, identity, local};
use crate::text::Text;
use crate::urgent::{End, Front, Urgent, Visit};

/// Ward codes of each hospital: department, urgent treatment, then the codes of each ward service.
pub const CODES: [(&str, &str, [&[&str]; 4]); 2] = [
    ("ED", "UTC", [&["AMU"], &["M1", "M2", "M3"], &["OP1", "OP2"], &["S1", "S2"]]),
    ("EMD", "MIU", [&["EAU"], &["W1", "W2", "W4"], &["W5", "W6"], &["W7"]]),
];
/// A ward that each hospital opened without telling anybody: the feed files do not map it.
pub const UNKNOWN_WARD: [&str; 2] = ["M4", "W9"];
/// Services of the wards, by hospital.
pub const WARD_SERVICES: [[&str; 4]; 2] = [
    ["general-assessment", "general-medical", "general-older", "general-surgical"],
    ["district-assessment", "district-medical", "district-older", "district-surgical"],
];
pub const DEPARTMENTS: [(&str, &str); 2] = [("general-ed", "general-utc"), ("district-ed", "district-utc")];

/// What a message tells of a visit, in the order in which messages of one moment are sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tell {
    NewPerson,
    Arrival,
    NewAddress,
    ArrivalMended,
    DecidedToAdmit,
    Departure,
    Admission,
    WrongAdmission,
    WrongAdmissionWithdrawn,
    AdmissionMended,
    Transfer,
    Ready,
    TooEarly,
    TooEarlyWithdrawn,
    Discharge,
    DischargeMended,
    Merge,
}

/// One message to be written.
#[derive(Clone, Copy)]
pub struct Message {
    /// Where it stands in the file.
    place: u32,
    /// When it was sent.
    sent: u32,
    visit: u32,
    tell: Tell,
}

/// What goes wrong with a visit, by chance of its own.
struct Luck {
    arrival_mended: bool,
    wrong_admission: bool,
    admission_mended: bool,
    discharge_mended: bool,
    too_early: bool,
    unknown_ward: bool,
    second_number: bool,
    new_person: bool,
    left_before: bool,
    shift: u32,
}

fn luck(seed: u64, visit: u32) -> Luck {
    let mut draw = Draw::of(seed, 70, u64::from(visit));
    Luck {
        arrival_mended: draw.chance(0.004),
        wrong_admission: draw.chance(0.004),
        admission_mended: draw.chance(0.012),
        discharge_mended: draw.chance(0.012),
        too_early: draw.chance(0.006),
        unknown_ward: draw.chance(0.004),
        second_number: draw.chance(0.004),
        new_person: draw.chance(0.03),
        left_before: draw.chance(0.001),
        shift: 900 + draw.below(7_200) as u32,
    }
}

/// When what a message tells took place; 0 when it has not, or is not told at all.
fn occurred(people: &People, clock: &Clock, visit: &Visit, luck: &Luck, tell: Tell) -> u32 {
    let only = |yes: bool, at: u32| if yes { at } else { 0 };
    let after = |at: u32, seconds: u32| only(at > 0, at + seconds);
    let ward = visit.wards[0] < 255 && visit.ward > 0;
    match tell {
        Tell::NewPerson => only(luck.new_person, visit.arrived),
        Tell::Arrival => visit.arrived,
        Tell::NewAddress => {
            let moved = people.moves(visit.person, clock).unwrap_or(u32::MAX);
            only(visit.arrived > moved && visit.arrived - moved < 90 * DAY, visit.arrived + 10 * MINUTE)
        }
        Tell::ArrivalMended => after(only(luck.arrival_mended, visit.arrived), luck.shift + HOUR),
        Tell::DecidedToAdmit => only(!visit.mental_health, visit.decided),
        Tell::Departure => visit.departed,
        Tell::Admission => only(ward, visit.ward),
        Tell::WrongAdmission => only(luck.wrong_admission && !ward && visit.front == Front::Walk, visit.departed),
        Tell::WrongAdmissionWithdrawn => after(occurred(people, clock, visit, luck, Tell::WrongAdmission), luck.shift),
        Tell::AdmissionMended => after(only(luck.admission_mended && ward, visit.ward), luck.shift + 2 * HOUR),
        Tell::Transfer => visit.transferred,
        Tell::Ready => only(visit.end != End::Died || visit.ready < visit.left, visit.ready),
        Tell::TooEarly => {
            only(luck.too_early && visit.left > visit.ward + 8 * HOUR, visit.left.saturating_sub(luck.shift + HOUR))
        }
        Tell::TooEarlyWithdrawn => after(occurred(people, clock, visit, luck, Tell::TooEarly), luck.shift / 3),
        Tell::Discharge => visit.left,
        Tell::DischargeMended => {
            after(only(luck.discharge_mended && !luck.left_before, visit.left), luck.shift + 3 * HOUR)
        }
        Tell::Merge => after(only(luck.second_number, visit.left.max(visit.departed)), 2 * DAY + luck.shift * 40),
    }
}

const ALL: [Tell; 17] = [
    Tell::NewPerson,
    Tell::Arrival,
    Tell::NewAddress,
    Tell::ArrivalMended,
    Tell::DecidedToAdmit,
    Tell::Departure,
    Tell::Admission,
    Tell::WrongAdmission,
    Tell::WrongAdmissionWithdrawn,
    Tell::AdmissionMended,
    Tell::Transfer,
    Tell::Ready,
    Tell::TooEarly,
    Tell::TooEarlyWithdrawn,
    Tell::Discharge,
    Tell::DischargeMended,
    Tell::Merge,
];

/// All messages of a hospital, in the order of the file.
pub fn messages(people: &People, clock: &Clock, urgent: &Urgent, site: u8) -> Vec<Message> {
    let mut list = Vec::new();
    let here = |visit: &Visit| visit.site == site && (visit.arrived > 0 || visit.ward > 0);
    for (which, visit) in urgent.visits.iter().enumerate().filter(|(_, visit)| here(visit)) {
        let luck = luck(people.seed, which as u32);
        for tell in ALL {
            let at = occurred(people, clock, visit, &luck, tell);
            // The stay at the ward is told even when it began before the period; a visit that was over is not.
            if at == 0 || (visit.ward == 0 && at < clock.start) {
                continue;
            }
            let mut draw = Draw::of(people.seed, 71 + tell as u64, which as u64);
            let mut sent = at + 4 + tell as u32 + draw.below(240) as u32;
            if draw.chance(0.008) {
                sent += 2 * HOUR + draw.below(36 * u64::from(HOUR)) as u32;
            }
            if sent >= clock.end {
                continue;
            }
            let place = if draw.chance(0.006) { sent - 120 - draw.below(7_200) as u32 } else { sent };
            list.push(Message { place, sent, visit: which as u32, tell });
        }
    }
    list.sort_unstable_by_key(|message| (message.place, message.visit, message.tell));
    list
}

/// The messages of one month.
pub fn month<'a>(clock: &Clock, messages: &'a [Message], month: usize) -> &'a [Message] {
    let at = |time: u32| messages.partition_point(|message| message.place < time);
    let from = if month == 0 { 0 } else { at(clock.months[month].0) };
    let to = if month + 1 == clock.months.len() { messages.len() } else { at(clock.month_end(month)) };
    &messages[from..to]
}

/// Writes a message, and now and then what an engine does to it.
pub fn write(desk: &Desk, message: &Message, out: &mut Out) {
    let Desk { people, clock, urgent, .. } = desk;
    let visit = &urgent.visits[message.visit as usize];
    let luck = luck(people.seed, message.visit);
    let mut draw = Draw::of(people.seed, 90 + message.tell as u64, u64::from(message.visit));
    let mut again = Draw::of(people.seed, 110 + message.tell as u64, u64::from(message.visit));
    if message.place != message.sent {
        out.dirt.add(Dirt::Disorder);
    }
    if message.sent > occurred(people, clock, visit, &luck, message.tell) + HOUR {
        out.dirt.add(Dirt::Late);
    }
    let from = out.bytes.len();
    one(desk, visit, &luck, message, 0, &mut draw.clone(), out);
    out.done(from, &mut again, b'\r');
    if again.chance(0.002) {
        out.dirt.add(Dirt::Resent);
        let from = out.bytes.len();
        one(desk, visit, &luck, message, 1, &mut draw, out);
        out.done(from, &mut again, b'\r');
    }
}

fn one(desk: &Desk, visit: &Visit, luck: &Luck, message: &Message, again: u32, draw: &mut Draw, out: &mut Out) {
    let Desk { people, clock, .. } = desk;
    let (main, second) =
        [(Sender::General, Sender::GeneralSecond), (Sender::District, Sender::DistrictSecond)][usize::from(visit.site)];
    let merge = message.tell == Tell::Merge;
    let sender = if luck.second_number && !merge { second } else { main };
    let sent = identity(desk, sender, visit.person, message.sent, draw, out);
    let at = occurred(people, clock, visit, luck, message.tell);
    let (code, structure) = match message.tell {
        Tell::NewPerson => ("A28", "ADT_A05"),
        Tell::NewAddress => ("A31", "ADT_A05"),
        Tell::Arrival => ("A04", "ADT_A01"),
        Tell::DecidedToAdmit => ("A14", "ADT_A05"),
        Tell::Departure | Tell::Discharge | Tell::TooEarly => ("A03", "ADT_A03"),
        Tell::Admission | Tell::WrongAdmission => ("A01", "ADT_A01"),
        Tell::WrongAdmissionWithdrawn => ("A11", "ADT_A09"),
        Tell::TooEarlyWithdrawn => ("A13", "ADT_A01"),
        Tell::ArrivalMended | Tell::AdmissionMended | Tell::DischargeMended => ("A08", "ADT_A01"),
        Tell::Transfer => ("A02", "ADT_A02"),
        Tell::Ready => ("A16", "ADT_A16"),
        Tell::Merge => ("A40", "ADT_A39"),
    };
    match code {
        "A08" => out.dirt.add(Dirt::Corrected),
        "A11" | "A13" => out.dirt.add(Dirt::Cancelled),
        "A40" => out.dirt.add(Dirt::Merged),
        _ => {}
    }
    // What the clerk wrote: a mended time was wrong at first, and a few are beyond mending.
    let mut stated = match message.tell {
        Tell::Arrival if luck.arrival_mended => at + luck.shift,
        Tell::Admission if luck.admission_mended => at + luck.shift,
        Tell::Discharge if luck.discharge_mended && !luck.left_before => at + luck.shift,
        Tell::Discharge if luck.left_before && visit.ward > 0 => {
            out.dirt.add(Dirt::LeftBefore);
            visit.ward - luck.shift
        }
        _ => at,
    };
    let mut year = None;
    if matches!(message.tell, Tell::Arrival | Tell::Admission | Tell::Discharge) {
        let mark = draw.unit();
        if mark < 0.000_4 {
            let (what, which) = if mark < 0.000_2 { ("1900", Dirt::Year1900) } else { ("2099", Dirt::Year2099) };
            out.dirt.add(which);
            year = Some(what);
        }
    }
    if message.tell == Tell::Discharge || message.tell == Tell::TooEarly {
        stated = stated.max(1);
    }
    out.wall(clock, stated);
    let organisation = SENDERS[main as usize].2;
    let bytes = &mut out.bytes;
    bytes.text("MSH|^~\\&|PAS|");
    bytes.text(organisation);
    bytes.text("|TIE|RIVERMEAD|");
    bytes.hl7(clock, message.sent + again * 1_800);
    bytes.text("||ADT^");
    bytes.text(code);
    bytes.push(b'^');
    bytes.text(structure);
    bytes.push(b'|');
    bytes.text(SENDERS[main as usize].3);
    bytes.padded(u64::from(message.visit), 8);
    bytes.padded(message.tell as u64 + u64::from(again) * 50, 2);
    bytes.text("|P|2.4|||AL|NE|GBR|UNICODE UTF-8\rEVN|");
    bytes.text(code);
    bytes.push(b'|');
    bytes.hl7(clock, message.sent);
    bytes.text("||||");
    dated(bytes, clock, stated, year);
    pid(bytes, people, clock, &sent, visit, message.tell);
    if merge {
        bytes.text("\rMRG|");
        bytes.text(SENDERS[second as usize].3);
        bytes.padded(local(second, visit.person), 8);
        bytes.text("^^^");
        bytes.text(organisation);
        bytes.text("^MR");
    } else if matches!(message.tell, Tell::NewPerson | Tell::NewAddress) {
        out.bytes.text("\rPV1|1|N");
    } else {
        pv1(out, clock, visit, luck, message, stated, year);
    }
    out.bytes.push(b'\r');
}

fn dated(bytes: &mut Vec<u8>, clock: &Clock, at: u32, year: Option<&str>) {
    let from = bytes.len();
    bytes.hl7(clock, at);
    if let Some(year) = year {
        bytes[from..from + 4].copy_from_slice(year.as_bytes());
    }
}

fn pid(bytes: &mut Vec<u8>, people: &People, clock: &Clock, sent: &Sent, visit: &Visit, tell: Tell) {
    let organisation = SENDERS[sent.sender as usize].2;
    bytes.text("\rPID|1||");
    sent.local(bytes);
    bytes.text("^^^");
    bytes.text(organisation);
    bytes.text("^MR");
    if sent.number.is_some() {
        bytes.push(b'~');
        sent.number(bytes);
        bytes.text("^^^NHS^NH");
    }
    bytes.text("||");
    sent.family(bytes);
    bytes.push(b'^');
    bytes.text(sent.given);
    bytes.text("^^^||");
    bytes.date(sent.birth, "");
    bytes.text(if sent.female { "|F|||" } else { "|M|||" });
    bytes.number(u64::from(sent.address.house));
    bytes.push(b' ');
    bytes.text(sent.address.street);
    bytes.text("^^Rivermead^^");
    sent.postcode(bytes);
    bytes.text("^GBR^H");
    if visit.end == End::Died && matches!(tell, Tell::Discharge | Tell::DischargeMended) {
        bytes.text("||||||||||||||||||");
        bytes.hl7(clock, visit.left);
        bytes.text("|Y");
    }
    bytes.text("\rPD1|||PRACTICE^^QR1");
    bytes.padded(people.practice(sent.person) as u64 + 1, 2);
}

/// The code of the ward of the first or second stay.
fn ward_code(visit: &Visit, luck: &Luck, second: bool) -> &'static str {
    let site = usize::from(visit.site);
    let last = visit.wards[1] == 255 || visit.transferred == 0;
    if luck.unknown_ward && (second || last) {
        return UNKNOWN_WARD[site];
    }
    let codes = CODES[site].2[usize::from(visit.wards[usize::from(second)]).min(3)];
    codes[visit.person as usize % codes.len()]
}

fn pv1(out: &mut Out, clock: &Clock, visit: &Visit, luck: &Luck, message: &Message, stated: u32, year: Option<&str>) {
    let (department, treatment, _) = CODES[usize::from(visit.site)];
    let door = if visit.front == Front::Treatment { treatment } else { department };
    let moved = visit.transferred > 0 && visit.wards[1] < 255;
    let emergency = visit.front != Front::Direct && visit.front != Front::Elective;
    let tell = message.tell;
    let inside = !matches!(tell, Tell::Arrival | Tell::ArrivalMended | Tell::Departure);
    let false_ward = matches!(tell, Tell::WrongAdmission | Tell::WrongAdmissionWithdrawn);
    let (here, before) = match tell {
        Tell::Arrival | Tell::ArrivalMended | Tell::Departure => (door, ""),
        Tell::WrongAdmission | Tell::WrongAdmissionWithdrawn => (CODES[usize::from(visit.site)].2[0][0], door),
        Tell::DecidedToAdmit | Tell::Admission => (ward_code(visit, luck, false), if emergency { door } else { "" }),
        Tell::Transfer => (ward_code(visit, luck, true), ward_code(visit, luck, false)),
        Tell::AdmissionMended => {
            let there = moved && message.sent > visit.transferred;
            (ward_code(visit, luck, there), "")
        }
        _ => (ward_code(visit, luck, moved), ""),
    };
    if [here, before].iter().any(|code| UNKNOWN_WARD.contains(code)) {
        out.dirt.add(Dirt::UnknownWard);
    }
    let bytes = &mut out.bytes;
    let organisation = SENDERS[usize::from(visit.site)].2;
    let place = |bytes: &mut Vec<u8>, code: &str| {
        if !code.is_empty() {
            bytes.text(code);
            bytes.text("^BAY");
            bytes.number(u64::from(visit.person % 6 + 1));
            bytes.text("^B");
            bytes.padded(u64::from(visit.person % 28 + 1), 2);
            bytes.push(b'^');
            bytes.text(organisation);
        }
    };
    bytes.text(if inside { "\rPV1|1|I|" } else { "\rPV1|1|E|" });
    place(bytes, here);
    bytes.text(match visit.front {
        Front::Elective => "|11||",
        Front::Direct => "|22||",
        _ => "|21||",
    });
    place(bytes, before);
    bytes.text("||||");
    bytes.text(if inside { ["300", "300", "430", "100"][usize::from(visit.wards[0]).min(3)] } else { "180" });
    bytes.text(if visit.front == Front::Ambulance { "||||7|||||" } else { "||||1|||||" });
    bytes.text(if inside { "I" } else { "E" });
    bytes.padded(u64::from(message.visit) * 2 + u64::from(false_ward), 9);
    bytes.text("|||||||||||||||||");
    let discharged = matches!(tell, Tell::Discharge | Tell::DischargeMended | Tell::TooEarly);
    // PV1-36 and PV1-37: how they leave and where they go.
    match tell {
        Tell::Ready => {
            bytes.push(b'P');
            bytes.number(u64::from(visit.pathway));
            bytes.push(b'|');
        }
        Tell::Departure if visit.ward > 0 => {
            bytes.push(b'|');
            bytes.text(ward_code(visit, luck, false));
            if UNKNOWN_WARD.contains(&ward_code(visit, luck, false)) {
                out.dirt.add(Dirt::UnknownWard);
            }
        }
        Tell::Departure if visit.end == End::MentalHealthWard => bytes.text("MHW|"),
        Tell::Departure => bytes.text("HOME|"),
        _ if discharged => {
            match visit.end {
                End::Died => bytes.text("20"),
                End::Care => {
                    bytes.push(b'P');
                    bytes.number(u64::from(visit.pathway));
                }
                _ => bytes.text("P0"),
            }
            bytes.push(b'|');
        }
        _ => bytes.push(b'|'),
    }
    let bytes = &mut out.bytes;
    bytes.text("|||||||");
    // PV1-44 and PV1-45: in and out.
    let came = match tell {
        Tell::Arrival | Tell::Admission => stated,
        Tell::ArrivalMended | Tell::Departure => visit.arrived,
        Tell::DecidedToAdmit => 0,
        Tell::WrongAdmission | Tell::WrongAdmissionWithdrawn => visit.departed,
        _ => visit.ward,
    };
    if came > 0 {
        dated(bytes, clock, came, year.filter(|_| matches!(tell, Tell::Arrival | Tell::Admission)));
    }
    bytes.push(b'|');
    match tell {
        Tell::Departure => bytes.hl7(clock, visit.departed),
        Tell::Discharge | Tell::TooEarly => dated(bytes, clock, stated, year),
        Tell::DischargeMended => bytes.hl7(clock, visit.left),
        _ => {}
    }
}
