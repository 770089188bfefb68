//! Invented pages about the future: what is coming, the next days, a change to try, what it does, and how far to trust it.

use super::pages::{base, fact, link, number, panel};
use super::*;

const CARE: [&str; 8] = [
    "999 and 111",
    "Ambulance",
    "Emergency department",
    "Same day care",
    "Hospital ward",
    "Home with care",
    "Intermediate care",
    "Care home",
];

/// The range about a middle that widens with each step.
fn about(middle: f64, wide: f64) -> Option<Ahead> {
    let low = |by: f64| (middle - by).max(0.0);
    Some(Ahead { middle, half: (low(wide * 0.45), middle + wide * 0.5), most: (low(wide), middle + wide * 1.25) })
}

/// People waiting, two days of hours known and three to come.
pub fn hours(id: &str, title: &str, level: f64, rise: f64, seed: u64) -> Fan {
    let n = &mut Noise(seed);
    let days = ["Sat 15", "Sun 16", "Mon 17", "Tue 18", "Wed 19", "Thu 20"];
    let now = 57usize;
    let daily = |i: usize| ((i as f64 - 10.0) / 24.0 * std::f64::consts::TAU).sin();
    let mut walk = 0.0;
    let steps = (0..=now + 72).map(|i| {
        let trend = level + rise * i.saturating_sub(now) as f64 / 72.0 + level * 0.12 * daily(i);
        walk = walk * 0.8 + n.next() * level * 0.04;
        let ahead = i.saturating_sub(now);
        Step {
            when: format!("{} November, {:02}:00", days[i / 24], i % 24),
            tick: if i % 24 == 0 { days[i / 24].to_owned() } else { String::new() },
            actual: (i <= now).then_some((trend + walk).max(0.0)),
            ahead: (ahead > 0).then(|| about(trend, level * 0.035 * (ahead as f64).sqrt())).flatten(),
        }
    });
    let steps: Vec<Step> = steps.collect();
    let end = steps.last().and_then(|s| s.ahead);
    let mut figure = number(
        end.map_or(0.0, |a| a.middle.round()),
        "people",
        &format!("next-{id}"),
        "People expected to wait here, from 1,000 runs that begin with everybody who is here now.",
    );
    figure.range = end.map(|a| a.most);
    Fan {
        id: id.to_owned(),
        title: title.to_owned(),
        definition: "People waiting, hour by hour: what was, and 1,000 runs from everybody who is here now.".to_owned(),
        unit: Unit::from("people"),
        steps,
        now: Some(now),
        made: "now".to_owned(),
        line: None,
        figure,
        note: "on Thursday at 09:00".to_owned(),
        href: Some(format!("/handovers/{id}")),
    }
}

/// Twenty years of need.
pub fn years() -> Fan {
    let year = |i: usize| 2015 + i;
    let n = &mut Noise(3);
    let steps = (0..=30usize).map(|i| {
        let middle = 61_000.0 + 900.0 * i as f64 + 28.0 * (i as f64).powi(2);
        let ahead = i.saturating_sub(10);
        Step {
            when: year(i).to_string(),
            tick: if i.is_multiple_of(5) { year(i).to_string() } else { String::new() },
            actual: (i <= 10).then(|| middle + 700.0 * n.next()),
            ahead: (ahead > 0).then(|| about(middle, 900.0 + 620.0 * ahead as f64)).flatten(),
        }
    });
    let mut figure = number(
        113_200.0,
        "bed days",
        "need-bed-days",
        "Bed days asked for in 2045, by people and how often each is asked for by age, sex and need.",
    );
    figure.range = Some((99_900.0, 129_800.0));
    Fan {
        id: "need-bed-days".to_owned(),
        title: "Bed days rise by half by 2045 if nothing changes".to_owned(),
        definition: "Bed days a year: counted to 2025, then what people who will live here would ask for.".to_owned(),
        unit: Unit::from("bed days"),
        steps: steps.collect(),
        now: Some(10),
        made: "2025".to_owned(),
        line: Some(("what 340 beds can give".to_owned(), 113_900.0)),
        figure,
        note: "in 2045".to_owned(),
        href: None,
    }
}

