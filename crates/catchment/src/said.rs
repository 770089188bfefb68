//! What people say and settle here: the Ledger, and what it adds up to. Every page of conversations, decisions, plans and trust is a
//! view of this [`State`]; every form ends in [`Said::deed`], which checks against the newest state and appends, or says why not.
//!
//! The Ledger is `ledger.db` in the place's folder, or the PostgreSQL database whose address `CATCHMENT_LEDGER` holds. Before the
//! first deed there is no file.

use crate::ask::{Ask, Page};
use crate::fault::Fault;
use crate::place::{not_before, now};
use agree::decision::Draft;
use agree::log::{Act, Ballot, Deed, Matter, Opened, OpenedPaper, Refusal, SealedBallot, State, Why, Written};
use agree::vote::Secrecy;
use domain::{Instant, Place};
use ingest::Key;
use ledger::{Entry, Ledger, LedgerError, New};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant as Moment};
use tokio::runtime::Runtime;

/// The form of bodies that this version writes.
const FORM: u32 = 1;
/// What other processes append is seen after so long at most; what this one appends, at once.
const LAG: Duration = Duration::from_millis(250);
/// So often a deed is checked anew when others were quicker.
const TRIES: usize = 20;
/// Deeds that are loaded are appended so many at a time.
const BATCH: usize = 5_000;
/// What to do when they are not alone.
const OTHERS: &str = "catchment ledger export shows how far it came: take out of the file what is in, and say the rest";
/// Every sealed vote is filled up to so many bytes, so that its length tells nothing: the longest concern with the longest note, or fifty
/// choices in order, fit in.
const PADDED: usize = 24 * 1024;
/// Who signs what the machine does by itself.
pub const CATCHMENT: &str = agree::log::MACHINE;

/// Why a deed was not done.
#[derive(Debug)]
pub enum Refused {
    /// It cannot be; the words are for whoever tried.
    Refusal(Refusal),
    /// It could not be kept.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::Fault(fault)
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        match refused {
            Refused::Fault(fault) => fault,
            Refused::Refusal(refusal) => Fault::new(format!("this cannot be done: {}", refusal.field), refusal.words),
        }
    }
}

/// Waits for the Ledger on threads of its own, so that it may be asked from anywhere.
fn wait<T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
) -> Result<T, Fault> {
    let (done, wait) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        // Nobody waits any more when this process ends.
        let _ = done.send(work.await);
    });
    wait.recv().map_err(|_| Fault::new("the Ledger stopped before it was done", "try again"))?.map_err(fault)
}

/// A deed that is to be done.
#[derive(Clone, Debug)]
pub struct ToDo {
    /// When; now, where it is not said.
    pub at: Option<Instant>,
    /// Who: as they sign, or what [`voter`] made.
    pub who: String,
    /// Because of what.
    pub because: Vec<String>,
    /// What.
    pub act: Act,
    /// The token of the form: the same one twice is the same deed.
    pub once: Option<String>,
}

impl ToDo {
    /// Something that is done now.
    pub fn now(who: impl Into<String>, act: Act) -> ToDo {
        ToDo { at: None, who: who.into(), because: Vec::new(), act, once: None }
    }
}

/// What a new deed may name: the measures of the place and its pages. What is in the Ledger already is not held to it, so a history
/// outlives the measures that it was about.
#[derive(Debug)]
pub struct Library {
    place: Place,
    measures: BTreeSet<String>,
    pages: BTreeSet<String>,
}

impl Library {
    /// These measures, and these pages that have a name of their own beside those that the place itself has.
    pub fn new(place: &Place, measures: BTreeSet<String>, pages: impl IntoIterator<Item = Page>) -> Library {
        let own = place.handovers.iter().map(|one| Page::Handover(one.id.clone()));
        let own = own.chain(place.neighbourhoods.iter().map(|one| Page::Place(one.name.clone())));
        let own = own.chain(place.organisations.iter().map(|one| Page::Organisation(one.id.clone())));
        let own = own.chain(measures.iter().map(|id| Page::Measure(id.clone())));
        let pages = own.chain(pages).map(|page| Ask { page, ..Ask::default() }.path()).collect();
        Library { place: place.clone(), measures, pages }
    }

