use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::mail::{self, Letter};
use domain::testing::World;
use http_body_util::BodyExt;
use model::Email;
use tower::ServiceExt;

use super::*;
use crate::origins::TrustedOrigins;
use crate::shell::Look;

async fn get(world: &World, path: &str) -> (StatusCode, axum::http::HeaderMap, String) {
    let origins = TrustedOrigins::new(&world.cx.settings.base_url, &[]).unwrap();
    let site = routes().with_state(App::new(world.cx.clone(), Look::default(), origins));
    let response = site.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

db::both! {
    async fn a_mail_is_listed_and_read(world: World) {
        assert!(get(&world, PATH).await.2.contains("No mail yet"));
        let mut tx = world.cx.db.begin().await.unwrap();
        let letter = Letter::Reset { link: "http://localhost:3000/reset?token=\"><script>alert(1)</script>".into() };
        mail::send(&mut tx, &world.cx, &Email::parse("ada@example.com").unwrap(), "Ada", &letter).await.unwrap();
        tx.commit().await.unwrap();

        let page = get(&world, PATH).await.2;
        assert!(page.contains("Reset your password for Latchkey") && page.contains("ada@example.com"), "{page}");
        let href = page.split("href=\"").find_map(|rest| rest.split('"').next().filter(|href| href.starts_with("/dev/mailbox/"))).unwrap();

        let (status, headers, page) = get(&world, href).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert!(page.contains("<a href=\"http://localhost:3000/reset?token="), "{page}");
        assert!(!page.contains("<script>alert"), "{page}");

        let (_, headers, document) = get(&world, &format!("{href}/html")).await;
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox allow-popups "));
        assert!(document.contains("<base target=\"_blank\">") && !document.contains("<script>"), "{document}");

        let (status, _, page) = get(&world, "/dev/mailbox/%3Cb%3E").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(page.contains("There is no page here"));
    }
}
