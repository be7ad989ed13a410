//! Whether somebody must have a second factor for one of their organizations, however many these are.

use db::Conn;
use model::{MemberId, OrganizationId, RoleView, TeamId, UserId};
use permission::Assignment;

use super::{SecondFactorRule, held, role};
use crate::{Cx, Result};

/// A membership where some roles demand a second factor, and what is held there.
struct Membership {
    id: MemberId,
    organization: OrganizationId,
    rule: SecondFactorRule,
    own: Vec<RoleView>,
    held: Vec<Assignment>,
}

/// Whether an organization demands a second factor of the user: what [`super::Access`] says of each, in four queries for all of them.
pub(crate) async fn demands_second_factor(conn: &mut Conn, cx: &Cx, user: &UserId) -> Result<bool> {
    let now = cx.now();
    let mut memberships = demanding(conn, cx, user).await?;
    if memberships.is_empty() {
        return Ok(false);
    }
    for (organization, own) in role::store::of_user(conn, user).await? {
        if let Some(there) = memberships.iter_mut().find(|there| there.organization == organization) {
            there.own.push(own);
        }
    }
    let sql = "SELECT e.member_id, e.team_id, e.roles FROM team_members e JOIN members m ON m.id = e.member_id
               WHERE m.user_id = $1 AND e.roles <> ''";
    let in_teams: Vec<(MemberId, TeamId, String)> = conn.query(sql).bind(user.clone()).all().await?;
    for (member, team, roles) in in_teams {
        if let Some(there) = memberships.iter_mut().find(|there| there.id == member) {
            there.held.extend(held::of_team(&there.organization, &team, &roles));
        }
    }
    for one in role::store::running(conn, user, now).await? {
        let place = one.organization_id().cloned();
        let given = one.read();
        let counts = |there: &&mut Membership| place.as_ref().is_none_or(|place| place == &there.organization);
        memberships.iter_mut().filter(counts).for_each(|there| there.held.push(given.clone()));
    }
    for there in memberships {
        let roles = role::together(cx, there.own)?;
        if there.rule.demands(&roles, &there.held, now) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The user's memberships where any role demands one.
async fn demanding(conn: &mut Conn, cx: &Cx, user: &UserId) -> Result<Vec<Membership>> {
    let sql = "SELECT m.id, m.organization_id, m.roles, o.two_factor_roles
               FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1";
    let rows: Vec<(MemberId, OrganizationId, String, Option<String>)> =
        conn.query(sql).bind(user.clone()).all().await?;
    let membership = |(id, organization, roles, chosen): (MemberId, OrganizationId, String, Option<String>)| {
        let held = held::of_membership(&organization, &roles).collect();
        Membership { id, organization, rule: SecondFactorRule::of(cx, chosen.as_deref()), own: Vec::new(), held }
    };
    Ok(rows.into_iter().map(membership).filter(|there| !there.rule.roles.is_empty()).collect())
}
