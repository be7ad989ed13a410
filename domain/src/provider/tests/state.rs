//! The way there and back (SECURITY 65, 66).

use std::time::Duration;

use super::*;
use crate::session;
use crate::testing::{SECOND, at_once};

db::both! {
    async fn a41_what_comes_back_must_have_been_sent(stage: Stage) {
        let begun = stage.begin("acme", None).await.unwrap();
        let right = stage.agreed("acme", &begun, &person("s-1", IDA));
        let changed = |state: Option<&str>| Returned { state: state.map(str::to_owned), ..right.clone() };
        for (state, failure) in [
            (None, ProviderFailure::StateNotFound),
            (Some(""), ProviderFailure::StateNotFound),
            (Some("' OR 1=1 --"), ProviderFailure::StateNotFound),
            (Some("0123456789abcdef0123456789abcdef"), ProviderFailure::StateMismatch),
        ] {
            assert_eq!(failed(stage.finish(&changed(state), &begun.browser, None).await), failure, "{state:?}");
        }
        assert_eq!(stage.idp.calls("/token"), 0);
        entered(stage.finish(&right, &begun.browser, None).await);
    }

    async fn a41_another_browser_finishes_nothing(stage: Stage) {
        let (attacker, victim) = (stage.begin("acme", None).await.unwrap(), stage.begin("acme", None).await.unwrap());
        let sent = stage.agreed("acme", &attacker, &person("s-evil", "eve@example.com"));
        let cx = stage.cx();
        for browser in [Some(&victim.browser), None] {
            let finished = flow::finish(cx, &sent, browser, None, &Client::default()).await.unwrap();
            let Finished::Failed(failure, to, _) = finished else { panic!("{finished:?}") };
            assert_eq!((failure, to.as_deref()), (ProviderFailure::StateMismatch, Some("/oops")));
        }
        assert_eq!(stage.world.count("SELECT COUNT(*) FROM sessions").await, 0);
        entered(stage.finish(&sent, &attacker.browser, None).await);
    }

    async fn a41_one_provider_s_answer_is_no_good_at_another(stage: Stage) {
        let mut stage = stage;
        stage.offer("other", |draft| draft.trusted = Some(true));
        let begun = stage.begin("acme", None).await.unwrap();
        let right = stage.agreed("acme", &begun, &person("s-1", IDA));
        let mixed = Returned { provider: "other".to_owned(), ..right.clone() };
        assert_eq!(failed(stage.finish(&mixed, &begun.browser, None).await), ProviderFailure::StateMismatch);
        // Nor is its code, in a way that was begun for the other one.
        let other = stage.begin("other", None).await.unwrap();
        let injected = Returned { state: stage.agreed("other", &other, &person("s-1", IDA)).state, provider: "other".into(), ..right.clone() };
        assert_eq!(failed(stage.finish(&injected, &other.browser, None).await), ProviderFailure::InvalidCode, "PKCE");
        assert_eq!(failed(stage.finish(&right, &begun.browser, None).await), ProviderFailure::InvalidCode, "the code is spent");
    }

    async fn a41_a_state_is_good_once_however_many_try(stage: Stage) {
        let begun = stage.begin("acme", None).await.unwrap();
        let returned = stage.agreed("acme", &begun, &person("s-1", IDA));
        let results = at_once(50, |_| {
            let (cx, returned, browser) = (stage.cx().clone(), returned.clone(), begun.browser.clone());
            async move { flow::finish(&cx, &returned, Some(&browser), None, &Client::default()).await.unwrap() }
        })
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(|result| matches!(result, Finished::Entered(..)));
        assert_eq!((won.len(), stage.idp.calls("/token")), (1, 1));
        for lost in lost {
            assert_eq!(failed(lost), ProviderFailure::StateMismatch);
        }
        assert_eq!(failed(stage.finish(&returned, &begun.browser, None).await), ProviderFailure::StateMismatch);
    }

    async fn a41_a_state_ends_after_ten_minutes(stage: Stage) {
        let (early, late) = (stage.begin("acme", None).await.unwrap(), stage.begin("acme", None).await.unwrap());
        let ida = person("s-1", IDA);
        stage.world.wait(Duration::from_secs(599));
        entered(stage.finish(&stage.agreed("acme", &early, &ida), &early.browser, None).await);
        stage.world.wait(SECOND);
        assert_eq!(failed(stage.finish(&stage.agreed("acme", &late, &ida), &late.browser, None).await), ProviderFailure::StateMismatch);
        assert_eq!(crate::sweep::sweep(stage.cx()).await.unwrap().provider_flows, 1);
    }

    async fn several_tabs_of_one_browser_sign_in_side_by_side(stage: Stage) {
        let first = stage.begin("acme", None).await.unwrap();
        let again = Begin { provider: "acme", browser: Some(first.browser.clone()), ..Begin::default() };
        let second = flow::begin(stage.cx(), again).await.unwrap();
        assert_eq!(first.browser.expose(), second.browser.expose());
        for begun in [first, second] {
            entered(stage.finish(&stage.agreed("acme", &begun, &person("s-1", IDA)), &begun.browser, None).await);
        }
    }

    async fn an_answer_without_a_code_or_with_a_provider_s_error_ends_there(stage: Stage) {
        for (code, error, expected) in [
            (None, None, "no_code"),
            (None, Some("access_denied"), "access_denied"),
            (Some("made-up"), None, "invalid_code"),
            (None, Some("<script>"), "invalid_code"),
            (None, Some("account_not_linked"), "account_not_linked"),
        ] {
            let begun = stage.begin("acme", None).await.unwrap();
            let right = stage.agreed("acme", &begun, &person("s-1", IDA));
            let odd = Returned { code: code.map(Into::into), error: error.map(str::to_owned), ..right };
            assert_eq!(failed(stage.finish(&odd, &begun.browser, None).await).code(), expected);
        }
        assert_eq!(stage.users().await, 0);
    }

    async fn what_is_under_way_holds_no_secret_that_can_be_read(stage: Stage) {
        let begun = stage.begin("acme", None).await.unwrap();
        let state = stage.agreed("acme", &begun, &person("s-1", IDA)).state.unwrap();
        let sql = "SELECT state_hash, browser_hash, verifier FROM provider_flows";
        let (state_hash, browser_hash, verifier) = stage.world.row::<(Vec<u8>, Vec<u8>, Vec<u8>)>(sql).await;
        assert!(state_hash != state.as_bytes() && browser_hash != begun.browser.expose().as_bytes());
        assert!(verifier.len() > 43 && !verifier.is_ascii(), "sealed");
    }

    async fn scopes_that_are_asked_for_beside_are_read_with_care(stage: Stage) {
        let scopes = ["email", "calendar.read", "a b", "", "x\"y", "ü"].map(str::to_owned);
        let begin = Begin { provider: "acme", scopes: &scopes, hint: Some("ida@example.com&x=y"), ..Begin::default() };
        let begun = flow::begin(stage.cx(), begin).await.unwrap();
        let asked = |name: &str| begun.address.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned());
        assert_eq!(asked("scope").as_deref(), Some("openid email profile calendar.read"));
        assert_eq!(asked("login_hint").as_deref(), Some("ida@example.com&x=y"));
        assert_eq!(asked("redirect_uri").as_deref(), Some("http://localhost:3000/api/auth/callback/acme"));
    }

    async fn a6_an_account_is_connected_only_in_the_session_that_began(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        let other = stage.world.sign_in(IDA, crate::testing::PASSWORD).await.unwrap();
        let eve = stage.world.user("eve@example.com").await;
        let me = person("s-1", IDA);
        for current in [Some(&other), Some(&eve), None] {
            let begun = stage.begin("acme", Some(&ida)).await.unwrap();
            let finished = stage.finish(&stage.agreed("acme", &begun, &me), &begun.browser, current).await;
            assert!(matches!(finished, Finished::Failed(ProviderFailure::UnableToLinkAccount, Some(_), true)), "{finished:?}");
        }
        let begun = stage.begin("acme", Some(&ida)).await.unwrap();
        let sent = stage.agreed("acme", &begun, &me);
        let elsewhere = flow::finish(stage.cx(), &sent, None, Some(&ida), &Client::default()).await.unwrap();
        assert_eq!(failed(elsewhere), ProviderFailure::StateMismatch, "another browser");
        session::sign_out(stage.cx(), &ida.token).await.unwrap();
        let gone = stage.finish(&sent, &begun.browser, Some(&ida)).await;
        assert_eq!(failed(gone), ProviderFailure::UnableToLinkAccount, "signed out meanwhile");
        assert!(stage.connected(&ida).await.is_empty() && stage.connected(&eve).await.is_empty());
    }
}
