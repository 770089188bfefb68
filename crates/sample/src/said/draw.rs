//! What many people do, drawn: votes in a conversation with groups that were planted, and the weekly pulse of two teams.

use super::write::{Days, Draft, Moment, harmless};
use super::{Polis, Wrong, wrong};
use crate::draw::Draw;
use domain::{Date, Instant};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A name as a number, to draw by: FNV-1a.
fn named(of: &str) -> u64 {
    of.bytes().fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// A voter of one conversation or pulse: a number that means nothing elsewhere.
fn voter(seed: u64, of: &str, which: u64) -> String {
    let mut draw = Draw::of(seed, named(of), which);
    loop {
        let voter = format!("voter/{:016x}", draw.bits());
        // Ten digits that could be taken for an NHS number are not to be found in the file.
        if agree::log::fit(&voter, 100).is_ok() {
            return voter;
        }
    }
}

/// A conversation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Talk {
    /// Who asks, and because of what.
    by: String,
    #[serde(default)]
    because: Vec<String>,
    /// As [`agree::log::Conversation`].
    conversation: Map<String, Value>,
    /// From when to when people take part, on how many statements each votes.
    from: Moment,
    to: Moment,
    votes_each: usize,
    /// When and by whom it is answered.
    answered: Option<Moment>,
    people: Vec<People>,
    #[serde(rename = "statement")]
    statements: Vec<Statement>,
}

/// People of one perspective: how many in each group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    perspective: String,
    groups: Vec<usize>,
    /// How many of them with a helper: `paper`, `phone`, `room`.
    #[serde(default)]
    via: BTreeMap<String, usize>,
}

/// A statement, what each group holds of it, and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    label: Option<String>,
    text: String,
    perspective: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    in_english: String,
    via: Option<String>,
    /// Of a hundred in each group who have a view, how many agree.
    #[serde(default)]
    agree: Vec<f64>,
    /// Of a hundred, how many have none.
    #[serde(default)]
    unsure: Option<f64>,
    /// Why a moderator takes it out, how its author asks again, and why it comes in after all; or which says the same.
    out: Option<String>,
    appeal: Option<String>,
    same_as: Option<String>,
    /// What took it up; or how it was taken up in another way; or why not.
    adopted: Option<Vec<String>>,
    adapted: Option<String>,
    declined: Option<String>,
    #[serde(default)]
    because: Vec<String>,
}

impl Talk {
    pub fn said(&self, file: &str, days: Days, seed: u64, all: &mut Vec<Draft>) {
        let id = self.conversation["id"].as_str().unwrap_or_default();
        let opens = Instant(self.conversation["opens"].as_i64().unwrap_or_default());
        let (from, to) = (days.at(self.from).0, days.at(self.to).0);
        let place = format!("{file}, {id}");
        all.push(
            Draft::new(&place, opens, &self.by, "conversation", self.conversation.clone().into())
                .because(&self.because),
        );
        // Person by person: perspective, group, how they come.
        let mut people: Vec<(&str, usize, &str)> = Vec::new();
        for some in &self.people {
            let mut via = some.via.iter().flat_map(|(via, count)| vec![via.as_str(); *count]);
            for (group, count) in some.groups.iter().enumerate() {
                people.extend((0..*count).map(|_| (some.perspective.as_str(), group, via.next().unwrap_or("device"))));
            }
        }
        let mut shown: Vec<(&Statement, String)> = Vec::new();
        for (at, one) in self.statements.iter().enumerate() {
            let mut draw = Draw::of(seed, named(id) ^ 1, at as u64);
            let label = one.label.clone().unwrap_or_else(|| format!("{id}-{at}"));
            let authors: Vec<u64> =
                (0..people.len()).filter(|who| people[*who].0 == one.perspective).map(|who| who as u64).collect();
            let author = if authors.is_empty() { 1000 + at as u64 } else { *draw.pick(&authors) };
            let author = voter(seed, &format!("say/{id}"), author);
            // All are said in the first third.
            let when = from + (to - from) / 3 * at as i64 / self.statements.len() as i64 + draw.below(3 * 3600) as i64;
            let mut said = Draft::new(
                &place,
                Instant(when),
                &author,
                "statement",
                json!({
                    "conversation": id, "text": one.text, "perspective": one.perspective, "role": one.role,
                    "language": one.language, "in_english": one.in_english, "via": one.via.as_deref().unwrap_or("device"),
                }),
            );
            said.label = Some(label.clone());
            all.push(said);
            let of = format!("#{label}");
            let mut rule = |hours: i64, who: &str, ruling: Value| {
                let at = Instant(when + hours * 3600);
                all.push(Draft::new(&place, at, who, "moderation", json!({ "statement": of, "ruling": ruling })));
            };
            match (&one.out, &one.same_as) {
                (Some(why), _) => {
                    rule(5, "Moderator, Rivermead", json!({ "out": why }));
                    if let Some(words) = &one.appeal {
                        rule(52, "Second moderator, Rivermead", json!("in"));
                        let at = Instant(when + 26 * 3600);
                        all.push(Draft::new(&place, at, &author, "appeal", json!({ "statement": of, "words": words })));
                    }
                }
                (None, Some(other)) => rule(30, "Moderator, Rivermead", json!({ "same-as": format!("#{other}") })),
                (None, None) => rule(1 + draw.below(9) as i64, "Moderator, Rivermead", json!("in")),
            }
            if !one.agree.is_empty() {
                shown.push((one, of));
            }
        }
        self.votes(&place, (from + (to - from) / 3 + 4 * 86_400).min(to - 1), to, seed, &people, &shown, all);
        let Some(answered) = self.answered else { return };
        for (at, (one, of)) in shown.iter().enumerate() {
            let answer = match (&one.adopted, &one.adapted, &one.declined) {
                (Some(_), ..) => json!("adopted"),
                (None, Some(how), _) => json!({ "adapted": how }),
                (None, None, Some(why)) => json!({ "declined": why }),
                (None, None, None) => continue,
            };
            let because = one.adopted.as_ref().unwrap_or(&one.because);
            let when = Instant(days.at(answered).0 + at as i64 * 240);
            let fields = json!({ "statement": of, "answer": answer });
            all.push(Draft::new(&place, when, &self.by, "answer", fields).because(because));
        }
    }

