//! Who may ask for what: the router's own table, walked. A route that isn't declared here fails, and so does one that isn't what is declared.

use std::collections::BTreeMap;

use app::shell::Look;
use app::state::App;
use axum::body::Body;
use axum::extract::Request;
use http::{Method, header};
use serde_json::json;

use crate::site::{Answer, Browser, ORIGIN, Site, http};

/// `policy methods path`, one a line.
const TABLE: &str = include_str!("policies.txt");

/// Who gets past a route's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    /// Everybody.
    Anybody,
    /// Who is signed in.
    Session,
    /// Everybody looks, who is signed in acts.
    Looking,
    /// Who is a member of the organization in the path.
    Member,
    /// Everybody, and forms from other sites too: they are only sent on.
    Foreign,
}

impl Policy {
    fn parse(word: &str) -> Self {
        match word {
            "anybody" => Self::Anybody,
            "session" => Self::Session,
            "looking" => Self::Looking,
            "member" => Self::Member,
            "foreign" => Self::Foreign,
            _ => panic!("{word} is no policy"),
        }
    }

    fn needs_session(self, reads: bool) -> bool {
        match self {
            Self::Anybody | Self::Foreign => false,
            Self::Looking => !reads,
            Self::Session | Self::Member => true,
        }
    }
}

/// What the router says of itself: the methods by the path. axum has no other way to ask it than its Debug.
fn routes(site: &Site) -> BTreeMap<String, String> {
    let app = App::new(site.world.cx.clone(), Look::default(), http().origins);
    let router = app::routes::router(app.clone()).merge(app::mailbox::routes().with_state(app));
    let text = format!("{router:?}");
    let (table, _) = text.split_once("fallback_router: ").unwrap();
    let (routes, node) = table.split_once("node: Node").unwrap();
    let methods = routes.split("RouteId(").skip(1).map(|route| {
        let (id, rest) = route.split_once(')').unwrap();
        // A service takes every method.
        let methods =
            rest.split_once("allow_header: Bytes(b\"").map_or("*", |(_, rest)| rest.split('"').next().unwrap());
        (id.to_owned(), methods.to_owned())
    });
    let methods: BTreeMap<_, _> = methods.collect();
    let mut found = BTreeMap::new();
    for route in node.split("RouteId(").skip(1) {
        let (id, rest) = route.split_once("): ").unwrap();
        if let Some(path) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            found.insert(path.to_owned(), methods[id].clone());
        }
    }
    assert_eq!(found.len(), methods.len(), "each route has a path");
    found
}

fn declared() -> BTreeMap<String, (Policy, String)> {
    let lines = TABLE.lines().filter(|line| !line.is_empty());
    let rows = lines.map(|line| {
        let [policy, methods, path] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
        (path.to_owned(), (Policy::parse(policy), methods.to_owned()))
    });
    rows.collect()
}

/// A request to a route, as this site's own page or client sends it, or another's.
async fn ask(browser: &Browser, method: &str, path: &str, origin: &str) -> Answer {
    let path = path.replace("{slug}", "acme").replace("{*path}", "x").replace(['{', '}'], "");
    let site = if origin == ORIGIN { "same-origin" } else { "cross-site" };
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(&path);
    let request = request.header(header::ORIGIN, origin).header("sec-fetch-site", site);
    let (kind, body) = match (method, path.starts_with("/api/")) {
        ("GET" | "HEAD", _) => return browser.send(request.header(header::ACCEPT, "text/html"), Body::empty()).await,
        (_, true) => ("application/json", "{}"),
        (_, false) => ("application/x-www-form-urlencoded", ""),
    };
    browser.send(request.header(header::CONTENT_TYPE, kind), body).await
}

/// Whether a guest was told to sign in.
fn wants_session(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 303 && answer.header("location").starts_with("/sign-in?"))
}

db::both! {
    async fn a56_every_route_of_the_router_has_a_policy_and_holds_it(site: Site) {
        let site = site.with(|settings| settings.rate_limit.enabled = false);
        let (routes, declared) = (routes(&site), declared());
        let mut wrong: Vec<String> = Vec::new();
        for path in declared.keys().filter(|path| !routes.contains_key(*path)) {
            wrong.push(format!("gone {path}"));
        }
        site.world.user("owner@example.com").await;
        site.world.user("stranger@example.com").await;
        let (owner, stranger) = (site.another(), site.another());
        for (browser, email) in [(&owner, "owner@example.com"), (&stranger, "stranger@example.com")] {
            let body = json!({ "email": email, "password": domain::testing::PASSWORD });
            assert_eq!(browser.json("/api/auth/sign-in/email", body).await.status, 200);
        }
        let made = owner.json("/api/auth/organization/create", json!({ "name": "Acme Secrets", "slug": "acme" })).await;
        assert_eq!(made.status, 200, "{}", made.text());

        for (path, methods) in &routes {
            let guest = site.another();
            let Some((policy, known)) = declared.get(path) else {
                wrong.push(format!("no policy is declared for {methods} {path}"));
                continue;
            };
            if methods != known {
                wrong.push(format!("{path} takes {methods}"));
            }
            for method in methods.replace('*', "GET,POST").split(',') {
                let reads = matches!(method, "GET" | "HEAD");
                let answer = ask(&guest, method, path, ORIGIN).await;
                if wants_session(&answer) != policy.needs_session(reads) {
                    wrong.push(format!("a guest's {method} {path} got {}", answer.status));
                }
                if answer.status >= 500 {
                    wrong.push(format!("a guest's {method} {path} broke: {}", answer.status));
                }
                if *policy == Policy::Member {
                    let answer = ask(&stranger, method, path, ORIGIN).await;
                    if !matches!(answer.status, 403 | 404) || answer.text().contains("Acme Secrets") {
                        wrong.push(format!("a stranger's {method} {path} got {}", answer.status));
                    }
                }
                // Another site's page, with the cookies of who is signed in.
                if !reads && *policy != Policy::Foreign {
                    let answer = ask(&owner, method, path, "https://evil.example").await;
                    if answer.status != 403 {
                        wrong.push(format!("another site's {method} {path} got {}", answer.status));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
