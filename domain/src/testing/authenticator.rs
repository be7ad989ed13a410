//! A software authenticator with its browser: makes passkeys and signs in with them, and lies where a test says so.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Random;

/// What somebody holds in their hand; a clone is a copy of it.
#[derive(Clone)]
pub struct Authenticator {
    /// Of the page that asks.
    pub origin: String,
    /// Whether that page is inside another site's.
    pub framed: bool,
    /// Whom it answers to, if not to the one that asks.
    pub rp_id: Option<String>,
    /// Whether its user showed a finger or a PIN.
    pub verified: bool,
    /// Whether its keys are in a cloud; such keys don't count.
    pub synced: bool,
    /// Its model.
    pub aaguid: [u8; 16],
    /// Its keys, the last made last.
    pub keys: Vec<Key>,
}

/// One of its keys.
#[derive(Clone)]
pub struct Key {
    /// The credential's id.
    pub id: Vec<u8>,
    /// Whom it says to belong to.
    pub user_handle: Option<Vec<u8>>,
    /// How often it has signed.
    pub counter: u32,
    secret: SigningKey,
    rp_id: String,
}

impl Default for Authenticator {
    /// An honest one in front of the tests' site.
    fn default() -> Self {
        Self {
            origin: "http://localhost:3000".to_owned(),
            framed: false,
            rp_id: None,
            verified: true,
            synced: false,
            aaguid: [0; 16],
            keys: Vec::new(),
        }
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl Authenticator {
    /// Makes a key for these options; gives what the browser sends.
    pub fn create(&mut self, options: &Value) -> Value {
        let mut id = vec![0; 32];
        Random.fill(&mut id);
        self.create_as(options, id)
    }

    /// The same with an id that a test chooses.
    pub fn create_as(&mut self, options: &Value, id: Vec<u8>) -> Value {
        let mut secret = [0; 32];
        Random.fill(&mut secret);
        let secret = SigningKey::from_slice(&secret).expect("all but a few numbers are keys");
        let rp_id = options["rp"]["id"].as_str().expect("an rp").to_owned();
        let user_handle = Some(bytes(&options["user"]["id"]));
        let attested = [&self.aaguid[..], &length(&id), &id, &cose(&secret)].concat();
        let data = [self.head(&rp_id, 0x40, 0), attested].concat();
        self.keys.push(Key { id: id.clone(), user_handle, counter: 0, secret, rp_id });
        let object = [("fmt", Cbor::from("none")), ("attStmt", Cbor::Map(Vec::new())), ("authData", Cbor::from(data))];
        let object = Cbor::Map(object.into_iter().map(|(name, value)| (Cbor::from(name), value)).collect());
        json!({
            "id": text(&id), "rawId": text(&id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&self.client_data("webauthn.create", options)),
                "attestationObject": text(&encoded(&object)),
                "transports": ["internal"],
            },
        })
    }

    /// Signs with the last key that serves; gives what the browser sends.
    pub fn get(&mut self, options: &Value) -> Value {
        let rp_id = options["rpId"].as_str().expect("an rp").to_owned();
        let allowed: Vec<_> =
            options["allowCredentials"].as_array().into_iter().flatten().map(|one| bytes(&one["id"])).collect();
        let serves = |key: &Key| key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&key.id));
        let at = self.keys.iter().rposition(serves).expect("a key that serves");
        if !self.synced {
            self.keys[at].counter += 1;
        }
        self.sign(at, options)
    }

    /// Signs with a certain key, allowed or not, without counting.
    pub fn sign(&self, at: usize, options: &Value) -> Value {
        let key = &self.keys[at];
        let client_data = self.client_data("webauthn.get", options);
        let data = self.head(&key.rp_id, 0, key.counter);
        let signature: Signature = key.secret.sign(&[&data[..], &Sha256::digest(&client_data)].concat());
        json!({
            "id": text(&key.id), "rawId": text(&key.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&client_data),
                "authenticatorData": text(&data),
                "signature": text(signature.to_der().as_bytes()),
                "userHandle": key.user_handle.as_deref().map(text),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": self.framed })
            .to_string()
            .into_bytes()
    }

    /// Hash, flags and counter (WebAuthn 6.1).
    fn head(&self, rp_id: &str, flags: u8, counter: u32) -> Vec<u8> {
        let rp_id = self.rp_id.as_deref().unwrap_or(rp_id);
        let verified = if self.verified { 0x04 } else { 0 };
        let synced = if self.synced { 0x18 } else { 0 };
        [&Sha256::digest(rp_id)[..], &[0x01 | verified | synced | flags], &counter.to_be_bytes()].concat()
    }
}

/// The public key as COSE has it: P-256, ES256 (RFC 9053, 7.1.1).
fn cose(secret: &SigningKey) -> Vec<u8> {
    let point = secret.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let entries = [(1, Cbor::from(2)), (3, Cbor::from(-7)), (-1, Cbor::from(1)), (-2, x.into()), (-3, y.into())];
    encoded(&Cbor::Map(entries.into_iter().map(|(key, value)| (Cbor::from(key), value)).collect()))
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
fn encoded(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("it is written");
    bytes
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
fn length(id: &[u8]) -> [u8; 2] {
    u16::try_from(id.len()).expect("a short id").to_be_bytes()
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().expect("a text")).expect("base64url")
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
