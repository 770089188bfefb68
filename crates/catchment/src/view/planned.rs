//! Plans: steps, rocks, dates and money; and what is mine, late or blocked this Monday.

use super::Reader;
use super::decided::long;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::see::Why as Walk;
use agree::log::{Agreed, State};
use agree::plan::{self, Again, Forecast, Gives, Past, Plan, Ratios, Reference, Step};
use domain::Date;
use show::number::plural;
use show::{
    Better, Card, Cell, Choice, Evidence, Fact, Figure, Item, Line, Lines, Link, Money, Panel, Picture, Prediction,
    Progress, Rocks, Rows, Saved, Schedule, Table, Task, Unit, View, Width,
};
use std::collections::BTreeMap;

/// A plan is played so many times on its own page, and so many on the page of all.
const RUNS: u32 = 10_000;
const FEW_RUNS: u32 = 2_000;
/// The same plan is always told alike.
const SEED: u64 = 1;

/// What promises were worth here: days of steps that are done, taken over promised, by class.
fn past(state: &State) -> Vec<Past> {
    let done = |plan: &Plan, step: &Step| {
        let plan::State::Done(on) = step.state else { return None };
        let promised = f64::from(step.due?.0 - plan.start.0);
        (promised > 0.0).then(|| Past {
            class: step.class.clone(),
            promised,
            delivered: f64::from((on.0 - plan.start.0).max(0)),
        })
    };
    let plans = state.plans.values().map(|agreed| &agreed.now);
    plans.flat_map(|plan| plan.steps.iter().filter_map(move |step| done(plan, step))).collect()
}

/// What the log says of promises, beside what was published of others for as long as that is little.
fn reference(state: &State, today: Date) -> Reference {
    let rocks = state.plans.values().flat_map(|agreed| &agreed.now.rocks);
    Reference {
        times: Ratios::learn(&past(state), &[1.10, 1.54]),
        rock_half_life_days: plan::half_life(rocks, today).half_life_days(),
        ..Reference::published()
    }
}

fn class_called(class: &str) -> String {
    if class.is_empty() { "Other steps".to_owned() } else { show::chart::sentence(class) }
}

fn pounds() -> Unit {
    Unit::from("£")
}

fn counts(plan: &Plan) -> (u64, u64) {
    let done = plan.steps.iter().filter(|step| matches!(step.state, plan::State::Done(_))).count();
    (done as u64, plan.steps.len() as u64)
}

fn late(plan: &Plan, today: Date) -> usize {
    let open = plan.steps.iter().filter(|step| !matches!(step.state, plan::State::Done(_)));
    open.filter(|step| step.due.is_some_and(|due| due < today)).count()
}

fn role_called(plan: &Plan, id: &str) -> String {
    plan.roles.iter().find(|role| role.id == id).map_or_else(|| id.to_owned(), |role| role.name.clone())
}

/// Roles over all plans: id and what it is called.
fn roles(state: &State) -> BTreeMap<String, String> {
    let all = state.plans.values().flat_map(|agreed| &agreed.now.roles);
    all.map(|role| (role.id.clone(), role.name.clone())).collect()
}

/// Plans as they stand, who can move a rock by the id of its role where it is one of the plan.
fn standing(state: &State) -> Vec<Plan> {
    let mut plans: Vec<Plan> = state.plans.values().map(|agreed| agreed.now.clone()).collect();
    for plan in &mut plans {
        let roles = plan.roles.clone();
        for rock in &mut plan.rocks {
            if let Some(role) = roles.iter().find(|role| role.name == rock.who_can_move_it) {
                rock.who_can_move_it.clone_from(&role.id);
            }
        }
    }
    plans
}

