//! A world for tests: a fresh database, a clock that is moved, hashes that cost nothing.

pub mod authenticator;
mod authenticator_app;
pub mod stand_in;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use altcha_lib_rs::algorithm::AltchaAlgorithm;
use altcha_lib_rs::{Payload, solve_challenge};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use db::testing::Fixture;
use db::{Db, Options, Record};
use model::{Email, PersonName, PhoneNumber, Refusal, Timestamp, proof_of_work};
use tokio::sync::Barrier;
use url::Url;

pub use self::authenticator_app::AuthenticatorApp;
use crate::outbound::Outbound;
use crate::password::{Hasher, Password};
use crate::proof_of_work::Mode;
use crate::session::{self, Admitted, Current, Entered, Opened, revocation};
use crate::settings::{Hashing, RequiredFor};
use crate::sign_in::{self, Identifier};
use crate::sign_up::{self, SignUp, SignedUp};
use crate::token::Token;
use crate::two_factor::challenge::Challenge;
use crate::verification::{self, Verified};
use crate::{Client, Clock, Cx, Error, Result, Secret, Settings, mail};

/// What a test on both databases takes.
pub struct World {
    /// The context for the verbs.
    pub cx: Cx,
}

/// A password that every policy takes.
pub const PASSWORD: &str = "Tr1cky-enough";

impl Fixture for World {
    async fn new(db: Db) -> Self {
        let secret = Secret::new("test-secret-0123456789-abcdefghijklmnopqrstuvwxyz");
        Self { cx: Cx::new(db, Clock::manual(), secret, settings()) }
    }
}

/// A world whose pool has one connection: a verb that takes a second while it holds one waits for itself, and fails soon.
pub struct NarrowWorld(pub World);

impl Fixture for NarrowWorld {
    fn options() -> Options {
        Options { max_connections: 1, acquire_timeout: Duration::from_secs(2) }
    }

    async fn new(db: Db) -> Self {
        Self(World::new(db).await)
    }
}

/// The product's defaults, with hashes that cost nothing, without a second factor that owners and admins must have, and without limits on
/// how often something may be done: tests that are about one of them ask for it.
pub fn settings() -> Settings {
    #[expect(clippy::expect_used, reason = "a constant")]
    let mut settings = Settings::new("Latchkey", Url::parse("http://localhost:3000").expect("an address"));
    settings.hashing = Hashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 2, queue: 200 };
    settings.two_factor.required = RequiredFor::Nobody;
    settings.rate_limit.enabled = false;
    settings.proof_of_work.mode = Mode::Off;
    settings
}

/// Where the tests' Redis is.
#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
pub fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL, which `cargo nextest run` and `make test` set")
}

/// One second, for clocks; which tick on by themselves, so that tests keep this far from a limit.
pub const SECOND: Duration = Duration::from_secs(1);
/// One minute.
pub const MINUTE: Duration = Duration::from_secs(60);
/// One hour.
pub const HOUR: Duration = Duration::from_secs(3600);
/// One day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// An address.
#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
pub fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

/// A telephone number.
#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
pub fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

/// What solves a challenge, found by ALTCHA's own solver, as a request brings it.
///
/// # Panics
/// When there is no solution.
#[expect(clippy::unwrap_used, reason = "a test stops where its world breaks")]
pub fn solved(challenge: proof_of_work::Challenge) -> String {
    let proof_of_work::Challenge { challenge, maxnumber, salt, signature, .. } = challenge;
    let number = solve_challenge(&challenge, &salt, None, Some(maxnumber.into()), 0).unwrap();
    let payload = Payload { algorithm: AltchaAlgorithm::Sha256, challenge, number, salt, signature, took: None };
    STANDARD.encode(serde_json::to_string(&payload).unwrap())
}

/// A browser that calls itself `user_agent`.
pub fn client(user_agent: &str) -> Client {
    Client { ip: Some([192, 0, 2, 1].into()), user_agent: user_agent.to_owned(), ..Client::default() }
}

/// Firefox on Linux.
pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// Safari on an iPhone.
pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/// Whether `at` was just now.
pub fn just_now(cx: &Cx, at: Timestamp) -> bool {
    at <= cx.now() && cx.now().since(at) < SECOND
}

