//! The shared story, conversations, moderation and answers: their forms, and their pages for the public.
//!
//! Whoever takes part without an account is known by 128 random bits in a cookie that is set when they first vote or speak. The Ledger
//! sees only the number that [`crate::said::voter`] makes of it, which means nothing beyond one conversation. Nothing that is written is logged.

use super::{Led, No, Sent, Shared, asking, no_such, status, stopped, unfit};
use crate::access::{Person, random};
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use crate::said::{ToDo, voter};
use crate::serve::forms::{form, is_secure, see_other, with_cookie};
use crate::serve::{Answer as Bytes, HTML, JSON, PATIENCE, refuse, send};
use crate::view::story::kind;
use crate::view::talked::{by, priorities, quote};
use agree::decision::Answer;
use agree::log::{
    Act, Answered, Appeal, Conversation, Kind, Line, LineStanding, Minutes, Moderation, Refusal, Ruling, STATEMENT,
    Said, State, Statement, Talk, Target, Via, Vote,
};
use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use domain::{Date, Instant};
use serde_json::json;
use show::public::{PublicAnswers, PublicTalk, suppress};
use show::{Answers, Entry, Field, Form, Link, Outcome, Panel, Picture, Quote, View, Width};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant as Moment};

/// The cookie of those who take part without an account.
const DEVICE: &str = "catchment-device";
/// It lasts for a year, in seconds.
const DEVICE_LASTS: i64 = 365 * 86_400;
/// One device votes so often in a minute, and says so many things in an hour.
const PACE: [(usize, Duration); 2] = [(60, Duration::from_secs(60)), (10, Duration::from_secs(3600))];
/// So many devices come for the first time in a minute.
const COME: usize = 600;
/// A moderator is shown so many statements at once.
const QUEUE: usize = 20;
/// The public is shown so many bytes of what others said, so that a page stays small.
const LITTLE: usize = 20_000;

const POLICY: &str = "Somebody reads it before others see it. It is kept out when it names a person, attacks somebody, sells something or has nothing to do with the question; then it is said why, and you may ask again.";