    /// Whether a deed names only what is here.
    ///
    /// # Errors
    /// With the first measure or address that is not.
    fn check(&self, state: &State, because: &[String], act: &Act) -> Result<(), Refusal> {
        // A bell rings also where its measure has gone since.
        if act.is_of_machine() {
            return Ok(());
        }
        let addresses =
            |field: &'static str, all: &[&str]| all.iter().try_for_each(|one| self.address(state, field, one));
        let causes: Vec<&str> = because.iter().map(String::as_str).collect();
        addresses("because", &causes)?;
        // What a run on the copy finds, such as a worse winter, has no series; the run itself is what is named.
        let effects = |all: &[agree::decision::Effect]| {
            all.iter().try_for_each(|effect| self.address(state, "evidence", &effect.evidence))
        };
        let draft = |draft: &Draft| {
            draft.expects.iter().try_for_each(|one| self.measure("expects", &one.measure))?;
            draft.stop_if.iter().try_for_each(|rule| {
                self.measure("stop_if", &rule.measure)?;
                rule.of.as_ref().map_or(Ok(()), |of| self.part("stop_if", of))
            })
        };
        match act {
            Act::Line(line) => {
                // A line whose measure or page was since removed can be told no more.
                if line.retired {
                    return Ok(());
                }
                line.target.as_ref().map_or(Ok(()), |target| self.measure("measure", &target.measure))?;
                addresses("evidence", &line.evidence.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Act::Question(one) => one.options.all().iter().try_for_each(|choice| effects(&choice.effects)),
            Act::Choices(one) => {
                let added = one.add.iter().map(|choice| &choice.effects);
                one.effects.values().chain(added).try_for_each(|all| effects(all))
            }
            Act::Draft(one) => draft(&one.draft),
            Act::Decision(one) => draft(&one.decision),
            Act::Plan(one) => one.measure.as_ref().map_or(Ok(()), |measure| self.measure("measure", measure)),
            Act::Promise(one) => one.handover.as_ref().map_or(Ok(()), |id| self.handover("handover", id)),
            _ => Ok(()),
        }
    }

    fn measure(&self, field: &'static str, id: &str) -> Result<(), Refusal> {
        if self.measures.contains(id) {
            return Ok(());
        }
        let words = match self.measures.is_empty() {
            true => format!(
                "There is no measure “{id}”: this place has no measures yet. Write one in measures/, or publish series to it, and say it then"
            ),
            false => format!("There is no measure “{id}” here; /measures lists those that there are"),
        };
        Err(Refusal { field, words, why: Why::Wrong })
    }

    fn handover(&self, field: &'static str, id: &str) -> Result<(), Refusal> {
        if self.place.handovers.iter().any(|one| one.id == id) {
            return Ok(());
        }
        let words = format!("There is no handover “{id}” here; /handovers lists those that there are");
        Err(Refusal { field, words, why: Why::Wrong })
    }

    /// A part of the place that a measure is told of.
    fn part(&self, field: &'static str, of: &str) -> Result<(), Refusal> {
        let known = self.place.neighbourhoods.iter().any(|one| one.name == of)
            || self.place.organisations.iter().any(|one| one.id == of || one.name == of)
            || self.place.services.iter().any(|one| one.id == of);
        let words = || format!("There is no neighbourhood, organisation or service “{of}” here");
        if known { Ok(()) } else { Err(Refusal { field, words: words(), why: Why::Wrong }) }
    }

    /// What begins as an address leads to a page that is here.
    fn address(&self, state: &State, field: &'static str, text: &str) -> Result<(), Refusal> {
        if !text.starts_with('/') {
            return Ok(());
        }
        let whole = text.split('#').next().unwrap_or_default();
        let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
        let asked = Ask::parse(&behind(path), query).and_then(|(ask, _)| ask.known(&self.place));
        let is_there = asked.is_ok_and(|ask| match &ask.page {
            Page::Handover(_)
            | Page::Pathway(_)
            | Page::Measure(_)
            | Page::Place(_)
            | Page::Organisation(_)
            | Page::Source(_) => self.pages.contains(&ask.path()),
            Page::Conversation(id) | Page::Moderation(id) => state.talks.contains_key(id),
            Page::Decision(id) => state.matters.contains_key(id),
            Page::Plan(id) => state.plans.contains_key(id),
            _ => true,
        });
        let words = || format!("There is no page {text} here: give the address of one that opens, such as /measures");
        if is_there { Ok(()) } else { Err(Refusal { field, words: words(), why: Why::Wrong }) }
    }
}

/// The page of the place that tells more of what a public page tells.
fn behind(path: &str) -> String {
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", "public", "say"] => "/conversations".to_owned(),
        ["", "public", "say", id] | ["", "public", "say", id, "kept-out"] => format!("/conversations/{id}"),
        ["", "public", ref rest @ ..] => format!("/{}", rest.join("/")),
        _ => path.to_owned(),
    }
}

/// The Ledger of a place and what it adds up to.
pub struct Said {
    at: String,
    file: Option<PathBuf>,
    kept: PathBuf,
    open: OnceLock<(Runtime, Ledger)>,
    held: Mutex<Held>,
    library: Option<Library>,
}

#[derive(Default)]
struct Held {
    state: Arc<State>,
    looked: Option<Moment>,
}

impl Said {
    /// That of the place in this folder.
    pub fn of(folder: &Path) -> Said {
        let (at, file) = match std::env::var("CATCHMENT_LEDGER").ok().filter(|at| !at.is_empty()) {
            Some(at) => (at, None),
            None => {
                let file = folder.join("ledger.db");
                (file.display().to_string(), Some(file))
            }
        };
        Said { at, file, kept: folder.join("kept.jsonl"), open: OnceLock::new(), held: Mutex::default(), library: None }
    }

