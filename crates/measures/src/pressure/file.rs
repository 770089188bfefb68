//! `pressure/*.toml`: paths that are measured and scales that are declared.

use super::{AtCut, Band, Cuts, Parameter, Round, Side, Table, Unit, Usual, Worse};
use crate::define::{MeasureProblem, position};
use domain::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use toml::Spanned;
use toml::value::Datetime;

/// All that a place's files say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// The paths that are measured, by id.
    pub paths: Vec<Path>,
    /// The declared scales, by scope and then by the day from which they are valid.
    pub tables: Vec<Table>,
}

impl Config {
    /// The version of a scale that is in force on a day. A version without a first day never is.
    ///
    /// ```
    /// use measures::pressure::parse;
    /// let file = |id, dates| format!("form = 'opel'\nid = '{id}'\nname = 'x'\nscope = 'acute'\nsource = 'x'\ncomplete = false\n{dates}");
    /// let (one, two) = (file("one", "valid_from = 2025-04-01"), file("two", "valid_from = 2026-04-01"));
    /// let (config, problems) = parse([("one.toml", one.as_str()), ("two.toml", two.as_str())]);
    /// let on = |year, month| config.table("acute", domain::Date::from_ymd(year, month, 1).unwrap()).map(|table| table.id.as_str());
    /// assert_eq!([on(2025, 3), on(2026, 3), on(2026, 4)], [None, Some("one"), Some("two")]);
    /// ```
    pub fn table(&self, scope: &str, day: Date) -> Option<&Table> {
        let begun =
            self.tables.iter().filter(|table| table.scope == scope && table.valid_from.is_some_and(|from| from <= day));
        begun.max_by_key(|table| table.valid_from).filter(|table| table.valid_until.is_none_or(|until| day <= until))
    }
}

/// A path that people take through the place, and when its ends are busy.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Lower-case words joined by hyphens.
    pub id: String,
    /// As a reader says it.
    pub name: String,
    /// Where people wait to come in.
    pub front: EndRule,
    /// Where people wait to go out.
    pub back: EndRule,
    /// When an end is busy.
    pub cuts: Cuts,
    /// The file it was declared in.
    pub file: String,
}

/// What one end of a path is read from.
#[derive(Debug, Clone, PartialEq)]
pub struct EndRule {
    /// What people wait for: "to come into hospital".
    pub waits: String,
    /// Where the readings come from.
    pub source: Source,
}

/// Where readings come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// People at a time at these handovers, from the delay ledger.
    Handovers(Vec<String>),
    /// A measure of the library; `None` when nothing feeds it yet, and then nothing is known.
    Measure(Option<String>),
}

impl EndRule {
    /// What a reading counts.
    pub fn unit(&self) -> Unit {
        match self.source {
            Source::Handovers(_) => Unit::People,
            Source::Measure(_) => Unit::Minutes,
        }
    }

    /// How the end is called in a reason.
    pub fn says(&self) -> super::Waits<'_> {
        super::Waits { waits: &self.waits, unit: self.unit() }
    }
}

impl Path {
    /// The end at which a handover is, for [`crate::ledger::Totals::ends`].
    ///
    /// ```
    /// use measures::pressure::{Side, parse};
    /// let file = "form = 'measured'\nid = 'urgent'\nname = 'Urgent care'\n\
    ///             [front]\nhandovers = ['ed-to-ward']\nwaits = 'for a bed'\n[back]\nhandovers = ['ward-to-home-care']\nwaits = 'to leave'\n";
    /// let (config, problems) = parse([("urgent.toml", file)]);
    /// assert_eq!(problems, []);
    /// assert_eq!(config.paths[0].side(Some("ward-to-home-care")), Some(Side::Back));
    /// ```
    pub fn side(&self, handover: Option<&str>) -> Option<Side> {
        let holds = |end: &EndRule| match &end.source {
            Source::Handovers(own) => own.iter().any(|own| Some(own.as_str()) == handover),
            Source::Measure(_) => false,
        };
        match (holds(&self.front), holds(&self.back)) {
            (true, _) => Some(Side::Front),
            (false, true) => Some(Side::Back),
            (false, false) => None,
        }
    }
}