const LANGUAGES: [(&str, &str); 14] = [
    ("", "English"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("zh", "Chinese"),
    ("gu", "Gujarati"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pa", "Punjabi"),
    ("ro", "Romanian"),
    ("so", "Somali"),
    ("es", "Spanish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("cy", "Welsh"),
];

/// With which voice somebody takes part.
enum Known {
    /// As the Ledger knows them.
    As(String),
    /// They come for the first time.
    New,
    /// They may not here.
    Not,
}

pub(super) fn device(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let hex = |value: &str| value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    pairs.find(|pair| pair.0 == DEVICE).map(|pair| pair.1).filter(|value| hex(value))
}

fn known(shared: &Shared, talk: &Talk, person: Option<&Person>, headers: &HeaderMap) -> Known {
    let as_device = |device: &str| Known::As(voter(&shared.at.key, &talk.is.id, device));
    match person.filter(|person| person.notes) {
        Some(person) => as_device(&format!("person/{}", person.name)),
        None if !talk.is.open_to_all => Known::Not,
        None => device(headers).map_or(Known::New, as_device),
    }
}

/// Who sends this, with the cookie that is to be set where they come for the first time. The same form twice is the same device.
fn sender(shared: &Shared, talk: &Talk, sent: &Sent) -> Result<(String, Option<String>), No> {
    match known(shared, talk, sent.person.as_ref(), &sent.headers) {
        Known::As(who) => Ok((who, None)),
        Known::Not => Err(No::NotAllowed(
            "This conversation is among those who work here, and you are not signed in".to_owned(),
            shared.access.names(|person| person.notes),
        )),
        Known::New => {
            let (token, cookie) = new_device(shared, sent)?;
            Ok((voter(&shared.at.key, &talk.is.id, &token), Some(cookie)))
        }
    }
}

/// What a device is to hold from now on, and the cookie that gives it. A form that is sent again makes the same.
pub(super) fn new_device(shared: &Shared, sent: &Sent) -> Result<(String, String), No> {
    pace("new devices", 0, COME, PACE[0].1)?;
    let token = match sent.once() {
        Some(once) => format!("{:032x}", shared.at.key.pseudonym(&[b"device", once.as_bytes()])),
        None => random()?,
    };
    let secure = if is_secure(&sent.headers) { "; Secure" } else { "" };
    let cookie = format!("{DEVICE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={DEVICE_LASTS}{secure}");
    Ok((token, cookie))
}

/// When each of those who were here lately did what.
type Lately = HashMap<(String, usize), VecDeque<Moment>>;

/// Lets somebody do a thing so often and no more, in words that are kind.
pub(super) fn pace(who: &str, what: usize, most: usize, within: Duration) -> Result<(), No> {
    static LATELY: LazyLock<Mutex<Lately>> = LazyLock::new(Mutex::default);
    let mut lately = LATELY.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Moment::now();
    if lately.len() > 50_000 {
        lately.retain(|_, times| times.back().is_some_and(|last| now.duration_since(*last) < PACE[1].1));
    }
    let times = lately.entry((who.to_owned(), what)).or_default();
    while times.front().is_some_and(|first| now.duration_since(*first) >= within) {
        times.pop_front();
    }
    if times.len() >= most {
        let wait = if within > PACE[0].1 { "an hour" } else { "a minute" };
        return Err(No::TooOften(format!("Thank you: that was a lot in a short time. Come back in {wait}")));
    }
    times.push_back(now);
    Ok(())
}

/// From 0 up to and without 1, the same for the same.
fn draw(of: &str) -> f64 {
    let digest = blake3::hash(of.as_bytes());
    let mut eight = [0; 8];
    eight.copy_from_slice(&digest.as_bytes()[..8]);
    (u64::from_le_bytes(eight) >> 11) as f64 / (1u64 << 53) as f64
}

/// The statement to show somebody next, how many they have voted on, and of how many.
fn next<'s>(shared: &Shared, talk: &'s Talk, who: Option<&str>, chance: &str) -> (Option<(u64, &'s Said)>, u64, u64) {
    let number = who.and_then(|who| u64::from_str_radix(who.strip_prefix("voter/")?, 16).ok());
    let open = talk.statements.values().filter(|said| said.is_in()).count() as u64;
    let voted = |id: &u64| number.is_some_and(|number| talk.votes.vote_of(number, *id).is_some());
    let seen = talk.statements.iter().filter(|(id, said)| said.is_in() && voted(id)).count() as u64;
    let mut weights = priorities(talk, &shared.at.opinions.of(talk));
    weights.retain(|(id, _)| !voted(id));
    let of = draw(&format!("{}/{seen}", who.unwrap_or(chance)));
    let shown = talk.votes.next(&weights, number.unwrap_or_default(), of);
    (shown.and_then(|id| Some((id, talk.statements.get(&id)?))), seen, open)
}

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    shared: &Shared,
    view: &mut View,
    ask: &Ask,
    reader: Option<&Person>,
    headers: &HeaderMap,
) -> Result<(), Wrong> {
    let panel = |id: &str, title: &str, note: &str, pictures: Vec<Picture>| Panel {
        id: id.to_owned(),
        title: title.to_owned(),
        note: note.to_owned(),
        pictures,
        ..Panel::default()
    };
    let may = |may: fn(&Person) -> bool| reader.is_some_and(may);
    match &ask.page {
        Page::Story => {
            let state = shared.at.said.state()?;
            let mut acts = Vec::new();
            if may(|person| person.notes) && !state.lines.is_empty() {
                acts.push(standing(ask, &state));
            }
            if may(|person| person.settles) {
                acts.extend(lines(shared, ask, &state));
            }
            if !acts.is_empty() {
                view.panels.push(panel(
                    "change",
                    "Change our story",
                    "Signed, kept and never edited.",
                    vec![Picture::Acts(acts)],
                ));
            }
        }
        Page::Conversations if may(|person| person.settles) => {
            view.panels.push(panel("ask", "Ask something new", "", vec![Picture::Acts(vec![open(ask)])]));
        }
        Page::Conversation(id) => {
            let state = shared.at.said.state()?;
            if let Some(talk) = state.talks.get(id) {
                let mine = taking_part(shared, ask, talk, reader, headers);
                view.panels.splice(0..0, mine);
            }
        }
        Page::Moderation(id) if may(|person| person.moderates) => {
            let state = shared.at.said.state()?;
            if let Some(talk) = state.talks.get(id) {
                let waits: Vec<Picture> = queue(ask, talk);
                let pictures = if waits.is_empty() {
                    vec![Picture::Words(vec!["Nothing waits to be read.".to_owned()])]
                } else {
                    waits
                };
                let many = talk.statements.values().filter(|said| said.waits()).count();
                let note = format!("{}, oldest first.", show::number::plural(many, "statement"));
                view.panels.insert(0, panel("queue", "What waits to be read", &note, pictures));
                let acts = vec![helped(ask, talk), minutes(ask, talk)];
                view.panels.push(panel(
                    "helper",
                    "For helpers",
                    "What came on paper, by phone or in a room counts as much, and is marked.",
                    vec![Picture::Acts(acts)],
                ));
            }
        }
        Page::Said if may(|person| person.settles) => {
            let state = shared.at.said.state()?;
            if let Some(act) = answering(ask, &state) {
                view.panels.insert(
                    0,
                    panel(
                        "answer",
                        "Answer somebody",
                        "Whoever wrote it, and everybody, sees the answer.",
                        vec![Picture::Acts(vec![act])],
                    ),
                );
            }
        }
        _ => {}
    }
    Ok(())
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(shared: &Shared, kind: &str, sent: &Sent) -> Option<Result<Led, No>> {
    let page = |part: &str| format!("{}#{part}", sent.to.address());
    Some(match kind {
        "vote" => vote(shared, sent).map(|cookie| Led { to: page("say"), cookie }),
        "with-voice" => voice(shared, sent).map(|()| Led::to(page("say"))),
        "say" => say(shared, sent).map(|cookie| Led { to: page("yours"), cookie }),
        "appeal" => appeal(shared, sent).map(|()| Led::to(page("yours"))),
        "moderate" => moderate(shared, sent).map(|()| Led::to(page("queue"))),
        "sheet" => sheet(shared, sent).map(|()| Led::to(page("helper"))),
        "minutes" => minute(shared, sent).map(|()| Led::to(page("helper"))),
        "answer" => answer(shared, sent).map(|()| Led::to(page("answers"))),
        "line" => line(shared, sent).map(|()| Led::to(page("story"))),
        "standing" => stand(shared, sent).map(|()| Led::to(page("story"))),
        "conversation" => converse(shared, sent).map(Led::to),
        _ => return None,
    })
}

// What is on each page.

fn field(name: &str, label: &str, hint: &str) -> Field {
    Field { name: name.to_owned(), label: label.to_owned(), hint: hint.to_owned(), ..Field::default() }
}

fn long(name: &str, label: &str, hint: &str, most: usize) -> Field {
    Field { entry: Entry::Long, most, ..field(name, label, hint) }
}

fn must(field: Field) -> Field {
    Field { required: true, ..field }
}

fn choose(field: Field, options: impl IntoIterator<Item = (String, String)>) -> Field {
    Field { options: options.into_iter().collect(), ..field }
}

fn pairs_of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

fn doing(title: &str, detail: &str, main: bool, form: Form) -> show::Act {
    show::Act { title: title.to_owned(), detail: detail.to_owned(), form, open: false, main }
}

/// So much of a text, on one line.
fn short(text: &str) -> String {
    let mut words: String = text.chars().take(90).collect();
    if text.chars().count() > 90 {
        words.push('…');
    }
    words
}

fn voices(talk: &Talk) -> Vec<(String, String)> {
    let declared = talk.is.perspectives.keys().map(String::as_str).chain(["Another voice"]);
    [("", "Choose one")]
        .into_iter()
        .chain(declared.map(|name| (name, name)))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

/// The fields of a statement.
fn stating(talk: &Talk) -> Vec<Field> {
    vec![
        must(long("text", "What you want to say", POLICY, STATEMENT)),
        must(choose(field("perspective", "The voice that you speak with", ""), voices(talk))),
        Field { most: 100, ..field("role", "Your role and place", "“Ward sister, Eastbrook”. Not your name.") },
        choose(field("language", "Language", ""), pairs_of(&LANGUAGES)),
        Field {
            most: 2 * STATEMENT,
            ..field("in_english", "The same in English, if you can", "Only where you wrote in another language.")
        },
    ]
}

/// What became of a statement, for whoever wrote it.
fn standing_of(said: &Said) -> (Outcome, String) {
    match (&said.answer, said.rulings.last()) {
        (Some(answer), _) => match &answer.is {
            Answer::Adopted => (Outcome::Adopted, "It was taken up.".to_owned()),
            Answer::Adapted(how) => (Outcome::Adapted, how.clone()),
            Answer::Declined(why) => (Outcome::Declined, why.clone()),
            Answer::NoView => (Outcome::Waiting, String::new()),
        },
        (None, None) => (Outcome::Waiting, "Thank you. We have it; somebody reads it first.".to_owned()),
        (None, Some((_, Ruling::In))) => (Outcome::Waiting, "Others see it and vote on it.".to_owned()),
        (None, Some((_, Ruling::Out(why)))) => {
            let again = if said.appeal.is_some() { " You asked again: somebody else will read it." } else { "" };
            (Outcome::Waiting, format!("It is kept out: {why}.{again}"))
        }
        (None, Some((_, Ruling::SameAs(_)))) => {
            (Outcome::Waiting, "Another statement says the same, and stands for both.".to_owned())
        }
    }
}

/// Whether its author may ask that it be looked at again.
fn may_appeal(said: &Said) -> bool {
    said.appeal.is_none() && matches!(said.rulings.last(), Some((_, Ruling::Out(_) | Ruling::SameAs(_))))
}

/// The panels in which somebody takes part in a conversation.
fn taking_part(shared: &Shared, ask: &Ask, talk: &Talk, reader: Option<&Person>, headers: &HeaderMap) -> Vec<Panel> {
    let panel = |id: &str, title: &str, note: &str, pictures: Vec<Picture>, links: Vec<Link>| Panel {
        id: id.to_owned(),
        title: title.to_owned(),
        note: note.to_owned(),
        pictures,
        width: Width::Whole,
        links,
    };
    let who = known(shared, talk, reader, headers);
    let log = Link::new("What is kept out, and why", format!("/conversations/{}/moderation", talk.is.id));
    if matches!(who, Known::Not) {
        let words = "This conversation is among those who work here. Whoever runs Catchment here can give you an address that signs you in. You can read all of it.";
        return match talk.is_open(now()) {
            true => {
                vec![panel("say", "Say what you think", "", vec![Picture::Words(vec![words.to_owned()])], vec![log])]
            }
            false => Vec::new(),
        };
    }
    let who = if let Known::As(who) = &who { Some(who.as_str()) } else { None };
    let mut panels = Vec::new();
    if talk.is_open(now()) {
        let form = asking(ask, "vote");
        let chance = form.kept.iter().find(|kept| kept.0 == "once").map_or("", |kept| &kept.1).to_owned();
        let (shown, seen, of) = next(shared, talk, who, &chance);
        let mut pictures = Vec::new();
        pictures.push(match shown {
            Some((id, said)) => {
                let known = quote(said);
                let mut kept = form.kept;
                kept.push(("statement".to_owned(), id.to_string()));
                Picture::Vote(show::Vote {
                    id: "next".to_owned(),
                    quote: Quote { by: format!("Written by a participant: {}", by(said)), note: String::new(), ..known },
                    translation: Some(said.is.in_english.clone()).filter(|english| !english.is_empty()),
                    at: (seen + 1, of),
                    send_to: form.send_to,
                    kept,
                    wrong: None,
                    note: "Your vote is counted apart from your name; nobody sees how you voted.".to_owned(),
                })
            }
            None if of == 0 => Picture::Words(vec!["Nobody has said anything yet. You can be the first.".to_owned()]),
            None => Picture::Words(vec![
                "You have voted on every statement. Thank you. Come back when others have said more, or say something yourself.".to_owned(),
            ]),
        });
        let add = Form { fields: stating(talk), button: "Say it".to_owned(), ..asking(ask, "say") };
        let mut acts = vec![doing("Add a statement", "One thought, in your own words.", shown.is_none(), add)];
        let number = who.and_then(|who| u64::from_str_radix(who.strip_prefix("voter/")?, 16).ok());
        if let Some(number) = number.filter(|number| talk.votes.votes_of(*number) > 0)
            && !talk.is.perspectives.is_empty()
        {
            let now = talk.votes.perspectives.get(&number).cloned().unwrap_or_default();
            let mut which = must(choose(
                field("perspective", "The voice that you vote with", "So that everybody can see who is heard."),
                voices(talk),
            ));
            which.value = now.clone();
            let form = Form { fields: vec![which], button: "Keep it".to_owned(), ..asking(ask, "with-voice") };
            let title =
                if now.is_empty() { "Say with which voice you vote".to_owned() } else { format!("You vote as: {now}") };
            acts.push(doing(&title, "", false, form));
        }
        pictures.push(Picture::Acts(acts));
        panels.push(panel("say", "Say what you think", "", pictures, vec![log]));
    }
    let Some(who) = who else { return panels };
    let mine: Vec<(u64, &Said)> =
        talk.statements.iter().filter(|(_, said)| said.who == who).map(|(id, said)| (*id, said)).collect();
    if !mine.is_empty() {
        let rows = mine.iter().map(|(_, said)| {
            let (outcome, words) = standing_of(said);
            let links = said.answer.iter().flat_map(|answer| &answer.because);
            let links = links.filter(|thing| thing.starts_with('/')).map(|thing| Link::new("See it", thing.clone()));
            show::Answer { quote: quote(said), outcome, words, links: links.collect() }
        });
        let rows = Answers { id: "yours".to_owned(), title: String::new(), rows: rows.collect() };
        let mut pictures = vec![Picture::Answers(rows)];
        let appeals = mine.iter().filter(|(_, said)| may_appeal(said)).map(|(id, said)| {
            let mut form = Form {
                id: format!("appeal-{id}"),
                fields: vec![must(long("words", "Why should it be looked at again?", "", 2000))],
                button: "Ask again".to_owned(),
                ..asking(ask, "appeal")
            };
            form.kept.push(("statement".to_owned(), id.to_string()));
            doing(&format!("Ask that “{}” be looked at again", short(&said.is.text)), "", false, form)
        });
        let appeals: Vec<_> = appeals.collect();
        if !appeals.is_empty() {
            pictures.push(Picture::Acts(appeals));
        }
        panels.push(panel("yours", "What you wrote", "Only you see this list.", pictures, Vec::new()));
    }
    panels
}

/// What waits for a moderator, each with its form.
fn queue(ask: &Ask, talk: &Talk) -> Vec<Picture> {
    let waits = talk.statements.iter().filter(|(_, said)| said.waits()).take(QUEUE);
    waits
        .flat_map(|(id, said)| {
            let mut words = vec![format!("“{}”", said.is.text), format!("Statement {id}, {}", by(said))];
            if !said.is.in_english.is_empty() {
                words.insert(1, format!("In English: “{}”", said.is.in_english));
            }
            if let Some((_, Ruling::Out(why))) = said.rulings.last() {
                words.push(format!("It was kept out: {why}"));
            }
            words.extend(said.appeal.as_ref().map(|why| format!("Its author asks again: {why}")));
            let rulings = pairs_of(&[("in", "Let it in"), ("out", "Keep it out"), ("same", "Another says the same")]);
            let same = field("same_as", "Which statement says the same", "Its number, where another says the same.");
            let mut form = Form {
                id: format!("moderate-{id}"),
                fields: vec![
                    must(choose(Field { entry: Entry::Radios, ..field("ruling", "What to do with it", "") }, rulings)),
                    Field { most: 2000, ..field("reason", "Why", "Everybody reads it. Needed where it is kept out.") },
                    same,
                ],
                button: "Decide".to_owned(),
                ..asking(ask, "moderate")
            };
            form.kept.push(("statement".to_owned(), id.to_string()));
            [Picture::Words(words), Picture::Form(form)]
        })
        .collect()
}

/// What a helper types in.
fn helped(ask: &Ask, talk: &Talk) -> show::Act {
    let via = pairs_of(&[("paper", "On paper"), ("phone", "By phone"), ("room", "In a room")]);
    let mut fields =
        vec![must(choose(field("via", "How it came", "One sheet, or one call, of one person at a time."), via))];
    fields.extend(stating(talk).into_iter().map(|field| Field { required: false, ..field }));
    fields.push(long(
        "votes",
        "Votes",
        "One a line, the number of a statement and agree, disagree or pass: 12 agree",
        4000,
    ));
    let mut form = Form { fields, button: "Take it in".to_owned(), ..asking(ask, "sheet") };
    form.kept.push(("conversation".to_owned(), talk.is.id.clone()));
    doing("Type in what somebody said or voted", "", false, form)
}

fn minutes(ask: &Ask, talk: &Talk) -> show::Act {
    let fields = vec![
        must(choose(field("perspective", "Whose minutes", ""), voices(talk))),
        must(field("minutes", "How many", "")),
    ];
    let mut form = Form { fields, button: "Count them".to_owned(), ..asking(ask, "minutes") };
    form.kept.push(("about".to_owned(), format!("conversation/{}", talk.is.id)));
    doing("Count the minutes that a voice had in a meeting", "", false, form)
}

/// What can be named as a cause or as what took something up.
fn things(state: &State) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), "Nothing yet".to_owned())];
    let lines = state.lines.values().filter(|told| !told.now().retired);
    all.extend(
        lines.map(|told| (format!("line/{}", told.now().id), format!("Our story: {}", short(&told.now().text)))),
    );
    all.extend(
        state
            .matters
            .iter()
            .map(|(id, matter)| (format!("decision/{id}"), format!("Question: {}", short(&matter.is.is.question)))),
    );
    all.extend(
        state.plans.iter().map(|(id, plan)| (format!("plan/{id}"), format!("Plan: {}", short(&plan.now.title)))),
    );
    all
}

