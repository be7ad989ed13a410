use leptos::prelude::*;

/// How hard a password is to guess, as a word and a bar. Empty until an island says more: `data-score` is 0 (guessed at once) to 4
/// (out of reach), the words go into its paragraph. Its room is kept.
#[component]
pub fn StrengthMeter() -> AnyView {
    const BARS: [&str; 4] = [
        "group-data-[score=0]:bg-danger group-data-[score=1]:bg-danger group-data-[score=2]:bg-warning group-data-[score=3]:bg-success group-data-[score=4]:bg-success",
        "group-data-[score=2]:bg-warning group-data-[score=3]:bg-success group-data-[score=4]:bg-success",
        "group-data-[score=3]:bg-success group-data-[score=4]:bg-success",
        "group-data-[score=4]:bg-success",
    ];
    view! {
        <div class="group hidden gap-1 hydrated:grid" data-meter>
            <div class="flex gap-1" aria-hidden="true">
                {BARS.map(|filled| view! { <span class=format!("h-1 flex-1 rounded-full bg-border transition-colors {filled}")></span> }).into_iter().collect_view()}
            </div>
            <p class="min-h-5 text-sm text-muted" aria-live="polite"></p>
        </div>
    }
    .into_any()
}

/// What a score is called.
pub fn strength(score: u8) -> &'static str {
    match score {
        0 => "Very easy to guess",
        1 => "Easy to guess",
        2 => "Could be stronger",
        3 => "Strong",
        _ => "Very strong",
    }
}
