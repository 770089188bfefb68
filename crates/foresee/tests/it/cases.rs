//! Queues whose answer is known, asked as a pipeline asks: JSON in, JSON out.
//!
//! The cases of the reference are run when they are beside the workspace, on a small budget and held to 4.5 standard errors
//! of our own replications; `FORESEE_CASES=full` runs their whole budget and holds them to their own tolerance. The others
//! are ours: a closed form, or a small Markov chain solved here.

use foresee::simulate::{analytic, case, trust};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Asks a case and holds every answer to 4.5 standard errors of its replications, and to a twentieth of the truth.
fn check(case: Value, expected: &[(&str, f64)]) {
    let mut case = case;
    let names: Map<String, Value> =
        expected.iter().map(|(name, _)| ((*name).to_owned(), json!(["rel", 0.05]))).collect();
    case["tolerance"] = Value::Object(names);
    let answers = case::replicate(&case.to_string(), |_| None, None).unwrap_or_else(|error| panic!("{case}: {error}"));
    let wrong: Vec<String> = expected.iter().filter_map(|(name, truth)| wrong(name, &answers, *truth, 0.12)).collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", case["model"]);
}

/// What is wrong with an answer, if anything.
fn wrong(name: &str, answers: &BTreeMap<String, case::Answer>, truth: f64, share: f64) -> Option<String> {
    let answer = &answers[name];
    let error = trust::interval(&answer.replications, 0.95).standard_error();
    let away = (answer.value - truth).abs();
    let is_right =
        away <= (4.5 * error).max(1e-9 * truth.abs()) && away <= share * truth.abs().max(0.02) || answer.value == truth;
    (!is_right).then(|| format!("{name}: {} ± {error} for {truth}", answer.value))
}

/// A budget that settles and is soon done.
fn quick() -> Value {
    json!({"customers_per_replication": 12_000, "warmup_customers": 2_000, "replications": 20})
}

/// The steady state of a Markov chain: `next` lists where a state goes and how fast. Power iteration on the uniformised chain.
fn steady(states: usize, next: impl Fn(usize) -> Vec<(usize, f64)>) -> Vec<f64> {
    let moves: Vec<Vec<(usize, f64)>> = (0..states).map(next).collect();
    let out = |state: usize| moves[state].iter().map(|(_, rate)| rate).sum::<f64>();
    let fastest = (0..states).map(out).fold(0.0, f64::max) * 1.05;
    let mut now = vec![1.0 / states as f64; states];
    for _ in 0..20_000 {
        let mut then: Vec<f64> = (0..states).map(|state| now[state] * (1.0 - out(state) / fastest)).collect();
        for (state, moves) in moves.iter().enumerate() {
            moves.iter().for_each(|(to, rate)| then[*to] += now[state] * rate / fastest);
        }
        let moved: f64 = now.iter().zip(&then).map(|(a, b)| (a - b).abs()).sum();
        now = then;
        if moved < 1e-13 {
            break;
        }
    }
    now
}

#[test]
fn every_case_of_the_reference_is_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/simulation.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no {path}");
        return;
    };
    let is_full = std::env::var("FORESEE_CASES").is_ok_and(|budget| budget == "full");
    let cases: Value = serde_json::from_str(&text).unwrap();
    let mut wrongs = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let mut asked = case.clone();
        let expected = asked.as_object_mut().unwrap().remove("expected").unwrap();
        let run = asked["run"].as_object_mut().unwrap();
        if !is_full {
            for (key, by, least) in [
                ("customers_per_replication", 25, 8_000),
                ("warmup_customers", 25, 800),
                ("days", 100, 30),
                ("warmup_days", 2, 5),
            ] {
                if let Some(count) = run.get(key).and_then(Value::as_u64) {
                    run.insert(key.to_owned(), json!((count / by).max(least)));
                }
            }
            let replications = run.get("replications").and_then(Value::as_u64).unwrap_or(1);
            let most = if asked["name"] == "network10_place" {
                20
            } else if replications > 1000 {
                3000
            } else {
                40
            };
            asked["run"]["replications"] = json!(replications.clamp(20, most));
        }
        let answers = match case::replicate(&asked.to_string(), |_| None, None) {
            Ok(answers) => answers,
            Err(error) => {
                wrongs.push(format!("{}: {error}", case["name"]));
                continue;
            }
        };
        for (name, truth) in expected.as_object().unwrap() {
            let truth = truth.as_f64().unwrap();
            let (kind, limit) = (&case["tolerance"][name][0], case["tolerance"][name][1].as_f64().unwrap());
            let limit = if kind == "rel" { limit * truth.abs() } else { limit };
            let away = (answers[name].value - truth).abs();
            let error = trust::interval(&answers[name].replications, 0.95).standard_error();
            let is_mean = !answers[name].replications.is_empty();
            // The reference of the network has an error of its own, which its tolerance holds.
            let limit = match is_full || case["run"]["deterministic"] == true {
                true => limit,
                false if is_mean => 4.5 * error + if case["name"] == "network10_place" { limit / 2.0 } else { 0.0 },
                false => limit * 1.5,
            };
            if away > limit {
                wrongs.push(format!("{} {name}: {} for {truth} (± {error})", case["name"], answers[name].value));
            }
        }
    }
    assert!(wrongs.is_empty(), "{wrongs:#?}");
}

