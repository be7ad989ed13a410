use std::collections::HashSet;

use axum::http::StatusCode;
use domain::organization::invitation::{self, New};
use domain::{Error, Result};
use leptos::prelude::*;
use model::{Email, OrganizationRefusal, Refusal, TeamId, TeamView};

use crate::organization::Inside;
use crate::ui::{BoxOf, Boxes, Button, FormMessage, Glyph, Kind, Or, Problem, Problems, TextArea, Variant, Width};
use crate::words;

/// How many addresses one form takes.
const ADDRESSES: usize = 20;

/// What a posted form holds: pairs, because several boxes bear one name.
pub(super) type Pairs = Vec<(String, String)>;

/// What is typed into the form.
pub(super) struct Typed {
    pub addresses: String,
    pub roles: Vec<String>,
    pub teams: Vec<TeamId>,
}

impl Default for Typed {
    fn default() -> Self {
        Self { addresses: String::new(), roles: vec!["member".to_owned()], teams: Vec::new() }
    }
}

impl Typed {
    pub(super) fn read(pairs: &[(String, String)]) -> Self {
        let all = |name: &'static str| pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value);
        Self {
            addresses: all("addresses").next().cloned().unwrap_or_default(),
            roles: all("role").cloned().collect(),
            teams: all("team").map(TeamId::new).collect(),
        }
    }

    /// The addresses one by one, each once, as they were typed.
    fn each(&self) -> Vec<&str> {
        let parts = self.addresses.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
        let mut seen = HashSet::new();
        parts.filter(|one| !one.is_empty() && seen.insert(one.to_ascii_lowercase())).collect()
    }
}

/// What came of inviting by mail.
pub(super) enum Outcome {
    /// Everybody got a mail; how many.
    Sent(usize),
    /// Not everybody did.
    Refused {
        /// Who did.
        sent: Vec<String>,
        /// The form with those who didn't.
        left: Typed,
        /// Why they didn't.
        problems: Problems,
        status: StatusCode,
    },
}

