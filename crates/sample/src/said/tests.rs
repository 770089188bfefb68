#![allow(clippy::unwrap_used)]

use super::*;
use agree::decision::{Condition, Point, Stage, TurnedOut, Watch, Whom, review};
use agree::log::{LONGEST, day_of, fit};
use agree::opinion::{Choice, Options};
use agree::plan::half_life;
use agree::trust::{Cell, Instrument};
use domain::Instant;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const LAST: Date = Date(20_408);
static ALL: LazyLock<Vec<Said>> = LazyLock::new(|| all(LAST, 7, None).unwrap());
static STATE: LazyLock<State> = LazyLock::new(|| state(&ALL));

/// What a log adds up to that begins with these.
fn state(all: &[Said]) -> State {
    let deed = |(at, Said { at: when, who, because, act }): (usize, &Said)| Deed {
        seq: at as u64 + 1,
        at: *when,
        who: who.clone(),
        because: because.clone(),
        act: act.clone(),
    };
    State::of(all.iter().enumerate().map(deed))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A deed from a line of JSON.
fn of_line(line: &str) -> Said {
    let mut line: Value = serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
    let at = line["at"].as_str().unwrap();
    let number = |from: usize, to: usize| at[from..to].parse::<i64>().unwrap();
    let day = Date::from_ymd(number(0, 4) as i32, number(5, 7) as u32, number(8, 10) as u32).unwrap();
    assert!(at.len() == 20 && at.ends_with('Z'), "{at}");
    Said {
        at: Instant(i64::from(day.0) * 86_400 + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19)),
        who: line["who"].as_str().unwrap().to_owned(),
        because: serde_json::from_value(line["because"].take()).unwrap(),
        act: serde_json::from_value(line["act"].take()).unwrap_or_else(|fault| panic!("{fault}: {line}")),
    }
}

/// Every text and number of every deed.
fn leaves(value: &Value, found: &mut dyn FnMut(&Value)) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| leaves(one, found)),
        Value::Object(all) => all.values().for_each(|one| leaves(one, found)),
        one => found(one),
    }
}

#[test]
fn the_log_takes_every_deed_in_order_of_time() {
    assert_eq!(STATE.refused, []);
    assert!(ALL.is_sorted_by_key(|one| one.at));
    let days = |at: Instant| at.0.div_euclid(86_400) as i32 - LAST.0;
    assert!((-365..-180).contains(&days(ALL[0].at)), "{}", days(ALL[0].at));
    assert!(ALL.iter().all(|one| days(one.at) <= 0));
}

#[test]
fn same_seed_same_bytes_and_any_last_day_will_do() {
    let bytes = text(&ALL);
    assert_eq!(text(&all(LAST, 7, None).unwrap()), bytes);
    assert_ne!(text(&all(LAST, 8, None).unwrap()), bytes);
    assert_eq!(bytes.lines().map(of_line).collect::<Vec<_>>(), *ALL);
    for last in [Date(7_500), Date(19_782), Date(20_409), Date(45_000)] {
        assert!(all(last, 7, None).is_ok(), "{last}"); // 29 February 2024 and a Monday among them
    }
}

#[test]
fn questions_stand_at_every_stage() {
    let stage = |id: &str| STATE.matters[id].stage().0;
    let of = |wanted| STATE.matters.keys().filter(|id| stage(id) == wanted).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of(Stage::Asked), ["crisis-first"]);
    assert_eq!(STATE.matters["crisis-first"].stage().1, ["social care has not been heard"]);
    assert_eq!(of(Stage::Heard), ["virtual-ward"]);
    assert_eq!(of(Stage::Tried), ["evenings"]);
    assert_eq!(of(Stage::Weighing), ["share-the-money"]);
    assert_eq!(of(Stage::Decided), ["carer-breaks", "rapid-release", "who-pays", "winter-beds", "winter-plan"]);
    assert_eq!(of(Stage::Reviewed), ["falls-from-999", "home-first", "millfields-classes", "reminders"]);
    assert_eq!(STATE.decisions.superseded_by("winter-beds").unwrap().id, "winter-plan");
    let rules: BTreeSet<&str> = STATE.matters.values().map(|matter| matter.is.is.rule.words()).collect();
    assert_eq!(rules.len(), 6, "{rules:?}");
    // The clock of the place begins on the day after the last: whoever opens it can still say where they stand.
    for open in ["crisis-first", "virtual-ward", "evenings", "share-the-money"] {
        assert!((LAST.0 + 4..LAST.0 + 60).contains(&day_of(Instant(STATE.matters[open].is.is.closes)).0), "{open}");
    }
}

