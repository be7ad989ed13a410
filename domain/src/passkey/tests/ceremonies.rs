//! What a challenge is good for: once, for one purpose, for whoever began.

use model::{Email, PersonName};
use serde_json::Value;

use super::*;
use crate::Cx;
use crate::sweep::sweep;
use crate::testing::{PASSWORD, at_once, one_winner};
use crate::token::Token;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Register,
    SignIn,
    StepUp,
    SignUp,
}
const KINDS: [Kind; 4] = [Kind::Register, Kind::SignIn, Kind::StepUp, Kind::SignUp];

/// Begins a ceremony; gives it with the answer that a device gives to it.
async fn begin(cx: &Cx, kind: Kind, opened: &Opened, device: &mut Authenticator) -> (Token, Value) {
    let (name, email) = (PersonName::parse("Eve").unwrap(), Email::parse("new@example.com").unwrap());
    let begun = match kind {
        Kind::Register => begin_registration(cx, opened, None, None).await,
        Kind::SignIn => begin_sign_in(cx, None).await,
        Kind::StepUp => begin_step_up(cx, opened).await,
        Kind::SignUp => begin_sign_up(cx, &name, &email).await,
    };
    let Begun { token, options } = begun.unwrap();
    let response = match kind {
        // What is made here is given up: some of it isn't registered.
        Kind::Register | Kind::SignUp => device.clone().create(&options),
        Kind::SignIn | Kind::StepUp => device.get(&options),
    };
    (token, response)
}

async fn finish(cx: &Cx, kind: Kind, opened: &Opened, token: &Token, response: &Value) -> Result<()> {
    let client = Client::default();
    match kind {
        Kind::Register => finish_registration(cx, opened, token, response, None).await.map(drop),
        Kind::SignIn => finish_sign_in(cx, token, response, &client).await.map(drop),
        Kind::StepUp => authenticate(cx, opened, token, response).await.map(drop),
        Kind::SignUp => finish_sign_up(cx, token, response, None, &client).await.map(drop),
    }
}

db::both! {
    async fn a28_a_challenge_serves_what_it_was_made_for_and_nothing_else(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        for begun in KINDS {
            for finished in KINDS.into_iter().filter(|finished| *finished != begun) {
                let (token, response) = begin(&world.cx, begun, &ada, &mut device).await;
                let swapped = finish(&world.cx, finished, &ada, &token, &response).await;
                assert_eq!(refusal(swapped), Refusal::CeremonyGone, "{begun:?} for {finished:?}");
                let spent = finish(&world.cx, begun, &ada, &token, &response).await;
                assert_eq!(refusal(spent), Refusal::CeremonyGone, "the attempt has spent it");
            }
        }
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().len(), 1);
    }

    async fn a28_a_challenge_is_good_once_also_when_it_was_answered_wrong(world: World) {
        let (mut ada, mut device) = with_passkey(&world, ADA).await;
        for kind in KINDS {
            let (token, response) = begin(&world.cx, kind, &ada, &mut device).await;
            finish(&world.cx, kind, &ada, &token, &response).await.unwrap();
            assert_eq!(refusal(finish(&world.cx, kind, &ada, &token, &response).await), Refusal::CeremonyGone, "{kind:?}");
            if kind == Kind::StepUp {
                ada = world.sign_in(ADA, PASSWORD).await.unwrap();
            }
            let (token, response) = begin(&world.cx, kind, &ada, &mut device).await;
            finish(&world.cx, kind, &ada, &token, &Value::Null).await.unwrap_err();
            assert_eq!(refusal(finish(&world.cx, kind, &ada, &token, &response).await), Refusal::CeremonyGone, "{kind:?}");
        }
    }

    async fn a28_a_challenge_that_is_too_old_is_refused(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        for kind in KINDS {
            // A session is fresh for longer than a challenge is good.
            let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
            let (token, response) = begin(&world.cx, kind, &ada, &mut device).await;
            world.wait(LIFETIME);
            assert_eq!(refusal(finish(&world.cx, kind, &ada, &token, &response).await), Refusal::CeremonyGone, "{kind:?}");
        }
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().len(), 1);
    }

    async fn a28_another_browser_s_challenge_is_none_of_ours(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        for kind in KINDS {
            let (_, theirs) = begin(&world.cx, kind, &ada, &mut device).await;
            let (ours, _) = begin(&world.cx, kind, &ada, &mut device).await;
            let expected = match kind {
                Kind::Register | Kind::SignUp => Refusal::PasskeyNotRegistered,
                Kind::SignIn | Kind::StepUp => Refusal::PasskeyRefused,
            };
            assert_eq!(refusal(finish(&world.cx, kind, &ada, &ours, &theirs).await), expected, "{kind:?}");
            let made_up = Token::generate(world.cx.random);
            assert_eq!(refusal(finish(&world.cx, kind, &ada, &made_up, &theirs).await), Refusal::CeremonyGone);
        }
    }

    async fn a28_another_user_s_challenge_is_none_of_ours(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let (eve, _) = with_passkey(&world, EVE).await;
        for kind in [Kind::Register, Kind::StepUp] {
            let (token, response) = begin(&world.cx, kind, &ada, &mut device).await;
            assert_eq!(refusal(finish(&world.cx, kind, &eve, &token, &response).await), Refusal::CeremonyGone, "{kind:?}");
        }
        assert_eq!(list(&world.cx, &eve.user.id).await.unwrap().len(), 1);
    }

    async fn a27_of_fifty_answers_to_one_challenge_one_counts(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        for kind in KINDS {
            let (token, response) = begin(&world.cx, kind, &ada, &mut device).await;
            let results = at_once(50, |_| {
                let (cx, ada, token, response) = (world.cx.clone(), ada.clone(), token.clone(), response.clone());
                async move { finish(&cx, kind, &ada, &token, &response).await }
            })
            .await;
            one_winner(results, &Refusal::CeremonyGone);
        }
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().len(), 2);
    }

    async fn sweeping_deletes_challenges_that_nobody_answered(world: World) {
        begin_sign_in(&world.cx, None).await.unwrap();
        assert_eq!(sweep(&world.cx).await.unwrap().ceremonies, 0);
        world.wait(LIFETIME);
        let mut device = Authenticator::default();
        let ada = world.user(ADA).await;
        begin(&world.cx, Kind::Register, &ada, &mut device).await;
        assert_eq!(sweep(&world.cx).await.unwrap().ceremonies, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM ceremonies").await, 1);
    }
}
