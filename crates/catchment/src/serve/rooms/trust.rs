//! Trust at the joins: this week's question, promises between teams, and minutes of meetings.
//!
//! Who answers is of the team: a reader who is signed in as one of it, or whoever holds the team's link of this quarter. Nobody else's
//! answers are taken, a device has one answer a week for each side, and one link, device or network address sends so many an hour.

use super::fields::*;
use super::{Led, No, Sent, Shared, talk, unfit};
use crate::access::Person;
use crate::ask::{Ask, Page, Wrong};
use crate::joins::Asked;
use crate::place::now;
use crate::said::{ToDo, voter};
use crate::serve::forms::{form as read, not_allowed, see_other, stating, with_cookie};
use crate::serve::{refuse, say};
use agree::log::{Act, Kept, Minutes, Promise, Pulse, State, day_of};
use agree::trust::{Instrument, Join, Sheet};
use axum::extract::Request;
use axum::http::header::HeaderMap;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use domain::Date;
use show::{Act as Offer, Entry, Field, Form, Link, Panel, Picture, View};
use std::sync::Arc;

const MINUTES: fn(&Person) -> bool = |person| person.moderates || person.settles;

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    shared: &Shared,
    view: &mut View,
    ask: &Ask,
    reader: Option<&Person>,
    _headers: &HeaderMap,
) -> Result<(), Wrong> {
    if ask.page == Page::Trust {
        let state = shared.at.said.state()?;
        view.panels.push(who_answers(&state, reader));
        if reader.is_some_and(SPEAKS) {
            put(view, "promises", promise_forms(shared, ask, &state, reader));
        }
    }
    if ask.page == Page::AirTime && reader.is_some_and(MINUTES) {
        let state = shared.at.said.state()?;
        put(view, "meetings", vec![minutes_form(ask, &state)]);
    }
    Ok(())
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(shared: &Shared, kind: &str, sent: &Sent) -> Option<Result<Led, No>> {
    Some(match kind {
        "promise" => promise(shared, sent),
        "kept" => kept(shared, sent),
        "meeting" => meeting(shared, sent),
        _ => return None,
    })
}

/// Where a reader answers for their own team, or how one comes to.
fn who_answers(state: &State, reader: Option<&Person>) -> Panel {
    let teams = reader.map_or(&[][..], |reader| &reader.teams);
    let all = Asked::all(state.instruments());
    let mine = all.iter().filter(|asked| teams.contains(&asked.team));
    let links: Vec<Link> = mine
        .map(|asked| Link::new(format!("Answer for {}, {}", asked.team, asked.handover), asked.address()))
        .collect();
    let words = if links.is_empty() {
        "Whoever is in one of these teams answers by the link that the team has for this quarter. Ask whoever keeps this place for yours."
    } else {
        "You are of these teams. Nobody sees who answered what."
    };
    Panel {
        id: "answer".to_owned(),
        title: "This week’s question".to_owned(),
        pictures: vec![Picture::Words(vec![words.to_owned()])],
        links,
        ..Panel::default()
    }
}

// Answers.

/// A side that answers: what it is asked, at which handover, about whom.
struct Answering<'s> {
    asked: Asked,
    instrument: &'s Instrument,
    join: &'s Join,
    /// The handover's name.
    name: String,
}

