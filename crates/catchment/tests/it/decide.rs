//! A question from asked to reviewed, over HTTP, by those who may and those who may not.

use crate::http::{Reply, Server, folder};
use crate::place::{CREWS_HEAD, Place, VISITS_HEAD, catchment};
use serde_json::Value;

const SCHEME: &str = r#"{"at": "2025-01-06T09:00:00Z", "who": "Governance lead", "act": {"act": "scheme", "body": [{"id": "board", "name": "Urgent Care Board", "level": "place", "from": "2023-04-01"}, {"id": "icb", "name": "Integrated Care Board", "level": "system", "from": "2022-07-01"}], "seat": [{"id": "hospital", "body": "board", "role": "Chief operating officer, Testham Hospital", "perspective": "acute", "from": "2023-04-01"}, {"id": "care", "body": "board", "role": "Director of adult social care", "perspective": "social care", "from": "2023-04-01"}, {"id": "gp", "body": "board", "role": "Clinical director, practices", "perspective": "primary care", "from": "2023-04-01"}], "duty": [{"id": "leaving", "name": "Money to help people leave hospital", "held_by": "icb", "from": "2022-07-01"}], "delegation": [{"duty": "leaving", "by": "icb", "to": "board", "up_to": 100000, "from": "2023-04-01"}]}}
"#;
const MARCH: &str = "2025-03-03T10:00:00Z";

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

/// A place with a scheme of delegation and records of its first weeks of this year, in these months.
fn place(months: std::ops::Range<usize>) -> Place {
    let place = Place::new();
    add(&place, months, "first");
    let scheme = place.write("scheme.jsonl", SCHEME);
    place.run("say", &[&scheme]).well();
    place
}

fn add(place: &Place, months: std::ops::Range<usize>, name: &str) {
    let days = || months.clone().flat_map(|month| (1..=28).map(move |day| format!("2025-{month:02}-{day:02}")));
    let visits: String =
        days().map(|day| format!("{day},p{day},,Aa,1950-01-01,QR1 1AB,ED,{day} 10:20,{day} 13:10\n")).collect();
    let crews: String =
        days().map(|day| format!("{day},p{day},,1950-01-01,{day} 09:14,{day} 10:02,{day} 10:20\n")).collect();
    let visits = place.write(&format!("in/visits-{name}.csv"), format!("{VISITS_HEAD}{visits}"));
    let crews = place.write(&format!("in/crews-{name}.csv"), format!("{CREWS_HEAD}{crews}"));
    place.run("add", &[&visits, &crews]).well();
}

struct Room<'p> {
    place: &'p Place,
    server: Server,
    chair: String,
}

impl Room<'_> {
    fn of<'p>(place: &'p Place, now: &str) -> Room<'p> {
        let server = Server::at(&folder(place), now);
        let chair = server.sign_in(place, "Clerk to the board", "notes,settle");
        Room { place, server, chair }
    }

    fn seat(&self, seat: &str) -> String {
        let name = format!("Member for {seat}");
        self.server.let_in(&self.place.run("allow", &[&name, "--may", "notes", "--seat", seat]).well())
    }

    fn send(&self, kind: &str, cookie: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("to", to)];
        all.extend(fields);
        self.server.send(&format!("/do/{kind}"), cookie, &form(&all))
    }

    #[track_caller]
    fn well(&self, kind: &str, cookie: &str, to: &str, fields: &[(&str, &str)]) -> String {
        let reply = self.send(kind, cookie, to, fields);
        assert_eq!(reply.status, 303, "{kind}: {}", words(&reply.text()));
        reply.header("location").to_owned()
    }

    fn ask(&self, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("question", "How do we help people leave hospital?"),
            ("options", "Go where the wait is: money follows days waiting\nShare by population"),
            ("body", "board"),
            ("duty", "leaving"),
            ("pounds", "90,000"),
            ("level", "place"),
            ("why_not_lower", "Both hospitals serve every neighbourhood"),
            ("must_be_heard", "patients"),
            ("rule", "consent"),
            ("why_this_rule", "All of us have to carry it out"),
            ("closes", "2025-03-10"),
        ];
        fields.retain(|field| !more.iter().any(|other| other.0 == field.0));
        fields.extend(more);
        self.well("question", &self.chair, "/decisions", &fields)
    }

    fn stand(&self, cookie: &str, page: &str, position: &str, reason: &str) -> Reply {
        let id = page.trim_start_matches("/decisions/");
        let draft = self.wording_seen(cookie, page);
        let option = ("option", "go-where-the-wait-is");
        let from = ("from", "stands");
        let fields = [("question", id), option, ("position", position), ("reason", reason), ("draft", &draft), from];
        self.send("stand", cookie, page, &fields)
    }

    /// The wording that a form of this page is about.
    fn wording_seen(&self, cookie: &str, page: &str) -> String {
        let text = self.server.ask("GET", page, &[("Cookie", cookie)], "").text();
        let kept = text.split("name=\"draft\" value=\"").nth(1);
        kept.map_or_else(|| "0".to_owned(), |rest| rest.split('"').next().unwrap().to_owned())
    }

    fn rank(&self, cookie: &str, page: &str, ranks: &[(&str, &str)]) -> Reply {
        let id = page.trim_start_matches("/decisions/");
        self.send("stand", cookie, page, &[&[("question", id), ("draft", "0"), ("from", "stands")], ranks].concat())
    }

    fn public(&self, page: &str) -> Value {
        self.server.get(&format!("/public{page}.json")).json()
    }

    /// A wording with all that is needed, whose stop rule rings on any value of a measure.
    fn wording(&self, page: &str, measure: &str) {
        self.words(page, measure, "Spend the money where the wait is longest");
    }

    fn words(&self, page: &str, measure: &str, we_will: &str) {
        let id = page.trim_start_matches("/decisions/");
        let fields = [
            ("question", id),
            ("we_will", we_will),
            ("chosen", "go-where-the-wait-is"),
            ("because", "It helps those who wait longest"),
            ("who_may_lose", "Places that did the work early"),
            ("what_we_do", "No place gets less than it spends now"),
            ("expect", measure),
            ("from", "20"),
            ("expected", "10"),
            ("low", "5"),
            ("high", "15"),
            ("by", "2025-06-30"),
            ("stop", measure),
            ("when", "above"),
            ("bar", "-1"),
            ("periods", "2"),
            ("owner", "Head of home care"),
            ("review_on", "2025-07-01"),
        ];
        self.well("draft", &self.chair, page, &fields);
    }
}

