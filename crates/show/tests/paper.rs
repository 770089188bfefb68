//! What is on paper is what is on the page: the same words and numbers, on at most two sides, for every reader.

mod everything;
#[path = "../examples/invented/mod.rs"]
mod invented;

use everything::{everything, views};
use lopdf::{Dictionary, Document, Object};
use show::paper::{Fonts, PaperError, pdf};
use show::*;

/// The paper of a view; `None` where the typeface has not been built.
fn paper(view: &View) -> Option<Vec<u8>> {
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/dist");
    let font = |weight: u16| std::fs::read(format!("{dist}/inter-{weight}.ttf")).ok();
    let (Some(regular), Some(semibold), Some(bold)) = (font(400), font(600), font(700)) else {
        println!("skipped: assets/dist has no typeface; `make assets` builds it");
        return None;
    };
    let other = |subset: &str| std::fs::read(format!("{dist}/inter-{subset}.ttf")).expect("letters of other languages");
    let others = ["latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek"].map(other);
    let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
    let fonts = Fonts { regular: &regular, semibold: &semibold, bold: &bold, others: &others };
    Some(pdf(view, &fonts).expect("a paper"))
}

fn opened(bytes: &[u8]) -> Document {
    Document::load_mem(bytes).expect("the file is a PDF")
}

/// All letters without spaces and line ends, so that a line may break anywhere.
fn squeezed(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_whitespace()).collect()
}

fn text(document: &Document) -> String {
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    squeezed(&document.extract_text(&pages).expect("its text can be read"))
}

