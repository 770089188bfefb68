//! One invented view of each kind, together holding every kind of picture and every state.

use super::*;

/// Every page by name.
pub const NAMES: [&str; 28] = [
    "whole-system",
    "missing",
    "handovers",
    "handover",
    "journeys",
    "pathway",
    "measure",
    "place",
    "organisation",
    "sources",
    "search",
    "map",
    "states",
    "why",
    "need",
    "next",
    "simulate",
    "run",
    "running",
    "model",
    "decide",
    "question",
    "conversation",
    "decision",
    "story",
    "plans",
    "plan",
    "trust",
];

/// A page by name.
pub fn page(name: &str) -> Option<View> {
    Some(match name {
        "whole-system" => whole_system(rivermead()),
        "missing" => whole_system(missing()),
        "handovers" => handovers(),
        "handover" => handover_page(),
        "journeys" => journeys(),
        "pathway" => pathway(),
        "measure" => measure_page(),
        "place" => place(),
        "organisation" => organisation(),
        "sources" => sources(),
        "search" => search(),
        "map" => map_page(),
        "states" => states(),
        "why" => why(),
        name => return ahead::page(name).or_else(|| room::page(name)),
    })
}

const DAY: f64 = 1440.0;

pub fn base(address: &str, over: &str, title: impl Into<String>) -> View {
    View {
        address: address.to_owned(),
        place_name: "Rivermead Health and Care Partnership".to_owned(),
        over: over.to_owned(),
        title: title.into(),
        choices: choices(),
        as_of: "Records to 09:14 on Monday 24 November 2025".to_owned(),
        notice: Some("Invented place and invented data.".to_owned()),
        ..View::default()
    }
}

fn pairs(words: &[&str]) -> Vec<(String, String)> {
    words.iter().map(|w| ((*w).to_owned(), (*w).to_owned())).collect()
}

fn choice(name: &'static str, label: &str, all: &str, options: Vec<(String, String)>) -> Choice {
    Choice { name, label: label.to_owned(), all: all.to_owned(), options, chosen: None }
}

pub const PLACES: [&str; 8] =
    ["Eastbrook", "Dunmoor", "Saltley Vale", "Harbour Side", "Kings Mead", "Northfield", "Old Town", "Westholme"];

fn choices() -> Vec<Choice> {
    let fifth = ["Most deprived fifth", "Second fifth", "Middle fifth", "Fourth fifth", "Least deprived fifth"];
    let fifths = fifth.iter().enumerate().map(|(i, f)| ((i + 1).to_string(), (*f).to_owned())).collect();
    vec![
        choice("place", "Place", "Everywhere", pairs(&PLACES)),
        choice("age", "Age", "Every age", pairs(&["0 to 17", "18 to 64", "65 to 74", "75 to 84", "85 and over"])),
        choice("sex", "Sex", "Everybody", pairs(&["female", "male"])),
        choice("deprivation", "Deprivation", "Every fifth", fifths),
        choice("need", "Need", "Every need", pairs(&["frailty", "mental health", "dementia"])),
        choice(
            "week",
            "Week",
            "Newest week",
            vec![
                ("2025-11-10".to_owned(), "to 16 November 2025".to_owned()),
                ("2025-11-03".to_owned(), "to 9 November 2025".to_owned()),
            ],
        ),
    ]
}

fn choose(view: &mut View, name: &str, value: &str) {
    view.choices.iter_mut().filter(|c| c.name == name).for_each(|c| c.chosen = Some(value.to_owned()));
}

pub fn panel(id: &str, title: &str, note: &str, width: Width, pictures: Vec<Picture>) -> Panel {
    Panel { id: id.to_owned(), title: title.to_owned(), note: note.to_owned(), pictures, width, links: vec![] }
}

pub fn link(mut panel: Panel, words: &str, href: &str) -> Panel {
    panel.links.push(Link::new(words, href));
    panel
}

