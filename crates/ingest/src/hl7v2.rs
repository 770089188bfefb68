//! HL7 v2 ADT messages. What each trigger says is a table in `docs/feeds.md`.

use crate::csv_rows::{left_before_started, unknown_code};
use crate::feed::Feed;
use crate::tables::{Draft, Event, Output, Problem, mix};
use crate::{Chunk, check_range, refuse, subject_of};
use domain::{EventKind, Instant, Precision};
use std::borrow::Cow;
use vault::{Identifiers, Key, Sex};

/// The longest message that is read.
const LONGEST: usize = 1 << 20;

/// Decodes the messages of one chunk, with or without MLLP frames and batch headers.
pub(crate) fn decode(chunk: &Chunk, feed: &Feed, key: &Key, loaded_at: Instant, out: &mut Output) {
    let mut line = chunk.line;
    let mut rest = chunk.bytes.as_slice();
    let mut reader = Reader { feed, key, loaded_at, segments: Vec::new() };
    while !rest.is_empty() {
        let end = next_message(rest).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(end);
        let message = trim(whole);
        if !message.is_empty() {
            let before = crate::chunk::lines(&whole[..whole.len() - whole.trim_ascii_start().len()]);
            // What stands between messages (batch headers and trailers) is not a message.
            if message.starts_with(b"MSH") || !is_envelope(message) {
                let draft = reader.message(message, out, line + before);
                out.record(&message[..message.len().min(LONGEST)], line + before, &draft);
            }
        }
        line += crate::chunk::lines(whole);
        rest = after;
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    let noise = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0x0B | 0x1C);
    let start = bytes.iter().position(|byte| !noise(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !noise(byte)).map_or(start, |at| at + 1);
    &bytes[start..end]
}

fn is_envelope(bytes: &[u8]) -> bool {
    [&b"FHS"[..], b"BHS", b"BTS", b"FTS"].iter().any(|name| bytes.starts_with(name))
}

/// Where the next message begins behind this one.
fn next_message(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(bytes, b"MSH")
        .find(|at| *at > 0 && matches!(bytes[at - 1], b'\r' | b'\n' | 0x0B) && !trim(&bytes[..*at]).is_empty())
}

struct Reader<'f, 'm> {
    feed: &'f Feed,
    key: &'f Key,
    loaded_at: Instant,
    segments: Vec<&'m str>,
}

/// A segment and how it is divided. Fields are numbered as HL7 does: in MSH the separator itself is field 1.
#[derive(Clone, Copy)]
struct Segment<'m> {
    text: &'m str,
    separators: Separators,
    msh: bool,
}

#[derive(Clone, Copy)]
struct Separators {
    field: char,
    component: char,
    repetition: char,
    escape: char,
}