    /// The same where these are asked at the joins: an answer to anything else is refused, or left out when it is read.
    pub fn asking(self, instruments: Vec<agree::trust::Instrument>) -> Said {
        let state = Arc::new(State { instruments: Arc::new(instruments), ..State::default() });
        Said { held: Mutex::new(Held { state, looked: None }), ..self }
    }

    /// The same where new deeds may name these measures and pages alone.
    pub fn naming(self, library: Library) -> Said {
        Said { library: Some(library), ..self }
    }

    /// Whether a new deed may be done after those of this state.
    fn may(&self, state: &State, todo: &ToDo, at: Instant) -> Result<(), Refusal> {
        state.check(&todo.who, at, &todo.because, &todo.act)?;
        self.library.as_ref().map_or(Ok(()), |library| library.check(state, &todo.because, &todo.act))
    }

    /// The open Ledger, made where there is none.
    fn open(&self) -> Result<(&Runtime, &Ledger), Fault> {
        if let Some((runtime, ledger)) = self.open.get() {
            return Ok((runtime, ledger));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|wrong| Fault::new("cannot start threads", "").because(wrong))?;
        let at = self.at.clone();
        let ledger = wait(&runtime, async move { Ledger::open(&at).await })?;
        // Two who open at once open the same; one of them is kept.
        let _ = self.open.set((runtime, ledger));
        self.open
            .get()
            .map(|(runtime, ledger)| (runtime, ledger))
            .ok_or_else(|| Fault::new("cannot open the Ledger", "try again"))
    }

    /// Whether anything was ever said here.
    fn begun(&self) -> bool {
        self.open.get().is_some() || self.file.as_ref().is_none_or(|file| file.exists()) || self.kept.exists()
    }

    /// Takes in the notes and reasons that were kept in a file before there was a Ledger; the file stays, under another name.
    fn take_over(&self, runtime: &Runtime, ledger: &Ledger) -> Result<(), Fault> {
        let disk = Fault::disk("read", &self.kept);
        let text = match std::fs::read_to_string(&self.kept) {
            Ok(text) => text,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(wrong) => return Err(disk(wrong)),
        };
        let mut new = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let todo = kept(line).ok_or_else(|| {
                let help = "mend the line, or take it out; nothing is taken over until all can be read";
                Fault::new(format!("{}:{}: this was not written by Catchment", self.kept.display(), at + 1), help)
            })?;
            new.push(entry(&todo, todo.at.unwrap_or_else(now))?);
        }
        let ledger = ledger.clone();
        wait(runtime, async move { ledger.append(new, None).await })?;
        std::fs::rename(&self.kept, self.kept.with_extension("jsonl.taken")).map_err(disk)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it adds up to now; what others wrote in the last quarter of a second may be missing.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub fn state(&self) -> Result<Arc<State>, Fault> {
        let mut held = self.lock();
        if held.looked.is_none_or(|looked| looked.elapsed() > LAG) {
            self.follow(&mut held)?;
        }
        Ok(held.state.clone())
    }

