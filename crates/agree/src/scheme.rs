//! Who may decide this, on this date, at which level: the scheme of delegation as data.
//!
//! Bodies, seats, duties and delegations are dated rows; no body's name is in code. `from` is the first day, `until` the first day on
//! which it is no longer so. Organisations merge and are abolished: a row that names a body which has become another one means,
//! from that day on, the other one. A body abolished without a successor decides nothing, and whoever asks is told so.
//!
//! ```
//! use agree::scheme::{Level, Scheme};
//! use domain::Date;
//! let scheme = Scheme::read(r#"
//!     [[body]]
//!     id = "icb"
//!     name = "Integrated Care Board"
//!     level = "system"
//!     from = 2022-07-01
//!     [[body]]
//!     id = "urgent-care"
//!     name = "Urgent Care Board"
//!     level = "place"
//!     from = 2023-04-01
//!     [[duty]]
//!     id = "home-first"
//!     name = "Money to help people leave hospital"
//!     held_by = "icb"
//!     from = 2022-07-01
//!     [[delegation]]
//!     duty = "home-first"
//!     by = "icb"
//!     to = "urgent-care"
//!     up_to = 2500000
//!     from = 2023-04-01
//! "#)?;
//! let on = Date::from_ymd(2025, 11, 20).unwrap();
//! let may = scheme.who_may_decide("home-first", on, Some(2_400_000.0))?;
//! assert_eq!((may[0].body.as_str(), may[0].level), ("urgent-care", Level::Place)); // the lowest level first
//! assert_eq!(may[0].words, "Urgent Care Board, up to £2500000, by delegation of Integrated Care Board");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::day;
use crate::vote::{Member, Roll};
use domain::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How near to people a decision is taken; the nearest is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A neighbourhood.
    Neighbourhood,
    /// A place: a town or borough.
    Place,
    /// The whole system.
    System,
    /// A regulator or government.
    Regulator,
}

impl Level {
    /// As it is said to a reader.
    pub const fn words(self) -> &'static str {
        match self {
            Level::Neighbourhood => "neighbourhood",
            Level::Place => "place",
            Level::System => "system",
            Level::Regulator => "regulator",
        }
    }
}

/// A body that decides: a board, a committee, a partnership, a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Id; never used again for another body.
    pub id: String,
    /// As it is called.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Its first day.
    #[serde(with = "day")]
    pub from: Date,
    /// The first day on which it is no more.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The body that it became on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became: Option<String>,
}

/// A seat on a body: a role, never a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Id.
    pub id: String,
    /// The body.
    pub body: String,
    /// The role that sits on it.
    pub role: String,
    /// The voice that it speaks with.
    pub perspective: String,
    /// Whether it votes.
    #[serde(default = "yes")]
    pub votes: bool,
    /// Its first day.
    #[serde(with = "day")]
    pub from: Date,
    /// The first day on which it is no more.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

fn yes() -> bool {
    true
}

/// A duty, and who holds it unless it is delegated. A duty that moves has several rows of one id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Id.
    pub id: String,
    /// What it is.
    pub name: String,
    /// The body that holds it.
    pub held_by: String,
    /// The first day.
    #[serde(with = "day")]
    pub from: Date,
    /// The first day on which this is no longer so.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A duty given to another body. Who gives it may still decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// The duty.
    pub duty: String,
    /// Who gives it.
    pub by: String,
    /// To whom.
    pub to: String,
    /// Pounds up to which it is given; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<f64>,
    /// The first day.
    #[serde(with = "day")]
    pub from: Date,
    /// The first day on which this is no longer so.
    #[serde(default, with = "day::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// The rows as they are written.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Bodies.
    #[serde(default, rename = "body")]
    pub bodies: Vec<Body>,
    /// Seats.
    #[serde(default, rename = "seat")]
    pub seats: Vec<Seat>,
    /// Duties.
    #[serde(default, rename = "duty")]
    pub duties: Vec<Duty>,
    /// Delegations.
    #[serde(default, rename = "delegation")]
    pub delegations: Vec<Delegation>,
}

