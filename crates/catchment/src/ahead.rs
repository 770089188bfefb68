//! `catchment calibrate`, `simulate` and `project`: what is coming, and the place simulated, from the command line.

use crate::fault::{Fault, in_file};
use crate::futures::{self, CONFIDENCE};
use crate::out::{Shape, chain};
use crate::progress::Progress;
use crate::{args, print, show};
use foresee::project::forecast;
use foresee::project::range::Range;
use foresee::simulate::model::Model;
use foresee::simulate::run::{self, Estimate, Settings, Stop};
use foresee::simulate::scenario::{Scenario, apply};
use foresee::simulate::trust::Precision;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Runs, at the most, when no number is asked for.
const MOST: usize = 2_000;
/// Then every wait and every number present is to be known this well.
const WITHIN: f64 = 0.05;

/// A JSON object on standard input is a case, which is answered at once.
fn case(shape: Shape, answer: impl FnOnce(&str) -> Result<String, Fault>, help: &str) -> Result<(), Fault> {
    let text = crate::read_stdin()?;
    if shape != Shape::Json || !text.trim_start().starts_with('{') {
        return Err(Fault::new("no file is named, and standard input is no JSON object to answer with --json", help));
    }
    print(&answer(&text)?)
}

/// `catchment simulate`
pub fn simulate(wanted: &args::Simulate, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    if wanted.model == "-" {
        let read = |name: &str| std::fs::read_to_string(name).ok();
        let help = "docs/models.md tells what a case holds, with an example";
        let answer = |text: &str| {
            foresee::simulate::case::answer_with(text, read).map_err(|wrong| Fault::new(chain(&wrong), help))
        };
        return case(shape, answer, help);
    }
    let file = Path::new(&wanted.model);
    let base = futures::read_model(file)?;
    let mut changes = match &wanted.scenario {
        Some(file) => futures::read_today(file, &base)?.changes,
        None => Vec::new(),
    };
    for text in &wanted.change {
        changes.push(text.parse().map_err(|wrong| {
            Fault::new(
                format!("--change {text}: {wrong}"),
                "write it like home-care:places:+10; docs/scenarios.md tells all of them",
            )
        })?);
    }
    let settings = Settings {
        stop: match wanted.replications {
            Some(count) => Stop::Replications(count),
            None => Stop::Precision { wanted: known_well(&base), most: MOST },
        },
        seed: wanted.seed,
        threads: wanted.threads,
        confidence: CONFIDENCE,
        ..Settings::default()
    };
    // Beside the answer, whatever its shape: how far to trust it.
    eprintln!("{}", futures::trusted_file(file)?);
    let bar = progress.count("running", wanted.replications.unwrap_or(MOST) as u64);
    let mut watch = |far: &run::Progress| {
        bar.set_length(far.needed.max(far.done) as u64);
        bar.set_position(far.done as u64);
    };
    let never = AtomicBool::new(false);
    let broken = |wrong: run::RunError| {
        Fault::new(format!("{}: {}", wanted.model, chain(&wrong)), "docs/models.md tells every key")
    };
    if changes.is_empty() {
        let run = run::run(&base, &settings, &mut watch, &never).map_err(broken)?;
        bar.finish_and_clear();
        if wanted.stress {
            return print(&run::stress(&base, &run));
        }
        if shape == Shape::Json {
            return print(
                &serde_json::to_string(&run)
                    .map_err(|wrong| Fault::new("the run cannot be written", "").because(wrong))?,
            );
        }
        let mut table = show::Table::new(["answer", "mean", "from", "to", "p05", "p50", "p95", "unit"]);
        for Estimate { name, unit, mean, p05, p50, p95 } in &run.estimates {
            let numbers = [mean.mean, mean.low(), mean.high(), *p05, *p50, *p95].map(number);
            table.push([show::Cell::from(name.as_str())].into_iter().chain(numbers).chain([unit.as_str().into()]));
        }
        return show(&table, shape, usize::MAX);
    }
    let scenario = Scenario::of("", changes);
    let changed = apply(&base, &scenario).map_err(|wrong| {
        let text = std::fs::read_to_string(wanted.scenario.as_deref().unwrap_or(file)).unwrap_or_default();
        match &wanted.scenario {
            Some(file) if wrong.line > 0 => {
                in_file(file, &text, wrong.line, &wrong.why, "docs/scenarios.md tells how changes are written")
            }
            _ => Fault::new(wrong.why, "docs/scenarios.md tells how changes are written"),
        }
    })?;
    let pair = run::pair(&base, &changed, &settings, &mut watch, &never).map_err(broken)?;
    bar.finish_and_clear();
    if wanted.stress {
        return print(&run::stress(&changed, &pair.changed));
    }
    if shape == Shape::Json {
        return print(
            &serde_json::to_string(&pair)
                .map_err(|wrong| Fault::new("the runs cannot be written", "").because(wrong))?,
        );
    }
    let mut table =
        show::Table::new(["answer", "without", "with", "difference", "from", "to", "variance_ratio", "unit"]);
    for difference in &pair.differences {
        let mean = |run: &run::Run| run.estimate(&difference.name).map_or(f64::NAN, |estimate| estimate.mean.mean);
        let by = &difference.paired.difference;
        let numbers =
            [mean(&pair.base), mean(&pair.changed), by.mean, by.low(), by.high(), difference.paired.variance_ratio]
                .map(number);
        table.push(
            [show::Cell::from(difference.name.as_str())]
                .into_iter()
                .chain(numbers)
                .chain([difference.unit.as_str().into()]),
        );
    }
    show(&table, shape, usize::MAX)
}

