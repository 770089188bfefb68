//! What is coming: who will live here, and what they will ask for.

use super::Reader;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::futures;
use foresee::project::forecast::{self, Forecast, Outlook};
use foresee::project::need::BANDS;
use foresee::project::range::Range;
use show::{
    AgeBand, Ahead, Cell, Evidence, Fact, Fan, Figure, Grown, Growth, Link, Panel, Picture, Pyramid, Rows, State, Step,
    Table, Unit, View, Why, Width,
};

/// Years ahead that the page looks.
const YEARS: usize = 20;
/// Runs behind each range.
const SAMPLES: usize = 256;
/// In the words of the page, the parts of growth by size, ageing and rate.
const PARTS: [&str; 3] = ["more people", "older people", "asked for more often by each"];

impl Reader<'_> {
    /// `/need`
    pub(super) fn need(&self, ask: &Ask) -> Result<View, Wrong> {
        let Some(need) = futures::need(self.at)? else { return Ok(self.no_need(ask)) };
        let (need, counted) = futures::counted(self, need)?;
        let wrong = |wrong: foresee::project::ProjectError| {
            Fault::new(crate::out::chain(&wrong), "docs/need.md tells what each table holds")
        };
        let forecast = forecast::project(&need, YEARS, futures::SEED, SAMPLES).map_err(wrong)?;
        // A neighbourhood that is chosen is looked at alone.
        let chosen = ask.filter.place.as_deref();
        let outlook =
            chosen.and_then(|name| forecast.areas.iter().find(|area| area.name == name)).unwrap_or(&forecast.place);
        let ahead = forecast.years;
        let then = forecast.year + ahead as i32;
        let headline = forecast.headline(outlook, ahead);
        let mut view = self.blank(ask, headline.sentence().trim_end_matches('.').to_owned());
        view.over = format!("{} to {then}", forecast.year);
        view.choices = self.choices(&ask.filter, &["place"]);
        view.lede = format!(
            "{} Ranges hold it 9 times in 10, by {} draws of what nobody knows.",
            show::chart::sentence(forecast.source.trim_end_matches('.')) + ".",
            show::number::count(SAMPLES as u64)
        );
        let told = |definition: &str| self.need_told(&forecast, definition);
        let fact = |title: &str, value: Range, definition: &str| Fact {
            title: title.to_owned(),
            figure: whole(value, "people", told(definition)),
            note: format!("in {then}"),
        };
        view.facts = vec![
            fact("People who live here", headline.people_then, "All people, by births, deaths and moves, year by year"),
            fact("Of them 85 and over", outlook.people_in(5..6, ahead), "People of 85 and over"),
            fact(
                "Born in a year",
                headline.births_then,
                "Children born in the twelve months from the middle of the year on",
            ),
        ];
        view.panels.push(Panel {
            id: "growth".to_owned(),
            title: "What will be asked for".to_owned(),
            note: format!("Growth from {} to {then}, and why.", forecast.year),
            pictures: vec![Picture::Growth(growth(&forecast, outlook, ahead, &told))],
            width: Width::Half,
            ..Panel::default()
        });
        let living = living(&forecast, outlook, ahead, counted);
        view.panels.push(Panel {
            id: "people".to_owned(),
            title: "Who will live here".to_owned(),
            pictures: std::iter::once(Picture::Pyramid(pyramid(&forecast, outlook, ahead, &told)))
                .chain(living)
                .collect(),
            width: Width::Half,
            ..Panel::default()
        });
        let fans: Vec<Fan> =
            (0..forecast.services.len()).map(|service| fan(&forecast, outlook, service, &told)).collect();
        if !fans.is_empty() {
            view.panels.push(Panel {
                id: "services".to_owned(),
                title: "Service by service".to_owned(),
                note: "If people of an age go on asking as they do, but for the steps that docs/need.md names."
                    .to_owned(),
                pictures: vec![Picture::Fans(fans)],
                ..Panel::default()
            });
        }
        let mut table = Table::new([
            "neighbourhood",
            "people_now",
            "people_then",
            "under_18_now",
            "under_18_then",
            "over_65_now",
            "over_65_then",
            "over_85_now",
            "over_85_then",
            "births_now",
            "births_then",
            "what_grows_most",
        ]);
        let mut links = Vec::new();
        for row in forecast.table(ahead) {
            let pair = |(now, then): (f64, Range)| [count(now), count(then.middle)];
            let cells = [row.people, row.children, row.old, row.oldest, row.births].map(pair).concat();
            links.push(
                self.at
                    .place
                    .neighbourhoods
                    .iter()
                    .any(|known| known.name == row.name)
                    .then(|| format!("/need?place={}", show::escape(&row.name))),
            );
            table.push(std::iter::once(Cell::Text(row.name)).chain(cells).chain([row.most.name().into()]));
        }
        view.panels.push(Panel {
            id: "neighbourhoods".to_owned(),
            title: "Neighbourhood by neighbourhood".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: format!("{} and {then}", forecast.year), table, links })],
            ..Panel::default()
        });
        Ok(view)
    }

    fn no_need(&self, ask: &Ask) -> View {
        let mut view = self.blank(ask, "Nobody has said yet who lives here, by age");
        view.panels.push(Panel {
            id: "empty".to_owned(),
            title: "Add the tables".to_owned(),
            pictures: vec![Picture::State(State {
                why: Why::Empty,
                title: "No need.toml".to_owned(),
                text: "The folder need/ of a place holds the official tables as CSV: people by neighbourhood, sex and year of age, deaths, births, moves, and how often people of an age ask for each service. docs/need.md has an example of each."
                    .to_owned(),
                links: vec![Link::new("The whole system", "/")],
                command: format!("catchment project {}", self.at.folder.display()),
            })],
            ..Panel::default()
        });
        view
    }

    fn need_told(&self, forecast: &Forecast, definition: &str) -> Evidence {
        Evidence {
            id: "need".to_owned(),
            definition: definition.to_owned(),
            sources: vec![forecast.source.clone()],
            fresh_as_of: forecast.year.to_string(),
            shown_on: vec![Link::new("What is coming", "/need")],
            ..Evidence::default()
        }
    }
}

