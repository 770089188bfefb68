//! The Ledger from the command line: a file of deeds, a copy and its way back, conversations from and to Polis.

use crate::place::{Place, catchment};

fn at(place: &Place) -> String {
    place.path("").to_str().unwrap().to_owned()
}

const DEEDS: &str = r#"
# A story of two lines, and a question.
{"at": "2025-11-03T09:00:00Z", "who": "Board, Testham", "act": {"act": "line", "id": "home", "kind": "why", "text": "People belong at home"}}
{"at": "2025-11-03T09:01:00Z", "who": "Board, Testham", "because": ["line/home"], "act": {"act": "line", "id": "sooner", "kind": "what", "under": "home", "text": "People who are well enough go home the same day"}}
{"at": "2025-11-03T09:02:00Z", "who": "Clerk, Testham", "act": {"act": "conversation", "id": "home", "question": "What would get you home sooner?", "purpose": "We answer each by December.", "open_to_all": true, "opens": 1762160000, "closes": 1792160000}}
{"at": "2025-11-03T09:03:00Z", "who": "voter/00000000000000aa", "act": {"act": "statement", "conversation": "home", "text": "No one should wait for a form", "perspective": "public"}}
"#;

#[test]
fn what_was_said_can_be_copied_checked_and_brought_back() {
    let (place, other) = (Place::new(), Place::new());
    let file = place.path("deeds.jsonl");
    std::fs::write(&file, DEEDS).unwrap();
    assert_eq!(place.ledger().well().out, "", "nothing yet");
    assert!(place.run("say", &[file.to_str().unwrap()]).well().out.contains("4 deeds"));
    let copy = place.ledger().well().out;
    assert_eq!(copy.lines().count(), 4);
    assert!(catchment(&["ledger", "verify", &at(&place)]).well().out.contains("4 entries, as they were written"));
    let kept = other.path("copy.jsonl");
    std::fs::write(&kept, &copy).unwrap();
    let import = |file: &std::path::Path| catchment(&["ledger", "import", &at(&other), file.to_str().unwrap()]);
    assert!(import(&kept).well().out.contains("4 entries are new"));
    assert_eq!(other.ledger().well().out, copy, "the same bytes");
    assert!(import(&kept).well().out.contains("0 entries are new"));
    let altered = other.path("altered.jsonl");
    std::fs::write(&altered, copy.replace("No one should", "Everyone should")).unwrap();
    let wrong = import(&altered);
    assert!(!wrong.ok && wrong.err.contains("line 4"), "{}", wrong.err);
    assert!(!wrong.err.contains("Everyone should"), "what people wrote is in no error: {}", wrong.err);
    assert_eq!(other.ledger().well().out, copy);
}

