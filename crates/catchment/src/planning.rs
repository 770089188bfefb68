//! `catchment plan`: a plan's dates and money from a plain file, with no place and no server.

use crate::args;
use crate::fault::{Fault, in_file};
use crate::out::Shape;
use crate::place::now;
use agree::log::day_of;
use agree::plan::{self, Again, Forecast, Gives, Past, Plan, PlanError, Promised, Range, Reference};
use domain::Date;
use show::{Cell, Table, Unit};
use std::path::Path;
use std::process::ExitCode;

/// Runs `catchment plan …`.
///
/// # Errors
/// When a file cannot be read, or the plan cannot be followed.
pub fn run(wanted: args::PlanCommand, shape: Shape) -> Result<ExitCode, Fault> {
    match wanted.what {
        args::PlanWhat::Check(wanted) => check(&wanted, shape),
        args::PlanWhat::Forecast(wanted) => forecast(&wanted, shape),
    }
}

fn read(file: &Path) -> Result<(Plan, String), Fault> {
    let text = if file.as_os_str() == "-" {
        crate::read_stdin()?
    } else {
        std::fs::read_to_string(file).map_err(Fault::disk("read", file))?
    };
    let plan = toml::from_str(&text).map_err(|wrong| {
        let line = wrong.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        in_file(file, &text, line, wrong.message(), "docs/plans.md tells every key")
    })?;
    Ok((plan, text))
}

fn today(said: Option<&str>) -> Result<Date, Fault> {
    said.map_or_else(|| Ok(day_of(now())), crate::read_date)
}

fn check(wanted: &args::PlanFile, shape: Shape) -> Result<ExitCode, Fault> {
    let (plan, text) = read(&wanted.plan)?;
    let wrong = plan.check().err();
    let mut found: Vec<(&str, Option<usize>, String, String)> = Vec::new();
    for fault in wrong.iter().flat_map(|faults| &faults.0) {
        found.push(("wrong", line_of(&text, fault), fault.to_string(), fault.help()));
    }
    if wrong.is_none() {
        for warning in plan::warnings(std::slice::from_ref(&plan), today(wanted.today.as_deref())?) {
            found.push(("warning", None, warning.to_string(), String::new()));
        }
    }
    let done = if wrong.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let Shape::Text { .. } = shape else {
        let mut table = Table::new(["what", "line", "words", "way_out"]);
        for (what, line, words, help) in found {
            let help = Some(help).filter(|help| !help.is_empty());
            table.push([what.into(), line.into(), Cell::from(words), help.into()]);
        }
        crate::show(&table, shape, usize::MAX)?;
        return Ok(done);
    };
    if found.is_empty() {
        crate::print(&format!("{}: {} steps, nothing is wrong", plan.id, plan.steps.len()))?;
    }
    // A sentence each, however narrow the terminal is; a control character of the file does not reach it.
    for (what, line, words, help) in found {
        let place = line.map_or_else(String::new, |line| format!("{}:{line}: ", wanted.plan.display()));
        let help = if help.is_empty() { help } else { format!("\n  help: {help}") };
        let readable = |ch: char| if ch.is_control() && ch != '\n' { '\u{fffd}' } else { ch };
        crate::print(&format!("{place}{what}: {words}{help}").chars().map(readable).collect::<String>())?;
    }
    Ok(done)
}

/// The line of a file that a fault is about, from 1: below the id that it names, the one that holds what is wrong.
fn line_of(text: &str, fault: &PlanError) -> Option<usize> {
    let quoted = |line: &str, word: &str| line.contains(&format!("\"{word}\"")) || line.contains(&format!("'{word}'"));
    let about = fault.about();
    let id = *about.first()?;
    let names = |line: &str| {
        let line: String = line.split_whitespace().collect();
        line.contains(&format!("id=\"{id}\"")) || line.contains(&format!("id='{id}'"))
    };
    let mut places = text.lines().enumerate().filter(|(_, line)| names(line)).map(|one| one.0);
    let at = match fault {
        PlanError::Twice { .. } => places.nth(1),
        // The goal has no id.
        _ if id == "goal" => text.lines().position(|line| line.trim_start().starts_with("goal")),
        _ => places.next(),
    }?;
    let holds = |line: &str| match fault {
        PlanError::Unknown { other, .. } => quoted(line, other),
        PlanError::Owner { owner, .. } => line.trim_start().starts_with("owner") && quoted(line, owner),
        PlanError::Cycle { .. } => line.trim_start().starts_with("after"),
        PlanError::Number { what, .. } => line.trim_start().starts_with(what),
        PlanError::BeforeStart { date, .. } => line.contains(&date.to_string()),
        PlanError::Twice { .. } | PlanError::Order { .. } => false,
    };
    let below = text.lines().enumerate().skip(at).take_while(|(line, text)| *line == at || !text.starts_with("[["));
    Some(below.filter(|(_, line)| holds(line)).map(|one| one.0).next().unwrap_or(at) + 1)
}

