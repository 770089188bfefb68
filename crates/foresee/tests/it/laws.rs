//! What is true of every run: laws over places that are made up, and answers that are known in closed form.

use foresee::simulate::distribution::Distribution;
use foresee::simulate::model::*;
use foresee::simulate::{Compiled, Options, Outcome, Run, check, replicate};
use proptest::prelude::*;
use proptest::test_runner::Config;

fn stay() -> impl Strategy<Value = Distribution> {
    let mean = 0.1..6.0f64;
    prop_oneof![
        mean.clone().prop_map(|mean| Distribution::Exponential { mean }),
        (mean.clone(), 0.2..1.5f64).prop_map(|(mean, cv)| Distribution::Lognormal { mean, cv }),
        (mean.clone(), 0.3..1.5f64).prop_map(|(mean, cv)| Distribution::Gamma { mean, cv }),
        mean.clone().prop_map(|value| Distribution::Fixed { value }),
        mean.prop_map(|high| Distribution::Uniform { low: 0.0, high }),
    ]
}

prop_compose! {
    fn service(at: usize, all: usize)(
        units in prop_oneof![Just(None), (1u32..8).prop_map(Some)],
        hours in any::<bool>(),
        queue in prop_oneof![Just(None), (0u32..5).prop_map(Some)],
        stay in stay(),
        patience in prop_oneof![3 => Just(None), 1 => stay().prop_map(Some)],
        preempt in prop_oneof![
            3 => Just(None), 1 => Just(Some(Preempt::Resume)), 1 => Just(Some(Preempt::Restart)), 1 => Just(Some(Preempt::Resample))
        ],
        shift in prop_oneof![Just(Shift::Finish), Just(Shift::HandOver), Just(Shift::Preempt)],
        order in prop_oneof![3 => Just(Order::First), 1 => Just(Order::Last), 1 => Just(Order::Random)],
        extras in prop::collection::vec(any::<bool>(), 8),
        full in prop_oneof![3 => Just(None), 1 => Just(Some(Full::Lose))],
        to in prop::collection::vec((0..all, 0.05..0.3f64), 0..3),
    ) -> Service {
        let units = units.filter(|_| !extras[0]);
        let capacity = units.map(|units| match hours {
            true => Capacity::Hours(Hours { every: Some(24.0), from: vec![0.0, 8.0, 20.0], units: vec![1, units, 2] }),
            false => Capacity::Fixed(units),
        });
        Service {
            name: format!("s{at}"),
            queue: queue.filter(|_| capacity.is_some()),
            capacity: capacity.clone(),
            stay: Some(stay),
            patience,
            preempt,
            shift,
            order,
            full,
            block: if extras[1] && extras[5] { Block::Before } else { Block::After },
            needs: if extras[2] { vec![Need { resource: "porter".into(), units: 1, class: None, held: false }] } else { vec![] },
            transfer: extras[3].then_some(Distribution::Exponential { mean: 0.3 }),
            turnaround: extras[4].then_some(Distribution::Fixed { value: 0.2 }),
            closed: if extras[6] { vec![(30.0, 50.0)] } else { vec![] },
            deterioration: if extras[7] {
                vec![Deterioration { from: "b".into(), to: "a".into(), after: Distribution::Exponential { mean: 2.0 } }]
            } else {
                vec![]
            },
            baulk: (extras[0] && extras[1]).then_some(Baulk::Linear { from: 3, over: 8.0 }),
            routes: to.into_iter().map(|(to, share)| Route { to: format!("s{to}"), share, ..Route::default() }).collect(),
            ..Service::default()
        }
    }
}

