//! Views over HTTP, on this machine only. A view is made once for each version of the Lake, whoever asks and in whatever
//! medium, and kept; an answer is kept as the bytes that are sent.
//!
//! Every address that is not named in [`answer`] is a view's: see [`crate::ask`].

mod api;
mod forms;
mod once;
mod rooms;

use crate::access::{Access, Person};
use crate::ask::{Ask, Medium, Page, Wrong};
use crate::fault::Fault;
use crate::out::chain;
use crate::place::{Catchment, embedded};
use crate::view::Reader;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use once::Once;
use show::page::Frame;
use show::public::{PublicPage, PublicWait, middle_wait, suppress};
use show::{Panel, Picture, View};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// Bytes of views that are kept, and of answers.
const ROOM: usize = 64 << 20;
/// After so long a reader is told that the view is being made.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pages of the Ledger are made again after so many seconds.
const CLOCK: i64 = 300;
/// How often the Lake is looked at when nobody asks.
const LOOK: Duration = Duration::from_secs(1);

/// A page may use what this machine serves, and nothing else; what is embedded in it runs nothing.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const PROBLEM: &str = "application/problem+json";

struct Shared {
    at: &'static Catchment,
    now: RwLock<Option<Arc<Moment>>>,
    renewing: tokio::sync::Mutex<()>,
    views: Arc<Once<(u64, String), View>>,
    answers: Arc<Once<Wanted, Answer>>,
    access: Access,
    /// Names that this machine may be called by.
    hosts: Vec<String>,
}

/// One version of the Lake, open to be read.
struct Moment {
    stamp: Stamp,
    version: u64,
    reader: Reader<'static>,
}

/// Tells one `HEAD.json` from the next without reading it.
type Stamp = (i64, i64, u64, u64);

/// An answer by what it depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Wanted {
    version: u64,
    address: String,
    /// Who is signed in; only pages name them.
    reader: Option<Person>,
    /// How many notes were kept.
    notes: usize,
}

/// The bytes of an answer, and what tells it from any other.
struct Answer {
    kind: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    digest: String,
}

impl Answer {
    fn new(kind: &'static str, plain: impl Into<Bytes>) -> Answer {
        let plain: Bytes = plain.into();
        let digest = blake3::hash(&plain).to_hex()[..20].to_owned();
        let packed = kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
        let gzip = (packed && plain.len() > 600).then(|| pack(&plain)).filter(|gzip| gzip.len() < plain.len());
        Answer { kind, plain, gzip, digest }
    }

    fn bytes(&self) -> usize {
        self.plain.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }
}

fn pack(plain: &[u8]) -> Bytes {
    let mut gzip = flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 4), flate2::Compression::new(7));
    // Into memory, which does not fail.
    let _ = gzip.write_all(plain);
    gzip.finish().unwrap_or_default().into()
}

/// Serves until interrupted; `ready` is called with the address once the first page is made.
pub fn serve(at: Catchment, port: u16, hosts: &[String], ready: impl FnOnce(&str)) -> Result<(), Fault> {
    // Lives as long as the process does, and readers of every version borrow it.
    let at: &'static Catchment = Box::leak(Box::new(at));
    at.viewed.begin(crate::place::now());
    let own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
    let shared = Arc::new(Shared {
        at,
        now: RwLock::new(None),
        renewing: tokio::sync::Mutex::new(()),
        views: Once::new(ROOM),
        answers: Once::new(ROOM),
        access: Access::of(&at.folder),
        hosts: own.into_iter().chain(hosts.iter().map(|name| name.to_ascii_lowercase())).collect(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|wrong| Fault::new("cannot start threads", "").because(wrong))?;
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
        // Made before anyone asks, so that the first reader does not wait either.
        let watched = shared.settled(None).await;
        shared.ahead().await;
        tokio::spawn(watch(shared.clone(), watched));
        let app = axum::Router::new().fallback(move |request: Request| guard(shared.clone(), request));
        ready(&format!("http://localhost:{}", address.port()));
        let stop = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        // Whoever asks is known by their address, so that one of them cannot take the turns of all.
        axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>())
            .with_graceful_shutdown(stop)
            .await
            .map_err(|wrong| Fault::new("the server stopped", "").because(wrong))
    })
}

