//! The words both sides speak: ids, addresses, forms, views and refusals.
//!
//! Everything here is safe to send to a browser and builds for WASM; that is the rule that keeps secrets on the server.
//! Nothing here does I/O.

mod email;
mod id;
mod local_path;
mod name;
pub mod onboarding;
mod organization;
mod passkey;
mod password;
mod permissions;
mod phone_number;
pub mod proof_of_work;
mod provider;
mod refusal;
mod session;
#[cfg(feature = "sql")]
mod sql;
mod timestamp;
mod two_factor;
mod user;
mod username;

pub use email::Email;
pub use id::{
    AccountId, AssignmentId, AuthenticatorId, InvitationId, MailId, MemberId, OrganizationId, PasskeyId, RoleId,
    SessionId, TeamId, TeamMemberId, TrustedDeviceId, UserId,
};
pub use local_path::LocalPath;
pub use name::PersonName;
pub use organization::{
    AssignmentView, InvitationStatus, InvitationView, MemberUser, MemberView, OrganizationRefusal, OrganizationView,
    RoleView, Slug, TeamMemberView, TeamView,
};
pub use passkey::PasskeyView;
pub use password::{PasswordPolicy, PasswordRule, Strength};
pub use permissions::{
    ChainView, ExplanationView, GivenView, HeldState, HeldView, HolderView, PermissionsView, PersonChange, PlaceChange,
    Reason, RoleChange, RolePreview, TeamPermissions, Through,
};
pub use phone_number::PhoneNumber;
pub use provider::{ConnectionView, ProviderFailure, ProviderRefusal, ProviderView};
pub use refusal::{Refusal, Refused};
pub use session::SessionView;
pub use timestamp::Timestamp;
pub use two_factor::{Method, TrustedDeviceView, TwoFactorStatus};
pub use user::{AccountView, ProfileView, UserView, initials};
pub use username::Username;
