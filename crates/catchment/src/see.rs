//! `see` and `why`: the figures of the page as tables, and the walk from a figure to its rows.

use crate::ask::{Ask, Medium, Wrong};
use crate::fault::Fault;
use crate::grid::Grid;
use crate::keep;
use crate::place::Catchment;
use crate::view::Reader;
use show::{Cell, Table, Unit, View};

/// What `catchment see` shows that has no address: tables as they are.
pub const TABLES: [&str; 5] = ["flow", "ways", "time", "ledger", "people"];

/// One of [`TABLES`].
pub fn table(at: &Catchment, what: &str) -> Result<Table, Fault> {
    let reader = reader(at)?;
    let mut table = match what {
        "flow" => reader.ask("select from_kind, to_kind, handover, lane, people, median_minutes, p90_minutes, total_minutes / 60 as total_hours from flow order by total_minutes desc nulls last")?.to_table(),
        "ways" => reader.ask("select variant, journeys, share, care_minutes, wait_minutes from variants order by variant = 'other', journeys desc")?.to_table(),
        "time" => reader.ask(TIME_SQL)?.to_table(),
        "ledger" => reader.ask("select date_trunc('week', day) as week, handover, sum(person_minutes) / 60 as hours from delay_ledger group by 1, 2 order by 1 desc, 3 desc")?.to_table(),
        _ => reader.ask("select method, count(*) as subjects, count(distinct person) as people from people group by method order by subjects desc")?.to_table(),
    };
    table.all = format!("catchment see {} {what} --all", at.folder.display());
    Ok(table)
}

/// The view of an address ("/handovers/ward-to-home-care?place=Eastbrook", or without the first stroke), with what people
/// wrote about it, and the medium that its ending names.
///
/// # Errors
/// When the address leads nowhere, with what may have been meant.
pub fn view(at: &Catchment, address: &str) -> Result<(View, Medium), Fault> {
    // The address as a browser shows it will do too.
    let address = address.split_once("://").map_or(address, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let (path, query) = (path.trim_start_matches('/'), query.split('#').next().unwrap_or_default());
    if path == "public" || path.starts_with("public/") {
        return Err(Fault::new(
            format!("/{path} is a small page of its own, without figures that open"),
            format!(
                "catchment serve {}, then read or print it from a browser; its data is at /{path}.json",
                at.folder.display()
            ),
        ));
    }
    let (ask, medium) = Ask::parse(&format!("/{path}"), query)?;
    let ask = ask.known(&at.place)?;
    // what people say and settle is there before the first record
    let reader = if ask.page.of_the_ledger() { Reader::new(at)? } else { reader(at)? };
    let mut view = reader.view(&ask)?;
    // Who asks here waits for what a page would show while it goes on.
    while at.futures.wait() {
        view = reader.view(&ask)?;
    }
    let state = at.said.state()?;
    keep::tell_of_signals(&mut view, &state);
    keep::tell(&mut view, &ask, keep::notes(&state, &ask.about()), None, reader.zone());
    Ok((view, medium))
}

/// The Lake of a place that holds records.
pub fn reader(at: &Catchment) -> Result<Reader<'_>, Fault> {
    let reader = Reader::new(at)?;
    if reader.has("sources") { Ok(reader) } else { Err(nothing_yet(at)) }
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Fault {
        match wrong {
            Wrong::NoSuch { what, name, like } => {
                let like: Vec<&str> = like.iter().map(|link| link.href.as_str()).collect();
                let help = if like.is_empty() {
                    "catchment see PLACE search?q=WORDS finds by words".to_owned()
                } else {
                    format!("did you mean {}?", like.join(" or "))
                };
                Fault::new(format!("there is no {what} called '{name}'"), help)
            }
            Wrong::Unclear { field, text, help } => {
                Fault::new(format!("'{text}' cannot be understood as a {field}"), help)
            }
            Wrong::Beyond { what, help } | Wrong::NotAllowed { what, help } => Fault::new(what, help),
            Wrong::Fault(fault) => fault,
        }
    }
}

const TIME_SQL: &str =
    "select part, sum(minutes) / 60 as hours, 100 * sum(minutes) / sum(sum(minutes)) over () as percent from (
  select 'care' as part, care_minutes as minutes from journeys union all
  select 'waiting inside a service', inside_wait_minutes from journeys union all
  select 'waiting between services', wait_minutes from journeys union all
  select 'at home by plan', home_minutes from journeys union all
  select 'unknown', unknown_minutes from journeys) group by part order by hours desc";

