//! What readers send: the key that lets them in, notes, and the reason for looking at single journeys.

use super::{Answer, Shared, plain, refuse, render, say, send};
use crate::access::{Person, set_cookie};
use crate::ask::{Ask, Medium, Page, Wrong, pairs};
use crate::fault::Fault;
use crate::keep;
use crate::place::now;
use crate::said::ToDo;
use agree::log::{Act, LONGEST, Written, fit};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::Response;
use show::{Field, Form, Link, Panel, Picture, State, View, Why};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// The most that is read of a form, in bytes.
const MOST: usize = 32 << 10;
/// The most that is read to its end although it is too much, in bytes.
const HEARD: usize = 8 << 20;
/// A plan is pasted whole.
const MOST_OF_A_PLAN: usize = 3 << 20;

/// A view that says why there is none.
pub fn stating(shared: &Shared, why: Why, title: &str, text: &str, links: Vec<Link>) -> View {
    let state = State { why, title: title.to_owned(), text: text.to_owned(), links, command: String::new() };
    holding(shared, title, Picture::State(state))
}

fn holding(shared: &Shared, title: &str, picture: Picture) -> View {
    let mut view = View { place_name: shared.at.place.name.clone(), title: title.to_owned(), ..View::default() };
    view.panels.push(Panel {
        id: "state".to_owned(),
        title: "What to do".to_owned(),
        pictures: vec![picture],
        ..Panel::default()
    });
    view
}

/// What a reader is told of an address that gave no view.
pub fn wrong(shared: &Shared, path: &str, wrong: &Wrong) -> View {
    let home = Link::new("The whole system", "/");
    match wrong {
        Wrong::NoSuch { what, name, like } => {
            let mut links = like.clone();
            let text = if links.is_empty() {
                "Search above, or begin at the whole system."
            } else {
                "Did you mean one of these?"
            };
            links.push(home);
            let (title, what) = if what == "page" {
                ("Page not found".to_owned(), format!("There is nothing at “{name}”"))
            } else {
                (format!("There is no {what} called “{name}”"), format!("No {what} of this place has that name"))
            };
            let mut view = stating(shared, Why::Empty, &what, text, links);
            view.title = title;
            view
        }
        Wrong::Unclear { field, text, help } => {
            let title = match text.as_str() {
                "" => format!("The {field} cannot be understood"),
                text => format!("“{text}” cannot be understood as a {field}"),
            };
            stating(
                shared,
                Why::Empty,
                &title,
                &format!("{}.", show::chart::sentence(help)),
                vec![Link::new("The same page, nothing chosen", path.to_owned()), home],
            )
        }
        Wrong::Beyond { what, help } => stating(
            shared,
            Why::Empty,
            what,
            &format!("{}.", show::chart::sentence(help)),
            vec![Link::new("The same page, the newest week", path.to_owned()), home],
        ),
        Wrong::NotAllowed { what, help } => stating(shared, Why::NotAllowed, what, help, vec![home]),
        Wrong::Fault(fault) => {
            let mut view = stating(
                shared,
                Why::Wrong,
                &show::chart::sentence(&fault.to_string()),
                "Try again. If it stays so, whoever runs Catchment here can look the place over.",
                vec![Link::new("Try again", path.to_owned()), home],
            );
            if let Some(Picture::State(state)) = view.panels[0].pictures.first_mut() {
                state.command = format!("catchment doctor {}", shared.at.folder.display());
            }
            view.title = "This cannot be shown now".to_owned();
            view
        }
    }
}

/// Whether a form came from one of our own pages; no other page can make a browser say so.
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    // Old browsers say no more than which page they were on.
    let page = || text("referer").map(|page| page.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"));
    let from = text("origin").map(str::to_owned).or_else(page);
    let (Some(from), Some(host)) = (from, text("host")) else { return false };
    ["http://", "https://"].iter().any(|scheme| from.strip_prefix(scheme) == Some(host))
}

