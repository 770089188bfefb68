//! The published HL7 v2 and FHIR samples, and the Sepsis log as a CSV feed: all accepted, or refused with a reason.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use arrow::array::AsArray;
use domain::{Instant, Place};
use ingest::{Chunks, Decoded, Decoder, Feed, Key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(part);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}

fn place() -> Place {
    Place::parse(
        "name = 'Anywhere'
organisation = [{ id = 'X', name = 'Anyone', sector = 'acute' }]
service = [{ id = 'ward', name = 'Ward', kind = 'ward', organisation = 'X' }]",
    )
    .unwrap()
}

fn decode(feed: &str, path: &Path) -> Vec<Decoded> {
    let place = place();
    let feed = Feed::parse(feed, &place).unwrap();
    let decoder = Decoder::new(&feed, &place, Key::new(&[7; 32]), Instant(1_763_000_000));
    let file = std::fs::File::open(path).unwrap();
    Chunks::new(file, feed.format).map(|chunk| decoder.decode(&chunk.unwrap(), "sample")).collect()
}

/// Records, events and problems by code, of each file below a folder.
fn count(feed: &str, folder: &Path) -> BTreeMap<String, (usize, usize, BTreeMap<String, usize>)> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (mut records, mut events, mut codes) = (0, 0, BTreeMap::new());
        for tables in decode(feed, &path) {
            records += tables.digests.len();
            events += tables.event_count();
            for code in tables.problems.column_by_name("code").unwrap().as_string::<i32>().iter().flatten() {
                *codes.entry(code.to_owned()).or_default() += 1;
            }
        }
        assert!(records > 0, "{} gives no record", path.display());
        assert!(
            events > 0
                || !codes.is_empty()
                || path.file_name().is_some_and(
                    |name| name.to_string_lossy().contains("Patient") || name.to_string_lossy().contains("A28")
                ),
            "{} says nothing and is not refused",
            path.display()
        );
        files.insert(path.file_name().unwrap().to_string_lossy().into_owned(), (records, events, codes));
    }
    files
}

const HL7: &str = "feed = 'adt'\norganisation = 'X'\nformat = 'hl7v2'\n[map.wards]\n'*' = 'ward'";
const FHIR: &str = "feed = 'fhir'\norganisation = 'X'\nformat = 'fhir'\n[map.services]\n'*' = 'ward'";

#[test]
fn every_published_hl7_message_is_accepted_or_refused_with_a_reason() {
    let Some(folder) = shared("interop/hl7v2") else { return };
    let ms = count(HL7, &folder.join("ms_fhir_converter"));
    assert_eq!(ms.len(), 26);
    println!("{ms:#?}");
    assert!(ms.values().filter(|(_, events, _)| *events > 0).count() >= 10);
    let oie = count(HL7, &folder.join("oie"));
    assert!(oie["batch01.hl7"].0 > 1, "a batch holds several messages: {oie:?}");
    let lfh = count(HL7, &folder.join("lfh"));
    assert!(lfh.values().all(|(_, events, codes)| *events == 1 || codes.contains_key("not_used")), "{lfh:?}");
}

#[test]
fn every_published_fhir_resource_is_accepted_or_refused_with_a_reason() {
    let Some(folder) = shared("interop/fhir") else { return };
    let synthea = count(FHIR, &folder.join("synthea_pathling"));
    let (records, events, codes) = &synthea["Encounter.ndjson"];
    println!("{synthea:#?}");
    assert_eq!(*records, 3697);
    assert!(*events + codes.values().sum::<usize>() >= 3697);
    assert_eq!(synthea["Patient.ndjson"].0, 100);
    let xml = count(FHIR, &folder.join("ukcore_xml"));
    assert!(xml.values().all(|(_, _, codes)| codes.get("wrong_format") == Some(&1)), "{xml:?}");
    for part in ["bars_json", "ers_json", "nhs111"] {
        println!("{part} {:#?}", count(FHIR, &folder.join(part)));
    }
}

#[test]
fn the_sepsis_log_is_a_csv_feed() {
    let Some(path) = shared("journeys/sepsis_cases.csv.gz") else { return };
    let feed = "feed = 'sepsis'\norganisation = 'X'\nformat = 'csv'
episode = { column = 'case_id' }
[subject]
local_id = 'case_id'
[[event]]
kind = 'started'
at = 'timestamp'
service = 'ward'
when = { column = 'activity', is = ['ER Registration'] }
[[event]]
kind = 'left'
at = 'timestamp'
service = 'ward'
when = { column = 'activity', is = ['Release A', 'Release B', 'Release C', 'Release D', 'Release E'] }
[[event]]
kind = 'seen'
at = 'timestamp'
service = 'ward'
when = { column = 'activity', is = ['ER Triage', 'ER Sepsis Triage', 'CRP', 'Leucocytes', 'LacticAcid', 'IV Liquid', 'IV Antibiotics', 'Admission NC', 'Admission IC', 'Return ER'] }";
    let place = place();
    let feed = Feed::parse(feed, &place).unwrap();
    let decoder = Decoder::new(&feed, &place, Key::new(&[7; 32]), Instant(1_763_000_000));
    let gunzipped = std::process::Command::new("gzip").arg("-dc").arg(&path).output().unwrap().stdout;
    let mut events = 0;
    let mut records = 0;
    for chunk in Chunks::new(gunzipped.as_slice(), feed.format) {
        let tables = decoder.decode(&chunk.unwrap(), "sepsis");
        events += tables.event_count();
        records += tables.digests.len();
        assert_eq!(tables.problems.num_rows(), 0);
    }
    assert_eq!((records, events), (15_214, 15_214));
}
