use super::*;

db::both! {
    async fn a_number_is_kept_once_its_code_is_typed_and_the_owner_is_told(world: World) {
        let world = texting(world);
        let ada = world.user(ADA).await;
        request_change(&world.cx, &ada, &number(PHONE)).await.unwrap();
        assert_eq!(world.find(&ada).await.unwrap().user.phone_number, None, "not before");
        let code = world.texted_code(&number(PHONE)).await;
        world.moment();
        let user = change(&world.cx, &ada, &number(PHONE), &format!(" {code} ")).await.unwrap();
        assert_eq!(user.view().phone_number, Some(number(PHONE)));
        assert!(user.view().phone_number_verified);
        assert_eq!(world.find(&ada).await.unwrap().user.phone_number, Some(number(PHONE)));
        assert!(world.mails(ADA).await[0].content.text.contains("Your phone number was changed"));
        add(&world, &ada, OTHER).await.unwrap();
        assert_eq!(world.find(&ada).await.unwrap().user.phone_number, Some(number(OTHER)));
        remove(&world.cx, &ada).await.unwrap();
        assert_eq!(world.find(&ada).await.unwrap().user.phone_number, None);
        let mails = world.kinds(ADA).await.len();
        remove(&world.cx, &ada).await.unwrap();
        assert_eq!(world.kinds(ADA).await.len(), mails, "nothing happened, nothing is told");
    }

    async fn a27_of_fifty_who_prove_one_number_at_once_one_gets_it(world: World) {
        let world = texting(world);
        let mut people = Vec::new();
        for n in 0..50 {
            let opened = world.user(&format!("user{n}@example.com")).await;
            world.moment();
            request_change(&world.cx, &opened, &number(PHONE)).await.unwrap();
            people.push((opened, world.texted_code(&number(PHONE)).await));
        }
        let results = at_once(50, |n| {
            let (cx, (current, code)) = (world.cx.clone(), people[n].clone());
            async move { change(&cx, &current, &number(PHONE), &code).await }
        })
        .await;
        one_winner(results, &Refusal::PhoneNumberTaken);
        assert_eq!(world.count("SELECT COUNT(*) FROM users WHERE phone_number IS NOT NULL").await, 1);
    }

    async fn a_code_that_one_asked_for_adds_the_number_to_nobody_else(world: World) {
        let world = texting(world);
        let (ada, eve) = (world.user(ADA).await, world.user("eve@example.com").await);
        request_change(&world.cx, &ada, &number(PHONE)).await.unwrap();
        let code = world.texted_code(&number(PHONE)).await;
        let told = |result: Result<User>| refusal(result);
        assert_eq!(told(change(&world.cx, &eve, &number(PHONE), &code).await), Refusal::PhoneCodeMissing);
        assert_eq!(told(change(&world.cx, &ada, &number(OTHER), &code).await), Refusal::PhoneCodeMissing);
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, code.clone()).await), Refusal::PhoneCodeMissing, "nor signs in");
        request_change(&world.cx, &eve, &number(PHONE)).await.unwrap();
        assert!(change(&world.cx, &ada, &number(PHONE), &code).await.is_ok(), "nor does another's wish void it");
    }

    async fn a12_only_who_holds_the_phone_learns_that_the_number_is_taken(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let eve = world.user("eve@example.com").await;
        world.moment();
        for phone in [PHONE, OTHER] {
            request_change(&world.cx, &eve, &number(phone)).await.unwrap();
            let code = world.texted_code(&number(phone)).await;
            let guess = change(&world.cx, &eve, &number(phone), &wrong(&code, 0)).await;
            assert_eq!(refusal(guess), Refusal::InvalidCode, "{phone}");
        }
        let code = world.texted_code(&number(PHONE)).await;
        assert_eq!(refusal(change(&world.cx, &eve, &number(PHONE), &code).await), Refusal::PhoneNumberTaken);
    }

    async fn a24_a_session_that_is_not_fresh_changes_no_number(world: World) {
        let world = texting(world);
        let ada = owner(&world, ADA, PHONE).await;
        request_change(&world.cx, &ada, &number(OTHER)).await.unwrap();
        let code = world.texted_code(&number(OTHER)).await;
        let stale = world.sign_in(ADA, PASSWORD).await.unwrap();
        world.wait(10 * MINUTE);
        assert_eq!(refusal(request_change(&world.cx, &stale, &number(OTHER)).await), Refusal::SessionNotFresh);
        assert_eq!(refusal(change(&world.cx, &stale, &number(OTHER), &code).await), Refusal::SessionNotFresh);
        assert_eq!(refusal(remove(&world.cx, &stale).await), Refusal::SessionNotFresh);
        // A password alone is not enough where there is a second factor.
        let bob = guarded(&world, BOB, OTHER).await;
        let id = [bob.session.id.as_str()];
        world.write("UPDATE sessions SET strong_at = NULL WHERE id = $1", &id).await;
        assert_eq!(refusal(remove(&world.cx, &bob).await), Refusal::SessionNotFresh);
        world.write("UPDATE sessions SET strong_at = authenticated_at WHERE id = $1", &id).await;
        remove(&world.cx, &bob).await.unwrap();
    }

    async fn a_changed_number_ends_what_rests_on_the_old_one(world: World) {
        let world = texting(world);
        let ada = guarded(&world, ADA, PHONE).await;
        let by_number = crate::sign_in::Identifier::Phone(number(PHONE));
        let (password, client) = (Password::new(PASSWORD), Client::default());
        let sign_in = async || crate::sign_in::with_password(&world.cx, &by_number, &password, true, None, &client).await;
        let challenge = challenged(sign_in().await.unwrap());
        world.moment();
        sent_code::send(&world.cx, Asker::Challenge(&challenge.token), None).await.unwrap();
        let old = world.texted_code(&number(PHONE)).await;
        let asker = Asker::Challenge(&challenge.token);
        let trust = two_factor::verify(&world.cx, asker, Proof::Sent(&old), true, &client).await.unwrap().trust;
        let trusted = Client { trust, ..Client::default() };
        let challenge = challenged(sign_in().await.unwrap());
        world.moment();
        sent_code::send(&world.cx, Asker::Challenge(&challenge.token), None).await.unwrap();
        let pending = world.texted_code(&number(PHONE)).await;

        add(&world, &ada, OTHER).await.unwrap();
        let late = two_factor::verify(&world.cx, Asker::Challenge(&challenge.token), Proof::Sent(&pending), false, &client);
        assert_eq!(refusal(late.await), Refusal::ChallengeGone);
        assert_eq!(refusal(sign_in().await), Refusal::InvalidPhoneOrPassword, "the old number is no name any more");
        let again = crate::sign_in::Identifier::Phone(number(OTHER));
        let entered = crate::sign_in::with_password(&world.cx, &again, &password, true, None, &trusted).await.unwrap();
        assert_eq!(challenged(entered).methods, [Method::Sms], "the browser that was trusted is asked");
    }

    async fn removing_the_number_turns_codes_by_text_message_off(world: World) {
        let world = texting(world);
        let ada = guarded(&world, ADA, PHONE).await;
        world.moment();
        remove(&world.cx, &ada).await.unwrap();
        let user = world.find(&ada).await.unwrap().user;
        assert!(!user.two_factor_enabled && user.phone_number.is_none());
        let mails = world.mails(ADA).await;
        assert!(mails.iter().take(2).any(|mail| mail.content.subject.contains("Codes by text message turned off")));
        assert!(mails.iter().take(2).any(|mail| mail.content.subject.contains("Your phone number was removed")));
    }

    async fn the_last_second_factor_stays_where_one_is_demanded(world: World) {
        let mut world = texting(world);
        let ada = guarded(&world, ADA, PHONE).await;
        world.settings(|settings| settings.two_factor.required = crate::settings::RequiredFor::Everyone);
        assert_eq!(refusal(remove(&world.cx, &ada).await), Refusal::TwoFactorRequired);
        let user = world.find(&ada).await.unwrap().user;
        assert!(user.two_factor_enabled && user.phone_number.is_some(), "all is as it was");
    }

    async fn without_a_sender_no_code_is_asked_for(world: World) {
        let ada = world.user(ADA).await;
        assert_eq!(refusal(request_change(&world.cx, &ada, &number(PHONE)).await), Refusal::SmsNotConfigured);
        assert_eq!(refusal(request_sign_in(&world.cx, &number(PHONE)).await), Refusal::SmsNotConfigured);
        assert_eq!(refusal(request_reset(&world.cx, &number(PHONE)).await), Refusal::SmsNotConfigured);
    }
}
