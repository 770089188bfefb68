//! Trust at the joins over HTTP: who may answer, what is told, promises; and who is heard in meetings and on questions.

use crate::http::{Reply, Server, folder, rivermead};
use crate::place::Place;
use serde_json::Value;

/// Monday.
const MARCH: &str = "2025-03-03T10:00:00Z";
const JOIN: &str = "ambulance-to-ed";

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn words(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |part| part.1)).collect()
}

fn send(server: &Server, kind: &str, cookie: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
    let mut all = vec![("to", to)];
    all.extend(fields);
    server.send(&format!("/do/{kind}"), cookie, &form(&all))
}

/// A place whose teams at its one handover are called as they call themselves.
fn place(more: &str) -> Place {
    let place = Place::new();
    let pulse = include_str!("../../../agree/src/pulse.toml");
    let join = format!("[[join]]\nhandover = \"{JOIN}\"\nteams = [\"crews\", \"ED nurses\"]\n");
    place.write("instruments/pulse.toml", format!("{pulse}\n{join}"));
    if !more.is_empty() {
        place.write("instruments/seven.toml", more);
    }
    place
}

/// One visit, so that the place has records.
fn records(place: &Place) {
    let visit = "1,p1,,Aa,1950-01-01,QR1 1AB,ED,2025-02-10 10:20,2025-02-10 13:10\n";
    let visits = place.write("in/visits.csv", format!("{}{visit}", crate::place::VISITS_HEAD));
    place.run("add", &[&visits]).well();
}

/// The links of this quarter, by instrument and team.
fn links(place: &Place) -> Vec<(String, String, String)> {
    let mut command = crate::place::command();
    let output = command
        .env("CATCHMENT_NOW", MARCH)
        .args(["allow", place.path("").to_str().unwrap(), "--pulse", "--at", "", "--json"])
        .output();
    let said = crate::place::said(output.unwrap()).well();
    let table: Value = serde_json::from_str(&said.out).unwrap_or_else(|wrong| panic!("{wrong}: {}", said.out));
    let rows = table["rows"].as_array().or(table.as_array()).unwrap_or_else(|| panic!("{}", said.out));
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "instrument"), text(row, "team"), text(row, "link"))).collect()
}

fn item(page: &str) -> String {
    let name = page.split("name=\"item-").nth(1).unwrap_or_else(|| panic!("{}", words(page)));
    format!("item-{}", name.split('"').next().unwrap())
}

/// A link's own fields with this answer, and a token of its own.
fn answered(server: &Server, link: &str, cookie: &str, once: u32, answers: &[(&str, &str)]) -> Reply {
    let query = link.split_once('?').unwrap().1;
    server.send("/trust/answer", cookie, &format!("{query}&once={once:032x}&{}", form(answers)))
}

#[test]
fn only_a_team_answers_for_itself_and_once_for_each_side() {
    let place = place("");
    let links = links(&place);
    let teams: Vec<&str> = links.iter().map(|link| link.1.as_str()).collect();
    assert_eq!(teams, ["crews", "ED nurses"]);
    let [crews, nurses] = [&links[0].2, &links[1].2];
    let server = Server::at(&folder(&place), MARCH);
    // A stranger, a link without its key, the key of the other team.
    let bare = crews.split("&key=").next().unwrap();
    let other = format!("{bare}&key={}", nurses.split("&key=").nth(1).unwrap());
    for link in [bare, &other] {
        assert_eq!(server.get(link).status, 403, "{link}");
        assert_eq!(answered(&server, link, "", 1, &[("item-told", "4")]).status, 403, "{link}");
    }
    assert_eq!(server.get(&bare.replace("crews", "Sister%20Jane%20Smith")).status, 404);
    assert_eq!(server.send("/do/pulse", "", "side=x").status, 404, "answers for any team are taken nowhere");
    // The link shows one question, with no answer chosen, and says thanks.
    let page = server.get(crews).text();
    let asked = item(&page);
    assert_eq!(page.matches("<fieldset").count(), 1, "{}", words(&page));
    assert!(!page.contains(" checked") && page.contains("Crews, about ED nurses"), "{}", words(&page));
    let reply = answered(&server, crews, "", 2, &[(&asked, "4")]);
    assert_eq!(reply.status, 303, "{}", words(&reply.text()));
    let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(words(&server.get(reply.header("location")).text()).contains("Thank you"));
    // The same device again changes its answer; for the other side it is another.
    assert_eq!(answered(&server, crews, &cookie, 3, &[(&asked, "2")]).status, 303);
    assert_eq!(answered(&server, nurses, &cookie, 4, &[(&asked, "5")]).status, 303);
    assert_eq!(answered(&server, crews, &cookie, 5, &[(&asked, "9")]).status, 400);
    let none = answered(&server, crews, &cookie, 6, &[]);
    assert!(none.status == 400 && words(&none.text()).contains("Choose one answer"), "{}", words(&none.text()));
    let lines = place.ledger().well().out;
    assert_eq!(lines.lines().filter(|line| line.contains("\"pulse\"")).count(), 3);
    assert!(!lines.contains(cookie.split('=').nth(1).unwrap()));
    // One who is signed in as of the team needs no link.
    let signed = place.run("allow", &["Crew lead", "--team", "crews"]).well();
    let signed = server.let_in(&signed);
    assert_eq!(answered(&server, bare, &signed, 7, &[(&asked, "3")]).status, 303);
    assert_eq!(answered(&server, &nurses[..nurses.find("&key").unwrap()], &signed, 8, &[(&asked, "3")]).status, 403);
    // A device does not answer without end.
    let many = (10..60).map(|once| answered(&server, crews, &cookie, once, &[(&asked, "1")]).status);
    assert!(many.into_iter().any(|status| status == 429));
    let shown = words(&server.get("/trust").text());
    assert!(shown.contains("Too few have answered"), "{shown}");
}