    /// Takes in what was appended since.
    fn follow(&self, held: &mut Held) -> Result<(), Fault> {
        if !self.begun() {
            held.looked = Some(Moment::now());
            return Ok(());
        }
        let (runtime, ledger) = self.open()?;
        self.take_over(runtime, ledger)?;
        let (ledger, seen) = (ledger.clone(), held.state.seq);
        let new = wait(runtime, async move { ledger.since(seen).await })?;
        if let Some(newest) = new.iter().map(|entry| entry.at).max() {
            not_before(Instant(newest));
            let state = Arc::make_mut(&mut held.state);
            new.into_iter().for_each(|entry| take(state, entry));
        }
        held.looked = Some(Moment::now());
        Ok(())
    }

    /// Does something, and answers its place in the log once it is on the disk.
    ///
    /// # Errors
    /// [`Refused::Refusal`] when it cannot be, with nothing written.
    pub fn deed(&self, todo: ToDo) -> Result<u64, Refused> {
        let mut held = self.lock();
        let (runtime, ledger) = self.open()?;
        let at = todo.at.unwrap_or_else(now);
        for _ in 0..TRIES {
            self.follow(&mut held)?;
            if let Err(refusal) = self.may(&held.state, &todo, at) {
                // A form that is sent again was done already.
                if let Some(seq) = self.known(runtime, ledger, &todo)? {
                    return Ok(seq);
                }
                return Err(Refused::Refusal(refusal));
            }
            let new = entry(&todo, at)?;
            if let Some(entries) = append(runtime, ledger, vec![new], held.state.seq)? {
                let seq = entries.first().map_or(0, |entry| entry.seq);
                let state = Arc::make_mut(&mut held.state);
                for entry in entries {
                    // What a form did when it was sent before is in already.
                    if entry.seq > state.seq {
                        take(state, entry);
                    }
                }
                return Ok(seq);
            }
        }
        Err(Fault::new("others write faster than this could be checked", "try again").into())
    }

    /// The deed that a form did when it was sent before.
    fn known(&self, runtime: &Runtime, ledger: &Ledger, todo: &ToDo) -> Result<Option<u64>, Fault> {
        let Some(once) = &todo.once else { return Ok(None) };
        let (ledger, once) = (ledger.clone(), once.clone());
        Ok(wait(runtime, async move { ledger.done(&once).await })?.map(|entry| entry.seq))
    }

    /// Appends many deeds in their order, each checked against what those before it add up to. Answers how many.
    ///
    /// # Errors
    /// When one of them cannot be, with what `named` says of its place, from 0: the ones before it in whole batches are in.
    pub fn load(&self, all: Vec<ToDo>, named: impl Fn(usize) -> String) -> Result<usize, Fault> {
        self.load_batches(None, all, BATCH, named)
    }

    /// The same, all at once and only where the Ledger goes no further than `seen`: for deeds that name those before them by their place.
    ///
    /// # Errors
    /// When one of them cannot be, or others wrote meanwhile; nothing is in then.
    pub fn load_from(&self, seen: u64, all: Vec<ToDo>, named: impl Fn(usize) -> String) -> Result<usize, Fault> {
        self.load_batches(Some(seen), all, usize::MAX, named)
    }

