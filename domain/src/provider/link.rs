//! Whose account it is: the one that the provider's subject is connected with, the one that has the address where the provider is sure of
//! it, or a new one. Nobody ever lands in somebody else's (SECURITY 67, A4, A5, A6).
//!
//! Locks are taken in one order: the account at the provider, the address, the user.

use db::Tx;
use model::{AccountId, Email, PersonName, ProviderFailure, ProviderRefusal, Refusal, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::exchange::Tokens;
use super::known::Profile;
use super::store::{self, Connection};
use super::{Provider, failed, flow, id_token, tokens};
use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::limit::{self, Rule};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current, Entered, Factor};
use crate::sign_up::Pending;
use crate::{Client, Cx, Error, Result, two_factor, verification};

/// Who somebody is, by a provider's word.
pub(super) struct Who<'p> {
    pub provider: &'p Provider,
    /// Of the ID token; `None` where there is none.
    pub issuer: Option<String>,
    pub profile: Profile,
    /// None where an ID token came without them.
    pub tokens: Option<Tokens>,
}

impl Who<'_> {
    pub(super) fn email(&self) -> Option<Email> {
        self.profile.email.as_deref().and_then(|email| Email::parse(email).ok())
    }

    /// Whether the provider's word on the address opens accounts. It has seen the spelling that it tells, and no other one that reads as
    /// the same address here.
    fn is_sure(&self) -> bool {
        let told = self.profile.email.as_deref().unwrap_or_default();
        let same = self.email().is_some_and(|email| email.as_str().eq_ignore_ascii_case(told));
        self.provider.trusted && self.profile.email_verified && same
    }

    /// What a new account is called: as the provider says, or as the address begins.
    fn name(&self, email: &Email) -> Result<PersonName> {
        let plain: String = email.local_part().chars().filter(|c| c.is_alphanumeric() || "._-+".contains(*c)).collect();
        let name = PersonName::parse(&self.profile.name).or_else(|_| PersonName::parse(&plain));
        Ok(name.or_else(|_| PersonName::parse("New member"))?)
    }

    async fn lock(&self, tx: &mut Tx) -> Result<()> {
        Ok(tx.lock(&format!("{}:{}", self.provider.id, self.profile.subject)).await?)
    }

    /// The account that is connected. One that was connected under another issuer is another's, and fails as `otherwise`: the operator
    /// has changed what the provider's id stands for.
    async fn connected(
        &self,
        tx: &mut Tx,
        otherwise: ProviderFailure,
    ) -> Result<std::result::Result<Option<Connection>, ProviderFailure>> {
        let found = store::by_subject(tx, &self.provider.id, &self.profile.subject).await?;
        let same = found.as_ref().is_none_or(|found| found.issuer == self.issuer);
        Ok(if same { Ok(found) } else { Err(otherwise) })
    }

    /// Connects it with the user's account.
    async fn connect(&self, tx: &mut Tx, cx: &Cx, user: &User) -> Result<()> {
        let now = cx.now();
        let row = Connection {
            id: AccountId::new(cx.random.id(now)),
            user_id: user.id.clone(),
            provider_id: self.provider.id.clone(),
            account_id: self.profile.subject.clone(),
            issuer: self.issuer.clone(),
            email: None,
            access_token: None,
            refresh_token: None,
            id_token: None,
            access_token_expires_at: None,
            refresh_token_expires_at: None,
            scopes: None,
            refreshing_until: None,
            last_used_at: None,
            created_at: now,
            updated_at: now,
        };
        // The lock is held: nobody has connected it meanwhile.
        store::insert(tx, &row).await?;
        audit::record(tx, cx, Entry::by(&user.id, Act::ProviderConnected).with("provider", &self.provider.id));
        self.note(tx, cx, row).await
    }

    /// Writes down what the provider told and gave this time.
    async fn note(&self, tx: &mut Tx, cx: &Cx, mut row: Connection) -> Result<()> {
        row.email.clone_from(&self.profile.email);
        store::update(tx, &row, cx.now()).await?;
        match &self.tokens {
            Some(given) => tokens::keep(tx, cx, row, given, None).await.map(drop),
            None => Ok(()),
        }
    }
}

/// How far somebody came.
#[expect(clippy::large_enum_variant, reason = "there is one for a request, and it goes straight to the answer")]
pub(super) enum Arrived {
    /// In, or to the second factor that is owed; and whether the account is new.
    Entered(Entered, bool),
    /// To the door: the address must be proved first, by the mail that is on its way to it.
    Waits(Email),
}

