use leptos::prelude::*;

use super::Problems;
use super::icon::{Glyph, Icon};
use super::reveal::Reveal;

/// What is typed into a text field: decides the keyboard, the capitals and the spelling marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    #[default]
    Text,
    /// An address.
    Email,
    /// An address or a user name.
    Login,
    /// A name of a thing or an account: no capitals, no spelling marks.
    Plain,
    /// A person's name.
    Name,
    /// A code: digits.
    Code,
    /// A telephone number.
    Phone,
    /// The address of something in the web.
    Url,
    /// A day and a time, to the minute; the page says in which zone.
    Moment,
}

/// The classes of everything one types or chooses in.
pub(super) const CONTROL: &str = "w-full rounded-control border border-control bg-surface px-3 text-base text-text transition-[border-color] pointer-coarse:text-lg hover:border-text/60 focus-visible:border-focus focus-visible:outline-1 focus-visible:outline-offset-0 aria-invalid:border-danger disabled:opacity-60";

/// The ids of a field's parts.
pub(super) struct Ids {
    pub(super) id: String,
    pub(super) hint: String,
    pub(super) error: String,
    pub(super) described_by: String,
}

impl Ids {
    pub(super) fn new(id: Option<String>, name: &str, has_hint: bool) -> Self {
        let id = id.unwrap_or_else(|| name.to_owned());
        let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
        let described_by = if has_hint { format!("{hint} {error}") } else { error.clone() };
        Self { id, hint, error, described_by }
    }
}

/// The line under a field that is kept free for its error; an island puts its words into `data-error`.
pub fn error_line(id: String, field: String, error: Option<String>) -> AnyView {
    view! {
        <p id=id class="flex min-h-5 items-start gap-1.5 text-sm text-danger has-[span:empty]:invisible">
            <span class="flex h-5 items-center"><Icon glyph=Glyph::CIRCLE_ALERT/></span>
            <span data-error=field class="whitespace-pre-line wrap-anywhere">{error}</span>
        </p>
    }
    .into_any()
}

/// Label, hint, control and error, one above the other.
pub(super) fn frame(
    ids: &Ids,
    name: String,
    label: String,
    aside: Option<AnyView>,
    hint: Option<String>,
    control: AnyView,
    error: Option<String>,
) -> AnyView {
    view! {
        <div class="grid grid-cols-1 gap-1.5">
            <div class="flex items-baseline justify-between gap-4">
                <label for=ids.id.clone() class="font-medium">{label}</label>
                {aside}
            </div>
            {hint.map(|hint| view! { <p id=ids.hint.clone() class="-mt-1 text-sm text-muted">{hint}</p> })}
            {control}
            {error_line(ids.error.clone(), name, error)}
        </div>
    }
    .into_any()
}

/// A field of one line. Its error is the one of `problems` that bears its name.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] kind: Kind,
    /// Another `id` than the name, where a page has several forms.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] problems: Problems,
    /// The browser's name for what belongs here (`email`, `username`, `name`, …); `off` where nothing does.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    /// What the Enter key of a phone's keyboard says: `next`, `done`, `go`, `send`.
    #[prop(optional, into)]
    enterkeyhint: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] readonly: bool,
    /// The most characters.
    #[prop(optional)]
    max: Option<u16>,
    /// What the browser offers while one types.
    #[prop(optional)]
    suggestions: Vec<String>,
) -> AnyView {
    let ids = Ids::new(id, &name, hint.is_some());
    let error = problems.of(&name);
    let list = (!suggestions.is_empty()).then(|| format!("{}-suggestions", ids.id));
    let offered = list.clone().map(|id| {
        let options = suggestions.into_iter().map(|one| view! { <option value=one></option> }).collect_view();
        view! { <datalist id=id>{options}</datalist> }
    });
    let (kind_attr, inputmode, capitals, spelling) = manners(kind);
    let class = match kind {
        Kind::Code => format!("{CONTROL} h-13 text-center font-mono text-xl tracking-[0.35em] pointer-coarse:text-xl"),
        Kind::Text | Kind::Email | Kind::Login | Kind::Plain | Kind::Name | Kind::Phone | Kind::Url | Kind::Moment => {
            format!("{CONTROL} h-11")
        }
    };
    let control = view! {
        <input
            id=ids.id.clone()
            name=name.clone()
            type=kind_attr
            class=class
            value=value
            inputmode=inputmode
            autocapitalize=capitals
            spellcheck=spelling
            autocomplete=autocomplete
            placeholder=placeholder
            enterkeyhint=enterkeyhint
            required=required
            autofocus=autofocus || problems.begin_at(&name)
            readonly=readonly
            maxlength=max.map(|max| max.to_string())
            list=list
            aria-describedby=ids.described_by.clone()
            aria-invalid=error.is_some().then_some("true")
        />
        {offered}
    }
    .into_any();
    frame(&ids, name, label, None, hint, control, error)
}

/// The type of an input, the keyboard for it, its capitals and its spelling marks.
type Manners = (&'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn manners(kind: Kind) -> Manners {
    match kind {
        Kind::Text => ("text", None, None, None),
        Kind::Email => ("email", Some("email"), Some("none"), Some("false")),
        Kind::Login => ("text", Some("email"), Some("none"), Some("false")),
        Kind::Plain => ("text", None, Some("none"), Some("false")),
        Kind::Name => ("text", None, Some("words"), Some("false")),
        Kind::Code => ("text", Some("numeric"), Some("none"), Some("false")),
        Kind::Phone => ("tel", Some("tel"), None, None),
        Kind::Url => ("url", Some("url"), Some("none"), Some("false")),
        Kind::Moment => ("datetime-local", None, None, None),
    }
}

