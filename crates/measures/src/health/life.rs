//! How long people born or living now could expect to live at today's death rates, and how much of that in good health.
//!
//! An abridged life table by Chiang's method: those who die in a band have lived a tenth of the first year of life, half of
//! any later band; the oldest band is open and lasts 1 / its death rate. The variance is Chiang's with the term for the open
//! band that Silcocks, Jenner and Reza added (*J Epidemiol Community Health* 2001; 55: 38–43). Healthy years are Sullivan's.

use super::{Confidence, HealthError, Limits, Withheld, checked};

/// The people and deaths of one age band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgeBand {
    /// The age at which it starts; it ends where the next starts, the last never.
    pub start: u32,
    /// People, or person-years when deaths are of several years.
    pub people: f64,
    /// Deaths among them.
    pub deaths: f64,
}

/// Life expectancy at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectancy {
    /// At this age.
    pub start: u32,
    /// People of this age and older.
    pub people: f64,
    /// Deaths at this age and older.
    pub deaths: f64,
    years: f64,
    error: f64,
}

impl Expectancy {
    /// Further years of life.
    ///
    /// # Errors
    /// [`Withheld::WiderThanTwentyYears`]: then only the limits are given.
    pub fn value(&self) -> Result<f64, Withheld> {
        let wide = Confidence::P95.z() * self.error > 10.0;
        if wide { Err(Withheld::WiderThanTwentyYears) } else { Ok(self.years) }
    }

    /// Its limits.
    pub fn limits(&self, confidence: Confidence) -> Limits {
        let error = confidence.z() * self.error;
        [self.years - error, self.years + error]
    }
}

/// Life expectancy at the start of every age band.
///
/// ```
/// use measures::health::{AgeBand, life_expectancy};
/// // One rate of death at all ages: 1 in 50 a year, so 50 years in the open band.
/// let bands = [0, 1, 5].map(|start| AgeBand { start, people: 10_000.0, deaths: 200.0 });
/// let years = life_expectancy(&bands)?;
/// assert_eq!(years[2].value(), Ok(50.0));
/// # Ok::<(), measures::health::HealthError>(())
/// ```
///
/// # Errors
/// [`HealthError::Ages`] when the bands do not rise from 0, [`HealthError::Number`] for what is not a number, and
/// [`HealthError::Withheld`] by the rules of the method: 5,000 people or fewer in all, nobody or more deaths than people in
/// a band, negative deaths, no deaths in the last band.
pub fn life_expectancy(bands: &[AgeBand]) -> Result<Vec<Expectancy>, HealthError> {
    let table = Table::of(bands)?;
    let mut rows = Vec::with_capacity(bands.len());
    let (mut years, mut variance, mut people, mut deaths, mut next) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, band) in bands.iter().enumerate().rev() {
        let (alive, died) = (table.alive[i], table.died[i]);
        years += table.lived[i];
        // The variance of the death rate of this band, times how many years one death in it costs.
        variance += match table.width[i] {
            None => alive.powi(2) * band.people.powi(2) / band.deaths.powi(3),
            Some(_) if died == 0.0 || band.deaths == 0.0 => 0.0,
            Some(width) => {
                let cost = (1.0 - waited(band.start)) * width + next;
                let chance = died / alive;
                alive.powi(2) * chance.powi(2) * (1.0 - chance) / band.deaths * cost * cost
            }
        };
        people += band.people;
        deaths += band.deaths;
        next = if alive > 0.0 { years / alive } else { 0.0 };
        let error = if alive > 0.0 { variance.sqrt() / alive } else { 0.0 };
        rows.push(Expectancy { start: band.start, people, deaths, years: next, error });
    }
    rows.reverse();
    Ok(rows)
}

/// What a survey says of the health of one age band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Health {
    /// The share in good health, 0 to 1.
    pub share: f64,
    /// How many were asked.
    pub asked: f64,
}

