use super::*;
use crate::testing::{HOUR, MINUTE, SECOND};
use crate::{deletion, email_change};

/// What nobody may do by a first factor alone, where there is a second one.
async fn refusals(world: &World, session: &Current) -> Vec<Refusal> {
    let cx = &world.cx;
    vec![
        refusal(totp::begin(cx, session, true, None).await.map(drop)),
        refusal(totp::present(cx, session).await.map(drop)),
        refusal(turn_off(cx, session, Method::Totp).await),
        refusal(turn_on(cx, session, Method::Mail).await),
        refusal(disable(cx, session).await),
        refusal(backup_codes::regenerate(cx, session).await),
        refusal(deletion::request(cx, session, Some(&Password::new(PASSWORD)), None, &Client::default()).await),
        refusal(deletion::request(cx, session, None, None, &Client::default()).await),
        refusal(email_change::request(cx, session, &email("thief@example.com"), None).await),
    ]
}

fn stale(refusals: &[Refusal]) -> bool {
    refusals.iter().all(|refusal| *refusal == Refusal::SessionNotFresh)
}

db::both! {
    async fn a24_a_password_undoes_no_second_factor(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        world.wait(10 * MINUTE);
        let session = session::authenticate(&world.cx, &session, &Password::new(PASSWORD), &Client::default()).await.unwrap();
        assert!(stale(&refusals(&world, &session).await));
        let code = shown(&world, &app, 0);
        let session = show(&world.cx, &session, Proof::Totp(&code)).await.unwrap().opened;
        world.wait(10 * MINUTE - SECOND);
        assert!(totp::begin(&world.cx, &session, true, None).await.is_ok());
        disable(&world.cx, &session).await.unwrap();
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok(), "nothing is asked for any more");
    }

    async fn a24_a_session_from_before_the_second_factor_does_not_undo_it(world: World) {
        world.user(ADA).await;
        let intruder = world.sign_in(ADA, PASSWORD).await.unwrap();
        let owner = world.sign_in(ADA, PASSWORD).await.unwrap();
        set_up(&world, owner).await;
        assert!(world.find(&intruder).await.is_none(), "turning it on ends every other session");
        // Nor what was looked up before.
        for refused in [
            turn_off(&world.cx, &intruder, Method::Totp).await,
            disable(&world.cx, &intruder).await.map(drop),
            turn_on(&world.cx, &intruder, Method::Mail).await,
            backup_codes::prepare(&world.cx, &intruder).await.map(drop),
            totp::begin(&world.cx, &intruder, true, None).await.map(drop),
        ] {
            assert_eq!(refusal(refused), Refusal::Unauthorized);
        }
    }

    async fn a25_a_password_alone_changes_no_password(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        world.wait(10 * MINUTE);
        let (old, new) = (Password::new(PASSWORD), Password::new("Br4nd-new-one"));
        let refused = crate::password_change::change(&world.cx, &session, &old, &new, true, &Client::default()).await;
        assert_eq!(refusal(refused), Refusal::SessionNotFresh);
        let session = show(&world.cx, &session, Proof::Totp(&shown(&world, &app, 0))).await.unwrap().opened;
        crate::password_change::change(&world.cx, &session, &old, &new, true, &Client::default()).await.unwrap();
    }

    async fn a25_who_resets_the_password_by_mail_does_not_pass_by_mail(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        assert!(enter(&world).await.methods.contains(&Method::Mail));
        world.moment();
        crate::reset::request(&world.cx, &email(ADA), None).await.unwrap();
        let link = world.link_token(ADA).await;
        crate::reset::redeem(&world.cx, &link, &Password::new(PASSWORD)).await.unwrap();
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Totp, Method::BackupCode]);
        let asked = sent_code::send(&world.cx, Asker::Challenge(&challenge.token), Some(Method::Mail)).await;
        assert_eq!(refusal(asked), Refusal::OtpNotEnabled);
        world.wait(STEP);
        pass(&world.cx, &challenge, Proof::Totp(&shown(&world, &app, 0))).await.unwrap();
        assert!(enter(&world).await.methods.contains(&Method::Mail), "somebody has shown the app since");
    }

    async fn a18_a_code_by_mail_buys_no_guesses_at_the_app(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let wrong = app.never_shows(world.cx.now());
        for _ in 0..2 {
            for _ in 0..4 {
                let guess = pass(&world.cx, &enter(&world).await, Proof::Totp(&wrong)).await;
                assert_eq!(refusal(guess), Refusal::WrongFactorCode);
            }
            let challenge = enter(&world).await;
            let code = sent(&world, Asker::Challenge(&challenge.token)).await;
            pass(&world.cx, &challenge, Proof::Sent(&code)).await.unwrap();
        }
        for _ in 0..2 {
            _ = pass(&world.cx, &enter(&world).await, Proof::Totp(&wrong)).await;
        }
        let locked = pass(&world.cx, &enter(&world).await, Proof::Totp(&wrong)).await;
        assert_eq!(refusal(locked), Refusal::AccountLocked, "ten wrong ones in all");
    }

    async fn a25_a_code_that_signs_in_is_not_the_second_factor(world: World) {
        let Owner { session, .. } = ada(&world).await;
        world.wait(10 * MINUTE);
        let digits = mailed(&world, CodePurpose::SignIn).await;
        let session = code::authenticate(&world.cx, &session, &digits).await.unwrap();
        assert!(stale(&refusals(&world, &session).await));
    }

    async fn a25_beside_an_app_a_code_by_mail_lets_in_and_does_no_more(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let challenge = enter(&world).await;
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        let mut weak = pass(&world.cx, &challenge, Proof::Sent(&code)).await.unwrap();
        assert!(world.find(&weak).await.is_some() && stale(&refusals(&world, &weak).await));
        assert_eq!(step_up_methods(&world.cx, &weak).await.unwrap(), [Method::Totp, Method::BackupCode]);
        let asked = sent_code::send(&world.cx, Asker::Session(&weak), Some(Method::Mail)).await;
        assert_eq!(refusal(asked), Refusal::OtpNotEnabled, "nor does another one make it fresh");
        weak = show(&world.cx, &weak, Proof::Totp(&shown(&world, &app, 0))).await.unwrap().opened;
        assert!(weak.is_fresh(&world.cx));
    }

    async fn a25_a_trusted_browser_is_not_the_second_factor(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        let code = shown(&world, &app, 0);
        let shown = verify(&world.cx, Asker::Session(&session), Proof::Totp(&code), true, &Client::default()).await;
        let browser = Client { trust: shown.unwrap().trust, ..Client::default() };
        let Entered::In(admitted) = with_password(&world.cx, &browser).await else { panic!("it is trusted") };
        assert_eq!(admitted.opened.session.second_factor, Some(SecondFactor::TrustedDevice));
        assert!(stale(&refusals(&world, &admitted.opened).await));
    }

    async fn a_second_factor_is_fresh_for_ten_minutes(world: World) {
        let Owner { session, backup, .. } = ada(&world).await;
        world.wait(HOUR);
        let session = show(&world.cx, &session, Proof::BackupCode(&backup[0])).await.unwrap().opened;
        world.wait(10 * MINUTE - SECOND);
        assert!(session.is_fresh(&world.cx));
        world.wait(SECOND);
        assert!(!session.is_fresh(&world.cx));
        assert_eq!(step_up_methods(&world.cx, &session).await.unwrap(), [Method::Totp, Method::BackupCode]);
    }

    async fn who_has_no_second_factor_has_nothing_to_show(world: World) {
        let ada = world.user(ADA).await;
        assert!(step_up_methods(&world.cx, &ada).await.unwrap().is_empty());
        assert_eq!(refusal(show(&world.cx, &ada, Proof::Totp("000000")).await), Refusal::TotpNotEnabled);
        assert_eq!(refusal(disable(&world.cx, &ada).await), Refusal::TwoFactorNotEnabled);
        assert_eq!(refusal(turn_off(&world.cx, &ada, Method::Totp).await), Refusal::TwoFactorNotEnabled);
        assert!(told(&world).await.is_empty());
    }

    async fn a_session_that_was_ended_is_not_made_anew(world: World) {
        let Owner { session, backup, .. } = ada(&world).await;
        session::end_all(&world.cx, &session.user.id).await.unwrap();
        let refused = show(&world.cx, &session, Proof::BackupCode(&backup[0])).await;
        assert_eq!(refusal(refused), Refusal::Unauthorized);
        assert_eq!(world.count("SELECT COUNT(*) FROM backup_codes").await, 10, "and nothing is spent");
    }
}