/// Sheets of so many people a side, each week of the thirteen before March.
fn sheets(people: [usize; 2], weeks: usize) -> String {
    let pulse = agree_item;
    let sides = [("crews", "ED nurses", 2), ("ED nurses", "crews", 4)];
    let mut text = String::new();
    for week in 1..=weeks {
        let day = 20_150 - 7 * week as i64; // Monday 3 March 2025 is day 20,150
        let monday = civil(day);
        for (side, (by, about, answer)) in sides.into_iter().enumerate() {
            for person in 0..people[side] {
                let at = format!("{}T09:00:00Z", civil(day + 2));
                let who = format!("voter/{:016x}", (side + 1) * 1000 + person);
                let (item, reversed) = pulse(day);
                let answer = if reversed { 6 - answer } else { answer };
                text += &format!(
                    "{{\"at\":\"{at}\",\"who\":\"{who}\",\"because\":[],\"act\":{{\"act\":\"pulse\",\"handover\":\"{JOIN}\",\"sheet\":{{\"by\":\"{by}\",\"about\":\"{about}\",\"week\":\"{monday}\",\"answers\":{{\"{item}\":{answer}}}}}}}}}\n"
                );
            }
        }
    }
    text
}

/// The item of the week of this day, and whether a high answer is a bad one.
fn agree_item(day: i64) -> (&'static str, bool) {
    let items = ["told", "in-time", "went-wrong", "chase", "our-work", "promise"];
    let item = items[(day + 3).div_euclid(7).rem_euclid(6) as usize];
    (item, item == "chase")
}

fn civil(day: i64) -> String {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}

#[test]
fn two_people_in_thirteen_weeks_stay_hidden_and_eleven_are_told_with_their_answers() {
    let place = place("");
    let file = place.write("sheets.jsonl", sheets([12, 2], 12));
    place.run("say", &[&file]).well();
    records(&place);
    let server = Server::at(&folder(&place), MARCH);
    let page = words(&server.get("/trust").text());
    assert!(page.contains("needs a conversation"), "{page}");
    assert!(page.contains("12 people") && page.contains("too few people to tell"), "{page}");
    assert!(page.contains("1 of 2") || page.contains("of 2"), "pairs known are told: {page}");
    let told = server.get("/trust.json").text();
    assert!(told.contains("\"people\"") && !told.contains("2.0000"), "{told}");
    // Nothing that is hidden can be had by subtraction: no count holds the two people's sheets.
    let csv = server.get("/trust.csv?panel=ties").text();
    let sides: Vec<&str> = csv.lines().filter(|line| line.starts_with("score,")).collect();
    assert_eq!(sides.len(), 2, "{csv}");
    assert!(sides[1].contains("ED nurses,crews,,,,,"), "{csv}");
    let why = server.get("/why/trust.json").text();
    assert!(why.contains("too few people") && why.contains("so_far") && why.contains("13_weeks"), "{why}");
}

