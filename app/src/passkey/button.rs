use leptos::prelude::*;

use super::{Act, PasskeyLive};
use crate::two_factor::Carried;
use crate::ui::{Button, FormMessage, Glyph, Problems, Variant, Width};

/// The classes of what needs passkeys: its room is kept until the islands know whether the browser has them.
pub(crate) const NEEDS_PASSKEYS: &str = "invisible passkeys:visible no-passkeys:hidden noscript:hidden";

/// A button that asks for a passkey, with the place where it says what went wrong. It is there only where the browser has passkeys.
///
/// What it does is the [`Act`]; where it goes on then:
/// - [`Act::SignIn`]: to `next`, to the questionnaire if it waits, or to the start, as after any sign-in. Good on the page that asks for
///   the second factor, too: a passkey is both.
/// - [`Act::Confirm`]: to what was interrupted (`resume`), to `next`, or to the settings.
/// - [`Act::Add`]: as after signing in. Whoever has to show first who they are comes back to the security page.
#[component]
pub fn PasskeyButton(
    act: Act,
    /// What it says; otherwise what the act is.
    #[prop(optional, into)]
    label: Option<String>,
    /// A path of this site.
    #[prop(optional, into)]
    next: Option<String>,
    /// The sealed form that is sent on then; empty without one.
    #[prop(optional)]
    resume: String,
    #[prop(default = Variant::Secondary)] variant: Variant,
    #[prop(default = Width::Full)] width: Width,
    /// Whether passkeys are also suggested by the field of the page whose `autocomplete` has `webauthn` in it. For signing in only.
    #[prop(optional)]
    suggested: bool,
    /// Fields above the button.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let label = label.unwrap_or_else(|| act.label().to_owned());
    view! {
        <PasskeyLive>
            <form method="post" class=format!("grid gap-1.5 {NEEDS_PASSKEYS}") data-autofill=suggested>
                {Carried { next: next.unwrap_or_default(), resume }.view()}
                {children.map(|children| children())}
                <div><Button label name="act" value=act.as_str() glyph=Glyph::KEY_ROUND variant width/></div>
                <FormMessage problems=Problems::default()/>
            </form>
        </PasskeyLive>
    }
    .into_any()
}

impl Act {
    /// What its button says.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SignIn => "Sign in with a passkey",
            Self::Confirm => "Use a passkey",
            Self::Add => "Add a passkey",
            Self::SignUp => "Sign up with a passkey",
        }
    }
}
