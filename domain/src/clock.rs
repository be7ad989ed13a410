use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::Timestamp;

/// Where the time comes from.
#[derive(Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// One that a test moves; microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows 1 January 2026 until it is moved. Each look takes a microsecond: what happens later is later.
    pub fn manual() -> Self {
        Self::Manual(Arc::new(AtomicI64::new(1_767_225_600_000_000)))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => time::OffsetDateTime::now_utc().into(),
            Self::Manual(micros) => Timestamp::from_micros(micros.fetch_add(1, Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the system's goes by itself.
    pub fn advance(&self, span: Duration) {
        if let Self::Manual(micros) = self {
            micros.fetch_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}