/// What promises were worth: `time` and `money` hold `class`, `promised`, `delivered`; `docs/plans.md` shows a whole file.
fn reference(file: Option<&Path>) -> Result<Reference, Fault> {
    let mut learnt = Reference::published();
    let Some(file) = file else { return Ok(learnt) };
    let text = std::fs::read_to_string(file).map_err(Fault::disk("read", file))?;
    let wrong = |words: String| Fault::new(format!("{}: {words}", file.display()), "docs/plans.md shows a whole file");
    let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| {
        let line = fault.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        in_file(file, &text, line, fault.message(), "docs/plans.md shows a whole file")
    })?;
    let known = ["time", "money", "common_times", "common_money", "rock_half_life_days"];
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(format!("'{key}' is not known here")));
    }
    let past = |key: &str| -> Result<Vec<Past>, Fault> {
        let rows = table.get(key).cloned().unwrap_or_else(|| toml::Value::Array(Vec::new()));
        rows.try_into().map_err(|fault: toml::de::Error| wrong(format!("{key}: {}", fault.message())))
    };
    let number = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(value) => match value.as_float().or_else(|| value.as_integer().map(|number| number as f64)) {
            Some(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
            _ => Err(wrong(format!("{key} is a number from 0"))),
        },
    };
    learnt = Reference::learn(&past("time")?, &past("money")?);
    learnt.common_times = number("common_times")?.unwrap_or(learnt.common_times);
    learnt.common_money = number("common_money")?.unwrap_or(learnt.common_money);
    learnt.rock_half_life_days = number("rock_half_life_days")?;
    Ok(learnt)
}

