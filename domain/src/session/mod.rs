//! Sessions: opened by a factor, looked up at every request, renewed while used, ended by their owner.
//!
//! A session is an opaque token; the database keeps its hash. A check is one indexed query. The token is new at every sign-in and
//! every fresh authentication, so nothing that was planted before leads anywhere (SECURITY A29), and a session that was deleted is
//! never written back (A31): renewing is an UPDATE that finds no row.

pub(crate) mod binding;
mod confirm;
mod recent;
pub mod revocation;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub(crate) use confirm::{Shown, checked_hash, confirmation_failed, confirmed, refresh};
pub use confirm::{authenticate, confirm_password};
pub use recent::{Recent, Remembered, find_and_remember, remembered};

use std::time::Duration;

use model::{OrganizationId, Refusal, SessionId, SessionView, TeamId, Timestamp, UserId};

use crate::account::User;
use crate::audit::{self, Act, Entry};
use crate::settings::Binding;
use crate::token::Token;
use crate::two_factor::challenge::{self, Challenge};
use crate::two_factor::{self, trusted_device};
use crate::{Client, Cx, Result, client, new_device, organization};

/// How somebody showed who they are. Exhaustive, so that a new way in must be answered everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A password.
    Password,
    /// A link by mail.
    Link,
    /// A code by mail.
    Code,
    /// A code by text message.
    PhoneCode,
    /// A provider's word.
    Provider,
    /// A passkey, whose user was verified by the authenticator: two factors in one (ASVS 6.3.3, NIST SP 800-63B-4 3.1.7).
    Passkey,
}

impl Factor {
    /// Whether a second factor is asked for after it.
    pub fn needs_second(self) -> bool {
        match self {
            Self::Password | Self::Link | Self::Code | Self::PhoneCode | Self::Provider => true,
            Self::Passkey => false,
        }
    }
}

/// How somebody showed the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// An authenticator app's code.
    Totp,
    /// A code by mail.
    Mail,
    /// A code by text message.
    Sms,
    /// A backup code.
    BackupCode,
    /// The first factor was a passkey, which is both.
    Passkey,
    /// None: the browser was trusted at an earlier sign-in. Not good for sensitive acts.
    TrustedDevice,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A session as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of `sessions`")]
pub struct Session {
    pub id: SessionId,
    #[sqlx(rename = "session_user_id")]
    pub user_id: UserId,
    pub factor: Factor,
    pub remember: bool,
    pub ip_address: String,
    pub user_agent: String,
    pub authenticated_at: Timestamp,
    pub second_factor: Option<SecondFactor>,
    /// When a second factor or a passkey was last shown in this session.
    pub strong_at: Option<Timestamp>,
    pub active_organization_id: Option<OrganizationId>,
    pub active_team_id: Option<TeamId>,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Who is at the other end: a session that was looked up, its user and its token.
#[derive(Clone, Debug)]
pub struct Current {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
    /// What the client sent; the client's cookie must be set again when `renewed`.
    pub token: Token,
    /// Whether the session's end was moved just now.
    pub renewed: bool,
    /// Whether it is asked for at another place than it is bound to: it is good for nothing then but to show who its user is.
    pub elsewhere: bool,
}

/// A session that was just opened, with the token to hand out.
pub type Opened = Current;

/// What showing the first factor gave.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for a request, and it goes straight to the answer")]
pub enum Entered {
    /// A session.
    In(Admitted),
    /// None yet: a second factor is owed.
    Challenged(Challenge),
}

/// A session, and what the browser is given beside it.
#[derive(Debug)]
pub struct Admitted {
    /// The session.
    pub opened: Opened,
    /// Spares the browser the second factor; takes the place of what it had.
    pub trust: Option<Token>,
}

impl Current {
    /// Whether somebody has shown recently enough for a sensitive act who they are: by the second factor or a passkey where the
    /// account has a second factor, since a stolen password must not undo it (SECURITY A24, A25).
    pub fn is_fresh(&self, cx: &Cx) -> bool {
        let shown =
            if self.user.two_factor_enabled { self.session.strong_at } else { Some(self.session.authenticated_at) };
        !self.elsewhere && shown.is_some_and(|at| cx.now().since(at) < cx.settings.session.fresh_for)
    }

    /// # Errors
    /// [`Refusal::SessionNotFresh`] when it isn't.
    pub fn require_fresh(&self, cx: &Cx) -> Result<()> {
        if self.is_fresh(cx) { Ok(()) } else { Err(Refusal::SessionNotFresh.into()) }
    }

    /// When the session ends, if that is soon: within the last seventh of its span, and at most a day before. A session of seven days
    /// says so a day before, one of a day some three hours before; one that is renewed by being used never gets there.
    pub fn ends_soon(&self, cx: &Cx) -> Option<Timestamp> {
        let Session { expires_at, updated_at, .. } = self.session;
        let notice = (expires_at.since(updated_at) / 7).min(DAY);
        (expires_at.since(cx.now()) <= notice).then_some(expires_at)
    }

