//! What is asked for: an address as a value. The browser's address bar, `catchment see` and `catchment paper` all make one of
//! these, so that one view has one address in every medium.
//!
//! Reading an address takes two steps: [`Ask::parse`] knows how addresses are written, [`Ask::known`] knows the place and
//! gives every name its one spelling. Pages that name a handover, a measure and so on are told apart when they are made.

use crate::fault::Fault;
use crate::view::nearest;
use domain::{AGE_BANDS, Date, Place};
use show::{Link, escape};
use std::borrow::Cow;

/// A view that somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Which page.
    pub page: Page,
    /// For whom and when.
    pub filter: Filter,
}

/// For whom and when; all in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// A neighbourhood, by name.
    pub place: Option<String>,
    /// One of `domain::AGE_BANDS`.
    pub age: Option<String>,
    /// `female` or `male`.
    pub sex: Option<String>,
    /// A fifth: 1 is the most deprived.
    pub deprivation: Option<u8>,
    /// A need that place.toml names.
    pub need: Option<String>,
    /// Monday of a week.
    pub week: Option<Date>,
}

/// The pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    /// `/`
    #[default]
    Whole,
    /// `/handovers`
    Handovers,
    /// `/handovers/ID`
    Handover(String),
    /// `/journeys`
    Journeys,
    /// `/journeys/one?reason=ID`: single journeys, once a reason is kept.
    Singles(Option<String>),
    /// `/journeys/one/N?reason=ID`
    Single(String, Option<String>),
    /// `/pathways/ID`
    Pathway(String),
    /// `/measures`
    Measures,
    /// `/measures/ID`
    Measure(String),
    /// `/places`
    Places,
    /// `/places/NAME`
    Place(String),
    /// `/organisations`
    Organisations,
    /// `/organisations/ID`
    Organisation(String),
    /// `/sources`
    Sources,
    /// `/sources/FEED`
    Source(String),
    /// `/map?measure=ID`
    Map(Option<String>),
    /// `/search?q=WORDS`
    Search(String),
    /// `/ledger`
    Ledger,
    /// `/pressure`
    Pressure,
    /// `/air-time`
    AirTime,
    /// `/why/FIGURE`
    Why(String),
    /// `/need`
    Need,
    /// `/next`
    Next,
    /// `/simulate`: what may be changed on the copy of the place.
    Simulate(Trial),
    /// `/simulate/run`: what a change does.
    Run(Trial),
    /// `/simulate/aim`: the smallest change that meets an aim, and what matters most to it.
    Aim(Trial),
    /// `/model`: what the copy learnt, and whether it holds.
    Model(Option<String>),
    /// `/story`: why we are here, how we hold to it, what comes first.
    Story,
    /// `/conversations`
    Conversations,
    /// `/conversations/ID`
    Conversation(String),
    /// `/conversations/ID/moderation`: what was taken out and why, and for moderators what waits.
    Moderation(String),
    /// `/said`: what was said, and what came of it.
    Said,
    /// `/decisions?duty=ID&pounds=N`: all of them, and who may decide this.
    Decisions(Option<String>, Option<String>),
    /// `/decisions/ID`: a question from asked to reviewed.
    Decision(String),
    /// `/plans`
    Plans,
    /// `/plans/ID`
    Plan(String),
    /// `/monday?role=NAME`: mine, late, blocked.
    Monday(Option<String>),
    /// `/trust`: how teams find working with each other, and what they do.
    Trust,
    /// `/log`: who did what to which, because of what.
    Log,
}

impl Page {
    /// Whether it shows what people said, and so changes with the Ledger.
    pub fn of_the_ledger(&self) -> bool {
        use Page::{
            Conversation, Conversations, Decision, Decisions, Log, Moderation, Monday, Plan, Plans, Said, Story, Trust,
        };
        matches!(
            self,
            Story
                | Conversations
                | Conversation(_)
                | Moderation(_)
                | Said
                | Decisions(..)
                | Decision(_)
                | Plans
                | Plan(_)
                | Monday(_)
                | Trust
                | Log
        )
    }
}

