//! Pages, data and forms as a browser, a machine and a terminal meet them.

use crate::place::{CREWS_HEAD, Place, Said, VISITS_HEAD, catchment, command};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A server of ours that ends with the test.
pub struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was answered.
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|header| header.0 == name).map_or("", |header| &header.1)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|wrong| panic!("{wrong}: {}", self.text()))
    }
}

impl Server {
    pub fn of(folder: &str, more: &[&str]) -> Server {
        Server::begun(command(), folder, more)
    }

    /// The same at another moment.
    pub fn at(folder: &str, now: &str) -> Server {
        let mut command = command();
        command.env("CATCHMENT_NOW", now);
        Server::begun(command, folder, &[])
    }

    fn begun(mut command: std::process::Command, folder: &str, more: &[&str]) -> Server {
        let mut child = command
            .args(["serve", folder, "--port", "0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().next().and_then(|address| address.rsplit(':').next()?.parse().ok());
        Server { child, port: port.unwrap_or_else(|| panic!("no address: {line}")) }
    }

    /// Asks for anything; `None` when the server died over it.
    fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|header| header.0 == "Host") {
            request.push_str(&format!("Host: localhost:{}\r\n", self.port));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        stream.write_all(request.as_bytes()).ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: Vec<(String, String)> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let body = bytes[end + 4..].to_vec();
        let reply = Reply { status: head.get(9..12)?.parse().ok()?, headers, body };
        // A body that a death cut short was not answered.
        let length = reply.header("content-length").parse().unwrap_or(0);
        (method == "HEAD" || reply.body.len() >= length).then_some(reply)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.try_ask(method, path, headers, body).unwrap()
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "")
    }

    /// A form as a browser sends it from one of our pages.
    fn try_send(&self, path: &str, cookie: &str, form: &str) -> Option<Reply> {
        let origin = format!("http://localhost:{}", self.port);
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.try_ask("POST", path, &[kind, ("Origin", &origin), ("Cookie", cookie)], form)
    }

    pub fn send(&self, path: &str, cookie: &str, form: &str) -> Reply {
        self.try_send(path, cookie, form).unwrap()
    }

    /// Signs a new reader in and answers their cookie.
    pub fn sign_in(&self, place: &Place, name: &str, may: &str) -> String {
        self.let_in(&place.run("allow", &[name, "--may", may]).well())
    }

