use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::role;
use domain::{Error, Result};
use leptos::prelude::*;
use model::{OrganizationRefusal, Refusal, RoleView};

use super::edit::Told;
use super::page_of;
use super::show::kept_by;
use crate::organization::Inside;
use crate::ui::{Alert, AuthCard, ButtonLink, Confirm, Glyph, Problems, Tone, Variant, Width};
use crate::words::{Flash, capitalized};

/// `/organizations/{slug}/roles/{role}/delete`.
pub(super) async fn ask(inside: Inside, Path((_, asked)): Path<(String, String)>) -> Response {
    match open(&inside, &asked).await {
        Ok((role, told)) => match kept_by(&told) {
            Some(why) => kept(&inside, &role, why, StatusCode::OK),
            None => question(&inside, &role),
        },
        Err(error) => inside.trouble(error),
    }
}

pub(super) async fn delete(inside: Inside, Path((_, asked)): Path<(String, String)>) -> Response {
    match role::delete(inside.cx(), &inside.member.current, &inside.access, &asked).await {
        Ok(()) => inside.member.frame.go(inside.path("/roles"), Some(Flash::RoleDeleted)),
        Err(Error::Refused(Refusal::Organization(OrganizationRefusal::RoleAssigned))) => {
            match open(&inside, &asked).await {
                Ok((role, told)) => {
                    let why = kept_by(&told).unwrap_or_else(|| "Somebody got it meanwhile.".to_owned());
                    kept(&inside, &role, why, StatusCode::BAD_REQUEST)
                }
                Err(error) => inside.trouble(error),
            }
        }
        Err(error) => inside.trouble(error),
    }
}

/// The role, for who may delete it.
async fn open(inside: &Inside, asked: &str) -> Result<(RoleView, Told)> {
    inside.access.require("ac:delete")?;
    let told = Told::of(inside, Some(asked)).await?;
    let role = told.role.clone().ok_or_else(|| OrganizationRefusal::RoleNotFound(asked.to_owned()))?;
    if role.id.is_none() { Err(OrganizationRefusal::RolePredefined.into()) } else { Ok((role, told)) }
}

fn question(inside: &Inside, role: &RoleView) -> Response {
    let title = format!("Delete the role {}?", capitalized(&role.name));
    let back = page_of(inside, role).to_string();
    let action = format!("{back}/delete");
    let lead = "Nobody has it. It can’t be brought back, but made again.";
    inside.member.frame.clone().page(title.clone()).render(move || {
        view! { <Confirm title lead action button="Delete the role" back problems=Problems::default()/> }
    })
}

/// It can't be deleted now.
fn kept(inside: &Inside, role: &RoleView, why: String, status: StatusCode) -> Response {
    let title = format!("The role {} is needed", capitalized(&role.name));
    let back = page_of(inside, role).to_string();
    inside.member.frame.clone().page(title.clone()).status(status).render(move || {
        view! {
            <AuthCard title glyph=Glyph::ID_CARD>
                <Alert tone=Tone::Warning>{why}</Alert>
                <ButtonLink href=back label="Back to the role" variant=Variant::Secondary width=Width::Full/>
            </AuthCard>
        }
    })
}
