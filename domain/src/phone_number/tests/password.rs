use super::*;
use crate::sign_in::{Identifier, with_password};

const NEW: &str = "Br4nd-new-one";

async fn reset_code(world: &World) -> String {
    world.moment();
    request_reset(&world.cx, &number(PHONE)).await.unwrap();
    world.texted_code(&number(PHONE)).await
}

async fn reset(cx: Cx, code: String) -> Result<()> {
    reset_password(&cx, &number(PHONE), &code, &Password::new(NEW)).await
}

db::both! {
    async fn a_number_and_the_password_sign_in(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let who = Identifier::Phone(number("0049 (151) 1234-5678"));
        let entered = with_password(&world.cx, &who, &Password::new(PASSWORD), true, None, &Client::default()).await;
        assert_eq!(admitted(entered.unwrap()).user.email, email(ADA));
    }

    async fn a_code_gives_a_new_password_and_ends_every_session(world: World) {
        let world = texting(world);
        let ada = owner(&world, ADA, PHONE).await;
        let code = reset_code(&world).await;
        let weak = reset_password(&world.cx, &number(PHONE), &code, &Password::new("short")).await;
        assert!(matches!(refusal(weak), Refusal::Password(_)), "which leaves the code good");
        world.moment();
        reset(world.cx.clone(), code.clone()).await.unwrap();
        assert!(world.find(&ada).await.is_none());
        assert_eq!(world.kinds(ADA).await[0], "password-changed");
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        assert_eq!(refusal(reset(world.cx.clone(), code).await), Refusal::PhoneCodeMissing);
    }

    async fn a27_of_fifty_resets_with_one_code_one_is_done(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let code = reset_code(&world).await;
        let results = at_once(50, |_| reset(world.cx.clone(), code.clone())).await;
        one_winner(results, &Refusal::PhoneCodeMissing);
    }

    async fn a_code_is_good_for_one_purpose(world: World) {
        let world = texting(world);
        owner(&world, ADA, PHONE).await;
        let code = reset_code(&world).await;
        assert_eq!(refusal(enter(world.cx.clone(), PHONE, code.clone()).await), Refusal::PhoneCodeMissing);
        assert!(reset(world.cx.clone(), code).await.is_ok());
        let code = ask(&world, PHONE).await;
        assert_eq!(refusal(reset(world.cx.clone(), code).await), Refusal::PhoneCodeMissing);
    }

    async fn a_phone_that_is_the_second_factor_gives_no_new_password(world: World) {
        let world = texting(world);
        guarded(&world, ADA, PHONE).await;
        let texts = world.texts(&number(PHONE)).await.len();
        request_reset(&world.cx, &number(PHONE)).await.unwrap();
        assert_eq!(world.texts(&number(PHONE)).await.len(), texts);
        assert_eq!(refusal(reset(world.cx.clone(), "no code".into()).await), Refusal::InvalidCode);
    }

    async fn a_phone_that_became_the_second_factor_meanwhile_neither(world: World) {
        let world = texting(world);
        let ada = owner(&world, ADA, PHONE).await;
        let code = reset_code(&world).await;
        two_factor::turn_on(&world.cx, &ada, Method::Sms).await.unwrap();
        assert_eq!(refusal(reset(world.cx.clone(), code).await), Refusal::PhoneCodeMissing);
    }

    async fn a_reset_by_number_proves_no_address(world: World) {
        let mut world = texting(world);
        world.settings(|settings| settings.sign_up.require_verification = false);
        world.sign_up(ADA, PASSWORD).await;
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        add(&world, &ada, PHONE).await.unwrap();
        let code = reset_code(&world).await;
        reset(world.cx.clone(), code).await.unwrap();
        let user = world.sign_in(ADA, NEW).await.unwrap().user;
        assert!(!user.email_verified && user.phone_number.is_some());
    }
}