/// What a page says, without its tags.
fn words(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |part| part.1)).collect()
}

/// A measure of the place that has a value each week.
fn measure(place: &Place) -> String {
    let known = place.sql("select measure from series where level = 'system' and grain = 'week' and value is not null group by measure having count(*) >= 6 order by measure limit 1");
    assert!(!known.is_empty(), "no measure has weeks");
    known
}

fn table<'v>(view: &'v Value, id: &str) -> &'v Vec<Value> {
    let all = view["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap());
    let found = all.filter(|table| table["id"] == id).collect::<Vec<_>>();
    found.first().unwrap_or_else(|| panic!("no table {id}"))["rows"].as_array().unwrap()
}

#[test]
fn a_member_weighs_objects_with_a_reason_sees_it_adopted_and_the_decision_is_recorded_for_good() {
    let place = place(1..3);
    let measure = measure(&place);
    let room = Room::of(&place, MARCH);
    let page = room.ask(&[]);
    assert_eq!(page, "/decisions/how-do-we-help-people-leave-hospital");
    let id = page.trim_start_matches("/decisions/").to_owned();
    let (hospital, care, gp) = (room.seat("hospital"), room.seat("care"), room.seat("gp"));

    // What nobody may who is not let.
    assert_eq!(room.send("question", "", "/decisions", &[]).status, 403);
    assert_eq!(room.stand(&room.chair, &page, "supports", "").status, 403, "the clerk has no seat");
    assert!(!room.server.get(&page).text().contains("action=\"/do/"), "a reader who is not signed in is asked nothing");

    // A concern needs its reason; what was written stays.
    let refused = room.stand(&care, &page, "concern", "");
    assert_eq!(refused.status, 400);
    let text = refused.text();
    assert!(text.contains("Say why, so that the others can answer it") && text.contains("id=\"stand-reason-error\""));
    let radios: Vec<&str> = text.split("<input").filter(|part| part.contains("value=\"concern\"")).collect();
    assert!(radios.iter().any(|radio| radio.split('>').next().unwrap().contains("checked")), "{radios:?}");
    let concern = "It moves the wait to us";
    assert_eq!(room.stand(&care, &page, "concern", concern).status, 303);
    assert_eq!(room.stand(&hospital, &page, "supports", "").status, 303);
    assert!(words(&room.server.get(&page).text()).contains(concern));

    // What a choice would do is said by a page that opens.
    let effect = [
        ("question", id.as_str()),
        ("option", "go-where-the-wait-is"),
        ("whom", "all"),
        ("measure", measure.as_str()),
        ("expected", "-2"),
        ("low", "-3"),
        ("high", "-1"),
        ("better", "lower"),
        ("evidence", "/nowhere"),
    ];
    let refused = room.send("effect", &room.chair, &page, &effect);
    assert!(refused.status == 400 && words(&refused.text()).contains("There is no page /nowhere here"));

    // Nothing is recorded that is not whole.
    let record = |room: &Room| room.send("record", &room.chair, &page, &[("question", &id)]);
    assert_eq!(record(&room).status, 400, "nothing is written yet");
    room.wording(&page, &measure);
    let refused = record(&room);
    assert_eq!(refused.status, 400);
    let said = words(&refused.text());
    assert!(said.contains("every perspective that must be heard"), "{said}");
    assert!(!room.server.ask("GET", &page, &[("Cookie", &room.chair)], "").text().contains("Record this decision"));

    // The concern is heard and adopted, and so is the voice that had to be.
    let heard = [("question", id.as_str()), ("perspective", "social care"), ("said", concern), ("answer", "adapted")];
    let how = "A floor: no place gets less than it spends now";
    let no_reason = room.send("heard", &room.chair, &page, &heard);
    assert!(no_reason.status == 400 && no_reason.text().contains("id=\"heard-how-error\""));
    room.well("heard", &room.chair, &page, &[&heard[..], &[("how", how)]].concat());
    let patients =
        [("question", id.as_str()), ("perspective", "patients"), ("said", "Ask us first"), ("answer", "adopted")];
    room.well("heard", &room.chair, &page, &patients);
    let view = room.server.get(&format!("{page}.json")).json();
    let rows = table(&view, "heard");
    assert!(
        rows.iter().any(|row| row["voice"] == "Social care" && row["answer"] == format!("Adapted: {how}").as_str()),
        "{rows:?}"
    );

    // By consent an open concern stands in the way; once it is met the member says so.
    let refused = record(&room);
    assert_eq!(refused.status, 400);
    assert!(words(&refused.text()).contains("care objects"), "{}", words(&refused.text()));
    assert_eq!(room.stand(&care, &page, "can-live-with", "").status, 303);
    let refused = words(&record(&room).text());
    assert!(refused.contains("of an earlier wording, and not yet of this one: hospital"), "{refused}");
    assert_eq!(room.stand(&hospital, &page, "supports", "").status, 303);
    let early = record(&room);
    assert!(
        early.status == 410 && words(&early.text()).contains("every seat has spoken: gp"),
        "the close has not come"
    );
    assert_eq!(room.stand(&gp, &page, "supports", "").status, 303);
    assert_eq!(record(&room).status, 303);

    // From here on nothing can change it.
    let before = room.server.get(&format!("/public/decisions/{id}.json")).text();
    for (kind, cookie, fields) in [
        ("draft", &room.chair, vec![("question", id.as_str()), ("we_will", "Do something else")]),
        (
            "stand",
            &care,
            vec![
                ("question", id.as_str()),
                ("option", "go-where-the-wait-is"),
                ("position", "concern"),
                ("reason", "Too late"),
            ],
        ),
        (
            "heard",
            &room.chair,
            vec![("question", id.as_str()), ("perspective", "public"), ("said", "No"), ("answer", "adopted")],
        ),
        ("record", &room.chair, vec![("question", id.as_str())]),
    ] {
        assert_eq!(room.send(kind, cookie, &page, &fields).status, 410, "{kind}");
    }
    assert_eq!(room.server.get(&format!("/public/decisions/{id}.json")).text(), before);
    let record: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(record["record"]["settled"]["rule"], "consent");
    assert_eq!(
        record["record"]["authority"],
        "Urgent Care Board, up to £100000, by delegation of Integrated Care Board"
    );

    let how = record["how"].to_string();
    assert!(how.contains("2 for “Go where the wait is”, 1 can live with “Go where the wait is”"), "{how}");
    // Nobody tried what the choices would do: the record says so, and no stage is called done that was not.
    assert_eq!(record["not_tried"].as_array().unwrap().len(), 2, "{}", record["not_tried"]);
    let said = words(&room.server.get(&page).text());
    assert!(said.contains("Tried, not done") && said.contains("“Share by population”: never tried"), "{said}");

    // Everybody reads it: small, without script, at its own address.
    for address in ["/public/decisions".to_owned(), format!("/public/decisions/{id}")] {
        let public = room.server.get(&address);
        let text = public.text();
        assert_eq!((public.status, public.header("set-cookie")), (200, ""), "{address}");
        assert!(text.len() < 50_000 && !text.contains("<script") && !text.contains("http"), "{address}");
        assert!(
            words(&text).contains("spend the money where the wait is longest")
                || words(&text).contains("Spend the money"),
            "{address}"
        );
    }
    assert_eq!(room.server.get("/public/decisions/nothing").status, 404);
    assert!(
        words(&room.server.get("/").text()).contains("How do we help people leave hospital?"),
        "home says what was agreed"
    );

    // A review lays what came beside what was expected, and not before its day.
    let review = |room: &Room| room.send("review", &room.chair, &page, &[("question", &id), ("words", "It came")]);
    let early = review(&room);
    assert!(early.status == 410 && words(&early.text()).contains("Its review day is 1 July 2025"), "{}", early.status);
    drop(room);
    let room = Room::of(&place, "2025-07-02T10:00:00Z");
    assert_eq!(review(&room).status, 303);
    assert!(words(&room.server.get(&page).text()).contains("It came"));
}