pub fn number(value: f64, unit: &str, id: &str, definition: &str) -> Figure {
    Figure::new(value, unit, evidence(id, definition, &["Rivermead General", "Adult social care"], 212))
}

pub fn fact(title: &str, figure: Figure, note: &str) -> Fact {
    Fact { title: title.to_owned(), figure, note: note.to_owned() }
}

fn leg(name: &str, spent: Spent, minutes: f64, signal: Signal) -> Leg {
    Leg { name: name.to_owned(), spent, minutes: Some(minutes), signal, href: None }
}

pub fn fall() -> Way {
    use Signal::{Concern, Ordinary};
    use Spent::{Care, Home, Waiting};
    Way {
        id: "fall-at-home".to_owned(),
        name: "After a fall at home, age 80 and over".to_owned(),
        sentence: "15.1 days from fall to home: 8.5 being cared for, 6.6 waiting between us.".to_owned(),
        journeys: number(
            212.0,
            "linked journeys",
            "fall-at-home",
            "Journeys this month that began with a fall at home, age 80 and over.",
        ),
        share: Some(4.0),
        legs: vec![
            leg("Calls 999", Care, 4.0, Ordinary),
            leg("Waits for crew", Waiting, 52.0, Concern),
            leg("Crew helps", Care, 38.0, Ordinary),
            leg("Waits outside", Waiting, 71.0, Concern),
            leg("Emergency department", Care, 180.0, Ordinary),
            leg("Waits for a bed", Waiting, 570.0, Concern),
            leg("Hospital ward", Care, 8.4 * DAY, Ordinary),
            leg("Waits for home care", Waiting, 6.1 * DAY, Concern),
            leg("Home", Home, 600.0, Ordinary),
        ],
        href: Some("/pathways/fall-at-home".to_owned()),
    }
}

fn whole_system(r: Rivermead) -> View {
    let mut decide = panel("decide", "Where we decide", "", Width::Narrow, vec![
        Picture::State(State {
            why: Why::Empty,
            title: "No question is open".to_owned(),
            text: "Here a question that hurts is put to all who have a stake: the choices, what each would change and for whom, where every member stands, and what was agreed.".to_owned(),
            links: vec![],
            command: String::new(),
        }),
        Picture::Words(vec!["Until then, the numbers on the left say where to begin: the first row is where most time is lost.".to_owned()]),
    ]);
    decide.links.push(Link::new("The longest wait", "/handovers/hospital-ward-to-home-with-care"));
    let title = words::headline(&r.handovers, &r.measures);
    let problems = number(1204.0, "rows", "problems", "Records, or fields of one, that could not be used.");
    let mut view = base("/", "Week to Sunday 23 November 2025", title);
    view.facts = r.facts;
    view.panels = vec![
        panel("pressure", "Pressure, place by place", "The last 16 days. Height and number are the level, 1 to 4.", Width::Whole, vec![Picture::Pressure(r.pressure)]),
        link(panel("waits", "Where people wait between us", "", Width::Wide, vec![
            Picture::Flow(r.flow.unwrap_or_default()),
            Picture::Words(vec!["Six handovers hold 2,410 days of waiting this week. Half of it is people on wards who need care at home, while 1,310 people in the emergency department needed those beds.".to_owned()]),
            Picture::Handovers(r.handovers),
        ]), "All handovers", "/handovers"),
        decide,
        link(panel("sources", "Sources", "Late ones first.", Width::Narrow, vec![Picture::Sources(r.sources)]), &format!("{} could not be used", problems.say()), "/sources#problems"),
        link(panel("changed", "What has really changed", "Only marked points are signals; the rest is ordinary variation. Dashed lines show where ordinary variation ends.", Width::Whole, vec![Picture::Measures(r.measures)]), "All 24 measures", "/measures"),
        panel("way", "One person’s way through", "After a fall at home, age 80 and over; drawn from 212 linked journeys, not a real person.", Width::Whole, vec![Picture::Way(fall())]),
    ];
    view
}

