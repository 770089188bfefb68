//! The derived tables, from the facts: link, fold, measure. People and journeys are rebuilt whole when records came, and what is
//! made lands with the load; where only published figures or the words of a measure changed, only those are made again.

use crate::fault::Fault;
use crate::place::Catchment;
use crate::progress::Progress;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use domain::{Date, Instant};
use journeys::Fold;
use link::{Deterministic, Linking};
use measures::define::{Measure, Part};
use measures::series::{self, Grain, Judged, Level, SeriesRow};
use measures::spc::{Better, Rules};
use measures::{People, Reducer};
use rayon::prelude::*;
use std::collections::BTreeMap;
use store::{Access, Load, Meta, Session};

/// Events of people in the order of people: what the fold takes.
pub const EVENTS_SQL: &str =
    "select coalesce(p.person, e.subject) as person, e.event_id, e.organisation, e.service, e.subject, e.episode,
  e.kind, e.occurred_at, e.precision, e.received_at, e.other_service, e.need, e.fact, e.corrects,
  d.birth_month, d.sex, d.neighbourhood, d.deprivation
from events e
left join people p on p.subject = e.subject
left join demographics d on d.person = coalesce(p.person, e.subject)
where e.kind <> 'merged'
order by coalesce(p.person, e.subject)";

/// Whether the derived tables are those of the facts.
pub fn is_fresh(load: &Load) -> bool {
    load.meta().get("fresh") == Some(&serde_json::Value::Bool(true))
}

/// Rebuilds what is no longer so: everything if facts were taken in without it, else the measures whose files changed.
pub fn refresh_if_stale(at: &Catchment, progress: &Progress) -> Result<(), Fault> {
    let meta = at.lake.meta()?;
    let Some(fresh) = meta.get("fresh").and_then(serde_json::Value::as_bool) else { return Ok(()) };
    if fresh && meta.get("measured") == Some(&definitions(at).into()) {
        return Ok(());
    }
    let mut load = at.lake.begin()?;
    let meta = derive(at, &mut load, crate::place::now(), !fresh, progress)?;
    load.commit(meta)?;
    Ok(())
}

/// The words of each measure's file, in short: a measure is counted again when they change.
fn definitions(at: &Catchment) -> serde_json::Map<String, serde_json::Value> {
    let one = |measure: &Measure| {
        let text = std::fs::read(&measure.file).unwrap_or_default();
        (measure.id.clone(), blake3::hash(&text).to_hex()[..16].into())
    };
    at.measures.iter().map(one).collect()
}