/// For a place that holds no record yet.
pub fn nothing_yet(at: &Catchment) -> Fault {
    Fault::new(
        format!("{} holds no records yet", at.folder.display()),
        format!("catchment add {} FILES…   or see an invented place with `catchment demo`", at.folder.display()),
    )
}

/// What `why` found: a paragraph, then tables with a heading each.
pub struct Why {
    pub title: String,
    pub text: Vec<(String, String)>,
    pub tables: Vec<(String, Table)>,
    /// Rows of single people: for who sits at the machine and could read the Lake, never for a page.
    pub single: Vec<(String, Table)>,
}

/// The walk from a figure to its definition, sources and rows.
pub fn why(at: &Catchment, figure: &str) -> Result<Why, Fault> {
    let reader = Reader::new(at)?;
    if !reader.has("sources") {
        return Err(nothing_yet(at));
    }
    why_of(&reader, figure)?.ok_or_else(|| {
        Fault::new(format!("there is no figure called '{figure}'"), format!("one of: {}", figures(at).join(", ")))
    })
}

/// Whether a figure is of what people settled, and so changes with the Ledger.
pub fn is_settled(figure: &str) -> bool {
    let whole = ["decisions", "rocks", "plans", "trust"].contains(&figure);
    whole || figure.starts_with("decision/") || figure.starts_with("plan/")
}

/// The names that figures go by.
pub fn figures(at: &Catchment) -> Vec<String> {
    let published = at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series);
    let mut all: Vec<String> = WHOLE.iter().map(|figure| figure.0.to_owned()).collect();
    all.extend(at.place.handovers.iter().map(|rule| rule.id.clone()));
    all.extend(at.measures.iter().map(|measure| measure.id.clone()));
    all.extend(published.map(|rule| rule.measure.clone()));
    all.extend(at.feeds.iter().map(|feed| feed.name.clone()));
    all.extend(at.pathways.iter().map(|pathway| pathway.id.clone()));
    all.extend(["air-time", "decisions", "rocks", "trust"].map(str::to_owned));
    all
}

/// Figures of the whole: name, title, what it is, and the rows.
const WHOLE: [(&str, &str, &str, &str); 10] = [
    (
        "problems",
        "Problems",
        "Records, or fields of records, that could not be used. `catchment problems` says the way out of each kind.",
        "select feed, code, severity, count(*) as problems, min(source) as first_source, min(line) as first_line from problems group by feed, code, severity order by problems desc limit 50",
    ),
    (
        "ledger",
        "Time waiting between us",
        "Every person-hour between being asked for (or ready) and being taken or leaving another way, kept once, at the handover where it was waited, on the day it was waited. Moving a queue moves its hours. Pages add up the handovers that the place watches.",
        "select handover, sum(person_minutes) / 60 as hours, min(day) as first_day, max(day) as last_day from delay_ledger group by handover order by hours desc",
    ),
    (
        "handovers",
        "Waits longer than usual",
        "A handover waits longer than usual when its newest weekly middle wait is a special cause in the worse direction by the XmR rules of Making Data Count.",
        "select handover, cast(date_trunc('week', local_date(taken)) as date) as week, count(*) as people, median(wait_minutes) as wait_minutes_p50 from handovers where taken is not null and handover in (select handover from watched) group by 1, 2 order by 2 desc, 1 limit 60",
    ),
    (
        "waiting",
        "Waiting now",
        "People asked for, or ready, and neither taken nor gone another way when the records end, at the handovers that the place watches.",
        "select handover, count(*) as still_waiting, min(asked) as longest_since from handovers where still_waiting and handover in (select handover from watched) group by 1 order by 2 desc",
    ),
    (
        "pressure",
        "Pressure, 1 to 4",
        crate::view::PRESSURE,
        "select day, to_organisation as organisation, 'into' as side, sum(person_minutes) / 60 as hours from delay_ledger where to_organisation is not null and handover in (select handover from watched) group by 1, 2 union all
         select day, from_organisation, 'out of', sum(person_minutes) / 60 from delay_ledger where from_organisation is not null and handover in (select handover from watched) group by 1, 2 order by day desc, organisation, side limit 100",
    ),
    (
        "measures",
        "Measures that really changed",
        "A measure has changed when its newest point is a special cause by the XmR rules of Making Data Count. Anything else is ordinary variation.",
        "select measure, max(period) as newest, count(signal) as signals from series where level = 'system' and grain = 'week' group by measure order by measure",
    ),
    (
        "sources",
        "Sources up to date",
        "A feed is up to date when its newest event is at most three days older than the newest of all feeds.",
        "select feed, max(newest) as newest, max(loaded_at) as loaded_at, sum(records) as records from sources group by feed order by feed",
    ),
    (
        "simulated",
        "What the copy of the place says",
        "Runs of a model of the place: services, who comes, how long care takes, who goes where, learnt from its journeys or written by hand in models/. A change is always run beside the place as it is, the same people with the same luck in both; the ranges hold it 19 times in 20. The page How far to trust the copy holds its forecasts against what happened.",
        "select service, kind, organisation, sum(case when started is not null then 1 else 0 end) as stays_that_it_learns_from from stays group by 1, 2, 3 order by 4 desc limit 60",
    ),
    (
        "need",
        "What is coming",
        "People by neighbourhood, sex and year of age, moved on a year at a time by births, deaths and moves; what they ask for is people of an age times how often they ask. The tables are those of the folder need/ of the place, and docs/need.md says how. The rows are the people that place.toml has.",
        "select neighbourhood, age_band, sex, sum(people) as people from population group by 1, 2, 3 order by 1, 2, 3 limit 200",
    ),
    (
        "ways",
        "Ways through",
        "A way is the kinds of service of a journey in the order in which they began. A journey is what belongs together of one person's care: a gap of 28 days with nothing open begins another. Every minute of it is care, waiting inside or between services, at home by plan, or unknown.",
        "select variant as way, journeys, share, care_minutes, wait_minutes from variants order by journeys desc limit 60",
    ),
];

