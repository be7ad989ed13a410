//! Renaming and removing.

use model::{Method, PasskeyId};

use super::*;
use crate::password::Password;
use crate::sign_in::Identifier;
use crate::testing::{HOUR, NarrowWorld, PASSWORD, at_once, challenged, email, one_winner};
use crate::two_factor::challenge::Challenge;
use crate::two_factor::{self, Asker, Proof, trusted_device};
use crate::{account, export, sign_in};

db::both! {
    async fn a_passkey_is_renamed_by_its_owner(world: World) {
        let (ada, _) = with_passkey(&world, ADA).await;
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        let renamed = rename(&world.cx, &ada.user.id, &passkey.id, " Key  ring ").await.unwrap();
        assert_eq!(renamed.name, "Key ring");
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap(), [renamed]);
        assert_eq!(refusal(rename(&world.cx, &ada.user.id, &passkey.id, " ").await), Refusal::NameMissing);
        let long = "x".repeat(101);
        assert_eq!(refusal(rename(&world.cx, &ada.user.id, &passkey.id, &long).await), Refusal::InvalidName);
    }

    async fn a28_nobody_renames_or_removes_another_s_passkey(world: World) {
        let (ada, _) = with_passkey(&world, ADA).await;
        let (eve, _) = with_passkey(&world, EVE).await;
        let before = list(&world.cx, &ada.user.id).await.unwrap();
        let id = &before[0].id;
        assert_eq!(refusal(rename(&world.cx, &eve.user.id, id, "Mine").await), Refusal::NotYourPasskey);
        assert_eq!(refusal(delete(&world.cx, &eve, id).await), Refusal::NotYourPasskey);
        let unknown = PasskeyId::new("nothing");
        assert_eq!(refusal(rename(&world.cx, &eve.user.id, &unknown, "Mine").await), Refusal::PasskeyNotFound);
        assert_eq!(refusal(delete(&world.cx, &eve, &unknown).await), Refusal::PasskeyNotFound);
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap(), before);
    }

    async fn removing_a_passkey_takes_a_fresh_session_and_the_owner_hears_of_it(world: World) {
        let (ada, _) = with_passkey(&world, ADA).await;
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        world.wait(HOUR);
        assert_eq!(refusal(delete(&world.cx, &ada, &passkey.id).await), Refusal::SessionNotFresh);
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        world.moment();
        delete(&world.cx, &ada, &passkey.id).await.unwrap();
        assert!(list(&world.cx, &ada.user.id).await.unwrap().is_empty());
        assert_eq!(subject(&world, ADA).await, "A passkey was removed: your account with Latchkey");
    }

    async fn a24_a_stolen_password_does_not_remove_a_passkey_of_who_has_a_second_factor(world: World) {
        let (ada, _) = with_passkey(&world, ADA).await;
        two_factor::turn_on(&world.cx, &ada, Method::Mail).await.unwrap();
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        world.wait(HOUR);
        let ada = world.find(&ada).await.unwrap();
        let password = Password::new(PASSWORD);
        let ada = crate::session::authenticate(&world.cx, &ada, &password, &Client::default()).await.unwrap();
        assert_eq!(refusal(delete(&world.cx, &ada, &passkey.id).await), Refusal::SessionNotFresh);
    }

    async fn what_was_trusted_ends_with_a_passkey(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        two_factor::turn_on(&world.cx, &ada, Method::Mail).await.unwrap();
        let (who, password) = (Identifier::Email(email(ADA)), Password::new(PASSWORD));
        let entered = sign_in::with_password(&world.cx, &who, &password, true, None, &Client::default()).await.unwrap();
        let Challenge { token, .. } = challenged(entered);
        world.moment();
        two_factor::sent_code::send(&world.cx, Asker::Challenge(&token), Some(Method::Mail)).await.unwrap();
        let (asker, code) = (Asker::Challenge(&token), world.code(ADA).await);
        let ada = two_factor::verify(&world.cx, asker, Proof::Sent(&code), true, &Client::default()).await.unwrap().opened;
        assert_eq!(trusted_device::list(&world.cx, &ada.user.id).await.unwrap().len(), 1);
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        let weak = delete(&world.cx, &ada, &passkey.id).await;
        assert_eq!(refusal(weak), Refusal::SessionNotFresh, "a25: a code by mail doesn't remove a passkey");
        let begun = begin_step_up(&world.cx, &ada).await.unwrap();
        let ada = authenticate(&world.cx, &ada, &begun.token, &device.get(&begun.options)).await.unwrap();
        delete(&world.cx, &ada, &passkey.id).await.unwrap();
        assert!(trusted_device::list(&world.cx, &ada.user.id).await.unwrap().is_empty());
    }

    async fn where_a_second_factor_is_demanded_a_passkey_that_is_all_there_is_is_asked_for(world: World) {
        let mut world = world;
        world.settings(|settings| settings.two_factor.required = crate::settings::RequiredFor::Everyone);
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let (who, password) = (Identifier::Email(email(ADA)), Password::new(PASSWORD));
        let entered = sign_in::with_password(&world.cx, &who, &password, true, None, &Client::default()).await.unwrap();
        let challenge = challenged(entered);
        assert!(challenge.methods.is_empty(), "a stolen password alone sets up nothing");
        assert!(two_factor::challenge::look(&world.cx, &challenge.token).await.unwrap().passkey);
        assert!(!two_factor::owes_setup(&world.cx, &enter(&world, &mut device).await.unwrap()));
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        assert_eq!(refusal(delete(&world.cx, &ada, &passkey.id).await), Refusal::TwoFactorRequired, "nor is it given up");
    }

    async fn the_last_way_in_stays(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        add(&world, &ada, &mut device).await;
        let password = account::list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        account::unlink(&world.cx, &ada, &password.id).await.expect("the passkeys are left");
        let passkeys = list(&world.cx, &ada.user.id).await.unwrap();
        delete(&world.cx, &ada, &passkeys[0].id).await.expect("one is left");
        assert_eq!(refusal(delete(&world.cx, &ada, &passkeys[1].id).await), Refusal::LastAccount);
        enter(&world, &mut device).await.unwrap();
    }

    async fn of_passkeys_that_are_removed_at_once_the_last_stays(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        add(&world, &ada, &mut device).await;
        forget_password(&world).await;
        let passkeys = list(&world.cx, &ada.user.id).await.unwrap();
        let results = at_once(2, |n| {
            let (cx, ada, id) = (world.cx.clone(), ada.clone(), passkeys[n].id.clone());
            async move { delete(&cx, &ada, &id).await }
        })
        .await;
        one_winner(results, &Refusal::LastAccount);
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().len(), 1);
    }

    async fn of_a_password_and_a_passkey_that_are_removed_at_once_one_stays(world: World) {
        for _ in 0..5 {
            let (ada, _) = with_passkey(&world, ADA).await;
            let password = account::list(&world.cx, &ada.user.id).await.unwrap().remove(0).id;
            let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0).id;
            let results = at_once(2, |n| {
                let (cx, ada, password, passkey) = (world.cx.clone(), ada.clone(), password.clone(), passkey.clone());
                async move {
                    if n == 0 { account::unlink(&cx, &ada, &password).await } else { delete(&cx, &ada, &passkey).await }
                }
            })
            .await;
            one_winner(results, &Refusal::LastAccount);
            world.write("DELETE FROM users", &[]).await;
        }
    }

    async fn one_connection_is_enough_for_passkeys(world: NarrowWorld) {
        let world = world.0;
        let (ada, mut device) = with_passkey(&world, ADA).await;
        enter(&world, &mut device).await.unwrap();
        let begun = begin_step_up(&world.cx, &ada).await.unwrap();
        let ada = authenticate(&world.cx, &ada, &begun.token, &device.get(&begun.options)).await.unwrap();
        offer_is_due(&world.cx, &ada).await.unwrap();
        offered(&world.cx, &ada.user.id, true).await.unwrap();
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        rename(&world.cx, &ada.user.id, &passkey.id, "Key").await.unwrap();
        let everything = export::all(&world.cx, &ada).await.unwrap();
        assert_eq!(everything["passkeys"][0]["name"], "Key");
        delete(&world.cx, &ada, &passkey.id).await.unwrap();
    }
}
