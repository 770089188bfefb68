//! What is asked for: an address as a value. The browser's address bar, `catchment see` and `catchment paper` all make one of
//! these, so that one view has one address in every medium.

use crate::fault::Fault;
use domain::Date;

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
    /// `/why/FIGURE`
    Why(String),
}

/// Why there is no view.
#[derive(Debug)]
pub enum Wrong {
    /// Nothing has this name.
    NoSuch { what: String, name: String, like: Vec<show::Link> },
    /// A part of the address makes no sense.
    Unclear { field: String, text: String, help: String },
    /// It could not be made.
    Fault(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong::Fault(fault)
    }
}

impl Ask {
    /// The path without the query.
    pub fn path(&self) -> String {
        let name = show::escape;
        match &self.page {
            Page::Whole => "/".to_owned(),
            Page::Handovers => "/handovers".to_owned(),
            Page::Handover(id) => format!("/handovers/{}", name(id)),
            Page::Journeys => "/journeys".to_owned(),
            Page::Pathway(id) => format!("/pathways/{}", name(id)),
            Page::Measures => "/measures".to_owned(),
            Page::Measure(id) => format!("/measures/{}", name(id)),
            Page::Places => "/places".to_owned(),
            Page::Place(id) => format!("/places/{}", name(id)),
            Page::Organisations => "/organisations".to_owned(),
            Page::Organisation(id) => format!("/organisations/{}", name(id)),
            Page::Sources => "/sources".to_owned(),
            Page::Source(id) => format!("/sources/{}", name(id)),
            Page::Map(_) => "/map".to_owned(),
            Page::Search(_) => "/search".to_owned(),
            Page::Why(id) => format!("/why/{}", name(id)),
        }
    }
}
