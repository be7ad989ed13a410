//! What each provider that is known by name has of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::provider::tokens;

fn asked(begun: &Begun, name: &str) -> Option<String> {
    begun.address.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// A part of a JWT.
fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

const KEY: &str = include_str!("apple.p8");

db::both! {
    async fn apple_tells_the_name_once_and_takes_a_signed_secret(stage: Stage) {
        let mut stage = stage;
        stage.offer("apple", |draft| {
            draft.client_secret = "".into();
            (draft.team_id, draft.key_id) = (Some("TEAM".into()), Some("KEY".into()));
            draft.private_key = Some(KEY.replace('\n', "\\n").into());
        });
        stage.idp.now(|manners| manners.signed_secret = true);
        let mut ida = json!({ "sub": "001.abc", "email": "x7@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true" });
        let begun = stage.begin("apple", None).await.unwrap();
        assert_eq!(asked(&begun, "response_mode").as_deref(), Some("form_post"));
        assert_eq!(asked(&begun, "scope").as_deref(), Some("openid email name"));
        let user = json!({ "name": { "firstName": "Ida", "lastName": "Apple" }, "email": "evil@example.com" }).to_string();
        let returned = Returned { user: Some(user), ..stage.agreed("apple", &begun, &ida) };
        let (opened, is_new) = entered(stage.finish(&returned, &begun.browser, None).await);
        assert!(is_new && opened.user.email_verified);
        assert_eq!((opened.user.name.as_str(), opened.user.email.as_str()), ("Ida Apple", "x7@privaterelay.appleid.com"));
        let secret = stage.idp.secret_shown();
        assert_eq!((part(&secret, 0)["kid"].as_str(), part(&secret, 0)["alg"].as_str()), (Some("KEY"), Some("ES256")));
        let claims = part(&secret, 1);
        let now = stage.cx().now().micros() / 1_000_000;
        assert_eq!((claims["iss"].as_str(), claims["sub"].as_str(), claims["aud"].as_str()), (Some("TEAM"), Some("latchkey"), Some(stage.idp.origin.as_str())));
        assert!((now..=now + 300).contains(&claims["exp"].as_i64().unwrap()));
        // What it tells about somebody is in the ID token only.
        stage.idp.now(|manners| manners.metadata = json!({ "userinfo_endpoint": null }));
        stage.offer("apple", |draft| {
            draft.userinfo_endpoint = None;
            (draft.team_id, draft.key_id) = (Some("TEAM".into()), Some("KEY".into()));
            draft.private_key = Some(KEY.into());
        });
        let id = connections(stage.cx(), &opened.user.id).await.unwrap().remove(0).id;
        let (profile, told, _) = tokens::info(stage.cx(), &opened, &id).await.unwrap();
        assert_eq!((profile.email.as_deref(), told["sub"].as_str()), (Some("x7@privaterelay.appleid.com"), Some("001.abc")));
        // Later it tells neither the name nor the address.
        ida["email"] = Value::Null;
        let (again, is_new) = entered(stage.come("apple", &ida).await);
        assert!(!is_new && again.user.name == "Ida Apple");
    }

    async fn github_tells_the_primary_verified_address_in_a_list(stage: Stage) {
        let mut stage = stage;
        stage.offer("github", |_| {});
        stage.idp.now(|manners| {
            manners.profile = json!({ "id": 4711, "login": "ida", "name": null, "email": "public@example.com", "avatar_url": "https://avatars.example/ida" });
            manners.emails = json!([
                { "email": "old@example.com", "primary": false, "verified": true },
                { "email": IDA, "primary": true, "verified": true },
            ]);
            // As GitHub answers: no end, scopes by commas.
            manners.answer = json!({ "id_token": null, "refresh_token": null, "expires_in": null, "scope": "read:user,user:email" });
        });
        let ida = stage.world.user(IDA).await;
        let (opened, is_new) = entered(stage.come("github", &json!({})).await);
        assert!(!is_new && opened.user.id == ida.user.id, "GitHub is trusted");
        let id = connections(stage.cx(), &ida.user.id).await.unwrap().remove(0).id;
        let given = tokens::access(stage.cx(), &ida, &id).await.unwrap();
        assert_eq!((given.subject.as_str(), given.access_until, given.scopes), ("4711", None, vec!["read:user".to_owned(), "user:email".to_owned()]));
    }

    async fn a5_github_s_public_or_unverified_address_opens_nothing(stage: Stage) {
        let mut stage = stage;
        stage.world.user(IDA).await;
        stage.offer("github", |_| {});
        stage.idp.now(|manners| {
            manners.profile = json!({ "id": 4711, "login": "eve", "email": IDA });
            manners.emails = json!([{ "email": IDA, "primary": true, "verified": false }, { "email": "eve@example.com", "primary": false, "verified": true }]);
        });
        assert_eq!(failed(stage.come("github", &json!({})).await), ProviderFailure::AccountNotLinked);
        stage.idp.now(|manners| manners.emails = json!([]));
        assert_eq!(failed(stage.come("github", &json!({})).await), ProviderFailure::EmailNotFound);
    }

    async fn microsoft_s_tenants_have_an_issuer_each(stage: Stage) {
        let mut stage = stage;
        let origin = stage.idp.origin.clone();
        // As `common` is: one document for all tenants.
        stage.idp.now(|manners| manners.metadata = json!({ "issuer": format!("{origin}/{{tenantid}}/v2.0") }));
        stage.offer("microsoft", |draft| draft.issuer = Some(format!("{origin}/common/v2.0")));
        let tenant = |tid: &str, iss: &str| json!({ "tid": tid, "iss": format!("{origin}/{iss}/v2.0") });
        for claims in [tenant("t-1", "t-2"), tenant("", ""), tenant("a/../b", "a/../b"), json!({ "iss": format!("{origin}/t-1/v2.0") }), json!({ "tid": "t-1", "iss": "https://evil.example/t-1/v2.0" })] {
            stage.idp.now(|manners| manners.claims = claims.clone());
            assert_eq!(failed(stage.come("microsoft", &person("m-1", IDA)).await), ProviderFailure::InvalidToken, "{claims}");
        }
        stage.idp.now(|manners| manners.claims = tenant("t-1", "t-1"));
        let (ida, _) = entered(stage.come("microsoft", &person("m-1", IDA)).await);
        // The same subject of another tenant is somebody else.
        stage.idp.now(|manners| manners.claims = tenant("t-2", "t-2"));
        assert_eq!(failed(stage.come("microsoft", &person("m-1", IDA)).await), ProviderFailure::AccountNotLinked);
        assert!(connections(stage.cx(), &ida.user.id).await.unwrap()[0].offered);
    }

    async fn private_accounts_stay_out_where_microsoft_s_organizations_sign_in(stage: Stage) {
        let mut stage = stage;
        let origin = stage.idp.origin.clone();
        let private = "9188040d-6c67-4c5b-b112-36a304b66dad";
        stage.idp.now(|manners| {
            manners.metadata = json!({ "issuer": format!("{origin}/{{tenantid}}/v2.0") });
            manners.claims = json!({ "tid": private, "iss": format!("{origin}/{private}/v2.0") });
        });
        stage.offer("microsoft", |draft| draft.issuer = Some(format!("{origin}/organizations/v2.0")));
        assert_eq!(failed(stage.come("microsoft", &person("m-1", IDA)).await), ProviderFailure::InvalidToken);
        stage.offer("microsoft", |draft| draft.issuer = Some(format!("{origin}/common/v2.0")));
        entered(stage.come("microsoft", &person("m-1", IDA)).await);
    }

    async fn a5_an_address_that_a_tenant_s_owner_wrote_down_opens_nothing(stage: Stage) {
        let mut stage = stage;
        stage.world.user(IDA).await;
        stage.offer("microsoft", |_| {});
        let mut ida = person("m-1", IDA);
        ida["email_verified"] = Value::Null;
        for claims in [json!({}), json!({ "xms_edov": false }), json!({ "xms_edov": 0 }), json!({ "verified_primary_email": ["other@example.com"] })] {
            stage.idp.now(|manners| manners.claims = claims);
            assert_eq!(failed(stage.come("microsoft", &ida).await), ProviderFailure::AccountNotLinked);
        }
        for (number, claims) in [json!({ "xms_edov": true }), json!({ "xms_edov": "1" }), json!({ "verified_primary_email": ["Ida@example.com"] })].into_iter().enumerate() {
            stage.idp.now(|manners| manners.claims = claims);
            ida["sub"] = json!(format!("m-{number}"));
            assert!(!entered(stage.come("microsoft", &ida).await).1);
        }
    }

    async fn the_others_tell_what_they_document(stage: Stage) {
        let mut stage = stage;
        stage.world.settings(|settings| settings.sign_up.require_verification = false);
        let table = [
            ("discord", json!({ "id": "80351110224678912", "username": "ida", "global_name": "Ida D", "avatar": "a1b2", "email": "d@example.com", "verified": true }),
                ("80351110224678912", "Ida D", "d@example.com", Some("https://cdn.discordapp.com/avatars/80351110224678912/a1b2.png"))),
            ("facebook", json!({ "id": "42", "name": "Ida F", "email": "f@example.com", "picture": { "data": { "url": "https://graph.example/f.jpg" } } }),
                ("42", "Ida F", "f@example.com", Some("https://graph.example/f.jpg"))),
            ("twitter", json!({ "data": { "id": "2244994945", "name": "Ida X", "username": "ida", "confirmed_email": "x@example.com", "profile_image_url": "https://pbs.example/x.jpg" } }),
                ("2244994945", "Ida X", "x@example.com", Some("https://pbs.example/x.jpg"))),
        ];
        for (id, profile, (subject, name, address, image)) in table {
            stage.offer(id, |_| {});
            stage.idp.now(|manners| {
                manners.profile = profile;
                manners.answer = json!({ "id_token": null });
            });
            let (opened, is_new) = entered(stage.come(id, &json!({})).await);
            assert!(is_new && !opened.user.email_verified, "{id} isn't trusted with addresses");
            assert_eq!((opened.user.name.as_str(), opened.user.email.as_str(), opened.user.image.as_deref()), (name, address, image));
            let connection = account::list(stage.cx(), &opened.user.id).await.unwrap().remove(0);
            assert_eq!(connection.account_id, subject);
            stage.idp.now(|manners| manners.profile = json!({ "error": "no" }));
            assert_eq!(failed(stage.come(id, &json!({})).await), ProviderFailure::UnableToGetUserInfo, "{id} without a subject");
        }
        stage.idp.now(|manners| manners.answer = json!({}));
        let tokens = stage.idp.tokens(&person("s-1", IDA), None);
        let refused = crate::testing::refusal(link::enter_with_token(stage.cx(), "discord", given(&tokens), &Client::default()).await);
        assert_eq!(refused, model::ProviderRefusal::IdTokenNotSupported.into());
    }

    async fn google_is_asked_for_a_refresh_token_and_trusted(stage: Stage) {
        let mut stage = stage;
        stage.offer("google", |_| {});
        let ida = stage.world.user(IDA).await;
        let begun = stage.begin("google", None).await.unwrap();
        assert_eq!((asked(&begun, "access_type").as_deref(), asked(&begun, "prompt").as_deref()), (Some("offline"), Some("select_account consent")));
        let (opened, _) = entered(stage.finish(&stage.agreed("google", &begun, &person("g-1", IDA)), &begun.browser, None).await);
        assert_eq!(opened.user.id, ida.user.id);
    }
}
