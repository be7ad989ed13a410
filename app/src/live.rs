//! Forms that answer in place where script runs. Without it, the same form is posted to its page.
//!
//! The markup is the server's: an island only listens, so that the browser's code stays small. What it changes, it changes in the
//! document, at the places that the pieces in `ui` leave for it: `data-error` for words, `aria-invalid` and `aria-busy` for looks.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::proof_of_work::Challenge;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlButtonElement, HtmlElement, HtmlFormElement};

use crate::proof_of_work::paid;
use crate::ui::Problems;

/// What a server function says to a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done; go on to this path.
    Go(String),
    /// Post the form as without script: to this path, or to its own.
    Post(Option<String>),
    /// Solve this, and send it again.
    Prove(Challenge),
    /// It isn't; this is why.
    Refused(Problems),
}

/// A call to a server function, under way. Boxed, so that the code around it is compiled once for all forms.
pub type Call = Pin<Box<dyn Future<Output = Result<Answer, ServerFnError>>>>;

/// What is typed into a form at this moment.
pub struct Typed {
    data: FormData,
    pressed: String,
}

impl Typed {
    /// What a form holds that nobody sends.
    pub(crate) fn of(form: &HtmlFormElement) -> Option<Self> {
        Some(Self { data: FormData::new_with_form(form).ok()?, pressed: String::new() })
    }

    /// The text of a field; empty when there is none.
    pub fn text(&self, name: &str) -> String {
        self.data.get(name).as_string().unwrap_or_default()
    }

    /// The text of a field that may not be there.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.data.get(name).as_string()
    }

    /// Whether a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.data.has(name)
    }

    /// Every value of a field: the boxes that are ticked.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.data.get_all(name).iter().filter_map(|value| value.as_string()).collect()
    }

    /// Every field and its text.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let pairs = js_sys::Array::from(&self.data);
        let text = |pair: &js_sys::Array, place| pair.get(place).as_string();
        pairs
            .iter()
            .filter_map(|pair| pair.dyn_into().ok())
            .filter_map(|pair| Some((text(&pair, 0)?, text(&pair, 1)?)))
            .collect()
    }

    /// The value of the button that sent the form; empty when none did.
    pub fn pressed(&self) -> &str {
        &self.pressed
    }
}

/// What an island around a form is: the form is sent by `call` instead of being posted. A press while an answer is awaited does
/// nothing. Afterwards the browser goes on, or the problems are shown and the first one's field has the focus.
pub fn form(children: Children, call: fn(&Typed) -> Call) -> impl IntoView {
    view! {
        <div class="contents" on:submit=move |event| send(&event, call)>
            {children()}
        </div>
    }
}

fn send(event: &SubmitEvent, call: fn(&Typed) -> Call) {
    let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
    event.prevent_default();
    if form.has_attribute(BUSY) {
        return;
    }
    let Some(typed) = Typed::of(&form) else { return };
    let button = event.submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
    let pressed = button.as_ref().map(HtmlButtonElement::value).unwrap_or_default();
    let typed = Typed { pressed, ..typed };
    spawn_local(async move {
        follow(&form, button, Box::pin(async move { paid(|| call(&typed)).await })).await;
    });
}

/// Waits for an answer, the form being busy meanwhile, and does what it says: goes on to the next page, or shows the problems in the
/// form. Gives whether it went on.
pub(crate) async fn follow(form: &HtmlFormElement, button: Option<HtmlButtonElement>, call: Call) -> bool {
    set_busy(form, button.as_deref(), true);
    let problems = match call.await {
        Ok(Answer::Go(path)) => {
            // A page that can't be reached leaves everything as it was, to be tried again.
            let _ = window().location().assign(&path);
            let form = form.clone();
            set_timeout(move || set_busy(&form, button.as_deref(), false), Duration::from_secs(10));
            return true;
        }
        Ok(Answer::Post(path)) => {
            if let Some(path) = path {
                form.set_action(&path);
            }
            // A form that can't be sent leaves everything as it was.
            let _ = form.submit();
            return true;
        }
        Ok(Answer::Refused(problems)) => problems,
        Ok(Answer::Prove(_)) => Problems::general("Very many are trying to get in just now. Send this once more."),
        // The server's own words.
        Err(ServerFnError::ServerError(words)) => Problems::general(words),
        Err(_) => Problems::general(if window().navigator().on_line() {
            "That didn’t go through. Try again in a moment."
        } else {
            "You are offline. Connect, then try again."
        }),
    };
    set_busy(form, button.as_deref(), false);
    show(form, &problems);
    each(form, "[data-error]").into_iter().for_each(count_down);
    false
}

/// Words that end in how many seconds to wait say it anew each second, and go when they are over.
fn count_down(place: Element) {
    let words = place.text_content().unwrap_or_default();
    let counted = words.strip_suffix(" seconds.").or_else(|| words.strip_suffix(" second."));
    let Some((said, seconds)) = counted.and_then(|words| words.rsplit_once(' ')) else { return };
    let next = match seconds.parse::<u32>() {
        Ok(..=1) => String::new(),
        Ok(2) => format!("{said} 1 second."),
        Ok(seconds) => format!("{said} {} seconds.", seconds - 1),
        Err(_) => return,
    };
    // Read out once; not each second.
    let _ = place.closest("[role=alert]").ok().flatten().map(|alert| alert.set_attribute("aria-live", "off"));
    set_timeout(
        move || {
            // Something else may be said meanwhile.
            if place.text_content().as_deref() == Some(&words) {
                place.set_text_content(Some(&next));
                count_down(place);
            }
        },
        Duration::from_secs(1),
    );
}

const BUSY: &str = "aria-busy";

fn set_busy(form: &Element, button: Option<&HtmlElement>, busy: bool) {
    for element in [Some(form), button.map(AsRef::as_ref)].into_iter().flatten() {
        mark(element, BUSY, busy);
    }
}

/// Sets or removes an attribute.
pub(crate) fn mark(element: &Element, attribute: &str, on: bool) {
    // An attribute of an element that is there can be set and removed.
    let _ = if on { element.set_attribute(attribute, "true") } else { element.remove_attribute(attribute) };
}

/// Every element under `root` that a selector names.
pub(crate) fn each(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}

/// Puts the words into their places; the first field that has any gets the focus.
fn show(form: &Element, problems: &Problems) {
    let mut first = None;
    for place in each(form, "[data-error]") {
        let name = place.get_attribute("data-error").unwrap_or_default();
        let words = if name.is_empty() { problems.rest() } else { problems.of(&name) };
        if let Ok(Some(counted)) = place.closest("[aria-live=off]") {
            let _ = counted.remove_attribute("aria-live");
        }
        place.set_text_content(words.as_deref());
        // The control bears the id that its error's begins with; a group of choices begins with its first one.
        let line = place.parent_element().map(|line| line.id()).unwrap_or_default();
        let control = line.strip_suffix("-error").and_then(|id| document().get_element_by_id(id));
        if let Some(control) = &control {
            mark(control, "aria-invalid", words.is_some());
        }
        if words.is_some() && !name.is_empty() && first.is_none() {
            first = control.or_else(|| place.closest("fieldset").ok()??.query_selector("input").ok()?);
        }
    }
    if let Some(field) = first.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        // An element that can't be focused keeps the focus where it was.
        let _ = field.focus();
    }
}
