use model::onboarding::Answer;

use super::*;
use crate::testing::{World, at_once, refusal};

const ADA: &str = "ada@example.com";

fn one(value: &str) -> Answer {
    Answer::One(value.to_owned())
}

fn many(values: &[&str]) -> Answer {
    Answer::Many(values.iter().map(|value| (*value).to_owned()).collect())
}

fn answers<const N: usize>(given: [(&str, Answer); N]) -> Answers {
    given.into_iter().map(|(id, answer)| (id.to_owned(), answer)).collect()
}

/// Answers to each of the shipped steps.
fn steps() -> [(&'static str, Answers); 4] {
    [
        ("experience", answers([("experience", one("5-10"))])),
        ("stack", answers([("languages", many(&["rust", "go"])), ("frameworks", many(&["leptos"]))])),
        (
            "hardware",
            answers([("os", one("linux")), ("cpu", one("Ryzen 9 9950X")), ("gpu", one("none")), ("ram", one("64"))]),
        ),
        ("focus", answers([("focus", many(&["backend", "ai-ml"]))])),
    ]
}

async fn told(world: &World, user: &UserId, step: &str, given: Answers) -> Refusal {
    refusal(answer(&world.cx, user, step, &given).await)
}

fn named(ids: &[&str]) -> Refusal {
    Refusal::InvalidAnswers(ids.iter().map(|id| (*id).to_owned()).collect())
}

db::both! {
    async fn a_new_user_is_led_through_step_by_step(world: World) {
        let user = world.user(ADA).await.user.id;
        let cx = &world.cx;
        let begun = get(cx, &user).await.unwrap();
        assert_eq!((begun.status, begun.step.as_deref()), (Status::Pending, Some("experience")));
        let mut all = Answers::new();
        for (n, (step, given)) in steps().into_iter().enumerate() {
            all.extend(given.clone());
            let view = answer(cx, &user, step, &given).await.unwrap();
            let next = steps().get(n + 1).map(|(step, _)| (*step).to_owned());
            assert_eq!((view.status, view.step), (Status::Pending, next));
            assert_eq!(view.answers, all);
            let resumed = get(cx, &user).await.unwrap();
            assert_eq!(resumed.answers, all, "another device goes on from here");
        }
        assert_eq!(complete(cx, &user).await.unwrap().status, Status::Completed);
        assert_eq!(get(cx, &user).await.unwrap().status, Status::Completed);
    }

    async fn what_is_required_can_t_be_left_out(world: World) {
        let user = world.user(ADA).await.user.id;
        assert_eq!(told(&world, &user, "experience", Answers::new()).await, named(&["experience"]));
        let no_os = answers([("cpu", one("M4"))]);
        assert_eq!(told(&world, &user, "hardware", no_os).await, named(&["os"]));
        let nothing_chosen = answers([("languages", many(&[]))]);
        assert_eq!(told(&world, &user, "stack", nothing_chosen).await, named(&["languages"]));
        let open = refusal(complete(&world.cx, &user).await);
        assert_eq!(open, named(&["experience", "languages", "os", "focus"]), "every one at once");
        let view = get(&world.cx, &user).await.unwrap();
        assert_eq!((view.status, view.answers), (Status::Pending, Answers::new()));
    }

    async fn what_was_not_asked_is_refused_and_nothing_of_it_kept(world: World) {
        let user = world.user(ADA).await.user.id;
        let (cx, long) = (&world.cx, "x".repeat(201));
        assert_eq!(told(&world, &user, "nonsense", Answers::new()).await, named(&["nonsense"]));
        assert_eq!(told(&world, &user, "experience", answers([("experience", one("100"))])).await, named(&["experience"]));
        assert_eq!(told(&world, &user, "experience", answers([("experience", many(&["0-1"]))])).await, named(&["experience"]));
        assert_eq!(told(&world, &user, "stack", answers([("languages", many(&["rust", "cobol"]))])).await, named(&["languages"]));
        let hardware = answers([("os", one("linux")), ("cpu", one(&long)), ("gpu", one("a\0b"))]);
        assert_eq!(told(&world, &user, "hardware", hardware).await, named(&["cpu", "gpu"]));
        let foreign = refusal(answer_all(cx, &user, &answers([("role", one("admin")), ("os", one("mac"))])).await);
        assert_eq!(foreign, named(&["role"]));
        assert_eq!(get(cx, &user).await.unwrap().answers, Answers::new());
        let extra = answers([("experience", one("0-1")), ("focus", many(&["mobile"])), ("role", one("admin"))]);
        let view = answer(cx, &user, "experience", &extra).await.unwrap();
        assert_eq!(view.answers, answers([("experience", one("0-1"))]), "a step takes the answers to its own questions");
    }

    async fn a_step_can_be_answered_again_and_its_old_answers_go(world: World) {
        let user = world.user(ADA).await.user.id;
        for (step, given) in steps() {
            answer(&world.cx, &user, step, &given).await.unwrap();
        }
        complete(&world.cx, &user).await.unwrap();
        let view = answer(&world.cx, &user, "hardware", &answers([("os", one("mac"))])).await.unwrap();
        assert_eq!(view.status, Status::Completed, "editing doesn't send anybody back");
        assert_eq!(view.answers.get("os"), Some(&one("mac")));
        assert!(!view.answers.contains_key("cpu") && !view.answers.contains_key("ram"));
        assert!(view.answers.contains_key("languages"), "other steps keep theirs");
    }

    async fn answers_given_all_at_once_leave_the_others_as_they_are(world: World) {
        let user = world.user(ADA).await.user.id;
        let cx = &world.cx;
        let all: Answers = steps().into_iter().flat_map(|(_, given)| given).collect();
        assert_eq!(answer_all(cx, &user, &all).await.unwrap().answers, all);
        let view = answer_all(cx, &user, &answers([("ram", one("128"))])).await.unwrap();
        let mut expected = all.clone();
        expected.insert("ram".to_owned(), one("128"));
        assert_eq!(view.answers, expected);
        let half = refusal(answer_all(cx, &user, &answers([("ram", one("8")), ("os", one("beos"))])).await);
        assert_eq!(half, named(&["os"]));
        assert_eq!(get(cx, &user).await.unwrap().answers, expected, "all of it or nothing");
    }

    async fn two_devices_at_once_lose_nothing(world: World) {
        let user = world.user(ADA).await.user.id;
        let all: Answers = steps().into_iter().flat_map(|(_, given)| given).collect();
        for _ in 0..20 {
            at_once(4, |n| {
                let (cx, user, (step, given)) = (world.cx.clone(), user.clone(), steps()[n].clone());
                async move { answer(&cx, &user, step, &given).await.map(drop).unwrap() }
            })
            .await;
            let view = get(&world.cx, &user).await.unwrap();
            assert_eq!((&view.answers, view.step), (&all, None));
            clear(&world.cx, &user).await.unwrap();
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM user_metadata").await, 1);
    }

    async fn it_can_be_left_for_later_and_taken_up_again(world: World) {
        let user = world.user(ADA).await.user.id;
        let cx = &world.cx;
        let [(step, given), ..] = steps();
        answer(cx, &user, step, &given).await.unwrap();
        let view = skip(cx, &user).await.unwrap();
        assert_eq!((view.status, view.step.as_deref()), (Status::Skipped, Some("stack")));
        assert_eq!(view.answers, given, "what was answered stays");
        for (step, given) in steps() {
            answer(cx, &user, step, &given).await.unwrap();
        }
        assert_eq!(complete(cx, &user).await.unwrap().status, Status::Completed);
        assert_eq!(skip(cx, &user).await.unwrap().status, Status::Completed, "skipping doesn't undo it");
    }

    async fn where_the_operator_wants_it_nobody_skips(world: World) {
        let mut world = world;
        world.settings(|settings| settings.questionnaire.skippable = false);
        let user = world.user(ADA).await.user.id;
        assert_eq!(refusal(skip(&world.cx, &user).await), Refusal::OnboardingRequired);
        assert_eq!(get(&world.cx, &user).await.unwrap().status, Status::Pending);
    }

    async fn the_answers_are_the_user_s_to_delete(world: World) {
        let ada = world.user(ADA).await.user.id;
        let bob = world.user("bob@example.com").await.user.id;
        for user in [&ada, &bob] {
            for (step, given) in steps() {
                answer(&world.cx, user, step, &given).await.unwrap();
            }
            complete(&world.cx, user).await.unwrap();
        }
        let view = clear(&world.cx, &ada).await.unwrap();
        assert_eq!((view.answers.len(), view.status), (0, Status::Skipped), "nobody is led to it again");
        let kept: (String,) = world.row("SELECT CAST(onboarding AS TEXT) FROM user_metadata ORDER BY user_id LIMIT 1").await;
        assert_eq!(kept.0, "{}", "nothing is kept");
        assert_eq!(get(&world.cx, &bob).await.unwrap().status, Status::Completed);
        assert!(!get(&world.cx, &bob).await.unwrap().answers.is_empty());
    }

    async fn answers_to_questions_that_the_operator_took_out_are_no_obstacle(world: World) {
        let mut world = world;
        let user = world.user(ADA).await.user.id;
        for (step, given) in steps() {
            answer(&world.cx, &user, step, &given).await.unwrap();
        }
        world.settings(|settings| settings.questionnaire.steps.truncate(1));
        let view = get(&world.cx, &user).await.unwrap();
        assert_eq!(view.step, None);
        assert!(view.answers.contains_key("os"), "they stay the user's to see");
        assert_eq!(complete(&world.cx, &user).await.unwrap().status, Status::Completed);
    }
}

#[test]
fn a_broken_questionnaire_is_told_and_not_used() {
    assert!(parse("steps = 3").is_err());
    let twice = "[[steps]]\nid = \"a\"\nname = \"A\"\ntitle = \"A?\"\nquestions = []\n";
    let faults = parse(&twice.repeat(2)).unwrap_err();
    assert!(faults.contains("\"a\"") && faults.contains("asks nothing") && faults.contains("unique"), "{faults}");
    assert_eq!(shipped().steps.len(), 4);
}
