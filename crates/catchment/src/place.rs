//! A place on the disk: `place.toml`, `feeds/`, `measures/`, `pathways/`, `pressure/`, the vault's key and the Lake.

use crate::ask::Page;
use crate::fault::{Fault, in_file};
use crate::futures::Futures;
use crate::said::{Library, Said};
use crate::view::Opinions;
use crate::viewed::Viewed;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Int32Type, TimeUnit, TimestampMicrosecondType};
use domain::{AGE_BANDS, Boundaries, Instant, Place, Zone};
use ingest::{Feed, Key};
use journeys::pathway::{Pathway, Step};
use measures::{Measure, MeasureProblem, pressure};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use store::{Kernel, Lake, Options};

/// The measures, pathways and pressure that a new place starts with, and the styles of the page.
pub mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// A place that is open.
pub struct Catchment {
    pub folder: PathBuf,
    pub place: Place,
    pub feeds: Vec<Feed>,
    pub measures: Vec<Measure>,
    pub measure_problems: Vec<MeasureProblem>,
    pub pathways: Vec<Pathway>,
    /// Paths whose pressure is measured, and scales on which it is declared.
    pub pressure: pressure::Config,
    pub pressure_problems: Vec<MeasureProblem>,
    pub viewed: Viewed,
    /// What was found of each conversation.
    pub opinions: Opinions,
    /// Runs of its copy.
    pub futures: Futures,
    /// What people say and settle.
    pub said: Said,
    pub key: Key,
    pub lake: Lake,
    /// Where its neighbourhoods lie, if it says so.
    pub boundaries: Option<Boundaries>,
}

const STARTER: &str = include_str!("starter.toml");

/// Whether the place has a clock of its own, and by how many seconds that is ahead of the real one.
static OWN_CLOCK: OnceLock<AtomicI64> = OnceLock::new();

fn real() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The moment it is: by the place's own clock, where it is invented. Tests may say another.
pub fn now() -> Instant {
    let said = std::env::var("CATCHMENT_NOW").ok().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let ahead = OWN_CLOCK.get().map_or(0, |ahead| ahead.load(Relaxed));
    Instant(said.map_or_else(|| real() + ahead, jiff::Timestamp::as_second))
}

/// Something was done at `at`: the clock of an invented place, which begins anew whenever it is opened, is not before it.
pub fn not_before(at: Instant) {
    if let Some(ahead) = OWN_CLOCK.get() {
        ahead.fetch_max(at.0 - real(), Relaxed);
    }
}

/// Makes a place, or completes one whose `place.toml` is written. Says what was made.
pub fn init(folder: &Path, name: Option<&str>) -> Result<Vec<String>, Fault> {
    let mut made = Vec::new();
    let mut write = |path: PathBuf, text: &str| -> Result<(), Fault> {
        if !path.exists() {
            fs::write(&path, text).map_err(Fault::disk("write", &path))?;
            made.push(path.display().to_string());
        }
        Ok(())
    };
    for part in ["feeds", "measures", "pathways", "pressure"] {
        fs::create_dir_all(folder.join(part)).map_err(Fault::disk("make", folder))?;
    }
    let starter = match name {
        Some(name) => STARTER.replacen("\"Eastside\"", &format!("{name:?}"), 1),
        None => STARTER.to_owned(),
    };
    write(folder.join("place.toml"), &starter)?;
    read_place(folder)?;
    for (part, library) in
        [("measures", embedded::MEASURES), ("pathways", embedded::PATHWAYS), ("pressure", embedded::PRESSURE)]
    {
        // What organisations send may lie in a folder of the same name.
        let empty = files(&folder.join(part))?.is_empty();
        for (name, text) in library.iter().filter(|_| empty) {
            write(folder.join(part).join(name), text)?;
        }
        if empty && part == "measures" {
            let spec = folder.join("measures/spec");
            fs::create_dir_all(&spec).map_err(Fault::disk("make", &spec))?;
            for (name, text) in embedded::SPEC {
                write(spec.join(name), text)?;
            }
        }
    }
    let key = folder.join("vault.key");
    if !key.exists() {
        write_key(&key)?;
        made.push(key.display().to_string());
    }
    if !folder.join("lake/HEAD.json").exists() {
        Lake::create(folder.join("lake"), options())?;
        made.push(folder.join("lake").display().to_string());
    }
    Ok(made)
}

