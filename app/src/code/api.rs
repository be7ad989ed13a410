//! `POST /email-otp/send-verification-otp`, `/email-otp/check-verification-otp`, `/sign-in/email-otp`, `/email-otp/verify-email`,
//! `/email-otp/request-password-reset`, `/email-otp/reset-password`, `/email-otp/request-email-change`, `/email-otp/change-email`

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use domain::code::{self, Purpose};
use domain::limit::Rule;
use domain::password::Password;
use domain::session::{Admitted, Entered};
use model::{Email, PersonName};
use serde_json::{Map, Value, json};

use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, ok, success_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/email-otp/send-verification-otp", post(send))
        .route("/email-otp/check-verification-otp", post(check))
        .route("/sign-in/email-otp", post(sign_in))
        .route("/email-otp/verify-email", post(verify_email))
        .route("/email-otp/request-password-reset", post(request_reset))
        // The ecosystem's older name for the same.
        .route("/forget-password/email-otp", post(request_reset))
        .route("/email-otp/reset-password", post(reset))
        .route("/email-otp/request-email-change", post(request_change))
        .route("/email-otp/change-email", post(change))
}

fn purpose(kind: &str) -> Result<Purpose, Failure> {
    match kind {
        "sign-in" => Ok(Purpose::SignIn),
        "email-verification" => Ok(Purpose::VerifyEmail),
        "forget-password" => Ok(Purpose::ResetPassword),
        "change-email" => Ok(Purpose::ChangeEmail),
        _ => Err(Failure::Plain(StatusCode::BAD_REQUEST, "Invalid OTP type".to_owned(), "INVALID_OTP_TYPE")),
    }
}

fn address(text: &str) -> domain::Result<Email> {
    Ok(Email::parse(text)?)
}

/// Reads the texts that an endpoint needs, all of which must be there.
fn texts<'b, const N: usize>(body: &'b Map<String, Value>, names: [&str; N]) -> Result<[&'b str; N], Failure> {
    let mut fields = Fields::of(body);
    let read = names.map(|name| fields.text(name));
    fields.check()?;
    Ok(read.map(Option::unwrap_or_default))
}

/// Takes `email, type`; gives `{success: true}` whether a mail goes out or not.
async fn send(visit: Visit, Body(body): Body) -> Answer {
    let [email, kind] = texts(&body, ["email", "type"])?;
    let (purpose, email) = (purpose(kind)?, address(email)?);
    if purpose == Purpose::ResetPassword {
        // It is one more door to the same mail.
        visit.limit(Rule::PasswordReset).await?;
    }
    code::request(visit.cx(), purpose, &email).await?;
    Ok(success_true())
}

/// Takes `email, type, otp`; gives `{success: true}` and leaves the code usable.
async fn check(visit: Visit, Body(body): Body) -> Answer {
    let [email, kind, otp] = texts(&body, ["email", "type", "otp"])?;
    code::check(visit.cx(), purpose(kind)?, &address(email)?, otp).await?;
    Ok(success_true())
}

/// Takes `email, otp, name?`; gives `{token, user}`. An address without an account gets one.
async fn sign_in(visit: Visit, Body(body): Body) -> Answer {
    let [email, otp] = texts(&body, ["email", "otp"])?;
    let mut fields = Fields::of(&body);
    let name = fields.optional_text("name").filter(|name| !name.is_empty());
    fields.check()?;
    let name = name.map(PersonName::parse).transpose().map_err(domain::Error::from)?;
    let entered = code::sign_in(visit.cx(), &address(email)?, otp, name.as_ref(), true, &visit.client).await?;
    visit.enter(&entered).await?;
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => {
            ok(json!({ "token": opened.token.expose(), "user": opened.user.view() }))
        }
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}

/// Takes `email, otp`; gives `{status: true, token, user}`, and what a sign-in says where a second factor is owed.
async fn verify_email(visit: Visit, Body(body): Body) -> Answer {
    let [email, otp] = texts(&body, ["email", "otp"])?;
    let (user, entered) = code::verify_email(visit.cx(), &address(email)?, otp, &visit.client).await?;
    let opened = match &entered {
        Some(entered) => visit.enter(entered).await?,
        None => None,
    };
    let token = opened.map(|opened| opened.token.expose());
    Ok(ok(match &entered {
        // Who owes a second factor isn't told about the account yet.
        Some(Entered::Challenged(challenge)) => {
            two_factor::api::owed(json!({ "status": true, "token": null, "user": null }), challenge)
        }
        _ => json!({ "status": true, "token": token, "user": user }),
    }))
}

/// Takes `email`; gives `{success: true}` for every address.
async fn request_reset(visit: Visit, Body(body): Body) -> Answer {
    let [email] = texts(&body, ["email"])?;
    code::request(visit.cx(), Purpose::ResetPassword, &address(email)?).await?;
    Ok(success_true())
}

/// Takes `email, otp, password`; gives `{success: true}`.
async fn reset(visit: Visit, Body(body): Body) -> Answer {
    let [email, otp, password] = texts(&body, ["email", "otp", "password"])?;
    code::reset_password(visit.cx(), &address(email)?, otp, &Password::new(password)).await?;
    Ok(success_true())
}

/// Takes `newEmail`; gives `{success: true}`, also for a taken address.
async fn request_change(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let [email] = texts(&body, ["newEmail"])?;
    code::request_email_change(visit.cx(), &current, &address(email)?).await?;
    Ok(success_true())
}

/// Takes `newEmail, otp`; gives `{success: true}`.
async fn change(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let [email, otp] = texts(&body, ["newEmail", "otp"])?;
    code::change_email(visit.cx(), &current, &address(email)?, otp).await?;
    Ok(success_true())
}
