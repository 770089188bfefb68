//! The Lake as a page wants it: SQL in, [`show::View`] out. One module for each family of pages.

mod changed;
mod decided;
mod find;
mod heard;
mod ledger;
mod needs;
mod next;
mod notes;
mod origins;
mod pathways;
mod places;
mod planned;
mod pressure;
mod signals;
mod simulated;
pub mod story;
pub mod talked;
mod trusted;
mod unequal;
mod waits;
mod ways;
mod whole;

use crate::ask::{Ask, Filter, Page, Wrong};
use crate::fault::Fault;
use crate::grid::Grid;
use crate::place::Catchment;
use domain::{AGE_BANDS, Date, HandoverRule, Instant, ServiceKind, Zone};
use measures::spc::{self, Chart, Variation};
use show::{Choice, Evidence, Link, Picture, Signal, State, View, Why};
use store::{Access, Session};

/// More places than this are typed, not chosen from a list.
const LISTED: usize = 400;
/// Figures of a chosen group that rest on fewer people than this are not shown: they would tell of persons.
const SMALL: u64 = 5;

pub struct Reader<'a> {
    at: &'a Catchment,
    session: Session,
    /// The last moment that the records know of.
    as_of: Option<Instant>,
    /// Mondays of the first and the last whole week that the records fill.
    weeks: Option<(Date, Date)>,
    sources: Vec<String>,
}

pub use decided::{blank_draft, letters, seat_called};
pub use find::nearest;
pub use planned::forecast_table;
pub(crate) use planned::monday_of;
pub use pressure::{DEFINITION as PRESSURE, Watched};
pub use signals::{Change, Changes};
pub use simulated::tried;
pub use talked::Opinions;

/// What was asked for, with the week that is meant.
#[derive(Clone, Copy)]
struct Scope<'f> {
    filter: &'f Filter,
    /// Its Monday.
    week: Date,
    /// Whether it is the newest.
    newest: bool,
    /// Waits that this organisation shares, only.
    owner: Option<&'f str>,
}

impl<'f> Scope<'f> {
    /// The same for the waits that one organisation shares.
    fn owned_by(self, organisation: &'f str) -> Scope<'f> {
        Scope { owner: Some(organisation), ..self }
    }

    /// The Monday after.
    fn end(&self) -> Date {
        Date(self.week.0 + 7)
    }

    /// The Monday so many weeks before the end.
    fn since(&self, weeks: i32) -> Date {
        Date(self.week.0 + 7 - weeks * 7)
    }

    /// Whether it is of a part of the people only.
    fn is_group(&self) -> bool {
        let Filter { place, age, sex, deprivation, need, week: _ } = self.filter;
        place.is_some() || age.is_some() || sex.is_some() || deprivation.is_some() || need.is_some()
    }

    /// The people, as a condition on the rows of `handovers`, `stays`, `journeys` and `legs`.
    fn people(&self) -> String {
        let age = self.filter.age.as_deref().and_then(years).map(|(from, to)| format!("age between {from} and {to}"));
        self.condition(age)
    }

    /// The same for `delay_ledger`, which knows bands of age.
    fn bands(&self) -> String {
        self.condition(self.filter.age.as_deref().map(|age| format!("age_band = '{}'", quoted(age))))
    }

    fn condition(&self, age: Option<String>) -> String {
        let Filter { place, sex, deprivation, need, .. } = self.filter;
        let parts = [
            place.as_deref().map(|place| format!("neighbourhood = '{}'", quoted(place))),
            age,
            sex.as_deref().map(|sex| format!("sex = '{}'", quoted(sex))),
            deprivation.map(|fifth| format!("deprivation = {fifth}")),
            need.as_deref().map(|need| format!("need = '{}'", quoted(need))),
            self.owner.map(|id| format!("(from_organisation = '{0}' or to_organisation = '{0}')", quoted(id))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "true".to_owned() } else { parts.join(" and ") }
    }

    /// A figure of few people of a chosen group is hidden.
    fn guard(&self, figure: show::Figure, people: u64) -> show::Figure {
        if self.is_group() && people > 0 && people < SMALL { figure.hidden() } else { figure }
    }
}

/// The years of an age band: "75-84" is 75 to 84, "85+" from 85.
fn years(band: &str) -> Option<(u32, u32)> {
    match band.split_once('-') {
        Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
        None => Some((band.strip_suffix('+')?.parse().ok()?, 199)),
    }
}

/// Text inside quotes of SQL.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// A list for SQL's `in`.
fn list<'t>(names: impl IntoIterator<Item = &'t str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("'{}'", quoted(name))).collect();
    if names.is_empty() { "''".to_owned() } else { names.join(", ") }
}

