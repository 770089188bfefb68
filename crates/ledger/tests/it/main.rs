//! The Ledger's promises, each held to on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used)]

mod crash;
mod place;

use ledger::{Entry, Head, Imported, LONGEST, Ledger, LedgerError, New, Unfit, Verified, Wrong};
use place::{Place, exported, filled, new, runtime, wait};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

type Make = fn() -> Place;

macro_rules! on_both {
    ($($law:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $law() { crate::$law(crate::Place::sqlite); })*
        }
        mod postgres {
            $(#[test] fn $law() { if crate::place::server().is_some() { crate::$law(crate::Place::postgres); } })*
        }
    };
}

on_both!(
    an_empty_ledger_is_whole,
    what_is_appended_is_read_exported_and_imported_the_same,
    writers_at_once_lose_nothing,
    what_was_decided_on_an_old_state_is_refused,
    a_token_is_used_once,
    the_database_itself_is_append_only,
    what_was_changed_is_named,
    an_export_that_is_not_whole_is_refused,
    another_history_is_refused,
    what_cannot_be_kept_is_refused_before_anything_is_written,
    a_writer_who_leaves_in_the_middle_leaves_nothing_half,
    many_may_make_the_same_ledger_at_once,
    what_a_newer_catchment_wrote_is_not_opened,
    python_finds_the_chain_whole,
    who_may_only_read_and_insert_can_append,
);

fn check(ledger: &Ledger, count: u64) -> Head {
    let head = wait(ledger.head()).unwrap();
    assert_eq!(head.seq, count);
    assert_eq!(wait(ledger.verify()).unwrap(), Verified { whole: head.clone(), wrong: None });
    head
}

fn seqs(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

fn an_empty_ledger_is_whole(make: Make) {
    let place = make();
    let ledger = place.open();
    assert_eq!(check(&ledger, 0).digest, "0".repeat(64));
    assert_eq!(wait(ledger.since(0)).unwrap(), []);
    assert_eq!(wait(ledger.append(vec![], Some(0))).unwrap(), []);
    assert!(exported(&ledger).is_empty());
    assert_eq!(wait(ledger.import(&b""[..], "nothing")).unwrap().read, 0);
}

fn news() -> impl Strategy<Value = New> {
    let body = prop_oneof![
        any::<f64>().prop_map(|x| json!({"z": [x], "a": {"é": -0.1}})),
        "[^\0]{0,20}".prop_map(|text| json!(text))
    ];
    (0..4_000_000_000_i64, "[a-zé“]{1,9}", "[^\0]{0,9}x", vec("[^\0]{0,9}/1", 0..3), body, 0..9_u32)
        .prop_map(|(at, who, what, because, body, form)| New { at, who, what, because, body, form, ..new("") })
}

fn what_is_appended_is_read_exported_and_imported_the_same(make: Make) {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(4));
    let batches = vec(vec(news(), 0..5), 1..5);
    runner
        .run(&batches, |batches| {
            let (here, there) = (make(), make());
            let ledger = here.open();
            let all: Vec<New> = batches.iter().flatten().cloned().collect();
            let mut answers = Vec::new();
            for batch in &batches {
                answers.extend(wait(ledger.append(batch.clone(), Some(answers.len() as u64))).unwrap());
            }
            let again = here.open();
            prop_assert_eq!(&wait(again.since(0)).unwrap(), &answers);
            prop_assert_eq!(seqs(&answers), (1..=all.len() as u64).collect::<Vec<_>>());
            prop_assert_eq!(answers.into_iter().map(New::from).collect::<Vec<_>>(), all.clone());
            let head = check(&again, all.len() as u64);
            let bytes = exported(&again);

            let other = there.open();
            let count = all.len() as u64;
            let whole = Imported { read: count, added: count, head: head.clone() };
            prop_assert_eq!(wait(other.import(&bytes[..], "export")).unwrap(), whole);
            prop_assert_eq!(exported(&other), bytes.clone());
            check(&other, count);
            // More of the same history is added, and the same again does nothing.
            let more = wait(ledger.append(vec![new("more")], None)).unwrap();
            prop_assert_eq!(wait(other.import(&exported(&ledger)[..], "export")).unwrap().added, 1);
            prop_assert_eq!(wait(other.since(count)).unwrap(), more);
            let head = wait(other.head()).unwrap();
            let nothing = Imported { read: count, added: 0, head };
            prop_assert_eq!(wait(other.import(&bytes[..], "export")).unwrap(), nothing);
            check(&other, count + 1);
            Ok(())
        })
        .unwrap();
}

