//! How often each page was opened, for the report of who is hardly heard. By path alone, never by whom, and only while the
//! server runs: nothing of it is written to a disk. The page for the public is not counted.

use domain::Instant;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Pages that were opened since the server began; of no server, none.
#[derive(Default)]
pub struct Viewed {
    since: OnceLock<Instant>,
    pages: Mutex<BTreeMap<String, u64>>,
}

impl Viewed {
    /// From now on.
    pub fn begin(&self, now: Instant) {
        let _ = self.since.set(now);
    }

    /// Since when; `None` where nobody counts.
    pub fn since(&self) -> Option<Instant> {
        self.since.get().copied()
    }

    /// One page more, by its path without what was chosen.
    pub fn count(&self, path: &str) {
        let mut pages = self.lock();
        match pages.get_mut(path) {
            Some(count) => *count += 1,
            None => drop(pages.insert(path.to_owned(), 1)),
        }
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.lock().values().sum()
    }

    /// Each path and how often it was opened.
    pub fn pages(&self) -> Vec<(String, u64)> {
        self.lock().iter().map(|(path, count)| (path.clone(), *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_by_path() {
        let viewed = Viewed::default();
        assert_eq!((viewed.since(), viewed.total()), (None, 0));
        viewed.begin(Instant(7));
        viewed.begin(Instant(9));
        for path in ["/", "/measures/a", "/measures/a"] {
            viewed.count(path);
        }
        assert_eq!((viewed.since(), viewed.total()), (Some(Instant(7)), 3));
        assert_eq!(viewed.pages(), [("/".to_owned(), 1), ("/measures/a".to_owned(), 2)]);
    }
}
