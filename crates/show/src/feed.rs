//! Signals for those who do not open the page: an Atom feed (RFC 4287), and the digest that goes out as a mail.
//!
//! The same entries in both. Nothing here has a clock: who asks says when each was found. The mail is read on a phone: one
//! column, the finding first, no picture and nothing fetched; the words alone say as much.
//!
//! ```
//! use show::feed::{Entry, Feed, atom};
//! let found = "2025-11-24T09:14:00Z".parse().unwrap();
//! let feed = Feed { id: "https://rivermead.example/signals".into(), title: "Rivermead".into(), home: "https://rivermead.example/".into(),
//!     address: "https://rivermead.example/signals.atom".into(), updated: found, note: String::new() };
//! let entry = Entry { id: "https://rivermead.example/measures/handover#2025-11-17".into(), title: "Ambulance handover".into(), updated: found,
//!     link: "https://rivermead.example/measures/handover".into(), summary: "Longer than usual for 6 weeks.".into() };
//! assert!(atom(&feed, &[entry]).contains("<title>Ambulance handover</title><updated>2025-11-24T09:14:00Z</updated>"));
//! ```

use crate::chart::plain;
use crate::number::plural;
use jiff::Timestamp;
use maud::{DOCTYPE, html};

/// Where the entries come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// A name for good, as an address (IRI): it stays when the feed moves.
    pub id: String,
    /// "Rivermead: signals"
    pub title: String,
    /// The page it tells of, in full: "https://…".
    pub home: String,
    /// Where the feed itself is, in full.
    pub address: String,
    /// When it was last looked at; a newer entry counts instead.
    pub updated: Timestamp,
    /// What is to be known of all entries together, in a sentence; may be empty.
    pub note: String,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A name for good, as an address (IRI), of its own.
    pub id: String,
    /// "Ambulance handover"
    pub title: String,
    /// When it was found or last changed.
    pub updated: Timestamp,
    /// Its page, in full.
    pub link: String,
    /// What changed, in one sentence.
    pub summary: String,
}

/// A mail without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// For every mail program; no line is longer than 72 characters, unless an address is.
    pub text: String,
    /// The same with headings and links.
    pub html: String,
}

/// The feed as an Atom document, newest entry first.
pub fn atom(feed: &Feed, entries: &[Entry]) -> String {
    let entries = newest(entries);
    let updated = entries.first().map_or(feed.updated, |e| e.updated.max(feed.updated));
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en-GB\">\n",
    );
    out += &format!("<id>{}</id><title>{}</title><updated>{updated}</updated>\n", xml(&feed.id), xml(&feed.title));
    out += &format!("<link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>", xml(&feed.address));
    out += &format!("<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n", xml(&feed.home));
    out += &format!("<author><name>{}</name></author><generator>Catchment</generator>\n", xml(&feed.title));
    if !feed.note.is_empty() {
        out += &format!("<subtitle>{}</subtitle>\n", xml(&feed.note));
    }
    for Entry { id, title, updated, link, summary } in entries {
        out += &format!("<entry><id>{}</id><title>{}</title><updated>{updated}</updated>", xml(id), xml(title));
        out += &format!("<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>", xml(link));
        out += &format!("<summary>{}</summary></entry>\n", xml(summary));
    }
    out + "</feed>\n"
}

