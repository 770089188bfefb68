//! What every feed shares: who the sender says a person is, and the dirt that a line catches on its way.

use crate::clock::Clock;
use crate::dirt::{Counts, Dirt};
use crate::draw::Draw;
use crate::people::{Address, People, check_digit, variants};
use crate::referrals::Referral;
use crate::stories::Stories;
use crate::text::Text;
use crate::urgent::Urgent;
use domain::Date;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who sends; each knows people by its own numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
    General,
    District,
    Ambulance,
    Nhs111,
    Community,
    MentalHealth,
    Council,
    HomeCare,
    CareHomes,
    Carers,
    Befriending,
    PublicHealth,
    Practices,
    /// Second numbers that the hospitals gave by mistake, until an A40 joins them.
    GeneralSecond,
    DistrictSecond,
}

/// Feed, organisation, how its local numbers begin, and the share of its records that lack the NHS number.
pub const SENDERS: [(Sender, &str, &str, &str, f64); 15] = [
    (Sender::General, "rivermead-general-adt", "QR1", "RG", 0.02),
    (Sender::District, "eastbrook-district-adt", "QR2", "ED", 0.025),
    (Sender::Ambulance, "ambulance-cad", "QR3", "RA", 0.15),
    (Sender::Nhs111, "nhs111-calls", "QR4", "NC", 0.08),
    (Sender::Community, "community-health", "QR5", "CH", 0.01),
    (Sender::MentalHealth, "mental-health", "QR6", "MW", 0.02),
    (Sender::Council, "client-level", "QR7", "CL", 0.06),
    (Sender::HomeCare, "home-care", "QR9", "HC", 0.07),
    (Sender::CareHomes, "care-homes", "QR10", "RC", 0.04),
    (Sender::Carers, "rivermead-carers", "QR11", "CA", 0.0),
    (Sender::Befriending, "dunmoor-friends", "QR12", "DF", 0.0),
    (Sender::PublicHealth, "prevention", "QR8", "PH", 0.05),
    (Sender::Practices, "gp-appointments", "QR20", "GP", 0.002),
    (Sender::GeneralSecond, "rivermead-general-adt", "QR1", "RGT", 0.02),
    (Sender::DistrictSecond, "eastbrook-district-adt", "QR2", "EDT", 0.025),
];

/// The sender's own number of a person: eight digits in a mixed order, one for each.
pub fn local(sender: Sender, person: u32) -> u64 {
    const PRIME: u64 = 99_999_989;
    (u64::from(person) * 61_803_399 + (sender as u64 + 1) * 3_141_593) % PRIME
}

/// Which people each sender has told of, for `truth/subjects.csv`. Order does not matter, so threads may share it.
pub struct Told(Vec<Vec<AtomicU64>>);

impl Told {
    pub fn new(people: usize) -> Told {
        Told(SENDERS.iter().map(|_| (0..people.div_ceil(64)).map(|_| AtomicU64::new(0)).collect()).collect())
    }
    fn tell(&self, sender: Sender, person: u32) {
        self.0[sender as usize][person as usize / 64].fetch_or(1 << (person % 64), Ordering::Relaxed);
    }
    pub fn knows(&self, sender: Sender, person: u32) -> bool {
        self.0[sender as usize][person as usize / 64].load(Ordering::Relaxed) >> (person % 64) & 1 == 1
    }
}

/// What every record is written from.
pub struct Desk<'a> {
    pub people: &'a People,
    pub told: &'a Told,
    pub clock: &'a Clock,
    pub stories: &'a Stories,
    pub urgent: &'a Urgent,
    pub referrals: &'a [Referral],
}

/// What a chunk of a file holds, and what dirt is in it.
#[derive(Default)]
pub struct Out {
    pub bytes: Vec<u8>,
    pub dirt: Counts,
    pub records: u64,
    /// Duplicates that turn up later in the file.
    held: Vec<u8>,
}

impl Out {
    /// Ends the record that began at `from`: some are written twice, a few are cut off.
    pub fn done(&mut self, from: usize, draw: &mut Draw, end: u8) {
        self.records += 1;
        let mark = draw.unit();
        if mark < 0.003 {
            self.dirt.add(Dirt::Duplicate);
            self.records += 1;
            if mark < 0.0015 {
                self.bytes.extend_from_within(from..);
            } else {
                self.held.extend_from_slice(&self.bytes[from..]);
            }
        } else if mark < 0.003_25 {
            self.dirt.add(Dirt::Truncated);
            let keep = (self.bytes.len() - from) * 3 / 5;
            self.bytes.truncate(from + keep);
            while self.bytes.last().is_some_and(|byte| !byte.is_ascii()) {
                self.bytes.pop();
            }
            self.bytes.push(end);
        }
    }
    pub fn finish(mut self) -> Out {
        let held = std::mem::take(&mut self.held);
        self.bytes.extend(held);
        self
    }
    /// Counts a wall-clock time that could be either of two moments.
    pub fn wall(&mut self, clock: &Clock, at: u32) {
        if at > 0 && clock.repeated(at) {
            self.dirt.add(Dirt::Repeated);
        }
    }
}

