use model::Username;

use super::*;
use crate::session::Factor;
use crate::testing::{FIREFOX, MINUTE, NarrowWorld, SECOND, at_once, client, one_winner};
use crate::verification::{self, Verified};
use crate::{password_change, profile, reset};

db::both! {
    async fn a21_every_way_in_is_challenged_but_a_passkey(world: World) {
        let Owner { session, .. } = ada(&world).await;
        let name = Username::parse("countess").unwrap();
        let change = profile::Change { username: Some(Some(name.clone())), ..profile::Change::default() };
        profile::update(&world.cx, &session.user.id, change).await.unwrap();
        let before = sessions(&world).await;

        challenged(with_password(&world.cx, &Client::default()).await);
        let (who, password) = (Identifier::Username(name), Password::new(PASSWORD));
        challenged(sign_in::with_password(&world.cx, &who, &password, true, None, &Client::default()).await.unwrap());
        challenged(by_link(&world).await);
        challenged(by_code(&world).await);

        // A proof of the address signs in, too; it isn't asked for twice unless the address was left unproved.
        world.write("UPDATE users SET email_verified = false WHERE email = $1", &[ADA]).await;
        world.moment();
        verification::send(&world.cx, &email(ADA), None).await.unwrap();
        match verification::redeem(&world.cx, &world.link_token(ADA).await, &Client::default()).await.unwrap() {
            Verified::Account(_, Some(entered)) => drop(challenged(entered)),
            _ => panic!("the link leads in"),
        }
        assert_eq!(sessions(&world).await, before, "a22");

        let mut tx = world.cx.db.begin().await.unwrap();
        let entered = session::enter(&mut tx, &world.cx, session.user, Factor::Passkey, true, &Client::default()).await;
        let Entered::In(Admitted { opened, .. }) = entered.unwrap() else { panic!("a passkey is both factors") };
        assert!(opened.is_fresh(&world.cx));
    }

    async fn a21_a_reset_of_the_password_leaves_the_second_factor(world: World) {
        ada(&world).await;
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        reset::redeem(&world.cx, &world.link_token(ADA).await, &Password::new(PASSWORD)).await.unwrap();
        assert_eq!(enter(&world).await.methods, [Method::Totp, Method::BackupCode]);
    }

    async fn a22_nothing_of_a_session_is_there_before_the_second_factor(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let before = (sessions(&world).await, world.kinds(ADA).await.len());
        let phone = client(FIREFOX);
        let challenge = challenged(with_password(&world.cx, &phone).await);
        assert_eq!((sessions(&world).await, world.kinds(ADA).await.len()), before, "no session, nor a mail of one");
        assert!(session::find(&world.cx, challenge.token.clone()).await.unwrap().is_none(), "it is no session's token");
        let asker = Asker::Challenge(&challenge.token);
        let code = shown(&world, &app, 0);
        let opened = verify(&world.cx, asker, Proof::Totp(&code), false, &phone).await.unwrap().opened;
        assert_ne!(opened.token.expose(), challenge.token.expose());
        assert_eq!(opened.session.user_agent, FIREFOX);
        assert_eq!((opened.session.factor, opened.session.second_factor), (Factor::Password, Some(SecondFactor::Totp)));
        assert_eq!(sessions(&world).await, before.0 + 1);
    }

    async fn a22_what_a_challenge_says_of_itself_holds_no_secret(world: World) {
        ada(&world).await;
        let entered = with_password(&world.cx, &Client::default()).await;
        let printed = format!("{entered:?}");
        let challenge = challenged(entered);
        assert!(!printed.contains(challenge.token.expose()), "{printed}");
        for (stored, count) in [(challenge.token.expose().as_bytes().to_vec(), 0), (challenge.token.hash(), 1)] {
            let sql = "SELECT COUNT(*) FROM challenges WHERE hash = $1";
            let row = world.cx.db.read().await.unwrap().query(sql).bind(stored).one::<(i64,)>().await;
            assert_eq!(row.unwrap().0, count, "the database has a hash of it");
        }
    }

    async fn a23_a_challenge_is_good_for_ten_minutes(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let (late, before) = (enter(&world).await, sessions(&world).await);
        world.wait(10 * MINUTE);
        let code = shown(&world, &app, 0);
        assert_eq!(refusal(pass(&world.cx, &late, Proof::Totp(&code)).await), Refusal::ChallengeGone);
        assert_eq!(refusal(challenge::look(&world.cx, &late.token).await.map(drop)), Refusal::ChallengeGone);
        assert_eq!(sessions(&world).await, before);
        let soon = enter(&world).await;
        world.wait(10 * MINUTE - SECOND);
        assert!(pass(&world.cx, &soon, Proof::Totp(&shown(&world, &app, 0))).await.is_ok());
        crate::sweep::sweep(&world.cx).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM challenges").await, 0);
    }

    async fn a23_a_challenge_is_good_once(world: World) {
        let Owner { app, backup, .. } = ada(&world).await;
        let challenge = enter(&world).await;
        assert!(pass(&world.cx, &challenge, Proof::Totp(&shown(&world, &app, 0))).await.is_ok());
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::BackupCode(&backup[0])).await), Refusal::ChallengeGone);
        assert_eq!(world.count("SELECT COUNT(*) FROM backup_codes").await, 10, "and spends nothing");
        let made_up = Challenge { token: Token::generate(world.cx.random), methods: Vec::new() };
        assert_eq!(refusal(pass(&world.cx, &made_up, Proof::BackupCode(&backup[0])).await), Refusal::ChallengeGone);
    }

    async fn a27_fifty_passes_of_one_challenge_make_one_session(world: World) {
        let Owner { session, .. } = ada(&world).await;
        let mut codes = Vec::new();
        for _ in 0..5 {
            codes.extend(backup_codes::prepare(&world.cx, &session).await.unwrap());
        }
        let (challenge, before) = (enter(&world).await, sessions(&world).await);
        let results = at_once(50, |n| {
            let (cx, challenge, code) = (world.cx.clone(), challenge.clone(), codes[40 + n % 10].clone());
            async move { pass(&cx, &challenge, Proof::BackupCode(&code)).await }
        })
        .await;
        one_winner(results, &Refusal::ChallengeGone);
        assert_eq!(sessions(&world).await, before + 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM backup_codes").await, 9, "one was spent");
    }

    async fn five_wrong_codes_end_a_challenge(world: World) {
        let Owner { app, backup, .. } = ada(&world).await;
        let challenge = enter(&world).await;
        for _ in 0..5 {
            let wrong = wrong(&world, &app);
            assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Totp(&wrong)).await), Refusal::WrongFactorCode);
        }
        let right = shown(&world, &app, 0);
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Totp(&right)).await), Refusal::TooManyFactorTries);
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::BackupCode(&backup[0])).await), Refusal::ChallengeGone);
        assert!(pass(&world.cx, &enter(&world).await, Proof::Totp(&right)).await.is_ok(), "it wasn't spent");
    }

    async fn a_challenge_ends_with_the_password_that_it_began_with(world: World) {
        let Owner { session, app, .. } = ada(&world).await;
        let (old, new) = (Password::new(PASSWORD), Password::new("Br4nd-new-one"));
        let begun = enter(&world).await;
        password_change::change(&world.cx, &session, &old, &new, true, &Client::default()).await.unwrap();
        let code = shown(&world, &app, 0);
        assert_eq!(refusal(pass(&world.cx, &begun, Proof::Totp(&code)).await), Refusal::ChallengeGone);
        let who = Identifier::Email(email(ADA));
        let entered = sign_in::with_password(&world.cx, &who, &new, true, None, &Client::default()).await.unwrap();
        let begun = challenged(entered);
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        reset::redeem(&world.cx, &world.link_token(ADA).await, &old).await.unwrap();
        assert_eq!(refusal(pass(&world.cx, &begun, Proof::Totp(&code)).await), Refusal::ChallengeGone);
    }

    async fn a_challenge_can_be_given_up(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let challenge = enter(&world).await;
        challenge::give_up(&world.cx, &challenge.token).await.unwrap();
        let code = shown(&world, &app, 0);
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Totp(&code)).await), Refusal::ChallengeGone);
    }

    async fn a_session_lasts_as_long_as_was_asked_for_with_the_first_factor(world: World) {
        let Owner { app, .. } = ada(&world).await;
        let (who, password) = (Identifier::Email(email(ADA)), Password::new(PASSWORD));
        let entered = sign_in::with_password(&world.cx, &who, &password, false, None, &Client::default()).await.unwrap();
        let opened = pass(&world.cx, &challenged(entered), Proof::Totp(&shown(&world, &app, 0))).await.unwrap();
        assert!(!opened.session.remember);
    }

    async fn whoever_owes_a_second_factor_is_told_the_methods(world: World) {
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Totp, Method::Mail, Method::BackupCode], "the strongest first");
        let owed = challenge::look(&world.cx, &challenge.token).await.unwrap();
        assert_eq!((owed.methods, owed.email.as_str(), owed.phone), (challenge.methods, "a•••@example.com", None));
    }

    async fn a22_a_factor_that_is_turned_on_while_passwords_are_checked_is_asked_for(world: World) {
        let mut world = world;
        world.slow_hashing();
        world.user(ADA).await;
        let session = world.sign_in(ADA, PASSWORD).await.unwrap();
        let app = AuthenticatorApp::scan(&totp::begin(&world.cx, &session, false, None).await.unwrap().uri);
        let code = shown(&world, &app, 0);
        // Many of these have read the account before the app is confirmed, and come to open their session after it.
        let results = at_once(40, |n| {
            let (cx, session, code) = (world.cx.clone(), session.clone(), code.clone());
            async move {
                match n {
                    0 => Some(show(&cx, &session, Proof::Totp(&code)).await.unwrap().opened),
                    _ => match with_password(&cx, &Client::default()).await {
                        Entered::In(admitted) => Some(admitted.opened),
                        Entered::Challenged(_) => None,
                    },
                }
            }
        })
        .await;
        let turned_on = results[0].as_ref().unwrap().session.authenticated_at;
        for opened in results[1..].iter().flatten() {
            assert!(opened.session.created_at < turned_on, "a session without the factor that there was");
        }
    }

    async fn one_connection_is_enough_for_second_factors(world: NarrowWorld) {
        let world = world.0;
        let Owner { session, app, backup } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let challenge = enter(&world).await;
        let asker = Asker::Challenge(&challenge.token);
        challenge::look(&world.cx, &challenge.token).await.unwrap();
        spend_backup_code(&world.cx, asker, &backup[0]).await.unwrap();
        let code = sent(&world, asker).await;
        let passed = verify(&world.cx, asker, Proof::Sent(&code), true, &Client::default()).await.unwrap();
        let browser = Client { trust: passed.trust, ..Client::default() };
        assert!(matches!(with_password(&world.cx, &browser).await, Entered::In(_)));
        trusted_device::remove_all(&world.cx, &session.user.id).await.unwrap();
        challenge::give_up(&world.cx, &enter(&world).await.token).await.unwrap();
        step_up_methods(&world.cx, &session).await.unwrap();
        totp::present(&world.cx, &session).await.unwrap();
        totp::begin(&world.cx, &session, true, None).await.unwrap();
        totp::begun(&world.cx, &session).await.unwrap();
        let session = show(&world.cx, &session, Proof::Totp(&shown(&world, &app, 0))).await.unwrap().opened;
        backup_codes::regenerate(&world.cx, &session).await.unwrap();
        turn_off(&world.cx, &session, Method::Mail).await.unwrap();
        disable(&world.cx, &session).await.unwrap();
    }
}
