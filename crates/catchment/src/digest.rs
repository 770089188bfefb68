//! The signals of the whole place for those who do not open the page: as an Atom feed, as text, and as a mail that the relay
//! named in `digest.toml` carries. Nothing is sent unless that file says so and `--send` asks for it.

use crate::ask::Ask;
use crate::fault::{Fault, in_file};
use crate::place::{Catchment, now};
use crate::see;
use crate::view::{Change, Changes, Reader};
use agree::log::State;
use jiff::Timestamp;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use show::feed::{Entry, Feed, Mail};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Where a place is served unless `digest.toml` says so.
const HOME: &str = "http://localhost:7700";
/// A relay that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);
const KEYS: [&str; 9] = ["enabled", "server", "port", "tls", "username", "password_file", "from", "to", "address"];

/// The feed of a place that is served at `base`, and what has changed as entries of it. Their names do not change with it.
pub fn feed(reader: &Reader, changes: &Changes, base: &str) -> Result<(Feed, Vec<Entry>), Fault> {
    let place = &reader.place().place.name;
    let base = base.trim_end_matches('/');
    let entry = |change: &Change| Entry {
        id: name(&[place, &change.path, &change.period.to_string()]),
        title: change.title.clone(),
        updated: Timestamp::from_second(change.known.0).unwrap_or_default(),
        link: format!("{base}{}", change.path),
        summary: change.summary.clone(),
    };
    let loaded = reader.loaded()?.map_or(0, |loaded| loaded.0);
    let feed = Feed {
        id: name(&[place]),
        title: format!("{place}: signals"),
        home: format!("{base}/"),
        address: format!("{base}/signals.atom"),
        updated: Timestamp::from_second(loaded).unwrap_or_default(),
        note: changes.note.clone(),
    };
    let mut entries: Vec<Entry> = changes.all.iter().map(entry).collect();
    entries.extend(rings(reader, base)?);
    Ok((feed, entries))
}

/// Stop rules that rang, the newest first.
fn rings(reader: &Reader, base: &str) -> Result<Vec<Entry>, Fault> {
    let (state, place) = (reader.said()?, &reader.place().place.name);
    let mut all: Vec<(i64, Entry)> = Vec::new();
    for matter in state.matters.values() {
        for (at, rang) in &matter.rang {
            let words = state.decisions.get(&rang.decision).and_then(|known| known.stop_if.get(rang.rule));
            let entry = Entry {
                id: name(&[place, "rang", &rang.decision, &rang.rule.to_string()]),
                title: format!("A stop rule rang: {}", matter.is.is.question),
                updated: Timestamp::from_second(at.0).unwrap_or_default(),
                link: format!("{base}/decisions/{}", rang.decision),
                summary: words.map_or_else(String::new, |rule| show::chart::sentence(&format!("{rule}."))),
            };
            all.push((at.0, entry));
        }
    }
    all.sort_by_key(|known| std::cmp::Reverse(known.0));
    Ok(all.into_iter().map(|known| known.1).collect())
}