impl Answering<'_> {
    /// What this address names.
    fn of<'s>(shared: &Shared, state: &'s State, sent: &Sent) -> Option<Answering<'s>> {
        let wanted = [sent.text("instrument"), sent.text("handover"), sent.text("team")];
        let [id, handover, team] = wanted;
        let instrument = state.instruments().iter().find(|one| one.id == id || id.is_empty())?;
        let join = instrument.joins.iter().find(|join| join.handover == handover && join.teams.contains(&team))?;
        let rule = shared.at.place.handovers.iter().find(|rule| rule.id == handover);
        let name = rule.map_or_else(|| handover.clone(), |rule| rule.name.clone());
        Some(Answering { asked: Asked { instrument: instrument.id.clone(), handover, team }, instrument, join, name })
    }

    /// Whether whoever sends this is of the team.
    fn may(&self, shared: &Shared, sent: &Sent, today: Date) -> bool {
        let of_it = sent.person.as_ref().is_some_and(|person| person.teams.contains(&self.asked.team));
        of_it || (!sent.text("key").is_empty() && sent.text("key") == self.asked.key(&shared.at.key, today))
    }

    fn about(&self) -> Vec<&str> {
        self.instrument.about(&self.asked.team, &self.join.teams)
    }

    fn form(&self, sent: &Sent, today: Date) -> Form {
        let one = self.instrument;
        let words = |at: i32| match one.words.get((at - one.lowest) as usize) {
            Some(words) => show::chart::sentence(words),
            None => at.to_string(),
        };
        let answers: Vec<(String, String)> = (one.lowest..=one.highest).map(|at| (at.to_string(), words(at))).collect();
        let mut fields = Vec::new();
        if self.about().len() > 1 {
            let about = self.about().into_iter().map(|team| (team.to_owned(), show::chart::sentence(team))).collect();
            fields.push(Field { required: true, ..chosen("about", "About whom?", Entry::Radios, about) });
        }
        for item in one.asks(today) {
            let name = format!("item-{}", item.id);
            fields.push(Field { required: true, ..chosen(&name, &item.asks, Entry::Radios, answers.clone()) });
        }
        let kept = [
            ("instrument", self.asked.instrument.clone()),
            ("handover", self.asked.handover.clone()),
            ("team", self.asked.team.clone()),
            ("key", sent.text("key")),
            ("once", crate::access::random().unwrap_or_default()),
        ];
        Form {
            id: "pulse".to_owned(),
            send_to: "/trust/answer".to_owned(),
            post: true,
            kept: kept.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            fields,
            button: "Send my answer".to_owned(),
            note: "Nobody sees who answered what, and nothing is told of fewer than eleven people. Who answers again this week changes their answer.".to_owned(),
            ..Form::default()
        }
    }

    fn view(&self, shared: &Shared, sent: &Sent, today: Date, wrong: Option<(&str, &str)>) -> View {
        let about = self.about();
        let title = match about.as_slice() {
            [other] => format!("{}, about {other}", show::chart::sentence(&self.asked.team)),
            _ => show::chart::sentence(&self.asked.team),
        };
        let thanks = !sent.text("thanks").is_empty();
        let mut form = self.form(sent, today);
        if let Some((field, words)) = wrong {
            for field in &mut form.fields {
                field.value = sent.text(&field.name);
            }
            form.wrong = Some((field.to_owned(), words.to_owned()));
        }
        let panel = match thanks {
            true => Panel {
                id: "thanks".to_owned(),
                title: "Thank you: we have your answer".to_owned(),
                pictures: vec![Picture::Words(vec!["Another question comes next Monday.".to_owned()])],
                links: vec![Link::new("What all teams say, and what they do", "/trust")],
                ..Panel::default()
            },
            false => Panel {
                id: "answer".to_owned(),
                title: if self.instrument.one_a_week { "One question this week" } else { &self.instrument.name }
                    .to_owned(),
                note: self.instrument.licence.clone(),
                pictures: vec![Picture::Form(form)],
                ..Panel::default()
            },
        };
        View {
            address: "/trust/answer".to_owned(),
            place_name: shared.at.place.name.clone(),
            over: self.name.clone(),
            title,
            panels: vec![panel],
            ..View::default()
        }
    }

    fn take(&self, shared: &Shared, sent: &Sent, today: Date) -> Result<Option<String>, No> {
        let about = match self.about().as_slice() {
            [other] => (*other).to_owned(),
            all if all.contains(&sent.text("about").as_str()) => sent.text("about"),
            _ => return unfit("about", "Choose one of these"),
        };
        let mut answers = std::collections::BTreeMap::new();
        for item in self.instrument.asks(today) {
            let chosen = sent.text(&format!("item-{}", item.id)).parse::<i32>().ok();
            let fits = |answer: &i32| (self.instrument.lowest..=self.instrument.highest).contains(answer);
            match chosen.filter(fits) {
                Some(answer) => drop(answers.insert(item.id.clone(), answer)),
                None if sent.fields.iter().any(|field| field.0.starts_with("item-"))
                    && chosen.is_none()
                    && self.instrument.one_a_week =>
                {
                    return unfit("", "This week has another question: look at it again");
                }
                None => return unfit("", "Choose one answer to each question"),
            }
        }
        let (device, cookie) = device(shared, sent)?;
        let who = voter(&shared.at.key, &format!("pulse/{}", self.asked.handover), &device);
        let of = |what: &str, whose: &str| format!("pulse {what} {whose}");
        talk::pace(&of("device", &who), 4)?;
        talk::pace(&of("address", &sent.from), 5)?;
        talk::pace(&of("link", &self.asked.address()), 6)?;
        let week = Date(today.0 - today.weekday() as i32);
        let sheet = Sheet { by: self.asked.team.clone(), about, week, answers };
        let Asked { instrument, handover, .. } = self.asked.clone();
        sent.does(shared, who, Act::Pulse(Pulse { instrument, handover, sheet }))?;
        Ok(cookie)
    }
}

