//! Handovers: where people wait between services, for how long, when, who, and what waits with them.

use super::{LEDGER, Reader, Scope, band, fifth, find, list, points, signal, waits_for};
use crate::ask::{Ask, Filter, Wrong};
use crate::fault::Fault;
use domain::{Date, HandoverRule, ServiceKind};
use measures::groups::{self, quantile, quantile_range};
use measures::spc;
use show::{
    Cell, Every, Fact, Figure, Flow, Handover, Heat, Interval, Intervals, Link, Measure, Move, Panel, Picture, Rows,
    Series, Signal, State, Stop, Table, Unit, View, Why, Width,
};
use std::collections::{BTreeMap, HashMap};

/// What may be chosen on pages of waits.
pub(super) const CHOICES: [&str; 6] = ["place", "age", "deprivation", "sex", "need", "week"];
/// Weeks of waits that are compared between groups: enough people, and one season.
const COMPARED_WEEKS: i32 = 13;

/// Groups of one kind that are shown beside each other at most.
const MOST_GROUPS: usize = 24;

/// The middle, the 9 in 10 and the number of one week.
type Week = (f64, f64, u64);
/// A handover, its chart as it is drawn and as it was judged, and how many were taken in each week.
pub(super) type Chart<'a> = (&'a HandoverRule, Series, spc::Chart, BTreeMap<i32, u64>);

