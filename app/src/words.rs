//! What a person reads when something was refused or done: English. It says what to do, and blames nobody.

use model::{OrganizationRefusal, PasswordRule, ProviderFailure, ProviderRefusal, Refusal};

use crate::ui::{Problem, Problems, Tone};

/// A refusal, as a sentence that says what to do.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InvalidCredentials => "No match. Check both and try again.",
        Refusal::InvalidUsernameOrPassword => "No match. Check both and try again.",
        Refusal::InvalidPassword => "That isn’t your present password.",
        Refusal::EmailNotVerified => "Confirm your address first: open the link in the mail we sent you.",
        Refusal::InvalidEmail => "Use an address like you@example.com.",
        Refusal::UserExists => "This address has an account. Sign in, or use another one.",
        Refusal::EmailIsTheSame => "This is your address already.",
        Refusal::EmailCannotBeUpdated => "The address is changed under Settings, Account.",
        Refusal::ChangeEmailDisabled => "The address can’t be changed here. Ask the people who run this site.",
        Refusal::EmailMismatch => "You are signed in with another address. Sign out first.",
        Refusal::EmailAlreadyVerified => "This address is confirmed already. There is nothing to do.",
        Refusal::Password(rules) => return password(rules),
        Refusal::PasswordCompromised => "Attackers know this password and try it first. Choose another one.",
        Refusal::PasswordUnchecked => "We can’t check this password right now. Try again in a few seconds.",
        Refusal::NameMissing => "Type your name.",
        Refusal::InvalidName => "Use one line of at most 100 characters.",
        Refusal::TooLong(_, limit) => return format!("Shorten it to at most {limit} characters."),
        Refusal::FieldNotAllowed(field) => return format!("{field} can’t be set here. Leave it out."),
        Refusal::NothingToUpdate => "Change something first; everything is as it was.",
        Refusal::UsernameTooShort => "Use at least 3 characters.",
        Refusal::UsernameTooLong => "Use at most 30 characters.",
        Refusal::InvalidUsername => "Use only a to z, digits, _ and dots.",
        Refusal::UsernameTaken => "This name is taken. Try another.",
        Refusal::InvalidToken => "This link doesn’t work any more. Ask for a new one.",
        Refusal::InvalidSessionToken => "That account is signed out. Sign in to it again.",
        Refusal::TokenExpired => "This link has expired. Ask for a new one.",
        Refusal::InvalidCode => "That isn’t the code. Look again.",
        Refusal::CodeExpired => "It has expired. Ask for a new one.",
        Refusal::TooManyAttempts => "Too many tries. Ask for a new code.",
        Refusal::Unauthorized => "Sign in first.",
        Refusal::SessionNotFresh => "Confirm that it’s you, then try again.",
        Refusal::SessionElsewhere => "Confirm that it’s you: you are on another network or device than before.",
        Refusal::NoPassword => "This account has no password yet. Set one first.",
        Refusal::PasswordAlreadySet => "This account has a password already. Change it instead.",
        Refusal::LastAccount => "This is your only way in. Add another one first.",
        Refusal::AccountNotFound => "This way in is gone already. Load the page again.",
        Refusal::UserNotFound => "This account is gone.",
        Refusal::SignUpDisabled => "New accounts can’t be made here. Ask the people who run this site.",
        Refusal::DeletionDisabled => "Accounts can’t be deleted here. Ask the people who run this site.",
        Refusal::InvalidImage => "Choose a PNG, JPEG, WebP or GIF picture of at most 5 MB.",
        Refusal::InvalidPreferences => "Type a JSON object of at most 16 KB.",
        Refusal::InvalidAnswers(_) => "Choose an answer.",
        Refusal::OnboardingRequired => "Answer these questions first; they can’t be skipped here.",
        Refusal::ConfirmationMismatch => "Type it exactly as it is shown.",
        Refusal::TwoFactorRequired => "Your account needs a second step first. Set one up, then go on.",
        Refusal::ChallengeGone => "That took too long. Sign in again.",
        Refusal::WrongFactorCode => "That isn’t the code, or it was used already. Look again.",
        Refusal::FactorCodeExpired => "It has expired. Ask for a new one.",
        Refusal::TooManyFactorTries => "Too many tries. Sign in again, or ask for a new code later.",
        Refusal::AccountLocked => {
            "Too many wrong codes in a row. For 15 minutes or longer none is taken. Use a passkey, or try again later."
        }
        Refusal::PasswordLocked(seconds) => {
            return format!(
                "Too many wrong passwords. Use a link or a code by mail, or try again in {}.",
                soon(*seconds)
            );
        }
        Refusal::ProofMissing(seconds) => {
            return format!("Very many are trying to get in just now. Send this again in {}.", soon(*seconds));
        }
        Refusal::ProofRefused => "Very many are trying to get in just now. Send this once more.",
        Refusal::WrongBackupCode => "That isn’t one of your unused backup codes. Look again.",
        Refusal::BackupCodesNotEnabled => "There are no backup codes for this account.",
        Refusal::TotpNotEnabled => "No authenticator app is set up. Set one up first.",
        Refusal::TotpAlreadyEnabled => "An authenticator app is set up already. Replace it instead.",
        Refusal::TwoFactorNotEnabled => "There is no second step yet. Set one up first.",
        Refusal::OtpNotConfigured => "Codes of this kind can’t be sent here. Choose another way.",
        Refusal::OtpNotEnabled => "This way doesn’t work here. Choose another one.",
        Refusal::CeremonyGone => "That took too long. Try again.",
        Refusal::PasskeyNotRegistered => "That passkey couldn’t be added. Try again.",
        Refusal::PasskeyKnown => "This device has a passkey for your account already.",
        Refusal::PasskeyRefused => "That passkey didn’t work. Try again, or sign in another way.",
        Refusal::UnknownPasskey => "This passkey isn’t known here any more. Sign in another way.",
        Refusal::PasskeyNotFound => "This passkey is gone already. Load the page again.",
        Refusal::PasskeysUnavailable => "Passkeys can’t be used on this site.",
        Refusal::NotYourPasskey => "This passkey isn’t yours.",
        Refusal::InvalidPhoneNumber => "Type the number with its country code, such as +49 170 1234567.",
        Refusal::PhoneNumberTaken => "This number belongs to another account.",
        Refusal::PhoneCodeMissing => "No code was sent to this number. Ask for one.",
        Refusal::InvalidPhoneOrPassword => "Number and password don’t match an account.",
        Refusal::PhoneNumberCannotBeUpdated => "The number is changed under Settings, Account.",
        Refusal::PhoneNumberCannotBeSet => "Add the number later, under Settings, Account.",
        Refusal::SmsNotConfigured => "This site sends no text messages.",
        Refusal::Provider(refused) => return provider(refused),
        Refusal::Organization(refusal) => return organization(refusal),
        Refusal::TooManyRequests(seconds) => return format!("Too many tries. Try again in {}.", soon(*seconds)),
        Refusal::LimiterAway => "This doesn’t work at the moment. Try again in a few seconds.",
        Refusal::Busy => "Many people are signing in right now. Try again in a few seconds.",
    }
    .to_owned()
}