#[test]
fn a_deed_that_cannot_be_is_named_and_nothing_of_its_file_is_done() {
    let place = Place::new();
    let check = |line: &str, part: &str| {
        let file = place.path("deeds.jsonl");
        std::fs::write(&file, format!("{DEEDS}{line}\n")).unwrap();
        let said = place.run("say", &[file.to_str().unwrap()]);
        // Wherever a line of the terminal ends.
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect::<String>();
        assert!(!said.ok && bare(&said.err).contains(&bare(part)), "{line}: {}", said.err);
        assert_eq!(place.ledger().well().out, "", "{line}");
    };
    check("nonsense", "deeds.jsonl:7");
    check(r#"{"act": {"act": "line", "id": "x", "kind": "why", "text": "y"}}"#, "who did this");
    check(
        r#"{"who": "Clerk", "at": "yesterday", "act": {"act": "vote", "statement": 4, "choice": 1}}"#,
        "2025-11-16T09:30:00Z",
    );
    check(r#"{"who": "Clerk", "act": {"act": "sing"}}"#, "deeds.jsonl:7");
    check(r#"{"who": "Clerk", "act": {"act": "vote", "statement": 4, "choice": 1}}"#, "deeds.jsonl:7: statement: ");
    check(
        r#"{"who": "Clerk", "act": {"act": "moderation", "statement": 9, "ruling": "in"}}"#,
        "There is no such statement",
    );
    check(
        r#"{"who": "Clerk", "at": "2999-01-01T00:00:00Z", "act": {"act": "line", "id": "x", "kind": "why", "text": "y"}}"#,
        "that moment has not come yet",
    );
    check(r#"{"who": "Clerk", "act": {"act": "moderation", "statement": 9, "ruling": "in"}}"#, "nothing was taken in");
    check(
        r#"{"who": "catchment", "act": {"act": "note", "about": "/", "point": "", "text": "All is well"}}"#,
        "signs as Catchment",
    );
}

#[test]
fn a_line_that_names_a_measure_or_a_page_that_is_not_here_is_refused_by_file() {
    let place = Place::new();
    let check = |line: &str, part: &str| {
        let file = place.write("deeds.jsonl", format!("{DEEDS}{line}\n"));
        let said = place.run("say", &[&file]);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '│').collect::<String>();
        assert!(!said.ok && bare(&said.err).contains(&bare(part)), "{line}: {}", said.err);
    };
    let target = |measure: &str, by: &str| {
        format!(
            r#"{{"who": "Board", "act": {{"act": "line", "id": "aim", "kind": "target", "text": "Two days", "under": "home", "target": {{"measure": "{measure}", "unit": "days", "from": 4, "to": 2, "by": "{by}"}}}}}}"#
        )
    };
    check(&target("no-such", "2190-01-01"), "deeds.jsonl:7: measure: There is no measure “no-such”");
    check(&target("no-such", "2020-01-01"), "deeds.jsonl:7: by: Write a day that is still to come");
    let fact = r#"{"who": "Board", "act": {"act": "line", "id": "so", "kind": "fact", "text": "It is so", "evidence": "/measures/none-such"}}"#;
    check(fact, "deeds.jsonl:7: evidence: There is no page /measures/none-such here");
    let cause = r#"{"who": "Board", "because": ["/nowhere"], "act": {"act": "line", "id": "so", "kind": "why", "text": "It is so"}}"#;
    check(cause, "deeds.jsonl:7: because: There is no page /nowhere here");
    let plan = r#"{"who": "Board", "act": {"act": "plan", "measure": "none-such", "plan": {"id": "p", "title": "P", "start": "2025-01-01", "goal": {"by": "2025-12-31"}}}}"#;
    check(plan, "deeds.jsonl:7: measure: There is no measure “none-such”");
    let promise = r#"{"who": "Ward manager", "act": {"act": "promise", "id": "call", "by": "Wards", "to": "Home care", "what": "We call", "handover": "none-such", "due": "2190-01-01", "how_we_will_know": "We hear"}}"#;
    check(promise, "deeds.jsonl:7: handover: There is no handover “none-such” here");
    let cause = |address: &str| {
        format!(
            r#"{{"who": "Board", "because": ["{address}"], "act": {{"act": "line", "id": "so", "kind": "why", "text": "It is so"}}}}"#
        )
    };
    check(&cause("/public/say/none"), "There is no page /public/say/none here");
    // What was taken while its page was there still loads.
    let file = place.write("fact.jsonl", fact.replace("/measures/none-such", "/handovers"));
    place.run("say", &[&file]).well();
    let copy = place.ledger().well().out;
    assert!(copy.contains("/handovers"), "{copy}");
}

#[test]
fn a_conversation_comes_from_polis_and_goes_back_to_it() {
    let place = Place::new();
    let (votes, statements) = (place.path("votes.csv"), place.path("comments.csv"));
    std::fs::write(&statements, "comment-id,author-id,moderated,comment-body\n0,1,1,\"Buses, not <b>parking</b>\"\n1,2,-1,Spam\n2,2,0,More parking\n").unwrap();
    std::fs::write(&votes, "comment-id,voter-id,vote\n0,1,1\n0,2,-1\n2,1,-1\n2,2,1\n1,1,-1\n").unwrap();
    let import = |id: &str| {
        catchment(&[
            "talk",
            "import",
            &at(&place),
            id,
            votes.to_str().unwrap(),
            statements.to_str().unwrap(),
            "--question",
            "How do we get about?",
        ])
    };
    let said = import("about").well().out;
    assert!(said.contains("3 statements, 5 votes"), "{said}");
    assert!(!import("about").ok, "not twice");
    let out = place.path("out");
    let written = catchment(&["talk", "export", &at(&place), "about", "-o", out.to_str().unwrap()]).well().out;
    for file in written.lines() {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("voter/"), "{file}: {text}");
        // Polis has a column for the group of a person; it stays empty.
        let mut rows = text.lines().map(|row| row.split(',').collect::<Vec<_>>());
        let at = rows.next().unwrap().iter().position(|name| *name == "group-id");
        assert!(at.is_none_or(|at| rows.all(|row| row[at].is_empty())), "{file}: {text}");
    }
    let again =
        catchment(&["opinion", out.join("votes.csv").to_str().unwrap(), out.join("comments.csv").to_str().unwrap()]);
    assert!(again.well().out.contains("Buses"));
    assert_eq!(std::fs::read_to_string(out.join("votes.csv")).unwrap().lines().count(), 1 + 5);
    assert!(!catchment(&["talk", "export", &at(&place), "nothing", "-o", out.to_str().unwrap()]).ok);
}
