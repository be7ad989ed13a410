use db::{Conn, Tx};
use model::{Email, MemberId, MemberUser, MemberView, OrganizationId, Timestamp, UserId};
use permission::{Role, Roles};

use crate::session::revocation;
use crate::{Error, Result, account};

/// How many characters of a search count.
const LONGEST_SEARCH: usize = 200;

/// Which members, and in which order.
#[derive(Clone, Debug)]
pub struct Page {
    /// A part of the name or the address; everybody without one.
    pub search: String,
    /// Who has this role.
    pub role: Option<String>,
    /// In which order.
    pub order: Order,
    /// How many at most, 1 to 1000.
    pub limit: u32,
    /// How many are left out before.
    pub offset: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { search: String::new(), role: None, order: Order::Oldest, limit: 100, offset: 0 }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Who came first, first.
    Oldest,
    /// Who came last, first.
    Newest,
    /// By name.
    Name,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: MemberId,
    organization_id: OrganizationId,
    user_id: UserId,
    roles: String,
    created_at: Timestamp,
    name: String,
    email: Email,
    image: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Counted {
    #[sqlx(flatten)]
    row: Row,
    total: i64,
}

impl Row {
    pub(crate) fn view(self) -> MemberView {
        let Self { id, organization_id, user_id, roles, created_at, name, email, image } = self;
        let user = Some(MemberUser { id: user_id.clone(), name, email, image });
        MemberView { id, organization_id, user_id, role: roles, created_at, user }
    }
}

/// A text within a pattern of `LIKE`, whose signs mean themselves; `!` escapes.
fn literal(text: &str) -> String {
    account::store::lowered(text).replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The pattern for what holds what was typed; empty when nothing was. Of what is longer than any name or address, the beginning counts:
/// SQLite takes no pattern of any length, and PostgreSQL no text with a NUL.
pub(crate) fn holding(typed: &str) -> String {
    let typed: String = typed.trim().chars().filter(|c| *c != '\0').take(LONGEST_SEARCH).collect();
    if typed.is_empty() { String::new() } else { format!("%{}%", literal(&typed)) }
}

/// Whether somebody could have a role of that name, existing or not; the others needn't be looked for.
pub(crate) fn could_be_role(name: &str) -> bool {
    Role::new(name, [], []).is_ok_and(|role| Roles::new([role]).is_ok())
}

macro_rules! from {
    ($($more:literal),*) => {
        concat!(
            "SELECT m.id, m.organization_id, m.user_id, m.roles, m.created_at, u.name, u.email, u.image",
            $($more,)*
        )
    };
}

pub(crate) async fn insert(tx: &mut Tx, member: &MemberView) -> Result<bool> {
    let sql = "INSERT INTO members (id, organization_id, user_id, roles, created_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (organization_id, user_id) DO NOTHING";
    let query = tx.query(sql).bind(member.id.clone()).bind(member.organization_id.clone()).bind(member.user_id.clone());
    Ok(query.bind(member.role.clone()).bind(member.created_at).execute().await? == 1)
}

pub(crate) async fn by_id(conn: &mut Conn, organization: &OrganizationId, id: &MemberId) -> Result<Option<MemberView>> {
    let sql = from!(" FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 AND m.id = $2");
    Ok(conn.query(sql).bind(organization.clone()).bind(id.clone()).optional::<Row>().await?.map(Row::view))
}

pub(crate) async fn of_user(
    conn: &mut Conn,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<Option<MemberView>> {
    let sql = from!(" FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 AND m.user_id = $2");
    Ok(conn.query(sql).bind(organization.clone()).bind(user.clone()).optional::<Row>().await?.map(Row::view))
}

pub(crate) async fn by_email(
    conn: &mut Conn,
    organization: &OrganizationId,
    email: &Email,
) -> Result<Option<MemberView>> {
    let sql = from!(" FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 AND u.email = $2");
    Ok(conn.query(sql).bind(organization.clone()).bind(email.clone()).optional::<Row>().await?.map(Row::view))
}

pub(crate) async fn list(
    conn: &mut Conn,
    organization: &OrganizationId,
    page: &Page,
) -> Result<(Vec<MemberView>, u64)> {
    // The count is told by every row; beyond the last page there is none, so it is asked for alone.
    macro_rules! searched {
        ($order:literal) => {
            from!(
                ", COUNT(*) OVER () AS total FROM members m JOIN users u ON u.id = m.user_id
                 WHERE m.organization_id = $1 AND ($2 = '' OR ',' || m.roles || ',' LIKE $2 ESCAPE '!')
                   AND ($5 = '' OR COALESCE(u.name_lower, LOWER(u.name)) LIKE $5 ESCAPE '!' OR u.email LIKE $5 ESCAPE '!')
                 ORDER BY ",
                $order,
                " LIMIT $3 OFFSET $4"
            )
        };
    }
    // Where nothing is said about the users, only those of the page are looked at: a tenth of the time among ten thousand.
    macro_rules! plain {
        ($order:literal) => {
            from!(
                ", (SELECT COUNT(*) FROM members WHERE organization_id = $1 AND ($2 = '' OR ',' || roles || ',' LIKE $2 ESCAPE '!')) AS total
                 FROM (SELECT * FROM members m
                       WHERE m.organization_id = $1 AND ($2 = '' OR ',' || m.roles || ',' LIKE $2 ESCAPE '!')
                       ORDER BY ",
                $order,
                " LIMIT $3 OFFSET $4) m JOIN users u ON u.id = m.user_id WHERE $5 = '' ORDER BY ",
                $order
            )
        };
    }
    if page.role.as_ref().is_some_and(|role| !could_be_role(role)) {
        return Ok((Vec::new(), 0));
    }
    let search = holding(&page.search);
    let sql = match (page.order, search.is_empty()) {
        (Order::Oldest, true) => plain!("m.created_at, m.id"),
        (Order::Newest, true) => plain!("m.created_at DESC, m.id DESC"),
        (Order::Oldest, false) => searched!("m.created_at, m.id"),
        (Order::Newest, false) => searched!("m.created_at DESC, m.id DESC"),
        (Order::Name, _) => searched!("COALESCE(u.name_lower, LOWER(u.name)), m.id"),
    };
    let role = page.role.as_ref().map_or_else(String::new, |role| format!("%,{},%", literal(role)));
    let query = conn.query(sql).bind(organization.clone()).bind(role).bind(i64::from(page.limit.clamp(1, 1000)));
    let rows: Vec<Counted> = query.bind(i64::from(page.offset)).bind(search).all().await?;
    let total = rows.first().map_or(0, |row| row.total);
    if rows.is_empty() && page.offset > 0 {
        let (_, total) = Box::pin(list(conn, organization, &Page { offset: 0, limit: 1, ..page.clone() })).await?;
        return Ok((Vec::new(), total));
    }
    Ok((rows.into_iter().map(|counted| counted.row.view()).collect(), u64::try_from(total).map_err(Error::broken)?))
}

pub(crate) async fn count(conn: &mut Conn, organization: &OrganizationId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE organization_id = $1";
    Ok(conn.query(sql).bind(organization.clone()).one::<(i64,)>().await?.0)
}

pub(crate) async fn count_owners(conn: &mut Conn, organization: &OrganizationId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE organization_id = $1 AND ',' || roles || ',' LIKE '%,owner,%'";
    Ok(conn.query(sql).bind(organization.clone()).one::<(i64,)>().await?.0)
}

/// Who they are, by age.
pub(crate) async fn owners(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<(String, Email)>> {
    let sql = "SELECT u.name, u.email FROM members m JOIN users u ON u.id = m.user_id
               WHERE m.organization_id = $1 AND ',' || m.roles || ',' LIKE '%,owner,%' ORDER BY m.created_at, m.id";
    Ok(conn.query(sql).bind(organization.clone()).all().await?)
}

pub(crate) async fn set_roles(tx: &mut Tx, organization: &OrganizationId, id: &MemberId, roles: &str) -> Result<()> {
    let sql = "UPDATE members SET roles = $3 WHERE organization_id = $1 AND id = $2";
    tx.query(sql).bind(organization.clone()).bind(id.clone()).bind(roles.to_owned()).execute().await?;
    Ok(())
}

/// Removes a member, and what was assigned to them here: who comes back begins anew (SECURITY 45).
pub(crate) async fn delete(tx: &mut Tx, member: &MemberView) -> Result<()> {
    revocation::note(tx, &member.user_id);
    let sql = "DELETE FROM members WHERE organization_id = $1 AND id = $2";
    tx.query(sql).bind(member.organization_id.clone()).bind(member.id.clone()).execute().await?;
    let sql = "DELETE FROM assignments WHERE organization_id = $1 AND user_id = $2";
    tx.query(sql).bind(member.organization_id.clone()).bind(member.user_id.clone()).execute().await?;
    Ok(())
}