/// "Most deprived fifth"
fn fifth(number: u8) -> &'static str {
    match number {
        1 => "Most deprived fifth",
        2 => "Second fifth",
        3 => "Middle fifth",
        4 => "Fourth fifth",
        _ => "Least deprived fifth",
    }
}

/// "75 to 84"
fn band(age: &str) -> String {
    age.replace('-', " to ").replace('+', " and over")
}

impl<'a> Reader<'a> {
    pub fn new(at: &'a Catchment) -> Result<Reader<'a>, Fault> {
        let session = at.lake.session(Access::Analyst)?;
        let mut reader = Reader { at, session, as_of: None, weeks: None, sources: Vec::new() };
        if reader.has("series") {
            let grid = reader.ask("select min(period) as first, max(period) as last from series where level = 'system' and grain = 'week' and source like 'measures/%'")?;
            reader.weeks = grid.rows().next().and_then(|row| row.date("first").zip(row.date("last")));
        }
        if reader.has("sources") {
            let grid = reader.ask(&format!(
                "select max(newest) as newest from sources where newest <= to_timestamp_micros({})",
                crate::place::now().micros()
            ))?;
            reader.as_of = grid.rows().next().and_then(|row| row.instant("newest"));
            reader.sources = reader
                .ask("select distinct feed from sources order by feed")?
                .rows()
                .map(|row| row.text("feed"))
                .collect();
        }
        Ok(reader)
    }

    pub fn version(&self) -> u64 {
        self.session.version()
    }

    pub fn place(&self) -> &'a Catchment {
        self.at
    }

    pub fn zone(&self) -> &Zone {
        &self.at.place.zone
    }

    /// The last moment that the records know of.
    pub fn as_of(&self) -> Option<Instant> {
        self.as_of
    }

    /// The Monday of the first whole week that the records fill.
    pub fn first_week(&self) -> Option<Date> {
        self.weeks.map(|weeks| weeks.0)
    }

    pub fn batches(&self, query: &str) -> Result<Vec<arrow::array::RecordBatch>, Fault> {
        Ok(self.session.sql(query)?)
    }

    pub fn ask(&self, query: &str) -> Result<Grid, Fault> {
        Ok(Grid::new(self.session.sql(query)?))
    }

    pub fn has(&self, table: &str) -> bool {
        self.at.lake.tables().is_ok_and(|tables| tables.iter().any(|known| known.name == table))
    }

    /// What people said here, as it stands.
    pub fn said(&self) -> Result<std::sync::Arc<agree::log::State>, Fault> {
        self.at.said.state()
    }

