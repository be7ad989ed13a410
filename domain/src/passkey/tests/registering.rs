use serde_json::json;

use super::*;
use crate::testing::{FIREFOX, HOUR, at_once, client, one_winner};

db::both! {
    async fn the_options_ask_for_a_passkey_that_verifies_its_user(world: World) {
        let ada = world.user(ADA).await;
        let Begun { options, .. } = begin_registration(&world.cx, &ada, None, None).await.unwrap();
        assert_eq!(options["rp"], json!({ "id": "localhost", "name": "Latchkey" }));
        assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!(ADA), &json!("Ada Lovelace")));
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
        assert_eq!((&options["attestation"], &options["timeout"]), (&json!("none"), &json!(300_000)));
        assert_eq!((&options["excludeCredentials"], &options["pubKeyCredParams"][0]["alg"]), (&json!([]), &json!(-7)));
        assert_eq!(options["challenge"].as_str().unwrap().len(), 43, "256 bits");
        let platform = begin_registration(&world.cx, &ada, Some(" Work "), Some(Attachment::Platform)).await.unwrap().options;
        assert_eq!(platform["authenticatorSelection"]["authenticatorAttachment"], "platform");
        assert_eq!(platform["user"]["name"], "Work");
    }

    async fn a_passkey_is_kept_as_it_was_made_and_its_owner_hears_of_it(world: World) {
        let (ada, mut device) = (world.user(ADA).await, Authenticator::default());
        let passkey = add(&world, &ada, &mut device).await;
        assert_eq!((&passkey.user_id, passkey.counter, passkey.backed_up), (&ada.user.id, 0, false));
        assert_eq!((passkey.device_type.as_str(), passkey.transports.as_str()), ("singleDevice", "internal"));
        assert_eq!(passkey.aaguid, "00000000-0000-0000-0000-000000000000");
        assert_eq!(passkey.last_used_at, None);
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap(), [passkey]);
        assert_eq!(subject(&world, ADA).await, "A passkey was added: your account with Latchkey");
        let ada = world.find(&ada).await.expect("still signed in");
        assert!(ada.session.strong_at.is_some(), "whoever made it has just been verified");

        let mut cloud = Authenticator { synced: true, ..Authenticator::default() };
        let passkey = add(&world, &ada, &mut cloud).await;
        assert_eq!((passkey.device_type.as_str(), passkey.backed_up), ("multiDevice", true));
    }

    async fn a_passkey_is_called_as_its_owner_says_or_after_what_keeps_it(world: World) {
        world.user(ADA).await;
        let ada = world.sign_in_from(ADA, crate::testing::PASSWORD, &client(FIREFOX)).await.unwrap();
        let unknown = world.sign_in(ADA, crate::testing::PASSWORD).await.unwrap();
        let keychain = [0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd];
        for (opened, aaguid, typed, name) in [
            (&ada, keychain, None, "iCloud Keychain"),
            (&ada, keychain, Some("  "), "iCloud Keychain"),
            (&ada, keychain, Some(" My  phone "), "My phone"),
            (&ada, [0; 16], None, "Firefox on Linux"),
            (&unknown, [0; 16], None, "Passkey"),
        ] {
            let mut device = Authenticator { aaguid, ..Authenticator::default() };
            let begun = begin_registration(&world.cx, opened, None, None).await.unwrap();
            let response = device.create(&begun.options);
            let passkey = finish_registration(&world.cx, opened, &begun.token, &response, typed).await.unwrap();
            assert_eq!(passkey.name, name);
        }
        let begun = begin_registration(&world.cx, &ada, None, None).await.unwrap();
        let response = Authenticator::default().create(&begun.options);
        let bad = finish_registration(&world.cx, &ada, &begun.token, &response, Some("a\u{202E}b")).await;
        assert_eq!(refusal(bad), Refusal::InvalidName);
    }

    async fn one_handle_stands_for_a_user_and_tells_nothing(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        add(&world, &ada, &mut device).await;
        let (_, other) = with_passkey(&world, EVE).await;
        let handles: Vec<_> = device.keys.iter().map(|key| key.user_handle.clone().unwrap()).collect();
        assert_eq!(handles[0], handles[1]);
        assert_ne!(Some(&handles[0]), other.keys[0].user_handle.as_ref());
        assert_eq!(handles[0].len(), 16);
        let known = begin_registration(&world.cx, &ada, None, None).await.unwrap().options;
        let excluded: Vec<_> = known["excludeCredentials"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let own: Vec<_> = list(&world.cx, &ada.user.id).await.unwrap().into_iter().map(|one| json!(one.credential_id)).collect();
        assert_eq!(excluded, own);
    }

    async fn adding_a_passkey_takes_a_fresh_session_that_still_is_one(world: World) {
        let (ada, mut device) = (world.user(ADA).await, Authenticator::default());
        let begun = begin_registration(&world.cx, &ada, None, None).await.unwrap();
        let response = device.create(&begun.options);
        crate::session::sign_out(&world.cx, &ada.token).await.unwrap();
        let gone = finish_registration(&world.cx, &ada, &begun.token, &response, None).await;
        assert_eq!(refusal(gone), Refusal::Unauthorized);
        let ada = world.sign_in(ADA, crate::testing::PASSWORD).await.unwrap();
        world.wait(HOUR);
        assert_eq!(refusal(try_add(&world, &ada, &mut device).await), Refusal::SessionNotFresh);
        assert_eq!(world.count("SELECT COUNT(*) FROM passkeys").await, 0);
    }

    async fn a28_a_credential_that_anybody_has_is_refused(world: World) {
        let (ada, device) = with_passkey(&world, ADA).await;
        let eve = world.user(EVE).await;
        for opened in [&ada, &eve] {
            let begun = begin_registration(&world.cx, opened, None, None).await.unwrap();
            let response = Authenticator::default().create_as(&begun.options, device.keys[0].id.clone());
            let taken = finish_registration(&world.cx, opened, &begun.token, &response, None).await;
            assert_eq!(refusal(taken), Refusal::PasskeyKnown);
        }
        let mut device = device;
        assert_eq!(enter(&world, &mut device).await.unwrap().user.id, ada.user.id, "the first one is as it was");
    }

    async fn a28_of_many_who_register_one_credential_at_once_one_gets_it(world: World) {
        let opened = [world.user(ADA).await, world.user(EVE).await];
        let id = vec![7; 16];
        let results = at_once(50, |n| {
            let (cx, opened, id) = (world.cx.clone(), opened[n % 2].clone(), id.clone());
            async move {
                let begun = begin_registration(&cx, &opened, None, None).await?;
                let response = Authenticator::default().create_as(&begun.options, id);
                finish_registration(&cx, &opened, &begun.token, &response, None).await
            }
        })
        .await;
        one_winner(results, &Refusal::PasskeyKnown);
    }

    async fn a28_what_an_authenticator_made_elsewhere_or_unverified_is_refused(world: World) {
        let ada = world.user(ADA).await;
        let honest = Authenticator::default;
        for (mut device, why) in [
            (Authenticator { origin: "http://localhost:3001".into(), ..honest() }, "another port"),
            (Authenticator { origin: "https://localhost:3000".into(), ..honest() }, "another scheme"),
            (Authenticator { origin: "http://evil.localhost:3000".into(), ..honest() }, "below the site"),
            (Authenticator { rp_id: Some("example.com".into()), ..honest() }, "for another site"),
            (Authenticator { verified: false, ..honest() }, "nobody was verified"),
            (Authenticator { framed: true, ..honest() }, "in a frame"),
        ] {
            assert_eq!(refusal(try_add(&world, &ada, &mut device).await), Refusal::PasskeyNotRegistered, "{why}");
        }
        for response in [json!(null), json!({}), json!({ "id": "x" }), json!([1]), json!("x")] {
            let begun = begin_registration(&world.cx, &ada, None, None).await.unwrap();
            let result = finish_registration(&world.cx, &ada, &begun.token, &response, None).await;
            assert_eq!(refusal(result), Refusal::PasskeyNotRegistered, "{response}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM passkeys").await, 0);
    }

    async fn further_origins_and_a_wider_id_are_the_operator_s_to_allow(world: World) {
        let mut world = world;
        world.settings(|settings| {
            settings.base_url = "https://auth.example.com/".parse().unwrap();
            settings.passkey.rp_id = Some("example.com".to_owned());
            settings.passkey.origins = vec!["https://app.example.com".parse().unwrap()];
        });
        let ada = world.user(ADA).await;
        let mut device = Authenticator { origin: "https://auth.example.com".into(), ..Authenticator::default() };
        add(&world, &ada, &mut device).await;
        device.origin = "https://app.example.com".into();
        enter(&world, &mut device).await.unwrap();
        device.origin = "https://other.example.com".into();
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::PasskeyRefused);
    }

    async fn where_browsers_have_no_passkeys_nobody_begins(world: World) {
        let mut world = world;
        let ada = world.user(ADA).await;
        for address in ["http://192.0.2.1:3000", "https://[::1]", "http://auth.example.com"] {
            world.settings(|settings| settings.base_url = address.parse().unwrap());
            assert!(!is_available(&world.cx));
            let begun = begin_registration(&world.cx, &ada, None, None).await;
            assert_eq!(refusal(begun), Refusal::PasskeysUnavailable, "{address}");
            assert_eq!(refusal(begin_sign_in(&world.cx, None).await), Refusal::PasskeysUnavailable);
        }
    }
}
