//! `catchment measure`: the analyst's workshop. A measure is written, checked, run and explained before it reaches a page.

use crate::args::{Measure as Wanted, MeasureMaybe, MeasureOne, MeasureRun};
use crate::fault::Fault;
use crate::out::Shape;
use crate::place::Catchment;
use crate::progress::Progress;
use crate::refresh::{self, Window};
use measures::series::{self, SeriesRow};
use measures::{Measure, Part, People};
use show::{Cell, Table};
use std::fs;
use std::process::ExitCode;
use std::time::Instant;
use store::{Access, Session};

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
    for measure in &records.at.measures {
        let begun = Instant::now();
        let rows = records.rows(measure)?;
        let seconds = begun.elapsed().as_secs_f64();
        let levels: Vec<&str> = measure.levels.iter().map(|level| level.name()).collect();
        table.push([
            Cell::Text(measure.id.clone()),
            Cell::Text(levels.join(" ")),
            Cell::said(rows.len() as f64, show::number::count(rows.len() as u64)),
            Cell::said(seconds, format!("{seconds:.2}")),
        ]);
        bar.inc(1);
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

fn check(wanted: &MeasureMaybe, shape: Shape) -> Result<ExitCode, Fault> {
    let _ = (wanted, shape);
    todo!()
}

fn explain(wanted: &MeasureOne, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    let _ = (wanted, shape, progress);
    todo!()
}
