use super::*;
use proptest::prelude::*;

fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd(year, month, day).unwrap()
}

const START: Date = Date(20_458); // Monday 5 January 2026

fn role(id: &str, fte: f64) -> Role {
    Role { id: id.into(), name: id.into(), fte }
}

fn step(id: &str, days: f64, after: &[&str]) -> Step {
    Step {
        id: id.into(),
        title: id.to_uppercase(),
        owner: "lead".into(),
        class: String::new(),
        days,
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        effort: Vec::new(),
        not_before: None,
        due: None,
        state: State::ToDo,
        early_win: false,
        drivers: vec![],
    }
}

fn works(mut step: Step, role: &str, days: f64) -> Step {
    step.effort.push(Effort { role: role.into(), days });
    step
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        id: "p".into(),
        title: "Plan".into(),
        aim: String::new(),
        owner: String::new(),
        start: START,
        goal: None,
        roles: vec![role("lead", 1.0)],
        steps,
        rocks: Vec::new(),
        pools: Vec::new(),
        savings: Vec::new(),
    }
}

fn wrong(plan: &Plan) -> String {
    plan.check().unwrap_err().to_string().replace("the plan cannot be followed: ", "")
}

/// The step, when it begins and ends in days from the start, and its slack.
fn laid(plan: &Plan) -> Vec<(String, i32, i32, f64)> {
    let laid = schedule(plan, START).unwrap();
    laid.steps
        .iter()
        .map(|one| (one.step.clone(), one.start.0 - START.0, one.finish.0 - START.0, one.slack_days))
        .collect()
}

fn certain() -> Reference {
    Reference {
        times: Ratios::learn(&[], &[]),
        money: Ratios::learn(&[], &[]),
        common_times: 0.0,
        common_money: 0.0,
        rock_half_life_days: None,
    }
}

#[test]
fn a_plan_that_cannot_be_followed_says_all_that_is_wrong() {
    let ring =
        plan(vec![step("a", 1.0, &["c"]), step("b", 1.0, &["a"]), step("c", 1.0, &["b"]), step("d", 1.0, &["c"])]);
    assert_eq!(wrong(&ring), "steps wait for each other: a → b → c → a");
    assert_eq!(wrong(&plan(vec![step("a", 1.0, &["a"])])), "steps wait for each other: a → a");
    let mut many = plan(vec![step("a", -1.0, &["z"]), works(step("a", 2.0, &[]), "nurse", 1.0)]);
    many.steps[0].owner = "nobody".into();
    many.steps[1].not_before = Some(day(2025, 12, 31));
    many.steps[1].effort[0].days = f64::NAN;
    assert_eq!(
        wrong(&many),
        "two steps have the id 'a'; days of 'a' is -1; write a number from 0 to 36525; effort of 'a' is NaN; write a \
         number from 0 to 36525; step 'a' is owned by 'nobody', and the plan has no such role; step 'a' names the step 'z', and there \
         is none; step 'a' names the role 'nurse', and there is none; the first day of 'a' is 2025-12-31, before the plan \
         starts on 2026-01-05"
    );
    let mut dates = plan(vec![step("a", 1.0, &[])]);
    (dates.steps[0].not_before, dates.steps[0].due) = (Some(day(2026, 3, 1)), Some(day(2026, 2, 1)));
    dates.rocks.push(rock("r", &["q"], day(2026, 2, 1), Some(day(2026, 1, 31))));
    assert_eq!(
        wrong(&dates),
        "the promised day of 'a' comes before its first day; rock 'r' names the step 'q', and there is none; the day it was \
         cleared of 'r' comes before the day it was raised"
    );
}

