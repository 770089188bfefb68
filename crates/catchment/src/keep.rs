//! What people write is kept: notes, the reasons for opening single journeys, and each opening, one line of JSON each in
//! `kept.jsonl`. A line is on the disk before it is acknowledged, and is never changed: each holds a digest over the digest
//! before it and itself, so that a line that was changed, taken out or put in shows. (Lines cut off at the end do not.)
//!
//! ```text
//! {"id":2,"at":"2025-12-01T09:02:11Z","who":"Flow lead, Rivermead","kind":"note","about":"/handovers/ward-to-home-care",
//!  "point":"2025-11-10","text":"Two rounds were closed this week","digest":"9f…"}
//! ```

use crate::access::Person;
use crate::ask::Ask;
use crate::fault::Fault;
use domain::{Instant, Zone};
use jiff::civil::Date;
use serde_json::Value;
use show::{Cell, Note, Notes, Picture, Rows, Signal, Table, View};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most letters of one text.
pub const LONGEST: usize = 2000;
/// So many notes are told away from the page that they are about, of points so many days back.
const TOLD: usize = 2;
const RECENT: i32 = 91;
/// A line is shorter than this, in bytes.
const LINE: u64 = 64 << 10;
/// A reason opens single journeys for so long, in seconds.
const REASON_LASTS: i64 = 12 * 3600;

/// What kind of thing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A note on a view, or on a point of it.
    Note,
    /// Why single journeys are looked at.
    Reason,
    /// A single journey was opened, for the reason that the text names.
    Opened,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Note => "note",
            Kind::Reason => "reason",
            Kind::Opened => "opened",
        }
    }
}

/// Something that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Counts from 1.
    pub id: u64,
    /// When.
    pub at: Instant,
    /// Who wrote it.
    pub who: String,
    /// What it is.
    pub kind: Kind,
    /// The address of the view that it is about.
    pub about: String,
    /// The point of it; empty for the whole.
    pub point: String,
    /// What was written.
    pub text: String,
}

impl Kept {
    /// The line up to its digest.
    fn body(&self) -> String {
        let at = jiff::Timestamp::from_second(self.at.0).unwrap_or_default();
        let line = serde_json::json!({
            "id": self.id, "at": at.to_string(), "who": self.who, "kind": self.kind.name(),
            "about": self.about, "point": self.point, "text": self.text,
        });
        let mut text = line.to_string();
        text.pop();
        text
    }

    fn read(line: &str) -> Option<Kept> {
        let line: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| line.get(name)?.as_str().map(str::to_owned);
        let kinds = [Kind::Note, Kind::Reason, Kind::Opened];
        let kind = text("kind")?;
        Some(Kept {
            id: line.get("id")?.as_u64()?,
            at: Instant(text("at")?.parse::<jiff::Timestamp>().ok()?.as_second()),
            who: text("who")?,
            kind: kinds.into_iter().find(|known| known.name() == kind)?,
            about: text("about")?,
            point: text("point")?,
            text: text("text")?,
        })
    }
}

