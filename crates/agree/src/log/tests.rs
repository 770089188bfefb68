use super::*;
use crate::decision::{Condition, Equality, Handled, InterestKind, Prediction, Settled, StopRule};
use crate::plan::{Role, Saving, Step};
use crate::vote::{Base, Quorum};
use proptest::prelude::*;

mod joins;

const DAY: i64 = 86_400;
const START: i64 = 20_000 * DAY;

fn scheme() -> Rows {
    toml::from_str(
        r#"
        [[body]]
        id = "board"
        name = "Urgent Care Board"
        level = "place"
        from = 2020-04-01
        [[body]]
        id = "other"
        name = "Another Board"
        level = "system"
        from = 2020-04-01
        [[seat]]
        id = "hospital"
        body = "board"
        role = "Chief operating officer"
        perspective = "acute"
        from = 2020-04-01
        [[seat]]
        id = "care"
        body = "board"
        role = "Director of adult social care"
        perspective = "social care"
        from = 2020-04-01
        [[seat]]
        id = "gp"
        body = "board"
        role = "Practices"
        perspective = "primary care"
        from = 2020-04-01
        [[duty]]
        id = "home"
        name = "Money to help people leave hospital"
        held_by = "board"
        from = 2020-04-01
        "#,
    )
    .unwrap()
}

fn talk() -> Conversation {
    Conversation {
        id: "home".into(),
        question: "What would get you home sooner?".into(),
        purpose: "The board answers each statement by 1 December.".into(),
        perspectives: [("public".into(), 2.0), ("staff".into(), 1.0), ("councillors".into(), 1.0)].into(),
        open_to_all: true,
        elsewhere: false,
        parent: None,
        opens: START,
        closes: START + 30 * DAY,
    }
}

fn statement(text: &str, perspective: &str) -> Act {
    Act::Statement(Statement {
        conversation: "home".into(),
        text: text.into(),
        perspective: perspective.into(),
        ..Statement::default()
    })
}

fn vote(statement: u64, choice: i8, perspective: &str) -> Act {
    Act::Vote(Vote { statement, choice, perspective: perspective.into(), ..Vote::default() })
}

fn question(sealed: Option<Secrecy>, rule: Rule) -> Question {
    let choice = |id: &str, title: &str| crate::decision::Choice {
        id: id.into(),
        title: title.into(),
        detail: String::new(),
        effects: vec![],
    };
    Question {
        id: "money".into(),
        question: "How should we share £2.4m?".into(),
        body: "board".into(),
        duty: "home".into(),
        pounds: Some(2_400_000.0),
        level: Level::Place,
        why_not_lower: "The wait is shared by five neighbourhoods".into(),
        options: Options::new(vec![choice("need", "Go where the wait is"), choice("equal", "Share by population")])
            .unwrap(),
        must_be_heard: vec!["carers".into()],
        conversation: Some("home".into()),
        rule,
        why_this_rule: "Partners who must act need to agree".into(),
        sealed,
        opens: START + DAY,
        closes: START + 10 * DAY,
        parent: None,
        withdrawn: String::new(),
    }
}

/// A log that is being written.
struct Writing {
    state: State,
    at: i64,
    deeds: Vec<Deed>,
}

impl Writing {
    fn new() -> Writing {
        Writing { state: State::default(), at: START, deeds: Vec::new() }
    }
    fn begun() -> Writing {
        let mut log = Writing::new();
        log.by("Clerk", Act::Scheme(scheme()));
        log.by("Clerk", Act::Conversation(talk()));
        log
    }
    fn tries(&mut self, who: &str, because: &[&str], act: Act) -> Result<u64, Refusal> {
        let seq = self.state.seq + 1;
        let because = because.iter().map(|&cause| cause.into()).collect();
        let deed = Deed { seq, at: Instant(self.at), who: who.into(), because, act };
        let before = self.state.clone();
        match self.state.apply(deed.clone()) {
            Ok(()) => {
                self.deeds.push(deed);
                Ok(seq)
            }
            Err(wrong) => {
                assert_eq!(self.state, before, "a deed that was refused left a mark");
                Err(wrong)
            }
        }
    }
    fn by(&mut self, who: &str, act: Act) -> u64 {
        self.tries(who, &[], act).unwrap()
    }
    #[track_caller]
    fn refused(&mut self, who: &str, act: Act, why: Why, field: &str) {
        let wrong = self.tries(who, &[], act).unwrap_err();
        assert_eq!((wrong.why, wrong.field), (why, field), "{wrong}");
        assert!(wrong.words.starts_with(char::is_uppercase), "{wrong}");
    }
}

const ANNA: &str = "voter/00000000000000aa";
const BEN: &str = "voter/00000000000000bb";

#[test]
fn a_statement_is_said_seen_voted_on_answered_and_changes_a_line() {
    let mut log = Writing::begun();
    let home = log.by(ANNA, statement("No one should wait because two of us cannot agree who pays", "public"));
    log.refused(BEN, vote(home, 1, "staff"), Why::Unknown, "statement"); // nobody has let it in
    log.by("Moderator", Act::Moderation(Moderation { statement: home, ruling: Ruling::In }));
    log.by(BEN, vote(home, -1, "staff"));
    log.by(BEN, vote(home, 1, "staff"));
    log.by(ANNA, vote(home, 1, "public"));
    let talk = &log.state.talks["home"];
    assert_eq!((talk.votes.tally(home).agree, talk.votes.tally(home).seen()), (2, 2)); // the last of each counts
    let line = Line { id: "pay".into(), text: "We settle who pays after the person is home".into(), ..Line::default() };
    let of = format!("statement/{home}");
    log.tries("Board", &[&of], Act::Line(line)).unwrap();
    let answer = Act::Answer(Answered { statement: home, answer: Answer::Adopted });
    log.refused("Board", answer.clone(), Why::Wrong, "because");
    log.tries("Board", &["line/pay"], answer).unwrap();
    assert_eq!(log.state.changes()["public"], Changed { said: 1, answered: 1, changed: 1 });
    let led: Vec<&str> = log.state.because.iter().filter(|one| one.1 == of).map(|one| one.0.as_str()).collect();
    assert_eq!(led, ["line/pay"]);
}

#[test]
fn the_smallest_share_of_the_air_comes_first_and_silence_is_seen() {
    let mut log = Writing::begun();
    for (who, perspective, text) in
        [(ANNA, "public", "one"), (BEN, "staff", "two"), (BEN, "staff", "three"), (BEN, "staff", "four")]
    {
        let seq = log.by(who, statement(text, perspective));
        log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    }
    let air = log.state.talks["home"].air(Instant(START));
    let ratios: Vec<(&str, f64)> = air.iter().map(|one| (one.perspective.as_str(), one.ratio(&air).unwrap())).collect();
    assert_eq!(ratios, [("councillors", 0.0), ("public", 0.5), ("staff", 3.0)]);
}

#[test]
fn no_part_of_a_deed_names_a_person_or_leads_elsewhere() {
    let mut log = Writing::begun();
    let question = question(None, Rule::Advice);
    let choice = |title: &str, detail: &str| crate::decision::Choice {
        id: "x".into(),
        title: title.into(),
        detail: detail.into(),
        effects: vec![],
    };
    let named =
        Options::new(vec![choice("A ward for 943 476 5919", ""), choice("B", "")].into_iter().take(1).collect());
    log.refused(
        "Clerk",
        Act::Question(Question { options: named.unwrap(), ..question.clone() }),
        Why::Wrong,
        "options",
    );
    let hidden = Options::new(vec![choice("A", "ward \u{202e}rof")]);
    log.refused("Clerk", Act::Question(Question { options: hidden.unwrap(), ..question }), Why::Wrong, "options");
    let mut named = scheme();
    named.seats[0].role = "Mrs A, 943 476 5919".into();
    log.refused("Clerk", Act::Scheme(named), Why::Wrong, "");
    for away in ["//evil.example/x", "javascript:alert(1)", "http://evil.example", "my gut"] {
        let fact = Line {
            id: "so".into(),
            kind: Kind::Fact,
            text: "It is so".into(),
            evidence: Some(away.into()),
            ..Line::default()
        };
        log.refused("Clerk", Act::Line(fact), Why::Wrong, "evidence");
        let why = Line { id: "why".into(), text: "Because".into(), ..Line::default() };
        assert_eq!(log.tries("Clerk", &[away], Act::Line(why)).unwrap_err().field, "because");
    }
    for (opens, closes) in [(START, i64::MAX), (i64::MIN, START), (START, 8_000_000_000)] {
        let far = Conversation { id: "far".into(), opens, closes, ..talk() };
        assert_eq!(log.tries("Clerk", &[], Act::Conversation(far)).unwrap_err().why, Why::Wrong);
    }
}

