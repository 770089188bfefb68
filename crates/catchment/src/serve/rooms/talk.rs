//! The shared story, conversations, moderation and answers: their forms, and their pages for the public.
//!
//! Whoever takes part without an account is known by 128 random bits in a cookie that is set when they first vote or speak. The Ledger
//! sees only numbers that [`crate::said::voter`] makes of it, one for votes and another for words, which mean nothing beyond one
//! conversation: what somebody says does not tell how they vote. Nothing that is written is logged.

use super::{Led, No, Sent, Shared, asking, no_such, source, status, stopped, unfit};
use crate::access::{Person, random};
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use crate::said::{ToDo, voter};
use crate::serve::forms::{form, is_secure, see_other, with_cookie};
use crate::serve::{Answer as Bytes, HTML, JSON, PATIENCE, refuse, send};
use crate::view::story::kind;
use crate::view::talked::{ELSEWHERE, LANGUAGES, by, kept_out, led, named, priorities, quote, surge};
use agree::decision::Answer;
use agree::log::{
    Act, Answered, Appeal, Conversation, Helped, Kind, Line, LineStanding, Minutes, Moderation, Refusal, Ruling,
    STATEMENT, Said, State, Statement, Talk, Target, Translation, Via, Vote, Why,
};
use agree::plan::State as Step;
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
/// One device votes so often in a minute, and says so many things in an hour; so many come for the first time from one address in a
/// minute, and in an hour; so many answers to a pulse in an hour are of one device, of one address, and by one link.
const PACE: [(usize, Duration); 7] =
    [(60, MINUTE), (10, HOUR), (60, MINUTE), (300, HOUR), (30, HOUR), (60, HOUR), (300, HOUR)];
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Of so many forms that a device came with it is remembered which device that was, for a form that is sent twice.
const CAME: usize = 4096;
/// A moderator is shown so many statements at once.
const QUEUE: usize = 20;
/// So many answers stand on one page for the public, so that it stays small.
const PAGE: usize = 40;

const POLICY: &str = "Somebody reads it before others see it. It is kept out when it names a person, attacks somebody, sells something or has nothing to do with the question; then it is said why, and you may ask again.";

/// Who takes part.
enum Known {
    /// By what their device holds, or their name where they are signed in.
    As(String),
    /// They come for the first time.
    New,
    /// They may not here.
    Not,
}

/// What proves that a token is one of ours.
fn mac(shared: &Shared, token: &str) -> String {
    format!("{:032x}", shared.at.key.pseudonym(&[b"device cookie", token.as_bytes()]))
}

/// What the device of a reader holds; a cookie that we did not make is none.
pub(super) fn device(shared: &Shared, headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|pair| pair.0 == DEVICE).filter_map(|pair| pair.1.split_once('.'));
    ours.find(|(token, made)| token.len() == 32 && *made == mac(shared, token)).map(|pair| pair.0.to_owned())
}

fn known(shared: &Shared, talk: &Talk, person: Option<&Person>, headers: &HeaderMap) -> Known {
    match person.filter(|person| person.notes) {
        Some(person) => Known::As(format!("person/{}", person.name)),
        None if !talk.is.open_to_all => Known::Not,
        None => device(shared, headers).map_or(Known::New, Known::As),
    }
}

/// The name under which somebody votes.
fn voting(shared: &Shared, talk: &Talk, device: &str) -> String {
    voter(&shared.at.key, &talk.is.id, device)
}

/// The name under which they speak, which tells nothing of how they vote.
fn speaking(shared: &Shared, talk: &Talk, device: &str) -> String {
    voter(&shared.at.key, &format!("say/{}", talk.is.id), device)
}

/// The number in the name of a voter.
fn number_of(who: &str) -> Option<u64> {
    u64::from_str_radix(who.strip_prefix("voter/")?, 16).ok()
}

/// Who sends this, with the cookie that is to be set where they come for the first time. The same form twice is the same device.
fn sender(shared: &Shared, talk: &Talk, sent: &Sent) -> Result<(String, Option<String>), No> {
    match known(shared, talk, sent.person.as_ref(), &sent.headers) {
        Known::As(who) => Ok((who, None)),
        Known::Not => Err(No::NotAllowed(
            "This conversation is among those who work here, and you are not signed in".to_owned(),
            shared.access.names(|person| person.notes),
        )),
        Known::New => new_device(shared, sent).map(|(token, cookie)| (token, Some(cookie))),
    }
}

/// What a device is to hold from now on, and the cookie that gives it. A form that is sent again gets the same.
pub(super) fn new_device(shared: &Shared, sent: &Sent) -> Result<(String, String), No> {
    static CAME_WITH: LazyLock<Mutex<VecDeque<(String, String)>>> = LazyLock::new(Mutex::default);
    let mut came = CAME_WITH.lock().unwrap_or_else(PoisonError::into_inner);
    let once = sent.once();
    let again = once.as_ref().and_then(|once| came.iter().rev().find(|known| known.0 == *once));
    let token = match again {
        Some((_, token)) => token.clone(),
        None => {
            pace(&sent.from, 2)?;
            pace(&sent.from, 3)?;
            let token = random()?;
            came.extend(once.map(|once| (once, token.clone())));
            let many = came.len().saturating_sub(CAME);
            came.drain(..many);
            token
        }
    };
    let secure = if is_secure(&sent.headers) { "; Secure" } else { "" };
    let made = mac(shared, &token);
    let cookie = format!("{DEVICE}={token}.{made}; Path=/; HttpOnly; SameSite=Lax; Max-Age={DEVICE_LASTS}{secure}");
    Ok((token, cookie))
}

/// When each of those who were here in the last hour did what.
#[derive(Default)]
struct Pots {
    times: HashMap<(String, usize), VecDeque<Moment>>,
    /// The same in order of time, so that what is old is dropped without a look at all the rest.
    order: VecDeque<(Moment, (String, usize))>,
}

impl Pots {
    /// Whether somebody may do this once more now; if so it is counted.
    fn take(&mut self, now: Moment, who: &str, what: usize) -> bool {
        while self.order.front().is_some_and(|(at, _)| now.duration_since(*at) >= HOUR) {
            let Some((_, pot)) = self.order.pop_front() else { break };
            let left = self.times.get_mut(&pot).map_or(0, |times| {
                times.pop_front();
                times.len()
            });
            if left == 0 {
                self.times.remove(&pot);
            }
        }
        let (most, within) = PACE[what];
        let pot = (who.to_owned(), what);
        let times = self.times.entry(pot.clone()).or_default();
        let lately = times.iter().rev().take_while(|at| now.duration_since(**at) < within).take(most).count();
        if lately >= most {
            return false;
        }
        times.push_back(now);
        self.order.push_back((now, pot));
        true
    }
}