#[test]
fn a_file_says_where_it_is_wrong() {
    let text = "id = 'p'\ntitle = 'P'\nstart = 2026-02-30\n";
    assert!(toml::from_str::<Plan>(text).is_err());
    let text = "id = 'p'\ntitle = 'P'\nstart = '2026-01-05'\nstate = 'x'\n";
    assert!(toml::from_str::<Plan>(text).unwrap_err().to_string().contains("unknown field `state`"));
    let text = r#"
        id = "p"
        title = "P"
        start = 2026-01-05
        goal = { by = 2026-12-31, cash = 1000.0 }
        [[role]]
        id = "lead"
        name = "Lead"
        fte = 1
        [[step]]
        id = "a"
        title = "A"
        owner = "lead"
        days = 10
        state = { started = 2026-01-07 }
        effort = [{ role = "lead", days = 3 }]
        [[saving]]
        id = "s"
        title = "S"
        step = "a"
        promised = 100
        again = "one-off"
        gives = "cash"
        banked_by = "hospital"
    "#;
    let plan: Plan = toml::from_str(text).unwrap();
    assert_eq!(plan.steps[0].state, State::Started(day(2026, 1, 7)));
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

/// A textbook network: A 3, B 4, C 2 after A, D 5 after B, E 1 after C, F 2 after C, G 4 after D and E, H 3 after F and G.
#[test]
fn the_critical_path_is_the_longest_way() {
    let steps = [
        ("a", 3.0, &[][..]),
        ("b", 4.0, &[]),
        ("c", 2.0, &["a"]),
        ("d", 5.0, &["b"]),
        ("e", 1.0, &["c"]),
        ("f", 2.0, &["c"]),
        ("g", 4.0, &["d", "e"]),
        ("h", 3.0, &["f", "g"]),
    ];
    let plan = plan(steps.iter().map(|(id, days, after)| step(id, *days, after)).collect());
    let found = schedule(&plan, START).unwrap();
    assert_eq!(found.critical, ["b", "d", "g", "h"]);
    assert_eq!(found.end.0 - START.0, 16);
    let slack: Vec<f64> = found.steps.iter().map(|laid| laid.slack_days).collect();
    assert_eq!(slack, [3.0, 0.0, 3.0, 0.0, 3.0, 6.0, 0.0, 0.0]);
    assert_eq!(found.steps[6].waits, Wait::Step("d".into()));
}

#[test]
fn a_role_does_one_thing_at_a_time_and_half_a_post_takes_twice_as_long() {
    let two = |fte: f64| {
        let mut plan = plan(vec![works(step("a", 0.0, &[]), "nurse", 10.0), works(step("b", 0.0, &[]), "nurse", 5.0)]);
        plan.roles.push(role("nurse", fte));
        plan
    };
    // Ten working days are fourteen of the calendar. The longer step goes first.
    assert_eq!(laid(&two(1.0)), [("a".into(), 0, 14, 0.0), ("b".into(), 14, 21, 0.0)]);
    assert_eq!(laid(&two(0.5)), [("a".into(), 0, 28, 0.0), ("b".into(), 28, 42, 0.0)]);
    assert_eq!(laid(&two(2.0)), [("a".into(), 0, 14, 0.0), ("b".into(), 0, 7, 7.0)]);
    // The second lane of 1.5 posts is half a person: the shorter step takes it, since there it ends sooner than after the other.
    assert_eq!(laid(&two(1.5)), [("a".into(), 0, 14, 0.0), ("b".into(), 0, 14, 0.0)]);
    let busy = schedule(&two(1.0), START).unwrap();
    assert_eq!(busy.critical, ["a", "b"]);
    assert_eq!(busy.steps[1].waits, Wait::Busy { role: "nurse".into(), step: "a".into() });
}

#[test]
fn what_is_done_or_under_way_stands_and_the_past_is_never_planned() {
    let mut plan =
        plan(vec![step("a", 10.0, &[]), step("b", 10.0, &["a"]), step("c", 5.0, &["b"]), step("d", 1.0, &[])]);
    plan.steps[0].state = State::Done(Date(START.0 + 6));
    plan.steps[1].state = State::Started(Date(START.0 + 8));
    plan.steps[3].not_before = Some(Date(START.0 + 40));
    let found = schedule(&plan, Date(START.0 + 20)).unwrap();
    let ends: Vec<i32> = found.steps.iter().map(|laid| laid.finish.0 - START.0).collect();
    assert_eq!(ends, [6, 20, 25, 41]); // b had ten days and twelve have gone: it ends today at the soonest
    assert_eq!(found.critical, ["d"]);
    assert_eq!(found.steps[3].waits, Wait::Until(Date(START.0 + 40)));
    let played = forecast(&plan, &certain(), Date(START.0 + 15), 1, 100).unwrap();
    assert_eq!((played.end.p10, played.end.p90), (found.end, found.end));
}

#[test]
fn when_every_promise_is_kept_the_forecast_is_the_plan() {
    let mut plan = plan(vec![
        works(step("a", 3.0, &[]), "nurse", 10.0),
        works(step("b", 20.0, &[]), "nurse", 5.0),
        works(works(step("c", 1.0, &["a"]), "nurse", 2.0), "lead", 1.0),
    ]);
    plan.roles.push(role("nurse", 1.5));
    plan.steps[2].due = Some(Date(START.0 + 16));
    let laid_out = schedule(&plan, START).unwrap();
    let played = forecast(&plan, &certain(), START, 7, 50).unwrap();
    assert_eq!(played.end.p50, laid_out.end);
    for (step, laid) in played.steps.iter().zip(&laid_out.steps) {
        assert_eq!(step.finish, laid.finish, "{}", step.step);
    }
    assert_eq!(played.steps[2].late, Some(if laid_out.steps[2].finish.0 > START.0 + 16 { 1.0 } else { 0.0 }));
    assert!(played.tornado.is_empty());
}

/// One step of 100 days whose ratio is even between 1 and 2: the middle is 150 days and a tenth lies beyond 190.
#[test]
fn one_step_ends_as_its_class_says() {
    let mut plan = plan(vec![step("a", 100.0, &[])]);
    plan.steps[0].due = Some(Date(START.0 + 125));
    plan.goal = Some(Goal { by: Date(START.0 + 175), cash: 0.0 });
    let reference = Reference { times: Ratios::learn(&[], &[1.0, 2.0]), ..certain() };
    let found = forecast(&plan, &reference, START, 1, 20_000).unwrap();
    let at = |date: Date| f64::from(date.0 - START.0);
    assert!((at(found.end.p10) - 110.0).abs() <= 2.0, "{:?}", found.end);
    assert!((at(found.end.p50) - 150.0).abs() <= 2.0);
    assert!((at(found.end.p90) - 190.0).abs() <= 2.0);
    assert!((found.steps[0].late.unwrap() - 0.75).abs() < 0.015);
    assert!((found.done_in_time.unwrap() - 0.75).abs() < 0.015);
    assert_eq!(found.tornado[0].cause, Cause::Step("a".into()));
}

/// The end of steps side by side is the worst of them: of two even ones a quarter ends before the middle of each.
#[test]
fn steps_that_join_are_later_than_each_of_them() {
    let reference = |common| Reference { times: Ratios::learn(&[], &[1.0, 2.0]), common_times: common, ..certain() };
    let plan = plan(vec![step("a", 100.0, &[]), step("b", 100.0, &[]), step("end", 0.0, &["a", "b"])]);
    let goal = Plan { goal: Some(Goal { by: Date(START.0 + 150), cash: 0.0 }), ..plan };
    let chance = |common| forecast(&goal, &reference(common), START, 3, 20_000).unwrap().done_in_time.unwrap();
    assert!((chance(0.0) - 0.25).abs() < 0.015);
    assert!((chance(1.0) - 0.5).abs() < 0.015);
    let shared = forecast(&goal, &reference(1.0), START, 3, 4_000).unwrap();
    assert_eq!(shared.tornado[0].cause, Cause::Common);
}

#[test]
fn the_tornado_names_the_step_that_the_end_hangs_on() {
    let mut plan = plan(vec![step("short", 10.0, &[]), step("long", 200.0, &["short"]), step("aside", 20.0, &[])]);
    plan.rocks.push(rock("r", &["short"], START, None));
    let reference = Reference { times: Ratios::learn(&[], &[1.0, 1.5]), rock_half_life_days: Some(30.0), ..certain() };
    let found = forecast(&plan, &reference, START, 5, 20_000).unwrap();
    let named: Vec<&Cause> = found.tornado.iter().map(|bar| &bar.cause).collect();
    let rock = Cause::Rock("r".into());
    assert_eq!(named[..3], [&rock, &Cause::Step("long".into()), &Cause::Step("short".into())]);
    // Even between 1 and 1.5 of 200 days is 80 wide from a tenth to nine tenths; the line through all between is a little steeper.
    assert!((found.tornado[1].days - 84.0).abs() < 4.0, "{:?}", found.tornado);
    let unknown = forecast(&plan, &Reference { rock_half_life_days: None, ..reference }, START, 5, 100).unwrap();
    assert_eq!(unknown.rocks_not_drawn, ["r"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let plan = many(60);
    let play = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", forecast(&plan, &Reference::published(), START, 11, 3_001).unwrap()))
    };
    assert_eq!(play(1), play(3));
    let other = forecast(&plan, &Reference::published(), START, 12, 3_001).unwrap();
    assert_ne!(play(1), format!("{other:?}"));
}

/// A plan of any size: each step waits for up to two before it, and eight roles share the work.
fn many(steps: usize) -> Plan {
    let draw = |at: usize, salt: u64, below: usize| crate::random::mix(at as u64 ^ (salt << 32)) as usize % below;
    let mut plan = plan(Vec::new());
    plan.roles.extend((0..8).map(|at| role(&format!("r{at}"), 0.5 + at as f64 * 0.5)));
    for at in 0..steps {
        let before: Vec<String> = (0..2).filter(|_| at > 4).map(|salt| format!("s{}", draw(at, salt, at))).collect();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let made = step(&format!("s{at}"), 5.0 + draw(at, 3, 30) as f64, &before);
        let mut made = works(made, &format!("r{}", draw(at, 4, 8)), 1.0 + draw(at, 5, 5) as f64);
        made.due = Some(Date(START.0 + 400));
        plan.steps.push(made);
    }
    plan
}

fn saving(id: &str, promised: f64, again: Again, gives: Gives) -> Saving {
    Saving {
        id: id.into(),
        title: id.into(),
        step: "a".into(),
        class: String::new(),
        promised,
        again,
        gives,
        banked_by: "hospital".into(),
        pool: None,
        same_as: None,
        not_same_as: Vec::new(),
        delivered: None,
    }
}

#[test]
fn savings_of_different_kinds_are_never_added() {
    let mut plan = plan(vec![step("a", 73.0, &[])]);
    plan.goal = Some(Goal { by: Date(START.0 + 364), cash: 1_500.0 });
    plan.savings = vec![
        saving("beds", 1_000.0, Again::Recurrent, Gives::Cash),
        saving("land", 700.0, Again::OneOff, Gives::Cash),
        saving("time", 300.0, Again::Recurrent, Gives::Capacity),
        Saving { same_as: Some("beds".into()), ..saving("beds-again", 1_000.0, Again::Recurrent, Gives::Cash) },
    ];
    let found = forecast(&plan, &certain(), START, 1, 32).unwrap();
    // The step ends after a fifth of the year, so four fifths of a year's saving come.
    assert!((found.money.cash.p50 - 1_500.0).abs() < 1e-9);
    assert!((promised(&plan).unwrap().cash - 1_500.0).abs() < 1e-9);
    assert_eq!(found.reaches_cash, Some(1.0));
    assert_eq!(found.money.recurrent_cash_a_year.p10, 1_000.0);
    let middles: Vec<f64> = found.money.kinds.iter().map(|kind| kind.2.p50.round()).collect();
    assert_eq!(middles, [800.0, 240.0, 0.0, 700.0, 0.0, 0.0]);
    assert_eq!(found.money.counted_elsewhere, ["beds-again"]);
}

#[test]
fn a_pool_never_gives_more_than_it_holds() {
    let mut plan = plan(vec![step("a", 0.0, &[])]);
    plan.pools.push(Pool { id: "ward".into(), title: "Ward".into(), most: 1_200.0 });
    for id in ["one", "two"] {
        plan.savings.push(Saving { pool: Some("ward".into()), ..saving(id, 1_000.0, Again::OneOff, Gives::Cash) });
    }
    let cash = |plan: &Plan| forecast(plan, &certain(), START, 1, 16).unwrap().money.cash.p90;
    assert!((cash(&plan) - 1_000.0).abs() < 1e-6, "they look like one");
    let two = vec!["one".to_owned()];
    let mut said_to_be_two = plan.clone();
    said_to_be_two.savings[1].not_same_as = two;
    assert!((cash(&said_to_be_two) - 1_200.0).abs() < 1e-6);
    assert!((promised(&said_to_be_two).unwrap().cash - 2_000.0).abs() < 1e-6, "what is promised is not cut");
    let said: Vec<String> = warnings(&[plan], START).iter().map(Warning::to_string).collect();
    assert_eq!(
        said,
        [
            "£2,000 is promised from “Ward”, which holds £1,200",
            "“two” and “one” both come from “Ward”: are they one saving? Until the plan says that they are two, “two” is left out of its sums"
        ]
    );
}

/// Two savings that share all their luck are as wide together as the sum of both; without, by the root of two.
#[test]
fn a_common_factor_widens_the_sum() {
    let mut plan = plan(vec![step("a", 0.0, &[])]);
    plan.savings =
        vec![saving("one", 1_000.0, Again::OneOff, Gives::Cash), saving("two", 1_000.0, Again::OneOff, Gives::Cash)];
    assert!(doubles(&plan).is_empty());
    let wide = |common| {
        let reference = Reference { money: Ratios::learn(&[], &[0.5, 1.0]), common_money: common, ..certain() };
        let cash = forecast(&plan, &reference, START, 9, 20_000).unwrap().money.cash;
        (cash.mean, cash.p90 - cash.p10)
    };
    let ((alone_mean, alone), (shared_mean, shared)) = (wide(0.0), wide(1.0));
    assert!((alone_mean - 1_500.0).abs() < 5.0 && (shared_mean - 1_500.0).abs() < 8.0);
    assert!((shared - 800.0).abs() < 15.0, "{shared}"); // one even draw: a tenth to nine tenths of 1,000 wide
    assert!((alone - 552.8).abs() < 15.0, "{alone}"); // of a triangle of the same base
}

#[test]
fn nothing_is_saved_before_the_step_that_saves_it_ends() {
    let mut plan = plan(vec![step("a", 400.0, &[])]);
    plan.savings = vec![saving("late", 1_000.0, Again::Recurrent, Gives::Cash)];
    let found = forecast(&plan, &certain(), START, 1, 16).unwrap();
    assert_eq!((found.money.cash.p90, found.money.recurrent_cash_a_year.p90), (0.0, 0.0));
}

fn rock(id: &str, blocks: &[&str], raised: Date, cleared: Option<Date>) -> Rock {
    Rock {
        id: id.into(),
        title: format!("no {id}"),
        blocks: blocks.iter().map(|id| (*id).to_owned()).collect(),
        who_can_move_it: "lead".into(),
        raised,
        cleared,
    }
}

/// Freireich and others (1963), the 6-mercaptopurine arm, as in every textbook since Kaplan and Meier.
#[test]
fn half_lives_are_kaplan_and_meiers() {
    let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|weeks| (f64::from(weeks), true));
    let lasting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|weeks| (f64::from(weeks), false));
    let found = survival(&[&ended[..], &lasting].concat());
    let rounded: Vec<(f64, f64)> = found.curve.iter().map(|(day, share)| (*day, (share * 1e4).round() / 1e4)).collect();
    let published =
        [(6.0, 0.8571), (7.0, 0.8067), (10.0, 0.7529), (13.0, 0.6902), (16.0, 0.6275), (22.0, 0.5378), (23.0, 0.4482)];
    assert_eq!(rounded, published);
    assert_eq!(found.half_life_days(), Some(23.0));
    assert_eq!((found.all, found.cleared), (21, 9));
    let lying = [rock("a", &[], START, None), rock("b", &[], START, Some(Date(START.0 + 50)))];
    assert_eq!(half_life(&lying, Date(START.0 + 20)).cleared, 0, "what is cleared later is not known today");
    assert_eq!(half_life(&lying, Date(START.0 + 20)).half_life_days(), None);
    assert_eq!(half_life(&lying, Date(START.0 + 50)).half_life_days(), Some(50.0));
}

