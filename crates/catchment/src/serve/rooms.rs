//! What readers do where people talk, decide and act. Each form is sent to `/do/KIND` and ends in one deed, and the reader is led back to the
//! page that it was on, or told on it what was wrong. Pages for the public, which need no account and no script, are under `/public/`.

use super::{Shared, refuse};
use crate::ask::Wrong;
use axum::extract::Request;
use axum::response::Response;
use std::sync::Arc;

/// `POST /do/…`
pub async fn act(shared: &Arc<Shared>, request: Request) -> Response {
    no_such(shared, &request)
}

/// `/public/…`
pub async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    no_such(shared, &request)
}

fn no_such(shared: &Arc<Shared>, request: &Request) -> Response {
    let path = request.uri().path();
    let wrong =
        Wrong::NoSuch { what: "page".to_owned(), name: path.trim_start_matches('/').to_owned(), like: Vec::new() };
    refuse(shared, path, &wrong)
}
