//! A table made to agree with totals that are known better: iterative proportional fitting (raking), in any number of dimensions.
//!
//! Each round scales the cells of every margin to its totals, in turn, until all agree. What the cells say about each other (their
//! odds ratios) stays as it was, which is why the last step of a projection of small areas is to constrain it to the totals of the
//! larger one.

use super::{ProjectError, length, numbers};

/// Totals over all axes but those named: `axes: vec![0]` are row totals of a table, `vec![0, 2]` a plane of a cube.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The axes that stay, rising.
    pub axes: Vec<usize>,
    /// One total for each of their cells, the last axis running fastest.
    pub totals: Vec<f64>,
}

/// How the fitting went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raked {
    /// Rounds that it took.
    pub rounds: usize,
    /// The greatest difference left between a margin and its total.
    pub gap: f64,
}

const ROUNDS: usize = 10_000;

/// Fits `cells`, a table of the lengths in `shape` with the last axis running fastest, to all `margins`.
///
/// ```
/// use foresee::project::rake::{Margin, rake};
/// let mut table = [1.0, 1.0, 1.0, 1.0];
/// let margins = [Margin { axes: vec![0], totals: vec![30.0, 10.0] }, Margin { axes: vec![1], totals: vec![20.0, 20.0] }];
/// rake(&mut table, &[2, 2], &margins)?;
/// assert_eq!(table, [15.0, 15.0, 5.0, 5.0]);
/// # Ok::<(), foresee::project::ProjectError>(())
/// ```
///
/// # Errors
/// [`ProjectError`] when lengths do not fit, a cell or total is below nought, the margins have different sums, a total above nought
/// has only empty cells, or the cells that are empty leave no table with these margins.
pub fn rake(cells: &mut [f64], shape: &[usize], margins: &[Margin]) -> Result<Raked, ProjectError> {
    length("the table", cells.len(), shape.iter().product())?;
    numbers("the table", cells, "0 or more", |cell| cell >= 0.0)?;
    let mut places = Vec::with_capacity(margins.len());
    for (at, margin) in margins.iter().enumerate() {
        let name = format!("margin {at}");
        if margin.axes.iter().any(|&axis| axis >= shape.len()) {
            return Err(ProjectError::Other(format!("{name} is over an axis that the table does not have")));
        }
        length(&name, margin.totals.len(), margin.axes.iter().map(|&axis| shape[axis]).product())?;
        numbers(&name, &margin.totals, "0 or more", |total| total >= 0.0)?;
        let (first, sum) = (margins[0].totals.iter().sum::<f64>(), margin.totals.iter().sum::<f64>());
        if (first - sum).abs() > 1e-6 * first.abs().max(1.0) {
            return Err(ProjectError::Other(format!(
                "margin 0 sums to {first} and {name} to {sum}, which must be the same"
            )));
        }
        places.push((0..cells.len()).map(|cell| place(cell, shape, &margin.axes)).collect::<Vec<usize>>());
    }
    let scale = margins.first().map_or(1.0, |margin| margin.totals.iter().sum::<f64>().max(1.0));
    let mut gap = f64::INFINITY;
    for round in 1..=ROUNDS {
        for (margin, places) in margins.iter().zip(&places) {
            let factors: Vec<f64> = sums(cells, margin, places)
                .iter()
                .zip(&margin.totals)
                .map(|(&sum, &total)| match (sum > 0.0, total > 0.0) {
                    (true, _) => Ok(total / sum),
                    (false, false) => Ok(1.0),
                    (false, true) => {
                        Err(ProjectError::Other(format!("a total of {total} has only empty cells to share it")))
                    }
                })
                .collect::<Result<_, _>>()?;
            cells.iter_mut().zip(places).for_each(|(cell, &place)| *cell *= factors[place]);
        }
        gap = 0.0;
        for (margin, places) in margins.iter().zip(&places) {
            gap = sums(cells, margin, places)
                .iter()
                .zip(&margin.totals)
                .fold(gap, |gap, (sum, total)| f64::max(gap, (sum - total).abs()));
        }
        if gap <= 1e-12 * scale {
            return Ok(Raked { rounds: round, gap });
        }
    }
    if gap <= 1e-7 * scale {
        return Ok(Raked { rounds: ROUNDS, gap });
    }
    Err(ProjectError::Other(format!(
        "the totals cannot be met: after {ROUNDS} rounds one is still {gap} away; empty cells forbid it"
    )))
}

fn sums(cells: &[f64], margin: &Margin, places: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; margin.totals.len()];
    cells.iter().zip(places).for_each(|(cell, &place)| sums[place] += cell);
    sums
}

/// Where a cell falls in a margin.
fn place(cell: usize, shape: &[usize], axes: &[usize]) -> usize {
    let mut rest = cell;
    let mut at = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        at[axis] = rest % shape[axis];
        rest /= shape[axis];
    }
    axes.iter().fold(0, |place, &axis| place * shape[axis] + at[axis])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn totals_that_cannot_be_met_say_so() {
        let margin = |axes: Vec<usize>, totals: Vec<f64>| Margin { axes, totals };
        let rows = margin(vec![0], vec![5.0, 5.0]);
        let said =
            |cells: &mut [f64], other: Margin| rake(cells, &[2, 2], &[rows.clone(), other]).unwrap_err().to_string();
        assert_eq!(
            said(&mut [1.0; 4], margin(vec![1], vec![5.0, 6.0])),
            "margin 0 sums to 10 and margin 1 to 11, which must be the same"
        );
        assert_eq!(
            said(&mut [1.0, 0.0, 1.0, 0.0], margin(vec![1], vec![5.0, 5.0])),
            "a total of 5 has only empty cells to share it"
        );
        assert!(said(&mut [1.0, 0.0, 0.0, 1.0], margin(vec![1], vec![4.0, 6.0])).contains("cannot be met"));
        assert!(said(&mut [1.0, -1.0, 1.0, 1.0], margin(vec![1], vec![5.0, 5.0])).contains("0 or more"));
    }

    proptest! {
        #[test]
        fn a_cube_meets_all_three_totals(
            seed in prop::collection::vec(0.1..10.0f64, 24), truth in prop::collection::vec(0.1..10.0f64, 24),
        ) {
            let shape = [2, 3, 4];
            let margins: Vec<Margin> = [vec![0], vec![1], vec![1, 2]]
                .into_iter()
                .map(|axes| {
                    let mut totals = vec![0.0; axes.iter().map(|&axis| shape[axis]).product()];
                    truth.iter().enumerate().for_each(|(cell, value)| totals[place(cell, &shape, &axes)] += value);
                    Margin { axes, totals }
                })
                .collect();
            let mut cells = seed;
            let raked = rake(&mut cells, &shape, &margins).unwrap();
            prop_assert!(raked.gap < 1e-8);
            let mut again = cells.clone();
            rake(&mut again, &shape, &margins).unwrap();
            prop_assert!(cells.iter().zip(&again).all(|(one, two)| (one - two).abs() < 1e-8)); // fitted once is fitted
        }
    }
}
