use model::{OrganizationRefusal, ProviderRefusal, Refusal};

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something that isn't given; the reason is theirs to read.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The database can't be used just now; nothing was changed.
    #[error("unavailable: {0}")]
    Unavailable(#[source] db::Error),
    /// A fault of this program or its surroundings: the caller gets a request id, the log gets this.
    #[error("broken: {0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A fault, from whatever caused it.
    pub fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<OrganizationRefusal> for Error {
    fn from(refusal: OrganizationRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<ProviderRefusal> for Error {
    fn from(refusal: ProviderRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(_) => Self::Unavailable(error),
            other => Self::Broken(other.into()),
        }
    }
}

/// What a verb gives.
pub type Result<T> = std::result::Result<T, Error>;
