//! The card that asks for a second factor: of whoever signs in, and of whoever must show again who they are.

use domain::two_factor::Proof;
use leptos::prelude::*;
use model::{LocalPath, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{TwoFactorLive, with_next};
use crate::confirm_access::ConfirmLive;
use crate::ui::{
    AuthCard, Button, ButtonLink, Checkbox, CodeField, FormMessage, Glyph, Kind, Or, Problems, TextField, Variant,
    Width,
};

/// Which page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// After the first factor.
    SignIn,
    /// Before a sensitive act.
    Access,
}

impl Place {
    fn page(self) -> &'static str {
        match self {
            Self::SignIn => "/two-factor",
            Self::Access => "/confirm-access",
        }
    }

    fn send(self) -> &'static str {
        match self {
            Self::SignIn => "/two-factor/code",
            Self::Access => "/confirm-access/code",
        }
    }
}

/// What is asked, and how the form is filled in.
pub(crate) struct Question {
    /// Which page asks.
    pub place: Place,
    /// What serves, the strongest first.
    pub methods: Vec<Method>,
    /// The one that is wanted; the strongest, where it doesn't serve.
    pub wanted: Option<Method>,
    /// Whether a code was sent by it.
    pub sent: bool,
    /// Where text messages go, as far as it may be told.
    pub phone: Option<String>,
    /// Where mails go.
    pub email: String,
    /// Whether a passkey serves, too; its button is one of the card's children.
    pub passkey: bool,
    /// Where to go on.
    pub next: String,
    /// The sealed form that is sent on then; empty without one.
    pub resume: String,
    /// For how long this browser can be spared ("30 days"); `None` where it can't.
    pub spare_for: Option<String>,
    /// Whether that box is ticked.
    pub spare: bool,
    /// What is wrong with the form.
    pub problems: Problems,
}

/// What each of the page's forms takes along.
#[derive(Clone, Default)]
pub(crate) struct Carried {
    /// Where to go on.
    pub next: String,
    /// The sealed form that is sent on then; empty without one.
    pub resume: String,
}

impl Carried {
    fn of(question: &Question) -> Self {
        Self { next: question.next.clone(), resume: question.resume.clone() }
    }

    /// Its fields.
    pub fn view(self) -> AnyView {
        let resume = Some(self.resume).filter(|sealed| !sealed.is_empty());
        view! {
            <input type="hidden" name="next" value=self.next/>
            {resume.map(|sealed| view! { <input type="hidden" name="resume" value=sealed/> })}
        }
        .into_any()
    }
}

/// Where another way is chosen by a form that carries another one.
pub(crate) const OTHER: &str = "/confirm-access/method";

/// What was typed, as what it is.
pub(crate) fn proof(method: Option<Method>, code: &str) -> Proof<'_> {
    match method {
        Some(Method::Mail | Method::Sms) => Proof::Sent(code),
        Some(Method::BackupCode) => Proof::BackupCode(code),
        Some(Method::Totp) | None => Proof::Totp(code),
    }
}

/// The page that asks for the code that was just sent.
pub(crate) fn code_sent(place: Place, method: Method, next: &str) -> LocalPath {
    let page = match (place, method) {
        (Place::SignIn, Method::Sms) => "/two-factor?method=sms&sent=1",
        (Place::SignIn, _) => "/two-factor?method=mail&sent=1",
        (Place::Access, Method::Sms) => "/confirm-access?method=sms&sent=1",
        (Place::Access, _) => "/confirm-access?method=mail&sent=1",
    };
    with_next(page, next)
}

/// The card. `children` stand at its end.
#[component]
pub(crate) fn FactorCard(
    question: Question,
    /// The page's heading.
    title: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    let chosen = question.wanted.filter(|wanted| question.methods.contains(wanted));
    let Some(method) = chosen.or(question.methods.first().copied()) else {
        let (lead, glyph) = no_code(question.place, question.passkey);
        return view! { <AuthCard title lead glyph>{children.map(|children| children())}</AuthCard> }.into_any();
    };
    // A code that was sent by one way isn't asked for under another.
    let sent = question.sent && chosen == Some(method);
    let lead = lead(method, sent, question.phone.as_deref(), &question.email);
    let others: Vec<_> = question.methods.iter().copied().filter(|other| *other != method).collect();
    let (place, carried) = (question.place, Carried::of(&question));
    let is_sent = matches!(method, Method::Mail | Method::Sms);
    // Where there is no field yet, what is wrong is said at the button that sends.
    let problems = if sent || !is_sent { Problems::default() } else { question.problems.clone() };
    let form = (sent || !is_sent).then(|| view! { <CodeForm method question/> });
    let send = is_sent.then(|| view! { <SendForm place method again=sent carried=carried.clone() problems/> });
    view! {
        <AuthCard title lead>
            <div class="grid gap-2.5">{form}{send}</div>
            <Others place methods=others carried/>
            {children.map(|children| children())}
        </AuthCard>
    }
    .into_any()
}

