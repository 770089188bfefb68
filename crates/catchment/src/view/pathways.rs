//! Declared pathways: where people leave them, for whom, and what it costs them.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::{Link, View};

impl Reader<'_> {
    /// `/pathways/ID`
    pub(super) fn pathway(&self, _ask: &Ask, id: &str) -> Result<View, Wrong> {
        let known = self.at.pathways.iter();
        Err(self.no_such(
            "pathway",
            id,
            known.map(|pathway| Link::new(&pathway.title, format!("/pathways/{}", show::escape(&pathway.id)))),
        ))
    }
}
