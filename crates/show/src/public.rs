//! What the public sees: small pages of plain words. A small number cannot reach it, since only [`Public`] values go in and
//! each is made by a function that hides few people and rounds the rest; what it hid is not kept.
//!
//! Each is one document of a few kilobytes: no script, no font, nothing fetched, and each leads to the others.
//!
//! ```
//! use show::public::{Public, suppress};
//! assert_eq!(suppress(7).say(), "fewer than 10 people");
//! assert_eq!(suppress(1_312).say(), "about 1,310 people");
//! ```
//!
//! A number that has not been through it does not fit:
//!
//! ```compile_fail
//! let waiting: show::public::Public<show::public::Count> = 7;
//! ```
//!
//! and cannot be made to fit:
//!
//! ```compile_fail
//! let waiting = show::public::Public(Some(show::public::Count(7)));
//! ```

mod age;
mod room;

pub use age::reading_age;
pub use room::{
    PublicAnswers, PublicChoice, PublicDecision, PublicLine, PublicStory, PublicTalk, answers, decided, decisions,
    kept_out, missing, story, talk, talks,
};

use crate::number::count;
use crate::view::Signal;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};

/// Fewer people than this are never told of.
pub const FEW: u64 = 10;

/// A value that may be shown to everybody; hidden when it would tell of too few people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Public<T>(Option<T>);

/// What nobody told is hidden.
impl<T> Default for Public<T> {
    fn default() -> Public<T> {
        Public(None)
    }
}

/// A number of people, to the nearest 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(u64);

/// A length of time, rounded as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(u64, &'static str);

/// A number of people as the public may see it: hidden below [`FEW`], else to the nearest 5.
pub fn suppress(people: u64) -> Public<Count> {
    Public((people >= FEW).then_some(Count((people + 2) / 5 * 5)))
}

/// The middle wait of `people`, in minutes, as the public may see it: hidden when they are fewer than [`FEW`] or when
/// it is not a length of time.
///
/// ```
/// use show::public::middle_wait;
/// assert_eq!(middle_wait(7056.0, 212).say(), "about 5 days");
/// assert_eq!(middle_wait(7056.0, 9).say(), "too few people to say");
/// ```
pub fn middle_wait(minutes: f64, people: u64) -> Public<Wait> {
    let known = people >= FEW && minutes.is_finite() && minutes >= 0.0;
    let whole = |unit: f64| (minutes / unit).round() as u64;
    let wait = match minutes {
        m if m < 2.5 => Wait(0, "minute"),
        m if m < 87.5 => Wait(whole(5.0) * 5, "minute"),
        m if m < 36.0 * 60.0 => Wait(whole(60.0), "hour"),
        _ => Wait(whole(1440.0), "day"),
    };
    Public(known.then_some(wait))
}

impl Public<Count> {
    /// "about 310 people", "fewer than 10 people"
    pub fn say(&self) -> String {
        self.0.map_or_else(|| format!("fewer than {FEW} people"), |n| format!("about {} people", count(n.0)))
    }
}

impl Public<Wait> {
    /// "about 5 days", "less than 5 minutes", "too few people to say"
    pub fn say(&self) -> String {
        match self.0 {
            None => "too few people to say".to_owned(),
            Some(Wait(0, _)) => "less than 5 minutes".to_owned(),
            Some(Wait(n, unit)) => format!("about {} {unit}{}", count(n), if n == 1 { "" } else { "s" }),
        }
    }
}

/// The page: numbers only as [`Public`], the rest is words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublicPage {
    /// "Rivermead"
    pub place: String,
    /// "the week to Sunday 23 November 2025"
    pub period: String,
    /// In the order in which they are read.
    pub waits: Vec<PublicWait>,
    /// How to have a say, one way each, in the words of the place; what holds everywhere is told beside it.
    pub say: Vec<String>,
    /// The time of the newest record, as text: "09:14 on Monday 24 November 2025"; it is told as [`spoken`] says it.
    pub as_of: String,
    /// Said at the foot: "Invented place and invented data."
    pub notice: Option<String>,
}

/// One wait.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicWait {
    /// What people wait for, to finish "The wait …": "to go home with care".
    pub what: String,
    /// Half of them wait less.
    pub middle: Public<Wait>,
    /// How many wait now.
    pub waiting: Public<Count>,
    /// Whether it is longer or shorter than usual.
    pub signal: Signal,
}