/// Makes the first page anew when records have come, so that nobody waits for it.
async fn watch(shared: Arc<Shared>, mut watched: Option<(u64, usize)>) {
    let mut tick = tokio::time::interval(LOOK);
    let mut seen = shared.stamp();
    shared.night().await;
    loop {
        tick.tick().await;
        watched = shared.settled(watched).await;
        let stamp = shared.stamp();
        if stamp != seen {
            seen = stamp;
            shared.ahead().await;
            shared.night().await;
        }
    }
}

impl Shared {
    fn stamp(&self) -> Option<Stamp> {
        let head = fs::metadata(self.at.folder.join("lake/HEAD.json")).ok()?;
        Some((head.mtime(), head.mtime_nsec(), head.ino(), head.len()))
    }

    /// The newest version of the Lake. What was made of older ones is dropped.
    async fn moment(&self) -> Result<Arc<Moment>, Wrong> {
        let newest = |stamp| {
            let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
            now.clone().filter(|now| Some(now.stamp) == stamp)
        };
        if let Some(now) = newest(self.stamp()) {
            return Ok(now);
        }
        let _alone = self.renewing.lock().await;
        let stamp = self.stamp();
        if let Some(now) = newest(stamp) {
            return Ok(now);
        }
        let at = self.at;
        let made = tokio::task::spawn_blocking(move || Reader::new(at)).await;
        let reader =
            made.map_err(|_| Fault::new("the Lake could not be opened", "catchment doctor looks the place over"))??;
        let version = reader.version();
        let now = Arc::new(Moment { stamp: stamp.unwrap_or_default(), version, reader });
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(now.clone());
        self.views.keep(|view| view.0 == version);
        self.answers.keep(|answer| answer.version == version);
        Ok(now)
    }

    /// What is kept under an address. Air time changes with every page that is opened, what is simulated with its files and with
    /// how far a run is; neither with the Lake.
    fn kept_as(&self, ask: &Ask, address: String) -> String {
        match &ask.page {
            Page::AirTime => format!("{address}#{}-{}", self.at.viewed.total(), self.said_so_far()),
            Page::Why(figure) if figure == "air-time" => {
                format!("{address}#{}-{}", self.at.viewed.total(), self.said_so_far())
            }
            Page::Simulate(_) | Page::Run(_) | Page::Aim(_) | Page::Model(_) | Page::Need | Page::Next => {
                format!("{address}#{}", self.at.futures.stage(&self.at.folder, &ask.address()))
            }
            Page::Why(figure) if crate::see::is_settled(figure) => format!("{address}#{}", self.said_so_far()),
            page if page.of_the_ledger() || matches!(page, Page::Search(_)) => {
                format!("{address}#{}", self.said_so_far())
            }
            // What is due there changes with the day.
            Page::Whole => {
                let settled = self.at.said.state().map_or(0, |state| state.settled);
                format!("{address}#{settled}-{}", crate::place::now().0 / 86_400)
            }
            _ => address,
        }
    }

    /// How far the Ledger goes, which pages of what people said change with. What closes or is due changes with the clock as well, and
    /// groups are found a little later than their votes.
    fn said_so_far(&self) -> String {
        let seq = self.at.said.state().map_or(0, |state| state.seq);
        format!("{seq}-{}-{}", self.at.opinions.made(), crate::place::now().0 / CLOCK)
    }

    async fn ahead(&self) {
        if let Err(wrong) = self.page(&Ask::default(), &Medium::Page, None).await {
            log("/", &wrong);
        }
    }

    /// In a place that forecasts: holds what was forecast against what came, and forecasts again, once for each new day.
    async fn night(&self) {
        let Ok(moment) = self.moment().await else { return };
        let work = move || match crate::futures::told(&moment.reader.place().folder) {
            Ok(lines) if lines.is_empty() => Ok(0),
            Ok(_) => crate::futures::night(&moment.reader, &crate::progress::Progress::silent()),
            Err(wrong) => Err(wrong),
        };
        if let Ok(Err(wrong)) = tokio::task::spawn_blocking(work).await {
            eprintln!("forecasts: {}", chain(&wrong));
        }
    }

