//! The crate graph is the architecture; an arrow added by accident fails here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("vault", &["domain"]),
    ("ingest", &["domain", "vault"]),
    ("link", &["domain", "ingest", "vault"]),
    ("journeys", &["domain"]),
    ("measures", &["domain"]),
    ("foresee", &["domain"]),
    ("agree", &["domain"]),
    ("ledger", &[]),
    ("store", &[]),
    ("show", &[]),
    ("sample", &["agree", "domain"]),
    (
        "catchment",
        &["agree", "domain", "foresee", "ingest", "journeys", "ledger", "link", "measures", "sample", "show", "store"],
    ),
];

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What each of our crates depends on, in what it ships.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let shipped = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            let mut names: Vec<String> =
                shipped.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn every_arrow_between_crates_is_one_that_was_meant() {
    let all = dependencies();
    assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut names: Vec<_> = ARROWS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names
    });
    for (name, may) in ARROWS {
        let ours: Vec<&str> = all[*name].iter().map(String::as_str).filter(|other| all.contains_key(*other)).collect();
        for other in &ours {
            assert!(may.contains(other), "{name} imports {other}");
        }
    }
}

#[test]
fn an_nhs_number_is_unnameable_outside_ingest_and_link() {
    for (name, dependencies) in dependencies() {
        if dependencies.iter().any(|other| other == "vault") {
            assert!(["ingest", "link"].contains(&name.as_str()), "{name} imports the vault");
        }
    }
    // Nor do those two pass its types on: `Key`, which opens nothing by itself, is all.
    for name in ["ingest", "link"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        for file in std::fs::read_dir(source).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines().filter(|line| line.trim_start().starts_with("pub use vault")) {
                assert_eq!(line.trim(), "pub use vault::Key;");
            }
        }
    }
}

#[test]
fn only_the_store_links_the_engine() {
    for (name, dependencies) in dependencies() {
        let engines = dependencies.iter().filter(|other| {
            other.starts_with("datafusion") || other.starts_with("delta") || other.starts_with("ballista")
        });
        assert!(name == "store" || engines.count() == 0, "{name} links an engine");
        let edge = ["axum", "clap", "tokio"].iter().any(|other| dependencies.iter().any(|known| known == other));
        assert!(
            !edge || ["catchment", "store", "ledger"].contains(&name.as_str()),
            "{name} is no stage: it imports the edge"
        );
    }
}

#[test]
fn a_stage_has_no_clock_no_disk_and_no_network() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["domain", "vault", "ingest", "link", "journeys", "measures", "foresee", "agree", "show"] {
        let mut folders = vec![crates.join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                // What stands under `#[cfg(test)]` may read fixtures.
                let shipped = text
                    .split("#[cfg(test)]\nmod ")
                    .next()
                    .unwrap()
                    .split("#[cfg(test)]\npub(crate) mod ")
                    .next()
                    .unwrap();
                for word in [
                    "SystemTime::now",
                    "Instant::now",
                    "Timestamp::now",
                    "Zoned::now",
                    "std::fs::",
                    "File::open",
                    "std::net",
                    "thread_rng",
                ] {
                    let test_file =
                        ["anchors.rs", "spec.rs", "testing.rs", "tests.rs"].iter().any(|name| path.ends_with(name));
                    assert!(
                        test_file
                            || !shipped.lines().any(|line| line.contains(word) && !line.trim_start().starts_with("//")),
                        "{} uses {word}",
                        path.display()
                    );
                }
            }
        }
    }
}
