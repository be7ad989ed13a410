use model::{Method, PersonName, Username};

use super::*;
use crate::sign_in::Identifier;
use crate::testing::{
    AuthenticatorApp, FIREFOX, HOUR, PASSWORD, World, admitted, at_once, challenged, client, email, one_winner, refusal,
};
use crate::two_factor::{self, Asker, Proof, backup_codes, sent_code, totp};
use crate::{Callbacks, Client, code, email_change, magic_link, onboarding, profile, reset, sign_up, verification};

const ADA: &str = "ada@example.com";

async fn ask(world: &World, ada: &Current) -> Token {
    world.moment();
    request(&world.cx, ada, None, None, &Client::default()).await.unwrap();
    world.link_token(ADA).await
}

/// Every table with a column `user_id`, and how many rows it has; but for the audit trail, which outlasts the account.
async fn rows_by_table(world: &World) -> Vec<(String, i64)> {
    let sql = match world.cx.db.engine() {
        "SQLite" => {
            "SELECT CAST(t.name AS TEXT) AS name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'user_id'"
        }
        _ => {
            "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'user_id'"
        }
    };
    let mut conn = world.cx.db.read().await.unwrap();
    let tables = conn.query(sql).all::<(String,)>().await.unwrap();
    let mut counts = Vec::new();
    for (table,) in tables.into_iter().filter(|(table,)| table != "audit_entries") {
        let sql: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        counts.push((table, conn.query(sql).one::<(i64,)>().await.unwrap().0));
    }
    counts.sort();
    counts
}

/// Somebody with a row in every table.
async fn somebody(world: &World, address: &str, username: &str) -> Current {
    let cx = &world.cx;
    let form = sign_up::SignUp { username: Username::parse(username).ok(), ..World::form(address) };
    sign_up::sign_up(cx, form, &Client::default()).await.unwrap();
    world.follow(&world.link_token(address).await).await.unwrap();
    let current = world.sign_in_from(address, PASSWORD, &client(FIREFOX)).await.unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
    profile::set_avatar(cx, &current, png.into_inner()).await.unwrap();
    let change = profile::Change { bio: Some("Countess".into()), ..profile::Change::default() };
    profile::update(cx, &current.user.id, change).await.unwrap();
    onboarding::skip(cx, &current.user.id).await.unwrap();
    magic_link::request(cx, &email(address), None, &Callbacks::default()).await.unwrap();
    reset::request(cx, &email(address), None).await.unwrap();
    email_change::request(cx, &current, &email(&format!("new-{address}")), None).await.unwrap();
    let slug = model::Slug::parse(&username.replace('_', "-")).unwrap();
    let new = organization::New { name: "Acme".into(), slug, logo: None, metadata: None, stay: false };
    organization::create(cx, &current, new).await.unwrap();
    for sql in [
        "INSERT INTO assignments (id, user_id, organization_id, role, granted_by, created_at) SELECT id, id, NULL, 'analyst', id, created_at FROM users WHERE id = $1",
        "INSERT INTO passkeys (id, user_id, credential_id, user_handle, name, credential, public_key, counter, multi_device, backed_up, transports, aaguid, created_at) SELECT id, id, id, id, '', '{}', 'k', 0, false, false, '', '', created_at FROM users WHERE id = $1",
        "INSERT INTO ceremonies (hash, purpose, user_id, state, expires_at) SELECT s.token_hash, 'sign_in', u.id, '{}', u.created_at FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.id = $1 LIMIT 1",
        "INSERT INTO provider_flows (state_hash, browser_hash, provider_id, verifier, user_id, expires_at) SELECT s.token_hash, s.token_hash, 'google', s.token_hash, u.id, u.created_at FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.id = $1 LIMIT 1",
        "INSERT INTO passkey_offers (user_id, offered_at, declined) SELECT id, created_at, false FROM users WHERE id = $1",
    ] {
        assert_eq!(world.write(sql, &[current.user.id.as_str()]).await, 1);
    }
    second_factors(world, current).await
}

