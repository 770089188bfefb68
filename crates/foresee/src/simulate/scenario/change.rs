//! One change to a place: who, what, by how much, when. It is said three ways that mean the same: as a table of a scenario file,
//! as a short text that fits an address (`home-care:places:+10@4w..8w`), and as a sentence
//! ("10 more places in Home care after hospital, for 4 weeks from week 5").
//!
//! ```
//! use foresee::simulate::scenario::Change;
//! let change: Change = "home-care:+10@4w..8w".parse().unwrap();
//! assert_eq!(change.to_string(), "home-care:places:+10@4w..8w");
//! assert_eq!(Change::from_pair("home-care", "+10@4w..8w").unwrap(), change); // ?home-care=%2B10@4w..8w
//! assert!("home-care:x0".parse::<Change>().is_err());
//! ```

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// Hours of a day and of a week.
pub(super) const DAY: f64 = 24.0;
pub(super) const WEEK: f64 = 168.0;

/// One change to a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What it is about.
    pub who: Who,
    /// What changes there.
    pub what: What,
    /// When; always, unless said.
    pub when: When,
}

/// What a change is about: a service, a resource, a source, or a handover from one service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Name of the service, resource or source as in the model.
    pub name: String,
    /// Of a handover: the service that people go to.
    pub to: Option<String>,
    /// Only people of this class.
    pub class: Option<String>,
}

/// What changes.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Beds, places, staff: how many people can be cared for at once.
    Places(By),
    /// Places to wait.
    Queue(By),
    /// Time in care (mean; the shape stays).
    Stay(By),
    /// Time on the way to the next service (mean).
    Transfer(By),
    /// How long people will wait before they leave (mean).
    Patience(By),
    /// How many people come.
    Arrivals(By),
    /// Share of those who leave a service that goes to another, between 0 and 1.
    Share(By),
    /// Open only between these hours of the day.
    Open(u8, u8),
    /// Nobody new is taken.
    Closed,
    /// A service that is not there today, whole, as JSON of a `[[service]]` of a model.
    New(String),
}

/// By how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// So many more, or fewer when negative.
    Add(f64),
    /// So many times what it is.
    Times(f64),
    /// To this, whatever it is.
    To(f64),
}

impl By {
    /// The number after the change.
    pub fn apply(self, now: f64) -> f64 {
        match self {
            By::Add(more) => now + more,
            By::Times(factor) => now * factor,
            By::To(value) => value,
        }
    }
}

/// When a change holds, in hours from the start of the run and hours of the week.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct When {
    /// From this hour of the run; from the start when absent.
    pub from: Option<f64>,
    /// Until this hour of the run; to the end when absent.
    pub until: Option<f64>,
    /// On these days: first and last, 0 is Monday; every day when absent.
    pub days: Option<(u8, u8)>,
    /// Between these hours of the day, 0 to 24; all day when absent.
    pub hours: Option<(u8, u8)>,
}

impl When {
    /// Does the change hold at all times?
    pub fn always(&self) -> bool {
        *self == Self::default()
    }

    /// Is it said by days or hours of the week?
    pub fn weekly(&self) -> bool {
        self.days.is_some() || self.hours.is_some()
    }

    /// Does it hold at this hour of the run, which is this hour of the week?
    pub(super) fn holds(&self, at: f64, of_week: f64) -> bool {
        let day = (of_week / DAY) as u8;
        let hour = of_week % DAY;
        self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
            && self.days.is_none_or(|(first, last)| {
                if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
            })
            && self.hours.is_none_or(|(open, close)| {
                let (open, close) = (f64::from(open), f64::from(close));
                if open < close { hour >= open && hour < close } else { hour >= open || hour < close }
            })
    }

    fn check(self) -> Result<Self, ChangeError> {
        let wrong = |at: Option<f64>| at.is_some_and(|at| !at.is_finite() || at < 0.0);
        if wrong(self.from) || wrong(self.until) {
            return Err(ChangeError::BeforeStart);
        }
        match (self.from.unwrap_or(0.0), self.until) {
            (from, Some(until)) if until <= from => Err(ChangeError::Ends { from, until }),
            _ => Ok(self),
        }
    }
}