/// Why a verb refused.
///
/// # Panics
/// When it did not, or broke.
#[track_caller]
pub fn refusal<T>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(broken) => panic!("a refusal was due, not {broken}"),
        Ok(_) => panic!("a refusal was due"),
    }
}

/// The session of somebody of whom no second factor is asked.
///
/// # Panics
/// When one is.
#[track_caller]
pub fn admitted(entered: Entered) -> Opened {
    match entered {
        Entered::In(admitted) => admitted.opened,
        Entered::Challenged(_) => panic!("no second factor is asked for"),
    }
}

/// The challenge of somebody who owes a second factor.
///
/// # Panics
/// When they were let in.
#[track_caller]
pub fn challenged(entered: Entered) -> Challenge {
    match entered {
        Entered::Challenged(challenge) => challenge,
        Entered::In(_) => panic!("a second factor is asked for"),
    }
}

/// Does one thing `times` times at one moment, each in a task of its own; gives what each gave.
///
/// # Panics
/// When one of them panics.
#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
pub async fn at_once<T, F>(times: usize, mut each: impl FnMut(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(times));
    let tasks: Vec<_> = (0..times)
        .map(|number| {
            let (start, work) = (Arc::clone(&start), each(number));
            tokio::spawn(async move {
                start.wait().await;
                work.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(times);
    for task in tasks {
        results.push(task.await.expect("the task ends well"));
    }
    results
}

/// Of attempts at something that is good once: gives what the winner got; every other must have been refused with `loss`.
///
/// # Panics
/// When none or several won, or one was told something else.
#[track_caller]
pub fn one_winner<T>(results: Vec<Result<T>>, loss: &Refusal) -> T {
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    for result in lost {
        assert_eq!(&refusal(result), loss, "what a loser is told");
    }
    let count = won.len();
    match won.into_iter().flatten().next() {
        Some(prize) if count == 1 => prize,
        _ => panic!("one wins, not {count}"),
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl World {
    /// Changes the settings; verbs called before keep the old ones.
    pub fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.cx.settings).clone();
        change(&mut settings);
        self.cx.outbound = Outbound::new(&settings.outbound);
        self.cx.settings = settings.into();
    }

    /// Hashing that takes milliseconds: long enough for something to happen meanwhile.
    pub fn slow_hashing(&mut self) {
        let hashing = Hashing { memory_kib: 4096, iterations: 3, ..settings().hashing };
        self.cx.hasher = Hasher::new(&hashing);
        self.settings(|settings| settings.hashing = hashing);
    }

    /// Hashing as dear as in production, one at a time, and nobody may wait.
    pub fn full_queue(&mut self) {
        let hashing = Hashing { concurrency: 1, queue: 0, ..Hashing::default() };
        self.cx.hasher = Hasher::new(&hashing);
        self.settings(|settings| settings.hashing = hashing);
    }

    /// Moves the clock as little as it takes for mails to be in order.
    pub fn moment(&self) {
        self.wait(Duration::from_millis(1));
    }

    /// Listens to other processes from now on, and passes the time until what browsers keep of their sessions is believed.
    pub async fn listens(&self) {
        let db = self.cx.db.clone();
        tokio::spawn(async move { db.listen().await });
        self.hears().await;
        self.wait(2 * revocation::LONGEST);
    }

    /// Waits until everything is heard that was committed elsewhere before now.
    pub async fn hears(&self) {
        let now = std::time::Instant::now();
        let polled = async {
            while revocation::heard(&self.cx) < Some(now) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(MINUTE, polled).await.expect("other processes are heard");
    }

    /// Moves the clock.
    pub fn wait(&self, span: Duration) {
        self.cx.clock.advance(span);
    }

    /// A sign-up form for `email`.
    pub fn form(email: &str) -> SignUp {
        SignUp {
            name: PersonName::parse("Ada Lovelace").expect("a name"),
            email: self::email(email),
            password: Password::new(PASSWORD),
            username: None,
            image: None,
            remember: true,
            callback: None,
        }
    }

    /// A user with a proved address, signed in by the link.
    pub async fn user(&self, email: &str) -> Opened {
        self.sign_up(email, PASSWORD).await;
        self.follow(&self.link_token(email).await).await.expect("the link is good")
    }

    /// Somebody signs up with `email` and `password`, a moment later.
    pub async fn sign_up(&self, email: &str, password: &str) -> SignedUp {
        self.moment();
        let form = SignUp { password: Password::new(password), ..Self::form(email) };
        sign_up::sign_up(&self.cx, form, &Client::default()).await.expect("signs up")
    }

    /// Follows the link that proves an address; gives the session.
    ///
    /// # Errors
    /// As [`verification::redeem`].
    pub async fn follow(&self, token: &Token) -> Result<Opened> {
        match verification::redeem(&self.cx, token, &Client::default()).await? {
            Verified::Account(_, Some(Entered::In(Admitted { opened, .. }))) => Ok(opened),
            _ => panic!("the link signs in"),
        }
    }

    /// Signs in with the address and `password`.
    ///
    /// # Errors
    /// As [`sign_in::with_password`].
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Opened> {
        self.sign_in_from(email, password, &Client::default()).await
    }

    /// The same from a certain device.
    ///
    /// # Errors
    /// As [`sign_in::with_password`].
    pub async fn sign_in_from(&self, email: &str, password: &str, client: &Client) -> Result<Opened> {
        let who = Identifier::Email(self::email(email));
        Ok(admitted(sign_in::with_password(&self.cx, &who, &Password::new(password), true, None, client).await?))
    }

    /// Whoever has the token of `opened`, if it is good.
    pub async fn find(&self, opened: &Current) -> Option<Current> {
        session::find(&self.cx, opened.token.clone()).await.expect("sessions can be read")
    }

    /// The one row that `sql` gives.
    pub async fn row<T: Record>(&self, sql: &'static str) -> T {
        self.cx.db.read().await.expect("a connection").query(sql).one().await.expect("one row")
    }

    /// The number that `sql` gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.row::<(i64,)>(sql).await.0
    }

    /// Writes something past the verbs; gives how many rows it changed.
    pub async fn write(&self, sql: &'static str, values: &[&str]) -> u64 {
        let mut tx = self.cx.db.begin().await.expect("a transaction");
        let query = values.iter().fold(tx.query(sql), |query, value| query.bind((*value).to_owned()));
        let changed = query.execute().await.expect("it is written");
        tx.commit().await.expect("it lasts");
        changed
    }

    /// The kinds of the mails to `email` so far, newest first.
    pub async fn kinds(&self, email: &str) -> Vec<String> {
        self.mails(email).await.into_iter().map(|mail| mail.kind).collect()
    }

    /// The mails to `email` so far, newest first.
    pub async fn mails(&self, email: &str) -> Vec<mail::Received> {
        mail::received(&self.cx, self::email(email).as_str()).await.expect("the outbox can be read")
    }

    /// The token in the newest link to `email`.
    pub async fn link_token(&self, email: &str) -> Token {
        self.link_tokens(email).await.into_iter().next().expect("a mail with a link")
    }

    /// The tokens in the links to `email` so far, newest first.
    pub async fn link_tokens(&self, email: &str) -> Vec<Token> {
        self.mails(email).await.iter().filter_map(|mail| link_token(&mail.content.text)).collect()
    }

    /// The code in the newest mail to `email`.
    pub async fn code(&self, email: &str) -> String {
        newest_code(&self.mails(email).await)
    }

    /// The text messages to `number` so far, newest first.
    pub async fn texts(&self, number: &PhoneNumber) -> Vec<mail::Received> {
        mail::received(&self.cx, number.as_str()).await.expect("the outbox can be read")
    }

    /// The code in the newest text message to `number`.
    pub async fn texted_code(&self, number: &PhoneNumber) -> String {
        newest_code(&self.texts(number).await)
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
fn newest_code(messages: &[mail::Received]) -> String {
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
    let mut codes = messages.iter().filter_map(|message| message.content.text.split_whitespace().find(is_code));
    codes.next().expect("a message with a code").to_owned()
}

/// The token in the link of a mail.
fn link_token(text: &str) -> Option<Token> {
    let link = text.split_whitespace().find(|word| word.contains("/api/auth/"))?;
    let named = link.split(['?', '&']).find_map(|part| part.strip_prefix("token="));
    let path = link.split(['?', '/']).find(|part| part.len() == 32);
    Token::parse(named.or(path)?)
}