/// A change that is tried on a copy of the place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trial {
    /// A file of `models/`; the first where none is named.
    pub model: Option<String>,
    /// A file of `scenarios/`.
    pub scenario: Option<String>,
    /// Changes as short texts, apart by semicolons: `home-care:places:+10;ward:stay:x0.9`.
    pub change: Option<String>,
    /// What is to be reached: `general-ed:wait<4`.
    pub aim: Option<String>,
    /// What is moved to reach it: `home-care:places`.
    pub lever: Option<String>,
}

impl Trial {
    /// What was chosen, by key, in the one order.
    fn keys(&self) -> [(&'static str, Option<String>); 5] {
        let Trial { model, scenario, change, aim, lever } = self.clone();
        [("model", model), ("scenario", scenario), ("change", change), ("aim", aim), ("lever", lever)]
    }
}

/// In what form it is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A page to read.
    #[default]
    Page,
    /// All of it, or the panel that holds the table of this name, such as "waits".
    Json { panel: Option<String> },
    /// The table of this name, or the first.
    Csv { panel: Option<String> },
}

/// Why there is no view.
#[derive(Debug)]
pub enum Wrong {
    /// Nothing has this name.
    NoSuch { what: String, name: String, like: Vec<Link> },
    /// A part of the address makes no sense.
    Unclear { field: String, text: String, help: String },
    /// It makes sense, and the records do not reach it.
    Beyond { what: String, help: String },
    /// It is not for this reader.
    NotAllowed { what: String, help: String },
    /// It could not be made.
    Fault(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong::Fault(fault)
    }
}

/// What may be chosen in a query; anything else is passed over.
pub const KEYS: [&str; 18] = [
    "measure",
    "role",
    "duty",
    "pounds",
    "q",
    "reason",
    "model",
    "scenario",
    "change",
    "aim",
    "lever",
    "place",
    "age",
    "deprivation",
    "sex",
    "need",
    "week",
    "panel",
];
/// No address of ours is longer than this, in bytes.
const LONGEST: usize = 2048;
/// No name in one is longer than this, in letters.
const LONGEST_NAME: usize = 200;
/// No list of changes is longer.
const LONGEST_CHANGE: usize = 1000;

