//! What the two databases do differently: how a writer's turn begins, what each connection is told, and what the tables are.
//! All queries are the same.

use crate::LedgerError;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor, Row};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// A database waits this long for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Database {
    /// Begins a transaction in which nobody else writes.
    pub(crate) begin: &'static str,
    /// Begins a transaction in which nobody else makes the tables.
    make: &'static str,
    /// What each connection is told first.
    pub(crate) session: &'static [&'static str],
    /// How many tables of versions there are.
    exists: &'static str,
    /// What makes each form of the tables from the form before.
    forms: &'static [&'static [&'static str]],
}

/// A commit is on the disk when it is answered (`synchronous`), and readers see what was before while one writes (`WAL`).
pub(crate) const SQLITE: Database = Database {
    begin: "BEGIN IMMEDIATE",
    make: "BEGIN IMMEDIATE",
    session: &["PRAGMA busy_timeout = 30000", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"],
    exists: "SELECT count(*) FROM sqlite_master WHERE name = 'ledger_version'",
    forms: &[&[
        "CREATE TABLE ledger_version (version BIGINT NOT NULL)",
        "CREATE TABLE ledger_entries (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, digest TEXT NOT NULL, once TEXT UNIQUE) STRICT",
        "CREATE TRIGGER ledger_entries_stay BEFORE UPDATE ON ledger_entries \
         BEGIN SELECT RAISE(ABORT, 'the Ledger is append-only'); END",
        "CREATE TRIGGER ledger_entries_remain BEFORE DELETE ON ledger_entries \
         BEGIN SELECT RAISE(ABORT, 'the Ledger is append-only'); END",
        // Also what would replace an entry comes here first.
        "CREATE TRIGGER ledger_entries_follow BEFORE INSERT ON ledger_entries \
         WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger_entries) \
         OR EXISTS (SELECT 1 FROM ledger_entries WHERE once = NEW.once) \
         BEGIN SELECT RAISE(ABORT, 'the Ledger is append-only'); END",
    ]],
};

/// The lock is released with the transaction, and needs no right but to read and to insert.
pub(crate) const POSTGRES: Database = Database {
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED; \
            SELECT pg_advisory_xact_lock(838417, 'ledger_entries'::regclass::oid::int)",
    make: "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(838417)",
    session: &[
        "SET lock_timeout = 30000",
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    ],
    // Not `to_regclass`, which may remember from before the lock that there was none.
    exists: "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'ledger_version'",
    forms: &[&[
        "DO $$ BEGIN IF current_setting('server_encoding') <> 'UTF8' THEN \
         RAISE 'a Ledger needs a database in UTF8, and this one is in %', current_setting('server_encoding'); END IF; END $$",
        "CREATE TABLE ledger_version (version BIGINT NOT NULL)",
        "CREATE TABLE ledger_entries (seq BIGINT PRIMARY KEY, line TEXT NOT NULL, digest TEXT NOT NULL, once TEXT UNIQUE)",
        "CREATE FUNCTION ledger_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE 'the Ledger is append-only'; END $$",
        "CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries \
         EXECUTE FUNCTION ledger_entries_stay()",
        "CREATE FUNCTION ledger_entries_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger_entries) THEN RAISE 'the Ledger is append-only'; END IF; \
         RETURN NEW; END $$",
        "CREATE TRIGGER ledger_entries_follow BEFORE INSERT ON ledger_entries FOR EACH ROW \
         EXECUTE FUNCTION ledger_entries_follow()",
    ]],
};

/// What an address means: which database, how it is reached, and how it is named to people.
pub(crate) fn address(at: &str) -> Result<(&'static Database, AnyConnectOptions, String), LedgerError> {
    sqlx::any::install_default_drivers();
    let shown = shown(at);
    let (database, url) = match at.split_once("://") {
        Some(("postgres" | "postgresql", _)) => (&POSTGRES, at.to_owned()),
        Some(("sqlite", path)) if !path.contains('?') => (&SQLITE, file(path, &shown)?),
        None if !at.is_empty() => (&SQLITE, file(at, &shown)?),
        _ => return Err(LedgerError::Address { at: shown }),
    };
    match url.parse::<AnyConnectOptions>() {
        Ok(options) => Ok((database, options.disable_statement_logging(), shown)),
        Err(_) => Err(LedgerError::Address { at: shown }),
    }
}

/// An address without what may be a password: whatever stands before the host or after the path.
fn shown(at: &str) -> String {
    let Some((scheme, _)) = at.split_once("://") else { return at.to_owned() };
    if scheme == "sqlite" {
        return at.split('?').next().unwrap_or_default().to_owned();
    }
    let Ok(AnyConnectOptions { database_url: url, .. }) = at.parse() else { return format!("{scheme}://…") };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{scheme}://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}

/// The address of a file, which is made if it is not there, so that nobody else can read it.
fn file(path: &str, shown: &str) -> Result<String, LedgerError> {
    let wrong = |source| LedgerError::File { at: shown.to_owned(), source };
    let path = std::path::absolute(Path::new(path)).map_err(wrong)?;
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(wrong)?;
    let letters = path.as_os_str().as_encoded_bytes().iter().map(|byte| match byte {
        b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    Ok(format!("sqlite://{}", letters.collect::<String>()))
}

/// Makes or brings up to date the tables; answers their form when it is not known.
pub(crate) async fn prepare(database: &Database, options: &AnyConnectOptions) -> sqlx::Result<Result<(), (i64, i64)>> {
    let mut tries = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        match prepare_once(database, options).await {
            // SQLite does not wait while another makes the same file.
            Err(error) if busy(&error) && tries > 0 => {
                tries -= 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

fn busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

async fn prepare_once(database: &Database, options: &AnyConnectOptions) -> sqlx::Result<Result<(), (i64, i64)>> {
    let mut connection = AnyConnection::connect_with(options).await?;
    tell(database, &mut connection).await?;
    let known = database.forms.len();
    let mut found = version(database, &mut connection).await?;
    if (found as usize) < known {
        let mut turn = connection.begin_with(database.make).await?;
        // Another may have done it while this one waited.
        found = version(database, &mut turn).await?;
        for steps in database.forms.iter().skip(found as usize) {
            for step in *steps {
                turn.execute(*step).await?;
            }
            found += 1;
            sqlx::query("INSERT INTO ledger_version (version) VALUES ($1)").bind(found).execute(&mut *turn).await?;
        }
        turn.commit().await?;
    }
    connection.close().await?;
    Ok(if found > known as i64 { Err((found, known as i64)) } else { Ok(()) })
}

async fn version(database: &Database, connection: &mut AnyConnection) -> sqlx::Result<i64> {
    let tables: i64 = sqlx::query(database.exists).fetch_one(&mut *connection).await?.try_get(0)?;
    if tables == 0 {
        return Ok(0);
    }
    sqlx::query("SELECT coalesce(max(version), 0) FROM ledger_version").fetch_one(connection).await?.try_get(0)
}

/// Tells a connection how to be.
pub(crate) async fn tell(database: &Database, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for word in database.session {
        connection.execute(*word).await?;
    }
    Ok(())
}

/// What a database says, without any row: what PostgreSQL calls the detail holds values.
pub(crate) fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("no safe connection: {error}"),
        sqlx::Error::PoolTimedOut => format!("it did not answer in {} seconds", PATIENCE.as_secs()),
        sqlx::Error::Configuration(_) => "its address cannot be read".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a row cannot be read".to_owned(),
        _ => "the connection broke".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (at, seen) in [
            ("postgres://flow:s3cret@db.place/ledger?sslmode=require&password=s3cret", "postgres://db.place/ledger"),
            ("postgres://flow:s3c@ret@db.place:5433/ledger", "postgres://db.place:5433/ledger"),
            ("postgres://flow:s3?cret@db.place/ledger", "postgres://…"),
            ("postgres:///ledger?host=/run&password=s3@cret", "postgres:///ledger"),
            ("sqlite:///place@home/ledger.db?key=s3cret", "sqlite:///place@home/ledger.db"),
            ("postgres:///ledger?host=/run&password=s3cret", "postgres:///ledger"),
            ("mysql://flow:s3cret@db.place/ledger", "mysql://db.place/ledger"),
            ("place@home/ledger.db", "place@home/ledger.db"),
        ] {
            assert_eq!(shown(at), seen);
        }
    }
}
