use std::num::NonZeroU32;
use std::time::Duration;

use model::Timestamp;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult, Script};

use super::{Away, Verdict};
use crate::Clock;

/// How long one answer may take: whoever signs in waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts in a Redis. Its own time counts, since several machines share it; a clock that a test moves takes its place.
pub struct Redis {
    connection: ConnectionManager,
    script: Script,
    clock: Clock,
}

impl Redis {
    pub(super) fn new(url: &str, clock: Clock) -> Result<Self, Away> {
        // One try each time that somebody asks: that is how it comes back by itself.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection =
            Client::open(url).and_then(|client| ConnectionManager::new_lazy_with_config(client, config))?;
        Ok(Self { connection, script: Script::new(include_str!("gcra.lua")), clock })
    }

    pub(super) async fn take(&self, key: &str, times: NonZeroU32, per: Duration) -> Result<Verdict, Away> {
        let step = (per.as_micros() / u128::from(times.get())).max(1);
        let now = match &self.clock {
            Clock::System => String::new(),
            manual @ Clock::Manual(_) => manual.now().since(Timestamp::from_micros(0)).as_micros().to_string(),
        };
        let mut call = self.script.key(format!("latchkey:limit:{key}"));
        call.arg(step.to_string()).arg(times.get()).arg(now);
        let mut connection = self.connection.clone();
        let wait: u64 = patiently(call.invoke_async(&mut connection)).await?;
        Ok(if wait == 0 { Verdict::Within } else { Verdict::Beyond(Duration::from_micros(wait)) })
    }

    pub(super) async fn ready(&self) -> Result<(), Away> {
        let mut connection = self.connection.clone();
        let ping = redis::cmd("PING");
        patiently(ping.query_async::<String>(&mut connection)).await.map(drop)
    }
}

pub(super) fn is_address(url: &str) -> bool {
    Client::open(url).is_ok()
}

async fn patiently<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, Away> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Away("Redis doesn't answer".to_owned())),
    }
}

impl From<redis::RedisError> for Away {
    fn from(error: redis::RedisError) -> Self {
        Self(error.to_string())
    }
}
