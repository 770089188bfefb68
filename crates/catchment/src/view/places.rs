//! Neighbourhoods and organisations: who lives there, what they wait for, and who is like them.

use super::{Reader, Scope, band, fifth, find, list, waits};
use crate::ask::{Ask, Filter, Wrong};
use crate::fault::Fault;
use domain::{AGE_BANDS, Neighbourhood};
use measures::series::{Grain, Level};
use show::{
    Area, Cell, Choice, Fact, Figure, Link, Map, Panel, Picture, Rows, Signal, State, Table, Unit, View, Why, Width,
};
use std::collections::BTreeMap;

/// Weeks that a map adds up.
const MAP_WEEKS: i32 = 13;
/// What the map shows when nothing is chosen.
const HOURS: &str = "hours-waited";

/// What a neighbourhood is, whatever is done there: shares of 0 to 100.
struct Context {
    people: f64,
    ages: [f64; 6],
    fifths: [f64; 5],
}

impl Context {
    fn of(neighbourhood: &Neighbourhood) -> Context {
        let (mut ages, mut fifths) = ([0.0; 6], [0.0; 5]);
        for lsoa in &neighbourhood.lsoas {
            for (band, (female, male)) in lsoa.female.iter().zip(&lsoa.male).enumerate() {
                let people = f64::from(*female) + f64::from(*male);
                ages[band] += people;
                fifths[usize::from(lsoa.deprivation.clamp(1, 5)) - 1] += people;
            }
        }
        let people: f64 = ages.iter().sum();
        let share = |n: f64| if people > 0.0 { 100.0 * n / people } else { 0.0 };
        Context { people, ages: ages.map(share), fifths: fifths.map(share) }
    }

    fn old(&self) -> f64 {
        self.ages[4] + self.ages[5]
    }

    fn young(&self) -> f64 {
        self.ages[0]
    }

    /// Mean deprivation fifth, 1 most deprived.
    fn deprivation(&self) -> f64 {
        self.fifths.iter().zip(1..).map(|(share, fifth)| share / 100.0 * f64::from(fifth)).sum()
    }

    /// What makes places alike: things that no service can change.
    fn traits(&self) -> [f64; 4] {
        [self.young(), self.ages[1], self.old(), self.deprivation()]
    }
}

/// How far each place is from one: Euclidean over the traits in standard deviations, as CIPFA's nearest neighbours are.
fn distances(all: &[Context], from: usize) -> Vec<f64> {
    let n = all.len().max(1) as f64;
    let scale = |at: usize| {
        let mean = all.iter().map(|place| place.traits()[at]).sum::<f64>() / n;
        let variance = all.iter().map(|place| (place.traits()[at] - mean).powi(2)).sum::<f64>() / n;
        variance.sqrt().max(1e-9)
    };
    let scales: Vec<f64> = (0..4).map(scale).collect();
    let own = all[from].traits();
    let square = |place: &Context| (0..4).map(|at| ((place.traits()[at] - own[at]) / scales[at]).powi(2)).sum::<f64>();
    all.iter().map(|place| square(place).sqrt()).collect()
}

