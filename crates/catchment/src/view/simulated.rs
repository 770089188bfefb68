//! The copy of the place: what may be changed on it, what a change does, and what would have to be true.

use super::Reader;
use crate::ask::{Ask as Address, Page, Trial, Wrong};
use crate::fault::Fault;
use crate::futures::{self, Aimed, Answer, Job, Known, Ran, SEED};
use foresee::simulate::model::{Capacity, Model, Service};
use foresee::simulate::scenario::{Aim, Bar, Lever, Row};
use foresee::simulate::trust::Interval;
use show::number::plural;
use show::{
    Better, Cell, Choice, Dial, Difference, Differences, Evidence, Fact, Figure, Link, Panel, Part, Pick, Picture,
    Rows, Running, Sentence, Sentences, State, Swing, Table, Tornado, Unit, View, Why, Width,
};
use std::sync::Arc;

/// How a run is counted, said once.
const DEFINITION: &str = "Person-hours of waiting a week on the copy of the place: waiting to be seen, and held in one service for want of a place in the next. With the change less without it, the same people with the same luck in both";
/// A part of the result, of so many times its places: what a place might reach for.
const MOST: f64 = 2.0;

fn words(text: impl Into<String>) -> Part {
    Part::Words(text.into())
}

fn title(model: &Model, name: &str) -> String {
    model.service(name).map_or(name, Service::title).to_owned()
}