/// The digest that ends a line: over the one before and all that stands before it.
fn digest(before: &str, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes()).update(body.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// A line's body and its digest.
fn parts(line: &str) -> Option<(&str, &str)> {
    let (body, end) = line.rsplit_once(",\"digest\":\"")?;
    Some((body, end.strip_suffix("\"}")?))
}

/// The file of what people wrote. Any number of processes may write to it.
pub struct Keep {
    path: PathBuf,
    held: Mutex<Held>,
}

/// What was read so far.
#[derive(Default)]
struct Held {
    /// Length of the file when it was last looked at, and how much of it was whole lines.
    seen: u64,
    read: u64,
    all: Vec<Arc<Kept>>,
    notes: HashMap<String, Vec<Arc<Kept>>>,
}

impl Keep {
    /// What is kept in a place.
    pub fn of(folder: &Path) -> Keep {
        Keep { path: folder.join("kept.jsonl"), held: Mutex::default() }
    }

    /// Keeps something, and answers once it is on the disk. Its `id` is given here.
    ///
    /// # Errors
    /// When it could not be written; the file is then as it was before.
    pub fn add(&self, new: Kept) -> Result<Kept, Fault> {
        let wrong = Fault::disk("write", &self.path);
        let fresh = !self.path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.path)
            .map_err(&wrong)?;
        file.lock().map_err(&wrong)?;
        let added = self.append(&mut file, new);
        // Closing is not enough: a child that is just being started shares the file until it runs its own program.
        let _ = file.unlock();
        let added = added?;
        if let (true, Some(folder)) = (fresh, self.path.parent()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(&wrong)?;
        }
        Ok(added)
    }

    fn append(&self, file: &mut File, new: Kept) -> Result<Kept, Fault> {
        let wrong = Fault::disk("write", &self.path);
        let length = file.metadata().map_err(&wrong)?.len();
        let start = length.saturating_sub(2 * LINE);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut tail)).map_err(&wrong)?;
        // What stands after the last line end was being written when a process died; nobody was told that it is kept.
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = start + whole as u64;
        let last =
            tail[..whole].strip_suffix(b"\n").map(|lines| lines.rsplit(|byte| *byte == b'\n').next().unwrap_or(lines));
        let (id, before) = match last {
            None if start == 0 => (1, String::new()),
            last => {
                let line = last.and_then(|line| std::str::from_utf8(line).ok());
                let known = line.and_then(|line| Some((Kept::read(line)?.id + 1, parts(line)?.1.to_owned())));
                known.ok_or_else(|| {
                    Fault::new(
                        format!("the last line of {} cannot be read", self.path.display()),
                        "catchment doctor says what is wrong with it; nothing is kept until it is mended",
                    )
                })?
            }
        };
        let new = Kept { id, ..new };
        let body = new.body();
        let line = format!("{body},\"digest\":\"{}\"}}\n", digest(&before, &body));
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(&wrong)?;
        if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_data()) {
            let _ = file.set_len(end);
            return Err(wrong(error));
        }
        Ok(new)
    }

    /// The notes about a view, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn notes(&self, about: &str) -> Result<Vec<Arc<Kept>>, Fault> {
        Ok(self.held()?.notes.get(about).cloned().unwrap_or_default())
    }

    /// How many notes there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self) -> Result<usize, Fault> {
        Ok(self.held()?.notes.values().map(Vec::len).sum())
    }

    /// The newest notes about a view that explain a point of it: about that point, one of the quarter before, or the whole.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn recent(&self, about: &str, point: Date) -> Result<Vec<Arc<Kept>>, Fault> {
        let explains = |kept: &&Arc<Kept>| {
            let days = |of: Date| of.until(point).map_or(-1, |span| span.get_days());
            kept.point.parse().map_or(kept.point.is_empty(), |of| (0..=RECENT).contains(&days(of)))
        };
        let held = self.held()?;
        let mut newest: Vec<Arc<Kept>> =
            held.notes.get(about).into_iter().flatten().rev().filter(explains).take(TOLD).cloned().collect();
        newest.reverse();
        Ok(newest)
    }

    /// The reason that lets this reader look at single journeys at this moment: the one that is asked for, or their newest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reason(&self, who: &str, id: Option<u64>, now: Instant) -> Result<Option<Arc<Kept>>, Fault> {
        let held = self.held()?;
        let lasts = |kept: &&Arc<Kept>| {
            kept.kind == Kind::Reason && kept.who == who && (0..REASON_LASTS).contains(&(now.0 - kept.at.0))
        };
        Ok(held.all.iter().rev().filter(lasts).find(|kept| id.is_none_or(|id| kept.id == id)).cloned())
    }

    /// How many lines there are, and the first that is not as it was written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn verify(&self) -> Result<(usize, Option<usize>), Fault> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => return Ok((0, None)),
            Err(wrong) => return Err(Fault::disk("read", &self.path)(wrong)),
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let (mut before, mut count) = (String::new(), 0);
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|_| whole > 0) {
            count += 1;
            let line = std::str::from_utf8(line)
                .ok()
                .filter(|line| Kept::read(line).is_some_and(|kept| kept.id == count as u64));
            match line.and_then(parts) {
                Some((body, end)) if digest(&before, body) == end => before = end.to_owned(),
                _ => return Ok((count, Some(count))),
            }
        }
        Ok((count, None))
    }

    /// What is kept now; only what came since the last look is read.
    fn held(&self) -> Result<MutexGuard<'_, Held>, Fault> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = Fault::disk("read", &self.path);
        let length = match std::fs::metadata(&self.path) {
            Ok(file) => file.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(wrong(error)),
        };
        if length == held.seen {
            return Ok(held);
        }
        if length < held.read {
            *held = Held::default();
        }
        if length > held.read {
            let mut file = File::open(&self.path).map_err(&wrong)?;
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(held.read)).and_then(|_| file.read_to_end(&mut bytes)).map_err(&wrong)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            for line in bytes[..whole].split(|byte| *byte == b'\n') {
                if let Some(kept) = std::str::from_utf8(line).ok().and_then(Kept::read).map(Arc::new) {
                    if kept.kind == Kind::Note {
                        held.notes.entry(kept.about.clone()).or_default().push(kept.clone());
                    }
                    held.all.push(kept);
                }
            }
            held.read += whole as u64;
        }
        held.seen = length;
        Ok(held)
    }
}

