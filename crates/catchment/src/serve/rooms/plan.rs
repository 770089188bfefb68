//! Plans: agreed, followed, and cleared of rocks.

use super::fields::*;
use super::{Led, No, Sent, Shared, unfit};
use crate::access::Person;
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use agree::log::{Act, Cycle, Delivered, PlanAgreed, RockCleared, RockRaised, StepProgress, day_of};
use agree::plan::{Again, Effort, Gives, Goal, Plan, Pool, Rock, Role, Saving, State as Progress, Step};
use axum::http::header::HeaderMap;
use show::{Act as Offer, Entry, Field, View};

/// The most letters of a plan that is pasted: some 2,000 steps.
const PLAN: usize = 1_000_000;
/// So many steps are boxes to tick; more are named by their ids.
const TICKED: usize = 60;
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
            put(view, "new", vec![new_form(shared, ask), plan_form(shared, ask, None)]);
        }
        Page::Plan(id) if speaks => {
            let state = shared.at.said.state()?;
            let Some(agreed) = state.plans.get(id) else { return Ok(()) };
            let mut offers = step_forms(ask, id, agreed);
            if settles {
                offers.extend(part_forms(ask, id, &agreed.now));
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
    let (title, detail) = match agreed {
        Some(_) => (
            "Agree a new version as text",
            "What is done, begun, delivered or in the way stays, and is not in the text.",
        ),
        None => ("Agree a new plan as text", "As one file, all at once: the example is one to begin from."),
    };
    offer(title, detail, form(ask, "plan", &[("parent", &parent)], fields, title))
}

/// Any number of steps: boxes to tick, or of a long plan their ids.
fn several(name: &str, label: &str, steps: Vec<(String, String)>) -> Field {
    if steps.len() <= TICKED {
        return chosen(name, label, Entry::Ticks, steps);
    }
    hinted(Field { entry: Entry::Long, ..line(name, label) }, "The id of one step a line.")
}

/// The same as they were sent.
fn ids(sent: &Sent, name: &str) -> Vec<String> {
    sent.all(name).iter().flat_map(|text| lines(text)).map(str::to_owned).collect()
}

fn new_form(shared: &Shared, ask: &Ask) -> Offer {
    let fields = vec![
        Field { most: 200, ..needed("title", "What is it called?") },
        Field { most: 300, ..hinted(needed("aim", "What is it for?"), "In one sentence.") },
        Field { most: 100, ..hinted(needed("owner", "Who answers for it?"), "A role or a body, never a name.") },
        holding(Field { required: true, ..day("start", "From") }, day_of(now()).to_string()),
        Field { required: true, ..day("by", "Until") },
        hinted(line("cash", "Cash that it is to release until then, in pounds"), "May be empty."),
        chosen("measure", "Which measure does it hope to move?", Entry::Line, or_none("none", measures(shared))),
        day("review_on", "Looked at again on"),
        hinted(
            Field { entry: Entry::Long, ..line("because", "Because of what?") },
            "One address, or statement/12, a line. May be empty.",
        ),
    ];
    let detail = "Roles, steps and savings are added on its page.";
    offer("Begin a new plan", detail, form(ask, "plan-new", &[], fields, "Agree this plan"))
}

/// What makes the next version of a plan, one part at a time.
fn part_forms(ask: &Ask, id: &str, plan: &Plan) -> Vec<Offer> {
    const KEPT: &str = "Of one that is there, what is left empty stays as it is.";
    let about = [("about", id)];
    let roles: Vec<(String, String)> = plan.roles.iter().map(|role| (role.id.clone(), role.name.clone())).collect();
    let steps: Vec<(String, String)> = plan.steps.iter().map(|step| (step.id.clone(), step.title.clone())).collect();
    let savings: Vec<(String, String)> =
        plan.savings.iter().map(|saving| (saving.id.clone(), saving.title.clone())).collect();
    let pools: Vec<(String, String)> = plan.pools.iter().map(|pool| (pool.id.clone(), pool.title.clone())).collect();
    let role = vec![
        chosen("role", "Which role?", Entry::Line, or_none("a new one", roles.clone())),
        Field { most: 100, ..hinted(line("name", "What is it called?"), "A role, never a name of a person.") },
        hinted(line("fte", "How many whole posts has it for change?"), "0.5 is half a post; 0 is nobody yet."),
    ];
    let mut offers = vec![offer("Add or change a role", KEPT, form(ask, "plan-role", &about, role, "Keep this role"))];
    if !roles.is_empty() {
        let step = vec![
            chosen("step", "Which step?", Entry::Line, or_none("a new one", steps.clone())),
            Field { most: 200, ..line("title", "What is done?") },
            chosen("owner", "Who answers for it?", Entry::Line, or_none("as it is", roles)),
            hinted(line("days", "Days"), "Of the calendar, when all goes as promised."),
            day("due", "Promised for"),
            several("after", "Which steps must end before?", steps.clone()),
            hinted(line("effort", "Working days of whoever answers for it"), "Of one whole-time person."),
            hinted(
                line("class", "Strand"),
                "Steps of one strand are judged by the same record: people, digital, buildings.",
            ),
            hinted(
                Field { entry: Entry::Long, ..line("drivers", "What is it to move?") },
                "From the aim towards the step, one a line. May be empty.",
            ),
        ];
        offers.push(offer("Add or change a step", KEPT, form(ask, "plan-step", &about, step, "Keep this step")));
    }
    if !steps.is_empty() {
        let again = [("recurrent", "Each year"), ("one-off", "Once")];
        let gives = [
            ("cash", "Cash that is released"),
            ("capacity", "Time of people or beds"),
            ("avoided", "Cost that would have come"),
        ];
        let saving = vec![
            chosen("saving", "Which saving?", Entry::Line, or_none("a new one", savings.clone())),
            Field { most: 200, ..line("title", "What is saved?") },
            hinted(line("pounds", "Pounds promised"), "A year where it comes each year, in all where it comes once."),
            chosen("again", "How often?", Entry::Radios, pairs(again)),
            chosen("gives", "What does it give?", Entry::Radios, pairs(gives)),
            chosen("step", "It begins when this step ends", Entry::Line, or_none("as it is", steps)),
            hinted(line("class", "Kind"), "Savings of one kind are judged by the same record: beds, staff, buying."),
            Field { most: 100, ..line("banked_by", "Who banks it?") },
            chosen("pool", "Where does it come from?", Entry::Line, or_none("as it is, or nowhere", pools)),
            Field { most: 200, ..line("new_pool", "Or from another budget, called") },
            line("most", "of at most so many pounds a year"),
            chosen("same_as", "Is it another one by another name?", Entry::Line, or_none("as it is", savings.clone())),
            chosen(
                "not_same_as",
                "Does it look like another one, and is not?",
                Entry::Line,
                or_none("as it is", savings),
            ),
        ];
        let keep = form(ask, "plan-saving", &about, saving, "Keep this saving");
        offers.push(offer("Add or change a saving", KEPT, keep));
    }
    offers
}

fn step_forms(ask: &Ask, id: &str, agreed: &agree::log::Agreed) -> Vec<Offer> {
    let plan = &agreed.now;
    let today = day_of(now()).to_string();
    let steps: Vec<(String, String)> = plan
        .steps
        .iter()
        .filter(|step| !step.state.is_done())
        .map(|step| (step.id.clone(), step.title.clone()))
        .collect();
    let lying: Vec<(String, String)> = plan
        .rocks
        .iter()
        .filter(|rock| rock.lies(day_of(now())))
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
    let savings: Vec<(String, String)> = plan
        .savings
        .iter()
        .filter(|saving| saving.same_as.is_none())
        .map(|saving| (saving.id.clone(), saving.title.clone()))
        .collect();
    if !savings.is_empty() {
        let fields = vec![
            chosen("saving", "Which saving?", Entry::Line, savings),
            Field {
                required: true,
                ..hinted(
                    line("pounds", "Pounds that it brings"),
                    "A year where it comes each year, in all where it comes once.",
                )
            },
            holding(day("on", "Since when"), &today),
            Field {
                required: true,
                ..long_text("evidence", "What shows it?", "A budget that was cut, a ward that was closed, an address.")
            },
        ];
        let detail = "It is laid beside what was promised, and the next promise of its kind is judged by it.";
        offers.push(offer("Money has come", detail, form(ask, "delivered", &about, fields, "Keep this")));
    }
    let fields = vec![
        Field { required: true, most: 200, ..line("title", "What blocks us?") },
        hinted(
            Field { required: true, most: 100, ..line("who_can_move_it", "Who can move it?") },
            "A role or a body, never a name.",
        ),
        several("blocks", "Which steps does it block?", steps),
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
        "plan-new" => new(shared, sent),
        "plan-role" => next(shared, sent, "steps", with_role),
        "plan-step" => next(shared, sent, "steps", with_step),
        "plan-saving" => next(shared, sent, "money", with_saving),
        "delivered" => delivered(shared, sent),
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
            let text = sent.text("plan");
            let stands = text.lines().nth(line - 1).unwrap_or_default().trim();
            let words = wrong.message().lines().next().unwrap_or_default();
            return unfit("plan", format!("Line {line}, “{stands}”: {words}"));
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

fn new(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not agree plans")?.name.clone();
    let (state, title, owner) = (shared.at.said.state()?, sent.text("title"), sent.text("owner"));
    let id = named(&title, |id| state.plans.contains_key(id));
    let goal = Goal { by: a_day(sent, "by")?, cash: sent.number("cash")?.unwrap_or(0.0) };
    let start = a_day(sent, "start")?;
    if goal.by < start {
        return unfit("by", "That is before it begins");
    }
    let plan = Plan {
        id: id.clone(),
        title,
        aim: sent.text("aim"),
        roles: vec![Role { id: named(&owner, |_| false), name: owner.clone(), fte: 0.0 }],
        owner,
        start,
        goal: Some(goal),
        steps: Vec::new(),
        rocks: Vec::new(),
        pools: Vec::new(),
        savings: Vec::new(),
    };
    let (measure, review_on) = (filled(sent.text("measure")), sent.day("review_on")?);
    sent.does(shared, who, Act::Plan(PlanAgreed { plan, measure, parent: None, review_on }))?;
    Ok(Led::to(format!("/plans/{id}")))
}

/// The next version of a plan, with one part of it new or changed.
fn next(shared: &Shared, sent: &Sent, panel: &str, change: fn(&mut Plan, &Sent) -> Result<(), No>) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not agree plans")?.name.clone();
    let state = shared.at.said.state()?;
    let Some((agreed, newest)) =
        state.plans.get(&sent.text("about")).and_then(|agreed| Some((agreed, agreed.versions.last()?)))
    else {
        return unknown("about", "There is no such plan");
    };
    let mut plan = agreed.now.promised();
    change(&mut plan, sent)?;
    let (measure, review_on) = (newest.is.measure.clone(), newest.is.review_on);
    sent.does(shared, who, Act::Plan(PlanAgreed { plan, measure, parent: Some(newest.seq), review_on }))?;
    Ok(back(sent, panel))
}

/// The part that is to be changed, by its id; a new one, whose id is made of its name, where none is chosen.
fn at<'p, T>(all: &'p mut Vec<T>, id: fn(&T) -> &str, chosen: &str, new: Option<T>) -> Option<&'p mut T> {
    let at = match new {
        Some(new) => {
            all.push(new);
            all.len() - 1
        }
        None => all.iter().position(|one| id(one) == chosen)?,
    };
    all.get_mut(at)
}

