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
    assert!(page.contains("You have seen all of it."), "all were voted on");
    let votes: Vec<Value> = deeds(&place).into_iter().filter(|deed| deed["body"]["act"] == "vote").collect();
    assert_eq!(votes.len(), 2);
    assert_eq!(votes[0]["who"], votes[1]["who"]);
    assert!(page.contains("Your last vote is: <b>"), "{page}");
    let change = form(&page, "/public/say/home", "value=\"disagree\"");
    assert_eq!(server.send("/public/say/home", &device, &format!("{change}&vote=disagree")).status, 303);
    let page = get(&server, "/public/say/home", &device).text();
    assert!(page.contains("Your last vote is: <b>disagree</b>"), "{page}");
    let voice = form(&page, "/public/say/home", "Who do you speak for?");
    assert_eq!(server.send("/public/say/home", &device, &format!("{voice}&perspective=carers")).status, 303);
    assert!(!get(&server, "/public/say/home", &device).text().contains("Who do you speak for?"), "asked once");
    let named = deeds(&place)
        .into_iter()
        .filter(|deed| deed["body"]["perspective"] == "carers" && deed["body"]["act"] == "vote");
    assert_eq!(named.count(), 1);
    let page = get(&server, "/public/say/home", &device).text();
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
    let votes = || std::fs::read_to_string(folder.join("votes.csv")).unwrap();
    assert_eq!(votes().lines().count(), 1, "while it is open no file tells what its pages do not: {}", votes());
    let clerk = server.sign_in(&place, "Clerk, Testham", "settle");
    let steer = form(&get(&server, "/conversations/home", &clerk).text(), "/do/steer", "Close it now");
    assert_eq!(server.send("/do/steer", &clerk, &steer).status, 303);
    catchment(&["talk", "export", at.to_str().unwrap(), "home", "-o", folder.to_str().unwrap()]).well();
    assert_eq!(votes().lines().count(), 2, "{}", votes());
    assert!(votes().lines().nth(1).unwrap().ends_with(",-1"), "{}", votes());
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
    let helper = server.sign_in(&place, "Helper, Testham", "help");
    let page = get(&server, "/conversations/home/moderation", &helper).text();
    let sheet = form(&page, "/do/sheet", "name=\"votes\"");
    let words = "via=paper&perspective=carers&text=Bigger+print&votes=1+agree%0D%0A%232%3A+no";
    let wrong =
        server.send("/do/sheet", &helper, &format!("{sheet}&via=paper&perspective=carers&votes=1+agree%0D%0A77+agree"));
    assert!(wrong.status == 400 && wrong.text().contains("Line 2: there is no statement 77"), "{}", wrong.text());
    let before = deeds(&place).len();
    for _ in 0..2 {
        assert_eq!(server.send("/do/sheet", &helper, &format!("{sheet}&{words}")).status, 303);
    }
    let new = deeds(&place).split_off(before);
    assert_eq!(new.len(), 3, "a sheet that is sent twice is one sheet");
    assert!(new.iter().all(|deed| deed["body"]["via"] == "paper"), "{new:?}");
    assert!(new.iter().all(|deed| deed["body"]["helped"]["by"] == "Helper, Testham"), "{new:?}");
    assert!(new[1]["who"] == new[2]["who"] && new[0]["who"] != new[1]["who"], "what is said is apart from votes");
    assert!(!page.contains("/do/moderate"), "a helper does not moderate");
    let king = server.send("/do/sheet", &helper, &format!("{sheet}&via=paper&perspective=The+King&votes=1+agree"));
    assert!(king.status == 400 && king.text().contains("Choose one of these voices"), "{}", king.text());
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
    let no = server.send("/do/line", &lead, &format!("{new}&{fact}&evidence=%2Fmeasures%2Fnone-such"));
    assert!(no.status == 400 && no.text().contains("There is no page /measures/none-such here"), "{}", no.text());
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
    let no = server.send("/do/line", &lead, &format!("{version}&{line}&text=Half+wait+two+days&because="));
    assert!(no.status == 400 && no.text().contains("Say because of what it changes"), "{}", no.text());
    let words = format!("{version}&{line}&text=Half+wait+two+days&because=statement%2F5%0D%0A%2Fhandovers");
    assert_eq!(server.send("/do/line", &lead, &words).status, 303);
    let story = server.get("/story").text();
    assert!(
        story.contains("Half wait two days") && story.contains("version 2") && !story.contains("It was two"),
        "{story}"
    );
    assert_eq!(server.send("/do/line", "", &words).status, 403);
    // everybody reads it in plain words, and that it was changed by what was said
    let public = server.get("/public/story");
    let told = public.text();
    assert!(public.status == 200 && told.contains("Half wait two days") && told.len() < 50_000, "{told}");
    assert_eq!(told.matches("because of what you said").count(), 1, "{told}");
    let facts = &server.get("/public/story.json").json()["story"][4];
    assert_eq!(
        (&facts["part"], &facts["lines"][0]["changed_by_what_was_said"]),
        (&"What we know".into(), &true.into())
    );
    // the log tells who did what because of what, and nothing that is not for everybody
    let page = server.get("/conversations/home").text();
    let say = form(&page, "/do/say", "name=\"text\"");
    server.send("/do/say", "", &format!("{say}&perspective=carers&text=Nobody+has+read+this"));
    let log = server.get("/log.csv").text();
    let row = log.lines().find(|row| row.contains("Half wait two days")).unwrap_or_else(|| panic!("{log}"));
    assert!(
        row.contains("wrote a line") && row.contains("Flow lead, Testham") && row.contains("What was said:"),
        "{row}"
    );
    assert!(!log.contains("Nobody has read this"), "{log}");
    assert_eq!(facts["lines"][0]["evidence"], "/handovers");
    // A fact on which nobody has stood is not agreed, and says so to everybody.
    let other = "kind=fact&text=No+ward+is+empty&under=home&evidence=%2Fjourneys";
    assert_eq!(server.send("/do/line", &lead, &format!("{new}&{other}")).status, 303);
    assert!(server.get("/story").text().contains("Not yet agreed"));
    assert!(server.get("/story.csv").text().contains("Not yet agreed,,/journeys"));
    assert!(server.get("/public/story").text().contains("Not yet agreed by all."));
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

