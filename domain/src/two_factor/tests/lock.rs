use super::*;
use crate::testing::{DAY, HOUR, MINUTE, SECOND, at_once};

/// So many wrong codes, each for a challenge of its own; gives what the last one was told.
async fn miss(world: &World, app: &AuthenticatorApp, times: usize) -> Refusal {
    let mut told = Refusal::Busy;
    for _ in 0..times {
        let wrong = wrong(world, app);
        told = refusal(pass(&world.cx, &enter(world).await, Proof::Totp(&wrong)).await);
    }
    told
}

async fn tries(world: &World, app: &AuthenticatorApp) -> Result<Opened> {
    let right = shown(world, app, 0);
    pass(&world.cx, &enter(world).await, Proof::Totp(&right)).await
}

db::both! {
    async fn a18_new_challenges_buy_no_new_guesses(world: World) {
        let Owner { app, .. } = ada(&world).await;
        assert_eq!(miss(&world, &app, 10).await, Refusal::WrongFactorCode);
        assert_eq!(refusal(tries(&world, &app).await), Refusal::AccountLocked, "the right one, in a challenge of its own");
        assert_eq!(told(&world).await[0], "Too many wrong codes");
        assert_eq!(miss(&world, &app, 3).await, Refusal::AccountLocked);
        assert_eq!(told(&world).await.iter().filter(|what| *what == "Too many wrong codes").count(), 1, "one mail");
        world.wait(15 * MINUTE - SECOND);
        assert_eq!(refusal(tries(&world, &app).await), Refusal::AccountLocked);
        world.wait(SECOND);
        assert!(tries(&world, &app).await.is_ok(), "nobody is locked out for good");
    }

    async fn a18_each_lock_is_longer_than_the_one_before(world: World) {
        let Owner { app, .. } = ada(&world).await;
        for span in [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR] {
            assert_eq!(miss(&world, &app, 10).await, Refusal::WrongFactorCode);
            world.wait(span - SECOND);
            assert_eq!(miss(&world, &app, 1).await, Refusal::AccountLocked, "{span:?}");
            world.wait(SECOND);
        }
        assert!(tries(&world, &app).await.is_ok());
        assert_eq!(miss(&world, &app, 10).await, Refusal::WrongFactorCode);
        world.wait(15 * MINUTE);
        assert!(tries(&world, &app).await.is_ok(), "a right code makes good for what was before");
    }

    async fn a18_slow_guessing_is_counted_too(world: World) {
        let Owner { app, .. } = ada(&world).await;
        for _ in 0..10 {
            assert_eq!(miss(&world, &app, 1).await, Refusal::WrongFactorCode);
            world.wait(DAY / 2);
        }
        assert_eq!(world.count("SELECT locks FROM two_factors").await, 1);
    }

    async fn a18_a_right_code_ends_the_run(world: World) {
        let Owner { app, backup, .. } = ada(&world).await;
        miss(&world, &app, 9).await;
        assert!(pass(&world.cx, &enter(&world).await, Proof::BackupCode(&backup[0])).await.is_ok());
        assert_eq!(miss(&world, &app, 9).await, Refusal::WrongFactorCode);
        assert!(tries(&world, &app).await.is_ok());
    }

    async fn a18_five_wrong_codes_of_those_that_were_sent_are_enough(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        for _ in 0..5 {
            let challenge = enter(&world).await;
            let code = sent(&world, Asker::Challenge(&challenge.token)).await;
            let refused = pass(&world.cx, &challenge, Proof::Sent(other(&code))).await;
            assert_eq!(refusal(refused), Refusal::WrongFactorCode);
        }
        let challenge = enter(&world).await;
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Sent(&code)).await), Refusal::TooManyFactorTries);
        let app_code = shown(&world, &app, 0);
        assert!(pass(&world.cx, &challenge, Proof::Totp(&app_code)).await.is_ok(), "the app is not concerned");
    }

    async fn a18_codes_are_sent_anew_after_a_while(world: World) {
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        for wait in [Duration::ZERO, 15 * MINUTE] {
            world.wait(wait);
            for _ in 0..5 {
                let refused = pass(&world.cx, &enter(&world).await, Proof::Sent("000000")).await;
                assert_eq!(refusal(refused), Refusal::WrongFactorCode);
            }
        }
        let refused = pass(&world.cx, &enter(&world).await, Proof::Sent("000000")).await;
        assert_eq!(refusal(refused), Refusal::AccountLocked, "ten in a row all the same");
    }

    async fn a16_fifty_guesses_at_once_are_counted_one_by_one(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let guess = wrong(&world, &app);
        let mut challenges = Vec::new();
        for _ in 0..50 {
            challenges.push(enter(&world).await);
        }
        let results = at_once(50, |n| {
            let (cx, challenge, guess) = (world.cx.clone(), challenges[n].clone(), guess.clone());
            async move { refusal(pass(&cx, &challenge, Proof::Totp(&guess)).await) }
        })
        .await;
        assert_eq!(results.iter().filter(|told| **told == Refusal::WrongFactorCode).count(), 10);
        assert_eq!(results.iter().filter(|told| **told == Refusal::AccountLocked).count(), 40);
    }

    async fn a17_a_lock_holds_for_every_factor_and_everybody_who_asks(world: World) {
        let Owner { session, app, backup } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let challenge = enter(&world).await;
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        let own = shown(&world, &app, 0);
        miss(&world, &app, 10).await;
        let before = world.mails(ADA).await.len();
        for proof in [Proof::Totp(&own), Proof::Sent(&code), Proof::BackupCode(&backup[0])] {
            assert_eq!(refusal(pass(&world.cx, &challenge, proof).await), Refusal::AccountLocked);
            assert_eq!(refusal(show(&world.cx, &session, proof).await), Refusal::AccountLocked, "signed in, too");
        }
        let asker = Asker::Challenge(&challenge.token);
        assert_eq!(refusal(spend_backup_code(&world.cx, asker, &backup[0]).await), Refusal::AccountLocked);
        assert_eq!(refusal(sent_code::send(&world.cx, asker, None).await), Refusal::AccountLocked);
        assert_eq!(world.mails(ADA).await.len(), before, "nothing is sent that isn't taken");
        assert_eq!(world.count("SELECT COUNT(*) FROM backup_codes").await, 10, "nothing was spent");
        assert!(world.find(&session).await.is_some(), "who is in stays in");
        assert!(matches!(by_link(&world).await, Entered::Challenged(_)), "another way in is no way around");
    }

    async fn a17_wrong_codes_of_somebody_signed_in_count_alike(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        for n in 0..10 {
            let (wrong, backup) = (wrong(&world, &app), "aaaaa-aaaaa");
            let proof = if n % 2 == 0 { Proof::Totp(&wrong) } else { Proof::BackupCode(backup) };
            assert!(matches!(
                refusal(show(&world.cx, &session, proof).await),
                Refusal::WrongFactorCode | Refusal::WrongBackupCode
            ));
        }
        assert_eq!(refusal(tries(&world, &app).await), Refusal::AccountLocked);
    }

    async fn a_lock_is_the_account_s_own(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let bob = owner(&world, "bob@example.com").await;
        miss(&world, &app, 10).await;
        let code = shown(&world, &bob.app, 0);
        assert!(show(&world.cx, &bob.session, Proof::Totp(&code)).await.is_ok());
    }
}
