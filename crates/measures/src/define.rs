//! Measures are declared, not coded: a TOML file holds the question, why it matters, and the SQL that answers it.
//!
//! A broken file is a [`MeasureProblem`] with its line, column and the way out; the other files still work. The format is
//! in `docs/measures.md`.
//!
//! ```
//! let good = r#"
//! id = "people-referred"
//! title = "How many people are referred to community nursing?"
//! why = "More referrals than visits means a queue."
//! sector = "community"
//! owner = "Community Health"
//! theme = "flow"
//! kind = "flow"
//! statistic = "count"
//! unit = "people"
//! better = "neither"
//! levels = ["system", "neighbourhood"]
//! numerator = "SELECT asked AS at, 1 AS value, neighbourhood FROM stays WHERE kind = 'community_nursing'"
//! "#;
//! let (measures, problems) = measures::define::parse([("good.toml", good), ("bad.toml", "id = ")]);
//! assert_eq!(measures[0].id, "people-referred");
//! assert!(problems[0].to_string().starts_with("bad.toml:1:6: "));
//! ```

use crate::series::{Grain, Level};
use crate::spc::{Better, Rules};
use domain::{Date, Sector};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use toml::Spanned;
use toml::value::Datetime;

/// How readings add up over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Things that happen: they add up.
    Flow,
    /// What is there at a moment, such as people waiting: averaged over days, never added over time.
    Snapshot,
    /// A count since midnight: the last reading of a day is that day's number.
    Counter,
}

/// What is made of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Sum of `value`.
    Count,
    /// Numerator of each hundred of the denominator, in %.
    Share,
    /// Sum of numerator by sum of denominator; by the number of values where there is no denominator.
    Mean,
    /// The middle value.
    Median,
    /// The value that 9 in 10 are within.
    P90,
    /// Sum of `value` for each 1,000 people who live there.
    Rate,
    /// `value` is how many there are that day; longer periods take the average of their days.
    Level,
}

/// What a measure is about, whoever's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Time between being asked for and being taken.
    Waiting,
    /// How much is done, and how full it is.
    Flow,
    /// Whether care was right, safe and lasted.
    Quality,
    /// What people say of it.
    Experience,
    /// Those who do the work.
    Workforce,
    /// What it costs.
    Money,
    /// Illness that need not come.
    Prevention,
    /// Who is left behind.
    Inequality,
    /// Living well in one's own home.
    WellAtHome,
}

impl Theme {
    /// Every theme, in the order in which they are told.
    pub const ALL: &'static [Theme] = &[
        Theme::Waiting,
        Theme::Flow,
        Theme::Quality,
        Theme::Experience,
        Theme::Workforce,
        Theme::Money,
        Theme::Prevention,
        Theme::Inequality,
        Theme::WellAtHome,
    ];

    /// Its one spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::Waiting => "waiting",
            Theme::Flow => "flow",
            Theme::Quality => "quality",
            Theme::Experience => "experience",
            Theme::Workforce => "workforce",
            Theme::Money => "money",
            Theme::Prevention => "prevention",
            Theme::Inequality => "inequality",
            Theme::WellAtHome => "well_at_home",
        }
    }

    /// As a heading.
    pub const fn words(self) -> &'static str {
        match self {
            Theme::Waiting => "Waiting",
            Theme::Flow => "Flow",
            Theme::Quality => "Quality of care",
            Theme::Experience => "Experience",
            Theme::Workforce => "Workforce",
            Theme::Money => "Money",
            Theme::Prevention => "Prevention",
            Theme::Inequality => "Inequality",
            Theme::WellAtHome => "Well and at home",
        }
    }
}

/// The chart that a measure asks for, where the usual choice does not suit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Single values with their moving ranges.
    Xmr,
    /// The middle and its runs, no limits.
    Run,
    /// Shares of so many.
    P,
    /// Events by exposure.
    U,
    /// Events, the same exposure each period.
    C,
    /// Cases between rare events.
    G,
    /// Time between rare events.
    T,
}

/// A standard or target.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    /// In the unit of the measure.
    pub value: f64,
    /// What is promised, and who promised it.
    pub source: String,
    /// The first day on which it holds.
    pub since: Date,
    /// The last day, where one is known.
    pub until: Option<Date>,
}

impl Standard {
    /// Whether it is in force on this day.
    pub fn holds(&self, day: Date) -> bool {
        self.since <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The process was changed here on purpose: the usual range begins again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebase {
    /// The first day of the new way.
    pub at: Date,
    /// What was changed.
    pub reason: String,
    /// Who says so.
    pub by: String,
}

/// A declared question with the SQL that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// The question.
    pub title: String,
    /// Why it matters to somebody.
    pub why: String,
    /// Whose measure; `None` is the whole system's.
    pub sector: Option<Sector>,
    /// Who answers for it.
    pub owner: String,
    /// What it is about.
    pub theme: Theme,
    /// Measures that may get worse when this one gets better: their ids.
    pub balance: Vec<String>,
    /// How readings add up.
    pub kind: Kind,
    /// What is made of them.
    pub statistic: Statistic,
    /// The unit of the value.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// What was promised.
    pub standard: Option<Standard>,
    /// In public, values that rest on fewer people than this (and more than none) are hidden below system level.
    pub small_number: u32,
    /// For whom.
    pub levels: Vec<Level>,
    /// By what periods.
    pub periods: Vec<Grain>,
    /// Days at the beginning of the data on which it cannot be counted yet.
    pub warm_up: u16,
    /// The chart it asks for; else the one that suits it.
    pub chart: Option<ChartKind>,
    /// Whose rules it asks for; else those of the place.
    pub rules: Option<Rules>,
    /// Where its usual range begins again, oldest first.
    pub rebase: Vec<Rebase>,
    /// The usual range of each segment comes from this many first points.
    pub fix_after: Option<usize>,
    /// SELECT of `at`, `value` and the columns of the levels; empty for a published measure.
    pub numerator: String,
    /// The same form.
    pub denominator: Option<String>,
    is_published: bool,
    /// The file it was declared in.
    pub file: String,
    numerator_at: (usize, usize),
    denominator_at: (usize, usize),
}

/// Which SQL of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The numerator.
    Numerator,
    /// The denominator.
    Denominator,
}

