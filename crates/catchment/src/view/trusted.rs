//! Trust at the joins: how teams find working with each other, and what they do. Only periods that are over are told of, so that
//! nobody can take one week from the next and see who answered.

use super::Reader;
use super::decided::long;
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use crate::place::Catchment;
use crate::see::Why as Walk;
use agree::log::State;
use agree::trust::{self, Asked, Cell as Told, Instrument, Sheet};
use domain::Date;
use show::number::plural;
use show::{Cell, Evidence, Figure, Join, Link, Panel, Picture, Rows, Table, Tie, Ties, Unit, View};
use std::collections::BTreeMap;

/// Weeks of a period.
const WEEKS: u16 = 13;
/// Periods that are told of: a year.
const PERIODS: usize = 4;

/// Handovers whose two teams are asked: id, name, the teams as they are called.
pub fn pulsing(at: &Catchment, state: &State) -> Vec<(String, String, [String; 2])> {
    let teams = |rule: &domain::HandoverRule| {
        let sheets = state.pulses.get(&rule.id);
        let mut known: Vec<String> = sheets.iter().flat_map(|all| all.values()).map(|sheet| sheet.by.clone()).collect();
        known.sort();
        known.dedup();
        if let [one, other] = known.as_slice() {
            return Some([one.clone(), other.clone()]);
        }
        let called = |kind: domain::ServiceKind| show::words::page(kind.name());
        Some([called(rule.from?), called(rule.to)]).filter(|[one, other]| one != other)
    };
    at.place.handovers.iter().filter_map(|rule| Some((rule.id.clone(), rule.name.clone(), teams(rule)?))).collect()
}

/// Sheets of periods that are over, by period, newest first.
fn over(state: &State, handover: Option<&str>, today: Date) -> Vec<(Date, Vec<Sheet>)> {
    let of = state.pulses.iter().filter(|known| handover.is_none_or(|wanted| known.0 == wanted));
    let sheets: Vec<Sheet> = of.flat_map(|known| known.1.values().cloned()).collect();
    let is_over = |first: &Date| first.0 + 7 * i32::from(WEEKS) <= today.0;
    let mut periods: Vec<_> = trust::by_period(&sheets, WEEKS).into_iter().filter(|known| is_over(&known.0)).collect();
    periods.reverse();
    periods.truncate(PERIODS);
    periods
}

fn period(first: Date) -> String {
    format!("{} to {}", long(first), long(Date(first.0 + 7 * i32::from(WEEKS) - 1)))
}

fn tie(cell: &Told) -> Tie {
    match cell {
        Told::Nobody => Tie::None,
        Told::TooFew => Tie::TooFew,
        Told::Shown { score, answers, band, .. } => {
            Tie::Score(*score, *answers as u64, band.clone().unwrap_or_default())
        }
    }
}

