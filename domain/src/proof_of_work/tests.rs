use super::*;
use crate::password::Password;
use crate::session::{Entered, Opened};
use crate::sign_in::{Identifier, with_password};
use crate::testing::{
    FIREFOX, MINUTE, PASSWORD, SECOND, World, admitted, at_once, client, email, number, one_winner, refusal, solved,
};
use crate::{code, magic_link, phone_number, reset, sign_up, verification};
use crate::{link::Callbacks, passkey};

const ADA: &str = "ada@example.com";

type Door<'a> = std::pin::Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

fn solution(cx: &Cx) -> String {
    solved(challenge(cx).unwrap())
}

async fn paying<T>(solution: &str, work: impl Future<Output = T>) -> T {
    Payment::new(Some(solution.to_owned()), None, None).offers(work).await.0
}

async fn with_ticket<T>(ticket: &str, cx: &Cx, from: &str, work: impl Future<Output = T>) -> T {
    Payment::new(None, Ticket::parse(cx, ticket), Some(from.parse().unwrap())).offers(work).await.0
}

async fn penniless<T>(work: impl Future<Output = T>) -> T {
    Payment::default().offers(work).await.0
}

async fn tries(cx: &Cx, address: &str, password: &str) -> Result<Entered> {
    with_password(cx, &Identifier::Email(email(address)), &Password::new(password), true, None, &client(FIREFOX)).await
}

