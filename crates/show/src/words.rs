//! Words of the page. Code says `median`, the page says "middle wait"; each such pair lives here once.
//!
//! The sentences are written here too, from the signals alone: a headline never says more than the charts show.

use crate::Unit;
use crate::number::{period, plural};
use crate::view::{
    Assurance, Better, Every, Figure, Handover, Intervals, Map, Measure, Series, Side, Signal, Variation,
};

/// How a missing value is said.
pub const MISSING: &str = "no data";

/// Code word and page word, one pair a line.
pub const PAIRS: &[(&str, &str)] = &[
    ("wait_minutes_p50", "middle wait"),
    ("wait_minutes_p90", "9 in 10 within"),
    ("wait_hours", "time waiting"),
    ("still_waiting", "waiting now"),
    ("minutes", "time"),
    ("standard_minutes", "standard"),
    ("share_percent", "share"),
    ("in_100", "in 100"),
    ("lower_99_8", "99.8% from"),
    ("lower_95", "95% from"),
    ("upper_95", "95% to"),
    ("upper_99_8", "99.8% to"),
    ("wider_lower_99_8", "99.8% from, widened"),
    ("wider_lower_95", "95% from, widened"),
    ("wider_upper_95", "95% to, widened"),
    ("wider_upper_99_8", "99.8% to, widened"),
    ("nine_from", "9 in 10 from"),
    ("nine_to", "9 in 10 to"),
    ("half_from", "half from"),
    ("half_to", "half to"),
    ("at_low", "when low"),
    ("at_high", "when high"),
    ("inside_percent", "inside the range"),
    ("growth_in_order", "growth, one after another"),
    ("median", "middle"),
    ("percentile_90", "9 in 10"),
    ("process_limits", "usual range"),
    ("special_cause", "signal"),
    ("lower", "usual from"),
    ("upper", "usual to"),
    ("mean", "usual"),
    ("matched_comparators", "places like us"),
    ("counterfactual", "what would have been"),
    ("no_criteria_to_reside", "ready to leave"),
    ("discharge_pathway_1", "home with care"),
];

/// A time of day as people say it; any other text as it is.
///
/// ```
/// use show::words::clock;
/// assert_eq!(["17:00", "09:14", "12:00", "00:00", "00:30"].map(clock), ["5pm", "9.14am", "noon", "midnight", "12.30am"]);
/// ```
pub fn clock(time: &str) -> String {
    let parts = time.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.get(..2)?)));
    let Some((hour, minute)): Option<(u8, &str)> = parts else { return time.to_owned() };
    let half = if hour < 12 { "am" } else { "pm" };
    let on = if hour % 12 == 0 { 12 } else { hour % 12 };
    match (hour, minute) {
        (0, "00") => "midnight".to_owned(),
        (12, "00") => "noon".to_owned(),
        (_, "00") => format!("{on}{half}"),
        _ => format!("{on}.{minute}{half}"),
    }
}

/// A run of words in two wordings of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// In both.
    Same(String),
    /// In the old one alone.
    Gone(String),
    /// In the new one alone.
    New(String),
}

/// What was changed in a wording, word by word: the longest run of words that both have in the same order stays.
///
/// ```
/// use show::words::{Piece::*, changed};
/// let pieces = changed("Spend it where the wait is longest", "Spend it, monthly, where the wait is longest");
/// assert_eq!(pieces, [
///     Same("Spend".into()), Gone("it".into()), New("it, monthly,".into()), Same("where the wait is longest".into()),
/// ]);
/// ```
pub fn changed(old: &str, new: &str) -> Vec<Piece> {
    // a table of words squared: no wording is so long that this matters, and a longer one is told as replaced
    const MOST: usize = 2000;
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_whitespace().collect(), new.split_whitespace().collect());
    if a.len().max(b.len()) > MOST {
        return vec![Piece::Gone(a.join(" ")), Piece::New(b.join(" "))];
    }
    let mut shared = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            shared[i][j] = if a[i] == b[j] { shared[i + 1][j + 1] + 1 } else { shared[i + 1][j].max(shared[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut same, mut gone, mut fresh): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
    let mut pieces = Vec::new();
    let mut keep = |of: fn(String) -> Piece, words: &mut Vec<&str>| {
        if !words.is_empty() {
            pieces.push(of(words.join(" ")));
            words.clear();
        }
    };
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            keep(Piece::Gone, &mut gone);
            keep(Piece::New, &mut fresh);
            same.push(a[i]);
            (i, j) = (i + 1, j + 1);
        } else {
            keep(Piece::Same, &mut same);
            if j >= b.len() || i < a.len() && shared[i + 1][j] >= shared[i][j + 1] {
                gone.push(a[i]);
                i += 1;
            } else {
                fresh.push(b[j]);
                j += 1;
            }
        }
    }
    keep(Piece::Same, &mut same);
    keep(Piece::Gone, &mut gone);
    keep(Piece::New, &mut fresh);
    pieces
}