fn write_key(path: &Path) -> Result<(), Fault> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|wrong| Fault::new("the system gives no random bytes", "try again").because(wrong))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Fault::disk("write", path))?;
    writeln!(file, "{hex}").and_then(|()| file.sync_all()).map_err(Fault::disk("write", path))
}

fn read_key(path: &Path) -> Result<Key, Fault> {
    use std::os::unix::fs::PermissionsExt;
    let help = "the key was made by `catchment init`; without it the vault cannot be opened, so bring it back from your backup";
    let mode =
        fs::metadata(path).map_err(|wrong| Fault::disk("read", path)(wrong).help(help))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Fault::new(
            format!("{} can be read by others (mode {mode:o})", path.display()),
            format!("chmod 600 {}", path.display()),
        ));
    }
    let text = fs::read_to_string(path).map_err(Fault::disk("read", path))?;
    let text = text.trim();
    let mut bytes = [0u8; 32];
    let whole = text.len() == 64
        && bytes.iter_mut().enumerate().all(|(at, byte)| {
            text.get(at * 2..at * 2 + 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .map(|value| *byte = value)
                .is_some()
        });
    if !whole {
        return Err(Fault::new(format!("{} is not a key of 64 hexadecimal digits", path.display()), help));
    }
    Ok(Key::new(&bytes))
}

fn read_place(folder: &Path) -> Result<Place, Fault> {
    let path = folder.join("place.toml");
    if !path.exists() {
        return Err(Fault::new(
            format!("{} is not a place: it has no place.toml", folder.display()),
            format!("catchment init {}   makes one; `catchment demo` shows an invented one", folder.display()),
        ));
    }
    let text = fs::read_to_string(&path).map_err(Fault::disk("read", &path))?;
    Place::parse(&text).map_err(|wrong| in_file(&path, &text, wrong.line, &wrong.message, &wrong.help))
}

/// The outlines that `place.toml` names, if it names any.
fn read_boundaries(folder: &Path, place: &Place) -> Result<Option<Boundaries>, Fault> {
    let Some(name) = &place.boundaries else { return Ok(None) };
    let path = folder.join(name);
    let text = fs::read_to_string(&path).map_err(|wrong| {
        Fault::disk("read", &path)(wrong)
            .help("place.toml names it as `boundaries`: bring the file, or take the line out")
    })?;
    let wrong = |wrong: domain::BoundariesError| {
        let of = wrong.feature.as_ref().map_or_else(String::new, |feature| format!("{feature}: "));
        Fault::new(format!("{}: {of}{}", path.display(), wrong.message), wrong.help)
    };
    Boundaries::parse(&text, &place.boundary_name).map(Some).map_err(wrong)
}

/// Where each `.toml` of a folder lies, by name.
pub fn texts(folder: &Path) -> Vec<PathBuf> {
    files(folder).map(|files| files.into_iter().map(|file| file.0).collect()).unwrap_or_default()
}

/// Each `.toml` of a folder, by name.
fn files(folder: &Path) -> Result<Vec<(PathBuf, String)>, Fault> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry.map_err(Fault::disk("read", folder))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = fs::read_to_string(&path).map_err(Fault::disk("read", &path))?;
            found.push((path, text));
        }
    }
    found.sort();
    Ok(found)
}

/// The same with its name as a problem in it says it.
fn named(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    Ok(files(folder)?.into_iter().map(|(path, text)| (path.display().to_string(), text)).collect())
}

pub fn options() -> Options {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let kernels = vec![
        Kernel { name: "local_date", arguments: vec![time.clone()], answer: DataType::Date32, function: local_date },
        Kernel { name: "local_hour", arguments: vec![time], answer: DataType::Int32, function: local_hour },
        Kernel { name: "age_band", arguments: vec![DataType::Int32], answer: DataType::Utf8, function: age_band },
    ];
    Options { kernels, ..Options::default() }
}

/// The clock of the place that is open; a kernel is a plain function and has nowhere else to look.
static ZONE: OnceLock<Zone> = OnceLock::new();

