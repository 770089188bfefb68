//! Plans: steps, rocks, dates and money; and what is mine, late or blocked this Monday.

use super::Reader;
use super::decided::long;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::see::Why as Walk;
use agree::log::{Agreed, State};
use agree::plan::{self, Again, Forecast, Gives, Past, Plan, Promised, Reference, Step};
use domain::Date;
use show::number::plural;
use show::{
    Better, Cell, Choice, Due, Evidence, Fact, Figure, Line, Lines, Link, Money, Panel, Picture, Prediction, Progress,
    Rocks, Rows, Saved, Schedule, Table, Task, Unit, View, Width,
};

/// A plan is played so many times on its own page, and so many on the page of all.
const RUNS: u32 = 10_000;
const FEW_RUNS: u32 = 2_000;
/// The same plan is always told alike.
const SEED: u64 = 1;

/// A plan with more steps than this is drawn in part: what is late, under way and next.
const DRAWN: usize = 40;
/// A list of one Monday is this long at most; the rest is counted.
const LISTED: usize = 40;
/// Months of the half-life of rocks that are drawn.
const MONTHS: i32 = 12;

/// What promises were worth here: times, and money.
fn past(state: &State, today: Date) -> (Vec<Past>, Vec<Past>) {
    let plans = || state.plans.values();
    (plans().flat_map(|agreed| agreed.times(today)).collect(), plans().flat_map(Agreed::money).collect())
}

/// What the log says of promises, beside what was published of others for as long as that is little.
fn reference(state: &State, today: Date) -> Reference {
    let rocks = state.plans.values().flat_map(|agreed| &agreed.now.rocks);
    let (times, money) = past(state, today);
    Reference {
        rock_half_life_days: plan::half_life(rocks, today).half_life_days(),
        ..Reference::learn(&times, &money)
    }
}

fn class_called(class: &str) -> String {
    if class.is_empty() { "No class".to_owned() } else { show::chart::sentence(class) }
}

fn pounds() -> Unit {
    Unit::from("£")
}

fn counts(plan: &Plan) -> (u64, u64) {
    let done = plan.steps.iter().filter(|step| step.state.is_done()).count();
    (done as u64, plan.steps.len() as u64)
}

/// How many steps are late, those that are blocked among them: as on everybody's Monday page.
fn late(plans: &[Plan], today: Date) -> usize {
    plan::monday(plans, None, today).behind()
}

/// A plan as it was first promised: a new version cannot wipe its first days and sums.
fn first_promised(agreed: &Agreed) -> Plan {
    let mut plan = agreed.now.promised();
    for step in &mut plan.steps {
        if let Some(first) = agreed.first.steps.iter().find(|first| first.id == step.id) {
            (step.days, step.due) = (first.days, first.due.or(step.due));
        }
    }
    for saving in &mut plan.savings {
        if let Some(first) = agreed.first.savings.iter().find(|first| first.id == saving.id) {
            saving.promised = first.promised;
        }
    }
    plan
}

/// Plans as they stand.
fn standing(state: &State) -> Vec<Plan> {
    state.plans.values().map(|agreed| agreed.now.clone()).collect()
}

/// What is on the Monday of somebody who is called by one of these names, and of nobody else: to be put before all that is everybody's.
pub(crate) fn monday_of(state: &State, names: &[String], today: Date) -> Option<Panel> {
    let plans = standing(state);
    let everybody = plan::everybody(&plans, today);
    let who = everybody.into_iter().find(|role| names.iter().any(|name| plan::is_called(name, role)))?;
    let page = plan::monday(&plans, Some(&who), today);
    let lists = [&page.late, &page.blocked, &page.mine];
    let cards: Vec<Due> = lists.into_iter().flatten().take(LISTED).map(|item| on_monday(&plans, item)).collect();
    let own = Link::new(format!("All of {who}"), format!("/monday?role={}", show::escape(&who)));
    Some(Panel {
        id: "yours".to_owned(),
        title: format!("Yours, as {who}"),
        pictures: vec![if cards.is_empty() {
            Picture::Words(vec!["Nothing is late, blocked or to do.".to_owned()])
        } else {
            Picture::Monday(cards)
        }],
        links: vec![own],
        ..Panel::default()
    })
}

