use super::*;

/// Uses up one code with wrong tries; gives what the right one is told then.
async fn use_up(world: &World) -> Refusal {
    let right = ask(world, PHONE).await;
    for n in 0..3 {
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, wrong(&right, n)).await), Refusal::InvalidCode);
    }
    refusal(enter(world.cx.clone(), PHONE, right).await)
}

db::both! {
    async fn a_code_signs_in_whoever_has_the_number(world: World) {
        let world = texting(world);
        let ada = owner(&world, ADA, PHONE).await;
        let code = ask(&world, PHONE).await;
        let opened = admitted(enter(world.cx.clone(), PHONE, code.clone()).await.unwrap());
        assert_eq!((opened.user.id, opened.session.factor), (ada.user.id, Factor::PhoneCode));
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, code).await), Refusal::PhoneCodeMissing, "once");
        let code = ask(&world, PHONE).await;
        assert_eq!(confirm(&world.cx, &number(PHONE), &code).await.unwrap().email, email(ADA));
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, code).await), Refusal::PhoneCodeMissing);
        let late = ask(&world, PHONE).await;
        world.wait(5 * MINUTE);
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, late).await), Refusal::CodeExpired);
    }

    async fn a27_fifty_sign_ins_with_one_code_make_one_session(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let sessions = world.count("SELECT COUNT(*) FROM sessions").await;
        let code = ask(&world, PHONE).await;
        let results = at_once(50, |_| enter(world.cx.clone(), PHONE, code.clone())).await;
        one_winner(results, &Refusal::PhoneCodeMissing);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, sessions + 1);
    }

    async fn a16_of_a_hundred_tries_at_once_three_are_looked_at(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let right = ask(&world, PHONE).await;
        let results = at_once(100, |n| enter(world.cx.clone(), PHONE, wrong(&right, n))).await;
        let told: Vec<_> = results.into_iter().map(refusal).collect();
        assert_eq!(told.iter().filter(|told| **told == Refusal::InvalidCode).count(), 3);
        assert_eq!(told.iter().filter(|told| **told == Refusal::TooManyAttempts).count(), 97);
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, right).await), Refusal::TooManyAttempts);
    }

    async fn a18_new_codes_do_not_buy_guesses_for_ever(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        for _ in 0..5 {
            assert_eq!(use_up(&world).await, Refusal::TooManyAttempts);
        }
        let sixth = ask(&world, PHONE).await;
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, sixth).await), Refusal::TooManyAttempts);
        world.wait(60 * MINUTE);
        let later = ask(&world, PHONE).await;
        assert!(enter(world.cx.clone(), PHONE, later).await.is_ok());
    }

    async fn a12_an_unknown_number_is_told_the_same_and_gets_no_message(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        for phone in [PHONE, OTHER] {
            request_sign_in(&world.cx, &number(phone)).await.unwrap();
            request_reset(&world.cx, &number(phone)).await.unwrap();
            let new = Password::new("Br4nd-new-one");
            let told = [
                refusal(enter(world.cx.clone(), phone, "no code".into()).await),
                refusal(confirm(&world.cx, &number(phone), "no code").await),
                refusal(reset_password(&world.cx, &number(phone), "no code", &new).await),
            ];
            assert_eq!(told, [Refusal::InvalidCode, Refusal::InvalidCode, Refusal::InvalidCode], "{phone}");
            let who = crate::sign_in::Identifier::Phone(number(phone));
            let wrong = crate::sign_in::with_password(&world.cx, &who, &new, true, None, &Client::default()).await;
            assert_eq!(refusal(wrong), Refusal::InvalidPhoneOrPassword, "{phone}");
        }
        assert!(world.texts(&number(OTHER)).await.is_empty());
        assert_eq!(world.texts(&number(PHONE)).await.len(), 3, "to add it, to sign in and to reset");
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1, "nobody signs up by number");
    }

    async fn a21_a_number_does_not_pass_over_the_second_factor(world: World) {
        let world = texting(world);
        guarded(&world, ADA, PHONE).await;
        let sessions = world.count("SELECT COUNT(*) FROM sessions").await;
        let code = ask(&world, PHONE).await;
        let challenge = challenged(enter(world.cx.clone(), PHONE, code).await.unwrap());
        assert!(!challenge.methods.contains(&Method::Sms), "another message would prove nothing new");
        let who = crate::sign_in::Identifier::Phone(number(PHONE));
        let (password, client) = (Password::new(PASSWORD), Client::default());
        let entered = crate::sign_in::with_password(&world.cx, &who, &password, true, None, &client).await.unwrap();
        assert_eq!(challenged(entered).methods, [Method::Sms]);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, sessions);
    }

    async fn a_number_signs_nobody_in_before_the_address_is_proved(world: World) {
        let mut world = texting(world);
        world.settings(|settings| settings.sign_up.require_verification = false);
        world.sign_up(ADA, PASSWORD).await;
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        add(&world, &ada, PHONE).await.unwrap();
        world.settings(|settings| settings.sign_up.require_verification = true);
        let code = ask(&world, PHONE).await;
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, code).await), Refusal::EmailNotVerified);
        assert!(world.follow(&world.link_token(ADA).await).await.is_ok(), "a new link is on its way");
    }
}
