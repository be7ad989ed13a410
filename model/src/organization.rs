use serde::{Deserialize, Serialize};

use crate::{
    AssignmentId, Email, InvitationId, MemberId, OrganizationId, Refusal, RoleId, TeamId, TeamMemberId, Timestamp,
    UserId,
};

/// The part of an organization's address that names it: 2 to 48 of `a-z 0-9 -`, neither first nor last a dash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// What stands in the place of a slug where pages are about no organization in particular.
    const RESERVED: [&str; 2] = ["new", "switch"];

    /// Reads what a person typed; capitals become small.
    ///
    /// # Errors
    /// [`OrganizationRefusal::InvalidSlug`]; [`OrganizationRefusal::SlugTaken`] for what the site itself needs.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let slug = typed.trim().to_ascii_lowercase();
        if Self::RESERVED.contains(&slug.as_str()) {
            return Err(OrganizationRefusal::SlugTaken.into());
        }
        let plain = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let edges = !slug.starts_with('-') && !slug.ends_with('-');
        if plain && edges && (2..=48).contains(&slug.len()) {
            Ok(Self(slug))
        } else {
            Err(OrganizationRefusal::InvalidSlug.into())
        }
    }

    /// The best one that can be made of a name, for a form to suggest; `None` when nothing of it can stand in one. Of a decomposed name
    /// (NFKD; browsers do it by themselves) letters with accents stay, without them.
    pub fn suggest(decomposed: &str) -> Option<Self> {
        // Back and forth, because ß is SS in capitals.
        let letters = decomposed.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        let letters = letters.filter(|c| !('\u{300}'..='\u{36f}').contains(c));
        let dashed: String = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let words: Vec<_> = dashed.split('-').filter(|word| !word.is_empty()).collect();
        let slug: String = words.join("-").chars().take(48).collect();
        Self::parse(slug.trim_end_matches('-')).ok()
    }

    /// Takes what the database holds.
    #[cfg(feature = "sql")]
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization as the wire shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct OrganizationView {
    pub name: String,
    pub slug: Slug,
    pub logo: Option<String>,
    pub created_at: Timestamp,
    pub metadata: Option<serde_json::Value>,
    pub id: OrganizationId,
}

/// Somebody in an organization, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct MemberView {
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    /// One or several, separated by commas.
    pub role: String,
    pub created_at: Timestamp,
    pub id: MemberId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<MemberUser>,
}

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct MemberUser {
    pub id: UserId,
    pub name: String,
    pub email: Email,
    pub image: Option<String>,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(rename_all = "snake_case", type_name = "text"))]
#[expect(missing_docs, reason = "the wire's own names")]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Rejected,
    Canceled,
}

/// An invitation as the wire shows it; the token of a link is never in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct InvitationView {
    pub organization_id: OrganizationId,
    /// None for a link.
    pub email: Option<Email>,
    pub role: String,
    /// One or several, separated by commas.
    pub team_id: Option<String>,
    pub status: InvitationStatus,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub inviter_id: UserId,
    pub id: InvitationId,
}

/// A team as the wire shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct TeamView {
    pub name: String,
    pub organization_id: OrganizationId,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub id: TeamId,
}

/// Somebody in a team, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct TeamMemberView {
    pub team_id: TeamId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub id: TeamMemberId,
}

/// A role as its organization reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// The organization's own roles have one; those of the configuration don't.
    pub id: Option<RoleId>,
    /// Its name.
    pub name: String,
    /// What it gives by itself.
    pub patterns: Vec<String>,
    /// The roles that it inherits from.
    pub inherits: Vec<String>,
    /// When it was made; the configuration's roles don't tell.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// A role that was given for a time, in a team, or for one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentView {
    /// Which.
    pub id: AssignmentId,
    /// To whom.
    pub user_id: UserId,
    /// The role's name.
    pub role: String,
    /// The team that it counts in, if it is bound to one.
    pub team_id: Option<TeamId>,
    /// The kind and the id of the thing that it counts for, if it is bound to one.
    pub resource: Option<(String, String)>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Who gave it.
    pub granted_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// Why something about an organization is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "about", content = "detail")]
