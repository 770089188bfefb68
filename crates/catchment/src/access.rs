//! Who may do more than look. Everybody who reaches the server sees the shared picture; some may sign notes, and some may
//! open single journeys. `access.toml` names them, and is read by its owner alone.
//!
//! A reader is let in by an address with a key of 128 random bits that works once; after that a cookie says who they are.
//! Of keys and cookies only digests are kept, so the file lets nobody in.

use crate::fault::Fault;
use crate::place::now;
use axum::http::{HeaderMap, header};
use show::{Cell, Table};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A reader stays signed in for so long, in seconds.
pub const SESSION_LASTS: i64 = 30 * 86_400;
const COOKIE: &str = "catchment";
/// A reader is signed in on so many machines at most; the oldest gives way.
const MACHINES: usize = 10;

/// Someone who is signed in, and what they may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Person {
    /// As they sign: "Flow lead, Rivermead".
    pub name: String,
    /// May sign notes, speak in conversations that are not open to all, raise rocks and promise.
    pub notes: bool,
    /// May open single journeys, with a reason.
    pub journeys: bool,
    /// May type in what came on paper, by phone or in a room.
    pub helps: bool,
    /// May let statements in or keep them out, with a reason, and all that helpers may.
    pub moderates: bool,
    /// May put questions, write what was heard, record decisions, agree plans and lines of the story.
    pub settles: bool,
    /// The seat that they speak and vote for, as the scheme of delegation names it.
    pub seat: Option<String>,
    /// Teams that they are of, which are asked at the joins.
    pub teams: Vec<String>,
}

/// What a reader may be let do more than look, by the words of `catchment allow --may`.
pub const MAY: [&str; 5] = ["notes", "journeys", "help", "moderate", "settle"];

impl Person {
    /// One who may do what these words say.
    pub fn new(name: &str, may: &[impl AsRef<str>], seat: Option<String>) -> Person {
        let may = |word: &str| may.iter().any(|known| known.as_ref() == word);
        Person {
            name: name.to_owned(),
            notes: may("notes"),
            journeys: may("journeys"),
            helps: may("help") || may("moderate"),
            moderates: may("moderate"),
            settles: may("settle"),
            seat,
            teams: Vec::new(),
        }
    }

    fn may(&self) -> impl Iterator<Item = &'static str> {
        let may = [self.notes, self.journeys, self.helps && !self.moderates, self.moderates, self.settles];
        MAY.into_iter().zip(may).filter_map(|(word, may)| may.then_some(word))
    }
}

/// A reader as the file holds them.
#[derive(Clone, Debug, PartialEq)]
struct Reader {
    person: Person,
    /// Digest of the key that was not used yet.
    key: Option<String>,
    /// Digest of each cookie, and until when it lasts.
    sessions: Vec<(String, i64)>,
}

/// Tells one `access.toml` from the next without reading it.
type Stamp = (i64, i64, u64);

/// The readers of a place.
pub struct Access {
    folder: PathBuf,
    held: Mutex<(Option<Stamp>, Vec<Reader>)>,
}

impl Access {
    /// The readers of the place in this folder.
    pub fn of(folder: &Path) -> Access {
        Access { folder: folder.to_owned(), held: Mutex::new((None, Vec::new())) }
    }

