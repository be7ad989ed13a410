//! The profile and the settings as a browser without JavaScript uses them.

use std::time::Duration;

use axum::extract::Request;
use domain::testing::PASSWORD;
use http::header;
use serde_json::json;

use crate::site::{Answer, Browser, ORIGIN, Site};

pub(crate) const STALE: Duration = Duration::from_secs(11 * 60);
const NEW_PASSWORD: &str = "An0ther-engine";

/// Makes a user with a proved address and signs the first browser in; gives where it is led.
pub(crate) async fn member(site: &Site, email: &str) -> String {
    site.world.user(email).await;
    sign_in(&site.browser, email, PASSWORD).await.header("location").to_owned()
}

pub(crate) async fn sign_in(browser: &Browser, email: &str, password: &str) -> Answer {
    browser.form("/sign-in", &[("email", email), ("password", password), ("remember", "true")]).await
}

/// The form that posts to `action`.
pub(crate) fn form_of(page: &str, action: &str) -> String {
    let begin = page.find(&format!("<form method=\"post\" action=\"{action}\"")).expect("the form");
    let form = &page[begin..];
    form[..form.find("</form>").expect("its end")].to_owned()
}

/// What a form says and takes, without its looks and whose it is: a tag a line.
pub(crate) fn outline(form: &str) -> String {
    let mut text = form.to_owned();
    let account = "<input type=\"hidden\" name=\"form_account\"";
    for (begin, end) in [("<svg", "</svg>"), (account, ">"), (" class=\"", "\""), ("<!", ">")] {
        while let Some(from) = text.find(begin) {
            let to = text[from + begin.len()..].find(end).expect("its end");
            text.replace_range(from..from + begin.len() + to + end.len(), "");
        }
    }
    text.replace("<span></span>", "").replace("><", ">\n<")
}

/// What the next page says.
pub(crate) async fn flash(site: &Site, answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = site.get(answer.header("location")).await.text();
    let begin = page.find("id=\"flash\"").expect("a message");
    page[begin..begin + 1200]
        .split("<div class=\"min-w-0 flex-1\">")
        .nth(1)
        .unwrap()
        .split("</div>")
        .next()
        .unwrap()
        .to_owned()
}

/// The value that a field of a page holds.
pub(crate) fn value(page: &str, name: &str) -> String {
    let input = page.split("<input").find(|input| input.contains(&format!("name=\"{name}\""))).expect("the field");
    let input = input.split('>').next().unwrap();
    input.split(" value=\"").nth(1).unwrap_or_default().split('"').next().unwrap().to_owned()
}

/// The path and query of the newest link to `email`.
pub(crate) async fn link(site: &Site, email: &str) -> String {
    let mail = site.world.mails(email).await.into_iter().next().expect("a mail");
    let link = mail.content.text.split_whitespace().find(|word| word.starts_with(ORIGIN)).expect("a link").to_owned();
    link.trim_start_matches(ORIGIN).to_owned()
}

