//! The place as a whole: what must be true of it (`place/README.md` names the sources of the ratios), and that every piece
//! of dirt that is counted is there.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::referrals::{Ask, Referral};
use crate::stories::Stories;
use crate::urgent::{End, Front, Urgent};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};

pub(crate) struct World {
    pub(crate) clock: Clock,
    people: People,
    pub(crate) urgent: Urgent,
    referrals: Vec<Referral>,
    told: Told,
    stories: Stories,
}

/// The demonstration's place: 60,000 people, 13 months.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let options = Options::default();
    let place = Place::parse(PLACE).unwrap();
    let clock = Clock::new(&place.zone, options.months, options.ends_on).unwrap();
    let people = People::settle(&place, options.people, options.seed, &clock);
    let stories = Stories::set(&clock, &people.neighbourhoods);
    let beds = |organisation: &str, kind| {
        let some = place.services.iter().filter(|service| service.organisation == organisation && service.kind == kind);
        some.filter_map(|service| service.capacity).map(f64::from).sum()
    };
    let wards = ["QR1", "QR2"].map(|hospital| beds(hospital, ServiceKind::Ward));
    let spaces = ["QR1", "QR2"].map(|hospital| beds(hospital, ServiceKind::EmergencyDepartment));
    let urgent = urgent::simulate(&people, &clock, &stories, wards, spaces, || {});
    let referrals = referrals::refer(&people, &clock, &stories, &urgent);
    let told = Told::new(people.list.len());
    World { clock, people, urgent, referrals, told, stories }
});

fn desk() -> Desk<'static> {
    let World { clock, people, urgent, referrals, told, stories } = &*WORLD;
    Desk { people, told, clock, stories, urgent, referrals }
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

struct File(Memory, String);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().entry(self.1.clone()).or_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Memory {
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>> {
        let before = self.0.lock().unwrap().insert(path.to_owned(), Vec::new());
        assert!(before.is_none(), "{path} is opened twice");
        Ok(Box::new(File(self.clone(), path.to_owned())))
    }
}

fn written(options: &Options) -> (Summary, BTreeMap<String, Vec<u8>>) {
    let mut memory = Memory::default();
    let summary = write(options, &mut memory, &mut |_, _| {}).unwrap();
    let files = std::mem::take(&mut *memory.0.lock().unwrap());
    (summary, files)
}

const SMALL: Options = Options { people: 20_000, months: 4, seed: 11, ends_on: Date(20_408) };
static FILES: LazyLock<(Summary, BTreeMap<String, Vec<u8>>)> = LazyLock::new(|| written(&SMALL));

#[track_caller]
fn check(what: &str, value: f64, low: f64, high: f64) {
    assert!((low..=high).contains(&value), "{what} is {value:.3}, not {low} to {high}");
}

