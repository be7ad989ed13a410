use std::fmt;
use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The operator's secret (`BETTER_AUTH_SECRET`), with those that it took the place of: the present one signs and seals, all of them
/// verify and open, so that changing it signs nobody out and loses nothing. Its Debug prints nothing. Cheap to clone.
#[derive(Clone)]
pub struct Secret(Arc<Ring>);

struct Ring {
    present: Keyed,
    previous: Vec<Keyed>,
}

struct Keyed {
    text: SecretString,
    id: KeyId,
    /// Each request's cookie is checked: the key is prepared once.
    mac: Hmac<Sha256>,
}

/// Names a secret without telling anything of it: what was sealed says under which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(pub(crate) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Keyed {
    fn new(text: SecretString) -> Self {
        let mac = keyed(text.expose_secret().as_bytes());
        let [a, b, c, d, ..] = finish(keyed(&derive(&text, "key id")), b"");
        Self { text, id: KeyId([a, b, c, d]), mac }
    }
}

impl Secret {
    /// Takes the configured text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Ring { present: Keyed::new(SecretString::from(text.into())), previous: Vec::new() }))
    }

    /// The same, with the secrets that it took the place of.
    #[must_use]
    pub fn after(self, previous: impl IntoIterator<Item = SecretString>) -> Self {
        let present = Keyed::new(self.0.present.text.clone());
        Self(Arc::new(Ring { present, previous: previous.into_iter().map(Keyed::new).collect() }))
    }

    /// HMAC-SHA256 of `message` under the present secret's own bytes, as the wire signs its cookies.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        finish(self.0.present.mac.clone(), message)
    }

    /// Whether `signature` is what [`Secret::sign`] gives, or gave under a previous secret; in constant time.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.all().any(|keyed| finish(keyed.mac.clone(), message).ct_eq(signature).into())
    }

    /// A 32-byte key for one `purpose`, independent of every other (HKDF-SHA256, RFC 5869).
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        derive(&self.0.present.text, purpose)
    }

    /// The same of the secret with this id, if it is one of ours.
    pub(crate) fn key_of(&self, id: KeyId, purpose: &str) -> Option<[u8; 32]> {
        self.all().find(|keyed| keyed.id == id).map(|keyed| derive(&keyed.text, purpose))
    }

    /// The present secret's id.
    pub fn id(&self) -> KeyId {
        self.0.present.id
    }

    /// The ids of those that it took the place of, in the order in which they are configured.
    pub fn previous(&self) -> impl Iterator<Item = KeyId> {
        self.0.previous.iter().map(|keyed| keyed.id)
    }

    /// HMAC-SHA256 of `message` under the key of `purpose`: for what is too short to be hashed bare, such as codes.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        finish(keyed(&self.key(purpose)), message)
    }

    /// The same under the present and under every previous secret: for what is kept longer than a secret.
    pub fn tags(&self, purpose: &str, message: &[u8]) -> Vec<[u8; 32]> {
        self.all().map(|one| finish(keyed(&derive(&one.text, purpose)), message)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Keyed> {
        std::iter::once(&self.0.present).chain(&self.0.previous)
    }
}

fn derive(text: &SecretString, purpose: &str) -> [u8; 32] {
    let mut key = [0u8; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(b"latchkey"), text.expose_secret().as_bytes());
    // Only a length beyond 8160 bytes fails.
    if hkdf.expand(purpose.as_bytes(), &mut key).is_err() {
        unreachable!("32 bytes are within HKDF's limit");
    }
    key
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let Ok(mac) = Hmac::new_from_slice(key) else { unreachable!("HMAC takes keys of any length (RFC 2104)") };
    mac
}

fn finish(mut mac: Hmac<Sha256>, message: &[u8]) -> [u8; 32] {
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    #[test]
    fn signatures_are_the_ecosystem_s() {
        let secret = Secret::new("conformance-secret-0123456789-abcdefghijklmnopqrstuvwxyz");
        let signature =
            base64::engine::general_purpose::STANDARD.encode(secret.sign(b"n25oPqpKc1RW6mamTSObHJOzd5CmmOIP"));
        assert_eq!(signature, "PUvOcSc5d/awh4Q95QA2r+tneau0TNSXf581ZjHlmnc=");
    }

    #[test]
    fn a_previous_secret_verifies_and_signs_nothing() {
        let (old, new) = (Secret::new("old-old-old-old-old"), Secret::new("new-new-new-new-new"));
        let both = new.clone().after([SecretString::from("old-old-old-old-old")]);
        assert!(both.verify(b"message", &old.sign(b"message")) && both.verify(b"message", &new.sign(b"message")));
        assert!(!new.verify(b"message", &old.sign(b"message")) && !both.verify(b"other", &old.sign(b"message")));
        assert_eq!((both.sign(b"message"), both.id()), (new.sign(b"message"), new.id()));
        assert_ne!(old.id(), new.id());
        assert!(!format!("{both:?}").contains("old"));
    }

    #[test]
    fn the_secret_is_never_printed() {
        assert!(!format!("{:?}", Secret::new("hunter2-hunter2")).contains("hunter2"));
    }
}
