//! A declared scale as a table: readings → points → score → level. OPEL is one.
//!
//! The structure is the product's, the numbers are England's and change with each version: the place fills them from the page
//! that the table names. From an unfilled table no level comes out.

use domain::Date;
use serde::Deserialize;
use std::fmt;

/// Which way a reading is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// Minutes, occupancy.
    Higher,
    /// The share seen in four hours.
    Lower,
}

/// To which side a reading belongs that lies exactly at a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtCut {
    /// The worse one: "30 minutes or more".
    Worse,
    /// The better one: "more than 30 minutes".
    Better,
}

/// What becomes of a weighted score between two whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Round {
    /// 11.6 is 11.
    Down,
    /// 11.6 is 12, and so is 11.5.
    Nearest,
    /// 11.2 is 12.
    Up,
}

/// One thing that is scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// What it is, in words.
    pub name: String,
    /// The unit of readings and cuts.
    pub unit: String,
    /// Which way a reading is worse; `None` until filled.
    pub worse: Option<Worse>,
    /// The measure of the library that feeds it; `None` when nothing does yet.
    pub measure: Option<String>,
    /// Bounds between points, from good to bad; empty until filled.
    pub cuts: Vec<f64>,
    /// One more than cuts, from good to bad.
    pub points: Vec<u32>,
}

/// The scores of a level, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// 1 is the least pressed.
    pub level: u8,
    /// The lowest score.
    pub from: u32,
    /// The highest score.
    pub to: u32,
}

/// One version of a declared scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// As a reader says it.
    pub name: String,
    /// What it scores: `acute`, `community`, `mental-health`, `nhs-111`, `system`. Of one scope one version is in force at a time.
    pub scope: String,
    /// The first day on which it is in force; `None` until filled.
    pub valid_from: Option<Date>,
    /// The last one; `None` until another begins.
    pub valid_until: Option<Date>,
    /// Where the numbers are to be found.
    pub source: String,
    /// Whether every parameter of the version is here.
    pub complete: bool,
    /// Where a reading exactly at a cut belongs; `None` until filled.
    pub at_cut: Option<AtCut>,
    /// How a weighted score is made whole; `None` until filled.
    pub round: Option<Round>,
    /// What is scored.
    pub parameters: Vec<Parameter>,
    /// From score to level, without gap or overlap.
    pub bands: Vec<Band>,
    /// How much each organisation (or pillar) counts in the system's score; any positive numbers.
    pub weights: Vec<(String, f64)>,
    /// The file it was declared in.
    pub file: String,
}

/// One thing without which no level can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The first day of the version.
    ValidFrom,
    /// Not every parameter of the version is in the table.
    Parameters,
    /// The cuts and points of a parameter.
    Cuts(String),
    /// Which way a parameter is worse.
    Worse(String),
    /// On which side a reading at a cut is.
    AtCut,
    /// The bands.
    Bands,
    /// A score for which there is no band.
    Band(u32),
    /// The reading of a parameter.
    Reading(String),
    /// The weight of an organisation.
    Weight(String),
    /// The score of an organisation that has a weight.
    Score(String),
    /// How a weighted score is made whole.
    Round,
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::ValidFrom => write!(out, "the day from which it is valid"),
            Missing::Parameters => write!(out, "some of its parameters"),
            Missing::Cuts(id) => write!(out, "cuts and points of {id}"),
            Missing::Worse(id) => write!(out, "which way {id} is worse"),
            Missing::AtCut => write!(out, "the side of a reading at a cut"),
            Missing::Bands => write!(out, "the bands"),
            Missing::Band(score) => write!(out, "a band for a score of {score}"),
            Missing::Reading(id) => write!(out, "a reading of {id}"),
            Missing::Weight(id) => write!(out, "the weight of {id}"),
            Missing::Score(id) => write!(out, "the score of {id}"),
            Missing::Round => write!(out, "how a weighted score is made whole"),
        }
    }
}

/// Why there is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table} gives no level: {} missing", list(.missing))]
pub struct Unfilled {
    /// The table.
    pub table: String,
    /// Everything that is missing.
    pub missing: Vec<Missing>,
}

fn list(missing: &[Missing]) -> String {
    missing.iter().map(Missing::to_string).collect::<Vec<_>>().join(", ")
        + if missing.len() == 1 { " is" } else { " are" }
}

/// What one parameter added.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Its id; of a system, the organisation's.
    pub id: String,
    /// What was read; of a system, the organisation's score.
    pub reading: f64,
    /// Points; of a system, the share of the score.
    pub points: f64,
}

