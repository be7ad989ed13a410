use std::path::Path;

use model::PersonName;

use super::*;
use crate::organization::{self, Access, member};
use crate::password::Password;
use crate::session::{self, Opened};
use crate::testing::{HOUR, MINUTE, PASSWORD, SECOND, World, at_once, settings};
use crate::{Client, deletion, password_change, profile, reset};

/// Copies live a minute, so that who waits for theirs to be believed is still fresh.
fn brief(mut world: World) -> World {
    world.settings(|settings| settings.session.cookie_cache = MINUTE);
    world
}

/// Whether a copy that was made just now is believed.
async fn believed(world: &World, user: &UserId) -> bool {
    world.hears().await;
    trusts(&world.cx, user, world.cx.now())
}

/// After `act`, nobody believes what was read of Ada before, nor for a while what is read of her now.
async fn voids(world: &World, act: &str, doing: impl AsyncFnOnce(&Cx, &Opened)) {
    let ada = world.user(&format!("{}@example.com", act.replace(' ', "-"))).await;
    // What is told of her sign-up is heard before the clock moves.
    world.hears().await;
    world.wait(2 * MINUTE);
    let read_at = world.cx.now();
    assert!(believed(world, &ada.user.id).await, "{act}: nothing has happened yet");
    doing(&world.cx, &ada).await;
    assert!(!trusts(&world.cx, &ada.user.id, read_at), "{act}");
    // The database says it to this process, too.
    world.hears().await;
    world.wait(2 * MINUTE - 10 * SECOND);
    assert!(!trusts(&world.cx, &ada.user.id, world.cx.now()), "{act}: what was read a moment before is still about");
    world.wait(20 * SECOND);
    assert!(believed(world, &ada.user.id).await, "{act}: over");
}

