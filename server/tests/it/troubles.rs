//! What the guard does when a handler breaks, dawdles, or isn't there. The handlers are the test's own; the guard is the real one.

use std::time::Duration;

use app::shell::Look;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::routing::{get, post};
use domain::Secret;
use http::header;
use server::middleware::guard;

use crate::site::{Browser, ORIGIN, http};

fn browser() -> Browser {
    let dawdle = async || tokio::time::sleep(Duration::from_secs(3600)).await;
    let routes = || {
        Router::new()
            .route("/boom", get(async || -> String { panic!("a secret: hunter2") }))
            .route("/slow", get(dawdle))
            .route("/read", post(async |body: Bytes| body.len().to_string()))
    };
    let mut http = http();
    http.request_timeout = Duration::from_secs(5);
    Browser::new(guard(
        routes().nest("/api/auth", routes()),
        http,
        Look::default(),
        Secret::new("a-secret-of-the-test-s-own"),
    ))
}

#[tokio::test]
async fn a_panic_is_contained_and_named() {
    let browser = browser();
    let answer = browser.get("/api/auth/boom").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "INTERNAL_SERVER_ERROR"));
    assert!(!answer.text().contains("hunter2"));
    let answer = browser.get("/boom").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains(answer.header("x-request-id")), "the page shows the number that is in the log");
    assert!(!answer.text().contains("hunter2"));
    assert!(!answer.header("content-security-policy").is_empty());
    let answer = browser.send(Request::post("/read").header(header::ORIGIN, ORIGIN), "abc").await;
    assert_eq!(answer.text(), "3", "the process goes on");
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_given_up() {
    let browser = browser();
    let answer = browser.get("/api/auth/slow").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    let answer = browser.get("/slow").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("Back in a moment"));

    // A body that never ends.
    let drip = || axum::body::Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = browser.send(Request::post("/api/auth/read"), drip()).await;
    assert_eq!((answer.status, answer.code().as_str(), answer.header("connection")), (408, "REQUEST_TIMEOUT", "close"));
    let answer = browser.send(Request::post("/read").header(header::ORIGIN, ORIGIN), drip()).await;
    assert_eq!(answer.status, 408);
    assert!(answer.text().contains("That took too long"));
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so() {
    let browser = browser();
    let answer = browser.get("/no-such-page").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("There is no page here"));
    let answer = browser.send(Request::post("/boom").header(header::ORIGIN, ORIGIN), "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD"));
    assert!(answer.text().contains("This page can’t be used that way"));
}

#[tokio::test]
async fn two_lengths_are_refused() {
    let request = Request::post("/api/auth/read")
        .header(header::CONTENT_LENGTH, "3")
        .header(header::TRANSFER_ENCODING, "chunked");
    let answer = browser().send(request, "abc").await;
    assert_eq!((answer.status, answer.header("connection")), (400, "close"));
}

#[tokio::test]
async fn only_uploads_may_be_large() {
    let browser = browser();
    let post = |kind: &'static str| Request::post("/api/auth/read").header(header::CONTENT_TYPE, kind);
    let body = vec![b'x'; 3 * 1024 * 1024];
    assert_eq!(
        browser.send(post("multipart/form-data; boundary=x"), body.clone()).await.text(),
        body.len().to_string()
    );
    assert_eq!(browser.send(post("application/json"), body).await.status, 413);
    assert_eq!(browser.send(post("multipart/form-data; boundary=x"), vec![b'x'; 6 * 1024 * 1024]).await.status, 413);
}