fn handovers() -> View {
    let mut view = base("/handovers", "Week to Sunday 23 November 2025", "Half of all waiting is for care at home");
    choose(&mut view, "place", "Eastbrook");
    choose(&mut view, "age", "75 to 84");
    view.panels = vec![panel(
        "waits",
        "Every handover",
        "Most time spent waiting first. Each has two owners, and both see this.",
        Width::Whole,
        vec![Picture::Handovers(rivermead().handovers)],
    )];
    view
}

fn why_of(id: &str, definition: &str) -> Evidence {
    evidence(id, definition, &["Rivermead General", "Adult social care"], 212)
}

fn groups() -> Intervals {
    let mut groups = intervals();
    groups.title = "The most deprived fifth waits 1.2 days longer".to_owned();
    groups.definition = "Middle wait with its 95% interval; the line is everybody.".to_owned();
    for row in groups.groups.iter_mut().flat_map(|g| &mut g.1) {
        row.figure.evidence =
            why_of("ward-to-home-groups", "Middle wait of those taken in the last 13 weeks, with its 95% interval.");
    }
    groups
}

fn like_us() -> Funnel {
    let mut funnel = funnel();
    for point in &mut funnel.points {
        point.figure.evidence =
            why_of("like-us", "Of all who came in the last 13 weeks, the share that waited longer than 4 hours.");
    }
    funnel
}

fn areas() -> Map {
    let mut map = map();
    map.definition = "Middle wait to go home with care, of people who live in each place, over 13 weeks.".to_owned();
    for (i, area) in map.areas.iter_mut().enumerate() {
        area.figure.evidence = why_of(&format!("ward-to-home@{}", area.name), "Middle wait of those who live here.");
        area.href = Some(format!("/places/{}", escape(&area.name)));
        area.signal = [Signal::Concern, Signal::Improvement, Signal::Ordinary][i.min(2)];
    }
    map
}

fn handover_page() -> View {
    let r = rivermead();
    let h = r.handovers[0].clone();
    let mut measure = r.measures[1].clone();
    measure.series.title = "Hospital ward to home with care".to_owned();
    measure.series.id = "ward-to-home".to_owned();
    let mut view = base(
        "/handovers/hospital-ward-to-home-with-care",
        "Handover from Rivermead General to Adult social care",
        "People wait 4.9 days to go home with care, longer than usual for 10 weeks",
    );
    view.lede = "Both owners see this page, and what either writes here is signed.".to_owned();
    choose(&mut view, "week", "2025-11-10");
    view.facts = vec![
        fact("Middle wait", h.middle, ""),
        fact("9 in 10 within", h.nine_in_ten, ""),
        fact("Waiting now", h.waiting_now, ""),
    ];
    let upstream = Table::new(["upstream", "weeks_later", "moves_with_it"])
        .row(["Emergency department to ward".into(), Cell::said(1.0, "1 week"), "4 in 10 of its weeks".into()])
        .row(["Ambulance to emergency department".into(), Cell::said(2.0, "2 weeks"), "3 in 10 of its weeks".into()]);
    view.panels = vec![
        panel("time", "The middle wait of each week", "", Width::Whole, vec![Picture::Chart(Box::new(measure))]),
        panel("hours", "When in the week", "", Width::Wide, vec![Picture::Heat(heat())]),
        panel(
            "in-100",
            "How many wait long",
            "",
            Width::Narrow,
            vec![Picture::Dots(Dots {
                id: "over-standard".to_owned(),
                title: "61 in 100 people waited longer than 2 days".to_owned(),
                count: 61,
                figure: number(
                    61.0,
                    "in 100 people",
                    "over-standard",
                    "Of those taken in the week, the share that waited longer than the standard.",
                ),
            })],
        ),
        panel("groups", "Who waits longest", "", Width::Half, vec![Picture::Intervals(groups())]),
        panel(
            "upstream",
            "What waits when this waits",
            "",
            Width::Half,
            vec![
                Picture::Rows(Rows {
                    caption: "Handovers that move with this one".to_owned(),
                    table: upstream,
                    links: vec![Some("/handovers/emergency-department-to-ward".to_owned()), None],
                }),
                Picture::Words(vec![
                    "That two waits move together does not show that one causes the other: a hard winter moves both."
                        .to_owned(),
                ]),
            ],
        ),
        panel(
            "notes",
            "Notes on these points",
            "Signed and kept.",
            Width::Whole,
            vec![Picture::Notes(notes(Some("/handovers/hospital-ward-to-home-with-care/notes")))],
        ),
    ];
    view
}

