//! Air time: whose measures, signals, questions and pages are these, and who is hardly heard?
//!
//! A partnership looks at what it has charts of, and it has charts of hospitals. So the shares of every sector stand beside what
//! is fair, and the smallest ratio of the two is said in a sentence.
//!
//! What is fair is a choice, and both are offered. [`Fair::EqualBySector`]: each sector the same, since each is a partner with one
//! seat at the table. [`Fair::ByPeopleServed`]: in proportion to the people whom each served (somebody served by two counts in
//! both). A sector that serves few would be all but silent by the second, one that serves many would be cut short by the first.
//! Measures of the whole system belong to no sector and are not counted.
//!
//! ```
//! use domain::Sector;
//! use measures::air_time::{Attention, Fair, air_time};
//! let heard = |sector, measures| Attention { measures, ..Attention::new(sector) };
//! let found = air_time(&[heard(Sector::Acute, 30), heard(Sector::MentalHealth, 10)], Fair::EqualBySector);
//! assert_eq!(
//!     found.sentence().unwrap(),
//!     "Mental health has 25% of the measures, where 50% would be fair: 0.5 times its share."
//! );
//! ```

use domain::Sector;

/// What was counted of one sector, in whatever period the caller chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// Whose.
    pub sector: Sector,
    /// Measures in the library.
    pub measures: u64,
    /// Signals shown.
    pub signals: u64,
    /// Questions asked.
    pub questions: u64,
    /// Pages viewed.
    pub views: u64,
    /// People served; read by [`Fair::ByPeopleServed`] alone.
    pub people: u64,
}

impl Attention {
    /// Nothing counted yet.
    pub const fn new(sector: Sector) -> Attention {
        Attention { sector, measures: 0, signals: 0, questions: 0, views: 0, people: 0 }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Measures in the library.
    Measures,
    /// Signals shown.
    Signals,
    /// Questions asked.
    Questions,
    /// Pages viewed.
    Views,
}

impl Channel {
    /// All four, as they are told.
    pub const ALL: [Channel; 4] = [Channel::Measures, Channel::Signals, Channel::Questions, Channel::Views];

    /// As a heading, and in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Channel::Measures => "measures",
            Channel::Signals => "signals shown",
            Channel::Questions => "questions asked",
            Channel::Views => "pages viewed",
        }
    }

    const fn of(self, counts: &Attention) -> u64 {
        match self {
            Channel::Measures => counts.measures,
            Channel::Signals => counts.signals,
            Channel::Questions => counts.questions,
            Channel::Views => counts.views,
        }
    }
}

/// What share of the air time is fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fair {
    /// The same for each sector.
    #[default]
    EqualBySector,
    /// As many as the people whom it served.
    ByPeopleServed,
}

/// One sector's share of one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Whose.
    pub sector: Sector,
    /// Of what.
    pub channel: Channel,
    /// How many.
    pub count: u64,
    /// Part of all sectors' (0 to 1); `None` where there is nothing at all.
    pub share: Option<f64>,
    /// What would be fair (0 to 1).
    pub fair: f64,
    /// `share / fair`: 1 is fair, less is less. `None` where either cannot be said.
    pub ratio: Option<f64>,
    /// Whether so many were counted that a small ratio is more than a few clicks: 5 or more would have been fair.
    pub is_enough: bool,
}

/// The report.
#[derive(Debug, Clone, PartialEq)]
pub struct AirTime {
    /// Every sector given, each with every channel, in the order given.
    pub shares: Vec<Share>,
}

/// Fewer than this would be fair: chance.
const ENOUGH: f64 = 5.0;

/// The shares of the sectors given. Give every sector that there is, those that nobody looked at above all.
pub fn air_time(counts: &[Attention], fair: Fair) -> AirTime {
    let people: u64 = counts.iter().map(|one| one.people).sum();
    let fair_share = |one: &Attention| match fair {
        Fair::EqualBySector => 1.0 / counts.len() as f64,
        Fair::ByPeopleServed if people == 0 => 0.0,
        Fair::ByPeopleServed => one.people as f64 / people as f64,
    };
    let share = |one: &Attention, channel: Channel| {
        let (count, all) = (channel.of(one), counts.iter().map(|one| channel.of(one)).sum::<u64>());
        let fair = fair_share(one);
        let share = (all > 0).then(|| count as f64 / all as f64);
        Share {
            sector: one.sector,
            channel,
            count,
            share,
            fair,
            ratio: share.filter(|_| fair > 0.0).map(|share| share / fair),
            is_enough: all as f64 * fair >= ENOUGH,
        }
    };
    let shares = counts.iter().flat_map(|one| Channel::ALL.map(|channel| share(one, channel))).collect();
    AirTime { shares }
}

impl AirTime {
    /// The share that is smallest beside what is fair, of those of which enough were counted; the first of equals.
    pub fn smallest(&self) -> Option<&Share> {
        let told = self.shares.iter().filter(|share| share.is_enough && share.ratio.is_some());
        told.min_by(|a, b| a.ratio.unwrap_or(f64::MAX).total_cmp(&b.ratio.unwrap_or(f64::MAX)))
    }

