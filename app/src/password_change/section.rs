use domain::limit::Rule;
use domain::password::Password;
use domain::password_change;
use domain::session::Current;
use leptos::prelude::*;
use model::Timestamp;

use super::form::PasswordForm;
use crate::member::Member;
use crate::new_password::Rules;
use crate::outcome::{Failure, Next};
use crate::ui::{Problems, Section, Time};
use crate::visit::Visit;
use crate::words::Flash;

/// What the section about the password shows.
pub(crate) struct Shown {
    /// When the password was set; `None` when there is none.
    changed: Option<Timestamp>,
    name: String,
    email: String,
    rules: Rules,
    now: Timestamp,
}

impl Shown {
    /// Of `member`, whose password was set at `changed`.
    pub(crate) fn of(member: &Member, changed: Option<Timestamp>) -> Self {
        let user = &member.current.user;
        Self {
            changed,
            name: user.name.clone(),
            email: user.email.to_string(),
            rules: Rules::from(&member.cx().settings.password),
            now: member.now(),
        }
    }
}

/// The act, for the page and for the island.
pub(crate) async fn change(
    visit: &Visit,
    current: &Current,
    present: Option<&str>,
    new: &str,
    end_others: bool,
) -> Result<Next, Failure> {
    let (cx, new) = (visit.cx(), Password::new(new));
    let here = Next::to("/settings/security");
    visit.limit(Rule::Sensitive).await?;
    let Some(present) = present else {
        password_change::set_first(cx, current, &new).await?;
        return Ok(here.saying(Flash::PasswordSet));
    };
    let present = Password::new(present);
    if let Some(opened) = password_change::change(cx, current, &present, &new, end_others, &visit.browser()).await? {
        visit.hand(&opened);
    }
    // The mark of before has gone with the password of before.
    visit.know(&current.user.id);
    Ok(here.saying(Flash::PasswordChanged))
}

/// Changing the password, or setting the first one.
#[component]
pub(crate) fn PasswordSection(shown: Shown, end_others: bool, problems: Problems) -> AnyView {
    let Shown { changed, name, email, rules, now } = shown;
    let first = changed.is_none();
    let lead = if first {
        "You sign in without one. With a password, you can sign in when your mail is slow or a passkey isn’t at hand."
    } else {
        "Change it when you used it somewhere else, or when somebody may know it. Links and codes by mail let you in, too, so keep your mailbox safe."
    };
    let set = changed.map(|at| view! { <p class="text-sm text-muted">"Set "<Time at now/>"."</p> });
    view! { <Section title="Password" id="password-section" lead>{set}<PasswordForm first name email end_others rules problems/></Section> }.into_any()
}
