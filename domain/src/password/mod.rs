//! Passwords: what they must be, how they are kept, what checking them may cost.
//!
//! A password is normalised once (NFKC, as the ecosystem does), judged by the operator's policy, and kept as Argon2id. Hashes that
//! came with an import (Better Auth's scrypt, bcrypt) verify too and are replaced at the next sign-in. Each hash takes 19 MiB and
//! tens of milliseconds, so they run on threads of their own, a bounded number at once; when the line is too long, callers are told to
//! come back instead of the machine running out of memory (SECURITY 81, A50).

mod breached;
mod hasher;
mod legacy;

pub(crate) use breached::judge;
pub use breached::{BreachedPasswords, Check};
pub use hasher::{Hasher, Verdict};
use model::{PasswordPolicy, PasswordRule, Refusal, Strength};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

/// A password as somebody typed it, normalised. Its Debug prints nothing.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// No policy allows more UTF-16 units than this, and nothing longer is worth normalising or hashing (SECURITY A49).
pub const LONGEST: usize = 1024;

impl Password {
    /// Normalises what was typed; one that no policy could allow is cut off, and so matches nothing and breaks the length rule.
    pub fn new(typed: &str) -> Self {
        Self(SecretString::from(typed.chars().take(LONGEST + 1).nfkc().collect::<String>()))
    }

    fn text(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    /// Judges it for a new or changed account of `name` and `email`.
    ///
    /// # Errors
    /// [`Refusal::Password`] with every broken rule.
    pub fn check(&self, policy: &PasswordPolicy, name: &str, email: &str) -> Result<(), Refusal> {
        let broken = policy.broken(self.0.expose_secret(), name, email);
        if broken.is_empty() { Ok(()) } else { Err(Refusal::Password(broken)) }
    }

    /// Whether it is longer than the policy's limit: such a one is refused before any hashing.
    ///
    /// # Errors
    /// [`Refusal::Password`] with the length rule.
    pub fn check_length(&self, policy: &PasswordPolicy) -> Result<(), Refusal> {
        if self.0.expose_secret().encode_utf16().count() > policy.max_length {
            return Err(Refusal::Password(vec![PasswordRule::MaxLength(policy.max_length)]));
        }
        Ok(())
    }

    /// Estimates how hard it is to guess; `context` are words an attacker would try first (name, address).
    pub fn strength(&self, context: &[&str]) -> Strength {
        // The estimator's time grows faster than the text: what lies beyond doesn't make it weaker.
        let head: String = self.0.expose_secret().chars().take(72).collect();
        let estimate = zxcvbn::zxcvbn(&head, context);
        let advice = estimate.feedback().and_then(|feedback| {
            let warning = feedback.warning().map(|warning| warning.to_string());
            warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
        });
        Strength { score: u8::from(estimate.score()), advice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        assert_eq!(Password::new("caf\u{e9}").bytes(), Password::new("cafe\u{301}").bytes());
        assert_eq!(Password::new("１23").bytes(), b"123");
    }

    #[test]
    fn a49_a_megabyte_is_refused_before_it_is_hashed() {
        let policy = PasswordPolicy::default();
        assert!(matches!(Password::new(&"x".repeat(1_000_000)).check_length(&policy), Err(Refusal::Password(_))));
    }

    #[test]
    fn strength_knows_the_obvious() {
        assert_eq!(Password::new("P@ssw0rd").strength(&[]).score, 0);
        assert!(Password::new("lovelace1815").strength(&["Ada Lovelace", "lovelace"]).score < 3);
        assert_eq!(Password::new("correct horse battery staple 9").strength(&[]).score, 4);
        assert!(!format!("{:?}", Password::new("hunter2")).contains("hunter2"));
    }
}