fn with_role(plan: &mut Plan, sent: &Sent) -> Result<(), No> {
    let (chosen, name) = (sent.text("role"), sent.text("name"));
    let new = match (chosen.is_empty(), name.is_empty()) {
        (true, true) => return unfit("name", "Say what it is called"),
        (true, false) => {
            let id = named(&name, |id| plan.roles.iter().any(|role| role.id == id));
            Some(Role { id, name: name.clone(), fte: a_number(sent, "fte")? })
        }
        (false, _) => None,
    };
    let Some(role) = at(&mut plan.roles, |role| &role.id, &chosen, new) else {
        return unknown("role", "The plan has no such role");
    };
    role.fte = sent.number("fte")?.unwrap_or(role.fte);
    if !(role.fte == 0.0 || role.fte >= 0.01) {
        return unfit("fte", "Write 0, or a number from 0.01");
    }
    if !name.is_empty() {
        role.name = name;
    }
    Ok(())
}

fn with_step(plan: &mut Plan, sent: &Sent) -> Result<(), No> {
    let (chosen, title) = (sent.text("step"), sent.text("title"));
    let new = match (chosen.is_empty(), title.is_empty()) {
        (true, true) => return unfit("title", "Say what is done"),
        (true, false) => Some(Step {
            id: named(&title, |id| plan.steps.iter().any(|step| step.id == id)),
            title: title.clone(),
            owner: filled(sent.text("owner")).map_or_else(|| unfit("owner", "Choose who answers for it"), Ok)?,
            class: String::new(),
            days: a_number(sent, "days")?,
            after: Vec::new(),
            effort: Vec::new(),
            not_before: None,
            due: None,
            state: Progress::ToDo,
            early_win: false,
            drivers: Vec::new(),
        }),
        (false, _) => None,
    };
    let start = plan.start;
    let Some(step) = at(&mut plan.steps, |step| &step.id, &chosen, new) else {
        return unknown("step", "The plan has no such step");
    };
    let text = |name: &str| filled(sent.text(name));
    step.title = text("title").unwrap_or_else(|| step.title.clone());
    step.owner = text("owner").unwrap_or_else(|| step.owner.clone());
    step.class = text("class").unwrap_or_else(|| step.class.clone());
    step.days = sent.number("days")?.unwrap_or(step.days);
    step.due = sent.day("due")?.or(step.due);
    let after = ids(sent, "after");
    if after.contains(&step.id) {
        return unfit("after", "A step cannot wait for itself");
    }
    if !after.is_empty() {
        step.after = after;
    }
    if let Some(days) = sent.number("effort")? {
        let owner = step.owner.clone();
        step.effort.retain(|effort| effort.role != owner);
        step.effort.push(Effort { role: owner, days });
    }
    let drivers: Vec<String> = lines(&sent.text("drivers")).map(str::to_owned).collect();
    if !drivers.is_empty() {
        step.drivers = drivers;
    }
    if !(0.0..=36_525.0).contains(&step.days) {
        return unfit("days", "Write days from 0 to 36,525");
    }
    if step.due.is_some_and(|due| due < start) {
        return unfit("due", "That is before the plan starts");
    }
    Ok(())
}

