//! Connecting and disconnecting in the settings.

use model::{AccountId, ProviderRefusal, Refusal};

use super::*;
use crate::passkey;
use crate::testing::authenticator::Authenticator;
use crate::testing::{HOUR, at_once, one_winner, refusal};

impl Stage {
    /// The connection of `current` with `provider`.
    async fn connection(&self, current: &Current, provider: &str) -> AccountId {
        let connections = connections(self.cx(), &current.user.id).await.unwrap();
        connections.into_iter().find(|connection| connection.provider.id == provider).unwrap().id
    }
}

db::both! {
    async fn an_account_is_connected_and_signs_in_from_then_on(stage: Stage) {
        let mut stage = stage;
        stage.offer("other", |_| {});
        let ida = stage.world.user(IDA).await;
        let mut me = person("s-1", IDA);
        me["email_verified"] = json!(false);
        linked(&stage.connect("other", &ida, &me).await);
        linked(&stage.connect("other", &ida, &me).await);
        assert_eq!(stage.connected(&ida).await, ["other"], "once");
        let mail = stage.world.mails(IDA).await.remove(0);
        assert!(mail.content.text.contains("Sign-in with 127.0.0.1 was connected"), "{}", mail.content.text);
        let (opened, is_new) = entered(stage.come("other", &me).await);
        assert!(!is_new && opened.user.id == ida.user.id, "though neither the provider nor its address is trusted");
    }

    async fn another_s_account_or_address_is_refused(stage: Stage) {
        let mut stage = stage;
        let eve = entered(stage.come("acme", &person("s-evil", "eve@example.com")).await).0;
        let ida = stage.world.user(IDA).await;
        let taken = stage.connect("acme", &ida, &person("s-evil", IDA)).await;
        assert_eq!(failed(taken), ProviderFailure::AccountAlreadyLinkedToDifferentUser);
        let other = stage.connect("acme", &ida, &person("s-1", "ida@elsewhere.example")).await;
        assert_eq!(failed(other), ProviderFailure::EmailDoesNotMatch);
        assert!(stage.connected(&ida).await.is_empty() && stage.connected(&eve).await == ["acme"]);
        stage.world.settings(|settings| settings.providers.different_emails = true);
        linked(&stage.connect("acme", &ida, &person("s-1", "ida@elsewhere.example")).await);
    }

    async fn a6_connecting_needs_a_fresh_session(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        stage.world.wait(HOUR);
        assert_eq!(refusal(stage.begin("acme", Some(&ida)).await), Refusal::SessionNotFresh);
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        let refused = refusal(link::connect_with_token(stage.cx(), &ida, "acme", given(&tokens)).await);
        assert_eq!(refused, Refusal::SessionNotFresh);
    }

    async fn an_account_is_connected_by_an_id_token(stage: Stage) {
        let cx = stage.cx();
        let ida = stage.world.user(IDA).await;
        entered(stage.come("acme", &person("s-evil", "eve@example.com")).await);
        for (sub, address, expected) in [
            ("s-1", "x@example.com", ProviderRefusal::DifferentEmails),
            ("s-evil", IDA, ProviderRefusal::AlreadyLinked),
        ] {
            let tokens = stage.idp.tokens(&person(sub, address), None);
            assert_eq!(refusal(link::connect_with_token(cx, &ida, "acme", given(&tokens)).await), expected.into());
        }
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        link::connect_with_token(cx, &ida, "acme", given(&tokens)).await.unwrap();
        assert_eq!(stage.connected(&ida).await, ["acme"]);
    }

    async fn one_account_at_a_provider_is_connected_with_one_user_only(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.providers.different_emails = true);
        let mut ready = Vec::new();
        for number in 0..10 {
            let user = stage.world.user(&format!("user{number}@example.com")).await;
            let begun = stage.begin("acme", Some(&user)).await.unwrap();
            ready.push((stage.agreed("acme", &begun, &person("s-1", IDA)), begun.browser, user));
        }
        let results = at_once(10, |number| {
            let (cx, (returned, browser, user)) = (stage.cx().clone(), ready[number].clone());
            async move { flow::finish(&cx, &returned, Some(&browser), Some(&user), &Client::default()).await.unwrap() }
        })
        .await;
        let won = results.iter().filter(|result| matches!(result, Finished::Linked(_))).count();
        assert_eq!((won, stage.world.count("SELECT COUNT(*) FROM accounts WHERE provider_id = 'acme'").await), (1, 1));
    }

    async fn disconnecting_is_told_and_ends_that_way_in(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        linked(&stage.connect("acme", &ida, &person("s-1", IDA)).await);
        let id = stage.connection(&ida, "acme").await;
        let eve = stage.world.user("eve@example.com").await;
        assert_eq!(refusal(account::unlink(stage.cx(), &eve, &id).await), Refusal::AccountNotFound);
        stage.world.moment();
        account::unlink(stage.cx(), &ida, &id).await.unwrap();
        let mail = stage.world.mails(IDA).await.remove(0);
        assert!(mail.content.text.contains("Sign-in with 127.0.0.1 was disconnected"), "{}", mail.content.text);
        assert_eq!(refusal(account::unlink(stage.cx(), &ida, &id).await), Refusal::AccountNotFound);
        stage.world.wait(HOUR);
        assert_eq!(refusal(account::unlink(stage.cx(), &ida, &id).await), Refusal::SessionNotFresh);
    }

    async fn the_last_way_in_stays_and_a_provider_that_is_gone_is_none(stage: Stage) {
        let mut stage = stage;
        stage.offer("other", |draft| draft.trusted = Some(true));
        let ida = entered(stage.come("acme", &person("s-1", IDA)).await).0;
        let acme = stage.connection(&ida, "acme").await;
        assert_eq!(refusal(account::unlink(stage.cx(), &ida, &acme).await), Refusal::LastAccount);
        linked(&stage.connect("other", &ida, &person("o-1", IDA)).await);
        let offered = stage.world.cx.settings.providers.offered.clone();
        stage.world.settings(|settings| settings.providers.offered.retain(|provider| provider.id == "acme"));
        assert_eq!(refusal(account::unlink(stage.cx(), &ida, &acme).await), Refusal::LastAccount, "the other one isn't offered");
        // Nor one whose name now stands for somebody else.
        stage.world.settings(|settings| settings.providers.offered = offered);
        stage.offer("other", |draft| draft.issuer = Some("https://elsewhere.example".to_owned()));
        assert_eq!(refusal(account::unlink(stage.cx(), &ida, &acme).await), Refusal::LastAccount);
        let other = stage.connection(&ida, "other").await;
        account::unlink(stage.cx(), &ida, &other).await.unwrap();
    }

    async fn an_account_of_an_earlier_issuer_is_named_disconnected_and_connected_anew(stage: Stage) {
        let mut stage = stage;
        let ida = entered(stage.come("acme", &person("s-1", IDA)).await).0;
        stage.idp = StandIn::open(stage.world.cx.clock.clone()).await;
        stage.offer("acme", |draft| draft.trusted = Some(true));
        let failure = failed(stage.connect("acme", &ida, &person("s-1", IDA)).await);
        assert_eq!(failure, ProviderFailure::AccountOfEarlierIssuer);
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        let refused = refusal(link::connect_with_token(stage.cx(), &ida, "acme", given(&tokens)).await);
        assert_eq!(refused, ProviderRefusal::LinkingNotAllowed.into());
        // It signs nobody in: there is no last way in to keep.
        account::unlink(stage.cx(), &ida, &stage.connection(&ida, "acme").await).await.unwrap();
        linked(&stage.connect("acme", &ida, &person("s-1", IDA)).await);
        assert_eq!(entered(stage.come("acme", &person("s-1", IDA)).await).0.user.id, ida.user.id);
    }

    async fn of_two_ways_in_that_are_removed_at_once_one_stays(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        linked(&stage.connect("acme", &ida, &person("s-1", IDA)).await);
        let rows = account::list(stage.cx(), &ida.user.id).await.unwrap();
        let results = at_once(2, |number| {
            let (cx, ida, id) = (stage.cx().clone(), ida.clone(), rows[number].id.clone());
            async move { account::unlink(&cx, &ida, &id).await }
        })
        .await;
        one_winner(results, &Refusal::LastAccount);
    }

    async fn a_passkey_may_be_removed_while_a_provider_is_left(stage: Stage) {
        let mut stage = stage;
        let ida = entered(stage.come("acme", &person("s-1", IDA)).await).0;
        let begun = passkey::begin_registration(stage.cx(), &ida, None, None).await.unwrap();
        let response = Authenticator::default().create(&begun.options);
        let passkey = passkey::finish_registration(stage.cx(), &ida, &begun.token, &response, None).await.unwrap();
        let offered = stage.world.cx.settings.providers.offered.clone();
        stage.world.settings(|settings| settings.providers.offered.clear());
        assert_eq!(refusal(passkey::delete(stage.cx(), &ida, &passkey.id).await), Refusal::LastAccount);
        stage.world.settings(|settings| settings.providers.offered = offered);
        passkey::delete(stage.cx(), &ida, &passkey.id).await.unwrap();
    }

    async fn nothing_is_left_of_a_deleted_account_and_others_keep_theirs(stage: Stage) {
        let (ida, eve) = (person("s-1", IDA), person("s-2", "eve@example.com"));
        let first = entered(stage.come("acme", &ida).await).0;
        let other = entered(stage.come("acme", &eve).await).0;
        let begun = stage.begin("acme", Some(&first)).await.unwrap();
        stage.world.write("DELETE FROM users WHERE id = $1", &[first.user.id.as_str()]).await;
        assert_eq!(stage.world.count("SELECT COUNT(*) FROM accounts").await, 1);
        assert_eq!(stage.world.count("SELECT COUNT(*) FROM provider_flows").await, 0);
        let late = stage.finish(&stage.agreed("acme", &begun, &ida), &begun.browser, Some(&first)).await;
        assert_eq!(failed(late), ProviderFailure::StateMismatch);
        assert_eq!(stage.connected(&other).await, ["acme"]);
        assert!(entered(stage.come("acme", &ida).await).1, "a new account");
    }
}
