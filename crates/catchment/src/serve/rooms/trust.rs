//! Trust at the joins: this week's question, and promises between teams.

use super::fields::*;
use super::{Led, No, Sent, Shared, talk, unfit};
use crate::access::Person;
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use crate::said::voter;
use crate::view::pulsing;
use agree::log::{Act, Kept, Promise, Pulse, State, day_of};
use agree::trust::{Instrument, Sheet};
use axum::http::header::HeaderMap;
use domain::Date;
use show::{Act as Offer, Entry, Field, View};

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    shared: &Shared,
    view: &mut View,
    ask: &Ask,
    reader: Option<&Person>,
    _headers: &HeaderMap,
) -> Result<(), Wrong> {
    let speaks = reader.is_some_and(|reader| reader.notes || reader.settles);
    if ask.page == Page::Trust {
        let state = shared.at.said.state()?;
        put(view, "answer", pulse_forms(shared, ask, &state));
        if speaks {
            put(view, "promises", promise_forms(shared, ask, &state));
        }
    }
    Ok(())
}

fn promise_forms(shared: &Shared, ask: &Ask, state: &State) -> Vec<Offer> {
    let joins: Vec<(String, String)> =
        shared.at.place.handovers.iter().map(|rule| (rule.id.clone(), rule.name.clone())).collect();
    let fields = vec![
        hinted(Field { required: true, most: 100, ..line("by", "Who promises?") }, "A team, role or body."),
        Field { required: true, most: 100, ..line("to", "To whom?") },
        Field { required: true, ..long_text("what", "What?", "") },
        chosen("handover", "At which handover?", Entry::Line, or_none("none", joins)),
        Field { required: true, ..day("due", "By when") },
        Field { required: true, most: LONGEST, ..line("how_we_will_know", "How will we know?") },
    ];
    let mut offers = vec![offer("Make a promise", "", form(ask, "promise", &[], fields, "Make this promise"))];
    let open: Vec<(String, String)> = state
        .promises
        .values()
        .filter(|promised| promised.kept.is_none())
        .map(|promised| (promised.is.is.id.clone(), format!("{}: {}", promised.is.is.by, promised.is.is.what)))
        .collect();
    if !open.is_empty() {
        let kept = [("yes", "It was kept"), ("no", "It was not")];
        let fields = vec![
            chosen("promise", "Which promise?", Entry::Line, open),
            Field { required: true, ..chosen("kept", "Was it kept?", Entry::Radios, pairs(kept)) },
            holding(day("on", "Since when"), day_of(now()).to_string()),
            Field { required: true, ..long_text("words", "What shows it, or what came between", "") },
        ];
        offers.push(offer("A promise was kept, or was not", "", form(ask, "kept", &[], fields, "Keep this")));
    }
    offers
}

/// This week's question, for the two teams of each handover that is asked.
fn pulse_forms(shared: &Shared, ask: &Ask, state: &State) -> Vec<Offer> {
    let pulse = Instrument::pulse();
    let item = pulse.item_of_week(day_of(now()));
    let answers: Vec<(String, String)> = pulse
        .words
        .iter()
        .enumerate()
        .map(|(at, words)| ((pulse.lowest + at as i32).to_string(), show::chart::sentence(words)))
        .collect();
    let mut sides: Vec<(String, String)> = Vec::new();
    for (handover, name, [one, other]) in pulsing(shared.at, state) {
        for (by, about) in [(&one, &other), (&other, &one)] {
            sides.push((format!("{handover}\t{by}\t{about}"), format!("{by}, about {about} ({name})")));
        }
    }
    if sides.is_empty() {
        return Vec::new();
    }
    let fields = vec![
        chosen("side", "Which team are you in, and about whom do you answer?", Entry::Line, sides),
        Field { required: true, ..chosen("answer", &item.asks, Entry::Radios, answers) },
    ];
    let mut form = form(ask, "pulse", &[("item", &item.id)], fields, "Send my answer");
    form.note = "One question a week. Nobody sees who answered what, and nothing is told of fewer than eleven answers."
        .to_owned();
    vec![offer("Answer this week's question", "", form)]
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(shared: &Shared, kind: &str, sent: &Sent) -> Option<Result<Led, No>> {
    Some(match kind {
        "promise" => promise(shared, sent),
        "kept" => kept(shared, sent),
        "pulse" => pulse(shared, sent),
        _ => return None,
    })
}

fn promise(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not make promises here")?.name.clone();
    let state = shared.at.said.state()?;
    let promise = Promise {
        id: named(&sent.text("what"), |id| state.promises.contains_key(id)),
        by: sent.text("by"),
        to: sent.text("to"),
        what: sent.text("what"),
        handover: filled(sent.text("handover")),
        due: a_day(sent, "due")?,
        how_we_will_know: sent.text("how_we_will_know"),
    };
    sent.does(shared, who, Act::Promise(promise))?;
    Ok(back(sent, "promises"))
}

fn kept(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SPEAKS, "You may not say what became of promises")?.name.clone();
    let on = match sent.text("kept").as_str() {
        "yes" => Some(a_day(sent, "on")?),
        "no" => None,
        _ => return unfit("kept", "Choose one of these"),
    };
    let kept = Kept { promise: sent.text("promise"), on, words: sent.text("words") };
    sent.does(shared, who, Act::Kept(kept))?;
    Ok(back(sent, "promises"))
}

fn pulse(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let instrument = Instrument::pulse();
    let today = day_of(now());
    let (side, state) = (sent.text("side"), shared.at.said.state()?);
    let mut parts = side.split('\t');
    let (Some(handover), Some(by), Some(about)) = (parts.next(), parts.next(), parts.next()) else {
        return unfit("side", "Choose one of these");
    };
    let asked = pulsing(shared.at, &state);
    if !asked.iter().any(|(id, _, teams)| {
        id == handover && by != about && teams.iter().any(|t| t == by) && teams.iter().any(|t| t == about)
    }) {
        return unfit("side", "Choose one of these");
    }
    let item = instrument.item_of_week(today).id.clone();
    if sent.text("item") != item {
        return unfit("answer", "This week has another question: look at it again");
    }
    let Some(answer) =
        sent.text("answer").parse::<i32>().ok().filter(|a| (instrument.lowest..=instrument.highest).contains(a))
    else {
        return unfit("answer", "Choose one of these");
    };
    let (device, cookie) = device(shared, sent)?;
    let who = voter(&shared.at.key, &format!("pulse/{handover}"), &device);
    let week = Date(today.0 - today.weekday() as i32);
    let sheet = Sheet { by: by.to_owned(), about: about.to_owned(), week, answers: [(item, answer)].into() };
    sent.does(shared, who, Act::Pulse(Pulse { handover: handover.to_owned(), sheet }))?;
    Ok(Led { to: format!("{}#answer", sent.to.address()), cookie })
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