#[test]
fn both_databases_hold_the_same_bytes() {
    if place::server().is_some() {
        let (one, other) = (Place::sqlite(), Place::postgres());
        let (ledger, _) = filled(&one, 450);
        let bytes = exported(&ledger);
        let moved = other.open();
        assert_eq!(wait(moved.import(&bytes[..], "export")).unwrap().added, 450);
        assert!(exported(&moved) == bytes && check(&moved, 450) == check(&ledger, 450));
    }
}

fn writers_at_once_lose_nothing(make: Make) {
    let place = make();
    let writers = (0..8).map(|writer| {
        let ledger = place.open();
        runtime().spawn(async move {
            let mut kept = Vec::new();
            for at in 0..100 {
                kept.extend(ledger.append(vec![new(format!("{writer}/{at}"))], None).await.unwrap());
            }
            kept
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut acknowledged: Vec<Entry> = writers.into_iter().flat_map(|writer| wait(writer).unwrap()).collect();
    acknowledged.sort_by_key(|entry| entry.seq);
    let ledger = place.open();
    assert_eq!(wait(ledger.since(0)).unwrap(), acknowledged);
    assert_eq!(acknowledged.iter().map(|entry| &entry.what).collect::<HashSet<_>>().len(), 800);
    check(&ledger, 800);

    // However many write however much at once, what each was told is what is there.
    let mut runner = TestRunner::new(ProptestConfig::with_cases(4));
    let sizes = vec(vec(1..9_usize, 1..6), 1..5);
    runner
        .run(&sizes, |sizes| {
            let before = wait(ledger.head()).unwrap().seq;
            let total: usize = sizes.iter().flatten().sum();
            let writers = sizes.into_iter().map(|sizes| {
                let ledger = place.open();
                runtime().spawn(async move {
                    let mut kept = Vec::new();
                    for size in sizes {
                        let entries = ledger.append(vec![new("a"); size], None).await.unwrap();
                        // A batch stands together.
                        assert!(seqs(&entries).windows(2).all(|two| two[0] + 1 == two[1]));
                        kept.extend(entries);
                    }
                    kept
                })
            });
            let writers: Vec<_> = writers.collect();
            let mut told: Vec<Entry> = writers.into_iter().flat_map(|writer| wait(writer).unwrap()).collect();
            told.sort_by_key(|entry| entry.seq);
            prop_assert_eq!(wait(ledger.since(before)).unwrap(), told);
            check(&ledger, before + total as u64);
            Ok(())
        })
        .unwrap();
}

fn what_was_decided_on_an_old_state_is_refused(make: Make) {
    let place = make();
    let (ledger, _) = filled(&place, 2);
    let moved = wait(ledger.append(vec![new("late")], Some(1))).unwrap_err();
    assert!(matches!(moved, LedgerError::Moved { now: 2 }), "{moved}");
    assert!(wait(ledger.append(vec![new("early")], Some(3))).is_err());
    check(&ledger, 2);
    // Four who each count on: every number is counted by one of them.
    let writers = (0..4).map(|_| {
        let ledger = place.open();
        runtime().spawn(async move {
            let mut won = Vec::new();
            while won.len() < 10 {
                let read = ledger.head().await.unwrap().seq;
                match ledger.append(vec![new(format!("after/{read}"))], Some(read)).await {
                    Ok(entries) => won.extend(entries),
                    Err(LedgerError::Moved { now }) => assert!(now > read),
                    Err(other) => panic!("{other}"),
                }
            }
            won
        })
    });
    let writers: Vec<_> = writers.collect();
    for entry in writers.into_iter().flat_map(|writer| wait(writer).unwrap()) {
        assert_eq!(entry.what, format!("after/{}", entry.seq - 1));
    }
    check(&ledger, 42);
}

fn a_token_is_used_once(make: Make) {
    let place = make();
    let ledger = place.open();
    let form = |token: &str| New { once: Some(token.to_owned()), ..new("form") };
    let first = wait(ledger.append(vec![form("t1"), new("x"), form("t1")], Some(0))).unwrap();
    assert_eq!(seqs(&first), [1, 2, 1]);
    // Sent again after others wrote: what was expected no longer matters, as nothing is written.
    let later = New { at: 1_800_000_000, ..form("t1") };
    assert_eq!(wait(ledger.append(vec![later], Some(0))).unwrap(), first[..1]);
    assert!(wait(ledger.append(vec![form("t1"), form("t2")], Some(0))).is_err());
    assert_eq!(seqs(&wait(ledger.append(vec![form("t1"), form("t2")], Some(2))).unwrap()), [1, 3]);
    let senders = (0..8).map(|_| {
        let ledger = place.open();
        runtime().spawn(async move { ledger.append(vec![form("t3")], None).await.unwrap() })
    });
    let senders: Vec<_> = senders.collect();
    assert!(senders.into_iter().all(|sender| seqs(&wait(sender).unwrap()) == [4]));
    let many: Vec<New> = (0..1000).map(|at| form(&format!("t{at}"))).collect();
    let all = wait(ledger.append(many.clone(), None)).unwrap();
    assert_eq!(wait(ledger.append(many, Some(7))).unwrap(), all);
    check(&ledger, 1001);
}

fn the_database_itself_is_append_only(make: Make) {
    let place = make();
    let (ledger, _) = filled(&place, 3);
    let copy = "SELECT 9, line, digest, once FROM ledger_entries WHERE seq = 1";
    let mut all = vec![
        "UPDATE ledger_entries SET line = '' WHERE seq = 2".to_owned(),
        "UPDATE ledger_entries SET seq = 4 WHERE seq = 3".to_owned(),
        "DELETE FROM ledger_entries WHERE seq = 3".to_owned(),
        "DELETE FROM ledger_entries".to_owned(),
        format!("INSERT INTO ledger_entries {copy}"),
        format!("INSERT INTO ledger_entries {}", copy.replace('9', "3")),
    ];
    all.push(if place.is_sqlite() {
        format!("INSERT OR REPLACE INTO ledger_entries {}", copy.replace('9', "3"))
    } else {
        "TRUNCATE ledger_entries".to_owned()
    });
    for sql in all {
        let refused = place.raw(&[&sql]).unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    check(&ledger, 3);
}

fn what_was_changed_is_named(make: Make) {
    let names = |place: &Place, sql: &[&str], seq: u64| {
        place.raw(sql).unwrap();
        let verified = wait(place.open().verify()).unwrap();
        assert_eq!((verified.wrong, verified.whole.seq), (Some(seq), seq - 1), "{sql:?}");
    };
    let place = make();
    let (ledger, _) = filled(&place, 450);
    place.unlock();
    // From the end to the beginning, as the first is named.
    names(&place, &["UPDATE ledger_entries SET once = 't' WHERE seq = 449"], 449);
    names(&place, &["UPDATE ledger_entries SET digest = upper(digest) WHERE seq = 440"], 440);
    names(&place, &["DELETE FROM ledger_entries WHERE seq = 430"], 430);
    names(&place, &["UPDATE ledger_entries SET seq = 1000 WHERE seq = 420"], 420);
    names(&place, &["UPDATE ledger_entries SET line = replace(line, 'Zwei', 'Drei') WHERE seq = 410"], 410);
    // Nobody is shown it, nor given a copy.
    assert!(matches!(wait(ledger.since(0)), Err(LedgerError::Altered { seq: 410 })));
    assert!(matches!(wait(ledger.since(409)), Err(LedgerError::Altered { seq: 410 })));
    assert!(matches!(wait(ledger.export(&mut Vec::new())), Err(LedgerError::Altered { seq: 410 })));
    names(
        &place,
        &[
            "UPDATE ledger_entries SET seq = -1 WHERE seq = 300",
            "UPDATE ledger_entries SET seq = 300 WHERE seq = 301",
            "UPDATE ledger_entries SET seq = 301 WHERE seq = -1",
        ],
        300,
    );
    assert!(matches!(wait(ledger.since(0)), Err(LedgerError::Altered { seq: 300 })));
    names(&place, &["UPDATE ledger_entries SET line = 'nothing' WHERE seq = 30"], 30);
    assert!(matches!(wait(ledger.since(0)), Err(LedgerError::Altered { seq: 30 })));
    assert_eq!(wait(ledger.page(0, 29)).unwrap().len(), 29);
    if place.is_sqlite() {
        names(&place, &["UPDATE ledger_entries SET line = CAST(x'ff00fe' AS TEXT) WHERE seq = 20"], 20);
    }
    names(&place, &["DELETE FROM ledger_entries WHERE seq = 1"], 1);
}

fn refused(ledger: &Ledger, bytes: &[u8]) -> (u64, Wrong) {
    let before = wait(ledger.head()).unwrap();
    let error = wait(ledger.import(bytes, "copy.jsonl")).unwrap_err();
    assert!(error.to_string().starts_with("line ") && error.to_string().contains(" of copy.jsonl "), "{error}");
    assert!(!error.to_string().contains("Zwei") && error.help().contains("nothing was taken in"));
    assert_eq!(wait(ledger.head()).unwrap(), before);
    let LedgerError::Line { line, why, .. } = error else { panic!("{error}") };
    (line, why)
}

fn an_export_that_is_not_whole_is_refused(make: Make) {
    let (whole, empty) = (make(), make());
    let (ledger, _) = filled(&whole, 4);
    let bytes = exported(&ledger);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let other = empty.open();
    // Cut anywhere but at the end of a line.
    let first = lines[0].len();
    for end in 1..bytes.len() {
        let line = bytes[..end].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        if bytes[end - 1] != b'\n' && bytes[end] != b'\n' && (end % 29 == 0 || end.abs_diff(first) < 9) {
            assert_eq!(refused(&other, &bytes[..end]), (line, Wrong::Cut), "{end}");
        }
    }
    let check =
        |text: String, line: u64, why: Wrong| assert_eq!(refused(&other, text.as_bytes()), (line, why), "{text}");
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    check(joined(&[lines[0], lines[2], lines[3]]), 2, Wrong::Order(2));
    check(joined(&lines[1..]), 1, Wrong::Order(1));
    check(joined(&[lines[0], lines[0], lines[1]]), 2, Wrong::Order(2));
    check(joined(&[lines[0], lines[2], lines[1]]), 2, Wrong::Order(2));
    check(joined(&[lines[0], "", lines[1]]), 2, Wrong::Unknown);
    check(joined(&[lines[0], &lines[1].replace("thing/1", "thing/7")]), 2, Wrong::Altered);
    check(joined(&[lines[0], &lines[1].replace("1.1", "1.2")]), 2, Wrong::Altered);
    check(joined(&[lines[0], &lines[1].replace("1.1", "1.10")]), 2, Wrong::Unknown);
    check(joined(&[lines[0], &lines[1].replace("\"form\":1", "\"form\": 1")]), 2, Wrong::Unknown);
    check(joined(&[&lines[0].replace("\"digest\":\"", "\"digest\":\"0")]), 1, Wrong::Altered);
    check("hello\n".to_owned(), 1, Wrong::Unknown);
    assert_eq!(refused(&other, b"\xff\xfe\n"), (1, Wrong::Unknown));
    assert_eq!(refused(&other, &vec![b'x'; 3 * LONGEST]), (1, Wrong::Unknown));
    // Other line ends, or none at the end, lose nothing.
    assert_eq!(wait(other.import(lines.join("\r\n").as_bytes(), "copy.jsonl")).unwrap().added, 4);
    assert_eq!(exported(&other), bytes);
}

fn another_history_is_refused(make: Make) {
    let (here, there) = (make(), make());
    let (ledger, _) = filled(&here, 300);
    let bytes = exported(&ledger);
    let other = there.open();
    wait(other.import(&bytes[..], "copy.jsonl")).unwrap();
    wait(ledger.append(vec![new("mine"), new("more")], None)).unwrap();
    wait(other.append(vec![new("yours")], None)).unwrap();
    assert_eq!(refused(&other, &exported(&ledger)), (301, Wrong::Forked));
    assert_eq!(refused(&ledger, &exported(&other)), (301, Wrong::Forked));
    let place = make();
    let (stranger, _) = filled(&place, 1);
    wait(stranger.append(vec![new("stranger")], None)).unwrap();
    assert_eq!(refused(&stranger, &exported(&ledger)), (2, Wrong::Forked));
    check(&other, 301);
}

fn what_cannot_be_kept_is_refused_before_anything_is_written(make: Make) {
    let place = make();
    let (ledger, _) = filled(&place, 1);
    for (bad, why) in [
        (New { who: String::new(), ..new("x") }, Unfit::Empty("who")),
        (New { what: "secret\0".to_owned(), ..new("x") }, Unfit::Nul("what")),
        (New { body: json!({"secret": ["secret\0"]}), ..new("x") }, Unfit::Nul("body")),
        (New { body: json!("secret".repeat(200_000)), ..new("x") }, Unfit::Large),
        (New { body: json!({"secret": u64::MAX}), ..new("x") }, Unfit::Huge("body")),
        (New { once: Some("secret".repeat(400)), ..new("x") }, Unfit::Long("once")),
    ] {
        let error = wait(ledger.append(vec![new("good"), bad], None)).unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.help()).contains("secret"));
        assert!(matches!(error, LedgerError::Unfit { nth: 2, why: told } if told == why), "{why}");
    }
    check(&ledger, 1);
    // The largest of each is kept.
    let token: String = (0..2048_u32).map(|at| char::from(b'!' + (at * at / 7 % 90) as u8)).collect();
    let large = New { body: json!("é".repeat(500_000)), once: Some(token), at: -1, ..new("w".repeat(2048)) };
    let kept = wait(ledger.append(vec![large.clone()], None)).unwrap();
    assert_eq!(wait(ledger.append(vec![large.clone()], None)).unwrap(), kept);
    assert_eq!(New::from(wait(ledger.since(1)).unwrap().remove(0)), large);
    check(&ledger, 2);
}

fn a_writer_who_leaves_in_the_middle_leaves_nothing_half(make: Make) {
    let place = make();
    let (ledger, busy) = (place.open(), place.open());
    // Others write at the same time, so that it also leaves while it waits.
    let others = runtime().spawn(async move {
        for _ in 0..40 {
            busy.append(vec![new("c")], None).await.unwrap();
        }
    });
    for polls in 0..20 {
        wait(async {
            let mut append = Box::pin(ledger.append(vec![new("a"), new("b")], None));
            for _ in 0..polls {
                let poll = |context: &mut std::task::Context<'_>| {
                    std::task::Poll::Ready(append.as_mut().poll(context).is_ready())
                };
                if std::future::poll_fn(poll).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    wait(others).unwrap();
    wait(ledger.append(vec![new("d")], None)).unwrap();
    // What had begun is written, soon.
    let soon = (0..100_000).any(|_| wait(ledger.head()).unwrap().seq == 79);
    assert!(soon);
    let all = wait(ledger.since(0)).unwrap();
    let whats: String = all.iter().map(|entry| &*entry.what).collect();
    assert_eq!((whats.matches("ab").count(), whats.len()), (19, 79), "{whats}");
    check(&ledger, 79);
}

fn many_may_make_the_same_ledger_at_once(make: Make) {
    for _ in 0..2 {
        let place = make();
        let makers = (0..8).map(|_| {
            let at = place.at.clone();
            runtime().spawn(async move { Ledger::open(&at).await?.append(vec![new("x")], None).await })
        });
        let makers: Vec<_> = makers.collect();
        for maker in makers {
            wait(maker).unwrap().unwrap();
        }
        check(&place.open(), 8);
    }
}

fn what_a_newer_catchment_wrote_is_not_opened(make: Make) {
    let place = make();
    filled(&place, 1);
    place.raw(&["INSERT INTO ledger_version (version) VALUES (99)"]).unwrap();
    let error = wait(Ledger::open(&place.at)).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 99, known: 1, .. }), "{error}");
}

/// The code of this language in the manual.
fn manual(language: &str) -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ledger.md")).unwrap();
    let begin = text.find(&format!("```{language}\n")).unwrap() + language.len() + 4;
    text[begin..].split("```").next().unwrap().to_owned()
}

fn python_finds_the_chain_whole(make: Make) {
    let python = |bytes: &[u8]| {
        let mut command = Command::new("python3");
        command.args(["-c", &manual("python")]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        Some((output.status.success(), String::from_utf8(said).unwrap()))
    };
    let place = make();
    let (ledger, entries) = filled(&place, 30);
    let bytes = exported(&ledger);
    let Some((well, said)) = python(&bytes) else { return eprintln!("there is no python3: its test is skipped") };
    assert!(well && said.contains("30 entries") && said.contains(&entries[29].digest), "{said}");
    let text = String::from_utf8(bytes).unwrap();
    let mut doubled = text.clone();
    writeln!(doubled, "{}", text.lines().next().unwrap()).unwrap();
    for (changed, line) in
        [(text.replace("thing/7", "thing/8"), 8), (doubled, 31), (text.replace("{\"seq\":3,", "{\"seq\":4,"), 3)]
    {
        let (well, said) = python(changed.as_bytes()).unwrap();
        assert!(!well && said.contains(&format!("line {line} ")), "{said}");
    }
}

#[test]
fn postgresql_finds_the_chain_whole() {
    if place::server().is_some() {
        let place = Place::postgres();
        filled(&place, 30);
        let count = format!(
            "DO $$ BEGIN IF (SELECT count(*) FROM ({}) wrong) <> $1 THEN RAISE 'other'; END IF; END $$",
            manual("sql").trim().trim_end_matches(';')
        );
        place.raw(&[&count.replace("$1", "0")]).unwrap();
        place.unlock();
        place.raw(&["UPDATE ledger_entries SET line = replace(line, 'Zwei', 'Drei') WHERE seq = 7"]).unwrap();
        place.raw(&[&count.replace("$1", "1")]).unwrap();
    }
}

fn who_may_only_read_and_insert_can_append(make: Make) {
    let place = make();
    filled(&place, 1);
    if !place.is_sqlite() {
        let role = format!("writer_{}", place.at.rsplit_once("place_").unwrap().1);
        let schema = place.at.rsplit_once('=').unwrap().1;
        place
            .raw(&[
                &format!("CREATE ROLE {role} LOGIN"),
                &format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
                &format!("GRANT SELECT, INSERT ON ledger_entries TO {role}"),
                &format!("GRANT SELECT ON ledger_version TO {role}"),
            ])
            .unwrap();
        let at = place.at.replace("user=ledger", &format!("user={role}"));
        let ledger = wait(Ledger::open(&at)).unwrap();
        wait(ledger.append(vec![new("x")], Some(1))).unwrap();
        check(&ledger, 2);
    }
}

#[test]
fn what_cannot_be_opened_is_said_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("letter.txt"), "Dear all, this is no database at all. ".repeat(200)).unwrap();
    let mut all = vec![
        (String::new(), "is not where a Ledger can be"),
        ("mysql://flow:s3cret@localhost/x".to_owned(), "mysql://localhost/x is not where a Ledger can be"),
        ("sqlite:///tmp/x.db?key=s3cret".to_owned(), "is not where a Ledger can be"),
        ("postgres://flow:s3cret@local host:70000/x".to_owned(), "is not where a Ledger can be"),
        ("postgres://flow:s3cret@127.0.0.1:1/x".to_owned(), "cannot open the Ledger at postgres://127.0.0.1:1/x: "),
        (path("missing/ledger.db"), "cannot open the Ledger at "),
        (path(""), "cannot open the Ledger at "),
        (path("letter.txt"), "file is not a database"),
    ];
    if let Some(socket) = place::server() {
        let at = format!("postgres://flow:s3cret@localhost/nowhere?host={}&password=s3cret", socket.display());
        all.push((at, "\"flow\" does not exist"));
    }
    for (at, says) in all {
        let error = wait(Ledger::open(&at)).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error} {error:?} {}", error.help()).contains("s3cret"), "{error:?}");
    }
    assert!(std::fs::read_to_string(path("letter.txt")).unwrap().starts_with("Dear all"));
}

#[test]
fn nobody_else_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    let _open = filled(&place, 1);
    let mut files = 0;
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        files += 1;
    }
    assert!(files >= 2);
}
