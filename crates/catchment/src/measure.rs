//! `catchment measure`: the analyst's workshop. A measure is written, checked, run and explained before it reaches a page.

use crate::args::{Measure as Wanted, MeasureMaybe, MeasureOne, MeasureRun};
use crate::fault::Fault;
use crate::out::Shape;
use crate::place::Catchment;
use crate::progress::Progress;
use crate::refresh::{self, Window};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use domain::Date;
use measures::series::{self, SeriesRow};
use measures::{Measure, Part, People};
use rayon::prelude::*;
use show::{Cell, Table};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use store::{Access, Lake, Session};

/// Does what is wanted.
pub fn run(wanted: Wanted, shape: Shape, progress: &Progress) -> Result<ExitCode, Fault> {
    match wanted {
        Wanted::New(one) => new(&one)?,
        Wanted::Check(maybe) => return check(&maybe, shape),
        Wanted::Run(wanted) => compute(&wanted, shape, progress)?,
        Wanted::Explain(one) => explain(&one, shape, progress)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A file to start from.
const TEMPLATE: &str = include_str!("measure.toml");

fn new(wanted: &MeasureOne) -> Result<(), Fault> {
    let plain = wanted.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if wanted.id.is_empty() || !plain {
        return Err(Fault::new(
            format!("'{}' is not a plain id", wanted.id),
            "use lower-case letters, digits and hyphens: falls-at-home",
        ));
    }
    let at = Catchment::open(&wanted.place)?;
    let folder = wanted.place.join("measures");
    let path = folder.join(format!("{}.toml", wanted.id));
    if path.exists() || at.measures.iter().any(|measure| measure.id == wanted.id) {
        return Err(Fault::new(
            format!("there is a measure '{}' already", wanted.id),
            format!("look at it with `catchment measure explain {} {}`", wanted.place.display(), wanted.id),
        ));
    }
    fs::create_dir_all(&folder).map_err(Fault::disk("make", &folder))?;
    fs::write(&path, TEMPLATE.replace("{id}", &wanted.id)).map_err(Fault::disk("write", &path))?;
    let place = wanted.place.display();
    crate::print(&format!(
        "{}: fill it in, then\n  catchment measure check {place} {}\n  catchment measure run {place} {}",
        path.display(),
        wanted.id,
        wanted.id
    ))
}

fn known<'a>(at: &'a Catchment, id: &str) -> Result<&'a Measure, Fault> {
    at.measures.iter().find(|measure| measure.id == id).ok_or_else(|| {
        let broken = at.measure_problems.iter().find(|problem| problem.file.ends_with(&format!("{id}.toml")));
        match broken {
            Some(problem) => Fault::new(problem.to_string(), "mend the file and try again"),
            None => {
                let ids: Vec<&str> = at.measures.iter().map(|measure| measure.id.as_str()).collect();
                Fault::new(format!("there is no measure '{id}'"), format!("one of: {}", ids.join(", ")))
            }
        }
    })
}

/// The records as they are, ready to be counted.
struct Records<'a> {
    at: &'a Catchment,
    session: Session,
    window: Window,
    people: People,
}

impl Records<'_> {
    fn of(at: &Catchment) -> Result<Records<'_>, Fault> {
        let session = at.lake.session(Access::Analyst)?;
        let window = if at.is_empty()? { None } else { refresh::window(at, &session, crate::place::now())? };
        let window = window.ok_or_else(|| crate::see::nothing_yet(at))?;
        let people = refresh::people_of(&session)?;
        Ok(Records { at, session, window, people })
    }

    /// The series of a measure, computed now; of one that comes ready-made, as it was published.
    fn rows(&self, measure: &Measure) -> Result<Vec<SeriesRow>, Fault> {
        if measure.is_published() {
            return Ok(refresh::published(self.at, &self.session)?
                .into_iter()
                .filter(|row| row.measure == measure.id)
                .collect());
        }
        refresh::rows_of(&self.session, measure, self.window, &self.people).map_err(|said| {
            Fault::new(measure.problem(Part::Numerator, &said).to_string(), "mend the SQL and try again")
        })
    }
}

