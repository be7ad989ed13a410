use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use model::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{Credential, Passkey, PasskeyRegistration, RegisterPublicKeyCredential, Uuid};

use super::{ceremony, maker, read_name};
use crate::{Cx, Result};

/// The longest id of a credential (WebAuthn 7.1, step 25).
const LONGEST_ID: usize = 1023;

/// A passkey that was made and is nobody's yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct NewPasskey {
    pub(super) name: String,
    pub(super) user_handle: String,
    pub(super) credential: Passkey,
    /// base64.
    pub(super) public_key: String,
    pub(super) transports: String,
    pub(super) aaguid: String,
}

impl NewPasskey {
    pub(super) fn credential_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.credential.cred_id())
    }

    /// The parts that the library keeps to itself.
    pub(super) fn inner(&self) -> Credential {
        self.credential.clone().into()
    }
}

/// What a registration that is under way is checked against.
#[derive(Serialize, Deserialize)]
pub(super) struct Registering {
    pub registration: PasskeyRegistration,
    pub user_handle: Uuid,
}

impl Registering {
    /// Judges the browser's answer. Without a name, the passkey has that of its model, or of the `device`.
    ///
    /// # Errors
    /// [`Refusal::PasskeyNotRegistered`] when it isn't good; [`Refusal::InvalidName`].
    pub(super) fn judge(self, cx: &Cx, response: &Value, name: Option<&str>, device: &str) -> Result<NewPasskey> {
        let name = name.filter(|name| !name.trim().is_empty()).map(read_name).transpose()?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(response.clone()).map_err(|_| Refusal::PasskeyNotRegistered)?;
        let credential =
            ceremony::webauthn(cx)?.finish_passkey_registration(&answer, &self.registration).map_err(|error| {
                tracing::debug!(%error, "a passkey isn't registered");
                Refusal::PasskeyNotRegistered
            })?;
        let attested = Attested::read(&answer.response.attestation_object).ok_or(Refusal::PasskeyNotRegistered)?;
        Ok(NewPasskey {
            name: name.unwrap_or_else(|| maker::name(&attested.aaguid, device)),
            user_handle: self.user_handle.to_string(),
            credential,
            public_key: STANDARD.encode(attested.public_key),
            transports: transports(response),
            aaguid: attested.aaguid,
        })
    }
}

/// What the wire shows of an attestation object and the library doesn't give.
struct Attested {
    aaguid: String,
    public_key: Vec<u8>,
}

impl Attested {
    /// Cuts it out of the authenticator data: hash (32), flags (1), counter (4), AAGUID (16), length of the id (2), id, key
    /// (WebAuthn 6.5.1). The key is one CBOR item; extensions may follow it.
    fn read(object: &[u8]) -> Option<Self> {
        let object: Cbor = ciborium::from_reader(object).ok()?;
        let part = |(key, value): &(Cbor, Cbor)| (key.as_text()? == "authData").then(|| value.as_bytes())?.cloned();
        let data = object.as_map()?.iter().find_map(part)?;
        let (aaguid, rest) = data.get(37..)?.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let key = rest.get(length..).filter(|_| length <= LONGEST_ID)?;
        let mut after = key;
        ciborium::from_reader::<Cbor, _>(&mut after).ok()?;
        let public_key = key.get(..key.len() - after.len())?.to_vec();
        Some(Self { aaguid: Uuid::from_bytes(*aaguid).to_string(), public_key })
    }
}

/// How the authenticator is reached, as the browser told: a hint that it is given back at the next sign-in.
fn transports(response: &Value) -> String {
    let plain = |word: &&str| word.len() <= 20 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let told = response["response"]["transports"].as_array().map(Vec::as_slice).unwrap_or_default();
    told.iter().filter_map(Value::as_str).filter(plain).take(8).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An attestation object around this authenticator data.
    fn object(data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let entries = [
            ("fmt", Cbor::Text("none".into())),
            ("attStmt", Cbor::Map(vec![])),
            ("authData", Cbor::Bytes(data.to_vec())),
        ];
        let entries = entries.into_iter().map(|(name, value)| (Cbor::Text(name.into()), value)).collect();
        ciborium::into_writer(&Cbor::Map(entries), &mut bytes).unwrap();
        bytes
    }

    fn data(id_length: u16, key: &[u8]) -> Vec<u8> {
        let head = [&[0; 32][..], &[0x45], &[0; 4], &[0xAA; 16], &id_length.to_be_bytes()].concat();
        [head, vec![7; usize::from(id_length)], key.to_vec()].concat()
    }

    #[test]
    fn the_key_is_cut_out_to_the_byte_also_before_extensions() {
        let key = [0xA1, 0x01, 0x02];
        for extensions in [&[][..], &[0xA1, 0x61, b'x', 0xF5]] {
            let read = Attested::read(&object(&data(20, &[&key, extensions].concat()))).unwrap();
            assert_eq!(read.public_key, key);
            assert_eq!(read.aaguid, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
        }
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_none() {
        let whole = data(20, &[0xA1, 0x01, 0x02]);
        for length in 0..whole.len() {
            assert!(Attested::read(&object(&whole[..length])).is_none(), "{length}");
        }
        assert!(Attested::read(&object(&data(1024, &[0xA0]))).is_none());
        assert!(Attested::read(b"no CBOR").is_none());
    }

    #[test]
    fn transports_are_plain_words() {
        let response = serde_json::json!({ "response": { "transports": ["internal", "a,b", 3, "smart-card", "<x>"] } });
        assert_eq!(transports(&response), "internal,smart-card");
        assert_eq!(transports(&Value::Null), "");
    }
}
