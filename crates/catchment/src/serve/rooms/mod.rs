//! What readers do where people talk, decide and act. A page of the Ledger is the same view for all, dressed for whoever asks with the
//! forms that they may fill in. Each form is sent to `/do/KIND` and ends in deeds; the reader is led back to the page that it was on, or
//! told on it, at its field and with their words kept, what was wrong. Pages for the public, which need no account and no script, are
//! under `/public/`.
//!
//! A family of pages is a module with three functions: `dress` adds forms to a view, `act` does what a form asks for, `public` answers for
//! everybody.

mod decide;
mod fields;
mod plan;
mod talk;
mod trust;

use super::forms::{form, see_other, with_cookie};
use super::{Answer, HTML, PATIENCE, Shared, refuse, say, send};
use crate::access::{Person, random};
use crate::ask::{Ask, Wrong, pairs};
use crate::fault::Fault;
use crate::said::{Refused, ToDo};
use agree::log::{Act, Refusal, Why};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::Date;
use show::page::Frame;
use show::{Form, Panel, Picture, State, View};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A form that was sent, and who sent it.
struct Sent {
    fields: Vec<(String, String)>,
    /// The page that it was on.
    to: Ask,
    person: Option<Person>,
    headers: HeaderMap,
    /// The address that it came from, of version 6 its network.
    from: String,
}

/// Where a reader is led to.
struct Led {
    to: String,
    /// A cookie that is set on the way.
    cookie: Option<String>,
}

impl Led {
    fn to(address: impl Into<String>) -> Led {
        Led { to: address.into(), cookie: None }
    }
}

/// Why nothing was done.
enum No {
    /// It cannot be; said at its field.
    Refusal(Refusal),
    /// This reader may not; whoever may is named.
    NotAllowed(String, Vec<String>),
    /// They do it too often.
    TooOften(String),
    /// There is no such thing, or it went wrong.
    Wrong(Wrong),
}

impl From<Refused> for No {
    fn from(refused: Refused) -> No {
        match refused {
            Refused::Refusal(refusal) => No::Refusal(refusal),
            Refused::Fault(fault) => No::Wrong(Wrong::Fault(fault)),
        }
    }
}

impl From<Fault> for No {
    fn from(fault: Fault) -> No {
        No::Wrong(Wrong::Fault(fault))
    }
}

impl From<Wrong> for No {
    fn from(wrong: Wrong) -> No {
        No::Wrong(wrong)
    }
}

/// Something in a form cannot be so.
fn unfit<T>(field: &'static str, words: impl Into<String>) -> Result<T, No> {
    Err(No::Refusal(Refusal { field, words: words.into(), why: Why::Wrong }))
}

impl Sent {
    fn new(form: &str, person: Option<Person>, headers: HeaderMap, from: String) -> Sent {
        let fields: Vec<_> = pairs(form).filter_map(|(key, value)| Some((key.ok()?, value.ok()?))).collect();
        let mut sent = Sent { fields, to: Ask::default(), person, headers, from };
        let to = sent.text("to");
        let (path, query) = to.split_once('?').unwrap_or((&to, ""));
        if let Ok((ask, _)) = Ask::parse(path, query) {
            sent.to = ask;
        }
        sent
    }

    /// What a field holds; of several the last, without the spaces around it. Empty where it was not sent.
    fn text(&self, name: &str) -> String {
        let last = self.fields.iter().rev().find(|field| field.0 == name);
        last.map_or_else(String::new, |field| field.1.replace("\r\n", "\n").trim().to_owned())
    }

    /// What each field of this name holds, but for empty ones.
    fn all(&self, name: &str) -> Vec<String> {
        let named = self.fields.iter().filter(|field| field.0 == name);
        named.map(|field| field.1.replace("\r\n", "\n").trim().to_owned()).filter(|text| !text.is_empty()).collect()
    }