/// Yesterday's forecast, with what came over it.
pub fn scored() -> Fan {
    let mut fan = hours("ambulance", "One hour in twelve fell outside", 41.0, 9.0, 11);
    let n = &mut Noise(23);
    for step in fan.steps.iter_mut().skip(58).take(24) {
        step.actual = step.ahead.map(|a| (a.middle + n.next() * (a.half.1 - a.half.0) * 0.95).round().max(0.0));
    }
    fan.id = "scored".to_owned();
    fan.steps.truncate(82);
    fan.made = "made Monday 09:00".to_owned();
    fan.definition = "People waiting for a bed, as forecast on Monday, and what came.".to_owned();
    fan.title = "Yesterday’s forecast held for 22 hours of 24".to_owned();
    let (held, of) = fan.held();
    fan.title = format!("Monday’s forecast held for {held} of {of} hours");
    fan.figure = number(
        (held * 100) as f64 / of as f64,
        "%",
        "scored",
        "Hours in which what came lay in the range that holds 9 in 10.",
    );
    fan
}

pub fn differences() -> Differences {
    let row = |name: &str, without: f64, difference: f64, half: f64| {
        let mut figure = number(
            difference,
            "hours",
            "run-waits",
            "Hours of waiting a week with the change, less without it, in the same 1,000 winters.",
        );
        figure.range = Some((difference - half, difference + half));
        Difference {
            name: name.to_owned(),
            figure,
            without: Some(without),
            with: Some(without + difference),
            href: Some(format!("/handovers/{}", escape(&name.to_lowercase()))),
        }
    };
    Differences {
        id: "waits".to_owned(),
        title: "Waiting leaves wards, and some of it turns up at intermediate care".to_owned(),
        definition: "Hours of waiting a week, with less without, and the range that holds it 9 times in 10.".to_owned(),
        unit: Unit::Hours,
        better: Better::Lower,
        sides: ("less waiting".to_owned(), "more waiting".to_owned()),
        groups: vec![
            (
                "Handovers".to_owned(),
                vec![
                    row("Hospital ward to home with care", 29_760.0, -6200.0, 1100.0),
                    row("Emergency department to ward", 9720.0, -2900.0, 900.0),
                    row("Ambulance to emergency department", 1128.0, -430.0, 260.0),
                    row("999 to ambulance", 1392.0, -110.0, 190.0),
                    row("Hospital ward to intermediate care", 6000.0, 940.0, 420.0),
                    row("Hospital ward to care home", 9840.0, -60.0, 350.0),
                ],
            ),
            (
                "Neighbourhoods, for each 1,000 people".to_owned(),
                vec![
                    row("Eastbrook", 5200.0, -940.0, 310.0),
                    row("Dunmoor", 4100.0, -700.0, 280.0),
                    row("Holt Valley", 3000.0, -120.0, 260.0),
                    row("Coastside", 2800.0, 330.0, 210.0),
                ],
            ),
        ],
    }
}

pub fn tornado() -> Tornado {
    let row = |name: &str, low: &str, high: &str, at: (f64, f64)| Swing {
        name: name.to_owned(),
        set: (low.to_owned(), high.to_owned()),
        at: (at.0 * 1440.0, at.1 * 1440.0),
        href: None,
    };
    let mut base =
        number(3.4 * 1440.0, "minutes", "run-middle-wait", "Middle wait to go home with care, with the change.");
    base.range = Some((2.9 * 1440.0, 4.1 * 1440.0));
    Tornado {
        id: "matters".to_owned(),
        title: "How long home care lasts matters most".to_owned(),
        definition: "Middle wait to go home with care when one thing is lower or higher than it was learnt to be."
            .to_owned(),
        base,
        better: Better::Lower,
        rows: vec![
            row("Length of home care", "26 days", "34 days", (2.3, 4.9)),
            row("Arrivals by 999", "−5%", "+5%", (2.9, 4.0)),
            row("Staff off sick", "4%", "9%", (3.1, 4.4)),
            row("Ready by noon", "22%", "41%", (3.6, 3.0)),
            row("Readmission in 30 days", "11%", "15%", (3.3, 3.6)),
        ],
    }
}