#[test]
fn what_was_taken_stays_although_the_rules_of_today_would_not_take_it() {
    let mut log = Writing::begun();
    let said = log.by(ANNA, statement("No one should wait", "public"));
    log.by("Clerk", Act::Moderation(Moderation { statement: said, ruling: Ruling::In }));
    let late = |seq, act| Deed { seq, at: Instant(START + 99 * DAY), who: BEN.into(), because: vec![], act };
    assert!(log.state.clone().apply(late(5, vote(said, 1, ""))).is_err());
    log.state.follow(late(5, vote(said, 1, "")));
    assert_eq!((log.state.talks["home"].votes.votes(), log.state.seq), (1, 5));
    // What makes no sense by itself would bring pages down.
    log.state.follow(late(6, Act::Conversation(Conversation { id: "far".into(), closes: i64::MAX, ..talk() })));
    assert!(!log.state.talks.contains_key("far"));
    assert_eq!((log.state.seq, log.state.refused.len(), log.state.refused[0].0), (6, 1, 6));
}

#[test]
fn what_cannot_be_said_is_refused_with_the_way_out() {
    let mut log = Writing::begun();
    log.refused(ANNA, statement("", "public"), Why::Wrong, "text");
    log.refused(ANNA, statement(&"x".repeat(281), "public"), Why::Wrong, "text");
    log.refused(ANNA, statement(&"x".repeat(1 << 20), "public"), Why::Wrong, "text");
    log.refused(ANNA, statement("my number is 943 476 5919", "public"), Why::Wrong, "text");
    log.refused(ANNA, statement("a\u{202e}b", "public"), Why::Wrong, "text");
    for fine in ["<script>alert(1)</script>", "مرحبا بالعالم", "👩‍👩‍👧 wait", "Ünïcödé", "שלום\u{200f}"]
    {
        log.by(ANNA, statement(fine, "public"));
        log.refused(ANNA, statement(fine, "public"), Why::Already, "text");
    }
    let mut act = Statement {
        conversation: "nowhere".into(),
        text: "x".into(),
        perspective: "public".into(),
        ..Statement::default()
    };
    log.refused(ANNA, Act::Statement(act.clone()), Why::Unknown, "conversation");
    (act.conversation, act.language) = ("home".into(), "<b>".into());
    log.refused(ANNA, Act::Statement(act), Why::Wrong, "language");
    log.at = START - 1;
    log.refused(ANNA, statement("early", "public"), Why::Closed, "conversation");
    log.at = START + 30 * DAY;
    log.refused(ANNA, statement("late", "public"), Why::Closed, "conversation");
    let opened = log.state.talks["home"].versions[0];
    log.refused("Clerk", Act::Conversation(Conversation { parent: Some(opened), ..talk() }), Why::Closed, "closes");
}

#[test]
fn two_conversations_of_one_name_do_not_become_one() {
    let mut log = Writing::begun();
    let other = Conversation { question: "What would get you home sooner, then?".into(), ..talk() };
    log.refused("Another clerk", Act::Conversation(other), Why::Already, "id");
    let opened = log.state.talks["home"].versions[0];
    let later = Conversation { closes: START + 60 * DAY, parent: Some(opened), ..talk() };
    log.by("Clerk", Act::Conversation(later.clone()));
    assert_eq!(log.state.talks["home"].is.closes, START + 60 * DAY);
    log.refused("Clerk", Act::Conversation(later), Why::Already, "parent");
}

#[test]
fn whoever_sees_somebody_vote_does_not_learn_how() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    let other = log.by(ANNA, statement("two", "public"));
    for seq in [seq, other] {
        log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    }
    let mut before = (0, 0);
    for n in 0..40_u64 {
        log.at += 60;
        log.by(&format!("voter/{n:016x}"), vote(seq, if n % 3 == 0 { -1 } else { 1 }, "public"));
        if n % 4 == 0 {
            log.by(&format!("voter/{n:016x}"), vote(other, 1, ""));
        }
        let told = log.state.talks["home"].told(Instant(log.at));
        let now = (told.tally(seq).seen(), told.tally(other).seen());
        assert!(now.0 == before.0 || now.0 == before.0 + 11, "{before:?} {now:?}");
        assert!(now.1 == 0, "ten voters of one statement are never told, whoever votes on others");
        assert_eq!(
            (told.participants(), told.votes()),
            (now.0 as usize, now.0 as usize),
            "totals are of the same votes"
        );
        before = now;
    }
    assert_eq!(before.0, 33);
    // Who changes their mind is told with ten others.
    log.by("voter/0000000000000000", vote(seq, 1, ""));
    assert_eq!(log.state.talks["home"].told(Instant(log.at)).tally(seq).disagree, 11);
    let talk = &log.state.talks["home"];
    assert_eq!((talk.votes.votes(), talk.air(Instant(log.at))[0].votes), (50, 0));
    let closed = Instant(START + 30 * DAY);
    assert_eq!(talk.told(closed).votes(), 50, "whole at the close");
    assert_eq!(talk.air(closed).iter().map(|one| one.votes).max(), Some(50));
}

#[test]
fn a_surge_of_newcomers_is_seen() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    for n in 0..48_u64 {
        log.at = START + n as i64 * 3600;
        log.by(&format!("voter/{n:016x}"), vote(seq, 1, ""));
    }
    assert_eq!(log.state.talks["home"].surge(Instant(log.at)), None);
    for n in 100..160_u64 {
        log.by(&format!("voter/{n:016x}"), vote(seq, -1, ""));
    }
    let surge = log.state.talks["home"].surge(Instant(log.at)).unwrap();
    assert_eq!((surge.from, surge.came), (Instant(log.at), 61));
    assert_eq!(surge.usual, 1.0);
    // Sheets that a helper types in come many at once.
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    for n in 0..60_u64 {
        let vote = Vote { statement: seq, choice: 1, via: Via::Paper, ..Vote::default() };
        log.by(&format!("voter/{n:016x}"), Act::Vote(vote));
    }
    assert_eq!(log.state.talks["home"].surge(Instant(log.at)), None);
}

#[test]
fn a_sheet_filled_in_before_the_close_may_be_typed_in_after_it() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    log.at = START + 32 * DAY;
    let on = |day: i64| {
        let helped = Some(Helped { by: "Helper".into(), on: Some(Date((START / DAY + day) as i32)) });
        Act::Vote(Vote { statement: seq, choice: 1, via: Via::Paper, helped, ..Vote::default() })
    };
    log.refused(BEN, on(30), Why::Closed, "on");
    log.refused(BEN, on(-1), Why::Wrong, "on");
    log.refused(BEN, on(40), Why::Wrong, "on");
    log.by(BEN, on(29));
    assert_eq!(log.state.talks["home"].told(Instant(log.at)).votes(), 1);
}

