//! Engines over plain files, with no place: `catchment spc`, `rates`, `funnel`, `inequality`, `lifetable`,
//! `journeys`, `opinion`.

use crate::fault::Fault;
use crate::out::{self, Shape};
use crate::{args, print, refresh};
use measures::health::csv::{self as statistics, Role};
use measures::health::{Confidence, Overdispersion};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The file, ready to be read as rows; a JSON object on standard input is a case, which is answered at once.
fn rows_or_answer(file: &str, shape: Shape) -> Result<Option<Box<dyn Read>>, Fault> {
    if file != "-" {
        let file = File::open(file).map_err(Fault::disk("read", Path::new(file)))?;
        return Ok(Some(Box::new(BufReader::new(file))));
    }
    let text = crate::read_stdin()?;
    if shape != Shape::Json || !text.trim_start().starts_with('{') {
        return Ok(Some(Box::new(std::io::Cursor::new(text))));
    }
    print(&answer(&text)?.to_string())?;
    Ok(None)
}

/// One case in, what is expected of it out: `kind` says which statistic.
fn answer(text: &str) -> Result<serde_json::Value, Fault> {
    let case: serde_json::Value = serde_json::from_str(text).map_err(|wrong| {
        Fault::new(format!("standard input is not JSON: {wrong}"), "send one object with `kind` and `input`")
    })?;
    let wrong = |wrong: &dyn std::error::Error| {
        Fault::new(out::chain(wrong), "docs/statistics.md tells the fields of each kind, with an example")
    };
    match measures::spc::answer(&case) {
        Err(measures::spc::CaseError::Kind(_)) => measures::health::answer(&case).map_err(|said| wrong(&said)),
        answer => answer.map_err(|said| wrong(&said)),
    }
}

/// `catchment spc`
pub fn spc(wanted: args::Spc, shape: Shape) -> Result<(), Fault> {
    use measures::spc::{Columns, FileOptions, Options, Rules};
    let number = wanted.target.as_deref().and_then(|target| target.parse::<f64>().ok());
    let options = FileOptions {
        columns: Columns {
            period: wanted.period,
            value: wanted.value,
            group: wanted.group,
            target: wanted.target.filter(|_| number.is_none()),
        },
        chart: Options {
            rules: if wanted.rules == "making-data-count" { Rules::MakingDataCount } else { Rules::NhsrPlotTheDots },
            better: refresh::better(&wanted.better),
            target: number,
            fix_after: wanted.fix_after,
            ..Options::default()
        },
        rebase: wanted.rebase,
        unit: wanted.unit,
    };
    let Some(reader) = rows_or_answer(&wanted.file, shape)? else { return Ok(()) };
    let report = measures::spc::from_csv(reader, &options).map_err(|wrong| {
        Fault::new(
            format!("{}: {}", wanted.file, out::chain(&wrong)),
            "catchment spc --help shows how columns are named",
        )
    })?;
    print(&match shape {
        Shape::Json => report.to_json().to_string(),
        Shape::Csv => report.to_csv(),
        Shape::Text { .. } => report.to_text(),
    })?;
    for problem in &report.problems {
        eprintln!("{}:{}: {}", wanted.file, problem.line, problem.message);
    }
    Ok(())
}

fn columns(given: args::Columns) -> statistics::Columns {
    let args::Columns {
        group,
        events,
        people,
        value,
        lower,
        upper,
        error,
        age,
        standard,
        frequency,
        reference_events,
        reference_people,
        quantile,
        score,
        deaths,
        healthy,
        asked,
    } = given;
    let mut all: statistics::Columns = group.into_iter().map(|name| (Role::Group, name)).collect();
    let named = [
        (Role::Events, events),
        (Role::People, people),
        (Role::Value, value),
        (Role::Lower, lower),
        (Role::Upper, upper),
        (Role::Error, error),
        (Role::Age, age),
        (Role::Standard, standard),
        (Role::Frequency, frequency),
        (Role::ReferenceEvents, reference_events),
        (Role::ReferencePeople, reference_people),
        (Role::Quantile, quantile),
        (Role::Score, score),
        (Role::Deaths, deaths),
        (Role::Healthy, healthy),
        (Role::Asked, asked),
    ];
    all.extend(named.into_iter().filter_map(|(role, name)| Some((role, name?))));
    all
}

fn confidence(level: f64) -> Result<Confidence, Fault> {
    Confidence::new(level).map_err(|wrong| Fault::new(wrong.to_string(), "write it as 0.95"))
}

fn told(
    file: &str,
    command: &str,
    shape: Shape,
    report: impl FnOnce(Box<dyn Read>) -> Result<statistics::Report, statistics::CsvError>,
) -> Result<(), Fault> {
    let Some(reader) = rows_or_answer(file, shape)? else { return Ok(()) };
    let report = report(reader).map_err(|wrong| {
        Fault::new(
            format!("{file}: {}", out::chain(&wrong)),
            format!("catchment {command} --help shows how columns are named"),
        )
    })?;
    print(&match shape {
        Shape::Json => report.to_json().to_string(),
        Shape::Csv => report.to_csv(),
        Shape::Text { .. } => report.to_text(),
    })?;
    if shape == Shape::Csv {
        for problem in &report.problems {
            eprintln!("{file}: {problem}");
        }
    }
    Ok(())
}

