//! What the letters say, in English: the one place for it.

use std::time::Duration;

use model::Method;

use super::letter::{CodePurpose, Letter, SecurityChange};
use crate::Settings;

/// The parts of a letter, in the order in which they are read.
pub(super) struct Words {
    pub subject: String,
    /// What it is about.
    pub lead: String,
    /// A code, alone on its line.
    pub code: Option<String>,
    /// What happened, item by item.
    pub facts: Vec<(&'static str, String)>,
    /// The button.
    pub action: Option<Action>,
    /// How long it is good, and what happens next.
    pub note: String,
    /// A second, quieter way on.
    pub other: Option<Action>,
    /// Why the letter came.
    pub why: String,
    /// What to do if it wasn't you.
    pub otherwise: String,
}

/// A link and what it is for.
pub(super) struct Action {
    pub label: &'static str,
    pub link: String,
}

fn action(label: &'static str, link: &str) -> Option<Action> {
    Some(Action { label, link: link.to_owned() })
}

const SOMEBODY_IS_IN: &str = "If it wasn't you, don't use the link: somebody else is signed in to your account. Change your password and sign out \
                              every other device.";
const TELL_OPERATOR: &str = "If it wasn't you, somebody else had access to your account: write to the people who run";

/// The words of `letter` in a product called `app`.
pub(super) fn of(letter: &Letter, app: &str, settings: &Settings) -> Words {
    let links = &settings.links;
    let blank = Words {
        subject: String::new(),
        lead: String::new(),
        code: None,
        facts: Vec::new(),
        action: None,
        note: String::new(),
        other: None,
        why: String::new(),
        otherwise: String::new(),
    };
    match letter {
        Letter::Verify { link } => Words {
            subject: format!("Confirm your address for {app}"),
            lead: format!("Confirm your e-mail address to finish signing up for {app}."),
            action: action("Confirm address", link),
            note: once("link", links.verification),
            why: format!("somebody signed up for {app} with this address."),
            otherwise: "If it wasn't you, ignore this mail: nobody can use the account unless you confirm.".to_owned(),
            ..blank
        },
        Letter::AccountExists { sign_in, reset } => Words {
            subject: format!("You already have an account with {app}"),
            lead: format!(
                "You signed up for {app} with this address, which has an account already. Sign in to it instead."
            ),
            action: action("Sign in", sign_in),
            note: "No new account was made, and yours is as it was.".to_owned(),
            other: action("If you forgot the password, choose a new one", reset),
            why: format!("somebody signed up for {app} with this address."),
            otherwise: "If it wasn't you, ignore this mail.".to_owned(),
            ..blank
        },
        Letter::Reset { link } => Words {
            subject: format!("Reset your password for {app}"),
            lead: format!("Choose a new password for your account with {app}."),
            action: action("Choose a new password", link),
            note: if settings.reset.end_sessions {
                format!("{} A new password signs you out on every other device.", once("link", links.reset))
            } else {
                once("link", links.reset)
            },
            why: "somebody asked to reset the password of the account with this address.".to_owned(),
            otherwise: "If it wasn't you, ignore this mail: your password stays as it is.".to_owned(),
            ..blank
        },
        Letter::MagicLink { link } => Words {
            subject: format!("Sign in to {app}"),
            lead: format!("Here is your link to sign in to {app}."),
            action: action("Sign in", link),
            note: format!("{} Keep it to yourself: it signs in whoever opens it.", once("link", links.magic_link)),
            why: format!("somebody asked to sign in to {app} with this address."),
            otherwise: "If it wasn't you, ignore this mail: nobody is signed in unless you open the link.".to_owned(),
            ..blank
        },
        Letter::Code { code, purpose } => {
            let (subject, aim) = match purpose {
                CodePurpose::SignIn => (format!("Your code to sign in to {app}"), format!("sign in to {app}")),
                CodePurpose::VerifyEmail => {
                    (format!("Your code to confirm your address for {app}"), "confirm your e-mail address".to_owned())
                }
                CodePurpose::ResetPassword => {
                    (format!("Your code to reset your password for {app}"), "reset your password".to_owned())
                }
                CodePurpose::ChangeEmail => {
                    (format!("Your code to change your address for {app}"), "change your e-mail address".to_owned())
                }
            };
            Words {
                subject,
                lead: format!("Type this code where you were asked for it, to {aim}:"),
                code: Some(code.clone()),
                note: format!(
                    "{} Keep it to yourself: nobody from {app} will ask you for it.",
                    once("code", links.code)
                ),
                why: format!("somebody asked {app} for a code for this address."),
                otherwise: "If it wasn't you, ignore this mail: without the code nothing happens.".to_owned(),
                ..blank
            }
        }
        Letter::ConfirmEmailChange { new_email, link } => Words {
            subject: format!("Confirm the change of your address for {app}"),
            lead: format!("Do you want to change the address of your account with {app} to {new_email}?"),
            action: action("Change address", link),
            note: format!(
                "{} Then confirm the mail that we send to the new address.",
                once("link", links.verification)
            ),
            why: "somebody who is signed in to your account asked for the change.".to_owned(),
            otherwise: SOMEBODY_IS_IN.to_owned(),
            ..blank
        },
        Letter::VerifyNewEmail { link } => Words {
            subject: format!("Confirm your new address for {app}"),
            lead: format!("Confirm this e-mail address, and it becomes the one of your account with {app}."),
            action: action("Confirm address", link),
            note: once("link", links.verification),
            why: format!("somebody asked to use this address for their account with {app}."),
            otherwise: "If it wasn't you, ignore this mail: nothing changes unless you confirm.".to_owned(),
            ..blank
        },
        Letter::EmailChanged { new_email } => Words {
            subject: format!("Your address for {app} was changed"),
            lead: format!("The address of your account with {app} is now {new_email}."),
            note: "You sign in with the new address, and our mails go there.".to_owned(),
            why: "we tell you whenever the way into your account changes.".to_owned(),
            otherwise: format!("{TELL_OPERATOR} {app} at once."),
            ..blank
        },
        Letter::Deletion { link } => Words {
            subject: format!("Confirm that your account with {app} is to be deleted"),
            lead: format!("Do you want to delete your account with {app} and everything in it? This can't be undone."),
            action: action("Delete account", link),
            note: once("link", links.verification),
            why: "somebody who is signed in to your account asked to delete it.".to_owned(),
            otherwise: SOMEBODY_IS_IN.to_owned(),
            ..blank
        },
        Letter::Deleted => Words {
            subject: format!("Your account with {app} was deleted"),
            lead: format!("Your account with {app} and everything in it was deleted."),
            note: "This is the last mail from us.".to_owned(),
            why: "this was the address of the account.".to_owned(),
            otherwise: format!("{TELL_OPERATOR} {app} at once."),
            ..blank
        },
        Letter::Invitation { organization, inviter, address, until, link } => {
            let organization = named(organization).unwrap_or_else(|| "an organization".to_owned());
            let inviter = named(inviter).map_or_else(|| address.to_string(), |name| format!("{name} ({address})"));
            Words {
                subject: format!("You are invited to {organization}"),
                lead: format!("{inviter} invites you to work together in {organization} on {app}."),
                action: action("See the invitation", link),
                note: format!(
                    "The invitation is for this address only, and good until {}. If you have no account with {app} yet, \
                     you can make one with this address on the way.",
                    until.words()
                ),
                why: format!("{inviter} typed this address to invite you."),
                otherwise: "If you don't know who that is, ignore this mail: you join nothing unless you accept."
                    .to_owned(),
                ..blank
            }
        }
        Letter::OwnershipGiven { organization, by, link } => {
            let organization = named(organization).unwrap_or_else(|| "an organization".to_owned());
            let by = named(by).unwrap_or_else(|| "Its owner".to_owned());
            Words {
                subject: format!("You own {organization} now"),
                lead: format!(
                    "{by} handed {organization} on {app} over to you. You may do everything there, and only you can hand it over again."
                ),
                action: action("Open it", link),
                why: format!("you are a member of {organization}."),
                otherwise: format!(
                    "If you don't want it, hand it to another member in its settings, or write to {by}."
                ),
                ..blank
            }
        }
        Letter::OrganizationDeleted { organization, by } => {
            let organization = named(organization).unwrap_or_else(|| "An organization".to_owned());
            let by = named(by).unwrap_or_else(|| "Somebody who may".to_owned());
            Words {
                subject: format!("{organization} was deleted"),
                lead: format!("{by} deleted {organization} on {app}, with its members, teams, invitations and roles."),
                why: format!("you owned {organization}."),
                otherwise: format!("If that was a mistake, write to {by}, or to the people who run {app}."),
                ..blank
            }
        }
        Letter::SecondFactorCode { code } => Words {
            subject: format!("Your code to finish signing in to {app}"),
            lead: format!("Type this code where you were asked for it, to finish signing in to {app}:"),
            code: Some(code.clone()),
            note: format!("{} Keep it to yourself: nobody from {app} will ask you for it.", once("code", links.code)),
            why: format!("somebody showed the first half of what it takes to sign in to your account with {app}."),
            otherwise: "If it wasn't you, somebody knows your password: change it at once.".to_owned(),
            ..blank
        },
        Letter::SecurityChanged { change } => {
            let (what, note) = changed(change);
            Words {
                subject: format!("{what}: your account with {app}"),
                lead: format!("{what} for your account with {app}."),
                action: action("See your security settings", &settings.link("/settings/security")),
                note,
                why: "we tell you whenever the way into your account changes.".to_owned(),
                otherwise: "If it wasn't you, open your security settings at once: undo it, change your password, and sign out every other device.".to_owned(),
                ..blank
            }
        }
        Letter::PasswordChanged { reset } => Words {
            subject: format!("Your password for {app} was changed"),
            lead: format!("The password of your account with {app} was changed."),
            note: "If it was you, there is nothing left to do.".to_owned(),
            other: action("If it wasn't you, choose a new password at once", reset),
            why: "we tell you whenever the way into your account changes.".to_owned(),
            ..blank
        },
        Letter::PasswordLocked { device, ip_address, at, reset, link } => Words {
            subject: format!("Too many wrong passwords for your account with {app}"),
            lead: format!("Somebody typed a wrong password for your account with {app}, many times in a row. So that nobody can guess it, none is taken for a few minutes; longer if it goes on."),
            facts: vec![("Device", plain(device)), ("Network address", plain(ip_address)), ("Time", at.words())],
            action: action("Sign in with a link by mail", link),
            note: "Browsers that you have signed in with before aren't concerned. If it was you, wait a little, or choose a new password: that ends the wait.".to_owned(),
            other: action("Choose a new password", reset),
            why: "we tell you, at most once a day, when somebody seems to guess your password.".to_owned(),
            otherwise: "If it wasn't you, nobody got in, and there is nothing that you must do.".to_owned(),
            ..blank
        },
        Letter::NewDevice { device, ip_address, at, sessions } => Words {
            subject: format!("New sign-in to your account with {app}"),
            lead: format!("Somebody signed in to your account with {app} from a device that we haven't seen before."),
            facts: vec![("Device", plain(device)), ("Network address", plain(ip_address)), ("Time", at.words())],
            action: action("See your devices", sessions),
            note: "If it was you, there is nothing left to do.".to_owned(),
            why: "we tell you of every sign-in from a new device.".to_owned(),
            otherwise: "If it wasn't you, sign that device out and change your password.".to_owned(),
            ..blank
        },
        Letter::SessionMoved { before, device, ip_address, at, sessions } => Words {
            subject: format!("Your account with {app} is used on another device"),
            lead: format!("You signed in to {app} on one device, and the same sign-in is used on another one now. Somebody may have copied it."),
            facts: vec![
                ("Signed in on", plain(before)),
                ("Used on", plain(device)),
                ("Network address", plain(ip_address)),
                ("Time", at.words()),
            ],
            action: action("See your devices", sessions),
            note: "If your browser only calls itself something else now, there is nothing to do.".to_owned(),
            why: "we tell you when a sign-in turns up on another device.".to_owned(),
            otherwise: "If you don't know it, sign that device out and change your password.".to_owned(),
            ..blank
        },
    }
}

/// What happened, as a subject has it, and what follows from it.
fn changed(change: &SecurityChange) -> (String, String) {
    let name = |method: Method| match method {
        Method::Totp => "Codes from an authenticator app",
        Method::Mail => "Codes by mail",
        Method::Sms => "Codes by text message",
        Method::BackupCode => "Backup codes",
    };
    let (what, note) = match change {
        SecurityChange::TwoFactorOn(method) => {
            return (format!("{} turned on", name(*method)), "From now on we ask for one when you sign in.".to_owned());
        }
        SecurityChange::TwoFactorOff(method) => {
            return (format!("{} turned off", name(*method)), "We don't ask for them any more.".to_owned());
        }
        SecurityChange::BackupCodeUsed(left) => {
            let left = match left {
                0 => "It was the last one. Make new ones in your security settings.".to_owned(),
                1 => "One is left. Make new ones in your security settings.".to_owned(),
                left => format!("{left} are left."),
            };
            return ("A backup code was used".to_owned(), left);
        }
        SecurityChange::ProviderConnected(name) => {
            return (
                format!("Sign-in with {name} was connected"),
                "Whoever signs in there can sign in here now.".to_owned(),
            );
        }
        SecurityChange::ProviderDisconnected(name) => {
            return (format!("Sign-in with {name} was disconnected"), "It doesn't sign in here any more.".to_owned());
        }
        SecurityChange::TwoFactorDisabled => ("Two-step sign-in turned off", "Your password alone signs in now."),
        SecurityChange::AuthenticatorReplaced => {
            ("A new authenticator app was set up", "The one before doesn't work any more.")
        }
        SecurityChange::BackupCodesReplaced => ("New backup codes were made", "The ones before don't work any more."),
        SecurityChange::SecondFactorLocked => (
            "Too many wrong codes",
            "Somebody has shown the first half of what it takes to sign in, and typed wrong codes. For a while no code is taken.",
        ),
        SecurityChange::PasskeyAdded => ("A passkey was added", "It signs in without a password."),
        SecurityChange::PasskeyRemoved => ("A passkey was removed", "It doesn't sign in any more."),
        SecurityChange::PasskeyCopied => (
            "A passkey was refused",
            "It seems that there is a copy of it. Remove it in your security settings, and add a new one.",
        ),
        SecurityChange::FactorsReset => (
            "Two-step sign-in was reset",
            "The people who run this site removed every second factor, and signed you out everywhere. Sign in, and set them up again.",
        ),
        SecurityChange::PhoneRemoved => ("Your phone number was removed", "It doesn't sign in any more."),
        SecurityChange::PhoneChanged => ("Your phone number was changed", "Text messages go to the new one."),
    };
    (what.to_owned(), note.to_owned())
}

/// "Hello Ada,": or without a name that can't be told.
pub(super) fn greeting(name: &str) -> String {
    named(name).map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"))
}

/// A name that a letter can tell. It is whatever somebody typed, perhaps with another's address at sign-up: what looks like an address, a
/// link or a code is left out, so that nobody can send their own message through ours.
fn named(name: &str) -> Option<String> {
    let name = plain(name);
    let name = name.trim();
    let dotted =
        name.split_whitespace().any(|word| word.trim_end_matches('.').contains('.') && word.chars().count() > 4);
    let digits = name.chars().filter(char::is_ascii_digit).count() > 4;
    let fits =
        !name.is_empty() && name.chars().count() <= 60 && !dotted && !digits && !name.contains(['/', '\\', ':', '@']);
    fits.then(|| name.to_owned())
}

/// One line without control characters and without what turns the direction of text.
pub(crate) fn plain(text: &str) -> String {
    let unfit = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if unfit(c) { ' ' } else { c }).collect()
}

fn once(what: &str, span: Duration) -> String {
    format!("The {what} works once, within {}.", words_of(span))
}

/// "5 minutes", "1 hour", "2 days"; rounded down to what still holds.
fn words_of(span: Duration) -> String {
    let minutes = (span.as_secs() / 60).max(1);
    let (number, unit) = match minutes {
        m if m % (24 * 60) == 0 => (m / (24 * 60), "day"),
        m if m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