impl Reader<'_> {
    /// The handovers that the place watches, in the week that is meant.
    pub(super) fn handovers(&self, scope: &Scope) -> Result<Vec<Handover>, Fault> {
        if !self.has("handovers") {
            return Ok(Vec::new());
        }
        let (week, end, people) = (scope.week, scope.end(), scope.people());
        let mut hours: BTreeMap<String, (f64, u64)> = BTreeMap::new();
        let query = format!(
            "select handover, sum(person_minutes) / 60 as hours, sum(people) as rows from delay_ledger
             where day >= date '{week}' and day < date '{end}' and {} group by handover",
            scope.bands()
        );
        for row in self.ask(&query)?.rows() {
            hours.insert(row.text("handover"), (row.number("hours").unwrap_or(0.0), row.count("rows")));
        }
        let mut now: BTreeMap<String, u64> = BTreeMap::new();
        let open = if scope.newest {
            "still_waiting".to_owned()
        } else {
            let moment = self.zone().midnight(end).micros();
            format!(
                "asked < to_timestamp_micros({moment}) and (still_waiting or ended_at >= to_timestamp_micros({moment}))"
            )
        };
        let query =
            format!("select handover, count(*) as n from handovers where {open} and {people} group by handover");
        for row in self.ask(&query)?.rows() {
            now.insert(row.text("handover"), row.count("n"));
        }
        let mut past = self.weeks_of(scope, None)?;
        let mut all = Vec::new();
        for rule in &self.at.place.handovers {
            let weeks = past.remove(&rule.id).unwrap_or_default();
            let (starts, chart) = self.chart_of(scope, &weeks, None)?;
            let latest = weeks.get(&week.0);
            let (owed, rows) = hours.get(&rule.id).copied().unwrap_or((0.0, 0));
            let waiting = now.get(&rule.id).copied().unwrap_or(0);
            let name = &rule.name;
            let taken = latest.map_or(0, |week| week.2);
            let figure = |value: Option<f64>, unit: &str, says: String, people: u64| {
                let mut evidence = self.evidence(&rule.id, says, Some(people));
                evidence.excludes = "joins that were booked ahead, and waits of which nobody told any more".to_owned();
                evidence.shown_on = vec![Link::new(name.as_str(), format!("/handovers/{}", rule.id))];
                scope.guard(Figure::new(value, unit, evidence), people)
            };
            let moment = if scope.newest { "when the records end" } else { "at the end of the week" };
            all.push(Handover {
                id: rule.id.clone(),
                name: name.clone(),
                waits: waits_for(rule.from, rule.to).map(str::to_owned),
                from_owner: self.owners(rule.from),
                to_owner: self.owners(Some(rule.to)),
                middle: figure(
                    latest.map(|week| week.0),
                    "minutes",
                    format!("{name}: the middle wait of those taken in the week, from being asked for or ready to being taken"),
                    taken,
                ),
                nine_in_ten: figure(
                    latest.map(|week| week.1),
                    "minutes",
                    format!("{name}: 9 in 10 of those taken in the week waited no longer"),
                    taken,
                ),
                hours_waiting: figure(Some(owed), "hours", LEDGER.to_owned(), rows),
                waiting_now: figure(
                    Some(waiting as f64),
                    "people",
                    format!("{name}: people asked for and neither taken nor gone another way {moment}"),
                    waiting,
                ),
                past_year: points(&starts, &chart),
                signal: signal(chart.variation()),
                standard: rule.standard_minutes,
                href: Some(find::address(&format!("/handovers/{}", rule.id), scope.filter)),
            });
        }
        Ok(all)
    }

    /// Each handover's waits by week of being taken, over the year to the week that is meant.
    fn weeks_of(&self, scope: &Scope, only: Option<&str>) -> Result<BTreeMap<String, BTreeMap<i32, Week>>, Fault> {
        let only = only.map_or_else(|| "true".to_owned(), |id| format!("handover = '{}'", super::quoted(id)));
        let query = format!(
            "select handover, cast(date_trunc('week', local_date(taken)) as date) as week, median(wait_minutes) as middle,
             approx_percentile_cont(wait_minutes, 0.9) as p90, count(*) as n from handovers
             where taken is not null and local_date(taken) >= date '{}' and local_date(taken) < date '{}' and {only} and {} group by 1, 2",
            scope.since(53),
            scope.end(),
            scope.people()
        );
        let mut past: BTreeMap<String, BTreeMap<i32, Week>> = BTreeMap::new();
        for row in self.ask(&query)?.rows() {
            if let (Some(week), Some(middle), Some(p90)) = (row.date("week"), row.number("middle"), row.number("p90")) {
                past.entry(row.text("handover")).or_default().insert(week.0, (middle, p90, row.count("n")));
            }
        }
        Ok(past)
    }

    /// The SPC chart of weekly middle waits, from the first week that the records fill.
    fn chart_of(
        &self,
        scope: &Scope,
        weeks: &BTreeMap<i32, Week>,
        target: Option<f64>,
    ) -> Result<(Vec<Date>, spc::Chart), Fault> {
        let first = self.weeks.map_or(scope.week.0, |weeks| weeks.0.0).max(scope.since(53).0);
        let starts: Vec<Date> = (first..=scope.week.0).step_by(7).map(Date).collect();
        let shown = |week: &Week| (!scope.is_group() || week.2 >= super::SMALL).then_some(week.0);
        let values: Vec<Option<f64>> = starts.iter().map(|start| weeks.get(&start.0).and_then(shown)).collect();
        let options = spc::Options { better: spc::Better::Lower, target, ..spc::Options::default() };
        let chart = spc::xmr(&values, &options).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        Ok((starts, chart))
    }

    /// The chart of each handover's middle wait, and how many were taken in each week, by its Monday.
    pub(super) fn charts(&self, scope: &Scope) -> Result<Vec<Chart<'_>>, Fault> {
        if !self.has("handovers") {
            return Ok(Vec::new());
        }
        let mut past = self.weeks_of(scope, None)?;
        let mut all = Vec::new();
        for rule in &self.at.place.handovers {
            let weeks = past.remove(&rule.id).unwrap_or_default();
            let (starts, chart) = self.chart_of(scope, &weeks, rule.standard_minutes)?;
            let taken = weeks.iter().map(|(week, (_, _, taken))| (*week, *taken)).collect();
            all.push((rule, self.series_of(rule, &starts, &chart), chart, taken));
        }
        Ok(all)
    }

    pub(super) fn owners(&self, kind: Option<ServiceKind>) -> String {
        let Some(kind) = kind else { return "Home".to_owned() };
        let names = self.owners_of(kind);
        match names.len() {
            0 => show::words::page(kind.name()),
            1 | 2 => names.iter().map(|owner| owner.1.as_str()).collect::<Vec<_>>().join(", "),
            n => format!("{n} organisations"),
        }
    }

    /// Who runs services of a kind: id and name.
    fn owners_of(&self, kind: ServiceKind) -> Vec<(String, String)> {
        let mut owners: Vec<(String, String)> = Vec::new();
        for service in self.at.place.services.iter().filter(|service| service.kind == kind) {
            let owner = (service.organisation.clone(), self.organisation_name(&service.organisation));
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    /// `/handovers`
    pub(super) fn all_handovers(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let handovers = self.handovers(&scope)?;
        let mut view = self.blank(ask, show::words::headline(&handovers, &[]));
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &CHOICES);
        view.facts = self.waiting_facts(&handovers);
        let (held, hours) = held(&handovers);
        let mut words = Vec::new();
        if hours > 0.0 {
            words.push(format!(
                "{} hold {} of waiting this week{}",
                show::chart::sentence(&show::number::plural(held, "handover")),
                Unit::Hours.say(hours),
                most(&handovers, hours)
            ));
        }
        view.panels.push(Panel {
            id: "waits".to_owned(),
            title: "Every handover that this place watches".to_owned(),
            note: "Most time spent waiting first. Each has two owners, and both see this.".to_owned(),
            pictures: vec![Picture::Words(words), Picture::Handovers(handovers)],
            links: vec![Link::new("The delay ledger", find::address("/ledger", &ask.filter))],
            ..Panel::default()
        });
        Ok(view)
    }

    fn waiting_facts(&self, handovers: &[Handover]) -> Vec<Fact> {
        let hours: f64 = handovers.iter().filter_map(|h| h.hours_waiting.value).sum();
        let now: f64 = handovers.iter().filter_map(|h| h.waiting_now.value).sum();
        let worse = handovers.iter().filter(|h| h.signal == Signal::Concern).count();
        let definition = "People asked for, or ready, and not yet taken, over all handovers that the place watches";
        let mut waited = self.evidence("ledger", LEDGER, None);
        waited.shown_on = vec![Link::new("The delay ledger", "/ledger")];
        vec![
            Fact {
                title: "Waits longer than usual".to_owned(),
                figure: Figure::new(
                    worse as f64,
                    "",
                    self.evidence(
                        "handovers",
                        "Handovers whose middle wait of the week is a signal of concern",
                        Some(handovers.len() as u64),
                    ),
                ),
                note: format!("of {}", handovers.len()),
            },
            Fact {
                title: "Time waiting between us".to_owned(),
                figure: Figure::new(hours, "hours", waited),
                note: "this week".to_owned(),
            },
            Fact {
                title: "Waiting now".to_owned(),
                figure: Figure::new(now, "people", self.evidence("waiting", definition, None)),
                note: String::new(),
            },
        ]
    }

    /// `/handovers/ID`: one join with its two owners.
    pub(super) fn handover(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let Some(rule) = self.at.place.handovers.iter().find(|rule| rule.id == id) else {
            let known = self.at.place.handovers.iter();
            return Err(self.no_such(
                "handover",
                id,
                known.map(|rule| Link::new(&rule.name, format!("/handovers/{}", rule.id))),
            ));
        };
        let scope = self.scope(&ask.filter)?;
        let mut all = self.handovers(&scope)?;
        let Some(at) = all.iter().position(|handover| handover.id == id) else {
            return Ok(self.nothing_yet(ask));
        };
        let handover = all.swap_remove(at);
        let weeks = self.weeks_of(&scope, Some(id))?.remove(id).unwrap_or_default();
        let (starts, chart) = self.chart_of(&scope, &weeks, rule.standard_minutes)?;
        let series = self.series_of(rule, &starts, &chart);
        let finding = show::words::finding(&series);
        let notes = super::notes::panel(&series);
        let mut view = self.blank(ask, format!("{}: {}", rule.name, lower(&finding)));
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &CHOICES);
        view.lede = format!(
            "{} hands over, {} takes over. The wait belongs to both, and both see this page.",
            handover.from_owner, handover.to_owner
        );
        view.facts = self.facts_of(&scope, &handover, &weeks);
        let latest = handover.middle.clone();
        view.panels.push(Panel {
            id: "weeks".to_owned(),
            title: if scope.is_group() {
                format!("Middle wait by week, {}", self.group_words(&ask.filter))
            } else {
                "Middle wait by week".to_owned()
            },
            note: "The week in which people were taken. Dashed lines show where ordinary variation ends.".to_owned(),
            pictures: vec![Picture::Chart(Box::new(Measure {
                sector: "Middle wait".to_owned(),
                sentence: finding,
                latest,
                href: None,
                series,
            }))],
            ..Panel::default()
        });
        view.panels.push(notes);
        view.panels.push(self.heat(&scope, rule)?);
        view.panels.push(self.how_they_end(&scope, rule)?);
        view.panels.push(self.who_waits(&scope, rule)?);
        view.panels.push(self.upstream(&scope, rule)?);
        view.panels.push(self.both_owners(&scope, rule)?);
        view.panels.extend(self.between(id)?);
        view.panels.extend(self.moved_at(&scope, id)?);
        Ok(view)
    }

    pub(super) fn group_words(&self, filter: &Filter) -> String {
        let place = filter.place.clone();
        let age = filter.age.as_deref().map(|age| format!("age {}", band(age)));
        let fifths = filter.deprivation.map(|n| lower(fifth(n)));
        let need = filter.need.as_deref().and_then(|id| self.at.place.needs.iter().find(|need| need.id == id));
        let parts = [place, age, fifths, filter.sex.clone(), need.map(|need| lower(&need.name))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn series_of(&self, rule: &HandoverRule, starts: &[Date], chart: &spc::Chart) -> Series {
        Series {
            id: rule.id.clone(),
            title: format!("{}: middle wait", rule.name),
            unit: Unit::Minutes,
            better: show::Better::Lower,
            every: Every::Week,
            points: points(starts, chart),
            limits: super::changed::limits_of(chart, starts.len()),
            target: rule.standard_minutes,
            events: self.events_on(starts, Some(&rule.id), None),
            baseline: None,
            method: String::new(),
        }
    }

    fn facts_of(&self, scope: &Scope, handover: &Handover, weeks: &BTreeMap<i32, Week>) -> Vec<Fact> {
        let taken = weeks.get(&scope.week.0).map_or(0, |week| week.2);
        let definition = format!("{}: people taken in the week", handover.name);
        let people = Figure::new(taken as f64, "people", self.evidence(&handover.id, definition, Some(taken)));
        let fact =
            |title: &str, figure: Figure, note: &str| Fact { title: title.to_owned(), figure, note: note.to_owned() };
        vec![
            fact("Taken", scope.guard(people, taken), "this week"),
            fact("Middle wait", handover.middle.clone(), ""),
            fact("9 in 10 within", handover.nine_in_ten.clone(), ""),
            fact("Waiting now", handover.waiting_now.clone(), ""),
            fact("Time waiting", handover.hours_waiting.clone(), "this week"),
        ]
    }

    /// When in the week people ask, and how long those wait.
    fn heat(&self, scope: &Scope, rule: &HandoverRule) -> Result<Panel, Fault> {
        let query = format!(
            "select cast(date_part('dow', local_date(asked)) as int) as day, cast(local_hour(asked) as int) as hour,
             median(wait_minutes) as middle, count(*) as n from handovers
             where handover = '{}' and taken is not null and local_date(asked) >= date '{}' and local_date(asked) < date '{}' and {} group by 1, 2",
            rule.id,
            scope.since(52),
            scope.end(),
            scope.people()
        );
        let mut values = vec![vec![None; 24]; 7];
        let mut people = vec![vec![0u64; 24]; 7];
        let mut total = 0;
        for row in self.ask(&query)?.rows() {
            // The engine's week begins on Sunday, ours on Monday.
            let (Some(day), Some(hour)) = (row.number("day"), row.number("hour")) else { continue };
            let (day, hour) = ((day as usize + 6) % 7, (hour as usize).min(23));
            people[day][hour] = row.count("n");
            total += people[day][hour];
            if people[day][hour] >= super::SMALL {
                values[day][hour] = row.number("middle");
            }
        }
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let longest = (0..7)
            .flat_map(|day| (0..24).map(move |hour| (day, hour)))
            .filter_map(|(day, hour)| Some((day, hour, values[day][hour]?)))
            .max_by(|a, b| a.2.total_cmp(&b.2));
        let title = longest.map_or_else(
            || "Too few people in any hour to say when waits are longest".to_owned(),
            |(day, hour, _)| format!("Longest for those who ask on {} from {hour}:00", days[day]),
        );
        let heat = Heat {
            id: "hours".to_owned(),
            title: title.clone(),
            definition: format!(
                "Middle wait of those asked for, or ready, in each hour of the week, over the last year; hours of fewer than {} people are left open",
                super::SMALL
            ),
            rows: days.map(str::to_owned).to_vec(),
            columns: (0..24).map(|hour| hour.to_string()).collect(),
            values,
            people,
            unit: Some(Unit::Minutes),
        };
        Ok(Panel {
            id: "hours".to_owned(),
            title: "When in the week".to_owned(),
            note: format!(
                "By the hour in which the wait began; {} in a year.",
                show::number::plural(total as usize, "person").replace("persons", "people")
            ),
            pictures: if longest.is_some() {
                vec![Picture::Heat(heat)]
            } else {
                vec![too_few("Fewer than five people in every hour of the week. Choose a wider group.")]
            },
            width: Width::Wide,
            ..Panel::default()
        })
    }

    fn how_they_end(&self, scope: &Scope, rule: &HandoverRule) -> Result<Panel, Fault> {
        let query = format!(
            "select ended_by, count(*) as people, median(wait_minutes) as wait_minutes_p50, sum(wait_minutes) / 60 as wait_hours from handovers
             where handover = '{}' and (ended_at is null or local_date(ended_at) >= date '{}') and local_date(asked) < date '{}' and {} group by ended_by order by people desc",
            rule.id,
            scope.since(52),
            scope.end(),
            scope.people()
        );
        let mut table = Table::new(["how_it_ended", "people", "wait_minutes_p50", "wait_hours"]);
        for row in self.ask(&query)?.rows() {
            let n = row.count("people");
            let few = scope.is_group() && n < super::SMALL;
            let said = |value: Option<f64>, unit: Unit| {
                if few { Cell::from("too few to show") } else { Cell::of(value, &unit) }
            };
            table.push([
                Cell::from(ended(&row.text("ended_by"))),
                if few { Cell::from("too few to show") } else { Cell::from(n) },
                said(row.number("wait_minutes_p50"), Unit::Minutes),
                said(row.number("wait_hours"), Unit::Hours),
            ]);
        }
        Ok(Panel {
            id: "ends".to_owned(),
            title: "How the waits of a year ended".to_owned(),
            note: "Competing ways out always count.".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: "How the waits ended".to_owned(), table, links: Vec::new() })],
            width: Width::Narrow,
            links: vec![Link::new("The rows behind these", format!("/why/{}", rule.id))],
        })
    }

    /// Middle waits of groups, each with its interval.
    fn who_waits(&self, scope: &Scope, rule: &HandoverRule) -> Result<Panel, Fault> {
        let query = format!(
            "select wait_minutes, age, deprivation, neighbourhood, sex from handovers where handover = '{}' and taken is not null and wait_minutes is not null
             and local_date(taken) >= date '{}' and local_date(taken) < date '{}' and {}",
            rule.id,
            scope.since(COMPARED_WEEKS),
            scope.end(),
            scope.people()
        );
        let mut all: Vec<f64> = Vec::new();
        let mut of: HashMap<(&str, String), Vec<f64>> = HashMap::new();
        for row in self.ask(&query)?.rows() {
            let Some(wait) = row.number("wait_minutes") else { continue };
            all.push(wait);
            if let Some(age) = row.number("age") {
                of.entry(("age", domain::AGE_BANDS[domain::age_band(age as i32)].to_owned())).or_default().push(wait);
            }
            if let Some(deprivation) = row.number("deprivation") {
                of.entry(("deprivation", (deprivation as u8).to_string())).or_default().push(wait);
            }
            for name in ["neighbourhood", "sex"] {
                let text = row.text(name);
                if !text.is_empty() {
                    of.entry((if name == "sex" { "sex" } else { "place" }, text)).or_default().push(wait);
                }
            }
        }
        all.sort_by(f64::total_cmp);
        let middle = quantile(&all, 0.5);
        let mut groups = Vec::new();
        let mut signals: Vec<(String, Signal)> = Vec::new();
        for mut choice in self.choices(scope.filter, &["deprivation", "age", "sex", "place"]) {
            if choice.options.is_empty() {
                // Very many places: those of whom somebody was taken.
                let known = of.keys().filter(|key| key.0 == choice.name);
                choice.options = known.map(|key| (key.1.clone(), key.1.clone())).collect();
                choice.options.sort();
            }
            let mut rows = Vec::new();
            for (value, label) in &choice.options {
                let Some(mut waits) = of.remove(&(choice.name, value.clone())) else { continue };
                waits.sort_by(f64::total_cmp);
                let range = quantile_range(&waits, 0.5, 0.95);
                let n = waits.len() as u64;
                let definition = format!(
                    "{}: the middle wait of {label} taken in the last {COMPARED_WEEKS} weeks, with its 95% interval",
                    rule.name
                );
                let figure =
                    Figure::new(quantile(&waits, 0.5), "minutes", self.evidence(&rule.id, definition, Some(n)))
                        .within(range);
                let figure = if n < super::SMALL { figure.hidden() } else { figure };
                // A mark needs more than an interval: of so many groups one in twenty would have it by chance.
                let sure = quantile_range(&waits, 0.5, 0.998).zip(middle);
                let signal = match sure {
                    Some(((low, _), middle)) if low > middle => Signal::Concern,
                    Some(((_, high), middle)) if high < middle => Signal::Improvement,
                    _ => Signal::Ordinary,
                };
                if signal != Signal::Ordinary {
                    signals.push((label.clone(), signal));
                }
                let mut narrowed = scope.filter.clone();
                match choice.name {
                    "place" => narrowed.place = Some(value.clone()),
                    "age" => narrowed.age = Some(value.clone()),
                    "sex" => narrowed.sex = Some(value.clone()),
                    _ => narrowed.deprivation = value.parse().ok(),
                }
                let href = find::address(&format!("/handovers/{}", rule.id), &narrowed);
                rows.push(Interval { name: label.clone(), figure, fair: None, people: n, signal, href: Some(href) });
            }
            let count = rows.len();
            if count > MOST_GROUPS {
                // The ends of a long list say most.
                rows.retain(|row| row.figure.value.is_some());
                rows.sort_by(|a, b| b.figure.value.unwrap_or(0.0).total_cmp(&a.figure.value.unwrap_or(0.0)));
                if rows.len() > MOST_GROUPS {
                    rows.drain(MOST_GROUPS / 2..rows.len() - MOST_GROUPS / 2);
                }
            }
            if rows.len() > 1 {
                let name = if choice.name == "place" { "Neighbourhood" } else { &choice.label };
                let cut = if rows.len() < count && count > MOST_GROUPS {
                    format!(", longest and shortest of {count}")
                } else {
                    String::new()
                };
                groups.push((format!("{name}{cut}"), rows));
            }
        }
        let title = who(&signals);
        let pictures = if groups.is_empty() {
            vec![too_few("Nobody was taken here in these weeks, or nothing is known of who they are.")]
        } else {
            vec![Picture::Intervals(Intervals {
                id: "who".to_owned(),
                title: title.clone(),
                definition: format!(
                    "Middle wait of the last {COMPARED_WEEKS} weeks with its 95% interval; marked where a 99.8% interval leaves everybody's middle out"
                ),
                groups,
                all: middle,
                unit: Unit::Minutes,
                gradient: None,
            })]
        };
        Ok(Panel {
            id: "who".to_owned(),
            title: "Who waits longest".to_owned(),
            note: format!("The last {COMPARED_WEEKS} weeks. The line is everybody’s middle wait."),
            pictures,
            ..Panel::default()
        })
    }

    /// What waits with this one, day by day.
    fn upstream(&self, scope: &Scope, rule: &HandoverRule) -> Result<Panel, Fault> {
        const LONGEST: usize = 7;
        let since = self.weeks.map_or(scope.since(52), |weeks| weeks.0).max(scope.since(104));
        let query = format!(
            "select day, handover, sum(person_minutes) as minutes from delay_ledger where handover in ({}) and day >= date '{since}' and day < date '{}' and {} group by 1, 2",
            list(self.at.place.handovers.iter().map(|rule| rule.id.as_str())),
            scope.end(),
            scope.bands()
        );
        let days = (scope.end().0 - since.0).max(0) as usize;
        let mut minutes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in self.ask(&query)?.rows() {
            let Some(day) = row.date("day") else { continue };
            let own = minutes.entry(row.text("handover")).or_insert_with(|| vec![0.0; days]);
            if let Some(slot) = own.get_mut((day.0 - since.0) as usize) {
                *slot += row.number("minutes").unwrap_or(0.0);
            }
        }
        let mut table =
            Table::new(["handover", "what_is_seen", "days_later", "correlation", "correlation_from", "correlation_to"]);
        let mut links = Vec::new();
        let mut found = Vec::new();
        let here = minutes.remove(&rule.id).unwrap_or_default();
        let upstream = self.upstream_of(rule);
        for other in &upstream {
            let Some(link) =
                minutes.get(&other.id).and_then(|there| groups::together(&here, there, LONGEST, upstream.len()))
            else {
                continue;
            };
            let says = match (link.is_signal, link.correlation > 0.0, link.lag) {
                (false, ..) => "no link seen".to_owned(),
                (true, true, 0) => "waits more on the same day".to_owned(),
                (true, true, lag) => format!("waits more {} later", show::number::plural(lag, "day")),
                (true, false, lag) => format!("waits less {} later", show::number::plural(lag, "day")),
            };
            if link.is_signal && link.correlation > 0.0 {
                found.push(other.name.clone());
            }
            let number = |value: f64| Cell::said(value, format!("{value:.2}"));
            table.push([
                Cell::from(other.name.as_str()),
                Cell::from(says),
                if link.is_signal { Cell::from(link.lag) } else { Cell::from("") },
                number(link.correlation),
                number(link.range.0),
                number(link.range.1),
            ]);
            links.push(Some(find::address(&format!("/handovers/{}", other.id), scope.filter)));
        }
        let empty = table.rows.is_empty();
        let title = match found.as_slice() {
            [] if empty => "Nothing watched lies upstream of this".to_owned(),
            [] => "No wait upstream is seen to move with this one".to_owned(),
            [one] => format!("When people wait here, they wait at {} too", lower(one)),
            many => format!("When people wait here, they wait at {} handovers upstream too", many.len()),
        };
        let caution = "What moves together need not cause one another: a hard week may lengthen both. Days, with weekdays, slow change and each wait's own yesterday taken out; the strongest of eight lags, marked only when chance would seldom show it.";
        let mut pictures = vec![];
        if !empty {
            pictures.push(Picture::Rows(Rows {
                caption: "Waits upstream that move with this one".to_owned(),
                table,
                links,
            }));
        }
        pictures.push(Picture::Words(vec![caution.to_owned()]));
        Ok(Panel {
            id: "upstream".to_owned(),
            title,
            note: "Hours waited each day, here and upstream.".to_owned(),
            pictures,
            width: Width::Half,
            ..Panel::default()
        })
    }

    /// The handovers by which people come to where this one begins, and those before them.
    fn upstream_of(&self, rule: &HandoverRule) -> Vec<&HandoverRule> {
        let mut kinds: Vec<ServiceKind> = rule.from.into_iter().collect();
        let mut found: Vec<&HandoverRule> = Vec::new();
        while let Some(kind) = kinds.pop() {
            for other in self.at.place.handovers.iter().filter(|other| other.to == kind && other.id != rule.id) {
                if !found.iter().any(|known| known.id == other.id) {
                    found.push(other);
                    kinds.extend(other.from);
                }
            }
        }
        found
    }

    fn both_owners(&self, scope: &Scope, rule: &HandoverRule) -> Result<Panel, Fault> {
        let query = format!(
            "select from_organisation, from_service, to_organisation, to_service, count(*) as people, median(wait_minutes) as middle, sum(wait_minutes) / 60 as hours,
             count(*) filter (where still_waiting) as now from handovers where handover = '{}' and (ended_at is null or local_date(ended_at) >= date '{}')
             and local_date(asked) < date '{}' and {} group by 1, 2, 3, 4 order by hours desc nulls last limit 40",
            rule.id,
            scope.since(COMPARED_WEEKS),
            scope.end(),
            scope.people()
        );
        let mut table = Table::new(["from", "to", "people", "wait_minutes_p50", "wait_hours", "still_waiting"]);
        let mut links = Vec::new();
        let service = |id: &str, other: &str| match self.at.place.service(id) {
            Some(service) => service.name.clone(),
            None if id.is_empty() => other.to_owned(),
            None => id.to_owned(),
        };
        for row in self.ask(&query)?.rows() {
            let n = row.count("people");
            let few = scope.is_group() && n < super::SMALL;
            let guard = |cell: Cell| if few { Cell::from("too few to show") } else { cell };
            table.push([
                Cell::from(service(&row.text("from_service"), "Home")),
                Cell::from(service(&row.text("to_service"), "not yet said")),
                guard(Cell::from(n)),
                guard(Cell::of(row.number("middle"), &Unit::Minutes)),
                guard(Cell::of(row.number("hours"), &Unit::Hours)),
                guard(Cell::from(row.count("now"))),
            ]);
            let owner =
                [row.text("from_organisation"), row.text("to_organisation")].into_iter().find(|id| !id.is_empty());
            links.push(owner.map(|id| format!("/organisations/{}", show::escape(&id))));
        }
        Ok(Panel {
            id: "owners".to_owned(),
            title: "Between whom".to_owned(),
            note: format!("The last {COMPARED_WEEKS} weeks, most time waited first."),
            pictures: vec![Picture::Rows(Rows {
                caption: "Between which services people waited".to_owned(),
                table,
                links,
            })],
            width: Width::Half,
            ..Panel::default()
        })
    }

    /// Urgent care in the week: who went where, and what they waited.
    pub(super) fn flow(&self, scope: &Scope, handovers: &[Handover]) -> Result<Option<Flow>, Fault> {
        use ServiceKind::{
            Ambulance, Call999, CareHome, EmergencyDepartment, HomeCare, IntermediateCare, SameDayCare, Ward,
        };
        const STOPS: [(Option<ServiceKind>, &str, usize); 10] = [
            (Some(Call999), "999", 0),
            (None, "Walk in or sent by 111", 0),
            (Some(Ambulance), "Ambulance", 1),
            (Some(EmergencyDepartment), "Emergency department", 2),
            (Some(SameDayCare), "Same day care", 3),
            (Some(Ward), "Hospital ward", 3),
            (None, "Home", 4),
            (Some(HomeCare), "Home with care", 4),
            (Some(IntermediateCare), "Intermediate care", 4),
            (Some(CareHome), "Care home", 4),
        ];
        const WALK_IN: usize = 1;
        const HOME: usize = 6;
        let at = |name: &str| STOPS.iter().position(|stop| stop.0.is_some_and(|kind| kind.name() == name));
        let (week, end, people) = (scope.week, scope.end(), scope.people());
        let kinds = list(STOPS.iter().filter_map(|stop| stop.0).map(ServiceKind::name));
        let mut moves: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let query = format!(
            "select from_kind, to_kind, count(*) as n from handovers where taken is not null and local_date(taken) >= date '{week}' and local_date(taken) < date '{end}'
             and from_kind in ({kinds}) and to_kind in ({kinds}) and {people} group by 1, 2"
        );
        for row in self.ask(&query)?.rows() {
            if let Some((from, to)) = at(&row.text("from_kind"))
                .zip(at(&row.text("to_kind")))
                .filter(|(from, to)| STOPS[*from].2 < STOPS[*to].2)
            {
                *moves.entry((from, to)).or_default() += row.number("n").unwrap_or(0.0);
            }
        }
        let query = format!(
            "select kind, count(*) filter (where local_date(started) >= date '{week}' and local_date(started) < date '{end}') as came,
             count(*) filter (where outcome = 'home' and local_date(ended) >= date '{week}' and local_date(ended) < date '{end}') as home
             from stays where kind in ({kinds}) and {people} group by kind"
        );
        for row in self.ask(&query)?.rows() {
            let Some(stop) = at(&row.text("kind")) else { continue };
            if STOPS[stop].2 < 4 && STOPS[stop].2 > 0 && row.count("home") > 0 {
                moves.insert((stop, HOME), row.number("home").unwrap_or(0.0));
            }
            if matches!(STOPS[stop].0, Some(EmergencyDepartment | SameDayCare)) {
                let sent: f64 = moves.iter().filter(|((_, to), _)| *to == stop).map(|(_, n)| n).sum();
                let walked = row.number("came").unwrap_or(0.0) - sent;
                if walked > 0.0 {
                    moves.insert((WALK_IN, stop), walked);
                }
            }
        }
        if scope.is_group() {
            moves.retain(|_, n| *n >= super::SMALL as f64);
        }
        if moves.is_empty() {
            return Ok(None);
        }
        let used: Vec<usize> =
            (0..STOPS.len()).filter(|stop| moves.keys().any(|(from, to)| from == stop || to == stop)).collect();
        let place = |stop: usize| used.iter().position(|known| *known == stop).unwrap_or(0);
        let through = |stop: usize| {
            let sum = |end: fn(&(usize, usize)) -> usize| {
                moves.iter().filter(|(key, _)| end(key) == stop).map(|(_, n)| *n).sum::<f64>()
            };
            sum(|key| key.0).max(sum(|key| key.1))
        };
        // Columns that nobody passes close up.
        let columns: Vec<usize> = (0..5).filter(|column| used.iter().any(|stop| STOPS[*stop].2 == *column)).collect();
        let stops = used.iter().map(|stop| Stop {
            name: STOPS[*stop].1.to_owned(),
            column: columns.iter().position(|column| *column == STOPS[*stop].2).unwrap_or(0),
            people: through(*stop),
        });
        let moves =
            moves.iter().map(|((from, to), people)| {
                let rule =
                    self.at.place.handovers.iter().find(|rule| {
                        rule.from.is_some() && rule.from == STOPS[*from].0 && Some(rule.to) == STOPS[*to].0
                    });
                let watched = rule.and_then(|rule| handovers.iter().find(|handover| handover.id == rule.id));
                Move {
                    from: place(*from),
                    to: place(*to),
                    people: *people,
                    wait_minutes: watched.and_then(|handover| handover.middle.value),
                    signal: watched.map_or(Signal::Ordinary, |handover| handover.signal),
                    href: watched.and_then(|handover| handover.href.clone()),
                }
            });
        Ok(Some(Flow {
            sentence: "Urgent care this week. Width is people; a label is the middle wait at that handover.".to_owned(),
            stops: stops.collect(),
            moves: moves.collect(),
        }))
    }
}

