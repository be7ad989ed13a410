use std::sync::Arc;

use db::{Conn, Tx};
use model::{MemberView, OrganizationId, OrganizationRefusal, OrganizationView, Refusal, TeamId, Timestamp, UserId};
use permission::{Assignment, Decision, Pattern, Permission, Question, Roles, Scope, Until};

use super::{OWNER, held, member, role, store, team};
use crate::audit::{Act, Entry, Refusals, Refused};
use crate::session::Current;
use crate::settings::RequiredFor;
use crate::{Cx, Error, Result, two_factor};

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
    refusals: Arc<Refusals>,
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
    pub(super) fn of(cx: &Cx, chosen: Option<&str>) -> Self {
        let site = &cx.settings.two_factor;
        match chosen {
            Some(chosen) => Self { roles: member::roles(chosen).map(str::to_owned).collect(), own: true },
            None if site.required == RequiredFor::Roles => Self { roles: site.required_roles.clone(), own: false },
            // Where everyone must have one, the site asks before any organization does.
            None => Self { roles: Vec::new(), own: false },
        }
    }

    /// Whether what is held demands one now: one of the roles, or one that inherits from it and so is as mighty.
    pub(super) fn demands(&self, roles: &Roles, held: &[Assignment], now: Timestamp) -> bool {
        let now = now.micros();
        let running = held.iter().filter(|one| !one.is_over(now) && !one.is_future(now));
        let mut held = running.flat_map(|one| roles.heritage(&one.role));
        held.any(|role| self.roles.iter().any(|demanding| demanding == role))
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
        let access = Self::read(&mut cx.db.read().await?, cx, &current.user.id, id).await;
        if matches!(access, Err(Error::Refused(_))) {
            let (user, organization) = (current.user.id.clone(), id.clone());
            cx.refusals.add(Refused { user, organization, permission: None }, cx.now());
        }
        let access = access?;
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
        let held = held(conn, &member, cx.now()).await?;
        let (at, refusals) = (cx.now(), Arc::clone(&cx.refusals));
        Ok(Self { organization, member, held, roles, second_factor, at, refusals })
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

    /// Whether what the member holds now demands a second factor.
    pub(crate) fn demands_second_factor(&self) -> bool {
        self.second_factor.demands(&self.roles, &self.held, self.at)
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
        if self.may(permission) { Ok(()) } else { Err(self.refuse(permission)) }
    }

    /// Whether the user may do something within a team of the organization.
    pub fn may_in(&self, team: &TeamId, permission: &str) -> bool {
        Permission::parse(permission)
            .is_ok_and(|permission| self.roles.allows(&self.held, &self.question(&permission).in_team(team.as_str())))
    }

    /// # Errors
    /// [`OrganizationRefusal::Forbidden`] when the user may not within that team.
    pub fn require_in(&self, team: &TeamId, permission: &str) -> Result<()> {
        if self.may_in(team, permission) { Ok(()) } else { Err(self.refuse(permission)) }
    }

    /// The refusal for who lacks a permission; the audit log tells of it.
    pub(super) fn refuse(&self, permission: &str) -> Error {
        let (user, organization) = (self.member.user_id.clone(), self.organization.id.clone());
        self.refusals.add(Refused { user, organization, permission: Some(permission.to_owned()) }, self.at);
        OrganizationRefusal::Forbidden(permission.to_owned()).into()
    }

    /// The same standing of somebody who doesn't ask for anything at the moment: what they may not do isn't told to the audit log.
    pub(super) fn quiet(self) -> Self {
        Self { refusals: Arc::default(), ..self }
    }

    /// What `result` is; where somebody would have given what they don't hold, the audit log tells of it (SECURITY 44).
    pub(super) fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(Error::Refused(Refusal::Organization(
            OrganizationRefusal::NotHeld(lacking) | OrganizationRefusal::HeldUntil { permissions: lacking, .. },
        ))) = &result
        {
            self.refuse(&lacking.join(" "));
        }
        result
    }

    /// An entry in the audit log, of what the member does here.
    pub(super) fn entry(&self, act: Act) -> Entry {
        Entry::by(&self.member.user_id, act).within(&self.organization.id)
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

    /// The patterns among `wanted` that the user doesn't hold now.
    pub fn not_held<'p>(&self, wanted: impl IntoIterator<Item = &'p Pattern>) -> Vec<String> {
        let lacking = wanted.into_iter().filter(|pattern| self.held_until(None, pattern).is_none());
        lacking.map(ToString::to_string).collect()
    }

    fn held_until(&self, team: Option<&TeamId>, pattern: &Pattern) -> Option<Until> {
        let any = Permission::parse("any").ok()?;
        let question = Question { team: team.map(TeamId::as_str), ..self.question(&any) };
        self.roles.held_until(&self.held, &question, pattern)
    }

    /// Checks that the user holds what is to be given, now and up to the end that it is to have (SECURITY 44): a right for a time must
    /// not become one for ever.
    fn may_give_patterns<'p>(
        &self,
        team: Option<&TeamId>,
        wanted: impl IntoIterator<Item = &'p Pattern>,
        until: Until,
    ) -> Result<()> {
        let (mut lacking, mut short, mut end) = (Vec::new(), Vec::new(), Until::Ever);
        for pattern in wanted {
            match self.held_until(team, pattern) {
                None => lacking.push(pattern.to_string()),
                Some(held) if held < until => {
                    short.push(pattern.to_string());
                    end = end.min(held);
                }
                Some(_) => {}
            }
        }
        if !lacking.is_empty() {
            return Err(OrganizationRefusal::NotHeld(lacking).into());
        }
        if let Until::Moment(end) = end {
            let until = Timestamp::from_micros(end);
            return Err(OrganizationRefusal::HeldUntil { permissions: short, until }.into());
        }
        Ok(())
    }

    /// Checks that the user may put these patterns into a role. Whoever has that has them without an end.
    ///
    /// # Errors
    /// [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`].
    pub(super) fn may_put<'p>(&self, patterns: impl IntoIterator<Item = &'p Pattern>) -> Result<()> {
        self.may_give_patterns(None, patterns, Until::Ever)
    }

    /// Checks that each role is there, and gives nothing that the user doesn't hold. What is given so has no end, so that what they hold
    /// must have none.
    ///
    /// # Errors
    /// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`].
    pub fn may_give<'r>(&self, roles: impl IntoIterator<Item = &'r str>) -> Result<()> {
        self.may_give_in(None, roles)
    }

    /// The same for what ends: what they hold must last from now up to then, also where it begins later.
    ///
    /// # Errors
    /// As [`Access::may_give`].
    pub fn may_give_until(&self, role: &str, end: Option<Timestamp>) -> Result<()> {
        self.may_give_role(None, role, end.map_or(Until::Ever, |end| Until::Moment(end.micros())))
    }

    /// The same with whatever end: it may be given at least for a moment.
    ///
    /// # Errors
    /// As [`Access::may_give`], but for [`OrganizationRefusal::HeldUntil`].
    pub fn may_give_for_a_time(&self, role: &str) -> Result<()> {
        self.may_give_until(role, Some(self.at))
    }

    /// The same where the roles count only within a team: there, what the user holds only in that team is theirs to give, too.
    ///
    /// # Errors
    /// As [`Access::may_give`].
    pub fn may_give_in<'r>(&self, team: Option<&TeamId>, roles: impl IntoIterator<Item = &'r str>) -> Result<()> {
        roles.into_iter().try_for_each(|role| self.may_give_role(team, role, Until::Ever))
    }

    fn may_give_role(&self, team: Option<&TeamId>, role: &str, until: Until) -> Result<()> {
        if self.roles.get(role).is_none() {
            return Err(OrganizationRefusal::RoleNotFound(role.to_owned()).into());
        }
        self.may_give_patterns(team, self.roles.patterns(role), until)
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
async fn held(conn: &mut Conn, member: &MemberView, now: Timestamp) -> Result<Vec<Assignment>> {
    let mut held: Vec<_> = held::of_membership(&member.organization_id, &member.role).collect();
    for (team, roles) in team::store::roles_of(conn, &member.id).await? {
        held.extend(held::of_team(&member.organization_id, &team, &roles));
    }
    for row in role::store::assigned(conn, &member.organization_id, &member.user_id, now).await? {
        held.push(row.read());
    }
    Ok(held)
}