    /// Opens sealed votes at their close, and holds stop rules against their measures when there are other records or decisions.
    async fn settled(&self, watched: Option<(u64, usize)>) -> Option<(u64, usize)> {
        let moment = self.moment().await.ok()?;
        let at = self.at;
        let work = move || {
            // Votes that do not open keep no stop rule from ringing.
            let opened = crate::watch::open(at);
            let now = (moment.version, at.said.state()?.decisions.all().len());
            if Some(now) != watched && now.1 > 0 {
                crate::watch::ring(&moment.reader)?;
            }
            opened.map(|()| now)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(now)) => Some(now),
            Ok(Err(wrong)) => {
                // Once for each version: what cannot be read now cannot be a second later.
                if watched.is_none() {
                    eprintln!("decisions: {}", chain(&wrong));
                }
                watched
            }
            Err(_) => watched,
        }
    }

    /// The view of an address, made once.
    async fn view(&self, ask: &Ask) -> Result<(u64, Arc<View>), Arc<Wrong>> {
        let moment = self.moment().await.map_err(Arc::new)?;
        let (version, wanted) = (moment.version, ask.clone());
        let made = self.views.get((version, self.kept_as(ask, ask.address())), move || {
            let view = moment.reader.view(&wanted)?;
            // Its text holds all that it holds.
            let bytes = format!("{view:?}").len();
            Ok((view, bytes))
        });
        Ok((version, made.await?))
    }

    /// The answer to an address in a medium, made once for all who see the same.
    async fn page(&self, ask: &Ask, medium: &Medium, reader: Option<Person>) -> Result<Arc<Answer>, Arc<Wrong>> {
        let version = self.moment().await.map_err(Arc::new)?.version;
        let wrong = |wrong| Arc::new(Wrong::Fault(wrong));
        let state = self.at.said.state().map_err(wrong)?;
        let count = crate::keep::count(&state);
        let reader = reader.filter(|_| *medium == Medium::Page);
        let address = self.kept_as(ask, ask.address_as(medium));
        let wanted = Wanted { version, address, reader: reader.clone(), notes: count };
        if let Some(answer) = self.answers.ready(&wanted) {
            return Ok(answer);
        }
        let (_, view) = self.view(ask).await?;
        let (ask, medium) = (ask.clone(), medium.clone());
        let zone = &self.at.place.zone;
        let mut view = View::clone(&view);
        let make = move || {
            crate::keep::tell_of_signals(&mut view, &state);
            crate::keep::tell(&mut view, &ask, crate::keep::notes(&state, &ask.about()), reader.as_ref(), zone);
            let answer = render(&view, &ask, &medium, reader.as_ref())?;
            let bytes = answer.bytes();
            Ok((answer, bytes))
        };
        self.answers.get(wanted, make).await
    }
}

/// A view in a medium.
fn render(view: &View, ask: &Ask, medium: &Medium, reader: Option<&Person>) -> Result<Answer, Wrong> {
    Ok(match medium {
        Medium::Page => {
            let live = matches!(ask.page, Page::Whole | Page::Handovers | Page::Handover(_) | Page::Sources);
            Answer::new(HTML, show::page::view(view, &Frame { reader: reader.map(|known| known.name.clone()), live }))
        }
        Medium::Json { .. } => Answer::new(JSON, data(view, medium)?),
        Medium::Csv { .. } => Answer::new(CSV, data(view, medium)?),
    })
}

/// A view as data.
pub fn data(view: &View, medium: &Medium) -> Result<String, Wrong> {
    Ok(match medium {
        Medium::Page | Medium::Json { panel: None } => show::media::json(view),
        Medium::Json { panel: Some(name) } => {
            let holds = |panel: &&Panel| panel.tables().iter().any(|table| table.0 == *name);
            let panels: Vec<Panel> = view.panels.iter().filter(holds).cloned().collect();
            if panels.is_empty() {
                return Err(no_panel(view, name));
            }
            show::media::json(&View { panels, ..view.clone() })
        }
        Medium::Csv { panel } => {
            let name = panel.clone().unwrap_or_default();
            show::media::csv(view, panel.as_deref()).map_err(|_| no_panel(view, &name))?
        }
    })
}

fn no_panel(view: &View, name: &str) -> Wrong {
    let known: Vec<String> = view.panels.iter().flat_map(Panel::tables).map(|table| table.0).collect();
    let help = match known.as_slice() {
        [] => "this view holds no table".to_owned(),
        known => format!("name a table of this view: {}", known.join(", ")),
    };
    Wrong::Unclear { field: "panel".to_owned(), text: name.to_owned(), help }
}

