//! The place: organisations, services, handovers and neighbourhoods, as `place.toml` writes them.
//!
//! A person can write the file by hand in an hour; an error names the line and the way out. See `docs/place.md`.

use crate::event::words;
use crate::time::{Date, Instant, Zone};
use serde::Deserialize;
use std::collections::HashMap;
use thiserror::Error;
use toml::Spanned;

words! {
    /// The sector of an organisation or a measure.
    Sector, "sector", {
        /// Hospitals.
        Acute = "acute",
        /// Ambulance and 999, and NHS 111.
        Ambulance = "ambulance",
        /// General practice, pharmacy, dentistry.
        Primary = "primary",
        /// Community health services.
        Community = "community",
        /// Mental health services.
        MentalHealth = "mental_health",
        /// The council's and independent social care.
        SocialCare = "social_care",
        /// Public health and prevention.
        PublicHealth = "public_health",
        /// Charities and community groups.
        Voluntary = "voluntary",
    }
}

words! {
    /// What a service does; handovers are declared between kinds.
    ServiceKind, "kind of service", {
        /// Where 999 calls are answered.
        Call999 = "call_999",
        /// Ambulance crews.
        Ambulance = "ambulance",
        /// NHS 111.
        Call111 = "call_111",
        /// A type 1 emergency department.
        EmergencyDepartment = "emergency_department",
        /// Same day emergency care.
        SameDayCare = "same_day_care",
        /// A group of hospital wards.
        Ward = "ward",
        /// Hospital care at home.
        VirtualWard = "virtual_ward",
        /// Urgent community response.
        UrgentResponse = "urgent_response",
        /// District and community nursing.
        CommunityNursing = "community_nursing",
        /// Community therapy.
        Therapy = "therapy",
        /// Care at home, after hospital (discharge pathway 1) or lasting.
        HomeCare = "home_care",
        /// Short-term support to regain independence.
        Reablement = "reablement",
        /// A bed between hospital and home (discharge pathway 2).
        IntermediateCare = "intermediate_care",
        /// A care home (discharge pathway 3).
        CareHome = "care_home",
        /// A general practice.
        GeneralPractice = "general_practice",
        /// Mental health crisis and liaison teams.
        MentalHealthCrisis = "mental_health_crisis",
        /// Community mental health teams.
        MentalHealthCommunity = "mental_health_community",
        /// Talking therapies.
        TalkingTherapies = "talking_therapies",
        /// A mental health ward.
        MentalHealthWard = "mental_health_ward",
        /// Social work and assessment.
        SocialWork = "social_work",
        /// A hospice.
        Hospice = "hospice",
        /// Support by a charity or community group.
        VoluntarySupport = "voluntary_support",
        /// Prevention: stopping smoking, health checks, falls classes.
        Prevention = "prevention",
    }
}

/// The age bands of a place's population, in years.
pub const AGE_BANDS: [&str; 6] = ["0-17", "18-39", "40-64", "65-74", "75-84", "85+"];

/// The index into [`AGE_BANDS`] of an age in years.
pub const fn age_band(age: i32) -> usize {
    match age {
        ..=17 => 0,
        18..=39 => 1,
        40..=64 => 2,
        65..=74 => 3,
        75..=84 => 4,
        _ => 5,
    }
}

/// A body with an ODS code.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// ORGANISATION IDENTIFIER, an ODS code.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its sector.
    pub sector: Sector,
}

/// Where care happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The name by which feeds map to it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: ServiceKind,
    /// The organisation that runs it.
    pub organisation: String,
    /// Beds, places or crews, if that is known.
    pub capacity: Option<u32>,
}

/// A join that the place watches: people pass from one kind of service to another.
#[derive(Debug, Clone, PartialEq)]
pub struct HandoverRule {
    /// The name by which measures find it.
    pub id: String,
    /// Its name on the page.
    pub name: String,
    /// From services of this kind; `None` is from home.
    pub from: Option<ServiceKind>,
    /// To services of this kind.
    pub to: ServiceKind,
    /// What was promised, in minutes.
    pub standard_minutes: Option<f64>,
    /// After so many minutes without a word nobody knows what became of the wait, and it claims no hours.
    pub lapse_minutes: Option<f64>,
}