/// A conversation on whose one statement so many have voted.
fn voted_by(many: u64) -> (Place, Server) {
    let place = Place::new();
    let at = "2025-11-03T09:00:00Z";
    let mut lines = vec![
        format!(
            r#"{{"at": "{at}", "who": "Clerk, Testham", "act": {{"act": "conversation", "id": "home", "question": "What would help?", "purpose": "We answer each.", "perspectives": {{"carers": 1, "staff": 1}}, "open_to_all": true, "opens": {OPENS}, "closes": {CLOSES}}}}}"#
        ),
        format!(
            r#"{{"at": "{at}", "who": "voter/00000000000000aa", "act": {{"act": "statement", "conversation": "home", "text": "Ring us", "perspective": "carers"}}}}"#
        ),
        format!(
            r#"{{"at": "{at}", "who": "Clerk, Testham", "act": {{"act": "moderation", "statement": 2, "ruling": "in"}}}}"#
        ),
    ];
    lines.extend((1..=many).map(|n| {
        let voice = if n % 5 == 0 { "carers" } else { "staff" };
        format!(r#"{{"at": "{at}", "who": "voter/{n:016x}", "act": {{"act": "vote", "statement": 2, "choice": 1, "perspective": "{voice}"}}}}"#)
    }));
    let file = place.write("said.jsonl", lines.join("\n"));
    place.run("say", &[&file]).well();
    let server = Server::of(place.path("").to_str().unwrap(), &[]);
    (place, server)
}

#[test]
fn whoever_watches_somebody_vote_learns_nothing_from_any_page() {
    let (_place, server) = voted_by(21);
    // What changes with the clock, and the tokens of forms, are not votes.
    let seen = || {
        let data = ["/conversations/home.json", "/conversations.json", "/public/say/home.json", "/public/say.json"];
        let mut seen: Vec<String> = data.iter().map(|path| server.get(path).text()).collect();
        seen.push(server.get("/conversations/home.csv?panel=statements").text());
        seen.push(server.get("/conversations/home.csv?panel=air").text());
        seen.push(server.get("/public/say/home").text().split("What most of us agree on").nth(1).unwrap().to_owned());
        seen
    };
    let before = seen();
    let told: Value = serde_json::from_str(&before[2]).unwrap();
    assert_eq!((&told["votes"]["participants"], &told["votes"]["votes"]), (&11.into(), &11.into()), "{told}");
    assert_eq!(told["votes"]["all"][0]["everyone"]["agree"], 11);
    assert!(!before.iter().any(|page| page.contains("priority")), "what is shown next is nobody's to see");
    assert!(before[5].contains("staff") && !before[5].contains("27"), "3 of 11 carers are not told: {}", before[5]);
    let page = server.get("/public/say/home").text();
    let vote = form(&page, "/public/say/home", "value=\"agree\"");
    let voted = server.send("/public/say/home", "", &format!("{vote}&vote=disagree"));
    assert_eq!(voted.status, 303);
    let one_later = seen();
    assert_ne!(before, one_later, "the twenty-second fills the batch");
    let told: Value = serde_json::from_str(&one_later[2]).unwrap();
    assert_eq!(told["votes"]["all"][0]["everyone"]["agree"], 21);
    let vote = form(&server.get("/public/say/home").text(), "/public/say/home", "value=\"agree\"");
    assert_eq!(server.send("/public/say/home", "", &format!("{vote}&vote=disagree")).status, 303);
    for (was, is) in one_later.iter().zip(seen()) {
        assert_eq!(*was, is, "one vote alone is not seen to come");
    }
}

#[test]
fn a_conversation_cannot_be_stuffed_with_cookies_of_ones_own() {
    let (place, server) = talking();
    let page = server.get("/public/say/home").text();
    let vote = form(&page, "/public/say/home", "value=\"agree\"");
    let own = format!("catchment-device={}.{}", "a".repeat(32), "b".repeat(32));
    let voted = server.send("/public/say/home", &own, &format!("{vote}&vote=agree"));
    let ours = cookie(&voted);
    assert!(!ours.is_empty() && ours != own, "one that we did not make is none");
    let token = ours.trim_start_matches("catchment-device=");
    let (token, mac) = token.split_once('.').unwrap();
    assert_eq!((token.len(), mac.len()), (32, 32));
    let ledger = place.ledger().well().out;
    assert!(!ledger.contains(token) && !ledger.contains(mac));
    let forged = format!("catchment-device={token}.{}", "0".repeat(32));
    assert!(!get(&server, "/public/say/home", &forged).text().contains("Your last vote is"));
    assert!(get(&server, "/public/say/home", &ours).text().contains("Your last vote is"));
}

#[test]
fn one_network_cannot_use_up_the_turns_of_all() {
    let (_place, server) = talking();
    let origin = ("Origin", "http://localhost");
    let from = |address: &str| {
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Host", "localhost"),
            origin,
            ("X-Forwarded-For", address),
        ];
        server.ask("POST", "/public/say/home", &headers, "statement=5&vote=agree").status
    };
    let mut last = 303;
    for _ in 0..61 {
        last = from("10.9.9.9, 192.0.2.1");
    }
    assert_eq!(last, 429);
    assert_eq!(from("10.1.1.1, 192.0.2.1"), 429, "what a sender says of itself does not count");
    assert_eq!(from("192.0.2.2"), 303, "others come as before");
}