/// The same with the reader at hand; `None` where no figure has the name.
pub fn why_of(reader: &Reader, figure: &str) -> Result<Option<Why>, Fault> {
    let at = reader.place();
    // A name goes into SQL only when it is one that the place knows.
    if let Some(rule) = at.place.handovers.iter().find(|rule| rule.id == figure) {
        return why_handover(reader, rule).map(Some);
    }
    if let Some(measure) = at.measures.iter().find(|measure| measure.id == figure) {
        return why_measure(reader, measure).map(Some);
    }
    if let Some(feed) = at.feeds.iter().find(|feed| feed.name == figure) {
        return why_feed(reader, feed, at).map(Some);
    }
    let published = at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series);
    if let Some(rule) = published.into_iter().find(|rule| rule.measure == figure) {
        let rows = reader.ask(&format!("select level, \"group\", grain, period, numerator, denominator, value, lower, upper, signal, source from series where measure = '{}' order by period desc, level, \"group\" limit 50", rule.measure.replace('\'', "''")))?;
        let text = vec![(
            "What it is".to_owned(),
            format!(
                "{}, in {}: figures that came ready-made, with the limits that Catchment draws.",
                rule.title, rule.unit
            ),
        )];
        return Ok(Some(Why {
            title: rule.title.clone(),
            text,
            tables: vec![("The newest".to_owned(), rows.to_local_table(reader.zone()))],
            single: Vec::new(),
        }));
    }
    if figure == "air-time" {
        return Ok(Some(Why {
            title: "Air time".to_owned(),
            text: vec![(
                "What it is".to_owned(),
                "What share of measures, signals, questions and pages each sector has, and of statements, votes, evidence and minutes each voice, beside a fair share. Measures of the whole system and pages of it belong to no sector. Evidence are the measures that questions rest on, counted for the sector that each belongs to.".to_owned(),
            )],
            tables: reader.air_time_rows(),
            single: Vec::new(),
        }));
    }
    for settled in [Reader::why_settled, Reader::why_planned, Reader::why_trusted] {
        if let Some(found) = settled(reader, figure)? {
            return Ok(Some(found));
        }
    }
    if figure == "population" {
        let query = "select neighbourhood, deprivation, age_band, sum(people) as people from population group by 1, 2, 3 order by 1, 2, 3";
        return Ok(Some(Why {
            title: "People who live here".to_owned(),
            text: vec![(
                "What it is".to_owned(),
                "People of each small area by age and sex, as place.toml has them.".to_owned(),
            )],
            tables: vec![("Rows".to_owned(), reader.ask(query)?.to_local_table(reader.zone()))],
            single: Vec::new(),
        }));
    }
    if let Some(pathway) = at.pathways.iter().find(|pathway| pathway.id == figure) {
        let query = format!(
            "select how, left_at, elsewhere, count(*) as journeys, median(wait_minutes) as wait_minutes_p50 from conformance where pathway = '{}' group by 1, 2, 3 order by journeys desc",
            pathway.id.replace('\'', "''")
        );
        return Ok(Some(Why {
            title: pathway.title.clone(),
            text: vec![(
                "What it is".to_owned(),
                format!("Journeys followed along pathways/{}.toml: docs/pathways.md says how.", pathway.id),
            )],
            tables: vec![("Rows".to_owned(), reader.ask(&query)?.to_local_table(reader.zone()))],
            single: Vec::new(),
        }));
    }
    let Some((_, title, text, query)) = WHOLE.into_iter().find(|known| known.0 == figure) else { return Ok(None) };
    Ok(Some(Why {
        title: title.to_owned(),
        text: vec![("What it is".to_owned(), text.to_owned())],
        tables: vec![("Rows".to_owned(), reader.ask(query)?.to_local_table(reader.zone()))],
        single: Vec::new(),
    }))
}

