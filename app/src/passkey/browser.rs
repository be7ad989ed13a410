//! The browser's half of a ceremony.

use std::cell::RefCell;

use js_sys::{JSON, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, HtmlFormElement};

use super::server::{begin, finish};
use super::{Act, Ask, Wanted};
use crate::live::{Answer, Call, Typed, follow};
use crate::ui::Problems;

#[wasm_bindgen]
extern "C" {
    type PublicKeyCredential;
    #[wasm_bindgen(catch, static_method_of = PublicKeyCredential, js_name = parseCreationOptionsFromJSON)]
    fn creation_options(json: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, static_method_of = PublicKeyCredential, js_name = parseRequestOptionsFromJSON)]
    fn request_options(json: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, static_method_of = PublicKeyCredential, js_name = isConditionalMediationAvailable)]
    fn fills_in() -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, static_method_of = PublicKeyCredential, js_name = isUserVerifyingPlatformAuthenticatorAvailable)]
    fn has_platform() -> Result<Promise, JsValue>;
}

/// The attribute of the document by which the style sheet shows what needs passkeys, or gives up its room.
#[cfg(feature = "hydrate")]
const PASSKEYS: &str = "data-passkeys";

thread_local! {
    /// Ends the ceremony that waits for a passkey to be chosen from the name field's suggestions: a browser runs one at a time.
    static WAITING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Shows what needs passkeys, where the browser has them; and where the page's form takes them as suggestions, waits for one.
#[cfg(feature = "hydrate")]
pub(crate) fn prepare() {
    let Some(page) = document().document_element() else { return };
    if page.has_attribute(PASSKEYS) {
        return;
    }
    // Only in a secure context, and only where options and responses can be JSON.
    let has = Reflect::get(&window(), &"PublicKeyCredential".into())
        .is_ok_and(|class| Reflect::has(&class, &"parseRequestOptionsFromJSON".into()).unwrap_or(false));
    // The attribute of an element that is there can be set.
    let _ = page.set_attribute(PASSKEYS, if has { "yes" } else { "no" });
    if has {
        wait();
    }
}

/// Whether this device itself keeps passkeys, and unlocks them by fingerprint, face or PIN.
pub(crate) async fn keeps_passkeys() -> bool {
    is_true(PublicKeyCredential::has_platform()).await
}

async fn is_true(asked: Result<Promise, JsValue>) -> bool {
    match asked {
        Ok(answer) => answer.await.is_ok_and(|answer| answer.is_truthy()),
        Err(_) => false,
    }
}

/// The ceremony that a form asks for, from its beginning to its end.
pub(crate) fn ask(typed: &Typed) -> Call {
    let wanted = Wanted::of(typed);
    if let Some(waiting) = WAITING.take() {
        waiting.abort();
    }
    Box::pin(async move {
        let answer = perform(wanted).await;
        if !matches!(answer, Ok(Answer::Go(_))) {
            wait();
        }
        answer
    })
}

async fn perform(wanted: Wanted) -> Result<Answer, ServerFnError> {
    let ask = match begin(wanted.clone()).await? {
        Ok(ask) => ask,
        Err(answer) => return Ok(answer),
    };
    match respond(&ask, None).await {
        Ok(response) => finish(wanted, response).await,
        Err(error) => Ok(Answer::Refused(Problems::general(words(&error)))),
    }
}

/// Waits until a passkey is chosen from the suggestions of the name field, if the page has a form for it.
fn wait() {
    let form = document().query_selector("form[data-autofill]").ok().flatten();
    let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
    spawn_local(async move {
        if !is_true(PublicKeyCredential::fills_in()).await {
            return;
        }
        // Until another ceremony begins, or the reader goes away. Whatever fails leaves the other ways in.
        while let Some((wanted, response)) = suggested(&form).await {
            if follow(&form, None, Box::pin(finish(wanted, response))).await {
                return;
            }
        }
    });
}

async fn suggested(form: &HtmlFormElement) -> Option<(Wanted, String)> {
    let waiting = AbortController::new().ok()?;
    let signal = waiting.signal();
    WAITING.replace(Some(waiting));
    let wanted = Wanted { act: Act::SignIn.as_str().to_owned(), ..Wanted::of(&Typed::of(form)?) };
    let ask = begin(wanted.clone()).await.ok()?.ok()?;
    let response = respond(&ask, Some(&signal)).await.ok()?;
    Some((wanted, response))
}

/// Asks the authenticator; gives its response as JSON. With a signal, only once it is chosen from suggestions.
async fn respond(ask: &Ask, suggest: Option<&AbortSignal>) -> Result<String, JsValue> {
    let credentials = window().navigator().credentials();
    let options = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&options, &name.into(), value);
    if let Some(signal) = suggest {
        set("mediation", &"conditional".into())?;
        set("signal", signal)?;
    }
    let asked = match ask {
        Ask::Make(json) => {
            set("publicKey", &PublicKeyCredential::creation_options(&JSON::parse(json)?)?)?;
            credentials.create_with_options(options.unchecked_ref())?
        }
        Ask::Show(json) => {
            set("publicKey", &PublicKeyCredential::request_options(&JSON::parse(json)?)?)?;
            credentials.get_with_options(options.unchecked_ref())?
        }
    };
    // A credential knows how to become JSON.
    Ok(JSON::stringify(&asked.await?)?.into())
}

/// What a person reads when there is no response (WebAuthn level 3, 5.1.3 and 5.1.4).
fn words(error: &JsValue) -> &'static str {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "AbortError" => "It was cancelled, or took too long. Try again when you’re ready.",
        "InvalidStateError" => "This device has a passkey for your account already.",
        "NotSupportedError" | "ConstraintError" => "This device can’t do that. Try another one, or choose another way.",
        _ => "That didn’t work. Try again, or choose another way.",
    }
}