fn compute(wanted: &MeasureRun, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    let at = crate::fresh(&wanted.place, progress)?;
    let records = Records::of(&at)?;
    let Some(id) = &wanted.id else { return compute_all(&records, shape, progress) };
    let measure = known(&at, id)?;
    let level: Option<measures::Level> = wanted.level.as_deref().map(word).transpose()?;
    let grain: Option<measures::Grain> = wanted.period.as_deref().map(word).transpose()?;
    if let Some(level) = level.filter(|level| !measure.levels.contains(level)) {
        let levels: Vec<&str> = measure.levels.iter().map(|level| level.name()).collect();
        return Err(Fault::new(
            format!("{id} is not counted by {}", level.name()),
            format!("it has {}; add the level and its column in {}", levels.join(", "), measure.file),
        ));
    }
    let mut rows = records.rows(measure)?;
    rows.retain(|row| {
        level.is_none_or(|level| row.level == level)
            && grain.is_none_or(|grain| row.grain == grain)
            && wanted.group.as_ref().is_none_or(|group| row.group == *group)
    });
    let Some(path) = &wanted.out else { return crate::show(&table(&rows), shape, 60) };
    let bytes = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => table(&rows).to_csv().into_bytes(),
        Some("parquet") => parquet(&rows)?,
        _ => {
            return Err(Fault::new(
                format!("{} is neither .csv nor .parquet", path.display()),
                "name the file by what it should be",
            ));
        }
    };
    fs::write(path, bytes).map_err(Fault::disk("write", path))?;
    crate::print(&format!("{}: {}", path.display(), show::number::plural(rows.len(), "row")))
}

fn word<T: std::str::FromStr<Err = series::UnknownWord>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|wrong: series::UnknownWord| Fault::new(wrong.to_string(), ""))
}

fn compute_all(records: &Records, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    let mut table = Table::new(["measure", "levels", "rows", "seconds"]);
    let bar = progress.count("measuring", records.at.measures.len() as u64);
    let found: Vec<_> = records
        .at
        .measures
        .par_iter()
        .map(|measure| {
            let begun = Instant::now();
            let rows = records.rows(measure).map(|rows| rows.len());
            bar.inc(1);
            (measure, rows, begun.elapsed().as_secs_f64())
        })
        .collect();
    for (measure, rows, seconds) in found {
        let rows = rows?;
        let levels: Vec<&str> = measure.levels.iter().map(|level| level.name()).collect();
        table.push([
            Cell::Text(measure.id.clone()),
            Cell::Text(levels.join(" ")),
            Cell::said(rows as f64, show::number::count(rows as u64)),
            Cell::said(seconds, format!("{seconds:.2}")),
        ]);
    }
    bar.finish_and_clear();
    crate::show(&table, shape, usize::MAX)
}

/// The series as the table that the Lake keeps, one row a level, group and period.
fn table(rows: &[SeriesRow]) -> Table {
    let head = ["level", "group", "period", "grain", "numerator", "denominator", "value", "lower", "upper", "signal"];
    let mut table = Table::new(head);
    for row in rows {
        let number = |value: Option<f64>| Cell::of(value, &show::Unit::Of(String::new()));
        table.push([
            Cell::Text(row.level.name().to_owned()),
            Cell::Text(row.group.clone()),
            Cell::Text(row.period.to_string()),
            Cell::Text(row.grain.name().to_owned()),
            number(row.numerator),
            number(row.denominator),
            number(row.value),
            number(row.lower),
            number(row.upper),
            row.signal.clone().map_or(Cell::Missing, Cell::Text),
        ]);
    }
    table
}

fn parquet(rows: &[SeriesRow]) -> Result<Vec<u8>, Fault> {
    let kept = |wrong: &dyn std::error::Error| Fault::new(format!("the series cannot be written: {wrong}"), "");
    let batch = series::to_batch(rows).map_err(|wrong| kept(&wrong))?;
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(|wrong| kept(&wrong))?;
    writer.write(&batch).map_err(|wrong| kept(&wrong))?;
    writer.close().map_err(|wrong| kept(&wrong))?;
    Ok(bytes)
}