#[test]
fn somebody_who_is_signed_in_counts_once_wherever_they_vote() {
    let (place, server) = talking();
    let sister = server.sign_in(&place, "Ward sister, Eastbrook", "notes");
    let page = get(&server, "/conversations/home", &sister).text();
    assert!(page.contains("could work out how a signed-in person voted"), "{page}");
    let vote = form(&page, "/do/vote", "value=\"agree\"");
    assert_eq!(server.send("/do/vote", &sister, &format!("{vote}&vote=agree")).status, 303);
    let voted = server.send("/public/say/home", &sister, "statement=5&vote=agree");
    assert_eq!((voted.status, voted.header("set-cookie")), (303, ""), "no second number");
    let again = server.send("/public/say/home", &sister, "statement=6&vote=pass");
    assert_eq!(again.status, 303);
    let votes: Vec<Value> = deeds(&place).into_iter().filter(|deed| deed["body"]["act"] == "vote").collect();
    assert!(votes.len() == 3 && votes.iter().all(|vote| vote["who"] == votes[0]["who"]), "{votes:?}");
}

#[test]
fn what_comes_after_the_close_gives_the_words_back() {
    let (place, server) = talking();
    let late = "text=Keep+the+ward+open&perspective=carers";
    let sent = server.send("/public/say/past", "", late);
    let text = sent.text();
    assert_eq!(sent.status, 410);
    assert!(text.contains("Keep the ward open") && text.contains("This conversation is closed"), "{text}");
    assert!(text.find("Keep the ward open").unwrap() < text.find("What most of us agree on").unwrap());
    let signed = server.send("/do/say", "", &format!("{late}&to=/conversations/past"));
    assert!(signed.status == 410 && signed.text().contains("You wrote: “Keep the ward open”"), "{}", signed.text());
    let helper = server.sign_in(&place, "Helper, Testham", "help");
    let page = get(&server, "/conversations/past/moderation", &helper).text();
    let sheet =
        format!("{}&via=paper&perspective=carers&votes=%231%2C+agree", form(&page, "/do/sheet", "name=\"votes\""));
    let no = server.send("/do/sheet", &helper, &sheet);
    assert!(no.status == 400 && no.text().contains("Say the day on which the sheet was filled in"), "{}", no.text());
    assert_eq!(server.send("/do/sheet", &helper, &format!("{sheet}&on=2025-11-30")).status, 410);
    assert_eq!(server.send("/do/sheet", &helper, &format!("{sheet}&on=2025-11-01")).status, 303);
    let last = deeds(&place).pop().unwrap();
    assert_eq!(last["body"]["helped"], serde_json::json!({"by": "Helper, Testham", "on": "2025-11-01"}));
}