/// What is said where no code serves: a passkey is all that does, or the way in that was taken and the only second factor are the same
/// mailbox, or the same phone.
fn no_code(place: Place, passkey: bool) -> (&'static str, Glyph) {
    let text = match (passkey, place) {
        (true, _) => {
            return (
                "Use your passkey: press the button, and unlock your device. It needs JavaScript, and a browser that knows passkeys.",
                Glyph::KEY_ROUND,
            );
        }
        (false, Place::SignIn) => {
            "You came by a code or link that we sent you, and a code sent to the same place is the only second step of your account. That would prove one thing twice. Sign in with your password instead."
        }
        (false, Place::Access) => {
            "You signed in by a code or link that we sent you, and a code sent to the same place is the only second step of your account. Sign out, sign in with your password, and come back."
        }
    };
    (text, Glyph::SHIELD)
}

fn lead(method: Method, sent: bool, phone: Option<&str>, email: &str) -> String {
    let phone = phone.unwrap_or("your phone");
    match (method, sent) {
        (Method::Totp, _) => {
            "Open your authenticator app and type the six digits that it shows for this site.".to_owned()
        }
        (Method::Sms, false) => format!("We send a text message with a code to {phone}."),
        (Method::Sms, true) => format!("Type the code that we sent to {phone}."),
        (Method::Mail, false) => format!("We send a mail with a code to {email}."),
        (Method::Mail, true) => format!("Type the code that we sent to {email}."),
        (Method::BackupCode, _) => {
            "Type one of the backup codes that you saved when you set up the second step. Each works once.".to_owned()
        }
    }
}

#[component]
fn CodeForm(method: Method, question: Question) -> AnyView {
    let carried = Carried::of(&question).view();
    let Question { place, spare_for, spare, problems, .. } = question;
    let field = match method {
        Method::BackupCode => view! {
            <TextField
                name="code"
                label="Backup code"
                kind=Kind::Plain
                hint="Ten letters and digits, such as Ab23C-4dE5f. Capitals count."
                autocomplete="off"
                enterkeyhint="go"
                required=true
                autofocus=true
                max=40
                problems=problems.clone()
            />
        }
        .into_any(),
        Method::Totp => view! { <CodeField from="from your app" problems=problems.clone()/> }.into_any(),
        Method::Sms => view! { <CodeField from="from the text message" problems=problems.clone()/> }.into_any(),
        Method::Mail => view! { <CodeField problems=problems.clone()/> }.into_any(),
    };
    let spare = spare_for.map(|span| {
        view! {
            <div class="pb-3">
                <Checkbox
                    name="trust"
                    label=format!("Don’t ask in this browser for {span}")
                    hint="Only where nobody else uses it."
                    checked=spare
                />
            </div>
        }
    });
    let label = match place {
        Place::SignIn => "Sign in",
        Place::Access => "Confirm",
    };
    let form = view! {
        <form method="post" action=place.page() class="grid gap-1.5">
            <input type="hidden" name="method" value=method.as_str()/>
            {carried}
            {field}
            {spare}
            <Button label width=Width::Full/>
            <FormMessage problems/>
        </form>
    }
    .into_any();
    match place {
        Place::SignIn => view! { <TwoFactorLive>{form}</TwoFactorLive> }.into_any(),
        Place::Access => view! { <ConfirmLive>{form}</ConfirmLive> }.into_any(),
    }
}

#[component]
fn SendForm(place: Place, method: Method, again: bool, carried: Carried, problems: Problems) -> AnyView {
    let (label, glyph) = match (again, method) {
        (true, Method::Sms) => ("Send a new code", Glyph::MESSAGE_SQUARE),
        (true, _) => ("Send a new code", Glyph::MAIL),
        (false, Method::Sms) => ("Send me a text message", Glyph::MESSAGE_SQUARE),
        (false, _) => ("Send me a mail", Glyph::MAIL),
    };
    let variant = if again { Variant::Secondary } else { Variant::Primary };
    let told = problems.rest().or_else(|| problems.of("code"));
    view! {
        <form method="post" action=place.send()>
            <input type="hidden" name="method" value=method.as_str()/>
            {carried.view()}
            <Button label glyph variant width=Width::Full/>
            {told.map(|told| view! { <FormMessage problems=Problems::general(told)/> })}
        </form>
    }
    .into_any()
}

/// "Use another way".
#[component]
fn Others(place: Place, methods: Vec<Method>, carried: Carried) -> AnyView {
    if methods.is_empty() {
        return ().into_any();
    }
    let next = utf8_percent_encode(&carried.next, NON_ALPHANUMERIC).to_string();
    let link = |method: Method| {
        let (label, glyph) = match method {
            Method::Totp => ("Use my authenticator app", Glyph::SMARTPHONE),
            Method::Sms => ("Use a text message", Glyph::MESSAGE_SQUARE),
            Method::Mail => ("Use a mail", Glyph::MAIL),
            Method::BackupCode => ("Use a backup code", Glyph::LIFE_BUOY),
        };
        // No address has room for a form.
        if !carried.resume.is_empty() {
            return view! {
                <form method="post" action=OTHER>
                    {carried.clone().view()}
                    <Button label glyph name="method" value=method.as_str() variant=Variant::Secondary width=Width::Full/>
                </form>
            }
            .into_any();
        }
        let and_next = if next.is_empty() { String::new() } else { format!("&next={next}") };
        let href = format!("{}?method={}{and_next}", place.page(), method.as_str());
        view! { <ButtonLink href label glyph variant=Variant::Secondary width=Width::Full/> }.into_any()
    };
    view! {
        <Or/>
        <nav aria-label="Use another way" class="grid gap-2.5">{methods.into_iter().map(link).collect_view()}</nav>
    }
    .into_any()
}
