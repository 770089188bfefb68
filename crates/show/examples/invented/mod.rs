//! Rivermead for a page: invented values, the same each time, for the example and the goldens.

#![allow(dead_code)] // each example and test takes what it needs

pub mod ahead;
pub mod pages;
pub mod room;

use jiff::{ToSpan, civil::date};
use show::*;

/// A small generator, so that the picture is the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let uniform = |state: &mut u64| {
            *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (*state >> 33) as f64 / f64::from(1u32 << 31)
        };
        (0..6).map(|_| uniform(&mut self.0) - 0.5).sum::<f64>() * 1.41
    }
}

const WEEKS: usize = 53;

/// Weekly values about `mean`; from week `shift.0` they move by `shift.1` and carry `signal`.
fn points(noise: &mut Noise, mean: f64, sd: f64, shift: Option<(usize, f64, Signal)>) -> Vec<Point> {
    (0..WEEKS)
        .map(|week| {
            let moved = shift.filter(|s| week >= s.0);
            let by = moved.map_or(0.0, |(from, by, _)| by * ((week - from + 1) as f64 / 4.0).min(1.0));
            Point {
                start: date(2024, 11, 18) + (week as i64).weeks(),
                value: Some(mean + noise.next().clamp(-2.2, 2.2) * sd + by),
                signal: moved.map_or(Signal::Ordinary, |s| s.2),
            }
        })
        .collect()
}

fn evidence(id: &str, definition: &str, sources: &[&str], rows: u64) -> Evidence {
    Evidence {
        id: id.to_owned(),
        definition: definition.to_owned(),
        sources: sources.iter().map(|s| (*s).to_owned()).collect(),
        rows: Some(rows),
        fresh_as_of: "09:14 on Monday 24 November 2025".to_owned(),
        numerator: "minutes from being asked for, or being ready, to being taken".to_owned(),
        denominator: "everybody asked for in the week".to_owned(),
        excludes: "people who live outside Rivermead".to_owned(),
        shown_on: vec![Link::new("Handovers", "/handovers")],
    }
}

fn handover(
    noise: &mut Noise,
    (name, waits): (&str, &str),
    owners: (&str, &str),
    minutes: (f64, f64),
    (days, now): (f64, f64),
    longer: bool,
    standard: Option<f64>,
) -> Handover {
    let id: String = name.to_lowercase().replace(' ', "-");
    let why = |what: &str| {
        evidence(
            &format!("{id}-{what}"),
            &format!(
                "{name}: every person asked for in the week, those still waiting and those who left another way included."
            ),
            &[owners.0, owners.1],
            1310,
        )
    };
    let signal = if longer { Signal::Concern } else { Signal::Ordinary };
    let shift = longer.then_some((43, minutes.0 * 0.3, Signal::Concern));
    Handover {
        name: name.to_owned(),
        waits: Some(waits.to_owned()),
        from_owner: owners.0.to_owned(),
        to_owner: owners.1.to_owned(),
        middle: Figure {
            range: Some((minutes.0 * 0.7, minutes.0 * 0.95)),
            ..Figure::new(minutes.0, "minutes", why("middle"))
        },
        nine_in_ten: Figure::new(minutes.1, "minutes", why("nine-in-ten")),
        hours_waiting: Figure::new(days * 24.0, "hours", why("hours")),
        waiting_now: Figure::new(now, "people", why("now")),
        past_year: points(noise, minutes.0 * 0.75, minutes.0 * 0.06, shift),
        signal,
        standard,
        href: Some(format!("/handovers/{id}")),
        id,
    }
}

struct Shape<'a>(
    &'a str,
    &'a str,
    &'a str,
    Better,
    f64,
    f64,
    Option<(usize, f64, Signal)>,
    Option<f64>,
    Option<&'a str>,
);

