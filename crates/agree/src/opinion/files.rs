//! The files of a conversation, in Polis's export format and in ours.
//!
//! | File | Columns of Polis | Ours |
//! | --- | --- | --- |
//! | votes | `timestamp, datetime, comment-id, voter-id, vote` | `participant, statement, vote, timestamp_ms` |
//! | comments | `timestamp, datetime, comment-id, author-id, agrees, disagrees, moderated, comment-body` | `statement, author, moderated, timestamp_ms, text` |
//! | participants-votes | `participant, group-id, n-comments, …`, then a column for each statement | |
//! | perspectives | | `participant, perspective` |
//! | summary | `topic, …` and so on, a line each | |
//!
//! A file is known by its columns, not by its name. A row that makes no sense is a [`Problem`], and the others go in.

use super::{Cast, Choice, Conversation, Moderation, Statement, Vote};
use serde::Serialize;
use std::collections::HashSet;

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, by the name that it came with.
    pub file: String,
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// What is wrong, and what it should be.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Read files, as (name, bytes), into a conversation; any order, any number, any mix of the formats above.
///
/// ```
/// let votes = "participant,statement,vote\n1,1,1\n1,2,maybe\n2,1,-1\n";
/// let (conversation, problems) = agree::opinion::read(&[("votes.csv", votes.as_bytes())]);
/// assert_eq!(conversation.votes(), 2);
/// assert_eq!(problems[0].to_string(), "votes.csv:3: vote is `maybe`: it must be 1 (agree), -1 (disagree) or 0 (pass)");
/// ```
pub fn read(files: &[(&str, &[u8])]) -> (Conversation, Vec<Problem>) {
    let mut conversation = Conversation::default();
    let mut problems = vec![];
    for (name, bytes) in files {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut row = csv::ByteRecord::new();
        let mut kind = None;
        let (mut line, mut counted) = (1, 0);
        let mut seen = HashSet::new();
        loop {
            let mut problem =
                |line: u64, message: String| problems.push(Problem { file: (*name).to_owned(), line, message });
            // Bytes in memory do not fail, and rows may have any number of fields.
            if !reader.read_byte_record(&mut row).unwrap_or(false) {
                if kind.is_none() {
                    problem(1, "the file is empty".to_owned());
                }
                break;
            }
            // A row's own position may be that of the line ends and blank lines before it.
            let position = row.position().map_or(0, |position| position.byte() as usize);
            let start = position + bytes[position..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            line += bytes[counted..start].iter().filter(|byte| **byte == b'\n').count() as u64;
            counted = start;
            match &kind {
                None => match Kind::of(&row) {
                    Some(known) => kind = Some(known),
                    None => {
                        problem(line, "no column names of a file of votes or statements".to_owned());
                        break;
                    }
                },
                Some(kind) => {
                    if let Err(message) = kind.take(&row, &mut conversation, &mut seen) {
                        problem(line, message);
                    }
                }
            }
        }
    }
    (conversation, problems)
}

/// What a file holds, and in which columns.
enum Kind {
    Votes {
        participant: usize,
        statement: usize,
        vote: usize,
        at: Option<usize>,
    },
    Statements {
        id: usize,
        author: Option<usize>,
        moderated: Option<usize>,
        meta: Option<usize>,
        at: Option<usize>,
        text: Option<usize>,
        reason: Option<usize>,
    },
    /// A column for each statement.
    Table {
        participant: usize,
        statements: Vec<(usize, u64)>,
    },
    Perspectives {
        participant: usize,
        perspective: usize,
    },
    /// Counts of the others: nothing to take in.
    Summary,
}

impl Kind {
    fn of(header: &csv::ByteRecord) -> Option<Self> {
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase().replace('_', "-"))
            .collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let participant = find(&["participant", "voter-id", "participant-id", "voter"]);
        let statement = find(&["statement", "comment-id", "statement-id", "comment"]);
        let at = find(&["timestamp-ms", "timestamp", "modified"]);
        if let (Some(participant), Some(statement), Some(vote)) = (participant, statement, find(&["vote"])) {
            return Some(Kind::Votes { participant, statement, vote, at });
        }
        if let (Some(participant), Some(perspective)) = (participant, find(&["perspective"])) {
            return Some(Kind::Perspectives { participant, perspective });
        }
        if let (Some(participant), Some(_)) = (participant, find(&["n-votes", "group-id"])) {
            let statements = names.iter().enumerate().filter_map(|(column, name)| Some((column, name.parse().ok()?)));
            return Some(Kind::Table { participant, statements: statements.collect() });
        }
        let text = find(&["text", "comment-body", "txt"]);
        let moderated = find(&["moderated"]);
        if let (Some(id), true) = (statement, text.is_some() || moderated.is_some()) {
            let author = find(&["author", "author-id"]);
            let (meta, reason) = (find(&["is-meta", "meta"]), find(&["reason"]));
            return Some(Kind::Statements { id, author, moderated, meta, at, text, reason });
        }
        ["topic", "views", "voters"].contains(&names.first()?.as_str()).then_some(Kind::Summary)
    }

    fn take(&self, row: &csv::ByteRecord, to: &mut Conversation, seen: &mut HashSet<u64>) -> Result<(), String> {
        let field = |column: usize| row.get(column).unwrap_or_default().trim_ascii();
        let at = |column: &Option<usize>| column.map(field).filter(|field| !field.is_empty());
        let moment = |column: &Option<usize>| at(column).map(|field| number(field, "timestamp")).transpose();
        match self {
            Kind::Votes { participant, statement, vote, at } => {
                to.cast(Vote {
                    participant: number(field(*participant), "participant")?,
                    statement: number(field(*statement), "statement")?,
                    choice: choice(field(*vote))?,
                    at: moment(at)?,
                });
            }
            Kind::Table { participant, statements } => {
                let participant = number(field(*participant), "participant")?;
                if !seen.insert(participant) {
                    return Err(format!("participant {participant} is here twice: the first row counts"));
                }
                let votes = statements.iter().filter(|(column, _)| !field(*column).is_empty());
                let votes: Vec<(u64, Choice)> =
                    votes.map(|(column, id)| Ok((*id, choice(field(*column))?))).collect::<Result<_, String>>()?;
                for (statement, choice) in votes {
                    to.cast(Vote { participant, statement, choice, at: None });
                }
            }
            Kind::Statements { id, author, moderated, meta, at: time, text, reason } => {
                let id = number(field(*id), "statement")?;
                let statement = Statement {
                    text: text.map(|text| String::from_utf8_lossy(field(text)).into_owned()).unwrap_or_default(),
                    author: at(author).map(|field| number(field, "author")).transpose()?,
                    moderation: match at(moderated).unwrap_or(b"0") {
                        b"-1" => Moderation::Out,
                        b"0" => Moderation::Open,
                        b"1" => Moderation::In,
                        other => return Err(wrong("moderated", other, "-1 (out), 0 (not looked at) or 1 (in)")),
                    },
                    meta: at(meta).is_some_and(|field| matches!(field, b"1" | b"true" | b"t" | b"True")),
                    at: moment(time)?,
                    reason: at(reason).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default(),
                };
                if !seen.insert(id) {
                    return Err(format!("statement {id} is here twice: the first row counts"));
                }
                to.statements.insert(id, statement);
            }
            Kind::Perspectives { participant, perspective } => {
                let participant = number(field(*participant), "participant")?;
                let perspective = String::from_utf8_lossy(field(*perspective)).into_owned();
                if perspective.is_empty() {
                    return Err("perspective is empty".to_owned());
                }
                if !seen.insert(participant) {
                    return Err(format!("participant {participant} is here twice: the first row counts"));
                }
                to.perspectives.insert(participant, perspective);
            }
            Kind::Summary => {}
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(field: &[u8], name: &str) -> Result<T, String> {
    let text = std::str::from_utf8(field).ok();
    // Programs for tables write whole numbers as 1.0.
    let number = text.and_then(|text| {
        text.split_once('.')
            .filter(|parts| parts.1.bytes().all(|digit| digit == b'0'))
            .map_or(text, |parts| parts.0)
            .parse()
            .ok()
    });
    number.ok_or_else(|| wrong(name, field, "a whole number"))
}

fn choice(field: &[u8]) -> Result<Choice, String> {
    let choice = match field {
        b"1" | b"+1" | b"1.0" | b"agree" => Choice::Agree,
        b"-1" | b"-1.0" | b"disagree" => Choice::Disagree,
        b"0" | b"0.0" | b"-0.0" | b"pass" => Choice::Pass,
        _ => return Err(wrong("vote", field, "1 (agree), -1 (disagree) or 0 (pass)")),
    };
    Ok(choice)
}

fn wrong(name: &str, field: &[u8], must: &str) -> String {
    let shown: String = String::from_utf8_lossy(field).chars().take(40).collect();
    format!("{name} is `{shown}`: it must be {must}")
}

/// The files of Polis's export, as (name, text): `comments.csv`, `votes.csv`, `participants-votes.csv`, `summary.csv`.
///
/// Votes leave without their people: voters are numbered anew, in the order of what they voted; times are cut to the day; the author
/// of a statement and the group of a person stay blank. [`read`] takes the files back in, to the same groups and the same counts.
pub fn export(conversation: &Conversation, topic: &str) -> Vec<(&'static str, String)> {
    let mut people: Vec<&Vec<Cast>> = conversation.people.values().collect();
    let said = |casts: &[Cast]| casts.iter().map(|cast| (cast.statement, cast.choice)).collect::<Vec<_>>();
    people.sort_by_cached_key(|casts| (said(casts), casts.iter().map(|cast| cast.at.map(day)).collect::<Vec<_>>()));
    let mut ids: Vec<u64> = conversation.tallies.keys().chain(conversation.statements.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let moment = |at: Option<i64>| match at {
        Some(at) => [(day(at) * DAY).to_string(), date(day(at))],
        None => [String::new(), String::new()],
    };

    let mut comments = Sheet::new(&[
        "timestamp",
        "datetime",
        "comment-id",
        "author-id",
        "agrees",
        "disagrees",
        "moderated",
        "comment-body",
        "is-meta",
        "reason",
    ]);
    for id in &ids {
        let statement = conversation.statements.get(id).cloned().unwrap_or_default();
        let tally = conversation.tally(*id);
        let [time, date] = moment(statement.at);
        comments.row([
            time,
            date,
            id.to_string(),
            String::new(),
            tally.agree.to_string(),
            tally.disagree.to_string(),
            (statement.moderation as i64 - 1).to_string(),
            statement.text,
            statement.meta.to_string(),
            statement.reason,
        ]);
    }

    let mut votes = Sheet::new(&["timestamp", "datetime", "comment-id", "voter-id", "vote"]);
    let mut header =
        ["participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"].map(str::to_owned).to_vec();
    header.extend(ids.iter().map(u64::to_string));
    let mut table = Sheet::new(&header);
    for (voter, casts) in people.iter().enumerate() {
        let count = |choice| casts.iter().filter(|cast| cast.choice == choice).count().to_string();
        let counts = [casts.len().to_string(), count(Choice::Agree), count(Choice::Disagree)];
        let mut row = vec![voter.to_string(), String::new(), String::new()];
        row.extend(counts);
        row.resize(header.len(), String::new());
        for cast in *casts {
            let [time, date] = moment(cast.at);
            let vote = cast.choice.number().to_string();
            if let Ok(column) = ids.binary_search(&cast.statement) {
                row[6 + column].clone_from(&vote);
            }
            votes.row([time, date, cast.statement.to_string(), voter.to_string(), vote]);
        }
        table.row(row);
    }

    let mut summary = Sheet::new(&["topic", topic]);
    summary.row(["voters".to_owned(), people.len().to_string()]);
    summary.row(["comments".to_owned(), ids.len().to_string()]);
    vec![
        ("comments.csv", comments.text()),
        ("votes.csv", votes.text()),
        ("participants-votes.csv", table.text()),
        ("summary.csv", summary.text()),
    ]
}

const DAY: i64 = 24 * 60 * 60 * 1000;

fn day(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(DAY)
}

/// The civil date of a day since 1970 (Hinnant, *chrono-compatible low-level date algorithms*).
fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = (if month < 10 { month + 3 } else { month - 9 }, year + era * 400 + i64::from(month >= 10));
    format!("{year:04}-{month:02}-{of_month:02}")
}

/// CSV text, row by row.
pub(super) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    pub fn new<T: AsRef<[u8]>>(header: &[T]) -> Self {
        let mut sheet = Sheet(csv::WriterBuilder::new().flexible(true).from_writer(vec![]));
        sheet.row(header);
        sheet
    }

    pub fn row<T: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = T>) {
        // Writing to memory does not fail.
        let _ = self.0.write_record(fields);
    }

    pub fn text(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}