fn notes(send_to: Option<&str>) -> Notes {
    Notes {
        notes: vec![
            Note {
                who: "Matron, Rivermead General".to_owned(),
                when: "Monday 3 November 2025, 08:51".to_owned(),
                point: "week from 27 October".to_owned(),
                text:
                    "Two home care rounds in Dunmoor stopped on the 28th; 11 people were ready and had nobody to go to."
                        .to_owned(),
            },
            Note {
                who: "Brokerage lead, Adult social care".to_owned(),
                when: "Tuesday 4 November 2025, 16:20".to_owned(),
                point: String::new(),
                text: "A new provider takes Dunmoor from 24 November.".to_owned(),
            },
        ],
        points: pairs(&["week from 17 November", "week from 10 November"]),
        send_to: send_to.map(str::to_owned),
        who: "Flow lead, Rivermead".to_owned(),
        help: "Only owners of this handover write here. Ask Rivermead General or Adult social care to add you."
            .to_owned(),
    }
}

fn way(name: &str, share: f64, journeys: f64, legs: Vec<Leg>) -> Way {
    let id = name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
    Way {
        journeys: number(
            journeys,
            "journeys",
            &id,
            "Journeys that ended in the last 13 weeks and passed these services in this order.",
        ),
        name: name.to_owned(),
        sentence: String::new(),
        share: Some(share),
        legs,
        href: Some(format!("/pathways/{id}")),
        id,
    }
}

fn ways() -> Vec<Way> {
    use Signal::{Concern, Improvement, Ordinary};
    use Spent::{Care, Home, Unknown, Waiting};
    vec![
        way(
            "General practice",
            41.0,
            36_900.0,
            vec![
                leg("Waits for an appointment", Waiting, 5.0 * DAY, Ordinary),
                leg("General practice", Care, 15.0, Ordinary),
            ],
        ),
        way(
            "Walk in → Emergency department → Home",
            17.0,
            15_300.0,
            vec![leg("Emergency department", Care, 150.0, Ordinary), leg("Waits to be seen", Waiting, 140.0, Ordinary)],
        ),
        way(
            "999 → Ambulance → Emergency department → Hospital ward → Home",
            9.0,
            8_100.0,
            vec![
                leg("Waits for crew", Waiting, 34.0, Ordinary),
                leg("Ambulance", Care, 60.0, Ordinary),
                leg("Waits outside", Waiting, 41.0, Concern),
                leg("Emergency department", Care, 240.0, Ordinary),
                leg("Waits for a bed", Waiting, 372.0, Concern),
                leg("Hospital ward", Care, 5.1 * DAY, Ordinary),
                leg("Not known", Unknown, 300.0, Ordinary),
            ],
        ),
        way(
            "111 → Same day care → Home",
            6.0,
            5_400.0,
            vec![leg("Waits for a call", Waiting, 96.0, Improvement), leg("Same day care", Care, 120.0, Ordinary)],
        ),
        way(
            "999 → Ambulance → Emergency department → Hospital ward → Home with care",
            2.0,
            1_800.0,
            vec![
                leg("Ambulance", Care, 90.0, Ordinary),
                leg("Waits for a bed", Waiting, 500.0, Concern),
                leg("Hospital ward", Care, 8.4 * DAY, Ordinary),
                leg("Waits for home care", Waiting, 4.9 * DAY, Concern),
                leg("Home care", Home, 2.0 * DAY, Ordinary),
            ],
        ),
    ]
}