    #[allow(clippy::too_many_arguments)] // one place, one time, who, on what
    fn votes(
        &self,
        place: &str,
        from: i64,
        to: i64,
        seed: u64,
        people: &[(&str, usize, &str)],
        shown: &[(&Statement, String)],
        all: &mut Vec<Draft>,
    ) {
        let id = self.conversation["id"].as_str().unwrap_or_default();
        for (person, (perspective, group, via)) in people.iter().enumerate() {
            let mut draw = Draw::of(seed, named(id) ^ 2, person as u64);
            let mut left: Vec<usize> = (0..shown.len()).collect();
            let mut when = from + draw.below((to - from).max(3601) as u64 - 3600) as i64;
            for _ in 0..self.votes_each.min(shown.len()) {
                let (one, of) = &shown[left.swap_remove(draw.below(left.len() as u64) as usize)];
                let agree = one.agree[(*group).min(one.agree.len() - 1)] / 100.0;
                let choice = match (draw.chance(one.unsure.unwrap_or(8.0) / 100.0), draw.chance(agree)) {
                    (true, _) => 0,
                    (false, yes) => i8::from(yes) * 2 - 1,
                };
                when += 8 + draw.below(40) as i64;
                let fields = json!({ "statement": of, "choice": choice, "perspective": perspective, "via": via });
                all.push(Draft::new(place, Instant(when), &voter(seed, id, person as u64), "vote", fields));
            }
        }
    }
}

/// Two teams at a handover.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pulse {
    handover: String,
    teams: [Team; 2],
}

/// Its name, how many answer, and what they say of the other on the scale of the pulse, from one day to the next.
type Team = (String, usize, Vec<(f64, f64)>);

/// So many weeks.
const WEEKS: i32 = 26;

impl Pulse {
    pub fn said(&self, file: &str, days: Days, seed: u64, all: &mut Vec<Draft>) {
        let pulse = agree::trust::Instrument::pulse();
        let last = days.0;
        let newest = (0..7).map(|back| last.0 - back).find(|day| Date(*day).weekday() == 0).unwrap_or(last.0);
        for back in (0..WEEKS).filter(|back| newest - 7 * back + 3 <= last.0) {
            let week = Date(newest - 7 * back);
            let item = pulse.item_of_week(week);
            for (side, (by, count, held)) in self.teams.iter().enumerate() {
                let about = &self.teams[1 - side].0;
                let mean = between(held, f64::from(week.0 - last.0));
                for person in 0..*count {
                    let which = (person * 2 + side) as u64;
                    let mut draw = Draw::of(seed, named(&self.handover) ^ (8 + back as u64), which);
                    if draw.chance(0.06) {
                        continue; // away this week
                    }
                    let own = 0.45 * Draw::of(seed, named(&self.handover) ^ 1, which).normal();
                    let answer = (mean + own + 0.6 * draw.normal()).round().clamp(1.0, 5.0) as i64;
                    let answer = if item.reversed { 6 - answer } else { answer };
                    let at = Instant(i64::from(week.0 + 3) * 86_400 + 8 * 3600 + draw.below(9 * 3600) as i64);
                    let sheet =
                        json!({ "by": by, "about": about, "week": week.to_string(), "answers": { &item.id: answer } });
                    let fields = json!({ "handover": self.handover, "sheet": sheet });
                    let who = voter(seed, &format!("{} {by}", self.handover), person as u64);
                    all.push(Draft::new(file, at, &who, "pulse", fields));
                }
            }
        }
    }
}

