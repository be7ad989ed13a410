use axum::Router;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::organization::explain::{self, Asked};
use domain::organization::{member, role, team};
use domain::{Error, Result};
use leptos::prelude::*;
use model::{ExplanationView, MemberView, OrganizationRefusal, Refusal, TeamId, TeamView};
use serde::Deserialize;

use super::view::Answer;
use crate::organization::people::PersonRow;
use crate::organization::{Here, Inside};
use crate::outcome::Failure;
use crate::state::App;
use crate::ui::{Button, FormMessage, Glyph, Icon, Kind, Problems, Section, SelectField, TextField, Width};

/// `/organizations/{slug}/explain`.
pub fn routes() -> Router<App> {
    Router::new().route("/organizations/{slug}/explain", get(show))
}

/// How many people of one name are offered.
const OFFERED: u32 = 5;

/// What is typed into the form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    member: String,
    /// `None` before anything was asked.
    permission: Option<String>,
    team: String,
    kind: String,
    id: String,
}

impl Typed {
    /// The same without what no database keeps.
    fn clean(mut self) -> Self {
        for text in [&mut self.member, &mut self.team, &mut self.kind, &mut self.id] {
            *text = text.trim().to_owned();
        }
        self
    }

    fn asked(&self) -> Asked {
        Asked {
            permission: self.permission.as_deref().unwrap_or_default().trim().to_ascii_lowercase(),
            team: (!self.team.is_empty()).then(|| TeamId::new(&self.team)),
            resource: (!self.kind.is_empty() && !self.id.is_empty()).then(|| (self.kind.clone(), self.id.clone())),
        }
    }

    /// The same question about somebody.
    fn about(&self, path: &str, member: &MemberView) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("member", member.id.as_str());
        let permission = self.permission.as_deref().unwrap_or_default();
        let pairs = [("permission", permission), ("team", &self.team), ("kind", &self.kind), ("id", &self.id)];
        query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("{path}?{}#answer", query.finish())
    }
}

/// Who is meant.
enum Meant {
    Member(MemberView),
    /// Several whose name or address has this in it.
    Several(Vec<MemberView>),
    Nobody,
}

async fn meant(inside: &Inside, typed: &str) -> Result<Meant> {
    let (cx, access) = (inside.cx(), &inside.access);
    if typed.is_empty() || !access.may("member:update") {
        return Ok(Meant::Member(access.member.clone()));
    }
    match member::find(cx, access, typed).await {
        Ok(member) => return Ok(Meant::Member(member)),
        Err(Error::Refused(Refusal::Organization(OrganizationRefusal::MemberNotFound))) => {}
        Err(error) => return Err(error),
    }
    let page = member::Page {
        search: typed.to_owned(),
        order: member::Order::Name,
        limit: OFFERED,
        ..member::Page::default()
    };
    let (mut found, total) = member::list(cx, access, &page).await?;
    Ok(match (total, found.pop()) {
        (1, Some(member)) => Meant::Member(member),
        (_, Some(last)) => Meant::Several(found.into_iter().chain([last]).collect()),
        (_, None) => Meant::Nobody,
    })
}

/// What came of asking.
#[derive(Default)]
struct Outcome {
    answer: Option<ExplanationView>,
    several: Vec<MemberView>,
    problems: Problems,
    status: StatusCode,
}

/// A question that can't be read is none.
async fn show(inside: Inside, query: std::result::Result<Query<Typed>, QueryRejection>) -> Response {
    let typed = query.map(|Query(typed)| typed).unwrap_or_default().clean();
    let loaded = async {
        let teams = team::list(inside.cx(), &inside.access).await?;
        Ok::<_, Error>((ask(&inside, &typed).await?, teams))
    };
    match loaded.await {
        Ok((outcome, teams)) => page(&inside, typed, outcome, teams),
        Err(error) => inside.trouble(error),
    }
}

