//! What nobody has to remember: stop rules are held against their measures when records come, and sealed votes are opened at their
//! close.

use crate::fault::Fault;
use crate::place::{Catchment, now};
use crate::said::{CATCHMENT, Refused, ToDo};
use crate::view::Reader;
use agree::decision::Watch;
use agree::log::{Act, Rang, Why, day_of};

/// Holds every stop rule of the decisions that stand against its measure, and writes down those that rang. Says how many did now.
///
/// # Errors
/// When the Lake or the Ledger cannot be read or written.
pub fn ring(reader: &Reader) -> Result<usize, Fault> {
    let said = &reader.place().said;
    let state = said.state()?;
    let mut rung = 0;
    for decision in state.decisions.current() {
        let known = state.matters.get(&decision.id);
        for (rule, stop) in decision.stop_if.iter().enumerate() {
            if known.is_some_and(|matter| matter.rang.iter().any(|rang| rang.1.rule == rule)) {
                continue;
            }
            let Watch::Tripped { since, rang } = stop.check(&reader.since(decision, stop)?) else { continue };
            // Records of days that have not come ring nothing yet.
            if rang > day_of(now()) {
                continue;
            }
            let act = Act::Rang(Rang { decision: decision.id.clone(), rule, since, rang });
            let because = vec![format!("/measures/{}", show::escape(&stop.measure))];
            match said.deed(ToDo { because, ..ToDo::now(CATCHMENT, act) }) {
                Ok(_) => rung += 1,
                // Another process was quicker.
                Err(Refused::Refusal(refusal)) if refusal.why == Why::Already => {}
                Err(wrong) => return Err(wrong.into()),
            }
        }
    }
    Ok(rung)
}

/// Opens sealed votes whose close has come, if there are any: cheap enough for every moment.
///
/// # Errors
/// When they cannot be read or kept.
pub fn open(at: &Catchment) -> Result<(), Fault> {
    let state = at.said.state()?;
    let due = state.matters.values().any(|matter| matter.is_to_open(now()));
    if due { at.said.open_sealed(&at.key) } else { Ok(()) }
}
