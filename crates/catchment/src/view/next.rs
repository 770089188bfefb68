//! The next days, from who is in the place now; and the copy itself: what it learnt, and whether its forecasts hold.

use super::Reader;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::futures;
use domain::Instant;
use foresee::calibrate::score::{Chance, Line, Made, Odds, Scored, Trust, What, inside, quantile};
use show::{
    Ahead, Cell, Dots, Evidence, Fact, Fan, Figure, Link, Night, Panel, Picture, Rows, State, Step, Table, Unit, View,
    Why, Width,
};
use std::collections::BTreeMap;

/// Steps of the past that stand before a forecast: three days of six hours.
const BEFORE: usize = 12;
/// A severe day that is at least as likely as not is what the page says first.
const LIKELY: f64 = 0.5;
/// Handovers and services that are drawn; the others are in the table.
const DRAWN: usize = 12;

impl Reader<'_> {
    /// `/next`
    pub(super) fn next(&self, ask: &Ask) -> Result<View, Wrong> {
        let lines = futures::told(&self.at.folder)?;
        let newest =
            lines.iter().filter_map(|line| if let Line::Made(made) = line { Some(made.made) } else { None }).max();
        let Some(newest) = newest else { return Ok(self.no_forecast(ask)) };
        let past = futures::before(self, newest, BEFORE)?;
        let mut by: BTreeMap<(What, &str), Vec<&Made>> = BTreeMap::new();
        for line in &lines {
            if let Line::Made(made) = line
                && made.made == newest
            {
                by.entry((made.what, made.of.as_str())).or_default().push(made);
            }
        }
        let mut fans = Vec::new();
        for ((what, of), steps) in &by {
            if *what == What::Arrivals {
                continue;
            }
            let before = past.get(&(*what, (*of).to_owned())).map(Vec::as_slice).unwrap_or_default();
            fans.extend(self.fan_of(*what, of, steps, before, newest).map(|(change, fan)| (*what, change, fan)));
        }
        // What will change most comes first.
        fans.sort_by(|one, two| two.1.abs().total_cmp(&one.1.abs()));
        let rising = fans.iter().find(|(what, change, _)| *what == What::Waiting && *change >= 1.0);
        // What matters most comes first: a severe day that is likely, then who will wait.
        let severe = lines.iter().filter_map(Line::chance).filter(|chance| chance.made == newest);
        let severe = severe.filter(|chance| chance.chance >= LIKELY).max_by(|a, b| a.chance.total_cmp(&b.chance));
        let title = match (severe, rising) {
            (Some(severe), _) => {
                format!("Severe pressure is likely on {}: {} in 100", day_of(&severe.day), in_100(severe.chance))
            }
            (None, Some((_, _, fan))) => fan.title.clone(),
            (None, None) => "No more people are expected to wait than now".to_owned(),
        };
        let mut view = self.blank(ask, title);
        view.over = format!("The next {:.0} hours from {}", steps_end(&by), self.shown(Some(Instant(newest))));
        view.lede = futures::trusted(&self.at.folder, true)?;
        view.panels.extend(self.chances(&lines, newest)?);
        for (id, name, wanted) in
            [("handovers", "Waiting at handovers", What::Waiting), ("services", "People in services", What::Present)]
        {
            let (mut drawn, mut table) = (Vec::new(), Table::new(["what", "now", "expected", "from", "to"]));
            for (_, _, fan) in fans.iter().filter(|(what, ..)| *what == wanted) {
                let now = fan.steps.iter().filter_map(|step| step.actual).next_back();
                let number =
                    |value: Option<f64>| value.map_or(Cell::Missing, |value| Cell::said(value, format!("{value:.1}")));
                table.push([
                    Cell::Text(fan.definition.clone()),
                    number(now),
                    number(fan.figure.value),
                    number(fan.figure.range.map(|range| range.0)),
                    number(fan.figure.range.map(|range| range.1)),
                ]);
                if drawn.len() < DRAWN {
                    drawn.push(fan.clone());
                }
            }
            if drawn.is_empty() {
                continue;
            }
            let rows = Picture::Rows(Rows { caption: format!("{name}, all of them"), table, links: Vec::new() });
            view.panels.push(Panel {
                id: id.to_owned(),
                title: name.to_owned(),
                note: "Dots are what was; the band holds what is to come 9 times in 10.".to_owned(),
                pictures: vec![Picture::Fans(drawn), rows],
                links: vec![Link::new("How far to trust this", "/model")],
                ..Panel::default()
            });
        }
        Ok(view)
    }

    /// The chance of a severe day, path by path: what that means here, day by day, and how such chances have done.
    fn chances(&self, lines: &[Line], newest: i64) -> Result<Vec<Panel>, Fault> {
        let said: Vec<&Chance> = lines.iter().filter_map(Line::chance).filter(|chance| chance.made == newest).collect();
        let mut panels = Vec::new();
        for path in &self.at.pressure.paths {
            let days: Vec<&Chance> = said.iter().filter(|chance| chance.of == path.id).copied().collect();
            let Some(most) = days.iter().copied().max_by(|a, b| a.chance.total_cmp(&b.chance)) else { continue };
            let whole = |number: f64| format!("{:.0}", number.floor());
            let meaning = format!(
                "A day is severe when, on average over it, more than {} wait {} and more than {} wait {}: at each end \
                 more than is busy for its own half-year and day of the week.",
                whole(most.limits[0]),
                path.front.waits,
                whole(most.limits[1]),
                path.back.waits
            );
            let held = match Odds::of(lines.iter().filter_map(Line::came)) {
                Some(odds) => format!("Such chances so far: {}.", odds.words()),
                None => "No such chance has been held against what came yet.".to_owned(),
            };
            let dots = days.iter().map(|chance| {
                let evidence = Evidence {
                    id: "pressure".to_owned(),
                    definition: format!("Share of the runs of the copy in which the day is severe. {meaning}"),
                    sources: self.sources.clone(),
                    fresh_as_of: self.shown(Some(Instant(newest))),
                    shown_on: vec![Link::new("Pressure", "/pressure")],
                    ..Evidence::default()
                };
                let count = (chance.chance * 100.0).round();
                Picture::Dots(Dots {
                    id: format!("severe-{}-{}", path.id, chance.day),
                    title: day_of(&chance.day),
                    count: count as u32,
                    figure: Figure::new(count, "in 100", evidence),
                })
            });
            panels.push(Panel {
                id: format!("severe-{}", path.id),
                title: format!("{}: the chance of a severe day", path.name),
                note: format!("Usually {} in 100 days are, by the last half-year.", in_100(most.usual)),
                pictures: dots.collect(),
                links: vec![Link::new("How pressure is measured", "/pressure")],
                width: Width::Half,
            });
            let mut table = Table::new(["day", "chance_of_100", "front_more_than", "back_more_than"]);
            for chance in &days {
                let share = |share: f64| Cell::said(share * 100.0, in_100(share));
                let people = |people: f64| Cell::said(people, format!("{people:.1}"));
                let [front, back] = chance.limits.map(people);
                table.push([chance.day.as_str().into(), share(chance.chance), front, back]);
            }
            panels.push(Panel {
                id: format!("means-{}", path.id),
                title: "What severe means here".to_owned(),
                pictures: vec![
                    Picture::Words(vec![meaning, held]),
                    Picture::Rows(Rows {
                        caption: "The chance of a severe day, and people at a time above which it is one".to_owned(),
                        table,
                        links: Vec::new(),
                    }),
                ],
                links: vec![Link::new("How far to trust this", "/model#chances")],
                width: Width::Half,
                ..Panel::default()
            });
        }
        Ok(panels)
    }

    /// How chances of a severe day have done, beside always saying the usual share.
    fn chances_held(&self, lines: &[Line], odds: &Odds) -> Panel {
        let came: Vec<_> = lines.iter().filter_map(Line::came).collect();
        let mut table = Table::new(["said_of_100", "days", "severe", "severe_of_100"]);
        for (from, to, words) in
            [(0.0, 0.05, "under 5"), (0.05, 0.2, "5 to 19"), (0.2, 0.5, "20 to 49"), (0.5, 1.1, "50 or more")]
        {
            let days = came.iter().filter(|line| (from..to).contains(&line.chance));
            let (all, severe) = days.fold((0_u64, 0_u64), |sum, day| (sum.0 + 1, sum.1 + u64::from(day.severe)));
            let share = if all > 0 {
                Cell::said(severe as f64 / all as f64 * 100.0, format!("{:.0}", severe as f64 / all as f64 * 100.0))
            } else {
                Cell::Missing
            };
            table.push([words.into(), all.into(), severe.into(), share]);
        }
        Panel {
            id: "chances".to_owned(),
            title: "The chance of a severe day".to_owned(),
            note: "The Brier score is the mean square of what was said less what came: 0 is a seer, lower is better."
                .to_owned(),
            pictures: vec![
                Picture::Words(vec![show::chart::sentence(&odds.words()) + "."]),
                Picture::Rows(Rows {
                    caption: "Days by the chance that was said, and how many of them were severe".to_owned(),
                    table,
                    links: Vec::new(),
                }),
            ],
            links: vec![Link::new("The next days", "/next")],
            ..Panel::default()
        }
    }

    /// A handover or service as the place calls it.
    fn named(&self, what: What, of: &str) -> String {
        let place = &self.at.place;
        match what {
            What::Waiting => {
                let rule = place.handovers.iter().find(|rule| rule.id == of);
                rule.map_or_else(|| show::chart::sentence(&of.replace('-', " ")), |rule| rule.name.clone())
            }
            What::Present | What::Arrivals => {
                place.services.iter().find(|service| service.id == of).map_or(of, |service| &service.name).to_owned()
            }
        }
    }

    fn fan_of(&self, what: What, of: &str, steps: &[&Made], before: &[f64], made: i64) -> Option<(f64, Fan)> {
        let name = self.named(what, of);
        let rule = self.at.place.handovers.iter().find(|rule| what == What::Waiting && rule.id == of);
        let href = rule.map(|rule| format!("/handovers/{}", show::escape(&rule.id)));
        let length = steps.first().map(|step| step.to - step.from)?;
        let when = |hours: f64| self.zone().show(Instant(made + (hours * 3600.0) as i64));
        let tick = |hours: f64| {
            let at = Instant(made + (hours * 3600.0) as i64);
            let date: jiff::civil::Date = self.zone().date(at).into();
            if (f64::from(self.zone().hour(at))) < length { date.strftime("%a %-d").to_string() } else { String::new() }
        };
        let was = before.iter().enumerate().map(|(nth, value)| {
            let from = (nth as f64 - before.len() as f64) * length;
            Step { when: when(from), tick: tick(from), actual: Some(*value), ahead: None }
        });
        let will = steps.iter().map(|step| {
            let at = |share: f64| quantile(&step.members, share);
            Step {
                when: when(step.from),
                tick: tick(step.from),
                actual: None,
                ahead: Some(Ahead { middle: at(0.5), half: (at(0.25), at(0.75)), most: (at(0.05), at(0.95)) }),
            }
        });
        let now = before.last().copied();
        let all: Vec<Step> = was.chain(will).collect();
        let last = all.last().and_then(|step| step.ahead)?;
        // Nobody there, and nobody expected: nothing to draw.
        if last.most.1 < 0.5 && now.unwrap_or(0.0) < 0.5 {
            return None;
        }
        let change = last.middle - now.unwrap_or(last.middle);
        let certain = now.is_some_and(|now| now < last.most.0 || now > last.most.1);
        let title = match (certain, change > 0.0) {
            (false, _) => format!("{name}: about as many as now"),
            (true, true) => format!("{name}: {:.0} more people than now", change.max(1.0)),
            (true, false) => format!("{name}: {:.0} fewer people than now", (-change).max(1.0)),
        };
        let told = Evidence {
            id: "simulated".to_owned(),
            definition: "Runs of the copy of the place that begin with everybody who is there now, each for as long as they have been".to_owned(),
            sources: self.sources.clone(),
            fresh_as_of: self.shown(Some(Instant(made))),
            shown_on: vec![Link::new("The next days", "/next")],
            ..Evidence::default()
        };
        let fan = Fan {
            id: format!("next-{}-{of}", if what == What::Waiting { "waiting" } else { "present" }),
            title,
            definition: name,
            unit: Unit::from("people"),
            now: (!before.is_empty()).then(|| before.len() - 1),
            steps: all,
            made: "now".to_owned(),
            line: None,
            figure: Figure::new(last.middle.round(), "people", told)
                .within(Some((last.most.0.round(), last.most.1.round()))),
            note: format!("at {}", when(steps.last().map_or(0.0, |step| step.to))),
            href,
        };
        Some((if certain { change } else { 0.0 }, fan))
    }

    fn no_forecast(&self, ask: &Ask) -> View {
        let mut view = self.blank(ask, "Nothing has been forecast yet");
        view.panels.push(Panel {
            id: "empty".to_owned(),
            title: "Make a copy of the place first".to_owned(),
            pictures: vec![Picture::State(State {
                why: Why::Empty,
                title: "No forecast".to_owned(),
                text: "The next days are forecast on a copy of the place, from who is in it now, whenever a new day of records has come; and each forecast is held against what happened.".to_owned(),
                links: vec![Link::new("The whole system", "/")],
                command: format!("catchment calibrate {}", self.at.folder.display()),
            })],
            ..Panel::default()
        });
        view
    }

    /// `/model`
    pub(super) fn copy(&self, ask: &Ask, wanted: Option<&str>) -> Result<View, Wrong> {
        let Some(known) = futures::copy(self.at, wanted)? else { return Ok(self.no_model(ask)) };
        let lines = futures::told(&self.at.folder)?;
        let scored: Vec<&Scored> =
            lines.iter().filter_map(|line| if let Line::Scored(scored) = line { Some(scored) } else { None }).collect();
        let trust = futures::trust(&self.at.folder)?;
        let title = trust.as_ref().map_or("Nobody knows yet how far to trust the copy".to_owned(), |trust| {
            format!("The copy {}", trust.words("next week's waits"))
        });
        let mut view = self.blank(ask, title);
        view.over = format!("The copy of {}", self.at.place.name);
        view.lede = show::chart::sentence(&known.model.made.join(" ")) + ".";
        if let Some(trust) = &trust {
            view.facts = self.trust_facts(trust);
        }
        let mut nights: BTreeMap<i64, Vec<&Scored>> = BTreeMap::new();
        for line in scored.iter().filter(|line| line.what != What::Arrivals) {
            nights.entry(line.made).or_default().push(line);
        }
        if let Some(trust) = &trust {
            let night = |(made, lines): (&i64, &Vec<&Scored>)| Night {
                when: show::number::date(self.zone().date(Instant(*made)).into()),
                inside: Some(lines.iter().map(|line| inside(line.rank, 0.9)).sum::<f64>() / lines.len() as f64 * 100.0),
                checked: lines.len() as u64,
            };
            let figure = Figure::new(trust.covered[2] * 100.0, "%", self.kept(scored.len() as u64)).within(
                trust.give_or_take.is_finite().then(|| {
                    (
                        (trust.covered[2] - trust.give_or_take) * 100.0,
                        ((trust.covered[2] + trust.give_or_take) * 100.0).min(100.0),
                    )
                }),
            );
            let mut shown = show::Trust {
                id: "nights".to_owned(),
                title: String::new(),
                definition: "Each night the forecast of the days before is held against what happened; a dot is the share of values that lay in the ranges that are to hold 9 in 10".to_owned(),
                nights: nights.iter().map(night).collect(),
                figure,
            };
            shown.title = show::chart::sentence(shown.word().words());
            view.panels.push(Panel {
                id: "nights".to_owned(),
                title: "Whether it held, night by night".to_owned(),
                note: "The first nights are of the past, forecast with what was known then.".to_owned(),
                pictures: vec![Picture::Trust(shown)],
                links: vec![Link::new("The next days", "/next")],
                ..Panel::default()
            });
            let mut table =
                Table::new(["what", "happened_on_average", "forecast_less_happened", "held_of_100", "off_by"]);
            let mut of: BTreeMap<(What, &str), Vec<&Scored>> = BTreeMap::new();
            for line in &scored {
                of.entry((line.what, line.of.as_str())).or_default().push(line);
            }
            for ((what, name), lines) in of {
                let Some(trust) = Trust::of(lines) else { continue };
                let said = match what {
                    What::Present => "In",
                    What::Waiting => "Waiting:",
                    What::Arrivals => "Coming to",
                };
                let number = |value: f64| Cell::said(value, format!("{value:.1}"));
                table.push([
                    Cell::Text(format!("{said} {}", self.named(what, name))),
                    number(trust.usual),
                    number(trust.bias),
                    Cell::said(trust.covered[2] * 100.0, format!("{:.0}", trust.covered[2] * 100.0)),
                    number(trust.crps),
                ]);
            }
            view.panels.push(Panel {
                id: "scores".to_owned(),
                title: "Where it is right, and where it is not".to_owned(),
                note: "Off by is the continuous ranked probability score, in people.".to_owned(),
                pictures: vec![Picture::Rows(Rows {
                    caption: "Every forecast that was held against what happened".to_owned(),
                    table,
                    links: Vec::new(),
                })],
                ..Panel::default()
            });
        }
        if let Some(odds) = Odds::of(lines.iter().filter_map(Line::came)) {
            view.panels.push(self.chances_held(&lines, &odds));
        }
        let lessons = futures::lessons(&known.file);
        for (id, title, learned) in
            [("learnt", "What it learnt", true), ("not-learnt", "What it could not learn", false)]
        {
            let mut table = Table::new(["of", "what", "learnt", "from_how_many"]);
            for lesson in lessons.iter().filter(|lesson| lesson.learned == learned) {
                table.push([
                    lesson.of.as_str().into(),
                    lesson.what.as_str().into(),
                    lesson.words.as_str().into(),
                    (lesson.from as u64).into(),
                ]);
            }
            if !table.rows.is_empty() {
                view.panels.push(Panel {
                    id: id.to_owned(),
                    title: title.to_owned(),
                    pictures: vec![Picture::Rows(Rows { caption: title.to_owned(), table, links: Vec::new() })],
                    width: Width::Half,
                    ..Panel::default()
                });
            }
        }
        let odd: Vec<String> = foresee::simulate::check::model(&known.model)
            .into_iter()
            .map(|problem| show::chart::sentence(&problem.message) + ".")
            .collect();
        let mut about = vec![format!(
            "Model {}: `{}`. `catchment simulate {}` runs it, and with --stress prints the report that STRESS asks for.",
            &foresee::simulate::run::digest(&known.model)[..8],
            self.inside(&known.file.display().to_string()),
            self.inside(&known.file.display().to_string()),
        )];
        about.extend(odd);
        view.panels.push(Panel {
            id: "file".to_owned(),
            title: "The file, and what is odd about it".to_owned(),
            pictures: vec![Picture::Words(about)],
            links: vec![Link::new("Try a change", "/simulate")],
            ..Panel::default()
        });
        Ok(view)
    }

    fn kept(&self, rows: u64) -> Evidence {
        Evidence {
            id: "simulated".to_owned(),
            definition: "Of the values that were forecast and have happened, the share that lay in the range that is to hold 9 in 10".to_owned(),
            sources: self.sources.clone(),
            rows: Some(rows),
            fresh_as_of: self.shown(self.as_of),
            shown_on: vec![Link::new("How far to trust the copy", "/model")],
            ..Evidence::default()
        }
    }

    fn trust_facts(&self, trust: &Trust) -> Vec<Fact> {
        let fact = |title: &str, value: f64, unit: Unit, note: &str| Fact {
            title: title.to_owned(),
            figure: Figure::new(value, unit, self.kept(trust.scored as u64)),
            note: note.to_owned(),
        };
        vec![
            fact("Held, of what 9 in 10 should", trust.covered[2] * 100.0, Unit::Percent, "of values"),
            fact(
                "Forecast less what happened",
                (trust.bias * 10.0).round() / 10.0,
                Unit::from("people"),
                &format!("where {:.1} is usual", trust.usual),
            ),
        ]
    }
}

/// Whole, but never 0 or 100 of what is neither.
fn in_100(chance: f64) -> String {
    match chance {
        chance if chance > 0.0 && chance < 0.01 => "fewer than 1".to_owned(),
        chance if chance > 0.99 && chance < 1.0 => "more than 99".to_owned(),
        chance => format!("{:.0}", (chance * 100.0).round()),
    }
}

/// "Monday 17 November"
fn day_of(day: &str) -> String {
    let date = day.parse::<jiff::civil::Date>();
    date.map_or_else(|_| day.to_owned(), |date| date.strftime("%A %-d %B").to_string())
}

fn steps_end(by: &BTreeMap<(What, &str), Vec<&Made>>) -> f64 {
    by.values().flatten().map(|made| made.to).fold(0.0, f64::max)
}
