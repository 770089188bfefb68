//! Conversations: a question, what people say to it, what they agree on; and what came of what they said.
//!
//! Counts are of this moment. Groups take seconds to find among many votes, so they are found once for each state of a conversation, beside
//! the reader, who is told of how many votes they are while that goes on.

use super::Reader;
use crate::ask::{Ask, Wrong};
use crate::place::now;
use agree::decision::Answer;
use agree::log::{Ruling, Said, State, Talk, Version};
use agree::opinion::{Options, Part, Report, Row};
use domain::Instant;
use show::number::{count, plural};
use show::{Answers, Card, Ground, Link, Outcome, Panel, Picture, Quote, Rows, Shares, Split, Table, View, Why, Width};
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
    /// Groups, common ground and what to show next.
    pub report: Report,
    /// Which votes and rulings it is of.
    of: (u64, usize),
}

/// What was found of each conversation.
#[derive(Clone, Default)]
pub struct Opinions {
    held: Arc<Mutex<HashMap<String, Slot>>>,
    made: Arc<AtomicU64>,
}

#[derive(Default)]
struct Slot {
    heard: Option<Arc<Heard>>,
    busy: bool,
}

impl Opinions {
    /// What the votes of a conversation say: of now, or of a little earlier while it is found anew.
    pub fn of(&self, talk: &Talk) -> Arc<Heard> {
        let rulings = talk.statements.values().map(|said| said.rulings.len()).sum();
        let of = (talk.via.values().sum(), rulings);
        let id = talk.is.id.clone();
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = held.entry(id.clone()).or_default();
            match &slot.heard {
                Some(heard) if heard.of == of => return heard.clone(),
                Some(heard) if talk.votes.votes() > AT_ONCE => {
                    let heard = heard.clone();
                    if !slot.busy {
                        slot.busy = true;
                        let (opinions, votes) = (self.clone(), talk.votes.clone());
                        std::thread::spawn(move || opinions.keep(id, of, Report::of(&votes, &Options::default())));
                    }
                    return heard;
                }
                _ => {}
            }
        }
        self.keep(id, of, Report::of(&talk.votes, &Options::default()))
    }

    fn keep(&self, id: String, of: (u64, usize), report: Report) -> Arc<Heard> {
        let heard = Arc::new(Heard { report, of });
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id, Slot { heard: Some(heard.clone()), busy: false });
        self.made.fetch_add(1, Ordering::Relaxed);
        heard
    }

    /// How often something was found, which pages of conversations change with.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// Weights with which to show what may be voted on; what nobody has voted on yet comes first.
pub fn priorities(talk: &Talk, heard: &Heard) -> Vec<(u64, f64)> {
    const NEW: f64 = 20.25; // (½ · ½ · (1 + 0) · (1 + 8))² · 4
    let known: HashMap<u64, f64> = heard.report.all.iter().map(|row| (row.statement, row.priority)).collect();
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
    let english = &said.is.in_english;
    let note = if english.is_empty() { String::new() } else { format!("In English: “{english}”") };
    Quote { text: said.is.text.clone(), lang: said.is.language.clone(), by: by(said), note, ..Quote::default() }
}

/// A thing of the log, or an address, as a link in words.
pub fn because(state: &State, thing: &str) -> Link {
    let short = |text: &str| {
        let mut words: String = text.chars().take(60).collect();
        if text.chars().count() > 60 {
            words.push('…');
        }
        words
    };
    let (kind, id) = thing.split_once('/').unwrap_or(("", thing));
    match kind {
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
        "rock" => Link::new("Something in the way of a plan", format!("/plans/{}", id.split('/').next().unwrap_or(id))),
        "promise" => Link::new("A promise", "/trust"),
        _ => Link::new(thing.replace(['/', '-'], " "), "/said"),
    }
}

/// What each statement led to: things of the log, each once.
fn led(state: &State) -> HashMap<u64, Vec<&str>> {
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
    let people = if talk.votes.participants() == 1 {
        "1 person".to_owned()
    } else {
        format!("{} people", count(talk.votes.participants() as u64))
    };
    format!("{people}, {}, {}.", plural(shown, "statement"), plural(talk.votes.votes(), "vote"))
}

