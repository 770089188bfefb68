//! Where Rivermead talks, decides and acts: a question with its choices, a conversation, a decision reviewed, the story, air time,
//! plans, rocks, money and trust.

use super::pages::{base, link, number, panel};
use show::*;

/// A page by name.
pub fn page(name: &str) -> Option<View> {
    Some(match name {
        "decide" => decide(),
        "question" => question(),
        "conversation" => conversation(),
        "decision" => decision(),
        "story" => story(),
        "plans" => plans_page(),
        "plan" => plan(),
        "trust" => trust(),
        _ => return None,
    })
}

fn plain_page(address: &str, over: &str, title: &str, panels: Vec<Panel>) -> View {
    View { choices: vec![], panels, ..base(address, over, title) }
}

fn of(value: f64, unit: &str, id: &str) -> Figure {
    number(value, unit, id, "From 1,000 winters with the same random numbers for each choice.")
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|s| (*s).to_owned()).collect()
}

fn option(letter: &str, title: &str, detail: &str) -> Alternative {
    Alternative { letter: letter.into(), title: title.into(), detail: detail.into(), ..Alternative::default() }
}

pub fn choices() -> Choices {
    let names = ["Rivermead", "Eastbrook", "Dunmoor", "Holt Valley", "Coastside"];
    let tried = |row: Alternative,
                 effect: (f64, f64, f64),
                 worse: f64,
                 places: [f64; 5],
                 poorest: f64,
                 support: u64| {
        let id = if row.letter.is_empty() { "nothing".to_owned() } else { row.letter.to_lowercase() };
        let change = |v: f64, i: usize| of(v, "days", &format!("run-{id}-{i}"));
        Alternative {
            effect: Some(of(effect.0, "bed days", &format!("run-{id}")).within(Some((effect.1, effect.2)))),
            worse: Some(of(worse, "", &format!("run-{id}-worse"))),
            places: names.iter().zip(places).enumerate().map(|(i, (n, v))| ((*n).to_owned(), change(v, i))).collect(),
            poorest: Some(of(poorest, "", &format!("run-{id}-poorest"))),
            poorest_words: format!("gain {poorest} times as much"),
            support: Some(support),
            href: Some(format!("/runs/{id}")),
            ..row
        }
    };
    let a = option("A", "Share by population", "Each place gets the same for each person");
    let b = option("B", "Go where the wait is", "Money follows days waiting, monthly");
    let c = option("C", "Buy care home beds", "40 beds, open to every place");
    let nothing = option("", "Change nothing", "What happens if we do not decide");
    let mut b = tried(b, (188.0, 120.0, 255.0), 21.0, [-1.3, -1.7, -1.1, -0.3, 0.2], 1.24, 6);
    b.chosen = true;
    b.gains = strings(&["Eastbrook", "Rivermead", "the poorest fifth"]);
    b.loses = strings(&["Coastside"]);
    Choices {
        id: "choices".into(),
        title: String::new(),
        definition: "Whole-system simulation, 1,000 winters for each choice with the same random numbers.".into(),
        effect: ("Bed days freed a week".into(), "middle and 90% range".into()),
        better: Better::Higher,
        worse: ("Worse winter than last".into(), "in 100 winters".into()),
        places: ("Days waiting to go home, by place".into(), "change from today".into()),
        places_better: Better::Lower,
        poorest: ("Poorest fifth".into(), "share for each person, 1 is equal".into()),
        rows: vec![
            tried(nothing, (0.0, -70.0, 40.0), 57.0, [0.3, 0.4, 0.2, 0.1, 0.2], 1.0, 0),
            tried(a, (96.0, 35.0, 150.0), 38.0, [-0.5, -0.4, -0.5, -0.6, -0.5], 1.0, 3),
            b,
            tried(c, (121.0, 70.0, 180.0), 29.0, [-0.9, -0.6, -0.7, -0.2, -0.3], 0.91, 1),
            option("D", "Pay carers more", "A pound an hour, from April"),
        ],
    }
}

fn said(text: &str, by: &str, splits: &[[u32; 3]], note: &str) -> Quote {
    let split = |(i, of_100): (usize, &[u32; 3])| Split {
        group: format!("Group {}", i + 1),
        of_100: Some(*of_100),
        voted: 20 + i as u64 * 5,
    };
    Quote {
        text: text.into(),
        by: by.into(),
        splits: splits.iter().enumerate().map(split).collect(),
        note: note.into(),
        href: None,
        translations: vec![],
        lang: String::new(),
    }
}