fn journeys() -> View {
    let mut view =
        base("/journeys", "13 weeks to Sunday 23 November 2025", "Five ways through cover 75 of every 100 journeys");
    view.facts = vec![
        fact("Journeys", number(90_000.0, "", "journeys", "Journeys that ended in the period."), "in 13 weeks"),
        fact(
            "Time waiting",
            number(38.0, "%", "journeys-waiting", "Of all the time of journeys, the share spent waiting."),
            "of the time",
        ),
    ];
    view.panels = vec![
        panel(
            "ways",
            "The common ways through",
            "Each bar is one scale of its own: what the time of a typical journey is spent on.",
            Width::Whole,
            vec![Picture::Ways(ways())],
        ),
        panel("typical", "One of them, drawn large", "", Width::Whole, vec![Picture::Way(fall())]),
        panel(
            "single",
            "Single journeys",
            "",
            Width::Whole,
            vec![
                Picture::State(State {
                    why: Why::NotAllowed,
                    title: "Single journeys are open to those with a reason".to_owned(),
                    text: "Identity stays hidden, and the reason that you give is kept with your name.".to_owned(),
                    links: vec![Link::new("Give a reason", "/journeys/reason")],
                    command: String::new(),
                }),
                Picture::Form(Form {
                    send_to: "/journeys/reason".to_owned(),
                    post: true,
                    fields: vec![
                        Field {
                            name: "reason".to_owned(),
                            label: "Why do you need to see them?".to_owned(),
                            hint: "One sentence. It is kept.".to_owned(),
                            entry: Entry::Long,
                            ..Field::default()
                        },
                        Field {
                            name: "for".to_owned(),
                            label: "For whom".to_owned(),
                            options: pairs(&["A review of one handover", "A complaint", "An audit"]),
                            value: "An audit".to_owned(),
                            ..Field::default()
                        },
                        Field { name: "reference".to_owned(), label: "Reference".to_owned(), ..Field::default() },
                    ],
                    button: "Continue".to_owned(),
                    wrong: Some(("reason".to_owned(), "Say why in one sentence".to_owned())),
                    ..Form::default()
                }),
            ],
        ),
    ];
    view
}

fn pathway() -> View {
    let mut view = base(
        "/pathways/hip-fracture",
        "Declared pathway: hip fracture",
        "34 in 100 people leave the pathway before surgery within 36 hours",
    );
    let table = Table::new(["step", "people", "of_100", "cost_them"])
        .row(["Arrives in emergency department".into(), Cell::from(412u64), Cell::said(100.0, "100"), Cell::Missing])
        .row([
            "Orthopaedic ward within 4 hours".into(),
            Cell::from(301u64),
            Cell::said(73.0, "73"),
            Cell::said(312.0, "5.2 hours more"),
        ])
        .row([
            "Surgery within 36 hours".into(),
            Cell::from(272u64),
            Cell::said(66.0, "66"),
            Cell::said(2160.0, "1.5 days more"),
        ]);
    view.panels = vec![panel(
        "steps",
        "Where people leave it",
        "",
        Width::Whole,
        vec![Picture::Rows(Rows { caption: "Steps of the pathway".to_owned(), table, links: vec![] })],
    )];
    view.panels.push(panel("groups", "Who waits longest", "", Width::Whole, vec![Picture::Intervals(groups())]));
    view.panels.push(panel("like-us", "Places like us", "", Width::Whole, vec![Picture::Funnel(like_us())]));
    view
}

