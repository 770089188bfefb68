//! Questions and decisions: their forms, and decisions for the public.

use super::super::{Answer as Sending, HTML, JSON, refuse, send};
use super::fields::*;
use super::{Led, No, Sent, Shared, no_such, unfit};
use crate::access::Person;
use crate::ask::{Ask, Page, Wrong};
use crate::place::now;
use crate::said::{ToDo, sealed};
use crate::view::{blank_draft, letters, seat_called};
use agree::decision::{
    Answer, Better, CHANGE_NOTHING, Choice, Condition, Draft, Effect, Equality, Handled, Interest, InterestKind,
    Options, Position, Prediction, StopRule, Voice, Whom,
};
use agree::log::{
    Act, Ballot, BallotCast, Choices, Drafted, InterestDeclared, Matter, Question, Recorded, Redacted, Refusal,
    Reviewed, State, Stood, VoiceHeard, Why, day_of,
};
use agree::scheme::Level;
use agree::vote::{Base, Quorum, Rule, Secrecy, Share};
use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::Response;
use domain::Date;
use show::{Act as Offer, Entry, Field, Form, Picture, View};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    shared: &Shared,
    view: &mut View,
    ask: &Ask,
    reader: Option<&Person>,
    _headers: &HeaderMap,
) -> Result<(), Wrong> {
    let settles = reader.is_some_and(|reader| reader.settles);
    match &ask.page {
        Page::Decisions(..) if settles => {
            let state = shared.at.said.state()?;
            put(view, "ask", vec![question_form(ask, &state)]);
        }
        Page::Decision(id) => {
            let state = shared.at.said.state()?;
            let Some(matter) = state.matters.get(id) else { return Ok(()) };
            let today = day_of(now());
            if let Some(decision) = state.decisions.get(id) {
                if settles {
                    if decision.review_on() <= today || !matter.rang.is_empty() {
                        put(view, "expected", vec![review_form(ask, id)]);
                    }
                    on_card(view, redact_form(ask, &state, decision));
                }
                return Ok(());
            }
            if !matter.is.is.withdrawn.is_empty() {
                return Ok(());
            }
            let roll = state.seats(matter, now()).unwrap_or_default();
            let seat = reader.and_then(|reader| reader.seat.clone());
            let seat = seat.filter(|seat| roll.is_empty() || roll.members().any(|member| member.id == *seat));
            if let Some(seat) = &seat {
                let mut offers = Vec::new();
                if state.may_vote(matter, seat, now()).is_ok() {
                    offers.push(stand_form(ask, &state, matter, seat));
                    on_card(view, agree_forms(ask, matter));
                }
                offers.push(interest_form(ask, matter));
                put(view, "stands", offers);
            }
            if seat.is_some() && !settles {
                on_card(view, [draft_form(shared, ask, &state, matter)]);
            }
            if reader.is_none()
                && let Some(panel) = view.panels.iter_mut().find(|panel| panel.id == "stands")
            {
                panel.pictures.push(Picture::Words(vec![
                    "Members who are signed in say here where they stand. Ask whoever runs this board for your address.".to_owned(),
                ]));
            }
            if settles {
                let objections = objection_forms(ask, &state, matter);
                put(view, "heard", objections.into_iter().chain([voice_form(ask, matter)]).collect());
                let mut changes = vec![effect_form(shared, ask, matter)];
                if matter.have_said().is_empty() {
                    changes.extend([
                        choice_form(ask, id),
                        correct_form(shared, ask, matter),
                        withdraw_form(ask, matter),
                    ]);
                }
                put(view, "choices", changes);
                let mut offers = Vec::new();
                // Only what would be taken is offered: whole, and passed by its rule.
                let ready =
                    completed(&state, id, today).filter(|draft| draft.missing().is_empty()).is_some_and(|draft| {
                        let act = Act::Decision(Recorded { decision: draft });
                        state.check(reader.map_or("", |reader| &reader.name), now(), &[], &act).is_ok()
                    });
                if ready {
                    let seq = matter.drafts.last().map_or(0, |draft| draft.seq).to_string();
                    let about = [("question", id.as_str()), ("draft", seq.as_str())];
                    let form = form(ask, "record", &about, Vec::new(), "Record this decision");
                    offers.push(Offer {
                        main: true,
                        ..offer(
                            "Record this decision",
                            "Nothing can change it after that; another decision can take its place.",
                            form,
                        )
                    });
                }
                offers.push(draft_form(shared, ask, &state, matter));
                on_card(view, offers);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The newest draft, as it would be recorded today.
fn completed(state: &State, id: &str, today: Date) -> Option<Draft> {
    let draft = state.matters.get(id)?.drafts.last()?.is.clone();
    state.complete(&Draft { decided: today, ..draft }, now()).ok()
}

fn option_names(matter: &Matter) -> Vec<(String, String)> {
    let letters = letters(&matter.is.is);
    let named = matter.is.is.options.all().iter().map(|choice| {
        let letter = letters.get(choice.id.as_str()).map_or("", String::as_str);
        let words = if letter.is_empty() { choice.title.clone() } else { format!("{letter}: {}", choice.title) };
        (choice.id.clone(), words)
    });
    named.collect()
}

/// The newest wording, by its place in the log; 0 where none is written.
fn newest(matter: &Matter) -> u64 {
    matter.drafts.last().map_or(0, |draft| draft.seq)
}

/// Puts what a reader may do with the wording on its card.
fn on_card(view: &mut View, offers: impl IntoIterator<Item = Offer>) {
    let pictures = view.panels.iter_mut().flat_map(|panel| &mut panel.pictures);
    let mut cards = pictures.filter_map(|picture| match picture {
        Picture::Wording(card) => Some(card),
        _ => None,
    });
    if let Some(card) = cards.next() {
        card.acts.extend(offers);
    }
}

/// What a member may say of the wording: three acts of one meaning each.
fn agree_forms(ask: &Ask, matter: &Matter) -> Vec<Offer> {
    let question = &matter.is.is;
    let Some(draft) = matter.drafts.last() else { return Vec::new() };
    if question.rule.ranks() || question.sealed.is_some() || question.options.get(&draft.is.chosen).is_none() {
        return Vec::new();
    }
    let seq = draft.seq.to_string();
    let says = |position: &str, title: &str, fields: Vec<Field>| {
        let about = [
            ("question", question.id.as_str()),
            ("option", &draft.is.chosen),
            ("position", position),
            ("draft", &seq),
            ("from", "wording"),
        ];
        let form = form(ask, "stand", &about, fields, title);
        offer(title, "", Form { id: format!("wording-{position}"), ..form })
    };
    let note = hinted(line("note", "What would you add?"), "If money can move each month. May be empty.");
    let why = Field { required: true, ..long_text("reason", "Your concern", "Why, so that the others can answer it.") };
    vec![
        Offer { main: true, ..says("supports", "Agree this wording", Vec::new()) },
        says("can-live-with", "I can live with it", vec![note]),
        says("concern", "I have a concern", vec![why]),
    ]
}

fn stand_form(ask: &Ask, state: &State, matter: &Matter, seat: &str) -> Offer {
    let question = &matter.is.is;
    let options = option_names(matter);
    let mut fields = Vec::new();
    let said: Option<&Stood> = matter.ballots.get(seat).and_then(|all| all.last());
    let said = said.map(|known| &known.ballot);
    let is_secret = question.sealed == Some(Secrecy::Secret);
    if question.rule.ranks() {
        let places = (1..=options.len()).map(|place| (place.to_string(), place.to_string())).collect::<Vec<_>>();
        let known = |option: &str| match said {
            Some(Ballot::Order(order)) => order.iter().position(|id| id == option).map(|at| (at + 1).to_string()),
            _ => None,
        };
        for (id, words) in &options {
            let field = chosen(&format!("rank-{id}"), words, Entry::Line, or_none("not ranked", places.clone()));
            fields.push(holding(field, known(id).unwrap_or_default()));
        }
    } else {
        let (option, position, note, reason) = match said {
            Some(Ballot::On { option, position, note }) => {
                let (word, reason) = match position {
                    Position::Supports => ("supports", ""),
                    Position::CanLiveWith => ("can-live-with", ""),
                    Position::Concern { reason } => ("concern", reason.as_str()),
                };
                (option.as_str(), word, note.as_str(), reason)
            }
            _ => ("", "", "", ""),
        };
        let which = chosen("option", "On which choice?", Entry::Radios, options);
        let words = [
            ("supports", "We support it"),
            ("can-live-with", "We can live with it"),
            ("concern", "We have a concern about it"),
        ];
        let where_ = chosen("position", "Where do you stand?", Entry::Radios, pairs(words));
        let why =
            long_text("reason", "Your concern", "Only where you have one: why, so that the others can answer it.");
        let note_field = hinted(line("note", "What would you add?"), "If money can move each month. May be empty.");
        fields.extend([
            Field { required: true, ..holding(which, option) },
            Field { required: true, ..holding(where_, position) },
        ]);
        // Words would tell whose a secret vote is.
        if !is_secret {
            fields.extend([holding(why, reason), holding(note_field, note)]);
        }
    }
    let role = seat_called(state, seat);
    let seq = newest(matter).to_string();
    let about = [("question", question.id.as_str()), ("draft", &seq), ("from", "stands")];
    let mut form = form(ask, "stand", &about, fields, "Say where we stand");
    form.note = match question.sealed {
        Some(Secrecy::Named) => format!("Sealed until the close, then shown with the name of your seat: {role}."),
        Some(Secrecy::Secret) => format!("Sealed until the close, then counted without a name. You vote for {role}."),
        None if question.rule.ranks() => {
            format!("Everybody sees it, with the name of your seat: {role}. The last order counts.")
        }
        None => format!(
            "Everybody sees it, with the name of your seat: {role}. You may say where you stand on each choice; the last on each counts, and you support one at most."
        ),
    };
    let title = if question.sealed.is_some() { "Vote" } else { "Say where you stand" };
    Offer { main: matter.drafts.is_empty() || question.sealed.is_some(), ..offer(title, "", form) }
}

fn interest_form(ask: &Ask, matter: &Matter) -> Offer {
    let kinds = [
        ("financial", "Money"),
        ("non-financial-professional", "A profession or standing"),
        ("non-financial-personal", "Family, faith or cause"),
        ("indirect", "Of somebody close"),
    ];
    let mut done = vec![("noted", "Noted: we take part in full")];
    if matter.opened.is_none() {
        done.extend([
            ("did-not-vote", "We speak and do not vote: what we have said so far is taken out"),
            ("left", "We leave for this question: what we have said so far is taken out"),
        ]);
    }
    let fields = vec![
        Field { required: true, ..chosen("kind", "Which kind of interest?", Entry::Radios, pairs(kinds)) },
        Field { required: true, ..long_text("what", "What is it?", "Name no person.") },
        Field { required: true, ..chosen("handled", "What do you do about it?", Entry::Radios, pairs(done)) },
    ];
    let form = form(ask, "interest", &[("question", &matter.is.is.id)], fields, "Declare this interest");
    offer("Declare an interest", "", form)
}

fn voice_form(ask: &Ask, matter: &Matter) -> Offer {
    let mut voices: Vec<(String, String)> =
        matter.is.is.must_be_heard.iter().map(|voice| (voice.clone(), voice.clone())).collect();
    let gap = matter.complete(&blank_draft(&matter.is.is.id, Date(0))).gaps().first().map(|gap| (*gap).to_owned());
    voices.push((String::new(), "another, named below".to_owned()));
    let answers = [
        ("adopted", "Adopted: it was taken up"),
        ("adapted", "Adapted: it was taken up in another form"),
        ("declined", "Declined: it was not taken up"),
        ("no-view", "It said that it has no view"),
    ];
    let fields = vec![
        holding(chosen("perspective", "Who was heard?", Entry::Line, voices), gap.unwrap_or_default()),
        line("other", "Another voice"),
        Field {
            required: true,
            ..long_text("said", "What did they say?", "Their words, or the address where they stand.")
        },
        Field { required: true, ..chosen("answer", "What came of it?", Entry::Radios, pairs(answers)) },
        long_text("how", "How, or why not", "Where it was adapted or declined."),
    ];
    let form = form(ask, "heard", &[("question", &matter.is.is.id)], fields, "Write this down");
    offer("Write down who was heard", "", form)
}

/// One for each objection that stands and was not answered since it was made.
fn objection_forms(ask: &Ask, state: &State, matter: &Matter) -> Vec<Offer> {
    let answered = |member: &str, reason: &str| {
        matter.voices().iter().any(|voice| voice.member.as_deref() == Some(member) && voice.said == reason)
    };
    let mut offers = Vec::new();
    for stance in matter.stances() {
        let Position::Concern { reason } = &stance.position else { continue };
        if answered(&stance.member, reason) {
            continue;
        }
        let answers = [
            ("adopted", "Adopted: the wording takes it up"),
            ("adapted", "Adapted: it takes it up in another form"),
            ("declined", "Declined, because"),
        ];
        let fields = vec![
            Field { required: true, ..chosen("answer", "What comes of it?", Entry::Radios, pairs(answers)) },
            long_text(
                "how",
                "How, or why not",
                "Where it is adapted or declined. Then write the wording that follows.",
            ),
        ];
        let about = [("question", matter.is.is.id.as_str()), ("member", &stance.member), ("option", &stance.option)];
        let form = form(ask, "objection", &about, fields, "Answer this objection");
        let id = format!("objection-{}-{}", stance.member, stance.option);
        let title = format!("Answer the objection of {}", seat_called(state, &stance.member));
        offers.push(offer(&title, &format!("“{reason}”"), Form { id, ..form }));
    }
    offers
}

fn choice_form(ask: &Ask, id: &str) -> Offer {
    let fields = vec![
        Field { required: true, most: 200, ..line("title", "The choice") },
        line("detail", "What it means, in a sentence"),
    ];
    offer("Add a choice", "", form(ask, "choice", &[("question", id)], fields, "Add this choice"))
}

fn correct_form(shared: &Shared, ask: &Ask, matter: &Matter) -> Offer {
    let question = &matter.is.is;
    let closes = shared.at.place.zone.date(domain::Instant(question.closes)).to_string();
    let fields = vec![
        Field { required: true, most: 200, ..holding(line("words", "The question"), &question.question) },
        holding(long_text("why_not_lower", "Why not lower", ""), &question.why_not_lower),
        holding(
            long_text("must_be_heard", "Who must be heard", "One perspective a line."),
            question.must_be_heard.join("\n"),
        ),
        Field { required: true, ..holding(long_text("why_this_rule", "Why in this way", ""), &question.why_this_rule) },
        Field { required: true, ..holding(day("closes", "Closes at five in the afternoon on"), closes) },
    ];
    let about = [("question", question.id.as_str()), ("parent", &matter.newest().to_string())];
    offer(
        "Correct the question",
        "Until somebody has said where they stand.",
        form(ask, "correct", &about, fields, "Correct it"),
    )
}

fn withdraw_form(ask: &Ask, matter: &Matter) -> Offer {
    let fields =
        vec![Field { required: true, ..long_text("reason", "Why is it asked no more?", "Everybody reads it.") }];
    let about = [("question", matter.is.is.id.as_str()), ("parent", &matter.newest().to_string())];
    offer("Withdraw the question", "", form(ask, "withdraw", &about, fields, "Withdraw it"))
}

/// What a reader may leave out of the public version; none where it has no words but those that are always public.
fn redact_form(ask: &Ask, state: &State, decision: &agree::decision::Decision) -> Option<Offer> {
    let words = |part: &str| match part.split_once('/').unwrap_or((part, "")) {
        ("because", _) => "Why this choice".to_owned(),
        ("why-not-lower", _) => "Why not lower".to_owned(),
        ("could-not-wait", _) => "Why it could not wait".to_owned(),
        ("equality", _) => "Equality".to_owned(),
        ("stance", seat) => format!("What {} said", seat_called(state, seat)),
        ("interest", seat) => format!("The interest of {}", seat_called(state, seat)),
        (_, perspective) => format!("What was heard from {perspective}"),
    };
    let parts: Vec<(String, String)> = decision.parts().into_iter().map(|part| (part.clone(), words(&part))).collect();
    if parts.is_empty() {
        return None;
    }
    let fields = vec![
        chosen("field", "Which part?", Entry::Line, parts),
        Field { required: true, ..long_text("reason", "Why?", "It is published in place of the words.") },
    ];
    let form = form(ask, "redact", &[("question", &decision.id)], fields, "Leave it out");
    Some(offer(
        "Leave a part out of the public version",
        "The record keeps it; everybody sees that it was left out, and why.",
        form,
    ))
}

fn effect_form(shared: &Shared, ask: &Ask, matter: &Matter) -> Offer {
    let places =
        shared.at.place.neighbourhoods.iter().map(|known| (format!("place/{}", known.name), known.name.clone()));
    let bodies =
        shared.at.place.organisations.iter().map(|known| (format!("organisation/{}", known.id), known.name.clone()));
    let whom =
        pairs([("all", "Everybody"), ("poorest-fifth", "The poorest fifth")]).into_iter().chain(places).chain(bodies);
    let fields = vec![
        chosen("option", "Which choice?", Entry::Line, option_names(matter)),
        chosen("measure", "Which measure?", Entry::Line, measures(shared)),
        chosen("whom", "For whom?", Entry::Line, whom.collect()),
        hinted(needed("expected", "Change expected"), "In the unit of the measure, against changing nothing: -1.3"),
        needed("low", "At the least"),
        needed("high", "At the most"),
        Field {
            required: true,
            ..chosen("better", "Which way is better?", Entry::Radios, pairs([("lower", "Less"), ("higher", "More")]))
        },
        hinted(
            needed("evidence", "What says so"),
            "The address of a run or a measure: /simulate/run?change=home-care:places:%2B10",
        ),
    ];
    let form = form(ask, "effect", &[("question", &matter.is.is.id)], fields, "Put it beside the choice");
    offer("Write down what a choice would do", "Each effect needs the run or measure that says so.", form)
}

/// Two of each may be written at once.
const SECOND: [&str; 2] = ["", "-2"];

fn condition(when: Condition) -> (&'static str, f64) {
    match when {
        Condition::Above(bar) => ("above", bar),
        Condition::AtLeast(bar) => ("at-least", bar),
        Condition::Below(bar) => ("below", bar),
        Condition::AtMost(bar) => ("at-most", bar),
    }
}

const SECOND_PREDICTION: &str = "A second prediction";
const SECOND_RULE: &str = "A second stop rule";

/// The part of the form in which a field of a wording stands.
fn part_of(name: &str) -> &'static str {
    match name {
        "we_will" | "chosen" | "because" | "who_may_lose" | "what_we_do" => "What we will do",
        "expect" | "from" | "expected" | "low" | "high" | "by" => "What we expect",
        "expect-2" | "from-2" | "expected-2" | "low-2" | "high-2" | "by-2" => SECOND_PREDICTION,
        "stop" | "of" | "when" | "bar" | "periods" | "watched_from" => "When we stop or change",
        "stop-2" | "of-2" | "when-2" | "bar-2" | "periods-2" | "watched_from-2" => SECOND_RULE,
        _ => "Who and when",
    }
}

fn draft_form(shared: &Shared, ask: &Ask, state: &State, matter: &Matter) -> Offer {
    let draft = matter.drafts.last().map_or_else(|| blank_draft(&matter.is.is.id, Date(0)), |known| known.is.clone());
    let measures = measures(shared);
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    let date = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let equality =
        draft.equality.clone().unwrap_or(Equality { who_may_lose: String::new(), what_we_do: String::new() });
    let mut fields = vec![
        Field {
            required: true,
            ..holding(long_text("we_will", "We will", "In one sentence, as everybody will read it."), &draft.we_will)
        },
        holding(chosen("chosen", "The choice", Entry::Radios, option_names(matter)), &draft.chosen),
        holding(long_text("because", "Because", "Why this one, and not the others."), &draft.because),
        hinted(
            holding(line("who_may_lose", "Who may lose by it?"), &equality.who_may_lose),
            "Nobody, because … may be the answer.",
        ),
        holding(line("what_we_do", "What do we do about that?"), &equality.what_we_do),
    ];
    for (at, second) in SECOND.iter().enumerate() {
        let known = draft.expects.get(at);
        let first = at == 0;
        let name = |name: &str| format!("{name}{second}");
        let say = |words: &str| if first { words.to_owned() } else { format!("{words} (second)") };
        let unit = known.map_or_else(String::new, |known| unit_of(shared, &known.measure));
        let number_of =
            |field: Field, value: Option<f64>| Field { unit: unit.clone(), ..holding(field, number(value)) };
        fields.extend([
            hinted(
                holding(
                    chosen(
                        &name("expect"),
                        &say("We expect: which measure"),
                        Entry::Line,
                        or_none("none", measures.clone()),
                    ),
                    known.map_or("", |k| &k.measure),
                ),
                if first { "A decision without a prediction cannot be learned from." } else { "" },
            ),
            hinted(
                number_of(line(&name("from"), &say("It is now")), known.map(|k| k.from)),
                if first { "Empty: its newest value." } else { "" },
            ),
            number_of(line(&name("expected"), &say("It will be")), known.map(|k| k.expected)),
            number_of(line(&name("low"), &say("Most likely not less than")), known.map(|k| k.range[0])),
            number_of(line(&name("high"), &say("Most likely not more than")), known.map(|k| k.range[1])),
            holding(day(&name("by"), &say("By when")), date(known.map(|k| k.by))),
        ]);
    }
    for (at, second) in SECOND.iter().enumerate() {
        let known = draft.stop_if.get(at);
        let first = at == 0;
        let name = |name: &str| format!("{name}{second}");
        let say = |words: &str| if first { words.to_owned() } else { format!("{words} (second)") };
        let (when, bar) = known.map_or(("above", None), |rule| {
            let (when, bar) = condition(rule.when);
            (when, Some(bar))
        });
        let whens =
            [("above", "is above"), ("at-least", "is at least"), ("below", "is below"), ("at-most", "is at most")];
        let places =
            shared.at.place.neighbourhoods.iter().map(|known| (known.name.clone(), known.name.clone())).collect();
        fields.extend([
            holding(
                chosen(
                    &name("stop"),
                    &say("We stop or change if: which measure"),
                    Entry::Line,
                    or_none("none", measures.clone()),
                ),
                known.map_or("", |k| &k.measure),
            ),
            holding(
                chosen(&name("of"), &say("Of which place"), Entry::Line, or_none("everywhere", places)),
                known.and_then(|k| k.of.clone()).unwrap_or_default(),
            ),
            holding(chosen(&name("when"), &say("When it"), Entry::Line, pairs(whens)), when),
            Field {
                unit: known.map_or_else(String::new, |known| unit_of(shared, &known.measure)),
                ..holding(line(&name("bar"), &say("This number")), number(bar))
            },
            hinted(
                holding(
                    line(&name("periods"), &say("For how many weeks in a row")),
                    known.map_or("2".to_owned(), |k| k.periods.to_string()),
                ),
                "",
            ),
            hinted(
                holding(day(&name("watched_from"), &say("Watched from")), date(known.and_then(|k| k.watched_from))),
                if first { "Empty: from the day that it is decided." } else { "" },
            ),
            hinted(
                holding(
                    line(&name("words"), &say("In words")),
                    known.and_then(|k| k.words.clone()).unwrap_or_default(),
                ),
                if first { "Said beside the rule, never in its place. May be empty." } else { "" },
            ),
        ]);
    }
    let may = |known: &&agree::decision::Decision| state.supersedes(matter, Some(&known.id), now()).is_ok();
    let old: Vec<(String, String)> =
        state.decisions.current().filter(may).map(|known| (known.id.clone(), known.question.clone())).collect();
    fields.extend([
        hinted(holding(line("owner", "Who answers for it"), &draft.owner), "A role, never a name."),
        hinted(holding(day("starts", "Starts on"), date(draft.starts)), "Empty: the day on which it is decided."),
        holding(day("review_on", "Looked at again on"), date(draft.review_on)),
        holding(
            chosen("supersedes", "It takes the place of", Entry::Line, or_none("no other decision", old)),
            draft.supersedes.unwrap_or_default(),
        ),
        holding(
            long_text(
                "could_not_wait",
                "Why it could not wait",
                "Only where somebody who must be heard was not: it stays a gap that everybody sees.",
            ),
            &draft.could_not_wait,
        ),
        hinted(
            Field { entry: Entry::Long, ..line("because-of", "Because of what?") },
            "One address, or statement/12, a line. May be empty.",
        ),
    ]);
    for field in &mut fields {
        field.part = part_of(&field.name).to_owned();
    }
    let mut form = form(ask, "draft", &[("question", &matter.is.is.id)], fields, "Keep this wording");
    form.folded = vec![SECOND_PREDICTION.to_owned(), SECOND_RULE.to_owned()];
    let title = if matter.drafts.is_empty() { "Write the wording" } else { "Suggest a change of wording" };
    offer(title, "Each wording is kept; the newest is the one that can be recorded.", form)
}

fn review_form(ask: &Ask, id: &str) -> Offer {
    let fields = vec![Field {
        required: true,
        ..long_text(
            "words",
            "What do we make of it?",
            "What came is taken from the measures at this moment, and kept beside your words.",
        )
    }];
    let form = form(ask, "review", &[("question", id)], fields, "Keep this review");
    offer("Review it", "", form)
}

fn question_form(ask: &Ask, state: &State) -> Offer {
    let today = day_of(now());
    let named = |all: Vec<(String, String)>, name: &str, label: &str| {
        if all.is_empty() { needed(name, label) } else { chosen(name, label, Entry::Line, all) }
    };
    let rows = state.scheme.as_ref().map(|scheme| scheme.rows());
    let in_force = |from: Date, until: Option<Date>| from <= today && until.is_none_or(|until| until > today);
    let bodies = rows.iter().flat_map(|rows| &rows.bodies).filter(|body| in_force(body.from, body.until));
    let bodies: Vec<_> = bodies.map(|body| (body.id.clone(), body.name.clone())).collect();
    let duties = rows.iter().flat_map(|rows| &rows.duties).filter(|duty| in_force(duty.from, duty.until));
    let duties: Vec<_> = duties.map(|duty| (duty.id.clone(), duty.name.clone())).collect();
    let talks = state.talks.values().map(|talk| (talk.is.id.clone(), talk.is.question.clone())).collect();
    let levels =
        [("neighbourhood", "Neighbourhood"), ("place", "Place"), ("system", "System"), ("regulator", "Regulator")];
    let rules = [
        ("consent", "Consent: it passes unless somebody objects with a reason"),
        ("advice", "Advice: whoever holds the right decides after hearing all"),
        ("bridging", "Every perspective agrees by itself"),
        ("majority", "Majority of those who vote"),
        ("two-thirds", "Two thirds of those who vote"),
        ("schulze", "Options in order, one is chosen (Schulze)"),
        ("transferable", "Options in order, several are chosen (single transferable vote)"),
    ];
    let seals = [
        ("", "Open: everybody sees where members stand"),
        ("named", "Sealed until the close, then with names"),
        ("secret", "Sealed until the close, then without names: for a majority, or choices in order"),
    ];
    let mut fields = vec![
        Field { required: true, most: 200, ..line("question", "The question") },
        Field {
            required: true,
            ..long_text(
                "options",
                "The choices",
                "One a line, with what it means after a colon. To change nothing is always one of them.",
            )
        },
        named(bodies, "body", "Who settles it"),
        named(duties, "duty", "Under which duty"),
        line("pounds", "How much money, in pounds"),
    ];
    if state.scheme.is_none() {
        fields.push(Field { required: true, ..chosen("level", "At which level", Entry::Radios, pairs(levels)) });
    }
    fields.extend([
        long_text("why_not_lower", "Why not lower", "Needed above a neighbourhood."),
        long_text("must_be_heard", "Who must be heard", "One perspective a line."),
        chosen("conversation", "Talked over in", Entry::Line, or_none("no conversation", talks)),
        Field { required: true, ..chosen("rule", "How it is settled", Entry::Radios, pairs(rules)) },
        hinted(line("quorum", "How many must take part"), "Empty: half of the seats."),
        hinted(line("seats", "How many are chosen"), "Only for the single transferable vote."),
        Field { required: true, ..long_text("why_this_rule", "Why in this way", "") },
        chosen("sealed", "Open or sealed", Entry::Radios, pairs(seals)),
        Field { required: true, ..day("closes", "Closes at five in the afternoon on") },
        hinted(
            Field { entry: Entry::Long, ..line("because", "Because of what?") },
            "One address, or statement/12, a line. May be empty.",
        ),
    ]);
    let form = form(ask, "question", &[], fields, "Put this question");
    offer("Put a question", "", form)
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(shared: &Shared, kind: &str, sent: &Sent) -> Option<Result<Led, No>> {
    Some(match kind {
        "question" => question(shared, sent),
        "stand" => stand(shared, sent),
        "interest" => interest(shared, sent),
        "heard" => voice(shared, sent),
        "effect" => effect(shared, sent),
        "draft" => draft(shared, sent),
        "record" => record(shared, sent),
        "review" => review(shared, sent),
        "choice" => choice(shared, sent),
        "correct" => correct(shared, sent),
        "withdraw" => withdraw(shared, sent),
        "objection" => objection(shared, sent),
        "redact" => redact(shared, sent),
        _ => return None,
    })
}

fn question(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not put questions here")?.name.clone();
    let state = shared.at.said.state()?;
    let mut choices: Vec<Choice> = Vec::new();
    for text in lines(&sent.text("options")) {
        let (title, detail) = text.split_once(':').map_or((text, ""), |(title, detail)| (title.trim(), detail.trim()));
        let is_nothing = title.eq_ignore_ascii_case("change nothing");
        let id =
            if is_nothing { CHANGE_NOTHING.to_owned() } else { named(title, |id| choices.iter().any(|c| c.id == id)) };
        choices.push(Choice { id, title: title.to_owned(), detail: detail.to_owned(), effects: Vec::new() });
    }
    let options = Options::new(choices).or_else(|fault| unfit("options", show::chart::sentence(&fault.to_string())))?;
    let quorum = match sent.number("quorum")? {
        None => Quorum::HALF,
        Some(needed) if needed >= 1.0 && needed.fract() == 0.0 => Quorum::Members(needed as usize),
        Some(_) => return unfit("quorum", "Write how many seats must take part, at least 1"),
    };
    let rule = match sent.text("rule").as_str() {
        "consent" => Rule::Consent { quorum },
        "advice" => Rule::Advice,
        "bridging" => Rule::Bridging { quorum, share: Share { of: 1, out_of: 2 }, minimum: 1 },
        "majority" => Rule::Majority { quorum, of: Base::Voting },
        "two-thirds" => Rule::TwoThirds { quorum, of: Base::Voting },
        "schulze" => Rule::Schulze { quorum },
        "transferable" => match sent.number("seats")? {
            Some(seats) if seats >= 1.0 && seats.fract() == 0.0 => Rule::Transferable { quorum, seats: seats as usize },
            _ => return unfit("seats", "Write how many are chosen"),
        },
        _ => return unfit("rule", "Choose one of these"),
    };
    let sealed = match sent.text("sealed").as_str() {
        "" => None,
        _ => Some(word(sent, "sealed", &[("named", Secrecy::Named), ("secret", Secrecy::Secret)])?),
    };
    let closes = closes(shared, sent)?;
    let id = named(&sent.text("question"), |id| state.matters.contains_key(id));
    // A body decides at its own level.
    let own = state.scheme.as_ref().and_then(|scheme| scheme.now_called(&sent.text("body"), day_of(now())).ok());
    let own = own.map(|body| body.level);
    drop(state);
    let question = Question {
        id: id.clone(),
        question: sent.text("question"),
        body: sent.text("body"),
        duty: sent.text("duty"),
        pounds: sent.number("pounds")?,
        level: match own {
            Some(level) => level,
            None => word(sent, "level", &LEVELS)?,
        },
        why_not_lower: sent.text("why_not_lower"),
        options,
        must_be_heard: lines(&sent.text("must_be_heard")).map(str::to_owned).collect(),
        conversation: filled(sent.text("conversation")),
        rule,
        why_this_rule: sent.text("why_this_rule"),
        sealed,
        opens: now().0,
        closes,
        parent: None,
        withdrawn: String::new(),
    };
    let seq = sent.does_because(shared, who, Act::Question(question))?;
    // A form that was sent before has made a question of its own already.
    let state = shared.at.said.state()?;
    let made = state.matters.values().find(|matter| matter.is.seq == seq).map(|matter| matter.is.is.id.clone());
    Ok(Led::to(format!("/decisions/{}", made.unwrap_or(id))))
}

const LEVELS: [(&str, Level); 4] = [
    ("neighbourhood", Level::Neighbourhood),
    ("place", Level::Place),
    ("system", Level::System),
    ("regulator", Level::Regulator),
];

/// Five in the afternoon on the clock of the place, also on the days on which it changes.
fn closes(shared: &Shared, sent: &Sent) -> Result<i64, No> {
    let day = a_day(sent, "closes")?;
    Ok(shared.at.place.zone.at_civil(i64::from(day.0) * 86_400 + 17 * 3600).0)
}

/// The question as it is, with the version that this form corrects.
fn version(shared: &Shared, sent: &Sent) -> Result<Question, No> {
    let state = shared.at.said.state()?;
    let question = matter(&state, sent)?.is.is.clone();
    Ok(Question { parent: Some(sent.text("parent").parse().unwrap_or_default()), ..question })
}

fn correct(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not correct questions")?.name.clone();
    let question = Question {
        question: sent.text("words"),
        why_not_lower: sent.text("why_not_lower"),
        must_be_heard: lines(&sent.text("must_be_heard")).map(str::to_owned).collect(),
        why_this_rule: sent.text("why_this_rule"),
        closes: closes(shared, sent)?,
        ..version(shared, sent)?
    };
    sent.does(shared, who, Act::Question(question))?;
    Ok(back(sent, "choices"))
}

fn withdraw(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not withdraw questions")?.name.clone();
    let withdrawn = sent.text("reason");
    if withdrawn.is_empty() {
        return unfit("reason", "Say why");
    }
    sent.does(shared, who, Act::Question(Question { withdrawn, ..version(shared, sent)? }))?;
    Ok(back(sent, "choices"))
}

fn choice(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not add choices")?.name.clone();
    let state = shared.at.said.state()?;
    let options = matter(&state, sent)?.is.is.options.clone();
    drop(state);
    let title = sent.text("title");
    let id = named(&title, |id| options.get(id).is_some());
    let add = Choice { id, title, detail: sent.text("detail"), effects: Vec::new() };
    let choices = Choices { question: sent.text("question"), effects: BTreeMap::new(), add: Some(add) };
    sent.does(shared, who, Act::Choices(choices))?;
    Ok(back(sent, "choices"))
}

fn objection(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not answer objections")?.name.clone();
    let state = shared.at.said.state()?;
    let known = matter(&state, sent)?;
    let (member, option) = (sent.text("member"), sent.text("option"));
    let stances = known.stances();
    let of = |stance: &&agree::decision::Stance| stance.member == member && stance.option == option;
    let Some(Position::Concern { reason }) = stances.iter().find(of).map(|stance| &stance.position) else {
        return unknown("", "This seat does not object any more");
    };
    let roll = state.seats(known, now()).unwrap_or_default();
    let seat = roll.members().find(|seat| seat.id == member);
    let perspective = seat.map_or_else(|| member.clone(), |seat| seat.perspective.clone());
    let voice = Voice { perspective, said: reason.clone(), answer: answer(sent)?, member: Some(member) };
    drop(state);
    sent.does(shared, who, Act::Voice(VoiceHeard { question: sent.text("question"), voice }))?;
    Ok(back(sent, "heard"))
}

fn redact(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not leave parts out of the public version")?.name.clone();
    let redacted = Redacted { decision: sent.text("question"), field: sent.text("field"), reason: sent.text("reason") };
    sent.does(shared, who, Act::Redaction(redacted))?;
    Ok(back(sent, "wording"))
}

/// The question that a form is about, while it is not settled.
fn matter<'s>(state: &'s State, sent: &Sent) -> Result<&'s Matter, No> {
    match state.matters.get(&sent.text("question")) {
        Some(matter) => Ok(matter),
        None => unknown("question", "There is no such question"),
    }
}

/// A measure that there is.
fn a_measure(shared: &Shared, sent: &Sent, field: &'static str) -> Result<String, No> {
    let named = sent.text(field);
    let of_feeds = || shared.at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|series| &series.series);
    if shared.at.measures.iter().any(|known| known.id == named) || of_feeds().any(|known| known.measure == named) {
        return Ok(named);
    }
    unfit(field, "There is no such measure: choose one of these")
}

/// The seat that a reader speaks for.
fn seated(shared: &Shared, sent: &Sent) -> Result<(String, String), No> {
    let person = sent.signed(shared, |person| person.seat.is_some(), "Only a seat may say where it stands")?;
    Ok((person.name.clone(), person.seat.clone().unwrap_or_default()))
}

fn stand(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let (who, member) = seated(shared, sent)?;
    let state = shared.at.said.state()?;
    let question = matter(&state, sent)?.is.is.clone();
    drop(state);
    let is_secret = question.sealed == Some(Secrecy::Secret);
    let ballot = if question.rule.ranks() {
        let mut order: BTreeMap<u32, String> = BTreeMap::new();
        for choice in question.options.all() {
            let rank = sent.text(&format!("rank-{}", choice.id));
            if rank.is_empty() {
                continue;
            }
            let Ok(rank) = rank.parse::<u32>() else {
                return unfit("order", "Give each choice a place, 1 is the best");
            };
            if order.insert(rank, choice.id.clone()).is_some() {
                return unfit("order", "Two choices have one place: give each its own");
            }
        }
        if order.is_empty() {
            return unfit("order", "Put at least one choice in a place");
        }
        Ballot::Order(order.into_values().collect())
    } else {
        let option = sent.text("option");
        if question.options.get(&option).is_none() {
            return unfit("option", "Choose one of these");
        }
        let fit = |name: &'static str| {
            let text = sent.text(name);
            if text.is_empty() { Ok(text) } else { agree::log::fit(&text, LONGEST).or_else(|words| unfit(name, words)) }
        };
        let position = match sent.text("position").as_str() {
            "supports" => Position::Supports,
            "can-live-with" => Position::CanLiveWith,
            "concern" if is_secret => Position::Concern { reason: String::new() },
            "concern" => match fit("reason")? {
                reason if reason.is_empty() => return unfit("reason", "Say why, so that the others can answer it"),
                reason => Position::Concern { reason },
            },
            _ => return unfit("position", "Choose one of these"),
        };
        Ballot::On { option, position, note: if is_secret { String::new() } else { fit("note")? } }
    };
    let act = match question.sealed {
        // Nobody can look into it later, so it is looked at now.
        Some(_) => Act::Sealed(sealed(&shared.at.key, &question.id, &member, &ballot)?),
        None => {
            let draft = Some(sent.text("draft").parse().unwrap_or_default());
            Act::Ballot(BallotCast { question: question.id.clone(), member, ballot, draft })
        }
    };
    sent.does(shared, who, act)?;
    Ok(back(sent, if sent.text("from") == "wording" { "wording" } else { "stands" }))
}