#[test]
fn what_a_form_does_not_ask_for_is_not_kept() {
    let (place, server) = talking();
    let vote = server.send("/public/say/home", "", "statement=5&vote=agree&because=statement%2F6");
    assert_eq!(vote.status, 303);
    assert_eq!(deeds(&place).pop().unwrap()["because"], serde_json::json!([]));
}

#[test]
fn two_conversations_of_like_words_are_two_and_one_form_sent_twice_is_one() {
    let (place, server) = talking();
    let clerk = server.sign_in(&place, "Clerk, Testham", "settle");
    let open = |words: &str| {
        let page = get(&server, "/conversations", &clerk).text();
        format!(
            "{}&question={words}&purpose=To+know&closes=2026-12-01",
            form(&page, "/do/conversation", "name=\"purpose\"")
        )
    };
    let (one, other) = (open("What+helps%3F"), open("What+helps%21"));
    let to = |form: &str| server.send("/do/conversation", &clerk, form).header("location").to_owned();
    assert_eq!([to(&one), to(&one)], ["/conversations/what-helps", "/conversations/what-helps"]);
    assert_eq!(to(&other), "/conversations/what-helps-2");
    assert_eq!(to(&open(&escape("ماذا يساعد؟"))), "/conversations/conversation");
    let voices = |voices: &str| {
        let form = format!("{}&perspectives={}", open("Who+speaks%3F"), escape(voices));
        server.send("/do/conversation", &clerk, &form)
    };
    for (wrong, says) in [
        ("Carers 2", "Write a colon between a voice and its share"),
        ("Carers: many", "Write a share as a number"),
        ("Carers: 1\nCarers: 2", "One voice stands here twice"),
    ] {
        let no = voices(wrong);
        assert!(no.status == 400 && no.text().contains(says), "{wrong}: {}", no.text());
    }
    let two = voices("Ward 7: 1\nTeam 2: 0.5\nCarers");
    assert_eq!(two.status, 303, "a name may end in a number: {}", two.text());
    let closes = server.get("/conversations/what-helps").text();
    assert!(closes.contains("its last day is Tuesday 1 December 2026") && !closes.contains("00:00"), "{closes}");
}

