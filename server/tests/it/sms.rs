//! Text messages, handed to a local server that speaks Twilio's API.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::mail::{Delivered, Transport, Ways, deliver_due};
use domain::sms::{self, Sender, SmsSettings, Text};
use domain::testing::{MINUTE, World, number};
use serde_json::json;
use tokio::net::TcpListener;

use crate::site::Site;

const PHONE: &str = "+4915112345678";
const TOKEN: &str = "t0ken-of-the-account";
const SENT: Delivered = Delivered { sent: 1, deferred: 0, failed: 0 };
const DEFERRED: Delivered = Delivered { sent: 0, deferred: 1, failed: 0 };
const FAILED: Delivered = Delivered { sent: 0, deferred: 0, failed: 1 };
const NOTHING: Delivered = Delivered { sent: 0, deferred: 0, failed: 0 };

/// What the service does with a message.
#[derive(Clone, Copy)]
enum Does {
    /// Answers with this status and body.
    Answers(u16, &'static str),
    /// Sends its caller elsewhere.
    Redirects,
    /// Never answers.
    Hangs,
}

/// What the service was asked.
struct Asked {
    path: String,
    authorization: String,
    fields: Vec<(String, String)>,
}

#[derive(Clone, Default)]
struct Service {
    does: Arc<Mutex<VecDeque<Does>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    /// Starts a service that does these things in turn, and then takes every message.
    async fn start(does: impl IntoIterator<Item = Does>) -> (Self, SocketAddr) {
        let service = Self { does: Arc::new(Mutex::new(does.into_iter().collect())), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(take).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (service, address)
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn take(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let authorization = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    service.asked.lock().unwrap().push(Asked { path: uri.path().to_owned(), authorization, fields });
    let does =
        service.does.lock().unwrap().pop_front().unwrap_or(Does::Answers(201, r#"{"sid":"SM0123","status":"queued"}"#));
    match does {
        Does::Answers(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Does::Redirects => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response(),
        Does::Hangs => std::future::pending().await,
    }
}

fn settings(address: SocketAddr) -> SmsSettings {
    SmsSettings {
        api: format!("http://{address}"),
        account_sid: "AC0123".into(),
        auth_token: TOKEN.to_owned().into(),
        from: "+15005550006".into(),
        timeout: Duration::from_secs(20),
    }
}

fn ways(settings: &SmsSettings) -> Ways {
    Ways { mail: Transport::Mailbox, sms: Sender::http(settings).unwrap() }
}

/// Commits one message.
async fn write(world: &World) {
    let mut tx = world.cx.db.begin().await.unwrap();
    sms::send(&mut tx, &world.cx, &number(PHONE), &Text::SignIn { code: "042137".into() }).await.unwrap();
    tx.commit().await.unwrap();
}

/// What is written down about the one message: whether its text is still there, and the last error.
async fn record(world: &World) -> (bool, String) {
    let (kept, error): (bool, Option<String>) = world.row("SELECT body IS NOT NULL, last_error FROM mails").await;
    (kept, error.unwrap_or_default())
}

db::both! {
    async fn a_message_is_handed_over_once_and_its_text_erased(world: World) {
        let (service, address) = Service::start([]).await;
        let ways = ways(&settings(address));
        write(&world).await;
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), SENT);
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), NOTHING);
        let asked = service.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].path, "/2010-04-01/Accounts/AC0123/Messages.json");
        assert_eq!(asked[0].authorization, format!("Basic {}", STANDARD.encode(format!("AC0123:{TOKEN}"))));
        let [(to, phone), (from, sender), (body, text)] = &asked[0].fields[..] else { panic!("three fields") };
        assert_eq!([to, from, body], ["To", "From", "Body"]);
        assert_eq!((phone.as_str(), sender.as_str()), (PHONE, "+15005550006"));
        assert!(text.starts_with("042137 is your code to sign in to Latchkey."), "{text}");
        assert_eq!(record(&world).await, (false, String::new()));
    }

    async fn a_messaging_service_sends_in_place_of_a_number(world: World) {
        let (service, address) = Service::start([]).await;
        let from = format!("MG{}", "0123456789abcdef".repeat(2));
        write(&world).await;
        deliver_due(&world.cx, &ways(&SmsSettings { from: from.clone(), ..settings(address) })).await.unwrap();
        assert_eq!(service.asked()[0].fields[1], ("MessagingServiceSid".to_owned(), from));
    }