fn measure(noise: &mut Noise, Shape(title, sector, unit, better, mean, sd, shift, target, event): Shape) -> Measure {
    let points = points(noise, mean, sd, shift);
    let whole = Limits { from: 0, to: WEEKS, mean, lower: mean - 2.6 * sd, upper: mean + 2.6 * sd };
    let limits = match (shift, event) {
        (Some((from, by, _)), Some(_)) => {
            vec![
                Limits { to: from, ..whole },
                Limits { from, to: WEEKS, mean: mean + by, lower: whole.lower + by, upper: whole.upper + by },
            ]
        }
        _ => vec![whole],
    };
    let series = Series {
        id: title.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-"),
        title: title.to_owned(),
        unit: unit.into(),
        better,
        every: Every::Week,
        events: event
            .into_iter()
            .filter_map(|label| Some(Event { at: shift?.0, label: label.to_owned(), rebased_by: None }))
            .collect(),
        baseline: None,
        method: String::new(),
        points,
        limits,
        target,
    };
    let why = evidence(&series.id, &format!("{title}, counted each week for the whole place."), &[sector], 4300);
    Measure {
        sector: sector.to_owned(),
        sentence: words::finding(&series),
        latest: Figure {
            range: series.limits.last().map(|l| (l.lower, l.upper)),
            ..Figure::new(series.points[WEEKS - 1].value, unit, why)
        },
        href: Some(format!("/measures/{}", series.id)),
        series,
    }
}

/// What all the invented pages are made of.
pub struct Rivermead {
    pub facts: Vec<Fact>,
    pub pressure: Vec<Pressure>,
    pub flow: Option<Flow>,
    pub handovers: Vec<Handover>,
    pub measures: Vec<Measure>,
    pub sources: Vec<Source>,
}