#[test]
fn three_seats_put_choices_in_order_and_the_best_is_recorded_by_schulze() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let page = room.ask(&[("rule", "schulze"), ("must_be_heard", "")]);
    let id = page.trim_start_matches("/decisions/").to_owned();
    let (go, share) = ("rank-go-where-the-wait-is", "rank-share-by-population");
    let [hospital, care, gp] = ["hospital", "care", "gp"].map(|seat| room.seat(seat));
    let twice = room.rank(&hospital, &page, &[(go, "1"), (share, "1")]);
    assert!(twice.status == 400 && words(&twice.text()).contains("Two choices have one place"));
    for (seat, ranks) in
        [(&hospital, [(go, "1"), (share, "2")]), (&care, [(go, "2"), (share, "1")]), (&gp, [(go, "1"), (share, "")])]
    {
        assert_eq!(room.rank(seat, &page, &ranks).status, 303);
    }
    room.wording(&page, &measure(&place));
    room.well("record", &room.chair, &page, &[("question", &id)]);
    let public = room.public(&page);
    assert_eq!(public["record"]["settled"]["outcome"], "chosen: go-where-the-wait-is");
    assert!(public["how"].to_string().contains("Chosen: “Go where the wait is”."), "{}", public["how"]);
}

#[test]
fn a_tie_that_a_lot_settled_is_told_and_the_winner_is_there_before_anybody_drafts() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let page = room.ask(&[("rule", "schulze"), ("must_be_heard", ""), ("quorum", "2")]);
    let (go, share) = ("rank-go-where-the-wait-is", "rank-share-by-population");
    for (seat, ranks) in [("hospital", [(go, "1"), (share, "2")]), ("care", [(go, "2"), (share, "1")])] {
        assert_eq!(room.rank(&room.seat(seat), &page, &ranks).status, 303);
    }
    assert!(!words(&room.server.get(&page).text()).contains("the lot chose"), "not before the close");
    drop(room);
    let room = Room::of(&place, "2025-03-12T10:00:00Z");
    let said = words(&room.server.get(&page).text());
    assert!(said.contains("It was a tie between A and B: the lot chose."), "{said}");
    let id = page.trim_start_matches("/decisions/").to_owned();
    let chosen = if said.contains("Chosen: A.") { "go-where-the-wait-is" } else { "share-by-population" };
    let fields = [
        ("question", id.as_str()),
        ("we_will", "Do what the lot chose"),
        ("chosen", chosen),
        ("because", "It was a tie"),
        ("who_may_lose", "Nobody, because both were as good"),
        ("what_we_do", "We look again"),
        ("expect", &measure(&place)),
        ("from", "20"),
        ("expected", "10"),
        ("low", "5"),
        ("high", "15"),
        ("by", "2025-06-30"),
        ("stop", &measure(&place)),
        ("when", "above"),
        ("bar", "1000"),
        ("periods", "2"),
        ("owner", "Head of home care"),
        ("review_on", "2025-07-01"),
    ];
    room.well("draft", &room.chair, &page, &fields);
    room.well("record", &room.chair, &page, &[("question", &id)]);
    let how = room.public(&page)["how"].to_string();
    assert!(
        how.contains("It was a tie between “Go where the wait is” and “Share by population”: the lot chose."),
        "{how}"
    );
}