impl Ask {
    /// Reads an address: the path, perhaps ending in `.json` or `.csv`, and what follows the `?`. Unknown keys are passed
    /// over; of a key given twice the last counts; a key without a value is not chosen.
    ///
    /// # Errors
    /// [`Wrong::NoSuch`] for a path that leads nowhere, [`Wrong::Unclear`] for what cannot be read.
    pub fn parse(path: &str, query: &str) -> Result<(Ask, Medium), Wrong> {
        if path.len() + query.len() > LONGEST {
            return Err(unclear(
                "address",
                "",
                format!("an address has at most {LONGEST} letters: follow a link to one"),
            ));
        }
        let (path, form) = match path.strip_suffix(".json") {
            Some(rest) => (rest, Medium::Json { panel: None }),
            None => match path.strip_suffix(".csv") {
                Some(rest) => (rest, Medium::Csv { panel: None }),
                None => (path, Medium::Page),
            },
        };
        let path = if form != Medium::Page && path == "/index" { "/" } else { path };
        let mut parts = Vec::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            parts.push(name(decode(part, false), "path")?);
        }
        let mut keys: Vec<(String, String)> = Vec::new();
        for (key, value) in pairs(query) {
            let Some(key) = key.ok().filter(|key| KEYS.contains(&key.as_str())) else { continue };
            let most = if key == "change" { LONGEST_CHANGE } else { LONGEST_NAME };
            let value = name_within(value, &key, most)?;
            keys.retain(|known| known.0 != key);
            keys.push((key, value));
        }
        let chosen = |key: &str| {
            let value = keys.iter().find(|known| known.0 == key)?.1.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let trial = || Trial {
            model: chosen("model"),
            scenario: chosen("scenario"),
            change: chosen("change"),
            aim: chosen("aim"),
            lever: chosen("lever"),
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let page = match parts.as_slice() {
            [] => Page::Whole,
            ["handovers"] => Page::Handovers,
            ["handovers", id] => Page::Handover((*id).to_owned()),
            ["journeys"] => Page::Journeys,
            ["journeys", "one"] => Page::Singles(chosen("reason")),
            ["journeys", "one", which] => Page::Single((*which).to_owned(), chosen("reason")),
            ["pathways", id] => Page::Pathway((*id).to_owned()),
            ["measures"] => Page::Measures,
            ["measures", id] => Page::Measure((*id).to_owned()),
            ["places"] => Page::Places,
            ["places", name] => Page::Place((*name).to_owned()),
            ["organisations"] => Page::Organisations,
            ["organisations", id] => Page::Organisation((*id).to_owned()),
            ["sources"] => Page::Sources,
            ["sources", feed] => Page::Source((*feed).to_owned()),
            ["map"] => Page::Map(chosen("measure")),
            ["search"] => Page::Search(chosen("q").unwrap_or_default()),
            ["ledger"] => Page::Ledger,
            ["pressure"] => Page::Pressure,
            ["air-time"] => Page::AirTime,
            ["why", figure] => Page::Why((*figure).to_owned()),
            ["need"] => Page::Need,
            ["next"] => Page::Next,
            ["simulate"] => Page::Simulate(trial()),
            ["simulate", "run"] => Page::Run(trial()),
            ["simulate", "aim"] => Page::Aim(trial()),
            ["model"] => Page::Model(chosen("model")),
            ["story"] => Page::Story,
            ["conversations"] => Page::Conversations,
            ["conversations", id] => Page::Conversation((*id).to_owned()),
            ["conversations", id, "moderation"] => Page::Moderation((*id).to_owned()),
            ["said"] => Page::Said,
            ["decisions"] => Page::Decisions(chosen("duty"), chosen("pounds")),
            ["decisions", id] => Page::Decision((*id).to_owned()),
            ["plans"] => Page::Plans,
            ["plans", id] => Page::Plan((*id).to_owned()),
            ["monday"] => Page::Monday(chosen("role")),
            ["trust"] => Page::Trust,
            ["log"] => Page::Log,
            _ => {
                let name = parts.join("/");
                return Err(Wrong::NoSuch { what: "page".to_owned(), like: nearest(&name, pages()), name });
            }
        };
        let filter = Filter {
            place: chosen("place"),
            age: chosen("age").map(age).transpose()?,
            sex: chosen("sex").map(sex).transpose()?,
            deprivation: chosen("deprivation").map(fifth).transpose()?,
            need: chosen("need"),
            week: chosen("week").map(week).transpose()?,
        };
        let form = match form {
            Medium::Page => Medium::Page,
            Medium::Json { .. } => Medium::Json { panel: chosen("panel") },
            Medium::Csv { .. } => Medium::Csv { panel: chosen("panel") },
        };
        Ok((Ask { page, filter }, form))
    }

    /// The same with every name of the place as the place spells it.
    ///
    /// # Errors
    /// [`Wrong::NoSuch`], with the names that are most like it.
    pub fn known(mut self, place: &Place) -> Result<Ask, Wrong> {
        if let Some(wanted) = self.filter.place.take() {
            let names = place.neighbourhoods.iter().map(|known| (known.name.as_str(), known.name.as_str()));
            self.filter.place = Some(self.one_of("neighbourhood", "place", &wanted, names)?);
        }
        if let Some(wanted) = self.filter.need.take() {
            let needs = place.needs.iter().map(|known| (known.id.as_str(), known.name.as_str()));
            self.filter.need = Some(self.one_of("need", "need", &wanted, needs)?);
        }
        Ok(self)
    }

    fn one_of<'k>(
        &self,
        what: &str,
        key: &str,
        wanted: &str,
        known: impl Iterator<Item = (&'k str, &'k str)> + Clone,
    ) -> Result<String, Wrong> {
        let lower = wanted.to_lowercase();
        let same = |text: &str| text.to_lowercase() == lower;
        let exact = known.clone().find(|name| name.0 == wanted);
        if let Some((id, _)) = exact.or_else(|| known.clone().find(|name| same(name.0) || same(name.1))) {
            return Ok(id.to_owned());
        }
        let path = self.path();
        let links = known.map(|(id, name)| Link::new(name, format!("{path}?{key}={}", escape(id))));
        Err(Wrong::NoSuch { what: what.to_owned(), name: wanted.to_owned(), like: nearest(wanted, links) })
    }