/// A whole invented week.
pub fn rivermead() -> Rivermead {
    let n = &mut Noise(20251117);
    let (general, east, care, ambulance) =
        ("Rivermead General", "Eastbrook District", "Adult social care", "Rivermead Ambulance");
    let day = 1440.0;
    let handovers = vec![
        handover(
            n,
            ("Hospital ward to home with care", "to leave hospital"),
            (general, care),
            (4.9 * day, 11.0 * day),
            (1240.0, 312.0),
            true,
            Some(2880.0),
        ),
        handover(
            n,
            ("Hospital ward to care home", "for a care home"),
            (general, "Care homes, 87"),
            (6.8 * day, 16.0 * day),
            (410.0, 74.0),
            true,
            None,
        ),
        handover(
            n,
            ("Emergency department to ward", "for a bed on a ward"),
            (general, general),
            (372.0, 840.0),
            (405.0, 61.0),
            true,
            Some(240.0),
        ),
        handover(
            n,
            ("Hospital ward to intermediate care", "for intermediate care"),
            (general, "Community Health"),
            (3.1 * day, 7.0 * day),
            (250.0, 40.0),
            false,
            None,
        ),
        handover(
            n,
            ("999 to ambulance", "for an ambulance"),
            (ambulance, ambulance),
            (34.0, 82.0),
            (58.0, 9.0),
            false,
            Some(18.0),
        ),
        handover(
            n,
            ("Ambulance to emergency department", "outside hospital"),
            (ambulance, general),
            (41.0, 118.0),
            (47.0, 11.0),
            true,
            Some(15.0),
        ),
    ];
    use Better::{Higher, Lower, Neither};
    use Signal::{Concern, Improvement};
    let shapes = [
        Shape(
            "Ready to leave hospital, still there",
            "Hospital",
            "people",
            Lower,
            168.0,
            8.0,
            Some((43, 32.0, Concern)),
            None,
            None,
        ),
        Shape(
            "Ambulance handover",
            "Ambulance",
            "minutes",
            Lower,
            29.0,
            2.6,
            Some((46, 10.0, Concern)),
            Some(15.0),
            None,
        ),
        Shape(
            "Over 12 hours in emergency department",
            "Hospital",
            "%",
            Lower,
            7.4,
            0.8,
            Some((46, 2.4, Concern)),
            Some(2.0),
            None,
        ),
        Shape(
            "2-hour community response met",
            "Community",
            "%",
            Higher,
            76.0,
            2.4,
            Some((31, 7.0, Improvement)),
            Some(70.0),
            Some("Falls from 999"),
        ),
        Shape(
            "Eastbrook: days waiting after ready",
            "Hospital",
            "days",
            Lower,
            5.6,
            0.36,
            Some((35, -0.8, Improvement)),
            None,
            Some("Home First"),
        ),
        Shape("Cancer: treated within 62 days", "Hospital", "%", Higher, 65.0, 4.0, None, Some(85.0), None),
        Shape(
            "Children waiting over a year, mental health",
            "Mental health",
            "people",
            Lower,
            241.0,
            9.0,
            None,
            None,
            None,
        ),
        Shape("GP appointments within two weeks", "General practice", "%", Higher, 84.5, 1.8, None, Some(85.0), None),
        Shape("Home care packages started within two days", "Social care", "%", Higher, 61.0, 3.1, None, None, None),
        Shape("Calls to 111", "NHS 111", "calls", Neither, 3120.0, 160.0, None, None, None),
        Shape("Hospice at home: wait to first visit", "Voluntary", "minutes", Lower, 1900.0, 210.0, None, None, None),
        Shape("Falls seen by the fire service", "Voluntary", "people", Neither, 3.0, 1.6, None, None, None),
    ];
    let measures: Vec<Measure> = shapes.map(|s| measure(n, s)).into();
    let feeds = [
        (general, "Admissions and transfers, HL7", "12 minutes ago", 412_310, 204, false),
        (east, "Admissions and transfers, HL7", "9 minutes ago", 198_022, 96, false),
        (ambulance, "Call and crew times, CSV", "1 hour ago", 98_410, 12, false),
        ("Community Health", "Referrals and contacts, FHIR", "2 hours ago", 141_870, 31, false),
        ("Mind and Wellbeing", "Referrals and contacts, FHIR", "yesterday", 61_204, 0, false),
        (care, "Client-level data, CSV", "9 days late", 31_992, 861, true),
        ("General practice, 41", "Appointments, CSV", "yesterday", 804_113, 0, false),
        ("Care homes, 87", "Beds and stays, CSV", "3 days late", 8_120, 0, true),
        ("Rivermead Hospice", "Visits, CSV", "yesterday", 2_310, 0, false),
    ];
    let sources = feeds.map(|(organisation, feed, freshness, records, problems, stale)| Source {
        organisation: organisation.to_owned(),
        feed: feed.to_owned(),
        last_record: Some("Monday 24 November 2025, 09:02".to_owned()),
        records,
        problems,
        freshness: freshness.to_owned(),
        stale,
        id: format!("source-{}", organisation.to_lowercase().replace([' ', ','], "-")),
    });
    let levels = [
        (general, "2223333334333344", "142 ready to leave, no care"),
        (east, "2232223333334333", "61 ready to leave, no care"),
        (ambulance, "2222222222333333", "71 min lost per handover"),
        (care, "3333333333344444", "312 waiting for home care"),
        ("Community Health", "2222222222222233", "80% of 2-hour calls met"),
        ("Mind and Wellbeing", "122-233322-22322", "9 people out of area"),
        ("General practice, 41", "3222322222322222", "85% seen in two weeks"),
        ("Care homes, 87", "1111112222111222", "23 beds free, 6 today"),
    ];
    let pressure = levels.map(|(organisation, days, reason)| {
        let days: Vec<Option<u8>> = days.bytes().map(|b| b.is_ascii_digit().then(|| b - b'0')).collect();
        Pressure {
            organisation: organisation.to_owned(),
            level: Figure::new(
                days[days.len() - 1].map(f64::from),
                "",
                evidence("pressure", "The level that the organisation declared this morning.", &[organisation], 1),
            ),
            // half of them declare a level as well, a little slow to follow what is measured
            declared: if reason.len() % 2 == 0 {
                days.iter().take(2).chain(&days[..days.len() - 2]).copied().collect()
            } else {
                vec![]
            },
            days,
            reason: reason.to_owned(),
            href: Some(format!("/organisations/{}", organisation.to_lowercase().replace([' ', ','], "-"))),
        }
    });
    let stop = |name: &str, column: usize, people: f64| Stop { name: name.to_owned(), column, people };
    let go = |from: usize, to: usize, people: f64, wait_minutes: Option<f64>, signal: Signal| Move {
        from,
        to,
        people,
        wait_minutes,
        signal,
        href: wait_minutes.map(|_| format!("/handovers/{from}-{to}")),
    };
    let usual = Signal::Ordinary;
    let flow = Flow {
        sentence: "Urgent care this week. Width is people; a label is the middle wait at that handover.".to_owned(),
        stops: vec![
            stop("999", 0, 1920.0),
            stop("Walk in or sent by 111", 0, 3120.0),
            stop("Ambulance", 1, 1920.0),
            stop("Emergency department", 2, 4300.0),
            stop("Same day care", 3, 430.0),
            stop("Hospital ward", 3, 1310.0),
            stop("Home", 4, 4710.0),
            stop("Home with care", 4, 210.0),
            stop("Intermediate care", 4, 70.0),
            stop("Care home", 4, 50.0),
        ],
        moves: vec![
            go(0, 2, 1920.0, Some(34.0), usual),
            go(2, 6, 740.0, None, Improvement),
            go(2, 3, 1180.0, Some(41.0), Concern),
            go(1, 3, 3120.0, None, usual),
            go(3, 6, 2560.0, None, usual),
            go(3, 4, 430.0, Some(96.0), Improvement),
            go(3, 5, 1310.0, Some(372.0), Concern),
            go(4, 6, 430.0, None, usual),
            go(5, 6, 980.0, None, usual),
            go(5, 7, 210.0, Some(4.9 * day), Concern),
            go(5, 8, 70.0, Some(3.1 * day), usual),
            go(5, 9, 50.0, Some(6.8 * day), Concern),
        ],
    };
    let changed = measures.iter().filter(|m| m.series.signal() != usual).count();
    let fact =
        |title: &str, figure: Figure, note: &str| Fact { title: title.to_owned(), figure, note: note.to_owned() };
    Rivermead {
        facts: vec![
            fact(
                "Measures that really changed",
                Figure::new(
                    changed as f64,
                    "",
                    evidence("changed", "Measures whose last point is a signal by the SPC rules.", &["every feed"], 12),
                ),
                &format!("of {}", measures.len()),
            ),
            fact(
                "Days waiting between us",
                Figure::new(
                    2410.0,
                    "",
                    evidence(
                        "delay",
                        "Person-hours between being asked for and being taken, over every handover, as days.",
                        &["every feed"],
                        9310,
                    ),
                ),
                "this week",
            ),
            fact(
                "Sources up to date",
                Figure::new(
                    7.0,
                    "",
                    evidence("fresh", "Feeds with a record no older than they promised.", &["every feed"], 9),
                ),
                "of 9",
            ),
        ],
        pressure: pressure.into(),
        flow: Some(flow),
        handovers,
        measures,
        sources: sources.into(),
    }
}

