use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::ring::LEAD;
use super::*;
use crate::audit::{Actor, Filter, Trail};
use crate::seal::Rotation;
use crate::testing::{DAY, MINUTE, SECOND, World, at_once};
use crate::{Secret, sweep};

/// Another process on the same database: it remembers nothing.
fn another_node(world: &World) -> Cx {
    Cx { signing_keys: Arc::default(), ..world.cx.clone() }
}

async fn keys(cx: &Cx) -> JwkSet {
    serde_json::from_str(&published(cx).await.unwrap()).unwrap()
}

async fn names(cx: &Cx) -> Vec<String> {
    keys(cx).await.keys.into_iter().map(|key| key.common.key_id.unwrap()).collect()
}

/// The name of the key that a token is signed with.
fn signer(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// What a token says, to somebody who has read the keys.
fn read(token: &str, keys: &JwkSet) -> Option<Value> {
    let key = DecodingKey::from_jwk(keys.find(&signer(token))?).unwrap();
    // The tests' clock isn't the machine's.
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.validate_exp = false;
    rules.set_audience(&["http://localhost:3000"]);
    decode(token, &key, &rules).ok().map(|read| read.claims)
}

async fn newest(world: &World) -> (String, Actor, Option<String>) {
    let told = Trail::everything().page(&world.cx, &Filter::default(), 1, 0).await.unwrap().0.remove(0);
    (told.act_name.clone(), told.actor.clone(), told.text("key").map(str::to_owned))
}

db::both! {
    async fn a_token_says_what_the_wire_s_user_says_and_for_how_long(world: World) {
        let ada = world.user("ada@example.com").await;
        let token = issue(&world.cx, &ada).await.unwrap();
        let mut said = read(&token, &keys(&world.cx).await).expect("the key is published");
        let mut expected = serde_json::to_value(ada.user.view()).unwrap();
        let (from, to) = (said["iat"].as_i64().unwrap(), said["exp"].as_i64().unwrap());
        assert_eq!((world.cx.now().seconds() - from, to - from), (0, 15 * 60));
        for (name, value) in [("sub", json!(ada.user.id)), ("iss", json!("http://localhost:3000")), ("aud", json!("http://localhost:3000"))] {
            expected[name] = value;
        }
        said.as_object_mut().unwrap().retain(|name, _| !["iat", "exp"].contains(&name.as_str()));
        assert_eq!(said, expected, "and nothing else");
        let header = decode_header(&token).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("JWT")));
    }

    async fn what_is_published_is_the_public_part_alone(world: World) {
        let whole: Value = serde_json::from_str(&published(&world.cx).await.unwrap()).unwrap();
        let mut key = whole["keys"][0].clone();
        for name in ["kid", "x"] {
            assert_eq!(key[name].as_str().unwrap().len(), 43, "32 bytes");
            key[name] = json!(name);
        }
        assert_eq!(key, json!({ "alg": "EdDSA", "crv": "Ed25519", "kty": "OKP", "use": "sig", "kid": "kid", "x": "x" }));
        assert_eq!(whole, json!({ "keys": [whole["keys"][0]] }));
    }

    async fn a_key_signs_for_thirty_days(world: World) {
        let first = names(&world.cx).await;
        world.wait(30 * DAY - MINUTE);
        assert_eq!(names(&world.cx).await, first);
        world.wait(MINUTE);
        assert_eq!(names(&world.cx).await[1..], first);
    }

    async fn a_token_ends_with_its_session(world: World) {
        let ada = world.user("ada@example.com").await;
        world.wait(7 * DAY - 5 * MINUTE);
        let said = read(&issue(&world.cx, &ada).await.unwrap(), &keys(&world.cx).await).unwrap();
        assert_eq!(said["exp"], ada.session.expires_at.seconds());
    }

    async fn fifty_nodes_that_want_the_first_key_at_once_make_one(world: World) {
        let nodes: Vec<_> = (0..50).map(|_| another_node(&world)).collect();
        let seen = at_once(50, |n| {
            let cx = nodes[n].clone();
            async move { names(&cx).await }
        })
        .await;
        assert_eq!(seen[0].len(), 1);
        assert!(seen.iter().all(|names| names == &seen[0]));
        assert_eq!(world.count("SELECT COUNT(*) FROM jwks").await, 1);
        assert_eq!(newest(&world).await, ("signing_key_made".to_owned(), Actor::Server, Some(seen[0][0].clone())));
    }

    async fn fifty_nodes_that_find_the_key_due_at_once_make_one(world: World) {
        let old = names(&world.cx).await;
        world.wait(30 * DAY);
        let nodes: Vec<_> = (0..50).map(|n| if n % 2 == 0 { world.cx.clone() } else { another_node(&world) }).collect();
        let seen = at_once(50, |n| {
            let cx = nodes[n].clone();
            async move { names(&cx).await }
        })
        .await;
        assert!(seen.iter().all(|names| names == &seen[0]), "{seen:?}");
        assert_eq!((seen[0].len(), &seen[0][1]), (2, &old[0]));
        assert_eq!(world.count("SELECT COUNT(*) FROM jwks WHERE expires_at IS NULL").await, 1);
    }

    async fn a_new_key_is_published_before_it_signs_and_the_old_one_after_it_has(world: World) {
        let mut world = world;
        world.settings(|settings| settings.jwt.rotate_after = 90 * DAY);
        let cx = &world.cx;
        let ada = world.user("ada@example.com").await;
        let last = async || signer(&issue(cx, &ada).await.unwrap());
        let old = last().await;
        world.wait(90 * DAY - MINUTE);
        assert_eq!((last().await, names(cx).await.len()), (old.clone(), 1), "it isn't due");
        world.wait(MINUTE);
        assert_eq!(last().await, old, "nobody can have read the new one yet");
        let both = names(cx).await;
        assert_eq!((both.len(), &both[1]), (2, &old));
        // Whoever read the keys right before the new one was made asks again by now.
        world.wait(LEAD - MINUTE);
        assert_eq!(last().await, old);
        world.wait(MINUTE);
        assert_eq!(last().await, both[0]);
        assert!(LEAD > CACHED_FOR);
        // What the old one signed last is long over when it goes.
        world.wait(30 * DAY - MINUTE);
        assert_eq!(names(cx).await, both);
        world.wait(MINUTE);
        assert_eq!(names(cx).await, both[..1]);
        assert_eq!(world.count("SELECT COUNT(*) FROM jwks").await, 2);
        assert_eq!(sweep::sweep(cx).await.unwrap().signing_keys, 1);
        assert_eq!(names(cx).await, both[..1]);
    }

    async fn keys_last_for_ever_where_the_operator_says_so(world: World) {
        let mut world = world;
        world.settings(|settings| settings.jwt.rotate_after = Duration::ZERO);
        let first = names(&world.cx).await;
        world.wait(4000 * DAY);
        assert_eq!(names(&world.cx).await, first);
    }

    async fn a_site_that_slept_for_years_signs_with_its_new_key_at_once(world: World) {
        let ada = world.user("ada@example.com").await;
        let old = signer(&issue(&world.cx, &ada).await.unwrap());
        renew(&world.cx).await.unwrap();
        world.wait(4000 * DAY);
        let token = issue(&world.cx, &ada).await.unwrap();
        assert_ne!(signer(&token), old);
        assert!(read(&token, &keys(&world.cx).await).is_some());
    }

    async fn what_another_node_made_is_found_and_costs_one_look_a_second(world: World) {
        let ada = world.user("ada@example.com").await;
        let (cx, other) = (&world.cx, another_node(&world));
        issue(cx, &ada).await.unwrap();
        let before = cx.db.statements();
        for _ in 0..100 {
            issue(cx, &ada).await.unwrap();
            published(cx).await.unwrap();
        }
        assert_eq!(cx.db.statements(), before, "what was read a moment ago counts");
        let (new, begin) = renew(&other).await.unwrap();
        world.wait(SECOND);
        assert_eq!(names(cx).await[0], new);
        assert_eq!(begin.since(cx.now()).as_secs(), LEAD.as_secs() - 2, "begun, and a second over");
        assert_eq!(newest(&world).await, ("signing_key_made".to_owned(), Actor::Operator, Some(new.clone())));
        world.wait(LEAD);
        assert_eq!(signer(&issue(cx, &ada).await.unwrap()), new);
    }

    async fn a_retired_key_is_withdrawn_at_once_and_another_one_signs(world: World) {
        let ada = world.user("ada@example.com").await;
        let (cx, other) = (&world.cx, another_node(&world));
        let token = issue(cx, &ada).await.unwrap();
        let leaked = signer(&token);
        assert!(!retire(&other, "no key").await.unwrap());
        assert!(retire(&other, &leaked).await.unwrap());
        assert_eq!(newest(&world).await, ("signing_key_retired".to_owned(), Actor::Operator, Some(leaked.clone())));
        assert!(!retire(&other, &leaked).await.unwrap(), "it is gone");
        world.wait(SECOND);
        let anew = issue(cx, &ada).await.unwrap();
        assert_ne!(signer(&anew), leaked);
        let keys = keys(cx).await;
        assert!(read(&token, &keys).is_none() && read(&anew, &keys).is_some());
    }

    async fn after_a_leak_neither_the_key_nor_one_that_waits_for_it_stands_in_the_way(world: World) {
        let ada = world.user("ada@example.com").await;
        let leaked = signer(&issue(&world.cx, &ada).await.unwrap());
        let (new, _) = renew(&world.cx).await.unwrap();
        assert_eq!(signer(&issue(&world.cx, &ada).await.unwrap()), leaked);
        retire(&world.cx, &leaked).await.unwrap();
        assert_eq!(signer(&issue(&world.cx, &ada).await.unwrap()), new, "without waiting");
    }

    async fn the_list_says_what_each_key_is_good_for(world: World) {
        let cx = &world.cx;
        assert!(list(cx).await.unwrap().is_empty(), "looking makes none");
        let old = names(cx).await.remove(0);
        let (new, begin) = renew(cx).await.unwrap();
        let states = async || list(cx).await.unwrap().into_iter().map(|(key, state)| (key.id, state)).collect::<Vec<_>>();
        assert_eq!(states().await, [(new.clone(), State::Waits(begin)), (old.clone(), State::Signs)]);
        world.wait(LEAD);
        assert_eq!(states().await, [(new, State::Signs), (old, State::Published(begin + 30 * DAY))]);
    }

    async fn private_keys_are_sealed_and_outlive_a_change_of_the_secret(world: World) {
        let ada = world.user("ada@example.com").await;
        let token = issue(&world.cx, &ada).await.unwrap();
        let (before, after) = (world.cx.secret.clone(), Secret::new("another-secret-0123456789-abcdefghijklmnopqr"));
        let forgotten = Cx { secret: after.clone(), ..another_node(&world) };
        let error = issue(&forgotten, &ada).await.unwrap_err().to_string();
        assert!(error.contains("jwks.private_key") && error.contains(&before.id().to_string()), "{error}");
        assert!(read(&token, &keys(&forgotten).await).is_some(), "checking needs no secret");

        let old = SecretString::from("test-secret-0123456789-abcdefghijklmnopqrstuvwxyz".to_owned());
        let changed = Cx { secret: after.clone().after([old]), ..another_node(&world) };
        assert_eq!(signer(&issue(&changed, &ada).await.unwrap()), signer(&token));
        let mut rotation = Rotation::new(&changed);
        while rotation.step().await.unwrap().is_some() {}
        let only = Cx { secret: after, ..another_node(&world) };
        assert_eq!(signer(&issue(&only, &ada).await.unwrap()), signer(&token));
    }
}
