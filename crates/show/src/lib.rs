//! What people see: values in, text out. One view, four media: page, chart, terminal table, CSV.
//!
//! Nothing here reads a clock, a disk or a network, and nothing here knows where a value came from except by the
//! [`Evidence`] that travels with it: a number on a page is always a [`Figure`], and a figure always opens.
//!
//! ```
//! use show::{Cell, Table};
//! let table = Table::new(["handover", "wait_minutes_p50"])
//!     .row([Cell::from("Ambulance to emergency department"), Cell::said(41.0, "41 min")]);
//! assert_eq!(table.to_csv(), "handover,wait_minutes_p50\nAmbulance to emergency department,41\n");
//! assert!(table.to_text(80, 20).contains("middle wait"));
//! ```

pub mod ahead;
pub mod chart;
pub mod feed;
pub mod media;
pub mod number;
pub mod page;
pub mod paper;
pub mod public;
pub mod room;
pub mod table;
pub mod twin;
pub mod view;
pub mod words;

pub use ahead::{
    AgeBand, Ahead, Dial, Difference, Differences, Fan, Grown, Growth, Holds, Night, Part, Pick, Pyramid, Running,
    Sentence, Sentences, Station, Step, Stream, Swing, Tornado, Trust, Week,
};
pub use number::Unit;
pub use room::{
    Act, Alternative, Answer, Answers, Bell, Card, Choices, Clause, Due, Earlier, Expected, Ground, Join, Line, Lines,
    Money, Outcome, Plan, Position, Prediction, Progress, Quote, Ring, Rock, Rocks, Saved, Schedule, Shares, Side,
    Split, Stages, Stand, Standing, Stands, Strength, Task, Tie, Ties, Translated, Voice, Vote, Wording,
};
pub use table::{Cell, Table};
pub use view::*;