/// What people, journeys and the days that measures are counted for are made by, but the records: this program, the words of
/// the place, and the days that the records fill.
fn made_by(at: &Catchment, window: Option<Window>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for path in std::iter::once(at.folder.join("place.toml")).chain(crate::place::texts(&at.folder.join("pathways"))) {
        hasher.update(&std::fs::read(path).unwrap_or_default());
    }
    hasher.update(format!("{window:?}").as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Makes people, journeys and series within the load, and says what to keep beside them. Without new `records` of people,
/// only what the rest decides is made again: published series, and measures whose files changed.
pub fn derive(
    at: &Catchment,
    load: &mut Load,
    loaded_at: Instant,
    records: bool,
    progress: &Progress,
) -> Result<Meta, Fault> {
    let window = window(at, &load.session(Access::Analyst)?, loaded_at)?;
    let (made_by, definitions) = (made_by(at, window), definitions(at));
    let same = !records && load.meta().get("made_by").and_then(serde_json::Value::as_str) == Some(&made_by);
    let mut kept = Vec::new();
    if same {
        let known = load.meta().get("measured").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        kept.extend(definitions.iter().filter(|(id, words)| known.get(*id) == Some(words)).map(|(id, _)| id.clone()));
    } else {
        progress.saying("linking", || people(at, load))?;
        progress.saying("folding", || journeys(at, load, window.map_or(loaded_at, |window| window.as_of)))?;
    }
    let bar = progress.count("measuring", (at.measures.len() - kept.len()) as u64);
    let done = measure(at, load, window, &kept, &bar);
    bar.finish_and_clear();
    done?;
    let mut meta = Meta::new();
    meta.insert("fresh".to_owned(), true.into());
    meta.insert("made_by".to_owned(), made_by.into());
    meta.insert("measured".to_owned(), definitions.into());
    Ok(meta)
}

fn people(at: &Catchment, load: &mut Load) -> Result<(), Fault> {
    let session = load.session(Access::Vault)?;
    let mut linking = Linking::new(Deterministic::default(), at.key.clone());
    let broken =
        |wrong: link::LinkError| Fault::new(wrong.to_string(), "bring back the key file that this place was made with");
    for batch in session.stream(link::SUBJECTS_SQL)? {
        linking.subjects(&batch?).map_err(broken)?;
    }
    for batch in session.sql(link::MERGES_SQL)? {
        linking.merges(&batch).map_err(broken)?;
    }
    let linked = linking.finish();
    for (name, batch) in [("people", &linked.people), ("demographics", &linked.demographics)] {
        load.replace(name, &batch.schema())?;
        load.append(name, batch)?;
    }
    Ok(())
}

/// What the records cover.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The last moment that the records know of.
    pub as_of: Instant,
    /// The first whole day.
    pub first: Date,
    /// The last whole day.
    pub last: Date,
}

/// The days that the records fill. A few events of a wrong clock, or of long ago, do not stretch them: the first day has at
/// least a fifth of the events of a middle day, the last a fiftieth.
pub fn window(at: &Catchment, session: &Session, loaded_at: Instant) -> Result<Option<Window>, Fault> {
    let query = format!(
        "select local_date(occurred_at) as day, count(*) as events, max(occurred_at) as newest from events
         where occurred_at <= to_timestamp_micros({}) and kind <> 'asked' group by 1 order by 1",
        loaded_at.micros()
    );
    let mut days: Vec<(Date, i64, Instant)> = Vec::new();
    for batch in session.sql(&query)? {
        let day = batch.column(0).as_primitive::<Date32Type>();
        let events = batch.column(1).as_primitive::<Int64Type>();
        let newest = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            days.push((Date(day.value(row)), events.value(row), Instant::from_micros(newest.value(row))));
        }
    }
    let mut counts: Vec<i64> = days.iter().map(|day| day.1).collect();
    counts.sort_unstable();
    // Half of all events lie on days at least this busy.
    let half: i64 = counts.iter().sum::<i64>() / 2;
    let mut sum = 0;
    let middle = counts.iter().rev().find(|count| {
        sum += **count;
        sum >= half
    });
    let Some(middle) = middle.copied() else { return Ok(None) };
    // Stays that were open when the records begin have dates before that; a quiet Sunday may be the last day.
    let first = days.iter().find(|day| day.1 >= (middle / 5).max(1));
    let last = days.iter().rev().find(|day| day.1 >= (middle / 50).max(1));
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    // A last day that goes on to the late evening is whole.
    let whole = if at.place.zone.hour(last.2) >= 22 { last.0 } else { Date(last.0.0 - 1) };
    Ok(Some(Window { as_of: last.2, first: first.0, last: whole }))
}

