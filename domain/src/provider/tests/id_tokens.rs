//! ID tokens that aren't believed (SECURITY 68).

use std::time::Duration;

use super::*;
use crate::testing::SECOND;

impl Stage {
    /// Comes with an ID token in which `claims` are otherwise.
    async fn come_with(&self, claims: Value) -> Finished {
        self.idp.now(|manners| manners.claims = claims);
        let finished = self.come("acme", &person("s-1", IDA)).await;
        self.idp.now(|manners| manners.claims = json!({}));
        finished
    }
}

db::both! {
    async fn a42_an_id_token_that_does_not_fit_signs_nobody_in(stage: Stage) {
        let now = stage.cx().now().micros() / 1_000_000;
        for claims in [
            json!({ "nonce": "another" }),
            json!({ "nonce": null }),
            json!({ "aud": "somebody-else" }),
            json!({ "aud": ["latchkey", "somebody-else"] }),
            json!({ "aud": [] }),
            json!({ "aud": null }),
            json!({ "azp": "somebody-else" }),
            json!({ "iss": "https://evil.example" }),
            json!({ "iss": format!("{}/", stage.idp.origin) }),
            json!({ "iss": null }),
            json!({ "exp": now - 301 }),
            json!({ "exp": null }),
            json!({ "iat": now + 330 }),
            json!({ "nbf": now + 330 }),
            json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
            json!({ "sub": null }),
        ] {
            let failure = failed(stage.come_with(claims.clone()).await);
            assert_eq!(failure, ProviderFailure::InvalidToken, "{claims}");
        }
        for claims in [json!({ "sub": "" }), json!({ "sub": "a\u{0}b" }), json!({ "sub": "x".repeat(256) })] {
            assert_eq!(failed(stage.come_with(claims).await), ProviderFailure::UnableToGetUserInfo);
        }
        assert_eq!(stage.users().await, 0);
        entered(stage.come_with(json!({ "aud": ["latchkey"], "azp": "latchkey", "nbf": now })).await);
    }

    async fn a_clock_may_be_five_minutes_off(stage: Stage) {
        let now = stage.cx().now().micros() / 1_000_000;
        for claims in [json!({ "exp": now - 270 }), json!({ "iat": now + 299, "nbf": now + 299, "exp": now + 600 })] {
            entered(stage.come_with(claims).await);
        }
    }

    async fn a42_an_id_token_ends_to_the_second(stage: Stage) {
        let person = person("s-1", IDA);
        let tokens = stage.idp.tokens(&person, None);
        stage.world.wait(Duration::from_secs(595));
        let given = || given(&tokens);
        link::enter_with_token(stage.cx(), "acme", given(), &Client::default()).await.unwrap();
        stage.world.wait(5 * SECOND);
        let late = link::enter_with_token(stage.cx(), "acme", given(), &Client::default()).await;
        assert_eq!(crate::testing::refusal(late), model::ProviderRefusal::InvalidToken.into());
        entered(stage.come("acme", &person).await);
    }

    async fn a42_a_signature_that_is_none_of_the_provider_s_signs_nobody_in(stage: Stage) {
        let ida = person("s-1", IDA);
        for signer in [Signer::Nobody, Signer::Secret, Signer::Key(Key::es256("unknown")), Signer::Key(Key::es256("first")), Signer::Key(Key::rs256("first"))] {
            stage.world.wait(Duration::from_secs(11));
            stage.idp.now(|manners| manners.signer = signer);
            assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::InvalidToken);
        }
        stage.idp.now(|manners| manners.answer = json!({ "id_token": "not.a.token" }));
        assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::InvalidToken);
        stage.idp.now(|manners| manners.answer = json!({ "id_token": null }));
        assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::InvalidToken);
        assert_eq!(stage.users().await, 0);
    }

    async fn a42_an_answer_names_the_right_issuer_where_one_is_named_or_promised(stage: Stage) {
        let ida = person("s-1", IDA);
        let with = async |iss: Option<&str>| {
            let begun = stage.begin("acme", None).await.unwrap();
            let returned = Returned { iss: iss.map(str::to_owned), ..stage.agreed("acme", &begun, &ida) };
            stage.finish(&returned, &begun.browser, None).await
        };
        assert_eq!(failed(with(Some("https://evil.example")).await), ProviderFailure::IssuerMismatch);
        assert_eq!(failed(with(Some("")).await), ProviderFailure::IssuerMismatch);
        entered(with(None).await);
        entered(with(Some(&stage.idp.origin)).await);
        assert_eq!(stage.idp.calls("/token"), 2, "another's code was shown to nobody");
    }

    async fn a42_an_issuer_that_promises_to_name_itself_must(stage: Stage) {
        stage.idp.now(|manners| manners.metadata = json!({ "authorization_response_iss_parameter_supported": true }));
        let ida = person("s-1", IDA);
        let begun = stage.begin("acme", None).await.unwrap();
        let stripped = Returned { iss: None, ..stage.agreed("acme", &begun, &ida) };
        assert_eq!(failed(stage.finish(&stripped, &begun.browser, None).await), ProviderFailure::IssuerMismatch);
        entered(stage.come("acme", &ida).await);
    }

    async fn a_provider_changes_its_keys_at_any_time(stage: Stage) {
        let ida = person("s-1", IDA);
        entered(stage.come("acme", &ida).await);
        for key in [Key::rs256("second"), Key::es256("third")] {
            stage.world.wait(Duration::from_secs(11));
            let fetched = stage.idp.calls("/jwks");
            stage.idp.now(|manners| (manners.keys, manners.signer) = (vec![key.clone()], Signer::Key(key)));
            entered(stage.come("acme", &ida).await);
            entered(stage.come("acme", &ida).await);
            assert_eq!(stage.idp.calls("/jwks"), fetched + 1);
        }
    }

    async fn a42_a_key_that_was_withdrawn_signs_nobody_in(stage: Stage) {
        entered(stage.come("acme", &person("s-1", IDA)).await);
        stage.idp.now(|manners| manners.keys = vec![Key::es256("second")]);
        // What is remembered is asked for anew every hour.
        stage.world.wait(crate::testing::HOUR);
        assert_eq!(failed(stage.come("acme", &person("s-1", IDA)).await), ProviderFailure::InvalidToken);
    }

    async fn made_up_keys_do_not_make_us_ask_again_and_again(stage: Stage) {
        entered(stage.come("acme", &person("s-1", IDA)).await);
        stage.world.wait(Duration::from_secs(11));
        stage.idp.now(|manners| manners.signer = Signer::Key(Key::es256("made-up")));
        for _ in 0..5 {
            failed(stage.come("acme", &person("s-1", IDA)).await);
        }
        assert_eq!(stage.idp.calls("/jwks"), 2);
    }

    async fn keys_that_can_not_be_had_are_not_asked_for_again_and_again(stage: Stage) {
        entered(stage.come("acme", &person("s-1", IDA)).await);
        stage.world.wait(Duration::from_secs(11));
        let fetched = stage.idp.calls("/jwks");
        stage.idp.now(|manners| (manners.signer, manners.down) = (Signer::Key(Key::es256("made-up")), true));
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        for _ in 0..5 {
            let refused = link::enter_with_token(stage.cx(), "acme", given(&tokens), &Client::default()).await;
            let unreachable = model::ProviderRefusal::NotSignedIn(ProviderFailure::Unreachable);
            assert_eq!(crate::testing::refusal(refused), unreachable.into());
        }
        assert_eq!(stage.idp.calls("/jwks"), fetched + 1);
    }

    async fn what_the_id_token_leaves_out_is_asked_for_but_never_of_another(stage: Stage) {
        stage.idp.now(|manners| {
            manners.claims = json!({ "email": null, "email_verified": null, "name": null });
            manners.profile = person("s-2", IDA);
        });
        assert_eq!(failed(stage.come("acme", &person("s-1", IDA)).await), ProviderFailure::EmailNotFound);
        stage.idp.now(|manners| manners.profile = Value::Null);
        let (opened, _) = entered(stage.come("acme", &person("s-1", IDA)).await);
        assert_eq!(opened.user.name, "Ida Provider");
    }

    async fn an_issuer_s_last_slash_may_be_forgotten_by_the_operator(stage: Stage) {
        let mut stage = stage;
        let (bare, slash) = (stage.idp.origin.clone(), format!("{}/", stage.idp.origin));
        stage.idp.now(|manners| {
            manners.metadata = json!({ "issuer": slash });
            manners.claims = json!({ "iss": slash });
        });
        let (first, _) = entered(stage.come("acme", &person("s-1", IDA)).await);
        for written in [slash.clone(), bare.clone(), format!("{bare}/.well-known/openid-configuration")] {
            stage.offer("acme", |draft| draft.issuer = Some(written));
            assert_eq!(entered(stage.come("acme", &person("s-1", IDA)).await).0.user.id, first.user.id);
        }
        assert!(connections(stage.cx(), &first.user.id).await.unwrap()[0].offered);
    }
}