#[test]
fn optimism_is_the_published_tables() {
    let risks = [(34.0, 0.7), (9.0, 0.0), (29.0, 0.5), (1.0, 0.0), (4.0, 0.0), (2.0, 0.0), (3.0, 0.0), (18.0, 0.2)];
    let risks = risks.map(|(contribution_percent, managed)| Risk { contribution_percent, managed });
    let standard = uplift(Project::StandardBuildings).1;
    let left = mitigated_uplift(standard, &risks);
    assert!((left - 13.944).abs() < 1e-9 && (40.0 * (1.0 + left / 100.0) - 45.5776).abs() < 1e-9);
    let managed = risks.map(|risk| Risk { managed: 1.0, ..risk });
    assert_eq!(mitigated_uplift(standard, &managed), 2.0);
    let mixed = mixed_uplift(&[(3.0, standard), (1.0, uplift(Project::Equipment).1)]);
    assert_eq!(mixed, Uplift { upper: 68.0, lower: 4.0 });
    assert_eq!(uplift(Project::Outsourcing), (None, Uplift { upper: 41.0, lower: 0.0 }));
}

fn past(class: &str, ratios: &[f64]) -> Vec<Past> {
    let one = |ratio: &f64| Past { class: class.into(), promised: 2.0, delivered: 2.0 * ratio, open: false };
    ratios.iter().map(one).collect()
}

