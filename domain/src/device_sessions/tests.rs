use super::*;
use crate::testing::{DAY, PASSWORD, SECOND, World, at_once, refusal};

/// Somebody new, signed in a moment after the one before.
async fn person(world: &World, name: &str) -> Opened {
    world.wait(SECOND);
    world.user(&format!("{name}@example.com")).await
}

fn held(sessions: &[&Opened]) -> Vec<Token> {
    sessions.iter().map(|one| one.token.clone()).collect()
}

fn names(sessions: &[Current]) -> Vec<&str> {
    sessions.iter().map(|one| one.user.email.as_str().split('@').next().unwrap()).collect()
}

fn tokens(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map(Token::expose).collect()
}

async fn alive(world: &World, sessions: &[&Opened]) -> Vec<bool> {
    let mut alive = Vec::new();
    for one in sessions {
        alive.push(world.find(one).await.is_some());
    }
    alive
}

db::both! {
    async fn a_browser_s_accounts_are_listed_with_the_last_used_first(world: World) {
        let (ada, grace, linus) = (person(&world, "ada").await, person(&world, "grace").await, person(&world, "linus").await);
        let all = held(&[&ada, &grace, &linus]);
        assert_eq!(names(&live(&world.cx, &all).await.unwrap()), ["linus", "grace", "ada"]);
        world.wait(DAY);
        world.find(&ada).await.unwrap();
        assert_eq!(names(&live(&world.cx, &all).await.unwrap()), ["ada", "linus", "grace"]);
        session::sign_out(&world.cx, &linus.token).await.unwrap();
        let listed = live(&world.cx, &all).await.unwrap();
        assert_eq!(names(&listed), ["ada", "grace"], "what has ended isn't there");
        assert_eq!(listed[0].token.expose(), ada.token.expose());
        assert!(live(&world.cx, &[]).await.unwrap().is_empty());
    }

    async fn a33_only_what_the_browser_holds_is_chosen_or_ended(world: World) {
        let (ada, grace, eve) = (person(&world, "ada").await, person(&world, "grace").await, person(&world, "eve").await);
        let cx = &world.cx;
        let mine = held(&[&ada, &grace]);
        for theirs in [eve.token.expose(), eve.session.id.as_str(), eve.user.id.as_str(), "", "' OR 1=1 --"] {
            assert_eq!(refusal(choose(cx, &mine, theirs).await), Refusal::InvalidSessionToken, "{theirs}");
            assert_eq!(refusal(end(cx, &mine, theirs).await), Refusal::InvalidSessionToken, "{theirs}");
        }
        assert!(world.find(&eve).await.is_some());
        for own in [grace.token.expose(), grace.session.id.as_str()] {
            assert_eq!(choose(cx, &mine, own).await.unwrap().user.id, grace.user.id);
        }
        assert_eq!(tokens(&end(cx, &mine, grace.session.id.as_str()).await.unwrap()), [grace.token.expose()]);
        assert_eq!(alive(&world, &[&ada, &grace, &eve]).await, [true, false, true]);
        assert_eq!(refusal(choose(cx, &mine, grace.token.expose()).await), Refusal::InvalidSessionToken, "it is over");
        assert!(end(cx, &mine, grace.token.expose()).await.is_ok(), "and ending it again changes nothing");
    }

    async fn who_signs_in_again_has_one_session_in_a_browser(world: World) {
        let (ada, grace) = (person(&world, "ada").await, person(&world, "grace").await);
        world.wait(SECOND);
        let again = world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        let elsewhere = world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        let gone = settle(&world.cx, &again, &held(&[&ada, &grace, &again])).await.unwrap();
        assert_eq!(tokens(&gone), [ada.token.expose()]);
        assert_eq!(alive(&world, &[&ada, &grace, &again, &elsewhere]).await, [false, true, true, true]);
    }

    async fn two_sessions_of_one_account_are_one_account_and_end_together(world: World) {
        let (ada, grace) = (person(&world, "ada").await, person(&world, "grace").await);
        world.wait(SECOND);
        let second = world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        let elsewhere = world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        let mine = held(&[&ada, &grace, &second]);
        let living = live(&world.cx, &mine).await.unwrap();
        assert_eq!(names(&living), ["ada", "grace", "ada"]);
        assert_eq!(names(&one_a_user(living)), ["ada", "grace"]);
        for handle in [ada.token.expose(), second.session.id.as_str()] {
            assert_eq!(choose(&world.cx, &mine, handle).await.unwrap().user.id, ada.user.id);
        }
        let ended = end(&world.cx, &mine, ada.session.id.as_str()).await.unwrap();
        assert_eq!(ended.len(), 2);
        assert_eq!(alive(&world, &[&ada, &grace, &second, &elsewhere]).await, [false, true, false, true]);
    }

    async fn one_too_many_takes_the_place_of_the_oldest(world: World) {
        let mut world = world;
        world.settings(|settings| settings.session.accounts_per_browser = 3);
        let mut all = Vec::new();
        for name in ["ada", "grace", "linus", "margaret"] {
            all.push(person(&world, name).await);
        }
        let [ada, grace, linus, margaret] = all.as_slice() else { panic!() };
        // The oldest is in use all the time, and the one that signed in first still.
        world.find(ada).await.unwrap();
        let gone = settle(&world.cx, margaret, &held(&[grace, ada, linus])).await.unwrap();
        assert_eq!(tokens(&gone), [ada.token.expose()]);
        assert_eq!(alive(&world, &[ada, grace, linus, margaret]).await, [false, true, true, true]);
    }

    async fn where_one_account_is_all_the_others_end(world: World) {
        let mut world = world;
        let (ada, grace) = (person(&world, "ada").await, person(&world, "grace").await);
        world.settings(|settings| settings.session.accounts_per_browser = 1);
        let both = held(&[&ada, &grace]);
        assert!(live(&world.cx, &both).await.unwrap().is_empty());
        assert_eq!(refusal(choose(&world.cx, &both, ada.token.expose()).await), Refusal::InvalidSessionToken);
        assert_eq!(settle(&world.cx, &grace, &both).await.unwrap().len(), 1);
        assert_eq!(alive(&world, &[&ada, &grace]).await, [false, true]);
    }

    async fn signing_out_of_all_ends_what_this_browser_holds(world: World) {
        let (ada, grace) = (person(&world, "ada").await, person(&world, "grace").await);
        let elsewhere = world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        end_all(&world.cx, &held(&[&ada, &grace])).await.unwrap();
        assert_eq!(alive(&world, &[&ada, &grace, &elsewhere]).await, [false, false, true]);
        let told = "SELECT COUNT(*) FROM audit_entries WHERE act = 'signed_out'";
        assert_eq!(world.count(told).await, 2);
    }

    async fn a31_who_is_chosen_while_it_ends_is_not_there_afterwards(world: World) {
        let (ada, grace) = (person(&world, "ada").await, person(&world, "grace").await);
        let mine = held(&[&ada, &grace]);
        // Whoever is chosen now is renewed, which writes.
        world.wait(DAY + 10 * SECOND);
        let cx = world.cx.clone();
        at_once(50, |number| {
            let (cx, mine) = (cx.clone(), mine.clone());
            async move {
                match number {
                    25 => end_all(&cx, &mine).await.unwrap(),
                    _ => drop(choose(&cx, &mine, mine[1].expose()).await),
                }
            }
        })
        .await;
        assert_eq!(alive(&world, &[&ada, &grace]).await, [false, false]);
    }
}