/// `catchment rates`
pub fn rates(wanted: args::Rates, shape: Shape) -> Result<(), Fault> {
    use statistics::Statistic;
    let options = statistics::RateOptions {
        columns: columns(wanted.columns),
        statistic: wanted.statistic.as_deref().map(|word| match word {
            "share" => Statistic::Share,
            "mean" => Statistic::Mean,
            "direct" => Statistic::Direct,
            "ratio" => Statistic::Ratio,
            _ => Statistic::Rate,
        }),
        per: wanted.per,
        levels: wanted.confidence.into_iter().map(confidence).collect::<Result<_, _>>()?,
    };
    told(&wanted.file, "rates", shape, |reader| statistics::rates(reader, &options))
}

/// Share of the values trimmed at each end, as SHMI does.
const TRIMMED: f64 = 0.1;

/// `catchment funnel`
pub fn funnel(wanted: args::Funnel, shape: Shape) -> Result<(), Fault> {
    use statistics::FunnelKind;
    let kind = match (wanted.kind.as_str(), wanted.overdispersed) {
        ("ratio", false) => FunnelKind::Ratio,
        ("rate", false) => FunnelKind::Rate,
        (_, false) => FunnelKind::Share,
        ("ratio", true) => FunnelKind::Overdispersed(Overdispersion::LogRatio, TRIMMED),
        ("rate", true) => FunnelKind::Overdispersed(Overdispersion::CountRatio, TRIMMED),
        (_, true) => FunnelKind::Overdispersed(Overdispersion::Share, TRIMMED),
    };
    let options = statistics::FunnelOptions { columns: columns(wanted.columns), kind, per: wanted.per };
    told(&wanted.file, "funnel", shape, |reader| statistics::funnel(reader, &options))
}

/// `catchment inequality`
pub fn inequality(wanted: args::Inequality, shape: Shape) -> Result<(), Fault> {
    let options = statistics::InequalityOptions {
        columns: columns(wanted.columns),
        share: wanted.share,
        per: wanted.per,
        level: wanted.confidence.map(confidence).transpose()?,
    };
    told(&wanted.file, "inequality", shape, |reader| statistics::inequality(reader, &options))
}

/// `catchment lifetable`
pub fn lifetable(wanted: args::Lifetable, shape: Shape) -> Result<(), Fault> {
    let options = statistics::LifeOptions {
        columns: columns(wanted.columns),
        ages: wanted.at,
        levels: wanted.confidence.into_iter().map(confidence).collect::<Result<_, _>>()?,
    };
    told(&wanted.file, "lifetable", shape, |reader| statistics::lifetable(reader, &options))
}

/// `catchment journeys`
pub fn journeys(wanted: args::Journeys, shape: Shape) -> Result<(), Fault> {
    use journeys::log::{Columns, Log, to_json, to_text};
    let path = &wanted.file;
    let columns = Columns { case: wanted.case, activity: wanted.activity, time: wanted.time, ..Columns::default() };
    let file = File::open(path).map_err(Fault::disk("read", path))?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let log = match ending {
        "parquet" => Log::from_parquet(file, &columns),
        "gz" => Log::from_csv(flate2::read::MultiGzDecoder::new(BufReader::new(file)), &columns),
        _ => Log::from_csv(BufReader::new(file), &columns),
    };
    let log = log.map_err(|wrong| {
        Fault::new(
            format!("{}: {}", path.display(), out::chain(&wrong)),
            "name the columns with --case, --activity and --time",
        )
    })?;
    let answers = log.answers();
    print(&if let Shape::Text { .. } = shape { to_text(&answers) } else { to_json(&answers).to_string() })
}

/// `catchment opinion`
pub fn opinion(wanted: &args::Opinion, shape: Shape) -> Result<(), Fault> {
    use agree::opinion::{self, Options};
    let help = "docs/opinion.md tells which files are read, and what a case holds";
    let mut read: Vec<(String, Vec<u8>)> = Vec::new();
    for file in &wanted.files {
        if file.as_os_str() != "-" {
            let bytes = std::fs::read(file).map_err(Fault::disk("read", file))?;
            read.push((file.display().to_string(), bytes));
            continue;
        }
        let text = crate::read_stdin()?;
        if shape == Shape::Json && !text.trim_start().starts_with('{') && ["", "[]"].contains(&text.trim()) {
            return Err(Fault::new("standard input holds no case", help));
        }
        if shape == Shape::Json && text.trim_start().starts_with('{') {
            let answer = opinion::answer(&text, &|path| std::fs::read(path).ok());
            return print(&answer.map_err(|wrong| Fault::new(out::chain(&wrong), help))?);
        }
        read.push(("standard input".to_owned(), text.into_bytes()));
    }
    let files: Vec<(&str, &[u8])> = read.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let (report, problems) = opinion::report(&files, &Options::default());
    for problem in &problems {
        eprintln!("{problem}");
    }
    if report.participants == 0 {
        return Err(Fault::new("no votes could be read", help));
    }
    print(&match shape {
        Shape::Json => report.json(),
        Shape::Csv => report.csv(),
        Shape::Text { .. } => report.text(),
    })
}
