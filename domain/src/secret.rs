use std::fmt;
use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The operator's secret (`BETTER_AUTH_SECRET`). Its Debug prints nothing. Cheap to clone.
#[derive(Clone)]
pub struct Secret(Arc<Keyed>);

struct Keyed {
    text: SecretString,
    /// Each request's cookie is checked: the key is prepared once.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Takes the configured text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = SecretString::from(text.into());
        let mac = keyed(text.expose_secret().as_bytes());
        Self(Arc::new(Keyed { text, mac }))
    }

    /// HMAC-SHA256 of `message` under the secret's own bytes, as the wire signs its cookies.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        finish(self.0.mac.clone(), message)
    }

    /// A 32-byte key for one `purpose`, independent of every other (HKDF-SHA256, RFC 5869).
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0u8; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(b"latchkey"), self.0.text.expose_secret().as_bytes());
        // Only a length beyond 8160 bytes fails.
        if hkdf.expand(purpose.as_bytes(), &mut key).is_err() {
            unreachable!("32 bytes are within HKDF's limit");
        }
        key
    }

    /// HMAC-SHA256 of `message` under the key of `purpose`: for what is too short to be hashed bare, such as codes.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        finish(keyed(&self.key(purpose)), message)
    }
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
    fn the_secret_is_never_printed() {
        assert!(!format!("{:?}", Secret::new("hunter2-hunter2")).contains("hunter2"));
    }
}
