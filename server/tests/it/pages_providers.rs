//! Signing in with an account elsewhere, and connecting one, without script.

use db::Db;
use db::testing::Fixture;
use domain::testing::stand_in::StandIn;
use domain::testing::{AuthenticatorApp, PASSWORD};
use serde_json::{Value, json};
use url::Url;

use crate::pages_settings::{STALE, flash, form_of, link, member, sign_in, value};
use crate::site::{Answer, Browser, ORIGIN, Site};

const IDA: &str = "ida@example.com";
const SECURITY: &str = "/settings/security";

/// A site that offers Acme, which it trusts with addresses, and Club, which it doesn't; both are the same underneath.
struct Stage {
    site: Site,
    idp: StandIn,
}

impl Fixture for Stage {
    async fn new(db: Db) -> Self {
        let site = Site::new(db).await;
        let idp = StandIn::open(site.world.cx.clock.clone()).await;
        let offered = [("acme", "Acme", true), ("club", "Club", false)].map(|(id, name, trusted)| {
            let mut draft = idp.draft();
            (draft.name, draft.trusted) = (Some(name.to_owned()), Some(trusted));
            draft.read(id).unwrap().into()
        });
        let site = site.with(|settings| {
            settings.outbound.allow = vec!["127.0.0.1".to_owned()];
            settings.providers.offered = offered.to_vec();
        });
        Self { site, idp }
    }
}

impl Stage {
    /// Where the page that goes on sends the browser back to, once `person` has agreed there.
    fn agreed(&self, going: &Answer, person: &Value) -> String {
        let address = going.header("refresh").strip_prefix("0;url=").unwrap_or_else(|| panic!("{}", going.text()));
        let back = self.idp.agree(&Url::parse(address).unwrap(), person);
        assert!(back.as_str().starts_with(ORIGIN), "{back}");
        back[url::Position::BeforePath..].to_owned()
    }

    /// The whole way from the form at `path`, and on to the first page that isn't the API's.
    async fn go(&self, browser: &Browser, path: &str, fields: &[(&str, &str)], person: &Value) -> String {
        self.site.world.moment();
        let going = browser.form(path, fields).await;
        let back = browser.get(&self.agreed(&going, person)).await;
        assert_eq!(back.status, 302, "{}", back.text());
        back.header("location").to_owned()
    }

    /// Signs in with Acme; gives where it leads in the end.
    async fn come(&self, browser: &Browser, next: &str) -> String {
        let to = self.go(browser, "/sign-in/with/acme", &[("next", next)], &person(IDA)).await;
        browser.get(&to).await.header("location").to_owned()
    }

    /// Connects that provider with the account that the first browser is signed in to.
    async fn connect(&self, provider: &str, person: &Value) -> String {
        self.go(&self.site.browser, &format!("/settings/connections/{provider}"), &[], person).await
    }
}

fn person(email: &str) -> Value {
    json!({ "sub": email, "email": email, "email_verified": true, "name": "Ida Provider" })
}

async fn who(browser: &Browser) -> Value {
    browser.get("/api/auth/get-session").await.value()["user"]["email"].clone()
}

