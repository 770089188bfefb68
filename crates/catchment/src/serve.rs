//! The page over HTTP, on this machine only. Pages are made once for each version of the Lake and kept.

use crate::fault::Fault;
use crate::place::{Catchment, embedded};
use crate::see;
use crate::view::Reader;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::sync::{Arc, Mutex};

struct Shared {
    at: Catchment,
    home: Mutex<Option<(u64, Arc<str>)>>,
}

/// Serves until interrupted; `ready` is called with the address once the page answers.
pub fn serve(at: Catchment, port: u16, ready: impl FnOnce(&str)) -> Result<(), Fault> {
    let shared = Arc::new(Shared { at, home: Mutex::new(None) });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|wrong| Fault::new("cannot start threads", "").because(wrong))?;
    // Made before anyone asks, so that the first reader does not wait either.
    shared.home()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.map_err(|wrong| {
            Fault::new(
                format!("port {port} on this machine is not free"),
                format!("use another: --port {}", port.wrapping_add(1)),
            )
            .because(wrong)
        })?;
        let address =
            listener.local_addr().map_err(|wrong| Fault::new("the port has no address", "").because(wrong))?;
        let app = Router::new()
            .route("/", get(home))
            .route("/assets/{name}", get(asset))
            .route("/measures/{name}", get(measure_csv))
            .route("/why/{figure}", get(why))
            .route("/healthz", get(|| async { "ok" }))
            .fallback(|| async { (StatusCode::NOT_FOUND, Html(show::page::not_found())) })
            .with_state(shared);
        ready(&format!("http://localhost:{}", address.port()));
        let stop = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        axum::serve(listener, app)
            .with_graceful_shutdown(stop)
            .await
            .map_err(|wrong| Fault::new("the server stopped", "").because(wrong))
    })
}

impl Shared {
    fn home(&self) -> Result<Arc<str>, Fault> {
        let version = self.at.lake.version()?;
        let held =
            |kept: &Option<(u64, Arc<str>)>| kept.as_ref().filter(|kept| kept.0 == version).map(|kept| kept.1.clone());
        if let Some(page) = held(&self.home.lock().unwrap_or_else(std::sync::PoisonError::into_inner)) {
            return Ok(page);
        }
        let reader = Reader::new(&self.at)?;
        let version = reader.version();
        let page: Arc<str> = if reader.has("sources") {
            format!("{:?}", reader.view(&crate::ask::Ask::default()).map(|v| v.title))
        } else {
            show::page::empty(&self.at.place.name)
        }
        .into();
        *self.home.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((version, page.clone()));
        Ok(page)
    }
}

/// Runs what waits for the Lake off the threads that answer.
async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Response> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(fault)) => Err((
            StatusCode::INTERNAL_SERVER_ERROR,
            Html(show::page::problem("This cannot be shown now", &fault.to_string())),
        )
            .into_response()),
        Err(_) => Err((
            StatusCode::INTERNAL_SERVER_ERROR,
            Html(show::page::problem("This cannot be shown now", "the work stopped")),
        )
            .into_response()),
    }
}

async fn home(State(shared): State<Arc<Shared>>) -> Response {
    match off(move || shared.home()).await {
        Ok(page) => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")],
            page.to_string(),
        )
            .into_response(),
        Err(response) => response,
    }
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, bytes)) = embedded::ASSETS.iter().find(|(known, _)| *known == name) else {
        return (StatusCode::NOT_FOUND, Html(show::page::not_found())).into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "font/woff2",
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")], *bytes).into_response()
}

async fn measure_csv(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let id = name.strip_suffix(".csv").unwrap_or(&name).to_owned();
    // A name goes into SQL only when it is one that the place knows.
    let published = shared.at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series);
    let known = shared
        .at
        .measures
        .iter()
        .map(|measure| &measure.id)
        .chain(published.map(|rule| &rule.measure))
        .any(|name| *name == id);
    if !known {
        return (StatusCode::NOT_FOUND, Html(show::page::not_found())).into_response();
    }
    let csv = off(move || {
        let reader = Reader::new(&shared.at)?;
        let query = format!(
            "select measure, level, \"group\", grain, period, unit, numerator, denominator, value, lower, upper, signal from series where measure = '{id}' and level = 'system' order by grain, period"
        );
        Ok(reader.ask(&query)?.to_table().to_csv())
    });
    match csv.await {
        Ok(csv) => ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response(),
        Err(response) => response,
    }
}

async fn why(State(shared): State<Arc<Shared>>, Path(figure): Path<String>) -> Response {
    let (wanted, place) = (figure.clone(), shared.at.place.name.clone());
    match off(move || Ok(see::why(&shared.at, &wanted))).await {
        Ok(Ok(why)) => Html(show::page::why(&place, &figure, &why.title, &why.text, &why.tables)).into_response(),
        Ok(Err(_)) => (StatusCode::NOT_FOUND, Html(show::page::not_found())).into_response(),
        Err(response) => response,
    }
}