#[test]
fn one_server_and_any_stay() {
    let wait = |cv: f64| analytic::pollaczek_khinchine(0.6, 1.0, cv).unwrap();
    let base = json!({"arrival_rate": 0.6, "service_mean": 1.0, "servers": 1});
    let ask = |model: &str, more: Value, cv: f64| {
        let mut parameters = base.clone();
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let truth = [("mean_wait", wait(cv)), ("mean_queue", 0.6 * wait(cv)), ("prob_wait", 0.6), ("utilisation", 0.6)];
        check(json!({"model": model, "parameters": parameters, "run": quick()}), &truth);
    };
    ask("M/D/1 FIFO", json!({"service": "deterministic"}), 0.0);
    ask("M/E_3/1 FIFO", json!({"service": "erlang", "stages": 3}), (1.0f64 / 3.0).sqrt());
    ask("M/G/1, gamma service", json!({"service": "gamma", "service_cv": 0.7}), 0.7);
    ask(
        "M/G/1, uniform service on [0, 2]",
        json!({"service": "uniform", "service_low": 0.0, "service_high": 2.0}),
        (1.0f64 / 3.0).sqrt(),
    );
    ask("M/H2/1", json!({"service": "hyperexponential", "service_cv": 1.4}), 1.4);
    ask(
        "M/G/1, Weibull",
        json!({"service": "weibull", "service_shape": 2.0}),
        (4.0 / std::f64::consts::PI - 1.0).sqrt(),
    );
    ask("M/M/1 LCFS", json!({}), 1.0);
    ask("M/M/1, random order", json!({}), 1.0);
    check(
        json!({"model": "M/H2/1", "parameters": {"arrival_rate": 0.5, "servers": 1, "service": "hyperexponential",
               "service_probs": [0.4, 0.6], "service_rates": [0.5, 2.0]}, "run": quick()}),
        &[("mean_wait", 0.5 * (0.4 * 2.0 * 4.0 + 0.6 * 2.0 * 0.25) / (2.0 * (1.0 - 0.5 * 1.1)))],
    );
}

#[test]
fn one_server_and_any_arrivals() {
    // GI/M/1: the root of σ = A*(μ(1 − σ)).
    let ask = |model: &str, parameters: Value, transform: &dyn Fn(f64) -> f64| {
        let root = (0..500).fold(0.5, |root: f64, _| transform(1.0 - root));
        let truth = [("prob_wait", root), ("mean_wait", root / (1.0 - root))];
        check(json!({"model": model, "parameters": parameters, "run": quick()}), &truth);
    };
    ask("D/M/1", json!({"arrival_rate": 0.7, "service_rate": 1.0, "servers": 1}), &|s| (-s / 0.7).exp());
    let erlang = json!({"interarrival": "erlang", "interarrival_mean": 1.25, "interarrival_stages": 2, "service_rate": 1.0, "servers": 1});
    ask("G/M/1, Erlang-2 arrivals", erlang, &|s| (1.6 / (1.6 + s)).powi(2));
    ask("E_2/M/1", json!({"arrival_rate": 0.8, "service_rate": 1.0, "servers": 1}), &|s| (1.6 / (1.6 + s)).powi(2));
}

