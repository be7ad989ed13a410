//! Whose address a session remembers.

use axum::body::Body;
use axum::extract::Request;
use http::header;
use serde_json::json;

use crate::site::Site;
use domain::testing::PASSWORD;

/// Signs somebody in and gives the address that their session remembers.
async fn remembered(site: &Site, headers: &[(&str, &str)]) -> String {
    let browser = site.another();
    let with_headers = |request| {
        headers.iter().fold(request, |request: http::request::Builder, (name, value)| request.header(*name, *value))
    };
    let request =
        with_headers(Request::post("/api/auth/sign-in/email").header(header::CONTENT_TYPE, "application/json"));
    let answer = browser.send(request, json!({ "email": "ada@example.com", "password": PASSWORD }).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser.send(with_headers(Request::get("/api/auth/get-session")), Body::empty()).await.value()["session"]["ipAddress"].as_str().unwrap().to_owned()
}

db::both! {
    async fn a15_a_stranger_s_headers_tell_nothing(site: Site) {
        site.world.user("ada@example.com").await;
        let forged = [
            ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "1.2.3.4, 5.6.7.8"), ("x-real-ip", "1.2.3.4"), ("forwarded", "for=1.2.3.4"),
            ("x_forwarded_for", "1.2.3.4"), ("cf-connecting-ip", "1.2.3.4"), ("true-client-ip", "1.2.3.4"), ("x-client-ip", "1.2.3.4"),
        ];
        for header in forged {
            assert_eq!(remembered(&site, &[header]).await, "203.0.113.7", "{header:?}");
        }
    }

    async fn a15_a_declared_proxy_s_last_word_counts(site: Site) {
        let site = site.taking(|http| http.proxies = vec!["203.0.113.0/24".parse().unwrap()]);
        site.world.user("ada@example.com").await;
        assert_eq!(remembered(&site, &[("x-forwarded-for", "1.2.3.4, 198.51.100.9")]).await, "198.51.100.9");
        assert_eq!(remembered(&site, &[("x-forwarded-for", "::ffff:198.51.100.9")]).await, "198.51.100.9");
        assert_eq!(remembered(&site, &[("forwarded", "for=1.2.3.4")]).await, "203.0.113.7", "the other header isn't read");
        assert_eq!(remembered(&site, &[("x-forwarded-for", "garbage")]).await, "203.0.113.7");
    }
}