pub fn pyramid() -> Pyramid {
    let now = [
        31.0, 33.0, 35.0, 33.0, 30.0, 34.0, 38.0, 39.0, 37.0, 35.0, 37.0, 40.0, 37.0, 31.0, 27.0, 24.0, 16.0, 9.0, 5.0,
    ];
    let then = [
        27.0, 28.0, 30.0, 31.0, 31.0, 33.0, 35.0, 35.0, 34.0, 36.0, 39.0, 39.0, 36.0, 33.0, 33.0, 33.0, 27.0, 18.0,
        11.0,
    ];
    let band = |(i, (now, then)): (usize, (&f64, &f64))| {
        let women = 1.0 + 0.03 * (i as f64 - 8.0).max(0.0);
        AgeBand {
            age: if i == 18 { "90 and over".to_owned() } else { format!("{} to {}", i * 5, i * 5 + 4) },
            men: ((now * 55.0 / women).round(), (then * 57.0 / women).round()),
            women: ((now * 55.0 * women).round(), (then * 57.0 * women).round()),
        }
    };
    Pyramid {
        id: "people".to_owned(),
        title: "Twice as many people over 85, and fewer children".to_owned(),
        definition: "People who live here by age: filled in 2025, outlined in 2045".to_owned(),
        years: ("2025".to_owned(), "2045".to_owned()),
        bands: now.iter().zip(&then).enumerate().map(band).collect(),
        figure: number(
            66_300.0,
            "people",
            "people-2045",
            "People who will live here in 2045, by births, deaths and moves, constrained to the official total.",
        ),
    }
}

pub fn growth() -> Growth {
    let row = |name: &str, note: &str, fair: [f64; 3], ordered: [f64; 3]| {
        let all: f64 = fair.iter().sum();
        let mut figure = number(all, "%", "need-growth", "Growth of what is asked for from 2025 to 2045.");
        figure.range = Some((all - 7.0, all + 9.0));
        Grown {
            name: name.to_owned(),
            figure,
            fair: fair.into(),
            ordered: ordered.into(),
            note: note.to_owned(),
            href: None,
        }
    };
    Growth {
        id: "why".to_owned(),
        title: "Ageing, not numbers, drives what is asked for".to_owned(),
        definition: "Growth from 2025 to 2045, in its parts.".to_owned(),
        unit: Unit::Percent,
        parts: vec!["more people".to_owned(), "older people".to_owned(), "asked for more often by each".to_owned()],
        services: vec![
            row("Hospital bed days", "74,800 to 113,200", [9.4, 32.6, 9.3], [8.1, 30.0, 13.2]),
            row("Home with care", "10,900 to 17,500", [9.6, 41.0, 10.0], [8.1, 37.1, 15.4]),
            row("Emergency department", "223,000 to 268,000", [8.7, 9.1, 2.4], [8.1, 8.9, 3.2]),
            row("General practice", "610,000 to 702,000", [8.5, 10.0, -3.4], [8.1, 10.2, -3.2]),
            row("Maternity", "1,480 to 1,300", [7.6, -15.2, -4.6], [8.1, -15.1, -5.2]),
        ],
    }
}

