mod everywhere;
mod explaining;
mod giving;
mod invitations;
mod isolation;
mod large;
mod previewing;
mod races;
mod roles;
mod second_factor;
mod standing;
mod teams;

use model::{InvitationView, OrganizationId, OrganizationRefusal, Refusal};

use super::*;
use crate::session::Opened;
use crate::testing::{World, email};

pub(super) const ADA: &str = "ada@example.com";
pub(super) const BOB: &str = "bob@example.com";
pub(super) const EVE: &str = "eve@example.com";

pub(super) fn new(slug: &str) -> New {
    New { name: "Acme".into(), slug: Slug::parse(slug).unwrap(), logo: None, metadata: None, stay: false }
}

/// Somebody who owns the organization `slug`.
pub(super) async fn owner(world: &World, address: &str, slug: &str) -> (Opened, OrganizationId) {
    let user = world.user(address).await;
    let (organization, _) = create(&world.cx, &user, new(slug)).await.unwrap();
    (user, organization.id)
}

pub(super) async fn access(world: &World, user: &Opened, id: &OrganizationId) -> Access {
    Access::open(&world.cx, user, id).await.unwrap()
}

pub(super) async fn invited(
    world: &World,
    by: &Opened,
    to: &OrganizationId,
    address: &str,
    role: &str,
) -> Result<InvitationView> {
    let access = access(world, by, to).await;
    let new = invitation::New { roles: vec![role.to_owned()], teams: Vec::new() };
    invitation::invite(&world.cx, by, &access, &email(address), &new, false).await
}

/// Somebody who was invited and accepted.
pub(super) async fn joined(world: &World, by: &Opened, to: &OrganizationId, address: &str, role: &str) -> Opened {
    let user = world.user(address).await;
    let invitation = invited(world, by, to, address, role).await.unwrap();
    invitation::accept(&world.cx, &user, &invitation.id).await.unwrap();
    user
}

#[track_caller]
pub(super) fn why<T>(result: Result<T>) -> OrganizationRefusal {
    match crate::testing::refusal(result) {
        Refusal::Organization(refusal) => refusal,
        other => panic!("{other:?} is not about organizations"),
    }
}

#[track_caller]
pub(super) fn forbidden<T>(result: Result<T>) -> String {
    match why(result) {
        OrganizationRefusal::Forbidden(permission) => permission,
        other => panic!("{other:?} is not about permissions"),
    }
}
