//! Promises, answers at the joins, and who was heard of a question.

use super::*;
use crate::decision::{Better, Effect, Whom};
use crate::trust::{Instrument, Join};
use std::sync::Arc;

fn promise(id: &str) -> Act {
    Act::Promise(Promise {
        id: id.into(),
        by: "Wards".into(),
        to: "Home care".into(),
        what: "Ring by two".into(),
        handover: Some("ward-to-home-care".into()),
        due: day_of(Instant(START)),
        how_we_will_know: "The list of calls".into(),
    })
}

fn kept(on: Option<i64>) -> Act {
    let on = on.map(|after| Date(day_of(Instant(START)).0 + after as i32));
    Act::Kept(Kept { promise: "ring".into(), on, words: "Every day but one".into() })
}

#[test]
fn a_promise_is_not_kept_on_a_day_to_come_and_not_judged_twice() {
    let mut log = Writing::begun();
    log.by("Wards", promise("ring"));
    log.refused("Home care", kept(Some(1)), Why::Wrong, "on");
    log.by("Home care", kept(Some(0)));
    log.refused("Home care", kept(None), Why::Already, "promise");
    assert!(log.state.promises["ring"].kept.as_ref().unwrap().on.is_some());
}

fn pulse(by: &str, about: &str, answer: i32) -> Act {
    let week = Date(day_of(Instant(START)).0 - day_of(Instant(START)).weekday() as i32);
    let item = Instrument::pulse().item_of_week(week).id.clone();
    let sheet = Sheet { by: by.into(), about: about.into(), week, answers: [(item, answer)].into() };
    Act::Pulse(Pulse { instrument: "handover-pulse".into(), handover: "ward-to-home-care".into(), sheet })
}

#[test]
fn one_bad_sheet_is_refused_and_left_out_and_never_kills_the_page() {
    let join = Join { handover: "ward-to-home-care".into(), teams: vec!["wards".into(), "home care".into()] };
    let asked = Instrument { joins: vec![join], ..Instrument::pulse().clone() };
    let mut log = Writing::begun();
    log.state.instruments = Arc::new(vec![asked]);
    log.refused(ANNA, pulse("wards", "home care", 9), Why::Wrong, "sheet");
    log.refused(ANNA, pulse("Sister Jane Smith, ward 4", "home care", 3), Why::Wrong, "sheet");
    log.refused("Jane Smith", pulse("wards", "home care", 3), Why::NotAllowed, "who");
    let Act::Pulse(one) = pulse("wards", "home care", 3) else { unreachable!() };
    log.refused(ANNA, Act::Pulse(Pulse { instrument: "other".into(), ..one.clone() }), Why::Unknown, "sheet");
    log.refused(ANNA, Act::Pulse(Pulse { handover: "made-up".into(), ..one }), Why::Wrong, "sheet");
    log.by(ANNA, pulse("wards", "home care", 3));
    // The other side is another answer; the same side again takes the place of the first.
    log.by(ANNA, pulse("home care", "wards", 2));
    log.by(ANNA, pulse("wards", "home care", 4));
    let told: Vec<(&str, i32)> = log
        .state
        .sheets("handover-pulse", "ward-to-home-care")
        .map(|(_, sheet)| (sheet.by.as_str(), *sheet.answers.values().next().unwrap()))
        .collect();
    assert_eq!(told, [("home care", 2), ("wards", 4)]);
    // One that is in the log all the same is set aside, and counted.
    let seq = log.state.seq + 1;
    let (who, act) = (ANNA.to_owned(), pulse("wards", "nobody", 3));
    log.state.follow(Deed { seq, at: Instant(log.at), who, because: vec![], act });
    assert_eq!((log.state.unscored(), log.state.sheets("handover-pulse", "ward-to-home-care").count()), (1, 2));
}

#[test]
fn an_old_sheet_without_an_instrument_is_of_the_pulse() {
    let text =
        r#"{"act":"pulse","handover":"x","sheet":{"by":"a","about":"b","week":"2026-01-05","answers":{"told":3}}}"#;
    let Act::Pulse(one) = serde_json::from_str(text).unwrap() else { panic!("a pulse") };
    assert_eq!(one.instrument, "handover-pulse");
    assert_eq!(serde_json::to_string(&Act::Pulse(one)).unwrap(), text);
}

