//! Signals for those who do not open the page: the feed, the digest, the mail; and the paper with what was written on it.

use crate::http::Server;
use crate::place::{CREWS_HEAD, Place, Said, VISITS_HEAD};
use jiff::ToSpan;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

const JOIN: &str = "/handovers/ambulance-to-ed";
const MEASURE: &str = "/measures/four-hours-in-emergency";

/// Ambulances that wait some minutes, and in the last six whole weeks more than half an hour; visits within four hours, and
/// then longer.
fn testham() -> Place {
    let place = Place::new();
    let (mut crews, mut visits) = (CREWS_HEAD.to_owned(), VISITS_HEAD.to_owned());
    for at in 0..47 * 7 * 2 {
        let (day, late) = (jiff::civil::date(2025, 1, 6) + (at / 2).days(), at >= 40 * 7 * 2);
        let left = if late { 40 + at % 7 } else { 12 + at % 7 };
        crews += &format!("{at},p{at},,1950-01-01,{day} 09:14,{day} 10:00,{day} 10:{left:02}\n");
        let hour = if late && at % 3 > 0 || at % 11 == 0 { 16 } else { 12 };
        visits += &format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,{day} 10:{left:02},{day} {hour}:10\n");
    }
    let (crews, visits) = (place.write("in/crews.csv", crews), place.write("in/visits.csv", visits));
    place.run("add", &[&crews, &visits]).well();
    place
}

fn folder(place: &Place) -> String {
    place.path("").to_str().unwrap().to_owned()
}

/// What stands between two marks, each time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

#[test]
fn a_feed_tells_each_signal_once_and_by_a_name_that_stays() {
    let place = testham();
    let server = Server::of(&folder(&place), &["--host", "picture.testham.example"]);
    let feed = server.get("/signals.atom");
    assert_eq!((feed.status, feed.header("content-type")), (200, "application/atom+xml; charset=utf-8"));
    let text = feed.text();
    let titles = between(&text, "<entry>", "</entry>").into_iter().map(|entry| between(entry, "<title>", "<")[0]);
    let titles: Vec<&str> = titles.collect();
    let join = "Ambulance to emergency department: longer than usual for 6 weeks; will miss 15 min";
    assert_eq!(titles.iter().filter(|title| **title == join).count(), 1, "{titles:?}");
    let late = "How many people leave the emergency department within four hours: lower than usual for 6 weeks";
    assert!(titles.iter().any(|title| title.starts_with(late)), "{titles:?}");
    let entry = between(&text, "<entry>", "</entry>").into_iter().find(|entry| entry.contains(join)).unwrap();
    assert!(entry.starts_with("<id>urn:uuid:"), "{entry}");
    assert!(entry.contains("<updated>2025-12-01T00:00:00Z</updated>"), "when the records came: {entry}");
    assert!(
        entry.contains("Testham Ambulance hands over, Testham Hospital takes over") && entry.contains("It is 43 min")
    );
    let address =
        format!("{}/", between(&text, "rel=\"self\" type=\"application/atom+xml\" href=\"", "signals.atom")[0]);
    assert!(entry.contains(&format!("href=\"{}{}\"", address.trim_end_matches('/'), JOIN)), "{entry}");

    let held = server.ask("GET", "/signals.atom", &[("If-None-Match", feed.header("etag"))], "");
    assert_eq!(held.status, 304);
    let named = [("Host", "Picture.Testham.Example"), ("X-Forwarded-Proto", "https")];
    let named = server.ask("GET", "/signals.atom", &named, "").text();
    assert!(named.contains(&format!("href=\"https://picture.testham.example{JOIN}\"")), "{named}");
    assert_eq!(between(&named, "<id>", "<"), between(&text, "<id>", "<"));
    assert!(server.get("/").text().contains("rel=\"alternate\" type=\"application/atom+xml\""));

    // Another load, of which nothing is in these weeks: what is known was known before.
    let more = format!("{CREWS_HEAD}late,late,,1950-01-01,2025-01-07 09:14,2025-01-07 10:00,2025-01-07 10:06\n");
    let more = place.write("in/crews-more.csv", more);
    let folder = folder(&place);
    let mut add = crate::place::command();
    add.env("CATCHMENT_NOW", "2025-12-05T00:00:00Z").args(["add", &folder, &more]);
    crate::place::said(add.output().unwrap()).well();
    let after = server.get("/signals.atom").text();
    let entry = between(&after, "<entry>", "</entry>").into_iter().find(|entry| entry.contains(join)).unwrap();
    assert!(
        entry.contains("<updated>2025-12-01T00:00:00Z</updated>") && after.contains("<updated>2025-12-05T"),
        "{after}"
    );
}