/// The states in which people live, and what they live with; and who was counted.
fn living(forecast: &Forecast, outlook: &Outlook, ahead: usize, counted: Option<String>) -> Vec<Picture> {
    let then = forecast.year + ahead as i32;
    let table = |what: &str, names: &[String], all: &[Vec<Range>]| {
        let mut table = Table::new([what, "people_now", "people_then", "from", "to"]);
        for (name, years) in names.iter().zip(all) {
            let (now, then) = (years[0], years[ahead]);
            let numbers = [now.middle, then.middle, then.low, then.high].map(count);
            table.push([Cell::Text(show::chart::sentence(name))].into_iter().chain(numbers));
        }
        table
    };
    let told = counted.unwrap_or_else(|| "Segments are those of the table: nothing was counted.".to_owned());
    let mut pictures = Vec::new();
    for (caption, table, words) in [
        ("Segments", table("segment", &forecast.segments, &outlook.segments), Some(told)),
        ("Living with", table("living_with", &forecast.conditions, &outlook.conditions), None),
    ] {
        if !table.rows.is_empty() {
            let caption = format!("{caption}: people in {} and {then}", forecast.year);
            pictures.push(Picture::Rows(Rows { caption, table, links: Vec::new() }));
            pictures.extend(words.map(|words| Picture::Words(vec![words])));
        }
    }
    pictures
}

fn count(value: f64) -> Cell {
    Cell::said(value.round(), show::number::count(value.round().max(0.0) as u64))
}

fn whole(range: Range, unit: &str, evidence: Evidence) -> Figure {
    Figure::new(range.middle.round(), unit, evidence).within(Some((range.low.round(), range.high.round())))
}

fn growth(forecast: &Forecast, outlook: &Outlook, ahead: usize, told: &dyn Fn(&str) -> Evidence) -> Growth {
    let rows = forecast.services.iter().enumerate().filter_map(|(at, service)| {
        let (now, then) = (outlook.activity[at][0].middle, outlook.activity[at][ahead]);
        if now <= 0.0 {
            return None;
        }
        let share = |value: f64| value / now * 100.0;
        let split = outlook.growth[at][ahead].split;
        let by_order = outlook.growth[at][ahead].ordered;
        let figure = Figure::new(
            share(then.middle - now),
            Unit::Percent,
            told(&format!(
                "{}: use in {} over use in {}, less one",
                service.name,
                forecast.year + ahead as i32,
                forecast.year
            )),
        )
        .within(Some((share(then.low - now), share(then.high - now))));
        Some(Grown {
            name: service.name.clone(),
            figure,
            fair: vec![share(split.size), share(split.ageing), share(split.rate)],
            ordered: vec![share(by_order[0]), share(by_order[1]), share(by_order[2..].iter().sum())],
            note: format!(
                "{} to {} a year",
                show::number::count(now.round() as u64),
                show::number::count(then.middle.round().max(0.0) as u64)
            ),
            href: None,
        })
    });
    let services: Vec<Grown> = rows.collect();
    let sum = |part: usize| services.iter().map(|grown| grown.fair[part].abs()).sum::<f64>();
    let most = (0..PARTS.len()).max_by(|one, two| sum(*one).total_cmp(&sum(*two))).unwrap_or(0);
    Growth {
        id: "growth".to_owned(),
        title: match most {
            0 => "More people, not their age, drives most of it",
            1 => "Older people, not more people, drives most of it",
            _ => "How often each asks drives most of it",
        }
        .to_owned(),
        definition: "Growth of the use of each service, shared fairly among its causes (Das Gupta); taken one after another beside it.".to_owned(),
        unit: Unit::Percent,
        parts: PARTS.map(str::to_owned).to_vec(),
        services,
    }
}

