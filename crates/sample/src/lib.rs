//! Rivermead, an invented place, in the formats that organisations really send: HL7 v2 from two hospitals, FHIR from
//! community and mental health, CSV from everybody else, with the truth beside it for tests.
//!
//! One person at a time goes through urgent care ([`urgent`]), where a person who waits on a ward for home care holds a bed
//! that somebody in the emergency department needs; what is asked for elsewhere follows ([`referrals`]); then each month of
//! each feed is written from that one truth, with dirt in known amounts; figures that never come as records of people stand beside
//! it ([`series`]). Same options, same bytes, on any number of threads.
//!
//! ```
//! struct Count(usize);
//! impl sample::Sink for Count {
//!     fn create(&mut self, _: &str) -> std::io::Result<Box<dyn std::io::Write + Send>> {
//!         self.0 += 1;
//!         Ok(Box::new(std::io::sink()))
//!     }
//! }
//! let mut files = Count(0);
//! let options = sample::Options { people: 500, months: 1, ..sample::Options::default() };
//! let summary = sample::write(&options, &mut files, &mut |_, _| {}).unwrap();
//! assert_eq!(summary.files as usize, files.0);
//! ```

mod clock;
mod csv;
mod dirt;
mod draw;
mod fhir;
mod hl7;
mod map;
mod people;
mod record;
mod referrals;
pub mod said;
mod series;
mod stories;
mod text;
mod truth;
mod urgent;

#[cfg(test)]
mod tests;

pub use dirt::{Counts, Dirt};
pub use map::boundaries;
pub use truth::Story;

use clock::Clock;
use domain::{Date, Place, PlaceError, ServiceKind};
use people::People;
use rayon::prelude::*;
use record::{Desk, Out, SENDERS, Sender, Told};
use std::io::{self, Write};
use std::path::PathBuf;
use text::Text;

/// The template of the place, for 60,000 people.
pub const PLACE: &str = include_str!("../../../place/place.toml");
/// What its teams are asked about each other: `instruments/handover-pulse.toml`.
pub const PULSE: &str = include_str!("../../../place/instruments/handover-pulse.toml");

/// The feed files, by name.
pub const FEEDS: [(&str, &str); 26] = [
    ("ambulance-cad.toml", include_str!("../../../place/feeds/ambulance-cad.toml")),
    ("bed-costs.toml", include_str!("../../../place/feeds/bed-costs.toml")),
    ("care-homes.toml", include_str!("../../../place/feeds/care-homes.toml")),
    ("carers-survey.toml", include_str!("../../../place/feeds/carers-survey.toml")),
    ("client-level.toml", include_str!("../../../place/feeds/client-level.toml")),
    ("community-health.toml", include_str!("../../../place/feeds/community-health.toml")),
    ("complaints.toml", include_str!("../../../place/feeds/complaints.toml")),
    ("costs.toml", include_str!("../../../place/feeds/costs.toml")),
    ("coverage.toml", include_str!("../../../place/feeds/coverage.toml")),
    ("deaths.toml", include_str!("../../../place/feeds/deaths.toml")),
    ("declared-pressure.toml", include_str!("../../../place/feeds/declared-pressure.toml")),
    ("dunmoor-friends.toml", include_str!("../../../place/feeds/dunmoor-friends.toml")),
    ("eastbrook-district-adt.toml", include_str!("../../../place/feeds/eastbrook-district-adt.toml")),
    ("friends-and-family.toml", include_str!("../../../place/feeds/friends-and-family.toml")),
    ("gp-appointments.toml", include_str!("../../../place/feeds/gp-appointments.toml")),
    ("home-care.toml", include_str!("../../../place/feeds/home-care.toml")),
    ("mental-health.toml", include_str!("../../../place/feeds/mental-health.toml")),
    ("nhs111-calls.toml", include_str!("../../../place/feeds/nhs111-calls.toml")),
    ("practice-survey.toml", include_str!("../../../place/feeds/practice-survey.toml")),
    ("prevention.toml", include_str!("../../../place/feeds/prevention.toml")),
    ("rivermead-carers.toml", include_str!("../../../place/feeds/rivermead-carers.toml")),
    ("rivermead-general-adt.toml", include_str!("../../../place/feeds/rivermead-general-adt.toml")),
    ("staff-survey.toml", include_str!("../../../place/feeds/staff-survey.toml")),
    ("volunteers.toml", include_str!("../../../place/feeds/volunteers.toml")),
    ("wider-determinants.toml", include_str!("../../../place/feeds/wider-determinants.toml")),
    ("workforce.toml", include_str!("../../../place/feeds/workforce.toml")),
];

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many people live in the place.
    pub people: u64,
    /// How many months of data, up to and with `ends_on`.
    pub months: u32,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// The last day.
    pub ends_on: Date,
}

