//! CSV by a feed file: a heading, then a row a record; one row may tell several events.

use crate::feed::{EventRule, Feed, Source};
use crate::tables::{Draft, Event, Output, Problem, mix};
use crate::{Chunk, check_time, subject_of};
use domain::{EventKind, Instant, Precision};
use rustc_hash::FxHashMap;
use vault::{Identifiers, Key};

/// The longest record that is kept; one that is longer is a mistake in the file.
const LONGEST: usize = 1 << 20;

/// A feed's rules with the columns of one heading found.
pub(crate) struct Columns<'a> {
    names: Vec<&'a str>,
    key: Vec<usize>,
    received: Option<usize>,
    episode: Option<Cell<'a>>,
    subject: [Option<usize>; 7],
    events: Vec<Rule<'a>>,
}

struct Rule<'a> {
    kind: EventKind,
    at: usize,
    at_name: &'a str,
    service: Option<Cell<'a>>,
    other_service: Option<Cell<'a>>,
    need: Option<Cell<'a>>,
    when: Option<(usize, &'a [String])>,
    attributes: Vec<(&'a str, usize)>,
}

/// Where a value comes from.
enum Cell<'a> {
    Text(&'a str),
    Column(usize),
    Map { column: usize, column_name: &'a str, map: &'a str, codes: FxHashMap<&'a [u8], &'a str> },
}

impl<'a> Columns<'a> {
    fn find(feed: &'a Feed, heading: &'a csv::ByteRecord) -> Result<Columns<'a>, Problem> {
        let names: Vec<&str> = heading.iter().map(|name| std::str::from_utf8(name).unwrap_or("?").trim()).collect();
        let find = |name: &str| -> Result<usize, Problem> {
            names.iter().position(|column| column.eq_ignore_ascii_case(name)).ok_or_else(|| {
                Problem::error(
                    "missing_column",
                    name,
                    format!("the heading has no column '{name}'; it has: {}", names.join(", ")),
                    format!(
                        "name the right column in the feed file of '{}', or load the file that belongs to it",
                        feed.name
                    ),
                )
            })
        };
        let find_all = |name: &Option<String>| name.as_deref().map(&find).transpose();
        let cell = |source: &'a Option<Source>| -> Result<Option<Cell<'a>>, Problem> {
            Ok(match source {
                None => None,
                Some(Source::Text(text)) => Some(Cell::Text(text)),
                Some(Source::Column(source)) => Some(match &source.map {
                    None => Cell::Column(find(&source.column)?),
                    Some(map) => Cell::Map {
                        column: find(&source.column)?,
                        column_name: &source.column,
                        map,
                        codes: feed.maps[map].iter().map(|(code, to)| (code.as_bytes(), to.as_str())).collect(),
                    },
                }),
            })
        };
        let who = &feed.csv.subject;
        let subject = [
            find_all(&who.local_id)?,
            find_all(&who.nhs_number)?,
            find_all(&who.family_name)?,
            find_all(&who.given_name)?,
            find_all(&who.birth_date)?,
            find_all(&who.sex)?,
            find_all(&who.postcode)?,
        ];
        let rule = |event: &'a EventRule| -> Result<Rule<'a>, Problem> {
            Ok(Rule {
                kind: event.kind,
                at: find(&event.at)?,
                at_name: &event.at,
                service: cell(&event.service)?,
                other_service: cell(&event.other_service)?,
                need: cell(&event.need)?,
                when: event
                    .when
                    .as_ref()
                    .map(|when| Ok::<_, Problem>((find(&when.column)?, when.is.as_slice())))
                    .transpose()?,
                attributes: event
                    .attributes
                    .iter()
                    .map(|(name, column)| Ok((name.as_str(), find(column)?)))
                    .collect::<Result<_, Problem>>()?,
            })
        };
        Ok(Columns {
            key: feed.csv.key.iter().map(|name| find(name)).collect::<Result<_, _>>()?,
            received: find_all(&feed.csv.received)?,
            episode: cell(&feed.csv.episode)?,
            subject,
            events: feed.csv.events.iter().map(rule).collect::<Result<_, _>>()?,
            names,
        })
    }
}