#[test]
fn a_translation_stands_beside_the_original_and_an_example_from_elsewhere_counts_for_nothing_here() {
    let mut log = Writing::begun();
    let polish = Statement {
        conversation: "home".into(),
        text: "Zadzwoń".into(),
        perspective: "public".into(),
        language: "pl".into(),
        ..Statement::default()
    };
    let seq = log.by(ANNA, Act::Statement(polish));
    let told = |language: &str, text: &str| {
        Act::Translation(Translation { statement: seq, language: language.into(), text: text.into() })
    };
    log.refused("Clerk", told("pl", "Zadzwoń"), Why::Wrong, "language");
    log.refused("Clerk", told("en", ""), Why::Wrong, "text");
    log.by("Clerk", told("en", "Ring me"));
    log.by("Clerk", told("cy", "Ffoniwch fi"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    let said = &log.state.talks["home"].statements[&seq];
    assert_eq!(
        (said.is.in_english.as_str(), said.translations["cy"].as_str(), said.number),
        ("Ring me", "Ffoniwch fi", 1)
    );
    assert_eq!(log.state.talks["home"].votes.statements[&seq].text, "Ring me");
    assert_eq!(log.state.changes()["public"].said, 1);
    let opened = log.state.talks["home"].versions[0];
    log.by("Clerk", Act::Conversation(Conversation { elsewhere: true, parent: Some(opened), ..talk() }));
    assert!(log.state.changes().is_empty());
}

#[test]
fn the_same_words_with_letters_that_nobody_sees_are_the_same_words() {
    let mut log = Writing::begun();
    log.by(ANNA, statement("Ring me", "public"));
    log.refused(ANNA, statement("Ring\u{200d} me", "public"), Why::Already, "text");
}

#[test]
fn votes_are_taken_from_voters_while_it_is_open_and_never_from_names() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    log.refused("Flow lead", vote(seq, 1, "staff"), Why::NotAllowed, "who");
    log.refused("voter/short", vote(seq, 1, "staff"), Why::NotAllowed, "who");
    log.refused(BEN, vote(seq, 2, "staff"), Why::Wrong, "choice");
    log.refused(BEN, vote(seq + 9, 1, "staff"), Why::Unknown, "statement");
    log.at = START + 30 * DAY;
    log.refused(BEN, vote(seq, 1, "staff"), Why::Closed, "conversation");
}

#[test]
fn what_has_closed_takes_nothing_that_is_dated_back() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    log.by("Moderator", Act::Moderation(Moderation { statement: seq, ruling: Ruling::In }));
    log.by("Clerk", Act::Question(question(None, CONSENT)));
    log.at = START + 31 * DAY;
    log.by("Clerk", Act::Scheme(scheme())); // somebody writes after both have closed
    log.at = START + 5 * DAY;
    log.refused("hospital", cast("hospital", on("need", Position::Supports)), Why::Closed, "question");
    log.refused(BEN, vote(seq, 1, "staff"), Why::Closed, "conversation");
    log.refused(BEN, statement("two", "public"), Why::Closed, "conversation");
    let parent = log.state.talks["home"].versions.last().copied();
    let again = Conversation { parent, closes: START + 99 * DAY, ..talk() };
    log.refused("Clerk", Act::Conversation(again), Why::Closed, "closes");
    log.refused("Clerk", Act::Question(Question { id: "new".into(), ..question(None, CONSENT) }), Why::Wrong, "closes");
    log.at = -1;
    log.refused("Clerk", Act::Scheme(scheme()), Why::Wrong, "at");
}

#[test]
fn a_moderator_says_why_and_the_author_alone_may_ask_again() {
    let mut log = Writing::begun();
    let seq = log.by(ANNA, statement("one", "public"));
    let appeal = |words: &str| Act::Appeal(Appeal { statement: seq, words: words.into() });
    let rule = |ruling| Act::Moderation(Moderation { statement: seq, ruling });
    log.refused(ANNA, appeal("why?"), Why::Wrong, "words");
    log.refused("Moderator", rule(Ruling::Out(String::new())), Why::Wrong, "reason");
    log.refused("Moderator", rule(Ruling::SameAs(seq)), Why::Wrong, "same_as");
    log.by("Moderator", rule(Ruling::Out("It names a member of staff".into())));
    log.refused(BEN, appeal("why?"), Why::NotAllowed, "statement");
    log.by(ANNA, appeal("It names a ward"));
    log.refused(ANNA, appeal("again"), Why::Already, "words");
    assert!(log.state.talks["home"].statements[&seq].waits());
    log.refused("Moderator", rule(Ruling::In), Why::NotAllowed, "ruling"); // not the one who kept it out
    log.by("Another moderator", rule(Ruling::In));
    let said = &log.state.talks["home"].statements[&seq];
    assert!(said.is_in() && !said.waits());
    assert_eq!((said.asked.len(), said.rulings[0].who.as_str(), said.rulings.len()), (1, "Moderator", 2));
}

#[test]
fn a_story_hangs_together() {
    let mut log = Writing::new();
    let line = |id: &str, kind, under: Option<&str>| Line {
        id: id.into(),
        kind,
        text: format!("The line {id}"),
        under: under.map(str::to_owned),
        ..Line::default()
    };
    log.refused("Board", Act::Line(line("less", Kind::What, None)), Why::Wrong, "under");
    log.refused("Board", Act::Line(line("less", Kind::What, Some("why"))), Why::Unknown, "under");
    log.by("Board", Act::Line(line("why", Kind::Why, None)));
    log.by("Board", Act::Line(line("less", Kind::What, Some("why"))));
    log.refused("Board", Act::Line(line("why", Kind::Why, Some("less"))), Why::Wrong, "under");
    log.refused("Board", Act::Line(line("less", Kind::How, Some("why"))), Why::Wrong, "kind");
    log.refused("Board", Act::Line(line("aim", Kind::Target, Some("less"))), Why::Wrong, "target");
    log.refused("Board", Act::Line(line("so", Kind::Fact, None)), Why::Wrong, "evidence");
    let fact =
        Line { evidence: Some("/measures/a".into()), good_until: Some(Date(20_010)), ..line("so", Kind::Fact, None) };
    log.by("Board", Act::Line(fact.clone()));
    let hold = |disputed: Option<&str>| {
        let (line, perspective) = ("so".into(), "practices".into());
        Act::Standing(LineStanding { line, perspective, disputed: disputed.map(str::to_owned) })
    };
    log.refused("Practices", hold(Some("")), Why::Wrong, "disputed");
    log.by("Practices", hold(Some("It leaves out home visits")));
    let told = &log.state.lines["so"];
    assert_eq!(told.disputes().collect::<Vec<_>>(), [("practices", "It leaves out home visits")]);
    assert!(told.is_stale(Date(20_010)) && !told.is_stale(Date(20_009)));
    let next = Act::Line(Line { text: "The line so, with home visits".into(), ..fact });
    log.refused("Board", next.clone(), Why::Wrong, "because"); // a change says because of what
    log.tries("Board", &["/measures/a"], next).unwrap();
    assert_eq!(log.state.lines["so"].disputes().count(), 0); // a new version is nobody's yet
}

fn on(option: &str, position: Position) -> Ballot {
    Ballot::On { option: option.into(), position, note: String::new() }
}

fn cast(member: &str, ballot: Ballot) -> Act {
    Act::Ballot(BallotCast { question: "money".into(), member: member.into(), ballot, draft: Some(0) })
}

fn draft() -> Draft {
    Draft {
        id: "money".into(),
        question: String::new(),
        we_will: "spend £2.4m where the wait is longest".into(),
        options: question(None, Rule::Advice).options,
        chosen: "need".into(),
        also: vec![],
        because: "It frees most".into(),
        level: Level::Place,
        why_not_lower: String::new(),
        authority: String::new(),
        settled: Settled { rule: String::new(), because: String::new(), outcome: String::new() },
        must_be_heard: vec![],
        heard: vec![],
        could_not_wait: String::new(),
        stances: vec![],
        interests: vec![],
        equality: Some(Equality { who_may_lose: "Coastside".into(), what_we_do: "A floor".into() }),
        expects: vec![Prediction {
            measure: "wait".into(),
            unit: "days".into(),
            from: 4.4,
            expected: 3.5,
            range: [3.0, 4.0],
            by: Date(20_090),
        }],
        stop_if: vec![StopRule {
            measure: "wait".into(),
            of: None,
            when: Condition::AtLeast(4.4),
            periods: 2,
            watched_from: None,
            words: None,
        }],
        owner: "Head of home care".into(),
        decided: Date(20_006),
        starts: None,
        review_on: Some(Date(20_090)),
        supersedes: None,
    }
}

const CONSENT: Rule = Rule::Consent { quorum: Quorum::HALF };