#[derive(Deserialize)]
struct FormFile {
    form: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathFile {
    #[serde(rename = "form")]
    _form: String,
    id: Spanned<String>,
    name: Spanned<String>,
    front: Spanned<EndFile>,
    back: Spanned<EndFile>,
    share: Option<Spanned<f64>>,
    floor: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndFile {
    waits: Spanned<String>,
    handovers: Option<Spanned<Vec<String>>>,
    measure: Option<String>,
    over: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    #[serde(rename = "form")]
    _form: String,
    id: Spanned<String>,
    name: Spanned<String>,
    scope: Spanned<String>,
    source: Spanned<String>,
    complete: bool,
    valid_from: Option<Spanned<Datetime>>,
    valid_until: Option<Spanned<Datetime>>,
    at_cut: Option<AtCut>,
    round: Option<Round>,
    #[serde(default)]
    parameter: Vec<ParameterFile>,
    #[serde(default)]
    band: Vec<Spanned<Band>>,
    #[serde(default)]
    weights: BTreeMap<String, Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterFile {
    id: Spanned<String>,
    name: Spanned<String>,
    unit: Spanned<String>,
    worse: Option<Worse>,
    #[serde(default)]
    measure: String,
    cuts: Option<Spanned<Vec<f64>>>,
    points: Option<Spanned<Vec<u32>>>,
}

/// One file, while it is read.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<MeasureProblem>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let (line, column) = position(self.text, span.start);
        let (message, help) = (message.into(), help.into());
        self.problems.push(MeasureProblem { file: self.file.to_owned(), line, column, message, help });
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        toml::from_str(self.text)
            .map_err(|error| {
                let message = error.message().replace('\n', "; ");
                let quoted = message.split('`').nth(1).unwrap_or_default();
                let help = match () {
                    () if message.starts_with("missing field") => format!("add a line {quoted} = …"),
                    () if message.starts_with("unknown field") => {
                        format!("correct the name `{quoted}`, or remove the line")
                    }
                    () if message.starts_with("unknown variant") => format!("replace `{quoted}` by one of those words"),
                    () => "compare with the examples in docs/pressure.md".to_owned(),
                };
                self.wrong(error.span().unwrap_or(0..0), message, help);
            })
            .ok()
    }

    fn plain(&mut self, id: &Spanned<String>) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.get_ref().is_empty() || !id.get_ref().chars().all(fits) {
            let message = format!("`{}` is not plain", id.get_ref());
            self.wrong(id.span(), message, "use lower-case letters, digits and hyphens: `ambulance-handover`");
        }
    }

    fn said(&mut self, what: &str, said: &Spanned<String>) {
        if said.get_ref().trim().is_empty() {
            self.wrong(said.span(), format!("`{what}` is empty"), "say it in a few words");
        }
    }

    fn date(&mut self, date: &Option<Spanned<Datetime>>) -> Option<Date> {
        let written = date.as_ref()?;
        let Datetime { date, time, .. } = written.get_ref();
        let date = date.filter(|_| time.is_none());
        let day = date.and_then(|date| Date::from_ymd(i32::from(date.year), date.month.into(), date.day.into()));
        if day.is_none() {
            self.wrong(written.span(), "this is not a day", "write the day alone, without quotation marks: 2025-04-01");
        }
        day
    }

