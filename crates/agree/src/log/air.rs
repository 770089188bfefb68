//! Air time of a question that is settled, and of the whole log: who was heard beside what is fair.
//!
//! Votes in a conversation are secret, so they are folded there, before anything is added up: those of voices with few voters belong to the
//! voice without a name. What stands under a name is then public, or of eleven people in one conversation, and so is each difference.

use super::state::Air;
use super::{Matter, State, day_of};
use crate::decision::Options;
use crate::trust::FEWEST;
use domain::{Date, Instant};
use std::collections::{BTreeMap, BTreeSet};

type Voices = BTreeMap<String, Air>;

fn voice<'a>(voices: &'a mut Voices, name: &str) -> &'a mut Air {
    voices.entry(name.to_owned()).or_insert_with(|| Air { perspective: name.to_owned(), ..Air::default() })
}

/// Voices of one conversation (people, votes) of which nothing may be told alone, and their votes together: those of fewer than eleven people,
/// and with them the next smallest until they are eleven. Where they never are, none of their votes is told.
pub(super) fn few_together<'v>(voices: &BTreeMap<&'v str, (u64, u64)>) -> (BTreeSet<&'v str>, u64) {
    const ENOUGH: u64 = FEWEST as u64;
    let mut sorted: Vec<(&str, (u64, u64))> = voices.iter().map(|(name, cast)| (*name, *cast)).collect();
    sorted.sort_by_key(|(_, (people, _))| *people);
    let (mut few, mut people, mut votes) = (BTreeSet::new(), 0, 0);
    for (name, (own, cast)) in sorted {
        if own < ENOUGH || (1..ENOUGH).contains(&people) {
            few.insert(name);
            people += own;
            votes += cast;
        }
    }
    (few, if people >= ENOUGH { votes } else { 0 })
}

fn smallest_first(voices: Voices) -> Vec<Air> {
    let mut air: Vec<Air> = voices.into_values().collect();
    let all = air.clone();
    let ratio = |air: &Air| air.ratio(&all).unwrap_or(f64::INFINITY);
    air.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)).then_with(|| a.perspective.cmp(&b.perspective)));
    air
}

fn equal<'n>(names: impl IntoIterator<Item = &'n String>) -> BTreeMap<String, f64> {
    names.into_iter().map(|name| (name.clone(), 1.0)).collect()
}

fn fair(voices: &mut Voices, shares: &BTreeMap<String, f64>) {
    let sum: f64 = shares.values().sum();
    for (name, share) in shares {
        voice(voices, name).fair = if sum > 0.0 { share / sum } else { 0.0 };
    }
}

/// Measures that the options' effects are of.
fn measures(options: &Options) -> impl Iterator<Item = &str> {
    options.all().iter().flat_map(|choice| &choice.effects).map(|effect| effect.measure.as_str())
}

impl State {
    /// Who has had how much of the air of a question, smallest ratio first; those who must be heard and were not are there with noughts.
    /// Statements: how often a perspective was heard. Votes: seats of it that have said where they stand, or voted; never how. Minutes:
    /// of meetings about it. Evidence: measures that its causes and its options' effects are of, each counted for the perspective that
    /// `belongs` names. Fair is the same for each who must be heard; else as in its conversation; else the same for each voice on the body.
    pub fn air_of(&self, matter: &Matter, on: Date, belongs: impl Fn(&str) -> Option<String>) -> Vec<Air> {
        let question = &matter.is.is;
        let roll = self.roll(&question.body, on).unwrap_or_default();
        let seats: BTreeMap<&str, &String> =
            roll.members().map(|member| (member.id.as_str(), &member.perspective)).collect();
        let talk = question.conversation.as_ref().and_then(|id| self.talks.get(id));
        let mut voices = Voices::new();
        let shares = match talk.map(|talk| &talk.is.perspectives) {
            _ if !question.must_be_heard.is_empty() => equal(&question.must_be_heard),
            Some(shares) if !shares.is_empty() => shares.clone(),
            _ => equal(seats.values().copied()),
        };
        fair(&mut voices, &shares);
        for heard in &matter.heard {
            voice(&mut voices, &heard.is.perspective).statements += 1;
        }
        for perspective in matter.have_said().into_iter().filter_map(|member| seats.get(member)) {
            voice(&mut voices, perspective).votes += 1;
        }
        for (perspective, minutes) in self.minutes.get(&format!("decision/{}", question.id)).into_iter().flatten() {
            voice(&mut voices, perspective).minutes += minutes;
        }
        for perspective in self.evidence(matter).into_iter().filter_map(belongs) {
            voice(&mut voices, &perspective).evidence += 1;
        }
        smallest_first(voices)
    }

