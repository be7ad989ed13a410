use serde::{Deserialize, Serialize};

use crate::{Refusal, Timestamp};

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
