use db::{Conn, Tx};
use model::{MemberView, OrganizationId, OrganizationRefusal, OrganizationView, Refusal, TeamId, Timestamp, UserId};
use permission::{Assignment, Decision, Pattern, Permission, Question, Roles, Scope};

use super::{OWNER, held, member, role, store, team};
use crate::session::Current;
use crate::settings::RequiredFor;
use crate::{Cx, Result, two_factor};

/// Somebody's standing in an organization at one moment: the only way to its data.
#[derive(Clone, Debug)]
pub struct Access {
    /// The organization.
    pub organization: OrganizationView,
    /// What the user is in it.
    pub member: MemberView,
    held: Vec<Assignment>,
    roles: Roles,
    second_factor: SecondFactorRule,
    at: Timestamp,
}

/// Whose members must have a second factor here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorRule {
    /// The roles of whom it is asked.
    pub roles: Vec<String>,
    /// Whether the organization chose them; otherwise they are the site's.
    pub own: bool,
}

impl SecondFactorRule {
    fn of(cx: &Cx, chosen: Option<&str>) -> Self {
        let site = &cx.settings.two_factor;
        match chosen {
            Some(chosen) => Self { roles: member::roles(chosen).map(str::to_owned).collect(), own: true },
            None if site.required == RequiredFor::Roles => Self { roles: site.required_roles.clone(), own: false },
            // Where everyone must have one, the site asks before any organization does.
            None => Self { roles: Vec::new(), own: false },
        }
    }
}

/// What an explanation says: the decision, and everything that somebody holds, also what doesn't count now.
pub struct Explained<'a> {
    /// The decision with its reason.
    pub decision: Decision<'a>,
    /// What they hold.
    pub held: &'a [Assignment],
}

impl Access {
    /// The standing of who is signed in in the organization of that id.
    ///
    /// # Errors
    /// [`OrganizationRefusal::NotAMember`], whether there is one or not; [`Refusal::TwoFactorRequired`] for who has a role that demands
    /// a second factor, and has none.
    pub async fn open(cx: &Cx, current: &Current, id: &OrganizationId) -> Result<Self> {
        let access = Self::read(&mut cx.db.read().await?, cx, &current.user.id, id).await?;
        if access.demands_second_factor() && two_factor::lacks(current) {
            return Err(Refusal::TwoFactorRequired.into());
        }
        Ok(access)
    }

    /// The same within a transaction, for acts whose right must hold when they are done.
    pub(crate) async fn read(conn: &mut Conn, cx: &Cx, user: &UserId, id: &OrganizationId) -> Result<Self> {
        let member = member::store::of_user(conn, id, user).await?.ok_or(OrganizationRefusal::NotAMember)?;
        let organization = store::by_id(conn, id).await?.ok_or(OrganizationRefusal::NotAMember)?;
        let second_factor = SecondFactorRule::of(cx, store::two_factor_roles(conn, id).await?.as_deref());
        let roles = role::all(conn, cx, id).await?;
        let held = held(conn, &member).await?;
        Ok(Self { organization, member, held, roles, second_factor, at: cx.now() })
    }

    /// The same standing as it is at this moment; the organization is locked until `tx` ends, so that it still holds when the act is done.
    pub(crate) async fn renewed(&self, tx: &mut Tx, cx: &Cx) -> Result<Self> {
        tx.lock(self.organization.id.as_str()).await?;
        Self::read(tx, cx, &self.member.user_id, &self.organization.id).await
    }

    /// Whose members must have a second factor here.
    pub fn second_factor_rule(&self) -> &SecondFactorRule {
        &self.second_factor
    }

    /// Whether what the member holds now demands a second factor: one of the roles, or one that inherits from it and so is as mighty.
    pub(crate) fn demands_second_factor(&self) -> bool {
        let now = self.at.micros();
        let running = self.held.iter().filter(|one| !one.is_over(now) && !one.is_future(now));
        let mut held = running.flat_map(|one| self.roles.heritage(&one.role));
        held.any(|role| self.second_factor.roles.iter().any(|demanding| demanding == role))
    }

    /// Whether the user is an owner.
    pub fn is_owner(&self) -> bool {
        member::roles(&self.member.role).any(|role| role == OWNER)
    }

    /// Whether the user may do something to the organization as a whole. What can't be read as a permission is never allowed.
    pub fn may(&self, permission: &str) -> bool {
        Permission::parse(permission).is_ok_and(|permission| self.roles.allows(&self.held, &self.question(&permission)))
    }