impl Rows {
    /// Whether each row makes sense beside the bodies that it names: what is asked of a scheme that is new, and not of one that was
    /// taken once.
    ///
    /// # Errors
    /// When a limit is below nought, a body gives a duty to itself, or a row begins before a body that it names.
    pub fn check(&self) -> Result<(), SchemeError> {
        let begins = |row: String, from: Date, named: &[&String]| {
            let late = |body: &&Body| named.contains(&&body.id) && from < body.from;
            let late = self.bodies.iter().find(late);
            late.map_or(Ok(()), |body| Err(SchemeError::TooEarly { row, body: body.id.clone(), from: body.from }))
        };
        for seat in &self.seats {
            begins(format!("seat '{}'", seat.id), seat.from, &[&seat.body])?;
        }
        for duty in &self.duties {
            begins(format!("duty '{}'", duty.id), duty.from, &[&duty.held_by])?;
        }
        for one in &self.delegations {
            let row = || format!("delegation of '{}' to '{}'", one.duty, one.to);
            if let Some(up_to) = one.up_to.filter(|up_to| !(up_to.is_finite() && *up_to >= 0.0)) {
                return Err(SchemeError::Negative { row: row(), up_to });
            }
            if one.by == one.to {
                let bodies = vec![one.by.clone(), one.to.clone()];
                return Err(SchemeError::Ring { duty: one.duty.clone(), from: one.from, bodies });
            }
            begins(row(), one.from, &[&one.by, &one.to])?;
        }
        Ok(())
    }
}

/// A scheme of delegation in which every name is known and nothing goes round in a ring, on any day.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheme(Rows);

/// A body that may decide, and by what right.
#[derive(Debug, Clone, PartialEq)]
pub struct Authority {
    /// The body.
    pub body: String,
    /// Its level.
    pub level: Level,
    /// From the holder of the duty to this body.
    pub chain: Vec<String>,
    /// Pounds up to which it may; without it, all.
    pub up_to: Option<f64>,
    /// The same in words.
    pub words: String,
}