    fn load_batches(
        &self,
        seen: Option<u64>,
        all: Vec<ToDo>,
        most: usize,
        named: impl Fn(usize) -> String,
    ) -> Result<usize, Fault> {
        let newest = now();
        let moved = || Err(Fault::new("others wrote at the same time", "nothing was taken in: try again"));
        let mut held = self.lock();
        let (runtime, ledger) = self.open()?;
        self.follow(&mut held)?;
        if seen.is_some_and(|seen| seen != held.state.seq) {
            return moved();
        }
        // Others see each batch when it is in; here it is taken in once, when all are.
        let mut state = State::clone(&held.state);
        let (mut done, mut tries) = (0, 0);
        while done < all.len() {
            let before = state.seq;
            let todos = &all[done..all.len().min(done.saturating_add(most))];
            let refused = |at: usize, what: &str, words: String| {
                let inside = match done {
                    0 => "nothing was taken in".to_owned(),
                    many => format!("the {many} before {} are in", named(many)),
                };
                let what = if what.is_empty() { String::new() } else { format!("{}: ", what.replace('_', " ")) };
                Fault::new(
                    format!("{}: {what}{words}", named(done + at)),
                    format!("mend it and say it again; {inside}"),
                )
            };
            let mut new = Vec::with_capacity(todos.len());
            for (n, todo) in todos.iter().enumerate() {
                let at = todo.at.unwrap_or(newest);
                if at > newest {
                    return Err(refused(n, "at", "that moment has not come yet".to_owned()));
                }
                self.may(&state, todo, at).map_err(|refusal| refused(n, refusal.field, refusal.words))?;
                let (who, because, act) = (todo.who.clone(), todo.because.clone(), todo.act.clone());
                state.follow(Deed { seq: state.seq + 1, at, who, because, act });
                new.push(entry(todo, at)?);
            }
            if append(runtime, ledger, new, before)?.is_some() {
                (done, tries) = (done + todos.len(), 0);
                continue;
            }
            if seen.is_some() {
                return moved();
            }
            tries += 1;
            if tries == TRIES {
                return Err(Fault::new("others write faster than this could be checked", OTHERS));
            }
            // Somebody was quicker: what they wrote is read, and the batch checked anew after it.
            self.follow(&mut held)?;
            state = State::clone(&held.state);
        }
        held.state = Arc::new(state);
        Ok(all.len())
    }

    /// Opens the sealed votes whose close has come.
    ///
    /// # Errors
    /// When they cannot be read or kept.
    pub fn open_sealed(&self, key: &Key) -> Result<(), Fault> {
        let state = self.state()?;
        let due = state.matters.values().filter(|matter| matter.is_to_open(now()));
        // One question whose votes do not open keeps no other shut.
        let mut all = due.map(|matter| self.open_one(&state, matter, key));
        let first = all.find(Result::is_err);
        all.for_each(drop);
        first.unwrap_or(Ok(()))
    }

    fn open_one(&self, state: &State, matter: &Matter, key: &Key) -> Result<(), Fault> {
        let question = &matter.is.is;
        let roll = state.seats(matter, Instant(question.closes));
        let roll = roll
            .map_err(|wrong| Fault::new("the votes cannot be opened", "see the scheme of delegation").because(wrong))?;
        let (mut papers, mut spoilt) = (Vec::new(), Vec::new());
        for (member, sealed) in &matter.sealed {
            let Ok(ballot) = unsealed(key, &question.id, member, sealed) else {
                spoilt.push(member.clone());
                continue;
            };
            papers.push(match question.sealed {
                Some(Secrecy::Named) => {
                    let seat = roll.members().find(|one| one.id == *member);
                    let perspective = seat.map(|one| one.perspective.clone()).unwrap_or_default();
                    OpenedPaper { perspective, ballot, member: Some(member.clone()) }
                }
                // In a small board a perspective is a name, and so are somebody's own words.
                _ => OpenedPaper { perspective: String::new(), ballot: ballot.wordless(), member: None },
            });
        }
        // None of many: this is not the key that they were sealed with.
        if papers.is_empty() && !spoilt.is_empty() {
            return Err(Fault::new(
                format!("the votes on {} do not open with the key of this place", question.id),
                "bring back the vault.key that they were sealed with",
            ));
        }
        papers.sort();
        let voted = matter.sealed.keys().cloned().collect();
        let act = Act::Opened(Opened { question: question.id.clone(), voted, papers, spoilt });
        match self.deed(ToDo::now(CATCHMENT, act)) {
            // Another process was quicker.
            Err(Refused::Refusal(refusal)) if refusal.why == Why::Already => Ok(()),
            done => done.map(drop).map_err(Fault::from),
        }
    }

    /// Whether all is as it was written: how many entries there are, and the first that is not.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn verify(&self) -> Result<(u64, Option<u64>), Fault> {
        if !self.begun() {
            return Ok((0, None));
        }
        let (runtime, ledger) = self.open()?;
        let ledger = ledger.clone();
        let verified = wait(runtime, async move { ledger.verify().await })?;
        Ok((verified.whole.seq, verified.wrong))
    }

