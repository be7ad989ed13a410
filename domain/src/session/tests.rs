use super::*;
use crate::code::Purpose;
use crate::password::Password;
use crate::testing::{
    DAY, FIREFOX, HOUR, IPHONE, MINUTE, PASSWORD, SECOND, World, admitted, at_once, client, email, just_now, refusal,
};
use crate::{deletion, email_change, password_change};

const ADA: &str = "ada@example.com";

/// Ada with a password session of the present moment.
async fn ada(world: &World) -> Current {
    world.user(ADA).await;
    world.sign_in(ADA, PASSWORD).await.unwrap()
}

async fn briefly(world: &World) -> Current {
    let who = crate::sign_in::Identifier::Email(email(ADA));
    let password = Password::new(PASSWORD);
    admitted(crate::sign_in::with_password(&world.cx, &who, &password, false, None, &Client::default()).await.unwrap())
}

db::both! {
    async fn a_session_tells_its_user_what_its_device_said(world: World) {
        world.user(ADA).await;
        let opened = world.sign_in_from(ADA, PASSWORD, &client(FIREFOX)).await.unwrap();
        let found = world.find(&opened).await.unwrap();
        assert_eq!(found.user.email, email(ADA));
        assert_eq!((found.session.factor, found.session.remember), (Factor::Password, true));
        assert_eq!((found.session.ip_address.as_str(), found.session.user_agent.as_str()), ("192.0.2.1", FIREFOX));
        assert_eq!(found.session.expires_at, opened.session.created_at + 7 * DAY);
        assert!(!found.renewed);
        let view = found.view();
        assert_eq!((view.token.as_str(), view.expires_at), (opened.token.expose(), opened.session.expires_at));
    }

    async fn what_is_no_token_opens_nothing(world: World) {
        let opened = ada(&world).await;
        let id = opened.session.id.as_str().to_owned();
        let cut = opened.token.expose()[..31].to_owned();
        let swapped = opened.token.expose().chars().rev().collect::<String>();
        for guess in [id, cut, swapped] {
            let token = Token::parse(&guess).expect("it has the look of a token");
            assert!(find(&world.cx, token).await.unwrap().is_none(), "{guess}");
        }
        for guess in ["", "null", "' OR 1=1 --", "%", &"x".repeat(10_000)] {
            assert!(Token::parse(guess).is_none(), "a9: {guess:.20} isn't even looked up");
        }
        let kept: (Vec<u8>,) = world.row("SELECT token_hash FROM sessions LIMIT 1").await;
        assert_eq!(kept.0.len(), 32, "the table holds no token");
    }

    async fn a_session_in_use_is_renewed_once_a_day(world: World) {
        let opened = ada(&world).await;
        world.wait(DAY - MINUTE);
        let found = world.find(&opened).await.unwrap();
        assert!(!found.renewed);
        assert_eq!(found.session.expires_at, opened.session.expires_at);
        world.wait(10 * MINUTE);
        let found = world.find(&opened).await.unwrap();
        assert!(found.renewed, "the client's cookie must be set anew");
        assert!(just_now(&world.cx, found.session.expires_at - 7 * DAY));
        let again = world.find(&opened).await.unwrap();
        assert!(!again.renewed);
        assert_eq!(again.session.expires_at, found.session.expires_at, "it was written down");
        assert_eq!(again.session.authenticated_at, opened.session.authenticated_at, "being used isn't authenticating");
        for _ in 0..30 {
            world.wait(6 * DAY);
            assert!(world.find(&opened).await.unwrap().renewed, "somebody who comes every week stays signed in");
        }
    }

    async fn a_session_out_of_use_ends_after_seven_days(world: World) {
        let opened = ada(&world).await;
        world.wait(7 * DAY - SECOND);
        assert_eq!(devices(&world.cx, &opened).await.unwrap().len(), 2, "it is listed to the last moment");
        world.wait(SECOND);
        assert!(world.find(&opened).await.is_none());
        let newer = world.sign_in(ADA, PASSWORD).await.unwrap();
        assert_eq!(devices(&world.cx, &newer).await.unwrap().len(), 1, "what has ended is listed no more");
    }

    async fn a_session_that_is_not_remembered_lasts_a_day_whatever_happens(world: World) {
        let mut world = world;
        world.settings(|settings| settings.session.renew_after = HOUR);
        world.user(ADA).await;
        let opened = briefly(&world).await;
        for _ in 0..23 {
            world.wait(HOUR);
            let found = world.find(&opened).await.unwrap();
            assert!(!found.renewed);
            assert_eq!(found.session.expires_at, opened.session.created_at + DAY);
        }
        world.wait(HOUR);
        assert!(world.find(&opened).await.is_none());
    }

    async fn a_session_ends_soon_in_the_last_seventh_of_its_span(world: World) {
        world.user(ADA).await;
        let (week, day) = (world.sign_in(ADA, PASSWORD).await.unwrap(), briefly(&world).await);
        assert_eq!((week.ends_soon(&world.cx), day.ends_soon(&world.cx)), (None, None));
        world.wait(20 * HOUR);
        assert_eq!(world.find(&day).await.unwrap().ends_soon(&world.cx), None);
        world.wait(HOUR);
        assert_eq!(world.find(&day).await.unwrap().ends_soon(&world.cx), Some(day.session.expires_at));
        world.wait(5 * DAY + 2 * HOUR);
        assert_eq!(week.ends_soon(&world.cx), None);
        world.wait(HOUR);
        assert_eq!(week.ends_soon(&world.cx), Some(week.session.expires_at), "a day before");
        assert_eq!(world.find(&week).await.unwrap().ends_soon(&world.cx), None, "being used renews it");
    }

    async fn who_authenticates_again_has_the_whole_span_again(world: World) {
        world.user(ADA).await;
        let opened = briefly(&world).await;
        world.wait(23 * HOUR);
        let found = world.find(&opened).await.unwrap();
        assert!(found.ends_soon(&world.cx).is_some());
        let again = authenticate(&world.cx, &found, &Password::new(PASSWORD), &Client::default()).await.unwrap();
        assert_eq!(again.ends_soon(&world.cx), None);
        world.wait(23 * HOUR);
        assert!(world.find(&again).await.is_some(), "it was written down");
        world.wait(HOUR);
        assert!(world.find(&again).await.is_none());
    }

    async fn a_sensitive_act_needs_an_authentication_of_the_last_ten_minutes(world: World) {
        let opened = ada(&world).await;
        world.wait(10 * MINUTE - SECOND);
        assert!(world.find(&opened).await.unwrap().is_fresh(&world.cx));
        world.wait(SECOND);
        let stale = world.find(&opened).await.unwrap();
        let (cx, new) = (&world.cx, email("new@example.com"));
        let account = crate::account::list(cx, &stale.user.id).await.unwrap().remove(0).id;
        let refusals = [
            refusal(email_change::request(cx, &stale, &new, None).await),
            refusal(crate::code::request_email_change(cx, &stale, &new).await),
            refusal(crate::code::change_email(cx, &stale, &new, "000000").await),
            refusal(deletion::request(cx, &stale, None, None, &Client::default()).await),
            refusal(password_change::set_first(cx, &stale, &Password::new("An0ther-one!")).await),
            refusal(crate::account::unlink(cx, &stale, &account).await),
            refusal(list(cx, &stale).await),
        ];
        assert!(refusals.iter().all(|refusal| *refusal == Refusal::SessionNotFresh), "{refusals:?}");
        let fresh = authenticate(cx, &stale, &Password::new(PASSWORD), &Client::default()).await.unwrap();
        assert!(email_change::request(cx, &fresh, &new, None).await.is_ok());
        let found = world.find(&fresh).await.unwrap();
        assert!(found.is_fresh(cx), "it was written down");
    }

    async fn a29_authenticating_again_gives_a_new_token_and_kills_the_old(world: World) {
        let old = ada(&world).await;
        world.wait(HOUR);
        assert_eq!(refusal(authenticate(&world.cx, &old, &Password::new("wrong"), &Client::default()).await), Refusal::InvalidPassword);
        assert!(world.find(&old).await.is_some(), "a wrong password changes nothing");
        let new = authenticate(&world.cx, &old, &Password::new(PASSWORD), &Client::default()).await.unwrap();
        assert_ne!(old.token.expose(), new.token.expose());
        assert!(world.find(&old).await.is_none());
        let found = world.find(&new).await.unwrap();
        assert_eq!(found.session.id, old.session.id);
    }

    async fn a29_authenticating_by_code_gives_a_new_token_and_kills_the_old(world: World) {
        let old = ada(&world).await;
        world.wait(HOUR);
        crate::code::request(&world.cx, Purpose::SignIn, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        let new = crate::code::authenticate(&world.cx, &old, &digits).await.unwrap();
        assert!(world.find(&old).await.is_none());
        let found = world.find(&new).await.unwrap();
        assert!(found.is_fresh(&world.cx));
        assert_eq!(found.session.factor, Factor::Code);
    }

    async fn a29_each_sign_in_has_a_token_of_its_own(world: World) {
        let first = ada(&world).await;
        let second = world.sign_in(ADA, PASSWORD).await.unwrap();
        assert_ne!(first.token.expose(), second.token.expose());
        assert_ne!(first.session.id, second.session.id);
        assert!(world.find(&first).await.is_some() && world.find(&second).await.is_some());
    }

    async fn a31_an_ended_session_is_not_written_back_by_who_had_read_it(world: World) {
        let opened = ada(&world).await;
        world.wait(2 * DAY);
        let mut conn = world.cx.db.read().await.unwrap();
        let read = store::find(&mut conn, opened.token.hash(), world.cx.now()).await.unwrap().unwrap().session;
        drop(conn);
        sign_out(&world.cx, &opened.token).await.unwrap();
        let mut tx = world.cx.db.begin().await.unwrap();
        assert!(!store::touch(&mut tx, &read).await.unwrap());
        assert!(!store::rotate(&mut tx, &read, opened.token.hash()).await.unwrap());
        tx.commit().await.unwrap();
        assert!(world.find(&opened).await.is_none());
    }

    async fn a31_an_ended_session_stays_ended_under_fifty_requests(world: World) {
        for _ in 0..4 {
            let opened = if world.count("SELECT COUNT(*) FROM users").await == 0 {
                ada(&world).await
            } else {
                world.sign_in(ADA, PASSWORD).await.unwrap()
            };
            // Each request now writes: it renews the session.
            world.wait(2 * DAY);
            at_once(50, |n| {
                let (cx, token) = (world.cx.clone(), opened.token.clone());
                async move {
                    if n == 25 { sign_out(&cx, &token).await.unwrap() } else { find(&cx, token).await.map(drop).unwrap() }
                }
            })
            .await;
            assert!(world.find(&opened).await.is_none());
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1, "the one that the link opened");
    }

    async fn a_session_is_ended_by_its_token_or_its_id_and_by_its_owner_only(world: World) {
        let ada = ada(&world).await;
        let eve = world.user("eve@example.com").await;
        let (cx, eves) = (&world.cx, &eve.user.id);
        for handle in [ada.token.expose(), ada.session.id.as_str(), "", "' OR 1=1 --", "%"] {
            end(cx, eves, handle).await.unwrap();
        }
        assert!(world.find(&ada).await.is_some(), "a33: another user's names change nothing");
        let (by_token, by_id) = (briefly(&world).await, briefly(&world).await);
        end(cx, &ada.user.id, by_token.token.expose()).await.unwrap();
        end(cx, &ada.user.id, by_id.session.id.as_str()).await.unwrap();
        assert!(world.find(&by_token).await.is_none() && world.find(&by_id).await.is_none());
        assert!(world.find(&ada).await.is_some() && world.find(&eve).await.is_some());
    }

    async fn ending_the_others_leaves_this_one_and_other_people_s(world: World) {
        let ada = ada(&world).await;
        let eve = world.user("eve@example.com").await;
        let others = [briefly(&world).await, briefly(&world).await];
        assert_eq!(end_others(&world.cx, &ada).await.unwrap(), 3, "with the one that the link opened");
        for other in &others {
            assert!(world.find(other).await.is_none());
        }
        assert!(world.find(&ada).await.is_some() && world.find(&eve).await.is_some());
        end_all(&world.cx, &ada.user.id).await.unwrap();
        assert!(world.find(&ada).await.is_none() && world.find(&eve).await.is_some());
        sign_out(&world.cx, &ada.token).await.expect("signing out never fails");
    }

    async fn the_list_shows_nobody_another_session_s_token(world: World) {
        let other = ada(&world).await;
        let mine = world.sign_in(ADA, PASSWORD).await.unwrap();
        world.user("eve@example.com").await;
        let listed = list(&world.cx, &mine).await.unwrap();
        assert_eq!(listed.len(), 3);
        for session in &listed {
            let expected = if session.id == mine.session.id { mine.token.expose() } else { session.id.as_str() };
            assert_eq!(session.token, expected);
            assert_eq!(session.user_id, mine.user.id);
        }
        let shown = serde_json::to_string(&listed).unwrap();
        assert!(!shown.contains(other.token.expose()));
        let theirs = listed.iter().find(|session| session.id == other.session.id).unwrap();
        end(&world.cx, &mine.user.id, &theirs.token).await.unwrap();
        assert!(world.find(&other).await.is_none(), "what stands in the token's place ends it");
    }

    async fn devices_are_listed_with_this_one_first_and_then_the_last_seen(world: World) {
        world.user(ADA).await;
        let old = world.sign_in_from(ADA, PASSWORD, &client(IPHONE)).await.unwrap();
        world.wait(HOUR);
        let newer = world.sign_in_from(ADA, PASSWORD, &client("curl/8")).await.unwrap();
        world.wait(HOUR);
        let this = world.sign_in_from(ADA, PASSWORD, &client(FIREFOX)).await.unwrap();
        world.wait(HOUR);
        assert!(world.find(&old).await.is_some());
        world.wait(MINUTE);
        world.find(&old).await.unwrap();
        let devices = devices(&world.cx, &this).await.unwrap();
        let names: Vec<_> = devices.iter().map(|device| (device.device.as_str(), device.mobile, device.current)).collect();
        let expected = [("Firefox on Linux", false, true), ("Safari on an iPhone", true, false)];
        assert_eq!(&names[..2], expected);
        assert_eq!(names.len(), 4);
        assert!(just_now(&world.cx, devices[1].last_seen + MINUTE), "to ten minutes");
        assert_eq!(devices[2].id, newer.session.id);
    }

    async fn the_owner_hears_of_a_second_kind_of_device_and_of_no_other_sign_in(world: World) {
        world.user(ADA).await;
        let heard = async |user_agent: &str| {
            world.moment();
            let before = world.mails(ADA).await.len();
            world.sign_in_from(ADA, PASSWORD, &client(user_agent)).await.unwrap();
            let mails = world.mails(ADA).await;
            (mails.len() > before).then(|| mails.into_iter().next().unwrap())
        };
        let mail = heard(FIREFOX).await.expect("unlike the device that followed the link");
        assert_eq!(mail.kind, "new-device");
        assert!(mail.content.text.contains("Firefox on Linux") && mail.content.text.contains("192.0.2.1"));
        assert!(heard(FIREFOX).await.is_none());
        assert!(heard(&FIREFOX.replace("140.0", "141.0")).await.is_none(), "an update is no new device");
        assert_eq!(heard(IPHONE).await.expect("a third kind").kind, "new-device");
        assert!(heard(FIREFOX).await.is_none());
    }

    async fn the_first_device_of_all_is_no_news(world: World) {
        world.user(ADA).await;
        assert_eq!(world.kinds(ADA).await, ["email-verification"]);
    }
}

/// Who get-session says has the token, without a copy of the browser's.
async fn recently(world: &World, token: Token) -> Option<std::sync::Arc<Remembered>> {
    let known = remembered(&world.cx, &token);
    if known.is_some() { known } else { find_and_remember(&world.cx, token, true).await.unwrap() }
}

db::both! {
    async fn what_was_just_looked_up_is_remembered_for_a_second_and_no_longer(world: World) {
        let opened = world.user("ada@example.com").await;
        let token = || opened.token.clone();
        assert!(recently(&world, token()).await.is_some());
        // Another node ends the session: this one hears of it within a second.
        let mut conn = world.cx.db.read().await.unwrap();
        conn.query("DELETE FROM sessions").execute().await.unwrap();
        drop(conn);
        assert!(recently(&world, token()).await.is_some(), "the database wasn't asked again");
        world.wait(SECOND);
        assert!(recently(&world, token()).await.is_none());
    }

    async fn what_is_shown_of_a_session_is_made_once_and_never_of_an_older_one(world: World) {
        let opened = world.user("ada@example.com").await;
        let said = async |what: &str| {
            let known = recently(&world, opened.token.clone()).await.unwrap();
            known.shown(|_| Ok::<_, ()>(what.to_owned())).map(str::to_owned)
        };
        assert_eq!(recently(&world, opened.token.clone()).await.unwrap().shown(|_| Err(())), Err(()));
        assert_eq!(said("first").await.as_deref(), Ok("first"));
        assert_eq!(said("again").await.as_deref(), Ok("first"));
        world.user("bob@example.com").await;
        assert_eq!(said("after a change").await.as_deref(), Ok("after a change"));
    }

    async fn what_this_node_ends_is_ended_at_once(world: World) {
        let opened = world.user("ada@example.com").await;
        assert!(recently(&world, opened.token.clone()).await.is_some());
        end_all(&world.cx, &opened.user.id).await.unwrap();
        assert!(recently(&world, opened.token.clone()).await.is_none());
    }
}