#[test]
fn a_class_is_drawn_to_the_place_until_its_own_record_is_long() {
    let mut record = past("beds", &[0.5; 10]);
    record.extend(past("estate", &[0.9; 30]));
    let ratios = Ratios::learn(&record, &[1.0]);
    // Forty of 40 + 10 of the place: 0.2 at 0.5 and 0.6 at 0.9; the rest elsewhere.
    let drawn = |class: &str, shares: [f64; 4]| shares.map(|share| ratios.quantile(class, share));
    assert_eq!(drawn("new", [0.19, 0.21, 0.79, 0.81]), [0.5, 0.9, 0.9, 1.0]);
    // Half are of its own ten, and of the other half two fifths of its own again, three of the estate's.
    assert_eq!(drawn("beds", [0.59, 0.61, 0.89, 0.91]), [0.5, 0.9, 0.9, 1.0]);
    assert_eq!(Ratios::learn(&[], &[]).quantile("any", 0.9), 1.0);
    let told = promised_against_delivered(&record);
    let beds =
        Record { class: "beds".into(), schemes: 10, over: 0, promised: 20.0, delivered: 10.0, middle: Some(0.5) };
    assert_eq!(told[0], beds);
}

/// A promise kept to the day is in time, whatever was published of others: chances are mixed, never ratios.
#[test]
fn a_promise_kept_to_the_day_is_in_time() {
    let mut plan = plan(vec![step("a", 20.0, &[])]);
    (plan.goal, plan.steps[0].due) = (Some(Goal { by: Date(START.0 + 20), cash: 0.0 }), Some(Date(START.0 + 20)));
    let played = |ratios: &[f64]| {
        let times = Ratios::learn(&past("", ratios), &TIMES_ELSEWHERE);
        forecast(&plan, &Reference { times, ..certain() }, START, 1, 20_000).unwrap()
    };
    // Of n schemes n / (n + 10) of the class, the same again of the place, and of elsewhere none in time.
    let here = |n: f64| 1.0 - (10.0 / (n + 10.0)).powi(2);
    for times in [2, 10, 100] {
        let found = played(&[0.8, 1.0, 1.0, 1.0, 1.5].repeat(times));
        let kept = 0.8 * here(5.0 * times as f64);
        assert!((found.done_in_time.unwrap() - kept).abs() < 0.01, "{times} {found:?}");
        assert!((found.steps[0].late.unwrap() - (1.0 - kept)).abs() < 0.01);
    }
    for ratio in [1.0, 0.999, 0.99] {
        let found = played(&[ratio; 100]);
        assert!((found.done_in_time.unwrap() - here(100.0)).abs() < 0.01, "{ratio} {found:?}");
        assert_eq!((found.end.p10, found.end.p90), (Date(START.0 + 20), Date(START.0 + 20)));
    }
    // Due today and not told as done yet: it may still be.
    plan.steps[0].state = State::Started(START);
    let times = Ratios::learn(&past("", &[1.0; 100]), &TIMES_ELSEWHERE);
    let today = forecast(&plan, &Reference { times, ..certain() }, Date(START.0 + 20), 1, 4_000).unwrap();
    assert!(today.done_in_time.unwrap() > 0.97, "{today:?}");
}

