//! The puzzle that an act must be paid for with while somebody attacks, as ALTCHA's widget reads and answers it.

use serde::{Deserialize, Serialize};
use serde_json::json;

/// A number is to be found, from 0 to `maxnumber`, whose decimal digits after `salt` have the SHA-256 hash `challenge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Always `SHA-256`.
    pub algorithm: String,
    /// In hexadecimal digits.
    pub challenge: String,
    /// The highest number that it may be.
    pub maxnumber: u32,
    /// What the number is put behind; says until when the challenge is good.
    pub salt: String,
    /// What shows that the challenge is ours.
    pub signature: String,
}

impl Challenge {
    /// The answer, JSON; in base64 it is what a request brings.
    pub fn solved(&self, number: u32) -> String {
        let Self { algorithm, challenge, salt, signature, .. } = self;
        json!({ "algorithm": algorithm, "challenge": challenge, "number": number, "salt": salt, "signature": signature }).to_string()
    }
}