pub fn ground() -> Ground {
    let mut hidden =
        said("Carers should be asked before a discharge date is set.", "Carer, Dunmoor", &[[88, 8, 4]], "");
    hidden.splits.push(Split { group: "Group 2".into(), of_100: None, voted: 0 });
    Ground {
        id: "ground".into(),
        people: 46,
        statements: 31,
        votes: 1104,
        firm: "The groups are fairly firm: four in five people stay in theirs when a fifth of all leave.".into(),
        not_yet: None,
        parts: vec![
            (
                "Common ground, across both groups".into(),
                vec![
                    said(
                        "No one should wait in hospital because two of us cannot agree who pays.",
                        "Social worker, Dunmoor",
                        &[[92, 6, 2], [88, 8, 4]],
                        "",
                    ),
                    said(
                        "Money should move each month, not each year.",
                        "Ward sister, Eastbrook",
                        &[[83, 12, 5], [78, 10, 12]],
                        "",
                    ),
                    hidden,
                ],
            ),
            (
                "Where we differ".into(),
                vec![
                    said(
                        "Places that did the work early should not lose money for it.",
                        "Service manager, Coastside",
                        &[[30, 23, 47], [81, 12, 7]],
                        "",
                    ),
                    said(
                        "Care home beds are quicker to get than home care staff.",
                        "Care home owner, Holt Valley",
                        &[[27, 25, 48], [60, 20, 20]],
                        "",
                    ),
                ],
            ),
        ],
    }
}

fn stand(member: &str, position: Position, note: &str) -> Stand {
    Stand { member: member.into(), position, note: note.into(), href: None }
}

pub fn stands(sealed: bool) -> Stands {
    let b = || "B".to_owned();
    Stands {
        id: "stands".into(),
        members: vec![
            stand("Rivermead General Hospital", Position::Supports(b()), ""),
            stand("Adult social care", Position::Supports(b()), "If money can move each month"),
            stand("Community Health", Position::Supports(b()), ""),
            stand("Eastbrook District Hospital", Position::CanLiveWith(b()), "Wants two more therapists first"),
            stand("Dunmoor practices", Position::Supports(b()), ""),
            stand("Coastside practices", Position::Concern(b()), "Loses by 0.2 days; did Home First early"),
            stand("Care homes alliance", Position::Prefers("C".into()), ""),
            stand("Mind and Wellbeing", Position::Silent, ""),
            stand("Voluntary sector alliance", Position::Silent, ""),
            stand("Rivermead Ambulance", Position::Apart("No vote on this".into()), ""),
            stand("Holt Valley practices", Position::Supports(b()), ""),
            stand("Rivermead Council", Position::Supports(b()), ""),
            stand("Healthwatch", Position::CanLiveWith(b()), ""),
        ],
        sealed: sealed.then(|| "Thursday 20 November at 17:00".to_owned()),
        note: "8 make a quorum.".into(),
    }
}

fn stance_form(wrong: bool) -> Form {
    let option = |v: &str, w: &str| (v.to_owned(), w.to_owned());
    Form {
        id: "stance".into(),
        send_to: "/decide/share-2-4m/stance".into(),
        post: true,
        kept: vec![("token".into(), "once-7f3a".into())],
        fields: vec![
            Field {
                name: "position".into(),
                label: "Where do you stand on B?".into(),
                entry: Entry::Radios,
                options: vec![
                    option("supports", "I support it"),
                    option("can-live", "I can live with it"),
                    option("concern", "I have a concern"),
                ],
                value: "concern".into(),
                required: true,
                ..Field::default()
            },
            Field {
                name: "reason".into(),
                label: "Why, or what would help?".into(),
                hint: "A concern needs a reason. Every member sees it.".into(),
                entry: Entry::Long,
                most: 280,
                ..Field::default()
            },
            Field {
                name: "public".into(),
                label: "The public may read it too".into(),
                entry: Entry::Ticks,
                value: "yes".into(),
                ..Field::default()
            },
            Field {
                name: "until".into(),
                label: "Look again on".into(),
                entry: Entry::Day,
                value: "2026-01-12".into(),
                ..Field::default()
            },
        ],
        button: "Say where I stand".into(),
        note: "You can change it until the question closes.".into(),
        wrong: wrong.then(|| ("reason".to_owned(), "Say why you have a concern".to_owned())),
        ..Form::default()
    }
}

fn acts() -> Vec<Act> {
    let agree = Form {
        id: "agree".into(),
        send_to: "/decide/share-2-4m/agree".into(),
        post: true,
        button: "Agree this wording".into(),
        ..Form::default()
    };
    let act = |title: &str, form: Form| Act { title: title.into(), form, ..Act::default() };
    let change = Form {
        id: "change".into(),
        send_to: "/decide/share-2-4m/change".into(),
        post: true,
        fields: vec![Field {
            name: "words".into(),
            label: "What should it say instead?".into(),
            entry: Entry::Long,
            most: 1000,
            required: true,
            ..Field::default()
        }],
        button: "Suggest this".into(),
        ..Form::default()
    };
    vec![
        Act { main: true, ..act("Agree this wording", agree) },
        act("I can live with it, or have a concern", stance_form(false)),
        act("Suggest a change", change),
    ]
}

