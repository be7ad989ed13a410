use super::*;
use crate::Error;
use crate::testing::{HOUR, at_once, one_winner};

db::both! {
    async fn an_app_is_set_up_by_its_first_code(world: World) {
        world.user(ADA).await;
        let session = world.sign_in(ADA, PASSWORD).await.unwrap();
        let setup = totp::begin(&world.cx, &session, false, None).await.unwrap();
        assert!(setup.uri.starts_with("otpauth://totp/Latchkey:ada%40example.com?"), "{}", setup.uri);
        assert!(setup.uri.contains(&format!("secret={}", setup.secret)) && setup.uri.contains("issuer=Latchkey"));
        assert_eq!(setup.secret.len(), 32, "160 bits");
        assert_eq!(totp::begun(&world.cx, &session).await.unwrap().secret, setup.secret, "a page that is shown again");
        assert_eq!(refusal(totp::present(&world.cx, &session).await), Refusal::TotpNotEnabled);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok(), "not asked for before it is confirmed");

        let app = AuthenticatorApp::scan(&setup.uri);
        let wrong = wrong(&world, &app);
        assert_eq!(refusal(show(&world.cx, &session, Proof::Totp(&wrong)).await), Refusal::WrongFactorCode);
        let code = shown(&world, &app, 0);
        let spaced = format!(" {} {}\n", &code[..3], &code[3..]);
        let admitted = show(&world.cx, &session, Proof::Totp(&spaced)).await.unwrap();
        assert!(admitted.opened.user.two_factor_enabled && admitted.opened.is_fresh(&world.cx));
        assert!(world.find(&session).await.is_none(), "a29: the token is a new one");
        assert!(world.find(&admitted.opened).await.is_some());
        assert_eq!(totp::present(&world.cx, &admitted.opened).await.unwrap().secret, setup.secret);
        assert_eq!(told(&world).await, ["Codes from an authenticator app turned on"]);
        assert_eq!(enter(&world).await.methods, [Method::Totp]);
        assert_eq!(
            refusal(totp::begin(&world.cx, &admitted.opened, false, None).await),
            Refusal::TotpAlreadyEnabled
        );
    }

    async fn an_app_shows_the_name_that_it_was_told(world: World) {
        let ada = world.user(ADA).await;
        for (issuer, name) in [("My: site", "My  site"), ("  ", "Latchkey"), (":", "Latchkey")] {
            let uri = totp::begin(&world.cx, &ada, false, Some(issuer)).await.unwrap().uri;
            let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
            assert!(uri.starts_with(&format!("otpauth://totp/{name}:ada")), "{issuer}: {uri}");
        }
        let long = totp::begin(&world.cx, &ada, false, Some(&"x".repeat(5000))).await.unwrap();
        assert!(long.uri.len() < 500, "a camera can read it");
    }

    async fn a19_a_code_is_good_once_in_its_step_and_not_after_a_later_one(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let code = shown(&world, &app, 0);
        assert!(pass(&world.cx, &enter(&world).await, Proof::Totp(&code)).await.is_ok());
        let again = pass(&world.cx, &enter(&world).await, Proof::Totp(&code)).await;
        assert_eq!(refusal(again), Refusal::WrongFactorCode, "in its own step");
        world.wait(STEP);
        let trailing = pass(&world.cx, &enter(&world).await, Proof::Totp(&code)).await;
        assert_eq!(refusal(trailing), Refusal::WrongFactorCode, "in the next step, where it would still be taken");
        let (present, next) = (shown(&world, &app, 0), shown(&world, &app, 1));
        assert!(pass(&world.cx, &enter(&world).await, Proof::Totp(&next)).await.is_ok(), "a phone that is fast");
        let passed_over = pass(&world.cx, &enter(&world).await, Proof::Totp(&present)).await;
        assert_eq!(refusal(passed_over), Refusal::WrongFactorCode, "one before the last one is spent, too");
    }

    async fn a19_fifty_submits_of_one_code_let_in_once(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let code = shown(&world, &app, 0);
        let mut challenges = Vec::new();
        for _ in 0..50 {
            challenges.push(enter(&world).await);
        }
        let before = sessions(&world).await;
        let results = at_once(50, |n| {
            let (cx, challenge, code) = (world.cx.clone(), challenges[n].clone(), code.clone());
            async move { pass(&cx, &challenge, Proof::Totp(&code)).await }
        })
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for told in results.into_iter().filter(Result::is_err).map(refusal) {
            assert!(matches!(told, Refusal::WrongFactorCode | Refusal::AccountLocked), "{told:?}");
        }
        assert_eq!(sessions(&world).await, before + 1);
    }

    async fn a19_step_ups_at_once_with_one_code_make_one_new_token(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        let code = shown(&world, &app, 0);
        // One more would lock.
        let results = at_once(10, |_| {
            let (cx, session, code) = (world.cx.clone(), session.clone(), code.clone());
            async move { show(&cx, &session, Proof::Totp(&code)).await }
        })
        .await;
        let admitted = one_winner(results, &Refusal::WrongFactorCode);
        assert!(world.find(&admitted.opened).await.is_some() && world.find(&session).await.is_none());
    }

    async fn a_clock_may_be_a_step_off_but_not_two(world: World) {
        let Owner { mut session, app, .. } = ada(&world).await;
        world.wait(2 * STEP);
        for steps in [-2, 2] {
            let off = show(&world.cx, &session, Proof::Totp(&shown(&world, &app, steps))).await;
            assert_eq!(refusal(off), Refusal::WrongFactorCode, "{steps} steps");
        }
        for steps in [-1, 0, 1] {
            let code = shown(&world, &app, steps);
            session = show(&world.cx, &session, Proof::Totp(&code)).await.expect("one step is taken").opened;
        }
    }

    async fn what_is_no_code_is_wrong(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let right = shown(&world, &app, 0);
        let challenge = enter(&world).await;
        for typed in ["", "12345", &format!("{right}0"), "abcdef", "\0"] {
            assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Totp(typed)).await), Refusal::WrongFactorCode, "{typed}");
        }
    }

    async fn the_secret_is_sealed_and_bound_to_its_row(world: World) {
        let ada = ada(&world).await;
        let bob = owner(&world, "bob@example.com").await;
        let setup = totp::present(&world.cx, &ada.session).await.unwrap();
        let secret = totp_rs::Secret::try_from_base32(&setup.secret).unwrap();
        let row = |id: &UserId| {
            let (cx, id) = (world.cx.clone(), id.clone());
            async move {
                let sql = "SELECT secret FROM authenticators WHERE user_id = $1";
                cx.db.read().await.unwrap().query(sql).bind(id).one::<(Vec<u8>,)>().await.unwrap().0
            }
        };
        let sealed = row(&ada.session.user.id).await;
        assert!(!sealed.windows(secret.len()).any(|part| part == &secret[..]), "not to be read in a backup");
        assert_ne!(sealed, row(&bob.session.user.id).await);
        let sql = "UPDATE authenticators SET secret = (SELECT secret FROM authenticators WHERE user_id = $1) WHERE user_id = $2";
        assert_eq!(world.write(sql, &[bob.session.user.id.as_str(), ada.session.user.id.as_str()]).await, 1);
        let moved = pass(&world.cx, &enter(&world).await, Proof::Totp(&shown(&world, &bob.app, 0))).await;
        assert!(matches!(moved, Err(Error::Broken(_))), "whoever writes into the database gets in nowhere");
    }

    async fn the_present_app_works_until_its_successor_is_confirmed(world: World) {
        let Owner { session, app: old, backup } = ada(&world).await;
        let new = AuthenticatorApp::scan(&totp::begin(&world.cx, &session, true, None).await.unwrap().uri);
        let unconfirmed = pass(&world.cx, &enter(&world).await, Proof::Totp(&shown(&world, &new, 0))).await;
        assert_eq!(refusal(unconfirmed), Refusal::WrongFactorCode, "it lets nobody in before");
        assert!(pass(&world.cx, &enter(&world).await, Proof::Totp(&shown(&world, &old, 0))).await.is_ok());
        let session = show(&world.cx, &session, Proof::Totp(&shown(&world, &new, 0))).await.unwrap().opened;
        world.wait(STEP);
        let dead = pass(&world.cx, &enter(&world).await, Proof::Totp(&shown(&world, &old, 0))).await;
        assert_eq!(refusal(dead), Refusal::WrongFactorCode);
        assert!(pass(&world.cx, &enter(&world).await, Proof::Totp(&shown(&world, &new, 0))).await.is_ok());
        assert!(pass(&world.cx, &enter(&world).await, Proof::BackupCode(&backup[0])).await.is_ok(), "these stay");
        assert_eq!(told(&world).await[1], "A new authenticator app was set up");
        assert_eq!(status(&world.cx, &session.user).await.unwrap().backup_codes, 9);
    }

    async fn a24_an_app_that_was_begun_before_there_was_a_second_factor_needs_that_one(world: World) {
        world.user(ADA).await;
        let intruder = world.sign_in(ADA, PASSWORD).await.unwrap();
        let intruders = AuthenticatorApp::scan(&totp::begin(&world.cx, &intruder, false, None).await.unwrap().uri);
        let owner = world.sign_in(ADA, PASSWORD).await.unwrap();
        turn_on(&world.cx, &owner, Method::Mail).await.unwrap();
        let refused = show(&world.cx, &intruder, Proof::Totp(&shown(&world, &intruders, 0))).await;
        assert_eq!(refusal(refused), Refusal::SessionNotFresh);
        let code = sent(&world, Asker::Session(&owner)).await;
        let owner = show(&world.cx, &owner, Proof::Sent(&code)).await.unwrap().opened;
        let foreign = show(&world.cx, &owner, Proof::Totp(&shown(&world, &intruders, 0))).await;
        assert_eq!(refusal(foreign), Refusal::TotpNotEnabled, "nor does the owner confirm what somebody else began");
    }

    async fn an_app_is_set_up_by_the_session_that_began_it(world: World) {
        world.user(ADA).await;
        let (intruder, owner) = (world.sign_in(ADA, PASSWORD).await.unwrap(), world.sign_in(ADA, PASSWORD).await.unwrap());
        let owners = totp::begin(&world.cx, &owner, false, None).await.unwrap();
        let intruders = totp::begin(&world.cx, &intruder, false, None).await.unwrap();
        assert_eq!(totp::begun(&world.cx, &owner).await.unwrap().secret, owners.secret, "nobody's secret is slipped in");
        let foreign = shown(&world, &AuthenticatorApp::scan(&intruders.uri), 0);
        assert_eq!(refusal(show(&world.cx, &owner, Proof::Totp(&foreign)).await), Refusal::WrongFactorCode);
        let code = shown(&world, &AuthenticatorApp::scan(&owners.uri), 0);
        assert!(show(&world.cx, &owner, Proof::Totp(&code)).await.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) FROM authenticators").await, 1);
    }

    async fn a24_backup_codes_that_another_session_made_before_are_void(world: World) {
        world.user(ADA).await;
        let (intruder, owner) = (world.sign_in(ADA, PASSWORD).await.unwrap(), world.sign_in(ADA, PASSWORD).await.unwrap());
        let planted = backup_codes::prepare(&world.cx, &intruder).await.unwrap();
        let app = AuthenticatorApp::scan(&totp::begin(&world.cx, &owner, false, None).await.unwrap().uri);
        let owner = show(&world.cx, &owner, Proof::Totp(&shown(&world, &app, 0))).await.unwrap().opened;
        assert_eq!(status(&world.cx, &owner.user).await.unwrap().backup_codes, 0);
        let spent = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&planted[0])).await;
        assert_eq!(refusal(spent), Refusal::BackupCodesNotEnabled);
    }

    async fn an_app_that_was_never_confirmed_gives_way_to_the_next(world: World) {
        let ada = world.user(ADA).await;
        let first = AuthenticatorApp::scan(&totp::begin(&world.cx, &ada, false, None).await.unwrap().uri);
        let second = AuthenticatorApp::scan(&totp::begin(&world.cx, &ada, false, None).await.unwrap().uri);
        let code = shown(&world, &first, 0);
        assert_eq!(refusal(show(&world.cx, &ada, Proof::Totp(&code)).await), Refusal::WrongFactorCode);
        assert!(show(&world.cx, &ada, Proof::Totp(&shown(&world, &second, 0))).await.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) FROM authenticators").await, 1);
    }

    async fn a_secret_is_shown_to_a_fresh_session_only(world: World) {
        let Owner { session, .. } = ada(&world).await;
        world.wait(HOUR);
        for refused in [totp::present(&world.cx, &session).await, totp::begun(&world.cx, &session).await] {
            assert_eq!(refusal(refused), Refusal::SessionNotFresh);
        }
    }
}