fn answering(ask: &Ask, state: &State) -> Option<show::Act> {
    let waiting = state.talks.values().flat_map(|talk| &talk.statements);
    let mut waiting: Vec<(&u64, &Said)> = waiting.filter(|(_, said)| said.is_in() && said.answer.is_none()).collect();
    waiting.sort_by_key(|(id, said)| (said.at, **id));
    if waiting.is_empty() {
        return None;
    }
    let options = waiting.iter().take(200).map(|(id, said)| (id.to_string(), short(&said.is.text)));
    let outcomes =
        pairs_of(&[("adopted", "Taken up"), ("adapted", "Taken up in another form"), ("declined", "Not taken up")]);
    let fields = vec![
        must(choose(field("statement", "The statement, the one that has waited longest first", ""), options)),
        must(choose(Field { entry: Entry::Radios, ..field("outcome", "What came of it", "") }, outcomes)),
        long("answer", "In words, for whoever said it", "How it was taken up, or why not.", 2000),
        choose(
            field(
                "because",
                "What took it up",
                "A line of our story, a question or a plan. Needed where it was taken up.",
            ),
            things(state),
        ),
    ];
    Some(doing("Answer a statement", "", true, Form { fields, button: "Answer".to_owned(), ..asking(ask, "answer") }))
}