pub fn wording(recorded: bool) -> Wording {
    let mut wording = Wording {
        id: "wording".into(),
        note: if recorded {
            "Recorded on 20 November 2025. Nothing can change it."
        } else {
            "Draft 3, by the flow lead. Nothing is decided until members agree this wording."
        }
        .into(),
        recorded,
        links: vec![],
        earlier: vec![],
        clauses: vec![
            Clause::new(
                "We will",
                [
                    "spend £2.4m where the wait to go home is longest, reviewed each month, with two therapists for Eastbrook first.",
                ],
            ),
            Clause::new(
                "We expect",
                [
                    "188 bed days freed a week by 12 January, most likely between 120 and 255.",
                    "Middle wait for home care below 3.5 days.",
                ],
            ),
            Clause::new(
                "We will stop or change if",
                ["the wait has not moved below 4.4 days after six weeks, or Coastside rises above 5."],
            ),
            Clause::new(
                "Who and when",
                ["Head of home care, adult social care. Starts 1 December. Reviewed 12 January."],
            ),
        ],
        more: vec![
            Clause::new(
                "Level, and why not lower",
                ["System: money has to cross two budgets, and no place holds both."],
            ),
            Clause::new(
                "By what right",
                ["Urgent Care Board, scheme of delegation line 14: up to £3m between partners."],
            ),
            Clause::new(
                "How it is settled",
                ["Consent: no reasoned objection of harm is left. Chosen because partners must live with it."],
            ),
            Clause::new(
                "Equality",
                ["People in Coastside may wait longer. We look at them each week, and hold £0.1m back for them."],
            ),
            Clause::new("Interests declared", ["Care homes alliance: financial. Spoke, and did not vote."]),
            Clause::new("Because of", Vec::<String>::new()),
        ],
        not_heard: strings(&["People who care for someone at home", "Night staff"]),
        could_not_wait: String::new(),
        missing: strings(&[
            "what people who care for someone said, or that they have no view",
            "an owner for the money",
        ]),
        acts: acts(),
    };
    wording.more[5].links = vec![
        Link::new("“No one should wait because two of us cannot agree who pays”", "/say/12"),
        Link::new("the run of 3 November", "/runs/b"),
    ];
    if recorded {
        wording.acts.clear();
        wording.missing.clear();
        wording.could_not_wait = "Winter had begun; they are heard on 4 December, before money moves.".into();
        wording.links =
            vec![Link::new("Superseded by “Share £2.4m, with a floor for Coastside”", "/decisions/share-2")];
    }
    wording
}

fn stages(at: usize, waits: &[&str]) -> Picture {
    Picture::Stages(Stages {
        names: strings(&Stages::QUESTION),
        at,
        waits_for: strings(waits),
        skipped: Vec::new(),
        links: Vec::new(),
    })
}

fn decide() -> View {
    let card = |kind: &str, title: &str, stage: &str, when: &str, wants: &str, note: &str| Card {
        kind: kind.into(),
        link: Link::new(title, format!("/decide/{}", escape(title))),
        stage: stage.into(),
        when: when.into(),
        wants: wants.into(),
        note: note.into(),
    };
    let cards = vec![
        card(
            "Question",
            "How should we share £2.4m to help people leave hospital?",
            "Weighing",
            "closes Thursday 20 November at 17:00",
            "Say where you stand",
            "10 of 12 organisations have said where they stand.",
        ),
        card(
            "Conversation",
            "What would make going home from hospital feel safe?",
            "Open",
            "closes 5 December",
            "Your votes are wanted",
            "46 people, 31 statements, 1,104 votes.",
        ),
        card(
            "Decision",
            "Urgent community response takes falls straight from 999",
            "Its stop rule rang",
            "review 12 January",
            "",
            "Live in 5 of 8 places.",
        ),
        card("Decision", "Home First in Eastbrook", "Reviewed", "", "", "11% fewer days waiting (6% to 16%)."),
    ];
    plain_page(
        "/decide",
        "Decide",
        "One question needs you this week",
        vec![
            link(
                panel("open", "What is open", "", Width::Wide, vec![Picture::Board(cards)]),
                "Ask a question",
                "/decide/new",
            ),
            panel("empty", "Waiting for you", "", Width::Narrow, vec![Picture::Board(vec![])]),
        ],
    )
}

