//! Acts in words that a person understands.

use domain::audit::{Act, Kind, Told};
use domain::organization::member;

use crate::session::words as session_words;
use crate::words::capitalized;

/// Acts that a list is narrowed to: the name in the address, and the words.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub name: &'static str,
    pub label: &'static str,
    acts: Acts,
}

#[derive(Clone, Copy)]
enum Acts {
    Of(Kind),
    These(&'static [Act]),
}

impl Group {
    const fn of(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, label, acts: Acts::Of(kind) }
    }

    const fn these(name: &'static str, label: &'static str, acts: &'static [Act]) -> Self {
        Self { name, label, acts: Acts::These(acts) }
    }

    pub(super) fn acts(self) -> Vec<Act> {
        match self.acts {
            Acts::Of(kind) => kind.acts().collect(),
            Acts::These(acts) => acts.to_vec(),
        }
    }
}

/// What people look for in their own trail.
pub(super) const OWN: &[Group] = &[
    Group::of("sign-in", "Signing in and out", Kind::SignIn),
    Group::of("ways-in", "Password, passkeys, second step", Kind::Ways),
    Group::of("account", "Account and data", Kind::Account),
    Group::of("organization", "Organizations", Kind::Organization),
];

/// What people look for in an organization's.
pub(super) const IN_ORGANIZATION: &[Group] = &[
    Group::these(
        "people",
        "Who came and went",
        &[
            Act::MemberInvited,
            Act::InvitationCanceled,
            Act::InvitationAccepted,
            Act::InvitationDeclined,
            Act::MemberRemoved,
            Act::MemberLeft,
        ],
    ),
    Group::these(
        "roles",
        "Roles and rights",
        &[
            Act::MemberRolesChanged,
            Act::RoleChanged,
            Act::RoleAssigned,
            Act::AssignmentRevoked,
            Act::OwnershipTransferred,
            Act::SecondFactorRuleChanged,
        ],
    ),
    Group::these(
        "teams",
        "Teams",
        &[Act::TeamCreated, Act::TeamRenamed, Act::TeamDeleted, Act::TeamMemberAdded, Act::TeamMemberRemoved],
    ),
    Group::these(
        "details",
        "The organization itself",
        &[Act::OrganizationCreated, Act::OrganizationChanged, Act::TrailExported],
    ),
    Group::these("refused", "What was refused", &[Act::AccessRefused]),
];