    /// The path without the query.
    pub fn path(&self) -> String {
        match &self.page {
            Page::Whole => "/".to_owned(),
            Page::Handovers => "/handovers".to_owned(),
            Page::Handover(id) => format!("/handovers/{}", part(id)),
            Page::Journeys => "/journeys".to_owned(),
            Page::Singles(_) => "/journeys/one".to_owned(),
            Page::Single(which, _) => format!("/journeys/one/{}", part(which)),
            Page::Pathway(id) => format!("/pathways/{}", part(id)),
            Page::Measures => "/measures".to_owned(),
            Page::Measure(id) => format!("/measures/{}", part(id)),
            Page::Places => "/places".to_owned(),
            Page::Place(id) => format!("/places/{}", part(id)),
            Page::Organisations => "/organisations".to_owned(),
            Page::Organisation(id) => format!("/organisations/{}", part(id)),
            Page::Sources => "/sources".to_owned(),
            Page::Source(id) => format!("/sources/{}", part(id)),
            Page::Map(_) => "/map".to_owned(),
            Page::Search(_) => "/search".to_owned(),
            Page::Ledger => "/ledger".to_owned(),
            Page::Pressure => "/pressure".to_owned(),
            Page::AirTime => "/air-time".to_owned(),
            Page::Why(id) => format!("/why/{}", part(id)),
            Page::Need => "/need".to_owned(),
            Page::Next => "/next".to_owned(),
            Page::Simulate(_) => "/simulate".to_owned(),
            Page::Run(_) => "/simulate/run".to_owned(),
            Page::Aim(_) => "/simulate/aim".to_owned(),
            Page::Model(_) => "/model".to_owned(),
            Page::Story => "/story".to_owned(),
            Page::Conversations => "/conversations".to_owned(),
            Page::Conversation(id) => format!("/conversations/{}", part(id)),
            Page::Moderation(id) => format!("/conversations/{}/moderation", part(id)),
            Page::Said => "/said".to_owned(),
            Page::Decisions(..) => "/decisions".to_owned(),
            Page::Decision(id) => format!("/decisions/{}", part(id)),
            Page::Plans => "/plans".to_owned(),
            Page::Plan(id) => format!("/plans/{}", part(id)),
            Page::Monday(_) => "/monday".to_owned(),
            Page::Trust => "/trust".to_owned(),
            Page::Log => "/log".to_owned(),
        }
    }

    /// Its one address: every way of asking for the same view leads to the same text.
    pub fn address(&self) -> String {
        self.address_as(&Medium::Page)
    }

    /// What is written about it is kept under this: its one address of any week, as a note names its own point.
    pub fn about(&self) -> String {
        Ask { filter: Filter { week: None, ..self.filter.clone() }, ..self.clone() }.address()
    }

    /// Its one address in a medium.
    pub fn address_as(&self, medium: &Medium) -> String {
        let path = self.path();
        let (ending, panel) = match medium {
            Medium::Page => ("", None),
            Medium::Json { panel } => (".json", panel.clone()),
            Medium::Csv { panel } => (".csv", panel.clone()),
        };
        let path = if path == "/" && !ending.is_empty() { "/index".to_owned() } else { path };
        let page = match &self.page {
            Page::Map(measure) => ("measure", measure.clone()),
            Page::Search(words) => ("q", Some(words.clone()).filter(|words| !words.is_empty())),
            Page::Singles(reason) | Page::Single(_, reason) => ("reason", reason.clone()),
            Page::Model(model) => ("model", model.clone()),
            Page::Monday(role) => ("role", role.clone()),
            Page::Decisions(duty, _) => ("duty", duty.clone()),
            _ => ("", None),
        };
        let also = if let Page::Decisions(_, pounds) = &self.page { pounds.clone() } else { None };
        let trial = match &self.page {
            Page::Simulate(trial) | Page::Run(trial) | Page::Aim(trial) => Some(trial.keys()),
            _ => None,
        };
        let keys = [page, ("pounds", also)]
            .into_iter()
            .chain(trial.into_iter().flatten())
            .chain(self.filter.keys())
            .chain([("panel", panel)]);
        format!("{path}{ending}{}", query(keys))
    }
}