/// Why a change cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// No colon.
    #[error("`{0}` names what changes but not how: write for example `home-care:places:+10`")]
    Shape(String),
    /// An unknown word.
    #[error(
        "`{0}` is not something that can change: say places, queue, stay, transfer, patience, arrivals, share, open, closed or new"
    )]
    What(String),
    /// Not a number with a sign.
    #[error("`{0}` is not a change: write +10, -3, x1.1 or =400")]
    By(String),
    /// Not a finite number.
    #[error("`{0}` is not a number that can be used")]
    Number(String),
    /// x0 and below.
    #[error("x{0} leaves nothing: to take nobody for a while say closed, to end a service take its places away")]
    Nothing(f64),
    /// Less than nothing.
    #[error("={0} is less than nothing")]
    Negative(f64),
    /// Not a time.
    #[error("`{0}` is not a time: write hours, days or weeks from the start as 36h, 12d or 4w")]
    Time(String),
    /// Before the run starts.
    #[error("a change cannot be dated before the start")]
    BeforeStart,
    /// Ends before it begins.
    #[error("the change ends at hour {until}, before it begins at hour {from}")]
    Ends {
        /// First hour.
        from: f64,
        /// Last hour.
        until: f64,
    },
    /// Not days of the week.
    #[error("`{0}` is neither days nor hours: write sat-sun or 8-20")]
    Window(String),
    /// A share without a handover.
    #[error("a share belongs to a handover: write `ward>home-care:share:x1.1`")]
    ShareOfNothing,
    /// A handover with something other than a share.
    #[error("a handover has a share and nothing else that changes")]
    OnlyShare,
    /// Not a table of a service.
    #[error("the new service cannot be read: {0}")]
    New(String),
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_NAMES: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

impl Change {
    /// A change as a form or an address says it: `home-care = +10`, `home-care:stay = x0.9@4w..8w`, `general-older:closed = @2w..3w`.
    /// A plus sign that an address turned into a space is taken for what it was.
    pub fn from_pair(key: &str, value: &str) -> Result<Self, ChangeError> {
        let value = match value.strip_prefix(' ') {
            Some(rest) if rest.starts_with(|at: char| at.is_ascii_digit()) => format!("+{rest}"),
            _ => value.to_owned(),
        };
        if value.is_empty() || value.starts_with('@') { format!("{key}{value}") } else { format!("{key}:{value}") }
            .parse()
    }

    /// The same change as (key, value) of an address; [`Change::from_pair`] reads it back.
    pub fn to_pair(&self) -> (String, String) {
        let text = self.to_string();
        match (&self.what, text.split_once('@')) {
            (What::Closed, Some((key, when))) => (key.to_owned(), format!("@{when}")),
            (What::Closed, None) => (text, String::new()),
            _ => {
                let at = text.match_indices(':').nth(1).map_or(text.len(), |found| found.0);
                (text[..at].to_owned(), text[at + 1..].to_owned())
            }
        }
    }

    /// A change as the fields of a form name it: `who`, `to`, `class`, `what`, `by`, `from`, `until`, `days`, `hours`; those that
    /// are absent or empty are not said. Times are as in the short text (`4w`), `by` too (`+10`).
    pub fn from_form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ChangeError> {
        let mut text = ["who", "to", "class", "what", "by", "from", "until", "days", "hours"].map(|name| (name, ""));
        for (name, value) in fields {
            if let Some(field) = text.iter_mut().find(|field| field.0 == name) {
                field.1 = value.trim();
            }
        }
        let [who, to, class, what, by, from, until, days, hours] = text.map(|field| field.1);
        let mut short = escape(who);
        for (mark, name) in [('>', to), ('/', class)] {
            if !name.is_empty() {
                short = format!("{short}{mark}{}", escape(name));
            }
        }
        for part in [what, by].into_iter().filter(|part| !part.is_empty()) {
            short = format!("{short}:{part}");
        }
        let span = if from.is_empty() && until.is_empty() { String::new() } else { format!("{from}..{until}") };
        let when: Vec<&str> = [span.as_str(), days, hours].into_iter().filter(|part| !part.is_empty()).collect();
        if !when.is_empty() {
            short = format!("{short}@{}", when.join(","));
        }
        short.parse()
    }

    pub(super) fn check(self) -> Result<Self, ChangeError> {
        match self.what {
            What::Share(_) if self.who.to.is_none() => return Err(ChangeError::ShareOfNothing),
            What::Share(_) => {}
            _ if self.who.to.is_some() => return Err(ChangeError::OnlyShare),
            _ => {}
        }
        if let What::Places(by)
        | What::Queue(by)
        | What::Stay(by)
        | What::Transfer(by)
        | What::Patience(by)
        | What::Arrivals(by)
        | What::Share(by) = self.what
        {
            by.check()?;
        }
        Ok(Self { when: self.when.check()?, ..self })
    }
}

