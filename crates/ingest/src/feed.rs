//! A feed file says what one organisation sends and how it maps to events; `docs/feeds.md` is its manual.

use domain::{EventKind, Place, Zone};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// How one organisation's files or messages become events.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// ODS code of the sender.
    pub organisation: String,
    /// What the bytes are.
    pub format: Format,
    /// Globs of the files that belong to it.
    pub patterns: Vec<glob::Pattern>,
    /// The clock of times without an offset.
    pub zone: Zone,
    pub(crate) maps: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) csv: CsvFeed,
    /// Published series only.
    pub series: Option<SeriesFeed>,
}

/// What the bytes of a feed are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma separated rows with a heading.
    Csv,
    /// HL7 v2 messages.
    Hl7v2,
    /// FHIR R4 resources as NDJSON or Bundles.
    Fhir,
    /// Aggregated figures that are published, CSV or Parquet.
    Series,
}

impl Format {
    /// The word for it in feed files and in the `records` table.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Hl7v2 => "hl7v2",
            Format::Fhir => "fhir",
            Format::Series => "series",
        }
    }
}

/// What a CSV feed's columns mean.
#[derive(Debug, Clone, Default)]
pub(crate) struct CsvFeed {
    pub key: Vec<String>,
    pub received: Option<String>,
    pub episode: Option<Source>,
    pub subject: SubjectColumns,
    pub events: Vec<EventRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectColumns {
    pub local_id: Option<String>,
    pub nhs_number: Option<String>,
    pub family_name: Option<String>,
    pub given_name: Option<String>,
    pub birth_date: Option<String>,
    pub sex: Option<String>,
    pub postcode: Option<String>,
}

/// A text, a column's value, or a column's value through a code map.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Source {
    Text(String),
    Column(ColumnSource),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnSource {
    pub column: String,
    pub map: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    pub column: String,
    pub is: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct EventRule {
    pub kind: EventKind,
    pub at: String,
    pub service: Option<Source>,
    pub other_service: Option<Source>,
    pub need: Option<Source>,
    pub when: Option<When>,
    pub attributes: BTreeMap<String, String>,
}

/// Which columns of a published file make which measures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesFeed {
    /// Column of the period.
    pub period: String,
    /// `day`, `week` or `month`.
    pub grain: String,
    /// `system`, `neighbourhood`, `organisation` or `service`.
    pub level: String,
    /// Column of the group, such as the organisation's code.
    pub group: Option<String>,
    /// The measures in it.
    pub series: Vec<SeriesRule>,
}

/// One measure of a published file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesRule {
    /// Its id.
    pub measure: String,
    /// As a question or a name.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// `lower`, `higher` or `neither`.
    #[serde(default = "neither")]
    pub better: String,
    /// Column of the numerator.
    pub numerator: Option<String>,
    /// Column of the denominator.
    pub denominator: Option<String>,
    /// Column of the value itself, where it is published.
    pub value: Option<String>,
    /// Value = numerator / denominator × this.
    #[serde(default = "one")]
    pub multiplier: f64,
    /// What was promised.
    pub target: Option<f64>,
    /// Only rows that say so.
    #[serde(rename = "where")]
    pub only: Option<SeriesWhere>,
}

/// Only rows whose column is one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesWhere {
    /// The column.
    pub column: String,
    /// Its values.
    pub is: Vec<String>,
}

fn neither() -> String {
    "neither".to_owned()
}
fn one() -> f64 {
    1.0
}