#[test]
fn all_who_are_chosen_by_the_single_transferable_vote_stand_in_the_record() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let page = room.ask(&[("rule", "transferable"), ("seats", "2"), ("must_be_heard", "")]);
    let id = page.trim_start_matches("/decisions/").to_owned();
    let (go, share) = ("rank-go-where-the-wait-is", "rank-share-by-population");
    for (seat, ranks) in [
        ("hospital", [(go, "1"), (share, "2")]),
        ("care", [(go, "2"), (share, "1")]),
        ("gp", [(go, "1"), (share, "2")]),
    ] {
        assert_eq!(room.rank(&room.seat(seat), &page, &ranks).status, 303);
    }
    room.wording(&page, &measure(&place));
    room.well("record", &room.chair, &page, &[("question", &id)]);
    let record = &room.public(&page)["record"];
    assert_eq!(
        (&record["chosen"], &record["also"][0]),
        (&"go-where-the-wait-is".into(), &"share-by-population".into())
    );
}

#[test]
fn a_secret_majority_counts_neither_the_vote_of_an_interest_nor_tells_whose_the_others_are() {
    let place = place(1..3);
    let page = {
        let room = Room::of(&place, MARCH);
        let fields = [
            ("question", "In secret?"),
            ("options", "Yes"),
            ("body", "board"),
            ("duty", "leaving"),
            ("why_not_lower", "x"),
            ("rule", "consent"),
            ("why_this_rule", "x"),
            ("sealed", "secret"),
            ("closes", "2025-03-10"),
        ];
        let refused = room.send("question", &room.chair, "/decisions", &fields);
        assert!(
            refused.status == 400 && words(&refused.text()).contains("votes keep their names"),
            "an objection wants an answer"
        );
        let page = room.ask(&[("rule", "majority"), ("sealed", "secret"), ("must_be_heard", "")]);
        let id = page.trim_start_matches("/decisions/").to_owned();
        let care = room.seat("care");
        assert_eq!(room.stand(&care, &page, "concern", "These are my own words").status, 303);
        for seat in ["hospital", "gp"] {
            assert_eq!(room.stand(&room.seat(seat), &page, "supports", "").status, 303);
        }
        let interest = [
            ("question", id.as_str()),
            ("kind", "financial"),
            ("what", "We would be paid"),
            ("handled", "did-not-vote"),
        ];
        room.well("interest", &care, &page, &interest);
        assert_eq!(room.stand(&care, &page, "concern", "").status, 403, "an interest keeps it from voting");
        let forged = place.write("forged.jsonl", format!("{{\"who\": \"Catchment\", \"act\": {{\"act\": \"opened\", \"question\": \"{id}\", \"voted\": [], \"papers\": []}}}}\n"));
        assert!(!place.run("say", &[&forged]).ok, "nobody but the machine opens votes");
        let lengths: std::collections::BTreeSet<usize> = place
            .ledger()
            .well()
            .out
            .lines()
            .filter(|line| line.contains("\"sealed\":\""))
            .map(|line| line.split("\"sealed\":\"").nth(1).unwrap().find('"').unwrap())
            .collect();
        assert_eq!(
            lengths.into_iter().filter(|length| *length > 100).count(),
            1,
            "every sealed vote is as long as any other"
        );
        page
    };
    let id = page.trim_start_matches("/decisions/").to_owned();
    let room = Room::of(&place, "2025-03-11T10:00:00Z");
    wait(&room.server, &format!("{page}.json"), |_| place.ledger().well().out.contains("\"opened\""));
    let shown = words(&room.server.get(&page).text());
    assert!(shown.contains("2 votes were opened") && shown.contains("2 support A"), "{shown}");
    let ledger = place.ledger().well().out;
    let opened = ledger.lines().find(|line| line.contains("\"opened\"")).unwrap();
    assert!(!opened.contains("acute") && !opened.contains("perspective") && !opened.contains("own words"), "{opened}");
    let late = [("question", id.as_str()), ("kind", "financial"), ("what", "Us too"), ("handled", "did-not-vote")];
    assert_eq!(room.send("interest", &room.seat("gp"), &page, &late).status, 410);
    room.wording(&page, &measure(&place));
    room.well("record", &room.chair, &page, &[("question", &id)]);
    assert_eq!(room.public(&page)["record"]["settled"]["outcome"], "passed");
}

