use leptos::prelude::*;

/// A box to tick, with its words beside it.
#[component]
pub fn Checkbox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// What is sent when it is ticked.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] checked: bool,
) -> AnyView {
    let id = id.unwrap_or_else(|| name.clone());
    let hint_id = hint.as_ref().map(|_| format!("{id}-hint"));
    view! {
        <div class="flex items-start gap-2.5">
            <span class="flex h-6 items-center">
                <input id=id.clone() name=name type="checkbox" value=value checked=checked class="size-4.5" aria-describedby=hint_id.clone()/>
            </span>
            <div>
                <label for=id>{label}</label>
                {hint.map(|hint| view! { <p id=hint_id class="text-sm text-muted">{hint}</p> })}
            </div>
        </div>
    }
    .into_any()
}

/// One box of a [`Boxes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxOf {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is ticked.
    pub checked: bool,
    /// Whether it can't be.
    pub disabled: bool,
}

/// Boxes to tick under one question, as many as there are; a long list scrolls.
#[component]
pub fn Boxes(
    /// The question; read as the group's name.
    #[prop(into)]
    legend: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] hint: Option<String>,
    boxes: Vec<BoxOf>,
    #[prop(optional)] problems: super::Problems,
) -> AnyView {
    let error = problems.of(&name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = if hint.is_some() { format!("{hint_id} {error_id}") } else { error_id.clone() };
    let begin = problems.begin_at(&name);
    let first = boxes.iter().position(|one| !one.disabled);
    let group = name.clone();
    let boxes = boxes
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let look = if one.disabled { "text-muted" } else { "" };
            view! {
                <label class=format!("flex min-h-11 items-center gap-2.5 sm:min-h-9 {look}")>
                    <input
                        name=group.clone()
                        type="checkbox"
                        value=one.value
                        checked=one.checked
                        disabled=one.disabled
                        autofocus=begin && Some(place) == first
                        class="size-4.5 shrink-0"
                    />
                    <span class="min-w-0 wrap-anywhere">{one.label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="grid gap-1" aria-describedby=described_by>
            <legend class="font-medium">{legend}</legend>
            {hint.map(|hint| view! { <p id=hint_id class="text-sm text-muted">{hint}</p> })}
            <div class="-mx-1 grid max-h-56 auto-rows-max grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-4 gap-y-1 overflow-y-auto px-1">{boxes}</div>
            {super::field::error_line(error_id, name, error)}
        </fieldset>
    }
    .into_any()
}

/// One card of a [`ChoiceCards`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A few words under it; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub checked: bool,
}

/// Answers as large cards: radio buttons, or checkboxes where `many`. Keyboard, script-less use and screen readers get
/// them for free, because they are what they look like.
#[component]
pub fn ChoiceCards(
    /// The question; read as the group's name.
    #[prop(into)]
    legend: String,
    /// Whether the question is already the page's heading, and only read here.
    #[prop(optional)]
    legend_hidden: bool,
    #[prop(into)] name: String,
    cards: Vec<Card>,
    #[prop(optional)] many: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] problems: super::Problems,
) -> AnyView {
    let error = problems.of(&name);
    let error_id = format!("{name}-error");
    let kind = if many { "checkbox" } else { "radio" };
    let group = name.clone();
    let begin = problems.begin_at(&name);
    let cards = cards
        .into_iter()
        .enumerate()
        .map(|(place, card)| {
            let hint_id = (!card.hint.is_empty()).then(|| format!("{group}-{}-hint", card.value));
            let id = format!("{group}-{}", card.value);
            view! {
                <label
                    for=id.clone()
                    class="flex min-h-14 items-center gap-3 rounded-control border border-control bg-surface px-4 py-3 transition-[border-color,background-color] hover:border-text/60 has-checked:border-accent has-checked:bg-accent/8 has-checked:shadow-[inset_0_0_0_1px_var(--accent)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
                >
                    <input
                        id=id.clone()
                        type=kind
                        name=group.clone()
                        value=card.value
                        checked=card.checked
                        required=required && !many
                        autofocus=begin && place == 0
                        class="size-4.5 shrink-0 focus-visible:outline-none"
                        aria-describedby=hint_id.clone()
                    />
                    <span>
                        <span class="block font-medium">{card.label}</span>
                        {hint_id.map(|hint_id| view! { <span id=hint_id class="block text-sm text-muted">{card.hint}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="grid gap-1 pb-5" aria-describedby=error_id.clone()>
            <legend class=if legend_hidden { "sr-only" } else { "font-medium" }>{legend}</legend>
            // Above the cards: where the focus goes, on a phone, is far from their end.
            {super::field::error_line(error_id.clone(), name, error)}
            <div class="grid gap-2.5 sm:grid-cols-2">{cards}</div>
        </fieldset>
    }
    .into_any()
}