impl By {
    fn check(self) -> Result<Self, ChangeError> {
        match self {
            By::Add(value) | By::Times(value) | By::To(value) if !value.is_finite() => {
                Err(ChangeError::Number(value.to_string()))
            }
            By::Times(factor) if factor <= 0.0 => Err(ChangeError::Nothing(factor)),
            By::To(value) if value < 0.0 => Err(ChangeError::Negative(value)),
            by => Ok(by),
        }
    }
}

impl FromStr for By {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let make: fn(f64) -> By = match text.chars().next() {
            Some('+' | '-') => By::Add,
            Some('x' | '×') => By::Times,
            Some('=') => By::To,
            _ => return Err(ChangeError::By(text.to_owned())),
        };
        let number = text.trim_start_matches(['x', '×', '=', '+']).trim();
        make(number.parse().map_err(|_| ChangeError::By(text.to_owned()))?).check()
    }
}

impl Display for By {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            By::Add(more) => write!(out, "{more:+}"),
            By::Times(factor) => write!(out, "x{factor}"),
            By::To(value) => write!(out, "={value}"),
        }
    }
}

impl FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let (text, when) = text.split_once('@').map_or((text, None), |(text, when)| (text, Some(when)));
        let mut parts = text.splitn(3, ':');
        let shape = || ChangeError::Shape(text.to_owned());
        let who = Who::parse(parts.next().unwrap_or_default());
        let (word, by) = match (parts.next(), parts.next()) {
            (Some(word), by) if word.starts_with(|at: char| at.is_ascii_alphabetic() && at != 'x') => (word, by),
            (Some(by), None) => ("places", Some(by)),
            _ => return Err(shape()),
        };
        if who.name.is_empty() {
            return Err(shape());
        }
        let by = |make: fn(By) -> What| Ok(make(by.ok_or_else(shape)?.parse()?));
        let what = match word {
            "places" | "beds" | "staff" | "crews" => by(What::Places)?,
            "queue" => by(What::Queue)?,
            "stay" => by(What::Stay)?,
            "transfer" => by(What::Transfer)?,
            "patience" => by(What::Patience)?,
            "arrivals" => by(What::Arrivals)?,
            "share" => by(What::Share)?,
            "open" => {
                let hours = text.rsplit(':').next().unwrap_or_default();
                let (open, close) = hours_of(hours).ok_or_else(|| ChangeError::Window(hours.to_owned()))?;
                What::Open(open, close)
            }
            "closed" => What::Closed,
            "new" => What::New(unescape(text.splitn(3, ':').nth(2).ok_or_else(shape)?)),
            _ => return Err(ChangeError::What(word.to_owned())),
        };
        let when = when.map_or(Ok(When::default()), str::parse)?;
        Self { who, what, when }.check()
    }
}

impl Display for Change {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.who, self.what.word())?;
        match &self.what {
            What::Places(by)
            | What::Queue(by)
            | What::Stay(by)
            | What::Transfer(by)
            | What::Patience(by)
            | What::Arrivals(by)
            | What::Share(by) => write!(out, ":{by}")?,
            What::Open(open, close) => write!(out, ":{open}-{close}")?,
            What::Closed => {}
            What::New(service) => write!(out, ":{}", escape(service))?,
        }
        if self.when.always() { Ok(()) } else { write!(out, "@{}", self.when) }
    }
}

impl serde::Serialize for Change {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl What {
    /// The same with another number.
    pub(super) fn with(&self, set: impl Fn(By) -> By) -> What {
        match self {
            What::Places(by) => What::Places(set(*by)),
            What::Queue(by) => What::Queue(set(*by)),
            What::Stay(by) => What::Stay(set(*by)),
            What::Transfer(by) => What::Transfer(set(*by)),
            What::Patience(by) => What::Patience(set(*by)),
            What::Arrivals(by) => What::Arrivals(set(*by)),
            What::Share(by) => What::Share(set(*by)),
            What::Open(..) | What::Closed | What::New(_) => self.clone(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            What::Places(_) => "places",
            What::Queue(_) => "queue",
            What::Stay(_) => "stay",
            What::Transfer(_) => "transfer",
            What::Patience(_) => "patience",
            What::Arrivals(_) => "arrivals",
            What::Share(_) => "share",
            What::Open(..) => "open",
            What::Closed => "closed",
            What::New(_) => "new",
        }
    }
}

impl Who {
    pub(super) fn parse(text: &str) -> Self {
        let (text, class) = text.split_once('/').map_or((text, None), |(text, class)| (text, Some(unescape(class))));
        let (name, to) = text.split_once('>').map_or((text, None), |(name, to)| (name, Some(unescape(to))));
        Self { name: unescape(name), to, class }
    }
}

impl Display for Who {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&escape(&self.name))?;
        if let Some(to) = &self.to {
            write!(out, ">{}", escape(to))?;
        }
        if let Some(class) = &self.class {
            write!(out, "/{}", escape(class))?;
        }
        Ok(())
    }
}