/// "42 seconds", or "15 minutes".
fn soon(seconds: u32) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        ..=120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// What a person reads of a refusal about an organization.
fn organization(refusal: &OrganizationRefusal) -> String {
    match refusal {
        OrganizationRefusal::NotFound | OrganizationRefusal::NotAMember => {
            "There is no such organization, or you aren’t in it."
        }
        OrganizationRefusal::NoneActive => "Choose an organization first.",
        OrganizationRefusal::SlugTaken => "This address is taken. Try another.",
        OrganizationRefusal::InvalidSlug => "Use 2 to 48 of a to z, digits and dashes.",
        OrganizationRefusal::InvalidName => "Type a name: one line of at most 100 characters.",
        OrganizationRefusal::InvalidLogo => {
            "Use the address of a picture that begins with https://, or leave it empty."
        }
        OrganizationRefusal::TooMany => "You own as many organizations as you may. Delete one, or hand one over.",
        OrganizationRefusal::Forbidden(_) => "You aren’t allowed to do this here. Ask an owner.",
        OrganizationRefusal::NotHeld(missing) => {
            return format!("You can only give what you have. You don’t have: {}.", missing.join(", "));
        }
        OrganizationRefusal::HeldUntil { permissions, until } => {
            let (what, until) = (permissions.join(", "), until.words());
            return format!("You have this only until {until}, so you can’t give it for longer: {what}.");
        }
        OrganizationRefusal::MemberNotFound => "This member is gone. Load the page again.",
        OrganizationRefusal::OnlyOwner => "You are the only owner. Make somebody else one first.",
        OrganizationRefusal::WithoutOwner => "An organization needs an owner. Make somebody else one first.",
        OrganizationRefusal::MemberLimit => "The organization is full. Ask its owner.",
        OrganizationRefusal::RoleNotFound(role) if role.is_empty() => "Choose at least one role.",
        OrganizationRefusal::RoleNotFound(role) => return format!("There is no role “{role}”."),
        OrganizationRefusal::RoleTaken => "There is a role of this name already. Try another.",
        OrganizationRefusal::RolePredefined => "This role is the same everywhere and can’t be changed here.",
        OrganizationRefusal::RoleAssigned => {
            "Somebody has this role or is invited to it, or another role inherits from it. Change that first."
        }
        OrganizationRefusal::InvalidRole(why) => return capitalized(&format!("{why}.")),
        OrganizationRefusal::InvalidRoleName => "Use 1 to 64 of a to z, digits, dashes, dots and _.",
        OrganizationRefusal::RoleCircle(circle) => {
            return format!("These would inherit in a circle: {}. Untick one of them.", circle.join(" → "));
        }
        OrganizationRefusal::InvalidPermission(_) => {
            "Type a permission such as content:delete, with small letters and without a star."
        }
        OrganizationRefusal::TooManyRoles => "There are as many roles as there may be. Delete one first.",
        OrganizationRefusal::InvalidResource(name) => {
            return format!("There is nothing called “{name}” to give permissions for.");
        }
        OrganizationRefusal::AlreadyMember => "This person is in the organization already.",
        OrganizationRefusal::AlreadyInvited => "This address is invited already. Send the invitation again instead.",
        OrganizationRefusal::InvitationNotFound => "This invitation doesn’t work any more. Ask for a new one.",
        OrganizationRefusal::NotTheRecipient => "This invitation was sent to another address. Sign in with that one.",
        OrganizationRefusal::EmailNotVerified => "Confirm your address first, then open the invitation again.",
        OrganizationRefusal::InvitationLimit => "There are as many open invitations as there may be. Cancel one first.",
        OrganizationRefusal::InviterGone => "Whoever invited you can’t any more. Ask for a new invitation.",
        OrganizationRefusal::TeamNotFound => "This team is gone. Load the page again.",
        OrganizationRefusal::NotInTeam => "Only its members see this team.",
        OrganizationRefusal::LastTeam => "An organization keeps one team. Make another one first.",
        OrganizationRefusal::TooManyTeams => "There are as many teams as there may be. Delete one first.",
        OrganizationRefusal::InvalidWindow => "Choose an end that is still to come, and later than the beginning.",
        OrganizationRefusal::AssignmentNotFound => "This role was taken back already. Load the page again.",
        OrganizationRefusal::TooManyChosen(most) => return format!("Choose at most {most}."),
        OrganizationRefusal::MetadataTooLarge => "An app keeps too much of its own here. It may keep 16 KB.",
        OrganizationRefusal::TooManyAssignments => {
            "This person has as many roles with a limit as there may be. Take one back first."
        }
    }
    .to_owned()
}

