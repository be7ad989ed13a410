//! Organizations over the API.

use domain::testing::PASSWORD;
use serde_json::{Value, json};

use crate::site::{Answer, Browser, Site};

/// A browser in which somebody has signed in.
pub(super) async fn user(site: &Site, email: &str) -> Browser {
    let opened = site.world.user(email).await;
    let browser = site.another();
    let answer = browser.json("/api/auth/sign-in/email", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200);
    drop(opened);
    browser
}

pub(super) async fn post(browser: &Browser, path: &str, body: Value) -> Answer {
    browser.json(&format!("/api/auth/organization/{path}"), body).await
}

pub(super) async fn create(browser: &Browser, slug: &str) -> Value {
    let answer = post(browser, "create", json!({ "name": "Acme", "slug": slug, "metadata": { "plan": "pro" } })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

pub(super) async fn join(owner: &Browser, guest: &Browser, email: &str, role: &str) -> String {
    let invitation = post(owner, "invite-member", json!({ "email": email, "role": role })).await;
    assert_eq!(invitation.status, 200, "{}", invitation.text());
    let accepted = post(guest, "accept-invitation", json!({ "invitationId": invitation.value()["id"] })).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    accepted.value()["member"]["id"].as_str().unwrap().to_owned()
}

db::both! {
    async fn metadata_is_an_object_where_it_is_written_and_a_text_where_it_is_read(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        let made = create(&ada, "acme").await;
        assert_eq!(made["metadata"], json!({ "plan": "pro" }));
        assert_eq!(made["members"][0]["role"], "owner");
        for path in ["list", "get-full-organization"] {
            let answer = ada.get(&format!("/api/auth/organization/{path}")).await.value();
            let read = if path == "list" { answer[0].clone() } else { answer };
            assert_eq!(read["metadata"], json!("{\"plan\":\"pro\"}"), "{path}");
        }
        let session = ada.get("/api/auth/get-session").await.value();
        assert_eq!(session["session"]["activeOrganizationId"], made["id"]);
    }

    async fn a37_a_member_may_look_and_not_touch(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        create(&ada, "acme").await;
        let bob = user(&site, "bob@example.com").await;
        let member = join(&ada, &bob, "bob@example.com", "member").await;
        for (path, body, code) in [
            ("update", json!({ "data": { "name": "x" } }), "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION"),
            ("invite-member", json!({ "email": "x@example.com", "role": "member" }), "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION"),
            ("update-member-role", json!({ "memberId": member, "role": "owner" }), "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"),
            ("update-member-role", json!({ "memberId": member, "role": ["member", "owner"] }), "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"),
            ("update-member-role", json!({ "memberId": member, "role": "member, owner" }), "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER"),
            ("create-team", json!({ "name": "x" }), "YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION"),
            ("create-role", json!({ "role": "x", "permission": {} }), "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE"),
        ] {
            let answer = post(&bob, path, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, code), "{path}");
        }
        assert_eq!(bob.get("/api/auth/organization/list-members").await.value()["total"], 2);
        assert_eq!(bob.get("/api/auth/organization/list-invitations").await.status, 200);
    }
}