/// A person as a sender writes them.
pub struct Sent {
    pub person: u32,
    pub sender: Sender,
    pub given: &'static str,
    pub family: &'static str,
    second: Option<&'static str>,
    swapped: Option<usize>,
    bad: bool,
    pub number: Option<u64>,
    pub female: bool,
    pub birth: Date,
    pub address: Address,
}

/// The identity that a sender writes into one record at a time; `draw` is the record's.
pub fn identity(desk: &Desk, sender: Sender, person: u32, at: u32, draw: &mut Draw, out: &mut Out) -> Sent {
    let Desk { people, told, clock, .. } = desk;
    told.tell(sender, person);
    let name = people.name(person);
    let mut sent = Sent {
        person,
        sender,
        given: name.given,
        family: name.family,
        second: name.second,
        swapped: None,
        bad: false,
        number: Some(people.nhs_number(person)),
        female: people.female(person),
        birth: people.birth(person),
        address: people.address(person, at, clock),
    };
    // A sender is wrong about a person in the same way each time …
    let mut habit = Draw::of(people.seed, 60 + sender as u64, u64::from(person));
    let others = variants(name.given);
    let before = (sent.given, sent.family, sent.second.is_some());
    if !others.is_empty() && habit.chance(0.12) {
        sent.given = others[habit.below(others.len() as u64) as usize];
    }
    if sent.second.is_some() && habit.chance(0.4) {
        sent.second = None;
    }
    if sender != Sender::Practices && habit.chance(0.008) && name.family.is_ascii() && name.family.len() > 3 {
        let at = 1 + habit.below(name.family.len() as u64 - 2) as usize;
        let letters = name.family.as_bytes();
        sent.swapped = (letters[at] != letters[at + 1]).then_some(at);
    }
    if before != (sent.given, sent.family, sent.second.is_some()) || sent.swapped.is_some() {
        out.dirt.add(Dirt::Variant);
    }
    // … and now and then in a new one.
    let missing = SENDERS[sender as usize].4;
    let known = !matches!(sender, Sender::Carers | Sender::Befriending);
    let mark = draw.unit();
    if !known {
        sent.number = None;
    } else if mark < missing {
        out.dirt.add(Dirt::NoNumber);
        sent.number = None;
    } else if mark < missing + 0.002 {
        out.dirt.add(Dirt::WrongNumber);
        sent.number = sent.number.map(|number| number - number % 10 + (number % 10 + 1 + draw.below(8)) % 10);
    } else if mark < missing + 0.0024 {
        let nine = sent.number.unwrap_or(0) / 10;
        let place = 10u64.pow(draw.below(6) as u32);
        let other = (1..10).map(|up| nine - nine / place % 10 * place + (nine / place % 10 + up) % 10 * place);
        sent.number = other.filter_map(|nine| check_digit(nine).map(|check| nine * 10 + check)).next();
        out.dirt.add(Dirt::OtherNumber);
    }
    if draw.chance(0.000_15) {
        out.dirt.add(Dirt::BadUtf8);
        sent.bad = true;
    }
    sent
}

impl Sent {
    pub fn local(&self, out: &mut Vec<u8>) {
        out.text(SENDERS[self.sender as usize].3);
        out.padded(local(self.sender, self.person), 8);
    }
    pub fn number(&self, out: &mut Vec<u8>) {
        if let Some(number) = self.number {
            out.padded(number, 10);
        }
    }
    pub fn family(&self, out: &mut Vec<u8>) {
        let from = out.len();
        out.text(self.family);
        if let Some(at) = self.swapped {
            out.swap(from + at, from + at + 1);
        }
        if let Some(second) = self.second {
            out.push(b'-');
            out.text(second);
        }
        if self.bad {
            out.push(0xE9); // Latin-1 in a file that is said to be UTF-8
        }
    }
    pub fn postcode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.address.postcode);
    }
    /// `local,nhs,family,given,birth,sex,postcode,`
    pub fn columns(&self, out: &mut Vec<u8>) {
        self.local(out);
        out.push(b',');
        if !matches!(self.sender, Sender::Carers | Sender::Befriending) {
            self.number(out);
            out.push(b',');
        }
        self.family(out);
        out.push(b',');
        out.text(self.given);
        out.push(b',');
        out.date(self.birth, "-");
        out.push(b',');
        if !matches!(self.sender, Sender::Carers | Sender::Befriending) {
            out.push(if self.female { b'F' } else { b'M' });
            out.push(b',');
        }
        self.postcode(out);
        out.push(b',');
    }
}