fn question() -> View {
    let mut view = plain_page(
        "/decide/share-2-4m",
        "Asked by the Urgent Care Board. Closes Thursday 20 November at 17:00",
        "How should we share £2.4m to help people leave hospital?",
        vec![
            panel(
                "stages",
                "Where this question is",
                "",
                Width::Whole,
                vec![stages(3, &["all members to say where they stand", "a wording that names its owner"])],
            ),
            link(
                panel(
                    "choices",
                    "What each choice would do",
                    "Whole-system simulation, 1,000 winters for each choice with the same random numbers.",
                    Width::Whole,
                    vec![Picture::Choices(Box::new(choices()))],
                ),
                "Change the assumptions",
                "/simulate",
            ),
            link(
                panel(
                    "ground",
                    "What we agree on, and where we differ",
                    "",
                    Width::Wide,
                    vec![Picture::Ground(ground())],
                ),
                "Add a statement",
                "/say/new",
            ),
            panel("stands", "Where members stand", "", Width::Narrow, vec![Picture::Stands(stands(false))]),
            panel(
                "wording",
                "The decision, as it would be recorded",
                "",
                Width::Whole,
                vec![Picture::Wording(Box::new(wording(false)))],
            ),
            panel("air", "Who has been heard", "", Width::Whole, vec![Picture::Shares(shares())]),
        ],
    );
    view.lede = String::new();
    view
}

pub fn shares() -> Shares {
    let voice = |name: &str, fair: f64, shares: [Option<f64>; 4]| Voice {
        name: name.into(),
        fair,
        shares: shares.into(),
        must: true,
        few: false,
        href: None,
    };
    Shares {
        id: "air".into(),
        title: String::new(),
        definition: "Shares of what was said, voted on, brought as evidence and talked about in meetings. A fair share is that of the people who are touched.".into(),
        kinds: strings(&["statements", "votes", "evidence", "minutes"]),
        voices: vec![
            voice("Hospitals", 25.0, [Some(41.0), Some(36.0), Some(52.0), Some(55.0)]),
            voice("Social care", 25.0, [Some(18.0), Some(22.0), Some(10.0), Some(8.0)]),
            voice("General practice", 20.0, [Some(14.0), Some(17.0), Some(20.0), Some(16.0)]),
            voice("Mental health", 10.0, [Some(7.0), Some(5.0), Some(8.0), Some(3.0)]),
            voice("Patients and the public", 15.0, [Some(20.0), Some(20.0), Some(10.0), Some(18.0)]),
            voice("People who care for someone", 5.0, [Some(0.0), None, Some(0.0), Some(0.0)]),
        ],
    }
}

pub fn vote(wrong: bool) -> Vote {
    Vote {
        id: "vote".into(),
        quote: Quote {
            text: "لا ينبغي لأحد أن ينتظر في المستشفى بسبب المال.".into(),
            lang: "ar".into(),
            by: "Written by a participant".into(),
            translations: vec![show::Translated {
                language: "English".into(),
                lang: "en".into(),
                text: "Nobody should wait in hospital because of money.".into(),
            }],
            ..Quote::default()
        },
        at: (4, 12),
        send_to: "/say/leaving-hospital/vote".into(),
        kept: vec![("statement".into(), "17".into()), ("token".into(), "once-1".into())],
        wrong: wrong.then(|| "You have voted on this statement already. Here is the next one.".to_owned()),
        note: "Nobody sees how you voted. “Pass” is an answer too.".into(),
    }
}

pub fn answers() -> Answers {
    let row = |text: &str, by: &str, outcome, words: &str, links: Vec<Link>| Answer {
        quote: said(text, by, &[], ""),
        outcome,
        words: words.into(),
        links,
    };
    Answers {
        id: "answers".into(),
        title: "31 of 34 statements are answered, half of them within 9 days".into(),
        rows: vec![
            row(
                "Money should move each month, not each year.",
                "Ward sister, Eastbrook",
                Outcome::Adopted,
                "Money now moves on the first Monday of each month.",
                vec![Link::new("Share £2.4m, draft 3", "/decide/share-2-4m")],
            ),
            row(
                "Ask carers before a date is set.",
                "Carer, Dunmoor",
                Outcome::Adapted,
                "Carers are called on the day before, since dates are set at night.",
                vec![Link::new("Home by noon, step 4", "/plans/home-by-noon")],
            ),
            row(
                "Open the old cottage hospital again.",
                "Resident, Holt Valley",
                Outcome::Declined,
                "It has no oxygen and 60 staff would have to leave other wards.",
                vec![],
            ),
            row(
                "Free parking for night staff.",
                "Porter, Rivermead",
                Outcome::Waiting,
                "Asked 12 days ago; estates answers it.",
                vec![],
            ),
        ],
    }
}

