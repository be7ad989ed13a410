//! What is sensitive waits until somebody has just shown who they are, and is done then with what they had typed.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::audit::Act;
use domain::settings::MailCodes;
use domain::testing::PASSWORD;
use serde_json::json;

use crate::pages_members::{founded, id_of, joined};
use crate::pages_settings::{STALE, flash, form_of, link, member, sign_in, value};
use crate::pages_two_factor::{AUTHENTICATOR, BACKUP_CODES, code, key, next_code, protected};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const CONFIRM: &str = "/confirm-access";
const GONE: &str = "This form is too old";

/// A sensitive act, and the form that does it.
struct Row {
    act: Act,
    path: String,
    form: Vec<(&'static str, String)>,
}

fn row(act: Act, path: impl Into<String>, form: &[(&'static str, &str)]) -> Row {
    Row { act, path: path.into(), form: form.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
}

/// Where an act is held to its freshness; a new one has to be judged.
enum Judged {
    /// By the tables of this file.
    Here,
    /// Elsewhere, because it takes more than a form of a page.
    Elsewhere,
    /// It takes nothing from its user that a stolen session shouldn't: it isn't sensitive, or something else guards it.
    Open,
}

fn judge(act: Act) -> Judged {
    match act {
        Act::EmailChangeRequested
        | Act::PhoneNumberRemoved
        | Act::DeletionRequested
        | Act::MemberInvited
        | Act::MemberRolesChanged
        | Act::MemberRemoved
        | Act::OwnershipTransferred
        | Act::SecondFactorRuleChanged
        | Act::OrganizationDeleted
        | Act::SecondFactorOn
        | Act::PasswordChanged
        | Act::BackupCodesMade
        | Act::AuthenticatorReplaced
        | Act::SecondFactorOff => Judged::Here,
        // The first password, the number, providers, passkeys and the download have tests with their pages; the last two of these only the API does.
        Act::PasswordSet
        | Act::PhoneNumberChanged
        | Act::ProviderConnected
        | Act::ProviderDisconnected
        | Act::PasskeyAdded
        | Act::PasskeyRemoved
        | Act::DataExported
        | Act::SecondFactorsOff
        | Act::PasswordRemoved => Judged::Elsewhere,
        // Links by mail end what a fresh session began.
        Act::EmailChanged | Act::EmailVerified | Act::AccountDeleted => Judged::Open,
        // Ways in, ways out, and what shows who somebody is.
        Act::SignedIn
        | Act::SignInFailed
        | Act::PasswordLocked
        | Act::PasswordRefused
        | Act::SecondFactorFailed
        | Act::SecondFactorLocked
        | Act::PasskeyCopied
        | Act::SessionMoved
        | Act::SignedOut
        | Act::SessionEnded
        | Act::OtherSessionsEnded
        | Act::AllSessionsEnded
        | Act::Confirmed
        | Act::ConfirmationFailed
        | Act::PasswordResetRequested
        | Act::PasswordReset
        | Act::BackupCodeUsed
        | Act::BrowserTrusted
        | Act::BrowserForgotten
        | Act::BrowsersForgotten
        | Act::ProviderNotConnected
        | Act::SignedUp
        | Act::SignedUpAgain => Judged::Open,
        // Everyday work, for which the right is what is asked.
        Act::PasskeyRenamed
        | Act::UsernameChanged
        | Act::OrganizationCreated
        | Act::OrganizationChanged
        | Act::InvitationCanceled
        | Act::InvitationAccepted
        | Act::InvitationDeclined
        | Act::MemberLeft
        | Act::RoleChanged
        | Act::RoleAssigned
        | Act::AssignmentRevoked
        | Act::TeamCreated
        | Act::TeamRenamed
        | Act::TeamDeleted
        | Act::TeamMemberAdded
        | Act::TeamMemberRemoved
        | Act::AccessRefused
        | Act::TrailExported => Judged::Open,
        // The command line.
        Act::FactorsReset | Act::KeysRotated | Act::SigningKeyMade | Act::SigningKeyRetired => Judged::Open,
    }
}

fn fields<'f>(form: &'f [(&'static str, String)]) -> Vec<(&'f str, &'f str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// How often an act was done.
async fn done(site: &Site, act: Act) -> i64 {
    let mut conn = site.world.cx.db.read().await.unwrap();
    let query = conn.query("SELECT count(*) FROM audit_entries WHERE act = $1").bind(act.name().to_owned());
    query.one::<(i64,)>().await.unwrap().0
}

/// Posts a form that is refused for now; gives it as the page that asks carries it along.
async fn interrupted(browser: &Browser, path: &str, form: &[(&str, &str)]) -> String {
    let asked = browser.form(path, form).await;
    let page = asked.text();
    assert_eq!(asked.status, 403, "{path}: {page}");
    assert!(page.contains("Confirm that it’s you"), "{path}: {page}");
    let said: Vec<_> = form.iter().filter(|(_, typed)| typed.len() > 9 && page.contains(typed)).collect();
    assert!(said.is_empty(), "{path} shows what was typed: {said:?}");
    value(&form_of(&page, CONFIRM), "resume")
}

/// Shows who one is, with the form that was carried along, and goes where that leads, as a browser does.
async fn confirmed(browser: &Browser, sealed: &str, path: &str, proof: &[(&str, &str)]) -> Answer {
    let form = [proof, &[("resume", sealed), ("next", path)]].concat();
    let on = browser.form(CONFIRM, &form).await;
    assert_eq!((on.status, on.header("location")), (307, path), "{}", on.text());
    browser.form(path, &form).await
}

/// Each act is refused, changes nothing, and is done once somebody has shown who they are by `proof`.
async fn walk(site: &Site, rows: &[Row], proof: impl AsyncFn() -> Vec<(&'static str, String)>) {
    for Row { act, path, form } in rows {
        site.world.wait(STALE);
        let before = done(site, *act).await;
        let sealed = interrupted(&site.browser, path, &fields(form)).await;
        assert_eq!(done(site, *act).await, before, "{act:?} was done already");
        let proof = proof().await;
        let answer = confirmed(&site.browser, &sealed, path, &fields(&proof)).await;
        assert!(matches!(answer.status, 200 | 303), "{act:?}: {} {}", answer.status, answer.text());
        assert_eq!(done(site, *act).await, before + 1, "{act:?}: {}", answer.text());
    }
}

async fn with_password() -> Vec<(&'static str, String)> {
    vec![("current_password", PASSWORD.to_owned())]
}

/// What the password is good for, in an order in which each can be done.
async fn by_password(site: &Site) -> Vec<Row> {
    let acme = founded(site, ADA, "acme").await;
    sign_in(&site.browser, ADA, PASSWORD).await;
    let (_, bob) = joined(site, &acme, "bob@example.com", "member").await;
    let (_, carol) = joined(site, &acme, "carol@example.com", "member").await;
    assert_eq!(id_of(site, &acme, "carol@example.com").await, carol);
    site.form("/organizations/new", &[("name", "Umbrella"), ("slug", "umbrella"), ("logo", "")]).await;
    site.world.write("UPDATE users SET phone_number = $1 WHERE email = $2", &["+4915112345678", ADA]).await;
    let transfer = format!("/organizations/acme/transfer?to={carol}");
    vec![
        row(Act::EmailChangeRequested, "/settings", &[("act", "email"), ("email", "countess+1@example.com")]),
        row(Act::PhoneNumberRemoved, "/settings", &[("act", "remove-phone")]),
        row(
            Act::MemberInvited,
            "/organizations/acme/invitations",
            &[("act", "mail"), ("addresses", "dora@example.com"), ("role", "owner")],
        ),
        row(
            Act::MemberRolesChanged,
            format!("/organizations/acme/members/{bob}"),
            &[("act", "roles"), ("roles", "owner")],
        ),
        row(Act::MemberRemoved, format!("/organizations/acme/members/{bob}/remove"), &[("really", "yes")]),
        row(
            Act::SecondFactorRuleChanged,
            "/organizations/acme/settings",
            &[("act", "second-step"), ("rule", "own"), ("roles", "admin")],
        ),
        row(Act::SecondFactorRuleChanged, "/organizations/acme/settings", &[("act", "second-step"), ("rule", "site")]),
        row(Act::OwnershipTransferred, transfer, &[("confirmation", "Acme")]),
        row(Act::OrganizationDeleted, "/organizations/umbrella/delete", &[("confirmation", "Umbrella")]),
        row(Act::DeletionRequested, "/settings/data/delete", &[("confirmation", "delete my account")]),
        row(Act::SecondFactorOn, "/settings/security/mail-codes", &[("act", "on")]),
    ]
}

/// What takes the second factor, once there is one.
async fn by_factor(site: &Site) -> (Vec<Row>, String) {
    let (present, _) = protected(site).await;
    let new = key(&site.get(AUTHENTICATOR).await.text());
    let rows = vec![
        row(
            Act::PasswordChanged,
            "/settings/security",
            &[("current_password", PASSWORD), ("password", "An0ther-engine"), ("end_others", "true")],
        ),
        row(Act::BackupCodesMade, BACKUP_CODES, &[("left", "10")]),
        row(Act::EmailChangeRequested, "/settings", &[("act", "email"), ("email", "countess+1@example.com")]),
        row(Act::DeletionRequested, "/settings/data/delete", &[("confirmation", "delete my account")]),
        row(Act::SecondFactorOff, "/settings/security/authenticator/off", &[("act", "off")]),
    ];
    // What is typed there is good for half a minute.
    site.world.wait(STALE);
    let typed = code(site, &new);
    let sealed = interrupted(&site.browser, AUTHENTICATOR, &[("code", &typed)]).await;
    let shown = code(site, &present);
    let answer = confirmed(&site.browser, &sealed, AUTHENTICATOR, &[("method", "totp"), ("code", &shown)]).await;
    assert!(flash(site, &answer).await.starts_with("Your new authenticator app is set up."));
    (rows, new)
}

db::both! {
    async fn each_sensitive_act_waits_for_who_one_is_and_is_done_then(site: Site) {
        let site = site.with(|settings| {
            settings.rate_limit.enabled = false;
            settings.two_factor.mail = MailCodes::Chosen;
        });
        let rows = by_password(&site).await;
        walk(&site, &rows, with_password).await;
        let kinds = site.world.kinds("dora@example.com").await;
        assert_eq!(kinds, ["organization-invitation"], "it is what was typed that is done");
        let mail = site.world.mails(ADA).await.into_iter().find(|mail| mail.content.text.contains("countess+1@example.com"));
        assert!(mail.is_some());

        let mut tested: BTreeSet<&str> = rows.iter().map(|row| row.act.name()).collect();
        let names = ["PasswordChanged", "BackupCodesMade", "AuthenticatorReplaced", "SecondFactorOff"];
        tested.extend([Act::PasswordChanged, Act::BackupCodesMade, Act::AuthenticatorReplaced, Act::SecondFactorOff].map(Act::name));
        let here: BTreeSet<&str> = Act::ALL.iter().filter(|act| matches!(judge(**act), Judged::Here)).map(|act| act.name()).collect();
        assert_eq!(tested, here, "each act that is judged sensitive is in a table; {names:?} are in that of the second factor");
    }

    async fn a24_a25_with_a_second_factor_the_password_resumes_nothing(site: Site) {
        let site = site.with(|settings| settings.rate_limit.enabled = false);
        let (rows, key) = by_factor(&site).await;
        walk(&site, &rows, async || {
            let page = site.form("/settings", &[("act", "email"), ("email", "x@example.com")]).await.text();
            let sealed = value(&form_of(&page, CONFIRM), "resume");
            let tried = [("current_password", PASSWORD), ("method", "totp"), ("resume", &sealed), ("next", "/settings")];
            let refused = site.form(CONFIRM, &tried).await;
            assert_eq!(refused.status, 401, "{}", refused.text());
            vec![("method", "totp".to_owned()), ("code", next_code(&site, &key))]
        })
        .await;
    }

    async fn a_wrong_password_is_told_and_loses_nothing(site: Site) {
        member(&site, ADA).await;
        site.world.wait(STALE);
        let sealed = interrupted(&site.browser, "/settings", &[("act", "email"), ("email", "countess+1@example.com")]).await;
        let wrong = site.form(CONFIRM, &[("current_password", "Not-the-one-1"), ("resume", &sealed), ("next", "/settings")]).await;
        let page = wrong.text();
        assert_eq!(wrong.status, 400);
        assert!(page.contains("That isn’t your present password.") && value(&form_of(&page, CONFIRM), "resume") == sealed, "{page}");
        // Another way: a code by mail. It is shown at once, since no address has room for the form.
        let sent = site.form("/confirm-access/code", &[("resume", &sealed), ("next", "/settings")]).await;
        let page = sent.text();
        assert!(sent.status == 200 && page.contains("Type the code that we sent to ada@example.com."), "{page}");
        let sealed = value(&form_of(&page, CONFIRM), "resume");
        let code = site.world.code(ADA).await;
        let answer = confirmed(&site.browser, &sealed, "/settings", &[("code", &code)]).await;
        assert!(flash(&site, &answer).await.contains("present address"));
        assert!(link(&site, ADA).await.contains("verify-email"));
    }

    async fn another_factor_is_chosen_without_losing_what_was_typed(site: Site) {
        let (_, codes) = protected(&site).await;
        site.world.wait(STALE);
        let form = [("act", "email"), ("email", "countess+1@example.com")];
        let page = site.form("/settings", &form).await.text();
        let way = form_of(&page, "/confirm-access/method");
        let sealed = value(&way, "resume");
        assert!(way.contains("value=\"backup-code\""), "{way}");
        let page = site.form("/confirm-access/method", &[("method", "backup-code"), ("resume", &sealed), ("next", "/settings")]).await.text();
        assert!(page.contains("Backup code") && value(&form_of(&page, CONFIRM), "resume") == sealed, "{page}");
        let answer = confirmed(&site.browser, &sealed, "/settings", &[("method", "backup-code"), ("code", &codes[0])]).await;
        assert!(flash(&site, &answer).await.contains("present address"));
    }

    async fn nobody_s_form_is_carried_along_by_a_link(site: Site) {
        member(&site, ADA).await;
        site.world.wait(STALE);
        let sealed = interrupted(&site.browser, "/settings", &[("act", "email"), ("email", "eve@example.com")]).await;
        let page = site.get(&format!("{CONFIRM}?next=/settings&resume={sealed}")).await;
        assert_eq!((page.status, page.text().contains("name=\"resume\"")), (200, false));
        site.form(CONFIRM, &[("current_password", PASSWORD)]).await;
        let fresh = site.get(&format!("{CONFIRM}?next=/settings&resume={sealed}")).await;
        assert_eq!((fresh.status, fresh.header("location")), (303, "/settings"));
    }

    async fn what_was_kept_is_for_its_user_its_page_and_ten_minutes(site: Site) {
        member(&site, ADA).await;
        let eve = Site { browser: site.another(), ..site };
        member(&eve, "eve@example.com").await;
        let (site, eve) = (Site { browser: eve.another(), ..eve }, eve.browser);
        sign_in(&site.browser, ADA, PASSWORD).await;
        site.world.wait(STALE);
        let sealed = interrupted(&site.browser, "/settings", &[("act", "email"), ("email", "countess@example.com")]).await;
        let sealed = sealed.as_str();
        site.form(CONFIRM, &[("current_password", PASSWORD)]).await;
        eve.form(CONFIRM, &[("current_password", PASSWORD)]).await;

        let other = eve.form("/settings", &[("resume", sealed)]).await;
        assert!(other.status == 410 && other.text().contains(GONE) && other.text().contains("href=\"/settings\""), "{}", other.text());
        let elsewhere = site.form("/settings/data/delete", &[("resume", sealed), ("confirmation", "delete my account")]).await;
        assert!(elsewhere.status == 410 && elsewhere.text().contains(GONE), "{}", elsewhere.text());
        let last = if sealed.ends_with('A') { 'B' } else { 'A' };
        for forged in ["", "x", &sealed[1..], &format!("{}{last}", &sealed[..sealed.len() - 1])] {
            assert_eq!(site.form("/settings", &[("resume", forged)]).await.status, 410, "{forged}");
        }
        assert_eq!(site.another().form("/settings", &[("resume", sealed)]).await.status, 303, "nobody is signed in there");
        site.world.wait(Duration::from_secs(600));
        assert_eq!(site.form("/settings", &[("resume", sealed)]).await.status, 410, "it is too old");
        let late = site.form(CONFIRM, &[("current_password", PASSWORD), ("resume", sealed), ("next", "/settings")]).await;
        assert!(flash(&site, &late).await.contains("Fill it in again."), "{}", late.header("location"));
        assert_eq!(done(&site, Act::EmailChangeRequested).await, 0);
    }

    async fn an_island_sends_its_form_once_more_in_the_plain_way(site: Site) {
        let site = site.with(|settings| settings.two_factor.sms = true);
        member(&site, ADA).await;
        site.world.wait(STALE);
        let typed = json!({ "phone": "+4915112345678", "code": "", "next": "" });
        assert_eq!(site.json("/_fn/phone-number", typed).await.value(), json!({ "Post": null }));
        let sealed = interrupted(&site.browser, "/settings/phone", &[("phone", "+4915112345678"), ("next", "")]).await;
        let shown = json!({ "password": PASSWORD, "code": "", "method": "", "next": "/settings/phone", "resume": sealed });
        assert_eq!(site.json("/_fn/confirm-access", shown).await.value(), json!({ "Post": "/settings/phone" }));
        let sent = site.form("/settings/phone", &[("resume", &sealed)]).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/settings/phone"), "{}", sent.text());
    }

    async fn what_is_too_large_to_be_carried_is_asked_for_again(site: Site) {
        member(&site, ADA).await;
        site.world.wait(STALE);
        let long = format!("{}@example.com", "x".repeat(20_000));
        let answer = site.form("/settings/data/delete", &[("confirmation", "delete my account"), ("more", &long)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/confirm-access?next=%2Fsettings%2Fdata%2Fdelete"));
    }
}
