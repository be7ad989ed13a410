use model::{Email, PersonName};

use super::*;
use crate::session::Factor;
use crate::sign_up::SignedUp;
use crate::testing::{PASSWORD, at_once, email, one_winner};
use crate::verification::{self, Verified};
use crate::{Callbacks, account, magic_link};

/// Signs up with a passkey on `device`, a moment later.
async fn sign_up(world: &World, address: &str, device: &mut Authenticator) -> Result<SignedUp> {
    world.moment();
    let begun = begin_sign_up(&world.cx, &PersonName::parse("Ada Lovelace").unwrap(), &email(address)).await?;
    assert_eq!(begun.options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(begun.options["user"]["name"], address);
    let response = device.create(&begun.options);
    finish_sign_up(&world.cx, &begun.token, &response, None, &Client::default()).await
}

db::both! {
    async fn somebody_signs_up_without_a_password(world: World) {
        let mut device = Authenticator::default();
        let signed_up = sign_up(&world, ADA, &mut device).await.unwrap();
        assert!(signed_up.opened.is_none(), "the address waits for its proof");
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::UnknownPasskey, "and the passkey with it");
        let ada = world.follow(&world.link_token(ADA).await).await.unwrap();
        assert!(ada.user.email_verified);
        assert!(account::list(&world.cx, &ada.user.id).await.unwrap().is_empty(), "there is no password");
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap()[0].name, "Passkey");
        assert_eq!(enter(&world, &mut device).await.unwrap().user.id, ada.user.id);
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        let only = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        assert_eq!(refusal(delete(&world.cx, &ada, &only.id).await), Refusal::LastAccount);
    }

    async fn where_addresses_need_no_proof_the_passkey_works_at_once(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let mut device = Authenticator::default();
        let opened = sign_up(&world, ADA, &mut device).await.unwrap().opened.unwrap();
        assert_eq!(opened.session.factor, Factor::Passkey);
        assert!(opened.session.strong_at.is_some());
        enter(&world, &mut device).await.unwrap();
        world.follow(&world.link_token(ADA).await).await.unwrap();
        assert_eq!(list(&world.cx, &opened.user.id).await.unwrap().len(), 1);
        assert!(world.find(&opened).await.is_some(), "the link ends no session");
        assert_eq!(refusal(sign_up(&world, ADA, &mut device).await), Refusal::UserExists);

        let begun = begin_sign_up(&world.cx, &PersonName::parse("Eve").unwrap(), &email(EVE)).await.unwrap();
        let response = Authenticator::default().create_as(&begun.options, device.keys[0].id.clone());
        let taken = finish_sign_up(&world.cx, &begun.token, &response, None, &Client::default()).await;
        assert_eq!(refusal(taken), Refusal::PasskeyKnown);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn a12_an_address_with_an_account_gets_the_same_answer(world: World) {
        world.user(ADA).await;
        let (mut device, mut fresh) = (Authenticator::default(), Authenticator::default());
        let known = sign_up(&world, ADA, &mut device).await.unwrap();
        let unknown = sign_up(&world, "new@example.com", &mut fresh).await.unwrap();
        assert!(known.opened.is_none() && unknown.opened.is_none());
        assert_eq!((known.user.name, known.user.email_verified), (unknown.user.name, unknown.user.email_verified));
        assert_eq!(world.kinds(ADA).await[0], "account-exists");
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::UnknownPasskey, "a stranger's account is as it was");
        world.sign_in(ADA, PASSWORD).await.unwrap();
    }

    async fn a4_a_stranger_s_passkey_goes_when_the_owner_proves_the_address(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let mut strangers = Authenticator::default();
        let stranger = sign_up(&world, ADA, &mut strangers).await.unwrap().opened.unwrap();
        world.moment();
        magic_link::request(&world.cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
        let token = world.link_token(ADA).await;
        magic_link::redeem(&world.cx, &token, &Client::default()).await.unwrap();
        assert_eq!(refusal(enter(&world, &mut strangers).await), Refusal::UnknownPasskey);
        assert!(world.find(&stranger).await.is_none());
    }

    async fn a4_each_link_brings_its_own_passkey(world: World) {
        let (mut first, mut second) = (Authenticator::default(), Authenticator::default());
        sign_up(&world, ADA, &mut first).await.unwrap();
        sign_up(&world, ADA, &mut second).await.unwrap();
        world.sign_up(ADA, PASSWORD).await;
        let [_, of_second, of_first] = world.link_tokens(ADA).await.try_into().unwrap();
        world.follow(&of_second).await.unwrap();
        enter(&world, &mut second).await.expect("its link was followed");
        assert_eq!(refusal(enter(&world, &mut first).await), Refusal::UnknownPasskey);
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        assert_eq!(refusal(world.follow(&of_first).await), Refusal::InvalidToken);
    }

    async fn a4_a_password_of_an_earlier_sign_up_is_not_the_account_s(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        let mut device = Authenticator::default();
        sign_up(&world, ADA, &mut device).await.unwrap();
        world.follow(&world.link_token(ADA).await).await.unwrap();
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        enter(&world, &mut device).await.unwrap();
    }

    async fn a26_the_link_of_a_sign_up_enrols_its_passkey_once(world: World) {
        let mut device = Authenticator::default();
        sign_up(&world, ADA, &mut device).await.unwrap();
        let token = world.link_token(ADA).await;
        let results = at_once(50, |_| {
            let (cx, token) = (world.cx.clone(), token.clone());
            async move { verification::redeem(&cx, &token, &Client::default()).await }
        })
        .await;
        let Verified::Account(user, _) = one_winner(results, &Refusal::InvalidToken) else { panic!("an account") };
        let ada = enter(&world, &mut device).await.unwrap();
        assert_eq!(list(&world.cx, &user.id).await.unwrap().len(), 1);
        let mut other = Authenticator::default();
        add(&world, &ada, &mut other).await;
        let passkey = list(&world.cx, &user.id).await.unwrap().remove(0);
        delete(&world.cx, &ada, &passkey.id).await.unwrap();
        assert_eq!(refusal(world.follow(&token).await), Refusal::InvalidToken);
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::UnknownPasskey, "what was removed doesn't come back");
    }

    async fn a_passkey_that_was_registered_meanwhile_stays_its_owner_s(world: World) {
        let mut device = Authenticator::default();
        sign_up(&world, ADA, &mut device).await.unwrap();
        let eve = world.user(EVE).await;
        let begun = begin_registration(&world.cx, &eve, None, None).await.unwrap();
        let mut hers = Authenticator::default();
        let response = hers.create_as(&begun.options, device.keys[0].id.clone());
        finish_registration(&world.cx, &eve, &begun.token, &response, None).await.unwrap();
        let ada = world.follow(&world.link_token(ADA).await).await.unwrap();
        assert!(list(&world.cx, &ada.user.id).await.unwrap().is_empty());
        assert_eq!(enter(&world, &mut hers).await.unwrap().user.id, eve.user.id);
    }

    async fn where_sign_up_is_closed_nobody_begins(world: World) {
        let mut world = world;
        let address: Email = email(ADA);
        let name = PersonName::parse("Ada").unwrap();
        let begun = begin_sign_up(&world.cx, &name, &address).await.unwrap();
        world.settings(|settings| settings.sign_up.enabled = false);
        assert_eq!(refusal(begin_sign_up(&world.cx, &name, &address).await), Refusal::SignUpDisabled);
        let response = Authenticator::default().create(&begun.options);
        let late = finish_sign_up(&world.cx, &begun.token, &response, None, &Client::default()).await;
        assert_eq!(refusal(late.map(drop)), Refusal::SignUpDisabled);
    }
}
