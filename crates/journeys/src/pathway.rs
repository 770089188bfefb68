//! Did a journey go as was meant? A pathway is declared in a file; each journey that should follow it is laid beside it.
//!
//! ```text
//! steps     call ─── crew ─── department ──────────────────── ward ─── home with care
//! journey   call ─── crew ─── department ─── crisis team ──── ward        (nothing more)
//!                                            ↑ extra                      ↑ left here, after step 3
//! ```
//!
//! Of all ways to meet steps in their order with stops of the journey, the one that misses the fewest steps counts, and of
//! those the one with the fewest stops elsewhere. That is an optimal alignment in the sense of van der Aalst, Adriansyah and
//! van Dongen (Replaying history on process models, 2012) for a model that is a line; `docs/pathways.md` says how it differs.

use crate::account::Journey;
use crate::stays::{Outcome, Stay};
use crate::sums::Traits;
use crate::waits::{EndedBy, Side, Wait};
use domain::{Precision, ServiceKind, UnknownWord, Zone};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

/// A way that the place means people to go, as `pathways/*.toml` writes it. See `docs/pathways.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pathway {
    /// The name by which tables and addresses find it.
    pub id: String,
    /// What is asked, in plain words.
    pub title: String,
    /// Whose journeys should follow it.
    pub who: Who,
    /// Care of these kinds goes on beside it: stops of theirs are not looked at.
    pub beside: Vec<ServiceKind>,
    /// In the order in which they are meant to be reached.
    pub steps: Vec<Step>,
}

/// Whose journeys should follow a pathway: those that fit everything that is said here.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// A stay of one of these kinds began; empty is anywhere.
    pub from: Vec<ServiceKind>,
    /// A stay of one of these kinds was asked for or began, not before that; empty is anywhere.
    pub to: Vec<ServiceKind>,
    /// Years of age when the journey started; who has no known age is then not among them.
    pub age_from: Option<i32>,
}

/// One step of a pathway.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name on the page.
    pub name: String,
    /// A stop of one of these kinds meets it.
    pub kinds: Vec<ServiceKind>,
    /// It may be left out.
    pub optional: bool,
    /// The longest acceptable wait before it.
    pub within_minutes: Option<f64>,
}

