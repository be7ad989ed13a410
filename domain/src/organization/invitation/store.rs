use db::{Conn, Tx};
use model::{
    Email, InvitationId, InvitationStatus, InvitationView, OrganizationId, OrganizationView, Slug, Timestamp, UserId,
};
use serde_json::Value;
use sqlx::types::Json;

use super::Listing;
use crate::{Error, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: InvitationId,
    organization_id: OrganizationId,
    email: Option<Email>,
    roles: String,
    team_ids: String,
    status: InvitationStatus,
    inviter_id: UserId,
    expires_at: Timestamp,
    created_at: Timestamp,
}

impl Row {
    fn view(self) -> InvitationView {
        let Self { id, organization_id, email, roles, team_ids, status, inviter_id, expires_at, created_at } = self;
        let team_id = Some(team_ids).filter(|teams| !teams.is_empty());
        InvitationView { id, organization_id, email, role: roles, team_id, status, inviter_id, expires_at, created_at }
    }
}

#[derive(sqlx::FromRow)]
struct Listed {
    #[sqlx(flatten)]
    row: Row,
    inviter: String,
    total: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, organization_id, email, roles, team_ids, status, inviter_id, expires_at, created_at FROM invitations ",
            $rest
        )
    };
}

pub(super) async fn insert(tx: &mut Tx, invitation: &InvitationView, token: Option<Vec<u8>>) -> Result<()> {
    let sql = "INSERT INTO invitations (id, organization_id, email, token_hash, roles, team_ids, status, inviter_id, expires_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let query = tx.query(sql).bind(invitation.id.clone()).bind(invitation.organization_id.clone());
    let query = query.bind(invitation.email.clone()).bind(token).bind(invitation.role.clone());
    let query = query.bind(invitation.team_id.clone().unwrap_or_default()).bind(invitation.status);
    query.bind(invitation.inviter_id.clone()).bind(invitation.expires_at).bind(invitation.created_at).execute().await?;
    Ok(())
}

pub(super) async fn by_id(conn: &mut Conn, id: &InvitationId) -> Result<Option<InvitationView>> {
    let sql = select!("WHERE id = $1");
    Ok(conn.query(sql).bind(id.clone()).optional::<Row>().await?.map(Row::view))
}

pub(super) async fn by_token(conn: &mut Conn, hash: Vec<u8>) -> Result<Option<InvitationView>> {
    let sql = select!("WHERE token_hash = $1");
    Ok(conn.query(sql).bind(hash).optional::<Row>().await?.map(Row::view))
}

pub(super) async fn pending_for(
    conn: &mut Conn,
    organization: &OrganizationId,
    email: &Email,
    now: Timestamp,
) -> Result<Option<InvitationView>> {
    let sql = select!(
        "WHERE organization_id = $1 AND email = $2 AND status = 'pending' AND expires_at > $3 ORDER BY created_at DESC LIMIT 1"
    );
    let query = conn.query(sql).bind(organization.clone()).bind(email.clone()).bind(now);
    Ok(query.optional::<Row>().await?.map(Row::view))
}

pub(super) async fn count_pending(conn: &mut Conn, organization: &OrganizationId, now: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM invitations WHERE organization_id = $1 AND status = 'pending' AND expires_at > $2";
    Ok(conn.query(sql).bind(organization.clone()).bind(now).one::<(i64,)>().await?.0)
}

async fn count(conn: &mut Conn, organization: &OrganizationId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM invitations WHERE organization_id = $1";
    Ok(conn.query(sql).bind(organization.clone()).one::<(i64,)>().await?.0)
}

pub(super) async fn renew(tx: &mut Tx, invitation: &InvitationView) -> Result<()> {
    let sql = "UPDATE invitations SET expires_at = $2, inviter_id = $3 WHERE id = $1";
    let query = tx.query(sql).bind(invitation.id.clone()).bind(invitation.expires_at);
    query.bind(invitation.inviter_id.clone()).execute().await?;
    Ok(())
}

/// Settles an open one; of any number at once one does (SECURITY A27, A35).
pub(super) async fn settle(tx: &mut Tx, id: &InvitationId, status: InvitationStatus, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE invitations SET status = $2, token_hash = NULL WHERE id = $1 AND status = 'pending' AND expires_at > $3";
    Ok(tx.query(sql).bind(id.clone()).bind(status).bind(now).execute().await? == 1)
}

pub(super) async fn list(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<InvitationView>> {
    let sql = select!("WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000");
    Ok(conn.query(sql).bind(organization.clone()).all::<Row>().await?.into_iter().map(Row::view).collect())
}

pub(super) async fn page(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Timestamp,
    limit: u32,
    offset: u32,
) -> Result<Listing> {
    let sql = "SELECT i.id, i.organization_id, i.email, i.roles, i.team_ids, i.status, i.inviter_id, i.expires_at, i.created_at,
                   u.name AS inviter, COUNT(*) OVER () AS total
               FROM invitations i JOIN users u ON u.id = i.inviter_id WHERE i.organization_id = $1
               ORDER BY CASE WHEN i.status = 'pending' AND i.expires_at > $2 THEN 0 ELSE 1 END, i.created_at DESC, i.id DESC
               LIMIT $3 OFFSET $4";
    let query = conn.query(sql).bind(organization.clone()).bind(now).bind(i64::from(limit)).bind(i64::from(offset));
    let rows: Vec<Listed> = query.all().await?;
    let total = match rows.first() {
        Some(listed) => listed.total,
        None => count(conn, organization).await?,
    };
    let open = count_pending(conn, organization, now).await?;
    Ok(Listing {
        rows: rows.into_iter().map(|listed| (listed.row.view(), listed.inviter)).collect(),
        total: u64::try_from(total).map_err(Error::broken)?,
        open: u64::try_from(open).map_err(Error::broken)?,
    })
}

/// An invitation, and to what.
#[derive(sqlx::FromRow)]
struct Open {
    #[sqlx(flatten)]
    row: Row,
    name: String,
    slug: Slug,
    logo: Option<String>,
    metadata: Option<Json<Value>>,
    made_at: Timestamp,
}

impl Open {
    fn view(self) -> (InvitationView, OrganizationView) {
        let Self { row, name, slug, logo, metadata, made_at: created_at } = self;
        let (id, metadata) = (row.organization_id.clone(), metadata.map(|metadata| metadata.0));
        (row.view(), OrganizationView { id, name, slug, logo, metadata, created_at })
    }
}

/// The open ones to an address, with what they are to: one query, since every list of organizations tells them.
pub(super) async fn open_for(
    conn: &mut Conn,
    email: &Email,
    now: Timestamp,
) -> Result<Vec<(InvitationView, OrganizationView)>> {
    let sql = "SELECT i.id, i.organization_id, i.email, i.roles, i.team_ids, i.status, i.inviter_id, i.expires_at, i.created_at,
                   o.name, o.slug, o.logo, o.metadata, o.created_at AS made_at
               FROM invitations i JOIN organizations o ON o.id = i.organization_id
               WHERE i.email = $1 AND i.status = 'pending' AND i.expires_at > $2
               ORDER BY i.created_at DESC, i.id DESC LIMIT 100";
    let rows: Vec<Open> = conn.query(sql).bind(email.clone()).bind(now).all().await?;
    Ok(rows.into_iter().map(Open::view).collect())
}
