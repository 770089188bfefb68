//! Whole tasks of people who talk: a ward sister, a citizen without script or account, a moderator, a helper, and those who try it the wrong way.

use crate::http::{Reply, Server};
use crate::place::{Place, catchment};
use serde_json::Value;

const OPENS: i64 = 1_761_000_000;
const CLOSES: i64 = 1_792_160_000;

/// A place with a line of its story, a conversation that is open to all and one that is not, and one that is closed.
fn talking() -> (Place, Server) {
    let place = Place::new();
    let talk = |id: &str, open: bool, closes: i64| {
        format!(
            r#"{{"at": "2025-11-03T09:00:00Z", "who": "Clerk, Testham", "act": {{"act": "conversation", "id": "{id}", "question": "What would get you home sooner?", "purpose": "We answer each by December.", "perspectives": {{"carers": 1, "staff": 1}}, "open_to_all": {open}, "opens": {OPENS}, "closes": {closes}}}}}"#
        )
    };
    let said = |id: &str, text: &str, who: &str| {
        format!(
            r#"{{"at": "2025-11-03T09:05:00Z", "who": "voter/{who}", "act": {{"act": "statement", "conversation": "{id}", "text": "{text}", "perspective": "carers"}}}}"#
        )
    };
    let see = |id: u64| {
        format!(
            r#"{{"at": "2025-11-03T09:06:00Z", "who": "Clerk, Testham", "act": {{"act": "moderation", "statement": {id}, "ruling": "in"}}}}"#
        )
    };
    let lines = [
        r#"{"at": "2025-11-03T09:00:00Z", "who": "Board, Testham", "act": {"act": "line", "id": "home", "kind": "why", "text": "People belong at home"}}"#.to_owned(),
        talk("home", true, CLOSES),
        talk("staff", false, CLOSES),
        talk("past", true, 1_762_200_000),
        said("home", "No one should wait for a form", "00000000000000aa"), // 5
        said("home", "Ring us the day before", "00000000000000ab"),        // 6
        said("past", "Open the ward again", "00000000000000ac"),           // 7
        said("staff", "Rota says who may discharge", "00000000000000ad"),  // 8
        see(5),
        see(6),
        see(7),
        see(8),
    ];
    let file = place.write("said.jsonl", lines.join("\n"));
    place.run("say", &[&file]).well();
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    (place, server)
}

fn deeds(place: &Place) -> Vec<Value> {
    place.ledger().well().out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The hidden fields of the form that is sent to this address, and which holds `with`.
fn form(page: &str, send_to: &str, with: &str) -> String {
    let forms = page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
    let form = forms.filter(|form| form.contains(&format!("action=\"{send_to}\""))).find(|form| form.contains(with));
    let form = form.unwrap_or_else(|| panic!("no form to {send_to} with {with} on {page}"));
    let value = |input: &str, name: &str| {
        let text = input.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(text.replace("&amp;", "&"))
    };
    let hidden = form.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\""));
    let pairs =
        hidden.map(|input| format!("{}={}", value(input, "name").unwrap(), escape(&value(input, "value").unwrap())));
    pairs.collect::<Vec<_>>().join("&")
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn get(server: &Server, path: &str, cookie: &str) -> Reply {
    server.ask("GET", path, &[("Cookie", cookie)], "")
}

fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[test]
fn a_ward_sister_says_something_and_gets_her_answer() {
    let (place, server) = talking();
    let sister = server.sign_in(&place, "Ward sister, Eastbrook", "notes");
    let clerk = server.sign_in(&place, "Clerk, Testham", "moderate,settle");
    let page = get(&server, "/conversations/staff", &sister).text();
    assert!(page.contains("Written by a participant: carers"), "{page}");
    let say = form(&page, "/do/say", "name=\"text\"");
    let words = "text=Money+should+move+each+month&perspective=staff&role=Ward+sister%2C+Eastbrook&language=";
    let sent = server.send("/do/say", &sister, &format!("{say}&{words}"));
    assert_eq!((sent.status, sent.header("location")), (303, "/conversations/staff#yours"), "{}", sent.text());
    assert_eq!(sent.header("set-cookie"), "", "who is signed in needs no other cookie");
    let mine = get(&server, "/conversations/staff", &sister).text();
    assert!(mine.contains("Money should move each month") && mine.contains("somebody reads it first"), "{mine}");
    let others = server.get("/conversations/staff").text();
    assert!(!others.contains("Money should move each month"), "held until it was read");

    let waits = get(&server, "/conversations/staff/moderation", &clerk).text();
    assert!(waits.contains("Money should move each month"));
    let log = server.get("/conversations/staff/moderation").text();
    assert!(!log.contains("Money should move each month"), "the public log never holds the words");
    let moderate = form(&waits, "/do/moderate", "ruling");
    assert_eq!(server.send("/do/moderate", &clerk, &format!("{moderate}&ruling=in")).status, 303);
    let id = deeds(&place)
        .iter()
        .find(|deed| deed["body"]["act"] == "statement" && deed["body"]["perspective"] == "staff")
        .unwrap()["seq"]
        .to_string();

    let answers = get(&server, "/said", &clerk).text();
    let answer = form(&answers, "/do/answer", "outcome");
    let no = server.send("/do/answer", &clerk, &format!("{answer}&statement={id}&outcome=adopted"));
    assert_eq!(no.status, 400, "what took it up must be named");
    assert!(no.text().contains("Say which line, decision or plan took it up"), "{}", no.text());
    let done = server.send(
        "/do/answer",
        &clerk,
        &format!("{answer}&statement={id}&outcome=adapted&answer=Each+quarter+first&because=line%2Fhome"),
    );
    assert_eq!(done.status, 303, "{}", done.text());
    let mine = get(&server, "/conversations/staff", &sister).text();
    assert!(mine.contains("Each quarter first") && mine.contains("Adapted"), "{mine}");
    assert!(server.get("/said").text().contains("Each quarter first"));
    assert!(!server.get("/public/said").text().contains("Each quarter first"), "it was said among staff");
    let names = place.ledger().well().out;
    assert!(!names.contains("Ward sister, Eastbrook\",\"did\""), "a statement is by a number");
    let again = Server::of(place.path("").to_str().unwrap(), &[]);
    assert_eq!(
        again.get("/said.json").json()["panels"],
        server.get("/said.json").json()["panels"],
        "the same after it began anew"
    );
}

#[test]
fn a_citizen_without_script_or_account_votes_speaks_and_reads_the_outcome() {
    let (place, server) = talking();
    let list = server.get("/public/say");
    assert_eq!(list.header("set-cookie"), "");
    assert!(list.text().contains("/public/say/home") && !list.text().contains("/public/say/staff"));
    assert_eq!(server.get("/public/say/staff").status, 404);
    let page = server.get("/public/say/home");
    assert_eq!((page.status, page.header("set-cookie")), (200, ""), "no cookie before the first vote");
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    assert!(!page.header("content-security-policy").contains("script"));
    assert!(page.text().len() < 50_000 && !page.text().contains("<script"));
    let vote = form(&page.text(), "/public/say/home", "value=\"agree\"");
    let voted = server.send("/public/say/home", "", &format!("{vote}&vote=agree"));
    assert_eq!(voted.status, 303, "{}", voted.text());
    let device = cookie(&voted);
    for part in ["catchment-device=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(voted.header("set-cookie").contains(part), "{}", voted.header("set-cookie"));
    }
    let before = deeds(&place).len();
    let again = server.send("/public/say/home", "", &format!("{vote}&vote=agree"));
    assert_eq!((again.status, deeds(&place).len()), (303, before), "a form that is sent twice is one deed");
    assert_eq!(cookie(&again), device, "and one device");

    let page = get(&server, "/public/say/home", &device);
    let vote = form(&page.text(), "/public/say/home", "value=\"agree\"");
    assert_eq!(server.send("/public/say/home", &device, &format!("{vote}&vote=pass")).header("set-cookie"), "");
    let page = get(&server, "/public/say/home", &device).text();
    assert!(!page.contains("value=\"agree\""), "all were voted on");
    let votes: Vec<Value> = deeds(&place).into_iter().filter(|deed| deed["body"]["act"] == "vote").collect();
    assert_eq!(votes.len(), 2);
    assert_eq!(votes[0]["who"], votes[1]["who"]);
    assert!(votes.iter().all(|vote| vote["who"].as_str().unwrap().len() == "voter/".len() + 16));
    assert!(!place.ledger().out.contains(device.split_once('=').unwrap().1), "the token stays on the device");

    let say = form(&page, "/public/say/home", "name=\"text\"");
    let said =
        server.send("/public/say/home", &device, &format!("{say}&text=Ask+my+wife&perspective=carers&role=&language="));
    assert_eq!((said.status, said.header("location")), (303, "/public/say/home?thanks#yours"), "{}", said.text());
    let page = get(&server, "/public/say/home?thanks", &device).text();
    assert!(page.contains("Ask my wife") && page.contains("Thank you."), "{page}");
    assert!(!server.get("/public/say/home").text().contains("Ask my wife"));

    let clerk = server.sign_in(&place, "Clerk, Testham", "moderate,settle");
    let answer = form(&get(&server, "/said", &clerk).text(), "/do/answer", "outcome");
    server.send("/do/answer", &clerk, &format!("{answer}&statement=5&outcome=declined&answer=The+law+wants+it"));
    let outcome = server.get("/public/said").text();
    assert!(outcome.contains("We said no. This is why:") && outcome.contains("The law wants it"), "{outcome}");
    let data = server.get("/public/said.json").json();
    assert_eq!(data[0]["answer"], "The law wants it");
    let told = server.get("/public/say/home.json").json();
    assert_eq!(told["statements"].as_array().unwrap().len(), 2);
    assert_eq!(told["people"], "fewer than 10 people");
    assert!(told["votes"]["all"][0]["everyone"].is_null(), "few votes are not told");
    assert_eq!(server.get("/conversations/home.json").header("set-cookie"), "");
}