/// The page word of a code word; a code word without a pair is said with spaces.
///
/// ```
/// assert_eq!(show::words::page("wait_minutes_p50"), "middle wait");
/// assert_eq!(show::words::page("last_record"), "last record");
/// ```
pub fn page(code: &str) -> String {
    PAIRS.iter().find(|(c, _)| *c == code).map_or_else(|| code.replace('_', " "), |(_, page)| (*page).to_owned())
}

/// A wait against its usual range, in words.
pub fn wait_signal(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => "as usual",
        Signal::Concern => "longer than usual",
        Signal::Improvement => "shorter than usual",
        Signal::Change => "changed",
    }
}

/// A point of a chart, in words.
pub fn point_signal(signal: Signal) -> &'static str {
    match signal {
        Signal::Ordinary => "ordinary variation",
        Signal::Concern => "signal of concern",
        Signal::Improvement => "signal of improvement",
        Signal::Change => "signal of change",
    }
}

/// Which way is better, in words; nothing where nobody has said.
pub fn better(better: Better) -> Option<&'static str> {
    match better {
        Better::Lower => Some("lower is better"),
        Better::Higher => Some("higher is better"),
        Better::Neither => None,
    }
}

/// "week", "day", "month"
pub fn every(every: Every) -> &'static str {
    match every {
        Every::Day => "day",
        Every::Week => "week",
        Every::Month => "month",
    }
}

/// What a chart shows, in a few words: "Longer than usual for 6 weeks; will miss 15 min".
pub fn finding(series: &Series) -> String {
    let noun = every(series.every);
    let Some(last) = series.points.iter().rposition(|p| p.value.is_some()) else {
        return "No data yet".to_owned();
    };
    let silent = series.points.len() - 1 - last;
    if silent > 0 {
        return format!(
            "No data for {}; the last was {}",
            plural(silent, noun),
            period(series.every, series.points[last].start)
        );
    }
    let (Some(limits), Some(value)) = (series.limits_at(last), series.points[last].value) else {
        return format!("Too few {noun}s to tell a signal from ordinary variation");
    };
    let signal = series.points[last].signal;
    let mut text = match signal {
        Signal::Ordinary => "As usual".to_owned(),
        _ => {
            let run = series.points[..=last].iter().rev().take_while(|p| p.signal == signal).count();
            let up = match (signal, series.better) {
                (Signal::Concern, Better::Lower) | (Signal::Improvement, Better::Higher) => true,
                (Signal::Concern, Better::Higher) | (Signal::Improvement, Better::Lower) => false,
                _ => value > limits.mean,
            };
            let beyond = if up { value > limits.mean } else { value < limits.mean };
            let how = match (beyond, signal, up, series.unit.is_time()) {
                (true, _, true, true) => "Longer than usual",
                (true, _, false, true) => "Shorter than usual",
                (true, _, true, false) => "Higher than usual",
                (true, _, false, false) => "Lower than usual",
                (false, Signal::Concern, ..) => "Getting worse",
                (false, Signal::Improvement, ..) => "Improved",
                (false, Signal::Ordinary | Signal::Change, ..) => "Changing",
            };
            if run > 1 { format!("{how} for {}", plural(run, noun)) } else { format!("{how} this {noun}") }
        }
    };
    let verdict = match series.assurance() {
        Assurance::Unknown => return text,
        Assurance::Pass => "will meet",
        Assurance::Fail => "will miss",
        Assurance::HitAndMiss => "hit and miss on",
    };
    if let Some(target) = series.target {
        text.push_str(&format!("; {verdict} {}", series.unit.say(target)));
    }
    text
}