/// Something that happened, marked on the charts that it hoped to move.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceEvent {
    /// The day on which it began.
    pub date: Date,
    /// Two or three words, to stand on a chart.
    pub label: String,
    /// The handovers that it is about.
    pub handovers: Vec<String>,
    /// The measures that it is about.
    pub measures: Vec<String>,
}

/// Why a journey is made, told by the services it comes to. The first of the place's needs that fits a journey is its need.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The name by which tables and addresses find it.
    pub id: String,
    /// Its name on the page.
    pub name: String,
    /// A journey with a stay at a service of one of these kinds has this need.
    pub kinds: Vec<ServiceKind>,
}

/// A small area of about 1,500 people.
#[derive(Debug, Clone, PartialEq)]
pub struct Lsoa {
    /// Its ONS code.
    pub code: String,
    /// Deprivation fifth: 1 is the most deprived.
    pub deprivation: u8,
    /// Postcode sectors inside it, such as `QR1 1`.
    pub postcodes: Vec<String>,
    /// Females in each of [`AGE_BANDS`].
    pub female: [u32; 6],
    /// Males in each of [`AGE_BANDS`].
    pub male: [u32; 6],
}

/// A named small part of the place.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhood {
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub lsoas: Vec<Lsoa>,
}

/// The configured whole.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Its civil time.
    pub zone: Zone,
    /// What its clock says when somebody opens it, where it is invented; the real hour where this is not said.
    pub clock: Option<Instant>,
    /// Who is in it.
    pub organisations: Vec<Organisation>,
    /// Where care happens.
    pub services: Vec<Service>,
    /// The joins that it watches.
    pub handovers: Vec<HandoverRule>,
    /// Why people make journeys; of those that fit a journey, the first counts.
    pub needs: Vec<Need>,
    /// What happened when.
    pub events: Vec<PlaceEvent>,
    /// Its parts.
    pub neighbourhoods: Vec<Neighbourhood>,
    /// The file beside `place.toml` that holds their outlines, for [`Boundaries::parse`](crate::Boundaries::parse).
    pub boundaries: Option<String>,
    /// The property of that file that holds the name of the neighbourhood.
    pub boundary_name: String,
    service_index: HashMap<String, usize>,
    organisation_index: HashMap<String, usize>,
    sectors: HashMap<String, (usize, usize)>,
}

impl Place {
    /// A service by its id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.service_index.get(id).map(|at| &self.services[*at])
    }

    /// An organisation by its ODS code.
    pub fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.organisation_index.get(id).map(|at| &self.organisations[*at])
    }

    /// The neighbourhood and LSOA that a postcode lies in, by its sector (`QR1 1AB` lies in `QR1 1`).
    pub fn locate(&self, postcode: &str) -> Option<(&Neighbourhood, &Lsoa)> {
        let compact: String =
            postcode.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let sector = compact.get(..compact.len().checked_sub(2)?)?;
        let (neighbourhood, lsoa) = self.sectors.get(sector)?;
        Some((&self.neighbourhoods[*neighbourhood], &self.neighbourhoods[*neighbourhood].lsoas[*lsoa]))
    }

    /// How many people live here.
    pub fn population(&self) -> u64 {
        let lsoas = self.neighbourhoods.iter().flat_map(|neighbourhood| &neighbourhood.lsoas);
        lsoas.flat_map(|lsoa| lsoa.female.iter().chain(&lsoa.male)).map(|people| u64::from(*people)).sum()
    }

    /// Reads `place.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and the way out.
    ///
    /// ```
    /// let error = domain::Place::parse("name = 'Rivermead'\n[[organisation]]\nid = 'RRG'\nname = 'General'\nsector = 'hospital'").unwrap_err();
    /// assert_eq!(error.line, 5);
    /// assert!(error.message.contains("'hospital' is not a sector"));
    /// ```
    pub fn parse(text: &str) -> Result<Place, PlaceError> {
        Reader { text }.place()
    }
}

/// What is wrong with a `place.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct PlaceError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    name: String,
    #[serde(default = "london")]
    time_zone: Spanned<String>,
    clock: Option<Spanned<String>>,
    boundaries: Option<String>,
    #[serde(default = "name")]
    boundary_name: String,
    #[serde(default)]
    organisation: Vec<OrganisationFile>,
    #[serde(default)]
    service: Vec<ServiceFile>,
    #[serde(default)]
    handover: Vec<HandoverFile>,
    #[serde(default)]
    need: Vec<NeedFile>,
    #[serde(default)]
    event: Vec<EventFile>,
    #[serde(default)]
    neighbourhood: Vec<NeighbourhoodFile>,
}

