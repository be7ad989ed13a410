//! Providers that are down, slow to come up, or others than they were.

use model::{ProviderRefusal, Refusal};

use super::*;
use crate::testing::{HOUR, at_once, refusal};

fn unreachable() -> Refusal {
    ProviderRefusal::NotSignedIn(ProviderFailure::Unreachable).into()
}

db::both! {
    async fn a_provider_that_is_down_at_first_is_asked_again(stage: Stage) {
        stage.idp.now(|manners| manners.down = true);
        assert_eq!(refusal(stage.begin("acme", None).await), unreachable());
        stage.idp.now(|manners| manners.down = false);
        let (ida, _) = entered(stage.come("acme", &person("s-1", IDA)).await);
        assert_eq!(stage.idp.calls("/.well-known/openid-configuration"), 2);
        entered(stage.come("acme", &person("s-1", IDA)).await);
        assert_eq!(stage.idp.calls("/.well-known/openid-configuration"), 2, "remembered");
        stage.world.wait(HOUR);
        entered(stage.come("acme", &person("s-1", IDA)).await);
        assert_eq!(stage.idp.calls("/.well-known/openid-configuration"), 3, "for an hour");
        assert!(stage.world.find(&ida).await.is_some());
    }

    async fn a_provider_that_goes_down_on_the_way_is_named_as_such(stage: Stage) {
        let ida = person("s-1", IDA);
        let begun = stage.begin("acme", None).await.unwrap();
        let returned = stage.agreed("acme", &begun, &ida);
        stage.idp.now(|manners| manners.down = true);
        assert_eq!(failed(stage.finish(&returned, &begun.browser, None).await), ProviderFailure::Unreachable);
        let tokens = stage.idp.tokens(&ida, None);
        stage.world.wait(25 * HOUR);
        let given = given(&tokens);
        let refused = link::enter_with_token(stage.cx(), "acme", given, &Client::default()).await;
        assert_eq!(refusal(refused), unreachable());
    }

    async fn what_a_provider_told_serves_for_a_day_while_it_can_not_be_asked_again(stage: Stage) {
        entered(stage.come("acme", &person("s-1", IDA)).await);
        stage.idp.now(|manners| manners.down = true);
        stage.world.wait(2 * HOUR);
        for _ in 0..3 {
            stage.begin("acme", None).await.unwrap();
            let tokens = stage.idp.tokens(&person("s-1", IDA), None);
            link::enter_with_token(stage.cx(), "acme", given(&tokens), &Client::default()).await.unwrap();
        }
        assert_eq!(stage.idp.calls("/.well-known/openid-configuration"), 2, "not at every visit");
        stage.world.wait(23 * HOUR);
        assert_eq!(refusal(stage.begin("acme", None).await), unreachable());
        stage.idp.now(|manners| manners.down = false);
        entered(stage.come("acme", &person("s-1", IDA)).await);
    }

    async fn many_who_wait_for_a_provider_that_is_down_hear_it_together(stage: Stage) {
        stage.idp.now(|manners| manners.down = true);
        let results = at_once(50, |_| {
            let cx = stage.cx().clone();
            async move { flow::begin(&cx, Begin { provider: "acme", ..Begin::default() }).await }
        })
        .await;
        assert!(results.into_iter().all(|result| refusal(result) == unreachable()));
        assert!(stage.idp.calls("/.well-known/openid-configuration") <= 5);
    }

    async fn a_provider_nobody_listens_at_or_that_is_private_is_out_of_reach(stage: Stage) {
        let mut stage = stage;
        stage.offer("acme", |draft| draft.issuer = Some("http://127.0.0.1:9".to_owned()));
        assert_eq!(refusal(stage.begin("acme", None).await), unreachable());
        stage.offer("acme", |_| {});
        stage.world.settings(|settings| settings.outbound.allow.clear());
        assert_eq!(refusal(stage.begin("acme", None).await), unreachable());
        assert_eq!(stage.idp.calls("/.well-known/openid-configuration"), 0, "A46");
    }

    async fn a42_a_document_that_names_another_issuer_is_not_used(stage: Stage) {
        for metadata in [json!({ "issuer": "https://evil.example" }), json!({ "issuer": null }), json!({ "token_endpoint": null })] {
            stage.idp.now(|manners| manners.metadata = metadata);
            assert_eq!(refusal(stage.begin("acme", None).await), unreachable());
        }
    }

    async fn a42_an_account_stays_its_issuer_s_when_the_operator_gives_the_name_to_another(stage: Stage) {
        let mut stage = stage;
        let ida = entered(stage.come("acme", &person("s-1", IDA)).await).0;
        let old = std::mem::replace(&mut stage.idp, StandIn::open(stage.world.cx.clock.clone()).await);
        stage.offer("acme", |draft| draft.trusted = Some(true));
        // The same subject and the same address, at somebody else's.
        assert_eq!(failed(stage.come("acme", &person("s-1", IDA)).await), ProviderFailure::AccountNotLinked);
        assert!(!connections(stage.cx(), &ida.user.id).await.unwrap()[0].offered);
        stage.idp = old;
        stage.offer("acme", |draft| draft.trusted = Some(true));
        assert_eq!(entered(stage.come("acme", &person("s-1", IDA)).await).0.user.id, ida.user.id);
    }

    async fn a_provider_that_is_taken_away_on_the_way_signs_nobody_in(stage: Stage) {
        let mut stage = stage;
        let begun = stage.begin("acme", None).await.unwrap();
        let returned = stage.agreed("acme", &begun, &person("s-1", IDA));
        stage.world.settings(|settings| settings.providers.offered.clear());
        let finished = stage.finish(&returned, &begun.browser, None).await;
        assert_eq!(failed(finished), ProviderFailure::OauthProviderNotFound);
        assert_eq!(refusal(stage.begin("acme", None).await), ProviderRefusal::NotFound.into());
    }
}
