use std::io::Cursor;

use serde_json::json;

use super::*;
use crate::session;
use crate::testing::{SECOND, World, at_once, just_now, one_winner, refusal};

const ADA: &str = "ada@example.com";

fn named(name: &str) -> Change {
    Change { username: Some(Some(Username::parse(name).unwrap())), ..Change::default() }
}

fn pictured(image: Option<&str>) -> Change {
    Change { image: Some(image.map(str::to_owned)), ..Change::default() }
}

fn picture(shade: u8) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([shade; 3])).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The address of the user's picture and the bytes behind it, if it is one of ours.
async fn shown(world: &World, current: &Current) -> (Option<String>, Option<Vec<u8>>) {
    let image = world.find(current).await.unwrap().user.image;
    let id =
        image.as_ref().and_then(|image| image.strip_prefix("http://localhost:3000/avatars/")?.strip_suffix(".png"));
    let bytes = match id {
        Some(id) => avatar(&world.cx, id).await.unwrap(),
        None => None,
    };
    (image, bytes)
}

db::both! {
    async fn each_part_is_changed_by_itself(world: World) {
        let ada = world.user(ADA).await;
        let (cx, id) = (&world.cx, &ada.user.id);
        assert_eq!(get(cx, id).await.unwrap(), ProfileView::default(), "nothing has been told yet");
        let preferences = json!({ "theme": "dark", "sizes": [1, 2.5, null], "ü": { "deep": true } });
        let preferences = preferences.as_object().unwrap().clone();
        update(cx, id, Change { bio: Some("First programmer 👩‍💻".into()), ..Change::default() }).await.unwrap();
        update(cx, id, Change { full_name: Some("Augusta Ada King".into()), ..Change::default() }).await.unwrap();
        update(cx, id, Change { preferences: Some(preferences.clone()), ..Change::default() }).await.unwrap();
        world.wait(SECOND);
        update(cx, id, Change { name: PersonName::parse("Ada King").ok(), ..Change::default() }).await.unwrap();
        let profile = get(cx, id).await.unwrap();
        let whole = ("Augusta Ada King", "First programmer 👩‍💻", &preferences);
        assert_eq!((profile.full_name.as_str(), profile.bio.as_str(), &profile.preferences), whole);
        let user = world.find(&ada).await.unwrap().user;
        assert!(user.name == "Ada King" && just_now(cx, user.updated_at));
        assert_eq!(refusal(update(cx, id, Change::default()).await), Refusal::NothingToUpdate);
    }

    async fn changes_at_one_moment_lose_nothing(world: World) {
        let ada = world.user(ADA).await;
        for round in 0..20 {
            at_once(4, |n| {
                let (cx, id) = (world.cx.clone(), ada.user.id.clone());
                let change = match n {
                    0 => Change { bio: Some(format!("A few words {round}")), ..Change::default() },
                    1 => Change { full_name: Some(format!("Augusta Ada King {round}")), ..Change::default() },
                    2 => named(&format!("countess{round}")),
                    _ => Change { name: PersonName::parse(&format!("Ada {round}")).ok(), ..Change::default() },
                };
                async move { update(&cx, &id, change).await.unwrap() }
            })
            .await;
            let profile = get(&world.cx, &ada.user.id).await.unwrap();
            assert_eq!(profile.full_name, format!("Augusta Ada King {round}"));
            assert_eq!(profile.bio, format!("A few words {round}"));
            let user = world.find(&ada).await.unwrap().user;
            assert_eq!((user.username, user.name), (Some(format!("countess{round}")), format!("Ada {round}")));
        }
    }

    async fn a49_limits_are_counted_in_characters_and_nothing_is_kept_beyond(world: World) {
        let ada = world.user(ADA).await;
        let (cx, id) = (&world.cx, &ada.user.id);
        let text = |n: usize| Some("é".repeat(n));
        update(cx, id, Change { full_name: text(200), bio: text(1000), ..Change::default() }).await.unwrap();
        let long = refusal(update(cx, id, Change { full_name: text(201), ..Change::default() }).await);
        assert_eq!(long, Refusal::TooLong("full_name".into(), 200));
        let long = Change { bio: text(1001), name: PersonName::parse("Eve").ok(), ..Change::default() };
        assert_eq!(refusal(update(cx, id, long).await), Refusal::TooLong("bio".into(), 1000));
        let large = json!({ "x": "y".repeat(16 * 1024) }).as_object().cloned();
        let large = Change { preferences: large, ..Change::default() };
        assert_eq!(refusal(update(cx, id, large).await), Refusal::InvalidPreferences);
        let profile = get(cx, id).await.unwrap();
        assert_eq!((profile.full_name, profile.bio), ("é".repeat(200), "é".repeat(1000)));
        assert_eq!(world.find(&ada).await.unwrap().user.name, "Ada Lovelace", "all of a change or nothing");
    }

    async fn a11_a_user_name_is_one_person_s_in_either_case(world: World) {
        let ada = world.user(ADA).await;
        let bob = world.user("bob@example.com").await;
        let cx = &world.cx;
        update(cx, &ada.user.id, named("Countess")).await.unwrap();
        assert_eq!(refusal(update(cx, &bob.user.id, named("COUNTESS")).await), Refusal::UsernameTaken);
        update(cx, &ada.user.id, named("countesS")).await.unwrap();
        let user = world.find(&ada).await.unwrap().user;
        assert_eq!((user.username.as_deref(), user.display_username.as_deref()), (Some("countess"), Some("countesS")));
        let name = Username::parse("COUNTESS").unwrap();
        assert!(!account::is_username_available(cx, &name).await.unwrap());
        update(cx, &ada.user.id, Change { username: Some(None), ..Change::default() }).await.unwrap();
        assert!(account::is_username_available(cx, &name).await.unwrap());
        update(cx, &bob.user.id, named("countess")).await.unwrap();
    }

    async fn of_fifty_who_want_one_user_name_one_gets_it(world: World) {
        let mut users = Vec::new();
        for n in 0..25 {
            users.push(world.user(&format!("ada{n}@example.com")).await.user.id);
        }
        for round in 0..8 {
            let results = at_once(50, |n| {
                let (cx, user) = (world.cx.clone(), users.get(n).cloned());
                async move {
                    let Some(user) = user else {
                        let username = Username::parse(&format!("COUNTESS{round}")).ok();
                        let form = World::form(&format!("bob{n}-{round}@example.com"));
                        let form = crate::sign_up::SignUp { username, ..form };
                        return crate::sign_up::sign_up(&cx, form, &crate::Client::default()).await.map(drop);
                    };
                    update(&cx, &user, named(&format!("countess{round}"))).await
                }
            })
            .await;
            one_winner(results, &Refusal::UsernameTaken);
        }
    }

    async fn a48_a_picture_s_address_is_a_web_address(world: World) {
        let ada = world.user(ADA).await;
        let (cx, id) = (&world.cx, &ada.user.id);
        let long = format!("https://example.com/{}", "x".repeat(2048));
        for image in [
            "",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " https://example.com/a.png",
            "data:image/svg+xml,<svg onload=alert(1)>",
            "//evil.example/a.png",
            "/avatars/../api/auth/sign-out",
            "https://example.com/a.png\r\nSet-Cookie: x",
            "https://example.com/\" onerror=\"alert(1)",
            long.as_str(),
        ] {
            assert_eq!(refusal(update(cx, id, pictured(Some(image))).await), Refusal::InvalidImage, "{image:.40}");
        }
        update(cx, id, pictured(Some("https://example.com/a.png?size=2"))).await.unwrap();
        assert_eq!(shown(&world, &ada).await.0.as_deref(), Some("https://example.com/a.png?size=2"));
        update(cx, id, pictured(None)).await.unwrap();
        assert_eq!(shown(&world, &ada).await.0, None);
    }

    async fn a_picture_is_shown_replaced_and_removed(world: World) {
        let ada = world.user(ADA).await;
        let (cx, id) = (&world.cx, &ada.user.id);
        set_avatar(cx, &ada, picture(10)).await.unwrap();
        let (first, bytes) = shown(&world, &ada).await;
        assert!(bytes.unwrap().starts_with(b"\x89PNG"));
        set_avatar(cx, &ada, picture(200)).await.unwrap();
        let (second, bytes) = shown(&world, &ada).await;
        assert!(bytes.is_some());
        assert_ne!(first, second, "an address can be cached for ever");
        let gone = first.unwrap();
        let gone = gone.rsplit('/').next().unwrap().trim_end_matches(".png");
        assert!(avatar(cx, gone).await.unwrap().is_none(), "the old one is gone");
        update(cx, id, pictured(second.as_deref())).await.unwrap();
        assert!(shown(&world, &ada).await.1.is_some(), "naming it again leaves it where it is");
        update(cx, id, named("countess")).await.unwrap();
        assert!(shown(&world, &ada).await.1.is_some());
        update(cx, id, pictured(Some("https://example.com/a.png"))).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM avatars").await, 0, "an upload that is shown no more is deleted");
        set_avatar(cx, &ada, picture(10)).await.unwrap();
        update(cx, id, pictured(None)).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM avatars").await, 0);
    }

    async fn what_is_no_picture_changes_nothing(world: World) {
        let ada = world.user(ADA).await;
        set_avatar(&world.cx, &ada, picture(10)).await.unwrap();
        let before = shown(&world, &ada).await;
        for upload in [Vec::new(), b"<svg onload=alert(1)>".to_vec(), picture(1)[..40].to_vec(), vec![0; LARGEST_UPLOAD + 1]] {
            assert_eq!(refusal(set_avatar(&world.cx, &ada, upload).await), Refusal::InvalidImage);
        }
        assert_eq!(shown(&world, &ada).await, before);
        for id in ["", "../secret", "%", "' OR 1=1 --"] {
            assert!(avatar(&world.cx, id).await.unwrap().is_none());
        }
    }

    async fn many_uploads_at_one_moment_leave_one_picture_that_is_shown(world: World) {
        let ada = world.user(ADA).await;
        at_once(12, |n| {
            let (cx, ada) = (world.cx.clone(), ada.clone());
            async move { set_avatar(&cx, &ada, picture(u8::try_from(n).unwrap() * 20)).await.unwrap() }
        })
        .await;
        assert_eq!(world.count("SELECT COUNT(*) FROM avatars").await, 1);
        assert!(shown(&world, &ada).await.1.is_some());
    }

    async fn a54_a_nul_is_refused_and_breaks_nothing(world: World) {
        let ada = world.user(ADA).await;
        let (cx, id) = (&world.cx, &ada.user.id);
        let both = || Some("a\0b\u{1b}[31m\r\nc".to_owned());
        update(cx, id, Change { full_name: both(), bio: both(), ..Change::default() }).await.unwrap();
        let profile = get(cx, id).await.unwrap();
        assert_eq!((profile.full_name.as_str(), profile.bio.as_str()), ("ab[31mc", "ab[31m\nc"), "text is kept, orders aren't");
        for preferences in [json!({ "a\0b": 1 }), json!({ "a": ["b", { "c": "\0" }] })] {
            let change = Change { preferences: preferences.as_object().cloned(), ..Change::default() };
            assert_eq!(refusal(update(cx, id, change).await), Refusal::InvalidPreferences);
        }
        assert!(avatar(cx, "a\0b").await.unwrap().is_none());
        session::end(cx, id, "a\0b").await.unwrap();
        assert!(world.find(&ada).await.is_some());
    }

    async fn a_user_who_is_gone_changes_nothing(world: World) {
        let ada = world.user(ADA).await;
        assert_eq!(world.write("DELETE FROM users WHERE id = $1", &[ada.user.id.as_str()]).await, 1);
        assert_eq!(refusal(update(&world.cx, &ada.user.id, named("countess")).await), Refusal::Unauthorized);
        assert_eq!(refusal(set_avatar(&world.cx, &ada, picture(10)).await), Refusal::Unauthorized);
    }
}
