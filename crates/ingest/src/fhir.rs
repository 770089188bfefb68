//! FHIR R4 resources, UK Core: NDJSON as bulk export sends it, Bundles and single resources. What each resource says is a
//! table in `docs/feeds.md`. Fields that we do not use may have any shape, and so may a list that holds one thing only.

use crate::csv_rows::{left_before_started, unknown_code};
use crate::feed::Feed;
use crate::tables::{Draft, Event, Output, Problem, mix};
use crate::{Chunk, check_time, refuse, subject_of};
use domain::{EventKind, Instant, Precision};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use vault::{Identifiers, Key, Sex};

const LONGEST: usize = 4 << 20;

/// What a resource tells: the kind, when, and the element that says so.
type Step = (EventKind, Option<(Instant, Precision)>, &'static str);
const NHS_NUMBER_SYSTEM: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// A list, a single thing in place of a list, or something else that is read as an empty list.
struct Many<T>(Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Many<T> {
        Many(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Many<T>, D::Error> {
        let raw: &'de RawValue = Deserialize::deserialize(from)?;
        let text = raw.get();
        Ok(Many(if text.starts_with('[') {
            serde_json::from_str(text).unwrap_or_default()
        } else {
            serde_json::from_str(text).map(|one| vec![one]).unwrap_or_default()
        }))
    }
}

type Text<'a> = Cow<'a, str>;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Resource<'a> {
    #[serde(borrow)]
    resource_type: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    meta: Many<Meta<'a>>,
    #[serde(borrow)]
    identifier: Many<Identifier<'a>>,
    #[serde(borrow)]
    status: Many<Text<'a>>,
    #[serde(borrow)]
    name: Many<HumanName<'a>>,
    #[serde(borrow)]
    birth_date: Option<Text<'a>>,
    #[serde(borrow)]
    gender: Option<Text<'a>>,
    #[serde(borrow)]
    address: Many<Address<'a>>,
    #[serde(borrow)]
    class: Many<Coding<'a>>,
    #[serde(borrow)]
    period: Many<Period<'a>>,
    #[serde(borrow)]
    status_history: Many<StatusHistory<'a>>,
    #[serde(borrow)]
    subject: Many<Reference<'a>>,
    #[serde(borrow)]
    patient: Many<Reference<'a>>,
    #[serde(rename = "for", borrow)]
    whom: Many<Reference<'a>>,
    #[serde(borrow)]
    participant: Many<Participant<'a>>,
    #[serde(borrow)]
    service_provider: Many<Reference<'a>>,
    #[serde(borrow)]
    managing_organization: Many<Reference<'a>>,
    #[serde(borrow)]
    performer: Many<Reference<'a>>,
    #[serde(borrow)]
    owner: Many<Reference<'a>>,
    #[serde(borrow)]
    requester: Many<Reference<'a>>,
    #[serde(borrow)]
    service_type: Many<Concept<'a>>,
    #[serde(rename = "type", borrow)]
    kind: Many<Concept<'a>>,
    #[serde(borrow)]
    code: Many<Concept<'a>>,
    #[serde(borrow)]
    reason_code: Many<Concept<'a>>,
    #[serde(borrow)]
    based_on: Many<Reference<'a>>,
    #[serde(borrow)]
    referral_request: Many<Reference<'a>>,
    #[serde(borrow)]
    episode_of_care: Many<Reference<'a>>,
    #[serde(borrow)]
    authored_on: Option<Text<'a>>,
    #[serde(borrow)]
    created: Option<Text<'a>>,
    #[serde(borrow)]
    start: Option<Text<'a>>,
    #[serde(borrow)]
    last_modified: Option<Text<'a>>,
    #[serde(borrow)]
    hospitalization: Many<Hospitalization<'a>>,
    #[serde(borrow)]
    entry: Many<Entry<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Meta<'a> {
    #[serde(borrow)]
    last_updated: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Identifier<'a> {
    #[serde(borrow)]
    system: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HumanName<'a> {
    #[serde(borrow)]
    family: Text<'a>,
    #[serde(borrow)]
    given: Many<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Address<'a> {
    #[serde(borrow)]
    postal_code: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Coding<'a> {
    #[serde(borrow)]
    code: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Concept<'a> {
    #[serde(borrow)]
    coding: Many<Coding<'a>>,
    #[serde(borrow)]
    text: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Period<'a> {
    #[serde(borrow)]
    start: Option<Text<'a>>,
    #[serde(borrow)]
    end: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StatusHistory<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    period: Many<Period<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    reference: Text<'a>,
    #[serde(borrow)]
    identifier: Many<Identifier<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Participant<'a> {
    #[serde(borrow)]
    actor: Many<Reference<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Hospitalization<'a> {
    #[serde(borrow)]
    discharge_disposition: Many<Concept<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// Decodes the resources of one chunk.
pub(crate) fn decode(chunk: &Chunk, feed: &Feed, key: &Key, loaded_at: Instant, out: &mut Output) {
    let reader = Reader { feed, key, loaded_at };
    if chunk.whole {
        return reader.document(&chunk.bytes, chunk.line, out);
    }
    for (at, line) in chunk.bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() {
            reader.document(line, chunk.line + at as u64, out);
        }
    }
}

struct Reader<'f> {
    feed: &'f Feed,
    key: &'f Key,
    loaded_at: Instant,
}

impl Reader<'_> {
    /// A resource, a Bundle of them, or a list of them.
    fn document(&self, bytes: &[u8], line: u64, out: &mut Output) {
        let bytes = bytes.trim_ascii();
        let Ok(text) = std::str::from_utf8(bytes) else {
            let problem = Problem::error(
                "invalid_utf8",
                "",
                "the resource holds bytes that are not UTF-8",
                "FHIR JSON is UTF-8; ask the sender for it again",
            );
            return out.record(&bytes[..bytes.len().min(LONGEST)], line, &refuse(problem));
        };
        if text.starts_with('<') {
            let problem = Problem::error(
                "wrong_format",
                "",
                "this is XML; FHIR is read as JSON",
                "ask the sender for application/fhir+json",
            );
            return out.record(&bytes[..bytes.len().min(LONGEST)], line, &refuse(problem));
        }
        if text.starts_with('[') {
            match serde_json::from_str::<Vec<&RawValue>>(text) {
                Ok(resources) => {
                    resources.iter().for_each(|resource| self.document(resource.get().as_bytes(), line, out))
                }
                Err(wrong) => out.record(&bytes[..bytes.len().min(LONGEST)], line, &refuse(broken(&wrong))),
            }
            return;
        }
        match serde_json::from_str::<Resource>(text) {
            Ok(bundle) if bundle.resource_type == "Bundle" => {
                let resources = bundle.entry.0.iter().filter_map(|entry| entry.resource);
                let mut count = 0;
                for resource in resources {
                    self.document(resource.get().as_bytes(), line, out);
                    count += 1;
                }
                if count == 0 {
                    let problem =
                        Problem::note("no_event", "Bundle.entry", "a Bundle that holds no resource", "nothing to do");
                    out.record(&bytes[..bytes.len().min(LONGEST)], line, &refuse(problem));
                }
            }
            Ok(_) if bytes.len() > LONGEST => {
                let message = format!("the resource has {} bytes", bytes.len());
                let problem = Problem::error("too_long", "", message, "ask the sender to leave out attachments");
                out.record(&bytes[..LONGEST], line, &refuse(problem));
            }
            Ok(resource) => {
                let draft = self.resource(&resource, out, line);
                out.record(bytes, line, &draft);
            }
            Err(wrong) => out.record(&bytes[..bytes.len().min(LONGEST)], line, &refuse(broken(&wrong))),
        }
    }

    fn resource<'r>(&'r self, resource: &'r Resource<'r>, out: &mut Output, line: u64) -> Draft<'r> {
        let mut draft = Draft::default();
        if let Some(meta) = resource.meta.0.first().filter(|meta| !meta.last_updated.is_empty()) {
            let version = self.feed.zone.parse(&meta.last_updated).ok().map(|(at, _)| at);
            draft.received = version.filter(|at| at.0 <= self.loaded_at.0 + 86_400);
        }
        let kind: &str = &resource.resource_type;
        match kind {
            "Patient" => self.patient(resource, &mut draft),
            "ServiceRequest" | "Encounter" | "EpisodeOfCare" | "Appointment" | "Task" => {
                self.whose(resource, &mut draft);
                if draft.problems.is_empty() {
                    self.happening(kind, resource, &mut draft);
                }
            }
            "" => draft.problems.push(Problem::error(
                "wrong_format",
                "resourceType",
                "this is JSON but not a FHIR resource: it has no resourceType",
                "check `format` of the feed file",
            )),
            other => {
                let other: String = other.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
                let message = format!("{other} resources are kept and not used");
                out.note(
                    line,
                    Problem::note(
                        "not_used",
                        &other,
                        message,
                        "Patient, ServiceRequest, Encounter, EpisodeOfCare, Appointment and Task make events",
                    ),
                );
            }
        }
        draft
    }

    fn patient(&self, resource: &Resource, draft: &mut Draft) {
        let mut who = Identifiers { local_id: resource.id.to_string(), ..Identifiers::default() };
        for identifier in &resource.identifier.0 {
            if identifier.system == NHS_NUMBER_SYSTEM {
                crate::read_nhs_number(&identifier.value, "Patient.identifier", &mut who, &mut draft.problems);
            } else if who.local_id.is_empty() {
                who.local_id = identifier.value.to_string();
            }
        }
        if let Some(name) = resource.name.0.first() {
            who.family_name = name.family.to_string();
            who.given_name = name.given.0.join(" ");
        }
        who.sex = resource.gender.as_deref().and_then(Sex::read);
        who.postcode = resource.address.0.first().map_or(String::new(), |address| address.postal_code.to_string());
        let birth = resource.birth_date.as_deref().unwrap_or("");
        crate::read_birth_date(birth, "Patient.birthDate", &self.feed.zone, &mut who, &mut draft.problems);
        if who.is_empty() {
            return draft.problems.push(Problem::error(
                "missing_field",
                "Patient.id",
                "the Patient has no id and no identifier",
                "ask the sender to fill it",
            ));
        }
        draft.subject = subject_of(&who, &self.feed.organisation, self.key);
        draft.identifiers = Some(who);
    }

    fn whose(&self, resource: &Resource, draft: &mut Draft) {
        let references = [&resource.subject, &resource.patient, &resource.whom];
        let mut all = references
            .iter()
            .flat_map(|list| &list.0)
            .chain(resource.participant.0.iter().flat_map(|one| &one.actor.0));
        let named = |reference: &&Reference| {
            reference.reference.contains("Patient/")
                || reference.reference.starts_with("urn:uuid:")
                || reference.identifier.0.iter().any(|id| id.system == NHS_NUMBER_SYSTEM)
        };
        let mut who = Identifiers::default();
        if let Some(reference) = all.find(named) {
            who.local_id = tail(&reference.reference).to_owned();
            if let Some(identifier) = reference.identifier.0.iter().find(|id| id.system == NHS_NUMBER_SYSTEM) {
                crate::read_nhs_number(&identifier.value, "subject.identifier", &mut who, &mut draft.problems);
            }
        }
        if who.is_empty() {
            return draft.problems.push(Problem::error(
                "missing_field",
                "subject",
                "the resource names no patient",
                "ask the sender to fill subject with a reference to Patient",
            ));
        }
        draft.subject = subject_of(&who, &self.feed.organisation, self.key);
        draft.identifiers = who.nhs_number.is_some().then_some(who);
    }

    fn happening<'r>(&'r self, kind: &str, resource: &'r Resource<'r>, draft: &mut Draft<'r>) {
        use EventKind::{Arrived, Asked, Cancelled, Corrected, Left, Missed, Seen, Started};
        let organisation = self.feed.organisation.as_bytes();
        let own = self.key.pseudonym(&[b"fhir", organisation, kind.as_bytes(), resource.id.as_bytes()]);
        // A referral and the episode of care that it opens often carry one id; then they are one episode.
        let care = |id: &str| self.key.pseudonym(&[b"episode", organisation, id.as_bytes()]);
        let own_episode = if matches!(kind, "ServiceRequest" | "EpisodeOfCare") { care(&resource.id) } else { own };
        let links = [&resource.based_on, &resource.referral_request, &resource.episode_of_care];
        let episode = links
            .iter()
            .flat_map(|list| &list.0)
            .find(|link| !link.reference.is_empty())
            .map_or(own_episode, |link| care(tail(&link.reference)));
        let fact = |step: EventKind| Some(mix(own, step as i64));
        let problems = &mut draft.problems;
        let service = self.service(resource, problems);
        let status: &str = resource.status.0.first().map_or("", |status| status);
        let period = resource.period.0.first();
        let (start, end) = (period.and_then(|p| p.start.as_deref()), period.and_then(|p| p.end.as_deref()));
        let read = |written: Option<&str>, field: &str, problems: &mut Vec<Problem>| -> Option<(Instant, Precision)> {
            match check_time(&self.feed.zone, written.filter(|written| !written.is_empty())?, self.loaded_at) {
                Ok(time) => Some(time),
                Err((code, message, help)) => {
                    problems.push(Problem::error(code, field, message, help));
                    None
                }
            }
        };
        let need = resource.reason_code.0.first().or(resource.code.0.first()).and_then(label);
        let other_service = resource.requester.0.first().and_then(|requester| self.referenced(requester));
        let mut events: Vec<Step> = Vec::new();
        let mut withdraw = false;
        match kind {
            "ServiceRequest" => {
                events.push((Asked, read(resource.authored_on.as_deref(), "authoredOn", problems), "authoredOn"));
                if status == "revoked" {
                    let changed = resource.meta.0.first().map(|meta| meta.last_updated.as_ref());
                    events.push((Cancelled, read(changed, "meta.lastUpdated", problems), "meta.lastUpdated"));
                }
                withdraw = status == "entered-in-error";
            }
            "EpisodeOfCare" => {
                events.push((Started, read(start, "period.start", problems), "period.start"));
                if status == "finished" || end.is_some() {
                    events.push((Left, read(end, "period.end", problems), "period.end"));
                }
                withdraw = status == "entered-in-error";
            }
            "Appointment" => {
                if resource.created.is_some() {
                    events.push((Asked, read(resource.created.as_deref(), "created", problems), "created"));
                }
                let at = read(resource.start.as_deref(), "start", problems);
                match status {
                    "fulfilled" | "arrived" | "checked-in" => events.push((Seen, at, "start")),
                    "noshow" => events.push((Missed, at, "start")),
                    "cancelled" => events.push((Cancelled, at, "start")),
                    _ => {}
                }
                withdraw = status == "entered-in-error";
            }
            "Task" => {
                events.push((Asked, read(resource.authored_on.as_deref(), "authoredOn", problems), "authoredOn"));
                let at = read(resource.last_modified.as_deref(), "lastModified", problems);
                match status {
                    "accepted" | "in-progress" => events.push((Started, at, "lastModified")),
                    "completed" => events.push((Left, at, "lastModified")),
                    "rejected" | "cancelled" => events.push((Cancelled, at, "lastModified")),
                    _ => {}
                }
                withdraw = status == "entered-in-error";
            }
            _ => {
                let (from, to) = (read(start, "period.start", problems), read(end, "period.end", problems));
                if let (Some(from), Some(to)) = (from, to)
                    && to.0 < from.0
                {
                    return problems.push(left_before_started("period.end"));
                }
                let class = resource.class.0.first().map_or("", |class| class.code.as_ref());
                let days = |time: Option<(Instant, Precision)>| time.map(|(at, _)| self.feed.zone.date(at));
                let contact = matches!(class, "AMB" | "HH" | "VR" | "") && (to.is_none() || days(from) == days(to));
                let step = |name: &str| {
                    resource
                        .status_history
                        .0
                        .iter()
                        .find(|step| step.status == name)
                        .and_then(|step| step.period.0.first()?.start.as_deref())
                };
                match status {
                    "planned" => events.push((Asked, from, "period.start")),
                    "cancelled" => events.push((Cancelled, from, "period.start")),
                    "entered-in-error" => {
                        events.push((if contact { Seen } else { Started }, from, "period.start"));
                        withdraw = true;
                    }
                    "finished" if contact => events.push((Seen, from, "period.start")),
                    _ => {
                        if let Some(planned) = step("planned") {
                            events.push((Asked, read(Some(planned), "statusHistory", problems), "statusHistory"));
                        }
                        let arrived = step("arrived").or(step("triaged"));
                        if arrived.is_some() || matches!(status, "arrived" | "triaged") {
                            events.push((Arrived, read(arrived, "statusHistory", problems).or(from), "statusHistory"));
                        }
                        let taken = step("in-progress");
                        if taken.is_some() || matches!(status, "in-progress" | "onleave" | "finished") {
                            events.push((Started, read(taken, "statusHistory", problems).or(from), "statusHistory"));
                        }
                        if status == "finished" {
                            events.push((Left, to, "period.end"));
                        }
                    }
                }
            }
        }
        let destination = resource.hospitalization.0.first().and_then(|stay| self.destination(stay));
        for (event_kind, at, field) in events {
            let Some(at) = at else {
                if draft.problems.is_empty() {
                    draft.problems.push(Problem::error(
                        "missing_field",
                        field,
                        "the resource does not say when",
                        "ask the sender to fill it",
                    ));
                }
                continue;
            };
            let mut event = Event::new(if withdraw { Corrected } else { event_kind }, at);
            event.service = service;
            event.episode = Some(episode);
            event.fact = fact(event_kind);
            event.need = need;
            event.other_service = match event_kind {
                Asked => other_service,
                Left => destination,
                _ => None,
            };
            draft.events.push(event);
        }
    }

    /// The first of the resource's codes that the map knows; else the problem names the first.
    fn service<'r>(&'r self, resource: &'r Resource<'r>, problems: &mut Vec<Problem>) -> Option<&'r str> {
        let codes = self.feed.maps.get("services");
        let concepts = resource.service_type.0.iter().chain(&resource.kind.0).chain(&resource.code.0);
        let coded = concepts.flat_map(|concept| &concept.coding.0).map(|coding| coding.code.as_ref());
        let bodies =
            [&resource.service_provider, &resource.managing_organization, &resource.performer, &resource.owner];
        let named = bodies.iter().flat_map(|list| &list.0).map(body);
        let class = resource.class.0.iter().map(|class| class.code.as_ref());
        let mut candidates = coded.chain(named).chain(class).filter(|code| !code.is_empty()).peekable();
        let first = candidates.peek().copied().unwrap_or("");
        let known = |code: &str| codes.and_then(|codes| codes.get(code)).map(String::as_str);
        match candidates.find_map(known).or_else(|| known("*")) {
            Some(service) => Some(service).filter(|service| !service.is_empty()),
            None => {
                problems.push(unknown_code(first, "serviceType", "services", &self.feed.name, true));
                None
            }
        }
    }

    fn referenced(&self, reference: &Reference) -> Option<&str> {
        self.feed.maps.get("services")?.get(body(reference)).map(String::as_str).filter(|service| !service.is_empty())
    }

    fn destination(&self, stay: &Hospitalization) -> Option<&str> {
        let codes = self.feed.maps.get("destinations")?;
        let mut all = stay.discharge_disposition.0.iter().flat_map(|concept| &concept.coding.0);
        all.find_map(|coding| codes.get(coding.code.as_ref())).map(String::as_str).filter(|service| !service.is_empty())
    }
}

fn broken(wrong: &serde_json::Error) -> Problem {
    // The message of the parser may quote the record; its place does not.
    let message = if wrong.is_eof() {
        "the resource ends in the middle".to_owned()
    } else {
        format!("this is not JSON that we can read, at column {}", wrong.column())
    };
    Problem::error(
        if wrong.is_eof() { "truncated" } else { "wrong_format" },
        "",
        message,
        "it was cut off or is of another format; ask the sender for it again",
    )
}

/// The id at the end of a reference: of `Patient/12`, `https://…/Patient/12`, `urn:uuid:12`.
fn tail(reference: &str) -> &str {
    reference.rsplit(['/', ':']).next().unwrap_or("")
}

/// The code of an organisation or service that is referred to: its identifier, else the id of the reference.
fn body<'r>(reference: &'r Reference) -> &'r str {
    reference.identifier.0.first().map_or_else(|| tail(&reference.reference), |identifier| &identifier.value)
}

fn label<'r>(concept: &'r Concept<'r>) -> Option<&'r str> {
    let code = concept.coding.0.first().map_or("", |coding| &coding.code);
    Some(if concept.text.is_empty() { code } else { &concept.text }).filter(|text: &&str| !text.is_empty())
}