/// What is wrong with a measure file, where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureProblem {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl std::fmt::Display for MeasureProblem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}:{}: {} (help: {})", self.file, self.line, self.column, self.message, self.help)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    title: Spanned<String>,
    why: Spanned<String>,
    sector: Spanned<String>,
    owner: Spanned<String>,
    theme: Theme,
    #[serde(default)]
    balance: Vec<Spanned<String>>,
    kind: Spanned<Kind>,
    statistic: Statistic,
    unit: Spanned<String>,
    better: Better,
    standard: Option<Spanned<StandardTable>>,
    #[serde(default = "usual_small_number")]
    small_number: u32,
    levels: Spanned<Vec<Level>>,
    #[serde(default = "all_periods")]
    periods: Spanned<Vec<Grain>>,
    warm_up: Option<Spanned<u16>>,
    chart: Option<Spanned<ChartKind>>,
    rules: Option<RuleSet>,
    #[serde(default)]
    rebase: Vec<Spanned<RebaseTable>>,
    fix_after: Option<Spanned<usize>>,
    #[serde(default)]
    published: bool,
    numerator: Option<Spanned<String>>,
    denominator: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardTable {
    value: f64,
    source: String,
    since: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RebaseTable {
    at: Spanned<Datetime>,
    reason: Spanned<String>,
    by: Spanned<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RuleSet {
    MakingDataCount,
    PlotTheDots,
}

fn usual_small_number() -> u32 {
    5
}

fn all_periods() -> Spanned<Vec<Grain>> {
    Spanned::new(0..0, Grain::ALL.to_vec())
}

/// Reads measure files, given as (name, text). Measures come back with the whole system's first, then by sector and id.
pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Vec<Measure>, Vec<MeasureProblem>) {
    let mut measures: Vec<Measure> = Vec::new();
    let mut problems = Vec::new();
    let mut homes: HashMap<String, String> = HashMap::new();
    let mut balances = Vec::new();
    for (name, text) in files {
        match parse_one(name, text) {
            Ok((measure, at)) => match homes.get(&measure.id) {
                Some(home) => problems.push(MeasureProblem {
                    file: name.to_owned(),
                    line: at.id.0,
                    column: at.id.1,
                    message: format!("the id `{}` is already taken by {home}", measure.id),
                    help: "give one of the two another id; this file is left out until then".to_owned(),
                }),
                None => {
                    homes.insert(measure.id.clone(), name.to_owned());
                    balances.push((name.to_owned(), at.balance));
                    measures.push(measure);
                }
            },
            Err(found) => problems.extend(found),
        }
    }
    for (measure, (file, at)) in measures.iter_mut().zip(balances) {
        let mut at = at.into_iter();
        measure.balance.retain(|other| {
            let (line, column) = at.next().unwrap_or((1, 1));
            let is_known = homes.contains_key(other);
            if !is_known {
                problems.push(MeasureProblem {
                    file: file.clone(),
                    line,
                    column,
                    message: format!("there is no measure `{other}` to balance this one"),
                    help: "name the id of a file that is sound; this measure is computed meanwhile".to_owned(),
                });
            }
            is_known
        });
    }
    measures.sort_by(|a, b| (a.sector, &a.id).cmp(&(b.sector, &b.id)));
    (measures, problems)
}

/// Lines and columns that are needed once all files are read.
struct Positions {
    id: (usize, usize),
    balance: Vec<(usize, usize)>,
}

/// The measure, or everything that is wrong with the file.
fn parse_one(name: &str, text: &str) -> Result<(Measure, Positions), Vec<MeasureProblem>> {
    let problem = |span: Range<usize>, message: String, help: String| {
        let (line, column) = position(text, span.start);
        MeasureProblem { file: name.to_owned(), line, column, message, help }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let message = error.message().replace('\n', "; ");
        let help = help_for(&message);
        vec![problem(error.span().unwrap_or(0..0), message, help)]
    })?;
    let mut problems = Vec::new();
    let mut wrong = |span: Range<usize>, message: &str, help: &str| {
        problems.push(problem(span, message.to_owned(), help.to_owned()));
    };
    let id = file.id.get_ref();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        wrong(
            file.id.span(),
            "the id is not plain",
            "use lower-case letters, digits and hyphens: `ambulance-handover`",
        );
    }
    if !file.title.get_ref().trim().ends_with('?') {
        wrong(
            file.title.span(),
            "the title is not a question",
            "end it with a question mark: what would a patient ask?",
        );
    }
    for (what, said) in [("why", &file.why), ("owner", &file.owner), ("unit", &file.unit)] {
        if said.get_ref().trim().is_empty() {
            wrong(said.span(), &format!("`{what}` is empty"), "say it in a few words");
        }
    }
    let sector = match file.sector.get_ref().as_str() {
        "whole_system" => None,
        word => match word.parse::<Sector>() {
            Ok(sector) => Some(sector),
            Err(_) => {
                let known: Vec<_> = Sector::ALL.iter().map(|sector| sector.name()).collect();
                let help = format!("use whole_system, {}", known.join(", "));
                wrong(file.sector.span(), &format!("there is no sector `{word}`"), &help);
                None
            }
        },
    };
    check_maths(&file, &mut wrong);
    check_lists(&file, &mut wrong);
    check_sql(&file, &mut wrong);
    let standard = file.standard.as_ref().and_then(|standard| checked_standard(&file, standard, &mut wrong));
    let rebase = checked_rebase(&file.rebase, &mut wrong);
    if !problems.is_empty() {
        return Err(problems);
    }
    let at = |span: Range<usize>| position(text, span.start);
    let positions =
        Positions { id: at(file.id.span()), balance: file.balance.iter().map(|other| at(other.span())).collect() };
    let numerator_at = file.numerator.as_ref().map_or(positions.id, |sql| at(sql.span()));
    let sql = |sql: Spanned<String>| sql.into_inner().trim().to_owned();
    let measure = Measure {
        sector,
        theme: file.theme,
        balance: file.balance.into_iter().map(Spanned::into_inner).collect(),
        kind: *file.kind.get_ref(),
        statistic: file.statistic,
        better: file.better,
        standard,
        small_number: file.small_number,
        levels: file.levels.into_inner(),
        periods: file.periods.into_inner(),
        warm_up: file.warm_up.map_or(0, Spanned::into_inner),
        chart: file.chart.map(Spanned::into_inner),
        rules: file.rules.map(|rules| match rules {
            RuleSet::MakingDataCount => Rules::MakingDataCount,
            RuleSet::PlotTheDots => Rules::NhsrPlotTheDots,
        }),
        rebase,
        fix_after: file.fix_after.map(Spanned::into_inner),
        is_published: file.published,
        numerator_at,
        denominator_at: file.denominator.as_ref().map_or(numerator_at, |sql| at(sql.span())),
        numerator: file.numerator.map(sql).unwrap_or_default(),
        denominator: file.denominator.map(sql),
        file: name.to_owned(),
        title: file.title.into_inner().trim().to_owned(),
        why: file.why.into_inner().trim().to_owned(),
        owner: file.owner.into_inner(),
        unit: file.unit.into_inner(),
        id: file.id.into_inner(),
    };
    Ok((measure, positions))
}