#[test]
fn a_decision_is_recorded_once_all_is_there_and_never_changes() {
    let mut log = Writing::begun();
    let none = Rule::Consent { quorum: Quorum::Members(0) };
    log.refused("Clerk", Act::Question(question(None, none)), Why::Wrong, "quorum");
    let broken = Question { question: "How should we\nshare it?".into(), ..question(None, CONSENT) };
    log.refused("Clerk", Act::Question(broken), Why::Wrong, "question");
    log.by("Clerk", Act::Question(question(None, CONSENT)));
    log.at = START + 2 * DAY;
    let record =
        |log: &Writing| Act::Decision(Recorded { decision: log.state.complete(&draft(), Instant(log.at)).unwrap() });
    log.by("hospital", cast("hospital", on("need", Position::Supports)));
    log.by("care", cast("care", on("need", Position::Concern { reason: "Coastside loses".into() })));
    log.at = START + 6 * DAY;
    let act = record(&log);
    let wrong = log.tries("Clerk", &[], act).unwrap_err();
    assert!(wrong.words.contains("every perspective that must be heard"), "{wrong}");
    let voice = |answer| Voice { perspective: "carers".into(), said: "Ask us first".into(), answer, member: None };
    log.refused(
        "Clerk",
        Act::Voice(VoiceHeard { question: "money".into(), voice: voice(Answer::Declined(String::new())) }),
        Why::Wrong,
        "answer",
    );
    log.by("Clerk", Act::Voice(VoiceHeard { question: "money".into(), voice: voice(Answer::Adopted) }));
    let act = record(&log);
    let wrong = log.tries("Clerk", &[], act).unwrap_err();
    assert_eq!(wrong.field, "settled");
    assert!(wrong.words.contains("care objects, because Coastside loses"), "{wrong}");
    log.by("care", cast("care", on("need", Position::CanLiveWith)));
    let act = record(&log);
    log.refused("Clerk", act, Why::Closed, "settled"); // the practices may still speak
    log.by("gp", cast("gp", on("need", Position::CanLiveWith)));
    let mut other = log.state.complete(&draft(), Instant(log.at)).unwrap();
    other.stances.clear();
    let wrong = log.tries("Clerk", &[], Act::Decision(Recorded { decision: other })).unwrap_err();
    assert_eq!(wrong.field, "stances");
    assert!(wrong.words.contains(r#""member":"care""#), "{wrong}");
    let mut bare = log.state.complete(&draft(), Instant(log.at)).unwrap();
    bare.equality = Some(Equality { who_may_lose: " ".into(), what_we_do: "A floor".into() });
    let wrong = log.tries("Clerk", &[], Act::Decision(Recorded { decision: bare.clone() })).unwrap_err();
    assert!(wrong.words.contains("who may lose by it"), "{wrong}");
    // One that was recorded when less was asked stays.
    let mut before = log.state.clone();
    let (at, act) = (Instant(log.at), Act::Decision(Recorded { decision: bare }));
    before.follow(Deed { seq: before.seq + 1, at, who: "Clerk".into(), because: vec![], act });
    assert_eq!(before.decisions.all().len(), 1);
    let act = record(&log);
    log.by("Clerk", act);
    assert_eq!(log.state.matters["money"].stage().0, crate::decision::Stage::Decided);
    log.refused("care", cast("care", on("need", Position::Supports)), Why::Closed, "question");
    let again = log.state.decisions.all()[0].clone().into();
    log.refused("Clerk", Act::Decision(Recorded { decision: again }), Why::Closed, "question");
    let rang =
        |since, rang| Act::Rang(Rang { decision: "money".into(), rule: 0, since: Date(since), rang: Date(rang) });
    log.refused("Catchment", rang(20_020, 20_027), Why::Wrong, "rang"); // that day has not come
    log.at = START + 30 * DAY;
    log.refused("Catchment", rang(20_027, 20_020), Why::Wrong, "rang");
    log.refused("Flow lead", rang(20_020, 20_027), Why::NotAllowed, "who");
    log.by("Catchment", rang(20_020, 20_027));
    log.refused("Catchment", rang(20_020, 20_027), Why::Already, "rule");
    let review = |actual: Vec<Option<f64>>| {
        Act::Review(Reviewed { decision: "money".into(), actual, words: "It fell, and by less".into() })
    };
    log.refused("Board", review(vec![]), Why::Wrong, "actual");
    log.by("Board", review(vec![Some(3.9)]));
    // The bell called for a look before the day; on the day it is due all the same, and both stay to be read.
    assert_eq!(log.state.matters["money"].stage().0, crate::decision::Stage::Decided);
    log.at = START + 90 * DAY;
    log.by("Board", review(vec![Some(3.1)]));
    let matter = &log.state.matters["money"];
    assert_eq!(matter.stage().0, crate::decision::Stage::Reviewed);
    assert_eq!((matter.reviews_before.len(), &matter.review.as_ref().unwrap().is.actual), (1, &vec![Some(3.1)]));
}

#[test]
fn who_may_settle_it_is_held_to_the_scheme() {
    let mut log = Writing::begun();
    log.refused(
        "Clerk",
        Act::Question(Question { body: "other".into(), ..question(None, CONSENT) }),
        Why::NotAllowed,
        "body",
    );
    log.refused(
        "Clerk",
        Act::Question(Question { duty: "roads".into(), ..question(None, CONSENT) }),
        Why::Wrong,
        "duty",
    );
    log.refused("Clerk", Act::Question(Question { closes: START, ..question(None, CONSENT) }), Why::Wrong, "closes");
    let mut ring = scheme();
    let gives = |by: &str, to: &str| crate::scheme::Delegation {
        duty: "home".into(),
        by: by.into(),
        to: to.into(),
        up_to: None,
        from: Date(19_000),
        until: None,
    };
    ring.delegations = vec![gives("board", "other"), gives("other", "board")];
    log.refused("Clerk", Act::Scheme(ring), Why::Wrong, "scheme");
    log.by("Clerk", Act::Question(question(None, CONSENT)));
    log.refused("Clerk", cast("hospital", on("need", Position::Supports)), Why::Closed, "question");
    log.at = START + 2 * DAY;
    log.refused("x", cast("nobody", on("need", Position::Supports)), Why::NotAllowed, "member");
    log.refused("care", cast("care", on("nothing", Position::Supports)), Why::Unknown, "option");
    log.refused("care", cast("care", on("need", Position::Concern { reason: String::new() })), Why::Wrong, "reason");
    log.refused("care", cast("care", Ballot::Order(vec!["need".into()])), Why::Wrong, "ballot");
    let interest = Interest {
        member: "care".into(),
        kind: InterestKind::Financial,
        what: "Its company would be paid".into(),
        handled: Handled::DidNotVote,
    };
    log.by("care", Act::Interest(InterestDeclared { question: "money".into(), interest }));
    log.refused("care", cast("care", on("need", Position::Supports)), Why::NotAllowed, "member");
    log.at = START + 10 * DAY;
    log.refused("gp", cast("gp", on("need", Position::Supports)), Why::Closed, "question");
}

#[test]
fn sealed_votes_say_nothing_before_the_close() {
    let mut log = Writing::begun();
    log.by(
        "Clerk",
        Act::Question(question(Some(Secrecy::Secret), Rule::Majority { quorum: Quorum::HALF, of: Base::Voting })),
    );
    log.at = START + 2 * DAY;
    let sealed = |member: &str| {
        Act::Sealed(SealedBallot { question: "money".into(), member: member.into(), sealed: "ab12".into() })
    };
    log.refused("gp", cast("gp", on("need", Position::Supports)), Why::NotAllowed, "ballot");
    log.by("gp", sealed("gp"));
    log.by("care", sealed("care"));
    let roll = log.state.roll("board", Date(20_002)).unwrap();
    let matter = &log.state.matters["money"];
    assert!(matter.stances().is_empty() && matter.verdict(&roll, "need").is_err());
    assert_eq!(matter.standings(&roll).unwrap().1, ["hospital"]); // who has not voted may be known
    let papers = vec![secret(Position::Supports), secret(Position::CanLiveWith)];
    let open = |voted: &[&str], papers: Vec<OpenedPaper>| {
        let voted = voted.iter().map(|&one| one.into()).collect();
        Act::Opened(Opened { question: "money".into(), voted, papers, spoilt: Vec::new() })
    };
    let all = ["care", "gp"];
    log.refused("Catchment", open(&all, papers.clone()), Why::Closed, "question");
    log.at = START + 10 * DAY;
    log.refused("Flow lead", open(&all, papers.clone()), Why::NotAllowed, "who");
    log.refused("Catchment", open(&["care"], papers[..1].to_vec()), Why::Wrong, "voted");
    let named = papers.iter().map(|paper| OpenedPaper { member: Some("gp".into()), ..paper.clone() }).collect();
    log.refused("Catchment", open(&all, named), Why::Wrong, "papers");
    log.refused("Catchment", open(&all, papers.iter().rev().cloned().collect()), Why::Wrong, "papers");
    log.by("Catchment", open(&all, papers));
    assert!(log.state.matters["money"].verdict(&roll, "need").unwrap().passed("need"));
    log.refused("gp", sealed("gp"), Why::Closed, "question");
}

#[test]
fn a_vote_that_does_not_open_is_said_to_be_spoilt_and_shuts_no_other() {
    let mut log = Writing::begun();
    let rule = Rule::Majority { quorum: Quorum::HALF, of: Base::Voting };
    log.by("Clerk", Act::Question(question(Some(Secrecy::Secret), rule)));
    log.at = START + 2 * DAY;
    for seat in ["care", "gp"] {
        let sealed = SealedBallot { question: "money".into(), member: seat.into(), sealed: "ab12".into() };
        log.by(seat, Act::Sealed(sealed));
    }
    log.at = START + 10 * DAY;
    let open = |spoilt: &[&str], papers: usize| {
        let papers = vec![secret(Position::Supports); papers];
        let [voted, spoilt] = [&["care", "gp"][..], spoilt].map(|all| all.iter().map(|&one| one.into()).collect());
        Act::Opened(Opened { question: "money".into(), voted, papers, spoilt })
    };
    for (spoilt, papers) in [(&[][..], 1), (&["hospital"][..], 1), (&["gp", "gp"][..], 0), (&["gp"][..], 2)] {
        log.refused("Catchment", open(spoilt, papers), Why::Wrong, "voted");
    }
    log.by("Catchment", open(&["gp"], 1));
    let matter = &log.state.matters["money"];
    let roll = log.state.seats(matter, Instant(log.at)).unwrap();
    let Verdict::On(verdict) = matter.verdict(&roll, "need").unwrap() else { panic!("one option") };
    assert_eq!(verdict.all.all(), 1, "it is counted for nobody");
}

fn secret(position: Position) -> OpenedPaper {
    OpenedPaper { perspective: String::new(), ballot: on("need", position), member: None }
}

fn barred(member: &str, handled: Handled) -> Act {
    let what = "Its company would be paid".into();
    let interest = Interest { member: member.into(), kind: InterestKind::Financial, what, handled };
    Act::Interest(InterestDeclared { question: "money".into(), interest })
}

#[test]
fn a_member_who_votes_in_secret_and_then_declares_an_interest_takes_its_own_vote_with_it() {
    let mut log = Writing::begun();
    let rule = Rule::Majority { quorum: Quorum::HALF, of: Base::Voting };
    log.by("Clerk", Act::Question(question(Some(Secrecy::Secret), rule)));
    log.at = START + 2 * DAY;
    for seat in ["hospital", "care", "gp"] {
        log.by(
            seat,
            Act::Sealed(SealedBallot { question: "money".into(), member: seat.into(), sealed: "ab12".into() }),
        );
    }
    log.by("care", barred("care", Handled::DidNotVote));
    assert_eq!(log.state.matters["money"].have_said(), ["gp", "hospital"]);
    log.at = START + 10 * DAY;
    let open = |voted: &[&str], papers: Vec<OpenedPaper>| {
        let voted = voted.iter().map(|&one| one.into()).collect();
        Act::Opened(Opened { question: "money".into(), voted, papers, spoilt: Vec::new() })
    };
    let concern = || secret(Position::Concern { reason: String::new() });
    let mut papers = vec![secret(Position::Supports), concern(), concern()];
    papers.sort();
    log.refused("Catchment", open(&["care", "gp", "hospital"], papers), Why::Wrong, "voted");
    // What the practices and the hospital said is what is counted, though neither paper says whose it is.
    let mut papers = vec![secret(Position::Supports), secret(Position::CanLiveWith)];
    papers.sort();
    log.by("Catchment", open(&["gp", "hospital"], papers));
    let roll = log.state.seats(&log.state.matters["money"], Instant(log.at)).unwrap();
    let Verdict::On(verdict) = log.state.matters["money"].verdict(&roll, "need").unwrap() else { panic!("one option") };
    assert_eq!((verdict.all.agree, verdict.all.pass, verdict.heard.len()), (1, 1, 0));
    assert!(verdict.passed());
    log.refused("gp", barred("gp", Handled::Left), Why::Closed, "handled");
    log.by("gp", barred("gp", Handled::Noted));
}

#[test]
fn a_stance_on_one_wording_is_not_taken_for_another() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..question(None, CONSENT) }));
    log.at = START + 2 * DAY;
    let words = |we_will: &str| Act::Draft(Drafted { draft: Draft { we_will: we_will.into(), ..draft() } });
    let first = log.by("Flow lead", words("spend £2.4m where the wait is longest"));
    let agrees = |member: &str, draft| {
        let ballot = on("need", Position::Supports);
        Act::Ballot(BallotCast { question: "money".into(), member: member.into(), ballot, draft: Some(draft) })
    };
    log.refused("gp", agrees("gp", 99), Why::Unknown, "draft");
    for seat in ["hospital", "care", "gp"] {
        log.by(seat, agrees(seat, first));
    }
    let second = log.by("Flow lead", words("spend £2.4m on beds"));
    let record = |log: &Writing, we_will: &str| {
        let draft = Draft { we_will: we_will.into(), ..draft() };
        Act::Decision(Recorded { decision: log.state.complete(&draft, Instant(log.at)).unwrap() })
    };
    log.at = START + 6 * DAY;
    let wrong = log.tries("Clerk", &[], record(&log, "spend £2.4m on beds")).unwrap_err();
    assert!(wrong.words.contains("of an earlier wording, and not yet of this one: care, gp, hospital"), "{wrong}");
    for seat in ["hospital", "care"] {
        log.by(seat, agrees(seat, second));
    }
    // The close has come: who stood on another wording may still say whether this is theirs.
    log.at = START + 11 * DAY;
    let day = Date(20_011);
    let on_day = |log: &Writing, we_will: &str| {
        let draft = Draft { we_will: we_will.into(), decided: day, ..draft() };
        Act::Decision(Recorded { decision: log.state.complete(&draft, Instant(log.at)).unwrap() })
    };
    let wrong = log.tries("Clerk", &[], on_day(&log, "spend £2.4m on beds")).unwrap_err();
    assert!(wrong.words.contains("not yet of this one: gp"), "{wrong}");
    log.by("gp", agrees("gp", second));
    log.refused("gp", agrees("gp", second), Why::Closed, "question");
    let unseen = on_day(&log, "spend £2.4m on something else");
    log.refused("Clerk", unseen, Why::Wrong, "we_will");
    let seen = on_day(&log, "spend £2.4m on beds");
    log.by("Clerk", seen);
}

