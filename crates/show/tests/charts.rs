//! What holds of every chart, whatever the data: it is well-formed, its words stay on the paper and cover no others, its
//! colours are the design's, and the same values give the same bytes. Then one small golden of each.

#[path = "../examples/invented/mod.rs"]
mod invented;

use jiff::{ToSpan, civil::date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};
use show::*;
use std::collections::{BTreeMap, BTreeSet};

/// One `<svg>` as a browser would find it.
#[derive(Debug, Default)]
struct Seen {
    wide: f64,
    high: f64,
    role: String,
    labelled_by: Vec<String>,
    titled: bool,
    texts: Vec<Text>,
    links: Vec<BTreeMap<String, String>>,
    /// Points that are drawn: corners of boxes, middles of circles, starts of paths.
    drawn: Vec<(f64, f64)>,
}

#[derive(Debug, Clone)]
struct Text {
    words: String,
    x: f64,
    y: f64,
    size: f64,
    anchor: String,
}

/// Widths of Inter in thousandths of its size, the wider of 400 and 600, as a browser measured them from ' ' to '~'.
const INTER: [u16; 95] = [
    269, 321, 523, 644, 650, 1004, 663, 326, 391, 391, 648, 648, 269, 648, 269, 379, 648, 648, 648, 648, 648, 648, 648,
    648, 648, 648, 269, 269, 648, 648, 648, 543, 999, 728, 659, 737, 722, 605, 590, 749, 746, 277, 580, 703, 565, 922,
    759, 769, 645, 773, 652, 650, 660, 744, 728, 1020, 720, 713, 652, 391, 379, 391, 481, 515, 351, 574, 624, 583, 624,
    591, 389, 625, 612, 262, 262, 569, 262, 900, 612, 609, 624, 624, 413, 549, 370, 612, 598, 839, 569, 600, 566, 391,
    359, 391, 648,
];

impl Text {
    /// Left, top, right and bottom of its letters; what Inter has no width for here counts as one size.
    fn area(&self) -> [f64; 4] {
        let em = |ch: char| match ch {
            ' '..='~' => f64::from(INTER[ch as usize - 32]) / 1000.0,
            '−' | '×' | '£' => 0.648,
            '–' => 0.5,
            '’' | '·' => 0.32,
            'à'..='ÿ' => 0.63,
            '…' => 0.956,
            _ => 1.0,
        };
        let wide = self.words.chars().map(em).sum::<f64>() * self.size;
        let left = match self.anchor.as_str() {
            "middle" => self.x - wide / 2.0,
            "end" => self.x - wide,
            _ => self.x,
        };
        [left, self.y - 0.74 * self.size, left + wide, self.y + 0.2 * self.size]
    }
}

/// Reads what a chart wrote, as strictly as XML is read.
fn read(markup: &str) -> Result<Vec<Seen>, String> {
    let whole = format!("<page>{markup}</page>");
    let mut reader = Reader::from_str(&whole);
    let mut pictures: Vec<Seen> = Vec::new();
    let (mut text, mut ids): (Option<Text>, BTreeSet<String>) = (None, BTreeSet::new());
    let mut path: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|e| e.to_string())?;
        match &event {
            Xml::Start(tag) | Xml::Empty(tag) => {
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                let attributes = attributes(tag)?;
                start(&name, &attributes, &path, &mut pictures, &mut text)?;
                if let Some(id) = attributes.get("id")
                    && (id.contains(char::is_whitespace) || !ids.insert(id.clone()))
                {
                    return Err(format!("id {id:?} is not of its own"));
                }
                if matches!(event, Xml::Start(_)) {
                    path.push(name);
                }
            }
            Xml::End(_) => {
                if path.pop().as_deref() == Some("text")
                    && let (Some(text), Some(picture)) = (text.take(), pictures.last_mut())
                {
                    picture.texts.push(text);
                }
            }
            Xml::Text(words) => {
                let words = words.decode().map_err(|e| e.to_string())?;
                if words.chars().any(|c| c.is_control()) {
                    return Err(format!("{words:?} holds a control character"));
                }
                if let Some(text) = &mut text {
                    text.words += &words;
                }
            }
            Xml::GeneralRef(_) => {
                if let Some(text) = &mut text {
                    text.words.push('&');
                }
            }
            Xml::Eof => break,
            other => return Err(format!("{other:?} has no place in a chart")),
        }
    }
    for id in pictures.iter().flat_map(|p| &p.labelled_by) {
        if !ids.contains(id) {
            return Err(format!("nothing is called {id}"));
        }
    }
    Ok(pictures)
}

fn attributes(tag: &BytesStart) -> Result<BTreeMap<String, String>, String> {
    let said = |a: quick_xml::events::attributes::Attribute| {
        let value = a.unescape_value().map_err(|e| e.to_string())?.into_owned();
        Ok((String::from_utf8_lossy(a.key.as_ref()).into_owned(), value))
    };
    tag.attributes().map(|a| a.map_err(|e| e.to_string()).and_then(said)).collect()
}

fn start(
    name: &str,
    attributes: &BTreeMap<String, String>,
    path: &[String],
    pictures: &mut Vec<Seen>,
    text: &mut Option<Text>,
) -> Result<(), String> {
    let number = |key: &str| match attributes.get(key) {
        None => Ok(0.0),
        Some(value) => match value.parse::<f64>() {
            Ok(v) if v.is_finite() && value.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-') => Ok(v),
            _ => Err(format!("{key}={value:?} of {name} is no number")),
        },
    };
    if name == "svg" {
        let sizes: Vec<f64> =
            attributes.get("viewBox").map_or(vec![], |v| v.split(' ').filter_map(|n| n.parse().ok()).collect());
        let [_, _, wide, high] = sizes[..] else { return Err("no viewBox".to_owned()) };
        let labelled_by =
            attributes.get("aria-labelledby").map_or(vec![], |v| v.split(' ').map(str::to_owned).collect());
        let titled = attributes.contains_key("aria-label");
        pictures.push(Seen {
            wide,
            high,
            role: attributes.get("role").cloned().unwrap_or_default(),
            labelled_by,
            titled,
            ..Seen::default()
        });
        return Ok(());
    }
    let Some(picture) = pictures.last_mut() else { return Ok(()) };
    picture.titled |= name == "title" && path.last().is_some_and(|p| p == "svg");
    match name {
        _ if path.iter().any(|p| p == "defs") => {}
        "text" => {
            let anchor = attributes.get("text-anchor").cloned().unwrap_or_default();
            *text = Some(Text {
                words: String::new(),
                x: number("x")?,
                y: number("y")?,
                size: number("font-size")?,
                anchor,
            });
        }
        "rect" => {
            let (x, y, w, h) = (number("x")?, number("y")?, number("width")?, number("height")?);
            if w < 0.0 || h < 0.0 {
                return Err("a box turned inside out".to_owned());
            }
            picture.drawn.extend([(x, y), (x + w, y + h)]);
        }
        "circle" => picture.drawn.push((number("cx")?, number("cy")?)),
        "path" => {
            let d = attributes.get("d").map_or("", String::as_str);
            if d.contains("NaN") || d.contains("inf") {
                return Err(format!("a path of no numbers: {d}"));
            }
            for part in d.split('M').skip(1) {
                let mut numbers =
                    part.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).filter_map(|n| n.parse().ok());
                if let (Some(x), Some(y)) = (numbers.next(), numbers.next()) {
                    picture.drawn.push((x, y));
                }
            }
        }
        "a" => picture.links.push(attributes.clone()),
        _ => {}
    }
    for colour in ["fill", "stroke"].iter().filter_map(|key| attributes.get(*key)) {
        if !of_the_design(colour) {
            return Err(format!("{colour} is neither orange, blue nor grey"));
        }
    }
    Ok(())
}