/// The entries as a mail. `when` is the time they are of, in words: "the week to Sunday 23 November 2025".
pub fn digest(feed: &Feed, when: &str, entries: &[Entry]) -> Mail {
    let entries = newest(entries);
    let count = match entries.len() {
        0 => "nothing has really changed".to_owned(),
        n => plural(n, "signal"),
    };
    let one_line = |text: &str| plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let (title, when, note) = (one_line(&feed.title), one_line(when), one_line(&feed.note));
    let mut text = wrapped(&format!("{title}, {when}: {count}. {note}"));
    for e in &entries {
        text += &format!("\n{}{}{}\n", wrapped(&one_line(&e.title)), wrapped(&one_line(&e.summary)), one_line(&e.link));
    }
    text += &format!("\nEverything else is as usual. The whole page:\n{}\n", one_line(&feed.home));
    let ink = "color:#212b32;text-decoration:none";
    let html = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
            }
            body style="margin:0;padding:16px;background:#fff;color:#212b32;font:16px/1.5 Arial,sans-serif" {
                div style="max-width:34em;margin:0 auto" {
                    p style="margin:0;color:#4c6272" { (title) ", " (when) }
                    h1 style="margin:4px 0 20px;font-size:24px;line-height:1.25" { (crate::chart::sentence(&count)) }
                    @if !note.is_empty() { p style="margin:-16px 0 20px;color:#4c6272" { (note) } }
                    @for e in &entries {
                        div style="border-top:2px solid #d8dde0;padding:12px 0" {
                            h2 style="margin:0;font-size:18px;line-height:1.3" { a href=(address(&e.link)) style=(ink) { (plain(&e.title)) } }
                            p style="margin:4px 0 6px" { (plain(&e.summary)) }
                            a href=(address(&e.link)) style="color:#005eb8" { "See it" }
                        }
                    }
                    p style="border-top:2px solid #d8dde0;margin:0;padding:12px 0" {
                        "Everything else is as usual. " a href=(address(&feed.home)) style="color:#005eb8" { "See the whole page" }
                    }
                }
            }
        }
    };
    Mail { subject: format!("{title}: {count}"), text, html: html.into_string() }
}

/// Newest first; what is of one time by name, so that the same entries are the same bytes.
fn newest(entries: &[Entry]) -> Vec<&Entry> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| (&a.title, &a.id).cmp(&(&b.title, &b.id))));
    ordered
}

/// Text that may stand anywhere in XML.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in plain(text).chars() {
        match ch {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            ch => out.push(ch),
        }
    }
    out
}

/// Only an address of the web is followed from a mail.
fn address(link: &str) -> String {
    let web = ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme));
    if web { plain(link) } else { "#".to_owned() }
}

