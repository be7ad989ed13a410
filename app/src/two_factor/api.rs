//! `POST /two-factor/enable`, `/disable`, `/get-totp-uri`, `/verify-totp`, `/send-otp`, `/verify-otp`, `/verify-backup-code`,
//! `/generate-backup-codes`

use axum::Router;
use axum::response::Response;
use axum::routing::post;
use domain::password::Password;
use domain::session::{self, Current};
use domain::token::Token;
use domain::two_factor::challenge::{self, Challenge};
use domain::two_factor::{self, Asker, Proof, backup_codes, sent_code, totp};
use domain::{Error, account};
use model::{Method, Refusal};
use serde_json::{Map, Value, json};

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, ok, status_true};

/// The endpoints. They are open to somebody who must set up a second factor before anything else.
pub fn router() -> Router<App> {
    Router::new()
        .route("/two-factor/enable", post(enable))
        .route("/two-factor/disable", post(disable))
        .route("/two-factor/get-totp-uri", post(totp_uri))
        .route("/two-factor/verify-totp", post(verify_totp))
        .route("/two-factor/send-otp", post(send_otp))
        .route("/two-factor/verify-otp", post(verify_otp))
        .route("/two-factor/verify-backup-code", post(verify_backup_code))
        .route("/two-factor/generate-backup-codes", post(generate_backup_codes))
}

/// What a sign-in answers when a second factor is owed: `{twoFactorRedirect: true, twoFactorMethods}`.
pub(crate) fn challenged(challenge: &Challenge) -> Response {
    ok(owed(json!({}), challenge))
}

/// Another answer that says so too.
pub(crate) fn owed(mut answer: Value, challenge: &Challenge) -> Value {
    let mut methods: Vec<_> = challenge.methods.iter().filter_map(|method| wire_name(*method)).collect();
    methods.dedup();
    answer["twoFactorRedirect"] = json!(true);
    answer["twoFactorMethods"] = json!(methods);
    answer
}

/// The wire knows two methods; backup codes always go.
fn wire_name(method: Method) -> Option<&'static str> {
    match method {
        Method::Totp => Some("totp"),
        Method::Mail | Method::Sms => Some("otp"),
        Method::BackupCode => None,
    }
}

/// Takes `password, method?, issuer?`; gives `{method: "totp", totpURI, backupCodes}`, which is to be confirmed by a code, or
/// `{method: "otp"}`.
async fn enable(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let mut fields = Fields::of(&body);
    let (password, issuer) = (fields.optional_text("password"), fields.optional_text("issuer"));
    let method = fields.optional_text("method").unwrap_or("totp");
    if !matches!(method, "totp" | "otp") {
        fields.problem("method", "Invalid option: expected one of \"otp\"|\"totp\"");
    }
    fields.check()?;
    let current = confirmed(&visit, current, password).await?;
    if method == "otp" {
        let sms = visit.cx().settings.two_factor.sms && current.user.phone_number.is_some();
        two_factor::turn_on(visit.cx(), &current, if sms { Method::Sms } else { Method::Mail }).await?;
        return Ok(ok(json!({ "method": "otp" })));
    }
    let setup = totp::begin(visit.cx(), &current, false, issuer).await?;
    let codes = backup_codes::prepare(visit.cx(), &current).await?;
    Ok(ok(json!({ "method": "totp", "totpURI": setup.uri, "backupCodes": codes })))
}

