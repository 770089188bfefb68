//! The delay ledger: where the hours are waited, who holds them, and whether they were saved or only moved. It adds up the
//! handovers that the place watches, as every page does, so that its total is theirs.

use super::waits::{self, lower};
use super::{LEDGER, Reader, Scope, find, list, points};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use domain::Date;
use measures::ledger::{Change, Column, Displacement, Ledger, Totals, displacement};
use measures::series::Grain;
use measures::spc;
use show::{Cell, Every, Fact, Figure, Link, Panel, Picture, Rows, Series, State, Table, Unit, View, Why, Width};
use std::collections::{BTreeMap, BTreeSet};

/// The measure whose usual range the headline has.
const HEADLINE: &str = "hours-waited-between-services";
/// Weeks that one is held against.
const BEFORE: i32 = 26;
/// Weeks of each of the two stretches between which hours are saved and added.
const STRETCH: i32 = 13;
/// Rows that rest on too few people, together.
const OTHERS: &str = "\u{0}others";

/// People who waited, by a column.
type People = BTreeMap<String, u64>;

impl Reader<'_> {
    /// Rows of the ledger at the watched handovers between two days, the second not included; by week where days do not
    /// matter.
    pub(super) fn ledger_of(
        &self,
        scope: &Scope,
        by: &[Column],
        grain: Grain,
        from: Date,
        to: Date,
    ) -> Result<Ledger, Fault> {
        let day = if grain == Grain::Day { "day" } else { "cast(date_trunc('week', day) as date)" };
        let columns: String = by.iter().map(|column| format!(", {}", column.name())).collect();
        let query = format!(
            "select {day} as day{columns}, sum(person_minutes) as person_minutes from delay_ledger
             where handover in ({}) and day >= date '{from}' and day < date '{to}' and {} group by {day}{columns}",
            list(self.at.place.handovers.iter().map(|rule| rule.id.as_str())),
            scope.bands()
        );
        let batches = self.session.sql(&query)?;
        Ledger::from_batches(&batches).map_err(|wrong| Fault::new(wrong.to_string(), ""))
    }

    /// The first week of so many to the one that is meant that the records fill.
    fn first_of(&self, scope: &Scope, weeks: i32) -> Date {
        self.weeks.map_or(scope.week, |weeks| weeks.0).max(scope.since(weeks)).min(scope.week)
    }

    /// How many people waited at some time between two days, by a column.
    fn people_by(&self, scope: &Scope, column: &str, from: Date) -> Result<People, Fault> {
        let query = format!(
            "select {column} as name, count(distinct person) as n from handovers where handover in ({}) and ended_by <> 'lapsed'
             and local_date(asked) < date '{}' and (ended_at is null or local_date(ended_at) >= date '{from}') and {} group by 1",
            list(self.at.place.handovers.iter().map(|rule| rule.id.as_str())),
            scope.end(),
            scope.people()
        );
        Ok(self.ask(&query)?.rows().map(|row| (row.text("name"), row.count("n"))).collect())
    }

    /// `/ledger`
    pub(super) fn ledger(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let mut view = self.blank(ask, "The delay ledger");
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        if !self.has("delay_ledger") || self.weeks.is_none() {
            view.panels.push(state(
                Why::Empty,
                "No wait has been seen yet",
                "Hours are waited between two services. They appear when records of two show the same person passing between them.",
            ));
            return Ok(view);
        }
        let year = self.first_of(&scope, 53);
        let by = [Column::Handover, Column::Neighbourhood, Column::Need];
        let ledger = self.ledger_of(&scope, &by, Grain::Week, year, scope.end())?;
        let [handovers, places, needs] = ["handover", "neighbourhood", "need"].map(|column| {
            let people = self.people_by(&scope, column, scope.week)?;
            Ok::<People, Fault>(people)
        });
        let (handovers, places, needs) = (handovers?, places?, needs?);
        let everybody: u64 = handovers.values().sum();
        if scope.is_group() && everybody > 0 && everybody < super::SMALL {
            view.title = "Too few people waited to show their hours".to_owned();
            view.panels.push(state(
                Why::Suppressed,
                "Too few people to show",
                "Fewer than five of those you chose waited between services in this week. Choose a wider group.",
            ));
            return Ok(view);
        }
        let weekly = self.weekly(&scope, &ledger, year)?;
        let (hours, usual) = (weekly.points.last().and_then(|point| point.value), weekly.limits.last());
        let hours = hours.unwrap_or(0.0);
        let living = self.living(&scope)?;
        let per_1000 = |hours: f64| (living > 0.0).then(|| 1000.0 * hours / living);
        // The measure is cut by one thing at a time; by more, the ledger alone tells.
        let card = match Self::too_much(&scope) {
            Some(_) => None,
            None => self.measures_of(&scope, Some(HEADLINE))?.pop().map(|counted| counted.card),
        };
        let finding = card.as_ref().map_or_else(|| show::words::finding(&weekly), |card| card.sentence.clone());
        let for_each = per_1000(hours)
            .map_or_else(String::new, |hours| format!(", {} for each 1,000 people", Unit::Hours.say(hours)));
        view.title =
            format!("{} of waiting between us this week{for_each}: {}", Unit::Hours.say(hours), lower(&finding));
        let group = self.group_words(&ask.filter);
        view.lede = format!(
            "Every hour from being asked for, or ready, to being taken, kept once, at the handover where it was waited, for both who share it{}.",
            if group.is_empty() { String::new() } else { format!("; here of {group}") }
        );
        let evidence = |says: &str| {
            let mut evidence = self.evidence("ledger", says, Some(everybody));
            evidence.shown_on = vec![Link::new("Handovers", "/handovers")];
            evidence.excludes = "joins that were booked ahead, and waits of which nobody told any more".to_owned();
            evidence
        };
        let range = usual.map(|limits| (limits.lower.max(0.0), limits.upper));
        let fact =
            |title: &str, figure: Figure, note: &str| Fact { title: title.to_owned(), figure, note: note.to_owned() };
        view.facts.push(fact(
            "Time waiting between us",
            Figure::new(hours, "hours", evidence(LEDGER)).within(range),
            "this week",
        ));
        let says = "Hours waited in the week, for each 1,000 people who live here";
        let each = card.as_ref().map_or_else(
            || Figure::new(per_1000(hours), "hours", evidence(says)),
            |card| Figure { unit: Unit::Hours, ..card.latest.clone() },
        );
        view.facts.push(fact("For each 1,000 people", each, "this week"));
        let says = "Hours waited in the week, divided by the hours of a week: how many wait at any one time";
        view.facts.push(fact("Waiting at a time", Figure::new((hours / 168.0).round(), "people", evidence(says)), ""));

        let moved = self.moved(&scope)?;
        if let Some((moved, weeks)) = &moved {
            let says = "Hours a week of the last weeks and of as many before: what was added less what was saved, over all handovers";
            let more = moved.all.more();
            let title = if more < 0.0 { "Less than before, in all" } else { "More than before, in all" };
            let figure = Figure::new(more.abs(), "hours", evidence(says));
            view.facts.push(fact(title, figure, &format!("a week, {weeks} weeks against {weeks}")));
        }
        let (sentence, chart) = match card {
            Some(card) => (card.sentence.clone(), card),
            None => (
                finding.clone(),
                show::Measure {
                    sector: "Whole system".to_owned(),
                    sentence: finding.clone(),
                    latest: Figure::new(hours, "hours", evidence(LEDGER)).within(range),
                    href: None,
                    series: weekly,
                },
            ),
        };
        let told = if chart.series.limits.is_empty() {
            "Too few weeks to draw the usual range: until there are 13, nothing in it is called a signal.".to_owned()
        } else {
            show::chart::describe(&chart.series)
        };
        view.panels.push(Panel {
            id: "weeks".to_owned(),
            title: format!("Hours waited by week: {}", lower(&sentence)),
            note: "Fewer is better. Dashed lines show where ordinary variation ends.".to_owned(),
            pictures: vec![Picture::Chart(Box::new(chart)), Picture::Words(vec![told])],
            ..Panel::default()
        });
        let weeks = (scope.week.0 - self.first_of(&scope, BEFORE + 1).0) / 7;
        for (column, id, people) in [
            (Column::Handover, "handovers", &handovers),
            (Column::Neighbourhood, "places", &places),
            (Column::Need, "needs", &needs),
        ] {
            view.panels.push(self.ranking(&scope, &ledger, column, id, people, weeks)?);
        }
        view.panels.push(match moved {
            Some((moved, weeks)) => self.displaced(&scope, &moved, weeks),
            None => Panel {
                title: "Saved here, added there".to_owned(),
                ..state(
                    Why::TooFew,
                    "Too few weeks to say",
                    "Two stretches of weeks are held against each other; the records fill one.",
                )
            },
        });
        Ok(view)
    }

    /// How many of those that were chosen live here.
    fn living(&self, scope: &Scope) -> Result<f64, Fault> {
        Ok(self.living_by(scope, "'all'")?.into_values().sum())
    }

    fn living_by(&self, scope: &Scope, column: &str) -> Result<BTreeMap<String, f64>, Fault> {
        // Whose needs they are, nobody knows of those who do not come.
        let filter = crate::ask::Filter { need: None, ..scope.filter.clone() };
        let scope = Scope { filter: &filter, owner: None, ..*scope };
        let query =
            format!("select {column} as name, sum(people) as n from population where {} group by 1", scope.bands());
        Ok(self.ask(&query)?.rows().map(|row| (row.text("name"), row.number("n").unwrap_or(0.0))).collect())
    }

    /// All hours by week, with their usual range.
    fn weekly(&self, scope: &Scope, ledger: &Ledger, first: Date) -> Result<Series, Fault> {
        let totals = totals(ledger, &[], first, Date(scope.end().0 - 1))?;
        let mut people: BTreeMap<i32, u64> = BTreeMap::new();
        if scope.is_group() {
            let query = format!(
                "select cast(date_trunc('week', day) as date) as week, sum(people) as n from delay_ledger where day >= date '{first}' and day < date '{}' and {} group by 1",
                scope.end(),
                scope.bands()
            );
            for row in self.ask(&query)?.rows() {
                people.extend(row.date("week").map(|week| (week.0, row.count("n"))));
            }
        }
        let few = |week: &Date| people.get(&week.0).is_some_and(|n| *n > 0 && *n < super::SMALL);
        let value = |(week, seconds): (&Date, &i64)| (!few(week)).then_some(*seconds as f64 / 3600.0);
        let mut values: Vec<Option<f64>> = totals.periods.iter().zip(&totals.seconds).map(value).collect();
        values.resize(totals.periods.len(), Some(0.0));
        let options = spc::Options { better: spc::Better::Lower, ..spc::Options::default() };
        let chart = spc::xmr(&values, &options).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        Ok(Series {
            id: "ledger".to_owned(),
            title: "Hours waited between us".to_owned(),
            unit: Unit::Hours,
            better: show::Better::Lower,
            every: Every::Week,
            points: points(&totals.periods, &chart),
            limits: super::changed::limits_of(&chart, values.len()),
            target: None,
            events: self.events_on(&totals.periods, None, Some(HEADLINE)),
            baseline: None,
            method: String::new(),
        })
    }

    /// Who holds how much in the week, most first, each beside the weeks before.
    fn ranking(
        &self,
        scope: &Scope,
        ledger: &Ledger,
        column: Column,
        id: &str,
        people: &People,
        weeks: i32,
    ) -> Result<Panel, Fault> {
        let (week, last) = (scope.week, Date(scope.end().0 - 1));
        let mut is = totals(ledger, &[column], week, last)?;
        let mut was = totals(ledger, &[column], Date(week.0 - weeks * 7), Date(week.0 - 1))?;
        if scope.is_group() || column == Column::Neighbourhood {
            let few = too_few(&is, people);
            (is, was) = (together(is, &few), together(was, &few));
        }
        let moved = displacement(&was, &is);
        let mut changes: Vec<&Change> = moved.changes.iter().filter(|change| change.after > 0.0).collect();
        let others = |change: &Change| change.key[0].as_deref() == Some(OTHERS);
        changes.sort_by(|a, b| others(a).cmp(&others(b)).then(b.after.total_cmp(&a.after)));
        let living =
            if column == Column::Neighbourhood { self.living_by(scope, "neighbourhood")? } else { BTreeMap::new() };
        let code = column.name();
        let mut headers = vec![code];
        headers.push("wait_hours");
        if column == Column::Neighbourhood {
            headers.push("hours_per_1000_people");
        }
        headers.extend(["people_at_a_time", "hours_in_a_usual_week", "change"]);
        if column == Column::Handover {
            headers.extend(["gives", "takes"]);
        }
        let mut table = Table::new(headers);
        let mut links = Vec::new();
        for change in &changes {
            let key = change.key[0].as_deref();
            let name = self.name_of(column, key);
            links.push(match (column, key) {
                (_, None | Some(OTHERS)) => None,
                (Column::Handover, Some(id)) => {
                    Some(find::address(&format!("/handovers/{}", show::escape(id)), scope.filter))
                }
                (Column::Neighbourhood, Some(place)) => Some(find::address(
                    "/ledger",
                    &crate::ask::Filter { place: Some(place.to_owned()), ..scope.filter.clone() },
                )),
                (_, Some(need)) => Some(find::address(
                    "/ledger",
                    &crate::ask::Filter { need: Some(need.to_owned()), ..scope.filter.clone() },
                )),
            });
            let mut cells = vec![Cell::from(name)];
            cells.push(Cell::of(Some(change.after), &Unit::Hours));
            if column == Column::Neighbourhood {
                let people = key.and_then(|key| living.get(key)).copied().filter(|people| *people > 0.0);
                cells.push(Cell::of(people.map(|people| 1000.0 * change.after / people), &Unit::Hours));
            }
            let at_a_time = change.after / 168.0;
            let said = match at_a_time {
                few if few < 0.095 => format!("{few:.2}"),
                some if some < 9.95 => format!("{some:.1}"),
                many => show::number::count(many.round() as u64),
            };
            cells.push(Cell::said(at_a_time, said));
            let before = (weeks > 0).then_some(change.before);
            cells.extend([Cell::of(before, &Unit::Hours), Cell::from(changed(change))]);
            if column == Column::Handover {
                let rule = self.at.place.handovers.iter().find(|rule| Some(rule.id.as_str()) == key);
                let owners = rule.map(|rule| (self.owners(rule.from), self.owners(Some(rule.to))));
                let (gives, takes) = owners.unwrap_or_default();
                cells.extend([Cell::from(gives), Cell::from(takes)]);
            }
            table.push(cells);
        }
        let (title, caption) = match column {
            Column::Handover => {
                ("Where the hours are, by handover", "Hours waited in the week at each handover, with both owners")
            }
            Column::Neighbourhood => ("By where people live", "Hours waited in the week by neighbourhood"),
            _ => ("By what they need", "Hours waited in the week by need"),
        };
        let beside = match weeks {
            0 => String::new(),
            weeks => format!(" Beside the {} before.", show::number::plural(weeks as usize, "week")),
        };
        let picture = if changes.is_empty() {
            Picture::Words(vec!["Nobody waited between services in this week.".to_owned()])
        } else {
            Picture::Rows(Rows { caption: caption.to_owned(), table, links })
        };
        Ok(Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note: format!("Most time waiting first.{beside}"),
            pictures: vec![picture],
            width: if column == Column::Handover { Width::Whole } else { Width::Half },
            links: if column == Column::Handover {
                vec![Link::new("The rows behind these", "/why/ledger")]
            } else {
                Vec::new()
            },
        })
    }

    fn name_of(&self, column: Column, key: Option<&str>) -> String {
        let place = &self.at.place;
        match (column, key) {
            (_, Some(OTHERS)) => "Others, too few people to show each".to_owned(),
            (Column::Handover, Some(id)) => place
                .handovers
                .iter()
                .find(|rule| rule.id == id)
                .map_or_else(|| id.to_owned(), |rule| rule.name.clone()),
            (Column::Need, Some(id)) => {
                place.needs.iter().find(|need| need.id == id).map_or_else(|| id.to_owned(), |need| need.name.clone())
            }
            (_, Some(name)) => name.to_owned(),
            (Column::Neighbourhood, None) => "Not known, or lives elsewhere".to_owned(),
            (_, None) => "Not known".to_owned(),
        }
    }

    /// Hours of each handover in the last weeks against as many before, and how many weeks each stretch has.
    fn moved(&self, scope: &Scope) -> Result<Option<(Displacement, i32)>, Fault> {
        let first = self.first_of(scope, 2 * STRETCH);
        let weeks = ((scope.end().0 - first.0) / 7 / 2).min(STRETCH);
        if weeks < 2 || !self.has("delay_ledger") {
            return Ok(None);
        }
        let (from, turn) = (scope.since(2 * weeks), scope.since(weeks));
        let ledger = self.ledger_of(scope, &[Column::Handover], Grain::Week, from, scope.end())?;
        let mut before = totals(&ledger, &[Column::Handover], from, Date(turn.0 - 1))?;
        let mut after = totals(&ledger, &[Column::Handover], turn, Date(scope.end().0 - 1))?;
        if scope.is_group() {
            let few = too_few(&before, &self.people_by(scope, "handover", from)?);
            (before, after) = (together(before, &few), together(after, &few));
        }
        Ok(Some((displacement(&before, &after), weeks)))
    }

    fn displaced(&self, scope: &Scope, moved: &Displacement, weeks: i32) -> Panel {
        let said = moved.sentence(|key| match key[0] {
            Some(OTHERS) => "handovers of few people".to_owned(),
            key => lower(&self.name_of(Column::Handover, key)),
        });
        let mut table =
            Table::new(["handover", "hours_a_week_before", "hours_a_week_since", "hours_more", "flow", "chance"]);
        let mut links = Vec::new();
        let hours = |hours: f64| Cell::of(Some(hours), &Unit::Hours);
        let row = |name: String, change: &Change, flow: String| {
            let chance = match change.is_signal {
                Some(true) => "more than chance",
                Some(false) => "as usual",
                None => "too few weeks to say",
            };
            [
                Cell::from(name),
                hours(change.before),
                hours(change.after),
                hours(change.more()),
                Cell::from(flow),
                Cell::from(chance),
            ]
        };
        for change in moved.changes.iter().filter(|change| change.before + change.after > 0.0) {
            let key = change.key[0].as_deref();
            let flow = if change.more() < 0.0 { "saved here" } else { "added here" };
            table.push(row(self.name_of(Column::Handover, key), change, flow.to_owned()));
            let own = key.filter(|key| *key != OTHERS);
            links.push(own.map(|id| find::address(&format!("/handovers/{}", show::escape(id)), scope.filter)));
        }
        let sum = format!("{} saved, {} added", Unit::Hours.say(moved.saved), Unit::Hours.say(moved.added));
        table.push(row("In all".to_owned(), &moved.all, sum));
        Panel {
            id: "moved".to_owned(),
            title: "Saved here, added there".to_owned(),
            note: format!(
                "The last {weeks} weeks against the {weeks} before, in a week. What was added less what was saved is what is left over."
            ),
            pictures: vec![
                Picture::Words(vec![format!("{}.", show::chart::sentence(&said))]),
                Picture::Rows(Rows {
                    caption: "Hours a week saved and added at each handover".to_owned(),
                    table,
                    links,
                }),
            ],
            ..Panel::default()
        }
    }

    /// For the page of one handover: what became of the hours here, and elsewhere.
    pub(super) fn moved_at(&self, scope: &Scope, id: &str) -> Result<Option<Panel>, Fault> {
        let Some((moved, weeks)) = self.moved(scope)? else { return Ok(None) };
        // One of few people is among others, and nothing is said of it.
        let here = moved.changes.iter().find(|change| change.key[0].as_deref() == Some(id)).map(Change::more);
        let Some(here) = here else { return Ok(None) };
        let elsewhere = |sum: f64, own: f64| Unit::Hours.say((sum - own).max(0.0).round());
        let (saved, added) = (elsewhere(moved.saved, (-here).max(0.0)), elsewhere(moved.added, here.max(0.0)));
        let own = match here.round() {
            0.0 => "As many hours were waited here".to_owned(),
            here if here < 0.0 => format!("{} a week were saved here", Unit::Hours.say(-here)),
            here => format!("{} a week were added here", Unit::Hours.say(here)),
        };
        let net = moved.all.more().round();
        let all = match net {
            0.0 => "as much in all".to_owned(),
            net => format!("{} {} in all", Unit::Hours.say(net.abs()), if net < 0.0 { "less" } else { "more" }),
        };
        Ok(Some(Panel {
            id: "ledger".to_owned(),
            title: "Saved here, added elsewhere".to_owned(),
            note: format!("The last {weeks} weeks against the {weeks} before."),
            pictures: vec![Picture::Words(vec![format!(
                "{own}; elsewhere {added} a week were added and {saved} saved: {all}."
            )])],
            links: vec![Link::new("The delay ledger", find::address("/ledger", scope.filter))],
            ..Panel::default()
        }))
    }
}