async fn ask(inside: &Inside, typed: &Typed) -> Result<Outcome> {
    let refused = |problems, status| Outcome { problems, status, ..Outcome::default() };
    if typed.permission.is_none() {
        return Ok(Outcome::default());
    }
    if typed.kind.is_empty() != typed.id.is_empty() {
        let (field, text) =
            if typed.kind.is_empty() { ("kind", "Type what kind of thing it is.") } else { ("id", "Type which one.") };
        return Ok(refused(Problems::field(field, text), StatusCode::BAD_REQUEST));
    }
    let member = match meant(inside, &typed.member).await? {
        Meant::Member(member) => member,
        Meant::Several(several) => {
            let problems = Problems::field("member", "Several people fit. Choose one below.");
            return Ok(Outcome { several, ..refused(problems, StatusCode::BAD_REQUEST) });
        }
        Meant::Nobody => {
            let text = "Nobody here has this name, address or id.";
            return Ok(refused(Problems::field("member", text), StatusCode::NOT_FOUND));
        }
    };
    let answer = explain::of_member(inside.cx(), &inside.access, &member.id, &typed.asked()).await;
    match answer.map_err(Failure::from) {
        Ok(answer) => Ok(Outcome { answer: Some(answer), ..Outcome::default() }),
        // A team that is gone is the only other thing that can be wrong.
        Err(Failure::Form(problems, status)) => Ok(refused(problems.rest_at("team", &["permission"]), status)),
        Err(Failure::Verb(error)) => Err(error),
    }
}

fn page(inside: &Inside, typed: Typed, outcome: Outcome, teams: Vec<TeamView>) -> Response {
    let Outcome { answer, several, problems, status } = outcome;
    let path = inside.path("/explain").to_string();
    let own = inside.access.member.clone();
    let suggestions = role::asked_for(inside.cx());
    let others = inside.access.may("member:update");
    let email = own.user.as_ref().map(|user| user.email.to_string()).unwrap_or_default();
    let member = if typed.member.is_empty() { email } else { typed.member.clone() };
    let several = (!several.is_empty()).then(|| {
        let rows = several
            .into_iter()
            .map(|one| {
                let (href, you, roles) = (typed.about(&path, &one), one.id == own.id, one.role.clone());
                view! { <PersonRow member=one href you roles>""</PersonRow> }
            })
            .collect::<Vec<_>>();
        view! {
            <Section title="Whom do you mean?">
                <ul aria-label="People" class="divide-y divide-border rounded-control border border-border">{rows}</ul>
            </Section>
        }
    });
    let answer = answer.map(|answer| {
        let you = answer.member_id == own.id;
        view! { <Answer answer you/> }
    });
    let for_one = !(typed.kind.is_empty() && typed.id.is_empty());
    let teams: Vec<_> = std::iter::once((String::new(), "The whole organization".to_owned()))
        .chain(teams.into_iter().map(|team| (team.id.to_string(), format!("The team {}", team.name))))
        .collect();
    inside.page(Here::Explain, status, move || {
        let who = if others {
            view! { <TextField name="member" label="Who" kind=Kind::Login hint="A name, an address or a member’s id." value=member problems=problems.clone() autocomplete="off" enterkeyhint="next" max=320/> }.into_any()
        } else {
            view! { <p class="text-muted">"You can check yourself. Who may change members can check others, too."</p> }.into_any()
        };
        let permission = typed.permission.clone().unwrap_or_default();
        view! {
            <Section title="Ask">
                <form method="get" action=format!("{path}#answer") class="grid gap-3">
                    {who}
                    <TextField name="permission" label="May do what" kind=Kind::Plain hint="A permission, such as content:delete." value=permission problems=problems.clone() autocomplete="off" enterkeyhint="go" required=true max=128 suggestions/>
                    {(teams.len() > 1).then(|| view! { <SelectField name="team" label="Where" options=teams value=typed.team problems=problems.clone()/> })}
                    <details class="group" open=for_one>
                        <summary class="inline-flex min-h-11 items-center gap-2 rounded-control font-medium text-muted hover:text-text">
                            <span class="transition-transform group-open:rotate-90"><Icon glyph=Glyph::CHEVRON_RIGHT/></span>
                            "For one thing only"
                        </summary>
                        <div class="grid gap-x-4 gap-y-1.5 pt-2 sm:grid-cols-2">
                            <TextField name="kind" label="What kind of thing" kind=Kind::Plain hint="Such as report." value=typed.kind problems=problems.clone() autocomplete="off" max=64/>
                            <TextField name="id" label="Which one" kind=Kind::Plain hint="Its id." value=typed.id problems=problems.clone() autocomplete="off" max=255/>
                        </div>
                    </details>
                    <div><Button label="Check" width=Width::FullOnPhones/></div>
                    <FormMessage problems/>
                </form>
            </Section>
            {several}
            {answer}
        }
    })
}