impl Reader<'_> {
    /// Hours waited at the watched handovers in the last weeks, by neighbourhood.
    fn hours_by_place(&self, scope: &Scope, weeks: i32) -> Result<BTreeMap<String, f64>, Fault> {
        if !self.has("delay_ledger") {
            return Ok(BTreeMap::new());
        }
        let query = format!(
            "select neighbourhood, sum(person_minutes) / 60 as hours from delay_ledger where handover in ({}) and day >= date '{}' and day < date '{}' and {} group by 1",
            list(self.at.place.handovers.iter().map(|rule| rule.id.as_str())),
            scope.since(weeks),
            scope.end(),
            scope.bands()
        );
        let grid = self.ask(&query)?;
        Ok(grid.rows().filter_map(|row| Some((row.text("neighbourhood"), row.number("hours")?))).collect())
    }

    /// `/places`
    pub(super) fn all_places(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let hours = self.hours_by_place(&scope, MAP_WEEKS)?;
        let mut table = Table::new([
            "neighbourhood",
            "people",
            "age_75_and_over_percent",
            "most_deprived_fifth_percent",
            "wait_hours_per_1000_people",
            "wait_hours",
        ]);
        let mut rows: Vec<(f64, Vec<Cell>, String)> = Vec::new();
        for neighbourhood in &self.at.place.neighbourhoods {
            let context = Context::of(neighbourhood);
            let waited = hours.get(&neighbourhood.name).copied();
            let rate = waited.map(|hours| per_1000(hours, context.people));
            rows.push((
                rate.unwrap_or(-1.0),
                vec![
                    Cell::from(neighbourhood.name.as_str()),
                    Cell::from(context.people as u64),
                    Cell::of(Some(context.old()), &Unit::Percent),
                    Cell::of(Some(context.fifths[0]), &Unit::Percent),
                    Cell::of(rate, &Unit::Of("hours".to_owned())),
                    Cell::of(waited, &Unit::Hours),
                ],
                find::address(&format!("/places/{}", show::escape(&neighbourhood.name)), &ask.filter),
            ));
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let title = match (rows.first(), rows.last()) {
            (Some(most), Some(least)) if most.0 > 0.0 && least.0 > 0.0 => {
                let name = |row: &(f64, Vec<Cell>, String)| {
                    if let Cell::Text(name) = &row.1[0] { name.clone() } else { String::new() }
                };
                format!("People of {} wait most for each person, those of {} least", name(most), name(least))
            }
            _ => "Neighbourhoods".to_owned(),
        };
        let mut view = self.blank(ask, title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["age", "deprivation", "sex", "need", "week"]);
        let mut links = Vec::new();
        for (_, cells, href) in rows {
            table.push(cells);
            links.push(Some(href));
        }
        let empty = links.is_empty();
        let map = self.map_of(&scope, HOURS)?;
        if let Some(map) = map {
            view.panels.push(Panel {
                id: "map".to_owned(),
                title: "On the map".to_owned(),
                note: String::new(),
                pictures: vec![Picture::Map(map)],
                width: Width::Half,
                links: vec![Link::new("Any measure on the map", "/map"), Link::new("Organisations", "/organisations")],
            });
        }
        view.panels.push(Panel {
            id: "places".to_owned(),
            title: "All neighbourhoods".to_owned(),
            note: format!("Hours waited are of the last {MAP_WEEKS} weeks, at all handovers that the place watches."),
            pictures: vec![if empty {
                Picture::State(State {
                    why: Why::Empty,
                    title: "No neighbourhood is named".to_owned(),
                    text: "place.toml names them, with their small areas and who lives there.".to_owned(),
                    links: Vec::new(),
                    command: String::new(),
                })
            } else {
                Picture::Rows(Rows {
                    caption: "Neighbourhoods, most waiting for each person first".to_owned(),
                    table,
                    links,
                })
            }],
            width: Width::Half,
            ..Panel::default()
        });
        Ok(view)
    }

    /// `/places/NAME`
    pub(super) fn one_place(&self, ask: &Ask, name: &str) -> Result<View, Wrong> {
        let all = &self.at.place.neighbourhoods;
        let Some(at) = all.iter().position(|neighbourhood| neighbourhood.name == name) else {
            return Err(self.no_such(
                "neighbourhood",
                name,
                all.iter().map(|known| Link::new(&known.name, format!("/places/{}", show::escape(&known.name)))),
            ));
        };
        let filter = Filter { place: Some(name.to_owned()), ..ask.filter.clone() };
        let scope = self.scope(&filter)?;
        let contexts: Vec<Context> = all.iter().map(Context::of).collect();
        let context = &contexts[at];
        let handovers = self.handovers(&scope)?;
        let measures = self.measures_at(&scope, (Level::Neighbourhood, name), None)?;
        let (_, hours) = waits::held(&handovers);
        let worse = measures.iter().filter(|measure| measure.card.series.signal() == Signal::Concern).count();
        let improved = measures.iter().filter(|measure| measure.card.series.signal() == Signal::Improvement).count();
        let title = match (worse, improved) {
            (0, 0) => format!("{name}: nothing has really changed"),
            (worse, 0) => format!("{name}: {} become worse", has(worse)),
            (0, improved) => format!("{name}: {} improved", has(improved)),
            (worse, improved) => format!("{name}: {} become worse, {improved} improved", has(worse)),
        };
        let mut view = self.blank(ask, title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["age", "deprivation", "sex", "need", "week"]);
        let people = |says: &str, value: f64, unit: &str| {
            Figure::new(
                value,
                unit,
                self.evidence("population", format!("{says}, as place.toml has it"), Some(context.people as u64)),
            )
        };
        let fact =
            |title: &str, figure: Figure, note: &str| Fact { title: title.to_owned(), figure, note: note.to_owned() };
        view.facts = vec![
            fact(
                "Live here",
                people("People who live in the small areas of the neighbourhood", context.people, "people"),
                "",
            ),
            fact("Age 75 and over", people("Share of people aged 75 and over", context.old(), "%"), ""),
            fact(
                "In the most deprived fifth",
                people("Share of people in small areas of the most deprived fifth", context.fifths[0], "%"),
                "",
            ),
            fact(
                "Time waiting",
                Figure::new(hours, "hours", self.evidence("ledger", super::LEDGER, None)),
                "this week",
            ),
        ];
        view.panels.push(Panel {
            id: "waits".to_owned(),
            title: format!("Where people of {name} wait"),
            note: "The same handovers as everybody's, for those who live here.".to_owned(),
            pictures: vec![Picture::Handovers(handovers)],
            width: Width::Wide,
            links: vec![
                Link::new("The whole system for this place", find::address("/", &filter)),
                Link::new("Ways through", find::address("/journeys", &filter)),
            ],
        });
        view.panels.push(self.people_panel(&all[at], context));
        view.panels.push(self.alike(&scope, &contexts, at)?);
        let (panel, rest) = self.changed(&scope, measures, 8);
        view.panels.push(panel);
        view.panels.extend(self.unchanged(&rest));
        Ok(view)
    }

    fn people_panel(&self, neighbourhood: &Neighbourhood, context: &Context) -> Panel {
        let mut table = Table::new(["who", "percent", "everywhere_percent"]);
        let whole = Context::of(&Neighbourhood {
            name: String::new(),
            lsoas: self.at.place.neighbourhoods.iter().flat_map(|neighbourhood| neighbourhood.lsoas.clone()).collect(),
        });
        let share = |value: f64| Cell::of(Some(value), &Unit::Percent);
        for (at, age) in AGE_BANDS.iter().enumerate() {
            table.push([Cell::from(format!("Age {}", band(age))), share(context.ages[at]), share(whole.ages[at])]);
        }
        for at in 0..5 {
            table.push([Cell::from(fifth(at as u8 + 1)), share(context.fifths[at]), share(whole.fifths[at])]);
        }
        Panel {
            id: "people".to_owned(),
            title: "Who lives here".to_owned(),
            note: format!(
                "{} in {}.",
                show::number::count(context.people as u64),
                show::number::plural(neighbourhood.lsoas.len(), "small area")
            ),
            pictures: vec![Picture::Rows(Rows {
                caption: "People by age and deprivation, here and everywhere".to_owned(),
                table,
                links: Vec::new(),
            })],
            width: Width::Narrow,
            ..Panel::default()
        }
    }

    /// The places most like it, by things that no service can change.
    fn alike(&self, scope: &Scope, contexts: &[Context], at: usize) -> Result<Panel, Fault> {
        let everyone = Filter { place: None, ..scope.filter.clone() };
        let hours = self.hours_by_place(&Scope { filter: &everyone, ..*scope }, MAP_WEEKS)?;
        let distances = distances(contexts, at);
        let mut order: Vec<usize> = (0..contexts.len()).collect();
        order.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
        let mut table = Table::new([
            "neighbourhood",
            "how_unlike",
            "age_0_to_17_percent",
            "age_75_and_over_percent",
            "most_deprived_fifth_percent",
            "wait_hours_per_1000_people",
        ]);
        let mut links = Vec::new();
        let own = order.iter().position(|known| *known == at).map(|first| order.remove(first));
        for index in own.into_iter().chain(order.into_iter().take(4)) {
            let neighbourhood = &self.at.place.neighbourhoods[index];
            let context = &contexts[index];
            let rate = hours.get(&neighbourhood.name).map(|hours| per_1000(*hours, context.people));
            table.push([
                Cell::from(neighbourhood.name.as_str()),
                if index == at {
                    Cell::from("this one")
                } else {
                    Cell::said(distances[index], format!("{:.1}", distances[index]))
                },
                Cell::of(Some(context.young()), &Unit::Percent),
                Cell::of(Some(context.old()), &Unit::Percent),
                Cell::of(Some(context.fifths[0]), &Unit::Percent),
                Cell::of(rate, &Unit::Of("hours".to_owned())),
            ]);
            links.push((index != at).then(|| {
                find::address(
                    &format!("/places/{}", show::escape(&neighbourhood.name)),
                    &Filter { place: None, ..scope.filter.clone() },
                )
            }));
        }
        Ok(Panel {
            id: "alike".to_owned(),
            title: "Places most like it".to_owned(),
            note: format!("Alike in ages and deprivation, which no service can change; waits are of the last {MAP_WEEKS} weeks."),
            pictures: vec![
                Picture::Rows(Rows { caption: "This place and those most like it".to_owned(), table, links }),
                Picture::Words(vec!["How unlike: distance over the shares of children, of young adults and of people of 75 and over, and mean deprivation, each in standard deviations between the neighbourhoods of this place. Below 1 is very like.".to_owned()]),
            ],
            ..Panel::default()
        })
    }

    /// `/map?measure=ID`
    pub(super) fn map(&self, ask: &Ask, what: Option<&str>) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let mut options = vec![(HOURS.to_owned(), "Hours waited between services, for each 1,000 people".to_owned())];
        options.extend(
            self.at
                .place
                .handovers
                .iter()
                .map(|rule| (rule.id.clone(), format!("Middle wait: {}", waits::lower(&rule.name)))),
        );
        let own = self.at.measures.iter().filter(|measure| measure.levels.contains(&Level::Neighbourhood));
        options.extend(own.map(|measure| (measure.id.clone(), measure.title.clone())));
        let wanted = what.unwrap_or(HOURS);
        let Some((_, label)) = options.iter().find(|option| option.0 == wanted) else {
            let known =
                options.iter().map(|(id, label)| Link::new(label, format!("/map?measure={}", show::escape(id))));
            return Err(self.no_such("measure on the map", wanted, known));
        };
        let label = label.clone();
        let map = self.map_of(&scope, wanted)?;
        let mut view = self.blank(ask, map.as_ref().map_or(label.clone(), |map| map.title.clone()));
        view.over = self.over(&scope);
        let counted = self.at.measures.iter().any(|measure| measure.id == wanted);
        let mut choices =
            self.choices(&ask.filter, if counted { &["week"] } else { &["age", "deprivation", "sex", "need", "week"] });
        choices.insert(
            0,
            Choice {
                name: "measure",
                label: "Show".to_owned(),
                all: "Hours waited between services".to_owned(),
                options,
                chosen: what.map(str::to_owned),
            },
        );
        view.choices = choices;
        let picture = match map {
            Some(map) => Picture::Map(map),
            None => Picture::State(State {
                why: Why::Empty,
                title: "There is no map of this place yet".to_owned(),
                text: "place.toml may name a GeoJSON file of its neighbourhoods as `boundaries`. The same figures stand in the list of neighbourhoods.".to_owned(),
                links: vec![Link::new("Neighbourhoods", "/places")],
                command: String::new(),
            }),
        };
        view.panels.push(Panel {
            id: "map".to_owned(),
            title: label,
            note: "By where people live.".to_owned(),
            pictures: vec![picture],
            ..Panel::default()
        });
        Ok(view)
    }

    fn map_of(&self, scope: &Scope, what: &str) -> Result<Option<Map>, Fault> {
        let Some(boundaries) = &self.at.boundaries else { return Ok(None) };
        let mut values: BTreeMap<String, (Option<f64>, u64)> = BTreeMap::new();
        let (unit, better, definition);
        if what == HOURS {
            (unit, better) = (Unit::Of("hours per 1,000 people".to_owned()), show::Better::Lower);
            definition = format!(
                "Hours waited at all handovers in the last {MAP_WEEKS} weeks, for each 1,000 people who live there"
            );
            let hours = self.hours_by_place(scope, MAP_WEEKS)?;
            for neighbourhood in &self.at.place.neighbourhoods {
                let people = Context::of(neighbourhood).people;
                let rate = hours.get(&neighbourhood.name).map(|hours| per_1000(*hours, people));
                values.insert(neighbourhood.name.clone(), (rate, people as u64));
            }
        } else if let Some(rule) = self.at.place.handovers.iter().find(|rule| rule.id == what) {
            (unit, better) = (Unit::Minutes, show::Better::Lower);
            definition = format!("Middle wait of those taken in the last {MAP_WEEKS} weeks, by where they live");
            let query = format!(
                "select neighbourhood, median(wait_minutes) as middle, count(*) as n from handovers where handover = '{}' and taken is not null
                 and local_date(taken) >= date '{}' and local_date(taken) < date '{}' and {} group by 1",
                rule.id,
                scope.since(MAP_WEEKS),
                scope.end(),
                scope.people()
            );
            for row in self.ask(&query)?.rows() {
                values.insert(row.text("neighbourhood"), (row.number("middle"), row.count("n")));
            }
        } else if let Some(measure) = self.at.measures.iter().find(|measure| measure.id == what) {
            (unit, better) = (Unit::from(measure.unit.as_str()), super::better(measure.better));
            definition = "The newest whole month, by where people live".to_owned();
            let month = Grain::Month.start(Grain::Month.number(scope.end()) - 1);
            let query = format!(
                "select \"group\", value, coalesce(denominator, numerator) as n from series where measure = '{}' and level = 'neighbourhood' and grain = 'month' and period = date '{month}'",
                super::quoted(what)
            );
            for row in self.ask(&query)?.rows() {
                values.insert(row.text("group"), (row.number("value"), row.count("n")));
            }
        } else {
            return Ok(None);
        }
        let areas: Vec<Area> = boundaries
            .areas
            .iter()
            .map(|boundary| {
                let (value, n) = values.get(&boundary.name).copied().unwrap_or((None, 0));
                let says = format!("{definition}: {}", boundary.name);
                let figure =
                    Figure::new(value, "", self.evidence(if what == HOURS { "ledger" } else { what }, says, Some(n)));
                let figure = Figure { unit: unit.clone(), ..figure };
                let few = what != HOURS && n > 0 && n < super::SMALL;
                let known =
                    self.at.place.neighbourhoods.iter().any(|neighbourhood| neighbourhood.name == boundary.name);
                Area {
                    name: boundary.name.clone(),
                    polygons: boundary.polygons.clone(),
                    figure: if few { figure.hidden() } else { figure },
                    signal: Signal::Ordinary,
                    href: known.then(|| {
                        find::address(
                            &format!("/places/{}", show::escape(&boundary.name)),
                            &Filter { place: None, ..scope.filter.clone() },
                        )
                    }),
                }
            })
            .collect();
        let mut map = Map { id: "places".to_owned(), title: String::new(), definition, unit, better, areas };
        map.title = show::words::where_most(&map);
        Ok(Some(map))
    }

    /// `/organisations`
    pub(super) fn all_organisations(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let mut view = self.blank(ask, "Who takes part, and how pressed they are");
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &["week"]);
        let pressure = self.pressure(&scope)?;
        if !pressure.is_empty() {
            view.panels.push(Panel {
                id: "pressure".to_owned(),
                title: "Pressure".to_owned(),
                note: "The last 28 days; measured, not declared.".to_owned(),
                pictures: vec![Picture::Pressure(pressure)],
                links: vec![Link::new("How the level is measured", "/why/pressure")],
                ..Panel::default()
            });
        }
        let mut sectors: Vec<domain::Sector> = Vec::new();
        for organisation in &self.at.place.organisations {
            if !sectors.contains(&organisation.sector) {
                sectors.push(organisation.sector);
            }
        }
        for sector in sectors {
            let mut table = Table::new(["organisation", "services"]);
            let mut links = Vec::new();
            for organisation in self.at.place.organisations.iter().filter(|organisation| organisation.sector == sector)
            {
                let services: Vec<&str> = self
                    .at
                    .place
                    .services
                    .iter()
                    .filter(|service| service.organisation == organisation.id)
                    .map(|service| service.name.as_str())
                    .collect();
                table.push([Cell::from(organisation.name.as_str()), Cell::from(services.join("; "))]);
                links.push(Some(format!("/organisations/{}", show::escape(&organisation.id))));
            }
            let title = show::chart::sentence(&show::words::page(sector.name()));
            view.panels.push(Panel {
                id: sector.name().to_owned(),
                title: title.clone(),
                pictures: vec![Picture::Rows(Rows {
                    caption: format!("{title}: organisations and their services"),
                    table,
                    links,
                })],
                width: Width::Half,
                ..Panel::default()
            });
        }
        Ok(view)
    }

    /// `/organisations/ID`
    pub(super) fn organisation(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let Some(organisation) = self.at.place.organisation(id) else {
            let known = self.at.place.organisations.iter();
            return Err(self.no_such(
                "organisation",
                id,
                known.map(|known| Link::new(&known.name, format!("/organisations/{}", show::escape(&known.id)))),
            ));
        };
        let scope = self.scope(&ask.filter)?.owned_by(id);
        let handovers: Vec<_> = self
            .handovers(&scope)?
            .into_iter()
            .filter(|handover| {
                let rule = self.at.place.handovers.iter().find(|rule| rule.id == handover.id);
                rule.is_some_and(|rule| {
                    self.at.place.services.iter().any(|service| {
                        service.organisation == id && (Some(service.kind) == rule.from || service.kind == rule.to)
                    })
                })
            })
            .collect();
        let pressure = self.pressure_of(&scope, id)?;
        let measures = self.measures_at(&scope, (Level::Organisation, id), None)?;
        let level = pressure.as_ref().and_then(|pressure| pressure.level.value);
        let title = match (&pressure, level) {
            (Some(pressure), Some(level)) if level >= 2.0 && pressure.organisation == organisation.name => {
                format!("{}: pressure {level}, {}", organisation.name, waits::lower(&pressure.reason))
            }
            _ => organisation.name.clone(),
        };
        let mut view = self.blank(ask, title);
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        let services: Vec<_> = self.at.place.services.iter().filter(|service| service.organisation == id).collect();
        view.lede = format!(
            "{}. {}.",
            show::chart::sentence(&show::words::page(organisation.sector.name())),
            show::chart::sentence(&show::number::plural(services.len(), "service"))
        );
        if let Some(pressure) = pressure {
            view.panels.push(Panel {
                id: "pressure".to_owned(),
                title: "Pressure".to_owned(),
                note: "The last 28 days; measured, not declared.".to_owned(),
                pictures: vec![Picture::Pressure(vec![pressure])],
                links: vec![Link::new("How the level is measured", "/why/pressure")],
                ..Panel::default()
            });
        }
        let (count, hours) = waits::held(&handovers);
        view.panels.push(Panel {
            id: "waits".to_owned(),
            title: "Waits that it shares".to_owned(),
            note: "Those who wait to come to it, and those who wait to go on from it. Each belongs to both sides."
                .to_owned(),
            pictures: vec![
                Picture::Words(vec![if hours > 0.0 {
                    format!(
                        "{} hold {} of waiting this week.",
                        show::chart::sentence(&show::number::plural(count, "handover")),
                        Unit::Hours.say(hours)
                    )
                } else {
                    "No time was waited at its handovers this week.".to_owned()
                }]),
                Picture::Handovers(handovers),
            ],
            ..Panel::default()
        });
        let mut table = Table::new(["service", "kind", "capacity"]);
        for service in &services {
            table.push([
                Cell::from(service.name.as_str()),
                Cell::from(show::chart::sentence(&show::words::page(service.kind.name()))),
                service.capacity.map_or(Cell::Missing, |n| Cell::from(u64::from(n))),
            ]);
        }
        view.panels.push(Panel {
            id: "services".to_owned(),
            title: "Its services".to_owned(),
            pictures: vec![Picture::Rows(Rows {
                caption: "Services and their capacity".to_owned(),
                table,
                links: Vec::new(),
            })],
            width: Width::Half,
            ..Panel::default()
        });
        let sources: Vec<_> =
            self.sources()?.into_iter().filter(|source| source.organisation == organisation.name).collect();
        view.panels.push(Panel {
            id: "sources".to_owned(),
            title: "What it sends".to_owned(),
            note: String::new(),
            pictures: vec![if sources.is_empty() {
                Picture::State(State {
                    why: Why::Empty,
                    title: "It sends nothing itself".to_owned(),
                    text: "What is known of it comes from those who pass people to it or take them from it.".to_owned(),
                    links: vec![Link::new("All sources", "/sources")],
                    command: String::new(),
                })
            } else {
                Picture::Sources(sources)
            }],
            width: Width::Half,
            ..Panel::default()
        });
        if !measures.is_empty() {
            let (panel, rest) = self.changed(&scope, measures, 8);
            view.panels.push(panel);
            view.panels.extend(self.unchanged(&rest));
        }
        Ok(view)
    }
}

fn per_1000(hours: f64, people: f64) -> f64 {
    if people > 0.0 { 1000.0 * hours / people } else { 0.0 }
}

fn has(n: usize) -> String {
    format!("{} {}", show::number::plural(n, "measure"), if n == 1 { "has" } else { "have" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_nearest_to_itself_and_distances_do_not_depend_on_units() {
        let place = |old: f64, fifth: usize| {
            let mut fifths = [0.0; 5];
            fifths[fifth] = 100.0;
            Context { people: 1000.0, ages: [20.0, 30.0 - old, 50.0, 0.0, old, 0.0], fifths }
        };
        let all = [place(10.0, 0), place(11.0, 0), place(25.0, 4)];
        let near = distances(&all, 0);
        assert_eq!(near[0], 0.0);
        assert!(near[1] < near[2]);
        // Equal traits of all leave nothing to divide by.
        assert!(distances(&[place(1.0, 1), place(1.0, 1)], 0).iter().all(|d| *d == 0.0));
    }
}
