//! A provider's tokens (SECURITY 69).

use std::sync::Arc;
use std::time::Duration;

use model::{AccountId, ProviderRefusal, Refusal};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::*;
use crate::provider::store;
use crate::provider::tokens::{self, Given};
use crate::testing::{HOUR, SECOND, at_once, refusal};
use crate::{Error, Secret, seal};

impl Stage {
    /// Ida, signed in through the provider, and her connection.
    async fn ida(&self) -> (Opened, AccountId) {
        let ida = entered(self.come("acme", &person("s-1", IDA)).await).0;
        let id = connections(self.cx(), &ida.user.id).await.unwrap().remove(0).id;
        (ida, id)
    }
}

impl Stage {
    /// Waits until somebody refreshes, and a little longer: nobody else does.
    async fn nobody_else_calls(&self) {
        while self.idp.calls("/token") < 2 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(self.idp.calls("/token"), 2);
    }
}

fn access(given: &Given) -> &str {
    given.access.expose_secret()
}

fn refused<T>(result: Result<T>) -> ProviderRefusal {
    match refusal(result) {
        Refusal::Provider(refusal) => refusal,
        other => panic!("about the provider, not {other:?}"),
    }
}

db::both! {
    async fn whoever_signed_in_gets_the_tokens_and_nobody_else(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let given = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        assert_eq!((given.provider.as_str(), given.subject.as_str()), ("acme", "s-1"));
        assert_eq!(given.scopes, ["openid", "email", "profile"]);
        let left = given.access_until.unwrap().since(stage.cx().now());
        assert!(given.refresh.is_some() && given.id.is_some() && left > Duration::from_secs(3590) && left <= HOUR);
        let (profile, told, _) = tokens::info(stage.cx(), &ida, &id).await.unwrap();
        assert_eq!((profile.email.as_deref(), told["sub"].as_str()), (Some(IDA), Some("s-1")));
        let eve = stage.world.user("eve@example.com").await;
        assert_eq!(refusal(tokens::access(stage.cx(), &eve, &id).await), Refusal::AccountNotFound);
        assert_eq!(refusal(tokens::refresh(stage.cx(), &eve, &id).await), Refusal::AccountNotFound);
        assert_eq!(refusal(tokens::info(stage.cx(), &eve, &id).await.map(drop)), Refusal::AccountNotFound);
    }

    async fn no_token_can_be_read_in_the_database(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let given = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        let sealed = "SELECT access_token, refresh_token, id_token FROM accounts";
        let (a, b, c) = stage.world.row::<(Vec<u8>, Vec<u8>, Vec<u8>)>(sealed).await;
        let (refresh, id_token) = (given.refresh.unwrap(), given.id.unwrap());
        let secrets = [given.access.expose_secret(), refresh.expose_secret(), id_token.expose_secret()];
        // The same again as texts, whatever else may be in the rows.
        let texts = "SELECT CAST(id || user_id || provider_id || account_id || COALESCE(issuer, '') || COALESCE(email, '') || COALESCE(scopes, '') || COALESCE(password, '') AS TEXT) AS all_texts FROM accounts";
        let (texts,) = stage.world.row::<(String,)>(texts).await;
        for column in [&a[..], &b, &c, texts.as_bytes()] {
            for secret in secrets {
                assert!(!column.windows(8).any(|part| part == &secret.as_bytes()[..8]));
            }
        }
        assert!(!format!("{:?}", tokens::access(stage.cx(), &ida, &id).await.unwrap()).contains(secrets[0]));
    }

    async fn a_secret_that_is_missing_is_named_and_one_before_still_opens(stage: Stage) {
        let mut stage = stage;
        let (ida, id) = stage.ida().await;
        let first = stage.world.cx.secret.clone();
        let another = "another-secret-0123456789-abcdefghijklmnopqrstuvwxyz";
        stage.world.cx.secret = Secret::new(another);
        let Err(Error::Broken(error)) = tokens::access(stage.cx(), &ida, &id).await.map(drop) else { panic!("it can't be opened") };
        assert!(error.to_string().contains(&first.id().to_string()), "{error}");
        stage.world.cx.secret = Secret::new(another).after(["test-secret-0123456789-abcdefghijklmnopqrstuvwxyz".into()]);
        tokens::access(stage.cx(), &ida, &id).await.unwrap();
    }

    async fn tokens_are_renewed_while_they_are_sealed_anew(stage: Stage) {
        let mut stage = stage;
        let (ida, id) = stage.ida().await;
        let secrets = ["another-secret-0123456789-abcdefghijklmnopqrstuvwxyz", "test-secret-0123456789-abcdefghijklmnopqrstuvwxyz"];
        for round in 0..10 {
            let before = tokens::access(stage.cx(), &ida, &id).await.unwrap();
            stage.world.cx.secret = Secret::new(secrets[round % 2]).after([secrets[(round + 1) % 2].into()]);
            let renewed = at_once(6, |number| {
                let (cx, ida, id) = (stage.cx().clone(), ida.clone(), id.clone());
                async move {
                    if number % 2 == 0 {
                        return Some(tokens::refresh(&cx, &ida, &id).await.unwrap());
                    }
                    let mut rotation = seal::Rotation::new(&cx);
                    while rotation.step().await.unwrap().is_some() {}
                    None
                }
            })
            .await;
            for given in renewed.iter().flatten() {
                assert_ne!(access(given), access(&before), "nobody gets the old one for a new one");
            }
            let mut rotation = seal::Rotation::new(stage.cx());
            while rotation.step().await.unwrap().is_some() {}
            let present = stage.cx().secret.id();
            let census = seal::census(stage.cx()).await.unwrap();
            assert!(census.iter().all(|kept| kept.under == Some(present)), "{census:?}");
        }
    }

    async fn a_token_moved_to_another_row_or_column_does_not_open(stage: Stage) {
        let (ida, id) = stage.ida().await;
        stage.world.write("UPDATE accounts SET access_token = refresh_token WHERE id = $1", &[id.as_str()]).await;
        assert!(matches!(tokens::access(stage.cx(), &ida, &id).await, Err(Error::Broken(_))));
    }

    async fn an_access_token_is_renewed_when_less_than_a_minute_is_left(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let first = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        stage.world.wait(Duration::from_secs(3600 - 62));
        assert_eq!(access(&tokens::access(stage.cx(), &ida, &id).await.unwrap()), access(&first));
        stage.world.wait(2 * SECOND);
        let second = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        assert_ne!(access(&second), access(&first));
        assert_ne!(second.refresh.as_ref().unwrap().expose_secret(), first.refresh.unwrap().expose_secret());
        assert_eq!(second.scopes, ["openid", "email"], "what the provider says now");
        assert_eq!(stage.idp.calls("/token"), 2);
        let third = tokens::refresh(stage.cx(), &ida, &id).await.unwrap();
        assert_ne!(access(&third), access(&second), "on demand as well");
    }

    async fn fifty_who_need_a_new_token_make_one_refresh(stage: Stage) {
        let (ida, id) = stage.ida().await;
        stage.world.wait(HOUR);
        let results = at_once(50, |_| {
            let (cx, ida, id) = (stage.cx().clone(), ida.clone(), id.clone());
            async move { tokens::access(&cx, &ida, &id).await.unwrap() }
        })
        .await;
        assert_eq!(stage.idp.calls("/token"), 2, "one for the code, one for all of them");
        assert!(results.iter().all(|given| access(given) == access(&results[0])));
        tokens::refresh(stage.cx(), &ida, &id).await.unwrap();
    }

    async fn a_refresh_that_fails_gives_the_turn_back(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let first = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        stage.idp.now(|manners| manners.stubborn = true);
        assert_eq!(refused(tokens::refresh(stage.cx(), &ida, &id).await), ProviderRefusal::RefreshFailed);
        stage.world.wait(Duration::from_secs(3570));
        let last = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        assert_eq!(access(&last), access(&first), "good for half a minute still");
        stage.world.wait(Duration::from_secs(31));
        assert_eq!(refused(tokens::access(stage.cx(), &ida, &id).await), ProviderRefusal::NoAccessToken);
        stage.idp.now(|manners| (manners.stubborn, manners.down) = (false, true));
        assert_eq!(refused(tokens::access(stage.cx(), &ida, &id).await), ProviderRefusal::NoAccessToken);
        stage.idp.now(|manners| manners.down = false);
        tokens::access(stage.cx(), &ida, &id).await.unwrap();
    }

    async fn fifty_who_meet_a_provider_that_refuses_share_its_word(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let held = Arc::new(Semaphore::new(0));
        stage.idp.now(|manners| (manners.stubborn, manners.held) = (true, Some(held.clone())));
        let all = at_once(50, |_| {
            let (cx, ida, id) = (stage.cx().clone(), ida.clone(), id.clone());
            async move { tokens::refresh(&cx, &ida, &id).await }
        });
        let release = async {
            stage.nobody_else_calls().await;
            held.add_permits(1);
        };
        for result in tokio::join!(all, release).0 {
            assert_eq!(refused(result), ProviderRefusal::RefreshFailed);
        }
        assert_eq!(stage.idp.calls("/token"), 2, "one for the code, one for all of them");
    }

    async fn a_slow_provider_is_asked_once(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let held = Arc::new(Semaphore::new(0));
        stage.idp.now(|manners| manners.held = Some(held.clone()));
        let refresh = || {
            let (cx, ida, id) = (stage.cx().clone(), ida.clone(), id.clone());
            tokio::spawn(async move { tokens::refresh(&cx, &ida, &id).await })
        };
        let first = refresh();
        while stage.idp.calls("/token") < 2 {
            tokio::task::yield_now().await;
        }
        // As long as four calls may take.
        stage.world.wait(Duration::from_secs(41));
        let second = refresh();
        stage.nobody_else_calls().await;
        held.add_permits(2);
        let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
        assert_eq!((access(&first), stage.idp.calls("/token")), (access(&second), 2));
    }

    async fn a_turn_that_is_over_ends_no_other_and_writes_nothing(stage: Stage) {
        let (_, id) = stage.ida().await;
        let cx = stage.cx();
        let row = store::by_id(&mut cx.db.read().await.unwrap(), &id).await.unwrap().unwrap();
        let take = async |until| {
            let mut tx = cx.db.begin().await.unwrap();
            let taken = store::take_turn(&mut tx, &id, row.access_token.as_ref(), cx.now(), until).await.unwrap();
            tx.commit().await.unwrap();
            taken
        };
        let first = cx.now() + SECOND;
        assert!(take(first).await);
        stage.world.wait(2 * SECOND);
        let second = cx.now() + HOUR;
        assert!(take(second).await);
        let mut tx = cx.db.begin().await.unwrap();
        store::leave_turn(&mut tx, &id, first).await.unwrap();
        assert!(!store::set_tokens(&mut tx, &row, Some(first), cx.now()).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!take(cx.now() + HOUR).await, "it is the second one's still");
        let mut tx = cx.db.begin().await.unwrap();
        assert!(store::set_tokens(&mut tx, &row, Some(second), cx.now()).await.unwrap());
        tx.commit().await.unwrap();
        assert!(take(cx.now() + HOUR).await);
    }

    async fn a_provider_that_gives_the_same_access_token_again_is_asked_once(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let same = access(&tokens::access(stage.cx(), &ida, &id).await.unwrap()).to_owned();
        let held = Arc::new(Semaphore::new(0));
        stage.idp.now(|manners| {
            manners.answer = json!({ "access_token": same, "id_token": null });
            manners.held = Some(held.clone());
        });
        let all = at_once(10, |_| {
            let (cx, ida, id) = (stage.cx().clone(), ida.clone(), id.clone());
            async move { tokens::refresh(&cx, &ida, &id).await.unwrap() }
        });
        let release = async {
            stage.nobody_else_calls().await;
            held.add_permits(100);
        };
        assert!(tokio::join!(all, release).0.iter().all(|given| access(given) == same));
        assert_eq!(stage.idp.calls("/token"), 2);
    }

    async fn a_token_that_is_good_forever_breaks_nothing(stage: Stage) {
        stage.idp.now(|manners| manners.lifetime = u64::MAX);
        let (ida, id) = stage.ida().await;
        assert!(tokens::access(stage.cx(), &ida, &id).await.unwrap().access_until > Some(stage.cx().now() + 1000 * HOUR));
    }

    async fn who_went_away_in_the_middle_loses_no_tokens(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let call = tokens::refresh(stage.cx(), &ida, &id);
        let gone = tokio::time::timeout(Duration::from_millis(1), call).await;
        let now = tokens::refresh(stage.cx(), &ida, &id).await.unwrap();
        assert!(gone.is_err() || gone.is_ok_and(|given| access(&given.unwrap()) != access(&now)));
    }

    async fn a_refreshed_id_token_of_another_person_is_refused(stage: Stage) {
        let (ida, id) = stage.ida().await;
        for claims in [json!({ "sub": "s-2" }), json!({ "aud": "somebody-else" }), json!({ "iss": "https://evil.example" })] {
            let stay = tokens::access(stage.cx(), &ida, &id).await.unwrap();
            stage.idp.now(|manners| manners.claims = claims);
            assert_eq!(refused(tokens::refresh(stage.cx(), &ida, &id).await), ProviderRefusal::RefreshFailed);
            assert_eq!(access(&tokens::access(stage.cx(), &ida, &id).await.unwrap()), access(&stay));
            stage.idp.now(|manners| manners.claims = json!({}));
            entered(stage.come("acme", &person("s-1", IDA)).await);
        }
    }

    async fn a_provider_that_gives_no_refresh_token_anew_lets_the_old_one_stay(stage: Stage) {
        let (ida, id) = stage.ida().await;
        let first = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        stage.idp.now(|manners| manners.answer = json!({ "refresh_token": null, "id_token": null, "scope": null }));
        let second = tokens::refresh(stage.cx(), &ida, &id).await.unwrap();
        assert_eq!(second.refresh.unwrap().expose_secret(), first.refresh.unwrap().expose_secret());
        assert_eq!(second.id.unwrap().expose_secret(), first.id.unwrap().expose_secret());
        assert_eq!(second.scopes, ["openid", "email", "profile"], "what was asked for");
    }

    async fn without_a_refresh_token_the_last_word_is_no(stage: Stage) {
        stage.idp.now(|manners| manners.answer = json!({ "refresh_token": null }));
        let (ida, id) = stage.ida().await;
        assert_eq!(refused(tokens::refresh(stage.cx(), &ida, &id).await), ProviderRefusal::RefreshTokenNotFound);
        tokens::access(stage.cx(), &ida, &id).await.unwrap();
        stage.world.wait(HOUR);
        assert_eq!(refused(tokens::access(stage.cx(), &ida, &id).await), ProviderRefusal::NoAccessToken);
    }

    async fn a_provider_that_is_not_offered_any_more_gives_nothing(stage: Stage) {
        let mut stage = stage;
        let (ida, id) = stage.ida().await;
        let other = "https://elsewhere.example".to_owned();
        stage.offer("acme", |draft| draft.issuer = Some(other));
        assert_eq!(refused(tokens::refresh(stage.cx(), &ida, &id).await), ProviderRefusal::NotSupported, "another by the same name");
        stage.world.settings(|settings| settings.providers.offered.clear());
        assert_eq!(refused(tokens::access(stage.cx(), &ida, &id).await), ProviderRefusal::NotSupported);
        assert_eq!(refused(tokens::info(stage.cx(), &ida, &id).await.map(drop)), ProviderRefusal::NotSupported);
    }

    async fn what_a_provider_tells_of_somebody_else_is_not_taken_for_theirs(stage: Stage) {
        let (ida, id) = stage.ida().await;
        stage.idp.now(|manners| manners.profile = person("s-2", IDA));
        assert_eq!(refused(tokens::info(stage.cx(), &ida, &id).await.map(drop)), ProviderRefusal::NoUserInfo);
    }
}