#[test]
fn an_objection_is_made_answered_taken_into_the_wording_and_agreed_by_forms_alone() {
    let place = place(1..3);
    let measure = measure(&place);
    let room = Room::of(&place, MARCH);
    let page = room.ask(&[("must_be_heard", "")]);
    let id = page.trim_start_matches("/decisions/").to_owned();
    let [hospital, care, gp] = ["hospital", "care", "gp"].map(|seat| room.seat(seat));
    room.words(&page, &measure, "Spend the money where the wait is longest");
    let card = room.server.ask("GET", &page, &[("Cookie", &care)], "").text();
    for act in ["Agree this wording", "I can live with it", "I have a concern", "Suggest a change of wording"] {
        assert!(card.contains(act), "{act}");
    }
    let says = |cookie: &str, position: &str, reason: &str| {
        let draft = room.wording_seen(cookie, &page);
        let fields = [
            ("question", id.as_str()),
            ("option", "go-where-the-wait-is"),
            ("position", position),
            ("reason", reason),
            ("draft", &draft),
            ("from", "wording"),
        ];
        room.well("stand", cookie, &page, &fields)
    };
    assert!(says(&hospital, "supports", "").ends_with("#wording"));
    says(&gp, "can-live-with", "");
    let draft = room.wording_seen(&care, &page);
    let bare = [
        ("question", id.as_str()),
        ("option", "go-where-the-wait-is"),
        ("position", "concern"),
        ("draft", &draft),
        ("from", "wording"),
    ];
    let refused = room.send("stand", &care, &page, &bare);
    assert!(
        refused.status == 400 && refused.text().contains("id=\"wording-concern-reason-error\""),
        "said at its field"
    );
    says(&care, "concern", "It moves the wait to us");
    // The clerk answers it, and writes the wording that follows.
    let asked = room.server.ask("GET", &page, &[("Cookie", &room.chair)], "").text();
    assert!(words(&asked).contains("Answer the objection of Director of adult social care"));
    let answer =
        [("question", id.as_str()), ("member", "care"), ("option", "go-where-the-wait-is"), ("answer", "adapted")];
    assert_eq!(room.send("objection", &room.chair, &page, &answer).status, 400, "how?");
    room.well("objection", &room.chair, &page, &[&answer[..], &[("how", "A floor for every place")]].concat());
    room.words(&page, &measure, "Spend the money where the wait is longest, with a floor for every place");
    let shown = room.server.get(&format!("{page}.json")).json();
    assert!(table(&shown, "heard").iter().any(|row| row["answer"] == "Adapted: A floor for every place"), "{shown}");
    let stands = table(&shown, "stands");
    assert_eq!(
        stands.iter().filter(|row| row["note"].as_str().unwrap().contains("Of an earlier wording")).count(),
        3,
        "{stands:?}"
    );
    let record = || room.send("record", &room.chair, &page, &[("question", &id)]);
    assert!(words(&record().text()).contains("of an earlier wording, and not yet of this one: care, gp, hospital"));
    for seat in [&hospital, &care, &gp] {
        says(seat, "supports", "");
    }
    assert_eq!(record().status, 303);
    let public = room.public(&page);
    assert_eq!(public["record"]["we_will"], "Spend the money where the wait is longest, with a floor for every place");
    // What was heard may be left out of what is published, and it is said that it was.
    room.well(
        "redact",
        &room.chair,
        &page,
        &[("question", &id), ("field", "heard/social care"), ("reason", "It names a firm")],
    );
    let public = room.public(&page).to_string();
    assert!(
        !public.contains("It moves the wait to us") && public.contains("not published: It names a firm"),
        "{public}"
    );
}

#[test]
fn a_question_is_put_once_corrected_and_withdrawn_until_somebody_has_stood() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let once = ("once", "0123456789abcdef0123456789abcdef");
    let page = room.ask(&[once]);
    assert_eq!(room.ask(&[once]), page, "a form that is sent twice asks one question");
    let id = page.trim_start_matches("/decisions/").to_owned();
    let other = room.ask(&[]);
    assert_ne!(other, page, "two who ask the same words ask two questions");
    room.well("choice", &room.chair, &page, &[("question", &id), ("title", "Buy beds")]);
    let again = room.send("choice", &room.chair, &page, &[("question", &id), ("title", "buy beds")]);
    assert!(again.status == 400, "two choices of one name");
    let html = room.server.ask("GET", &page, &[("Cookie", &room.chair)], "").text();
    let parent = html.split("name=\"parent\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [
        ("question", id.as_str()),
        ("parent", &parent),
        ("words", "How do we help people home?"),
        ("why_not_lower", "x"),
        ("why_this_rule", "y"),
        ("closes", "2025-03-30"),
    ];
    room.well("correct", &room.chair, &page, &fields);
    let shown = words(&room.server.get(&page).text());
    assert!(
        shown.contains("How do we help people home?")
            && shown.contains("Buy beds")
            && shown.contains("Corrected on 3 March 2025"),
        "{shown}"
    );
    // Clocks go forward on that day, and five in the afternoon is five all the same.
    assert!(shown.contains("30 March 2025 at 5pm"), "{shown}");
    assert_eq!(room.send("correct", &room.chair, &page, &fields).status, 409, "somebody has changed it since");
    assert_eq!(room.stand(&room.seat("gp"), &page, "supports", "").status, 303);
    let html = room.server.ask("GET", &other, &[("Cookie", &room.chair)], "").text();
    let parent = html.split("name=\"parent\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let own = other.trim_start_matches("/decisions/");
    room.well(
        "withdraw",
        &room.chair,
        &other,
        &[("question", own), ("parent", &parent), ("reason", "It was asked twice")],
    );
    assert_eq!(room.stand(&room.seat("gp"), &other, "supports", "").status, 410);
    assert!(words(&room.server.get("/decisions").text()).contains("It was asked twice"));
}