#[test]
fn ten_of_twelve_have_said_how_the_money_should_be_shared() {
    let matter = &STATE.matters["share-the-money"];
    let roll = STATE.roll("urgent-care", LAST).unwrap();
    let (standing, silent) = matter.standings(&roll).unwrap();
    assert_eq!((roll.len(), silent), (12, vec!["mind-and-wellbeing".to_owned(), "voluntary-alliance".to_owned()]));
    let of = |option: &str| {
        let one = &standing[option];
        (one.supports.len(), one.can_live_with.len(), one.concerns.len())
    };
    assert_eq!(
        [of("population"), of("wait"), of("beds"), of("change-nothing")],
        [(1, 0, 0), (6, 1, 1), (1, 0, 0), (0, 0, 0)]
    );
    assert_eq!(matter.drafts.len(), 3);
    let signed = |one: &&Said| matches!(&one.act, Act::Ballot(ballot) if ballot.member == "dunmoor-practices");
    assert_eq!(ALL.iter().find(signed).unwrap().who, "Clinical director, Dunmoor practices");
    let places = |choice: &agree::decision::Choice| {
        choice.effects.iter().filter(|effect| matches!(effect.whom, Whom::Place(_))).count()
    };
    assert_eq!(matter.is.is.options.all().iter().map(places).collect::<Vec<_>>(), [8, 8, 8, 8]);
}

#[test]
fn reviews_say_what_became_of_predictions() {
    let result = |id: &str| {
        let actual = &STATE.matters[id].review.as_ref().unwrap().is.actual;
        let decision = STATE.decisions.get(id).unwrap();
        let found = review(decision, |one| {
            let at = decision.expects.iter().position(|other| other == one)?;
            actual[at]
        });
        found.into_iter().map(|one| one.result).collect::<Vec<_>>()
    };
    assert_eq!(result("home-first"), [TurnedOut::AsExpected, TurnedOut::AsExpected]);
    assert_eq!(result("falls-from-999"), [TurnedOut::AsExpected]);
    assert_eq!(result("reminders"), [TurnedOut::NotAtAll]);
    assert_eq!(result("millfields-classes"), [TurnedOut::NotAtAll]);
}

/// The bell is no story: it rings on what the sample plants, in the week that the log says.
#[test]
fn the_stop_rule_of_rapid_release_rings_on_the_truth() {
    let world = &*crate::tests::WORLD;
    let mut weeks: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for visit in world.urgent.visits.iter().filter(|visit| visit.decided > 0 && visit.ward > 0) {
        let day = world.clock.day(visit.ward);
        let waits = weeks.entry(day.0 - day.weekday() as i32).or_default();
        waits.push(f64::from(visit.ward - visit.decided) / 3600.0);
    }
    let median = |waits: &mut Vec<f64>| {
        waits.sort_by(f64::total_cmp);
        (waits[waits.len() / 2] + waits[(waits.len() - 1) / 2]) / 2.0
    };
    let series: Vec<Point> =
        weeks.iter_mut().map(|(week, waits)| Point { ends: Date(week + 6), value: Some(median(waits)) }).collect();
    let (_, rang) = &STATE.matters["rapid-release"].rang[0];
    let rule = &STATE.decisions.get("rapid-release").unwrap().stop_if[0];
    assert_eq!(rule.measure, "wait-for-a-bed");
    assert_eq!(rule.check(&series), Watch::Tripped { since: rang.since, rang: rang.rang });
    assert!(matches!(rule.when, Condition::AtLeast(_)));
}