type Wrong<'a> = &'a mut dyn FnMut(Range<usize>, &str, &str);

/// The day of a TOML date; what has a time in it is none.
fn day(date: &Spanned<Datetime>, wrong: Wrong<'_>) -> Option<Date> {
    let found = match date.get_ref() {
        Datetime { date: Some(date), time: None, offset: None } => {
            Date::from_ymd(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        }
        _ => None,
    };
    if found.is_none() {
        wrong(date.span(), "this is not a date", "write it as 2025-04-01, without a time or quotes");
    }
    found
}

fn checked_standard(file: &File, standard: &Spanned<StandardTable>, wrong: Wrong<'_>) -> Option<Standard> {
    let StandardTable { value, source, since, until } = standard.get_ref();
    let hundred = file.statistic == Statistic::Share;
    let reached_by_all = match file.better {
        Better::Neither => {
            wrong(standard.span(), "a standard needs a better direction", "use better = \"lower\" or \"higher\"");
            false
        }
        Better::Lower => hundred && *value >= 100.0,
        Better::Higher => *value <= 0.0,
    };
    if !value.is_finite() {
        wrong(standard.span(), "the standard is not a finite number", "write it in the unit of the measure");
    } else if hundred && !(0.0..=100.0).contains(value) {
        wrong(standard.span(), "a share lies between 0 and 100", "write the standard in %");
    } else if reached_by_all {
        wrong(standard.span(), "every value meets this standard", "turn `better` round, or correct the value");
    }
    if source.trim().is_empty() {
        wrong(standard.span(), "`source` is empty", "say who promised it, and where");
    }
    let since_day = day(since, wrong)?;
    let until = until.as_ref().map(|until| (day(until, wrong), until.span()));
    if let Some((Some(last), span)) = &until
        && *last < since_day
    {
        wrong(span.clone(), "the standard ends before it begins", "let `until` be its last day");
    }
    let until = until.and_then(|(day, _)| day);
    Some(Standard { value: *value, source: source.trim().to_owned(), since: since_day, until })
}

fn checked_rebase(tables: &[Spanned<RebaseTable>], wrong: Wrong<'_>) -> Vec<Rebase> {
    let mut rebase: Vec<Rebase> = Vec::new();
    for RebaseTable { at, reason, by } in tables.iter().map(Spanned::get_ref) {
        for (what, said) in [("reason", reason), ("by", by)] {
            if said.get_ref().trim().is_empty() {
                wrong(said.span(), &format!("`{what}` is empty"), "say what was changed, and who says so");
            }
        }
        let Some(day) = day(at, wrong) else { continue };
        if rebase.iter().any(|known| known.at == day) {
            wrong(at.span(), "the usual range begins again twice on one day", "keep one of the two");
        }
        let [reason, by] = [reason, by].map(|said| said.get_ref().trim().to_owned());
        rebase.push(Rebase { at: day, reason, by });
    }
    rebase.sort_by_key(|rebase| rebase.at);
    rebase
}

/// Kinds, statistics and charts that would give a wrong number if taken together. What comes ready made is not added up
/// here, so any statistic may be of any kind.
fn check_maths(file: &File, wrong: Wrong<'_>) {
    let kind = file.kind.span();
    match (file.kind.get_ref(), file.statistic) {
        _ if file.published => {}
        (Kind::Snapshot, Statistic::Level)
        | (Kind::Counter, Statistic::Count | Statistic::Rate)
        | (Kind::Flow, Statistic::Count | Statistic::Share | Statistic::Mean)
        | (Kind::Flow, Statistic::Median | Statistic::P90 | Statistic::Rate) => {}
        (Kind::Snapshot, _) => {
            wrong(kind, "a snapshot cannot be added up over time", "use statistic = \"level\"");
        }
        (Kind::Counter, _) => {
            wrong(kind, "a counter gives one number a day", "use statistic = \"count\" or \"rate\"");
        }
        (Kind::Flow, Statistic::Level) => {
            wrong(kind, "a level is read at a moment", "use kind = \"snapshot\"");
        }
    }
    match (&file.numerator, &file.denominator, file.statistic) {
        (None, _, _) => {}
        (Some(sql), None, Statistic::Share) => {
            let help = "add denominator = '''SELECT …''': all those who could have been in the numerator";
            wrong(sql.span(), "a share needs a denominator", help);
        }
        (_, Some(sql), Statistic::Count | Statistic::Median | Statistic::P90 | Statistic::Rate | Statistic::Level) => {
            wrong(
                sql.span(),
                "this statistic takes no denominator",
                "remove it, or use statistic = \"share\" or \"mean\"",
            );
        }
        _ => {}
    }
    if let Some(chart) = &file.chart {
        let wanted = match (chart.get_ref(), file.statistic) {
            (ChartKind::Xmr | ChartKind::Run, _)
            | (ChartKind::P, Statistic::Share)
            | (ChartKind::U, Statistic::Rate | Statistic::Mean)
            | (ChartKind::C | ChartKind::G | ChartKind::T, Statistic::Count) => None,
            (ChartKind::P, _) => Some("a p chart is of shares"),
            (ChartKind::U, _) => Some("a u chart is of rates and means"),
            (ChartKind::C | ChartKind::G | ChartKind::T, _) => Some("a c, g or t chart is of counts"),
        };
        if let Some(wanted) = wanted {
            wrong(chart.span(), wanted, "use chart = \"xmr\", or leave it out: the one that suits is chosen");
        }
    }
    if let Some(points) = file.fix_after.as_ref().filter(|points| *points.get_ref() < FEWEST_FIXED) {
        wrong(points.span(), "too few points to fix a usual range on", "use 12 or more, or leave it out");
    }
}

/// The fewest points that limits may be fixed on, as `spc` has it.
const FEWEST_FIXED: usize = 12;

/// Lists that are empty or name something twice.
fn check_lists(file: &File, wrong: Wrong<'_>) {
    let levels = file.levels.get_ref().iter().map(|level| level.name()).collect::<Vec<_>>();
    let periods = file.periods.get_ref().iter().map(|grain| grain.name()).collect::<Vec<_>>();
    for (what, span, names) in [("level", file.levels.span(), levels), ("period", file.periods.span(), periods)] {
        if names.is_empty() {
            wrong(span.clone(), "the list is empty", "name at least one, such as \"system\" or \"week\"");
        }
        if names.iter().collect::<HashSet<_>>().len() < names.len() {
            wrong(span, &format!("a {what} is named twice"), "name each once");
        }
    }
    for (at, other) in file.balance.iter().enumerate() {
        if other.get_ref() == file.id.get_ref() {
            wrong(other.span(), "a measure cannot balance itself", "name what may get worse when this gets better");
        }
        if file.balance[..at].iter().any(|before| before.get_ref() == other.get_ref()) {
            wrong(other.span(), "this measure is named twice", "name each once");
        }
    }
}

/// What can be seen in SQL without running it; the engine says the rest ([`Measure::problem`]).
fn check_sql(file: &File, wrong: Wrong<'_>) {
    let parts = [file.numerator.as_ref(), file.denominator.as_ref()];
    if file.published {
        if let Some(sql) = parts.into_iter().flatten().next() {
            let help = "remove it: the values come from the feed that names this id; or remove `published`";
            wrong(sql.span(), "a published measure takes no SQL", help);
        }
        if let Some(days) = &file.warm_up {
            wrong(days.span(), "a published measure has no `warm_up`", "remove it: its values come ready made");
        }
        return;
    }
    if file.numerator.is_none() {
        let help = "add numerator = '''SELECT …''', or published = true where a feed brings the values";
        wrong(file.id.span(), "the measure says neither how to count nor that it is published", help);
    }
    for sql in parts.into_iter().flatten() {
        let words: Vec<String> = sql
            .get_ref()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        if !matches!(words.first().map(String::as_str), Some("select" | "with")) {
            wrong(sql.span(), "this is not a query", "begin with SELECT or WITH");
            continue;
        }
        if sql.get_ref().contains(';') {
            wrong(sql.span(), "there is more than one statement", "keep one SELECT and remove the `;`");
        }
        for column in ["at", "value"] {
            if !words.iter().any(|word| word == column) {
                let help = format!("name a column of it: SELECT asked AS at, 1 AS value, … — here `{column}`");
                wrong(sql.span(), &format!("there is no column `{column}`"), &help);
            }
        }
        for level in file.levels.get_ref().iter().filter(|level| **level != Level::System) {
            if !words.iter().any(|word| word == level.name()) {
                let name = level.name();
                let help = format!("select {name} too, or take \"{name}\" out of levels");
                wrong(sql.span(), &format!("the level `{name}` has no column"), &help);
            }
        }
    }
}

/// The way out of what the TOML reader found.
fn help_for(message: &str) -> String {
    const EXAMPLES: &[(&str, &str)] = &[
        ("id", "id = \"ambulance-handover\""),
        ("title", "title = \"How long do crews wait to hand over?\""),
        ("why", "why = \"A crew at the door cannot answer the next call.\""),
        ("sector", "sector = \"ambulance\""),
        ("owner", "owner = \"Rivermead Ambulance\""),
        ("theme", "theme = \"waiting\""),
        ("kind", "kind = \"flow\""),
        ("statistic", "statistic = \"median\""),
        ("unit", "unit = \"minutes\""),
        ("better", "better = \"lower\""),
        ("levels", "levels = [\"system\", \"organisation\"]"),
        ("value", "value = 15"),
        ("source", "source = \"NHS planning guidance 2025/26\""),
        ("since", "since = 2025-04-01"),
        ("at", "at = 2025-04-01"),
        ("reason", "reason = \"a second team began\""),
        ("by", "by = \"Adult social care\""),
    ];
    let quoted = message.split('`').nth(1).unwrap_or_default();
    match EXAMPLES.iter().find(|(name, _)| *name == quoted) {
        Some((_, line)) if message.starts_with("missing field") => format!("add a line such as {line}"),
        _ if message.starts_with("unknown field") => format!("correct the name `{quoted}`, or remove the line"),
        _ if message.starts_with("unknown variant") => format!("replace `{quoted}` by one of those words"),
        _ => "compare with the example in docs/measures.md".to_owned(),
    }
}

/// Line and column, from 1, of a byte in a text.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

impl Measure {
    /// What the engine said of this measure's SQL, as a problem of its file.
    pub fn problem(&self, part: Part, engine_said: &str) -> MeasureProblem {
        let (line, column) = match part {
            Part::Numerator => self.numerator_at,
            Part::Denominator => self.denominator_at,
        };
        MeasureProblem {
            file: self.file.clone(),
            line,
            column,
            message: engine_said.lines().next().unwrap_or_default().to_owned(),
            help: "try the SELECT alone with `catchment sql`; the other measures are computed".to_owned(),
        }
    }

    /// The target of this measure's charts.
    pub fn target(&self) -> Option<f64> {
        self.standard.as_ref().map(|standard| standard.value)
    }

    /// The first day on which it can be counted, for data that is complete from `first`.
    pub fn begins(&self, first: Date) -> Date {
        Date(first.0 + i32::from(self.warm_up))
    }

    /// Whether its values come ready made from a feed (whose `[[series]] measure` is this id): there is no SQL to ask.
    pub fn is_published(&self) -> bool {
        self.is_published
    }
}

/// One query that answers a measure at all its levels and periods, for data that is complete from `first` to `last`
/// (civil dates, both included). Only whole weeks and months come out. Not for a published measure.
///
/// Columns: measure, level, unit, "group", period, grain, numerator, denominator, value, source. The events are read once:
/// every level and period is a grouping set over the same rows.
pub fn series_sql(measure: &Measure, first: Date, last: Date) -> String {
    let levels = level_columns(measure);
    let mut sql = format!("WITH facts AS (\n{}\n),\n", summed_sql(measure, first, last));
    write_periods(&mut sql, measure.begins(first), last);
    write_groups(&mut sql, measure, &levels);
    write_values(&mut sql, measure, &levels);
    sql
}

/// The facts of a measure, one row each, before they are put into levels and periods, for data that is complete from `first`
/// to `last` (civil dates, both included): those from [`Measure::begins`] to `last`. What [`crate::Reducer`] takes. Not for a
/// published measure.
///
/// Columns: day (date), n and d (double; a fact is of the numerator or of the denominator, and the other is null), and each
/// level but the system under its own name, as the measure selects it.
///
/// The Lake must know `local_date(timestamptz)`, the civil day in the place, and `age_band(age)`, one of
/// [`domain::AGE_BANDS`].
pub fn facts_sql(measure: &Measure, first: Date, last: Date) -> String {
    let levels = level_columns(measure);
    let columns: String = levels.iter().map(|level| format!(", {level}")).collect();
    let mut facts = String::new();
    write_facts(&mut facts, measure, &columns);
    let first = measure.begins(first);
    format!("SELECT day, n, d{columns} FROM (\n{facts}) AS facts WHERE day BETWEEN DATE '{first}' AND DATE '{last}'")
}

/// The same with groups named, summed by day and group where the statistic adds up.
fn summed_sql(measure: &Measure, first: Date, last: Date) -> String {
    let levels: String = level_columns(measure).iter().map(|level| format!(", {level}")).collect();
    let mut facts = String::new();
    let named = |level: &&str| format!(", COALESCE(CAST({level} AS VARCHAR), 'unknown') AS {level}");
    write_facts(&mut facts, measure, &level_columns(measure).iter().map(named).collect::<String>());
    let first = measure.begins(first);
    let within = format!("FROM (\n{facts}) AS facts WHERE day BETWEEN DATE '{first}' AND DATE '{last}'");
    match (measure.statistic, &measure.denominator) {
        (Statistic::Median | Statistic::P90, _) => format!("SELECT day, n, d{levels} {within}"),
        (statistic, denominator) => {
            let d = match (statistic, denominator) {
                (Statistic::Mean, None) => "CAST(count(n) AS DOUBLE)",
                _ => "sum(d)",
            };
            format!("SELECT day, sum(n) AS n, {d} AS d{levels} {within} GROUP BY day{levels}")
        }
    }
}

/// How many people live in the place, and in each group that people are of: level, "group" (strings), people (double).
/// The denominators of a rate.
fn people_sql() -> String {
    let people = "CAST(sum(people) AS DOUBLE) AS people FROM population";
    let mut sql = format!("SELECT 'system' AS level, 'all' AS \"group\", {people}");
    for level in Level::ALL.iter().filter(|level| level.is_of_people()) {
        let name = level.name();
        let group = format!("COALESCE(CAST({name} AS VARCHAR), 'unknown')");
        let _ = write!(sql, "\nUNION ALL SELECT '{name}', {group}, {people} GROUP BY {group}");
    }
    sql
}

fn level_columns(measure: &Measure) -> Vec<&'static str> {
    measure.levels.iter().filter(|level| **level != Level::System).map(|level| level.name()).collect()
}