/// Puts what was written about a view into it, and where to write more.
pub fn tell(view: &mut View, ask: &Ask, kept: &[Arc<Kept>], reader: Option<&Person>, zone: &Zone) {
    let places = view.panels.iter_mut().flat_map(|panel| &mut panel.pictures);
    let mut held = places.filter_map(|picture| if let Picture::Notes(notes) = picture { Some(notes) } else { None });
    if let Some(notes) = held.next() {
        fill(notes, ask, kept, reader, zone);
    }
}

/// Puts what was written on the pages of measures and handovers that really changed under them, on any page that shows them.
///
/// # Errors
/// When what is kept cannot be read.
pub fn tell_of_signals(view: &mut View, keep: &Keep) -> Result<(), Fault> {
    for panel in &mut view.panels {
        let mut table = Table::new(["what", "about", "note", "who"]);
        let mut links = Vec::new();
        for (name, href, point) in panel.pictures.iter().flat_map(signals) {
            for kept in keep.recent(href.split('?').next().unwrap_or_default(), point)? {
                let about = kept.point.parse().map_or_else(|_| String::new(), show::number::date);
                table.push([name, &about, &kept.text, &kept.who].map(Cell::from));
                links.push(Some(href.to_owned()));
            }
        }
        if !table.rows.is_empty() {
            let caption = "What people know about these".to_owned();
            panel.pictures.push(Picture::Rows(Rows { caption, table, links }));
        }
    }
    Ok(())
}

/// Name, page and newest point of what really changed.
fn signals(picture: &Picture) -> Vec<(&str, &str, Date)> {
    match picture {
        Picture::Measures(all) => {
            let changed = all.iter().filter(|measure| measure.series.signal() != Signal::Ordinary);
            let told = changed.filter_map(|measure| {
                let point = measure.series.points.last()?;
                Some((measure.series.title.as_str(), measure.href.as_deref()?, point.start))
            });
            told.collect()
        }
        Picture::Handovers(all) => {
            let changed = all.iter().filter(|handover| handover.signal != Signal::Ordinary);
            let told = changed.filter_map(|handover| {
                Some((handover.name.as_str(), handover.href.as_deref()?, handover.past_year.last()?.start))
            });
            told.collect()
        }
        _ => Vec::new(),
    }
}

fn fill(notes: &mut Notes, ask: &Ask, kept: &[Arc<Kept>], reader: Option<&Person>, zone: &Zone) {
    let label =
        |point: &str| notes.points.iter().find(|known| known.0 == point).map_or(point, |known| &known.1).to_owned();
    let told = kept.iter().map(|kept| Note {
        who: kept.who.clone(),
        when: zone.show(kept.at),
        point: label(&kept.point),
        text: kept.text.clone(),
    });
    notes.notes = told.collect();
    match reader.filter(|reader| reader.notes) {
        Some(reader) => {
            notes.who = reader.name.clone();
            notes.send_to = Some(format!("/notes?about={}", show::escape(&ask.address())));
        }
        None => {
            notes.help = "Notes are signed. Whoever runs Catchment here can give you an address that signs you in: `catchment allow`.".to_owned();
        }
    }
}

/// A text as it may be kept, or what is wrong with it, for whoever wrote it.
pub fn fit(text: &str) -> Result<String, &'static str> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    match () {
        () if text.is_empty() => Err("Write a few words first"),
        () if text.chars().count() > LONGEST => Err("Write at most 2,000 letters"),
        () if text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t') => {
            Err("Write letters that can be read")
        }
        () if holds_nhs_number(text) => Err(
            "This holds what looks like an NHS number. Say it without naming a person: what is kept is read by others",
        ),
        () => Ok(text.to_owned()),
    }
}

/// Whether groups of digits that stand beside each other make up an NHS number: ten digits that pass modulus 11.
fn holds_nhs_number(text: &str) -> bool {
    // Full-width and other digits are digits too.
    let digit =
        |letter: char| letter.to_digit(10).or_else(|| (letter as u32).checked_sub(0xff10).filter(|digit| *digit < 10));
    let letters: Vec<Option<u32>> = text.chars().map(digit).collect();
    let joins = |at: usize, letter: char| {
        letter.is_whitespace() || "-–.,/_".contains(letter) && letters.get(at + 1).is_some_and(Option::is_some)
    };
    let all: Vec<char> = text.chars().collect();
    let begins = (0..letters.len()).filter(|at| letters[*at].is_some() && (*at == 0 || letters[at - 1].is_none()));
    begins.into_iter().any(|begin| {
        let (mut digits, mut at) = (Vec::new(), begin);
        while at < letters.len() && digits.len() < 11 {
            match letters[at] {
                Some(digit) => digits.push(digit as u8),
                // It ends where a group of digits ends.
                None if is_nhs_number(&digits) => return true,
                None if joins(at, all[at]) => {}
                None => return false,
            }
            at += 1;
        }
        at == letters.len() && is_nhs_number(&digits)
    })
}