/// A name for good (RFC 9562, version 8).
fn name(parts: &[&str]) -> String {
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&blake3::hash(parts.join("\n").as_bytes()).as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The digest of the newest week, or of all weeks from `since` on, with what people wrote about its points.
///
/// # Errors
/// When the place holds no records, or none of that week.
pub fn mail(at: &Catchment, since: Option<&str>) -> Result<(Mail, Vec<Entry>), Fault> {
    let reader = see::reader(at)?;
    let week = match since {
        Some(since) => Ask::parse("/", &format!("week={}", show::escape(since)))?.0.filter.week,
        None => None,
    };
    let changes = reader.changes(week)?;
    let base = Settings::read(&at.folder)?.map_or_else(|| HOME.to_owned(), |settings| settings.address);
    let (feed, mut entries) = feed(&reader, &changes, &base)?;
    let state = at.said.state()?;
    for (entry, change) in entries.iter_mut().zip(&changes.all) {
        entry.summary.push_str(&notes(&state, change));
    }
    Ok((show::feed::digest(&feed, &reader.when(week)?, &entries), entries))
}

/// What people wrote about the points that a change is of.
fn notes(state: &State, change: &Change) -> String {
    let told = crate::keep::recent(state, &change.path, change.period).into_iter().map(|kept| {
        let on = |point| format!(" on {}", show::number::date(point));
        format!(" {}{}: “{}”", kept.who, kept.is.point.parse().map_or_else(|_| String::new(), on), kept.is.text)
    });
    told.collect()
}

/// What `digest.toml` says.
struct Settings {
    enabled: bool,
    server: String,
    port: u16,
    credentials: Option<(String, PathBuf)>,
    from: Mailbox,
    to: Vec<Mailbox>,
    address: String,
}

impl Settings {
    /// As the place's file says; `None` when it has none.
    fn read(folder: &Path) -> Result<Option<Settings>, Fault> {
        let path = folder.join("digest.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(wrong) => return Err(Fault::disk("read", &path)(wrong)),
        };
        let line = |start: usize| text[..start.min(text.len())].matches('\n').count() + 1;
        let table: toml::Table = text.parse().map_err(|wrong: toml::de::Error| {
            let at = line(wrong.span().map_or(0, |span| span.start));
            in_file(&path, &text, at, wrong.message(), "docs/digest.md shows a whole file")
        })?;
        let of = |key: &str| text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |at| at + 1);
        let wrong = |key: &str, message: String, help: &str| in_file(&path, &text, of(key), &message, help);
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(wrong(key, format!("'{key}' is not known here"), &format!("one of: {}", KEYS.join(", "))));
        }
        let string = |key: &str| match table.get(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(key, format!("'{key}' is text in quotes"), "docs/digest.md shows a whole file")),
        };
        let mailbox = |key: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|_| {
                wrong(
                    key,
                    format!("'{text}' is not an address of a mail"),
                    "write name@example.org, or \"Name <name@example.org>\"",
                )
            })
        };
        let enabled = match table.get("enabled") {
            None => false,
            Some(toml::Value::Boolean(enabled)) => *enabled,
            Some(_) => return Err(wrong("enabled", "'enabled' is true or false".to_owned(), "enabled = true")),
        };
        let port = match table.get("port") {
            None => 25,
            Some(port) => port
                .as_integer()
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong("port", "'port' is a number from 1 to 65535".to_owned(), "port = 25"))?,
        };
        if let Some(tls) = string("tls")?.filter(|tls| tls != "none") {
            let help = "name the relay on this machine (server = \"localhost\", tls = \"none\") and let it speak TLS to the world";
            return Err(wrong("tls", format!("'{tls}' is not spoken here"), help));
        }
        let server = string("server")?.unwrap_or_else(|| "localhost".to_owned());
        let here =
            server == "localhost" || server.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let credentials = match (string("username")?, string("password_file")?) {
            (None, None) => None,
            (Some(_), Some(_)) if !here => {
                let help =
                    "a password is not sent over a network that others may hear: let the relay on this machine sign in";
                return Err(wrong("username", format!("{server} is another machine, and nothing is encrypted"), help));
            }
            (Some(username), Some(file)) => Some((username, folder.join(file))),
            _ => {
                let help = "give both, or neither for a relay that takes mail from this machine";
                return Err(wrong("username", "'username' and 'password_file' go together".to_owned(), help));
            }
        };
        let from = string("from")?
            .ok_or_else(|| wrong("from", "'from' is missing".to_owned(), "from = \"signals@example.org\""))?;
        let to = table.get("to").and_then(toml::Value::as_array).filter(|to| !to.is_empty());
        let to = to.ok_or_else(|| wrong("to", "'to' is missing".to_owned(), "to = [\"lead@example.org\"]"))?;
        let to = to.iter().map(|to| mailbox("to", to.as_str().unwrap_or_default())).collect::<Result<_, _>>()?;
        let address = string("address")?.unwrap_or_else(|| HOME.to_owned());
        if !["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) {
            return Err(wrong(
                "address",
                format!("'{address}' is not an address of the web"),
                "address = \"https://picture.example.org\"",
            ));
        }
        Ok(Some(Settings { enabled, server, port, credentials, from: mailbox("from", &from)?, to, address }))
    }
}

/// Hands a mail to the relay of the place, and answers how many it is for.
///
/// # Errors
/// When the place sends no digests, or the relay does not take it.
pub fn send(folder: &Path, mail: &Mail) -> Result<usize, Fault> {
    let file = folder.join("digest.toml");
    let settings = Settings::read(folder)?.ok_or_else(|| {
        Fault::new(
            format!("no digest is sent from here: there is no {}", file.display()),
            "docs/digest.md shows what to write into it; without --send the digest is printed",
        )
    })?;
    if !settings.enabled {
        return Err(Fault::new(
            format!("no digest is sent from here: {} does not say enabled = true", file.display()),
            "say so there; without --send the digest is printed",
        ));
    }
    let Settings { server, port, credentials, from, to, .. } = settings;
    let made = name(&[&mail.subject, &mail.text, &now().0.to_string()]);
    let domain = from.email.domain().to_owned();
    let seconds = u64::try_from(now().0).unwrap_or(0);
    let mut message = Message::builder()
        .from(from)
        .subject(&mail.subject)
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{}@{domain}>", made.rsplit(':').next().unwrap_or_default())));
    let count = to.len();
    for to in to {
        message = message.to(to);
    }
    let message = message
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|wrong| Fault::new("the digest cannot be made a mail", "").because(wrong))?;
    let mut relay = SmtpTransport::builder_dangerous(&server).port(port).timeout(Some(PATIENCE));
    if let Some((username, file)) = credentials {
        relay = relay.credentials(Credentials::new(username, password(&file)?));
    }
    relay.build().send(&message).map_err(|wrong| {
        let help = format!(
            "see `server` and `port` in {}, and whether a mail server listens there",
            folder.join("digest.toml").display()
        );
        Fault::new(format!("{server}:{port} did not take the digest: {wrong}"), help)
    })?;
    Ok(count)
}

/// The first line of a file that its owner alone may read.
fn password(path: &Path) -> Result<String, Fault> {
    let mode = fs::metadata(path).map_err(Fault::disk("read", path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Fault::new(
            format!("{} can be read by others (mode {mode:o})", path.display()),
            format!("chmod 600 {}", path.display()),
        ));
    }
    let text = fs::read_to_string(path).map_err(Fault::disk("read", path))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