    /// Writes all of it as JSON lines, and answers how many.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn export(&self, out: &mut impl std::io::Write) -> Result<u64, Fault> {
        if !self.begun() {
            return Ok(0);
        }
        let (runtime, ledger) = self.open()?;
        Ok(runtime.block_on(ledger.export(out)).map_err(fault)?.seq)
    }

    /// Takes in what [`Said::export`] wrote, and answers how many entries are new here.
    ///
    /// # Errors
    /// When a line is not as it was written, or is of another history; nothing is taken in then.
    pub fn import(&self, lines: impl std::io::BufRead, source: &str) -> Result<u64, Fault> {
        let (runtime, ledger) = self.open()?;
        Ok(runtime.block_on(ledger.import(lines, source)).map_err(fault)?.added)
    }
}

/// Who votes: a number that means nothing beyond one conversation, from what the reader's device holds.
pub fn voter(key: &Key, conversation: &str, device: &str) -> String {
    format!("voter/{:016x}", key.pseudonym(&[b"voter", conversation.as_bytes(), device.as_bytes()]) as u64)
}

/// A vote that nobody can read before the close, and that tells nothing by being like another.
///
/// # Errors
/// When the system gives no random bytes.
pub fn sealed(key: &Key, question: &str, member: &str, ballot: &Ballot) -> Result<SealedBallot, Fault> {
    let mut plain = vec![0u8; 16];
    getrandom::fill(&mut plain)
        .map_err(|wrong| Fault::new("the system gives no random bytes", "try again").because(wrong))?;
    let words = serde_json::json!({ "question": question, "member": member, "ballot": ballot });
    plain.extend(words.to_string().into_bytes());
    if plain.len() > PADDED {
        return Err(Fault::new("this vote is too long to be sealed", "say it in fewer words"));
    }
    plain.resize(PADDED, b' ');
    let sealed = key.sealer().seal(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SealedBallot { question: question.to_owned(), member: member.to_owned(), sealed })
}

fn unsealed(key: &Key, question: &str, member: &str, sealed: &str) -> Result<Ballot, Fault> {
    let wrong = || {
        Fault::new(
            "a sealed vote does not open with the key of this place",
            "bring back the vault.key that it was sealed with",
        )
    };
    let bytes: Option<Vec<u8>> =
        (0..sealed.len() / 2).map(|at| u8::from_str_radix(sealed.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    let plain = key.sealer().open(&bytes.ok_or_else(wrong)?).map_err(|_| wrong())?;
    let words: Value = serde_json::from_slice(plain.get(16..).ok_or_else(wrong)?).map_err(|_| wrong())?;
    if words["question"] != question || words["member"] != member {
        return Err(wrong());
    }
    serde_json::from_value(words["ballot"].clone()).map_err(|_| wrong())
}

fn entry(todo: &ToDo, at: Instant) -> Result<New, Fault> {
    let (did, what) = todo.act.did();
    let body = serde_json::to_value(&todo.act)
        .map_err(|wrong| Fault::new("this cannot be written down", "").because(wrong))?;
    Ok(New {
        at: at.0,
        who: todo.who.clone(),
        did: did.to_owned(),
        what,
        because: todo.because.clone(),
        body,
        form: FORM,
        once: todo.once.clone(),
    })
}

/// Deeds, each with its line, from lines of JSON: `{"at": "2025-11-16T09:30:00Z", "who": …, "because": […], "act": {…}}`. Without `at` they are done now. Empty
/// lines and those that begin with `#` are passed over.
///
/// # Errors
/// With file and line of the first that cannot be read.
pub fn deeds(source: &str, text: &str) -> Result<Vec<(usize, ToDo)>, Fault> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let one = |(at, line): (usize, &str)| {
        let number = at + 1;
        let wrong = |why: String| {
            let help = "docs/said.md shows a line of each kind; nothing was taken in";
            Fault::new(format!("{source}:{number}: {why}"), help)
        };
        let mut line: Value = serde_json::from_str(line).map_err(|fault| wrong(fault.to_string()))?;
        let said = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        let at = match said("at") {
            Some(at) => Some(
                at.parse::<jiff::Timestamp>()
                    .map_err(|_| wrong("a time is written as 2025-11-16T09:30:00Z".to_owned()))?,
            ),
            None => None,
        };
        let who = said("who").ok_or_else(|| wrong("`who` is missing: who did this?".to_owned()))?;
        if who.trim().eq_ignore_ascii_case(CATCHMENT) {
            return Err(wrong(
                "nobody but Catchment itself signs as Catchment: say which role or body did it".to_owned(),
            ));
        }
        let because = line.get("because").and_then(Value::as_array).into_iter().flatten();
        let because = because.filter_map(|cause| cause.as_str().map(str::to_owned)).collect();
        let act: Act = serde_json::from_value(line["act"].take()).map_err(|fault| wrong(fault.to_string()))?;
        if act.is_of_machine() {
            return Err(wrong("nobody but Catchment itself says that votes are open or that a bell rang".to_owned()));
        }
        Ok((number, ToDo { at: at.map(|at| Instant(at.as_second())), who, because, act, once: None }))
    };
    lines.map(one).collect()
}

/// A line of the file in which notes were kept before.
fn kept(line: &str) -> Option<ToDo> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| line.get(name)?.as_str().map(str::to_owned);
    let written = Written { about: text("about")?, point: text("point")?, text: text("text")? };
    let act = match line.get("kind")?.as_str()? {
        "note" => Act::Note(written),
        "reason" => Act::Reason(written),
        "opened" => Act::Looked(written),
        _ => return None,
    };
    let at = Instant(text("at")?.parse::<jiff::Timestamp>().ok()?.as_second());
    let once = Some(format!("kept/{}", line.get("id")?.as_u64()?));
    Some(ToDo { at: Some(at), who: text("who")?, because: Vec::new(), act, once })
}