    fn path(&mut self, file: PathFile) -> Path {
        self.plain(&file.id);
        self.said("name", &file.name);
        let front = self.end(&file.front);
        let back = self.end(&file.back);
        let over = |end: &Spanned<EndFile>| end.get_ref().over.as_ref().map(|over| *over.get_ref());
        let usual = file.share.as_ref().or(file.floor.as_ref());
        let cuts = match (over(&file.front), over(&file.back)) {
            (Some(front), Some(back)) => {
                if let Some(usual) = usual {
                    self.wrong(
                        usual.span(),
                        "a fixed cut has no usual range",
                        "remove this line, or both lines `over`",
                    );
                }
                Cuts::Fixed { front, back }
            }
            (front, back) => {
                if front.is_some() != back.is_some() {
                    let without = if front.is_some() { &file.back } else { &file.front };
                    let help = "add over = … here too, or remove the other: both ends are judged alike";
                    self.wrong(without.span(), "one end has a fixed cut and the other has none", help);
                }
                let number = |own: &Option<Spanned<f64>>, usual| own.as_ref().map_or(usual, |own| *own.get_ref());
                let (share, floor) = (number(&file.share, Usual::DAILY.share), number(&file.floor, Usual::DAILY.floor));
                Cuts::Usual(Usual { share, floor, ..Usual::DAILY })
            }
        };
        if let Some(share) = file.share.filter(|share| !(0.5..1.0).contains(share.get_ref())) {
            self.wrong(
                share.span(),
                "this is no share that a busy day lies above",
                "use 0.5 or more and less than 1, such as 0.9",
            );
        }
        if let Some(floor) = file.floor.filter(|floor| !floor.get_ref().is_finite() || *floor.get_ref() < 0.0) {
            self.wrong(floor.span(), "the floor is no number of people", "use 0 or more, such as 1");
        }
        if let (Source::Handovers(front), Source::Handovers(back)) = (&front.source, &back.source)
            && let Some(twice) = front.iter().find(|handover| back.contains(handover))
        {
            let message = format!("`{twice}` stands at both ends");
            self.wrong(file.back.span(), message, "keep it at one end: one delay is not two");
        }
        let (id, name, file) = (file.id.into_inner(), file.name.into_inner(), self.file.to_owned());
        Path { id, name, front, back, cuts, file }
    }

    fn end(&mut self, end: &Spanned<EndFile>) -> EndRule {
        let span = end.span();
        let end = end.get_ref();
        self.said("waits", &end.waits);
        if let Some(over) = end.over.as_ref().filter(|over| !over.get_ref().is_finite()) {
            self.wrong(
                over.span(),
                "the cut is not a finite number",
                "write it in the unit of the readings: over = 420",
            );
        }
        let source = match (&end.handovers, &end.measure) {
            (Some(handovers), None) => {
                if handovers.get_ref().is_empty() {
                    self.wrong(handovers.span(), "the list is empty", "name at least one handover of place.toml");
                }
                Source::Handovers(handovers.get_ref().clone())
            }
            (None, Some(measure)) => Source::Measure(Some(measure.clone()).filter(|measure| !measure.is_empty())),
            _ => {
                let help = "give it handovers = […] for people at a time, or measure = \"…\" in minutes, not both";
                self.wrong(span, "this end is read from nothing, or from two things", help);
                Source::Measure(None)
            }
        };
        EndRule { waits: end.waits.get_ref().trim().to_owned(), source }
    }

    fn table(&mut self, file: TableFile) -> Table {
        self.plain(&file.id);
        self.plain(&file.scope);
        self.said("name", &file.name);
        self.said("source", &file.source);
        let (valid_from, valid_until) = (self.date(&file.valid_from), self.date(&file.valid_until));
        if let (Some(until), Some(written)) = (valid_until, &file.valid_until)
            && valid_from.is_none_or(|from| until < from)
        {
            self.wrong(
                written.span(),
                "it ends before it begins",
                "give valid_from an earlier day, or remove valid_until",
            );
        }
        let mut parameters: Vec<Parameter> = Vec::with_capacity(file.parameter.len());
        for parameter in file.parameter {
            self.plain(&parameter.id);
            self.said("name", &parameter.name);
            self.said("unit", &parameter.unit);
            if parameters.iter().any(|other| other.id == *parameter.id.get_ref()) {
                self.wrong(
                    parameter.id.span(),
                    format!("`{}` stands here twice", parameter.id.get_ref()),
                    "remove one of the two",
                );
            }
            self.cuts(&parameter);
            parameters.push(Parameter {
                measure: Some(parameter.measure).filter(|measure| !measure.is_empty()),
                cuts: parameter.cuts.map(Spanned::into_inner).unwrap_or_default(),
                points: parameter.points.map(Spanned::into_inner).unwrap_or_default(),
                worse: parameter.worse,
                unit: parameter.unit.into_inner(),
                name: parameter.name.into_inner(),
                id: parameter.id.into_inner(),
            });
        }
        self.bands(&file.band, &parameters, file.complete);
        for (id, weight) in &file.weights {
            if !weight.get_ref().is_finite() || *weight.get_ref() <= 0.0 {
                self.wrong(
                    weight.span(),
                    format!("the weight of {id} is not a positive number"),
                    "use its size: beds, or a share",
                );
            }
        }
        Table {
            valid_from,
            valid_until,
            complete: file.complete,
            at_cut: file.at_cut,
            round: file.round,
            parameters,
            bands: file.band.into_iter().map(Spanned::into_inner).collect(),
            weights: file.weights.into_iter().map(|(id, weight)| (id, weight.into_inner())).collect(),
            source: file.source.into_inner(),
            scope: file.scope.into_inner(),
            name: file.name.into_inner(),
            id: file.id.into_inner(),
            file: self.file.to_owned(),
        }
    }