impl Reader<'_> {
    fn known(&self, trial: &Trial) -> Result<Option<Known>, Wrong> {
        futures::model(self.at, trial.model.as_deref())
    }

    /// The page of a place that has no copy yet.
    pub(super) fn no_model(&self, ask: &Address) -> View {
        let mut view = self.blank(ask, "There is no copy of this place yet");
        view.panels.push(Panel {
            id: "empty".to_owned(),
            title: "Make one from its journeys".to_owned(),
            pictures: vec![Picture::State(State {
                why: Why::Empty,
                title: "No model".to_owned(),
                text: "A copy of the place is learnt from its own journeys: how many come, how long care takes, where people go next and what they wait for. It is a file in models/ that can be read and changed."
                    .to_owned(),
                links: vec![Link::new("The whole system", "/")],
                command: format!("catchment calibrate {}", self.at.folder.display()),
            })],
            ..Panel::default()
        });
        view
    }

    fn trial_choices(&self, known: &Known, trial: &Trial, model: &Model) -> Result<Vec<Choice>, Fault> {
        let models = futures::models(self.at)?;
        let mut all = Vec::new();
        if models.len() > 1 {
            all.push(Choice {
                name: "model",
                label: "Copy".to_owned(),
                all: models[0].0.clone(),
                options: models.iter().skip(1).map(|(id, _)| (id.clone(), id.clone())).collect(),
                chosen: trial.model.clone().filter(|_| known.id != models[0].0),
            });
        }
        let scenarios = futures::scenarios(self.at)?;
        if !scenarios.is_empty() {
            all.push(Choice {
                name: "scenario",
                label: "Scenario".to_owned(),
                all: "None".to_owned(),
                options: scenarios.into_iter().map(|known| (known.id, known.scenario.title)).collect(),
                chosen: trial.scenario.clone(),
            });
        }
        if let Some(change) = &trial.change {
            let said: Vec<String> = change
                .split(';')
                .filter_map(|text| Some(text.parse::<foresee::simulate::scenario::Change>().ok()?.sentence(model)))
                .collect();
            all.push(Choice {
                name: "change",
                label: "Change".to_owned(),
                all: "None".to_owned(),
                options: vec![(change.clone(), said.join("; "))],
                chosen: Some(change.clone()),
            });
        }
        Ok(all)
    }

    /// `/simulate`
    pub(super) fn simulate(&self, ask: &Address, trial: &Trial) -> Result<View, Wrong> {
        let Some(known) = self.known(trial)? else { return Ok(self.no_model(ask)) };
        let model = known.model.clone();
        let mut view = self.blank(ask, "Try a change on a copy before you try it on people");
        view.over = format!("The copy of {}", self.at.place.name);
        let trusted = futures::trusted(&self.at.folder, futures::is_learnt(&known.file))?;
        let about = model.about.trim_end_matches('.');
        view.lede = if about.is_empty() { trusted } else { format!("{about}. {trusted}") };
        view.choices = self.trial_choices(&known, &Trial { scenario: None, change: None, ..trial.clone() }, &model)?;
        view.choices.retain(|choice| choice.name == "model");
        view.panels.push(Panel {
            id: "change".to_owned(),
            title: "What we change".to_owned(),
            note: "Leave as it is what stays as it is.".to_owned(),
            pictures: vec![Picture::Sentences(change_form(&known))],
            width: Width::Half,
            ..Panel::default()
        });
        let scenarios = futures::scenarios(self.at)?;
        if !scenarios.is_empty() {
            let mut table = Table::new(["scenario", "what_changes"]);
            let mut links = Vec::new();
            for written in &scenarios {
                let mut said: Vec<String> =
                    written.scenario.changes.iter().map(|change| change.sentence(&model)).collect();
                said.extend(written.scenario.year.map(|year| format!("As many people come as need says for {year}")));
                table.push([written.scenario.title.as_str().into(), Cell::Text(said.join("; "))]);
                let trial =
                    Trial { scenario: Some(written.id.clone()), model: trial.model.clone(), ..Trial::default() };
                links.push(Some(Address { page: Page::Run(trial), ..Address::default() }.address()));
            }
            view.panels.push(Panel {
                id: "scenarios".to_owned(),
                title: "What others wrote down to try".to_owned(),
                pictures: vec![Picture::Rows(Rows { caption: "Scenarios".to_owned(), table, links })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        view.panels.push(Panel {
            id: "aim".to_owned(),
            title: "What would have to be true".to_owned(),
            note: "The smallest change that meets an aim.".to_owned(),
            pictures: vec![Picture::Sentences(aim_form(&known))],
            width: Width::Half,
            ..Panel::default()
        });
        view.panels.push(Panel {
            id: "week".to_owned(),
            title: "The copy, over one simulated week".to_owned(),
            pictures: vec![Picture::Week(Box::new(week(&model)?))],
            links: vec![Link::new("How far to trust the copy", "/model"), Link::new("The next days", "/next")],
            ..Panel::default()
        });
        Ok(view)
    }

    /// `/simulate/run`
    pub(super) fn run(&self, ask: &Address, trial: &Trial) -> Result<View, Wrong> {
        let Some(known) = self.known(trial)? else { return Ok(self.no_model(ask)) };
        let model = known.model.clone();
        let choices = self.trial_choices(&known, trial, &model)?;
        let tried = futures::tried(self.at, known, trial)?;
        if tried.changes.is_empty() {
            let mut view = self.simulate(ask, trial)?;
            view.title = "Nothing is changed yet: say what to try".to_owned();
            return Ok(view);
        }
        let name = tried.title.clone();
        let key = futures::key(ask, &[&tried.base, &tried.changed]);
        let job = self.at.futures.ask(key, move |job| futures::run(job, tried));
        let mut view = self.blank(ask, name.clone());
        view.choices = choices;
        view.over = format!("Tried on the copy of {}", self.at.place.name);
        match job.answer() {
            None => going(&mut view, ask, &job, "winters"),
            Some(Err(wrong)) => return Err(Fault::new(wrong, "change the model or the change, and try again").into()),
            Some(Ok(answer)) => {
                if let Answer::Run(ran) = answer.as_ref() {
                    self.ran(&mut view, ran, trial)?;
                }
            }
        }
        Ok(view)
    }

    fn hours(&self, row: &Row, id: &str) -> Figure {
        figure(row.paired.difference.mean, &row.paired.difference, Unit::Hours, self.simulated(id, DEFINITION))
    }

    /// What a number of the copy rests on.
    fn simulated(&self, id: &str, definition: &str) -> Evidence {
        Evidence {
            id: id.to_owned(),
            definition: definition.to_owned(),
            sources: vec!["the model file, learnt from all feeds".to_owned()],
            fresh_as_of: self.shown(self.as_of),
            ..Evidence::default()
        }
    }

    fn ran(&self, view: &mut View, ran: &Ran, trial: &Trial) -> Result<(), Fault> {
        let (comparison, model) = (&ran.comparison, &ran.tried.changed);
        let (first, rest) = comparison.headline.split_once(". ").unwrap_or((comparison.headline.as_str(), ""));
        view.lede = if rest.is_empty() { format!("{}.", view.title) } else { format!("{}. {rest}.", view.title) };
        view.title = first.to_owned();
        let fact =
            |title: &str, figure: Figure, note: &str| Fact { title: title.to_owned(), figure, note: note.to_owned() };
        view.facts = vec![
            fact("Waiting in the place", self.hours(&comparison.total, "simulated"), "a week"),
            fact(
                "Runs with less waiting",
                Figure::new(comparison.better_in_100, "", self.simulated("simulated", "Of 100 runs of the copy with the change, those with less waiting than the same people have without it")),
                "in 100",
            ),
        ];
        let difference = |name: String, row: &Row, href: Option<String>| Difference {
            name,
            figure: self.hours(row, "simulated"),
            without: Some(row.without.mean),
            with: Some(row.with.mean),
            href,
        };
        let joins = comparison.joins.iter().take(16).map(|row| {
            let name = match &row.from {
                Some(from) => format!("{} to {}", title(model, from), title(model, &row.at)),
                None => format!("To be seen in {}", title(model, &row.at)),
            };
            difference(name, row, self.handover_of(model, row))
        });
        let mut groups = vec![("Where people wait".to_owned(), joins.collect::<Vec<_>>())];
        let owners: Vec<Difference> = comparison
            .money
            .iter()
            .map(|money| {
                difference(
                    self.organisation_name(&money.owner),
                    &money.delay,
                    Some(format!("/organisations/{}", show::escape(&money.owner))),
                )
            })
            .collect();
        groups.push(("Whose waiting".to_owned(), owners));
        for kind in kinds(&comparison.groups) {
            let rows = comparison.groups.iter().filter(|group| group.kind == kind);
            groups.push((
                heading(&kind),
                rows.map(|group| difference(group.delay.at.clone(), &group.delay, None)).collect(),
            ));
        }
        groups.retain(|group| !group.1.is_empty());
        view.panels.push(Panel {
            id: "waits".to_owned(),
            title: "Where the waiting went".to_owned(),
            note: format!(
                "{} without and with the change.",
                show::chart::sentence(&plural(comparison.replications, "run"))
            ),
            pictures: vec![Picture::Differences(Differences {
                id: "waits".to_owned(),
                title: comparison.headline.clone(),
                definition: format!("{DEFINITION}; the range holds it 19 times in 20."),
                unit: Unit::Hours,
                better: Better::Lower,
                sides: ("less waiting".to_owned(), "more waiting".to_owned()),
                groups,
            })],
            ..Panel::default()
        });
        if !comparison.blame.is_empty() {
            let rows =
                comparison.blame.iter().take(10).map(|row| difference(title(model, &row.at), row, None)).collect();
            view.panels.push(Panel {
                id: "blame".to_owned(),
                title: "What they are held for".to_owned(),
                note: "Every hour held, at the service whose want of places began it.".to_owned(),
                pictures: vec![Picture::Differences(Differences {
                    id: "blame".to_owned(),
                    title: "Hours held for want of a place, by where the place was wanting".to_owned(),
                    definition: "Each hour that somebody is held, counted at the end of the chain that they wait for: a bed is full because the next is.".to_owned(),
                    unit: Unit::Hours,
                    better: Better::Lower,
                    sides: ("less waiting".to_owned(), "more waiting".to_owned()),
                    groups: vec![("Services".to_owned(), rows)],
                })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        let mut money = Table::new([
            "organisation",
            "cost_a_week_with",
            "cost_difference",
            "waiting_hours_difference",
            "freed_from",
            "freed_to",
        ]);
        for row in &comparison.money {
            let pounds = |value: f64| {
                Cell::said(
                    value,
                    format!("£{}", show::number::count(value.abs().round() as u64)).replacen(
                        '£',
                        if value < 0.0 { "−£" } else { "£" },
                        1,
                    ),
                )
            };
            money.push([
                Cell::Text(self.organisation_name(&row.owner)),
                pounds(row.cost.with.mean),
                pounds(row.cost.change()),
                Cell::of(Some(row.delay.change()), &Unit::Hours),
                pounds(row.freed.0.min(row.freed.1)),
                pounds(row.freed.0.max(row.freed.1)),
            ]);
        }
        if !money.rows.is_empty() {
            view.panels.push(Panel {
                id: "money".to_owned(),
                title: "Who pays, and whose waiting it is".to_owned(),
                note: "A freed bed is worth 40 to 60% of what it costs until the ward closes.".to_owned(),
                pictures: vec![Picture::Rows(Rows {
                    caption: "A week, by organisation".to_owned(),
                    table: money,
                    links: Vec::new(),
                })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        let mut gone = Table::new(["service", "what", "a_week_without", "a_week_with"]);
        for (what, rows) in [("left without being seen", &comparison.unseen), ("found no place", &comparison.lost)] {
            for row in rows.iter().take(6) {
                let people = |value: f64| Cell::said(value, format!("{value:.1}"));
                gone.push([
                    Cell::Text(title(model, &row.at)),
                    what.into(),
                    people(row.without.mean),
                    people(row.with.mean),
                ]);
            }
        }
        if !gone.rows.is_empty() {
            view.panels.push(Panel {
                id: "gone".to_owned(),
                title: "Who did not wait".to_owned(),
                pictures: vec![Picture::Rows(Rows {
                    caption: "People a week".to_owned(),
                    table: gone,
                    links: Vec::new(),
                })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        let mut about = vec![format!(
            "{}Model {} of {} beside {} with the change, seed {SEED}, {} without and with, version {}. Without the change all waiting is {} a week.",
            if ran.complete { "" } else { "Stopped early. " },
            &foresee::simulate::run::digest(&ran.tried.base)[..8],
            ran.tried.id,
            &foresee::simulate::run::digest(&ran.tried.changed)[..8],
            plural(comparison.replications, "run"),
            env!("CARGO_PKG_VERSION"),
            Unit::Hours.say(comparison.total.without.mean),
        )];
        if !ran.tried.about.is_empty() {
            about.insert(0, ran.tried.about.clone());
        }
        about.push(futures::trusted(&self.at.folder, ran.tried.learnt)?);
        let said: Vec<String> = ran.tried.changes.iter().map(|change| format!(" --change {change}")).collect();
        about.push(format!("`catchment simulate models/{}.toml{} --seed {SEED}`", ran.tried.id, said.concat()));
        view.panels.push(Panel {
            id: "how".to_owned(),
            title: "How this was tried".to_owned(),
            pictures: vec![Picture::Words(about)],
            links: vec![
                Link::new(
                    "Try another change",
                    Address {
                        page: Page::Simulate(Trial { model: trial.model.clone(), ..Trial::default() }),
                        ..Address::default()
                    }
                    .address(),
                ),
                Link::new("How far to trust the copy", "/model"),
            ],
            ..Panel::default()
        });
        Ok(())
    }

    /// The page of a handover of the model, where the place watches it.
    fn handover_of(&self, model: &Model, row: &Row) -> Option<String> {
        let kind = |name: &str| model.service(name).map(|service| service.kind.clone());
        let (from, to) = (kind(row.from.as_deref()?)?, kind(&row.at)?);
        let rule = self
            .at
            .place
            .handovers
            .iter()
            .find(|rule| rule.to.name() == to && rule.from.is_some_and(|kind| kind.name() == from))?;
        Some(format!("/handovers/{}", show::escape(&rule.id)))
    }

    /// `/simulate/aim`
    pub(super) fn aim(&self, ask: &Address, trial: &Trial) -> Result<View, Wrong> {
        let Some(known) = self.known(trial)? else { return Ok(self.no_model(ask)) };
        let model = known.model.clone();
        if trial.aim.is_none() && trial.lever.is_none() {
            let mut view = self.simulate(ask, trial)?;
            view.title = "Nothing is asked yet: say what is to be reached".to_owned();
            return Ok(view);
        }
        let unclear = |field: &str, text: &Option<String>, help: String| Wrong::Unclear {
            field: field.to_owned(),
            text: text.clone().unwrap_or_default(),
            help,
        };
        let aim: Aim = trial
            .aim
            .as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(|wrong| unclear("aim", &trial.aim, format!("{wrong}")))?;
        aim.check(&model).map_err(|wrong| unclear("aim", &trial.aim, wrong.to_string()))?;
        let lever = lever(&model, trial.lever.as_deref().unwrap_or_default())
            .map_err(|help| unclear("lever", &trial.lever, help))?;
        let key = futures::key(ask, &[&model]);
        let (wanted, moved, copy, learnt) = (aim.clone(), lever, model.clone(), futures::is_learnt(&known.file));
        let job = self.at.futures.ask(key, move |job| futures::aim(job, copy, learnt, wanted, moved));
        let mut view = self.blank(ask, format!("What would have to be true so that {}", aim.sentence(&model)));
        view.over = format!("Tried on the copy of {}", self.at.place.name);
        for (name, label, value) in
            [("aim", "Aim", &trial.aim), ("lever", "What may change", &trial.lever), ("model", "Copy", &trial.model)]
        {
            if let Some(value) = value {
                let said = if name == "aim" { aim.sentence(&model) } else { value.clone() };
                view.choices.push(Choice {
                    name,
                    label: label.to_owned(),
                    all: "None".to_owned(),
                    options: vec![(value.clone(), said)],
                    chosen: Some(value.clone()),
                });
            }
        }
        match job.answer() {
            None => going(&mut view, ask, &job, "steps"),
            Some(Err(wrong)) => return Err(Fault::new(wrong, "choose another aim or another thing to change").into()),
            Some(Ok(answer)) => {
                if let Answer::Aim(aimed) = answer.as_ref() {
                    self.aimed(&mut view, aimed)?;
                }
            }
        }
        Ok(view)
    }

    fn aimed(&self, view: &mut View, aimed: &Aimed) -> Result<(), Fault> {
        let Aimed { model, aim, lever, found, bars, .. } = aimed;
        view.lede = view.title.clone() + "?";
        view.title = found.sentence(aim, lever, model);
        let share = aim.number.share();
        let unit = if share { Unit::Percent } else { Unit::Hours };
        let times = if share { 100.0 } else { 1.0 };
        let mut table = Table::new(["change", "result", "from", "to", "meets_the_aim"]);
        for tried in &found.tried {
            let Interval { mean, .. } = tried.number;
            table.push([
                Cell::Text(lever.change(tried.value).sentence(model)),
                Cell::of(Some(mean * times), &unit),
                Cell::of(Some(tried.number.low() * times), &unit),
                Cell::of(Some(tried.number.high() * times), &unit),
                if mean < aim.limit { "yes" } else { "no" }.into(),
            ]);
        }
        view.panels.push(Panel {
            id: "tried".to_owned(),
            title: "What was tried".to_owned(),
            note: "The same people with the same luck each time.".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: aim.sentence(model), table, links: Vec::new() })],
            width: Width::Half,
            ..Panel::default()
        });
        let base = bars.iter().flat_map(|bar| bar.effects.iter().flatten()).next().map(|_| found.tried.first());
        let start = base.flatten().map_or(f64::NAN, |tried| tried.number.mean);
        let swing = |bar: &Bar| {
            let [low, high] = &bar.effects;
            let at = |effect: &Option<foresee::simulate::trust::Paired>| {
                effect.as_ref().map_or(start, |paired| start + paired.difference.mean) * times
            };
            Swing {
                name: name_of(model, bar),
                set: ("10% less".to_owned(), "10% more".to_owned()),
                at: (at(low), at(high)),
                href: None,
            }
        };
        let rows: Vec<Swing> = bars.iter().filter(|bar| bar.size() > 0.0).take(10).map(swing).collect();
        if let (Some(first), true) = (rows.first(), start.is_finite()) {
            let head = format!("{} matters most", show::chart::sentence(&first.name));
            view.panels.push(Panel {
                id: "matters".to_owned(),
                title: "What matters most".to_owned(),
                note: "Each thing 10% less and 10% more than it was learnt to be.".to_owned(),
                pictures: vec![Picture::Tornado(Tornado {
                    id: "matters".to_owned(),
                    title: head,
                    definition: format!(
                        "What becomes of the number of the aim ({}) when one thing is a tenth lower or higher.",
                        aim.sentence(model)
                    ),
                    base: Figure::new(
                        start * times,
                        unit,
                        self.simulated("simulated", "The number of the aim on the copy as it is"),
                    ),
                    better: Better::Lower,
                    rows,
                })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        let mut about = vec![format!("Model {}.", &foresee::simulate::run::digest(model)[..8])];
        about.push(futures::trusted(&self.at.folder, aimed.learnt)?);
        view.panels.push(Panel {
            id: "how".to_owned(),
            title: "How this was found".to_owned(),
            pictures: vec![Picture::Words(about)],
            links: vec![Link::new("Try a change", "/simulate"), Link::new("How far to trust the copy", "/model")],
            ..Panel::default()
        });
        Ok(())
    }
}

/// A number with the range that holds it 19 times in 20.
fn figure(value: f64, interval: &Interval, unit: Unit, evidence: Evidence) -> Figure {
    Figure::new(value, unit, evidence).within(Some((interval.low(), interval.high())))
}

fn kinds(groups: &[foresee::simulate::scenario::Group]) -> Vec<String> {
    let mut all: Vec<String> = groups.iter().map(|group| group.kind.clone()).collect();
    all.dedup();
    all.sort();
    all.dedup();
    all
}

/// "class" is said as whose needs; other groups by their own word.
fn heading(kind: &str) -> String {
    match kind {
        "class" => "Whose needs".to_owned(),
        other => show::chart::sentence(&other.replace('_', " ")),
    }
}

fn name_of(model: &Model, bar: &Bar) -> String {
    let sentence = bar.changes[1].sentence(model);
    // "Stays in Home care take 1.1 times as long" names the thing and the tenth; the thing is enough.
    sentence.split(", ").next().unwrap_or_default().to_owned()
}

/// What goes on, with what can be said already.
fn going(view: &mut View, ask: &Address, job: &Arc<Job>, what: &str) {
    let far = job.far();
    let address = ask.address();
    view.panels.push(Panel {
        id: "running".to_owned(),
        title: format!("{} of {} {what} tried", far.done, far.of.max(far.done)),
        pictures: vec![Picture::Running(Running {
            id: "running".to_owned(),
            title: format!("{} of {} {what} tried", far.done, far.of.max(far.done)),
            done: far.done as u64,
            of: far.of as u64,
            seconds_left: job.seconds_left(),
            early: far.early,
            stop: Some(address.replacen("/simulate/", "/simulate/stop/", 1)),
            look: address,
        })],
        ..Panel::default()
    });
}

/// Services from the front door on, left to right.
const COLUMNS: [&[&str]; 4] = [
    &["call_999", "call_111", "general_practice", "prevention"],
    &["ambulance", "urgent_response", "same_day_care", "mental_health_crisis"],
    &["emergency_department"],
    &["ward", "mental_health_ward", "virtual_ward"],
];
/// Services that a picture of the week has room for: those with most people.
const STATIONS: usize = 14;

/// One simulated week of the copy.
fn week(model: &Model) -> Result<show::Week, Fault> {
    let wrong = |wrong: foresee::simulate::run::RunError| {
        Fault::new(crate::out::chain(&wrong), "docs/models.md tells every key")
    };
    let seen = foresee::simulate::scenario::week(model, SEED, 0).map_err(wrong)?;
    let people =
        |at: usize| seen.hours.iter().map(|hour| hour.waiting[at] + hour.in_care[at] + hour.held[at]).sum::<f64>();
    let mut most: Vec<usize> = (0..seen.services.len()).filter(|at| people(*at) > 0.0).collect();
    most.sort_by(|one, two| people(*two).total_cmp(&people(*one)));
    most.truncate(STATIONS);
    most.sort_unstable();
    let series =
        |of: &dyn Fn(&foresee::simulate::scenario::Hour) -> f64| seen.hours.iter().map(of).collect::<Vec<f64>>();
    let services = most
        .iter()
        .map(|&at| {
            let service = &model.services[at];
            show::Station {
                name: seen.titles[at].clone(),
                column: COLUMNS
                    .iter()
                    .position(|kinds| kinds.contains(&service.kind.as_str()))
                    .unwrap_or(COLUMNS.len()),
                places: service.capacity.as_ref().map(|capacity| f64::from(capacity.most())),
                waiting: series(&|hour| hour.waiting[at].round()),
                in_care: series(&|hour| hour.in_care[at].round()),
                blocked: series(&|hour| hour.held[at].round()),
                href: None,
            }
        })
        .collect();
    let mut flows: std::collections::BTreeMap<(usize, usize), Vec<f64>> = std::collections::BTreeMap::new();
    for (nth, hour) in seen.hours.iter().enumerate() {
        for (from, to, count) in &hour.moved {
            let shown = |at: &usize| most.iter().position(|known| known == at);
            if let (Some(from), Some(to)) = (shown(from), shown(to)) {
                flows.entry((from, to)).or_insert_with(|| vec![0.0; seen.hours.len()])[nth] += f64::from(*count);
            }
        }
    }
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let held = |day: usize| {
        seen.hours
            .iter()
            .skip(day * 24)
            .take(24)
            .map(|hour| (hour.held.iter().sum::<f64>() + hour.waiting.iter().sum::<f64>()) / 24.0)
            .sum::<f64>()
    };
    let worst = (0..7).max_by(|one, two| held(*one).total_cmp(&held(*two))).unwrap_or(0);
    Ok(show::Week {
        id: "week".to_owned(),
        title: format!("Most people wait on {}: {:.0} at a time", days[worst], held(worst)),
        definition: "One simulated week, hour by hour: people being cared for, waiting to come in, and ready to go on with nowhere to go".to_owned(),
        hours: (0..168).map(|hour| format!("{} {:02}:00", days[hour / 24], hour % 24)).collect(),
        services,
        flows: flows.into_iter().map(|((from, to), people)| show::Stream { from, to, people }).collect(),
        stills: vec![9, 42, 84, 114, 156],
    })
}

/// The levers that a form offers: places of each service that has them.
fn places(model: &Model) -> impl Iterator<Item = (&Service, u32)> {
    model.services.iter().filter_map(|service| match &service.capacity {
        Some(capacity @ (Capacity::Fixed(_) | Capacity::Hours(_))) => Some((service, capacity.most())),
        _ => None,
    })
}

/// A lever as the address names it: `home-care:places`.
fn lever(model: &Model, text: &str) -> Result<Lever, String> {
    let help = || "name a service and what may change: home-care:places or general-older:stay".to_owned();
    let (who, what) = text.split_once(':').ok_or_else(help)?;
    let service = model.service(who).ok_or_else(help)?;
    let wrong = |wrong: foresee::simulate::scenario::ChangeError| wrong.to_string();
    match (what, &service.capacity) {
        ("places", Some(capacity)) => {
            let most = (f64::from(capacity.most()) * (MOST - 1.0)).ceil().max(4.0);
            Lever::new(&format!("{who}:places:+?"), 0.0, most).map_err(wrong)
        }
        ("stay", _) => Lever::new(&format!("{who}:stay:x?"), 1.0, 0.4).map_err(wrong),
        _ => Err(help()),
    }
}

fn change_form(known: &Known) -> Sentences {
    let model = &known.model;
    let mut sentences = Vec::new();
    for (service, most) in places(model) {
        let now = f64::from(most);
        sentences.push(Sentence {
            parts: vec![
                words(format!("{} has", service.title())),
                Part::Number(Dial {
                    name: format!("{}:places", service.name),
                    label: format!("Places in {}", service.title()),
                    value: now,
                    range: (1.0, (now * MOST).max(10.0)),
                    step: 1.0,
                    now: Some(now),
                }),
                words("places."),
            ],
            ..Sentence::default()
        });
    }
    let of = |names: Vec<(String, String)>, name: &str, label: &str| {
        let value = names.first().map(|first| first.0.clone()).unwrap_or_default();
        Part::Choose(Pick { name: name.to_owned(), label: label.to_owned(), options: names, value })
    };
    let services: Vec<(String, String)> =
        model.services.iter().map(|service| (service.name.clone(), service.title().to_owned())).collect();
    let sources: Vec<(String, String)> =
        model.sources.iter().map(|source| (source.name.clone(), source.name.clone())).collect();
    let percent = |name: &str, label: &str, range: (f64, f64)| {
        Part::Number(Dial {
            name: name.to_owned(),
            label: label.to_owned(),
            value: 100.0,
            range,
            step: 1.0,
            now: Some(100.0),
        })
    };
    sentences.push(Sentence {
        parts: vec![
            words("A stay in"),
            of(services.clone(), "stay-of", "Whose stay"),
            words("takes"),
            percent("stay-percent", "Length of stay, in percent of now", (20.0, 200.0)),
            words("% of the time it takes now."),
        ],
        ..Sentence::default()
    });
    sentences.push(Sentence {
        parts: vec![
            of(sources, "source-of", "Who comes"),
            words("brings"),
            percent("source-percent", "People who come, in percent of now", (0.0, 300.0)),
            words("% of the people it brings now."),
        ],
        ..Sentence::default()
    });
    Sentences {
        id: "change".to_owned(),
        send_to: "/simulate/try".to_owned(),
        kept: vec![("model".to_owned(), known.id.clone())],
        sentences,
        button: "Try it".to_owned(),
        note: "Runs without and with the change, the same people with the same luck in both. An early answer comes in seconds.".to_owned(),
        ..Sentences::default()
    }
}

fn aim_form(known: &Known) -> Sentences {
    let model = &known.model;
    let levers: Vec<(String, String)> =
        places(model)
            .map(|(service, _)| (format!("{}:places", service.name), format!("places in {}", service.title())))
            .chain(model.services.iter().map(|service| {
                (format!("{}:stay", service.name), format!("the time a stay takes in {}", service.title()))
            }))
            .collect();
    let waits: Vec<(String, String)> = model
        .services
        .iter()
        .filter(|service| service.capacity.is_some())
        .flat_map(|service| {
            [
                (format!("{}:wait", service.name), format!("the mean wait to be seen in {}", service.title())),
                (format!("{}:held", service.name), format!("the mean time held in {}", service.title())),
            ]
        })
        .collect();
    let pick = |name: &str, label: &str, options: Vec<(String, String)>| {
        let value = options.first().map(|first| first.0.clone()).unwrap_or_default();
        Part::Choose(Pick { name: name.to_owned(), label: label.to_owned(), options, value })
    };
    Sentences {
        id: "aim".to_owned(),
        send_to: "/simulate/try".to_owned(),
        kept: vec![("model".to_owned(), known.id.clone())],
        sentences: vec![Sentence {
            parts: vec![
                words("What is the smallest change to"),
                pick("lever", "What may change", levers),
                words("so that"),
                pick("number", "What is to be reached", waits),
                words("is under"),
                Part::Number(Dial {
                    name: "limit".to_owned(),
                    label: "Hours at the most".to_owned(),
                    value: 4.0,
                    range: (0.1, 1000.0),
                    step: 0.1,
                    now: None,
                }),
                words("hours?"),
            ],
            ..Sentence::default()
        }],
        button: "Look for it".to_owned(),
        note: "Half a minute or so; it also tells what matters most.".to_owned(),
        ..Sentences::default()
    }
}

/// Where a form of the page Try a change leads: the fields that differ from how things are, as an address.
pub fn tried(at: &crate::place::Catchment, fields: &[(String, String)]) -> Result<String, Wrong> {
    let field = |name: &str| {
        fields.iter().rev().find(|field| field.0 == name).map(|field| field.1.trim()).filter(|value| !value.is_empty())
    };
    let named = field("model").map(str::to_owned);
    let Some(known) = futures::model(at, named.as_deref())? else { return Ok("/simulate".to_owned()) };
    let first = futures::models(at)?.first().is_some_and(|first| first.0 == known.id);
    let model = named.filter(|_| !first);
    if let (Some(lever), Some(number), Some(limit)) = (field("lever"), field("number"), field("limit")) {
        let trial =
            Trial { model, aim: Some(format!("{number}<{limit}")), lever: Some(lever.to_owned()), ..Trial::default() };
        return Ok(Address { page: Page::Aim(trial), ..Address::default() }.address());
    }
    let mut changes = Vec::new();
    for (service, most) in places(&known.model) {
        let Some(value) = field(&format!("{}:places", service.name)) else { continue };
        let more = value.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| Wrong::Unclear {
            field: format!("places in {}", service.title()),
            text: value.to_owned(),
            help: "write a number, such as 12".to_owned(),
        })? - f64::from(most);
        if more != 0.0 {
            changes.push(format!("{}:places:{more:+}", service.name));
        }
    }
    for (of, percent, what) in [("stay-of", "stay-percent", "stay"), ("source-of", "source-percent", "arrivals")] {
        let (Some(of), Some(percent)) = (field(of), field(percent)) else { continue };
        let percent = percent.parse::<f64>().map_err(|_| Wrong::Unclear {
            field: "percentage".to_owned(),
            text: percent.to_owned(),
            help: "write a number, such as 90".to_owned(),
        })?;
        if percent != 100.0 {
            changes.push(format!("{of}:{what}:x{}", percent / 100.0));
        }
    }
    let page = if changes.is_empty() {
        Page::Simulate(Trial { model, ..Trial::default() })
    } else {
        Page::Run(Trial { model, change: Some(changes.join(";")), ..Trial::default() })
    };
    Ok(Address { page, ..Address::default() }.address())
}
