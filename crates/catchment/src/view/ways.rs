//! Journeys: the ways that people take, a typical one, and single ones for those with a reason.

use super::{Reader, Scope, find, list, waits, waits_for};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use domain::ServiceKind;
use show::{
    Cell, Fact, Figure, Handover, Item, Leg, Link, Panel, Picture, Rows, Signal, Spent, Table, Unit, View, Way,
};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

/// Weeks of journeys that ways are taken from.
const WEEKS: i32 = 26;
/// Ways shown in a list.
const SHOWN: usize = 10;
/// A rare way is a fingerprint.
const FEWEST: u64 = 5;

/// How one way went, in the middle.
struct Taken {
    way: String,
    journeys: u64,
    waited: f64,
}

/// Support that lasts: how long it goes on is not a time on the way.
fn lasts(kind: ServiceKind) -> bool {
    use ServiceKind::{
        CareHome, CommunityNursing, GeneralPractice, HomeCare, MentalHealthCommunity, Prevention, SocialWork,
        TalkingTherapies, Therapy, VoluntarySupport,
    };
    matches!(
        kind,
        CareHome
            | CommunityNursing
            | GeneralPractice
            | HomeCare
            | MentalHealthCommunity
            | Prevention
            | SocialWork
            | TalkingTherapies
            | Therapy
            | VoluntarySupport
    )
}

fn kind_name(kind: &str) -> String {
    let name = match kind {
        "call_999" => "Calls 999".to_owned(),
        "call_111" => "Calls 111".to_owned(),
        "ambulance" => "Crew helps".to_owned(),
        "ward" => "Hospital ward".to_owned(),
        "home_care" => "Home with care".to_owned(),
        kind => show::words::page(kind),
    };
    show::chart::sentence(&name)
}

/// "999 → Ambulance → Hospital ward"
fn way_name(way: &str) -> String {
    let stop = |kind: &str| match kind {
        "call_999" => "999".to_owned(),
        "call_111" => "111".to_owned(),
        "nothing begun" => "Asked, nothing begun".to_owned(),
        kind => kind_name(kind).replace("Crew helps", "Ambulance"),
    };
    way.split(" → ").map(stop).collect::<Vec<_>>().join(" → ")
}