/// Orange, blue (slate included), grey, or a pattern of them: never red, amber or green.
fn of_the_design(colour: &str) -> bool {
    if colour == "none" || colour.starts_with("url(#") || colour == "#fff" {
        return true;
    }
    let part = |i: usize| colour.get(i..i + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).map(f64::from);
    let (Some(r), Some(g), Some(b)) = (part(1), part(3), part(5)) else { return false };
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    if most - least < 8.0 {
        return true;
    }
    let hue = match most {
        _ if most == r => 60.0 * ((g - b) / (most - least)),
        _ if most == g => 60.0 * (2.0 + (b - r) / (most - least)),
        _ => 60.0 * (4.0 + (r - g) / (most - least)),
    };
    (18.0..36.0).contains(&hue) || (195.0..218.0).contains(&hue)
}

/// Every law of every chart.
fn check(markup: maud::Markup, again: maud::Markup) -> Result<(), TestCaseError> {
    let markup = markup.into_string();
    prop_assert_eq!(&markup, &again.into_string(), "same values, other bytes");
    let pictures = read(&markup).map_err(|e| TestCaseError::fail(format!("{e} in {markup}")))?;
    prop_assert!(!pictures.is_empty());
    for p in &pictures {
        prop_assert!(p.titled, "a picture without a title");
        prop_assert_eq!(p.role == "group", !p.links.is_empty(), "an image hides its links: {}", p.role);
        for link in &p.links {
            let named = link.get("aria-label").is_some_and(|l| !l.trim().is_empty());
            let left_out =
                link.get("aria-hidden").is_some_and(|h| h == "true") && link.get("tabindex").is_some_and(|t| t == "-1");
            prop_assert!(link.contains_key("href") && (named || left_out), "{:?}", link);
        }
        for (x, y) in &p.drawn {
            prop_assert!(
                (-5.0..=p.wide + 5.0).contains(x) && (-5.0..=p.high + 5.0).contains(y),
                "{x} {y} is off {} × {}",
                p.wide,
                p.high
            );
        }
        for (i, text) in p.texts.iter().enumerate() {
            let [left, top, right, bottom] = text.area();
            prop_assert!(text.size >= 11.0, "{:?} is too small", text);
            prop_assert!(!text.words.trim().is_empty(), "a label of nothing");
            prop_assert!(
                left >= -0.1 && top >= -0.1 && right <= p.wide + 0.1 && bottom <= p.high + 0.1,
                "{:?} is off {} × {}",
                text,
                p.wide,
                p.high
            );
            for other in &p.texts[..i] {
                let [l, t, r, b] = other.area();
                let apart = right <= l + 0.1 || r <= left + 0.1 || bottom <= t + 0.1 || b <= top + 0.1;
                prop_assert!(apart, "{:?} covers {:?}", text, other);
            }
        }
    }
    Ok(())
}

// ---- data of every kind

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Z][a-z]{2,9}( [a-z]{2,9}){0,3}",
        1 => "<b>[a-z&\"']{0,9}</b>",
        1 => "[WM@%]{1,60}",
        1 => "\\PC{0,40}",
        1 => "[a-z\\x00-\\x1f\\x7f-\\x9f]{1,9}",
        1 => Just("An organisation with a name that nobody has ever said aloud in one breath".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..200.0f64,
        2 => -1e9..1e9f64,
        1 => Just(0.0),
        1 => Just(7.0),
        1 => prop_oneof![Just(1e300), Just(-1e300), Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)],
    ]
}

fn signal() -> impl Strategy<Value = Signal> {
    prop_oneof![4 => Just(Signal::Ordinary), 1 => Just(Signal::Concern), 1 => Just(Signal::Improvement), 1 => Just(Signal::Change)]
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Minutes),
        Just(Unit::Hours),
        Just(Unit::Days),
        Just(Unit::Percent),
        name().prop_map(Unit::Of)
    ]
}

fn href() -> impl Strategy<Value = Option<String>> {
    option::weighted(0.3, "/[a-z]{1,9}\\?place=[A-Z&\"<]{0,5}")
}

fn figure() -> impl Strategy<Value = Figure> {
    (option::weighted(0.9, value()), option::of((value(), value())))
        .prop_map(|(v, range)| Figure::new(v, "minutes", Evidence::default()).within(range))
}

fn better() -> impl Strategy<Value = Better> {
    prop_oneof![Just(Better::Lower), Just(Better::Higher), Just(Better::Neither)]
}

/// All missing, all equal, or anything.
fn values(most: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
    prop_oneof![
        1 => (0..most).prop_map(|n| vec![None; n]),
        1 => (0..most, value()).prop_map(|(n, v)| vec![Some(v); n]),
        6 => vec(option::weighted(0.85, value()), 0..most),
    ]
}

fn series() -> impl Strategy<Value = Series> {
    let every = prop_oneof![Just(Every::Day), Just(Every::Week), Just(Every::Month)];
    let limits = vec((value(), value(), 0..80usize), 0..4);
    let events = vec((0..210usize, name()), 0..60);
    let points = (values(200), vec(signal(), 200));
    let baseline = option::of((0..210usize, 0..210usize));
    (name(), name(), unit(), better(), every, points, limits, option::of(value()), (events, baseline)).prop_map(
        |(id, title, unit, better, every, (values, signals), limits, target, (events, baseline))| {
            let step = |i: i64| match every {
                Every::Day => i.days(),
                Every::Week => i.weeks(),
                Every::Month => i.months(),
            };
            let mut from = 0;
            let limits = limits.into_iter().flat_map(|(mean, half, length)| {
                let half = half.abs().min(1e300);
                let start = from;
                from += length + 1;
                let segment = |from, to, half: f64| Limits { from, to, mean, lower: mean - half, upper: mean + half };
                match length % 4 {
                    // limits that vary from point to point, and a middle line alone
                    0 => (start..from).map(|i| segment(i, i + 1, half / (1 + i % 5) as f64)).collect(),
                    1 => vec![segment(start, from, f64::INFINITY)],
                    _ => vec![segment(start, from, half)],
                }
            });
            Series {
                id,
                title,
                unit,
                better,
                every,
                limits: limits.collect(),
                points: values
                    .into_iter()
                    .zip(signals)
                    .enumerate()
                    .map(|(i, (value, signal))| Point { start: date(2021, 1, 4) + step(i as i64), value, signal })
                    .collect(),
                target,
                events: events
                    .into_iter()
                    .map(|(at, label)| Event { at, rebased_by: (at % 3 == 0).then(|| label.clone()), label })
                    .collect(),
                baseline,
                method: String::new(),
            }
        },
    )
}