#[test]
fn the_scheme_says_who_may_settle_what() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let asked = |pounds: &str| words(&room.server.get(&format!("/decisions?duty=leaving&pounds={pounds}")).text());
    assert!(asked("90000").contains("Urgent Care Board, up to £100,000, by delegation of Integrated Care Board"));
    let beyond = asked("100001");
    assert!(
        !beyond.contains("Urgent Care Board, up to") && beyond.contains("Integrated Care Board, who holds the duty")
    );
    assert!(asked("much").contains("Write an amount, such as 250000"));
    let fields = [
        ("question", "Too much for us?"),
        ("options", "Yes"),
        ("body", "board"),
        ("duty", "leaving"),
        ("pounds", "100001"),
        ("level", "place"),
        ("why_not_lower", "x"),
        ("rule", "consent"),
        ("why_this_rule", "x"),
        ("closes", "2025-03-10"),
    ];
    let refused = room.send("question", &room.chair, "/decisions", &fields);
    let text = refused.text();
    assert_eq!(refused.status, 403);
    assert!(
        words(&text).contains("Integrated Care Board, who holds the duty")
            && text.contains("value=\"Too much for us?\"")
    );
    // Its dates make sense, or it is said at the field.
    let closed = [("closes", "2025-03-02")];
    let fields: Vec<_> =
        fields.iter().filter(|f| !["closes", "pounds"].contains(&f.0)).chain(&closed).copied().collect();
    let refused = room.send("question", &room.chair, "/decisions", &fields);
    assert!(refused.status == 400 && refused.text().contains("id=\"question-closes-error\""));
    assert_eq!(room.server.get("/decisions.json").status, 200);
    assert!(place.ledger().well().out.lines().count() == 1, "nothing was written");
}

#[test]
fn nobody_reads_a_sealed_vote_before_its_close() {
    let place = place(1..3);
    let said = "Nobody should know this yet";
    let (page, id) = {
        let room = Room::of(&place, MARCH);
        let page = room.ask(&[("sealed", "named")]);
        let id = page.trim_start_matches("/decisions/").to_owned();
        let care = room.seat("care");
        assert_eq!(room.stand(&care, &page, "concern", "").status, 400, "also under a seal a concern needs its reason");
        assert_eq!(room.stand(&care, &page, "concern", said).status, 303);
        assert_eq!(room.stand(&room.seat("hospital"), &page, "supports", "").status, 303);
        let shown = words(&room.server.get(&page).text());
        assert!(shown.contains("2 of 3 have voted") && shown.contains("sealed until"), "{shown}");
        // By no route.
        let routes = [
            page.clone(),
            format!("{page}.json"),
            format!("{page}.csv"),
            format!("{page}.csv?panel=stands"),
            format!("{page}.json?panel=choices"),
            "/decisions.json".to_owned(),
            "/index.json".to_owned(),
            "/".to_owned(),
            format!("/why/decision%2F{id}.json"),
            format!("/public/decisions/{id}"),
            format!("/public/decisions/{id}.json"),
            "/search?q=nobody".to_owned(),
        ];
        for route in routes {
            for cookie in [&care, &room.chair, ""] {
                let text = room.server.ask("GET", &route, &[("Cookie", cookie)], "").text();
                assert!(!text.contains(said) && !words(&text).contains("Concern about"), "{route}");
            }
        }
        let see = catchment(&["see", &folder(&place), &page, "--json"]).well().out;
        assert!(!see.contains(said) && !place.ledger().well().out.contains(said));
        // Nor is there anything to record.
        room.wording(&page, &measure(&place));
        let refused = room.send("record", &room.chair, &page, &[("question", &id)]);
        assert!(refused.status >= 400, "{}", refused.status);
        (page, id)
    };
    let room = Room::of(&place, "2025-03-11T10:00:00Z");
    let opened = wait(&room.server, &format!("{page}.json"), |view| view.to_string().contains(said));
    let stands = table(&opened, "stands");
    assert!(stands.iter().any(|row| row["position"] == "Concern about A" && row["note"] == said), "{stands:?}");
    let late = room.stand(&room.seat("gp"), &page, "supports", "");
    assert_eq!(late.status, 410, "it has closed");
    assert_eq!(room.server.get(&format!("/public/decisions/{id}")).status, 200);
}

/// Asks until it is so: what happens by itself takes a moment.
#[track_caller]
fn wait(server: &Server, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let reply = server.get(path);
        if reply.status == 200 {
            let view = reply.json();
            if is_so(&view) {
                return view;
            }
        }
        assert!(std::time::Instant::now() < until, "{path}: it never came");
    }
}

#[test]
fn a_stop_rule_rings_when_its_measure_says_so_and_once() {
    let place = place(1..3);
    let measure = measure(&place);
    let (page, id) = {
        let room = Room::of(&place, MARCH);
        let page = room.ask(&[("must_be_heard", "")]);
        let id = page.trim_start_matches("/decisions/").to_owned();
        room.wording(&page, &measure);
        for seat in ["hospital", "care", "gp"] {
            assert_eq!(room.stand(&room.seat(seat), &page, "supports", "").status, 303);
        }
        room.well("record", &room.chair, &page, &[("question", &id)]);
        let quiet = room.server.get(&format!("{page}.json")).text();
        assert!(
            quiet.contains("not known yet") && !quiet.contains("rang on"),
            "weeks before the decision do not count"
        );
        (page, id)
    };
    add(&place, 3..5, "later");
    let ledger = || place.ledger().well().out.lines().filter(|line| line.contains("\"rang\"")).count();
    {
        let room = Room::of(&place, "2025-12-01T00:00:00Z");
        let rang = wait(&room.server, &format!("{page}.json"), |view| view.to_string().contains("rang on"));
        assert!(rang.to_string().contains("A stop rule rang"));
        let all = words(&room.server.get("/decisions").text());
        assert!(all.contains("A stop rule rang") && all.contains("Rang on"), "{all}");
        assert!(words(&room.server.get("/").text()).contains("rang"), "home says so");
        assert!(room.server.get(&format!("/public/decisions/{id}")).text().contains("had to look again"));
        assert_eq!(ledger(), 1);
    }
    let _again = Room::of(&place, "2025-12-02T00:00:00Z");
    assert_eq!(ledger(), 1, "it has rung already, and stays so");
}