    async fn what_may_go_better_later_is_tried_again(world: World) {
        let troubles = [Does::Answers(500, ""), Does::Answers(429, "{\"code\":20429}"), Does::Answers(503, "<html>")];
        let (service, address) = Service::start(troubles).await;
        let ways = ways(&settings(address));
        write(&world).await;
        for (status, pause) in [("500", 6), ("429, its error 20429", 36), ("503", 144)] {
            assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), DEFERRED, "{status}");
            assert_eq!(record(&world).await, (true, format!("the SMS service answered {status}")));
            assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), NOTHING, "not at once");
            world.wait(Duration::from_secs(pause));
        }
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), SENT);
        assert_eq!(service.asked().len(), 4);
    }

    async fn what_the_service_refuses_is_given_up_and_nothing_of_it_is_told(world: World) {
        let words = r#"{"code":21211,"message":"The 'To' number +4915112345678 is not valid","status":400}"#;
        for (status, body, told) in [(400, words, "400, its error 21211"), (401, "", "401"), (404, "[]", "404")] {
            let (_, address) = Service::start([Does::Answers(status, body)]).await;
            write(&world).await;
            assert_eq!(deliver_due(&world.cx, &ways(&settings(address))).await.unwrap(), FAILED, "{status}");
            assert_eq!(record(&world).await, (false, format!("the SMS service answered {told}")));
            world.write("DELETE FROM mails", &[]).await;
        }
    }

    async fn a_redirect_does_not_get_the_secret(world: World) {
        let (service, address) = Service::start([Does::Redirects]).await;
        write(&world).await;
        assert_eq!(deliver_due(&world.cx, &ways(&settings(address))).await.unwrap(), DEFERRED);
        assert_eq!(service.asked().len(), 1);
    }

    async fn a_service_that_hangs_or_is_down_loses_no_message(world: World) {
        let (_, address) = Service::start([Does::Hangs]).await;
        let hasty = SmsSettings { timeout: Duration::from_secs(1), ..settings(address) };
        write(&world).await;
        assert_eq!(deliver_due(&world.cx, &ways(&hasty)).await.unwrap(), DEFERRED);
        assert_eq!(record(&world).await, (true, "the SMS service took longer than 1 s".to_owned()));
        world.wait(Duration::from_secs(6));
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(deliver_due(&world.cx, &ways(&settings(nobody))).await.unwrap(), DEFERRED);
        let (_, error) = record(&world).await;
        assert!(!error.contains(TOKEN) && !error.contains("AC0123") && !error.contains(PHONE), "{error}");
        world.wait(Duration::from_secs(36));
        let (_, address) = Service::start([]).await;
        assert_eq!(deliver_due(&world.cx, &ways(&settings(address))).await.unwrap(), SENT);
    }

    async fn a_code_that_is_no_longer_good_is_not_sent(world: World) {
        let (_, address) = Service::start([Does::Answers(500, ""); 2]).await;
        let ways = ways(&settings(address));
        write(&world).await;
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), DEFERRED);
        world.wait(5 * MINUTE);
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), FAILED);
        assert!(!record(&world).await.0);
    }

    async fn an_answer_without_end_is_not_read_to_its_end(world: World) {
        let long: &'static str = String::leak("x".repeat(1024 * 1024));
        let (_, address) = Service::start([Does::Answers(500, long)]).await;
        write(&world).await;
        assert_eq!(deliver_due(&world.cx, &ways(&settings(address))).await.unwrap(), DEFERRED);
        assert_eq!(record(&world).await.1, "the SMS service answered 500");
    }

    async fn mails_and_messages_leave_by_their_own_ways(world: World) {
        world.sign_up("ada@example.com", domain::testing::PASSWORD).await;
        let (service, address) = Service::start([]).await;
        write(&world).await;
        let done = deliver_due(&world.cx, &ways(&settings(address))).await.unwrap();
        assert_eq!(done, Delivered { sent: 2, ..NOTHING });
        assert_eq!(service.asked().len(), 1);
        assert_eq!(world.mails("ada@example.com").await.len(), 1, "the mailbox keeps the mail");
        assert!(world.texts(&number(PHONE)).await.is_empty(), "and not the message that left");
    }

    async fn where_messages_are_not_sent_any_more_what_waits_is_given_up(world: World) {
        write(&world).await;
        let ways = Ways { sms: Sender::None, ..Ways::mailbox() };
        assert_eq!(deliver_due(&world.cx, &ways).await.unwrap(), FAILED);
    }

    async fn the_development_mailbox_shows_messages_and_tells_them_apart(site: Site) {
        write(&site.world).await;
        deliver_due(&site.world.cx, &Ways::mailbox()).await.unwrap();
        let list = site.get("/dev/mailbox").await.text();
        assert!(list.contains("Text message to ") && list.contains(PHONE), "{list}");
        let path = list.split('"').find(|word| word.starts_with("/dev/mailbox/")).unwrap();
        let page = site.get(path).await.text();
        assert!(page.contains("042137 is your code to sign in to Latchkey.") && !page.contains("<iframe"), "{page}");
    }

    async fn a_code_comes_through_the_service_and_signs_in(site: Site) {
        let site = site.with(|settings| settings.two_factor.sms = true);
        let (service, address) = Service::start([]).await;
        let ways = ways(&settings(address));
        site.world.user("ada@example.com").await;
        site.world.write("UPDATE users SET phone_number = $1", &[PHONE]).await;
        site.json("/api/auth/phone-number/send-otp", json!({ "phoneNumber": PHONE })).await;
        deliver_due(&site.world.cx, &ways).await.unwrap();
        let code = service.asked()[0].fields[2].1[..6].to_owned();
        let answer = site.json("/api/auth/phone-number/verify", json!({ "phoneNumber": PHONE, "code": code })).await;
        assert_eq!(answer.value()["user"]["phoneNumber"], json!(PHONE), "{}", answer.text());
    }
}