fn conversation() -> View {
    let add = Form {
        id: "say".into(),
        send_to: "/say/leaving-hospital".into(),
        post: true,
        kept: vec![("token".into(), "once-2".into())],
        fields: vec![
            Field {
                name: "text".into(),
                label: "One thing that matters to you".into(),
                hint: "Others will read and vote on it. Never write anything that could tell who a person is.".into(),
                entry: Entry::Long,
                most: 140,
                required: true,
                ..Field::default()
            },
            Field {
                name: "voices".into(),
                label: "You speak as".into(),
                entry: Entry::Ticks,
                options: vec![
                    ("carer".into(), "someone who cares for a person".into()),
                    ("patient".into(), "a patient".into()),
                    ("staff".into(), "a member of staff".into()),
                ],
                value: "carer\nstaff".into(),
                ..Field::default()
            },
        ],
        button: "Add it".into(),
        wrong: Some(("text".into(), "Say it in at most 140 letters".into())),
        ..Form::default()
    };
    let early = Ground {
        id: "early".into(),
        people: 9,
        statements: 4,
        votes: 31,
        not_yet: Some(
            "31 votes of 9 people are too few to tell groups from chance. About 200 votes of 30 people are needed."
                .into(),
        ),
        parts: vec![("Newest".into(), vec![said("Night staff are never asked.", "Porter, Rivermead", &[], "")])],
        ..Ground::default()
    };
    plain_page(
        "/say/leaving-hospital",
        "A conversation. Closes 5 December",
        "What would make going home from hospital feel safe?",
        vec![
            panel(
                "vote",
                "What do you think?",
                "",
                Width::Wide,
                vec![
                    Picture::Vote(vote(true)),
                    Picture::Acts(vec![Act {
                        title: "Add a statement".into(),
                        detail: "Short, about one thing.".into(),
                        form: add,
                        open: false,
                        main: false,
                    }]),
                ],
            ),
            panel("early", "What was said so far", "", Width::Narrow, vec![Picture::Ground(early)]),
            panel("answers", "You said, so we", "", Width::Whole, vec![Picture::Answers(answers())]),
        ],
    )
}

fn prediction(
    name: &str,
    before: f64,
    expected: (f64, f64, f64),
    actual: Option<f64>,
    unit: &str,
    better: Better,
    sentence: &str,
) -> Prediction {
    Prediction {
        name: name.into(),
        before: Some(before),
        expected: of(expected.0, unit, "expected").within(Some((expected.1, expected.2))),
        actual: Figure { value: actual, ..of(0.0, unit, "actual") },
        when: if actual.is_some() { "in the four weeks to 11 January 2026".to_owned() } else { String::new() },
        now: None,
        better,
        by: "by 12 January 2026".into(),
        sentence: sentence.into(),
        href: Some("/measures/home-care".into()),
    }
}

pub fn expected() -> Expected {
    let bell = |words: &str, state| Bell { words: words.into(), state, href: None };
    Expected {
        id: "expected".into(),
        title: "The wait fell as expected; fewer bed days were freed".into(),
        definition: "What was expected when it was decided, and what came.".into(),
        rows: vec![
            prediction(
                "Middle wait for home care",
                4.9,
                (3.5, 3.0, 4.1),
                Some(3.4),
                "days",
                Better::Lower,
                "As expected.",
            ),
            prediction(
                "Bed days freed a week",
                0.0,
                (188.0, 120.0, 255.0),
                Some(84.0),
                "bed days",
                Better::Higher,
                "Less than expected.",
            ),
            prediction(
                "Falls seen within 2 hours",
                61.0,
                (70.0, 66.0, 74.0),
                Some(80.0),
                "%",
                Better::Higher,
                "More than expected.",
            ),
            prediction("Readmitted within 30 days", 11.0, (11.0, 10.0, 12.5), None, "%", Better::Lower, ""),
        ],
        bells: vec![
            bell("the wait has not moved below 4.4 days after six weeks", Ring::Quiet),
            bell("Coastside rises above 5 days two weeks running", Ring::Counting(1, 2)),
            bell("more than 12% are readmitted", Ring::Rang("5 January 2026".into())),
            bell("carers report more strain", Ring::Unknown),
        ],
    }
}

fn decision() -> View {
    plain_page(
        "/decisions/share-2-4m",
        "A decision of the Urgent Care Board",
        "We share £2.4m where the wait to go home is longest",
        vec![
            panel("stages", "Where this question is", "", Width::Whole, vec![stages(5, &[])]),
            panel("expected", "Did it work?", "", Width::Wide, vec![Picture::Expected(expected())]),
            panel("stands", "Where members stood", "", Width::Narrow, vec![Picture::Stands(stands(true))]),
            panel(
                "wording",
                "The decision, as it was recorded",
                "",
                Width::Whole,
                vec![Picture::Wording(Box::new(wording(true)))],
            ),
        ],
    )
}

fn line(kind: &str, words: &str, since: &str, under: Vec<Line>) -> Line {
    Line {
        kind: kind.into(),
        words: words.into(),
        since: since.into(),
        under,
        href: Some(format!("/story/{}", escape(words))),
        ..Line::default()
    }
}