fn count<T>(items: &[T], is: impl Fn(&T) -> bool) -> f64 {
    items.iter().filter(|item| is(item)).count() as f64
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[test]
fn the_template_is_a_place_of_sixty_thousand() {
    let place = Place::parse(PLACE).unwrap();
    assert_eq!((place.population(), place.neighbourhoods.len()), (60_000, 8));
    assert!(place.neighbourhoods.iter().all(|neighbourhood| neighbourhood.lsoas.len() == 5));
    assert!(
        domain::Sector::ALL
            .iter()
            .all(|sector| place.organisations.iter().any(|organisation| organisation.sector == *sector))
    );
    for service in referrals::SERVICES.iter().chain(hl7::WARD_SERVICES.iter().flatten()) {
        assert!(place.service(service).is_some(), "{service}");
    }
}

#[test]
fn feed_files_name_only_what_the_place_has() {
    let place = Place::parse(PLACE).unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/feeds");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), FEEDS.len());
    for (name, text) in FEEDS {
        let feed: toml::Table = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(format!("{}.toml", feed["feed"].as_str().unwrap()), name);
        let sender = place.organisation(feed["organisation"].as_str().unwrap());
        assert!(sender.is_some() || feed["format"].as_str() == Some("series"), "{name}");
        let known = |service: &str| service == "home" || place.service(service).is_some();
        for map in feed.get("map").and_then(toml::Value::as_table).into_iter().flat_map(|maps| maps.values()) {
            assert!(
                map.as_table()
                    .unwrap()
                    .values()
                    .filter_map(toml::Value::as_str)
                    .all(|service| service.is_empty() || known(service)),
                "{name}: {map}"
            );
        }
        for event in feed.get("event").and_then(toml::Value::as_array).into_iter().flatten() {
            assert!(event["kind"].as_str().unwrap().parse::<domain::EventKind>().is_ok(), "{name}: {event}");
            assert!(event["service"].as_str().is_none_or(known), "{name}: {event}");
        }
    }
}

#[test]
fn columns_that_feed_files_name_are_in_the_files() {
    let (_, files) = &*FILES;
    for (name, text) in FEEDS.iter().filter(|feed| feed.1.contains("format = \"csv\"")) {
        let feed: toml::Table = text.parse().unwrap();
        let stem = feed["match"][0].as_str().unwrap().trim_end_matches("*.csv").to_owned();
        let (path, bytes) =
            files.iter().find(|file| file.0.starts_with(&stem)).unwrap_or_else(|| panic!("{name}: no {stem}"));
        let header: HashSet<&str> =
            std::str::from_utf8(bytes.split(|byte| *byte == b'\n').next().unwrap()).unwrap().split(',').collect();
        let mut columns: Vec<&str> = feed["key"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
        columns.extend(feed.get("received").and_then(toml::Value::as_str));
        columns.extend(feed["subject"].as_table().unwrap().values().filter_map(toml::Value::as_str));
        for event in feed["event"].as_array().unwrap() {
            columns.push(event["at"].as_str().unwrap());
            for field in ["service", "other_service", "need", "when"] {
                columns.extend(event.get(field).and_then(|value| value.get("column")).and_then(toml::Value::as_str));
            }
        }
        for column in columns {
            assert!(header.contains(column), "{path} has no {column}");
        }
    }
}

/// Each feed of returns with its files.
fn returns() -> Vec<(toml::Table, Vec<(&'static str, &'static str)>)> {
    let feeds = FEEDS.iter().filter(|feed| feed.1.contains("format = \"series\""));
    feeds
        .map(|(name, text)| {
            let feed: toml::Table = text.parse().unwrap();
            let stem = feed["match"][0].as_str().unwrap().trim_end_matches("*.csv");
            let files = FILES.1.iter().filter(|file| file.0.starts_with(stem));
            let files: Vec<_> =
                files.map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap())).collect();
            assert!(!files.is_empty(), "{name}: no {stem}");
            (feed, files)
        })
        .collect()
}

#[test]
fn every_row_of_a_return_says_what_its_feed_reads() {
    let place = Place::parse(PLACE).unwrap();
    let (mut rows, mut cut, mut hidden) = (0, 0, 0);
    for (feed, files) in returns() {
        let level = feed.get("level").and_then(toml::Value::as_str).unwrap_or_default();
        for (path, text) in files {
            let mut lines = text.lines();
            let heading: Vec<&str> = lines.next().unwrap().split(',').collect();
            let at = |column: &toml::Value| heading.iter().position(|name| Some(*name) == column.as_str()).unwrap();
            let (period, group) = (at(&feed["period"]), feed.get("group").map(at));
            for line in lines {
                rows += 1;
                let cells: Vec<&str> = line.split(',').collect();
                if cells.len() < heading.len() {
                    cut += 1;
                    continue;
                }
                let when: Vec<u32> = cells[period].split('-').map(|part| part.parse().unwrap()).collect();
                let [year, month, day] = [0, 1, 2].map(|at| when.get(at).copied().unwrap_or(1));
                let date = Date::from_ymd(year as i32, month, day).unwrap();
                assert!(date <= SMALL.ends_on && date.ymd().0 > 2018, "{path}: {line}");
                if let Some(group) = group {
                    let known = match level {
                        "neighbourhood" => place.neighbourhoods.iter().any(|known| known.name == cells[group]),
                        _ => place.organisation(cells[group]).is_some(),
                    };
                    assert!(known, "{path}: {line}");
                }
                for rule in feed.get("series").and_then(toml::Value::as_array).into_iter().flatten() {
                    let number = |part: &str| {
                        let cell = cells[at(rule.get(part)?)];
                        let number = cell.parse::<f64>().ok();
                        hidden += usize::from(number.is_none());
                        assert!(
                            number.is_some_and(|number| number >= 0.0) || ["*", "-"].contains(&cell),
                            "{path}: {line}"
                        );
                        number
                    };
                    let [part, whole, value] = ["numerator", "denominator", "value"].map(number);
                    // A part without its whole could not be added up.
                    let alone = rule.get("denominator").is_some() && part.is_some() && whole.is_none();
                    assert!(!alone, "{path}: {line}");
                    let of_plan = rule["unit"].as_str() == Some("% of plan");
                    let most = if rule.get("multiplier").is_some() { 1.0 } else { 12.0 };
                    assert!(
                        part.zip(whole).is_none_or(|(part, whole)| of_plan || part <= most * whole),
                        "{path}: {line}"
                    );
                    assert!(value.is_none_or(|level| (1.0..=4.0).contains(&level)), "{path}: {line}");
                }
                if path.starts_with("experience/") {
                    assert!(!cells.iter().any(|cell| ["1", "2", "3", "4"].contains(cell)), "{path}: {line}");
                }
            }
        }
    }
    assert!(rows > 3_500 && cut < 6 && hidden > 100, "{rows} rows, {cut} cut, {hidden} hidden");
}