#[test]
fn what_fits_no_question_is_refused_and_a_team_that_is_gone_is_left_out_and_told() {
    let place = place("");
    let file = place.write("sheets.jsonl", sheets([12, 12], 3));
    place.run("say", &[&file]).well();
    for (from, to) in [("\"crews\"", "\"Sister Jane Smith, ward 4\""), (JOIN, "made-up"), (":4}", ":99}")] {
        let one = sheets([0, 1], 1).replace(from, to);
        let bad = place.run("say", &[&place.write("bad.jsonl", one)]);
        assert!(!bad.ok, "{to} was taken: {}", bad.out);
    }
    let server = Server::at(&folder(&place), MARCH);
    assert!(!words(&server.get("/trust").text()).contains("answers left out"));
    drop(server);
    let file = place.path("instruments/pulse.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"crews\"", "\"paramedics\"")).unwrap();
    let server = Server::at(&folder(&place), MARCH);
    let reply = server.get("/trust");
    assert_eq!(reply.status, 200, "one sheet that cannot be scored never kills the page");
    let page = words(&reply.text());
    assert!(page.contains("72 sheets of answers left out") && page.contains("start Catchment again"), "{page}");
    assert!(page.find("left out") < page.find("What they say, and what they do"), "above every instrument: {page}");
    // A file that cannot be used names its line.
    std::fs::write(&file, text.replace("smallest = 11", "smallest = 3")).unwrap();
    let broken = place.run("doctor", &[]);
    let line = 1 + text.lines().position(|line| line.starts_with("smallest")).unwrap();
    assert!(
        !broken.ok && format!("{}{}", broken.out, broken.err).contains(&format!("pulse.toml:{line}")),
        "{}",
        broken.err
    );
}

const SEVEN: &str = r#"id = "coordination"
name = "Coordination, all at once"
licence = "Licensed to Testham until 2027; not to be copied."
lowest = 1
highest = 3
words = ["no", "in part", "yes"]
who = "each-other"
score = "percent"
smallest = 12
weeks = 4

[[item]]
id = "often"
asks = "Do they speak with you often enough?"

[[item]]
id = "goals"
asks = "Do they share your goals?"

[[band]]
from = 0.0
words = "apart"

[[band]]
from = 60.0
words = "together"

[[join]]
handover = "ambulance-to-ed"
teams = ["crews", "ED nurses"]
"#;

#[test]
fn another_instrument_is_a_file_and_is_asked_scored_and_shown_beside_the_pulse() {
    let place = place(SEVEN);
    let links = links(&place);
    let crews = &links.iter().find(|link| link.0 == "coordination" && link.1 == "crews").unwrap().2;
    let server = Server::at(&folder(&place), MARCH);
    let page = server.get(crews).text();
    assert_eq!(page.matches("<fieldset").count(), 2, "all items at once: {}", words(&page));
    assert!(words(&page).contains("Licensed to Testham until 2027"), "{}", words(&page));
    assert_eq!(answered(&server, crews, "", 1, &[("item-often", "3")]).status, 400, "one of two");
    for person in 0..12 {
        let reply = answered(&server, crews, "", 100 + person, &[("item-often", "3"), ("item-goals", "2")]);
        assert_eq!(reply.status, 303, "{}", words(&reply.text()));
    }
    drop(server);
    // The week has to be over before anything of it is told.
    let server = Server::at(&folder(&place), "2025-03-31T10:00:00Z");
    let shown = words(&server.get("/trust").text());
    assert!(shown.contains("Coordination, all at once") && shown.contains("75.0 together"), "{shown}");
    assert!(shown.contains("12 people") && shown.contains("Licensed to Testham until 2027"), "{shown}");
    assert_eq!(server.get(crews).status, 200, "a link is good for its quarter");
    drop(server);
    let server = Server::at(&folder(&place), "2025-06-02T10:00:00Z");
    let old = server.get(crews);
    assert!(old.status == 403 && words(&old.text()).contains("quarter that is over"), "{}", words(&old.text()));
}

#[test]
fn a_promise_is_made_and_judged_by_its_parties_once_and_on_no_day_to_come() {
    let place = place("");
    let server = Server::at(&folder(&place), MARCH);
    let clerk = server.sign_in(&place, "Clerk to the board", "notes,settle");
    let reader = server.sign_in(&place, "Flow lead, Testham", "notes");
    let crews = server.let_in(&place.run("allow", &["Crew lead", "--team", "crews"]).well());
    let fields = |by| {
        [
            ("by", by),
            ("to", "Crews"),
            ("what", "Ring before noon"),
            ("handover", JOIN),
            ("due", "2025-03-01"),
            ("how_we_will_know", "The list of calls"),
        ]
    };
    assert_eq!(send(&server, "promise", "", "/trust", &fields("ED nurses")).status, 403);
    let other = send(&server, "promise", &reader, "/trust", &fields("ED nurses"));
    assert!(other.status == 403 && words(&other.text()).contains("You do not speak for"), "{}", words(&other.text()));
    assert_eq!(send(&server, "promise", &reader, "/trust", &fields("Flow lead")).status, 303, "in one's own role");
    assert!(words(&server.get("/trust").text()).contains("0 of 1 promise kept in time"));
    let kept = |on| [("promise", "ring-before-noon"), ("kept", "yes"), ("on", on), ("words", "Every day but one")];
    let stranger = server.sign_in(&place, "Analyst, Elsewhere", "notes");
    assert_eq!(send(&server, "kept", &stranger, "/trust", &kept("2025-02-28")).status, 403);
    let early = send(&server, "kept", &crews, "/trust", &kept("2026-03-28"));
    assert!(early.status == 400 && words(&early.text()).contains("not come yet"), "{}", words(&early.text()));
    assert_eq!(send(&server, "kept", &crews, "/trust", &kept("2025-02-28")).status, 303);
    let again = [("promise", "ring-before-noon"), ("kept", "no"), ("on", ""), ("words", "It was not")];
    assert_eq!(send(&server, "kept", &clerk, "/trust", &again).status, 409);
    let page = words(&server.get("/trust").text());
    assert!(page.contains("1 of 1 promise kept in time") && page.contains("Promises kept"), "{page}");
}