pub fn story_lines() -> Lines {
    let mut fact = line("Fact", "312 people wait for home care", "version 8, since 17 November 2025", vec![]);
    fact.measure = Some((of(312.0, "people", "waiting-home-care"), String::new()));
    fact.standing = Standing::Disputed("Adult social care: counts people who turned care down".into());
    let mut agreed = line("Fact", "Half of them live in the poorest fifth", "version 2, since 3 March 2025", vec![]);
    agreed.standing = Standing::Agreed;
    let mut stale = line("Fact", "Nine care firms hold a contract", "version 1, since 2 May 2024", vec![]);
    stale.standing = Standing::Stale("May 2024".into());
    let mut target =
        line("Target", "Home within two days of being ready", "version 4, since 30 October 2025", vec![fact, agreed]);
    target.measure = Some((of(4.9, "days", "ward-home-care"), "below 2 days by March 2027".into()));
    target.because = vec![
        Link::new("Where the wait is, 30 October", "/decisions/share"),
        Link::new("“My mother lost her legs in nine days”", "/say/3"),
    ];
    let mut lost = line("What", "More therapists in the evening", "version 1, since 9 June 2025", vec![]);
    lost.standing = Standing::Lacks("a measure and an owner".into());
    let why = line(
        "Why",
        "A day in bed that nobody needs costs an old person a tenth of their strength",
        "version 3, since 12 May 2025",
        vec![line(
            "How",
            "Money follows the person, not the building",
            "version 2, since 12 May 2025",
            vec![
                line("What", "Leave hospital when ready", "version 5, since 1 September 2025", vec![target, stale]),
                lost,
            ],
        )],
    );
    Lines {
        id: "story".into(),
        columns: vec![],
        lines: vec![
            why,
            line("Why", "Nobody should have to tell their story twice", "version 1, since 2 February 2025", vec![]),
        ],
    }
}

pub fn drivers() -> Lines {
    let step = |words: &str| Line { words: words.into(), ..Line::default() };
    let over = |words: &str, under: Vec<Line>| Line { words: words.into(), under, ..Line::default() };
    let mut aim = over(
        "Home within two days of being ready, by March 2027",
        vec![
            over(
                "Fewer wait for a decision",
                vec![
                    over(
                        "Decide at the bedside",
                        vec![step("Social worker on the ward round"), step("One form for both")],
                    ),
                    over("Ask carers early", vec![step("Call on day two")]),
                ],
            ),
            over(
                "Care starts at once",
                vec![over("Enough carers", vec![step("A pound an hour more"), step("Rotas by street")])],
            ),
        ],
    );
    aim.measure = Some((of(4.9, "days", "ward-home-care"), "below 2 days".into()));
    Lines {
        id: "drivers".into(),
        columns: strings(&["Aim", "Primary drivers", "Secondary drivers", "Steps"]),
        lines: vec![aim],
    }
}

fn story() -> View {
    plain_page(
        "/story",
        "The shared story of Rivermead",
        "Why we do this, how, and how we will know",
        vec![
            panel(
                "story",
                "Our story",
                "Every line says since when, and because of what.",
                Width::Whole,
                vec![Picture::Lines(story_lines())],
            ),
            panel("drivers", "How home within two days comes about", "", Width::Whole, vec![Picture::Lines(drivers())]),
        ],
    )
}

pub fn schedule() -> Schedule {
    let task = |name: &str, owner: &str, state, from: f64, to: f64, range, due, note: &str| Task {
        name: name.into(),
        owner: owner.into(),
        state,
        from,
        to,
        range,
        due,
        note: note.into(),
        ..Task::default()
    };
    use Progress::*;
    let mut tasks = vec![
        task("Agree who pays", "Finance leads", Done, 0.0, 20.0, None, Some(21.0), "done 21 October"),
        task(
            "Two therapists start at Eastbrook",
            "Therapy lead",
            Doing,
            18.0,
            62.0,
            Some((55.0, 84.0)),
            Some(50.0),
            "9 December, 12 days late",
        ),
        task(
            "Social worker on the ward round",
            "Head of home care",
            Doing,
            25.0,
            70.0,
            Some((60.0, 90.0)),
            Some(75.0),
            "17 December",
        ),
        task("Rotas by street", "Care agencies", ToDo, 62.0, 110.0, Some((98.0, 150.0)), Some(120.0), "26 January"),
        task("All eight places", "Flow lead", ToDo, 110.0, 160.0, Some((140.0, 215.0)), Some(165.0), "17 March"),
    ];
    for i in [1, 3, 4] {
        tasks[i].critical = true;
    }
    tasks[3].rocks = strings(&["No shared rota system"]);
    tasks[2].early_win = true;
    tasks[0].href = Some("/plans/home-by-noon/1".into());
    Schedule {
        id: "steps".into(),
        title: "Likely done by 17 March; 4 in 10 by the day promised".into(),
        definition: "Each step from its start to its middle end, from 10,000 runs".into(),
        ticks: [
            (0.0, "1 Oct"),
            (31.0, "1 Nov"),
            (61.0, "1 Dec"),
            (92.0, "1 Jan"),
            (123.0, "1 Feb"),
            (151.0, "1 Mar"),
            (182.0, "1 Apr"),
        ]
        .map(|(d, w)| (d, w.to_owned()))
        .into(),
        today: 52.0,
        tasks,
        goal: Some((165.0, "promised 15 March".into())),
        ..Schedule::default()
    }
}