/// People present, at each service with places.
fn known_well(model: &Model) -> Vec<(String, Precision)> {
    let services = model.services.iter().filter(|service| service.capacity.is_some());
    services.map(|service| (format!("{}.present", service.name), Precision::Relative(WITHIN))).collect()
}

fn number(value: f64) -> show::Cell {
    if value.is_finite() { show::Cell::said(value, crate::grid::short(value)) } else { show::Cell::Missing }
}

/// `catchment project`
pub fn project(wanted: &args::Project, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    if wanted.place == "-" {
        let help = "docs/need.md tells what a case holds, with an example";
        let answer = |text: &str| foresee::project::case::answer(text).map_err(|wrong| Fault::new(chain(&wrong), help));
        return case(shape, answer, help);
    }
    let path = Path::new(&wanted.place);
    let inside = path.join("need/need.toml");
    let mut need = futures::read_need(if path.is_dir() { &inside } else { path }, &[])?;
    // A place with records tells who is in which segment.
    if path.join("lake").is_dir() {
        let at = crate::fresh(path, progress)?;
        let (counted, told) = futures::counted(&crate::see::reader(&at)?, need)?;
        need = counted;
        told.into_iter().for_each(|told| eprintln!("{told}"));
    }
    let forecast = forecast::project(&need, wanted.years as usize, wanted.seed, wanted.samples)
        .map_err(|wrong| Fault::new(chain(&wrong), "docs/need.md tells what each table holds"))?;
    let head = |first: &'static str| show::Table::new(["area", first, "year", "value", "from", "to"]);
    let mut table = head(match wanted.panel.as_str() {
        "people" => "age_band",
        "neighbourhoods" => "what",
        "conditions" => "condition",
        "segments" => "segment",
        _ => "service",
    });
    for outlook in forecast.areas.iter().chain([&forecast.place]) {
        let mut push = |what: &str, year: usize, range: Range| {
            let year = f64::from(forecast.year) + year as f64;
            table.push(
                [show::Cell::from(outlook.name.as_str()), what.into(), show::Cell::said(year, format!("{year:.0}"))]
                    .into_iter()
                    .chain([range.middle, range.low, range.high].map(number)),
            );
        };
        for year in 0..=forecast.years {
            match wanted.panel.as_str() {
                "people" => domain::AGE_BANDS
                    .iter()
                    .enumerate()
                    .for_each(|(band, name)| push(name, year, outlook.people_in(band..band + 1, year))),
                "neighbourhoods" => {
                    push("people", year, outlook.total[year]);
                    push("births", year, outlook.births[year]);
                    push("deaths", year, outlook.deaths[year]);
                }
                "conditions" => forecast
                    .conditions
                    .iter()
                    .zip(&outlook.conditions)
                    .for_each(|(name, years)| push(name, year, years[year])),
                "segments" => forecast
                    .segments
                    .iter()
                    .zip(&outlook.segments)
                    .for_each(|(name, years)| push(name, year, years[year])),
                _ => forecast
                    .services
                    .iter()
                    .zip(&outlook.activity)
                    .for_each(|(service, years)| push(&service.id, year, years[year])),
            }
        }
    }
    if let Shape::Text { .. } = shape {
        print(&forecast.headline(&forecast.place, forecast.years).sentence())?;
    }
    show(&table, shape, 60)
}

/// `catchment calibrate`
pub fn calibrate(wanted: &args::Calibrate, shape: Shape, progress: &Progress) -> Result<(), Fault> {
    let at = crate::fresh(&wanted.place, progress)?;
    let reader = crate::see::reader(&at)?;
    let (file, learned) = progress.saying("learning", || futures::calibrate(&reader, wanted.out.as_deref()))?;
    let mut table = show::Table::new(["of", "what", "learned", "from", "words"]);
    for lesson in &learned.lessons {
        let learned = if lesson.learned { "yes" } else { "no" };
        table.push([
            show::Cell::from(lesson.of.as_str()),
            lesson.what.as_str().into(),
            learned.into(),
            (lesson.from as u64).into(),
            lesson.words.as_str().into(),
        ]);
    }
    show(&table, shape, usize::MAX)?;
    let scored = futures::night(&reader, progress)?;
    eprintln!("{scored} values held against what happened. {}", futures::trusted(&at.folder, true)?);
    if let Some(odds) = futures::odds(&at.folder)? {
        eprintln!("The chance of a severe day: {}.", odds.words());
    }
    eprintln!("{}: written; `catchment simulate {}` runs it", file.display(), file.display());
    Ok(())
}