pub fn week() -> Week {
    let n = &mut Noise(77);
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let columns = [0, 1, 2, 3, 3, 4, 4, 4];
    let levels = [
        (6.0, 9.0, 0.0),
        (9.0, 31.0, 6.0),
        (34.0, 78.0, 31.0),
        (3.0, 22.0, 0.0),
        (31.0, 282.0, 41.0),
        (43.0, 230.0, 0.0),
        (9.0, 52.0, 7.0),
        (12.0, 640.0, 0.0),
    ];
    let places = [None, Some(44.0), Some(120.0), Some(40.0), Some(340.0), Some(240.0), Some(64.0), None];
    let mut wave = |level: f64, swing: f64| -> Vec<f64> {
        (0..168)
            .map(|h| {
                let day = ((h as f64 - 9.0) / 24.0 * std::f64::consts::TAU).sin();
                let week = if h < 48 {
                    1.25
                } else if h > 120 {
                    0.8
                } else {
                    1.0
                };
                (level * week * (1.0 + swing * day) + n.next() * level * 0.05).max(0.0).round()
            })
            .collect()
    };
    let services = (0..8)
        .map(|i| Station {
            name: CARE[i].to_owned(),
            column: columns[i],
            places: places[i],
            waiting: wave(levels[i].0, 0.5),
            in_care: wave(levels[i].1 * 0.86, 0.06),
            blocked: wave(levels[i].2, 0.2),
            href: None,
        })
        .collect();
    let stream = |(from, to, people): (usize, usize, f64), wave: &mut dyn FnMut(f64, f64) -> Vec<f64>| Stream {
        from,
        to,
        people: wave(people, 0.45),
    };
    let ways = [(0, 1, 12.0), (1, 2, 9.0), (2, 3, 3.0), (2, 4, 8.0), (4, 5, 2.0), (4, 6, 1.0), (4, 7, 1.0)];
    Week {
        id: "week".to_owned(),
        title: "Beds fill on Monday and ease from Saturday".to_owned(),
        definition: "One simulated week of this winter, with the change, hour by hour".to_owned(),
        hours: (0..168).map(|h| format!("{} {:02}:00", days[h / 24], h % 24)).collect(),
        services,
        flows: ways.into_iter().map(|way| stream(way, &mut wave)).collect(),
        stills: vec![9, 42, 84, 114, 156],
    }
}

pub fn trust() -> Trust {
    let n = &mut Noise(9);
    let nights = (0..42).map(|i| {
        let start = date(2025, 10, 6) + (i as i64).days();
        let inside = if i == 17 {
            None
        } else {
            Some((90.5 + 4.4 * n.next() - if i == 30 { 21.0 } else { 0.0 }).clamp(0.0, 100.0).round())
        };
        Night { when: start.strftime("%-d %B").to_string(), inside, checked: 1152 }
    });
    let mut figure = number(
        90.3,
        "%",
        "trust-held",
        "Of the values of the last 42 nights, the share that lay in the range that should hold 9 in 10.",
    );
    figure.range = Some((88.9, 91.6));
    Trust {
        id: "nights".to_owned(),
        title: "It holds: 9 in 10 things that came lay where it said".to_owned(),
        definition:
            "Each night yesterday’s forecast is held against what happened; a dot is the share that lay in its ranges"
                .to_owned(),
        nights: nights.collect(),
        figure,
    }
}

fn dial(name: &str, label: &str, value: f64, now: f64, range: (f64, f64), step: f64) -> Part {
    Part::Number(Dial { name: name.to_owned(), label: label.to_owned(), value, range, step, now: Some(now) })
}

fn words(text: &str) -> Part {
    Part::Words(text.to_owned())
}

fn pick(name: &str, label: &str, value: &str, options: &[&str]) -> Part {
    let options = options.iter().map(|o| ((*o).to_owned(), (*o).to_owned())).collect();
    Part::Choose(Pick { name: name.to_owned(), label: label.to_owned(), options, value: value.to_owned() })
}

