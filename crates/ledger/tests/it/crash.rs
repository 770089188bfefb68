//! Killed, on a full disk, or where nothing may be written: what was acknowledged is there, and all is whole.

use crate::place::{Place, filled, is_root, new, server, wait};
use ledger::{Ledger, New};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

/// This program again, as a process of its own: `writes_until_it_cannot`.
fn child(at: &str, bytes: usize, around: &[&str]) -> Command {
    let me = std::env::current_exe().unwrap();
    let mut words = around.iter().copied().chain([me.to_str().unwrap()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["crash::writes_until_it_cannot", "--exact", "--nocapture"]);
    command.env("LEDGER_AT", at).env("LEDGER_BYTES", bytes.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[test]
fn writes_until_it_cannot() {
    let (Ok(at), Ok(bytes)) = (std::env::var("LEDGER_AT"), std::env::var("LEDGER_BYTES")) else { return };
    let body = json!("x".repeat(bytes.parse().unwrap()));
    let mut out = std::io::stdout();
    let error = wait(async {
        let ledger = match Ledger::open(&at).await {
            Ok(ledger) => ledger,
            Err(error) => return error,
        };
        loop {
            match ledger.append(vec![New { body: body.clone(), ..new("x") }; 2], None).await {
                // A line that is shorter than a pipe holds is written as a whole.
                Ok(entries) => {
                    for entry in entries {
                        writeln!(out, "\nkept {} {}", entry.seq, entry.digest).unwrap();
                    }
                }
                Err(error) => return error,
            }
        }
    });
    writeln!(out, "\nsaid {error}").unwrap();
}

/// What a child tells on its next line that begins so.
fn tells(lines: &mut impl Iterator<Item = std::io::Result<String>>, word: &str) -> Option<String> {
    lines.map_while(Result::ok).find_map(|line| line.strip_prefix(word).map(str::to_owned))
}

fn kill_9_loses_nothing_that_was_acknowledged(place: &Place) {
    let (ledger, _) = filled(place, 1);
    let mut acknowledged = Vec::new();
    for round in 1..4 {
        let mut children: Vec<Child> = (0..3).map(|_| child(&place.at, 300, &[]).spawn().unwrap()).collect();
        for (nth, child) in children.iter_mut().enumerate() {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            for _ in 0..round * (nth + 2) {
                acknowledged.push(tells(&mut lines, "kept ").unwrap());
            }
            child.kill().unwrap();
            acknowledged.extend(std::iter::from_fn(|| tells(&mut lines, "kept ")));
            child.wait().unwrap();
        }
    }
    let all = wait(ledger.since(0)).unwrap();
    for told in &acknowledged {
        let (seq, digest) = told.split_once(' ').unwrap();
        assert_eq!(all[seq.parse::<usize>().unwrap() - 1].digest, digest);
    }
    assert!(acknowledged.len() >= 54 && all.len() > acknowledged.len() && all.len() % 2 == 1, "{}", all.len());
    assert_eq!(wait(ledger.verify()).unwrap().whole.seq, all.len() as u64);
    wait(ledger.append(vec![new("after")], Some(all.len() as u64))).unwrap();
}

#[test]
fn kill_9_on_sqlite() {
    kill_9_loses_nothing_that_was_acknowledged(&Place::sqlite());
}

#[test]
fn kill_9_on_postgresql() {
    if server().is_some() {
        kill_9_loses_nothing_that_was_acknowledged(&Place::postgres());
    }
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let place = Place::sqlite();
    let (ledger, _) = filled(&place, 1);
    // No file may grow beyond 1 MiB: writing more fails as it does on a full disk.
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh"];
    let mut child = child(&place.at, 100_000, &full).spawn().unwrap();
    let mut acknowledged = Vec::new();
    let mut said = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        acknowledged.extend(line.strip_prefix("kept ").map(str::to_owned));
        said = line.strip_prefix("said ").map(str::to_owned).or(said);
    }
    child.wait().unwrap();
    let said = said.unwrap();
    assert!(said.starts_with("cannot write the Ledger at ") && !said.contains("xxx"), "{said}");
    let all = wait(ledger.since(1)).unwrap();
    let there: Vec<String> = all.iter().map(|entry| format!("{} {}", entry.seq, entry.digest)).collect();
    assert!(acknowledged.len() >= 2);
    assert_eq!(there, acknowledged);
    assert_eq!(wait(ledger.verify()).unwrap().wrong, None);
    wait(ledger.append(vec![new("after")], None)).unwrap();
}

#[test]
fn where_nothing_may_be_written_it_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    drop(filled(&place, 1));
    let folder = place.folder.path();
    // Root may write anywhere, and so becomes somebody who may not.
    let copy = folder.join("me");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o555)).unwrap();
    let missing = folder.join("another.db");
    for at in [missing.to_str().unwrap(), &place.at] {
        let mut command = child(at, 10, &[]);
        if is_root() {
            let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy).args(arguments);
            command.env("LEDGER_AT", at).env("LEDGER_BYTES", "10").stdout(Stdio::piped());
        } else if at == place.at {
            // Its owner may write the file itself.
            std::fs::set_permissions(&place.at, PermissionsExt::from_mode(0o444)).unwrap();
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let said = tells(&mut text.lines().map(|line| Ok(line.to_owned())), "said ").unwrap_or(text);
        assert!(said.starts_with("cannot open the Ledger at "), "{said}");
    }
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(&place.at, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(wait(place.open().since(0)).unwrap().len(), 1);
}