fn provider(refusal: &ProviderRefusal) -> String {
    match refusal {
        ProviderRefusal::NotFound | ProviderRefusal::NotSupported => "This way in isn’t offered here any more.",
        ProviderRefusal::IdTokenNotSupported | ProviderRefusal::InvalidToken | ProviderRefusal::NoUserInfo => {
            "The other service didn’t say clearly who you are. Try again."
        }
        ProviderRefusal::EmailNotFound => "The other service didn’t tell your address. Allow it to, and try again.",
        ProviderRefusal::NotSignedIn(_) => "That didn’t sign you in. Try again, or use another way in.",
        ProviderRefusal::LinkingNotAllowed => "This account can’t be connected: its address isn’t confirmed there.",
        ProviderRefusal::DifferentEmails => "This account has another address than yours here.",
        ProviderRefusal::AlreadyLinked => "This account is connected already.",
        ProviderRefusal::NoAccessToken | ProviderRefusal::RefreshTokenNotFound | ProviderRefusal::RefreshFailed => {
            "The other service doesn’t let us in any more. Connect it again."
        }
    }
    .to_owned()
}

/// Why signing in with a provider, or connecting one, came to nothing: a title, and what to do.
pub fn provider_failure(failure: &ProviderFailure, name: Option<&str>, connecting: bool) -> (String, String) {
    let begin = name.unwrap_or("The other service");
    let name = name.unwrap_or("the other service");
    let stopped =
        if connecting { format!("{begin} isn’t connected") } else { format!("{begin} didn’t sign you in") };
    let text = match failure {
        ProviderFailure::StateMismatch | ProviderFailure::StateNotFound => {
            "It took too long, was finished before, or was begun in another browser. Try again.".to_owned()
        }
        ProviderFailure::OauthProviderNotFound => {
            "This way in isn’t offered here any more. Use another one.".to_owned()
        }
        ProviderFailure::Unreachable => format!("{begin} can’t be reached at the moment. Try again in a while."),
        ProviderFailure::NoCode
        | ProviderFailure::IssuerMismatch
        | ProviderFailure::InvalidCode
        | ProviderFailure::InvalidToken
        | ProviderFailure::UnableToGetUserInfo => {
            format!("{begin} didn’t say clearly who you are. Try again, or use another way in.")
        }
        ProviderFailure::EmailNotFound => {
            format!("{begin} didn’t tell us your address. Allow that there, and try again.")
        }
        ProviderFailure::EmailNotVerified => {
            let title = "Confirm your address".to_owned();
            return (title, "We have sent you a mail. Open the link in it, and you are signed in.".to_owned());
        }
        ProviderFailure::AccountNotLinked => {
            let title = "You have an account already".to_owned();
            let text = format!(
                "Your address at {name} has an account here. Sign in the way you did before, or by a link that we mail you. Then connect {name} under Settings, Security."
            );
            return (title, text);
        }
        ProviderFailure::UnableToLinkAccount => {
            format!("You were signed out meanwhile. Sign in, and connect {name} again.")
        }
        ProviderFailure::EmailDoesNotMatch => {
            format!("Your account at {name} has another address than this one. Use the one with the same address.")
        }
        ProviderFailure::AccountAlreadyLinkedToDifferentUser => {
            format!(
                "Your account at {name} is connected with another account here. Sign in with it, and disconnect it first."
            )
        }
        ProviderFailure::AccountOfEarlierIssuer => {
            format!(
                "Your account at {name} is still connected from before {name} was set up anew here. Disconnect it under Settings, Security, then connect it again."
            )
        }
        ProviderFailure::InternalServerError => "Something went wrong on our side. Try again in a moment.".to_owned(),
        ProviderFailure::SignupDisabled => {
            "New accounts can’t be made here. Ask the people who run this site.".to_owned()
        }
        ProviderFailure::Theirs(code) if code == "access_denied" => {
            format!("You stopped at {name}, or it didn’t let you on. Nothing has changed.")
        }
        ProviderFailure::Theirs(_) => format!("{begin} didn’t let you on. Try again, or use another way in."),
    };
    (stopped, text)
}

