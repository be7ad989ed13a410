//! What an operator does on the command line, beside a server that may be running; each gives what is said then.

use std::fmt::Write;

use domain::organization::role::{self, Window};
use domain::{Cx, Error, account, two_factor};
use model::{AssignmentView, Email, OrganizationRefusal, Refusal, Timestamp};

use crate::cli::Role;
use crate::run::Failure;

pub(crate) async fn reset_factors(cx: &Cx, email: &str, passkeys: bool) -> Result<String, Failure> {
    let email = address(email)?;
    let user = two_factor::reset(cx, &email, passkeys).await.map_err(|error| told(error, &email))?;
    let what = if passkeys { "second factors and passkeys" } else { "second factors" };
    Ok(format!("{} has no {what} any more and is signed out everywhere. They are told by mail.", user.email))
}

pub(crate) async fn roles(cx: &Cx, what: Role) -> Result<String, Failure> {
    match what {
        Role::Assign { email, role, from, until } => {
            let email = address(&email)?;
            let window = Window { starts_at: from, ends_at: until };
            let given = role::assign_everywhere(cx, &email, &role, window).await;
            let given = given.map_err(|error| untaken(cx, error, &email, &role))?;
            Ok(format!("{email} is {} in every organization that they are in.", shown(cx, &given)))
        }
        Role::Revoke { email, role } => {
            let email = address(&email)?;
            role::revoke_everywhere(cx, &email, &role).await.map_err(|error| untaken(cx, error, &email, &role))?;
            Ok(format!("{email} isn't {role} in every organization any more. What they are in a single one stays."))
        }
        Role::List { email: None } => {
            let given = role::all_everywhere(cx).await.map_err(Failure::new)?;
            let mut text = format!("Roles that every organization has:\n\n{}", catalog(cx));
            text.push_str(if given.is_empty() {
                "\nNobody has one in every organization."
            } else {
                "\nIn every organization:\n"
            });
            for (email, one) in &given {
                _ = write!(text, "\n  {email}  {}", shown(cx, one));
            }
            Ok(text)
        }
        Role::List { email: Some(email) } => {
            let email = address(&email)?;
            let user = account::find(cx, &email).await.map_err(|error| told(error, &email))?;
            let given = role::of_user_everywhere(cx, &user.id).await.map_err(Failure::new)?;
            if given.is_empty() {
                return Ok(format!("{email} has no role in every organization."));
            }
            let lines: String = given.iter().map(|one| format!("\n  {}", shown(cx, one))).collect();
            Ok(format!("{email}, in every organization:\n{lines}"))
        }
    }
}

/// `analyst until 2030-01-01 00:00 UTC (over)`.
fn shown(cx: &Cx, one: &AssignmentView) -> String {
    let now = cx.now();
    let span = |word: &str, at: Option<Timestamp>| at.map(|at| format!(" {word} {}", at.words())).unwrap_or_default();
    let state = match (one.starts_at, one.ends_at) {
        (_, Some(end)) if end <= now => " (over)",
        (Some(start), _) if start > now => " (not yet)",
        _ if !cx.settings.organization.catalog.has(&one.role) => " (no such role any more: it gives nothing)",
        _ => "",
    };
    format!("{}{}{}{state}", one.role, span("from", one.starts_at), span("until", one.ends_at))
}

/// A line for each role: what it gives by itself, and whose it has too.
fn catalog(cx: &Cx) -> String {
    let roles = cx.settings.organization.catalog.roles();
    let width = roles.iter().map(|role| role.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for role in roles {
        let patterns: Vec<_> = role.patterns.iter().map(ToString::to_string).collect();
        let heir =
            if role.inherits.is_empty() { String::new() } else { format!(", and all of {}", role.inherits.join(", ")) };
        _ = writeln!(text, "  {:width$}  {}{heir}", role.name, patterns.join(" "));
    }
    text
}

fn address(text: &str) -> Result<Email, Failure> {
    Email::parse(text).map_err(|_| Failure::new(format!("{text:?} is no address, such as ada@example.com")))
}

fn told(error: Error, email: &Email) -> Failure {
    match error {
        Error::Refused(Refusal::UserNotFound) => {
            Failure::new(format!("nobody has an account with the address {email}"))
        }
        error => Failure::new(error),
    }
}

/// Why a role wasn't given or taken.
fn untaken(cx: &Cx, error: Error, email: &Email, role: &str) -> Failure {
    let Error::Refused(Refusal::Organization(refusal)) = error else { return told(error, email) };
    Failure::new(match refusal {
        OrganizationRefusal::RoleNotFound(_) => {
            format!("the configuration has no role {role:?}; these are there:\n\n{}", catalog(cx))
        }
        OrganizationRefusal::Forbidden(_) => format!(
            "the role {role} isn't given in every organization: who owns one is decided in it\n  An owner gives it there, on the members' page."
        ),
        OrganizationRefusal::InvalidWindow => "the end must be in the future, and later than the beginning".to_owned(),
        OrganizationRefusal::AssignmentNotFound => {
            format!(
                "{email} doesn't have the role {role} in every organization\n  See what they have: latchkey role list {email}"
            )
        }
        refusal => format!("{refusal:?}"),
    })
}