/// Years that a newborn may expect, by a life table of all years together.
fn life_expectancy(rows: &[Vec<&str>], neighbourhood: &str) -> f64 {
    let mut bands: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row[1] == neighbourhood) {
        let band = bands.entry(row[3].parse().unwrap()).or_default();
        *band = (band.0 + row[4].parse::<f64>().unwrap(), band.1 + row[5].parse::<f64>().unwrap());
    }
    let ages: Vec<u32> = bands.keys().copied().chain([90]).collect();
    let (mut alive, mut years) = (1.0, 0.0);
    for (pair, (people, deaths)) in ages.windows(2).zip(bands.values()) {
        let (width, rate) = (f64::from(pair[1] - pair[0]), deaths / people);
        let left = alive * (1.0 - (width * rate / (1.0 + width * rate / 2.0)).min(1.0));
        years += if width > 0.0 { width * (alive + left) / 2.0 } else { alive / rate };
        alive = left;
    }
    years
}

#[test]
fn the_poorest_die_sooner_and_all_ages_are_there() {
    let text = std::str::from_utf8(&FILES.1["public-health/deaths.csv"]).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 8 * 5 * 2 * 20);
    let people: f64 = rows.iter().filter(|row| row[0] == "2024").map(|row| row[4].parse::<f64>().unwrap()).sum();
    check("people in a year / people", people / 20_000.0, 0.97, 1.01);
    let [poor, rich] = [["Eastbrook", "Dunmoor", "Millfields"], ["Castle Hill", "Saltley Vale", "Westerham Green"]]
        .map(|names| mean(names.iter().map(|name| life_expectancy(&rows, name))));
    check("years of life where people are poorest", poor, 74.0, 81.0);
    check("years more where they are richest", rich - poor, 1.5, 7.0);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let options = Options { people: 1_500, months: 2, ..SMALL };
    let on =
        |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| written(&options));
    let (one, three) = (on(1), on(3));
    assert!(one == three);
    assert!(written(&Options { seed: 12, ..options }).1 != one.1);
}

#[test]
fn what_was_asked_for_is_what_is_written() {
    let (summary, files) = &*FILES;
    assert_eq!((summary.people, summary.files as usize), (20_000, files.len()));
    assert_eq!(summary.bytes, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    let place = Place::parse(std::str::from_utf8(&files["place.toml"]).unwrap()).unwrap();
    assert_eq!(place.population(), 20_000);
    for wrong in
        [Options { people: 1, ..SMALL }, Options { months: 0, ..SMALL }, Options { ends_on: Date(90_000), ..SMALL }]
    {
        assert!(matches!(write(&wrong, &mut Memory::default(), &mut |_, _| {}), Err(Error::Options(_))));
    }
}

#[test]
fn a_disk_that_fills_is_an_error_that_names_the_file() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Sink for Full {
        fn create(&mut self, _: &str) -> io::Result<Box<dyn Write + Send>> {
            Ok(Box::new(Full))
        }
    }
    let error = write(&Options { people: 200, months: 1, ..SMALL }, &mut Full, &mut |_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), "cannot write place.toml");
}