/// What every answer carries, and who is not answered at all: a page of another name for this machine could read what its
/// reader may see.
async fn guard(shared: Arc<Shared>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
        .map_or(host, |host| host.0);
    let mut response = if shared.hosts.contains(&name.to_ascii_lowercase()) {
        answer(&shared, request).await
    } else {
        plain(
            StatusCode::MISDIRECTED_REQUEST,
            "This machine is not served under that name. `catchment serve --host NAME` adds one.\n",
        )
    };
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CONTENT_SECURITY));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: browsers would then send forms with `Origin: null`, and we could not tell ours.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    response
}

/// What may be done at an address.
fn methods(path: &str) -> &'static [Method] {
    match path {
        "/notes" => &[Method::POST],
        "/enter" | "/leave" | "/journeys/one" | "/trust/answer" => &[Method::GET, Method::HEAD, Method::POST],
        path if path.starts_with("/simulate/stop/") => &[Method::POST],
        path if path.starts_with("/do/") => &[Method::GET, Method::HEAD, Method::POST],
        path if path.starts_with("/public/") => &[Method::GET, Method::HEAD, Method::POST],
        _ => &[Method::GET, Method::HEAD],
    }
}

async fn answer(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let may = methods(&path);
    if !may.contains(request.method()) {
        let allow = may.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, &format!("At this address: {allow}.\n"));
        response.headers_mut().extend(HeaderValue::from_str(&allow).ok().map(|allow| (header::ALLOW, allow)));
        return response;
    }
    let post = request.method() == Method::POST;
    match path.as_str() {
        "/healthz" => health(shared, request.uri().query()),
        path if path.starts_with("/assets/") => asset(&path["/assets/".len()..], &request),
        "/openapi.json" => still(shared, &request, |at| Answer::new(JSON, api::openapi(at))),
        "/api" => still(shared, &request, |_| Answer::new(HTML, show::page::api("/openapi.json", &api::routes()))),
        "/signals.atom" => signals(shared, &request.into_parts().0).await,
        "/public" | "/public.json" => public(shared, &request.into_parts().0).await,
        "/enter" if post => forms::enter(shared, request).await,
        "/enter" => forms::door(shared, request.uri().query().unwrap_or_default()),
        "/leave" if post => forms::leave(shared, request).await,
        "/leave" => forms::way_out(shared),
        "/notes" => forms::note(shared, request).await,
        "/simulate/try" => forms::tried(shared, &request.into_parts().0).await,
        path if path.starts_with("/simulate/stop/") => forms::stop(shared, request).await,
        "/journeys/one" if post => forms::reason(shared, request).await,
        path if post && path.starts_with("/do/") => rooms::act(shared, request).await,
        // whoever loads the page of a failed form again is led home
        path if path.starts_with("/do/") => forms::see_other("/"),
        "/trust/answer" => rooms::answer(shared, request).await,
        path if path.starts_with("/public/") => rooms::public(shared, request).await,
        _ => see(shared, &request.into_parts().0).await,
    }
}

/// What is the same for everybody and does not change with the Lake.
fn still(shared: &Shared, request: &Request, make: impl FnOnce(&Catchment) -> Answer) -> Response {
    send(&make(shared.at), request.headers(), "no-cache")
}