    /// Cuts go from good to bad and points rise with them.
    fn cuts(&mut self, parameter: &ParameterFile) {
        let none = (Vec::new(), Vec::new());
        let cuts = parameter.cuts.as_ref().map_or(&none.0, |cuts| cuts.get_ref());
        let points = parameter.points.as_ref().map_or(&none.1, |points| points.get_ref());
        let span = |own: Option<Range<usize>>| own.unwrap_or(parameter.id.span());
        let at_cuts = span(parameter.cuts.as_ref().map(Spanned::span));
        let at_points = span(parameter.points.as_ref().map(Spanned::span));
        let Some(worse) = parameter.worse else {
            if !cuts.is_empty() || !points.is_empty() {
                let help = "add worse = \"higher\" or \"lower\"";
                self.wrong(parameter.id.span(), "there are cuts, and nobody says which way is worse", help);
            }
            return;
        };
        let rises = |a: &f64, b: &f64| match worse {
            Worse::Higher => a < b,
            Worse::Lower => a > b,
        };
        if cuts.iter().any(|cut| !cut.is_finite()) {
            self.wrong(at_cuts.clone(), "a cut is not a finite number", "write it in the unit of the parameter");
        } else if !cuts.is_sorted_by(rises) {
            let (order, example) = match worse {
                Worse::Higher => ("rise", "[10, 20, 30]"),
                Worse::Lower => ("fall", "[90, 80, 70]"),
            };
            let message = format!("the cuts do not go from good to bad: they must {order}");
            self.wrong(at_cuts.clone(), message, format!("write them in order, each once, such as {example}"));
        }
        if !points.is_sorted_by(|a, b| a < b) {
            self.wrong(
                at_points.clone(),
                "the points do not rise",
                "a worse reading gives more points, such as [0, 1, 3]",
            );
        }
        match (cuts.len(), points.len()) {
            (0, 0) => {}
            (0, _) => self.wrong(at_points, "there are points and no cuts", "fill both, or neither"),
            (cuts, points) if points != cuts + 1 => {
                let message = format!("{cuts} cuts make {} groups, and there are {points} points", cuts + 1);
                self.wrong(if points == 0 { at_cuts } else { at_points }, message, "give one more point than cuts");
            }
            _ => {}
        }
    }