/// A code of digits: one input, which phones fill in by themselves.
#[component]
pub fn CodeField(
    #[prop(optional)] problems: Problems,
    /// How many digits.
    #[prop(default = 6)]
    digits: u16,
    /// Where it is read.
    #[prop(default = "from the mail")]
    from: &'static str,
    /// Whether the reader begins here.
    #[prop(default = true)]
    autofocus: bool,
) -> AnyView {
    view! {
        <TextField
            name="code"
            label="Code"
            kind=Kind::Code
            hint=format!("{digits} digits, {from}")
            problems=problems
            autocomplete="one-time-code"
            enterkeyhint="go"
            required=true
            autofocus=autofocus
            // Room for a blank in the middle, as mail programs like to copy it.
            max=digits + 1
        />
    }
    .into_any()
}

/// A password, with a button that reveals it where script runs.
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] problems: Problems,
    /// Whether the browser offers a new one rather than the one it knows.
    #[prop(optional)]
    new: bool,
    #[prop(optional, into)] enterkeyhint: Option<String>,
    #[prop(optional)] autofocus: bool,
    /// Stands at the right of the label ("Forgot password?").
    #[prop(optional)]
    aside: Option<AnyView>,
    /// The `id` of what else describes it (its rules).
    #[prop(optional, into)]
    described_by: Option<String>,
) -> AnyView {
    let ids = Ids::new(id, &name, hint.is_some());
    let error = problems.of(&name);
    let described_by = match described_by {
        Some(more) => format!("{} {more}", ids.described_by),
        None => ids.described_by.clone(),
    };
    let controls = ids.id.clone();
    let control = view! {
        <div class="relative">
            <input
                id=ids.id.clone()
                name=name.clone()
                type="password"
                class=format!("{CONTROL} h-11 pr-12")
                autocomplete=if new { "new-password" } else { "current-password" }
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint=enterkeyhint
                required=true
                autofocus=autofocus || problems.begin_at(&name)
                maxlength="512"
                aria-describedby=described_by
                aria-invalid=error.is_some().then_some("true")
            />
            <Reveal>
                <button
                    type="button"
                    class="group absolute inset-y-0 right-0 hidden w-11 items-center justify-center rounded-control text-muted hover:text-text hydrated:flex"
                    aria-controls=controls
                    aria-pressed="false"
                    aria-label="Show password"
                >
                    <span class="group-aria-pressed:hidden"><Icon glyph=Glyph::EYE/></span>
                    <span class="hidden group-aria-pressed:block"><Icon glyph=Glyph::EYE_OFF/></span>
                </button>
            </Reveal>
        </div>
    }
    .into_any();
    frame(&ids, name, label, aside, hint, control, error)
}

/// A list to choose one from: pairs of what is sent and what is read.
#[component]
pub fn SelectField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    options: Vec<(String, String)>,
    /// The one that is chosen.
    #[prop(optional, into)]
    value: String,
    #[prop(optional)] problems: Problems,
) -> AnyView {
    let ids = Ids::new(id, &name, hint.is_some());
    let error = problems.of(&name);
    let options = choices(options, &value);
    let control = view! {
        <div class="relative">
            <select
                id=ids.id.clone()
                name=name.clone()
                class=format!("{CONTROL} h-11 appearance-none pr-10")
                autofocus=problems.begin_at(&name)
                aria-describedby=ids.described_by.clone()
                aria-invalid=error.is_some().then_some("true")
            >
                {options}
            </select>
            <span class="pointer-events-none absolute inset-y-0 right-3 flex items-center text-muted"><Icon glyph=Glyph::CHEVRON_DOWN/></span>
        </div>
    }
    .into_any();
    frame(&ids, name, label, None, hint, control, error)
}

/// The options of a `<select>`: pairs of what is sent and what is read, `value` chosen.
pub(super) fn choices(options: Vec<(String, String)>, value: &str) -> impl IntoView + use<> {
    let option = |(sent, read): (String, String)| {
        let selected = sent == value;
        view! { <option value=sent selected=selected>{read}</option> }
    };
    options.into_iter().map(option).collect_view()
}

/// A text of several lines. Leptos writes the children of a `<textarea>` unescaped, so the text goes in escaped by hand.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] problems: Problems,
    #[prop(default = 4)] rows: u8,
    #[prop(optional)] max: Option<u16>,
) -> AnyView {
    let ids = Ids::new(id, &name, hint.is_some());
    let error = problems.of(&name);
    let (_, inputmode, capitals, spelling) = manners(kind);
    let control = view! {
        <textarea
            id=ids.id.clone()
            name=name.clone()
            class=format!("{CONTROL} py-2.5")
            autofocus=problems.begin_at(&name)
            rows=rows.to_string()
            inputmode=inputmode
            autocapitalize=capitals
            spellcheck=spelling
            maxlength=max.map(|max| max.to_string())
            aria-describedby=ids.described_by.clone()
            aria-invalid=error.is_some().then_some("true")
            // A parser drops one newline at the start: this one, rather than one of the text's own.
            inner_html=format!("\n{}", super::escaped(&value))
        ></textarea>
    }
    .into_any();
    frame(&ids, name, label, None, hint, control, error)
}
