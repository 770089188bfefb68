//! The place simulated: the models and scenarios of its folder, and runs that go on while a page tells how far they are.

use crate::ask::{Ask, Trial, Wrong};
use crate::fault::{Fault, in_file};
use crate::place::{Catchment, embedded};
use crate::progress::Progress;
use crate::view::{Reader, Watched};
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use domain::{Date, Instant};
use foresee::calibrate::forecast::{self, Ends, Ensemble, Margins, Plan};
use foresee::calibrate::learn::{self, Learned, Reach, Records};
use foresee::calibrate::rows;
use foresee::calibrate::score::{self, Came, Chance, Line, Odds, Scored, Trust};
use foresee::project::need::{self, Need};
use foresee::project::segment::Used;
use foresee::project::{cohort, forecast as project};
use foresee::simulate::model::Model;
use foresee::simulate::scenario::{
    Aim, Bar, Change, Comparison, Found, Lever, Pairs, Scenario, levers, smallest, tornado,
};
use foresee::simulate::{self, Compiled, Options, Outcome};
use measures::pressure;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time;

/// Runs that are kept; the oldest makes room.
const KEPT: usize = 64;
/// Pairs of runs of a change, at the most.
const PAIRS: usize = 160;
/// Pairs before anything is said.
const FIRST: usize = 20;
/// A change is tried until its effect on all waiting is known to so much of the waiting there is.
const WITHIN: f64 = 0.02;
/// The key of all chance, unless said: the same address is always answered alike.
pub const SEED: u64 = 1;
/// 19 in 20.
pub const CONFIDENCE: f64 = 0.95;

/// What the copy of a place is made of, in its folder.
const FILES: [&str; 4] = ["models", "scenarios", "need", "forecasts.jsonl"];

/// Names and times of files, in short.
#[derive(Default)]
struct Stamp(blake3::Hasher);

impl Stamp {
    fn add(&mut self, name: &str, seconds: i64, nanoseconds: i64, bytes: u64) {
        self.0.update(format!("{name}\0{seconds}\0{nanoseconds}\0{bytes}\0").as_bytes());
    }

    fn text(&self) -> String {
        self.0.finalize().to_hex()[..12].to_owned()
    }
}

/// A run is of an address and of what is run: when a file changes, or what need says of a year, it is another.
pub fn key(ask: &Ask, models: &[&Model]) -> String {
    let digests: Vec<String> = models.iter().map(|model| simulate::run::digest(model)).collect();
    format!("{}\n{}", ask.address(), digests.join("\n"))
}

fn address_of(key: &str) -> &str {
    key.split('\n').next().unwrap_or_default()
}

/// A model of the place.
pub struct Known {
    /// The name of its file.
    pub id: String,
    pub file: PathBuf,
    pub model: Model,
}

/// A file of `scenarios/`.
pub struct Written {
    pub id: String,
    pub scenario: Scenario,
}

/// A change that can be tried: the place as it is, and with it.
pub struct Tried {
    pub id: String,
    /// Whether it was learnt from journeys.
    pub learnt: bool,
    pub base: Model,
    pub changed: Model,
    pub changes: Vec<Change>,
    pub title: String,
    pub about: String,
}

fn named(folder: &Path) -> Result<Vec<(String, PathBuf)>, Fault> {
    let mut all: Vec<(String, PathBuf)> = crate::place::texts(folder)
        .into_iter()
        .filter_map(|file| Some((file.file_stem()?.to_str()?.to_owned(), file)))
        .collect();
    all.sort();
    Ok(all)
}

/// Reads a model file, and says what makes no sense in it.
pub fn read_model(file: &Path) -> Result<Model, Fault> {
    let text = fs::read_to_string(file).map_err(Fault::disk("read", file))?;
    match simulate::check::read(&text) {
        Ok((model, _)) => Ok(model),
        Err(wrong) => Err(match wrong.problems.iter().find(|problem| problem.fatal) {
            Some(first) => {
                let help = if first.help.is_empty() { "docs/models.md tells every key" } else { &first.help };
                match first.line {
                    Some(line) => in_file(file, &text, line, &first.message, help),
                    None => Fault::new(format!("{}: {}: {}", file.display(), first.at, first.message), help),
                }
            }
            None => Fault::new(format!("{}: {wrong}", file.display()), "docs/models.md tells every key"),
        }),
    }
}

/// The models of a place, by name.
pub fn models(at: &Catchment) -> Result<Vec<(String, PathBuf)>, Fault> {
    named(&at.folder.join("models"))
}

/// A model by name, or the first.
pub fn model(at: &Catchment, wanted: Option<&str>) -> Result<Option<Known>, Wrong> {
    let all = models(at)?;
    let found = match wanted {
        None => all.into_iter().next(),
        Some(name) => match all.iter().find(|known| known.0 == name).cloned() {
            Some(known) => Some(known),
            None => {
                let links = all
                    .iter()
                    .map(|(id, _)| show::Link::new(id.clone(), format!("/simulate?model={}", show::escape(id))));
                return Err(Wrong::NoSuch {
                    what: "model".to_owned(),
                    name: name.to_owned(),
                    like: crate::view::nearest(name, links.collect::<Vec<_>>()),
                });
            }
        },
    };
    Ok(match found {
        None => None,
        Some((id, file)) => Some(Known { model: read_model(&file)?, id, file }),
    })
}

/// The copy that was learnt here, rather than one that somebody wrote.
pub fn copy(at: &Catchment, wanted: Option<&str>) -> Result<Option<Known>, Wrong> {
    let learnt = models(at)?.into_iter().find(|(_, file)| is_learnt(file)).map(|known| known.0);
    model(at, wanted.map(str::to_owned).or(learnt).as_deref())
}

