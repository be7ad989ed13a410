use sqlx::migrate::Migrator;

use crate::open::Pools;
use crate::{Db, Error, Result};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

impl Db {
    /// Brings the schema up to date; safe when several nodes start at once. Gives how many migrations there are in all.
    ///
    /// # Errors
    /// [`Error::Migration`] when one fails or the database is newer than this program, [`Error::Unavailable`] when it can't be reached.
    pub async fn migrate(&self) -> Result<usize> {
        match &self.pools {
            Pools::Sqlite { writer, file, .. } => {
                // sqlx locks PostgreSQL by itself; on SQLite two processes would run the same script.
                let name = format!("{}.migrating", file.display());
                let lock = tokio::task::spawn_blocking(move || {
                    let lock = std::fs::File::create(name)?;
                    lock.lock()?;
                    Ok::<_, std::io::Error>(lock)
                });
                let lock = lock.await.map_err(|_| Error::Unavailable(sqlx::Error::WorkerCrashed))?;
                let lock = lock.map_err(|error| Error::Unavailable(sqlx::Error::Io(error)))?;
                MIGRATIONS.run(writer).await.map_err(unwrap)?;
                drop(lock);
            }
            Pools::Postgres(pool) => MIGRATIONS.run(pool).await.map_err(unwrap)?,
        }
        Ok(MIGRATIONS.iter().count())
    }
}

/// A database that can't be reached is told as such, not as a failed migration.
fn unwrap(error: sqlx::migrate::MigrateError) -> Error {
    match error {
        sqlx::migrate::MigrateError::Execute(cause) => match Error::from(cause) {
            Error::Broken(cause) => Error::Migration(sqlx::migrate::MigrateError::Execute(cause)),
            other => other,
        },
        other => Error::Migration(other),
    }
}

/// Tells one set of migrations from another.
#[cfg(feature = "testing")]
pub(crate) fn checksum() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    MIGRATIONS.iter().for_each(|migration| migration.checksum.hash(&mut hasher));
    format!("{:016x}", hasher.finish())
}