/// Takes an entry into the state; one that this version cannot read is set aside, and said by `catchment doctor`.
fn take(state: &mut State, entry: Entry) {
    match serde_json::from_value(entry.body) {
        Ok(act) if entry.form == FORM => {
            state.follow(Deed { seq: entry.seq, at: Instant(entry.at), who: entry.who, because: entry.because, act });
        }
        _ => {
            state.seq = entry.seq;
            state.refused.push((entry.seq, "this version cannot read it".to_owned()));
        }
    }
}

/// Appends where nobody was quicker; `None` where somebody was.
fn append(runtime: &Runtime, ledger: &Ledger, new: Vec<New>, seen: u64) -> Result<Option<Vec<Entry>>, Fault> {
    let ledger = ledger.clone();
    wait(runtime, async move {
        match ledger.append(new, Some(seen)).await {
            Err(LedgerError::Moved { .. }) => Ok(None),
            done => done.map(Some),
        }
    })
}

fn fault(wrong: LedgerError) -> Fault {
    Fault::new(wrong.to_string(), wrong.help())
}

#[cfg(test)]
mod tests {
    use super::*;
    use agree::decision::Position;
    use agree::log::{Kind, Line};

    fn nth(at: usize) -> String {
        format!("deed {}", at + 1)
    }

    fn line(id: &str, text: &str) -> ToDo {
        let line = Line { id: id.into(), kind: Kind::Why, text: text.into(), ..Line::default() };
        ToDo::now("Flow lead, Rivermead", Act::Line(line))
    }

    #[test]
    fn a_public_page_is_known_by_the_page_behind_it() {
        let pairs = [
            ("/public", "/"),
            ("/public/story", "/story"),
            ("/public/say", "/conversations"),
            ("/public/say/home/kept-out", "/conversations/home"),
            ("/public/decisions/say-yes", "/decisions/say-yes"),
            ("/publications", "/publications"),
        ];
        for (public, page) in pairs {
            assert_eq!(behind(public), page);
        }
    }

