//! Given these bytes, these events and these problems. The text of each check reads as the rule that it pins.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use domain::{Instant, Place};
use ingest::{Chunks, Decoded, Decoder, Feed, Key};

const PLACE: &str = "name = 'Rivermead'
organisation = [{ id = 'QR1', name = 'General', sector = 'acute' }, { id = 'QR5', name = 'Community', sector = 'community' }]
service = [
  { id = 'ed', name = 'ED', kind = 'emergency_department', organisation = 'QR1' },
  { id = 'ward', name = 'Wards', kind = 'ward', organisation = 'QR1' },
  { id = 'nursing', name = 'Nursing', kind = 'community_nursing', organisation = 'QR5' },
]
[[neighbourhood]]
name = 'Eastbrook'
lsoa = [{ code = 'E01990001', deprivation = 1, postcodes = ['QR1 1'] }]";

const CSV: &str = r#"
feed = "visits"
organisation = "QR1"
format = "csv"
key = ["visit"]
[subject]
local_id = "who"
nhs_number = "nhs"
birth_date = "born"
postcode = "postcode"
[[event]]
kind = "started"
at = "arrived"
service = { column = "site", map = "sites" }
[[event]]
kind = "left"
at = "left"
service = { column = "site", map = "sites" }
attributes = { how = "how" }
[map.sites]
"A" = "ed"
"#;
const HEAD: &str = "visit,who,nhs,born,postcode,site,arrived,left,how\n";

const HL7: &str = r#"
feed = "adt"
organisation = "QR1"
format = "hl7v2"
[map.wards]
"ED" = "ed"
"W1" = "ward"
[map.destinations]
"P1" = "nursing"
"#;

const FHIR: &str = r#"
feed = "community"
organisation = "QR5"
format = "fhir"
[map.services]
"DN" = "nursing"
"QR1" = "ward"
"#;

fn decode(feed: &str, bytes: &[u8]) -> Vec<Decoded> {
    let place = Place::parse(PLACE).unwrap();
    let feed = Feed::parse(feed, &place).unwrap();
    let decoder = Decoder::new(&feed, &place, Key::new(&[7; 32]), Instant(1_763_000_000));
    Chunks::new(bytes, feed.format).map(|chunk| decoder.decode(&chunk.unwrap(), "file")).collect()
}

fn text(batch: &RecordBatch, name: &str, row: usize) -> String {
    let column = batch.column_by_name(name).unwrap();
    if column.is_null(row) { "-".to_owned() } else { column.as_string::<i32>().value(row).to_owned() }
}

/// The events as `kind service other time`, then the problems as `line severity code field`.
fn told(feed: &str, bytes: &[u8]) -> Vec<String> {
    let london = domain::Zone::named("Europe/London").unwrap();
    let mut lines = Vec::new();
    for tables in decode(feed, bytes) {
        let events = &tables.events;
        for row in 0..events.num_rows() {
            let at =
                events.column_by_name("occurred_at").unwrap().as_primitive::<TimestampMicrosecondType>().value(row);
            let corrects = text(events, "corrects", row);
            let corrects = if corrects == "-" { String::new() } else { format!(" corrects {corrects}") };
            lines.push(format!(
                "{} {} {} {}{corrects}",
                text(events, "kind", row),
                text(events, "service", row),
                text(events, "other_service", row),
                london.show(Instant::from_micros(at))
            ));
        }
        let problems = &tables.problems;
        for row in 0..problems.num_rows() {
            let line =
                problems.column_by_name("line").unwrap().as_primitive::<arrow::datatypes::Int64Type>().value(row);
            let words = ["severity", "code", "field"].map(|name| text(problems, name, row));
            lines.push(format!("{line} {}", words.join(" ").trim_end()));
        }
    }
    lines
}

#[track_caller]
fn check(feed: &str, bytes: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(told(feed, bytes.as_ref()), expected);
}

fn csv(rows: &str) -> String {
    format!("{HEAD}{rows}")
}