/// The same on a bad day: feeds silent, too few points, nothing known of a handover.
pub fn missing() -> Rivermead {
    let mut view = rivermead();
    let silent = &mut view.handovers[3];
    for f in [&mut silent.middle, &mut silent.nine_in_ten, &mut silent.hours_waiting, &mut silent.waiting_now] {
        f.value = None;
    }
    silent.past_year.iter_mut().skip(20).take(12).for_each(|p| p.value = None);
    let series = &mut view.measures[5].series;
    series.points.iter_mut().skip(18).take(9).for_each(|p| p.value = None);
    view.measures[6].series.points.truncate(8);
    view.measures[6].series.limits.clear();
    view.measures[7].series.points.iter_mut().for_each(|p| p.value = None);
    view.measures[8].series.points.iter_mut().rev().take(3).for_each(|p| p.value = None);
    for m in &mut view.measures {
        m.sentence = words::finding(&m.series);
        m.latest.value = m.series.points.last().and_then(|p| p.value);
    }
    view
}

/// Charts as wide as a page: a change that worked with a rebase and steps of a plan, and a feed that fell silent.
pub fn wide() -> Vec<Series> {
    let view = rivermead();
    let mut eastbrook = view.measures[4].series.clone();
    eastbrook.target = Some(4.5);
    for (at, label) in [(8, "Winter ward opens"), (33, "Two therapists start"), (37, "Weekend cover"), (38, "Review")] {
        let rebased_by = (label == "Two therapists start").then(|| "Flow lead".to_owned());
        eastbrook.events.push(Event { at, label: label.to_owned(), rebased_by });
    }
    let mut silent = missing().measures[8].series.clone();
    silent.points.iter_mut().skip(12).take(6).for_each(|p| p.value = None);
    silent.points.iter_mut().rev().take(7).for_each(|p| p.value = None);
    vec![view.measures[1].series.clone(), eastbrook, silent]
}

