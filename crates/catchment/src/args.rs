//! The command line. Each command's help opens with examples.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// One picture of a whole health and care system, from every organisation's own records.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    before_help = "Examples:
  catchment demo                                  # an invented place, in your browser, offline
  catchment init eastside && catchment add eastside extracts/
  catchment see eastside handovers                # where people wait between us
  catchment why eastside ward-to-home-care        # from a number to its rows",
    after_help = "Exit codes: 0 done; 1 could not be done, and why is on standard error; 2 the command was not understood.
Tables are drawn on a terminal and are CSV when piped; --json and --csv choose."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print CSV.
    #[arg(long, global = true, conflicts_with = "json")]
    pub csv: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Write an invented place, load it and show it in the browser.
    #[command(before_help = "Examples:
  catchment demo
  catchment demo --port 8080
  catchment demo /tmp/rivermead --people 5000 --months 6")]
    Demo(Demo),
    /// Write an invented place in the formats that organisations send.
    #[command(before_help = "Examples:
  catchment sample rivermead
  catchment sample rivermead --people 1000000 --months 12 --seed 7
  catchment init rivermead && catchment add rivermead rivermead")]
    Sample(Sample),
    /// Make a new place, or complete one whose place.toml you wrote.
    #[command(before_help = "Examples:
  catchment init eastside
  catchment init eastside --name \"Eastside Health and Care\"")]
    Init(Init),
    /// Add files of any organisation; adding them twice changes nothing.
    #[command(before_help = "Examples:
  catchment add eastside extracts/
  catchment add eastside 'hospital/*.hl7' ambulance/cad-2025-11.csv
  zcat big.csv.gz | catchment add eastside - --feed ambulance-cad")]
    Add(Add),
    /// List what could not be used, why, and the way out.
    #[command(before_help = "Examples:
  catchment problems eastside
  catchment problems eastside --code unknown_code --all
  catchment problems eastside --all --csv > problems.csv")]
    Problems(Problems),
    /// Read the records with problems again, after a feed file was mended.
    #[command(before_help = "Examples:
  catchment retry eastside
  catchment retry eastside --feed general-adt")]
    Retry(Retry),
    /// Show any page on the terminal, by its address; piped it is CSV.
    #[command(before_help = "Examples:
  catchment see eastside
  catchment see eastside \"handovers/ward-to-home-care?place=Eastbrook\"
  catchment see eastside measures --panel changed --csv > changed.csv
  catchment see eastside /index.json
  catchment see eastside ways --all                # also: flow, time, ledger, people")]
    See(See),
    /// Put any page on paper: a PDF or HTML of two sides, with what was chosen and the dates on it.
    #[command(before_help = "Examples:
  catchment paper eastside -o board.pdf
  catchment paper eastside handovers/ward-to-home-care -o join.pdf --week 2025-11-10
  catchment paper eastside \"/?place=Eastbrook\" -o eastbrook.html")]
    Paper(Paper),
    /// Tell what has really changed, as text or as a mail to those whom digest.toml names.
    #[command(before_help = "Examples:
  catchment digest eastside
  catchment digest eastside --since 2025-10-06
  catchment digest eastside --send                 # docs/digest.md: nothing is sent until you say to whom")]
    Digest(Digest),
    /// Walk from a figure to its definition, sources and rows.
    #[command(before_help = "Examples:
  catchment why eastside ward-to-home-care
  cd eastside && catchment why four-hours-in-emergency
  catchment why eastside problems")]
    Why(Why),
    /// Ask the tables in SQL.
    #[command(before_help = "Examples:
  catchment sql eastside \"select kind, count(*) from stays group by kind\"
  catchment sql eastside \"show tables\"
  catchment sql eastside \"select * from series where measure = 'wait-for-a-bed'\" --csv > wait.csv")]
    Sql(Sql),
    /// Write, check, run and explain measures.
    #[command(
        subcommand,
        before_help = "Examples:
  catchment measure new eastside falls-at-home
  catchment measure check eastside                 # every file, its SQL and its tables of examples
  catchment measure run eastside falls-at-home --level neighbourhood --period month
  catchment measure run eastside falls-at-home -o falls.parquet
  catchment measure explain eastside falls-at-home"
    )]
    Measure(Measure),
    /// Do what a file of deeds says: open conversations, put questions, agree plans and lines of the story.
    #[command(before_help = "Examples:
  catchment say eastside story.jsonl               # docs/said.md shows a line of each kind
  catchment ledger export old-place | grep plan | cut … | catchment say eastside -")]
    Say(Say),
    /// Copy, bring back or check the Ledger: everything that people said and settled.
    #[command(
        subcommand,
        before_help = "Examples:
  catchment ledger export eastside > eastside.ledger.jsonl
  catchment ledger import eastside eastside.ledger.jsonl       # to the same state, or refused with the line
  catchment ledger verify eastside
  CATCHMENT_LEDGER=postgres://catchment@db/eastside catchment ledger import eastside eastside.ledger.jsonl"
    )]
    Ledger(Ledger),
    /// Take conversations in from Polis, or write them as it does.
    #[command(
        subcommand,
        before_help = "Examples:
  catchment talk import eastside biodiversity votes.csv comments.csv --question \"How do we protect what lives here?\"
  catchment talk export eastside home -o home/"
    )]
    Talk(Talk),
    /// Is the change real? XmR charts of any CSV file.
    #[command(before_help = "Examples:
  catchment spc handover-minutes.csv
  catchment spc ae.csv --period month --value percent --group org_code --target 78 --better higher
  catchment spc ae.csv --rules plot-the-dots --json
  catchment spc --json < case.json                 # one object in, one object out: for pipelines in R and Python")]
    Spc(Spc),
    /// Rates, shares, means and standardised rates of any CSV file, with their limits.
    #[command(before_help = "Examples:
  catchment rates admissions.csv                              # events and people: per 100,000
  catchment rates seen.csv --statistic share --events within_4h --people attendances
  catchment rates deaths.csv --age age_band --standard esp2013   # directly standardised
  catchment rates --json < case.json                          # one object in, one object out: for pipelines in R and Python")]
    Rates(Rates),
    /// Which organisations stand outside what chance allows at their size?
    #[command(before_help = "Examples:
  catchment funnel readmissions.csv --events readmitted --people discharges
  catchment funnel mortality.csv --kind ratio --people expected
  catchment funnel mortality.csv --kind ratio --people expected --overdispersed")]
    Funnel(Funnel),
    /// The most deprived fifth against the rest, and the slope from most to least deprived.
    #[command(before_help = "Examples:
  catchment inequality by-fifth.csv --quantile fifth --events admissions --people population
  catchment inequality areas.csv --score imd --value rate --lower lower --upper upper --people population")]
    Inequality(Inequality),
    /// Life expectancy, and years in good health, from deaths and people by age.
    #[command(before_help = "Examples:
  catchment lifetable deaths.csv
  catchment lifetable deaths.csv --group neighbourhood --group sex --at 0 --at 65")]
    Lifetable(Lifetable),
    /// Ways, waits and throughput of any event log, CSV or Parquet.
    #[command(before_help = "Examples:
  catchment journeys log.parquet
  catchment journeys log.csv --case case_id --activity step --time timestamp
  catchment journeys log.csv.gz --json > answers.json")]
    Journeys(Journeys),
    /// Make a copy of the place from its own journeys: a model to try changes on.
    #[command(before_help = "Examples:
  catchment calibrate eastside
  catchment calibrate eastside -o eastside/models/winter.toml
  catchment calibrate eastside --json              # what was learnt, from how many, and what could not be")]
    Calibrate(Calibrate),
    /// Run a simulated place, as it is or with a change.
    #[command(before_help = "Examples:
  catchment simulate models/eastside.toml
  catchment simulate models/eastside.toml --change home-care:places:+10
  catchment simulate models/eastside.toml --scenario scenarios/winter.toml --replications 200 --seed 7
  catchment simulate models/eastside.toml --stress > stress.md
  catchment simulate --json < case.json            # one object in, one object out: for pipelines in R and Python")]
    Simulate(Simulate),
    /// Who will live here in 20 years, and what they will ask for.
    #[command(before_help = "Examples:
  catchment project eastside                       # reads eastside/need/
  catchment project eastside --years 20 --panel services --csv > services.csv
  catchment project --json < case.json             # one object in, one object out: for pipelines in R and Python")]
    Project(Project),
    /// Groups and common ground, from votes on short statements.
    #[command(before_help = "Examples:
  catchment opinion votes.csv statements.csv
  catchment opinion polis-export/*.csv --csv > statements.csv
  catchment opinion --json < case.json             # one object in, one object out: for pipelines in R and Python")]
    Opinion(Opinion),
    /// When a plan will be done and what it will bring, from a plain file.
    #[command(
        subcommand_required = true,
        before_help = "Examples:
  catchment plan forecast home-first.toml
  catchment plan forecast home-first.toml --reference past.toml --runs 20000 --seed 7
  catchment plan forecast home-first.toml --json > forecast.json
  catchment plan check home-first.toml              # what is wrong with it, and what is over-promised"
    )]
    Plan(PlanCommand),
    /// Serve the page.
    #[command(before_help = "Examples:
  catchment serve eastside
  catchment serve eastside --port 8080")]
    Serve(Serve),
    /// Let someone sign notes or open single journeys; everybody else may look.
    #[command(before_help = "Examples:
  catchment allow eastside \"Flow lead, Eastside\" --may notes,journeys
  catchment allow eastside --pulse
  catchment allow eastside --list
  catchment allow eastside --remove \"Flow lead, Eastside\"")]
    Allow(Allow),
    /// Look a place over: files, key, Lake, sources, measures.
    #[command(before_help = "Examples:
  catchment doctor eastside
  catchment doctor eastside --json")]
    Doctor(Doctor),
}

/// How large an invented place is.
#[derive(Args)]
pub struct Size {
    /// How many people live in the place.
    #[arg(long, default_value_t = 60_000)]
    pub people: u64,
    /// How many months of records.
    #[arg(long, default_value_t = 13)]
    pub months: u32,
    /// The same seed writes the same bytes.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

#[derive(Args)]
pub struct Demo {
    /// Folder of the invented place; one that is there is used again.
    #[arg(default_value = "rivermead")]
    pub place: PathBuf,
    /// Port on this machine.
    #[arg(long, default_value_t = 7700)]
    pub port: u16,
    #[command(flatten)]
    pub size: Size,
    /// Write and load it, and stop there.
    #[arg(long)]
    pub no_serve: bool,
}

#[derive(Args)]
pub struct Sample {
    /// Folder to write.
    pub folder: PathBuf,
    #[command(flatten)]
    pub size: Size,
    /// The last day, such as 2025-11-16.
    #[arg(long)]
    pub ends_on: Option<String>,
}

#[derive(Args)]
pub struct Init {
    /// Folder of the place.
    pub place: PathBuf,
    /// Its name.
    #[arg(long)]
    pub name: Option<String>,
}

#[derive(Args)]
pub struct Add {
    /// Folder of the place.
    pub place: PathBuf,
    /// Files, folders, patterns; `-` is standard input.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Read all of them by this feed, whatever their names.
    #[arg(long)]
    pub feed: Option<String>,
    /// Take the records in and leave journeys and measures for the next time.
    #[arg(long)]
    pub later: bool,
}

#[derive(Args)]
pub struct Problems {
    /// Folder of the place.
    pub place: PathBuf,
    /// Only of this kind, such as unknown_code.
    #[arg(long)]
    pub code: Option<String>,
    /// Only of this feed.
    #[arg(long)]
    pub feed: Option<String>,
    /// Each one, with file and line, not grouped.
    #[arg(long)]
    pub all: bool,
}

#[derive(Args)]
pub struct Retry {
    /// Folder of the place.
    pub place: PathBuf,
    /// Only of this feed.
    #[arg(long)]
    pub feed: Option<String>,
}

#[derive(Args)]
pub struct See {
    /// Folder of the place.
    pub place: PathBuf,
    /// An address, such as handovers, "measures/wait-for-a-bed?place=Eastbrook" or /index.csv; or flow, ways, time, ledger, people.
    #[arg(default_value = "handovers")]
    pub what: String,
    /// Only the panel of this name; of CSV, the table.
    #[arg(long)]
    pub panel: Option<String>,
    /// Every row of flow, ways, time, ledger or people.
    #[arg(long)]
    pub all: bool,
}

#[derive(Args)]
pub struct Paper {
    /// Folder of the place.
    pub place: PathBuf,
    /// The page, by its address.
    #[arg(default_value = "/")]
    pub address: String,
    /// The file to write.
    #[arg(short, long, value_name = "FILE.pdf|FILE.html")]
    pub out: PathBuf,
    /// The Monday of a week.
    #[arg(long)]
    pub week: Option<String>,
}

#[derive(Args)]
pub struct Digest {
    /// Folder of the place.
    pub place: PathBuf,
    /// From this week on, by its Monday; else the newest week.
    #[arg(long, value_name = "WEEK")]
    pub since: Option<String>,
    /// Send it by mail to those whom digest.toml in the place's folder names.
    #[arg(long)]
    pub send: bool,
}

#[derive(Args)]
pub struct Why {
    /// Folder of the place (this folder, if left out), then a handover, a measure, a feed, or `problems`.
    #[arg(value_names = ["PLACE", "FIGURE"], num_args = 1..=2, required = true)]
    pub figure: Vec<String>,
}

#[derive(Args)]
pub struct Sql {
    /// Folder of the place.
    pub place: PathBuf,
    /// The question; `-` reads it from standard input.
    pub query: String,
}

#[derive(Args)]
pub struct Say {
    /// Folder of the place.
    pub place: PathBuf,
    /// Lines of JSON; `-` reads standard input.
    pub file: String,
}

#[derive(Subcommand)]
pub enum Ledger {
    /// Write all entries as lines of JSON, each with the digest that chains it.
    Export(LedgerOf),
    /// Take in what export wrote, into an empty Ledger or onto its own beginning.
    Import(LedgerFrom),
    /// Check that every entry is as it was written.
    Verify(LedgerOf),
}

#[derive(Args)]
pub struct LedgerOf {
    /// Folder of the place.
    pub place: PathBuf,
}

#[derive(Args)]
pub struct LedgerFrom {
    /// Folder of the place.
    pub place: PathBuf,
    /// The file; `-` reads standard input.
    #[arg(default_value = "-")]
    pub file: String,
}

#[derive(Subcommand)]
pub enum Talk {
    /// Take a conversation in: votes, and statements where they are in another file.
    Import(TalkFrom),
    /// Write a conversation as Polis does.
    Export(TalkTo),
}

#[derive(Args)]
pub struct TalkFrom {
    /// Folder of the place.
    pub place: PathBuf,
    /// What it is to be called in addresses.
    pub id: String,
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The question that people were asked.
    #[arg(long)]
    pub question: String,
}

#[derive(Args)]
pub struct TalkTo {
    /// Folder of the place.
    pub place: PathBuf,
    /// The conversation.
    pub id: String,
    /// The folder to write into.
    #[arg(short, long, default_value = ".")]
    pub out: PathBuf,
}

#[derive(Subcommand)]
pub enum Measure {
    /// Write a measure file to start from.
    New(MeasureOne),
    /// Check the files, their SQL and their examples in measures/spec.
    Check(MeasureMaybe),
    /// Compute one measure, or all of them, on the records as they are.
    Run(MeasureRun),
    /// Say what a measure counts, on which chart it is judged and why, and what it says now.
    Explain(MeasureOne),
}

#[derive(Args)]
pub struct MeasureOne {
    /// Folder of the place.
    pub place: PathBuf,
    /// The id of the measure.
    pub id: String,
}

#[derive(Args)]
pub struct MeasureMaybe {
    /// Folder of the place.
    pub place: PathBuf,
    /// Only this measure.
    pub id: Option<String>,
}

#[derive(Args)]
pub struct MeasureRun {
    /// Folder of the place.
    pub place: PathBuf,
    /// Only this measure; without, all of them, with how long each takes.
    pub id: Option<String>,
    /// Only groups of this level, such as neighbourhood or deprivation.
    #[arg(long, requires = "id")]
    pub level: Option<String>,
    /// Only this group, such as Eastbrook.
    #[arg(long, requires = "id")]
    pub group: Option<String>,
    /// Only day, week or month.
    #[arg(long, requires = "id", value_parser = ["day", "week", "month"])]
    pub period: Option<String>,
    /// A .csv or .parquet file to write.
    #[arg(short, long, requires = "id")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Spc {
    /// A CSV file; `-` is standard input, where one JSON object is a case to answer with --json.
    #[arg(default_value = "-")]
    pub file: String,
    /// Column of the period.
    #[arg(long)]
    pub period: Option<String>,
    /// Column of the value.
    #[arg(long)]
    pub value: Option<String>,
    /// Column that names the chart, when the file holds several.
    #[arg(long)]
    pub group: Option<String>,
    /// The target: a number, or the column that holds it.
    #[arg(long)]
    pub target: Option<String>,
    /// Begin new limits at this period; may be given again.
    #[arg(long)]
    pub rebase: Vec<String>,
    /// Take the limits from the first so many points.
    #[arg(long)]
    pub fix_after: Option<usize>,
    /// Which way is better.
    #[arg(long, value_parser = ["lower", "higher", "neither"], default_value = "neither")]
    pub better: String,
    /// Whose rules.
    #[arg(long, value_parser = ["making-data-count", "plot-the-dots", "nhsrplotthedots"], default_value = "making-data-count")]
    pub rules: String,
    /// The unit, for the sentences.
    #[arg(long, default_value = "")]
    pub unit: String,
}

/// Columns, where they are not called what they usually are.
#[derive(Args)]
pub struct Columns {
    /// Column that says whose row it is; may be given again.
    #[arg(long, value_name = "COLUMN")]
    pub group: Vec<String>,
    /// Column of the events: the numerator.
    #[arg(long, value_name = "COLUMN")]
    pub events: Option<String>,
    /// Column of the people, or of the expected number: the denominator.
    #[arg(long, value_name = "COLUMN")]
    pub people: Option<String>,
    /// Column of a value as it stands.
    #[arg(long, value_name = "COLUMN")]
    pub value: Option<String>,
    /// Column of the value's lower 95% limit.
    #[arg(long, value_name = "COLUMN")]
    pub lower: Option<String>,
    /// Column of the value's upper 95% limit.
    #[arg(long, value_name = "COLUMN")]
    pub upper: Option<String>,
    /// Column of the value's standard error.
    #[arg(long, value_name = "COLUMN")]
    pub error: Option<String>,
    /// Column of the age band.
    #[arg(long, value_name = "COLUMN")]
    pub age: Option<String>,
    /// Column of the standard population.
    #[arg(long, value_name = "COLUMN")]
    pub standard: Option<String>,
    /// Column of how many events each of the people counted had.
    #[arg(long, value_name = "COLUMN")]
    pub frequency: Option<String>,
    /// Column of the events of the reference population.
    #[arg(long, value_name = "COLUMN")]
    pub reference_events: Option<String>,
    /// Column of the people of the reference population.
    #[arg(long, value_name = "COLUMN")]
    pub reference_people: Option<String>,
    /// Column of the group by need: 1 is the most deprived.
    #[arg(long, value_name = "COLUMN")]
    pub quantile: Option<String>,
    /// Column of the deprivation score of an area: the highest is the most deprived.
    #[arg(long, value_name = "COLUMN")]
    pub score: Option<String>,
    /// Column of the deaths.
    #[arg(long, value_name = "COLUMN")]
    pub deaths: Option<String>,
    /// Column of the share in good health, 0 to 1.
    #[arg(long, value_name = "COLUMN")]
    pub healthy: Option<String>,
    /// Column of how many were asked after their health.
    #[arg(long, value_name = "COLUMN")]
    pub asked: Option<String>,
}

#[derive(Args)]
pub struct Rates {
    /// A CSV file; `-` is standard input, where one JSON object is a case to answer with --json.
    #[arg(default_value = "-")]
    pub file: String,
    /// What to work out; else the columns tell.
    #[arg(long, value_parser = ["rate", "share", "mean", "direct", "ratio"])]
    pub statistic: Option<String>,
    /// For how many: 100000 for rates, 100 for shares and ratios.
    #[arg(long)]
    pub per: Option<f64>,
    /// Confidence of the limits, such as 0.95 or 0.998; may be given again.
    #[arg(long)]
    pub confidence: Vec<f64>,
    #[command(flatten)]
    pub columns: Columns,
}

#[derive(Args)]
pub struct Funnel {
    /// A CSV file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: String,
    /// What the numbers are.
    #[arg(long, value_parser = ["share", "ratio", "rate"], default_value = "share")]
    pub kind: String,
    /// Widen the limits by how much all of them vary beyond chance (Spiegelhalter).
    #[arg(long)]
    pub overdispersed: bool,
    /// For how many.
    #[arg(long)]
    pub per: Option<f64>,
    #[command(flatten)]
    pub columns: Columns,
}

#[derive(Args)]
pub struct Inequality {
    /// A CSV file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: String,
    /// Events are some of the people: a share, not a rate.
    #[arg(long)]
    pub share: bool,
    /// For how many.
    #[arg(long)]
    pub per: Option<f64>,
    /// Confidence of the limits.
    #[arg(long)]
    pub confidence: Option<f64>,
    #[command(flatten)]
    pub columns: Columns,
}

#[derive(Args)]
pub struct Lifetable {
    /// A CSV file; `-` is standard input.
    #[arg(default_value = "-")]
    pub file: String,
    /// Only the years left at this age; may be given again.
    #[arg(long)]
    pub at: Vec<u32>,
    /// Confidence of the limits; may be given again.
    #[arg(long)]
    pub confidence: Vec<f64>,
    #[command(flatten)]
    pub columns: Columns,
}

#[derive(Args)]
pub struct Journeys {
    /// A CSV (may be .gz) or Parquet file.
    pub file: PathBuf,
    /// Column of the case.
    #[arg(long)]
    pub case: Option<String>,
    /// Column of the activity.
    #[arg(long)]
    pub activity: Option<String>,
    /// Column of the time.
    #[arg(long)]
    pub time: Option<String>,
}

#[derive(Args)]
pub struct Serve {
    /// Folder of the place.
    pub place: PathBuf,
    /// Port on this machine.
    #[arg(long, default_value_t = 7700)]
    pub port: u16,
    /// Another name that this machine is called by, when a web server stands before it; may be given again.
    #[arg(long)]
    pub host: Vec<String>,
}

#[derive(Args)]
pub struct Allow {
    /// Folder of the place.
    pub place: PathBuf,
    /// Who, as their notes are signed: the role and the organisation.
    pub name: Option<String>,
    /// What they may do more than look.
    #[arg(long, value_delimiter = ',', value_parser = crate::access::MAY, default_value = "notes")]
    pub may: Vec<String>,
    /// The seat that they speak and vote for, as the scheme of delegation names it.
    #[arg(long)]
    pub seat: Option<String>,
    /// A team that they are of, as what is asked at the joins names it; more than one may be named.
    #[arg(long = "team", value_name = "TEAM")]
    pub teams: Vec<String>,
    /// Where the place is served, for the address that is printed.
    #[arg(long, default_value = "http://localhost:7700")]
    pub at: String,
    /// Print the link by which each team answers this quarter’s questions at the joins.
    #[arg(long, conflicts_with_all = ["name", "list", "remove"])]
    pub pulse: bool,
    /// List who may what.
    #[arg(long)]
    pub list: bool,
    /// Let this reader only look from now on.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["name", "list"])]
    pub remove: Option<String>,
}

#[derive(Args)]
pub struct Doctor {
    /// Folder of the place.
    pub place: PathBuf,
}

#[derive(Args)]
pub struct Calibrate {
    /// Folder of the place.
    pub place: PathBuf,
    /// The model file to write; else models/learned.toml of the place.
    #[arg(short, long, value_name = "FILE.toml")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Simulate {
    /// A model file, TOML or JSON; `-` is standard input, where one JSON object is a case to answer with --json.
    #[arg(default_value = "-")]
    pub model: String,
    /// A scenario file to try.
    #[arg(long, value_name = "FILE.toml")]
    pub scenario: Option<PathBuf>,
    /// A change to try, such as home-care:places:+10; may be given again.
    #[arg(long)]
    pub change: Vec<String>,
    /// How many runs; else as many as bring every answer that matters within 5%.
    #[arg(long)]
    pub replications: Option<usize>,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads; they change how long it takes and nothing else.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
    /// Print the report that STRESS asks for, in Markdown.
    #[arg(long)]
    pub stress: bool,
}

#[derive(Args)]
pub struct Project {
    /// Folder of the place, or its need.toml; `-` is standard input, where one JSON object is a case to answer with --json.
    #[arg(default_value = "-")]
    pub place: String,
    /// How many years ahead.
    #[arg(long, default_value_t = 20)]
    pub years: u32,
    /// How often chance is drawn, for the ranges.
    #[arg(long, default_value_t = 256)]
    pub samples: usize,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Which table: people, neighbourhoods, conditions, segments or services.
    #[arg(long, default_value = "services", value_parser = ["people", "neighbourhoods", "conditions", "segments", "services"])]
    pub panel: String,
}

#[derive(Args)]
pub struct Opinion {
    /// Votes, statements and perspectives as CSV, known by their columns; `-` is standard input, where one JSON object is a case to answer with --json: for testing, as its answer lists people by group.
    #[arg(default_value = "-")]
    pub files: Vec<std::path::PathBuf>,
}

#[derive(Args)]
pub struct PlanCommand {
    #[command(subcommand)]
    pub what: PlanWhat,
}

#[derive(Subcommand)]
pub enum PlanWhat {
    /// Play it many times: the end and the money as one in ten, the middle and nine in ten, and the chance to meet its goal.
    #[command(before_help = "Examples:
  catchment plan forecast home-first.toml
  catchment plan forecast home-first.toml --reference past.toml --json")]
    Forecast(PlanForecast),
    /// Say what is wrong with it, and where more is promised than can be kept.
    #[command(before_help = "Examples:
  catchment plan check home-first.toml
  catchment plan check - < home-first.toml")]
    Check(PlanFile),
}

#[derive(Args)]
pub struct PlanFile {
    /// The plan as TOML; `-` is standard input. docs/plans.md tells every key.
    pub plan: std::path::PathBuf,
    /// As it stands on this day, such as 2026-01-05; without it, today.
    #[arg(long)]
    pub today: Option<String>,
}

#[derive(Args)]
pub struct PlanForecast {
    #[command(flatten)]
    pub file: PlanFile,
    /// What promises were worth before, as TOML; without it, what was published of others.
    #[arg(long)]
    pub reference: Option<std::path::PathBuf>,
    /// How many times it is played.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub runs: u32,
    /// The same seed plays the same runs.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