/// Whether a model was learnt from journeys, so that its forecasts can be held against what happens.
pub fn is_learnt(file: &Path) -> bool {
    lessons_of(file).exists()
}

/// The scenarios that somebody wrote down.
pub fn scenarios(at: &Catchment) -> Result<Vec<Written>, Fault> {
    named(&at.folder.join("scenarios"))?
        .into_iter()
        .map(|(id, file)| Ok(Written { scenario: read_scenario(&file)?, id }))
        .collect()
}

/// Reads a scenario as it stands today: where it wants the demand of a year, by what the place's projection of need says now.
pub fn read_today(file: &Path, model: &Model) -> Result<Scenario, Fault> {
    let scenario = read_scenario(file)?;
    let Some(year) = scenario.year else { return Ok(scenario) };
    let need = file.parent().and_then(Path::parent).unwrap_or(Path::new("")).join("need/need.toml");
    if !need.exists() {
        return Err(Fault::new(
            format!("{} asks for the demand of {year}, and there is no {}", file.display(), need.display()),
            "docs/need.md tells what the tables of need hold",
        ));
    }
    let need = read_need(&need, &[])?;
    let wrong = |wrong: &dyn std::error::Error| {
        Fault::new(crate::out::chain(wrong), "docs/need.md tells what each table holds")
    };
    // The middle of each range is one run; the others would only say how wide it is.
    let years = usize::try_from(year.saturating_sub(need.year)).unwrap_or(0).clamp(1, FURTHEST);
    if year > need.year + FURTHEST as i32 || year < need.year {
        return Err(Fault::new(
            format!(
                "{} asks for the demand of {year}: need is projected from {} on, {FURTHEST} years",
                file.display(),
                need.year
            ),
            "choose a year within",
        ));
    }
    let forecast = project::project(&need, years, SEED, 1).map_err(|error| wrong(&error))?;
    scenario.with_demand(&project::factors(&forecast, year, model)).map_err(|error| wrong(&error))
}

/// Years ahead that need is projected for a scenario, at the most.
const FURTHEST: usize = 60;

/// Reads a scenario with all that it inherits from the files beside it.
pub fn read_scenario(file: &Path) -> Result<Scenario, Fault> {
    let text = fs::read_to_string(file).map_err(Fault::disk("read", file))?;
    let beside = |name: &str| fs::read_to_string(file.with_file_name(format!("{name}.toml"))).ok();
    Scenario::parse(&text).and_then(|scenario| scenario.resolve(&beside)).map_err(|wrong| {
        in_file(file, &text, wrong.line, &wrong.why, "docs/scenarios.md tells how changes are written")
    })
}

/// The changes of an address; one that cannot be read says how it is written.
fn changes(trial: &Trial) -> Result<Vec<Change>, Wrong> {
    let texts = trial.change.as_deref().unwrap_or_default().split(';').map(str::trim).filter(|text| !text.is_empty());
    texts
        .map(|text| {
            text.parse::<Change>().map_err(|wrong| Wrong::Unclear {
                field: "change".to_owned(),
                text: text.to_owned(),
                help: format!("{wrong}. Write it like home-care:places:+10"),
            })
        })
        .collect()
}

/// What an address wants tried on a model.
pub fn tried(at: &Catchment, known_model: Known, trial: &Trial) -> Result<Tried, Wrong> {
    let mut all = Vec::new();
    let (mut title, mut about) = (String::new(), String::new());
    if let Some(name) = &trial.scenario {
        let file = at.folder.join("scenarios").join(format!("{name}.toml"));
        let known = named(&at.folder.join("scenarios"))?;
        if !known.iter().any(|known| known.0 == *name) {
            let links = known
                .iter()
                .map(|(id, _)| show::Link::new(id.clone(), format!("/simulate/run?scenario={}", show::escape(id))));
            return Err(Wrong::NoSuch {
                what: "scenario".to_owned(),
                name: name.clone(),
                like: crate::view::nearest(name, links.collect::<Vec<_>>()),
            });
        }
        let scenario = read_today(&file, &known_model.model)?;
        (title, about) = (scenario.title.clone(), scenario.about.clone());
        all.extend(scenario.changes);
    }
    all.extend(changes(trial)?);
    let Known { id, model: base, file } = known_model;
    let learnt = is_learnt(&file);
    let scenario = Scenario::of(&title, all.clone());
    let changed = simulate::scenario::apply(&base, &scenario).map_err(|wrong| Wrong::Unclear {
        field: "change".to_owned(),
        text: trial.change.clone().or(trial.scenario.clone()).unwrap_or_default(),
        help: wrong.why,
    })?;
    if title.is_empty() {
        let said: Vec<String> = all.iter().map(|change| change.sentence(&base)).collect();
        title = if said.is_empty() { "Nothing is changed".to_owned() } else { said.join("; ") };
    }
    Ok(Tried { id, learnt, base, changed, changes: all, title, about })
}

/// What came of a job.
pub enum Answer {
    /// A change, with and without.
    Run(Box<Ran>),
    /// What would have to be true.
    Aim(Box<Aimed>),
}

pub struct Ran {
    pub tried: Tried,
    pub comparison: Comparison,
    /// All was done that was wanted; otherwise somebody stopped it.
    pub complete: bool,
}

pub struct Aimed {
    pub learnt: bool,
    pub model: Model,
    pub aim: Aim,
    pub lever: Lever,
    pub found: Found,
    pub bars: Vec<Bar>,
}