/// Decodes the rows of one chunk.
pub(crate) fn decode(chunk: &Chunk, feed: &Feed, key: &Key, loaded_at: Instant, out: &mut Output) {
    if chunk.head.is_none() {
        return;
    }
    let mut heading = csv::ByteRecord::new();
    let strict = |bytes| csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let head: &[u8] = chunk.head.as_deref().map_or(&[], |head| head.as_slice());
    if strict(head).read_byte_record(&mut heading).is_err() || heading.is_empty() {
        out.problem(
            1,
            &Problem::error(
                "wrong_format",
                "",
                "there is no heading",
                "a csv file begins with the names of its columns",
            ),
        );
        return;
    }
    let columns = match Columns::find(feed, &heading) {
        Ok(columns) => columns,
        Err(problem) => {
            if chunk.first {
                out.problem(1, &problem);
            }
            return;
        }
    };
    let mut row = csv::ByteRecord::new();
    let mut start = 0;
    let mut line = chunk.line;
    'resync: loop {
        let mut reader = strict(&chunk.bytes[start..]);
        let mut began = start;
        loop {
            if !matches!(reader.read_byte_record(&mut row), Ok(true)) {
                break 'resync;
            }
            let end = start + reader.position().byte() as usize;
            let first = chunk.bytes[began..end].iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
            line += memchr::memchr_iter(b'\n', &chunk.bytes[began..began + first]).count() as u64;
            let bytes = chunk.bytes[began + first..end].trim_ascii_end();
            let lines = memchr::memchr_iter(b'\n', bytes).count();
            // A quote that opens and never closes would swallow the rows behind it: take its own line as the bad row.
            if lines > 0 && row.len() != columns.names.len() {
                let cut = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
                let draft = Draft { problems: vec![torn(row.len(), columns.names.len())], ..Draft::default() };
                out.record(bytes[..cut].trim_ascii_end(), line, &draft);
                start = began + first + cut + 1;
                line += 1;
                continue 'resync;
            }
            let draft = read_row(&row, bytes, &columns, feed, key, loaded_at);
            out.record(&bytes[..bytes.len().min(LONGEST)], line, &draft);
            line += memchr::memchr_iter(b'\n', &chunk.bytes[began + first..end]).count() as u64;
            began = end;
        }
    }
}

fn torn(has: usize, wants: usize) -> Problem {
    Problem::error(
        "truncated",
        "",
        format!("the row has {has} columns where the heading has {wants}"),
        "the row was cut off or has a stray quote or comma; ask the sender for it again",
    )
}

