use super::*;
use crate::session::Factor;
use crate::sign_up;
use crate::testing::{FIREFOX, admitted, client};
use crate::verification;

/// A world where owners and admins must have one, as the product's defaults are.
fn strict(mut world: World) -> World {
    world.settings(|settings| settings.two_factor.required = RequiredFor::Roles);
    world
}

async fn with_role(world: &World, role: &str) -> Opened {
    world.user(ADA).await;
    world.write("UPDATE users SET role = $1", &[role]).await;
    world.sign_in(ADA, PASSWORD).await.unwrap()
}

/// Somebody signs up with Ada's address, which they can't read, and sets up all that there is.
async fn prepared(world: &World) -> Owner {
    let opened = sign_up::sign_up(&world.cx, World::form(ADA), &Client::default()).await.unwrap().opened.unwrap();
    let stranger = set_up(world, opened).await;
    let code = shown(world, &stranger.app, 0);
    let asker = Asker::Session(&stranger.session);
    let session = verify(&world.cx, asker, Proof::Totp(&code), true, &client(FIREFOX)).await.unwrap().opened;
    enter(world).await;
    Owner { session, ..stranger }
}

async fn nothing_is_left(world: &World, stranger: &Owner) {
    for sql in [
        "SELECT COUNT(*) FROM authenticators",
        "SELECT COUNT(*) FROM backup_codes",
        "SELECT COUNT(*) FROM trusted_devices",
        "SELECT COUNT(*) FROM challenges",
        "SELECT COUNT(*) FROM users WHERE two_factor_enabled",
    ] {
        assert_eq!(world.count(sql).await, 0, "{sql}");
    }
    assert!(world.find(&stranger.session).await.is_none());
}

