use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The operator's secret (`BETTER_AUTH_SECRET`). Its Debug prints nothing.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the configured text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// HMAC-SHA256 of `message` under the secret's own bytes, as the wire signs its cookies.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        mac(self.0.expose_secret().as_bytes(), message)
    }

    /// A 32-byte key for one `purpose`, independent of every other (HKDF-SHA256, RFC 5869).
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0u8; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(b"latchkey"), self.0.expose_secret().as_bytes());
        // Only a length beyond 8160 bytes fails.
        if hkdf.expand(purpose.as_bytes(), &mut key).is_err() {
            unreachable!("32 bytes are within HKDF's limit");
        }
        key
    }

    /// HMAC-SHA256 of `message` under the key of `purpose`: for what is too short to be hashed bare, such as codes.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        mac(&self.key(purpose), message)
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length (RFC 2104)")
    };
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