/// Lets somebody do a thing so often and no more, in words that are kind.
pub(super) fn pace(who: &str, what: usize) -> Result<(), No> {
    static LATELY: LazyLock<Mutex<Pots>> = LazyLock::new(Mutex::default);
    let mut lately = LATELY.lock().unwrap_or_else(PoisonError::into_inner);
    if lately.take(Moment::now(), who, what) {
        return Ok(());
    }
    let wait = if PACE[what].1 == HOUR { "an hour" } else { "a minute" };
    Err(No::TooOften(match what {
        0 | 1 | 4.. => format!("Thank you: that was a lot in a short time. Come back in {wait}"),
        _ => format!("Many people began from your network at once. Come back in {wait}, or hand in a paper sheet"),
    }))
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
    let number = who.and_then(number_of);
    let open = talk.statements.values().filter(|said| said.is_in()).count() as u64;
    let voted = |id: &u64| number.is_some_and(|number| talk.votes.vote_of(number, *id).is_some());
    let seen = talk.statements.iter().filter(|(id, said)| said.is_in() && voted(id)).count() as u64;
    let mut weights = priorities(talk, &shared.at.opinions);
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
                if may(|person| person.settles) && now().0 < talk.is.closes {
                    let acts = vec![Picture::Acts(steering(shared, ask, talk))];
                    view.panels.push(panel(
                        "steer",
                        "Change this conversation",
                        "Signed, and kept beside what was before.",
                        acts,
                    ));
                }
            }
        }
        Page::Moderation(id) if may(|person| person.helps) => {
            let state = shared.at.said.state()?;
            let reads = may(|person| person.moderates);
            if let Some(talk) = state.talks.get(id) {
                let waits: Vec<Picture> = queue(ask, talk, reader.map_or("", |reader| &reader.name));
                let pictures = if waits.is_empty() {
                    vec![Picture::Words(vec!["Nothing waits to be read.".to_owned()])]
                } else {
                    waits
                };
                let many = talk.statements.values().filter(|said| said.waits()).count();
                let note = format!("{}, oldest first.", show::number::plural(many, "statement"));
                if reads {
                    view.panels.insert(0, panel("queue", "What waits to be read", &note, pictures));
                    let acts = vec![Picture::Acts(vec![taking_out(ask, talk), translating(ask, talk)])];
                    view.panels.push(panel("seen", "What people see", "", acts));
                }
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
            let acts: Vec<show::Act> = [false, true].iter().filter_map(|mend| answering(ask, &state, *mend)).collect();
            if !acts.is_empty() {
                let note = "Whoever wrote it, and everybody, sees the answer.";
                view.panels.insert(0, panel("answer", "Answer somebody", note, vec![Picture::Acts(acts)]));
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
        "translate" => translate(shared, sent).map(|()| Led::to(page("seen"))),
        "steer" => steer(shared, sent).map(|()| Led::to(page("steer"))),
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

fn is_voice(talk: &Talk, name: &str) -> bool {
    voices(talk).iter().skip(1).any(|voice| voice.0 == name)
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
fn standing_of(talk: &Talk, id: u64, said: &Said) -> (Outcome, String) {
    // Of one that says what another says, the answer is that one's.
    let stands = talk.stands_for(id);
    if stands != id
        && let Some(other) = talk.statements.get(&stands)
    {
        let (outcome, words) = standing_of(talk, stands, other);
        let words = if other.answer.is_none() { String::new() } else { format!(" {words}") };
        return (
            outcome,
            format!("Another statement, number {}, says the same and stands for both.{words}", other.number),
        );
    }
    match (&said.answer, said.ruling()) {
        (Some(answer), _) => match &answer.is {
            Answer::Adopted => (Outcome::Adopted, "It was taken up.".to_owned()),
            Answer::Adapted(how) => (Outcome::Adapted, how.clone()),
            Answer::Declined(why) => (Outcome::Declined, why.clone()),
            Answer::NoView => (Outcome::Waiting, String::new()),
        },
        (None, None) => (Outcome::Waiting, "Thank you. We have it; somebody reads it first.".to_owned()),
        (None, Some(Ruling::In)) => (Outcome::Waiting, "Others see it and vote on it.".to_owned()),
        (None, Some(Ruling::Out(why))) => {
            let again = if said.appeal.is_some() { " You asked again: somebody else will read it." } else { "" };
            (Outcome::Waiting, format!("It is kept out: {why}.{again}"))
        }
        (None, Some(Ruling::SameAs(_))) => (Outcome::Waiting, "Another statement says the same.".to_owned()),
    }
}

/// Whether its author may ask that it be looked at again.
fn may_appeal(said: &Said) -> bool {
    said.appeal.is_none() && matches!(said.ruling(), Some(Ruling::Out(_) | Ruling::SameAs(_)))
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
    let held = if let Known::As(held) = &who { Some(held.as_str()) } else { None };
    let votes_as = held.map(|held| voting(shared, talk, held));
    let who = votes_as.as_deref();
    let signed = held.is_some_and(|held| held.starts_with("person/"));
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
                    quote: Quote { by: format!("Written by a participant: {}", by(said)), ..known },
                    at: (seen + 1, of),
                    send_to: form.send_to,
                    kept,
                    wrong: None,
                    note: if signed { PROMISE_SIGNED } else { PROMISE }.to_owned(),
                })
            }
            None if of == 0 => Picture::Words(vec!["Nobody has said anything yet. You can be the first.".to_owned()]),
            None => Picture::Words(vec![
                "You have voted on every statement. Thank you. Come back when others have said more, or say something yourself.".to_owned(),
            ]),
        });
        let add = Form { fields: stating(talk), button: "Say it".to_owned(), ..asking(ask, "say") };
        let mut acts = vec![doing("Add a statement", "One thought, in your own words.", shown.is_none(), add)];
        let number = who.and_then(number_of);
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
    let Some(who) = held.map(|held| speaking(shared, talk, held)) else { return panels };
    let mine: Vec<(u64, &Said)> =
        talk.statements.iter().filter(|(_, said)| said.who == who).map(|(id, said)| (*id, said)).collect();
    if !mine.is_empty() {
        let rows = mine.iter().map(|(id, said)| {
            let (outcome, words) = standing_of(talk, *id, said);
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

/// What waits for a moderator, each with its form where this one may decide.
fn queue(ask: &Ask, talk: &Talk, reader: &str) -> Vec<Picture> {
    let waits = talk.statements.iter().filter(|(_, said)| said.waits()).take(QUEUE);
    waits
        .flat_map(|(id, said)| {
            let mut words = vec![format!("“{}”", said.is.text), format!("Statement {}, {}", said.number, by(said))];
            if !said.is.in_english.is_empty() {
                words.insert(1, format!("In English: “{}”", said.is.in_english));
            }
            if let Some(Ruling::Out(why)) = said.ruling() {
                words.push(format!("It was kept out: {why}"));
            }
            words.extend(said.appeal.as_ref().map(|why| {
                let before: Vec<&str> = said.rulings.iter().map(|ruled| ruled.who.as_str()).collect();
                format!("Its author asks again: {why}. Somebody other than {} decides now.", before.join(" and "))
            }));
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
            let is_asked_again = said.appeal.is_some() && said.rulings.iter().any(|ruled| ruled.who == reader);
            let form = (!is_asked_again).then_some(Picture::Form(form));
            [Picture::Words(words)].into_iter().chain(form)
        })
        .collect()
}

/// What is said under the buttons.
const PROMISE: &str = "Nobody sees how you voted: votes are told eleven people at a time, and never with a name.";
/// The same for who is signed in, whose number is made of their name.
const PROMISE_SIGNED: &str = "Your vote is counted apart from your name, and told with ten others at least. Whoever holds the key of this place and its Ledger could work out how a signed-in person voted; nobody else can.";

/// Takes out what people see.
fn taking_out(ask: &Ask, talk: &Talk) -> show::Act {
    let seen = talk.statements.iter().filter(|(_, said)| said.is_in());
    let options = seen.map(|(id, said)| (id.to_string(), format!("{}: {}", said.number, short(&said.is.text))));
    let fields = vec![
        must(choose(field("statement", "The statement", ""), options)),
        must(Field { most: 2000, ..field("reason", "Why", "Everybody reads it, and whoever wrote it may ask again.") }),
    ];
    let mut form =
        Form { id: "take-out".to_owned(), fields, button: "Take it out".to_owned(), ..asking(ask, "moderate") };
    form.kept.push(("ruling".to_owned(), "out".to_owned()));
    doing("Take out a statement that was let in", "", false, form)
}

/// A statement in another language.
fn translating(ask: &Ask, talk: &Talk) -> show::Act {
    let options = talk.statements.iter().filter(|(_, said)| said.is_in() || said.waits());
    let options = options.map(|(id, said)| (id.to_string(), format!("{}: {}", said.number, short(&said.is.text))));
    let into =
        LANGUAGES.iter().map(|(tag, name)| (if tag.is_empty() { "en" } else { *tag }.to_owned(), (*name).to_owned()));
    let fields = vec![
        must(choose(field("statement", "The statement", ""), options)),
        must(choose(field("language", "Into which language", ""), into)),
        must(long("text", "Its words in that language", "They stand beside the original.", 2 * STATEMENT)),
    ];
    let form = Form { fields, button: "Put it beside".to_owned(), ..asking(ask, "translate") };
    doing("Put a translation beside a statement", "", false, form)
}

/// What may be changed of a conversation.
fn steering(shared: &Shared, ask: &Ask, talk: &Talk) -> Vec<show::Act> {
    let last = shared.at.place.zone.date(Instant(talk.is.closes - 1)).to_string();
    let own = |id: &str, title: &str, button: &str, fields: Vec<Field>| {
        let mut form = Form { id: id.to_owned(), fields, button: button.to_owned(), ..asking(ask, "steer") };
        let parent = talk.versions.last().map(u64::to_string).unwrap_or_default();
        form.kept.extend([("what".to_owned(), id.to_owned()), ("parent".to_owned(), parent)]);
        doing(title, "", false, form)
    };
    let purpose = Field {
        value: talk.is.purpose.clone(),
        ..must(long("purpose", "Why it is asked, and what will be done with what is said", "", 2000))
    };
    let closes = Field { entry: Entry::Day, value: last, ..must(field("closes", "The last day", "")) };
    let mut acts = vec![
        own("purpose", "Correct why it is asked", "Correct it", vec![purpose]),
        own("last-day", "Move its last day", "Move it", vec![closes]),
    ];
    if talk.is_open(now()) {
        acts.push(own("close", "Close it now", "Close it now: nobody votes or speaks any more", Vec::new()));
    }
    acts
}

/// What a helper types in.
fn helped(ask: &Ask, talk: &Talk) -> show::Act {
    let via = pairs_of(&[("paper", "On paper"), ("phone", "By phone"), ("room", "In a room")]);
    let on = field("on", "The day on which it was filled in", "Needed once the conversation is closed.");
    let mut fields = vec![
        must(choose(field("via", "How it came", "One sheet, or one call, of one person at a time."), via)),
        Field { entry: Entry::Day, ..on },
    ];
    fields.extend(stating(talk).into_iter().map(|field| Field { required: false, ..field }));
    fields.push(long(
        "votes",
        "Votes",
        "One a line, the number of a statement as it stands on the sheet and agree, disagree or pass: 12 agree",
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

/// The form that answers a statement, or mends an answer.
fn answering(ask: &Ask, state: &State, mend: bool) -> Option<show::Act> {
    let waiting = state.talks.values().filter(|talk| !talk.is.elsewhere).flat_map(|talk| &talk.statements);
    let mut waiting: Vec<(&u64, &Said)> =
        waiting.filter(|(_, said)| said.is_in() && said.answer.is_some() == mend).collect();
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
    let mut form = Form { fields, button: "Answer".to_owned(), ..asking(ask, "answer") };
    if mend {
        form.id = "mend".to_owned();
        form.button = "Mend it".to_owned();
        form.fields[0].label = "The statement that was answered".to_owned();
        return Some(doing(
            "Mend an answer",
            "The new one takes the place of the old one, which stays in the Ledger.",
            false,
            form,
        ));
    }
    Some(doing("Answer a statement", "", true, form))
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
            must(cause()),
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
        Field { entry: Entry::Day, ..field("opens", "The first day", "Empty: it opens at once.") },
        must(Field { entry: Entry::Day, ..field("closes", "The last day", "") }),
    ];
    let form = Form { fields, button: "Open it".to_owned(), ..asking(ask, "conversation") };
    doing("Open a conversation", "", false, form)
}

// What forms do.

fn gone<T>(field: &'static str, words: &str) -> Result<T, No> {
    Err(No::Refusal(Refusal { field, words: words.to_owned(), why: Why::Unknown }))
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
    // A conversation that is closed takes nobody in.
    let cast = |perspective| Act::Vote(Vote { statement, choice, perspective, ..Vote::default() });
    state.check("voter/0000000000000000", now(), &[], &cast(String::new())).map_err(No::Refusal)?;
    let (held, cookie) = sender(shared, talk, sent)?;
    let who = voting(shared, talk, &held);
    pace(&who, 0)?;
    let perspective = number_of(&who).and_then(|number| talk.votes.perspectives.get(&number)).cloned();
    let act = cast(perspective.unwrap_or_default());
    drop(state);
    sent.does(shared, who, act)?;
    Ok(cookie)
}

/// Says with which voice somebody votes, by casting one of their votes again with it.
fn voice(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let perspective = sent.text("perspective");
    if !is_voice(talk, &perspective) {
        return unfit("perspective", "Choose one of these voices");
    }
    let (held, _) = sender(shared, talk, sent)?;
    let who = voting(shared, talk, &held);
    let number = number_of(&who).unwrap_or_default();
    let cast = talk.statements.iter().filter(|(_, said)| said.is_in());
    let cast = cast.filter_map(|(id, _)| Some((*id, talk.votes.vote_of(number, *id)?))).next();
    let Some((statement, choice)) = cast else { return unfit("perspective", "Vote on a statement first") };
    pace(&who, 0)?;
    let choice = choice.number() as i8;
    drop(state);
    sent.does(shared, who, Act::Vote(Vote { statement, choice, perspective, ..Vote::default() }))?;
    Ok(())
}

/// The statement that a form holds.
fn stated(talk: &Talk, sent: &Sent, via: Via) -> Result<Statement, No> {
    let perspective = sent.text("perspective");
    if !is_voice(talk, &perspective) {
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
        helped: None,
    })
}

fn say(shared: &Shared, sent: &Sent) -> Result<Option<String>, No> {
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let act = Act::Statement(stated(talk, sent, Via::Device)?);
    let is_new = |who: &str| {
        let again = |no: &Refusal| sent.once().is_some() && no.why == Why::Already;
        state.check(who, now(), &[], &act).or_else(|no| if again(&no) { Ok(()) } else { Err(No::Refusal(no)) })
    };
    // What cannot be said, or comes too late, takes nobody in.
    is_new("voter/0000000000000000")?;
    let (held, cookie) = sender(shared, talk, sent)?;
    let who = speaking(shared, talk, &held);
    is_new(&who)?;
    pace(&who, 1)?;
    drop(state);
    sent.does(shared, who, act)?;
    Ok(cookie)
}

fn appeal(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let state = shared.at.said.state()?;
    let statement = sent.text("statement").parse().unwrap_or(0);
    let Some((talk, _)) = state.statement(statement) else { return gone("statement", "There is no such statement") };
    let (held, _) = sender(shared, talk, sent)?;
    let who = speaking(shared, talk, &held);
    drop(state);
    sent.does(shared, who, Act::Appeal(Appeal { statement, words: sent.text("words") }))?;
    Ok(())
}

fn moderate(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.moderates, "Others read statements here")?.name.clone();
    let statement = sent.text("statement").parse().unwrap_or(0);
    let ruling = match sent.text("ruling").as_str() {
        "in" => Ruling::In,
        "out" => Ruling::Out(sent.text("reason")),
        "same" => match numbered(shared, statement, &sent.text("same_as"))? {
            Some(other) => Ruling::SameAs(other),
            None => return unfit("same_as", "Write the number of the statement that says the same"),
        },
        _ => return unfit("ruling", "Choose what to do with it"),
    };
    sent.does(shared, who, Act::Moderation(Moderation { statement, ruling }))?;
    Ok(())
}

/// The statement of this number in the conversation of another.
fn numbered(shared: &Shared, beside: u64, number: &str) -> Result<Option<u64>, No> {
    let state = shared.at.said.state()?;
    let number = number.trim_start_matches('#').parse().ok();
    Ok(number.and_then(|number| state.statement(beside)?.0.numbered(number)))
}

fn translate(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.moderates, "Others translate statements here")?.name.clone();
    let statement = sent.text("statement").parse().unwrap_or(0);
    let (language, text) = (sent.text("language"), sent.text("text"));
    sent.does(shared, who, Act::Translation(Translation { statement, language, text }))?;
    Ok(())
}

/// The number of a statement and a vote on it, as people write them: "14 agree", "#14: pass", "14, disagree".
fn marked(line: &str) -> Option<(u64, i8)> {
    let line = line.trim().trim_start_matches('#').trim_start();
    let (number, rest) = line.split_at(line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(line.len()));
    let words =
        rest.trim_start_matches(|letter: char| letter.is_whitespace() || ":.,;)".contains(letter)).to_lowercase();
    let choice = match words.trim_end_matches(['.', ' ']) {
        "agree" | "a" | "+" | "yes" => 1,
        "disagree" | "d" | "-" | "no" => -1,
        "pass" | "p" | "0" => 0,
        _ => return None,
    };
    Some((number.parse().ok()?, choice))
}

/// One person's sheet or call: a statement, votes or both, under a number that is nobody's.
fn sheet(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let by = sent.signed(shared, |person| person.helps, "Helpers type in what came on paper")?.name.clone();
    let helped = Some(Helped { by, on: sent.day("on")? });
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let via = match sent.text("via").as_str() {
        "paper" => Via::Paper,
        "phone" => Via::Phone,
        "room" => Via::Room,
        _ => return unfit("via", "Say how it came"),
    };
    let once = sent.once().map_or_else(random, Ok)?;
    // Which sheet it is, is drawn by itself: what stands in the Ledger of the form leads to no number.
    let sheet = format!("sheet/{:032x}", shared.at.key.pseudonym(&[b"sheet", once.as_bytes()]));
    let (votes_as, speaks_as) = (voting(shared, talk, &sheet), speaking(shared, talk, &sheet));
    let mut acts = Vec::new();
    if !sent.text("text").is_empty() {
        acts.push(Act::Statement(Statement { helped: helped.clone(), ..stated(talk, sent, via)? }));
    }
    let perspective = sent.text("perspective");
    if !perspective.is_empty() && !is_voice(talk, &perspective) {
        return unfit("perspective", "Choose one of these voices");
    }
    for (n, line) in sent.text("votes").lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Some((number, choice)) = marked(line) else {
            return unfit("votes", format!("Line {}: write a number and agree, disagree or pass: 14 agree", n + 1));
        };
        let Some(statement) = talk.numbered(number) else {
            return unfit("votes", format!("Line {}: there is no statement {number} in this conversation", n + 1));
        };
        let twice =
            |act: &Act| matches!(act, Act::Vote(known) if known.statement == statement && known.choice != choice);
        if acts.iter().any(twice) {
            return unfit("votes", format!("Line {}: the sheet votes on statement {number} twice, in two ways", n + 1));
        }
        acts.push(Act::Vote(Vote { statement, choice, perspective: perspective.clone(), via, helped: helped.clone() }));
    }
    if acts.is_empty() {
        return unfit("text", "Type in what was said, or votes, or both");
    }
    let at = now();
    let who = |act: &Act| if matches!(act, Act::Statement(_)) { &speaks_as } else { &votes_as }.clone();
    for act in &acts {
        match state.check(&who(act), at, &[], act) {
            Err(no) if no.why == Why::Closed && no.field == "conversation" => {
                return unfit("on", format!("{}. Say the day on which the sheet was filled in", no.words));
            }
            Err(no) if no.why != Why::Already => return Err(No::Refusal(no)),
            _ => {}
        }
    }
    drop(state);
    for (n, act) in acts.into_iter().enumerate() {
        let once = Some(format!("{once}-{n}"));
        shared.at.said.deed(ToDo { once, ..ToDo::now(who(&act), act) })?;
    }
    Ok(())
}

fn minute(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let may = |person: &Person| person.helps || person.settles;
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
    sent.does_because(shared, who, Act::Answer(Answered { statement, answer }))?;
    Ok(())
}

/// An id made of the first words of a text, or else of what it is, that nothing has yet.
fn slug(text: &str, kind: &str, taken: impl Fn(&str) -> bool) -> String {
    let words: String =
        text.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    let mut id = words.split_whitespace().take(6).collect::<Vec<_>>().join("-");
    id.truncate(60);
    let id = if id.is_empty() { kind.to_owned() } else { id.trim_end_matches('-').to_owned() };
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
        let id = slug(&sent.text("text"), "line", |id| state.lines.contains_key(id));
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
    sent.does_because(shared, who, Act::Line(line))?;
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
    let Some(last) = sent.day("closes")? else { return unfit("closes", "Write the last day") };
    let opens = match sent.day("opens")? {
        Some(day) if day < shared.at.place.zone.date(now()) => {
            return unfit("opens", "The first day is over: leave it empty, and it opens at once");
        }
        Some(day) => shared.at.place.zone.midnight(day).0.max(now().0),
        None => now().0,
    };
    let mut perspectives = std::collections::BTreeMap::new();
    for line in sent.text("perspectives").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, share) =
            line.rsplit_once(':').map_or((line, Some(1.0)), |(name, n)| (name.trim(), n.trim().parse().ok()));
        let Some(share) = share.filter(|share: &f64| (0.001..=1000.0).contains(share)) else {
            return unfit("perspectives", "Write a share as a number from 0.001 to 1,000: Carers: 2");
        };
        // "Carers 2" is a share without its colon; "Ward 2: 1" is a voice.
        if !line.contains(':') && line.ends_with(|last: char| last.is_ascii_digit()) {
            return unfit("perspectives", "Write a colon between a voice and its share: Carers: 2");
        }
        if perspectives.insert(name.to_owned(), share).is_some() {
            return unfit("perspectives", "One voice stands here twice: give it one line");
        }
    }
    let question = sent.text("question");
    let told = Conversation {
        question,
        purpose: sent.text("purpose"),
        perspectives,
        open_to_all: sent.text("open_to_all") == "yes",
        opens,
        closes: shared.at.place.zone.midnight(Date(last.0 + 1)).0,
        ..Conversation::default()
    };
    // Somebody may open one of the same words at the same moment: then this is the next of that name.
    for _ in 0..3 {
        let state = shared.at.said.state()?;
        let id = slug(&told.question, "conversation", |id| state.talks.contains_key(id));
        drop(state);
        let seq = match sent.does(shared, who.clone(), Act::Conversation(Conversation { id, ..told.clone() })) {
            Err(No::Refusal(no)) if no.why == Why::Already && no.field == "id" => continue,
            done => done?,
        };
        // A form that was sent twice opened one, which may have another name than this one would have.
        let state = shared.at.said.state()?;
        let made = state.talks.values().find(|talk| talk.versions.first() == Some(&seq));
        return Ok(made.map_or_else(|| "/conversations".to_owned(), |talk| format!("/conversations/{}", talk.is.id)));
    }
    unfit("question", "Others open conversations of these words just now: try again")
}