/// The form that was sent, or what is wrong with how it was.
pub async fn form(request: Request) -> Result<String, Response> {
    let headers = request.headers();
    if !is_ours(headers) {
        return Err(untaken(
            StatusCode::FORBIDDEN,
            "This was not sent from one of our own pages",
            "Nothing was kept. Open the page again, and send it from there.",
        ));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err(plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/x-www-form-urlencoded.\n"));
    }
    let most = if request.uri().path() == "/do/plan" { MOST_OF_A_PLAN } else { MOST };
    match read(request.into_body(), most).await {
        Some(bytes) => String::from_utf8(bytes).map_err(|_| plain(StatusCode::BAD_REQUEST, "Send UTF-8.\n")),
        None => Err(untaken(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is longer than anything asked for here",
            "Nothing was kept. Go back, make it shorter, and send it again.",
        )),
    }
}

/// Why a form was not taken, as a page.
fn untaken(status: StatusCode, title: &str, text: &str) -> Response {
    let state = State {
        why: Why::Wrong,
        title: title.to_owned(),
        text: text.to_owned(),
        links: vec![Link::new("The whole system", "/"), Link::new("What the public sees", "/public")],
        command: String::new(),
    };
    let mut view = View { title: "Error: this was not taken".to_owned(), ..View::default() };
    view.panels.push(Panel {
        id: "state".to_owned(),
        title: "What to do".to_owned(),
        pictures: vec![Picture::State(state)],
        ..Panel::default()
    });
    say(status, &view, None)
}

/// What was sent, if it is not too long. It is read to its end and not kept, so that whoever sends too much hears why.
async fn read(mut body: Body, most: usize) -> Option<Vec<u8>> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        length += data.len();
        if length > HEARD {
            return None;
        }
        if length <= most {
            kept.extend_from_slice(&data);
        }
    }
    (length <= most).then_some(kept)
}

fn field(form: &str, name: &str) -> String {
    pairs(form).filter_map(|(key, value)| (key.ok()? == name).then(|| value.ok()).flatten()).last().unwrap_or_default()
}

/// Runs what waits for the disk off the threads that answer.
async fn off<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Wrong> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_| Fault::new("the work stopped before it was done", "try again"))??)
}

pub fn see_other(to: &str) -> Response {
    let mut response = plain(StatusCode::SEE_OTHER, "");
    response.headers_mut().extend(HeaderValue::from_str(to).ok().map(|to| (header::LOCATION, to)));
    response
}

