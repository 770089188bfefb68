//! Trust at the joins: how teams find working with each other, and what they do.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::View;

impl Reader<'_> {
    /// `/trust`
    pub(super) fn trust_at_joins(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "Trust at the joins"))
    }
}