/// Files that cannot be read, SQL that cannot be asked, examples that do not come out.
fn check(wanted: &MeasureMaybe, shape: Shape) -> Result<ExitCode, Fault> {
    let at = Catchment::open(&wanted.place)?;
    let only = |id: &str| wanted.id.as_deref().is_none_or(|wanted| wanted == id);
    let mut table = Table::new(["measure", "examples", "found"]);
    let mut well = true;
    let mut row = |id: &str, examples: usize, found: String, good: bool| {
        table.push([
            Cell::from(id),
            Cell::said(examples as f64, show::number::count(examples as u64)),
            Cell::Text(found),
        ]);
        well &= good;
    };
    for problem in &at.measure_problems {
        let name = Path::new(&problem.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if only(name) {
            row(name, 0, problem.to_string(), false);
        }
    }
    if let (Some(id), true) = (&wanted.id, at.measure_problems.is_empty()) {
        known(&at, id)?;
    }
    let sandbox = Sandbox::new(&at)?;
    for measure in at.measures.iter().filter(|measure| only(&measure.id)) {
        if measure.is_published() {
            let told = at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series);
            match told.into_iter().any(|rule| rule.measure == measure.id) {
                true => row(&measure.id, 0, "well: comes ready-made from a feed".to_owned(), true),
                false => row(&measure.id, 0, "no feed of kind series tells it".to_owned(), false),
            }
            continue;
        }
        let (examples, found) = sandbox.examine(measure)?;
        let good = found.is_empty();
        let said = match (examples, good) {
            (0, true) => "well: its SQL can be asked; no examples in measures/spec".to_owned(),
            (_, true) => "well".to_owned(),
            _ => found.join("\n"),
        };
        row(&measure.id, examples, said, good);
    }
    crate::show(&table, shape, usize::MAX)?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A Lake with nothing in it, in which examples are tried; gone when dropped.
struct Sandbox<'a> {
    at: &'a Catchment,
    lake: Lake,
    folder: PathBuf,
    /// Each table as it is when no example says otherwise.
    empty: Vec<(String, RecordBatch)>,
}

impl Drop for Sandbox<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Sandbox<'_> {
    fn new(at: &Catchment) -> Result<Sandbox<'_>, Fault> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|wrong| Fault::new("no random number could be had", wrong.to_string()))?;
        let folder = std::env::temp_dir().join(format!("catchment-check-{:x}", u64::from_le_bytes(seed)));
        let lake = Lake::create(&folder, crate::place::options())?;
        let mut empty = derived(at, &[], domain::Instant(0))?;
        let none = |schema: SchemaRef| RecordBatch::new_empty(schema);
        empty.push(("events".to_owned(), none(ingest::events_schema())));
        empty.push(("published".to_owned(), none(ingest::published_schema())));
        let linked = link::Linking::new(link::Deterministic::default(), at.key.clone()).finish();
        empty.push(("people".to_owned(), none(linked.people.schema())));
        empty.push(("demographics".to_owned(), none(linked.demographics.schema())));
        empty.extend(
            crate::place::reference_tables(&at.place, &at.pathways)
                .into_iter()
                .map(|(name, batch)| (name.to_owned(), batch)),
        );
        Ok(Sandbox { at, lake, folder, empty })
    }

    fn lend(&self, given: &[(String, RecordBatch)]) -> Result<(), Fault> {
        for (name, batch) in self.empty.iter().chain(given) {
            self.lake.with_table(name, vec![batch.clone()])?;
        }
        Ok(())
    }

    /// How many examples a measure has, and what does not come out.
    fn examine(&self, measure: &Measure) -> Result<(usize, Vec<String>), Fault> {
        let path = self.at.folder.join("measures/spec").join(format!("{}.md", measure.id));
        let name = path.display().to_string();
        let (first, last) = (Date(20_000), Date(20_100));
        self.lend(&[])?;
        if let Err(said) = self.rows(measure, first, last)? {
            return Ok((0, vec![measure.problem(Part::Numerator, &said).to_string()]));
        }
        if !path.exists() {
            return Ok((0, Vec::new()));
        }
        let text = fs::read_to_string(&path).map_err(Fault::disk("read", &path))?;
        let schema = |table: &str| {
            self.empty.iter().find(|known| known.0 == table).map(|(_, batch)| batch.schema().as_ref().clone())
        };
        let cases = match measures::check::parse(&name, &text, &self.at.place, schema) {
            Ok(cases) => cases,
            Err(problems) => return Ok((0, problems.iter().map(ToString::to_string).collect())),
        };
        let mut found = Vec::new();
        for case in &cases {
            self.lend(&case.tables)?;
            if case.tables.iter().any(|table| table.0 == "events") {
                let events = self.lake.session(Access::Vault)?.sql(refresh::EVENTS_SQL)?;
                let until = case.known_until.unwrap_or(domain::Instant(i64::from(i32::MAX)));
                self.lend(&derived(self.at, &events, until)?)?;
            }
            let (first, last) = case.window(measure);
            match self.rows(measure, first, last)? {
                Ok(rows) => {
                    found.extend(measures::check::judge(case, &rows).iter().map(|failure| format!("{name}: {failure}")))
                }
                Err(said) => found.push(measure.problem(Part::Numerator, &said).to_string()),
            }
        }
        Ok((cases.len(), found))
    }

    /// What the measure says of what is lent now.
    fn rows(&self, measure: &Measure, first: Date, last: Date) -> Result<Result<Vec<SeriesRow>, String>, Fault> {
        let session = self.lake.session(Access::Analyst)?;
        let people = refresh::people_of(&session)?;
        Ok(refresh::reduce(&session, measure, first, last, &people))
    }
}

