//! The shared story: why we are here, how we hold to it, what comes first, each line with what caused it.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::View;

impl Reader<'_> {
    /// `/story`
    pub(super) fn story(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "Our story"))
    }
}
