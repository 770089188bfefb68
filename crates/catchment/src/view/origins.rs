//! Sources and problems, and where any figure comes from.

use super::{Reader, find};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::grid::Grid;
use crate::see;
use domain::Date;
use show::{Cell, Fact, Figure, Link, Panel, Picture, Rows, Source, View};
use std::collections::BTreeMap;

impl Reader<'_> {
    /// Each feed, how much it sent and how fresh that is.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Fault> {
        if !self.has("sources") {
            return Ok(Vec::new());
        }
        let mut problems: BTreeMap<String, u64> = BTreeMap::new();
        for row in self.ask("select feed, count(*) as n from problems where severity <> 'note' group by feed")?.rows() {
            problems.insert(row.text("feed"), row.count("n"));
        }
        // Ready-made figures are as new as the last period that they tell of.
        let mut told: BTreeMap<String, Date> = BTreeMap::new();
        let query = "select measure, max(period) as newest from published group by measure";
        let rows = if self.has("published") { Some(self.ask(query)?) } else { None };
        for row in rows.iter().flat_map(Grid::rows) {
            if let Some(newest) = row.date("newest") {
                told.insert(row.text("measure"), newest);
            }
        }
        let period = |feed: &str| {
            let series = self.at.feeds.iter().find(|known| known.name == feed)?.series.as_ref()?;
            let newest = series.series.iter().filter_map(|rule| told.get(&rule.measure)).max()?;
            let date: jiff::civil::Date = (*newest).into();
            Some(match series.grain.as_str() {
                "month" => format!("to {}", date.strftime("%B %Y")),
                _ => format!("to {}", show::number::date(date)),
            })
        };
        let query = "select feed, organisation, sum(records - known) as records, max(newest) as newest from sources group by feed, organisation order by feed";
        let mut all = Vec::new();
        for row in self.ask(query)?.rows() {
            let (feed, newest) = (row.text("feed"), row.instant("newest"));
            let behind = self.as_of.zip(newest).map_or(0, |(as_of, newest)| (as_of.0 - newest.0) / 86_400);
            all.push(Source {
                organisation: self.organisation_name(&row.text("organisation")),
                last_record: newest.map(|at| self.at.place.zone.show(at)),
                records: row.count("records"),
                problems: problems.get(&feed).copied().unwrap_or(0),
                freshness: match behind {
                    _ if newest.is_none() => period(&feed).unwrap_or_else(|| "no time known".to_owned()),
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

    /// `/sources`
    pub(super) fn all_sources(&self, ask: &Ask) -> Result<View, Wrong> {
        let sources = self.sources()?;
        let stale = sources.iter().filter(|source| source.stale).count();
        let fresh = sources.len() - stale;
        let title = match stale {
            0 => "Every source is up to date".to_owned(),
            1 => "One source has fallen silent".to_owned(),
            n => format!("{n} sources have fallen silent"),
        };
        let mut view = self.blank(ask, title);
        view.over = view.as_of.clone();
        let mut problems = see::problems(self.at, None, None, false)?;
        // Files by where they lie in the place, not on this machine.
        let folder = self.at.folder.file_name().map_or_else(String::new, |name| format!("{}/", name.to_string_lossy()));
        for cell in problems.rows.iter_mut().flatten() {
            if let Cell::Text(text) = cell
                && let Some(at) = text.find(&folder).filter(|_| folder.len() > 1 && !text.contains(' '))
            {
                text.drain(..at + folder.len());
            }
        }
        problems.note = problems.note.replace(&self.at.folder.display().to_string(), "PLACE");
        problems.all = problems.all.replace(&self.at.folder.display().to_string(), "PLACE");
        let count: u64 = sources.iter().map(|source| source.problems).sum();
        let records: u64 = sources.iter().map(|source| source.records).sum();
        let fact = |title: &str, value: u64, unit: &str, id: &str, says: &str, note: String| Fact {
            title: title.to_owned(),
            figure: Figure::new(value as f64, unit, self.evidence(id, says, Some(records))),
            note,
        };
        view.facts = vec![
            fact(
                "Up to date",
                fresh as u64,
                "",
                "sources",
                "Feeds whose newest event is at most three days older than the newest of all",
                format!("of {}", sources.len()),
            ),
            fact("Records held", records, "", "sources", "Records that came and were not here already", String::new()),
            fact(
                "Records or fields that wait",
                count,
                "",
                "problems",
                "Records, or fields of records, that could not be used and wait to be mended",
                String::new(),
            ),
        ];
        view.panels.push(Panel {
            id: "sources".to_owned(),
            title: "Sources".to_owned(),
            note: "Late ones first.".to_owned(),
            pictures: vec![Picture::Sources(sources)],
            ..Panel::default()
        });
        let none = problems.rows.is_empty();
        view.panels.push(Panel {
            id: "problems".to_owned(),
            title: if none {
                "No problems: every record that came is in".to_owned()
            } else {
                "What could not be used, and the way out".to_owned()
            },
            note: if none { String::new() } else { problems.note.clone() },
            pictures: vec![Picture::Rows(Rows {
                caption: "Problems by kind, most often first".to_owned(),
                table: problems,
                links: Vec::new(),
            })],
            ..Panel::default()
        });
        Ok(view)
    }

    /// `/sources/FEED`
    pub(super) fn one_source(&self, ask: &Ask, name: &str) -> Result<View, Wrong> {
        if !self.at.feeds.iter().any(|feed| feed.name == name) {
            let known = self.at.feeds.iter();
            return Err(self.no_such(
                "source",
                name,
                known.map(|feed| Link::new(&feed.name, format!("/sources/{}", show::escape(&feed.name)))),
            ));
        }
        self.why(ask, name)
    }

    /// `/why/FIGURE`: what it is, its sources and its rows.
    pub(super) fn why(&self, ask: &Ask, figure: &str) -> Result<View, Wrong> {
        let Some(why) = see::why_of(self, figure)? else {
            return Err(Wrong::NoSuch {
                what: "figure".to_owned(),
                name: figure.to_owned(),
                like: find::nearest(
                    figure,
                    see::figures(self.at)
                        .into_iter()
                        .map(|id| Link::new(id.as_str(), format!("/why/{}", show::escape(&id)))),
                ),
            });
        };
        let mut view = self.blank(ask, why.title);
        view.over = "Where this comes from".to_owned();
        // Words, so that the first table, and so the file, is its rows. What has lines (SQL) keeps them.
        let about = why
            .text
            .iter()
            .map(|(name, text)| format!("{name}:{}{text}", if text.contains('\n') { "\n" } else { " " }));
        view.panels.push(Panel {
            id: "what".to_owned(),
            title: "What it is".to_owned(),
            pictures: vec![Picture::Words(about.collect())],
            ..Panel::default()
        });
        for (at, (name, table)) in why.tables.into_iter().enumerate() {
            view.panels.push(Panel {
                id: format!("rows-{}", at + 1),
                title: name.clone(),
                note: table.note.clone(),
                pictures: vec![Picture::Rows(Rows { caption: name, table, links: Vec::new() })],
                ..Panel::default()
            });
        }
        Ok(view)
    }
}
