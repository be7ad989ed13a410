use std::collections::HashSet;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::role::{self, Draft, Holders};
use domain::{Error, Result};
use leptos::prelude::*;
use model::{HolderView, OrganizationRefusal, Refusal, RolePreview, RoleView};

use super::changes::Changes;
use super::form::{self, RoleForm};
use super::show::{Danger, Holding, Locked, Whole, locked};
use super::{is_meant, page_of};
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Back, Here, Inside};
use crate::outcome::Failure;
use crate::ui::{Problems, Section};
use crate::words::{Flash, capitalized};

/// What is typed into the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub name: String,
    /// One a line.
    pub patterns: String,
    pub inherits: Vec<String>,
}

impl Filled {
    fn of(role: &RoleView) -> Self {
        Self { name: role.name.clone(), patterns: role.patterns.join("\n"), inherits: role.inherits.clone() }
    }

    /// Whatever stands in the field for one more permission is one of them. What a phone's keyboard makes of a permission is put right.
    fn read(typed: &Typed) -> Self {
        let text = format!("{}\n{}", typed.one("patterns"), typed.one("add")).to_ascii_lowercase();
        let parts = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
        let mut seen = HashSet::new();
        let patterns: Vec<&str> = parts.filter(|one| !one.is_empty() && seen.insert(*one)).collect();
        Self { name: typed.text("name"), patterns: patterns.join("\n"), inherits: typed.all("inherits") }
    }

    fn draft(&self) -> Draft {
        let patterns = self.patterns.lines().map(str::to_owned).collect();
        Draft { name: self.name.clone(), patterns, inherits: self.inherits.clone() }
    }
}

/// What came of the form.
enum Done {
    Saved(RoleView),
    Previewed(RolePreview),
    /// A permission was added; there are more to come.
    Added,
}

/// What the page shows of it.
#[derive(Default)]
struct Again {
    filled: Option<Filled>,
    preview: Option<RolePreview>,
    added: bool,
    problems: Problems,
}

/// `/organizations/{slug}/roles/new`.
pub(super) async fn new(inside: Inside) -> Response {
    match inside.access.require("ac:create") {
        Ok(()) => page(inside, None, Again::default(), StatusCode::OK).await,
        Err(error) => inside.trouble(error),
    }
}

/// `/organizations/{slug}/roles/{role}`.
pub(super) async fn open(inside: Inside, Path((_, asked)): Path<(String, String)>) -> Response {
    page(inside, Some(&asked), Again::default(), StatusCode::OK).await
}

pub(super) async fn create(inside: Inside, posted: Posting) -> Response {
    submit(inside, None, &Typed::read(posted)).await
}

pub(super) async fn update(inside: Inside, Path((_, asked)): Path<(String, String)>, posted: Posting) -> Response {
    submit(inside, Some(&asked), &Typed::read(posted)).await
}