impl Default for Options {
    /// The place of the demonstration: 60,000 people, 13 months to Sunday 16 November 2025.
    fn default() -> Options {
        Options { people: 60_000, months: 13, seed: 7, ends_on: Date(20_408) }
    }
}

/// Where named files go; the generator itself has no disk.
pub trait Sink {
    /// Opens a file by its path from the place, such as `ambulance/cad-2025-10.csv`.
    ///
    /// # Errors
    /// What the disk says.
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>>;
}

/// A folder on a disk.
pub struct DirSink(pub PathBuf);

impl Sink for DirSink {
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>> {
        let path = self.0.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Box::new(std::fs::File::create(path)?))
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many people.
    pub people: u64,
    /// How many files, those of the truth among them.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many messages, resources and rows, duplicates among them, the truth not.
    pub records: u64,
    /// How much of each kind of dirt.
    pub dirt: Counts,
    /// What really happened.
    pub stories: Vec<Story>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options that make no place.
    #[error("{0}")]
    Options(&'static str),
    /// The template of the place is broken.
    #[error("the template of the place cannot be read")]
    Place(#[from] PlaceError),
    /// The disk.
    #[error("cannot write {path}")]
    Write {
        /// Which file.
        path: String,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
}

/// Writes the place into `out`. `progress` hears how many steps of how many are done.
///
/// # Errors
/// Fewer than 100 or more than 5 million people, no month or more than 60, a period outside 1975 to 2098; or the sink's.
pub fn write(options: &Options, out: &mut dyn Sink, progress: &mut dyn FnMut(u64, u64)) -> Result<Summary, Error> {
    if !(100..=5_000_000).contains(&options.people) {
        return Err(Error::Options("the number of people must be 100 to 5,000,000"));
    }
    if !(1..=60).contains(&options.months) {
        return Err(Error::Options("the number of months must be 1 to 60"));
    }
    let place = Place::parse(PLACE)?;
    let clock = Clock::new(&place.zone, options.months, options.ends_on)
        .ok_or(Error::Options("the period must lie between 1975 and 2098"))?;
    let people = People::settle(&place, options.people, options.seed, &clock);
    let stories = stories::Stories::set(&clock, &people.neighbourhoods);
    let months = clock.months.len() as u64;
    let (days, parts) = (u64::from(clock.days()) + 80, 13);
    let total = days + (months + 1) * parts * 8;
    let mut steps = 0;
    let scale = options.people as f64 / place.population() as f64;
    let capacity = |organisation: &str, kind: ServiceKind| {
        let services =
            place.services.iter().filter(|service| service.organisation == organisation && service.kind == kind);
        services.filter_map(|service| service.capacity).map(f64::from).sum::<f64>() * scale
    };
    let hospitals = [SENDERS[0].2, SENDERS[1].2];
    let urgent = urgent::simulate(
        &people,
        &clock,
        &stories,
        hospitals.map(|hospital| capacity(hospital, ServiceKind::Ward)),
        hospitals.map(|hospital| capacity(hospital, ServiceKind::EmergencyDepartment)),
        || {
            steps += 1;
            progress(steps, total);
        },
    );
    let referrals = referrals::refer(&people, &clock, &stories, &urgent);
    let told = Told::new(people.list.len());
    let desk =
        Desk { people: &people, told: &told, clock: &clock, stories: &stories, urgent: &urgent, referrals: &referrals };
    let mut writer = Writer { sink: out, files: 0, bytes: 0, records: 0, dirt: Counts::default() };
    let mut step = |progress: &mut dyn FnMut(u64, u64)| {
        steps += 8;
        progress(steps.min(total), total);
    };

    writer.whole("place.toml", place_file(&people, options.people, scale, &clock, &stories).as_bytes())?;
    writer.whole("instruments/handover-pulse.toml", PULSE.as_bytes())?;
    writer.whole("boundaries.geojson", boundaries().as_bytes())?;
    for (name, text) in FEEDS {
        writer.whole(&format!("feeds/{name}"), text.as_bytes())?;
    }
    let mut stays = writer.open("truth/stays.csv")?;
    writer.put(&mut stays, truth::STAYS_HEADER.as_bytes())?;
    writer.truth(&mut stays, &urgent.visits, |_, visit, out| truth::visit(visit, clock.start, out))?;
    writer.truth(&mut stays, &urgent.calls, |_, call, out| truth::call(call, clock.end, out))?;
    writer.truth(&mut stays, &referrals, |at, referral, out| {
        truth::referral(people.seed, &clock, at as u32, referral, out)
    })?;
    step(progress);

    let messages = [hl7::messages(&people, &clock, &urgent, 0), hl7::messages(&people, &clock, &urgent, 1)];
    let incidents = csv::incidents(&people, &clock, &urgent);
    let mut kept: truth::Kept = [[0; 3]; 2];
    for (month, incidents) in incidents.iter().enumerate() {
        let (_, year, of_year) = clock.months[month];
        let named = |stem: &str, end: &str| format!("{stem}-{year:04}-{of_year:02}.{end}");
        for (site, stem) in ["general/adt", "eastbrook-district/adt"].iter().enumerate() {
            let rows = hl7::month(&clock, &messages[site], month);
            writer.rows(&named(stem, "hl7"), "", rows, |_, message, out| hl7::write(&desk, message, out))?;
            step(progress);
        }
        for (sender, folder) in [(Sender::Community, "community"), (Sender::MentalHealth, "mental-health")] {
            let lines = fhir::month(&people, &clock, &referrals, sender, month);
            for (kind, lines) in fhir::TYPES.iter().zip(&lines) {
                writer.rows(&named(&format!("{folder}/{kind}"), "ndjson"), "", lines, |_, line, out| {
                    fhir::write(&desk, line, out)
                })?;
            }
            step(progress);
        }
        writer.rows(&named("ambulance/cad", "csv"), &csv::cad_header(), incidents, |_, which, out| {
            csv::incident(&desk, *which, out)
        })?;
        let from = urgent.calls.partition_point(|call| call.at < clock.months[month].0);
        let to = urgent.calls.partition_point(|call| call.at < clock.month_end(month));
        writer.rows(
            &named("nhs111/calls", "csv"),
            &csv::calls_header(),
            &urgent.calls[from..to],
            |at, call, out| csv::call(&desk, (from + at) as u32, call, out),
        )?;
        step(progress);
        let appointments = csv::appointments(&desk, month);
        writer.rows(
            &named("practices/appointments", "csv"),
            &csv::appointments_header(),
            &appointments,
            |at, row, out| csv::appointment(&desk, month, at as u32, row, out),
        )?;
        writer.truth(&mut stays, &appointments, |_, row, out| {
            truth::appointment(&people, row, csv::kept(&desk, row), out)
        })?;
        for appointment in &appointments {
            let side = &mut kept[usize::from(appointment.start >= stories.recording)];
            let how = csv::kept(&desk, appointment);
            side[2] += 1;
            if how > 0 {
                side[how - 1] += 1;
            }
        }
        step(progress);
        for (sheet, sender, stem) in csv::SHEETS {
            let rows = csv::rows(&clock, &referrals, sheet, month);
            writer.rows(&named(stem, "csv"), &csv::sheet_header(sheet), &rows, |_, which, out| {
                csv::row(&desk, sheet, sender, month, *which, out)
            })?;
            step(progress);
        }
    }
    drop(stays);
    let returns = series::returns(&desk, &place);
    for sheet in &returns {
        let seed = options.seed;
        writer.rows(&sheet.path, sheet.header, &sheet.rows, |at, _, out| sheet.write(seed, at, out))?;
    }
    let mut stories = truth::stories(&people, &clock, &stories, &urgent, &referrals, &kept);
    stories.extend(series::stories(&desk, &returns));
    let summary = writer.close(&people, &clock, &told, stories)?;
    progress(total, total);
    Ok(summary)
}

/// `place.toml` with its population and capacities at this size, and its events on the days of its stories.
fn place_file(people: &People, count: u64, scale: f64, clock: &Clock, stories: &stories::Stories) -> String {
    let (mut lsoa, mut text) = (0, String::new());
    for line in PLACE.lines() {
        if line.starts_with("clock = ") {
            text += &format!("clock = \"{} 09:14\"\n", clock.day(clock.end));
            continue;
        }
        let told = line.strip_prefix("date = ").and_then(|line| stories.named(line.split_once("# ")?.1));
        if let Some(at) = told {
            text += &format!("date = {}", clock.day(at));
        } else if line.starts_with("female = ") {
            text += &format!("female = {:?}", people.counts(lsoa, 0));
        } else if line.starts_with("male = ") {
            text += &format!("male = {:?}", people.counts(lsoa, 1));
            lsoa += 1;
        } else if let Some(capacity) = line.strip_prefix("capacity = ").and_then(|number| number.parse::<f64>().ok()) {
            text += &format!("capacity = {}", (capacity * scale).round().max(1.0));
        } else {
            text += &line.replace("60,000 people", &format!("{} people", thousands(count)));
        }
        text.push('\n');
    }
    text
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

struct Writer<'a> {
    sink: &'a mut dyn Sink,
    files: u64,
    bytes: u64,
    records: u64,
    dirt: Counts,
}

struct Open {
    path: String,
    file: Box<dyn Write + Send>,
}

/// Rows that one thread writes at a time, and rows that lie in memory at once.
const CHUNK: usize = 512;
const GROUP: usize = 64 * CHUNK;

impl Writer<'_> {
    fn open(&mut self, path: &str) -> Result<Open, Error> {
        let file = self.sink.create(path).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        self.files += 1;
        Ok(Open { path: path.to_owned(), file })
    }

    fn put(&mut self, open: &mut Open, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        open.file.write_all(bytes).map_err(|source| Error::Write { path: open.path.clone(), source })
    }

    fn whole(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut open = self.open(path)?;
        self.put(&mut open, bytes)?;
        self.flush(open)
    }

    fn flush(&mut self, mut open: Open) -> Result<(), Error> {
        open.file.flush().map_err(|source| Error::Write { path: open.path, source })
    }

    /// A file of records; none when there are no records and no header.
    fn rows<T: Sync>(
        &mut self,
        path: &str,
        header: &str,
        rows: &[T],
        each: impl Fn(usize, &T, &mut Out) + Sync,
    ) -> Result<(), Error> {
        if rows.is_empty() && header.is_empty() {
            return Ok(());
        }
        let mut open = self.open(path)?;
        self.put(&mut open, header.as_bytes())?;
        for (group, rows) in rows.chunks(GROUP).enumerate() {
            let chunks: Vec<Out> = rows
                .par_chunks(CHUNK)
                .enumerate()
                .map(|(chunk, rows)| {
                    let mut out = Out::default();
                    for (at, row) in rows.iter().enumerate() {
                        each(group * GROUP + chunk * CHUNK + at, row, &mut out);
                    }
                    out.finish()
                })
                .collect();
            for chunk in chunks {
                self.put(&mut open, &chunk.bytes)?;
                self.records += chunk.records;
                self.dirt += &chunk.dirt;
            }
        }
        self.flush(open)
    }

    /// More lines of a file of the truth.
    fn truth<T: Sync>(
        &mut self,
        open: &mut Open,
        rows: &[T],
        each: impl Fn(usize, &T, &mut Vec<u8>) + Sync,
    ) -> Result<(), Error> {
        for (group, rows) in rows.chunks(GROUP).enumerate() {
            let chunks: Vec<Vec<u8>> = rows
                .par_chunks(CHUNK)
                .enumerate()
                .map(|(chunk, rows)| {
                    let mut out = Vec::new();
                    for (at, row) in rows.iter().enumerate() {
                        each(group * GROUP + chunk * CHUNK + at, row, &mut out);
                    }
                    out
                })
                .collect();
            for chunk in chunks {
                self.put(open, &chunk)?;
            }
        }
        Ok(())
    }

    fn close(mut self, people: &People, clock: &Clock, told: &Told, stories: Vec<Story>) -> Result<Summary, Error> {
        let count = people.list.len() as u32;
        let mut subjects = self.open("truth/subjects.csv")?;
        self.put(&mut subjects, b"feed,organisation,local_id,person\n")?;
        for (sender, feed, organisation, prefix, _) in SENDERS {
            let known: Vec<u32> = (0..count).filter(|person| told.knows(sender, *person)).collect();
            self.truth(&mut subjects, &known, |_, person, out| {
                for part in [feed, ",", organisation, ",", prefix] {
                    out.text(part);
                }
                out.padded(record::local(sender, *person), 8);
                out.push(b',');
                out.number(u64::from(*person) + 1);
                out.push(b'\n');
            })?;
        }
        self.flush(subjects)?;
        self.dirt.set(Dirt::Twins, people.twins);
        let moved = (0..count).into_par_iter().filter(|person| people.moves(*person, clock).is_some()).count();
        self.dirt.set(Dirt::Moved, moved as u64);
        let mut text = String::from("kind,amount,what\n");
        for (dirt, name, what) in Dirt::ALL {
            text += &format!("{name},{},\"{what}\"\n", self.dirt.of(*dirt));
        }
        self.whole("truth/dirt.csv", text.as_bytes())?;
        let mut text = String::from("story,from,where,measure,unit,before,after,truth\n");
        for story in &stories {
            let Story { name, from, neighbourhood, measure, unit, before, after, truth } = story;
            text += &format!(
                "{name},{},{neighbourhood},{measure},{unit},{before:.2},{after:.2},\"{truth}\"\n",
                clock.day(*from)
            );
        }
        self.whole("truth/stories.csv", text.as_bytes())?;
        Ok(Summary {
            people: u64::from(count),
            files: self.files,
            bytes: self.bytes,
            records: self.records,
            dirt: self.dirt,
            stories,
        })
    }
}
