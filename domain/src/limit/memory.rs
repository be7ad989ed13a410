use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use governor::clock::Clock as Ticking;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use model::Timestamp;

use super::Verdict;
use crate::Clock;

/// The most that is remembered of each rate, about 100 bytes each: an attacker with many addresses must not fill the memory.
const MOST: usize = 100_000;
/// Beyond that, strangers share this many counters.
const SHARED: u64 = 4096;

type Counters = RateLimiter<String, DashMapStateStore<String>, Ticks, NoOpMiddleware<Duration>>;

/// Counts in this process.
pub struct Memory {
    ticks: Ticks,
    /// By how many are allowed in which time.
    counters: RwLock<HashMap<(NonZeroU32, Duration), Arc<Counters>>>,
    /// When it was last swept because it was full, in seconds.
    swept: AtomicU64,
    hasher: RandomState,
}

impl Memory {
    pub(super) fn new(clock: Clock) -> Self {
        let ticks = Ticks { clock, start: Instant::now() };
        Self { ticks, counters: RwLock::default(), swept: AtomicU64::new(0), hasher: RandomState::new() }
    }

    pub(super) fn take(&self, key: &str, times: NonZeroU32, per: Duration) -> Verdict {
        let counters = self.counters(times, per);
        let key = if self.is_full(&counters) { self.shared(key) } else { key.to_owned() };
        match counters.check_key(&key) {
            Ok(()) => Verdict::Within,
            Err(until) => Verdict::Beyond(until.wait_time_from(self.ticks.now())),
        }
    }

    pub(super) fn sweep(&self) {
        for counters in self.counters.read().unwrap_or_else(PoisonError::into_inner).values() {
            counters.retain_recent();
            counters.shrink_to_fit();
        }
    }

    fn counters(&self, times: NonZeroU32, per: Duration) -> Arc<Counters> {
        let known = self.counters.read().unwrap_or_else(PoisonError::into_inner).get(&(times, per)).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.counters.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry((times, per)).or_insert_with(|| {
                let step = (per / times.get()).max(Duration::from_nanos(1));
                let quota = Quota::with_period(step).unwrap_or(Quota::per_second(times)).allow_burst(times);
                Arc::new(RateLimiter::new(quota, DashMapStateStore::default(), self.ticks.clone()))
            }))
        })
    }

    fn is_full(&self, counters: &Counters) -> bool {
        if counters.len() < MOST {
            return false;
        }
        // Sweeping takes a while: once a second at most.
        let now = self.ticks.now().as_secs();
        if self.swept.swap(now, Ordering::Relaxed) != now {
            counters.retain_recent();
        }
        counters.len() >= MOST
    }

    fn shared(&self, key: &str) -> String {
        format!("shared:{}", self.hasher.hash_one(key) % SHARED)
    }
}

/// The clock as `governor` reads it. The system's clock may be set back: then the time since the start counts.
#[derive(Clone)]
struct Ticks {
    clock: Clock,
    start: Instant,
}

impl Ticking for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.start.elapsed(),
            manual @ Clock::Manual(_) => manual.now().since(Timestamp::from_micros(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_strangers_than_fit_share_counters_until_there_is_room_again() {
        let (clock, two, minute) = (Clock::manual(), NonZeroU32::new(2).unwrap(), Duration::from_secs(60));
        let memory = Memory::new(clock.clone());
        // So many beyond that none of the shared counters has room, however they fall.
        for stranger in 0..2 * MOST {
            memory.take(&stranger.to_string(), two, minute);
        }
        assert!(memory.counters(two, minute).len() <= MOST + 4096);
        assert!(matches!(memory.take("one more", two, minute), Verdict::Beyond(_)));
        clock.advance(Duration::from_secs(180));
        assert_eq!(memory.take("one more", two, minute), Verdict::Within);
        assert!(memory.counters(two, minute).len() < 10, "whom nothing is counted of any more is forgotten");
    }
}