/// How far a job is.
#[derive(Clone, Default)]
pub struct Far {
    pub done: usize,
    pub of: usize,
    pub early: Vec<String>,
}

/// Something that takes longer than a reader waits.
pub struct Job {
    begun: time::Instant,
    stop: AtomicBool,
    stage: Mutex<Stage>,
    over: Condvar,
}

#[derive(Default)]
struct Stage {
    far: Far,
    answer: Option<Result<Arc<Answer>, String>>,
}

impl Job {
    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answer(&self) -> Option<Result<Arc<Answer>, String>> {
        self.lock().answer.clone()
    }

    pub fn far(&self) -> Far {
        self.lock().far.clone()
    }

    /// How long it may still take.
    pub fn seconds_left(&self) -> Option<f64> {
        let Far { done, of, .. } = self.far();
        (done > 0).then(|| self.begun.elapsed().as_secs_f64() / done as f64 * of.saturating_sub(done) as f64)
    }

    /// Ends it soon, with what it has.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn tell(&self, far: Far) {
        self.lock().far = far;
    }

    /// Until it is over.
    fn wait(&self) {
        let _over = self.over.wait_while(self.lock(), |stage| stage.answer.is_none());
    }
}

/// Jobs by address.
#[derive(Default)]
pub struct Futures {
    jobs: Mutex<Vec<(String, Arc<Job>)>>,
    /// One job uses every core.
    turn: Arc<Mutex<()>>,
}

impl Futures {
    fn lock(&self) -> MutexGuard<'_, Vec<(String, Arc<Job>)>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the newest run of an address is at, with all that runs rest on: the files of the copy.
    pub fn stage(&self, folder: &Path, address: &str) -> String {
        use std::os::unix::fs::MetadataExt;
        let mut stamp = Stamp::default();
        for part in FILES {
            let path = folder.join(part);
            let inside = fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
            for file in inside.chain([path.clone()]) {
                if let Ok(known) = fs::metadata(&file) {
                    stamp.add(&file.to_string_lossy(), known.mtime(), known.mtime_nsec(), known.len());
                }
            }
        }
        let going = self.lock().iter().rev().find(|known| address_of(&known.0) == address).map(|known| known.1.clone());
        let stage = going.map_or("new".to_owned(), |job| match job.answer() {
            Some(_) => "over".to_owned(),
            None => job.far().done.to_string(),
        });
        format!("{}-{stage}", stamp.text())
    }

    /// Ends the runs of an address soon.
    pub fn stop(&self, address: &str) {
        self.lock().iter().filter(|known| address_of(&known.0) == address).for_each(|known| known.1.stop());
    }

    /// Waits for a run that goes on, if one does.
    pub fn wait(&self) -> bool {
        let going = self.lock().iter().find(|known| known.1.answer().is_none()).map(|known| known.1.clone());
        going.is_some_and(|job| {
            job.wait();
            true
        })
    }

    /// The job of a key, begun if it is not yet.
    pub fn ask(&self, key: String, work: impl FnOnce(&Job) -> Result<Answer, String> + Send + 'static) -> Arc<Job> {
        let mut jobs = self.lock();
        if let Some((_, job)) = jobs.iter().find(|known| known.0 == key) {
            return job.clone();
        }
        let job = Arc::new(Job {
            begun: time::Instant::now(),
            stop: AtomicBool::new(false),
            stage: Mutex::default(),
            over: Condvar::new(),
        });
        if jobs.len() >= KEPT {
            // The oldest that is over goes; one that goes on is stopped.
            let at = jobs.iter().position(|known| known.1.answer().is_some()).unwrap_or(0);
            jobs.remove(at).1.stop();
        }
        jobs.push((key, job.clone()));
        let (own, turn) = (job.clone(), self.turn.clone());
        std::thread::spawn(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&own)))
                .unwrap_or_else(|_| Err("the run broke off".to_owned()));
            own.lock().answer = Some(answer.map(Arc::new));
            own.over.notify_all();
        });
        job
    }
}

/// Runs a change and the place as it is on the same people until the effect is known well enough, or somebody stops it.
pub fn run(job: &Job, tried: Tried) -> Result<Answer, String> {
    let said = |wrong: &dyn std::error::Error| crate::out::chain(wrong);
    let base = Compiled::new(&tried.base).map_err(|wrong| said(&wrong))?;
    let changed = Compiled::new(&tried.changed).map_err(|wrong| said(&wrong))?;
    let options = Options::default();
    let mut pairs = Pairs::new(&tried.base, &tried.changed, CONFIDENCE);
    let wave = rayon::current_num_threads() * 2;
    let mut needed = PAIRS;
    while pairs.count() < needed && !job.is_stopped() {
        let from = pairs.count();
        let outcomes: Vec<(Outcome, Outcome)> = (from..from + wave)
            .into_par_iter()
            .map(|replication| {
                let one = |model| simulate::replicate(model, SEED, replication as u64, &options);
                (one(&base), one(&changed))
            })
            .collect();
        outcomes.iter().for_each(|(without, with)| pairs.push(without, with));
        let count = pairs.count();
        if count >= FIRST {
            let so_far = pairs.comparison();
            let width = WITHIN * so_far.total.without.mean.abs();
            let half = so_far.total.paired.difference.half_width;
            let more = if width > 0.0 { (count as f64 * (half / width).powi(2)).ceil() as usize } else { count };
            needed = more.clamp(FIRST, PAIRS);
            job.tell(Far { done: count, of: needed.max(count), early: vec![so_far.headline] });
        } else {
            job.tell(Far { done: count, of: needed, early: Vec::new() });
        }
    }
    let complete = pairs.count() >= needed;
    if pairs.count() < 2 {
        return Err("it was stopped before it could say anything".to_owned());
    }
    let comparison = pairs.comparison();
    Ok(Answer::Run(Box::new(Ran { tried, comparison, complete })))
}