/// Healthy life expectancy at the start of every age band, by Sullivan's method: of the years lived in a band, the share that
/// is in good health. Its variance is that of the surveyed shares (Jagger and others, *Health Expectancy Calculation by the
/// Sullivan Method*), which outweighs that of the deaths.
///
/// # Errors
/// As [`life_expectancy`], and when the two slices differ in length or a share is not between 0 and 1.
pub fn healthy(bands: &[AgeBand], health: &[Health]) -> Result<Vec<Expectancy>, HealthError> {
    let table = Table::of(bands)?;
    if bands.len() != health.len() {
        return Err(Withheld::AgesMissing.into());
    }
    let mut rows = Vec::with_capacity(bands.len());
    let (mut years, mut variance, mut people, mut deaths) = (0.0, 0.0, 0.0, 0.0);
    for (i, (band, health)) in bands.iter().zip(health).enumerate().rev() {
        let share = health.share;
        checked(i + 1, "the share in good health", share, "from 0 to 1", (0.0..=1.0).contains(&share))?;
        let asked = super::people(i + 1, "the number asked", health.asked)?;
        years += share * table.lived[i];
        variance += table.lived[i].powi(2) * share * (1.0 - share) / asked;
        people += band.people;
        deaths += band.deaths;
        let [years, error] =
            if table.alive[i] > 0.0 { [years, variance.sqrt()].map(|sum| sum / table.alive[i]) } else { [0.0; 2] };
        rows.push(Expectancy { start: band.start, people, deaths, years, error });
    }
    rows.reverse();
    Ok(rows)
}

/// The share of a band that those who die in it have lived.
fn waited(start: u32) -> f64 {
    if start == 0 { 0.1 } else { 0.5 }
}

/// Of one person born: alive at the start of each band, dying in it, years lived in it.
struct Table {
    width: Vec<Option<f64>>,
    alive: Vec<f64>,
    died: Vec<f64>,
    lived: Vec<f64>,
}

impl Table {
    fn of(bands: &[AgeBand]) -> Result<Table, HealthError> {
        let last = *bands.last().ok_or(HealthError::Empty)?;
        if bands[0].start != 0 {
            return Err(HealthError::Ages(bands[0].start));
        }
        if let Some(pair) = bands.windows(2).find(|pair| pair[1].start <= pair[0].start) {
            return Err(HealthError::Ages(pair[1].start));
        }
        for (row, band) in (1..).zip(bands) {
            checked(row, "deaths", band.deaths, "a number", true)?;
            checked(row, "the population", band.people, "a number", true)?;
        }
        withhold(bands)?;
        let mut table = Table { width: Vec::new(), alive: Vec::new(), died: Vec::new(), lived: Vec::new() };
        let mut alive = 1.0;
        for (i, band) in bands.iter().enumerate() {
            let width = bands.get(i + 1).map(|next| f64::from(next.start - band.start));
            let chance = match width {
                None => 1.0,
                Some(width) => {
                    let (rate, share) = (band.deaths / band.people, waited(band.start));
                    // So many deaths that the band would be empty before it ends.
                    if rate * width * share > 1.0 { 1.0 } else { rate * width / (1.0 + rate * width * (1.0 - share)) }
                }
            };
            let died = alive * chance;
            table.lived.push(match width {
                None => alive * last.people / last.deaths,
                Some(width) => width * (alive - died + waited(band.start) * died),
            });
            table.width.push(width);
            table.alive.push(alive);
            table.died.push(died);
            alive -= died;
        }
        Ok(table)
    }
}

/// The rules of the method, in the order in which they are asked.
fn withhold(bands: &[AgeBand]) -> Result<(), Withheld> {
    let any = |bad: &dyn Fn(&AgeBand) -> bool| bands.iter().any(bad);
    if any(&|band| band.deaths < 0.0) {
        Err(Withheld::NegativeDeaths)
    } else if any(&|band| band.people <= 0.0) {
        Err(Withheld::NobodyInABand)
    } else if any(&|band| band.deaths > band.people) {
        Err(Withheld::MoreDeathsThanPeople)
    } else if bands.iter().map(|band| band.people).sum::<f64>() <= 5000.0 {
        Err(Withheld::FewerThanFiveThousand)
    } else if bands.last().is_some_and(|band| band.deaths == 0.0) {
        Err(Withheld::NoDeathsInLastBand)
    } else {
        Ok(())
    }
}