fn by_zone<T: Clone>(columns: &[ArrayRef], of: impl Fn(&Zone, Instant) -> T) -> Result<Vec<Option<T>>, String> {
    let zone = ZONE.get().ok_or("no place is open")?;
    let times = columns[0].as_primitive_opt::<TimestampMicrosecondType>().ok_or("wants a timestamp")?;
    Ok((0..times.len())
        .map(|row| times.is_valid(row).then(|| of(zone, Instant::from_micros(times.value(row)))))
        .collect())
}

fn local_date(columns: &[ArrayRef]) -> Result<ArrayRef, String> {
    Ok(Arc::new(Date32Array::from(by_zone(columns, |zone, at| zone.date(at).0)?)))
}

fn local_hour(columns: &[ArrayRef]) -> Result<ArrayRef, String> {
    Ok(Arc::new(Int32Array::from(by_zone(columns, |zone, at| zone.hour(at) as i32)?)))
}

fn age_band(columns: &[ArrayRef]) -> Result<ArrayRef, String> {
    let ages = columns[0].as_primitive_opt::<Int32Type>().ok_or("wants an age in years")?;
    let bands = ages.iter().map(|age| age.map(|age| AGE_BANDS[domain::age_band(age)]));
    Ok(Arc::new(bands.collect::<StringArray>()))
}

