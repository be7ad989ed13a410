use leptos::prelude::*;
use model::onboarding::OnboardingView;
use model::{LocalPath, UserView};

use super::form::Details;
use crate::onboarding::AnswerList;
use crate::ui::{
    Avatar, AvatarSize, Button, ButtonLink, Empty, Fact, Facts, FormMessage, Glyph, Icon, Kind, Link, Problems,
    Section, TextArea, TextField, Variant, Width,
};

/// What the forms hold.
#[derive(Default)]
pub(super) struct Filled {
    pub details: Details,
    pub preferences: String,
    pub picture_problems: Problems,
    pub details_problems: Problems,
    pub preferences_problems: Problems,
}

#[component]
pub(super) fn Content(user: UserView, onboarding: OnboardingView, filled: Filled) -> AnyView {
    let username = match user.display_username.clone() {
        Some(name) => view! { <span class="break-all">{name}</span> }.into_any(),
        None => view! { <span class="text-muted">"None"</span> }.into_any(),
    };
    let change = view! { <span class="text-sm"><Link href="/settings" label="Change"/></span> }.into_any();
    view! {
        <Picture image=user.image.clone() initials=user.initials() problems=filled.picture_problems/>
        <DetailsForm details=filled.details problems=filled.details_problems>
            <Facts><Fact term="User name" action=change>{username}</Fact></Facts>
        </DetailsForm>
        {(!onboarding.questionnaire.steps.is_empty()).then(|| view! { <Told onboarding/> })}
        <Advanced preferences=filled.preferences problems=filled.preferences_problems/>
    }
    .into_any()
}

#[component]
fn Picture(image: Option<String>, initials: String, problems: Problems) -> AnyView {
    let removable = image.is_some();
    let error = problems.of("avatar").or_else(|| problems.rest());
    let invalid = error.is_some().then_some("true");
    view! {
        <Section title="Picture" lead="PNG, JPEG, WebP or GIF of at most 5 MB. It is cut to a square and freed of hidden data, such as where it was taken.">
            <div class="flex flex-col gap-4 sm:flex-row sm:items-center sm:gap-5">
                <Avatar image initials size=AvatarSize::Large/>
                <form method="post" action="/profile/picture" enctype="multipart/form-data" class="grid min-w-0 flex-1 gap-2">
                    <label for="avatar" class="font-medium">"New picture"</label>
                    <input
                        id="avatar"
                        name="avatar"
                        type="file"
                        accept="image/png,image/jpeg,image/webp,image/gif"
                        required
                        autofocus=error.is_some()
                        aria-describedby="avatar-error"
                        aria-invalid=invalid
                        class="w-full min-w-0 text-base text-muted file:mr-3 file:min-h-11 file:cursor-pointer file:rounded-control file:border file:border-solid file:border-control file:bg-surface file:px-4 file:font-medium file:text-text hover:file:bg-raised"
                    />
                    <p id="avatar-error" class="flex min-h-5 items-start gap-1.5 text-sm text-danger">
                        {error.map(|text| view! { <span class="flex h-5 items-center"><Icon glyph=Glyph::CIRCLE_ALERT/></span><span>{text}</span> })}
                    </p>
                    <div class="flex flex-col gap-2.5 sm:flex-row">
                        <Button label="Upload" variant=Variant::Secondary glyph=Glyph::IMAGE_UP width=Width::FullOnPhones/>
                        {removable.then(|| view! {
                            <Button label="Remove picture" variant=Variant::Quiet width=Width::FullOnPhones name="remove" value="yes" skips_checks=true/>
                        })}
                    </div>
                </form>
            </div>
        </Section>
    }
    .into_any()
}

#[component]
fn DetailsForm(details: Details, problems: Problems, children: Children) -> AnyView {
    let Details { name, full_name, bio } = details;
    view! {
        <Section title="About you" lead="Apps that you sign in to may show this.">
            <form method="post" action="/profile" class="grid max-w-prose gap-1.5">
                <input type="hidden" name="act" value="details"/>
                <TextField
                    name="name"
                    label="Display name"
                    kind=Kind::Name
                    hint="What others see."
                    value=name
                    autocomplete="nickname"
                    required=true
                    max=100
                    problems=problems.clone()
                />
                <TextField
                    name="full_name"
                    label="Full name"
                    kind=Kind::Name
                    hint="Optional, such as for invoices."
                    value=full_name
                    autocomplete="name"
                    max=200
                    problems=problems.clone()
                />
                <TextArea name="bio" label="Bio" hint="Optional. A few words about you, at most 1000 characters." value=bio max=1000 problems=problems.clone()/>
                <div><Button label="Save profile" width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
            <div class="border-t border-border pt-2">{children()}</div>
        </Section>
    }
    .into_any()
}

/// What was told to the questionnaire.
#[component]
fn Told(onboarding: OnboardingView) -> AnyView {
    let content = if onboarding.answers.is_empty() {
        view! {
            <Empty glyph=Glyph::SPARKLES title="Nothing yet" text="A few questions, two minutes. You can stop and go on whenever you like.">
                <ButtonLink href="/onboarding" label="Answer the questions" variant=Variant::Secondary/>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <AnswerList view=onboarding next=LocalPath::known("/profile").into()/>
            <form method="post" action="/onboarding/done">
                <input type="hidden" name="next" value="/profile"/>
                <Button label="Delete my answers" variant=Variant::Quiet glyph=Glyph::TRASH_2 width=Width::FullOnPhones name="go" value="clear"/>
            </form>
        }
        .into_any()
    };
    view! {
        <Section title="Your answers" lead="What you told us when you started. It is yours to change or delete." id="answers">{content}</Section>
    }
    .into_any()
}

#[component]
fn Advanced(preferences: String, problems: Problems) -> AnyView {
    let open = !problems.is_empty();
    view! {
        <details class="group rounded-card border border-border bg-surface shadow-card" open=open>
            <summary class="flex min-h-14 items-center gap-2.5 rounded-card px-5 py-3 text-lg font-bold sm:px-6">
                "Advanced"
                <span class="ml-auto text-muted transition-transform group-open:rotate-180"><Icon glyph=Glyph::CHEVRON_DOWN/></span>
            </summary>
            <form method="post" action="/profile" class="grid max-w-prose gap-1.5 px-5 pb-5 sm:px-6 sm:pb-6">
                <input type="hidden" name="act" value="preferences"/>
                <TextArea
                    name="preferences"
                    label="Preferences"
                    hint="What apps remember for you, as JSON (a notation of names and values), such as { \"theme\": \"dark\" }."
                    value=preferences
                    rows=8
                    problems=problems.clone()
                />
                <div><Button label="Save preferences" variant=Variant::Secondary width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        </details>
    }
    .into_any()
}