/// The ring of a series in words: "H, really changed for the worse: high or rising".
pub fn variation(variation: Variation) -> &'static str {
    match variation {
        Variation::Unknown => "no usual range yet",
        Variation::Ordinary => "ordinary variation",
        Variation::Concern(Side::High) => "H, really changed for the worse: high or rising",
        Variation::Concern(Side::Low) => "L, really changed for the worse: low or falling",
        Variation::Improvement(Side::High) => "H, really changed for the better: high or rising",
        Variation::Improvement(Side::Low) => "L, really changed for the better: low or falling",
        Variation::Change(Side::High) => "up, really changed: high or rising",
        Variation::Change(Side::Low) => "down, really changed: low or falling",
    }
}

/// The ring of a target in words.
pub fn assurance(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unknown => "no target to judge by",
        Assurance::Pass => "P, will meet its target as it is",
        Assurance::Fail => "F, will miss its target as it is",
        Assurance::HitAndMiss => "?, hit and miss on its target",
    }
}

/// Text in which what stands between backticks is to be typed: quoted, for media without a typewriter's letters.
///
/// ```
/// assert_eq!(show::words::quoted("Try `catchment allow`."), "Try “catchment allow”.");
/// ```
pub fn quoted(text: &str) -> String {
    typed(text).into_iter().map(|(part, typed)| if typed { format!("“{part}”") } else { part.to_owned() }).collect()
}

/// The parts of a text, and whether each is to be typed. A backtick without another is itself.
pub(crate) fn typed(text: &str) -> Vec<(&str, bool)> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![(text, false)];
    }
    parts.into_iter().enumerate().map(|(i, part)| (part, !i.is_multiple_of(2))).collect()
}

/// Time that a person spends: what is shorter than a minute is said so.
pub fn spent(minutes: f64) -> String {
    if minutes < 1.0 { "less than a minute".to_owned() } else { Unit::Minutes.say(minutes) }
}

/// What a way is made of: "8.5 days being cared for, 6.6 days waiting between us"; what is nothing is left out.
///
/// ```
/// assert_eq!(show::words::times(0.0, 90.0), "1.5 hours waiting between us");
/// ```
pub fn times(care_minutes: f64, waiting_minutes: f64) -> String {
    let parts = [(care_minutes, "being cared for"), (waiting_minutes, "waiting between us")];
    let said = parts
        .into_iter()
        .filter(|(minutes, _)| *minutes > 0.0)
        .map(|(minutes, how)| format!("{} {how}", spent(minutes)));
    said.collect::<Vec<_>>().join(", ")
}

/// Where a map has most and least, of what: "Longest in Eastbrook, shortest in Dunmoor", "Most hours per 1,000 people in
/// Eastbrook, fewest in Dunmoor".
pub fn where_most(map: &Map) -> String {
    let known = || map.areas.iter().filter_map(|a| Some((a.name.as_str(), a.figure.value.filter(|v| v.is_finite())?)));
    let (most, least) = (known().max_by(|a, b| a.1.total_cmp(&b.1)), known().min_by(|a, b| a.1.total_cmp(&b.1)));
    let (most, least) = match (most, least) {
        (Some(most), Some(least)) if most.1 > least.1 => (most.0, least.0),
        (Some(_), _) => return "The same everywhere".to_owned(),
        (None, _) => return "Nothing is known of any area".to_owned(),
    };
    match &map.unit {
        unit if unit.is_time() => format!("Longest wait in {most}, shortest in {least}"),
        Unit::Of(noun) if noun.starts_with(char::is_alphabetic) && !noun.starts_with("per ") => {
            format!("Most {noun} in {most}, fewest in {least}")
        }
        _ => format!("Highest in {most}, lowest in {least}"),
    }
}