impl Filter {
    /// An address with what was chosen.
    pub fn on(&self, path: &str) -> String {
        format!("{path}{}", query(self.keys()))
    }

    /// What was chosen, by key, in the one order.
    fn keys(&self) -> [(&'static str, Option<String>); 6] {
        let Filter { place, age, sex, deprivation, need, week } = self;
        [
            ("place", place.clone()),
            ("age", age.clone()),
            ("deprivation", deprivation.map(|fifth| fifth.to_string())),
            ("sex", sex.clone()),
            ("need", need.clone()),
            ("week", week.map(|week| week.to_string())),
        ]
    }
}

/// The query of the keys that have a value, or nothing.
fn query(keys: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
    let chosen = keys.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", escape(&value?))));
    let chosen = chosen.collect::<Vec<_>>().join("&");
    if chosen.is_empty() { chosen } else { format!("?{chosen}") }
}

/// The pages that need no name, for those who lost their way.
fn pages() -> Vec<Link> {
    let all = [
        ("The whole system", "/"),
        ("Handovers", "/handovers"),
        ("The delay ledger", "/ledger"),
        ("Pressure", "/pressure"),
        ("Journeys", "/journeys"),
        ("Measures", "/measures"),
        ("Air time", "/air-time"),
        ("The next days", "/next"),
        ("What is coming", "/need"),
        ("Try a change", "/simulate"),
        ("How far to trust the copy", "/model"),
        ("Our story", "/story"),
        ("Conversations", "/conversations"),
        ("You said, so we", "/said"),
        ("Questions and decisions", "/decisions"),
        ("Plans", "/plans"),
        ("This Monday", "/monday"),
        ("Trust at the joins", "/trust"),
        ("Places", "/places"),
        ("Organisations", "/organisations"),
        ("Sources and problems", "/sources"),
        ("Map", "/map"),
        ("Search", "/search"),
        ("For the public", "/public"),
        ("For machines", "/api"),
    ];
    all.map(|(words, href)| Link::new(words, href)).to_vec()
}

/// A part of a path; one that ends like a medium keeps its dot from being read as one.
fn part(name: &str) -> String {
    let mut text = escape(name);
    if let Some(dot) =
        [".json", ".csv"].iter().find(|ending| text.ends_with(**ending)).map(|ending| text.len() - ending.len())
    {
        text.replace_range(dot..=dot, "%2E");
    }
    text
}

/// The keys and values of a query or of a form that was sent, decoded where they can be.
pub fn pairs(query: &str) -> impl Iterator<Item = (Result<String, String>, Result<String, String>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key, true), decode(value, true))
    })
}

/// Percent-decoded; `Err` holds what cannot be.
fn decode(text: &str, plus: bool) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        rest = after;
        bytes.push(match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                rest = &after[2..];
                (high * 16 + low) as u8
            }
            (b'+', ..) if plus => b' ',
            _ => *first,
        });
    }
    String::from_utf8(bytes).map_err(|_| text.to_owned())
}

/// A name that can be asked for: readable and of bounded length.
fn name(text: Result<String, String>, field: &str) -> Result<String, Wrong> {
    name_within(text, field, LONGEST_NAME)
}

fn name_within(text: Result<String, String>, field: &str, most: usize) -> Result<String, Wrong> {
    match text {
        Ok(text) if text.chars().count() > most => {
            let start: String = text.chars().take(20).collect();
            Err(unclear(field, format!("{start}…"), format!("a name has at most {most} letters")))
        }
        Ok(text) if text.chars().any(char::is_control) => {
            Err(unclear(field, text.escape_debug().to_string(), "a name holds letters that can be read"))
        }
        Ok(text) => Ok(text),
        Err(text) => Err(unclear(field, text, "an address is written in UTF-8")),
    }
}

fn unclear(field: &str, text: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong::Unclear { field: field.to_owned(), text: text.into(), help: help.into() }
}

fn age(text: String) -> Result<String, Wrong> {
    // A plus that was typed by hand came as a space.
    let band = AGE_BANDS.iter().find(|band| **band == text || band.strip_suffix('+') == Some(&text));
    let band = band.ok_or_else(|| unclear("age", text, format!("choose one of {}", AGE_BANDS.join(", "))))?;
    Ok((*band).to_owned())
}