#[test]
fn what_cannot_be_is_said_at_its_field_and_keeps_the_words() {
    let (place, server) = talking();
    let page = server.get("/conversations/home").text();
    let say = form(&page, "/do/say", "name=\"text\"");
    let count = deeds(&place).len();
    let no = server.send("/do/say", "", &format!("{say}&perspective=carers&text=Mrs+A%2C+943+476+5919%2C+waits"));
    assert_eq!(no.status, 400);
    assert!(no.text().contains("looks like an NHS number") && no.text().contains("Mrs A, 943 476 5919, waits"));
    let long = server.send("/do/say", "", &format!("{say}&perspective=carers&text={}", "a".repeat(281)));
    assert!(long.status == 400 && long.text().contains("Write at most 280 letters; this has 281"));
    assert_eq!(server.send("/do/say", "", &format!("{say}&perspective=king&text=A")).status, 400);
    assert_eq!(
        server.send("/do/say", "", &format!("{say}&perspective=carers&text={}", "a".repeat(1 << 20))).status,
        413
    );
    let turned = server.send("/do/say", "", &format!("{say}&perspective=carers&text=a%E2%80%AEb"));
    assert_eq!(turned.status, 400, "letters that turn others round");
    assert_eq!(deeds(&place).len(), count, "nothing of it was kept");

    // Markup, another direction and pictures are words.
    let words = "<script>alert(1)</script> & \"مرحبا\" 👩🏽‍⚕️";
    let sent = server.send(
        "/do/say",
        "",
        &format!("{say}&perspective=carers&language=ar&in_english=Hello&text={}", escape(words)),
    );
    assert_eq!(sent.status, 303, "{}", sent.text());
    let device = cookie(&sent);
    let mine = get(&server, "/conversations/home", &device).text();
    assert!(
        mine.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp;") && mine.contains("مرحبا") && mine.contains("👩🏽‍⚕️")
    );
    assert!(!mine.contains("<script>alert"));
    let twice = form(&mine, "/do/say", "name=\"text\"");
    let twice =
        server.send("/do/say", &device, &format!("{twice}&perspective=carers&language=ar&text={}", escape(words)));
    assert_eq!(twice.status, 409, "said already");

    let vote = form(&page, "/do/vote", "value=\"agree\"");
    assert_eq!(server.send("/do/vote", "", &format!("{vote}&vote=perhaps")).status, 400);
    assert_eq!(server.send("/do/vote", "", "statement=999&vote=agree").status, 404);
    assert_eq!(
        server.send("/do/vote", "", "statement=7&vote=agree&to=/conversations/past").status,
        410,
        "it is closed"
    );
    assert_eq!(
        server.send("/do/vote", "", "statement=8&vote=agree&to=/conversations/staff").status,
        403,
        "not signed in"
    );
    assert_eq!(server.send("/do/moderate", "", "statement=5&ruling=out&reason=x").status, 403);
    assert_eq!(server.send("/do/sing", "", "a=b").status, 404);
    let foreign = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "http://elsewhere.example")];
    assert_eq!(server.ask("POST", "/do/vote", &foreign, "statement=5&vote=agree").status, 403, "another page sent it");
    assert_eq!(server.ask("POST", "/public/say/home", &foreign, "statement=5&vote=agree").status, 403);
    let closed = server.get("/public/say/past").text();
    assert!(closed.contains("It is closed now.") && !closed.contains("<form"));

    // A second vote takes the place of the first.
    for choice in ["agree", "disagree"] {
        assert_eq!(
            server.send("/do/vote", &device, &format!("statement=5&vote={choice}&to=/conversations/home")).status,
            303
        );
    }
    let folder = place.path("polis");
    std::fs::create_dir_all(&folder).unwrap();
    let at = place.path("");
    catchment(&["talk", "export", at.to_str().unwrap(), "home", "-o", folder.to_str().unwrap()]).well();
    let votes = std::fs::read_to_string(folder.join("votes.csv")).unwrap();
    assert_eq!(votes.lines().count(), 2, "{votes}");
    assert!(votes.lines().nth(1).unwrap().ends_with(",-1"), "{votes}");
}