/// `/public` and `/public.json`: the waits of the newest week as everybody may see them. No cookie is read or set here.
async fn public(shared: &Arc<Shared>, request: &Parts) -> Response {
    let asked = Ask { page: Page::Handovers, ..Ask::default() };
    let made = async {
        let (version, view) = shared.view(&asked).await?;
        let is_data = request.uri.path().ends_with(".json");
        let wanted = Wanted { version, address: request.uri.path().to_owned(), reader: None, notes: 0 };
        let make = move || {
            let page = told(&view);
            let answer = match is_data {
                true => Answer::new(JSON, show::public::data(&page)),
                false => Answer::new(HTML, show::public::page(&page)),
            };
            let bytes = answer.bytes();
            Ok((answer, bytes))
        };
        shared.answers.get(wanted, make).await
    };
    let mut response = match made.await {
        Ok(answer) => send(&answer, &request.headers, "no-cache"),
        Err(wrong) => refuse(shared, "/public", &wrong),
    };
    // It fetches nothing: its few styles are in it.
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// `/signals.atom`: what has really changed, for readers of feeds. Its links lead to the name that this machine was asked by.
async fn signals(shared: &Arc<Shared>, request: &Parts) -> Response {
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = if forms::is_secure(&request.headers) { "https" } else { "http" };
    let base = format!("{scheme}://{}", host.to_ascii_lowercase());
    let made = async {
        let moment = shared.moment().await.map_err(Arc::new)?;
        let address = format!("{base}/signals.atom");
        let kept = format!("{address}#{}", shared.said_so_far());
        let wanted = Wanted { version: moment.version, address: kept, reader: None, notes: 0 };
        let make = move || {
            let (feed, entries) = crate::digest::feed(&moment.reader, &moment.reader.changes(None)?, &base)?;
            let answer = Answer::new(ATOM, show::feed::atom(&feed, &entries));
            let bytes = answer.bytes();
            Ok((answer, bytes))
        };
        shared.answers.get(wanted, make).await
    };
    match made.await {
        Ok(answer) => send(&answer, &request.headers, "no-cache"),
        Err(wrong) => refuse(shared, "/signals.atom", &wrong),
    }
}

/// What the public is told of the view of all handovers: only numbers that went through `show::public`.
fn told(view: &View) -> PublicPage {
    let handovers = view.panels.iter().flat_map(|panel| &panel.pictures).filter_map(|picture| match picture {
        Picture::Handovers(handovers) => Some(handovers),
        _ => None,
    });
    let waits = handovers.flatten().map(|handover| PublicWait {
        what: handover.waits.clone().unwrap_or_else(|| format!("at this step: {}", handover.name)),
        middle: middle_wait(handover.middle.value.unwrap_or(f64::NAN), handover.middle.evidence.rows.unwrap_or(0)),
        waiting: suppress(handover.waiting_now.value.unwrap_or(0.0) as u64),
        signal: handover.signal,
    });
    PublicPage {
        place: view.place_name.clone(),
        period: view.over.replacen("Week", "the week", 1),
        waits: waits.collect(),
        say: Vec::new(),
        as_of: view.as_of.replacen("Records to ", "", 1),
        notice: view.notice.clone(),
    }
}

/// A view.
async fn see(shared: &Arc<Shared>, request: &Parts) -> Response {
    let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
    let asked = Ask::parse(path, query).and_then(|(ask, medium)| Ok((ask.known(&shared.at.place)?, medium)));
    let (ask, medium) = match asked {
        Ok(asked) => asked,
        Err(wrong) => return refuse(shared, path, &wrong),
    };
    let reader = shared.access.reader(&request.headers);
    if matches!(ask.page, Page::Singles(_) | Page::Single(..)) {
        return forms::single(shared, ask, medium, reader, &request.headers).await;
    }
    if medium == Medium::Page && (ask.page.of_the_ledger() || ask.page == Page::AirTime) {
        shared.at.viewed.count(&ask.path());
        return rooms::see(shared, &ask, reader.as_ref(), &request.headers).await;
    }
    let signed = reader.is_some();
    match tokio::time::timeout(PATIENCE, shared.page(&ask, &medium, reader)).await {
        Ok(Ok(answer)) => {
            // A page that is open asks for itself anew: that is no reader.
            if medium == Medium::Page && request.method == Method::GET && !request.headers.contains_key("hx-request") {
                shared.at.viewed.count(&ask.path());
            }
            send(&answer, &request.headers, if signed { "private, no-cache" } else { "no-cache" })
        }
        Ok(Err(wrong)) => refuse(shared, path, &wrong),
        Err(_) => working(shared),
    }
}

/// That a page takes longer than a reader waits.
fn working(shared: &Shared) -> Response {
    let (title, text) = ("This is being made", "It takes longer than usual. Ask again in a moment.");
    let view = forms::stating(shared, show::Why::Working, title, text, Vec::new());
    let mut response = say(StatusCode::SERVICE_UNAVAILABLE, &view, None);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

/// The bytes, or that the reader has them already.
fn send(answer: &Answer, asked: &HeaderMap, cache: &'static str) -> Response {
    let header_of = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let gzip = answer.gzip.as_ref().filter(|_| takes_gzip(header_of(header::ACCEPT_ENCODING)));
    let tag = format!("\"{}{}\"", answer.digest, if gzip.is_some() { "-gzip" } else { "" });
    let held = header_of(header::IF_NONE_MATCH).split(',').any(|held| {
        let held = held.trim().trim_start_matches("W/").trim_matches('"');
        held == "*" || held.trim_end_matches("-gzip") == answer.digest
    });
    let mut response = Response::builder()
        .header(header::ETAG, tag)
        .header(header::CACHE_CONTROL, cache)
        .header(header::VARY, "Accept-Encoding, Cookie, HX-Request");
    if held {
        return whole(response.status(StatusCode::NOT_MODIFIED).body(Body::empty()));
    }
    response = response.header(header::CONTENT_TYPE, answer.kind);
    if gzip.is_some() {
        response = response.header(header::CONTENT_ENCODING, "gzip");
    }
    whole(response.body(Body::from(gzip.unwrap_or(&answer.plain).clone())))
}

/// Whether `Accept-Encoding` takes gzip.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0)));
        (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
    })
}

