//! Measures: what has really changed, and one measure with its definition, its groups and its rows.

use super::{Reader, Scope, better, find, points};
use crate::ask::{Ask, Filter, Wrong};
use crate::fault::Fault;
use domain::Date;
use measures::define::{Kind, Measure, Statistic};
use measures::groups::share_limits;
use measures::health::{Confidence, Overdispersion, overdispersed, suppress};
use measures::series::{self, Grain, Judged, Level, SeriesRow};
use measures::spc::{self, Chart};
use show::{
    Cell, Figure, Funnel, FunnelPoint, Link, Panel, Picture, Rows, Signal, State, Table, Unit, View, Why, Width,
};
use std::collections::BTreeMap;

/// Places that a funnel shows at most.
const MOST_POINTS: usize = 400;
/// Fewer places than this cannot tell how much places differ beyond chance.
const FEWEST_WIDENED: usize = 8;
/// Weeks that a funnel adds up.
const FUNNEL_WEEKS: i32 = 13;

/// A measure that was counted: what is shown of it, and the chart that judged it.
pub(super) struct Counted {
    pub card: show::Measure,
    pub chart: Chart,
    /// What it is about.
    theme: &'static str,
}

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
    if chart.adjusted.is_some() && chart.is_shown() {
        let own = (0..points).filter_map(|at| {
            let (limits, mean) = (chart.limits_at(at)?, segments[chart.points.get(at)?.segment].mean?);
            Some(show::Limits { from: at, to: at + 1, mean, lower: limits.lower, upper: limits.upper })
        });
        return own.collect();
    }
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

    /// Every measure that has rows for a level and group, by week, else by month; or only the one that is named.
    pub(super) fn measures_at(
        &self,
        scope: &Scope,
        (level, group): (Level, &str),
        one: Option<&str>,
    ) -> Result<Vec<Counted>, Fault> {
        if !self.has("series") {
            return Ok(Vec::new());
        }
        let mut all: BTreeMap<(String, Grain), Vec<SeriesRow>> = BTreeMap::new();
        let only =
            if level == Level::System { String::new() } else { format!("and \"group\" = '{}'", super::quoted(group)) };
        let only = match one {
            Some(one) => format!("{only} and measure = '{}'", super::quoted(one)),
            None => only,
        };
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

    fn card(&self, scope: &Scope, measure: &Told, rows: &[SeriesRow]) -> Result<Counted, Fault> {
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
        let mut events = self.events_on(&drawn.periods, None, Some(measure.id));
        events.extend(drawn.chart.options.rebase.iter().map(|rebase| show::Event {
            at: rebase.at,
            label: rebase.reason.clone(),
            rebased_by: Some(rebase.by.clone()),
        }));
        let single = drawn.chart.adjusted.is_none();
        let method = match (single, measure.judged.rules) {
            (true, spc::Rules::MakingDataCount) => drawn.chart.warnings().join(". "),
            (true, spc::Rules::NhsrPlotTheDots) => "Judged by the rules of NHSRplotthedots.".to_owned(),
            (false, _) => format!("{}.", drawn.why),
        };
        let series = show::Series {
            id: measure.id.to_owned(),
            title: measure.title.to_owned(),
            unit: unit.clone(),
            better: better(measure.judged.better),
            every,
            points: points(&drawn.periods, &drawn.chart),
            limits: limits_of(&drawn.chart, drawn.periods.len()),
            target: drawn.chart.target(),
            events,
            baseline: measure.judged.fix_after.map(|points| (0, points)),
            method,
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
        let card = show::Measure {
            sector: measure.sector.clone(),
            sentence: show::words::finding(&series),
            latest,
            href: Some(find::address(&format!("/measures/{}", show::escape(measure.id)), scope.filter)),
            series,
        };
        let theme = measure.own.map_or("Published", |own| own.theme.words());
        Ok(Counted { card, chart: drawn.chart, theme })
    }

    /// `/measures`
    pub(super) fn all_measures(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let measures = self.measures_of(&scope, None)?;
        let changed = Self::signals(&measures);
        let title = match changed {
            0 => "No measure has really changed".to_owned(),
            n => format!("{} of {} really changed", n, show::number::plural(measures.len(), "measure")),
        };
        let mut view = self.blank(ask, title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["place", "age", "deprivation", "sex", "week"]);
        let (mut panel, rest) = self.changed(&scope, measures, 24);
        panel.links.push(Link::new("Whose measures these are: air time by sector", "/air-time"));
        view.panels.push(panel);
        view.panels.extend(self.unchanged(&rest));
        Ok(view)
    }

    /// How many of them show a signal at their newest point.
    pub(super) fn signals(measures: &[Counted]) -> usize {
        measures.iter().filter(|measure| measure.card.series.signal() != Signal::Ordinary).count()
    }

    /// The measures of what was chosen, or one of them: of a neighbourhood, a fifth, an age or a sex, else of everybody.
    pub(super) fn measures_of(&self, scope: &Scope, one: Option<&str>) -> Result<Vec<Counted>, Fault> {
        let Filter { place, age, sex, deprivation, .. } = scope.filter;
        let fifth = deprivation.map(|fifth| fifth.to_string());
        let group = match (place, &fifth, age, sex) {
            (Some(place), ..) => (Level::Neighbourhood, place.as_str()),
            (_, Some(fifth), ..) => (Level::Deprivation, fifth.as_str()),
            (_, _, Some(age), _) => (Level::AgeBand, age.as_str()),
            (.., Some(sex)) => (Level::Sex, sex.as_str()),
            _ => (Level::System, "all"),
        };
        self.measures_at(scope, group, one)
    }

    /// What more was chosen than measures can be cut by.
    pub(super) fn too_much(scope: &Scope) -> Option<String> {
        let Filter { place, age, sex, deprivation, need, .. } = scope.filter;
        let chosen = [place.is_some(), deprivation.is_some(), age.is_some(), sex.is_some()];
        let used = ["the neighbourhood", "the fifth", "the age", "the sex"];
        let kept = chosen.iter().position(|chosen| *chosen);
        let many = chosen.iter().filter(|chosen| **chosen).count() > 1;
        match (kept, many, need) {
            (Some(kept), true, _) => Some(format!(
                "Measures are cut by one thing at a time: these are of {} that you chose, everybody there.",
                used[kept]
            )),
            (_, _, Some(_)) => Some(
                "Measures are not cut by need. What you chose of it narrows the waits on this page, not these charts."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// The panel of small charts of what has changed, the most certain first, and the measures that it has no room for.
    pub(super) fn changed(&self, scope: &Scope, measures: Vec<Counted>, most: usize) -> (Panel, Vec<Counted>) {
        let page = spc::Page::of(measures.iter().map(|measure| &measure.chart));
        let certain = page.certain(0.05).count();
        let mut pictures: Vec<Picture> =
            Self::too_much(scope).map(|said| Picture::Words(vec![said])).into_iter().collect();
        let none = measures.is_empty();
        let mut ranked: Vec<(Option<f64>, Counted)> = page.adjusted.iter().copied().zip(measures).collect();
        ranked.sort_by(|(p, a), (q, b)| {
            let usual = |measure: &Counted| measure.card.series.signal() == Signal::Ordinary;
            usual(a).cmp(&usual(b)).then(p.unwrap_or(2.0).total_cmp(&q.unwrap_or(2.0)))
        });
        let signals = ranked.iter().filter(|(_, measure)| measure.card.series.signal() != Signal::Ordinary).count();
        let rest: Vec<Counted> = ranked.split_off(signals.min(most)).into_iter().map(|(_, measure)| measure).collect();
        let shown: Vec<show::Measure> = ranked.into_iter().map(|(_, measure)| measure.card).collect();
        let mut words = Vec::new();
        if signals > shown.len() {
            words.push(format!(
                "The {} that chance explains least are shown; {} more changed.",
                shown.len(),
                signals - shown.len()
            ));
        }
        if signals > 0 && certain < signals {
            words.push(format!(
                "Looked at together, {} would stay signals if at most 1 in 20 of them may be false.",
                match certain {
                    0 => "none".to_owned(),
                    many => many.to_string(),
                }
            ));
        }
        pictures.push(if none {
            Picture::State(State {
                why: Why::Empty,
                title: "No measure could be counted here".to_owned(),
                text: "Each measure says what records it needs.".to_owned(),
                links: vec![Link::new("Sources and problems", "/sources")],
                command: format!("catchment doctor {}", self.at.folder.display()),
            })
        } else if shown.is_empty() {
            Picture::Words(vec!["Every measure moves as it usually does.".to_owned()])
        } else {
            Picture::Measures(shown)
        });
        if !words.is_empty() {
            pictures.push(Picture::Words(vec![words.join(" ")]));
        }
        let mut links = vec![Link::new("All measures", find::address("/measures", scope.filter))];
        if none || rest.iter().all(|measure| measure.card.series.signal() == Signal::Ordinary) {
            links.clear();
        }
        let panel = Panel {
            id: "changed".to_owned(),
            title: "What has really changed".to_owned(),
            note: if none { String::new() } else { format!("{}. The rest is ordinary variation.", page.sentence()) },
            pictures,
            links,
            ..Panel::default()
        };
        (panel, rest)
    }

    /// Measures without a chart, a table for each theme.
    pub(super) fn unchanged(&self, measures: &[Counted]) -> Vec<Panel> {
        let mut themes: BTreeMap<&str, Vec<&Counted>> = BTreeMap::new();
        for measure in measures {
            themes.entry(measure.theme).or_default().push(measure);
        }
        let order = |theme: &str| measures::Theme::ALL.iter().position(|known| known.words() == theme);
        let mut themes: Vec<_> = themes.into_iter().collect();
        themes.sort_by_key(|(theme, _)| order(theme).unwrap_or(usize::MAX));
        let panel = |(theme, own): (&str, Vec<&Counted>)| {
            let mut table = Table::new(["measure", "latest", "usual_from", "usual_to", "what_is_seen", "unit"]);
            let mut links = Vec::new();
            for Counted { card, .. } in own {
                let unit = &card.latest.unit;
                let usual = card.series.limits.last();
                let end = |value: Option<f64>| Cell::of(value.filter(|v| v.is_finite() && unit.possible(*v)), unit);
                let latest = match card.latest.value {
                    Some(_) => Cell::of(card.latest.value, unit),
                    None => Cell::Text(card.latest.say()),
                };
                table.push([
                    Cell::from(card.series.title.as_str()),
                    latest,
                    end(usual.map(|usual| usual.lower)),
                    end(usual.map(|usual| usual.upper)),
                    Cell::from(card.sentence.as_str()),
                    Cell::from(unit.code()),
                ]);
                links.push(card.href.clone());
            }
            Panel {
                id: theme.to_lowercase().replace(' ', "-"),
                title: theme.to_owned(),
                pictures: vec![Picture::Rows(Rows { caption: theme.to_owned(), table, links })],
                ..Panel::default()
            }
        };
        themes.into_iter().map(panel).collect()
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
        let cut = |level, name| measure.own.is_some_and(|own| own.levels.contains(&level)).then_some(name);
        let cuts = [
            cut(Level::Neighbourhood, "place"),
            cut(Level::AgeBand, "age"),
            cut(Level::Deprivation, "deprivation"),
            cut(Level::Sex, "sex"),
            Some("week"),
        ];
        view.choices = self.choices(&ask.filter, &cuts.into_iter().flatten().collect::<Vec<_>>());
        let Some(Counted { card, chart, .. }) = self.measures_of(&scope, Some(id))?.into_iter().next() else {
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
        let mut words = vec![words];
        words.extend(Self::too_much(&scope));
        let values: Vec<Option<f64>> = chart.points.iter().map(|point| point.value).collect();
        if let (None, Ok(Some(difference))) = (&chart.adjusted, spc::difference(&values, &chart.options)) {
            words.push(difference.sentence);
        }
        view.panels.push(Panel {
            id: "weeks".to_owned(),
            title: card.sentence.clone(),
            note: show::words::better(series.better).map(show::chart::sentence).unwrap_or_default(),
            pictures: vec![Picture::Chart(Box::new(card)), Picture::Words(words)],
            links: if mapped {
                vec![Link::new("On the map", format!("/map?measure={}", show::escape(id)))]
            } else {
                vec![]
            },
            ..Panel::default()
        });
        view.panels.push(notes);
        if let Some(own) = measure.own
            && let Some(panel) = self.unequal(&scope, own)?
        {
            view.panels.push(panel);
        }
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
            row("Theme", own.theme.words().to_owned());
            if !own.balance.is_empty() {
                let title = |id: &String| {
                    self.at.measures.iter().find(|other| other.id == *id).map(|other| other.title.clone())
                };
                row(
                    "What may get worse when it gets better",
                    own.balance.iter().filter_map(title).collect::<Vec<_>>().join(" "),
                );
            }
            row("Kind", format!("{}; {}", kind(own.kind), statistic(own.statistic)));
            if let Some(standard) = &own.standard {
                let said = Unit::from(own.unit.as_str()).say(standard.value);
                row(
                    "Standard",
                    format!("{said}, since {} ({})", show::number::date(standard.since.into()), standard.source),
                );
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
        let known = self.ask(&query)?;
        let judged = known.rows().any(|row| row.number("lower").is_some());
        let head = [level.name(), "month", "value", "lower", "upper", "signal"];
        let mut table = Table::new(head.into_iter().take(if judged { 6 } else { 3 }));
        let mut links = Vec::new();
        let mut rows: Vec<(f64, Vec<Cell>, Option<String>)> = Vec::new();
        let whole = Grain::Month.number(scope.end()) - 1;
        let sizes: Vec<u64> = known
            .rows()
            .map(|row| row.number("denominator").or(row.number("numerator")).unwrap_or(0.0).max(0.0) as u64)
            .collect();
        // Where people live, what is hidden must not be found from what is shown and the whole.
        let may: Vec<bool> = match (measure.own, level) {
            (None, _) => vec![true; sizes.len()],
            (Some(_), Level::Neighbourhood) => suppress(&sizes, super::SMALL).iter().map(Option::is_some).collect(),
            (Some(own), _) => {
                sizes.iter().map(|size| own.unit == "people" || *size == 0 || *size >= super::SMALL).collect()
            }
        };
        for (row, may) in known.rows().zip(may) {
            let group = row.text("group");
            let Some(newest) = row.date("newest") else { continue };
            let few = !may;
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
            table.push(cells.into_iter().take(if judged { 6 } else { 3 }));
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
            note: if judged { "The newest month, with each one's own usual range." } else { "The newest month." }
                .to_owned(),
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
        // Where places differ for reasons that nobody has counted, the limits are widened by how much they do.
        let pairs: Vec<(f64, f64)> = counts.iter().map(|(_, numerator, size)| (*numerator, *size)).collect();
        let over = (counts.len() >= FEWEST_WIDENED)
            .then(|| overdispersed(&pairs, Overdispersion::Share, 0.1).ok())
            .flatten()
            .filter(|over| over.tau2 > 0.0);
        let wide = |confidence| over.as_ref().map(|over| over.limits(confidence, true));
        let (wide95, wide998) = (wide(Confidence::P95), wide(Confidence::P998));
        let mut outside = Vec::new();
        let points = counts.iter().enumerate().map(|(at, (name, numerator, size))| {
            let value = numerator / size;
            let (low, high) =
                wide998.as_ref().map_or_else(|| share_limits(share, *size, 3.09), |wide| (wide[at][0], wide[at][1]));
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
        let mut wider: Vec<[f64; 5]> = wide95
            .iter()
            .zip(&wide998)
            .flat_map(|(w95, w998)| counts.iter().zip(w95).zip(w998))
            .map(|(((_, _, size), [l2, u2]), [l3, u3])| [*size, l3 * 100.0, l2 * 100.0, u2 * 100.0, u3 * 100.0])
            .collect();
        wider.sort_by(|a, b| a[0].total_cmp(&b[0]));
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
            wider,
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
