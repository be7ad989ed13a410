//! What somebody holds: as the engine takes it, and as pages and the API tell it.

use model::{AssignmentId, HeldState, HeldView, OrganizationId, TeamId, Through, Timestamp};
use permission::{Assignment, Roles, Scope};

use super::member;

// What comes with a membership or a team has no id of its own; an assignment's never has a colon.
const MEMBERSHIP: &str = "membership:";
const TEAM: &str = "team:";

/// The roles of a membership.
pub(super) fn of_membership<'r>(
    organization: &'r OrganizationId,
    roles: &'r str,
) -> impl Iterator<Item = Assignment> + 'r {
    let scope = || Scope::organization(organization.as_str());
    member::roles(roles).map(move |role| Assignment::new(format!("{MEMBERSHIP}{role}"), role, scope()))
}

/// The roles within a team.
pub(super) fn of_team<'r>(
    organization: &'r OrganizationId,
    team: &'r TeamId,
    roles: &'r str,
) -> impl Iterator<Item = Assignment> + 'r {
    let scope = || Scope::Team { organization: organization.to_string(), team: team.to_string() };
    member::roles(roles).map(move |role| Assignment::new(format!("{TEAM}{team}:{role}"), role, scope()))
}

/// As it is told. `teams` has the names of those that may be met.
pub(super) fn view(one: &Assignment, roles: &Roles, teams: &[(TeamId, String)], now: Timestamp) -> HeldView {
    let through = match &one.scope {
        Scope::Instance => Through::Everywhere,
        _ if one.id.starts_with(MEMBERSHIP) => Through::Membership,
        _ if one.id.starts_with(TEAM) => Through::Team,
        _ => Through::Assignment,
    };
    let team = if let Scope::Team { team, .. } = &one.scope { Some(TeamId::new(team)) } else { None };
    let resource = match &one.scope {
        Scope::Resource { resource, id, .. } => Some((resource.clone(), id.clone())),
        _ => None,
    };
    let state = if one.is_over(now.micros()) {
        HeldState::Over
    } else if one.is_future(now.micros()) {
        HeldState::Future
    } else {
        HeldState::Now
    };
    HeldView {
        id: matches!(through, Through::Assignment | Through::Everywhere).then(|| AssignmentId::new(&one.id)),
        role: one.role.clone(),
        known: roles.get(&one.role).is_some(),
        through,
        team_name: team.as_ref().and_then(|team| name(teams, team)),
        team_id: team,
        resource,
        starts_at: one.from.map(Timestamp::from_micros),
        ends_at: one.until.map(Timestamp::from_micros),
        state,
    }
}

/// What a team is called.
pub(super) fn name(teams: &[(TeamId, String)], team: &TeamId) -> Option<String> {
    teams.iter().find(|(id, _)| id == team).map(|(_, name)| name.clone())
}
