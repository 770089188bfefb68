//! A small place in a temporary folder, and the commands on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub struct Place {
    pub folder: tempfile::TempDir,
}

pub struct Said {
    pub out: String,
    pub err: String,
    pub ok: bool,
}

pub const PLACE: &str = r#"name = "Testham"
[[organisation]]
id = "H"
name = "Testham Hospital"
sector = "acute"
[[organisation]]
id = "A"
name = "Testham Ambulance"
sector = "ambulance"
[[service]]
id = "ed"
name = "Emergency department"
kind = "emergency_department"
organisation = "H"
[[service]]
id = "wards"
name = "Wards"
kind = "ward"
organisation = "H"
[[service]]
id = "crews"
name = "Crews"
kind = "ambulance"
organisation = "A"
[[handover]]
id = "ambulance-to-ed"
name = "Ambulance to emergency department"
from = "ambulance"
to = "emergency_department"
standard_minutes = 15
[[neighbourhood]]
name = "Old Town"
[[neighbourhood.lsoa]]
code = "E01990001"
deprivation = 1
postcodes = ["QR1 1"]
female = [100, 100, 100, 50, 40, 10]
male = [100, 100, 100, 50, 40, 10]
"#;

/// Visits of the hospital, with a code map that can be mended.
pub const VISITS: &str = r#"feed = "visits"
organisation = "H"
format = "csv"
match = ["visits*.csv"]
key = ["visit"]
[subject]
local_id = "who"
nhs_number = "nhs"
family_name = "surname"
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
[map.sites]
"ED" = "ed"
"#;

/// The ambulance service's journeys to it.
pub const CREWS: &str = r#"feed = "crews"
organisation = "A"
format = "csv"
match = ["crews*.csv"]
key = ["job"]
[subject]
local_id = "who"
nhs_number = "nhs"
birth_date = "born"
[[event]]
kind = "started"
at = "on_scene"
service = "crews"
[[event]]
kind = "ready"
at = "at_hospital"
service = "crews"
other_service = "ed"
[[event]]
kind = "left"
at = "handover"
service = "crews"
other_service = "ed"
"#;

pub const VISITS_HEAD: &str = "visit,who,nhs,surname,born,postcode,site,arrived,left\n";
pub const CREWS_HEAD: &str = "job,who,nhs,born,on_scene,at_hospital,handover\n";

impl Place {
    /// A place with its two feeds and nothing in it.
    pub fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("place.toml", PLACE);
        place.write("feeds/visits.toml", VISITS);
        place.write("feeds/crews.toml", CREWS);
        place.run("init", &[]).well();
        place
    }

    pub fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join("testham").join(part)
    }

    pub fn write(&self, part: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(part);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs `catchment COMMAND PLACE arguments…`.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Said {
        let folder = self.path("");
        let mut all = vec![command, folder.to_str().unwrap()];
        all.extend(arguments);
        catchment(&all)
    }

    /// What people said and settled, as lines of JSON.
    pub fn ledger(&self) -> Said {
        catchment(&["ledger", "export", self.path("").to_str().unwrap()])
    }

    /// The answer of SQL as CSV, without its heading.
    pub fn sql(&self, query: &str) -> String {
        let said = self.run("sql", &[query]).well();
        said.out.split_once('\n').map_or(String::new(), |(_, rows)| rows.trim_end().to_owned())
    }
}

impl Said {
    #[track_caller]
    pub fn well(self) -> Said {
        assert!(self.ok, "{}", self.err);
        self
    }
}

/// Runs the binary at a time that does not move.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.env("CATCHMENT_NOW", "2025-12-01T00:00:00Z").env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

pub fn catchment(arguments: &[&str]) -> Said {
    said(command().args(arguments).output().unwrap())
}

pub fn said(output: Output) -> Said {
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        ok: output.status.success(),
    }
}

/// A folder of real public data that is not part of the repository.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(part);
    if !path.exists() {
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(path)
}
