//! The paper as HTML says what the page says, on its own and on at most two sides.

mod everything;
#[path = "../examples/invented/mod.rs"]
mod invented;

use everything::{everything, views};
use proptest::prelude::*;
use show::paper::html;
use show::*;

/// What is read of it: without tags, with what they escape, and without spaces.
fn text(html: &str) -> String {
    let body = &html[html.find("<body>").expect("a body")..];
    let words: String = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, words)| words).collect();
    squeezed(&words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_whitespace()).collect()
}

#[test]
fn it_says_what_the_page_says_and_names_what_it_leaves_out() {
    for view in views() {
        let html = html(&view);
        assert!((1..=2).contains(&html.matches("<div class=\"side\">").count()), "{}", view.address);
        let text = text(&html);
        let says =
            |words: &str| assert!(text.contains(&squeezed(words)), "{}: {words} is not in\n{text}", view.address);
        for words in [&view.title, &view.lede, &view.over, &view.place_name, &view.chosen(), &view.as_of] {
            says(&words::quoted(words));
        }
        says(&view.carry(&view.address));
        for fact in &view.facts {
            [&fact.title, &fact.figure.say(), &fact.note].into_iter().for_each(|words| says(words));
        }
        for panel in view.panels.iter().filter(|p| !p.pictures.iter().all(|p| matches!(p, Picture::Form(_)))) {
            says(&panel.title.chars().take(60).collect::<String>());
        }
    }
}

#[test]
fn what_really_changed_is_said_first_one_sentence_each() {
    let view = invented::pages::page("whole-system").expect("a page");
    let signals = view.signals();
    assert_eq!(signals.len(), 9, "{signals:?}");
    let html = html(&view);
    let list = html.split("<ul class=\"signals\">").nth(1).and_then(|rest| rest.split("</ul>").next()).expect("a list");
    assert_eq!(list.matches("<li>").count(), 6, "five and how many more");
    assert!(list.contains("And 4 more."), "{list}");
    assert!(list.contains("Hospital ward to home with care: middle wait 4.9 days, longer than usual."), "{list}");
    assert!(html.find(list) < html.find("<h2>What has really changed</h2>"));
    assert!(html.find("<h2>What has really changed</h2>") < html.find("<h2>Pressure"));
}

#[test]
fn it_needs_nothing_from_elsewhere_and_every_drawing_has_words() {
    for view in views().into_iter().chain([everything()]) {
        let html = html(&view);
        let plain = html.replace("http://www.w3.org/2000/svg", "").replace("url(#", "");
        for never in ["http:", "https:", "src=", "<script", "@import", "url(", "/assets", "<a "] {
            assert!(!plain.contains(never), "{}: {never}", view.address);
        }
        for svg in html.split("<svg").skip(1) {
            let told = svg.contains("<title") || svg.contains("aria-label=");
            assert!(told, "{}: {}", view.address, &svg[..svg.len().min(200)]);
        }
    }
}

#[test]
fn numbers_of_its_tables_are_those_of_their_twins() {
    let view = invented::pages::page("handovers").expect("a page");
    let text = text(&html(&view));
    let mut numbers = 0;
    for table in view.panels.iter().flat_map(Panel::tables).map(|(_, table)| table.for_people()) {
        for cell in table.rows.iter().take(12).flatten() {
            if let Cell::Number(_, said) = cell {
                numbers += 1;
                assert!(text.contains(&squeezed(said)), "{said} is not in\n{text}");
            }
        }
    }
    assert!(numbers >= 24, "{numbers}");
}

#[test]
fn ten_thousand_rows_are_counted_and_markup_is_words() {
    let mut table = Table::new(["asked", "what"]);
    (0..10_000).for_each(|i| table.push([Cell::from(i as usize), "A wait <b>&amp;".into()]));
    let rows = || Picture::Rows(Rows { caption: "Rows".into(), table: table.clone(), links: vec![] });
    let panel = |i: usize| Panel {
        id: format!("p{i}"),
        title: format!("Panel {i} <script>"),
        pictures: vec![rows(), Picture::Words(vec!["Long".repeat(900)])],
        ..Panel::default()
    };
    let view =
        View { address: "/many".into(), title: "Many".into(), panels: (0..40).map(panel).collect(), ..View::default() };
    let html = html(&view);
    let text = text(&html);
    assert!(!html.contains("<script") && html.len() < 200_000, "{} bytes", html.len());
    assert!(text.contains("…9,995moreat/many") && text.contains("Notonthispaper,ornotallofit:"), "{text}");
    assert_eq!(html.matches("<div class=\"side\">").count(), 2);
}

#[test]
fn long_tables_are_shorter_where_others_would_have_no_room() {
    let mut table = Table::new(["asked", "what"]);
    (0..30)
        .for_each(|i| table.push([Cell::from(i as usize), "What people wait for, said at length. ".repeat(3).into()]));
    let panel = |i: usize| Panel {
        id: format!("p{i}"),
        title: format!("Panel {i}"),
        pictures: vec![Picture::Rows(Rows { caption: String::new(), table: table.clone(), links: vec![] })],
        ..Panel::default()
    };
    let paper = |panels: usize| {
        let view = View { address: "/many".into(), panels: (0..panels).map(panel).collect(), ..View::default() };
        text(&html(&view))
    };
    let left = |text: &str| text.split('…').nth(1).map(|rest| rest[..2].parse::<u32>().expect("two digits"));
    let few = paper(2);
    assert!(left(&few).is_none_or(|few| few < 20), "{few}");
    let all = paper(5);
    assert!(!all.contains("Notonthispaper") && left(&all) >= Some(23) && all.contains("Panel4"), "{all}");
}

#[test]
fn a_plan_on_paper_says_when_each_step_ends_and_what_it_hangs_on() {
    use show::room::{Progress, Schedule, Task};
    let task = |name: &str, state, to, due: Option<f64>| Task {
        name: name.into(),
        owner: "Ward manager".into(),
        state,
        to,
        range: Some((to - 7.0, to + 21.0)),
        due,
        critical: true,
        rocks: vec!["No room".into()],
        ..Task::default()
    };
    let mut tasks = vec![task("Ask on the first day", Progress::Done, 3.0, None)];
    tasks.extend((0..30).map(|i| task(&format!("Step {i}"), Progress::ToDo, 40.0, Some(31.0))));
    let from = Some(jiff::civil::date(2025, 11, 1));
    let steps = Schedule { from, today: 10.0, tasks, title: "Steps".into(), ..Schedule::default() };
    let panel = Panel { id: "steps".into(), pictures: vec![Picture::Schedule(steps)], ..Panel::default() };
    let text = text(&html(&View { panels: vec![panel], ..View::default() }));
    // what is still to come is read first, and the rows that there is room for leave out what is done
    let first = "Step0Wardmanageraslikelyasnotby11December2025(4December2025to1January2026)late:promisedfor2December2025;blocked:Noroom;";
    assert!(text.contains(first) && !text.contains("Askonthefirstday"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_words_make_a_paper(title in "\\PC{0,300}", note in "\\PC{0,300}", words in "[ -~]{0,3000}") {
        let panel = Panel { id: "p".into(), title: title.clone(), note, pictures: vec![Picture::Words(vec![words])], ..Panel::default() };
        let view = View { title, panels: vec![panel], ..View::default() };
        let once = html(&view);
        prop_assert_eq!(&once, &html(&view));
        prop_assert!((1..=2).contains(&once.matches("<div class=\"side\">").count()));
    }
}