/// Middle waits by hour of the week: longest on Monday evenings.
pub fn heat() -> Heat {
    let n = &mut Noise(77);
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let cell = |n: &mut Noise, day: usize, hour: usize| {
        let evening = (-((hour as f64 - 19.0) / 4.5).powi(2)).exp();
        let value = 95.0 + 260.0 * evening * [1.5, 1.0, 0.9, 0.9, 1.1, 0.7, 0.8][day] + n.next() * 22.0;
        (!(day == 2 && (2..5).contains(&hour))).then_some(value.max(20.0))
    };
    Heat {
        id: "when".to_owned(),
        title: "Longest on Monday evenings".to_owned(),
        definition: "Middle wait of those who asked in this hour".to_owned(),
        rows: days.map(str::to_owned).into(),
        columns: (0..24).map(|h| h.to_string()).collect(),
        values: (0..7).map(|d| (0..24).map(|h| cell(n, d, h)).collect()).collect(),
        people: vec![vec![14; 24]; 7],
        unit: Some(Unit::Minutes),
    }
}

/// Waits by group, one too small to show.
pub fn intervals() -> Intervals {
    let day = 1440.0;
    let row = |name: &str, days: f64, half: f64, people: u64, signal: Signal| Interval {
        name: name.to_owned(),
        figure: Figure::new(days * day, "minutes", Evidence::default())
            .within(Some(((days - half) * day, (days + half) * day))),
        fair: None,
        people,
        signal,
        href: Some(format!("/handovers/ward-to-home-care?group={}", escape(name))),
    };
    use Signal::{Concern, Improvement, Ordinary};
    let mut hidden = row("Under 40", 1.0, 0.2, 3, Ordinary);
    hidden.figure = hidden.figure.hidden();
    Intervals {
        id: "groups".to_owned(),
        title: "The poorest wait longest".to_owned(),
        definition: "Middle wait with its 95% interval".to_owned(),
        groups: vec![
            (
                "Deprivation".to_owned(),
                vec![
                    row("Most deprived fifth", 6.1, 0.5, 214, Concern),
                    row("Second fifth", 5.2, 0.5, 190, Ordinary),
                    row("Middle fifth", 4.8, 0.6, 171, Ordinary),
                    row("Fourth fifth", 4.5, 0.7, 122, Ordinary),
                    row("Least deprived fifth", 3.7, 0.6, 98, Improvement),
                ],
            ),
            (
                "Age".to_owned(),
                vec![
                    hidden,
                    row("40 to 64", 4.1, 1.4, 41, Ordinary),
                    row("65 to 74", 4.7, 0.8, 120, Ordinary),
                    row("75 to 84", 5.0, 0.4, 301, Ordinary),
                    row("85 and over", 5.3, 0.5, 260, Ordinary),
                ],
            ),
        ],
        all: Some(4.9 * day),
        unit: Unit::Minutes,
        gradient: Some(Box::new(Gradient {
            group: 0,
            fitted: [5.96, 5.43, 4.88, 4.32, 3.78].map(|d| d * day).into(),
            slope: Figure::new(2.7 * day, "minutes", Evidence::default()).within(Some((1.6 * day, 3.9 * day))),
            against_rest: Some(
                Figure::new(1.4 * day, "minutes", Evidence::default()).within(Some((0.8 * day, 2.0 * day))),
            ),
        })),
    }
}

