//! `HEAD.json`: one small file that says which version of each table is current.
//!
//! Replacing it is the moment a load becomes true: it is written beside, synced, renamed over, and its folder synced,
//! so that after a crash there is the old one or the new one.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::LakeError;

/// Small facts that the caller keeps with a load: they become true with it.
pub type Meta = BTreeMap<String, serde_json::Value>;

/// One moment of the Lake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// Counts loads; 0 is an empty Lake.
    pub version: u64,
    /// The Delta version of each table.
    pub tables: BTreeMap<String, u64>,
    /// The runs of the digest index, in `digests/`.
    pub digests: Vec<String>,
    /// What the caller keeps.
    pub meta: Meta,
}

impl Head {
    pub fn read(lake: &Path) -> Result<Self, LakeError> {
        Self::parse(&lake.join("HEAD.json"))
    }

    /// The Lake as it was after load `version`.
    pub fn read_at(lake: &Path, version: u64) -> Result<Self, LakeError> {
        Self::parse(&past(lake, version))
    }

    fn parse(path: &Path) -> Result<Self, LakeError> {
        let text = fs::read(path).map_err(LakeError::file("read", path))?;
        serde_json::from_slice(&text).map_err(|source| LakeError::Head { path: path.to_owned(), source })
    }

    /// Makes this the current moment. `step` is told before each thing that a crash could come between.
    pub fn write(&self, lake: &Path, step: &mut dyn FnMut(&str) -> Result<(), LakeError>) -> Result<(), LakeError> {
        step("write heads")?;
        self.replace(&past(lake, self.version), step)?;
        step("write HEAD")?;
        self.replace(&lake.join("HEAD.json"), step)
    }

    fn replace(&self, path: &Path, step: &mut dyn FnMut(&str) -> Result<(), LakeError>) -> Result<(), LakeError> {
        let beside = path.with_extension("json.new");
        let text =
            serde_json::to_vec_pretty(self).map_err(|source| LakeError::Head { path: beside.clone(), source })?;
        let mut file = File::create(&beside).map_err(LakeError::file("write", &beside))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(LakeError::file("write", &beside))?;
        step("rename HEAD")?;
        fs::rename(&beside, path).map_err(LakeError::file("write", path))?;
        sync_folder(path.parent().unwrap_or(path))
    }
}

/// Versions that can be travelled to, oldest first.
pub(crate) fn past_versions(lake: &Path) -> Result<Vec<u64>, LakeError> {
    let folder = lake.join("heads");
    let mut versions = Vec::new();
    for entry in fs::read_dir(&folder).map_err(LakeError::file("read", &folder))? {
        let name = entry.map_err(LakeError::file("read", &folder))?.file_name();
        versions.extend(name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok()));
    }
    versions.sort_unstable();
    Ok(versions)
}

pub(crate) fn past(lake: &Path, version: u64) -> PathBuf {
    lake.join("heads").join(format!("{version:08}.json"))
}

/// A rename or a new file is safe only when its folder is synced too.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(LakeError::file("sync", folder))
}

/// The one writer's place, until it is dropped; the system frees it when a process dies.
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started shares the file until it runs its own program.
        let _ = self.0.unlock();
    }
}

/// Takes the writer's place, or says that it is taken.
pub(crate) fn lock(lake: &Path) -> Result<Lock, LakeError> {
    let path = lake.join("LOCK");
    let file = File::create(&path).map_err(LakeError::file("write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(LakeError::Busy { path: lake.to_owned() }),
        Err(TryLockError::Error(source)) => Err(LakeError::file("lock", &path)(source)),
    }
}