fn place() -> impl Strategy<Value = Model> {
    (2usize..6).prop_flat_map(|all| {
        let services: Vec<_> = (0..all).map(|at| service(at, all)).collect();
        (services, prop::collection::vec(0.1..2.0f64, all), 1u32..3, any::<bool>()).prop_map(
            |(services, rates, batch, stop)| {
                let source = |(at, rate): (usize, f64)| Source {
                    name: format!("from{at}"),
                    to: format!("s{at}"),
                    rates: vec![rate, rate * 0.3, rate * 1.7],
                    every: Some(24.0),
                    classes: [("a".to_owned(), 0.4), ("b".to_owned(), 0.6)].into(),
                    batch: Some(Batch::Fixed(batch)),
                    ..Source::default()
                };
                Model {
                    name: "a place".into(),
                    horizon: 200.0,
                    warm_up: Some(WarmUp::Time(20.0)),
                    deadlock: if stop { Deadlock::Stop } else { Deadlock::Swap },
                    classes: vec![
                        Class { name: "a".into(), priority: 1, ..Class::default() },
                        Class { name: "b".into(), priority: 2, ..Class::default() },
                    ],
                    resources: vec![Resource { name: "porter".into(), capacity: Capacity::Fixed(2) }],
                    sources: rates.into_iter().enumerate().map(source).collect(),
                    start: vec![Present {
                        service: "s0".into(),
                        class: Some("b".into()),
                        state: State::InCare,
                        next: None,
                        elapsed: 3.0,
                        people: 1,
                    }],
                    services,
                    ..Model::default()
                }
            },
        )
    })
}