impl Reader<'_> {
    fn planned(&self, id: &str, definition: &str, rows: usize) -> Evidence {
        Evidence { sources: vec!["the Ledger".to_owned()], ..self.evidence(id, definition, Some(rows as u64)) }
    }

    /// A plan's measure, beside what the decision that it comes of expected.
    fn plotted(&self, state: &State, agreed: &Agreed) -> Result<Option<Prediction>, Fault> {
        let Some(measure) = agreed.versions.last().and_then(|version| version.is.measure.as_ref()) else {
            return Ok(None);
        };
        let called = self.called(measure);
        let newest = self.periods(measure, None)?.into_iter().rev().find_map(|point| point.value);
        let causes = agreed.versions.iter().flat_map(|version| &version.because);
        let decisions = causes.filter_map(|cause| state.decisions.get(cause.strip_prefix("decision/")?));
        let expected = decisions.flat_map(|decision| &decision.expects).find(|expected| expected.measure == *measure);
        let id = called.why.clone().unwrap_or_else(|| "plans".to_owned());
        let evidence = |says: &str| self.evidence(&id, format!("{}: {says}", called.title), None);
        let figure = Figure::new(
            expected.map(|known| known.expected),
            called.unit.clone(),
            evidence("what its decision expected"),
        );
        let aimed = expected
            .map_or(called.better, |known| if known.expected < known.from { Better::Lower } else { Better::Higher });
        Ok(Some(Prediction {
            name: called.title.clone(),
            before: expected.map(|known| known.from),
            expected: figure.within(expected.map(|known| (known.range[0], known.range[1]))),
            actual: Figure::new(newest, called.unit.clone(), evidence("its newest whole period")),
            when: String::new(),
            now: None,
            better: aimed,
            by: expected.map_or_else(String::new, |known| format!("by {}", long(known.by))),
            sentence: String::new(),
            href: called.href,
        }))
    }

    fn rocks_of<'p>(&self, plans: impl Iterator<Item = &'p Plan> + Clone, today: Date) -> Rocks {
        let all: Vec<&agree::plan::Rock> = plans.clone().flat_map(|plan| &plan.rocks).collect();
        let survival = plan::half_life(all.iter().copied(), today);
        let evidence = self.planned(
            "rocks",
            "Days within which half of the rocks are cleared, rocks that still lie counted for as long as they have lain (Kaplan and Meier)",
            survival.all,
        );
        let rock = |plan: &Plan, rock: &agree::plan::Rock| show::Rock {
            what: Link::new(rock.title.clone(), format!("/plans/{}#rocks", plan.id)),
            who: role_called(plan, &rock.who_can_move_it),
            days: rock.age_days(today).max(0) as u64,
            cleared: rock.cleared.is_some(),
            blocks: rock
                .blocks
                .iter()
                .filter_map(|id| plan.steps.iter().find(|step| step.id == *id))
                .map(|step| Link::new(step.title.clone(), format!("/plans/{}#steps", plan.id)))
                .collect(),
        };
        Rocks {
            id: "rocks".to_owned(),
            rocks: plans.flat_map(|plan| plan.rocks.iter().map(move |known| rock(plan, known))).collect(),
            half_life: survival.half_life_days().map(|days| Figure::new(days, Unit::Days, evidence)),
        }
    }

    /// `/plans`
    pub(super) fn plans(&self, ask: &Ask) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        if state.plans.is_empty() {
            let mut view = self.blank(ask, "No plan has been agreed yet");
            view.panels.push(Panel {
                id: "empty".to_owned(),
                title: "What will stand here".to_owned(),
                pictures: vec![super::talked::empty(
                    "No plan yet",
                    "A plan says what is done about a decision: steps with the role that answers for each, what they wait for, what blocks them, and the money that they are to save. Those who settle things agree it here, as a short file.",
                )],
                links: vec![Link::new("Questions and decisions", "/decisions")],
                ..Panel::default()
            });
            return Ok(view);
        }
        let plans = standing(&state);
        let behind: usize = plans.iter().map(|plan| late(plan, today)).sum();
        let lying = plans.iter().flat_map(|plan| &plan.rocks).filter(|rock| rock.cleared.is_none()).count();
        let title = match (behind, lying) {
            (0, 0) => "Nothing is late, and nothing is blocked".to_owned(),
            (0, rocks) => format!("Nothing is late; {} in the way", are(rocks, "rock")),
            (steps, 0) => format!("{} late", are(steps, "step")),
            (steps, rocks) => format!("{} late, and {} in the way", are(steps, "step"), are(rocks, "rock")),
        };
        let mut view = self.blank(ask, title);
        view.over = "Plans".to_owned();
        let learnt = reference(&state, today);
        let mut rows = Vec::new();
        for agreed in state.plans.values() {
            let (plan, newest) = (&agreed.now, agreed.versions.last());
            let behind = late(plan, today);
            let played = plan::forecast(plan, &learnt, today, SEED, FEW_RUNS).ok();
            let chance = played.and_then(|played| played.done_in_time);
            let mut notes = Vec::new();
            if behind > 0 {
                notes.push(format!("{} late", plural(behind, "step")));
            }
            if let Some(chance) = chance {
                notes.push(format!("{:.0} in 100 to be done in time", 100.0 * chance));
            }
            rows.push(show::Plan {
                aim: Link::new(plan.title.clone(), format!("/plans/{}", plan.id)),
                measure: self.plotted(&state, agreed)?,
                steps: counts(plan),
                review: newest.and_then(|version| version.is.review_on).map_or_else(String::new, long),
                owner: newest.map_or_else(String::new, |version| version.who.clone()),
                note: notes.join(", "),
            });
        }
        view.panels.push(Panel {
            id: "plans".to_owned(),
            title: "What we do, and the measure that each hopes to move".to_owned(),
            pictures: vec![Picture::Plans(rows)],
            links: vec![Link::new("This Monday: mine, late, blocked", "/monday")],
            ..Panel::default()
        });
        view.panels.extend(self.warned(&plans, today));
        view.panels.push(Panel {
            id: "rocks".to_owned(),
            title: "What blocks us".to_owned(),
            pictures: vec![Picture::Rocks(self.rocks_of(plans.iter(), today))],
            width: Width::Wide,
            ..Panel::default()
        });
        view.panels.push(self.record(&state));
        Ok(view)
    }

    fn warned(&self, plans: &[Plan], today: Date) -> Option<Panel> {
        let names: BTreeMap<&str, &str> = plans
            .iter()
            .flat_map(|plan| {
                let roles = plan.roles.iter().map(|role| (role.id.as_str(), role.name.as_str()));
                let pools = plan.pools.iter().map(|pool| (pool.id.as_str(), pool.title.as_str()));
                let savings = plan.savings.iter().map(|saving| (saving.id.as_str(), saving.title.as_str()));
                let steps = plan.steps.iter().map(|step| (step.id.as_str(), step.title.as_str()));
                roles.chain(pools).chain(savings).chain(steps).collect::<Vec<_>>()
            })
            .collect();
        let said = |warning: plan::Warning| {
            // As people call it, not by its id.
            let words = warning.to_string();
            let words: Vec<String> = words
                .split(' ')
                .map(|word| {
                    let bare = word.trim_end_matches([',', ':']);
                    names.get(bare).map_or_else(|| word.to_owned(), |name| format!("{name}{}", &word[bare.len()..]))
                })
                .collect();
            format!("{}.", show::chart::sentence(words.join(" ").trim_end_matches('?')))
        };
        let words: Vec<String> = plan::warnings(plans, today).into_iter().map(said).collect();
        (!words.is_empty()).then(|| Panel {
            id: "warnings".to_owned(),
            title: "More is promised than can be kept".to_owned(),
            pictures: vec![Picture::Words(words)],
            ..Panel::default()
        })
    }

    /// Promised against delivered, by class.
    fn record(&self, state: &State) -> Panel {
        let mut table = Table::new(["class", "steps_done", "promised_days", "taken_days", "taken_for_each_promised"]);
        for one in plan::promised_against_delivered(&past(state)) {
            table.push([
                class_called(&one.class).into(),
                one.schemes.into(),
                Cell::of(Some(one.promised), &Unit::Days),
                Cell::of(Some(one.delivered), &Unit::Days),
                Cell::said(one.middle, format!("{:.2}", one.middle)),
            ]);
        }
        let none = table.rows.is_empty();
        Panel {
            id: "record".to_owned(),
            title: "Promised, and delivered".to_owned(),
            note: "Of steps that are done: days from the start of the plan.".to_owned(),
            pictures: vec![if none {
                Picture::Words(vec!["No step with a promised day is done yet, so forecasts rest on what other places published: between 1.10 and 1.54 of the time promised.".to_owned()])
            } else {
                Picture::Rows(Rows { caption: "Promised and delivered, by class".to_owned(), table, links: Vec::new() })
            }],
            width: Width::Narrow,
            ..Panel::default()
        }
    }

    /// `/plans/ID`
    pub(super) fn plan(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let Some(agreed) = state.plans.get(id) else {
            let known = state.plans.values();
            let known = known.map(|known| Link::new(known.now.title.clone(), format!("/plans/{}", known.now.id)));
            return Err(self.no_such("plan", id, known.collect::<Vec<_>>()));
        };
        let plan = &agreed.now;
        let learnt = reference(&state, today);
        let wrong = |fault: agree::plan::PlanErrors| Fault::new("this plan cannot be followed", fault.to_string());
        let laid = plan::schedule(plan, today).map_err(wrong)?;
        let played = plan::forecast(plan, &learnt, today, SEED, RUNS).map_err(wrong)?;
        let mut view = self.blank(ask, plan.title.clone());
        let newest = agreed.versions.last();
        view.over = newest.map_or_else(String::new, |version| {
            let day = long(self.zone().date(version.at));
            format!("Plan, version {} of {day}, by {}", agreed.versions.len(), version.who)
        });
        let (done, all) = counts(plan);
        let says = format!("{RUNS} runs of the plan as it stands, each step drawn from the record of its class");
        let evidence = || self.planned(&format!("plan/{id}"), &says, RUNS as usize);
        view.lede = match (all - done, played.done_in_time) {
            (0, _) => "Every step is done.".to_owned(),
            (_, Some(_)) | (_, None) => format!(
                "Most likely done by {}; one time in ten by {}, one in ten later than {}. If every promise were kept: {}.",
                long(played.end.p50),
                long(played.end.p10),
                long(played.end.p90),
                long(played.promised_end),
            ),
        };
        view.facts.push(Fact {
            title: "Steps done".to_owned(),
            figure: Figure::new(
                done as f64,
                "",
                self.planned(&format!("plan/{id}"), "Steps of the plan that are done", all as usize),
            ),
            note: format!("of {all}"),
        });
        if let (Some(chance), Some(goal)) = (played.done_in_time, plan.goal) {
            view.facts.push(Fact {
                title: format!("Done by {}", long(goal.by)),
                figure: Figure::new(100.0 * chance, Unit::Percent, evidence()),
                note: "chance".to_owned(),
            });
        }
        if let Some(chance) = played.reaches_cash {
            view.facts.push(Fact {
                title: "Reaches its money".to_owned(),
                figure: Figure::new(100.0 * chance, Unit::Percent, evidence()),
                note: "chance".to_owned(),
            });
        }
        view.panels.extend(self.warned(std::slice::from_ref(plan), today));
        view.panels.push(Panel {
            id: "steps".to_owned(),
            title: "Steps".to_owned(),
            pictures: vec![Picture::Schedule(steps(plan, &laid, &played, today))],
            links: because(newest.map_or(&[][..], |version| &version.because)),
            ..Panel::default()
        });
        let forecast_rows = hangs(plan, &played);
        if !forecast_rows.is_empty() {
            view.panels.push(Panel {
                id: "hangs".to_owned(),
                title: "What the end hangs on".to_owned(),
                note: "Days between going as well as one time in ten and as badly as one in ten.".to_owned(),
                pictures: vec![Picture::Words(forecast_rows)],
                width: Width::Half,
                ..Panel::default()
            });
        }
        let wins: Vec<String> = played
            .early_wins
            .iter()
            .filter_map(|(id, dates)| {
                let step = plan.steps.iter().find(|step| step.id == *id)?;
                Some(match step.state {
                    plan::State::Done(on) => format!("{}: done on {}.", step.title, long(on)),
                    _ => format!("{}: most likely by {}.", step.title, long(dates.p50)),
                })
            })
            .collect();
        if !wins.is_empty() {
            view.panels.push(Panel {
                id: "wins".to_owned(),
                title: "What people will feel first".to_owned(),
                pictures: vec![Picture::Words(wins)],
                width: Width::Half,
                ..Panel::default()
            });
        }
        view.panels.push(Panel {
            id: "rocks".to_owned(),
            title: "What blocks it".to_owned(),
            pictures: vec![if plan.rocks.is_empty() {
                Picture::Words(vec!["Nothing is in the way that anybody has said.".to_owned()])
            } else {
                Picture::Rocks(self.rocks_of([plan].into_iter(), today))
            }],
            ..Panel::default()
        });
        if !plan.savings.is_empty() {
            view.panels.push(Panel {
                id: "money".to_owned(),
                title: "What it will bring".to_owned(),
                pictures: vec![Picture::Money(Box::new(self.money(plan, &played, &state, evidence())))],
                ..Panel::default()
            });
        }
        if plan.steps.iter().any(|step| !step.drivers.is_empty()) {
            view.panels.push(Panel {
                id: "drivers".to_owned(),
                title: "Why these steps: from the aim to the work".to_owned(),
                pictures: vec![Picture::Lines(drivers(plan))],
                ..Panel::default()
            });
        }
        if !agreed.cycles.is_empty() {
            let mut table = Table::new(["plan", "do", "study", "act"]);
            for cycle in agreed.cycles.values() {
                let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
                table.push(
                    [
                        cycle.try_it.clone(),
                        or(&cycle.done, "not yet done"),
                        or(&cycle.seen, "not yet seen"),
                        or(&cycle.so, "not yet settled"),
                    ]
                    .map(Cell::from),
                );
            }
            view.panels.push(Panel {
                id: "cycles".to_owned(),
                title: "Small tests".to_owned(),
                note: "Plan, do, study, act.".to_owned(),
                pictures: vec![Picture::Rows(Rows { caption: "Tests of change".to_owned(), table, links: Vec::new() })],
                ..Panel::default()
            });
        }
        Ok(view)
    }

    fn money(&self, plan: &Plan, played: &Forecast, state: &State, evidence: Evidence) -> Money {
        let money = &played.money;
        let figure = |range: &plan::Range| {
            Figure::new(range.p50, pounds(), evidence.clone()).within(Some((range.p10, range.p90)))
        };
        let kind = |again: Again, gives: Gives| {
            let again = match again {
                Again::Recurrent => "Recurrent",
                Again::OneOff => "One-off",
            };
            let gives = match gives {
                Gives::Cash => "cash-releasing",
                Gives::Capacity => "time of people and beds",
                Gives::Avoided => "cost that would have come",
            };
            format!("{again}, {gives}")
        };
        let promised = |again: Again, gives: Gives| {
            let of = plan
                .savings
                .iter()
                .filter(|saving| saving.same_as.is_none() && saving.again == again && saving.gives == gives);
            of.map(|saving| saving.promised).sum::<f64>()
        };
        let kinds = money.kinds.iter().filter(|(again, gives, _)| promised(*again, *gives) > 0.0);
        let learnt = plan::promised_against_delivered(&past(state));
        let title = |id: &String| {
            plan.savings.iter().find(|saving| saving.id == *id).map_or(id.clone(), |known| known.title.clone())
        };
        Money {
            id: "money".to_owned(),
            title: format!("Half of the time, at least {} in cash by {}", pounds().say(money.cash.p50), long(money.until)),
            definition: "The middle of all runs, and the range from one in ten to nine in ten. Kinds are never added to each other.".to_owned(),
            total: figure(&money.cash),
            promised: money.promised_cash,
            goal: plan.goal.map(|goal| (goal.cash, format!("goal {} by {}", pounds().say(goal.cash), long(goal.by)))),
            chance: played.reaches_cash.map(|chance| Figure::new(100.0 * chance, Unit::Percent, evidence.clone())),
            kinds: kinds
                .map(|(again, gives, range)| Saved {
                    name: kind(*again, *gives),
                    figure: figure(range),
                    promised: None,
                    note: match again {
                        Again::Recurrent => format!("{} a year promised", pounds().say(promised(*again, *gives))),
                        Again::OneOff => format!("{} promised", pounds().say(promised(*again, *gives))),
                    },
                })
                .collect(),
            record: learnt
                .iter()
                .map(|one| Saved {
                    name: format!("Time of steps: {}", class_called(&one.class)),
                    figure: Figure::new(100.0 * one.middle, Unit::Percent, evidence.clone()),
                    promised: Some(100.0),
                    note: format!("{} done", plural(one.schemes, "step")),
                })
                .collect(),
            counted_elsewhere: money.counted_elsewhere.iter().map(title).collect(),
        }
    }

    /// `/monday`
    pub(super) fn monday(&self, ask: &Ask, role: Option<&str>) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let (plans, roles) = (standing(&state), roles(&state));
        let chosen = role.and_then(|wanted| {
            let lower = wanted.to_lowercase();
            roles.iter().find(|(id, name)| **id == wanted || name.to_lowercase() == lower)
        });
        if let (Some(wanted), None) = (role, chosen) {
            let links =
                roles.iter().map(|(id, name)| Link::new(name.clone(), format!("/monday?role={}", show::escape(id))));
            return Err(self.no_such("role", wanted, links.collect::<Vec<_>>()));
        }
        let over = format!("Monday page of {}", long(today));
        let Some((id, name)) = chosen else {
            let mut view = self.blank(ask, "Whose Monday?");
            view.over = over;
            let items = roles.iter().map(|(id, name)| {
                let page = plan::monday(&plans, id, today);
                Item {
                    link: Link::new(name.clone(), format!("/monday?role={}", show::escape(id))),
                    kind: "Role".to_owned(),
                    note: format!(
                        "{} late, {} blocked, {} to do",
                        page.late.len(),
                        page.blocked.len(),
                        page.mine.len()
                    ),
                }
            });
            let items: Vec<Item> = items.collect();
            view.panels.push(Panel {
                id: "roles".to_owned(),
                title: "Roles that our plans name".to_owned(),
                pictures: vec![if items.is_empty() {
                    super::talked::empty("No plan names a role yet", "A plan names who answers for each step.")
                } else {
                    Picture::List(items)
                }],
                links: vec![Link::new("Plans", "/plans")],
                ..Panel::default()
            });
            return Ok(view);
        };
        let page = plan::monday(&plans, id, today);
        let title = match (page.late.len(), page.blocked.len()) {
            (0, 0) => format!("{name}: nothing is late or blocked"),
            (late, 0) => format!("{name}: {} late", are(late, "step")),
            (0, blocked) => format!("{name}: {} blocked", are(blocked, "step")),
            (late, blocked) => format!("{name}: {} late, {} blocked", are(late, "step"), are(blocked, "step")),
        };
        let mut view = self.blank(ask, title);
        view.over = over;
        view.choices = vec![Choice {
            name: "role",
            label: "Role".to_owned(),
            all: "All roles".to_owned(),
            options: roles.iter().map(|(id, name)| (id.clone(), name.clone())).collect(),
            chosen: Some(id.clone()),
        }];
        for (panel, title, none, items) in [
            ("late", "Late", "Nothing is late.", &page.late),
            ("blocked", "Blocked", "Nothing is blocked.", &page.blocked),
            ("mine", "Mine, the soonest promised first", "Nothing is under way or ready to begin.", &page.mine),
        ] {
            let cards = items.iter().map(|item| Card {
                kind: plans
                    .iter()
                    .find(|plan| plan.id == item.plan)
                    .map_or_else(String::new, |plan| plan.title.clone()),
                link: Link::new(item.title.clone(), format!("/plans/{}", item.plan)),
                stage: title.split(',').next().unwrap_or_default().to_owned(),
                when: String::new(),
                wants: String::new(),
                note: show::chart::sentence(&item.words),
            });
            let cards: Vec<Card> = cards.collect();
            view.panels.push(Panel {
                id: panel.to_owned(),
                title: title.to_owned(),
                pictures: vec![if cards.is_empty() {
                    Picture::Words(vec![none.to_owned()])
                } else {
                    Picture::Board(cards)
                }],
                ..Panel::default()
            });
        }
        view.panels.extend(self.warned(&plans, today));
        Ok(view)
    }

    /// Where figures of plans come from.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub(crate) fn why_planned(&self, figure: &str) -> Result<Option<Walk>, Fault> {
        let (state, today) = (self.said()?, self.today());
        let walk = |title: &str, says: &str, name: &str, table: Table| Walk {
            title: title.to_owned(),
            text: vec![("What it is".to_owned(), says.to_owned())],
            tables: vec![(name.to_owned(), table)],
            single: Vec::new(),
        };
        if figure == "rocks" || figure == "plans" {
            let rocks = self.rocks_of(state.plans.values().map(|agreed| &agreed.now), today);
            let table = Picture::Rocks(rocks).table().unwrap_or_default();
            let says = "Everything that blocks a plan: who can move it, and how long it has lain or lay.";
            return Ok(Some(walk("Rocks", says, "Rocks", table)));
        }
        let Some(agreed) = figure.strip_prefix("plan/").and_then(|id| state.plans.get(id)) else { return Ok(None) };
        let wrong = |fault: agree::plan::PlanErrors| Fault::new("this plan cannot be followed", fault.to_string());
        let played = plan::forecast(&agreed.now, &reference(&state, today), today, SEED, RUNS).map_err(wrong)?;
        let says = "The plan played 10,000 times: every step takes its promised days times a ratio drawn from the record of its class, with a part that all steps of a run share; open rocks lie for as long as rocks lie here; roles work on one step at a time.";
        Ok(Some(walk(&agreed.now.title, says, "Steps", forecast_table(&agreed.now, &played))))
    }
}

