//! A session that turns up elsewhere than where it began.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use domain::settings::Binding;
use domain::testing::PASSWORD;
use http::header;

use crate::pages_settings::{form_of, member, value};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/// The same cookies on a train.
fn on_the_train(browser: &Browser) -> Browser {
    let mut train = browser.clone();
    train.peer = SocketAddr::from(([198, 51, 100, 9], 4711));
    train
}

async fn by_phone(browser: &Browser, path: &str) -> Answer {
    browser.send(Request::get(path).header(header::USER_AGENT, PHONE), Body::empty()).await
}

async fn told(site: &Site) -> usize {
    site.world.kinds(ADA).await.iter().filter(|kind| *kind == "session-moved").count()
}

db::both! {
    async fn a_stolen_cookie_works_but_its_owner_hears_of_it_once(site: Site) {
        member(&site, ADA).await;
        for path in ["/api/auth/get-session", "/settings", "/api/auth/get-session", "/settings"] {
            assert_eq!(by_phone(&site.browser, path).await.status, 200);
        }
        assert_eq!(told(&site).await, 1);
        let page = site.get("/settings/security/activity").await.text();
        assert!(page.contains("A sign-in was used from another network or device"), "{page}");
        on_the_train(&site.browser).get("/settings").await;
        assert_eq!(told(&site).await, 1, "another network alone is worth no mail");
    }

    async fn in_strict_a_session_elsewhere_shows_nothing_until_its_user_has_shown_who_they_are(site: Site) {
        let site = site.with(|settings| settings.session.binding = Binding::Strict);
        member(&site, ADA).await;
        let train = on_the_train(&site.browser);
        for page in ["/settings", "/settings/security", "/profile", "/organizations", "/settings/data/export"] {
            let answer = train.get(page).await;
            assert!(answer.status == 303 && answer.header("location").starts_with("/confirm-access?next="), "{page}: {answer:?}");
        }
        assert_eq!(train.get("/api/auth/get-session").await.text(), "null");
        let refused = train.get("/api/auth/list-sessions").await;
        assert_eq!((refused.status, refused.code().as_str()), (401, "SESSION_ELSEWHERE"));
        let refused = train.form("/settings", &[("act", "username"), ("username", "countess")]).await;
        assert_eq!((refused.status, refused.header("location")), (303, "/confirm-access?next=%2Fsettings"));
        assert!(!train.get("/").await.text().contains(ADA));
        assert_eq!(by_phone(&site.browser, "/settings").await.status, 303, "on another device, too");
        assert_eq!(site.get("/settings").await.status, 200, "at home nothing has changed");

        let page = train.get("/confirm-access?next=%2Fsettings").await.text();
        assert!(page.contains("Confirm that it’s you") && value(&form_of(&page, "/confirm-access"), "next") == "/settings", "{page}");
        let wrong = train.form("/confirm-access", &[("current_password", "Not-the-one-1"), ("next", "/settings")]).await;
        assert_eq!(wrong.status, 400);
        let shown = train.form("/confirm-access", &[("current_password", PASSWORD), ("next", "/settings")]).await;
        assert_eq!(shown.header("location"), "/settings");
        assert_eq!(train.get("/settings").await.status, 200, "it is bound to the train from now on");
        assert_eq!(site.get("/settings").await.status, 303);
        let out = site.form("/sign-out", &[]).await;
        assert_eq!(out.header("location"), "/", "signing out is possible from everywhere");
    }

    async fn where_it_is_off_a_session_goes_anywhere(site: Site) {
        let site = site.with(|settings| settings.session.binding = Binding::Off);
        member(&site, ADA).await;
        assert_eq!(by_phone(&on_the_train(&site.browser), "/settings").await.status, 200);
        assert_eq!(told(&site).await, 0);
    }
}