#[test]
fn no_end_of_beds_and_no_queue() {
    let stay = json!({"arrival_rate": 5.0, "service": "lognormal", "service_mean": 2.0, "service_cv": 1.2});
    check(
        json!({"model": "M/G/inf", "parameters": stay, "run": quick()}),
        &[("mean_number", 10.0), ("throughput", 5.0)],
    );
    let gamma = json!({"arrival_rate": 8.0, "service": "gamma", "service_mean": 1.0, "service_cv": 1.5, "servers": 10});
    let lost = analytic::erlang_b(10, 8.0);
    check(
        json!({"model": "M/G/c/c loss: insensitive to the service distribution", "parameters": gamma, "run": quick()}),
        &[("loss_probability", lost), ("mean_busy", 8.0 * (1.0 - lost)), ("throughput", 8.0 * (1.0 - lost))],
    );
    let two = json!({"arrival_rate": 6.0, "service_rate": 1.0, "servers": [5, 3]});
    let (first, all) = (analytic::erlang_b(5, 6.0), analytic::erlang_b(8, 6.0));
    check(
        json!({"model": "overflow: arrivals finding the first group full go to the second; lost if both are full", "parameters": two, "run": quick()}),
        &[
            ("overflow_probability", first),
            ("loss_probability", all),
            ("mean_busy_1", 6.0 * (1.0 - first)),
            ("mean_busy_2", 6.0 * (first - all)),
        ],
    );
}

#[test]
fn classes_and_priorities() {
    let two = |more: Value| {
        let mut parameters = json!({"arrival_rates": [0.3, 0.4], "service_rate": 1.0, "servers": 1});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameters
    };
    check(
        json!({"model": "M/M/1, two classes, preemptive-resume priority", "parameters": two(json!({"priority": "class 1 first"})), "run": quick()}),
        &[
            ("mean_sojourn_class1", 1.0 / 0.7),
            ("mean_sojourn_class2", 1.0 / (0.7 * 0.3)),
            ("mean_number_class1", 3.0 / 7.0),
            ("mean_number", 7.0 / 3.0),
        ],
    );
    // Identical services again from the start: E[completion of class 2] = (1 − E[e^{−λ₁S}]) … diverges less than it seems at μ = 2.
    check(
        json!({"model": "M/M/1, two classes, preemptive, resampled on return", "parameters": two(json!({"preemptive": "resample"})), "run": quick()}),
        &[("mean_sojourn_class1", 1.0 / 0.7), ("mean_number", 7.0 / 3.0)],
    );
    let waits = analytic::erlang_c(3, 2.4);
    check(
        json!({"model": "M/M/3, two classes, non-preemptive priority", "parameters": {"arrival_rates": [0.9, 1.5], "service_rate": 1.0, "servers": 3,
               "priority": "class 1 first"}, "run": quick()}),
        &[("mean_wait_class1", waits / (3.0 * 0.7)), ("mean_wait_class2", waits / (3.0 * 0.7 * 0.2))],
    );
    // M/G/1 with a stay of its own for each class (Cobham).
    let residual = (0.3 * 2.0 * 0.25 + 0.4 * 2.0) / 2.0;
    check(
        json!({"model": "M/M/1 non-preemptive priority, two classes", "parameters": {"arrival_rates": [0.3, 0.4], "service_rates": [2.0, 1.0], "servers": 1}, "run": quick()}),
        &[("mean_wait_class1", residual / 0.85), ("mean_wait_class2", residual / (0.85 * 0.45))],
    );
    check(
        json!({"model": "M/M/1, two classes; class 2 becomes class 1 while waiting (priority)", "parameters": two(json!({"class_change_rate": 0.5})), "run": quick()}),
        &[("mean_number", 7.0 / 3.0)],
    );
}

