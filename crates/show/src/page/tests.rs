use super::*;
use crate::view::*;
use crate::{Table, Unit};

fn evidence_of(id: &str) -> Evidence {
    Evidence {
        id: id.to_owned(),
        definition: "Counted.".to_owned(),
        sources: vec!["a feed".to_owned()],
        rows: Some(7),
        fresh_as_of: "today".to_owned(),
        ..Evidence::default()
    }
}

fn handover_of(name: &str, hours: Option<f64>) -> Handover {
    let figure = |v: Option<f64>| Figure::new(v, "minutes", evidence_of("wait"));
    Handover {
        id: name.to_owned(),
        name: name.to_owned(),
        waits: None,
        from_owner: "North".to_owned(),
        to_owner: "South".to_owned(),
        middle: figure(hours),
        nine_in_ten: figure(hours),
        hours_waiting: Figure::new(hours, "hours", evidence_of("hours")),
        waiting_now: figure(hours),
        past_year: vec![],
        signal: Signal::Ordinary,
        standard: None,
        href: Some(format!("/handovers/{}", escape(name))),
    }
}

fn measure_of(id: &str, signal: Signal) -> Measure {
    let series = Series {
        id: id.to_owned(),
        title: id.to_owned(),
        unit: Unit::Percent,
        better: Better::Higher,
        every: Every::Week,
        points: vec![Point { start: jiff::civil::date(2025, 11, 17), value: Some(80.0), signal }],
        limits: vec![],
        target: None,
        events: vec![],
        baseline: None,
        method: String::new(),
    };
    Measure {
        sector: "Community".to_owned(),
        sentence: words::finding(&series),
        latest: Figure::new(80.0, "%", evidence_of(id)),
        series,
        href: Some(format!("/measures/{id}?place=Eastbrook")),
    }
}

fn choice(name: &'static str, chosen: Option<&str>) -> Choice {
    Choice {
        name,
        label: crate::chart::sentence(name),
        all: "All".to_owned(),
        options: vec![("Saltley Vale".to_owned(), "Saltley Vale".to_owned()), ("b".to_owned(), "B".to_owned())],
        chosen: chosen.map(str::to_owned),
    }
}

fn of(pictures: Vec<Picture>) -> View {
    let panel = Panel { id: "one".to_owned(), title: "One".to_owned(), pictures, ..Panel::default() };
    View {
        address: "/".to_owned(),
        place_name: "Little & <Small>".to_owned(),
        title: "Nothing changed".to_owned(),
        panels: vec![panel],
        ..View::default()
    }
}

fn shown(pictures: Vec<Picture>) -> String {
    view(&of(pictures), &Frame::default())
}

fn in_order(html: &str, words: &[&str]) {
    let at: Vec<usize> = words.iter().map(|w| html.find(w).unwrap_or_else(|| panic!("{w} is on the page"))).collect();
    assert!(at.is_sorted(), "{words:?} at {at:?}");
}

#[test]
fn handovers_are_ranked_by_time_waiting_and_the_unknown_come_last() {
    let all = vec![handover_of("Small", Some(1.0)), handover_of("Unknown", None), handover_of("Large", Some(90.0))];
    in_order(&shown(vec![Picture::Handovers(all)]), &[">Large</a>", ">Small</a>", ">Unknown</a>"]);
}

#[test]
fn signals_come_first() {
    let all = [("usual", Signal::Ordinary), ("good", Signal::Improvement), ("bad", Signal::Concern)];
    let html = shown(vec![Picture::Measures(all.map(|(id, signal)| measure_of(id, signal)).into())]);
    in_order(&html, &["id=\"bad\"", "id=\"good\"", "id=\"usual\""]);
}

#[test]
fn what_nobody_knows_is_said_and_never_a_nought() {
    let html = shown(vec![Picture::Handovers(vec![handover_of("Unknown", None)])]);
    assert_eq!(html.matches("<span class=\"none\">no data</span>").count(), 4);
    assert!(!html.contains("0 min"));
    let mut hidden = handover_of("Few", Some(3.0));
    hidden.waiting_now = hidden.waiting_now.hidden();
    hidden.middle.missing = Missing::Stale;
    hidden.middle.value = None;
    let html = shown(vec![Picture::Handovers(vec![hidden])]);
    for words in ["too few to show", "out of date"] {
        assert_eq!(html.matches(&format!("<span class=\"none\">{words}</span>")).count(), 1, "{words}");
    }
}

#[test]
fn every_figure_carries_its_evidence() {
    let mut told = of(vec![
        Picture::Handovers(vec![handover_of("One", Some(3.0))]),
        Picture::Measures(vec![measure_of("m", Signal::Ordinary)]),
    ]);
    told.facts = vec![Fact {
        title: "People".to_owned(),
        figure: Figure::new(3.0, "people", evidence_of("a b")),
        note: String::new(),
    }];
    let html = view(&told, &Frame::default());
    let figures = html.matches("<details class=\"figure").count();
    assert_eq!(figures, 4 + 1 + 1);
    assert_eq!(html.matches("<dt>From</dt><dd>a feed</dd>").count(), figures);
    assert_eq!(html.matches("\">See the rows</a>").count(), figures);
    assert_eq!(html.matches(".csv\">Download</a>").count(), figures);
    assert!(html.contains("href=\"/why/a%20b\"") && html.contains("href=\"/why/a%20b.csv\""));
}