/// A response whose headers are ours, so that it can be built.
fn whole(built: Result<Response, axum::http::Error>) -> Response {
    built.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn plain(status: StatusCode, text: &str) -> Response {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
    whole(response.header(header::CACHE_CONTROL, "no-store").body(Body::from(text.to_owned())))
}

/// A view that is for this moment only.
fn say(status: StatusCode, view: &View, reader: Option<&Person>) -> Response {
    let frame = Frame { reader: reader.map(|known| known.name.clone()), live: false };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, HTML);
    whole(response.header(header::CACHE_CONTROL, "no-store").body(Body::from(show::page::view(view, &frame))))
}

/// Why there is no view, as a page that says what to do, or as a problem (RFC 9457) for machines.
fn refuse(shared: &Shared, path: &str, wrong: &Wrong) -> Response {
    let status = match wrong {
        Wrong::NoSuch { .. } => StatusCode::NOT_FOUND,
        Wrong::Unclear { .. } | Wrong::Beyond { .. } => StatusCode::BAD_REQUEST,
        Wrong::NotAllowed { .. } => StatusCode::FORBIDDEN,
        Wrong::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Wrong::Fault(_) = wrong {
        log(path, wrong);
    }
    let view = forms::wrong(shared, path, wrong);
    if !path.ends_with(".json") && !path.ends_with(".csv") {
        return say(status, &view, None);
    }
    let state = view.panels.iter().flat_map(|panel| &panel.pictures).find_map(|picture| match picture {
        Picture::State(state) => Some(state),
        _ => None,
    });
    let like: Vec<&str> = state.map_or(Vec::new(), |state| state.links.iter().map(|link| link.href.as_str()).collect());
    let problem = serde_json::json!({
        "type": "about:blank", "title": view.title, "status": status.as_u16(),
        "detail": state.map_or("", |state| &state.text), "like": like,
    });
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, PROBLEM);
    whole(response.header(header::CACHE_CONTROL, "no-store").body(Body::from(problem.to_string())))
}

/// What went wrong, for whoever runs this; without what was searched for, and without which journey.
fn log(path: &str, wrong: &Wrong) {
    let path = if path.starts_with("/journeys/one") { "/journeys/one" } else { path };
    if let Wrong::Fault(fault) = wrong {
        eprintln!("{path}: {}", chain(fault));
    }
}

/// `/healthz`, and with `?verbose` what is kept.
fn health(shared: &Shared, query: Option<&str>) -> Response {
    if query != Some("verbose") {
        return plain(StatusCode::OK, "ok\n");
    }
    let version = shared.now.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |now| now.version);
    let mut text = format!("ok\nversion {version}\n");
    for (name, (made, kept, bytes)) in [("views", shared.views.count()), ("answers", shared.answers.count())] {
        text.push_str(&format!("{name} made {made}, kept {kept}, bytes {bytes}\n"));
    }
    plain(StatusCode::OK, &text)
}

/// A file of the page; `?v=` and the digest name it for good.
fn asset(name: &str, request: &Request) -> Response {
    static PACKED: OnceLock<Vec<(&str, Answer)>> = OnceLock::new();
    let all = PACKED.get_or_init(|| {
        let answer = |bytes: &'static [u8], kind| Answer::new(kind, Bytes::from_static(bytes));
        let kind = |name: &str| match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("ttf") => "font/ttf",
            _ => "font/woff2",
        };
        embedded::ASSETS.iter().map(|(name, bytes)| (*name, answer(bytes, kind(name)))).collect()
    });
    let Some((_, answer)) = all.iter().find(|known| known.0 == name) else {
        return plain(StatusCode::NOT_FOUND, "There is no such file.\n");
    };
    let named = request
        .uri()
        .query()
        .is_some_and(|query| query.strip_prefix("v=").is_some_and(|v| answer.digest.starts_with(v) && v.len() >= 8));
    send(answer, request.headers(), if named { "public, max-age=31536000, immutable" } else { "no-cache" })
}
