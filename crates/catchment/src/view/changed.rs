//! Measures: what has really changed, and one measure with its definition, its groups and its rows.

use super::{Reader, Scope, better, find, points};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use domain::Date;
use measures::define::{Kind, Measure, Statistic};
use measures::groups::share_limits;
use measures::series::{self, Grain, Judged, Level, SeriesRow};
use measures::spc::{self, Chart};
use show::{
    Cell, Figure, Funnel, FunnelPoint, Link, Panel, Picture, Rows, Signal, State, Table, Unit, View, Why, Width,
};
use std::collections::BTreeMap;

/// Places that a funnel shows at most.
const MOST_POINTS: usize = 400;
/// Weeks that a funnel adds up.
const FUNNEL_WEEKS: i32 = 13;

/// What a chart is told of its measure, whether it is computed here or came ready-made.
struct Told<'a> {
    id: &'a str,
    title: &'a str,
    unit: &'a str,
    judged: Judged,
    sector: String,
    definition: String,
    own: Option<&'a Measure>,
}

/// The limits of each segment of a chart.
pub(super) fn limits_of(chart: &Chart, points: usize) -> Vec<show::Limits> {
    let segments = &chart.segments;
    let limits = segments.iter().enumerate().filter(|_| chart.is_shown()).filter_map(|(at, segment)| {
        let limits = segment.limits?;
        // A segment goes on over gaps to where the next begins.
        let (from, to) = (segment.first, segments.get(at + 1).map_or(points, |next| next.first));
        Some(show::Limits { from, to, mean: segment.mean?, lower: limits.lower, upper: limits.upper })
    });
    limits.collect()
}

