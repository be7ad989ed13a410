//! What is on record, and what never is.

use model::{Method, PhoneNumber, Refusal, Username};

use super::*;
use crate::code::{self, Purpose};
use crate::password::Password;
use crate::session::{self, Current, Opened};
use crate::sign_in::{self, Identifier};
use crate::testing::authenticator::Authenticator;
use crate::testing::{AuthenticatorApp, PASSWORD, challenged, email, number, refusal};
use crate::two_factor::{self, Asker, Proof, backup_codes, totp, trusted_device, verify as show};
use crate::{
    Callbacks, account, deletion, email_change, export, magic_link, passkey, password_change, phone_number, profile,
    reset,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "countess@example.com";
const WRONG: &str = "Wr0ng-wrong-wrong";

/// The acts since the last time that this was asked, the oldest first.
async fn since(world: &World, seen: &mut i64) -> Vec<String> {
    let told = Trail::everything().after(&world.cx, &Filter::default(), *seen, 1000).await.unwrap();
    *seen = told.last().map_or(*seen, |told| told.number);
    told.into_iter().map(|told| told.act_name).collect()
}

async fn newest(world: &World) -> Told {
    Trail::everything().page(&world.cx, &Filter::default(), 1, 0).await.unwrap().0.remove(0)
}

async fn try_password(world: &World, who: Identifier, password: &str) -> Result<session::Entered> {
    sign_in::with_password(&world.cx, &who, &Password::new(password), true, None, &Client::default()).await
}

fn by_mail(address: &str) -> Identifier {
    Identifier::Email(email(address))
}

async fn confirm(world: &World, session: &Current, proof: Proof<'_>, trust: bool) -> Result<Opened> {
    Ok(show(&world.cx, Asker::Session(session), proof, trust, &Client::default()).await?.opened)
}

db::both! {
    async fn coming_and_going_is_on_record(world: World) {
        let (cx, mut seen) = (&world.cx, 0);
        let ada = world.user(ADA).await;
        assert_eq!(since(&world, &mut seen).await, ["signed_up", "email_verified", "signed_in"]);
        world.sign_up(ADA, PASSWORD).await;
        assert_eq!(since(&world, &mut seen).await, ["signed_up_again"]);

        let second = world.sign_in(ADA, PASSWORD).await.unwrap();
        let told = newest(&world).await;
        assert_eq!(told.text("factor"), Some("password"));
        assert_eq!((told.user.as_ref(), &told.actor), (Some(&ada.user.id), &Actor::User(ada.user.id.clone())));
        assert_eq!(refusal(try_password(&world, by_mail(ADA), WRONG).await), Refusal::InvalidCredentials);
        let told = newest(&world).await;
        assert_eq!((told.act, &told.actor, told.user.as_ref()), (Some(Act::SignInFailed), &Actor::Guest, Some(&ada.user.id)));
        since(&world, &mut seen).await;

        code::request(cx, Purpose::SignIn, &email(ADA)).await.unwrap();
        code::sign_in(cx, &email(ADA), "no code", None, true, &Client::default()).await.unwrap_err();
        magic_link::request(cx, &email(NEW), None, &Callbacks::default()).await.unwrap();
        magic_link::redeem(cx, &world.link_token(NEW).await, &Client::default()).await.ok().unwrap();
        assert_eq!(since(&world, &mut seen).await, ["sign_in_failed", "signed_up", "signed_in"]);

        session::end(cx, &ada.user.id, second.session.id.as_str()).await.unwrap();
        session::end(cx, &ada.user.id, second.session.id.as_str()).await.unwrap();
        session::end_others(cx, &ada).await.unwrap();
        session::sign_out(cx, &ada.token).await.unwrap();
        session::sign_out(cx, &ada.token).await.unwrap();
        session::end_all(cx, &ada.user.id).await.unwrap();
        let ended = ["session_ended", "other_sessions_ended", "signed_out", "all_sessions_ended"];
        assert_eq!(since(&world, &mut seen).await, ended, "once each");
        assert!(matches!(verified(&world).await, Verified::Whole { .. }));
    }

    async fn who_is_not_known_leaves_nothing_to_read(world: World) {
        world.user(ADA).await;
        for who in [by_mail("nobody@example.com"), Identifier::Username(Username::parse("n0body").unwrap())] {
            try_password(&world, who, WRONG).await.unwrap_err();
        }
        try_password(&world, by_mail(ADA), WRONG).await.unwrap_err();
        reset::request(&world.cx, &email("nobody@example.com"), None).await.unwrap();
        let told = Trail::everything().after(&world.cx, &Filter::default(), 3, 10).await.unwrap();
        let acts: Vec<_> = told.iter().map(|told| told.act_name.as_str()).collect();
        assert_eq!(acts, ["sign_in_failed", "sign_in_failed", "sign_in_failed", "password_reset_requested"]);
        let unknown: Vec<_> = told.iter().map(|told| told.text("unknown")).collect();
        assert!(unknown[0].is_some() && unknown[0] == unknown[3] && unknown[0] != unknown[1], "the same one each time");
        assert_eq!(unknown[2], None);
        let all = serde_json::to_string(&told.iter().map(Told::json).collect::<Vec<_>>()).unwrap();
        for secret in ["nobody", "n0body", WRONG] {
            assert!(!all.contains(secret), "{all}");
        }
    }

    async fn passwords_and_addresses_are_on_record(world: World) {
        let (cx, mut seen) = (&world.cx, 0);
        let ada = world.user(ADA).await;
        since(&world, &mut seen).await;
        let (old, new) = (Password::new(PASSWORD), Password::new("Br4nd-new-one"));
        password_change::change(cx, &ada, &Password::new(WRONG), &new, false, &Client::default()).await.unwrap_err();
        password_change::change(cx, &ada, &old, &new, false, &Client::default()).await.unwrap();
        session::authenticate(cx, &ada, &new, &Client::default()).await.unwrap();
        assert_eq!(since(&world, &mut seen).await, ["confirmation_failed", "password_changed", "confirmed"]);
        world.moment();
        reset::request(cx, &email(ADA), None).await.unwrap();
        reset::redeem(cx, &world.link_token(ADA).await, &old).await.unwrap();
        assert_eq!(since(&world, &mut seen).await, ["password_reset_requested", "password_reset"]);

        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        let change = profile::Change { username: Some(Username::parse("countess").ok()), ..profile::Change::default() };
        profile::update(cx, &ada.user.id, change).await.unwrap();
        let change = profile::Change { bio: Some("Countess".into()), ..profile::Change::default() };
        profile::update(cx, &ada.user.id, change).await.unwrap();
        world.moment();
        email_change::request(cx, &ada, &email(NEW), None).await.unwrap();
        crate::verification::redeem(cx, &world.link_token(ADA).await, &Client::default()).await.ok().unwrap();
        crate::verification::redeem(cx, &world.link_token(NEW).await, &Client::default()).await.ok().unwrap();
        let acts = ["signed_in", "username_changed", "email_change_requested", "email_changed"];
        assert_eq!(since(&world, &mut seen).await, acts);

        let ada = world.find(&ada).await.unwrap();
        let everything = export::all(cx, &ada).await.unwrap();
        assert_eq!(everything["activity"][0]["act"], "data_exported", "one's trail is among one's data");
        world.moment();
        deletion::request(cx, &ada, None, None, &Client::default()).await.unwrap();
        deletion::confirm(cx, &ada, &world.link_token(NEW).await).await.unwrap();
        assert_eq!(since(&world, &mut seen).await, ["data_exported", "deletion_requested", "account_deleted"]);
        assert!(matches!(verified(&world).await, Verified::Whole { .. }), "the trail outlasts the account");
    }

    async fn second_factors_are_on_record(world: World) {
        let (cx, mut seen) = (&world.cx, 0);
        world.user(ADA).await;
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        since(&world, &mut seen).await;
        let app = AuthenticatorApp::scan(&totp::begin(cx, &ada, false, None).await.unwrap().uri);
        let backup = backup_codes::prepare(cx, &ada).await.unwrap();
        let ada = confirm(&world, &ada, Proof::Totp(&app.shows(cx.now(), 0)), false).await.unwrap();
        assert_eq!(since(&world, &mut seen).await, ["backup_codes_made", "second_factor_on", "confirmed"]);

        let challenge = challenged(try_password(&world, by_mail(ADA), PASSWORD).await.unwrap());
        let asker = Asker::Challenge(&challenge.token);
        show(cx, asker, Proof::Totp(&app.never_shows(cx.now())), false, &Client::default()).await.unwrap_err();
        let admitted = show(cx, asker, Proof::BackupCode(&backup[0]), true, &Client::default()).await.unwrap();
        let acts = ["second_factor_failed", "backup_code_used", "signed_in", "browser_trusted"];
        assert_eq!(since(&world, &mut seen).await, acts);
        let trusted = Client { trust: admitted.trust, ..Client::default() };
        sign_in::with_password(cx, &by_mail(ADA), &Password::new(PASSWORD), true, None, &trusted).await.unwrap();
        assert_eq!(newest(&world).await.text("second"), Some("trusted_device"));
        since(&world, &mut seen).await;

        confirm(&world, &ada, Proof::Totp(&app.never_shows(cx.now())), false).await.unwrap_err();
        let id = trusted_device::list(cx, &ada.user.id).await.unwrap().remove(0).id;
        trusted_device::remove(cx, &ada.user.id, &id).await.unwrap();
        trusted_device::remove(cx, &ada.user.id, &id).await.unwrap();
        trusted_device::remove_all(cx, &ada.user.id).await.unwrap();
        two_factor::turn_on(cx, &ada, Method::Mail).await.unwrap();
        two_factor::turn_off(cx, &ada, Method::Mail).await.unwrap();
        two_factor::disable(cx, &ada).await.unwrap();
        two_factor::reset(cx, &email(ADA), false).await.unwrap();
        assert_eq!(since(&world, &mut seen).await, [
            "confirmation_failed", "browser_forgotten", "browsers_forgotten", "second_factor_on", "second_factor_off",
            "second_factors_off", "factors_reset",
        ]);
        assert_eq!(newest(&world).await.actor, Actor::Operator);
    }

    async fn a_lock_of_the_second_factor_is_on_record(world: World) {
        world.user(ADA).await;
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        let app = AuthenticatorApp::scan(&totp::begin(&world.cx, &ada, false, None).await.unwrap().uri);
        let ada = confirm(&world, &ada, Proof::Totp(&app.shows(world.cx.now(), 0)), false).await.unwrap();
        for _ in 0..10 {
            confirm(&world, &ada, Proof::Totp(&app.never_shows(world.cx.now())), false).await.unwrap_err();
        }
        let told = Trail::own(&ada).page(&world.cx, &Filter::default(), 2, 0).await.unwrap().0;
        assert_eq!(told.iter().filter(|told| told.act == Some(Act::SecondFactorLocked)).count(), 1);
    }

    async fn passkeys_and_numbers_are_on_record(world: World) {
        let mut world = world;
        world.settings(|settings| settings.two_factor.sms = true);
        let (cx, mut seen) = (&world.cx, 0);
        let (ada, mut device) = (world.user(ADA).await, Authenticator::default());
        since(&world, &mut seen).await;
        let begun = passkey::begin_registration(cx, &ada, None, None).await.unwrap();
        let response = device.create(&begun.options);
        let added = passkey::finish_registration(cx, &ada, &begun.token, &response, None).await.unwrap();
        passkey::rename(cx, &ada.user.id, &added.id, "Phone").await.unwrap();
        let begun = passkey::begin_sign_in(cx, None).await.unwrap();
        let mut response = device.get(&begun.options);
        response["response"]["signature"] = json!("AAAA");
        passkey::finish_sign_in(cx, &begun.token, &response, &Client::default()).await.unwrap_err();
        let begun = passkey::begin_sign_in(cx, None).await.unwrap();
        passkey::finish_sign_in(cx, &begun.token, &device.get(&begun.options), &Client::default()).await.unwrap();
        passkey::delete(cx, &ada, &added.id).await.unwrap();
        let acts = ["passkey_added", "passkey_renamed", "sign_in_failed", "signed_in", "passkey_removed"];
        assert_eq!(since(&world, &mut seen).await, acts);

        let phone: PhoneNumber = number("+4915112345678");
        world.moment();
        phone_number::request_change(cx, &ada, &phone).await.unwrap();
        phone_number::change(cx, &ada, &phone, &world.texted_code(&phone).await).await.unwrap();
        phone_number::request_sign_in(cx, &phone).await.unwrap();
        phone_number::sign_in(cx, &phone, "no code", true, &Client::default()).await.unwrap_err();
        phone_number::remove(cx, &ada).await.unwrap();
        let acts = ["phone_number_changed", "sign_in_failed", "phone_number_removed"];
        assert_eq!(since(&world, &mut seen).await, acts);
        let accounts = account::list(cx, &ada.user.id).await.unwrap();
        assert_eq!(refusal(account::unlink(cx, &ada, &accounts[0].id).await), Refusal::LastAccount);
        assert!(since(&world, &mut seen).await.is_empty(), "what was refused didn't happen");
    }

    async fn fifty_sign_ins_at_once_are_fifty_entries(world: World) {
        let mut world = world;
        world.settings(|settings| settings.lock_out.attempts = 0);
        world.user(ADA).await;
        let before = Trail::everything().page(&world.cx, &Filter::default(), 1, 0).await.unwrap().1;
        let results = at_once(50, |n| {
            let cx = world.cx.clone();
            let password = if n % 2 == 0 { PASSWORD } else { WRONG };
            async move { sign_in::with_password(&cx, &by_mail(ADA), &Password::new(password), true, None, &Client::default()).await }
        });
        assert_eq!(results.await.iter().filter(|result| result.is_ok()).count(), 25);
        assert_eq!(Trail::everything().page(&world.cx, &Filter::default(), 1, 0).await.unwrap().1, before + 50);
        assert!(matches!(verified(&world).await, Verified::Whole { .. }));
    }

    async fn entries_of_before_a_change_of_the_secret_verify_while_the_old_one_is_known(world: World) {
        five(&world).await;
        let mut world = world;
        let new = crate::Secret::new("another-secret-0123456789-abcdefghijklmnopqrstuvwxyz");
        world.cx.secret = new.clone();
        written(world.cx.clone(), 6).await.unwrap();
        assert_eq!(verified(&world).await, Verified::Broken { number: 1 });
        world.cx.secret = new.after(["test-secret-0123456789-abcdefghijklmnopqrstuvwxyz".into()]);
        assert!(matches!(verified(&world).await, Verified::Whole { count: 6, .. }));
    }
}
