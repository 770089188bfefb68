//! Where each test has a Ledger of its own: a file, or a schema of a PostgreSQL that runs for these tests alone.

use ledger::{Entry, Ledger, New};
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Runs to the end. All tests share the runtime, as a connection lives in the one that it was made in.
pub fn wait<F: Future>(future: F) -> F::Output {
    runtime().block_on(future)
}

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

pub struct Place {
    pub at: String,
    pub folder: TempDir,
}

impl Place {
    pub fn sqlite() -> Place {
        let folder = tempfile::tempdir().unwrap();
        Place { at: folder.path().join("a place, 100%?.db").to_str().unwrap().to_owned(), folder }
    }

    pub fn postgres() -> Place {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let schema = format!("place_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let at = address(server().unwrap());
        wait(raw(&at, &[&format!("CREATE SCHEMA {schema}")])).unwrap();
        Place { at: format!("{at}&options[search_path]={schema}"), folder: tempfile::tempdir().unwrap() }
    }

    pub fn is_sqlite(&self) -> bool {
        !self.at.contains("://")
    }

    pub fn open(&self) -> Ledger {
        wait(Ledger::open(&self.at)).unwrap()
    }

    /// Does something to the tables, past the Ledger.
    pub fn raw(&self, all: &[&str]) -> Result<(), String> {
        let at = if self.is_sqlite() {
            format!("sqlite://{}", self.at.replace('%', "%25").replace('?', "%3F").replace(' ', "%20"))
        } else {
            self.at.clone()
        };
        wait(raw(&at, all)).map_err(|error| error.to_string())
    }

    /// Takes away what holds the tables append-only.
    pub fn unlock(&self) {
        let on = if self.is_sqlite() { "" } else { " ON ledger_entries" };
        let mut names = vec!["stay", "follow"];
        names.extend(self.is_sqlite().then_some("remain"));
        for name in names {
            self.raw(&[&format!("DROP TRIGGER ledger_entries_{name}{on}")]).unwrap();
        }
    }
}

async fn raw(at: &str, all: &[&str]) -> sqlx::Result<()> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(at).await?;
    for sql in all {
        connection.execute(sqlx::AssertSqlSafe(*sql)).await?;
    }
    connection.close().await
}

pub fn new(what: impl Into<String>) -> New {
    New {
        at: 1_764_579_731,
        who: "Flow lead, Rivermead".to_owned(),
        did: "said".to_owned(),
        what: what.into(),
        because: vec!["statement/12".to_owned()],
        body: json!({"text": "“Zwei”,\n\"digest\":\"x\"}", "hours": 1.1}),
        form: 1,
        once: None,
    }
}

/// A Ledger of so many entries.
pub fn filled(place: &Place, count: usize) -> (Ledger, Vec<Entry>) {
    let ledger = place.open();
    let entries = wait(ledger.append((0..count).map(|at| new(format!("thing/{at}"))).collect(), None)).unwrap();
    (ledger, entries)
}

pub fn exported(ledger: &Ledger) -> Vec<u8> {
    let mut bytes = Vec::new();
    wait(ledger.export(&mut bytes)).unwrap();
    bytes
}

fn address(folder: &Path) -> String {
    format!("postgres:///postgres?user=ledger&host={}", folder.display())
}

/// Makes a PostgreSQL, tells where its socket is, and ends it when its standard input ends: with these tests, however they end.
const SERVE: &str = r#"
trap '' INT TERM HUP
folder=$(mktemp -d /tmp/ledger-postgres.XXXXXX) || exit 1
trap 'rm -rf "$folder"' EXIT
"$1/initdb" -D "$folder/data" -U ledger -A trust -E UTF8 --locale=C --no-sync >/dev/null || exit 1
"$1/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
    -o "-k '$folder' -c listen_addresses= -c fsync=off -c autovacuum=off -c max_connections=300" start >/dev/null || { cat "$folder/log" >&2; exit 1; }
echo "$folder"
exec >/dev/null
cat
"$1/pg_ctl" -D "$folder/data" -m immediate stop
"#;

/// The folder of its socket, when PostgreSQL is installed here.
pub fn server() -> Option<&'static Path> {
    static SERVER: OnceLock<Option<(PathBuf, Child)>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let bin = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
        let Some(bin) = bin else {
            eprintln!("PostgreSQL is not installed (`scripts/need postgresql`): its tests are skipped");
            return None;
        };
        let mut command = Command::new(if is_root() { "runuser" } else { "sh" });
        // PostgreSQL does not serve root.
        command.args(if is_root() { &["-u", "postgres", "--", "sh"][..] } else { &[] });
        command.args(["-c", SERVE, "sh"]).arg(bin).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut folder = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "PostgreSQL does not start");
        // Its standard input stays open as long as this is held.
        Some((folder.trim().into(), child))
    });
    server.as_ref().map(|(folder, _)| folder.as_path())
}

pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}