/// What happened. It names nobody: who did it stands beside it.
pub(super) fn of_act(told: &Told) -> &'static str {
    let Some(act) = told.act else { return "Something that this version has no words for" };
    match act {
        Act::SignedIn => "Signed in",
        Act::SignInFailed => "Sign-in failed",
        Act::PasswordLocked => "Password refused for a while after too many wrong ones",
        Act::PasswordRefused => "Password tried while none was taken",
        Act::SecondFactorFailed => "Wrong code at the second step",
        Act::SecondFactorLocked => "Second step locked after too many wrong codes",
        Act::PasskeyCopied => "Passkey refused: there may be a copy of it",
        Act::SignedOut => "Signed out",
        Act::SessionEnded => "Another device was signed out",
        Act::SessionMoved => "A sign-in was used from another network or device",
        Act::OtherSessionsEnded => "All other devices were signed out",
        Act::AllSessionsEnded => "Every device was signed out",
        Act::Confirmed => "Identity confirmed before a sensitive step",
        Act::ConfirmationFailed => "Identity couldn’t be confirmed",
        Act::PasswordSet => "Password set",
        Act::PasswordChanged => "Password changed",
        Act::PasswordResetRequested => "New password asked for",
        Act::PasswordReset => "New password set by a link or a code",
        Act::PasswordRemoved => "Password removed",
        Act::SecondFactorOn => "Second step turned on",
        Act::SecondFactorOff => "Second step turned off",
        Act::SecondFactorsOff => "All second steps turned off",
        Act::AuthenticatorReplaced => "Authenticator app replaced",
        Act::BackupCodesMade => "New backup codes made",
        Act::BackupCodeUsed => "Backup code used",
        Act::PasskeyAdded => "Passkey added",
        Act::PasskeyRenamed => "Passkey renamed",
        Act::PasskeyRemoved => "Passkey removed",
        Act::BrowserTrusted => "Browser trusted: no second step for a while",
        Act::BrowserForgotten => "Trusted browser removed",
        Act::BrowsersForgotten => "All trusted browsers removed",
        Act::ProviderConnected => "Sign-in with another service connected",
        Act::ProviderDisconnected => "Sign-in with another service disconnected",
        Act::ProviderNotConnected => "Another service wasn’t connected",
        Act::FactorsReset => "All second steps removed by the site’s operator",
        Act::SignedUp => "Account created",
        Act::SignedUpAgain => "Somebody signed up with an address that has this account",
        Act::EmailVerified => "E-mail address confirmed",
        Act::EmailChangeRequested => "Another e-mail address asked for",
        Act::EmailChanged => "E-mail address changed",
        Act::UsernameChanged => "User name changed",
        Act::PhoneNumberChanged => "Phone number set",
        Act::PhoneNumberRemoved => "Phone number removed",
        Act::DataExported => "Data downloaded",
        Act::DeletionRequested => "Deletion of the account asked for",
        Act::AccountDeleted => "Account deleted",
        Act::OrganizationCreated => "Organization created",
        Act::OrganizationChanged => "Organization’s details changed",
        Act::OrganizationDeleted => "Organization deleted",
        Act::OwnershipTransferred => "Ownership handed over",
        Act::MemberInvited => "Invitation sent",
        Act::InvitationCanceled => "Invitation taken back",
        Act::InvitationAccepted => "Joined by invitation",
        Act::InvitationDeclined => "Invitation declined",
        Act::MemberRolesChanged => "Roles of a member changed",
        Act::MemberRemoved => "Member removed",
        Act::MemberLeft => "Left the organization",
        Act::SecondFactorRuleChanged => "Rule about second steps changed",
        Act::RoleChanged => role_change(told),
        Act::RoleAssigned => "Role given",
        Act::AssignmentRevoked => "Role taken back",
        Act::TeamCreated => "Team created",
        Act::TeamRenamed => "Team renamed",
        Act::TeamDeleted => "Team deleted",
        Act::TeamMemberAdded => "Added to a team",
        Act::TeamMemberRemoved => "Removed from a team",
        Act::AccessRefused => "Access refused",
        Act::TrailExported => "Audit log downloaded",
        Act::KeysRotated => "Keys renewed",
        Act::SigningKeyMade => "New key for tokens",
        Act::SigningKeyRetired => "Key for tokens withdrawn",
    }
}

fn role_change(told: &Told) -> &'static str {
    match (told.detail.get("before"), told.detail.get("role")) {
        (Some(_), Some(_)) => "Role changed",
        (Some(_), None) => "Role deleted",
        (None, _) => "Role created",
    }
}

