//! Providers that behave, and providers and browsers that don't.

mod by_name;
mod id_tokens;
mod kept_tokens;
mod linking;
mod outages;
mod signing_in;
mod state;

use db::Db;
use db::testing::Fixture;
use model::ProviderFailure;
use serde_json::{Value, json};
use url::Url;

use super::flow::{self, Begin, Begun, Finished, Returned};
use super::{Draft, connections, link};
use crate::link::Callbacks;
use crate::session::{Current, Opened};
use crate::testing::stand_in::{Key, Signer, StandIn};
use crate::testing::{World, admitted};
use crate::token::Token;
use crate::{Client, Cx, Result, account};

const IDA: &str = "ida@example.com";

/// A world with one provider, which is trusted with addresses, on loopback.
struct Stage {
    world: World,
    idp: StandIn,
}

impl Fixture for Stage {
    async fn new(db: Db) -> Self {
        let mut world = World::new(db).await;
        let idp = StandIn::open(world.cx.clock.clone()).await;
        world.settings(|settings| settings.outbound.allow = vec!["127.0.0.1".to_owned()]);
        let mut stage = Self { world, idp };
        stage.offer("acme", |draft| draft.trusted = Some(true));
        stage
    }
}

impl Stage {
    /// Offers the stand-in as `id`, in place of what was offered under it.
    fn offer(&mut self, id: &str, change: impl FnOnce(&mut Draft)) {
        let mut draft = self.idp.draft();
        change(&mut draft);
        let provider = draft.read(id).unwrap().into();
        self.world.settings(|settings| {
            settings.providers.offered.retain(|offered| offered.id != id);
            settings.providers.offered.push(provider);
        });
    }

    fn cx(&self) -> &Cx {
        &self.world.cx
    }

    async fn begin(&self, provider: &str, link: Option<&Current>) -> Result<Begun> {
        let callbacks = Callbacks { error: Some("/oops".to_owned()), ..Callbacks::default() };
        flow::begin(self.cx(), Begin { provider, callbacks, link, ..Begin::default() }).await
    }

    /// What `person` comes back with.
    fn agreed(&self, provider: &str, begun: &Begun, person: &Value) -> Returned {
        returned(provider, &self.idp.agree(&begun.address, person))
    }

    async fn finish(&self, returned: &Returned, browser: &Token, current: Option<&Current>) -> Finished {
        flow::finish(self.cx(), returned, Some(browser), current, &Client::default()).await.unwrap()
    }

    /// The whole way, to sign in.
    async fn come(&self, provider: &str, person: &Value) -> Finished {
        self.world.moment();
        let begun = self.begin(provider, None).await.unwrap();
        self.finish(&self.agreed(provider, &begun, person), &begun.browser, None).await
    }

    /// The whole way, to connect an account.
    async fn connect(&self, provider: &str, current: &Current, person: &Value) -> Finished {
        self.world.moment();
        let begun = self.begin(provider, Some(current)).await.unwrap();
        self.finish(&self.agreed(provider, &begun, person), &begun.browser, Some(current)).await
    }

    /// The providers that are connected with a user's account.
    async fn connected(&self, current: &Current) -> Vec<String> {
        let connections = connections(self.cx(), &current.user.id).await.unwrap();
        connections.into_iter().map(|connection| connection.provider.id).collect()
    }

    /// How many accounts there are.
    async fn users(&self) -> i64 {
        self.world.count("SELECT COUNT(*) FROM users").await
    }
}

/// Somebody as the provider knows them.
fn person(sub: &str, email: &str) -> Value {
    json!({ "sub": sub, "email": email, "email_verified": true, "name": "Ida Provider" })
}

fn returned(provider: &str, back: &Url) -> Returned {
    let get = |name: &str| back.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned());
    Returned {
        provider: provider.to_owned(),
        state: get("state"),
        code: get("code").map(Into::into),
        error: get("error"),
        iss: get("iss"),
        user: get("user"),
    }
}

/// The session, and whether the account is new.
#[track_caller]
fn entered(finished: Finished) -> (Opened, bool) {
    match finished {
        Finished::Entered(entered, _, is_new) => (admitted(entered), is_new),
        other => panic!("somebody is signed in, not {other:?}"),
    }
}

#[track_caller]
fn failed(finished: Finished) -> ProviderFailure {
    match finished {
        Finished::Failed(failure, ..) => failure,
        Finished::Waits(..) => ProviderFailure::EmailNotVerified,
        other => panic!("it fails, not {other:?}"),
    }
}

#[track_caller]
fn linked(finished: &Finished) {
    assert!(matches!(finished, Finished::Linked(_)), "{finished:?}");
}

/// What an app that got tokens by itself hands in.
fn given(tokens: &Value) -> link::Given<'_> {
    link::Given {
        token: tokens["id_token"].as_str().unwrap().into(),
        nonce: None,
        access_token: tokens["access_token"].as_str().map(Into::into),
        refresh_token: tokens["refresh_token"].as_str().map(Into::into),
        access_until: None,
        user: None,
    }
}