fn on_monday(plans: &[Plan], item: &plan::Item) -> Due {
    let of = plans.iter().find(|plan| plan.id == item.plan);
    let state = match item.state {
        None => "in the way",
        Some(plan::State::ToDo) => Progress::ToDo.say(),
        Some(plan::State::Started(_)) => Progress::Doing.say(),
        Some(plan::State::Done(_)) => Progress::Done.say(),
    };
    let rocks = item.held.iter().map(|(rock, _)| rock.as_str()).collect::<Vec<_>>();
    let movers: Vec<&str> = item.held.iter().map(|(_, who)| who.as_str()).collect();
    // A rock is on the list of whoever can move it.
    let (owner, movers) =
        if item.state.is_some() { (item.who.clone(), movers.join("; ")) } else { (String::new(), item.who.clone()) };
    Due {
        step: Link::new(item.title.clone(), format!("/plans/{}", item.plan)),
        plan: of.map_or_else(String::new, |plan| plan.title.clone()),
        state: state.to_owned(),
        owner,
        due: item.due.map(Into::into),
        days_late: if item.state.is_some() { item.days.max(0) as u64 } else { 0 },
        blocked_by: rocks.join("; "),
        who_can_move_it: movers,
        note: show::chart::sentence(&item.words),
    }
}

fn warned(plans: &[Plan], today: Date, role: Option<&str>) -> Option<Panel> {
    let own = |warning: &plan::Warning| role.is_none_or(|role| warning.is_of(role));
    let found = plan::warnings(plans, today);
    let said = |warning: &plan::Warning| {
        let words = show::chart::sentence(&warning.to_string());
        if words.ends_with('?') { words } else { format!("{words}.") }
    };
    let words: Vec<String> = found.iter().filter(|&warning| own(warning)).map(said).collect();
    (!words.is_empty()).then(|| Panel {
        id: "warnings".to_owned(),
        title: "What does not add up".to_owned(),
        pictures: vec![Picture::Words(words)],
        ..Panel::default()
    })
}

