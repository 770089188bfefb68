//! What is dear to make is made once, however many ask for it at the same moment, and kept until the room is needed.

use crate::ask::Wrong;
use crate::fault::Fault;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};

/// What came of making something; shared by all who waited for it. What went wrong is not kept.
pub type Outcome<V> = Result<Arc<V>, Arc<Wrong>>;

/// How many things are made side by side; the engine uses every core for each.
const SIDE_BY_SIDE: usize = 4;

/// Kept things by key, the least lately used dropped first.
pub struct Once<K, V> {
    /// The most that is kept, in bytes.
    room: usize,
    kept: Mutex<Kept<K, V>>,
    makers: Arc<Semaphore>,
    made: AtomicU64,
}

struct Kept<K, V> {
    clock: u64,
    bytes: usize,
    ready: HashMap<K, Ready<V>>,
    coming: HashMap<K, watch::Receiver<Option<Outcome<V>>>>,
}

struct Ready<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash + Send + 'static, V: Send + Sync + 'static> Once<K, V> {
    pub fn new(room: usize) -> Arc<Once<K, V>> {
        let kept = Kept { clock: 0, bytes: 0, ready: HashMap::new(), coming: HashMap::new() };
        Arc::new(Once {
            room,
            kept: Mutex::new(kept),
            makers: Arc::new(Semaphore::new(SIDE_BY_SIDE)),
            made: AtomicU64::new(0),
        })
    }

    /// How often something was made, how many things are kept, and their bytes.
    pub fn count(&self) -> (u64, usize, usize) {
        let kept = self.lock();
        (self.made.load(Ordering::Relaxed), kept.ready.len(), kept.bytes)
    }

    /// What is kept, if it is.
    pub fn ready(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.lock();
        kept.clock += 1;
        let now = kept.clock;
        let ready = kept.ready.get_mut(key)?;
        ready.used = now;
        Some(ready.value.clone())
    }

    /// What is kept, or else what `make` makes of it, with its bytes. It is made even when nobody waits any more.
    pub async fn get(
        self: &Arc<Self>,
        key: K,
        make: impl FnOnce() -> Result<(V, usize), Wrong> + Send + 'static,
    ) -> Outcome<V> {
        if let Some(value) = self.ready(&key) {
            return Ok(value);
        }
        let mut coming = {
            let mut kept = self.lock();
            // It may have become ready between the two looks.
            if let Some(ready) = kept.ready.get(&key) {
                return Ok(ready.value.clone());
            }
            match kept.coming.get(&key) {
                Some(coming) => coming.clone(),
                None => {
                    let (send, coming) = watch::channel(None);
                    kept.coming.insert(key.clone(), coming.clone());
                    tokio::spawn(self.clone().make(key, make, send));
                    coming
                }
            }
        };
        let outcome = coming.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Arc::new(stopped())))
    }

    async fn make(
        self: Arc<Self>,
        key: K,
        make: impl FnOnce() -> Result<(V, usize), Wrong> + Send + 'static,
        send: watch::Sender<Option<Outcome<V>>>,
    ) {
        let _turn = self.makers.clone().acquire_owned().await;
        let outcome = tokio::task::spawn_blocking(make).await.unwrap_or_else(|_| Err(stopped()));
        self.made.fetch_add(1, Ordering::Relaxed);
        let outcome = outcome.map(|(value, bytes)| (Arc::new(value), bytes)).map_err(Arc::new);
        let mut kept = self.lock();
        kept.coming.remove(&key);
        if let Ok((value, bytes)) = &outcome {
            kept.clock += 1;
            let ready = Ready { value: value.clone(), bytes: *bytes, used: kept.clock };
            kept.bytes += bytes;
            kept.ready.insert(key, ready);
            while kept.bytes > self.room {
                let Some(oldest) = kept.ready.iter().min_by_key(|ready| ready.1.used).map(|ready| ready.0.clone())
                else {
                    break;
                };
                kept.bytes -= kept.ready.remove(&oldest).map_or(0, |dropped| dropped.bytes);
            }
        }
        drop(kept);
        let _ = send.send(Some(outcome.map(|made| made.0)));
    }

    /// Drops what is out of date.
    pub fn keep(&self, wanted: impl Fn(&K) -> bool) {
        let mut kept = self.lock();
        kept.ready.retain(|key, _| wanted(key));
        kept.bytes = kept.ready.values().map(|ready| ready.bytes).sum();
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> Wrong {
    Wrong::Fault(Fault::new(
        "the work stopped before it was done",
        "try again; if it stops again, `catchment doctor` looks the place over",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn run(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap().block_on(work);
    }

    #[test]
    fn many_who_ask_at_once_wait_for_one_making() {
        run(async {
            let once: Arc<Once<u32, u32>> = Once::new(1000);
            let gate = Arc::new(Barrier::new(2));
            let asked: Vec<_> = (0..50)
                .map(|_| {
                    let (once, gate) = (once.clone(), gate.clone());
                    tokio::spawn(async move {
                        once.get(7, move || {
                            gate.wait();
                            Ok((42, 10))
                        })
                        .await
                        .map(|value| *value)
                    })
                })
                .collect();
            tokio::task::spawn_blocking(move || gate.wait()).await.unwrap();
            for asked in asked {
                assert_eq!(asked.await.unwrap().unwrap(), 42);
            }
            assert_eq!(once.count(), (1, 1, 10));
        });
    }

    #[test]
    fn what_was_used_least_lately_makes_room() {
        run(async {
            let once: Arc<Once<u32, u32>> = Once::new(30);
            for key in [1, 2, 3, 1, 4] {
                once.get(key, move || Ok((key, 10))).await.unwrap();
            }
            assert_eq!([1, 2, 3, 4].map(|key| once.ready(&key).is_some()), [true, false, true, true]);
            once.get(5, || Ok((5, 31))).await.unwrap();
            assert_eq!(once.count().1, 0, "larger than the room: given and not kept");
            once.keep(|_| false);
            assert_eq!(once.count(), (5, 0, 0));
        });
    }

    #[test]
    fn what_went_wrong_is_told_and_tried_again() {
        run(async {
            let once: Arc<Once<u32, u32>> = Once::new(30);
            assert!(once.get(1, || panic!("as a test")).await.is_err());
            assert!(once.get(1, || Err(stopped())).await.is_err());
            assert_eq!(*once.get(1, || Ok((3, 1))).await.unwrap(), 3);
        });
    }
}