pub fn with_cookie(mut response: Response, cookie: &str) -> Response {
    response.headers_mut().extend(HeaderValue::from_str(cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// Whether whoever stands before us speaks TLS to the reader.
pub fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

/// `GET /enter?key=…`: nothing is used up until the reader presses the button, so that no preview of a link does.
pub fn door(shared: &Shared, query: &str) -> Response {
    say(StatusCode::OK, &door_view(shared, &field(query, "key"), None), None)
}

fn door_view(shared: &Shared, key: &str, wrong: Option<&str>) -> View {
    let form = Form {
        send_to: "/enter".to_owned(),
        post: true,
        fields: vec![Field {
            name: "key".to_owned(),
            label: "Your key".to_owned(),
            hint: "It came with the address that you were given, and works once.".to_owned(),
            value: key.chars().take(64).collect(),
            ..Field::default()
        }],
        button: "Sign in on this machine".to_owned(),
        wrong: wrong.map(|words| ("key".to_owned(), words.to_owned())),
        ..Form::default()
    };
    holding(shared, "Sign in", Picture::Form(form))
}

/// `POST /enter`
pub async fn enter(shared: &Arc<Shared>, request: Request) -> Response {
    let secure = is_secure(request.headers());
    let form = match form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let (at, key) = (shared.clone(), field(&form, "key").trim().to_owned());
    match off(move || at.access.enter(&key)).await {
        Ok(Some((_, session))) => with_cookie(see_other("/"), &set_cookie(&session, secure)),
        Ok(None) => {
            let words = "This key was used before, or is not one of ours. Ask whoever gave it to you for another";
            say(StatusCode::FORBIDDEN, &door_view(shared, "", Some(words)), None)
        }
        Err(wrong) => refuse(shared, "/enter", &wrong),
    }
}

/// `GET /leave`
pub fn way_out(shared: &Shared) -> Response {
    let form = Form { send_to: "/leave".to_owned(), post: true, button: "Sign out".to_owned(), ..Form::default() };
    say(StatusCode::OK, &holding(shared, "Sign out of this machine", Picture::Form(form)), None)
}

/// `POST /leave`
pub async fn leave(shared: &Arc<Shared>, request: Request) -> Response {
    let headers = request.headers().clone();
    if let Err(response) = form(request).await {
        return response;
    }
    let at = shared.clone();
    let secure = is_secure(&headers);
    match off(move || at.access.leave(&headers)).await {
        Ok(()) => with_cookie(see_other("/"), &set_cookie("", secure)),
        Err(wrong) => refuse(shared, "/leave", &wrong),
    }
}

pub fn not_allowed(shared: &Shared, path: &str, reader: Option<&Person>, what: &str, whom: &[String]) -> Response {
    let mut help = match reader {
        Some(reader) => format!("You are signed in as {}. ", reader.name),
        None => "You are not signed in. ".to_owned(),
    };
    if whom.is_empty() {
        help.push_str("Whoever runs Catchment here can let someone: `catchment allow`.");
    } else {
        help.push_str(&format!("These may: {}. Ask one of them, or whoever runs Catchment here.", whom.join("; ")));
    }
    refuse(shared, path, &Wrong::NotAllowed { what: what.to_owned(), help })
}

/// `POST /notes?about=ADDRESS`
pub async fn note(shared: &Arc<Shared>, request: Request) -> Response {
    let reader = shared.access.reader(request.headers());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let form = match form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let Some(reader) = reader.filter(|reader| reader.notes) else {
        let whom = shared.access.names(|known| known.notes);
        return not_allowed(shared, "/notes", None, "Notes are signed, and you may not sign one here", &whom);
    };
    let about =
        [field(&form, "about"), field(&query, "about")].into_iter().find(|about| !about.is_empty()).unwrap_or_default();
    let (path, rest) = about.split_once('?').unwrap_or((&about, ""));
    let (ask, medium) =
        match Ask::parse(path, rest).and_then(|(ask, medium)| Ok((ask.known(&shared.at.place)?, medium))) {
            Ok(asked) => asked,
            Err(wrong) => return refuse(shared, "/notes", &wrong),
        };
    let mut view = match shared.view(&ask).await {
        Ok((_, view)) => View::clone(&view),
        Err(wrong) => return refuse(shared, "/notes", &wrong),
    };
    keep::tell(&mut view, &ask, &[], Some(&reader), &shared.at.place.zone);
    let taken = view.panels.iter().flat_map(|panel| &panel.pictures).find_map(|picture| match picture {
        Picture::Notes(notes) => Some(notes.points.clone()),
        _ => None,
    });
    let (Some(points), Medium::Page) = (taken, medium) else {
        let wrong = Wrong::Unclear {
            field: "about".to_owned(),
            text: about.clone(),
            help: "notes are about one handover or one measure".to_owned(),
        };
        return refuse(shared, "/notes", &wrong);
    };
    let (point, text) = (field(&form, "point"), field(&form, "text"));
    let known = point.is_empty() || points.iter().any(|known| known.0 == point);
    let text = match fit(&text, LONGEST) {
        Ok(text) if known => text,
        told => {
            let (name, words) = if known {
                ("text", told.err().unwrap_or_default())
            } else {
                ("point", "Choose one of these points".to_owned())
            };
            let mut options = vec![(String::new(), "The whole of it".to_owned())];
            options.extend(points);
            let fields = vec![
                Field {
                    name: "text".to_owned(),
                    label: "Your note".to_owned(),
                    value: text,
                    entry: show::Entry::Long,
                    ..Field::default()
                },
                Field {
                    name: "point".to_owned(),
                    label: "About".to_owned(),
                    value: point,
                    options,
                    ..Field::default()
                },
            ];
            let form = Form {
                send_to: format!("/notes?about={}", show::escape(&ask.address())),
                post: true,
                fields,
                button: "Keep this note".to_owned(),
                wrong: Some((name.to_owned(), words)),
                ..Form::default()
            };
            return say(
                StatusCode::UNPROCESSABLE_ENTITY,
                &holding(shared, "This note is not kept yet", Picture::Form(form)),
                Some(&reader),
            );
        }
    };
    let note = ToDo::now(reader.name, Act::Note(Written { about: ask.about(), point, text }));
    let at = shared.clone();
    match off(move || Ok(at.at.said.deed(note)?)).await {
        Ok(_) => see_other(&format!("{}#notes", ask.address())),
        Err(wrong) => refuse(shared, "/notes", &wrong),
    }
}

const SINGLE: &str = "/journeys/one";

/// Single journeys: for those who may, and with a reason that is kept, as is each opening.
pub async fn single(
    shared: &Arc<Shared>,
    ask: Ask,
    medium: Medium,
    reader: Option<Person>,
    headers: &HeaderMap,
) -> Response {
    let ending = match medium {
        Medium::Page => SINGLE.to_owned(),
        _ => format!("{SINGLE}.json"),
    };
    let Some(person) = reader.as_ref().filter(|reader| reader.journeys) else {
        let whom = shared.access.names(|known| known.journeys);
        return not_allowed(shared, &ending, reader.as_ref(), "Single journeys are not open to you", &whom);
    };
    let (Page::Singles(reason) | Page::Single(_, reason)) = &ask.page else { return plain(StatusCode::NOT_FOUND, "") };
    let id = reason.as_deref().map(|reason| reason.parse::<u64>().unwrap_or(0));
    let kept = match shared.at.said.state() {
        Ok(state) => keep::reason(&state, &person.name, id, now()).map(|kept| kept.seq),
        Err(wrong) => return refuse(shared, SINGLE, &Wrong::Fault(wrong)),
    };
    let Some(kept) = kept else {
        if medium != Medium::Page {
            return not_allowed(
                shared,
                &ending,
                Some(person),
                "Single journeys need a reason that was given in the last 12 hours",
                &[],
            );
        }
        let wrong = id.map(|_| "That reason was given by someone else, or more than 12 hours ago: give one again");
        return say(StatusCode::OK, &reason_view(shared, &ask, "", wrong), Some(person));
    };
    // Kept before it is shown.
    let looked = Written { about: ask.path(), point: String::new(), text: format!("reason {kept}") };
    let looked = ToDo::now(person.name.clone(), Act::Looked(looked));
    let ask = Ask {
        page: match ask.page {
            Page::Single(which, _) => Page::Single(which, Some(kept.to_string())),
            _ => Page::Singles(Some(kept.to_string())),
        },
        ..ask
    };
    let (at, person, headers) = (shared.clone(), person.clone(), headers.clone());
    let moment = match shared.moment().await {
        Ok(moment) => moment,
        Err(wrong) => return refuse(shared, SINGLE, &wrong),
    };
    let made = tokio::task::spawn_blocking(move || -> Result<Answer, Wrong> {
        at.at.said.deed(looked).map_err(Fault::from)?;
        let view = match &ask.page {
            Page::Single(which, _) => moment.reader.single_journey(&ask, which)?,
            _ => moment.reader.single_journeys(&ask, &format!("{SINGLE}/"))?,
        };
        render(&view, &ask, &medium, Some(&person))
    });
    match made.await {
        Ok(Ok(answer)) => send(&answer, &headers, "no-store"),
        Ok(Err(wrong)) => refuse(shared, &ending, &wrong),
        Err(_) => {
            refuse(shared, &ending, &Wrong::Fault(Fault::new("the work stopped before it was done", "try again")))
        }
    }
}

fn reason_view(shared: &Shared, ask: &Ask, said: &str, wrong: Option<&str>) -> View {
    let form = Form {
        // What was asked for comes back after the reason is kept.
        send_to: format!("{SINGLE}?to={}", show::escape(&ask.address())),
        post: true,
        fields: vec![Field {
            name: "reason".to_owned(),
            label: "Why do you need to look at single journeys?".to_owned(),
            hint:
                "It is kept with your name and the journeys that you open. It lasts for 12 hours. Do not name a person."
                    .to_owned(),
            value: said.to_owned(),
            entry: show::Entry::Long,
            ..Field::default()
        }],
        button: "Keep my reason and go on".to_owned(),
        wrong: wrong.map(|words| ("reason".to_owned(), words.to_owned())),
        ..Form::default()
    };
    let mut view = holding(shared, "Single journeys need a reason", Picture::Form(form));
    view.address = SINGLE.to_owned();
    view.panels[0].title = "Your reason".to_owned();
    view
}

/// `POST /journeys/one?to=ADDRESS`
pub async fn reason(shared: &Arc<Shared>, request: Request) -> Response {
    let reader = shared.access.reader(request.headers());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let form = match form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let Some(person) = reader.as_ref().filter(|reader| reader.journeys) else {
        let whom = shared.access.names(|known| known.journeys);
        return not_allowed(shared, SINGLE, reader.as_ref(), "Single journeys are not open to you", &whom);
    };
    let to = field(&query, "to");
    let (path, rest) = to.split_once('?').unwrap_or((&to, ""));
    let to = Ask::parse(path, rest)
        .ok()
        .map(|asked| asked.0)
        .filter(|ask| matches!(ask.page, Page::Singles(_) | Page::Single(..)));
    let mut to = to.unwrap_or(Ask { page: Page::Singles(None), ..Ask::default() });
    let said = field(&form, "reason");
    let text = match fit(&said, LONGEST) {
        Ok(text) => text,
        Err(words) => {
            return say(StatusCode::UNPROCESSABLE_ENTITY, &reason_view(shared, &to, &said, Some(&words)), Some(person));
        }
    };
    let reason = Written { about: SINGLE.to_owned(), point: String::new(), text };
    let reason = ToDo::now(person.name.clone(), Act::Reason(reason));
    let at = shared.clone();
    match off(move || Ok(at.at.said.deed(reason)?)).await {
        Ok(kept) => {
            let (Page::Singles(reason) | Page::Single(_, reason)) = &mut to.page else { return see_other(SINGLE) };
            *reason = Some(kept.to_string());
            see_other(&to.address())
        }
        Err(wrong) => refuse(shared, SINGLE, &wrong),
    }
}

/// `/simulate/try`: what was filled in on the page Try a change, as the address of what comes of it.
pub async fn tried(shared: &Arc<Shared>, request: &axum::http::request::Parts) -> Response {
    let query = request.uri.query().unwrap_or_default();
    let fields: Vec<(String, String)> =
        pairs(query).filter_map(|(key, value)| Some((key.ok()?, value.ok()?))).collect();
    let at = shared.at;
    match tokio::task::spawn_blocking(move || crate::view::tried(at, &fields)).await {
        Ok(Ok(address)) => see_other(&address),
        Ok(Err(wrong)) => refuse(shared, "/simulate", &wrong),
        Err(_) => refuse(shared, "/simulate", &Wrong::Fault(Fault::new("the form could not be read", "try again"))),
    }
}

/// `/simulate/stop/…`: ends a run with what it has, and shows that.
pub async fn stop(shared: &Arc<Shared>, request: Request) -> Response {
    let headers = request.headers();
    if !is_ours(headers) {
        return plain(StatusCode::FORBIDDEN, "Forms are taken from our own pages alone.\n");
    }
    let path = request.uri().path().replacen("/simulate/stop/", "/simulate/", 1);
    match Ask::parse(&path, request.uri().query().unwrap_or_default()) {
        Ok((ask, _)) => {
            let address = ask.address();
            shared.at.futures.stop(&address);
            see_other(&address)
        }
        Err(wrong) => refuse(shared, &path, &wrong),
    }
}