/// Opens the account that it is, or makes one.
pub(super) async fn enter(
    cx: &Cx,
    who: &Who<'_>,
    done: Option<&str>,
    client: &Client,
) -> Result<std::result::Result<Arrived, ProviderFailure>> {
    let mut tx = cx.db.begin().await?;
    who.lock(&mut tx).await?;
    let connected = match who.connected(&mut tx, ProviderFailure::AccountNotLinked).await? {
        Ok(connected) => connected,
        Err(failure) => return Ok(Err(failure)),
    };
    let (mut user, is_new) = match connected {
        Some(row) => {
            tx.lock(row.user_id.as_str()).await?;
            // It may have been disconnected while we waited, or its user deleted.
            let still = store::by_id(&mut tx, &row.id).await?;
            let user = account::store::by_id(&mut tx, &row.user_id).await?;
            let (Some(row), Some(user)) = (still, user) else { return Ok(Err(ProviderFailure::AccountNotLinked)) };
            who.note(&mut tx, cx, row).await?;
            (user, false)
        }
        None => match by_address(&mut tx, cx, who).await? {
            Ok(found) => found,
            Err(failure) => return Ok(Err(failure)),
        },
    };
    if !user.email_verified && who.is_sure() && who.email().as_ref() == Some(&user.email) {
        account::verify(&mut tx, cx, &mut user).await?;
    }
    if cx.settings.sign_up.require_verification && !user.email_verified {
        // Whoever comes again and again fills nobody's mailbox: the mail before is still good.
        match limit::account(cx, Rule::Verification, limit::Account::User(&user.id)).await {
            Ok(()) => verification::write(&mut tx, cx, &user, &Pending::default(), done).await?,
            Err(Error::Refused(Refusal::TooManyRequests(_))) => {}
            Err(error) => return Err(error),
        }
        tx.commit().await?;
        mail::ring(cx);
        return Ok(Ok(Arrived::Waits(user.email)));
    }
    let entered = session::enter(&mut tx, cx, user, Factor::Provider, true, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(Ok(Arrived::Entered(entered, is_new)))
}

/// The account with the provider's address, connected now, or a new one.
async fn by_address(tx: &mut Tx, cx: &Cx, who: &Who<'_>) -> Result<std::result::Result<(User, bool), ProviderFailure>> {
    let Some(email) = who.email() else { return Ok(Err(ProviderFailure::EmailNotFound)) };
    if let Some(user) = account::hold(tx, &email).await? {
        // An unverified address at the provider may be anybody's; an unverified account here may be somebody else's, who waits for its
        // owner. A mail to the address empties it.
        if !who.is_sure() || !user.email_verified {
            return Ok(Err(ProviderFailure::AccountNotLinked));
        }
        who.connect(tx, cx, &user).await?;
        tell(tx, cx, &user, SecurityChange::ProviderConnected(who.provider.name.clone())).await?;
        return Ok(Ok((user, false)));
    }
    if !cx.settings.sign_up.enabled {
        return Ok(Err(ProviderFailure::SignupDisabled));
    }
    let name = who.name(&email)?;
    let mut user = User::new(cx, &name, email, who.is_sure());
    user.image = who.profile.image.clone().filter(|image| image.starts_with("https://") && image.len() <= 2048);
    account::store::insert(tx, &user).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::SignedUp).with("factor", Factor::Provider));
    who.connect(tx, cx, &user).await?;
    Ok(Ok((user, true)))
}

async fn tell(tx: &mut Tx, cx: &Cx, user: &User, change: SecurityChange) -> Result<()> {
    mail::send(tx, cx, &user.email, &user.name, &Letter::SecurityChanged { change }).await
}

/// Tells somebody who has just confirmed an address what signs in to the account beside them.
pub(crate) async fn tell_all(tx: &mut Tx, cx: &Cx, user: &User) -> Result<()> {
    for row in store::of_user(tx, &user.id).await? {
        let name = cx.settings.providers.name_of(&row.provider_id).to_owned();
        tell(tx, cx, user, SecurityChange::ProviderConnected(name)).await?;
    }
    Ok(())
}

/// Connects it with the account of who is signed in; the owner hears of it.
pub(super) async fn connect(
    cx: &Cx,
    current: &Current,
    who: &Who<'_>,
) -> Result<std::result::Result<(), ProviderFailure>> {
    let mut tx = cx.db.begin().await?;
    who.lock(&mut tx).await?;
    let mut user = match two_factor::hold(&mut tx, cx, current).await {
        Ok(current) => current.user,
        Err(Error::Refused(Refusal::Unauthorized)) => return Ok(Err(ProviderFailure::UnableToLinkAccount)),
        Err(error) => return Err(error),
    };
    let connected = match who.connected(&mut tx, ProviderFailure::AccountOfEarlierIssuer).await? {
        Ok(connected) => connected,
        Err(failure) => return Ok(Err(failure)),
    };
    match connected {
        Some(row) if row.user_id != user.id => return Ok(Err(ProviderFailure::AccountAlreadyLinkedToDifferentUser)),
        Some(row) => who.note(&mut tx, cx, row).await?,
        None => {
            let same = who.email().as_ref() == Some(&user.email);
            if !same && !cx.settings.providers.different_emails {
                return Ok(Err(ProviderFailure::EmailDoesNotMatch));
            }
            who.connect(&mut tx, cx, &user).await?;
            if same && who.is_sure() && !user.email_verified {
                account::verify(&mut tx, cx, &mut user).await?;
            }
            tell(&mut tx, cx, &user, SecurityChange::ProviderConnected(who.provider.name.clone())).await?;
        }
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(Ok(()))
}

/// An ID token that an app got by itself, with what came beside it.
#[expect(missing_docs, reason = "the wire's names")]
pub struct Given<'g> {
    pub token: SecretString,
    pub nonce: Option<&'g str>,
    pub access_token: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub access_until: Option<Timestamp>,
    /// Apple's.
    pub user: Option<&'g str>,
}