#[test]
fn a_row_tells_as_many_events_as_it_has_times() {
    check(
        CSV,
        csv("1,a,,,,A,2025-11-03 09:14,,\n2,a,,,,A,2025-11-03 09:14,2025-11-03 12:00,home\n"),
        &["started ed - 2025-11-03 09:14", "started ed - 2025-11-03 09:14", "left ed - 2025-11-03 12:00"],
    );
}

#[test]
fn a_bad_row_is_named_by_its_line_and_the_good_ones_go_in() {
    check(
        CSV,
        csv(
            "1,a,,,,B,2025-11-03 09:14,,\n2,b,,,,A,yesterday,,\n3,c,,,,A,2025-11-03 09:14,2025-11-02 09:14,\n4,d,,,,A,2025-11-03\n5,e,,,,A,1900-01-01,,\n6,f,,,,A,2099-01-01,,\n7,g,,,,A,2025-11-03 10:00,,\n",
        ),
        &[
            "started ed - 2025-11-03 10:00",
            "2 error unknown_code site",
            "3 error bad_time arrived",
            "4 error impossible_time left",
            "5 error truncated",
            "6 error impossible_time arrived",
            "7 error impossible_time arrived",
        ],
    );
}

#[test]
fn a_mistyped_nhs_number_or_birth_date_costs_that_field_only() {
    check(
        CSV,
        csv("1,a,9434765918,1950-02-30,,A,2025-11-03 10:00,,\n"),
        &["started ed - 2025-11-03 10:00", "2 warning bad_nhs_number nhs", "2 warning bad_birth_date born"],
    );
}

#[test]
fn bytes_that_are_not_utf8_are_refused_in_their_row_alone() {
    let mut bytes = csv("1,a,,,,A,2025-11-03 10:00,,").into_bytes();
    bytes.extend(b"Jos\xe9\n2,b,,,,A,2025-11-03 11:00,,\n");
    check(CSV, bytes, &["started ed - 2025-11-03 11:00", "2 error invalid_utf8 how"]);
}

#[test]
fn a_quote_that_never_closes_costs_its_own_line() {
    check(
        CSV,
        csv("1,\"a,,,,A,2025-11-03 10:00,,\n2,b,,,,A,2025-11-03 11:00,,\n3,c,,,,A,2025-11-03 12:00,,\n"),
        &["started ed - 2025-11-03 11:00", "started ed - 2025-11-03 12:00", "2 error truncated"],
    );
}

#[test]
fn quotes_may_hold_commas_and_lines_and_lines_are_still_counted() {
    check(
        CSV,
        csv("1,a,,,,A,2025-11-03 10:00,,\"by\nfoot, slowly\"\n2,b,,,,A,never,,\n"),
        &["started ed - 2025-11-03 10:00", "4 error bad_time arrived"],
    );
}

#[test]
fn a_heading_without_a_column_that_the_feed_names_is_said_once() {
    check(CSV, "visit,who\n1,a\n2,b\n", &["1 error missing_column nhs"]);
}

#[test]
fn an_empty_file_is_said_and_is_no_error() {
    for format in [CSV, HL7, FHIR] {
        check(format, "", &["1 note empty_file"]);
    }
}

fn message(trigger: &str, evn6: &str, pv1: &str) -> String {
    format!(
        "MSH|^~\\&|PAS|QR1|||202511030920||ADT^{trigger}|1|P|2.4\rEVN|{trigger}|202511030920||||{evn6}\rPID|1||77^^^QR1^MR~9434765919^^^NHS^NH||O\\T\\Shea^Ann||19500102|F|||1 High St^^Town^^QR1 1AB\r{pv1}\r"
    )
}