#[test]
fn a_facilitator_corrects_moves_and_closes_a_conversation() {
    let (place, server) = talking();
    let clerk = server.sign_in(&place, "Clerk, Testham", "settle,moderate");
    let steer = |with: &str, words: &str| {
        let page = get(&server, "/conversations/home", &clerk).text();
        server.send("/do/steer", &clerk, &format!("{}&{words}", form(&page, "/do/steer", with)))
    };
    let stale = form(&get(&server, "/conversations/home", &clerk).text(), "/do/steer", "name=\"purpose\"");
    assert_eq!(steer("name=\"purpose\"", "purpose=We+answer+each+by+March").status, 303);
    assert!(server.get("/conversations/home").text().contains("We answer each by March"));
    let no = server.send("/do/steer", &clerk, &format!("{stale}&purpose=Another"));
    assert!(no.status == 409 && no.text().contains("Somebody changed this conversation meanwhile"), "{}", no.text());
    assert_eq!(steer("name=\"closes\"", "closes=2027-01-10").status, 303);
    assert!(server.get("/conversations/home").text().contains("10 January 2027"));
    // What was let in is taken out, and translated.
    let page = get(&server, "/conversations/home/moderation", &clerk).text();
    let beside = form(&page, "/do/translate", "name=\"language\"");
    let welsh = format!("{beside}&statement=5&language=cy&text={}", escape("Ni ddylai neb aros am ffurflen"));
    assert_eq!(server.send("/do/translate", &clerk, &welsh).status, 303);
    assert!(
        server
            .get("/public/said")
            .text()
            .contains("In Welsh: <span lang=\"cy\" dir=\"auto\">“Ni ddylai neb aros am ffurflen”")
    );
    let out = form(&page, "/do/moderate", "Take it out");
    assert_eq!(server.send("/do/moderate", &clerk, &format!("{out}&statement=6&reason=")).status, 400);
    assert_eq!(server.send("/do/moderate", &clerk, &format!("{out}&statement=6&reason=It+names+a+nurse")).status, 303);
    let log = server.get("/public/say/home/kept-out").text();
    assert!(log.contains("line 2 was taken out again") && log.contains("It names a nurse"), "{log}");
    assert!(!log.contains("Ring us the day before"));
    // An answer is mended.
    for words in ["The+law+wants+it", "The+law+wanted+it"] {
        let page = get(&server, "/said", &clerk).text();
        let form = form(&page, "/do/answer", if words.contains("wants") { "Answer</button>" } else { "Mend it" });
        let sent = server.send("/do/answer", &clerk, &format!("{form}&statement=5&outcome=declined&answer={words}"));
        assert_eq!(sent.status, 303, "{}", sent.text());
    }
    assert!(server.get("/public/said").text().contains("The law wanted it"));
    assert_eq!(steer("Close it now", "").status, 303);
    assert!(server.get("/public/say/home").text().contains("It is closed now."));
}

#[test]
fn an_appeal_is_ruled_on_by_somebody_else_and_asked_without_script() {
    let (place, server) = talking();
    let clerk = server.sign_in(&place, "Clerk, Testham", "moderate");
    let other = server.sign_in(&place, "Second clerk, Testham", "moderate");
    let page = server.get("/public/say/home").text();
    let say = form(&page, "/public/say/home", "name=\"text\"");
    assert!(page.contains("In English"));
    let device = cookie(&server.send("/public/say/home", "", &format!("{say}&perspective=carers&text=Buy+my+lifts")));
    let waits = |who: &str| get(&server, "/conversations/home/moderation", who).text();
    let rule = |who: &str, words: &str| {
        // The form of the other one, who may always decide.
        server.send("/do/moderate", who, &format!("{}&{words}", form(&waits(&other), "/do/moderate", "Decide")))
    };
    assert_eq!(rule(&clerk, "ruling=out&reason=It+sells+something").status, 303);
    let mine = get(&server, "/public/say/home", &device).text();
    let again = form(&mine, "/public/say/home", "Ask us to look again");
    assert_eq!(server.send("/public/say/home", &device, &format!("{again}&words=The+NHS+lends+them")).status, 303);
    assert!(
        waits(&clerk).contains("Its author asks again") && !waits(&clerk).contains("Let it in"),
        "not a form to refuse"
    );
    let no = rule(&clerk, "ruling=in");
    assert!(no.status == 403 && no.text().contains("somebody else decides now"), "{}", no.text());
    assert_eq!(rule(&other, "ruling=in").status, 303);
    let log = server.get("/conversations/home/moderation.csv").text();
    assert_eq!(log.lines().count(), 4, "kept out, asked again, let in, each in its row: {log}");
}

