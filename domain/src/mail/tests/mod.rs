mod delivery;
mod letters;
mod server;
mod transport;

use model::Email;

use super::{Letter, SmtpSettings, Transport, Ways, send};
use crate::Cx;
use crate::testing::World;

/// Commits one verification mail to each address.
async fn post(cx: &Cx, addresses: &[&str]) {
    let mut tx = cx.db.begin().await.unwrap();
    for address in addresses {
        send(&mut tx, cx, &email(address), "Ada", &verify()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn verify() -> Letter {
    Letter::Verify { link: "http://localhost:3000/api/auth/verify-email?token=t0ken&callbackURL=%2F".to_owned() }
}

fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

/// A row of the outbox as an operator would see it.
#[derive(sqlx::FromRow)]
struct Row {
    body: Option<Vec<u8>>,
    attempts: i64,
    sent: bool,
    failed: bool,
    last_error: Option<String>,
}

async fn row(world: &World, address: &str) -> Row {
    let sql = "SELECT body, attempts, sent_at IS NOT NULL AS sent, failed_at IS NOT NULL AS failed, last_error FROM mails WHERE recipient = $1";
    world.cx.db.read().await.unwrap().query(sql).bind(address.to_owned()).one().await.unwrap()
}

/// The way to an SMTP server on this machine.
fn smtp(port: u16) -> Ways {
    ways(&smtp_settings(port))
}

fn ways(settings: &SmtpSettings) -> Ways {
    Ways { mail: Transport::smtp(settings, "Latchkey").unwrap(), ..Ways::mailbox() }
}

fn smtp_settings(port: u16) -> SmtpSettings {
    let timeout = std::time::Duration::from_secs(20);
    SmtpSettings {
        host: "127.0.0.1".into(),
        port: Some(port),
        from_address: "auth@example.com".into(),
        timeout,
        ..SmtpSettings::default()
    }
}
