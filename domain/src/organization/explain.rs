//! Whether a member may do something, and why. The engine decides, as it does everywhere; this tells its reason to whoever may know.

use db::Conn;
use model::{
    ChainView, ExplanationView, GivenView, HeldState, HeldView, MemberId, OrganizationRefusal, PermissionsView, Reason,
    TeamId, TeamPermissions, Through, UserId,
};
use permission::{Assignment, Decision, Missing, Permission, Question, Roles, Scope};

use super::{Access, held, member, role, team};
use crate::{Cx, Error, Result, account};

/// What is asked about somebody.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The permission.
    pub permission: String,
    /// In which team; in the whole organization without one.
    pub team: Option<TeamId>,
    /// For which thing: its kind and its id.
    pub resource: Option<(String, String)>,
}

/// May the member do this here and now, and why?
///
/// # Errors
/// [`OrganizationRefusal::InvalidPermission`]; [`OrganizationRefusal::Forbidden`] about somebody else without `member:update`;
/// [`OrganizationRefusal::MemberNotFound`], [`OrganizationRefusal::TeamNotFound`].
pub async fn of_member(cx: &Cx, access: &Access, member: &MemberId, asked: &Asked) -> Result<ExplanationView> {
    let typed = asked.permission.trim();
    let permission = Permission::parse(typed).map_err(|_| OrganizationRefusal::InvalidPermission(typed.to_owned()))?;
    let mut conn = cx.db.read().await?;
    let theirs;
    let theirs = if *member == access.member.id {
        access
    } else {
        access.require("member:update")?;
        theirs = standing(&mut conn, cx, access, member).await?;
        &theirs
    };
    let teams = teams(&mut conn, access).await?;
    let team = match &asked.team {
        Some(team) => {
            let found = team::store::by_id(&mut conn, &access.organization.id, team).await?;
            Some(found.ok_or(OrganizationRefusal::TeamNotFound)?)
        }
        None => None,
    };
    let user = account::store::by_id(&mut conn, &theirs.member.user_id).await?;
    let told = Told { cx, theirs, teams: &teams, permission: &permission };
    let resource = asked.resource.as_ref().map(|(kind, id)| (kind.as_str(), id.as_str()));
    let explained = theirs.explain(&permission, asked.team.as_ref().map(TeamId::as_str), resource);
    Ok(ExplanationView {
        member_id: theirs.member.id.clone(),
        user_id: theirs.member.user_id.clone(),
        name: theirs.member.user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        permission: permission.to_string(),
        team_id: asked.team.clone(),
        team_name: team.map(|team| team.name),
        resource: asked.resource.clone(),
        allowed: explained.decision.is_allowed(),
        reason: told.reason(&explained.decision),
        needs_second_factor: theirs.demands_second_factor() && user.is_some_and(|user| !user.two_factor_enabled),
        given_by: told.given_by(),
        held: explained.held.iter().map(|one| told.held(one)).collect(),
    })
}

/// Another member's standing: it stays in here, since whoever has it could act with it.
async fn standing(conn: &mut Conn, cx: &Cx, access: &Access, member: &MemberId) -> Result<Access> {
    let organization = &access.organization.id;
    let found = member::store::by_id(conn, organization, member).await?.ok_or(OrganizationRefusal::MemberNotFound)?;
    Access::read(conn, cx, &found.user_id, organization).await
}

/// The organization's teams, by id.
async fn teams(conn: &mut Conn, access: &Access) -> Result<Vec<(TeamId, String)>> {
    let teams = team::store::list(conn, &access.organization.id).await?;
    Ok(teams.into_iter().map(|team| (team.id, team.name)).collect())
}

/// What an answer is told from.
struct Told<'t> {
    cx: &'t Cx,
    theirs: &'t Access,
    teams: &'t [(TeamId, String)],
    permission: &'t Permission,
}

