use axum::Router;
use axum::routing::get;
use domain::limit::Rule;
use domain::passkey::{self, LIFETIME};
use domain::token::Token;
use model::{Email, PersonName, Refusal};
use serde_json::Value;

use super::{Act, Ask, Wanted, manage, offer};
use crate::confirm_access;
use crate::mail_request::WAITS;
use crate::outcome::{Failure, Next, destination, enter, keeping, onward};
use crate::state::App;
use crate::visit::Visit;
use crate::words::Flash;

/// `/passkey-offer`, and the pages that rename and remove a passkey, under `/settings/security/passkeys`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/passkey-offer", get(offer::show).post(offer::decide))
        .route("/settings/security/passkeys/rename", get(manage::show_rename).post(manage::rename))
        .route("/settings/security/passkeys/remove", get(manage::show_remove).post(manage::remove))
}

/// Begins a ceremony, and hands its token over.
pub(super) async fn begin(visit: &Visit, wanted: &Wanted) -> Result<Ask, Failure> {
    let cx = visit.cx();
    let (begun, makes) = match wanted.act()? {
        Act::SignIn => (passkey::begin_sign_in(cx, None).await?, false),
        Act::Confirm => (passkey::begin_step_up(cx, &visit.signed_in_to_confirm().await?).await?, false),
        Act::Add => {
            let current = visit.signed_in_for_setup().await?;
            // Before the authenticator makes what couldn't be kept.
            if !wanted.name.trim().is_empty() {
                PersonName::parse(&wanted.name)?;
            }
            (passkey::begin_registration(cx, &current, None, None).await?, true)
        }
        Act::SignUp => match (PersonName::parse(&wanted.name), Email::parse(&wanted.email)) {
            (Ok(name), Ok(email)) => {
                visit.pay().await?;
                (passkey::begin_sign_up(cx, &name, &email).await?, true)
            }
            (name, email) => {
                return Err([name.err(), email.err()].into_iter().flatten().collect::<Vec<_>>().into());
            }
        },
    };
    visit.jar.ceremony(&begun.token, LIFETIME);
    let options = begun.options.to_string();
    Ok(if makes { Ask::Make(options) } else { Ask::Show(options) })
}

/// Ends it with the authenticator's response; where to go on.
pub(super) async fn finish(visit: &Visit, wanted: &Wanted, response: &str) -> Result<Next, Failure> {
    let cx = visit.cx();
    let ceremony = visit.jar.take_ceremony().ok_or(Refusal::CeremonyGone)?;
    let response: Value = serde_json::from_str(response).map_err(|_| Refusal::PasskeyRefused)?;
    let next = Some(wanted.next.as_str());
    let act = wanted.act()?;
    visit
        .limit(match act {
            Act::SignIn => Rule::SignIn,
            Act::SignUp => Rule::SignUp,
            Act::Confirm | Act::Add => Rule::Sensitive,
        })
        .await?;
    match act {
        Act::SignIn => match passkey::finish_sign_in(cx, &ceremony, &response, &visit.client).await {
            Ok(entered) => enter(visit, &entered, next).await,
            // A new mail is on its way.
            Err(domain::Error::Refused(Refusal::EmailNotVerified)) => Ok(keeping(WAITS, onward(next).as_ref()).into()),
            Err(error) => Err(error.into()),
        },
        Act::Confirm => {
            let current = visit.signed_in_to_confirm().await?;
            visit.hand(&passkey::authenticate(cx, &current, &ceremony, &response).await?);
            Ok(confirm_access::onward(cx, &current.user.id, &wanted.next, &wanted.resume))
        }
        Act::Add => {
            let current = visit.signed_in_for_setup().await?;
            let name = Some(wanted.name.trim()).filter(|name| !name.is_empty());
            passkey::finish_registration(cx, &current, &ceremony, &response, name).await?;
            Ok(destination(visit, &current.user.id, next).await?.saying(Flash::PasskeyAdded))
        }
        Act::SignUp => sign_up(visit, &ceremony, &response, next).await,
    }
}

/// Goes on as after a sign-up with a password; the same for an address that has an account.
async fn sign_up(visit: &Visit, ceremony: &Token, response: &Value, next: Option<&str>) -> Result<Next, Failure> {
    let callback = onward(next).map(|next| next.to_string());
    let signed_up = passkey::finish_sign_up(visit.cx(), ceremony, response, callback.as_deref(), &visit.client).await?;
    match signed_up.opened {
        Some(opened) => {
            visit.open(&opened).await?;
            destination(visit, &opened.user.id, next).await
        }
        None => {
            visit.jar.asked(signed_up.user.email.as_str());
            Ok(keeping(WAITS, onward(next).as_ref()).into())
        }
    }
}

impl Wanted {
    /// The act that the form names; another name didn't come from our pages.
    fn act(&self) -> Result<Act, Refusal> {
        Act::parse(&self.act).ok_or(Refusal::PasskeyRefused)
    }
}