/// A long plan of promises kept to the day ends on its day: what is rounded on the way does not add up to one more.
#[test]
fn a_thousand_promises_kept_are_kept_together() {
    let steps: Vec<Step> = (0..1_000)
        .map(|at| {
            let before: Vec<String> = (at > 0).then(|| format!("s{}", at - 1)).into_iter().collect();
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            works(step(&format!("s{at}"), 1.0, &before), "lead", 1.0)
        })
        .collect();
    let plan = plan(steps);
    let found = forecast(&plan, &certain(), START, 1, 16).unwrap();
    assert_eq!((found.end.p90, found.end.p10), (Date(START.0 + 1_400), Date(START.0 + 1_400)));
}

#[test]
fn what_is_promised_does_not_shrink_as_the_plan_slips() {
    let mut plan = plan(vec![step("s1", 20.0, &[]), step("s2", 30.0, &["s1"])]);
    plan.goal = Some(Goal { by: Date(START.0 + 85), cash: 0.0 });
    plan.savings = vec![Saving { step: "s1".into(), ..saving("m", 90_000.0, Again::Recurrent, Gives::Cash) }];
    let before = promised(&plan).unwrap();
    assert_eq!(before.end, Date(START.0 + 50));
    // From 25 January to 31 March there are 66 days, the last one counted.
    assert!((before.cash - 90_000.0 * 66.0 / 365.0).abs() < 1e-6, "{}", before.cash);
    assert!((forecast(&plan, &certain(), START, 1, 16).unwrap().money.cash.p50 - before.cash).abs() < 1e-6);
    plan.steps[0].state = State::Done(Date(START.0 + 46));
    assert_eq!(promised(&plan).unwrap(), before);
    let after = forecast(&plan, &certain(), Date(START.0 + 50), 1, 16).unwrap();
    assert!(after.end.p50 > before.end && after.money.cash.p50 < before.cash);
    // A day that was promised counts, and what comes after a later one is later.
    plan.steps[0].due = Some(Date(START.0 + 40));
    assert_eq!(promised(&plan).unwrap().end, Date(START.0 + 70));
}

#[test]
fn the_last_step_ends_with_the_plan() {
    let plan = plan(vec![step("a", 60.0, &[]), step("b", 90.0, &["a"])]);
    let found = forecast(&plan, &Reference::published(), START, 1, 10_001).unwrap();
    assert_eq!(found.steps[1].finish, found.end.p50);
    let found = forecast(&plan, &Reference::published(), START, 1, 3_000).unwrap();
    assert_eq!((found.steps[1].finish, found.steps[1].start), (found.end.p50, found.steps[0].finish));
}

#[test]
fn what_looks_like_another_saving_is_counted_only_when_it_is_said_to_be_another() {
    let mut plan = plan(vec![step("a", 5.0, &[])]);
    let kind = |id: &str, title: &str, pounds, gives| Saving {
        title: title.into(),
        ..saving(id, pounds, Again::OneOff, gives)
    };
    plan.savings = vec![
        kind("small", "Agency nights", 80_000.0, Gives::Cash),
        kind("large", "Fewer agency nights", 90_000.0, Gives::Cash),
        kind("time", "Agency nights", 95_000.0, Gives::Capacity),
    ];
    let money = |plan: &Plan| forecast(plan, &certain(), START, 1, 16).unwrap().money;
    assert!((money(&plan).cash.p50 - 90_000.0).abs() < 1e-6);
    assert_eq!(money(&plan).perhaps_twice, ["small"], "time is never added to cash, so it is no double");
    plan.savings[1].not_same_as = vec!["small".into()];
    assert!((money(&plan).cash.p50 - 170_000.0).abs() < 1e-6 && money(&plan).perhaps_twice.is_empty());
    assert!(warnings(std::slice::from_ref(&plan), START).is_empty());
    plan.savings[1].not_same_as = vec!["nobody".into()];
    assert_eq!(wrong(&plan), "saving 'large' names the saving 'nobody', and there is none");
}

#[test]
fn monday_says_each_step_once() {
    let today = Date(START.0 + 30);
    let mut plan = plan(vec![
        step("done", 1.0, &[]),
        step("ready", 1.0, &["done"]),
        step("later", 1.0, &["ready"]),
        step("overdue", 1.0, &[]),
        step("stuck", 1.0, &[]),
    ]);
    plan.steps[0].state = State::Done(START);
    plan.steps[3].due = Some(Date(START.0 + 29));
    plan.steps[4].due = Some(Date(START.0 + 20));
    plan.rocks.push(rock("van", &["stuck"], Date(START.0 + 27), None));
    let page = monday(&[plan], Some("Lead"), today);
    let told = |items: &[Item]| items.iter().map(|item| format!("{}: {}", item.id, item.words)).collect::<Vec<_>>();
    assert_eq!(told(&page.mine), ["van: yours to move, raised 3 days ago", "ready: no day promised"]);
    assert_eq!(told(&page.late), ["overdue: promised for 3 February 2026, 1 day ago"]);
    assert_eq!(page.behind(), 2, "what is blocked may be late too");
    assert_eq!(
        told(&page.blocked),
        ["stuck: promised for 25 January 2026, 10 days ago; blocked by “no van” (lead can move it)"]
    );
}

#[test]
fn a_role_that_promises_more_than_it_has_is_named_over_all_plans() {
    let due = |id: &str, days: f64, by: i32| Step {
        due: Some(Date(START.0 + by)),
        ..works(step(id, 1.0, &[]), "lead", days)
    };
    let (mut one, two) = (plan(vec![due("a", 8.0, 14)]), plan(vec![due("b", 3.0, 14), due("c", 100.0, 700)]));
    let said = |plans: &[Plan]| warnings(plans, START).iter().map(Warning::to_string).collect::<Vec<_>>();
    assert!(said(std::slice::from_ref(&one)).is_empty() && said(std::slice::from_ref(&two)).is_empty());
    assert_eq!(said(&[one.clone(), two]), ["lead has promised 11 working days by 19 January 2026 and has 10"]);
    one.steps = ["a", "b", "c"].map(|id| Step { state: State::Started(START), ..step(id, 9.0, &[]) }).to_vec();
    assert_eq!(said(&[one]), ["lead has 3 steps under way and can carry 2: finish one before the next"]);
}

