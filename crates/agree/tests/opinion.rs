//! Groups and common ground, held to reference cases, laws and bad input.

#![allow(clippy::unwrap_used)]

use agree::opinion::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(part);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}

fn open(path: &str) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// Every value within 1e-5, every list in the same order; silhouettes and inertia as the cases ask.
fn same(path: &str, golden: &Value, ours: &Value, wrong: &mut Vec<String>) {
    match (golden, ours) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let near = if path.ends_with("inertia") {
                b <= a * 1.001
            } else if path.ends_with("silhouette") {
                (a - b).abs() < 0.003
            } else {
                (a - b).abs() <= 1e-5
            };
            if !near {
                wrong.push(format!("{path}: {b} instead of {a}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| same(&format!("{path}[{i}]"), a, b, wrong));
        }
        (Value::Object(a), Value::Object(b)) => {
            for (name, a) in a {
                same(&format!("{path}.{name}"), a, b.get(name).unwrap_or(&Value::Null), wrong);
            }
        }
        (a, b) if a == b => {}
        (a, b) => wrong.push(format!("{path}: {b} instead of {a}")),
    }
}

#[test]
fn every_reference_case_is_within_tolerance() {
    let Some(path) = shared("cases/opinion.json") else { return };
    let cases: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut wrong = vec![];
    for case in cases["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        // End to end: from the votes alone.
        let ask = json!({ "name": name, "resamples": 0 });
        let found: Value = serde_json::from_str(&answer(&ask.to_string(), &open).unwrap()).unwrap();
        for field in ["participants", "statements", "votes", "density", "moderated_out", "clustered", "pca", "best_k"] {
            same(&format!("{name}.{field}"), &case[field], &found[field], &mut wrong);
        }
        for (k, golden) in case["k"].as_object().unwrap() {
            let mut ours = found["k"][k].clone();
            // A grouping that is tighter than the golden one may have other sizes.
            if ours["inertia"].as_f64() < golden["inertia"].as_f64().map(|inertia| inertia - 1e-5) {
                ours["sizes"] = golden["sizes"].clone();
            }
            same(&format!("{name}.k.{k}"), golden, &ours, &mut wrong);
        }
        let grouped = case["clustered"].as_u64().unwrap() as usize;
        let elsewhere: usize = case["groups"]
            .as_array()
            .unwrap()
            .iter()
            .zip(found["groups"].as_array().unwrap())
            .map(|(golden, ours)| {
                let ours = ours.as_array().unwrap();
                golden.as_array().unwrap().iter().filter(|person| !ours.contains(person)).count()
            })
            .sum();
        println!("{name}: {elsewhere} of {grouped} in another group");
        if elsewhere > (grouped / 100).max(2) {
            wrong.push(format!("{name}: {elsewhere} people in another group"));
        }
        // With the golden groups: every number that comes of them.
        let ask = json!({ "name": name, "groups": case["groups"], "resamples": 0 });
        let counted: Value = serde_json::from_str(&answer(&ask.to_string(), &open).unwrap()).unwrap();
        for field in [
            "group_sizes",
            "group_informed_consensus_agree",
            "group_informed_consensus_disagree",
            "consensus_effective_agreement",
            "consensus",
            "representative",
            "priority",
        ] {
            same(&format!("{name}.{field}"), &case[field], &counted[field], &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} values are off:\n{}", wrong.len(), wrong.join("\n"));
}

fn choose(number: i64) -> Choice {
    Choice::from_number(number).unwrap()
}

fn conversation(votes: &[Vote]) -> Conversation {
    let mut conversation = Conversation::default();
    votes.iter().for_each(|vote| {
        conversation.cast(*vote);
    });
    conversation
}

/// `each` people in each of `groups` groups, who answer as their group does but for one vote in ten.
fn planted(groups: u64, each: u64, statements: u64) -> Vec<Vote> {
    let mut state = 5_u64;
    let mut dice = move |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let side: Vec<u64> = (0..groups * statements).map(|_| dice(2)).collect();
    let mut votes = vec![];
    for participant in 0..groups * each {
        for statement in 0..statements {
            let agrees = (side[(participant % groups * statements + statement) as usize] == 0) != (dice(10) == 0);
            let choice = if agrees { Choice::Agree } else { Choice::Disagree };
            votes.push(Vote { participant, statement, choice, at: Some(participant as i64) });
        }
    }
    votes
}

fn asked(votes: &[Vote]) -> Value {
    let votes: Vec<Value> =
        votes.iter().map(|vote| json!([vote.participant, vote.statement, vote.choice.number(), vote.at])).collect();
    let case = json!({ "votes": votes, "resamples": 3 });
    serde_json::from_str(&answer(&case.to_string(), &|_| None).unwrap()).unwrap()
}

fn quick() -> Options {
    Options { resamples: 3, ..Options::default() }
}

#[test]
fn planted_groups_are_found() {
    let votes = planted(3, 40, 24);
    let answer = asked(&votes);
    assert_eq!(answer["best_k"], 3);
    assert_eq!(answer["not_yet"], Value::Null);
    let groups: BTreeSet<BTreeSet<u64>> = answer["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group.as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect())
        .collect();
    let planted: BTreeSet<BTreeSet<u64>> =
        (0..3).map(|group| (0..120).filter(|id| id % 3 == group).collect()).collect();
    assert_eq!(groups, planted);
}

#[test]
fn people_who_answer_at_random_are_too_few_votes_and_no_groups() {
    // One group that answers everything by the fall of a coin.
    let mut state = 11_u64;
    let mut votes = planted(1, 200, 20);
    for vote in &mut votes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        vote.choice = choose(((state >> 40) % 3) as i64 - 1);
    }
    let conversation = conversation(&votes);
    let report = Report::of(&conversation, &quick());
    assert_eq!(report.not_yet, Some(NotYet::FewVotes));
    assert!(report.text().contains("Too few votes to see groups yet"), "{}", report.text());
    assert!(report.group_sizes.is_empty() && report.known_by.is_empty() && report.common_ground.is_empty());
    assert!(report.all.iter().all(|row| row.groups.is_none()));
}

#[test]
fn one_person_is_no_group_and_shows_no_count() {
    let votes: Vec<Vote> =
        (0..20).map(|statement| Vote { participant: 1, statement, choice: Choice::Agree, at: None }).collect();
    let report = Report::of(&conversation(&votes), &Options::default());
    assert_eq!(report.not_yet, Some(NotYet::FewPeople));
    assert!(report.all.iter().all(|row| row.everyone.is_none()));
    assert!(report.text().starts_with("1 person, 20 statements, 20 votes\n"), "{}", report.text());
}

#[test]
fn when_all_pass_there_is_nothing_to_part_them_by() {
    let mut votes = planted(2, 30, 12);
    votes.iter_mut().for_each(|vote| vote.choice = Choice::Pass);
    let opinion = conversation(&votes).opinion(&quick());
    assert_eq!(opinion.not_yet, Some(NotYet::NoGroups));
    assert_eq!(opinion.variance, [0.0, 0.0]);
    assert!(opinion.consensus(Choice::Agree).is_empty() && opinion.consensus(Choice::Disagree).is_empty());
}

#[test]
fn nothing_at_all_is_an_answer_too() {
    let report = Report::of(&Conversation::default(), &Options::default());
    assert_eq!((report.participants, report.votes, report.statements), (0, 0, 0));
    assert!(answer(r#"{"votes": []}"#, &|_| None).is_ok());
}

#[test]
fn a_vote_that_was_changed_counts_once_and_the_later_one_counts() {
    let mut conversation = Conversation::default();
    let vote = |number, at| Vote { participant: 1, statement: 2, choice: choose(number), at };
    conversation.cast(vote(1, Some(200)));
    assert_eq!(conversation.cast(vote(-1, Some(100))), None, "an older vote that arrives late changes nothing");
    assert_eq!(conversation.tally(2), Tally { agree: 1, disagree: 0, pass: 0 });
    conversation.cast(vote(0, Some(300)));
    assert_eq!(conversation.tally(2), Tally { agree: 0, disagree: 0, pass: 1 });
    conversation.cast(vote(-1, None));
    assert_eq!(
        conversation.tally(2),
        Tally { agree: 0, disagree: 1, pass: 0 },
        "without a time the last to come counts"
    );
}

#[test]
fn each_new_vote_moves_the_counts_of_its_group_at_once() {
    let votes = planted(2, 30, 12);
    let mut conversation = conversation(&votes);
    let found = conversation.opinion(&quick());
    let mut live = found.live();
    // Everybody says the opposite of what was said on statement 3, and somebody new comes.
    for vote in votes.iter().filter(|vote| vote.statement == 3) {
        let choice = choose(-vote.choice.number());
        let change = conversation.cast(Vote { choice, at: None, ..*vote }).unwrap();
        live.follow(&change);
    }
    let change = conversation.cast(Vote { participant: 999, statement: 3, choice: Choice::Pass, at: None }).unwrap();
    live.follow(&change);
    let standing = found.standings.iter().find(|standing| standing.statement == 3).unwrap();
    let turned: Vec<Tally> = standing
        .groups
        .iter()
        .map(|tally| Tally { agree: tally.disagree, disagree: tally.agree, pass: tally.pass })
        .collect();
    assert_eq!(live.tallies(3), turned);
    assert_eq!(conversation.tally(3).seen(), 61);
    assert_eq!(conversation.tally(3), conversation.clone().tally(3));
}

#[test]
fn what_is_shown_next_is_unseen_not_moderated_out_and_by_weight() {
    let votes = planted(2, 30, 12);
    let mut conversation = conversation(&votes);
    conversation.statements.insert(5, Statement { moderation: Moderation::Out, ..Statement::default() });
    let priorities = conversation.opinion(&quick()).priorities();
    assert_eq!(conversation.next(&priorities, 0, 0.5), None, "all are seen");
    assert!(priorities.iter().all(|(id, _)| *id != 5));
    let all: f64 = priorities.iter().map(|(_, weight)| weight).sum();
    for (id, weight) in &priorities {
        let draw = |draw| conversation.next(&priorities, 777, f64::from(draw) / 1000.0);
        let drawn = (0..1000).filter(|turn| draw(*turn) == Some(*id)).count();
        assert!((drawn as f64 - 1000.0 * weight / all).abs() <= 1.0, "statement {id} is drawn {drawn} times of 1000");
    }
}

#[test]
fn perspectives_have_common_ground_of_their_own_and_small_ones_stand_together() {
    let mut conversation = conversation(&planted(1, 60, 10));
    for person in 0..60 {
        let name = match person {
            0..30 => "staff",
            30..50 => "public",
            50..54 => "councillors",
            _ => "partners",
        };
        conversation.perspectives.insert(person, name.to_owned());
    }
    let report = Report::of(&conversation, &quick());
    // Four councillors and six partners are ten: the twenty of the public join them.
    assert_eq!(report.perspectives, [("others".to_owned(), 30), ("staff".to_owned(), 30)]);
    assert!(!report.common_ground_of_perspectives.is_empty());
    assert!(report.all.iter().all(|row| row.perspectives.as_ref().unwrap().iter().all(|part| part.seen >= 10)));
}

#[test]
fn no_person_and_no_cut_of_ten_leaves_in_any_form() {
    let mut votes = planted(2, 40, 16);
    // People whose numbers would be seen; ten of one group alone vote on statement 15.
    votes.iter_mut().for_each(|vote| vote.participant += 987_654_000);
    votes.retain(|vote| vote.statement != 15 || (vote.participant % 2 == 0 && vote.participant < 987_654_020));
    let mut conversation = conversation(&votes);
    for person in 987_654_000..987_654_080 {
        conversation.perspectives.insert(person, if person < 987_654_060 { "staff" } else { "public" }.to_owned());
    }
    let report = Report::of(&conversation, &quick());
    assert_eq!(report.group_sizes, [40, 40]);
    let row = |id: u64| report.all.iter().find(|row| row.statement == id).unwrap();
    assert!(row(14).everyone.is_some() && row(14).groups.is_some());
    assert!(row(15).everyone.is_none() && row(15).groups.is_none() && row(15).common_ground_percent.is_none());
    assert!(row(15).perspectives.is_none());
    let mut all = vec![report.text(), report.csv(), report.json()];
    all.extend(export(&conversation, "beds").into_iter().map(|(_, text)| text));
    for text in &all {
        assert!(!text.contains("987654"), "{text}");
    }
    // The export's column of groups is blank.
    let table = &all[5];
    assert!(table.lines().skip(1).all(|line| line.split(',').nth(1) == Some("")), "{table}");
}

#[test]
fn an_export_comes_back_as_the_same_conversation() {
    let mut conversation = conversation(&planted(2, 40, 16));
    let text = "Wards, \"home first\"\n<script>alert(1)</script> = مرحبا 🙂".to_owned();
    let at = Some(1_403_054_214_196);
    conversation.statements.insert(3, Statement { text, at, moderation: Moderation::In, ..Statement::default() });
    conversation.statements.insert(4, Statement { moderation: Moderation::Out, meta: true, ..Statement::default() });
    let files = export(&conversation, "beds");
    assert!(files[0].1.contains("1403049600000,2014-06-18,3,,"), "{}", files[0].1);
    let votes_alone: Vec<(&str, &[u8])> = files[..2].iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let (again, problems) = read(&votes_alone);
    assert_eq!(problems, []);
    assert_eq!(Report::of(&again, &quick()).json(), Report::of(&conversation, &quick()).json());
    // The table of participants holds the same votes.
    let (table, problems) = read(&[(files[0].0, files[0].1.as_bytes()), (files[2].0, files[2].1.as_bytes())]);
    assert_eq!(problems, []);
    assert_eq!(Report::of(&table, &quick()).json(), Report::of(&conversation, &quick()).json());
}

#[test]
fn bad_rows_are_told_with_file_and_line_and_the_good_ones_go_in() {
    let votes = "\u{feff}timestamp,datetime,comment-id,voter-id,vote\r\n1,,1,7,1\r\n2,,1,8,2\r\n3,,one,8,1\r\n4,,1\r\n5,,1,9,-1\r\n";
    let comments = "comment-id,moderated,comment-body\n1,1,\"two\nlines\"\n1,1,again\n2,5,x\n";
    let nonsense = "a,b\n1,2\n";
    let (conversation, problems) = read(&[
        ("votes.csv", votes.as_bytes()),
        ("comments.csv", comments.as_bytes()),
        ("x.csv", nonsense.as_bytes()),
        ("empty.csv", b""),
        ("broken.csv", b"participant,statement,vote\n\xff\xfe,1,1\n"),
    ]);
    assert_eq!(conversation.votes(), 2);
    assert_eq!(conversation.statements[&1].text, "two\nlines");
    let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        told,
        [
            "votes.csv:3: vote is `2`: it must be 1 (agree), -1 (disagree) or 0 (pass)",
            "votes.csv:4: statement is `one`: it must be a whole number",
            "votes.csv:5: participant is ``: it must be a whole number",
            "comments.csv:4: statement 1 is here twice: the first row counts",
            "comments.csv:5: moderated is `5`: it must be -1 (out), 0 (not looked at) or 1 (in)",
            "x.csv:1: no column names of a file of votes or statements",
            "empty.csv:1: the file is empty",
            "broken.csv:2: participant is `\u{fffd}\u{fffd}`: it must be a whole number",
        ]
    );
}

#[test]
fn a_case_that_cannot_be_answered_says_why() {
    let why = |case: &str| answer(case, &|_| None).unwrap_err().to_string();
    assert_eq!(why("{"), "the case is no JSON");
    assert_eq!(why("[]"), "`case` must be an object");
    assert_eq!(why("{}"), "no votes: looked for `name`, `folder` or `votes`");
    assert!(why(r#"{"name": "nowhere"}"#).contains("../shared/data/polis/nowhere/votes.csv"));
    assert_eq!(why(r#"{"votes": [[1, 1, 5]]}"#), "`votes` must be a list of [participant, statement, -1, 0 or 1]");
    assert_eq!(why(r#"{"votes": [], "min_votes": -1}"#), "`min_votes` must be a whole number");
}

fn votes(people: u64, statements: u64, most: usize) -> impl Strategy<Value = Vec<Vote>> {
    let one = (0..people, 0..statements, -1_i64..=1);
    prop::collection::vec(one, 1..most).prop_map(|rows| {
        let vote = |(at, (participant, statement, number)): (usize, (u64, u64, i64))| Vote {
            participant,
            statement,
            choice: choose(number),
            at: Some(at as i64),
        };
        rows.into_iter().enumerate().map(vote).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_gives_the_same_bytes(
        (votes, shuffled) in votes(40, 12, 500).prop_flat_map(|votes| (Just(votes.clone()), Just(votes).prop_shuffle())),
    ) {
        prop_assert_eq!(asked(&votes).to_string(), asked(&shuffled).to_string());
        let report = |votes: &[Vote]| Report::of(&conversation(votes), &quick()).json();
        prop_assert_eq!(report(&votes), report(&shuffled));
    }

    #[test]
    fn what_people_are_called_changes_nothing(
        votes in votes(40, 12, 500),
        names in Just((0..40_u64).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let renamed: Vec<Vote> =
            votes.iter().map(|vote| Vote { participant: names[vote.participant as usize] + 7, ..*vote }).collect();
        let [one, other] = [conversation(&votes), conversation(&renamed)];
        prop_assert_eq!(Report::of(&one, &quick()).json(), Report::of(&other, &quick()).json());
        prop_assert_eq!(export(&one, "x"), export(&other, "x"));
    }

    #[test]
    fn consensus_is_between_nought_and_one_and_no_group_is_outvoted(
        parts in prop::collection::vec((0_u32..500, 0_u32..500, 0_u32..500), 1..6),
    ) {
        let parts: Vec<Tally> =
            parts.into_iter().map(|(agree, disagree, pass)| Tally { agree, disagree, pass }).collect();
        for way in [Choice::Agree, Choice::Disagree] {
            let least = parts.iter().map(|tally| share(tally, way, 1.0)).fold(1.0, f64::min);
            let value = group_informed_consensus(&parts, way);
            prop_assert!(0.0 < value && value <= least);
            let ground = common_ground(&parts, way);
            prop_assert!(0.0 < ground && ground < 1.0);
            let [least, most] = [f64::min, f64::max].map(|pick: fn(f64, f64) -> f64| {
                let each = parts.iter().map(|tally| common_ground(&[*tally], way));
                each.reduce(pick).unwrap()
            });
            prop_assert!(least * (1.0 - 1e-12) <= ground && ground <= most * (1.0 + 1e-12));
            let mut turned = parts.clone();
            turned.reverse();
            prop_assert!((group_informed_consensus(&turned, way) - value).abs() < 1e-12);
        }
    }

    #[test]
    fn counts_kept_vote_by_vote_are_the_counts_of_all_votes(votes in votes(10, 5, 200)) {
        let conversation = conversation(&votes);
        for statement in 0..5 {
            let mut last = std::collections::BTreeMap::new();
            for vote in votes.iter().filter(|vote| vote.statement == statement) {
                last.insert(vote.participant, vote.choice);
            }
            let count = |choice| last.values().filter(|last| **last == choice).count() as u32;
            let tally = conversation.tally(statement);
            prop_assert_eq!(tally.of(Choice::Agree), count(Choice::Agree));
            prop_assert_eq!(tally.of(Choice::Disagree), count(Choice::Disagree));
            prop_assert_eq!(tally.of(Choice::Pass), count(Choice::Pass));
        }
        prop_assert_eq!(conversation.votes() as u32, (0..5).map(|id| conversation.tally(id).seen()).sum::<u32>());
    }
}

#[test]
fn a_group_is_known_by_what_most_of_it_says_and_others_do_not() {
    let report = Report::of(&conversation(&planted(2, 40, 16)), &quick());
    assert_eq!(report.known_by.len(), 2);
    for known in report.known_by.iter().flatten() {
        assert!(known.here_percent > 50 && known.here_percent > known.elsewhere_percent, "{known:?}");
    }
    assert!(report.known_by.iter().all(|known| !known.is_empty()));
}
