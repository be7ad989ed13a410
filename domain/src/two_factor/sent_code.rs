//! Six digits by mail or text message, good only for the challenge or the session that asked for them (ASVS 6.6.2).

use db::Tx;
use model::{Method, Refusal, Timestamp, UserId};
use subtle::ConstantTimeEq;

use super::{Asker, Judged, challenge, for_step_up, hold, is_sent, methods, read_status};
use crate::mail::{self, Letter};
use crate::session::SecondFactor;
use crate::{Cx, Result, sms};

/// Wrong tries for one asker, whatever number of codes it asked for.
const MOST_TRIES: i64 = 5;

#[derive(sqlx::FromRow)]
struct Row {
    method: SecondFactor,
    tag: Vec<u8>,
    expires_at: Timestamp,
}

/// Sends a code by `method`, or by the better one of those that serve. The code before it is void.
///
/// # Errors
/// [`Refusal::ChallengeGone`]; [`Refusal::OtpNotEnabled`] when the method isn't the account's, or proves nothing after this first factor.
pub async fn send(cx: &Cx, asker: Asker<'_>, method: Option<Method>) -> Result<Method> {
    let mut tx = cx.db.begin().await?;
    let user = hold(&mut tx, cx, asker).await?;
    let status = read_status(&mut tx, cx, &user).await?;
    let serve = match asker {
        Asker::Challenge(token) => {
            let (_, factor) = challenge::find(&mut tx, cx, token).await?.ok_or(Refusal::ChallengeGone)?;
            methods(cx, &status, factor)
        }
        Asker::Session(current) => for_step_up(methods(cx, &status, current.session.factor)),
    };
    let method = serve.into_iter().find(|one| is_sent(*one) && method.is_none_or(|wanted| wanted == *one));
    let method = method.ok_or(Refusal::OtpNotEnabled)?;
    let code = cx.random.digits();
    let sql = "INSERT INTO factor_codes (asker, user_id, method, tag, tries, expires_at) VALUES ($1, $2, $3, $4, 0, $5)
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

/// Judges a code, and spends it when it is right. The caller holds the user and commits.
pub(super) async fn check(tx: &mut Tx, cx: &Cx, asker: Asker<'_>, code: &str) -> Result<Judged> {
    let sql =
        "UPDATE factor_codes SET tries = tries + 1 WHERE asker = $1 AND tries < $2 RETURNING method, tag, expires_at";
    let Some(row) = tx.query(sql).bind(name(asker)).bind(MOST_TRIES).optional::<Row>().await? else {
        let sql = "SELECT 1 FROM factor_codes WHERE asker = $1";
        let spent_up = tx.query(sql).bind(name(asker)).optional::<(i32,)>().await?.is_some();
        return Ok(Err(if spent_up { Refusal::TooManyFactorTries } else { Refusal::WrongFactorCode }));
    };
    let user = owner(tx, asker).await?;
    let right: bool = row.tag.ct_eq(&tag(cx, asker, &user, code.trim())).into();
    if !right {
        return Ok(Err(Refusal::WrongFactorCode));
    }
    if row.expires_at <= cx.now() {
        return Ok(Err(Refusal::FactorCodeExpired));
    }
    tx.query("DELETE FROM factor_codes WHERE asker = $1").bind(name(asker)).execute().await?;
    Ok(Ok(row.method))
}

async fn owner(tx: &mut Tx, asker: Asker<'_>) -> Result<UserId> {
    let sql = "SELECT user_id FROM factor_codes WHERE asker = $1";
    Ok(tx.query(sql).bind(name(asker)).one::<(UserId,)>().await?.0)
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