fn standing(ask: &Ask, state: &State) -> show::Act {
    let lines = state.lines.values().filter(|told| !told.now().retired);
    let options =
        lines.map(|told| (told.now().id.clone(), format!("{}: {}", kind(told.now().kind), short(&told.now().text))));
    let fields = vec![
        must(choose(field("line", "The line", ""), options)),
        must(choose(
            Field { entry: Entry::Radios, ..field("holds", "What you hold of it", "") },
            pairs_of(&[("agree", "We agree"), ("dispute", "We dispute it")]),
        )),
        long("disputed", "Why, where you dispute it", "", 2000),
    ];
    let form = Form { fields, button: "Say so".to_owned(), ..asking(ask, "standing") };
    doing("Agree with a line, or dispute it", "", false, form)
}

fn lines(shared: &Shared, ask: &Ask, state: &State) -> Vec<show::Act> {
    let told = |with: &[Kind]| {
        let lines = state.lines.values().filter(|told| !told.now().retired && with.contains(&told.now().kind));
        lines
            .map(|told| (told.now().id.clone(), format!("{}: {}", kind(told.now().kind), short(&told.now().text))))
            .collect::<Vec<_>>()
    };
    let cause = || {
        long(
            "because",
            "Because of what",
            "One a line: the address of a page, or statement/12, decision/ID, plan/ID.",
            2000,
        )
    };
    let under: Vec<(String, String)> = [(String::new(), "Nothing: it is a why, or a principle".to_owned())]
        .into_iter()
        .chain(told(&[Kind::Why, Kind::How, Kind::What, Kind::Target]))
        .collect();
    let kinds = pairs_of(&[
        ("why", "Why"),
        ("how", "How: a principle"),
        ("what", "What: a priority"),
        ("target", "Target"),
        ("fact", "Fact"),
    ]);
    let measures = shared.at.measures.iter().map(|measure| (measure.id.clone(), measure.title.clone()));
    let measures: Vec<(String, String)> = [(String::new(), "None".to_owned())].into_iter().chain(measures).collect();
    let fields = vec![
        must(choose(field("kind", "What it is", ""), kinds)),
        must(long("text", "The sentence", "", 500)),
        choose(field("under", "Hangs on", ""), under),
        choose(field("measure", "Of a target: its measure", ""), measures),
        field("from", "Of a target: from", ""),
        field("target", "Of a target: to", ""),
        Field { entry: Entry::Day, ..field("by", "Of a target: by", "") },
        field("evidence", "Of a fact: the address of what shows it", "/measures/…"),
        Field { entry: Entry::Day, ..field("good_until", "Of a fact: to be looked at again on", "") },
        cause(),
    ];
    let new = Form { fields, button: "Write it".to_owned(), ..asking(ask, "line") };
    let mut acts = vec![doing("Write a new line", "", false, new)];
    let all = told(&[Kind::Why, Kind::How, Kind::What, Kind::Target, Kind::Fact]);
    if !all.is_empty() {
        let fields = vec![
            must(choose(field("line", "The line", ""), all)),
            long("text", "In new words", "Leave it empty to keep its words.", 500),
            field("target", "Of a target: to", "Leave it empty to keep it."),
            Field { entry: Entry::Day, ..field("by", "Of a target: by", "Leave it empty to keep it.") },
            Field {
                entry: Entry::Day,
                ..field("good_until", "Of a fact: to be looked at again on", "Leave it empty to keep it.")
            },
            Field { entry: Entry::Ticks, ..field("retired", "Tell it no more", "") },
            cause(),
        ];
        let mut form = Form { id: "version".to_owned(), fields, button: "Write it".to_owned(), ..asking(ask, "line") };
        form.kept.push(("version".to_owned(), "new".to_owned()));
        acts.push(doing("Say a line in new words", "The old ones stay to be read.", false, form));
    }
    acts
}