db::both! {
    async fn owners_and_admins_must_have_a_second_factor(world: World) {
        let world = strict(world);
        for (role, owes) in [("user", false), ("admin", true), ("owner", true), ("user, admin", true), ("administrator", false)] {
            let session = with_role(&world, role).await;
            assert_eq!(owes_setup(&world.cx, &session), owes, "{role}");
            assert_eq!(status(&world.cx, &session.user).await.unwrap().required, owes, "{role}");
            world.write("DELETE FROM users WHERE email = $1", &[ADA]).await;
        }
    }

    async fn an_operator_decides_who_must_have_one(world: World) {
        let mut world = world;
        let session = with_role(&world, "user").await;
        world.settings(|settings| settings.two_factor.required = RequiredFor::Everyone);
        assert!(owes_setup(&world.cx, &session));
        world.settings(|settings| {
            settings.two_factor.required = RequiredFor::Roles;
            settings.two_factor.required_roles = vec!["user".to_owned()];
        });
        assert!(owes_setup(&world.cx, &session));
        world.settings(|settings| settings.two_factor.required = RequiredFor::Nobody);
        assert!(!owes_setup(&world.cx, &session));
    }

    async fn what_is_owed_is_a_factor_that_is_set_up_or_a_passkey(world: World) {
        let world = strict(world);
        let session = with_role(&world, "admin").await;
        let codes = backup_codes::prepare(&world.cx, &session).await.unwrap();
        assert!(show(&world.cx, &session, Proof::BackupCode(&codes[0])).await.is_err(), "codes alone are none");
        assert!(owes_setup(&world.cx, &world.find(&session).await.unwrap()));
        let mut tx = world.cx.db.begin().await.unwrap();
        let user = session.user.clone();
        let entered = session::enter(&mut tx, &world.cx, user, Factor::Passkey, true, &Client::default()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!owes_setup(&world.cx, &admitted(entered)));
        let owner = set_up(&world, session).await;
        assert!(!owes_setup(&world.cx, &owner.session));
    }

    async fn the_last_one_cannot_be_turned_off_where_one_is_demanded(world: World) {
        let world = strict(world);
        let session = with_role(&world, "admin").await;
        let Owner { session, .. } = set_up(&world, session).await;
        assert_eq!(refusal(turn_off(&world.cx, &session, Method::Totp).await), Refusal::TwoFactorRequired);
        assert_eq!(refusal(disable(&world.cx, &session).await), Refusal::TwoFactorRequired);
        assert_eq!(enter(&world).await.methods, [Method::Totp, Method::BackupCode], "nothing has changed");
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        turn_off(&world.cx, &session, Method::Totp).await.unwrap();
        assert_eq!(refusal(turn_off(&world.cx, &session, Method::Mail).await), Refusal::TwoFactorRequired);
    }

    async fn turning_the_last_one_off_takes_the_backup_codes_along(world: World) {
        let Owner { session, .. } = ada(&world).await;
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        turn_on(&world.cx, &session, Method::Mail).await.unwrap();
        turn_off(&world.cx, &session, Method::Totp).await.unwrap();
        assert_eq!(enter(&world).await.methods, [Method::Mail, Method::BackupCode]);
        turn_off(&world.cx, &session, Method::Mail).await.unwrap();
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
        assert_eq!(status(&world.cx, &session.user).await.unwrap(), TwoFactorStatus::default());
        let what = told(&world).await;
        assert_eq!(
            what,
            [
                "Codes by mail turned off",
                "Codes from an authenticator app turned off",
                "Codes by mail turned on",
                "Codes from an authenticator app turned on"
            ],
            "the owner hears of each, and once of what was done twice"
        );
    }

    async fn turning_everything_off_is_told(world: World) {
        let Owner { session, .. } = ada(&world).await;
        let opened = disable(&world.cx, &session).await.unwrap();
        assert!(world.find(&session).await.is_none() && !world.find(&opened).await.unwrap().user.two_factor_enabled);
        assert_eq!(told(&world).await[0], "Two-step sign-in turned off");
        assert_eq!(status(&world.cx, &opened.user).await.unwrap(), TwoFactorStatus::default());
    }

    async fn codes_by_mail_need_a_proved_address_and_another_way_in(world: World) {
        let mut world = world;
        let digits = mailed(&world, CodePurpose::SignIn).await;
        let entered = code::sign_in(&world.cx, &email(ADA), &digits, None, true, &Client::default()).await.unwrap();
        let refused = turn_on(&world.cx, &admitted(entered), Method::Mail).await;
        assert_eq!(refusal(refused), Refusal::OtpNotEnabled, "nobody locks themselves out");
        world.settings(|settings| settings.sign_up.require_verification = false);
        let unproved = world.sign_up("bob@example.com", PASSWORD).await.opened.unwrap();
        assert_eq!(refusal(turn_on(&world.cx, &unproved, Method::Mail).await), Refusal::EmailNotVerified);
    }

    async fn a4_who_proves_the_address_by_a_link_or_a_code_meets_no_stranger_s_factor(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let stranger = prepared(&world).await;
        admitted(by_link(&world).await);
        nothing_is_left(&world, &stranger).await;
        world.write("DELETE FROM users WHERE email = $1", &[ADA]).await;
        let stranger = prepared(&world).await;
        admitted(by_code(&world).await);
        nothing_is_left(&world, &stranger).await;
    }

    async fn a4_who_proves_the_address_by_a_reset_meets_no_stranger_s_factor(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let stranger = prepared(&world).await;
        world.moment();
        crate::reset::request(&world.cx, &email(ADA), None).await.unwrap();
        crate::reset::redeem(&world.cx, &world.link_token(ADA).await, &Password::new("V1ctim-s-own")).await.unwrap();
        nothing_is_left(&world, &stranger).await;
        assert!(world.sign_in(ADA, "V1ctim-s-own").await.is_ok());
    }

    async fn a4_the_owner_s_own_sign_up_meets_no_stranger_s_factor(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let stranger = prepared(&world).await;
        world.settings(|settings| settings.sign_up.require_verification = true);
        world.sign_up(ADA, "V1ctim-s-own").await;
        let redeemed = verification::redeem(&world.cx, &world.link_token(ADA).await, &Client::default()).await.unwrap();
        let verification::Verified::Account(_, Some(entered)) = redeemed else { panic!("the link leads in") };
        admitted(entered);
        nothing_is_left(&world, &stranger).await;
    }

    async fn who_set_up_a_factor_before_proving_their_own_address_keeps_it(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let opened = world.sign_up(ADA, PASSWORD).await.opened.unwrap();
        set_up(&world, opened).await;
        let token = world.link_tokens(ADA).await.pop().unwrap();
        let redeemed = verification::redeem(&world.cx, &token, &Client::default()).await.unwrap();
        let verification::Verified::Account(_, Some(entered)) = redeemed else { panic!("the link leads in") };
        challenged(entered);
    }
}