    /// The view of an address. An address that makes no sense is a [`Wrong`] that says what to do.
    pub fn view(&self, ask: &Ask) -> Result<View, Wrong> {
        if self.sources.is_empty() && !matches!(ask.page, Page::Search(_)) && !ask.page.of_the_ledger() {
            return Ok(self.nothing_yet(ask));
        }
        match &ask.page {
            Page::Whole => self.whole(ask),
            Page::Handovers => self.all_handovers(ask),
            Page::Handover(id) => self.handover(ask, id),
            Page::Journeys => self.journeys(ask),
            Page::Pathway(id) => self.pathway(ask, id),
            Page::Measures => self.all_measures(ask),
            Page::Measure(id) => self.measure(ask, id),
            Page::Places => self.all_places(ask),
            Page::Place(name) => self.one_place(ask, name),
            Page::Organisations => self.all_organisations(ask),
            Page::Organisation(id) => self.organisation(ask, id),
            Page::Sources => self.all_sources(ask),
            Page::Source(feed) => self.one_source(ask, feed),
            Page::Map(what) => self.map(ask, what.as_deref()),
            Page::Search(words) => Ok(self.search(ask, words)),
            Page::Ledger => self.ledger(ask),
            Page::Pressure => self.pressure_page(ask),
            Page::AirTime => self.air_time(ask),
            Page::Why(figure) => self.why(ask, figure),
            Page::Need => self.need(ask),
            Page::Next => self.next(ask),
            Page::Model(model) => self.copy(ask, model.as_deref()),
            Page::Simulate(trial) => self.simulate(ask, trial),
            Page::Run(trial) => self.run(ask, trial),
            Page::Aim(trial) => self.aim(ask, trial),
            Page::Story => self.story(ask),
            Page::Conversations => self.conversations(ask),
            Page::Conversation(id) => self.conversation(ask, id),
            Page::Moderation(id) => self.moderation(ask, id),
            Page::Said => self.you_said(ask),
            Page::Decisions(duty, pounds) => self.decisions(ask, duty.as_deref(), pounds.as_deref()),
            Page::Decision(id) => self.decision(ask, id),
            Page::Plans => self.plans(ask),
            Page::Plan(id) => self.plan(ask, id),
            Page::Monday(role) => self.monday(ask, role.as_deref()),
            Page::Trust => self.trust_at_joins(ask),
            Page::Log => self.log(ask),
            Page::Singles(_) | Page::Single(..) => Err(Wrong::NotAllowed {
                what: "Single journeys are not open here".to_owned(),
                help: "they are opened in the browser, by those who may, where the reason is kept: catchment serve"
                    .to_owned(),
            }),
        }
    }