/// Looks for the smallest change that meets an aim, and for what matters most to it.
pub fn aim(job: &Job, model: Model, learnt: bool, aim: Aim, lever: Lever) -> Result<Answer, String> {
    /// Replications of one value, at the most.
    const MOST: usize = 80;
    /// Replications of each bar of the tornado.
    const EACH: usize = 20;
    let stopped = || "it was stopped before it had an answer".to_owned();
    let said = |wrong: &dyn std::error::Error| crate::out::chain(wrong);
    let numbers = |model: &Model, from: usize, to: usize| -> Result<Vec<f64>, String> {
        let compiled = Compiled::new(model).map_err(|wrong| said(&wrong))?;
        let options = Options::default();
        if job.is_stopped() {
            return Err(stopped());
        }
        Ok((from..to)
            .into_par_iter()
            .map(|replication| aim.value(model, &simulate::replicate(&compiled, SEED, replication as u64, &options)))
            .collect())
    };
    let with = |change: &Change| {
        simulate::scenario::apply(&model, &Scenario::of("", vec![change.clone()])).map_err(|wrong| wrong.why)
    };
    let all = levers(&model, 0.1);
    let of = all.len() * 2 + 12;
    let mut done = 0;
    let mut far = |early: Vec<String>| {
        done += 1;
        job.tell(Far { done: done.min(of - 1), of, early });
    };
    let found = smallest(&lever, aim.limit, MOST, CONFIDENCE, |value, from, to| {
        far(Vec::new());
        numbers(&with(&lever.change(value))?, from, to)
    })?;
    let early = vec![found.sentence(&aim, &lever, &model)];
    let bars = tornado(&all, CONFIDENCE, |change| {
        far(early.clone());
        match change {
            None => numbers(&model, 0, EACH).map(Some),
            Some(change) => with(change).map_or(Ok(None), |model| numbers(&model, 0, EACH).map(Some)),
        }
    })?;
    Ok(Answer::Aim(Box::new(Aimed { learnt, aim: aim.clone(), model: model.clone(), lever, found, bars })))
}

/// The tables of who lives here and what they ask for, if the place has them.
pub fn need(at: &Catchment) -> Result<Option<Need>, Fault> {
    let file = at.folder.join("need/need.toml");
    if !file.exists() {
        return Ok(None);
    }
    let known: Vec<&str> = at.place.neighbourhoods.iter().map(|known| known.name.as_str()).collect();
    read_need(&file, &known).map(Some)
}

/// The same with its segments counted from the records of the last year or two, where the place has rules for that, and a sentence
/// on what was counted.
pub fn counted(reader: &Reader, mut need: Need) -> Result<(Need, Option<String>), Fault> {
    let (Some(until), Some(first)) = (reader.as_of(), reader.first_week()) else { return Ok((need, None)) };
    if need.rules.is_empty() || !reader.has("stays") {
        return Ok((need, None));
    }
    let query = format!(
        "select person, kind, sex, cast(age as bigint) as age, coalesce(outcome = 'died', false) as died,
         started < to_timestamp_micros({newest}) as before, count(*) as times from stays
         where started is not null and started >= to_timestamp_micros({oldest}) and started <= to_timestamp_micros({last})
         and age is not null and sex in ('female', 'male') group by 1, 2, 3, 4, 5, 6",
        newest = until.micros() - YEAR,
        oldest = until.micros() - 2 * YEAR,
        last = until.micros()
    );
    let wrong = |wrong: arrow::error::ArrowError| {
        Fault::new(format!("stays cannot be read: {wrong}"), "catchment doctor looks the place over")
    };
    let mut years: [BTreeMap<i64, Used>; 2] = Default::default();
    for batch in reader.batches(&query)? {
        let of = |at: usize, wanted: &DataType| cast(batch.column(at), wanted).map_err(wrong);
        let (kinds, sexes) = (of(1, &DataType::Utf8)?, of(2, &DataType::Utf8)?);
        let (people, ages, times) = (of(0, &DataType::Int64)?, of(3, &DataType::Int64)?, of(6, &DataType::Int64)?);
        let (died, before) = (of(4, &DataType::Boolean)?, of(5, &DataType::Boolean)?);
        let number = |column: &Arc<dyn Array>, row: usize| column.as_primitive::<Int64Type>().value(row);
        for row in 0..batch.num_rows() {
            let year = usize::from(!before.as_boolean().value(row));
            let used = years[year].entry(number(&people, row)).or_default();
            let is_female = sexes.as_string::<i32>().value(row) == "female";
            used.sex = if is_female { cohort::FEMALE } else { cohort::MALE };
            used.age = used.age.max((number(&ages, row).max(0) as usize).min(cohort::AGES - 1));
            used.died |= died.as_boolean().value(row);
            let kind = kinds.as_string::<i32>().value(row).to_owned();
            *used.kinds.entry(kind).or_default() += number(&times, row).max(0) as u32;
        }
    }
    let [before, last] = years.map(|year| year.into_iter().collect::<Vec<_>>());
    if last.is_empty() {
        return Ok((need, None));
    }
    let mut people: cohort::People = [[0.0; cohort::AGES]; 2];
    for area in &need.areas {
        for (sum, of) in people.iter_mut().flatten().zip(area.people.iter().flatten()) {
            *sum += of;
        }
    }
    // Two whole years, to within a fortnight.
    let days = reader.zone().date(until).0 - first.0;
    let years = if days >= 716 { vec![before, last] } else { vec![last] };
    let (segments, told) = need.segments.counted(&need.rules, &people, &years);
    need.segments = segments;
    Ok((need, Some(told.words())))
}