fn journeys(at: &Catchment, load: &mut Load, as_of: Instant) -> Result<(), Fault> {
    let broken = |wrong: journeys::FoldError| Fault::new("events cannot be folded to journeys", "").because(wrong);
    let session = load.session(Access::Vault)?;
    let mut fold = Fold::new(&at.place, as_of).along(&at.pathways);
    let mut waiting: Vec<RecordBatch> = Vec::new();
    let mut rows = 0;
    let mut begun = false;
    let mut write = |load: &mut Load, parts: journeys::Parts| -> Result<(), Fault> {
        for (name, batch) in [
            ("stays", &parts.stays),
            ("handovers", &parts.handovers),
            ("journeys", &parts.journeys),
            ("legs", &parts.legs),
            ("conformance", &parts.conformance),
        ] {
            if !begun {
                load.replace(name, &batch.schema())?;
            }
            load.append(name, batch)?;
        }
        begun = true;
        Ok(())
    };
    let flush = |fold: &mut Fold, waiting: &mut Vec<RecordBatch>| -> Result<(), Fault> {
        if let Some(first) = waiting.first() {
            let all = arrow::compute::concat_batches(&first.schema(), waiting.iter())
                .map_err(|wrong| Fault::new("cannot join batches", "").because(wrong))?;
            waiting.clear();
            fold.push(&all).map_err(broken)?;
        }
        Ok(())
    };
    for batch in session.stream(EVENTS_SQL)? {
        let batch = batch?;
        rows += batch.num_rows();
        waiting.push(batch);
        if rows >= 1 << 18 {
            rows = 0;
            flush(&mut fold, &mut waiting)?;
            write(load, fold.take().map_err(broken)?)?;
        }
    }
    flush(&mut fold, &mut waiting)?;
    let summary = fold.finish().map_err(broken)?;
    write(load, summary.parts)?;
    for (name, batch) in
        [("delay_ledger", &summary.delay_ledger), ("flow", &summary.flow), ("variants", &summary.variants)]
    {
        load.replace(name, &batch.schema())?;
        load.append(name, batch)?;
    }
    Ok(())
}

fn measure(
    at: &Catchment,
    load: &mut Load,
    window: Option<Window>,
    kept: &[String],
    bar: &indicatif::ProgressBar,
) -> Result<(), Fault> {
    let session = load.session(Access::Analyst)?;
    let counted: Vec<&Measure> =
        at.measures.iter().filter(|measure| !measure.is_published() && !kept.contains(&measure.id)).collect();
    let unchanged = at.measures.iter().filter(|measure| !measure.is_published() && kept.contains(&measure.id));
    let unchanged: Vec<String> = unchanged.map(|measure| format!("'{}'", measure.id.replace('\'', "''"))).collect();
    let unchanged = match unchanged.as_slice() {
        [] => Vec::new(),
        ids => session.sql(&format!("select * from series where measure in ({})", ids.join(", ")))?,
    };
    load.replace("series", &series::series_schema())?;
    for batch in &unchanged {
        load.append("series", batch)?;
    }
    let mut write = |rows: &[SeriesRow]| -> Result<(), Fault> {
        let batch =
            series::to_batch(rows).map_err(|wrong| Fault::new("the series cannot be kept", "").because(wrong))?;
        Ok(load.append("series", &batch)?)
    };
    write(&published(at, &session)?)?;
    let people = people_of(&session)?;
    let Some(window) = window else { return Ok(()) };
    // Side by side, but few at a time: what they found waits in memory to be written in order.
    for some in counted.chunks(8) {
        let found: Vec<_> = some
            .par_iter()
            .map(|measure| {
                let rows = rows_of(&session, measure, window, &people);
                bar.inc(1);
                rows
            })
            .collect();
        for (measure, rows) in some.iter().zip(found) {
            match rows {
                Ok(rows) => write(&rows)?,
                Err(said) => {
                    let problem = measure.problem(Part::Numerator, &said);
                    eprintln!(
                        "measure left out: {}:{}:{}: {}",
                        problem.file, problem.line, problem.column, problem.message
                    );
                }
            }
        }
    }
    Ok(())
}

/// How many people live in each group.
pub fn people_of(session: &Session) -> Result<People, Fault> {
    People::from_batches(&session.sql("select * from population")?)
        .map_err(|wrong| Fault::new("the population cannot be read", "").because(wrong))
}