/// Promised against delivered, by class: days and pounds.
fn record(state: &State, today: Date) -> Panel {
    let (times, money) = past(state, today);
    let mut days = Table::new([
        "class",
        "steps_done",
        "they_were_promised",
        "they_took",
        "still_open_and_over",
        "middle_step_for_100_promised",
    ]);
    for one in plan::promised_against_delivered(&times) {
        days.push([
            class_called(&one.class).into(),
            one.schemes.into(),
            Cell::of(Some(one.promised), &Unit::Days),
            Cell::of(Some(one.delivered), &Unit::Days),
            one.over.into(),
            Cell::of(one.middle.map(|middle| (100.0 * middle).round()), &Unit::Of(String::new())),
        ]);
    }
    let mut pounds_came =
        Table::new(["class", "savings_found", "promised", "delivered", "middle_saving_for_100_promised"]);
    for one in plan::promised_against_delivered(&money) {
        pounds_came.push([
            class_called(&one.class).into(),
            one.schemes.into(),
            Cell::of(Some(one.promised), &pounds()),
            Cell::of(Some(one.delivered), &pounds()),
            Cell::of(one.middle.map(|middle| (100.0 * middle).round()), &Unit::Of(String::new())),
        ]);
    }
    let shown = |caption: &str, table: Table, none: &str| {
        if table.rows.is_empty() {
            Picture::Words(vec![none.to_owned()])
        } else {
            Picture::Rows(Rows { caption: caption.to_owned(), table, links: Vec::new() })
        }
    };
    Panel {
        id: "record".to_owned(),
        title: "Promised, and delivered".to_owned(),
        note: "Days of each step from its own beginning. The middle step has as many that took longer, for what was promised of \
               them, as shorter; open ones count for as long as they have lasted, so it is no sum over a sum."
            .to_owned(),
        pictures: vec![
            shown(
                "Days taken for each 100 promised, by class",
                days,
                "No step that was seen to begin is done yet, so forecasts rest on what other places published: between 1.10 and 1.54 of the time promised.",
            ),
            shown(
                "Pounds delivered for each 100 promised, by class",
                pounds_came,
                "Of no saving has anybody said yet what it brought, so forecasts rest on what was published: sums of 0.59 to 0.94 of the money promised, single schemes taken to spread wider.",
            ),
        ],
        width: Width::Wide,
        ..Panel::default()
    }
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

    fn rocks_of<'p>(plans: impl Iterator<Item = &'p Plan>, today: Date) -> Rocks {
        let rock = |plan: &Plan, rock: &agree::plan::Rock| show::Rock {
            what: Link::new(rock.title.clone(), format!("/plans/{}#rocks", plan.id)),
            who: plan.role_called(&rock.who_can_move_it).to_owned(),
            days: rock.age_days(today) as u64,
            cleared: !rock.lies(today),
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
        let behind = late(&plans, today);
        let lying = plans.iter().flat_map(|plan| &plan.rocks).filter(|rock| rock.lies(today)).count();
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
            let behind = late(std::slice::from_ref(plan), today);
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
                owner: match newest {
                    _ if !plan.owner.is_empty() => plan.owner.clone(),
                    newest => newest.map_or_else(String::new, |version| version.who.clone()),
                },
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
        view.panels.extend(warned(&plans, today, None));
        view.panels.push(Panel {
            id: "rocks".to_owned(),
            title: "What blocks us".to_owned(),
            pictures: vec![Picture::Rocks(Self::rocks_of(plans.iter(), today))],
            width: Width::Whole,
            ..Panel::default()
        });
        view.panels.extend(self.half_lives(&plans, today));
        view.panels.push(record(&state, today));
        Ok(view)
    }

    /// How long rocks lie, as a measure over time.
    fn half_lives(&self, plans: &[Plan], today: Date) -> Option<Panel> {
        let rocks = plans.iter().flat_map(|plan| &plan.rocks);
        let months = plan::half_life_by_month(rocks, today, MONTHS);
        let first = months.iter().position(|(_, seen)| seen.all > 0)?;
        let months = &months[first..];
        let says = "Days within which half of the rocks raised in the half-year before were cleared, those that still lay counted for as long as they had lain (Kaplan and Meier)";
        let start = |on: Date| on.ymd().2 as i32 - 1;
        // Where fewer than half were cleared there is nothing to draw: the table says so.
        let points = months.iter().filter(|(_, seen)| seen.half_life_days().is_some()).map(|(on, seen)| show::Point {
            start: Date(on.0 - start(*on)).into(),
            value: seen.half_life_days(),
            signal: show::Signal::Ordinary,
        });
        let (_, newest) = months.last()?;
        let latest = Figure::new(newest.half_life_days(), Unit::Days, self.planned("rocks", says, newest.all));
        let sentence = match (newest.half_life_days(), newest.all) {
            (Some(days), _) => format!("Half are cleared within {}", Unit::Days.say(days)),
            (None, 0) => "None was raised in the last half-year".to_owned(),
            (None, all) => format!("{} of {} cleared: fewer than half", newest.cleared, plural(all, "rock")),
        };
        let mut table = Table::new(["month_to", "raised_in_half_year", "cleared", "half_are_cleared_within"]);
        for (on, seen) in months {
            table.push([
                long(*on).into(),
                seen.all.into(),
                seen.cleared.into(),
                seen.half_life_days().map_or("not half yet".into(), |days| Cell::of(Some(days), &Unit::Days)),
            ]);
        }
        let chart = show::Measure {
            sector: "Rocks".to_owned(),
            sentence,
            latest,
            series: show::Series {
                id: "half-life-by-month".to_owned(),
                title: "Days until half of the rocks are cleared".to_owned(),
                unit: Unit::Days,
                better: Better::Lower,
                every: show::Every::Month,
                points: points.collect(),
                limits: Vec::new(),
                target: None,
                events: Vec::new(),
                baseline: None,
                method: String::new(),
            },
            href: None,
        };
        Some(Panel {
            id: "half-life".to_owned(),
            title: "How long rocks lie".to_owned(),
            note: "Each month looks back over half a year.".to_owned(),
            pictures: vec![
                Picture::Measures(vec![chart]),
                Picture::Rows(Rows { caption: "Half-life of rocks by month".to_owned(), table, links: Vec::new() }),
            ],
            width: Width::Whole,
            ..Panel::default()
        })
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
        let promised = plan::promised(&first_promised(agreed)).map_err(wrong)?;
        let mut view = self.blank(ask, plan.title.clone());
        let newest = agreed.versions.last();
        view.over = newest.map_or_else(String::new, |version| {
            let day = long(self.zone().date(version.at));
            format!("Plan, version {} of {day}, by {}", agreed.versions.len(), version.who)
        });
        let (done, all) = counts(plan);
        let says = format!("{RUNS} runs of the plan as it stands, each step drawn from the record of its class");
        let evidence = || self.planned(&format!("plan/{id}"), &says, RUNS as usize);
        view.lede = match all - done {
            0 => "Every step is done.".to_owned(),
            _ => format!(
                "As likely as not, done by {}; one time in ten by {}, one in ten later than {}. First promised: {}.",
                long(played.end.p50),
                long(played.end.p10),
                long(played.end.p90),
                long(promised.end),
            ),
        };
        if !plan.aim.is_empty() {
            view.lede = format!("{} {}", full_stop(&plan.aim), view.lede);
        }
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
        if plan.savings.iter().any(|saving| saving.gives == Gives::Cash) {
            let (range, promised) = (&played.money.recurrent_cash_a_year, promised.cash_a_year);
            view.facts.push(Fact {
                title: "Cash in a whole year".to_owned(),
                figure: Figure::new(range.p50, pounds(), evidence()).within(Some((range.p10, range.p90))),
                note: format!("of {} promised, recurrent", pounds().say(promised)),
            });
        }
        view.panels.extend(warned(std::slice::from_ref(plan), today, None));
        view.panels.push(Panel {
            id: "steps".to_owned(),
            title: "Steps".to_owned(),
            pictures: vec![Picture::Schedule(steps(agreed, &laid, &played, today))],
            links: newest
                .into_iter()
                .flat_map(|version| &version.because)
                .map(|cause| super::talked::because(&state, cause))
                .collect(),
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
                    _ => format!("{}: as likely as not by {}.", step.title, long(dates.p50)),
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
                Picture::Rocks(Self::rocks_of([plan].into_iter(), today))
            }],
            ..Panel::default()
        });
        if !plan.savings.is_empty() {
            view.panels.push(Panel {
                id: "money".to_owned(),
                title: "What it will bring".to_owned(),
                pictures: vec![Picture::Money(Box::new(self.money(
                    plan,
                    &played,
                    &promised,
                    &past(&state, today),
                    evidence(),
                )))],
                ..Panel::default()
            });
        }
        if !agreed.delivered.is_empty() {
            view.panels.push(came(agreed));
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

    fn money(
        &self,
        plan: &Plan,
        played: &Forecast,
        promised: &Promised,
        past: &(Vec<Past>, Vec<Past>),
        evidence: Evidence,
    ) -> Money {
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
        let kinds = money.kinds.iter().zip(promised.kinds.into_iter().zip(promised.whole));
        let record = |past: &[Past], noun: &str| {
            let learnt = plan::promised_against_delivered(past).into_iter();
            let saved = learnt.map(|one| Saved {
                name: class_called(&one.class),
                figure: Figure::new(one.middle.map(|middle| 100.0 * middle), Unit::Of(String::new()), evidence.clone()),
                promised: Some(100.0),
                note: match one.over {
                    0 => format!("{} done", plural(one.schemes, noun)),
                    over => format!("{} done, {over} open and over", plural(one.schemes, noun)),
                },
            });
            saved.collect()
        };
        let title = |id: &String| {
            plan.savings.iter().find(|saving| saving.id == *id).map_or(id.clone(), |known| known.title.clone())
        };
        Money {
            id: "money".to_owned(),
            title: format!("As likely as not, at least {} in cash by {}", pounds().say(money.cash.p50), long(money.until)),
            definition: "The middle of all runs, and the range from one in ten to nine in ten. Recurrent and one-off cash are added up until that day; time and cost avoided are never added to cash.".to_owned(),
            total: figure(&money.cash),
            promised: promised.cash,
            goal: plan.goal.map(|goal| (goal.cash, format!("goal {} by {}", pounds().say(goal.cash), long(goal.by)))),
            chance: played.reaches_cash.map(|chance| Figure::new(100.0 * chance, Unit::Percent, evidence.clone())),
            kinds: kinds
                .map(|((again, gives, range), (by_then, whole))| Saved {
                    name: kind(*again, *gives),
                    figure: if whole > 0.0 {
                        figure(range)
                    } else {
                        Figure { value: None, range: None, missing: show::Missing::None, ..figure(range) }
                    },
                    promised: Some(by_then),
                    note: match again {
                        _ if whole <= 0.0 => String::new(),
                        Again::Recurrent => format!("{} a year promised", pounds().say(whole)),
                        Again::OneOff => format!("{} promised", pounds().say(whole)),
                    },
                })
                .collect(),
            record: record(&past.1, "saving"),
            days: record(&past.0, "step"),
            counted_elsewhere: money.counted_elsewhere.iter().map(title).collect(),
            perhaps_twice: money.perhaps_twice.iter().map(title).collect(),
        }
    }

    /// `/monday`
    pub(super) fn monday(&self, ask: &Ask, role: Option<&str>) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let plans = standing(&state);
        let everybody = plan::everybody(&plans, today);
        let links =
            || everybody.iter().map(|name| Link::new(name.clone(), format!("/monday?role={}", show::escape(name))));
        let who = match role {
            None => None,
            // By what it is called, or by the id that a plan gives it.
            Some(wanted) => {
                let by_name = everybody.iter().find(|name| plan::is_called(wanted, name));
                let roles = || plans.iter().flat_map(|plan| &plan.roles);
                let by_id = || roles().find(|role| role.id == wanted).and_then(|role| everybody.get(&role.name));
                let Some(known) = by_name.or_else(by_id) else {
                    let (what, name) = ("role".to_owned(), wanted.to_owned());
                    return Err(Wrong::NoSuch { what, name, like: links().collect() });
                };
                Some(known.as_str())
            }
        };
        let page = plan::monday(&plans, who, today);
        let (late, blocked) = (page.behind(), page.blocked.len());
        let both = late - page.late.len();
        let stands = match (late, blocked) {
            (0, 0) => "nothing is late or blocked".to_owned(),
            (late, 0) => format!("{} late", are(late, "step")),
            (0, blocked) => format!("{} blocked", are(blocked, "step")),
            (late, blocked) if both == 0 => format!("{} late, {} blocked", are(late, "step"), are(blocked, "step")),
            (late, blocked) => {
                format!("{} late, {} blocked, {both} of them both", are(late, "step"), are(blocked, "step"))
            }
        };
        let title = who.map_or_else(|| show::chart::sentence(&stands), |name| format!("{name}: {stands}"));
        let mut view = self.blank(ask, title);
        view.over = format!("Monday page of {}", long(today));
        if everybody.is_empty() {
            view.panels.push(Panel {
                id: "roles".to_owned(),
                title: "What will stand here".to_owned(),
                pictures: vec![super::talked::empty("No plan yet", "A plan names who answers for each step.")],
                links: vec![Link::new("Plans", "/plans")],
                ..Panel::default()
            });
            return Ok(view);
        }
        view.choices = vec![Choice {
            name: "role",
            label: "Whose".to_owned(),
            all: "Everybody's".to_owned(),
            options: everybody.iter().map(|name| (name.clone(), name.clone())).collect(),
            chosen: who.map(str::to_owned),
        }];
        let next = if who.is_some() {
            "Mine, the soonest promised first"
        } else {
            "Next: rocks to move, then what is promised soonest"
        };
        for (panel, title, none, items) in [
            ("late", "Late and free to go on, the latest first", "Nothing is late that is not blocked.", &page.late),
            ("blocked", "Blocked, the latest first", "Nothing is blocked.", &page.blocked),
            ("mine", next, "Nothing is under way or ready to begin.", &page.mine),
        ] {
            let rows: Vec<Due> = items.iter().take(LISTED).map(|item| on_monday(&plans, item)).collect();
            let mut pictures =
                vec![if rows.is_empty() { Picture::Words(vec![none.to_owned()]) } else { Picture::Monday(rows) }];
            if items.len() > LISTED {
                pictures.push(Picture::Words(vec![format!("{} more: choose a role.", items.len() - LISTED)]));
            }
            view.panels.push(Panel { id: panel.to_owned(), title: title.to_owned(), pictures, ..Panel::default() });
        }
        view.panels.extend(warned(&plans, today, who));
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
            let rocks = Self::rocks_of(state.plans.values().map(|agreed| &agreed.now), today);
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

/// A sentence with its end.
fn full_stop(words: &str) -> String {
    if words.ends_with(['.', '?', '!']) { words.to_owned() } else { format!("{words}.") }
}

/// "2 steps are"
fn are(many: usize, noun: &str) -> String {
    format!("{} {}", plural(many, noun), if many == 1 { "is" } else { "are" })
}

/// What savings were found to bring, beside what was first promised of them.
fn came(agreed: &Agreed) -> Panel {
    let mut table = Table::new(["saving", "promised", "delivered", "since", "evidence", "said_by"]);
    for found in agreed.delivered.values() {
        let first = agreed.first.savings.iter().find(|saving| saving.id == found.is.saving);
        table.push([
            first.map_or(found.is.saving.as_str(), |saving| &saving.title).into(),
            Cell::of(first.map(|saving| saving.promised), &pounds()),
            Cell::of(Some(found.is.pounds), &pounds()),
            long(found.is.on).into(),
            found.is.evidence.as_str().into(),
            found.who.as_str().into(),
        ]);
    }
    Panel {
        id: "came".to_owned(),
        title: "Money that came".to_owned(),
        note: "A year where it comes each year, in all where it comes once.".to_owned(),
        pictures: vec![Picture::Rows(Rows { caption: "What savings brought".to_owned(), table, links: Vec::new() })],
        width: Width::Whole,
        ..Panel::default()
    }
}

fn steps(agreed: &Agreed, laid: &plan::Schedule, played: &Forecast, today: Date) -> Schedule {
    let plan = &agreed.now;
    let count = |day: Date| f64::from(day.0 - plan.start.0);
    let mut last = count(played.end.p90).max(count(today));
    let short = |day: Date| {
        let form = if day.ymd().0 == today.ymd().0 { "%-d %b" } else { "%-d %b %Y" };
        jiff::civil::Date::from(day).strftime(form).to_string()
    };
    let days_late = |by: Date, due: Date| format!("{} late", plural((by.0 - due.0) as usize, "day"));
    let task = |step: &Step| {
        let spot = laid.steps.iter().find(|spot| spot.step == step.id)?;
        let told = played.steps.iter().find(|told| told.step == step.id);
        let early = played.early_wins.iter().find(|win| win.0 == step.id);
        let middle = told.map_or(spot.finish, |told| told.finish);
        let (state, from, to) = match step.state {
            plan::State::Done(on) => {
                let began = agreed.began.get(&step.id).copied().unwrap_or(Date(on.0 - step.days as i32));
                (Progress::Done, count(began).max(0.0), count(on))
            }
            plan::State::Started(on) => (Progress::Doing, count(on), count(middle)),
            plan::State::ToDo => (Progress::ToDo, count(told.map_or(spot.start, |told| told.start)), count(middle)),
        };
        let is_open = state != Progress::Done;
        let lying = plan.rocks.iter().filter(|rock| rock.lies(today) && rock.blocks.contains(&step.id));
        // What is done is measured by the first day that was promised.
        let due = if is_open { step.due } else { agreed.first_due(&step.id).or(step.due) };
        let note = match (step.state, due) {
            (plan::State::Done(on), Some(due)) if on > due => format!("done {}, {}", short(on), days_late(on, due)),
            (plan::State::Done(on), _) => format!("done {}", short(on)),
            (_, Some(due)) if due < today => format!("due {}, {}", short(due), days_late(today, due)),
            (_, Some(due)) => match told.and_then(|told| told.late) {
                Some(late) => format!("due {}; {:.0} in 100 later", short(due), 100.0 * late),
                None => format!("due {}", short(due)),
            },
            _ => String::new(),
        };
        Some(Task {
            name: step.title.clone(),
            owner: plan.role_called(&step.owner).to_owned(),
            state,
            from,
            to,
            range: early.filter(|_| is_open).map(|(_, dates)| (count(dates.p10), count(dates.p90))),
            due: due.map(count),
            note,
            critical: is_open && laid.critical.contains(&step.id),
            rocks: lying.map(|rock| rock.title.clone()).collect(),
            early_win: step.early_win,
            href: None,
        })
    };
    let all: Vec<Task> = plan.steps.iter().filter_map(task).collect();
    let (tasks, rest) = drawn(all, count(today));
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
            format!(
                "As likely as not, done by {}; {:.0} in 100 by {}",
                long(played.end.p50),
                100.0 * chance,
                long(goal.by)
            )
        }
        _ => format!("As likely as not, done by {}", long(played.end.p50)),
    };
    Schedule {
        id: "steps".to_owned(),
        title,
        definition:
            "Each bar from when a step begins to when it ends, half of the time sooner; the mark is the day promised."
                .to_owned(),
        ticks: ticks.collect(),
        from: Some(plan.start.into()),
        today: count(today),
        tasks,
        rest,
        goal: plan.goal.map(|goal| (count(goal.by), format!("goal {}", short(goal.by)))),
    }
}