#[test]
fn an_objection_to_one_choice_survives_support_for_another() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Question(question(None, CONSENT)));
    log.at = START + 2 * DAY;
    log.by("hospital", cast("hospital", on("need", Position::Supports)));
    log.by("care", cast("care", on("need", Position::Concern { reason: "Coastside loses".into() })));
    log.by("care", cast("care", on("equal", Position::Supports)));
    let roll = log.state.roll("board", Date(20_002)).unwrap();
    let verdict = |log: &Writing, option: &str| match log.state.matters["money"].verdict(&roll, option).unwrap() {
        Verdict::On(verdict) => verdict.to_string(),
        Verdict::Order { .. } => panic!("one option"),
    };
    assert_eq!(verdict(&log, "need"), "not passed: care objects, because Coastside loses");
    // It supports one choice at most, and takes an objection back on the same choice alone.
    log.by("care", cast("care", on("need", Position::Supports)));
    let (standing, _) = log.state.matters["money"].standings(&roll).unwrap();
    assert_eq!((standing["need"].supports.len(), standing["equal"].supports.len()), (2, 0));
    assert_eq!(verdict(&log, "need"), "passed");
    // A line of before says all that its member says.
    let old = BallotCast {
        question: "money".into(),
        member: "care".into(),
        ballot: on("equal", Position::CanLiveWith),
        draft: None,
    };
    log.by("care", Act::Ballot(old));
    assert_eq!(log.state.matters["money"].ballots["care"].len(), 1);
}

#[test]
fn what_nobody_supports_is_not_recorded_by_consent() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..question(None, CONSENT) }));
    log.at = START + 2 * DAY;
    for seat in ["hospital", "care", "gp"] {
        log.by(seat, cast(seat, on("need", Position::CanLiveWith)));
    }
    log.at = START + 6 * DAY;
    let act = Act::Decision(Recorded { decision: log.state.complete(&draft(), Instant(log.at)).unwrap() });
    let wrong = log.tries("Clerk", &[], act).unwrap_err();
    assert!(wrong.words.contains("0 of 3 are for it"), "{wrong}");
}