#[test]
fn a_plan_is_agreed_moved_and_told_from_a_plain_file_too() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let plan = r#"
id = "home-first"
title = "Home first"
start = 2025-03-01
goal = { by = 2025-06-30 }
[[role]]
id = "therapist"
name = "Therapists"
fte = 1.0
[[step]]
id = "rota"
title = "Agree the rota"
owner = "therapist"
days = 14.0
due = 2025-03-20
drivers = ["People go home sooner", "Home care starts the same day"]
[[step]]
id = "ten"
title = "First ten people home"
owner = "therapist"
days = 28.0
after = ["rota"]
due = 2025-05-01
early_win = true
"#;
    let ring = plan.replace("days = 14.0", "days = 14.0\nafter = [\"ten\"]");
    let refused = room.send("plan", &room.chair, "/plans", &[("plan", ring.as_str()), ("parent", "")]);
    assert!(
        refused.status == 400 && words(&refused.text()).contains("steps wait for each other"),
        "{}",
        words(&refused.text())
    );
    assert!(refused.text().contains("First ten people home"), "what was pasted stays");
    let unreadable = room.send("plan", &room.chair, "/plans", &[("plan", "id = 3"), ("parent", "")]);
    assert!(unreadable.status == 400 && unreadable.text().contains("id=\"plan-plan-error\""));
    assert_eq!(room.well("plan", &room.chair, "/plans", &[("plan", plan), ("parent", "")]), "/plans/home-first");
    assert_eq!(
        room.send("plan", &room.chair, "/plans", &[("plan", plan), ("parent", "")]).status,
        409,
        "it has a newer version"
    );
    let page = "/plans/home-first";
    let about = ("about", "home-first");
    let early =
        room.send("step", &room.chair, page, &[about, ("step", "rota"), ("state", "started"), ("on", "2025-02-01")]);
    assert!(early.status == 400 && early.text().contains("before the plan starts"));
    room.well("step", &room.chair, page, &[about, ("step", "rota"), ("state", "started"), ("on", "2025-03-02")]);
    room.well(
        "rock",
        &room.chair,
        page,
        &[about, ("title", "Two forms for one thing"), ("who_can_move_it", "Therapists"), ("blocks", "rota")],
    );
    let monday = words(&room.server.get("/monday?role=therapist").text());
    assert!(monday.contains("Blocked") && monday.contains("Two forms for one thing"), "{monday}");
    room.well(
        "clear",
        &room.chair,
        page,
        &[about, ("rock", "two-forms-for-one-thing"), ("on", "2025-03-03"), ("how", "One form")],
    );
    room.well("cycle", &room.chair, page, &[about, ("cycle", ""), ("try_it", "One ward tries one form for a week")]);
    let shown = words(&room.server.get(page).text());
    for part in [
        "Agree the rota",
        "under way",
        "cleared",
        "One ward tries one form",
        "Home care starts the same day",
        "As likely as not, done by",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(room.send("rock", "", page, &[about, ("title", "x"), ("who_can_move_it", "y")]).status, 403);
    assert_eq!(room.server.get("/monday?role=nobody").status, 404);

    let file = place.write("plan.toml", plan);
    let said = |more: &[&str]| catchment(&[&["plan", "forecast", &file, "--today", "2025-03-03"], more].concat());
    let json: Value = serde_json::from_str(&said(&["--json"]).well().out).unwrap();
    assert_eq!((json["plan"].as_str(), json["runs"].as_u64()), (Some("home-first"), Some(10_000)));
    assert_eq!(said(&["--json"]).well().out, said(&["--json"]).well().out, "same seed, same bytes");
    assert!(said(&[]).well().out.starts_with("what,p10,p50,p90,mean,promised,chance_percent\nall is done,2025-"));
    assert!(said(&[]).well().out.contains("\nstep ten: First ten people home,"), "the steps are in what is piped");
    let past = place.write("past.toml", "time = [{ class = \"\", promised = 10.0, delivered = 40.0 }]\n");
    let slower: Value = serde_json::from_str(&said(&["--json", "--reference", &past]).well().out).unwrap();
    assert!(slower["end"]["p50"].as_str() > json["end"]["p50"].as_str(), "a worse record makes a later end");
    let broken = place.write("ring.toml", &ring);
    let checked = catchment(&["plan", "check", &broken]);
    assert!(!checked.ok && checked.out.contains("steps wait for each other"), "{}", checked.out);
    // The line of it, and the way out.
    let unknown = place.write("unknown.toml", plan.replace("after = [\"rota\"]", "after = [\"rotas\"]"));
    let checked = catchment(&["plan", "check", &unknown, "--csv"]);
    let line = 1 + plan.lines().position(|line| line.starts_with("after")).unwrap();
    assert!(checked.out.contains(&format!("wrong,{line},\"step 'ten' names the step 'rotas'")), "{}", checked.out);
    assert!(checked.out.contains("add the step 'rotas', or mend its name"), "{}", checked.out);
}