#[test]
fn what_is_kept_out_is_logged_without_its_words_and_its_author_may_ask_again() {
    let (place, server) = talking();
    let clerk = server.sign_in(&place, "Clerk, Testham", "moderate");
    let page = server.get("/conversations/home").text();
    let say = form(&page, "/do/say", "name=\"text\"");
    let device = cookie(&server.send("/do/say", "", &format!("{say}&perspective=carers&text=Buy+my+lifts")));
    let waits = get(&server, "/conversations/home/moderation", &clerk).text();
    let moderate = form(&waits, "/do/moderate", "ruling");
    assert_eq!(
        server.send("/do/moderate", &clerk, &format!("{moderate}&ruling=out")).status,
        400,
        "a reason is needed"
    );
    assert_eq!(server.send("/do/moderate", &clerk, &format!("{moderate}&ruling=same&same_as=999")).status, 400);
    server.send("/do/moderate", &clerk, &format!("{moderate}&ruling=out&reason=It+sells+something"));
    let log = server.get("/conversations/home/moderation").text();
    assert!(log.contains("It sells something") && !log.contains("Buy my lifts"), "{log}");
    let json = server.get("/conversations/home/moderation.json").text();
    assert!(json.contains("It sells something") && !json.contains("Buy my lifts"));
    let mine = get(&server, "/conversations/home", &device).text();
    assert!(mine.contains("It is kept out: It sells something."), "{mine}");
    let appeal = form(&mine, "/do/appeal", "name=\"words\"");
    assert_eq!(server.send("/do/appeal", "", &format!("{appeal}&words=Please")).status, 403, "not who wrote it");
    assert_eq!(server.send("/do/appeal", &device, &format!("{appeal}&words=The+NHS+lends+them")).status, 303);
    assert!(get(&server, "/conversations/home/moderation", &clerk).text().contains("The NHS lends them"));
}