impl Reader<'_> {
    /// What happened when, on the points of a chart.
    pub(super) fn events_on(&self, starts: &[Date], handover: Option<&str>, measure: Option<&str>) -> Vec<show::Event> {
        let told = self.at.place.events.iter().filter(|event| {
            handover.is_some_and(|id| event.handovers.iter().any(|known| known == id))
                || measure.is_some_and(|id| event.measures.iter().any(|known| known == id))
        });
        let placed = told.filter_map(|event| {
            let at = starts.iter().rposition(|start| *start <= event.date)?;
            // Later than the last period has ended is not on the chart.
            let step = starts.get(1).map_or(7, |second| second.0 - starts[0].0);
            (event.date.0 < starts[at].0 + step).then(|| show::Event {
                at,
                label: event.label.clone(),
                rebased_by: None,
            })
        });
        placed.collect()
    }

    fn told(&self) -> Vec<Told<'_>> {
        let own = self.at.measures.iter().map(|measure| {
            let sector = measure.sector.map_or_else(
                || "Whole system".to_owned(),
                |sector| show::chart::sentence(&show::words::page(sector.name())),
            );
            Told {
                id: &measure.id,
                title: &measure.title,
                unit: &measure.unit,
                judged: measure.judged(spc::Rules::default()),
                sector,
                definition: format!("{} {}", measure.title, measure.why),
                own: Some(measure),
            }
        });
        let published =
            self.at.feeds.iter().filter_map(|feed| Some((feed, feed.series.as_ref()?))).flat_map(|(feed, series)| {
                let undeclared = |rule: &&ingest::SeriesRule| self.at.measures.iter().all(|own| own.id != rule.measure);
                series.series.iter().filter(undeclared).map(move |rule| Told {
                    id: &rule.measure,
                    title: &rule.title,
                    unit: &rule.unit,
                    judged: crate::refresh::judged(self.at, rule),
                    sector: "Published".to_owned(),
                    definition: format!("{}, as published in {}; all groups added up", rule.title, feed.name),
                    own: None,
                })
            });
        own.chain(published).collect()
    }

    /// Every measure that has rows for a level and group, by week, else by month.
    pub(super) fn measures_at(&self, scope: &Scope, level: Level, group: &str) -> Result<Vec<show::Measure>, Fault> {
        if !self.has("series") {
            return Ok(Vec::new());
        }
        let mut all: BTreeMap<(String, Grain), Vec<SeriesRow>> = BTreeMap::new();
        let only =
            if level == Level::System { String::new() } else { format!("and \"group\" = '{}'", super::quoted(group)) };
        let query = format!(
            "select * from series where level = '{}' {only} and grain in ('week', 'month') and period < date '{}'",
            level.name(),
            scope.end()
        );
        for batch in self.session.sql(&query)? {
            for row in series::from_batch(&batch).map_err(|wrong| Fault::new(wrong.to_string(), ""))? {
                // A month counts once it is over.
                if row.grain == Grain::Week || Grain::Month.start(Grain::Month.number(row.period) + 1) <= scope.end() {
                    all.entry((row.measure.clone(), row.grain)).or_default().push(row);
                }
            }
        }
        let mut cards = Vec::new();
        for measure in self.told() {
            let of = |grain| all.get(&(measure.id.to_owned(), grain));
            if let Some(rows) = of(Grain::Week).or_else(|| of(Grain::Month)) {
                cards.push(self.card(scope, &measure, rows)?);
            }
        }
        Ok(cards)
    }

    fn card(&self, scope: &Scope, measure: &Told, rows: &[SeriesRow]) -> Result<show::Measure, Fault> {
        let mut drawn = series::chart(rows, &measure.judged).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        let every = if rows[0].grain == Grain::Week { show::Every::Week } else { show::Every::Month };
        // Weeks after the last row are silent, and shown so.
        if rows[0].grain == Grain::Week && measure.own.is_some() {
            let silent = drawn.periods.last().map_or(0, |last| (scope.week.0 - last.0) / 7);
            for _ in 0..silent.clamp(0, 52) {
                let next = Date(drawn.periods.last().map_or(scope.week.0, |last| last.0 + 7));
                drawn.periods.push(next);
                if let Some(last) = drawn.chart.points.last().cloned() {
                    drawn.chart.points.push(spc::Point { value: None, variation: spc::Variation::CommonCause, ..last });
                }
            }
        }
        let unit = Unit::from(measure.unit);
        let series = show::Series {
            id: measure.id.to_owned(),
            title: measure.title.to_owned(),
            unit: unit.clone(),
            better: better(measure.judged.better),
            every,
            points: points(&drawn.periods, &drawn.chart),
            limits: limits_of(&drawn.chart, drawn.periods.len()),
            target: drawn.chart.target(),
            events: self.events_on(&drawn.periods, None, Some(measure.id)),
            baseline: None,
            method: String::new(),
        };
        let last = rows.iter().max_by_key(|row| row.period);
        let counted = last.and_then(|row| row.denominator.or(row.numerator)).map(|n| n.max(0.0) as u64);
        let mut evidence = self.evidence(measure.id, measure.definition.as_str(), counted);
        if let Some(own) = measure.own {
            let (numerator, denominator) = parts(own);
            (evidence.numerator, evidence.denominator) = (numerator.to_owned(), denominator.to_owned());
            evidence.excludes = format!("whatever {} does not select", self.inside(&own.file));
        }
        evidence.shown_on = vec![Link::new("its own page", format!("/measures/{}", show::escape(measure.id)))];
        let range = series.limits.last().map(|limits| (limits.lower, limits.upper));
        let latest = Figure::new(last.and_then(|row| row.value), unit, evidence).within(range);
        let stale = series.points.last().is_some_and(|point| point.value.is_none());
        let latest = if stale { Figure { value: None, missing: show::Missing::Stale, ..latest } } else { latest };
        let people = last.and_then(|row| row.denominator.or(row.numerator)).unwrap_or(0.0).max(0.0) as u64;
        let latest =
            if measure.unit == "people" || measure.own.is_none() { latest } else { scope.guard(latest, people) };
        Ok(show::Measure {
            sector: measure.sector.clone(),
            sentence: show::words::finding(&series),
            latest,
            href: Some(find::address(&format!("/measures/{}", show::escape(measure.id)), scope.filter)),
            series,
        })
    }

    /// `/measures`
    pub(super) fn all_measures(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let measures = self.measures_of(&scope)?;
        let changed = measures.iter().filter(|measure| measure.series.signal() != Signal::Ordinary).count();
        let title = match changed {
            0 => "No measure has really changed".to_owned(),
            n => format!("{} of {} really changed", n, show::number::plural(measures.len(), "measure")),
        };
        let mut view = self.blank(ask, title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["place", "week"]);
        view.panels.push(self.changed(&scope, measures));
        Ok(view)
    }

    /// The measures of what was chosen: the place, or one neighbourhood.
    pub(super) fn measures_of(&self, scope: &Scope) -> Result<Vec<show::Measure>, Fault> {
        match &scope.filter.place {
            Some(place) => self.measures_at(scope, Level::Neighbourhood, place),
            None => self.measures_at(scope, Level::System, "all"),
        }
    }

    /// The panel of small charts, signals first.
    pub(super) fn changed(&self, scope: &Scope, measures: Vec<show::Measure>) -> Panel {
        let mut pictures = Vec::new();
        if scope.is_beyond_place() {
            pictures.push(Picture::Words(vec![
                "Measures are counted for the whole place and for neighbourhoods. What you chose of age, sex, deprivation or need narrows the waits on this page, not these charts.".to_owned(),
            ]));
        }
        pictures.push(if measures.is_empty() {
            Picture::State(State {
                why: Why::Empty,
                title: "No measure could be counted here".to_owned(),
                text: "Each measure says what records it needs.".to_owned(),
                links: vec![Link::new("Sources and problems", "/sources")],
                command: format!("catchment doctor {}", self.at.folder.display()),
            })
        } else {
            Picture::Measures(measures)
        });
        Panel {
            id: "changed".to_owned(),
            title: "What has really changed".to_owned(),
            note: "Only marked points are signals; the rest is ordinary variation. Dashed lines show where ordinary variation ends.".to_owned(),
            pictures,
            ..Panel::default()
        }
    }

    /// `/measures/ID`
    pub(super) fn measure(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let told = self.told();
        let Some(measure) = told.iter().find(|measure| measure.id == id) else {
            let known =
                told.iter().map(|measure| Link::new(measure.title, format!("/measures/{}", show::escape(measure.id))));
            return Err(self.no_such("measure", id, known));
        };
        let mapped = measure.own.is_some_and(|own| own.levels.contains(&Level::Neighbourhood));
        let scope = self.scope(&ask.filter)?;
        let mut view = self.blank(ask, measure.title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, if mapped { &["place", "week"] } else { &["week"] });
        let card = self.measures_of(&scope)?.into_iter().find(|card| card.series.id == id);
        let Some(card) = card else {
            view.panels.push(Panel {
                id: "weeks".to_owned(),
                title: "Nothing to show yet".to_owned(),
                pictures: vec![Picture::State(State {
                    why: Why::Empty,
                    title: format!(
                        "No data for this measure{}",
                        scope.filter.place.as_ref().map_or(String::new(), |place| format!(" in {place}"))
                    ),
                    text: "Either no record that it counts has come, or it is not counted for this place.".to_owned(),
                    links: vec![Link::new("All measures", "/measures"), Link::new("Sources and problems", "/sources")],
                    command: String::new(),
                })],
                ..Panel::default()
            });
            self.definition(&mut view, measure);
            return Ok(view);
        };
        view.title = format!("{}: {}", question(measure.title), super::waits::lower(&card.sentence));
        view.lede = measure.own.map_or_else(String::new, |own| own.why.clone());
        let series = &card.series;
        let notes = super::notes::panel(series);
        let usual = series.limits.last().map(|limits| {
            Figure::new(limits.mean, measure.unit, card.latest.evidence.clone())
                .within(Some((limits.lower, limits.upper)))
        });
        let fact = |title: &str, figure: Figure, note: String| show::Fact { title: title.to_owned(), figure, note };
        view.facts.push(fact("Latest", card.latest.clone(), String::new()));
        if let Some(usual) = usual {
            let range = show::chart::usual_range(series, series.points.len().saturating_sub(1)).unwrap_or_default();
            view.facts.push(fact("Usual", usual, range));
        }
        if let Some(target) = series.target {
            let mut evidence = card.latest.evidence.clone();
            evidence.definition = measure
                .own
                .and_then(|own| own.standard.as_ref())
                .map_or_else(|| "The target of the publisher".to_owned(), |standard| standard.source.clone());
            view.facts.push(fact("Standard", Figure::new(target, measure.unit, evidence), String::new()));
        }
        let words = if series.limits.is_empty() {
            "Too few points to draw the usual range: until there are 13, this is a run of values and nothing in it is called a signal.".to_owned()
        } else {
            format!("{} Signals are found by the rules of Making Data Count.", show::chart::describe(series))
        };
        view.panels.push(Panel {
            id: "weeks".to_owned(),
            title: card.sentence.clone(),
            note: show::words::better(series.better).map(show::chart::sentence).unwrap_or_default(),
            pictures: vec![Picture::Chart(Box::new(card)), Picture::Words(vec![words])],
            links: if mapped {
                vec![Link::new("On the map", format!("/map?measure={}", show::escape(id)))]
            } else {
                vec![]
            },
            ..Panel::default()
        });
        view.panels.push(notes);
        for level in [Level::Neighbourhood, Level::Organisation, Level::Service] {
            if let Some(panel) = self.by_group(&scope, measure, level)? {
                view.panels.push(panel);
            }
        }
        if let Some(panel) = self.funnel(&scope, measure)? {
            view.panels.push(panel);
        }
        self.definition(&mut view, measure);
        Ok(view)
    }

    fn definition(&self, view: &mut View, measure: &Told) {
        let mut table = Table::new(["part", "text"]);
        let mut row = |part: &str, text: String| table.push([Cell::from(part), Cell::from(text)]);
        row("What it counts", measure.definition.clone());
        if let Some(own) = measure.own {
            row("Owner", own.owner.clone());
            row("Kind", format!("{}; {}", kind(own.kind), statistic(own.statistic)));
            if let Some(standard) = &own.standard {
                row("Standard", format!("{} {} ({})", standard.value, own.unit, standard.source));
            }
            row("Small numbers", format!("fewer than {} people are not shown to the public", own.small_number));
            row("Numerator", one_line(&own.numerator));
            if let Some(denominator) = &own.denominator {
                row("Denominator", one_line(denominator));
            }
            row("File", self.inside(&own.file));
        }
        view.panels.push(Panel {
            id: "definition".to_owned(),
            title: "How it is counted".to_owned(),
            note: "The same file computes the page, the paper, the terminal and the download.".to_owned(),
            pictures: vec![Picture::Rows(Rows {
                caption: "Definition of the measure".to_owned(),
                table,
                links: Vec::new(),
            })],
            links: vec![Link::new("The rows that were counted", format!("/why/{}", show::escape(measure.id)))],
            ..Panel::default()
        });
    }

    /// The newest period of each group, beside its own usual range.
    fn by_group(&self, scope: &Scope, measure: &Told, level: Level) -> Result<Option<Panel>, Fault> {
        let query = format!(
            "select \"group\", max(period) as newest, last_value(value order by period) as value, last_value(numerator order by period) as numerator,
             last_value(denominator order by period) as denominator, last_value(lower order by period) as lower, last_value(upper order by period) as upper, last_value(signal order by period) as signal
             from series where measure = '{}' and level = '{}' and grain = 'month' and period < date '{}' group by 1 order by 1",
            super::quoted(measure.id),
            level.name(),
            scope.end()
        );
        let unit = Unit::from(measure.unit);
        let mut table = Table::new([level.name(), "month", "value", "lower", "upper", "signal"]);
        let mut links = Vec::new();
        let mut rows: Vec<(f64, Vec<Cell>, Option<String>)> = Vec::new();
        let whole = Grain::Month.number(scope.end()) - 1;
        for row in self.ask(&query)?.rows() {
            let group = row.text("group");
            let Some(newest) = row.date("newest") else { continue };
            let few = measure.own.is_some_and(|own| {
                let people = row.number("denominator").or(row.number("numerator")).unwrap_or(0.0);
                own.unit != "people" && people > 0.0 && people < super::SMALL as f64
            });
            let (name, href) = match level {
                Level::Neighbourhood => (group.clone(), format!("/places/{}", show::escape(&group))),
                Level::Organisation => {
                    (self.organisation_name(&group), format!("/organisations/{}", show::escape(&group)))
                }
                _ => {
                    let service = self.at.place.service(&group);
                    let owner = service.map_or(String::new(), |service| {
                        format!("/organisations/{}", show::escape(&service.organisation))
                    });
                    (service.map_or(group.clone(), |service| service.name.clone()), owner)
                }
            };
            let value = row.number("value");
            let signal = row.text("signal");
            let said = |value: Option<f64>| if few { Cell::from("too few to show") } else { Cell::of(value, &unit) };
            let limits = |value: Option<f64>| said(value.filter(|value| unit.possible(*value)));
            let month: jiff::civil::Date = newest.into();
            let when = if Grain::Month.number(newest) > whole {
                format!("{} so far", month.strftime("%B %Y"))
            } else {
                month.strftime("%B %Y").to_string()
            };
            rows.push((
                value.unwrap_or(f64::NEG_INFINITY),
                vec![
                    Cell::from(name),
                    Cell::from(when),
                    said(value),
                    limits(row.number("lower")),
                    limits(row.number("upper")),
                    Cell::from(if few { "" } else { signal.as_str() }),
                ],
                (!href.is_empty()).then_some(href),
            ));
        }
        if rows.len() < 2 {
            return Ok(None);
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, cells, href) in rows {
            table.push(cells);
            links.push(href);
        }
        let title = match level {
            Level::Neighbourhood => "By neighbourhood, where people live",
            Level::Organisation => "By organisation",
            _ => "By service",
        };
        Ok(Some(Panel {
            id: level.name().to_owned(),
            title: title.to_owned(),
            note: "The newest month, with each one's own usual range.".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: title.to_owned(), table, links })],
            width: Width::Half,
            ..Panel::default()
        }))
    }

    /// Shares of neighbourhoods against their size: which differ by more than chance.
    fn funnel(&self, scope: &Scope, measure: &Told) -> Result<Option<Panel>, Fault> {
        if measure.own.is_none_or(|own| own.statistic != Statistic::Share) {
            return Ok(None);
        }
        let query = format!(
            "select \"group\", sum(numerator) as numerator, sum(denominator) as denominator from series where measure = '{}' and level = 'neighbourhood'
             and grain = 'week' and period >= date '{}' and period < date '{}' group by 1 order by 1",
            super::quoted(measure.id),
            scope.since(FUNNEL_WEEKS),
            scope.end()
        );
        let mut counts = Vec::new();
        for row in self.ask(&query)?.rows() {
            if let (Some(numerator), Some(denominator)) =
                (row.number("numerator"), row.number("denominator").filter(|n| *n > 0.0))
            {
                counts.push((row.text("group"), numerator, denominator));
            }
        }
        let (above, all): (f64, f64) = counts.iter().fold((0.0, 0.0), |sum, count| (sum.0 + count.1, sum.1 + count.2));
        if counts.len() < 3 || all <= 0.0 {
            return Ok(None);
        }
        let share = above / all;
        let worse = |high: bool| match measure.judged.better {
            spc::Better::Neither => Signal::Change,
            spc::Better::Lower if high => Signal::Concern,
            spc::Better::Higher if !high => Signal::Concern,
            _ => Signal::Improvement,
        };
        let mut outside = Vec::new();
        let points = counts.iter().map(|(name, numerator, size)| {
            let value = numerator / size;
            let (low, high) = share_limits(share, *size, 3.09);
            let signal = if value > high {
                worse(true)
            } else if value < low {
                worse(false)
            } else {
                Signal::Ordinary
            };
            if signal != Signal::Ordinary {
                outside.push(name.clone());
            }
            let definition = format!("{}: {name}, the last {FUNNEL_WEEKS} weeks added up", measure.title);
            let evidence = self.evidence(measure.id, definition, Some(*size as u64));
            let figure = scope.guard(Figure::new(value * 100.0, "%", evidence), *size as u64);
            FunnelPoint {
                name: name.clone(),
                size: *size,
                figure,
                signal,
                href: Some(format!("/places/{}", show::escape(name))),
            }
        });
        let mut points: Vec<FunnelPoint> = points.collect();
        if points.len() > MOST_POINTS {
            points.sort_by(|a, b| {
                (a.signal == Signal::Ordinary).cmp(&(b.signal == Signal::Ordinary)).then(b.size.total_cmp(&a.size))
            });
            points.truncate(MOST_POINTS);
        }
        let largest = counts.iter().map(|count| count.2).fold(0.0, f64::max) * 1.1;
        let limits = (1..=60).map(|step| {
            let size = largest * f64::from(step) / 60.0;
            let ((l2, u2), (l3, u3)) = (share_limits(share, size, 1.96), share_limits(share, size, 3.09));
            [size, l3 * 100.0, l2 * 100.0, u2 * 100.0, u3 * 100.0]
        });
        let title = match outside.as_slice() {
            [] => "No neighbourhood differs from the whole by more than chance".to_owned(),
            names => format!(
                "{} {} from the whole by more than chance",
                names.join(", "),
                if names.len() == 1 { "differs" } else { "differ" }
            ),
        };
        let picture = Picture::Funnel(Funnel {
            id: "funnel".to_owned(),
            title: title.clone(),
            definition: format!(
                "Share of the last {FUNNEL_WEEKS} weeks by number of people; lines hold 95% and 99.8% of what chance alone would give (binomial)"
            ),
            unit: Unit::Percent,
            size: "People counted".to_owned(),
            points,
            mean: share * 100.0,
            limits: limits.collect(),
            wider: Vec::new(),
        });
        Ok(Some(Panel {
            id: "funnel".to_owned(),
            title: "Neighbourhoods beside each other".to_owned(),
            note: if counts.len() > MOST_POINTS {
                format!(
                    "The last {FUNNEL_WEEKS} weeks; of {} the {MOST_POINTS} that differ or are largest.",
                    counts.len()
                )
            } else {
                format!("The last {FUNNEL_WEEKS} weeks.")
            },
            pictures: vec![picture],
            width: Width::Half,
            ..Panel::default()
        }))
    }
}

/// "How long do people wait for an ambulance?" without its mark, for a sentence to follow.
fn question(title: &str) -> &str {
    title.trim_end_matches('?')
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts(measure: &Measure) -> (&'static str, &'static str) {
    match measure.statistic {
        Statistic::Share => ("those of whom it is true", "all whom it concerns"),
        Statistic::Mean => ("the sum of the values", "how many there are"),
        Statistic::Median => ("the middle of the values", ""),
        Statistic::P90 => ("the value that 9 in 10 are within", ""),
        Statistic::Rate => ("what happened", "each 1,000 people who live there"),
        Statistic::Count => ("what happened, counted", ""),
        Statistic::Level => ("how many there are on a middle day", ""),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Flow => "a flow: what happens, added up",
        Kind::Snapshot => "a snapshot: what is there, averaged over days and never added up",
        Kind::Counter => "a count since midnight: the last of the day",
    }
}

fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Count => "a sum",
        Statistic::Share => "a share in %",
        Statistic::Mean => "a mean",
        Statistic::Median => "the middle value",
        Statistic::P90 => "9 in 10 within",
        Statistic::Rate => "a rate per 1,000 people",
        Statistic::Level => "a level",
    }
}