fn is_nhs_number(digits: &[u8]) -> bool {
    let Some((check, first)) = digits.split_last() else { return false };
    first.try_into().is_ok_and(|first: &[u8; 9]| domain::modulus_11(first) == Some(*check))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Kept {
        Kept {
            id: 0,
            at: Instant(1_764_547_200),
            who: "Flow lead".to_owned(),
            kind: Kind::Note,
            about: "/handovers/a".to_owned(),
            point: String::new(),
            text: text.to_owned(),
        }
    }

    fn texts(keep: &Keep) -> Vec<String> {
        keep.notes("/handovers/a").unwrap().iter().map(|kept| kept.text.clone()).collect()
    }

    #[test]
    fn what_is_kept_is_read_again_by_whoever_looks() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Keep::of(folder.path()), Keep::of(folder.path()));
        assert!(texts(&other).is_empty());
        assert_eq!(one.add(note("“Zwei”,\n\"digest\":\"x\"}")).unwrap().id, 1);
        assert_eq!(other.add(note("second")).unwrap().id, 2);
        assert_eq!(texts(&one), ["“Zwei”,\n\"digest\":\"x\"}", "second"]);
        assert_eq!(texts(&other), texts(&one));
        assert_eq!(one.verify().unwrap(), (2, None));
    }

    #[test]
    fn a_line_that_a_crash_cut_off_is_passed_over_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep::of(folder.path());
        keep.add(note("first")).unwrap();
        let path = folder.path().join("kept.jsonl");
        for torn in ["{\"id\":2,\"at\":\"20", "\0\0\0\0", &"x".repeat(5000)] {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(torn.as_bytes()).unwrap();
            let count = texts(&keep).len();
            assert_eq!(keep.verify().unwrap(), (count, None), "{torn}");
            keep.add(note(&format!("after {count}"))).unwrap();
        }
        assert_eq!(texts(&keep), ["first", "after 1", "after 2", "after 3"]);
        assert_eq!(texts(&Keep::of(folder.path())), texts(&keep));
    }

    #[test]
    fn a_line_that_was_changed_taken_out_or_put_in_shows() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep::of(folder.path());
        for text in ["one", "two", "three"] {
            keep.add(note(text)).unwrap();
        }
        let path = folder.path().join("kept.jsonl");
        let good = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = good.lines().collect();
        let check = |text: String, wrong: usize| {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Keep::of(folder.path()).verify().unwrap().1, Some(wrong));
        };
        check(good.replace("two", "2"), 2);
        check(good.replace("three", "3"), 3);
        check(format!("{}\n{}\n", lines[0], lines[2]), 2);
        check(format!("{}\n{}\n", lines[1], lines[2]), 1);
        check(format!("{0}\n{0}\n", lines[0]), 2);
        check(good.replacen('\n', "\n\n", 1), 2);
    }

    #[test]
    fn many_who_write_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let keep = Keep::of(folder.path());
                scope.spawn(move || {
                    for at in 0..50 {
                        keep.add(note(&format!("{thread} {at}"))).unwrap();
                    }
                });
            }
        });
        let keep = Keep::of(folder.path());
        let mut all = texts(&keep);
        all.sort();
        all.dedup();
        assert_eq!((all.len(), keep.verify().unwrap()), (400, (400, None)));
    }

    #[test]
    fn a_reason_lasts_for_half_a_day_and_for_who_gave_it() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep::of(folder.path());
        let kept = keep.add(Kept { kind: Kind::Reason, ..note("a complaint") }).unwrap();
        let lasts =
            |who: &str, id, hours: i64| keep.reason(who, id, Instant(kept.at.0 + hours * 3600)).unwrap().is_some();
        assert!(lasts("Flow lead", None, 0) && lasts("Flow lead", Some(1), 11));
        assert!(!lasts("Flow lead", None, 12) && !lasts("Flow lead", None, -1));
        assert!(!lasts("Flow lead", Some(2), 1) && !lasts("Another", None, 1));
    }

    #[test]
    fn what_names_a_person_is_not_kept() {
        for text in [
            "9434765919",
            "see 943 476 5919.",
            "943-476-5919 is here",
            "(943.476.5919)",
            "943 476 5919 2025",
            "in 2025, 9434765919",
            "９４３４７６５９１９",
            "a\n943\n476\n5919",
        ] {
            assert!(fit(text).unwrap_err().contains("NHS number"), "{text}");
        }
        for text in ["9434765918", "ring 07700 900123", "12 of 94 on 2025-11-10", "94347659190", "19434765919", "x"] {
            assert_eq!(fit(text).as_deref(), Ok(text));
        }
        assert_eq!(fit(" \r\n "), Err("Write a few words first"));
        assert!(fit(&"é".repeat(2000)).is_ok() && fit(&"é".repeat(2001)).is_err());
        assert!(fit("a\0b").is_err());
    }
}
