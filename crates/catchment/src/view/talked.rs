//! Conversations: a question, what people say to it, what they agree on; and what came of what they said.

use super::Reader;
use crate::ask::{Ask, Wrong};
use show::View;

impl Reader<'_> {
    /// `/conversations`
    pub(super) fn conversations(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "Conversations"))
    }

    /// `/conversations/ID`
    pub(super) fn conversation(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let _state = self.said()?;
        let _ = id;
        Ok(self.blank(ask, "Conversation"))
    }

    /// `/conversations/ID/moderation`
    pub(super) fn moderation(&self, ask: &Ask, id: &str) -> Result<View, Wrong> {
        let _state = self.said()?;
        let _ = id;
        Ok(self.blank(ask, "Moderation"))
    }

    /// `/said`
    pub(super) fn you_said(&self, ask: &Ask) -> Result<View, Wrong> {
        let _state = self.said()?;
        Ok(self.blank(ask, "You said, so we"))
    }
}