fn measure_page() -> View {
    let m = rivermead().measures[3].clone();
    let mut view = base(
        "/measures/2-hour-community-response-met",
        "Community; higher is better",
        "80% of people in a crisis were seen within 2 hours, and it is holding",
    );
    view.facts = vec![fact("Newest week", m.latest.clone(), "")];
    view.panels = vec![
        panel("time", "Week by week", "", Width::Whole, vec![Picture::Chart(Box::new(m.clone()))]),
        panel("like-us", "Places like us", "", Width::Half, vec![Picture::Funnel(like_us())]),
        panel("groups", "Split by group", "", Width::Half, vec![Picture::Intervals(groups())]),
        panel("definition", "What it counts", "", Width::Half, vec![Picture::Words(vec![
            "People referred to an urgent community response team who were seen within two hours, of all who were referred.".to_owned(),
            "select count(*) filter (where wait_minutes <= 120)\nfrom handovers\nwhere handover = 'community-crisis'".to_owned(),
        ])]),
        panel("balance", "What it must not cost", "", Width::Half, vec![Picture::Measures(vec![rivermead().measures[1].clone(), rivermead().measures[5].clone()])]),
    ];
    view
}

fn map_page() -> View {
    let mut view =
        base("/map", "13 weeks to Sunday 23 November 2025", "People in Eastbrook wait longest to go home with care");
    view.choices.insert(
        0,
        choice("measure", "Measure", "Wait to go home with care", pairs(&["Ambulance handover", "Wait for a bed"])),
    );
    view.panels = vec![panel("map", "Place by place", "", Width::Whole, vec![Picture::Map(areas())])];
    view
}

fn place() -> View {
    let r = rivermead();
    let mut view = base(
        "/places/Dunmoor",
        "Neighbourhood: 41,200 people, most deprived fifth",
        "People in Dunmoor wait longest to go home with care",
    );
    view.choices.clear();
    view.facts = vec![
        fact("People", number(41_200.0, "", "people@Dunmoor", "People who live here, mid-2024 estimate."), ""),
        fact("Age 75 and over", number(9.4, "%", "age@Dunmoor", "Of those who live here."), "of people"),
        fact(
            "Waiting now",
            Figure::new(None, "people", evidence("now@Dunmoor", "People waiting now.", &["Adult social care"], 4))
                .hidden(),
            "",
        ),
    ];
    let like = Table::new(["place", "why_alike", "wait_minutes_p50"])
        .row(["Old Town".into(), "age, deprivation, distance to hospital".into(), Cell::said(5.6 * DAY, "5.6 days")])
        .row(["Northfield".into(), "age, deprivation".into(), Cell::said(4.9 * DAY, "4.9 days")]);
    view.panels = vec![
        panel("map", "Where it is", "", Width::Whole, vec![Picture::Map(areas())]),
        panel("waits", "Its waits", "", Width::Wide, vec![Picture::Handovers(r.handovers[..3].to_vec())]),
        panel(
            "like",
            "Places most like it",
            "",
            Width::Narrow,
            vec![Picture::Rows(Rows {
                caption: "Places most like Dunmoor".to_owned(),
                table: like,
                links: vec![Some("/places/Old%20Town".to_owned()), Some("/places/Northfield".to_owned())],
            })],
        ),
        panel("measures", "Its measures", "", Width::Whole, vec![Picture::Measures(r.measures[..4].to_vec())]),
    ];
    view
}

fn organisation() -> View {
    let r = rivermead();
    let mut view = base(
        "/organisations/rivermead-general",
        "Acute hospital, RXR",
        "Rivermead General has 142 people ready to leave and nowhere to go",
    );
    view.panels = vec![
        panel("pressure", "Pressure", "", Width::Whole, vec![Picture::Pressure(r.pressure[..2].to_vec())]),
        panel(
            "waits",
            "Handovers it owns with others",
            "",
            Width::Whole,
            vec![Picture::Handovers(r.handovers[..4].to_vec())],
        ),
        panel("sources", "What it sends", "", Width::Half, vec![Picture::Sources(r.sources[..2].to_vec())]),
        panel(
            "services",
            "Its services",
            "",
            Width::Half,
            vec![Picture::Rows(Rows {
                caption: "Services".to_owned(),
                table: Table::new(["service", "kind", "capacity"])
                    .row(["Emergency department".into(), "emergency department".into(), Cell::from(48u64)])
                    .row(["Medical wards".into(), "ward".into(), Cell::from(312u64)]),
                links: vec![],
            })],
        ),
    ];
    view
}