fn sex(text: String) -> Result<String, Wrong> {
    let lower = text.to_ascii_lowercase();
    if ["female", "male"].contains(&lower.as_str()) {
        Ok(lower)
    } else {
        Err(unclear("sex", text, "choose female or male"))
    }
}

fn fifth(text: String) -> Result<u8, Wrong> {
    let help = "choose a fifth, 1 (most deprived) to 5 (least deprived)";
    text.parse().ok().filter(|fifth| (1..=5).contains(fifth)).ok_or_else(|| unclear("deprivation", text, help))
}

/// Any day of a week names its Monday.
fn week(text: String) -> Result<Date, Wrong> {
    let parts: Vec<Cow<str>> = text.split('-').map(Cow::from).collect();
    let date = match parts.as_slice() {
        [year, month, day] if year.len() == 4 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => {
            let number = |part: &str| part.parse::<u32>().ok();
            number(year)
                .zip(number(month))
                .zip(number(day))
                .and_then(|((year, month), day)| Date::from_ymd(year as i32, month, day))
        }
        _ => None,
    };
    let date = date.ok_or_else(|| unclear("week", text, "write the Monday of a week, such as 2025-11-10"))?;
    Ok(Date(date.0 - date.weekday() as i32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(address: &str, canonical: &str) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let said = match Ask::parse(path, query).and_then(|(ask, medium)| Ok((ask.known(&place())?, medium))) {
            Ok((ask, medium)) => ask.address_as(&medium),
            Err(Wrong::NoSuch { what, name, like }) => {
                let like: Vec<&str> = like.iter().map(|link| link.href.as_str()).collect();
                format!("no {what} {name}; {}", like.join(" "))
            }
            Err(Wrong::Unclear { field, text, help }) => format!("{field} {text}: {help}"),
            Err(other) => format!("{other:?}"),
        };
        assert_eq!(said, canonical, "{address}");
    }

    fn place() -> Place {
        Place::parse("name = 'Testham'\n[[neighbourhood]]\nname = 'Old Town'\n[[neighbourhood]]\nname = 'Eastbrook'")
            .unwrap()
    }

    #[test]
    fn every_way_of_asking_leads_to_one_address() {
        check("/", "/");
        check("", "/");
        check("/?utm_source=mail&place=", "/");
        check("/handovers/", "/handovers");
        check(
            "/handovers/ward-to-home-care?week=2025-11-16&place=old+town",
            "/handovers/ward-to-home-care?place=Old%20Town&week=2025-11-10",
        );
        check("/?age=85+&sex=Female", "/?age=85%2B&sex=female");
        check("/?place=Old%20Town&place=Eastbrook", "/?place=Eastbrook");
        check("/map?place=Eastbrook&measure=a", "/map?measure=a&place=Eastbrook");
        check("/search?q=ward+home", "/search?q=ward%20home");
    }

    #[test]
    fn every_address_has_its_media() {
        check("/index.json", "/index.json");
        check("/index.csv?panel=waits&age=75-84", "/index.csv?age=75-84&panel=waits");
        check("/measures/a.b.csv", "/measures/a.b.csv");
        check("/sources/visits%2Ecsv.json", "/sources/visits%2Ecsv.json");
    }

    #[test]
    fn nonsense_says_what_to_do() {
        check("/nothing/at/all", "no page nothing/at/all; ");
        check("/handover", "no page handover; /handovers");
        check("/?place=Eastbrok", "no neighbourhood Eastbrok; /?place=Eastbrook");
        check("/?week=2025-13-99", "week 2025-13-99: write the Monday of a week, such as 2025-11-10");
        check("/?week=-1", "week -1: write the Monday of a week, such as 2025-11-10");
        check("/?deprivation=6", "deprivation 6: choose a fifth, 1 (most deprived) to 5 (least deprived)");
        check("/?age=old", "age old: choose one of 0-17, 18-39, 40-64, 65-74, 75-84, 85+");
        check("/?sex=x", "sex x: choose female or male");
        check("/?place=%ff", "place %ff: an address is written in UTF-8");
        check("/why/a%00b", "path a\\0b: a name holds letters that can be read");
        check(&format!("/why/{}", "a".repeat(201)), "path aaaaaaaaaaaaaaaaaaaa…: a name has at most 200 letters");
        check(&format!("/{}", "a".repeat(4000)), "address : an address has at most 2048 letters: follow a link to one");
    }

    fn names() -> impl Strategy<Value = String> {
        // Trimmed, as what is chosen is; a path keeps its spaces.
        "[^\\p{C}]{1,12}(\\.csv|\\.json)?"
            .prop_filter("a name", |name| !name.trim().is_empty())
            .prop_map(|name| name.trim().to_owned())
    }

    fn asks() -> impl Strategy<Value = Ask> {
        let page = (0usize..38, names(), proptest::option::of(names())).prop_map(|(which, name, chosen)| match which {
            0 => Page::Whole,
            1 => Page::Handovers,
            2 => Page::Handover(name),
            3 => Page::Journeys,
            4 => Page::Singles(chosen),
            5 => Page::Single(name, chosen),
            6 => Page::Pathway(name),
            7 => Page::Measures,
            8 => Page::Measure(name),
            9 => Page::Places,
            10 => Page::Place(name),
            11 => Page::Organisations,
            12 => Page::Organisation(name),
            13 => Page::Sources,
            14 => Page::Source(name),
            15 => Page::Map(chosen),
            16 => Page::Search(chosen.unwrap_or_default()),
            17 => Page::Ledger,
            18 => Page::Pressure,
            19 => Page::AirTime,
            20 => Page::Need,
            21 => Page::Next,
            22 => Page::Simulate(Trial { model: chosen, ..Trial::default() }),
            23 => Page::Run(Trial { scenario: chosen, change: Some(name), ..Trial::default() }),
            24 => Page::Aim(Trial { aim: chosen, lever: Some(name), ..Trial::default() }),
            25 => Page::Model(chosen),
            26 => Page::Story,
            27 => Page::Conversations,
            28 => Page::Conversation(name),
            29 => Page::Moderation(name),
            30 => Page::Said,
            31 => Page::Decisions(chosen, Some(name)),
            32 => Page::Decision(name),
            33 => Page::Plans,
            34 => Page::Plan(name),
            35 => Page::Monday(chosen),
            36 => Page::Trust,
            37 => Page::Log,
            _ => Page::Why(name),
        });
        let filter = (
            proptest::option::of(names()),
            proptest::option::of(0usize..6),
            proptest::option::of(any::<bool>()),
            proptest::option::of(1u8..=5),
            proptest::option::of(names()),
            proptest::option::of(-10_000i32..10_000),
        );
        (page, filter).prop_map(|(page, (place, age, sex, deprivation, need, week))| Ask {
            page,
            filter: Filter {
                place,
                age: age.map(|at| AGE_BANDS[at].to_owned()),
                sex: sex.map(|female| if female { "female" } else { "male" }.to_owned()),
                deprivation,
                need,
                week: week.map(|weeks| Date(weeks * 7 - 3)).filter(|week| (0..10_000).contains(&week.ymd().0)),
            },
        })
    }

    proptest! {
        #[test]
        fn an_address_is_read_as_what_it_was_written_from(ask in asks(), form in 0u8..3, panel in proptest::option::of(names())) {
            let medium = match form { 0 => Medium::Page, 1 => Medium::Json { panel }, _ => Medium::Csv { panel } };
            let address = ask.address_as(&medium);
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            prop_assert_eq!(Ask::parse(path, query).unwrap(), (ask, medium), "{}", address);
        }

        #[test]
        fn whatever_bytes_are_asked_for_there_is_an_answer(path in ".{0,300}", query in ".{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let coded: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            for (path, query) in [(path.as_str(), query.as_str()), (&coded, &coded), ("/", &query.replace('a', "%")), ("/", &format!("week={query}&age={coded}"))] {
                if let Ok((ask, medium)) = Ask::parse(path, query) {
                    // What was understood has one address, and that is understood alike.
                    let address = ask.address_as(&medium);
                    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
                    prop_assert_eq!(Ask::parse(path, query).unwrap(), (ask.clone(), medium.clone()), "{}", address);
                }
            }
        }
    }
}
