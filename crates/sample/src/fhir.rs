//! FHIR R4 in the manner of UK Core, as a bulk export leaves it: a file of each resource type and month.

use crate::clock::{Clock, HOUR, MINUTE};
use crate::dirt::Dirt;
use crate::draw::Draw;
use crate::people::People;
use crate::record::{Desk, Out, SENDERS, Sender, identity, local};
use crate::referrals::{Ask, By, Referral, State};
use crate::text::Text;

/// The sender's codes for what it does, and the words.
pub fn code(ask: Ask) -> (&'static str, &'static str) {
    match ask {
        Ask::Therapy => ("THER", "Community therapy"),
        Ask::Nursing => ("DN", "Community nursing"),
        Ask::UrgentResponse => ("UCR", "Urgent community response"),
        Ask::IntermediateCare => ("ICB", "Intermediate care bed"),
        Ask::Talking => ("TT", "Talking therapies"),
        Ask::Team => ("CMHT", "Community mental health team"),
        Ask::Crisis => ("CRT", "Crisis resolution and home treatment"),
        _ => ("MHIP", "Mental health inpatient care"),
    }
}

pub fn sender(ask: Ask) -> Option<Sender> {
    match ask {
        Ask::Therapy | Ask::Nursing | Ask::UrgentResponse | Ask::IntermediateCare => Some(Sender::Community),
        Ask::Talking | Ask::Team | Ask::Crisis | Ask::MentalHealthWard => Some(Sender::MentalHealth),
        _ => None,
    }
}

/// A bed, where the stay has a length; the rest are contacts.
fn bed(ask: Ask) -> bool {
    matches!(ask, Ask::IntermediateCare | Ask::MentalHealthWard)
}

/// A caseload with a beginning and an end.
fn caseload(ask: Ask) -> bool {
    matches!(ask, Ask::Therapy | Ask::Nursing | Ask::Talking | Ask::Team)
}

/// One line: what, of which referral, at which time.
#[derive(Clone, Copy)]
pub struct Line {
    pub at: u32,
    pub referral: u32,
    pub what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    Patient,
    Asked,
    Withdrawn,
    BedTaken,
    BedLeft,
    Contact(u16),
    CaseOpened,
    CaseClosed,
}

/// The files of a sender and month, in the order of [`TYPES`].
pub type Lines = [Vec<Line>; 4];
pub const TYPES: [&str; 4] = ["Patient", "ServiceRequest", "Encounter", "EpisodeOfCare"];

pub fn month(people: &People, clock: &Clock, referrals: &[Referral], sender_: Sender, month: usize) -> Lines {
    let mut lines: Lines = Default::default();
    let (first, end) = (month == 0, clock.month_end(month));
    let from = if first { 0 } else { clock.months[month].0 };
    let within = |at: u32| at > 0 && at >= from && at < end;
    for (which, referral) in referrals.iter().enumerate() {
        if referral.asked >= end {
            break;
        }
        if sender(referral.ask) != Some(sender_) || (referral.ended > 0 && referral.ended < from) {
            continue;
        }
        let mut add = |list: usize, at: u32, what: What| {
            if within(at) {
                lines[list].push(Line { at, referral: which as u32, what });
            }
        };
        add(1, referral.asked, What::Asked);
        if referral.state == State::Withdrawn {
            add(1, referral.ended, What::Withdrawn);
            continue;
        }
        if bed(referral.ask) {
            add(2, referral.started, What::BedTaken);
            add(2, referral.ended, What::BedLeft);
            continue;
        }
        if referral.started == 0 {
            continue;
        }
        for at in 0..referral.contacts {
            let time = referral.contact(people.seed, clock, which as u32, at);
            if referral.ended == 0 || time <= referral.ended {
                add(2, time, What::Contact(at));
            }
        }
        if caseload(referral.ask) {
            add(3, referral.started, What::CaseOpened);
            add(3, referral.ended, What::CaseClosed);
        }
    }
    let mut seen: Vec<(u32, u32, u32)> = lines[1..]
        .iter()
        .flatten()
        .map(|line| (referrals[line.referral as usize].person, line.at, line.referral))
        .collect();
    seen.sort_unstable();
    seen.dedup_by_key(|seen| seen.0);
    lines[0] = seen.into_iter().map(|(_, at, referral)| Line { at, referral, what: What::Patient }).collect();
    for list in &mut lines {
        list.sort_unstable_by_key(|line| (line.at, line.referral, line.what));
    }
    lines
}

