use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::member::{self, Assigned};
use domain::organization::{OWNER, role, team};
use model::{AssignmentId, MemberView, OrganizationRefusal, Refusal, TeamId, Timestamp};

use super::{assign, path, view};
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Back, Here, Inside, people, role_boxes};
use crate::outcome::Failure;
use crate::ui::Problems;
use crate::words::Flash;

/// What the page tells of a member, as far as the reader may know it.
pub(super) struct Told {
    pub member: MemberView,
    pub you: bool,
    /// The teams, and how the member stands in each.
    pub teams: Option<Vec<team::Standing>>,
    /// What was assigned to the member.
    pub assigned: Option<Vec<Assigned>>,
    pub now: Timestamp,
}

impl Told {
    async fn of(inside: &Inside, id: &str) -> domain::Result<Self> {
        let (cx, access) = (inside.cx(), &inside.access);
        let member = member::find(cx, access, id).await?;
        let you = member.id == access.member.id;
        let teams =
            if you || access.may("member:update") { Some(team::standings(cx, access, &member).await?) } else { None };
        let assigned =
            if you || access.may("ac:read") { Some(member::assignments(cx, access, &member).await?) } else { None };
        Ok(Self { member, you, teams, assigned, now: inside.member.now() })
    }

    pub fn owns(&self) -> bool {
        member::roles(&self.member.role).any(|role| role == OWNER)
    }
}

/// A form that was refused: it stands filled in again.
#[derive(Default)]
pub(super) struct Again {
    pub typed: Typed,
    problems: Problems,
}

impl Again {
    /// What is wrong with the form of an act.
    pub fn problems(&self, act: &str) -> Problems {
        if self.is(act) { self.problems.clone() } else { Problems::default() }
    }

    /// What is wrong, whichever form it is.
    pub fn any(&self) -> Option<String> {
        self.problems.any()
    }

    /// Whether it is the form of that act.
    pub fn is(&self, act: &str) -> bool {
        self.typed.one("act") == act
    }
}

pub(super) async fn show(inside: Inside, Path((_, id)): Path<(String, String)>) -> Response {
    page(inside, &id, Again::default(), StatusCode::OK).await
}

pub(super) async fn post(inside: Inside, Path((_, id)): Path<(String, String)>, posted: Posting) -> Response {
    let typed = Typed::read(posted);
    let member = match member::find(inside.cx(), &inside.access, &id).await {
        Ok(member) => member,
        Err(error) => return inside.trouble(error),
    };
    let Some(outcome) = act(&inside, &member, &typed).await else { return people::unreadable(inside) };
    match outcome {
        Ok(flash) => inside.member.frame.go(path(&inside, &member.id), Some(flash)),
        Err(Failure::Form(problems, status)) => page(inside, &id, Again { typed, problems }, status).await,
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

/// Does what a form asks for; `None` when no form of the page asks for it.
async fn act(inside: &Inside, member: &MemberView, typed: &Typed) -> Option<Result<Flash, Failure>> {
    let (cx, current, access) = (inside.cx(), &inside.member.current, &inside.access);
    let team = TeamId::new(typed.one("team"));
    let done = match typed.one("act") {
        "roles" => set_roles(inside, member, typed).await.map(|()| Flash::MemberRolesSaved),
        "join" => {
            let joined = team::add_member(cx, access, &team, &member.user_id).await;
            joined.map(|_| Flash::TeamJoined).map_err(Failure::from)
        }
        "leave" => {
            let left = team::remove_member(cx, access, &team, &member.user_id).await;
            left.map(|()| Flash::TeamLeft).map_err(Failure::from)
        }
        "assign" => match assign::read(member, typed) {
            Ok(wanted) => {
                let given = role::assign(cx, current, access, &wanted).await;
                given.map(|_| Flash::RoleGiven).map_err(Failure::from)
            }
            Err(problems) => Err(Failure::Form(problems, StatusCode::BAD_REQUEST)),
        },
        "revoke" => {
            let revoked = role::revoke(cx, current, access, &AssignmentId::new(typed.one("assignment"))).await;
            revoked.map(|()| Flash::RoleTakenBack).map_err(Failure::from)
        }
        _ => return None,
    };
    Some(done)
}

async fn set_roles(inside: &Inside, member: &MemberView, typed: &Typed) -> Result<(), Failure> {
    const FIELD: &str = role_boxes::FIELD;
    let wanted = typed.all(FIELD);
    let (cx, current, access) = (inside.cx(), &inside.member.current, &inside.access);
    match member::set_roles(cx, current, access, &member.id, &wanted).await {
        Ok(_) => Ok(()),
        Err(domain::Error::Refused(Refusal::Organization(OrganizationRefusal::RoleNotFound(_))))
            if wanted.is_empty() =>
        {
            let text = "Choose at least one role. To take all of them away, remove the member.";
            Err(Failure::Form(Problems::field(FIELD, text), StatusCode::BAD_REQUEST))
        }
        Err(error) => Err(Failure::from(error).at(FIELD, &[FIELD])),
    }
}

async fn page(inside: Inside, id: &str, again: Again, status: StatusCode) -> Response {
    let told = match Told::of(&inside, id).await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let back = Back(inside.path("/members"), "Members".to_owned());
    let content = view::content(&inside, &told, &again);
    inside.page_below(Here::Members, back, people::name(&told.member), status, move || content)
}
