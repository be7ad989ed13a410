//! How the newtypes are stored; the one file of `model` that knows sqlx.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

use crate::{
    AccountId, AssignmentId, AuthenticatorId, Email, InvitationId, MailId, MemberId, OrganizationId, PasskeyId,
    PhoneNumber, RoleId, SessionId, Slug, TeamId, TeamMemberId, Timestamp, TrustedDeviceId, UserId,
};

macro_rules! text {
    ($($name:ident: $make:expr),* $(,)?) => {$(
        impl Type<Sqlite> for $name {
            fn type_info() -> SqliteTypeInfo { <String as Type<Sqlite>>::type_info() }
            fn compatible(ty: &SqliteTypeInfo) -> bool { <String as Type<Sqlite>>::compatible(ty) }
        }
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo { <String as Type<Postgres>>::type_info() }
            fn compatible(ty: &PgTypeInfo) -> bool { <String as Type<Postgres>>::compatible(ty) }
        }
        impl Encode<'_, Sqlite> for $name {
            fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
                <String as Encode<Sqlite>>::encode(self.as_str().to_owned(), buf)
            }
        }
        impl Encode<'_, Postgres> for $name {
            fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <&str as Encode<Postgres>>::encode(self.as_str(), buf)
            }
        }
        impl<'r> Decode<'r, Sqlite> for $name {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> { <String as Decode<Sqlite>>::decode(value).map($make) }
        }
        impl<'r> Decode<'r, Postgres> for $name {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> { <String as Decode<Postgres>>::decode(value).map($make) }
        }
    )*};
}

text! {
    UserId: UserId::new,
    AccountId: AccountId::new,
    SessionId: SessionId::new,
    MailId: MailId::new,
    AuthenticatorId: AuthenticatorId::new,
    PasskeyId: PasskeyId::new,
    TrustedDeviceId: TrustedDeviceId::new,
    OrganizationId: OrganizationId::new,
    MemberId: MemberId::new,
    InvitationId: InvitationId::new,
    TeamId: TeamId::new,
    TeamMemberId: TeamMemberId::new,
    RoleId: RoleId::new,
    AssignmentId: AssignmentId::new,
    Slug: Slug::stored,
    Email: Email::stored,
    PhoneNumber: PhoneNumber::stored,
}

// `timestamptz` on PostgreSQL; integer microseconds on SQLite, because sqlx's RFC 3339 text doesn't sort.
impl Type<Sqlite> for Timestamp {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
    fn compatible(_: &SqliteTypeInfo) -> bool {
        // The column is declared with PostgreSQL's name for its type, which SQLite reports as it likes.
        true
    }
}
impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        <time::OffsetDateTime as Type<Postgres>>::type_info()
    }
}
impl Encode<'_, Sqlite> for Timestamp {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode(self.micros(), buf)
    }
}
impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <time::OffsetDateTime as Encode<Postgres>>::encode(self.date_time(), buf)
    }
}
impl<'r> Decode<'r, Sqlite> for Timestamp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(Self::from_micros)
    }
}
impl<'r> Decode<'r, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <time::OffsetDateTime as Decode<Postgres>>::decode(value).map(Self::from)
    }
}