impl Catchment {
    /// Opens a place.
    pub fn open(folder: &Path) -> Result<Catchment, Fault> {
        let place = read_place(folder)?;
        let mut feeds: Vec<Feed> = Vec::new();
        for (path, text) in files(&folder.join("feeds"))? {
            let feed = Feed::parse(&text, &place)
                .map_err(|wrong| in_file(&path, &text, wrong.line, &wrong.message, &wrong.help))?;
            if feeds.iter().any(|other| other.name == feed.name) {
                let message = format!("another feed is called '{}' already", feed.name);
                return Err(in_file(&path, &text, 1, &message, "give each feed its own name"));
            }
            feeds.push(feed);
        }
        let texts = named(&folder.join("measures"))?;
        let (measures, measure_problems) =
            measures::define::parse(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let texts = named(&folder.join("pressure"))?;
        let (pressure, pressure_problems) =
            pressure::parse(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let mut pathways: Vec<Pathway> = Vec::new();
        for (path, text) in files(&folder.join("pathways"))? {
            let pathway = Pathway::parse(&text)
                .map_err(|wrong| in_file(&path, &text, wrong.line, &wrong.message, &wrong.help))?;
            if pathways.iter().any(|other| other.id == pathway.id) {
                let message = format!("another pathway is called '{}' already", pathway.id);
                return Err(in_file(&path, &text, 1, &message, "give each pathway its own id"));
            }
            pathways.push(pathway);
        }
        let instruments = crate::joins::instruments(files(&folder.join("instruments"))?, &place)?;
        let _ = ZONE.set(place.zone.clone());
        if let Some(clock) = place.clock {
            let _ = OWN_CLOCK.set(AtomicI64::new(clock.0 - real()));
        }
        let key = read_key(&folder.join("vault.key"))?;
        let lake = Lake::open(folder.join("lake"), options())?;
        for (name, batch) in reference_tables(&place, &pathways) {
            lake.with_table(name, vec![batch])?;
        }
        let boundaries = read_boundaries(folder, &place)?;
        let published = feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|series| &series.series);
        let named = published.map(|rule| &rule.measure).chain(measures.iter().map(|measure| &measure.id));
        let pages = pathways.iter().map(|one| Page::Pathway(one.id.clone()));
        let pages = pages.chain(feeds.iter().map(|feed| Page::Source(feed.name.clone())));
        let library = Library::new(&place, named.cloned().collect(), pages);
        Ok(Catchment {
            folder: folder.to_owned(),
            place,
            feeds,
            measures,
            measure_problems,
            said: Said::of(folder).asking(instruments).naming(library),
            key,
            lake,
            boundaries,
            pathways,
            pressure,
            pressure_problems,
            viewed: Viewed::default(),
            opinions: Opinions::default(),
            futures: Futures::default(),
        })
    }

    /// Whether any load has landed.
    pub fn is_empty(&self) -> Result<bool, Fault> {
        Ok(!self.lake.tables()?.iter().any(|table| table.name == "stays" || table.name == "records"))
    }
}

/// `population`, `services`, `organisations`, `watched` (the handovers that it names) and `needs`, from `place.toml`, and the
/// steps of the `pathways`.
pub fn reference_tables(place: &Place, pathways: &[Pathway]) -> Vec<(&'static str, RecordBatch)> {
    let text = |values: Vec<&str>| Arc::new(StringArray::from(values)) as ArrayRef;
    let batch = |columns: Vec<(&str, ArrayRef)>| RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut rows = Vec::new();
    for neighbourhood in &place.neighbourhoods {
        for lsoa in &neighbourhood.lsoas {
            for (sex, counts) in [("female", &lsoa.female), ("male", &lsoa.male)] {
                for (band, people) in AGE_BANDS.iter().zip(counts) {
                    rows.push((
                        neighbourhood.name.as_str(),
                        i32::from(lsoa.deprivation),
                        *band,
                        sex,
                        i64::from(*people),
                    ));
                }
            }
        }
    }
    let population = batch(vec![
        ("neighbourhood", text(rows.iter().map(|row| row.0).collect())),
        ("deprivation", Arc::new(rows.iter().map(|row| row.1).collect::<Int32Array>())),
        ("age_band", text(rows.iter().map(|row| row.2).collect())),
        ("sex", text(rows.iter().map(|row| row.3).collect())),
        ("people", Arc::new(rows.iter().map(|row| row.4).collect::<Int64Array>())),
    ]);
    let sector = |id: &str| place.organisation(id).map_or("", |organisation| organisation.sector.name());
    let services = batch(vec![
        ("service", text(place.services.iter().map(|service| service.id.as_str()).collect())),
        ("name", text(place.services.iter().map(|service| service.name.as_str()).collect())),
        ("kind", text(place.services.iter().map(|service| service.kind.name()).collect())),
        ("organisation", text(place.services.iter().map(|service| service.organisation.as_str()).collect())),
        ("sector", text(place.services.iter().map(|service| sector(&service.organisation)).collect())),
        (
            "capacity",
            Arc::new(
                place.services.iter().map(|service| service.capacity.map(|beds| beds as i32)).collect::<Int32Array>(),
            ),
        ),
    ]);
    let organisations = batch(vec![
        ("organisation", text(place.organisations.iter().map(|organisation| organisation.id.as_str()).collect())),
        ("name", text(place.organisations.iter().map(|organisation| organisation.name.as_str()).collect())),
        ("sector", text(place.organisations.iter().map(|organisation| organisation.sector.name()).collect())),
    ]);
    let rules = &place.handovers;
    let watched = batch(vec![
        ("handover", text(rules.iter().map(|rule| rule.id.as_str()).collect())),
        ("name", text(rules.iter().map(|rule| rule.name.as_str()).collect())),
        ("from_kind", text(rules.iter().map(|rule| rule.from.map_or("home", |kind| kind.name())).collect())),
        ("to_kind", text(rules.iter().map(|rule| rule.to.name()).collect())),
        ("standard_minutes", Arc::new(rules.iter().map(|rule| rule.standard_minutes).collect::<Float64Array>())),
    ]);
    let needs = batch(vec![
        ("need", text(place.needs.iter().map(|need| need.id.as_str()).collect())),
        ("name", text(place.needs.iter().map(|need| need.name.as_str()).collect())),
    ]);
    let steps: Vec<(&Pathway, usize, &Step)> = pathways
        .iter()
        .flat_map(|pathway| pathway.steps.iter().enumerate().map(move |(at, step)| (pathway, at, step)))
        .collect();
    let pathways = batch(vec![
        ("pathway", text(steps.iter().map(|(pathway, ..)| pathway.id.as_str()).collect())),
        ("title", text(steps.iter().map(|(pathway, ..)| pathway.title.as_str()).collect())),
        ("step", Arc::new(steps.iter().map(|(_, at, _)| *at as i32).collect::<Int32Array>())),
        ("name", text(steps.iter().map(|(.., step)| step.name.as_str()).collect())),
        ("optional", Arc::new(steps.iter().map(|(.., step)| Some(step.optional)).collect::<BooleanArray>())),
        ("within_minutes", Arc::new(steps.iter().map(|(.., step)| step.within_minutes).collect::<Float64Array>())),
    ]);
    vec![
        ("population", population),
        ("services", services),
        ("organisations", organisations),
        ("watched", watched),
        ("needs", needs),
        ("pathways", pathways),
    ]
}