    /// Lets someone in, or lets them do other things than before, and answers the key of their address, which nobody can
    /// find out again.
    ///
    /// # Errors
    /// When the name cannot sign anything, or the file cannot be read or written.
    pub fn allow(&self, person: Person) -> Result<String, Fault> {
        let name = person.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Fault::new(
                "a reader needs a name of at most 100 letters",
                "name the role and the organisation: \"Flow lead, Rivermead\"",
            ));
        }
        if name.eq_ignore_ascii_case(agree::log::MACHINE) {
            return Err(Fault::new(
                format!("\"{name}\" is who the machine writes as: nobody reads or writes under that name"),
                "name the role and the organisation: \"Flow lead, Rivermead\"",
            ));
        }
        let key = random()?;
        let person = Person { name: name.clone(), ..person };
        self.change(|readers| {
            let sessions = readers
                .iter()
                .find(|known| known.person.name == name)
                .map_or(Vec::new(), |known| known.sessions.clone());
            readers.retain(|known| known.person.name != name);
            readers.push(Reader { person, key: Some(digest("key", &key)), sessions });
        })?;
        Ok(key)
    }

    /// Lets someone in no more, on any machine, and answers whether there was such a reader.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn remove(&self, name: &str) -> Result<bool, Fault> {
        self.change(|readers| {
            let before = readers.len();
            readers.retain(|known| known.person.name != name);
            readers.len() < before
        })
    }

    /// Who may what, as a table.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Table, Fault> {
        let mut table = Table::new(["name", "may", "seat", "signed_in", "address_waits"]);
        let yes = |so: bool| Cell::from(if so { "yes" } else { "no" });
        for Reader { person, key, sessions } in self.read()? {
            let signed_in = sessions.iter().filter(|session| session.1 > now().0).count();
            table.push([
                Cell::from(person.name.clone()),
                Cell::from(person.may().collect::<Vec<_>>().join(", ")),
                person.seat.map_or(Cell::Missing, Cell::from),
                Cell::from(signed_in as u64),
                yes(key.is_some()),
            ]);
        }
        Ok(table)
    }

    /// Those who may do something, for a reader who may not and wants to ask them.
    pub fn names(&self, may: impl Fn(&Person) -> bool) -> Vec<String> {
        self.held().into_iter().filter(|known| may(&known.person)).map(|known| known.person.name).collect()
    }

    /// Who asks, by their cookie.
    pub fn reader(&self, headers: &HeaderMap) -> Option<Person> {
        let digest = digest("session", cookie(headers)?);
        let now = now().0;
        let held = self.held();
        let known = held
            .into_iter()
            .find(|known| known.sessions.iter().any(|session| session.0 == digest && session.1 > now))?;
        Some(known.person)
    }

    /// Uses a key up: who it let in, and the cookie by which they are known from now on.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn enter(&self, key: &str) -> Result<Option<(Person, String)>, Fault> {
        let used = Some(digest("key", key));
        if !self.held().iter().any(|known| known.key == used) {
            return Ok(None);
        }
        let session = random()?;
        let now = now().0;
        let let_in = self.change(|readers| {
            let known = readers.iter_mut().find(|known| known.key == used)?;
            known.key = None;
            known.sessions.retain(|session| session.1 > now);
            known.sessions.push((digest("session", &session), now + SESSION_LASTS));
            let many = known.sessions.len().saturating_sub(MACHINES);
            known.sessions.drain(..many);
            Some(known.person.clone())
        })?;
        Ok(let_in.map(|person| (person, session)))
    }

    /// Forgets the cookie of who asks.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn leave(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let Some(digest) = cookie(headers).map(|cookie| digest("session", cookie)) else { return Ok(()) };
        if self.reader(headers).is_none() {
            return Ok(());
        }
        self.change(|readers| {
            for known in readers {
                known.sessions.retain(|session| session.0 != digest);
            }
        })
    }

    /// The readers now; the file is read only when it has changed. A file that cannot be read lets nobody in.
    fn held(&self) -> Vec<Reader> {
        let stamp = fs::metadata(self.path()).ok().map(|file| (file.mtime(), file.mtime_nsec(), file.ino()));
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_none() || stamp != held.0 {
            let readers = self.read().unwrap_or_else(|wrong| {
                eprintln!("{}", crate::out::chain(&wrong));
                Vec::new()
            });
            *held = (stamp, readers);
        }
        held.1.clone()
    }

    fn path(&self) -> PathBuf {
        self.folder.join("access.toml")
    }

    /// Reads, changes and replaces the file, alone.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Reader>) -> T) -> Result<T, Fault> {
        let path = self.path();
        let wrong = Fault::disk("write", &path);
        let lock = private(&self.folder.join("access.lock")).map_err(&wrong)?;
        lock.lock().map_err(&wrong)?;
        let done = self.read().and_then(|mut readers| {
            let answer = change(&mut readers);
            let beside = self.folder.join("access.toml.new");
            let mut file = private(&beside).map_err(&wrong)?;
            file.write_all(write(&readers).as_bytes()).and_then(|()| file.sync_all()).map_err(&wrong)?;
            fs::rename(&beside, &path).map_err(&wrong)?;
            File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(&wrong)?;
            Ok(answer)
        });
        let _ = lock.unlock();
        done
    }

    fn read(&self) -> Result<Vec<Reader>, Fault> {
        let path = self.path();
        let wrong = Fault::disk("read", &path);
        let mode = match fs::metadata(&path) {
            Ok(file) => file.mode() & 0o777,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(wrong(error)),
        };
        if mode & 0o077 != 0 {
            return Err(Fault::new(
                format!("{} can be read by others (mode {mode:o})", path.display()),
                format!("chmod 600 {}", path.display()),
            ));
        }
        let text = fs::read_to_string(&path).map_err(&wrong)?;
        let unreadable = |because: &str| {
            Fault::new(
                format!("{} cannot be understood: {because}", path.display()),
                "docs/access.md shows it; `catchment allow` writes it",
            )
        };
        let file: toml::Table = text.parse().map_err(|error: toml::de::Error| unreadable(error.message()))?;
        let readers = file.get("reader").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        readers
            .iter()
            .map(|entry| parse(entry).ok_or_else(|| unreadable("a reader needs a name and what they may")))
            .collect()
    }
}

