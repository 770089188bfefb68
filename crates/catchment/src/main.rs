//! The one binary: commands, HTTP, jobs. The one place where stages meet; the only crate with a clock and a seed.

mod access;
mod ahead;
mod alone;
mod args;
mod ask;
mod digest;
mod doctor;
mod fault;
mod futures;
mod grid;
mod joins;
mod keep;
mod load;
mod measure;
mod out;
mod paper;
mod place;
mod planning;
mod progress;
mod refresh;
mod said;
mod see;
mod serve;
mod talk;
mod view;
mod viewed;
mod watch;

use args::{Cli, Command};
use clap::Parser;
use domain::Date;
use fault::Fault;
use out::Shape;
use place::Catchment;
use progress::Progress;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let shape = Shape::new(cli.json, cli.csv);
    match run(cli.command, shape) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("{:?}", miette::Report::new(fault));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, shape: Shape) -> Result<ExitCode, Fault> {
    let progress = Progress::new();
    match command {
        Command::Demo(wanted) => demo(&wanted, &progress)?,
        Command::Sample(wanted) => {
            let ends_on = wanted.ends_on.as_deref().map(read_date).transpose()?;
            sample(&wanted.folder, &wanted.size, ends_on, &progress)?;
        }
        Command::Init(wanted) => init(&wanted)?,
        Command::Add(wanted) => {
            let at = Catchment::open(&wanted.place)?;
            let added = load::add(&at, &wanted.files, wanted.feed.as_deref(), wanted.later, &progress)?;
            report(&added, &wanted.place, shape)?;
        }
        Command::Retry(wanted) => {
            let at = Catchment::open(&wanted.place)?;
            let added = load::retry(&at, wanted.feed.as_deref(), &progress)?;
            let line = if added.records == 0 {
                "nothing waits to be read again".to_owned()
            } else {
                format!(
                    "{} read again: {} are in, {} still wait",
                    show::number::plural(added.records as usize, "record"),
                    show::number::count(added.records - added.held),
                    show::number::count(added.held)
                )
            };
            print(&line)?;
        }
        Command::Problems(wanted) => {
            let at = Catchment::open(&wanted.place)?;
            let table = see::problems(&at, wanted.code.as_deref(), wanted.feed.as_deref(), wanted.all)?;
            if table.rows.is_empty() && matches!(shape, Shape::Text { .. }) {
                print("no problems: every record that came is in")?;
            } else if matches!(shape, Shape::Text { .. }) && !wanted.all {
                print(&see::problems_text(&table, 12))?;
            } else {
                show(&table, shape, if wanted.all { usize::MAX } else { 40 })?;
            }
        }
        Command::See(wanted) => {
            let at = fresh(&wanted.place, &progress)?;
            let what = wanted.what.as_str();
            if see::TABLES.contains(&what) {
                show(&see::table(&at, what)?, shape, if wanted.all { usize::MAX } else { 40 })?;
            } else {
                print(&view(&at, what, wanted.panel, shape)?)?;
            }
        }
        Command::Paper(wanted) => {
            let form = paper::Form::of(&wanted.out)?;
            let at = fresh(&wanted.place, &progress)?;
            let bytes = paper::write(&at, &wanted.address, wanted.week.as_deref(), form)?;
            std::fs::write(&wanted.out, &bytes).map_err(Fault::disk("write", &wanted.out))?;
            print(&format!("{}: {} kB", wanted.out.display(), bytes.len().div_ceil(1024)))?;
        }
        Command::Digest(wanted) => {
            let at = fresh(&wanted.place, &progress)?;
            let (mail, entries) = digest::mail(&at, wanted.since.as_deref())?;
            if wanted.send {
                let count = digest::send(&at.folder, &mail)?;
                print(&format!("sent to {}: {}", show::number::plural(count, "reader"), mail.subject))?;
            } else if shape == Shape::Json {
                print(&entries_table(&entries).to_json())?;
            } else {
                print(&mail.text)?;
            }
        }
        Command::Say(wanted) => {
            let at = Catchment::open(&wanted.place)?;
            let text = read_text(&wanted.file)?;
            let (lines, deeds): (Vec<usize>, Vec<_>) = said::deeds(&wanted.file, &text)?.into_iter().unzip();
            let named = |at: usize| format!("{}:{}", wanted.file, lines.get(at).copied().unwrap_or_default());
            let count = progress.saying("writing it down", || at.said.load(deeds, named))?;
            print(&format!("{}, in the Ledger", show::number::plural(count, "deed")))?;
        }
        Command::Ledger(args::Ledger::Export(wanted)) => {
            let at = Catchment::open(&wanted.place)?;
            at.said.export(&mut std::io::BufWriter::new(std::io::stdout().lock()))?;
        }
        Command::Ledger(args::Ledger::Import(wanted)) => {
            let at = Catchment::open(&wanted.place)?;
            let text = read_text(&wanted.file)?;
            let added = at.said.import(text.as_bytes(), &wanted.file)?;
            print(&format!("{added} entries are new here; all is as it was written"))?;
        }
        Command::Ledger(args::Ledger::Verify(wanted)) => {
            let at = Catchment::open(&wanted.place)?;
            match at.said.verify()? {
                (entries, None) => print(&format!("{entries} entries, as they were written"))?,
                (_, Some(entry)) => {
                    return Err(Fault::new(
                        format!("entry {entry} is not as it was written"),
                        "bring the Ledger back from your backup, or from what `catchment ledger export` wrote",
                    ));
                }
            }
        }
        Command::Talk(args::Talk::Import(wanted)) => {
            let at = Catchment::open(&wanted.place)?;
            let done = progress.saying("reading", || {
                talk::import(&at, &wanted.id, &wanted.question, &wanted.files, "Whoever runs Catchment here")
            })?;
            done.problems.iter().for_each(|problem| eprintln!("{problem}"));
            print(&format!(
                "{}: {}, {}",
                wanted.id,
                show::number::plural(done.statements, "statement"),
                show::number::plural(done.votes, "vote")
            ))?;
        }
        Command::Talk(args::Talk::Export(wanted)) => {
            let at = Catchment::open(&wanted.place)?;
            for path in talk::export(&at, &wanted.id, &wanted.out)? {
                print(&path.display().to_string())?;
            }
        }
        Command::Why(wanted) => {
            let (place, figure) = match wanted.figure.as_slice() {
                [place, figure] => (place.as_str(), figure),
                [figure] => (".", figure),
                _ => return Err(Fault::new("no figure is named", "catchment why PLACE FIGURE")),
            };
            let at = fresh(Path::new(place), &progress)?;
            explain(&see::why(&at, figure)?, shape)?;
        }
        Command::Sql(wanted) => {
            let at = fresh(&wanted.place, &progress)?;
            let query = if wanted.query == "-" { read_stdin()? } else { wanted.query };
            let table = grid::Grid::new(at.lake.sql(&query)?).to_table();
            show(&table, shape, usize::MAX)?;
        }
        Command::Measure(wanted) => return measure::run(wanted, shape, &progress),
        Command::Spc(wanted) => alone::spc(wanted, shape)?,
        Command::Rates(wanted) => alone::rates(wanted, shape)?,
        Command::Funnel(wanted) => alone::funnel(wanted, shape)?,
        Command::Inequality(wanted) => alone::inequality(wanted, shape)?,
        Command::Lifetable(wanted) => alone::lifetable(wanted, shape)?,
        Command::Journeys(wanted) => alone::journeys(wanted, shape)?,
        Command::Calibrate(wanted) => ahead::calibrate(&wanted, shape, &progress)?,
        Command::Simulate(wanted) => ahead::simulate(&wanted, shape, &progress)?,
        Command::Project(wanted) => ahead::project(&wanted, shape, &progress)?,
        Command::Opinion(wanted) => alone::opinion(&wanted, shape)?,
        Command::Plan(wanted) => return planning::run(wanted, shape),
        Command::Serve(wanted) => {
            let at = fresh(&wanted.place, &progress)?;
            serve::serve(at, wanted.port, &wanted.host, |address| println!("{address}   (stop with Ctrl-C)"))?;
        }
        Command::Allow(wanted) => allow(&wanted, shape)?,
        Command::Doctor(wanted) => {
            let at = Catchment::open(&wanted.place)?;
            let (table, well) = doctor::examine(&at)?;
            show(&table, shape, usize::MAX)?;
            if !well {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> Result<(), Fault> {
    out::text(text).map_err(|wrong| Fault::new("cannot print", "").because(wrong))
}

fn show(table: &show::Table, shape: Shape, rows: usize) -> Result<(), Fault> {
    out::table(table, shape, rows).map_err(|wrong| Fault::new("cannot print", "").because(wrong))
}

fn entries_table(entries: &[show::feed::Entry]) -> show::Table {
    let table = show::Table::new(["id", "title", "updated", "link", "summary"]);
    entries.iter().fold(table, |table, entry| {
        let updated = entry.updated.to_string();
        table.row([&entry.id, &entry.title, &updated, &entry.link, &entry.summary].map(|text| text.as_str().into()))
    })
}

/// A view in the medium that its address, a flag or the pipe asks for.
fn view(at: &Catchment, address: &str, panel: Option<String>, shape: Shape) -> Result<String, Fault> {
    use ask::Medium;
    let (mut view, medium) = see::view(at, address)?;
    let panel = |named: Option<String>| panel.or(named);
    let medium = match (medium, shape) {
        (Medium::Page, Shape::Json) => Medium::Json { panel: panel(None) },
        (Medium::Page, Shape::Csv) => Medium::Csv { panel: panel(None) },
        (Medium::Page, Shape::Text { width }) => {
            if let Some(name) = panel(None) {
                view.panels.retain(|shown| shown.id == name);
            }
            return Ok(show::media::text(&view, width));
        }
        (Medium::Json { panel: named }, _) => Medium::Json { panel: panel(named) },
        (Medium::Csv { panel: named }, _) => Medium::Csv { panel: panel(named) },
    };
    Ok(serve::data(&view, &medium)?)
}

/// A place whose derived tables are as new as its facts.
fn fresh(folder: &Path, progress: &Progress) -> Result<Catchment, Fault> {
    let at = Catchment::open(folder)?;
    refresh::refresh_if_stale(&at, progress)?;
    Ok(at)
}

fn read_stdin() -> Result<String, Fault> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|wrong| Fault::new("cannot read standard input", "").because(wrong))?;
    Ok(text)
}

fn read_date(text: &str) -> Result<Date, Fault> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    let date = next().zip(next()).zip(next()).and_then(|((year, month), day)| Date::from_ymd(year as i32, month, day));
    date.ok_or_else(|| Fault::new(format!("'{text}' is not a date"), "write it as 2025-11-16"))
}

fn sample(folder: &Path, size: &args::Size, ends_on: Option<Date>, progress: &Progress) -> Result<(), Fault> {
    let args::Size { people, months, seed } = *size;
    let ends_on = ends_on.unwrap_or(sample::Options::default().ends_on);
    let options = sample::Options { people, months, seed, ends_on };
    let bar = progress.count("writing", 0);
    let mut sink = sample::DirSink(folder.to_owned());
    let summary = sample::write(&options, &mut sink, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let summary = summary.map_err(|wrong| {
        Fault::new(out::chain(&wrong), "check the numbers and the disk; `catchment sample --help` shows examples")
    })?;
    print(&format!(
        "{}: {} people, {} months, {} records in {} files ({} MB)",
        folder.display(),
        show::number::count(summary.people),
        months,
        show::number::count(summary.records),
        summary.files,
        summary.bytes >> 20
    ))
}

fn init(wanted: &args::Init) -> Result<(), Fault> {
    let made = place::init(&wanted.place, wanted.name.as_deref())?;
    if made.is_empty() {
        return print(&format!("{} is a place already; nothing was changed", wanted.place.display()));
    }
    let place = wanted.place.display();
    print(&format!(
        "{place} is a place: describe it in {place}/place.toml and its senders in {place}/feeds/, then\n  catchment add {place} FILES…\nKeep a copy of {place}/vault.key elsewhere: it is the only way into the vault."
    ))
}

fn demo(wanted: &args::Demo, progress: &Progress) -> Result<(), Fault> {
    let folder = &wanted.place;
    let whole = folder.join("lake/HEAD.json").exists() && Catchment::open(folder)?.is_empty().is_ok_and(|empty| !empty);
    if !whole {
        sample(folder, &wanted.size, None, progress)?;
        place::init(folder, None)?;
        futures::invented(folder, wanted.size.people)?;
        let at = Catchment::open(folder)?;
        let added = load::add(&at, &[folder.display().to_string()], None, false, progress)?;
        report(&added, folder, Shape::Text { width: 100 })?;
    }
    let at = fresh(folder, progress)?;
    if at.said.state()?.seq == 0 {
        progress.saying("remembering what was said", || invented(&at, &wanted.size))?;
    }
    if futures::told(&at.folder)?.is_empty() {
        let reader = see::reader(&at)?;
        progress.saying("learning", || futures::calibrate(&reader, None))?;
        futures::night(&reader, progress)?;
    }
    if wanted.no_serve {
        return Ok(());
    }
    let lead = access::Access::of(folder).allow(access::Person::new("Flow lead, Rivermead", &access::MAY, None))?;
    let hour = at.place.clock.map(|_| at.place.zone.show(place::now()));
    serve::serve(at, wanted.port, &[], |address| {
        if let Some(hour) = &hour {
            println!("In Rivermead it is {hour}, whenever you open it.");
        }
        println!("{address}   (stop with Ctrl-C)");
        println!("{address}/enter?key={lead}   (as Flow lead, Rivermead, who may sign notes and open single journeys)");
    })
}

/// What Rivermead said, settled and planned in the year before its newest record.
fn invented(at: &Catchment, size: &args::Size) -> Result<(), Fault> {
    // A real conversation, where its open data lies beside us.
    let folder = "brexit-consensus";
    let polis = Path::new("../shared/data/polis").join(folder);
    let read = |name: &str| std::fs::read(polis.join(name)).ok();
    let files = read("statements.csv").zip(read("votes.csv"));
    let polis = files.as_ref().map(|(statements, votes)| sample::said::Polis { folder, statements, votes });
    let all = sample::said::all(sample::Options::default().ends_on, size.seed, polis)
        .map_err(|wrong| Fault::new(out::chain(&wrong), "see place/said"))?;
    let todo = |one: sample::said::Said| said::ToDo {
        at: Some(one.at),
        who: one.who,
        because: one.because,
        act: one.act,
        once: None,
    };
    at.said.load(all.into_iter().map(todo).collect(), |at| format!("deed {} of the year", at + 1)).map(drop)
}

fn allow(wanted: &args::Allow, shape: Shape) -> Result<(), Fault> {
    let at = Catchment::open(&wanted.place)?;
    if wanted.pulse {
        let today = agree::log::day_of(place::now());
        return show(&joins::links(&at, &wanted.at, today)?, shape, usize::MAX);
    }
    let access = access::Access::of(&at.folder);
    if let Some(name) = &wanted.remove {
        return if access.remove(name)? {
            print(&format!("{name} may only look now, on every machine"))
        } else {
            Err(Fault::new(
                format!("there is no reader called '{name}'"),
                format!("catchment allow {} --list", wanted.place.display()),
            ))
        };
    }
    let Some(name) = wanted.name.as_deref().filter(|_| !wanted.list) else {
        let table = access.list()?;
        if table.rows.is_empty() && matches!(shape, Shape::Text { .. }) {
            return print("nobody may do more than look");
        }
        return show(&table, shape, usize::MAX);
    };
    if let (Some(seat), Some(scheme)) = (&wanted.seat, &at.said.state()?.scheme) {
        let seats = &scheme.rows().seats;
        if !seats.iter().any(|known| known.id == *seat) {
            let known: Vec<&str> = seats.iter().map(|known| known.id.as_str()).collect();
            return Err(Fault::new(
                format!("the scheme of delegation has no seat '{seat}'"),
                format!("one of: {}", known.join(", ")),
            ));
        }
    }
    let person = access::Person::new(name, &wanted.may, wanted.seat.clone());
    let key = access.allow(access::Person { teams: wanted.teams.clone(), ..person })?;
    print(&format!(
        "{}/enter?key={key}\nGive this address to {name}. It works once, and nobody can find it out again; this command makes another.",
        wanted.at.trim_end_matches('/')
    ))
}

fn report(added: &load::Added, place: &Path, shape: Shape) -> Result<(), Fault> {
    let count = show::number::count;
    if shape == Shape::Json {
        return print(
            &serde_json::json!({
                "files": added.files, "records": added.records, "known": added.known, "events": added.events,
                "held": added.held, "problems": added.problems, "series": added.series, "strangers": added.strangers,
            })
            .to_string(),
        );
    }
    let new = added.records - added.known;
    let mut lines = Vec::new();
    if added.records > 0 && new == 0 && added.series == 0 {
        lines.push(format!("all {} records were in already; nothing changed", count(added.records)));
    } else {
        let mut line = format!("{} records in, {} events", count(new - added.held), count(added.events));
        if added.series > 0 {
            line.push_str(&format!(", {} published figures", count(added.series)));
        }
        if added.known > 0 {
            line.push_str(&format!("; {} were in already", count(added.known)));
        }
        if added.held > 0 {
            line.push_str(&format!("; {} wait for you: catchment problems {}", count(added.held), place.display()));
        }
        lines.push(line);
    }
    if !added.strangers.is_empty() {
        lines.push(format!(
            "{} fit no feed and were left out, the first is {}",
            show::number::plural(added.strangers.len(), "file"),
            added.strangers[0]
        ));
    }
    print(&lines.join("\n"))
}

fn explain(why: &see::Why, shape: Shape) -> Result<(), Fault> {
    if shape == Shape::Json {
        let tables: serde_json::Map<String, serde_json::Value> = why
            .tables
            .iter()
            .chain(&why.single)
            .map(|(name, table)| {
                (name.clone(), serde_json::from_str(&table.to_json()).unwrap_or(serde_json::Value::Null))
            })
            .collect();
        let text: serde_json::Map<String, serde_json::Value> =
            why.text.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
        return print(&serde_json::json!({ "title": why.title, "text": text, "tables": tables }).to_string());
    }
    let width = if let Shape::Text { width } = shape { width } else { 160 };
    let mut page = format!("{}\n", why.title);
    for (name, text) in &why.text {
        page.push_str(&format!("\n{name}\n  {}\n", text.replace('\n', "\n  ")));
    }
    for (name, table) in why.tables.iter().chain(&why.single) {
        page.push_str(&format!("\n{name}\n{}", table.to_text(width, 20)));
    }
    print(&page)
}

/// A file, or standard input.
fn read_text(file: &str) -> Result<String, Fault> {
    if file == "-" {
        return read_stdin();
    }
    std::fs::read_to_string(file).map_err(Fault::disk("read", Path::new(file)))
}