impl<'m> Segment<'m> {
    fn field(&self, number: usize) -> &'m str {
        self.text.split(self.separators.field).nth(if self.msh { number - 1 } else { number }).unwrap_or("").trim()
    }
    fn component(&self, number: usize, component: usize) -> &'m str {
        self.part(self.repetitions(number).next().unwrap_or(""), component)
    }
    fn repetitions(&self, number: usize) -> impl Iterator<Item = &'m str> + use<'m> {
        self.field(number).split(self.separators.repetition)
    }
    fn part(&self, text: &'m str, component: usize) -> &'m str {
        text.split(self.separators.component).nth(component - 1).unwrap_or("").trim()
    }
    /// `""` in quotes means: delete what you hold. It is no value.
    fn plain(&self, text: &'m str) -> Cow<'m, str> {
        if text == "\"\"" {
            return Cow::Borrowed("");
        }
        if !text.contains(self.separators.escape) {
            return Cow::Borrowed(text);
        }
        let Separators { field, component, repetition, escape } = self.separators;
        let mut plain = text.to_owned();
        for (code, meant) in [("F", field), ("S", component), ("T", '&'), ("R", repetition), ("E", escape)] {
            plain = plain.replace(&format!("{escape}{code}{escape}"), &meant.to_string());
        }
        Cow::Owned(plain)
    }
}

impl<'f: 'm, 'm> Reader<'f, 'm> {
    fn message(&mut self, bytes: &'m [u8], out: &mut Output, line: u64) -> Draft<'m> {
        if bytes.len() > LONGEST {
            let message = format!("the message has {} bytes", bytes.len());
            return refuse(Problem::error("too_long", "", message, "it is not an HL7 message, or its ends are lost"));
        }
        if !bytes.starts_with(b"MSH") {
            return refuse(Problem::error(
                "wrong_format",
                "MSH",
                "this is not an HL7 v2 message: it does not begin with MSH",
                "check `format` of the feed file",
            ));
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return refuse(Problem::error(
                "invalid_utf8",
                "MSH-18",
                "the message holds bytes that are not UTF-8",
                "ask the sender to send UTF-8, and to say so in MSH-18",
            ));
        };
        let mut marks = text[3..].chars();
        let (Some(field), Some(component), Some(repetition), Some(escape)) =
            (marks.next(), marks.next(), marks.next(), marks.next())
        else {
            return refuse(Problem::error(
                "truncated",
                "MSH",
                "the message ends within MSH",
                "it was cut off; ask the sender for it again",
            ));
        };
        let separators = Separators { field, component, repetition, escape };
        self.segments.clear();
        self.segments.extend(text.split(['\r', '\n']).filter(|segment| !segment.is_empty()));
        let segment = |name: &str| {
            let found = self.segments.iter().find(|text| text.starts_with(name) && text[3..].starts_with(field));
            found.map(|text| Segment { text, separators, msh: name == "MSH" })
        };
        let Some(msh) = segment("MSH") else {
            return refuse(Problem::error(
                "truncated",
                "MSH",
                "the message ends within MSH",
                "it was cut off; ask the sender for it again",
            ));
        };
        let trigger = match (msh.component(9, 1), msh.component(9, 2)) {
            ("ADT", "") => segment("EVN").map_or("", |evn| evn.field(1)),
            ("ADT", trigger) => trigger,
            ("", _) => {
                return refuse(Problem::error(
                    "truncated",
                    "MSH-9",
                    "the message ends before it says its type",
                    "it was cut off; ask the sender for it again",
                ));
            }
            (other, _) => {
                let other: String = other.chars().take(8).collect();
                let message = format!("{other} messages are kept and not used");
                out.note(line, Problem::note("not_used", "MSH-9", message, "ADT messages make events"));
                return Draft::default();
            }
        };
        let Some(pid) = segment("PID") else {
            return refuse(Problem::error(
                "truncated",
                "PID",
                "the message has no PID segment, so it is nobody's",
                "it was cut off; ask the sender for it again",
            ));
        };
        let mut draft = Draft::default();
        let who = self.identifiers(&pid, &mut draft.problems);
        if who.local_id.is_empty() && who.nhs_number.is_none() && who.family_name.is_empty() {
            return refuse(Problem::error(
                "missing_field",
                "PID-3",
                "PID names nobody: no identifier, no name",
                "ask the sender to fill PID-3",
            ));
        }
        draft.subject = subject_of(&who, &self.feed.organisation, self.key);
        draft.identifiers = Some(who);
        let (pv1, evn) = (segment("PV1"), segment("EVN"));
        let message_time = self.time("MSH-7", msh.field(7), &mut Vec::new());
        let recorded = evn.and_then(|evn| self.time("EVN-2", evn.field(2), &mut draft.problems));
        draft.received = message_time.or(recorded).map(|time| time.0).filter(|at| at.0 <= self.loaded_at.0 + 86_400);
        let happened = evn.and_then(|evn| self.time("EVN-6", evn.field(6), &mut draft.problems));
        let when = Times { happened, recorded: recorded.or(message_time) };
        match trigger {
            "A40" | "A45" | "A34" | "A18" => match segment("MRG") {
                Some(mrg) => self.merge(&mrg, when, &mut draft),
                None => draft.problems.push(Problem::error(
                    "missing_field",
                    "MRG",
                    "a merge without its MRG segment",
                    "ask the sender for it again",
                )),
            },
            "A28" | "A29" | "A47" | "A60" => {
                if trigger != "A28" {
                    out.note(
                        line,
                        Problem::note(
                            "not_used",
                            "MSH-9",
                            format!("ADT {trigger} messages are kept and make no event"),
                            "nothing to do",
                        ),
                    );
                }
            }
            _ => match pv1 {
                Some(pv1) => self.visit(trigger, &pid, &pv1, when, &mut draft, out, line),
                None => draft.problems.push(Problem::error(
                    "truncated",
                    "PV1",
                    format!("an {trigger} message without a PV1 segment"),
                    "it was cut off; ask the sender for it again",
                )),
            },
        }
        draft
    }

    fn identifiers(&self, pid: &Segment<'m>, problems: &mut Vec<Problem>) -> Identifiers {
        let mut who = Identifiers::default();
        let mut nhs_number = "";
        let mut first = "";
        for identifier in pid.repetitions(3) {
            let id = pid.part(identifier, 1);
            match pid.part(identifier, 5) {
                "NH" | "NHS" | "NHSNMBR" => nhs_number = id,
                "MR" | "PI" | "PT" if who.local_id.is_empty() => who.local_id = id.to_owned(),
                _ if first.is_empty() => first = id,
                _ => {}
            }
        }
        if who.local_id.is_empty() {
            who.local_id = if first.is_empty() { pid.component(2, 1) } else { first }.to_owned();
        }
        let name = pid.repetitions(5).next().unwrap_or("");
        who.family_name = pid.plain(pid.part(name, 1)).split('&').next().unwrap_or("").to_owned();
        who.given_name = pid.plain(pid.part(name, 2)).into_owned();
        who.sex = Sex::read(pid.field(8));
        who.postcode = pid.plain(pid.component(11, 5)).into_owned();
        crate::read_nhs_number(nhs_number, "PID-3", &mut who, problems);
        crate::read_birth_date(pid.component(7, 1), "PID-7", &self.feed.zone, &mut who, problems);
        who
    }

    fn time(&self, field: &str, written: &str, problems: &mut Vec<Problem>) -> Option<(Instant, Precision)> {
        let written = written.split('^').next().unwrap_or("");
        if written.is_empty() || written == "\"\"" {
            return None;
        }
        match self.feed.zone.parse(written) {
            Ok(time) => Some(time),
            Err(wrong) => {
                problems.push(Problem::error(
                    "bad_time",
                    field,
                    wrong.to_string(),
                    "HL7 times are written 202511030914[05][+0000]",
                ));
                None
            }
        }
    }

    fn merge(&self, mrg: &Segment, when: Times, draft: &mut Draft<'m>) {
        let mut old = mrg.repetitions(1).map(|id| (mrg.part(id, 1), mrg.part(id, 5)));
        let all: Vec<_> = old.by_ref().collect();
        let id =
            all.iter().find(|(_, kind)| matches!(*kind, "MR" | "PI" | "PT")).or(all.first()).map_or("", |(id, _)| id);
        let Some(at) = when.happened.or(when.recorded).filter(|_| !id.is_empty()) else {
            draft.problems.push(Problem::error(
                "missing_field",
                "MRG-1",
                "a merge that does not say who, or when",
                "ask the sender for it again",
            ));
            return;
        };
        let old = Identifiers { local_id: id.to_owned(), ..Identifiers::default() };
        let mut event = Event::new(EventKind::Merged, at);
        event.other_subject = Some(subject_of(&old, &self.feed.organisation, self.key));
        self.push(draft, event, "EVN-6");
    }

    #[allow(clippy::too_many_arguments)]
    fn visit(
        &self,
        trigger: &'m str,
        pid: &Segment<'m>,
        pv1: &Segment<'m>,
        when: Times,
        draft: &mut Draft<'m>,
        out: &mut Output,
        line: u64,
    ) {
        use EventKind::{Asked, Corrected, Left, Ready, Started};
        let problems = &mut draft.problems;
        let admitted = self.time("PV1-44", pv1.field(44), problems);
        let discharged = self.time("PV1-45", pv1.field(45), problems);
        if let (Some(from), Some(to)) = (admitted, discharged)
            && to.0 < from.0
        {
            problems.push(left_before_started("PV1-45"));
            return;
        }
        let number = pv1.component(19, 1);
        let organisation = self.feed.organisation.as_bytes();
        let visit = self.key.pseudonym(&[
            b"episode",
            organisation,
            if number.is_empty() { pid.field(3) } else { number }.as_bytes(),
        ]);
        let episode = (!number.is_empty()).then_some(visit);
        let fact = |step: &str, at: Option<(Instant, Precision)>| {
            let step = step.bytes().fold(0, |sum, byte| sum * 256 + i64::from(byte));
            Some(mix(mix(visit, step), at.map_or(0, |at| at.0.0)))
        };
        let ward = |field: usize, wanted: bool, problems: &mut Vec<Problem>| -> Option<&'m str> {
            let name = if field == 3 { "PV1-3" } else { "PV1-6" };
            self.map("wards", pv1.component(field, 1), name, wanted, problems)
        };
        let destination = |problems: &mut Vec<Problem>| -> Option<&'m str> {
            let (disposition, location) = (pv1.component(36, 1), pv1.component(37, 1));
            let known = self.feed.maps.get("destinations");
            let found = known.and_then(|map| map.get(location).or_else(|| map.get(disposition))).map(String::as_str);
            if found.is_none() && known.is_some() && !(disposition.is_empty() && location.is_empty()) {
                problems.push(unknown_code(
                    if disposition.is_empty() { location } else { disposition },
                    "PV1-36",
                    "destinations",
                    &self.feed.name,
                    false,
                ));
            }
            found.filter(|to| !to.is_empty())
        };
        let died = pv1.component(36, 1) == "20" || pid.field(30) == "Y";
        let missing = |name: &str| {
            Problem::error(
                "missing_field",
                name,
                "the message does not say when it happened",
                "ask the sender to fill EVN-6",
            )
        };
        let event = |kind, at| Event { episode, ..Event::new(kind, at) };
        match trigger {
            "A01" | "A04" => {
                let start = when.happened.or(admitted).or(when.recorded);
                let Some(at) = start else { return problems.push(missing("EVN-6")) };
                let service = ward(3, true, problems);
                let need = Some(pv1.field(2)).filter(|class| !class.is_empty());
                self.push(draft, Event { service, need, fact: fact("A01", None), ..event(Started, at) }, "EVN-6");
            }
            "A13" => {
                // A discharge that did not happen: the version that withdraws it, and the death that it may have told.
                let at = when.happened.or(when.recorded).or(discharged);
                let Some(at) = at else { return problems.push(missing("EVN-6")) };
                let service = ward(3, false, problems);
                for step in ["A03", "died"] {
                    self.push(draft, Event { service, fact: fact(step, None), ..event(Corrected, at) }, "EVN-6");
                }
            }
            "A05" | "A14" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let (service, other_service) = (ward(3, true, problems), ward(6, false, problems));
                self.push(
                    draft,
                    Event { service, other_service, fact: fact("A14", None), ..event(Asked, at) },
                    "EVN-6",
                );
            }
            "A02" | "A06" | "A07" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let (service, from) = (ward(3, true, problems), ward(6, false, problems));
                if from.is_some() && from != service {
                    self.push(
                        draft,
                        Event {
                            service: from,
                            other_service: service,
                            fact: fact("A02-", Some(at)),
                            ..event(Left, at)
                        },
                        "EVN-6",
                    );
                }
                self.push(
                    draft,
                    Event { service, other_service: from, fact: fact("A02", Some(at)), ..event(Started, at) },
                    "EVN-6",
                );
            }
            "A15" | "A16" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let (service, other_service) = (ward(3, true, problems), destination(problems));
                self.push(
                    draft,
                    Event { service, other_service, fact: fact("A16", None), ..event(Ready, at) },
                    "EVN-6",
                );
            }
            "A25" | "A26" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let service = ward(3, false, problems);
                self.push(draft, Event { service, fact: fact("A16", None), ..event(Corrected, at) }, "EVN-6");
            }
            "A27" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let service = ward(3, false, problems);
                self.push(draft, Event { service, fact: fact("A14", None), ..event(Corrected, at) }, "EVN-6");
            }
            "A03" => {
                let Some(at) = discharged.or(when.happened).or(when.recorded) else {
                    return problems.push(missing("PV1-45"));
                };
                let (service, other_service) = (ward(3, true, problems), destination(problems));
                self.push(
                    draft,
                    Event { service, other_service, fact: fact("A03", None), ..event(Left, at) },
                    "PV1-45",
                );
                if died {
                    let death = self.time("PID-29", pid.field(29), &mut draft.problems).unwrap_or(at);
                    self.push(
                        draft,
                        Event { service, fact: fact("died", None), ..event(EventKind::Died, death) },
                        "PID-29",
                    );
                }
            }
            "A08" | "A31" => {
                let service = ward(3, false, problems);
                for (time, step, kind, field) in
                    [(admitted, "A01", Started, "PV1-44"), (discharged, "A03", Left, "PV1-45")]
                {
                    if let Some(at) = time {
                        self.push(
                            draft,
                            Event { service, fact: fact(step, None), corrects: Some(kind), ..event(Corrected, at) },
                            field,
                        );
                    }
                }
            }
            "A11" | "A12" => {
                let Some(at) = when.happened.or(when.recorded) else { return problems.push(missing("EVN-6")) };
                let service = ward(3, false, problems);
                let steps: &[_] =
                    if trigger == "A11" { &[("A01", None)] } else { &[("A02", Some(at)), ("A02-", Some(at))] };
                for (step, time) in steps {
                    self.push(draft, Event { service, fact: fact(step, *time), ..event(Corrected, at) }, "EVN-6");
                }
            }
            _ => {
                let trigger: String = trigger.chars().take(8).collect();
                out.note(
                    line,
                    Problem::note(
                        "not_used",
                        "MSH-9",
                        format!("ADT {trigger} messages are kept and make no event"),
                        "nothing to do",
                    ),
                );
            }
        }
    }

    fn map(&self, map: &str, code: &'m str, field: &str, wanted: bool, problems: &mut Vec<Problem>) -> Option<&'m str> {
        let codes = self.feed.maps.get(map);
        match codes.and_then(|codes| codes.get(code).or_else(|| codes.get("*"))) {
            Some(service) => Some(service.as_str()).filter(|service| !service.is_empty()),
            None if code.is_empty() && !wanted => None,
            None => {
                problems.push(unknown_code(code, field, map, &self.feed.name, wanted));
                None
            }
        }
    }

    fn push(&self, draft: &mut Draft<'m>, event: Event<'m>, field: &str) {
        match check_range(&self.feed.zone, event.at, self.loaded_at) {
            Ok(()) => draft.events.push(event),
            Err((code, message, help)) => draft.problems.push(Problem::error(code, field, message, help)),
        }
    }
}

#[derive(Clone, Copy)]
struct Times {
    happened: Option<(Instant, Precision)>,
    recorded: Option<(Instant, Precision)>,
}
