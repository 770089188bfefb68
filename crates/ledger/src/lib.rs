//! The Ledger: one append-only log of who did what to which, because of what.
//!
//! It knows bytes and tables, not meaning. Entries are numbered from 1 without holes, and each holds a digest over the digest
//! before it and its own canonical bytes, so that an entry that was changed, taken out or put in shows. SQLite holds it beside
//! a place's files; PostgreSQL holds it when its address is given instead. `docs/ledger.md` says how to check the chain with
//! nothing but Python or SQL.

mod database;
mod entry;
mod error;

use database::Database;
use serde_json::Value;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Row, Transaction};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use tokio::sync::Mutex;

pub use entry::{LONGEST, LONGEST_NAME, Unfit};
pub use error::{LedgerError, Wrong};

/// So many rows are read or written at a time.
const PAGE: usize = 200;

/// What is to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    /// When, in seconds since 1970, UTC.
    pub at: i64,
    /// Who did it.
    pub who: String,
    /// What they did, as a verb: `said`, `weighed`, `decided`.
    pub did: String,
    /// What it was done to: `conversation/home-care`.
    pub what: String,
    /// What it was done because of, as typed links: `statement/12`, `/measures/x?week=2025-11-10`, `decision/d1`.
    pub because: Vec<String>,
    /// The rest, in the form that `form` numbers.
    pub body: Value,
    /// The version of the body.
    pub form: u32,
    /// The same token twice is the same entry, so that a form that is sent again does nothing.
    pub once: Option<String>,
}

/// What was appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 1, without holes.
    pub seq: u64,
    /// As in [`New`].
    pub at: i64,
    /// As in [`New`].
    pub who: String,
    /// As in [`New`].
    pub did: String,
    /// As in [`New`].
    pub what: String,
    /// As in [`New`].
    pub because: Vec<String>,
    /// As in [`New`], its names sorted.
    pub body: Value,
    /// As in [`New`].
    pub form: u32,
    /// As in [`New`].
    pub once: Option<String>,
    /// SHA-256, in hexadecimal, over the digest before and the canonical bytes of this entry.
    pub digest: String,
}

/// The last entry; of an empty Ledger, number 0 and 64 zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: u64,
    /// Its digest, which stands for all that was written up to it.
    pub digest: String,
}

/// Whether all is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last entry up to which all is as it was written.
    pub whole: Head,
    /// The number of the first entry that is not as it was written.
    pub wrong: Option<u64>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Entries that were read.
    pub read: u64,
    /// Entries that are new here.
    pub added: u64,
    /// The last entry now.
    pub head: Head,
}

impl From<Entry> for New {
    fn from(entry: Entry) -> New {
        let Entry { seq: _, at, who, did, what, because, body, form, once, digest: _ } = entry;
        New { at, who, did, what, because, body, form, once }
    }
}

/// The log. Cheap to clone; any number of processes may write to the same one.
///
/// ```
/// use ledger::{Ledger, New};
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ledger.db");
/// let ledger = Ledger::open(path.to_str().ok_or("no path")?).await?;
/// let said = New {
///     at: 1_764_579_731,
///     who: "Flow lead".to_owned(),
///     did: "said".to_owned(),
///     what: "conversation/home-care".to_owned(),
///     because: vec!["/measures/home-care-wait".to_owned()],
///     body: serde_json::json!({"text": "Two rounds were closed"}),
///     form: 1,
///     once: Some("form-5f2c".to_owned()),
/// };
/// let first = ledger.append(vec![said.clone()], Some(0)).await?;
/// // Sent again, it is the same entry.
/// assert_eq!(ledger.append(vec![said], Some(0)).await?, first);
/// assert_eq!(ledger.since(0).await?, first);
/// assert_eq!(ledger.verify().await?.wrong, None);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Ledger {
    pool: AnyPool,
    database: &'static Database,
    at: Arc<str>,
    /// Writers of one process wait here, first come first served, rather than in the database.
    turn: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({})", self.at)
    }
}

/// An entry as it is kept.
struct Kept {
    seq: u64,
    line: String,
    digest: String,
    once: Option<String>,
}