#[test]
fn patience_and_staying_away() {
    // M/M/c + D: density of the virtual wait is λπ(c−1)e^{(λ−cμ)x} up to the patience, λπ(c−1)e^{λτ−cμx} beyond.
    let (rate, servers, patience) = (5.0f64, 4.0f64, 0.5f64);
    let weights: Vec<f64> = (0..4)
        .scan(1.0, |w, n| {
            let now = *w;
            *w *= rate / f64::from(n + 1);
            Some(now)
        })
        .collect();
    let (grow, last) = (rate - servers, rate * weights[3]);
    let before = last * ((grow * patience).exp() - 1.0) / grow;
    let after = last * (grow * patience).exp() / servers;
    let total = weights.iter().sum::<f64>() + before + after;
    check(
        json!({"model": "M/M/c+D: deterministic patience", "parameters": {"arrival_rate": 5.0, "service_rate": 1.0, "servers": 4, "patience": 0.5}, "run": quick()}),
        &[("abandon_probability", after / total), ("prob_wait", (before + after) / total)],
    );
    let queue = analytic::birth_death(6.0, 1.0, 5, Some(4), 0.4).unwrap();
    check(
        json!({"model": "M/M/c/K+M", "parameters": {"arrival_rate": 6.0, "service_rate": 1.0, "servers": 5, "capacity": 9, "patience_rate": 0.4}, "run": quick()}),
        &[
            ("loss_probability", queue.lost),
            ("mean_queue", queue.waiting),
            ("mean_busy", queue.busy),
            ("mean_time_in_queue_all", queue.wait),
        ],
    );
    check(
        json!({"model": "M/M/1, discouraged arrivals: joins with probability 1/(n+1) when n are present",
               "parameters": {"arrival_rate": 1.5, "service_rate": 1.0, "servers": 1}, "run": quick()}),
        &[("mean_number", 1.5), ("prob_baulk", 1.0 - (1.0 - (-1.5f64).exp()) / 1.5)],
    );
    let chain = steady(12, |n| {
        let join = [1.0, 0.8, 0.5, 0.2, 0.0][n.min(4)];
        let mut moves = vec![(n + 1, 2.0 * join)];
        moves.truncate(usize::from(join > 0.0));
        if n > 0 {
            moves.push((n - 1, 1.0));
        }
        moves
    });
    let number: f64 = chain.iter().enumerate().map(|(n, share)| n as f64 * share).sum();
    check(
        json!({"model": "M/M/1 with baulking", "parameters": {"arrival_rate": 2.0, "service_rate": 1.0, "servers": 1,
               "baulk_probabilities": [0.0, 0.2, 0.5, 0.8, 1.0]}, "run": quick()}),
        &[("mean_number", number)],
    );
}

#[test]
fn networks_open_and_closed() {
    check(
        json!({"model": "M/M/1 with Bernoulli feedback", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "servers": 1, "feedback": 0.3}, "run": quick()}),
        &[
            ("mean_number", (0.5 / 0.7) / (1.0 - 0.5 / 0.7)),
            ("mean_sojourn", (1.0 / 0.7) / (1.0 - 0.5 / 0.7)),
            ("throughput", 0.5),
        ],
    );
    check(
        json!({"model": "two M/M/c stations in series, unlimited queues", "parameters": {"arrival_rate": 1.0, "service_rates": [1.5, 0.7], "servers": [1, 2]}, "run": quick()}),
        &[("mean_number_1", 2.0), ("mean_wait_2", analytic::birth_death(1.0, 0.7, 2, None, 0.0).unwrap().wait)],
    );
    // Mean value analysis of a closed cycle of two single servers.
    let (mut queue, mut rate) = ([0.0; 2], 0.0);
    for people in 1..=6 {
        let times = [(1.0 + queue[0]) / 1.0, (1.0 + queue[1]) / 1.4];
        rate = f64::from(people) / (times[0] + times[1]);
        queue = [rate * times[0], rate * times[1]];
    }
    check(
        json!({"model": "closed network (Gordon-Newell), two stations", "parameters": {"population": 6, "service_rates": [1.0, 1.4], "servers": [1, 1],
               "routing": [[0, 1], [1, 0]]}, "run": quick()}),
        &[("throughput", rate), ("mean_number_1", queue[0]), ("mean_number_2", queue[1]), ("utilisation_1", rate)],
    );
    check(
        json!({"model": "readmission: after a time at home some come back", "parameters": {"arrival_rate": 0.6, "service_rate": 1.0, "servers": 1,
               "readmission_probability": 0.2, "readmission_delay_mean": 10.0}, "run": quick()}),
        &[("mean_number", 3.0), ("throughput", 0.6), ("mean_wait", 3.0)],
    );
    // The shorter of two queues, each with its server; ties to the first.
    let (size, rate) = (25usize, 1.6);
    let chain = steady(size * size, |state| {
        let (a, b) = (state / size, state % size);
        let mut moves = Vec::new();
        let to = if a <= b { (a + 1, b) } else { (a, b + 1) };
        if to.0 < size && to.1 < size {
            moves.push((to.0 * size + to.1, rate));
        }
        if a > 0 {
            moves.push((state - size, 1.0));
        }
        if b > 0 {
            moves.push((state - 1, 1.0));
        }
        moves
    });
    let number: f64 = chain.iter().enumerate().map(|(state, share)| (state / size + state % size) as f64 * share).sum();
    check(
        json!({"model": "arrivals join the shorter queue of two M/M/1 stations", "parameters": {"arrival_rate": 1.6, "service_rate": 1.0, "servers": [1, 1]}, "run": quick()}),
        &[("mean_number", number)],
    );
}