/// What is wrong with a pathway file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct PathwayError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Pathway {
    /// Reads a pathway file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and the way out.
    ///
    /// ```
    /// let text = "id = 'falls'\ntitle = 'Who gets home?'\n[who]\nfrom = ['call_998']\n[[step]]\nname = 'Call'\nkind = 'call_999'";
    /// let error = journeys::pathway::Pathway::parse(text).unwrap_err();
    /// assert_eq!(error.to_string(), "line 4: 'call_998' is not a kind of service");
    /// ```
    pub fn parse(text: &str) -> Result<Pathway, PathwayError> {
        Reader { text }.pathway()
    }

    /// Lays a journey beside the pathway; nothing if it is not one that should follow it.
    pub(crate) fn judge(
        &self,
        journey: &Journey,
        stays: &[Stay],
        waits: &[Wait],
        traits: &Traits,
        zone: &Zone,
    ) -> Option<Verdict> {
        let of_journey = || journey.stays.iter().map(|at| &stays[*at]);
        let Who { from, to, age_from } = &self.who;
        let begun = of_journey().filter(|stay| one_of(from, Side::of(stay.kind))).filter_map(Stay::present).min();
        if begun.is_none() && !from.is_empty() {
            return None;
        }
        let comes = |stay: &Stay| {
            let dated = |begun| stay.precision == Precision::Day && zone.date(stay.first()) == zone.date(begun);
            one_of(to, Side::of(stay.kind)) && begun.is_none_or(|begun| stay.first() >= begun || dated(begun))
        };
        if !to.is_empty() && !of_journey().any(comes) {
            return None;
        }
        if age_from.is_some_and(|from| traits.age(journey.started, zone).is_none_or(|age| age < from)) {
            return None;
        }
        let waits = || journey.waits.iter().map(|at| &waits[*at]);
        let wait_for = |stop: usize| waits().find(|wait| wait.to == Some(stop)).map(|wait| wait.span.seconds);
        let mut stops: Vec<(Side, usize)> = journey.way.iter().copied().zip(journey.stops.iter().copied()).collect();
        stops.retain(|(kind, _)| !one_of(&self.beside, *kind));
        stops.dedup_by_key(|(kind, _)| *kind);
        let open = waits().filter(|wait| wait.ended_by == EndedBy::Open);
        Some(self.verdict(&Walked {
            waited: stops.iter().map(|(_, first)| wait_for(*first)).collect(),
            stops: stops.into_iter().map(|(kind, _)| kind).collect(),
            waiting: open.map(|wait| (wait.to_side, wait.span.seconds)).collect(),
            open: journey.open,
            died: of_journey().any(|stay| stay.outcome == Outcome::Died),
        }))
    }

    fn verdict(&self, walked: &Walked) -> Verdict {
        let met = align(&self.steps, &walked.stops);
        let reached = met.iter().rposition(Option::is_some);
        let must = |at: &usize| met[*at].is_none() && !self.steps[*at].optional;
        let next = reached.map_or(0, |reached| reached + 1);
        let missing = (next..self.steps.len()).find(must);
        let skipped = (0..next).find(must);
        let mut last: Option<usize> = None;
        let mut extra: Option<(usize, usize)> = None;
        for (step, stop) in met.iter().enumerate().filter_map(|(step, stop)| Some((step, (*stop)?))) {
            if extra.is_none() && last.is_some_and(|last| stop > last + 1) {
                extra = last.map(|last| (step, last + 1));
            }
            last = Some(stop);
        }
        let beyond = |step: &Step, seconds: i64| step.within_minutes.is_some_and(|most| seconds as f64 > most * 60.0);
        let late = (0..self.steps.len()).find(|at| {
            let step = &self.steps[*at];
            match met[*at] {
                Some(stop) => walked.waited[stop].is_some_and(|seconds| beyond(step, seconds)),
                None if *at < next => false,
                None => walked.waiting.iter().any(|(side, waited)| one_of(&step.kinds, *side) && beyond(step, *waited)),
            }
        });
        let after = last.map_or(0, |last| last + 1);
        let kind = |stop: usize| walked.stops.get(stop).copied();
        let (how, left_at, elsewhere) = match (missing, skipped, extra, late) {
            (Some(step), ..) if !walked.open && walked.died => (How::Died, Some(step), kind(after)),
            (Some(step), ..) if !walked.open => (How::Left, Some(step), kind(after)),
            (_, Some(step), extra, _) => (How::Skipped, Some(step), extra.and_then(|(_, stop)| kind(stop))),
            (_, _, Some((step, stop)), _) => (How::Extra, Some(step), kind(stop)),
            (.., Some(step)) => (How::Late, Some(step), None),
            (Some(_), ..) => (How::UnderWay, None, None),
            _ => (How::Conforms, None, None),
        };
        Verdict { reached, left_at, how, elsewhere }
    }
}

/// What a journey did, as far as a pathway looks at it.
#[derive(Debug, Clone, PartialEq)]
struct Walked {
    stops: Vec<Side>,
    /// Seconds waited before each stop, if anybody told.
    waited: Vec<Option<i64>>,
    /// For whom they wait still, and how many seconds so far.
    waiting: Vec<(Side, i64)>,
    open: bool,
    died: bool,
}

/// How a journey went beside its pathway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Conforms,
    /// Stopped early, without any of the later steps.
    Left,
    /// Stopped early by death.
    Died,
    /// A step that is not optional was missed, and a later one reached.
    Skipped,
    /// Went elsewhere between two steps.
    Extra,
    /// Waited longer than is acceptable, or does so now.
    Late,
    /// As was meant so far, and still going on.
    UnderWay,
}

impl How {
    pub fn name(self) -> &'static str {
        match self {
            How::Conforms => "conforms",
            How::Left => "left",
            How::Died => "died",
            How::Skipped => "skipped",
            How::Extra => "extra",
            How::Late => "late",
            How::UnderWay => "under_way",
        }
    }
}

