//! The shared story, conversations, moderation and answers: their forms, and their pages for the public.

use super::{Led, No, Sent, Shared, no_such};
use crate::access::Person;
use crate::ask::{Ask, Wrong};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use show::View;
use std::sync::Arc;

/// Adds the forms that this reader may fill in.
pub(super) fn dress(
    _shared: &Shared,
    _view: &mut View,
    _ask: &Ask,
    _reader: Option<&Person>,
    _headers: &HeaderMap,
) -> Result<(), Wrong> {
    Ok(())
}

/// Does what a form of this kind asks for; `None` where the kind is not one of these.
pub(super) fn act(_shared: &Shared, _kind: &str, _sent: &Sent) -> Option<Result<Led, No>> {
    None
}

/// `/public/say…` and `/public/said`
pub(super) async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    no_such(shared, request.uri().path())
}