/// `/trust/answer`: one team's question of this week, for whoever is of it.
pub async fn answer(shared: &Arc<Shared>, request: Request) -> Response {
    let post = request.method() == Method::POST;
    let headers = request.headers().clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (person, from) = (shared.access.reader(&headers), super::source(&request));
    let text = match post {
        true => match read(request).await {
            Ok(text) => text,
            Err(response) => return response,
        },
        false => query,
    };
    let sent = Sent::new(&text, person, headers, from);
    let at = shared.clone();
    let done = tokio::task::spawn_blocking(move || answered(&at, &sent, post));
    done.await.unwrap_or_else(|_| super::stopped(shared))
}

fn answered(shared: &Shared, sent: &Sent, post: bool) -> Response {
    let state = match shared.at.said.state() {
        Ok(state) => state,
        Err(fault) => return refuse(shared, "/trust/answer", &Wrong::Fault(fault)),
    };
    let today = day_of(now());
    let person = sent.person.as_ref();
    let Some(asked) = Answering::of(shared, &state, sent) else {
        let links = vec![Link::new("Trust at the joins", "/trust")];
        let text = "The address names no team that is asked here. Look at the link that you were given.";
        return say(StatusCode::NOT_FOUND, &stating(shared, show::Why::Empty, "No such team", text, links), person);
    };
    if !asked.may(shared, sent, today) {
        let before = Date(today.0 - 91);
        let what = if sent.text("key") == asked.asked.key(&shared.at.key, before) {
            "This link was for the quarter that is over: your team has a new one"
        } else {
            "Only people of this team answer here, by the link that the team has for this quarter"
        };
        return not_allowed(shared, "/trust", person, what, &shared.access.names(SETTLES));
    }
    if !post {
        return say(StatusCode::OK, &asked.view(shared, sent, today, None), person);
    }
    let (status, field, words) = match asked.take(shared, sent, today) {
        Ok(cookie) => {
            let to = format!("{}&key={}&thanks=yes", asked.asked.address(), show::escape(&sent.text("key")));
            return cookie.map_or_else(|| see_other(&to), |cookie| with_cookie(see_other(&to), &cookie));
        }
        Err(No::Refusal(refusal)) => (super::status(refusal.why), refusal.field, refusal.words),
        Err(No::TooOften(words)) => (StatusCode::TOO_MANY_REQUESTS, "", words),
        Err(No::NotAllowed(what, whom)) => return not_allowed(shared, "/trust", person, &what, &whom),
        Err(No::Wrong(wrong)) => return refuse(shared, "/trust/answer", &wrong),
    };
    say(status, &asked.view(shared, sent, today, Some((field, &words))), person)
}

