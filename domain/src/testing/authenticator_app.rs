use model::Timestamp;
use totp_rs::{Builder, Secret, Totp};
use url::Url;

/// An authenticator app on somebody's phone.
#[derive(Clone)]
pub struct AuthenticatorApp(Totp);

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl AuthenticatorApp {
    /// Scans an `otpauth://` address.
    pub fn scan(uri: &str) -> Self {
        let uri = Url::parse(uri).expect("an address");
        let (_, secret) = uri.query_pairs().find(|(name, _)| name == "secret").expect("a secret");
        let secret = Secret::try_from_base32(&*secret).expect("base32");
        Self(
            Builder::new()
                .with_secret(secret)
                .with_account_name("somebody")
                .build()
                .expect("a secret that is long enough"),
        )
    }

    /// What it shows at `now`, or showed or will show so many steps from then.
    pub fn shows(&self, now: Timestamp, steps: i64) -> String {
        let seconds = now.micros() / 1_000_000 + steps * 30;
        self.0.generate(u64::try_from(seconds).expect("after 1970")).to_string()
    }

    /// A code that it shows neither now nor a step before or after.
    pub fn never_shows(&self, now: Timestamp) -> String {
        let near = [-1, 0, 1].map(|steps| self.shows(now, steps));
        (0..).map(|code| format!("{code:06}")).find(|code| !near.contains(code)).expect("one of a million")
    }
}