/// The civil day of `at`, be it an instant or a date. A date becomes midnight UTC, which is the same day in London; by way of
/// `+00:00`, since Arrow reads `UTC` on a date only with a time zone database.
const DAY: &str = "local_date(arrow_cast(arrow_cast(at, 'Timestamp(Microsecond, Some(\"+00:00\"))'), 'Timestamp(Microsecond, Some(\"UTC\"))'))";

/// `facts(day, n, d, levels…)`: numerator and denominator rows, one under the other.
fn write_facts(sql: &mut String, measure: &Measure, columns: &str) {
    let numerator = match measure.kind {
        // The last reading of each day is the number of that day.
        Kind::Counter => {
            let within: String = level_columns(measure).iter().map(|level| format!(", {level}")).collect();
            format!(
                "SELECT * FROM (SELECT reading.*, row_number() OVER (PARTITION BY {DAY}{within} ORDER BY at DESC) AS newest FROM (\n{}\n) AS reading) AS readings WHERE newest = 1",
                measure.numerator
            )
        }
        Kind::Flow | Kind::Snapshot => measure.numerator.clone(),
    };
    let none = "CAST(NULL AS DOUBLE)";
    let value = "CAST(value AS DOUBLE)";
    let _ =
        write!(sql, "SELECT {DAY} AS day, {value} AS n, {none} AS d{columns} FROM (\n{numerator}\n) AS numerator\n");
    if let Some(denominator) = &measure.denominator {
        let _ = write!(
            sql,
            "UNION ALL\nSELECT {DAY} AS day, {none} AS n, {value} AS d{columns} FROM (\n{denominator}\n) AS denominator\n"
        );
    }
}