/// Lines of at most 72 characters.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > 72 {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out += word;
        length += size;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn feed() -> Feed {
        Feed {
            id: "https://rivermead.example/signals".into(),
            title: "Rivermead".into(),
            home: "https://rivermead.example/".into(),
            address: "https://rivermead.example/signals.atom".into(),
            updated: Timestamp::from_second(1_763_976_000).expect("a time"),
            note: String::new(),
        }
    }

    fn entry(title: &str, summary: &str, second: i64) -> Entry {
        Entry {
            id: format!("https://rivermead.example/{second}"),
            title: title.to_owned(),
            updated: Timestamp::from_second(second).expect("a time"),
            link: format!("https://rivermead.example/measures/{second}?place=Eastbrook&week=2025-11-17"),
            summary: summary.to_owned(),
        }
    }

    /// Every element with its own text, as an XML parser reads it.
    fn read(document: &str) -> Result<Vec<(String, String)>, String> {
        let mut reader = Reader::from_str(document);
        let (mut path, mut told): (Vec<usize>, Vec<(String, String)>) = (vec![], vec![]);
        loop {
            match reader.read_event().map_err(|e| e.to_string())? {
                Event::Start(tag) => {
                    path.push(told.len());
                    told.push((String::from_utf8_lossy(tag.name().as_ref()).into_owned(), String::new()));
                }
                Event::Empty(tag) => {
                    for attribute in tag.attributes() {
                        let value = attribute.map_err(|e| e.to_string())?;
                        value.unescape_value().map_err(|e| e.to_string())?;
                    }
                    told.push((String::from_utf8_lossy(tag.name().as_ref()).into_owned(), String::new()));
                }
                Event::End(_) => {
                    path.pop().ok_or("an end without a start")?;
                }
                Event::Text(text) => {
                    if let Some(at) = path.last() {
                        told[*at].1 += &text.decode().map_err(|e| e.to_string())?;
                    }
                }
                Event::GeneralRef(name) => {
                    let name = name.decode().map_err(|e| e.to_string())?.into_owned();
                    let said = quick_xml::escape::resolve_predefined_entity(&name).ok_or(name)?;
                    if let Some(at) = path.last() {
                        told[*at].1 += said;
                    }
                }
                Event::Eof => return if path.is_empty() { Ok(told) } else { Err("it does not end".to_owned()) },
                _ => {}
            }
        }
    }

    #[test]
    fn the_newest_comes_first_and_says_when_the_feed_changed() {
        let all = [entry("Old", "Longer.", 1_700_000_000), entry("New", "Shorter.", 1_800_000_000)];
        let read = read(&atom(&feed(), &all)).expect("well-formed");
        let of = |name: &str| read.iter().filter(|(n, _)| n == name).map(|(_, t)| t.as_str()).collect::<Vec<_>>();
        assert_eq!(of("title"), ["Rivermead", "New", "Old"]);
        assert_eq!(of("updated"), ["2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z", "2023-11-14T22:13:20Z"]);
        assert_eq!((of("summary"), of("entry").len(), of("id").len()), (vec!["Shorter.", "Longer."], 2, 3));
    }

    #[test]
    fn a_feed_without_signals_is_still_a_feed_and_the_mail_says_so() {
        assert!(atom(&feed(), &[]).contains("<updated>2025-11-24T09:20:00Z</updated>"));
        let mail = digest(&feed(), "the week to Sunday 23 November 2025", &[]);
        assert_eq!(mail.subject, "Rivermead: nothing has really changed");
        assert!(
            mail.text.starts_with("Rivermead, the week to Sunday 23 November 2025: nothing has really\nchanged.\n")
        );
    }

    #[test]
    fn a_mail_says_each_signal_in_words_and_leads_to_it() {
        let all = [entry("Ambulance <handover>", "Longer than usual for 6 weeks; will miss 15 min.", 1_763_975_640)];
        let feed = Feed { note: "Fewer than 1 is expected when nothing changes.".into(), ..feed() };
        let mail = digest(&feed, "the week to Sunday 23 November 2025", &all);
        assert_eq!(mail.subject, "Rivermead: 1 signal");
        assert!(mail.text.contains(": 1 signal. Fewer than 1\nis expected when nothing changes.\n"), "{}", mail.text);
        assert!(mail.html.contains(&feed.note) && atom(&feed, &all).contains(&format!("<subtitle>{}<", feed.note)));
        let told = "\nAmbulance <handover>\nLonger than usual for 6 weeks; will miss 15 min.\nhttps://rivermead.example/measures/1763975640?place=Eastbrook&week=2025-11-17\n";
        assert!(mail.text.contains(told), "{}", mail.text);
        assert!(mail.html.contains("Ambulance &lt;handover&gt;") && mail.html.contains("place=Eastbrook&amp;week"));
        for never in ["<img", "<script", "src=", "url(", "@import"] {
            assert!(!mail.html.contains(never), "{never}");
        }
    }

    #[test]
    fn nothing_that_is_no_address_of_the_web_is_followed_and_a_subject_is_one_line() {
        let odd = Entry { link: "javascript:alert(1)".into(), ..entry("a", "b", 5) };
        let feed = Feed { title: "River\r\nBcc: all@example.org".into(), ..feed() };
        let mail = digest(&feed, "now", &[odd]);
        assert!(!mail.html.contains("javascript") && !mail.subject.contains(['\r', '\n']), "{mail:?}");
    }

    proptest! {
        #[test]
        fn any_words_make_a_feed_that_parses_and_keeps_them(title in "\\PC{0,60}", summary in "[ -~\\x00-\\x1f]{0,60}", at in 0..4_000_000_000i64) {
            let all = [entry(&title, &summary, at)];
            let read = read(&atom(&feed(), &all)).map_err(TestCaseError::fail)?;
            let said = &read.iter().rfind(|(n, _)| n == "title").expect("a title").1;
            prop_assert_eq!(said, &plain(&title));
            let text = digest(&feed(), "now", &all).text;
            prop_assert!(text.lines().all(|l| l.chars().count() <= 72 || !l.contains(' ')), "{}", text);
        }
    }
}