#[test]
fn what_came_on_paper_counts_and_is_marked() {
    let (place, server) = talking();
    let helper = server.sign_in(&place, "Helper, Testham", "moderate");
    let page = get(&server, "/conversations/home/moderation", &helper).text();
    let sheet = form(&page, "/do/sheet", "name=\"votes\"");
    let words = "via=paper&perspective=carers&text=Bigger+print&votes=5+agree%0D%0A6+no";
    let wrong =
        server.send("/do/sheet", &helper, &format!("{sheet}&via=paper&perspective=carers&votes=5+agree%0D%0A77+agree"));
    assert!(wrong.status == 400 && wrong.text().contains("Line 2: there is no such statement"), "{}", wrong.text());
    let before = deeds(&place).len();
    for _ in 0..2 {
        assert_eq!(server.send("/do/sheet", &helper, &format!("{sheet}&{words}")).status, 303);
    }
    let new = deeds(&place).split_off(before);
    assert_eq!(new.len(), 3, "a sheet that is sent twice is one sheet");
    assert!(new.iter().all(|deed| deed["body"]["via"] == "paper" && deed["who"] == new[0]["who"]), "{new:?}");
    let minutes = form(&page, "/do/minutes", "name=\"minutes\"");
    assert_eq!(server.send("/do/minutes", &helper, &format!("{minutes}&perspective=carers&minutes=12")).status, 303);
    assert!(server.get("/conversations/home.json").text().contains("minutes"));
}

#[test]
fn the_story_is_written_disputed_and_said_in_new_words() {
    let (place, server) = talking();
    let lead = server.sign_in(&place, "Flow lead, Testham", "notes,settle");
    let page = get(&server, "/story", &lead).text();
    let new = form(&page, "/do/line", "name=\"kind\"");
    let fact = "kind=fact&text=Half+wait+three+days&under=home&because=statement%2F5";
    let no = server.send("/do/line", &lead, &format!("{new}&{fact}"));
    assert!(
        no.status == 400
            && no.text().contains("A fact needs the address")
            && no.text().contains("Half wait three days")
    );
    let done = server.send("/do/line", &lead, &format!("{new}&{fact}&evidence=%2Fhandovers&good_until=2025-11-30"));
    assert_eq!(done.status, 303, "{}", done.text());
    let stand = form(&page, "/do/standing", "name=\"holds\"");
    let line = "line=half-wait-three-days";
    assert_eq!(server.send("/do/standing", &lead, &format!("{stand}&{line}&holds=dispute")).status, 400, "why?");
    let story = server.get("/story").text();
    assert!(story.contains("Half wait three days") && story.contains("Stale since Sunday 30 November 2025"), "{story}");
    assert_eq!(
        server.send("/do/standing", &lead, &format!("{stand}&{line}&holds=dispute&disputed=It+was+two")).status,
        303
    );
    assert!(server.get("/story").text().contains("It was two"));
    let version = form(&get(&server, "/story", &lead).text(), "/do/line", "name=\"retired\"");
    let words = format!("{version}&{line}&text=Half+wait+two+days&because=statement%2F5%0D%0A%2Fhandovers");
    assert_eq!(server.send("/do/line", &lead, &words).status, 303);
    let story = server.get("/story").text();
    assert!(
        story.contains("Half wait two days") && story.contains("version 2") && !story.contains("It was two"),
        "{story}"
    );
    assert_eq!(server.send("/do/line", "", &words).status, 403);
    let said = server.get("/said.json").text();
    assert!(said.contains("changed_something"), "{said}");
    assert!(deeds(&place).iter().any(|deed| deed["because"] == serde_json::json!(["statement/5", "/handovers"])));
}

#[test]
fn one_device_may_say_ten_things_an_hour() {
    let (place, server) = talking();
    let page = server.get("/conversations/home").text();
    let say = form(&page, "/do/say", "name=\"text\"");
    let device = cookie(&server.send("/do/say", "", &format!("{say}&perspective=carers&text=One")));
    let mut last = 303;
    for n in 2..=11 {
        let page = get(&server, "/conversations/home", &device).text();
        let say = form(&page, "/do/say", "name=\"text\"");
        let reply = server.send("/do/say", &device, &format!("{say}&perspective=carers&text=Number+{n}"));
        last = reply.status;
        if n == 11 {
            assert!(reply.text().contains("Thank you: that was a lot in a short time"), "{}", reply.text());
        }
    }
    assert_eq!(last, 429);
    assert_eq!(deeds(&place).iter().filter(|deed| deed["body"]["act"] == "statement").count(), 4 + 10);
}