fn forecast(wanted: &args::PlanForecast, shape: Shape) -> Result<ExitCode, Fault> {
    let (plan, _) = read(&wanted.file.plan)?;
    let today = today(wanted.file.today.as_deref())?;
    let learnt = reference(wanted.reference.as_deref())?;
    let wrong = |faults: plan::PlanErrors| Fault::new(format!("{} cannot be followed", plan.id), faults.to_string());
    let played = plan::forecast(&plan, &learnt, today, wanted.seed, wanted.runs).map_err(wrong)?;
    let promised = plan::promised(&plan).map_err(wrong)?;
    if shape == Shape::Json {
        crate::print(&json(&plan, &played, &promised).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut whole = whole(&plan, &played, &promised);
    if let Shape::Text { width } = shape {
        let steps = crate::view::forecast_table(&plan, &played);
        crate::print(&format!("{}\n{}\n{}", plan.title, whole.to_text(width, usize::MAX), steps.to_text(width, 40)))?;
    } else {
        for told in &played.steps {
            let Some(step) = plan.steps.iter().find(|step| step.id == told.step) else { continue };
            whole.push([
                Cell::from(format!("step {}: {}", step.id, step.title)),
                Cell::Missing,
                told.finish.to_string().into(),
                Cell::Missing,
                Cell::Missing,
                step.due.map_or(Cell::Missing, |due| due.to_string().into()),
                Cell::of(told.late.map(|late| 100.0 * (1.0 - late)), &Unit::Percent),
            ]);
        }
        crate::show(&whole, shape, usize::MAX)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn again(again: Again) -> &'static str {
    match again {
        Again::Recurrent => "recurrent",
        Again::OneOff => "one-off",
    }
}

fn gives(gives: Gives) -> &'static str {
    match gives {
        Gives::Cash => "cash",
        Gives::Capacity => "capacity",
        Gives::Avoided => "avoided",
    }
}

/// The end, its chances and the money, one row each.
fn whole(plan: &Plan, played: &Forecast, promised: &Promised) -> Table {
    let mut table = Table::new(["what", "p10", "p50", "p90", "mean", "promised", "chance_percent"]);
    let chance = |chance: Option<f64>| Cell::of(chance.map(|chance| 100.0 * chance), &Unit::Percent);
    let pounds = |value: f64| Cell::said(value, format!("£{}", show::number::count(value.max(0.0).round() as u64)));
    let end = played.end;
    table.push([
        Cell::from("all is done"),
        end.p10.to_string().into(),
        end.p50.to_string().into(),
        end.p90.to_string().into(),
        Cell::Missing,
        promised.end.to_string().into(),
        chance(played.done_in_time),
    ]);
    for (id, dates) in &played.early_wins {
        let title = plan.steps.iter().find(|step| step.id == *id).map_or(id.as_str(), |step| step.title.as_str());
        let [p10, p50, p90] = [dates.p10, dates.p50, dates.p90].map(|day| Cell::from(day.to_string()));
        table.push([
            Cell::from(format!("early win: {title}")),
            p10,
            p50,
            p90,
            Cell::Missing,
            Cell::Missing,
            Cell::Missing,
        ]);
    }
    if plan.savings.is_empty() {
        return table;
    }
    let money = &played.money;
    let row = |what: String, range: &Range, promised: f64, chance: Cell| {
        [
            Cell::from(what),
            pounds(range.p10),
            pounds(range.p50),
            pounds(range.p90),
            pounds(range.mean),
            pounds(promised),
            chance,
        ]
    };
    let cash = format!("cash by {}", money.until);
    table.push(row(cash, &money.cash, promised.cash, chance(played.reaches_cash)));
    let year = "recurrent cash in a whole year".to_owned();
    table.push(row(year, &money.recurrent_cash_a_year, promised.cash_a_year, Cell::Missing));
    for ((comes, kind, range), by_then) in money.kinds.iter().zip(promised.kinds).filter(|kind| kind.1 > 0.0) {
        table.push(row(format!("{} {}", again(*comes), gives(*kind)), range, by_then, Cell::Missing));
    }
    table
}

fn json(plan: &Plan, played: &Forecast, promised: &Promised) -> serde_json::Value {
    // Whole pounds: nobody knows pence of next year.
    let range = |range: &Range| {
        let [p10, p50, p90, mean] = [range.p10, range.p50, range.p90, range.mean].map(f64::round);
        serde_json::json!({ "p10": p10, "p50": p50, "p90": p90, "mean": mean })
    };
    let dates = |dates: &plan::Dates| {
        let [p10, p50, p90] = [dates.p10, dates.p50, dates.p90].map(|day| day.to_string());
        serde_json::json!({ "p10": p10, "p50": p50, "p90": p90 })
    };
    let money = &played.money;
    let cause = |cause: &plan::Cause| match cause {
        plan::Cause::Common => serde_json::json!({ "common": true }),
        plan::Cause::Step(id) => serde_json::json!({ "step": id }),
        plan::Cause::Rock(id) => serde_json::json!({ "rock": id }),
    };
    serde_json::json!({
        "plan": plan.id, "runs": played.runs, "end": dates(&played.end), "promised_end": promised.end.to_string(),
        "done_in_time": played.done_in_time, "reaches_cash": played.reaches_cash,
        "money": {
            "until": money.until.to_string(), "cash": range(&money.cash), "promised_cash": promised.cash.round(),
            "recurrent_cash_a_year": range(&money.recurrent_cash_a_year), "promised_cash_a_year": promised.cash_a_year.round(), "counted_elsewhere": money.counted_elsewhere, "perhaps_twice": money.perhaps_twice,
            "kinds": money.kinds.iter().zip(promised.kinds).map(|((comes, kind, of), by_then)| serde_json::json!({ "again": again(*comes), "gives": gives(*kind), "range": range(of), "promised": by_then.round() })).collect::<Vec<_>>(),
        },
        "steps": played.steps.iter().map(|step| serde_json::json!({ "step": step.step, "start_p50": step.start.to_string(), "finish_p50": step.finish.to_string(), "late": step.late })).collect::<Vec<_>>(),
        "early_wins": played.early_wins.iter().map(|(id, days)| serde_json::json!({ "step": id, "end": dates(days) })).collect::<Vec<_>>(),
        "tornado": played.tornado.iter().map(|bar| serde_json::json!({ "cause": cause(&bar.cause), "days": bar.days })).collect::<Vec<_>>(),
        "rocks_not_drawn": played.rocks_not_drawn,
    })
}
