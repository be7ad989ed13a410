use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::Timestamp;
use serde::Serialize;

use super::ring::LEAD;
use crate::seal::{self, Column, Place};
use crate::{Cx, Error, Result};

/// What comes before the 32 bytes of an Ed25519 key in PKCS#8 (RFC 8410, 7): always the same.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A key as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SigningKey {
    /// What tokens name it by.
    pub id: String,
    /// As it is published.
    pub(super) public_key: String,
    pub(super) private_key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs no more.
    pub expires_at: Option<Timestamp>,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It signs.
    Signs,
    /// It will, from then on.
    Waits(Timestamp),
    /// It did; until then what it has signed can be checked.
    Published(Timestamp),
}

impl SigningKey {
    /// A new one. Its name is its public part's thumbprint (RFC 7638): no two keys have the same.
    pub(super) fn make(cx: &Cx, now: Timestamp) -> Result<Self> {
        let mut seed = [0u8; 32];
        cx.random.fill(&mut seed);
        let mut jwk = Jwk::from_encoding_key(&encoding(&seed), Algorithm::EdDSA).map_err(Error::broken)?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Error::broken)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let public_key = serde_json::to_string(&jwk).map_err(Error::broken)?;
        let private_key = seal::close(cx, place(&id), &seed)?;
        Ok(Self { id, public_key, private_key, created_at: now, expires_at: None })
    }

    /// A token that says `claims`.
    pub(super) fn sign(&self, cx: &Cx, claims: &impl Serialize) -> Result<String> {
        let seed = seal::open(cx, place(&self.id), &self.private_key)?;
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &encoding(&seed)).map_err(Error::broken)
    }

    /// Whether everybody can have read it.
    pub(super) fn is_known(&self, now: Timestamp) -> bool {
        self.created_at + LEAD <= now
    }

    /// Whether it may sign.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

fn place(id: &str) -> Place<'_> {
    Place { column: Column::SigningKey, row: id }
}

fn encoding(seed: &[u8]) -> EncodingKey {
    EncodingKey::from_ed_der(&[&PKCS8[..], seed].concat())
}
