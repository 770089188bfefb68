//! The answers as JSON for a pipeline and as text for a person.

use super::Precision;
use super::answers::{Answers, Arc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// One object with `size`, `start_end`, `throughput`, `variants`, `arcs` and more; durations in seconds.
///
/// ```
/// use journeys::log::{Columns, Log, to_json};
/// let csv = "case,activity,time\n1,arrived,2025-01-06T09:00\n1,seen,2025-01-06T09:30\n";
/// let json = to_json(&Log::from_csv(csv.as_bytes(), &Columns::default())?.answers());
/// assert_eq!(json["arcs"][0]["median_s"], 1800.0);
/// # Ok::<(), journeys::log::LogError>(())
/// ```
pub fn to_json(answers: &Answers) -> Value {
    let Answers { size, variants, .. } = answers;
    let counts = |named: &[(String, u64)]| -> Map<String, Value> {
        named.iter().map(|(name, count)| (name.clone(), json!(count))).collect()
    };
    let share = |count: u64| count as f64 / size.cases.max(1) as f64;
    let covered = |top: usize| share(variants.top.iter().take(top).map(|v| v.count).sum());
    let coverage: Map<String, Value> =
        [1, 5, 10, 20, 50, 100].into_iter().map(|top| (top.to_string(), json!(covered(top)))).collect();
    json!({
        "size": {
            "cases": size.cases,
            "events": size.events,
            "activities": size.activities,
            "variants": size.variants,
            "dfg_arcs": size.arcs,
            "dfg_total": size.follows,
        },
        "precision": answers.precision.word(),
        "exact": answers.exact,
        "problems": {
            "no_case": answers.problems.no_case,
            "no_activity": answers.problems.no_activity,
            "no_time": answers.problems.no_time,
            "first": answers.problems.first.iter().map(|p| json!({
                "row": p.row,
                "lacks": format!("{:?}", p.what).to_lowercase(),
            })).collect::<Vec<_>>(),
        },
        "start_end": { "start": counts(&answers.start), "end": counts(&answers.end) },
        "throughput": answers.throughput.map(|t| json!({
            "mean": t.mean_seconds,
            "p10": t.p10_seconds,
            "p25": t.p25_seconds,
            "median": t.median_seconds,
            "p75": t.p75_seconds,
            "p90": t.p90_seconds,
            "p95": t.p95_seconds,
            "max": t.max_seconds,
        })),
        "variants": variants.top.iter().map(|v| json!({
            "sequence": v.sequence,
            "sha256_16_of_sequence_joined_by_0x1f": digest(&v.sequence),
            "count": v.count,
            "share": share(v.count),
        })).collect::<Vec<_>>(),
        "variants_of_one_case": variants.of_one_case,
        "variant_coverage": coverage,
        "arcs": answers.arcs.iter().map(arc).collect::<Vec<_>>(),
        "self_loops": answers.arcs.iter().filter(|a| a.from == a.to).map(|a| a.count).sum::<u64>(),
        "rework": answers.rework.iter()
            .map(|r| (r.activity.clone(), json!({ "cases": r.cases, "repeats": r.repeats })))
            .collect::<Map<_, _>>(),
        "handovers": answers.handovers.iter().map(arc).collect::<Vec<_>>(),
    })
}

fn arc(arc: &Arc) -> Value {
    json!({
        "from": arc.from,
        "to": arc.to,
        "count": arc.count,
        "mean_s": arc.mean_seconds,
        "median_s": arc.median_seconds,
        "p90_s": arc.p90_seconds,
        "max_s": arc.max_seconds,
        "zero_gaps": arc.zero_gaps,
    })
}

/// A short name for a sequence that is the same in every tool: the first 16 hexadecimal digits of its SHA-256.
fn digest(sequence: &[String]) -> String {
    let digest = Sha256::digest(sequence.join("\u{1f}"));
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The answers in plain words and aligned columns: the twenty most frequent steps, the ten most frequent ways.
pub fn to_text(answers: &Answers) -> String {
    let Answers { size, variants, .. } = answers;
    let dates = answers.precision == Precision::Day;
    let mut text = format!(
        "{} cases, {} events, {} activities; times are known to the {}\n",
        thousands(size.cases),
        thousands(size.events),
        thousands(size.activities),
        answers.precision.word(),
    );
    if dates {
        text +=
            "Dates only: within a day the order is not known, so no time between means order unknown, not at once.\n";
    }
    let problems = &answers.problems;
    if problems.rows() > 0 {
        let first: Vec<String> = problems.first.iter().take(5).map(|p| thousands(p.row)).collect();
        text += &format!(
            "{} rows could not be used: {} without a case, {} without an activity, {} without a readable time; first at row {}\n",
            thousands(problems.rows()),
            thousands(problems.no_case),
            thousands(problems.no_activity),
            thousands(problems.no_time),
            first.join(", "),
        );
    }
    if let Some(t) = &answers.throughput {
        text += &format!(
            "\nHow long a case takes\n  middle {}; 9 in 10 within {}; mean {}; longest {}\n",
            duration(t.median_seconds),
            duration(t.p90_seconds),
            duration(t.mean_seconds),
            duration(t.max_seconds),
        );
    }
    steps(&mut text, "Which step follows which", &answers.arcs, dates);
    steps(&mut text, "Who hands over to whom", &answers.handovers, dates);
    if !variants.top.is_empty() {
        text += &format!(
            "\nWays through: {}, of which {} were taken by one case only\n",
            thousands(variants.count),
            thousands(variants.of_one_case),
        );
        let rows = variants.top.iter().take(10).map(|v| {
            let share = format!("{:.1} %", 100.0 * v.count as f64 / size.cases as f64);
            [thousands(v.count), share, v.sequence.join(" → ")]
        });
        table(&mut text, ["cases", "share", "way"], [Side::Right, Side::Right, Side::Left], rows);
    }
    if !answers.exact {
        text += "\nMiddle and 9 in 10 are read from buckets, at most 1 part in 32 off.\n";
    }
    text
}

fn steps(text: &mut String, title: &str, arcs: &[Arc], dates: bool) {
    if arcs.is_empty() {
        return;
    }
    let shown = arcs.len().min(20);
    let count =
        if shown < arcs.len() { format!(" ({shown} of {})", thousands(arcs.len() as u64)) } else { String::new() };
    *text += &format!("\n{title}{count}\n");
    let rows = arcs.iter().take(20).map(|a| {
        [
            a.from.clone(),
            a.to.clone(),
            thousands(a.count),
            duration(a.median_seconds),
            duration(a.p90_seconds),
            duration(a.max_seconds),
            thousands(a.zero_gaps),
        ]
    });
    let zero = if dates { "order unknown" } else { "no time between" };
    let head = ["from", "to", "times", "middle wait", "9 in 10 within", "longest", zero];
    let (left, right) = (Side::Left, Side::Right);
    table(text, head, [left, left, right, right, right, right, right], rows);
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

fn table<const N: usize>(
    text: &mut String,
    head: [&str; N],
    sides: [Side; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let widths: [usize; N] =
        std::array::from_fn(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
    for row in rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = widths[at];
            let _ = match sides[at] {
                Side::Left => write!(line, "  {cell:<width$}"),
                Side::Right => write!(line, "  {cell:>width$}"),
            };
        }
        *text += line.trim_end();
        text.push('\n');
    }
}

/// `1234567` → `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The two largest units, rounded: `0`, `45 s`, `12 min`, `3 h 20 min`, `5 d 8 h`.
fn duration(seconds: f64) -> String {
    let two = |unit: u64, large: &str, size: u64, small: &str| {
        let whole = (seconds / size as f64).round() as u64;
        let (first, second) = (whole * size / unit, whole * size % unit / size);
        match second {
            0 => format!("{} {large}", thousands(first)),
            _ => format!("{} {large} {second} {small}", thousands(first)),
        }
    };
    match seconds {
        0.0 => "0".to_owned(),
        s if s < 0.95 => format!("{s:.2} s"),
        s if s < 59.5 => format!("{s:.0} s"),
        s if s < 600.0 => two(60, "min", 1, "s"),
        s if s < 3_570.0 => two(60, "min", 60, ""),
        s if s < 86_370.0 => two(3_600, "h", 60, "min"),
        _ => two(86_400, "d", 3_600, "h"),
    }
}
