//! What somebody may do and why, and roles for a time, in a team or for one thing, over the API.

use domain::organization::role as roles;
use domain::testing::{HOUR, MINUTE, PASSWORD, email};
use serde_json::{Value, json};

use super::refused;
use crate::site::{Answer, Browser, Site};

const NOWHERE: &str = "0198f000-0000-7000-8000-000000000000";

async fn user(site: &Site, email: &str) -> Browser {
    site.world.user(email).await;
    let browser = site.another();
    let answer = browser.json("/api/auth/sign-in/email", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200);
    browser
}

async fn post(browser: &Browser, path: &str, body: Value) -> Answer {
    browser.json(&format!("/api/auth/organization/{path}"), body).await
}

async fn get(browser: &Browser, path: &str) -> Answer {
    browser.get(&format!("/api/auth/{path}")).await
}

/// Ada owns Acme, Bob has a role in it; gives both browsers, and Bob's member.
async fn acme(site: &Site, role: &str) -> (Browser, Browser, Value) {
    let (ada, bob) = (user(site, "ada@example.com").await, user(site, "bob@example.com").await);
    assert_eq!(post(&ada, "create", json!({ "name": "Acme", "slug": "acme" })).await.status, 200);
    let invitation = post(&ada, "invite-member", json!({ "email": "bob@example.com", "role": role })).await.value();
    let accepted = post(&bob, "accept-invitation", json!({ "invitationId": invitation["id"] })).await.value();
    (ada, bob, accepted["member"].clone())
}

