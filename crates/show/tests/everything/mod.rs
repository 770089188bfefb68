//! A view of invented data that holds every kind of picture, some of their numbers hidden, for the tests of every medium.

use super::invented;
use show::*;

fn why(id: &str) -> Evidence {
    Evidence {
        id: id.to_owned(),
        definition: "Every person asked for in the week, those still waiting included.".to_owned(),
        sources: vec!["Rivermead General".to_owned()],
        rows: Some(1310),
        fresh_as_of: "09:14 on Monday 24 November 2025".to_owned(),
        ..Evidence::default()
    }
}

fn panel(id: &str, title: &str, note: &str, pictures: Vec<Picture>) -> Panel {
    Panel { id: id.into(), title: title.into(), note: note.into(), pictures, ..Panel::default() }
}

/// Every invented page, and one with all other pictures.
pub fn views() -> Vec<View> {
    invented::pages::NAMES.into_iter().filter_map(invented::pages::page).chain([everything()]).collect()
}

/// A handover's page with a picture of each kind; Eastbrook and those of 75 to 84 are chosen.
pub fn everything() -> View {
    let option = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let choice = |name, label: &str, all: &str, value: &str, said: &str| Choice {
        name,
        label: label.into(),
        all: all.into(),
        options: vec![option(value, said)],
        chosen: Some(value.into()),
    };
    let measure = invented::missing().measures[1].clone();
    let minutes = |v: f64| Figure::new(v, "minutes", why("wait"));
    let hours: Vec<String> = (0..24).map(|h| h.to_string()).collect();
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let cell = |day: usize, hour: usize| {
        (day != 2 || hour != 3).then(|| 180.0 + 40.0 * ((hour as f64 - 18.0).abs() / 3.0 - day as f64).abs())
    };
    let heat = Heat {
        id: "when".into(),
        title: "Longest on Monday mornings".into(),
        definition: "Middle wait of those who asked in this hour.".into(),
        rows: days.map(str::to_owned).into(),
        values: (0..7).map(|d| (0..24).map(|h| cell(d, h)).collect()).collect(),
        people: (0..7).map(|d| (0..24).map(|h| (d * 3 + h + 4) as u64).collect()).collect(),
        columns: hours,
        unit: Some(Unit::Minutes),
    };
    let interval = |name: &str, v: f64, people: u64, signal| Interval {
        name: name.into(),
        figure: minutes(v).within(Some((v * 0.9, v * 1.1))),
        fair: None,
        people,
        signal,
        href: None,
    };
    let hidden =
        Interval { figure: minutes(1.0).hidden(), ..interval("Least deprived fifth", 1.0, 3, Signal::Ordinary) };
    let intervals = Intervals {
        id: "who".into(),
        title: "People of the most deprived fifth wait longest".into(),
        definition: "Middle wait with its 95% interval.".into(),
        groups: vec![
            (
                "Deprivation".into(),
                vec![
                    interval("Most deprived fifth", 431.0, 212, Signal::Concern),
                    interval("Second fifth", 377.0, 198, Signal::Ordinary),
                    hidden,
                ],
            ),
            (
                "Sex".into(),
                vec![interval("Women", 366.0, 402, Signal::Ordinary), interval("Men", 379.0, 371, Signal::Ordinary)],
            ),
        ],
        all: Some(372.0),
        unit: Unit::Minutes,
        gradient: Some(Box::new(Gradient {
            group: 1,
            fitted: vec![366.0, 379.0],
            slope: minutes(-26.0).within(Some((-61.0, 9.0))),
            against_rest: None,
        })),
    };
    let leg =
        |name: &str, spent, minutes: Option<f64>, signal| Leg { name: name.into(), spent, minutes, signal, href: None };
    let way = |id: &str, name: &str, journeys: f64, share: f64| Way {
        id: id.into(),
        name: name.into(),
        sentence: "15.1 days from fall to home; 8.5 being cared for, 6.6 waiting between us.".into(),
        journeys: Figure::new(journeys, "journeys", why("ways")),
        share: Some(share),
        legs: vec![
            leg("Ambulance", Spent::Care, Some(38.0), Signal::Ordinary),
            leg("Waits outside", Spent::Waiting, Some(71.0), Signal::Concern),
            leg("Emergency department", Spent::Care, Some(180.0), Signal::Ordinary),
            leg("Hospital ward", Spent::Care, Some(12_096.0), Signal::Ordinary),
            leg("Waits for home care", Spent::Waiting, Some(8_784.0), Signal::Concern),
            leg("Home", Spent::Home, None, Signal::Ordinary),
        ],
        href: None,
    };
    let square = |x: f64, y: f64| vec![vec![vec![(x, y), (x + 0.1, y), (x + 0.1, y + 0.06), (x, y + 0.06), (x, y)]]];
    let area = |name: &str, at: (f64, f64), figure: Figure, signal| Area {
        name: name.into(),
        polygons: square(at.0, at.1),
        figure,
        signal,
        href: None,
    };
    let map = Map {
        id: "where".into(),
        title: "Longest in Eastbrook".into(),
        definition: "Middle wait of the people who live in each neighbourhood.".into(),
        unit: Unit::Minutes,
        better: Better::Lower,
        areas: vec![
            area("Eastbrook", (-2.3, 53.4), minutes(447.0), Signal::Concern),
            area("Dunmoor", (-2.2, 53.4), minutes(351.0), Signal::Ordinary),
            area("Saltley Vale", (-2.3, 53.46), minutes(1.0).hidden(), Signal::Ordinary),
        ],
    };
    let point = |name: &str, size: f64, v: f64, signal| FunnelPoint {
        name: name.into(),
        size,
        figure: Figure::new(v, "%", why("funnel")),
        signal,
        href: None,
    };
    let funnel = Funnel {
        id: "like-us".into(),
        title: "Eastbrook lies outside what chance explains".into(),
        definition: "Share waiting over 12 hours, with 95% and 99.8% limits.".into(),
        unit: Unit::Percent,
        size: "People".into(),
        points: vec![point("Eastbrook", 420.0, 13.1, Signal::Concern), point("Dunmoor", 900.0, 8.2, Signal::Ordinary)],
        mean: 8.6,
        limits: vec![[100.0, 0.0, 3.1, 14.1, 18.6], [500.0, 4.7, 6.1, 11.1, 12.5], [1000.0, 5.9, 6.9, 10.3, 11.4]],
        wider: vec![[100.0, 0.0, 1.1, 16.1, 21.6], [500.0, 3.7, 5.1, 12.1, 13.5], [1000.0, 4.9, 5.9, 11.3, 12.4]],
    };
    let dots = Dots {
        id: "in-100".into(),
        title: "21 in 100 people waited longer than 4 hours".into(),
        count: 21,
        figure: Figure::new(20.7, "%", why("in-100")).within(Some((18.2, 23.4))),
    };
    let rows = Rows {
        caption: "The ten longest waits".into(),
        table: Table::new(["asked", "wait_minutes", "still_waiting"])
            .row(["3 November 2025, 09:14".into(), Cell::said(31_680.0, "22 days"), "yes".into()])
            .row(["9 November 2025, 22:40".into(), Cell::said(21_600.0, "15 days"), "no".into()]),
        links: vec![],
    };
    let list = vec![Item {
        link: Link::new("Home care started within two days", "/measures/home-care"),
        kind: "Measure".into(),
        note: "As usual".into(),
    }];
    let notes = Notes {
        notes: vec![Note {
            who: "Flow lead".into(),
            when: "17 November 2025, 09:20".into(),
            point: "week from 10 November".into(),
            text: "Two care agencies closed that week.".into(),
        }],
        ..Notes::default()
    };
    let state = State {
        why: Why::Stale,
        title: "No records of Adult social care since 15 November".into(),
        text: "What is shown after that day leaves its people out.".into(),
        links: vec![],
        command: "catchment doctor".into(),
    };
    View {
        story: None,
        address: "/handovers/emergency-department-to-ward".into(),
        title: "People wait 6.2 hours for a bed on a ward, longer than usual".into(),
        lede: "Half wait longer than 6.2 hours, 1 in 10 longer than 14 hours.".into(),
        facts: vec![
            Fact {
                title: "Middle wait".into(),
                figure: minutes(372.0).within(Some((260.0, 353.0))),
                note: "this week".into(),
            },
            Fact { title: "9 in 10 within".into(), figure: minutes(840.0), note: String::new() },
            Fact { title: "Left without being seen".into(), figure: minutes(1.0).hidden(), note: String::new() },
        ],
        panels: vec![
            panel("weeks", "Longer than usual for 10 weeks", "", vec![Picture::Chart(Box::new(measure))]),
            panel("when", "When it is longest", "", vec![Picture::Heat(heat)]),
            panel("who", "Who waits longest", "", vec![Picture::Intervals(intervals)]),
            panel(
                "ways",
                "Ways through",
                "",
                vec![
                    Picture::Ways(vec![
                        way("a", "999 → Ambulance → Ward", 212.0, 34.0),
                        way("b", "Walk in → Ward", 140.0, 22.4),
                    ]),
                    Picture::Way(way("c", "One person’s way through", 212.0, 34.0)),
                ],
            ),
            panel("where", "Where they live", "", vec![Picture::Map(map), Picture::Funnel(funnel)]),
            panel("in-100", "Over four hours", "", vec![Picture::Dots(dots)]),
            panel("rows", "Rows", "", vec![Picture::Rows(rows), Picture::List(list)]),
            panel("notes", "Notes", "", vec![Picture::Notes(notes)]),
            panel(
                "state",
                "Social care",
                "",
                vec![Picture::State(state), Picture::Words(vec!["Ask the council.".into()])],
            ),
        ],
        choices: vec![
            choice("place", "Place", "Everywhere", "Eastbrook", "Eastbrook"),
            choice("age", "Age", "Everybody", "75-84", "75 to 84"),
        ],
        place_name: "Rivermead Health and Care Partnership".into(),
        over: "Week from Monday 17 November 2025".into(),
        as_of: "Records to 09:14 on Monday 24 November 2025".into(),
        notice: Some("Invented place and invented data.".into()),
    }
}
