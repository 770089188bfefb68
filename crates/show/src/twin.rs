//! The table of every picture: what CSV, JSON, the terminal and a reader who does not see the picture are told.

use crate::table::Table;
use crate::view::{Panel, Picture};

impl Picture {
    /// The same values as rows; `None` for what holds no values (words, forms, states).
    pub fn table(&self) -> Option<Table> {
        match self {
            Picture::Handovers(handovers) => Some(Table::of_handovers(handovers)),
            Picture::Chart(measure) => Some(Table::of_series(&measure.series)),
            Picture::Rows(rows) => Some(rows.table.clone()),
            _ => None,
        }
    }
}

impl Panel {
    /// Its tables by their names in `?panel=`: the panel's own id, then `id-2`, `id-3`.
    pub fn tables(&self) -> Vec<(String, Table)> {
        let tables = self.pictures.iter().filter_map(Picture::table);
        let named = tables
            .enumerate()
            .map(|(i, table)| (if i == 0 { self.id.clone() } else { format!("{}-{}", self.id, i + 1) }, table));
        named.collect()
    }
}