db::both! {
    async fn a30_a34_whatever_ends_or_changes_a_session_is_known_here_at_once(world: World) {
        let world = &brief(world);
        world.listens().await;
        let password = || Password::new(PASSWORD);
        voids(world, "signs out", async |cx, ada| session::sign_out(cx, &ada.token).await.unwrap()).await;
        voids(world, "ends one", async |cx, ada| session::end(cx, &ada.user.id, ada.session.id.as_str()).await.unwrap()).await;
        voids(world, "ends the others", async |cx, ada| {
            session::end_others(cx, ada).await.unwrap();
        })
        .await;
        voids(world, "ends all", async |cx, ada| session::end_all(cx, &ada.user.id).await.unwrap()).await;
        voids(world, "confirms", async |cx, ada| drop(session::authenticate(cx, ada, &password(), &Client::default()).await.unwrap())).await;
        voids(world, "changes the password", async |cx, ada| {
            password_change::change(cx, ada, &password(), &Password::new("An0ther-good-one"), true, &Client::default()).await.unwrap();
        })
        .await;
        voids(world, "resets the password", async |cx, ada| {
            reset::request(cx, &ada.user.email, None).await.unwrap();
            let token = world.link_token(ada.user.email.as_str()).await;
            reset::redeem(cx, &token, &Password::new("An0ther-good-one")).await.unwrap();
        })
        .await;
        voids(world, "takes another name", async |cx, ada| {
            let change = profile::Change { name: PersonName::parse("Ada King").ok(), ..profile::Change::default() };
            profile::update(cx, &ada.user.id, change).await.unwrap();
        })
        .await;
        voids(world, "deletes the account", async |cx, ada| {
            deletion::request(cx, ada, Some(&password()), None, &Client::default()).await.unwrap();
            deletion::confirm(cx, ada, &world.link_token(ada.user.email.as_str()).await).await.unwrap();
        })
        .await;
    }

    async fn a30_who_is_taken_out_of_an_organization_is_known_here_at_once(world: World) {
        let world = &brief(world);
        world.listens().await;
        let bob = world.user("bob@example.com").await;
        voids(world, "leaves with the organization", async |cx, ada| {
            let new = organization::New { name: "Acme".into(), slug: model::Slug::parse("acme").unwrap(), logo: None, metadata: None, stay: false };
            let (acme, _) = organization::create(cx, ada, new).await.unwrap();
            let access = Access::open(cx, ada, &acme.id).await.unwrap();
            let invited = organization::invitation::New { roles: vec!["member".to_owned()], teams: Vec::new() };
            let invitation = organization::invitation::invite(cx, ada, &access, &bob.user.email, &invited, false).await.unwrap();
            organization::invitation::accept(cx, &bob, &invitation.id).await.unwrap();
            world.hears().await;
            world.wait(3 * MINUTE);
            assert!(believed(world, &bob.user.id).await);
            let theirs = member::of_user(cx, &access, &bob.user.id).await.unwrap();
            member::remove(cx, ada, &access, &theirs.id).await.unwrap();
            assert!(!trusts(cx, &bob.user.id, cx.now()));
            assert!(believed(world, &ada.user.id).await, "the others go on");
            organization::delete(cx, ada, &access).await.unwrap();
        })
        .await;
    }

    async fn what_was_read_too_long_ago_or_by_a_clock_that_was_ahead_is_not_believed(world: World) {
        let ada = world.user("ada@example.com").await.user.id;
        let now = world.cx.now();
        assert!(!trusts(&world.cx, &ada, now), "who doesn't listen believes nothing");
        world.listens().await;
        let (now, lifetime) = (world.cx.now(), world.cx.settings.session.cookie_cache);
        for (read_at, good) in [
            (now, true),
            (now - (lifetime - SECOND), true),
            (now - lifetime, false),
            (now + (lifetime - SECOND), true),
            (now + lifetime + SECOND, false),
            (now + HOUR, false),
        ] {
            world.hears().await;
            assert_eq!(trusts(&world.cx, &ada, read_at), good, "{read_at:?} at {now:?}");
        }
    }

    async fn what_another_node_ends_is_known_here_within_a_second(world: World) {
        let ada = world.user("ada@example.com").await;
        let there = Cx::new(db::testing::another(&world.cx.db), world.cx.clock.clone(), world.cx.secret.clone(), settings());
        world.listens().await;
        assert!(believed(&world, &ada.user.id).await);
        session::sign_out(&there, &ada.token).await.unwrap();
        let begun = Instant::now();
        while trusts(&world.cx, &ada.user.id, world.cx.now()) {
            assert!(begun.elapsed() < HEARING, "it would have gone deaf by now");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.hears().await;
        assert!(!trusts(&world.cx, &ada.user.id, world.cx.now()), "it heard what was done");
    }

    async fn a31_a_copy_that_was_being_made_meanwhile_is_not_believed_either(world: World) {
        let world = brief(world);
        let ada = world.user("ada@example.com").await;
        // Time enough for nothing to speak against her: what voids the copies is the end of the session.
        world.listens().await;
        assert!(believed(&world, &ada.user.id).await);
        let world = Arc::new(world);
        let before = world.cx.now();
        let results = at_once(50, |task| {
            let (world, ada) = (Arc::clone(&world), ada.clone());
            async move {
                if task == 0 {
                    session::sign_out(&world.cx, &ada.token).await.unwrap();
                }
                let read_at = world.cx.now();
                let found = session::find(&world.cx, ada.token.clone()).await.unwrap();
                found.map(|_| read_at)
            }
        })
        .await;
        world.hears().await;
        // Whoever found it made a copy of it, and so did who had looked a moment before.
        for read_at in results.into_iter().flatten().chain([before]) {
            assert!(!trusts(&world.cx, &ada.user.id, read_at));
        }
        assert!(world.find(&ada).await.is_none());
    }
}

#[test]
fn more_words_than_can_be_kept_leave_nobody_believed() {
    let mut known = Known::default();
    let now = Timestamp::from_micros(0);
    (0..MOST).for_each(|user| known.hear(News::Word(&user.to_string()), now));
    assert!(known.users.len() == MOST && known.everybody.is_none());
    known.hear(News::Word("ada"), now);
    assert!(known.users.len() == 1 && known.everybody == Some(now));
    let later = now + 2 * LONGEST;
    (0..MOST).for_each(|user| known.hear(News::Word(&user.to_string()), later));
    assert_eq!((known.users.len(), known.everybody), (MOST, Some(now)), "what is over is forgotten first");
}

/// What writes to these and says nothing: what it changes isn't shown, or makes a copy last no longer.
const SILENT: [(&str, &str); 3] =
    [("session/store.rs", "touch"), ("session/store.rs", "delete_expired"), ("organization/store.rs", "remember")];

/// Reads the sources, and sees only so much: `note` anywhere in a function satisfies it, also on a branch that isn't taken, and a
/// statement is seen where it stands in a function's text, in capitals and on one line, not in a constant or a macro outside of it. The
/// tests above are what holds each verb.
#[test]
fn whatever_writes_to_a_session_or_its_user_says_so() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut saying, mut silent) = (0, Vec::new());
    for folder in ["src", "../app/src", "../server/src"] {
        for (file, text) in sources(&root.join(folder)) {
            for function in text.split("fn ").skip(1) {
                let writes = [
                    "UPDATE sessions",
                    "DELETE FROM sessions",
                    "UPDATE users",
                    "DELETE FROM users",
                    "DELETE FROM members",
                ];
                if !writes.iter().any(|sql| function.contains(sql)) {
                    continue;
                }
                let name = function.split(['(', '<']).next().unwrap();
                match SILENT.iter().find(|(end, silent)| file.ends_with(end) && *silent == name) {
                    Some(known) => silent.push(*known),
                    None if function.contains("revocation::note(") => saying += 1,
                    None => {
                        panic!("{name} in {file} changes what a browser may keep a copy of, without revocation::note")
                    }
                }
            }
        }
    }
    silent.sort_unstable();
    let mut known = SILENT;
    known.sort_unstable();
    assert_eq!(silent, known);
    assert!(saying >= 20, "{saying}");
}

/// The files of a folder that aren't tests, with what is in them.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("test") {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests at the end of a file write past the verbs.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.push((path.display().to_string(), code));
        }
    }
    found
}
