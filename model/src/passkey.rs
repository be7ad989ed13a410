use serde::{Deserialize, Serialize};

use crate::{PasskeyId, Timestamp, UserId};

/// A passkey as the wire shows it; the public key and the counter are no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct PasskeyView {
    pub name: String,
    /// COSE (RFC 9052), base64.
    pub public_key: String,
    pub user_id: UserId,
    #[serde(rename = "credentialID")]
    pub credential_id: String,
    pub counter: u32,
    /// `singleDevice` or `multiDevice`.
    pub device_type: String,
    pub backed_up: bool,
    /// Separated by commas.
    pub transports: String,
    pub created_at: Timestamp,
    /// The model of the authenticator, a UUID; all zeros when it doesn't tell.
    pub aaguid: String,
    /// When it last signed in; not on the ecosystem's wire.
    pub last_used_at: Option<Timestamp>,
    pub id: PasskeyId,
}