/// All refusals of a form, each at its field.
pub fn problems(refused: &[Refusal]) -> Problems {
    let problem = |one: &Refusal| -> Vec<Problem> {
        match one {
            Refusal::InvalidAnswers(questions) => {
                questions.iter().map(|question| Problem { field: Some(question.clone()), text: refusal(one) }).collect()
            }
            _ => vec![Problem { field: one.field().map(str::to_owned), text: refusal(one) }],
        }
    };
    refused.iter().flat_map(problem).collect()
}

/// A rule of the password policy, as it stands in a list.
pub fn rule(rule: &PasswordRule) -> String {
    match rule {
        PasswordRule::MinLength(min) => return format!("at least {min} characters"),
        PasswordRule::MaxLength(max) => return format!("at most {max} characters"),
        PasswordRule::Upper => "a capital letter",
        PasswordRule::Lower => "a small letter",
        PasswordRule::Digit => "a digit",
        PasswordRule::Special => "a special character, such as ! or -",
        PasswordRule::ForbiddenWord(word) => return format!("not the word “{word}”"),
        PasswordRule::NoName => "not your name",
        PasswordRule::NoAddress => "not the start of your address",
    }
    .to_owned()
}

fn password(rules: &[PasswordRule]) -> String {
    let rules: Vec<_> = rules.iter().map(rule).collect();
    format!("Still needed: {}.", rules.join("; "))
}