/// A level, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// The table that said so.
    pub table: String,
    /// 1 is the least pressed.
    pub level: u8,
    /// The sum of points; of a system, before it was made whole.
    pub score: f64,
    /// What each parameter added, in the order of the table.
    pub parts: Vec<Scored>,
}

impl Parameter {
    /// Whether its cuts and points are there.
    pub(super) fn is_filled(&self) -> bool {
        !self.points.is_empty()
    }

    /// The points of a reading; `None` until filled, and for what is not a number.
    ///
    /// ```
    /// use measures::pressure::{AtCut, Parameter, Worse};
    /// let mut handover = Parameter {
    ///     id: "handover".to_owned(),
    ///     name: "Mean handover".to_owned(),
    ///     unit: "minutes".to_owned(),
    ///     worse: Some(Worse::Higher),
    ///     measure: None,
    ///     cuts: vec![10.0, 20.0],
    ///     points: vec![0, 1, 3],
    /// };
    /// assert_eq!([9.9, 10.0, 20.0].map(|minutes| handover.points_of(minutes, AtCut::Worse)), [Some(0), Some(1), Some(3)]);
    /// assert_eq!([9.9, 10.0, 20.0].map(|minutes| handover.points_of(minutes, AtCut::Better)), [Some(0), Some(0), Some(1)]);
    /// handover.points.clear();
    /// assert_eq!(handover.points_of(9.9, AtCut::Worse), None);
    /// ```
    pub fn points_of(&self, reading: f64, at_cut: AtCut) -> Option<u32> {
        let sign = match self.worse? {
            Worse::Higher => 1.0,
            Worse::Lower => -1.0,
        };
        let passed = self.cuts.partition_point(|cut| match at_cut {
            AtCut::Worse => sign * cut <= sign * reading,
            AtCut::Better => sign * cut < sign * reading,
        });
        self.points.get(passed).copied().filter(|_| reading.is_finite())
    }
}

impl Table {
    /// What the place has still to fill before this table gives a level; empty when nothing.
    ///
    /// ```
    /// use measures::pressure::{Missing, parse};
    /// let file = "form = 'opel'\nid = 'toy'\nname = 'Toy'\nscope = 'acute'\nsource = 'nowhere'\ncomplete = true\n\
    ///             [[parameter]]\nid = 'handover'\nname = 'Handover'\nunit = 'minutes'\nworse = 'higher'\n";
    /// let (config, problems) = parse([("toy.toml", file)]);
    /// assert_eq!(problems, []);
    /// let unfilled = [Missing::ValidFrom, Missing::Cuts("handover".to_owned()), Missing::AtCut, Missing::Bands];
    /// assert_eq!(config.tables[0].unfilled(), unfilled);
    /// ```
    pub fn unfilled(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        missing.extend(self.valid_from.is_none().then_some(Missing::ValidFrom));
        missing.extend((!self.complete || self.parameters.is_empty()).then_some(Missing::Parameters));
        let no_worse = self.parameters.iter().filter(|parameter| parameter.worse.is_none());
        missing.extend(no_worse.map(|parameter| Missing::Worse(parameter.id.clone())));
        let cuts = self.parameters.iter().filter(|parameter| !parameter.is_filled());
        missing.extend(cuts.map(|parameter| Missing::Cuts(parameter.id.clone())));
        missing.extend(self.at_cut.is_none().then_some(Missing::AtCut));
        missing.extend(self.bands.is_empty().then_some(Missing::Bands));
        missing
    }

    fn band(&self, score: u32) -> Option<&Band> {
        self.bands.iter().find(|band| (band.from..=band.to).contains(&score))
    }

    fn refuse(&self, missing: Vec<Missing>) -> Unfilled {
        Unfilled { table: self.name.clone(), missing }
    }
}

