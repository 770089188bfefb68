//! The steps of a plan in time: what is done, what is under way, what is to come, and how late each may end.

use super::*;
use crate::room::{Progress, Schedule, Task};

/// Room for notes at the right of a wide drawing.
const NOTES: f64 = 260.0;

/// A bar for each step, 1120 wide with its name at the left, and for a phone 342 with the name above it. Full is done, half under
/// way, hollow to do; heavy is what the end hangs on; a whisker is where the end falls 8 times in 10; a triangle the day promised;
/// a rock lies at what is blocked. Late is said in words. The page shows `.wide-only` or `.phone-only`.
pub fn schedule(picture: &Schedule) -> Markup {
    html! { (draw(picture, false)) (draw(picture, true)) }
}

fn draw(picture: &Schedule, phone: bool) -> Markup {
    const SIZE: f64 = 14.0;
    const TOP: f64 = 34.0;
    let (wide, left, right, row): (f64, f64, f64, f64) =
        if phone { (342.0, 6.0, 336.0, 70.0) } else { (1120.0, 330.0, 1120.0 - NOTES - 16.0, 32.0) };
    let tasks = &picture.tasks;
    // A name that is too long takes a second line.
    let names: Vec<Vec<String>> =
        tasks.iter().map(|task| folded(&task.name, SIZE, if phone { wide - 6.0 } else { left - 20.0 })).collect();
    let more = |lines: &[String]| 17.0 * (lines.len().max(1) - 1) as f64;
    let day = |v: f64| Some(v).filter(|v| v.is_finite()).map(|v| v.clamp(-FAR, FAR));
    let ends = |task: &Task| {
        let range = task.range.into_iter().flat_map(|(l, h)| [l, h]);
        [task.from, task.to].into_iter().chain(range).chain(task.due).collect::<Vec<_>>()
    };
    let goal = picture.goal.as_ref().map(|g| g.0);
    let (low, high) = span(tasks.iter().flat_map(ends).chain([picture.today]).chain(goal));
    let pad = if high > low { (high - low) * 0.03 } else { high.abs().max(1.0) * 0.5 };
    let (low, high) = (low - pad, high + pad);
    let x = |v: f64| {
        let v = if v.is_finite() { v } else { low };
        left + (v.clamp(low, high) - low) / (high - low) * (right - left)
    };
    let height = TOP + row * tasks.len() as f64 + names.iter().map(|lines| more(lines)).sum::<f64>() + 34.0;
    let bottom = height - 28.0;
    let id = name(if phone { "schedule-phone" } else { "schedule" }, &picture.id);
    let mut labels = Labels::on(wide, height);

    let centred = |text: String, v: f64, y: f64| {
        let half = width(&text, SIZE) / 2.0;
        Label::new(text, x(v).max(half).min(wide - half), y, SIZE).anchor(Anchor::Middle)
    };
    let today = day(picture.today).map(|v| (x(v), labels.put(centred("today".to_owned(), v, 14.0).bold())));
    let goal = picture.goal.as_ref().and_then(|(v, words)| {
        let v = day(*v)?;
        let text = fit(words, SIZE, wide * 0.4);
        Some((x(v), labels.first([centred(text.clone(), v, 14.0), centred(text, v, 30.0)])))
    });
    let ticks: Vec<(f64, Markup)> = picture
        .ticks
        .iter()
        .filter_map(|(v, words)| {
            let v = day(*v).filter(|v| (low..=high).contains(v))?;
            let text = fit(words, 13.0, 120.0);
            let half = width(&text, 13.0) / 2.0;
            let label = Label::new(text, x(v).max(half).min(wide - half), height - 9.0, 13.0).anchor(Anchor::Middle);
            Some((x(v), labels.put(label.fill(SECOND))?))
        })
        .collect();

    let mut y = TOP;
    let mut body: Vec<Markup> = Vec::new();
    // On a phone names and notes stand above and below the bars, so lines run beside the bars alone.
    let mut beside: Vec<(f64, f64)> = Vec::new();
    for (task, lines) in tasks.iter().zip(&names) {
        // What is done is over, late or not: its note says which.
        let late = task.late(picture.today) && task.state != Progress::Done;
        let row = row + more(lines);
        let first = y + if phone { 16.0 } else { 21.0 };
        let line = y + if phone { 16.0 + more(lines) } else { 21.0 + more(lines) / 2.0 };
        let middle = y + if phone { 32.0 + more(lines) } else { 16.0 + more(lines) / 2.0 };
        beside.push((middle - 12.0, middle + 9.0));
        let ink = if late { text_colour(Signal::Concern) } else { SECOND };
        let note = match (late, task.note.is_empty()) {
            (true, true) => "late".to_owned(),
            _ => task.note.clone(),
        };
        let room = if phone { wide } else { wide - right - 16.0 };
        let label = Label::new(
            fit(&note, SIZE, room),
            if phone { 0.0 } else { right + 16.0 },
            line + if phone { 38.0 } else { 0.0 },
            SIZE,
        )
        .fill(ink)
        .halo("#fff");
        let label = if late { label.bold() } else { label };
        let note = labels.put(label);
        let said = |(at, text): (usize, &String)| {
            let words = Label::new(text, 0.0, first + 17.0 * at as f64, SIZE).halo("#fff");
            let words = if task.critical { words.bold() } else { words };
            if task.href.is_some() { words.fill(BETTER) } else { words }
        };
        let words = labels.put_all(lines.iter().enumerate().map(said));
        let (from, to) = (x(task.from.min(task.to)), x(task.to.max(task.from)));
        let tall = if task.critical { 14.0 } else { 8.0 };
        let top = middle - tall / 2.0;
        let long = (to - from).max(3.0);
        let so_far = match task.state {
            Progress::Done => long,
            Progress::Doing => (x(picture.today) - from).clamp(2.0, long),
            Progress::ToDo => 0.0,
        };
        body.push(part(task.href.as_deref(), &words_of(picture, task), html! {
            rect x="0" y=(c(y)) width=(c(wide)) height=(c(row - 2.0)) fill="#fff" fill-opacity="0" {}
            path d=(format!("M{} {}H{}", c(left), c(middle), c(right))) stroke=(PALE) {}
            rect x=(c(from)) y=(c(top)) width=(c(long)) height=(c(tall)) rx="2" fill="#fff" stroke=(STOP) stroke-width="1.4" {}
            @if so_far > 0.0 { rect x=(c(from)) y=(c(top)) width=(c(so_far)) height=(c(tall)) rx="2" fill=(if task.state == Progress::Done { STOP } else { "#4a90d0" }) {} }
            @if let Some((l, h)) = task.range.filter(|(l, h)| l.is_finite() && h.is_finite() && task.state != Progress::Done) {
                @let (l, h) = (x(l.min(h)), x(h.max(l)));
                path d=(format!("M{} {}H{}M{} {}v8M{} {}v8", c(l), c(middle), c(h), c(l), c(middle - 4.0), c(h), c(middle - 4.0))) fill="none" stroke=(INK) stroke-width="1.6" {}
            }
            @if let Some(due) = task.due.and_then(day) {
                path d=(format!("M{} {}l4.5-7h-9z", c(x(due)), c(top - 1.0))) fill=(if late { CONCERN } else { STOP }) {}
            }
            @if !task.rocks.is_empty() { (rock(from - 9.0_f64.min(from - left + 2.0), middle)) }
            @if let Some(words) = &words { (words) }
        }));
        body.extend(note);
        y += row;
    }
    let links = tasks.iter().any(|t| t.href.is_some());
    let upright = |at: f64, top: f64| -> String {
        let rows = if phone { beside.clone() } else { vec![(top, bottom)] };
        rows.iter().map(|(from, to)| format!("M{} {}V{}", c(at), c(*from), c(*to))).collect()
    };
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role=(role(links)) aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &picture.title, &describe(picture)))
            path d=(format!("M{} {}H{}", c(left), c(bottom), c(right))) stroke=(LINE) {}
            @for (at, words) in &ticks { path d=(format!("M{} {}v5", c(*at), c(bottom))) stroke=(USUAL) {} (words) }
            @if let Some((at, words)) = &today { path d=(upright(*at, 20.0)) stroke=(INK) {} @if let Some(words) = words { (words) } }
            @if let Some((at, words)) = &goal { path d=(upright(*at, 36.0)) stroke=(INK) stroke-dasharray="4 3" {} @if let Some(words) = words { (words) } }
            @for row in &body { (row) }
        }
    }
}

