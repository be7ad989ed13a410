//! Where an organization demands a second factor of some of its members.

use super::*;
use crate::session::Entered;
use crate::settings::RequiredFor;
use crate::sign_in::{self, Identifier};
use crate::testing::authenticator::Authenticator;
use crate::testing::{AuthenticatorApp, HOUR, MINUTE, PASSWORD, admitted, challenged, refusal};
use crate::two_factor::{self, Asker, Proof, backup_codes, totp};
use crate::{Client, passkey};

/// Ada owns Acme with an authenticator app, Bob is an admin and Eve a member without one; then owners and admins are asked for one, as
/// in production.
struct Acme {
    world: World,
    id: OrganizationId,
    ada: Opened,
    bob: Opened,
    eve: Opened,
}

impl Acme {
    async fn new(mut world: World) -> Self {
        let (ada, id) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &id, BOB, "admin").await;
        let eve = joined(&world, &ada, &id, EVE, "member").await;
        let ada = with_app(&world, &ada).await;
        world.settings(|settings| settings.two_factor.required = RequiredFor::Roles);
        Self { world, id, ada, bob, eve }
    }

    async fn open(&self, who: &Opened) -> Result<Access> {
        Access::open(&self.world.cx, who, &self.id).await
    }

    /// Whether somebody is turned away for want of a second factor; what else might go wrong is none of it.
    async fn asks(&self, who: &Opened) -> bool {
        let asked = match self.open(who).await {
            Ok(_) => false,
            Err(crate::Error::Refused(Refusal::TwoFactorRequired)) => true,
            Err(other) => panic!("{other}"),
        };
        // Where it is their only organization, the same is said of all of them together.
        if list(&self.world.cx, &who.user.id).await.unwrap().len() == 1 {
            let mut conn = self.world.cx.db.read().await.unwrap();
            let demanded = demands_second_factor(&mut conn, &self.world.cx, &who.user.id).await.unwrap();
            assert_eq!(asked, demanded && two_factor::lacks(who));
        }
        asked
    }

    async fn set(&self, roles: Option<&[&str]>) -> Result<()> {
        let roles: Option<Vec<String>> = roles.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect());
        set_two_factor_roles(&self.world.cx, &self.ada, &self.open(&self.ada).await?, roles.as_deref()).await
    }

    async fn assign(&self, to: &Opened, role: &str, window: role::Window) {
        let member = Access::read(&mut self.world.cx.db.read().await.unwrap(), &self.world.cx, &to.user.id, &self.id)
            .await
            .unwrap()
            .member
            .id;
        let role::Window { starts_at, ends_at } = window;
        let wanted = role::Assign { member, role: role.into(), team: None, resource: None, starts_at, ends_at };
        role::assign(&self.world.cx, &self.ada, &self.open(&self.ada).await.unwrap(), &wanted).await.unwrap();
    }
}

/// The session after an authenticator app was set up in it.
async fn with_app(world: &World, session: &Opened) -> Opened {
    let app = AuthenticatorApp::scan(&totp::begin(&world.cx, session, false, None).await.unwrap().uri);
    backup_codes::prepare(&world.cx, session).await.unwrap();
    let code = app.shows(world.cx.now(), 0);
    let proof = Proof::Totp(&code);
    two_factor::verify(&world.cx, Asker::Session(session), proof, false, &Client::default()).await.unwrap().opened
}

/// Adds a passkey, and signs in with it.
async fn with_passkey(world: &World, session: &Opened) -> Opened {
    let mut device = Authenticator::default();
    world.moment();
    let begun = passkey::begin_registration(&world.cx, session, None, None).await.unwrap();
    let response = device.create(&begun.options);
    passkey::finish_registration(&world.cx, session, &begun.token, &response, None).await.unwrap();
    let begun = passkey::begin_sign_in(&world.cx, None).await.unwrap();
    let response = device.get(&begun.options);
    admitted(passkey::finish_sign_in(&world.cx, &begun.token, &response, &Client::default()).await.unwrap())
}

async fn with_password(world: &World, address: &str) -> Entered {
    let who = Identifier::Email(email(address));
    sign_in::with_password(&world.cx, &who, &crate::password::Password::new(PASSWORD), true, None, &Client::default())
        .await
        .unwrap()
}