/// Invites each address; whatever is wrong with one of them keeps no other from its mail.
pub(super) async fn send(inside: &Inside, typed: Typed) -> Result<Outcome> {
    let each = typed.each();
    let nothing = |text: String| Outcome::Refused {
        sent: Vec::new(),
        left: Typed { addresses: typed.addresses.clone(), roles: typed.roles.clone(), teams: typed.teams.clone() },
        problems: Problems::field("addresses", text),
        status: StatusCode::BAD_REQUEST,
    };
    match each.len() {
        0 => return Ok(nothing("Type at least one address.".to_owned())),
        count if count > ADDRESSES => {
            return Ok(nothing(format!("Type at most {ADDRESSES} addresses at once; these are {count}.")));
        }
        _ => {}
    }
    let new = New { roles: typed.roles.clone(), teams: typed.teams.clone() };
    let (mut sent, mut refused) = (Vec::new(), Vec::new());
    for (place, one) in each.iter().enumerate() {
        match invite(inside, one, &new).await {
            Ok(()) => sent.push((*one).to_owned()),
            Err(Error::Refused(refusal)) if is_about_address(&refusal) => refused.push((*one, refusal)),
            // Of the first address already: no mail has gone out.
            Err(Error::Refused(refusal)) if refusal != Refusal::SessionNotFresh => {
                // About the form, or a limit: it is the same for all that follow.
                return Ok(left(typed.roles.clone(), new.teams, sent, &refused, &each[place..], Some(&refusal)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(match refused.as_slice() {
        [] => Outcome::Sent(sent.len()),
        refused => left(typed.roles.clone(), new.teams, sent, refused, &[], None),
    })
}

async fn invite(inside: &Inside, address: &str, new: &New) -> Result<()> {
    let email = Email::parse(address)?;
    let (cx, current) = (inside.cx(), &inside.member.current);
    invitation::invite(cx, current, &inside.access, &email, new, false).await.map(drop)
}

fn is_about_address(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::InvalidEmail
            | Refusal::Organization(OrganizationRefusal::AlreadyMember | OrganizationRefusal::AlreadyInvited)
    )
}

/// The form with the addresses that got no mail: each one that was refused by its own fault, and what wasn't tried for a fault of all.
fn left(
    roles: Vec<String>,
    teams: Vec<TeamId>,
    sent: Vec<String>,
    refused: &[(&str, Refusal)],
    rest: &[&str],
    of_all: Option<&Refusal>,
) -> Outcome {
    let addresses: Vec<_> = refused.iter().map(|(address, _)| *address).chain(rest.iter().copied()).collect();
    let told: Vec<_> = refused.iter().map(|(address, why)| format!("{address}: {}", words::refusal(why))).collect();
    let told = (!told.is_empty()).then(|| Problem { field: Some("addresses".to_owned()), text: told.join("\n") });
    let of_all_told = of_all.map(|why| Problem { field: why.field().map(str::to_owned), text: words::refusal(why) });
    let status = of_all.or(refused.first().map(|(_, why)| why)).map_or(400, Refusal::status);
    Outcome::Refused {
        sent,
        left: Typed { addresses: addresses.join("\n"), roles, teams },
        problems: told.into_iter().chain(of_all_told).collect(),
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
    }
}

/// Whom to invite, and to what: by mail, or by a link.
#[component]
pub(super) fn InviteForm(
    action: String,
    typed: Typed,
    /// The roles that there are, and whether the caller may give each.
    roles: Vec<(String, bool)>,
    teams: Vec<TeamView>,
    problems: Problems,
) -> AnyView {
    let limited = roles.iter().any(|(_, may)| !may);
    let hint = limited.then_some("You can only give what you have yourself; the others are grey.");
    let roles = roles
        .into_iter()
        .map(|(role, may)| BoxOf {
            label: words::capitalized(&role),
            checked: may && typed.roles.contains(&role),
            disabled: !may,
            value: role,
        })
        .collect::<Vec<_>>();
    let teams = teams
        .into_iter()
        .map(|team| BoxOf {
            label: team.name,
            checked: typed.teams.contains(&team.id),
            disabled: false,
            value: team.id.as_str().to_owned(),
        })
        .collect::<Vec<_>>();
    view! {
        <form method="post" action=action class="grid gap-3">
            <TextArea
                name="addresses"
                label="E-mail addresses"
                kind=Kind::Email
                hint=format!("One a line, or with commas between them; at most {ADDRESSES} at once.")
                value=typed.addresses
                problems=problems.clone()
            />
            {match hint {
                Some(hint) => view! { <Boxes legend="Roles" name="role" hint boxes=roles problems=problems.clone()/> },
                None => view! { <Boxes legend="Roles" name="role" boxes=roles problems=problems.clone()/> },
            }}
            {(!teams.is_empty()).then(|| view! { <Boxes legend="Teams" name="team" hint="They are in these from the start." boxes=teams problems=problems.clone()/> })}
            <div><Button label="Send invitations" name="act" value="mail" glyph=Glyph::SEND width=Width::FullOnPhones/></div>
            <FormMessage problems/>
            <Or/>
            <div class="flex flex-col gap-3 sm:flex-row sm:items-center">
                <div class="grid shrink-0 whitespace-nowrap">
                    <Button label="Make a link" name="act" value="link" glyph=Glyph::LINK variant=Variant::Secondary width=Width::FullOnPhones skips_checks=true/>
                </div>
                <p class="text-sm text-muted">"For these roles and teams, without a mail: it lets in one person, whoever uses it first."</p>
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_however_they_are_typed() {
        let typed =
            Typed { addresses: "a@x.example, b@x.example;\r\nA@X.example\tc@x.example\n\n".into(), ..Typed::default() };
        assert_eq!(typed.each(), ["a@x.example", "b@x.example", "c@x.example"]);
    }
}
