//! Six digits by mail or text message, good only for the challenge or the session that asked for them (ASVS 6.6.2).

use db::Tx;
use model::{Method, Refusal, Timestamp, UserId};
use subtle::ConstantTimeEq;

use super::verify::{Asker, Judged, hold};
use super::{challenge, for_step_up, is_sent, methods, read_status, store};
use crate::account::User;
use crate::mail::{self, Letter};
use crate::session::SecondFactor;
use crate::settings::MailCodes;
use crate::{Cx, Result, sms};

#[derive(sqlx::FromRow)]
struct Row {
    method: SecondFactor,
    tag: Vec<u8>,
    expires_at: Timestamp,
}

/// Sends a code by `method`, or by the better one of those that serve. The code before it is void.
///
/// # Errors
/// [`Refusal::ChallengeGone`]; [`Refusal::OtpNotConfigured`] where this site sends none; [`Refusal::OtpNotEnabled`] when the method isn't
/// the account's, or proves nothing after this first factor; [`Refusal::AccountLocked`].
pub async fn send(cx: &Cx, asker: Asker<'_>, method: Option<Method>) -> Result<Method> {
    let mut tx = cx.db.begin().await?;
    let user = hold(&mut tx, cx, asker).await?;
    let settings = &cx.settings.two_factor;
    if settings.mail == MailCodes::Off && !settings.sms {
        return Err(Refusal::OtpNotConfigured.into());
    }
    store::state(&mut tx, &user.id).await?.unwrap_or_default().require_open(cx.now())?;
    let status = read_status(&mut tx, cx, &user).await?;
    let serve = match asker {
        Asker::Challenge(token) => {
            let (_, factor) = challenge::find(&mut tx, cx, token).await?.ok_or(Refusal::ChallengeGone)?;
            methods(cx, &user, &status, factor)
        }
        Asker::Session(current) => for_step_up(methods(cx, &user, &status, current.session.factor), &status),
    };
    let method = serve.into_iter().find(|one| is_sent(*one) && method.is_none_or(|wanted| wanted == *one));
    let method = method.ok_or(Refusal::OtpNotEnabled)?;
    let code = cx.random.digits();
    let sql = "INSERT INTO factor_codes (asker, user_id, method, tag, expires_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (asker) DO UPDATE SET method = excluded.method, tag = excluded.tag, expires_at = excluded.expires_at";
    let second = if method == Method::Sms { SecondFactor::Sms } else { SecondFactor::Mail };
    let query =
        tx.query(sql).bind(name(asker)).bind(user.id.clone()).bind(second).bind(tag(cx, asker, &user.id, &code));
    query.bind(cx.now() + cx.settings.links.code).execute().await?;
    match &user.phone_number {
        Some(number) if method == Method::Sms => {
            sms::send(&mut tx, cx, number, &sms::Text::SecondFactor { code }).await?
        }
        _ => mail::send(&mut tx, cx, &user.email, &user.name, &Letter::SecondFactorCode { code }).await?,
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(method)
}

/// Judges a code, and spends it when it is right. The caller holds the user, counts a wrong one and commits.
pub(super) async fn check(tx: &mut Tx, cx: &Cx, asker: Asker<'_>, user: &User, code: &str) -> Result<Judged> {
    let sql = "SELECT method, tag, expires_at FROM factor_codes WHERE asker = $1 AND user_id = $2";
    let sent = tx.query(sql).bind(name(asker)).bind(user.id.clone()).optional::<Row>().await?;
    let Some(sent) = sent.filter(|sent| sent.tag.ct_eq(&tag(cx, asker, &user.id, &digits(code))).into()) else {
        return Ok(Err(Refusal::WrongFactorCode));
    };
    if sent.expires_at <= cx.now() {
        return Ok(Err(Refusal::FactorCodeExpired));
    }
    tx.query("DELETE FROM factor_codes WHERE asker = $1").bind(name(asker)).execute().await?;
    Ok(Ok(sent.method))
}

/// What was typed, without the spaces that some write or paste.
pub(super) fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

fn name(asker: Asker<'_>) -> String {
    match asker {
        Asker::Challenge(token) => hex::encode(token.hash()),
        Asker::Session(current) => current.session.id.as_str().to_owned(),
    }
}

fn tag(cx: &Cx, asker: Asker<'_>, user: &UserId, code: &str) -> Vec<u8> {
    cx.secret.tag("factor code", format!("{}\n{user}\n{code}", name(asker)).as_bytes()).to_vec()
}
