//! What is in already: the digests of all records, so that a file loaded twice counts once.
//!
//! A digest is 128 uniform bits. They lie on disk as a few sorted runs, memory-mapped; since digests are uniform, the
//! top bits say where in a run to look, so a probe touches one line of a small directory and one or two of the run:
//!
//! ```text
//! run file:  "digests1" count bits | count × 16 bytes, sorted | (2^bits + 1) × 4 bytes: where each bucket starts
//! ```
//!
//! New runs are merged with older ones no more than twice as long, so 20 million records are a handful of runs and
//! each digest is rewritten a few times in its life. Runs are named by `HEAD.json` like tables, so they become true
//! with the load that made them.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use rustc_hash::FxHashSet;

use crate::LakeError;

const MAGIC: &[u8; 8] = b"digests1";
const HEADER_BYTES: usize = 24;
const DIGEST_BYTES: usize = 16;
/// Digests a bucket holds on average.
const BUCKET: u64 = 8;
/// Digests held in memory before they become a run.
const PENDING: usize = 1 << 20;

/// A set of 128-bit digests on disk, with flat memory.
///
/// ```
/// # fn main() -> Result<(), store::LakeError> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// let mut index = store::DigestIndex::open(folder.path(), &[])?;
/// assert_eq!(index.insert_batch(&[7, 8, 7])?, [true, true, false]);
/// let runs = index.flush()?;
///
/// let again = store::DigestIndex::open(folder.path(), &runs)?;
/// assert_eq!(again.contains_batch(&[7, 9]), [true, false]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct DigestIndex {
    folder: PathBuf,
    runs: Vec<Arc<Run>>,
    pending: FxHashSet<u128>,
    /// Runs that were made since opening and that no HEAD names yet.
    made: Vec<String>,
}

impl DigestIndex {
    /// Opens the runs of these names; none is an empty index.
    ///
    /// # Errors
    /// [`LakeError::Index`] when a run is lost or not whole.
    pub fn open(folder: &Path, runs: &[String]) -> Result<Self, LakeError> {
        fs::create_dir_all(folder).map_err(LakeError::file("write", folder))?;
        let runs = runs.iter().map(|name| Run::open(folder, name).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self { folder: folder.to_owned(), runs, pending: FxHashSet::default(), made: Vec::new() })
    }

    /// How many digests are in.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.count as u64).sum::<u64>() + self.pending.len() as u64
    }

    /// Whether nothing is in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each digest, whether it is in.
    pub fn contains_batch(&self, digests: &[u128]) -> Vec<bool> {
        let mut found: Vec<bool> = if self.pending.is_empty() {
            vec![false; digests.len()]
        } else {
            digests.iter().map(|digest| self.pending.contains(digest)).collect()
        };
        for run in &self.runs {
            run.probe(digests, &mut found);
        }
        found
    }

    /// Puts the digests in and answers, for each, whether it was new: false for one that is in already or that
    /// stands earlier in the same batch.
    ///
    /// # Errors
    /// When a run cannot be written.
    pub fn insert_batch(&mut self, digests: &[u128]) -> Result<Vec<bool>, LakeError> {
        let mut new = vec![false; digests.len()];
        for run in &self.runs {
            run.probe(digests, &mut new);
        }
        for (digest, new) in digests.iter().zip(&mut new) {
            *new = !*new && self.pending.insert(*digest);
        }
        if self.pending.len() >= PENDING {
            self.spill()?;
        }
        Ok(new)
    }

    /// Writes what is pending and answers the names of all runs, to be named by HEAD.
    ///
    /// # Errors
    /// When a run cannot be written.
    pub fn flush(&mut self) -> Result<Vec<String>, LakeError> {
        self.spill()?;
        crate::head::sync_folder(&self.folder)?;
        Ok(self.runs.iter().map(|run| run.name.clone()).collect())
    }

    fn spill(&mut self) -> Result<(), LakeError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut sorted: Vec<u128> = self.pending.drain().collect();
        sorted.sort_unstable();
        self.add_run(sorted.len() as u64, sorted.into_iter())?;
        while let [.., long, short] = self.runs.as_slice()
            && short.count * 2 > long.count
        {
            let (long, short) = (Arc::clone(long), Arc::clone(short));
            self.runs.truncate(self.runs.len() - 2);
            self.add_run((long.count + short.count) as u64, Merge::of(&long, &short))?;
            self.forget(&[long, short]);
        }
        Ok(())
    }

    fn add_run(&mut self, at_most: u64, digests: impl Iterator<Item = u128>) -> Result<(), LakeError> {
        let name = format!("{}.run", uuid::Uuid::new_v4().simple());
        self.made.push(name.clone());
        write_run(&self.folder.join(&name), at_most, digests)?;
        self.runs.push(Arc::new(Run::open(&self.folder, &name)?));
        Ok(())
    }

    /// Runs that HEAD never named can go as soon as they are merged.
    fn forget(&mut self, merged: &[Arc<Run>]) {
        for run in merged {
            if let Some(at) = self.made.iter().position(|made| *made == run.name) {
                self.made.swap_remove(at);
                let _ = fs::remove_file(self.folder.join(&run.name));
            }
        }
    }

    /// Removes what was made since opening: the load was given up.
    pub(crate) fn abandon(&mut self) {
        for name in self.made.drain(..) {
            let _ = fs::remove_file(self.folder.join(name));
        }
    }

    /// What was made is now named by HEAD.
    pub(crate) fn keep(&mut self) {
        self.made.clear();
    }
}

