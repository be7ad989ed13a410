use leptos::prelude::*;
use model::{PasskeyView, Timestamp};

use super::{Act, PasskeyButton};
use crate::ui::{ButtonLink, Empty, Glyph, Kind, Problems, Row, Rows, Section, TextField, Time, Variant, Width};

/// The `id` of the section, to link to.
pub const SECTION: &str = "passkeys";

/// The passkeys of an account, on the security page: what there is, and how to add one.
#[component]
pub fn PasskeysSection(passkeys: Vec<PasskeyView>, now: Timestamp) -> AnyView {
    let list = if passkeys.is_empty() {
        view! {
            <Empty
                glyph=Glyph::KEY_ROUND
                title="No passkeys yet"
                text="A passkey lets you sign in the way you unlock your device, by fingerprint, face or PIN: nothing to remember, and nothing that somebody could steal from you by a false page."
            />
        }
        .into_any()
    } else {
        let rows = passkeys.into_iter().map(|passkey| view! { <Passkey passkey now/> }).collect_view();
        view! { <Rows name="Passkeys">{rows}</Rows> }.into_any()
    };
    view! {
        <Section
            id=SECTION
            title="Passkeys"
            lead="Sign in the way you unlock your device. A passkey counts as both steps: no second one is asked for."
        >
            {list}
            <PasskeyButton act=Act::Add next="/settings/security" variant=Variant::Primary width=Width::FullOnPhones>
                <div class="max-w-card">
                    <TextField
                        id="passkey-name"
                        name="name"
                        label="Name of the new passkey"
                        kind=Kind::Text
                        hint="So that you know it again. Leave it empty to name it after where it is kept."
                        autocomplete="off"
                        enterkeyhint="done"
                        max=100
                        problems=Problems::default()
                    />
                </div>
            </PasskeyButton>
            <p class="hidden text-muted no-passkeys:block">"This browser has no passkeys. To add one, open this page in another browser, or on your phone."</p>
            <p class="hidden text-muted noscript:block">"To add a passkey, this page needs JavaScript."</p>
        </Section>
    }
    .into_any()
}

#[component]
fn Passkey(passkey: PasskeyView, now: Timestamp) -> AnyView {
    let PasskeyView { id, name, backed_up, created_at, last_used_at, .. } = passkey;
    let (glyph, kept) = if backed_up {
        (Glyph::KEY_ROUND, "Synced: on all devices of the account that keeps it")
    } else {
        (Glyph::LAPTOP, "On one device only")
    };
    let to = |page: &str| format!("/settings/security/passkeys/{page}?passkey={id}");
    let (rename, remove) = (to("rename"), to("remove"));
    let action = view! {
        <div class="flex gap-2 [&_a]:flex-1">
            <ButtonLink href=rename label="Rename" aria_label=format!("Rename {name}") variant=Variant::Quiet/>
            <ButtonLink href=remove label="Remove" aria_label=format!("Remove {name}") variant=Variant::Secondary/>
        </div>
    }
    .into_any();
    view! {
        <Row glyph title=name action>
            <p>{kept}</p>
            <p>
                "Added "<Time at=created_at now/>
                {match last_used_at {
                    Some(at) => view! { " · last used "<Time at now/> }.into_any(),
                    None => " · not used yet".into_any(),
                }}
            </p>
        </Row>
    }
    .into_any()
}
