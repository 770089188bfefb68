//! Trust at the joins: how teams find working with each other, and what they do. What is told of which weeks is for
//! [`Instrument::periods`]: nothing of few people, and no period that overlaps another.

use super::Reader;
use super::decided::long;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::see::Why as Walk;
use agree::log::{Agreed, Promised, State};
use agree::trust::{self, Asked, Cell as Told, Instrument, Network, Period};
use domain::Date;
use show::number::plural;
use show::{Cell, Evidence, Figure, Join, Link, Panel, Picture, Rows, Side, Table, Tie, Ties, Unit, View};
use std::collections::BTreeMap;

/// Periods that are told of: a year of quarters, and the weeks since.
const PERIODS: usize = 5;

/// What was said at a handover in each period, newest first.
fn periods(instrument: &Instrument, state: &State, handover: &str, today: Date) -> Vec<Period> {
    let mut all = instrument.periods(state.sheets(&instrument.id, handover), today);
    all.truncate(PERIODS);
    all
}

/// Every period in which anything was said at any handover, newest first.
fn told_of<'p>(joins: impl IntoIterator<Item = &'p Vec<Period>>) -> Vec<&'p Period> {
    let all: BTreeMap<Date, &Period> = joins.into_iter().flatten().map(|period| (period.first, period)).collect();
    all.into_values().rev().take(PERIODS).collect()
}

/// "13 weeks to 26 October 2025"
fn weeks(period: &Period) -> String {
    let so_far = if period.is_over { "" } else { " so far," };
    format!("{}{so_far} to {}", plural(period.weeks() as usize, "week"), long(period.last))
}

fn tie(cell: Option<&Told>) -> Tie {
    match cell {
        None | Some(Told::Nobody) => Tie::None,
        Some(Told::TooFew) => Tie::TooFew,
        Some(Told::Shown { score, people, answers, band, .. }) => Tie::Score {
            score: *score,
            people: *people as u64,
            answers: *answers as u64,
            band: band.clone().unwrap_or_default(),
        },
    }
}

fn score(side: &Side) -> Option<f64> {
    if let Tie::Score { score, .. } = side.tie { Some(score) } else { None }
}