fn bytes(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap()
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn whoever_comes_in_goes_out_or_is_inside(model in place(), seed in 0u64..1000) {
        let compiled = Compiled::new(&model).unwrap();
        let watched = Options { profile: Some((24.0, 1.0)), series: Some(24.0), at: vec![50.0], ..Options::default() };
        let outcome = replicate(&compiled, seed, 0, &watched);
        let place = &outcome.place;
        prop_assert_eq!(place.inside_before + place.came, place.left + place.inside_after);
        // L = λW, closed: the time under the curve is the time that people tell.
        let told = place.time.iter().map(|tally| tally.sum).sum::<f64>() + place.spent_after - place.spent_before;
        prop_assert!((told - place.present).abs() <= 1e-9 * told.max(1.0), "{} {}", told, place.present);
        let porters = &outcome.resources[0];
        prop_assert!(porters.busy <= 2.0 * outcome.span * (1.0 + 1e-12));
        let mut blamed = 0.0;
        for (service, said) in outcome.services.iter().zip(&model.services) {
            let all = service.all();
            prop_assert!(all.wait.sum >= 0.0 && all.care.sum >= 0.0);
            prop_assert!((all.wait.sum + all.care.sum + all.blocked.sum - all.stay.sum).abs() < 1e-6);
            let fixed = matches!(said.capacity, Some(Capacity::Fixed(_)));
            if fixed && outcome.deadlocks.count == 0 && said.name != "s0" {
                let most = said.capacity.as_ref().unwrap().most();
                prop_assert!(service.busy <= f64::from(most) * outcome.span * (1.0 + 1e-12));
                if said.preempt.is_none() && said.transfer.is_none() && let Some(queue) = said.queue {
                    prop_assert!(service.most <= most + queue, "{} of {} and {}", service.most, most, queue);
                }
            }
            // What the hours of the day add up to is what the whole adds up to.
            let profiled: f64 = service.profile.iter().map(|step| step.waiting).sum();
            prop_assert!(outcome.deadlocks.count > 0 || (profiled - service.waiting).abs() < 1e-6 * (1.0 + profiled));
            blamed += service.blame.iter().sum::<f64>();
        }
        let blocked: f64 = outcome.services.iter().map(|service| service.blocked).sum();
        let joined: f64 = outcome.joins.iter().map(|join| join.time).sum();
        prop_assert!((blamed - blocked).abs() <= 1e-9 * blocked.max(1.0));
        prop_assert!((joined - blocked).abs() <= 1e-9 * blocked.max(1.0));
    }

    #[test]
    fn a_run_that_is_saved_and_gone_on_with_gives_the_same_bytes(model in place(), seed in 0u64..1000, at in 1.0..199.0f64) {
        let compiled = Compiled::new(&model).unwrap();
        let options = Options { profile: Some((24.0, 1.0)), series: Some(24.0), at: vec![50.0, 150.0], ..Options::default() };
        let mut run = Run::new(&compiled, seed, 3, &options);
        run.go_on(at);
        let saved = run.save();
        let mut gone_on = Run::load(&compiled, &saved).unwrap();
        gone_on.go_on(f64::INFINITY);
        prop_assert_eq!(bytes(&gone_on.outcome()), bytes(&replicate(&compiled, seed, 3, &options)));
        let cut = Run::load(&compiled, &saved[..saved.len() - 1]);
        prop_assert!(cut.is_err());
    }

    #[test]
    fn a_model_that_is_written_is_read_again(model in place()) {
        prop_assert_eq!(&Model::from_toml(&model.to_toml()).unwrap(), &model);
        let json = Model::from_json(&model.to_json()).unwrap();
        prop_assert_eq!(json.services.len(), model.services.len());
        prop_assert!(check::read(&model.to_toml()).is_ok());
    }

    #[test]
    fn more_desks_never_make_anyone_wait_longer(rate in 0.5..2.5f64, desks in 1u32..4, seed in 0u64..1000) {
        let wait = |desks: u32| {
            let text = format!("name='m'\nhorizon=500\nsource=[{{name='a',to='s',rate={rate}}}]\n\
                service=[{{name='s',capacity={desks},stay={{distribution='exponential',mean=1}}}}]");
            let (model, _) = check::read(&text).unwrap();
            let outcome = replicate(&Compiled::new(&model).unwrap(), seed, 0, &Options::default());
            outcome.services[0].waiting
        };
        prop_assert!(wait(desks + 1) <= wait(desks) + 1e-9);
    }

    #[test]
    fn names_and_their_order_are_all_that_a_relabelling_changes(model in place(), seed in 0u64..100) {
        // Services told in another order are the same services: every draw goes by name. (Not where two things happen at
        // one instant, which the order of the file decides: shifts, and calls for one porter.)
        let mut model = model;
        for service in &mut model.services {
            service.capacity = service.capacity.take().map(|capacity| Capacity::Fixed(capacity.most()));
            (service.block, service.needs, service.closed) = (Block::After, vec![], vec![]);
        }
        let mut turned = model.clone();
        turned.services.reverse();
        let options = Options { at: vec![100.0], ..Options::default() };
        let (one, two) = (
            replicate(&Compiled::new(&model).unwrap(), seed, 0, &options),
            replicate(&Compiled::new(&turned).unwrap(), seed, 0, &options),
        );
        prop_assume!(one.deadlocks.count == 0 && two.deadlocks.count == 0);
        prop_assert_eq!(one.place.came, two.place.came);
        for service in &one.services {
            let other = two.service(&service.name).unwrap();
            prop_assert_eq!(service.in_care, other.in_care, "{}", service.name);
            prop_assert_eq!(service.waiting, other.waiting, "{}", service.name);
        }
    }
}

#[test]
fn threads_make_no_difference() {
    use rayon::prelude::*;
    let (model, _) = check::read(include_str!("../../src/simulate/case/network10.toml")).unwrap();
    let compiled = Compiled::new(&model).unwrap();
    let options = Options { horizon: Some(400.0), warm_up: Some(100.0), ..Options::default() };
    let run = |threads: usize| -> Vec<String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (0..6u64).into_par_iter().map(|at| bytes(&replicate(&compiled, 5, at, &options))).collect())
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
    assert!(one[0] != one[1], "replications differ");
}

/// Mean over replications of what is asked, of a model in TOML.
fn mean(text: &str, replications: u64, options: &Options, ask: impl Fn(&Outcome) -> f64) -> f64 {
    let (model, _) = check::read(text).unwrap_or_else(|invalid| panic!("{invalid}"));
    let compiled = Compiled::new(&model).unwrap();
    (0..replications).map(|at| ask(&replicate(&compiled, 11, at, options))).sum::<f64>() / replications as f64
}

