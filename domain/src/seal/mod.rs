//! Encryption of what the database keeps but must not show: XChaCha20-Poly1305, bound to the place where it is kept.
//!
//! The envelope is `version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext and tag`. Version, key id, table, column and row are
//! authenticated, so that a sealed value copied to another row or column doesn't open there. The key id names the operator's secret: the
//! present one seals, each previous one still opens, and [`Rotation`] brings everything under the present one.
//!
//! What a browser carries for a while ([`hand_out`]) is sealed in the same envelope, under a key for its purpose.

mod column;
mod rotation;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

pub use column::Column;
use column::Rows;
pub use rotation::{Kept, Rotation, Step, census};

use crate::secret::KeyId;
use crate::{Cx, Error, Result};

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4;
const NONCE: usize = 24;

/// Where a sealed value is kept.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The column; each table has a key of its own.
    pub column: Column,
    /// The row's id.
    pub row: &'a str,
}

impl Place<'_> {
    /// Each part is followed by a byte that occurs in none of them, so that no two places read alike.
    fn bound_to(&self, header: &[u8]) -> Vec<u8> {
        let (table, name) = (self.column.table().as_bytes(), self.column.name().as_bytes());
        [header, table, &[0], name, &[0], self.row.as_bytes()].concat()
    }

    fn purpose(&self) -> String {
        format!("seal {}", self.column.table())
    }
}

/// Seals `plain` for `place`. The nonce is random: 192 bits don't repeat.
///
/// # Errors
/// [`Error::Broken`] when `plain` is too long for the cipher (256 GiB).
pub fn close(cx: &Cx, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>> {
    envelop(cx, &place.purpose(), &place.bound_to(&header(cx)), plain)
}

/// Whether it was sealed under the present secret.
pub fn is_present(cx: &Cx, sealed: &[u8]) -> bool {
    sealed.starts_with(&header(cx))
}

/// Opens what [`close`] sealed for the same `place`.
///
/// # Errors
/// [`Error::Broken`] when it was sealed under a secret that isn't configured (its id is named), for another place, or was changed.
pub fn open(cx: &Cx, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
    let head = sealed.get(..HEADER).unwrap_or_default();
    unfold(cx, &place.purpose(), &place.bound_to(head), sealed).map_err(|unfit| match unfit {
        Unfit::Short => refuse(place, "is cut short"),
        Unfit::Unknown => refuse(place, "is in a form that this version doesn't know"),
        Unfit::Secret(id) => {
            refuse(place, &format!("was sealed under the secret {id}, which isn't configured (previous_secrets)"))
        }
        Unfit::Changed => refuse(place, "was changed or moved"),
    })
}

/// Seals `plain` as a text that a browser carries and can neither read nor change; only [`take_back`] for the same `purpose` opens it.
/// It can be brought back by anybody, at any time and more than once: whatever must hold of that is said in `plain`.
///
/// # Errors
/// As [`close`].
pub fn hand_out(cx: &Cx, purpose: &'static str, plain: &[u8]) -> Result<String> {
    let purpose = carried(purpose);
    Ok(URL_SAFE_NO_PAD.encode(envelop(cx, &purpose, &header(cx), plain)?))
}

/// What [`hand_out`] sealed for this `purpose`; `None` for anything else.
pub fn take_back(cx: &Cx, purpose: &'static str, text: &str) -> Option<Vec<u8>> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    unfold(cx, &carried(purpose), sealed.get(..HEADER)?, &sealed).ok()
}

/// No table has such a name.
fn carried(purpose: &str) -> String {
    format!("seal for a browser: {purpose}")
}

fn envelop(cx: &Cx, purpose: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let mut sealed = header(cx).to_vec();
    let mut nonce = [0u8; NONCE];
    cx.random.fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new(&cx.secret.key(purpose).into());
    let text = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad });
    sealed.extend_from_slice(&nonce);
    sealed.extend(text.map_err(|_| Error::broken("a value is too long to be sealed"))?);
    Ok(sealed)
}

/// Why an envelope doesn't open.
enum Unfit {
    Short,
    Unknown,
    Secret(KeyId),
    Changed,
}

fn unfold(cx: &Cx, purpose: &str, aad: &[u8], sealed: &[u8]) -> std::result::Result<Vec<u8>, Unfit> {
    let (head, rest) = sealed.split_at_checked(HEADER).ok_or(Unfit::Short)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(Unfit::Short)?;
    let id = under(head).ok_or(Unfit::Unknown)?;
    let key = cx.secret.key_of(id, purpose).ok_or(Unfit::Secret(id))?;
    let cipher = XChaCha20Poly1305::new(&key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad }).map_err(|_| Unfit::Changed)
}

/// The id of the secret that what begins with `head` is sealed under.
fn under(head: &[u8]) -> Option<KeyId> {
    let &[VERSION, a, b, c, d] = head else { return None };
    Some(KeyId([a, b, c, d]))
}

/// The version and the id of the present secret.
fn header(cx: &Cx) -> [u8; HEADER] {
    let KeyId([a, b, c, d]) = cx.secret.id();
    [VERSION, a, b, c, d]
}

fn refuse(place: Place<'_>, what: &str) -> Error {
    Error::broken(format!("{} of {} {what}", place.column, place.row))
}