fn with_saving(plan: &mut Plan, sent: &Sent) -> Result<(), No> {
    let (chosen, title) = (sent.text("saving"), sent.text("title"));
    let again = [("recurrent", Again::Recurrent), ("one-off", Again::OneOff)];
    let gives = [("cash", Gives::Cash), ("capacity", Gives::Capacity), ("avoided", Gives::Avoided)];
    let new = match (chosen.is_empty(), title.is_empty()) {
        (true, true) => return unfit("title", "Say what is saved"),
        (true, false) => Some(Saving {
            id: named(&title, |id| plan.savings.iter().any(|saving| saving.id == id)),
            title: title.clone(),
            step: filled(sent.text("step")).map_or_else(|| unfit("step", "Choose a step"), Ok)?,
            class: String::new(),
            promised: a_number(sent, "pounds")?,
            again: word(sent, "again", &again)?,
            gives: word(sent, "gives", &gives)?,
            banked_by: filled(sent.text("banked_by")).map_or_else(|| unfit("banked_by", "Say who banks it"), Ok)?,
            pool: None,
            same_as: None,
            not_same_as: Vec::new(),
            delivered: None,
        }),
        (false, _) => None,
    };
    let pool = match filled(sent.text("new_pool")) {
        Some(title) => {
            let id = named(&title, |id| plan.pools.iter().any(|pool| pool.id == id));
            plan.pools.push(Pool { id: id.clone(), title, most: a_number(sent, "most")? });
            Some(id)
        }
        None => filled(sent.text("pool")),
    };
    let Some(saving) = at(&mut plan.savings, |saving| &saving.id, &chosen, new) else {
        return unknown("saving", "The plan has no such saving");
    };
    let text = |name: &str| filled(sent.text(name));
    saving.title = text("title").unwrap_or_else(|| saving.title.clone());
    saving.step = text("step").unwrap_or_else(|| saving.step.clone());
    saving.class = text("class").unwrap_or_else(|| saving.class.clone());
    saving.banked_by = text("banked_by").unwrap_or_else(|| saving.banked_by.clone());
    saving.promised = sent.number("pounds")?.unwrap_or(saving.promised);
    if text("again").is_some() {
        saving.again = word(sent, "again", &again)?;
    }
    if text("gives").is_some() {
        saving.gives = word(sent, "gives", &gives)?;
    }
    saving.pool = pool.or_else(|| saving.pool.clone());
    let (same, other) = (text("same_as"), text("not_same_as"));
    if same.as_ref() == Some(&saving.id) {
        return unfit("same_as", "Choose another one");
    }
    if other.as_ref() == Some(&saving.id) {
        return unfit("not_same_as", "Choose another one");
    }
    if let Some(other) = other {
        saving.same_as = saving.same_as.take().filter(|same| *same != other);
        saving.not_same_as.retain(|known| *known != other);
        saving.not_same_as.push(other);
    }
    if let Some(same) = same {
        saving.not_same_as.retain(|other| *other != same);
        saving.same_as = Some(same);
    }
    if saving.promised < 0.0 {
        return unfit("pounds", "Write pounds from 0");
    }
    Ok(())
}

fn delivered(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not say what came of a saving")?.name.clone();
    let act = Delivered {
        plan: sent.text("about"),
        saving: sent.text("saving"),
        pounds: a_number(sent, "pounds")?,
        on: a_day(sent, "on")?,
        evidence: sent.text("evidence"),
    };
    sent.does(shared, who, Act::Delivered(act))?;
    Ok(back(sent, "money"))
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
        blocks: ids(sent, "blocks"),
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
