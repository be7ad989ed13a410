//! Every page below an organization's address, opened by who isn't in it: none of them is there (SECURITY 43, A38).

use serde_json::json;

use super::organizations::{create, join, post, user};
use super::organizations_matrix::routes_of;
use crate::site::{Answer, Browser, Site};

/// What a page says, without what is new with each answer and without the address that was asked for.
fn plain(answer: &Answer, slug: &str) -> String {
    let text = answer.text().replace(slug, "…");
    text.split("nonce").map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)).collect()
}

async fn ask(browser: &Browser, method: &str, path: &str) -> Answer {
    if method == "POST" {
        browser.form(path, &[("name", "Mine"), ("password", "x")]).await
    } else {
        browser.get(path).await
    }
}

db::both! {
    async fn a38_an_organizations_pages_are_not_there_for_strangers_of_all_kinds(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        let acme = create(&ada, "acme").await;
        let gone = user(&site, "gone@example.com").await;
        let member = join(&ada, &gone, "gone@example.com", "admin").await;
        let team = post(&ada, "create-team", json!({ "name": "Blue" })).await.value()["id"].as_str().unwrap().to_owned();
        assert_eq!(post(&ada, "remove-member", json!({ "memberIdOrEmail": member })).await.status, 200);
        let foreign = user(&site, "eve@example.com").await;
        create(&foreign, "umbrella").await;
        let admin = user(&site, "mallory@example.com").await;
        join(&foreign, &admin, "mallory@example.com", "admin").await;
        let stranger = user(&site, "stranger@example.com").await;
        let owner = acme["members"][0]["id"].as_str().unwrap();

        let mut pages = routes_of("app/src/organization");
        pages.extend(routes_of("app/src/activity"));
        let pages: Vec<_> = pages.iter().filter(|(_, path)| path.starts_with("/organizations/{slug}")).collect();
        assert!(pages.len() > 20, "{pages:?}");
        for (method, path) in pages {
            let id = if path.contains("/teams/") { &team } else { owner };
            let filled = path.replace("{member}", owner).replace("{role}", "admin").replace("{id}", id);
            let (real, fake) = (filled.replace("{slug}", "acme"), filled.replace("{slug}", "nowhere"));
            for browser in [&stranger, &foreign, &admin, &gone] {
                let (here, nowhere) = (ask(browser, method, &real).await, ask(browser, method, &fake).await);
                assert_eq!((here.status, nowhere.status), (404, 404), "{method} {path}");
                assert_eq!(plain(&here, "acme"), plain(&nowhere, "nowhere"), "{method} {path}");
            }
            let (here, nowhere) = (ask(&site.another(), method, &real).await, ask(&site.another(), method, &fake).await);
            assert_eq!((here.status, nowhere.status), (303, 303), "{method} {path}");
            assert!(here.header("location").starts_with("/sign-in"), "{method} {path}");
        }
        let full = ada.get("/api/auth/organization/get-full-organization").await.value();
        assert_eq!((full["name"].as_str(), full["members"].as_array().unwrap().len()), (Some("Acme"), 1), "nothing was changed");
    }
}
