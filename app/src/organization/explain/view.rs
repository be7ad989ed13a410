//! The answer: in a word, as a sentence, as a picture of its chain; and everything that somebody holds.

use leptos::prelude::*;
use model::{ChainView, ExplanationView, HeldView, Reason};

use super::sentence::{self, Speaker};
use crate::organization::held;
use crate::ui::{Alert, Badge, Empty, Glyph, Icon, IconSize, Section, Tone};
use crate::words::capitalized;

#[component]
pub(super) fn Answer(answer: ExplanationView, you: bool) -> AnyView {
    let speaker = Speaker::of(&answer, you);
    let (verdict, why) = (sentence::verdict(&answer), sentence::why(&answer, speaker));
    let second_factor = sentence::second_factor(&answer, speaker);
    let (look, glyph) =
        if answer.allowed { ("text-success", Glyph::CIRCLE_CHECK) } else { ("text-danger", Glyph::CIRCLE_ALERT) };
    let name = speaker.name().to_owned();
    let title = format!("May {} do {}?", if you { "you" } else { &answer.name }, answer.permission);
    let given_by = (!answer.allowed && !answer.given_by.is_empty()).then(|| {
        let roles = answer.given_by.iter().map(|role| capitalized(role)).collect::<Vec<_>>().join(", ");
        format!("Roles that give it: {roles}.")
    });
    let picture = chain(&answer).map(|chain| steps(&name, chain, &answer)).map(|steps| view! { <Chain steps/> });
    let what = if you { "What you hold".to_owned() } else { format!("What {name} holds") };
    let holding = answer.held.into_iter().map(|one| view! { <Held one/> }).collect::<Vec<_>>();
    view! {
        <Section id="answer" title>
            <div class="grid gap-2" role="status">
                <p class=format!("flex items-center gap-2 text-xl font-bold {look}")><Icon glyph size=IconSize::Large/>{verdict}"."</p>
                <p class="max-w-prose text-lg wrap-anywhere">{why}</p>
                {given_by.map(|text| view! { <p class="max-w-prose text-muted wrap-anywhere">{text}</p> })}
            </div>
            {picture}
            {second_factor.map(|text| view! { <Alert tone=Tone::Warning>{text}</Alert> })}
        </Section>
        <Section title=what lead="Every role here, also what is over or hasn’t begun.">
            {if holding.is_empty() {
                view! { <Empty glyph=Glyph::ID_CARD title="Nothing" text="No role, and so no permission."/> }.into_any()
            } else {
                view! { <ul class="divide-y divide-border rounded-control border border-border">{holding}</ul> }.into_any()
            }}
        </Section>
    }
    .into_any()
}

fn chain(answer: &ExplanationView) -> Option<&ChainView> {
    match &answer.reason {
        Reason::Granted(chain) | Reason::Over(chain) | Reason::Future(chain) | Reason::Elsewhere(chain) => Some(chain),
        Reason::Pattern | Reason::Nothing => None,
    }
}

/// One link of the picture.
struct Step {
    glyph: Glyph,
    text: String,
    note: String,
    /// Whether it is written as permissions are.
    code: bool,
    /// Whether it holds at the moment.
    holds: bool,
}

fn steps(name: &str, chain: &ChainView, answer: &ExplanationView) -> Vec<Step> {
    let step = |glyph, text: &str, note: &str, code| Step {
        glyph,
        text: text.to_owned(),
        note: note.to_owned(),
        code,
        holds: true,
    };
    let mut steps = vec![step(Glyph::USER, name, "", false)];
    for (place, role) in chain.path.iter().enumerate() {
        let note = if place == 0 { sentence::through(&chain.held) } else { "inherited" };
        let holds = place > 0 || answer.allowed;
        let note = match &answer.reason {
            Reason::Over(_) if place == 0 => "over",
            Reason::Future(_) if place == 0 => "not yet",
            Reason::Elsewhere(_) if place == 0 => "elsewhere",
            _ => note,
        };
        steps.push(Step { holds, ..step(Glyph::ID_CARD, &capitalized(role), note, false) });
    }
    steps.push(step(Glyph::KEY_ROUND, &chain.pattern, "gives", true));
    if chain.pattern != answer.permission {
        steps.push(step(Glyph::SEARCH_CHECK, &answer.permission, "covers", true));
    }
    steps
}

/// From somebody to the permission, link by link: downwards on phones, to the right elsewhere. Where it breaks, the link is dashed.
#[component]
fn Chain(steps: Vec<Step>) -> AnyView {
    let links = steps
        .into_iter()
        .enumerate()
        .map(|(place, step)| {
            let (look, arrow) = if step.holds { ("border-solid border-border bg-raised", "text-muted") } else { ("border-dashed border-danger", "text-danger") };
            let font = if step.code { "font-mono text-sm" } else { "font-medium" };
            view! {
                <li class="flex min-w-0 flex-col items-start gap-1.5 sm:flex-row sm:items-center">
                    {(place > 0).then(|| view! {
                        <span class=format!("flex items-center gap-1.5 pl-3.5 text-sm sm:flex-col-reverse sm:gap-0 sm:px-1 {arrow}")>
                            <span class="rotate-90 sm:rotate-0"><Icon glyph=Glyph::ARROW_RIGHT/></span>
                            {step.note}
                        </span>
                    })}
                    <span class=format!("inline-flex min-h-11 min-w-0 items-center gap-2 rounded-control border px-3 {look}")>
                        <Icon glyph=step.glyph/>
                        <span class=format!("min-w-0 wrap-anywhere {font}")>{step.text}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ol aria-label="The chain" class="flex flex-col gap-1.5 sm:flex-row sm:flex-wrap sm:gap-y-3">{links}</ol> }
        .into_any()
}

/// One role of the list.
#[component]
fn Held(one: HeldView) -> AnyView {
    let (label, counts) = held::state(&one);
    let look = if counts { "" } else { "text-muted" };
    view! {
        <li class="flex items-start gap-3 p-4">
            <span class="mt-0.5 text-muted"><Icon glyph=Glyph::ID_CARD size=IconSize::Medium/></span>
            <div class="min-w-0">
                <p class=format!("flex flex-wrap items-center gap-x-2 font-medium wrap-anywhere {look}")>{capitalized(&one.role)}<Badge label quiet=!counts/></p>
                <p class="text-sm text-muted wrap-anywhere">{held::way(&one)}</p>
            </div>
        </li>
    }
    .into_any()
}