fn london() -> Spanned<String> {
    Spanned::new(0..0, "Europe/London".to_owned())
}

fn name() -> String {
    "name".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationFile {
    id: Spanned<String>,
    name: String,
    sector: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    id: Spanned<String>,
    name: String,
    kind: Spanned<String>,
    organisation: Spanned<String>,
    capacity: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoverFile {
    id: Spanned<String>,
    name: String,
    from: Option<Spanned<String>>,
    to: Spanned<String>,
    standard_minutes: Option<f64>,
    lapse_minutes: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedFile {
    id: Spanned<String>,
    name: String,
    kinds: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventFile {
    date: Spanned<toml::value::Datetime>,
    label: String,
    #[serde(default)]
    handovers: Vec<Spanned<String>>,
    #[serde(default)]
    measures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeighbourhoodFile {
    name: String,
    #[serde(default)]
    lsoa: Vec<LsoaFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LsoaFile {
    code: String,
    deprivation: Spanned<u8>,
    #[serde(default)]
    postcodes: Vec<Spanned<String>>,
    #[serde(default)]
    female: [u32; 6],
    #[serde(default)]
    male: [u32; 6],
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: usize, message: impl Into<String>, help: impl Into<String>) -> PlaceError {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        PlaceError { line, message: message.into(), help: help.into() }
    }

    fn word<T: std::str::FromStr<Err = crate::UnknownWord>>(&self, word: &Spanned<String>) -> Result<T, PlaceError> {
        word.get_ref().parse().map_err(|unknown: crate::UnknownWord| {
            self.error(
                word.span().start,
                format!("'{}' is not a {}", unknown.word, unknown.what),
                format!("use one of: {}", unknown.known),
            )
        })
    }

    fn index<'a>(
        &self,
        what: &str,
        ids: impl Iterator<Item = &'a Spanned<String>>,
    ) -> Result<HashMap<String, usize>, PlaceError> {
        let mut index = HashMap::new();
        for (at, id) in ids.enumerate() {
            if index.insert(id.get_ref().clone(), at).is_some() {
                let message = format!("{what} '{}' stands here a second time", id.get_ref());
                return Err(self.error(id.span().start, message, "give each its own id"));
            }
        }
        Ok(index)
    }

    fn needs(&self, entries: &[NeedFile]) -> Result<Vec<Need>, PlaceError> {
        self.index("need", entries.iter().map(|entry| &entry.id))?;
        let mut needs = Vec::new();
        for entry in entries {
            let (id, name) = (entry.id.get_ref().clone(), entry.name.clone());
            if entry.kinds.is_empty() {
                let message = format!("need '{id}' names no kind of service");
                let help = "kinds = [\"ward\"]: a journey that comes to one of them has this need";
                return Err(self.error(entry.id.span().start, message, help));
            }
            let kinds = entry.kinds.iter().map(|kind| self.word(kind)).collect::<Result<_, _>>()?;
            needs.push(Need { id, name, kinds });
        }
        Ok(needs)
    }

    fn events(&self, file: &PlaceFile) -> Result<Vec<PlaceEvent>, PlaceError> {
        let mut events = Vec::new();
        for entry in &file.event {
            let date = entry.date.get_ref().date;
            let date = date.and_then(|date| Date::from_ymd(i32::from(date.year), date.month.into(), date.day.into()));
            let Some(date) = date else {
                let help = "write the day without quotation marks: date = 2025-07-07";
                return Err(self.error(entry.date.span().start, "an event needs a day", help));
            };
            for id in &entry.handovers {
                if !file.handover.iter().any(|handover| handover.id.get_ref() == id.get_ref()) {
                    let message = format!("'{}' is not a handover of this place", id.get_ref());
                    return Err(self.error(id.span().start, message, "use the id of a [[handover]]"));
                }
            }
            events.push(PlaceEvent {
                date,
                label: entry.label.clone(),
                handovers: entry.handovers.iter().map(|id| id.get_ref().clone()).collect(),
                measures: entry.measures.clone(),
            });
        }
        Ok(events)
    }

    fn place(&self) -> Result<Place, PlaceError> {
        let file: PlaceFile = toml::from_str(self.text).map_err(|error| {
            self.error(
                error.span().map_or(0, |span| span.start),
                error.message(),
                "docs/place.md shows each entry with an example",
            )
        })?;
        let zone = Zone::named(file.time_zone.get_ref()).map_err(|error| {
            self.error(file.time_zone.span().start, error.to_string(), "use an IANA name such as 'Europe/London'")
        })?;
        let hour = |text: &Spanned<String>| {
            zone.parse(text.get_ref()).map(|read| read.0).map_err(|error| {
                self.error(text.span().start, error.to_string(), "write it as \"2025-11-17 09:14\", or leave it out")
            })
        };
        let clock = file.clock.as_ref().map(hour).transpose()?;
        let organisation_index = self.index("organisation", file.organisation.iter().map(|entry| &entry.id))?;
        let service_index = self.index("service", file.service.iter().map(|entry| &entry.id))?;
        self.index("handover", file.handover.iter().map(|entry| &entry.id))?;
        let mut organisations = Vec::new();
        for entry in &file.organisation {
            organisations.push(Organisation {
                id: entry.id.get_ref().clone(),
                name: entry.name.clone(),
                sector: self.word(&entry.sector)?,
            });
        }
        let mut services = Vec::new();
        for entry in &file.service {
            let organisation = entry.organisation.get_ref();
            if !organisation_index.contains_key(organisation) {
                let message = format!(
                    "service '{}' belongs to '{organisation}', which is no organisation here",
                    entry.id.get_ref()
                );
                let help = format!("add [[organisation]] id = '{organisation}', or use the id of one that is here");
                return Err(self.error(entry.organisation.span().start, message, help));
            }
            services.push(Service {
                id: entry.id.get_ref().clone(),
                name: entry.name.clone(),
                kind: self.word(&entry.kind)?,
                organisation: organisation.clone(),
                capacity: entry.capacity,
            });
        }
        let mut handovers = Vec::new();
        for entry in &file.handover {
            handovers.push(HandoverRule {
                id: entry.id.get_ref().clone(),
                name: entry.name.clone(),
                from: entry.from.as_ref().map(|from| self.word(from)).transpose()?,
                to: self.word(&entry.to)?,
                standard_minutes: entry.standard_minutes,
                lapse_minutes: entry.lapse_minutes,
            });
        }
        let needs = self.needs(&file.need)?;
        let events = self.events(&file)?;
        let mut sectors = HashMap::new();
        let mut neighbourhoods = Vec::new();
        for (which, entry) in file.neighbourhood.iter().enumerate() {
            let mut lsoas = Vec::new();
            for (at, lsoa) in entry.lsoa.iter().enumerate() {
                let deprivation = *lsoa.deprivation.get_ref();
                if !(1..=5).contains(&deprivation) {
                    let message = format!("deprivation fifth {deprivation} is not 1 to 5");
                    return Err(self.error(
                        lsoa.deprivation.span().start,
                        message,
                        "1 is the most deprived fifth, 5 the least",
                    ));
                }
                for sector in &lsoa.postcodes {
                    let compact: String = sector.get_ref().chars().filter(|c| !c.is_whitespace()).collect();
                    if sectors.insert(compact.to_ascii_uppercase(), (which, at)).is_some() {
                        let message = format!("postcode sector '{}' stands here a second time", sector.get_ref());
                        return Err(self.error(sector.span().start, message, "a sector lies in one LSOA"));
                    }
                }
                lsoas.push(Lsoa {
                    code: lsoa.code.clone(),
                    deprivation,
                    postcodes: lsoa.postcodes.iter().map(|sector| sector.get_ref().clone()).collect(),
                    female: lsoa.female,
                    male: lsoa.male,
                });
            }
            neighbourhoods.push(Neighbourhood { name: entry.name.clone(), lsoas });
        }
        Ok(Place {
            name: file.name,
            zone,
            clock,
            organisations,
            services,
            handovers,
            needs,
            events,
            neighbourhoods,
            boundaries: file.boundaries,
            boundary_name: file.boundary_name,
            service_index,
            organisation_index,
            sectors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_its_map() {
        let place = Place::parse("name = 'R'\nboundaries = 'lsoa.geojson'\nboundary_name = 'LSOA21NM'").unwrap();
        assert_eq!((place.boundaries.as_deref(), place.boundary_name.as_str()), (Some("lsoa.geojson"), "LSOA21NM"));
    }

    const SMALL: &str = "name = 'Rivermead'
[[organisation]]
id = 'RRG'
name = 'Rivermead General'
sector = 'acute'
[[service]]
id = 'ed'
name = 'Emergency department'
kind = 'emergency_department'
organisation = 'RRG'
[[handover]]
id = 'ambulance-to-ed'
name = 'Ambulance to emergency department'
from = 'ambulance'
to = 'emergency_department'
standard_minutes = 15
[[neighbourhood]]
name = 'Eastbrook'
[[neighbourhood.lsoa]]
code = 'E01990001'
deprivation = 1
postcodes = ['QR1 1']
female = [1, 2, 3, 4, 5, 6]
";

    fn check(change: (&str, &str), message: &str) {
        let text = SMALL.replacen(change.0, change.1, 1);
        assert_eq!(Place::parse(&text).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_place_is_read() {
        let place = Place::parse(SMALL).unwrap();
        assert_eq!(place.service("ed").unwrap().kind, ServiceKind::EmergencyDepartment);
        assert_eq!(place.locate("qr1 1ab").unwrap().0.name, "Eastbrook");
        assert!(place.locate("QR2 1AB").is_none() && place.locate("Q").is_none() && place.locate("é").is_none());
        assert_eq!(place.population(), 21);
        assert_eq!((place.boundaries, place.boundary_name.as_str()), (None, "name"));
    }

    #[test]
    fn events_name_a_day_and_handovers_that_are_there() {
        let text = "name = 'Here'\n[[handover]]\nid = 'a-to-b'\nname = 'A to B'\nto = 'ward'\n[[event]]\ndate = 2025-07-07\nlabel = 'Home First'\nhandovers = ['a-to-b']\n";
        let place = Place::parse(text).unwrap();
        assert_eq!(
            (place.events[0].date.to_string(), place.events[0].label.as_str()),
            ("2025-07-07".to_owned(), "Home First")
        );
        let wrong = Place::parse(&text.replace("['a-to-b']", "['b']")).unwrap_err();
        assert_eq!((wrong.line, wrong.message.as_str()), (9, "'b' is not a handover of this place"));
        assert_eq!(Place::parse(&text.replace("2025-07-07", "07:00:00")).unwrap_err().line, 7);
    }

    #[test]
    fn needs_are_read_in_their_order_and_a_wrong_one_is_named_with_its_line() {
        const NEEDS: &str = "name = 'Rivermead'
[[need]]
id = 'mental-health'
name = 'Mental health'
kinds = ['talking_therapies', 'mental_health_ward']
[[need]]
id = 'urgent'
name = 'Urgent care'
kinds = ['ward']
";
        let place = Place::parse(NEEDS).unwrap();
        assert_eq!(place.needs.iter().map(|need| need.id.as_str()).collect::<Vec<_>>(), ["mental-health", "urgent"]);
        assert_eq!(place.needs[0].kinds, [ServiceKind::TalkingTherapies, ServiceKind::MentalHealthWard]);
        let wrong = [
            ("'urgent'", "'mental-health'", "line 7: need 'mental-health' stands here a second time"),
            ("['ward']", "['wards']", "line 9: 'wards' is not a kind of service"),
            ("['ward']", "[]", "line 7: need 'urgent' names no kind of service"),
            ("kinds = ['ward']", "", "line 6: missing field `kinds`"),
        ];
        for (right, wrong, message) in wrong {
            let error = Place::parse(&NEEDS.replacen(right, wrong, 1)).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(!error.help.is_empty(), "{message}: no way out");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check(("'acute'", "'hospital'"), "line 5: 'hospital' is not a sector");
        check(
            ("organisation = 'RRG'", "organisation = 'RRX'"),
            "line 10: service 'ed' belongs to 'RRX', which is no organisation here",
        );
        check(("from = 'ambulance'", "from = 'amb'"), "line 14: 'amb' is not a kind of service");
        check(("deprivation = 1", "deprivation = 9"), "line 21: deprivation fifth 9 is not 1 to 5");
        check(("'QR1 1'", "'QR1 1', 'QR11'"), "line 22: postcode sector 'QR11' stands here a second time");
    }
}
