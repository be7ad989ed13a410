//! Organizations over the API, and one attacker after the other at every route (SECURITY A38, 40).

use domain::testing::PASSWORD;
use serde_json::{Value, json};

use crate::site::{Answer, Browser, Site};

/// A browser in which somebody has signed in.
async fn user(site: &Site, email: &str) -> Browser {
    let opened = site.world.user(email).await;
    let browser = site.another();
    let answer = browser.json("/api/auth/sign-in/email", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200);
    drop(opened);
    browser
}

async fn post(browser: &Browser, path: &str, body: Value) -> Answer {
    browser.json(&format!("/api/auth/organization/{path}"), body).await
}

async fn create(browser: &Browser, slug: &str) -> Value {
    let answer = post(browser, "create", json!({ "name": "Acme", "slug": slug, "metadata": { "plan": "pro" } })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

async fn join(owner: &Browser, guest: &Browser, email: &str, role: &str) -> String {
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

    async fn a38_a_stranger_a_foreign_owner_and_a_removed_member_are_refused_alike_at_every_route(site: Site) {
        let ada = user(&site, "ada@example.com").await;
        let acme = create(&ada, "acme").await;
        let id = acme["id"].clone();
        let bob = user(&site, "bob@example.com").await;
        let bob_member = join(&ada, &bob, "bob@example.com", "member").await;
        let gone = user(&site, "gone@example.com").await;
        let gone_member = join(&ada, &gone, "gone@example.com", "admin").await;
        let team = post(&ada, "create-team", json!({ "name": "Blue" })).await.value()["id"].clone();
        post(&ada, "create-role", json!({ "role": "own", "permission": { "content": ["read"] } })).await;
        let invitation = post(&ada, "invite-member", json!({ "email": "x@example.com", "role": "member" })).await.value();
        assert_eq!(post(&ada, "remove-member", json!({ "memberIdOrEmail": gone_member })).await.status, 200);
        let stranger = user(&site, "stranger@example.com").await;
        let foreign = user(&site, "eve@example.com").await;
        create(&foreign, "umbrella").await;
        let ada_id = acme["members"][0]["userId"].clone();

        let posts = [
            ("update", json!({ "organizationId": id, "data": { "name": "Mine" } })),
            ("delete", json!({ "organizationId": id })),
            ("set-active", json!({ "organizationId": id })),
            ("has-permission", json!({ "organizationId": id, "permissions": { "organization": ["read"] } })),
            ("invite-member", json!({ "organizationId": id, "email": "y@example.com", "role": "member" })),
            ("cancel-invitation", json!({ "invitationId": invitation["id"] })),
            ("accept-invitation", json!({ "invitationId": invitation["id"] })),
            ("reject-invitation", json!({ "invitationId": invitation["id"] })),
            ("remove-member", json!({ "organizationId": id, "memberIdOrEmail": bob_member })),
            ("remove-member", json!({ "organizationId": id, "memberIdOrEmail": "bob@example.com" })),
            ("update-member-role", json!({ "organizationId": id, "memberId": bob_member, "role": "owner" })),
            ("leave", json!({ "organizationId": id })),
            ("create-team", json!({ "organizationId": id, "name": "Mine" })),
            ("update-team", json!({ "teamId": team, "data": { "name": "Mine", "organizationId": id } })),
            ("remove-team", json!({ "organizationId": id, "teamId": team })),
            ("add-team-member", json!({ "organizationId": id, "teamId": team, "userId": ada_id })),
            ("remove-team-member", json!({ "organizationId": id, "teamId": team, "userId": ada_id })),
            ("create-role", json!({ "organizationId": id, "role": "mine", "permission": { "content": ["read"] } })),
            ("update-role", json!({ "organizationId": id, "roleName": "own", "data": { "roleName": "mine" } })),
            ("delete-role", json!({ "organizationId": id, "roleName": "own" })),
        ];
        let gets = [
            "get-organization?organizationId=",
            "get-full-organization?organizationId=",
            "list-members?organizationId=",
            "get-active-member-role?organizationId=",
            "list-invitations?organizationId=",
            "list-teams?organizationId=",
            "list-user-teams?organizationId=",
            "list-roles?organizationId=",
            "get-role?roleName=own&organizationId=",
        ];
        let id = id.as_str().unwrap();
        let nowhere = "0198f000-0000-7000-8000-000000000000";
        for (path, body) in posts {
            let mut answers = Vec::new();
            for browser in [&stranger, &foreign, &gone] {
                let answer = post(browser, path, body.clone()).await;
                answers.push((answer.status, answer.code(), answer.text()));
            }
            // The same for one that doesn't exist, where it is named.
            if body["organizationId"].is_string() {
                let mut elsewhere = body.clone();
                elsewhere["organizationId"] = json!(nowhere);
                let answer = post(&stranger, path, elsewhere).await;
                answers.push((answer.status, answer.code(), answer.text()));
            }
            assert!((400..500).contains(&answers[0].0), "{path}: {:?}", answers[0]);
            assert!(answers.iter().all(|answer| answer == &answers[0]), "{path}: {answers:?}");
        }
        for path in gets {
            let mut answers = Vec::new();
            for (browser, id) in [(&stranger, id), (&foreign, id), (&gone, id), (&stranger, nowhere)] {
                let answer = browser.get(&format!("/api/auth/organization/{path}{id}")).await;
                answers.push((answer.status, answer.code(), answer.text()));
            }
            assert!((400..500).contains(&answers[0].0), "{path}: {:?}", answers[0]);
            assert!(answers.iter().all(|answer| answer == &answers[0]), "{path}: {answers:?}");
        }
        let full = ada.get("/api/auth/organization/get-full-organization").await.value();
        assert_eq!((full["name"].as_str(), full["teams"].as_array().unwrap().len()), (Some("Acme"), 2), "nothing was changed");
        assert_eq!(full["members"].as_array().unwrap().len(), 2);
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
