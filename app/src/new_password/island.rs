use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use model::PasswordPolicy;
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlInputElement};

use crate::live::{each, mark};
use crate::ui::strength;

/// How hard a password is to guess, from 0 to 4; `context` are words that an attacker would try first.
#[server(endpoint = "password-strength", input = Json)]
async fn password_strength(password: String, context: [String; 2]) -> Result<u8, ServerFnError> {
    /// A text made for it keeps the estimator busy for a third of a second, and anybody may ask.
    static LINE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(1);
    let password = domain::password::Password::new(&password);
    let [name, email] = context;
    let turn = tokio::time::timeout(Duration::from_secs(2), LINE.acquire()).await.map_err(ServerFnError::new)?;
    let score = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        password.strength(&[&name, &email]).score
    });
    score.await.map_err(ServerFnError::new)
}

/// Ticks off the rules around a field, and tells the strength of what is typed into it once the typing pauses.
#[island]
pub fn Judge(
    /// What the password must be.
    policy: PasswordPolicy,
    /// The field, the meter and the list of rules.
    children: Children,
) -> impl IntoView {
    let waiting = Rc::new(RefCell::new(None::<TimeoutHandle>));
    let judge = move |event: leptos::ev::Event| {
        let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let place = event.current_target().and_then(|place| place.dyn_into::<Element>().ok());
        let (Some(field), Some(place)) = (field, place) else { return };
        let form = field.form().and_then(|form| FormData::new_with_form(&form).ok());
        let other = |name: &str| form.as_ref().and_then(|form| form.get(name).as_string()).unwrap_or_default();
        let (password, context) = (field.value(), [other("name"), other("email")]);

        let broken = policy.broken(&password, &context[0], &context[1]);
        for (rule, line) in policy.rules().iter().zip(each(&place, "[data-rule]")) {
            mark(&line, "data-kept", !password.is_empty() && !broken.contains(rule));
        }
        if let Some(handle) = waiting.take() {
            handle.clear();
        }
        if password.is_empty() {
            tell(&place, None);
            return;
        }
        let ask = move || {
            spawn_local(async move {
                // Typed on in the meantime: that will be judged by itself. No answer, no verdict.
                if let Ok(score) = password_strength(password.clone(), context).await
                    && field.value() == password
                {
                    tell(&place, Some(score));
                }
            });
        };
        *waiting.borrow_mut() = set_timeout_with_handle(ask, Duration::from_millis(300)).ok();
    };
    view! {
        <div class="grid gap-1" on:input=judge>
            {children()}
        </div>
    }
}

fn tell(place: &Element, score: Option<u8>) {
    for meter in each(place, "[data-meter]") {
        // Attributes of elements that are there can be set and removed.
        let _ = match score {
            Some(score) => meter.set_attribute("data-score", &score.to_string()),
            None => meter.remove_attribute("data-score"),
        };
    }
    for words in each(place, "[data-meter] p") {
        words.set_text_content(Some(score.map_or("", strength)));
    }
}
