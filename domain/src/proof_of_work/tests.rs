use super::*;
use crate::link::Callbacks;
use crate::password::Password;
use crate::session::Entered;
use crate::sign_in::{Identifier, with_password};
use crate::testing::{FIREFOX, MINUTE, SECOND, World, at_once, client, email, one_winner, refusal, solved};
use crate::{code, magic_link, reset};

const ADA: &str = "ada@example.com";

fn solution(cx: &Cx) -> String {
    solved(challenge(cx).unwrap())
}

async fn pays(cx: &Cx, solution: &str) -> Result<()> {
    Payment::solved(Some(solution.to_owned())).offers(require(cx)).await.0
}

async fn waits(cx: &Cx, ticket: &str, from: &str) -> Result<()> {
    let payment = Payment::solved_or_waited(None, Ticket::parse(cx, ticket), Some(from.parse().unwrap()));
    payment.offers(require(cx)).await.0
}

async fn brings_nothing(cx: &Cx) -> Result<()> {
    Payment::solved(None).offers(require(cx)).await.0
}

async fn tries(cx: &Cx, address: &str, password: &str) -> Result<Entered> {
    with_password(cx, &Identifier::Email(email(address)), &Password::new(password), true, None, &client(FIREFOX)).await
}

async fn asked(mode: Mode, mut world: World) -> World {
    world.user(ADA).await;
    world.settings(|settings| settings.proof_of_work = ProofOfWork { mode, attack: Rate::most(5, 60), effort: 2000 });
    world
}