fn sources() -> View {
    let mut view = base("/sources", "9 feeds", "Two of nine feeds are late");
    view.choices.clear();
    let table = Table::new(["feed", "code", "rows", "example", "way_out"])
        .row([
            "Client-level data, CSV".into(),
            "unknown_service".into(),
            Cell::from(861u64),
            "line 204: HC-99".into(),
            "name HC-99 in feeds/client-level.toml".into(),
        ])
        .row([
            "Admissions and transfers, HL7".into(),
            "no_time".into(),
            Cell::from(204u64),
            "line 17: EVN-2 is empty".into(),
            "ask Rivermead General to fill EVN-2".into(),
        ]);
    view.panels = vec![
        panel("sources", "Feeds", "Late ones first.", Width::Whole, vec![Picture::Sources(rivermead().sources)]),
        panel(
            "problems",
            "What could not be used",
            "Kept, each with the reason and the way out.",
            Width::Whole,
            vec![Picture::Rows(Rows {
                caption: "Problems by feed and reason".to_owned(),
                table,
                links: vec![Some("/sources/client-level".to_owned()), Some("/sources/rivermead-general".to_owned())],
            })],
        ),
        panel(
            "late",
            "Adult social care",
            "",
            Width::Whole,
            vec![Picture::State(State {
                why: Why::Stale,
                title: "No records of Adult social care since Friday 14 November".to_owned(),
                text: "It sends every day and is 9 days late. Its charts are drawn with a gap from that day on."
                    .to_owned(),
                links: vec![Link::new("Who sends it", "/organisations/adult-social-care")],
                command: "catchment add rivermead client-level.csv".to_owned(),
            })],
        ),
    ];
    view
}

fn search() -> View {
    let mut view = base("/search", "Search", "3 found for “home care”");
    view.choices = vec![Choice {
        name: "q",
        label: "Search for".to_owned(),
        all: "a place, a service, a measure".to_owned(),
        options: vec![],
        chosen: Some("home care".to_owned()),
    }];
    let item = |words: &str, href: &str, kind: &str, note: &str| Item {
        link: Link::new(words, href),
        kind: kind.to_owned(),
        note: note.to_owned(),
    };
    view.panels = vec![panel(
        "found",
        "Found",
        "",
        Width::Whole,
        vec![Picture::List(vec![
            item(
                "Hospital ward to home with care",
                "/handovers/hospital-ward-to-home-with-care",
                "Handover",
                "Middle wait 4.9 days, longer than usual",
            ),
            item(
                "Home care packages started within two days",
                "/measures/home-care-packages-started-within-two-days",
                "Measure",
                "61%, as usual",
            ),
            item("Rivermead Home Care", "/organisations/rivermead-home-care", "Organisation", "Social care"),
        ])],
    )];
    view
}

