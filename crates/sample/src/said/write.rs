//! From the files of `place/said` to deeds.
//!
//! | In a file | Is |
//! | --- | --- |
//! | `"@-202"` | a date: 202 days before the last one |
//! | `"@-202T17:00"` | the moment, in seconds since 1970; for `at` and `on` alone `-202` is ten in the morning of that day |
//! | `"@Y-3-04-01"` | 1 April, three years before the year of the last day |
//! | `{-202}`, `{-202m}` in a text | `28 April`, `April` |
//! | `"#pay"` | the number of the deed with the label `pay`; in a cause `"statement/#pay"` |
//! | `[[deed]]` | `at`, `who`, `because`, `label`, and one act by its name with its fields |
//! | `more` in a deed | the next version of a `plan`, with more `step`s |
//! | `[[talk]]` | a conversation with its people, statements, answers and votes: see [`super::draw`] |
//! | `[[matter]]` | a question with who was heard, what was tried, where members stand, its decision and its review |
//! | `[[pulse]]` | two teams and how they find each other: see [`super::draw`] |

use super::{Polis, Said, Wrong, draw, wrong};
use agree::log::{Act, State};
use agree::plan::Step;
use domain::{Date, Instant};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

macro_rules! files {
    ($($name:literal),*) => { [$(($name, include_str!(concat!("../../../../place/said/", $name)))),*] };
}

const FILES: [(&str, &str); 7] =
    files!("scheme.toml", "story.toml", "home.toml", "crisis.toml", "matters.toml", "plans.toml", "pulses.toml");
/// Instead of a real conversation, when there is none.
const SMALL: (&str, &str) = files!("dunmoor.toml")[0];

/// A deed before its labels are numbers.
pub(super) struct Draft {
    pub place: String,
    pub at: Instant,
    pub label: Option<String>,
    pub who: String,
    pub because: Vec<String>,
    /// With its `act`.
    pub act: Value,
    /// Whether it is left out when the log would refuse it: what others wrote is not ours to mend.
    pub may_fail: bool,
}

impl Draft {
    pub fn new(place: &str, at: Instant, who: &str, name: &str, fields: Value) -> Draft {
        let mut act = Map::from_iter([("act".to_owned(), name.into())]);
        if let Value::Object(fields) = fields {
            act.extend(fields);
        }
        let (place, who) = (format!("{place}, {name}"), who.to_owned());
        Draft { place, at, label: None, who, because: Vec::new(), act: act.into(), may_fail: false }
    }
    pub fn because(mut self, because: &[String]) -> Draft {
        self.because = because.to_vec();
        self
    }

    /// As it is done, once all labels before it are known.
    pub fn done(&self, labels: &BTreeMap<String, u64>, state: &State) -> Result<Said, String> {
        let known = |label: &str| labels.get(label).ok_or_else(|| format!("nothing before it is called '{label}'"));
        let because = self.because.iter().map(|cause| match cause.split_once('#') {
            Some((kind, label)) => known(label).map(|seq| format!("{kind}{seq}")),
            None => Ok(cause.clone()),
        });
        let because = because.collect::<Result<Vec<String>, String>>()?;
        let mut act = self.act.clone();
        number(&mut act, &known)?;
        if act["act"] == "more" {
            act = more(&act, state).ok_or("there is no such plan, or its new steps are no steps")?;
        }
        let mut act: Act = serde_json::from_value(act).map_err(|fault| fault.to_string())?;
        // What was asked, heard and said is filled in as the log has it.
        let complete = |draft: &_| state.complete(draft, self.at).map_err(|refusal| refusal.to_string());
        match &mut act {
            Act::Decision(one) => one.decision = complete(&one.decision)?,
            Act::Draft(one) => one.draft = complete(&one.draft)?,
            _ => {}
        }
        // Whoever sits on a seat signs with its role.
        let seat = match &act {
            Act::Ballot(one) => Some(&one.member),
            Act::Interest(one) => Some(&one.interest.member),
            _ => None,
        };
        let seats = state.scheme.iter().flat_map(|scheme| &scheme.rows().seats);
        let role = seats.filter(|known| Some(&known.id) == seat).map(|known| known.role.clone()).next();
        Ok(Said { at: self.at, who: role.unwrap_or_else(|| self.who.clone()), because, act })
    }
}