    /// A number, if one was written.
    fn number(&self, name: &'static str) -> Result<Option<f64>, No> {
        match self.text(name).replace([',', '£', ' '], "") {
            text if text.is_empty() => Ok(None),
            text => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => unfit(name, "Write a number, such as 3.5"),
            },
        }
    }

    /// A day, if one was written.
    fn day(&self, name: &'static str) -> Result<Option<Date>, No> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
        let mut next = || parts.next().flatten();
        match next().zip(next()).zip(next()).and_then(|((year, month), day)| Date::from_ymd(year as i32, month, day)) {
            Some(day) => Ok(Some(day)),
            None => unfit(name, "Write a day as 2025-11-20"),
        }
    }

    /// What it was done because of: one address or thing of the log a line.
    fn because(&self) -> Vec<String> {
        let all = self.all("because");
        all.iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()).filter(|l| !l.is_empty()).collect()
    }

    /// The token of the form, which only whoever was given the page knows.
    fn token(&self) -> Option<String> {
        let once = self.text("once");
        (once.len() == 32 && once.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(once)
    }

    /// What makes the same words in the same form the same deed: other words in it are another. The form's token cannot be told from it.
    fn once(&self) -> Option<String> {
        self.token()?;
        let mut hash = blake3::Hasher::new_derive_key("catchment form");
        for (name, value) in &self.fields {
            for part in [name, value] {
                hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
            }
        }
        Some(hash.finalize().to_hex()[..32].to_owned())
    }

    /// Who is signed in, if they may do this.
    fn signed(&self, shared: &Shared, may: fn(&Person) -> bool, what: &str) -> Result<&Person, No> {
        let person = self.person.as_ref().filter(|person| may(person));
        person.ok_or_else(|| No::NotAllowed(what.to_owned(), shared.access.names(may)))
    }

    /// The same, because of what the form names: for forms that ask for causes.
    fn does_because(&self, shared: &Shared, who: impl Into<String>, act: Act) -> Result<u64, No> {
        let todo = ToDo { because: self.because(), once: self.once(), ..ToDo::now(who, act) };
        Ok(shared.at.said.deed(todo)?)
    }

    /// Does it, and answers its place in the log.
    fn does(&self, shared: &Shared, who: impl Into<String>, act: Act) -> Result<u64, No> {
        Ok(shared.at.said.deed(ToDo { once: self.once(), ..ToDo::now(who, act) })?)
    }

    /// What was typed in it, for whoever cannot send it any more.
    fn typed(&self) -> String {
        let texts = self.fields.iter().filter(|field| !["to", "once"].contains(&field.0.as_str()));
        let texts = texts.map(|field| field.1.trim()).filter(|text| text.contains(char::is_whitespace));
        texts.map(|text| format!("“{text}”")).collect::<Vec<_>>().join(" ")
    }
}

/// A form that asks for a deed of this kind, on this page.
fn asking(ask: &Ask, kind: &str) -> Form {
    let once = random().unwrap_or_default();
    Form {
        id: kind.to_owned(),
        send_to: format!("/do/{kind}"),
        post: true,
        kept: vec![("to".to_owned(), ask.address()), ("once".to_owned(), once)],
        ..Form::default()
    }
}

/// The address that a request came from. Whoever stands before us on this machine says for whom: the last that they name is the one
/// they saw themselves.
fn source(request: &Request) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let told = request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|told| told.to_str().ok());
    let told = told.and_then(|told| told.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    match if peer.is_none_or(|peer| peer.is_loopback()) { told.or(peer) } else { peer } {
        Some(IpAddr::V4(at)) => at.to_string(),
        // A household has a network of them.
        Some(IpAddr::V6(at)) => at.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        None => String::new(),
    }
}

/// `POST /do/KIND`
pub async fn act(shared: &Arc<Shared>, request: Request) -> Response {
    let headers = request.headers().clone();
    let kind = request.uri().path().trim_start_matches("/do/").to_owned();
    let person = shared.access.reader(&headers);
    let from = source(&request);
    let form = match form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let sent = Sent::new(&form, person, headers, from);
    let at = shared.clone();
    let done = tokio::task::spawn_blocking(move || {
        let done = [talk::act, decide::act, plan::act, trust::act].iter().find_map(|act| act(&at, &kind, &sent));
        (kind, sent, done)
    });
    match done.await {
        Ok((_, _, Some(Ok(led)))) => {
            let response = see_other(&led.to);
            match &led.cookie {
                Some(cookie) => with_cookie(response, cookie),
                None => response,
            }
        }
        Ok((kind, sent, Some(Err(no)))) => not_done(shared, &kind, sent, no).await,
        Ok((kind, _, None)) => no_such(shared, &format!("/do/{kind}")),
        Err(_) => stopped(shared),
    }
}

/// `/trust/answer`
pub async fn answer(shared: &Arc<Shared>, request: Request) -> Response {
    trust::answer(shared, request).await
}

/// `/public/…`
pub async fn public(shared: &Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path();
    let is_page = !path.ends_with(".json");
    let talks = ["/public/say", "/public/said"].iter().any(|own| path.starts_with(own));
    let response = if talks { talk::public(shared, request).await } else { decide::public(shared, request).await };
    if response.status() != StatusCode::NOT_FOUND || !is_page {
        return response;
    }
    talk::missing(shared)
}

/// What was tried and refused, with all that was written.
struct Tried<'s> {
    kind: &'s str,
    sent: &'s Sent,
    field: &'s str,
    words: &'s str,
}

async fn not_done(shared: &Arc<Shared>, kind: &str, sent: Sent, no: No) -> Response {
    let (status, field, words) = match no {
        No::Refusal(refusal) => (status(refusal.why), refusal.field, refusal.words),
        No::TooOften(words) => (StatusCode::TOO_MANY_REQUESTS, "", words),
        No::NotAllowed(what, whom) => {
            return super::forms::not_allowed(shared, "/", sent.person.as_ref(), &what, &whom);
        }
        No::Wrong(wrong) => return refuse(shared, &sent.to.path(), &wrong),
    };
    let tried = Tried { kind, sent: &sent, field, words: &words };
    page(shared, &sent.to, sent.person.as_ref(), &sent.headers, Some((status, tried))).await
}

