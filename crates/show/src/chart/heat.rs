//! When in the week: darker is more, and the largest cells carry their number.

use super::*;
use crate::view::Heat;

/// Days by hours, 7 × 24 or any other: wide with hours across, and for a phone with hours down. The page shows `.wide-only`
/// or `.phone-only`.
pub fn heat(heat: &Heat) -> Markup {
    html! { (draw(heat, false)) (draw(heat, true)) }
}

fn draw(heat: &Heat, phone: bool) -> Markup {
    const SIZE: f64 = 13.0;
    let none = Unit::Of(String::new());
    let unit = heat.unit.as_ref().unwrap_or(&none);
    let value =
        |r: usize, k: usize| heat.values.get(r).and_then(|row| row.get(k)).copied().flatten().filter(|v| v.is_finite());
    let (rows, columns) = (heat.rows.len(), heat.columns.len());
    let known = || (0..rows).flat_map(|r| (0..columns).filter_map(move |k| Some((r, k, value(r, k)?))));
    let values = || known().map(|(_, _, v)| v);
    let (low, high) = span(values());
    let scale = unit.scale(high).precise((high - low) / 8.0);
    let steps =
        Steps::of(values(), [40, 65, 83, 95], unit, if unit.is_time() { Better::Lower } else { Better::Neither });

    // down and across: the phone turns the week on its side
    let (down, across) = if phone { (&heat.columns, &heat.rows) } else { (&heat.rows, &heat.columns) };
    let wide: f64 = if phone { 342.0 } else { 760.0 };
    let head: f64 = down.iter().map(|w| width(w, SIZE)).fold(0.0, f64::max).min(wide * 0.3).max(30.0) + 10.0;
    let cell = (wide - head) / across.len().max(1) as f64;
    let tall = if phone { 20.0 } else { 28.0 };
    let top = 24.0;
    let bottom = top + tall * down.len() as f64;
    let key_rows = if phone { steps.len() + 1 } else { 1 };
    let height = bottom + 16.0 + 24.0 * key_rows as f64;
    let mut labels = Labels::on(wide, height);
    let id = name(if phone { "heat-phone" } else { "heat" }, &heat.id);

    let mut order: Vec<(usize, usize, f64)> = known().collect();
    order.sort_by(|a, b| b.2.total_cmp(&a.2));
    let place = |r: usize, k: usize| {
        let (d, a) = if phone { (k, r) } else { (r, k) };
        (head + a as f64 * cell, top + d as f64 * tall)
    };
    let numbers: Vec<Markup> = order
        .iter()
        .take_while(|(_, _, v)| steps.class(*v) + 1 == steps.len())
        .take(12)
        .filter_map(|(r, k, v)| {
            let (x, y) = place(*r, *k);
            let text = short(&scale, *v);
            let class = steps.class(*v);
            let label = Label::new(&text, x + cell / 2.0, y + tall / 2.0 + 4.5, 12.0).anchor(Anchor::Middle).bold();
            (width(&text, 12.0) < cell - 2.0).then(|| labels.put(label.fill(steps.ink(class)))).flatten()
        })
        .collect();
    let side: Vec<Markup> = down
        .iter()
        .enumerate()
        .filter_map(|(i, word)| {
            let text = fit(word, SIZE, head - 8.0);
            labels.put(
                Label::new(text, head - 8.0, top + (i as f64 + 0.5) * tall + 4.5, SIZE)
                    .anchor(Anchor::End)
                    .fill(SECOND),
            )
        })
        .collect();
    let narrowest = |word: &str| {
        let short: String = word.chars().take(3).collect();
        if width(word, SIZE) < cell - 2.0 { word.to_owned() } else { short }
    };
    let heads: Vec<Markup> = across
        .iter()
        .enumerate()
        .filter_map(|(i, word)| {
            labels.put(
                Label::new(narrowest(word), head + (i as f64 + 0.5) * cell, top - 8.0, SIZE)
                    .anchor(Anchor::Middle)
                    .fill(SECOND),
            )
        })
        .collect();
    let axis = (columns == 24)
        .then(|| {
            labels.put(
                Label::new("hour", if phone { head - 8.0 } else { 0.0 }, top - 8.0, SIZE)
                    .anchor(if phone { Anchor::End } else { Anchor::Start })
                    .fill(SECOND),
            )
        })
        .flatten();

    // the key: every class with its ends, then what is missing
    let mut ends: Vec<(f64, f64)> = vec![(f64::INFINITY, f64::NEG_INFINITY); steps.len()];
    for v in values() {
        let end = &mut ends[steps.class(v)];
        *end = (end.0.min(v), end.1.max(v));
    }
    let any_missing = known().count() < rows * columns;
    let mut at = (head, bottom + 30.0);
    let mut swatches: Vec<Markup> = Vec::new();
    let entries = ends.iter().enumerate().filter(|(_, e)| e.0 <= e.1).map(|(i, e)| {
        let (from, to) = (short(&scale, e.0), short(&scale, e.1));
        let range = if from == to { from } else { format!("{from} to {to}") };
        let word = if i + 1 == steps.len() { format!("{range} {}", scale.word) } else { range };
        (steps.fill(i).to_owned(), word.trim_end().to_owned())
    });
    let missing = any_missing.then(|| (format!("url(#{id}-h)"), crate::words::MISSING.to_owned()));
    for (fill, text) in entries.chain(missing) {
        let Some(words) = labels.put(Label::new(&text, at.0 + 28.0, at.1, SIZE).fill(SECOND)) else { continue };
        swatches.push(html! {
            rect x=(c(at.0)) y=(c(at.1 - 11.0)) width="20" height="14" rx="2" fill=(fill) stroke=(LINE) {}
            (words)
        });
        if phone { at.1 += 24.0 } else { at.0 += 28.0 + width(&text, SIZE) + 14.0 }
    }

    let said = |r: usize, k: usize| {
        let what = value(r, k).map_or(crate::words::MISSING.to_owned(), |v| unit.say(v));
        format!("{} {}: {what}", heat.rows[r], heat.columns[k])
    };
    let people = |r: usize, k: usize| {
        let n = heat.people.get(r).and_then(|row| row.get(k)).filter(|_| value(r, k).is_some());
        n.map_or(String::new(), |n| format!(", {}", Unit::from("people").say(*n as f64)))
    };
    let desc = {
        let top: Vec<String> = order.iter().take(6).map(|(r, k, _)| said(*r, *k)).collect();
        let rows = (0..rows).map(|r| {
            let cells: Vec<String> =
                (0..columns).map(|k| value(r, k).map_or("–".to_owned(), |v| scale.number(v))).collect();
            format!("{}: {}", heat.rows[r], cells.join(" "))
        });
        let unit = if scale.word.is_empty() { String::new() } else { format!(" in {}", scale.word) };
        format!("{}. Largest: {}. All{unit}: {}.", heat.definition, top.join("; "), rows.collect::<Vec<_>>().join("; "))
    };
    html! {
        svg class=(if phone { "phone-only" } else { "wide-only" }) xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {wide} {}", c(height))) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
            (told(&id, &heat.title, &desc))
            @if any_missing { (hatch(&format!("{id}-h"), "#fff", "#c3ccd2", 1.0)) }
            @for r in 0..rows { @for k in 0..columns {
                @let (x, y) = place(r, k);
                rect x=(c(x + 0.5)) y=(c(y + 0.5)) width=(c((cell - 1.0).max(0.5))) height=(c(tall - 1.0)) rx="2"
                    fill=(match value(r, k) { Some(v) => steps.fill(steps.class(v)).to_owned(), None => format!("url(#{id}-h)") }) {
                    title { (plain(&said(r, k))) (people(r, k)) }
                }
            } }
            @if let Some(axis) = &axis { (axis) }
            @for label in numbers.iter().chain(&side).chain(&heads).chain(&swatches) { (label) }
        }
    }
}
