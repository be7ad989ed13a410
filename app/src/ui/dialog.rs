use leptos::html::Dialog;
use leptos::prelude::*;

/// A link to a page before something that can't be undone. Where script runs, what that page asks is asked in a dialog instead.
#[island]
pub fn InDialog(
    /// Tells it from the page's other dialogs: a part of an `id`.
    name: String,
    /// The page.
    href: String,
    /// The link's words.
    label: String,
    /// The dialog's heading.
    title: String,
    /// What the dialog asks.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let (heading, labelledby) = (format!("{name}-dialog"), format!("{name}-dialog"));
    let open = move |event: leptos::ev::MouseEvent| {
        // A dialog that doesn't open leaves the link as it is.
        if dialog.get_untracked().is_some_and(|dialog| dialog.show_modal().is_ok()) {
            event.prevent_default();
        }
    };
    view! {
        <a
            href=href
            class="inline-flex min-h-11 w-full items-center justify-center rounded-control border border-danger bg-surface px-4 py-2 font-medium text-danger hover:bg-danger/10 sm:w-auto"
            on:click=open
        >
            {label}
        </a>
        <dialog
            node_ref=dialog
            aria-labelledby=labelledby
            class="m-auto w-[calc(100%-2rem)] max-w-card rounded-card border border-border bg-surface p-6 text-text shadow-card backdrop:bg-[oklch(0_0_0/0.5)]"
        >
            <h2 id=heading class="mb-1.5 text-xl font-bold tracking-tight">{title}</h2>
            {children()}
        </dialog>
    }
}