pub fn rocks() -> Rocks {
    let rock = |what: &str, who: &str, days, cleared, blocks: &[&str]| Rock {
        what: Link::new(what, format!("/rocks/{}", escape(what))),
        who: who.into(),
        days,
        cleared,
        blocks: blocks.iter().map(|b| Link::new(*b, "/plans/home-by-noon")).collect(),
    };
    Rocks {
        id: "rocks".into(),
        rocks: vec![
            rock(
                "No shared rota system",
                "Chief information officer, council",
                41,
                false,
                &["Rotas by street", "All eight places"],
            ),
            rock(
                "No desk for the social worker",
                "Estates, Rivermead General",
                9,
                false,
                &["Social worker on the ward round"],
            ),
            rock("National form must be sent by fax", "", 212, false, &[]),
            rock("Two budgets, two dates", "Finance leads", 18, true, &["Agree who pays"]),
        ],
    }
}

pub fn money() -> Money {
    let saved = |name: &str, v: f64, low: f64, high: f64, unit: &str, promised, note: &str| Saved {
        name: name.into(),
        figure: of(v, unit, &format!("money-{}", escape(name))).within(Some((low, high))),
        promised,
        note: note.into(),
    };
    Money {
        id: "money".into(),
        title: "Two thirds of the promise is likely".into(),
        definition: "From 10,000 runs by what came of past savings of the same kind, here and elsewhere.".into(),
        total: of(1.9e6, "£", "money-total").within(Some((1.1e6, 2.7e6))),
        promised: 3.0e6,
        goal: Some((2.5e6, "£2.5m in cash by March 2027".into())),
        chance: Some(of(18.0, "in 100", "money-chance")),
        kinds: vec![
            saved("Recurrent cash", 1.4e6, 0.8e6, 2.0e6, "£", Some(2.2e6), ""),
            saved("One-off cash", 0.5e6, 0.3e6, 0.8e6, "£", Some(0.8e6), ""),
            saved("Capacity freed", 2.2e6, 1.0e6, 3.1e6, "£", Some(2.4e6), ""),
            saved("Cost avoided", 0.7e6, 0.0, 1.6e6, "£", Some(1.9e6), ""),
        ],
        record: vec![
            saved("Buying better", 88.0, 70.0, 104.0, "%", None, "9 past savings"),
            saved("Shorter stays", 46.0, 12.0, 80.0, "%", None, "14 past savings"),
            saved("Estates", 71.0, 30.0, 110.0, "%", None, "4 past savings"),
        ],
        counted_elsewhere: strings(&["Beds closed on ward 7"]),
        perhaps_twice: vec![],
        days: vec![],
    }
}

fn plans_page() -> View {
    let plan = |aim: &str, measure, steps, review: &str, owner: &str, note: &str| Plan {
        aim: Link::new(aim, format!("/plans/{}", escape(aim))),
        measure,
        steps,
        review: review.into(),
        owner: owner.into(),
        note: note.into(),
    };
    let now = |v| prediction("Middle wait for home care", 4.9, (4.2, 3.7, 4.6), v, "days", Better::Lower, "");
    let plans = vec![
        plan(
            "Home within two days of being ready",
            Some(now(Some(4.3))),
            (1, 5),
            "12 January 2026",
            "Flow lead",
            "1 step late",
        ),
        plan(
            "Falls seen at home",
            Some(prediction(
                "Falls seen within 2 hours",
                61.0,
                (70.0, 66.0, 74.0),
                Some(80.0),
                "%",
                Better::Higher,
                "",
            )),
            (5, 8),
            "12 January 2026",
            "Head of urgent response",
            "",
        ),
        plan("Evening therapy", None, (0, 3), "", "", "Its owner left on 3 November"),
        plan("One form for both", Some(now(Some(5.6))), (14, 30), "2 February 2026", "Head of home care", ""),
    ];
    plain_page(
        "/plans",
        "Plans",
        "One plan has lost its owner",
        vec![
            panel("plans", "Plans", "", Width::Whole, vec![Picture::Plans(plans)]),
            panel("rocks", "What blocks us", "", Width::Whole, vec![Picture::Rocks(rocks())]),
        ],
    )
}

fn plan() -> View {
    plain_page(
        "/plans/home-by-noon",
        "A plan of Rivermead",
        "Home within two days of being ready",
        vec![
            panel("steps", "Steps", "", Width::Whole, vec![Picture::Schedule(schedule())]),
            panel("money", "Money", "", Width::Whole, vec![Picture::Money(Box::new(money()))]),
        ],
    )
}