impl FromStr for When {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let mut when = Self::default();
        for part in text.split(',').map(str::trim) {
            if let Some((from, until)) = part.split_once("..") {
                (when.from, when.until) = (time(from)?, time(until)?);
            } else if let Some(hours) = hours_of(part) {
                when.hours = Some(hours);
            } else {
                when.days = Some(days_of(part).ok_or_else(|| ChangeError::Window(part.to_owned()))?);
            }
        }
        when.check()
    }
}

impl Display for When {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.from.is_some() || self.until.is_some() {
            let at = |at: Option<f64>| at.map(short_time).unwrap_or_default();
            parts.push(format!("{}..{}", at(self.from), at(self.until)));
        }
        if let Some((first, last)) = self.days {
            parts.push(format!("{}-{}", DAYS[usize::from(first) % 7], DAYS[usize::from(last) % 7]));
        }
        if let Some((open, close)) = self.hours {
            parts.push(format!("{open}-{close}"));
        }
        out.write_str(&parts.join(","))
    }
}

/// `sat-sun` or `sat`.
pub(super) fn days_of(text: &str) -> Option<(u8, u8)> {
    let day = |text: &str| DAYS.iter().position(|day| *day == text).map(|day| day as u8);
    match text.split_once('-') {
        Some((first, last)) => Some((day(first)?, day(last)?)),
        None => day(text).map(|day| (day, day)),
    }
}

/// `8-20`.
pub(super) fn hours_of(text: &str) -> Option<(u8, u8)> {
    let (open, close) = text.split_once('-')?;
    let (open, close) = (open.parse().ok()?, close.parse().ok()?);
    (open < 24 && close <= 24 && open != close).then_some((open, close))
}

/// Hours of `36h`, `12d`, `4w`; nothing is no time.
fn time(text: &str) -> Result<Option<f64>, ChangeError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || ChangeError::Time(text.to_owned());
    let hours = match text.chars().next_back() {
        Some('h') => 1.0,
        Some('d') => DAY,
        Some('w') => WEEK,
        _ => return Err(wrong()),
    };
    let number: f64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    if number < 0.0 { Err(ChangeError::BeforeStart) } else { Ok(Some(number * hours)) }
}

/// An hour of the run in the largest unit that it is whole in.
fn whole(hours: f64) -> (f64, &'static str) {
    let exact = hours < 1e9;
    match hours {
        at if exact && at % WEEK == 0.0 => (at / WEEK, "week"),
        at if exact && at % DAY == 0.0 => (at / DAY, "day"),
        at => (at, "hour"),
    }
}

fn short_time(hours: f64) -> String {
    let (number, unit) = whole(hours);
    format!("{number}{}", &unit[..1])
}

const MARKS: &[char] = &['%', ':', '@', '>', '/', ';'];

/// A name with the marks of the short text percent-encoded.
fn escape(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut out, at| {
        if MARKS.contains(&at) || at.is_control() {
            out.push_str(&format!("%{:02X}", at as u32 & 0xff));
        } else {
            out.push(at);
        }
        out
    })
}

fn unescape(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => out.push(char::from(code)),
            None => out.push('%'),
        }
        let rest = if part.get(..2).is_some_and(|code| u8::from_str_radix(code, 16).is_ok()) { 2 } else { 0 };
        out.push_str(&part[rest..]);
    }
    out
}

/// What the sentences call things: titles of services, and what their places are.
pub struct Words<'a> {
    /// Title of a service, resource or source by its name.
    pub title: &'a dyn Fn(&str) -> String,
    /// One and many of its places: ("bed", "beds").
    pub places: &'a dyn Fn(&str) -> (&'static str, &'static str),
}

