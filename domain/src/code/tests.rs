use super::*;
use crate::testing::{HOUR, MINUTE, SECOND, World, admitted, at_once, email, one_winner, refusal};

const ADA: &str = "ada@example.com";

async fn ask(world: &World, purpose: Purpose) -> String {
    world.moment();
    request(&world.cx, purpose, &email(ADA)).await.unwrap();
    world.code(ADA).await
}

/// The `n`th of the codes that are not `right`.
fn wrong(right: &str, n: usize) -> String {
    let code = n + usize::from(right.parse::<usize>().unwrap() <= n);
    format!("{code:06}")
}

async fn try_sign_in(cx: Cx, code: String) -> Result<Opened> {
    Ok(admitted(sign_in(&cx, &email(ADA), &code, None, true, &Client::default()).await?))
}

/// Uses up one code with wrong tries; gives what the last one was told.
async fn use_up(world: &World) -> Refusal {
    let right = ask(world, Purpose::SignIn).await;
    for n in 0..3 {
        let _ = try_sign_in(world.cx.clone(), wrong(&right, n)).await;
    }
    refusal(try_sign_in(world.cx.clone(), right).await)
}

db::both! {
    async fn a_code_signs_in_who_has_an_account_and_up_who_has_none(world: World) {
        let code = ask(&world, Purpose::SignIn).await;
        let name = PersonName::parse("Ada King").unwrap();
        let made = sign_in(&world.cx, &email(ADA), &code, Some(&name), false, &Client::default()).await.unwrap();
        let made = admitted(made);
        assert!(made.user.email_verified && made.user.name == "Ada King" && !made.session.remember);
        let spaced = format!(" {} ", ask(&world, Purpose::SignIn).await);
        let again = try_sign_in(world.cx.clone(), spaced).await.unwrap();
        assert_eq!(again.user.id, made.user.id);
        assert_eq!(again.session.factor, Factor::Code);
    }

    async fn a27_fifty_redemptions_of_one_code_make_one_session(world: World) {
        world.user(ADA).await;
        let before = world.count("SELECT COUNT(*) FROM sessions").await;
        let code = ask(&world, Purpose::SignIn).await;
        let results = at_once(50, |_| try_sign_in(world.cx.clone(), code.clone())).await;
        one_winner(results, &Refusal::InvalidCode);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, before + 1);
    }

    async fn a16_of_a_hundred_tries_at_once_three_are_looked_at(world: World) {
        world.user(ADA).await;
        let right = ask(&world, Purpose::SignIn).await;
        let results = at_once(100, |n| try_sign_in(world.cx.clone(), wrong(&right, n))).await;
        let told: Vec<_> = results.into_iter().map(refusal).collect();
        assert_eq!(told.iter().filter(|told| **told == Refusal::InvalidCode).count(), 3);
        assert_eq!(told.iter().filter(|told| **told == Refusal::TooManyAttempts).count(), 97);
        let late = try_sign_in(world.cx.clone(), right).await;
        assert_eq!(refusal(late), Refusal::TooManyAttempts, "the right one comes too late");
    }

    async fn a16_looking_without_spending_is_bounded_too(world: World) {
        world.user(ADA).await;
        let right = ask(&world, Purpose::ResetPassword).await;
        let told = at_once(100, |n| {
            let (cx, code) = (world.cx.clone(), wrong(&right, n));
            async move { check(&cx, Purpose::ResetPassword, &email(ADA), &code).await }
        })
        .await;
        assert_eq!(told.into_iter().map(refusal).filter(|told| *told == Refusal::InvalidCode).count(), 3);
        let late = reset_password(&world.cx, &email(ADA), &right, &Password::new("Br4nd-new-one")).await;
        assert_eq!(refusal(late), Refusal::TooManyAttempts);
    }

    async fn a18_new_codes_do_not_buy_guesses_for_ever(world: World) {
        world.user(ADA).await;
        for _ in 0..5 {
            assert_eq!(use_up(&world).await, Refusal::TooManyAttempts);
        }
        let sixth = ask(&world, Purpose::SignIn).await;
        assert_eq!(refusal(try_sign_in(world.cx.clone(), sixth).await), Refusal::TooManyAttempts, "15 misses are enough");
        world.wait(59 * MINUTE);
        let soon = ask(&world, Purpose::SignIn).await;
        assert_eq!(refusal(try_sign_in(world.cx.clone(), soon).await), Refusal::TooManyAttempts);
        world.wait(MINUTE);
        let later = ask(&world, Purpose::SignIn).await;
        assert!(try_sign_in(world.cx.clone(), later).await.is_ok(), "the owner isn't locked out for long");
    }

    async fn a18_sweeping_does_not_forget_the_misses(world: World) {
        world.user(ADA).await;
        for _ in 0..5 {
            use_up(&world).await;
        }
        world.wait(30 * MINUTE);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().codes, 0);
        let code = ask(&world, Purpose::SignIn).await;
        assert_eq!(refusal(try_sign_in(world.cx.clone(), code).await), Refusal::TooManyAttempts);
    }

    async fn a18_misses_are_counted_for_one_address_only(world: World) {
        world.user(ADA).await;
        for _ in 0..5 {
            use_up(&world).await;
        }
        request(&world.cx, Purpose::SignIn, &email("bob@example.com")).await.unwrap();
        let code = world.code("bob@example.com").await;
        let bob = sign_in(&world.cx, &email("bob@example.com"), &code, None, true, &Client::default()).await;
        assert!(bob.is_ok());
    }

    async fn looking_at_a_right_code_neither_spends_nor_counts(world: World) {
        world.user(ADA).await;
        let code = ask(&world, Purpose::SignIn).await;
        for _ in 0..2 {
            assert!(check(&world.cx, Purpose::SignIn, &email(ADA), &wrong(&code, 0)).await.is_err());
        }
        for _ in 0..20 {
            check(&world.cx, Purpose::SignIn, &email(ADA), &code).await.unwrap();
        }
        assert!(try_sign_in(world.cx.clone(), code).await.is_ok());
    }

    async fn a_code_is_good_for_five_minutes(world: World) {
        world.user(ADA).await;
        let late = ask(&world, Purpose::SignIn).await;
        world.wait(5 * MINUTE);
        assert_eq!(refusal(check(&world.cx, Purpose::SignIn, &email(ADA), &late).await), Refusal::CodeExpired);
        assert_eq!(refusal(try_sign_in(world.cx.clone(), wrong(&late, 0)).await), Refusal::InvalidCode, "a wrong guess isn't told");
        let soon = ask(&world, Purpose::SignIn).await;
        world.wait(5 * MINUTE - SECOND);
        assert!(try_sign_in(world.cx.clone(), soon).await.is_ok());
    }

    async fn a_new_code_takes_the_place_of_the_old(world: World) {
        world.user(ADA).await;
        let (mut old, mut new) = (ask(&world, Purpose::SignIn).await, ask(&world, Purpose::SignIn).await);
        while old == new {
            old = new;
            new = ask(&world, Purpose::SignIn).await;
        }
        assert_eq!(refusal(try_sign_in(world.cx.clone(), old).await), Refusal::InvalidCode);
        assert!(try_sign_in(world.cx.clone(), new).await.is_ok());
    }

    async fn a_code_is_good_for_one_purpose_and_one_address(world: World) {
        let mut world = world;
        world.settings(|settings| settings.email_change.confirm_current = false);
        let ada = world.user(ADA).await;
        world.user("bob@example.com").await;
        let code = ask(&world, Purpose::ResetPassword).await;
        assert_eq!(refusal(try_sign_in(world.cx.clone(), code.clone()).await), Refusal::InvalidCode);
        let (cx, bob) = (&world.cx, email("bob@example.com"));
        let password = Password::new("Br4nd-new-one");
        assert_eq!(refusal(reset_password(cx, &bob, &code, &password).await), Refusal::InvalidCode);
        assert_eq!(refusal(change_email(cx, &ada, &email("new@example.com"), &code).await), Refusal::InvalidCode);
        assert_eq!(refusal(verify_email(cx, &email(ADA), &code, &Client::default()).await), Refusal::InvalidCode);
        assert!(reset_password(cx, &email(ADA), &code, &password).await.is_ok());
    }

    async fn a9_what_is_no_code_is_wrong(world: World) {
        world.user(ADA).await;
        for guess in ["", " ", "null", "-1", "１２３４５６", "1e5", &"0".repeat(10_000)] {
            ask(&world, Purpose::SignIn).await;
            let told = refusal(try_sign_in(world.cx.clone(), guess.to_owned()).await);
            assert_eq!(told, Refusal::InvalidCode, "{guess:.20}");
        }
        let unasked = verify_email(&world.cx, &email(ADA), "", &Client::default()).await;
        assert_eq!(refusal(unasked), Refusal::InvalidCode, "none was sent");
    }

    async fn a12_only_who_can_use_a_code_gets_one_and_nobody_is_told(world: World) {
        world.user(ADA).await;
        world.sign_up("waiting@example.com", "Tr1cky-enough").await;
        for purpose in [Purpose::SignIn, Purpose::VerifyEmail, Purpose::ResetPassword, Purpose::ChangeEmail] {
            for address in [ADA, "waiting@example.com", "nobody@example.com"] {
                request(&world.cx, purpose, &email(address)).await.unwrap();
                let told = refusal(check(&world.cx, purpose, &email(address), "no code").await);
                assert_eq!(told, Refusal::InvalidCode, "{purpose:?} {address}");
            }
        }
        let codes = async |address: &str| world.kinds(address).await.iter().filter(|kind| *kind == "otp").count();
        assert_eq!(codes(ADA).await, 2, "to sign in and to reset");
        assert_eq!(codes("waiting@example.com").await, 3, "and to verify");
        assert_eq!(codes("nobody@example.com").await, 1, "to sign up");
    }

    async fn a_code_is_kept_so_that_reading_the_table_does_not_tell_it(world: World) {
        let code = ask(&world, Purpose::SignIn).await;
        let (kept,): (Vec<u8>,) = world.row("SELECT tag FROM codes").await;
        assert!(!kept.windows(6).any(|bytes| bytes == code.as_bytes()));
        let bare = <sha2::Sha256 as sha2::Digest>::digest(code.as_bytes()).to_vec();
        assert_ne!(kept, bare, "a bare hash of six digits is guessed at once");
        let mut other = world.cx.clone();
        other.secret = crate::Secret::new("another-secret-0123456789-abcdefghijklmnopqrstuv");
        assert!(try_sign_in(other, code).await.is_err(), "it hangs on the operator's secret");
    }

    async fn a_code_proves_the_address_of_a_sign_up(world: World) {
        world.sign_up(ADA, "Tr1cky-enough").await;
        let code = ask(&world, Purpose::VerifyEmail).await;
        let results = at_once(50, |_| {
            let (cx, code) = (world.cx.clone(), code.clone());
            async move { verify_email(&cx, &email(ADA), &code, &Client::default()).await }
        })
        .await;
        let (user, opened) = one_winner(results, &Refusal::InvalidCode);
        assert!(user.email_verified);
        assert!(world.find(&admitted(opened.unwrap())).await.is_some());
        assert!(world.sign_in(ADA, "Tr1cky-enough").await.is_ok(), "nobody else had signed up: the password stays");
    }

    async fn misses_are_forgotten_after_a_while(world: World) {
        world.user(ADA).await;
        for _ in 0..4 {
            use_up(&world).await;
        }
        world.wait(HOUR);
        for _ in 0..4 {
            use_up(&world).await;
        }
        let code = ask(&world, Purpose::SignIn).await;
        assert!(try_sign_in(world.cx.clone(), code).await.is_ok());
    }
}
