//! Conversations: a question, what people say to it, what they agree on; and what came of what they said.
//!
//! Counts are of this moment. Groups take seconds to find among many votes, so they are found once for each state of a conversation, beside
//! the reader, who is told of how many votes they are while that goes on.

use super::Reader;
use crate::ask::{Ask, Wrong};
use crate::place::now;
use agree::decision::Answer;
use agree::log::{Ruling, Said, State, Talk, Version};
use agree::opinion::{Conversation as Votes, Options, Part, Report, Row};
use domain::Instant;
use show::number::{count, plural};
use show::{
    Answers, Card, Ground, Link, Outcome, Panel, Picture, Quote, Rows, Shares, Split, Table, Translated, View, Why,
    Width,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Up to so many votes, groups are found while the reader waits, which nobody notices.
const AT_ONCE: usize = 2_000;
/// A part shows so many statements.
const SHOWN: usize = 5;
/// Groups differ on a statement when so many more of 100 agree in one than in another.
const APART: u32 = 30;

/// What is told of one state of a conversation.
pub struct Heard {
    /// Groups and common ground, of the votes that may be told.
    pub report: Report,
}

/// What was found of each conversation.
#[derive(Clone, Default)]
pub struct Opinions {
    heard: Arc<Slots<Heard>>,
    weights: Arc<Slots<Vec<(u64, f64)>>>,
    made: Arc<AtomicU64>,
}

/// By conversation.
type Slots<T> = Mutex<HashMap<String, Slot<T>>>;

/// Which votes and rulings something is of.
type Edition = (bool, u64, usize);

struct Slot<T> {
    found: Option<(Edition, Arc<T>)>,
    busy: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot { found: None, busy: false }
    }
}

impl Opinions {
    /// What the votes that may be told say: of now, or of a little earlier while it is found anew.
    pub fn of(&self, talk: &Talk) -> Arc<Heard> {
        let at = now();
        let find = |votes: &Votes| Heard { report: Report::of(votes, &Options::default()) };
        self.found(&self.heard, &talk.is.id, talk.edition(at), talk.told(at), find)
    }

    /// Weights with which to show next what may be voted on, of all votes so far. They are never told: they change with each vote.
    fn weights(&self, talk: &Talk) -> Arc<Vec<(u64, f64)>> {
        let (_, _, rulings) = talk.edition(now());
        let of = (true, talk.via.values().sum(), rulings);
        self.found(&self.weights, &talk.is.id, of, &talk.votes, Votes::priorities)
    }

    fn found<T: Send + Sync + 'static>(
        &self,
        all: &Arc<Slots<T>>,
        id: &str,
        of: Edition,
        votes: &Votes,
        find: impl Fn(&Votes) -> T + Send + 'static,
    ) -> Arc<T> {
        {
            let mut held = all.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = held.entry(id.to_owned()).or_default();
            match &slot.found {
                Some((known, found)) if *known == of => return found.clone(),
                Some((_, found)) if votes.votes() > AT_ONCE => {
                    let found = found.clone();
                    if !slot.busy {
                        slot.busy = true;
                        let (all, made, votes, id) = (all.clone(), self.made.clone(), votes.clone(), id.to_owned());
                        std::thread::spawn(move || keep(&all, &made, id, of, find(&votes)));
                    }
                    return found;
                }
                _ => {}
            }
        }
        keep(all, &self.made, id.to_owned(), of, find(votes))
    }

    /// How often something was found, which pages of conversations change with.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

fn keep<T>(all: &Slots<T>, made: &AtomicU64, id: String, of: Edition, found: T) -> Arc<T> {
    let found = Arc::new(found);
    let mut held = all.lock().unwrap_or_else(PoisonError::into_inner);
    held.insert(id, Slot { found: Some((of, found.clone())), busy: false });
    made.fetch_add(1, Ordering::Relaxed);
    found
}

/// Weights with which to show what may be voted on; what nobody has voted on yet comes first.
pub fn priorities(talk: &Talk, opinions: &Opinions) -> Vec<(u64, f64)> {
    const NEW: f64 = 20.25; // (½ · ½ · (1 + 0) · (1 + 8))² · 4
    let known: HashMap<u64, f64> = opinions.weights(talk).iter().copied().collect();
    let open = talk.statements.iter().filter(|(_, said)| said.is_in());
    open.map(|(id, _)| (*id, known.get(id).copied().unwrap_or(NEW).max(0.01))).collect()
}