fn totals(ledger: &Ledger, by: &[Column], first: Date, last: Date) -> Result<Totals, Fault> {
    ledger.totals(by, Grain::Week, first, last).map_err(|wrong| Fault::new(wrong.to_string(), ""))
}

/// The groups that would tell of too few people, with one more where a single one could be found out from the sum.
fn too_few(totals: &Totals, people: &People) -> BTreeSet<Option<String>> {
    let mut groups: Vec<(u64, &Option<String>)> = totals
        .groups
        .iter()
        .map(|key| (people.get(key[0].as_deref().unwrap_or("")).copied().unwrap_or(0), &key[0]))
        .collect();
    groups.sort();
    let mut few = BTreeSet::new();
    let mut sum = 0;
    for (count, key) in groups {
        if count >= super::SMALL && (few.is_empty() || (few.len() > 1 && sum >= super::SMALL)) {
            break;
        }
        few.insert(key.clone());
        sum += count;
    }
    few
}

/// The same hours with some groups as one.
fn together(totals: Totals, some: &BTreeSet<Option<String>>) -> Totals {
    let Totals { groups, periods, seconds } = totals;
    let mut all: BTreeMap<Vec<Option<String>>, Vec<i64>> = BTreeMap::new();
    for (key, own) in groups.into_iter().zip(seconds.chunks(periods.len().max(1))) {
        let key = if some.contains(&key[0]) { vec![Some(OTHERS.to_owned())] } else { key };
        let sums = all.entry(key).or_insert_with(|| vec![0; periods.len()]);
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    let (groups, seconds): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    Totals { groups, seconds: seconds.concat(), periods }
}

/// Against the weeks before, in words.
fn changed(change: &Change) -> &'static str {
    match change.is_signal {
        Some(true) if change.more() > 0.0 => "more",
        Some(true) => "fewer",
        Some(false) => "as usual",
        None => "too few weeks",
    }
}