/// Who has had how much of the air.
fn shares(talk: &Talk) -> Shares {
    let says = "Share of the statements that people see, of the votes by those who said with which voice, and of minutes of meetings; the line is a fair share";
    super::heard::shares("air", says, &talk.air(), |name| talk.is.perspectives.contains_key(name), true)
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
    let lag = if talk.votes.votes() == report.votes {
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
        people: talk.votes.participants() as u64,
        statements: talk.statements.values().filter(|said| said.is_in()).count() as u64,
        votes: talk.votes.votes() as u64,
        firm: if not_yet { String::new() } else { words.clone() },
        not_yet: not_yet.then_some(words),
        parts,
    }
}

impl Reader<'_> {
    /// How a conversation stands, and until when.
    pub fn stands(&self, talk: &Talk) -> (&'static str, String) {
        let at = now();
        if at.0 < talk.is.opens {
            ("Not open yet", format!("opens {}", self.moment(Instant(talk.is.opens))))
        } else if talk.is_open(at) {
            ("Open", format!("closes {}", self.moment(Instant(talk.is.closes))))
        } else {
            ("Closed", format!("closed {}", self.moment(Instant(talk.is.closes))))
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
        talks.sort_by_key(|talk| (!talk.is_open(at), std::cmp::Reverse(talk.is.closes), talk.is.id.clone()));
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
                vec![empty(
                    "No conversation has been opened",
                    "Whoever settles things here can open one below, or `catchment talk import` brings one from Polis.",
                )]
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
        view.lede.clone_from(&talk.is.purpose);
        let air = shares(talk);
        if !air.voices.is_empty() {
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
        if !answered.is_empty() || waits > 0 {
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

    /// Every statement that people see, with its votes as far as they may be told.
    fn every(&self, talk: &Talk, heard: &Heard) -> Panel {
        let known: HashMap<u64, &Row> = heard.report.all.iter().map(|row| (row.statement, row)).collect();
        let mut table = Table::new(["statement", "by", "agree", "disagree", "pass", "number"]);
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
            table.push([words.into(), by(said).into(), agree, disagree, pass, (*id).into()]);
        }
        let out = talk.statements.values().filter(|s| matches!(s.rulings.last(), Some((_, Ruling::Out(_))))).count();
        let caption = "Statements in order, with their votes; fewer than eleven votes are not told".to_owned();
        Panel {
            id: "statements".to_owned(),
            title: "Every statement".to_owned(),
            note: "Votes are shown from eleven on.".to_owned(),
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
        let mut log: Vec<(Instant, u64, &Ruling)> = Vec::new();
        for (id, said) in &talk.statements {
            log.extend(said.rulings.iter().map(|(at, ruling)| (*at, *id, ruling)));
        }
        log.sort_by_key(|(at, id, _)| (std::cmp::Reverse(*at), *id));
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
        let mut links = Vec::new();
        for (at, id, ruling) in &log {
            let (what, why) = match ruling {
                Ruling::In if talk.statements[id].rulings.len() == 1 => continue,
                Ruling::In => ("let in after it was looked at again", String::new()),
                Ruling::Out(why) => ("kept out", why.clone()),
                Ruling::SameAs(other) => ("says the same as another", format!("statement {other} stands for both")),
            };
            let asked = talk.statements[id].appeal.is_some();
            let what = if asked { format!("{what}; its author asks again") } else { what.to_owned() };
            table.push([self.moment(*at).into(), (*id).into(), what.into(), why.into()]);
            links.push(None);
        }
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
                vec![Picture::Rows(Rows { caption, table, links })]
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
        for (id, said) in state.talks.values().flat_map(|talk| &talk.statements).filter(|(_, said)| said.is_in()) {
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
        let mut table = Table::new(["voice", "said", "answered", "changed_something", "of_100"]);
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
        Panel {
            id: "changed".to_owned(),
            title: "How much changed something".to_owned(),
            note: format!(
                "{} of {} changed a line of our story, a question, a decision or a plan.",
                count(changed),
                plural(said as usize, "statement")
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
        assert_eq!(priorities(&state.talks["t"], &opinions.of(&state.talks["t"])).len(), 1);
        let vote = Vote { statement: id, choice: 1, perspective: String::new(), via: Default::default() };
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