fn open(ask: &Ask) -> show::Act {
    let fields = vec![
        must(Field { most: 200, ..field("question", "The question", "Open: one that “yes” does not answer.") }),
        must(long("purpose", "Why it is asked, and what will be done with what is said", "", 2000)),
        long(
            "perspectives",
            "Voices that must be heard",
            "One a line, each with its fair share if they are not equal: Carers: 2",
            2000,
        ),
        Field { entry: Entry::Ticks, ..field("open_to_all", "Anybody may take part, without an account", "") },
        must(Field { entry: Entry::Day, ..field("closes", "The last day", "") }),
    ];
    let form = Form { fields, button: "Open it".to_owned(), ..asking(ask, "conversation") };
    doing("Open a conversation", "", false, form)
}

// What forms do.

/// The conversation, and the statement, that a form is about.
fn about(state: &State, sent: &Sent) -> Result<(u64, Talk), No> {
    let id = sent.text("statement").parse().unwrap_or(0);
    match state.statement(id) {
        Some((talk, _)) => Ok((id, talk.clone())),
        None => gone("statement", "There is no such statement"),
    }
}

fn gone<T>(field: &'static str, words: &str) -> Result<T, No> {
    Err(No::Refusal(Refusal { field, words: words.to_owned(), why: agree::log::Why::Unknown }))
}

/// The conversation that a page or a form names.
fn talk_of<'s>(state: &'s State, sent: &Sent) -> Result<&'s Talk, No> {
    let named = sent.text("conversation");
    let id = match &sent.to.page {
        Page::Conversation(id) | Page::Moderation(id) if named.is_empty() => id.clone(),
        _ => named,
    };
    state.talks.get(&id).map(AsRef::as_ref).map_or_else(|| gone("conversation", "There is no such conversation"), Ok)
}

fn vote(shared: &Shared, sent: &Sent) -> Result<Option<String>, No> {
    let state = shared.at.said.state()?;
    let statement = sent.text("statement").parse().unwrap_or(0);
    let Some((talk, _)) = state.statement(statement) else { return gone("statement", "There is no such statement") };
    let choice = match sent.text("vote").as_str() {
        "agree" => 1,
        "disagree" => -1,
        "pass" => 0,
        _ => return unfit("choice", "Choose agree, disagree or pass"),
    };
    let (who, cookie) = sender(shared, talk, sent)?;
    pace(&who, 0, PACE[0].0, PACE[0].1)?;
    let number = u64::from_str_radix(who.trim_start_matches("voter/"), 16).unwrap_or_default();
    let perspective = talk.votes.perspectives.get(&number).cloned().unwrap_or_default();
    drop(state);
    sent.does(shared, who, Act::Vote(Vote { statement, choice, perspective, via: Via::Device }))?;
    Ok(cookie)
}

/// Says with which voice somebody votes, by casting one of their votes again with it.
fn voice(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let perspective = sent.text("perspective");
    if !voices(talk).iter().skip(1).any(|voice| voice.0 == perspective) {
        return unfit("perspective", "Choose one of these voices");
    }
    let (who, _) = sender(shared, talk, sent)?;
    let number = u64::from_str_radix(who.trim_start_matches("voter/"), 16).unwrap_or_default();
    let cast = talk.statements.iter().filter(|(_, said)| said.is_in());
    let cast = cast.filter_map(|(id, _)| Some((*id, talk.votes.vote_of(number, *id)?))).next();
    let Some((statement, choice)) = cast else { return unfit("perspective", "Vote on a statement first") };
    pace(&who, 0, PACE[0].0, PACE[0].1)?;
    let choice = choice.number() as i8;
    sent.does(shared, who, Act::Vote(Vote { statement, choice, perspective, via: Via::Device }))?;
    Ok(())
}

/// The statement that a form holds.
fn stated(talk: &Talk, sent: &Sent, via: Via) -> Result<Statement, No> {
    let perspective = sent.text("perspective");
    if !voices(talk).iter().skip(1).any(|voice| voice.0 == perspective) {
        return unfit("perspective", "Choose the voice that you speak with");
    }
    let language = sent.text("language");
    Ok(Statement {
        conversation: talk.is.id.clone(),
        text: sent.text("text"),
        perspective,
        role: sent.text("role"),
        in_english: if language.is_empty() { String::new() } else { sent.text("in_english") },
        language,
        via,
    })
}

fn say(shared: &Shared, sent: &Sent) -> Result<Option<String>, No> {
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let (who, cookie) = sender(shared, talk, sent)?;
    let act = Act::Statement(stated(talk, sent, Via::Device)?);
    state.check(&who, now(), &[], &act).or_else(|no| {
        if sent.once().is_some() && no.why == agree::log::Why::Already { Ok(()) } else { Err(No::Refusal(no)) }
    })?;
    pace(&who, 1, PACE[1].0, PACE[1].1)?;
    drop(state);
    sent.does(shared, who, act)?;
    Ok(cookie)
}

fn appeal(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let state = shared.at.said.state()?;
    let (statement, talk) = about(&state, sent)?;
    let (who, _) = sender(shared, &talk, sent)?;
    drop(state);
    sent.does(shared, who, Act::Appeal(Appeal { statement, words: sent.text("words") }))?;
    Ok(())
}

fn moderate(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.moderates, "Others read statements here")?.name.clone();
    let ruling = match sent.text("ruling").as_str() {
        "in" => Ruling::In,
        "out" => Ruling::Out(sent.text("reason")),
        "same" => match sent.text("same_as").parse() {
            Ok(other) => Ruling::SameAs(other),
            Err(_) => return unfit("same_as", "Write the number of the statement that says the same"),
        },
        _ => return unfit("ruling", "Choose what to do with it"),
    };
    let statement = sent.text("statement").parse().unwrap_or(0);
    sent.does(shared, who, Act::Moderation(Moderation { statement, ruling }))?;
    Ok(())
}