#[test]
fn ratios_between_services_are_those_of_a_real_place() {
    let World { clock, people, urgent, referrals, .. } = &*WORLD;
    let visits = &urgent.visits;
    let within = |at: u32| at >= clock.start && at < clock.end;
    let type_1 = count(visits, |visit| visit.front != Front::Treatment && within(visit.arrived));
    let attendances = count(visits, |visit| within(visit.arrived));
    let conveyed = count(visits, |visit| visit.call > 0 && within(visit.arrived));
    let admitted = count(visits, |visit| within(visit.arrived) && visit.ward > 0);
    let emergency = count(visits, |visit| visit.front != Front::Elective && within(visit.ward));
    check("ambulance arrivals / type 1", conveyed / type_1, 0.24, 0.30);
    check("admissions / type 1", admitted / type_1, 0.25, 0.33);
    check(
        "discharges / admissions",
        count(visits, |visit| within(visit.left) && visit.ward > 0) / count(visits, |visit| within(visit.ward)),
        0.98,
        1.02,
    );
    check(
        "social care requests / emergency admissions",
        count(referrals, |referral| referral.ask == Ask::SocialWork && within(referral.asked)) / emergency,
        0.25,
        0.40,
    );
    let minutes: Vec<u32> = visits
        .iter()
        .filter(|visit| visit.front != Front::Treatment && visit.arrived > 0 && visit.departed > 0)
        .map(|visit| (visit.departed - visit.arrived) / 60)
        .collect();
    check("over 4 hours in type 1", count(&minutes, |minutes| *minutes > 240) / minutes.len() as f64, 0.33, 0.50);
    let handover = visits
        .iter()
        .filter(|visit| visit.hospital > 0 && visit.arrived > 0)
        .map(|visit| f64::from(visit.arrived - visit.hospital) / 60.0);
    check("minutes of ambulance handover", mean(handover), 24.0, 44.0);
    let starts: [f64; 3] =
        std::array::from_fn(|way| count(visits, |visit| usize::from(visit.pathway) == way + 1 && within(visit.care)));
    assert!(starts[0] > starts[1] && starts[1] > starts[2], "{starts:?}");
    let mut contacts = 0.0;
    for month in 0..clock.months.len() {
        contacts += fhir::month(people, clock, referrals, Sender::Community, month)[2].len() as f64;
    }
    check("community contacts / hospital admissions", contacts / count(visits, |visit| within(visit.ward)), 4.8, 7.2);
    let desk = desk();
    let appointments: usize = (0..clock.months.len()).map(|month| csv::appointments(&desk, month).len()).sum();
    check("appointments / attendances", appointments as f64 / attendances, 11.0, 14.0);
    check(
        "appointments of a person in a year",
        appointments as f64 / 60_000.0 / f64::from(clock.days()) * 365.25,
        5.3,
        6.1,
    );
}

#[test]
fn wards_fill_and_empty_as_real_ones_do() {
    let World { clock, people, urgent, .. } = &*WORLD;
    let stays: Vec<_> = urgent.visits.iter().filter(|visit| visit.ward > 0).collect();
    let (mut occupied, mut ready, mut old, mut all) = (0.0, 0.0, 0.0, 0.0);
    for visit in &stays {
        let left = if visit.left > 0 { visit.left } else { clock.end };
        let nights = |from: u32| f64::from(left.saturating_sub(from.max(clock.start)) / clock::DAY);
        occupied += nights(visit.ward);
        ready += if visit.ready > 0 { nights(visit.ready) } else { 0.0 };
        if visit.front != Front::Elective {
            all += nights(visit.ward);
            old += if people.band(visit.person) >= 3 { nights(visit.ward) } else { 0.0 };
        }
    }
    check("ready and still there / occupied", ready / occupied, 0.08, 0.24);
    check("share of emergency bed days of people of 65 and over", old / all, 0.66, 0.77);
    let mut week = [0.0; 7];
    for visit in stays.iter().filter(|visit| visit.left >= clock.start) {
        week[clock.day(visit.left).weekday() as usize] += 1.0;
    }
    check("Friday / Sunday discharges", week[4] / week[6], 1.9, 2.4);
    let average = occupied / f64::from(clock.days());
    check("beds occupied of 112", average / 112.0, 0.82, 1.0);
}