impl Reader<'_> {
    fn pulsed(&self, definition: impl Into<String>, rows: usize) -> Evidence {
        Evidence { sources: vec!["the Ledger".to_owned()], ..self.evidence("trust", definition, Some(rows as u64)) }
    }

    /// Whether an address is of this handover: its own page, or a measure that counts it.
    fn is_at(&self, handover: &str, address: &str) -> bool {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let measure = |id: &str| {
            let counts = |own: &&measures::Measure| own.id == id && own.numerator.contains(&format!("'{handover}'"));
            self.at.measures.iter().find(counts).is_some()
        };
        path.strip_prefix("/handovers/").is_some_and(|id| id == show::escape(handover))
            || path.strip_prefix("/measures/").is_some_and(measure)
    }

    /// What was done at a handover, beside what is said of it.
    fn done(&self, state: &State, handover: &str, today: Date) -> trust::Behaviour {
        let promises = state.promises.values().filter(|one| one.is.is.handover.as_deref() == Some(handover));
        let promises: Vec<trust::Promise> = promises
            .map(|promised| trust::Promise {
                due: promised.is.is.due,
                kept: promised.kept.as_ref().and_then(|kept| kept.on),
            })
            .collect();
        let day = |at| self.zone().date(at);
        // A note is answered by the next one that somebody else signs.
        let address = format!("/handovers/{}", show::escape(handover));
        let notes = state.notes.get(&address).map_or(&[][..], Vec::as_slice);
        let mut asked: Vec<Asked> = notes
            .iter()
            .enumerate()
            .filter(|(at, note)| *at == 0 || notes[at - 1].who == note.who)
            .map(|(at, note)| {
                let answer = notes[at..].iter().find(|later| later.who != note.who);
                Asked { asked: day(note.at), answered: answer.map(|answer| day(answer.at)) }
            })
            .collect();
        let caused = |what: &str| state.because.iter().any(|(did, why, _)| did == what && self.is_at(handover, why));
        let talks = state.talks.values().filter(|talk| caused(&format!("conversation/{}", talk.is.id)));
        for said in talks.flat_map(|talk| talk.statements.values()).filter(|said| said.is_in()) {
            asked.push(Asked { asked: day(said.at), answered: said.answer.as_ref().map(|answer| day(answer.at)) });
        }
        let rocks: Vec<_> = self.plans_at(state, handover).flat_map(|agreed| agreed.now.rocks.clone()).collect();
        trust::behaviour(&promises, &asked, &rocks, today)
    }

    /// Plans for a handover: because of it, of a decision about it, or for a measure that counts it.
    fn plans_at<'s>(&self, state: &'s State, handover: &str) -> impl Iterator<Item = &'s Agreed> {
        let here = move |agreed: &&Agreed| {
            let measure = agreed.versions.last().and_then(|version| version.is.measure.as_ref());
            measure.is_some_and(|id| self.is_at(handover, &format!("/measures/{id}")))
                || agreed.versions.iter().flat_map(|version| &version.because).any(|cause| {
                    self.is_at(handover, cause)
                        || cause
                            .strip_prefix("decision/")
                            .and_then(|id| state.matters.get(id))
                            .is_some_and(|matter| matter.is.because.iter().any(|cause| self.is_at(handover, cause)))
                })
        };
        state.plans.values().filter(here)
    }

    /// The same as figures: each count beside of how many.
    fn done_told(&self, done: &trust::Behaviour) -> Vec<(String, Figure)> {
        let of = |title: &str, says: &str, (all, well): (usize, usize)| {
            let figure = Figure::new(well as f64, Unit::Of(format!("of {all}")), self.pulsed(says, all));
            (all > 0).then(|| (title.to_owned(), figure))
        };
        let says = "Days within which half of what is asked at this handover is answered: notes by the other side, and statements in conversations about it; what is open counts for as long as it is";
        let days = done
            .days_to_answer
            .map(|days| ("Days to answer".to_owned(), Figure::new(days, Unit::Days, self.pulsed(says, done.asked))));
        let kept = "Promises at this handover that were due, and were kept in time";
        let rocks = "Rocks of plans for this handover, and how many of them are cleared";
        let all = [of("Promises kept", kept, done.promises), days, of("Rocks cleared", rocks, done.rocks)];
        all.into_iter().flatten().collect()
    }

    /// What one instrument tells of all handovers at which it is asked, newest period that is over first.
    fn ties(&self, state: &State, instrument: &Instrument, with_done: bool) -> (Ties, Vec<(String, Vec<Period>)>) {
        let today = self.today();
        let all: Vec<(String, Vec<Period>)> = instrument
            .joins
            .iter()
            .map(|join| (join.handover.clone(), periods(instrument, state, &join.handover, today)))
            .collect();
        let told = told_of(all.iter().map(|one| &one.1));
        let shown = told.iter().find(|period| period.is_over).or(told.first()).map(|period| period.first);
        let mut groups: Vec<String> = Vec::new();
        for team in instrument.joins.iter().flat_map(|join| &join.teams) {
            if !groups.contains(team) {
                groups.push(team.clone());
            }
        }
        let at = |team: &str| groups.iter().position(|known| known == team).unwrap_or_default();
        let (mut joins, mut pairs) = (Vec::new(), Vec::new());
        let [usual, strong] = instrument.usual_and_strong();
        for (join, (_, periods)) in instrument.joins.iter().zip(&all) {
            let cells = periods.iter().find(|period| Some(period.first) == shown).map(|period| &period.cells);
            let mut said = Vec::new();
            for by in &join.teams {
                for about in instrument.about(by, &join.teams) {
                    let cell = cells.and_then(|cells| cells.get(&(by.clone(), about.to_owned())));
                    said.push(Side { by: at(by), about: at(about), tie: tie(cell) });
                }
            }
            pairs.extend(said.iter().map(|side| {
                let tie = score(side).map_or(trust::Tie::Unknown, |score| {
                    if score >= strong { trust::Tie::Is } else { trust::Tie::Not }
                });
                (side.by, side.about, tie)
            }));
            let done = if with_done { self.done_told(&self.done(state, &join.handover, today)) } else { Vec::new() };
            if !periods.is_empty() || !done.is_empty() {
                let name = Link::new(self.handover_called(&join.handover), handover_address(&join.handover));
                joins.push(Join { name, said, done });
            }
        }
        // Groups of joins that are shown alone are drawn; of the others there is nothing to draw.
        let network = Network::new(pairs);
        let (known, asked) = network.known();
        let count = |share: Option<f64>, of: usize| share.map(|share| (share * of as f64).round());
        let ties = count(network.density(), known);
        let figure = |value: Option<f64>, unit: Unit, says: &str| Figure::new(value, unit, self.pulsed(says, known));
        let returned = ties.filter(|ties| *ties > 0.0).and_then(|_| network.reciprocity()).map(|share| share * 100.0);
        let hangs = network.centralisation().map(|share| share * 100.0);
        let network = vec![
            (
                "Strong ties".to_owned(),
                figure(
                    ties,
                    Unit::Of(format!("of {known} that are known")),
                    "Sides of joins that find the other strong",
                ),
            ),
            (
                "Felt by both sides".to_owned(),
                figure(
                    returned,
                    Unit::Percent,
                    "Strong ties that the other side returns, of those whose way back is known",
                ),
            ),
            (
                "How much hangs on one team".to_owned(),
                figure(
                    hangs,
                    Unit::Percent,
                    "Freeman’s degree centralisation of strong ties: 0%, no team has more than another; 100%, every one is with the same team. Teams of which nothing is known are left out; pairs that are never asked have no tie",
                ),
            ),
            (
                "Pairs known".to_owned(),
                figure(
                    Some(known as f64),
                    Unit::Of(format!("of {asked}")),
                    "One team of another, with eleven people or more who answered",
                ),
            ),
        ];
        let words = |at: usize| instrument.words.get(at).map_or(String::new(), |words| format!(" ({words})"));
        let scale = instrument.scale();
        let ties = Ties {
            id: instrument.id.clone(),
            title: String::new(),
            definition: format!(
                "{}: what each team says of the other, {}{} to {}{}",
                instrument.name,
                scale.0,
                words(0),
                scale.1,
                words(instrument.words.len().saturating_sub(1))
            ),
            groups,
            scale,
            bands: [usual, strong],
            network,
            joins,
        };
        (ties, all)
    }

    /// `/trust`
    pub(super) fn trust_at_joins(&self, ask: &Ask) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let mut view = self.blank(ask, "");
        view.lede = "Short questions, asked of both sides of a handover about the other. Never of a person, and nothing is told of fewer than eleven people.".to_owned();
        if state.unscored() > 0 {
            let left = plural(state.unscored(), "sheet");
            let words = format!(
                "{left} of answers in the Ledger fit no question, team or week of any instrument here, and are left out. Instruments are read when the place opens: where a file in instruments/ was changed or taken away, put it right and start Catchment again."
            );
            view.panels.push(Panel {
                id: "left-out".to_owned(),
                title: format!("{left} of answers left out"),
                pictures: vec![Picture::Words(vec![words])],
                ..Panel::default()
            });
        }
        for (at, instrument) in state.instruments().iter().enumerate() {
            let (ties, periods) = self.ties(&state, instrument, at == 0);
            let of = told_of(periods.iter().map(|one| &one.1));
            let shown = of.iter().find(|period| period.is_over).or(of.first());
            if at == 0 {
                view.title = finding(&ties);
                view.over = shown.map_or_else(|| "Trust at the joins".to_owned(), |period| weeks(period));
            }
            let id = |part: &str| if at == 0 { part.to_owned() } else { format!("{part}-{}", instrument.id) };
            let mut note = format!("{}. {}", instrument.name.trim_end_matches('.'), instrument.licence);
            if let Some(period) = shown.filter(|_| at > 0) {
                note = format!("{}. {note}", weeks(period));
            }
            let picture = match (ties.joins.is_empty(), of.is_empty()) {
                (true, _) => super::talked::empty(
                    "Nobody has answered yet",
                    "Answers are told of in whole weeks that are over, from eleven people on.",
                ),
                _ => Picture::Ties(ties),
            };
            view.panels.push(Panel {
                id: id("ties"),
                title: if at == 0 { "What they say, and what they do".to_owned() } else { instrument.name.clone() },
                note,
                pictures: vec![picture],
                ..Panel::default()
            });
            let made_of = shown.map(|period| self.made_of(instrument, &periods, period.first));
            if let Some(table) = made_of.filter(|table| !table.rows.is_empty()) {
                view.panels.push(Panel {
                    id: id("parts"),
                    title: "What it is made of".to_owned(),
                    note: "The same mean of the questions about each part. Where few answered one part and not another, no part is told: the rest could be had by subtraction.".to_owned(),
                    pictures: vec![Picture::Rows(Rows {
                        caption: format!("{}: what each part of the score is", instrument.name),
                        table,
                        links: Vec::new(),
                    })],
                    ..Panel::default()
                });
            }
            if !of.is_empty() {
                view.panels.push(Panel {
                    id: id("trend"),
                    title: "Through the months".to_owned(),
                    note:
                        "The mean of people’s means, by periods that do not overlap; the last may be the weeks so far."
                            .to_owned(),
                    pictures: vec![Picture::Rows(Rows {
                        caption: format!("{}: how teams find each other, period by period", instrument.name),
                        table: self.trend(instrument, &periods),
                        links: Vec::new(),
                    })],
                    ..Panel::default()
                });
            }
        }
        view.panels.push(self.promised(&state, today));
        Ok(view)
    }

    /// Each side's score and its parts in the period that begins on this day; no row where no part is told.
    fn made_of(&self, instrument: &Instrument, joins: &[(String, Vec<Period>)], first: Date) -> Table {
        let head = ["handover", "team", "about", "score"].into_iter().chain(instrument.parts());
        let mut table = Table::new(head);
        for (handover, periods) in joins {
            let Some(period) = periods.iter().find(|period| period.first == first) else { continue };
            for ((by, about), parts) in &period.parts {
                let whole = period.cells.get(&(by.clone(), about.clone())).and_then(Told::score);
                let scores = whole.iter().chain(parts).map(|score| Cell::said(*score, format!("{score:.1}")));
                let names = [self.handover_called(handover), by, about].map(Cell::from);
                table.push(names.into_iter().chain(scores));
            }
        }
        table
    }

    /// A handover as people call it.
    fn handover_called<'s>(&'s self, id: &'s str) -> &'s str {
        let rule = self.at.place.handovers.iter().find(|rule| rule.id == id);
        rule.map_or(id, |rule| rule.name.as_str())
    }

    fn trend(&self, instrument: &Instrument, joins: &[(String, Vec<Period>)]) -> Table {
        let told = told_of(joins.iter().map(|one| &one.1));
        let head = |period: &&&Period| weeks(period).replace([' ', ','], "_").replace("__", "_");
        let heads =
            ["handover", "team", "about"].map(str::to_owned).into_iter().chain(told.iter().rev().map(|p| head(&p)));
        let mut table = Table::new(heads);
        for (join, (handover, periods)) in instrument.joins.iter().zip(joins).filter(|(_, one)| !one.1.is_empty()) {
            let name = self.handover_called(handover);
            for by in &join.teams {
                for about in instrument.about(by, &join.teams) {
                    let cell = |first: Date| {
                        let cells = &periods.iter().find(|period| period.first == first)?.cells;
                        Some(match cells.get(&(by.clone(), about.to_owned()))? {
                            Told::Shown { score, .. } => Cell::said(*score, format!("{score:.1}")),
                            Told::TooFew => "too few people".into(),
                            Told::Nobody => Cell::Missing,
                        })
                    };
                    let cells = told.iter().rev().map(|period| cell(period.first).unwrap_or(Cell::Missing));
                    table.push([name.into(), by.as_str().into(), about.into()].into_iter().chain(cells));
                }
            }
        }
        table
    }

    /// What is said, promised and in the way at one handover, for its own page; nothing where nothing is known.
    pub(super) fn between(&self, handover: &str) -> Result<Option<Panel>, Fault> {
        let (state, today) = (self.said()?, self.today());
        let mut table = Table::new(["what", "who", "how_it_stands"]);
        let mut links = Vec::new();
        let mut push = |what: &str, who: &str, stands: String, href: String| {
            table.push([what, who, &stands].map(Cell::from));
            links.push(Some(href));
        };
        let here = handover_address(handover);
        for (at, instrument) in state.instruments().iter().enumerate() {
            let ties = self.ties(&state, instrument, at == 0).0;
            for join in ties.joins.iter().filter(|join| join.name.href == here) {
                for side in &join.said {
                    let says = match &side.tie {
                        Tie::Score { score, band, people, .. } => {
                            let band = if band.is_empty() { String::new() } else { format!(": {band}") };
                            format!("{score:.1} of {}, from {people} people{band}", ties.scale.1)
                        }
                        unknown => unknown.say(),
                    };
                    push(&instrument.name, &ties.pair(side), says, "/trust".to_owned());
                }
                for (what, figure) in join.done.iter().filter(|done| done.1.unit == Unit::Days) {
                    push(what, "", figure.say(), "/trust".to_owned());
                }
            }
        }
        let promises = state.promises.values().filter(|one| one.is.is.handover.as_deref() == Some(handover));
        for promised in promises {
            let is = &promised.is.is;
            let what = format!("Promise: {}", is.what);
            let stands = format!("{}; due {}", became_of(promised, today), long(is.due));
            push(&what, &format!("{} to {}", is.by, is.to), stands, "/trust#promises".to_owned());
        }
        for plan in self.plans_at(&state, handover) {
            for rock in plan.now.rocks.iter().filter(|rock| rock.lies(today)) {
                let open = format!("open for {}", plural(rock.age_days(today) as usize, "day"));
                let href = format!("/plans/{}", show::escape(&plan.now.id));
                push(&format!("Rock: {}", rock.title), &rock.who_can_move_it, open, href);
            }
        }
        Ok((!table.rows.is_empty()).then(|| Panel {
            id: "between".to_owned(),
            title: "What we say, promise and stumble over here".to_owned(),
            pictures: vec![Picture::Rows(Rows { caption: "What is between the two sides".to_owned(), table, links })],
            links: vec![Link::new("Trust at the joins", "/trust")],
            ..Panel::default()
        }))
    }

    fn promised(&self, state: &State, today: Date) -> Panel {
        let mut table = Table::new(["promise", "by", "to", "due", "how_we_will_know", "kept"]);
        let mut all: Vec<_> = state.promises.values().collect();
        all.sort_by_key(|promised| (promised.kept.is_some(), promised.is.is.due, promised.is.is.id.clone()));
        let (mut due, mut in_time) = (0, 0);
        for promised in all {
            let is = &promised.is.is;
            if is.due < today {
                due += 1;
                in_time +=
                    usize::from(promised.kept.as_ref().is_some_and(|kept| kept.on.is_some_and(|on| on <= is.due)));
            }
            let kept = became_of(promised, today);
            table.push(
                [is.what.clone(), is.by.clone(), is.to.clone(), long(is.due), is.how_we_will_know.clone(), kept]
                    .map(Cell::from),
            );
        }
        let title = match due {
            0 => "Promises between us".to_owned(),
            due => format!("{in_time} of {} kept in time", plural(due, "promise")),
        };
        Panel {
            id: "promises".to_owned(),
            title,
            pictures: vec![if table.rows.is_empty() {
                Picture::Words(vec!["Nobody has promised anything here yet.".to_owned()])
            } else {
                Picture::Rows(Rows { caption: "Promises, open ones first".to_owned(), table, links: Vec::new() })
            }],
            ..Panel::default()
        }
    }

    /// Where figures of trust come from: what may be told, and no answer of anybody.
    ///
    /// # Errors
    /// When the Ledger cannot be read.
    pub(crate) fn why_trusted(&self, figure: &str) -> Result<Option<Walk>, Fault> {
        if figure != "trust" {
            return Ok(None);
        }
        let state = self.said()?;
        let table = |instrument: &Instrument| {
            let of =
                |join: &trust::Join| (join.handover.clone(), periods(instrument, &state, &join.handover, self.today()));
            let joins: Vec<_> = instrument.joins.iter().map(of).collect();
            (instrument.name.clone(), self.trend(instrument, &joins))
        };
        let says = "The mean of what people of one team answer about another at a handover, each person with one mean, in periods that do not overlap, from eleven people on. Answers themselves are shown to nobody.";
        Ok(Some(Walk {
            title: "Trust at the joins".to_owned(),
            text: vec![("What it is".to_owned(), says.to_owned())],
            tables: state.instruments().iter().map(table).collect(),
            single: Vec::new(),
        }))
    }
}

