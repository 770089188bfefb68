//! Plans: agreed, followed, and cleared of rocks.

use super::fields::*;
use super::{Led, No, Sent, Shared, unfit};
use crate::access::Person;
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use agree::log::{Act, Cycle, PlanAgreed, RockCleared, RockRaised, StepProgress, day_of};
use agree::plan::{Plan, Rock, State as Progress};
use axum::http::header::HeaderMap;
use show::{Act as Offer, Entry, Field, View};

/// The most letters of a plan that is pasted: some 2,000 steps.
const PLAN: usize = 1_000_000;
/// A small plan to begin from.
const EXAMPLE: &str = r#"id = "home-first"
title = "Home First in Eastbrook"
start = 2026-01-05
goal = { by = 2026-12-31, cash = 150000 }

[[role]]
id = "therapist"
name = "Therapists, Community Health"
fte = 2.0

[[step]]
id = "rota"
title = "Agree the rota"
owner = "therapist"
class = "people"
days = 14
due = 2026-01-19
effort = [{ role = "therapist", days = 6 }]
drivers = ["People go home sooner"]

[[step]]
id = "first-ten"
title = "First ten people home"
owner = "therapist"
days = 28
after = ["rota"]
due = 2026-02-16
early_win = true

[[saving]]
id = "bed-days"
title = "Fewer days in bed after being ready"
step = "first-ten"
class = "beds"
promised = 310000
again = "recurrent"
gives = "capacity"
banked_by = "Rivermead General"
"#;

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    shared: &Shared,
    view: &mut View,
    ask: &Ask,
    reader: Option<&Person>,
    _headers: &HeaderMap,
) -> Result<(), Wrong> {
    let settles = reader.is_some_and(|reader| reader.settles);
    let speaks = reader.is_some_and(|reader| reader.notes || reader.settles);
    match &ask.page {
        Page::Plans if settles => {
            put(view, "new", vec![plan_form(shared, ask, None)]);
        }
        Page::Plan(id) if speaks => {
            let state = shared.at.said.state()?;
            let Some(agreed) = state.plans.get(id) else { return Ok(()) };
            let mut offers = step_forms(ask, id, agreed);
            if settles {
                offers.push(plan_form(shared, ask, Some(agreed)));
            }
            put(view, "do", offers);
        }
        Page::Monday(None) => {
            let Some(reader) = reader else { return Ok(()) };
            let state = shared.at.said.state()?;
            let seats = state.scheme.iter().flat_map(|scheme| &scheme.rows().seats);
            let seats = seats.filter(|seat| Some(&seat.id) == reader.seat.as_ref()).map(|seat| seat.role.clone());
            let names: Vec<String> = std::iter::once(reader.name.clone()).chain(seats).collect();
            if let Some(own) = crate::view::monday_of(&state, &names, day_of(now())) {
                view.panels.insert(0, own);
            }
        }
        _ => {}
    }
    Ok(())
}

fn plan_form(shared: &Shared, ask: &Ask, agreed: Option<&agree::log::Agreed>) -> Offer {
    let newest = agreed.and_then(|agreed| agreed.versions.last());
    let parent = newest.map_or_else(String::new, |version| version.seq.to_string());
    // What has happened since stays whatever the text says, so it is not in it.
    let text = agreed.and_then(|agreed| toml::to_string(&agreed.now.promised()).ok());
    let text = text.unwrap_or_else(|| EXAMPLE.to_owned());
    let fields = vec![
        Field {
            required: true,
            most: PLAN,
            ..holding(
                Field {
                    entry: Entry::Long,
                    ..hinted(line("plan", "The plan"), "As TOML: docs/plans.md tells every key.")
                },
                text,
            )
        },
        holding(
            chosen("measure", "Which measure does it hope to move?", Entry::Line, or_none("none", measures(shared))),
            newest.and_then(|version| version.is.measure.clone()).unwrap_or_default(),
        ),
        holding(
            day("review_on", "Looked at again on"),
            newest.and_then(|v| v.is.review_on).map_or_else(String::new, |day| day.to_string()),
        ),
        hinted(
            Field { entry: Entry::Long, ..line("because", "Because of what?") },
            "One address, or statement/12, a line. May be empty.",
        ),
    ];
    let title = if agreed.is_some() { "Agree a new version" } else { "Agree a new plan" };
    offer(title, "", form(ask, "plan", &[("parent", &parent)], fields, title))
}

