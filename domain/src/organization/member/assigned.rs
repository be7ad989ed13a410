use model::{AssignmentId, MemberView, TeamId, Timestamp};

use super::super::Access;
use crate::{Cx, Result};

/// A role that somebody was given beside the membership's, as its page tells of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Assigned {
    /// Which.
    pub id: AssignmentId,
    /// The role's name.
    pub role: String,
    /// Whether it counts in every organization: then the people who run the site gave it, and nobody here can take it back.
    pub everywhere: bool,
    /// The team that it counts in, if it is bound to one.
    pub team_id: Option<TeamId>,
    /// What that team is called.
    pub team: Option<String>,
    /// The kind of the thing that it counts for, if it is bound to one.
    pub resource_kind: Option<String>,
    /// Which thing.
    pub resource_id: Option<String>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// The name of who gave it, if there still is such an account.
    pub giver: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// What a member was given beside the membership's roles, the latest first; also what is over or hasn't begun.
///
/// # Errors
/// [`model::OrganizationRefusal::Forbidden`] for somebody else's without `ac:read`.
pub async fn assignments(cx: &Cx, access: &Access, member: &MemberView) -> Result<Vec<Assigned>> {
    if member.id != access.member.id {
        access.require("ac:read")?;
    }
    let sql = "SELECT a.id, a.role, a.organization_id IS NULL AS everywhere, a.team_id, t.name AS team,
                      a.resource_kind, a.resource_id, a.starts_at, a.ends_at, g.name AS giver, a.created_at
               FROM assignments a LEFT JOIN teams t ON t.id = a.team_id LEFT JOIN users g ON g.id = a.granted_by
               WHERE a.user_id = $2 AND (a.organization_id = $1 OR a.organization_id IS NULL)
               ORDER BY a.created_at DESC, a.id DESC LIMIT 1000";
    let mut conn = cx.db.read().await?;
    // The organization's own id, not the member's: a member of another one has nothing here.
    let query = conn.query(sql).bind(access.organization.id.clone()).bind(member.user_id.clone());
    Ok(query.all().await?)
}