#[test]
fn beds_that_are_held() {
    // Two equal stations with b places between: (b + 2)/(b + 3).
    check(
        json!({"model": "saturated line of two exponential stations with a buffer, blocking after service; station 1 never starved",
               "parameters": {"stations": 2, "buffers": [2], "service_rate": 1.0}, "run": quick()}),
        &[("throughput", 4.0 / 5.0)],
    );
    // Two servers, then one, nothing between: (present at 1 in care, blocked at 1, present at 2), at most 4 at station 1's queue.
    let states: Vec<(usize, usize, usize)> = (0..=60)
        .flat_map(|n| (0..=2).flat_map(move |blocked| (0..=1).map(move |busy| (n, blocked, busy))))
        .filter(|(n, blocked, busy)| *blocked == 0 || (*busy == 1 && n + blocked >= *blocked))
        .collect();
    let index = |state: (usize, usize, usize)| states.iter().position(|known| *known == state);
    // n: people at station 1 who are not blocked.
    let chain = steady(states.len(), |at| {
        let (n, blocked, busy) = states[at];
        let mut moves = Vec::new();
        moves.extend(index((n + 1, blocked, busy)).map(|to| (to, 0.6)));
        let working = n.min(2 - blocked) as f64;
        if n > 0 && working > 0.0 {
            let to = if busy == 0 { (n - 1, 0, 1) } else { (n - 1, blocked + 1, 1) };
            moves.extend(index(to).map(|to| (to, working * 0.6)));
        }
        if busy == 1 {
            let to = if blocked > 0 { (n, blocked - 1, 1) } else { (n, 0, 0) };
            moves.extend(index(to).map(|to| (to, 1.0)));
        }
        moves
    });
    let mean = |part: &dyn Fn(&(usize, usize, usize)) -> usize| -> f64 {
        states.iter().zip(&chain).map(|(state, share)| part(state) as f64 * share).sum()
    };
    let held = mean(&|state| state.1);
    check(
        json!({"model": "two stations in series, unlimited queue before 1, nothing between: blocking after service",
               "parameters": {"arrival_rate": 0.6, "service_rates": [0.6, 1.0], "servers": [2, 1], "places_2": 1}, "run": quick()}),
        &[
            ("mean_number_1", mean(&|state| state.0 + state.1)),
            ("mean_blocked_1", held),
            ("mean_blocked_time_1", held / 0.6),
        ],
    );
    // Blocking before service, saturated, nothing between: one works at a time.
    check(
        json!({"model": "saturated line, blocking before service, no buffers; station 1 never starved", "parameters": {"stations": 2, "service_rate": 1.0}, "run": quick()}),
        &[("throughput", 0.5)],
    );
    // One place, and half of those served come back to it: the first ring closes when one returns to a full queue.
    check(
        json!({"model": "single server, no queue place, feedback 0.5: deadlock", "parameters": {"arrival_rate": 2.0, "service_rate": 1.0, "servers": 1, "queue_places": 0, "feedback": 0.5},
               "run": {"replications": 2000}}),
        // With no place to wait nobody but oneself is in the way: whoever is sent back blocks itself: from empty 2 cycles on average.
        &[("mean_time_to_deadlock_from_empty", 2.0 * (0.5 + 1.0))],
    );
}