#[test]
fn planted_groups_are_found_and_so_is_their_common_ground() {
    let talk = &STATE.talks["home"];
    let opinion = talk.votes.opinion(&Options::default());
    let shown = talk.statements.values().filter(|said| said.is_in()).count();
    assert_eq!((opinion.participants, shown, talk.votes.votes()), (46, 31, 1104));
    // As many as were planted, but for a few who answered like the others.
    let near = |sizes: &[usize], planted: [usize; 2]| {
        sizes.len() == 2 && sizes.iter().zip(planted).all(|(size, planted)| size.abs_diff(planted) <= 2)
    };
    assert!(opinion.not_yet.is_none() && near(&opinion.group_sizes(), [27, 19]), "{:?}", opinion.group_sizes());
    let words = |id: u64| talk.statements[&id].is.text.as_str();
    let common: Vec<&str> = opinion.consensus(Choice::Agree).iter().map(|one| words(one.statement)).collect();
    assert!(common.iter().any(|text| text.contains("cannot agree who pays")), "{common:#?}");
    assert!(!common.contains(&"Places that did the work early should not lose money for it."));
    let crisis = STATE.talks["crisis"].votes.opinion(&Options::default());
    assert!(crisis.not_yet.is_none() && near(&crisis.group_sizes(), [21, 19]), "{:?}", crisis.group_sizes());
    assert!(STATE.talks["dunmoor"].votes.opinion(&Options::default()).not_yet.is_some());
    assert_eq!(STATE.talks["crisis"].air(Instant(0))[0].perspective, "social care"); // which has said nothing
}

#[test]
fn statements_are_moderated_answered_and_change_something() {
    let talk = &STATE.talks["home"];
    let last = |wanted: fn(&agree::log::Ruling) -> bool| {
        talk.statements.values().filter(|said| said.rulings.last().is_some_and(|ruling| wanted(&ruling.ruling))).count()
    };
    assert_eq!(last(|ruling| matches!(ruling, agree::log::Ruling::Out(_))), 2);
    assert_eq!(last(|ruling| matches!(ruling, agree::log::Ruling::SameAs(_))), 1);
    assert_eq!(talk.statements.values().filter(|said| said.rulings.len() > 1 && said.is_in()).count(), 1); // on appeal
    assert!(talk.statements.values().all(|said| !said.is_in() || said.answer.is_some()));
    assert!(talk.statements.values().any(|said| said.is.language == "pl" && !said.is.in_english.is_empty()));
    assert!(talk.via.keys().len() > 3);
    let changed = STATE.changes();
    assert!(changed["patients and carers"].changed > changed["partners"].changed);
    assert!(STATE.lines.values().filter(|told| told.versions.len() > 1).count() >= 5);
    let facts = || STATE.lines.values().filter(|told| told.now().kind == agree::log::Kind::Fact);
    assert_eq!((facts().count(), facts().filter(|fact| fact.disputes().count() > 0).count()), (5, 1));
    assert_eq!(facts().filter(|fact| fact.is_stale(LAST)).count(), 1);
}

#[test]
fn plans_have_late_steps_and_rocks_with_a_half_life() {
    assert_eq!(STATE.plans.len(), 3);
    assert_eq!(STATE.plans["home-first"].versions.len(), 2); // the second because of what people said
    let plans: Vec<_> = STATE.plans.values().map(|plan| plan.now.clone()).collect();
    let rocks: Vec<_> = plans.iter().flat_map(|plan| plan.rocks.clone()).collect();
    let lying = half_life(&rocks, LAST);
    assert_eq!((lying.all, lying.cleared), (12, 6));
    assert!(lying.half_life_days().is_some_and(|days| (20.0..120.0).contains(&days)), "{:?}", lying.half_life_days());
    for plan in &plans {
        let late = plan.steps.iter().filter(|step| {
            step.due.is_some_and(|due| due < LAST) && !matches!(step.state, agree::plan::State::Done(_))
        });
        assert!(late.count() > 0, "{}", plan.id);
        assert!(plan.steps.iter().any(|step| step.early_win));
    }
    assert!(plans.iter().flat_map(|plan| &plan.savings).any(|saving| saving.same_as.is_some()));
    let kept = STATE.promises.values().map(|promise| promise.kept.as_ref().map(|kept| kept.on.is_some()));
    let kept: Vec<_> = kept.collect();
    assert_eq!([Some(true), Some(false), None].map(|one| kept.iter().filter(|kept| **kept == one).count()), [4, 3, 3]);
}