/// Where rows came from: the files, lines and digests of the records behind these people's events at these services.
fn records_of(reader: &Reader, condition: &str) -> Result<Table, Fault> {
    let query = format!(
        "select distinct e.feed, r.source, r.line, e.kind, e.occurred_at, encode(e.record_id, 'hex') as record
         from events e join people p on p.subject = e.subject join records r on r.record_id = e.record_id
         join ({condition}) w on w.person = p.person and (e.service = w.from_service or e.service = w.to_service)
         and e.occurred_at between w.asked - interval '2 days' and coalesce(w.ended_at, w.asked) + interval '2 days'
         order by e.occurred_at limit 20"
    );
    Ok(reader.ask(&query)?.to_local_table(reader.zone()))
}

fn why_handover(reader: &Reader, rule: &domain::HandoverRule) -> Result<Why, Fault> {
    let id = &rule.id;
    let from = rule.from.map_or_else(|| "home".to_owned(), |kind| show::words::page(kind.name()));
    let mut text = vec![(
        "What it is".to_owned(),
        format!(
            "{}: the wait of a person between {from} and {}. It begins when they are ready at the first, or asked for at the second, and ends when the second has taken them and the first has let go. People who went another way, withdrew, died or still wait are counted, each by name.",
            rule.name,
            show::words::page(rule.to.name())
        ),
    )];
    if let Some(standard) = rule.standard_minutes {
        text.push(("Standard".to_owned(), Unit::Minutes.say(standard)));
    }
    text.push(("Rule".to_owned(), "docs/journeys.md, tested by the tables in spec/journeys".to_owned()));
    let ends = reader.ask(&format!("select ended_by, count(*) as people, median(wait_minutes) as wait_minutes_p50, sum(wait_minutes) / 60 as hours from handovers where handover = '{id}' group by ended_by order by people desc"))?;
    let owners = reader.ask(&format!("select from_service, to_service, count(*) as people, sum(wait_minutes) / 60 as hours, count(*) filter (where still_waiting) as waiting_now from handovers where handover = '{id}' group by 1, 2 order by hours desc nulls last"))?;
    let weeks = reader.ask(&format!("select cast(date_trunc('week', local_date(taken)) as date) as week, count(*) as people, median(wait_minutes) as wait_minutes_p50, approx_percentile_cont(wait_minutes, 0.9) as wait_minutes_p90, sum(wait_minutes) / 60 as hours from handovers where handover = '{id}' and taken is not null group by 1 order by 1 desc"))?;
    let longest = reader.ask(&format!("select person, from_service, to_service, asked, ended_at, ended_by, wait_minutes from handovers where handover = '{id}' order by wait_minutes desc nulls last limit 10"))?;
    let records = records_of(
        reader,
        &format!(
            "select person, from_service, to_service, asked, ended_at from handovers where handover = '{id}' and ended_by = 'taken' order by asked desc limit 1"
        ),
    )?;
    Ok(Why {
        title: rule.name.clone(),
        text,
        tables: vec![
            ("Week by week".to_owned(), weeks.to_local_table(reader.zone())),
            ("How they ended".to_owned(), ends.to_local_table(reader.zone())),
            ("Both owners".to_owned(), owners.to_local_table(reader.zone())),
        ],
        single: vec![
            ("The longest".to_owned(), longest.to_local_table(reader.zone())),
            ("The records behind the newest one".to_owned(), records),
        ],
    })
}