#[test]
fn the_public_reads_true_totals_page_by_page_and_a_small_page_where_there_is_none() {
    let (place, server) = talking();
    let said: Vec<String> = (0..98)
        .flat_map(|n| {
            let seq = 13 + 2 * n;
            [
                format!(r#"{{"at": "2025-11-03T09:10:00Z", "who": "voter/{n:016x}", "act": {{"act": "statement", "conversation": "home", "text": "Number {n} of many", "perspective": "carers"}}}}"#),
                format!(r#"{{"at": "2025-11-03T09:10:00Z", "who": "Clerk, Testham", "act": {{"act": "moderation", "statement": {seq}, "ruling": "in"}}}}"#),
            ]
        })
        .chain([
            r#"{"at": "2025-11-04T09:10:00Z", "who": "Clerk, Testham", "because": ["line/home"], "act": {"act": "answer", "statement": 5, "answer": "adopted"}}"#.to_owned(),
            r#"{"at": "2025-11-04T09:11:00Z", "who": "Clerk, Testham", "act": {"act": "moderation", "statement": 13, "ruling": {"same-as": 5}}}"#.to_owned(),
        ])
        .collect();
    let file = place.write("many.jsonl", said.join("\n"));
    place.run("say", &[&file]).well();
    let server_again = Server::of(place.path("").to_str().unwrap(), &[]);
    let first = server_again.get("/public/said").text();
    assert!(first.contains("So far 1 of 100 have one."), "{first}");
    assert!(
        first.contains("We said yes.") && !first.contains("We did it."),
        "a line of the story is a yes, and no deed"
    );
    assert!(first.contains("/public/said?page=2") && first.len() < 50_000);
    let pages: Vec<String> = (1..=3).map(|n| server_again.get(&format!("/public/said?page={n}")).text()).collect();
    assert_eq!(pages.iter().map(|page| page.matches("<blockquote>").count()).sum::<usize>(), 100);
    for page in [&first, &server_again.get("/public/say").text(), &server_again.get("/public/say/home").text()] {
        for link in ["\"/public\"", "\"/public/story\"", "\"/public/say\"", "\"/public/said\"", "\"/public/decisions\""]
        {
            assert!(page.contains(&format!("href={link}")), "{link}");
        }
    }
    for nothing in ["/public/nothing", "/public/say/nowhere", "/public/say/home/more", "/public/say/staff"] {
        let reply = server.get(nothing);
        assert_eq!(reply.status, 404, "{nothing}");
        assert!(reply.text().contains("We do not have this page") && reply.text().len() < 6_000, "{nothing}");
    }
    assert_eq!(Server::of(Place::new().path("").to_str().unwrap(), &[]).get("/conversations.csv").status, 200);
}

#[test]
fn an_example_from_elsewhere_is_counted_apart_and_comes_back_from_its_files_with_the_same_groups() {
    let (place, _) = talking();
    let mut votes = "participant,statement,vote\n".to_owned();
    for person in 0..30 {
        for statement in 0..8 {
            votes += &format!("{person}.0,{statement},{}\n", if (person + statement) % 3 == 0 { "-1.0" } else { "1" });
        }
    }
    let (votes, statements) = (place.write("votes.csv", votes), place.write(
        "comments.csv",
        "comment-id,author-id,moderated,comment-body\n0,1,1,One\n1,1,1,Two\n2,1,0,Three\n3,1,1,Four\n4,1,1,Five\n5,1,1,Six\n6,1,1,Seven\n7,1,-1,Out of order\n",
    ));
    let at = place.path("");
    let at = at.to_str().unwrap();
    let done = catchment(&["talk", "import", at, "buses", &votes, &statements, "--question", "What of buses?"]).well();
    assert!(done.out.contains("240"), "votes on what was taken out are in: {}", done.out);
    let server = Server::of(at, &[]);
    assert!(
        !server.get("/said.json").text().contains("Three") && !server.get("/public/say.json").text().contains("buses")
    );
    let page = server.get("/conversations/buses").text();
    assert!(page.contains("an example from elsewhere") && !page.contains("Every statement will be"), "{page}");
    let folder = place.path("polis");
    catchment(&["talk", "export", at, "buses", "-o", folder.to_str().unwrap()]).well();
    let comments = std::fs::read_to_string(folder.join("comments.csv")).unwrap();
    assert!(
        !comments.contains("Out of order") && comments.contains("It was moderated out where it was said"),
        "{comments}"
    );
    let votes = std::fs::read_to_string(folder.join("votes.csv")).unwrap();
    assert_eq!(votes.lines().count(), 241);
    catchment(&["talk", "export", at, "home", "-o", folder.to_str().unwrap()]).well();
    let page = server.get("/public/say/home").text();
    let say = form(&page, "/public/say/home", "name=\"text\"");
    server.send("/public/say/home", "", &format!("{say}&perspective=carers&text=Nobody+has+read+me"));
    catchment(&["talk", "export", at, "home", "-o", folder.to_str().unwrap()]).well();
    let comments = std::fs::read_to_string(folder.join("comments.csv")).unwrap();
    let unread = comments.lines().last().unwrap();
    assert!(
        unread.contains(",0,,") && unread.contains("Nobody has read it yet") && !comments.contains("read me"),
        "{comments}"
    );
}

#[test]
fn what_was_exported_comes_in_again_whole_with_all_its_votes() {
    let (place, _) = talking();
    let mut votes = "participant,statement,vote\n".to_owned();
    for person in 0..30 {
        (0..6).for_each(|statement| votes += &format!("{person},{statement},{}\n", person % 2 * 2 - 1));
    }
    let long = "So long that no form of ours takes it. ".repeat(8);
    // two are kept out, two say the same, none has an author
    let statements =
        format!("comment-id,moderated,comment-body\n0,1,One\n1,1,One\n2,1,{long}\n3,-1,Bad\n4,-1,Worse\n5,1,Six\n");
    let files = [place.write("votes.csv", votes), place.write("comments.csv", statements)];
    let at = place.path("");
    let at = at.to_str().unwrap();
    let mut before: Option<(Vec<String>, usize)> = None;
    let mut files = files.to_vec();
    for id in ["first", "second", "third"] {
        let mut words = vec!["talk", "import", at, id];
        words.extend(files.iter().map(String::as_str));
        words.extend(["--question", "What of buses?"]);
        let done = catchment(&words).well();
        assert!(done.out.contains("180") && !done.err.contains("not taken in"), "{}{}", done.out, done.err);
        let folder = place.path(id);
        catchment(&["talk", "export", at, id, "-o", folder.to_str().unwrap()]).well();
        files = ["votes.csv", "comments.csv"].map(|name| folder.join(name).to_str().unwrap().to_owned()).to_vec();
        let read = |file: &String| std::fs::read_to_string(file).unwrap();
        // all but the numbers, which are places in the Ledger
        let told = |row: &str| row.split(',').skip(3).collect::<Vec<_>>().join(",");
        let now = (read(&files[1]).lines().skip(1).map(told).collect(), read(&files[0]).lines().count());
        assert!(before.is_none_or(|before| before == now), "{now:?}");
        before = Some(now);
    }
    let (statements, votes) = before.unwrap();
    assert_eq!((statements.len(), votes), (6, 181));
    assert!(statements.iter().any(|row| row.contains(long.trim())), "{statements:?}");
}

#[test]
fn a_surge_of_newcomers_is_said_openly() {
    let (_place, server) = voted_by(70);
    let words = "voted here for the first time";
    for page in ["/conversations/home", "/conversations/home/moderation", "/public/say/home"] {
        assert!(server.get(page).text().contains(words), "{page}");
    }
    assert!(!voted_by(40).1.get("/public/say/home").text().contains(words));
}

#[test]
fn nothing_to_count_is_a_fault_with_the_way_out() {
    let place = Place::new();
    for text in ["", "[]", "participant,statement,vote\n"] {
        let said = catchment(&["opinion", "--json", &place.write("none.csv", text)]);
        assert!(!said.ok && said.err.contains("docs/opinion.md"), "{text}: {}{}", said.out, said.err);
    }
    let floats = place.write("votes.csv", "participant,statement,vote\n1.0,2.0,1.0\n2.0,2.0,-1.0\n");
    assert!(catchment(&["opinion", "--json", &floats]).well().out.contains("\"votes\": 2"));
}
