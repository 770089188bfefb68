//! Questions and decisions for everybody: the same record in plain words, and as data.

use super::{Came, is_superseded, letters, long, sorted};
use crate::ask::Ask;
use crate::fault::Fault;
use crate::view::Reader;
use crate::view::decided::{bare, blank_draft, body_called, first_low, grouped, interests, untried};
use agree::decision::{Answer, Decision, Draft, Prediction, StopRule, TurnedOut};
use agree::log::{Matter, State};
use domain::{Date, Instant};
use serde_json::Value;
use show::public::{PublicChoice, PublicDecision};
use show::{Link, Picture};

/// With a full stop, and a capital at its head.
fn ended(words: &str) -> String {
    let words = words.trim();
    match words.chars().next_back() {
        Some('.' | '?' | '!') => show::chart::sentence(words),
        _ => format!("{}.", show::chart::sentence(words)),
    }
}

/// What was done with what somebody said, as it is said to everybody.
fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Adopted => "We said yes.".to_owned(),
        Answer::Adapted(how) => format!("We said yes to part of it. {}", ended(how)),
        Answer::Declined(why) => format!("We said no. {}", ended(why)),
        Answer::NoView => "They had no view.".to_owned(),
    }
}

impl Reader<'_> {
    /// All questions and decisions for everybody: the page and the same as data.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub(crate) fn public_decisions(&self) -> Result<(String, Value), Fault> {
        let (state, today) = (self.said()?, self.today());
        let sorted = sorted(&state, today);
        let row = |matter: &&Matter| {
            let question = &matter.is.is;
            let link = Link::new(question.question.clone(), format!("/public/decisions/{}", question.id));
            let words = match state.decisions.get(&question.id) {
                Some(decision) => format!(
                    "On {} we said: we will {}.",
                    long(decision.decided),
                    first_low(decision.we_will.trim_end_matches('.'))
                ),
                None if question.closes <= crate::place::now().0 => {
                    format!(
                        "The votes closed on {}. It is not settled yet.",
                        long(self.zone().date(Instant(question.closes)))
                    )
                }
                None => format!("We mean to settle it by {}.", long(self.zone().date(Instant(question.closes)))),
            };
            (link, words)
        };
        let of = |lists: &[&Vec<&Matter>]| lists.iter().flat_map(|list| list.iter().map(row)).collect::<Vec<_>>();
        let parts = [
            ("We have to look at these again".to_owned(), of(&[&sorted.rang, &sorted.ready])),
            ("Not settled yet".to_owned(), of(&[&sorted.due])),
            ("What we are doing".to_owned(), of(&[&sorted.agreed])),
            ("Did it work?".to_owned(), of(&[&sorted.reviewed])),
            ("We do this no more".to_owned(), of(&[&sorted.superseded])),
        ];
        let data: Vec<Value> = parts
            .iter()
            .flat_map(|(part, rows)| {
                rows.iter().map(move |(link, words)| {
                    serde_json::json!({ "part": part, "question": link.words, "words": words, "address": link.href })
                })
            })
            .collect();
        let notice = self.blank(&Ask::default(), "").notice;
        let html = show::public::decisions(&self.at.place.name, &parts, &notice);
        Ok((html, serde_json::json!({ "place": self.at.place.name, "decisions": data })))
    }

    /// A measure by its question, which everybody understands: "How many people are ready to leave hospital and still there?"
    fn asks(&self, measure: &str) -> String {
        let own = self.at.measures.iter().find(|own| own.id == measure).map(|own| own.title.clone());
        let published = || {
            let mut rules = self.at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|all| &all.series);
            rules.find(|rule| rule.measure == measure).map(|rule| rule.title.clone())
        };
        match own.or_else(published) {
            Some(title) if title.ends_with('?') => title,
            Some(title) => format!("{title}:"),
            None => format!("{}:", self.called(measure).title),
        }
    }

    /// What we hoped of one measure: past tense once its day is past.
    fn hoped(&self, expected: &Prediction, today: Date) -> String {
        let say = self.says(expected);
        let hope = if expected.by < today { "We hoped for" } else { "We hope for" };
        let (from, to) = (say(expected.from), say(expected.expected));
        format!("{} It was {from}. {hope} {to} by {}.", self.asks(&expected.measure), long(expected.by))
    }

    /// Numbers of a prediction with their unit, in whole words.
    fn says(&self, expected: &Prediction) -> impl Fn(f64) -> String + use<> {
        let level = expected.from.abs().max(expected.expected.abs());
        let scale = self.unit_of(expected).scale(level).precise(level / 2.0);
        move |value| {
            let said = scale.say(value);
            said.strip_suffix(" min").map_or(said.clone(), |number| format!("{number} minutes"))
        }
    }

    /// What came of it.
    fn worked(&self, expected: &Prediction, came: &Came) -> String {
        let say = self.says(expected);
        let (asks, hope) = (self.asks(&expected.measure), say(expected.expected));
        match &came.was {
            Some(was) if came.is_due => {
                let says = match came.result {
                    TurnedOut::AsExpected => "It worked as we hoped.",
                    TurnedOut::MoreThanExpected => "It did more than we hoped.",
                    TurnedOut::LessThanExpected => "It did not work as we hoped.",
                    TurnedOut::NotAtAll => "It did not work.",
                    TurnedOut::Otherwise => "We did not think that it would change.",
                    TurnedOut::Unknown => "We cannot say if it worked.",
                };
                format!("{asks} We hoped for {hope}. It was {} {}. {says}", say(was.value), was.when)
            }
            Some(was) => format!("{asks} It is too soon to say. It is {} so far. We hope for {hope}.", say(was.value)),
            None => format!("{asks} It is too soon to say. We hope for {hope}."),
        }
    }

    /// The choices, those not taken too, with who gains and who loses by each.
    fn open_choices(&self, state: &State, matter: &Matter, chosen: Option<&str>) -> Vec<PublicChoice> {
        let letters = letters(&matter.is.is);
        let taken = chosen.and_then(|id| letters.get(id));
        let panel = self.choices_of(state, matter);
        let rows = panel.pictures.iter().find_map(|picture| match picture {
            Picture::Choices(shown) => Some(shown.sorted().into_iter().cloned().collect::<Vec<_>>()),
            _ => None,
        });
        let choice = |row: show::Alternative| PublicChoice {
            taken: taken == Some(&row.letter),
            words: [row.detail.as_str(), &row.told()].into_iter().filter(|text| !text.is_empty()).map(ended).collect(),
            title: row.title,
        };
        rows.unwrap_or_default().into_iter().map(choice).collect()
    }

    /// A question or decision for everybody: the page and the same as data; nothing of a vote before it is recorded.
    ///
    /// # Errors
    /// When the Ledger or the Lake cannot be read.
    pub(crate) fn public_decision(&self, id: &str) -> Result<Option<(String, Value)>, Fault> {
        let (state, today) = (self.said()?, self.today());
        let Some(matter) = state.matters.get(id) else { return Ok(None) };
        let question = &matter.is.is;
        let decision = state.decisions.get(id);
        let public = decision.map(|decision| decision.public(&matter.redacted));
        let shown = public.clone().or_else(|| matter.drafts.last().map(|version| matter.complete(&version.is)));
        let filled = |text: &str| Some(text).filter(|text| !text.trim().is_empty()).map(ended);
        let mut page = PublicDecision {
            place: self.at.place.name.clone(),
            question: question.question.clone(),
            decided: decision.map_or_else(String::new, |decision| long(decision.decided)),
            is_past: decision.is_some_and(|_| matter.is_reviewed() || is_superseded(&state, matter)),
            notice: self.blank(&Ask::default(), "").notice,
            replaced: state
                .decisions
                .superseded_by(id)
                .map(|by| (Link::new(by.question.clone(), format!("/public{}", by.address())), long(by.decided))),
            not_tried: decision.map_or_else(Vec::new, |known| untried(known).map(|one| one.title.clone()).collect()),
            ..PublicDecision::default()
        };
        page.choices = self.open_choices(&state, matter, decision.map(|known| known.chosen.as_str()));
        if let Some(draft) = &shown {
            page.will = vec![format!("We will {}", first_low(&ended(&draft.we_will)))];
            page.why = filled(&draft.because).into_iter().collect();
            page.expect = draft.expects.iter().map(|one| self.hoped(one, today)).collect();
            page.stop = draft.stop_if.iter().map(|rule| self.stops(rule)).collect();
            page.who = filled(&draft.owner)
                .into_iter()
                .chain(draft.starts.map(|day| format!("It starts on {}.", long(day))))
                .chain(
                    self.looked_at(matter, draft, today).filter(|_| page.replaced.is_none() || matter.review.is_some()),
                )
                .collect();
            if let Some(equality) = &draft.equality {
                // Records of before may say nothing of it.
                let told = |words: &str| filled(words).map_or("we did not say.".to_owned(), |words| first_low(&words));
                page.fair = vec![
                    format!("Who may lose by it: {}", told(&equality.who_may_lose)),
                    format!("What we do about that: {}", told(&equality.what_we_do)),
                ];
            }
            page.could_not_wait = filled(&draft.could_not_wait).into_iter().collect();
            let own = if decision.is_some() { &draft.interests } else { &matter.interests };
            page.interests = interests(&state, own).into_iter().filter(|text| text != "None.").collect();
        }
        let day = decision.map_or(today, |decision| decision.decided);
        let body = body_called(&state, &question.body, day);
        page.how = vec![match decision {
            Some(_) => format!("The {} settled it, by {}.", bare(&body), question.rule.words()),
            None => format!("The {} settles it, by {}.", bare(&body), question.rule.words()),
        }];
        page.how.extend(filled(&question.why_this_rule));
        if let Some(decision) = &public {
            page.how.push(ended(&self.outcome(&state, matter, decision, true)));
            page.how.extend(filled(&grouped(&decision.authority)).map(|words| format!("Who may settle it: {words}")));
        }
        page.how.extend(filled(shown.as_ref().map_or(&question.why_not_lower, |draft| &draft.why_not_lower)).map(
            |why| {
                format!(
                    "It is settled for the {}. Why not by a smaller group: {}",
                    question.level.words(),
                    first_low(&why)
                )
            },
        ));
        let voices = public.as_ref().map_or_else(|| matter.voices(), |draft| draft.heard.clone());
        for voice in voices {
            page.heard.push(format!(
                "{}: “{}” {}",
                show::chart::sentence(&voice.perspective),
                voice.said.trim_end_matches('.'),
                answered(&voice.answer)
            ));
        }
        page.not_heard =
            matter.complete(&blank_draft(id, Date(0))).gaps().into_iter().map(show::chart::sentence).collect();
        if let Some(decision) = decision {
            page.result = self.results(matter, decision)?;
        }
        if let Some(talk) = question.conversation.as_ref().and_then(|id| state.talks.get(id)) {
            page.links.push(Link::new(
                format!("What people said: {}", talk.is.question),
                format!("/public/say/{}", talk.is.id),
            ));
        }
        page.links.push(Link::new("All that we decide", "/public/decisions"));
        page.links.push(Link::new("The same as data", format!("/public/decisions/{id}.json")));
        let data = serde_json::json!({
            "place": page.place, "question": page.question, "decided": page.decided, "we_will": page.will, "why": page.why,
            "choices": page.choices.iter().map(|one| serde_json::json!({
                "title": one.title, "taken": one.taken, "words": one.words,
            })).collect::<Vec<_>>(),
            "we_expect": page.expect, "we_stop_if": page.stop, "who_and_when": page.who, "heard": page.heard,
            "not_heard": page.not_heard, "not_tried": page.not_tried, "could_not_wait": page.could_not_wait, "how": page.how, "fair": page.fair,
            "interests": page.interests, "result": page.result, "record": public,
            "replaced_by": page.replaced.as_ref().map(|(by, day)| serde_json::json!({
                "question": by.words, "address": by.href, "on": day,
            })),
        });
        Ok(Some((show::public::decided(&page), data)))
    }

    /// Bells that rang, what came of each prediction, and what was made of it.
    fn results(&self, matter: &Matter, decision: &Decision) -> Result<Vec<String>, Fault> {
        let mut result = Vec::new();
        for (_, rang) in &matter.rang {
            let words = decision.stop_if.get(rang.rule).map_or(String::new(), |rule| self.stops(rule));
            result.push(format!("On {} we had to look again. {words}", long(rang.rang)));
        }
        let came = self.since_decided(matter, decision)?;
        result.extend(decision.expects.iter().zip(&came).map(|(expected, came)| self.worked(expected, came)));
        result.extend(matter.review.as_ref().map(|review| ended(&review.is.words)));
        Ok(result)
    }

    /// When we stop: in the words in which it was agreed, and how it is counted.
    fn stops(&self, rule: &StopRule) -> String {
        let bar = ended(&self.bar_of(rule));
        rule.words.as_ref().map_or(bar.clone(), |words| format!("{} We count it so: {}", ended(words), first_low(&bar)))
    }

    /// When it is looked at again, or was.
    fn looked_at(&self, matter: &Matter, draft: &Draft, today: Date) -> Option<String> {
        let day = draft.review_on?;
        Some(match &matter.review {
            Some(review) => format!("We looked at it again on {}.", long(self.zone().date(review.at))),
            None if matter.recorded.is_some() && day <= today => {
                format!("We were to look at it again on {}. We have not done so yet.", long(day))
            }
            None => format!("We will look at it again on {}.", long(day)),
        })
    }
}