fn states() -> View {
    let mut view = base("/states", "Every state", "Why there may be nothing to see");
    view.choices.clear();
    let all = [
        (
            Why::Empty,
            "No records of this handover yet",
            "It appears when two services show the same person passing between them.",
            "Add records",
            "catchment add rivermead extracts/*.csv",
        ),
        (
            Why::Stale,
            "No records of Eastbrook since 3 November",
            "The chart has a gap from that week on; the last value is not today’s.",
            "The feed",
            "",
        ),
        (
            Why::Suppressed,
            "Fewer than 10 people",
            "A number this small could tell of someone. Choose a larger place or a longer time.",
            "Everywhere",
            "",
        ),
        (
            Why::NotAllowed,
            "Notes are for the two owners",
            "Ask Rivermead General or Adult social care to add you.",
            "Who to ask",
            "",
        ),
        (
            Why::TooFew,
            "8 weeks are known, 13 are needed",
            "The run is drawn as it is; nothing in it is called a signal.",
            "The weeks",
            "",
        ),
        (Why::Working, "Counting 41 weeks of 53", "1,204,310 rows read; about 20 seconds are left.", "Look again", ""),
        (
            Why::Wrong,
            "The measure could not be counted",
            "Its numerator names a column that is not there: wait_mins. Did you mean wait_minutes?",
            "The definition",
            "catchment doctor rivermead",
        ),
    ];
    view.panels = all
        .into_iter()
        .enumerate()
        .map(|(i, (why, title, text, link, command))| {
            panel(
                &format!("state-{i}"),
                &format!("State {}", i + 1),
                "",
                Width::Half,
                vec![Picture::State(State {
                    why,
                    title: title.to_owned(),
                    text: text.to_owned(),
                    links: vec![Link::new(link, "/states")],
                    command: command.to_owned(),
                })],
            )
        })
        .collect();
    view.panels.push(panel(
        "notes",
        "Notes of those who may not write",
        "",
        Width::Half,
        vec![Picture::Notes(notes(None))],
    ));
    view.panels.push(panel(
        "none",
        "Nothing found",
        "",
        Width::Half,
        vec![
            Picture::List(vec![]),
            Picture::Measures(vec![]),
            Picture::Handovers(vec![]),
            Picture::Sources(vec![]),
            Picture::Notes(Notes::default()),
        ],
    ));
    view
}

fn why() -> View {
    let measure = &rivermead().measures[1];
    let mut view =
        base(&format!("/why/{}", measure.series.id), "Where this number comes from", "Ambulance handover: 41 min");
    view.choices.clear();
    let mut table = Table::of_series(&measure.series);
    table.note = "Every week that the chart draws.".to_owned();
    view.panels = vec![
        panel(
            "asks",
            "What it asks",
            "",
            Width::Half,
            vec![Picture::Words(vec![measure.latest.evidence.definition.clone()])],
        ),
        panel(
            "numerator",
            "How it is counted",
            "",
            Width::Half,
            vec![Picture::Words(vec![
                "select median(wait_minutes)\nfrom handovers\nwhere handover = 'ambulance'".to_owned(),
            ])],
        ),
        panel(
            "rows",
            "The newest weeks",
            "",
            Width::Whole,
            vec![Picture::Rows(Rows { caption: "The newest weeks".to_owned(), table, links: vec![] })],
        ),
    ];
    view
}

/// What the public sees of it.
pub fn public() -> show::public::PublicPage {
    use show::public::{PublicPage, PublicWait, middle_wait, suppress};
    let wait = |what: &str, minutes: f64, people: u64, signal: Signal| PublicWait {
        what: what.to_owned(),
        middle: middle_wait(minutes, people),
        waiting: suppress(people),
        signal,
    };
    PublicPage {
        place: "Rivermead".to_owned(),
        period: "the week to Sunday 23 November 2025".to_owned(),
        waits: vec![
            wait("to go home with care", 4.9 * DAY, 312, Signal::Concern),
            wait("for a care home", 6.8 * DAY, 74, Signal::Concern),
            wait("for a bed on a ward", 372.0, 61, Signal::Concern),
            wait("for an ambulance", 34.0, 9, Signal::Ordinary),
            wait("to be seen the same day", 96.0, 41, Signal::Improvement),
        ],
        say: vec!["Come to the open meeting in the town hall on 4 December, at 6 in the evening.".to_owned()],
        as_of: "09:14 on Monday 24 November 2025".to_owned(),
        notice: Some("This place and its numbers are made up.".to_owned()),
    }
}
