use axum::response::Response;
use domain::Error;
use domain::organization::{self, Access};
use model::{OrganizationRefusal, Refusal};
use serde::Deserialize;

use super::{LIST, known};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::organization::frame::{kept_out, page_of};
use crate::outcome::required_for;
use crate::words::Flash;

/// Where to work.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// By its id.
    organization: String,
}

/// `POST /organizations/switch`, from the header and wherever else "Work here" stands. An id that isn't of one of the user's
/// organizations is refused like one that doesn't exist (SECURITY 43).
pub(super) async fn post(member: Member, posted: Posted<Typed>) -> Response {
    let Form(Typed { organization: id }) = posted.unwrap_or_default();
    let Some(chosen) = member.organizations.iter().find(|one| one.id.as_str() == id).cloned() else {
        return kept_out(member, OrganizationRefusal::NotAMember.into());
    };
    let page = page_of(&chosen.slug, "");
    let switched = async {
        let access = Access::open(member.cx(), &member.current, &chosen.id).await?;
        organization::set_active(member.cx(), &member.current, Some(&access)).await
    };
    match switched.await {
        Ok(()) => member.frame.go(page, Some(Flash::OrganizationSwitched)),
        // Afterwards they are led to its page: this one takes posts only.
        Err(Error::Refused(Refusal::TwoFactorRequired)) => member.frame.go(required_for(&page), None),
        Err(error) => kept_out(member, error),
    }
}

/// Whoever had to sign in first is led back here.
pub(super) async fn back(member: Member) -> Response {
    member.frame.go(known(LIST), None)
}