#[test]
fn evidence_tells_all_that_is_known_of_a_figure_and_nothing_that_is_not() {
    let full = Evidence {
        numerator: "those seen in time".to_owned(),
        denominator: "all who asked".to_owned(),
        excludes: "visitors".to_owned(),
        shown_on: vec![Link::new("Home", "/")],
        ..evidence_of("x")
    };
    let fact =
        |evidence| Fact { title: "Share".to_owned(), figure: Figure::new(3.0, "%", evidence), note: String::new() };
    let of = |evidence| view(&View { facts: vec![fact(evidence)], ..View::default() }, &Frame::default());
    in_order(
        &of(full),
        &[
            "Counts</dt><dd>those seen",
            "Out of</dt><dd>all who",
            "Leaves out</dt><dd>visitors",
            "Also on</dt><dd><a href=\"/\">Home",
        ],
    );
    let little = of(evidence_of("x"));
    assert!(["Counts", "Out of", "Leaves out", "Also on"].iter().all(|name| !little.contains(&format!("<dt>{name}"))));
}

#[test]
fn names_are_words_and_never_markup() {
    let bad = "<script>alert(1)</script>";
    let rows = Table::new([bad]).row([Cell::from(bad)]);
    let mut told = of(vec![
        Picture::Words(vec![bad.to_owned(), format!("{bad}\n")]),
        Picture::Handovers(vec![handover_of(bad, Some(1.0))]),
        Picture::Rows(Rows { caption: bad.to_owned(), table: rows, links: vec![Some("\"><script".to_owned())] }),
        Picture::List(vec![Item { link: Link::new(bad, bad), kind: bad.to_owned(), note: bad.to_owned() }]),
        Picture::Notes(Notes {
            notes: vec![Note {
                who: bad.to_owned(),
                when: bad.to_owned(),
                point: bad.to_owned(),
                text: bad.to_owned(),
            }],
            send_to: Some(bad.to_owned()),
            who: bad.to_owned(),
            ..Notes::default()
        }),
        Picture::Form(Form {
            button: bad.to_owned(),
            wrong: Some((bad.to_owned(), bad.to_owned())),
            fields: vec![Field {
                name: bad.to_owned(),
                label: bad.to_owned(),
                value: bad.to_owned(),
                entry: Entry::Long,
                ..Field::default()
            }],
            ..Form::default()
        }),
        Picture::State(State {
            why: Why::Wrong,
            title: bad.to_owned(),
            text: bad.to_owned(),
            links: vec![],
            command: bad.to_owned(),
        }),
    ]);
    (told.title, told.over, told.as_of) = (bad.to_owned(), bad.to_owned(), bad.to_owned());
    told.choices = vec![Choice { options: vec![], ..choice("place", Some(bad)) }];
    let html = view(&told, &Frame { reader: Some(bad.to_owned()), live: true });
    assert_eq!(html.matches("<script").count(), 2, "only our own two");
    assert!(html.contains("Little &amp; &lt;Small&gt;"));
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let html = shown(vec![
        Picture::Handovers(vec![handover_of("One", Some(3.0))]),
        Picture::Measures(vec![measure_of("m", Signal::Concern)]),
    ]) + &api("/openapi.json", &Rows::default());
    let elsewhere: Vec<&str> =
        html.split("http").skip(1).filter(|rest| !rest.starts_with("://www.w3.org/2000/svg\"")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn what_was_chosen_is_in_the_form_in_words_in_files_and_goes_along() {
    let mut told = of(vec![Picture::Handovers(vec![handover_of("One", Some(3.0))])]);
    told.address = "/handovers".to_owned();
    told.choices = vec![
        choice("place", Some("Saltley Vale")),
        choice("age", Some("b")),
        choice("sex", None),
        choice("need", Some("gone")),
    ];
    let html = view(&told, &Frame::default());
    assert!(html.contains("<option value=\"Saltley Vale\" selected>"));
    assert!(html.contains("<option value=\"gone\" selected>gone"), "a value that is not offered is still told");
    assert!(html.contains("href=\"/handovers?age=b&amp;need=gone\""), "place can be taken away alone");
    assert!(html.contains("href=\"/handovers.csv?place=Saltley%20Vale&amp;age=b&amp;need=gone&amp;panel=one\""));
    assert!(html.contains("<a href=\"/measures?place=Saltley%20Vale&amp;age=b&amp;need=gone\">Measures</a>"));
    assert!(html.contains("Showing Place: Saltley Vale; Age: B; Need: gone"));
}

#[test]
fn the_first_page_has_files_of_its_own_name() {
    let html = shown(vec![Picture::Rows(Rows { caption: "Rows".to_owned(), table: Table::new(["a"]), links: vec![] })]);
    assert!(html.contains("href=\"/index.csv?panel=one\"") && html.contains("href=\"/index.json?panel=one\""));
}

#[test]
fn the_menu_marks_where_the_reader_is() {
    let at = |address: &str| {
        let html = view(&View { address: address.to_owned(), ..View::default() }, &Frame::default());
        let marked: Vec<String> = html
            .split("aria-current=\"")
            .skip(1)
            .map(|rest| rest.split("</a>").next().unwrap().replace("\">", " "))
            .collect();
        marked.join(", ")
    };
    assert_eq!(at("/"), "page Whole system");
    assert_eq!(at("/handovers"), "page Handovers");
    assert_eq!(at("/handovers/x"), "true Handovers");
    assert_eq!(at("/pathways/x"), "true Journeys");
    assert_eq!(at("/mapped"), "");
    assert_eq!(at("/why/x"), "");
}

#[test]
fn a_long_table_says_what_it_leaves_out() {
    let mut table = Table::new(["n"]);
    (0..MOST_ROWS + 3).for_each(|n| table.push([Cell::from(n)]));
    let html = shown(vec![Picture::Rows(Rows { caption: "Numbers".to_owned(), table, links: vec![] })]);
    assert_eq!(html.matches("<tr role=\"row\">").count(), MOST_ROWS + 1);
    assert!(html.contains("and 3 more rows, all of them in the CSV file."));
}

#[test]
fn ten_thousand_places_are_still_a_page() {
    let area = |i: usize| Area {
        name: format!("Place {i}"),
        polygons: vec![],
        figure: Figure::new(i as f64, "minutes", evidence_of("m")),
        signal: Signal::Ordinary,
        href: None,
    };
    let map = Map {
        id: "m".to_owned(),
        title: "Where".to_owned(),
        definition: String::new(),
        unit: Unit::Minutes,
        better: Better::Lower,
        areas: (0..10_000).map(area).collect(),
    };
    let html = picture::draw(&Picture::Map(map), &Panel::default()).into_string();
    assert!(html.contains("and 9,940 more areas, all of them in the CSV file."));
    in_order(&html, &[">Place 9999</th>", ">Place 9998</th>"]);
}

#[test]
fn each_state_has_a_word_and_a_shape_of_its_own() {
    use Why::*;
    let all = [Empty, Stale, Suppressed, NotAllowed, TooFew, Working, Wrong];
    let of = |why| {
        form::state(&State { why, title: "So".to_owned(), text: String::new(), links: vec![], command: String::new() })
            .into_string()
    };
    let part = |html: &str, from: &str, to: &str| html.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
    for (from, to) in [("class=\"state ", "\""), ("<p class=\"word\">", "<"), ("<path d=\"", "\"")] {
        let told: BTreeSet<String> = all.iter().map(|why| part(&of(*why), from, to)).collect();
        assert_eq!(told.len(), all.len(), "{from}: {told:?}");
    }
}

#[test]
fn notes_are_written_by_those_who_may() {
    let may = Notes {
        send_to: Some("/handovers/x/notes".to_owned()),
        points: vec![("2025-11-17".to_owned(), "newest week".to_owned())],
        ..Notes::default()
    };
    let html = shown(vec![Picture::Notes(may.clone())]);
    in_order(
        &html,
        &[
            "action=\"/handovers/x/notes\" method=\"post\"",
            "<textarea",
            "name=\"text\"",
            "<option value=\"2025-11-17\">newest week",
            "Keep this note",
        ],
    );
    let html = shown(vec![Picture::Notes(Notes { send_to: None, help: "Ask the owners.".to_owned(), ..may })]);
    assert!(!html.contains("<textarea") && html.contains("Ask the owners."));
}

#[test]
fn what_is_wrong_in_a_form_is_said_first_and_at_its_field() {
    let field = |name: &str| Field {
        name: name.to_owned(),
        label: format!("The {name}"),
        hint: "One line.".to_owned(),
        ..Field::default()
    };
    let asked = Form {
        send_to: "/x".to_owned(),
        post: true,
        fields: vec![field("reason"), field("other")],
        button: "Send".to_owned(),
        wrong: Some(("reason".to_owned(), "Say why".to_owned())),
        ..Form::default()
    };
    let view_of = |form: Form| {
        let pictures = vec![Picture::Form(form)];
        let panel = Panel { id: "form".into(), title: "A form".into(), pictures, ..Panel::default() };
        view(&View { title: "Ask".to_owned(), panels: vec![panel], ..View::default() }, &Frame::default())
    };
    let more = vec![("other".to_owned(), "This must be filled in".to_owned())];
    let html = view_of(Form { more_wrong: more, ..asked.clone() });
    in_order(
        &html,
        &[
            "<title>Error: Ask",
            "<h1 id=\"title\">Ask</h1>",
            "role=\"alert\" aria-labelledby=\"error-title\" tabindex=\"-1\" autofocus",
            "href=\"#field-reason\">The reason: Say why",
            "href=\"#field-other\">The other: This must be filled in",
            "id=\"field-reason-error\"",
            "aria-describedby=\"field-reason-hint field-reason-error\"",
            "aria-describedby=\"field-other-hint field-other-error\"",
        ],
    );
    let right = view_of(Form { wrong: None, ..asked });
    assert!(!right.contains("role=\"alert\"") && !right.contains("<title>Error"));
}

#[test]
fn narrow_panels_stand_under_each_other_and_others_alone() {
    let of = |widths: &[Width]| {
        let panels: Vec<Panel> = widths.iter().map(|w| Panel { width: *w, ..Panel::default() }).collect();
        grouped(&panels).map(<[Panel]>::len).collect::<Vec<_>>()
    };
    use Width::*;
    assert_eq!(of(&[Whole, Wide, Narrow, Narrow, Whole, Half, Half, Narrow]), [1, 1, 2, 1, 1, 1, 1]);
}

#[test]
fn a_reader_is_named_and_a_live_page_asks_for_itself() {
    let told = View { address: "/handovers".to_owned(), choices: vec![choice("place", Some("b"))], ..View::default() };
    let html = view(&told, &Frame { reader: Some("Flow lead".to_owned()), live: true });
    assert!(
        html.contains("Signed in as </span>Flow lead")
            && html.contains("hx-get=\"/handovers?place=b\" hx-trigger=\"every 60s\"")
    );
    let html = view(&told, &Frame::default());
    assert!(!html.contains("Signed in as") && !html.contains("id=\"live\""));
}

#[test]
fn an_empty_system_says_what_to_do() {
    let html = shown(vec![
        Picture::Handovers(vec![]),
        Picture::Measures(vec![]),
        Picture::Sources(vec![]),
        Picture::List(vec![]),
        Picture::Notes(Notes::default()),
    ]);
    for words in [
        "No handover has been seen yet",
        "No measure could be counted yet",
        "Nothing has been added yet.",
        "Nothing found.",
        "Nobody has written about this yet.",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn the_paper_names_its_sources_and_its_address() {
    let html = shown(vec![Picture::Measures(vec![measure_of("m", Signal::Ordinary)])]);
    assert!(html.contains("<p class=\"paper\">Sources: a feed.</p>") && html.contains("Address of this page: /</p>"));
}

#[test]
fn every_page_is_also_data_and_says_how() {
    let routes = Table::new(["address"]).row([Cell::from("/handovers")]);
    let html = api(
        "/openapi.json",
        &Rows { caption: "Addresses".to_owned(), table: routes, links: vec![Some("/handovers".to_owned())] },
    );
    in_order(
        &html,
        &["/handovers.csv?place=Eastbrook", "href=\"/openapi.json\"", "<a href=\"/handovers\">/handovers</a>"],
    );
    assert!(!html.contains(".csv\">") && !html.contains("?panel="), "it has no files of its own");
}

#[test]
fn what_the_panel_says_is_not_said_again() {
    let heat = Heat { title: "Longest on Mondays".to_owned(), definition: "Middle wait".to_owned(), ..Heat::default() };
    let times = |title: &str, note: &str| {
        let panel = Panel { title: title.to_owned(), note: note.to_owned(), ..Panel::default() };
        let html = picture::draw(&Picture::Heat(heat.clone()), &panel).into_string();
        (html.matches("<h3>").count(), html.matches("<p class=\"note\">").count())
    };
    assert_eq!(times("When", ""), (1, 1));
    assert_eq!(times("Longest on Mondays", "Middle wait, by hour"), (0, 0));
}

#[test]
fn a_way_says_its_own_times_or_else_what_its_legs_add_up_to() {
    let leg = |spent, minutes| Leg {
        name: "a".to_owned(),
        spent,
        minutes: Some(minutes),
        signal: Signal::Ordinary,
        href: None,
    };
    let way = |sentence: &str| Way {
        id: "w".to_owned(),
        name: "111".to_owned(),
        sentence: sentence.to_owned(),
        journeys: Figure::new(12.0, "journeys", evidence_of("w")),
        share: Some(4.0),
        legs: vec![leg(Spent::Care, 20.0), leg(Spent::Waiting, 41.0), leg(Spent::Waiting, 9.0)],
        href: None,
    };
    let of = |sentence| shown(vec![Picture::Ways(vec![way(sentence)])]);
    in_order(&of(""), &["4 in 100</b>", "12 journeys", "20 min being cared for", "50 min waiting"]);
    let told = of("An hour, most of it waiting");
    assert!(told.contains("An hour, most of it waiting") && !told.contains("50 min waiting"));
}

#[test]
fn what_is_to_be_typed_is_code_on_the_page_and_quoted_on_a_terminal() {
    let help = "Ask whoever runs it: `catchment allow <name>`.".to_owned();
    let notes = Notes { help, ..Notes::default() };
    let view = of(vec![Picture::Words(vec!["Try `catchment doctor`.".to_owned()]), Picture::Notes(notes)]);
    let html = super::view(&view, &Frame::default());
    assert!(html.contains("Try <code>catchment doctor</code>."), "{html}");
    assert!(html.contains("runs it: <code>catchment allow &lt;name&gt;</code>.") && !html.contains('`'), "{html}");
    assert!(crate::media::text(&view, 80).contains("Try “catchment doctor”."));
}

#[test]
fn a_map_judges_only_where_there_is_something_to_judge() {
    let area = |name: &str, value: f64, signal| Area {
        name: name.to_owned(),
        polygons: vec![],
        figure: Figure::new(value, "hours per 1,000 people", evidence_of(name)),
        signal,
        href: None,
    };
    let map = |signal| Map {
        id: "m".to_owned(),
        title: "Most hours per 1,000 people in Eastbrook, fewest in Dunmoor".to_owned(),
        definition: String::new(),
        unit: "hours per 1,000 people".into(),
        better: Better::Lower,
        areas: vec![area("Eastbrook", 12.0, signal), area("Dunmoor", 1.0, Signal::Ordinary)],
    };
    let [quiet, changed] = [Signal::Ordinary, Signal::Concern].map(|signal| shown(vec![Picture::Map(map(signal))]));
    assert!(!quiet.contains("Against usual") && !quiet.contains("as usual</td>"), "{quiet}");
    assert!(changed.contains("Against usual") && changed.contains("<b>worse</b>"), "{changed}");
    assert!(quiet.contains(">In hours per 1,000 people</text>") && quiet.contains("1 hour per 1,000 people<span"));
    let drawn = quiet.split("</svg>").find(|svg| svg.contains("In hours per")).expect("a map");
    assert_eq!(drawn.matches("per 1,000 people</text>").count(), 1, "the unit is said once: {drawn}");
}

#[test]
fn a_way_that_the_note_names_is_not_named_again() {
    let way = Way {
        id: "w".to_owned(),
        name: "999 → Ambulance".to_owned(),
        sentence: "4 hours in all.".to_owned(),
        journeys: Figure::new(1.0, "journeys", evidence_of("w")),
        share: None,
        legs: vec![],
        href: None,
    };
    let mut view = of(vec![Picture::Way(way)]);
    view.panels[0].note = "999 → Ambulance. Middle times of 12 journeys.".to_owned();
    assert_eq!(view.panels[0].sentences(), ["4 hours in all."]);
    assert!(
        super::view(&view, &Frame::default()).contains("From") && crate::media::text(&view, 80).contains("1 journey")
    );
    view.panels[0].note = String::new();
    assert_eq!(view.panels[0].sentences(), ["999 → Ambulance: 4 hours in all."]);
}

fn dial(name: &str, value: f64, now: Option<f64>) -> crate::Part {
    crate::Part::Number(crate::Dial {
        name: name.to_owned(),
        label: format!("{name} \"&<"),
        value,
        range: (0.0, 400.0),
        step: 0.5,
        now,
    })
}

fn asked() -> crate::Sentences {
    let words = |text: &str| crate::Part::Words(text.to_owned());
    let sentence = crate::Sentence {
        parts: vec![words("Open"), dial("beds", 340.5, Some(320.0)), words("beds")],
        hint: "Learnt.".to_owned(),
        changed: true,
    };
    crate::Sentences {
        id: "change".to_owned(),
        send_to: "/simulate".to_owned(),
        post: true,
        kept: vec![("model".to_owned(), "a\"b".to_owned())],
        sentences: vec![sentence],
        button: "Try it".to_owned(),
        note: String::new(),
        wrong: None,
    }
}

#[test]
fn a_number_in_a_sentence_is_a_field_that_needs_no_script() {
    let html = shown(vec![Picture::Sentences(asked())]);
    assert!(html.contains("<form class=\"ask say\" action=\"/simulate\" method=\"post\""), "{html}");
    assert!(html.contains("<input type=\"hidden\" name=\"model\" value=\"a&quot;b\">"), "{html}");
    let field = "<input id=\"change-beds\" type=\"number\" name=\"beds\" value=\"340.5\" min=\"0\" max=\"400\" step=\"0.5\" required inputmode=\"decimal\" aria-label=\"beds &quot;&amp;&lt;\" aria-describedby=\"change-hint-0\">";
    assert!(html.contains(field), "{html}");
    // the slider sends nothing of its own and is no second stop for a keyboard
    let slider = html.split("<input class=\"slide\"").nth(1).and_then(|rest| rest.split('>').next()).expect("a slider");
    assert!(!slider.contains("name=") && slider.contains("tabindex=\"-1\" aria-hidden=\"true\""), "{slider}");
    assert!(html.contains("<span class=\"now\">now 320</span>"));
    assert!(!html.contains("?panel=one"), "a form needs no file");
}

#[test]
fn what_is_wrong_in_a_sentence_is_said_first_and_at_its_number() {
    let wrong = Some(("beds".to_owned(), "Open at most 400 beds".to_owned()));
    let html = shown(vec![Picture::Sentences(crate::Sentences { wrong, ..asked() })]);
    in_order(&html, &["There is a problem", "href=\"#change-beds\"", "aria-invalid=\"true\"", "id=\"change-error-0\""]);
    assert!(html.contains("aria-describedby=\"change-hint-0 change-error-0\""), "{html}");
    let nowhere = Some(("model".to_owned(), "The model is gone".to_owned()));
    let html = shown(vec![Picture::Sentences(crate::Sentences { wrong: nowhere, ..asked() })]);
    assert!(html.contains("<li>The model is gone</li>") && !html.contains("href=\"#change"), "{html}");
}

#[test]
fn work_that_goes_on_looks_again_by_itself_with_script_and_without() {
    let work = crate::Running {
        id: "r".to_owned(),
        title: "3 of 4 winters".to_owned(),
        done: 3,
        of: 4,
        seconds_left: Some(8.0),
        early: vec!["Less waiting.".to_owned()],
        look: "/runs/r".to_owned(),
        stop: Some("/runs/r/stop".to_owned()),
    };
    let html = shown(vec![Picture::Running(work.clone())]);
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"4\"></noscript>"), "{html}");
    assert!(html.contains("hx-trigger=\"every 2s\""));
    in_order(
        &html,
        &[
            "<progress max=\"100\" value=\"75\"",
            "75%, about 10 seconds left",
            "An early answer",
            "action=\"/runs/r/stop\" method=\"post\"",
        ],
    );
    let done = shown(vec![Picture::Words(vec!["Done.".to_owned()])]);
    assert!(!done.contains("http-equiv") && !done.contains("id=\"live\""), "{done}");
    let html = shown(vec![Picture::Running(crate::Running { stop: None, ..work })]);
    assert!(!html.contains("Stop here"));
}

#[test]
fn a_week_moves_only_where_a_script_may_and_stands_still_five_times_elsewhere() {
    let station = |name: &str| crate::Station {
        name: name.to_owned(),
        waiting: vec![1.0, 2.0],
        in_care: vec![3.0, 4.0],
        blocked: vec![0.0, 0.0],
        ..crate::Station::default()
    };
    let week = crate::Week {
        id: "w".to_owned(),
        hours: vec!["Monday 00:00".to_owned(), "Monday 01:00".to_owned()],
        services: vec![station("Ward")],
        stills: vec![1, 0, 99],
        ..crate::Week::default()
    };
    let html = shown(vec![Picture::Week(Box::new(week))]);
    assert!(html.contains("data-hours=\"Monday 00:00|Monday 01:00\" data-values=\"1 2|3 4|0 0|3 4\""), "{html}");
    assert!(
        html.contains("type=\"range\" min=\"0\" max=\"1\" value=\"1\"") && html.contains(">Monday 01:00</output>"),
        "{html}"
    );
    let stills = html.split("<ol class=\"stills\">").nth(1).expect("stills");
    assert_eq!(stills.matches("<h3>").count(), 2);
    assert!(shown(vec![Picture::Week(Box::default())]).contains("No week has been simulated yet."));
}

/// Every picture of talking, deciding and acting, with these words wherever words may stand.
fn rooms(words: &str) -> Vec<Picture> {
    use crate::room::*;
    let w = || words.to_owned();
    let number = || Figure::new(3.0, "days", Evidence::default()).within(Some((1.0, 4.0)));
    let link = || Link::new(w(), w());
    let quote = || Quote {
        text: w(),
        lang: w(),
        by: w(),
        splits: vec![
            Split { group: w(), of_100: Some([1, 2, 97]), voted: 40 },
            Split { group: w(), of_100: None, voted: 0 },
        ],
        note: w(),
        translations: vec![],
        href: Some(w()),
    };
    let field = |entry| Field {
        name: w(),
        label: w(),
        hint: w(),
        value: w(),
        entry,
        options: vec![(w(), w())],
        most: 9,
        required: true,
        part: w(),
        unit: w(),
    };
    let entries = [Entry::Line, Entry::Long, Entry::Radios, Entry::Ticks, Entry::Day];
    let form = Form {
        id: "f".into(),
        send_to: w(),
        kept: vec![(w(), w())],
        fields: entries.map(field).into(),
        button: w(),
        note: w(),
        ..Form::default()
    };
    let pair = || (w(), w());
    let row = Alternative {
        letter: w(),
        title: w(),
        detail: w(),
        effect: Some(number()),
        worse: Some(number()),
        places: vec![(w(), number())],
        poorest: Some(number()),
        poorest_words: w(),
        support: Some(2),
        gains: vec![w()],
        loses: vec![w()],
        also: vec![w()],
        href: Some(w()),
        chosen: true,
    };
    let prediction = || Prediction {
        name: w(),
        before: Some(2.0),
        expected: number(),
        actual: number(),
        when: w(),
        now: Some(3.0),
        better: Better::Lower,
        by: w(),
        sentence: w(),
        href: Some(w()),
    };
    let line = Line {
        kind: w(),
        words: w(),
        href: Some(w()),
        since: w(),
        because: vec![link()],
        measure: Some((number(), w())),
        standing: Standing::Disputed(w()),
        under: vec![Line { words: w(), standing: Standing::Lacks(w()), ..Line::default() }],
    };
    let saved = || Saved { name: w(), figure: number(), promised: Some(4.0), note: w() };
    vec![
        Picture::Stages(Stages {
            names: vec![w(), w()],
            at: 0,
            waits_for: vec![w()],
            skipped: vec![(0, w())],
            links: vec![],
        }),
        Picture::Choices(Box::new(Choices {
            id: w(),
            title: w(),
            definition: w(),
            effect: pair(),
            better: Better::Higher,
            worse: pair(),
            places: pair(),
            places_better: Better::Lower,
            poorest: pair(),
            rows: vec![row],
        })),
        Picture::Ground(Ground {
            id: w(),
            people: 3,
            statements: 1,
            votes: 9,
            firm: w(),
            not_yet: Some(w()),
            parts: vec![(w(), vec![quote()])],
        }),
        Picture::Stands(Stands {
            id: w(),
            members: vec![Stand { member: w(), position: Position::Concern(w()), note: w(), href: Some(w()) }],
            sealed: None,
            note: w(),
        }),
        Picture::Stands(Stands {
            id: w(),
            members: vec![Stand { member: w(), position: Position::Apart(w()), note: w(), href: None }],
            sealed: Some(w()),
            note: w(),
        }),
        Picture::Wording(Box::new(Wording {
            id: w(),
            note: w(),
            recorded: false,
            links: vec![link()],
            earlier: vec![Earlier {
                title: w(),
                changed: vec![vec![crate::words::Piece::New(w())]],
                because: vec![link()],
            }],
            clauses: vec![Clause { title: w(), lines: vec![w()], links: vec![link()] }],
            more: vec![Clause::new(w(), Vec::<String>::new())],
            not_heard: vec![w()],
            could_not_wait: w(),
            missing: vec![w()],
            acts: vec![],
        })),
        Picture::Expected(Expected {
            id: w(),
            title: w(),
            definition: w(),
            rows: vec![prediction()],
            bells: vec![Bell { words: w(), state: Ring::Rang(w()), href: Some(w()) }],
        }),
        Picture::Lines(Lines { id: w(), columns: vec![], lines: vec![line.clone()] }),
        Picture::Lines(Lines { id: w(), columns: vec![w(), w()], lines: vec![line] }),
        Picture::Shares(Shares {
            id: w(),
            title: w(),
            definition: w(),
            kinds: vec![w()],
            voices: vec![Voice {
                name: w(),
                fair: 9.0,
                shares: vec![Some(3.0)],
                must: true,
                few: true,
                href: Some(w()),
            }],
        }),
        Picture::Acts(vec![Act { title: w(), detail: w(), form, open: true, main: true }]),
        Picture::Vote(Vote {
            id: "v".into(),
            quote: Quote { translations: vec![Translated { language: w(), lang: w(), text: w() }], ..quote() },
            at: (1, 2),
            send_to: w(),
            kept: vec![(w(), w())],
            wrong: Some(w()),
            note: w(),
        }),
        Picture::Answers(Answers {
            id: w(),
            title: w(),
            rows: vec![Answer { quote: quote(), outcome: Outcome::Declined, words: w(), links: vec![link()] }],
        }),
        Picture::Plans(vec![Plan {
            aim: link(),
            measure: Some(prediction()),
            steps: (1, 2),
            review: w(),
            owner: w(),
            note: w(),
        }]),
        Picture::Schedule(Schedule {
            id: w(),
            title: w(),
            definition: w(),
            ticks: vec![(1.0, w())],
            today: 2.0,
            tasks: vec![Task {
                name: w(),
                owner: w(),
                note: w(),
                to: 4.0,
                rocks: vec![w()],
                href: Some(w()),
                ..Task::default()
            }],
            goal: Some((3.0, w())),
            ..Schedule::default()
        }),
        Picture::Rocks(Rocks {
            id: w(),
            rocks: vec![Rock { what: link(), who: w(), days: 3, cleared: false, blocks: vec![link()] }],
        }),
        Picture::Money(Box::new(Money {
            id: w(),
            title: w(),
            definition: w(),
            total: number(),
            promised: 4.0,
            goal: Some((3.0, w())),
            chance: Some(number()),
            kinds: vec![saved()],
            record: vec![saved()],
            counted_elsewhere: vec![w()],
            perhaps_twice: vec![],
            days: vec![],
        })),
        Picture::Ties(Ties {
            id: w(),
            title: w(),
            definition: w(),
            groups: vec![w(), w()],
            scale: (1.0, 5.0),
            bands: [3.0, 4.0],
            network: vec![(w(), number())],
            joins: vec![Join {
                name: link(),
                said: vec![
                    Side { by: 0, about: 1, tie: Tie::Score { score: 3.0, people: 12, answers: 40, band: w() } },
                    Side { by: 1, about: 0, tie: Tie::TooFew },
                ],
                done: vec![(w(), number())],
            }],
        }),
        Picture::Monday(vec![Due { step: link(), plan: w(), owner: w(), note: w(), ..Due::default() }]),
        Picture::Board(vec![Card { kind: w(), link: link(), stage: w(), when: w(), wants: w(), note: w() }]),
    ]
}

#[test]
fn where_people_talk_words_are_words_and_never_markup() {
    let long = "Z".repeat(400);
    for bad in ["</p><script>alert(1)</script><b title=\"", "\u{202e}لا ينبغي\u{0007}", "👩‍👩‍👧‍👦🚑", "a & b < c", &long]
    {
        let mut told = of(rooms(bad));
        told.address = "/room".to_owned();
        let html = view(&told, &Frame::default());
        assert_eq!(html.matches("<script").count(), 2, "only our own two: {bad}");
        assert!(!html.contains("<b title=") && !html.contains("b < c"), "{bad}");
        let paper = crate::paper::html(&told);
        assert!(!paper.contains("<script") && !paper.contains("<b title="), "{bad}");
        for picture in &told.panels[0].pictures {
            if let Some(table) = picture.table() {
                assert!(table.rows.iter().all(|row| row.len() == table.headers.len()), "{:?}", table.headers);
            }
        }
    }
}

#[test]
fn voices_together_have_no_fair_share_and_no_line_for_it() {
    use crate::{Shares, Voice};
    let voice = |name: &str, fair| Voice { name: name.into(), fair, shares: vec![Some(50.0)], ..Voice::default() };
    let voices = vec![voice("Hospitals", 100.0), voice("2 voices with few voters, together", 0.0)];
    let air = Shares { kinds: vec!["votes".into()], voices, ..Shares::default() };
    let html = view(&of(vec![Picture::Shares(air)]), &Frame::default());
    let rows: Vec<&str> = html.split("</tr>").filter(|row| row.contains("Fair share\"")).collect();
    let fair = |row: &str| (row.matches("<path").count(), row.contains("100%"), row.contains(">0%"));
    assert_eq!((fair(rows[0]), fair(rows[1])), ((1, true, false), (0, false, false)), "{rows:?}");
}

#[test]
fn a_form_keeps_its_fields_apart_and_says_what_it_takes() {
    let field = |entry, options: &[&str]| Field {
        name: "why".into(),
        label: "Why?".into(),
        value: "b".into(),
        entry,
        options: options.iter().map(|o| ((*o).to_owned(), (*o).to_owned())).collect(),
        most: 280,
        required: true,
        ..Field::default()
    };
    let drawn = |entry, options: &[&str]| {
        let wrong = Some(("why".to_owned(), "Say why".to_owned()));
        let form = Form {
            id: "act".into(),
            kept: vec![("token".into(), "once".into())],
            fields: vec![field(entry, options)],
            wrong,
            ..Form::default()
        };
        form::form(&form).into_string()
    };
    for (entry, options, has) in [
        (Entry::Long, &[][..], "<textarea id=\"act-why\" name=\"why\" rows=\"4\" maxlength=\"280\" required"),
        (Entry::Radios, &["a", "b"], "id=\"act-why-2\" type=\"radio\" name=\"why\" value=\"b\" checked required"),
        (Entry::Ticks, &["a", "b"], "id=\"act-why-2\" type=\"checkbox\" name=\"why\" value=\"b\" checked>"),
        (Entry::Ticks, &[], "type=\"checkbox\" name=\"why\" value=\"yes\""),
        (Entry::Day, &[], "type=\"date\""),
        (Entry::Line, &["a", "b"], "<select id=\"act-why\""),
    ] {
        let html = drawn(entry, options);
        assert!(html.contains(has), "{has} is not in {html}");
        assert!(
            html.contains("At most 280 letters.") && html.contains("Why: ") && html.contains("id=\"act-why\""),
            "{html}"
        );
        assert!(html.contains("<input type=\"hidden\" name=\"token\" value=\"once\">"), "{html}");
    }
}

#[test]
fn a_vote_is_three_buttons_and_a_statement_in_its_own_language() {
    let other = |language: &str, lang: &str, text: &str| crate::room::Translated {
        language: language.into(),
        lang: lang.into(),
        text: text.into(),
    };
    let quote = crate::room::Quote {
        text: "Ni ddylai neb aros.".into(),
        lang: "cy".into(),
        translations: vec![
            other("Polish", "pl", "Nikt nie powinien czekać."),
            other("English", "en", "No one should wait."),
        ],
        ..Default::default()
    };
    let vote = crate::room::Vote { id: "v".into(), quote, send_to: "/vote".into(), ..Default::default() };
    let html = shown(vec![Picture::Vote(vote)]);
    in_order(
        &html,
        &[
            "No one should wait.",
            "lang=\"cy\" dir=\"auto\"",
            "In Polish: <span lang=\"pl\" dir=\"auto\">“Nikt",
            "Written by a participant",
            "method=\"post\"",
            ">Agree<",
            ">Disagree<",
            ">Pass<",
        ],
    );
}