impl Told<'_> {
    fn held(&self, one: &Assignment) -> HeldView {
        held::view(one, self.theirs.roles(), self.teams, self.cx.now())
    }

    fn reason(&self, decision: &Decision<'_>) -> Reason {
        let told = |chain: Option<ChainView>, kind: fn(ChainView) -> Reason| chain.map_or(Reason::Pattern, kind);
        match decision {
            Decision::Allowed(grant) => Reason::Granted(ChainView {
                held: self.held(grant.assignment),
                path: grant.path.iter().map(|role| (*role).to_owned()).collect(),
                pattern: grant.pattern.to_string(),
            }),
            Decision::Denied(Missing::Over(one)) => told(self.chain(one), Reason::Over),
            Decision::Denied(Missing::Future(one)) => told(self.chain(one), Reason::Future),
            Decision::Denied(Missing::Elsewhere(one)) => told(self.chain(one), Reason::Elsewhere),
            Decision::Denied(Missing::Pattern) => Reason::Pattern,
            Decision::Denied(Missing::Assignment) => Reason::Nothing,
        }
    }

    /// How an assignment that doesn't count would give the permission if it did.
    fn chain(&self, one: &Assignment) -> Option<ChainView> {
        let counting = [Assignment::new(&one.id, &one.role, Scope::Instance)];
        match self.theirs.roles().decide(&counting, &Question::new(self.permission, 0)) {
            Decision::Allowed(grant) => Some(ChainView {
                held: self.held(one),
                path: grant.path.iter().map(|role| (*role).to_owned()).collect(),
                pattern: grant.pattern.to_string(),
            }),
            Decision::Denied(_) => None,
        }
    }

    fn given_by(&self) -> Vec<String> {
        let roles = self.theirs.roles();
        let gives = |role: &&str| roles.patterns(role).any(|pattern| pattern.covers(self.permission));
        roles.iter().map(|role| role.name.as_str()).filter(gives).map(str::to_owned).collect()
    }
}

/// What somebody may do in the organization at the moment.
///
/// # Errors
/// When the database can't be asked.
pub async fn permissions(cx: &Cx, access: &Access) -> Result<PermissionsView> {
    let teams = teams(&mut cx.db.read().await?, access).await?;
    let now = cx.now();
    let running = access.held().iter().filter(|one| !one.is_over(now.micros()) && !one.is_future(now.micros()));
    let given: Vec<_> =
        running.map(|one| given(access.roles(), held::view(one, access.roles(), &teams, now))).collect();
    let of_team = |(team, _): &(TeamId, String)| {
        let there = given.iter().filter(|one| one.held.team_id.as_ref() == Some(team));
        let permissions = sorted(there.flat_map(|one| one.permissions.clone()).collect());
        (!permissions.is_empty()).then(|| TeamPermissions { team_id: team.clone(), permissions })
    };
    let teams = teams.iter().filter_map(of_team).collect();
    let is_assigned = |one: &GivenView| matches!(one.held.through, Through::Assignment | Through::Everywhere);
    Ok(PermissionsView {
        organization_id: Some(access.organization.id.clone()),
        role: Some(access.member.role.clone()),
        permissions: access.patterns(),
        assignments: given.into_iter().filter(is_assigned).collect(),
        teams,
    })
}

/// What somebody may do in every organization that they are in, by what the operator gave them.
///
/// # Errors
/// When the database can't be asked.
pub async fn permissions_everywhere(cx: &Cx, user: &UserId) -> Result<PermissionsView> {
    let roles = Roles::new(cx.settings.organization.catalog.roles().iter().cloned()).map_err(Error::broken)?;
    let now = cx.now();
    let view = |one: model::AssignmentView| {
        let micros = |at: Option<model::Timestamp>| at.map(model::Timestamp::micros);
        let one = Assignment::new(one.id.as_str(), one.role, Scope::Instance)
            .between(micros(one.starts_at), micros(one.ends_at));
        held::view(&one, &roles, &[], now)
    };
    let held = role::of_user_everywhere(cx, user).await?.into_iter().map(view);
    let assignments: Vec<_> = held.filter(|one| one.state == HeldState::Now).map(|one| given(&roles, one)).collect();
    let permissions = sorted(assignments.iter().flat_map(|one| one.permissions.clone()).collect());
    Ok(PermissionsView { organization_id: None, role: None, permissions, assignments, teams: Vec::new() })
}

fn given(roles: &Roles, held: HeldView) -> GivenView {
    let permissions = sorted(roles.patterns(&held.role).map(ToString::to_string).collect());
    GivenView { held, permissions }
}

fn sorted(mut patterns: Vec<String>) -> Vec<String> {
    patterns.sort();
    patterns.dedup();
    patterns
}
