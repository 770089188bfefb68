//! Air time: whose measures, signals, questions and pages these are, who speaks, votes, is cited and has the floor, and who is hardly
//! heard: of the whole place, of each meeting, and of each question.

use super::{Reader, Scope};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use agree::log::{Air, Matter, State as Log};
use domain::Sector;
use measures::air_time::{AirTime, Attention, Channel, Fair, Share, air_time};
use show::{
    Fact, Figure, Interval, Intervals, Link, Panel, Picture, Shares, Signal, State, Unit, View, Voice, Why, Width,
};
use std::collections::BTreeMap;

/// Weeks in which people count as served.
const SERVED_WEEKS: i32 = 13;
/// Of how many meetings shares are shown; the last by name.
const MEETINGS: usize = 12;

/// What is counted of a voice.
type Counted = (&'static str, fn(&Air) -> u64);

/// The share of each voice in what there is of each kind. Votes that are told of no voice alone are in a row of their own.
pub(super) fn shares(id: &str, definition: &str, air: &[Air], must: impl Fn(&str) -> bool) -> Shares {
    const KINDS: [Counted; 4] = [
        ("statements", |air| air.statements),
        ("votes", |air| air.votes),
        ("evidence", |air| air.evidence),
        ("minutes", |air| air.minutes),
    ];
    let sum = |of: fn(&Air) -> u64| air.iter().map(of).sum::<u64>();
    let kinds: Vec<Counted> = KINDS.into_iter().filter(|(_, of)| sum(*of) > 0).collect();
    let percent = |count: u64, of: fn(&Air) -> u64| (count as f64 * 100.0 / sum(of) as f64).round();
    let sectors: Vec<String> = Sector::ALL.iter().copied().map(voice_of).collect();
    let mut voices: Vec<Voice> = air
        .iter()
        .filter(|one| !one.perspective.is_empty())
        .map(|one| Voice {
            name: one.perspective.clone(),
            fair: one.fair * 100.0,
            shares: kinds
                .iter()
                .map(|(name, of)| {
                    // Measures belong to sectors: of another voice there are none to be cited.
                    let is_of = match *name {
                        "votes" => one.votes > 0 || !one.few,
                        "evidence" => one.evidence > 0 || sectors.contains(&one.perspective),
                        _ => true,
                    };
                    is_of.then(|| percent(of(one), *of))
                })
                .collect(),
            must: must(&one.perspective),
            few: one.few,
            href: None,
        })
        .collect();
    let together: u64 = air.iter().filter(|one| one.perspective.is_empty()).map(|one| one.votes).sum();
    if together > 0 {
        let few = air.iter().filter(|one| one.few).count();
        let share = |(name, of): &Counted| (*name == "votes").then(|| percent(together, *of));
        voices.push(Voice {
            name: format!("{} with few voters, together", show::number::plural(few, "voice")),
            shares: kinds.iter().map(share).collect(),
            ..Voice::default()
        });
    }
    Shares {
        id: id.to_owned(),
        title: String::new(),
        definition: definition.to_owned(),
        kinds: kinds.iter().map(|kind| kind.0.to_owned()).collect(),
        voices,
    }
}

impl Reader<'_> {
    /// `/air-time`
    pub(super) fn air_time(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let counts = self.attention(&scope)?;
        let equal = air_time(&counts, Fair::EqualBySector);
        let said = self.said_by()?;
        let heard = said.iter().flat_map(|panel| &panel.pictures).find_map(|picture| match picture {
            Picture::Shares(shares) => Some(shares),
            _ => None,
        });
        // those who are not heard come before what there are no charts of
        let title = heard.and_then(|heard| heard.calls().into_iter().next()).or_else(|| equal.sentence());
        let title = title.unwrap_or_else(|| "Too little was counted to say who is heard".to_owned());
        let mut view = self.blank(ask, title.trim_end_matches('.'));
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["week"]);
        view.lede = "Who speaks, votes, is cited and has the floor, and what each sector has of measures, signals, questions and pages, beside a fair share; the whole system’s own belong to nobody and are not counted.".to_owned();
        let of_measures = equal.smallest().and_then(|least| {
            let note = format!("{}, {}", name(least.sector), least.channel.words());
            Some((least.ratio?, note, Some(least.count)))
        });
        let of_voices = heard
            .and_then(Shares::smallest)
            .map(|(voice, kind, ratio)| (ratio, format!("{}, {kind}", show::chart::sentence(&voice.name)), None));
        let all = of_voices.into_iter().chain(of_measures);
        if let Some((ratio, note, count)) = all.min_by(|a, b| a.0.total_cmp(&b.0)) {
            let evidence = self.evidence(
                "air-time",
                "Share divided by fair share, of the voice or sector and the kind of attention for which it is smallest; 1 is fair",
                count,
            );
            let figure = Figure::new(ratio, "", evidence);
            view.facts.push(Fact { title: "Smallest against its fair share".to_owned(), figure, note });
        }
        let measures: u64 = counts.iter().map(|one| one.measures).sum();
        let says = "Measures in the library that belong to a sector";
        view.facts.push(Fact {
            title: "Measures".to_owned(),
            figure: Figure::new(measures as f64, "", self.evidence("air-time", says, Some(measures))),
            note: format!("of {} sectors", Sector::ALL.len()),
        });
        view.panels.extend(said);
        let [measures, signals, questions, views] = Channel::ALL.map(|channel| self.heard(&equal, channel));
        view.panels.extend([measures, signals, views, self.served(&counts)]);
        view.panels.push(Panel { width: Width::Whole, ..questions });
        Ok(view)
    }

    /// What was counted of each sector.
    fn attention(&self, scope: &Scope) -> Result<Vec<Attention>, Fault> {
        let mut counts: Vec<Attention> = Sector::ALL.iter().map(|sector| Attention::new(*sector)).collect();
        let of = |counts: &mut Vec<Attention>, sector: Sector, add: &dyn Fn(&mut Attention)| {
            counts.iter_mut().filter(|one| one.sector == sector).for_each(add);
        };
        let sector_of = |id: &str| self.at.measures.iter().find(|measure| measure.id == id).and_then(|own| own.sector);
        for sector in self.at.measures.iter().filter_map(|measure| measure.sector) {
            of(&mut counts, sector, &|one| one.measures += 1);
        }
        let measures = self.measures_of(scope, None)?;
        let changed =
            measures.iter().map(|counted| &counted.card.series).filter(|series| series.signal() != Signal::Ordinary);
        for series in changed {
            if let Some(sector) = sector_of(&series.id) {
                of(&mut counts, sector, &|one| one.signals += 1);
            }
        }
        let state = self.said()?;
        for matter in state.matters.values() {
            let mut sectors: Vec<Sector> = state.evidence(matter).into_iter().filter_map(sector_of).collect();
            sectors.sort();
            sectors.dedup();
            for sector in sectors {
                of(&mut counts, sector, &|one| one.questions += 1);
            }
        }
        for (path, views) in self.at.viewed.pages() {
            for sector in self.sectors_of(&path) {
                of(&mut counts, sector, &|one| one.views += views);
            }
        }
        if self.has("stays") {
            let query = format!(
                "select s.sector as sector, count(distinct t.person) as people from stays t join services s on s.service = t.service
                 where local_date(t.started) < date '{}' and (t.ended is null or local_date(t.ended) >= date '{}') group by 1",
                scope.end(),
                scope.since(SERVED_WEEKS)
            );
            for row in self.ask(&query)?.rows() {
                if let Ok(sector) = row.text("sector").parse::<Sector>() {
                    of(&mut counts, sector, &|one| one.people = row.count("people"));
                }
            }
        }
        Ok(counts)
    }

    /// The voice that a measure belongs to: its sector's.
    fn belongs(&self, measure: &str) -> Option<String> {
        let own = self.at.measures.iter().find(|own| own.id == measure)?;
        own.sector.map(voice_of)
    }

    /// Who is heard on a question, while there is time to change it.
    pub(super) fn heard_on(&self, state: &Log, matter: &Matter) -> Panel {
        let question = &matter.is.is;
        let on = matter.recorded.as_ref().map_or_else(|| self.today(), |recorded| self.zone().date(recorded.at));
        let air = state.air_of(matter, on, |measure| self.belongs(measure));
        let says = "Share of what was heard, of the members who have said where they stand, of the measures that it rests on (each counted for the sector that it belongs to), and of minutes of meetings about it; the line is a fair share";
        let must = |name: &str| question.must_be_heard.iter().any(|voice| voice == name);
        let shares = shares("air", says, &air, must);
        let note = match shares.call() {
            call if call.is_empty() || matter.recorded.is_some() => "",
            _ => "There is time to change it.",
        };
        Panel {
            id: "air".to_owned(),
            title: "Who is heard".to_owned(),
            note: note.to_owned(),
            pictures: vec![Picture::Shares(shares)],
            width: Width::Whole,
            ..Panel::default()
        }
    }

    /// Who spoke, voted, was cited and had the floor in all that is said here: by voice, by sector, and in each meeting.
    fn said_by(&self) -> Result<Vec<Panel>, Fault> {
        let state = self.said()?;
        let air = state.air(crate::place::now(), |measure| self.belongs(measure));
        let panel = |id: &str, title: &str, note: &str, pictures: Vec<Picture>| Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note: note.to_owned(),
            pictures,
            ..Panel::default()
        };
        if air.is_empty() {
            return Ok(vec![panel(
                "meetings",
                "Meetings",
                "",
                vec![super::talked::empty(
                    "Nothing has been said yet",
                    "Who speaks, votes and has the floor stands here.",
                )],
            )]);
        }
        let says = "Share of the statements that people see and what was heard on questions, of votes, of the measures that questions rest on, and of minutes of meetings, in all conversations, questions and meetings. Votes of a voice with fewer than eleven voters in a conversation are told together; the line is a fair share, the same for each voice that must be heard anywhere";
        let all = shares("heard", says, &air, |name| air.iter().any(|one| one.perspective == name && one.fair > 0.0));
        let sectors: Vec<String> = Sector::ALL.iter().copied().map(voice_of).collect();
        let fair = 1.0 / sectors.len() as f64;
        let of = |name: &String| {
            let known = air.iter().find(|one| one.perspective == *name).cloned().unwrap_or_default();
            Air { perspective: name.clone(), fair, ..known }
        };
        let by_sector: Vec<Air> = sectors.iter().map(of).collect();
        let says = "The same of those who speak for a sector, without votes that are told together; the line is the same for each";
        let by_sector = shares("sectors", says, &by_sector, |_| false);
        let mut panels = vec![
            panel(
                "heard",
                "Who is hardly heard",
                "In all conversations, questions and meetings.",
                vec![Picture::Shares(all)],
            ),
            panel("sectors", "The same by sector", "", vec![Picture::Shares(by_sector)]),
        ];
        let called = |about: &str| {
            let talk = about.strip_prefix("conversation/").and_then(|id| state.talks.get(id));
            let matter = about.strip_prefix("decision/").and_then(|id| state.matters.get(id));
            let question = talk.map(|talk| &talk.is.question).or(matter.map(|matter| &matter.is.is.question));
            question.map_or_else(|| about.to_owned(), |question| format!("Meetings about “{question}”"))
        };
        let meeting = |about: String| {
            let says = "Share of the minutes; the line is a fair share";
            let air = state.air_of_meeting(&about);
            let told = shares(&about, says, &air, |_| false);
            Picture::Shares(Shares { title: called(&about), ..told })
        };
        let all: Vec<String> = state.meetings().collect();
        let pictures: Vec<Picture> = all.into_iter().rev().take(MEETINGS).map(meeting).collect();
        let pictures = match pictures.is_empty() {
            true => vec![super::talked::empty(
                "No minutes are kept yet",
                "Whoever moderates or settles things here keeps them.",
            )],
            false => pictures,
        };
        panels.push(panel(
            "meetings",
            "Meetings",
            "How long each voice spoke, and the smallest share of what is fair.",
            pictures,
        ));
        Ok(panels)
    }

    /// The sectors that a page is of: a measure's, an organisation's, and of a handover all who share it. A page of the whole
    /// is of none.
    fn sectors_of(&self, path: &str) -> Vec<Sector> {
        let place = &self.at.place;
        let owner = |id: &str| place.organisation(id).map(|organisation| organisation.sector);
        let mut sectors: Vec<Sector> = match path.trim_start_matches('/').split_once('/') {
            Some(("measures", id)) => self
                .at
                .measures
                .iter()
                .filter(|measure| show::escape(&measure.id) == id)
                .filter_map(|own| own.sector)
                .collect(),
            Some(("organisations", id)) => {
                place.organisations.iter().filter(|one| show::escape(&one.id) == id).map(|one| one.sector).collect()
            }
            Some(("sources", id)) => {
                let feed = self.at.feeds.iter().find(|feed| show::escape(&feed.name) == id);
                feed.and_then(|feed| owner(&feed.organisation)).into_iter().collect()
            }
            Some(("handovers", id)) => {
                let rule = place.handovers.iter().find(|rule| show::escape(&rule.id) == id);
                let shares = |kind| rule.is_some_and(|rule| rule.from == Some(kind) || rule.to == kind);
                place
                    .services
                    .iter()
                    .filter(|service| shares(service.kind))
                    .filter_map(|own| owner(&own.organisation))
                    .collect()
            }
            _ => Vec::new(),
        };
        sectors.sort();
        sectors.dedup();
        sectors
    }

    /// One kind of attention, each sector beside its fair share.
    fn heard(&self, told: &AirTime, channel: Channel) -> Panel {
        let (id, title, what) = match channel {
            Channel::Measures => {
                ("measures", "Measures in the library", "Share of the measures that belong to a sector")
            }
            Channel::Signals => ("signals", "Signals shown", "Share of the measures whose newest point is a signal"),
            Channel::Questions => {
                ("questions", "Questions asked", "Share of the questions put here that rest on a sector’s measures")
            }
            Channel::Views => (
                "views",
                "Pages viewed",
                "Share of the pages opened that are about a sector: its measures, organisations, feeds and handovers",
            ),
        };
        let shares: Vec<&Share> = told.shares.iter().filter(|share| share.channel == channel).collect();
        let count: u64 = shares.iter().map(|share| share.count).sum();
        let since = match (channel, self.at.viewed.since()) {
            (Channel::Views, Some(since)) => {
                format!(
                    " Counted since {}, by page and never by reader; the public’s page is not counted.",
                    self.zone().show(since)
                )
            }
            (Channel::Views, None) => {
                " Pages are counted while they are served, by page and never by reader.".to_owned()
            }
            _ => String::new(),
        };
        let note = match count {
            0 => since.trim().to_owned(),
            n => format!("{} in all; a fair share is the same for each sector.{since}", show::number::count(n)),
        };
        let picture = if count == 0 {
            let (title, text) = match channel {
                Channel::Measures => ("No measure belongs to a sector", "The folder measures holds them."),
                Channel::Signals => ("No signal is shown", "No measure of a sector has really changed in this week."),
                Channel::Questions => {
                    ("No question has been asked yet: 0", "One that rests on a sector’s measure is counted here.")
                }
                Channel::Views => (
                    "No page about a sector has been opened yet: 0",
                    "Open a measure, an organisation or a handover, and it is counted here.",
                ),
            };
            Picture::State(State {
                why: Why::Empty,
                title: title.to_owned(),
                text: text.to_owned(),
                links: Vec::new(),
                command: String::new(),
            })
        } else {
            Picture::Intervals(Intervals {
                id: id.to_owned(),
                title: title.to_owned(),
                definition: what.to_owned(),
                groups: vec![("Sector".to_owned(), shares.iter().map(|share| self.interval(share, what)).collect())],
                all: None,
                unit: Unit::Percent,
                gradient: None,
            })
        };
        Panel {
            id: id.to_owned(),
            title: title.to_owned(),
            note,
            pictures: vec![picture],
            width: Width::Half,
            links: Vec::new(),
        }
    }

    fn interval(&self, share: &Share, what: &str) -> Interval {
        let says = format!("{what}: {}, {} counted", name(share.sector), show::number::count(share.count));
        Interval {
            name: name(share.sector),
            figure: Figure::new(
                share.share.map(|share| share * 100.0),
                "%",
                self.evidence("air-time", says, Some(share.count)),
            ),
            fair: Some(share.fair * 100.0),
            people: 0,
            signal: Signal::Ordinary,
            href: None,
        }
    }

    /// The other way to be fair: as many as each serves.
    fn served(&self, counts: &[Attention]) -> Panel {
        let told = air_time(counts, Fair::ByPeopleServed);
        let what = "Share of the measures, beside the share of people served";
        let shares: Vec<&Share> = told.shares.iter().filter(|share| share.channel == Channel::Measures).collect();
        let people: u64 = counts.iter().map(|one| one.people).sum();
        let measures: u64 = counts.iter().map(|one| one.measures).sum();
        let mut pictures = Vec::new();
        if people > 0 && measures > 0 {
            pictures.extend(told.sentence().map(|said| Picture::Words(vec![said])));
            pictures.push(Picture::Intervals(Intervals {
                id: "served".to_owned(),
                title: "Measures beside people served".to_owned(),
                definition: what.to_owned(),
                groups: vec![("Sector".to_owned(), shares.iter().map(|share| self.interval(share, what)).collect())],
                all: None,
                unit: Unit::Percent,
                gradient: None,
            }));
        } else {
            pictures
                .push(super::waits::too_few("Nobody was served in these weeks, or no measure belongs to a sector."));
        }
        Panel {
            id: "served".to_owned(),
            title: "If fair means by people served".to_owned(),
            note: format!(
                "People whom each served in the last {SERVED_WEEKS} weeks; who was served by two counts in both."
            ),
            pictures,
            width: Width::Half,
            links: vec![Link::new("All measures", "/measures")],
        }
    }

    /// What the report rests on: each measure with its sector, and each page with how often it was opened.
    pub fn air_time_rows(&self) -> Vec<(String, show::Table)> {
        let mut measures = show::Table::new(["measure", "sector", "title"]);
        for own in &self.at.measures {
            let sector = own.sector.map_or_else(|| "Whole system".to_owned(), name);
            measures.push([own.id.as_str().into(), sector.into(), own.title.as_str().into()]);
        }
        let mut pages = show::Table::new(["page", "sector", "times"]);
        let viewed: BTreeMap<String, u64> = self.at.viewed.pages().into_iter().collect();
        for (path, times) in viewed {
            let sectors: Vec<String> = self.sectors_of(&path).into_iter().map(name).collect();
            pages.push([path.into(), sectors.join(", ").into(), times.into()]);
        }
        let mut meetings = show::Table::new(["meeting", "voice", "minutes"]);
        if let Ok(state) = self.said() {
            for about in state.meetings() {
                for one in state.air_of_meeting(&about) {
                    meetings.push([about.as_str().into(), one.perspective.into(), one.minutes.into()]);
                }
            }
        }
        vec![
            ("Measures".to_owned(), measures),
            ("Pages opened".to_owned(), pages),
            ("Minutes of meetings".to_owned(), meetings),
        ]
    }
}

/// The voice with which a sector speaks.
fn voice_of(sector: Sector) -> String {
    match sector.name() {
        "primary" => "primary care".to_owned(),
        other => show::words::page(other),
    }
}

fn name(sector: Sector) -> String {
    show::chart::sentence(&show::words::page(sector.name()))
}