fn step_forms(ask: &Ask, id: &str, agreed: &agree::log::Agreed) -> Vec<Offer> {
    let plan = &agreed.now;
    let today = day_of(now()).to_string();
    let steps: Vec<(String, String)> = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.state, Progress::Done(_)))
        .map(|step| (step.id.clone(), step.title.clone()))
        .collect();
    let lying: Vec<(String, String)> = plan
        .rocks
        .iter()
        .filter(|rock| rock.cleared.is_none())
        .map(|rock| (rock.id.clone(), rock.title.clone()))
        .collect();
    let about = [("about", id)];
    let mut offers = Vec::new();
    if !steps.is_empty() {
        let states = [("started", "It has begun"), ("done", "It is done"), ("to-do", "It has not begun after all")];
        let fields = vec![
            chosen("step", "Which step?", Entry::Line, steps.clone()),
            Field { required: true, ..chosen("state", "How far has it come?", Entry::Radios, pairs(states)) },
            holding(day("on", "On which day"), &today),
        ];
        offers.push(offer("A step has begun, or is done", "", form(ask, "step", &about, fields, "Keep this")));
    }
    let fields = vec![
        Field { required: true, most: 200, ..line("title", "What blocks us?") },
        hinted(
            Field { required: true, most: 100, ..line("who_can_move_it", "Who can move it?") },
            "A role or a body, never a name.",
        ),
        chosen("blocks", "Which steps does it block?", Entry::Ticks, steps),
    ];
    offers.push(offer(
        "Raise a rock",
        "Anybody who meets one may. It is seen by whoever can move it.",
        form(ask, "rock", &about, fields, "Raise this rock"),
    ));
    if !lying.is_empty() {
        let fields = vec![
            chosen("rock", "Which rock?", Entry::Line, lying),
            holding(day("on", "Since when is it out of the way"), &today),
            Field { required: true, ..long_text("how", "How?", "") },
        ];
        offers.push(offer("A rock is cleared", "", form(ask, "clear", &about, fields, "It is cleared")));
    }
    let cycles: Vec<(String, String)> =
        agreed.cycles.values().map(|cycle| (cycle.id.clone(), cycle.try_it.chars().take(60).collect())).collect();
    let fields = vec![
        chosen("cycle", "Which test?", Entry::Line, or_none("a new one", cycles)),
        Field {
            required: true,
            ..long_text("try_it", "Plan", "What is tried, with whom, until when, and what is expected.")
        },
        long_text("done", "Do", "What was done."),
        long_text("seen", "Study", "What was seen."),
        long_text("so", "Act", "Adopt, adapt or abandon, and why."),
    ];
    offers.push(offer(
        "Plan, do, study, act",
        "A small test, before it is done everywhere.",
        form(ask, "cycle", &about, fields, "Keep this test"),
    ));
    offers
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(shared: &Shared, kind: &str, sent: &Sent) -> Option<Result<Led, No>> {
    Some(match kind {
        "plan" => plan(shared, sent),
        "step" => step(shared, sent),
        "rock" => rock(shared, sent),
        "clear" => clear(shared, sent),
        "cycle" => cycle(shared, sent),
        _ => return None,
    })
}

fn plan(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not agree plans")?.name.clone();
    let plan: Plan = match toml::from_str(&sent.text("plan")) {
        Ok(plan) => plan,
        Err(wrong) => {
            let line = wrong.span().map_or(1, |span| sent.text("plan")[..span.start].matches('\n').count() + 1);
            return unfit("plan", format!("Line {line}: {}", wrong.message().lines().next().unwrap_or_default()));
        }
    };
    let id = plan.id.clone();
    let agreed = PlanAgreed {
        plan,
        measure: filled(sent.text("measure")),
        parent: sent.text("parent").parse().ok(),
        review_on: sent.day("review_on")?,
    };
    sent.does_because(shared, who, Act::Plan(agreed))?;
    Ok(Led::to(format!("/plans/{id}")))
}

fn step(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not say how far a step has come")?.name.clone();
    let state = match sent.text("state").as_str() {
        "started" => Progress::Started(a_day(sent, "on")?),
        "done" => Progress::Done(a_day(sent, "on")?),
        "to-do" => Progress::ToDo,
        _ => return unfit("state", "Choose one of these"),
    };
    let act = Act::Progress(StepProgress { plan: sent.text("about"), step: sent.text("step"), state });
    sent.does(shared, who, act)?;
    Ok(back(sent, "steps"))
}

fn rock(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not raise rocks")?.name.clone();
    let (state, plan) = (shared.at.said.state()?, sent.text("about"));
    let title = sent.text("title");
    let taken = |id: &str| state.plans.get(&plan).is_some_and(|known| known.now.rocks.iter().any(|rock| rock.id == id));
    let rock = Rock {
        id: named(&title, taken),
        title,
        blocks: sent.all("blocks"),
        who_can_move_it: sent.text("who_can_move_it"),
        raised: day_of(now()),
        cleared: None,
    };
    sent.does(shared, who, Act::Rock(RockRaised { plan, rock }))?;
    Ok(back(sent, "rocks"))
}

fn clear(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not say that a rock is cleared")?.name.clone();
    let act = RockCleared {
        plan: sent.text("about"),
        rock: sent.text("rock"),
        on: a_day(sent, "on")?,
        how: sent.text("how"),
    };
    sent.does(shared, who, Act::Cleared(act))?;
    Ok(back(sent, "rocks"))
}

fn cycle(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not write down tests")?.name.clone();
    let (state, plan, try_it) = (shared.at.said.state()?, sent.text("about"), sent.text("try_it"));
    let taken = |id: &str| state.plans.get(&plan).is_some_and(|known| known.cycles.contains_key(id));
    let id = filled(sent.text("cycle")).unwrap_or_else(|| named(&try_it, taken));
    let (done, seen, so) = (sent.text("done"), sent.text("seen"), sent.text("so"));
    sent.does(shared, who, Act::Cycle(Cycle { plan, id, try_it, done, seen, so }))?;
    Ok(back(sent, "cycles"))
}
