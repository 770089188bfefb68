//! Conversations from and to the files of Polis: `catchment talk import`, `catchment talk export`. No group of a person is ever in them.

use crate::fault::Fault;
use crate::place::{Catchment, now};
use crate::said::{ToDo, voter};
use agree::log::{Act, Conversation, LONGEST, Moderation, Ruling, Statement, Vote, fit};
use agree::opinion::{self, Moderation as Was};
use domain::Instant;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In place of words that were not told.
const UNTOLD: &str = "(Its words were kept out where it was said)";

/// What came of an import.
pub struct Imported {
    /// Statements that are in.
    pub statements: usize,
    /// Votes that are in.
    pub votes: usize,
    /// What is not, and why: with file and line, or the number of the statement.
    pub problems: Vec<String>,
}

/// Takes a conversation in, from any of the forms in which Polis writes one.
///
/// # Errors
/// When a file cannot be read, holds no votes, or there is a conversation of this name; nothing is taken in then.
pub fn import(at: &Catchment, id: &str, question: &str, files: &[PathBuf], who: &str) -> Result<Imported, Fault> {
    let read =
        |path: &PathBuf| Ok((path.display().to_string(), std::fs::read(path).map_err(Fault::disk("read", path))?));
    let files: Vec<(String, Vec<u8>)> = files.iter().map(read).collect::<Result<_, Fault>>()?;
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let (talk, problems) = opinion::read(&borrowed);
    let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let state = at.said.state()?;
    if state.talks.contains_key(id) {
        return Err(Fault::new(format!("there is a conversation '{id}' already"), "give it another id"));
    }
    let mut votes: Vec<opinion::Vote> = talk.cast_by_all().collect();
    if votes.is_empty() {
        let help =
            problems.first().cloned().unwrap_or_else(|| "name the file of votes, and that of statements".to_owned());
        return Err(Fault::new("these files hold no votes", help));
    }
    votes.sort_by_key(|vote| (vote.at, vote.participant, vote.statement));
    // What has no time, or one to come, is of one moment, however long it takes to read.
    let moment = now().0;
    let seconds = |at: Option<i64>| at.map_or(moment, |at| at.div_euclid(1000).min(moment));
    let times = || votes.iter().map(|vote| vote.at).chain(talk.statements.values().map(|one| one.at));
    let opens = times().map(seconds).min().unwrap_or(moment);
    let closes = times().map(seconds).max().unwrap_or(opens) + 1;
    let begun = Some(Instant(opens));
    let todo = |at, who: String, act| ToDo { at, who, because: Vec::new(), act, once: None };
    let about = Conversation {
        id: id.to_owned(),
        question: question.to_owned(),
        purpose: "It was held elsewhere, and is here to be read and counted.".to_owned(),
        elsewhere: true,
        opens,
        closes,
        ..Conversation::default()
    };
    let mut all = vec![todo(begun, who.to_owned(), Act::Conversation(about))];
    let voter_of = |participant: u64| voter(&at.key, id, &format!("polis/{participant}"));
    let author_of = |author: u64| voter(&at.key, &format!("say/{id}"), &format!("polis/{author}"));
    let mut seqs = BTreeMap::new();
    // Those that were taken out are ruled on last: their votes tell how much people took part.
    let mut out = Vec::new();
    for (&number, one) in &talk.statements {
        // Words that were kept out are not in the files that we write.
        let text = if one.moderation == Was::Out && one.text.trim().is_empty() { UNTOLD } else { &one.text };
        let text = match fit(text, LONGEST) {
            Ok(text) => text,
            Err(why) => {
                problems.push(format!("statement {number} is not taken in, nor are its votes: {why}"));
                continue;
            }
        };
        let by = one.author.map_or_else(|| who.to_owned(), author_of);
        let said = Statement {
            conversation: id.to_owned(),
            text,
            perspective: "a participant".to_owned(),
            ..Statement::default()
        };
        all.push(todo(begun, by, Act::Statement(said)));
        let seq = state.seq + all.len() as u64;
        seqs.insert(number, seq);
        all.push(todo(begun, who.to_owned(), Act::Moderation(Moderation { statement: seq, ruling: Ruling::In })));
        if one.moderation == Was::Out {
            let why = Some(&one.reason).filter(|why| fit(why, LONGEST).as_ref() == Ok(*why));
            let ruling = Ruling::Out(why.map_or("It was moderated out where it was said", |why| why).to_owned());
            out.push(todo(
                Some(Instant(closes.min(moment))),
                who.to_owned(),
                Act::Moderation(Moderation { statement: seq, ruling }),
            ));
        }
    }
    let mut kept = 0;
    for vote in votes {
        let Some(&statement) = seqs.get(&vote.statement) else { continue };
        let perspective = talk.perspectives.get(&vote.participant).cloned().unwrap_or_default();
        let act = Act::Vote(Vote { statement, choice: vote.choice.number() as i8, perspective, ..Vote::default() });
        all.push(todo(Some(Instant(seconds(vote.at))), voter_of(vote.participant), act));
        kept += 1;
    }
    all.extend(out);
    at.said.load_from(state.seq, all, |at| format!("what is imported, deed {}", at + 1))?;
    Ok(Imported { statements: seqs.len(), votes: kept, problems })
}

/// Writes a conversation as Polis does, into a folder, and answers the files.
///
/// # Errors
/// When there is no such conversation, or a file cannot be written.
pub fn export(at: &Catchment, id: &str, folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let state = at.said.state()?;
    let Some(talk) = state.talks.get(id) else {
        let known: Vec<&str> = state.talks.keys().map(String::as_str).collect();
        let help = if known.is_empty() {
            "nobody was asked anything here yet".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        return Err(Fault::new(format!("there is no conversation '{id}'"), help));
    };
    std::fs::create_dir_all(folder).map_err(Fault::disk("make", folder))?;
    let mut written = Vec::new();
    // while it is open, no more than its pages tell
    let mut votes = talk.told(now()).clone();
    for (number, said) in &talk.statements {
        let Some(known) = votes.statements.get_mut(number) else { continue };
        // What nobody has read, and what is kept out, is not told here either.
        let reason = match said.ruling() {
            Some(Ruling::In) => continue,
            Some(Ruling::Out(why)) => why.clone(),
            Some(Ruling::SameAs(other)) => format!("Statement {other} says the same"),
            None => {
                known.moderation = Was::Open;
                "Nobody has read it yet".to_owned()
            }
        };
        (known.text, known.reason) = (String::new(), reason);
    }
    for (name, text) in opinion::export(&votes, &talk.is.question) {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Fault::disk("write", &path))?;
        written.push(path);
    }
    Ok(written)
}