impl Change {
    /// The change in plain English, without a full stop.
    pub(super) fn say(&self, words: &Words<'_>) -> String {
        let name = (words.title)(&self.who.name);
        let of = self.who.class.as_ref().map(|class| format!(" for {class} people")).unwrap_or_default();
        let time = |by: &By, what: &str| match by {
            By::Times(factor) => {
                format!("{what} {} {}{of}", percent(*factor), if *factor < 1.0 { "shorter" } else { "longer" })
            }
            By::Add(more) => {
                format!("{what} {} {}{of}", duration(more.abs()), if *more < 0.0 { "shorter" } else { "longer" })
            }
            By::To(value) => format!("{what} of {} on average{of}", duration(*value)),
        };
        let said = match &self.what {
            What::Places(by) => {
                let units = (words.places)(&self.who.name);
                format!("{} in {name}", count(by, units.0, units.1))
            }
            What::Queue(by) => format!("{} to wait in for {name}", count(by, "place", "places")),
            What::Stay(by) => time(by, &format!("A stay in {name}")),
            What::Transfer(by) => time(by, &format!("The way on from {name}")),
            What::Patience(by) => time(by, &format!("Patience of people who wait for {name}")),
            What::Arrivals(by) => {
                let class = self.who.class.as_ref().map(|class| format!("{class} ")).unwrap_or_default();
                let (one, many) = (format!("{class}person"), format!("{class}people"));
                match by {
                    By::Times(_) => format!("{} come: {name}", count(by, &one, &many)),
                    _ => format!("{} an hour come: {name}", count(by, &one, &many)),
                }
            }
            What::Share(by) => {
                let to = self.who.to.as_deref().map(words.title).unwrap_or_default();
                let whom =
                    self.who.class.as_ref().map(|class| format!("{class} people")).unwrap_or("people".to_owned());
                match by {
                    By::Times(factor) => format!(
                        "{} {} of the {whom} who leave {name} go on to {to}",
                        percent(*factor),
                        if *factor < 1.0 { "fewer" } else { "more" }
                    ),
                    By::Add(more) => format!(
                        "{} {} in 100 of the {whom} who leave {name} go on to {to}",
                        number(more.abs() * 100.0),
                        if *more < 0.0 { "fewer" } else { "more" }
                    ),
                    By::To(share) => {
                        format!("{} in 100 of the {whom} who leave {name} go on to {to}", number(share * 100.0))
                    }
                }
            }
            What::Open(open, close) => format!("{name} open from {} to {}", hour(*open), hour(*close)),
            What::Closed => format!("{name} takes nobody new"),
            What::New(_) => format!("A new service: {name}"),
        };
        format!("{said}{}", self.when.say())
    }
}

impl When {
    fn say(&self) -> String {
        let mut said = String::new();
        if let Some((first, last)) = self.days {
            said += &match (first, last) {
                (5, 6) => " at weekends".to_owned(),
                (0, 4) => " on weekdays".to_owned(),
                (first, last) if first == last => format!(" on {}", DAY_NAMES[usize::from(first) % 7]),
                (first, last) => {
                    format!(" from {} to {}", DAY_NAMES[usize::from(first) % 7], DAY_NAMES[usize::from(last) % 7])
                }
            };
        }
        if let Some((open, close)) = self.hours {
            said += &format!(" from {} to {}", hour(open), hour(close));
        }
        let start = |at: f64| {
            let (number, unit) = whole(at);
            format!("{unit} {}", number + 1.0)
        };
        said + &match (self.from, self.until) {
            (None, None) => String::new(),
            (Some(from), None) => format!(", from {}", start(from)),
            (None, Some(until)) => format!(", for the first {}", duration(until)),
            (Some(from), Some(until)) => format!(", for {} from {}", duration(until - from), start(from)),
        }
    }
}

fn hour(of_day: u8) -> String {
    match of_day {
        0 | 24 => "midnight".to_owned(),
        12 => "noon".to_owned(),
        hour if hour < 12 => format!("{hour}am"),
        hour => format!("{}pm", hour - 12),
    }
}

fn percent(factor: f64) -> String {
    if factor >= 2.0 {
        format!("{} times", number(factor))
    } else {
        format!("{}%", number((factor - 1.0).abs() * 100.0))
    }
}

fn count(by: &By, one: &str, many: &str) -> String {
    let units = |value: f64| if value == 1.0 { one.to_owned() } else { many.to_owned() };
    match by {
        By::Add(more) if *more < 0.0 => format!("{} fewer {}", number(-more), units(-more)),
        By::Add(more) => format!("{} more {}", number(*more), units(*more)),
        By::Times(factor) if *factor >= 2.0 => format!("{} times as many {many}", number(*factor)),
        By::Times(factor) => format!("{} {} {many}", percent(*factor), if *factor < 1.0 { "fewer" } else { "more" }),
        By::To(value) => format!("{} {}", number(*value), units(*value)),
    }
}

fn duration(hours: f64) -> String {
    let (value, unit) = match hours {
        at if at >= WEEK && at % WEEK == 0.0 => (at / WEEK, "week"),
        at if at >= 48.0 => (at / DAY, "day"),
        at if at >= 1.0 => (at, "hour"),
        at => (at * 60.0, "minute"),
    };
    format!("{} {unit}{}", number(value), if number(value) == "1" { "" } else { "s" })
}

/// At most three digits that say something.
pub(super) fn number(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