pub fn change() -> Sentences {
    let sentence = |parts: Vec<Part>, hint: &str, changed: bool| Sentence { parts, hint: hint.to_owned(), changed };
    Sentences {
        id: "change".to_owned(),
        send_to: "/simulate".to_owned(),
        post: true,
        kept: vec![("model".to_owned(), "rivermead".to_owned())],
        sentences: vec![
            sentence(
                vec![words("Home care takes"), dial("home-care", "Home care places", 250.0, 240.0, (200.0, 320.0), 5.0), words("people at once.")],
                "Learnt from 61 weeks: 236 to 243 in nine weeks of ten.",
                true,
            ),
            sentence(
                vec![words("Wards open"), dial("beds", "Beds on wards", 340.0, 340.0, (280.0, 400.0), 1.0), words("beds, and"), dial("noon", "Share ready by noon", 31.0, 31.0, (0.0, 100.0), 1.0), words("in 100 people who can leave are ready by noon.")],
                "",
                false,
            ),
            sentence(
                vec![words("Intermediate care is open"), pick("open", "Days open", "seven days a week", &["five days a week", "six days a week", "seven days a week"]), words("from"), dial("opens", "Opens at", 8.0, 8.0, (0.0, 23.0), 1.0), words("to"), dial("closes", "Closes at", 18.0, 18.0, (1.0, 24.0), 1.0), words("o’clock.")],
                "",
                false,
            ),
            sentence(
                vec![words("It is a winter with"), dial("arrivals", "More people than last winter, in percent", 4.0, 0.0, (-20.0, 40.0), 1.0), words("% more people than the last.")],
                "",
                true,
            ),
        ],
        button: "Try it".to_owned(),
        note: "1,000 winters without and 1,000 with, the same random numbers in both. About 40 seconds; an early answer after 4.".to_owned(),
        wrong: None,
    }
}

pub fn question() -> Sentences {
    Sentences {
        id: "question".to_owned(),
        send_to: "/simulate/question".to_owned(),
        post: true,
        kept: vec![],
        sentences: vec![Sentence {
            parts: vec![
                words("What is the smallest change to"),
                pick(
                    "lever",
                    "What may change",
                    "home care places",
                    &["home care places", "beds on wards", "hours of intermediate care"],
                ),
                words("so that the middle wait"),
                pick(
                    "measure",
                    "Which wait",
                    "to go home with care",
                    &["to go home with care", "for a bed on a ward", "outside hospital"],
                ),
                words("is below"),
                Part::Number(Dial {
                    name: "aim".to_owned(),
                    label: "Days of waiting aimed for".to_owned(),
                    value: 2.0,
                    range: (0.1, 30.0),
                    step: 0.1,
                    now: Some(4.9),
                }),
                words("days in"),
                Part::Number(Dial {
                    name: "chance".to_owned(),
                    label: "Winters of 100 in which it holds".to_owned(),
                    value: 90.0,
                    range: (50.0, 99.0),
                    step: 1.0,
                    now: None,
                }),
                words("winters of 100?"),
            ],
            hint: String::new(),
            changed: false,
        }],
        button: "Find it".to_owned(),
        note: "About 3 minutes.".to_owned(),
        wrong: None,
    }
}

pub fn running() -> Running {
    Running {
        id: "run-7f3a".to_owned(),
        title: "312 of 1,000 winters tried".to_owned(),
        done: 312,
        of: 1000,
        seconds_left: Some(27.0),
        early: vec!["Waiting on wards falls by 5,200 to 7,100 hours a week. It is too early to say what happens at intermediate care.".to_owned()],
        look: "/runs/7f3a".to_owned(),
        stop: Some("/runs/7f3a/stop".to_owned()),
    }
}