    #[test]
    fn what_is_said_is_there_for_whoever_opens_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Said::of(folder.path()), Said::of(folder.path()));
        assert_eq!(one.state().unwrap().seq, 0);
        assert!(!folder.path().join("ledger.db").exists(), "looking makes nothing");
        assert_eq!(one.deed(line("home", "People belong at home")).unwrap(), 1);
        let because = vec!["/story".to_owned()];
        let again = ToDo { once: Some("a".into()), because, ..line("home", "Nobody waits alone") };
        assert_eq!((one.deed(again.clone()).unwrap(), one.deed(again).unwrap()), (2, 2));
        assert_eq!(other.load(vec![line("a", "A"), line("b", "B")], nth).unwrap(), 2);
        assert_eq!(one.deed(line("c", "C")).unwrap(), 5);
        assert!(one.load_from(4, vec![line("d", "D")], nth).is_err(), "somebody wrote since");
        assert_eq!(one.state().unwrap().seq, 5, "nothing of it is in");
        assert_eq!(*Said::of(folder.path()).state().unwrap(), *one.state().unwrap());
        // What others wrote in between is read first.
        assert_eq!(other.load(vec![line("d", "D")], nth).unwrap(), 1);
        let wrong = other.load(vec![line("e", "E"), line("F!", "F")], nth).unwrap_err();
        assert!(wrong.to_string().starts_with("deed 2: id: An id is"), "{wrong}");
        let tomorrow = ToDo { at: Some(Instant(now().0 + 86_400)), ..line("e", "E") };
        assert!(other.load(vec![tomorrow], nth).unwrap_err().to_string().contains("has not come yet"));
        let wrong = one.deed(line("A!", "C")).unwrap_err();
        assert!(matches!(wrong, Refused::Refusal(Refusal { field: "id", .. })));
        assert_eq!(one.verify().unwrap(), (6, None));
    }

    #[test]
    fn notes_of_before_are_taken_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let line = |id: u32, kind: &str| {
            format!(
                "{{\"id\":{id},\"at\":\"2025-12-01T09:02:11Z\",\"who\":\"Flow lead\",\"kind\":\"{kind}\",\"about\":\"/handovers/a\",\"point\":\"\",\"text\":\"Two rounds were closed\",\"digest\":\"9f\"}}\n"
            )
        };
        let path = folder.path().join("kept.jsonl");
        std::fs::write(&path, line(1, "note") + "nonsense").unwrap();
        let wrong = Said::of(folder.path()).state().unwrap_err();
        assert!(wrong.to_string().contains("kept.jsonl:2"), "{wrong}");
        std::fs::write(&path, line(1, "note") + &line(2, "reason")).unwrap();
        for _ in 0..2 {
            let state = Said::of(folder.path()).state().unwrap();
            assert_eq!(
                (state.seq, state.notes["/handovers/a"][0].at, state.reasons.len()),
                (2, Instant(1_764_579_731), 1)
            );
        }
        assert!(!path.exists() && folder.path().join("kept.jsonl.taken").exists());
    }

    #[test]
    fn a_file_cannot_say_that_votes_are_open_or_that_a_bell_rang() {
        for act in [
            r#"{"act": "opened", "question": "q", "voted": [], "papers": []}"#,
            r#"{"act": "rang", "decision": "d", "rule": 0, "since": "2025-01-01", "rang": "2025-01-02"}"#,
        ] {
            let line = format!("{{\"who\": \"Catchment\", \"act\": {act}}}");
            let wrong = deeds("said.jsonl", &line).unwrap_err().to_string();
            assert!(wrong.contains("said.jsonl:1: nobody but Catchment itself"), "{wrong}");
        }
    }

    #[test]
    fn a_sealed_vote_opens_with_its_key_and_looks_like_no_other() {
        let key = Key::new(&[7; 32]);
        let ballot = Ballot::On { option: "a".into(), position: Position::Supports, note: String::new() };
        let votes = [0, 1].map(|_| sealed(&key, "money", "care", &ballot).unwrap().sealed);
        assert_ne!(votes[0], votes[1]);
        let concern = Ballot::On {
            option: "a".into(),
            position: Position::Concern { reason: "\"".repeat(2000) },
            note: "👩".repeat(2000),
        };
        assert_eq!(sealed(&key, "money", "care", &concern).unwrap().sealed.len(), votes[0].len());
        assert_eq!(unsealed(&key, "money", "care", &votes[0]).unwrap(), ballot);
        assert!(
            unsealed(&key, "money", "gp", &votes[0]).is_err()
                && unsealed(&Key::new(&[8; 32]), "money", "care", &votes[0]).is_err()
        );
    }
}