db::both! {
    async fn a_role_for_a_time_and_a_thing_is_given_explained_and_taken_back(site: Site) {
        let (ada, bob, member) = acme(&site, "member").await;
        let now = site.world.cx.now();
        let body = json!({
            "memberId": member["id"], "role": "analyst", "resourceKind": "report", "resourceId": "7",
            "startsAt": (now + HOUR).iso(), "endsAt": (now + HOUR * 2).iso(),
        });
        let given = post(&ada, "assign-role", body).await;
        assert_eq!(given.status, 200, "{}", given.text());
        let given = given.value();
        assert_eq!((given["role"].as_str(), &given["resource"], &given["teamId"]), (Some("analyst"), &json!(["report", "7"]), &Value::Null));
        assert_eq!((&given["userId"], &given["endsAt"]), (&member["userId"], &json!((now + HOUR * 2).iso())));
        assert_eq!(get(&ada, "organization/list-role-assignments").await.value(), json!([given]));

        let ask = "organization/explain?permission=reports:read&resourceKind=report&resourceId=7";
        let answer = get(&bob, ask).await.value();
        assert_eq!((&answer["allowed"], &answer["reason"]["kind"], &answer["reason"]["pattern"]), (&json!(false), &json!("future"), &json!("reports:*")));
        site.world.wait(HOUR + MINUTE);
        let answer = get(&ada, &format!("{ask}&userId={}", member["userId"].as_str().unwrap())).await.value();
        assert_eq!((&answer["allowed"], &answer["reason"]["kind"], &answer["memberId"]), (&json!(true), &json!("granted"), &member["id"]));
        assert_eq!((&answer["reason"]["path"], &answer["reason"]["held"]["id"]), (&json!(["analyst"]), &given["id"]));
        let elsewhere = get(&bob, "organization/explain?permission=reports:read").await.value();
        assert_eq!((&elsewhere["allowed"], &elsewhere["reason"]["kind"]), (&json!(false), &json!("elsewhere")));
        assert_eq!(elsewhere["givenBy"], json!(["analyst", "owner"]));
        let mine = get(&bob, "permissions").await.value();
        assert_eq!((&mine["role"], &mine["permissions"]), (&json!("member"), &json!(["ac:read", "content:*", "org:read"])));
        assert_eq!((&mine["assignments"][0]["role"], &mine["assignments"][0]["permissions"][0]), (&json!("analyst"), &json!("analytics:*")));
        assert_eq!((&mine["assignments"][0]["through"], &mine["assignments"][0]["state"]), (&json!("assignment"), &json!("now")));

        assert_eq!(post(&ada, "revoke-role-assignment", json!({ "assignmentId": given["id"] })).await.value(), json!({ "success": true }));
        refused(&post(&ada, "revoke-role-assignment", json!({ "assignmentId": given["id"] })).await, 404, "ASSIGNMENT_NOT_FOUND");
        assert_eq!(get(&bob, "permissions").await.value()["assignments"], json!([]));
    }

    async fn without_an_organization_permissions_are_those_that_count_everywhere(site: Site) {
        let bob = user(&site, "bob@example.com").await;
        let none = json!({ "organizationId": null, "role": null, "permissions": [], "assignments": [], "teams": [] });
        assert_eq!(get(&bob, "permissions").await.value(), none);
        roles::assign_everywhere(&site.world.cx, &email("bob@example.com"), "analyst", roles::Window::default()).await.unwrap();
        let told = get(&bob, "permissions").await.value();
        assert_eq!((&told["permissions"][0], &told["assignments"][0]["through"]), (&json!("analytics:*"), &json!("everywhere")));
        assert_eq!(site.another().get("/api/auth/permissions").await.status, 401);
    }

    async fn what_is_in_a_team_is_told_with_it(site: Site) {
        let (ada, bob, member) = acme(&site, "member").await;
        let team = post(&ada, "create-team", json!({ "name": "Blue" })).await.value()["id"].clone();
        let given = post(&ada, "assign-role", json!({ "userId": member["userId"], "role": "moderator", "teamId": team })).await;
        assert_eq!(given.status, 200, "{}", given.text());
        let mine = get(&bob, "permissions").await.value();
        let permissions = json!(["content:delete:any", "content:moderate", "user:warn"]);
        assert_eq!(mine["teams"], json!([{ "teamId": team, "permissions": permissions }]));
        let there = get(&bob, &format!("organization/explain?permission=user:warn&teamId={}", team.as_str().unwrap())).await.value();
        assert_eq!((&there["allowed"], &there["teamName"]), (&json!(true), &json!("Blue")));
    }

    async fn what_makes_no_sense_is_refused(site: Site) {
        let (ada, bob, member) = acme(&site, "admin").await;
        let (id, soon) = (&member["id"], (site.world.cx.now() + HOUR).iso());
        for (body, code) in [
            (json!({ "memberId": id }), "VALIDATION_ERROR"),
            (json!({ "role": "analyst" }), "VALIDATION_ERROR"),
            (json!({ "memberId": id, "role": "analyst", "resourceKind": "report" }), "VALIDATION_ERROR"),
            (json!({ "memberId": id, "role": "analyst", "teamId": "t", "resourceKind": "report", "resourceId": "7" }), "VALIDATION_ERROR"),
            (json!({ "memberId": id, "role": "analyst", "resourceKind": "k", "resourceId": "7".repeat(256) }), "VALIDATION_ERROR"),
            (json!({ "memberId": id, "role": "analyst", "endsAt": "tomorrow" }), "VALIDATION_ERROR"),
            (json!({ "memberId": id, "role": "analyst", "startsAt": soon, "endsAt": soon }), "INVALID_TIME_WINDOW"),
            (json!({ "memberId": id, "role": "wizard" }), "ROLE_NOT_FOUND"),
            (json!({ "memberId": NOWHERE, "role": "analyst" }), "MEMBER_NOT_FOUND"),
            (json!({ "userId": NOWHERE, "role": "analyst" }), "MEMBER_NOT_FOUND"),
            (json!({ "memberId": id, "role": "analyst", "teamId": NOWHERE }), "TEAM_NOT_FOUND"),
        ] {
            refused(&post(&ada, "assign-role", body).await, 400, code);
        }
        for (query, code) in [
            ("", "VALIDATION_ERROR"),
            ("permission=org:*", "INVALID_PERMISSION"),
            ("permission=org:read&resourceId=7", "VALIDATION_ERROR"),
            ("permission=org:read&memberId=nobody", "MEMBER_NOT_FOUND"),
            ("permission=org:read&teamId=nowhere", "TEAM_NOT_FOUND"),
        ] {
            refused(&get(&ada, &format!("organization/explain?{query}")).await, 400, code);
        }
        // A37: an admin gives only what admins have.
        let answer = post(&bob, "assign-role", json!({ "memberId": id, "role": "analyst" })).await;
        refused(&answer, 403, "YOU_ARE_NOT_ALLOWED_TO_ASSIGN_THIS_ROLE");
        assert_eq!(answer.value()["missingPermissions"], json!(["analytics:*", "reports:*", "data:read"]));
        refused(&post(&bob, "assign-role", json!({ "memberId": id, "role": "owner" })).await, 403, "YOU_ARE_NOT_ALLOWED_TO_ASSIGN_THIS_ROLE");
    }

    async fn a38_a_member_a_stranger_and_a_foreign_owner_learn_and_change_nothing(site: Site) {
        let (ada, bob, member) = acme(&site, "member").await;
        let acme = member["organizationId"].as_str().unwrap();
        let given = post(&ada, "assign-role", json!({ "memberId": member["id"], "role": "analyst" })).await.value();
        let owner = get(&ada, "organization/get-active-member").await.value();
        for other in [format!("memberId={}", owner["id"].as_str().unwrap()), format!("userId={}", owner["userId"].as_str().unwrap()), format!("userId={NOWHERE}")] {
            let answer = get(&bob, &format!("organization/explain?permission=org:read&{other}")).await;
            refused(&answer, 403, "YOU_ARE_NOT_ALLOWED_TO_EXPLAIN_THIS_MEMBER");
        }
        refused(&post(&bob, "assign-role", json!({ "memberId": member["id"], "role": "member" })).await, 403, "YOU_ARE_NOT_ALLOWED_TO_ASSIGN_THIS_ROLE");
        refused(&post(&bob, "revoke-role-assignment", json!({ "assignmentId": given["id"] })).await, 403, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_THIS_ROLE");

        let (stranger, eve) = (user(&site, "stranger@example.com").await, user(&site, "eve@example.com").await);
        post(&eve, "create", json!({ "name": "Umbrella", "slug": "umbrella" })).await;
        let posts = [
            ("assign-role", json!({ "memberId": member["id"], "role": "analyst" })),
            ("revoke-role-assignment", json!({ "assignmentId": given["id"] })),
        ];
        let gets = ["organization/list-role-assignments?", "organization/explain?permission=org:read&", "permissions?"];
        for (browser, id) in [(&stranger, acme), (&eve, acme), (&stranger, NOWHERE)] {
            for (path, body) in &posts {
                let mut body = body.clone();
                body["organizationId"] = json!(id);
                refused(&post(browser, path, body).await, 403, "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION");
            }
            for path in gets {
                refused(&get(browser, &format!("{path}organizationId={id}")).await, 403, "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION");
            }
        }
        // In their own organization, with another's ids.
        refused(&post(&eve, "assign-role", json!({ "memberId": member["id"], "role": "analyst" })).await, 400, "MEMBER_NOT_FOUND");
        refused(&post(&eve, "revoke-role-assignment", json!({ "assignmentId": given["id"] })).await, 404, "ASSIGNMENT_NOT_FOUND");
        for who in ["memberId=", "userId="] {
            let id = &member[if who == "userId=" { "userId" } else { "id" }];
            let path = format!("organization/explain?permission=org:read&{who}{}", id.as_str().unwrap());
            refused(&get(&eve, &path).await, 400, "MEMBER_NOT_FOUND");
        }
        assert_eq!(get(&ada, "organization/list-role-assignments").await.value(), json!([given]));
    }
}