/// Takes `password`; gives `{status: true}`, also when nothing was on.
async fn disable(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let current = confirmed(&visit, current, password(&body)?).await?;
    match two_factor::disable(visit.cx(), &current).await {
        Ok(opened) => {
            visit.hand(&opened);
            visit.jar.forget_trust();
        }
        Err(Error::Refused(Refusal::TwoFactorNotEnabled)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(status_true())
}

/// Takes `password`; gives `{totpURI}` of the authenticator app, also while it is being set up.
async fn totp_uri(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let current = confirmed(&visit, current, password(&body)?).await?;
    let setup = match totp::present(visit.cx(), &current).await {
        Err(Error::Refused(Refusal::TotpNotEnabled)) => totp::begun(visit.cx(), &current).await,
        present => present,
    };
    Ok(ok(json!({ "totpURI": setup?.uri })))
}

/// Takes `password`; gives `{status: true, backupCodes}`.
async fn generate_backup_codes(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let current = confirmed(&visit, current, password(&body)?).await?;
    let codes = backup_codes::regenerate(visit.cx(), &current).await?;
    Ok(ok(json!({ "status": true, "backupCodes": codes })))
}

/// Takes `code, trustDevice?`; gives `{token, user}`. Signed in, it makes the session fresh, or confirms a new authenticator app.
async fn verify_totp(visit: Visit, Body(body): Body) -> Answer {
    let (code, trust) = typed(&body)?;
    verify(&visit, Proof::Totp(code), trust).await
}

/// Takes nothing; gives `{status: true}` when a code is on its way.
async fn send_otp(visit: Visit, Body(_): Body) -> Answer {
    let asker = Shown::of(&visit).await?;
    asker.settle(&visit, sent_code::send(visit.cx(), asker.asker(), None).await).await?;
    Ok(status_true())
}

/// Takes `code, trustDevice?`; gives `{token, user}`.
async fn verify_otp(visit: Visit, Body(body): Body) -> Answer {
    let (code, trust) = typed(&body)?;
    verify(&visit, Proof::Sent(code), trust).await
}

/// Takes `code, trustDevice?, disableSession?`; gives `{token, user}`. With `disableSession` the code is spent and nothing else happens.
async fn verify_backup_code(visit: Visit, Body(body): Body) -> Answer {
    let (code, trust) = typed(&body)?;
    let mut fields = Fields::of(&body);
    let alone = fields.optional_bool("disableSession").unwrap_or(false);
    fields.check()?;
    if !alone {
        return verify(&visit, Proof::BackupCode(code), trust).await;
    }
    let asker = Shown::of(&visit).await?;
    let spent = two_factor::spend_backup_code(visit.cx(), asker.asker(), code).await;
    let user = asker.settle(&visit, spent).await?;
    let token = match &asker {
        Shown::Session(current) => Some(current.token.expose()),
        Shown::Challenge(_) => None,
    };
    Ok(ok(json!({ "token": token, "user": user.view() })))
}

async fn verify(visit: &Visit, proof: Proof<'_>, trust: bool) -> Answer {
    let asker = Shown::of(visit).await?;
    let verified = two_factor::verify(visit.cx(), asker.asker(), proof, trust, &visit.client).await;
    let admitted = asker.settle(visit, verified).await?;
    let opened = visit.admit(&admitted).await?;
    Ok(ok(json!({ "token": opened.token.expose(), "user": opened.user.view() })))
}

/// What a request shows of who asks: a session, or else the challenge's cookie.
enum Shown {
    Session(Box<Current>),
    Challenge(Token),
}

impl Shown {
    async fn of(visit: &Visit) -> Result<Self, Failure> {
        if let Some(current) = visit.current().await? {
            return Ok(Self::Session(Box::new(current)));
        }
        Ok(Self::Challenge(visit.jar.challenged().ok_or_else(|| Error::from(Refusal::ChallengeGone))?))
    }

    fn asker(&self) -> Asker<'_> {
        match self {
            Self::Session(current) => Asker::Session(current),
            Self::Challenge(token) => Asker::Challenge(token),
        }
    }

    /// Takes the challenge's cookie from the browser once it leads nowhere any more.
    async fn settle<T>(&self, visit: &Visit, result: domain::Result<T>) -> Result<T, Failure> {
        // Too many tries end a challenge, or only the codes that are sent.
        if let (Self::Challenge(token), Err(Error::Refused(Refusal::ChallengeGone | Refusal::TooManyFactorTries))) =
            (self, &result)
            && matches!(challenge::look(visit.cx(), token).await, Err(Error::Refused(Refusal::ChallengeGone)))
        {
            visit.jar.forget_challenge();
        }
        Ok(result?)
    }
}

fn typed(body: &Map<String, Value>) -> Result<(&str, bool), Failure> {
    let mut fields = Fields::of(body);
    let trust = fields.optional_bool("trustDevice").unwrap_or(false);
    let code = fields.text("code").unwrap_or_default();
    fields.check()?;
    Ok((code, trust))
}

fn password(body: &Map<String, Value>) -> Result<Option<&str>, Failure> {
    let mut fields = Fields::of(body);
    let password = fields.optional_text("password");
    fields.check()?;
    Ok(password)
}

/// Checks the password, which only somebody who has none leaves out. Where there is no second factor yet it makes the session fresh; where
/// there is one it doesn't (SECURITY A24, A25), and the verbs ask for that.
async fn confirmed(visit: &Visit, current: Current, password: Option<&str>) -> Result<Current, Failure> {
    let cx = visit.cx();
    if password.is_none() && !account::has_password(cx, &current.user.id).await? {
        return Ok(current);
    }
    let password = Password::new(password.ok_or_else(|| Error::from(Refusal::InvalidPassword))?);
    let checked = if current.user.two_factor_enabled || current.is_fresh(cx) {
        session::confirm_password(cx, &current.user.id, &password, &visit.browser()).await.map(|()| current)
    } else {
        session::authenticate(cx, &current, &password, &visit.browser()).await.inspect(|opened| visit.hand(opened))
    };
    match checked {
        // The wire doesn't tell a wrong password from none.
        Err(Error::Refused(Refusal::NoPassword)) => Err(Error::from(Refusal::InvalidPassword).into()),
        checked => Ok(checked?),
    }
}
