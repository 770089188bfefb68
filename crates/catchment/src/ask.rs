//! What is asked for: an address as a value. The browser's address bar, `catchment see` and `catchment paper` all make one of
//! these, so that one view has one address in every medium.

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