/// "2 steps are"
fn are(many: usize, noun: &str) -> String {
    format!("{} {}", plural(many, noun), if many == 1 { "is" } else { "are" })
}

/// What a plan was agreed because of, as links.
fn because(causes: &[String]) -> Vec<Link> {
    let link = |cause: &String| match cause.split_once('/') {
        Some(("", _)) => Link::new(format!("Because of {cause}"), cause.clone()),
        Some(("decision", id)) => Link::new("The decision that it comes of", format!("/decisions/{id}")),
        Some(("conversation", id)) => Link::new("What people said", format!("/conversations/{id}")),
        Some(("plan", id)) => Link::new("Another plan", format!("/plans/{id}")),
        Some(("line", _)) => Link::new("Our story", "/story"),
        _ => Link::new("What people said", "/said"),
    };
    let mut links: Vec<Link> = Vec::new();
    for one in causes.iter().map(link) {
        if !links.contains(&one) {
            links.push(one);
        }
    }
    links
}

fn steps(plan: &Plan, laid: &plan::Schedule, played: &Forecast, today: Date) -> Schedule {
    let count = |day: Date| f64::from(day.0 - plan.start.0);
    let mut last = count(played.end.p90).max(count(today));
    let task = |step: &Step| {
        let spot = laid.steps.iter().find(|spot| spot.step == step.id)?;
        let told = played.steps.iter().find(|told| told.step == step.id);
        let early = played.early_wins.iter().find(|win| win.0 == step.id);
        let (state, from, to) = match step.state {
            plan::State::Done(on) => (Progress::Done, (count(on) - step.days).max(0.0), count(on)),
            plan::State::Started(on) => {
                (Progress::Doing, count(on), told.map_or(count(spot.finish), |t| count(t.mean_finish)))
            }
            plan::State::ToDo => {
                (Progress::ToDo, count(spot.start), told.map_or(count(spot.finish), |t| count(t.mean_finish)))
            }
        };
        let is_open = state != Progress::Done;
        let lying = plan.rocks.iter().filter(|rock| rock.cleared.is_none() && rock.blocks.contains(&step.id));
        let note = match (state, step.due) {
            (Progress::Done, _) => format!("done {}", long(Date(plan.start.0 + to as i32))),
            (_, Some(due)) if due < today => {
                format!("promised for {}, {} late", long(due), plural((today.0 - due.0) as usize, "day"))
            }
            (_, Some(due)) => match told.and_then(|told| told.late) {
                Some(late) => format!("promised for {}; {:.0} in 100 later", long(due), 100.0 * late),
                None => format!("promised for {}", long(due)),
            },
            _ => String::new(),
        };
        Some(Task {
            name: step.title.clone(),
            owner: role_called(plan, &step.owner),
            state,
            from,
            to,
            range: early.filter(|_| is_open).map(|(_, dates)| (count(dates.p10), count(dates.p90))),
            due: step.due.map(count),
            note,
            critical: is_open && laid.critical.contains(&step.id),
            rocks: lying.map(|rock| rock.title.clone()).collect(),
            early_win: step.early_win,
            href: None,
        })
    };
    let tasks: Vec<Task> = plan.steps.iter().filter_map(task).collect();
    last = tasks.iter().map(|task| task.to.max(task.due.unwrap_or(0.0))).fold(last, f64::max);
    let end = Date(plan.start.0 + last as i32);
    let (year, month, _) = plan.start.ymd();
    let months = (0..).map_while(|n: u32| {
        let number = year * 12 + month as i32 - 1 + n as i32;
        let first = Date::from_ymd(number.div_euclid(12), number.rem_euclid(12) as u32 + 1, 1)?;
        (first <= end).then_some(first)
    });
    let months: Vec<Date> = months.filter(|first| *first >= plan.start).collect();
    let every = months.len().div_ceil(8).max(1);
    let ticks = months.iter().step_by(every).map(|first| {
        let day = jiff::civil::Date::from(*first);
        let form = if day.month() == 1 || first == &months[0] { "%b %Y" } else { "%b" };
        (count(*first), day.strftime(form).to_string())
    });
    let title = match (played.done_in_time, plan.goal) {
        (Some(chance), Some(goal)) => {
            format!("Most likely done by {}; {:.0} in 100 by {}", long(played.end.p50), 100.0 * chance, long(goal.by))
        }
        _ => format!("Most likely done by {}", long(played.end.p50)),
    };
    Schedule {
        id: "steps".to_owned(),
        title,
        definition: "Each bar from when a step begins to when it most likely ends; the mark is the day promised."
            .to_owned(),
        ticks: ticks.collect(),
        today: count(today),
        tasks,
        goal: plan.goal.map(|goal| (count(goal.by), format!("goal {}", long(goal.by)))),
    }
}