#[test]
fn many_at_once() {
    // M^X/M/1: L = ρ (1 + E[X²]/E[X]) / (2(1 − ρ)).
    check(
        json!({"model": "M^X/M/1, batches of 3", "parameters": {"arrival_rate": 0.2, "batch_size": 3, "service_rate": 1.0, "servers": 1}, "run": quick()}),
        &[("mean_number", 0.6 * 4.0 / 0.8)],
    );
    check(
        json!({"model": "M^X/M/1, geometric batches", "parameters": {"arrival_rate": 0.25, "batch": "geometric", "batch_mean": 2.0, "service_rate": 1.0, "servers": 1}, "run": quick()}),
        &[("mean_number", 0.5 / (0.5 * 0.5))],
    );
    // A slot every unit of time, one person each.
    check(
        json!({"model": "slotted clinic", "parameters": {"arrival_rate": 0.7, "slot_interval": 1.0, "slot_size": 1, "service": "deterministic", "service_mean": 0.25}, "run": quick()}),
        &[("mean_queue", 0.49 / 0.6 + 0.35)],
    );
    // Two resources, both classes lost when either is short: product form over what fits.
    let (mut whole, mut refused) = (0.0, [0.0; 2]);
    let fits = |a: u32, b: u32| a + b <= 4 && a + 2 * b <= 6;
    for a in 0..=4u32 {
        for b in 0..=3u32 {
            if fits(a, b) {
                let weight =
                    2f64.powi(a as i32) / f64::from((1..=a).product::<u32>()) / f64::from((1..=b).product::<u32>());
                whole += weight;
                refused[0] += weight * f64::from(u8::from(!fits(a + 1, b)));
                refused[1] += weight * f64::from(u8::from(!fits(a, b + 1)));
            }
        }
    }
    check(
        json!({"model": "loss system: a bed and nurses at once", "parameters": {"capacities": [4, 6], "needs": [[1, 1], [1, 2]], "arrival_rates": [2.0, 1.0], "service_rate": 1.0}, "run": quick()}),
        &[("loss_probability_class1", refused[0] / whole), ("loss_probability_class2", refused[1] / whole)],
    );
}

#[test]
fn time_that_matters() {
    let run = json!({"replications": 4000});
    let at = |t: f64| 20.0 * (-0.25 * t).exp() + 8.0 * (1.0 - (-0.25 * t).exp());
    check(
        json!({"model": "M/M/inf, 20 present at time 0", "parameters": {"arrival_rate": 2.0, "service_rate": 0.25, "initial": 20}, "run": run}),
        &[("mean_number_at_1", at(1.0)), ("mean_number_at_6.5", at(6.5))],
    );
    check(
        json!({"model": "arrivals whose rate grows: rate(t) = 2 + 0.5 t", "parameters": {"horizon": 20}, "run": run}),
        &[("mean_count_0_10", 45.0), ("mean_count_10_20", 95.0)],
    );
    // Who is there now: the rest of a stay given how long it has lasted.
    let stay: foresee::simulate::Distribution =
        serde_json::from_value(json!({"distribution": "lognormal", "mean": 6.0, "cv": 1.4})).unwrap();
    let rest = (0..400_000).map(|step| stay.survival(5.0 + (f64::from(step) + 0.5) * 0.005) * 0.005).sum::<f64>()
        / stay.survival(5.0);
    check(
        json!({"model": "people in bed now, each with 5 days so far", "parameters": {"arrival_rate": 0, "service": "lognormal", "service_mean": 6.0, "service_cv": 1.4, "servers": "inf", "initial": 50, "elapsed": 5.0},
               "run": {"replications": 1000, "horizon": 5000}}),
        &[("mean_residual", rest)],
    );
    let rates: Vec<f64> = (0..24).map(|hour| if hour < 12 { 2.0 } else { 6.0 }).collect();
    let load = |hour: f64| analytic::offered_load(&rates, 24.0, hour, 3.0, |age| f64::from(u8::from(age < 3.0)));
    check(
        json!({"model": "M(t)/D/inf", "parameters": {"hourly_arrival_rates": rates, "service": "deterministic", "service_mean": 3.0}, "run": {"days": 100, "warmup_days": 2, "replications": 20}}),
        &[("mean_number_at_h6", load(6.0)), ("mean_number_at_h18", load(18.0))],
    );
}

