//! Who may what in an organization, and why, as pages and the API tell it.

use serde::{Deserialize, Serialize};

use crate::{AssignmentId, MemberId, MemberView, OrganizationId, TeamId, Timestamp, UserId};

/// How somebody came to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Through {
    /// With the membership: it counts in the whole organization, without an end.
    Membership,
    /// Within a team that they are in.
    Team,
    /// It was given for a time, in a team or for one thing.
    Assignment,
    /// The operator gave it in every organization.
    Everywhere,
}

/// Whether a role counts at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum HeldState {
    Now,
    Future,
    Over,
}

/// A role that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    /// The assignment; what comes with the membership or a team has none.
    pub id: Option<AssignmentId>,
    /// The role's name.
    pub role: String,
    /// Whether there is such a role; one that is gone gives nothing.
    pub known: bool,
    /// How they came to it.
    pub through: Through,
    /// The team that it counts in, if it is bound to one.
    pub team_id: Option<TeamId>,
    /// What that team is called.
    pub team_name: Option<String>,
    /// The kind and the id of the thing that it counts for, if it is bound to one.
    pub resource: Option<(String, String)>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Whether it counts at the moment.
    pub state: HeldState,
}

/// Somebody who has a role, and how they came to it.
#[derive(Clone, Debug, PartialEq)]
pub struct HolderView {
    /// Who.
    pub member: MemberView,
    /// In which ways; at least one.
    pub held: Vec<HeldView>,
}

/// What somebody may do in an organization at the moment; without one, what they may do in each that they are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionsView {
    /// Which.
    pub organization_id: Option<OrganizationId>,
    /// The roles of the membership, separated by commas.
    pub role: Option<String>,
    /// Every pattern that counts in the whole of it.
    pub permissions: Vec<String>,
    /// What was given beside the membership and the teams.
    pub assignments: Vec<GivenView>,
    /// What counts within teams beside that.
    pub teams: Vec<TeamPermissions>,
}

/// A role that was given, with what it gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenView {
    /// The role, and where and how long it counts.
    #[serde(flatten)]
    pub held: HeldView,
    /// Its patterns, inherited ones too.
    pub permissions: Vec<String>,
}

/// What somebody may do within a team beyond what they may in the whole organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamPermissions {
    /// The team.
    pub team_id: TeamId,
    /// The patterns.
    pub permissions: Vec<String>,
}

/// May this member do this, and why?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplanationView {
    /// Who it is about.
    pub member_id: MemberId,
    /// The same as a user.
    pub user_id: UserId,
    /// What they are called.
    pub name: String,
    /// What was asked for.
    pub permission: String,
    /// In which team, if it was asked about one.
    pub team_id: Option<TeamId>,
    /// What that team is called.
    pub team_name: Option<String>,
    /// For which thing, its kind and its id, if it was asked about one.
    pub resource: Option<(String, String)>,
    /// The answer.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// Whether nothing opens to them here before they set up a second factor, whatever the answer is.
    pub needs_second_factor: bool,
    /// The roles that would give it.
    pub given_by: Vec<String>,
    /// Everything that they hold here, also what is over or hasn't begun.
    pub held: Vec<HeldView>,
}

/// Why somebody may do something, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Reason {
    /// This gives it.
    Granted(ChainView),
    /// This would give it, and is over.
    Over(ChainView),
    /// This will give it, and hasn't begun.
    Future(ChainView),
    /// This gives it elsewhere.
    Elsewhere(ChainView),
    /// Roles are held here, and give other things.
    Pattern,
    /// No role is held here.
    Nothing,
}

/// How a role leads to a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainView {
    /// Through this role,
    pub held: HeldView,
    /// by way of these, from it to the one that has the pattern,
    pub path: Vec<String>,
    /// which covers the permission.
    pub pattern: String,
}

/// What saving a role would do.
#[derive(Clone, Debug, PartialEq)]
pub struct RolePreview {
    /// To the role itself, and to those that inherit from it and would change.
    pub roles: Vec<RoleChange>,
    /// To people: the first ones by name for whom something would change.
    pub people: Vec<PersonChange>,
    /// For how many something would change, of those who were looked at.
    pub changed: usize,
    /// How many of these would keep what they have: they hold it otherwise, too.
    pub unchanged: usize,
    /// How many more have the role; they weren't looked at.
    pub unseen: u64,
}

/// What a role gains and loses as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChange {
    /// Its name afterwards.
    pub name: String,
    /// Its name before, when it gets another one.
    pub old_name: Option<String>,
    /// The patterns that it gives only afterwards.
    pub gains: Vec<String>,
    /// The patterns that it gives only before.
    pub losses: Vec<String>,
}

/// What somebody gains and loses.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonChange {
    /// Who.
    pub member: MemberView,
    /// Where; at least one.
    pub places: Vec<PlaceChange>,
}

/// What changes in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceChange {
    /// The team; what is bound to neither a team nor a thing counts in the whole organization.
    pub team: Option<String>,
    /// The kind and the id of the thing.
    pub resource: Option<(String, String)>,
    /// When the role begins, where it hasn't yet.
    pub from: Option<Timestamp>,
    /// The patterns that they may use only afterwards.
    pub gains: Vec<String>,
    /// The patterns that they may use only before.
    pub losses: Vec<String>,
}