/// Three ways through: the usual one after a fall, a short one and a very long one.
pub fn ways() -> Vec<Way> {
    use Spent::{Care, Home, Unknown, Waiting};
    let leg = |(name, spent, minutes): (&str, Spent, f64)| Leg {
        name: name.to_owned(),
        spent,
        minutes: (minutes > 0.0).then_some(minutes),
        signal: if name.ends_with("bed") || name.ends_with("home care") { Signal::Concern } else { Signal::Ordinary },
        href: (spent == Waiting).then(|| format!("/handovers/{}", escape(name))),
    };
    let way = |id: &str, name: &str, sentence: &str, legs: Vec<(&str, Spent, f64)>| Way {
        id: id.to_owned(),
        name: name.to_owned(),
        sentence: sentence.to_owned(),
        journeys: Figure::new(212.0, "journeys", Evidence::default()),
        share: Some(14.0),
        legs: legs.into_iter().map(leg).collect(),
        href: None,
    };
    let fall = vec![
        ("Calls 999", Care, 4.0),
        ("Waits for crew", Waiting, 52.0),
        ("Crew helps", Care, 38.0),
        ("Waits outside", Waiting, 71.0),
        ("Emergency department", Care, 180.0),
        ("Waits for a bed", Waiting, 570.0),
        ("Hospital ward", Care, 12_096.0),
        ("Waits for home care", Waiting, 8784.0),
        ("Home", Home, 0.0),
    ];
    let mut long = fall.clone();
    long.truncate(8);
    long.extend([
        ("Home with care", Care, 20_000.0),
        ("Not known", Unknown, 3000.0),
        ("Calls 111", Care, 12.0),
        ("Waits for a call back", Waiting, 140.0),
        ("General practice", Care, 15.0),
    ]);
    long.extend(fall.clone());
    vec![
        way(
            "fall",
            "After a fall at home",
            "15.1 days from fall to home; 8.5 being cared for, 6.6 waiting between us.",
            fall,
        ),
        way(
            "seen",
            "Seen and sent home",
            "4.1 hours from door to home; 2.2 being cared for, 1.9 waiting.",
            vec![
                ("Walk in", Care, 6.0),
                ("Waits for a doctor", Waiting, 114.0),
                ("Emergency department", Care, 126.0),
                ("Home", Home, 0.0),
            ],
        ),
        way("twice", "Home and back again", "48 days from fall to home, twice.", long),
    ]
}

/// Eight neighbourhoods on a crooked grid.
pub fn map() -> Map {
    let names = [
        "Eastbrook",
        "Holt Valley",
        "Dunmoor",
        "Coastside",
        "Rivermead Central",
        "Saltley Vale",
        "Nether Hay",
        "The Moors",
    ];
    let days = [Some(6.4), Some(3.1), Some(4.4), None, Some(4.9), Some(5.3), Some(3.6), Some(4.1)];
    let corner = |i: usize, k: usize| {
        let n = &mut Noise((i * 7 + k) as u64 * 7919 + 3);
        (-1.9 + i as f64 * 0.11 + n.next() * 0.035, 52.4 + k as f64 * 0.08 + n.next() * 0.02)
    };
    let edge = |a: (f64, f64), b: (f64, f64)| {
        // both neighbours bend their border alike
        let (p, q) = if a < b { (a, b) } else { (b, a) };
        let n = &mut Noise(((p.0 * 1e4) as i64 * 31 + (q.1 * 1e4) as i64) as u64);
        let bends: Vec<(f64, f64)> = (0..9)
            .map(|i| {
                let t = f64::from(i) / 9.0;
                let sway = if i == 0 { 0.0 } else { 0.005 };
                (p.0 + (q.0 - p.0) * t + n.next() * sway, p.1 + (q.1 - p.1) * t + n.next() * sway)
            })
            .collect();
        if a < b { bends } else { std::iter::once(a).chain(bends.into_iter().skip(1).rev()).collect() }
    };
    let area = |(i, (name, days)): (usize, (&str, Option<f64>))| {
        let (x, y) = (i % 4, i / 4);
        let corners = [corner(x, y), corner(x + 1, y), corner(x + 1, y + 1), corner(x, y + 1)];
        let ring = (0..4).flat_map(|k| edge(corners[k], corners[(k + 1) % 4])).collect();
        Area {
            name: name.to_owned(),
            polygons: vec![vec![ring]],
            figure: Figure::new(days.map(|d| d * 1440.0), "minutes", Evidence::default()),
            signal: Signal::Ordinary,
            href: Some(format!("/?place={}", escape(name))),
        }
    };
    Map {
        id: "areas".to_owned(),
        title: "Longest in Eastbrook".to_owned(),
        definition: "Middle wait to leave hospital, by neighbourhood".to_owned(),
        unit: Unit::Minutes,
        better: Better::Lower,
        areas: names.into_iter().zip(days).enumerate().map(area).collect(),
    }
}