pub fn write(desk: &Desk, line: &Line, out: &mut Out) {
    let referral = &desk.referrals[line.referral as usize];
    let Some(sender) = sender(referral.ask) else { return };
    let from = out.bytes.len();
    let what = match line.what {
        What::Contact(at) => 200 + u64::from(at),
        other => {
            150 + [What::Patient, What::Asked, What::Withdrawn, What::BedTaken, What::BedLeft, What::CaseOpened]
                .iter()
                .position(|what| *what == other)
                .unwrap_or(6) as u64
        }
    };
    let mut draw = Draw::of(desk.people.seed, what, u64::from(line.referral));
    // Typed up later: the version is when it was written down.
    let mut updated = line.at + draw.below(3_000) as u32;
    if matches!(line.what, What::Contact(_)) && draw.chance(0.02) {
        updated = (updated + 24 * HOUR + draw.below(72) as u32 * HOUR).min(desk.clock.end.max(updated));
        out.dirt.add(Dirt::Late);
    }
    if line.what == What::Patient {
        patient(desk, referral, sender, line.at, &mut draw, out);
    } else {
        resource(desk, referral, sender, line, updated, &mut draw, &mut out.bytes);
    }
    out.bytes.push(b'\n');
    out.done(from, &mut draw, b'\n');
}

