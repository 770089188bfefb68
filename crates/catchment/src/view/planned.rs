//! Plans: steps, rocks, dates and money; and what is mine, late or blocked this Monday.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::View;

impl Reader<'_> {
    /// `/plans`
    pub(super) fn plans(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "Plans"))
    }

    /// `/plans/ID`
    pub(super) fn plan(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let _state = self.said()?;
        let _ = id;
        Ok(self.blank(ask, "Plan"))
    }

    /// `/monday`
    pub(super) fn monday(&self, ask: &Ask, role: Option<&str>) -> Result<View, Wrong> {
        let _state = self.said()?;
        let _ = role;
        Ok(self.blank(ask, "This Monday"))
    }
}