async fn given<'p>(
    cx: &Cx,
    provider: &'p Provider,
    given: Given<'_>,
) -> Result<std::result::Result<Who<'p>, ProviderFailure>> {
    if !provider.is_openid() {
        return Err(ProviderRefusal::IdTokenNotSupported.into());
    }
    let tokens = given.access_token.map(|access| Tokens {
        access,
        refresh: given.refresh_token,
        id: Some(given.token.clone()),
        access_until: given.access_until,
        refresh_until: None,
        scopes: provider.scopes.clone(),
    });
    let access_token = tokens.as_ref().map(|tokens| tokens.access.expose_secret());
    let expected = id_token::Expected { nonce: id_token::Sent::ByApp(given.nonce), access_token };
    let told = flow::openid_profile(cx, provider, given.token.expose_secret(), &expected, tokens.as_ref()).await;
    Ok(told.map(|(issuer, profile)| {
        let profile = flow::with_first_name(profile, given.user);
        Who { provider, issuer, profile, tokens }
    }))
}

/// Signs in by an ID token; `true` for a new account.
///
/// # Errors
/// [`ProviderRefusal::NotFound`], [`ProviderRefusal::IdTokenNotSupported`]; [`ProviderRefusal::InvalidToken`],
/// [`ProviderRefusal::NoUserInfo`]; [`ProviderRefusal::EmailNotFound`]; [`Refusal::EmailNotVerified`]; [`ProviderRefusal::NotSignedIn`].
pub async fn enter_with_token(cx: &Cx, provider: &str, token: Given<'_>, client: &Client) -> Result<(Entered, bool)> {
    let provider = cx.settings.providers.get(provider)?;
    let (arrived, email) = match given(cx, provider, token).await? {
        Ok(who) => (enter(cx, &who, None, client).await?, who.email()),
        Err(failure) => (Err(failure), None),
    };
    match arrived {
        Ok(Arrived::Entered(entered, is_new)) => Ok((entered, is_new)),
        Ok(Arrived::Waits(_)) => Err(Refusal::EmailNotVerified.into()),
        Err(failure) => {
            failed::record(cx, &provider.id, &failure, None, email.as_ref()).await?;
            Err(refusal(failure).into())
        }
    }
}

/// Connects an account by an ID token.
///
/// # Errors
/// As [`enter_with_token`] for the token; [`Refusal::SessionNotFresh`]; [`ProviderRefusal::DifferentEmails`],
/// [`ProviderRefusal::AlreadyLinked`], [`ProviderRefusal::LinkingNotAllowed`].
pub async fn connect_with_token(cx: &Cx, current: &Current, provider: &str, token: Given<'_>) -> Result<()> {
    current.require_fresh(cx)?;
    let provider = cx.settings.providers.get(provider)?;
    let connected = match given(cx, provider, token).await? {
        Ok(who) => connect(cx, current, &who).await?,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = connected {
        failed::record(cx, &provider.id, &failure, Some(&current.user.id), None).await?;
        return Err(refusal(failure).into());
    }
    Ok(())
}

/// What the API says where a browser would be told the failure.
fn refusal(failure: ProviderFailure) -> ProviderRefusal {
    match failure {
        ProviderFailure::InvalidToken => ProviderRefusal::InvalidToken,
        ProviderFailure::UnableToGetUserInfo => ProviderRefusal::NoUserInfo,
        ProviderFailure::EmailNotFound => ProviderRefusal::EmailNotFound,
        ProviderFailure::EmailDoesNotMatch => ProviderRefusal::DifferentEmails,
        ProviderFailure::AccountAlreadyLinkedToDifferentUser => ProviderRefusal::AlreadyLinked,
        ProviderFailure::UnableToLinkAccount | ProviderFailure::AccountOfEarlierIssuer => {
            ProviderRefusal::LinkingNotAllowed
        }
        other => ProviderRefusal::NotSignedIn(other),
    }
}
