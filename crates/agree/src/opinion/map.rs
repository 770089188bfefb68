//! The map of a conversation: two directions in which people differ most, and where each person stands on them.
//!
//! What a person has not seen counts as the mean of those who have, so after centring it is exactly nought: the matrix of people
//! by statements is sparse, never built, and every step is one pass over the votes.

use super::{Choice, Conversation, Moderated};

/// The votes of a conversation, person by person. People stand in the order of what they voted, so that nothing below can
/// depend on what they are called or when they came.
pub(super) struct Ballots {
    pub people: Vec<u64>,
    pub statements: Vec<u64>,
    /// Moderated out: a column of noughts that everybody has seen.
    pub out: Vec<bool>,
    zeroed: usize,
    starts: Vec<usize>,
    /// `statement × 3 + choice`: one number a vote.
    cells: Vec<u32>,
}

impl Ballots {
    pub fn of(conversation: &Conversation, moderated: Moderated) -> Self {
        let left_out = |id: u64| moderated == Moderated::LeftOut && conversation.is_out(id);
        let statements: Vec<u64> = conversation.tallies.keys().copied().filter(|id| !left_out(*id)).collect();
        let out: Vec<bool> = statements.iter().map(|id| conversation.is_out(*id)).collect();
        let zeroed = out.iter().filter(|out| **out).count();
        let rows: Vec<(u64, Vec<u32>)> = conversation
            .people
            .iter()
            .map(|(person, casts)| {
                let cells = casts.iter().filter_map(|cast| {
                    let column = statements.binary_search(&cast.statement).ok()?;
                    Some(column as u32 * 3 + cast.choice as u32)
                });
                (*person, cells.collect())
            })
            .collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| rows[*a].1.cmp(&rows[*b].1));
        let mut ballots = Ballots { people: vec![], statements, out, zeroed, starts: vec![0], cells: vec![] };
        for row in order {
            ballots.people.push(rows[row].0);
            ballots.cells.extend_from_slice(&rows[row].1);
            ballots.starts.push(ballots.cells.len());
        }
        ballots
    }

    pub fn row(&self, person: u32) -> &[u32] {
        &self.cells[self.starts[person as usize]..self.starts[person as usize + 1]]
    }

    pub fn everyone(&self) -> Vec<u32> {
        (0..self.people.len() as u32).collect()
    }

    /// How many of each choice, by `statement × 3 + choice`.
    pub fn count(&self, people: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.statements.len() * 3];
        for person in people {
            for cell in self.row(*person) {
                counts[*cell as usize] += 1;
            }
        }
        counts
    }

    /// How many statements count as seen: a column of noughts is seen by everybody.
    fn seen(&self, cells: &[u32]) -> usize {
        self.zeroed + cells.iter().filter(|cell| !self.out[**cell as usize / 3]).count()
    }
}

/// Two principal directions.
pub(super) struct Map {
    /// Vote less mean, by `statement × 3 + choice`; nought where moderated out.
    centred: Vec<f64>,
    /// A weight for each statement, twice; each of length one, or nought where nobody differs.
    pub loadings: [Vec<f64>; 2],
    /// Variance along each, divisor n - 1, and in all.
    pub variance: [f64; 2],
    pub variance_in_all: f64,
}

impl Map {
    /// Principal components of the votes of `people`, from where `near` stands if that is known.
    pub fn fit(ballots: &Ballots, people: &[u32], near: Option<&Map>) -> Self {
        let counts = ballots.count(people);
        let mut centred = vec![0.0; counts.len()];
        let mut squares = 0.0;
        for column in (0..ballots.statements.len()).filter(|column| !ballots.out[*column]) {
            let [disagree, pass, agree] = [0, 1, 2].map(|choice| f64::from(counts[column * 3 + choice]));
            let mean = (agree - disagree) / (disagree + pass + agree).max(1.0);
            for choice in 0..3 {
                let value = choice as f64 - 1.0 - mean;
                centred[column * 3 + choice] = value;
                squares += value * value * f64::from(counts[column * 3 + choice]);
            }
        }
        // XᵀX v in one pass: each person's place on v, added back to the cells that he or she chose.
        let apply = |v: &[f64]| -> Vec<f64> {
            let weights: Vec<f64> = centred.iter().enumerate().map(|(cell, value)| value * v[cell / 3]).collect();
            let mut sums = vec![0.0; centred.len()];
            for person in people {
                let row = ballots.row(*person);
                let place: f64 = row.iter().map(|cell| weights[*cell as usize]).sum();
                for cell in row {
                    sums[*cell as usize] += place;
                }
            }
            sums.chunks_exact(3).zip(centred.chunks_exact(3)).map(|(sums, centred)| dot(sums, centred)).collect()
        };
        let tolerance = if near.is_some() { 1e-6 } else { 1e-12 };
        let start = |axis: usize| match near {
            Some(map) => map.loadings[axis].clone(),
            None => (0..ballots.statements.len()).map(|j| 1.0 + ((j + 1) as f64 * 0.618_033_988_75).fract()).collect(),
        };
        let (first, along) = leading(&apply, start(0), None, tolerance);
        let (second, across) = leading(&apply, start(1), Some(&along), tolerance);
        let freedom = (people.len().max(2) - 1) as f64;
        Map {
            centred,
            loadings: [along, across],
            variance: [first / freedom, second / freedom],
            variance_in_all: squares / freedom,
        }
    }