#[test]
fn one_handover_mends_one_sours_and_one_is_hidden_in_six_months_of_answers() {
    let pulse = Instrument::read(crate::PULSE).unwrap();
    let days = STATE.pulses.values().flat_map(|sheets| sheets.keys()).map(|key| key.1).max().unwrap();
    let today = Date(days.0 + 7);
    let cells = |handover: &str, by: &str, about: &str| -> Vec<Cell> {
        let mut periods = pulse.periods(STATE.sheets("handover-pulse", handover), today);
        periods.reverse();
        let pair = (by.to_owned(), about.to_owned());
        periods.iter().map(|period| period.cells.get(&pair).cloned().unwrap_or(Cell::TooFew)).collect()
    };
    let moved = |handover: &str, by: &str, about: &str| {
        let scores: Vec<f64> = cells(handover, by, about).iter().filter_map(Cell::score).collect();
        scores[scores.len() - 1] - scores[0]
    };
    assert!(moved("ward-to-home-care", "wards", "home care") > 0.8);
    assert!(moved("ed-to-ward", "emergency departments", "wards") < -0.8);
    let hidden = cells("ward-to-care-home", "wards", "care homes");
    assert!(hidden.len() >= 2 && hidden.iter().all(|cell| *cell == Cell::TooFew), "{hidden:?}");
    for join in pulse.joins.iter().filter(|join| join.handover != "ward-to-care-home") {
        for by in &join.teams {
            for about in pulse.about(by, &join.teams) {
                let shown = cells(&join.handover, by, about);
                assert!(
                    shown.iter().all(|cell| matches!(cell, Cell::Shown { people, .. } if *people >= 11)),
                    "{by}: {shown:?}"
                );
            }
        }
    }
    let weeks =
        |handover: &str| STATE.sheets("handover-pulse", handover).map(|(_, sheet)| sheet.week).collect::<BTreeSet<_>>();
    assert_eq!(weeks("ed-to-ward").len(), 26);
    for ((_, handover), sheets) in &STATE.pulses {
        sheets.values().for_each(|sheet| pulse.fits(handover, sheet).unwrap());
    }
}

#[test]
fn every_id_is_one_of_rivermead() {
    let place = domain::Place::parse(crate::PLACE).unwrap();
    let handovers: BTreeSet<String> = place.handovers.iter().map(|handover| handover.id.to_string()).collect();
    let neighbourhoods: BTreeSet<String> = place.neighbourhoods.iter().map(|one| one.name.to_string()).collect();
    let measure = |id: &str| {
        assert!(id == "worse-winter" || here(&format!("place/measures/{id}.toml")).is_file(), "measure {id}")
    };
    let handover = |id: &str| assert!(handovers.contains(id), "handover {id}");
    fn named(value: &Value, name: &str, found: &mut dyn FnMut(&str)) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| named(one, name, found)),
            Value::Object(all) => {
                all.get(name).and_then(Value::as_str).into_iter().for_each(&mut *found);
                all.values().for_each(|one| named(one, name, found));
            }
            _ => {}
        }
    }
    let mut count = 0;
    for one in ALL.iter() {
        let act = serde_json::to_value(&one.act).unwrap();
        named(&act, "measure", &mut |id| {
            count += 1;
            measure(id);
        });
        named(&act, "handover", &mut |id| handover(id));
        named(&act, "place", &mut |name| assert!(neighbourhoods.contains(name), "{name}"));
        let address = |text: &str| {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            match path.split('/').collect::<Vec<_>>()[..] {
                ["", "measures", id] => measure(id),
                ["", "handovers", id] => handover(id),
                ["", "places", name] => assert!(neighbourhoods.contains(name), "{name}"),
                ["", "pathways", id] => assert!(here(&format!("place/pathways/{id}.toml")).is_file(), "{id}"),
                ["", "simulate", "run"] | [_] | [_, _] => {}
                _ => panic!("{text}"),
            }
            match query.split_once('=') {
                Some(("place", name)) => assert!(neighbourhoods.contains(name), "{name}"),
                Some(("scenario", id)) => assert!(here(&format!("place/scenarios/{id}.toml")).is_file(), "{id}"),
                _ => assert!(query.is_empty(), "{text}"),
            }
        };
        one.because.iter().for_each(|cause| {
            if cause.starts_with('/') {
                address(cause);
            }
        });
        named(&act, "evidence", &mut |text| address(text));
    }
    assert!(count > 60, "{count}");
}