#[test]
fn a_question_that_cannot_be_settled_as_it_is_put_is_refused() {
    let mut log = Writing::begun();
    let mut refused = |change: &dyn Fn(&mut Question), field: &str| {
        let mut one = question(None, CONSENT);
        change(&mut one);
        log.refused("Clerk", Act::Question(one), Why::Wrong, field);
    };
    refused(&|one| one.rule = Rule::Consent { quorum: Quorum::Members(4) }, "quorum");
    refused(&|one| one.pounds = Some(-1.0), "pounds");
    refused(&|one| one.pounds = Some(f64::NAN), "pounds");
    refused(&|one| one.must_be_heard = ["carers", "staff", "Carers"].map(str::to_owned).to_vec(), "must_be_heard");
    refused(&|one| one.level = Level::Neighbourhood, "level");
    refused(&|one| one.closes = START + 11 * 365 * DAY, "closes");
    refused(&|one| one.rule = Rule::Transferable { quorum: Quorum::HALF, seats: 3 }, "seats");
    let twice = |one: &mut Question| {
        let mut all: Vec<crate::decision::Choice> = one.options.clone().into();
        all[1].title = "go where the Wait is".into();
        one.options = Options::new(all).unwrap();
    };
    refused(&twice, "options");
    let bridging = Rule::Bridging { quorum: Quorum::HALF, share: crate::vote::Share { of: 1, out_of: 2 }, minimum: 1 };
    for rule in [bridging, CONSENT, Rule::Advice] {
        refused(&|one| (one.sealed, one.rule) = (Some(Secrecy::Secret), rule), "sealed");
    }
}

#[test]
fn a_question_is_corrected_or_withdrawn_until_somebody_has_stood() {
    let mut log = Writing::begun();
    let first = log.by("Clerk", Act::Question(question(None, CONSENT)));
    let again =
        |words: &str, parent| Act::Question(Question { question: words.into(), parent, ..question(None, CONSENT) });
    log.refused("Clerk", again("Another of this name?", None), Why::Already, "id");
    log.by("Clerk", again("How should we share the £2.4m?", Some(first)));
    log.refused("Clerk", again("Slower?", Some(first)), Why::Already, "id");
    let newest = log.state.matters["money"].newest();
    assert_eq!(log.state.matters["money"].is.is.question, "How should we share the £2.4m?");
    let withdrawn =
        Question { withdrawn: "The money is not ours".into(), parent: Some(newest), ..question(None, CONSENT) };
    let mut other = Writing { state: log.state.clone(), at: log.at, deeds: Vec::new() };
    other.by("Clerk", Act::Question(withdrawn.clone()));
    other.at = START + 2 * DAY;
    other.refused("gp", cast("gp", on("need", Position::Supports)), Why::Closed, "question");
    log.at = START + 2 * DAY;
    log.by("gp", cast("gp", on("need", Position::Supports)));
    log.refused("Clerk", Act::Question(withdrawn), Why::Closed, "id");
}

#[test]
fn votes_are_counted_with_the_seats_of_the_close_and_a_body_that_merged_goes_on() {
    let mut log = Writing::begun();
    let mut rows = scheme();
    let ends = |rows: &mut Rows| {
        rows.seats.iter_mut().filter(|s| s.id == "hospital").for_each(|s| s.until = Some(Date(20_012)))
    };
    ends(&mut rows);
    log.by("Clerk", Act::Scheme(rows));
    log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..question(None, CONSENT) }));
    log.at = START + 2 * DAY;
    for seat in ["hospital", "care"] {
        log.by(seat, cast(seat, on("need", Position::Supports)));
    }
    // After the close the hospital's seat ends, and the board becomes another one.
    log.at = START + 15 * DAY;
    let mut rows = scheme();
    ends(&mut rows);
    rows.bodies[0].until = Some(Date(20_013));
    rows.bodies[0].became = Some("living-well".into());
    rows.bodies.push(crate::scheme::Body {
        id: "living-well".into(),
        name: "Living Well Board".into(),
        level: Level::Place,
        from: Date(20_013),
        until: None,
        became: None,
    });
    log.by("Clerk", Act::Scheme(rows));
    let matter = &log.state.matters["money"];
    let today = log.state.roll("board", Date(20_015)).unwrap();
    assert_eq!(
        matter.standings(&today).unwrap().0["need"].supports,
        ["care"],
        "a seat that has ended hides nobody else"
    );
    assert_eq!(log.state.seats(matter, Instant(log.at)).unwrap().len(), 3);
    let draft = Draft { decided: Date(20_015), ..draft() };
    let decision = log.state.complete(&draft, Instant(log.at)).unwrap();
    assert_eq!(
        (decision.authority.as_str(), decision.settled.outcome.as_str()),
        ("Living Well Board, who holds the duty", "passed")
    );
    log.by("Clerk", Act::Decision(Recorded { decision }));
}

#[test]
fn a_small_body_does_not_supersede_what_another_decided() {
    let mut log = Writing::begun();
    let mut rows = scheme();
    rows.bodies.push(crate::scheme::Body {
        id: "team".into(),
        name: "Team".into(),
        level: Level::Neighbourhood,
        ..rows.bodies[0].clone()
    });
    rows.seats.push(crate::scheme::Seat { id: "nurse".into(), body: "team".into(), ..rows.seats[0].clone() });
    rows.duties.push(crate::scheme::Duty { id: "classes".into(), held_by: "team".into(), ..rows.duties[0].clone() });
    log.by("Clerk", Act::Scheme(rows));
    let settled = |log: &mut Writing, one: Question, draft: Draft, seats: &[&str]| {
        log.at = START + 2 * DAY;
        let id = one.id.clone();
        log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..one }));
        for seat in seats {
            let ballot = on("need", Position::Supports);
            log.by(
                seat,
                Act::Ballot(BallotCast { question: id.clone(), member: (*seat).into(), ballot, draft: Some(0) }),
            );
        }
        log.at = START + 6 * DAY;
        let decision = log.state.complete(&Draft { id, ..draft }, Instant(log.at)).unwrap();
        log.tries("Clerk", &[], Act::Decision(Recorded { decision }))
    };
    settled(&mut log, question(None, CONSENT), draft(), &["hospital", "care", "gp"]).unwrap();
    let small = Question {
        id: "small".into(),
        body: "team".into(),
        duty: "classes".into(),
        level: Level::Neighbourhood,
        ..question(None, CONSENT)
    };
    let over = Draft { supersedes: Some("money".into()), ..draft() };
    let wrong = settled(&mut log, small, over.clone(), &["nurse"]).unwrap_err();
    assert_eq!((wrong.why, wrong.field), (Why::NotAllowed, "supersedes"));
    let own = Question { id: "more-money".into(), ..question(None, CONSENT) };
    settled(&mut log, own, over, &["hospital", "care", "gp"]).unwrap();
}

#[test]
fn several_winners_all_stand_in_the_record_and_effects_that_change_late_are_marked() {
    let mut log = Writing::begun();
    let rule = Rule::Transferable { quorum: Quorum::HALF, seats: 2 };
    log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..question(None, rule) }));
    log.at = START + 2 * DAY;
    for (seat, order) in [("hospital", ["need", "equal"]), ("care", ["need", "equal"]), ("gp", ["equal", "need"])] {
        log.by(seat, cast(seat, Ballot::Order(order.map(str::to_owned).to_vec())));
    }
    let effects = [(
        "need".to_owned(),
        vec![crate::decision::Effect {
            measure: "wait".into(),
            whom: crate::decision::Whom::All,
            expected: -1.0,
            range: [-2.0, 0.0],
            better: crate::decision::Better::Lower,
            evidence: "/simulate".into(),
        }],
    )];
    log.by("Analyst", Act::Choices(Choices { question: "money".into(), effects: effects.into(), add: None }));
    assert_eq!(log.state.matters["money"].changed.keys().collect::<Vec<_>>(), ["need"]);
    log.at = START + 6 * DAY;
    let decision = log.state.complete(&draft(), Instant(log.at)).unwrap();
    assert_eq!(
        (decision.also.as_slice(), decision.settled.outcome.as_str()),
        (&["equal".to_owned()][..], "chosen: need, equal")
    );
    log.by("Clerk", Act::Decision(Recorded { decision }));
}