fn read_row<'r>(
    row: &'r csv::ByteRecord,
    bytes: &[u8],
    columns: &'r Columns,
    feed: &Feed,
    key: &Key,
    loaded_at: Instant,
) -> Draft<'r> {
    let mut draft = Draft::default();
    if bytes.len() > LONGEST {
        let help = "a quote was never closed, or the file is of another format";
        draft.problems.push(Problem::error("too_long", "", format!("the row has {} bytes", bytes.len()), help));
        return draft;
    }
    if row.len() != columns.names.len() {
        draft.problems.push(torn(row.len(), columns.names.len()));
        return draft;
    }
    if std::str::from_utf8(bytes).is_err() {
        let field = row.iter().position(|field| std::str::from_utf8(field).is_err()).map_or("", |at| columns.names[at]);
        draft.problems.push(Problem::error(
            "invalid_utf8",
            field,
            "the row holds bytes that are not UTF-8",
            "save the file as UTF-8 and add it again",
        ));
        return draft;
    }
    let text = |at: usize| row.get(at).and_then(|field| std::str::from_utf8(field).ok()).unwrap_or("").trim();
    let base = (!columns.key.is_empty()).then(|| {
        let mut parts: Vec<&[u8]> = vec![b"row", feed.name.as_bytes()];
        parts.extend(columns.key.iter().map(|at| text(*at).as_bytes()));
        key.pseudonym(&parts)
    });
    if let Some(at) = columns.received {
        match feed.zone.parse(text(at)) {
            Ok((at, _)) if at <= Instant(loaded_at.0 + 86_400) => draft.received = Some(at),
            _ => draft.problems.push(Problem::warning(
                "bad_time",
                columns.names[at],
                "the time that the row was made cannot be read, or lies ahead; the time of loading is taken",
                "ask the sender to mend the extract",
            )),
        }
    }
    let who = read_subject(columns, &text, feed, &mut draft.problems);
    draft.subject = if who.local_id.is_empty() && who.nhs_number.is_none() && who.family_name.is_empty() {
        key.pseudonym(&[
            b"nobody",
            feed.name.as_bytes(),
            &base.map_or_else(|| bytes.to_vec(), |base| base.to_le_bytes().to_vec()),
        ])
    } else {
        subject_of(&who, &feed.organisation, key)
    };
    let look_up = |cell: &'r Option<Cell<'r>>, problems: &mut Vec<Problem>, wanted: bool| -> Option<&'r str> {
        match cell {
            None => None,
            Some(Cell::Text(text)) => Some(text),
            Some(Cell::Column(at)) => Some(text(*at)).filter(|value| !value.is_empty()),
            Some(Cell::Map { column, column_name, map, codes }) => {
                let code = text(*column);
                let found =
                    codes.get(code.as_bytes()).or_else(|| (!code.is_empty()).then(|| codes.get(&b"*"[..])).flatten());
                match found {
                    Some(to) => Some(to).copied().filter(|to| !to.is_empty()),
                    None if code.is_empty() && !wanted => None,
                    None => {
                        problems.push(unknown_code(code, column_name, map, &feed.name, wanted));
                        None
                    }
                }
            }
        }
    };
    let episode = match look_up(&columns.episode, &mut draft.problems, false) {
        Some(episode) => Some(key.pseudonym(&[b"episode", feed.organisation.as_bytes(), episode.as_bytes()])),
        None => base,
    };
    let mut started: Option<(Instant, Precision)> = None;
    for (which, rule) in columns.events.iter().enumerate() {
        if rule.when.as_ref().is_some_and(|(column, is)| !is.iter().any(|value| value == text(*column))) {
            continue;
        }
        let written = text(rule.at);
        if written.is_empty() {
            continue;
        }
        let time = match check_time(&feed.zone, written, loaded_at) {
            Ok(time) => time,
            Err((code, message, help)) => {
                draft.problems.push(Problem::error(code, rule.at_name, message, help));
                continue;
            }
        };
        match rule.kind {
            EventKind::Started | EventKind::Arrived => started = started.or(Some(time)),
            EventKind::Left if started.is_some_and(|(from, precision)| left_first((from, precision), time, feed)) => {
                draft.problems.push(left_before_started(rule.at_name));
            }
            _ => {}
        }
        let mut event = Event::new(rule.kind, time);
        event.service = look_up(&rule.service, &mut draft.problems, true);
        event.other_service = look_up(&rule.other_service, &mut draft.problems, false);
        event.need = look_up(&rule.need, &mut draft.problems, false);
        event.episode = episode;
        event.fact = base.map(|base| mix(base, which as i64));
        event.attributes = rule
            .attributes
            .iter()
            .map(|(name, at)| (*name, text(*at)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        draft.events.push(event);
    }
    if draft.events.is_empty() && draft.problems.is_empty() {
        draft.problems.push(Problem::note(
            "no_event",
            "",
            "the row tells no event: its times are blank, or no [[event]] fits it",
            "look at [[event]] of the feed file if that is not meant",
        ));
    }
    draft.identifiers = (!who.is_empty()).then_some(who);
    draft
}

fn left_first((from, precision): (Instant, Precision), (to, to_precision): (Instant, Precision), feed: &Feed) -> bool {
    if precision.max(to_precision) == Precision::Day { feed.zone.date(to) < feed.zone.date(from) } else { to < from }
}

pub(crate) fn left_before_started(field: &str) -> Problem {
    Problem::error(
        "impossible_time",
        field,
        "the person left before they started",
        "one of the two times is wrong at the sender; ask for the record again",
    )
}

pub(crate) fn unknown_code(code: &str, field: &str, map: &str, feed: &str, wanted: bool) -> Problem {
    let code: String = code.chars().take(24).collect();
    let message =
        if code.is_empty() { "no code is given".to_owned() } else { format!("'{code}' is not in the map '{map}'") };
    let help = format!(
        "add \"{code}\" = \"a service\" under [map.{map}] in the feed file of '{feed}', then `catchment retry`"
    );
    if wanted {
        Problem::error("unknown_code", field, message, help)
    } else {
        Problem::warning("unknown_code", field, message, help)
    }
}

fn read_subject<'t>(
    columns: &Columns,
    text: &impl Fn(usize) -> &'t str,
    feed: &Feed,
    problems: &mut Vec<Problem>,
) -> Identifiers {
    let [local_id, nhs_number, family_name, given_name, birth_date, sex, postcode] = columns.subject;
    let written = |at: Option<usize>| at.map_or("", text);
    let mut who = Identifiers {
        local_id: written(local_id).to_owned(),
        family_name: written(family_name).to_owned(),
        given_name: written(given_name).to_owned(),
        postcode: written(postcode).to_owned(),
        sex: vault::Sex::read(written(sex)),
        ..Identifiers::default()
    };
    let name = |at: Option<usize>| at.map_or("", |at| columns.names[at]);
    crate::read_nhs_number(written(nhs_number), name(nhs_number), &mut who, problems);
    crate::read_birth_date(written(birth_date), name(birth_date), &feed.zone, &mut who, problems);
    who
}