/// What a gradient says: its first row against the rest, then from end to end. What its interval does not tell from
/// nothing is called chance.
///
/// "Most deprived fifth: 1.2 days (0.8 to 1.6) longer than the rest"
pub fn gradient(shown: &Intervals) -> Vec<String> {
    let Some((gradient, rows)) = shown.gradient() else { return vec![] };
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return vec![] };
    // in the unit of the rows that they part
    let size = rows.iter().filter_map(|row| row.figure.value).fold(0.0, |most: f64, v| most.max(v.abs()));
    let difference = |figure| difference(figure, size);
    let rest = gradient.against_rest.as_ref().map(|figure| match difference(figure) {
        Some((by, true)) => format!("{}: {by} than the rest", first.name),
        Some((by, false)) => format!("{}: {by} than the rest, no more than chance would make", first.name),
        None => format!("{} against the rest: {}", first.name, figure.say()),
    });
    let along = format!("Along the line from {} to {}", lower(&last.name), lower(&first.name));
    let slope = match difference(&gradient.slope) {
        Some((by, true)) => format!("{along}: {by}"),
        Some((by, false)) => format!("{along}: {by}, no more than chance would make"),
        None => format!("{along}: {}", gradient.slope.say()),
    };
    rest.into_iter().chain([slope]).collect()
}

/// "1.2 days (0.8 to 1.6) longer", and whether its interval leaves nothing out.
fn difference(figure: &Figure, size: f64) -> Option<(String, bool)> {
    let value = figure.value.filter(|v| v.is_finite())?;
    // a share is higher by points, not by a share of itself
    let points = Unit::Of("percentage points".to_owned());
    let unit = if figure.unit == Unit::Percent { &points } else { &figure.unit };
    let scale = unit.scale(size);
    let range = figure.range.map(|(low, high)| if value < 0.0 { (-high, -low) } else { (low, high) });
    let within = range.map_or(String::new(), |(l, h)| format!(" ({} to {})", scale.number(l), scale.number(h)));
    let how = match (unit.is_time(), value < 0.0) {
        (true, false) => "longer",
        (true, true) => "shorter",
        (false, false) => "higher",
        (false, true) => "lower",
    };
    let sure = range.is_none_or(|(low, high)| low > 0.0 || high < 0.0);
    let said = scale.say(value.abs());
    let said = if said == "1 percentage points" { "1 percentage point" } else { said.as_str() };
    Some((format!("{said}{within} {how}"), sure))
}

/// The text as it stands inside a sentence; an acronym keeps its capitals.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    if text.chars().nth(1).is_some_and(|c| !c.is_lowercase()) {
        return text.to_owned();
    }
    first.into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

/// The sentence at the top of the page, from the data alone.
///
/// Longer waits first, because somebody is in them; then shorter ones; then measures; else all is as usual.
pub fn headline(handovers: &[Handover], measures: &[Measure]) -> String {
    let mut by_hours: Vec<&Handover> = handovers.iter().collect();
    by_hours.sort_by(|a, b| hours(b).total_cmp(&hours(a)));
    let with = |signal| by_hours.iter().copied().filter(move |h| h.signal == signal).collect::<Vec<_>>();
    let (longer, shorter) = (with(Signal::Concern), with(Signal::Improvement));
    let of = |signal| measures.iter().filter(|m| m.series.signal() == signal).count();
    let (worse, improved) = (of(Signal::Concern), of(Signal::Improvement));

    match (longer.as_slice(), shorter.as_slice()) {
        ([], []) if handovers.is_empty() && measures.is_empty() => "Nothing to compare yet".to_owned(),
        ([], []) => {
            let waits = if handovers.is_empty() {
                "No waits between us are known yet"
            } else {
                "Waits between us are as usual"
            };
            match (worse, improved) {
                (0, 0) => waits.to_owned(),
                (0, n) => format!("{waits}, and {} {} improved", plural(n, "measure"), has(n)),
                (n, 0) => format!("{waits}, but {} {} become worse", plural(n, "measure"), has(n)),
                (n, m) => format!("{waits}; {} {} become worse and {m} better", plural(n, "measure"), has(n)),
            }
        }
        ([], shorter) => format!("People wait less {}", list(shorter, handovers.len())),
        // The story that matters most has words of its own: who cannot leave keeps others from coming in.
        (longer, _) if leaving(longer) && front_door(longer) => {
            "People wait longer to leave hospital, and it shows at the front door".to_owned()
        }
        (longer, []) => format!("People wait longer {}", list(longer, handovers.len())),
        (longer, shorter) => {
            format!(
                "People wait longer {}, but less {}",
                list(longer, handovers.len()),
                list(&shorter[..1], handovers.len())
            )
        }
    }
}