#[test]
fn nothing_is_too_long_or_looks_like_an_nhs_number() {
    for one in ALL.iter() {
        assert!(one.who.starts_with("voter/") || one.who.len() <= 100);
        leaves(&serde_json::to_value(&one.act).unwrap(), &mut |leaf| match leaf {
            Value::String(text) if !text.is_empty() => assert!(fit(text, LONGEST).is_ok(), "{text}"),
            Value::Number(number) => assert!(fit(&number.to_string(), 40).is_ok(), "{number}"),
            _ => {}
        });
    }
    let text = text(&ALL);
    for digits in text.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| digits.len() == 10) {
        assert!(fit(digits, 10).is_ok(), "{digits}");
    }
}

#[test]
fn a_real_conversation_takes_the_place_of_the_small_one() {
    let folder = here("../shared/data/polis/brexit-consensus");
    let (Ok(statements), Ok(votes)) =
        (std::fs::read(folder.join("statements.csv")), std::fs::read(folder.join("votes.csv")))
    else {
        println!("skipped: {} is not here", folder.display());
        return;
    };
    let polis = Polis { folder: "brexit-consensus", statements: &statements, votes: &votes };
    let all = all(LAST, 7, Some(polis)).unwrap();
    let state = state(&all);
    assert_eq!(state.refused, []);
    assert_eq!(state.talks.keys().map(String::as_str).collect::<Vec<_>>(), ["brexit-consensus", "crisis", "home"]);
    let talk = &state.talks["brexit-consensus"];
    assert!(talk.is.purpose.contains("CC BY 4.0") && talk.is.purpose.contains("The Computational Democracy Project"));
    let (known, _) = agree::opinion::read(&[("statements.csv", &statements), ("votes.csv", &votes)]);
    assert_eq!(talk.votes.votes(), known.votes());
    assert_eq!(talk.votes.participants(), known.participants());
    let sizes = |conversation: &agree::opinion::Conversation| conversation.opinion(&Options::default()).group_sizes();
    assert_eq!(sizes(&talk.votes), sizes(&known));
    let wrong = Polis { folder: "nowhere", ..polis };
    assert!(super::all(LAST, 7, Some(wrong)).is_err());
}

#[test]
fn a_real_conversation_with_what_was_moderated_out() {
    let statements =
        "statement,author,moderated,timestamp_ms,text\n0,5,1,1,\"Yes, \"\"yes\"\"\n\"\n1,6,-1,2,No\n2,,0,3,Maybe\n";
    let votes = "participant,statement,vote,timestamp_ms\n5,0,1,4\n6,0,-1,5\n6,1,1,6\n6,0,1,7\n7,9,1,8\n";
    let polis = Polis { folder: "fifteen-seattle", statements: statements.as_bytes(), votes: votes.as_bytes() };
    let all = all(LAST, 7, Some(polis)).unwrap();
    let talk = &state(&all).talks["fifteen-seattle"];
    let texts: Vec<(&str, bool)> = talk.statements.values().map(|said| (said.is.text.as_str(), said.is_in())).collect();
    assert_eq!(texts, [("Yes, \"yes\"", true), ("No", false), ("Maybe", true)]);
    let first = *talk.statements.keys().next().unwrap();
    assert_eq!((talk.votes.tally(first).agree, talk.votes.votes()), (2, 3)); // the last of each counts; nobody knows 9
}

/// `docs/said.md` shows each act once; together its lines are a log.
#[test]
fn the_manual_has_a_line_for_each_act_and_they_make_a_log() {
    let manual = std::fs::read_to_string(here("docs/said.md")).unwrap();
    let all: Vec<Said> = manual.lines().filter(|line| line.starts_with("{\"at\"")).map(of_line).collect();
    assert_eq!(state(&all).refused, []);
    let acts = |all: &[Said]| -> BTreeSet<String> {
        all.iter().map(|one| serde_json::to_value(&one.act).unwrap()["act"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(acts(&all).len(), 35, "{:?}", acts(&all));
    assert!(acts(&ALL).is_subset(&acts(&all)));
}