/// The areas of a GeoJSON file as people publish it: enough of it for a picture.
pub fn districts(geojson: &str) -> Map {
    let n = &mut Noise(5);
    let mut areas = Vec::new();
    for feature in geojson.split("\"properties\"").skip(1) {
        let name = feature.split("_name\"").nth(1).and_then(|f| f.split('"').nth(1)).unwrap_or_default();
        let Some(coordinates) = feature.split("\"coordinates\"").nth(1).and_then(|f| f.split('}').next()) else {
            continue;
        };
        let numbers = |ring: &str| -> Vec<(f64, f64)> {
            let all: Vec<f64> = ring.split(['[', ']', ',']).filter_map(|s| s.trim().parse().ok()).collect();
            all.chunks_exact(2).map(|p| (p[0], p[1])).collect()
        };
        let rings: Vec<Vec<(f64, f64)>> = coordinates.split("]]").map(numbers).filter(|r| r.len() > 2).collect();
        let value = 30.0 + 8.0 * n.next() + rings[0][0].1 - 52.0;
        areas.push(Area {
            name: name.to_owned(),
            polygons: rings.into_iter().map(|r| vec![r]).collect(),
            figure: Figure::new((areas.len() % 41 != 3).then_some(value), "%", Evidence::default()),
            signal: Signal::Ordinary,
            href: Some(format!("/?place={}", escape(name))),
        });
    }
    Map {
        id: "districts".to_owned(),
        title: "Highest in the north".to_owned(),
        definition: "Share waiting longer than 4 hours, by district".to_owned(),
        unit: Unit::Percent,
        better: Better::Lower,
        areas,
    }
}

/// Forty places by size.
pub fn funnel() -> Funnel {
    let n = &mut Noise(41);
    let mean = 24.0;
    let half = |size: f64, z: f64| z * (mean * (100.0 - mean) / size).sqrt();
    let names = ["Eastbrook", "Rivermead", "Dunmoor", "Coastside", "Holt Valley"];
    let points = (0..40)
        .map(|i| {
            let size = 120.0 + 2300.0 * ((i * 37 % 40) as f64 / 40.0).powi(2);
            let push = [3.9, -3.4, 3.6, 0.4, -0.5].get(i).copied().unwrap_or(n.next());
            let value = mean + half(size, push);
            FunnelPoint {
                name: names.get(i).map_or(format!("Place {i}"), |s| (*s).to_owned()),
                size,
                figure: Figure::new(value, "%", Evidence::default()),
                signal: match push {
                    p if p > 3.09 => Signal::Concern,
                    p if p < -3.09 => Signal::Improvement,
                    _ => Signal::Ordinary,
                },
                href: None,
            }
        })
        .collect();
    let limits = (1..=60).map(|i| {
        let size = f64::from(i) * 40.0;
        [size, mean - half(size, 3.09), mean - half(size, 1.96), mean + half(size, 1.96), mean + half(size, 3.09)]
    });
    Funnel {
        id: "like-us".to_owned(),
        title: "Two places are worse than chance would make them, one is better".to_owned(),
        definition:
            "Share waiting longer than 4 hours, with limits in which 95% and 99.8% of places would lie by chance"
                .to_owned(),
        unit: Unit::Percent,
        size: "People".to_owned(),
        points,
        mean,
        limits: limits.collect(),
        wider: vec![],
    }
}