fn interest(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let (who, member) = seated(shared, sent)?;
    let interest = Interest {
        member,
        kind: word(
            sent,
            "kind",
            &[
                ("financial", InterestKind::Financial),
                ("non-financial-professional", InterestKind::NonFinancialProfessional),
                ("non-financial-personal", InterestKind::NonFinancialPersonal),
                ("indirect", InterestKind::Indirect),
            ],
        )?,
        what: sent.text("what"),
        handled: word(
            sent,
            "handled",
            &[("noted", Handled::Noted), ("did-not-vote", Handled::DidNotVote), ("left", Handled::Left)],
        )?,
    };
    sent.does(shared, who, Act::Interest(InterestDeclared { question: sent.text("question"), interest }))?;
    Ok(back(sent, "stands"))
}

/// What was done with what somebody said.
fn answer(sent: &Sent) -> Result<Answer, No> {
    let how = sent.text("how");
    let reasoned = |answer: fn(String) -> Answer| match how.is_empty() {
        true => unfit("how", "Say how, or why not"),
        false => Ok(answer(how.clone())),
    };
    Ok(match sent.text("answer").as_str() {
        "adopted" => Answer::Adopted,
        "adapted" => reasoned(Answer::Adapted)?,
        "declined" => reasoned(Answer::Declined)?,
        "no-view" => Answer::NoView,
        _ => return unfit("answer", "Choose one of these"),
    })
}