    /// The session as the wire shows it to itself.
    pub fn view(&self) -> SessionView {
        view(&self.session, self.token.expose())
    }

    /// The same for whoever is somebody else at the moment: with the session's id in place of its token.
    pub fn view_beside(&self) -> SessionView {
        view(&self.session, self.session.id.as_str())
    }
}

fn view(session: &Session, token: &str) -> SessionView {
    SessionView {
        expires_at: session.expires_at,
        token: token.to_owned(),
        created_at: session.created_at,
        updated_at: session.updated_at,
        ip_address: session.ip_address.clone(),
        user_agent: session.user_agent.clone(),
        user_id: session.user_id.clone(),
        // The matter of features to come; the ecosystem's clients expect the key.
        impersonated_by: None,
        active_organization_id: session.active_organization_id.clone(),
        active_team_id: session.active_team_id.clone(),
        id: session.id.clone(),
    }
}

/// The one way from a first factor to a session: opens it, unless the account has a second factor that wasn't shown (SECURITY A21,
/// A22). The caller has shown who they are by `factor`, and holds the user's lock if anything else depends on it.
pub(crate) async fn enter(
    tx: &mut db::Tx,
    cx: &Cx,
    user: User,
    factor: Factor,
    remember: bool,
    client: &Client,
) -> Result<Entered> {
    let how = How::first(factor, remember);
    let owed = factor.needs_second() && (user.two_factor_enabled || two_factor::owes_passkey(tx, cx, &user).await?);
    if !owed {
        return Ok(Entered::In(Admitted { opened: open(tx, cx, user, how, client).await?, trust: None }));
    }
    if let Some(trust) = trusted_device::renew(tx, cx, &user.id, client).await? {
        let how = How { second: Some(SecondFactor::TrustedDevice), ..how };
        return Ok(Entered::In(Admitted { opened: open(tx, cx, user, how, client).await?, trust: Some(trust) }));
    }
    Ok(Entered::Challenged(challenge::begin(tx, cx, &user, factor, remember).await?))
}

/// How a session comes to be.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub factor: Factor,
    pub second: Option<SecondFactor>,
    /// Whether what was shown is good for sensitive acts too.
    pub strong: bool,
    pub remember: bool,
}

impl How {
    /// By `factor` alone.
    pub(crate) fn first(factor: Factor, remember: bool) -> Self {
        let passkey = factor == Factor::Passkey;
        Self { factor, second: passkey.then_some(SecondFactor::Passkey), strong: passkey, remember }
    }
}

/// Opens a session for somebody who owes nothing more; the owner hears of an unknown device by mail. Ways in call [`enter`].
pub(crate) async fn open(tx: &mut db::Tx, cx: &Cx, user: User, how: How, client: &Client) -> Result<Opened> {
    let How { factor, second, strong, remember } = how;
    let now = cx.now();
    let token = Token::generate(cx.random);
    let session = Session {
        id: SessionId::new(cx.random.id(now)),
        user_id: user.id.clone(),
        factor,
        remember,
        ip_address: client.ip_text(),
        user_agent: client.user_agent_text(),
        authenticated_at: now,
        second_factor: second,
        strong_at: strong.then_some(now),
        // Where the last one was, if the user is still in it.
        active_organization_id: organization::last(tx, &user.id).await?,
        active_team_id: None,
        seen_at: now,
        expires_at: now + lifetime(cx, remember),
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, &session, token.hash()).await?;
    new_device::notice(tx, cx, &user, client).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::SignedIn).with("factor", factor).with("second", second));
    Ok(Opened { session, user, token, renewed: false, elsewhere: false })
}

fn lifetime(cx: &Cx, remember: bool) -> Duration {
    if remember { cx.settings.session.lifetime } else { cx.settings.session.short_lifetime }
}

/// How stale "last seen" may be: a write at every request would make reading as dear as writing.
const SEEN_EVERY: Duration = Duration::from_secs(600);

/// Looks up who has this token; `None` when nobody does (any more). Renews the session when it is due.
pub async fn find(cx: &Cx, token: Token) -> Result<Option<Current>> {
    let Some(found) = find_as_it_is(cx, token).await? else { return Ok(None) };
    if found.elsewhere { Ok(Some(found)) } else { touch(cx, found).await }
}

/// As [`find`], and doesn't renew it.
pub async fn find_as_it_is(cx: &Cx, token: Token) -> Result<Option<Current>> {
    let found = store::find(&mut cx.db.read().await?, token.hash(), cx.now()).await?;
    let Some(store::Found { mut session, user }) = found else { return Ok(None) };
    let mut elsewhere = false;
    if let Some(client) = binding::mover(cx, &session) {
        elsewhere = cx.settings.session.binding == Binding::Strict;
        if !elsewhere {
            binding::notice(cx, &mut session, &user, &client).await?;
        }
    }
    Ok(Some(Current { session, user, token, renewed: false, elsewhere }))
}