/// The structure a screen reader follows: kind and words of each element.
fn structure(document: &Document) -> Vec<(String, Option<String>)> {
    let told = |d: &Dictionary, key: &[u8]| d.get(key).ok().and_then(|o| lopdf::decode_text_string(o).ok());
    let elements = document.objects.values().filter_map(|o| o.as_dict().ok()).filter(|d| d.has(b"P") && d.has(b"S"));
    elements
        .filter_map(|d| match d.get(b"S") {
            Ok(Object::Name(kind)) => {
                Some((String::from_utf8_lossy(kind).into_owned(), told(d, b"Alt").or(told(d, b"T"))))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn every_page_fits_on_two_sides_and_says_what_the_page_says() {
    for view in views() {
        let Some(bytes) = paper(&view) else { return };
        let document = opened(&bytes);
        assert!((1..=2).contains(&document.get_pages().len()), "{}", view.address);
        let text = text(&document);
        let says = |words: &str| {
            let words = squeezed(&words.replace('→', "›").replace(['▲', '▼'], ""));
            assert!(text.contains(&words), "{}: {words} is not in\n{text}", view.address);
        };
        says(&view.title);
        says(&view.lede);
        says(&view.over);
        says(&view.place_name);
        says(&view.chosen());
        says(&view.as_of);
        says(&view.carry(&view.address));
        for fact in &view.facts {
            says(&fact.title);
            says(&fact.figure.say());
            says(&fact.note);
        }
        for panel in &view.panels {
            let empty = panel.pictures.iter().all(|p| matches!(p, Picture::Form(_)));
            let title: String = panel.title.chars().take(60).collect();
            if !empty {
                says(&title);
            }
        }
    }
}

#[test]
fn numbers_of_a_table_on_paper_are_those_of_its_twin() {
    let whole = invented::pages::page("handovers").expect("a page");
    let Some(bytes) = paper(&whole) else { return };
    let text = text(&opened(&bytes));
    let mut numbers = 0;
    for table in whole.panels.iter().flat_map(Panel::tables).map(|(_, table)| table.for_people()) {
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
fn a_reader_who_does_not_see_has_headings_tables_and_the_words_of_each_figure() {
    let view = everything();
    let Some(bytes) = paper(&view) else { return };
    let document = opened(&bytes);
    let elements = structure(&document);
    let of = |kind: &str| elements.iter().filter(|(k, _)| k == kind).collect::<Vec<_>>();
    assert_eq!(of("H1"), [&("H1".to_owned(), Some(view.title.clone()))]);
    assert!(of("H2").len() >= 5, "{elements:?}");
    assert!(!of("Table").is_empty() && !of("TH").is_empty() && of("TD").len() > 8, "{elements:?}");
    let figures = of("Figure");
    assert!(
        figures.len() >= 4 && figures.iter().all(|(_, alt)| alt.as_ref().is_some_and(|a| a.len() > 20)),
        "{figures:?}"
    );
    let heat = figures.iter().filter_map(|(_, alt)| alt.as_ref()).any(|alt| alt.contains("Longest on Monday mornings"));
    assert!(heat, "{figures:?}");
    let catalog = document.catalog().expect("a catalogue");
    assert_eq!(catalog.get(b"Lang").and_then(lopdf::decode_text_string).ok().as_deref(), Some("en-GB"));
    let marked =
        catalog.get(b"MarkInfo").and_then(Object::as_dict).and_then(|d| d.get(b"Marked")).and_then(Object::as_bool);
    assert_eq!(marked.ok(), Some(true));
    let info = document.trailer.get(b"Info").and_then(Object::as_reference).and_then(|id| document.get_dictionary(id));
    let info = info.expect("document information");
    let title = info.get(b"Title").and_then(lopdf::decode_text_string);
    assert_eq!(title.ok(), Some(view.title.clone()));
    assert!(!info.has(b"CreationDate"));
}

#[test]
fn the_same_view_is_the_same_bytes_and_holds_no_raster() {
    let view = everything();
    let (Some(first), Some(second)) = (paper(&view), paper(&view)) else { return };
    assert!(first == second);
    let document = opened(&first);
    let images = document.objects.values().filter_map(|o| o.as_stream().ok());
    let images = images.filter(|s| s.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|n| n == b"Image"));
    assert_eq!(images.count(), 0);
}

#[test]
fn what_has_no_room_is_named_and_rows_left_out_are_counted() {
    let rows = |n: usize| {
        let mut table = Table::new(["asked", "what"]);
        (0..n).for_each(|i| table.push([Cell::from(i), "A wait 👩‍⚕️ <b>&amp; ▲ 東京 \u{1b}[2J".into()]));
        Picture::Rows(Rows { caption: "Rows".into(), table, links: vec![] })
    };
    let panel = |i: usize| Panel {
        id: format!("p{i}"),
        title: format!("Panel {i} <script>"),
        pictures: vec![rows(if i == 0 { 10_000 } else { 30 }), Picture::Words(vec!["Long".repeat(9_000)])],
        ..Panel::default()
    };
    let fact = |i: usize| Fact {
        title: "Incomprehensibilities".repeat(i),
        figure: Figure::new(1e18, "unpronounceabilities-per-thousand", Evidence::default()),
        note: "\u{202e}right to left".into(),
    };
    let view = View {
        address: "/extreme".into(),
        title: "W".repeat(500) + " and 🚑 many words".repeat(20).as_str(),
        place_name: "A place with a name that goes on".repeat(9),
        lede: "Sentence. ".repeat(400),
        facts: (1..9).map(fact).collect(),
        panels: (0..100).map(panel).collect(),
        notice: Some("Notice".repeat(900)),
        ..View::default()
    };
    let Some(bytes) = paper(&view) else { return };
    let document = opened(&bytes);
    assert!(document.get_pages().len() <= 2);
    let said = text(&document);
    assert!(said.contains("Notonthispaper"), "{said}");
    assert!(said.contains("more;see/extreme"), "{said}");

    let view = View { address: "/few".into(), title: "Few".into(), panels: vec![panel(0)], ..View::default() };
    let Some(bytes) = paper(&view) else { return };
    let said = text(&opened(&bytes));
    assert!(said.contains("moreat/few") && said.contains("Panel0<script>"), "{said}");
    // letters that the typeface lacks are said with those that it has, never as boxes
    assert!(said.contains("Await??<b>&amp;↑[inotherletters:seetheaddress]"), "{said}");
}

#[test]
fn nothing_at_all_is_still_a_paper() {
    let Some(bytes) = paper(&View::default()) else { return };
    assert_eq!(opened(&bytes).get_pages().len(), 1);
}

#[test]
fn words_of_other_languages_stand_in_their_own_letters_or_say_where_they_do() {
    let said = |words: &str| {
        let panels = vec![Panel { pictures: vec![Picture::Words(vec![words.to_owned()])], ..Panel::default() }];
        let bytes = paper(&View { panels, ..View::default() })?;
        Some(squeezed(&opened(&bytes).extract_text(&[1]).expect("text")))
    };
    let polish = "Nie rozumiałam dokumentów. Ktoś powinien mi je wyjaśnić.";
    let Some(text) = said(polish) else { return };
    assert!(text.contains(&squeezed(polish)), "{text}");
    let others = ["Ŵyr a gŵyr", "Trả lời bằng tiếng Việt", "Хто говорить українською?", "Κανείς να μην περιμένει"];
    for words in others {
        assert!(said(words).is_some_and(|text| text.contains(&squeezed(words))), "{words}");
    }
    let arabic = said("“لا ينبغي لأحد أن ينتظر” (A father)").unwrap_or_default();
    assert!(arabic.contains("“[inotherletters:seetheaddress]”(Afather)") && !arabic.contains('?'), "{arabic}");
}

#[test]
fn a_file_that_is_no_typeface_is_said() {
    let fonts = Fonts { regular: b"no font", semibold: &[], bold: &[], others: &[] };
    let error = pdf(&View::default(), &fonts).expect_err("no typeface");
    assert!(matches!(error, PaperError::Font { weight: 400 }));
    assert_eq!(error.to_string(), "cannot read the typeface of weight 400");
}