#[test]
fn adt_messages_tell_what_the_table_in_the_manual_says() {
    check(
        HL7,
        message("A04", "202511030914", "PV1|1|E|ED^^^QR1||||||||||||||||V1"),
        &["started ed - 2025-11-03 09:14"],
    );
    check(HL7, message("A14", "202511031000", "PV1|1|I|W1|||ED|||||||||||||V2"), &["asked ward ed 2025-11-03 10:00"]);
    check(
        HL7,
        message("A02", "202511031200", "PV1|1|I|W1|||ED|||||||||||||V1"),
        &["left ed ward 2025-11-03 12:00", "started ward ed 2025-11-03 12:00"],
    );
    let pv1 = |tail: &str| format!("PV1|1|I|W1{}V2{}{tail}", "|".repeat(16), "|".repeat(17));
    check(HL7, message("A16", "202511041000", &pv1("P1")), &["ready ward nursing 2025-11-04 10:00"]);
    check(HL7, message("A03", "", &pv1("P1|||||||||202511051530")), &["left ward nursing 2025-11-05 15:30"]);
    check(
        HL7,
        message("A03", "", &pv1("20|||||||||202511051530")),
        &["left ward - 2025-11-05 15:30", "died ward - 2025-11-05 15:30", "1 warning unknown_code PV1-36"],
    );
    check(HL7, message("A11", "202511030930", "PV1|1|I|W1||||||||||||||||V2"), &["corrected ward - 2025-11-03 09:30"]);
    let withdrawn = "corrected ward - 2025-11-05 16:00";
    check(HL7, message("A13", "202511051600", "PV1|1|I|W1||||||||||||||||V2"), &[withdrawn, withdrawn]);
    check(
        HL7,
        message("A08", "", &pv1("||||||||202511030800")),
        &["corrected ward - 2025-11-03 08:00 corrects started"],
    );
}

#[test]
fn a_merge_tells_who_is_no_more() {
    let bytes = "MSH|^~\\&|PAS|QR1|||202511030920||ADT^A40|1|P|2.4\rEVN|A40|202511030920\rPID|1||77^^^QR1^MR||Shea^Ann\rMRG|78^^^QR1^MR\r";
    let tables = &decode(HL7, bytes.as_bytes())[0];
    assert_eq!(text(&tables.events, "kind", 0), "merged");
    let (kept, gone) =
        (tables.events.column_by_name("subject").unwrap(), tables.events.column_by_name("other_subject").unwrap());
    assert_ne!(kept.to_data(), gone.to_data());
    assert!(gone.is_valid(0));
}

#[test]
fn messages_may_end_lines_in_any_way_and_wear_mllp_frames_and_batch_headers() {
    let one = message("A04", "202511030914", "PV1|1|E|ED||||||||||||||||V1");
    let started = "started ed - 2025-11-03 09:14";
    check(HL7, one.replace('\r', "\n"), &[started]);
    check(HL7, one.replace('\r', "\r\n"), &[started]);
    check(
        HL7,
        format!("\u{b}{one}\u{1c}\r\u{b}{}\u{1c}\r", one.replace("0914", "0915")),
        &[started, "started ed - 2025-11-03 09:15"],
    );
    check(HL7, format!("FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r{one}BTS|1\rFTS|1\r"), &[started]);
}

#[test]
fn a_message_that_was_cut_off_is_refused_with_what_is_missing() {
    let whole = message("A04", "202511030914", "PV1|1|E|ED");
    check(HL7, &whole[..20], &["1 error truncated MSH-9"]);
    check(HL7, whole.split("PV1").next().unwrap(), &["1 error truncated PV1"]);
    check(HL7, "MSH|", &["1 error truncated MSH"]);
    check(HL7, "a,b,c\n1,2,3\n", &["1 error wrong_format MSH"]);
    check(HL7, whole.replace("ADT^A04", "ORU^R01"), &["1 note not_used MSH-9"]);
}

#[test]
fn nobody_is_named_by_what_leaves() {
    let tables = &decode(HL7, message("A04", "202511030914", "PV1|1|E|ED||||||||||||||||V1").as_bytes())[0];
    let shown = format!("{:?}{:?}{:?}", tables.events, tables.problems, tables.subjects);
    for secret in ["Shea", "Ann", "9434765919", "High St", "QR1 1AB"] {
        assert!(!shown.contains(secret), "{secret} leaks");
        let payload = tables.records.column_by_name("payload").unwrap().as_binary::<i32>().value(0);
        assert!(!payload.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} leaks");
    }
    assert_eq!(text(&tables.subjects, "neighbourhood", 0), "Eastbrook");
}

