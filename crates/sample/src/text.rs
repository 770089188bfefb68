//! Numbers, dates and times straight to bytes: a place of a million writes gigabytes, so nothing here makes a `String`.

use crate::clock::{Clock, DAY};
use domain::Date;

pub trait Text {
    fn text(&mut self, text: &str);
    fn number(&mut self, number: u64);
    fn padded(&mut self, number: u64, digits: usize);
    fn date(&mut self, date: Date, between: &str);
    fn hl7(&mut self, clock: &Clock, at: u32);
    fn minute(&mut self, clock: &Clock, at: u32);
    fn second(&mut self, clock: &Clock, at: u32);
    fn offset(&mut self, clock: &Clock, at: u32);
    fn zulu(&mut self, at: u32);
}

impl Text for Vec<u8> {
    fn text(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
    fn number(&mut self, number: u64) {
        let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
        self.padded(number, digits);
    }
    fn padded(&mut self, mut number: u64, digits: usize) {
        let from = self.len();
        self.resize(from + digits, b'0');
        for byte in self[from..].iter_mut().rev() {
            *byte = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    fn date(&mut self, date: Date, between: &str) {
        let (year, month, day) = date.ymd();
        self.padded(year as u64, 4);
        self.text(between);
        self.padded(u64::from(month), 2);
        self.text(between);
        self.padded(u64::from(day), 2);
    }
    /// `20251103091405`
    fn hl7(&mut self, clock: &Clock, at: u32) {
        let civil = clock.civil(at);
        self.date(Date((civil / DAY) as i32), "");
        clock_face(self, civil % DAY, "", true);
    }
    /// `2025-11-03 09:14`
    fn minute(&mut self, clock: &Clock, at: u32) {
        let civil = clock.civil(at);
        self.date(Date((civil / DAY) as i32), "-");
        self.push(b' ');
        clock_face(self, civil % DAY, ":", false);
    }
    /// `2025-11-03 09:14:05`
    fn second(&mut self, clock: &Clock, at: u32) {
        let civil = clock.civil(at);
        self.date(Date((civil / DAY) as i32), "-");
        self.push(b' ');
        clock_face(self, civil % DAY, ":", true);
    }
    /// `2025-11-03T09:14:05+00:00`
    fn offset(&mut self, clock: &Clock, at: u32) {
        let (civil, hours) = (clock.civil(at), clock.offset(at) / 3_600);
        self.date(Date((civil / DAY) as i32), "-");
        self.push(b'T');
        clock_face(self, civil % DAY, ":", true);
        self.push(b'+');
        self.padded(hours as u64, 2);
        self.text(":00");
    }
    /// `2025-11-03T09:14:05Z`
    fn zulu(&mut self, at: u32) {
        self.date(Date((at / DAY) as i32), "-");
        self.push(b'T');
        clock_face(self, at % DAY, ":", true);
        self.push(b'Z');
    }
}

fn clock_face(out: &mut Vec<u8>, second: u32, between: &str, seconds: bool) {
    out.padded(u64::from(second / 3_600), 2);
    out.text(between);
    out.padded(u64::from(second / 60 % 60), 2);
    if seconds {
        out.text(between);
        out.padded(u64::from(second % 60), 2);
    }
}