/// `periods(day, week, month, n, d, levels…)`: week and month are null where they are not whole.
fn write_periods(sql: &mut String, first: Date, last: Date) {
    let period = |grain: Grain| {
        let (whole, name) = (grain.whole(first, last), grain.name());
        let (from, to) = (grain.start(whole.start), Date(grain.start(whole.end).0 - 1));
        format!(
            "CASE WHEN day BETWEEN DATE '{from}' AND DATE '{to}' THEN CAST(date_trunc('{name}', CAST(day AS TIMESTAMP)) AS DATE) END AS {name}"
        )
    };
    let (week, month) = (period(Grain::Week), period(Grain::Month));
    let _ = write!(sql, "periods AS (\nSELECT *, {week}, {month} FROM facts\n),\n");
}

/// `grouped(day, week, month, levels…, n, d)`: one row a level, group and period; what it is not grouped by is null.
fn write_groups(sql: &mut String, measure: &Measure, levels: &[&str]) {
    let (n, d) = match (measure.statistic, &measure.denominator) {
        (Statistic::Median, _) => ("percentile_cont(0.5) WITHIN GROUP (ORDER BY n)", "CAST(count(n) AS DOUBLE)"),
        (Statistic::P90, _) => ("percentile_cont(0.9) WITHIN GROUP (ORDER BY n)", "CAST(count(n) AS DOUBLE)"),
        _ => ("sum(n)", "sum(d)"),
    };
    let mut sets = Vec::new();
    for level in &measure.levels {
        for grain in &measure.periods {
            sets.push(match level {
                Level::System => format!("({})", grain.name()),
                level => format!("({}, {})", grain.name(), level.name()),
            });
        }
    }
    let columns: String = levels.iter().map(|level| format!(", {level}")).collect();
    let grains: Vec<&str> =
        Grain::ALL.iter().filter(|grain| measure.periods.contains(grain)).map(|grain| grain.name()).collect();
    let _ = write!(
        sql,
        "grouped AS (\nSELECT {}{columns}, {n} AS n, {d} AS d FROM periods GROUP BY GROUPING SETS ({})\n),\n",
        grains.join(", "),
        sets.join(", ")
    );
}