async fn enters(cx: &Cx) -> Result<Opened> {
    tries(cx, ADA, PASSWORD).await.map(admitted)
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
            penniless(enters(&world.cx)).await.unwrap();
            assert_eq!(refusal(penniless(tries(&world.cx, &format!("{account}@example.com"), "Wr0ng-enough")).await), Refusal::InvalidCredentials);
        }
        assert_eq!(refusal(penniless(enters(&world.cx)).await), Refusal::ProofMissing(20));
        paying(&solution(&world.cx), enters(&world.cx)).await.unwrap();
        assert!(enters(&world.cx).await.is_ok(), "a command isn't asked");
        world.wait(CALM - SECOND);
        assert_eq!(refusal(penniless(enters(&world.cx)).await), Refusal::ProofMissing(20));
        world.wait(2 * SECOND);
        penniless(enters(&world.cx)).await.unwrap();
    }

    async fn where_it_is_off_nobody_pays_whatever_happens(world: World) {
        let world = asked(Mode::Off, world).await;
        for account in 0..20 {
            refusal(tries(&world.cx, &format!("{account}@example.com"), "Wr0ng-enough").await);
        }
        penniless(enters(&world.cx)).await.unwrap();
    }

    async fn every_door_that_guesses_sends_or_makes_accounts_asks(world: World) {
        let mut world = asked(Mode::Always, world).await;
        world.settings(|settings| settings.two_factor.sms = true);
        let (cx, ada) = (&world.cx, &email(ADA));
        let (phone, form) = (number("+12025550123"), World::form("eve@example.com"));
        let doors: [(&str, Door); 11] = [
            ("password", Box::pin(async { enters(cx).await.map(|_| ()) })),
            ("sign-up", Box::pin(async { sign_up::sign_up(cx, form, &client(FIREFOX)).await.map(|_| ()) })),
            ("passkey", Box::pin(async { passkey::begin_sign_up(cx, &model::PersonName::parse("Eve").unwrap(), &email("eve@example.com")).await.map(|_| ()) })),
            ("reset", Box::pin(reset::request(cx, ada, None))),
            ("link", Box::pin(async { magic_link::request(cx, ada, None, &Callbacks::default()).await })),
            ("code", Box::pin(code::request(cx, code::Purpose::SignIn, ada))),
            ("code to reset", Box::pin(code::request(cx, code::Purpose::ResetPassword, ada))),
            ("code to verify", Box::pin(code::request(cx, code::Purpose::VerifyEmail, ada))),
            ("verification", Box::pin(verification::send(cx, ada, None))),
            ("number", Box::pin(phone_number::request_sign_in(cx, &phone))),
            ("number's reset", Box::pin(phone_number::request_reset(cx, &phone))),
        ];
        for (name, door) in doors {
            assert_eq!(refusal(penniless(door).await), Refusal::ProofMissing(20), "{name}");
        }
    }

    async fn one_solution_pays_for_one_of_fifty_that_come_at_once(world: World) {
        let world = asked(Mode::Always, world).await;
        let (cx, solution) = (world.cx.clone(), solution(&world.cx));
        let results = at_once(50, move |_| {
            let (cx, solution) = (cx.clone(), solution.clone());
            async move { paying(&solution, require(&cx)).await }
        })
        .await;
        one_winner(results, &Refusal::ProofRefused);
    }

    async fn what_is_no_solution_of_ours_pays_for_nothing(world: World) {
        let mut world = asked(Mode::Always, world).await;
        let good = solution(&world.cx);
        let text = String::from_utf8(STANDARD.decode(&good).unwrap()).unwrap();
        let mut payload: Payload = serde_json::from_str(&text).unwrap();
        payload.number += 1;
        let another = STANDARD.encode(serde_json::to_string(&payload).unwrap());
        // Somebody's own challenge, which is none of ours.
        let secret = std::mem::replace(&mut world.cx.secret, crate::Secret::new("another secret of thirty-two characters"));
        let foreign = solution(&world.cx);
        world.cx.secret = secret;
        for wrong in [another, foreign, text.clone(), String::new(), "%%%".to_owned(), STANDARD.encode("{}"), STANDARD.encode(&text[1..])] {
            assert_eq!(refusal(paying(&wrong, enters(&world.cx)).await), Refusal::ProofRefused, "{wrong}");
        }
        world.wait(LIFETIME + SECOND);
        assert_eq!(refusal(paying(&good, enters(&world.cx)).await), Refusal::ProofRefused, "it is too old");
        paying(&solution(&world.cx), enters(&world.cx)).await.unwrap();
    }

    async fn without_script_one_pays_with_a_wait_once_for_each_ticket_and_one_at_a_time_for_each_network(world: World) {
        let world = asked(Mode::Always, world).await;
        let cx = &world.cx;
        let [one, two, three] = [(); 3].map(|()| Ticket::new(cx).text().to_owned());
        assert_eq!(refusal(with_ticket(&one, cx, "192.0.2.1", enters(cx)).await), Refusal::ProofMissing(20));
        world.wait(15 * SECOND);
        assert_eq!(refusal(with_ticket(&one, cx, "192.0.2.1", enters(cx)).await), Refusal::ProofMissing(5), "it is kept");
        world.wait(5 * SECOND);
        with_ticket(&one, cx, "192.0.2.1", enters(cx)).await.unwrap();
        assert_eq!(refusal(with_ticket(&two, cx, "192.0.2.1", enters(cx)).await), Refusal::ProofMissing(20));
        with_ticket(&two, cx, "192.0.2.2", enters(cx)).await.unwrap();
        world.wait(MINUTE);
        assert_eq!(refusal(with_ticket(&one, cx, "192.0.2.1", enters(cx)).await), Refusal::ProofRefused, "it was used");
        let (made, rest) = three.split_once('.').unwrap();
        let older = format!("{}.{rest}", made.parse::<i64>().unwrap() - 60_000_000);
        for wrong in [older.as_str(), "", "1.2", "1.2.3", &three[..three.len() - 1]] {
            assert_eq!(refusal(with_ticket(wrong, cx, "192.0.2.3", enters(cx)).await), Refusal::ProofMissing(20), "{wrong}");
        }
        world.wait(LIFETIME);
        assert_eq!(refusal(with_ticket(&three, cx, "192.0.2.3", enters(cx)).await), Refusal::ProofMissing(20), "it is too old");
    }

    async fn what_was_spent_is_kept_as_long_as_it_could_be_used_again(world: World) {
        let world = asked(Mode::Always, world).await;
        let solution = solution(&world.cx);
        paying(&solution, require(&world.cx)).await.unwrap();
        world.wait(LIFETIME - SECOND);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().proofs, 0);
        assert_eq!(refusal(paying(&solution, require(&world.cx)).await), Refusal::ProofRefused);
        world.wait(2 * SECOND);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().proofs, 1);
        assert_eq!(refusal(paying(&solution, require(&world.cx)).await), Refusal::ProofRefused);
    }
}