fn a_flow() -> impl Strategy<Value = Flow> {
    let stop = (name(), prop_oneof![9 => 0..8usize, 1 => Just(usize::MAX)], prop_oneof![0.0..5000.0f64, value()]);
    let go = (0..42usize, 0..42usize, prop_oneof![0.0..3000.0f64, value()], option::of(value()), signal(), href());
    (vec(stop, 0..40), vec(go, 0..60)).prop_map(|(stops, moves)| Flow {
        sentence: String::new(),
        stops: stops.into_iter().map(|(name, column, people)| Stop { name, column, people }).collect(),
        moves: moves
            .into_iter()
            .map(|(from, to, people, wait_minutes, signal, href)| Move { from, to, people, wait_minutes, signal, href })
            .collect(),
    })
}

fn a_heat() -> impl Strategy<Value = Heat> {
    (name(), name(), vec(name(), 0..8), vec(name(), 0..26), vec(values(26), 0..8), option::of(unit())).prop_map(
        |(id, title, rows, columns, values, unit)| Heat {
            id,
            title,
            definition: String::new(),
            rows,
            columns,
            people: vec![vec![3; 24]; 7],
            values,
            unit,
        },
    )
}

fn some_intervals() -> impl Strategy<Value = Intervals> {
    let row = (name(), figure(), option::weighted(0.3, value()), any::<u64>(), signal(), href())
        .prop_map(|(name, figure, fair, people, signal, href)| Interval { name, figure, fair, people, signal, href });
    let gradient = (0..5usize, vec(value(), 0..12), figure(), option::of(figure()))
        .prop_map(|(group, fitted, slope, against_rest)| Gradient { group, fitted, slope, against_rest });
    let groups = vec((name(), vec(row, 0..12)), 0..4);
    (name(), name(), groups, option::of(value()), unit(), option::of(gradient)).prop_map(
        |(id, title, groups, all, unit, gradient)| Intervals {
            id,
            title,
            definition: String::new(),
            groups,
            all,
            unit,
            gradient: gradient.map(Box::new),
        },
    )
}

fn a_way() -> impl Strategy<Value = Way> {
    let spent = prop_oneof![Just(Spent::Care), Just(Spent::Waiting), Just(Spent::Home), Just(Spent::Unknown)];
    let leg =
        (name(), spent, option::weighted(0.9, prop_oneof![4 => 0.0..20_000.0f64, 1 => value()]), signal(), href())
            .prop_map(|(name, spent, minutes, signal, href)| Leg { name, spent, minutes, signal, href });
    (name(), name(), figure(), vec(leg, 0..40)).prop_map(|(id, name, journeys, legs)| Way {
        id,
        name,
        sentence: String::new(),
        journeys,
        share: None,
        legs,
        href: None,
    })
}

fn a_map() -> impl Strategy<Value = Map> {
    let corner = || (-5.0..1.5f64, 50.5..55.0f64);
    let rough = vec(prop_oneof![8 => corner(), 1 => (value(), value())], 0..9);
    let square = (corner(), 0.01..2.0f64)
        .prop_map(|((x, y), d)| vec![(x, y), (x + d, y), (x + d, y + d * 0.6), (x, y + d * 0.6)]);
    let ring = prop_oneof![3 => square, 1 => rough];
    let area = (name(), vec(vec(ring, 1..3), 0..3), figure(), signal(), href())
        .prop_map(|(name, polygons, figure, signal, href)| Area { name, polygons, figure, signal, href });
    (name(), name(), unit(), better(), vec(area, 0..30)).prop_map(|(id, title, unit, better, areas)| Map {
        id,
        title,
        definition: String::new(),
        unit,
        better,
        areas,
    })
}

fn a_funnel() -> impl Strategy<Value = Funnel> {
    let point = (name(), prop_oneof![0.0..3000.0f64, value()], figure(), signal(), href())
        .prop_map(|(name, size, figure, signal, href)| FunnelPoint { name, size, figure, signal, href });
    let limit = (1.0..100.0f64, 0.1..40.0f64);
    (name(), name(), unit(), name(), vec(point, 0..80), value(), vec(limit, 0..20), option::of(1.0..9.0f64)).prop_map(
        |(id, title, unit, size, points, mean, limits, times)| {
            let mut at = 0.0;
            let limits = limits.into_iter().map(|(more, half)| {
                at += more * 10.0;
                [at, mean - 3.09 * half, mean - 1.96 * half, mean + 1.96 * half, mean + 3.09 * half]
            });
            let limits: Vec<[f64; 5]> = limits.collect();
            let wider = |[at, rest @ ..]: &[f64; 5], by: f64| {
                let [a, b, c, d] = rest.map(|v| mean + (v - mean) * by);
                [*at, a, b, c, d]
            };
            let wider = times.map_or(vec![], |by| limits.iter().map(|l| wider(l, by)).collect());
            Funnel { id, title, definition: String::new(), unit, size, points, mean, limits, wider }
        },
    )
}

fn pair() -> impl Strategy<Value = (f64, f64)> {
    (value(), value())
}

fn a_fan() -> impl Strategy<Value = Fan> {
    let ahead = (value(), pair(), pair()).prop_map(|(middle, half, most)| Ahead { middle, half, most });
    let step = (name(), option::weighted(0.3, name()), option::weighted(0.6, value()), option::weighted(0.6, ahead))
        .prop_map(|(when, tick, actual, ahead)| Step { when, tick: tick.unwrap_or_default(), actual, ahead });
    let line = option::of((name(), value()));
    (name(), name(), unit(), vec(step, 0..90), option::of(0..100usize), name(), line, figure()).prop_map(
        |(id, title, unit, steps, now, made, line, figure)| Fan {
            id,
            title,
            definition: String::new(),
            unit,
            steps,
            now,
            made,
            line,
            figure,
            note: String::new(),
            href: None,
        },
    )
}

fn some_differences() -> impl Strategy<Value = Differences> {
    let row = (name(), figure(), option::of(value()), option::of(value()), href())
        .prop_map(|(name, figure, without, with, href)| Difference { name, figure, without, with, href });
    let groups = vec((name(), vec(row, 0..9)), 0..4);
    (name(), name(), unit(), better(), (name(), name()), groups).prop_map(|(id, title, unit, better, sides, groups)| {
        Differences { id, title, definition: String::new(), unit, better, sides, groups }
    })
}

fn a_tornado() -> impl Strategy<Value = Tornado> {
    let row =
        (name(), (name(), name()), pair(), href()).prop_map(|(name, set, at, href)| Swing { name, set, at, href });
    (name(), name(), figure(), better(), vec(row, 0..14)).prop_map(|(id, title, base, better, rows)| Tornado {
        id,
        title,
        definition: String::new(),
        base,
        better,
        rows,
    })
}