    /// Where somebody stands who cast these votes: × √(statements ÷ seen), so that few votes do not mean the middle.
    pub fn place(&self, ballots: &Ballots, cells: &[u32]) -> [f64; 2] {
        let scale = (ballots.statements.len() as f64 / ballots.seen(cells).max(1) as f64).sqrt();
        [0, 1].map(|axis| {
            let sum: f64 = cells.iter().map(|cell| self.weight(axis, *cell)).sum();
            sum * scale
        })
    }

    /// How far from the middle somebody stands who cast this vote and no other.
    pub fn extremity(&self, column: usize, choice: Choice) -> f64 {
        let [x, y] = [0, 1].map(|axis| self.weight(axis, column as u32 * 3 + choice as u32));
        (x * x + y * y).sqrt() * (self.loadings[0].len() as f64).sqrt()
    }

    fn weight(&self, axis: usize, cell: u32) -> f64 {
        self.centred[cell as usize] * self.loadings[axis][cell as usize / 3]
    }
}

/// The largest eigenvalue of a symmetric matrix without negative ones, and its vector, by restarted Lanczos with full
/// reorthogonalisation (Golub and Van Loan, *Matrix Computations*, 10.1 to 10.3), at right angles to `against`.
fn leading(
    apply: &impl Fn(&[f64]) -> Vec<f64>,
    start: Vec<f64>,
    against: Option<&Vec<f64>>,
    tolerance: f64,
) -> (f64, Vec<f64>) {
    const STEPS: usize = 60;
    const RESTARTS: usize = 12;
    let size = start.len();
    let mut vector = start;
    let mut value = 0.0;
    for _ in 0..RESTARTS {
        against.iter().for_each(|other| remove(&mut vector, other));
        if !normalise(&mut vector) {
            return (0.0, vec![0.0; size]);
        }
        let (mut basis, mut diagonal, mut beside) = (vec![vector], vec![], vec![]);
        let (combination, residual) = loop {
            let last = &basis[basis.len() - 1];
            let mut next = apply(last);
            diagonal.push(dot(&next, last));
            for _ in 0..2 {
                against.into_iter().chain(&basis).for_each(|other| remove(&mut next, other));
            }
            let length = dot(&next, &next).sqrt();
            let full = basis.len() == STEPS.min(size) || length <= 1e-14 * diagonal[0].abs();
            if full || basis.len() % 6 == 0 {
                let combination;
                (value, combination) = tridiagonal(&diagonal, &beside);
                let residual = length * combination[combination.len() - 1].abs();
                if full || residual <= tolerance * value {
                    break (combination, residual);
                }
            }
            beside.push(length);
            next.iter_mut().for_each(|x| *x /= length);
            basis.push(next);
        };
        vector = vec![0.0; size];
        for (share, basis) in combination.iter().zip(&basis) {
            vector.iter_mut().zip(basis).for_each(|(x, b)| *x += share * b);
        }
        if residual <= tolerance * value {
            break;
        }
    }
    if value <= 0.0 || !normalise(&mut vector) {
        return (0.0, vec![0.0; size]);
    }
    // Of the two directions of one line, the one in which its heaviest statement points up.
    let heaviest = vector.iter().fold(0.0, |most: f64, x| if x.abs() > most.abs() * (1.0 + 1e-9) { *x } else { most });
    if heaviest < 0.0 {
        vector.iter_mut().for_each(|x| *x = -*x);
    }
    (value, vector)
}

/// The largest eigenvalue of a symmetric tridiagonal matrix (bisection), and its vector (inverse iteration from just above,
/// where elimination needs no pivots).
fn tridiagonal(diagonal: &[f64], beside: &[f64]) -> (f64, Vec<f64>) {
    let n = diagonal.len();
    let side = |i: usize| if i < n - 1 { beside[i] } else { 0.0 };
    let reach = |i: usize| diagonal[i] + side(i) + if i > 0 { beside[i - 1] } else { 0.0 };
    let mut high = (0..n).map(reach).fold(f64::MIN, f64::max).max(f64::MIN_POSITIVE) * (1.0 + 1e-15);
    let mut low = diagonal.iter().copied().fold(f64::MIN, f64::max);
    // Pivots of `at - T`; all positive if no eigenvalue is `at` or above.
    let pivots = |at: f64| {
        let mut pivots = Vec::with_capacity(n);
        for i in 0..n {
            let before = if i > 0 { beside[i - 1] * beside[i - 1] / pivots[i - 1] } else { 0.0 };
            let pivot = at - diagonal[i] - before;
            if pivot <= 0.0 {
                return None;
            }
            pivots.push(pivot);
        }
        Some(pivots)
    };
    while high - low > 4.0 * f64::EPSILON * high.abs() {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if pivots(middle).is_some() { high = middle } else { low = middle }
    }
    let mut vector = vec![1.0; n];
    if let Some(pivots) = pivots(high) {
        for _ in 0..4 {
            for i in 1..n {
                vector[i] += beside[i - 1] / pivots[i - 1] * vector[i - 1];
            }
            for i in (0..n).rev() {
                let after = if i + 1 < n { beside[i] * vector[i + 1] } else { 0.0 };
                vector[i] = (vector[i] + after) / pivots[i];
            }
            if !normalise(&mut vector) {
                break;
            }
        }
    }
    (high, vector)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn remove(vector: &mut [f64], other: &Vec<f64>) {
    let share = dot(vector, other);
    vector.iter_mut().zip(other).for_each(|(x, o)| *x -= share * o);
}

/// To length one; false if there is no length.
fn normalise(vector: &mut [f64]) -> bool {
    let length = dot(vector, vector).sqrt();
    if length.is_nan() || length <= f64::MIN_POSITIVE {
        return false;
    }
    vector.iter_mut().for_each(|x| *x /= length);
    true
}