#[test]
fn minutes_of_any_meeting_are_kept_several_voices_at_once_and_who_is_silent_is_named() {
    let place = place("");
    let line = r#"{"at": "2025-02-03T09:00:00Z", "who": "Clerk", "act": {"act": "note", "about": "/handovers/ambulance-to-ed", "text": "Late again"}}"#;
    place.run("say", &[&place.write("one.jsonl", line)]).well();
    records(&place);
    let server = Server::at(&folder(&place), MARCH);
    let clerk = server.sign_in(&place, "Clerk to the board", "notes,settle");
    let moderator = server.sign_in(&place, "Moderator", "moderate");
    let meeting = |voices: &str| {
        let fields = [
            ("meeting", "Urgent Care Board, October"),
            ("voices", voices),
            ("once", &format!("{:032x}", voices.len())),
        ];
        fields.map(|(name, value)| (name, value.to_owned()))
    };
    let keep = |cookie: &str, voices: &str| {
        let fields = meeting(voices);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(&server, "meeting", cookie, "/air-time", &fields)
    };
    assert_eq!(keep("", "acute: 40").status, 403);
    assert_eq!(keep(&clerk, "acute: forty").status, 400);
    assert_eq!(keep(&clerk, "acute: 40\nsocial care: 9999").status, 400);
    let done = keep(&moderator, "acute: 40\nambulance: 10\nsocial care: 0");
    assert_eq!(done.status, 400, "nobody spoke for no minutes: {}", words(&done.text()));
    assert_eq!(keep(&moderator, "acute: 40\nambulance: 10").status, 303);
    let page = words(&server.get("/air-time").text());
    assert!(page.contains("Urgent Care Board, October") && page.contains("Ambulance: 20% of minutes"), "{page}");
    let why = server.get("/why/air-time.json").text();
    assert!(why.contains("Urgent Care Board, October"), "{why}");
    let log = server.get("/log").text();
    assert!(log.contains(r#"<a href="/air-time">Urgent Care Board, October</a>"#), "{log}");
}

#[test]
fn rivermead_tells_three_joins_hides_one_and_says_who_is_hardly_heard() {
    let place = rivermead();
    let server = &place.server;
    let page = words(&server.get("/trust").text());
    for part in [
        "Ward to home with care",
        "Promises kept",
        "Days to answer",
        "Rocks cleared",
        "too few people to tell",
        "How much hangs on one team",
        "Pairs known",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("one teamno data") && page.contains("6 of 8"), "{page}");
    let told = server.get("/trust.csv?panel=ties").text();
    let people: Vec<u64> = told
        .lines()
        .filter(|line| line.starts_with("score,"))
        .filter_map(|line| line.split(',').nth(6)?.parse().ok())
        .collect();
    assert!(people.len() == 6 && people.iter().all(|people| *people >= 11), "{told}");
    let parts = server.get("/trust.csv?panel=parts").text();
    assert!(parts.lines().next().unwrap().ends_with("score,knowing,mending,respect"), "{parts}");
    assert!(parts.lines().count() == 7 && !parts.contains("care homes"), "six sides that are told: {parts}");
    let join = server.get("/handovers/ward-to-home-care").text();
    for part in [
        "id=\"between\"",
        "Wards of home care",
        "Promise: ",
        "Rock: ",
        "Days to answer",
        "href=\"/plans/",
        "/trust#promises",
    ] {
        assert!(join.contains(part), "{part}: {}", words(&join));
    }
    let few = words(&server.get("/handovers/ward-to-care-home").text());
    assert!(few.contains("too few people to tell"), "{few}");
    let air = words(&server.get("/air-time").text());
    for part in ["Who is hardly heard", "The same by sector", "Meetings", "Urgent Care Board"] {
        assert!(air.contains(part), "{part}: {air}");
    }
    let decision = words(&server.get("/decisions/share-the-money").text());
    assert!(decision.contains("Who is heard") && decision.contains("Fair share"), "{decision}");
}
