use serde::{Deserialize, Serialize};

use crate::{OrganizationId, SessionId, TeamId, Timestamp, UserId};

/// A session as the wire shows it.
///
/// `token` is the real one only for the session that asked. The database keeps a hash, so another device's session is listed with
/// its id in place of the token; wherever the wire takes a token to end a session, it takes that id too.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct SessionView {
    pub expires_at: Timestamp,
    pub token: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub ip_address: String,
    pub user_agent: String,
    pub user_id: UserId,
    pub impersonated_by: Option<UserId>,
    pub active_organization_id: Option<OrganizationId>,
    pub active_team_id: Option<TeamId>,
    pub id: SessionId,
}