/// A journey beside its pathway. Steps are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The last step that was reached.
    pub reached: Option<usize>,
    /// The step that did not come as was meant.
    pub left_at: Option<usize>,
    pub how: How,
    pub elsewhere: Option<Side>,
}

fn one_of(kinds: &[ServiceKind], side: Side) -> bool {
    kinds.iter().any(|kind| Side::of(Some(*kind)) == side)
}

/// What it costs to go on from a step and a stop, and the pair that is met next; the least is the best. The fewest steps
/// missed, then the fewest stops between, then the most steps met; of what is still equal the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    missed: usize,
    extra: usize,
    unmet: usize,
    next: (usize, usize),
}

/// For each step the stop that meets it. Stops before the first and after the last that meets a step cost nothing: life goes
/// on. Time and memory are steps × stops.
fn align(steps: &[Step], stops: &[Side]) -> Vec<Option<usize>> {
    let (n, m) = (steps.len(), stops.len());
    let required = |of: &[Step]| of.iter().filter(|step| !step.optional).count();
    let end = |step: usize| Cost { missed: required(&steps[step..]), extra: 0, unmet: n - step, next: (n, m) };
    let mut best: Vec<Cost> = (0..=n).flat_map(|step| std::iter::repeat_n(end(step), m + 1)).collect();
    let at = |step: usize, stop: usize| step * (m + 1) + stop;
    let mut first = Cost { missed: usize::MAX, ..end(n) };
    for step in (0..n).rev() {
        for stop in (0..m).rev() {
            let skip = best[at(step + 1, stop)];
            let missed = skip.missed + usize::from(!steps[step].optional);
            let pass = best[at(step, stop + 1)];
            let mut cost = end(step)
                .min(Cost { missed, unmet: skip.unmet + 1, ..skip })
                .min(Cost { extra: pass.extra + 1, ..pass });
            if one_of(&steps[step].kinds, stops[stop]) {
                let meet = Cost { next: (step, stop), ..best[at(step + 1, stop + 1)] };
                cost = cost.min(meet);
                let (missed, unmet) = (meet.missed + required(&steps[..step]), meet.unmet + step);
                first = first.min(Cost { missed, unmet, ..meet });
            }
            best[at(step, stop)] = cost;
        }
    }
    let mut met = vec![None; n];
    let (mut step, mut stop) = first.next;
    while step < n {
        met[step] = Some(stop);
        (step, stop) = best[at(step + 1, stop + 1)].next;
    }
    met
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathwayFile {
    id: Spanned<String>,
    title: String,
    who: Spanned<WhoFile>,
    #[serde(default)]
    beside: Vec<Spanned<String>>,
    #[serde(default)]
    step: Vec<Spanned<StepFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoFile {
    #[serde(default)]
    from: Vec<Spanned<String>>,
    #[serde(default)]
    to: Vec<Spanned<String>>,
    age_from: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    name: String,
    kind: Option<Spanned<String>>,
    #[serde(default)]
    kinds: Vec<Spanned<String>>,
    #[serde(default)]
    optional: bool,
    within_minutes: Option<Spanned<f64>>,
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: usize, message: impl Into<String>, help: impl Into<String>) -> PathwayError {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        PathwayError { line, message: message.into(), help: help.into() }
    }

    fn kinds<'a>(
        &self,
        words: impl IntoIterator<Item = &'a Spanned<String>>,
    ) -> Result<Vec<ServiceKind>, PathwayError> {
        let kind = |word: &Spanned<String>| {
            word.get_ref().parse().map_err(|unknown: UnknownWord| {
                let message = format!("'{}' is not a {}", unknown.word, unknown.what);
                self.error(word.span().start, message, format!("use one of: {}", unknown.known))
            })
        };
        words.into_iter().map(kind).collect()
    }

    fn pathway(&self) -> Result<Pathway, PathwayError> {
        let file: PathwayFile = toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, error.message(), "docs/pathways.md shows each entry with an example")
        })?;
        let id = file.id.get_ref();
        if id.is_empty() || !id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            let message = format!("'{id}' is not an id");
            return Err(self.error(file.id.span().start, message, "use lower-case letters, digits and hyphens"));
        }
        let who = file.who.get_ref();
        if who.from.is_empty() && who.to.is_empty() {
            let help =
                "say from which kinds of service they come (from = [\"call_999\"]), or to which (to = [\"home_care\"])";
            return Err(self.error(file.who.span().start, "nobody is said to follow this pathway", help));
        }
        let who = Who { from: self.kinds(&who.from)?, to: self.kinds(&who.to)?, age_from: who.age_from };
        let beside = self.kinds(&file.beside)?;
        let mut steps: Vec<Step> = Vec::new();
        for entry in &file.step {
            let step = self.step(entry)?;
            if let Some(before) = steps.last().filter(|before| before.kinds.len() == 1 && before.kinds == step.kinds) {
                let message = format!("'{}' and '{}' are of one kind and cannot be told apart", before.name, step.name);
                let help = "stays of one kind in a row are one stop of a journey: make one step of them";
                return Err(self.error(entry.span().start, message, help));
            }
            steps.push(step);
        }
        if steps.iter().all(|step| step.optional) {
            let help = "add [[step]] with name and kind, and leave at least one without optional = true";
            return Err(self.error(
                file.id.span().start,
                format!("pathway '{id}' has no step that must be reached"),
                help,
            ));
        }
        let stands_beside = |step: &&Step| step.kinds.iter().any(|kind| beside.contains(kind));
        if let Some(step) = steps.iter().find(stands_beside) {
            let at = file.beside.first().map_or(0, |word| word.span().start);
            let message = format!("what meets the step '{}' cannot be beside the pathway", step.name);
            return Err(self.error(at, message, "take the kind out of beside, or out of the step"));
        }
        Ok(Pathway { id: id.clone(), title: file.title, who, beside, steps })
    }

    fn step(&self, entry: &Spanned<StepFile>) -> Result<Step, PathwayError> {
        let step = entry.get_ref();
        if step.kind.is_some() != step.kinds.is_empty() {
            let message = format!("step '{}' has to say the kind of service that meets it", step.name);
            let help = "kind = \"ward\", or kinds = [\"home_care\", \"reablement\"] where one of several will do";
            return Err(self.error(entry.span().start, message, help));
        }
        if let Some(most) = step.within_minutes.as_ref().filter(|most| most.get_ref().is_nan() || *most.get_ref() < 0.0)
        {
            let message = format!("{} minutes are no wait", most.get_ref());
            return Err(self.error(
                most.span().start,
                message,
                "say the longest acceptable wait in minutes, or leave it out",
            ));
        }
        Ok(Step {
            name: step.name.clone(),
            kinds: self.kinds(step.kind.iter().chain(&step.kinds))?,
            optional: step.optional,
            within_minutes: step.within_minutes.as_ref().map(|most| *most.get_ref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: &str = "id = 'falls'
title = 'Who gets home?'
beside = ['general_practice']
[who]
from = ['call_999']
[[step]]
name = 'Call'
kind = 'call_999'
[[step]]
name = 'Ward'
kind = 'ward'
within_minutes = 240
[[step]]
name = 'Care'
kinds = ['home_care', 'reablement']
optional = true
";

    #[test]
    fn a_pathway_is_read() {
        let pathway = Pathway::parse(SMALL).unwrap();
        assert_eq!((pathway.id.as_str(), pathway.title.as_str()), ("falls", "Who gets home?"));
        let who = Who { from: vec![ServiceKind::Call999], to: Vec::new(), age_from: None };
        assert_eq!((pathway.who, pathway.beside), (who, vec![ServiceKind::GeneralPractice]));
        assert_eq!(pathway.steps[1].within_minutes, Some(240.0));
        assert_eq!(pathway.steps[2].kinds, [ServiceKind::HomeCare, ServiceKind::Reablement]);
        assert!(pathway.steps[2].optional && !pathway.steps[0].optional);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_way_out() {
        let ward = "kind = 'ward'";
        let all = "kinds = ['home_care', 'reablement']\noptional = true";
        let wrong = [
            ("'falls'", "'Falls!'", "line 1: 'Falls!' is not an id"),
            ("'Who", "'Who's", "line 2: "),
            ("'general_practice'", "'gp'", "line 3: 'gp' is not a kind of service"),
            ("'general_practice'", "'ward'", "line 3: what meets the step 'Ward' cannot be beside the pathway"),
            ("from = ['call_999']", "age_from = 65", "line 4: nobody is said to follow this pathway"),
            ("'call_999'", "'call_998'", "line 5: 'call_998' is not a kind of service"),
            ("from", "form", "line 5: unknown field `form`, expected one of `from`, `to`, `age_from`"),
            ("kind = 'ward'", "", "line 9: step 'Ward' has to say the kind of service that meets it"),
            (
                ward,
                "kind = 'ward'\nkinds = ['ward']",
                "line 9: step 'Ward' has to say the kind of service that meets it",
            ),
            ("240", "-1", "line 12: -1 minutes are no wait"),
            ("240", "nan", "line 12: NaN minutes are no wait"),
            (all, ward, "line 13: 'Ward' and 'Care' are of one kind and cannot be told apart"),
        ];
        for (right, wrong, message) in wrong {
            let error = Pathway::parse(&SMALL.replacen(right, wrong, 1)).unwrap_err();
            assert!(error.to_string().starts_with(message), "{error}");
            assert!(!error.help.is_empty(), "{message}: no way out");
        }
        let optional = SMALL.replace("kind = 'call_999'", "kind = 'call_999'\noptional = true");
        let optional = optional.replace("within_minutes = 240", "optional = true");
        let error = Pathway::parse(&optional).unwrap_err();
        assert_eq!(error.to_string(), "line 1: pathway 'falls' has no step that must be reached");
        assert!(Pathway::parse("id = 'a'\ntitle = 'A?'\n[who]\nto = ['ward']").is_err());
    }

    #[test]
    fn the_pathways_of_rivermead_are_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../place/pathways");
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            ids.push(Pathway::parse(&text).unwrap().id);
        }
        ids.sort();
        assert_eq!(ids, ["falls-and-sudden-illness", "talking-therapies"]);
    }

    const KINDS: [ServiceKind; 5] = [
        ServiceKind::Ambulance,
        ServiceKind::EmergencyDepartment,
        ServiceKind::Ward,
        ServiceKind::HomeCare,
        ServiceKind::GeneralPractice,
    ];

    prop_compose! {
        fn step()(
            kinds in proptest::collection::vec(0usize..4, 1..3), optional: bool, within in proptest::option::of(0i64..5),
        ) -> Step {
            let kinds = kinds.into_iter().map(|at| KINDS[at]).collect();
            Step { name: String::new(), kinds, optional, within_minutes: within.map(|minutes| minutes as f64) }
        }
    }

    prop_compose! {
        fn walked()(
            stops in proptest::collection::vec((0usize..5, proptest::option::of(0i64..400)), 0..7),
            waiting in proptest::collection::vec((0usize..5, 0i64..400), 0..2), open: bool, died: bool,
        ) -> Walked {
            let side = |at: usize| Side::of(Some(KINDS[at]));
            Walked {
                waited: stops.iter().map(|stop| stop.1).collect(),
                stops: stops.into_iter().map(|stop| side(stop.0)).collect(),
                waiting: waiting.into_iter().map(|(at, seconds)| (side(at), seconds)).collect(),
                open,
                died,
            }
        }
    }

    /// Every way to meet steps with stops in order.
    fn every_way(steps: &[Step], stops: &[Side], from: usize) -> Vec<Vec<Option<usize>>> {
        let Some((step, rest)) = steps.split_first() else { return vec![Vec::new()] };
        let meets = |stop: &usize| step.kinds.iter().any(|kind| Side::of(Some(*kind)) == stops[*stop]);
        let choices = (from..stops.len()).filter(meets).map(Some).chain([None]);
        let with = |choice: Option<usize>| {
            let next = choice.map_or(from, |stop| stop + 1);
            every_way(rest, stops, next).into_iter().map(move |rest| [vec![choice], rest].concat())
        };
        choices.flat_map(with).collect()
    }

    /// The best of them, and what there is to say of it, as `docs/pathways.md` reads.
    fn plain(steps: &[Step], walked: &Walked) -> (Vec<Option<usize>>, Verdict) {
        let met = every_way(steps, &walked.stops, 0).into_iter().min_by_key(|met| {
            let missed = steps.iter().zip(met).filter(|(step, stop)| stop.is_none() && !step.optional).count();
            let taken: Vec<usize> = met.iter().copied().flatten().collect();
            let span = taken.last().map_or(0, |last| last + 1 - taken[0]);
            let order: Vec<usize> = met.iter().map(|stop| stop.unwrap_or(usize::MAX)).collect();
            (missed, span - taken.len(), steps.len() - taken.len(), order)
        });
        let met = met.unwrap();
        let taken: Vec<usize> = met.iter().copied().flatten().collect();
        let reached = (0..steps.len()).filter(|step| met[*step].is_some()).max();
        let between = |stop: &usize| !taken.contains(stop) && taken.first() < Some(stop) && Some(stop) < taken.last();
        let extra = (0..walked.stops.len()).find(between);
        let absent: Vec<usize> = (0..steps.len()).filter(|at| met[*at].is_none() && !steps[*at].optional).collect();
        let later = absent.iter().copied().find(|at| Some(*at) > reached);
        let earlier = absent.iter().copied().find(|at| Some(*at) < reached);
        let after = walked.stops.get(taken.last().map_or(0, |last| last + 1)).copied();
        let late = |at: &usize| {
            let waits: Vec<i64> = match met[*at] {
                Some(stop) => walked.waited[stop].into_iter().collect(),
                None if Some(*at) > reached => {
                    let theirs = |side: Side| steps[*at].kinds.iter().any(|kind| Side::of(Some(*kind)) == side);
                    walked.waiting.iter().filter(|wait| theirs(wait.0)).map(|wait| wait.1).collect()
                }
                None => Vec::new(),
            };
            waits.into_iter().any(|seconds| steps[*at].within_minutes.is_some_and(|most| seconds as f64 / 60.0 > most))
        };
        let late = (0..steps.len()).find(late);
        let gone = later.is_some() && !walked.open;
        let (how, left_at, elsewhere) = if gone {
            (if walked.died { How::Died } else { How::Left }, later, after)
        } else if earlier.is_some() {
            (How::Skipped, earlier, extra.map(|stop| walked.stops[stop]))
        } else if let Some(stop) = extra {
            let next = (0..steps.len()).find(|step| met[*step] > Some(stop));
            (How::Extra, next, Some(walked.stops[stop]))
        } else if late.is_some() {
            (How::Late, late, None)
        } else {
            (if later.is_some() { How::UnderWay } else { How::Conforms }, None, None)
        };
        (met, Verdict { reached, left_at, how, elsewhere })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn of_every_way_to_lay_a_journey_beside_a_pathway_the_best_is_found(
            steps in proptest::collection::vec(step(), 1..5), walked in walked(),
        ) {
            let who = Who { from: Vec::new(), to: Vec::new(), age_from: None };
            let pathway = Pathway { id: String::new(), title: String::new(), who, beside: Vec::new(), steps };
            let (met, verdict) = plain(&pathway.steps, &walked);
            prop_assert_eq!(align(&pathway.steps, &walked.stops), met);
            prop_assert_eq!(pathway.verdict(&walked), verdict);
        }
    }

    #[test]
    fn a_journey_of_ten_thousand_stops_is_laid_beside_a_pathway() {
        let stops: Vec<Side> = (0..10_000).map(|at| Side::of(Some(KINDS[at % 5]))).collect();
        let steps = Pathway::parse(SMALL).unwrap().steps;
        assert_eq!(align(&steps, &stops), [None, Some(2), Some(3)]);
    }
}