fn parse(entry: &toml::Value) -> Option<Reader> {
    let text = |name: &str| entry.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    let list = |name: &str| entry.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let may: Vec<String> = list("may").iter().filter_map(|word| word.as_str().map(str::to_owned)).collect();
    let session = |session: &toml::Value| {
        Some((session.get("digest")?.as_str()?.to_owned(), session.get("until")?.as_integer()?))
    };
    let teams = list("teams").iter().filter_map(|team| team.as_str().map(str::to_owned)).collect();
    Some(Reader {
        person: Person { teams, ..Person::new(&text("name")?, &may, text("seat")) },
        key: text("key"),
        sessions: list("session").iter().map(session).collect::<Option<_>>()?,
    })
}

fn write(readers: &[Reader]) -> String {
    let mut text = "# Who may do more than look. Written by `catchment allow`; see docs/access.md.\n".to_owned();
    for Reader { person, key, sessions } in readers {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let may: Vec<String> = person.may().map(quoted).collect();
        text.push_str(&format!("\n[[reader]]\nname = {}\nmay = [{}]\n", quoted(&person.name), may.join(", ")));
        if !person.teams.is_empty() {
            let teams: Vec<String> = person.teams.iter().map(|team| quoted(team)).collect();
            text.push_str(&format!("teams = [{}]\n", teams.join(", ")));
        }
        for (word, value) in [("seat", &person.seat), ("key", key)] {
            if let Some(value) = value {
                text.push_str(&format!("{word} = {}\n", quoted(value)));
            }
        }
        for (digest, until) in sessions {
            text.push_str(&format!("[[reader.session]]\ndigest = {}\nuntil = {until}\n", quoted(digest)));
        }
    }
    text
}

/// A file that its owner alone may read.
fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// 128 random bits.
pub fn random() -> Result<String, Fault> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|wrong| Fault::new("the system gives no random bytes", "try again").because(wrong))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is kept of a secret. It is random and long, so that nobody can guess it from this.
fn digest(what: &str, secret: &str) -> String {
    let key = blake3::derive_key(&format!("catchment access {what}"), secret.as_bytes());
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The cookie to set; an empty one takes it away.
pub fn set_cookie(session: &str, secure: bool) -> String {
    let age = if session.is_empty() { 0 } else { SESSION_LASTS };
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|pair| pair.0 == COOKIE).map(|pair| pair.1).filter(|value| value.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(session: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("other=1; catchment={session}").parse().unwrap());
        headers
    }

    #[test]
    fn a_key_lets_in_once_and_a_cookie_until_it_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::of(folder.path());
        let machine = access.allow(Person::new("catchment", &["notes"], None)).unwrap_err();
        assert!(machine.to_string().contains("the machine writes"), "{machine}");
        let key = access.allow(Person::new("Flow lead, \"Rivermead\"", &["notes"], None)).unwrap();
        assert_eq!(access.enter("0123").unwrap(), None);
        let (person, session) = access.enter(&key).unwrap().unwrap();
        assert_eq!(person, Person::new("Flow lead, \"Rivermead\"", &["notes"], None));
        assert_eq!(access.enter(&key).unwrap(), None, "a key works once");
        assert_eq!(Access::of(folder.path()).reader(&with_cookie(&session)), Some(person.clone()));
        assert_eq!(access.reader(&with_cookie(&key)), None, "a key is no cookie");
        // A new address leaves the machines signed in on which they are, with what they may now.
        let again = access.allow(Person::new(&person.name, &MAY, Some("hospital".to_owned()))).unwrap();
        assert!(access.reader(&with_cookie(&session)).unwrap().journeys);
        let (_, second) = access.enter(&again).unwrap().unwrap();
        access.leave(&with_cookie(&session)).unwrap();
        assert_eq!(access.reader(&with_cookie(&session)), None);
        assert!(access.reader(&with_cookie(&second)).is_some());
        assert!(access.remove(&person.name).unwrap() && !access.remove(&person.name).unwrap());
        assert_eq!(access.reader(&with_cookie(&second)), None);
    }

    #[test]
    fn the_file_holds_no_secret_and_is_read_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let access = Access::of(folder.path());
        let key = access.allow(Person::new("A", &["journeys"], None)).unwrap();
        let (_, session) = access.enter(&key).unwrap().unwrap();
        let path = folder.path().join("access.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&key) && !text.contains(&session), "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(access.list().is_err());
        assert_eq!(Access::of(folder.path()).reader(&with_cookie(&session)), None);
    }
}