    /// The week that is meant, or what to do about one that the records do not know.
    fn scope<'f>(&self, filter: &'f Filter) -> Result<Scope<'f>, Wrong> {
        let (first, last) = self.weeks.unwrap_or_else(|| {
            let day = self.as_of.map_or(Date(0), |at| self.zone().date(at));
            let monday = Date(day.0 - day.weekday() as i32);
            (monday, monday)
        });
        let week = filter.week.unwrap_or(last);
        if week < first || week > last {
            return Err(Wrong::Beyond {
                what: format!("There are no records for the week of {}", show::number::date(week.into())),
                help: format!(
                    "the records fill the weeks from {} to {}: choose one of these",
                    show::number::date(first.into()),
                    show::number::date(last.into())
                ),
            });
        }
        Ok(Scope { filter, week, newest: week == last, owner: None })
    }

    /// A view with everything that all have.
    fn blank(&self, ask: &Ask, title: impl Into<String>) -> View {
        View {
            address: ask.path(),
            place_name: self.at.place.name.clone(),
            over: String::new(),
            title: title.into(),
            as_of: self.as_of.map_or_else(String::new, |at| format!("Records to {}", self.spoken(at))),
            notice: (self.at.place.name == "Rivermead").then(|| "Invented place and invented data.".to_owned()),
            ..View::default()
        }
    }

    /// "Week to Sunday 16 November 2025"
    fn over(&self, scope: &Scope) -> String {
        format!("Week to {}", show::number::date(Date(scope.week.0 + 6).into()))
    }

    /// What may be chosen, with what is; only those that `names` holds.
    fn choices(&self, filter: &Filter, names: &[&str]) -> Vec<Choice> {
        let place = &self.at.place;
        let typed = place.neighbourhoods.len() > LISTED;
        let same = |text: &str| (text.to_owned(), text.to_owned());
        let weeks = self.weeks.map_or(Vec::new(), |(first, last)| {
            let all = (first.0..=last.0).rev().step_by(7);
            all.map(|week| {
                let sunday: jiff::civil::Date = Date(week + 6).into();
                (Date(week).to_string(), sunday.strftime("Week to %-d %B %Y").to_string())
            })
            .collect()
        });
        let all = [
            (
                "place",
                "Place",
                "Everywhere",
                place.neighbourhoods.iter().filter(|_| !typed).map(|n| same(&n.name)).collect(),
                filter.place.clone(),
            ),
            (
                "age",
                "Age",
                "All ages",
                AGE_BANDS.iter().map(|age| ((*age).to_owned(), band(age))).collect(),
                filter.age.clone(),
            ),
            (
                "deprivation",
                "Deprivation",
                "All fifths",
                (1..=5).map(|n| (n.to_string(), fifth(n).to_owned())).collect(),
                filter.deprivation.map(|n| n.to_string()),
            ),
            (
                "sex",
                "Sex",
                "All",
                vec![("female".to_owned(), "Female".to_owned()), ("male".to_owned(), "Male".to_owned())],
                filter.sex.clone(),
            ),
            (
                "need",
                "Need",
                "All needs",
                place.needs.iter().map(|need| (need.id.clone(), need.name.clone())).collect(),
                filter.need.clone(),
            ),
            ("week", "Week", "Newest week", weeks, filter.week.map(|week| week.to_string())),
        ];
        let wanted = all.into_iter().filter(|choice: &(_, _, _, Vec<_>, _)| {
            names.contains(&choice.0) && (!choice.3.is_empty() || (typed && choice.0 == "place"))
        });
        wanted
            .map(|(name, label, all, options, chosen)| Choice {
                name,
                label: label.to_owned(),
                all: all.to_owned(),
                options,
                chosen,
            })
            .collect()
    }

    /// The page of a place with nothing in it yet: what to add, and a way to see Rivermead.
    fn nothing_yet(&self, ask: &Ask) -> View {
        let mut view = self.blank(ask, "Nothing has been added yet");
        // people may have said why they are here before the first record comes
        let said = self.said().ok();
        let why = said.as_deref().and_then(story::why);
        view.story = why.map(|told| show::Link::new(told.now().text.clone(), "/story"));
        let folder = self.at.folder.display();
        view.panels.push(show::Panel {
            id: "empty".to_owned(),
            title: "Add what you have".to_owned(),
            pictures: vec![
                Picture::State(State {
                    why: Why::Empty,
                    title: "No records yet".to_owned(),
                    text: "Catchment shows where people wait between services. It needs records of at least two organisations that people pass between, as their systems send them: HL7 version 2 messages, FHIR resources, or a CSV extract described by a short feed file.".to_owned(),
                    links: Vec::new(),
                    command: format!("catchment add {folder} extracts/*.csv"),
                }),
                Picture::State(State {
                    why: Why::Empty,
                    title: "Or look at Rivermead first".to_owned(),
                    text: "An invented place with a year of invented records, to see what all of this looks like.".to_owned(),
                    links: Vec::new(),
                    command: "catchment demo".to_owned(),
                }),
            ],
            ..show::Panel::default()
        });
        view
    }

    /// A path as the place knows it, without where the place lies on this machine.
    pub fn inside(&self, path: &str) -> String {
        let folder = format!("{}/", self.at.folder.display());
        path.strip_prefix(&folder).unwrap_or(path).to_owned()
    }

    fn shown(&self, at: Option<Instant>) -> String {
        at.map_or_else(String::new, |at| self.at.place.zone.show(at))
    }

    /// A moment as it is read: "16 November 2025, 23:52"
    fn spoken(&self, at: Instant) -> String {
        let shown = self.zone().show(at);
        let time = shown.split_once(' ').map_or("", |(_, time)| time);
        format!("{}, {time}", decided::long(self.zone().date(at)))
    }

    fn evidence(&self, id: &str, definition: impl Into<String>, rows: Option<u64>) -> Evidence {
        let sources = match self.at.place.handovers.iter().find(|rule| rule.id == id) {
            Some(rule) => self.feeds_of(rule),
            // The whole rests on all of them; the sources list names each.
            None => vec![format!("all {}", show::number::plural(self.sources.len(), "feed"))],
        };
        Evidence {
            id: id.to_owned(),
            definition: definition.into(),
            sources,
            rows,
            fresh_as_of: self.shown(self.as_of),
            ..Evidence::default()
        }
    }

    /// The feeds of those who own either side of a handover.
    fn feeds_of(&self, rule: &HandoverRule) -> Vec<String> {
        let owns = |organisation: &str| {
            let mut services = self.at.place.services.iter().filter(|service| service.organisation == organisation);
            services.any(|service| Some(service.kind) == rule.from || service.kind == rule.to)
        };
        let feeds = self.at.feeds.iter().filter(|feed| self.sources.contains(&feed.name) && owns(&feed.organisation));
        feeds.map(|feed| feed.name.clone()).collect()
    }

    fn organisation_name(&self, id: &str) -> String {
        self.at.place.organisation(id).map_or_else(|| id.to_owned(), |known| known.name.clone())
    }

    /// Where an unknown name might have meant to lead.
    fn no_such(&self, what: &str, name: &str, known: impl IntoIterator<Item = Link>) -> Wrong {
        Wrong::NoSuch { what: what.to_owned(), name: name.to_owned(), like: find::nearest(name, known) }
    }
}