fn why_measure(reader: &Reader, measure: &measures::Measure) -> Result<Why, Fault> {
    let id = &measure.id;
    let mut text = vec![
        ("What it asks".to_owned(), measure.title.clone()),
        ("Why".to_owned(), measure.why.clone()),
        ("Owner".to_owned(), measure.owner.clone()),
    ];
    if let Some(standard) = &measure.standard {
        text.push(("Standard".to_owned(), format!("{} {} ({})", standard.value, measure.unit, standard.source)));
    }
    text.push(("File".to_owned(), reader.inside(&measure.file)));
    if measure.is_published() {
        let newest = reader.ask(&format!("select level, \"group\", grain, period, value, source from series where measure = '{id}' order by period desc, level, \"group\" limit 50"))?;
        let tables = vec![("The newest".to_owned(), newest.to_local_table(reader.zone()))];
        return Ok(Why { title: measure.title.clone(), text, tables, single: Vec::new() });
    }
    text.push(("Numerator".to_owned(), measure.numerator.trim().to_owned()));
    if let Some(denominator) = &measure.denominator {
        text.push(("Denominator".to_owned(), denominator.trim().to_owned()));
    }
    let newest = reader.ask(&format!("select period, numerator, denominator, value, lower, upper, signal from series where measure = '{id}' and level = 'system' and grain = 'week' order by period desc"))?;
    let rows = reader.ask(&format!(
        "select * from ({}) order by at desc limit 10",
        measure.numerator.trim().trim_end_matches(';')
    ))?;
    Ok(Why {
        title: measure.title.clone(),
        text,
        tables: vec![("Week by week".to_owned(), newest.to_local_table(reader.zone()))],
        single: vec![("The newest rows".to_owned(), rows.to_local_table(reader.zone()))],
    })
}

fn why_feed(reader: &Reader, feed: &ingest::Feed, at: &Catchment) -> Result<Why, Fault> {
    let name = &feed.name;
    let quoted = name.replace('\'', "''");
    let owner =
        at.place.organisation(&feed.organisation).map_or(feed.organisation.as_str(), |organisation| &organisation.name);
    let files = reader.ask(&format!("select source, loaded_at, records, known, events, held, newest from sources where feed = '{quoted}' order by loaded_at desc, source limit 50"))?;
    let problems = reader.ask(&format!("select code, severity, count(*) as problems, min(message) as example from problems where feed = '{quoted}' group by code, severity order by problems desc"))?;
    Ok(Why {
        title: format!("{name}, from {owner}"),
        text: vec![(
            "What it is".to_owned(),
            format!("A feed in {} as the feed file maps it to events.", feed.format.name()),
        )],
        tables: vec![
            ("Files".to_owned(), files.to_local_table(reader.zone())),
            ("Problems".to_owned(), problems.to_local_table(reader.zone())),
        ],
        single: Vec::new(),
    })
}

/// The table of `catchment problems`.
pub fn problems(at: &Catchment, code: Option<&str>, feed: Option<&str>, all: bool) -> Result<Table, Fault> {
    let session = at.lake.session(store::Access::Analyst)?;
    if !at.lake.tables()?.iter().any(|table| table.name == "problems") {
        return Err(nothing_yet(at));
    }
    let quote = |text: &str| text.replace('\'', "''");
    let mut only = vec!["true".to_owned()];
    only.extend(code.map(|code| format!("code = '{}'", quote(code))));
    only.extend(feed.map(|feed| format!("feed = '{}'", quote(feed))));
    let only = only.join(" and ");
    let query = if all {
        format!(
            "select source, line, severity, code, field, message, help from problems where {only} order by source, line"
        )
    } else {
        format!(
            "select count(*) as problems, severity, code, feed, field, min(message) as example, min(help) as help, min(source || ':' || cast(line as varchar)) as first
             from problems where {only} group by severity, code, feed, field, case when code = 'unknown_code' then message else '' end
             order by severity = 'note', severity = 'warning', problems desc"
        )
    };
    let mut table = Grid::new(session.sql(&query)?).to_table();
    table.all = format!("catchment problems {} --all", at.folder.display());
    if !table.rows.is_empty() {
        table.note = format!("mend the feed file or the records, then: catchment retry {}", at.folder.display());
    }
    Ok(table)
}

/// The groups of problems for a person on a terminal: what, how often, where first, and the way out.
pub fn problems_text(table: &Table, rows: usize) -> String {
    let at = |name: &str| table.headers.iter().position(|header| header == name);
    let columns = ["problems", "severity", "code", "feed", "field", "example", "help", "first"].map(at);
    let mut text = String::new();
    for row in table.rows.iter().take(rows) {
        let [count, severity, code, feed, field, example, help, first] =
            columns.map(|at| match at.and_then(|at| row.get(at)) {
                Some(Cell::Text(text) | Cell::Number(_, text)) => text.as_str(),
                _ => "",
            });
        let place = [feed, field].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        text.push_str(&format!(
            "{count} × {code} ({severity}) in {place}\n    {example}\n    help: {help}\n    first: {first}\n\n"
        ));
    }
    if table.rows.len() > rows {
        text.push_str(&format!("… {} more: `{}`\n", table.rows.len() - rows, table.all));
    }
    text.push_str(&table.note);
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}