/// One person's sheet or call: a statement, votes or both, under a number that is nobody's.
fn sheet(shared: &Shared, sent: &Sent) -> Result<(), No> {
    sent.signed(shared, |person| person.moderates, "Helpers type in what came on paper")?;
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let via = match sent.text("via").as_str() {
        "paper" => Via::Paper,
        "phone" => Via::Phone,
        "room" => Via::Room,
        _ => return unfit("via", "Say how it came"),
    };
    let once = sent.once().map_or_else(random, Ok)?;
    let who = voter(&shared.at.key, &talk.is.id, &format!("sheet/{once}"));
    let mut acts = Vec::new();
    if !sent.text("text").is_empty() {
        acts.push(Act::Statement(stated(talk, sent, via)?));
    }
    let perspective = sent.text("perspective");
    for (n, line) in sent.text("votes").lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (number, choice) = line.trim().split_once(char::is_whitespace).unwrap_or((line, ""));
        let choice = match choice.trim().to_lowercase().as_str() {
            "agree" | "a" | "+" | "yes" => 1,
            "disagree" | "d" | "-" | "no" => -1,
            "pass" | "p" | "0" => 0,
            _ => return unfit("votes", format!("Line {}: write a number and agree, disagree or pass", n + 1)),
        };
        let statement = number.trim_end_matches([':', '.']).parse().unwrap_or(0);
        if state.statements.get(&statement) != Some(&talk.is.id) {
            return unfit("votes", format!("Line {}: there is no such statement in this conversation", n + 1));
        }
        acts.push(Act::Vote(Vote { statement, choice, perspective: perspective.clone(), via }));
    }
    if acts.is_empty() {
        return unfit("text", "Type in what was said, or votes, or both");
    }
    let at = now();
    for act in &acts {
        match state.check(&who, at, &[], act) {
            Err(no) if no.why != agree::log::Why::Already => return Err(No::Refusal(no)),
            _ => {}
        }
    }
    drop(state);
    for (n, act) in acts.into_iter().enumerate() {
        let once = Some(format!("{once}-{n}"));
        shared.at.said.deed(ToDo { once, ..ToDo::now(who.clone(), act) })?;
    }
    Ok(())
}

fn minute(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let may = |person: &Person| person.moderates || person.settles;
    let who = sent.signed(shared, may, "Others count minutes here")?.name.clone();
    let minutes = match sent.number("minutes")? {
        Some(minutes) if minutes.fract() == 0.0 && (1.0..=1440.0).contains(&minutes) => minutes as u32,
        _ => return unfit("minutes", "Write 1 to 1,440 minutes"),
    };
    let (about, perspective) = (sent.text("about"), sent.text("perspective"));
    sent.does(shared, who, Act::Minutes(Minutes { about, perspective, minutes }))?;
    Ok(())
}

fn answer(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.settles, "Others answer statements here")?.name.clone();
    let words = sent.text("answer");
    let answer = match sent.text("outcome").as_str() {
        "adopted" => Answer::Adopted,
        "adapted" => Answer::Adapted(words),
        "declined" => Answer::Declined(words),
        _ => return unfit("outcome", "Choose what came of it"),
    };
    let statement = sent.text("statement").parse().unwrap_or(0);
    sent.does(shared, who, Act::Answer(Answered { statement, answer }))?;
    Ok(())
}

/// An id made of the first words of a text, that nothing has yet.
fn slug(text: &str, taken: impl Fn(&str) -> bool) -> String {
    let words: String =
        text.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    let mut id = words.split_whitespace().take(6).collect::<Vec<_>>().join("-");
    id.truncate(60);
    let id = if id.is_empty() { "line".to_owned() } else { id.trim_end_matches('-').to_owned() };
    if !taken(&id) {
        return id;
    }
    (2..).map(|n| format!("{id}-{n}")).find(|id| !taken(id)).unwrap_or(id)
}

fn line(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.settles, "Others write our story")?.name.clone();
    let state = shared.at.said.state()?;
    let told = |name| Some(sent.text(name)).filter(|text| !text.is_empty());
    let line = if sent.text("version").is_empty() {
        let kind = match sent.text("kind").as_str() {
            "why" => Kind::Why,
            "how" => Kind::How,
            "what" => Kind::What,
            "target" => Kind::Target,
            "fact" => Kind::Fact,
            _ => return unfit("kind", "Choose what it is"),
        };
        let target = match kind {
            Kind::Target => {
                let measure = shared.at.measures.iter().find(|known| Some(&known.id) == told("measure").as_ref());
                let Some(measure) = measure else { return unfit("measure", "Choose the measure that it is tied to") };
                let (Some(from), Some(to)) = (sent.number("from")?, sent.number("target")?) else {
                    return unfit("target", "Write what it is now and what it is to become");
                };
                let Some(by) = sent.day("by")? else { return unfit("by", "Write the day by which") };
                Some(Target { measure: measure.id.clone(), unit: measure.unit.clone(), from, to, by })
            }
            _ => None,
        };
        let id = slug(&sent.text("text"), |id| state.lines.contains_key(id));
        let (text, good_until) = (sent.text("text"), sent.day("good_until")?);
        Line { id, kind, text, under: told("under"), target, evidence: told("evidence"), good_until, retired: false }
    } else {
        let Some(old) = state.lines.get(&sent.text("line")) else { return gone("line", "There is no such line") };
        let mut line = old.now().clone();
        line.text = told("text").unwrap_or(line.text);
        if let Some(target) = &mut line.target {
            target.to = sent.number("target")?.unwrap_or(target.to);
            target.by = sent.day("by")?.unwrap_or(target.by);
        }
        line.good_until = sent.day("good_until")?.or(line.good_until);
        line.retired = sent.text("retired") == "yes";
        line
    };
    drop(state);
    sent.does(shared, who, Act::Line(line))?;
    Ok(())
}

fn stand(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let person = sent.signed(shared, |person| person.notes, "What is held of a line is signed")?;
    let disputed = match sent.text("holds").as_str() {
        "agree" => None,
        "dispute" => Some(sent.text("disputed")),
        _ => return unfit("holds", "Choose whether you agree"),
    };
    let perspective = person.seat.clone().unwrap_or_else(|| person.name.clone());
    let act = Act::Standing(LineStanding { line: sent.text("line"), perspective, disputed });
    sent.does(shared, person.name.clone(), act)?;
    Ok(())
}

fn converse(shared: &Shared, sent: &Sent) -> Result<String, No> {
    let who = sent.signed(shared, |person| person.settles, "Others open conversations here")?.name.clone();
    let state = shared.at.said.state()?;
    let Some(last) = sent.day("closes")? else { return unfit("closes", "Write the last day") };
    let mut perspectives = std::collections::BTreeMap::new();
    for line in sent.text("perspectives").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, share) =
            line.rsplit_once(':').map_or((line, Some(1.0)), |(name, n)| (name.trim(), n.trim().parse().ok()));
        let Some(share) = share else { return unfit("perspectives", "Write a share as a number: Carers: 2") };
        perspectives.insert(name.to_owned(), share);
    }
    let question = sent.text("question");
    let id = slug(&question, |id| state.talks.contains_key(id));
    drop(state);
    let act = Act::Conversation(Conversation {
        id: id.clone(),
        question,
        purpose: sent.text("purpose"),
        perspectives,
        open_to_all: sent.text("open_to_all") == "yes",
        opens: now().0,
        closes: shared.at.place.zone.midnight(Date(last.0 + 1)).0,
    });
    sent.does(shared, who, act)?;
    Ok(format!("/conversations/{id}"))
}