impl Kept {
    fn read(row: &AnyRow) -> sqlx::Result<Kept> {
        let seq = u64::try_from(row.try_get::<i64, _>(0)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Kept { seq, line: row.try_get(1)?, digest: row.try_get(2)?, once: row.try_get(3)? })
    }

    fn entry(&self) -> Result<Entry, LedgerError> {
        let read = entry::read(&self.line, &self.digest).filter(|entry| entry.seq == self.seq);
        read.ok_or(LedgerError::Altered { seq: self.seq })
    }

    /// Whether its digest is that of what follows `before`.
    fn is_after(&self, before: &Head) -> bool {
        self.seq == before.seq + 1 && self.digest == entry::digest(&before.digest, &self.line)
    }

    /// Whether it follows, as it was written.
    fn follows(&self, before: &Head) -> bool {
        self.is_after(before)
            && entry::read_canonical(&self.line, "").is_some_and(|read| read.seq == self.seq && read.once == self.once)
    }

    fn head(&self) -> Head {
        Head { seq: self.seq, digest: self.digest.clone() }
    }
}

impl Ledger {
    /// Opens the Ledger at `sqlite:///path/ledger.db`, a bare path, or `postgres://…`; makes it when it is not there.
    ///
    /// # Errors
    /// When it cannot be reached or made, or a newer Catchment wrote it.
    pub async fn open(at: &str) -> Result<Ledger, LedgerError> {
        let (database, options, shown) = database::address(at)?;
        match database::prepare(database, &options).await {
            Ok(Ok(())) => {}
            Ok(Err((found, known))) => return Err(LedgerError::Newer { at: shown, found, known }),
            Err(error) => return Err(LedgerError::Database { doing: "open", at: shown, why: database::said(&error) }),
        }
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(database::PATIENCE)
            .after_connect(move |connection, _| Box::pin(database::tell(database, connection)))
            .connect_lazy_with(options);
        Ok(Ledger { pool, database, at: shown.into(), turn: Arc::default() })
    }

    /// Appends all or nothing; on the disk when it answers. What has begun goes on when the caller no longer waits for it.
    ///
    /// `expected` is the last entry that the writer had read: when it is no longer the last, nothing is written. What holds a
    /// known `once` is not written again: its entry of then is answered, whatever it says and whatever was `expected`.
    ///
    /// # Errors
    /// [`LedgerError::Moved`]; what cannot be kept, before anything is written; what the database could not do.
    pub async fn append(&self, new: Vec<New>, expected: Option<u64>) -> Result<Vec<Entry>, LedgerError> {
        let rests = new
            .iter()
            .enumerate()
            .map(|(at, new)| entry::rest(new).map_err(|why| LedgerError::Unfit { nth: at + 1, why }));
        let rests = rests.collect::<Result<Vec<_>, _>>()?;
        let ledger = self.clone();
        self.whole(async move { ledger.write(new, rests, expected).await }).await
    }

    async fn write(&self, new: Vec<New>, rests: Vec<String>, expected: Option<u64>) -> Result<Vec<Entry>, LedgerError> {
        let _turn = self.turn.lock().await;
        let mut write = self.begin().await?;
        let mut known = self.known(&mut write, new.iter().filter_map(|new| new.once.as_deref())).await?;
        let mut head = self.head_in(&mut write).await?;
        let is_known = |new: &New| new.once.as_ref().is_some_and(|once| known.contains_key(once));
        let fresh = !new.iter().all(is_known);
        if expected.is_some_and(|expected| fresh && expected != head.seq) {
            return Err(LedgerError::Moved { now: head.seq });
        }
        let (mut entries, mut rows) = (Vec::with_capacity(new.len()), Vec::new());
        for (new, rest) in new.into_iter().zip(rests) {
            if let Some(entry) = new.once.as_ref().and_then(|once| known.get(once)) {
                entries.push(entry.clone());
                continue;
            }
            let seq = head.seq + 1;
            let (line, digest) = entry::line(seq, &rest, &head.digest);
            let kept = Kept { seq, line, digest, once: new.once };
            let entry = kept.entry()?;
            known.extend(kept.once.clone().map(|once| (once, entry.clone())));
            entries.push(entry);
            head = kept.head();
            rows.push(kept);
        }
        self.insert(&mut write, rows).await?;
        write.commit().await.map_err(|error| self.wrong("write", &error))?;
        Ok(entries)
    }