fn voice(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not write down who was heard")?.name.clone();
    let perspective = filled(sent.text("perspective")).unwrap_or_else(|| sent.text("other"));
    let voice = Voice { perspective, said: sent.text("said"), answer: answer(sent)?, member: None };
    sent.does(shared, who, Act::Voice(VoiceHeard { question: sent.text("question"), voice }))?;
    Ok(back(sent, "heard"))
}

fn effect(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not write down what a choice would do")?.name.clone();
    let state = shared.at.said.state()?;
    let matter = matter(&state, sent)?;
    let option = sent.text("option");
    let Some(choice) = matter.is.is.options.get(&option) else { return unfit("option", "Choose one of these") };
    let whom = match sent.text("whom").split_once('/') {
        Some(("place", name)) => Whom::Place(name.to_owned()),
        Some(("organisation", id)) => Whom::Organisation(id.to_owned()),
        _ if sent.text("whom") == "poorest-fifth" => Whom::PoorestFifth,
        _ => Whom::All,
    };
    let (expected, low, high) = (a_number(sent, "expected")?, a_number(sent, "low")?, a_number(sent, "high")?);
    if !(low <= expected && expected <= high) {
        return unfit("low", "What is expected lies between the least and the most");
    }
    let effect = Effect {
        measure: a_measure(shared, sent, "measure")?,
        whom,
        expected,
        range: [low, high],
        better: word(sent, "better", &[("lower", Better::Lower), ("higher", Better::Higher)])?,
        evidence: sent.text("evidence"),
    };
    let mut effects = choice.effects.clone();
    drop(state);
    effects.retain(|known| known.measure != effect.measure || known.whom != effect.whom);
    effects.push(effect);
    let choices = Choices { question: sent.text("question"), effects: [(option, effects)].into(), add: None };
    sent.does(shared, who, Act::Choices(choices))?;
    Ok(back(sent, "choices"))
}

