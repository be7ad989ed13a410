use domain::testing::PASSWORD;
use serde_json::json;

use super::{ecosystem, link, refused, sign_up};
use crate::site::Site;

db::both! {
    async fn a_user_changes_what_is_theirs(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let change = json!({ "name": "Ada King", "image": "https://x.example/n.png", "username": "ada.k", "bio": "Mathematics", "preferences": { "theme": "dark" } });
        assert_eq!(site.json("/api/auth/update-user", change).await.value(), json!({ "status": true }));
        let user = site.get("/api/auth/get-session").await.value()["user"].clone();
        assert_eq!((user["name"].clone(), user["image"].clone(), user["username"].clone()), (json!("Ada King"), json!("https://x.example/n.png"), json!("ada.k")));
        site.json("/api/auth/update-user", json!({ "image": null })).await;
        assert!(site.get("/api/auth/get-session").await.value()["user"]["image"].is_null());
        assert_eq!(site.json("/api/auth/update-user", json!({})).await.value(), json!({ "message": "No fields to update" }));
        refused(&site.json("/api/auth/update-user", json!({ "image": "javascript:alert(1)" })).await, 400, "INVALID_IMAGE");
        refused(&site.json("/api/auth/update-user", json!({ "bio": "x".repeat(1001) })).await, 400, "TOO_LONG");
        refused(&site.json("/api/auth/update-user", json!({ "name": 7 })).await, 400, "VALIDATION_ERROR");
        refused(&site.json("/api/auth/update-user", json!({ "name": "  " })).await, 400, "NAME_MISSING");
        let stranger = site.another();
        stranger.json("/api/auth/sign-up/email", crate::api::person("grace@example.com")).await;
        refused(&stranger.json("/api/auth/update-user", json!({ "username": "ADA.K" })).await, 400, "USERNAME_IS_ALREADY_TAKEN");
    }

    async fn the_address_changes_by_its_own_link(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        refused(&site.json("/api/auth/change-email", json!({ "newEmail": "ada@example.com" })).await, 400, "EMAIL_IS_THE_SAME");
        let answer = site.json("/api/auth/change-email", json!({ "newEmail": "new@example.com", "callbackURL": "/settings" })).await;
        assert_eq!(answer.value(), json!({ "status": true }));
        assert_eq!(site.get(&link(&site, "new@example.com").await).await.header("location"), "/settings");
        let user = site.get("/api/auth/get-session").await.value()["user"].clone();
        assert_eq!((user["email"].clone(), user["emailVerified"].clone()), (json!("new@example.com"), json!(true)));
        assert_eq!(site.world.mails("ada@example.com").await[0].kind, "email-changed", "the old address is told");

        site.another().json("/api/auth/sign-up/email", crate::api::person("grace@example.com")).await;
        let before = site.world.mails("grace@example.com").await.len();
        assert_eq!(site.json("/api/auth/change-email", json!({ "newEmail": "grace@example.com" })).await.value(), json!({ "status": true }), "not told");
        assert_eq!(site.world.mails("grace@example.com").await.len(), before, "and nothing sent");
    }

    async fn an_account_is_deleted_by_its_own_link(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let answer = site.json("/api/auth/delete-user", json!({ "callbackURL": "/bye" })).await;
        assert_eq!(answer.value(), json!({ "success": true, "message": "Verification email sent" }));
        let link = link(&site, "ada@example.com").await;
        let nobody = site.another();
        refused(&nobody.get(&link).await, 404, "FAILED_TO_GET_USER_INFO");
        nobody.json("/api/auth/sign-up/email", crate::api::person("grace@example.com")).await;
        refused(&nobody.get(&link).await, 404, "INVALID_TOKEN");
        assert_eq!(site.get(&link).await.header("location"), "/bye");
        assert!(site.get("/api/auth/get-session").await.value().is_null());
        refused(&site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await, 401, "INVALID_EMAIL_OR_PASSWORD");
    }

    async fn the_questionnaire_is_answered_by_programs_too(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let fresh = site.get("/api/auth/onboarding").await.value();
        assert_eq!((fresh["status"].clone(), fresh["step"].clone(), fresh["answers"].clone()), (json!("pending"), json!("experience"), json!({})));
        refused(&site.json("/api/auth/onboarding", json!({})).await, 400, "VALIDATION_ERROR");
        refused(&site.json("/api/auth/onboarding", json!({ "answers": { "experience": 7 } })).await, 400, "VALIDATION_ERROR");
        refused(&site.json("/api/auth/onboarding", json!({ "answers": { "role": "admin" } })).await, 400, "INVALID_ANSWERS");
        refused(&site.json("/api/auth/onboarding", json!({ "action": "complete" })).await, 400, "INVALID_ANSWERS");
        let answers = json!({ "experience": "10+", "languages": ["rust", "python"], "os": "linux", "focus": "backend" });
        let done = site.json("/api/auth/onboarding", json!({ "answers": answers, "action": "complete" })).await.value();
        assert_eq!((done["status"].clone(), done["step"].clone()), (json!("completed"), json!(null)));
        assert_eq!(done["answers"]["focus"], json!(["backend"]));
        let cleared = site.json("/api/auth/onboarding", json!({ "action": "clear" })).await.value();
        assert_eq!((cleared["answers"].clone(), cleared["status"].clone()), (json!({}), json!("skipped")));
    }
}