#[test]
fn fhir_resources_tell_what_the_table_in_the_manual_says() {
    let referral = r#"{"resourceType":"ServiceRequest","id":"r1","status":"active","subject":{"reference":"Patient/7"},"authoredOn":"2025-11-03T09:14:00+00:00","code":{"coding":[{"code":"DN"}]},"requester":{"identifier":{"value":"QR1"}}}"#;
    check(FHIR, referral, &["asked nursing ward 2025-11-03 09:14"]);
    check(FHIR, referral.replace("active", "entered-in-error"), &["corrected nursing ward 2025-11-03 09:14"]);
    let revoked = referral
        .replace("\"status\":\"active\"", "\"meta\":{\"lastUpdated\":\"2025-11-04T10:00:00Z\"},\"status\":\"revoked\"");
    check(FHIR, revoked, &["asked nursing ward 2025-11-03 09:14", "cancelled nursing - 2025-11-04 10:00"]);
    let visit = r#"{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"HH"},"subject":{"reference":"Patient/7"},"basedOn":[{"reference":"ServiceRequest/r1"}],"serviceType":{"coding":[{"code":"DN"}]},"period":{"start":"2025-11-05T10:00:00+00:00","end":"2025-11-05T10:30:00+00:00"}}"#;
    check(FHIR, visit, &["seen nursing - 2025-11-05 10:00"]);
    let stay = visit.replace("\"HH\"", "\"IMP\"");
    check(FHIR, &stay, &["started nursing - 2025-11-05 10:00", "left nursing - 2025-11-05 10:30"]);
    check(FHIR, stay.replace("2025-11-05T10:30", "2025-11-04T10:30"), &["1 error impossible_time period.end"]);
    let booked = r#"{"resourceType":"Appointment","id":"a1","status":"noshow","created":"2025-11-01","start":"2025-11-03T09:00:00Z","serviceType":[{"coding":[{"code":"DN"}]}],"participant":[{"actor":{"reference":"Patient/7"}}]}"#;
    check(FHIR, booked, &["asked nursing - 2025-11-01 00:00", "missed nursing - 2025-11-03 09:00"]);
    check(FHIR, booked.replace("\"DN\"", "\"XX\""), &["1 error unknown_code serviceType"]);
}

#[test]
fn a_visit_and_its_referral_are_one_episode() {
    let lines = r#"{"resourceType":"ServiceRequest","id":"r1","status":"active","subject":{"reference":"Patient/7"},"authoredOn":"2025-11-03","code":{"coding":[{"code":"DN"}]}}
{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"HH"},"subject":{"reference":"Patient/7"},"basedOn":[{"reference":"ServiceRequest/r1"}],"serviceType":{"coding":[{"code":"DN"}]},"period":{"start":"2025-11-05","end":"2025-11-05"}}"#;
    let tables = &decode(FHIR, lines.as_bytes())[0];
    let episode = tables.events.column_by_name("episode").unwrap().as_primitive::<arrow::datatypes::Int64Type>();
    let subject = tables.events.column_by_name("subject").unwrap().as_primitive::<arrow::datatypes::Int64Type>();
    assert_eq!(episode.value(0), episode.value(1));
    assert_eq!(subject.value(0), subject.value(1));
}

#[test]
fn fhir_of_other_shapes_is_read_or_refused_with_a_reason() {
    let patient = r#"{"resourceType":"Patient","id":"7","birthDate":"1950-01-02"}"#;
    check(FHIR, patient, &[]);
    check(
        FHIR,
        format!(
            "{{\n \"resourceType\": \"Bundle\",\n \"entry\": [{{\"resource\": {patient}}},\n {{\"resource\": {{\"resourceType\":\"Observation\"}}}}]\n}}"
        ),
        &["1 note not_used Observation"],
    );
    check(FHIR, format!("[{patient}]"), &[]);
    check(FHIR, "<Patient xmlns=\"http://hl7.org/fhir\"/>", &["1 error wrong_format"]);
    check(FHIR, &patient[..30], &["1 error truncated"]);
    check(FHIR, "{\"a\":1}", &["1 error wrong_format resourceType"]);
    check(
        FHIR,
        format!("{patient}\n{{\"resourceType\":\"Encounter\",\"id\":\"1\"}}\n"),
        &["2 error missing_field subject"],
    );
}