/// What else is worth knowing, as a sentence or two without their stop.
pub(super) fn of_detail(told: &Told) -> Option<String> {
    let text = |name| told.text(name);
    let named = |name: &str| told.detail.get(name).and_then(|one| one.get("name")?.as_str());
    match told.act? {
        Act::SignedIn | Act::SignedUp | Act::SignInFailed | Act::Confirmed | Act::ConfirmationFailed => {
            let shown = [text("factor").and_then(factor), text("second").and_then(second)];
            let shown: Vec<_> = shown.into_iter().flatten().collect();
            (!shown.is_empty()).then(|| format!("With {}", shown.join(", then ")))
        }
        Act::SecondFactorFailed => {
            let what = text("second").and_then(second)?;
            Some(format!("With {what}. What came before it, such as the password, was right"))
        }
        Act::SecondFactorOn | Act::SecondFactorOff => text("method").and_then(second).map(|what| format!("By {what}")),
        Act::BackupCodeUsed => told.detail.get("left").map(|left| format!("{left} left")),
        Act::PasskeyAdded | Act::PasskeyRenamed | Act::PasskeyCopied => text("passkey").map(str::to_owned),
        Act::PasswordChanged => {
            let ended = told.detail.get("others_ended")?.as_bool()?;
            ended.then(|| "All other devices were signed out".to_owned())
        }
        Act::ProviderConnected | Act::ProviderDisconnected | Act::ProviderNotConnected => {
            text("provider").map(str::to_owned)
        }
        Act::UsernameChanged => text("username").map(|name| format!("Now {name}")),
        Act::OrganizationCreated | Act::OrganizationChanged | Act::OrganizationDeleted => {
            text("name").map(str::to_owned)
        }
        Act::MemberInvited => {
            let to = text("email").unwrap_or("A link that works once");
            Some(format!("{to}, as {}", roles(text("roles").unwrap_or_default())))
        }
        Act::InvitationCanceled => Some(text("email").unwrap_or("A link that works once").to_owned()),
        Act::InvitationAccepted => text("roles").map(|list| format!("As {}", roles(list))),
        Act::MemberRolesChanged => {
            let now = text("roles").unwrap_or_default();
            let now = if now.is_empty() { "No role".to_owned() } else { format!("Now {}", roles(now)) };
            let before = text("before").filter(|before| !before.is_empty());
            let before = before.map(|before| format!(", before {}", roles(before)));
            let team = text("name").map(|team| format!(", in the team {team}"));
            Some(format!("{now}{}{}", before.unwrap_or_default(), team.unwrap_or_default()))
        }
        Act::SecondFactorRuleChanged => match told.detail.get("roles")?.as_array() {
            None => Some("As the site has it".to_owned()),
            Some(list) if list.is_empty() => Some("Asked of nobody".to_owned()),
            Some(list) => {
                let list: Vec<_> = list.iter().filter_map(|role| role.as_str()).map(capitalized).collect();
                Some(format!("Asked of {}", list.join(", ")))
            }
        },
        Act::RoleChanged => named("role").or_else(|| named("before")).map(capitalized),
        Act::RoleAssigned => told.detail.get("assignment")?.get("role")?.as_str().map(capitalized),
        Act::AssignmentRevoked => text("role").map(capitalized),
        Act::TeamCreated | Act::TeamRenamed | Act::TeamDeleted | Act::TeamMemberAdded | Act::TeamMemberRemoved => {
            text("name").map(str::to_owned)
        }
        Act::AccessRefused => Some(match text("permission") {
            Some(permission) => format!("Without the permission {permission}"),
            None => "To an organization that they aren’t in".to_owned(),
        }),
        Act::TrailExported => text("format").map(str::to_uppercase),
        _ => None,
    }
}

fn roles(list: &str) -> String {
    member::roles(list).map(capitalized).collect::<Vec<_>>().join(", ")
}

fn factor(name: &str) -> Option<&'static str> {
    serde_json::from_value(name.into()).ok().map(session_words::factor)
}

fn second(name: &str) -> Option<&'static str> {
    match name {
        "sent" => Some("a code that was sent"),
        "backup-code" => Some("a backup code"),
        name => serde_json::from_value(name.into()).ok().and_then(session_words::second),
    }
}

/// Whether it is worth a second look.
pub(super) fn is_grave(act: Option<Act>) -> bool {
    matches!(
        act,
        Some(
            Act::SignInFailed
                | Act::PasswordLocked
                | Act::PasswordRefused
                | Act::SecondFactorFailed
                | Act::SecondFactorLocked
                | Act::PasskeyCopied
                | Act::ConfirmationFailed
                | Act::SignedUpAgain
                | Act::AccessRefused
                | Act::FactorsReset
        )
    )
}