#[test]
fn whoever_words_a_question_cannot_choose_the_lot() {
    // Two are level; which one the lot takes depends on the votes, not on the id alone.
    let drawn: std::collections::BTreeSet<String> = (0..8)
        .map(|more| {
            let mut log = Writing::begun();
            log.by("Clerk", Act::Question(question(None, Rule::Schulze { quorum: Quorum::HALF })));
            log.at = START + 2 * DAY;
            let mut vote = |seat: &str, order: &[&str]| {
                log.by(seat, cast(seat, Ballot::Order(order.iter().map(|&id| id.into()).collect())));
            };
            vote("gp", &["need", "equal", "change-nothing"][..2 + more % 2]);
            vote("care", &["equal", "need", "change-nothing"][..2 + more / 2 % 2]);
            if more > 3 {
                vote("hospital", &["change-nothing"]);
            }
            let roll = log.state.roll("board", Date(20_002)).unwrap();
            match log.state.matters["money"].verdict(&roll, "need").unwrap() {
                Verdict::Order { chosen, options, elected } => {
                    assert_eq!((options.len(), elected.lot.len()), (3, 3));
                    format!("{chosen:?} {:?}", elected.lot)
                }
                Verdict::On(_) => panic!("in order"),
            }
        })
        .collect();
    assert!(drawn.len() > 1, "{drawn:?}");
}

#[test]
fn an_objection_is_answered_and_a_part_of_the_record_is_left_out_of_what_is_published() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Question(Question { must_be_heard: vec![], ..question(None, CONSENT) }));
    log.at = START + 2 * DAY;
    let answer = |member: &str, answer| {
        let voice = Voice {
            perspective: "social care".into(),
            said: "Coastside loses".into(),
            answer,
            member: Some(member.into()),
        };
        Act::Voice(VoiceHeard { question: "money".into(), voice })
    };
    log.refused("Clerk", answer("care", Answer::Adopted), Why::Unknown, "member");
    log.by("care", cast("care", on("need", Position::Concern { reason: "Coastside loses".into() })));
    log.refused("Clerk", answer("care", Answer::NoView), Why::Wrong, "answer");
    log.by("Clerk", answer("care", Answer::Adapted("A floor for Coastside".into())));
    let plain =
        Voice { perspective: "social care".into(), said: "Ask us".into(), answer: Answer::Adopted, member: None };
    log.by("Clerk", Act::Voice(VoiceHeard { question: "money".into(), voice: plain }));
    assert_eq!(
        log.state.matters["money"].voices().len(),
        2,
        "an answer to a seat does not hide what its perspective said"
    );
    log.by("care", cast("care", on("need", Position::CanLiveWith)));
    for seat in ["hospital", "gp"] {
        log.by(seat, cast(seat, on("need", Position::Supports)));
    }
    log.at = START + 6 * DAY;
    let decision = log.state.complete(&draft(), Instant(log.at)).unwrap();
    log.by("Clerk", Act::Decision(Recorded { decision }));
    let leave = |field: &str, reason: &str| {
        Act::Redaction(Redacted { decision: "money".into(), field: field.into(), reason: reason.into() })
    };
    log.refused("Clerk", leave("we_will", "secret"), Why::Unknown, "field");
    log.refused("Clerk", leave("heard/social care", ""), Why::Wrong, "reason");
    log.by("Clerk", leave("heard/social care", "It names a supplier"));
    let public = log.state.decisions.get("money").unwrap().public(&log.state.matters["money"].redacted);
    assert!(public.heard.iter().all(|voice| voice.said == "not published: It names a supplier"));
}

#[test]
fn options_in_order_are_counted_by_schulze() {
    let mut log = Writing::begun();
    log.by("Clerk", Act::Question(question(None, Rule::Schulze { quorum: Quorum::HALF })));
    log.at = START + 2 * DAY;
    let order = |ids: &[&str]| Ballot::Order(ids.iter().map(|&id| id.into()).collect());
    log.refused("gp", cast("gp", on("need", Position::Supports)), Why::Wrong, "ballot");
    log.refused("gp", cast("gp", order(&["need", "need"])), Why::Wrong, "order");
    log.by("gp", cast("gp", order(&["equal", "need"])));
    log.by("care", cast("care", order(&["need", "equal"])));
    log.by("hospital", cast("hospital", order(&["need"])));
    let roll = log.state.roll("board", Date(20_002)).unwrap();
    let verdict = log.state.matters["money"].verdict(&roll, "need").unwrap();
    assert!(verdict.passed("need") && !verdict.passed("equal") && !verdict.passed("change-nothing"));
}

#[test]
fn a_plan_goes_on_from_its_newest_version() {
    let mut log = Writing::new();
    let plan = |title: &str| Plan {
        id: "home-first".into(),
        title: title.into(),
        aim: String::new(),
        owner: String::new(),
        start: Date(20_000),
        goal: None,
        roles: vec![Role { id: "lead".into(), name: "Lead".into(), fte: 1.0 }],
        steps: vec![Step {
            id: "rota".into(),
            title: "Agree the rota".into(),
            owner: "lead".into(),
            class: String::new(),
            days: 7.0,
            after: vec![],
            effort: vec![],
            not_before: None,
            due: None,
            state: Progress::ToDo,
            early_win: false,
            drivers: vec![],
        }],
        rocks: vec![],
        pools: vec![],
        savings: vec![],
    };
    let agree =
        |title: &str, parent| Act::Plan(PlanAgreed { plan: plan(title), measure: None, parent, review_on: None });
    log.refused("Lead", agree("Home first", Some(7)), Why::Already, "parent");
    let first = log.by("Lead", agree("Home first", None));
    log.refused("Lead", agree("Home first, too", None), Why::Already, "parent");
    let progress = |state| Act::Progress(StepProgress { plan: "home-first".into(), step: "rota".into(), state });
    log.refused("Lead", progress(Progress::Done(Date(19_999))), Why::Wrong, "on");
    log.refused("Lead", progress(Progress::Done(Date(20_001))), Why::Wrong, "on");
    log.at += 3 * DAY;
    log.by("Lead", progress(Progress::Done(Date(20_001))));
    let rock = Rock {
        id: "data".into(),
        title: "No agreement to share data".into(),
        blocks: vec!["rota".into()],
        who_can_move_it: "Data protection officer".into(),
        raised: Date(20_001),
        cleared: None,
    };
    log.by("Porter", Act::Rock(RockRaised { plan: "home-first".into(), rock: rock.clone() }));
    log.refused("Porter", Act::Rock(RockRaised { plan: "home-first".into(), rock }), Why::Already, "id");
    let clear = |on| {
        let (plan, rock, how) = ("home-first".into(), "data".into(), "Signed".into());
        Act::Cleared(RockCleared { plan, rock, on, how })
    };
    log.refused("Officer", clear(Date(20_000)), Why::Wrong, "on");
    log.by("Officer", clear(Date(20_003)));
    log.refused("Officer", clear(Date(20_003)), Why::Already, "rock");
    let now = &log.state.plans["home-first"].now;
    assert_eq!((now.steps[0].state, now.rocks[0].age_days(Date(20_009))), (Progress::Done(Date(20_001)), 2));
    let began = log.by("Lead", agree("Home first, again", Some(first)));
    // The text knows nothing of what has happened since it was opened; that stays.
    let plan = &log.state.plans["home-first"];
    assert_eq!((plan.now.title.as_str(), plan.now.steps[0].state), ("Home first, again", Progress::Done(Date(20_001))));
    assert_eq!((plan.now.rocks.len(), plan.now.rocks[0].cleared), (1, Some(Date(20_003))));
    // A text that tells it otherwise is not believed of what is known; a rock blocks no step that is gone.
    let mut other = plan.now.clone();
    (other.steps[0].id, other.rocks[0].cleared, other.rocks[0].title) = ("rotas".into(), None, "Another".into());
    other.rocks[0].blocks = vec!["rotas".into()];
    let next = PlanAgreed { plan: other, measure: None, parent: Some(began), review_on: None };
    log.by("Lead", Act::Plan(next));
    let rock = &log.state.plans["home-first"].now.rocks[0];
    assert_eq!(
        (rock.title.as_str(), rock.cleared, rock.blocks.len()),
        ("No agreement to share data", Some(Date(20_003)), 0)
    );
}

