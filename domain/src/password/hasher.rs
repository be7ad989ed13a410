use std::cell::RefCell;
use std::sync::Arc;

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use model::Refusal;
use subtle::ConstantTimeEq;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Password, legacy};
use crate::settings::Hashing;
use crate::{Error, Random, Result};

/// Hashes passwords on threads of their own, a bounded number at once. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    threads: Arc<Threads>,
    /// A permit for each hash that may run.
    running: Arc<Semaphore>,
    /// A permit for each caller that may run or wait.
    admitted: Arc<Semaphore>,
    /// What is verified when there is no account, so that an answer takes the same time (SECURITY A12).
    decoy: Arc<str>,
}

/// The threads that hash, and nothing else does: as many as may run at once, each with memory of its own.
struct Threads(Option<Runtime>);

impl Threads {
    /// # Panics
    /// When the operating system gives no runtime; the program could not have started.
    #[expect(clippy::expect_used, reason = "see Panics")]
    fn new(count: usize) -> Self {
        let runtime = Builder::new_current_thread().max_blocking_threads(count).thread_name("hash").build();
        Self(Some(runtime.expect("a runtime without drivers")))
    }

    fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<JoinHandle<T>> {
        self.0.as_ref().map(|runtime| runtime.spawn_blocking(work))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for a running hash isn't allowed where this may happen, inside of another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a stored hash says to a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another password.
    Wrong,
    /// The password.
    Right,
    /// The password, but kept in a way that should be replaced: an imported hash, or other parameters than today's.
    RightButOutdated,
}

impl Hasher {
    /// Makes one with the operator's parameters; parameters outside Argon2's limits (RFC 9106) are brought within them.
    pub fn new(settings: &Hashing) -> Self {
        let params =
            Params::new(settings.memory_kib.max(8), settings.iterations.max(1), settings.parallelism.max(1), None)
                .unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = if settings.concurrency == 0 { cores } else { settings.concurrency };
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            threads: Arc::new(Threads::new(concurrency)),
            running: Arc::new(Semaphore::new(concurrency)),
            admitted: Arc::new(Semaphore::new(concurrency + settings.queue)),
            // No password hashes to 32 zero bytes, and finding that out costs what a real check costs.
            decoy: format!(
                "$argon2id$v=19$m={m},t={t},p={p}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            )
            .into(),
        }
    }

    /// Hashes `password` with a salt of its own; gives the PHC string.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when too many are waiting.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let hash = self.run(move || hash(&argon2, &password)).await?;
        hash.map_err(Error::broken)
    }

    /// Checks `password` against a stored hash, or against nothing at the same cost.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when too many are waiting.
    pub async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let stored: Arc<str> = stored.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        self.run(move || verify(&argon2, &password, &stored)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(_admitted) = Arc::clone(&self.admitted).try_acquire_owned() else { return Err(Refusal::Busy.into()) };
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(Error::broken)?;
        // The permit goes with the work: a caller who hangs up doesn't make room while the hash still runs.
        let work = self.threads.spawn(move || {
            let done = work();
            drop(running);
            done
        });
        work.ok_or(Refusal::Busy)?.await.map_err(Error::broken)
    }
}

#[cfg(test)]
impl Hasher {
    /// Lets nobody's hash begin as long as this is held, where one runs at a time.
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedSemaphorePermit {
        Arc::clone(&self.running).acquire_owned().await.unwrap()
    }

    /// How many more may run or wait.
    pub(crate) fn room(&self) -> usize {
        self.admitted.available_permits()
    }
}

thread_local! {
    /// What Argon2 fills. Kept by the hashing thread: a hash neither waits for pages nor for zeros, and the memory in use is bounded.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// The Argon2 hash of `password`, 32 bytes.
fn digest(argon2: &Argon2<'_>, password: &Password, salt: &[u8]) -> argon2::Result<[u8; 32]> {
    let mut out = [0u8; 32];
    MEMORY.with_borrow_mut(|memory| {
        let blocks = argon2.params().block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::new());
        }
        argon2.hash_password_into_with_memory(password.bytes(), salt, &mut out, &mut memory[..blocks])
    })?;
    Ok(out)
}

fn hash(
    argon2: &Argon2<'_>,
    password: &Password,
) -> std::result::Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut salt = [0u8; 16];
    Random.fill(&mut salt);
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&digest(argon2, password, &salt)?)?),
    };
    Ok(hash.to_string())
}

fn verify(argon2: &Argon2<'_>, password: &Password, stored: &str) -> Verdict {
    let Ok(hash) = PasswordHash::new(stored) else {
        let right = legacy::verify(password, stored);
        return if right { Verdict::RightButOutdated } else { Verdict::Wrong };
    };
    if let Some(expected) = &hash.hash
        && is_ours(argon2.params(), &hash, expected)
    {
        let salt = hash.salt.as_deref().unwrap_or_default();
        let right = digest(argon2, password, salt).is_ok_and(|digest| digest.ct_eq(expected.as_bytes()).into());
        return if right { Verdict::Right } else { Verdict::Wrong };
    }
    if argon2.verify_password(password.bytes(), &hash).is_ok() { Verdict::RightButOutdated } else { Verdict::Wrong }
}

/// Whether a hash was made as [`hash`] makes them today.
fn is_ours(ours: &Params, hash: &PasswordHash, output: &Output) -> bool {
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && output.as_bytes().len() == 32
        && Params::try_from(hash).is_ok_and(|params| costs(&params) == costs(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap(concurrency: usize, queue: usize) -> Hasher {
        Hasher::new(&Hashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency, queue })
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let hasher = cheap(1, 4);
        let stored = hasher.hash(&Password::new("Tr1cky-enough")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_eq!(hasher.verify(&Password::new("Tr1cky-enough"), Some(&stored)).await.unwrap(), Verdict::Right);
        assert_eq!(hasher.verify(&Password::new("tr1cky-enough"), Some(&stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(&Password::new("Tr1cky-enough"), None).await.unwrap(), Verdict::Wrong);
        assert_ne!(hasher.hash(&Password::new("Tr1cky-enough")).await.unwrap(), stored, "salts differ");
    }

    #[tokio::test]
    async fn other_parameters_are_outdated() {
        let stored = cheap(1, 4).hash(&Password::new("Tr1cky-enough")).await.unwrap();
        let stronger =
            Hasher::new(&Hashing { memory_kib: 128, iterations: 1, parallelism: 1, concurrency: 1, queue: 4 });
        assert_eq!(
            stronger.verify(&Password::new("Tr1cky-enough"), Some(&stored)).await.unwrap(),
            Verdict::RightButOutdated
        );
    }

    #[tokio::test]
    async fn a50_the_line_is_bounded() {
        let hasher = cheap(1, 2);
        let held = hasher.hold().await;
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify(&Password::new("x"), None).await })
            })
            .collect();
        while hasher.room() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.hash(&Password::new("x")).await, Err(Error::Refused(Refusal::Busy))));
        drop(held);
        for waiter in waiting {
            assert_eq!(waiter.await.unwrap().unwrap(), Verdict::Wrong);
        }
        assert!(hasher.hash(&Password::new("x")).await.is_ok(), "there is room again");
    }
}