/// Who answers a pulse: a reader by name, anybody else by what their device holds, and the cookie to set where it holds nothing yet.
fn device(shared: &Shared, sent: &Sent) -> Result<(String, Option<String>), No> {
    if let Some(person) = &sent.person {
        return Ok((format!("person/{}", person.name), None));
    }
    if let Some(device) = talk::device(shared, &sent.headers) {
        return Ok((device, None));
    }
    let (device, cookie) = talk::new_device(shared, sent)?;
    Ok((device, Some(cookie)))
}

// Promises.

fn promise_forms(shared: &Shared, ask: &Ask, state: &State, reader: Option<&Person>) -> Vec<Offer> {
    let joins: Vec<(String, String)> =
        shared.at.place.handovers.iter().map(|rule| (rule.id.clone(), rule.name.clone())).collect();
    let fields = vec![
        hinted(Field { required: true, most: 100, ..line("by", "Who promises?") }, "Your own team, role or body."),
        Field { required: true, most: 100, ..line("to", "To whom?") },
        Field { required: true, ..long_text("what", "What?", "") },
        chosen("handover", "At which handover?", Entry::Line, or_none("none", joins)),
        Field { required: true, ..day("due", "By when") },
        Field { required: true, most: LONGEST, ..line("how_we_will_know", "How will we know?") },
    ];
    let mut offers = vec![offer("Make a promise", "", form(ask, "promise", &[], fields, "Make this promise"))];
    let mine = |promise: &Promise| {
        reader.is_some_and(|reader| [&promise.by, &promise.to].into_iter().any(|name| speaks_for(state, reader, name)))
    };
    let open: Vec<(String, String)> = state
        .promises
        .values()
        .filter(|promised| promised.kept.is_none() && mine(&promised.is.is))
        .map(|promised| (promised.is.is.id.clone(), format!("{}: {}", promised.is.is.by, promised.is.is.what)))
        .collect();
    if !open.is_empty() {
        let kept = [("yes", "It was kept"), ("no", "It was not")];
        let fields = vec![
            Field { required: true, ..chosen("promise", "Which promise?", Entry::Line, or_none("Choose one", open)) },
            Field { required: true, ..chosen("kept", "Was it kept?", Entry::Radios, pairs(kept)) },
            holding(day("on", "Since when"), day_of(now()).to_string()),
            Field { required: true, ..long_text("words", "What shows it, or what came between", "") },
        ];
        offers.push(offer("A promise was kept, or was not", "", form(ask, "kept", &[], fields, "Keep this")));
    }
    offers
}

/// Whether a reader speaks for a party: it is them, a part of what they sign with, a team of theirs or the role of their seat; whoever
/// settles things here speaks for all.
fn speaks_for(state: &State, person: &Person, party: &str) -> bool {
    let party = party.trim().to_lowercase();
    let seats = state.scheme.iter().flat_map(|scheme| &scheme.rows().seats);
    let role = seats.filter(|seat| Some(&seat.id) == person.seat.as_ref()).map(|seat| seat.role.as_str());
    let names = [person.name.as_str()].into_iter().chain(role).chain(person.teams.iter().map(String::as_str));
    let is = |name: &str| name.trim().to_lowercase() == party;
    person.settles || names.into_iter().any(|name| is(name) || name.split(',').any(is))
}

fn promise(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let person = sent.signed(shared, SPEAKS, "You may not make promises here")?;
    let state = shared.at.said.state()?;
    if !speaks_for(&state, person, &sent.text("by")) {
        let what = format!("You do not speak for “{}”: promise in your own name or role", sent.text("by"));
        return Err(No::NotAllowed(what, shared.access.names(SETTLES)));
    }
    let promise = Promise {
        id: named(&sent.text("what"), |id| state.promises.contains_key(id)),
        by: sent.text("by"),
        to: sent.text("to"),
        what: sent.text("what"),
        handover: filled(sent.text("handover")),
        due: a_day(sent, "due")?,
        how_we_will_know: sent.text("how_we_will_know"),
    };
    if promise.handover.as_ref().is_some_and(|id| !shared.at.place.handovers.iter().any(|rule| rule.id == *id)) {
        return unfit("handover", "Choose one of these");
    }
    sent.does(shared, person.name.clone(), Act::Promise(promise))?;
    Ok(back(sent, "promises"))
}