    /// Measures that a question rests on: those of its options' effects, of its causes, and of facts among them.
    pub fn evidence<'m>(&'m self, matter: &'m Matter) -> BTreeSet<&'m str> {
        let address = |cause: &'m str| {
            let fact = cause.strip_prefix("line/").and_then(|line| self.lines.get(line)?.now().evidence.as_deref());
            fact.unwrap_or(cause).strip_prefix("/measures/")?.split(['?', '#']).next()
        };
        let newest = matter.drafts.last().map_or(&[][..], |draft| &draft.because);
        let causes = matter.is.because.iter().chain(newest).filter_map(|cause| address(cause));
        measures(&matter.is.is.options).chain(causes).collect()
    }

    /// The same of all conversations, questions and meetings together, of which none is favoured: fair is the same for each who must be
    /// heard anywhere. Of a conversation the votes that may be told there.
    pub fn air(&self, at: Instant, belongs: impl Fn(&str) -> Option<String>) -> Vec<Air> {
        let mut voices = Voices::new();
        let on = day_of(at);
        let talks = self.talks.values().filter(|talk| !talk.is.elsewhere).map(|talk| talk.air(at));
        let matters = self.matters.values().map(|matter| self.air_of(matter, on, &belongs));
        let mut must = BTreeSet::new();
        for one in talks.chain(matters).flatten() {
            if one.fair > 0.0 {
                must.insert(one.perspective.clone());
            }
            let all = voice(&mut voices, &one.perspective);
            all.statements += one.statements;
            all.votes += one.votes;
            all.few |= one.few;
            all.evidence += one.evidence;
            all.minutes += one.minutes;
        }
        let meetings = self.minutes.iter().filter(|(about, _)| !about.starts_with("decision/"));
        for (perspective, minutes) in meetings.flat_map(|(_, voices)| voices) {
            voice(&mut voices, perspective).minutes += minutes;
        }
        fair(&mut voices, &equal(&must));
        smallest_first(voices)
    }

    /// Who had how many minutes of a meeting, smallest ratio first. Fair is the same for each who must be heard where the meeting was
    /// about a conversation or a question, and otherwise for each who spoke in any meeting.
    pub fn air_of_meeting(&self, about: &str) -> Vec<Air> {
        let mut voices = Voices::new();
        let talk = about.strip_prefix("conversation/").and_then(|id| self.talks.get(id));
        let matter = about.strip_prefix("decision/").and_then(|id| self.matters.get(id));
        let shares = match (talk, matter) {
            (Some(talk), _) if !talk.is.perspectives.is_empty() => talk.is.perspectives.clone(),
            (_, Some(matter)) if !matter.is.is.must_be_heard.is_empty() => equal(&matter.is.is.must_be_heard),
            _ => equal(self.minutes.values().flat_map(|voices| voices.keys())),
        };
        fair(&mut voices, &shares);
        for (perspective, minutes) in
            talk.map(|talk| &talk.minutes).or_else(|| self.minutes.get(about)).into_iter().flatten()
        {
            voice(&mut voices, perspective).minutes += minutes;
        }
        smallest_first(voices)
    }

    /// What minutes were kept of: conversations, questions, and meetings by their own names.
    pub fn meetings(&self) -> impl Iterator<Item = String> {
        let talks = self.talks.values().filter(|talk| !talk.minutes.is_empty());
        talks.map(|talk| format!("conversation/{}", talk.is.id)).chain(self.minutes.keys().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_told_of_votes_is_never_of_fewer_than_eleven_people(people in proptest::collection::vec(1u64..25, 0..9)) {
            let names: Vec<String> = (0..people.len()).map(|at| at.to_string()).collect();
            // Each has one vote, so that votes are people.
            let voices = names.iter().map(String::as_str).zip(people.iter().map(|people| (*people, *people))).collect();
            let (few, together) = few_together(&voices);
            let hidden: u64 = few.iter().map(|name| voices[name].0).sum();
            prop_assert!(voices.iter().all(|(name, (people, _))| few.contains(name) || *people >= 11));
            prop_assert_eq!(together, if hidden >= 11 { hidden } else { 0 });
            prop_assert!(hidden == 0 || hidden >= 11 || few.len() == voices.len(), "a whole of which the rest is told");
        }
    }
}