/// What a scheme cannot say, and why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SchemeError {
    /// Not written as a scheme is.
    #[error("the scheme of delegation cannot be read: {0}")]
    Unreadable(String),
    /// Two bodies or seats have one id.
    #[error("two {what} have the id '{id}'")]
    Twice {
        /// What they are.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// A row names what is not there.
    #[error("{row} names the {what} '{id}', and there is none")]
    Unknown {
        /// The row.
        row: String,
        /// What is named.
        what: &'static str,
        /// The name.
        id: String,
    },
    /// A row ends before it begins.
    #[error("{row} ends before it begins")]
    Dates {
        /// The row.
        row: String,
    },
    /// A limit below nought.
    #[error("{row} is up to {up_to} pounds, and must be nought or more")]
    Negative {
        /// The row.
        row: String,
        /// The limit.
        up_to: f64,
    },
    /// A row begins before a body that it names.
    #[error("{row} begins before '{body}' does, on {from}")]
    TooEarly {
        /// The row.
        row: String,
        /// The body.
        body: String,
        /// Its first day.
        from: Date,
    },
    /// A body became another without an end of its own.
    #[error("'{body}' has become another body, and the day is missing")]
    NoEnd {
        /// The body.
        body: String,
    },
    /// Bodies that became each other.
    #[error("bodies become each other: {}", .bodies.join(" → "))]
    BecameRing {
        /// The ring; the first comes again at the end.
        bodies: Vec<String>,
    },
    /// A duty goes round.
    #[error("from {from} '{duty}' is delegated in a ring: {}", .bodies.join(" → "))]
    Ring {
        /// The duty.
        duty: String,
        /// The first day on which it does.
        from: Date,
        /// The ring; the first comes again at the end.
        bodies: Vec<String>,
    },
    /// Two bodies hold one duty on one day.
    #[error("on {on} '{duty}' is held by both '{one}' and '{other}'")]
    HeldTwice {
        /// The duty.
        duty: String,
        /// The day.
        on: Date,
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// Nobody holds the duty on this day.
    #[error("nobody holds '{duty}' on {on}")]
    Nobody {
        /// The duty.
        duty: String,
        /// The day.
        on: Date,
    },
    /// The holder is no more, and nobody took its place.
    #[error("'{body}' was abolished on {until} and the scheme names no successor")]
    Abolished {
        /// The body.
        body: String,
        /// Its end.
        until: Date,
    },
    /// The holder does not exist yet.
    #[error("'{body}' begins only on {from}")]
    NotYet {
        /// The body.
        body: String,
        /// Its first day.
        from: Date,
    },
}

fn in_force(from: Date, until: Option<Date>, on: Date) -> bool {
    from <= on && until.is_none_or(|until| on < until)
}

impl Scheme {
    /// Reads a scheme from TOML.
    ///
    /// # Errors
    /// When it cannot be read, or see [`Scheme::new`].
    pub fn read(text: &str) -> Result<Scheme, SchemeError> {
        let rows: Rows = toml::from_str(text).map_err(|wrong| SchemeError::Unreadable(wrong.to_string()))?;
        rows.check()?;
        Scheme::new(rows)
    }

    /// A scheme from its rows.
    ///
    /// # Errors
    /// When a name is not known, comes twice, a row ends before it begins, or anything goes round in a ring on any day.
    pub fn new(rows: Rows) -> Result<Scheme, SchemeError> {
        let mut bodies = BTreeSet::new();
        for body in &rows.bodies {
            if !bodies.insert(body.id.as_str()) {
                return Err(SchemeError::Twice { what: "bodies", id: body.id.clone() });
            }
        }
        let mut seats = BTreeSet::new();
        if let Some(seat) = rows.seats.iter().find(|seat| !seats.insert(seat.id.as_str())) {
            return Err(SchemeError::Twice { what: "seats", id: seat.id.clone() });
        }
        let known = |row: String, from: Date, until: Option<Date>, named: &[&String]| {
            if let Some(id) = named.iter().find(|id| !bodies.contains(id.as_str())) {
                return Err(SchemeError::Unknown { row, what: "body", id: (*id).clone() });
            }
            if until.is_some_and(|until| until < from) { Err(SchemeError::Dates { row }) } else { Ok(()) }
        };
        for body in &rows.bodies {
            let became: Vec<&String> = body.became.iter().collect();
            known(format!("body '{}'", body.id), body.from, body.until, &became)?;
            if body.became.is_some() && body.until.is_none() {
                return Err(SchemeError::NoEnd { body: body.id.clone() });
            }
        }
        for seat in &rows.seats {
            known(format!("seat '{}'", seat.id), seat.from, seat.until, &[&seat.body])?;
        }
        for duty in &rows.duties {
            known(format!("duty '{}'", duty.id), duty.from, duty.until, &[&duty.held_by])?;
        }
        for one in &rows.delegations {
            let row = format!("delegation of '{}' to '{}'", one.duty, one.to);
            if !rows.duties.iter().any(|duty| duty.id == one.duty) {
                return Err(SchemeError::Unknown { row, what: "duty", id: one.duty.clone() });
            }
            known(row, one.from, one.until, &[&one.by, &one.to])?;
        }
        let scheme = Scheme(rows);
        scheme.became_ring()?;
        // Between two of these days nothing changes.
        let mut days = BTreeSet::new();
        for body in &scheme.0.bodies {
            days.extend([Some(body.from), body.until].into_iter().flatten());
        }
        for duty in &scheme.0.duties {
            days.extend([Some(duty.from), duty.until].into_iter().flatten());
        }
        for one in &scheme.0.delegations {
            days.extend([Some(one.from), one.until].into_iter().flatten());
        }
        let duties: BTreeSet<&str> = scheme.0.duties.iter().map(|duty| duty.id.as_str()).collect();
        for &on in &days {
            for duty in &duties {
                scheme.holders(duty, on)?;
                scheme.ring(duty, on)?;
            }
        }
        Ok(scheme)
    }

    /// The rows.
    pub fn rows(&self) -> &Rows {
        &self.0
    }

    fn body(&self, id: &str) -> Option<&Body> {
        self.0.bodies.iter().find(|body| body.id == id)
    }

    fn became_ring(&self) -> Result<(), SchemeError> {
        for body in &self.0.bodies {
            let mut bodies = vec![body.id.clone()];
            let mut at = body;
            while let Some(next) = at.became.as_ref().and_then(|id| self.body(id)) {
                if let Some(first) = bodies.iter().position(|id| *id == next.id) {
                    let mut bodies = bodies.split_off(first);
                    bodies.push(next.id.clone());
                    return Err(SchemeError::BecameRing { bodies });
                }
                bodies.push(next.id.clone());
                at = next;
            }
        }
        Ok(())
    }

    /// What a body has become by this day: itself, its successor, or its successor's successor.
    ///
    /// # Errors
    /// When it is not known, does not exist yet, or was abolished without a successor.
    pub fn now_called(&self, body: &str, on: Date) -> Result<&Body, SchemeError> {
        let unknown = || SchemeError::Unknown { row: "the question".into(), what: "body", id: body.to_owned() };
        let mut at = self.body(body).ok_or_else(unknown)?;
        if on < at.from {
            return Err(SchemeError::NotYet { body: at.id.clone(), from: at.from });
        }
        while let Some(until) = at.until.filter(|until| *until <= on) {
            let next = at.became.as_ref().and_then(|id| self.body(id));
            at = next.ok_or_else(|| SchemeError::Abolished { body: at.id.clone(), until })?;
        }
        Ok(at)
    }

    /// Bodies that hold a duty on a day: the row that is in force, as the body is then called.
    fn holders(&self, duty: &str, on: Date) -> Result<Option<&str>, SchemeError> {
        let mut holder: Option<&str> = None;
        for row in self.0.duties.iter().filter(|row| row.id == duty && in_force(row.from, row.until, on)) {
            let id = self.now_called(&row.held_by, on).map_or(row.held_by.as_str(), |body| body.id.as_str());
            if let Some(one) = holder.filter(|one| *one != id) {
                let (duty, one, other) = (duty.to_owned(), one.to_owned(), id.to_owned());
                return Err(SchemeError::HeldTwice { duty, on, one, other });
            }
            holder = Some(id);
        }
        Ok(holder)
    }

    /// Who has given the duty to whom on a day, as bodies are then called; one that is no more neither gives nor takes.
    fn given(&self, duty: &str, on: Date) -> Vec<(&Body, &Body, Option<f64>)> {
        self.0
            .delegations
            .iter()
            .filter(|one| one.duty == duty && in_force(one.from, one.until, on))
            .filter_map(|one| Some((self.now_called(&one.by, on).ok()?, self.now_called(&one.to, on).ok()?, one.up_to)))
            .filter(|(by, to, _)| by.id != to.id) // two that have merged need not delegate to each other
            .collect()
    }

    fn ring(&self, duty: &str, on: Date) -> Result<(), SchemeError> {
        let given = self.given(duty, on);
        let bodies: Vec<&str> = given.iter().flat_map(|(by, to, _)| [by.id.as_str(), to.id.as_str()]).collect();
        let mut over: BTreeSet<&str> = BTreeSet::new();
        // Whoever delegates to nobody, or only to such, is in no ring.
        loop {
            let safe: Vec<&str> = bodies
                .iter()
                .copied()
                .filter(|id| !over.contains(id))
                .filter(|id| given.iter().all(|(by, to, _)| by.id != *id || over.contains(to.id.as_str())))
                .collect();
            if safe.is_empty() {
                break;
            }
            over.extend(safe);
        }
        let Some(mut at) = bodies.iter().copied().find(|id| !over.contains(id)) else { return Ok(()) };
        let mut walk = vec![at];
        while let Some((_, to, _)) = given.iter().find(|(by, to, _)| by.id == at && !over.contains(to.id.as_str())) {
            at = &to.id;
            if let Some(first) = walk.iter().position(|id| *id == at) {
                let mut ring: Vec<String> = walk[first..].iter().map(|id| (*id).to_owned()).collect();
                ring.push(at.to_owned());
                return Err(SchemeError::Ring { duty: duty.to_owned(), from: on, bodies: ring });
            }
            walk.push(at);
        }
        Ok(())
    }

    /// Who may decide this on this day, the lowest level first, of one level the shortest chain. With an amount in pounds, only those
    /// whose limit it is within.
    ///
    /// # Errors
    /// When nobody holds the duty on that day, or who held it is no more.
    pub fn who_may_decide(&self, duty: &str, on: Date, pounds: Option<f64>) -> Result<Vec<Authority>, SchemeError> {
        if !self.0.duties.iter().any(|row| row.id == duty) {
            return Err(SchemeError::Unknown { row: "the question".into(), what: "duty", id: duty.to_owned() });
        }
        let nobody = || SchemeError::Nobody { duty: duty.to_owned(), on };
        let holder = self.now_called(self.holders(duty, on)?.ok_or_else(nobody)?, on)?;
        let given = self.given(duty, on);
        // The best right of each body: the highest limit, then the shortest chain. There is no ring, so this ends.
        let mut best: BTreeMap<&str, (Option<f64>, Vec<&Body>)> = BTreeMap::new();
        let mut todo: Vec<(Option<f64>, Vec<&Body>)> = vec![(None, vec![holder])];
        while let Some((limit, chain)) = todo.pop() {
            let body = chain[chain.len() - 1];
            let pounds = |limit: Option<f64>| limit.unwrap_or(f64::INFINITY);
            let better = best.get(body.id.as_str()).is_none_or(|(known, path)| {
                pounds(limit) > pounds(*known) || (pounds(limit) == pounds(*known) && chain.len() < path.len())
            });
            if !better {
                continue;
            }
            for (_, to, up_to) in given.iter().filter(|(by, ..)| by.id == body.id) {
                let limit = match (limit, *up_to) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                let mut chain = chain.clone();
                chain.push(to);
                todo.push((limit, chain));
            }
            best.insert(&body.id, (limit, chain));
        }
        let authority = |(up_to, chain): (Option<f64>, Vec<&Body>)| {
            let body = chain[chain.len() - 1];
            let limit = up_to.map_or(String::new(), |pounds| format!(", up to £{pounds:.0}"));
            let by = match &chain[..chain.len() - 1] {
                [] => ", who holds the duty".to_owned(),
                givers => {
                    let names: Vec<&str> = givers.iter().rev().map(|body| body.name.as_str()).collect();
                    format!(", by delegation of {}", names.join(" of "))
                }
            };
            Authority {
                body: body.id.clone(),
                level: body.level,
                chain: chain.iter().map(|body| body.id.clone()).collect(),
                up_to,
                words: format!("{}{limit}{by}", body.name),
            }
        };
        let within = |limit: Option<f64>| pounds.is_none_or(|pounds| limit.is_none_or(|limit| pounds <= limit));
        let mut all: Vec<Authority> = best.into_values().filter(|(limit, _)| within(*limit)).map(authority).collect();
        all.sort_by(|a, b| (a.level, a.chain.len(), &a.body).cmp(&(b.level, b.chain.len(), &b.body)));
        Ok(all)
    }

    /// Who sits and votes on a body on this day, its successor's seats where it has become another.
    ///
    /// # Errors
    /// When there is no such body on that day.
    pub fn roll(&self, body: &str, on: Date) -> Result<Roll, SchemeError> {
        let body = &self.now_called(body, on)?.id;
        let sits = |seat: &&Seat| {
            seat.votes
                && in_force(seat.from, seat.until, on)
                && self.now_called(&seat.body, on).is_ok_and(|named| named.id == *body)
        };
        let members = self.0.seats.iter().filter(sits).map(|seat| Member::new(&seat.id, &seat.perspective));
        Roll::new(members).map_err(|_| SchemeError::Twice { what: "seats", id: body.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODIES: &str = r#"
        body = [
            { id = "ccg-a", name = "A", level = "place", from = 2013-04-01, until = 2022-07-01, became = "icb" },
            { id = "ccg-b", name = "B", level = "place", from = 2013-04-01, until = 2022-07-01, became = "icb" },
            { id = "icb", name = "Board", level = "system", from = 2022-07-01, until = 2027-04-01 },
            { id = "team", name = "Team", level = "neighbourhood", from = 2013-04-01 },
            { id = "place", name = "Place", level = "place", from = 2013-04-01 },
        ]
    "#;
    const DUTY: &str = "[[duty]]\nid = 'beds'\nname = 'Beds'\nheld_by = 'ccg-a'\nfrom = 2013-04-01\n";

    fn gives(by: &str, to: &str, rest: &str) -> String {
        format!("[[delegation]]\nduty = 'beds'\nby = '{by}'\nto = '{to}'\n{rest}\n")
    }

    fn day(year: i32, month: u32) -> Date {
        Date::from_ymd(year, month, 1).unwrap()
    }

    fn may(scheme: &Scheme, on: Date, pounds: f64) -> String {
        match scheme.who_may_decide("beds", on, Some(pounds)) {
            Ok(all) => all.into_iter().map(|one| one.words).collect::<Vec<_>>().join("; "),
            Err(error) => error.to_string(),
        }
    }

    fn wrong(text: &str) -> String {
        Scheme::read(&format!("{BODIES}{text}")).unwrap_err().to_string()
    }

    #[test]
    fn a_duty_is_found_at_the_lowest_level_within_its_limit_and_survives_every_reorganisation() {
        let text = [
            BODIES,
            DUTY,
            &gives("ccg-a", "place", "up_to = 1000\nfrom = 2015-04-01"),
            &gives("place", "team", "up_to = 5000\nfrom = 2015-04-01\nuntil = 2024-04-01"),
        ]
        .concat();
        let scheme = Scheme::read(&text).unwrap();
        assert_eq!(
            may(&scheme, day(2020, 1), 1_000.0),
            "Team, up to £1000, by delegation of Place of A; A, who holds the duty; Place, up to £1000, by delegation of A"
        );
        assert_eq!(may(&scheme, day(2020, 1), 1_000.01), "A, who holds the duty");
        assert_eq!(may(&scheme, day(2014, 1), 1.0), "A, who holds the duty");
        // A and B have become one board; what A gave stands.
        assert_eq!(
            may(&scheme, day(2022, 7), 1.0),
            "Team, up to £1000, by delegation of Place of Board; Place, up to £1000, by delegation of Board; Board, who holds the duty"
        );
        assert_eq!(
            may(&scheme, day(2025, 1), 1.0),
            "Place, up to £1000, by delegation of Board; Board, who holds the duty"
        );
        assert_eq!(
            may(&scheme, day(2027, 4), 1.0),
            "'icb' was abolished on 2027-04-01 and the scheme names no successor"
        );
        assert_eq!(may(&scheme, day(2010, 1), 1.0), "nobody holds 'beds' on 2010-01-01");
        assert_eq!(scheme.now_called("ccg-b", day(2023, 1)).unwrap().id, "icb");
        assert_eq!(scheme.now_called("icb", day(2021, 1)).unwrap_err().to_string(), "'icb' begins only on 2022-07-01");
    }

    #[test]
    fn a_ring_is_named_with_its_first_day() {
        let ring = [
            DUTY.to_owned(),
            gives("place", "team", "from = 2015-04-01"),
            gives("team", "place", "from = 2016-04-01\nuntil = 2017-04-01"),
        ];
        assert_eq!(wrong(&ring.concat()), "from 2016-04-01 'beds' is delegated in a ring: place → team → place");
        // Two rows that are never in force together make no ring.
        let apart = [
            DUTY.to_owned(),
            gives("place", "team", "from = 2015-04-01\nuntil = 2016-04-01"),
            gives("team", "place", "from = 2016-04-01"),
        ];
        assert!(Scheme::read(&format!("{BODIES}{}", apart.concat())).is_ok());
        // A ring that only a merger closes: A to place, place to B, and A and B become one.
        let merged = [
            DUTY.to_owned(),
            gives("ccg-a", "place", "from = 2015-04-01"),
            gives("place", "ccg-b", "from = 2015-04-01"),
        ];
        assert_eq!(wrong(&merged.concat()), "from 2022-07-01 'beds' is delegated in a ring: icb → place → icb");
    }

    #[test]
    fn what_a_scheme_cannot_say_is_said_clearly() {
        assert_eq!(
            wrong(&gives("place", "team", "from = 2015-04-01")),
            "delegation of 'beds' to 'team' names the duty 'beds', and there is none"
        );
        assert_eq!(
            wrong(&[DUTY, &gives("place", "nowhere", "from = 2015-04-01")].concat()),
            "delegation of 'beds' to 'nowhere' names the body 'nowhere', and there is none"
        );
        assert_eq!(
            wrong(&[DUTY, &DUTY.replace("ccg-a", "place")].concat()),
            "on 2013-04-01 'beds' is held by both 'ccg-a' and 'place'"
        );
        assert_eq!(
            wrong(&[DUTY, &gives("place", "team", "from = 2015-04-01\nuntil = 2014-04-01")].concat()),
            "delegation of 'beds' to 'team' ends before it begins"
        );
        assert_eq!(
            wrong(&[DUTY, &gives("place", "team", "from = 2015-04-01\nup_to = -1")].concat()),
            "delegation of 'beds' to 'team' is up to -1 pounds, and must be nought or more"
        );
        assert_eq!(
            wrong(&[DUTY, &gives("icb", "team", "from = 2015-04-01")].concat()),
            "delegation of 'beds' to 'team' begins before 'icb' does, on 2022-07-01"
        );
        assert_eq!(
            wrong(&[DUTY, &gives("place", "place", "from = 2015-04-01")].concat()),
            "from 2015-04-01 'beds' is delegated in a ring: place → place"
        );
        assert_eq!(
            wrong("[[seat]]\nid='one'\nbody='icb'\nrole='r'\nperspective='p'\nfrom=2020-04-01\n"),
            "seat 'one' begins before 'icb' does, on 2022-07-01"
        );
        assert_eq!(wrong(&DUTY.replace("ccg-a", "icb")), "duty 'beds' begins before 'icb' does, on 2022-07-01");
        let became = |until: &str| {
            let body = |id, to| {
                format!("[[body]]\nid='{id}'\nname='{id}'\nlevel='place'\nfrom=2013-04-01\n{until}\nbecame='{to}'\n")
            };
            Scheme::read(&[body("x", "y"), body("y", "x")].concat()).unwrap_err().to_string()
        };
        assert_eq!(became("until=2014-04-01"), "bodies become each other: x → y → x");
        assert_eq!(became(""), "'x' has become another body, and the day is missing");
        assert!(wrong("[[duty]]\nid = 3").starts_with("the scheme of delegation cannot be read"));
        let scheme = Scheme::read(BODIES).unwrap();
        assert_eq!(
            scheme.who_may_decide("beds", day(2020, 1), None).unwrap_err().to_string(),
            "the question names the duty 'beds', and there is none"
        );
    }

    #[test]
    fn seats_make_the_roll_of_the_day() {
        let seat = |id: &str, body: &str, rest: &str| {
            format!("[[seat]]\nid='{id}'\nbody='{body}'\nrole='r'\nperspective='p'\nfrom=2013-04-01\n{rest}\n")
        };
        let text = [
            BODIES.to_owned(),
            seat("one", "ccg-a", ""),
            seat("two", "ccg-b", "until=2020-04-01"),
            seat("three", "icb", "votes=false").replace("from=2013", "from=2023"),
        ];
        let scheme = Scheme::read(&text.concat()).unwrap();
        let ids = |body, on| {
            let roll = scheme.roll(body, on).unwrap();
            roll.members().map(|member| member.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids("ccg-b", day(2019, 1)), ["two"]);
        assert_eq!(ids("icb", day(2023, 1)), ["one"]);
    }
}