const LEDGER: &str = "Person-hours between being asked for (or ready) and being taken or leaving another way, counted once, on the days they were waited";

fn points(periods: &[Date], chart: &Chart) -> Vec<show::Point> {
    periods
        .iter()
        .zip(&chart.points)
        .map(|(start, point)| show::Point {
            start: (*start).into(),
            value: point.value,
            signal: signal(point.variation),
        })
        .collect()
}

fn signal(variation: Variation) -> Signal {
    match variation {
        Variation::CommonCause => Signal::Ordinary,
        Variation::Improvement(_) => Signal::Improvement,
        Variation::Concern(_) => Signal::Concern,
        Variation::Neutral(_) => Signal::Change,
    }
}

fn better(better: spc::Better) -> show::Better {
    match better {
        spc::Better::Lower => show::Better::Lower,
        spc::Better::Higher => show::Better::Higher,
        spc::Better::Neither => show::Better::Neither,
    }
}

/// To end "People wait longer …".
fn waits_for(from: Option<ServiceKind>, to: ServiceKind) -> Option<&'static str> {
    use ServiceKind::{
        Ambulance, CareHome, CommunityNursing, EmergencyDepartment, GeneralPractice, HomeCare, IntermediateCare,
        MentalHealthCommunity, MentalHealthWard, SocialWork, TalkingTherapies, VoluntarySupport, Ward,
    };
    Some(match (from, to) {
        (_, Ambulance) => "for an ambulance",
        (Some(Ambulance), EmergencyDepartment) => "in ambulances outside hospital",
        (_, EmergencyDepartment) => "to be seen in the emergency department",
        (_, Ward) => "for a hospital bed",
        (Some(Ward), HomeCare) => "to leave hospital with care at home",
        (Some(Ward), IntermediateCare) => "to leave hospital for rehabilitation",
        (Some(Ward), CareHome) => "to leave hospital for a care home",
        (Some(Ward), CommunityNursing) => "to leave hospital with community nursing",
        (_, MentalHealthWard) => "for a mental health bed",
        (_, TalkingTherapies) => "for talking therapies",
        (_, MentalHealthCommunity) => "for mental health care",
        (_, CommunityNursing) => "for community care",
        (_, SocialWork) => "for social care",
        (_, VoluntarySupport) => "for support by charities",
        (_, GeneralPractice) => "for a practice appointment",
        _ => return None,
    })
}