    /// # Errors
    /// [`OrganizationRefusal::Forbidden`] when the user may not.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.may(permission) { Ok(()) } else { Err(OrganizationRefusal::Forbidden(permission.to_owned()).into()) }
    }

    /// Whether the user may do something within a team of the organization.
    pub fn may_in(&self, team: &TeamId, permission: &str) -> bool {
        Permission::parse(permission)
            .is_ok_and(|permission| self.roles.allows(&self.held, &self.question(&permission).in_team(team.as_str())))
    }

    /// # Errors
    /// [`OrganizationRefusal::Forbidden`] when the user may not within that team.
    pub fn require_in(&self, team: &TeamId, permission: &str) -> Result<()> {
        if self.may_in(team, permission) {
            Ok(())
        } else {
            Err(OrganizationRefusal::Forbidden(permission.to_owned()).into())
        }
    }

    /// The decision on a permission, in a team or on a thing if one is named, with its reason.
    pub fn explain<'a>(
        &'a self,
        permission: &Permission,
        team: Option<&str>,
        thing: Option<(&str, &str)>,
    ) -> Explained<'a> {
        let question = Question { team, resource: thing, ..self.question(permission) };
        Explained { decision: self.roles.decide(&self.held, &question), held: &self.held }
    }

    /// The patterns among `wanted` that the user doesn't hold and so can't give (SECURITY 44).
    pub fn not_held<'p>(&self, wanted: impl IntoIterator<Item = &'p Pattern>) -> Vec<String> {
        self.not_held_in(None, wanted)
    }

    fn not_held_in<'p>(&self, team: Option<&TeamId>, wanted: impl IntoIterator<Item = &'p Pattern>) -> Vec<String> {
        let Ok(any) = Permission::parse("any") else { return Vec::new() };
        let question = Question { team: team.map(TeamId::as_str), ..self.question(&any) };
        let lacking = wanted.into_iter().filter(|pattern| !self.roles.may_give(&self.held, &question, pattern));
        lacking.map(|pattern| pattern.as_str().to_owned()).collect()
    }

    /// Checks that each role is there, and gives nothing that the user doesn't hold.
    ///
    /// # Errors
    /// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`].
    pub fn may_give<'r>(&self, roles: impl IntoIterator<Item = &'r str>) -> Result<()> {
        self.may_give_in(None, roles)
    }

    /// The same where the roles count only within a team: there, what the user holds only in that team is theirs to give, too.
    ///
    /// # Errors
    /// As [`Access::may_give`].
    pub fn may_give_in<'r>(&self, team: Option<&TeamId>, roles: impl IntoIterator<Item = &'r str>) -> Result<()> {
        for role in roles {
            if self.roles.get(role).is_none() {
                return Err(OrganizationRefusal::RoleNotFound(role.to_owned()).into());
            }
            let lacking = self.not_held_in(team, self.roles.patterns(role));
            if !lacking.is_empty() {
                return Err(OrganizationRefusal::NotHeld(lacking).into());
            }
        }
        Ok(())
    }

    /// Everything that the user holds here, also what is over or hasn't begun.
    pub(super) fn held(&self) -> &[Assignment] {
        &self.held
    }

    /// The roles that exist here.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Every permission pattern that the user holds here now.
    pub fn patterns(&self) -> Vec<String> {
        let now = self.at.micros();
        let counts = |one: &&Assignment| {
            !one.is_over(now)
                && !one.is_future(now)
                && matches!(one.scope, Scope::Instance | Scope::Organization { .. })
        };
        let mut patterns: Vec<_> = self
            .held
            .iter()
            .filter(counts)
            .flat_map(|one| self.roles.patterns(&one.role).map(|pattern| pattern.as_str().to_owned()))
            .collect();
        patterns.sort();
        patterns.dedup();
        patterns
    }

    fn question<'q>(&'q self, permission: &'q Permission) -> Question<'q> {
        Question::new(permission, self.at.micros()).within(self.organization.id.as_str())
    }
}

/// Everything that a member holds: the roles of the membership, those within teams, and what was assigned beside them.
async fn held(conn: &mut Conn, member: &MemberView) -> Result<Vec<Assignment>> {
    let mut held: Vec<_> = held::of_membership(&member.organization_id, &member.role).collect();
    for (team, roles) in team::store::roles_of(conn, &member.id).await? {
        held.extend(held::of_team(&member.organization_id, &team, &roles));
    }
    for row in role::store::assigned(conn, &member.organization_id, &member.user_id).await? {
        held.push(row.read());
    }
    Ok(held)
}