/// Names each row's level, group and period, and makes the value.
fn write_values(sql: &mut String, measure: &Measure, levels: &[&str]) {
    let grains: Vec<&str> =
        Grain::ALL.iter().filter(|grain| measure.periods.contains(grain)).map(|grain| grain.name()).collect();
    let case = |names: &[&str], otherwise: &str| match names {
        [] => format!("'{otherwise}'"),
        names => {
            let arms: String = names.iter().map(|name| format!(" WHEN {name} IS NOT NULL THEN '{name}'")).collect();
            format!("CASE{arms} ELSE '{otherwise}' END")
        }
    };
    let level = case(levels, "system");
    let grain = case(&grains, "none");
    let groups: String = levels.iter().map(|level| format!("{level}, ")).collect();
    let _ = write!(
        sql,
        "named AS (\nSELECT {level} AS level, COALESCE({groups}'all') AS \"group\", COALESCE({}) AS period, {grain} AS grain, n, d FROM grouped\n)\n",
        grains.join(", ")
    );
    let month_days = "date_part('day', CAST(period AS TIMESTAMP) + INTERVAL '1 month' - INTERVAL '1 day')";
    let days = format!("CAST(CASE grain WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE {month_days} END AS DOUBLE)");
    let own: Vec<String> =
        Level::ALL.iter().filter(|level| level.is_of_people()).map(|level| format!("'{}'", level.name())).collect();
    let people = format!("CASE WHEN named.level IN ({}) THEN here.people ELSE place.people END", own.join(", "));
    let (numerator, denominator, value, from) = match (measure.statistic, &measure.denominator) {
        (Statistic::Count, _) => ("n", "CAST(NULL AS DOUBLE)", "n".to_owned(), String::new()),
        (Statistic::Share, _) => {
            ("COALESCE(n, 0.0)", "d", "100.0 * COALESCE(n, 0.0) / NULLIF(d, 0.0)".to_owned(), String::new())
        }
        (Statistic::Mean, Some(_)) => {
            ("COALESCE(n, 0.0)", "d", "COALESCE(n, 0.0) / NULLIF(d, 0.0)".to_owned(), String::new())
        }
        (Statistic::Mean, None) => ("n", "d", "n / NULLIF(d, 0.0)".to_owned(), String::new()),
        (Statistic::Median | Statistic::P90, _) => ("CAST(NULL AS DOUBLE)", "d", "n".to_owned(), String::new()),
        (Statistic::Level, _) => ("n", days.as_str(), format!("n / {days}"), String::new()),
        (Statistic::Rate, _) => (
            "n",
            people.as_str(),
            format!("1000.0 * n / NULLIF({people}, 0.0)"),
            format!(
                "\nCROSS JOIN (SELECT CAST(sum(people) AS DOUBLE) AS people FROM population) AS place\
                 \nLEFT JOIN ({}) AS here ON here.level = named.level AND here.\"group\" = named.\"group\"",
                people_sql()
            ),
        ),
    };
    let (id, unit) = (&measure.id, measure.unit.replace('\'', "''"));
    let _ = write!(
        sql,
        "SELECT '{id}' AS measure, named.level, '{unit}' AS unit, named.\"group\", period, grain, {numerator} AS numerator, \
         {denominator} AS denominator, {value} AS value, 'measures/{id}.toml' AS source\nFROM named{from}\n\
         WHERE period IS NOT NULL"
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sqlparser::{dialect::GenericDialect, parser::Parser};
    use std::path::Path;

    const BASE: &str = "id = 'm'\ntitle = 'How many?'\nwhy = 'It matters.'\nsector = 'acute'\nowner = 'Hospital'\n\
                        unit = 'people'\nbetter = 'lower'\nlevels = ['system', 'neighbourhood']\n";
    const SQL: &str = "numerator = 'SELECT asked AS at, 1 AS value, neighbourhood FROM handovers'\ntheme = 'waiting'\n";

    /// A measure of the given kind and statistic.
    pub(crate) fn measure(lines: &str) -> Measure {
        let share = lines.contains("share");
        let denominator = if share {
            SQL.replace("numerator", "denominator").replace("theme = 'waiting'\n", "")
        } else {
            String::new()
        };
        let text = format!("{BASE}{SQL}{denominator}{lines}\n");
        let (mut measures, problems) = parse([("m.toml", text.as_str())]);
        assert_eq!(problems, []);
        measures.remove(0)
    }

    fn library() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/measures");
        let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
            .map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn parsed() -> Vec<Measure> {
        let files = library();
        let (measures, problems) = parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        assert_eq!(problems, []);
        assert_eq!(measures.len(), files.len());
        measures
    }

    #[test]
    fn the_library_has_a_measure_for_every_sector_and_theme_and_the_whole_system_comes_first() {
        let measures = parsed();
        let counted: Vec<&Measure> = measures.iter().filter(|measure| !measure.is_published()).collect();
        assert!(counted.len() >= 44, "{}", counted.len());
        for sector in Sector::ALL {
            let own = counted.iter().filter(|measure| measure.sector == Some(*sector)).count();
            assert!(own >= 3, "{own} measures for {sector}");
        }
        for theme in ["waiting", "flow", "quality", "prevention", "inequality", "well_at_home"] {
            let own = counted.iter().filter(|measure| measure.theme.name() == theme).count();
            assert!(own >= 2, "{own} measures of {theme}");
        }
        assert_eq!(measures[0].sector, None);
        for measure in &measures {
            assert_eq!(measure.file, format!("{}.toml", measure.id), "a file is named after its measure");
        }
        for measure in counted {
            assert!(!measure.balance.is_empty(), "{} has no balance", measure.id);
        }
    }

    #[test]
    fn most_of_the_library_can_be_cut_by_deprivation_age_and_sex() {
        let measures = parsed();
        let counted: Vec<&Measure> = measures.iter().filter(|measure| !measure.is_published()).collect();
        let all = [Level::Deprivation, Level::AgeBand, Level::Sex];
        let cut = counted.iter().filter(|measure| all.iter().all(|level| measure.levels.contains(level))).count();
        assert!(cut * 3 >= counted.len() * 2, "{cut} of {}", counted.len());
    }

    #[test]
    fn the_example_in_the_manual_is_a_measure() {
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/measures.md");
        let text = std::fs::read_to_string(manual).unwrap();
        let example = text.split("```").find_map(|block| block.strip_prefix("toml\n")).unwrap();
        let (measures, problems) = parse([("wait-for-home-care.toml", example)]);
        assert_eq!(problems, []);
        assert_eq!(measures[0].target(), Some(2.0));
        let (_, problems) = parse([("wait-for-home-care.toml", example.replace("\"lower\"", "\"lowr\"").as_str())]);
        assert!(text.contains(&problems[0].to_string()), "{}", problems[0]);
    }

    #[test]
    fn every_query_of_the_library_is_sound_sql() {
        let (first, last) = (Date::from_ymd(2024, 11, 1).unwrap(), Date::from_ymd(2025, 11, 30).unwrap());
        for measure in parsed().into_iter().filter(|measure| !measure.is_published()) {
            let sql = series_sql(&measure, first, last);
            if let Err(error) = Parser::parse_sql(&GenericDialect {}, &sql) {
                panic!("{}: {error}\n{sql}", measure.id);
            }
        }
    }

    #[test]
    fn only_whole_weeks_and_months_are_asked_for() {
        let (first, last) = (Date::from_ymd(2025, 10, 30).unwrap(), Date::from_ymd(2025, 12, 2).unwrap());
        let sql = series_sql(&measure("kind = 'flow'\nstatistic = 'count'"), first, last);
        for bounds in [
            "day BETWEEN DATE '2025-11-03' AND DATE '2025-11-30' THEN CAST(date_trunc('week'",
            "day BETWEEN DATE '2025-11-01' AND DATE '2025-11-30' THEN CAST(date_trunc('month'",
            "WHERE day BETWEEN DATE '2025-10-30' AND DATE '2025-12-02'",
        ] {
            assert!(sql.contains(bounds), "{bounds}\n{sql}");
        }
    }

    fn check(text: &str, want: &str) {
        let (_, problems) = parse([("m.toml", text)]);
        let got: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(got.join("\n"), want, "{text}");
    }

    #[test]
    fn a_broken_file_names_its_line_and_the_way_out() {
        let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
        check(&good, "");
        check(
            &good.replace("'lower'", "'lowr'"),
            "m.toml:7:10: unknown variant `lowr`, expected one of `lower`, `higher`, `neither` (help: replace `lowr` by one of those words)",
        );
        check(
            &good.replace("owner = 'Hospital'\n", ""),
            "m.toml:1:1: missing field `owner` (help: add a line such as owner = \"Rivermead Ambulance\")",
        );
        check(
            &good.replace("'acute'", "'acuity'"),
            "m.toml:4:10: there is no sector `acuity` (help: use whole_system, acute, ambulance, primary, community, mental_health, social_care, public_health, voluntary)",
        );
        check(
            &good.replace("'flow'", "'snapshot'"),
            "m.toml:11:8: a snapshot cannot be added up over time (help: use statistic = \"level\")",
        );
        check(
            &good.replace("neighbourhood FROM", "organisation FROM").replace("How many?", "How many"),
            "m.toml:2:9: the title is not a question (help: end it with a question mark: what would a patient ask?)\n\
             m.toml:9:13: the level `neighbourhood` has no column (help: select neighbourhood too, or take \"neighbourhood\" out of levels)",
        );
        check(
            &good.replace("'count'", "'share'"),
            "m.toml:9:13: a share needs a denominator (help: add denominator = '''SELECT …''': all those who could have been in the numerator)",
        );
        check(
            &good.replace("theme = 'waiting'\n", ""),
            "m.toml:1:1: missing field `theme` (help: add a line such as theme = \"waiting\")",
        );
        check(
            &format!("{good}published = true\n"),
            "m.toml:9:13: a published measure takes no SQL (help: remove it: the values come from the feed that names this id; or remove `published`)",
        );
        check(
            &good.replace("numerator", "# numerator"),
            "m.toml:1:6: the measure says neither how to count nor that it is published (help: add numerator = '''SELECT …''', or published = true where a feed brings the values)",
        );
        check(
            &format!("{good}chart = 'p'\nfix_after = 6\nbalance = ['m', 'n', 'n']\n"),
            "m.toml:13:9: a p chart is of shares (help: use chart = \"xmr\", or leave it out: the one that suits is chosen)\n\
             m.toml:14:13: too few points to fix a usual range on (help: use 12 or more, or leave it out)\n\
             m.toml:15:12: a measure cannot balance itself (help: name what may get worse when this gets better)\n\
             m.toml:15:22: this measure is named twice (help: name each once)",
        );
        check(
            &format!(
                "{good}rebase = [{{ at = 2025-04-01, reason = ' ', by = 'A' }}, {{ at = 2025-04-01T10:00:00, reason = 'b', by = 'B' }}, {{ at = 2025-04-01, reason = 'c', by = 'C' }}]\n"
            ),
            "m.toml:13:39: `reason` is empty (help: say what was changed, and who says so)\n\
             m.toml:13:63: this is not a date (help: write it as 2025-04-01, without a time or quotes)\n\
             m.toml:13:117: the usual range begins again twice on one day (help: keep one of the two)",
        );
        check(
            &good.replace("SELECT asked AS at", "DROP TABLE x; SELECT asked AS at"),
            "m.toml:9:13: this is not a query (help: begin with SELECT or WITH)",
        );
    }

    #[test]
    fn a_standard_has_a_source_a_day_and_something_that_can_miss_it() {
        let with = |lines: &str, standard: &str| {
            format!(
                "{BASE}{SQL}{}kind = 'flow'\n{lines}\n[standard]\n{standard}\n",
                SQL.replace("numerator", "denominator").replace("theme = 'waiting'\n", "")
            )
        };
        let share = |standard: &str| with("statistic = 'share'", standard);
        check(&share("value = 95\nsource = 'Law'\nsince = 2010-04-01\nuntil = 2010-04-01"), "");
        let help = "(help: turn `better` round, or correct the value)";
        check(
            &share("value = 100\nsource = 'Law'\nsince = 2010-04-01"),
            &format!("m.toml:14:1: every value meets this standard {help}"),
        );
        check(
            &share("value = 120\nsource = ' '\nsince = 2010-04-01\nuntil = 2009-04-01"),
            "m.toml:14:1: a share lies between 0 and 100 (help: write the standard in %)\n\
             m.toml:14:1: `source` is empty (help: say who promised it, and where)\n\
             m.toml:18:9: the standard ends before it begins (help: let `until` be its last day)",
        );
        check(
            &share("value = 95\nsource = 'Law'"),
            "m.toml:14:1: missing field `since` (help: add a line such as since = 2025-04-01)",
        );
        check(
            &share("value = 95\nsource = 'Law'\nsince = '2010'"),
            "m.toml:17:9: invalid type: string \"2010\", expected a TOML datetime (help: compare with the example in docs/measures.md)",
        );
        let text = share("value = 95\nsource = 'Law'\nsince = 2010-04-01\nuntil = 2013-03-31");
        let (measures, _) = parse([("m.toml", text.as_str())]);
        let standard = measures[0].standard.clone().unwrap();
        let held = ["2010-03-31", "2010-04-01", "2013-03-31", "2013-04-01"].map(|day| {
            let [y, m, d] = [0..4, 5..7, 8..10].map(|part| day[part].parse::<u32>().unwrap());
            standard.holds(Date::from_ymd(y as i32, m, d).unwrap())
        });
        assert_eq!(held, [false, true, true, false]);
    }

    #[test]
    fn a_published_measure_says_what_it_is_and_is_not_counted() {
        let text = format!(
            "{BASE}kind = 'snapshot'\nstatistic = 'share'\ntheme = 'workforce'\npublished = true\nchart = 'run'\nrules = 'plot-the-dots'\nfix_after = 13\n\
             rebase = [{{ at = 2025-04-01, reason = 'Counted anew', by = 'NHS England' }}, {{ at = 2024-04-01, reason = 'Moved', by = 'Us' }}]\n"
        );
        let (measures, problems) = parse([("m.toml", text.as_str())]);
        assert_eq!(problems, []);
        let measure = &measures[0];
        assert!(measure.is_published() && measure.numerator.is_empty());
        assert_eq!(
            (measure.theme, measure.chart, measure.fix_after),
            (Theme::Workforce, Some(ChartKind::Run), Some(13))
        );
        assert_eq!(measure.rules, Some(Rules::NhsrPlotTheDots));
        assert_eq!(measure.rebase.iter().map(|rebase| rebase.by.as_str()).collect::<Vec<_>>(), ["Us", "NHS England"]);
    }

    #[test]
    fn a_balance_that_is_not_there_is_told_and_the_measure_is_kept() {
        let good = |id: &str, balance: &str| {
            format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\nbalance = {balance}\n")
                .replace("'m'", &format!("'{id}'"))
        };
        let files = [
            ("a.toml", good("a", "['b', 'broken', 'gone']")),
            ("b.toml", good("b", "['a']")),
            ("broken.toml", "=".to_owned()),
        ];
        let (measures, problems) = parse(files.iter().map(|(name, text)| (*name, text.as_str())));
        assert_eq!(measures.iter().map(|measure| measure.balance.concat()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(problems.len(), 3);
        assert_eq!(
            problems[2].to_string(),
            "a.toml:13:27: there is no measure `gone` to balance this one (help: name the id of a file that is sound; this measure is computed meanwhile)"
        );
    }

    #[test]
    fn facts_are_summed_by_day_and_group_unless_the_middle_is_wanted() {
        let (first, last) = (Date::from_ymd(2025, 10, 30).unwrap(), Date::from_ymd(2025, 12, 2).unwrap());
        let ask = |lines: &str| {
            let sql = facts_sql(&measure(lines), first, last);
            Parser::parse_sql(&GenericDialect {}, &sql).unwrap();
            assert!(sql.starts_with("SELECT day, n, d, neighbourhood FROM") && !sql.contains("GROUP BY"), "{sql}");
            let sql = summed_sql(&measure(lines), first, last);
            Parser::parse_sql(&GenericDialect {}, &sql).unwrap();
            assert!(sql.contains("WHERE day BETWEEN DATE '2025-10-30' AND DATE '2025-12-02'"), "{sql}");
            (sql.split(" FROM ").next().unwrap().to_owned(), sql.contains("GROUP BY day, neighbourhood"))
        };
        let share = ask("kind = 'flow'\nstatistic = 'share'");
        assert_eq!(share, ("SELECT day, sum(n) AS n, sum(d) AS d, neighbourhood".to_owned(), true));
        let mean = ask("kind = 'flow'\nstatistic = 'mean'");
        assert_eq!(mean, ("SELECT day, sum(n) AS n, CAST(count(n) AS DOUBLE) AS d, neighbourhood".to_owned(), true));
        let median = ask("kind = 'flow'\nstatistic = 'median'");
        assert_eq!(median, ("SELECT day, n, d, neighbourhood".to_owned(), false));
        let later = measure("kind = 'flow'\nstatistic = 'count'\nwarm_up = 10");
        assert!(facts_sql(&later, first, last).contains("WHERE day BETWEEN DATE '2025-11-09' AND DATE '2025-12-02'"));
        assert!(series_sql(&later, first, last).contains("day BETWEEN DATE '2025-11-10' AND DATE '2025-11-30' THEN"));
    }

    proptest::proptest! {
        #[test]
        fn a_file_cut_or_scribbled_on_anywhere_is_a_problem_inside_it(at in 0usize..400, scribble in "[ -~é=\"'\n]{0,6}") {
            let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
            let at = at.min(good.len());
            for text in [format!("{}{scribble}", &good[..at]), format!("{}{scribble}{}", &good[..at], &good[at..])] {
                let (measures, problems) = parse([("m.toml", text.as_str())]);
                proptest::prop_assert_eq!(measures.is_empty(), !problems.is_empty());
                for problem in problems {
                    proptest::prop_assert!(problem.line <= text.matches('\n').count() + 1 && !problem.help.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_broken_file_does_not_stop_the_others_and_an_id_is_taken_once() {
        let good = format!("{BASE}{SQL}kind = 'flow'\nstatistic = 'count'\n");
        let (measures, problems) = parse([("a.toml", "="), ("b.toml", good.as_str()), ("c.toml", good.as_str())]);
        assert_eq!(measures.iter().map(|measure| measure.file.as_str()).collect::<Vec<_>>(), ["b.toml"]);
        assert_eq!(problems.iter().map(|problem| problem.file.as_str()).collect::<Vec<_>>(), ["a.toml", "c.toml"]);
        assert!(problems[1].message.ends_with("is already taken by b.toml"));
        let said = measures[0].problem(Part::Numerator, "Schema error: No field named neighborhood\nmore");
        assert!(said.to_string().starts_with("b.toml:9:13: Schema error: No field named neighborhood (help:"));
    }
}
