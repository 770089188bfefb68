//! Where people talk, decide and act.

use super::figure::coded;
use super::form;
use crate::room::*;
use maud::{Markup, html};

/// What a reader may do: the main one is a button, the others open where they stand.
pub fn acts(acts: &[Act]) -> Markup {
    html! { div.acts { @for act in acts {
        @if act.form.fields.is_empty() {
            div.act.main[act.main] { (form::form(&act.form)) @if !act.detail.is_empty() { p.hint { (coded(&act.detail)) } } }
        } @else {
            details.act.main[act.main] open[act.open || act.form.wrong.is_some()] {
                summary { (act.title) }
                @if !act.detail.is_empty() { p.hint { (coded(&act.detail)) } }
                (form::form(&act.form))
            }
        }
    } } }
}

/// A statement and three buttons.
pub fn vote(vote: &Vote) -> Markup {
    let lang = (!vote.quote.lang.is_empty()).then_some(vote.quote.lang.as_str());
    html! {
        div.vote id=(vote.id) {
            @if vote.at.1 > 0 { p.at { "Statement " (vote.at.0) " of " (vote.at.1) } }
            @if let Some(words) = &vote.wrong { p.error role="alert" { span.nhsuk-u-visually-hidden { "Error: " } (words) } }
            blockquote {
                @if let Some(words) = &vote.translation { p { "“" (words) "”" } }
                p.original[vote.translation.is_some()] lang=[lang] dir="auto" { "“" (vote.quote.text) "”" }
                p.by { (vote.quote.by) }
            }
            form action=(vote.send_to) method="post" {
                @for (name, value) in &vote.kept { input type="hidden" name=(name) value=(value); }
                div.buttons {
                    button type="submit" name="vote" value="agree" { "Agree" }
                    button type="submit" name="vote" value="disagree" { "Disagree" }
                    button type="submit" name="vote" value="pass" { "Pass" }
                }
                @if !vote.note.is_empty() { p.hint { (coded(&vote.note)) } }
            }
        }
    }
}
