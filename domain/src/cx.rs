use std::sync::Arc;

use db::Db;
use model::Timestamp;

use crate::audit::Refusals;
use crate::jwt;
use crate::limit::Limiter;
use crate::outbound::Outbound;
use crate::password::Hasher;
use crate::proof_of_work::Alarm;
use crate::session::Recent;
use crate::session::revocation::Revocations;
use crate::{Clock, Random, Secret, Settings};

/// What every verb needs: the world outside, each part replaceable in a test. Cheap to clone.
#[derive(Clone)]
pub struct Cx {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Ids, tokens and codes.
    pub random: Random,
    /// Hashes passwords, a bounded number at once.
    pub hasher: Hasher,
    /// The operator's secret.
    pub secret: Secret,
    /// The operator's decisions.
    pub settings: Arc<Settings>,
    /// Calls other servers.
    pub outbound: Outbound,
    /// Counts what may be done only so often.
    pub limiter: Limiter,
    /// Sessions that were looked up a moment ago.
    pub recent: Arc<Recent>,
    /// The keys that sign tokens for other services.
    pub signing_keys: Arc<jwt::Ring>,
    /// What was heard of sessions that were ended or changed.
    pub revocations: Arc<Revocations>,
    /// What was refused and waits to be written into the audit log.
    pub refusals: Arc<Refusals>,
    /// Whether there is an attack.
    pub alarm: Arc<Alarm>,
    /// Rung whenever a mail was put into the outbox, so that the job needn't wait for its next look.
    pub mail_bell: Arc<tokio::sync::Notify>,
}

impl Cx {
    /// Puts the parts together; the hasher is made from the settings, and requests are counted in memory.
    pub fn new(db: Db, clock: Clock, secret: Secret, settings: Settings) -> Self {
        let hasher = Hasher::new(&settings.hashing);
        let outbound = Outbound::new(&settings.outbound);
        Self {
            limiter: Limiter::memory(clock.clone()),
            revocations: Revocations::of(&db, clock.clone()),
            db,
            clock,
            random: Random,
            hasher,
            secret,
            settings: Arc::new(settings),
            outbound,
            recent: Arc::default(),
            signing_keys: Arc::default(),
            refusals: Arc::default(),
            alarm: Arc::default(),
            mail_bell: Arc::default(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