/// The next version of a plan: as it stands, with more steps.
fn more(act: &Value, state: &State) -> Option<Value> {
    let agreed = state.plans.get(act["plan"].as_str()?)?;
    let newest = agreed.versions.last()?;
    let mut next = newest.is.clone();
    next.plan = agreed.now.clone();
    next.plan.steps.extend(serde_json::from_value::<Vec<Step>>(act["step"].clone()).ok()?);
    next.parent = Some(newest.seq);
    serde_json::to_value(Act::Plan(next)).ok()
}

/// A moment whose ten digits cannot be taken for an NHS number: nothing that looks like one is to be found in the file.
pub(super) fn harmless(seconds: i64) -> i64 {
    (seconds..).find(|seconds| agree::log::fit(&seconds.to_string(), 20).is_ok()).unwrap_or(seconds)
}

/// Puts numbers where labels are.
fn number<'a>(value: &mut Value, known: &dyn Fn(&str) -> Result<&'a u64, String>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if let Some(label) = text.strip_prefix('#') {
                *value = (*known(label)?).into();
            }
            Ok(())
        }
        Value::Array(all) => all.iter_mut().try_for_each(|one| number(one, known)),
        Value::Object(all) => all.values_mut().try_for_each(|one| number(one, known)),
        _ => Ok(()),
    }
}

/// The days of a file, counted from the last one.
#[derive(Clone, Copy)]
pub(super) struct Days(pub Date);

impl Days {
    /// A string that begins with `@`, as a date or as seconds since 1970.
    fn marked(self, text: &str) -> Option<Value> {
        let text = text.strip_prefix('@')?;
        if let Some(years) = text.strip_prefix('Y') {
            let (years, day) = years.split_at_checked(2)?;
            return Some(format!("{:04}{day}", self.0.ymd().0 + years.parse::<i32>().ok()?).into());
        }
        let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
        let day = Date(self.0.0 + days.parse::<i32>().ok()?);
        let Some((hour, minute)) = time.map(|time| time.split_once(':')).unwrap_or_default() else {
            return time.is_none().then(|| day.to_string().into());
        };
        let seconds = i64::from(day.0) * 86_400 + hour.parse::<i64>().ok()? * 3600 + minute.parse::<i64>().ok()? * 60;
        Some(harmless(seconds).into())
    }

    /// A text with days in it as a reader says them.
    fn told(self, text: &str) -> Result<String, String> {
        let mut parts = text.split('{');
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (day, rest) = part.split_once('}').ok_or_else(|| format!("'{text}' has a '{{' without an end"))?;
            let number = day.trim_end_matches('m');
            let days: i32 =
                number.parse().map_err(|_| format!("'{{{day}}}' is no day such as {{-202}} or {{-202m}}"))?;
            // "5 January 2026", without its year, and for a month without its day.
            let date = agree::day::long(Date(self.0.0 + days));
            let words = date.rsplit_once(' ').map_or("", |(words, _)| words);
            told += if number == day { words } else { words.split_once(' ').map_or(words, |(_, month)| month) };
            told += rest;
        }
        Ok(told)
    }

    /// Dates and moments in place of what stands for them.
    fn put(self, value: toml::Value) -> Result<Value, String> {
        Ok(match value {
            toml::Value::String(text) if text.starts_with('@') => {
                self.marked(&text).ok_or_else(|| format!("'{text}' is no day such as @-202 or @-202T17:00"))?
            }
            toml::Value::String(text) => self.told(&text)?.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(is) => is.into(),
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(all) => all.into_iter().map(|one| self.put(one)).collect::<Result<Vec<_>, _>>()?.into(),
            toml::Value::Table(all) => {
                let all = all.into_iter().map(|(name, one)| Ok((name, self.put(one)?)));
                Value::Object(all.collect::<Result<_, String>>()?)
            }
        })
    }

    pub fn at(self, moment: Moment) -> Instant {
        Instant(match moment.0 {
            days if days.abs() < FAR => (i64::from(self.0.0) + days) * 86_400 + 10 * 3600,
            seconds => seconds,
        })
    }
}

/// Fewer are days from the last one, more are seconds since 1970.
const FAR: i64 = 100_000;

/// Days from the last one, or seconds since 1970.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(super) struct Moment(i64);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "deed")]
    deeds: Vec<Map<String, Value>>,
    #[serde(default, rename = "talk")]
    talks: Vec<draw::Talk>,
    #[serde(default, rename = "matter")]
    matters: Vec<Matter>,
    #[serde(default, rename = "pulse")]
    pulses: Vec<draw::Pulse>,
}