fn money_plan() -> Plan {
    toml::from_str(
        r#"
        id = "p"
        title = "P"
        start = 2024-10-04
        [[role]]
        id = "lead"
        name = "Lead"
        fte = 1
        [[step]]
        id = "a"
        title = "A"
        owner = "lead"
        class = "people"
        days = 10
        due = 2024-10-20
        [[saving]]
        id = "s"
        title = "S"
        step = "a"
        class = "beds"
        promised = 1000
        again = "recurrent"
        gives = "cash"
        banked_by = "hospital"
        [[saving]]
        id = "s-again"
        title = "S"
        step = "a"
        promised = 1000
        again = "recurrent"
        gives = "cash"
        banked_by = "council"
        same_as = "s"
    "#,
    )
    .unwrap()
}

#[test]
fn the_record_of_a_step_is_its_own_days_and_a_new_version_cannot_wipe_it() {
    let mut log = Writing::new();
    log.at = START;
    let agree =
        |plan: &Plan, parent| Act::Plan(PlanAgreed { plan: plan.clone(), measure: None, parent, review_on: None });
    let mut plan = money_plan();
    plan.start = Date(19_900);
    let first = log.by("Lead", agree(&plan, None));
    let progress = |state| Act::Progress(StepProgress { plan: "p".into(), step: "a".into(), state });
    log.by("Lead", progress(Progress::Started(Date(19_985))));
    let times = |log: &Writing| log.state.plans["p"].times(Date(20_000));
    let past = |delivered: f64, open| crate::plan::Past { class: "people".into(), promised: 10.0, delivered, open };
    assert_eq!(times(&log), [past(15.0, true)], "it is over its days, and is not done");
    log.by("Lead", progress(Progress::Done(Date(19_997))));
    // Promised from day 19,900 on, begun on the 85th, done after twelve: twelve for ten, not 97 for anything.
    assert_eq!(times(&log), [past(12.0, false)]);
    (plan.steps[0].days, plan.steps[0].due) = (12.0, Some(Date(19_997)));
    let next = log.by("Lead", agree(&plan, Some(first)));
    assert_eq!(times(&log), [past(12.0, false)]);
    assert_eq!(log.state.plans["p"].first_due("a"), Date::from_ymd(2024, 10, 20));
    // Taken out, and put in again as if it were new.
    plan.steps[0].id = "b".into();
    plan.savings.iter_mut().for_each(|saving| saving.step = "b".into());
    let next = log.by("Lead", agree(&plan, Some(next)));
    plan.steps[0].id = "a".into();
    plan.savings.iter_mut().for_each(|saving| saving.step = "a".into());
    log.by("Lead", agree(&plan, Some(next)));
    assert_eq!(times(&log), [past(12.0, false)]);
}

#[test]
fn money_that_came_is_said_once_for_each_saving_and_judges_the_next_promise() {
    let mut log = Writing::new();
    log.at = START + 30 * DAY;
    let plan = money_plan();
    let first =
        log.by("Lead", Act::Plan(PlanAgreed { plan: plan.clone(), measure: None, parent: None, review_on: None }));
    let came = |saving: &str, pounds: f64, on: i32| {
        let (plan, saving, evidence) = ("p".into(), saving.into(), "The ward budget of month 3".into());
        Act::Delivered(Delivered { plan, saving, pounds, on: Date(on), evidence })
    };
    log.refused("Lead", came("x", 1.0, 20_020), Why::Unknown, "saving");
    log.refused("Lead", came("s-again", 1.0, 20_020), Why::Wrong, "saving");
    log.refused("Lead", came("s", -1.0, 20_020), Why::Wrong, "pounds");
    log.refused("Lead", came("s", 1.0, 19_000), Why::Wrong, "on");
    log.refused("Lead", came("s", 1.0, 20_031), Why::Wrong, "on");
    log.by("Finance", came("s", 400.0, 20_010));
    log.by("Finance", came("s", 590.0, 20_020));
    let next =
        Plan { savings: plan.savings.iter().cloned().map(|one| Saving { promised: 600.0, ..one }).collect(), ..plan };
    log.by("Lead", Act::Plan(PlanAgreed { plan: next, measure: None, parent: Some(first), review_on: None }));
    let agreed = &log.state.plans["p"];
    let past = crate::plan::Past { class: "beds".into(), promised: 1000.0, delivered: 590.0, open: false };
    assert_eq!(agreed.money(), [past], "over what was first promised");
    assert_eq!(agreed.now.savings[0].delivered.map(|banked| banked.pounds), Some(590.0));
    assert!(!toml::to_string(&agreed.now.promised()).unwrap().contains("delivered"));
}

#[test]
fn a_rock_is_not_cleared_before_its_day_has_come_and_can_be_cleared_then() {
    let mut log = Writing::new();
    log.at = START + 30 * DAY;
    let mut plan = money_plan();
    let rock = Rock {
        id: "r".into(),
        title: "R".into(),
        blocks: vec![],
        who_can_move_it: "Lead".into(),
        raised: Date(20_020),
        cleared: Some(Date(20_040)), // as an older log may have it
    };
    plan.rocks.push(rock.clone());
    log.by("Lead", Act::Plan(PlanAgreed { plan, measure: None, parent: None, review_on: None }));
    let clear =
        |on| Act::Cleared(RockCleared { plan: "p".into(), rock: "r".into(), on: Date(on), how: "Moved".into() });
    log.refused("Lead", clear(20_031), Why::Wrong, "on");
    log.by("Lead", clear(20_025));
    log.refused("Lead", clear(20_026), Why::Already, "rock");
    let raised = Rock { id: "q".into(), raised: Date(20_031), cleared: None, ..rock };
    log.refused("Lead", Act::Rock(RockRaised { plan: "p".into(), rock: raised }), Why::Wrong, "raised");
}

#[test]
fn a_cause_must_be_there() {
    let mut log = Writing::begun();
    let line = || Act::Line(Line { id: "a".into(), text: "A".into(), ..Line::default() });
    for nothing in ["statement/99", "statement/x", "line/b", "plan/p", "rock/p/r", "nonsense", "", "decision/"] {
        assert_eq!(log.tries("Clerk", &[nothing], line()).unwrap_err().field, "because", "{nothing}");
    }
    log.tries("Clerk", &["/measures/wait?week=2025-11-10", "conversation/home"], line()).unwrap();
}

fn acts() -> impl Strategy<Value = (u8, u64, i8, bool, i64)> {
    (0..9_u8, 0..30_u64, -1..=1_i8, any::<bool>(), 0..20 * DAY)
}

proptest! {
    #[test]
    fn a_log_read_again_from_its_json_adds_up_to_the_same(steps in proptest::collection::vec(acts(), 0..60)) {
        let mut log = Writing::begun();
        log.by("Clerk", Act::Question(question(None, CONSENT)));
        for (what, which, choice, one, later) in steps {
            let who = if one { ANNA } else { BEN };
            log.at = log.at.max(START + later / 4);
            let seat = ["hospital", "care", "gp"][which as usize % 3];
            let act = match what {
                0 | 1 => statement(&format!("statement {which}"), if one { "public" } else { "staff" }),
                2 => Act::Moderation(Moderation { statement: which, ruling: if one { Ruling::In } else { Ruling::Out("no".into()) } }),
                3 | 4 => vote(which, choice, if one { "public" } else { "" }),
                5 => cast(seat, on("need", if one { Position::Supports } else { Position::Concern { reason: "why".into() } })),
                6 => Act::Line(Line { id: format!("l{}", which % 4), text: format!("text {choice}"), ..Line::default() }),
                7 => Act::Appeal(Appeal { statement: which, words: "again".into() }),
                _ => Act::Answer(Answered { statement: which, answer: Answer::Declined("no money".into()) }),
            };
            let _ = log.tries(who, &[], act);
        }
        let again: Vec<Deed> = log.deeds.iter().map(|deed| {
            let text = serde_json::to_string(&deed.act).unwrap();
            Deed { act: serde_json::from_str(&text).unwrap(), ..deed.clone() }
        }).collect();
        let state = State::of(again);
        prop_assert!(state.refused.is_empty());
        prop_assert_eq!(&state, &log.state);
        // Air adds up, whoever spoke.
        for talk in state.talks.values() {
            let air = talk.air(Instant(log.at));
            prop_assert_eq!(air.iter().map(|one| one.statements).sum::<u64>(), talk.statements.values().filter(|said| said.is_in()).count() as u64);
        }
    }
}