impl Reader<'_> {
    /// The ways of journeys that began in the last half-year, commonest first, with how many journeys there are in all.
    fn taken(&self, scope: &Scope) -> Result<(Vec<Taken>, u64), Fault> {
        if !self.has("legs") {
            return Ok((Vec::new(), 0));
        }
        let query = format!(
            "select way, count(*) as n, sum(wait_minutes + inside_wait_minutes) / 60 as waited
             from journeys where local_date(started) >= date '{}' and local_date(started) < date '{}' and {} group by way order by n desc, way",
            scope.since(WEEKS),
            scope.end(),
            scope.people()
        );
        let grid = self.ask(&query)?;
        let all: Vec<Taken> = grid
            .rows()
            .map(|row| Taken {
                way: row.text("way"),
                journeys: row.count("n"),
                waited: row.number("waited").unwrap_or(0.0),
            })
            .collect();
        let count = all.iter().map(|taken| taken.journeys).sum();
        Ok((all, count))
    }

    /// The legs of some ways, each with its middle time.
    fn legs(&self, scope: &Scope, handovers: &[Handover], ways: &[&Taken]) -> Result<HashMap<String, Vec<Leg>>, Fault> {
        let query = format!(
            "select j.way, l.leg, l.kind, l.spent, median(l.minutes) as minutes, count(*) as n, min(l.handover) as handover
             from legs l join (select person, journey, way from journeys where way in ({}) and local_date(started) >= date '{}' and local_date(started) < date '{}' and {}) j
             on j.person = l.person and j.journey = l.journey group by 1, 2, 3, 4 order by 1, 2",
            list(ways.iter().map(|taken| taken.way.as_str())),
            scope.since(WEEKS),
            scope.end(),
            scope.people()
        );
        let signals: BTreeMap<&str, Signal> =
            handovers.iter().map(|handover| (handover.id.as_str(), handover.signal)).collect();
        let mut all: HashMap<String, Vec<Leg>> = HashMap::new();
        let grid = self.ask(&query)?;
        for row in grid.rows() {
            let (way, number) = (row.text("way"), row.count("leg") as usize);
            let Some(taken) = ways.iter().find(|taken| taken.way == way) else { continue };
            // A wait that fewer than half of them had is not typical of the way.
            let stops: Vec<&str> = way.split(" → ").collect();
            // After the last stop only the way home is part of it.
            let home = number == 2 * stops.len() && row.text("kind") == "home";
            if (number >= 2 * stops.len() && !home) || row.count("n") * 2 < taken.journeys {
                continue;
            }
            let kind = row.text("kind");
            let handover = row.text("handover");
            let before = (number / 2)
                .checked_sub(1)
                .and_then(|at| stops.get(at))
                .and_then(|kind| ServiceKind::from_str(kind).ok());
            let known = ServiceKind::from_str(&kind).ok();
            let waiting = row.text("spent") == "waiting";
            let last = number / 2 + 1 == stops.len();
            let minutes = row.number("minutes");
            if waiting && minutes.is_none_or(|minutes| minutes < 1.0) {
                continue;
            }
            let name = match (waiting, known) {
                (false, _) => kind_name(&kind),
                (true, Some(kind)) => waits_for(before, kind).map_or_else(
                    || format!("Waits for {}", waits::lower(&kind_name(kind.name()))),
                    |waits| format!("Waits {waits}"),
                ),
                (true, None) => "Waits to go home".to_owned(),
            };
            let watched = self.at.place.handovers.iter().any(|rule| rule.id == handover);
            all.entry(way.clone()).or_default().push(Leg {
                name,
                spent: if waiting { Spent::Waiting } else { Spent::Care },
                minutes: minutes.filter(|minutes| *minutes >= 1.0 && (waiting || !(last && known.is_some_and(lasts)))),
                signal: signals.get(handover.as_str()).copied().unwrap_or_default(),
                href: watched.then(|| find::address(&format!("/handovers/{handover}"), scope.filter)),
            });
        }
        Ok(all)
    }

    fn ways_of(&self, scope: &Scope, handovers: &[Handover], ways: &[&Taken], all: u64) -> Result<Vec<Way>, Fault> {
        let mut legs = self.legs(scope, handovers, ways)?;
        let made = ways.iter().enumerate().map(|(at, taken)| {
            let says = format!("Journeys that began in the {WEEKS} weeks to the end of the week and went this way; lengths are middle times");
            let mut evidence = self.evidence("ways", says, Some(taken.journeys));
            evidence.excludes = format!("ways that fewer than {FEWEST} journeys took");
            Way {
                id: format!("way-{}", at + 1),
                name: way_name(&taken.way),
                sentence: String::new(),
                journeys: Figure::new(taken.journeys as f64, "journeys", evidence),
                share: (all > 0).then(|| 100.0 * taken.journeys as f64 / all as f64),
                legs: legs.remove(&taken.way).unwrap_or_default(),
                href: None,
            }
        });
        Ok(made.collect())
    }

    /// The commonest way of those that lead through several services and the hospital, drawn large.
    pub(super) fn typical(&self, scope: &Scope, handovers: &[Handover]) -> Result<Option<Panel>, Fault> {
        let (taken, _) = self.taken(scope)?;
        let stops = |taken: &Taken| taken.way.split(" → ").count();
        let through =
            |taken: &&Taken| taken.journeys >= FEWEST && taken.way.contains("ward") && (4..=8).contains(&stops(taken));
        // With care at the end before all others: that is the way on which most is waited.
        let cared = taken.iter().filter(through).find(|taken| taken.way.ends_with("home_care"));
        let Some(chosen) = cared.or_else(|| taken.iter().find(through)) else { return Ok(None) };
        let Some(mut way) = self.ways_of(scope, handovers, &[chosen], 0)?.pop() else { return Ok(None) };
        let sum =
            |spent: Spent| way.legs.iter().filter(|leg| leg.spent == spent).filter_map(|leg| leg.minutes).sum::<f64>();
        let (care, waiting) = (sum(Spent::Care), sum(Spent::Waiting));
        let last = chosen.way.rsplit(" → ").next().map(kind_name).unwrap_or_default();
        if !chosen.way.ends_with("home_care") || way.legs.last().is_none_or(|leg| leg.name != last) {
            way.legs.push(Leg {
                name: "Home".to_owned(),
                spent: Spent::Home,
                minutes: None,
                signal: Signal::Ordinary,
                href: None,
            });
        }
        way.sentence = format!(
            "{} from the first call to {}. {}.",
            show::words::spent(care + waiting),
            waits::lower(&way.legs.last().map_or_else(String::new, |leg| leg.name.clone())),
            show::chart::sentence(&show::words::times(care, waiting))
        );
        way.id = "typical".to_owned();
        Ok(Some(Panel {
            id: "way".to_owned(),
            title: "One person’s way through".to_owned(),
            note: format!(
                "{}. Middle times of {} linked journeys of the last {WEEKS} weeks; not a real person, and not to scale.",
                way.name,
                show::number::count(chosen.journeys)
            ),
            links: vec![Link::new("All the ways through", find::address("/journeys", scope.filter))],
            pictures: vec![Picture::Way(way)],
            ..Panel::default()
        }))
    }

    /// `/journeys`
    pub(super) fn journeys(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let (taken, count) = self.taken(&scope)?;
        let handovers = self.handovers(&scope)?;
        let common: Vec<&Taken> = taken.iter().filter(|taken| taken.journeys >= FEWEST).take(SHOWN).collect();
        let covered: u64 = common.iter().map(|taken| taken.journeys).sum();
        let mut view = self.blank(
            ask,
            match common.len() {
                0 => "Too few journeys to show a common way".to_owned(),
                n => format!(
                    "{} cover {:.0}% of journeys",
                    show::number::plural(n, "way"),
                    100.0 * covered as f64 / count.max(1) as f64
                ),
            },
        );
        view.over = format!(
            "Journeys that began in the {WEEKS} weeks to {}",
            show::number::date(domain::Date(scope.week.0 + 6).into())
        );
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        let waited: f64 = taken.iter().map(|taken| taken.waited).sum();
        view.facts = vec![
            Fact {
                title: "Journeys".to_owned(),
                figure: scope.guard(Figure::new(count as f64, "", self.evidence("ways", format!("Journeys that began in these {WEEKS} weeks; a journey is what belongs together of one person's care"), Some(count))), count),
                note: String::new(),
            },
            Fact {
                title: "Time waited in them".to_owned(),
                figure: scope.guard(Figure::new(waited, "hours", self.evidence("ways", "Waiting inside and between services, of these journeys", Some(count))), count),
                note: String::new(),
            },
        ];
        if common.is_empty() {
            view.panels.push(Panel {
                id: "common".to_owned(),
                title: "Common ways".to_owned(),
                pictures: vec![waits::too_few("No way was taken by five journeys or more. Choose a wider group.")],
                ..Panel::default()
            });
            return Ok(view);
        }
        let ways = self.ways_of(&scope, &handovers, &common, count)?;
        view.panels.push(Panel {
            id: "common".to_owned(),
            title: "The common ways through".to_owned(),
            note: "Each ribbon is on its own scale, of middle times: blue is being cared for, hatched is waiting."
                .to_owned(),
            pictures: vec![Picture::Ways(ways)],
            ..Panel::default()
        });
        let mut costly: Vec<&Taken> =
            taken.iter().filter(|taken| taken.journeys >= FEWEST && taken.way.contains(" → ")).collect();
        costly.sort_by(|a, b| b.waited.total_cmp(&a.waited));
        costly.truncate(SHOWN);
        if !costly.is_empty() {
            let ways = self
                .ways_of(&scope, &handovers, &costly, count)?
                .into_iter()
                .enumerate()
                .map(|(at, way)| Way { id: format!("costly-{}", at + 1), ..way });
            view.panels.push(Panel {
                id: "costly".to_owned(),
                title: "The ways that hold most waiting".to_owned(),
                note: "Through two services or more, most hours waited first.".to_owned(),
                pictures: vec![Picture::Ways(ways.collect())],
                ..Panel::default()
            });
        }
        if let Some(panel) = self.typical(&scope, &handovers)? {
            view.panels.push(panel);
        }
        view.panels.push(Panel {
            id: "pathways".to_owned(),
            title: "Declared pathways".to_owned(),
            note: "How it was meant to go, and where people leave it.".to_owned(),
            pictures: vec![Picture::List(self.pathway_items(&scope))],
            ..Panel::default()
        });
        view.panels.push(Panel {
            id: "single".to_owned(),
            title: "Single journeys".to_owned(),
            note: "Identity stays hidden; the reason is kept.".to_owned(),
            pictures: vec![Picture::Words(vec![
                "For those who may and have a reason to see one. Each opening is kept, with who, when and why."
                    .to_owned(),
            ])],
            links: vec![Link::new("Say why, and see single journeys", "/journeys/one")],
            ..Panel::default()
        });
        Ok(view)
    }

    /// The newest finished journeys through several services, for a reader with a kept reason. `link` is put before each one's
    /// number to make its address.
    pub fn single_journeys(&self, ask: &Ask, link: &str) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let query = format!(
            "select journey, way, started, ended, stays, care_minutes, wait_minutes + inside_wait_minutes as wait_minutes from journeys
             where stays >= 3 and local_date(started) >= date '{}' and local_date(started) < date '{}' and {} order by started desc, journey limit 50",
            scope.since(WEEKS),
            scope.end(),
            scope.people()
        );
        let mut table = Table::new(["journey", "way", "started", "care_minutes", "wait_minutes"]);
        let mut links = Vec::new();
        let grid = self.ask(&query)?;
        for row in grid.rows() {
            let id = row.text("journey");
            table.push([
                Cell::from(short(&id)),
                Cell::from(way_name(&row.text("way"))),
                Cell::from(self.shown(row.instant("started"))),
                Cell::of(row.number("care_minutes"), &Unit::Minutes),
                Cell::of(row.number("wait_minutes"), &Unit::Minutes),
            ]);
            links.push(Some(format!("{link}{id}")));
        }
        let mut view = self.blank(ask, "Single journeys");
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        view.lede = "The newest fifty of three stays or more. No name, no number that anybody else uses.".to_owned();
        view.panels.push(Panel {
            id: "journeys".to_owned(),
            title: "Newest first".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: "Single journeys, newest first".to_owned(), table, links })],
            ..Panel::default()
        });
        Ok(view)
    }

    /// One journey: its stays, its events, its records.
    pub fn single_journey(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let unknown = || Wrong::NoSuch {
            what: "journey".to_owned(),
            name: short(id),
            like: vec![Link::new("Single journeys", "/journeys/one")],
        };
        let number: i64 = id.parse().map_err(|_| unknown())?;
        let grid = self.ask(&format!("select person, way, started, ended, care_minutes, wait_minutes + inside_wait_minutes as wait, home_minutes, unknown_minutes from journeys where journey = {number}"))?;
        let Some(journey) = grid.rows().next() else { return Err(unknown()) };
        let person = journey.text("person");
        let mut view = self.blank(ask, way_name(&journey.text("way")));
        view.over = format!("One journey, {}", short(id));
        let fact = |title: &str, minutes: Option<f64>| Fact {
            title: title.to_owned(),
            figure: Figure::new(
                minutes,
                "minutes",
                self.evidence("ways", format!("{title}, in the time account of this journey"), Some(1)),
            ),
            note: String::new(),
        };
        view.facts = vec![
            fact("Being cared for", journey.number("care_minutes")),
            fact("Waiting", journey.number("wait")),
            fact("At home by plan", journey.number("home_minutes")),
            fact("Unknown", journey.number("unknown_minutes")),
        ];
        let grid = self.ask(&format!("select leg, kind, spent, minutes, handover from legs where journey = {number} and person = {person} order by leg"))?;
        let legs = grid.rows().map(|row| {
            let (kind, handover) = (row.text("kind"), row.text("handover"));
            let waiting = row.text("spent") == "waiting";
            Leg {
                name: match (waiting, kind.as_str()) {
                    (true, "home") => "Waits to go home".to_owned(),
                    (true, "") => "Waits for what never began".to_owned(),
                    (true, kind) => format!("Waits for {}", waits::lower(&kind_name(kind))),
                    (false, kind) => kind_name(kind),
                },
                spent: if waiting { Spent::Waiting } else { Spent::Care },
                minutes: row.number("minutes"),
                signal: Signal::Ordinary,
                href: self
                    .at
                    .place
                    .handovers
                    .iter()
                    .any(|rule| rule.id == handover)
                    .then(|| format!("/handovers/{handover}")),
            }
        });
        let way = Way {
            id: "single".to_owned(),
            name: view.title.clone(),
            sentence: String::new(),
            journeys: Figure::new(1.0, "journey", self.evidence("ways", "This one journey", Some(1))),
            share: None,
            legs: legs.collect(),
            href: None,
        };
        view.panels.push(Panel {
            id: "way".to_owned(),
            title: "The way".to_owned(),
            pictures: vec![Picture::Way(way)],
            ..Panel::default()
        });
        let rows = |id: &str, title: &str, query: String| -> Result<Panel, Fault> {
            let table = self.ask(&query)?.to_local_table(self.zone());
            Ok(Panel {
                id: id.to_owned(),
                title: title.to_owned(),
                pictures: vec![Picture::Rows(Rows { caption: title.to_owned(), table, links: Vec::new() })],
                ..Panel::default()
            })
        };
        view.panels.push(rows("stays", "Its stays", format!("select organisation, service, asked, started, ready, ended, outcome from stays where journey = {number} and person = {person} order by coalesce(started, asked)"))?);
        view.panels.push(rows("waits", "Its waits", format!("select handover, from_service, to_service, asked, taken, ended_by, wait_minutes from handovers where journey = {number} and person = {person} order by asked"))?);
        let within = format!(
            "from events e join (select subject from people where person = {person}) p on p.subject = e.subject
             join (select min(coalesce(asked, started, ready, ended)) as first, max(coalesce(ended, ready, started, asked)) as last from stays where journey = {number} and person = {person}) s
             on e.occurred_at between s.first and s.last"
        );
        view.panels.push(rows("events", "The events that told it", format!("select e.feed, e.service, e.kind, e.occurred_at, e.precision, e.received_at, encode(e.record_id, 'hex') as record {within} order by e.occurred_at limit 200"))?);
        view.panels.push(rows("records", "The records behind them", format!("select distinct r.feed, r.source, r.line, r.received_at, encode(r.record_id, 'hex') as record {} order by r.source, r.line limit 200", within.replacen("from events e", "from events e join records r on r.record_id = e.record_id", 1)))?);
        Ok(view)
    }

    fn pathway_items(&self, scope: &Scope) -> Vec<Item> {
        let items = self.at.pathways.iter().map(|pathway| Item {
            link: Link::new(
                &pathway.title,
                find::address(&format!("/pathways/{}", show::escape(&pathway.id)), scope.filter),
            ),
            kind: "Pathway".to_owned(),
            note: "Where people leave it, for whom, and what it costs them".to_owned(),
        });
        items.collect()
    }
}

/// The first digits of a journey's number: enough to tell two apart in talk.
fn short(id: &str) -> String {
    format!("J{}", id.trim_start_matches('-').chars().filter(char::is_ascii_digit).take(6).collect::<String>())
}