/// "Ward sister, Eastbrook", or the voice that it was said with.
pub fn by(said: &Said) -> String {
    let who = if said.is.role.is_empty() { &said.is.perspective } else { &said.is.role };
    match said.is.via.words() {
        "" => who.clone(),
        via => format!("{who}, {via}"),
    }
}

/// A statement as it was said.
pub fn quote(said: &Said) -> Quote {
    let translated = |tag: &str, words: &str| Translated {
        language: language(tag).to_owned(),
        lang: tag.to_owned(),
        text: words.to_owned(),
    };
    let english = Some(&said.is.in_english).filter(|english| !english.is_empty());
    let english = english.map(|english| translated("en", english));
    let others = said.translations.iter().map(|(tag, words)| translated(tag, words));
    Quote {
        text: said.is.text.clone(),
        lang: said.is.language.clone(),
        by: by(said),
        translations: english.into_iter().chain(others).collect(),
        ..Quote::default()
    }
}

/// Languages that a form offers, by their tag; what has none is in English.
pub const LANGUAGES: [(&str, &str); 14] = [
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

/// "Welsh"; its tag where the name is not known.
fn language(tag: &str) -> &str {
    let tag = if tag == "en" { "" } else { tag };
    LANGUAGES.iter().find(|known| known.0 == tag).map_or(tag, |known| known.1)
}

/// A thing of the log, or an address, as a link in few words.
pub fn because(state: &State, thing: &str) -> Link {
    named(state, thing, 60)
}

/// The same in words of at most so many letters each.
pub fn named(state: &State, thing: &str, most: usize) -> Link {
    let short = |text: &str| {
        if text.chars().count() <= most {
            return text.to_owned();
        }
        // no word is cut in two
        let kept: String = text.chars().take(most).collect();
        format!("{} …", kept.rsplit_once(' ').map_or(kept.as_str(), |(whole, _)| whole))
    };
    let (kind, id) = thing.split_once('/').unwrap_or(("", thing));
    match kind {
        "" if thing == "scheme" => Link::new("Who may decide what", "/decisions"),
        // a meeting is its name, and its minutes stand beside the others'
        "" if !thing.starts_with('/') => Link::new(short(thing), "/air-time"),
        "" => {
            let path = thing.trim_start_matches('/').split('?').next().unwrap_or(thing).replace('-', " ");
            let words = match path.split_once('/') {
                Some(("measures", id)) => format!("Measure: {id}"),
                Some(("handovers", id)) => format!("Handover: {id}"),
                _ => path.replace('/', " "),
            };
            Link::new(words, thing)
        }
        "line" => {
            let words = state.lines.get(id).map_or(id, |told| &told.now().text);
            Link::new(format!("Our story: {}", short(words)), "/story")
        }
        "statement" => {
            let said = id.parse().ok().and_then(|id| state.statement(id));
            said.map_or_else(
                || Link::new(thing, "/said"),
                |(talk, said)| {
                    let words = format!("What was said: “{}”", short(&said.is.text));
                    Link::new(words, format!("/conversations/{}", talk.is.id))
                },
            )
        }
        "conversation" => {
            let words = state.talks.get(id).map_or(id, |talk| &talk.is.question);
            Link::new(short(words), format!("/conversations/{id}"))
        }
        "decision" => {
            let words = state.matters.get(id).map_or(id, |matter| &matter.is.is.question);
            Link::new(format!("Question: {}", short(words)), format!("/decisions/{id}"))
        }
        "plan" => {
            let words = state.plans.get(id).map_or(id, |plan| &plan.now.title);
            Link::new(format!("Plan: {}", short(words)), format!("/plans/{id}"))
        }
        "rock" => {
            let (plan, rock) = id.split_once('/').unwrap_or((id, ""));
            let known = state.plans.get(plan).and_then(|known| known.now.rocks.iter().find(|one| one.id == rock));
            let words = known.map_or("Something in the way of a plan".to_owned(), |one| {
                format!("In the way of a plan: {}", short(&one.title))
            });
            Link::new(words, format!("/plans/{plan}"))
        }
        "promise" => {
            let words = state
                .promises
                .get(id)
                .map_or("A promise".to_owned(), |one| format!("A promise: {}", short(&one.is.is.what)));
            Link::new(words, "/trust")
        }
        _ => Link::new(thing.replace(['/', '-'], " "), "/said"),
    }
}

/// What each statement led to: things of the log, each once.
pub fn led(state: &State) -> HashMap<u64, Vec<&str>> {
    let mut led: HashMap<u64, Vec<&str>> = HashMap::new();
    for (what, cause, _) in &state.because {
        let statement = cause.strip_prefix("statement/").and_then(|id| id.parse().ok());
        let Some(all) = statement.map(|id: u64| led.entry(id).or_default()) else { continue };
        if !all.contains(&what.as_str()) && !what.starts_with("statement/") {
            all.push(what);
        }
    }
    led
}

/// A statement, and what became of it.
fn answer(state: &State, led: &HashMap<u64, Vec<&str>>, id: u64, said: &Said) -> show::Answer {
    let mut links: Vec<Link> = Vec::new();
    let told = said.answer.iter().flat_map(|version| version.because.iter().map(String::as_str));
    for thing in led.get(&id).into_iter().flatten().copied().chain(told) {
        let link = because(state, thing);
        if !links.contains(&link) {
            links.push(link);
        }
    }
    let (outcome, words) = match &said.answer {
        Some(Version { is: Answer::Adopted, .. }) => (Outcome::Adopted, String::new()),
        Some(Version { is: Answer::Adapted(how), .. }) => (Outcome::Adapted, how.clone()),
        Some(Version { is: Answer::Declined(why), .. }) => (Outcome::Declined, why.clone()),
        Some(Version { is: Answer::NoView, .. }) | None => (Outcome::Waiting, waiting(said.at)),
    };
    show::Answer { quote: quote(said), outcome, words, links }
}

/// "For 12 days."
fn waiting(since: Instant) -> String {
    format!("Said {} ago.", plural(days(since) as usize, "day"))
}

fn days(since: Instant) -> u64 {
    (now().0 - since.0).max(0) as u64 / 86_400
}

/// That there is nothing to see yet.
pub(super) fn empty(title: &str, text: &str) -> Picture {
    let (title, text) = (title.to_owned(), text.to_owned());
    Picture::State(show::State { why: Why::Empty, title, text, links: Vec::new(), command: String::new() })
}

/// People and what they said so far, in a sentence.
fn counts(talk: &Talk) -> String {
    let shown = talk.statements.values().filter(|said| said.is_in()).count();
    let votes = talk.told(now());
    format!(
        "{} people, {}, {}.",
        count(votes.participants() as u64),
        plural(shown, "statement"),
        plural(votes.votes(), "vote")
    )
}

/// Who has had how much of the air.
fn shares(talk: &Talk) -> Shares {
    let says = format!(
        "Share of the statements that people see, of the votes by those who said with which voice{}, and of minutes of meetings; the line is a fair share. Votes of a voice with fewer than eleven voters are not told alone",
        with_voice(talk)
    );
    super::heard::shares("air", &says, &talk.air(now()), |name| talk.is.perspectives.contains_key(name))
}

/// " (33 of 44 people)"
fn with_voice(talk: &Talk) -> String {
    let votes = talk.told(now());
    match votes.participants() {
        0 => String::new(),
        all => format!(" ({} of {} people)", count(votes.perspectives.len() as u64), count(all as u64)),
    }
}

/// That far more people than usual voted here for the first time, in a sentence; nothing where they did not.
pub fn surge(talk: &Talk, zone: &domain::Zone) -> Option<String> {
    let surge = talk.surge(now())?;
    let day = show::number::date(zone.date(surge.from).into());
    let usual = match surge.usual.round() as u64 {
        0 => "fewer than one comes".to_owned(),
        1 => "one comes".to_owned(),
        n => format!("about {n} come"),
    };
    Some(format!(
        "Within one hour of {day}, {} voted here for the first time. In other hours {usual}. It may be a letter to many, or one person with many devices: read the votes with that in mind.",
        show::public::suppress(u64::from(surge.came)).say()
    ))
}

fn splits(names: &[String], parts: &[Part]) -> Vec<Split> {
    let split = |(name, part): (&String, &Part)| Split {
        group: name.clone(),
        of_100: Some([
            part.agree_percent,
            100u32.saturating_sub(part.agree_percent + part.disagree_percent),
            part.disagree_percent,
        ]),
        voted: u64::from(part.seen),
    };
    names.iter().zip(parts).map(split).collect()
}

/// Groups, common ground and where people differ.
pub fn ground(talk: &Talk, heard: &Heard) -> Ground {
    let report = &heard.report;
    let groups: Vec<String> = (1..=report.group_sizes.len()).map(|n| format!("Group {n}")).collect();
    let perspectives: Vec<String> = report.perspectives.iter().map(|known| known.0.clone()).collect();
    let row_of = |id: u64| report.all.iter().find(|row| row.statement == id);
    let told = |row: &Row, names: &[String], parts: Option<&Vec<Part>>, note: String| {
        let said = talk.statements.get(&row.statement)?;
        let known = quote(said);
        let note = if known.note.is_empty() { note } else { format!("{} {note}", known.note).trim().to_owned() };
        Some(Quote { splits: parts.map_or(Vec::new(), |parts| splits(names, parts)), note, ..known })
    };
    let mut parts: Vec<(String, Vec<Quote>)> = Vec::new();
    let common: Vec<Quote> = report
        .common_ground
        .iter()
        .filter_map(|shared| row_of(shared.statement))
        .filter_map(|row| told(row, &groups, row.groups.as_ref(), String::new()))
        .take(SHOWN)
        .collect();
    if !common.is_empty() {
        let which = if groups.len() == 2 { "both groups".to_owned() } else { format!("all {} groups", groups.len()) };
        parts.push((format!("Common ground, across {which}"), common));
    }
    let declared: Vec<Quote> = report
        .common_ground_of_perspectives
        .iter()
        .filter_map(|shared| row_of(shared.statement))
        .filter_map(|row| told(row, &perspectives, row.perspectives.as_ref(), String::new()))
        .take(SHOWN)
        .collect();
    if !declared.is_empty() {
        parts.push(("Common ground, whichever voice people speak with".to_owned(), declared));
    }
    let apart = |parts: &[Part]| {
        let agree = || parts.iter().map(|part| part.agree_percent);
        agree().max().unwrap_or(0) - agree().min().unwrap_or(0)
    };
    let mut differ: Vec<(u32, &Row)> =
        report.all.iter().filter_map(|row| Some((apart(row.groups.as_ref()?), row))).collect();
    differ.retain(|(apart, _)| *apart >= APART);
    differ.sort_by_key(|(apart, row)| (u32::MAX - apart, row.statement));
    let differ: Vec<Quote> = differ
        .into_iter()
        .take(SHOWN)
        .filter_map(|(_, row)| told(row, &groups, row.groups.as_ref(), String::new()))
        .collect();
    if !differ.is_empty() {
        parts.push(("Where we differ".to_owned(), differ));
    }
    if parts.is_empty() {
        let everyone = "Everyone".to_owned();
        let all = report.all.iter().filter_map(|row| {
            let tally = row.everyone?;
            let of = |n: u32| (f64::from(n) * 100.0 / f64::from(tally.seen().max(1))).round() as u32;
            let part =
                Part { seen: tally.seen(), agree_percent: of(tally.agree), disagree_percent: of(tally.disagree) };
            Some((part.agree_percent, told(row, std::slice::from_ref(&everyone), Some(&vec![part]), String::new())?))
        });
        let mut all: Vec<(u32, Quote)> = all.collect();
        all.sort_by_key(|one| u32::MAX - one.0);
        if !all.is_empty() {
            parts.push(("What most agree on".to_owned(), all.into_iter().take(SHOWN).map(|one| one.1).collect()));
        }
    }
    let told = talk.told(now());
    let lag = if told.votes() == report.votes {
        String::new()
    } else {
        format!(" Groups are of the first {} votes, and are being found anew.", count(report.votes as u64))
    };
    let found = match (&report.firmness, report.not_yet) {
        (Some(firmness), None) => {
            let sizes: Vec<String> = report.group_sizes.iter().map(usize::to_string).collect();
            let firm = match firmness.mean_likeness {
                like if like >= 0.9 => "They hold when one in five people leaves.",
                like if like >= 0.75 => "Most of it holds when one in five people leaves.",
                _ => "They are loose: some people change sides when one in five leaves.",
            };
            format!("The groups are of about {} people. {firm}", sizes.join(" and "))
        }
        _ => report.groups_in_words.clone(),
    };
    let words = format!("{found}{lag}");
    let not_yet = report.not_yet.is_some();
    Ground {
        id: "ground".to_owned(),
        people: told.participants() as u64,
        statements: talk.statements.values().filter(|said| said.is_in()).count() as u64,
        votes: told.votes() as u64,
        firm: if not_yet { String::new() } else { words.clone() },
        not_yet: not_yet.then_some(words),
        parts,
    }
}

impl Reader<'_> {
    /// How a conversation stands, and until when.
    pub fn stands(&self, talk: &Talk) -> (&'static str, String) {
        let at = now();
        let day = |at: i64| show::number::date(self.zone().date(Instant(at)).into());
        if talk.is.elsewhere {
            ("From elsewhere", format!("an example that ended on {}", day(talk.is.closes - 1)))
        } else if at.0 < talk.is.opens {
            ("Not open yet", format!("opens on {}", day(talk.is.opens)))
        } else if talk.is_open(at) {
            ("Open", format!("its last day is {}", day(talk.is.closes - 1)))
        } else {
            ("Closed", format!("its last day was {}", day(talk.is.closes - 1)))
        }
    }

    /// `/conversations`
    pub(super) fn conversations(&self, ask: &Ask) -> Result<View, Wrong> {
        let state = self.said()?;
        let at = now();
        let open = state.talks.values().filter(|talk| talk.is_open(at)).count();
        let mut view = self.blank(
            ask,
            match (open, state.talks.len()) {
                (_, 0) => "Nothing has been asked yet".to_owned(),
                (0, _) => "No conversation is open now".to_owned(),
                (1, _) => "One conversation is open".to_owned(),
                (n, _) => format!("{n} conversations are open"),
            },
        );
        view.over = "Conversations".to_owned();
        view.lede = "A question, short statements by whoever it concerns, and a vote on each: agree, disagree or pass. What all sides share is told first, and every statement gets an answer.".to_owned();
        let mut talks: Vec<&Talk> = state.talks.values().map(AsRef::as_ref).collect();
        talks.sort_by_key(|talk| {
            (talk.is.elsewhere, !talk.is_open(at), std::cmp::Reverse(talk.is.closes), talk.is.id.clone())
        });
        let card = |talk: &&Talk| {
            let (stage, when) = self.stands(talk);
            let call = if talk.is_open(at) { shares(talk).call() } else { String::new() };
            Card {
                kind: "Conversation".to_owned(),
                link: Link::new(talk.is.question.clone(), format!("/conversations/{}", talk.is.id)),
                stage: stage.to_owned(),
                when,
                wants: if talk.is_open(at) { "Say what you think" } else { "" }.to_owned(),
                note: format!("{} {call}", counts(talk)).trim().to_owned(),
            }
        };
        view.panels.push(Panel {
            id: "conversations".to_owned(),
            title: "What we talk about".to_owned(),
            pictures: if talks.is_empty() {
                let none = empty(
                    "No conversation has been opened",
                    "Whoever settles things here can open one below, or `catchment talk import` brings one from Polis.",
                );
                vec![none, Picture::Board(Vec::new())]
            } else {
                vec![Picture::Board(talks.iter().map(card).collect())]
            },
            links: vec![
                Link::new("You said, so we", "/said"),
                Link::new("Our story", "/story"),
                Link::new("The same for everybody, without an account", "/public/say"),
            ],
            ..Panel::default()
        });
        Ok(view)
    }

    /// The conversation of this name.
    fn talk<'s>(&self, state: &'s State, id: &str) -> Result<&'s Talk, Wrong> {
        state.talks.get(id).map(AsRef::as_ref).ok_or_else(|| {
            let known = state.talks.values();
            let links = known.map(|talk| Link::new(talk.is.question.clone(), format!("/conversations/{}", talk.is.id)));
            Wrong::NoSuch { what: "conversation".to_owned(), name: id.to_owned(), like: super::nearest(id, links) }
        })
    }

    /// `/conversations/ID`
    pub(super) fn conversation(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let state = self.said()?;
        let talk = self.talk(&state, id)?;
        let heard = self.at.opinions.of(talk);
        let (stage, when) = self.stands(talk);
        let mut view = self.blank(ask, talk.is.question.clone());
        view.over = format!("{stage}, {when}");
        view.lede = match talk.is.elsewhere {
            true => format!("{} {ELSEWHERE}", talk.is.purpose),
            false => talk.is.purpose.clone(),
        };
        view.panels.extend(self.surged(talk));
        let air = shares(talk);
        if !air.voices.is_empty() && !talk.is.elsewhere {
            let call = air.call();
            let soon = if talk.is_open(now()) && !call.is_empty() { "There is time to change it." } else { "" };
            view.panels.push(Panel {
                id: "air".to_owned(),
                title: "Who is heard".to_owned(),
                note: soon.to_owned(),
                pictures: vec![Picture::Shares(air)],
                width: Width::Whole,
                ..Panel::default()
            });
        }
        view.panels.push(Panel {
            id: "ground".to_owned(),
            title: "What we agree on, and where we differ".to_owned(),
            pictures: vec![Picture::Ground(ground(talk, &heard))],
            width: Width::Wide,
            ..Panel::default()
        });
        let led = led(&state);
        let mut answered: Vec<show::Answer> = Vec::new();
        let mut waits = 0;
        for (id, said) in talk.statements.iter().filter(|(_, said)| said.is_in()) {
            match said.answer {
                Some(_) => answered.push(answer(&state, &led, *id, said)),
                None => waits += 1,
            }
        }
        if !talk.is.elsewhere && answered.len() + waits > 0 {
            let title = format!("{} of {} answered", answered.len(), plural(answered.len() + waits, "statement"));
            view.panels.push(Panel {
                id: "answers".to_owned(),
                title: "You said, so we".to_owned(),
                note: title,
                width: Width::Narrow,
                pictures: if answered.is_empty() {
                    vec![Picture::Words(vec!["Nobody has been answered yet. Every statement will be.".to_owned()])]
                } else {
                    vec![Picture::Answers(Answers { id: "answers".to_owned(), title: String::new(), rows: answered })]
                },
                links: vec![Link::new("All answers", "/said")],
            });
        }
        view.panels.push(self.every(talk, &heard));
        Ok(view)
    }

    /// That newcomers surged, where they did.
    fn surged(&self, talk: &Talk) -> Option<Panel> {
        let words = surge(talk, self.zone())?;
        Some(Panel {
            id: "surge".to_owned(),
            title: "Many came at once".to_owned(),
            pictures: vec![Picture::Words(vec![words])],
            width: Width::Whole,
            ..Panel::default()
        })
    }

    /// Every statement that people see, with its votes as far as they may be told.
    fn every(&self, talk: &Talk, heard: &Heard) -> Panel {
        let known: HashMap<u64, &Row> = heard.report.all.iter().map(|row| (row.statement, row)).collect();
        let mut table = Table::new(["number", "statement", "by", "agree", "disagree", "pass", "named"]);
        for (id, said) in talk.statements.iter().filter(|(_, said)| said.is_in()) {
            let tally = known.get(id).and_then(|row| row.everyone);
            let of = |n: fn(agree::opinion::Tally) -> u32| {
                tally.map_or(show::Cell::Missing, |tally| u64::from(n(tally)).into())
            };
            let words = match said.is.in_english.as_str() {
                "" => said.is.text.clone(),
                english => format!("{} (in English: {english})", said.is.text),
            };
            let votes = [of(|t| t.agree), of(|t| t.disagree), of(|t| t.pass)];
            let [agree, disagree, pass] = votes;
            let (number, named) = (said.number.to_string(), format!("statement/{id}"));
            table.push([number.into(), words.into(), by(said).into(), agree, disagree, pass, named.into()]);
        }
        let out = talk.statements.values().filter(|s| matches!(s.ruling(), Some(Ruling::Out(_)))).count();
        let caption =
            "Statements by their number, as on paper; votes are told when eleven people have voted".to_owned();
        Panel {
            id: "statements".to_owned(),
            title: "Every statement".to_owned(),
            note: if !talk.is_open(now()) {
                "Votes are shown from eleven on.".to_owned()
            } else {
                "Votes are shown eleven people at a time, so that nobody sees how one person votes. At the close all are shown.".to_owned()
            },
            pictures: if table.rows.is_empty() {
                vec![empty(
                    "Nothing has been said yet",
                    "The first statement stands here once a moderator has let it in.",
                )]
            } else {
                vec![Picture::Rows(Rows { caption, table, links: Vec::new() })]
            },
            links: vec![Link::new(
                match out {
                    0 => "What is kept out, and why".to_owned(),
                    n => format!("{} kept out, and why", plural(n, "statement")),
                },
                format!("/conversations/{}/moderation", talk.is.id),
            )],
            ..Panel::default()
        }
    }

    /// `/conversations/ID/moderation`
    pub(super) fn moderation(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let state = self.said()?;
        let talk = self.talk(&state, id)?;
        let log = kept_out(talk);
        let out = talk.statements.values().filter(|s| !s.rulings.is_empty() && !s.is_in()).count();
        let waits = talk.statements.values().filter(|said| said.waits()).count();
        let mut view = self.blank(
            ask,
            match out {
                0 => "Nothing is kept out".to_owned(),
                n => format!("{} of {} kept out", count(n as u64), plural(talk.statements.len(), "statement")),
            },
        );
        view.over = talk.is.question.clone();
        view.lede = "People read every statement before others see it. One is kept out when it names a person, attacks somebody, has nothing to do with the question or sells something, and it may stand with another that says the same. What was kept out is not shown here; that it was, and why, is. Whoever wrote it may ask again.".to_owned();
        let mut table = Table::new(["when", "statement", "what", "why"]);
        for Kept { at, number, what, why } in &log {
            table.push([self.moment(*at).into(), number.to_string().into(), (*what).into(), why.as_str().into()]);
        }
        view.panels.extend(self.surged(talk));
        let caption = "What was kept out, newest first, with the reason; never with the words".to_owned();
        view.panels.push(Panel {
            id: "log".to_owned(),
            title: "What was kept out, and why".to_owned(),
            note: match waits {
                0 => "Nothing waits to be read.".to_owned(),
                1 => "One statement waits to be read.".to_owned(),
                n => format!("{n} statements wait to be read."),
            },
            pictures: if table.rows.is_empty() {
                vec![empty("Nothing is kept out", "Every statement that was read is shown.")]
            } else {
                vec![Picture::Rows(Rows { caption, table, links: Vec::new() })]
            },
            links: vec![Link::new("The conversation", format!("/conversations/{id}"))],
            ..Panel::default()
        });
        Ok(view)
    }

    /// `/said`
    pub(super) fn you_said(&self, ask: &Ask) -> Result<View, Wrong> {
        let state = self.said()?;
        let led = led(&state);
        let (mut answered, mut waiting) = (Vec::new(), Vec::new());
        let here = state.talks.values().filter(|talk| !talk.is.elsewhere);
        for (id, said) in here.flat_map(|talk| &talk.statements).filter(|(_, said)| said.is_in()) {
            match said.answer.as_ref().map(|version| version.at) {
                Some(at) => answered.push((std::cmp::Reverse(at), answer(&state, &led, *id, said))),
                None => waiting.push((said.at, answer(&state, &led, *id, said))),
            }
        }
        answered.sort_by_key(|one| one.0);
        waiting.sort_by_key(|one| one.0);
        let all = answered.len() + waiting.len();
        let mut view = self.blank(
            ask,
            match (all, waiting.len()) {
                (0, _) => "Nothing has been said yet".to_owned(),
                (all, 0) => format!("All {} are answered", plural(all, "statement")),
                (all, _) => format!("{} of {} are answered", count(answered.len() as u64), plural(all, "statement")),
            },
        );
        view.over = "You said, so we".to_owned();
        view.lede = match waiting.first() {
            Some((since, _)) => format!(
                "Every statement gets an answer: taken up, taken up in another form, or not, and why. The one that has waited longest was said {} ago.",
                plural(days(*since) as usize, "day")
            ),
            None => "Every statement gets an answer: taken up, taken up in another form, or not, and why.".to_owned(),
        };
        let panel = |id: &str, title: &str, rows: Vec<show::Answer>, none: (&str, &str)| Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note: count(rows.len() as u64),
            pictures: if rows.is_empty() {
                vec![empty(none.0, none.1)]
            } else {
                vec![Picture::Answers(Answers { id: id.to_owned(), title: String::new(), rows })]
            },
            ..Panel::default()
        };
        let rows = |all: Vec<show::Answer>| all.into_iter().take(MOST).collect::<Vec<_>>();
        let answers = rows(answered.into_iter().map(|one| one.1).collect());
        let waits = rows(waiting.into_iter().map(|one| one.1).collect());
        view.panels.push(panel(
            "answers",
            "What came of it",
            answers,
            ("Nobody has been answered yet", "Each answer stands here, with what changed because of it."),
        ));
        view.panels.push(self.changed_by(&state));
        if !waits.is_empty() {
            view.panels.push(panel("waiting", "Not answered yet, longest first", waits, ("", "")));
        }
        Ok(view)
    }

    /// How much of what each perspective said was answered, and how much changed something.
    fn changed_by(&self, state: &State) -> Panel {
        let changes: BTreeMap<String, agree::log::Changed> = state.changes();
        let mut table = Table::new(["voice", "said", "answered", "changed_something", "changed_percent"]);
        let mut rows: Vec<_> = changes.iter().collect();
        rows.sort_by_key(|(name, one)| (one.changed * 1000 / one.said.max(1), (*name).clone()));
        for (name, one) in rows {
            let rate = one.changed as f64 * 100.0 / one.said.max(1) as f64;
            table.push([
                name.as_str().into(),
                one.said.into(),
                one.answered.into(),
                one.changed.into(),
                (rate.round() as u64).into(),
            ]);
        }
        let (said, changed) = changes.values().fold((0, 0), |sum, one| (sum.0 + one.said, sum.1 + one.changed));
        let moved = state.moved();
        Panel {
            id: "changed".to_owned(),
            title: "How much changed something".to_owned(),
            note: format!(
                "{} of {} changed a line of our story, a question, a decision or a plan. {} of {} of our story and plans came from what was said.",
                count(changed),
                plural(said as usize, "statement"),
                count(moved.0),
                plural(moved.1 as usize, "change")
            ),
            pictures: if table.rows.is_empty() {
                vec![empty(
                    "Nothing has been said yet",
                    "Who is heard and who changes something stands here, by the voice they speak with.",
                )]
            } else {
                let caption = "By the voice that people speak with, those who changed least first".to_owned();
                vec![Picture::Rows(Rows { caption, table, links: Vec::new() })]
            },
            links: vec![Link::new("Conversations", "/conversations")],
            ..Panel::default()
        }
    }
}

