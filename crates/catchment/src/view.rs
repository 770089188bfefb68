//! The Lake as a page wants it: SQL in, `show::WholeSystem` out.

use crate::fault::Fault;
use crate::grid::Grid;
use crate::place::Catchment;
use domain::{Date, HandoverRule, Instant, ServiceKind, Zone};
use measures::series::{self, Grain, SeriesRow};
use measures::spc::{self, Chart, Variation};
use show::{Evidence, Fact, Figure, Handover, Signal, Source, Unit, WholeSystem};
use std::collections::BTreeMap;
use store::{Access, Session};

pub struct Reader<'a> {
    at: &'a Catchment,
    session: Session,
    /// The last moment that the records know of.
    as_of: Option<Instant>,
    /// Monday of the last whole week.
    week: Option<Date>,
    sources: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(at: &'a Catchment) -> Result<Reader<'a>, Fault> {
        let session = at.lake.session(Access::Analyst)?;
        let mut reader = Reader { at, session, as_of: None, week: None, sources: Vec::new() };
        if reader.has("delay_ledger") {
            let grid = reader.ask("select max(day) as day from delay_ledger")?;
            let last = grid.rows().next().and_then(|row| row.date("day"));
            // The ledger goes to the last moment that is known; a week counts when that is its Sunday or later.
            reader.week =
                last.map(|last| Date(last.0 - last.weekday() as i32 - if last.weekday() == 6 { 0 } else { 7 }));
            let grid = reader.ask(&format!(
                "select max(newest) as newest from sources where newest <= to_timestamp_micros({})",
                crate::place::now().micros()
            ))?;
            reader.as_of = grid.rows().next().and_then(|row| row.instant("newest"));
        }
        if reader.has("sources") {
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

    pub fn zone(&self) -> &Zone {
        &self.at.place.zone
    }

    pub fn ask(&self, query: &str) -> Result<Grid, Fault> {
        Ok(Grid::new(self.session.sql(query)?))
    }

    pub fn has(&self, table: &str) -> bool {
        self.at.lake.tables().is_ok_and(|tables| tables.iter().any(|known| known.name == table))
    }

    fn shown(&self, at: Option<Instant>) -> String {
        at.map_or_else(String::new, |at| self.at.place.zone.show(at))
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

    pub fn whole_system(&self) -> Result<WholeSystem, Fault> {
        let handovers = self.handovers()?;
        let measures = self.measures()?;
        let sources = self.sources()?;
        let hours: f64 = handovers.iter().filter_map(|handover| handover.hours_waiting.value).sum();
        let changed = measures.iter().filter(|measure| measure.series.signal() != Signal::Ordinary).count();
        let fresh = sources.iter().filter(|source| !source.stale).count();
        let charts = measures.len();
        let facts = vec![
            Fact {
                title: "Measures that really changed".to_owned(),
                figure: Figure::new(
                    changed as f64,
                    "",
                    self.evidence(
                        "measures",
                        "Measures of the whole place whose newest week is a signal by the SPC rules",
                        Some(charts as u64),
                    ),
                ),
                note: format!("of {charts}"),
            },
            Fact {
                title: "Hours waiting between us".to_owned(),
                figure: Figure::new(hours, "hours", self.evidence("ledger", LEDGER, None)),
                note: "this week".to_owned(),
            },
            Fact {
                title: "Sources up to date".to_owned(),
                figure: Figure::new(
                    fresh as f64,
                    "",
                    self.evidence(
                        "sources",
                        "Feeds whose newest event is at most three days older than the newest of all",
                        None,
                    ),
                ),
                note: format!("of {}", sources.len()),
            },
        ];
        let problems = if self.has("problems") {
            self.ask("select count(*) as n from problems where severity <> 'note'")?
                .rows()
                .next()
                .map_or(0, |row| row.count("n"))
        } else {
            0
        };
        Ok(WholeSystem {
            place_name: self.at.place.name.clone(),
            period: self
                .week
                .map_or_else(String::new, |week| format!("Week to {}", show::number::date(Date(week.0 + 6).into()))),
            as_of: self.as_of.map_or_else(String::new, |at| format!("Records to {}", self.at.place.zone.show(at))),
            headline: show::words::headline(&handovers, &measures),
            facts,
            pressure: Vec::new(),
            flow: None,
            handovers,
            measures,
            sources,
            problems: Figure::new(
                problems as f64,
                "records or fields",
                self.evidence(
                    "problems",
                    "Records, or fields of records, that could not be used and wait to be mended",
                    Some(problems),
                ),
            ),
            notice: (self.at.place.name == "Rivermead").then(|| "Invented place and invented data.".to_owned()),
        })
    }

    /// The handovers that the place watches, for its last whole week.
    pub fn handovers(&self) -> Result<Vec<Handover>, Fault> {
        let Some(week) = self.week.filter(|_| self.has("handovers")) else { return Ok(Vec::new()) };
        let end = Date(week.0 + 7);
        let mut hours: BTreeMap<String, (f64, u64)> = BTreeMap::new();
        let query = format!(
            "select handover, sum(person_minutes) / 60 as hours, sum(people) as rows from delay_ledger where day >= date '{week}' and day < date '{end}' group by handover"
        );
        for row in self.ask(&query)?.rows() {
            hours.insert(row.text("handover"), (row.number("hours").unwrap_or(0.0), row.count("rows")));
        }
        let mut now: BTreeMap<String, u64> = BTreeMap::new();
        for row in
            self.ask("select handover, count(*) as n from handovers where still_waiting group by handover")?.rows()
        {
            now.insert(row.text("handover"), row.count("n"));
        }
        let year = Date(week.0 - 52 * 7);
        let mut past: BTreeMap<String, BTreeMap<i32, (f64, f64, u64)>> = BTreeMap::new();
        let query = format!(
            "select handover, cast(date_trunc('week', local_date(taken)) as date) as week, median(wait_minutes) as middle,
             approx_percentile_cont(wait_minutes, 0.9) as p90, count(*) as n from handovers
             where taken is not null and local_date(taken) >= date '{year}' and local_date(taken) < date '{end}' group by 1, 2"
        );
        for row in self.ask(&query)?.rows() {
            if let (Some(week), Some(middle), Some(p90)) = (row.date("week"), row.number("middle"), row.number("p90")) {
                past.entry(row.text("handover")).or_default().insert(week.0, (middle, p90, row.count("n")));
            }
        }
        let mut all = Vec::new();
        for rule in &self.at.place.handovers {
            let weeks = past.remove(&rule.id).unwrap_or_default();
            let start = weeks.keys().next().copied().unwrap_or(week.0);
            let starts: Vec<i32> = (start..=week.0).step_by(7).collect();
            let values: Vec<Option<f64>> = starts.iter().map(|start| weeks.get(start).map(|week| week.0)).collect();
            let options = spc::Options { better: spc::Better::Lower, ..spc::Options::default() };
            let chart = spc::xmr(&values, &options).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
            let latest = weeks.get(&week.0);
            let (owed, rows) = hours.get(&rule.id).copied().unwrap_or((0.0, 0));
            let name = &rule.name;
            let owners = |kind: Option<ServiceKind>| self.owners(kind);
            all.push(Handover {
                id: rule.id.clone(),
                name: name.clone(),
                waits: waits_for(rule.from, rule.to).map(str::to_owned),
                from_owner: owners(rule.from),
                to_owner: owners(Some(rule.to)),
                middle: Figure::new(latest.map(|week| week.0), "minutes", self.evidence(&rule.id, format!("{name}: the middle wait of those taken in the week, from being asked for or ready to being taken"), latest.map(|week| week.2))),
                nine_in_ten: Figure::new(latest.map(|week| week.1), "minutes", self.evidence(&rule.id, format!("{name}: 9 in 10 of those taken in the week waited no longer"), latest.map(|week| week.2))),
                hours_waiting: Figure::new(owed, "hours", self.evidence(&rule.id, LEDGER, Some(rows))),
                waiting_now: Figure::new(now.get(&rule.id).map_or(0.0, |n| *n as f64), "people", self.evidence(&rule.id, format!("{name}: people asked for and neither taken nor gone another way when the records end"), None)),
                past_year: points(&starts.iter().map(|start| Date(*start)).collect::<Vec<_>>(), &chart),
                signal: signal(chart.variation()),
                standard: rule.standard_minutes,
                href: Some(format!("/handovers/{}", rule.id)),
            });
        }
        Ok(all)
    }

    fn owners(&self, kind: Option<ServiceKind>) -> String {
        let Some(kind) = kind else { return "Home".to_owned() };
        let mut names: Vec<&str> = Vec::new();
        for service in self.at.place.services.iter().filter(|service| service.kind == kind) {
            let name = self.at.place.organisation(&service.organisation).map_or("", |organisation| &organisation.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.len() {
            0 => show::words::page(kind.name()),
            1 | 2 => names.join(", "),
            n => format!("{n} organisations"),
        }
    }

    /// The chart of each measure for the whole place, by week, else by month.
    pub fn measures(&self) -> Result<Vec<show::Measure>, Fault> {
        if !self.has("series") {
            return Ok(Vec::new());
        }
        let mut all: BTreeMap<(String, Grain), Vec<SeriesRow>> = BTreeMap::new();
        for batch in self.session.sql("select * from series where level = 'system' and grain in ('week', 'month')")? {
            for row in series::from_batch(&batch).map_err(|wrong| Fault::new(wrong.to_string(), ""))? {
                all.entry((row.measure.clone(), row.grain)).or_default().push(row);
            }
        }
        let own = self.at.measures.iter().map(|measure| {
            let sector = measure.sector.map_or_else(
                || "Whole system".to_owned(),
                |sector| show::chart::sentence(&show::words::page(sector.name())),
            );
            let definition = format!("{} {}", measure.title, measure.why);
            Told {
                id: &measure.id,
                title: &measure.title,
                unit: &measure.unit,
                better: measure.better,
                target: measure.target(),
                sector,
                definition,
            }
        });
        let published =
            self.at.feeds.iter().filter_map(|feed| Some((feed, feed.series.as_ref()?))).flat_map(|(feed, series)| {
                series.series.iter().map(move |rule| Told {
                    id: &rule.measure,
                    title: &rule.title,
                    unit: &rule.unit,
                    better: crate::refresh::better(&rule.better),
                    target: rule.target,
                    sector: "Published".to_owned(),
                    definition: format!("{}, as published in {}; all groups added up", rule.title, feed.name),
                })
            });
        let mut cards = Vec::new();
        for measure in own.chain(published) {
            let of = |grain| all.get(&(measure.id.to_owned(), grain));
            if let Some(rows) = of(Grain::Week).or_else(|| of(Grain::Month)) {
                cards.push(self.card(&measure, rows)?);
            }
        }
        Ok(cards)
    }

    fn card(&self, measure: &Told, rows: &[SeriesRow]) -> Result<show::Measure, Fault> {
        let options = spc::Options { better: measure.better, target: measure.target, ..spc::Options::default() };
        let drawn = series::chart(rows, &options).map_err(|wrong| Fault::new(wrong.to_string(), ""))?;
        let every = if rows[0].grain == Grain::Week { show::Every::Week } else { show::Every::Month };
        let unit = Unit::from(measure.unit);
        let segments = &drawn.chart.segments;
        let limits = segments.iter().enumerate().filter(|_| drawn.chart.is_shown()).filter_map(|(at, segment)| {
            let limits = segment.limits?;
            // A segment goes on over gaps to where the next begins.
            let (from, to) = (segment.first, segments.get(at + 1).map_or(drawn.periods.len(), |next| next.first));
            Some(show::Limits { from, to, mean: segment.mean?, lower: limits.lower, upper: limits.upper })
        });
        let series = show::Series {
            id: measure.id.to_owned(),
            title: measure.title.to_owned(),
            unit: unit.clone(),
            better: better(measure.better),
            every,
            points: points(&drawn.periods, &drawn.chart),
            limits: limits.collect(),
            target: measure.target,
            events: Vec::new(),
        };
        let last = rows.iter().max_by_key(|row| row.period);
        let counted = last.and_then(|row| row.denominator.or(row.numerator)).map(|n| n.max(0.0) as u64);
        let evidence = self.evidence(measure.id, measure.definition.as_str(), counted);
        let latest = Figure::new(last.and_then(|row| row.value), unit, evidence);
        Ok(show::Measure {
            sector: measure.sector.clone(),
            sentence: show::words::finding(&series),
            latest,
            href: Some(format!("/measures/{}", series.id)),
            series,
        })
    }

    /// Each feed, how much it sent and how fresh that is.
    pub fn sources(&self) -> Result<Vec<Source>, Fault> {
        if !self.has("sources") {
            return Ok(Vec::new());
        }
        let mut problems: BTreeMap<String, u64> = BTreeMap::new();
        for row in self.ask("select feed, count(*) as n from problems where severity <> 'note' group by feed")?.rows() {
            problems.insert(row.text("feed"), row.count("n"));
        }
        let query = "select feed, organisation, sum(records - known) as records, max(newest) as newest from sources group by feed, organisation order by feed";
        let mut all = Vec::new();
        for row in self.ask(query)?.rows() {
            let (feed, newest) = (row.text("feed"), row.instant("newest"));
            let behind = self.as_of.zip(newest).map_or(0, |(as_of, newest)| (as_of.0 - newest.0) / 86_400);
            let organisation = row.text("organisation");
            all.push(Source {
                organisation: self
                    .at
                    .place
                    .organisation(&organisation)
                    .map_or(organisation.clone(), |known| known.name.clone()),
                last_record: newest.map(|at| self.at.place.zone.show(at)),
                records: row.count("records"),
                problems: problems.get(&feed).copied().unwrap_or(0),
                freshness: match behind {
                    _ if newest.is_none() => "no time known".to_owned(),
                    0 => "up to date".to_owned(),
                    days => format!("{} behind", show::number::plural(days as usize, "day")),
                },
                stale: behind > 3,
                id: feed.clone(),
                feed,
            });
        }
        Ok(all)
    }
}

/// What a chart is told of its measure, whether it is computed here or came ready-made.
struct Told<'a> {
    id: &'a str,
    title: &'a str,
    unit: &'a str,
    better: spc::Better,
    target: Option<f64>,
    sector: String,
    definition: String,
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
