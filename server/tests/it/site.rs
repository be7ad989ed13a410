//! The fixture: the application as `main` builds it, on a fresh database, with a clock that is moved and hashes that cost nothing.
//!
//! ```ignore
//! db::both! {
//!     async fn somebody_signs_up(site: Site) {
//!         let answer = site.json("/api/auth/sign-up/email", json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD })).await;
//!         assert_eq!(answer.status, 200);
//!         let token = site.world.link_token("ada@example.com").await;
//!     }
//! }
//! ```

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use db::Db;
use db::testing::Fixture;
use domain::testing::World;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use serde_json::Value;
use server::app::{Parts, build};
use server::middleware::Peer;
use server::settings::{Http, Mode, Settings, Sources};
use server::site::Site as Files;
use tokio::sync::watch;
use tower::ServiceExt;

/// The site's own origin.
pub const ORIGIN: &str = "http://localhost:3000";

/// A running site and one browser in front of it.
pub struct Site {
    /// The world behind it: its clock, its mails.
    pub world: World,
    /// How requests are taken.
    pub http: Http,
    /// Says that the server stops.
    pub stop: watch::Sender<bool>,
    /// The first browser.
    pub browser: Browser,
}

/// A browser (or a program) with its own cookies.
#[derive(Clone)]
pub struct Browser {
    app: Router,
    cookies: Arc<Mutex<Vec<(String, String)>>>,
    /// From where it seems to come.
    pub peer: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Fixture for Site {
    async fn new(db: Db) -> Self {
        let world = World::new(db).await;
        Self::over(world, http())
    }
}

/// What an empty configuration gives.
pub fn http() -> Http {
    let sources = Sources { file: None, folder: "/nonexistent".into(), environment: std::collections::BTreeMap::new() };
    Settings::load(&sources).unwrap().http
}

impl Site {
    /// The site over a world, with other ways of taking requests.
    pub fn over(world: World, http: Http) -> Self {
        let (stop, stopping) = watch::channel(false);
        let files = Files::read(std::path::Path::new("/nonexistent")).unwrap();
        let app = build(Parts {
            cx: world.cx.clone(),
            mode: Mode::Development,
            mailbox: true,
            http: http.clone(),
            accent: None,
            site: files,
            stop: stopping,
        });
        Self { world, http, stop, browser: Browser::new(app) }
    }

    /// The same database under other settings.
    pub fn with(mut self, change: impl FnOnce(&mut domain::Settings)) -> Self {
        self.world.settings(change);
        Self::over(self.world, self.http)
    }

    /// The same database behind other ways of taking requests.
    pub fn taking(self, change: impl FnOnce(&mut Http)) -> Self {
        let mut http = self.http;
        change(&mut http);
        Self::over(self.world, http)
    }

    /// Another browser, without cookies.
    pub fn another(&self) -> Browser {
        Browser::new(self.browser.app.clone())
    }

    /// [`Browser::get`] of the first browser.
    pub async fn get(&self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    /// [`Browser::form`] of the first browser.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browser.form(path, fields).await
    }

    /// [`Browser::json`] of the first browser.
    pub async fn json(&self, path: &str, body: Value) -> Answer {
        self.browser.json(path, body).await
    }

    /// [`Browser::send`] of the first browser.
    pub async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Answer {
        self.browser.send(request, body).await
    }
}

impl Browser {
    /// In front of any router.
    pub fn new(app: Router) -> Self {
        Self { app, cookies: Arc::default(), peer: SocketAddr::from(([203, 0, 113, 7], 4711)) }
    }

    /// Opens a page, or calls a GET endpoint.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("sec-fetch-site", "none"), Body::empty()).await
    }

    /// Posts a page's form, as a browser without JavaScript does.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, ORIGIN)
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "navigate");
        self.send(request, body).await
    }

    /// Calls an endpoint of the API, as the official client does from a page of this site.
    pub async fn json(&self, path: &str, body: Value) -> Answer {
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN);
        self.send(request, body.to_string()).await
    }

    /// Sends a request with the cookies so far, and keeps those that come back.
    pub async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Answer {
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(Peer(self.peer));
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && !request.headers().contains_key(header::COOKIE) {
            request.headers_mut().insert(header::COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap());
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The value of a cookie that it holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
    }

    /// Takes a cookie, or gives one up.
    pub fn keep(&self, set_cookie: &str) {
        let (pair, attributes) = set_cookie.split_once(';').unwrap_or((set_cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|(found, _)| found != name);
        if !attributes.contains("Max-Age=0") {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body as JSON; `null` where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The wire's error code.
    pub fn code(&self) -> String {
        self.value()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