    /// The entry that was appended with this token.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn done(&self, once: &str) -> Result<Option<Entry>, LedgerError> {
        let mut connection = self.pool.acquire().await.map_err(|error| self.wrong("read", &error))?;
        Ok(self.known(&mut connection, std::iter::once(once)).await?.remove(once))
    }

    /// All entries later than `seq`, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn since(&self, seq: u64) -> Result<Vec<Entry>, LedgerError> {
        let (mut all, mut last) = (Vec::new(), seq);
        loop {
            let page = self.page(last, PAGE).await?;
            let Some(entry) = page.last() else { return Ok(all) };
            last = entry.seq;
            all.extend(page);
        }
    }

    /// At most so many entries later than `seq`, in order: all of a long log, without holding all of it. Each is held against the one
    /// before it, so that nothing is read that was written over.
    ///
    /// # Errors
    /// When they cannot be read, or are not as they were written.
    pub async fn page(&self, seq: u64, most: usize) -> Result<Vec<Entry>, LedgerError> {
        // From the last one that was read on: the next must follow it.
        let from = seq.saturating_sub(1);
        let rows = self.rows(from, most.saturating_add((seq > 0).into())).await;
        let rows = rows.map_err(|error| self.wrong("read", &error))?;
        let (mut head, new) = match rows.split_first() {
            _ if seq == 0 => (Head::nothing(), &rows[..]),
            Some((last, new)) if last.seq == seq => (last.head(), new),
            _ => return Err(LedgerError::Altered { seq }),
        };
        let mut entries = Vec::with_capacity(new.len());
        for kept in new {
            if !kept.is_after(&head) {
                return Err(LedgerError::Altered { seq: head.seq + 1 });
            }
            entries.push(kept.entry()?);
            head = kept.head();
        }
        Ok(entries)
    }

    /// The last entry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn head(&self) -> Result<Head, LedgerError> {
        let mut connection = self.pool.acquire().await.map_err(|error| self.wrong("read", &error))?;
        self.head_in(&mut connection).await
    }

    /// Whether all is as it was written.
    ///
    /// Entries that were taken off the end do not show: compare [`Verified::whole`] with a head that is kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub async fn verify(&self) -> Result<Verified, LedgerError> {
        let (mut whole, mut most) = (Head::nothing(), PAGE);
        loop {
            let rows = match self.rows(whole.seq, most).await {
                Ok(rows) => rows,
                Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) if most > 1 => {
                    most = 1;
                    continue;
                }
                Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                    return Ok(Verified { wrong: Some(whole.seq + 1), whole });
                }
                Err(error) => return Err(self.wrong("read", &error)),
            };
            for row in &rows {
                if !row.follows(&whole) {
                    return Ok(Verified { wrong: Some(whole.seq + 1), whole });
                }
                whole = row.head();
            }
            if rows.is_empty() {
                return Ok(Verified { whole, wrong: None });
            }
        }
    }

    /// Writes all entries as JSON lines, each as it was digested and with its digest; answers the last.
    ///
    /// # Errors
    /// When it cannot be read or written, or is not as it was written.
    pub async fn export(&self, out: &mut impl Write) -> Result<Head, LedgerError> {
        let copy = |source| LedgerError::Copy { doing: "write", file: "the export".to_owned(), source };
        let mut head = Head::nothing();
        loop {
            let rows = self.rows(head.seq, PAGE).await.map_err(|error| self.wrong("read", &error))?;
            for row in &rows {
                if !row.is_after(&head) {
                    return Err(LedgerError::Altered { seq: head.seq + 1 });
                }
                let open = row.line.strip_suffix('}').unwrap_or(&row.line);
                writeln!(out, "{open}{END}{}\"}}", row.digest).map_err(copy)?;
                head = row.head();
            }
            if rows.is_empty() {
                out.flush().map_err(copy)?;
                return Ok(head);
            }
        }
    }

    /// Takes in what [`Ledger::export`] wrote: all of it into an empty Ledger, or what is new onto its own beginning.
    /// `source` is named in what goes wrong. All lines are read, and held, before anything is written.
    ///
    /// # Errors
    /// When a line is altered, missing, cut off or of another history: with its number, and nothing is taken in.
    pub async fn import(&self, lines: impl BufRead, source: &str) -> Result<Imported, LedgerError> {
        let rows = exported(lines, source)?;
        let (ledger, source) = (self.clone(), source.to_owned());
        self.whole(async move { ledger.take_in(rows, &source).await }).await
    }

    async fn take_in(&self, rows: Vec<Kept>, source: &str) -> Result<Imported, LedgerError> {
        let _turn = self.turn.lock().await;
        let mut write = self.begin().await?;
        let mut head = self.head_in(&mut write).await?;
        let both = head.seq.min(rows.len() as u64);
        self.same(&mut write, &rows[..both as usize], source).await?;
        let (read, added) = (rows.len() as u64, rows.len() as u64 - both);
        if added > 0 {
            head = rows[rows.len() - 1].head();
            self.insert(&mut write, rows.into_iter().skip(both as usize).collect()).await?;
            write.commit().await.map_err(|error| self.wrong("write", &error))?;
        }
        Ok(Imported { read, added, head })
    }

    /// Runs to the end even when the caller leaves: one who left while waiting in the database would hold everybody up.
    async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
    ) -> Result<T, LedgerError> {
        match tokio::spawn(work).await {
            Ok(done) => done,
            Err(stopped) => match stopped.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(self.wrong("write", &sqlx::Error::PoolClosed)),
            },
        }
    }

    fn wrong(&self, doing: &'static str, error: &sqlx::Error) -> LedgerError {
        LedgerError::Database { doing, at: self.at.to_string(), why: database::said(error) }
    }

    /// Begins a transaction in which nobody else writes; dropped, it writes nothing.
    async fn begin(&self) -> Result<Transaction<'static, Any>, LedgerError> {
        self.pool.begin_with(self.database.begin).await.map_err(|error| self.wrong("write", &error))
    }

    async fn head_in(&self, connection: &mut AnyConnection) -> Result<Head, LedgerError> {
        let last = sqlx::query("SELECT seq, line, digest, once FROM ledger_entries ORDER BY seq DESC LIMIT 1");
        let row = last.fetch_optional(connection).await.and_then(|row| row.as_ref().map(Kept::read).transpose());
        let row = row.map_err(|error| self.wrong("read", &error))?;
        Ok(row.map_or_else(Head::nothing, |row| row.head()))
    }

    async fn rows(&self, after: u64, most: usize) -> sqlx::Result<Vec<Kept>> {
        let mut connection = self.pool.acquire().await?;
        rows(&mut connection, after, most).await
    }

    /// The entries that hold these tokens.
    async fn known(
        &self,
        connection: &mut AnyConnection,
        tokens: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, Entry>, LedgerError> {
        let tokens: Vec<&str> = tokens.collect();
        let mut known = HashMap::new();
        for some in tokens.chunks(PAGE) {
            let places = (1..=some.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(",");
            let mut query = sqlx::query(AssertSqlSafe(format!(
                "SELECT seq, line, digest, once FROM ledger_entries WHERE once IN ({places})"
            )))
            .persistent(some.len() == 1);
            for token in some {
                query = query.bind(*token);
            }
            let rows = query.fetch_all(&mut *connection).await.map_err(|error| self.wrong("read", &error))?;
            for row in &rows {
                let kept = Kept::read(row).map_err(|error| self.wrong("read", &error))?;
                let entry = kept.entry()?;
                known.extend(kept.once.map(|once| (once, entry)));
            }
        }
        Ok(known)
    }

    async fn insert(&self, connection: &mut AnyConnection, rows: Vec<Kept>) -> Result<(), LedgerError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<Kept> = rows.by_ref().take(PAGE).collect();
            let places = (0..some.len()).map(|row| {
                let [seq, line, digest, once] = [1, 2, 3, 4].map(|column| row * 4 + column);
                format!("(${seq},${line},${digest},${once})")
            });
            let places = places.collect::<Vec<_>>().join(",");
            let sql = format!("INSERT INTO ledger_entries (seq, line, digest, once) VALUES {places}");
            let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(some.len() == 1);
            for row in some {
                query = query.bind(row.seq as i64).bind(row.line).bind(row.digest).bind(row.once);
            }
            query.execute(&mut *connection).await.map_err(|error| self.wrong("write", &error))?;
        }
        Ok(())
    }

    /// Whether lines are the entries that are here; a digest stands for all before it.
    async fn same(&self, connection: &mut AnyConnection, lines: &[Kept], source: &str) -> Result<(), LedgerError> {
        let Some(last) = lines.last() else { return Ok(()) };
        let mut after = last.seq - 1;
        let mut most = 1;
        loop {
            let here = rows(connection, after, most).await.map_err(|error| self.wrong("read", &error))?;
            let Some(end) = here.last() else { return Ok(()) };
            let other = here.iter().zip(&lines[after as usize..]).find(|(here, line)| here.digest != line.digest);
            match other {
                None if most == 1 => return Ok(()),
                // The last differs: the first that does is looked for.
                Some(_) if most == 1 => (after, most) = (0, PAGE),
                Some((_, line)) => {
                    return Err(LedgerError::Line { file: source.to_owned(), line: line.seq, why: Wrong::Forked });
                }
                None => after = end.seq,
            }
        }
    }
}