fn leaving(longer: &[&Handover]) -> bool {
    longer.iter().any(|handover| waits(handover).starts_with("to leave hospital"))
}

fn front_door(longer: &[&Handover]) -> bool {
    longer
        .iter()
        .any(|handover| ["ambulances outside hospital", "hospital bed"].iter().any(|at| waits(handover).ends_with(at)))
}

fn hours(handover: &Handover) -> f64 {
    handover.hours_waiting.value.unwrap_or(0.0)
}

fn has(n: usize) -> &'static str {
    if n == 1 { "has" } else { "have" }
}

/// "for an ambulance and to go home with care"; from three on the count, and the one with the most waiting.
fn list(handovers: &[&Handover], all: usize) -> String {
    match handovers {
        [one] => waits(one),
        [one, two] => format!("{} and {}", waits(one), waits(two)),
        many => format!("at {} of {all} handovers, most of all {}", many.len(), waits(many[0])),
    }
}

fn waits(handover: &Handover) -> String {
    handover.waits.clone().unwrap_or_else(|| format!("from {}", lower(&handover.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, Limits, Point};
    use jiff::ToSpan;

    /// A weekly series of minutes, lower better, usual range 20 to 40; `marks` has a letter a week: `.` ordinary, `c`
    /// concern, `i` improvement, `-` missing.
    fn series(marks: &str, value: f64, target: Option<f64>) -> Series {
        let point = |(week, mark)| Point {
            start: jiff::civil::date(2025, 9, 1) + (week as i64).weeks(),
            value: (mark != '-').then_some(value),
            signal: match mark {
                'c' => Signal::Concern,
                'i' => Signal::Improvement,
                _ => Signal::Ordinary,
            },
        };
        Series {
            id: "handover".to_owned(),
            title: "Ambulance handover".to_owned(),
            unit: Unit::Minutes,
            better: Better::Lower,
            every: Every::Week,
            points: marks.chars().enumerate().map(point).collect(),
            limits: vec![Limits { from: 0, to: marks.len(), mean: 30.0, lower: 20.0, upper: 40.0 }],
            target,
            events: vec![],
            baseline: None,
            method: String::new(),
        }
    }

    fn check(marks: &str, value: f64, target: Option<f64>, said: &str) {
        assert_eq!(finding(&series(marks, value, target)), said);
    }

    #[test]
    fn a_finding_says_the_signal_how_long_and_the_target() {
        check("...........", 31.0, None, "As usual");
        check(".......cccc", 45.0, Some(15.0), "Longer than usual for 4 weeks; will miss 15 min");
        check("..........c", 45.0, None, "Longer than usual this week");
        check(".....iiiiii", 15.0, Some(45.0), "Shorter than usual for 6 weeks; will meet 45 min");
        check("...........", 31.0, Some(30.0), "As usual; hit and miss on 30 min");
        check(".....iiiiii", 31.0, None, "Improved for 6 weeks");
    }

    #[test]
    fn missing_is_said_before_anything_else() {
        check(".......cc--", 45.0, Some(15.0), "No data for 2 weeks; the last was week from 27 October 2025");
        check("---", 1.0, None, "No data yet");
        let mut few = series("....", 31.0, None);
        few.limits.clear();
        assert_eq!(finding(&few), "Too few weeks to tell a signal from ordinary variation");
    }

    fn handover(name: &str, waits: Option<&str>, hours: f64, signal: Signal) -> Handover {
        let figure = |v| Figure::new(v, "minutes", Evidence::default());
        Handover {
            id: name.to_owned(),
            name: name.to_owned(),
            waits: waits.map(str::to_owned),
            from_owner: String::new(),
            to_owner: String::new(),
            middle: figure(30.0),
            nine_in_ten: figure(90.0),
            hours_waiting: figure(hours),
            waiting_now: figure(3.0),
            past_year: vec![],
            signal,
            standard: None,
            href: None,
        }
    }

    #[test]
    fn the_headline_puts_the_most_waiting_first_and_claims_no_more_than_the_signals() {
        use Signal::{Concern, Improvement, Ordinary};
        let home = |s| handover("Ward to home", Some("to leave hospital"), 900.0, s);
        let crew = |s| handover("999 to ambulance", None, 50.0, s);
        let bed = |s| handover("Emergency department to ward", None, 400.0, s);
        let check = |handovers: &[Handover], said: &str| assert_eq!(headline(handovers, &[]), said);
        check(&[], "Nothing to compare yet");
        check(&[crew(Ordinary), home(Ordinary)], "Waits between us are as usual");
        check(&[crew(Concern), home(Ordinary)], "People wait longer from 999 to ambulance");
        check(&[crew(Concern), home(Concern)], "People wait longer to leave hospital and from 999 to ambulance");
        check(
            &[crew(Improvement), home(Concern)],
            "People wait longer to leave hospital, but less from 999 to ambulance",
        );
        check(&[bed(Improvement)], "People wait less from emergency department to ward");
        check(
            &[crew(Concern), home(Concern), bed(Concern)],
            "People wait longer at 3 of 3 handovers, most of all to leave hospital",
        );
        let outside = |s| handover("Ambulance to department", Some("in ambulances outside hospital"), 9.0, s);
        check(
            &[crew(Concern), home(Concern), outside(Concern)],
            "People wait longer to leave hospital, and it shows at the front door",
        );
        check(
            &[crew(Concern), home(Ordinary), outside(Concern), bed(Concern)],
            "People wait longer at 3 of 4 handovers, most of all from emergency department to ward",
        );
    }

    #[test]
    fn a_map_says_of_what_it_has_most() {
        let said = |unit: &str, values: &[Option<f64>]| {
            let area = |(i, value): (usize, &Option<f64>)| crate::Area {
                name: ["Eastbrook", "Dunmoor", "Holt"][i].to_owned(),
                polygons: vec![],
                figure: Figure::new(*value, unit, Evidence::default()),
                signal: Signal::Ordinary,
                href: None,
            };
            where_most(&Map {
                id: String::new(),
                title: String::new(),
                definition: String::new(),
                unit: unit.into(),
                better: Better::Lower,
                areas: values.iter().enumerate().map(area).collect(),
            })
        };
        let (low, high) = (Some(3.0), Some(9.0));
        assert_eq!(said("minutes", &[high, low, None]), "Longest wait in Eastbrook, shortest in Dunmoor");
        let hours = "hours per 1,000 people";
        assert_eq!(said(hours, &[low, high]), "Most hours per 1,000 people in Dunmoor, fewest in Eastbrook");
        assert_eq!(said("%", &[low, high]), "Highest in Dunmoor, lowest in Eastbrook");
        assert_eq!(said("per 1,000 people", &[low, high]), "Highest in Dunmoor, lowest in Eastbrook");
        assert_eq!(said("", &[low, low]), "The same everywhere");
        assert_eq!(said("", &[None]), "Nothing is known of any area");
    }

    #[test]
    fn what_takes_no_time_is_not_told_as_nought() {
        assert_eq!(times(0.4, 5760.0), "less than a minute being cared for, 4 days waiting between us");
        assert_eq!((times(12.0, 0.0), times(0.0, 0.0)), ("12 min being cared for".to_owned(), String::new()));
    }

    #[test]
    fn a_lone_backtick_is_itself() {
        assert_eq!(quoted("5` tall, `a`"), "5` tall, `a`");
        assert_eq!(quoted("`a`"), "“a”");
    }

    #[test]
    fn the_headline_falls_back_on_measures() {
        let measure = |marks| Measure {
            sector: String::new(),
            sentence: String::new(),
            latest: Figure::new(1.0, "minutes", Evidence::default()),
            series: series(marks, 45.0, None),
            href: None,
        };
        let quiet = [handover("a", None, 1.0, Signal::Ordinary)];
        assert_eq!(
            headline(&quiet, &[measure("..c"), measure("...")]),
            "Waits between us are as usual, but 1 measure has become worse"
        );
        assert_eq!(
            headline(&quiet, &[measure("..i"), measure("..i")]),
            "Waits between us are as usual, and 2 measures have improved"
        );
        assert_eq!(headline(&[], &[measure("...")]), "No waits between us are known yet");
    }
}
