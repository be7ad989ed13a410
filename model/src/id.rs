use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: ids are opaque, and imported accounts keep theirs.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// A user: a person with one verified or claimed address.
    UserId,
    /// A way in of a user: the password ("credential"), later a provider's account.
    AccountId,
    /// A session; unlike its token it is no secret.
    SessionId,
    /// A mail in the outbox.
    MailId,
    /// An authenticator app of a user.
    AuthenticatorId,
    /// A passkey; not the credential's own id.
    PasskeyId,
    /// A browser that isn't asked for the second factor.
    TrustedDeviceId,
    /// An organization.
    OrganizationId,
    /// Somebody's being in an organization.
    MemberId,
    /// An invitation to an organization; unguessable.
    InvitationId,
    /// A team of an organization.
    TeamId,
    /// Somebody's being in a team.
    TeamMemberId,
    /// A role of an organization's own.
    RoleId,
    /// A role that was given for a time, in a team, or for one thing.
    AssignmentId,
}