    /// The smallest ratio in a sentence; `None` where too little was counted to say any.
    pub fn sentence(&self) -> Option<String> {
        let smallest = self.smallest()?;
        let (share, ratio) = smallest.share.zip(smallest.ratio)?;
        let name = smallest.sector.name().replace('_', " ");
        let name = name[..1].to_uppercase() + &name[1..];
        let (share, fair) = (percent(share), percent(smallest.fair));
        let what = smallest.channel.words();
        Some(match smallest.count {
            0 => format!("{name} has none of the {what}, where {fair} would be fair."),
            _ if ratio >= 0.95 => {
                format!("Nobody is far below their fair share: the smallest is {name}, with {share} of the {what}.")
            }
            _ => format!("{name} has {share} of the {what}, where {fair} would be fair: {ratio:.1} times its share."),
        })
    }
}

/// Whole per cents, but not 0 for a little.
fn percent(share: f64) -> String {
    match share * 100.0 {
        little if little > 0.0 && little < 1.0 => "less than 1%".to_owned(),
        more => format!("{}%", more.round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(of: fn(usize) -> [u64; 5]) -> Vec<Attention> {
        let one = |(at, sector): (usize, &Sector)| {
            let [measures, signals, questions, views, people] = of(at);
            Attention { sector: *sector, measures, signals, questions, views, people }
        };
        Sector::ALL.iter().enumerate().map(one).collect()
    }

    #[test]
    fn what_is_fair_decides_who_is_hardly_heard() {
        // Sector 0 has most of the pages and most of the people.
        let counts = counts(|at| if at == 0 { [10, 10, 10, 160, 930] } else { [10, 10, 10, 20, 10] });
        let equal = air_time(&counts, Fair::EqualBySector);
        assert_eq!(equal.shares.len(), 32);
        let smallest = equal.smallest().unwrap();
        assert_eq!((smallest.sector, smallest.channel), (Sector::ALL[1], Channel::Views));
        assert!((smallest.ratio.unwrap() - 20.0 / 300.0 * 8.0).abs() < 1e-12);
        assert_eq!(
            equal.sentence().unwrap(),
            "Ambulance has 7% of the pages viewed, where 13% would be fair: 0.5 times its share."
        );
        let served = air_time(&counts, Fair::ByPeopleServed);
        let smallest = served.smallest().unwrap();
        assert_eq!(
            (smallest.sector, smallest.channel),
            (Sector::ALL[0], Channel::Measures),
            "a small sector would have few by right"
        );
    }

    #[test]
    fn nobody_is_called_out_on_a_handful() {
        let few = air_time(&counts(|at| [5, 0, u64::from(at == 0) * 9, 0, 0]), Fair::EqualBySector);
        assert_eq!(few.smallest().unwrap().channel, Channel::Measures, "nine questions are too few for eight sectors");
        assert_eq!(
            few.sentence().unwrap(),
            "Nobody is far below their fair share: the smallest is Acute, with 13% of the measures."
        );
        let many = air_time(&counts(|at| [5, 0, u64::from(at == 0) * 40, 0, 0]), Fair::EqualBySector);
        assert_eq!(many.sentence().unwrap(), "Ambulance has none of the questions asked, where 13% would be fair.");
        for nothing in [air_time(&[], Fair::EqualBySector), air_time(&counts(|_| [9; 5])[..0], Fair::ByPeopleServed)] {
            assert_eq!(nothing.sentence(), None);
        }
        let unserved = air_time(&counts(|_| [9, 9, 9, 9, 0]), Fair::ByPeopleServed);
        assert_eq!(unserved.sentence(), None, "nobody served: nothing is fair");
    }

    proptest! {
        #[test]
        fn shares_add_up_and_the_smallest_ratio_is_never_above_fair(numbers in proptest::collection::vec(0u64..500, 40), served in any::<bool>()) {
            let counts: Vec<Attention> = Sector::ALL
                .iter()
                .zip(numbers.chunks(5))
                .map(|(sector, n)| Attention { sector: *sector, measures: n[0], signals: n[1], questions: n[2], views: n[3], people: n[4] })
                .collect();
            let found = air_time(&counts, if served { Fair::ByPeopleServed } else { Fair::EqualBySector });
            for channel in Channel::ALL {
                let of: Vec<_> = found.shares.iter().filter(|share| share.channel == channel).collect();
                if of[0].share.is_some() {
                    prop_assert!((of.iter().map(|share| share.share.unwrap()).sum::<f64>() - 1.0).abs() < 1e-9);
                    let least = of.iter().filter_map(|share| share.ratio).fold(f64::MAX, f64::min);
                    prop_assert!(least <= 1.0 + 1e-9 || of.iter().all(|share| share.ratio.is_none()));
                }
            }
        }
    }
}