fn need() -> View {
    let mut view = base(
        "/need",
        "What people who live here will need, 2025 to 2045",
        "By 2045 twice as many people are over 85, and bed days rise by half if nothing changes",
    );
    view.lede = "Births, deaths and moves for each neighbourhood, held to the official total; then how often people of each age, sex and need are asked for.".to_owned();
    let over = number(4620.0, "people", "over-85", "People of 85 and over in 2045.").within(Some((4100.0, 5200.0)));
    view.facts = vec![
        fact("Over 85 in 2045", over, "and 2,280 now"),
        fact("Children under 15", number(9690.0, "people", "under-15", "Children under 15 in 2045."), "and 11,050 now"),
    ];
    view.panels = vec![
        panel(
            "bed-days",
            "Bed days rise by half by 2045 if nothing changes",
            "",
            Width::Whole,
            vec![Picture::Fan(Box::new(years()))],
        ),
        panel("people", "Who will live here", "", Width::Half, vec![Picture::Pyramid(pyramid())]),
        panel("why", "Why more is asked for", "", Width::Half, vec![Picture::Growth(growth())]),
    ];
    view
}

fn next() -> View {
    let mut view = base(
        "/next",
        "The next 72 hours, from everybody who is here now",
        "Home care fills by Wednesday, and the wait for a bed follows a day later",
    );
    let fans = [
        ("home-care", "Hospital ward to home with care", 288.0, 61.0),
        ("bed", "Emergency department to ward", 41.0, 16.0),
        ("ambulance", "Ambulance to emergency department", 9.0, 2.0),
        ("999", "999 to ambulance", 14.0, 0.0),
        ("intermediate", "Hospital ward to intermediate care", 22.0, -3.0),
        ("care-home", "Hospital ward to care home", 31.0, 1.0),
    ];
    let fans: Vec<Fan> = fans
        .iter()
        .enumerate()
        .map(|(i, (id, title, level, rise))| hours(id, title, *level, *rise, 31 + i as u64))
        .collect();
    let mut wide = hours("ward-beds", "340 beds are full by Wednesday morning", 318.0, 24.0, 8);
    wide.line = Some(("340 beds".to_owned(), 340.0));
    wide.definition =
        "People on wards, hour by hour: what was, and 1,000 runs from everybody who is here now.".to_owned();
    view.panels = vec![
        panel("wards", "340 beds are full by Wednesday morning", "", Width::Wide, vec![Picture::Fan(Box::new(wide))]),
        panel(
            "severe",
            "The chance of severe pressure",
            "",
            Width::Narrow,
            vec![Picture::Dots(Dots {
                id: "severe".to_owned(),
                title: "38 in 100: level 4 at two hospitals at once before Thursday".to_owned(),
                count: 38,
                figure: number(
                    38.0,
                    "in 100 runs",
                    "severe",
                    "Runs in which two hospitals are at level 4 in the same hour within 72 hours.",
                ),
            })],
        ),
        link(
            panel(
                "each",
                "Each handover",
                "People waiting on Thursday at 09:00.",
                Width::Whole,
                vec![Picture::Fans(fans)],
            ),
            "Did yesterday’s forecast hold?",
            "/model",
        ),
    ];
    view
}

fn simulate() -> View {
    let mut view = base(
        "/simulate",
        "A copy of Rivermead, learnt from 61 weeks",
        "Try a change on the copy before it is tried on people",
    );
    view.choices.clear();
    view.lede = "Say what would change. The copy runs with it and without it, in the same winters, and says first where the waiting went.".to_owned();
    let runs = Table::new(["run", "what_changed", "where_the_waiting_went", "when"])
        .row([
            "Ten more home care places".into(),
            "home care 240 to 250".into(),
            "6,200 hours a week less on wards, 940 more at intermediate care".into(),
            "Monday 09:20".into(),
        ])
        .row([
            "A ward closed by infection".into(),
            "beds 340 to 312 for two weeks".into(),
            "4,100 hours a week more in the emergency department".into(),
            "Friday 16:02".into(),
        ]);
    view.panels = vec![
        panel("change", "What we change", "Marked where it differs from how things are.", Width::Wide, vec![Picture::Sentences(change())]),
        link(panel("trust", "How far to trust it", "", Width::Narrow, vec![Picture::Words(vec!["It holds: of what came in the last 42 nights, 90 in 100 lay where it said. It was not learnt from strikes: nothing like one is in the records.".to_owned()])]), "What it is made of", "/model"),
        panel("ready", "Ready-made changes", "", Width::Narrow, vec![Picture::List(["A hard winter", "A strike of two days", "A ward closed by infection", "The people of 2040"].map(|name| Item { link: Link::new(name, format!("/simulate?scenario={}", escape(name))), kind: String::new(), note: String::new() }).into())]),
        panel("question", "What would have to be true", "", Width::Whole, vec![Picture::Sentences(question())]),
        panel("runs", "Runs so far", "", Width::Whole, vec![Picture::Rows(Rows { caption: "Runs so far".to_owned(), table: runs, links: vec![Some("/runs/7f3a".to_owned()), None] })]),
    ];
    view
}