/// With a capital at the start, as an item of a list.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

macro_rules! flashes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $tone:ident, $text:literal;)*) => {
        /// What the next page says after a redirect. The cookie holds only the code, so nobody can put words into a page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the texts say it")]
        pub enum Flash { $($(#[$doc])* $name),* }

        impl Flash {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What the cookie holds.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What it means.
            pub fn tone(self) -> Tone {
                match self { $(Self::$name => Tone::$tone),* }
            }

            /// What a person reads.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

flashes! {
    SignedOut = "signed-out", Success, "You are signed out.";
    OneSignedOut = "one-signed-out", Success, "That account is signed out.";
    AllSignedOut = "all-signed-out", Success, "You are signed out of all accounts.";
    AccountSwitched = "account-switched", Success, "You switched accounts.";
    AccountGone = "account-gone", Info, "That account is signed out. Sign in to it again.";
    SignInFirst = "sign-in-first", Info, "Sign in to go on.";
    Confirmed = "confirmed", Success, "Your address is confirmed. Welcome!";
    MailSent = "mail-sent", Success, "If there is something to confirm, a new mail is on its way.";
    LinkSent = "link-sent", Success, "A new link is on its way.";
    CodeSent = "code-sent", Success, "A code is on its way.";
    PasswordReset = "password-reset", Success, "Your new password works from now on. Sign in with it.";
    PasswordChanged = "password-changed", Success, "Your password is changed.";
    PasswordSet = "password-set", Success, "Your password is set. You can sign in with it from now on.";
    ProfileSaved = "profile-saved", Success, "Your profile is saved.";
    PictureSaved = "picture-saved", Success, "Your new picture is there.";
    PictureRemoved = "picture-removed", Success, "Your picture is removed.";
    UsernameSaved = "username-saved", Success, "Your user name is saved.";
    PreferencesSaved = "preferences-saved", Success, "Your preferences are saved.";
    EmailChangeStarted = "email-change-started", Info, "Open the mail we sent to your present address to go on with the change.";
    EmailChangeApproved = "email-change-approved", Info, "One more step: open the mail we sent to your new address.";
    EmailChanged = "email-changed", Success, "Your address is changed.";
    SessionEnded = "session-ended", Success, "That device is signed out.";
    OthersEnded = "others-ended", Success, "All your other devices are signed out.";
    DeletionStarted = "deletion-started", Info, "Open the mail we sent you to delete your account.";
    AccountDeleted = "account-deleted", Success, "Your account and its data are deleted.";
    WelcomeDone = "welcome-done", Success, "Thank you. Everything is set up.";
    WelcomeSkipped = "welcome-skipped", Info, "You can answer these questions later, in your profile.";
    AnswersSaved = "answers-saved", Success, "Your answers are saved.";
    AnswersDeleted = "answers-deleted", Success, "Your answers are deleted.";
    ProviderConnected = "provider-connected", Success, "It is connected. You can sign in with it from now on.";
    ProviderDisconnected = "provider-disconnected", Success, "It is disconnected, and doesn’t sign in here any more.";
    LastWayIn = "last-way-in", Info, "This is your only way in. Set a password or add a passkey first.";
    ChallengeGone = "challenge-gone", Info, "That took too long. Sign in again.";
    TooManyTries = "too-many-tries", Info, "Too many wrong codes. Sign in again.";
    AuthenticatorOn = "authenticator-on", Success, "Your authenticator app is set up. We ask for its code when you sign in.";
    AuthenticatorReplaced = "authenticator-replaced", Success, "Your new authenticator app is set up. The codes of the old one don’t work any more.";
    AuthenticatorOff = "authenticator-off", Success, "Your authenticator app is turned off.";
    NumberTexted = "number-texted", Success, "A code is on its way to your phone.";
    NumberSaved = "number-saved", Success, "Your phone number is saved.";
    NumberRemoved = "number-removed", Success, "Your phone number is removed.";
    TextCodesOn = "text-codes-on", Success, "Codes by text message are on.";
    TextCodesOff = "text-codes-off", Success, "Codes by text message are off.";
    MailCodesOn = "mail-codes-on", Success, "Codes by mail are on.";
    MailCodesOff = "mail-codes-off", Success, "Codes by mail are off.";
    BrowserForgotten = "browser-forgotten", Success, "We ask for the second step in that browser again.";
    BrowsersForgotten = "browsers-forgotten", Success, "We ask for the second step in every browser again.";
    PasskeyAdded = "passkey-added", Success, "Your passkey is added. You can sign in with it from now on.";
    PasskeyRenamed = "passkey-renamed", Success, "Your passkey is renamed.";
    PasskeyRemoved = "passkey-removed", Success, "Your passkey is removed. It doesn’t sign in any more.";
    OrganizationCreated = "organization-created", Success, "Your organization is there, and you work in it now.";
    OrganizationSwitched = "organization-switched", Success, "You work here from now on.";
    OrganizationSaved = "organization-saved", Success, "The organization is saved.";
    OrganizationMoved = "organization-moved", Success, "The organization is saved. Links to its old web address don’t work any more.";
    SecondStepRuleSaved = "second-step-rule-saved", Success, "The rule for the second step is saved.";
    OrganizationLeft = "organization-left", Success, "You left the organization.";
    OrganizationHandedOver = "organization-handed-over", Success, "The organization is handed over. You aren’t its owner any more.";
    InvitationSent = "invitation-sent", Success, "The invitation is on its way.";
    InvitationsSent = "invitations-sent", Success, "The invitations are on their way.";
    InvitationSentAgain = "invitation-sent-again", Success, "The invitation is on its way again, and good for the whole time.";
    InvitationCanceled = "invitation-canceled", Success, "The invitation is taken back. It lets nobody in any more.";
    InvitationAccepted = "invitation-accepted", Success, "You joined the organization. Welcome!";
    InvitationDeclined = "invitation-declined", Success, "You declined the invitation.";
    OrganizationDeleted = "organization-deleted", Success, "The organization and everything in it are deleted.";
    RoleCreated = "role-created", Success, "The role is there. Give it to people on the members’ page.";
    RoleSaved = "role-saved", Success, "The role is saved. It counts at once.";
    RoleDeleted = "role-deleted", Success, "The role is deleted.";
    MemberRolesSaved = "member-roles-saved", Success, "The roles are saved. They count at once.";
    RoleGiven = "role-given", Success, "The role is given.";
    RoleTakenBack = "role-taken-back", Success, "The role is taken back. It gives nothing any more.";
    MemberRemoved = "member-removed", Success, "The member is removed, and can’t open anything here any more.";
    TeamCreated = "team-created", Success, "The team is there. Now add its members.";
    TeamRenamed = "team-renamed", Success, "The team is renamed.";
    TeamDeleted = "team-deleted", Success, "The team is deleted. Nobody left the organization.";
    TeamJoined = "team-joined", Success, "Put into the team.";
    TeamLeft = "team-left", Success, "Taken out of the team.";
    TeamRolesSaved = "team-roles-saved", Success, "The roles in the team are saved. They count at once.";
    TeamChosen = "team-chosen", Success, "You work in this team from now on.";
    TeamUnchosen = "team-unchosen", Success, "You work in no team now.";
    AccessConfirmed = "access-confirmed", Success, "Thank you, it’s you. You can go on.";
    FormGone = "form-gone", Warning, "Thank you, it’s you. But what you had typed is gone: we keep it for ten minutes. Fill it in again.";
}

impl Flash {
    /// Whether the page says after it who is signed in now.
    pub fn tells_account(self) -> bool {
        matches!(self, Self::OneSignedOut | Self::AccountSwitched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_told_all_that_it_lacks() {
        let refused = [Refusal::Password(vec![PasswordRule::MinLength(8), PasswordRule::Digit]), Refusal::InvalidEmail];
        let problems = problems(&refused);
        assert_eq!(problems.of("password").as_deref(), Some("Still needed: at least 8 characters; a digit."));
        assert!(problems.of("email").is_some());
        assert_eq!(problems.first_field(), Some("password"));
    }

    #[test]
    fn every_question_that_needs_an_answer_says_so() {
        let problems = problems(&[Refusal::InvalidAnswers(vec!["os".into(), "ram".into()])]);
        assert!(problems.of("os").is_some() && problems.of("ram").is_some());
    }

    #[test]
    fn flashes_have_codes_of_their_own() {
        let mut codes: Vec<_> = Flash::ALL.iter().map(|flash| flash.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Flash::ALL.len());
    }
}