#[test]
fn early_wins_are_those_that_end_soon() {
    let mut plan = plan(vec![step("a", 20.0, &[]), step("b", 90.0, &[])]);
    plan.steps.iter_mut().for_each(|step| step.early_win = true);
    let laid_out = schedule(&plan, START).unwrap();
    let wins: Vec<&str> =
        early_wins(&plan, &laid_out, Date(START.0 + 60)).iter().map(|step| step.id.as_str()).collect();
    assert_eq!(wins, ["a"]);
    assert_eq!(forecast(&plan, &certain(), START, 1, 20).unwrap().early_wins[0].1.p50, Date(START.0 + 20));
}

/// A step of 60 days that has run for 165 is not done today: none that ended sooner says anything of it.
#[test]
fn a_step_that_is_long_overdue_is_not_done_today_with_certainty() {
    let late = |state| {
        let mut plan = plan(vec![step("a", 60.0, &[])]);
        plan.goal = Some(Goal { by: Date(START.0 + 170), cash: 0.0 });
        plan.steps[0].state = state;
        forecast(&plan, &Reference::published(), Date(START.0 + 165), 1, 20_000).unwrap()
    };
    let found = late(State::Started(START));
    assert!(found.end.p10 > Date(START.0 + 165) && found.end.p90 > Date(START.0 + 300), "{:?}", found.end);
    assert!(found.done_in_time.unwrap() < 0.15);
    // 1.10 to 1.54 lie behind it, so the tail alone is left: half of those take 1.41 times as long.
    let half = f64::from(found.end.p50.0 - START.0) / 165.0;
    assert!((half - std::f64::consts::SQRT_2).abs() < 0.03, "{half}");
    // One that has just begun is drawn as one that begins.
    let (new, begun) = (late(State::ToDo), late(State::Started(Date(START.0 + 164))));
    assert!((new.end.p50.0 - begun.end.p50.0 - 1).abs() <= 1, "{:?} {:?}", new.end, begun.end);
}

#[test]
fn what_is_still_open_counts_for_as_long_as_it_has_lasted() {
    let open = |ratio: f64| Past { open: true, ..past("beds", &[ratio])[0].clone() };
    let mut record = past("beds", &[1.0, 1.2, 1.4]);
    let middle = |record: &[Past]| promised_against_delivered(record)[0].middle;
    assert_eq!(middle(&record), Some(1.2));
    record.push(open(1.3));
    assert!(middle(&record) > Some(1.2), "one that outlasts most makes the middle later");
    record.push(open(3.0));
    let ratios = Ratios::learn(&record, &[]);
    assert!(ratios.quantile("beds", 0.99) > 1.9, "at its age where none lasted longer");
    let told = &promised_against_delivered(&record)[0];
    assert_eq!((told.schemes, told.over), (3, 2));
    assert!(promised_against_delivered(&[open(0.4)]).is_empty(), "not due yet, and nothing to lay it beside");
    // Kaplan and Meier's estimate of the same: a half of 1.0, 1.2, 1.3+, 1.4, 3.0+ lies at 1.4.
    let seen: Vec<(f64, bool)> = record.iter().map(|one| (one.delivered / one.promised, !one.open)).collect();
    assert_eq!(survival(&seen).half_life_days(), Some(1.4));
    assert!((1.2..=1.4).contains(&told.middle.unwrap()), "{told:?}");
}

#[test]
fn one_scheme_spreads_wider_than_the_sum_of_all() {
    let money = Reference::published().money;
    assert!(money.quantile("any", 0.05) < 0.1 && money.quantile("any", 0.7) == 1.0);
    let mean = (0..1000).map(|at| money.quantile("any", (f64::from(at) + 0.5) / 1000.0)).sum::<f64>() / 1000.0;
    assert!((mean - 0.77).abs() < 0.001, "{mean}");
}

#[test]
fn a_saving_that_has_not_begun_takes_nothing_out_of_its_pool() {
    let mut plan = plan(vec![step("a", 0.0, &[]), step("late", 800.0, &[])]);
    plan.goal = Some(Goal { by: Date(START.0 + 364), cash: 50_000.0 });
    plan.pools.push(Pool { id: "p".into(), title: "P".into(), most: 100_000.0 });
    let from = |id: &str, step: &str, again| Saving {
        pool: Some("p".into()),
        step: step.into(),
        ..saving(id, 100_000.0, again, Gives::Cash)
    };
    plan.savings = vec![from("one", "a", Again::Recurrent), from("two", "late", Again::Recurrent)];
    let played = |plan: &Plan| forecast(plan, &certain(), START, 1, 16).unwrap().money;
    assert!((played(&plan).cash.p50 - 100_000.0).abs() < 1e-6);
    // What comes once and what comes each year: over two years the pool holds twice as much, and 100,000 a year is all of it.
    plan.goal = Some(Goal { by: Date(START.0 + 729), cash: 0.0 });
    plan.savings = vec![from("yearly", "a", Again::Recurrent)];
    assert!((played(&plan).cash.p50 - 200_000.0).abs() < 1e-6);
    plan.savings = vec![from("once", "a", Again::OneOff)];
    assert!((played(&plan).cash.p50 - 100_000.0).abs() < 1e-6);
    plan.savings = vec![from("once", "a", Again::OneOff), from("yearly", "a", Again::Recurrent)];
    plan.savings[0].not_same_as = vec!["yearly".into()];
    let both = played(&plan);
    assert!((both.cash.p50 - 200_000.0).abs() < 1e-6 && (both.recurrent_cash_a_year.p50 - 100_000.0).abs() < 1e-6);
}

#[test]
fn what_a_saving_was_found_to_bring_is_not_drawn_any_more() {
    let mut plan = plan(vec![step("a", 0.0, &[])]);
    plan.savings = vec![Saving {
        delivered: Some(Banked { pounds: 730.0, on: START }),
        ..saving("beds", 1_000.0, Again::Recurrent, Gives::Cash)
    }];
    let found = forecast(&plan, &Reference::published(), START, 1, 100).unwrap().money;
    assert!((found.cash.p10 - 730.0).abs() < 1e-6 && (found.cash.p90 - 730.0).abs() < 1e-6, "{:?}", found.cash);
    assert!((promised(&plan).unwrap().cash - 1_000.0).abs() < 1e-6);
}

