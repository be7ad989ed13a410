//! The kinds of device a user signs in from: one that wasn't seen before is worth a mail (ASVS 6.3.5).

use db::Tx;
use sha2::{Digest, Sha256};

use crate::account::User;
use crate::mail::{self, Letter};
use crate::{Client, Cx, Result};

/// Remembers the device; writes to the owner when it is a new one and not the first.
pub(crate) async fn notice(tx: &mut Tx, cx: &Cx, user: &User, client: &Client) -> Result<()> {
    // Browser and system without their versions: an update is no new device.
    let fingerprint = Sha256::digest(client.device().as_bytes()).to_vec();
    let sql = "UPDATE devices SET seen_at = $3 WHERE user_id = $1 AND fingerprint = $2";
    let known = tx.query(sql).bind(user.id.clone()).bind(fingerprint.clone()).bind(cx.now()).execute().await?;
    if known > 0 {
        return Ok(());
    }
    let sql = "SELECT COUNT(*) FROM devices WHERE user_id = $1";
    let (others,) = tx.query(sql).bind(user.id.clone()).one::<(i64,)>().await?;
    let sql = "INSERT INTO devices (user_id, fingerprint, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.query(sql).bind(user.id.clone()).bind(fingerprint).bind(cx.now()).execute().await?;
    if others > 0 {
        let letter = Letter::NewDevice {
            device: client.device(),
            ip_address: client.ip_text(),
            at: cx.now(),
            sessions: cx.settings.link("/settings/sessions"),
        };
        mail::send(tx, cx, &user.email, &user.name, &letter).await?;
    }
    Ok(())
}
