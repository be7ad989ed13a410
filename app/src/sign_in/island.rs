use leptos::prelude::*;

use super::server::sign_in;
use crate::live::Live;
use crate::ui::{Button, Checkbox, FormMessage, Kind, LINK, PasswordField, Problems, TextField, Width};

/// The form of the sign-in page.
#[island]
pub fn SignInForm(
    /// What was typed before.
    name: String,
    /// Whether the box was ticked.
    remember: bool,
    /// Where to go on afterwards; may be empty.
    next: String,
    /// What was wrong with it.
    problems: Problems,
) -> impl IntoView {
    let has_name = !name.is_empty();
    let live = Live::new(problems);
    let send = move |event| {
        live.send(&event, |typed| {
            Box::pin(sign_in(typed.text("email"), typed.text("password"), typed.ticked("remember"), typed.text("next")))
        });
    };
    view! {
        <form method="post" action="/sign-in" class="grid gap-1.5" on:submit=send>
            <input type="hidden" name="next" value=next/>
            <TextField
                name="email"
                label="E-mail or user name"
                kind=Kind::Login
                value=name
                autocomplete="username"
                enterkeyhint="next"
                required=true
                autofocus=!has_name
                problems=live.problems
            />
            <PasswordField
                name="password"
                label="Password"
                enterkeyhint="go"
                autofocus=has_name
                aside=view! { <a href="/forgot-password" class=format!("text-sm {LINK}")>"Forgot it?"</a> }.into_any()
                problems=live.problems
            />
            <div class="pb-3">
                <Checkbox name="remember" label="Stay signed in" checked=remember/>
            </div>
            <Button label="Sign in" width=Width::Full busy=live.busy/>
            <FormMessage problems=live.problems/>
        </form>
    }
}