#[test]
fn half_a_post_does_not_stand_idle_and_the_forecast_does_not_beat_the_promise() {
    for (fte, steps) in [(1.5, 2), (1.5, 3), (1.5, 6), (2.5, 5), (1.4, 3)] {
        let all = (0..steps).map(|at| works(step(&format!("s{at}"), 1.0, &[]), "nurse", 10.0));
        let mut plan = plan(all.collect());
        plan.roles.push(role("nurse", fte));
        let kept = forecast(&plan, &certain(), START, 1, 16).unwrap();
        assert_eq!(kept.end.p50, schedule(&plan, START).unwrap().end, "{fte} {steps}");
    }
    let mut plan = plan(vec![works(step("a", 1.0, &[]), "nurse", 10.0), works(step("b", 1.0, &[]), "nurse", 10.0)]);
    plan.roles.push(role("nurse", 1.5));
    // Alone on half a post it ends when it would after the other: it begins now.
    assert_eq!(laid(&plan).iter().map(|laid| laid.1).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn a_role_of_almost_nobody_and_endless_work_are_refused_and_do_not_stop_the_page() {
    let mut plan = plan(vec![works(step("a", 1.0, &[]), "nurse", 1e12)]);
    plan.roles.push(role("nurse", 1e-10));
    assert_eq!(
        wrong(&plan),
        "fte of 'nurse' is 0.0000000001; write 0, or a number from 0.01; effort of 'a' is 1000000000000; write a number from 0 to 36525"
    );
    (plan.roles[1].fte, plan.steps[0].effort[0].days) = (0.01, 36_525.0);
    assert_eq!(schedule(&plan, START).unwrap().end, day(9999, 12, 31));
    assert_eq!(forecast(&plan, &certain(), START, 1, 16).unwrap().end.p50, day(9999, 12, 31));
    // Nobody yet: it is taken, and said.
    plan.roles[1].fte = 0.0;
    assert_eq!(schedule(&plan, START).unwrap().end, Date(START.0 + 1));
    let said: Vec<String> = warnings(&[plan], START).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["nobody fills nurse, whom “A” of Plan needs"]);
}

#[test]
fn a_bar_begins_where_the_forecast_begins_it() {
    let plan = plan(vec![step("a", 100.0, &[]), step("b", 10.0, &["a"])]);
    let reference = Reference { times: Ratios::learn(&[], &[2.0]), ..certain() };
    let found = forecast(&plan, &reference, START, 1, 4_000).unwrap();
    assert!(found.steps[1].start >= found.steps[0].finish, "{:?}", found.steps);
    assert!(found.steps[1].start > schedule(&plan, START).unwrap().steps[1].start);
}

#[test]
fn a_rock_that_is_cleared_tomorrow_lies_today() {
    let one = rock("a", &[], START, Some(Date(START.0 + 50)));
    assert!(one.lies(Date(START.0 + 20)) && !one.lies(Date(START.0 + 50)) && !one.lies(Date(START.0 - 1)));
    assert_eq!((one.age_days(Date(START.0 + 20)), one.age_days(Date(START.0 + 90))), (20, 50));
}

#[test]
fn the_half_life_of_rocks_is_told_month_by_month() {
    let all = [
        rock("old", &[], Date(START.0 - 300), Some(Date(START.0 - 290))),
        rock("quick", &[], Date(START.0 - 60), Some(Date(START.0 - 56))),
        rock("slow", &[], Date(START.0 - 40), Some(Date(START.0 + 5))),
    ];
    let told = half_life_by_month(&all, Date(START.0 + 10), 3);
    let told: Vec<(String, Option<f64>, usize)> =
        told.iter().map(|(on, seen)| (on.to_string(), seen.half_life_days(), seen.all)).collect();
    assert_eq!(
        told,
        [("2025-11-30".into(), Some(4.0), 2), ("2025-12-31".into(), Some(4.0), 2), ("2026-01-15".into(), Some(4.0), 2)]
    );
    let none = half_life_by_month(&all[..1], START, 1);
    assert_eq!((none.len(), none[0].1.all), (1, 0), "what was raised longer than half a year ago is another time's");
}

#[test]
fn one_saving_promised_twice_is_seen_within_a_plan_and_across_plans() {
    let said = |plans: &[Plan]| warnings(plans, START).iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut one = plan(vec![step("a", 5.0, &[])]);
    one.savings = vec![
        Saving { title: "Agency nights".into(), ..saving("x", 90_000.0, Again::Recurrent, Gives::Cash) },
        Saving { title: "Agency nights, fewer".into(), ..saving("y", 80_000.0, Again::Recurrent, Gives::Cash) },
    ];
    assert_eq!(
        said(std::slice::from_ref(&one)),
        [
            "“Agency nights, fewer” and “Agency nights” both come from the end of “A”: are they one saving? Until the plan says that \
             they are two, “Agency nights, fewer” is left out of its sums"
        ]
    );
    one.savings.truncate(1);
    one.pools.push(Pool { id: "ward".into(), title: "Ward".into(), most: 100_000.0 });
    one.savings[0].pool = Some("ward".into());
    let other = Plan { id: "q".into(), title: "Another".into(), ..one.clone() };
    assert_eq!(
        said(&[one, other]),
        [
            "£180,000 a year is promised from “Ward”, which holds £100,000",
            "“Agency nights” and “Agency nights” both come from one step, promised in two plans, Plan and Another: are they one saving?"
        ]
    );
}

#[test]
fn roles_of_one_id_in_two_plans_are_two_unless_they_are_called_alike() {
    let mut plan = plan(vec![Step { due: Some(Date(START.0 + 7)), ..works(step("a", 5.0, &[]), "flow", 4.0) }]);
    plan.roles.push(Role { id: "flow".into(), name: "Flow lead".into(), fte: 1.0 });
    let mut other = Plan { id: "q".into(), ..plan.clone() };
    other.roles[1].name = "Ward clerk".into();
    assert!(warnings(&[plan.clone(), other.clone()], START).is_empty());
    other.roles[1].name = "flow  LEAD".into();
    let found = warnings(&[plan, other], START);
    assert_eq!(found[0].to_string(), "Flow lead has promised 8 working days by 12 January 2026 and has 5");
    assert!(found[0].is_of("Flow Lead") && !found[0].is_of("lead"));
}

#[test]
fn more_work_than_days_is_said_so_that_it_can_be_believed() {
    let said = |plan: &Plan, today: i32| {
        warnings(std::slice::from_ref(plan), Date(START.0 + today)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let mut plan = plan(vec![works(step("a", 3.0, &[]), "lead", 3.9)]);
    assert!(said(&plan, 0).is_empty(), "nothing is promised for any day");
    plan.steps[0].due = Some(Date(START.0 + 5));
    assert_eq!(said(&plan, 0), ["lead has promised 3.9 working days by 10 January 2026 and has 3.6"]);
    plan.steps[0].effort[0].days = 1.0;
    assert_eq!(said(&plan, 9), ["lead has 1 working day of work left that is overdue since 10 January 2026"]);
    // No day of its own: the day of what waits for it, or of the goal.
    plan.steps[0].due = None;
    plan.steps[0].effort[0].days = 30.0;
    plan.steps.push(Step { due: Some(Date(START.0 + 21)), ..step("b", 1.0, &["a"]) });
    assert_eq!(said(&plan, 0), ["lead has promised 30 working days by 26 January 2026 and has 15"]);
    plan.steps.truncate(1);
    plan.goal = Some(Goal { by: Date(START.0 + 14), cash: 0.0 });
    assert_eq!(said(&plan, 0), ["lead has promised 30 working days by 19 January 2026 and has 10"]);
}

#[test]
fn what_began_before_what_it_waits_for_is_told() {
    let mut plan = plan(vec![step("kit", 3.0, &[]), step("train", 3.0, &["kit"])]);
    plan.steps[1].state = State::Started(Date(START.0 + 2));
    let said = |plan: &Plan| {
        warnings(std::slice::from_ref(plan), Date(START.0 + 9)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = "“TRAIN” of Plan is told as begun or done by 7 January 2026, before “KIT”, which it waits for, was done";
    assert_eq!(said(&plan), [told]);
    plan.steps[0].state = State::Done(Date(START.0 + 4));
    assert_eq!(said(&plan), [told]);
    plan.steps[0].state = State::Done(Date(START.0 + 2));
    assert!(said(&plan).is_empty());
}

#[test]
fn monday_of_everybody_puts_the_worst_first_and_knows_who_can_move_a_rock() {
    let today = Date(START.0 + 30);
    let mut plan = plan(vec![step("a", 1.0, &[]), step("b", 1.0, &[]), step("c", 1.0, &[])]);
    (plan.steps[0].due, plan.steps[1].due) = (Some(Date(START.0 + 29)), Some(Date(START.0 + 3)));
    plan.rocks = vec![rock("r", &[], START, None), rock("q", &[], Date(START.0 - 9), None)];
    plan.rocks[0].who_can_move_it = "Director of adult social care".into();
    let ids = |items: &[Item]| items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    let all = monday(std::slice::from_ref(&plan), None, today);
    assert_eq!(
        (ids(&all.late), ids(&all.mine)),
        (vec!["b".into(), "a".into()], vec!["q".into(), "r".into(), "c".into()])
    );
    let hers = monday(std::slice::from_ref(&plan), Some("director of adult social care"), today);
    assert_eq!((ids(&hers.mine), hers.late.len()), (vec!["r".to_owned()], 0));
    assert!(hers.mine[0].words.starts_with("yours to move"));
    assert_eq!(everybody(&[plan], today).into_iter().collect::<Vec<_>>(), ["Director of adult social care", "lead"]);
}

proptest! {
    #[test]
    fn no_step_begins_before_what_it_waits_for_and_no_role_does_more_than_it_can(size in 1usize..40) {
        let plan = many(size);
        let net = schedule::Net::of(&plan, START).unwrap();
        let placed = net.place();
        prop_assert_eq!(placed.list.len(), size);
        for step in 0..size {
            for &first in &net.before[step] {
                prop_assert!(placed.start[step] >= placed.finish[first] - 1e-9);
            }
        }
        for role in 0..plan.roles.len() {
            let work: f64 = net.nodes.iter().flat_map(|node| &node.needs).filter(|need| need.0 == role).map(|need| need.1).sum();
            let end = placed.finish.iter().copied().fold(0.0, f64::max);
            prop_assert!(work <= end * plan.roles[role].fte.max(f64::from(u8::from(work <= 0.0))) + 1e-6);
            // At each beginning no more steps of the role run than it has lanes.
            for &at in &placed.list {
                let runs = placed.list.iter().filter(|&&other| {
                    let needs = net.nodes[other].needs.iter().find(|need| need.0 == role);
                    needs.is_some_and(|need| {
                        placed.start[other] <= placed.start[at]
                            && placed.start[at] < placed.start[other] + need.1 * net.lanes[role][0] - 1e-9
                    })
                });
                prop_assert!(runs.count() <= net.lanes[role].len());
            }
        }
        let laid_out = schedule(&plan, START).unwrap();
        prop_assert!(laid_out.steps.iter().all(|laid| laid.slack_days >= -1e-6));
        prop_assert!(!laid_out.critical.is_empty());
    }

    #[test]
    fn a_ring_is_found_wherever_it_is(size in 2usize..30, at in any::<prop::sample::Index>()) {
        let mut plan = many(size);
        let first = at.index(size);
        // Close a ring: the first waits for the last of a chain through all.
        for step in 1..size {
            let before = plan.steps[step - 1].id.clone();
            plan.steps[step].after.push(before);
        }
        let last = plan.steps[size - 1].id.clone();
        plan.steps[first].after.push(last);
        let PlanErrors(wrong) = plan.check().unwrap_err();
        let ring = wrong.iter().find_map(|one| if let PlanError::Cycle { steps } = one { Some(steps) } else { None });
        let ring = ring.expect("a ring");
        prop_assert_eq!(ring.first(), ring.last());
        for pair in ring.windows(2) {
            let second = plan.steps.iter().find(|step| step.id == pair[1]).unwrap();
            prop_assert!(second.after.contains(&pair[0]));
        }
    }
}