pub enum OrganizationRefusal {
    /// No organization of that id or address, as far as the caller may know.
    NotFound,
    /// The caller isn't in it. The answer is the same for one that doesn't exist (SECURITY 43).
    NotAMember,
    /// Nobody has an active organization here.
    NoneActive,
    /// The slug is taken.
    SlugTaken,
    /// Not 2 to 48 of `a-z 0-9 -`.
    InvalidSlug,
    /// Not a name of 1 to 100 characters on one line.
    InvalidName,
    /// Not the https address of a picture.
    InvalidLogo,
    /// The user has made as many as they may.
    TooMany,
    /// The caller may not do this here: the permission that is missing.
    Forbidden(String),
    /// The caller would give what they don't hold: the permissions that they lack.
    NotHeld(Vec<String>),
    /// The caller would give for longer what they hold only for a time: which permissions, and when the first of them ends.
    #[serde(rename_all = "camelCase")]
    HeldUntil {
        /// The permissions.
        permissions: Vec<String>,
        /// When the caller holds not all of them any more.
        until: Timestamp,
    },
    /// No such member.
    MemberNotFound,
    /// The last owner can't go.
    OnlyOwner,
    /// The last owner can't stop being one.
    WithoutOwner,
    /// As many members as there may be.
    MemberLimit,
    /// No role of that name here.
    RoleNotFound(String),
    /// A role of that name is there already.
    RoleTaken,
    /// One of the configuration's roles can't be changed here.
    RolePredefined,
    /// The role is given or offered to somebody, or another one inherits from it.
    RoleAssigned,
    /// A pattern can't be read, or there are too many; in words.
    InvalidRole(String),
    /// Not a role's name: 1 to 64 of `a-z 0-9 _ - .`.
    InvalidRoleName,
    /// Roles would inherit from each other in a circle: their names, the first one again at the end.
    RoleCircle(Vec<String>),
    /// Not a permission that can be asked about.
    InvalidPermission(String),
    /// As many roles as there may be.
    TooManyRoles,
    /// No such resource to give permissions for.
    InvalidResource(String),
    /// The person is in the organization already.
    AlreadyMember,
    /// The address is invited already.
    AlreadyInvited,
    /// No such invitation, or none that can still be used.
    InvitationNotFound,
    /// The invitation is somebody else's.
    NotTheRecipient,
    /// The caller's address must be proved first.
    EmailNotVerified,
    /// As many pending invitations as there may be.
    InvitationLimit,
    /// Whoever invited has left.
    InviterGone,
    /// No such team here.
    TeamNotFound,
    /// The person isn't in the team.
    NotInTeam,
    /// An organization keeps one team.
    LastTeam,
    /// As many teams as there may be.
    TooManyTeams,
    /// The end of a time window lies before its beginning.
    InvalidWindow,
    /// No such assignment here.
    AssignmentNotFound,
    /// More different roles, teams or parents than one form may choose: how many may be.
    TooManyChosen(usize),
    /// The app's own data is larger than 16 KiB.
    MetadataTooLarge,
    /// A member has as many assignments as they may.
    TooManyAssignments,
}

impl From<OrganizationRefusal> for Refusal {
    fn from(refusal: OrganizationRefusal) -> Self {
        Self::Organization(refusal)
    }
}

