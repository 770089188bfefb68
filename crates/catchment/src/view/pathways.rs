//! Declared pathways: where people leave them, for whom, and what goes with it.

use super::{Reader, Scope, band, fifth, waits};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use domain::{AGE_BANDS, age_band};
use measures::groups::{quantile, share_limits, wilson};
use show::{
    Cell, Dots, Fact, Figure, Interval, Intervals, Link, Panel, Picture, Rows, Signal, Table, Unit, View, Width,
};
use std::collections::BTreeMap;

/// Weeks of journeys that are laid beside a pathway.
const WEEKS: i32 = 52;

/// One journey beside its pathway, as far as it is told here.
struct Walked {
    how: String,
    left_at: Option<usize>,
    reached: Option<usize>,
    elsewhere: String,
    wait: f64,
    groups: [Option<String>; 4],
}

impl Walked {
    fn over(&self) -> bool {
        self.how != "under_way"
    }

    fn kept(&self) -> bool {
        self.how == "conforms"
    }
}

impl Reader<'_> {
    /// `/pathways/ID`
    pub(super) fn pathway(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let Some(pathway) = self.at.pathways.iter().find(|pathway| pathway.id == id) else {
            let known = self.at.pathways.iter();
            let links =
                known.map(|pathway| Link::new(&pathway.title, format!("/pathways/{}", show::escape(&pathway.id))));
            return Err(self.no_such("pathway", id, links));
        };
        let scope = self.scope(&ask.filter)?;
        let walked = self.walked(&scope, id)?;
        let over: Vec<&Walked> = walked.iter().filter(|walked| walked.over()).collect();
        let kept = over.iter().filter(|walked| walked.kept()).count();
        let count = over.len() as u64;
        let share = (count > 0).then(|| 100.0 * kept as f64 / count as f64);
        let few = count < super::SMALL;
        let title = match share {
            Some(share) if !few => format!("{} {} in 100 as was meant", pathway.title, share.round()),
            _ => pathway.title.clone(),
        };
        let mut view = self.blank(ask, title);
        view.over =
            format!("Journeys that began in the year to {}", show::number::date(domain::Date(scope.week.0 + 6).into()));
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        let going = walked.len() as u64 - count;
        view.lede = format!(
            "{} are over{}.",
            show::chart::sentence(&show::number::plural(count as usize, "journey")),
            if going > 0 { format!("; {going} go on and are neither kept nor lost") } else { String::new() }
        );
        if few {
            view.lede = String::new();
            view.panels.push(Panel {
                id: "steps".to_owned(),
                title: "Too few to say".to_owned(),
                pictures: vec![waits::too_few("Fewer than five journeys of this group should have followed the pathway in a year. Choose a wider group.")],
                ..Panel::default()
            });
            return Ok(view);
        }
        let figure = |value: f64, unit: &str, says: &str, rows: u64| {
            let mut evidence = self.evidence(id, says, Some(rows));
            evidence.excludes = "journeys that go on".to_owned();
            scope.guard(Figure::new(value, unit, evidence), rows)
        };
        let fact = |title: &str, figure: Figure| Fact { title: title.to_owned(), figure, note: String::new() };
        let left = over.iter().filter(|walked| walked.how == "left").count() as u64;
        view.facts = vec![
            fact(
                "As was meant",
                figure(kept as f64, "journeys", "Journeys that met every step in its order and in time", kept as u64),
            ),
            fact(
                "Left it early",
                figure(left as f64, "journeys", "Journeys that are over and never came to a later step", left),
            ),
            fact(
                "All",
                figure(count as f64, "journeys", "Journeys that should follow the pathway and are over", count),
            ),
        ];
        if let Some(share) = share {
            let dots = Dots {
                id: "kept".to_owned(),
                title: format!("{} in 100 went as was meant", share.round()),
                count: share.round() as u32,
                figure: figure(
                    share,
                    "%",
                    "Share of journeys that are over and met every step in its order and in time",
                    count,
                ),
            };
            view.panels.push(Panel {
                id: "share".to_owned(),
                title: dots.title.clone(),
                note: "Of all who should have.".to_owned(),
                pictures: vec![Picture::Dots(dots)],
                width: Width::Narrow,
                ..Panel::default()
            });
        }
        // Beside the dots on a wide screen, so it stands first.
        let steps = self.steps(&scope, pathway, &over);
        view.panels.insert(0, steps);
        view.panels.push(self.ends_of(&scope, pathway, &over));
        view.panels.push(self.for_whom(id, &over));
        Ok(view)
    }

    fn walked(&self, scope: &Scope, id: &str) -> Result<Vec<Walked>, Fault> {
        if !self.has("conformance") {
            return Ok(Vec::new());
        }
        let grid = self.ask(&format!(
            "select how, left_at, reached, elsewhere, wait_minutes, age, sex, neighbourhood, deprivation from conformance
             where pathway = '{}' and local_date(started) >= date '{}' and local_date(started) < date '{}' and {}",
            super::quoted(id),
            scope.since(WEEKS),
            scope.end(),
            scope.people()
        ))?;
        let some = |text: String| (!text.is_empty()).then_some(text);
        let walked = grid.rows().map(|row| Walked {
            how: row.text("how"),
            left_at: row.number("left_at").map(|step| step as usize),
            reached: row.number("reached").map(|step| step as usize),
            elsewhere: row.text("elsewhere"),
            wait: row.number("wait_minutes").unwrap_or(0.0),
            groups: [
                row.number("deprivation").map(|n| fifth(n as u8).to_owned()),
                row.number("age").map(|age| format!("Age {}", band(AGE_BANDS[age_band(age as i32)]))),
                some(show::chart::sentence(&row.text("sex"))),
                some(row.text("neighbourhood")),
            ],
        });
        Ok(walked.collect())
    }

    /// Step by step: who came so far, and what became of the others.
    fn steps(&self, scope: &Scope, pathway: &journeys::pathway::Pathway, over: &[&Walked]) -> Panel {
        let mut table = Table::new([
            "step",
            "came_so_far",
            "left_here",
            "skipped_it",
            "went_elsewhere_before",
            "waited_too_long",
            "longest_meant_minutes",
        ]);
        let mut worst: Option<(u64, String)> = None;
        for (at, step) in pathway.steps.iter().enumerate() {
            let count =
                |how: &str| over.iter().filter(|walked| walked.left_at == Some(at) && walked.how == how).count() as u64;
            let came =
                over.iter().filter(|walked| walked.left_at.or(walked.reached).is_some_and(|last| last >= at)).count()
                    as u64;
            let cell = |n: u64| {
                if scope.is_group() && n > 0 && n < super::SMALL {
                    Cell::from("too few to show")
                } else {
                    Cell::from(n)
                }
            };
            let lost = ["left", "skipped", "extra", "late"].map(count);
            let sum: u64 = lost.iter().sum();
            if sum > 0 && worst.as_ref().is_none_or(|worst| sum > worst.0) {
                worst = Some((sum, step.name.clone()));
            }
            let name = if step.optional { format!("{} (may be left out)", step.name) } else { step.name.clone() };
            table.push([
                Cell::from(name),
                cell(came),
                cell(lost[0]),
                cell(lost[1]),
                cell(lost[2]),
                cell(lost[3]),
                Cell::of(step.within_minutes, &Unit::Minutes),
            ]);
        }
        Panel {
            id: "steps".to_owned(),
            title: worst.map_or_else(
                || "Nobody left the pathway".to_owned(),
                |(_, step)| format!("Most part from it at “{step}”"),
            ),
            note: "Each journey is told at the first step that did not come as was meant.".to_owned(),
            pictures: vec![Picture::Rows(Rows {
                caption: "Step by step: who came, and who parted from the pathway and how".to_owned(),
                table,
                links: Vec::new(),
            })],
            width: Width::Wide,
            links: vec![Link::new(
                "How a journey is laid beside a pathway",
                format!("/why/{}", show::escape(&pathway.id)),
            )],
        }
    }

    /// What goes with each end: the waiting of those who went so.
    fn ends_of(&self, scope: &Scope, pathway: &journeys::pathway::Pathway, over: &[&Walked]) -> Panel {
        let middle = |own: &[f64]| {
            let mut own = own.to_vec();
            own.sort_by(f64::total_cmp);
            quantile(&own, 0.5)
        };
        // Services to which few went are told together.
        let mut went: BTreeMap<(Option<usize>, &str), u64> = BTreeMap::new();
        for walked in over.iter().filter(|walked| walked.how == "extra") {
            *went.entry((walked.left_at, &walked.elsewhere)).or_default() += 1;
        }
        let mut ends: BTreeMap<(u8, String), Vec<f64>> = BTreeMap::new();
        for walked in over {
            let step = walked.left_at.and_then(|at| pathway.steps.get(at)).map_or("", |step| &step.name);
            let often = went.get(&(walked.left_at, walked.elsewhere.as_str())).is_some_and(|n| *n >= super::SMALL);
            let elsewhere = if often {
                format!(": {}", show::words::page(&walked.elsewhere))
            } else {
                ", other services".to_owned()
            };
            let (order, says) = match walked.how.as_str() {
                "conforms" => (0, "As was meant".to_owned()),
                "left" => (1, format!("Left before “{step}”")),
                "skipped" => (2, format!("Missed “{step}”")),
                "extra" => (3, format!("Went elsewhere before “{step}”{elsewhere}")),
                "late" => (4, format!("Waited too long for “{step}”")),
                _ => (5, "Died on the way".to_owned()),
            };
            ends.entry((order, says)).or_default().push(walked.wait);
        }
        let kept = ends.iter().find(|end| end.0.0 == 0).and_then(|end| middle(end.1));
        let mut table = Table::new(["how_it_went", "journeys", "wait_minutes_p50", "more_than_as_was_meant_minutes"]);
        let mut rows: Vec<_> = ends.into_iter().collect();
        rows.sort_by_key(|((order, _), waits)| (*order != 0, std::cmp::Reverse(waits.len())));
        for ((_, says), waits) in rows {
            let few = waits.len() < super::SMALL as usize;
            let own = middle(&waits);
            let hide = |cell: Cell| if few { Cell::from("too few to show") } else { cell };
            table.push([
                Cell::from(says),
                if few && scope.is_group() { Cell::from("too few to show") } else { Cell::from(waits.len()) },
                hide(Cell::of(own, &Unit::Minutes)),
                hide(Cell::of(own.zip(kept).map(|(own, kept)| own - kept), &Unit::Minutes)),
            ]);
        }
        Panel {
            id: "cost".to_owned(),
            title: "What goes with it: the waiting of the whole journey".to_owned(),
            note: "Groups of people, not the price for one: those who part from the pathway differ in more than that."
                .to_owned(),
            pictures: vec![Picture::Rows(Rows {
                caption: "How journeys went, and how long their people waited".to_owned(),
                table,
                links: Vec::new(),
            })],
            ..Panel::default()
        }
    }

    /// Shares that went as was meant, by group, with their intervals.
    fn for_whom(&self, id: &str, over: &[&Walked]) -> Panel {
        let all = over.iter().filter(|walked| walked.kept()).count() as f64 / over.len().max(1) as f64;
        let names = ["Deprivation", "Age", "Sex", "Neighbourhood"];
        let mut marked = Vec::new();
        let mut groups = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let mut of: BTreeMap<String, (u64, u64)> = BTreeMap::new();
            for walked in over {
                if let Some(group) = &walked.groups[at] {
                    let sum = of.entry(group.clone()).or_default();
                    sum.0 += u64::from(walked.kept());
                    sum.1 += 1;
                }
            }
            let mut rows: Vec<Interval> = Vec::new();
            for (group, (kept, n)) in of {
                let share = kept as f64 / n as f64;
                let (low, high) = share_limits(all, n as f64, 3.09);
                let signal = if n < super::SMALL || (low..=high).contains(&share) {
                    Signal::Ordinary
                } else if share < all {
                    Signal::Concern
                } else {
                    Signal::Improvement
                };
                if signal == Signal::Concern {
                    marked.push(group.clone());
                }
                let says = format!("{group}: share of journeys that went as was meant, with its 95% interval (Wilson)");
                let figure = Figure::new(share * 100.0, "%", self.evidence(id, says, Some(n)))
                    .within(Some(wilson(kept as f64, n as f64).map(|share| 100.0 * share).into()));
                rows.push(Interval {
                    name: group,
                    figure: if n < super::SMALL { figure.hidden() } else { figure },
                    fair: None,
                    people: n,
                    signal,
                    href: None,
                });
            }
            if *name == "Deprivation" {
                rows.sort_by_key(|row| (1..=5).position(|n| fifth(n) == row.name));
            }
            if rows.len() > 1 {
                groups.push(((*name).to_owned(), rows));
            }
        }
        let title = match marked.as_slice() {
            [] => "No group is seen to part from it more than the others".to_owned(),
            names => format!("Fewer as was meant: {}", names.join(", ")),
        };
        Panel {
            id: "who".to_owned(),
            title: "For whom".to_owned(),
            note: "Share that went as was meant. The line is everybody’s.".to_owned(),
            pictures: vec![Picture::Intervals(Intervals {
                id: "who".to_owned(),
                title,
                definition: "Share of journeys that are over and went as was meant, with its 95% interval; marked where it lies outside what chance alone would give in 998 of 1,000".to_owned(),
                groups,
                all: Some(all * 100.0),
                unit: Unit::Percent,
                gradient: None,
            })],
            ..Panel::default()
        }
    }
}