db::both! {
    async fn only_what_is_configured_has_a_button(stage: Stage) {
        for page in ["/sign-in", "/sign-up"] {
            let page = stage.site.get(page).await.text();
            assert!(page.contains("aria-label=\"Go on with Acme\"") && page.contains("formaction=\"/sign-in/with/club\""), "{page}");
            assert!(!page.contains("Google") && !page.contains("Last used"), "{page}");
        }
        let site = stage.site.with(|settings| settings.providers.offered.clear());
        let page = site.get("/sign-in").await.text();
        assert!(!page.contains("/sign-in/with/") && !page.contains("Other accounts"), "{page}");
    }

    async fn a_button_leads_there_and_back_to_where_one_was_going(stage: Stage) {
        let site = &stage.site;
        let going = site.form("/sign-in/with/acme", &[("next", "/profile")]).await;
        let page = going.text();
        assert!(going.status == 200 && page.contains("Taking you to Acme…") && page.contains(">Go on to Acme<"), "{page}");
        assert!(going.header("set-cookie").ends_with("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"), "{:?}", going.headers);
        let back = site.get(&stage.agreed(&going, &person(IDA))).await;
        assert_eq!((back.status, back.header("location")), (302, "/sign-in?next=%2Fprofile"));
        assert_eq!(site.get(back.header("location")).await.header("location"), "/profile");
        let page = site.another().get("/sign-in").await.text();
        assert!(!page.contains("Last used"), "in another browser");
        site.form("/sign-out", &[]).await;
        let page = site.get("/sign-in").await.text();
        assert!(page.contains("aria-label=\"Go on with Acme, last used\"") && page.matches("Last used").count() == 1, "{page}");
        assert_eq!(stage.come(&site.browser, "//evil.example").await, "/onboarding", "nowhere else");
        assert_eq!(who(&site.browser).await, IDA);
    }

    async fn what_leads_nowhere_says_so(stage: Stage) {
        let site = &stage.site;
        let again = site.get("/sign-in/with/acme").await;
        assert_eq!((again.status, again.header("location")), (303, "/sign-in"), "a form that was reloaded");
        for provider in ["google", "nothing", "a%2Fb"] {
            assert_eq!(site.form(&format!("/sign-in/with/{provider}"), &[]).await.status, 404, "{provider}");
        }
        member(site, IDA).await;
        assert_eq!(site.get("/settings/connections/nothing").await.status, 404);
        assert_eq!(site.form("/settings/connections/nothing", &[]).await.status, 404);
        assert_eq!(site.get("/settings/connections").await.header("location"), SECURITY);
        let guest = site.another();
        assert_eq!(guest.get("/settings/connections/acme").await.header("location"), "/sign-in?next=%2Fsettings%2Fconnections%2Facme");
        assert!(guest.form("/settings/connections/acme", &[]).await.header("location").starts_with("/sign-in"));
    }

    async fn a_provider_that_is_down_is_named_with_a_way_on(stage: Stage) {
        stage.idp.now(|manners| manners.down = true);
        let failed = stage.site.form("/sign-in/with/acme", &[("next", "/profile")]).await;
        let page = failed.text();
        assert!(failed.status == 503 && page.contains("Acme can’t be reached at the moment."), "{page}");
        assert!(page.contains("action=\"/sign-in/with/acme\"") && page.contains("href=\"/sign-in?next=%2Fprofile\""), "{page}");
        assert!(page.contains("name=\"next\" value=\"/profile\""), "{page}");
        stage.idp.now(|manners| manners.down = false);
        assert_eq!(stage.come(&stage.site.browser, "/profile").await, "/profile");
    }

    async fn each_failure_has_its_words_and_a_way_on(stage: Stage) {
        member(&stage.site, IDA).await;
        for (query, words, again) in [
            ("error=access_denied", "You stopped at Acme", true),
            ("error=server_error", "Acme didn’t let you on", true),
            ("error=state_mismatch", "begun in another browser", true),
            ("error=invalid_token", "Acme didn’t say clearly who you are", true),
            ("error=email_not_found", "Acme didn’t tell us your address", true),
            ("error=temporarily_unavailable", "Acme can’t be reached", true),
            ("error=account_not_linked", "Then connect Acme under Settings, Security.", false),
            ("error=signup_disabled", "New accounts can’t be made here.", false),
            ("connecting=true&error=access_denied", "Acme isn’t connected", true),
            ("connecting=true&error=email_does_not_match", "has another address than this one", true),
            ("connecting=true&error=account_already_linked_to_different_user", "connected with another account here", false),
            ("connecting=true&error=account_of_earlier_issuer", "is still connected from before Acme was set up anew here", false),
            ("error=internal_server_error", "Something went wrong on our side.", true),
            ("", "Acme didn’t let you on", true),
        ] {
            let page = stage.site.get(&format!("/sign-in/failed?provider=acme&{query}")).await.text();
            assert!(page.contains(words), "{query}: {page}");
            assert_eq!(page.contains(">Try again<"), again, "{query}");
            let back = if query.starts_with("connecting") { "Back to Security" } else { "Sign in another way" };
            assert!(page.contains(back), "{query}");
            assert_eq!(page.contains("href=\"/magic-link?next=%2Fsettings%2Fsecurity\""), query == "error=account_not_linked");
        }
    }

    async fn the_page_of_failures_says_nothing_that_a_link_puts_into_its_mouth(stage: Stage) {
        let query = "provider=Your%20bank%20%3Cscript%3E&error=call+555-0100&next=%2F%2Fevil.example";
        let page = stage.site.get(&format!("/sign-in/failed?{query}")).await.text();
        assert!(page.contains("The other service didn’t sign you in"), "{page}");
        let (_, main) = page.split_once("<main").unwrap();
        assert!(["bank", "555", "evil.example", ">Try again<"].iter().all(|word| !main.contains(word)), "{main}");
    }

    async fn a_new_address_is_proved_by_the_mail_first(stage: Stage) {
        let site = &stage.site;
        let to = stage.go(&site.browser, "/sign-in/with/club", &[("next", "/profile")], &person(IDA)).await;
        assert_eq!(to, "/sign-in/failed?provider=club&next=%2Fprofile&error=email_not_verified");
        let waits = site.get(&to).await;
        assert_eq!((waits.status, waits.header("location")), (303, "/check-mail?about=verification&next=%2Fprofile"));
        let page = site.get(waits.header("location")).await.text();
        assert!(page.contains(IDA) && page.contains("Send it again"), "{page}");
        assert_eq!(who(&site.browser).await, Value::Null);
        let opened = site.get(&link(site, IDA).await).await;
        assert_eq!((opened.status, opened.header("location")), (302, "/sign-in?next=%2Fprofile"));
        assert_eq!(who(&site.browser).await, IDA);
    }

    async fn a5_an_account_that_is_there_is_connected_as_the_page_says(stage: Stage) {
        let site = &stage.site;
        site.world.user(IDA).await;
        let to = stage.go(&site.browser, "/sign-in/with/club", &[], &person(IDA)).await;
        assert_eq!(to, "/sign-in/failed?provider=club&error=account_not_linked");
        assert_eq!(who(&site.browser).await, Value::Null);
        sign_in(&site.browser, IDA, PASSWORD).await;
        assert_eq!(stage.connect("club", &person(IDA)).await, "/settings/connections/club/done");
        let done = site.get("/settings/connections/club/done").await;
        assert_eq!(done.header("location"), SECURITY);
        assert!(flash(site, &done).await.contains("It is connected."));
        let other = site.another();
        stage.go(&other, "/sign-in/with/club", &[], &person(IDA)).await;
        assert_eq!(who(&other).await, IDA);
    }

    async fn the_settings_show_each_connection_and_end_it(stage: Stage) {
        let site = &stage.site;
        member(site, IDA).await;
        let page = site.get(SECURITY).await.text();
        assert!(page.contains("aria-label=\"Connect Acme\"") && page.contains("Not connected") && !page.contains("Disconnect"), "{page}");
        stage.connect("acme", &person(IDA)).await;
        let page = site.get(SECURITY).await.text();
        assert!(page.contains("aria-label=\"Disconnect Acme\"") && page.contains("aria-label=\"Connect Club\"") && page.contains("Last used"), "{page}");
        let activity = site.get("/settings/security/activity").await.text();
        assert!(activity.contains(">Acme</p>"), "by the name on its button: {activity}");
        let connection = value(&page, "connection");
        let eve = site.another();
        site.world.user("eve@example.com").await;
        sign_in(&eve, "eve@example.com", PASSWORD).await;
        assert_eq!(eve.form("/settings/connections", &[("connection", &connection)]).await.status, 400);
        for odd in ["", "nothing", "\0"] {
            assert!(site.form("/settings/connections", &[("connection", odd)]).await.status < 500, "{odd:?}");
        }
        let gone = site.form("/settings/connections", &[("connection", &connection)]).await;
        assert_eq!(gone.header("location"), SECURITY);
        assert!(flash(site, &gone).await.contains("It is disconnected"));
        assert!(!site.get(SECURITY).await.text().contains("Disconnect Acme"));
    }

    async fn the_last_way_in_stays(stage: Stage) {
        let site = &stage.site;
        stage.come(&site.browser, "").await;
        let connection = value(&site.get(SECURITY).await.text(), "connection");
        let kept = site.form("/settings/connections", &[("connection", &connection)]).await;
        assert!(flash(site, &kept).await.contains("This is your only way in."));
        assert!(site.get(SECURITY).await.text().contains("Disconnect Acme"));
    }

    async fn a6_connecting_and_ending_it_ask_who_one_is(stage: Stage) {
        let site = &stage.site;
        member(site, IDA).await;
        stage.connect("acme", &person(IDA)).await;
        let connection = value(&site.get(SECURITY).await.text(), "connection");
        site.world.wait(STALE);
        let asked = site.form("/settings/connections/club", &[]).await;
        let sealed = value(&form_of(&asked.text(), "/confirm-access"), "resume");
        assert_eq!(asked.status, 403);
        let asked = site.form("/settings/connections", &[("connection", &connection)]).await;
        let disconnecting = value(&form_of(&asked.text(), "/confirm-access"), "resume");
        assert_eq!(asked.status, 403);
        assert!(site.get(SECURITY).await.text().contains("Disconnect Acme"));
        let shown = site.form("/confirm-access", &[("current_password", PASSWORD), ("resume", &sealed), ("next", "")]).await;
        assert_eq!((shown.status, shown.header("location")), (307, "/settings/connections/club"));
        let page = site.form("/settings/connections/club", &[("resume", &sealed)]).await;
        assert!(page.status == 200 && page.text().contains("Taking you to Club"), "{}", page.text());
        let gone = site.form("/settings/connections", &[("resume", &disconnecting)]).await;
        assert!(flash(site, &gone).await.contains("It is disconnected"));
    }

    async fn a_connection_whose_provider_is_gone_can_still_be_ended(stage: Stage) {
        member(&stage.site, IDA).await;
        stage.connect("acme", &person(IDA)).await;
        let site = stage.site;
        let browser = site.browser.clone();
        let site = site.with(|settings| settings.providers.offered.clear());
        // The same cookies, at the site that was started anew.
        let session = browser.cookie("better-auth.session_token").unwrap();
        site.browser.keep(&format!("better-auth.session_token={session}"));
        let page = site.get(SECURITY).await.text();
        assert!(page.contains("not offered here any more") && !page.contains("aria-label=\"Connect "), "{page}");
        let gone = site.form("/settings/connections", &[("connection", &value(&page, "connection"))]).await;
        assert!(flash(&site, &gone).await.contains("It is disconnected"));
        assert!(!site.get(SECURITY).await.text().contains("Connected accounts"));
    }

    async fn a_second_factor_is_asked_for_afterwards(stage: Stage) {
        let site = &stage.site;
        member(site, IDA).await;
        let setup = site.json("/api/auth/two-factor/enable", json!({ "password": PASSWORD })).await.value();
        let code = AuthenticatorApp::scan(setup["totpURI"].as_str().unwrap()).shows(site.world.cx.now(), 0);
        assert_eq!(site.json("/api/auth/two-factor/verify-totp", json!({ "code": code })).await.status, 200);
        let browser = site.another();
        let to = stage.go(&browser, "/sign-in/with/acme", &[("next", "/profile")], &person(IDA)).await;
        assert!(to.starts_with("/two-factor?next=") && to.ends_with("profile"), "{to}");
        assert_eq!(who(&browser).await, Value::Null);
        assert!(browser.get(&to).await.text().contains("One more step"));
    }
}