pub fn ties() -> Ties {
    let groups =
        strings(&["Hospital wards", "Home care", "Ambulance", "General practice", "Community mental health team"]);
    let side = |by, about, score: f64| {
        let band = match score {
            score if score >= 4.0 => "strong",
            score if score >= 3.0 => "works, with effort",
            _ => "needs a conversation",
        };
        let tie = Tie::Score { score, people: 14, answers: 162, band: band.into() };
        Side { by, about, tie: if score > 0.0 { tie } else { Tie::TooFew } }
    };
    let join = |name: &str, [a, b]: [usize; 2], [there, back]: [f64; 2], kept: (f64, &str), days: f64| Join {
        name: Link::new(name, "/trust/one"),
        said: vec![side(a, b, there), side(b, a, back)],
        done: vec![
            ("Promises kept".into(), of(kept.0, kept.1, "kept")),
            ("Days to answer".into(), of(days, "days", "answered")),
            ("Rocks cleared".into(), of(3.0, "of 4", "cleared")),
        ],
    };
    Ties {
        id: "ties".into(),
        title: "Wards and home care trust each other less than others do".into(),
        definition:
            "One question a week of our own, 26 weeks: how was it handled when something went wrong between us?".into(),
        groups,
        scale: (1.0, 5.0),
        bands: [3.0, 4.0],
        network: vec![
            ("Strong ties".into(), of(4.0, "of 8", "density")),
            ("Felt by both sides".into(), of(1.0, "of 3", "reciprocity")),
            ("How much hangs on one team".into(), of(38.0, "%", "central")),
        ],
        joins: vec![
            join("Ward to home with care", [0, 1], [2.6, 2.9], (4.0, "of 7"), 6.0),
            join("Ward to home, at night", [0, 1], [3.4, 2.7], (1.0, "of 2"), 6.0),
            join("Ambulance to ward", [2, 0], [4.4, 4.2], (3.0, "of 3"), 2.0),
            join("Practice to mental health", [3, 4], [4.0, 3.5], (5.0, "of 6"), 4.0),
            join("Home care and mental health", [1, 4], [0.0, 0.0], (1.0, "of 1"), 3.0),
        ],
    }
}

fn trust() -> View {
    plain_page(
        "/trust",
        "Trust at the joins",
        "Wards and home care trust each other less than others do",
        vec![panel("ties", "Who trusts whom", "", Width::Whole, vec![Picture::Ties(ties())])],
    )
}

/// The same conversation, decision and answers as the public sees them.
pub fn public_pages() -> [(&'static str, String); 3] {
    use show::public::{PublicAnswers, PublicDecision, PublicTalk, answers as said_so, decided, suppress, talk};
    let [mut agree, differ] = ground().parts.try_into().map_or([vec![], vec![]], |p: [_; 2]| p.map(|part| part.1));
    agree.push(vote(false).quote);
    let field = Field {
        name: "text".into(),
        label: "Your words".into(),
        entry: Entry::Long,
        most: 140,
        required: true,
        ..Field::default()
    };
    let add = Form {
        id: "say".into(),
        send_to: "/public/say/leaving-hospital".into(),
        post: true,
        fields: vec![field],
        button: "Add it".into(),
        ..Form::default()
    };
    let links =
        vec![Link::new("What we did with it", "/public/said"), Link::new("The same as data", "/public/say.json")];
    let question = "What would help you feel safe when you go home?".to_owned();
    let shown = PublicTalk {
        place: "Rivermead".into(),
        question: question.clone(),
        why: "The board reads what you say. It then shares the money.".into(),
        until: "5 December".into(),
        people: suppress(46),
        vote: Some(vote(true)),
        add: Some(add),
        agree,
        differ,
        yours: vec![],
        links: links.clone(),
        notice: Some("Invented place and invented data.".into()),
        ..PublicTalk::default()
    };
    let decision = PublicDecision {
        place: "Rivermead".into(),
        question: "How should we share the money to help people go home?".into(),
        decided: "20 November 2025".into(),
        will: strings(&["We will spend £2.4m where the wait is long."]),
        why: strings(&["More people can go home there."]),
        expect: strings(&["We hope that the wait falls from 5 days to 3."]),
        stop: strings(&["We will stop if the wait does not fall in six weeks."]),
        who: strings(&["The head of home care. We look at it again on 12 January."]),
        heard: strings(&["Nurses on the wards", "Care homes"]),
        not_heard: strings(&["People who care for someone at home"]),
        result: vec![],
        links,
        ..PublicDecision::default()
    };
    let rows: Vec<_> = answers().rows.into_iter().map(|row| (row, false)).collect();
    let answered = [rows.iter().filter(|row| row.0.outcome != Outcome::Waiting).count(), rows.len()];
    let said = PublicAnswers { place: "Rivermead".into(), question, rows, answered, ..PublicAnswers::default() };
    [("public-talk", talk(&shown)), ("public-decision", decided(&decision)), ("public-said", said_so(&said))]
}