/// Changes a conversation: why it is asked, its last day, or that it is over.
fn steer(shared: &Shared, sent: &Sent) -> Result<(), No> {
    let who = sent.signed(shared, |person| person.settles, "Others change conversations here")?.name.clone();
    let state = shared.at.said.state()?;
    let talk = talk_of(&state, sent)?;
    let mut told = Conversation { parent: sent.text("parent").parse().ok(), ..talk.is.clone() };
    match sent.text("what").as_str() {
        "purpose" => told.purpose = sent.text("purpose"),
        "last-day" => {
            let Some(last) = sent.day("closes")? else { return unfit("closes", "Write the last day") };
            told.closes = shared.at.place.zone.midnight(Date(last.0 + 1)).0;
            if told.closes <= now().0 {
                return unfit("closes", "That day is over: close it now instead");
            }
        }
        "close" => told.closes = now().0,
        _ => return unfit("what", "Choose what to change"),
    }
    drop(state);
    sent.does(shared, who, Act::Conversation(told))?;
    Ok(())
}

// For everybody.

/// A page for everybody.
enum Told {
    Talks,
    Said,
    Talk(String),
    KeptOut(String),
}

/// `/public/say…` and `/public/said`
pub(super) async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (page, data) = path.strip_suffix(".json").map_or((path.as_str(), false), |page| (page, true));
    let query: HashMap<String, String> = crate::ask::pairs(request.uri().query().unwrap_or_default())
        .filter_map(|(key, value)| Some((key.ok()?, value.ok()?)))
        .collect();
    let told = match page.trim_start_matches("/public/").split('/').collect::<Vec<_>>()[..] {
        ["say"] => Told::Talks,
        ["said"] => Told::Said,
        ["say", id] => Told::Talk(id.to_owned()),
        ["say", id, "kept-out"] => Told::KeptOut(id.to_owned()),
        _ => return no_such(shared, &path),
    };
    if let Told::Talk(id) | Told::KeptOut(id) = &told
        && !shared.at.said.state().is_ok_and(|state| state.talks.get(id).is_some_and(|talk| talk.is.open_to_all))
    {
        return no_such(shared, &path);
    }
    let (headers, from) = (request.headers().clone(), source(&request));
    let sent = match (request.method() == Method::POST, &told) {
        (false, _) => None,
        (true, Told::Talk(_)) if !data => match form(request).await {
            Ok(form) => Some(form),
            Err(response) => return response,
        },
        (true, _) => return no_such(shared, &path),
    };
    let at = shared.clone();
    let made = tokio::task::spawn_blocking(move || -> Result<Response, Wrong> {
        let text = match (&told, data) {
            (Told::Talk(id), false) => {
                let mut sent = Sent::new(&sent.clone().unwrap_or_default(), at.access.reader(&headers), headers, from);
                sent.to = Ask { page: Page::Conversation(id.clone()), ..Ask::default() };
                return take(&at, id, &sent, query.contains_key("thanks"));
            }
            _ => {
                let state = at.at.said.state()?;
                match (&told, data) {
                    (Told::Talk(id), _) => talk_data(&at, &state, id),
                    (Told::Talks, false) => talks_page(&at, &state).into(),
                    (Told::Talks, true) => {
                        json!(open_to_all(&state).map(|talk| talk_told(&at, talk)).collect::<Vec<_>>())
                    }
                    (Told::Said, false) => {
                        let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
                        said_page(&at, &state, page).into()
                    }
                    (Told::Said, true) => said_data(&state),
                    (Told::KeptOut(id), false) => kept_out_page(&at, &state, id).into(),
                    (Told::KeptOut(id), true) => {
                        let log = state.talks.get(id).map(|talk| kept_out(talk)).unwrap_or_default();
                        let time = |at: Instant| {
                            jiff::Timestamp::from_second(at.0).map(|at| at.to_string()).unwrap_or_default()
                        };
                        let told = |one: &crate::view::talked::Kept| json!({ "at": time(one.at), "number": one.number, "what": one.what, "why": one.why });
                        json!(log.iter().map(told).collect::<Vec<_>>())
                    }
                }
            }
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
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
    response
}

/// It fetches nothing: its few styles are in it.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// That there is no such page, for everybody.
pub(super) fn missing(shared: &Shared) -> Response {
    let html = show::public::missing(&shared.at.place.name, &notice(shared));
    let mut response = send(&Bytes::new(HTML, html), &HeaderMap::new(), "no-store");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
    response
}

/// What the public takes part in here.
fn open_to_all(state: &State) -> impl Iterator<Item = &Talk> {
    let seen = |talk: &&Talk| talk.is.open_to_all && !talk.is.elsewhere && talk.is.opens <= now().0;
    state.talks.values().map(AsRef::as_ref).filter(seen)
}

/// "Thursday 4 December", with its year where that is another.
fn day(shared: &Shared, at: Instant) -> String {
    let day: jiff::civil::Date = shared.at.place.zone.date(at).into();
    let today: jiff::civil::Date = shared.at.place.zone.date(now()).into();
    day.strftime(if day.year() == today.year() { "%A %-d %B" } else { "%A %-d %B %Y" }).to_string()
}

/// The last day of an open conversation.
fn until(shared: &Shared, talk: &Talk) -> String {
    if talk.is_open(now()) { day(shared, Instant(talk.is.closes - 1)) } else { String::new() }
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
    let more = [Link::new("The same as data", "/public/say.json")];
    show::public::talks(&shared.at.place.name, &told.collect::<Vec<_>>(), &more, &notice(shared))
}

fn talk_told(shared: &Shared, talk: &Talk) -> serde_json::Value {
    let time = |at: i64| jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
    json!({
        "id": talk.is.id, "question": talk.is.question, "purpose": talk.is.purpose, "open": talk.is_open(now()),
        "until": until(shared, talk), "opens": time(talk.is.opens), "closes": time(talk.is.closes), "elsewhere": talk.is.elsewhere,
        "people": suppress(talk.told(now()).participants() as u64).say(), "page": format!("/public/say/{}", talk.is.id),
    })
}

/// What an answer leads to: public addresses, the rest in words; and whether it is done: a decision recorded, a plan carried out, a promise kept.
fn came_of(state: &State, things: &[&str]) -> (Vec<Link>, String, bool) {
    let (mut links, mut words, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for thing in things {
        // an answer is never cut short
        let link = named(state, thing, usize::MAX);
        match thing.split_once('/') {
            Some(("decision", id)) => {
                done.push(state.decisions.get(id).is_some());
                links.push(Link::new(link.words, format!("/public/decisions/{}", show::escape(id))));
                continue;
            }
            Some(("plan", id)) => {
                let steps = state.plans.get(id).map_or(&[][..], |plan| plan.now.steps.as_slice());
                done.push(!steps.is_empty() && steps.iter().all(|step| matches!(step.state, Step::Done(_))));
            }
            Some(("promise", id)) => {
                done.push(state.promises.get(id).and_then(|one| one.kept.as_ref()).is_some_and(|one| one.on.is_some()));
            }
            Some(("line", _)) => {
                links.push(Link::new(link.words, "/public/story"));
                continue;
            }
            _ => continue,
        }
        let told = link.words.replacen("A promise: ", "We promised: ", 1);
        words.push(format!("{}.", told.trim_end_matches('.')));
    }
    (links, words.join(" "), !done.is_empty() && done.iter().all(|done| *done))
}

/// An answer in words that tell everything, and whether it is done.
fn public_answer(state: &State, led: &HashMap<u64, Vec<&str>>, id: u64, said: &Said) -> (show::Answer, bool) {
    let mut things: Vec<&str> = said.answer.iter().flat_map(|one| one.because.iter().map(String::as_str)).collect();
    for thing in led.get(&id).into_iter().flatten() {
        if !things.contains(thing) {
            things.push(thing);
        }
    }
    let (links, changed, done) = came_of(state, &things);
    let (outcome, words) = match said.answer.as_ref().map(|answer| &answer.is) {
        Some(Answer::Adopted) => (Outcome::Adopted, changed),
        Some(Answer::Adapted(how)) => (Outcome::Adapted, format!("{how} {changed}").trim().to_owned()),
        Some(Answer::Declined(why)) => (Outcome::Declined, why.clone()),
        Some(Answer::NoView) | None => {
            let days = (now().0 - said.at.0).max(0) / 86_400;
            (Outcome::Waiting, format!("It was said {} ago.", show::number::plural(days as usize, "day")))
        }
    };
    (show::Answer { quote: quote(said), outcome, words, links }, done)
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

fn said_page(shared: &Shared, state: &State, page: usize) -> String {
    let (all, led) = (told_to_all(state), led(state));
    let pages = all.len().div_ceil(PAGE).max(1);
    let page = page.clamp(1, pages);
    let rows = all.iter().skip((page - 1) * PAGE).take(PAGE);
    let at = |page: usize, words: &str| {
        Link::new(format!("{words}, page {page} of {pages}"), format!("/public/said?page={page}"))
    };
    let mut links = Vec::new();
    if page < pages {
        links.push(at(page + 1, "More"));
    }
    if page > 1 {
        links.push(at(page - 1, "Back"));
    }
    links.push(Link::new("All of it, as data", "/public/said.json"));
    show::public::answers(&PublicAnswers {
        place: shared.at.place.name.clone(),
        question: String::new(),
        answered: [all.iter().filter(|(_, said)| said.answer.is_some()).count(), all.len()],
        rows: rows.map(|(id, said)| public_answer(state, &led, *id, said)).collect(),
        links,
        notice: notice(shared),
    })
}

fn statement_told(state: &State, led: &HashMap<u64, Vec<&str>>, id: u64, said: &Said) -> serde_json::Value {
    let (told, done) = public_answer(state, led, id, said);
    json!({
        "statement": id, "number": said.number, "text": said.is.text, "language": said.is.language,
        "in_english": said.is.in_english, "translations": said.translations, "by": by(said),
        "outcome": told.outcome.say(), "done": done, "answer": told.words,
        "because": said.answer.as_ref().map_or(&[][..], |answer| answer.because.as_slice()),
    })
}

fn said_data(state: &State) -> serde_json::Value {
    let led = led(state);
    json!(told_to_all(state).into_iter().map(|(id, said)| statement_told(state, &led, id, said)).collect::<Vec<_>>())
}

fn talk_data(shared: &Shared, state: &State, id: &str) -> serde_json::Value {
    let Some(talk) = state.talks.get(id) else { return serde_json::Value::Null };
    let (mut told, led) = (talk_told(shared, talk), led(state));
    let seen = talk.statements.iter().filter(|(_, said)| said.is_in());
    told["statements"] = json!(seen.map(|(id, said)| statement_told(state, &led, *id, said)).collect::<Vec<_>>());
    let report = shared.at.opinions.of(talk).report.json();
    told["votes"] = serde_json::from_str(&report).unwrap_or_default();
    told
}

fn kept_out_page(shared: &Shared, state: &State, id: &str) -> String {
    let Some(talk) = state.talks.get(id) else { return String::new() };
    let rows = kept_out(talk).into_iter().map(|one| {
        let what = match one.what {
            "kept out" => "was not shown",
            "taken out again" => "was taken out again",
            "says the same as another" => "says the same as another, which is shown",
            "let in after it was looked at again" => "is shown now: we looked at it again",
            _ => "had someone ask us to look again",
        };
        (format!("On {}, line {} {what}.", day(shared, one.at), one.number), one.why)
    });
    let more = [Link::new("Back to what we ask", format!("/public/say/{}", show::escape(id)))];
    show::public::kept_out(&shared.at.place.name, &talk.is.question, &rows.collect::<Vec<_>>(), &more, &notice(shared))
}

/// Takes what was sent, and shows the page.
fn take(shared: &Shared, id: &str, sent: &Sent, thanks: bool) -> Result<Response, Wrong> {
    let to = format!("/public/say/{}", show::escape(id));
    if sent.fields.is_empty() {
        return talk_page(shared, id, sent, thanks, None);
    }
    let sends = |name: &str| sent.fields.iter().any(|field| field.0 == name);
    let done = if sends("vote") {
        vote(shared, sent).map(|cookie| (to.clone(), cookie))
    } else if sends("words") {
        appeal(shared, sent).map(|()| (format!("{to}#yours"), None))
    } else if sends("text") {
        say(shared, sent).map(|cookie| (format!("{to}?thanks#yours"), cookie))
    } else {
        voice(shared, sent).map(|()| (to.clone(), None))
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
    let mut response = talk_page(shared, id, sent, false, Some((field, &words)))?;
    *response.status_mut() = status;
    Ok(response)
}

fn talk_page(
    shared: &Shared,
    id: &str,
    sent: &Sent,
    thanks: bool,
    tried: Option<(&str, &str)>,
) -> Result<Response, Wrong> {
    let state = shared.at.said.state()?;
    let Some(talk) = state.talks.get(id) else {
        return Err(Wrong::NoSuch { what: "conversation".to_owned(), name: id.to_owned(), like: Vec::new() });
    };
    let to = format!("/public/say/{}", show::escape(id));
    let held = match known(shared, talk, sent.person.as_ref(), &sent.headers) {
        Known::As(held) => Some(held),
        Known::New | Known::Not => None,
    };
    let who = held.as_ref().map(|held| voting(shared, talk, held));
    let number = who.as_deref().and_then(number_of);
    let open = talk.is_open(now());
    let is = |field: &str| sent.fields.iter().any(|known| known.0 == field);
    // Each form has its own token: one sent does not use up another.
    let form = |id: &str, fields: Vec<Field>, button: &str, mine: bool| {
        let mut form = Form {
            id: id.to_owned(),
            send_to: to.clone(),
            post: true,
            kept: vec![("once".to_owned(), random().unwrap_or_default())],
            fields,
            button: button.to_owned(),
            ..Form::default()
        };
        if let Some((field, words)) = tried.filter(|_| mine && open) {
            for field in &mut form.fields {
                field.value = sent.text(&field.name);
            }
            form.wrong = Some((field.to_owned(), words.to_owned()));
        }
        form
    };
    let note = if held.as_ref().is_some_and(|held| held.starts_with("person/")) { PROMISE_SIGNED } else { "" };
    let asking = |name: &str, statement: u64, said: &Said, at: (u64, u64)| show::Vote {
        id: name.to_owned(),
        quote: Quote { by: format!("Written by a participant: {}", by(said)), ..quote(said) },
        at,
        send_to: to.clone(),
        kept: vec![("once".to_owned(), random().unwrap_or_default()), ("statement".to_owned(), statement.to_string())],
        wrong: None,
        note: note.to_owned(),
    };
    let (shown, seen, all) = next(shared, talk, who.as_deref(), &random()?);
    let vote = shown.filter(|_| open).map(|(id, said)| {
        let wrong = tried.filter(|_| is("vote")).map(|(_, words)| words.to_owned());
        show::Vote { wrong, ..asking("next", id, said, (seen + 1, all)) }
    });
    let last = number.and_then(|number| talk.votes.last_of(number)).and_then(|last| {
        let words = match last.choice.number() {
            1 => "agree",
            -1 => "disagree",
            _ => "pass",
        };
        let said = talk.statements.get(&last.statement).filter(|said| said.is_in())?;
        Some((asking("last", last.statement, said, (0, 0)), words.to_owned()))
    });
    let named = number.is_some_and(|number| talk.votes.perspectives.contains_key(&number));
    let may_name = open && last.is_some() && !named && !talk.is.perspectives.is_empty();
    let which = || {
        choose(
            field("perspective", "Who do you speak for?", "You need not say. It helps us see who is heard."),
            voices(talk),
        )
    };
    let voice = may_name.then(|| form("voice", vec![must(which())], "Keep it", !is("text") && is("perspective")));
    let fields = vec![
        must(long("text", "Your words", "", STATEMENT)),
        must(choose(field("perspective", "Who are you?", ""), voices(talk))),
        Field {
            most: 100,
            ..field("role", "More about you, if you like", "Such as: a mum in Dunmoor. Not your name.")
        },
        choose(field("language", "Which language do you write in?", ""), pairs_of(&LANGUAGES)),
        Field {
            most: 2 * STATEMENT,
            ..field("in_english", "In English", "If you can, and if you wrote in another one.")
        },
    ];
    let mut add = form("say", fields, "Send it", is("text"));
    add.note = if thanks {
        "Thank you. We have what you wrote. A person reads it first."
    } else {
        "We keep it out if it is rude, if it sells a thing or if it is not about this. Then we say why."
    }
    .to_owned();
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
    let speaks_as = held.as_ref().map(|held| speaking(shared, talk, held));
    let mine = talk.statements.iter().filter(|(_, said)| speaks_as.as_ref() == Some(&said.who));
    let yours = mine.rev().take(20).map(|(id, said)| {
        let again = may_appeal(said).then(|| {
            let mine = is("words") && sent.text("statement") == id.to_string();
            let words = must(long("words", "Why should we look at it again?", "", 2000));
            let mut form = form(&format!("appeal-{id}"), vec![words], "Ask us to look again", mine);
            form.kept.push(("statement".to_owned(), id.to_string()));
            form
        });
        (quote(said), standing_of(talk, *id, said).1, again)
    });
    let told = talk.told(now());
    let mut notes = Vec::new();
    if talk.is.elsewhere {
        notes.push(ELSEWHERE.to_owned());
    }
    notes.extend(surge(talk, &shared.at.place.zone));
    if told.participants() >= agree::opinion::SMALL && !talk.is.perspectives.is_empty() {
        let named = suppress(told.perspectives.len() as u64).say();
        notes.push(format!("{} told us who they speak for.", show::chart::sentence(&named)));
    }
    if open {
        notes.push("We show votes in steps of 11 people. So no one can see how you vote.".to_owned());
    }
    let late = tried.filter(|_| !open).map(|(_, words)| (format!("We could not take this. {words}."), sent.typed()));
    let links = vec![
        Link::new("What we kept out, and why", format!("{to}/kept-out")),
        Link::new("The same as data", format!("{to}.json")),
    ];
    let page = show::public::talk(&PublicTalk {
        place: shared.at.place.name.clone(),
        question: talk.is.question.clone(),
        why: talk.is.purpose.clone(),
        until: until(shared, talk),
        people: suppress(told.participants() as u64),
        notes,
        refused: late,
        vote,
        last,
        voice,
        add: open.then_some(add),
        agree,
        differ,
        yours: yours.collect(),
        links,
        notice: notice(shared),
    });
    let mut response = send(&Bytes::new(HTML, page), &sent.headers, "no-store");
    response.headers_mut().remove(header::ETAG);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_on_a_sheet_are_read_as_people_write_them() {
        for (line, vote) in [
            ("14 agree", Some((14, 1))),
            ("#14 agree", Some((14, 1))),
            ("14: pass", Some((14, 0))),
            ("14, disagree", Some((14, -1))),
            (" 14 - ", Some((14, -1))),
            ("# 3) Yes.", Some((3, 1))),
            ("14", None),
            ("agree", None),
            ("14 perhaps", None),
            ("99999999999999999999 agree", None),
        ] {
            assert_eq!(marked(line), vote, "{line}");
        }
    }

    #[test]
    fn what_was_done_long_ago_is_dropped_without_a_look_at_the_rest() {
        let (mut pots, begun) = (Pots::default(), Moment::now());
        for n in 0..60 {
            assert!(pots.take(begun, "one", 0), "{n}");
        }
        assert!(!pots.take(begun, "one", 0) && pots.take(begun, "other", 0));
        assert!(pots.take(begun + MINUTE, "one", 0), "a minute later");
        assert_eq!((pots.times.len(), pots.order.len()), (2, 62));
        assert!(pots.take(begun + 2 * HOUR, "third", 1));
        assert_eq!((pots.times.len(), pots.order.len()), (1, 1));
    }
}