/// Every deed of every file, in no order.
pub(super) fn drafts(last_day: Date, seed: u64, polis: Option<Polis<'_>>) -> Result<Vec<Draft>, Wrong> {
    let days = Days(last_day);
    let mut all = Vec::new();
    for (name, text) in FILES.iter().chain(polis.is_none().then_some(&SMALL)) {
        let file: toml::Value = toml::from_str(text).map_err(|fault| wrong(*name, fault))?;
        let file = days.put(file).map_err(|words| wrong(*name, words))?;
        let file: File = serde_json::from_value(file).map_err(|fault| wrong(*name, fault))?;
        for (at, deed) in file.deeds.into_iter().enumerate() {
            let place = format!("{name}, deed {}", at + 1);
            all.push(of_deed(&place, at, days, deed).map_err(|words| wrong(&place, words))?);
        }
        file.talks.iter().for_each(|talk| talk.said(name, days, seed, &mut all));
        for matter in &file.matters {
            matter.said(name, days, &mut all).map_err(|words| wrong(format!("{name}, {}", matter.id()), words))?;
        }
        file.pulses.iter().for_each(|pulse| pulse.said(name, days, seed, &mut all));
    }
    if let Some(polis) = polis {
        draw::polis(&polis, days, seed, &mut all)?;
    }
    Ok(all)
}

fn of_deed(place: &str, nth: usize, days: Days, mut deed: Map<String, Value>) -> Result<Draft, String> {
    let mut take = |name: &str| deed.remove(name).unwrap_or_default();
    let (at, who, because, label) = (take("at"), take("who"), take("because"), take("label"));
    let at: Moment = serde_json::from_value(at).map_err(|fault| format!("at: {fault}"))?;
    let because: Option<Vec<String>> = serde_json::from_value(because).map_err(|fault| format!("because: {fault}"))?;
    let mut acts = deed.into_iter();
    let (Some((name, fields)), None) = (acts.next(), acts.next()) else {
        return Err("it needs one act".to_owned());
    };
    let mut draft = Draft::new(place, days.at(at), who.as_str().unwrap_or_default(), &name, fields);
    if at.0.abs() < FAR {
        draft.at.0 += (nth as i64 * 97 % 420 - 100) * 60; // not all at one time of day
    }
    draft.because = because.unwrap_or_default();
    draft.label = label.as_str().map(str::to_owned);
    Ok(draft)
}

/// A question on its way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matter {
    /// When it is asked, by whom, because of what.
    asked: Moment,
    by: String,
    #[serde(default)]
    because: Vec<String>,
    /// As [`agree::log::Question`]; where members stand is said from `opens` on.
    question: Value,
    /// As [`agree::decision::Voice`], with `on`.
    #[serde(default)]
    heard: Vec<Map<String, Value>>,
    /// When what options would do is tried, and the address that shows it.
    tried: Option<Tried>,
    #[serde(default)]
    interests: Vec<Map<String, Value>>,
    /// By seat: `"supports need"`, `"lives with need: a note"`, `"concern about need: the reason"`, or options in order.
    #[serde(default)]
    stances: BTreeMap<String, Value>,
    stances_on: Option<Moment>,
    /// As [`agree::decision::Draft`], without what the log fills in; with `on`, and `causes`.
    #[serde(default)]
    drafts: Vec<Map<String, Value>>,
    decision: Option<Map<String, Value>>,
    /// As [`agree::log::Rang`] and [`agree::log::Reviewed`], with `on`.
    rang: Option<Map<String, Value>>,
    review: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    on: Moment,
    evidence: String,
    /// By option.
    effects: BTreeMap<String, Vec<Effect>>,
}

/// Measure, whom (`all`, `poorest-fifth` or a place), expected, lower, upper; less is better unless the first letter is `+`.
type Effect = (String, String, f64, f64, f64);

impl Matter {
    fn id(&self) -> &str {
        self.question["id"].as_str().unwrap_or("?")
    }

