//! Users and their ways in: what the verbs of signing up, in and over share.

pub(crate) mod store;

use db::Tx;
use model::{AccountId, AccountView, Email, PersonName, PhoneNumber, Refusal, Timestamp, UserId, UserView, Username};

use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::token::{self, Purpose};
use crate::{Cx, Result, passkey, session, two_factor};

/// A user as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of `users`")]
pub struct User {
    #[sqlx(rename = "user_id")]
    pub id: UserId,
    pub name: String,
    pub email: Email,
    pub email_verified: bool,
    pub image: Option<String>,
    pub username: Option<String>,
    pub display_username: Option<String>,
    pub role: String,
    pub two_factor_enabled: bool,
    pub phone_number: Option<PhoneNumber>,
    #[sqlx(rename = "user_created_at")]
    pub created_at: Timestamp,
    #[sqlx(rename = "user_updated_at")]
    pub updated_at: Timestamp,
}

impl User {
    /// A user who is about to be stored.
    pub(crate) fn new(cx: &Cx, name: &PersonName, email: Email, email_verified: bool) -> Self {
        let now = cx.now();
        Self {
            id: UserId::new(cx.random.id(now)),
            name: name.as_str().to_owned(),
            email,
            email_verified,
            image: None,
            username: None,
            display_username: None,
            role: "user".to_owned(),
            two_factor_enabled: false,
            phone_number: None,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn with_username(mut self, username: Option<&Username>) -> Self {
        self.username = username.map(Username::key);
        self.display_username = username.map(|name| name.display().to_owned());
        self
    }

    /// As the wire shows it.
    pub fn view(&self) -> UserView {
        UserView {
            name: self.name.clone(),
            email: self.email.clone(),
            email_verified: self.email_verified,
            image: self.image.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            two_factor_enabled: self.two_factor_enabled,
            role: self.role.clone(),
            // What follows is the matter of features to come; the ecosystem's clients expect the keys.
            banned: false,
            ban_reason: None,
            ban_expires: None,
            username: self.username.clone(),
            display_username: self.display_username.clone(),
            phone_number: self.phone_number.clone(),
            phone_number_verified: self.phone_number.is_some(),
            id: self.id.clone(),
        }
    }
}

/// A way in, as stored; the password's hash stays inside.
#[derive(sqlx::FromRow)]
pub(crate) struct Account {
    id: AccountId,
    provider_id: String,
    account_id: String,
    issuer: Option<String>,
    /// Separated by spaces.
    scopes: Option<String>,
    user_id: UserId,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Account {
    /// Whether it still signs in: one of a provider that isn't offered any more doesn't.
    fn is_way_in(&self, cx: &Cx) -> bool {
        let providers = &cx.settings.providers;
        self.provider_id == CREDENTIAL || providers.of_account(&self.provider_id, self.issuer.as_deref()).is_some()
    }
}

/// What the wire calls the account that is a password.
const CREDENTIAL: &str = "credential";

/// A user's ways in.
pub async fn list(cx: &Cx, user: &UserId) -> Result<Vec<AccountView>> {
    let accounts = store::accounts(&mut cx.db.read().await?, user).await?;
    let view = |account: Account| AccountView {
        id: account.id,
        provider_id: account.provider_id,
        account_id: account.account_id,
        user_id: account.user_id,
        created_at: account.created_at,
        updated_at: account.updated_at,
        scopes: account.scopes.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    };
    Ok(accounts.into_iter().map(view).collect())
}

/// Removes a way in; of a provider's, the owner hears.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::AccountNotFound`] when it isn't the user's, [`Refusal::LastAccount`] when it is the only one
/// that signs in.
pub async fn unlink(cx: &Cx, current: &session::Current, account: &AccountId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let user = two_factor::hold_fresh(&mut tx, cx, current).await?.user;
    let accounts = store::accounts(&mut tx, &user.id).await?;
    let gone = accounts.iter().find(|own| &own.id == account).ok_or(Refusal::AccountNotFound)?;
    let another = accounts.iter().any(|own| &own.id != account && own.is_way_in(cx));
    // What signs nobody in any more may go: whoever came by mail has nothing else.
    if gone.is_way_in(cx) && !another && passkey::store::count(&mut tx, &user.id).await? == 0 {
        return Err(Refusal::LastAccount.into());
    }
    store::delete_account(&mut tx, &user.id, account).await?;
    let act = if gone.provider_id == CREDENTIAL { Act::PasswordRemoved } else { Act::ProviderDisconnected };
    audit::record(&mut tx, cx, Entry::by(&user.id, act).with("provider", &gone.provider_id));
    if gone.provider_id != CREDENTIAL {
        let name = cx.settings.providers.name_of(&gone.provider_id).to_owned();
        let letter = Letter::SecurityChanged { change: SecurityChange::ProviderDisconnected(name) };
        mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Whether the user has a password, or an account at a provider that is offered.
pub(crate) async fn has_way_in(tx: &mut Tx, cx: &Cx, user: &UserId) -> Result<bool> {
    Ok(store::accounts(tx, user).await?.iter().any(|own| own.is_way_in(cx)))
}

/// Whether the user has a password.
pub async fn has_password(cx: &Cx, user: &UserId) -> Result<bool> {
    Ok(list(cx, user).await?.iter().any(|account| account.provider_id == CREDENTIAL))
}

/// Whether a user name is free.
pub async fn is_username_available(cx: &Cx, username: &Username) -> Result<bool> {
    let mut conn = cx.db.read().await?;
    Ok(store::by_username(&mut conn, &username.key()).await?.is_none())
}

/// The account of `email`. Nobody else makes it, changes it or deletes it before this transaction ends; where there is none, nobody
/// makes one.
///
/// Locks are taken in one order everywhere, the address's and then the user's, so that no two transactions wait for each other.
pub(crate) async fn hold(tx: &mut Tx, email: &Email) -> Result<Option<User>> {
    tx.lock(email.as_str()).await?;
    let Some(user) = store::by_email(tx, email).await? else { return Ok(None) };
    tx.lock(user.id.as_str()).await?;
    // It may have gone or moved to another address while we waited.
    store::by_email(tx, email).await
}

/// The account with this address, for the operator: whether there is one is nobody else's business.
///
/// # Errors
/// [`Refusal::UserNotFound`].
pub async fn find(cx: &Cx, email: &Email) -> Result<User> {
    let found = store::by_email(&mut cx.db.read().await?, email).await?;
    Ok(found.ok_or(Refusal::UserNotFound)?)
}

/// The account of somebody who has just shown that `email` is theirs; made when there was none (then `true`).
///
/// Whoever made the account before without that proof loses it: password and sessions go, so that signing up with somebody else's
/// address prepares nothing (SECURITY A4).
pub(crate) async fn prove_email(
    tx: &mut Tx,
    cx: &Cx,
    email: &Email,
    name: Option<&PersonName>,
) -> Result<(User, bool)> {
    if let Some(mut user) = hold(tx, email).await? {
        if !user.email_verified {
            forget_ways_in(tx, &user.id).await?;
            (user.two_factor_enabled, user.phone_number) = (false, None);
            session::store::delete_of_user(tx, &user.id).await?;
            // Nor does the owner get a stranger's idea of who they are.
            user.name = name.map_or_else(|| email.local_part(), PersonName::as_str).to_owned();
            (user.username, user.display_username, user.image) = (None, None, None);
            store::begin_anew(tx, &user.id, &user.name).await?;
            verify(tx, cx, &mut user).await?;
        }
        return Ok((user, false));
    }
    if !cx.settings.sign_up.enabled {
        return Err(Refusal::SignUpDisabled.into());
    }
    let fallback = PersonName::parse(email.local_part());
    let name = name.cloned().map_or(fallback, Ok)?;
    let user = User::new(cx, &name, email.clone(), true);
    store::insert(tx, &user).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::SignedUp));
    Ok((user, true))
}

/// Removes everything that signs in to an account, or that is asked for beside it: password, passkeys, second factors, number. Who has
/// just proved the address begins anew; whoever had set them up may be somebody else (SECURITY A4).
pub(crate) async fn forget_ways_in(tx: &mut Tx, user: &UserId) -> Result<()> {
    store::delete_accounts(tx, user).await?;
    store::delete_passkeys(tx, user).await?;
    store::delete_phone_number(tx, user).await?;
    two_factor::forget(tx, user).await
}

/// Marks the address as proved and spends what else would have proved it, with any change of the address that was under way: it
/// may have been begun by somebody else (SECURITY A4).
pub(crate) async fn verify(tx: &mut Tx, cx: &Cx, user: &mut User) -> Result<()> {
    if !user.email_verified {
        audit::record(tx, cx, Entry::by(&user.id, Act::EmailVerified));
    }
    user.email_verified = true;
    user.updated_at = cx.now();
    store::set_verified(tx, &user.id, user.updated_at).await?;
    token::revoke(tx, Purpose::VerifyEmail, &user.id).await?;
    stop_email_change(tx, &user.id).await
}

/// Spends the links of a change of address that is under way.
pub(crate) async fn stop_email_change(tx: &mut Tx, user: &UserId) -> Result<()> {
    token::revoke(tx, Purpose::ConfirmEmailChange, user).await?;
    token::revoke(tx, Purpose::VerifyNewEmail, user).await
}