fn patient(desk: &Desk, referral: &Referral, sender: Sender, at: u32, draw: &mut Draw, out: &mut Out) {
    let sent = identity(desk, sender, referral.person, at, draw, out);
    let clock = desk.clock;
    let bytes = &mut out.bytes;
    bytes.text("{\"resourceType\":\"Patient\",\"id\":\"");
    sent.local(bytes);
    bytes.text("\",\"meta\":{\"lastUpdated\":\"");
    bytes.offset(clock, at);
    bytes.text("\",\"profile\":[\"https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient\"]},\"identifier\":[");
    if sent.number.is_some() {
        bytes.text("{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"");
        sent.number(bytes);
        bytes.text("\"},");
    }
    bytes.text("{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v2-0203\",\"code\":\"MR\"}]},\"system\":\"https://");
    bytes.text(&SENDERS[sender as usize].2.to_ascii_lowercase());
    bytes.text(".rivermead.example/patient\",\"value\":\"");
    sent.local(bytes);
    bytes.text("\"}],\"name\":[{\"use\":\"official\",\"family\":\"");
    sent.family(bytes);
    bytes.text("\",\"given\":[\"");
    bytes.text(sent.given);
    bytes.text("\"]}],\"gender\":\"");
    bytes.text(if sent.female { "female" } else { "male" });
    bytes.text("\",\"birthDate\":\"");
    bytes.date(sent.birth, "-");
    bytes.text("\",\"address\":[{\"use\":\"home\",\"line\":[\"");
    bytes.number(u64::from(sent.address.house));
    bytes.push(b' ');
    bytes.text(sent.address.street);
    bytes.text("\"],\"city\":\"Rivermead\",\"postalCode\":\"");
    sent.postcode(bytes);
    bytes.text("\"}]}");
}

/// The identifier by which a requester is named, an ODS code or the code of a part of a hospital.
pub fn requester(people: &People, referral: &Referral, out: &mut Vec<u8>) -> bool {
    match referral.by {
        By::Practice => {
            out.text("QR1");
            out.padded(people.practice(referral.person) as u64 + 1, 2);
        }
        By::Crew => out.text("QR3"),
        By::Ward(site, ward) => out.text(
            [["QR1-AMU", "QR1-MED", "QR1-OP", "QR1-SUR"], ["QR2-AMU", "QR2-MED", "QR2-OP", "QR2-SUR"]]
                [usize::from(site)][usize::from(ward).min(3)],
        ),
        By::Department(site) => out.text(["QR1-ED", "QR2-ED"][usize::from(site)]),
        By::HomeCare => out.text("QR9"),
        By::Myself => return false,
    }
    true
}

fn resource(
    desk: &Desk,
    referral: &Referral,
    sender: Sender,
    line: &Line,
    updated: u32,
    draw: &mut Draw,
    bytes: &mut Vec<u8>,
) {
    let (people, clock) = (desk.people, desk.clock);
    let person = |bytes: &mut Vec<u8>| {
        bytes.text(SENDERS[sender as usize].3);
        bytes.padded(local(sender, referral.person), 8);
    };
    let episode = |bytes: &mut Vec<u8>| {
        bytes.text("R");
        bytes.padded(u64::from(line.referral), 8);
    };
    let coding = |bytes: &mut Vec<u8>| {
        let (code, words) = code(referral.ask);
        bytes.text("{\"coding\":[{\"system\":\"https://rivermead.example/service\",\"code\":\"");
        bytes.text(code);
        bytes.text("\",\"display\":\"");
        bytes.text(words);
        bytes.text("\"}]}");
    };
    let period = |bytes: &mut Vec<u8>, start: u32, end: u32| {
        bytes.text(",\"period\":{\"start\":\"");
        bytes.offset(clock, start);
        if end > 0 {
            bytes.text("\",\"end\":\"");
            bytes.offset(clock, end);
        }
        bytes.text("\"}");
    };
    let (kind, profile) = match line.what {
        What::Asked | What::Withdrawn => ("ServiceRequest", "UKCore-ServiceRequest"),
        What::CaseOpened | What::CaseClosed => ("EpisodeOfCare", "UKCore-EpisodeOfCare"),
        _ => ("Encounter", "UKCore-Encounter"),
    };
    bytes.text("{\"resourceType\":\"");
    bytes.text(kind);
    bytes.text("\",\"id\":\"");
    episode(bytes);
    if let What::Contact(at) = line.what {
        bytes.push(b'-');
        bytes.number(u64::from(at) + 1);
    }
    bytes.text("\",\"meta\":{\"lastUpdated\":\"");
    bytes.offset(clock, updated);
    bytes.text("\",\"profile\":[\"https://fhir.hl7.org.uk/StructureDefinition/");
    bytes.text(profile);
    bytes.text("\"]},\"status\":\"");
    match line.what {
        What::Asked | What::Withdrawn => {
            bytes.text(if line.what == What::Asked { "active" } else { "revoked" });
            bytes.text("\",\"intent\":\"order\",\"code\":");
            coding(bytes);
            bytes.text(",\"subject\":{\"reference\":\"Patient/");
            person(bytes);
            bytes.text("\"},\"authoredOn\":\"");
            bytes.offset(clock, referral.asked);
            bytes.text("\",\"requester\":{");
            let from = bytes.len();
            bytes.text("\"identifier\":{\"system\":\"https://fhir.nhs.uk/Id/ods-organization-code\",\"value\":\"");
            if requester(people, referral, bytes) {
                bytes.text("\"}}}");
            } else {
                bytes.truncate(from);
                bytes.text("\"reference\":\"Patient/");
                person(bytes);
                bytes.text("\"}}");
            }
        }
        What::CaseOpened | What::CaseClosed => {
            bytes.text(if line.what == What::CaseOpened { "active" } else { "finished" });
            bytes.text("\",\"type\":[");
            coding(bytes);
            bytes.text("],\"patient\":{\"reference\":\"Patient/");
            person(bytes);
            bytes.text("\"},\"referralRequest\":[{\"reference\":\"ServiceRequest/");
            episode(bytes);
            bytes.text("\"}]");
            period(bytes, referral.started, if line.what == What::CaseClosed { referral.ended } else { 0 });
            bytes.push(b'}');
        }
        _ => {
            bytes.text(if line.what == What::BedTaken { "in-progress" } else { "finished" });
            bytes.text("\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"");
            bytes.text(match referral.ask {
                _ if bed(referral.ask) => "IMP",
                Ask::Nursing | Ask::UrgentResponse | Ask::Crisis => "HH",
                Ask::Talking if draw.chance(0.7) => "VR",
                _ => "AMB",
            });
            bytes.text("\"},\"serviceType\":");
            coding(bytes);
            bytes.text(",\"subject\":{\"reference\":\"Patient/");
            person(bytes);
            if caseload(referral.ask) {
                bytes.text("\"},\"episodeOfCare\":[{\"reference\":\"EpisodeOfCare/");
                episode(bytes);
                bytes.text("\"}],\"basedOn\":[{\"reference\":\"ServiceRequest/");
            } else {
                bytes.text("\"},\"basedOn\":[{\"reference\":\"ServiceRequest/");
            }
            episode(bytes);
            bytes.text("\"}]");
            match line.what {
                What::BedTaken => period(bytes, referral.started, 0),
                What::BedLeft => period(bytes, referral.started, referral.ended),
                _ => period(bytes, line.at, line.at + (20 + draw.below(9) as u32 * 5) * MINUTE),
            }
            bytes.push(b'}');
        }
    }
}