/// A value on a day, on straight lines between the days that are known.
fn between(known: &[(f64, f64)], day: f64) -> f64 {
    let mut value = known.first().map_or(3.0, |first| first.1);
    for pair in known.windows(2) {
        let [(from, start), (to, end)] = [pair[0], pair[1]];
        if day >= from {
            value = start + (end - start) * ((day - from) / (to - from)).min(1.0);
        }
    }
    value
}

/// What a real conversation is about.
const REAL: [(&str, &str, &str); 2] = [
    ("brexit-consensus", "Can there be consensus on Brexit?", "People in the United Kingdom were asked this in 2017"),
    ("fifteen-seattle", "Should Seattle raise its minimum wage to $15?", "People in Seattle were asked this in 2014"),
];

/// A conversation that was really held elsewhere: its statements and all its votes, in their order, within seven weeks of ours.
pub(super) fn polis(polis: &Polis<'_>, days: Days, seed: u64, all: &mut Vec<Draft>) -> Result<(), Wrong> {
    let (id, place) = (polis.folder, polis.folder);
    let Some((_, question, told)) = REAL.iter().find(|known| known.0 == id) else {
        return Err(wrong(place, format!("one of {} is wanted", REAL.map(|known| known.0).join(", "))));
    };
    let rows = |name: &str, bytes| -> Result<Vec<BTreeMap<String, String>>, Wrong> {
        ::csv::Reader::from_reader(bytes)
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|fault| wrong(format!("{place}/{name}"), fault))
    };
    let (statements, votes) = (rows("statements.csv", polis.statements)?, rows("votes.csv", polis.votes)?);
    let cell = |row: &BTreeMap<String, String>, name: &str| {
        row.get(name).map(|cell| cell.trim().to_owned()).unwrap_or_default()
    };
    let [opens, closes] = [330, 281].map(|before| harmless(i64::from(days.0.0 - before) * 86_400));
    let purpose = format!(
        "{told}. It is a real public conversation from elsewhere, with real statements and votes, shown as an example of how common ground \
         is found; Rivermead did not ask it and nothing here is decided by it. Data gathered with Polis (compdemocracy.org/polis), \
         CC BY 4.0, The Computational Democracy Project; times are moved and long statements are cut."
    );
    let mut push = |at: i64, who: &str, label: Option<String>, name: &str, fields: Value| {
        let mut draft = Draft::new(place, Instant(at), who, name, fields);
        (draft.label, draft.may_fail) = (label, true);
        all.push(draft);
    };
    push(
        opens,
        "The Computational Democracy Project",
        None,
        "conversation",
        json!({
            "id": id, "question": question, "purpose": purpose, "open_to_all": true, "elsewhere": true, "opens": opens, "closes": closes,
        }),
    );
    let mut known = BTreeSet::new();
    for (at, row) in statements.iter().enumerate() {
        let (number, words) = (cell(row, "statement"), cell(row, "text"));
        let author = cell(row, "author").parse().unwrap_or(1_000_000 + at as u64);
        let (label, at) = (format!("{id}-{number}"), opens + 60 * at as i64);
        let of = format!("#{label}");
        push(
            at,
            &voter(seed, &format!("say/{id}"), author),
            Some(label),
            "statement",
            json!({
                "conversation": id, "text": cut(&words), "perspective": "public",
            }),
        );
        push(
            at + 30,
            "Moderators of that conversation",
            None,
            "moderation",
            json!({ "statement": of, "ruling": "in" }),
        );
        if cell(row, "moderated") == "-1" {
            let why = json!({ "out": "The moderators of that conversation took it out" });
            push(
                closes,
                "Moderators of that conversation",
                None,
                "moderation",
                json!({ "statement": of, "ruling": why }),
            );
        }
        known.insert(number);
    }
    // In their order, evenly: a few came years later.
    let from = opens + 60 * (statements.len() as i64 + 1);
    for (at, row) in votes.iter().enumerate().filter(|(_, row)| known.contains(&cell(row, "statement"))) {
        let when = from + (closes - 60 - from) * at as i64 / votes.len() as i64;
        let participant = cell(row, "participant").parse().unwrap_or(u64::MAX);
        let choice: i64 =
            cell(row, "vote").parse().map_err(|fault| wrong(format!("{place}/votes.csv, row {}", at + 1), fault))?;
        let fields = json!({ "statement": format!("#{id}-{}", cell(row, "statement")), "choice": choice });
        push(when, &voter(seed, id, participant), None, "vote", fields);
    }
    Ok(())
}

/// As much of a text as a statement may hold.
fn cut(text: &str) -> String {
    if text.chars().count() <= agree::log::STATEMENT {
        return text.to_owned();
    }
    let start: String = text.chars().take(agree::log::STATEMENT - 1).collect();
    format!("{}…", start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words))
}