    /// Signs in whoever was given this address and answers their cookie.
    pub fn let_in(&self, said: &Said) -> String {
        let key = key(said);
        let let_in = self.send("/enter", "", &format!("key={key}"));
        assert_eq!((let_in.status, let_in.header("location")), (303, "/"), "{}", let_in.text());
        let_in.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

fn key(said: &Said) -> String {
    said.out.split("/enter?key=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// Rivermead, small and served.
pub struct Rivermead {
    folder: tempfile::TempDir,
    pub server: Server,
}

/// One for all tests that look at the same time; the last of them ends it.
pub fn rivermead() -> Arc<Rivermead> {
    static SHARED: Mutex<Weak<Rivermead>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        catchment(&["demo", place, "--people", "4000", "--months", "4", "--no-serve"]).well();
        let server = Server::of(place, &[]);
        let made = Arc::new(Rivermead { folder, server });
        *shared = Arc::downgrade(&made);
        made
    })
}

fn see(place: &Rivermead, what: &str, more: &[&str]) -> String {
    let mut arguments = vec!["see", place.folder.path().to_str().unwrap(), what];
    arguments.extend(more);
    catchment(&arguments).well().out
}

/// A place with a year of visits and ambulances.
fn testham() -> Place {
    let place = Place::new();
    let day = |day: usize| format!("2025-{:02}-{:02}", 1 + day / 28 % 11, 1 + day % 28);
    let visits: String =
        (0..300).map(|at| format!("{at},p{at},,Aa,1950-01-01,QR1 1AB,ED,{0} 10:20,{0} 13:10\n", day(at))).collect();
    let crews: String = (0..300)
        .map(|at| format!("{at},p{at},,1950-01-01,{0} 09:14,{0} 10:{1:02},{0} 10:20\n", day(at), at % 20))
        .collect();
    let visits = place.write("in/visits.csv", format!("{VISITS_HEAD}{visits}"));
    let crews = place.write("in/crews.csv", format!("{CREWS_HEAD}{crews}"));
    place.run("add", &[&visits, &crews]).well();
    place
}

pub fn folder(place: &Place) -> String {
    place.path("").to_str().unwrap().to_owned()
}

/// A table of the JSON as the CSV of it must be.
fn as_csv(table: &Value) -> String {
    let quote = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) || text.is_empty() {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let headers: Vec<&str> =
        table["headers"].as_array().unwrap().iter().map(|header| header.as_str().unwrap()).collect();
    let mut text = headers.iter().map(|header| quote(header)).collect::<Vec<_>>().join(",") + "\n";
    for row in table["rows"].as_array().unwrap() {
        let cells = headers.iter().map(|header| match &row[*header] {
            Value::Null => String::new(),
            Value::String(words) => quote(words),
            number => number.to_string(),
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// Cells to compare. The reader of JSON here is off by the last bit of a number now and then; a missing value and an empty
/// text are alike.
fn cells(csv: &str) -> Vec<String> {
    let cells = csv.split([',', '\n']).map(|cell| match cell.parse::<f64>() {
        Ok(number) => format!("{number:.13e}"),
        Err(_) => cell.replace("\"\"", ""),
    });
    cells.collect()
}

#[test]
fn a_view_says_the_same_in_every_medium() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    let mut tables = 0;
    for address in [
        "/",
        "/handovers",
        "/handovers/ward-to-home-care?place=Eastbrook",
        "/measures",
        "/journeys",
        "/places",
        "/organisations",
        "/sources",
        "/ledger",
        "/ledger?place=Eastbrook",
        "/pressure",
        "/pressure?place=Eastbrook",
        "/why/ledger",
        "/why/declared-pressure",
    ] {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let path = if path == "/" { "/index" } else { path };
        let json = server.get(&format!("{path}.json?{query}"));
        assert_eq!((json.status, json.header("content-type")), (200, "application/json"), "{address}");
        assert_eq!(json.text(), see(&rivermead, address, &["--json"]), "{address}");
        let (view, page) = (json.json(), server.get(address));
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{address}");
        let page = page.text();
        let words = |text: &Value| {
            text.as_str()
                .unwrap()
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
        };
        assert!(page.contains(&words(&view["title"])), "{address}: {}", view["title"]);
        let text = see(&rivermead, address, &[]);
        assert!(!text.is_empty());
        // Without its tags: a number is large and its unit small.
        let read: String = page.split('<').map(|part| part.split_once('>').map_or(part, |part| part.1)).collect();
        for fact in view["facts"].as_array().unwrap() {
            assert!(read.contains(&words(&fact["said"])), "{address}: {fact}");
        }
        for table in view["panels"].as_array().unwrap().iter().flat_map(|panel| panel["tables"].as_array().unwrap()) {
            let name = table["id"].as_str().unwrap();
            let csv = server.get(&format!("{path}.csv?{query}&panel={name}"));
            assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"), "{address} {name}");
            assert_eq!(cells(&csv.text()), cells(&as_csv(table)), "{address} {name}");
            assert_eq!(csv.text(), see(&rivermead, address, &["--csv", "--panel", name]), "{address} {name}");
            let one = server.get(&format!("{path}.json?{query}&panel={name}")).json();
            assert!(
                one["panels"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|panel| panel["tables"].as_array().unwrap().contains(table))
            );
            tables += 1;
        }
    }
    assert!(tables > 20, "{tables}");
}

#[test]
fn the_page_answers_before_and_after_the_first_records() {
    let place = Place::new();
    let server = Server::of(&folder(&place), &[]);
    assert!(server.get("/").text().contains("Nothing has been added yet"));
    assert!(server.get("/public").text().contains("We do not know yet"));
    let rows: String = (0..600)
        .map(|day| {
            format!(
                "{day},p{day},,Aa,1950-01-01,QR1 1AB,ED,2025-{:02}-{:02} 09:14,2025-{0:02}-{1:02} 23:10\n",
                1 + day / 28 % 11,
                1 + day % 28
            )
        })
        .collect();
    let file = place.write("in/visits.csv", format!("{VISITS_HEAD}{rows}"));
    place.run("add", &[&file]).well();
    // The server sees the load that another process made.
    let page = server.get("/").text();
    assert!(page.contains("Testham") && page.contains("mergency department") && page.contains("<svg"), "{page}");
    for (path, part) in [
        ("/measures/four-hours-in-emergency.csv", "2025-11"),
        ("/why/four-hours-in-emergency", "What it asks"),
        ("/why/ambulance-to-ed", "How they ended"),
        ("/why/visits", "visits.csv"),
    ] {
        let reply = server.get(path);
        assert!(reply.status == 200 && reply.text().contains(part), "{path}: {}", reply.text());
    }
}

#[test]
fn no_link_of_any_page_is_dead() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    let mut seen: BTreeSet<String> = BTreeSet::from(["/".to_owned()]);
    let mut waiting: VecDeque<String> = seen.iter().cloned().collect();
    let mut figures = 0;
    while let Some(path) = waiting.pop_front() {
        let reply = server.get(&path);
        let wanted = if path.starts_with("/journeys/one") { 403 } else { 200 };
        assert_eq!(reply.status, wanted, "{path}");
        let page = reply.text();
        figures += page.matches("/why/").count();
        for link in page.split("href=\"/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let path = format!("/{}", link.split(['?', '#']).next().unwrap());
            let is_data = path.ends_with(".csv") || path.ends_with(".json");
            if !path.starts_with("/assets/") && !is_data && seen.insert(path.clone()) {
                waiting.push_back(path);
            }
        }
    }
    assert!(seen.len() > 60 && figures > 100, "{} pages, {figures} figures", seen.len());
}

#[test]
fn every_address_that_machines_are_told_of_answers() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    let spec = server.get("/openapi.json").json();
    assert_eq!(spec["openapi"], "3.1.0");
    let paths = spec["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 79);
    for (path, operations) in paths {
        let known = [
            ("/handovers/{id}", "ward-to-home-care"),
            ("/measures/{id}", "wait-for-a-bed"),
            ("/places/{name}", "Eastbrook"),
            ("/organisations/{id}", "QR1"),
            ("/sources/{feed}", "ambulance-cad"),
            ("/why/{figure}", "ledger"),
        ];
        let Some(address) = (if path.contains('{') {
            let route = path.rsplit_once('.').unwrap().0;
            known
                .iter()
                .find(|known| known.0 == route)
                .map(|known| format!("{}{}{}", &route[..route.find('{').unwrap()], known.1, &path[route.len()..]))
        } else {
            Some(path.clone())
        }) else {
            continue;
        };
        let reply = server.get(&address);
        let told = &operations["get"]["responses"][reply.status.to_string()];
        assert!(told.is_object(), "{address}: {}", reply.status);
        let kind = reply.header("content-type").split(';').next().unwrap().to_owned();
        assert!(told["content"][&kind].is_object(), "{address}: {kind}");
        assert_eq!(reply.status, if path.starts_with("/journeys/one") { 403 } else { 200 }, "{address}");
    }
    let page = server.get("/api").text();
    assert!(page.contains("/openapi.json") && page.contains("/handovers/{id}.csv"), "{page}");
}

#[test]
fn an_address_that_makes_no_sense_says_what_to_do() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    for (address, status, part) in [
        ("/nothing/here", 404, "Search above"),
        ("/handover", 404, "href=\"/handovers\""),
        ("/handovers/ward-to-home-car", 404, "href=\"/handovers/ward-to-home-care\""),
        ("/measures/x'y", 404, "no measure"),
        ("/places/Eastbrok", 404, "Did you mean"),
        ("/?place=Eastbrok", 404, "/?place=Eastbrook"),
        ("/?need=x", 404, "no need"),
        ("/?week=2025-13-99", 400, "Write the Monday of a week"),
        ("/?week=1066-10-14", 400, "choose one of these"),
        ("/?week=9999-10-14", 400, "choose one of these"),
        ("/?age=old", 400, "75-84"),
        ("/?place=%ff", 400, "UTF-8"),
        ("/handovers.csv?panel=nothing", 400, "Name a table of this view"),
        ("/search?q=%3Cscript%3Ealert(1)%3C/script%3E", 200, "&lt;script&gt;"),
        ("/places/%3Cscript%3E", 404, "&lt;script&gt;"),
        ("/why/..%2f..%2fetc%2fpasswd", 404, "no figure"),
    ] {
        let reply = server.get(address);
        let text = reply.text();
        assert_eq!(reply.status, status, "{address}: {text}");
        let problem = address.contains(".csv");
        assert_eq!(
            reply.header("content-type").split(';').next(),
            Some(if problem { "application/problem+json" } else { "text/html" })
        );
        assert!(text.contains(part), "{address}: {text}");
        assert!(!text.contains("<script>"), "{address}: {text}");
    }
    let problem = server.get("/places/Eastbrok.json");
    assert_eq!(
        (problem.status, problem.json()["like"][0].as_str().unwrap().to_owned()),
        (404, "/places/Eastbrook".to_owned())
    );
    assert_eq!(server.get(&format!("/{}", "a".repeat(5000))).status, 400);
    // A day of a week, and a name in other letters, are the view that they mean.
    let page = |address: &str| server.get(address).text();
    assert_eq!(page("/handovers?place=eastbrook&utm=1"), page("/handovers?place=Eastbrook"));
}

#[test]
fn what_a_browser_holds_is_not_sent_again_until_records_come() {
    let place = testham();
    let server = Server::of(&folder(&place), &[]);
    let first = server.get("/");
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 10 && first.header("cache-control") == "no-cache", "{:?}", first.headers);
    let held = server.ask("GET", "/", &[("If-None-Match", &tag)], "");
    assert_eq!((held.status, held.body.len(), held.header("etag")), (304, 0, tag.as_str()));
    let packed = server.ask("GET", "/", &[("Accept-Encoding", "br, gzip;q=0.8")], "");
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() * 3 < first.body.len(), "{} of {}", packed.body.len(), first.body.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, first.text());
    assert_ne!(packed.header("etag"), tag);
    for header in [packed.header("etag"), &format!("\"other\", W/{tag}"), "*"] {
        assert_eq!(server.ask("GET", "/", &[("If-None-Match", header), ("Accept-Encoding", "gzip")], "").status, 304);
    }
    assert_eq!(server.ask("GET", "/", &[("Accept-Encoding", "gzip;q=0")], "").header("content-encoding"), "");
    let head = server.ask("HEAD", "/", &[], "");
    assert_eq!(
        (head.status, head.body.len(), head.header("content-length")),
        (200, 0, first.body.len().to_string().as_str())
    );
    let more = place.write(
        "in/visits-more.csv",
        format!("{VISITS_HEAD}more,more,,Aa,1950-01-01,QR1 1AB,ED,2025-11-27 10:20,2025-11-27 13:10\n"),
    );
    place.run("add", &[&more]).well();
    let after = server.ask("GET", "/", &[("If-None-Match", &tag)], "");
    assert_eq!(after.status, 200);
    assert_ne!(after.header("etag"), tag);
    let style = server.get("/assets/catchment.css");
    assert_eq!((style.header("content-type"), style.header("cache-control")), ("text/css; charset=utf-8", "no-cache"));
    let version = &style.header("etag").trim_matches('"')[..12];
    assert!(server.get(&format!("/assets/catchment.css?v={version}")).header("cache-control").contains("immutable"));
    assert_eq!(server.get("/assets/../place.toml").status, 404);
}

#[test]
fn other_names_and_other_pages_are_kept_out() {
    let rivermead = rivermead();
    let (folder, server) = (&rivermead.folder, &rivermead.server);
    let by = |server: &Server, host: &str| server.ask("GET", "/", &[("Host", host)], "").status;
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1:7700", "[::1]", "[::1]:7700"] {
        assert_eq!(by(server, host), 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil", "picture.rivermead.example"] {
        assert_eq!(by(server, host), 421, "{host}");
    }
    let named = Server::of(folder.path().to_str().unwrap(), &["--host", "picture.rivermead.example"]);
    assert_eq!(by(&named, "Picture.Rivermead.example:443"), 200);
    for path in ["/", "/nothing", "/index.json", "/assets/mark.svg", "/healthz", "/enter"] {
        let reply = server.get(path);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(
            (reply.header("x-content-type-options"), reply.header("referrer-policy")),
            ("nosniff", "same-origin")
        );
        assert_eq!(reply.header("set-cookie"), "", "{path}");
    }
    for (method, path, allow) in [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/index.json", "GET, HEAD"),
        ("GET", "/notes", "POST"),
        ("PUT", "/enter", "GET, HEAD, POST"),
    ] {
        let reply = server.ask(method, path, &[], "");
        assert_eq!((reply.status, reply.header("allow")), (405, allow), "{method} {path}");
    }
    // What pages wear, run and say inline must be what the policy lets them.
    for path in ["/", "/handovers/ward-to-home-care", "/journeys", "/map"] {
        let page = server.get(path).text();
        for never in [" style=\"", "<style", "onclick=", "javascript:", "http://", "<script>"] {
            let page = page.replace("http://www.w3.org/", "");
            assert!(!page.contains(never), "{path}: {never}");
        }
    }
}

#[test]
fn the_public_page_is_small_sets_no_cookie_and_holds_no_small_number() {
    let rivermead = rivermead();
    let server = &rivermead.server;
    let page = server.ask("GET", "/public", &[("Cookie", "catchment=0123456789abcdef0123456789abcdef")], "");
    let text = page.text();
    assert_eq!((page.status, page.header("set-cookie")), (200, ""));
    assert!(text.len() < 50_000 && !text.contains("<script") && text.contains("Rivermead"), "{text}");
    let waiting = text.split(" people wait for this now").collect::<Vec<_>>();
    assert!(waiting.len() > 3, "{text}");
    for before in &waiting[..waiting.len() - 1] {
        let number: u64 = before.rsplit(' ').next().unwrap().replace(',', "").parse().unwrap();
        assert!(number.is_multiple_of(5) || before.ends_with("ewer than 10"), "{number}");
    }
    assert!(server.get("/public").header("content-security-policy").contains("default-src 'none'"));
}

#[test]
fn fifty_who_ask_at_once_wait_for_one_making() {
    let rivermead = rivermead();
    let folder = &rivermead.folder;
    let server = Server::of(folder.path().to_str().unwrap(), &[]);
    let made = || {
        let text = server.get("/healthz?verbose").text();
        text.split("views made ").nth(1).unwrap().split(',').next().unwrap().parse::<u64>().unwrap()
    };
    let before = made();
    let ask = || server.get("/handovers/ward-to-home-care?deprivation=1").text();
    let pages: BTreeSet<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..50).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!((pages.len(), made() - before), (1, 1));
    ask();
    server.get("/handovers/ward-to-home-care.json?deprivation=1");
    assert_eq!(made() - before, 1, "another medium is the same view");
}