fn pyramid(forecast: &Forecast, outlook: &Outlook, ahead: usize, told: &dyn Fn(&str) -> Evidence) -> Pyramid {
    let (now, then) = (&outlook.people[0], &outlook.people[ahead]);
    let sum =
        |sex: &[f64], from: usize| sex.iter().skip(from).take(if from == 90 { usize::MAX } else { 5 }).sum::<f64>();
    let band = |from: usize| AgeBand {
        age: if from == 90 { "90 and over".to_owned() } else { format!("{from} to {}", from + 4) },
        men: (sum(&now[foresee::project::cohort::MALE], from), sum(&then[foresee::project::cohort::MALE], from)),
        women: (sum(&now[foresee::project::cohort::FEMALE], from), sum(&then[foresee::project::cohort::FEMALE], from)),
    };
    let years = (forecast.year.to_string(), (forecast.year + ahead as i32).to_string());
    let old =
        |people: &foresee::project::cohort::People| people.iter().map(|sex| sex[85..].iter().sum::<f64>()).sum::<f64>();
    let young =
        |people: &foresee::project::cohort::People| people.iter().map(|sex| sex[..18].iter().sum::<f64>()).sum::<f64>();
    let percent = |now: f64, then: f64| if now > 0.0 { (then / now - 1.0) * 100.0 } else { 0.0 };
    let said =
        |value: f64, more: &str, less: &str| format!("{:.0}% {}", value.abs(), if value < 0.0 { less } else { more });
    Pyramid {
        id: "people".to_owned(),
        title: format!(
            "{} people of 85 and over, {} under 18",
            said(percent(old(now), old(then)), "more", "fewer"),
            said(percent(young(now), young(then)), "more", "fewer")
        ),
        definition: format!("People who live here by age and sex: filled in {}, outlined in {}", years.0, years.1),
        figure: whole(outlook.total[ahead], "people", told("All people, by births, deaths and moves, year by year")),
        years,
        bands: (0..=90).step_by(5).map(band).collect(),
    }
}

fn fan(forecast: &Forecast, outlook: &Outlook, at: usize, told: &dyn Fn(&str) -> Evidence) -> Fan {
    let service = &forecast.services[at];
    let years = &outlook.activity[at];
    let (now, then) = (years[0].middle, years[years.len() - 1]);
    let share = if now > 0.0 { (then.middle / now - 1.0) * 100.0 } else { 0.0 };
    let step = |(at, range): (usize, &Range)| {
        let year = forecast.year + at as i32;
        Step {
            when: year.to_string(),
            tick: if year % 5 == 0 { year.to_string() } else { String::new() },
            actual: (at == 0).then_some(range.middle),
            ahead: (at > 0).then_some(Ahead { middle: range.middle, half: range.half, most: (range.low, range.high) }),
        }
    };
    let last = forecast.year + years.len() as i32 - 1;
    Fan {
        id: format!("need-{}", service.id),
        title: format!(
            "{} {} by {:.0}% by {last}",
            service.name,
            if share < 0.0 { "falls" } else { "grows" },
            share.abs()
        ),
        definition: format!(
            "{} a year: what people who will live here would ask for.",
            show::chart::sentence(&service.unit)
        ),
        unit: Unit::from(service.unit.as_str()),
        steps: years.iter().enumerate().map(step).collect(),
        now: Some(0),
        made: forecast.year.to_string(),
        line: None,
        figure: whole(then, &service.unit, told(&format!("{} a year in {last}", show::chart::sentence(&service.unit)))),
        note: format!("in {last}"),
        href: None,
    }
}

/// Bands of age are the same everywhere.
const _: () = assert!(BANDS.len() == domain::AGE_BANDS.len());
