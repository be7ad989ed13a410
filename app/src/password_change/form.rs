use leptos::prelude::*;

use super::PasswordLive;
use crate::new_password::{NewPassword, Rules};
use crate::ui::{Button, Checkbox, FormMessage, Link, PasswordField, Problems, Width};

/// The form of the security page.
#[component]
pub(super) fn PasswordForm(
    /// Whether the account has none yet.
    first: bool,
    /// Whose account it is, for password managers and for what must not be in a password.
    name: String,
    /// The address, for the same.
    email: String,
    /// Whether the box was ticked.
    end_others: bool,
    /// What the password must be.
    rules: Rules,
    /// What was wrong with it.
    problems: Problems,
) -> AnyView {
    let present = (!first).then(|| {
        view! {
            <PasswordField
                name="current_password"
                label="Present password"
                enterkeyhint="next"
                aside=view! { <span class="text-sm"><Link href="/forgot-password" label="Forgot it?"/></span> }.into_any()
                problems=problems.clone()
            />
        }
    });
    let others = (!first).then(|| {
        view! {
            <Checkbox
                name="end_others"
                label="Sign out all other devices"
                hint="Whoever else is signed in has to know the new password."
                checked=end_others
            />
        }
    });
    view! {
        <PasswordLive>
            <form method="post" action="/settings/security" class="grid max-w-card gap-1.5">
                <input type="hidden" name="name" value=name/>
                <input type="text" name="email" autocomplete="username" value=email hidden readonly/>
                {present}
                <NewPassword name="password" label=if first { "Password" } else { "New password" } rules problems=problems.clone()/>
                <div class="grid gap-4 pt-3">
                    {others}
                    <div><Button label=if first { "Set password" } else { "Change password" } width=Width::FullOnPhones/></div>
                </div>
                <FormMessage problems/>
            </form>
        </PasswordLive>
    }
    .into_any()
}