/// The same where places differ by more than chance, so that fewer are called unlike the others.
pub fn wide_funnel() -> Funnel {
    let mut funnel = funnel();
    let mean = funnel.mean;
    let spread = |v: f64| mean + (v - mean) * 1.45;
    funnel.id = "like-us-wider".to_owned();
    funnel.title = "No place is unlike the others once all their differences are counted".to_owned();
    funnel.wider =
        funnel.limits.iter().map(|[n, a, b, c, d]| [*n, spread(*a), spread(*b), spread(*c), spread(*d)]).collect();
    funnel.points.iter_mut().for_each(|p| p.signal = Signal::Ordinary);
    funnel
}

/// What each sector has of the page beside its fair share of it.
pub fn air_time() -> Intervals {
    let row = |name: &str, share: f64, fair: f64| Interval {
        name: name.to_owned(),
        figure: Figure::new(share, "%", Evidence::default()),
        fair: Some(fair),
        people: 0,
        signal: Signal::Ordinary,
        href: None,
    };
    Intervals {
        id: "air-time".to_owned(),
        title: "Voluntary sector: shown a quarter as often as is fair".to_owned(),
        definition: "Share of the signals shown in 13 weeks, beside the share of measures".to_owned(),
        groups: vec![(
            "Signals shown".to_owned(),
            vec![
                row("Acute", 41.0, 24.0),
                row("Ambulance", 14.0, 9.0),
                row("Primary care", 11.0, 14.0),
                row("Mental health", 9.0, 14.0),
                row("Social care", 22.0, 25.0),
                row("Voluntary sector", 3.0, 14.0),
            ],
        )],
        all: None,
        unit: Unit::Percent,
        gradient: None,
    }
}

/// Charts other than XmR: a run chart, a share with limits of each week's own, and limits frozen on a baseline with a
/// rebase.
pub fn other_charts() -> Vec<Series> {
    let n = &mut Noise(19);
    let mut run = rivermead().measures[6].series.clone();
    run.id = "run".to_owned();
    let none = f64::INFINITY;
    run.limits = vec![Limits { from: 0, to: WEEKS, mean: 240.0, lower: -none, upper: none }];
    run.method =
        "A run chart: the counts of a whole year depend on each other, so only runs about the median are judged."
            .to_owned();
    let mut shares = rivermead().measures[5].series.clone();
    shares.id = "shares".to_owned();
    let half = |n: &mut Noise| 13.0 / (0.75 + (n.next() * 0.2).abs()).sqrt();
    shares.limits = (0..WEEKS)
        .map(|from| {
            let half = half(n);
            Limits { from, to: from + 1, mean: 65.0, lower: 65.0 - half, upper: 65.0 + half }
        })
        .collect();
    shares.method = "A P chart, since this is a share of few people: each week has limits of its own, narrower where more were counted. A point is marked beyond its own limits, or in a run that is too long for chance.".to_owned();
    let mut frozen = rivermead().measures[3].series.clone();
    frozen.id = "frozen".to_owned();
    frozen.baseline = Some((0, 24));
    frozen.events.iter_mut().for_each(|e| e.rebased_by = Some("A. Khan, analyst".to_owned()));
    vec![run, shares, frozen]
}

/// So many in 100.
pub fn dots(count: u32) -> Dots {
    Dots {
        id: format!("dots-{count}"),
        title: format!("{count} in 100 people waited longer than 4 hours"),
        count,
        figure: Figure::new(f64::from(count), "%", Evidence::default()),
    }
}