/// Writes down that the session was seen, and renews it, when that is due; `None` when it is gone by now.
async fn touch(cx: &Cx, mut current: Current) -> Result<Option<Current>> {
    let (now, session) = (cx.now(), &mut current.session);
    if now.since(session.seen_at) < SEEN_EVERY {
        return Ok(Some(current));
    }
    current.renewed = session.remember && now.since(session.updated_at) >= cx.settings.session.renew_after;
    if current.renewed {
        session.expires_at = now + cx.settings.session.lifetime;
        session.updated_at = now;
    }
    session.seen_at = now;
    binding::follow(cx, session);
    let mut tx = cx.db.begin().await?;
    if !store::touch(&mut tx, session).await? {
        return Ok(None);
    }
    tx.commit().await?;
    Ok(Some(current))
}

/// The user's live sessions as the wire lists them: the present one with its token, others with their ids in its place.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]: the wire asks for a fresh session here.
pub async fn list(cx: &Cx, current: &Current) -> Result<Vec<SessionView>> {
    current.require_fresh(cx)?;
    let sessions = store::of_user(&mut cx.db.read().await?, &current.user.id, cx.now()).await?;
    let token = |session: &Session| {
        if session.id == current.session.id {
            current.token.expose().to_owned()
        } else {
            session.id.as_str().to_owned()
        }
    };
    Ok(sessions.iter().map(|session| view(session, &token(session))).collect())
}

/// A session as its owner reads it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Device {
    /// Which session.
    pub id: SessionId,
    /// The one that asked.
    pub current: bool,
    /// "Firefox on Linux", or "Unknown device".
    pub device: String,
    /// Whether it is a phone or a tablet, for the icon.
    pub mobile: bool,
    /// The client's address; empty when unknown.
    pub ip_address: String,
    /// How it was signed in.
    pub factor: Factor,
    /// And by which second factor, if by any.
    pub second_factor: Option<SecondFactor>,
    /// When it was signed in.
    pub created_at: Timestamp,
    /// When it was last seen, to the accuracy with which sessions are touched.
    pub last_seen: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// The user's live sessions as their owner reads them, the present one first.
pub async fn devices(cx: &Cx, current: &Current) -> Result<Vec<Device>> {
    let mut sessions = store::of_user(&mut cx.db.read().await?, &current.user.id, cx.now()).await?;
    sessions.sort_by_key(|session| (session.id != current.session.id, std::cmp::Reverse(session.seen_at)));
    let read = |session: Session| {
        let (device, mobile) = client::device(&session.user_agent);
        Device {
            current: session.id == current.session.id,
            id: session.id,
            device,
            mobile,
            ip_address: session.ip_address,
            factor: session.factor,
            second_factor: session.second_factor,
            created_at: session.created_at,
            last_seen: session.seen_at,
            expires_at: session.expires_at,
        }
    };
    Ok(sessions.into_iter().map(read).collect())
}

/// Ends one of the user's sessions, named by its token or its id. Naming another user's changes nothing and isn't told.
pub async fn end(cx: &Cx, user: &UserId, handle: &str) -> Result<()> {
    // Ids have the look of tokens; whatever hasn't can't name a session.
    let Some(token) = Token::parse(handle) else { return Ok(()) };
    let mut tx = cx.db.begin().await?;
    if store::delete(&mut tx, user, handle, token.hash()).await? {
        audit::record(&mut tx, cx, Entry::by(user, Act::SessionEnded));
    }
    Ok(tx.commit().await?)
}

/// Ends every session of the user but the present one; gives how many.
pub async fn end_others(cx: &Cx, current: &Current) -> Result<u64> {
    let mut tx = cx.db.begin().await?;
    let ended = store::delete_others(&mut tx, &current.user.id, &current.session.id).await?;
    audit::record(&mut tx, cx, Entry::by(&current.user.id, Act::OtherSessionsEnded).with("count", ended));
    tx.commit().await?;
    Ok(ended)
}

/// Ends every session of the user.
pub async fn end_all(cx: &Cx, user: &UserId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    store::delete_of_user(&mut tx, user).await?;
    audit::record(&mut tx, cx, Entry::by(user, Act::AllSessionsEnded));
    Ok(tx.commit().await?)
}

/// Ends the session that has this token, if any: signing out never fails for want of one.
pub async fn sign_out(cx: &Cx, token: &Token) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    if let Some(user) = store::delete_by_token(&mut tx, token.hash()).await? {
        audit::record(&mut tx, cx, Entry::by(&user, Act::SignedOut));
    }
    Ok(tx.commit().await?)
}
