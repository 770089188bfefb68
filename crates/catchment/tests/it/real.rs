//! Real public data, as a user would bring it.

use crate::place::{Place, shared};
use std::path::Path;

/// A&E by trust, published every month by NHS England.
const AE: &str = r#"feed = "nhs-ae"
organisation = "NHSE"
format = "series"
match = ["ae_trust_monthly_full.csv"]
period = "PERIOD"
grain = "month"
level = "organisation"
group = "GROUP"
[[series]]
measure = "ae-4-hour"
title = "Seen within 4 hours"
unit = "%"
better = "higher"
numerator = "NUMERATOR"
denominator = "DENOMINATOR"
multiplier = 100
"#;

#[test]
fn published_series_go_straight_to_charts() {
    let place = Place::new();
    let rows: String = (0..24)
        .map(|month| {
            format!(
                "{}-{:02},T1,{},1000\n",
                2024 + month / 12,
                1 + month % 12,
                if month < 23 { 800 + month % 3 } else { 500 }
            )
        })
        .collect();
    let feed = AE
        .replace("PERIOD", "month")
        .replace("GROUP", "code")
        .replace("NUMERATOR", "within")
        .replace("DENOMINATOR", "all");
    place.write("feeds/ae.toml", feed);
    let file = place.write("in/ae_trust_monthly_full.csv", format!("month,code,within,all\n{rows}2026-01,T1,*,1000\n"));
    let said = place.run("add", &[&file]).well();
    assert!(said.out.contains("25 published figures"), "{}", said.out);
    assert_eq!(
        place.sql("select count(*), min(period) from series where measure = 'ae-4-hour' and level = 'organisation'"),
        "25,2024-01-01"
    );
    assert_eq!(
        place.sql(
            "select value, signal is not null from series where measure = 'ae-4-hour' and level = 'organisation' and period = date '2025-12-01'"
        ),
        "50,true"
    );
    assert_eq!(place.sql("select value from series where measure = 'ae-4-hour' and level = 'organisation' and period = date '2026-01-01'"), "\"\"");
    place.run("add", &[&file]).well();
    assert_eq!(place.sql("select count(*) from published"), "25");
}

/// The feed files of docs/real-data.md, which is the manual of this page.
fn documented(which: usize) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/real-data.md")).unwrap();
    text.split("```toml\n").nth(which).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn every_trusts_ae_months_are_charted() {
    let Some(path) = shared("data/nhs/urgent/ae_trust_monthly.csv") else { return };
    let place = Place::new();
    place.write("feeds/nhs-ae.toml", documented(1));
    place.run("add", &[path.to_str().unwrap()]).well();
    let charted = "select count(distinct \"group\") from series
        where measure = 'ae-over-4-hours' and level = 'organisation' and lower is not null";
    let charted: u64 = place.sql(charted).parse().unwrap();
    assert!(charted > 100, "{charted} trusts have limits");
    // Added up, the share of the whole is the sum of numerators over the sum of denominators.
    let whole = "select abs(max(s.value) - 100.0 * sum(p.numerator) / sum(p.denominator)) < 1e-9
        from series s join published p on p.measure = s.measure and p.period = s.period
        where s.measure = 'ae-over-4-hours' and s.level = 'system' and s.period = date '2021-04-01'
        and p.numerator is not null and p.denominator is not null";
    assert_eq!(place.sql(whole), "true");
}

#[test]
fn the_sepsis_log_is_a_csv_feed_from_events_to_stays() {
    let Some(path) = shared("data/journeys/sepsis_cases.csv.gz") else { return };
    let place = Place::new();
    place.write("feeds/sepsis.toml", documented(2));
    place.run("add", &[path.to_str().unwrap()]).well();
    // 1,050 cases, one of them called NA, each registered once.
    assert_eq!(place.sql("select count(distinct person) from stays"), "1050");
    assert_eq!(place.sql("select count(*) from records"), "15214");
    let beds = "select sum(people) > 500 from flow where from_kind = 'emergency_department' and to_kind = 'ward' and lane = 'inside'";
    assert_eq!(place.sql(beds), "true");
    assert_eq!(place.sql("select count(*) from stays where ended < started"), "0");
}

#[test]
fn the_published_messages_go_in_or_wait_with_a_reason() {
    let Some(path) = shared("data/interop") else { return };
    let place = Place::new();
    place.write(
        "feeds/adt.toml",
        "feed = 'adt'\norganisation = 'H'\nformat = 'hl7v2'\nmatch = ['*.hl7']\n[map.wards]\n'*' = 'wards'",
    );
    place.write("feeds/fhir.toml", "feed = 'fhir'\norganisation = 'H'\nformat = 'fhir'\nmatch = ['*.json', '*.ndjson', '*.xml']\n[map.services]\n'*' = 'wards'");
    let said = place.run("add", &[path.to_str().unwrap()]).well();
    println!("{}\n{}", said.out, place.run("problems", &[]).well().out);
    assert_eq!(place.sql("select count(*) from problems where message = '' or help = ''"), "0");
    let events: u64 = place.sql("select count(*) from events").parse().unwrap();
    assert!(events > 3_000, "{events}");
}
