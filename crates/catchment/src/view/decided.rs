//! Questions and decisions: what each choice would do, where members stand, the wording, and whether it turned out as expected.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::View;

impl Reader<'_> {
    /// `/decisions`
    pub(super) fn decisions(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "Questions and decisions"))
    }

    /// `/decisions/ID`
    pub(super) fn decision(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let _state = self.said()?;
        let _ = id;
        Ok(self.blank(ask, "Decision"))
    }
}