fn upload(field: &str, bytes: &[u8]) -> (http::request::Builder, Vec<u8>) {
    let head = format!(
        "--x\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"me.png\"\r\ncontent-type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    let request = Request::post("/profile/picture")
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    (request, body)
}

/// The smallest GIF there is.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

const PAGES: [&str; 9] = [
    "/profile",
    "/settings",
    "/settings/security",
    "/settings/sessions",
    "/settings/data",
    "/settings/data/export",
    "/settings/data/delete",
    "/onboarding",
    "/delete-account",
];

db::both! {
    async fn a_guest_signs_in_first(site: Site) {
        for path in PAGES {
            let answer = site.get(path).await;
            assert_eq!(answer.header("location"), format!("/sign-in?next={}", path.replace('/', "%2F").replace('-', "%2D")), "{path}");
        }
        for path in ["/profile", "/settings", "/settings/security", "/settings/sessions", "/settings/data/delete", "/delete-account"] {
            assert!(site.form(path, &[("act", "details")]).await.header("location").starts_with("/sign-in?next="), "{path}");
        }
    }

    async fn another_site_s_form_changes_nothing(site: Site) {
        member(&site, "ada@example.com").await;
        for path in ["/profile", "/profile/picture", "/settings", "/settings/security", "/settings/sessions", "/settings/data/delete", "/delete-account"] {
            let foreign = Request::post(path).header(header::ORIGIN, "https://evil.example").header("sec-fetch-site", "cross-site").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            assert_eq!(site.send(foreign, "act=details&name=Eve&confirmation=delete+my+account").await.status, 403, "{path}");
        }
        assert!(site.get("/profile").await.text().contains("Ada Lovelace"));
    }

    async fn the_profile_is_saved_and_a_refused_form_comes_back(site: Site) {
        member(&site, "ada@example.com").await;
        let evil = "<script>alert(1)</script>";
        let answer = site.form("/profile", &[("act", "details"), ("name", ""), ("full_name", "Ada King"), ("bio", evil)]).await;
        assert_eq!(answer.status, 400);
        let page = answer.text();
        assert!(page.contains("Type your name.") && page.contains("&lt;script&gt;") && !page.contains(evil));
        assert_eq!((value(&page, "name"), value(&page, "full_name")), (String::new(), "Ada King".to_owned()));

        let answer = site.form("/profile", &[("act", "details"), ("name", "<b>Countess</b>"), ("full_name", "Ada King"), ("bio", "a\r\nb")]).await;
        assert_eq!(flash(&site, &answer).await, "Your profile is saved.");
        let page = site.get("/profile").await.text();
        assert!(!page.contains("<b>Countess"), "a name is text, in the header, too");
        assert!(page.contains("a\nb</textarea>"), "{page}");
        assert_eq!(site.form("/profile", &[("act", "nonsense")]).await.status, 400);
    }

    async fn the_details_form_reads_so(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/profile", &[("act", "details"), ("name", ""), ("full_name", "Ada King"), ("bio", "Numbers.")]).await;
        insta::assert_snapshot!("details", outline(&form_of(&answer.text(), "/profile")));
    }

    async fn a_slip_in_the_preferences_is_shown_where_it_is(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/profile", &[("act", "preferences"), ("preferences", "{ \"theme\": dark }")]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("line 1, character 12") && answer.text().contains("{ &quot;theme&quot;: dark }"));
        let answer = site.form("/profile", &[("act", "preferences"), ("preferences", "{ \"theme\": \"dark\" }")]).await;
        assert_eq!(flash(&site, &answer).await, "Your preferences are saved.");
    }

    async fn a_picture_is_uploaded_and_removed(site: Site) {
        member(&site, "ada@example.com").await;
        let (request, body) = upload("avatar", b"no picture at all");
        let answer = site.send(request, body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("Choose a PNG, JPEG"));
        let (request, body) = upload("avatar", GIF);
        let answer = site.send(request, body).await;
        assert_eq!(flash(&site, &answer).await, "Your new picture is there.");
        let page = site.get("/profile").await.text();
        let picture = page.split("src=\"http://localhost:3000").nth(1).expect("it is shown").split('"').next().unwrap().to_owned();
        let answer = site.get(&picture).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"));
        let (request, body) = upload("remove", b"yes");
        let answer = site.send(request, body).await;
        assert_eq!(flash(&site, &answer).await, "Your picture is removed.");
        assert_eq!(site.get(&picture).await.status, 404, "it is gone for everybody");
    }

    async fn a_user_name_is_one_s_own(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/settings", &[("act", "username"), ("username", "a b!")]).await;
        assert_eq!((answer.status, value(&answer.text(), "username")), (422, "a b!".to_owned()));
        let answer = site.form("/settings", &[("act", "username"), ("username", "Countess")]).await;
        assert_eq!(flash(&site, &answer).await, "Your user name is saved.");
        let grace = Site::another(&site);
        site.world.user("grace@example.com").await;
        sign_in(&grace, "grace@example.com", PASSWORD).await;
        let answer = grace.form("/settings", &[("act", "username"), ("username", "countess")]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("This name is taken.") && value(&answer.text(), "username") == "countess");
        assert_eq!(site.form("/settings", &[("act", "username"), ("username", " ")]).await.status, 303);
        assert_eq!(grace.form("/settings", &[("act", "username"), ("username", "countess")]).await.status, 303, "given up, it is free");
    }

    async fn the_address_changes_when_both_agree(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/settings", &[("act", "email"), ("email", "ADA@example.com")]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("This is your address already."));
        let answer = site.form("/settings", &[("act", "email"), ("email", "nonsense")]).await;
        assert_eq!(value(&answer.text(), "email"), "nonsense");
        site.world.moment();
        let answer = site.form("/settings", &[("act", "email"), ("email", "countess@example.com")]).await;
        assert!(flash(&site, &answer).await.contains("present address"));
        assert!(site.world.mails("countess@example.com").await.is_empty(), "nothing goes there before the present one agreed");
        assert!(link(&site, "ada@example.com").await.contains("verify-email"));
    }

    async fn the_password_is_changed_with_the_old_one(site: Site) {
        member(&site, "ada@example.com").await;
        let other = site.another();
        sign_in(&other, "ada@example.com", PASSWORD).await;
        let form = |old: &'static str, new: &'static str| [("current_password", old), ("password", new), ("end_others", "true")];
        let answer = site.form("/settings/security", &form("Not-the-password-1", NEW_PASSWORD)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("That isn’t your present password.") && !answer.text().contains(NEW_PASSWORD));
        let answer = site.form("/settings/security", &form(PASSWORD, "short")).await;
        assert!(answer.text().contains("Still needed: at least 8 characters; a capital letter; a digit"));

        let answer = site.form("/settings/security", &form(PASSWORD, NEW_PASSWORD)).await;
        assert_eq!(flash(&site, &answer).await, "Your password is changed.");
        assert!(other.get("/settings").await.header("location").starts_with("/sign-in"), "the others are out");
        assert_eq!(sign_in(&other, "ada@example.com", PASSWORD).await.status, 401);
        assert_eq!(sign_in(&other, "ada@example.com", NEW_PASSWORD).await.status, 303);
        let answer = site.json("/_fn/change-password", json!({ "present": "x", "new": NEW_PASSWORD, "end_others": false })).await;
        assert_eq!(answer.value()["Refused"][0]["field"], "current_password", "the island is told the same");
    }

    async fn a_first_password_wants_a_fresh_session(site: Site) {
        member(&site, "ada@example.com").await;
        site.world.write("DELETE FROM accounts", &[]).await;
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("You sign in without one") && !page.contains("current_password"));
        site.world.wait(STALE);
        let asked = site.form("/settings/security", &[("password", NEW_PASSWORD)]).await;
        assert!(asked.status == 403 && !asked.text().contains(NEW_PASSWORD), "{}", asked.text());
        let sealed = value(&form_of(&asked.text(), "/confirm-access/code"), "resume");
        site.form("/confirm-access/code", &[("resume", &sealed), ("next", "/settings/security")]).await;
        let code = site.world.code("ada@example.com").await;
        let answer = site.form("/confirm-access", &[("code", &code), ("resume", &sealed), ("next", "")]).await;
        assert_eq!((answer.status, answer.header("location")), (307, "/settings/security"), "{}", answer.text());
        let answer = site.form("/settings/security", &[("resume", &sealed)]).await;
        assert_eq!(flash(&site, &answer).await, "Your password is set. You can sign in with it from now on.");
    }

    async fn signing_out_leaves_nothing_in_the_browser(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/sign-out", &[]).await;
        assert_eq!((answer.header("location"), answer.header("clear-site-data")), ("/", "\"cache\""));
        assert_eq!(flash(&site, &answer).await, "You are signed out.");
        assert_eq!(site.get("/profile").await.status, 303);
    }

    async fn devices_are_listed_and_ended_by_their_owner_only(site: Site) {
        member(&site, "ada@example.com").await;
        // The link that proved the address has opened one, too.
        site.form("/settings/sessions", &[]).await;
        assert!(site.get("/settings/sessions").await.text().contains("You are signed in nowhere else."));
        let (phone, desk) = (site.another(), site.another());
        for browser in [&phone, &desk] {
            site.world.moment();
            sign_in(browser, "ada@example.com", PASSWORD).await;
        }
        let page = site.get("/settings/sessions").await.text();
        assert_eq!((page.matches("This device").count(), page.matches("name=\"session\"").count()), (1, 2));
        assert!(page.contains("203.0.113.7"));

        let newest = value(&page, "session");
        let grace = site.another();
        site.world.user("grace@example.com").await;
        sign_in(&grace, "grace@example.com", PASSWORD).await;
        grace.form("/settings/sessions", &[("session", &newest)]).await;
        assert_eq!(desk.get("/settings").await.status, 200, "hers is not to be ended by others");

        let answer = site.form("/settings/sessions", &[("session", &newest)]).await;
        assert_eq!(flash(&site, &answer).await, "That device is signed out.");
        assert_eq!((desk.get("/settings").await.status, phone.get("/settings").await.status), (303, 200));
        let answer = site.form("/settings/sessions", &[]).await;
        assert_eq!(flash(&site, &answer).await, "All your other devices are signed out.");
        assert_eq!((phone.get("/settings").await.status, site.get("/settings").await.status), (303, 200));
    }

    async fn one_s_data_is_a_file_without_secrets(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.get("/settings/data/export").await;
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"my-account.json\"");
        assert_eq!(answer.value()["user"]["email"], "ada@example.com");
        let token = site.browser.cookie("better-auth.session_token").unwrap();
        assert!(!answer.text().contains("$argon2") && !answer.text().contains(&token[..32]));
        site.world.wait(STALE);
        let later = site.get("/settings/data/export").await;
        assert_eq!((later.status, later.header("location")), (303, "/confirm-access?next=%2Fsettings%2Fdata"), "it is all that there is");
        assert!(site.get("/settings/data").await.text().contains("/confirm-access?next=%2Fsettings%2Fdata"));
    }

    async fn an_account_is_deleted_by_typing_mail_and_button(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/settings/data/delete", &[("confirmation", "delete my acount")]).await;
        assert_eq!(answer.status, 400);
        assert_eq!(value(&answer.text(), "confirmation"), "delete my acount");
        site.world.moment();
        let answer = site.form("/settings/data/delete", &[("confirmation", "Delete my account ")]).await;
        assert!(flash(&site, &answer).await.contains("Open the mail"));

        let link = link(&site, "ada@example.com").await;
        let opened = |browser: Browser| {
            let request = Request::get(&link).header("sec-fetch-mode", "navigate").header(header::ACCEPT, "text/html");
            async move { browser.send(request, "").await.header("location").to_owned() }
        };
        let page = opened(site.browser.clone()).await;
        assert!(page.starts_with("/delete-account?token="), "{page}");
        let grace = site.another();
        site.world.user("grace@example.com").await;
        sign_in(&grace, "grace@example.com", PASSWORD).await;
        assert_eq!(grace.get(&page).await.status, 400, "for whom it isn't");

        let answer = site.get(&page).await;
        assert_eq!((answer.status, answer.header("referrer-policy")), (200, "no-referrer"));
        assert!(answer.text().contains("ada@example.com"));
        let token = value(&form_of(&answer.text(), "/delete-account"), "token");
        assert_eq!(grace.form("/delete-account", &[("token", &token)]).await.status, 410);
        let answer = site.form("/delete-account", &[("token", &token), ("callbackURL", "https://evil.example")]).await;
        assert_eq!((answer.status, answer.header("location"), answer.header("clear-site-data")), (303, "/", "\"cache\""));
        assert!(site.browser.cookie("better-auth.session_token").is_none());
        assert_eq!(site.world.count("SELECT COUNT(*) FROM users WHERE email = 'ada@example.com'").await, 0);
        assert_eq!(site.world.count("SELECT COUNT(*) FROM users WHERE email = 'grace@example.com'").await, 1);
    }

    async fn deleting_wants_a_fresh_session(site: Site) {
        member(&site, "ada@example.com").await;
        site.world.wait(STALE);
        let answer = site.form("/settings/data/delete", &[("confirmation", "delete my account")]).await;
        assert_eq!(answer.status, 403);
        assert!(site.world.kinds("ada@example.com").await.iter().all(|kind| kind != "deletion"));
        assert_eq!(site.get("/delete-account?token=spent").await.status, 410);
    }
}