db::both! {
    async fn wrong_passwords_in_many_accounts_make_everybody_pay_until_it_is_calm_again(world: World) {
        let world = asked(Mode::Adaptive, world).await;
        for account in 0..6 {
            brings_nothing(&world.cx).await.unwrap();
            assert_eq!(refusal(tries(&world.cx, &format!("{account}@example.com"), "Wr0ng-enough").await), Refusal::InvalidCredentials);
        }
        assert_eq!(refusal(brings_nothing(&world.cx).await), Refusal::ProofMissing(0));
        pays(&world.cx, &solution(&world.cx)).await.unwrap();
        assert!(require(&world.cx).await.is_ok(), "a command isn't asked");
        world.wait(CALM - SECOND);
        assert_eq!(refusal(brings_nothing(&world.cx).await), Refusal::ProofMissing(0));
        world.wait(2 * SECOND);
        brings_nothing(&world.cx).await.unwrap();
    }

    async fn so_do_new_accounts_and_mails_that_are_asked_for(world: World) {
        let world = asked(Mode::Adaptive, world).await;
        world.sign_up("eve@example.com", "Br4nd-new-one").await;
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        magic_link::request(&world.cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
        code::request(&world.cx, code::Purpose::SignIn, &email(ADA)).await.unwrap();
        world.sign_up("mallory@example.com", "Br4nd-new-one").await;
        brings_nothing(&world.cx).await.unwrap();
        reset::request(&world.cx, &email("nobody@example.com"), None).await.unwrap();
        assert_eq!(refusal(brings_nothing(&world.cx).await), Refusal::ProofMissing(0));
    }

    async fn where_it_is_off_nobody_pays_whatever_happens(world: World) {
        let world = asked(Mode::Off, world).await;
        for account in 0..20 {
            refusal(tries(&world.cx, &format!("{account}@example.com"), "Wr0ng-enough").await);
        }
        brings_nothing(&world.cx).await.unwrap();
    }

    async fn one_solution_pays_for_one_of_fifty_that_come_at_once(world: World) {
        let world = asked(Mode::Always, world).await;
        let (cx, solution) = (world.cx.clone(), solution(&world.cx));
        let results = at_once(50, move |_| {
            let (cx, solution) = (cx.clone(), solution.clone());
            async move { pays(&cx, &solution).await }
        })
        .await;
        one_winner(results, &Refusal::ProofRefused);
    }

    async fn what_is_no_solution_of_ours_pays_for_nothing(world: World) {
        let mut world = asked(Mode::Always, world).await;
        let good = solution(&world.cx);
        let text = String::from_utf8(STANDARD.decode(&good).unwrap()).unwrap();
        let mut payload: Payload = serde_json::from_str(&text).unwrap();
        // Its end is moved: ALTCHA's library takes the last one that it finds in a salt, and hashes that.
        let (random, end) = payload.salt.clone().split_once('?').map(|(random, end)| (random.to_owned(), end.to_owned())).unwrap();
        let later = (world.cx.now() + MINUTE).seconds();
        let [mut doubled, mut longer] = [payload.clone(), payload.clone()];
        doubled.salt = format!("{random}?expires={later}&{end}");
        longer.salt = format!("{random}?more&{end}");
        let [doubled, longer] = [doubled, longer].map(|payload| STANDARD.encode(serde_json::to_string(&payload).unwrap()));
        payload.number += 1;
        let another = STANDARD.encode(serde_json::to_string(&payload).unwrap());
        // Somebody's own challenge, which is none of ours.
        let secret = std::mem::replace(&mut world.cx.secret, crate::Secret::new("another secret of thirty-two characters"));
        let foreign = solution(&world.cx);
        world.cx.secret = secret;
        for wrong in [another, doubled, longer, foreign, text.clone(), String::new(), "%%%".to_owned(), STANDARD.encode("{}"), STANDARD.encode(&text[1..])] {
            assert_eq!(refusal(pays(&world.cx, &wrong).await), Refusal::ProofRefused, "{wrong}");
        }
        world.wait(LIFETIME + SECOND);
        assert_eq!(refusal(pays(&world.cx, &good).await), Refusal::ProofRefused, "it is too old");
        pays(&world.cx, &solution(&world.cx)).await.unwrap();
    }

    async fn every_number_that_the_effort_allows_is_taken(world: World) {
        let mut world = asked(Mode::Always, world).await;
        world.settings(|settings| settings.proof_of_work.effort = 1_000_000);
        let options = ChallengeOptions {
            algorithm: Some(AltchaAlgorithm::Sha256),
            max_number: Some(1_000_000),
            number: Some(1_000_000),
            hmac_key: &key(&world.cx),
            expires: DateTime::from_timestamp((world.cx.now() + LIFETIME).seconds(), 0),
            ..ChallengeOptions::default()
        };
        let made = create_challenge(options).unwrap();
        let algorithm = made.algorithm;
        let last = Payload { algorithm, challenge: made.challenge, number: 1_000_000, salt: made.salt, signature: made.signature, took: None };
        pays(&world.cx, &STANDARD.encode(serde_json::to_string(&last).unwrap())).await.unwrap();
    }

    async fn without_script_a_wait_pays_once_for_each_ticket(world: World) {
        let world = asked(Mode::Always, world).await;
        let cx = &world.cx;
        let [one, two] = [(); 2].map(|()| Ticket::new(cx).text().to_owned());
        assert_eq!(refusal(waits(cx, &one, "192.0.2.1").await), Refusal::ProofMissing(20));
        world.wait(15 * SECOND);
        assert_eq!(refusal(waits(cx, &one, "192.0.2.1").await), Refusal::ProofMissing(5), "it is kept");
        world.wait(5 * SECOND);
        let (ring, ticket) = (world.cx.clone(), one.clone());
        let results = at_once(50, move |from| {
            let (cx, ticket) = (ring.clone(), ticket.clone());
            async move { waits(&cx, &ticket, &format!("192.0.2.{from}")).await }
        })
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        world.wait(2 * MINUTE);
        assert_eq!(refusal(waits(cx, &one, "198.51.100.1").await), Refusal::ProofMissing(20), "it was used");
        let (made, rest) = two.split_once('.').unwrap();
        let older = format!("{}.{rest}", made.parse::<i64>().unwrap() - 60_000_000);
        for wrong in [older.as_str(), "", "1.2", "1.2.3", &two[..two.len() - 1]] {
            assert_eq!(refusal(waits(cx, wrong, "192.0.2.3").await), Refusal::ProofMissing(20), "{wrong}");
        }
        world.wait(LIFETIME);
        assert_eq!(refusal(waits(cx, &two, "192.0.2.3").await), Refusal::ProofMissing(20), "it is too old");
    }

    async fn who_waits_is_counted_by_network_and_all_together(world: World) {
        let world = asked(Mode::Always, world).await;
        let cx = &world.cx;
        let tickets: Vec<_> = (0..12).map(|_| Ticket::new(cx).text().to_owned()).collect();
        world.wait(WAIT);
        for used in [0, 1, 2] {
            waits(cx, &tickets[used], "2001:db8:1:2::1").await.unwrap();
            // A used one takes nobody's turn.
            refusal(waits(cx, &tickets[0], "2001:db8:1:2::1").await);
        }
        assert_eq!(refusal(waits(cx, &tickets[3], "2001:db8:1:ffff::1").await), Refusal::ProofMissing(20), "of one /48");
        for (ticket, from) in [(3, "2001:db8:2::1"), (4, "192.0.2.4")] {
            waits(cx, &tickets[ticket], from).await.unwrap();
        }
        // Five a minute would be an attack.
        assert_eq!(refusal(waits(cx, &tickets[5], "192.0.2.5").await), Refusal::ProofMissing(12));
        pays(cx, &solution(cx)).await.unwrap();
    }

    async fn what_was_spent_is_kept_as_long_as_it_could_be_used_again(world: World) {
        let world = asked(Mode::Always, world).await;
        let solution = solution(&world.cx);
        pays(&world.cx, &solution).await.unwrap();
        world.wait(LIFETIME - SECOND);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().proofs, 0);
        assert_eq!(refusal(pays(&world.cx, &solution).await), Refusal::ProofRefused);
        world.wait(2 * SECOND);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().proofs, 1);
        assert_eq!(refusal(pays(&world.cx, &solution).await), Refusal::ProofRefused);
    }
}