#[derive(Debug)]
struct Run {
    name: String,
    map: Mmap,
    count: usize,
    bits: u32,
}

impl Run {
    fn open(folder: &Path, name: &str) -> Result<Self, LakeError> {
        let path = folder.join(name);
        let damaged = |message: &str| LakeError::Index { path: path.clone(), message: message.to_owned() };
        let file = File::open(&path).map_err(|_| damaged("is missing"))?;
        let map = map(&file).map_err(LakeError::file("read", &path))?;
        let (Some(magic), Some(count), Some(bits)) = (map.get(..8), word(&map, 8), word(&map, 16)) else {
            return Err(damaged("is too short"));
        };
        if magic != MAGIC || bits > 32 {
            return Err(damaged("is not a run of digests"));
        }
        let whole = HEADER_BYTES as u64 + count.saturating_mul(DIGEST_BYTES as u64) + ((1 << bits) + 1) * 4;
        if map.len() as u64 != whole {
            return Err(damaged("is not whole"));
        }
        Ok(Self { name: name.to_owned(), count: count as usize, bits: bits as u32, map })
    }

    fn digests(&self) -> &[u8] {
        &self.map[HEADER_BYTES..HEADER_BYTES + self.count * DIGEST_BYTES]
    }

    /// Two passes over a few dozen at a time, so that the processor waits for many lines of memory at once.
    fn probe(&self, digests: &[u128], found: &mut [bool]) {
        let (chunks, _) = self.digests().as_chunks::<DIGEST_BYTES>();
        let (starts, _) = self.map[HEADER_BYTES + self.count * DIGEST_BYTES..].as_chunks::<4>();
        let start = |bucket: usize| u32::from_le_bytes(starts[bucket]) as usize;
        let mut ranges = [(0, 0); 64];
        for (digests, found) in digests.chunks(64).zip(found.chunks_mut(64)) {
            for (range, digest) in ranges.iter_mut().zip(digests) {
                let bucket = bucket(*digest, self.bits);
                *range = (start(bucket), start(bucket + 1));
            }
            for ((range, digest), found) in ranges.iter().zip(digests).zip(found) {
                let run = &chunks[range.0..range.1];
                *found |= if run.len() <= 32 {
                    run.iter().any(|entry| u128::from_le_bytes(*entry) == *digest)
                } else {
                    run.binary_search_by_key(digest, |entry| u128::from_le_bytes(*entry)).is_ok()
                };
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = u128> + '_ {
        self.digests().as_chunks::<DIGEST_BYTES>().0.iter().map(|entry| u128::from_le_bytes(*entry))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn bucket(digest: u128, bits: u32) -> usize {
    if bits == 0 { 0 } else { (digest >> (128 - bits)) as usize }
}

/// A whole run in memory that the system may drop and read again.
#[allow(unsafe_code)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: a run is written once, synced, and never changed; the Lake only removes its name, which leaves maps whole.
    unsafe { Mmap::map(file) }
}

/// Both runs in order, each digest once.
struct Merge<A: Iterator, B: Iterator> {
    one: std::iter::Peekable<A>,
    other: std::iter::Peekable<B>,
}

impl Merge<std::iter::Empty<u128>, std::iter::Empty<u128>> {
    fn of<'a>(one: &'a Run, other: &'a Run) -> Merge<impl Iterator<Item = u128> + 'a, impl Iterator<Item = u128> + 'a> {
        Merge { one: one.iter().peekable(), other: other.iter().peekable() }
    }
}

impl<A: Iterator<Item = u128>, B: Iterator<Item = u128>> Iterator for Merge<A, B> {
    type Item = u128;

    fn next(&mut self) -> Option<u128> {
        let Some(&one) = self.one.peek() else { return self.other.next() };
        let Some(&other) = self.other.peek() else { return self.one.next() };
        if one <= other {
            self.one.next();
        }
        if other <= one {
            self.other.next();
        }
        Some(one.min(other))
    }
}

fn write_run(path: &Path, at_most: u64, digests: impl Iterator<Item = u128>) -> Result<(), LakeError> {
    let failed = || LakeError::file("write", path);
    if at_most > u64::from(u32::MAX) {
        let message = format!("would hold {at_most} digests, more than a run can");
        return Err(LakeError::Index { path: path.to_owned(), message });
    }
    let bits = (at_most / BUCKET).max(1).ilog2();
    let mut starts: Vec<u32> = Vec::with_capacity((1 << bits) + 1);
    let mut out = BufWriter::with_capacity(1 << 18, File::create_new(path).map_err(failed())?);
    out.write_all(&[0; HEADER_BYTES]).map_err(failed())?;
    let mut count = 0_u32;
    for digest in digests {
        while starts.len() <= bucket(digest, bits) {
            starts.push(count);
        }
        out.write_all(&digest.to_le_bytes()).map_err(failed())?;
        count += 1;
    }
    starts.resize((1 << bits) + 1, count);
    for start in starts {
        out.write_all(&start.to_le_bytes()).map_err(failed())?;
    }
    let header = [*MAGIC, u64::from(count).to_le_bytes(), u64::from(bits).to_le_bytes()].concat();
    out.seek(SeekFrom::Start(0)).and_then(|_| out.write_all(&header)).map_err(failed())?;
    let file = out.into_inner().map_err(|error| error.into_error()).map_err(failed())?;
    file.sync_all().map_err(failed())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Batches go in; a plain set says what each answer must be, before and after the index is opened again.
    fn check(batches: &[Vec<u128>]) {
        let folder = tempfile::tempdir().unwrap();
        let (mut index, mut set) = (DigestIndex::open(folder.path(), &[]).unwrap(), HashSet::new());
        let mut names = Vec::new();
        for batch in batches {
            let known: Vec<bool> = batch.iter().map(|digest| set.contains(digest)).collect();
            assert_eq!(index.contains_batch(batch), known);
            let new: Vec<bool> = batch.iter().map(|digest| set.insert(*digest)).collect();
            assert_eq!(index.insert_batch(batch).unwrap(), new);
            names = index.flush().unwrap();
        }
        let again = DigestIndex::open(folder.path(), &names).unwrap();
        assert_eq!(again.len(), set.len() as u64);
        for batch in batches {
            assert!(again.contains_batch(batch).iter().all(|found| *found));
            let near: Vec<u128> = batch.iter().flat_map(|digest| [digest ^ 1, digest.wrapping_add(1 << 64)]).collect();
            let known: Vec<bool> = near.iter().map(|digest| set.contains(digest)).collect();
            assert_eq!(again.contains_batch(&near), known);
        }
        assert!(again.runs.len() <= 8, "{} runs", again.runs.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_index_answers_like_a_set(
            batches in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u128>(), 0_u128..50], 0..300), 0..12)
        ) {
            check(&batches);
        }
    }

    #[test]
    fn digests_at_both_ends_and_all_alike_at_the_top_are_found() {
        check(&[vec![0, u128::MAX, 1, u128::MAX - 1], (0..5_000).collect(), vec![0, u128::MAX]]);
    }

    #[test]
    fn a_run_that_is_lost_or_cut_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = DigestIndex::open(folder.path(), &[]).unwrap();
        index.insert_batch(&[1, 2, 3]).unwrap();
        let names = index.flush().unwrap();
        let path = folder.path().join(&names[0]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let cut = DigestIndex::open(folder.path(), &names).unwrap_err().to_string();
        assert!(cut.ends_with(".run is not whole"), "{cut}");
        fs::remove_file(&path).unwrap();
        let lost = DigestIndex::open(folder.path(), &names).unwrap_err().to_string();
        assert!(lost.ends_with(".run is missing"), "{lost}");
    }
}