fn hangs(plan: &Plan, played: &Forecast) -> Vec<String> {
    let bars = played.tornado.iter().take(5).map(|bar| {
        let what = match &bar.cause {
            plan::Cause::Common => "What all steps share: one hard winter makes all of them late".to_owned(),
            plan::Cause::Step(id) => plan.steps.iter().find(|s| s.id == *id).map_or(id.clone(), |s| s.title.clone()),
            plan::Cause::Rock(id) => {
                let title = plan.rocks.iter().find(|rock| rock.id == *id).map_or(id.clone(), |rock| rock.title.clone());
                format!("How long a rock lies: {title}")
            }
        };
        format!("{what}: {}.", Unit::Days.say(bar.days.round()))
    });
    let mut all: Vec<String> = bars.collect();
    if !played.rocks_not_drawn.is_empty() {
        all.push("Nobody knows yet how long rocks lie here, so open ones are taken as cleared today.".to_owned());
    }
    all
}

/// From the aim to the steps, along the drivers of each.
fn drivers(plan: &Plan) -> Lines {
    fn add(lines: &mut Vec<Line>, drivers: &[String], step: &Step) {
        match drivers {
            [] => lines.push(Line { words: step.title.clone(), ..Line::default() }),
            [first, rest @ ..] => {
                let at = lines.iter().position(|line| line.words == *first).unwrap_or_else(|| {
                    lines.push(Line { words: first.clone(), ..Line::default() });
                    lines.len() - 1
                });
                add(&mut lines[at].under, rest, step);
            }
        }
    }
    let mut aims = Vec::new();
    plan.steps.iter().filter(|step| !step.drivers.is_empty()).for_each(|step| add(&mut aims, &step.drivers, step));
    let depth = plan.steps.iter().map(|step| step.drivers.len()).max().unwrap_or(0);
    let columns: &[&str] = match depth {
        1 => &["Aim", "Steps"],
        2 => &["Aim", "Drivers", "Steps"],
        _ => &["Aim", "Primary drivers", "Secondary drivers", "Steps"],
    };
    Lines { id: "drivers".to_owned(), columns: columns.iter().map(|&name| name.to_owned()).collect(), lines: aims }
}

/// A plan's forecast as rows.
pub fn forecast_table(plan: &Plan, played: &Forecast) -> Table {
    let mut table = Table::new(["step", "title", "owner", "due", "mean_finish", "chance_late_percent"]);
    for told in &played.steps {
        let Some(step) = plan.steps.iter().find(|step| step.id == told.step) else { continue };
        table.push([
            step.id.as_str().into(),
            step.title.as_str().into(),
            step.owner.as_str().into(),
            step.due.map_or(Cell::Missing, |due| due.to_string().into()),
            told.mean_finish.to_string().into(),
            Cell::of(told.late.map(|late| 100.0 * late), &Unit::Percent),
        ]);
    }
    table
}