/// Of a long plan what is late, under way and next, in the order of the plan; and the rest.
fn drawn(all: Vec<Task>, today: f64) -> (Vec<Task>, Vec<Task>) {
    if all.len() <= DRAWN {
        return (all, Vec::new());
    }
    let overdue = |task: &Task| task.due.is_some_and(|due| due < today);
    let rank = |task: &Task| match task.state {
        Progress::Done => 3,
        _ if overdue(task) => 0,
        Progress::Doing => 1,
        Progress::ToDo => 2,
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| rank(&all[a]).cmp(&rank(&all[b])).then(all[a].from.total_cmp(&all[b].from)));
    let kept: std::collections::BTreeSet<usize> = order.into_iter().take(DRAWN).collect();
    let (tasks, rest): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(at, _)| kept.contains(at));
    let alone = |all: Vec<(usize, Task)>| all.into_iter().map(|one| one.1).collect();
    (alone(tasks), alone(rest))
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
    // Those with fewer drivers stand in the column of steps all the same: the way to them is empty.
    fn add(lines: &mut Vec<Line>, drivers: &[String], step: &Step, left: usize) {
        let (first, rest) = match drivers {
            [] if left == 0 => {
                lines.push(Line { words: step.title.clone(), ..Line::default() });
                return;
            }
            [] => ("\u{2014}", drivers),
            [first, rest @ ..] => (first.as_str(), rest),
        };
        let at = lines.iter().position(|line| line.words == first).unwrap_or_else(|| {
            lines.push(Line { words: first.to_owned(), ..Line::default() });
            lines.len() - 1
        });
        add(&mut lines[at].under, rest, step, left - 1);
    }
    let depth = plan.steps.iter().map(|step| step.drivers.len()).max().unwrap_or(0);
    let mut aims = Vec::new();
    plan.steps
        .iter()
        .filter(|step| !step.drivers.is_empty())
        .for_each(|step| add(&mut aims, &step.drivers, step, depth));
    let columns: &[&str] = match depth {
        1 => &["Aim", "Steps"],
        2 => &["Aim", "Drivers", "Steps"],
        _ => &["Aim", "Primary drivers", "Secondary drivers", "Steps"],
    };
    Lines { id: "drivers".to_owned(), columns: columns.iter().map(|&name| name.to_owned()).collect(), lines: aims }
}

/// A plan's forecast as rows.
pub fn forecast_table(plan: &Plan, played: &Forecast) -> Table {
    let mut table = Table::new(["step", "title", "owner", "due", "start_p50", "finish_p50", "chance_late_percent"]);
    for told in &played.steps {
        let Some(step) = plan.steps.iter().find(|step| step.id == told.step) else { continue };
        table.push([
            step.id.as_str().into(),
            step.title.as_str().into(),
            step.owner.as_str().into(),
            step.due.map_or(Cell::Missing, |due| due.to_string().into()),
            told.start.to_string().into(),
            told.finish.to_string().into(),
            Cell::of(told.late.map(|late| 100.0 * late), &Unit::Percent),
        ]);
    }
    table
}