impl Head {
    fn nothing() -> Head {
        Head { seq: 0, digest: entry::NOTHING.to_owned() }
    }
}

/// What stands between the line that was digested, without its brace, and its digest.
const END: &str = ",\"digest\":\"";

async fn rows(connection: &mut AnyConnection, after: u64, most: usize) -> sqlx::Result<Vec<Kept>> {
    let (after, most) = (i64::try_from(after).unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX));
    let query = sqlx::query("SELECT seq, line, digest, once FROM ledger_entries WHERE seq > $1 ORDER BY seq LIMIT $2");
    query.bind(after).bind(most).fetch_all(connection).await?.iter().map(Kept::read).collect()
}

/// The entries of an export, which follow each other from the first on.
fn exported(mut lines: impl BufRead, source: &str) -> Result<Vec<Kept>, LedgerError> {
    let (mut all, mut head, mut tokens) = (Vec::new(), Head::nothing(), HashSet::new());
    loop {
        let mut bytes = Vec::new();
        // Longer than any line, so that a file without line ends is not held as a whole.
        let read = lines.by_ref().take(2 * LONGEST as u64).read_until(b'\n', &mut bytes);
        read.map_err(|error| LedgerError::Copy { doing: "read", file: source.to_owned(), source: error })?;
        if bytes.is_empty() {
            return Ok(all);
        }
        let wrong = |why| LedgerError::Line { file: source.to_owned(), line: head.seq + 1, why };
        let cut = !bytes.ends_with(b"\n") && bytes.len() < 2 * LONGEST;
        let kept = line(&bytes).ok_or_else(|| wrong(if cut { Wrong::Cut } else { Wrong::Unknown }))?;
        if kept.seq != head.seq + 1 {
            return Err(wrong(Wrong::Order(head.seq + 1)));
        }
        if kept.digest != entry::digest(&head.digest, &kept.line) {
            return Err(wrong(Wrong::Altered));
        }
        if kept.once.clone().is_some_and(|once| !tokens.insert(once)) {
            return Err(wrong(Wrong::Unknown));
        }
        head = kept.head();
        all.push(kept);
    }
}

/// The entry of one line of an export.
fn line(bytes: &[u8]) -> Option<Kept> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches(['\r', '\n']);
    let (open, digest) = text.strip_suffix("\"}")?.rsplit_once(END)?;
    let line = format!("{open}}}");
    let entry = entry::read_canonical(&line, digest)?;
    Some(Kept { seq: entry.seq, once: entry.once, digest: entry.digest, line })
}