// For everybody.

/// `/public/say…` and `/public/said`
pub(super) async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (page, data) = path.strip_suffix(".json").map_or((path.as_str(), false), |page| (page, true));
    let id = page.strip_prefix("/public/say/").map(|id| id.to_owned());
    let headers = request.headers().clone();
    let thanks = request.uri().query() == Some("thanks");
    let sent = match (request.method() == Method::POST, &id) {
        (false, _) => None,
        (true, Some(_)) if !data => match form(request).await {
            Ok(form) => Some(form),
            Err(response) => return response,
        },
        (true, _) => return no_such(shared, &path),
    };
    let wanted = match (page, &id) {
        ("/public/say" | "/public/said", _) => true,
        (_, Some(id)) => {
            shared.at.said.state().is_ok_and(|state| state.talks.get(id).is_some_and(|talk| talk.is.open_to_all))
        }
        _ => false,
    };
    if !wanted {
        return no_such(shared, &path);
    }
    let (at, page) = (shared.clone(), page.to_owned());
    let made = tokio::task::spawn_blocking(move || -> Result<Response, Wrong> {
        let state = at.at.said.state()?;
        let text = match (&id, page.as_str(), data) {
            (Some(id), _, false) => return take(&at, id, sent.as_deref(), &headers, thanks),
            (Some(id), _, true) => talk_data(&at, &state, id),
            (None, "/public/say", false) => talks_page(&at, &state).into(),
            (None, "/public/say", true) => {
                json!(open_to_all(&state).map(|talk| talk_told(&at, talk)).collect::<Vec<_>>())
            }
            (None, _, false) => said_page(&at, &state).into(),
            (None, _, true) => said_data(&state),
        };
        let text = if let serde_json::Value::String(page) = text { page } else { text.to_string() };
        Ok(send(&Bytes::new(if data { JSON } else { HTML }, text), &headers, "no-cache"))
    });
    let mut response = match tokio::time::timeout(PATIENCE, made).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(wrong))) => refuse(shared, &path, &wrong),
        Ok(Err(_)) => stopped(shared),
        Err(_) => crate::serve::working(shared),
    };
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// What the public takes part in.
fn open_to_all(state: &State) -> impl Iterator<Item = &Talk> {
    state.talks.values().map(AsRef::as_ref).filter(|talk: &&Talk| talk.is.open_to_all && talk.is.opens <= now().0)
}

/// "Thursday 4 December", the last day of an open conversation; with its year where that is another.
fn until(shared: &Shared, talk: &Talk) -> String {
    let last: jiff::civil::Date = shared.at.place.zone.date(Instant(talk.is.closes - 1)).into();
    let today: jiff::civil::Date = shared.at.place.zone.date(now()).into();
    let form = if last.year() == today.year() { "%A %-d %B" } else { "%A %-d %B %Y" };
    if talk.is_open(now()) { last.strftime(form).to_string() } else { String::new() }
}

fn notice(shared: &Shared) -> Option<String> {
    (shared.at.place.name == "Rivermead").then(|| "Invented place and invented data.".to_owned())
}

fn talks_page(shared: &Shared, state: &State) -> String {
    let mut all: Vec<&Talk> = open_to_all(state).collect();
    all.sort_by_key(|talk| (!talk.is_open(now()), std::cmp::Reverse(talk.is.closes)));
    let told = all.into_iter().map(|talk| {
        let until = match until(shared, talk) {
            none if none.is_empty() => "It is closed now. You can still read it.".to_owned(),
            until => format!("You can take part until {until}."),
        };
        (Link::new(talk.is.question.clone(), format!("/public/say/{}", talk.is.id)), until)
    });
    let more = [
        Link::new("What came of what people said", "/public/said"),
        Link::new("How long people wait for care", "/public"),
        Link::new("The same as data", "/public/say.json"),
    ];
    show::public::talks(&shared.at.place.name, &told.collect::<Vec<_>>(), &more, &notice(shared))
}

fn talk_told(shared: &Shared, talk: &Talk) -> serde_json::Value {
    let time = |at: i64| jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
    json!({
        "id": talk.is.id, "question": talk.is.question, "purpose": talk.is.purpose, "open": talk.is_open(now()),
        "until": until(shared, talk), "opens": time(talk.is.opens), "closes": time(talk.is.closes),
        "people": suppress(talk.votes.participants() as u64).say(), "page": format!("/public/say/{}", talk.is.id),
    })
}

/// A statement as the public sees it: the words, and English where they are in another language.
fn public_quote(said: &Said) -> Quote {
    let mut told = quote(said);
    if !said.is.in_english.is_empty() {
        told.by = format!("{}. In English: “{}”", told.by, said.is.in_english);
    }
    Quote { note: String::new(), ..told }
}

/// An answer in words that tell everything and an outcome.
fn public_answer(said: &Said) -> show::Answer {
    let (outcome, words) = match said.answer.as_ref().map(|answer| &answer.is) {
        Some(Answer::Adopted) => (Outcome::Adopted, String::new()),
        Some(Answer::Adapted(how)) => (Outcome::Adapted, how.clone()),
        Some(Answer::Declined(why)) => (Outcome::Declined, why.clone()),
        Some(Answer::NoView) | None => {
            let days = (now().0 - said.at.0).max(0) / 86_400;
            (Outcome::Waiting, format!("It was said {} ago.", show::number::plural(days as usize, "day")))
        }
    };
    show::Answer { quote: public_quote(said), outcome, words, links: Vec::new() }
}

/// What the public said and others see: answers first, the newest of them first.
fn told_to_all(state: &State) -> Vec<(u64, &Said)> {
    let all = open_to_all(state).flat_map(|talk| &talk.statements).filter(|(_, said)| said.is_in());
    let mut all: Vec<(u64, &Said)> = all.map(|(id, said)| (*id, said)).collect();
    all.sort_by_key(|(id, said)| {
        let answered = said.answer.as_ref().map(|answer| answer.at);
        (std::cmp::Reverse(answered), *id)
    });
    all
}

fn said_page(shared: &Shared, state: &State) -> String {
    let mut left = LITTLE;
    let rows = told_to_all(state).into_iter().map(|(_, said)| public_answer(said));
    let rows = rows.take_while(|row| {
        let bytes = row.quote.text.len() + row.quote.by.len() + row.words.len() + 120;
        left = left.saturating_sub(bytes);
        left > 0
    });
    let links = vec![
        Link::new("Say what you think", "/public/say"),
        Link::new("How long people wait for care", "/public"),
        Link::new("All of it, as data", "/public/said.json"),
    ];
    show::public::answers(&PublicAnswers {
        place: shared.at.place.name.clone(),
        question: String::new(),
        rows: rows.collect(),
        links,
        notice: notice(shared),
    })
}

