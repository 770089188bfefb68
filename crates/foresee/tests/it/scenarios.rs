//! Changes to a place: that they say what they mean, three ways, and that trying them tells where the waiting went.

use foresee::simulate::model::{Capacity, Service};
use foresee::simulate::outcome::{Flow, Join, Outcome, ServiceOutcome, SourceOutcome, Tally};
use foresee::simulate::run::{Settings, Stop, digest};
use foresee::simulate::scenario::{
    Aim, Bar, By, Change, Comparison, Lever, Pairs, Progress, Scenario, What, When, Who, apply, compare, matters,
    search, smallest, week,
};
use foresee::simulate::trust::Precision;
use foresee::simulate::{Compiled, Model, Options, analytic, replicate};
use proptest::prelude::*;

fn rivermead() -> Model {
    Model::from_toml(include_str!("../../../../place/models/designed.toml")).unwrap()
}

fn change(text: &str) -> Change {
    text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

fn tried(text: &str) -> Model {
    apply(&rivermead(), &Scenario::of("", vec![change(text)])).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

fn refused(text: &str) -> String {
    match text.parse::<Change>() {
        Err(wrong) => wrong.to_string(),
        Ok(change) => apply(&rivermead(), &Scenario::of("", vec![change])).expect_err(text).to_string(),
    }
}

// Words

#[test]
fn a_change_is_said_in_plain_english() {
    for (short, sentence) in [
        ("home-care:+10", "10 more places in Home care after hospital"),
        ("home-care:+10@4w..", "10 more places in Home care after hospital, from week 5"),
        ("general-medical:beds:-1@4w..8w", "1 fewer bed in Rivermead General medical wards, for 4 weeks from week 5"),
        ("ambulance-crews:x0.4@30d..33d", "60% fewer crews in Ambulance crews, for 3 days from day 31"),
        ("care-homes:=20", "20 beds in Care homes"),
        ("urgent-response:+4@sat-sun,8-20", "4 more places in Urgent community response at weekends from 8am to 8pm"),
        ("general-assessment:stay:x0.9", "A stay in Rivermead General assessment unit 10% shorter"),
        (
            "general-older/frail:stay:-24",
            "A stay in Rivermead General wards for older people 24 hours shorter for frail people",
        ),
        ("999:arrivals:x0.95", "5% fewer people come: 999"),
        ("999/frail:arrivals:x1.2@0w..12w", "20% more frail people come: 999, for 12 weeks from week 1"),
        (
            "general-medical>home-care/older:share:+0.05",
            "5 more in 100 of the older people who leave Rivermead General medical wards go on to Home care after hospital",
        ),
        ("general-utc:open:8-20", "Rivermead General urgent treatment and same day care open from 8am to 8pm"),
        (
            "general-older:closed@2w..3w",
            "Rivermead General wards for older people takes nobody new, for 1 week from week 3",
        ),
    ] {
        assert_eq!(change(short).sentence(&rivermead()), sentence);
    }
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(By::Add),
        (1e-300..1e300).prop_map(By::Times),
        (0.0..1e300).prop_map(By::To),
    ]
}

fn some_change() -> impl Strategy<Value = Change> {
    let name = "[^\\x00]{1,12}";
    let what = prop_oneof![
        by().prop_map(What::Places),
        by().prop_map(What::Queue),
        by().prop_map(What::Stay),
        by().prop_map(What::Transfer),
        by().prop_map(What::Patience),
        by().prop_map(What::Arrivals),
        by().prop_map(What::Share),
        (0u8..24, 0u8..=24)
            .prop_filter("hours", |(open, close)| open != close)
            .prop_map(|(open, close)| What::Open(open, close)),
        Just(What::Closed),
        "[^\\x00]{1,20}".prop_map(What::New),
    ];
    let time = prop_oneof![0.0..1e4, (0u32..400).prop_map(|days| f64::from(days) * 24.0)];
    let when = (
        prop::option::of(time.clone()),
        prop::option::of(time),
        prop::option::of((0u8..7, 0u8..7)),
        prop::option::of((0u8..24, 0u8..=24).prop_filter("hours", |(open, close)| open != close)),
    )
        .prop_map(|(from, until, days, hours)| {
            let until = until.map(|until| from.unwrap_or(0.0) + until + 1.0);
            When { from, until, days, hours }
        });
    (name, name, prop::option::of(name), what, when).prop_map(|(name, to, class, what, when)| {
        let to = matches!(what, What::Share(_)).then_some(to);
        Change { who: Who { name, to, class }, what, when }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_short_text_of_a_change_reads_back_as_the_same_change(change in some_change()) {
        let text = change.to_string();
        prop_assert_eq!(text.parse::<Change>(), Ok(change.clone()), "{}", text);
        let (key, value) = change.to_pair();
        prop_assert_eq!(Change::from_pair(&key, &value), Ok(change.clone()), "{}={}", key, value);
    }
}

#[test]
fn a_form_and_an_address_say_the_same_as_the_short_text() {
    let fields = [("who", "home-care"), ("what", "places"), ("by", "+10"), ("from", "4w"), ("until", ""), ("days", "")];
    assert_eq!(Change::from_form(fields).unwrap(), change("home-care:places:+10@4w.."));
    let fields =
        [("who", "walk in, Rivermead General"), ("class", "mental health"), ("what", "arrivals"), ("by", "x0.9")];
    assert_eq!(
        Change::from_form(fields).unwrap().to_string(),
        "walk in, Rivermead General/mental health:arrivals:x0.9"
    );
    assert_eq!(Change::from_pair("home-care", " 10").unwrap(), change("home-care:+10")); // a plus that became a space
}

// What a change makes of a model

#[test]
fn changes_make_of_the_model_what_they_say() {
    let places = |model: &Model, name: &str| model.service(name).unwrap().capacity.clone().unwrap();
    assert_eq!(places(&tried("home-care:+10"), "home-care"), Capacity::Fixed(28));
    assert_eq!(places(&tried("home-care:x1.1"), "home-care"), Capacity::Fixed(20)); // 19.8
    let for_a_month = places(&tried("home-care:+10@4w..8w"), "home-care");
    assert_eq!([0.0, 671.9, 672.0, 1343.9, 1344.0, 9e3].map(|at| for_a_month.at(at)), [18, 18, 28, 28, 18, 18]);
    // A rota goes on repeating; a strike in one week is written out, with the rota before, in and after it.
    let weekends = places(&tried("urgent-response:+4@sat-sun,8-20"), "urgent-response");
    assert_eq!([10.0, 130.0, 130.0 + 168.0, 141.0].map(|at| weekends.at(at)), [1, 4, 4, 0]);
    let strike = places(&tried("ambulance-crews:x0.4@7d..10d"), "ambulance-crews");
    assert_eq!([9.0, 168.0, 177.0, 250.0, 7996.0].map(|at| strike.at(at)), [7, 2, 3, 7, 4]);
    // More staff do not open a service that is shut.
    let more = places(&tried("urgent-response:+1"), "urgent-response");
    assert_eq!([3.0, 9.0, 130.0].map(|at| more.at(at)), [0, 2, 0]);

    let stay = |text: &str, class: &str| tried(text).service("general-ed").unwrap().stay_of(class).unwrap().mean();
    assert!((stay("general-ed:stay:x0.9", "older") - 3.3 * 0.9).abs() < 1e-12);
    assert!((stay("general-ed:stay:x0.9", "frail") - 4.2 * 0.9).abs() < 1e-12);
    assert!((stay("general-ed/older:stay:-1", "older") - 2.3).abs() < 1e-12);
    assert_eq!(stay("general-ed/older:stay:-1", "younger"), 3.3);

    let closed = tried("general-older:closed@2w..3w");
    assert_eq!(closed.service("general-older").unwrap().closed, [(336.0, 504.0)]);
    let hours = places(&tried("ambulance-crews:open:8-20"), "ambulance-crews");
    assert_eq!([7.0, 8.0, 19.0, 20.0].map(|at| hours.at(at)), [0, 7, 7, 0]);
}

#[test]
fn more_people_come_beside_those_who_come_and_fewer_are_some_of_them() {
    let (model, more) = (rivermead(), tried("999/frail:arrivals:x1.2@0w..12w"));
    assert_eq!(more.sources[..model.sources.len()], model.sources[..]);
    let added = more.sources.last().unwrap();
    assert_eq!((added.class.as_deref(), added.until), (Some("frail"), Some(2016.0)));
    assert!((added.rates[10] / model.source("999").unwrap().rates[10] - 0.22 * 0.2).abs() < 1e-12);
    let fewer = tried("999/frail:arrivals:x0.95@0w..12w");
    assert_eq!(fewer.sources.len(), model.sources.len());
    let keep = &fewer.source("999").unwrap().keep[0];
    assert_eq!((keep.share, keep.class.as_deref(), keep.until), (0.95, Some("frail"), Some(2016.0)));
    assert_eq!(fewer.source("999").unwrap().rates, model.source("999").unwrap().rates);
    let all = tried("999:arrivals:x0.95");
    assert_eq!(all.source("999").unwrap().rates[10], model.source("999").unwrap().rates[10] * 0.95);
}

#[test]
fn shares_change_for_all_or_for_a_class() {
    let share = |text: &str, class: &str| {
        let model = tried(text);
        let routes = &model.service("general-older").unwrap().routes;
        let of_class = |route: &&foresee::simulate::model::Route| {
            route.to == "home-care" && route.class.as_deref().is_none_or(|of| of == class)
        };
        routes.iter().filter(of_class).map(|route| route.share).sum::<f64>()
    };
    assert!((share("general-older>home-care:share:+0.1", "frail") - 0.29).abs() < 1e-12);
    assert!((share("general-older>home-care/frail:share:x2", "frail") - 0.38).abs() < 1e-12);
    assert!((share("general-older>home-care/frail:share:x2", "older") - 0.19).abs() < 1e-12);
}

#[test]
fn a_new_service_is_a_whole_table_and_a_share_of_a_route() {
    let scenario = Scenario::parse(
        r#"
        title = "A virtual ward"
        [[service]]
        name = "virtual-ward"
        kind = "virtual_ward"
        capacity = 12
        stay = { distribution = "lognormal", mean = 168, cv = 0.8 }
        [[change]]
        handover = ["general-assessment", "virtual-ward"]
        share = "+0.05"
        "#,
    )
    .unwrap();
    let model = apply(&rivermead(), &scenario).unwrap();
    let service: &Service = model.service("virtual-ward").unwrap();
    assert_eq!(service.capacity, Some(Capacity::Fixed(12)));
    assert_eq!(scenario.changes[0].sentence(&rivermead()), "A new service: virtual-ward");
    let again: Change = scenario.changes[0].to_string().parse().unwrap();
    assert_eq!(again, scenario.changes[0]);
}

#[test]
fn a_scenario_inherits_the_changes_of_others_first() {
    let files = |name: &str| match name {
        "winter" => Some(
            "title = 'W'\n[[change]]\nsource = '999'\narrivals = 'x1.1'\nfrom = 'week 5'\nfor = '8 weeks'".to_owned(),
        ),
        "round" => Some("title = 'R'\ninherits = 'round'".to_owned()),
        _ => None,
    };
    let text = "title = 'T'\ninherits = 'winter'\n[[change]]\nservice = ['home-care', 'reablement']\nplaces = '+10'\n";
    let scenario = Scenario::parse(text).unwrap();
    assert!(apply(&rivermead(), &scenario).unwrap_err().to_string().contains("resolve the scenario first"));
    let scenario = scenario.resolve(&files).unwrap();
    let said: Vec<String> = scenario.changes.iter().map(Change::to_string).collect();
    assert_eq!(said, ["999:arrivals:x1.1@4w..12w", "home-care:places:+10", "reablement:places:+10"]);
    let round = Scenario::parse("title = 'T'\ninherits = 'round'").unwrap().resolve(&files).unwrap_err();
    assert!(round.to_string().contains("inherits from itself"), "{round}");
    let none = Scenario::parse("title = 'T'\ninherits = 'summer'").unwrap().resolve(&files).unwrap_err();
    assert_eq!(none.to_string(), "there is no scenario `summer`");
}

#[test]
fn applying_nothing_changes_nothing() {
    assert_eq!(apply(&rivermead(), &Scenario::default()).unwrap(), rivermead());
}

#[test]
fn demand_of_a_year_is_a_sentence_that_the_projection_answers() {
    let text = "title = 'T'\n[demand]\nyear = 2040\n'999' = 1.1\n";
    let scenario = Scenario::parse(text).unwrap();
    assert_eq!((scenario.year, scenario.changes.len()), (Some(2040), 1));
    assert!(apply(&rivermead(), &scenario).unwrap_err().to_string().contains("2040"));
    let child =
        Scenario::parse("title = 'C'\ninherits = 'later'").unwrap().resolve(&|_| Some(text.to_owned())).unwrap();
    assert_eq!(child.year, Some(2040), "the year is inherited with the changes");
    let asked = scenario.with_demand(&[("999".to_owned(), Some("frail".to_owned()), 1.5)]).unwrap();
    let said: Vec<String> = asked.changes.iter().map(Change::to_string).collect();
    assert_eq!(said, ["999:arrivals:x1.1", "999/frail:arrivals:x1.5"]);
    let wrong = Scenario::parse("title = 'T'\n[demand]\nyear = 1.24\n").unwrap_err().to_string();
    assert_eq!(wrong, "line 3: demand is of a year such as 2040, and not of 1.24");
}

#[test]
fn every_scenario_of_rivermead_is_a_model_that_makes_sense() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../place/scenarios");
    let find = |name: &str| std::fs::read_to_string(folder.join(format!("{name}.toml"))).ok();
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        let scenario = Scenario::parse(&text).and_then(|scenario| scenario.resolve(&find));
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{}: {wrong}", file.path().display()));
        let scenario = match scenario.year {
            Some(year) => scenario.with_demand(&crate::projection::factors_of(year, &rivermead())).unwrap(),
            None => scenario,
        };
        let model = apply(&rivermead(), &scenario).unwrap_or_else(|wrong| panic!("{}: {wrong}", file.path().display()));
        assert_ne!(model, rivermead(), "{}", scenario.title);
        seen += 1;
    }
    assert!(seen >= 8);
}

// Bad input

#[test]
fn what_cannot_be_done_is_told_with_its_reason() {
    for (text, reason) in [
        ("home-car:+10", "there is no service or resource `home-car` in Rivermead, did you mean `home-care`?"),
        ("crisis-team:+10", "has places without limit"),
        ("home-care:x0", "x0 leaves nothing"),
        ("home-care:xNaN", "`NaN` is not a number that can be used"),
        ("home-care:+inf", "is not a number that can be used"),
        ("home-care:+10@-1w..", "cannot be dated before the start"),
        ("home-care:+10@4w..3w", "ends at hour 504, before it begins at hour 672"),
        ("home-care:-19", "home-care would have -1 places"),
        ("home-care:+0.5", "they come in whole numbers"),
        ("home-care:10", "`10` is not a change: write +10"),
        ("home-care", "names what changes but not how"),
        ("home-care:colour:+1", "`colour` is not something that can change"),
        ("home-care:share:+0.1", "a share belongs to a handover"),
        ("general-older>home-care:share:+0.9", "109 in 100 people would leave general-older"),
        ("general-older>nowhere:share:+0.1", "there is no service `nowhere`"),
        ("general-ed/adult:stay:x0.9", "there is no class `adult`"),
        ("general-ed:stay:x0.9@1w..2w", "a stay cannot change for a part of the time"),
        ("general-ed:stay:-9", "would be left with no time at all"),
        ("999/children:arrivals:=0", "would bring nobody"),
        ("crisis, not through a hospital/older:arrivals:x2", "brings nobody of this class"),
    ] {
        let told = refused(text);
        assert!(told.contains(reason), "{text}: {told}");
    }
}

#[test]
fn a_fault_in_a_file_has_its_line() {
    for (text, told) in [
        ("title = 'T'\n\n[[change]]\nservice = 'home-care'\nplaces = 'x0'\n", "line 5: x0 leaves nothing"),
        (
            "title = 'T'\n[[change]]\nservice = 'home-care'\n",
            "line 2: a change says one thing that changes, and this one says 0",
        ),
        ("title = 'T'\n[[change]]\nplaces = '+1'\n", "line 2: a change is about one of service"),
        ("title = 'T'\n[[change]]\nservice = 'a'\nplaces = '+1'\nfrom = 'week 0'\n", "line 5: `week 0` is not a time"),
        ("title = 'T'\n[[change]]\nservice = 'a'\nplaces = nan\n", "line 2: `NaN` is not a number"),
        ("title = 'T'\n[[change]]\nservice = 'a'\nbedz = '+1'\n", "line 4: unknown field"),
        ("title = 'T'\n[demand]\n'999' = -1.0\n", "line 3: x-1 leaves nothing"),
        ("title = 'T'\n", "line 1: nothing changes here"),
    ] {
        let wrong = Scenario::parse(text).unwrap_err().to_string();
        assert!(wrong.starts_with(told), "{text}: {wrong}");
    }
    let scenario = Scenario::parse("title = 'T'\n\n[[change]]\nservice = 'home-car'\nplaces = '+1'\n").unwrap();
    let wrong = apply(&rivermead(), &scenario).unwrap_err().to_string();
    assert!(wrong.starts_with("line 3: 1 more place in home-car: there is no service"), "{wrong}");
}

// What would have to be true

#[test]
fn aims_read_back_as_they_were_written() {
    for text in [
        "general-ed:wait<4",
        "general-ed/frail:wait90<4",
        "general-ed:held>12<1%",
        "general-utc:wait>4<5%",
        "general-utc:unseen<2%",
        "general-surgical:lost<5.5%",
        "home-care:busy<92%",
        "general-older>home-care:delay<200",
        "place:delay<900",
    ] {
        let aim: Aim = text.parse().unwrap();
        assert_eq!(aim.to_string(), text);
        aim.check(&rivermead()).unwrap();
    }
    for text in [
        "",
        "general-ed",
        "general-ed:wait",
        "general-ed:wait<5%",
        "general-ed:lost<5",
        "place:wait<4",
        "a:wait100<4",
        "a:delay<nan",
    ] {
        assert!(text.parse::<Aim>().is_err(), "{text}");
    }
    let aim: Aim = "general-ed:held>12<1%".parse().unwrap();
    let said = aim.sentence(&rivermead());
    assert_eq!(said, "fewer than 1 in 100 people are held in Rivermead General emergency department over 12 hours");
    assert!("nowhere:wait<4".parse::<Aim>().unwrap().check(&rivermead()).is_err());
}

#[test]
fn a_search_finds_the_smallest_value_and_says_how_sure_it_is() {
    let lever = Lever::new("home-care:places:+?", 0.0, 30.0).unwrap();
    // Replications that differ by ±0.5 around 20 less a step: under 10 from 11 on, surely so once the interval is narrow.
    let noisy = |value: f64, from: usize, to: usize| {
        Ok::<_, ()>((from..to).map(|at| 20.0 - value + if at % 2 == 0 { 0.5 } else { -0.5 }).collect())
    };
    let found = smallest(&lever, 10.1, 320, 0.95, noisy).unwrap();
    assert_eq!((found.value, found.sure), (Some(10.0), Some(10.0)));
    assert!(found.tried.len() < 12, "{}", found.tried.len());
    assert!(found.tried.iter().all(|tried| tried.value == 10.0 || tried.number.count == 20)); // early answers away from the aim
    let wide = |value: f64, from: usize, to: usize| {
        Ok::<_, ()>((from..to).map(|at| 20.0 - value + if at % 2 == 0 { 9.0 } else { -9.0 }).collect())
    };
    let found = smallest(&lever, 10.1, 20, 0.95, wide).unwrap();
    assert_eq!((found.value, found.sure), (Some(10.0), Some(15.0)));
    let aim: Aim = "home-care:wait<10.1".parse().unwrap();
    assert_eq!(
        found.sentence(&aim, &lever, &rivermead()),
        "10 more places in Home care after hospital, so that the mean wait of people for Home care after hospital is under 10.1 hours; \
         to be sure of it, 15 more places in Home care after hospital"
    );
    let never = smallest(&lever, -20.0, 40, 0.95, noisy).unwrap();
    assert_eq!((never.value, never.tried.len()), (None, 2));
    assert!(never.sentence(&aim, &lever, &rivermead()).starts_with("No: not even with"));
    let at_once = smallest(&lever, 30.0, 40, 0.95, noisy).unwrap();
    assert_eq!(at_once.value, Some(0.0));
    assert!(Lever::new("home-care:places:+1", 0.0, 30.0).is_err());
    assert!(Lever::new("home-care:stay:x?", 1.0, 0.0).is_err());
}

// Where the waiting went

/// A week of a place with an emergency department, a ward and home care: person-hours held for the ward, for home care, and
/// waiting for home care, with a little chance by replication.
fn seen(replication: usize, for_ward: f64, for_home: f64, waiting: f64) -> Outcome {
    let chance = if replication.is_multiple_of(2) { 1.0 } else { -1.0 };
    let service = |name: &str, waiting: f64, blocked: f64| ServiceOutcome {
        name: name.to_owned(),
        waiting,
        blocked,
        classes: vec![Flow {
            wait: Tally { count: 1, sum: waiting + blocked, ..Tally::default() },
            left: 10,
            ..Flow::default()
        }],
        ..ServiceOutcome::default()
    };
    let mut outcome = Outcome { replications: 1, span: 168.0, ..Outcome::default() };
    outcome.services = vec![
        service("ed", 0.0, for_ward + chance),
        service("ward", 0.0, for_home + chance),
        service("home", waiting, 0.0),
    ];
    outcome.services[2].blame = vec![for_ward + chance, for_home + chance, 0.0]; // held in each because of home care
    outcome.joins = vec![
        Join { from: 0, to: 1, moved: 5, time: for_ward + chance },
        Join { from: 1, to: 2, moved: 5, time: for_home + chance },
    ];
    outcome.sources = vec![SourceOutcome { arrivals: 100, ..SourceOutcome::default() }];
    outcome
}

fn three() -> Model {
    Model::from_toml(
        r#"
        name = "Three"
        horizon = 168
        [[class]]
        name = "older"
        groups = { deprivation = { "poorest fifth" = 0.3 } }
        [[source]]
        name = "door"
        to = "ed"
        rate = 1
        [[service]]
        name = "ed"
        owner = "A"
        route = [{ to = "ward", share = 0.5 }]
        [[service]]
        name = "ward"
        owner = "A"
        capacity = 10
        cost_per_hour = 14
        route = [{ to = "home", share = 0.5 }]
        [[service]]
        name = "home"
        title = "Home care"
        owner = "B"
        capacity = 20
        cost_per_hour = 5
        cost_per_stay = 100
        "#,
    )
    .unwrap()
}

fn compared(changed: &Model, with: impl Fn(usize) -> Outcome) -> Comparison {
    let mut pairs = Pairs::new(&three(), changed, 0.95);
    for replication in 0..30 {
        pairs.push(&seen(replication, 40.0, 200.0, 10.0), &with(replication));
    }
    pairs.comparison()
}

#[test]
fn relief_that_turns_up_elsewhere_is_the_first_thing_said() {
    let moved = compared(&three(), |at| seen(at + at / 3, 44.0, 100.0, 60.0));
    assert_eq!(
        moved.headline,
        "Of every 100 hours of waiting taken away, 55 turn up elsewhere, most with people waiting for Home care \
         (50 more hours a week). Waiting falls by 45.3 hours a week (44.3 to 46.4), \
         most for people held in ward for Home care (99.7 fewer hours a week)"
    );
    assert!(moved.joins[0].change() < -99.0 && moved.joins.len() == 3);
    let gone = compared(&three(), |at| seen(at, 30.0, 150.0, 10.0));
    assert_eq!(
        gone.headline,
        "Waiting falls by 60 hours a week (60 to 60), \
         most for people held in ward for Home care (50 fewer hours a week), and no more turns up elsewhere"
    );
    let grown = compared(&three(), |at| seen(at, 90.0, 190.0, 10.0));
    assert!(
        grown.headline.starts_with("More waiting turns up than is taken away: 50 hours a week against 10 hours a week"),
        "{}",
        grown.headline
    );
    let same = compared(&three(), |at| seen(at + at / 2, 40.0, 200.0, 10.0));
    assert!(
        same.headline.starts_with("In all, these runs cannot tell a change in waiting from none"),
        "{}",
        same.headline
    );
}

#[test]
fn every_hour_is_in_one_row_and_the_rows_sum_to_the_place() {
    let moved = compared(&three(), |at| seen(at + at / 3, 44.0, 100.0, 60.0));
    let sum: f64 = moved.joins.iter().map(|row| row.change()).sum();
    assert!((sum - moved.total.change()).abs() < 1e-9);
    assert!((moved.gone + moved.turned_up + moved.untold - moved.total.change()).abs() < 1e-9);
    let blamed: f64 = moved.blame.iter().map(|row| row.change()).sum();
    let held: f64 = moved.joins.iter().filter(|row| row.from.is_some()).map(|row| row.change()).sum();
    assert!((blamed - held).abs() < 1e-9);
    let delay: f64 = moved.money.iter().map(|money| money.delay.change()).sum();
    assert!((delay - moved.total.change()).abs() < 1e-9);
}

#[test]
fn costs_stand_beside_hours_and_a_freed_bed_is_worth_half_of_its_cost() {
    let ten_more = apply(&three(), &Scenario::of("", vec![change("home:+10")])).unwrap();
    let tried = compared(&ten_more, |at| seen(at, 40.0, 100.0, 10.0));
    let money = |owner: &str| tried.money.iter().find(|money| money.owner == owner).unwrap();
    assert_eq!(money("B").cost.without.mean, 20.0 * 168.0 * 5.0 + 10.0 * 100.0);
    assert_eq!(money("B").cost.change(), 10.0 * 168.0 * 5.0);
    assert_eq!(money("A").cost.change(), 0.0);
    assert_eq!(money("A").freed, (100.0 * 14.0 * 0.4, 100.0 * 14.0 * 0.6));
    let poorest = tried.groups.iter().find(|group| group.delay.at == "poorest fifth").unwrap();
    assert!((poorest.delay.change() + 30.0).abs() < 1e-9 && (poorest.per_person.unwrap() - 1.0).abs() < 1e-9);
}

// Without and with, run

/// The place of ten services that every engine was measured on, shortened.
fn network10(horizon: f64) -> Model {
    let mut model = Model::from_toml(include_str!("../../src/simulate/case/network10.toml")).unwrap();
    model.horizon = horizon;
    model
}

fn settings(replications: usize) -> Settings {
    Settings { stop: Stop::Replications(replications), threads: 1, ..Settings::default() }
}

fn trial(base: &Model, text: &str, replications: usize) -> Comparison {
    let changed = apply(base, &Scenario::of("", vec![change(text)])).unwrap();
    compare(base, &changed, &settings(replications), &mut |_| (), &Default::default()).unwrap()
}

#[test]
fn a_place_beside_itself_shows_no_difference() {
    let model = Model { horizon: 2016.0, ..rivermead() };
    assert_eq!(digest(&apply(&model, &Scenario::default()).unwrap()), digest(&model));
    let same = compare(&model, &model, &settings(3), &mut |_| (), &Default::default()).unwrap();
    assert!(same.joins.iter().all(|row| row.change() == 0.0 && row.paired.difference.sd == 0.0));
    assert_eq!((same.gone, same.turned_up, same.untold), (0.0, 0.0, 0.0));
}

#[test]
fn what_ten_more_places_take_away_and_what_they_move_adds_up() {
    let model = Model { horizon: 2880.0, ..rivermead() };
    let tried = trial(&model, "home-care:+10", 6);
    let sum: f64 = tried.joins.iter().map(|row| row.change()).sum();
    assert!((sum - tried.total.change()).abs() < 1e-6, "{sum} {}", tried.total.change());
    assert!((tried.gone + tried.turned_up + tried.untold - tried.total.change()).abs() < 1e-6);
    let held: f64 = tried.joins.iter().filter(|row| row.from.is_some()).map(|row| row.change()).sum();
    let blamed: f64 = tried.blame.iter().map(|row| row.change()).sum();
    assert!((blamed - held).abs() < 1e-6, "{blamed} {held}");
    let delay: f64 = tried.money.iter().map(|money| money.delay.change()).sum();
    assert!((delay - tried.total.change()).abs() < 1e-6);
    assert!(tried.total.change() < 0.0 && tried.blame[0].at == "home-care", "{}", tried.headline);
}

#[test]
fn the_same_people_make_a_difference_plain() {
    // Over 120 place-years the difference of ED held for AMU has a variance 15 times smaller (docs/scenarios.md). Half a year and
    // 24 pairs leave a wide margin.
    let tried = trial(&network10(4320.0), "HOME:+10", 24);
    let row = tried.blame.iter().find(|row| row.at == "HOME").unwrap();
    assert!(row.change() < 0.0);
    assert!(row.paired.variance_ratio > 2.0, "{}", row.paired.variance_ratio);
}

#[test]
fn a_search_finds_the_staff_that_erlang_says() {
    let model = Model::from_toml(
        r#"
        name = "A clinic"
        horizon = 1500
        warm_up = 100
        [[source]]
        name = "door"
        to = "clinic"
        rate = 8
        [[service]]
        name = "clinic"
        capacity = 9
        stay = { distribution = "exponential", mean = 1 }
        "#,
    )
    .unwrap();
    // Erlang C: the mean wait is C(c, 8) / (c - 8) hours.
    let wait = |staff: u32| analytic::erlang_c(staff, 8.0) / (f64::from(staff) - 8.0);
    let needed = (9..20).find(|staff| wait(*staff) < 0.1).unwrap();
    assert!(wait(needed) < 0.085 && wait(needed - 1) > 0.12, "an aim that chance cannot blur");
    let aim: Aim = "clinic:wait<0.1".parse().unwrap();
    let lever = Lever::new("clinic:places:=?", 9.0, 20.0).unwrap();
    let mut seen = 0;
    let found = search(&model, &aim, &lever, &settings(80), &mut |_| seen += 1, &Default::default()).unwrap();
    assert_eq!((found.value, found.sure), (Some(f64::from(needed)), Some(f64::from(needed))));
    assert!(seen >= found.tried.len());
    for tried in &found.tried {
        let truth = wait(tried.value as u32);
        assert!(
            (tried.number.mean - truth).abs() < 3.0 * tried.number.half_width + 1e-3,
            "{} {truth}",
            tried.number.mean
        );
    }
    let never: Aim = "clinic:busy<10%".parse().unwrap();
    let found = search(&model, &never, &lever, &settings(20), &mut |_| (), &Default::default()).unwrap();
    assert_eq!(found.value, None);
}

#[test]
fn what_matters_most_comes_first() {
    let model = Model { horizon: 1000.0, ..three() };
    let mut model = Model {
        sources: vec![foresee::simulate::model::Source { rate: Some(1.9), ..model.sources[0].clone() }],
        ..model
    };
    model.services[1].stay = Some(foresee::simulate::Distribution::Exponential { mean: 10.0 });
    model.services[2].stay = Some(foresee::simulate::Distribution::Exponential { mean: 1.0 });
    let aim: Aim = "place:delay<1".parse().unwrap();
    let bars = matters(&model, &aim, 0.1, &settings(20), &mut |_| (), &Default::default()).unwrap();
    // A ward that is nearly full: who comes, how long they stay and how many beds; home care has places to spare.
    assert!(bars[0].size() > 0.0 && bars[0].changes[0].who.name != "home", "{:?}", bars[0]);
    let last = bars.last().unwrap();
    assert_eq!((last.changes[0].who.name.as_str(), last.size()), ("home", 0.0));
    let effect = |bar: &Bar, way: usize| bar.effects[way].map(|effect| effect.difference.mean).unwrap();
    let door = bars.iter().find(|bar| bar.changes[0].who.name == "door").unwrap();
    assert!(effect(door, 0) < 0.0 && effect(door, 1) > 0.0);
}

#[test]
fn a_trial_shows_early_answers_and_can_be_cancelled() {
    let model = Model { horizon: 1600.0, ..rivermead() };
    let changed = apply(&model, &Scenario::of("", vec![change("home-care:+10")])).unwrap();
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let mut early = Vec::new();
    let mut watch = |progress: &Progress<Comparison>| {
        early.push((progress.done, progress.so_far.replications));
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let cut = compare(&model, &changed, &settings(1000), &mut watch, &cancel).unwrap();
    assert_eq!((cut.replications, early), (8, vec![(8, 8)]));
    assert!(compare(&model, &changed, &settings(10), &mut |_| (), &cancel).is_err());
    // Enough once the answer is as narrow as asked.
    let stop = Stop::Precision { wanted: vec![("place.delay".to_owned(), Precision::Absolute(1e6))], most: 1000 };
    let enough =
        compare(&model, &changed, &Settings { stop, ..settings(0) }, &mut |_| (), &Default::default()).unwrap();
    assert_eq!(enough.replications, 20);
}

#[test]
fn fewer_people_of_a_class_are_the_same_people_less_some() {
    let model = Model { warm_up: None, ..network10(1000.0) };
    let source = model.sources[0].name.clone();
    let fewer = apply(&model, &Scenario::of("", vec![change(&format!("{source}:arrivals:x0.5@1w..2w"))])).unwrap();
    let came =
        |model: &Model| replicate(&Compiled::new(model).unwrap(), 1, 0, &Options::default()).sources[0].arrivals as f64;
    // Half of one week of some six.
    let (before, after) = (came(&model), came(&fewer));
    assert!((1.0 - after / before - 0.5 * 168.0 / 1000.0).abs() < 0.02, "{before} {after}");
}

#[test]
fn a_week_for_the_moving_picture_counts_who_is_where_and_who_moves() {
    let model = Model { horizon: 2000.0, ..rivermead() };
    let week = week(&model, 1, 0).unwrap();
    assert_eq!((week.hours.len(), week.services.len()), (168, model.services.len()));
    let at = |name: &str| week.services.iter().position(|service| service == name).unwrap();
    let (ed, unit, home) = (at("general-ed"), at("general-assessment"), at("home-care"));
    assert!(week.hours.iter().all(|hour| hour.in_care[home] <= 18.0 && hour.held[home] == 0.0));
    let moved = |from: usize, to: usize| -> u32 {
        week.hours
            .iter()
            .flat_map(|hour| &hour.moved)
            .filter(|pair| (pair.0, pair.1) == (from, to))
            .map(|pair| pair.2)
            .sum()
    };
    assert!((15..60).contains(&moved(ed, unit)), "{}", moved(ed, unit)); // 5 a day
    assert_eq!(moved(unit, ed), 0);
    let door: u32 = week.hours.iter().map(|hour| hour.came[at("general-utc")]).sum();
    assert!((200..320).contains(&door), "{door}"); // 36.7 a day
    assert_eq!(week.hours.iter().map(|hour| hour.came[home]).sum::<u32>(), 0);
}