fn run() -> View {
    let mut view = base(
        "/runs/7f3a",
        "Ten more home care places, 1,000 winters with and without",
        "6,200 hours a week of waiting leave the wards, and 940 turn up at intermediate care",
    );
    view.choices.clear();
    view.facts = vec![
        fact(
            "Waiting between us",
            number(-8760.0, "hours", "run-waits", "Hours of waiting a week in the whole place, with less without.")
                .within(Some((-10_100.0, -7400.0))),
            "a week",
        ),
        fact(
            "Cost of the change",
            number(0.42, "£m a year", "run-cost", "What ten places of home care cost in a year."),
            "adult social care",
        ),
    ];
    view.panels = vec![
        panel("waits", "Where the waiting went", "", Width::Whole, vec![Picture::Differences(differences())]),
        panel("week", "A week of it", "", Width::Whole, vec![Picture::Week(Box::new(week()))]),
        panel("matters", "What it depends on", "", Width::Wide, vec![Picture::Tornado(tornado())]),
        panel("made", "How it was made", "", Width::Narrow, vec![Picture::Words(vec!["Model 9c41, seed 7, version 0.3. 1,000 winters of 26 weeks each, the first 6 left out. The middle wait is known to within 3%.".to_owned(), "catchment simulate rivermead --scenario ten-places --seed 7".to_owned()])]),
    ];
    view
}

fn running_page() -> View {
    let mut view = base("/runs/7f3a", "Ten more home care places, 1,000 winters with and without", "Being tried");
    view.choices.clear();
    view.panels = vec![panel("run", "312 of 1,000 winters tried", "", Width::Whole, vec![Picture::Running(running())])];
    view
}

fn model() -> View {
    let mut view =
        base("/model", "The copy of Rivermead", "The copy holds: 90 in 100 things that came lay where it said");
    view.choices.clear();
    let learnt = Table::new(["what", "learnt", "from", "how_sure"])
        .row([
            "Stay on wards".into(),
            "8.4 days, one in ten over 19".into(),
            "4,310 stays, 212 of them not over".into(),
            "within 3%".into(),
        ])
        .row(["Home care places".into(), "240".into(), "61 weeks".into(), "236 to 243".into()])
        .row([
            "Ward to home with care".into(),
            "2.1 days of process, 2.8 for want of a place".into(),
            "1,980 people".into(),
            "within 8%".into(),
        ])
        .row(["Strikes".into(), "not learnt".into(), "no day like one".into(), "".into()]);
    view.panels = vec![
        panel("nights", "Whether it held, night by night", "", Width::Whole, vec![Picture::Trust(trust())]),
        panel("yesterday", &scored().title, "", Width::Whole, vec![Picture::Fan(Box::new(scored()))]),
        panel(
            "learnt",
            "What it learnt, and what it could not",
            "",
            Width::Whole,
            vec![Picture::Rows(Rows { caption: "What it learnt".to_owned(), table: learnt, links: vec![] })],
        ),
    ];
    view
}

/// A page by name.
pub fn page(name: &str) -> Option<View> {
    Some(match name {
        "need" => need(),
        "next" => next(),
        "simulate" => simulate(),
        "run" => run(),
        "running" => running_page(),
        "model" => model(),
        _ => return None,
    })
}