fn a_pyramid() -> impl Strategy<Value = Pyramid> {
    let band = (name(), pair(), pair()).prop_map(|(age, men, women)| AgeBand { age, men, women });
    (name(), name(), (name(), name()), vec(band, 0..110), figure()).prop_map(|(id, title, years, bands, figure)| {
        Pyramid { id, title, definition: String::new(), years, bands, figure }
    })
}

fn a_growth() -> impl Strategy<Value = Growth> {
    let parts = || vec(value(), 0..8);
    let row = (name(), figure(), parts(), parts(), name(), href())
        .prop_map(|(name, figure, fair, ordered, note, href)| Grown { name, figure, fair, ordered, note, href });
    (name(), name(), unit(), vec(name(), 0..8), vec(row, 0..9)).prop_map(|(id, title, unit, parts, services)| Growth {
        id,
        title,
        definition: String::new(),
        unit,
        parts,
        services,
    })
}

fn a_week() -> impl Strategy<Value = Week> {
    let people = || vec(value(), 0..30);
    let station = (name(), 0..7usize, option::of(value()), people(), people(), people(), href()).prop_map(
        |(name, column, places, waiting, in_care, blocked, href)| Station {
            name,
            column,
            places,
            waiting,
            in_care,
            blocked,
            href,
        },
    );
    let stream = (0..12usize, 0..12usize, people()).prop_map(|(from, to, people)| Stream { from, to, people });
    (name(), name(), 0..30usize, vec(station, 0..10), vec(stream, 0..12), vec(0..40usize, 0..6)).prop_map(
        |(id, title, hours, services, flows, stills)| Week {
            id,
            title,
            definition: String::new(),
            hours: (0..hours).map(|h| format!("Hour {h}")).collect(),
            services,
            flows,
            stills,
        },
    )
}

fn a_trust() -> impl Strategy<Value = Trust> {
    let night = (name(), option::weighted(0.9, prop_oneof![4 => 0.0..100.0f64, 1 => value()]), 0..9999u64)
        .prop_map(|(when, inside, checked)| Night { when, inside, checked });
    (name(), name(), vec(night, 0..120), figure()).prop_map(|(id, title, nights, figure)| Trust {
        id,
        title,
        definition: String::new(),
        nights,
        figure,
    })
}

fn a_prediction() -> impl Strategy<Value = Prediction> {
    (name(), option::of(value()), figure(), figure(), better()).prop_map(|(name, before, expected, actual, better)| {
        let when =
            if actual.value.is_some() { "in the four weeks to 11 January 2026".to_owned() } else { String::new() };
        Prediction {
            name,
            before,
            expected,
            actual,
            when,
            now: None,
            better,
            by: String::new(),
            sentence: String::new(),
            href: None,
        }
    })
}

fn a_schedule() -> impl Strategy<Value = Schedule> {
    let state = prop_oneof![Just(Progress::ToDo), Just(Progress::Doing), Just(Progress::Done)];
    let days = (value(), value(), option::of((value(), value())), option::of(value()));
    let task = (name(), state, days, name(), any::<bool>(), vec(name(), 0..3), href()).prop_map(
        |(name, state, (from, to, range, due), note, critical, rocks, href)| Task {
            name,
            state,
            from,
            to,
            range,
            due,
            note,
            critical,
            rocks,
            href,
            ..Task::default()
        },
    );
    let ticks = vec((value(), name()), 0..9);
    (name(), name(), ticks, value(), vec(task, 0..12), option::of((value(), name()))).prop_map(
        |(id, title, ticks, today, tasks, goal)| Schedule {
            id,
            title,
            definition: String::new(),
            ticks,
            today,
            tasks,
            goal,
            ..Schedule::default()
        },
    )
}