fn draft(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let writes: fn(&Person) -> bool = |person| person.settles || person.seat.is_some();
    let person = sent.signed(shared, writes, "You may not write the wording")?;
    let who = person.name.clone();
    let state = shared.at.said.state()?;
    let known = matter(&state, sent)?;
    let roll = state.seats(known, now()).unwrap_or_default();
    let sits = |seat: &String| roll.is_empty() || roll.members().any(|member| member.id == *seat);
    if !person.settles && !person.seat.as_ref().is_some_and(sits) {
        let words = "Your seat is on another body";
        return Err(No::Refusal(Refusal { field: "", words: words.to_owned(), why: Why::NotAllowed }));
    }
    let today = day_of(now());
    let moment = shared.now.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let mut expects = Vec::new();
    let names: [[&'static str; 6]; 2] = [
        ["expect", "from", "expected", "low", "high", "by"],
        ["expect-2", "from-2", "expected-2", "low-2", "high-2", "by-2"],
    ];
    for [measure, from, expected, low, high, by] in names {
        if !sent.text(measure).is_empty() {
            let named = a_measure(shared, sent, measure)?;
            let newest = match (sent.number(from)?, &moment) {
                (Some(number), _) => Some(number),
                (None, Some(moment)) => moment.reader.value_now(&named)?,
                (None, None) => None,
            };
            let Some(now) = newest else { return unfit(from, "It has no value yet: write one") };
            expects.push(Prediction {
                unit: unit_of(shared, &named),
                measure: named,
                from: now,
                expected: a_number(sent, expected)?,
                range: [a_number(sent, low)?, a_number(sent, high)?],
                by: a_day(sent, by)?,
            });
        }
    }
    let mut stop_if = Vec::new();
    let names: [[&'static str; 7]; 2] = [
        ["stop", "of", "when", "bar", "periods", "watched_from", "words"],
        ["stop-2", "of-2", "when-2", "bar-2", "periods-2", "watched_from-2", "words-2"],
    ];
    for [measure, of, when, bar, periods, watched_from, words] in names {
        if !sent.text(measure).is_empty() {
            let named = a_measure(shared, sent, measure)?;
            let bar = a_number(sent, bar)?;
            stop_if.push(StopRule {
                measure: named,
                of: filled(sent.text(of)),
                when: match sent.text(when).as_str() {
                    "above" => Condition::Above(bar),
                    "at-least" => Condition::AtLeast(bar),
                    "below" => Condition::Below(bar),
                    "at-most" => Condition::AtMost(bar),
                    _ => return unfit(when, "Choose one of these"),
                },
                periods: match sent.number(periods)?.unwrap_or(1.0) {
                    many if (1.0..=520.0).contains(&many) && many.fract() == 0.0 => many as u32,
                    _ => return unfit(periods, "Write a whole number of weeks, at least 1"),
                },
                watched_from: sent.day(watched_from)?,
                words: filled(sent.text(words)),
            });
        }
    }
    let (lose, done) = (sent.text("who_may_lose"), sent.text("what_we_do"));
    let equality = (!lose.is_empty() || !done.is_empty()).then_some(Equality { who_may_lose: lose, what_we_do: done });
    let written = Draft {
        we_will: sent.text("we_will"),
        chosen: sent.text("chosen"),
        because: sent.text("because"),
        equality,
        expects,
        stop_if,
        owner: sent.text("owner"),
        decided: today,
        starts: sent.day("starts")?,
        review_on: sent.day("review_on")?,
        could_not_wait: sent.text("could_not_wait"),
        supersedes: filled(sent.text("supersedes")),
        ..blank_draft(&known.is.is.id, today)
    };
    let draft = known.complete(&written);
    drop(state);
    let because: Vec<String> = lines(&sent.text("because-of")).map(str::to_owned).collect();
    let todo = ToDo { because, once: sent.once(), ..ToDo::now(who, Act::Draft(Drafted { draft })) };
    shared.at.said.deed(todo)?;
    Ok(back(sent, "wording"))
}

fn record(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not record decisions")?.name.clone();
    let state = shared.at.said.state()?;
    let matter = matter(&state, sent)?;
    let Some(newest) = matter.drafts.last() else { return unfit("", "Write the wording first") };
    let seen = sent.text("draft");
    if !seen.is_empty() && seen != newest.seq.to_string() {
        return unfit("", "Somebody has changed the wording since: look at it first");
    }
    let draft = Draft { decided: day_of(now()), ..newest.is.clone() };
    let decision = state.complete(&draft, now()).map_err(No::Refusal)?;
    let missing = decision.missing();
    if !missing.is_empty() && matter.recorded.is_none() {
        return unfit("", format!("It cannot be recorded without {}", missing.join("; without ")));
    }
    let todo = ToDo {
        because: newest.because.clone(),
        once: sent.once(),
        ..ToDo::now(who, Act::Decision(Recorded { decision }))
    };
    drop(state);
    shared.at.said.deed(todo)?;
    Ok(back(sent, "wording"))
}

fn review(shared: &Shared, sent: &Sent) -> Result<Led, No> {
    let who = sent.signed(shared, SETTLES, "You may not review decisions")?.name.clone();
    let state = shared.at.said.state()?;
    let id = sent.text("question");
    let Some(decision) = state.decisions.get(&id) else { return unknown("", "There is no such decision") };
    let moment = shared.now.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let mut actual = Vec::new();
    for expected in &decision.expects {
        let found = moment.as_ref().map(|moment| moment.reader.actual(decision.decided, expected)).transpose()?;
        actual.push(found.flatten().map(|known| known.1));
    }
    drop(state);
    sent.does(shared, who, Act::Review(Reviewed { decision: id, actual, words: sent.text("words") }))?;
    Ok(back(sent, "expected"))
}

/// `/public/story`, `/public/decisions` and `/public/decisions/ID`: at one address for good, for everybody, in plain words; `.json` beside each.
pub(super) async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (page, is_data) = path.strip_suffix(".json").map_or((path.as_str(), false), |page| (page, true));
    enum Told {
        Story,
        Decisions,
        Decision(String),
    }
    let told = match page.trim_end_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["", "public", "story"] => Told::Story,
        ["", "public", "decisions"] => Told::Decisions,
        ["", "public", "decisions", id] => Told::Decision(id.to_owned()),
        _ => return no_such(shared, &path),
    };
    let moment = match shared.moment().await {
        Ok(moment) => moment,
        Err(wrong) => return refuse(shared, &path, &wrong),
    };
    let made = tokio::task::spawn_blocking(move || match &told {
        Told::Story => moment.reader.public_story().map(Some),
        Told::Decisions => moment.reader.public_decisions().map(Some),
        Told::Decision(id) => moment.reader.public_decision(id),
    });
    let (html, data) = match made.await {
        Ok(Ok(Some(made))) => made,
        Ok(Ok(None)) => return no_such(shared, &path),
        Ok(Err(wrong)) => return refuse(shared, &path, &Wrong::Fault(wrong)),
        Err(_) => return super::stopped(shared),
    };
    let answer = if is_data { Sending::new(JSON, data.to_string()) } else { Sending::new(HTML, html) };
    let mut response = send(&answer, request.headers(), "no-cache");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE));
    response
}

/// It fetches nothing: its few styles are in it.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
