//! Passwords that attackers try first: the commonest ones, and with the operator's leave those that are known from breaches
//! (SECURITY 4, ASVS 6.2.4 and 6.2.12).

#[cfg(test)]
mod tests;

use model::Refusal;
use oauth2::http::{Request, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use url::Url;
use zxcvbn::matching::patterns::MatchPattern;

use super::Password;
use crate::outbound::Outbound;
use crate::{Cx, Error, Result};

/// Which passwords are refused though they keep the rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreachedPasswords {
    /// How they are found.
    pub check: Check,
    /// Where those known from breaches are asked for: five digits of the password's SHA-1 are put behind it.
    pub api: Url,
}

impl Default for BreachedPasswords {
    #[expect(clippy::expect_used, reason = "a constant")]
    fn default() -> Self {
        let api = Url::parse("https://api.pwnedpasswords.com/range/").expect("an address");
        Self { check: Check::Offline, api }
    }
}

/// How passwords that attackers try first are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Not at all.
    Off,
    /// By the list that ships: the 30,000 commonest passwords, and the words and names of English.
    Offline,
    /// By that, and by the service at [`BreachedPasswords::api`].
    Online,
}

/// Judges a new password for the account of `name` and `email`: by the operator's policy, and by what is known to attackers.
///
/// # Errors
/// [`Refusal::Password`] with every broken rule; [`Refusal::PasswordCompromised`]; [`Refusal::PasswordUnchecked`] when the service can't be
/// asked.
pub(crate) async fn judge(cx: &Cx, password: &Password, name: &str, email: &str) -> Result<()> {
    password.check(&cx.settings.password, name, email)?;
    let BreachedPasswords { check, api } = &cx.settings.breached_passwords;
    if *check != Check::Off && password.is_common() {
        return Err(Refusal::PasswordCompromised.into());
    }
    if *check == Check::Online && is_known(&cx.outbound, api, password).await? {
        return Err(Refusal::PasswordCompromised.into());
    }
    Ok(())
}

impl Password {
    /// Whether it is one word of the lists of the strength estimator, however it is capitalized, also backwards or with digits for letters.
    fn is_common(&self) -> bool {
        let text = self.text();
        // No word of the lists is longer.
        if text.chars().count() > 40 {
            return false;
        }
        let estimate = zxcvbn::zxcvbn(text, &[]);
        matches!(estimate.sequence(), [one] if matches!(one.pattern, MatchPattern::Dictionary(_)))
    }
}

/// Whether the service knows it. It is told five of the forty digits of its SHA-1 and gives every ending it knows: it learns neither the
/// password nor whether it was among them (k-anonymity), and the padding keeps the answer's length from telling.
async fn is_known(outbound: &Outbound, api: &Url, password: &Password) -> Result<bool> {
    let digest = hex::encode_upper(Sha1::digest(password.bytes()));
    let (head, tail) = digest.split_at(5);
    let request =
        Request::get(format!("{api}{head}")).header("add-padding", "true").header(header::USER_AGENT, "latchkey");
    let request = request.body(Vec::new()).map_err(Error::broken)?;
    let answer = match outbound.send(request).await {
        Ok(answer) if answer.status() == StatusCode::OK => answer,
        Ok(answer) => return Err(unchecked(&answer.status())),
        Err(fault) => return Err(unchecked(&fault)),
    };
    let text = String::from_utf8_lossy(answer.body());
    // Padding has a count of 0.
    let mut endings = text.lines().filter_map(|line| line.trim().split_once(':')).filter(|(_, count)| *count != "0");
    Ok(endings.any(|(ending, _)| ending.eq_ignore_ascii_case(tail)))
}

/// What can't be checked isn't taken (SECURITY 79).
fn unchecked(why: &dyn std::fmt::Display) -> Error {
    tracing::warn!(%why, "the service that knows breached passwords can't be asked");
    Refusal::PasswordUnchecked.into()
}