/// The manual's own example, as it stands there.
#[test]
fn the_example_of_the_manual_is_a_plan_that_can_be_followed() {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/plans.md")).unwrap();
    let blocks: Vec<&str> = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let place = place(1..2);
    let plan = place.write("manual.toml", blocks[0]);
    let checked = catchment(&["plan", "check", &plan, "--today", "2026-01-05"]);
    assert!(checked.ok, "{}{}", checked.out, checked.err);
    let past = place.write("past.toml", blocks[1]);
    let played = catchment(&["plan", "forecast", &plan, "--today", "2026-01-05", "--reference", &past]).well();
    assert!(played.out.contains("all is done"), "{}", played.out);
}

#[test]
fn a_plan_is_made_by_small_forms_and_a_new_version_keeps_what_has_happened() {
    let place = place(1..3);
    let room = Room::of(&place, MARCH);
    let chair = &room.chair;
    let new = [
        ("title", "Home first"),
        ("aim", "Nobody waits in a bed for home care"),
        ("owner", "Head of home care"),
        ("start", "2025-03-01"),
        ("by", "2025-12-31"),
    ];
    assert_eq!(room.send("plan-new", "", "/plans", &new).status, 403);
    let page = room.well("plan-new", chair, "/plans", &new);
    assert_eq!(page, "/plans/home-first");
    let about = ("about", "home-first");
    let nameless = room.send("plan-role", chair, &page, &[about, ("fte", "1")]);
    assert!(nameless.status == 400 && nameless.text().contains("Say what it is called"));
    room.well("plan-role", chair, &page, &[about, ("name", "Therapists"), ("fte", "1.5")]);
    let step = [about, ("title", "Agree the rota"), ("owner", "therapists"), ("days", "14"), ("due", "2025-03-20")];
    room.well("plan-step", chair, &page, &step);
    let early = room.send("plan-step", chair, &page, &[about, ("step", "agree-the-rota"), ("due", "2025-02-01")]);
    assert!(early.status == 400 && early.text().contains("before the plan starts"));
    let saving = [
        about,
        ("title", "Fewer agency nights"),
        ("pounds", "90,000"),
        ("again", "recurrent"),
        ("gives", "cash"),
        ("step", "agree-the-rota"),
        ("class", "staff"),
        ("banked_by", "The hospital"),
        ("new_pool", "Agency nurses"),
        ("most", "120000"),
    ];
    room.well("plan-saving", chair, &page, &saving);
    // The same money under another name is left out until somebody says that these are two.
    let twice = [
        about,
        ("title", "Agency nights, fewer"),
        ("pounds", "80,000"),
        ("again", "recurrent"),
        ("gives", "cash"),
        ("step", "agree-the-rota"),
        ("banked_by", "The board"),
    ];
    room.well("plan-saving", chair, &page, &twice);
    let left_out = "Not counted, since each looks like another saving";
    assert!(words(&room.server.get(&page).text()).contains(left_out));
    let are_two = [about, ("saving", "agency-nights-fewer"), ("not_same_as", "fewer-agency-nights")];
    room.well("plan-saving", chair, &page, &are_two);
    assert!(!words(&room.server.get(&page).text()).contains(left_out));
    // Somebody opens the text; meanwhile things happen.
    let opened = room.server.ask("GET", &page, &[("Cookie", chair)], "").text();
    let text =
        opened.split("name=\"plan\"").nth(1).unwrap().split('>').nth(1).unwrap().split("</textarea").next().unwrap();
    let text = text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&");
    let parent = opened.split("name=\"parent\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    room.well("step", chair, &page, &[about, ("step", "agree-the-rota"), ("state", "started"), ("on", "2025-03-02")]);
    let rock = [about, ("title", "Scales do not arrive"), ("who_can_move_it", "Director of adult social care")];
    room.well("rock", chair, &page, &rock);
    let came =
        [about, ("saving", "fewer-agency-nights"), ("pounds", "61000"), ("on", "2025-03-02"), ("evidence", "Month 1")];
    room.well("delivered", chair, &page, &came);
    room.well(
        "plan",
        chair,
        &page,
        &[("plan", &text.replace("Agree the rota", "Agree one rota")), ("parent", &parent)],
    );
    let shown = words(&room.server.get(&page).text());
    for part in
        ["Agree one rota", "under way", "Scales do not arrive", "Month 1", "Nobody waits in a bed for home care."]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Money that came is laid beside what was promised, by class.
    let plans = words(&room.server.get("/plans").text());
    assert!(plans.contains("Pounds delivered for each 100 promised") && plans.contains("Staff"), "{plans}");
    // Whoever can move a rock finds it, by the name that was written, and first of all when it is their own page.
    let hers = words(&room.server.get("/monday?role=Director%20of%20adult%20social%20care").text());
    assert!(
        hers.contains("Scales do not arrive") && hers.contains("yours to move") || hers.contains("Yours to move"),
        "{hers}"
    );
    let director = room.server.sign_in(&place, "Director of adult social care", "notes");
    let own = words(&room.server.ask("GET", "/monday", &[("Cookie", &director)], "").text());
    let at = |part: &str| own.find(part).unwrap_or_else(|| panic!("{part}: {own}"));
    assert!(at("Yours, as Director of adult social care") < at("Late and free to go on, the latest first"), "{own}");
    let rows = room.server.get("/monday.csv?panel=mine").text();
    assert!(rows.contains("step,plan,state,owner,due,days_late,blocked_by,who_can_move_it,address\n"), "{rows}");
    let nobody = room.server.get("/monday?role=Nobody%20at%20all");
    assert!(nobody.status == 404 && nobody.text().contains("Therapists"), "the roles that there are stand there");
}