fn statement_told(id: u64, said: &Said) -> serde_json::Value {
    let told = public_answer(said);
    json!({
        "statement": id, "text": said.is.text, "language": said.is.language, "in_english": said.is.in_english, "by": by(said),
        "outcome": told.outcome.say(), "answer": told.words,
        "because": said.answer.as_ref().map_or(&[][..], |answer| answer.because.as_slice()),
    })
}

fn said_data(state: &State) -> serde_json::Value {
    json!(told_to_all(state).into_iter().map(|(id, said)| statement_told(id, said)).collect::<Vec<_>>())
}

fn talk_data(shared: &Shared, state: &State, id: &str) -> serde_json::Value {
    let Some(talk) = state.talks.get(id) else { return serde_json::Value::Null };
    let mut told = talk_told(shared, talk);
    let seen = talk.statements.iter().filter(|(_, said)| said.is_in());
    told["statements"] = json!(seen.map(|(id, said)| statement_told(*id, said)).collect::<Vec<_>>());
    let report = shared.at.opinions.of(talk).report.json();
    told["votes"] = serde_json::from_str(&report).unwrap_or_default();
    told
}

/// Takes what was sent, and shows the page.
fn take(shared: &Shared, id: &str, sent: Option<&str>, headers: &HeaderMap, thanks: bool) -> Result<Response, Wrong> {
    let to = format!("/public/say/{}", show::escape(id));
    let Some(form) = sent else { return talk_page(shared, id, headers, thanks, None) };
    let mut sent = Sent::new(form, None, headers.clone());
    sent.to = Ask { page: Page::Conversation(id.to_owned()), ..Ask::default() };
    let done = if sent.fields.iter().any(|field| field.0 == "vote") {
        vote(shared, &sent).map(|cookie| (to.clone(), cookie))
    } else {
        say(shared, &sent).map(|cookie| (format!("{to}?thanks#yours"), cookie))
    };
    let (status, field, words) = match done {
        Ok((to, cookie)) => {
            let response = see_other(&to);
            return Ok(cookie.map_or_else(|| see_other(&to), |cookie| with_cookie(response, &cookie)));
        }
        Err(No::Refusal(refusal)) => (status(refusal.why), refusal.field, refusal.words),
        Err(No::TooOften(words)) => (StatusCode::TOO_MANY_REQUESTS, "", words),
        Err(No::NotAllowed(words, _)) => (StatusCode::FORBIDDEN, "", words),
        Err(No::Wrong(wrong)) => return Err(wrong),
    };
    let mut response = talk_page(shared, id, headers, false, Some((&sent, field, &words)))?;
    *response.status_mut() = status;
    Ok(response)
}

fn talk_page(
    shared: &Shared,
    id: &str,
    headers: &HeaderMap,
    thanks: bool,
    tried: Option<(&Sent, &str, &str)>,
) -> Result<Response, Wrong> {
    let state = shared.at.said.state()?;
    let Some(talk) = state.talks.get(id) else {
        return Err(Wrong::NoSuch { what: "conversation".to_owned(), name: id.to_owned(), like: Vec::new() });
    };
    let to = format!("/public/say/{}", show::escape(id));
    let who = device(headers).map(|device| voter(&shared.at.key, id, device));
    let open = talk.is_open(now());
    let once = random()?;
    let kept = vec![("once".to_owned(), once.clone())];
    let voting = tried.filter(|(sent, ..)| !sent.text("vote").is_empty());
    let vote = next(shared, talk, who.as_deref(), &once);
    let vote = vote.0.filter(|_| open).map(|(number, said)| show::Vote {
        id: "next".to_owned(),
        quote: Quote { by: format!("Written by a participant: {}", by(said)), note: String::new(), ..quote(said) },
        translation: Some(said.is.in_english.clone()).filter(|english| !english.is_empty()),
        at: (vote.1 + 1, vote.2),
        send_to: to.clone(),
        kept: kept.iter().cloned().chain([("statement".to_owned(), number.to_string())]).collect(),
        wrong: voting.map(|(_, _, words)| words.to_owned()),
        note: String::new(),
    });
    let writing = tried.filter(|(sent, ..)| sent.text("vote").is_empty());
    let mut fields = vec![
        must(long("text", "Your words", "", STATEMENT)),
        must(choose(field("perspective", "Who are you?", ""), voices(talk))),
        Field {
            most: 100,
            ..field("role", "More about you, if you like", "Such as: a mum in Dunmoor. Not your name.")
        },
        choose(field("language", "Which language do you write in?", ""), pairs_of(&LANGUAGES)),
    ];
    for field in &mut fields {
        field.value = writing.map_or_else(String::new, |(sent, ..)| sent.text(&field.name));
    }
    let note = if thanks {
        "Thank you. We have what you wrote. A person reads it first."
    } else {
        "We keep it out if it is rude, if it sells a thing or if it is not about this. Then we say why."
    };
    let add = Form {
        id: "say".to_owned(),
        send_to: to.clone(),
        post: true,
        kept,
        fields,
        button: "Send it".to_owned(),
        note: note.to_owned(),
        wrong: writing.map(|(_, field, words)| (field.to_owned(), words.to_owned())),
    };
    let heard = shared.at.opinions.of(talk);
    let (mut agree, mut differ) = (Vec::new(), Vec::new());
    for (title, quotes) in crate::view::talked::ground(talk, &heard).parts {
        let part = if title.starts_with("Where we differ") { &mut differ } else { &mut agree };
        for told in quotes {
            let told = Quote { splits: Vec::new(), note: String::new(), ..told };
            if !part.contains(&told) {
                part.push(told);
            }
        }
    }
    let mine = talk.statements.values().filter(|said| who.as_ref() == Some(&said.who));
    let links = vec![
        Link::new("What came of what people said", "/public/said"),
        Link::new("What we kept out, and why", format!("/conversations/{}/moderation", show::escape(id))),
        Link::new("All that we ask", "/public/say"),
        Link::new("The same as data", format!("{to}.json")),
    ];
    let page = show::public::talk(&PublicTalk {
        place: shared.at.place.name.clone(),
        question: talk.is.question.clone(),
        why: talk.is.purpose.clone(),
        until: until(shared, talk),
        people: suppress(talk.votes.participants() as u64),
        vote,
        add: open.then_some(add),
        agree,
        differ,
        yours: mine.rev().take(20).map(|said| (public_quote(said), standing_of(said).1)).collect(),
        links,
        notice: notice(shared),
    });
    let mut response = send(&Bytes::new(HTML, page), headers, "no-store");
    response.headers_mut().remove(header::ETAG);
    Ok(response)
}