/// What a measure says of the facts alone: no noughts put in, no limits.
pub fn reduce(
    session: &Session,
    measure: &Measure,
    first: Date,
    last: Date,
    people: &People,
) -> Result<Vec<SeriesRow>, String> {
    let said = |wrong: store::LakeError| crate::out::chain(&wrong);
    let mut reducer = Reducer::new(measure, first, last);
    for batch in session.stream(&measures::define::facts_sql(measure, first, last)).map_err(said)? {
        reducer.push(&batch.map_err(said)?).map_err(|wrong| wrong.to_string())?;
    }
    Ok(reducer.finish(people))
}

/// The series of one measure between two days, or what the engine said.
pub fn rows_of(
    session: &Session,
    measure: &Measure,
    Window { first, last, .. }: Window,
    people: &People,
) -> Result<Vec<SeriesRow>, String> {
    let mut rows = reduce(session, measure, first, last, people)?;
    series::complete(measure, &mut rows, first, last);
    series::limits(&mut rows, &measure.judged(Rules::default()));
    Ok(rows)
}

/// Series that came ready-made: each group, and the whole place where numerators and denominators can be added up.
pub fn published(at: &Catchment, session: &Session) -> Result<Vec<SeriesRow>, Fault> {
    let query = "select measure, level, unit, \"group\", period, grain, last_value(numerator order by received_at) as numerator,
        last_value(denominator order by received_at) as denominator, last_value(value order by received_at) as value, max(source) as source
        from published where grain in ('day', 'week', 'month') group by measure, level, unit, \"group\", period, grain";
    let mut rows: Vec<SeriesRow> = Vec::new();
    for batch in session.sql(query)? {
        rows.extend(series::from_batch(&batch).map_err(|wrong| Fault::new(wrong.to_string(), ""))?);
    }
    let mut all = Vec::new();
    for rule in at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series) {
        let mut own: Vec<SeriesRow> = rows.iter().filter(|row| row.measure == rule.measure).cloned().collect();
        let mut sums: BTreeMap<(Grain, Date), (f64, Option<f64>)> = BTreeMap::new();
        for row in own.iter().filter(|row| row.level != Level::System) {
            let Some(numerator) = row.numerator.or(row.value.filter(|_| rule.value.is_none())) else { continue };
            if rule.denominator.is_some() && row.denominator.is_none() {
                continue; // hidden by the sender: neither part of it is added
            }
            let sum = sums.entry((row.grain, row.period)).or_insert((0.0, row.denominator.map(|_| 0.0)));
            sum.0 += numerator;
            sum.1 = sum.1.zip(row.denominator).map(|(sum, more)| sum + more);
        }
        for ((grain, period), (numerator, denominator)) in sums {
            let value = match (denominator, rule.denominator.is_some()) {
                (Some(denominator), _) if denominator != 0.0 => Some(numerator / denominator * rule.multiplier),
                (None, false) => Some(numerator * rule.multiplier),
                _ => None,
            };
            let mut row = SeriesRow::new(&rule.measure, Level::System, "all", grain, period, value);
            (row.unit, row.numerator, row.denominator) = (rule.unit.clone(), Some(numerator), denominator);
            row.source = own.first().map_or(String::new(), |row| row.source.clone());
            own.push(row);
        }
        series::limits(&mut own, &judged(at, rule));
        all.extend(own);
    }
    Ok(all)
}

/// How a published series is judged: as the measure of its name says or, without one, as the feed file does.
pub fn judged(at: &Catchment, rule: &ingest::SeriesRule) -> Judged {
    match at.measures.iter().find(|measure| measure.id == rule.measure) {
        Some(measure) => measure.judged(Rules::default()),
        None => Judged {
            better: better(&rule.better),
            standard: rule.target.map(|target| (None, target)),
            ..Judged::default()
        },
    }
}

/// Which way is better, as a feed file says it.
pub fn better(word: &str) -> Better {
    match word {
        "lower" => Better::Lower,
        "higher" => Better::Higher,
        _ => Better::Neither,
    }
}