fn ties() -> impl Strategy<Value = Ties> {
    let score = prop_oneof![4 => 1.0..5.0f64, 1 => value()];
    let tie = prop_oneof![
        1 => Just(Tie::None),
        1 => Just(Tie::TooFew),
        4 => (score, 11..99u64, name()).prop_map(|(score, people, band)| Tie::Score { score, people, answers: 3 * people, band }),
    ];
    let side = (0..14usize, 0..14usize, tie).prop_map(|(by, about, tie)| Side { by, about, tie });
    let join = vec(side, 0..3).prop_map(|said| Join { said, ..Join::default() });
    (name(), name(), vec(name(), 0..12), vec(join, 0..12)).prop_map(|(id, title, groups, joins)| Ties {
        id,
        title,
        groups,
        joins,
        scale: (1.0, 5.0),
        bands: [3.0, 4.0],
        ..Ties::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_expected_keeps_the_laws(row in a_prediction()) {
        check(chart::expected(&row), chart::expected(&row))?;
    }

    #[test]
    fn the_steps_of_a_plan_keep_the_laws_and_tell_every_one(s in a_schedule()) {
        check(chart::schedule(&s), chart::schedule(&s))?;
        prop_assert_eq!(chart::schedule(&s).into_string().matches("<g><title>").count(), s.tasks.len() * 2);
    }

    #[test]
    fn ties_keep_the_laws_and_each_side_that_is_known_is_drawn(t in ties()) {
        check(chart::ties(&t), chart::ties(&t))?;
        let known = t.joins.iter().flat_map(|join| &join.said).filter(|side| {
            let scored = matches!(side.tie, Tie::Score { score, .. } if score.is_finite());
            scored && side.by != side.about && side.by.max(side.about) < t.groups.len()
        });
        prop_assert_eq!(chart::ties(&t).into_string().matches("<path").count(), known.count());
    }

    #[test]
    fn what_a_choice_does_keeps_the_laws(figures in vec(figure(), 1..6), places in vec((name(), figure()), 1..12), way in better()) {
        let scale = chart::common(figures.iter());
        for f in &figures {
            check(chart::effect(f, scale, true), chart::effect(f, scale, true))?;
        }
        let scale = chart::common(places.iter().map(|p| &p.1));
        let places: Vec<(&str, &Figure)> = places.iter().map(|(n, f)| (n.as_str(), f)).collect();
        check(chart::places(&places, scale, way), chart::places(&places, scale, way))?;
    }

    #[test]
    fn a_fan_keeps_the_laws_and_marks_what_fell_outside(f in a_fan()) {
        check(chart::fan(&f), chart::fan(&f))?;
        check(chart::fan_small(&f), chart::fan_small(&f))?;
        let small = chart::fan_small(&f).into_string();
        let since = f.steps.iter().skip(f.now.map_or(f.steps.len(), |now| now + 1));
        let outside = since.filter(|s| s.held() == Some(false)).count();
        prop_assert_eq!(small.matches("h7v7h-7z").count(), outside);
    }

    #[test]
    fn differences_keep_the_laws_and_each_row_is_drawn_as_what_it_is(d in some_differences()) {
        check(chart::differences(&d), chart::differences(&d))?;
        let svg = chart::differences(&d).into_string();
        let rows = || d.groups.iter().flat_map(|g| &g.1).filter(|row| row.figure.value.is_some());
        let of = |signal| rows().filter(|row| d.signal(row) == signal).count() * 2;
        prop_assert_eq!(svg.matches("l6.5 6.5").count(), of(Signal::Concern));
        prop_assert_eq!(svg.matches("r=\"5.5\"").count(), of(Signal::Improvement));
        prop_assert_eq!(svg.matches("r=\"4.6\"").count(), of(Signal::Ordinary));
    }

    #[test]
    fn what_matters_keeps_the_laws_and_the_widest_comes_first(t in a_tornado()) {
        check(chart::tornado(&t), chart::tornado(&t))?;
        prop_assert!(t.sorted().windows(2).all(|w| w[0].size() >= w[1].size()));
    }

    #[test]
    fn a_pyramid_keeps_the_laws(p in a_pyramid()) {
        check(chart::pyramid(&p), chart::pyramid(&p))?;
    }

    #[test]
    fn growth_keeps_the_laws(g in a_growth()) {
        check(chart::growth(&g), chart::growth(&g))?;
    }

    #[test]
    fn a_week_keeps_the_laws_and_everything_that_moves_has_a_number_for_every_hour(w in a_week(), hour in 0..40usize) {
        check(chart::week(&w), chart::week(&w))?;
        check(chart::still(&w, hour), chart::still(&w, hour))?;
        let values = chart::week_values(&w);
        let series: Vec<Vec<&str>> = values.split('|').map(|one| one.split(' ').collect()).collect();
        let svg = chart::week(&w).into_string();
        for key in svg.split("data-k=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<usize>().ok()) {
            let known = series.get(key).is_some_and(|one| w.hours.is_empty() || one.len() == w.hours.len() && one.iter().all(|v| v.parse::<f64>().is_ok()));
            prop_assert!(known, "{key} in {values}");
        }
        prop_assert!(!chart::still(&w, hour).into_string().contains("data-k"), "a still that moves");
    }

    #[test]
    fn trust_keeps_the_laws(t in a_trust()) {
        check(chart::trust(&t), chart::trust(&t))?;
    }

    #[test]
    fn rings_keep_the_laws_and_say_what_they_are(s in series()) {
        check(chart::variation(&s), chart::variation(&s))?;
        check(chart::assurance(&s), chart::assurance(&s))?;
        let said = chart::variation(&s).into_string() + &chart::assurance(&s).into_string();
        prop_assert!(said.contains(words::variation(s.variation())) && said.contains(words::assurance(s.assurance())));
    }

    #[test]
    fn a_small_spc_chart_keeps_the_laws(s in series()) {
        check(chart::spc(&s), chart::spc(&s))?;
    }

    #[test]
    fn a_wide_spc_chart_keeps_the_laws_and_tells_every_point(s in series()) {
        check(chart::spc_wide(&s), chart::spc_wide(&s))?;
        let told = chart::spc_wide(&s).into_string();
        let known = s.points.iter().filter(|p| p.value.is_some()).count();
        prop_assert!(told.matches("<g><title>").count() >= known);
    }

    #[test]
    fn a_strip_keeps_the_laws(organisation in name(), days in vec(option::of(0..9u8), 1..60), declared in vec(option::of(0..9u8), 0..70)) {
        let level = Figure::new(2.0, "", Evidence::default());
        let p = Pressure { organisation, days, level, declared, reason: String::new(), href: None };
        check(chart::strip(&p), chart::strip(&p))?;
    }

    #[test]
    fn a_flow_keeps_the_laws(f in a_flow()) {
        check(chart::flow(&f), chart::flow(&f))?;
    }

    #[test]
    fn a_heat_map_keeps_the_laws(h in a_heat()) {
        check(chart::heat(&h), chart::heat(&h))?;
    }

    #[test]
    fn groups_keep_the_laws(i in some_intervals()) {
        check(chart::intervals(&i), chart::intervals(&i))?;
    }

    #[test]
    fn a_way_keeps_the_laws_and_names_every_leg(w in a_way()) {
        check(chart::way(&w), chart::way(&w))?;
        check(chart::ribbon_of(&w), chart::ribbon_of(&w))?;
        let pictures = read(&chart::way(&w).into_string()).map_err(TestCaseError::fail)?;
        let named = w.legs.iter().filter(|l| l.name.chars().filter(|c| c.is_alphanumeric()).count() > 1).count();
        for p in pictures {
            prop_assert!(p.texts.len() >= named, "{} words for {named} legs", p.texts.len());
        }
    }

    #[test]
    fn a_map_keeps_the_laws(m in a_map()) {
        check(chart::map(&m), chart::map(&m))?;
    }

    #[test]
    fn a_funnel_keeps_the_laws(f in a_funnel()) {
        check(chart::funnel(&f), chart::funnel(&f))?;
    }

    #[test]
    fn a_hundred_dots_keep_the_laws_and_are_a_hundred(count in 0..200u32, id in name()) {
        let dots = Dots { id, ..invented::dots(count) };
        check(chart::in_100(&dots), chart::in_100(&dots))?;
        let svg = chart::in_100(&dots).into_string();
        prop_assert_eq!(svg.matches("h0").count(), 100);
        let dark = svg.split("<path").last().map_or(0, |p| p.matches("h0").count());
        prop_assert_eq!(dark as u32, count.min(100));
    }
}

// ---- what a reader is owed

/// The words of labels of the nth picture.
fn words(markup: maud::Markup, n: usize) -> Vec<String> {
    read(&markup.into_string()).expect("well-formed")[n].texts.iter().map(|t| t.words.clone()).collect()
}

#[test]
fn a_flow_names_every_stop_and_every_wait() {
    let flow = invented::rivermead().flow.expect("Rivermead has a flow");
    let said = words(chart::flow(&flow), 0).join("|");
    for stop in &flow.stops {
        assert!(said.contains(&stop.name), "{} in {said}", stop.name);
    }
    for wait in ["34 min", "41 min ▲", "1.6 hours ▼", "6.2 hours ▲", "4.9 days ▲", "3.1 days", "6.8 days ▲"] {
        assert!(said.contains(wait), "{wait} in {said}");
    }
}

#[test]
fn a_flow_leads_to_each_handover_once() {
    let svg = chart::flow(&invented::rivermead().flow.expect("Rivermead has a flow")).into_string();
    let links = read(&svg).expect("well-formed").remove(0).links;
    let stops: Vec<&str> = links.iter().filter(|l| !l.contains_key("tabindex")).map(|l| l["href"].as_str()).collect();
    let all: BTreeSet<&str> = links.iter().map(|l| l["href"].as_str()).collect();
    assert_eq!((stops.len(), all.len()), (7, 7), "{stops:?}");
    assert!(svg.contains(
        "aria-label=\"Hospital ward to Home with care: 210 people, middle wait 4.9 days, longer than usual\""
    ));
}

#[test]
fn all_events_of_a_plan_are_named_on_the_wide_chart() {
    let series = &invented::wide()[1];
    let said = words(chart::spc_wide(series), 0);
    for event in &series.events {
        let whole = event.rebased_by.as_ref().map(|by| format!("{}: new usual range, {by}", event.label));
        assert!(said.contains(whole.as_ref().unwrap_or(&event.label)), "{} in {said:?}", event.label);
    }
}

#[test]
fn limits_of_each_point_are_steps_and_no_new_usual_range() {
    let [run, shares, frozen] = &invented::other_charts()[..] else { panic!("three charts") };
    let svg = chart::spc_wide(shares).into_string();
    assert!(!svg.contains("new usual range") && !svg.contains("stroke-dasharray=\"4 3\""), "{svg}");
    let steps = svg.split("<path").filter(|p| p.matches('V').count() > 40 && p.contains("stroke=\"#768692\"")).count();
    assert_eq!(steps, 4, "an upper and a lower limit, wide and on a phone");
    assert!(words(chart::spc_wide(run), 0).iter().any(|w| w.starts_with("middle 240")));
    assert_eq!((chart::usual_range(run, 3), run.assurance()), (None, Assurance::Unknown));
    assert!(Table::of_series(run).to_csv().lines().nth(1).is_some_and(|l| l.contains(",,240,,")));
    let said = words(chart::spc_wide(frozen), 0);
    assert!(said.iter().any(|w| w == "usual range from these 24 weeks"), "{said:?}");
    assert!(said.iter().any(|w| w.ends_with(": new usual range, A. Khan, analyst")), "{said:?}");
    assert!(chart::describe(frozen).contains(
        "where A. Khan, analyst had a new usual range begin. Usual range from these 24 weeks, the first week from"
    ));
}

#[test]
fn a_ring_says_its_side_by_a_letter_and_not_by_colour() {
    let mut series = invented::rivermead().measures[0].series.clone();
    for (signal, better, letter, shape) in [
        (Signal::Concern, Better::Lower, "H", "l4.6 4.6"),
        (Signal::Concern, Better::Higher, "L", "l4.6 4.6"),
        (Signal::Improvement, Better::Higher, "H", "<circle cx=\"29\""),
        (Signal::Improvement, Better::Lower, "L", "<circle cx=\"29\""),
    ] {
        series.better = better;
        series.points.iter_mut().for_each(|p| p.signal = signal);
        assert_eq!(words(chart::variation(&series), 0), [letter], "{signal:?} {better:?}");
        assert!(chart::variation(&series).into_string().contains(shape), "{signal:?}");
    }
    series.better = Better::Neither;
    series.points.iter_mut().for_each(|p| p.signal = Signal::Change);
    assert_eq!(words(chart::variation(&series), 0), [""; 0]);
    (series.better, series.limits[0]) =
        (Better::Lower, Limits { lower: 20.0, mean: 30.0, upper: 40.0, ..series.limits[0] });
    series.limits.truncate(1);
    for (target, letter) in [(50.0, "P"), (30.0, "?"), (10.0, "F")] {
        series.target = Some(target);
        assert_eq!(words(chart::assurance(&series), 0), [letter]);
    }
    series.target = None;
    let dashed = chart::assurance(&series).into_string();
    assert!(dashed.contains("stroke-dasharray=\"3 3\"") && dashed.contains("no target to judge by"), "{dashed}");
}

#[test]
fn a_gradient_says_what_is_sure_and_what_chance_could_make_and_tells_of_no_small_group() {
    let mut shown = invented::intervals();
    let said = words::gradient(&shown);
    assert_eq!(
        said,
        [
            "Most deprived fifth: 1.4 days (0.8 to 2) longer than the rest",
            "Along the line from least deprived fifth to most deprived fifth: 2.7 days (1.6 to 3.9) longer",
        ]
    );
    let twin = Picture::Intervals(shown.clone()).table().expect("a twin").to_csv();
    assert!(twin.contains("\nDeprivation,Most deprived fifth against the rest,20"), "{twin}");
    assert!(twin.contains("Most deprived fifth to Least deprived fifth along the line,388"), "{twin}");
    assert!(chart::intervals(&shown).into_string().contains("than the rest."));
    if let Some(gradient) = &mut shown.gradient {
        gradient.slope = Figure::new(-0.4, "%", Evidence::default()).within(Some((-2.0, 1.2)));
        gradient.against_rest = None;
    }
    let chance = "Along the line from least deprived fifth to most deprived fifth: 0.4 percentage points (−1.2 to 2) lower, no more than chance would make";
    assert_eq!(words::gradient(&shown), [chance]);
    shown.groups[0].1[4].figure.value = None;
    shown.groups[0].1[4].figure.missing = Missing::Suppressed;
    assert!(words::gradient(&shown).is_empty());
    assert!(!chart::intervals(&shown).into_string().contains("stroke=\"#2f4758\""));
}

#[test]
fn a_share_stands_beside_its_fair_share() {
    let svg = chart::intervals(&invented::air_time()).into_string();
    assert!(svg.contains("<title>Voluntary sector: 3%, a fair share is 14%</title>"), "{svg}");
    let table = Picture::Intervals(invented::air_time()).table().expect("a twin");
    assert!(table.to_csv().contains("Signals shown,Voluntary sector,3,,,,%,,,14\n"), "{}", table.to_csv());
}

#[test]
fn widened_limits_stand_beside_plain_ones_and_their_twin_has_both() {
    let funnel = invented::wide_funnel();
    let svg = chart::funnel(&funnel).into_string();
    assert_eq!(svg.matches("stroke-dasharray=\"12 5\"").count(), 4);
    assert!(words(chart::funnel(&funnel), 0).iter().any(|w| w == "99.8%, widened"));
    let headers = Picture::Funnel(funnel).table().expect("a twin").headers;
    assert!(headers.contains(&"wider_upper_99_8".to_owned()) && headers.len() == 15, "{headers:?}");
}

#[test]
fn a_declared_level_that_differs_is_a_triangle_and_said() {
    let days: Vec<Option<u8>> = [2, 3, 3, 4].map(Some).into();
    let declared = vec![Some(3), Some(3), None, Some(2)];
    let level = Figure::new(4.0, "", Evidence::default());
    let row = Pressure { organisation: "General".to_owned(), days, level, declared, reason: String::new(), href: None };
    let svg = chart::strip(&row).into_string();
    assert!(svg.contains("it declared more than was measured on 1 day and less on 1"), "{svg}");
    assert_eq!((svg.matches("h5l-2.5-5z").count(), svg.matches("h5l-2.5 5z").count()), (1, 1));
    let twin = Picture::Pressure(vec![row]).table().expect("a twin").to_csv();
    assert!(twin.contains("General,4,2,,2 3 3 4,3 3 · 2,"), "{twin}");
}

#[test]
fn a_silent_feed_says_since_when() {
    let said = words(chart::spc_wide(&invented::wide()[2]), 0);
    assert!(said.iter().any(|w| w == "since 6 Oct"), "{said:?}");
}

#[test]
fn a_group_too_small_says_so_and_shows_no_number() {
    let svg = chart::intervals(&invented::intervals()).into_string();
    assert!(svg.contains("<title>Under 40: too few to show</title>"), "{svg}");
}

#[test]
fn an_area_is_a_link_that_says_its_rank() {
    let svg = chart::map(&invented::map()).into_string();
    assert!(svg.contains("aria-label=\"Eastbrook: 6.4 days, longest of 7\""), "{svg}");
    assert!(svg.contains("aria-label=\"Coastside: no data\""));
    let said = words(chart::map(&invented::map()), 0).join(" ");
    for name in [
        "Eastbrook",
        "Holt Valley",
        "Dunmoor",
        "Coastside",
        "Rivermead Central",
        "Saltley Vale",
        "Nether Hay",
        "The Moors",
    ] {
        assert!(said.contains(name), "{name} in {said}");
    }
}

#[test]
fn a_few_cells_of_a_week_carry_their_number_and_the_darkest_are_the_largest() {
    let heat = invented::heat();
    let svg = chart::heat(&heat).into_string();
    assert!(words(chart::heat(&heat), 0).contains(&"8.5".to_owned()));
    let most = heat.values.iter().flatten().flatten().fold(0.0f64, |a, b| a.max(*b));
    let darkest = svg.split("<rect").filter(|r| r.contains("#843604") && r.contains("<title>")).count();
    assert!(darkest > 0 && darkest < 2 * 20, "{darkest}");
    let cell = svg
        .split("<rect")
        .find(|r| r.contains(&format!(": {},", Unit::Minutes.say(most))))
        .expect("the largest is drawn");
    assert!(cell.contains("#843604"), "{cell}");
}

#[test]
fn outliers_of_a_funnel_are_named() {
    for n in [0, 1] {
        let said = words(chart::funnel(&invented::funnel()), n);
        for name in ["Eastbrook", "Dunmoor", "Rivermead"] {
            assert!(said.iter().any(|w| w == name), "{name} in {said:?}");
        }
    }
}

#[test]
fn real_districts_and_ten_thousand_areas_are_drawn_within_bounds() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nhs/geo/ltla24_boundaries.geojson");
    match std::fs::read_to_string(&path) {
        Ok(geojson) => {
            let map = invented::districts(&geojson);
            assert_eq!(map.areas.len(), 296);
            let svg = chart::map(&map).into_string();
            let picture = read(&svg).expect("well-formed").remove(0);
            assert_eq!(picture.links.len(), 296);
            println!("districts: {} bytes", svg.len());
            assert!(svg.len() < 200_000, "{} bytes", svg.len());
            check(chart::map(&map), chart::map(&map)).expect("real districts keep the laws");
        }
        Err(_) => println!("skipped: no district boundaries here"),
    }
    let area = |i: usize| {
        let (x, y) = (-4.0 + (i % 100) as f64 * 0.05, 51.0 + (i / 100) as f64 * 0.04);
        let round = |k: usize| (x + 0.02 * (k as f64 / 8.0).cos(), y + 0.015 * (k as f64 / 8.0).sin());
        Area {
            name: format!("Area {i}"),
            polygons: vec![vec![(0..50).map(round).collect()]],
            figure: Figure::new(((i * 7919) % 1000) as f64, "minutes", Evidence::default()),
            signal: Signal::Ordinary,
            href: Some(format!("/?place={i}")),
        }
    };
    let map = Map { areas: (0..10_000).map(area).collect(), ..invented::map() };
    let svg = chart::map(&map).into_string();
    assert!(read(&svg).is_ok());
    let closed = svg.as_bytes().windows(2).filter(|w| w[0].is_ascii_digit() && w[1] == b'z').count();
    assert_eq!(closed, 10_000, "every area is drawn");
    println!("ten thousand areas: {} bytes", svg.len());
    assert!(svg.len() < 800_000, "{} bytes", svg.len());
}

#[test]
fn a_fan_tells_now_and_its_end_and_what_it_is_measured_against() {
    let fan = invented::ahead::years();
    for n in [0, 1] {
        let said = words(chart::fan(&fan), n);
        for word in ["2025", "what 340 beds can give", "113,200", "99,900", "9 times in 10", "half of the time", "2045"]
        {
            assert!(said.iter().any(|w| w == word), "{word} in {said:?}");
        }
    }
    let svg = chart::fan(&fan).into_string();
    assert!(
        svg.contains("2045: expected 113,200 bed days, 9 times in 10 between 99,900 and 129,825 bed days."),
        "{svg}"
    );
    // a line that is far away is told and does not flatten the rest
    let far = Fan { line: Some(("every bed in the county".to_owned(), 9e6)), ..fan };
    let said = words(chart::fan(&far), 0);
    assert!(said.iter().any(|w| w == "every bed in the county, far above"), "{said:?}");
}

#[test]
fn a_scored_forecast_counts_what_fell_outside() {
    let fan = invented::ahead::scored();
    let (held, of) = fan.held();
    let svg = chart::fan_small(&fan).into_string();
    assert_eq!((of, svg.matches("h7v7h-7z").count()), (24, of - held));
    assert_eq!(svg.matches("<circle").count(), held);
    assert!(svg.contains(&format!("{held} of 24 values that came lay in the range.")), "{svg}");
}

#[test]
fn where_the_waiting_went_is_sorted_and_said_by_word_and_shape() {
    let shown = invented::ahead::differences();
    let said = words(chart::differences(&shown), 0);
    let at = |word: &str| said.iter().position(|w| w == word).unwrap_or_else(|| panic!("{word} in {said:?}"));
    let order = [
        "Hospital ward to home with care",
        "Emergency department to ward",
        "999 to ambulance",
        "Hospital ward to intermediate care",
    ];
    assert!(order.map(at).is_sorted(), "{said:?}");
    for word in ["← less waiting", "more waiting →", "−258 (−304 to −213)", "+39 (+22 to +57)", "1,240 → 982 days"]
    {
        at(word);
    }
    let svg = chart::differences(&shown).into_string();
    assert!(svg.contains("Hospital ward to intermediate care: 39 days more waiting, range +22 to +57; 250 days without, 289 days with"), "{svg}");
    assert!(svg.contains("no more than chance would make; 58 days without, 53 days with"), "{svg}");
    let twin = Picture::Differences(shown).table().expect("a twin").to_csv();
    assert!(twin.starts_with("group,name,without,with,difference,range_from,range_to,unit,change,missing\nHandovers,Hospital ward to home with care,29760,23560,-6200,-7300,-5100,hours,less waiting,\n"), "{twin}");
}

#[test]
fn parts_of_growth_add_up_in_their_twin() {
    let shown = invented::ahead::growth();
    let table = Picture::Growth(shown.clone()).table().expect("a twin");
    let number = |cell: &Cell| if let Cell::Number(v, _) = cell { *v } else { 0.0 };
    for (service, rows) in shown.services.iter().zip(table.rows.chunks(4)) {
        let parts: f64 = rows[..3].iter().map(|row| number(&row[2])).sum();
        assert!((parts - number(&rows[3][2])).abs() < 1e-9 && rows[3][1] == Cell::from("all"), "{}", service.name);
    }
    let said = words(chart::growth(&shown), 0);
    for word in
        ["more people", "older people", "asked for more often by each", "+33", "Hospital bed days", "+51% (+44 to +60)"]
    {
        assert!(said.iter().any(|w| w == word), "{word} in {said:?}");
    }
}

#[test]
fn a_week_is_told_hour_by_hour_and_stands_still_where_asked() {
    let week = invented::ahead::week();
    let table = Picture::Week(Box::new(week.clone())).table().expect("a twin");
    assert_eq!(table.rows.len(), 168 * 8);
    let moving = chart::week(&week).into_string();
    let ward = &week.services[4];
    assert!(
        moving.contains(&format!(
            "Hospital ward: {} waiting, {} in care, {} ready with nowhere to go, 340 places",
            ward.waiting[9], ward.in_care[9], ward.blocked[9]
        )),
        "{moving}"
    );
    let said = words(chart::still(&week, 42), 0);
    for word in [
        format!("{} in care", ward.in_care[42]),
        format!("{} blocked", ward.blocked[42]),
        format!("{} waiting", ward.waiting[42]),
    ] {
        assert!(said.contains(&word), "{word} in {said:?}");
    }
}

#[test]
fn a_night_that_was_too_sure_is_a_diamond_and_said() {
    let trust = invented::ahead::trust();
    let svg = chart::trust(&trust).into_string();
    let of = |word: Holds| trust.nights.iter().filter_map(|n| n.inside).filter(|v| Trust::of(*v) == word).count() * 2;
    assert!(of(Holds::TooSure) > 0 && of(Holds::TooWide) > 0);
    assert_eq!(svg.matches("l5 5-5 5-5-5z").count(), of(Holds::TooSure));
    assert_eq!(svg.matches("h7v7h-7z").count(), of(Holds::TooWide));
    assert!(svg.contains("All together: 90%, holds."), "{svg}");
}

#[test]
fn all_charts_of_a_page_have_ids_of_their_own() {
    let view = invented::rivermead();
    let way = &invented::ways()[0];
    let page: String = [
        chart::spc(&view.measures[0].series),
        chart::spc_wide(&view.measures[0].series),
        chart::heat(&Heat { id: "ward beds".to_owned(), ..invented::heat() }),
        chart::heat(&Heat { id: "ward-beds".to_owned(), ..invented::heat() }),
        chart::intervals(&invented::intervals()),
        chart::ribbon_of(way),
        chart::way(way),
        chart::map(&invented::map()),
        chart::funnel(&invented::funnel()),
        chart::in_100(&invented::dots(3)),
        chart::fan(&invented::ahead::years()),
        chart::fan_small(&invented::ahead::years()),
        chart::differences(&invented::ahead::differences()),
        chart::tornado(&invented::ahead::tornado()),
        chart::pyramid(&invented::ahead::pyramid()),
        chart::growth(&invented::ahead::growth()),
        chart::week(&invented::ahead::week()),
        chart::still(&invented::ahead::week(), 9),
        chart::still(&invented::ahead::week(), 42),
        chart::trust(&invented::ahead::trust()),
        chart::schedule(&invented::room::schedule()),
        chart::ties(&invented::room::ties()),
        chart::expected(&invented::room::expected().rows[0]),
    ]
    .map(maud::Markup::into_string)
    .concat();
    read(&page).expect("no id twice");
}

// ---- goldens, small enough to read

fn lines(markup: maud::Markup) -> String {
    markup.into_string().replace("><", ">\n<")
}

#[test]
fn golden_heat() {
    let mut heat = invented::heat();
    heat.rows.truncate(3);
    heat.values.iter_mut().for_each(|row| drop(row.drain(..19)));
    heat.columns.drain(..19);
    insta::assert_snapshot!(lines(chart::heat(&heat)));
}

#[test]
fn golden_intervals() {
    let mut groups = invented::intervals();
    groups.groups[0].1.truncate(2);
    groups.groups[1].1.truncate(2);
    insta::assert_snapshot!(lines(chart::intervals(&groups)));
}

#[test]
fn golden_way() {
    insta::assert_snapshot!(lines(maud::PreEscaped(
        chart::ribbon_of(&invented::ways()[1]).into_string() + &chart::way(&invented::ways()[1]).into_string()
    )));
}

#[test]
fn golden_map() {
    let mut map = invented::map();
    map.areas.truncate(4);
    map.areas.remove(1);
    insta::assert_snapshot!(lines(chart::map(&map)));
}

#[test]
fn golden_funnel() {
    let mut funnel = invented::funnel();
    funnel.points.truncate(5);
    funnel.limits = funnel.limits.into_iter().step_by(12).collect();
    insta::assert_snapshot!(lines(chart::funnel(&funnel)));
}

#[test]
fn golden_in_100() {
    insta::assert_snapshot!(lines(chart::in_100(&invented::dots(21))));
}

#[test]
fn golden_wide() {
    let mut series = invented::wide()[1].clone();
    series.points.drain(..43);
    series.events = vec![Event { at: 3, label: "Weekend cover".to_owned(), rebased_by: None }];
    series.limits = vec![Limits { from: 0, to: 10, ..series.limits[1] }];
    insta::assert_snapshot!(lines(chart::spc_wide(&series)));
}

#[test]
fn golden_fan() {
    let mut fan = invented::ahead::years();
    fan.steps.retain(|s| !s.tick.is_empty());
    fan.now = Some(2);
    fan.steps[3].actual = Some(80_000.0);
    fan.steps[4].actual = Some(70_000.0);
    insta::assert_snapshot!(lines(chart::fan(&fan)) + "\n" + &lines(chart::fan_small(&fan)));
}

#[test]
fn golden_differences() {
    let mut shown = invented::ahead::differences();
    shown.groups.truncate(1);
    insta::assert_snapshot!(lines(chart::differences(&shown)));
}

#[test]
fn golden_tornado() {
    let mut shown = invented::ahead::tornado();
    shown.rows.truncate(3);
    insta::assert_snapshot!(lines(chart::tornado(&shown)));
}

#[test]
fn golden_pyramid() {
    let mut shown = invented::ahead::pyramid();
    shown.bands.drain(..15);
    insta::assert_snapshot!(lines(chart::pyramid(&shown)));
}

#[test]
fn golden_growth() {
    let mut shown = invented::ahead::growth();
    shown.services.drain(1..4);
    insta::assert_snapshot!(lines(chart::growth(&shown)));
}

#[test]
fn golden_week() {
    let mut shown = invented::ahead::week();
    shown.hours.truncate(3);
    shown.services.drain(..2);
    shown.services.truncate(3);
    shown.services.iter_mut().for_each(|s| s.column -= 2);
    shown.flows = vec![Stream { from: 0, to: 2, people: vec![8.0, 9.0, 10.0] }];
    shown.stills = vec![1];
    insta::assert_snapshot!(chart::week_values(&shown) + "\n" + &lines(chart::week(&shown)));
}

#[test]
fn golden_trust() {
    let mut shown = invented::ahead::trust();
    shown.nights.drain(..28);
    insta::assert_snapshot!(lines(chart::trust(&shown)));
}

#[test]
fn golden_schedule() {
    insta::assert_snapshot!(lines(chart::schedule(&invented::room::schedule())));
}

#[test]
fn golden_ties() {
    insta::assert_snapshot!(lines(chart::ties(&invented::room::ties())));
}

#[test]
fn golden_expected() {
    let all: Vec<String> = invented::room::expected().rows.iter().map(|row| lines(chart::expected(row))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}