#[test]
fn who_must_be_heard_on_a_decision_and_was_not_is_seen_while_there_is_time() {
    let mut log = Writing::begun();
    let mut asked = question(None, Rule::Consent { quorum: Quorum::HALF });
    asked.must_be_heard = vec!["carers".into(), "social care".into(), "acute".into()];
    log.by("Clerk", Act::Question(asked));
    let voice =
        Voice { perspective: "acute".into(), said: "It can be done".into(), answer: Answer::Adopted, member: None };
    log.by("Clerk", Act::Voice(VoiceHeard { question: "money".into(), voice }));
    let minutes = |about: &str, perspective: &str, minutes| {
        Act::Minutes(Minutes { about: about.into(), perspective: perspective.into(), minutes })
    };
    log.by("Clerk", minutes("decision/money", "acute", 30));
    log.by("Clerk", minutes("decision/money", "social care", 10));
    log.by("Clerk", minutes("Urgent Care Board, October", "acute", 50));
    log.at += 2 * DAY;
    let position = Position::CanLiveWith;
    let ballot = Ballot::On { option: "need".into(), position, note: String::new() };
    log.by("care", Act::Ballot(BallotCast { question: "money".into(), member: "care".into(), ballot, draft: None }));
    let effect = |measure: &str| Effect {
        measure: measure.into(),
        whom: Whom::Place("Dunmoor".into()),
        expected: 1.0,
        range: [0.0, 2.0],
        better: Better::Lower,
        evidence: "/measures/x".into(),
    };
    let effects = [("need".to_owned(), vec![effect("beds"), effect("beds"), effect("visits")])].into();
    log.by("Clerk", Act::Choices(Choices { question: "money".into(), effects, add: None }));
    let state = &log.state;
    let belongs = |measure: &str| Some(if measure == "beds" { "acute" } else { "community" }.to_owned());
    let on = day_of(Instant(log.at));
    let air = state.air_of(&state.matters["money"], on, belongs);
    let told: Vec<_> = air
        .iter()
        .map(|one| (one.perspective.as_str(), one.statements, one.votes, one.minutes, one.evidence))
        .collect();
    assert_eq!(
        told,
        [("carers", 0, 0, 0, 0), ("social care", 0, 1, 10, 0), ("acute", 1, 0, 30, 1), ("community", 0, 0, 0, 1)]
    );
    assert!(air[..3].iter().all(|one| (one.fair - 1.0 / 3.0).abs() < 1e-12) && air[3].fair == 0.0);
    assert_eq!(air[0].ratio(&air), Some(0.0));
    let meetings: Vec<String> = state.meetings().collect();
    assert_eq!(meetings, ["Urgent Care Board, October", "decision/money"]);
    let board = state.air_of_meeting("Urgent Care Board, October");
    assert_eq!(
        board.iter().map(|one| (one.perspective.as_str(), one.minutes)).collect::<Vec<_>>(),
        [("social care", 0), ("acute", 50)]
    );
    let whole = state.air(Instant(i64::from(on.0) * 86_400), belongs);
    assert_eq!(whole.iter().find(|one| one.perspective == "acute").map(|one| one.minutes), Some(80));
}

#[test]
fn votes_of_four_people_are_not_had_by_subtracting_what_is_public() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Conversation(Conversation { id: "crisis".into(), ..talk() }));
    let mut first = |conversation: &str| {
        let Act::Statement(one) = statement(conversation, "staff") else { unreachable!() };
        let seq = log.by(ANNA, Act::Statement(Statement { conversation: conversation.into(), ..one }));
        log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
        seq
    };
    let (home, crisis) = (first("home"), first("crisis"));
    let mut voter = 0_u64;
    let mut people = |statement: u64, perspective: &str, people: u64| {
        for _ in 0..people {
            voter += 1;
            log.by(&format!("voter/{voter:016x}"), vote(statement, 1, perspective));
        }
    };
    // Four people of primary care in one conversation, fifteen in the other; nine of the public in one alone.
    for (voice, n) in [("acute", 20), ("primary care", 4), ("public", 9)] {
        people(crisis, voice, n);
    }
    for (voice, n) in [("acute", 12), ("primary care", 15)] {
        people(home, voice, n);
    }
    log.by("Clerk", Act::Question(question(None, Rule::Consent { quorum: Quorum::HALF })));
    log.at += 2 * DAY;
    let ballot =
        |option: &str| Ballot::On { option: option.into(), position: Position::CanLiveWith, note: String::new() };
    log.by(
        "gp",
        Act::Ballot(BallotCast { question: "money".into(), member: "gp".into(), ballot: ballot("need"), draft: None }),
    );
    let closed = Instant(START + 30 * DAY);
    let told = |air: Vec<Air>| -> BTreeMap<String, (u64, bool)> {
        air.into_iter()
            .filter(|one| one.votes > 0 || one.few)
            .map(|one| (one.perspective, (one.votes, one.few)))
            .collect()
    };
    let [in_crisis, at_home] = ["crisis", "home"].map(|id| told(log.state.talks[id].air(closed)));
    let few = |all: &[(&str, u64, bool)]| -> BTreeMap<String, (u64, bool)> {
        all.iter().map(|(name, votes, few)| ((*name).to_owned(), (*votes, *few))).collect()
    };
    assert_eq!(
        in_crisis,
        few(&[("", 13, false), ("acute", 20, false), ("primary care", 0, true), ("public", 0, true)])
    );
    assert_eq!(at_home, few(&[("acute", 12, false), ("primary care", 15, false)]));
    assert!(
        log.state.done.iter().all(|done| done.who != "gp" && !done.who.starts_with("voter/")),
        "no vote is told alone"
    );
    // The whole is the sum of what each conversation tells, and of where members stand: there is nothing else to subtract it from.
    let whole = told(log.state.air(closed, |_| None));
    assert_eq!(whole, few(&[("", 13, false), ("acute", 32, false), ("primary care", 16, true), ("public", 0, true)]));
}
