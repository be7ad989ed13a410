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
        let invitations = bob.get("/api/auth/organization/list-invitations").await;
        assert_eq!((invitations.status, invitations.code().as_str()), (403, "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS"), "they tell outsiders' addresses");
        assert_eq!(ada.get("/api/auth/organization/list-invitations").await.value().as_array().unwrap().len(), 1);
    }

    async fn a37_permissions_of_another_shape_are_refused_and_not_overlooked(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        create(&ada, "acme").await;
        let bob = user(&site, "bob@example.com").await;
        join(&ada, &bob, "bob@example.com", "member").await;
        for odd in [json!({ "ac": ["read"], "organization": "delete" }), json!({ "ac": ["read", 7] }), json!({ "ac": ["read"], "organization": null })] {
            let answer = post(&bob, "has-permission", json!({ "permissions": odd })).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"), "{odd}");
        }
        let answer = post(&bob, "has-permission", json!({ "permissions": { "ac": ["read"], "organization": [] } })).await.value();
        assert_eq!(answer["success"], false, "a list that asks for nothing is no permission");
        assert_eq!(post(&bob, "has-permission", json!({ "permissions": { "ac": ["read"] } })).await.value()["success"], true);

        let made = post(&ada, "create-role", json!({ "role": "auditor", "permission": { "*": ["*"], "reports": ["read"] } })).await;
        assert_eq!(made.status, 200, "{}", made.text());
        for body in [json!({ "content": "read" }), json!({ "content": [["read"]] })] {
            let answer = post(&ada, "create-role", json!({ "role": "other", "permission": body })).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"));
            let answer = post(&ada, "update-role", json!({ "roleName": "auditor", "data": { "permission": body } })).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"));
        }
        let role = ada.get("/api/auth/organization/get-role?roleName=auditor").await.value();
        assert_eq!(role["permission"], json!({ "*": ["*"], "reports": ["read"] }));
        let same = post(&ada, "update-role", json!({ "roleName": "auditor", "data": { "permission": role["permission"] } })).await;
        assert_eq!(same.status, 200, "{}", same.text());
        let everything = ada.get("/api/auth/organization/explain?permission=whatever").await;
        assert_eq!(everything.status, 200, "a word alone is still covered: {}", everything.text());
    }

    async fn the_team_one_works_in_stays_and_strangers_hear_the_wire_s_words(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        let acme = create(&ada, "acme").await;
        let team = post(&ada, "create-team", json!({ "name": "Red" })).await.value()["id"].clone();
        assert_eq!(post(&ada, "add-team-member", json!({ "teamId": team, "userId": acme["members"][0]["userId"] })).await.status, 200);
        assert_eq!(post(&ada, "set-active-team", json!({ "teamId": team })).await.status, 200);
        let eve = user(&site, "eve@example.com").await;
        for (browser, path, body, status, code) in [
            (&ada, "remove-team", json!({ "teamId": team }), 403, "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM"),
            (&eve, "remove-team", json!({ "teamId": team, "organizationId": acme["id"] }), 403, "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM"),
            (&eve, "update-team", json!({ "teamId": team, "data": { "organizationId": acme["id"] } }), 403, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM"),
            (&eve, "create-role", json!({ "role": "x", "permission": {} }), 400, "YOU_MUST_BE_IN_AN_ORGANIZATION_TO_CREATE_A_ROLE"),
        ] {
            let answer = post(browser, path, body).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
        }
        let answer = eve.get("/api/auth/organization/list-invitations").await;
        assert_eq!((answer.status, answer.value()), (400, json!({ "message": "Organization ID is required" })));
    }
}