    /// Levels 1, 2, 3 … without gap or overlap, wide enough for every sum of points.
    fn bands(&mut self, bands: &[Spanned<Band>], parameters: &[Parameter], complete: bool) {
        let mut next = None;
        for (at, band) in bands.iter().enumerate() {
            let Band { level, from, to } = *band.get_ref();
            if usize::from(level) != at + 1 {
                self.wrong(
                    band.span(),
                    format!("this is band {} and its level is {level}", at + 1),
                    "write the levels in order, from 1",
                );
            }
            if to < from {
                self.wrong(band.span(), "the band ends before it begins", "`to` is its highest score");
            }
            match next {
                Some(next) if from > next => {
                    self.wrong(band.span(), format!("no band holds {next}"), format!("begin here at {next}"));
                }
                Some(next) if from < next => {
                    self.wrong(band.span(), format!("two bands hold {from}"), format!("begin here at {next}"));
                }
                _ => {}
            }
            next = Some(to.saturating_add(1));
        }
        let (Some(first), Some(last)) = (bands.first(), bands.last()) else { return };
        if !complete || parameters.is_empty() || !parameters.iter().all(Parameter::is_filled) {
            return;
        }
        let sum = |of: fn(&Parameter) -> Option<&u32>| {
            parameters.iter().filter_map(of).fold(0_u32, |sum, points| sum.saturating_add(*points))
        };
        let (least, most) = (sum(|parameter| parameter.points.first()), sum(|parameter| parameter.points.last()));
        if least < first.get_ref().from {
            let help = format!("begin it at {least}, or mend the points");
            self.wrong(first.span(), format!("a score of {least} is below the first band"), help);
        }
        if most > last.get_ref().to {
            let help = format!("end it at {most}, or mend the points");
            self.wrong(last.span(), format!("a score of {most} is above the last band"), help);
        }
    }
}

/// Reads the files of `pressure/`, given as (name, text). A broken file is left out and named; the others count.
///
/// ```
/// let (config, problems) = measures::pressure::parse([("bad.toml", "form = 'opal'\n")]);
/// assert!(config.tables.is_empty());
/// assert_eq!(problems[0].to_string(), "bad.toml:1:8: there is no form `opal` (help: use measured or opel)");
/// ```
pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Config, Vec<MeasureProblem>) {
    let mut config = Config::default();
    let mut problems = Vec::new();
    let mut homes: HashMap<String, &str> = HashMap::new();
    for (file, text) in files {
        let mut reader = Reader { file, text, problems: Vec::new() };
        let Some(FormFile { form }) = reader.read() else {
            problems.append(&mut reader.problems);
            continue;
        };
        let (mut path, mut table) = (None, None);
        let (mut id, mut starts) = (None, 0..0);
        match form.get_ref().as_str() {
            "measured" => {
                if let Some(read) = reader.read::<PathFile>() {
                    (id, starts) = (Some(read.id.clone()), read.id.span());
                    path = Some(reader.path(read));
                }
            }
            "opel" => {
                if let Some(read) = reader.read::<TableFile>() {
                    id = Some(read.id.clone());
                    starts = read.valid_from.as_ref().map_or(read.id.span(), Spanned::span);
                    table = Some(reader.table(read));
                }
            }
            other => {
                let message = format!("there is no form `{other}`");
                reader.wrong(form.span(), message, "use measured or opel");
            }
        }
        if let Some(id) = &id
            && let Some(home) = homes.insert(id.get_ref().clone(), file)
        {
            let message = format!("the id `{}` is already taken by {home}", id.get_ref());
            reader.wrong(id.span(), message, "give one of the two another id; this file is left out until then");
        }
        if let Some(other) = table.as_ref().and_then(|table| config.tables.iter().find(|other| overlaps(table, other)))
        {
            let message = format!("{} is in force on some of these days", other.id);
            reader.wrong(starts, message, "end the one before the other begins; this file is left out until then");
        }
        if reader.problems.is_empty() {
            config.paths.extend(path);
            config.tables.extend(table);
        }
        problems.append(&mut reader.problems);
    }
    config.paths.sort_by(|a, b| a.id.cmp(&b.id));
    config.tables.sort_by(|a, b| (&a.scope, a.valid_from, &a.id).cmp(&(&b.scope, b.valid_from, &b.id)));
    (config, problems)
}

/// Two versions of one scope claim a day. One without a last day ends where a later one begins.
fn overlaps(a: &Table, b: &Table) -> bool {
    let (Some(a_from), Some(b_from), true) = (a.valid_from, b.valid_from, a.scope == b.scope) else { return false };
    let (first, second_from) = if a_from <= b_from { (a, b_from) } else { (b, a_from) };
    a_from == b_from || first.valid_until.is_some_and(|until| until >= second_from)
}