/// A year of 365 days, in microseconds.
const YEAR: i64 = 365 * 86_400 * 1_000_000;

/// Reads `need.toml` and the tables beside it; `known` are the neighbourhoods there are, or none where any name will do.
pub fn read_need(file: &Path, known: &[&str]) -> Result<Need, Fault> {
    let text = fs::read_to_string(file).map_err(Fault::disk("read", file))?;
    let open = |name: &str| fs::read_to_string(file.with_file_name(name)).map_err(|wrong| wrong.to_string());
    need::read(&text, open, known).map_err(|wrong| {
        let beside = file.with_file_name(&wrong.file);
        match (wrong.line, fs::read_to_string(&beside)) {
            (Some(line), Ok(text)) => in_file(&beside, &text, line as usize, &wrong.what, &wrong.way_out),
            _ => Fault::new(format!("{}: {}", beside.display(), wrong.what), wrong.way_out),
        }
    })
}

/// What the place's own records say of visits, up to the last moment that they know of.
pub fn records(reader: &Reader) -> Result<Option<Records>, Fault> {
    let place = &reader.place().place;
    let Some(until) = reader.as_of() else { return Ok(None) };
    let batches = reader.batches(rows::VISITS)?;
    let wrong = |wrong: arrow::error::ArrowError| {
        Fault::new(format!("visits cannot be read: {wrong}"), "catchment doctor looks the place over")
    };
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut columns = Vec::new();
    for batch in &batches {
        let of = |name: &str, wanted: &DataType| match batch.column_by_name(name) {
            Some(column) => cast(column, wanted).map_err(wrong),
            None => Err(Fault::new(format!("visits have no column {name}"), "")),
        };
        let times = ["asked", "started", "ready", "ended"].map(|name| of(name, &utc));
        let words = ["service", "class", "next", "from_service", "outcome"].map(|name| of(name, &DataType::Utf8));
        let [asked, started, ready, ended] = times;
        let [service, class, next, from, outcome] = words;
        columns.push((
            of("person", &DataType::Int64)?,
            [asked?, started?, ready?, ended?],
            [service?, class?, next?, from?, outcome?],
        ));
    }
    let rows = columns.iter().flat_map(|(person, times, words)| {
        let person = person.as_primitive::<Int64Type>();
        (0..person.len()).map(move |row| {
            let time = |at: usize| {
                let column = times[at].as_primitive::<TimestampMicrosecondType>();
                column.is_valid(row).then(|| Instant::from_micros(column.value(row)))
            };
            let word = |at: usize| {
                let column = words[at].as_string::<i32>();
                column.is_valid(row).then(|| column.value(row))
            };
            rows::Row {
                person: person.value(row),
                service: word(0).unwrap_or_default(),
                class: word(1).unwrap_or_default(),
                next: word(2),
                from: word(3),
                outcome: word(4),
                asked: time(0),
                started: time(1),
                ready: time(2),
                ended: time(3),
            }
        })
    });
    // From a midnight, so that hours are hours of the clock. Who came before that and is still there is known, but not how many came.
    let Some(first) = reader.first_week().filter(|_| rows.clone().next().is_some()) else { return Ok(None) };
    let since = place.zone.midnight(first);
    Ok(Some(rows::records(place, rows, since, until)))
}

/// What was learned with a model, beside its file.
fn lessons_of(file: &Path) -> PathBuf {
    file.with_extension("learned.json")
}

/// Learns a copy of the place from all of its journeys and writes it: the model, and beside it what was learned from how many.
pub fn calibrate(reader: &Reader, out: Option<&Path>) -> Result<(PathBuf, Learned), Fault> {
    let at = reader.place();
    let nothing =
        || Fault::new("there are no journeys to learn from", format!("catchment add {} FILES", at.folder.display()));
    let records = records(reader)?.ok_or_else(nothing)?;
    let wrong =
        |wrong: learn::LearnError| Fault::new(crate::out::chain(&wrong), "docs/calibrate.md tells what is needed");
    let learned = records.known(records.to).and_then(|known| known.learn(Reach::ALL)).map_err(wrong)?;
    let file = out.map_or_else(|| at.folder.join("models/learned.toml"), Path::to_owned);
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(Fault::disk("make", folder))?;
    }
    let told = serde_json::json!({"lessons": learned.lessons, "joins": learned.joins}).to_string();
    for (file, text) in [(lessons_of(&file), told), (file.clone(), learned.model.to_toml())] {
        // Whole or not at all: the page may be reading it.
        let fresh = file.with_extension("new");
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &file)).map_err(Fault::disk("write", &file))?;
    }
    Ok((file, learned))
}

/// Forecasts that were made and what became of them: lines that are only ever added to.
fn forecasts_of(folder: &Path) -> PathBuf {
    folder.join("forecasts.jsonl")
}