/// A text on one line, or on two where it is wider than `room`; what two cannot hold is cut.
fn folded(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut first = String::new();
    for word in text.split_whitespace() {
        let longer = if first.is_empty() { word.to_owned() } else { format!("{first} {word}") };
        // Bold is a little wider.
        if width(&longer, size) * 1.06 > room {
            break;
        }
        first = longer;
    }
    let rest = text.split_whitespace().skip(first.split_whitespace().count()).collect::<Vec<_>>().join(" ");
    match (first.is_empty(), rest.is_empty()) {
        (false, true) => vec![first],
        (false, false) => vec![first, fit(&rest, size, room / 1.06)],
        (true, _) => vec![fit(text, size, room / 1.06)],
    }
}

/// Six uneven corners.
fn rock(x: f64, y: f64) -> Markup {
    html! { path d=(format!("M{} {}l3-9 6-2 6 4 1 7z", c(x - 8.0), c(y + 5.0))) fill=(INK) stroke="#fff" stroke-width="1" {} }
}

/// A mark for the key.
pub fn key_rock() -> Markup {
    html! { svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true" { (rock(9.0, 7.0)) } }
}

/// "Two therapists start: under way, 3 March, late; the end hangs on it; blocked by no desk"
fn words_of(picture: &Schedule, task: &Task) -> String {
    let mut text = format!("{}: {}", task.name, task.state.say());
    for more in [task.note.as_str(), if task.late(picture.today) { "late" } else { "" }, task.owner.as_str()] {
        if !more.is_empty() && !text.ends_with(more) {
            text += &format!(", {more}");
        }
    }
    for (is, more) in [(task.critical, "the end hangs on it"), (task.early_win, "felt at once")] {
        if is {
            text += &format!("; {more}");
        }
    }
    if !task.rocks.is_empty() {
        text += &format!("; blocked by {}", task.rocks.join(", "));
    }
    text
}

fn describe(picture: &Schedule) -> String {
    let all: Vec<String> = picture.tasks.iter().map(|task| words_of(picture, task)).collect();
    format!("{}. {}.", picture.definition.trim_end_matches('.'), all.join(". "))
}