/// The derived tables of these events, known until a moment.
fn derived(
    at: &Catchment,
    events: &[RecordBatch],
    until: domain::Instant,
) -> Result<Vec<(String, RecordBatch)>, Fault> {
    let broken = |wrong: journeys::FoldError| Fault::new("the events cannot be folded to journeys", "").because(wrong);
    let mut fold = journeys::Fold::new(&at.place, until).along(&at.pathways);
    for batch in events {
        fold.push(batch).map_err(broken)?;
    }
    let all = fold.finish().map_err(broken)?;
    let tables = [
        ("stays", all.parts.stays),
        ("handovers", all.parts.handovers),
        ("journeys", all.parts.journeys),
        ("legs", all.parts.legs),
        ("conformance", all.parts.conformance),
        ("delay_ledger", all.delay_ledger),
        ("flow", all.flow),
        ("variants", all.variants),
    ];
    Ok(tables.map(|(name, batch)| (name.to_owned(), batch)).to_vec())
}

/// What is counted, how it is judged and why, and what it says now.
fn explain(wanted: &MeasureOne, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    let at = crate::fresh(&wanted.place, progress)?;
    let measure = known(&at, &wanted.id)?;
    let records = Records::of(&at)?;
    let rows = records.rows(measure)?;
    let mut table = Table::new(["part", "text"]);
    let mut say = |part: &str, text: String| table.push([Cell::from(part), Cell::Text(text)]);
    say("question", measure.title.clone());
    say("why it matters", measure.why.clone());
    say("owner", measure.owner.clone());
    say("theme", measure.theme.words().to_owned());
    if let Some(standard) = &measure.standard {
        say("standard", format!("{} {}, since {}: {}", standard.value, measure.unit, standard.since, standard.source));
    }
    if !measure.balance.is_empty() {
        say("balanced by", measure.balance.join(", "));
    }
    for grain in &measure.periods {
        let own: Vec<SeriesRow> =
            rows.iter().filter(|row| row.level == measures::Level::System && row.grain == *grain).cloned().collect();
        if own.is_empty() {
            continue;
        }
        let judged = measure.judged(measures::spc::Rules::default());
        let drawn = series::chart(&own, &judged).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        say(&format!("by {}", grain.name()), drawn.chart.sentence(grain.name(), &measure.unit));
        for warning in drawn.chart.warnings() {
            say("", warning);
        }
        if let Some(adjusted) = &drawn.chart.adjusted {
            say("", adjusted.words());
        }
        let numbers = |of: fn(&SeriesRow) -> Option<f64>| own.iter().map(of).collect::<Vec<_>>();
        let (_, why) =
            measures::spc::choose(measure.statistic, &numbers(|row| row.numerator), &numbers(|row| row.denominator));
        say("", format!("what suits its counts: {why}"));
        let values: Vec<Option<f64>> = drawn.chart.points.iter().map(|point| point.value).collect();
        let options = judged.on(&drawn.periods);
        if let Ok(Some(difference)) = measures::spc::difference(&values, &options) {
            say("", difference.sentence);
        }
    }
    if !measure.is_published() {
        say("numerator", measure.numerator.clone());
        if let Some(denominator) = &measure.denominator {
            say("denominator", denominator.clone());
        }
    }
    say("file", measure.file.clone());
    crate::show(&table, shape, usize::MAX)
}