/// A page lists so many answers.
const MOST: usize = 200;
/// Said on the page of a conversation that was held elsewhere.
pub const ELSEWHERE: &str = "This is an example from elsewhere, to be read and counted. Nobody here asked it, and nobody here promised answers.";

/// A line of what was kept out, without the words.
pub struct Kept {
    /// When.
    pub at: Instant,
    /// The number of the statement.
    pub number: u64,
    /// What was decided, or asked.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// What was kept out of a conversation and why, and when an author asked again, newest first.
pub fn kept_out(talk: &Talk) -> Vec<Kept> {
    let mut log = Vec::new();
    for said in talk.statements.values() {
        let number = said.number;
        for (n, ruled) in said.rulings.iter().enumerate() {
            let (what, why) = match &ruled.ruling {
                Ruling::In if n == 0 => continue,
                Ruling::In => ("let in after it was looked at again", String::new()),
                Ruling::Out(why) if n > 0 && said.rulings[n - 1].ruling == Ruling::In => {
                    ("taken out again", why.clone())
                }
                Ruling::Out(why) => ("kept out", why.clone()),
                Ruling::SameAs(other) => {
                    let other = talk.statements.get(other).map_or(0, |other| other.number);
                    ("says the same as another", format!("statement {other} stands for both"))
                }
            };
            log.push(Kept { at: ruled.at, number, what, why });
        }
        log.extend(said.asked.iter().map(|at| Kept {
            at: *at,
            number,
            what: "its author asks that it be looked at again",
            why: String::new(),
        }));
    }
    log.sort_by_key(|one| (std::cmp::Reverse(one.at), one.number));
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use agree::log::{Act, Conversation, Deed, Moderation, Statement, Vote};

    #[test]
    fn groups_follow_the_votes_and_lag_only_where_there_are_many() {
        let mut state = State::default();
        let mut deed = |who: &str, act| {
            let seq = state.seq + 1;
            state.apply(Deed { seq, at: Instant(100), who: who.into(), because: vec![], act }).unwrap();
            seq
        };
        deed(
            "A",
            Act::Conversation(Conversation {
                id: "t".into(),
                question: "What?".into(),
                purpose: "To know".into(),
                opens: 0,
                closes: 1000,
                ..Conversation::default()
            }),
        );
        let said =
            Statement { conversation: "t".into(), text: "X".into(), perspective: "P".into(), ..Statement::default() };
        let id = deed("voter/0000000000000001", Act::Statement(said));
        deed("A", Act::Moderation(Moderation { statement: id, ruling: Ruling::In }));
        let opinions = Opinions::default();
        assert_eq!(priorities(&state.talks["t"], &opinions).len(), 1);
        let vote = Vote { statement: id, choice: 1, ..Vote::default() };
        for n in 0..12u64 {
            let seq = state.seq + 1;
            let (who, act) = (format!("voter/{n:016x}"), Act::Vote(vote.clone()));
            state.apply(Deed { seq, at: Instant(100), who, because: vec![], act }).unwrap();
        }
        let talk = &state.talks["t"];
        let heard = opinions.of(talk);
        assert_eq!(heard.report.participants, 12);
        assert!(Arc::ptr_eq(&heard, &opinions.of(talk)), "found once for one state");
        let told = ground(talk, &heard);
        assert!(told.not_yet.is_some() && told.firm.is_empty());
        assert_eq!(told.parts[0].1[0].splits[0].of_100, Some([100, 0, 0]));
    }
}