#[test]
fn deprivation_and_age_lead_to_the_emergency_department() {
    let World { people, urgent, .. } = &*WORLD;
    let rate = |is: &dyn Fn(u32) -> bool| {
        count(&urgent.visits, |visit| visit.arrived > 0 && is(visit.person))
            / (0..people.list.len() as u32).filter(|person| is(*person)).count() as f64
    };
    check(
        "attendances, most / least deprived fifth",
        rate(&|person| people.fifth(person) == 1) / rate(&|person| people.fifth(person) == 5),
        1.75,
        2.15,
    );
    assert!(rate(&|person| people.band(person) == 5) > rate(&|person| people.band(person) == 2));
}

#[test]
fn time_goes_forward_and_nobody_is_in_two_beds() {
    let World { urgent, referrals, clock, .. } = &*WORLD;
    let mut beds: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for visit in &urgent.visits {
        let order = [
            visit.call,
            visit.scene,
            visit.hospital,
            visit.arrived,
            visit.decided,
            visit.ward,
            visit.transferred,
            visit.ready,
            visit.left,
            visit.care,
            visit.care_ended,
        ];
        assert!(
            order.iter().filter(|at| **at > 0).is_sorted() && order.iter().all(|at| *at < clock.end),
            "{:?}",
            order
        );
        if visit.ward > 0 {
            beds.entry(visit.person)
                .or_default()
                .push((visit.ward, if visit.left > 0 { visit.left } else { clock.end }));
        }
        let died = urgent.died[visit.person as usize];
        assert!(died == 0 || visit.left.max(visit.arrived) <= died);
        assert!(visit.end != End::Care || visit.pathway > 0);
    }
    for stays in beds.values_mut() {
        stays.sort_unstable();
        assert!(stays.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{stays:?}");
    }
    for referral in referrals {
        assert!(referral.asked > 0 && (referral.started == 0 || referral.started >= referral.asked), "{referral:?}");
        assert!(referral.ended == 0 || referral.ended >= referral.started.max(referral.asked), "{referral:?}");
    }
}

#[test]
fn each_story_is_in_the_data() {
    let World { clock, people, urgent, referrals, stories, .. } = &*WORLD;
    let told = truth::stories(people, clock, stories, urgent, referrals, &[[0; 3]; 2]);
    let change = |at: usize| told[at].after / told[at].before;
    check("home first in Eastbrook", change(0), 0.1, 0.65);
    check("home care elsewhere before the shortage", change(1), 0.7, 1.3);
    check("crews at Eastbrook District", change(2), 0.1, 0.4);
    assert!(told[3].after > told[3].before + 15.0, "{:?}", told[3]);
    check("hours moved / hours spared", change(4), 0.98, 1.0);
    check("attendances in Millfields after its worst month", change(5), 0.7, 0.95);
    check("home care in the shortage", change(6), 1.8, 3.2);
    check("two-hour response before", told[9].before, 60.0, 76.0);
    check("two-hour response after", told[9].after, 90.0, 99.0);
    let desk = desk();
    let returns = series::returns(&desk, &Place::parse(PLACE).unwrap());
    let told = series::stories(&desk, &returns);
    let change = |at: usize| told[at].after / told[at].before;
    check("posts empty in home care", change(0), 1.7, 3.0);
    check("agencies' share of pay in home care", change(1), 1.7, 3.0);
    check("those who would recommend Eastbrook District", told[2].after - told[2].before, -10.0, -3.0);
    check("crews who would recommend their work", told[3].after - told[3].before, 3.0, 22.0);
    check("declared level at Eastbrook District", told[4].after - told[4].before, -1.6, -0.4);
    check("points of carers in Eastbrook", told[5].after - told[5].before, 0.4, 1.4);
}

#[test]
fn the_shortage_of_home_care_is_felt_at_the_front_door_week_by_week() {
    let World { clock, urgent, .. } = &*WORLD;
    let weeks = clock.days() as usize / 7;
    let start = clock.end - weeks as u32 * 7 * clock::DAY;
    // The middle wait of those taken in each week, against the usual range of a chart of single values.
    let felt = |what: &str, wait: &dyn Fn(&urgent::Visit) -> (u32, u32)| {
        let mut taken: Vec<Vec<u32>> = vec![Vec::new(); weeks];
        for (from, to) in urgent.visits.iter().map(wait).filter(|(from, to)| *from > 0 && *to >= start) {
            taken[((to - start) / (7 * clock::DAY)) as usize].push(to - from);
        }
        let middles: Vec<f64> = taken
            .iter_mut()
            .map(|waits| {
                waits.sort_unstable();
                f64::from(waits[waits.len() / 2])
            })
            .collect();
        let upper =
            mean(middles.iter().copied()) + 2.66 * mean(middles.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
        let over = |weeks: &[f64]| weeks.iter().filter(|middle| **middle > upper).count();
        assert!(over(&middles[weeks - 5..]) > 0, "{what}: the usual range goes to {upper:.0}, {middles:.0?}");
        assert_eq!(over(&middles[weeks - 25..weeks - 12]), 0, "{what}, before the shortage");
    };
    felt("ward to home with care", &|visit| if visit.pathway == 1 { (visit.ready, visit.care) } else { (0, 0) });
    felt("emergency department to ward", &|visit| (visit.decided, visit.ward));
    felt("ambulance to emergency department", &|visit| (visit.hospital, visit.arrived));
}

#[test]
fn home_care_loses_its_staff_months_before_anybody_waits() {
    let desk = desk();
    let returns = series::returns(&desk, &Place::parse(PLACE).unwrap());
    let shortage = desk.clock.day(desk.stories.shortage);
    // The last month that is over before the agency leaves, against the usual range of the months until half a year before.
    let month = |back: i32| {
        let (year, month, _) = shortage.ymd();
        let at = year * 12 + month as i32 - 1 - back;
        Date::from_ymd(at.div_euclid(12), at.rem_euclid(12) as u32 + 1, 1).unwrap()
    };
    let felt = |path: &str, over: &str, under: &str, group: &str| {
        let file = returns.iter().find(|file| file.path == path).unwrap();
        let at = |back: i32| file.ratio(over, under, group, month(back), month(back - 1));
        let usual: Vec<f64> = (7..19).rev().map(at).collect();
        let reach = 2.66 * mean(usual.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
        at(1) > mean(usual.iter().copied()) + reach
    };
    assert!(felt("workforce/staff.csv", "vacant_wte", "posts_wte", "QR9"));
    assert!(felt("workforce/staff.csv", "agency_shifts", "shifts", "QR9"));
    assert!(felt("money/costs.csv", "agency", "pay", "QR9"));
    assert!(!felt("workforce/staff.csv", "vacant_wte", "posts_wte", "QR1"));
    assert!(!felt("money/costs.csv", "agency", "pay", "QR5"));
}

#[test]
fn only_the_word_for_missed_appointments_changes() {
    let World { clock, stories, .. } = &*WORLD;
    let desk = desk();
    let mut kept = [[0.0; 3]; 2];
    for month in 0..clock.months.len() {
        for appointment in csv::appointments(&desk, month) {
            kept[usize::from(appointment.start >= stories.recording)][csv::kept(&desk, &appointment)] += 1.0;
        }
    }
    let share = |side: [f64; 3], what: f64| what / side.iter().sum::<f64>();
    check("missed, after / before", share(kept[1], kept[1][1]) / share(kept[0], kept[0][1]), 1.1, 1.4);
    check(
        "not attended, after / before",
        share(kept[1], kept[1][1] + kept[1][2]) / share(kept[0], kept[0][1] + kept[0][2]),
        0.95,
        1.05,
    );
}

#[test]
fn numbers_are_of_the_range_that_is_never_issued_and_each_is_used_once() {
    let numbers: HashSet<u64> = (0..60_000).map(|person| WORLD.people.nhs_number(person)).collect();
    assert_eq!(numbers.len(), 60_000);
    assert!(
        numbers
            .iter()
            .all(|number| number / 10_000_000 == 999 && people::check_digit(number / 10) == Some(number % 10))
    );
}

/// Each record of all feeds once: messages, resources, rows.
fn records() -> Vec<(&'static str, &'static [u8])> {
    let mut all = Vec::new();
    for (path, bytes) in &FILES.1 {
        if path.ends_with(".hl7") {
            let starts: Vec<usize> = (0..bytes.len())
                .filter(|at| bytes[*at..].starts_with(b"MSH|") && (*at == 0 || bytes[at - 1] == b'\r'))
                .collect();
            let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
            all.extend(starts.iter().zip(ends).map(|(from, to)| ("hl7", &bytes[*from..to])));
        } else if path.ends_with(".ndjson") {
            all.extend(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| ("fhir", line)));
        } else if path.ends_with(".csv") && !path.starts_with("truth/") {
            // Rows of two returns may be alike, so each return is a kind of its own.
            let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let of_people = String::from_utf8_lossy(lines.next().unwrap()).contains("date_of_birth");
            let kind = if of_people { "csv" } else { path.as_str() };
            all.extend(lines.map(|line| (kind, line)));
        }
    }
    all
}

#[test]
fn dirt_is_written_as_it_is_counted() {
    let (summary, files) = &*FILES;
    let all = records();
    assert_eq!(all.len() as u64, summary.records);
    let distinct: HashSet<_> = all.iter().copied().collect();
    assert_eq!((all.len() - distinct.len()) as u64, summary.dirt.of(Dirt::Duplicate));
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let found = |format: &str, is: &dyn Fn(&[u8]) -> bool| {
        distinct.iter().filter(|record| record.0 == format && is(record.1)).count() as i64
    };
    let slack = summary.dirt.of(Dirt::Truncated) as i64;
    assert!(slack > 3);
    let near = |dirt: Dirt, found: i64| {
        let counted = summary.dirt.of(dirt) as i64;
        assert!((counted - found).abs() <= slack / 4 + 1 && counted > 0, "{dirt:?}: {counted} counted, {found} found");
    };
    let dashes = |record: &[u8]| record.split(|byte| *byte == b',').filter(|cell| matches!(*cell, b"*" | b"-")).count();
    near(Dirt::Hidden, distinct.iter().map(|record| dashes(record.1) as i64).sum());
    near(Dirt::Corrected, found("hl7", &|bytes| has(bytes, "ADT^A08")));
    near(Dirt::Merged, found("hl7", &|bytes| has(bytes, "ADT^A40")));
    near(Dirt::Cancelled, found("hl7", &|bytes| has(bytes, "ADT^A11") || has(bytes, "ADT^A13")));
    let ward = |bytes: &[u8]| ["|M4^", "|W9^", "|M4|", "|W9|"].iter().any(|code| has(bytes, code));
    near(Dirt::UnknownWard, found("hl7", &ward));
    assert_eq!(
        distinct.iter().filter(|record| std::str::from_utf8(record.1).is_err()).count() as u64,
        summary.dirt.of(Dirt::BadUtf8)
    );
    // Who has which number, by what the sender calls them.
    let subjects = std::str::from_utf8(&files["truth/subjects.csv"]).unwrap();
    let settled = People::settle(
        &Place::parse(PLACE).unwrap(),
        SMALL.people,
        SMALL.seed,
        &Clock::new(&Place::parse(PLACE).unwrap().zone, SMALL.months, SMALL.ends_on).unwrap(),
    );
    let truth: BTreeMap<&str, u64> = subjects
        .lines()
        .skip(1)
        .map(|line| {
            let mut parts = line.split(',').skip(2);
            (parts.next().unwrap(), settled.nhs_number(parts.next().unwrap().parse::<u32>().unwrap() - 1))
        })
        .collect();
    let (mut missing, mut failing, mut passing) = (0, 0, 0);
    for (format, record) in distinct {
        let text = String::from_utf8_lossy(record);
        let (local, number) = match format {
            "csv" => {
                let at = text.split(',').position(|part| truth.contains_key(part));
                let Some(at) = at.filter(|at| {
                    !text.split(',').nth(*at).is_some_and(|local| local.starts_with("CA") || local.starts_with("DF"))
                }) else {
                    continue;
                };
                (text.split(',').nth(at).unwrap(), text.split(',').nth(at + 1).unwrap_or("cut off"))
            }
            "hl7" => {
                let Some(pid) = text.split("\rPID|1||").nth(1) else { continue };
                (
                    pid.split('^').next().unwrap(),
                    pid.split('|')
                        .next()
                        .unwrap()
                        .split('~')
                        .nth(1)
                        .map_or("", |number| number.split('^').next().unwrap()),
                )
            }
            _ if text.starts_with("{\"resourceType\":\"Patient\"") => {
                let local = text.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
                (
                    local,
                    text.split("nhs-number\",\"value\":\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap()),
                )
            }
            _ => continue,
        };
        match number.parse::<u64>() {
            Err(_) => missing += i64::from(number.is_empty()),
            Ok(number) if truth.get(local) == Some(&number) => {}
            Ok(number) if people::check_digit(number / 10) == Some(number % 10) => passing += 1,
            Ok(_) => failing += 1,
        }
    }
    near(Dirt::NoNumber, missing);
    near(Dirt::WrongNumber, failing);
    near(Dirt::OtherNumber, passing);
}

#[test]
fn nobody_leaves_a_ward_or_department_that_they_did_not_come_to() {
    let mut came: HashSet<String> = HashSet::new();
    let mut left: Vec<String> = Vec::new();
    for (_, record) in records().iter().filter(|record| record.0 == "hl7") {
        let text = String::from_utf8_lossy(record);
        let visit = text.split("\rPV1|").nth(1).and_then(|pv1| pv1.split('|').nth(18)).unwrap_or("").to_owned();
        if text.contains("ADT^A01^") || text.contains("ADT^A04^") {
            came.insert(visit);
        } else if text.contains("ADT^A03^") && !visit.is_empty() {
            left.push(visit);
        }
    }
    // All but those whose coming was cut off.
    let lost = left.iter().filter(|visit| !came.contains(*visit)).count();
    assert!(left.len() > 3_000 && lost * 500 < left.len(), "{lost} of {}", left.len());
}

#[test]
fn messages_have_their_fields_where_the_standard_wants_them() {
    let (_, files) = &*FILES;
    let text = String::from_utf8_lossy(&files["general/adt-2025-10.hl7"]).into_owned();
    let message = |code: &str| {
        let message = text
            .split("MSH|")
            .find(|message| {
                message.contains(&format!("ADT^{code}^"))
                    && message.contains("|E|") | message.contains("|I|")
                    && message.ends_with('\r')
            })
            .unwrap_or_else(|| panic!("no {code}"));
        message.split('\r').map(|segment| segment.split('|').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let segment =
        |message: &[Vec<String>], name: &str| message.iter().find(|segment| segment[0] == name).unwrap().clone();
    let transfer = message("A02");
    let pv1 = segment(&transfer, "PV1");
    assert!(
        pv1[3].ends_with("^QR1") && pv1[6].ends_with("^QR1") && pv1[19].starts_with('I') && pv1[44].len() == 14,
        "{pv1:?}"
    );
    assert_eq!((segment(&transfer, "EVN")[6].len(), segment(&transfer, "PID")[7].len()), (14, 8));
    assert!(
        segment(&transfer, "PID")[3].contains("^^^QR1^MR") && segment(&transfer, "PID")[11].contains("^^Rivermead^^QR")
    );
    assert!(segment(&message("A16"), "PV1")[36].starts_with('P'));
    let out = segment(&message("A03"), "PV1");
    assert!(!out[36].is_empty() || !out[37].is_empty(), "{out:?}");
    assert_eq!(out[45].len(), 14);
    assert_eq!(segment(&message("A14"), "PV1")[44], "");
}