#[track_caller]
fn near(got: f64, expected: f64, relative: f64) {
    assert!((got / expected - 1.0).abs() <= relative, "{got} rather than {expected}");
}

fn one(extra: &str) -> String {
    format!("name='m'\nhorizon=12000\nwarm_up=500\n{extra}")
}

#[test]
fn one_desk_waits_as_erlang_says() {
    let text = one("source=[{name='a',to='s',rate=0.7}]
        service=[{name='s',capacity=1,stay={distribution='exponential',mean=1}}]");
    near(mean(&text, 8, &Options::default(), |outcome| outcome.services[0].all().wait.mean()), 0.7 / 0.3, 0.08);
    near(mean(&text, 8, &Options::default(), |outcome| outcome.services[0].busy / outcome.span), 0.7, 0.02);
    near(
        mean(&text, 8, &Options::default(), |outcome| outcome.services[0].all().stay.quantile(0.95)),
        20f64.ln() / 0.3,
        0.08,
    );
}

#[test]
fn a_full_waiting_room_turns_away_as_many_as_theory_says() {
    let text = one("source=[{name='a',to='s',rate=3}]
        service=[{name='s',capacity=2,queue=1,stay={distribution='exponential',mean=0.25}}]");
    let lost = |outcome: &Outcome| outcome.sources[0].lost as f64 / outcome.sources[0].arrivals as f64;
    near(mean(&text, 4, &Options::default(), lost), 0.04936014625228522, 0.05);
}

#[test]
fn the_impatient_leave_as_in_erlang_a() {
    let text = one("source=[{name='a',to='s',rate=10}]
        service=[{name='s',capacity=10,stay={distribution='exponential',mean=1},patience={distribution='exponential',mean=2}}]");
    let gone = |outcome: &Outcome| outcome.services[0].all().reneged as f64 / outcome.services[0].all().arrivals as f64;
    near(mean(&text, 2, &Options::default(), gone), 0.10391321232630824, 0.06);
    let waits = |outcome: &Outcome| outcome.services[0].all().share_waiting();
    near(mean(&text, 2, &Options::default(), waits), 0.6196552308840777, 0.03);
}

#[test]
fn the_urgent_go_first_with_and_without_pushing_in() {
    let text = |preempt: &str| {
        one(&format!(
            "class=[{{name='u',priority=1}},{{name='r',priority=2}}]
        source=[{{name='a',to='s',class='u',rate=0.3}},{{name='b',to='s',class='r',rate=0.5}}]
        service=[{{name='s',capacity=1,stay={{distribution='exponential',mean=1}}{preempt}}}]"
        ))
    };
    let wait = |class: usize| move |outcome: &Outcome| outcome.services[0].classes[class].wait.mean();
    near(mean(&text(""), 8, &Options::default(), wait(0)), 1.142857142857143, 0.05);
    near(mean(&text(""), 8, &Options::default(), wait(1)), 5.714285714285716, 0.12);
    // Pre-emptive resume: the urgent see an empty desk (M/M/1 at 0.3); both together are M/M/1 at 0.8 (exponential stays).
    let text = text(",preempt='resume'");
    let stay = |class: usize| move |outcome: &Outcome| outcome.services[0].classes[class].stay.mean();
    near(mean(&text, 8, &Options::default(), stay(0)), 1.0 / 0.7, 0.05);
    near(mean(&text, 8, &Options::default(), stay(1)), 1.0 / (0.7 * 0.2), 0.12);
}

#[test]
fn two_desks_in_line_block_each_other_as_the_exact_chain_says() {
    let text = one("source=[{name='a',to='x',rate=0.5}]
        [[service]]\nname='x'\ncapacity=1\nstay={distribution='exponential',mean=1}\nroute=[{to='y',share=1}]
        [[service]]\nname='y'\ncapacity=1\nqueue=0\nstay={distribution='exponential',mean=1.1111111111111112}");
    near(
        mean(&text, 24, &Options::default(), |outcome| outcome.services[0].blocked / outcome.span),
        0.24434156378599137,
        0.04,
    );
    near(
        mean(&text, 24, &Options::default(), |outcome| outcome.services[0].present() / outcome.span),
        2.912167449112376,
        0.08,
    );
}

#[test]
fn a_ring_of_one_locks_when_the_chain_says() {
    let text = "name='m'\nhorizon=1000\ndeadlock='stop'\nsource=[{name='a',to='s',rate=6}]
        service=[{name='s',capacity=1,queue=3,stay={distribution='exponential',mean=0.2},route=[{to='s',share=0.5}]}]";
    let first = |outcome: &Outcome| outcome.deadlocks.first.unwrap();
    near(mean(text, 3000, &Options::default(), first), 1.6220293209876544, 0.07);
    // Those who swap go on, and it is told.
    let swap = text.replace("'stop'", "'swap'");
    let (model, warnings) = check::read(&swap).unwrap();
    assert!(warnings.iter().any(|warning| warning.message.contains("in a ring: s")), "{warnings:?}");
    let outcome = replicate(&Compiled::new(&model).unwrap(), 1, 0, &Options::default());
    assert!(outcome.deadlocks.count > 100 && outcome.services[0].all().left > 3000, "{:?}", outcome.deadlocks);
}

#[test]
fn whoever_is_held_first_comes_in_first() {
    let held = |name: &str, stay: u32| {
        format!("[[service]]\nname='{name}'\ncapacity=1\nstay={stay}\nroute=[{{to='y',share=1}}]\n")
    };
    let text = format!(
        "name='m'\nhorizon=100\nsource=[{{name='a',to='y',at=[0]}},{{name='b',to='x1',at=[0]}},{{name='c',to='x2',at=[0]}},
        {{name='d',to='x3',at=[0]}},{{name='e',to='y',at=[15]}}]\n{}{}{}[[service]]\nname='y'\ncapacity=1\nqueue=0\nstay=10",
        held("x1", 3),
        held("x2", 2),
        held("x3", 4),
    );
    let (model, _) = check::read(&text).unwrap();
    let outcome = replicate(&Compiled::new(&model).unwrap(), 1, 0, &Options::default());
    // Ready at 2, 3 and 4, let in at 10, 20 and 30; nobody from outside comes before them.
    let blocked: Vec<f64> = outcome.services[..3].iter().map(|service| service.blocked).collect();
    assert_eq!(blocked, [20.0 - 3.0, 10.0 - 2.0, 30.0 - 4.0]);
    assert_eq!((outcome.sources[4].lost, outcome.place.left), (1, 4));
}

#[test]
fn a_ring_through_a_resource_or_a_place_ahead_is_seen() {
    // One nurse stays with each until they leave, and is needed where they go.
    let nurse = "name='m'\nhorizon=50\nresource=[{name='nurse',capacity=1}]\nsource=[{name='in',to='a',at=[0,5,10]}]
        [[service]]\nname='a'\ncapacity=1\nstay=1\nneeds=[{resource='nurse',held=true}]\nroute=[{to='b',share=1}]
        [[service]]\nname='b'\ncapacity=1\nqueue=0\nstay=1\nneeds=[{resource='nurse'}]";
    // While a porter is away someone waits in q for them; another comes to p, and now each waits for the other's place.
    let porter = "name='m'\nhorizon=50\nresource=[{name='porter',capacity=1}]
        class=[{name='there'},{name='back'}]
        source=[{name='1',to='r',class='there',at=[0]},{name='2',to='q',class='back',at=[0.5]},{name='3',to='p',class='there',at=[1]}]
        [[service]]\nname='r'\ncapacity=1\nstay=2\nneeds=[{resource='porter'}]
        [[service]]\nname='p'\ncapacity=1\nqueue=0\nstay=1\nblock='before'\nroute=[{to='q',share=1,class='there'}]
        [[service]]\nname='q'\ncapacity=1\nqueue=0\nstay=1\nblock='before'\nneeds=[{resource='porter'}]
        route=[{to='p',share=1,class='back'}]";
    for (text, first, ring, all) in [(nurse, 1.0, vec![0], 3), (porter, 1.0, vec![1, 2], 1)] {
        let run = |text: &str| {
            let (model, _) = check::read(text).unwrap_or_else(|invalid| panic!("{invalid}"));
            replicate(&Compiled::new(&model).unwrap(), 1, 0, &Options::default())
        };
        let swap = run(text);
        assert_eq!((swap.deadlocks.first, &swap.deadlocks.ring, swap.deadlocks.count), (Some(first), &ring, all));
        assert_eq!((swap.place.left, swap.place.inside_after), (3, 0), "all go on");
        let stop = run(&text.replace("horizon=50", "horizon=50\ndeadlock='stop'"));
        assert_eq!((stop.deadlocks.first, stop.deadlocks.count, stop.span), (Some(first), 1, first));
    }
}

#[test]
fn an_event_allocates_nothing() {
    let everything = "name='m'\nhorizon=40000\nresource=[{name='nurse',capacity=9},{name='porter',capacity={every=24,from=[0,8],units=[6,8]}}]
        class=[{name='urgent',priority=1},{name='routine',priority=2}]
        source=[{name='a',to='door',classes={urgent=0.3,routine=0.7},rates=[2,4],every=24}]
        [[service]]\nname='door'\ncapacity={every=24,from=[0,8,20],units=[4,6,5]}\nshift='hand_over'\npreempt='resume'
        stay={distribution='gamma',mean=1,cv=0.7}\npatience={distribution='exponential',mean=6}\nbaulk={from=30,over=40}
        deterioration=[{from='routine',to='urgent',after={distribution='exponential',mean=20}}]
        needs=[{resource='nurse',held=true}]\nturnaround=0.1\nroute=[{to='ward',share=0.6}]
        [[service]]\nname='ward'\ncapacity=14\nqueue=0\nstay={distribution='lognormal',mean=6,cv=1}\ntransfer=0.2
        needs=[{resource='porter',held=true}]\nroute=[{to='home',share=0.5}]
        [[service]]\nname='home'\ncapacity=1\nqueue=0\nstay={distribution='exponential',mean=0.9}\nroute=[{to='visit',share=0.9}]
        [[service]]\nname='visit'\ncapacity=1\nqueue=1\nblock='before'\nstay=0.7\nroute=[{to='home',share=0.3}]";
    for text in [include_str!("../../src/simulate/case/network10.toml"), everything] {
        let (model, _) = check::read(text).unwrap_or_else(|invalid| panic!("{invalid}"));
        let compiled = Compiled::new(&model).unwrap();
        let mut run = Run::new(&compiled, 1, 0, &Options::default());
        run.go_on(model.horizon / 2.0);
        let events = run.outcome().events;
        let second = allocation_counter::measure(|| run.go_on(model.horizon));
        let more = run.outcome().events - events;
        assert!(more > 100_000, "{more} events");
        // Room for more people than there ever were before, and for longer times.
        assert!(second.count_total < 30, "{} allocations in {more} events", second.count_total);
    }
}

#[test]
fn big_and_small_share_units_as_kaufman_says() {
    let text = one("class=[{name='one'},{name='three'}]
        source=[{name='a',to='s',class='one',rate=8},{name='b',to='s',class='three',rate=2}]
        service=[{name='s',capacity=20,queue=0,units={three=3},stay={distribution='exponential',mean=1}}]");
    let lost = |class: usize| {
        move |outcome: &Outcome| {
            outcome.services[0].classes[class].lost as f64 / outcome.services[0].classes[class].arrivals as f64
        }
    };
    near(mean(&text, 3, &Options::default(), lost(0)), 0.03836277208883146, 0.07);
    near(mean(&text, 3, &Options::default(), lost(1)), 0.14139412343630214, 0.05);
    near(
        mean(&text, 3, &Options::default(), |outcome| outcome.services[0].busy / outcome.span),
        12.844733082671533,
        0.01,
    );
}

#[test]
fn a_peak_of_three_hours_is_not_jumped_over() {
    let text = "name='m'\nhorizon=101\nsource=[{name='a',to='s',rates=[0.1,10,0.1],breaks=[0,55,58,101]}]\nservice=[{name='s'}]";
    let options = Options { at: vec![55.0, 58.0, 101.0], ..Options::default() };
    let between = |from: usize| {
        move |outcome: &Outcome| outcome.snapshots[from + 1].arrivals[0] - outcome.snapshots[from].arrivals[0]
    };
    near(mean(text, 1500, &options, between(0)), 30.0, 0.02);
    near(mean(text, 1500, &options, between(1)), 4.3, 0.07);
    let (count, square) =
        (mean(text, 1500, &options, between(0)), mean(text, 1500, &options, |o| between(0)(o).powi(2)));
    near((square - count * count) / count, 1.0, 0.17);
}

#[test]
fn a_closed_population_comes_back() {
    let text = one("source=[{name='home',to='s',population=60,rate=0.05}]
        service=[{name='s',capacity=3,stay={distribution='exponential',mean=1.1111111111111112}}]");
    near(
        mean(&text, 4, &Options::default(), |outcome| outcome.services[0].all().left as f64 / outcome.span),
        2.5535562,
        0.02,
    );
    near(
        mean(&text, 4, &Options::default(), |outcome| outcome.services[0].present() / outcome.span),
        8.928875993963487,
        0.04,
    );
}

#[test]
fn staff_who_leave_hand_over_at_the_head_of_the_queue() {
    let text = one("source=[{name='a',to='s',every=24,rates=[4,4,4,4,4,4,4,4,9,9,9,9,9,9,9,9,9,9,9,9,5,5,5,5]}]
        [[service]]\nname='s'\nstay={distribution='exponential',mean=1}
        shift='hand_over'\ncapacity={every=24,from=[0,8,20],units=[5,10,5]}");
    let options = Options { profile: Some((24.0, 1.0)), ..Options::default() };
    near(mean(&text, 4, &options, |outcome| outcome.services[0].profile[0].at()), 14.801043685184265, 0.05);
    near(mean(&text, 4, &options, |outcome| outcome.services[0].profile[16].at()), 13.794548109341838, 0.06);
}

#[test]
fn a_clinic_starts_people_at_its_slots_and_at_no_other_time() {
    let text = "name='m'\nhorizon=240\nsource=[{name='a',to='s',rate=1}]
        [[service]]\nname='s'\ncapacity={slots=[9,9.5,10],every=24}\nstay=0.25";
    let (model, _) = check::read(text).unwrap();
    let outcome =
        replicate(&Compiled::new(&model).unwrap(), 1, 0, &Options { profile: Some((24.0, 0.5)), ..Options::default() });
    assert_eq!(outcome.services[0].all().left, 30);
    let open: Vec<usize> = (0..48).filter(|at| outcome.services[0].profile[*at].in_care > 0.0).collect();
    assert_eq!(open, [18, 19, 20]);
}

#[test]
fn whoever_is_there_now_stays_as_long_as_those_who_have_stayed_so_long() {
    let text =
        "name='m'\nhorizon=100\n[[service]]\nname='ward'\ncapacity=400\nstay={distribution='lognormal',mean=6,cv=1.4}
        [[start]]\nservice='ward'\nelapsed=10\npeople=300";
    let stay = |outcome: &Outcome| outcome.services[0].all().care.mean();
    let longer = Distribution::Lognormal { mean: 6.0, cv: 1.4 };
    let steps = 4000;
    let expected: f64 = (0..steps)
        .map(|at| longer.quantile_above(longer.survival(10.0) * (f64::from(at) + 0.5) / f64::from(steps)).min(110.0))
        .sum::<f64>()
        / f64::from(steps);
    near(mean(text, 10, &Options::default(), stay), expected, 0.05);
}

#[test]
fn a_change_leaves_every_other_draw_as_it_was() {
    let network = include_str!("../../src/simulate/case/network10.toml");
    let options = Options { horizon: Some(1500.0), warm_up: Some(500.0), ..Options::default() };
    let (model, _) = check::read(network).unwrap();
    let mut more = model.clone();
    more.service_mut("HOME").unwrap().capacity = Some(Capacity::Fixed(392));
    let (mut busier, base) = (model.clone(), Compiled::new(&model).unwrap());
    busier.source_mut("AMB").unwrap().rates.iter_mut().for_each(|rate| *rate *= 1.1);
    let (more, busier) = (Compiled::new(&more).unwrap(), Compiled::new(&busier).unwrap());
    let (one, two, three) =
        (replicate(&base, 2, 0, &options), replicate(&more, 2, 0, &options), replicate(&busier, 2, 0, &options));
    assert_eq!(
        one.sources,
        two.sources[..].to_vec().as_slice()[..2].iter().cloned().chain([one.sources[2].clone()]).collect::<Vec<_>>()
    );
    assert_eq!(one.sources[1], three.sources[1], "who walks in does not depend on who is brought in");
    assert!(three.sources[0].arrivals > one.sources[0].arrivals);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_way_out() {
    let good = "name='m'\nhorizon=100\n[[source]]\nname='a'\nto='s'\nrate=1\n[[service]]\nname='s'\ncapacity=2\n\
        stay={distribution='exponential',mean=1}\nroute=[{to='t',share=0.5}]\n[[service]]\nname='t'\n";
    assert!(check::read(good).is_ok());
    for (from, to, line, word) in [
        ("share=0.5", "share=1.5", 11, "share of 1.5"),
        ("{to='t',share=0.5}", "{to='t',share=0.6},{to='t',share=0.6}", 11, "sum to 1.2000"),
        ("{to='t',share=0.5}", "{to='s',share=1}", 11, "loop with no exit"),
        ("capacity=2", "capacity=0", 9, "capacity of 0"),
        ("capacity=2", "capacity=-2", 9, "whole number above 0"),
        ("capacity=2", "capacity=1000000", 9, "more than a place can have"),
        ("share=0.5", "share=0", 13, "nobody reaches \"t\""),
        ("rate=1", "rate=inf", 6, "rate of inf"),
        ("rate=1", "rate=nan", 6, "rate of NaN"),
        ("rate=1", "rate=-1", 6, "rate of -1"),
        ("rate=1", "rat=1", 6, "unknown field `rat`"),
        ("to='s'", "to='ss'", 5, "no service is called \"ss\""),
        ("mean=1", "mean=0", 10, "exponential of mean 0"),
        ("'exponential'", "'exponental'", 10, "no distribution is called exponental"),
        ("horizon=100", "horizon=0", 2, "horizon is 0"),
        ("name='t'\n", "name='t'\n[[service]]\nname='t'\n", 15, "two of the name"),
    ] {
        let invalid = check::read(&good.replacen(from, to, 1)).expect_err(to);
        let told = &invalid.problems[0];
        assert_eq!(told.line, Some(line), "{to}: {told}");
        assert!(told.message.contains(word) && !told.help.is_empty(), "{to}: {told}");
    }
    let (_, warnings) = check::read(&good.replace("rate=1", "rate=3")).unwrap();
    assert!(warnings[0].message.contains("offered 3.00 units of work and has 2.00"), "{}", warnings[0]);
}