fn state(why: Why, title: &str, text: &str) -> Panel {
    Panel {
        id: "moved".to_owned(),
        title: title.to_owned(),
        pictures: vec![Picture::State(State {
            why,
            title: title.to_owned(),
            text: text.to_owned(),
            links: vec![Link::new("Handovers", "/handovers")],
            command: String::new(),
        })],
        ..Panel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(hours: &[(&str, i64)]) -> Totals {
        Totals {
            groups: hours.iter().map(|(name, _)| vec![Some((*name).to_owned())]).collect(),
            periods: vec![Date(20_395)],
            seconds: hours.iter().map(|(_, hours)| hours * 3600).collect(),
        }
    }

    #[test]
    fn groups_of_few_people_are_one_and_nothing_is_lost() {
        let people =
            |counts: &[(&str, u64)]| counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<People>();
        let totals = weeks(&[("a", 900), ("b", 7), ("c", 300), ("d", 40)]);
        let names = |few: BTreeSet<Option<String>>| few.into_iter().flatten().collect::<Vec<_>>();
        // One alone would be what the sum leaves over: the next smallest goes with it.
        assert_eq!(names(too_few(&totals, &people(&[("a", 90), ("b", 2), ("c", 30), ("d", 6)]))), ["b", "d"]);
        assert_eq!(names(too_few(&totals, &people(&[("a", 90), ("b", 5), ("c", 30), ("d", 6)]))), [""; 0]);
        // Two of one person each are still too few.
        assert_eq!(names(too_few(&totals, &people(&[("a", 90), ("b", 1), ("c", 30), ("d", 1)]))), ["b", "c", "d"]);
        let few = too_few(&totals, &people(&[("a", 90), ("b", 2), ("c", 30), ("d", 6)]));
        let shown = together(totals.clone(), &few);
        assert_eq!(shown.groups.len(), 3);
        assert_eq!(shown.seconds.iter().sum::<i64>(), totals.seconds.iter().sum::<i64>());
    }
}
