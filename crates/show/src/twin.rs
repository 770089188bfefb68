//! The table of every picture: what CSV, JSON, the terminal and a reader who does not see the picture are told.
//!
//! Headers are code words and values are raw: a wait is in minutes, time waited in hours, a share out of 100; where a
//! column mixes units, a `unit` column tells them. A cell without a value is empty, and `missing` beside it says why.

use crate::ahead::Sentence;
use crate::number::Unit;
use crate::table::{Cell, Table, spark};
use crate::view::*;
use crate::words;

impl Unit {
    /// Its code word, beside a raw value: "minutes", "hours", "days", "%", or the noun.
    pub fn code(&self) -> &str {
        match self {
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::Percent => "%",
            Unit::Pounds => "pounds",
            Unit::Of(noun) => noun,
        }
    }
}

impl Picture {
    /// The same values as rows; `None` for what holds no values (words, forms, states).
    ///
    /// Rows are in the order in which the picture shows them, and any text in them is as it came.
    pub fn table(&self) -> Option<Table> {
        match self {
            Picture::Pressure(rows) => Some(pressure(rows)),
            Picture::Flow(shown) => Some(flow(shown)),
            Picture::Handovers(rows) => Some(handovers(rows)),
            Picture::Measures(rows) => Some(measures(rows)),
            Picture::Chart(measure) => Some(chart(&measure.series)),
            Picture::Heat(shown) => Some(heat(shown)),
            Picture::Intervals(shown) => Some(intervals(shown)),
            Picture::Ways(shown) => Some(ways(shown)),
            Picture::Way(shown) => Some(ways(std::slice::from_ref(shown))),
            Picture::Map(shown) => Some(map(shown)),
            Picture::Funnel(shown) => Some(funnel(shown)),
            Picture::Dots(shown) => Some(dots(shown)),
            Picture::Fan(shown) => Some(shown.table()),
            Picture::Fans(all) => Some(crate::ahead::fans(all)),
            Picture::Differences(shown) => Some(shown.table()),
            Picture::Tornado(shown) => Some(shown.table()),
            Picture::Pyramid(shown) => Some(shown.table()),
            Picture::Growth(shown) => Some(shown.table()),
            Picture::Week(shown) => Some(shown.table()),
            Picture::Trust(shown) => Some(shown.table()),
            Picture::Sentences(asked) => Some(asked.table()),
            Picture::Running(work) => Some(work.table()),
            Picture::Stages(shown) => Some(shown.table()),
            Picture::Choices(shown) => Some(shown.table()),
            Picture::Ground(shown) => Some(shown.table()),
            Picture::Stands(shown) => Some(shown.table()),
            Picture::Wording(shown) => Some(shown.table()),
            Picture::Expected(shown) => Some(shown.table()),
            Picture::Lines(shown) => Some(shown.table()),
            Picture::Shares(shown) => Some(shown.table()),
            Picture::Answers(shown) => Some(shown.table()),
            Picture::Plans(all) => Some(crate::room::plans(all)),
            Picture::Schedule(shown) => Some(shown.table()),
            Picture::Rocks(shown) => Some(shown.table()),
            Picture::Money(shown) => Some(shown.table()),
            Picture::Ties(shown) => Some(shown.table()),
            Picture::Board(all) => Some(crate::room::board(all)),
            Picture::Monday(all) => Some(crate::room::monday(all)),
            Picture::Sources(rows) => Some(sources(rows)),
            Picture::Rows(rows) => Some(rows.table.clone()),
            Picture::List(items) => Some(list(items)),
            Picture::Notes(shown) => Some(notes(&shown.notes)),
            Picture::Words(_) | Picture::Form(_) | Picture::Acts(_) | Picture::Vote(_) | Picture::State(_) => None,
        }
    }