/// Sets up whatever is asked for after the first factor, and leaves some of it under way.
async fn second_factors(world: &World, current: Current) -> Current {
    let (cx, client) = (&world.cx, client(FIREFOX));
    let app = AuthenticatorApp::scan(&totp::begin(cx, &current, false, None).await.unwrap().uri);
    backup_codes::prepare(cx, &current).await.unwrap();
    let asker = Asker::Session(&current);
    let code = app.shows(cx.now(), 0);
    let mut current = two_factor::verify(cx, asker, Proof::Totp(&code), false, &client).await.unwrap().opened;
    two_factor::turn_on(cx, &current, Method::Mail).await.unwrap();
    let code = app.shows(cx.now(), 1);
    let asker = Asker::Session(&current);
    current = two_factor::verify(cx, asker, Proof::Totp(&code), true, &client).await.unwrap().opened;
    let (who, password) = (Identifier::Email(current.user.email.clone()), Password::new(PASSWORD));
    let entered = crate::sign_in::with_password(cx, &who, &password, true, None, &client).await.unwrap();
    sent_code::send(cx, Asker::Challenge(&challenged(entered).token), None).await.unwrap();
    current
}

db::both! {
    async fn nothing_of_the_user_is_left_and_everything_of_others_is(world: World) {
        let bob = somebody(&world, "bob@example.com", "bob").await;
        let of_bob = rows_by_table(&world).await;
        assert!(of_bob.len() >= 7 && of_bob.iter().all(|(_, rows)| *rows > 0), "a row in every table: {of_bob:?}");
        let ada = somebody(&world, ADA, "ada_l").await;
        let token = ask(&world, &ada).await;
        world.moment();
        confirm(&world.cx, &ada, &token).await.unwrap();
        assert_eq!(rows_by_table(&world).await, of_bob);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM organizations").await, 1, "one's own, with nobody else in it");
        assert!(world.find(&ada).await.is_none() && world.find(&bob).await.is_some());
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        assert_eq!(world.kinds(ADA).await[0], "account-deleted", "the last mail");
        assert!(world.sign_up(ADA, PASSWORD).await.opened.is_none(), "the address is free again");
        let name = Username::parse("ADA_L").unwrap();
        assert!(account::is_username_available(&world.cx, &name).await.unwrap());
    }

    async fn an_organization_is_not_left_without_an_owner(world: World) {
        let (ada, bob) = (world.user(ADA).await, world.user("bob@example.com").await);
        let slug = model::Slug::parse("acme").unwrap();
        let new = organization::New { name: "Acme".into(), slug, logo: None, metadata: None, stay: false };
        let (acme, _) = organization::create(&world.cx, &ada, new).await.unwrap();
        let access = organization::Access::open(&world.cx, &ada, &acme.id).await.unwrap();
        let new = organization::invitation::New { roles: vec!["owner".into()], teams: vec![] };
        let address = email("bob@example.com");
        let invitation = organization::invitation::invite(&world.cx, &ada, &access, &address, &new, false).await.unwrap();
        let token = ask(&world, &ada).await;
        let (_, member) = organization::invitation::accept(&world.cx, &bob, &invitation.id).await.unwrap();
        organization::member::set_roles(&world.cx, &ada, &access, &member.id, &["member".to_owned()]).await.unwrap();
        let refused = refusal(confirm(&world.cx, &ada, &token).await);
        assert_eq!(refused, Refusal::Organization(model::OrganizationRefusal::OnlyOwner));
        organization::transfer(&world.cx, &ada, &access, &member.id).await.unwrap();
        confirm(&world.cx, &ada, &token).await.unwrap();
        assert!(organization::Access::open(&world.cx, &bob, &acme.id).await.unwrap().is_owner());
    }

    async fn a27_fifty_confirmations_delete_once(world: World) {
        let ada = world.user(ADA).await;
        let token = ask(&world, &ada).await;
        let results = at_once(50, |_| {
            let (cx, ada, token) = (world.cx.clone(), ada.clone(), token.clone());
            async move { confirm(&cx, &ada, &token).await }
        })
        .await;
        one_winner(results, &Refusal::InvalidToken);
        assert_eq!(world.kinds(ADA).await.iter().filter(|kind| *kind == "account-deleted").count(), 1);
    }

    async fn asking_needs_a_fresh_session_or_the_password(world: World) {
        let mut world = world;
        let ada = world.user(ADA).await;
        world.wait(HOUR);
        let (right, wrong) = (Password::new(PASSWORD), Password::new("Wr0ng-wrong"));
        assert_eq!(refusal(request(&world.cx, &ada, None, None, &Client::default()).await), Refusal::SessionNotFresh);
        assert_eq!(refusal(request(&world.cx, &ada, Some(&wrong), None, &Client::default()).await), Refusal::InvalidPassword);
        assert_eq!(world.kinds(ADA).await.len(), 1, "no mail");
        request(&world.cx, &ada, Some(&right), None, &Client::default()).await.unwrap();
        assert_eq!(world.kinds(ADA).await[0], "delete-account-verification");
        let token = world.link_token(ADA).await;
        world.settings(|settings| settings.deletion.enabled = false);
        assert_eq!(refusal(request(&world.cx, &ada, Some(&right), None, &Client::default()).await), Refusal::DeletionDisabled);
        assert_eq!(refusal(confirm(&world.cx, &ada, &token).await), Refusal::DeletionDisabled);
    }

    async fn another_s_link_an_old_link_or_a_made_up_one_deletes_nobody(world: World) {
        let ada = world.user(ADA).await;
        let eve = world.user("eve@example.com").await;
        let token = ask(&world, &ada).await;
        assert_eq!(refusal(confirm(&world.cx, &eve, &token).await), Refusal::InvalidToken);
        let made_up = Token::generate(world.cx.random);
        assert_eq!(refusal(confirm(&world.cx, &ada, &made_up).await), Refusal::InvalidToken);
        world.wait(HOUR);
        assert_eq!(refusal(confirm(&world.cx, &ada, &token).await), Refusal::TokenExpired);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 2);
    }

    async fn another_s_try_leaves_the_link_good(world: World) {
        let ada = world.user(ADA).await;
        let eve = world.user("eve@example.com").await;
        let token = ask(&world, &ada).await;
        assert!(confirm(&world.cx, &eve, &token).await.is_err());
        assert!(confirm(&world.cx, &ada, &token).await.is_ok());
    }

    async fn a34_signing_in_while_the_account_goes_ends_with_no_session(world: World) {
        let ada = world.user(ADA).await;
        let token = ask(&world, &ada).await;
        world.moment();
        magic_link::request(&world.cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
        let magic = world.link_token(ADA).await;
        world.moment();
        code::request(&world.cx, code::Purpose::VerifyEmail, &email(ADA)).await.unwrap();
        let results = at_once(40, |n| {
            let (cx, ada, token, magic) = (world.cx.clone(), ada.clone(), token.clone(), magic.clone());
            async move {
                let client = Client::default();
                match n % 4 {
                    0 => confirm(&cx, &ada, &token).await,
                    1 => magic_link::redeem(&cx, &magic, &client).await.map(drop),
                    2 => verification::redeem(&cx, &magic, &client).await.map(drop),
                    _ => {
                        let who = crate::sign_in::Identifier::Email(email(ADA));
                        let password = Password::new(PASSWORD);
                        crate::sign_in::with_password(&cx, &who, &password, true, None, &client).await.map(drop)
                    }
                }
            }
        })
        .await;
        for result in results.into_iter().filter(Result::is_err) {
            let told = refusal(result);
            assert!(matches!(told, Refusal::InvalidToken | Refusal::InvalidCredentials), "{told:?}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
    }

    async fn who_has_no_password_deletes_with_a_fresh_session(world: World) {
        code::request(&world.cx, code::Purpose::SignIn, &email(ADA)).await.unwrap();
        let (digits, name) = (world.code(ADA).await, PersonName::parse("Cody").unwrap());
        let client = Client::default();
        let cody = admitted(code::sign_in(&world.cx, &email(ADA), &digits, Some(&name), true, &client).await.unwrap());
        let refused = request(&world.cx, &cody, Some(&Password::new(PASSWORD)), None, &Client::default()).await;
        assert_eq!(refusal(refused), Refusal::NoPassword);
        let token = ask(&world, &cody).await;
        confirm(&world.cx, &cody, &token).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
    }
}