async fn submit(inside: Inside, old: Option<&str>, typed: &Typed) -> Response {
    let filled = Filled::read(typed);
    let outcome = act(&inside, old, typed.one("act"), &filled.draft()).await;
    let again = Again { filled: Some(filled), ..Again::default() };
    match outcome.map_err(failure) {
        Ok(Done::Saved(role)) => {
            let flash = if old.is_some() { Flash::RoleSaved } else { Flash::RoleCreated };
            inside.member.frame.go(page_of(&inside, &role), Some(flash))
        }
        Ok(Done::Previewed(preview)) => {
            page(inside, old, Again { preview: Some(preview), ..again }, StatusCode::OK).await
        }
        Ok(Done::Added) => page(inside, old, Again { added: true, ..again }, StatusCode::OK).await,
        Err(Failure::Form(problems, status)) => page(inside, old, Again { problems, ..again }, status).await,
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

/// Saving checks whatever a preview checks: nothing depends on having seen one.
async fn act(inside: &Inside, old: Option<&str>, act: &str, draft: &Draft) -> Result<Done> {
    let (cx, current, access) = (inside.cx(), &inside.member.current, &inside.access);
    match (act, old) {
        ("add", Some(_)) => access.require("ac:update").map(|()| Done::Added),
        ("add", None) => access.require("ac:create").map(|()| Done::Added),
        ("save", Some(old)) => role::update(cx, current, access, old, draft, Holders::Keep).await.map(Done::Saved),
        ("save", None) => role::create(cx, current, access, draft).await.map(Done::Saved),
        (_, old) => role::preview(cx, access, old, draft).await.map(Done::Previewed),
    }
}

/// Each refusal at the field that it is about.
fn failure(error: Error) -> Failure {
    let refusal = if let Error::Refused(Refusal::Organization(refusal)) = &error { Some(refusal) } else { None };
    let field = if let Some(OrganizationRefusal::RoleNotFound(_)) = refusal { "inherits" } else { "patterns" };
    match Failure::from(error) {
        Failure::Form(problems, status) => Failure::Form(problems.renamed("role", field), status),
        verb @ Failure::Verb(_) => verb,
    }
}

/// What there is to tell of a role.
pub(super) struct Told {
    /// Which; `None` for a new one.
    pub role: Option<RoleView>,
    /// Every role that there is.
    pub all: Vec<RoleView>,
    pub holders: Vec<HolderView>,
    /// How many have it.
    pub total: u64,
}

impl Told {
    pub(super) async fn of(inside: &Inside, asked: Option<&str>) -> Result<Self> {
        let (cx, access) = (inside.cx(), &inside.access);
        let all = role::list(cx, access).await?;
        let Some(asked) = asked else { return Ok(Self { role: None, all, holders: Vec::new(), total: 0 }) };
        let role = all.iter().find(|role| is_meant(role, asked)).cloned();
        let role = role.ok_or_else(|| OrganizationRefusal::RoleNotFound(asked.to_owned()))?;
        let (holders, total) = role::holders(cx, access, &role.name).await?;
        Ok(Self { role: Some(role), all, holders, total })
    }

    /// The roles that inherit from it.
    pub(super) fn heirs(&self) -> Vec<String> {
        let inherits = |heir: &&RoleView| self.role.as_ref().is_some_and(|role| heir.inherits.contains(&role.name));
        self.all.iter().filter(inherits).map(|heir| heir.name.clone()).collect()
    }
}

async fn page(inside: Inside, asked: Option<&str>, again: Again, status: StatusCode) -> Response {
    let told = match Told::of(&inside, asked).await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let back = Back(inside.path("/roles"), "Roles".to_owned());
    let Again { filled, preview, added, problems } = again;
    let Some(role) = told.role.clone() else {
        let (action, refused) = (inside.path("/roles/new").to_string(), problems.clone());
        let form = form::Told::of(&inside, &told, filled.unwrap_or_default(), preview.is_some(), added);
        return inside.page_below(Here::Roles, back, "New role".to_owned(), status, move || {
            view! {
                <Section title="What it may do" lead=form::LEAD><RoleForm action told=form problems=refused/></Section>
                {preview.map(|preview| view! { <Changes preview new=true/> })}
            }
        });
    };
    let why = locked(&inside.access, &role);
    let (whole, danger) = (Whole::of(&inside.access, &role), Danger::of(&inside, &told));
    let holding = Holding::of(&inside, &told);
    let path = page_of(&inside, &role).to_string();
    let form = why.is_none().then(|| {
        let filled = filled.unwrap_or_else(|| Filled::of(&role));
        form::Told::of(&inside, &told, filled, preview.is_some(), added)
    });
    inside.page_below(Here::Roles, back, capitalized(&role.name), status, move || {
        let own_only = whole.parts.len() < 2;
        let body = match form {
            Some(form) => view! {
                <Section title="What it may do" lead=form::LEAD><RoleForm action=path told=form problems=problems/></Section>
                {preview.map(|preview| view! { <Changes preview new=false/> })}
                {(!own_only).then(|| view! { <Section title="Everything it gives now">{whole.view()}</Section> })}
            }
            .into_any(),
            None => view! { <Locked why=why.unwrap_or_default() refused=problems.any() whole/> }.into_any(),
        };
        view! {
            {body}
            {holding.view()}
            {danger.map(Danger::view)}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_read_however_they_were_typed() {
        let pairs = [
            ("name", " Auditor "),
            ("patterns", "Reports:*\r\n\r\ndata:read, data:read"),
            ("add", "org:read "),
            ("inherits", "member"),
        ];
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let filled = Filled::read(&Typed::read(Ok(crate::form::Form(pairs))));
        assert_eq!((filled.name.as_str(), filled.patterns.as_str()), ("Auditor", "reports:*\ndata:read\norg:read"));
        assert_eq!(filled.draft().patterns, ["reports:*", "data:read", "org:read"]);
        assert_eq!(filled.inherits, ["member"]);
    }
}