/// How many handovers hold time, and how much.
pub(super) fn held(handovers: &[Handover]) -> (usize, f64) {
    let hours = handovers.iter().filter_map(|handover| handover.hours_waiting.value).filter(|hours| *hours > 0.0);
    (hours.clone().count(), hours.sum())
}

/// ", most of it for community care."
pub(super) fn most(handovers: &[Handover], hours: f64) -> String {
    let ranked = show::ranked(handovers);
    let Some(first) = ranked.first() else { return ".".to_owned() };
    let share = first.hours_waiting.value.unwrap_or(0.0) / hours;
    let waits = first.waits.clone().unwrap_or_else(|| format!("from {}", lower(&first.name)));
    match share {
        share if share > 0.67 => format!("; most of it is of people who wait {waits}."),
        share if share > 0.45 => format!("; about half of it is of people who wait {waits}."),
        _ => format!("; the largest part is of people who wait {waits}."),
    }
}

pub(super) fn too_few(text: &str) -> Picture {
    Picture::State(State {
        why: Why::TooFew,
        title: "Too few to say".to_owned(),
        text: text.to_owned(),
        links: Vec::new(),
        command: String::new(),
    })
}

/// "Longest for the most deprived fifth"
fn who(signals: &[(String, Signal)]) -> String {
    let of = |wanted: Signal| {
        signals.iter().filter(|signal| signal.1 == wanted).map(|signal| lower_name(&signal.0)).collect::<Vec<_>>()
    };
    let (longer, shorter) = (of(Signal::Concern), of(Signal::Improvement));
    match (longer.as_slice(), shorter.as_slice()) {
        ([], []) => "No group is seen to wait longer than the others".to_owned(),
        ([], shorter) => format!("Shorter for {}", and(shorter)),
        (longer, []) => format!("Longer for {}", and(longer)),
        (longer, shorter) => format!("Longer for {}, shorter for {}", and(longer), and(shorter)),
    }
}

/// A fifth is a noun, an age is said as one, a place keeps its capital.
pub(super) fn lower_name(name: &str) -> String {
    match name {
        name if name.ends_with("fifth") => format!("the {}", lower(name)),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("age {name}"),
        "Female" | "Male" => format!("{}s", lower(name)),
        name => name.to_owned(),
    }
}

pub(super) fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        many => format!("{} groups, most of all {}", many.len(), many[0]),
    }
}

/// The first letter small, unless the word is all capitals or starts with a digit.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if text.chars().nth(1).is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

fn ended(how: &str) -> &'static str {
    match how {
        "taken" => "Taken",
        "other_exit" => "Went another way",
        "withdrawn" => "Withdrawn",
        "rejected" => "Not accepted",
        "died" => "Died",
        "lapsed" => "Nobody told of it any more",
        "open" => "Still waiting",
        _ => "Not known",
    }
}