#[test]
fn a_series_that_is_given() {
    let answer = |case: Value| -> Value { serde_json::from_str(&case::answer(&case.to_string()).unwrap()).unwrap() };
    let seen = answer(
        json!({"parameters": {"series": [4.0, 5.0, 6.0, 5.0], "confidence": 0.95}, "tolerance": {"mean": ["abs", 0], "half_width": ["abs", 1e-9], "p50": ["abs", 0]}}),
    );
    assert_eq!((&seen["mean"], &seen["p50"]), (&json!(5.0), &json!(5.0)));
    assert!((seen["half_width"].as_f64().unwrap() - 1.299228).abs() < 1e-5);
    let seen = answer(json!({"parameters": {"base": [1.0, 2.0, 3.0, 4.0], "changed": [2.0, 3.5, 4.0, 5.5]},
        "run": {"deterministic": true}, "tolerance": {"mean_difference": ["abs", 0]}}));
    assert_eq!(seen["mean_difference"], json!(1.25));
}

#[test]
fn the_same_people_tell_a_change_sooner() {
    let case = json!({"model": "M/M/1 FIFO", "parameters": {"arrival_rate": 0.7, "service_rate": 1.0, "servers": 1, "changed": {"service_rate": 1.1}}, "run": quick(),
        "tolerance": {"mean_difference_wait": ["rel", 0.1], "variance_ratio_wait": ["rel", 0.5]}});
    let answers = case::replicate(&case.to_string(), |_| None, None).unwrap();
    let truth = 0.7 / 1.1 / (1.1 - 0.7) - 0.7 / 0.3;
    assert_eq!(wrong("mean_difference_wait", &answers, truth, 0.1), None);
    assert!(answers["variance_ratio_wait"].value > 3.0, "{:?}", answers["variance_ratio_wait"].value);
}

#[test]
fn intervals_of_a_queue_hold_the_truth() {
    let case = json!({"model": "M/M/1: coverage of 95% intervals", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "servers": 1, "confidence": 0.95},
        "run": {"customers_per_replication": 1500, "warmup_customers": 100, "replications": 20, "experiments": 400}, "tolerance": {"coverage": ["abs", 0.035]}});
    let answers = case::replicate(&case.to_string(), |_| None, None).unwrap();
    assert!((0.915..=0.985).contains(&answers["coverage"].value), "{}", answers["coverage"].value);
}

#[test]
fn what_is_not_understood_is_told() {
    let error = |case: Value| case::answer(&case.to_string()).unwrap_err().to_string();
    let base = json!({"model": "M/M/1", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "frobnication": 3}, "run": quick()});
    assert_eq!(error(base), "not understood: frobnication");
    let base = json!({"model": "M/M/1", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0}, "run": quick(), "tolerance": {"mean_joy": ["rel", 1]}});
    assert_eq!(error(base), "not understood: mean_joy");
    assert_eq!(error(json!({"parameters": {"model_file": "nowhere.json"}})), "no model file nowhere.json is at hand");
    assert!(
        error(json!({"model": "M/M/1", "parameters": {"arrival_rate": 0.5}}))
            .contains("does not say how long service lasts")
    );
    assert!(
        error(json!({"model": "M/M/1", "parameters": {"service_rate": 0.5}})).contains("does not say how people come")
    );
    assert!(case::answer("no JSON").is_err());
}

#[test]
fn all_is_told_when_nothing_is_named() {
    let case = json!({"model": "M/M/1 FIFO", "parameters": {"arrival_rate": 0.5, "service_rate": 1.0, "servers": 1}, "run": {"customers_per_replication": 2000, "replications": 4}});
    let all: BTreeMap<String, f64> = serde_json::from_str(&case::answer(&case.to_string()).unwrap()).unwrap();
    for name in [
        "mean_number",
        "mean_wait",
        "mean_sojourn",
        "prob_wait",
        "prob_no_wait",
        "wait_p90",
        "sojourn_p95",
        "loss_probability",
        "utilisation",
        "throughput",
    ] {
        assert!(all.contains_key(name), "{name}");
    }
}