impl OrganizationRefusal {
    /// The wire's `code`, the HTTP status and the wire's `message`. Several endpoints of the wire give one reason another status or code;
    /// they say so where they are.
    pub(crate) fn wire(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::NotFound => ("ORGANIZATION_NOT_FOUND", 400, "Organization not found"),
            Self::NotAMember => {
                ("USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION", 403, "User is not a member of the organization")
            }
            Self::NoneActive => ("NO_ACTIVE_ORGANIZATION", 400, "No active organization"),
            Self::SlugTaken => ("ORGANIZATION_SLUG_ALREADY_TAKEN", 400, "Organization slug already taken"),
            Self::InvalidSlug => ("INVALID_SLUG", 400, "The slug must have 2 to 48 of a-z, 0-9 and -"),
            Self::InvalidName => ("INVALID_NAME", 400, "The name must have 1 to 100 characters on one line"),
            Self::InvalidLogo => ("INVALID_LOGO", 400, "The logo must be the https address of a picture"),
            Self::TooMany => (
                "YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS",
                403,
                "You have reached the maximum number of organizations",
            ),
            Self::Forbidden(_) => ("FORBIDDEN", 403, "You are not allowed to do this"),
            Self::NotHeld(_) => ("FORBIDDEN", 403, "You are not allowed to grant permissions that you don't have"),
            Self::HeldUntil { .. } => (
                "PERMISSIONS_HELD_ONLY_FOR_A_TIME",
                403,
                "You are not allowed to grant permissions for longer than you have them",
            ),
            Self::MemberNotFound => ("MEMBER_NOT_FOUND", 400, "Member not found"),
            Self::OnlyOwner => (
                "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER",
                400,
                "You cannot leave the organization as the only owner",
            ),
            Self::WithoutOwner => (
                "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER",
                400,
                "You cannot leave the organization without an owner",
            ),
            Self::MemberLimit => {
                ("ORGANIZATION_MEMBERSHIP_LIMIT_REACHED", 403, "Organization membership limit reached")
            }
            Self::RoleNotFound(_) => ("ROLE_NOT_FOUND", 400, "Role not found"),
            Self::RoleTaken => ("ROLE_NAME_IS_ALREADY_TAKEN", 400, "That role name is already taken"),
            Self::RolePredefined => ("CANNOT_DELETE_A_PRE_DEFINED_ROLE", 400, "Cannot delete a pre-defined role"),
            Self::RoleAssigned => {
                ("ROLE_IS_ASSIGNED_TO_MEMBERS", 400, "Cannot delete a role that is assigned to members")
            }
            Self::InvalidRole(_) => ("INVALID_ROLE", 400, "The role can't be made"),
            Self::InvalidRoleName => ("INVALID_ROLE", 400, "The name must have 1 to 64 of a-z, 0-9, _, - and dots"),
            Self::RoleCircle(_) => ("INVALID_ROLE", 400, "Roles would inherit in a circle"),
            Self::InvalidPermission(_) => ("INVALID_PERMISSION", 400, "That is no permission"),
            Self::TooManyRoles => ("TOO_MANY_ROLES", 400, "This organization has too many roles"),
            Self::InvalidResource(_) => {
                ("INVALID_RESOURCE", 400, "The provided permission includes an invalid resource")
            }
            Self::AlreadyMember => {
                ("USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION", 400, "User is already a member of this organization")
            }
            Self::AlreadyInvited => {
                ("USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION", 400, "User is already invited to this organization")
            }
            Self::InvitationNotFound => ("INVITATION_NOT_FOUND", 400, "Invitation not found"),
            Self::NotTheRecipient => {
                ("YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION", 403, "You are not the recipient of the invitation")
            }
            Self::EmailNotVerified => (
                "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION",
                403,
                "Email verification required before accepting or rejecting invitation",
            ),
            Self::InvitationLimit => ("INVITATION_LIMIT_REACHED", 403, "Invitation limit reached"),
            Self::InviterGone => (
                "INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION",
                400,
                "Inviter is no longer a member of the organization",
            ),
            Self::TeamNotFound => ("TEAM_NOT_FOUND", 400, "Team not found"),
            Self::NotInTeam => ("USER_IS_NOT_A_MEMBER_OF_THE_TEAM", 403, "User is not a member of the team"),
            Self::LastTeam => ("UNABLE_TO_REMOVE_LAST_TEAM", 400, "Unable to remove last team"),
            Self::TooManyTeams => {
                ("YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_TEAMS", 400, "You have reached the maximum number of teams")
            }
            Self::InvalidWindow => ("INVALID_TIME_WINDOW", 400, "The end must be later than the beginning"),
            Self::AssignmentNotFound => ("ASSIGNMENT_NOT_FOUND", 404, "Assignment not found"),
            Self::TooManyChosen(_) => ("TOO_MANY_CHOSEN", 400, "Too many different ones"),
            Self::MetadataTooLarge => ("METADATA_TOO_LARGE", 400, "The metadata must have at most 16 KiB"),
            Self::TooManyAssignments => ("TOO_MANY_ASSIGNMENTS", 400, "This member has too many assignments"),
        }
    }

    /// The wire's `code`.
    pub fn code(&self) -> &'static str {
        self.wire().0
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.wire().1
    }

    /// The wire's `message`.
    pub fn message(&self) -> String {
        match self {
            Self::RoleNotFound(role) => format!("ROLE_NOT_FOUND: {role}"),
            Self::InvalidRole(why) => why.clone(),
            Self::HeldUntil { until, .. } => format!("{}: until {}", self.wire().2, until.iso()),
            Self::TooManyChosen(most) => format!("{}: at most {most}", self.wire().2),
            Self::RoleCircle(circle) => format!("{}: {}", self.wire().2, circle.join(" → ")),
            Self::InvalidPermission(asked) => format!("{asked:?} is no permission, such as content:delete"),
            other => other.wire().2.to_owned(),
        }
    }

    /// The name of the form field that it is about, if it is about one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::SlugTaken | Self::InvalidSlug => Some("slug"),
            Self::InvalidName | Self::RoleTaken | Self::InvalidRoleName => Some("name"),
            Self::InvalidLogo => Some("logo"),
            Self::AlreadyMember | Self::AlreadyInvited => Some("email"),
            Self::RoleNotFound(_) | Self::NotHeld(_) | Self::HeldUntil { .. } => Some("role"),
            Self::InvalidRole(_) | Self::InvalidResource(_) => Some("patterns"),
            Self::RoleCircle(_) => Some("inherits"),
            Self::InvalidPermission(_) => Some("permission"),
            Self::InvalidWindow => Some("ends_at"),
            Self::NotFound
            | Self::NotAMember
            | Self::NoneActive
            | Self::TooMany
            | Self::Forbidden(_)
            | Self::MemberNotFound
            | Self::OnlyOwner
            | Self::WithoutOwner
            | Self::MemberLimit
            | Self::RolePredefined
            | Self::RoleAssigned
            | Self::TooManyRoles
            | Self::InvitationNotFound
            | Self::NotTheRecipient
            | Self::EmailNotVerified
            | Self::InvitationLimit
            | Self::InviterGone
            | Self::TeamNotFound
            | Self::NotInTeam
            | Self::LastTeam
            | Self::TooManyTeams
            | Self::AssignmentNotFound
            | Self::TooManyChosen(_)
            | Self::MetadataTooLarge
            | Self::TooManyAssignments => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_can_stand_in_an_address() {
        assert_eq!(Slug::parse(" Acme-2 ").unwrap().as_str(), "acme-2");
        for bad in ["", "a", "-acme", "acme-", "ac me", "äcme", "a/b", &"a".repeat(49)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Slug::suggest("Acme & Sons, Ltd.").unwrap().as_str(), "acme-sons-ltd");
        assert_eq!(Slug::suggest("A\u{308}cme & So\u{308}hne, Große").unwrap().as_str(), "acme-sohne-grosse");
        assert_eq!(Slug::suggest("株式会社"), None);
        assert_eq!(Slug::parse("New"), Err(OrganizationRefusal::SlugTaken.into()));
    }
}
