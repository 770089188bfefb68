/// Where a number comes from: what `catchment why` prints and what a page opens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The name by which `catchment why` finds it.
    pub id: String,
    /// What is counted, in one sentence.
    pub definition: String,
    /// The feeds it rests on.
    pub sources: Vec<String>,
    /// How many rows it was computed from.
    pub rows: u64,
    /// Local time of the newest record behind it.
    pub fresh_as_of: String,
}

/// A number that may be shown: value, unit, range and its evidence. A missing value is `None` and is drawn as missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figure {
    /// The value, in `unit`.
    pub value: Option<f64>,
    /// The unit, in words a reader uses: `people`, `minutes`, `%`.
    pub unit: String,
    /// Where the truth may lie, low to high, in `unit`.
    pub range: Option<(f64, f64)>,
    /// Where it comes from.
    pub evidence: Evidence,
}
