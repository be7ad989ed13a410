use futures_util::future::Either;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Encode, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Type};

use crate::Result;

/// A value that both databases take.
pub trait Param:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send> Param for T {}

/// A row that both databases give: derive `sqlx::FromRow`.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Record for T {}

type OnSqlite<'c> = (&'c mut SqliteConnection, sqlx::query::Query<'static, Sqlite, SqliteArguments>);
type OnPostgres<'c> = (&'c mut PgConnection, sqlx::query::Query<'static, Postgres, PgArguments>);

/// A prepared statement on its way; see [`crate::Conn::query`].
#[must_use = "a query does nothing until it is run"]
pub struct Query<'c>(Either<OnSqlite<'c>, OnPostgres<'c>>);

impl<'c> Query<'c> {
    pub(crate) fn sqlite(conn: &'c mut SqliteConnection, sql: &'static str) -> Self {
        Self(Either::Left((conn, sqlx::query(sql))))
    }

    pub(crate) fn postgres(conn: &'c mut PgConnection, sql: &'static str) -> Self {
        Self(Either::Right((conn, sqlx::query(sql))))
    }

    /// Gives the next placeholder its value.
    pub fn bind<T: Param>(self, value: T) -> Self {
        Self(match self.0 {
            Either::Left((conn, query)) => Either::Left((conn, query.bind(value))),
            Either::Right((conn, query)) => Either::Right((conn, query.bind(value))),
        })
    }

    /// Runs it for its effect; gives the number of rows that it changed.
    pub async fn execute(self) -> Result<u64> {
        Ok(match self.0 {
            Either::Left((conn, query)) => query.execute(conn).await?.rows_affected(),
            Either::Right((conn, query)) => query.execute(conn).await?.rows_affected(),
        })
    }

    /// The one row; an error when there is none.
    pub async fn one<T: Record>(self) -> Result<T> {
        Ok(match self.0 {
            Either::Left((conn, query)) => T::from_row(&query.fetch_one(conn).await?)?,
            Either::Right((conn, query)) => T::from_row(&query.fetch_one(conn).await?)?,
        })
    }

    /// The first row, if any.
    pub async fn optional<T: Record>(self) -> Result<Option<T>> {
        Ok(match self.0 {
            Either::Left((conn, query)) => {
                query.fetch_optional(conn).await?.map(|row| T::from_row(&row)).transpose()?
            }
            Either::Right((conn, query)) => {
                query.fetch_optional(conn).await?.map(|row| T::from_row(&row)).transpose()?
            }
        })
    }

    /// Every row. The statement bounds how many.
    pub async fn all<T: Record>(self) -> Result<Vec<T>> {
        Ok(match self.0 {
            Either::Left((conn, query)) => {
                query.fetch_all(conn).await?.iter().map(T::from_row).collect::<sqlx::Result<_>>()?
            }
            Either::Right((conn, query)) => {
                query.fetch_all(conn).await?.iter().map(T::from_row).collect::<sqlx::Result<_>>()?
            }
        })
    }
}