/// The level of one organisation by a table, from its readings by the ids of the parameters.
///
/// # Errors
/// When anything is missing, with all of it: what the table lacks, and each parameter that has no reading, or none that is a number.
///
/// ```
/// use measures::pressure::{parse, score};
/// let file = "form = 'opel'\nid = 'toy'\nname = 'Toy scale'\nscope = 'acute'\nsource = 'nowhere'\ncomplete = true\n\
///             valid_from = 2025-04-01\nat_cut = 'worse'\n\
///             [[parameter]]\nid = 'handover'\nname = 'Handover'\nunit = 'minutes'\nworse = 'higher'\ncuts = [10, 20]\npoints = [0, 1, 3]\n\
///             [[band]]\nlevel = 1\nfrom = 0\nto = 1\n[[band]]\nlevel = 2\nfrom = 2\nto = 3\n";
/// let (config, _) = parse([("toy.toml", file)]);
/// assert_eq!(score(&config.tables[0], &[("handover", 20.0)]).unwrap().level, 2);
/// let refused = score(&config.tables[0], &[]).unwrap_err();
/// assert_eq!(refused.to_string(), "Toy scale gives no level: a reading of handover is missing");
/// ```
pub fn score(table: &Table, readings: &[(&str, f64)]) -> Result<Level, Unfilled> {
    let mut missing = table.unfilled();
    let mut parts = Vec::with_capacity(table.parameters.len());
    let mut sum = 0;
    for parameter in &table.parameters {
        let reading = readings.iter().find(|(id, reading)| *id == parameter.id && reading.is_finite());
        let Some((_, reading)) = reading else {
            missing.push(Missing::Reading(parameter.id.clone()));
            continue;
        };
        let points = table.at_cut.and_then(|at_cut| parameter.points_of(*reading, at_cut)).unwrap_or(0);
        sum += points;
        parts.push(Scored { id: parameter.id.clone(), reading: *reading, points: f64::from(points) });
    }
    if !missing.is_empty() {
        return Err(table.refuse(missing));
    }
    let band = table.band(sum).ok_or_else(|| table.refuse(vec![Missing::Band(sum)]))?;
    Ok(Level { table: table.id.clone(), level: band.level, score: f64::from(sum), parts })
}

/// The level of the system: the scores of its organisations by their weights, banded as one organisation's is.
///
/// It leaves nobody out: each that has a weight must have a score, and the other way round. Weights are divided by their sum.
///
/// # Errors
/// When bands, weights, scores, or the way to make the sum whole are missing, with all of it.
///
/// ```
/// use measures::pressure::{parse, system_score};
/// let file = "form = 'opel'\nid = 'toy'\nname = 'Toy'\nscope = 'acute'\nsource = 'nowhere'\ncomplete = true\nround = 'down'\n\
///             [[band]]\nlevel = 1\nfrom = 0\nto = 11\n[[band]]\nlevel = 2\nfrom = 12\nto = 22\n\
///             [weights]\nQR1 = 600\nQR2 = 200\n";
/// let (config, problems) = parse([("toy.toml", file)]);
/// let all = system_score(&config.tables[0], &[("QR1", 10.0), ("QR2", 20.0)]).unwrap();
/// assert_eq!((all.score, all.level), (12.5, 2));
/// assert!(system_score(&config.tables[0], &[("QR1", 10.0)]).unwrap_err().to_string().contains("the score of QR2"));
/// ```
pub fn system_score(table: &Table, scores: &[(&str, f64)]) -> Result<Level, Unfilled> {
    let mut missing = Vec::new();
    missing.extend(table.bands.is_empty().then_some(Missing::Bands));
    missing.extend(table.round.is_none().then_some(Missing::Round));
    let weight_of = |id: &str| table.weights.iter().find(|(own, _)| own == id);
    let no_weight = scores.iter().filter(|(id, _)| weight_of(id).is_none());
    missing.extend(no_weight.map(|(id, _)| Missing::Weight((*id).to_owned())));
    let sum: f64 = table.weights.iter().map(|(_, weight)| weight).sum();
    let mut parts = Vec::with_capacity(table.weights.len());
    for (id, weight) in &table.weights {
        match scores.iter().find(|(own, score)| own == id && score.is_finite() && *score >= 0.0) {
            Some((_, score)) => parts.push(Scored { id: id.clone(), reading: *score, points: score * weight / sum }),
            None => missing.push(Missing::Score(id.clone())),
        }
    }
    if table.weights.is_empty() && scores.is_empty() {
        missing.push(Missing::Weight("any organisation".to_owned()));
    }
    let (Some(round), true) = (table.round, missing.is_empty()) else { return Err(table.refuse(missing)) };
    let score: f64 = parts.iter().map(|part| part.points).sum();
    // Not to fall below a whole number by the last bit of a weight.
    let near = (score * 1e9).round() / 1e9;
    let whole = match round {
        Round::Down => near.floor(),
        Round::Nearest => near.round(),
        Round::Up => near.ceil(),
    } as u32;
    let band = table.band(whole).ok_or_else(|| table.refuse(vec![Missing::Band(whole)]))?;
    Ok(Level { table: table.id.clone(), level: band.level, score: near, parts })
}