db::both! {
    async fn owners_and_admins_without_a_second_factor_do_not_get_in_and_members_do(world: World) {
        let acme = Acme::new(world).await;
        assert!(!acme.asks(&acme.ada).await && acme.asks(&acme.bob).await && !acme.asks(&acme.eve).await);
        assert!(two_factor::status(&acme.world.cx, &acme.bob.user).await.unwrap().required, "their settings say so");
        assert!(!two_factor::owes_setup(&acme.world.cx, &acme.bob), "the rest of the site stays open to them");
        let (umbrella, _) = create(&acme.world.cx, &acme.eve, new("umbrella")).await.unwrap();
        assert_eq!(refusal(Access::open(&acme.world.cx, &acme.eve, &umbrella.id).await), Refusal::TwoFactorRequired);
        assert!(!acme.asks(&acme.eve).await, "what she is elsewhere doesn't matter here");
        let bob = with_app(&acme.world, &acme.bob).await;
        assert!(!acme.asks(&bob).await);
    }

    async fn a_session_that_a_passkey_opened_gets_in(world: World) {
        let acme = Acme::new(world).await;
        let bob = with_passkey(&acme.world, &acme.bob).await;
        assert!(!acme.asks(&bob).await);
        assert!(acme.asks(&acme.bob).await, "another session that showed none doesn't");
    }

    async fn a22_a_password_alone_signs_no_admin_in_whose_second_factor_is_a_passkey(world: World) {
        let acme = Acme::new(world).await;
        with_passkey(&acme.world, &acme.bob).await;
        challenged(with_password(&acme.world, BOB).await);
        acme.set(Some(&["owner"])).await.unwrap();
        admitted(with_password(&acme.world, BOB).await);
    }

    async fn an_organization_has_its_own_list_from_the_next_request_on(world: World) {
        let acme = Acme::new(world).await;
        acme.set(Some(&["member"])).await.unwrap();
        assert!(acme.asks(&acme.eve).await);
        assert!(acme.asks(&acme.bob).await, "an admin is a member too");
        acme.set(Some(&[])).await.unwrap();
        assert!(!acme.asks(&acme.eve).await && !acme.asks(&acme.bob).await);
        let rule = acme.open(&acme.bob).await.unwrap().second_factor_rule().clone();
        assert_eq!(rule, SecondFactorRule { roles: Vec::new(), own: true });
        acme.set(None).await.unwrap();
        assert!(acme.asks(&acme.bob).await && !acme.asks(&acme.eve).await);
        let rule = acme.open(&acme.eve).await.unwrap().second_factor_rule().clone();
        assert_eq!(rule, SecondFactorRule { roles: vec!["owner".into(), "admin".into()], own: false });
    }

    async fn a37_who_has_the_might_of_a_demanding_role_by_another_name_is_asked_too(world: World) {
        let acme = Acme::new(world).await;
        let standing = acme.open(&acme.ada).await.unwrap();
        for (name, parent) in [("deputy", "admin"), ("vice", "deputy")] {
            let draft = role::Draft { name: name.into(), patterns: vec![], inherits: vec![parent.into()] };
            role::create(&acme.world.cx, &acme.ada, &standing, &draft).await.unwrap();
        }
        acme.assign(&acme.eve, "vice", role::Window::default()).await;
        assert!(acme.asks(&acme.eve).await);
    }

    async fn an_admin_for_a_time_is_asked_only_meanwhile(world: World) {
        let acme = Acme::new(world).await;
        let now = acme.world.cx.now();
        let window = role::Window { starts_at: Some(now + HOUR), ends_at: Some(now + HOUR * 2) };
        acme.assign(&acme.eve, "admin", window).await;
        assert!(!acme.asks(&acme.eve).await);
        acme.world.wait(HOUR + MINUTE);
        assert!(acme.asks(&acme.eve).await);
        acme.world.wait(HOUR);
        assert!(!acme.asks(&acme.eve).await);
        role::assign_everywhere(&acme.world.cx, &email(EVE), "admin", role::Window::default()).await.unwrap();
        assert!(acme.asks(&acme.eve).await, "also one that the operator gave everywhere");
    }

    async fn the_last_second_factor_stays_as_long_as_an_organization_demands_one(world: World) {
        let acme = Acme::new(world).await;
        let cx = &acme.world.cx;
        assert_eq!(refusal(two_factor::turn_off(cx, &acme.ada, model::Method::Totp).await), Refusal::TwoFactorRequired);
        assert_eq!(refusal(two_factor::disable(cx, &acme.ada).await), Refusal::TwoFactorRequired);
        let bob = with_passkey(&acme.world, &acme.bob).await;
        let key = passkey::list(cx, &bob.user.id).await.unwrap().remove(0).id;
        assert_eq!(refusal(passkey::delete(cx, &bob, &key).await), Refusal::TwoFactorRequired);
        assert!(!acme.asks(&acme.ada).await && !acme.asks(&bob).await, "and nothing was taken away");
        member::leave(cx, &bob, &acme.open(&bob).await.unwrap()).await.unwrap();
        passkey::delete(cx, &bob, &key).await.unwrap();
        acme.set(Some(&[])).await.unwrap();
        two_factor::turn_off(cx, &acme.ada, model::Method::Totp).await.unwrap();
    }

    async fn the_list_is_chosen_by_who_may_in_a_fresh_session_of_roles_that_there_are_and_on_record(world: World) {
        let acme = Acme::new(world).await;
        let cx = &acme.world.cx;
        let of_eve = acme.open(&acme.eve).await.unwrap();
        assert_eq!(forbidden(set_two_factor_roles(cx, &acme.eve, &of_eve, Some(&[])).await), "org:update");
        assert_eq!(why(acme.set(Some(&["owner", "wizard"])).await), OrganizationRefusal::RoleNotFound("wizard".into()));
        let entries = "SELECT COUNT(*) FROM audit_entries WHERE act = 'second_factor_rule_changed'";
        assert_eq!(acme.world.count(entries).await, 0);
        acme.set(Some(&["owner"])).await.unwrap();
        assert_eq!(acme.world.count(entries).await, 1);
        acme.world.wait(HOUR);
        assert_eq!(refusal(acme.set(None).await), Refusal::SessionNotFresh);
        assert!(acme.open(&acme.ada).await.unwrap().second_factor_rule().own);
    }

    async fn a37_another_name_for_a_role_does_not_switch_its_second_factor_off(world: World) {
        let acme = Acme::new(world).await;
        let cx = &acme.world.cx;
        let of_ada = acme.open(&acme.ada).await.unwrap();
        let named = |name: &str| role::Draft { name: name.to_owned(), patterns: vec!["billing:*".to_owned()], inherits: vec![] };
        role::create(cx, &acme.ada, &of_ada, &named("treasurer")).await.unwrap();
        acme.assign(&acme.eve, "treasurer", role::Window::default()).await;
        acme.set(Some(&["admin", "treasurer"])).await.unwrap();
        assert!(acme.asks(&acme.eve).await);

        let rule = async || acme.open(&acme.ada).await.unwrap().second_factor_rule().clone();
        role::update(cx, &acme.ada, &of_ada, "treasurer", &named("cashier"), role::Holders::Keep).await.unwrap();
        assert!(acme.asks(&acme.eve).await, "she has it under its new name");
        assert_eq!(rule().await.roles, ["admin", "cashier"]);
        role::update(cx, &acme.ada, &of_ada, "cashier", &named("teller"), role::Holders::Lose).await.unwrap();
        assert_eq!(rule().await.roles, ["admin", "teller"]);
        role::delete(cx, &acme.ada, &of_ada, "teller").await.unwrap();
        assert_eq!(rule().await, SecondFactorRule { roles: vec!["admin".into()], own: true });
    }

    async fn a55_of_role_time_and_second_factor_none_stands_in_for_another(world: World) {
        let mut world = world;
        for case in 0..8 {
            let [owns, fresh, factor] = [case & 1 != 0, case & 2 != 0, case & 4 != 0];
            world.settings(|settings| settings.two_factor.required = RequiredFor::Nobody);
            let (owner, id) = owner(&world, &format!("owner{case}@example.com"), &format!("acme-{case}")).await;
            let member = joined(&world, &owner, &id, &format!("member{case}@example.com"), "member").await;
            let mut who = if owns { owner } else { member };
            if factor {
                who = with_app(&world, &who).await;
            }
            if !fresh {
                world.wait(HOUR);
            }
            world.settings(|settings| {
                settings.two_factor.required = RequiredFor::Roles;
                settings.two_factor.required_roles = vec!["owner".into(), "member".into()];
            });
            let attempt = async {
                let access = Access::open(&world.cx, &who, &id).await?;
                delete(&world.cx, &who, &access).await
            };
            let done = attempt.await;
            assert_eq!(done.is_ok(), owns && fresh && factor, "owns: {owns}, fresh: {fresh}, second factor: {factor}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM organizations").await, 7);
    }
}