/// The page of a handover.
fn handover_address(id: &str) -> String {
    format!("/handovers/{}", show::escape(id))
}

/// What became of a promise.
fn became_of(promised: &Promised, today: Date) -> String {
    let due = promised.is.is.due;
    match &promised.kept {
        None if due < today => format!("not said; {} late", plural((today.0 - due.0) as usize, "day")),
        None => "open".to_owned(),
        Some(kept) => match kept.on {
            Some(on) if on <= due => format!("kept on {}: {}", long(on), kept.words),
            Some(on) => format!("kept late, on {}: {}", long(on), kept.words),
            None => format!("not kept: {}", kept.words),
        },
    }
}

/// What the lowest score says.
fn finding(ties: &Ties) -> String {
    let least = |join: &Join| join.said.iter().filter_map(score).min_by(f64::total_cmp);
    let lowest = ties.joins.iter().filter_map(|join| Some((least(join)?, join)));
    match lowest.min_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((score, join)) if score < ties.bands[0] => format!("“{}” needs a conversation", join.name.words),
        Some((score, _)) if score < ties.bands[1] => "Every join works, some with effort".to_owned(),
        Some(_) => "Every join that can be told of is strong".to_owned(),
        None => "Too few have answered to tell of trust yet".to_owned(),
    }
}
