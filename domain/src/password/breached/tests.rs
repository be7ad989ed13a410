use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use model::PasswordPolicy;
use tokio::net::TcpListener;

use super::*;
use crate::testing::{PASSWORD, World, email, refusal};
use crate::{password_change, reset};

const ADA: &str = "ada@example.com";

#[test]
fn what_attackers_try_first_is_common() {
    let common = [
        "password",
        "PassworD",
        "P@ssw0rd",
        "drowssap",
        "qwertyuiop",
        "Charlotte",
        "trustno1",
        "123456789",
        "iloveyou",
    ];
    for common in common {
        assert!(Password::new(common).is_common(), "{common}");
    }
    for own in ["correct horse battery staple", "Lovelace-1815", "Tr1cky-enough", "gX4!p0qzLm", &"password".repeat(20)]
    {
        assert!(!Password::new(own).is_common(), "{own}");
    }
}

/// A world whose only rule is the length.
fn lenient(mut world: World, check: Check) -> World {
    world.settings(|settings| {
        let PasswordPolicy { min_length, max_length, .. } = PasswordPolicy::default();
        settings.password = PasswordPolicy {
            min_length,
            max_length,
            upper: false,
            lower: false,
            digit: false,
            special: false,
            forbidden_words: Vec::new(),
            no_personal: false,
        };
        settings.breached_passwords.check = check;
    });
    world
}

/// A service that speaks the API: it knows `known`, and pads its answer with the ending of `padding`.
async fn service(known: &'static str, padding: &'static str) -> Url {
    let ending = |password: &str| hex::encode_upper(Sha1::digest(password.as_bytes()));
    let (known, padding) = (ending(known), ending(padding));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}/range/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (known, padding) = (known.clone(), padding.clone());
            let respond = move |request: Request<Incoming>| {
                let path = request.uri().path().to_owned();
                let asked = path.strip_prefix("/range/").unwrap_or_default();
                assert!(asked.len() == 5 && request.headers().contains_key("add-padding"), "{path}");
                let mut lines = vec![format!("{:035}:7", 0)];
                lines.extend(known.strip_prefix(asked).map(|ending| format!("{ending}:23")));
                lines.extend(padding.strip_prefix(asked).map(|ending| format!("{ending}:0")));
                let body = Full::<Bytes>::from(lines.join("\r\n"));
                async move { Ok::<_, Infallible>(Response::new(body)) }
            };
            let service = hyper::service::service_fn(respond);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Url::parse(&origin).unwrap()
}

db::both! {
    async fn a_common_password_is_refused_wherever_one_is_set(world: World) {
        let world = lenient(world, Check::Offline);
        let ada = world.user(ADA).await;
        let (common, cx) = (Password::new("qwertyuiop"), &world.cx);
        let form = crate::sign_up::SignUp { password: common.clone(), ..World::form("eve@example.com") };
        let refused = crate::sign_up::sign_up(cx, form, &crate::Client::default()).await;
        assert_eq!(refusal(refused), Refusal::PasswordCompromised);
        let refused = password_change::change(cx, &ada, &Password::new(PASSWORD), &common, false, &crate::Client::default()).await;
        assert_eq!(refusal(refused), Refusal::PasswordCompromised);
        reset::request(cx, &email(ADA), None).await.unwrap();
        let token = world.link_token(ADA).await;
        assert_eq!(refusal(reset::redeem(cx, &token, &common).await), Refusal::PasswordCompromised);
        reset::redeem(cx, &token, &Password::new("quite another one")).await.expect("the link is still good");
    }

    async fn where_the_operator_wants_it_any_password_is_taken(world: World) {
        let world = lenient(world, Check::Off);
        let ada = world.user(ADA).await;
        let common = Password::new("qwertyuiop");
        password_change::change(&world.cx, &ada, &Password::new(PASSWORD), &common, false, &crate::Client::default()).await.unwrap();
    }

    async fn a_password_known_from_a_breach_is_refused_and_padding_is_not(world: World) {
        let (known, padding) = ("Str0ng and stolen!", "Str0ng and padded!");
        let api = service(known, padding).await;
        let mut world = lenient(world, Check::Online);
        world.settings(|settings| {
            settings.breached_passwords.api = api;
            settings.outbound.allow = vec!["127.0.0.1".to_owned()];
        });
        let cx = &world.cx;
        assert_eq!(refusal(judge(cx, &Password::new(known), "", "").await), Refusal::PasswordCompromised);
        assert_eq!(refusal(judge(cx, &Password::new("qwertyuiop"), "", "").await), Refusal::PasswordCompromised);
        judge(cx, &Password::new(padding), "", "").await.unwrap();
        judge(cx, &Password::new("quite another one"), "", "").await.unwrap();
    }

    async fn without_the_service_s_word_no_password_is_taken(world: World) {
        let mut world = lenient(world, Check::Online);
        world.settings(|settings| {
            settings.breached_passwords.api = Url::parse("http://127.0.0.1:9/").unwrap();
            settings.outbound.allow = vec!["127.0.0.1".to_owned()];
        });
        let told = refusal(judge(&world.cx, &Password::new("quite another one"), "", "").await);
        assert_eq!((told.status(), told), (503, Refusal::PasswordUnchecked));
    }
}