fn kept(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let person = sent.signed(shared, SPEAKS, "You may not say what became of promises")?;
    let state = shared.at.said.state()?;
    if let Some(promised) = state.promises.get(&sent.text("promise")) {
        let parties = [&promised.is.is.by, &promised.is.is.to];
        if !parties.into_iter().any(|party| speaks_for(&state, person, party)) {
            let what = "Only the two parties to a promise say what became of it".to_owned();
            return Err(No::NotAllowed(what, shared.access.names(SETTLES)));
        }
    }
    let on = match sent.text("kept").as_str() {
        "yes" => Some(a_day(sent, "on")?),
        "no" => None,
        _ => return unfit("kept", "Choose one of these"),
    };
    let kept = Kept { promise: sent.text("promise"), on, words: sent.text("words") };
    sent.does(shared, person.name.clone(), Act::Kept(kept))?;
    Ok(back(sent, "promises"))
}

// Minutes of meetings.

fn minutes_form(ask: &Ask, state: &State) -> Offer {
    let open = state.talks.values().map(|talk| (format!("conversation/{}", talk.is.id), talk.is.question.clone()));
    let matters = state.matters.iter().filter(|(_, matter)| matter.recorded.is_none());
    let all =
        open.chain(matters.map(|(id, matter)| (format!("decision/{id}"), matter.is.is.question.clone()))).collect();
    let fields = vec![
        chosen("about", "What was the meeting about?", Entry::Line, or_none("Another meeting, named below", all)),
        hinted(
            Field { most: 200, ..line("meeting", "The name of the meeting") },
            "Such as: Urgent Care Board, October",
        ),
        Field {
            required: true,
            ..long_text("voices", "Who had how many minutes", "One voice a line: social care: 12")
        },
    ];
    let form = form(ask, "meeting", &[], fields, "Keep these minutes");
    offer("Keep the minutes of a meeting", "How long each voice spoke, never who.", form)
}

fn meeting(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, MINUTES, "Others keep the minutes of meetings here")?.name.clone();
    let about = filled(sent.text("about")).or_else(|| filled(sent.text("meeting")));
    let Some(about) = about else { return unfit("meeting", "Say which meeting it was") };
    let Some(once) = sent.once() else { return unfit("", "Open the page again, and send it from there") };
    let voices = sent.text("voices");
    let mut all = Vec::new();
    for voice in lines(&voices) {
        let read = voice.rsplit_once(':').and_then(|(name, minutes)| {
            let minutes = minutes.trim().trim_end_matches("minutes").trim().parse::<u32>().ok()?;
            Some((name.trim().to_owned(), minutes))
        });
        let Some((perspective, minutes)) = read else {
            return unfit("voices", format!("“{voice}” is not a voice and its minutes: write social care: 12"));
        };
        all.push(Act::Minutes(Minutes { about: about.clone(), perspective, minutes }));
    }
    if all.is_empty() {
        return unfit("voices", "Write at least one voice and its minutes");
    }
    // All of them, or none.
    let state = shared.at.said.state()?;
    for act in &all {
        state.check(&who, now(), &[], act).map_err(|no| match no.field {
            "about" => No::Refusal(agree::log::Refusal { field: "meeting", ..no }),
            _ => No::Refusal(agree::log::Refusal { field: "voices", ..no }),
        })?;
    }
    drop(state);
    for (at, act) in all.into_iter().enumerate() {
        shared.at.said.deed(ToDo { once: Some(format!("{once}-{at}")), ..ToDo::now(who.clone(), act) })?;
    }
    Ok(back(sent, "meetings"))
}
