//! The JSON API, as WIRE's clients know it: shapes, codes, statuses, cookies.

mod accounts;
mod device_sessions;
mod links_and_codes;
mod organizations;
mod organizations_matrix;
mod organizations_pages;
mod passkeys;
mod permissions;
mod phone_number;
mod providers;
mod session_copies;
mod sessions;
mod tokens;
mod transport;
mod two_factor;
mod user;

use domain::testing::PASSWORD;
use model::PasswordPolicy;
use serde_json::{Value, json};

use crate::site::{Answer, Site};

/// The ecosystem's own settings: no verification before sign-in, length the only rule, a session fresh for a day, the new address
/// alone confirms a change.
fn ecosystem(site: Site) -> Site {
    site.with(|settings| {
        settings.sign_up.require_verification = false;
        settings.session.fresh_for = std::time::Duration::from_secs(24 * 3600);
        settings.email_change.confirm_current = false;
        settings.password = PasswordPolicy {
            upper: false,
            lower: false,
            digit: false,
            special: false,
            forbidden_words: Vec::new(),
            no_personal: false,
            ..PasswordPolicy::default()
        };
    })
}

/// What somebody signs up with.
fn person(email: &str) -> Value {
    json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD })
}

/// Signs the first browser up; gives `{token, user}`.
async fn sign_up(site: &Site, email: &str) -> Value {
    let answer = site.json("/api/auth/sign-up/email", person(email)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

/// Asserts a refusal by status and code.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.text());
}

/// The path and query of the newest link to `email`.
async fn link(site: &Site, email: &str) -> String {
    let mail = site.world.mails(email).await.into_iter().next().expect("a mail");
    let link = mail
        .content
        .text
        .split_whitespace()
        .find(|word| word.starts_with("http://localhost:3000/api/auth/"))
        .expect("a link")
        .to_owned();
    link.trim_start_matches("http://localhost:3000").to_owned()
}
