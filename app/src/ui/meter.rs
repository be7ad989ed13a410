use leptos::prelude::*;

/// How hard a password is to guess, as a word and a bar; `None` before anything was typed. Its room is kept.
#[component]
pub fn StrengthMeter(
    /// 0 (guessed at once) to 4 (out of reach).
    score: Signal<Option<u8>>,
) -> AnyView {
    let words = move || match score.get() {
        None => "",
        Some(0) => "Very easy to guess",
        Some(1) => "Easy to guess",
        Some(2) => "Could be stronger",
        Some(3) => "Strong",
        Some(_) => "Very strong",
    };
    let bar = move |place: u8| {
        let fill = match score.get() {
            Some(score) if score.max(1) > place => match score {
                0 | 1 => "bg-danger",
                2 => "bg-warning",
                _ => "bg-success",
            },
            _ => "bg-border",
        };
        format!("h-1 flex-1 rounded-full transition-colors {fill}")
    };
    view! {
        <div class="grid gap-1">
            <div class="flex gap-1" aria-hidden="true">
                <span class=move || bar(0)></span>
                <span class=move || bar(1)></span>
                <span class=move || bar(2)></span>
                <span class=move || bar(3)></span>
            </div>
            <p class="min-h-5 text-sm text-muted" aria-live="polite">{words}</p>
        </div>
    }
    .into_any()
}