#[test]
fn few_people_are_not_in_the_feed() {
    let place = Place::new();
    let mut crews = CREWS_HEAD.to_owned();
    for at in 0..47 {
        let (day, left) =
            (jiff::civil::date(2025, 1, 6) + (at * 7).days(), if at < 40 { 5 + at % 7 } else { 40 + at % 7 });
        crews += &format!("{at},p{at},,1950-01-01,{day} 09:14,{day} 10:00,{day} 10:{left:02}\n");
    }
    let visits: String = (0..47)
        .map(|at| {
            let day = jiff::civil::date(2025, 1, 6) + (at * 7).days();
            format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,{day} 10:59,{day} 12:10\n")
        })
        .collect();
    let files = [place.write("in/crews.csv", crews), place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"))];
    place.run("add", &[&files[0], &files[1]]).well();
    let text = place.run("digest", &[]).well().out;
    assert!(text.contains("longer than usual for 6 weeks") && !text.contains("It is "), "{text}");
}

#[test]
fn the_digest_says_what_the_feed_says_and_from_which_week_on() {
    let place = testham();
    let text = place.run("digest", &[]).well().out;
    assert!(text.starts_with("Testham: signals, the week to Sunday 23 November 2025: "), "{text}");
    assert!(text.contains(&format!("\nhttp://localhost:7700{JOIN}\n")), "{text}");
    assert!(text.replace('\n', " ").contains(" expected when nothing changes. "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 72 || !line.contains(' ')), "{text}");
    let server = Server::of(&folder(&place), &[]);
    let mut fed = between(&server.get("/signals.atom").text(), "<entry><id>", "<").join("\n");
    let ids = |said: Said| {
        let all: serde_json::Value = serde_json::from_str(&said.well().out).unwrap();
        let ids = all.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let told = ids(place.run("digest", &["--json"]));
    assert_eq!(told, std::mem::take(&mut fed).lines().map(str::to_owned).collect());
    assert!(told.is_subset(&ids(place.run("digest", &["--json", "--since", "2025-06-02"]))));
    let beyond = place.run("digest", &["--since", "2031-01-06"]);
    assert!(!beyond.ok && beyond.err.contains("choose one of these"), "{}", beyond.err);
    let odd = place.run("digest", &["--since", "June"]);
    assert!(!odd.ok && odd.err.contains("write the Monday of a week"), "{}", odd.err);
}

/// What a mail server was told: for whom, and the mail.
type Told = (Vec<String>, String);

/// A mail server for one mail.
fn relay() -> (u16, JoinHandle<Told>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let work = move || {
        let (mut to, mut mail) = (Vec::new(), String::new());
        let (stream, _) = listener.accept().unwrap();
        let (mut lines, mut answer) = (BufReader::new(stream.try_clone().unwrap()), stream);
        let mut say = |words: &str| answer.write_all(format!("{words}\r\n").as_bytes()).unwrap();
        say("220 relay.example");
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap() == 0 {
                return (to, mail);
            }
            match line.get(..4).unwrap_or_default() {
                "EHLO" => say("250 relay.example"),
                "RCPT" => {
                    to.push(between(&line, "<", ">")[0].to_owned());
                    say("250 good");
                }
                "DATA" => {
                    say("354 go on");
                    loop {
                        let mut line = String::new();
                        lines.read_line(&mut line).unwrap();
                        if line == ".\r\n" {
                            break;
                        }
                        mail.push_str(&line);
                    }
                    say("250 kept");
                }
                "QUIT" => {
                    say("221 bye");
                    return (to, mail);
                }
                _ => say("250 good"),
            }
        }
    };
    (port, std::thread::spawn(work))
}

/// Quoted-printable as text.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'=' { hex(rest.next().unwrap()) * 16 + hex(rest.next().unwrap()) } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

fn settings(place: &Place, enabled: bool, port: u16, more: &str) {
    let text = format!(
        "enabled = {enabled}\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"Catchment <signals@testham.example>\"\nto = [\"lead@testham.example\", \"Chair <chair@testham.example>\"]\naddress = \"https://picture.testham.example\"\n{more}"
    );
    place.write("digest.toml", text);
}

#[test]
fn a_mail_goes_to_those_who_are_named_and_only_when_it_is_asked_for() {
    let place = testham();
    let none = place.run("digest", &["--send"]);
    assert!(!none.ok && none.err.contains("no digest is sent from here"), "{}", none.err);
    let (port, told) = relay();
    settings(&place, false, port, "");
    let off = place.run("digest", &["--send"]);
    assert!(!off.ok && off.err.contains("enabled = true"), "{}", off.err);
    settings(&place, true, port, "");
    let printed = place.run("digest", &[]).well().out;
    assert!(printed.contains(&format!("\nhttps://picture.testham.example{JOIN}\n")), "{printed}");
    let sent = place.run("digest", &["--send"]).well().out;
    assert!(sent.starts_with("sent to 2 readers: Testham: signals: "), "{sent}");
    // One mail came, the one that was asked for.
    let (to, mail) = told.join().unwrap();
    assert_eq!(to, ["lead@testham.example", "chair@testham.example"]);
    assert!(
        mail.contains("From: \"Catchment\" <signals@testham.example>")
            || mail.contains("From: Catchment <signals@testham.example>"),
        "{mail}"
    );
    assert!(mail.contains("Date: Mon, 01 Dec 2025 00:00:00 +0000") && mail.contains("multipart/alternative"), "{mail}");
    let (text, html) = (mail.find("Content-Type: text/plain").unwrap(), mail.find("Content-Type: text/html").unwrap());
    let body = |part: &str| unquoted(part.split_once("\r\n\r\n").unwrap().1);
    let text = body(&mail[text..html]);
    assert!(printed.lines().all(|line| text.contains(line)), "{text}");
    let html = body(&mail[html..]);
    assert!(
        html.contains("longer than usual for 6 weeks")
            && html.contains(&format!("href=\"https://picture.testham.example{JOIN}\"")),
        "{html}"
    );
}

#[test]
fn what_cannot_be_sent_says_why_and_keeps_its_password() {
    let place = testham();
    // A port that nobody listens at: it was free a moment ago.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let secret = place.write("relay.password", "hush-hush\n");
    std::process::Command::new("chmod").args(["600", &secret]).status().unwrap();
    let login = "username = \"testham\"\npassword_file = \"relay.password\"\n";
    settings(&place, true, port, login);
    let check = |part: &str| {
        let said = place.run("digest", &["--send"]);
        assert!(!said.ok && said.err.replace("\n  │ ", " ").contains(part), "{part}: {}", said.err);
        assert!(!said.err.contains("hush") && !said.out.contains("hush"), "{}", said.err);
    };
    check(&format!("127.0.0.1:{port} did not take the digest"));
    std::process::Command::new("chmod").args(["644", &secret]).status().unwrap();
    check("can be read by others");
    for (more, part) in [
        ("tls = \"starttls\"\n", "'starttls' is not spoken here"),
        ("username = \"testham\"\n", "go together"),
        ("color = 1\n", "'color' is not known here"),
        ("enabled =\n", "digest.toml:7"),
    ] {
        settings(&place, true, port, more);
        check(part);
    }
    let text = std::fs::read_to_string(place.path("digest.toml")).unwrap().replace("enabled =\n", login);
    place.write("digest.toml", text.replace("127.0.0.1", "relay.testham.example"));
    check("nothing is encrypted");
    place.write("digest.toml", text.replace("lead@", "lead"));
    check("is not an address of a mail");
}

#[test]
fn a_paper_is_a_pdf_or_html_of_the_same_values() {
    let place = testham();
    let (html, pdf) = (place.path("board.html"), place.path("board.pdf"));
    for (address, file) in [("/", &html), ("/", &pdf), (MEASURE, &html)] {
        place.run("paper", &[address, "-o", file.to_str().unwrap()]).well();
        if file == &pdf {
            assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
            continue;
        }
        let paper = std::fs::read_to_string(&html).unwrap();
        let view: serde_json::Value = serde_json::from_str(&place.run("see", &[address, "--json"]).well().out).unwrap();
        let read: String = paper.split('<').map(|part| part.split_once('>').map_or(part, |part| part.1)).collect();
        let words = |text: &serde_json::Value| text.as_str().unwrap().replace('&', "&amp;");
        assert!(read.contains(&words(&view["title"])), "{address}: {}", view["title"]);
        let facts = view["facts"].as_array().unwrap();
        assert!(facts.len() > 1);
        for fact in facts {
            assert!(read.contains(&words(&fact["said"])), "{address}: {fact}");
        }
        assert!(paper.matches("class=\"side\"").count() <= 2 && paper.contains("<svg"), "{address}");
        // It fetches nothing.
        for never in ["<script", "src=", "url(", "@import", "<link rel=\"stylesheet\""] {
            assert!(!paper.contains(never), "{address}: {never}");
        }
    }
    for other in ["board.doc", "board"] {
        let file = place.path(other);
        let said = place.run("paper", &["/", "-o", file.to_str().unwrap()]);
        assert!(!said.ok && said.err.contains("a paper is a .pdf or an .html"), "{}", said.err);
        assert!(!file.exists());
    }
}

#[test]
fn what_was_written_about_a_point_is_on_the_page_the_paper_and_in_the_digest() {
    let place = testham();
    let server = Server::of(&folder(&place), &[]);
    let cookie = server.sign_in(&place, "Chief nurse, Testham", "notes");
    for (path, text) in [(MEASURE, "Two+wards+were+closed"), (JOIN, "The+new+doors+jam")] {
        assert!(server.get(path).text().contains("Nobody has written about this yet"));
        // Typed while an older week was looked at: the point is what it is about.
        let about = format!("/notes?about={}", escaped(&format!("{path}?week=2025-11-10")));
        let kept = server.send(&about, &cookie, &format!("point=2025-11-10&text={text}"));
        assert_eq!((kept.status, kept.header("location")), (303, format!("{path}?week=2025-11-10#notes").as_str()));
        let words = text.replace('+', " ");
        for address in [path.to_owned(), format!("{path}?week=2025-11-10")] {
            let page = server.get(&address).text();
            assert!(page.contains(&words) && page.contains("Week of Monday 10 November 2025"), "{address}");
            // Under the chart, before whatever follows.
            let panels = between(&page, "<section class=\"panel", ">");
            let order: Vec<&str> = panels.iter().map(|panel| between(panel, "id=\"", "\"")[0]).collect();
            assert_eq!(order[..2], ["weeks", "notes"]);
        }
        let file = place.path("board.html");
        place.run("paper", &[path, "-o", file.to_str().unwrap()]).well();
        let paper = std::fs::read_to_string(file).unwrap();
        let (chart, note) = (paper.find("<svg").unwrap(), paper.find(&words).unwrap());
        assert!(chart < note && paper.contains("Chief nurse, Testham"), "{paper}");
        let digest = place.run("digest", &[]).well().out.replace('\n', " ");
        let said = format!("Chief nurse, Testham on Monday 10 November 2025: “{words}”");
        assert!(digest.contains(&said), "{digest}");
        assert!(!server.get("/signals.atom").text().contains(&words), "the feed is of figures alone");
    }
    // The first page shows both as signals, and what is known of them under them; so does its paper.
    let file = place.path("whole.html");
    place.run("paper", &["/", "-o", file.to_str().unwrap()]).well();
    for text in [server.get("/").text(), server.get("/index.json").text(), std::fs::read_to_string(file).unwrap()] {
        assert!(text.contains("The new doors jam") && text.contains("Two wards were closed"), "{text}");
    }
    assert_eq!(server.get("/index.json").text(), place.run("see", &["/", "--json"]).well().out);
    let doctor = place.run("doctor", &[]).out;
    assert!(doctor.contains("Ledger,well"), "{doctor}");
    // Nothing was written about another, so its paper leaves no room for it.
    let file = place.path("other.html");
    place.run("paper", &["/measures/ambulance-handover", "-o", file.to_str().unwrap()]).well();
    assert!(!std::fs::read_to_string(file).unwrap().contains("What people know about this"));
}

/// A part of a query, percent-encoded.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