/// Large print, one column, and the colours of the browser; nothing that an old phone does not know.
const STYLE: &str = "body{margin:0 auto;max-width:34em;padding:1em;border-top:.4em solid #005eb8;font:1.25em/1.5 Arial,sans-serif;color:#212b32;background:#fff}\
h1{font-size:1.7em;line-height:1.2}h2{font-size:1.3em;line-height:1.25;margin:1.6em 0 .5em}h3{font-size:1em;margin:0}p{margin:.4em 0}\
ul{padding-left:1.2em}ul.waits{padding:0;list-style:none}.waits li{border-top:2px solid #d8dde0;padding:.8em 0}.long{font-size:1.5em;font-weight:bold;line-height:1.3}\
a{color:#005eb8}.top a{margin-right:.9em}a:focus{background:#ffeb3b;color:#212b32;outline:3px solid #212b32}.worse{color:#8f3d06}.better{color:#00478b}\
@media print{body{font-size:14pt}nav{display:none}}";

/// The whole document.
pub fn page(page: &PublicPage) -> String {
    let title = format!("Waiting for care in {}", page.place);
    let main = html! {
        (room::pages())
        h1 { (title) }
        p { "This page tells you how long people wait for care here. It is about " (page.period) "." }
        nav aria-label="On this page" { ul {
            li { a href="#changed" { "What has changed" } }
            li { a href="#waits" { "How long people wait" } }
            li { a href="#say" { "How to have your say" } }
            li { a href="#from" { "Where the numbers come from" } }
        } }
        h2 id="changed" { "What has changed" }
        (changed(&page.waits))
        h2 id="waits" { "How long people wait" }
        (waits(&page.waits))
        h2 id="say" { "How to have your say" }
        ul {
            li { a href="/public/say" { "You can say what you think here" } ". You need no name." }
            li { a href="/public/said" { "See what came of what people said" } "." }
            li { a href="/public/decisions" { "See what we decide, and why" } "." }
            @for way in &page.say { li { (way) } }
            // these hold in every place
            li { "You can tell the staff who care for you what matters to you. They can pass it on." }
            @if page.say.is_empty() { li { "You can ask at any clinic who runs care here, and write to them." } }
        }
        h2 id="from" { "Where the numbers come from" }
        p { "The teams that care for you keep notes of what they do, and when. We count from those notes. We do not show names. We do not show small numbers. So no one can find you here." }
        p { "A number of 10 or more is shown to the nearest 5." @if !page.as_of.is_empty() { " The last notes we have are from " (spoken(&page.as_of)) "." } }
        p { a href="/public.json" { "The same as data" } }
        @if let Some(notice) = &page.notice { p { (notice) } }
    };
    document(&title, STYLE, main)
}

/// The same as data: one JSON object, with what is told and nothing else.
///
/// ```
/// use show::{Signal, public::{PublicPage, PublicWait, data, middle_wait, suppress}};
/// let wait = PublicWait { what: "for a bed".into(), middle: middle_wait(90.0, 40), waiting: suppress(7), signal: Signal::Concern };
/// let data = data(&PublicPage { waits: vec![wait], ..PublicPage::default() });
/// assert!(data.contains(r#""waiting_now":"fewer than 10 people""#) && data.contains(r#""middle_wait":"about 2 hours""#));
/// ```
pub fn data(page: &PublicPage) -> String {
    let wait = |wait: &PublicWait| {
        let change = match wait.signal {
            Signal::Concern => "longer than it used to be",
            Signal::Improvement => "shorter than it used to be",
            Signal::Change => "changed",
            Signal::Ordinary => "about the same as it used to be",
        };
        json!({ "wait": wait.what, "middle_wait": wait.middle.say(), "waiting_now": wait.waiting.say(), "change": change })
    };
    let waits: Vec<Value> = page.waits.iter().map(wait).collect();
    json!({ "place": page.place, "period": page.period, "as_of": page.as_of, "waits": waits }).to_string()
}

/// One small document that fetches nothing.
fn document(title: &str, style: &str, main: Markup) -> String {
    let html = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // without this a browser asks for an icon
                link rel="icon" href="data:,";
                style { (PreEscaped(style)) }
            }
            body { main { (main) } }
        }
    };
    html.into_string()
}

