//! A world for tests: a fresh database, a clock that is moved, hashes that cost nothing.

use std::time::Duration;

use db::Db;
use db::testing::Fixture;
use model::{Email, PersonName};
use url::Url;

use crate::password::Password;
use crate::session::Opened;
use crate::settings::Hashing;
use crate::sign_up::SignUp;
use crate::token::Token;
use crate::{Client, Clock, Cx, Secret, Settings, mail, sign_up, verification};

/// What a test on both databases takes.
pub struct World {
    /// The context for the verbs.
    pub cx: Cx,
}

/// A password that every policy takes.
pub const PASSWORD: &str = "Tr1cky-enough";

impl Fixture for World {
    async fn new(db: Db) -> Self {
        Self {
            cx: Cx::new(
                db,
                Clock::manual(),
                Secret::new("test-secret-0123456789-abcdefghijklmnopqrstuvwxyz"),
                settings(),
            ),
        }
    }
}

/// The product's defaults, with hashes that cost nothing.
pub fn settings() -> Settings {
    #[expect(clippy::expect_used, reason = "a constant")]
    let mut settings = Settings::new("Latchkey", Url::parse("http://localhost:3000").expect("an address"));
    settings.hashing = Hashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 2, queue: 200 };
    settings
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl World {
    /// Changes the settings; verbs called before keep the old ones.
    pub fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.cx.settings).clone();
        change(&mut settings);
        self.cx.settings = settings.into();
    }

    /// Moves the clock.
    pub fn wait(&self, span: Duration) {
        self.cx.clock.advance(span);
    }

    /// A sign-up form for `email`.
    pub fn form(email: &str) -> SignUp {
        SignUp {
            name: PersonName::parse("Ada Lovelace").expect("a name"),
            email: Email::parse(email).expect("an address"),
            password: Password::new(PASSWORD),
            username: None,
            image: None,
            remember: true,
            callback: None,
        }
    }

    /// A user with a proved address, signed in by the link.
    pub async fn user(&self, email: &str) -> Opened {
        sign_up::sign_up(&self.cx, Self::form(email), &Client::default()).await.expect("signs up");
        let token = self.link_token(email).await;
        match verification::redeem(&self.cx, &token, &Client::default()).await.expect("the link is good") {
            verification::Verified::Account(_, Some(opened)) => opened,
            _ => panic!("the link signs in"),
        }
    }

    /// The mails to `email` so far, newest first.
    pub async fn mails(&self, email: &str) -> Vec<mail::Received> {
        mail::received(&self.cx, &Email::parse(email).expect("an address")).await.expect("the outbox can be read")
    }

    /// The token in the newest link to `email`.
    pub async fn link_token(&self, email: &str) -> Token {
        let mail = self.mails(email).await.into_iter().next().expect("a mail");
        let link = mail
            .content
            .text
            .split_whitespace()
            .find(|word| word.contains("/api/auth/"))
            .expect("a link in it")
            .to_owned();
        let token = link
            .split(['?', '&', '/'])
            .find_map(|part| part.strip_prefix("token=").or_else(|| (part.len() == 32).then_some(part)));
        Token::parse(token.expect("a token in the link")).expect("it is one")
    }

    /// The code in the newest mail to `email`.
    pub async fn code(&self, email: &str) -> String {
        let mail = self.mails(email).await.into_iter().next().expect("a mail");
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
        mail.content.text.split_whitespace().find(is_code).expect("a code in it").to_owned()
    }
}