#[test]
fn a_record_told_twice_is_one_by_its_digest_and_a_fact_told_twice_is_one_event() {
    let rows = csv("1,a,,,,A,2025-11-03 10:00,,\n1,a,,,,A,2025-11-03 10:00,,\n1,a,,,,A,2025-11-03 10:00,,by car\n");
    let tables = &decode(CSV, rows.as_bytes())[0];
    assert_eq!(tables.digests[0], tables.digests[1]);
    assert_ne!(tables.digests[0], tables.digests[2]);
    let ids = tables.events.column_by_name("event_id").unwrap().as_primitive::<arrow::datatypes::Int64Type>();
    assert_eq!(ids.value(0), ids.value(2));
}

#[test]
fn known_records_are_left_out_with_all_that_hangs_on_them() {
    let rows = csv("1,a,9434765918,,,A,2025-11-03 10:00,,\n2,b,,,,A,2025-11-03 11:00,,\n");
    let tables = decode(CSV, rows.as_bytes()).remove(0).keep(&[false, true]);
    assert_eq!(
        (tables.records.num_rows(), tables.events.num_rows(), tables.problems.num_rows(), tables.subjects.num_rows()),
        (1, 1, 0, 1)
    );
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn no_bytes_stop_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0usize..3, cut in 0usize..500) {
            let whole = [csv("1,a,,,,A,2025-11-03 10:00,,\n"), message("A03", "202511030914", "PV1|1|E|ED||||||||||||||||V1"), "{\"resourceType\":\"Encounter\",\"id\":\"1\",\"period\":{}}\n".to_owned()];
            let mut input = whole[which].clone().into_bytes();
            input.truncate(cut);
            input.extend(&bytes);
            told([CSV, HL7, FHIR][which], &input);
        }
    }
}

#[test]
fn published_figures_are_read_from_parquet_as_from_csv() {
    use arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray};
    use std::sync::Arc;
    let feed = "feed = 'beds'\norganisation = 'NHSE'\nformat = 'series'\nperiod = 'day'\ngrain = 'day'\nlevel = 'organisation'\ngroup = 'trust'
series = [{ measure = 'occupied', title = 'Beds occupied', unit = '%', numerator = 'full', denominator = 'beds', multiplier = 100 }]";
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("day", Arc::new(Date32Array::from(vec![20_000, 20_001]))),
        ("trust", Arc::new(StringArray::from(vec!["T1", "T1"]))),
        ("full", Arc::new(Float64Array::from(vec![Some(45.0), None]))),
        ("beds", Arc::new(Float64Array::from(vec![50.0, 50.0]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let place = Place::parse(PLACE).unwrap();
    let feed = Feed::parse(feed, &place).unwrap();
    let decoder = Decoder::new(&feed, &place, Key::new(&[7; 32]), Instant(1_763_000_000));
    let parquet = decoder.decode_parquet(bytes::Bytes::from(file), "beds.parquet").unwrap();
    let csv = b"day,trust,full,beds\n2024-10-04,T1,45,50\n2024-10-05,T1,*,50\n";
    let csv =
        Chunks::new(&csv[..], feed.format).map(|chunk| decoder.decode(&chunk.unwrap(), "beds.csv")).next().unwrap();
    assert_eq!(parquet.published, csv.published);
    assert_eq!(
        csv.published
            .column_by_name("value")
            .unwrap()
            .as_primitive::<arrow::datatypes::Float64Type>()
            .iter()
            .collect::<Vec<_>>(),
        [Some(90.0), None]
    );
    assert!(decoder.decode_parquet(bytes::Bytes::from_static(b"not parquet"), "x").is_err());
}