/// Every line of what was forecast. A last line without its end broke off before it was acknowledged, and is left out.
pub fn told(folder: &Path) -> Result<Vec<Line>, Fault> {
    let file = forecasts_of(folder);
    match fs::read_to_string(&file) {
        Ok(text) => text[..whole_lines(&text)]
            .lines()
            .enumerate()
            .map(|(at, line)| {
                let help = "bring the file back from your backup, or take the line out";
                serde_json::from_str(line).map_err(|wrong| in_file(&file, &text, at + 1, &wrong.to_string(), help))
            })
            .collect(),
        Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(wrong) => Err(Fault::disk("read", &file)(wrong)),
    }
}

/// The bytes of a file of lines up to the end of its last whole one.
fn whole_lines(text: &str) -> usize {
    text.rfind('\n').map_or(0, |end| end + 1)
}

/// Handovers by the kinds of service that they join, as the place calls them.
fn handovers(at: &Catchment) -> HashMap<(String, String), String> {
    let rules = at.place.handovers.iter().rev();
    rules
        .map(|rule| {
            ((rule.from.map_or("home", |kind| kind.name()).to_owned(), rule.to.name().to_owned()), rule.id.clone())
        })
        .collect()
}

/// Nights of the past on which the copy is tried when it is new.
const NIGHTS: i32 = 7;