    fn said(&self, file: &str, days: Days, all: &mut Vec<Draft>) -> Result<(), String> {
        let id = self.id();
        let place = format!("{file}, {id}");
        let when = |fields: &Map<String, Value>| -> Result<(Instant, Map<String, Value>), String> {
            let mut fields = fields.clone();
            let on = fields.remove("on").ok_or("'on' is missing")?;
            Ok((days.at(serde_json::from_value(on).map_err(|fault| format!("on: {fault}"))?), fields))
        };
        let mut push = |at, who: &str, because: &[String], name, fields| {
            all.push(Draft::new(&place, at, who, name, fields).because(because));
        };
        push(days.at(self.asked), &self.by, &self.because, "question", self.question.clone());
        for heard in &self.heard {
            let (at, mut voice) = when(heard)?;
            voice.entry("answer").or_insert_with(|| "adopted".into());
            push(at, &self.by, &[], "voice", json!({ "question": id, "voice": voice }));
        }
        if let Some(tried) = &self.tried {
            let effect = |(measure, whom, expected, low, high): &Effect| {
                let (measure, better) =
                    measure.strip_prefix('+').map_or((&**measure, "lower"), |name| (name, "higher"));
                let whom = match whom.as_str() {
                    "all" | "poorest-fifth" => json!(whom),
                    place => json!({ "place": place }),
                };
                let (range, evidence) = ([low, high], &tried.evidence);
                json!({ "measure": measure, "whom": whom, "expected": expected, "range": range, "better": better, "evidence": evidence })
            };
            let effects: Map<String, Value> =
                tried.effects.iter().map(|(option, all)| (option.clone(), all.iter().map(effect).collect())).collect();
            let because = std::slice::from_ref(&tried.evidence);
            push(days.at(tried.on), &self.by, because, "choices", json!({ "question": id, "effects": effects }));
        }
        for interest in &self.interests {
            let (at, interest) = when(interest)?;
            let who = interest["member"].as_str().unwrap_or_default().to_owned();
            push(at, &who, &[], "interest", json!({ "question": id, "interest": interest }));
        }
        let opens = days.at(self.stances_on.unwrap_or(self.asked));
        for (at, (member, stance)) in self.stances.iter().enumerate() {
            let ballot = match stance {
                Value::String(words) => stance_of(words).ok_or_else(|| format!("'{words}' is no stance"))?,
                order => json!({ "order": order }),
            };
            // One after the other, over the days that follow.
            let at = Instant(opens.0 + at as i64 * 7 * 3600);
            push(at, member, &[], "ballot", json!({ "question": id, "member": member, "ballot": ballot }));
        }
        let causes = |fields: &mut Map<String, Value>| -> Result<Vec<String>, String> {
            let causes = fields.remove("causes").unwrap_or_else(|| json!([]));
            serde_json::from_value(causes).map_err(|fault| format!("causes: {fault}"))
        };
        let record = |fields: Map<String, Value>| {
            let mut whole = json!({
                "id": id, "question": "", "options": [{ "id": "filled-in", "title": "" }], "level": "place", "authority": "",
                "settled": { "rule": "", "because": "", "outcome": "" },
            });
            whole.as_object_mut().into_iter().for_each(|whole| whole.extend(fields.clone()));
            whole
        };
        for draft in &self.drafts {
            let (at, mut draft) = when(draft)?;
            let who = draft.remove("by").and_then(|by| Some(by.as_str()?.to_owned())).unwrap_or(self.by.clone());
            draft.entry("decided").or_insert_with(|| Date(at.0.div_euclid(86_400) as i32).to_string().into());
            let because = causes(&mut draft)?;
            push(at, &who, &because, "draft", json!({ "draft": record(draft) }));
        }
        if let Some(decision) = &self.decision {
            let (at, mut decision) = when(decision)?;
            let because = causes(&mut decision)?;
            decision.insert("decided".into(), Date(at.0.div_euclid(86_400) as i32).to_string().into());
            push(at, &self.by, &because, "decision", json!({ "decision": record(decision) }));
        }
        for (name, fields) in [("rang", &self.rang), ("review", &self.review)] {
            let Some(fields) = fields else { continue };
            let (at, mut fields) = when(fields)?;
            fields.insert("decision".into(), id.into());
            let who = if name == "rang" { "Catchment" } else { &self.by };
            push(at, who, &[], name, fields.into());
        }
        Ok(())
    }
}

/// A stance from its words.
fn stance_of(words: &str) -> Option<Value> {
    let (stance, rest) = words.split_once(": ").unwrap_or((words, ""));
    let (option, position, note) = if let Some(option) = stance.strip_prefix("supports ") {
        (option, json!("supports"), rest)
    } else if let Some(option) = stance.strip_prefix("lives with ") {
        (option, json!("can-live-with"), rest)
    } else {
        (stance.strip_prefix("concern about ")?, json!({ "concern": { "reason": rest } }), "")
    };
    Some(json!({ "on": { "option": option, "position": position, "note": note } }))
}