/// What is wrong with a feed file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct FeedError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedFile {
    feed: String,
    organisation: String,
    format: Format,
    #[serde(rename = "match", default)]
    patterns: Vec<String>,
    time_zone: Option<String>,
    #[serde(default)]
    key: Vec<String>,
    received: Option<String>,
    episode: Option<Source>,
    #[serde(default)]
    subject: SubjectColumns,
    #[serde(default)]
    event: Vec<EventFile>,
    #[serde(default)]
    map: BTreeMap<String, BTreeMap<String, String>>,
    period: Option<String>,
    grain: Option<String>,
    level: Option<String>,
    group: Option<String>,
    #[serde(default)]
    series: Vec<SeriesRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventFile {
    kind: String,
    at: String,
    service: Option<Source>,
    other_service: Option<Source>,
    need: Option<Source>,
    when: Option<When>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Feed {
    /// Reads a feed file against the place that it belongs to.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and the way out.
    pub fn parse(text: &str, place: &Place) -> Result<Feed, FeedError> {
        let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let line_of = |word: &str| text.find(word).map_or(1, line_at);
        let error = |line: usize, message: String, help: String| FeedError { line, message, help };
        let file: FeedFile = toml::from_str(text).map_err(|wrong| {
            let line = wrong.span().map_or(1, |span| line_at(span.start));
            error(line, wrong.message().to_owned(), "docs/feeds.md shows each entry with an example".to_owned())
        })?;
        if file.format != Format::Series && place.organisation(&file.organisation).is_none() {
            return Err(error(
                line_of(&file.organisation),
                format!("'{}' is no organisation of this place", file.organisation),
                "use the id of an [[organisation]] of place.toml, or add it there".to_owned(),
            ));
        }
        let zone = match &file.time_zone {
            None => place.zone.clone(),
            Some(name) => Zone::named(name).map_err(|wrong| {
                error(line_of(name), wrong.to_string(), "use an IANA name such as 'Europe/London'".to_owned())
            })?,
        };
        let mut patterns = Vec::new();
        for pattern in &file.patterns {
            patterns.push(glob::Pattern::new(pattern).map_err(|wrong| {
                error(
                    line_of(pattern),
                    format!("'{pattern}' is not a pattern: {wrong}"),
                    "write for example '*.csv'".to_owned(),
                )
            })?);
        }
        let known_service = |service: &str, what: &str| {
            if place.service(service).is_some() {
                return Ok(());
            }
            Err(error(
                line_of(&format!("\"{service}\"")),
                format!("{what} '{service}' is no service of this place"),
                "use the id of a [[service]] of place.toml, or add it there".to_owned(),
            ))
        };
        for (name, map) in &file.map {
            for service in map.values().filter(|service| !service.is_empty() && *service != "home") {
                known_service(service, &format!("in map '{name}',"))?;
            }
        }
        let known_map = |source: &Option<Source>| match source {
            Some(Source::Column(ColumnSource { map: Some(map), .. })) if !file.map.contains_key(map) => Err(error(
                line_of(map),
                format!("there is no map '{map}' in this file"),
                format!("add [map.{map}] with a line for each code"),
            )),
            _ => Ok(()),
        };
        let mut events = Vec::new();
        for entry in file.event {
            let kind = entry.kind.parse::<EventKind>().map_err(|unknown| {
                error(
                    line_of(&entry.kind),
                    format!("'{}' is not an event kind", unknown.word),
                    format!("use one of: {}", unknown.known),
                )
            })?;
            for source in [&entry.service, &entry.other_service] {
                known_map(source)?;
            }
            if let Some(Source::Text(service)) = &entry.service {
                known_service(service, "service")?;
            }
            if let Some(Source::Text(service)) =
                entry.other_service.as_ref().filter(|source| !matches!(source, Source::Text(home) if home == "home"))
            {
                known_service(service, "other service")?;
            }
            known_map(&entry.need)?;
            events.push(EventRule {
                kind,
                at: entry.at,
                service: entry.service,
                other_service: entry.other_service,
                need: entry.need,
                when: entry.when,
                attributes: entry.attributes,
            });
        }
        known_map(&file.episode)?;
        if file.format == Format::Csv && events.is_empty() {
            let help = "add [[event]] with kind, at and service for each thing that a row tells".to_owned();
            return Err(error(1, "a csv feed needs at least one [[event]]".to_owned(), help));
        }
        let grain = file.grain.unwrap_or_else(|| "month".to_owned());
        let level = file.level.unwrap_or_else(|| "system".to_owned());
        let words = [
            ("grain", &grain, &["day", "week", "month"][..]),
            ("level", &level, &["system", "neighbourhood", "organisation", "service"][..]),
        ];
        for (what, word, known) in words {
            if !known.contains(&word.as_str()) {
                let help = format!("use one of: {}", known.join(", "));
                return Err(error(line_of(&format!("\"{word}\"")), format!("'{word}' is not a {what}"), help));
            }
        }
        let series = match (file.format, file.period) {
            (Format::Series, Some(period)) => {
                Some(SeriesFeed { period, grain, level, group: file.group, series: file.series })
            }
            (Format::Series, None) => {
                let help = "say which column holds the period: period = 'month'".to_owned();
                return Err(error(1, "a series feed needs its period".to_owned(), help));
            }
            _ => None,
        };
        Ok(Feed {
            name: file.feed,
            organisation: file.organisation,
            format: file.format,
            patterns,
            zone,
            maps: file.map,
            csv: CsvFeed {
                key: file.key,
                received: file.received,
                episode: file.episode,
                subject: file.subject,
                events,
            },
            series,
        })
    }

    /// Whether a file belongs to this feed: a pattern fits the path, or its last parts.
    pub fn fits(&self, path: &str) -> bool {
        let path = path.replace('\\', "/");
        self.patterns.iter().any(|pattern| {
            let parts = pattern.as_str().matches('/').count();
            let tail = path.rmatch_indices('/').nth(parts).map_or(path.as_str(), |(at, _)| &path[at + 1..]);
            pattern.matches(&path) || pattern.matches(tail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const PLACE: &str = "name = 'Rivermead'
organisation = [{ id = 'QR1', name = 'General', sector = 'acute' }]
service = [{ id = 'general-ed', name = 'ED', kind = 'emergency_department', organisation = 'QR1' }]";

    const FEED: &str = r#"feed = "ed"
organisation = "QR1"
format = "csv"
match = ["ed/*.csv"]
[[event]]
kind = "started"
at = "arrived"
service = { column = "site", map = "sites" }
[map.sites]
"A" = "general-ed"
"#;

    fn check(change: (&str, &str), message: &str) {
        let place = Place::parse(PLACE).unwrap();
        assert_eq!(Feed::parse(&FEED.replacen(change.0, change.1, 1), &place).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_file_finds_its_feed_by_its_last_parts() {
        let feed = Feed::parse(FEED, &Place::parse(PLACE).unwrap()).unwrap();
        assert!(feed.fits("ed/a.csv") && feed.fits("/data/in/ed/a.csv"));
        assert!(!feed.fits("a.csv") && !feed.fits("ed/a.txt"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check(("\"QR1\"", "\"QR9\""), "line 2: 'QR9' is no organisation of this place");
        check(("started", "begun"), "line 6: 'begun' is not an event kind");
        check(("\"general-ed\"", "\"ward-9\""), "line 10: in map 'sites', 'ward-9' is no service of this place");
        check(("map = \"sites\"", "map = \"places\""), "line 8: there is no map 'places' in this file");
        check(
            ("\nat = ", "\nwhen_ = "),
            "line 7: unknown field `when_`, expected one of `kind`, `at`, `service`, `other_service`, `need`, `when`, `attributes`",
        );
    }
}