/// Holds what was forecast against what has happened since, and forecasts the next days, once for each day that the records
/// know of. A place without forecasts is first tried on its last nights, each with what was known then. Says how many were scored.
pub fn night(reader: &Reader, progress: &Progress) -> Result<usize, Fault> {
    let at = reader.place();
    let before = fs::metadata(forecasts_of(&at.folder)).map_or(0, |known| known.len() as usize);
    let lines = told(&at.folder)?;
    let Some(as_of) = reader.as_of() else { return Ok(0) };
    let made = |line: &Line| if let Line::Made(made) = line { Some(made.made) } else { None };
    let newest = lines.iter().filter_map(made).max();
    if newest.is_some_and(|newest| newest / 86_400 >= as_of.0 / 86_400) {
        return Ok(0);
    }
    let Some(records) = records(reader)? else { return Ok(0) };
    let learn_wrong =
        |wrong: learn::LearnError| Fault::new(crate::out::chain(&wrong), "docs/calibrate.md tells what is needed");
    let wrong = |wrong: forecast::ForecastError| {
        Fault::new(crate::out::chain(&wrong), "docs/calibrate.md tells what is needed")
    };
    let known = records.known(records.to).map_err(learn_wrong)?;
    let names = handovers(at);
    let plan = Plan::DAYS;
    // Ranges of 90 in 100 need fewer runs than the forecast that is looked at.
    let brief = Plan { replications: 100, ..Plan::DAYS };
    let mut fresh: Vec<Line> = Vec::new();
    // Hours of the window are hours of the clock here; what was made is named by the clock of the world.
    let hour = |seconds: i64| rows::hours(&at.place, Instant(as_of.0), Instant(seconds)) + records.to;
    let severe = Severe::of(reader, &records)?;
    if newest.is_none() {
        let bar = progress.count("looking back", NIGHTS as u64);
        for night in (1..=NIGHTS).rev() {
            let moment = records.to - f64::from(night) * 24.0;
            if moment >= BACK {
                let none = Margins::default();
                let (ensemble, scored) =
                    forecast::looked_back(&records, &known, Reach::NOW, &names, moment, &brief, &none)
                        .map_err(wrong)?;
                let when = as_of.0 - i64::from(night) * 86_400;
                // What lies beyond the last record has not happened yet.
                let past = |line: &Scored| moment + line.to <= records.to + 1e-9;
                fresh.extend(scored.into_iter().filter(past).map(|line| Line::Scored(Scored { made: when, ..line })));
                let then = records.known(moment).map_err(learn_wrong)?;
                let said = severe.chances(&then, &ensemble, "backtest", when);
                fresh.extend(said.iter().filter_map(|chance| severe.came(chance)).map(Line::Came));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
    }
    let scored: HashSet<(i64, String, score::What, u64)> = lines
        .iter()
        .filter_map(|line| {
            if let Line::Scored(scored) = line {
                Some((scored.made, scored.of.clone(), scored.what, scored.to.to_bits()))
            } else {
                None
            }
        })
        .collect();
    let learned = known.learn(Reach::NOW).map_err(learn_wrong)?;
    let series = forecast::series(&records, &learned, &names);
    for line in &lines {
        let Line::Made(made) = line else { continue };
        let begun = hour(made.made);
        let is_new = !scored.contains(&(made.made, made.of.clone(), made.what, made.to.to_bits()));
        if !is_new || begun + made.to > records.to + 1e-9 || begun < 0.0 {
            continue;
        }
        let Some(of) = series.iter().find(|series| series.what == made.what && series.of == made.of) else { continue };
        let seen = known.observed(of, &[begun + made.from, begun + made.to]);
        fresh.extend(seen.first().and_then(|seen| made.score(*seen)).map(Line::Scored));
    }
    let told: HashSet<(i64, &str, &str)> = lines.iter().filter_map(Line::came).map(Came::key).collect();
    let said = lines.iter().filter_map(Line::chance).filter(|chance| !told.contains(&chance.key()));
    fresh.extend(said.filter_map(|chance| severe.came(chance)).map(Line::Came));
    let past: Vec<&Scored> = lines
        .iter()
        .chain(&fresh)
        .filter_map(|line| if let Line::Scored(scored) = line { Some(scored) } else { None })
        .collect();
    let margins = Margins::of(past);
    let ensemble = progress.saying("forecasting", || forecast::ahead(&learned, &series, &plan)).map_err(wrong)?;
    let ensemble = ensemble.widened(&margins);
    let digest = simulate::run::digest(&learned.model);
    let count = fresh.len();
    fresh.extend(ensemble.lines(&digest, as_of.0).into_iter().map(Line::Made));
    fresh.extend(severe.chances(&known, &ensemble, &digest, as_of.0).into_iter().map(Line::Chance));
    let mut text = String::new();
    for line in &fresh {
        text.push_str(
            &serde_json::to_string(line)
                .map_err(|wrong| Fault::new("a forecast cannot be written", "").because(wrong))?,
        );
        text.push('\n');
    }
    let file = forecasts_of(&at.folder);
    let append = || {
        let mut out = fs::OpenOptions::new().create(true).read(true).append(true).open(&file)?;
        // One at a time: a server and a command may both have seen the day come. Who comes second finds it done.
        out.lock()?;
        let mut known = String::new();
        out.read_to_string(&mut known)?;
        if known.len() > before {
            return Ok(false);
        }
        // What broke off before would spoil the first line that follows it.
        out.set_len(whole_lines(&known) as u64)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        Ok(true)
    };
    Ok(if append().map_err(Fault::disk("write", &file))? { count } else { 0 })
}

/// Days of which what the ledger counts beside the copy is taken.
const BESIDE: usize = 28;

/// The paths that are watched for pressure, and the days on which they were under it.
struct Severe<'r> {
    watched: Vec<Watched<'r>>,
    /// The day on which the window of the records begins.
    begun: Date,
}

impl<'r> Severe<'r> {
    fn of(reader: &'r Reader, records: &Records) -> Result<Severe<'r>, Fault> {
        let begun = reader.first_week().unwrap_or(Date(0));
        Ok(Severe { watched: reader.watched(Date(begun.0 + whole_days(records.to) - 1))?, begun })
    }

    /// The chance that each of the next days is under pressure, path by path, with what was known then.
    fn chances(&self, known: &learn::Known<'_>, ensemble: &Ensemble, model: &str, made: i64) -> Vec<Chance> {
        let mut chances = Vec::new();
        let over = whole_days(known.now);
        for Watched { path, handovers, first, ends } in &self.watched {
            let past = |end: &[Option<f64>]| {
                end.iter().copied().take((self.begun.0 + over - first.0).max(0) as usize).collect::<Vec<_>>()
            };
            let read = [past(&ends[0]), past(&ends[1])];
            let states = pressure::state(&read[0], &read[1], &path.cuts, pressure::Usual::DAILY.before);
            let judged: Vec<bool> = states.iter().filter_map(severe_state).collect();
            if judged.is_empty() {
                continue;
            }
            let usual = judged.iter().filter(|severe| **severe).count() as f64 / judged.len() as f64;
            // What the copy's own count of the same handovers leaves out.
            let copied = |end: usize, edges: &[f64]| {
                let mut sum = vec![0.0; edges.len() - 1];
                for series in ensemble
                    .series
                    .iter()
                    .filter(|series| series.what == score::What::Waiting && handovers[end].contains(&series.of))
                {
                    sum.iter_mut().zip(known.observed(series, edges)).for_each(|(sum, one)| *sum += one);
                }
                sum
            };
            let days = BESIDE.min(read[0].len()).min(over as usize);
            let edges: Vec<f64> = (0..=days).map(|day| f64::from(over) * 24.0 - (days - day) as f64 * 24.0).collect();
            let counted = [copied(0, &edges), copied(1, &edges)];
            let more = |end: usize, day: usize| {
                let at = read[end].len() - days + day;
                Some(read[end].get(at).copied().flatten()? - counted[end][day])
            };
            let beside: Vec<[f64; 2]> = (0..days).filter_map(|day| Some([more(0, day)?, more(1, day)?])).collect();
            for day in over..over + 4 {
                // A reading that nobody has yet, so that the cut of its day is said.
                let blank = |end: &[Option<f64>]| {
                    let rest = vec![Some(0.0); (day - over + 1) as usize];
                    [end.to_vec(), rest].concat()
                };
                let state = pressure::state(&blank(&read[0]), &blank(&read[1]), &path.cuts, 1);
                let limit = |end: pressure::End| match end {
                    pressure::End::Known(reading) => Some(reading.cut),
                    pressure::End::Absent | pressure::End::NoReading | pressure::End::TooFew(_) => None,
                };
                let Some((front, back)) = state.first().and_then(|s| Some((limit(s.front)?, limit(s.back)?))) else {
                    continue;
                };
                let floor = if let pressure::Cuts::Usual(usual) = path.cuts { usual.floor - 1e-9 } else { f64::MIN };
                let (from, to) = (f64::from(day) * 24.0 - known.now, f64::from(day + 1) * 24.0 - known.now);
                let seen =
                    [0, 1].map(|end| if from < 0.0 { copied(end, &[known.now + from, known.now])[0] } else { 0.0 });
                let limits = [front.max(floor), back.max(floor)];
                let asked = Ends { handovers: handovers.clone(), from, to, seen, limits, beside: beside.clone() };
                if let Some(chance) = ensemble.severe(&asked) {
                    let day = Date(self.begun.0 + day).to_string();
                    let (model, of) = (model.to_owned(), path.id.clone());
                    chances.push(Chance { model, made, of, day, limits, chance, usual });
                }
            }
        }
        chances
    }

    /// What the ledger measured on the day of a chance, once it is whole.
    fn came(&self, chance: &Chance) -> Option<Came> {
        let watched = self.watched.iter().find(|watched| watched.path.id == chance.of)?;
        let [front, back] = &watched.ends;
        let at = (0..front.len()).find(|at| Date(watched.first.0 + *at as i32).to_string() == chance.day)?;
        let (front, back) = (front.get(..=at)?, back.get(..=at)?);
        let state = pressure::state(front, back, &watched.path.cuts, 1);
        Some(chance.came(severe_state(state.first()?)?))
    }
}

/// Whether both ends are busy; none where one of them is not known.
fn severe_state(state: &pressure::State) -> Option<bool> {
    match (state.front, state.back) {
        (pressure::End::Known(front), pressure::End::Known(back)) => Some(front.is_busy && back.is_busy),
        _ => None,
    }
}

/// Days that are over by an hour of the window: one that lacks less than an hour is.
fn whole_days(hour: f64) -> i32 {
    ((hour + 1.0) / 24.0).floor() as i32
}

/// How the chances of a severe day have done.
pub fn odds(folder: &Path) -> Result<Option<Odds>, Fault> {
    Ok(Odds::of(told(folder)?.iter().filter_map(Line::came)))
}

/// Fewer hours of records than this teach too little to forecast from.
const BACK: f64 = 28.0 * 24.0;

/// What happened to each forecast of a moment in the steps before it, oldest first, in the same unit and step.
pub fn before(reader: &Reader, made: i64, steps: usize) -> Result<Past, Fault> {
    let mut past = HashMap::new();
    let (Some(records), Some(as_of)) = (records(reader)?, reader.as_of()) else { return Ok(past) };
    let at = reader.place();
    let wrong =
        |wrong: learn::LearnError| Fault::new(crate::out::chain(&wrong), "docs/calibrate.md tells what is needed");
    let known = records.known(records.to).map_err(wrong)?;
    let learned = known.learn(Reach::NOW).map_err(wrong)?;
    let end = rows::hours(&at.place, as_of, Instant(made)) + records.to;
    let step = Plan::DAYS.step;
    let first = (end - steps as f64 * step).max(0.0);
    let edges: Vec<f64> = (0..=((end - first) / step) as usize).map(|nth| first + nth as f64 * step).collect();
    for series in forecast::series(&records, &learned, &handovers(at)) {
        past.insert((series.what, series.of.clone()), known.observed(&series, &edges));
    }
    Ok(past)
}

/// Observed values by what they are of.
pub type Past = HashMap<(score::What, String), Vec<f64>>;

/// What was learned with the newest model, if it was learned here.
pub fn lessons(file: &Path) -> Vec<learn::Lesson> {
    let text = fs::read_to_string(lessons_of(file)).unwrap_or_default();
    let told: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    // Without its numbers, which may have no end and so no JSON: the words say them.
    let lesson = |told: &serde_json::Value| {
        let word = |name: &str| told[name].as_str().map(str::to_owned);
        Some(learn::Lesson {
            of: word("of")?,
            what: word("what")?,
            words: word("words")?,
            from: told["from"].as_u64()? as usize,
            estimates: Vec::new(),
            learned: told["learned"].as_bool()?,
        })
    };
    told["lessons"].as_array().into_iter().flatten().filter_map(lesson).collect()
}

/// One sentence about whether a copy holds, for every result: `learnt` when it was made of journeys.
pub fn trusted(folder: &Path, learnt: bool) -> Result<String, Fault> {
    if !learnt {
        return Ok("This copy was written by hand: nobody holds it against what happens.".to_owned());
    }
    Ok(match trust(folder)? {
        Some(trust) => {
            format!("The copy, held against the last {} nights: {}.", trust.nights, trust.words("next week's waits"))
        }
        None => "Nobody can say yet how far to trust the copy: no forecast of it has been held against what happened."
            .to_owned(),
    })
}

/// The same for a model by its file, in the folder `models` of a place.
pub fn trusted_file(file: &Path) -> Result<String, Fault> {
    let folder = file.parent().and_then(Path::parent).unwrap_or(Path::new(""));
    trusted(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }, is_learnt(file))
}

/// Whether the forecasts of the last 28 nights held.
pub fn trust(folder: &Path) -> Result<Option<Trust>, Fault> {
    let lines = told(folder)?;
    let scored: Vec<&Scored> =
        lines.iter().filter_map(|line| if let Line::Scored(scored) = line { Some(scored) } else { None }).collect();
    let newest = scored.iter().map(|line| line.made).max().unwrap_or(0);
    Ok(Trust::of(
        scored.into_iter().filter(|line| line.made > newest - 28 * 86_400 && line.what != score::What::Arrivals),
    ))
}

/// What the tables of the invented place are of.
const INVENTED: f64 = 60_000.0;

/// Gives an invented place of so many people its need and the scenarios that somebody wrote down.
pub fn invented(folder: &Path, people: u64) -> Result<(), Fault> {
    let times = people as f64 / INVENTED;
    for (part, files) in [("need", embedded::NEED), ("scenarios", embedded::SCENARIOS), ("models", embedded::MODELS)] {
        let folder = folder.join(part);
        fs::create_dir_all(&folder).map_err(Fault::disk("make", &folder))?;
        for (name, text) in files {
            let counts = ["population.csv", "migration.csv", "totals.csv"].contains(name);
            let scaled = |line: &str| match line.rsplit_once(',') {
                Some((rest, number)) => match number.parse::<f64>() {
                    Ok(number) => format!("{rest},{}\n", number * times),
                    Err(_) => format!("{line}\n"),
                },
                None => format!("{line}\n"),
            };
            let text = if counts { text.lines().map(scaled).collect() } else { (*text).to_owned() };
            let file = folder.join(name);
            fs::write(&file, text).map_err(Fault::disk("write", &file))?;
        }
    }
    Ok(())
}