    /// What it says in sentences: its finding and what is shown, where a table would lose them.
    pub fn sentences(&self) -> Vec<String> {
        let texts: Vec<String> = match self {
            Picture::Words(paragraphs) => paragraphs.clone(),
            Picture::Flow(shown) => vec![shown.sentence.clone()],
            Picture::Chart(shown) => vec![joined(&shown.series.title, &shown.sentence), shown.series.method.clone()],
            Picture::Heat(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Intervals(shown) => {
                [shown.title.clone(), shown.definition.clone()].into_iter().chain(words::gradient(shown)).collect()
            }
            Picture::Ways(shown) => shown.iter().map(|w| joined(&w.name, &w.sentence)).collect(),
            Picture::Way(shown) => vec![joined(&shown.name, &shown.sentence)],
            Picture::Map(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Funnel(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Dots(shown) => vec![shown.title.clone()],
            Picture::Fan(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Fans(all) => all.iter().map(|fan| joined(&fan.title, &said(&fan.figure, &fan.note))).collect(),
            Picture::Differences(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Tornado(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Pyramid(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Growth(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Week(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Trust(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Sentences(asked) => asked.sentences.iter().map(Sentence::say).collect(),
            Picture::Running(work) => [work.title.clone(), crate::chart::sentence(&work.left())]
                .into_iter()
                .chain(work.early.clone())
                .collect(),
            Picture::Stages(shown) => vec![shown.waits()],
            Picture::Choices(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Ground(shown) => {
                vec![shown.counts(), shown.not_yet.clone().unwrap_or_default(), shown.firm.clone()]
            }
            Picture::Stands(shown) => vec![shown.count(), shown.opens(), shown.note.clone()],
            Picture::Expected(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Shares(shown) => vec![shown.title.clone(), shown.call(), shown.definition.clone()],
            Picture::Vote(shown) => vec![shown.quote.text.clone()],
            Picture::Answers(shown) => vec![shown.title.clone()],
            Picture::Schedule(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Money(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Ties(shown) => vec![shown.title.clone(), shown.definition.clone()],
            Picture::Rows(rows) => vec![rows.caption.clone()],
            Picture::State(state) => vec![state.title.clone(), state.text.clone(), state.command.clone()],
            Picture::Pressure(_)
            | Picture::Handovers(_)
            | Picture::Measures(_)
            | Picture::Wording(_)
            | Picture::Lines(_)
            | Picture::Acts(_)
            | Picture::Plans(_)
            | Picture::Board(_)
            | Picture::Monday(_)
            | Picture::Rocks(_)
            | Picture::Sources(_)
            | Picture::List(_)
            | Picture::Notes(_)
            | Picture::Form(_) => vec![],
        };
        texts.into_iter().filter(|t| !t.is_empty()).collect()
    }
}

impl View {
    /// What it shows to have really changed: handovers and measures, those for the worse first. Each with its sentence.
    pub fn signals(&self) -> Vec<Item> {
        let mut found: Vec<(Signal, Item)> = Vec::new();
        let mut add = |signal: Signal, kind: &str, name: &str, href: &Option<String>, note: String| {
            if signal != Signal::Ordinary && !found.iter().any(|(_, item)| item.link.words == name) {
                let link = Link::new(name, href.clone().unwrap_or_default());
                found.push((signal, Item { link, kind: kind.to_owned(), note }));
            }
        };
        for picture in self.panels.iter().flat_map(|p| &p.pictures) {
            match picture {
                Picture::Handovers(rows) => ranked(rows).into_iter().for_each(|h| {
                    let note = format!("middle wait {}, {}", h.middle.say(), words::wait_signal(h.signal));
                    add(h.signal, "Handover", &h.name, &h.href, note);
                }),
                Picture::Measures(rows) => by_signal(rows).into_iter().for_each(|m| {
                    add(m.series.signal(), "Measure", &m.series.title, &m.href, m.sentence.clone());
                }),
                _ => {}
            }
        }
        found.sort_by_key(|(signal, _)| weight(*signal));
        found.into_iter().map(|(_, item)| item).collect()
    }
}

/// Worse before better, and both before what is neither.
fn weight(signal: Signal) -> u8 {
    match signal {
        Signal::Concern => 0,
        Signal::Improvement => 1,
        Signal::Change => 2,
        Signal::Ordinary => 3,
    }
}

impl Panel {
    /// Its tables by their names in `?panel=`: the panel's own id, then `id-2`, `id-3`.
    pub fn tables(&self) -> Vec<(String, Table)> {
        let tables = self.pictures.iter().filter_map(Picture::table);
        let named = tables
            .enumerate()
            .map(|(i, table)| (if i == 0 { self.id.clone() } else { format!("{}-{}", self.id, i + 1) }, table));
        named.collect()
    }

    /// What it says in sentences, without those that repeat its title or its note.
    pub fn sentences(&self) -> Vec<String> {
        let mut said: Vec<String> = Vec::new();
        for text in self.pictures.iter().flat_map(|picture| self.said_of(picture)) {
            if !said.contains(&text) {
                said.push(text);
            }
        }
        said
    }

    /// What one of its pictures says beyond its title and its note; a name that they tell is not told again.
    pub(crate) fn said_of(&self, picture: &Picture) -> Vec<String> {
        let told = |words: &str| words == self.title || words == self.note;
        let named = |name: &str| !name.is_empty() && (told(name) || self.note.contains(name));
        match picture {
            Picture::Way(way) if named(&way.name) => {
                Some(way.sentence.clone()).filter(|s| !s.is_empty()).into_iter().collect()
            }
            _ => picture.sentences().into_iter().filter(|text| !told(text)).collect(),
        }
    }
}

fn joined(name: &str, sentence: &str) -> String {
    let between = match (name.is_empty() || sentence.is_empty(), name.ends_with('.')) {
        (true, _) => "",
        (false, true) => " ",
        (false, false) => ": ",
    };
    format!("{name}{between}{sentence}")
}

/// "48 people by Thursday 09:00"
fn said(figure: &Figure, note: &str) -> String {
    [figure.say().as_str(), note].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
}

fn value(figure: &Figure) -> Cell {
    Cell::of(figure.value, &figure.unit)
}

/// In the minutes (hours) that the header promises, said as the page says it; another unit than time stays out.
fn time(figure: &Figure, header: &Unit) -> Cell {
    let minutes = |unit: &Unit| match unit {
        Unit::Minutes => Some(1.0),
        Unit::Hours => Some(60.0),
        Unit::Days => Some(1440.0),
        Unit::Percent | Unit::Pounds | Unit::Of(_) => None,
    };
    match (figure.value, minutes(&figure.unit), minutes(header)) {
        (Some(v), Some(from), Some(to)) => Cell::said(v * from / to, figure.unit.say(v)),
        (Some(v), ..) => Cell::said(v, figure.unit.say(v)),
        (None, ..) => Cell::Missing,
    }
}

fn bounds(range: Option<(f64, f64)>, unit: &Unit) -> [Cell; 2] {
    [Cell::of(range.map(|r| r.0), unit), Cell::of(range.map(|r| r.1), unit)]
}

fn missing(figure: &Figure) -> Cell {
    Cell::from(if figure.value.is_none() { figure.missing.words() } else { "" })
}

/// How many people a figure rests on, unless it was left out because they are few.
fn people(figure: &Figure, people: u64) -> Cell {
    let hidden = figure.value.is_none() && figure.missing == Missing::Suppressed;
    if hidden { Cell::Missing } else { Cell::from(people) }
}

/// Nothing for ordinary variation, so that signals stand out.
fn signal(signal: Signal, words: fn(Signal) -> &'static str) -> Cell {
    Cell::from(if signal == Signal::Ordinary { "" } else { words(signal) })
}

fn pressure(rows: &[Pressure]) -> Table {
    // a place where nobody declares a level has no columns for it
    let declared = rows.iter().any(|row| !row.declared.is_empty());
    let kept = |(_, own): &(&str, bool)| declared || !own;
    let headers = [
        ("organisation", false),
        ("level", false),
        ("declared_level", true),
        ("reason", false),
        ("days", false),
        ("declared_days", true),
        ("missing", false),
    ];
    let mut table = Table::new(headers.into_iter().filter(kept).map(|h| h.0));
    let days = |days: &[Option<u8>]| {
        let said: Vec<String> = days.iter().map(|d| d.map_or("·".to_owned(), |d| d.to_string())).collect();
        Cell::from(said.join(" "))
    };
    for row in rows {
        let cells: [Cell; 7] = [
            row.organisation.as_str().into(),
            value(&row.level),
            row.declared.last().map_or("".into(), |level| level.map(u64::from).into()),
            row.reason.as_str().into(),
            days(&row.days),
            days(&row.declared),
            missing(&row.level),
        ];
        table.push(cells.into_iter().zip(headers).filter(|(_, h)| kept(h)).map(|(cell, _)| cell));
    }
    table
}

/// Moves, then everybody at each stop: a row with nowhere to go.
fn flow(flow: &Flow) -> Table {
    let mut table = Table::new(["from", "to", "people", "wait_minutes_p50", "signal"]);
    let name = |i: usize| Cell::from(flow.stops.get(i).map_or("", |s| s.name.as_str()));
    let people = |people: f64| Cell::said(people, crate::number::count(people.round().max(0.0) as u64));
    for m in &flow.moves {
        table.push([
            name(m.from),
            name(m.to),
            people(m.people),
            Cell::of(m.wait_minutes, &Unit::Minutes),
            signal(m.signal, words::wait_signal),
        ]);
    }
    for stop in &flow.stops {
        table.push([stop.name.as_str().into(), "".into(), people(stop.people), Cell::Missing, "".into()]);
    }
    table
}

fn handovers(rows: &[Handover]) -> Table {
    let mut table = Table::new([
        "handover",
        "from",
        "to",
        "wait_minutes_p50",
        "wait_minutes_p90",
        "wait_hours",
        "still_waiting",
        "standard_minutes",
        "past_year",
        "signal",
        "missing",
        "id",
    ]);
    for h in ranked(rows) {
        let figures = [&h.middle, &h.nine_in_ten, &h.hours_waiting, &h.waiting_now];
        let unknown = if figures.iter().all(|f| f.value.is_none() && f.missing == h.middle.missing) {
            h.middle.missing.words().to_owned()
        } else {
            let unknown = figures.iter().zip(&table.headers[3..]).filter(|(f, _)| f.value.is_none());
            let said = unknown.map(|(f, header)| format!("{}: {}", words::page(header), f.missing.words()));
            said.collect::<Vec<_>>().join("; ")
        };
        table.push([
            h.name.as_str().into(),
            h.from_owner.as_str().into(),
            h.to_owner.as_str().into(),
            time(&h.middle, &Unit::Minutes),
            time(&h.nine_in_ten, &Unit::Minutes),
            time(&h.hours_waiting, &Unit::Hours),
            value(&h.waiting_now),
            Cell::of(h.standard, &Unit::Minutes),
            year(&h.past_year).into(),
            signal(h.signal, words::wait_signal),
            unknown.into(),
            h.id.as_str().into(),
        ]);
    }
    table
}

/// A year in twelve characters, each the mean of the weeks it covers.
pub(crate) fn year(points: &[Point]) -> String {
    let months = points.chunks(points.len().div_ceil(12).max(1)).map(|weeks| {
        let known: Vec<f64> = weeks.iter().filter_map(|p| p.value).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    });
    spark(&months.collect::<Vec<_>>())
}

/// Measures, those that changed for the worse first, as the page puts them.
pub(crate) fn by_signal(measures: &[Measure]) -> Vec<&Measure> {
    let mut ranked: Vec<&Measure> = measures.iter().collect();
    ranked.sort_by_key(|m| weight(m.series.signal()));
    ranked
}

fn measures(measures: &[Measure]) -> Table {
    let mut table = Table::new([
        "measure", "sector", "finding", "value", "lower", "mean", "upper", "target", "unit", "signal", "missing", "id",
    ]);
    for m in by_signal(measures) {
        let limits = m.series.limits_at(m.series.points.len().saturating_sub(1));
        let unit = &m.series.unit;
        // a limit beyond what can be is not shown anywhere
        let limit = |v: Option<f64>| Cell::of(v.filter(|v| unit.possible(*v)), unit);
        table.push([
            m.series.title.as_str().into(),
            m.sector.as_str().into(),
            m.sentence.as_str().into(),
            value(&m.latest),
            limit(limits.map(|l| l.lower)),
            limit(limits.map(|l| l.mean)),
            limit(limits.map(|l| l.upper)),
            Cell::of(m.series.target, unit),
            unit.code().into(),
            signal(m.series.signal(), words::point_signal),
            missing(&m.latest),
            m.series.id.as_str().into(),
        ]);
    }
    table
}

fn chart(series: &Series) -> Table {
    let mut table = Table::of_series(series);
    table.headers.push("unit".to_owned());
    table.rows.iter_mut().for_each(|row| row.push(series.unit.code().into()));
    table
}

/// A row for each cell; a value that is left out takes its number of people with it.
fn heat(heat: &Heat) -> Table {
    let mut table = Table::new(["row", "column", "value", "people", "unit", "missing"]);
    let unit = heat.unit.clone().unwrap_or(Unit::Of(String::new()));
    for (i, row) in heat.rows.iter().enumerate() {
        for (j, column) in heat.columns.iter().enumerate() {
            let known = heat.values.get(i).and_then(|r| r.get(j)).copied().flatten();
            let people = heat.people.get(i).and_then(|r| r.get(j)).copied();
            let why = match (known, people) {
                (Some(_), _) => "",
                (None, Some(1..)) => Missing::Suppressed.words(),
                (None, _) => Missing::NoData.words(),
            };
            table.push([
                row.as_str().into(),
                column.as_str().into(),
                Cell::of(known, &unit),
                known.and(people).into(),
                unit.code().into(),
                why.into(),
            ]);
        }
    }
    table
}

fn intervals(shown: &Intervals) -> Table {
    let fair = shown.groups.iter().flat_map(|g| &g.1).any(|i| i.fair.is_some());
    let mut table =
        Table::new(["group", "name", "value", "range_from", "range_to", "people", "unit", "signal", "missing"]);
    if fair {
        table.headers.push("fair_share".to_owned());
    }
    let words = if shown.unit.is_time() { words::wait_signal } else { words::point_signal };
    // what is told of no row of its own
    let mut push = |group: &str, name: String, figure: &Figure, of: Option<&Interval>| {
        let [lower, upper] = bounds(figure.range, &figure.unit);
        let cells = [
            group.into(),
            name.into(),
            value(figure),
            lower,
            upper,
            of.filter(|i| i.fair.is_none() || i.people > 0).map_or(Cell::Missing, |i| people(figure, i.people)),
            figure.unit.code().into(),
            of.map_or("".into(), |i| signal(i.signal, words)),
            missing(figure),
        ];
        table.push(cells.into_iter().chain(fair.then(|| Cell::of(of.and_then(|i| i.fair), &shown.unit))));
    };
    for (group, rows) in &shown.groups {
        rows.iter().for_each(|row| push(group, row.name.clone(), &row.figure, Some(row)));
    }
    if let Some((gradient, rows)) = shown.gradient() {
        let group = shown.groups[gradient.group].0.as_str();
        let [first, last] = [rows.first(), rows.last()].map(|row| row.map_or("", |row| row.name.as_str()));
        if let Some(figure) = &gradient.against_rest {
            push(group, format!("{first} against the rest"), figure, None);
        }
        push(group, format!("{first} to {last} along the line"), &gradient.slope, None);
    }
    if shown.all.is_some() {
        push("", "everybody".to_owned(), &Figure::new(shown.all, shown.unit.clone(), Evidence::default()), None);
    }
    table
}

/// What a part of a way is spent on, in words.
fn spent(spent: Spent) -> &'static str {
    match spent {
        Spent::Care => "care",
        Spent::Waiting => "waiting",
        Spent::Home => "at home by plan",
        Spent::Unknown => "unknown",
    }
}

/// A row for each leg of each way; what holds for the whole way stands in each of its rows.
fn ways(ways: &[Way]) -> Table {
    let mut table =
        Table::new(["way", "journeys", "share_percent", "leg", "name", "spent_on", "minutes", "signal", "missing"]);
    for way in ways {
        let whole = || [way.name.as_str().into(), value(&way.journeys), Cell::of(way.share, &Unit::Percent)];
        for (i, leg) in way.legs.iter().enumerate() {
            let unknown = if leg.minutes.is_none() { words::MISSING } else { "" };
            table.push(whole().into_iter().chain([
                Cell::from(i + 1),
                leg.name.as_str().into(),
                spent(leg.spent).into(),
                Cell::of(leg.minutes, &Unit::Minutes),
                signal(leg.signal, words::wait_signal),
                unknown.into(),
            ]));
        }
        if way.legs.is_empty() {
            let nothing = [Cell::Missing, "".into(), "".into(), Cell::Missing, "".into(), missing(&way.journeys)];
            table.push(whole().into_iter().chain(nothing));
        }
    }
    table
}

fn map(map: &Map) -> Table {
    let mut table = Table::new(["area", "value", "range_from", "range_to", "unit", "signal", "missing"]);
    for area in &map.areas {
        let [lower, upper] = bounds(area.figure.range, &area.figure.unit);
        table.push([
            area.name.as_str().into(),
            value(&area.figure),
            lower,
            upper,
            area.figure.unit.code().into(),
            signal(area.signal, words::point_signal),
            missing(&area.figure),
        ]);
    }
    table
}

fn funnel(funnel: &Funnel) -> Table {
    const PLAIN: [&str; 4] = ["lower_99_8", "lower_95", "upper_95", "upper_99_8"];
    let wider = (!funnel.wider.is_empty()).then(|| PLAIN.map(|name| format!("wider_{name}")));
    let head = ["place", "size", "value", "mean"].into_iter().chain(PLAIN).map(str::to_owned);
    let tail = ["unit", "signal", "missing"].map(str::to_owned);
    let mut table = Table::new(head.chain(wider.iter().flatten().cloned()).chain(tail));
    for point in &funnel.points {
        let limits = |limits: &[[f64; 5]]| {
            let at = limits_at(limits, point.size);
            [1, 2, 3, 4].map(|i| Cell::of(at.map(|l| l[i]), &funnel.unit))
        };
        let mut cells = vec![
            point.name.as_str().into(),
            Cell::said(point.size, crate::number::count(point.size.round().max(0.0) as u64)),
            value(&point.figure),
            Cell::of(Some(funnel.mean), &funnel.unit),
        ];
        cells.extend(limits(&funnel.limits));
        if wider.is_some() {
            cells.extend(limits(&funnel.wider));
        }
        cells.extend([
            point.figure.unit.code().into(),
            signal(point.signal, words::point_signal),
            missing(&point.figure),
        ]);
        table.push(cells);
    }
    table
}

/// The limits at a size, on the straight line between the two sizes about it, as they are drawn.
fn limits_at(limits: &[[f64; 5]], size: f64) -> Option<[f64; 5]> {
    let after = limits.iter().position(|l| l[0] >= size)?;
    let (high, low) = (limits[after], limits[after.saturating_sub(1)]);
    if high[0] == size {
        return Some(high);
    }
    let part = (size - low[0]) / (high[0] - low[0]);
    (after > 0 && part.is_finite()).then(|| std::array::from_fn(|i| low[i] + (high[i] - low[i]) * part))
}

fn dots(dots: &Dots) -> Table {
    let [lower, upper] = bounds(dots.figure.range, &dots.figure.unit);
    let count = if dots.figure.value.is_some() { Cell::from(u64::from(dots.count)) } else { Cell::Missing };
    Table::new(["in_100", "value", "range_from", "range_to", "unit", "missing"]).row([
        count,
        value(&dots.figure),
        lower,
        upper,
        dots.figure.unit.code().into(),
        missing(&dots.figure),
    ])
}

/// Feeds, late ones first, as the page puts them.
fn sources(rows: &[Source]) -> Table {
    let mut table =
        Table::new(["organisation", "feed", "last_record", "freshness", "records", "problems", "stale", "id"]);
    let mut rows: Vec<&Source> = rows.iter().collect();
    rows.sort_by_key(|s| (!s.stale, &s.organisation, &s.feed));
    for s in rows {
        table.push([
            s.organisation.as_str().into(),
            s.feed.as_str().into(),
            s.last_record.as_deref().map_or(Cell::Missing, Cell::from),
            s.freshness.as_str().into(),
            s.records.into(),
            s.problems.into(),
            if s.stale { "out of date" } else { "" }.into(),
            s.id.as_str().into(),
        ]);
    }
    table
}

fn list(items: &[Item]) -> Table {
    let mut table = Table::new(["kind", "what", "note", "address"]);
    for item in items {
        table.push([&item.kind, &item.link.words, &item.note, &item.link.href].map(|t| Cell::from(t.as_str())));
    }
    table
}

fn notes(notes: &[Note]) -> Table {
    let mut table = Table::new(["when", "who", "point", "text"]);
    for note in notes {
        table.push([&note.when, &note.who, &note.point, &note.text].map(|t| Cell::from(t.as_str())));
    }
    table
}