const JOIN: &str = "/handovers/ambulance-to-ed";

#[test]
fn a_reader_signs_notes_that_everybody_sees() {
    let place = testham();
    let server = Server::of(&folder(&place), &[]);
    let about = "/notes?about=%2Fhandovers%2Fambulance-to-ed";
    assert!(server.get(JOIN).text().contains("Nobody has written about this yet"));
    assert_eq!(server.send(about, "", "text=hello").status, 403, "nobody is signed in");
    let key = key(&place.run("allow", &["Flow lead, Testham", "--may", "notes"]).well());
    for _ in 0..2 {
        let door = server.get(&format!("/enter?key={key}"));
        assert!(door.status == 200 && door.text().contains(&key), "a preview uses nothing up");
    }
    let let_in = server.send("/enter", "", &format!("key={key}"));
    let cookie = let_in.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(server.send("/enter", "", &format!("key={key}")).status, 403, "a key works once");

    let page = |cookie: &str| server.ask("GET", JOIN, &[("Cookie", cookie)], "").text();
    assert!(page(cookie).contains("Flow lead, Testham") && page(cookie).contains("action=\"/notes?about="));
    assert!(!page("").contains("action=\"/notes"), "who is not signed in is offered no form");
    let point = page(cookie).split("<option value=\"2025-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let kept = server.send(about, cookie, &format!("point=2025-{point}&text=Two+rounds+%3Cb%3Eclosed%3C%2Fb%3E"));
    assert_eq!((kept.status, kept.header("location")), (303, "/handovers/ambulance-to-ed#notes"));
    for cookie in [cookie, ""] {
        let page = page(cookie);
        assert!(page.contains("Two rounds &lt;b&gt;closed&lt;/b&gt;") && page.contains("Flow lead, Testham"), "{page}");
    }
    let view = server.get(&format!("{JOIN}.json"));
    assert!(view.text().contains("Two rounds") && view.text() == place.run("see", &[JOIN, "--json"]).well().out);

    for (form, status, part) in [
        ("text=+", 422, "Write a few words first"),
        ("text=ring+943+476+5919", 422, "looks like an NHS number"),
        ("text=a&point=1999-01-01", 422, "Choose one of these points"),
    ] {
        let reply = server.send(about, cookie, form);
        assert_eq!(reply.status, status, "{form}");
        assert!(reply.text().contains(part), "{form}: {}", reply.text());
    }
    assert_eq!(server.send("/notes?about=/sources", cookie, "text=a").status, 400);
    assert_eq!(server.send("/notes?about=/handovers/none", cookie, "text=a").status, 404);
    assert_eq!(server.send(about, cookie, &format!("text={}", "a".repeat(40_000))).status, 413);
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    for (name, value) in [("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("X-None", "")] {
        assert_eq!(
            server.ask("POST", about, &[kind, ("Cookie", cookie), (name, value)], "text=forged").status,
            403,
            "{name}"
        );
    }
    let text = place.ledger().well().out;
    assert_eq!(text.lines().count(), 1, "{text}");

    assert_eq!(server.send("/leave", cookie, "").status, 303);
    assert_eq!(server.send(about, cookie, "text=again").status, 403);
    let again = server.sign_in(&place, "Flow lead, Testham", "notes");
    place.run("allow", &["--remove", "Flow lead, Testham"]).well();
    assert_eq!(server.send(about, &again, "text=again").status, 403);
    assert!(!place.run("allow", &["--remove", "Flow lead, Testham"]).ok);
}

#[test]
fn a_single_journey_needs_a_role_and_a_reason_that_is_kept() {
    let place = testham();
    let server = Server::of(&folder(&place), &[]);
    let get = |path: &str, cookie: &str| server.ask("GET", path, &[("Cookie", cookie)], "");
    let journey = place.sql("select min(journey) from journeys");
    let one = format!("/journeys/one/{journey}");
    let (writer, looker) = (server.sign_in(&place, "Writer", "notes"), server.sign_in(&place, "Looker", "journeys"));
    for cookie in ["", &writer] {
        for path in ["/journeys/one", &one, &format!("{one}.json")] {
            let reply = get(path, cookie);
            assert_eq!(reply.status, 403, "{path}");
            assert!(reply.text().contains("Looker"), "whom to ask: {}", reply.text());
        }
        assert_eq!(server.send("/journeys/one", cookie, "reason=because").status, 403);
    }
    for path in ["/journeys/one", &one, "/journeys/one?reason=1"] {
        let form = get(path, &looker).text();
        assert!(form.contains("Why do you need to look") && !form.contains("Ambulance →"), "{form}");
    }
    assert_eq!(get(&format!("{one}.json"), &looker).status, 403);
    assert_eq!(server.send("/journeys/one", &looker, "reason=+").status, 422);
    let kept = server.send(&format!("/journeys/one?to={one}"), &looker, "reason=A+complaint+about+a+wait");
    assert_eq!((kept.status, kept.header("location")), (303, format!("{one}?reason=1").as_str()));
    let opened = get(kept.header("location"), &looker);
    assert_eq!((opened.status, opened.header("cache-control")), (200, "no-store"));
    assert_eq!(get("/journeys/one?reason=1", &looker).status, 200);
    assert_eq!(get(&format!("{one}.json"), &looker).json()["place"], "Testham");
    let text = place.ledger().well().out;
    let acts: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["body"]["act"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(acts, ["reason", "looked", "looked", "looked"]);
    let other = server.sign_in(&place, "Other", "journeys");
    assert!(get(&format!("{one}?reason=1"), &other).text().contains("given by someone else"));
    assert!(!place.run("see", &[&one]).ok, "nor by the command line");
    assert!(place.run("allow", &["--list", "--csv"]).well().out.contains("Other,journeys,,1,no"));
}

#[test]
fn kill_9_loses_no_note_that_was_acknowledged() {
    let place = testham();
    let mut acknowledged = 0;
    for round in 0..4 {
        let server = Server::of(&folder(&place), &[]);
        let cookie = server.sign_in(&place, "Writer", "notes");
        let (id, wanted) = (server.child.id().to_string(), 10 + round * 7);
        acknowledged += std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|writer| {
                    let (server, cookie) = (&server, &cookie);
                    scope.spawn(move || {
                        let path = "/notes?about=%2Fhandovers%2Fambulance-to-ed";
                        let send = |at| {
                            server.try_send(path, cookie, &format!("text=round+{round}+writer+{writer}+note+{at}"))
                        };
                        (0..500).take_while(|at| send(*at).is_some_and(|reply| reply.status == 303)).count()
                    })
                })
                .collect();
            // It dies when so many lines are written, wherever it is then.
            let lines = || place.ledger().out.lines().count();
            let before = lines();
            while lines() < before + wanted && writers.iter().any(|writer| !writer.is_finished()) {
                std::thread::yield_now();
            }
            std::process::Command::new("kill").args(["-9", &id]).status().unwrap();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>()
        });
        drop(server);
        let whole = place.ledger().well().out;
        assert!(whole.lines().count() >= acknowledged, "{} lines of {acknowledged}", whole.lines().count());
        for writer in 0..4 {
            let mine: Vec<&str> =
                whole.lines().filter(|line| line.contains(&format!("round {round} writer {writer} "))).collect();
            for (at, line) in mine.iter().enumerate() {
                assert!(line.contains(&format!("note {at}\"")), "{line}");
            }
        }
    }
    assert!(acknowledged > 20, "{acknowledged}");
    let doctor = place.run("doctor", &[]).out;
    assert!(doctor.contains("Ledger,well"), "{doctor}");
    for file in ["ledger.db", "ledger.db-wal"] {
        let Ok(mut bytes) = std::fs::read(place.path(file)) else { continue };
        let places: Vec<usize> = (6..bytes.len()).filter(|at| &bytes[at - 6..*at] == b"note 1").collect();
        places.iter().for_each(|at| bytes[at - 1] = b'7');
        std::fs::write(place.path(file), bytes).unwrap();
    }
    let doctor = place.run("doctor", &[]);
    assert!(
        !doctor.ok && doctor.out.contains("Ledger,look") && doctor.out.contains("is not as it was written"),
        "{}",
        doctor.out
    );
}