/// A moment as people say it; any other text as it is.
///
/// ```
/// use show::public::spoken;
/// assert_eq!(spoken("09:14 on Sunday 16 November 2025"), "Sunday 16 November, 9.14 in the morning");
/// assert_eq!(spoken("00:05 on Sunday 16 November 2025"), "Sunday 16 November, 12.05 at night");
/// assert_eq!(spoken("12:00 on Sunday 16 November 2025"), "Sunday 16 November, at noon");
/// assert_eq!(spoken("last week"), "last week");
/// ```
pub fn spoken(moment: &str) -> String {
    let Ok(at) = jiff::civil::DateTime::strptime("%H:%M on %A %d %B %Y", moment.trim()) else {
        return moment.to_owned();
    };
    let day = at.strftime("%A %-d %B");
    let part = match at.hour() {
        5..=11 => "in the morning",
        12..=17 => "in the afternoon",
        18..=21 => "in the evening",
        _ => "at night",
    };
    match (at.hour(), at.minute()) {
        (0, 0) => format!("{day}, at midnight"),
        (12, 0) => format!("{day}, at noon"),
        (hour, minute) => {
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            let minute = if minute == 0 { String::new() } else { format!(".{minute:02}") };
            format!("{day}, {hour}{minute} {part}")
        }
    }
}

fn waits(waits: &[PublicWait]) -> Markup {
    html! {
        @if waits.is_empty() { p { "We do not know yet. No team has sent us its notes." } }
        @else {
            p { "Half of the people wait less than the time we show. Half wait more." }
            ul.waits { @for wait in waits { li {
                h3 { "The wait " (wait.what) }
                @match wait.middle.0 {
                    Some(_) => p.long { (crate::chart::sentence(&wait.middle.say())) },
                    None => p { "We cannot say how long. Too few people had this wait." },
                }
                p { (said(wait.signal)) " " (crate::chart::sentence(&wait.waiting.say())) " wait for this now." }
            } } }
        }
    }
}

fn said(signal: Signal) -> Markup {
    match signal {
        Signal::Concern => html! { b.worse { "▲ This is longer than it used to be." } },
        Signal::Improvement => html! { b.better { "▼ This is shorter than it used to be." } },
        Signal::Change => html! { b { "This has changed." } },
        Signal::Ordinary => html! { "This is about the same as it used to be." },
    }
}

/// Longer waits first, because somebody is in them.
fn changed(waits: &[PublicWait]) -> Markup {
    let with = |signal| waits.iter().filter(move |w| w.signal == signal);
    let list = |signal| html! { ul { @for wait in with(signal) { li { "The wait " (wait.what) } } } };
    let (longer, shorter) = (with(Signal::Concern).count(), with(Signal::Improvement).count());
    html! {
        @if longer > 0 { p { b { "Longer than it used to be:" } } (list(Signal::Concern)) }
        @if shorter > 0 { p { b { "Shorter than it used to be:" } } (list(Signal::Improvement)) }
        @if waits.is_empty() { p { "We do not know yet." } }
        @else if longer + shorter == 0 { p { "No wait has changed much." } }
        @else if longer + shorter < waits.len() { p { "The rest are about the same." } }
        p { "Waits go up and down from week to week. We say that one has changed only when it is more than luck." }
    }
}

#[cfg(test)]
mod tests {
    use super::age::{grade, syllables, words};
    use super::*;
    use proptest::prelude::*;

    fn wait(what: &str, minutes: f64, people: u64, signal: Signal) -> PublicWait {
        PublicWait { what: what.to_owned(), middle: middle_wait(minutes, people), waiting: suppress(people), signal }
    }

    fn rivermead() -> PublicPage {
        use Signal::*;
        PublicPage {
            place: "Rivermead".to_owned(),
            period: "the week to Sunday 23 November 2025".to_owned(),
            waits: vec![
                wait("to go home with care", 7056.0, 312, Concern),
                wait("for a bed on a ward", 372.0, 61, Ordinary),
                wait("for an ambulance", 34.0, 9, Improvement),
            ],
            say: vec!["Come to the open meeting in the town hall on 4 December.".to_owned()],
            as_of: "09:14 on Monday 24 November 2025".to_owned(),
            notice: None,
        }
    }

