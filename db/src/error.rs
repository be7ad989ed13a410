/// What went wrong with the database; nothing here is a caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be reached, is full, read-only or busy beyond the time-out: it may work again later.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The address in the configuration can't be used.
    #[error("the database address can't be used: {0}")]
    Address(String),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else: a fault of this program.
    #[error("database query failed: {0}")]
    Broken(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let passing = match &error {
            // Protocol: somebody answers and hangs up at once, as a proxy does whose database is away.
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
            E::Database(cause) => cause.code().is_some_and(|code| passes(&code)),
            _ => false,
        };
        if passing { Self::Unavailable(error) } else { Self::Broken(error) }
    }
}

/// Whether a database's error code tells of its state rather than of the statement.
fn passes(code: &str) -> bool {
    // PostgreSQL, Appendix A: connection (08), resources and disk (53), operator intervention (57), system (58), read-only (25006),
    // serialization and lock (40001, 40P01, 55P03), start-up and shutdown (57P03).
    if code.len() == 5 {
        return ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
            || ["25006", "40001", "40P01", "55P03"].contains(&code);
    }
    // SQLite result codes; the low byte is the primary one: BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
    code.parse::<u32>().is_ok_and(|code| [5, 6, 8, 10, 11, 13, 14, 26].contains(&(code & 0xff)))
}