/// The status that says what kind of refusal it is.
fn status(why: Why) -> StatusCode {
    match why {
        Why::Wrong => StatusCode::BAD_REQUEST,
        Why::Unknown => StatusCode::NOT_FOUND,
        Why::Closed => StatusCode::GONE,
        Why::Already => StatusCode::CONFLICT,
        Why::NotAllowed => StatusCode::FORBIDDEN,
    }
}

/// A page of the Ledger for this reader.
pub async fn see(shared: &Arc<Shared>, ask: &Ask, person: Option<&Person>, headers: &HeaderMap) -> Response {
    page(shared, ask, person, headers, None).await
}

async fn page(
    shared: &Arc<Shared>,
    ask: &Ask,
    person: Option<&Person>,
    headers: &HeaderMap,
    tried: Option<(StatusCode, Tried<'_>)>,
) -> Response {
    let view = match tokio::time::timeout(PATIENCE, shared.view(ask)).await {
        Ok(Ok((_, view))) => View::clone(&view),
        Ok(Err(wrong)) => return refuse(shared, &ask.path(), &wrong),
        Err(_) => return super::working(shared),
    };
    let asked = headers;
    let (at, ask, reader, headers) = (shared.clone(), ask.clone(), person.cloned(), headers.clone());
    let dressed = tokio::task::spawn_blocking(move || {
        let mut view = view;
        for dress in [talk::dress, decide::dress, plan::dress, trust::dress] {
            dress(&at, &mut view, &ask, reader.as_ref(), &headers)?;
        }
        Ok::<View, Wrong>(view)
    });
    let mut view = match dressed.await {
        Ok(Ok(view)) => view,
        Ok(Err(wrong)) => return refuse(shared, "/", &wrong),
        Err(_) => return stopped(shared),
    };
    match tried {
        None => {
            let frame = Frame { reader: person.map(|known| known.name.clone()), live: false };
            send(&Answer::new(HTML, show::page::view(&view, &frame)), asked, "no-store")
        }
        Some((status, tried)) => {
            tell(&mut view, &tried);
            say(status, &view, person)
        }
    }
}

/// Says what was wrong at the form that was sent, which keeps what was written in it; above all else where the form is not there any more.
fn tell(view: &mut View, tried: &Tried<'_>) {
    let asks = |send_to: &str, kept: &[(String, String)]| {
        let same = |pair: &(String, String)| pair.0 == "once" || tried.sent.text(&pair.0) == pair.1.trim();
        send_to == format!("/do/{}", tried.kind) && kept.iter().all(same)
    };
    let fill = |form: &mut Form| {
        for field in &mut form.fields {
            field.value = tried.sent.all(&field.name).join("\n");
        }
        form.wrong = Some((tried.field.to_owned(), tried.words.to_owned()));
        // All that is missing is told at once, and not one try after the other.
        let empty = form.fields.iter().filter(|field| field.required && field.value.is_empty());
        let empty = empty.filter(|field| field.name != tried.field);
        form.more_wrong = empty.map(|field| (field.name.clone(), "This must be filled in".to_owned())).collect();
    };
    for picture in view.panels.iter_mut().flat_map(|panel| &mut panel.pictures) {
        match picture {
            Picture::Form(form) if asks(&form.send_to, &form.kept) => return fill(form),
            Picture::Acts(acts) => {
                if let Some(act) = acts.iter_mut().find(|act| asks(&act.form.send_to, &act.form.kept)) {
                    act.open = true;
                    return fill(&mut act.form);
                }
            }
            Picture::Wording(card) => {
                if let Some(act) = card.acts.iter_mut().find(|act| asks(&act.form.send_to, &act.form.kept)) {
                    act.open = true;
                    return fill(&mut act.form);
                }
            }
            Picture::Vote(vote) if asks(&vote.send_to, &vote.kept) => {
                vote.wrong = Some(tried.words.to_owned());
                return;
            }
            _ => {}
        }
    }
    let state = State {
        why: show::Why::Wrong,
        title: tried.words.to_owned(),
        text: match tried.sent.typed() {
            none if none.is_empty() => "Nothing was kept.".to_owned(),
            typed => format!("Nothing was kept. You wrote: {typed}"),
        },
        links: Vec::new(),
        command: String::new(),
    };
    let panel = Panel {
        id: "refused".to_owned(),
        title: "This was not done".to_owned(),
        pictures: vec![Picture::State(state)],
        ..Panel::default()
    };
    view.panels.insert(0, panel);
}

fn stopped(shared: &Shared) -> Response {
    refuse(shared, "/", &Wrong::Fault(Fault::new("the work stopped before it was done", "try again")))
}

fn no_such(shared: &Shared, path: &str) -> Response {
    let name = path.trim_start_matches('/').to_owned();
    refuse(shared, path, &Wrong::NoSuch { what: "page".to_owned(), name, like: Vec::new() })
}
