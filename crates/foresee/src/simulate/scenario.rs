//! Changes to a place, tried on its copy: always two runs, with and without, of the same people with the same luck.
//!
//! ```text
//! scenarios/winter.toml ─ parse ─▶ Scenario ─ apply ─▶ Model ─┐
//! ?home-care=+10 ─ from_pair ─▶ Change ─▶ sentence            ├─ compare ─▶ where the waiting went
//!                                            Model as it is ──┘  search  ─▶ what would have to be true
//! ```

mod apply;
mod change;
mod compare;
mod file;
mod frames;
mod search;
mod trial;

pub use apply::{ApplyError, apply};
pub use change::{By, Change, ChangeError, What, When, Who};
pub use compare::{Comparison, Group, MARGINAL, Money, Pairs, Row};
pub use file::{Scenario, ScenarioError};
pub use frames::{Hour, Week, week};
pub use search::{Aim, AimError, Bar, Found, Lever, Number, Tried, levers, smallest, tornado};
pub use trial::{Progress, TrialError, compare, matters, search};
