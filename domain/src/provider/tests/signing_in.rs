//! Whose account it is (SECURITY 67).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Method, PersonName};
use secrecy::ExposeSecret;

use super::*;
use crate::provider::tokens;
use crate::testing::{AuthenticatorApp, at_once, challenged, email, refusal};
use crate::two_factor::{self, Asker, Proof, totp};
use crate::{magic_link, sign_up};

impl Stage {
    /// The newest entry of the audit log: what, about whom, and the detail.
    async fn newest(&self) -> (String, Option<String>, Value) {
        let sql = "SELECT act, user_id, CAST(detail AS text) AS detail FROM audit_entries ORDER BY number DESC LIMIT 1";
        let (act, user, detail) = self.world.row::<(String, Option<String>, String)>(sql).await;
        (act, user, serde_json::from_str(&detail).unwrap())
    }
}

db::both! {
    async fn the_first_time_makes_an_account_and_the_second_opens_it(stage: Stage) {
        let stage = stage;
        let mut ida = person("s-1", "Ida@Example.com");
        ida["picture"] = json!("https://id.example/ida.png");
        let begun = stage.begin("acme", None).await.unwrap();
        let scope = begun.address.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
        assert_eq!(scope, "openid email profile");
        let (first, is_new) = entered(stage.finish(&stage.agreed("acme", &begun, &ida), &begun.browser, None).await);
        let user = &first.user;
        assert!(is_new && user.email_verified && first.session.remember);
        assert_eq!((user.name.as_str(), user.email.as_str()), ("Ida Provider", IDA));
        assert_eq!(user.image.as_deref(), Some("https://id.example/ida.png"));
        // Whatever else the provider tells by then: it is the same subject.
        let (second, is_new) = entered(stage.come("acme", &person("s-1", "new@example.com")).await);
        assert!(!is_new && second.user.id == user.id);
        assert_eq!(second.user.email.as_str(), IDA, "the address stays what its owner made it");
        let connection = connections(stage.cx(), &user.id).await.unwrap().remove(0);
        assert_eq!(connection.email.as_deref(), Some("new@example.com"), "shown to tell connections apart");
        assert!(connection.last_used_at > Some(connection.created_at) && connection.offered);
    }

    async fn where_to_go_on_is_kept_for_each_end(stage: Stage) {
        let callbacks = || Callbacks { done: Some("/home".into()), new_user: Some("/hello".into()), error: Some("/oops".into()) };
        for (wanted, is_new) in [("/hello", true), ("/home", false)] {
            let begun = flow::begin(stage.cx(), Begin { provider: "acme", callbacks: callbacks(), ..Begin::default() }).await.unwrap();
            let finished = stage.finish(&stage.agreed("acme", &begun, &person("s-1", IDA)), &begun.browser, None).await;
            assert!(matches!(&finished, Finished::Entered(_, Some(to), new) if to == wanted && *new == is_new), "{finished:?}");
        }
        let begun = flow::begin(stage.cx(), Begin { provider: "acme", callbacks: callbacks(), ..Begin::default() }).await.unwrap();
        let cancelled = Returned { code: None, error: Some("access_denied".into()), ..stage.agreed("acme", &begun, &person("s-1", IDA)) };
        let finished = stage.finish(&cancelled, &begun.browser, None).await;
        let Finished::Failed(failure, Some(to), false) = finished else { panic!("{finished:?}") };
        assert_eq!((failure.code(), to.as_str()), ("access_denied", "/oops"));
        assert_eq!(stage.idp.calls("/token"), 2, "nobody asks for tokens then");
    }

    async fn a_proved_address_at_a_trusted_provider_opens_its_proved_account(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        let (opened, is_new) = entered(stage.come("acme", &person("s-1", IDA)).await);
        assert!(!is_new && opened.user.id == ida.user.id);
        assert_eq!(opened.user.name, "Ada Lovelace", "the name stays");
        assert_eq!(stage.world.kinds(IDA).await[0], "security-changed", "the owner hears of it");
        assert!(stage.world.find(&ida).await.is_some() && stage.connected(&ida).await == ["acme"]);
    }

    async fn a4_a_squatter_is_not_joined_but_emptied_when_the_owner_comes_by_mail(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.sign_up.require_verification = false);
        stage.offer("other", |_| {});
        let squatter = stage.world.sign_up(IDA, "Attack3r-knows").await.opened.unwrap();
        assert_eq!(failed(stage.come("other", &person("s-1", IDA)).await), ProviderFailure::AccountNotLinked);
        assert!(stage.connected(&squatter).await.is_empty(), "nothing of the owner's is in the squatter's hands");

        stage.world.moment();
        magic_link::request(stage.cx(), &email(IDA), None, &Callbacks::default()).await.unwrap();
        let owner = magic_link::redeem(stage.cx(), &stage.world.link_token(IDA).await, &Client::default()).await.unwrap();
        let owner = admitted(owner.entered);
        assert!(stage.world.find(&squatter).await.is_none());
        refusal(stage.world.sign_in(IDA, "Attack3r-knows").await);
        let (opened, is_new) = entered(stage.come("acme", &person("s-1", IDA)).await);
        assert!(!is_new && opened.user.id == owner.user.id);
    }

    async fn a4_a_squatter_is_not_joined_by_a_trusted_provider_either_and_leaves_nothing_behind(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.sign_up.require_verification = false);
        stage.offer("other", |_| {});
        let squatter = stage.world.sign_up(IDA, "Attack3r-knows").await.opened.unwrap();
        linked(&stage.connect("other", &squatter, &person("s-evil", IDA)).await);
        let app = AuthenticatorApp::scan(&totp::begin(stage.cx(), &squatter, false, None).await.unwrap().uri);
        let code = app.shows(stage.cx().now(), 0);
        two_factor::verify(stage.cx(), Asker::Session(&squatter), Proof::Totp(&code), false, &Client::default()).await.unwrap();
        assert_eq!(failed(stage.come("acme", &person("s-1", IDA)).await), ProviderFailure::AccountNotLinked);
        assert_eq!(stage.connected(&squatter).await, ["other"], "nothing of the owner's is in the squatter's hands");

        // The mail empties it; no second factor is asked for: it was the squatter's.
        stage.world.moment();
        magic_link::request(stage.cx(), &email(IDA), None, &Callbacks::default()).await.unwrap();
        magic_link::redeem(stage.cx(), &stage.world.link_token(IDA).await, &Client::default()).await.unwrap();
        let (owner, is_new) = entered(stage.come("acme", &person("s-1", IDA)).await);
        assert!(!is_new && owner.user.id == squatter.user.id && owner.user.email_verified);
        assert_eq!(stage.connected(&owner).await, ["acme"]);
        assert!(stage.world.find(&squatter).await.is_none() && stage.world.find(&owner).await.is_some());
        refusal(stage.world.sign_in(IDA, "Attack3r-knows").await);
        assert_eq!(failed(stage.come("other", &person("s-evil", IDA)).await), ProviderFailure::AccountNotLinked);
        assert_eq!(stage.users().await, 1);
    }

    async fn a11_an_address_that_only_reads_as_the_verified_one_opens_nothing(stage: Stage) {
        stage.world.user("kim@example.com").await;
        // A Kelvin sign, which reads as a k here, and may be somebody else's there.
        assert_eq!(email("\u{212A}im@example.com").as_str(), "kim@example.com");
        let failure = failed(stage.come("acme", &person("s-1", "\u{212A}im@example.com")).await);
        assert_eq!(failure, ProviderFailure::AccountNotLinked);
        let failure = failed(stage.come("acme", &person("s-2", "\u{212A}ay@example.com")).await);
        assert_eq!(failure, ProviderFailure::EmailNotVerified, "nor is a new account's address taken for verified");
        entered(stage.come("acme", &person("s-3", "KIM@Example.com")).await);
    }

    async fn a_mail_is_not_written_at_every_visit_of_somebody_who_waits_for_it(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.rate_limit.enabled = true);
        let mut ida = person("s-1", IDA);
        ida["email_verified"] = json!(false);
        for _ in 0..100 {
            assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::EmailNotVerified);
        }
        let mails = stage.world.kinds(IDA).await.len();
        assert!((1..50).contains(&mails), "{mails}");
        stage.world.follow(&stage.world.link_token(IDA).await).await.unwrap();
    }

    async fn a_name_that_nobody_can_have_makes_no_error(stage: Stage) {
        for (sub, address, name) in [("s-1", "i\u{2066}da@example.com", "ida"), ("s-2", "!@example.com", "New member")] {
            if model::Email::parse(address).is_err() {
                continue;
            }
            let mut odd = person(sub, address);
            odd["name"] = json!("\u{202E}");
            let finished = stage.come("acme", &odd).await;
            assert!(matches!(finished, Finished::Entered(..) | Finished::Waits(..)), "{finished:?}");
            let (kept,) = stage.world.row::<(String,)>("SELECT name FROM users ORDER BY created_at DESC LIMIT 1").await;
            assert_eq!(kept, name);
        }
    }

    async fn what_fails_is_on_record_with_the_account_that_it_was_about(stage: Stage) {
        let mut stage = stage;
        let ida = stage.world.user(IDA).await;
        stage.offer("other", |_| {});
        stage.come("other", &person("s-1", IDA)).await;
        assert_eq!(stage.newest().await, ("sign_in_failed".into(), Some(ida.user.id.to_string()), json!({ "factor": "provider", "provider": "other", "why": "account_not_linked" })));
        let begun = stage.begin("other", None).await.unwrap();
        let cancelled = Returned { error: Some("call_555-0100".into()), ..stage.agreed("other", &begun, &person("s-1", IDA)) };
        stage.finish(&cancelled, &begun.browser, None).await;
        assert_eq!(stage.newest().await.2["why"], "refused_there", "nothing that was typed");
        stage.finish(&Returned { provider: "<made-up>".into(), ..cancelled }, &begun.browser, None).await;
        assert_eq!(stage.newest().await, ("sign_in_failed".into(), None, json!({ "factor": "provider", "why": "state_mismatch" })));
        flow::finish(stage.cx(), &Returned::default(), None, None, &Client::default()).await.unwrap();
        assert_eq!(stage.newest().await.2["why"], "state_not_found");
        let tokens = stage.idp.tokens(&person("s-1", IDA), Some("a-nonce"));
        refusal(link::enter_with_token(stage.cx(), "acme", given(&tokens), &Client::default()).await);
        assert_eq!(stage.newest().await.2["why"], "invalid_token");
        stage.connect("other", &ida, &person("s-1", "ida@elsewhere.example")).await;
        assert_eq!(stage.newest().await, ("provider_not_connected".into(), Some(ida.user.id.to_string()), json!({ "factor": "provider", "provider": "other", "why": "email_does_not_match" })));
    }

    async fn a4_a_squatter_s_provider_goes_too_when_the_owner_comes_by_mail(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.sign_up.require_verification = false);
        let mut attacker = person("s-evil", IDA);
        attacker["email_verified"] = json!(false);
        let (squatter, _) = entered(stage.come("acme", &attacker).await);
        assert!(!squatter.user.email_verified);
        stage.world.moment();
        magic_link::request(stage.cx(), &email(IDA), None, &Callbacks::default()).await.unwrap();
        magic_link::redeem(stage.cx(), &stage.world.link_token(IDA).await, &Client::default()).await.unwrap();
        assert!(stage.world.find(&squatter).await.is_none() && stage.connected(&squatter).await.is_empty());
        assert_eq!(failed(stage.come("acme", &attacker).await), ProviderFailure::AccountNotLinked);
    }

    async fn a5_an_address_that_one_side_has_not_verified_opens_nothing(stage: Stage) {
        let mut stage = stage;
        let ida = stage.world.user(IDA).await;
        let mut unsure = person("s-1", IDA);
        for claim in [json!(false), json!("false"), Value::Null] {
            unsure["email_verified"] = claim;
            assert_eq!(failed(stage.come("acme", &unsure).await), ProviderFailure::AccountNotLinked, "{unsure}");
        }
        stage.offer("other", |_| {});
        let untrusted = stage.come("other", &person("s-1", IDA)).await;
        assert_eq!(failed(untrusted), ProviderFailure::AccountNotLinked, "a provider that isn't trusted with addresses");
        stage.world.sign_up("bob@example.com", crate::testing::PASSWORD).await;
        let unverified_here = stage.come("other", &person("s-2", "bob@example.com")).await;
        assert_eq!(failed(unverified_here), ProviderFailure::AccountNotLinked);
        assert!(stage.connected(&ida).await.is_empty());
    }

    async fn an_unverified_address_is_proved_by_mail_before_the_first_sign_in(stage: Stage) {
        let mut ida = person("s-1", IDA);
        ida["email_verified"] = json!(false);
        assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::EmailNotVerified);
        assert_eq!(stage.world.count("SELECT COUNT(*) FROM sessions").await, 0);
        stage.world.follow(&stage.world.link_token(IDA).await).await.unwrap();
        assert_eq!(stage.world.kinds(IDA).await[..2], ["security-changed", "email-verification"], "who confirms hears what signs in");
        let (opened, is_new) = entered(stage.come("acme", &ida).await);
        assert!(!is_new && opened.user.email_verified);
    }

    async fn who_waits_for_the_mail_is_verified_by_the_provider_as_well(stage: Stage) {
        let mut ida = person("s-1", IDA);
        ida["email_verified"] = json!(false);
        assert_eq!(failed(stage.come("acme", &ida).await), ProviderFailure::EmailNotVerified);
        assert!(entered(stage.come("acme", &person("s-1", IDA)).await).0.user.email_verified);
    }

    async fn a21_a_second_factor_is_asked_for_after_it(stage: Stage) {
        let ida = stage.world.user(IDA).await;
        linked(&stage.connect("acme", &ida, &person("s-1", IDA)).await);
        let app = AuthenticatorApp::scan(&totp::begin(stage.cx(), &ida, false, None).await.unwrap().uri);
        let code = app.shows(stage.cx().now(), 0);
        two_factor::verify(stage.cx(), Asker::Session(&ida), Proof::Totp(&code), false, &Client::default()).await.unwrap();
        let finished = stage.come("acme", &person("s-1", IDA)).await;
        let Finished::Entered(entered, ..) = finished else { panic!("{finished:?}") };
        assert!(challenged(entered).methods.contains(&Method::Totp));
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        let token = given(&tokens);
        challenged(link::enter_with_token(stage.cx(), "acme", token, &Client::default()).await.unwrap().0);
    }

    async fn fifty_first_sign_ins_of_one_person_make_one_account(stage: Stage) {
        let mut ready = Vec::new();
        for _ in 0..50 {
            let begun = stage.begin("acme", None).await.unwrap();
            ready.push((stage.agreed("acme", &begun, &person("s-1", IDA)), begun.browser));
        }
        let results = at_once(50, |number| {
            let (cx, (returned, browser)) = (stage.cx().clone(), ready[number].clone());
            async move { flow::finish(&cx, &returned, Some(&browser), None, &Client::default()).await.unwrap() }
        })
        .await;
        let new = results.into_iter().map(entered).filter(|(_, is_new)| *is_new).count();
        assert_eq!((new, stage.users().await), (1, 1));
        assert_eq!(stage.world.count("SELECT COUNT(*) FROM accounts").await, 1);
    }

    async fn where_nobody_may_sign_up_strangers_are_told(stage: Stage) {
        let mut stage = stage;
        stage.world.user(IDA).await;
        stage.world.settings(|settings| settings.sign_up.enabled = false);
        assert_eq!(failed(stage.come("acme", &person("s-2", "new@example.com")).await), ProviderFailure::SignupDisabled);
        entered(stage.come("acme", &person("s-1", IDA)).await);
    }

    async fn what_a_provider_tells_is_not_taken_on_trust(stage: Stage) {
        let mut bare = json!({ "sub": "s-1", "name": "\u{0}\n", "picture": "javascript:alert(1)" });
        assert_eq!(failed(stage.come("acme", &bare).await), ProviderFailure::EmailNotFound);
        for email in ["", "no address", "ida@example.com\u{0}", "a@b@c"] {
            bare["email"] = json!(email);
            assert_eq!(failed(stage.come("acme", &bare).await), ProviderFailure::EmailNotFound, "{email:?}");
        }
        bare["email"] = json!(IDA);
        bare["email_verified"] = json!(true);
        let (opened, _) = entered(stage.come("acme", &bare).await);
        assert_eq!((opened.user.name.as_str(), opened.user.image), ("ida", None));
        // Subjects are compared byte for byte.
        for sub in ["S-1", " s-1", "s-1 "] {
            let (other, is_new) = entered(stage.come("acme", &person(sub, &format!("{}@example.com", hex::encode(sub)))).await);
            assert!(is_new && other.user.id != opened.user.id, "{sub:?}");
        }
    }

    async fn an_app_signs_in_with_an_id_token_that_it_got_by_itself(stage: Stage) {
        let (cx, client) = (stage.cx(), Client::default());
        let tokens = stage.idp.tokens(&person("s-1", IDA), Some("a-nonce"));
        let right = || link::Given { nonce: Some("a-nonce"), ..given(&tokens) };
        let (first, is_new) = link::enter_with_token(cx, "acme", right(), &client).await.unwrap();
        let first = admitted(first);
        assert!(is_new && stage.connected(&first).await == ["acme"]);
        let wrong = link::Given { nonce: Some("another"), ..given(&tokens) };
        let refused = refusal(link::enter_with_token(cx, "acme", wrong, &client).await);
        assert_eq!(refused, model::ProviderRefusal::InvalidToken.into());
        let others = stage.idp.tokens(&person("s-2", IDA), None);
        let mixed = link::Given { access_token: others["access_token"].as_str().map(Into::into), ..right() };
        let refused = refusal(link::enter_with_token(cx, "acme", mixed, &client).await);
        assert_eq!(refused, model::ProviderRefusal::InvalidToken.into(), "an access token of somebody else");
    }

    async fn a42_an_id_token_of_our_own_way_in_is_none_that_an_app_got(stage: Stage) {
        let ida = entered(stage.come("acme", &person("s-1", IDA)).await).0;
        let id = connections(stage.cx(), &ida.user.id).await.unwrap().remove(0).id;
        let kept = tokens::access(stage.cx(), &ida, &id).await.unwrap().id.unwrap();
        let claims = URL_SAFE_NO_PAD.decode(kept.expose_secret().split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        for nonce in [None, claims["nonce"].as_str()] {
            let replayed = link::Given { token: kept.clone(), nonce, access_token: None, refresh_token: None, access_until: None, user: None };
            let refused = refusal(link::enter_with_token(stage.cx(), "acme", replayed, &Client::default()).await);
            assert_eq!(refused, model::ProviderRefusal::InvalidToken.into(), "{nonce:?}");
        }
        // Nor is one of an app, for who doesn't know what the app has sent.
        let of_app = stage.idp.tokens(&person("s-1", IDA), Some("a-nonce"));
        let refused = refusal(link::enter_with_token(stage.cx(), "acme", given(&of_app), &Client::default()).await);
        assert_eq!(refused, model::ProviderRefusal::InvalidToken.into());
    }

    async fn the_name_is_whoever_s_who_signs_up(stage: Stage) {
        // A name that the sign-up form wouldn't take either isn't taken from a provider.
        let mut ida = person("s-1", IDA);
        ida["name"] = json!("x".repeat(1000));
        assert!(PersonName::parse(ida["name"].as_str().unwrap()).is_err());
        assert_eq!(entered(stage.come("acme", &ida).await).0.user.name, "ida");
        assert!(sign_up::sign_up(stage.cx(), World::form("ida2@example.com"), &Client::default()).await.is_ok());
    }
}