impl Reader<'_> {
    fn pulsed(&self, definition: &str, rows: usize) -> Evidence {
        Evidence { sources: vec!["the Ledger".to_owned()], ..self.evidence("trust", definition, Some(rows as u64)) }
    }

    /// What was done at a handover, beside what is said of it.
    fn done(&self, state: &State, handover: &str, today: Date) -> trust::Behaviour {
        let at = |promised: &&agree::log::Promised| promised.is.is.handover.as_deref() == Some(handover);
        let promises: Vec<trust::Promise> = state
            .promises
            .values()
            .filter(at)
            .map(|promised| trust::Promise {
                due: promised.is.is.due,
                kept: promised.kept.as_ref().and_then(|kept| kept.on),
            })
            .collect();
        let address = format!("/handovers/{handover}");
        // A note is answered by the next one that somebody else signs.
        let notes = state.notes.get(&address).map_or(&[][..], Vec::as_slice);
        let day = |at| self.zone().date(at);
        let asked: Vec<Asked> = notes
            .iter()
            .enumerate()
            .filter(|(at, note)| *at == 0 || notes[at - 1].who == note.who)
            .map(|(at, note)| {
                let answer = notes[at..].iter().find(|later| later.who != note.who);
                Asked { asked: day(note.at), answered: answer.map(|answer| day(answer.at)) }
            })
            .collect();
        let here = |agreed: &&agree::log::Agreed| {
            agreed.versions.iter().flat_map(|version| &version.because).any(|cause| {
                cause.starts_with(&address) || {
                    let decision = cause.strip_prefix("decision/").and_then(|id| state.matters.get(id));
                    decision.is_some_and(|matter| matter.is.because.iter().any(|cause| cause.starts_with(&address)))
                }
            })
        };
        let rocks: Vec<_> = state.plans.values().filter(here).flat_map(|agreed| agreed.now.rocks.clone()).collect();
        trust::behaviour(&promises, &asked, &rocks, today)
    }

    /// `/trust`
    pub(super) fn trust_at_joins(&self, ask: &Ask) -> Result<View, Wrong> {
        let (state, today) = (self.said()?, self.today());
        let pulse = Instrument::pulse();
        let unsound = |wrong: trust::TrustError| Fault::new("answers cannot be told of", wrong.to_string());
        let strong = pulse.bands.last().map_or(4.0, |band| band.from);
        let works = pulse.bands.get(1).map_or(3.0, |band| band.from);
        let periods = over(&state, None, today);
        let joins = pulsing(self.at, &state);
        let mut rows = Vec::new();
        for (id, name, [one, other]) in &joins {
            let newest = over(&state, Some(id), today).into_iter().next();
            let matrix = pulse.matrix(newest.as_ref().map_or(&[][..], |known| &known.1)).map_err(unsound)?;
            let done = self.done(&state, id, today);
            let mut told = Vec::new();
            let says = |what: &str, rows: usize| self.pulsed(what, rows);
            if done.promises.0 > 0 {
                let share = 100.0 * done.promises.1 as f64 / done.promises.0 as f64;
                let figure = Figure::new(
                    share,
                    Unit::Percent,
                    says("Promises at this handover that were due, and were kept in time", done.promises.0),
                );
                told.push(("Promises kept in time".to_owned(), figure));
            }
            if let Some(days) = done.days_to_answer {
                told.push((
                    "Days to answer".to_owned(),
                    Figure::new(
                        days,
                        Unit::Days,
                        says(
                            "Days within which half of the notes at this handover are answered by the other side",
                            done.asked,
                        ),
                    ),
                ));
            }
            if done.rocks.0 > 0 {
                let share = 100.0 * done.rocks.1 as f64 / done.rocks.0 as f64;
                told.push((
                    "Rocks cleared".to_owned(),
                    Figure::new(
                        share,
                        Unit::Percent,
                        says("Rocks raised at this handover that are cleared", done.rocks.0),
                    ),
                ));
            }
            let said = [matrix.of(one, other).score(), matrix.of(other, one).score()];
            if said.iter().any(Option::is_some) || !told.is_empty() || state.pulses.contains_key(id) {
                rows.push((
                    said,
                    Join {
                        name: Link::new(name.clone(), format!("/handovers/{}", show::escape(id))),
                        said,
                        done: told,
                    },
                ));
            }
        }
        let lowest = rows
            .iter()
            .filter_map(|(said, join)| Some((said.iter().flatten().copied().min_by(f64::total_cmp)?, join)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let title = match lowest {
            Some((score, join)) if score < works => format!("“{}” needs a conversation", join.name.words),
            Some((score, _)) if score < strong => "Every join works, some with effort".to_owned(),
            Some(_) => "Every join that can be told of is strong".to_owned(),
            None => "Too few have answered to tell of trust yet".to_owned(),
        };
        let mut view = self.blank(ask, title);
        view.over = periods.first().map_or_else(|| "Trust at the joins".to_owned(), |known| period(known.0));
        view.lede = "One question a week, asked of both sides of a handover about the other. Never of a person, and nothing is told of fewer than eleven answers.".to_owned();
        let network = match periods.first() {
            Some((_, sheets)) => {
                let matrix = pulse.matrix(sheets).map_err(unsound)?;
                let network = matrix.network(works);
                let share = |value: Option<f64>, says: &str| {
                    Figure::new(value.map(|value| 100.0 * value), Unit::Percent, self.pulsed(says, sheets.len()))
                };
                let ties = Ties {
                    id: "ties".to_owned(),
                    title: String::new(),
                    definition: format!(
                        "What each team says of the other, {} (never) to {} (always). {} {}",
                        pulse.lowest, pulse.highest, pulse.name, pulse.licence
                    ),
                    cells: matrix.cells.iter().map(|row| row.iter().map(tie).collect()).collect(),
                    groups: matrix.groups.clone(),
                    scale: (f64::from(pulse.lowest), f64::from(pulse.highest)),
                    strong,
                    network: vec![
                        (
                            "Density".to_owned(),
                            share(network.density(), "Ties that work or are strong, of all pairs that are known"),
                        ),
                        (
                            "Returned".to_owned(),
                            share(
                                network.reciprocity(),
                                "Ties that the other side returns, of those whose way back is known",
                            ),
                        ),
                        (
                            "Centralisation".to_owned(),
                            share(
                                network.centralisation(),
                                "How far all hangs on one team: Freeman's degree centralisation",
                            ),
                        ),
                    ],
                    joins: rows.into_iter().map(|row| row.1).collect(),
                };
                vec![Picture::Ties(ties)]
            }
            None => vec![super::talked::empty(
                "No period is over yet",
                "Answers are told of by quarters of a year that are over, from eleven answers on.",
            )],
        };
        view.panels.push(Panel {
            id: "ties".to_owned(),
            title: "What they say, and what they do".to_owned(),
            pictures: network,
            ..Panel::default()
        });
        view.panels.push(Panel {
            id: "trend".to_owned(),
            title: "From quarter to quarter".to_owned(),
            note: "Mean of the answers; blank where too few have answered.".to_owned(),
            pictures: vec![Picture::Rows(Rows {
                caption: "How teams find each other, by quarter".to_owned(),
                table: trend(&pulse, &periods).map_err(unsound)?,
                links: Vec::new(),
            })],
            ..Panel::default()
        });
        view.panels.push(self.promised(&state, today));
        Ok(view)
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
            let kept = match &promised.kept {
                None if is.due < today => format!("not said; {} late", plural((today.0 - is.due.0) as usize, "day")),
                None => "open".to_owned(),
                Some(kept) => match kept.on {
                    Some(on) if on <= is.due => format!("kept on {}: {}", long(on), kept.words),
                    Some(on) => format!("kept late, on {}: {}", long(on), kept.words),
                    None => format!("not kept: {}", kept.words),
                },
            };
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
        let periods = over(&state, None, self.today());
        let table = trend(&Instrument::pulse(), &periods)
            .map_err(|wrong| Fault::new("answers cannot be told of", wrong.to_string()))?;
        let says = "The mean of what one team answers about another in each quarter of a year that is over, from eleven answers on. Answers themselves are shown to nobody.";
        Ok(Some(Walk {
            title: "Trust at the joins".to_owned(),
            text: vec![("What it is".to_owned(), says.to_owned())],
            tables: vec![("By quarter".to_owned(), table)],
            single: Vec::new(),
        }))
    }
}

fn trend(pulse: &Instrument, periods: &[(Date, Vec<Sheet>)]) -> Result<Table, trust::TrustError> {
    let mut heads = vec!["team".to_owned(), "about".to_owned()];
    heads.extend(periods.iter().rev().map(|known| format!("quarter_from_{}", known.0)));
    let mut lines: BTreeMap<(String, String), Vec<Cell>> = BTreeMap::new();
    for (at, (_, sheets)) in periods.iter().rev().enumerate() {
        let matrix = pulse.matrix(sheets)?;
        for by in &matrix.groups {
            for about in &matrix.groups {
                let cell = matrix.of(by, about);
                if !matches!(cell, Told::Nobody) {
                    let line =
                        lines.entry((by.clone(), about.clone())).or_insert_with(|| vec![Cell::Missing; periods.len()]);
                    line[at] = cell.score().map_or(Cell::Missing, |score| Cell::said(score, format!("{score:.1}")));
                }
            }
        }
    }
    let mut table = Table::new(heads);
    for ((by, about), cells) in lines {
        table.push([Cell::from(by), Cell::from(about)].into_iter().chain(cells));
    }
    Ok(table)
}
