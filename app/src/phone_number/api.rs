//! `POST /sign-in/phone-number`, `/phone-number/send-otp`, `/phone-number/verify`, `/phone-number/request-password-reset`,
//! `/phone-number/reset-password`

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use domain::password::Password;
use domain::phone_number;
use domain::session::{Admitted, Entered};
use domain::sign_in::{Identifier, with_password};
use model::PhoneNumber;
use serde_json::json;

use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in/phone-number", post(sign_in))
        .route("/phone-number/send-otp", post(send))
        .route("/phone-number/verify", post(verify))
        .route("/phone-number/request-password-reset", post(request_reset))
        .route("/phone-number/reset-password", post(reset))
}

fn number(text: &str) -> domain::Result<PhoneNumber> {
    Ok(PhoneNumber::parse(text)?)
}

/// Takes `phoneNumber, password, rememberMe?`; gives `{token, user}`, or `{twoFactorRedirect, twoFactorMethods}` when a second factor
/// is owed.
async fn sign_in(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let remember = fields.optional_bool("rememberMe");
    let (Some(phone), Some(password)) = (fields.text("phoneNumber"), fields.text("password")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let (who, password) = (Identifier::Phone(number(phone)?), Password::new(password));
    password.check_length(&visit.cx().settings.password).map_err(domain::Error::from)?;
    let entered = with_password(visit.cx(), &who, &password, remember.unwrap_or(true), None, &visit.client).await?;
    visit.enter(&entered).await?;
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => {
            ok(json!({ "token": opened.token.expose(), "user": opened.user.view() }))
        }
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}

/// Takes `phoneNumber`; gives `{message: "code sent"}` whether a message goes out or not. For somebody signed in, the code adds the
/// number to their account, unless it is their own; for everybody else it signs in.
async fn send(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let Some(phone) = fields.text("phoneNumber") else { return Err(fields.failure()) };
    let phone = number(phone)?;
    match visit.current().await? {
        Some(current) if current.user.phone_number.as_ref() != Some(&phone) => {
            phone_number::request_change(visit.cx(), &visit.signed_in().await?, &phone).await?;
        }
        _ => phone_number::request_sign_in(visit.cx(), &phone).await?,
    }
    Ok(ok(json!({ "message": "code sent" })))
}

/// Takes `phoneNumber, code, disableSession?, updatePhoneNumber?`; gives `{status: true, token, user}`. With `updatePhoneNumber` the
/// number becomes the signed-in user's, without it the code signs in, or only tells whose number it is.
async fn verify(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let (quiet, update) = (fields.optional_bool("disableSession"), fields.optional_bool("updatePhoneNumber"));
    let (Some(phone), Some(code)) = (fields.text("phoneNumber"), fields.text("code")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let phone = number(phone)?;
    if update == Some(true) {
        return change(&visit, &phone, code).await;
    }
    if quiet == Some(true) {
        let user = phone_number::confirm(visit.cx(), &phone, code).await?;
        // Who owes a second factor isn't told about the account yet.
        let user = (!user.two_factor_enabled).then(|| user.view());
        return Ok(ok(json!({ "status": true, "token": null, "user": user })));
    }
    let entered = phone_number::sign_in(visit.cx(), &phone, code, true, &visit.client).await?;
    visit.enter(&entered).await?;
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => {
            ok(json!({ "status": true, "token": opened.token.expose(), "user": opened.user.view() }))
        }
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}

async fn change(visit: &Visit, phone: &PhoneNumber, code: &str) -> Result<Response, Failure> {
    let nobody = || Failure::Plain(StatusCode::UNAUTHORIZED, "User not found".to_owned(), "USER_NOT_FOUND");
    visit.current().await?.ok_or_else(nobody)?;
    let current = visit.signed_in().await?;
    let user = phone_number::change(visit.cx(), &current, phone, code).await?;
    Ok(ok(json!({ "status": true, "token": current.token.expose(), "user": user.view() })))
}

/// Takes `phoneNumber`; gives `{status: true}` for every number.
async fn request_reset(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let Some(phone) = fields.text("phoneNumber") else { return Err(fields.failure()) };
    phone_number::request_reset(visit.cx(), &number(phone)?).await?;
    Ok(status_true())
}

/// Takes `phoneNumber, otp, newPassword`; gives `{status: true}`.
async fn reset(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let (phone, otp, password) = (fields.text("phoneNumber"), fields.text("otp"), fields.text("newPassword"));
    let (Some(phone), Some(otp), Some(password)) = (phone, otp, password) else { return Err(fields.failure()) };
    phone_number::reset_password(visit.cx(), &number(phone)?, otp, &Password::new(password)).await?;
    Ok(status_true())
}
