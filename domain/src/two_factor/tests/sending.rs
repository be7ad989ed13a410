use super::*;
use crate::session::Factor;
use crate::testing::{MINUTE, SECOND, at_once, number, one_winner};

/// Ada, whose second factor is codes by mail alone.
async fn by_mail(world: &World) -> Opened {
    world.user(ADA).await;
    let session = world.sign_in(ADA, PASSWORD).await.unwrap();
    turn_on(&world.cx, &session, Method::Mail).await.unwrap();
    world.find(&session).await.unwrap()
}

db::both! {
    async fn a_code_by_mail_lets_in_once(world: World) {
        by_mail(&world).await;
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Mail]);
        let asker = Asker::Challenge(&challenge.token);
        let code = sent(&world, asker).await;
        assert_eq!(world.kinds(ADA).await[0], "two-factor-code");
        let wrong = pass(&world.cx, &challenge, Proof::Sent(other(&code))).await;
        assert_eq!(refusal(wrong), Refusal::WrongFactorCode);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let opened = pass(&world.cx, &challenge, Proof::Sent(&spaced)).await.unwrap();
        assert_eq!(opened.session.second_factor, Some(SecondFactor::Mail));
        assert!(opened.is_fresh(&world.cx), "it is the strongest that the account has");
    }

    async fn a_code_is_good_for_five_minutes(world: World) {
        by_mail(&world).await;
        let challenge = enter(&world).await;
        let late = sent(&world, Asker::Challenge(&challenge.token)).await;
        world.wait(5 * MINUTE);
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Sent(&late)).await), Refusal::FactorCodeExpired);
        let first = sent(&world, Asker::Challenge(&challenge.token)).await;
        let second = sent(&world, Asker::Challenge(&challenge.token)).await;
        if first != second {
            let void = pass(&world.cx, &challenge, Proof::Sent(&first)).await;
            assert_eq!(refusal(void), Refusal::WrongFactorCode, "the newest counts");
        }
        world.wait(5 * MINUTE - SECOND);
        assert!(pass(&world.cx, &challenge, Proof::Sent(&second)).await.is_ok());
    }

    async fn a_code_is_good_for_whoever_asked_for_it(world: World) {
        let session = by_mail(&world).await;
        let (asked, other) = (enter(&world).await, enter(&world).await);
        let code = sent(&world, Asker::Challenge(&asked.token)).await;
        assert_eq!(refusal(pass(&world.cx, &other, Proof::Sent(&code)).await), Refusal::WrongFactorCode);
        assert_eq!(refusal(show(&world.cx, &session, Proof::Sent(&code)).await), Refusal::WrongFactorCode);
        assert!(pass(&world.cx, &asked, Proof::Sent(&code)).await.is_ok());
        let code = sent(&world, Asker::Session(&session)).await;
        assert_eq!(refusal(pass(&world.cx, &other, Proof::Sent(&code)).await), Refusal::WrongFactorCode);
        let made = show(&world.cx, &session, Proof::Sent(&code)).await.unwrap().opened;
        assert!(world.find(&made).await.unwrap().is_fresh(&world.cx) && world.find(&session).await.is_none());
    }

    async fn a_code_of_another_kind_is_no_second_factor(world: World) {
        by_mail(&world).await;
        let sign_in = mailed(&world, CodePurpose::SignIn).await;
        let challenge = enter(&world).await;
        assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Sent(&sign_in)).await), Refusal::WrongFactorCode);
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        let refused = code::sign_in(&world.cx, &email(ADA), &code, None, true, &Client::default()).await.map(drop);
        assert!(code == sign_in || refused.is_err());
    }

    async fn a27_fifty_uses_of_one_code_let_in_once(world: World) {
        by_mail(&world).await;
        let (challenge, before) = (enter(&world).await, sessions(&world).await);
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        let results = at_once(50, |_| {
            let (cx, challenge, code) = (world.cx.clone(), challenge.clone(), code.clone());
            async move { pass(&cx, &challenge, Proof::Sent(&code)).await }
        })
        .await;
        one_winner(results, &Refusal::ChallengeGone);
        assert_eq!(sessions(&world).await, before + 1);
    }

    async fn who_came_by_mail_shows_nothing_new_by_another_mail(world: World) {
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        for entered in [by_link(&world).await, by_code(&world).await] {
            let challenge = challenged(entered);
            assert_eq!(challenge.methods, [Method::Totp, Method::BackupCode]);
            let asker = Asker::Challenge(&challenge.token);
            let refused = sent_code::send(&world.cx, asker, Some(Method::Mail)).await;
            assert_eq!(refusal(refused), Refusal::OtpNotEnabled);
            assert_eq!(refusal(sent_code::send(&world.cx, asker, None).await), Refusal::OtpNotEnabled);
            assert_eq!(refusal(pass(&world.cx, &challenge, Proof::Sent("000000")).await), Refusal::WrongFactorCode);
        }
        turn_off(&world.cx, &session, Method::Totp).await.unwrap();
        assert_eq!(challenged(by_link(&world).await).methods, [Method::BackupCode]);
    }

    async fn a_code_is_kept_as_a_tag_and_goes_with_the_method(world: World) {
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        let challenge = enter(&world).await;
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        let (tag,) = world.row::<(Vec<u8>,)>("SELECT tag FROM factor_codes").await;
        assert!(!tag.windows(6).any(|part| part == code.as_bytes()));
        turn_off(&world.cx, &session, Method::Mail).await.unwrap();
        assert!(pass(&world.cx, &challenge, Proof::Sent(&code)).await.is_err());
        let asked = enter(&world).await;
        let refused = sent_code::send(&world.cx, Asker::Challenge(&asked.token), None).await;
        assert_eq!(refusal(refused), Refusal::OtpNotEnabled);
    }

    async fn where_the_operator_wants_it_everyone_with_a_second_factor_gets_codes(world: World) {
        let mut world = world;
        world.settings(|settings| settings.two_factor.mail = MailCodes::Everyone);
        let plain = world.user("bob@example.com").await;
        let refused = sent_code::send(&world.cx, Asker::Session(&plain), None).await;
        assert_eq!(refusal(refused), Refusal::OtpNotEnabled, "who has none is made no stronger by a mail");
        assert_eq!(refusal(show(&world.cx, &plain, Proof::Sent("000000")).await), Refusal::OtpNotEnabled);
        ada(&world).await;
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Totp, Method::Mail, Method::BackupCode]);
        let code = sent(&world, Asker::Challenge(&challenge.token)).await;
        assert!(pass(&world.cx, &challenge, Proof::Sent(&code)).await.is_ok());
    }

    async fn where_the_operator_wants_none_there_are_none(world: World) {
        let mut world = world;
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        world.settings(|settings| settings.two_factor.mail = MailCodes::Off);
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Totp, Method::BackupCode]);
        let refused = sent_code::send(&world.cx, Asker::Challenge(&challenge.token), None).await;
        assert_eq!(refusal(refused), Refusal::OtpNotConfigured);
        assert_eq!(refusal(turn_on(&world.cx, &session, Method::Mail).await), Refusal::OtpNotConfigured);
        assert_eq!(refusal(turn_on(&world.cx, &session, Method::Sms).await), Refusal::OtpNotConfigured);
    }

    async fn a_text_message_comes_before_a_mail_and_not_after_another(world: World) {
        let mut world = world;
        world.settings(|settings| settings.two_factor.sms = true);
        let session = by_mail(&world).await;
        let code = sent(&world, Asker::Session(&session)).await;
        let session = show(&world.cx, &session, Proof::Sent(&code)).await.unwrap().opened;
        assert_eq!(refusal(turn_on(&world.cx, &session, Method::Sms).await), Refusal::OtpNotEnabled, "without a number");
        let phone = number("+4915112345678");
        assert_eq!(world.write("UPDATE users SET phone_number = $1", &[phone.as_str()]).await, 1);
        turn_on(&world.cx, &session, Method::Sms).await.unwrap();
        let challenge = enter(&world).await;
        assert_eq!(challenge.methods, [Method::Sms, Method::Mail]);
        let asker = Asker::Challenge(&challenge.token);
        let mails = world.mails(ADA).await.len();
        assert_eq!(sent_code::send(&world.cx, asker, None).await.unwrap(), Method::Sms);
        assert_eq!(world.mails(ADA).await.len(), mails);
        let code = world.texted_code(&phone).await;
        let opened = pass(&world.cx, &challenge, Proof::Sent(&code)).await.unwrap();
        assert_eq!(opened.session.second_factor, Some(SecondFactor::Sms));

        let mut tx = world.cx.db.begin().await.unwrap();
        let (factor, client) = (Factor::PhoneCode, Client::default());
        let entered = session::enter(&mut tx, &world.cx, opened.user, factor, true, &client).await.unwrap();
        assert_eq!(challenged(entered).methods, [Method::Mail], "the same phone proves nothing new");
    }
}