    #[test]
    fn the_grade_tells_hard_words_from_easy_ones() {
        assert_eq!(["care", "waiting", "people", "ambulance", "changed", "started"].map(syllables), [1, 2, 2, 3, 1, 2]);
        assert!(grade("The cat sat on the mat. It was a big cat.") < 2.0);
        assert!(
            grade("Organisational interdependencies necessitate comprehensive multidisciplinary evaluation.") > 16.0
        );
    }

    #[test]
    fn a_child_of_eleven_can_read_it() {
        for page_of in [rivermead(), PublicPage { waits: vec![], say: vec![], ..rivermead() }] {
            let text = words(&page(&page_of));
            assert!(grade(&text) <= 6.0, "grade {}: {text}", grade(&text));
        }
    }

    #[test]
    fn what_changed_comes_first_and_there_is_always_a_way_to_have_a_say() {
        for say in [rivermead().say, vec![]] {
            let html = page(&PublicPage { say, ..rivermead() });
            let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is not in {html}"));
            assert!(
                at("<h2 id=\"changed\">") < at("<h2 id=\"waits\">") && at("<h2 id=\"waits\">") < at("<h2 id=\"say\">")
            );
            assert!(html[at("<h2 id=\"say\">")..at("<h2 id=\"from\">")].matches("<li>").count() >= 2);
            assert!(html.contains("from Monday 24 November, 9.14 in the morning."), "{html}");
        }
    }

    #[test]
    fn few_people_are_never_told_of() {
        let html = page(&rivermead());
        assert!(html.contains("Fewer than 10 people wait for this now.") && html.contains("We cannot say how long."));
        assert!(html.contains("About 310 people wait for this now.") && html.contains("About 5 days"));
        assert!(
            !html.contains("312") && !html.contains("35 minutes"),
            "neither a raw number nor a wait of nine people"
        );
    }

    #[test]
    fn a_wait_is_rounded_as_people_say_it() {
        let said = |minutes: f64| middle_wait(minutes, 100).say();
        assert_eq!(
            [1.0, 34.0, 88.0, 372.0, 2160.0, 7056.0].map(said),
            [
                "less than 5 minutes",
                "about 35 minutes",
                "about 1 hour",
                "about 6 hours",
                "about 2 days",
                "about 5 days"
            ]
        );
        assert_eq!(middle_wait(f64::NAN, 100).say(), "too few people to say");
    }

    #[test]
    fn it_is_small_whole_and_asks_nobody() {
        let many = PublicPage {
            waits: (0..60)
                .map(|i| {
                    wait(&format!("for the service whose name is rather long, number {i}"), 99.0, 55, Signal::Ordinary)
                })
                .collect(),
            ..rivermead()
        };
        let html = page(&many);
        assert!(html.len() < 50_000, "{} bytes", html.len());
        for never in ["<script", "http", "src=", "@import", "@font-face", "url(", "onclick", "/assets"] {
            assert!(!html.contains(never), "{never}");
        }
        let links: Vec<&str> = html.split("href=\"").skip(1).map(|l| l.split('"').next().unwrap()).collect();
        assert!(links.iter().all(|l| l.starts_with('#') || l.starts_with("/public") || *l == "data:,"), "{links:?}");
        assert!(html.contains("<html lang=\"en-GB\">"));
    }

    #[test]
    fn names_are_words_and_never_markup() {
        let html = page(&PublicPage {
            place: "<b>Here".to_owned(),
            waits: vec![wait("<script>", 9.0, 99, Signal::Change)],
            say: vec!["<i>".to_owned()],
            ..rivermead()
        });
        assert!(!html.contains("<script") && !html.contains("<b>Here") && !html.contains("<i>"));
    }

    proptest! {
        #[test]
        fn no_count_is_told_as_it_is_unless_it_is_round(people: u32) {
            let said = suppress(u64::from(people)).say().replace(',', "");
            let told: u64 = said.split(' ').find_map(|w| w.parse().ok()).unwrap();
            if people < 10 { prop_assert_eq!(said, "fewer than 10 people") } else {
                prop_assert!(told.is_multiple_of(5) && told.abs_diff(u64::from(people)) <= 2);
            }
        }

        #[test]
        fn no_wait_of_few_people_is_told(minutes in 0.0..1e6, people in 0u64..FEW) {
            prop_assert_eq!(middle_wait(minutes, people).say(), "too few people to say");
        }
    }
}
