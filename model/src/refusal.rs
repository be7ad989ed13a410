use serde::{Deserialize, Serialize};

use crate::{OrganizationRefusal, PasswordRule, ProviderRefusal};

/// Every reason for which a request is refused. Its `match`es have no `_`: a new reason must be answered everywhere.
///
/// Codes and statuses are the wire's; where the ecosystem has none, they are made in its style. What a person reads in a page is
/// the app's matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "reason", content = "detail")]
pub enum Refusal {
    /// Address, user name or password is wrong; which of them isn't told.
    InvalidCredentials,
    /// The same for a sign-in by user name.
    InvalidUsernameOrPassword,
    /// The password of the signed-in user is wrong.
    InvalidPassword,
    /// Signing in waits for the address to be verified; a mail was sent.
    EmailNotVerified,
    /// Not an address.
    InvalidEmail,
    /// The address has an account (told only where verification isn't required).
    UserExists,
    /// The new address is the present one.
    EmailIsTheSame,
    /// The address isn't changed this way.
    EmailCannotBeUpdated,
    /// The operator has switched off changing the address.
    ChangeEmailDisabled,
    /// The signed-in user asked for another's verification mail.
    EmailMismatch,
    /// The address is verified already.
    EmailAlreadyVerified,
    /// The password breaks these rules.
    Password(Vec<PasswordRule>),
    /// Attackers try the password first: it is common, or known from a breach.
    PasswordCompromised,
    /// Whether the password is known from a breach can't be told just now.
    PasswordUnchecked,
    /// No name was given.
    NameMissing,
    /// The name is too long or not plain text.
    InvalidName,
    /// A text field is longer than it may be; its name and its limit in characters.
    TooLong(String, usize),
    /// A field that only the program sets.
    FieldNotAllowed(String),
    /// Nothing to update was given.
    NothingToUpdate,
    /// Shorter than 3.
    UsernameTooShort,
    /// Longer than 30.
    UsernameTooLong,
    /// Other characters than letters, digits, `_` and `.`.
    InvalidUsername,
    /// Somebody has it.
    UsernameTaken,
    /// The link is unknown, spent or somebody else's.
    InvalidToken,
    /// The link was good once.
    TokenExpired,
    /// The code is wrong or spent.
    InvalidCode,
    /// The code was good once.
    CodeExpired,
    /// Too many tries for one code.
    TooManyAttempts,
    /// The browser holds no such session.
    InvalidSessionToken,
    /// Nobody is signed in.
    Unauthorized,
    /// The session is too old for what was asked: authenticate again.
    SessionNotFresh,
    /// The session is bound to another network or device: authenticate again.
    SessionElsewhere,
    /// The account has no password.
    NoPassword,
    /// The account has a password already.
    PasswordAlreadySet,
    /// The last way in can't be removed.
    LastAccount,
    /// No such account of this user.
    AccountNotFound,
    /// No such user.
    UserNotFound,
    /// The operator has closed sign-up.
    SignUpDisabled,
    /// The operator has switched off deletion.
    DeletionDisabled,
    /// The picture can't be read, or is too large.
    InvalidImage,
    /// The preferences aren't an object or are too large.
    InvalidPreferences,
    /// Answers that don't fit the questionnaire; the questions' ids.
    InvalidAnswers(Vec<String>),
    /// The questionnaire can't be skipped here.
    OnboardingRequired,
    /// The typed confirmation doesn't match.
    ConfirmationMismatch,
    /// The account must have a second factor before anything else opens.
    TwoFactorRequired,
    /// The challenge for a second factor is unknown, passed or too old: sign in again.
    ChallengeGone,
    /// The second factor's code is wrong, or was used.
    WrongFactorCode,
    /// The code that was sent was good once.
    FactorCodeExpired,
    /// Too many wrong codes for one challenge, or for the codes that were sent.
    TooManyFactorTries,
    /// Too many wrong codes in a row: second factors are refused for a while.
    AccountLocked,
    /// Too many wrong passwords in a row: none is taken for so many seconds.
    PasswordLocked(u32),
    /// An act must be paid for with proof of work, or with a wait of so many seconds; zero where waiting doesn't help.
    ProofMissing(u32),
    /// What was brought isn't the solution of a challenge of ours, or was used before.
    ProofRefused,
    /// Not one of the backup codes, or a used one.
    WrongBackupCode,
    /// There are no backup codes.
    BackupCodesNotEnabled,
    /// No authenticator app is set up.
    TotpNotEnabled,
    /// An authenticator app is set up already.
    TotpAlreadyEnabled,
    /// The account has no second factor.
    TwoFactorNotEnabled,
    /// Codes of this kind can't be sent here.
    OtpNotConfigured,
    /// Codes of this kind aren't a second factor of this account, or not after this way in.
    OtpNotEnabled,
    /// The passkey's challenge is unknown, used, too old or another browser's.
    CeremonyGone,
    /// What the browser sent is no good registration.
    PasskeyNotRegistered,
    /// The authenticator is registered already.
    PasskeyKnown,
    /// What the browser sent doesn't prove the passkey.
    PasskeyRefused,
    /// Nobody has this passkey (any more).
    UnknownPasskey,
    /// No such passkey.
    PasskeyNotFound,
    /// The passkey is another user's.
    NotYourPasskey,
    /// This site can't have passkeys: browsers want a name and a secure connection.
    PasskeysUnavailable,
    /// Not a telephone number with its country code.
    InvalidPhoneNumber,
    /// Somebody has verified this number.
    PhoneNumberTaken,
    /// No code was sent to this number.
    PhoneCodeMissing,
    /// The number or the password is wrong.
    InvalidPhoneOrPassword,
    /// The number is changed by verifying a new one.
    PhoneNumberCannotBeUpdated,
    /// A number is set by verifying it.
    PhoneNumberCannotBeSet,
    /// This site sends no text messages.
    SmsNotConfigured,
    /// Something about an organization.
    Organization(OrganizationRefusal),
    /// Something about a provider.
    Provider(ProviderRefusal),
    /// It was done too often; how many seconds to wait.
    TooManyRequests(u32),
    /// What counts how often things are done is away; until it is back, nothing is let through that must be counted.
    LimiterAway,
    /// More passwords are waiting to be hashed than this machine can take.
    Busy,
}

/// Why a form was refused: never empty.
pub type Refused = Vec<Refusal>;

impl Refusal {
    /// The wire's `code`, the HTTP status and the wire's `message`, in the ecosystem's own words where it has them.
    fn wire(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::InvalidCredentials => ("INVALID_EMAIL_OR_PASSWORD", 401, "Invalid email or password"),
            Self::InvalidUsernameOrPassword => ("INVALID_USERNAME_OR_PASSWORD", 401, "Invalid username or password"),
            Self::InvalidPassword => ("INVALID_PASSWORD", 400, "Invalid password"),
            Self::EmailNotVerified => ("EMAIL_NOT_VERIFIED", 403, "Email not verified"),
            Self::InvalidEmail => ("INVALID_EMAIL", 400, "Invalid email"),
            Self::UserExists => {
                ("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", 422, "User already exists. Use another email.")
            }
            Self::EmailIsTheSame => ("EMAIL_IS_THE_SAME", 400, "Email is the same"),
            Self::EmailCannotBeUpdated => ("EMAIL_CAN_NOT_BE_UPDATED", 400, "Email can not be updated"),
            Self::ChangeEmailDisabled => ("CHANGE_EMAIL_DISABLED", 400, "Change email is disabled"),
            Self::EmailMismatch => ("EMAIL_MISMATCH", 400, "Email mismatch"),
            Self::EmailAlreadyVerified => ("EMAIL_ALREADY_VERIFIED", 400, "Email is already verified"),
            Self::Password(rules) => match rules.first() {
                Some(PasswordRule::MinLength(_)) => ("PASSWORD_TOO_SHORT", 400, "Password too short"),
                Some(PasswordRule::MaxLength(_)) => ("PASSWORD_TOO_LONG", 400, "Password too long"),
                _ => ("PASSWORD_NOT_ALLOWED", 400, "Password doesn't meet the rules"),
            },
            Self::PasswordCompromised => (
                "PASSWORD_COMPROMISED",
                400,
                "The password you entered has been compromised. Please choose a different password.",
            ),
            Self::PasswordUnchecked => ("PASSWORD_CHECK_UNAVAILABLE", 503, "The password can't be checked right now"),
            Self::NameMissing => ("NAME_MISSING", 400, "Name is required"),
            Self::InvalidName => ("INVALID_NAME", 400, "Name is invalid"),
            Self::TooLong(..) => ("TOO_LONG", 400, "The text is too long"),
            Self::FieldNotAllowed(_) => ("FIELD_NOT_ALLOWED", 400, "The field is not allowed to be set"),
            Self::NothingToUpdate => ("NO_FIELDS_TO_UPDATE", 400, "No fields to update"),
            Self::UsernameTooShort => ("USERNAME_TOO_SHORT", 422, "Username is too short"),
            Self::UsernameTooLong => ("USERNAME_TOO_LONG", 422, "Username is too long"),
            Self::InvalidUsername => ("INVALID_USERNAME", 422, "Username is invalid"),
            Self::UsernameTaken => ("USERNAME_IS_ALREADY_TAKEN", 400, "Username is already taken. Please try another."),
            Self::InvalidToken => ("INVALID_TOKEN", 400, "Invalid token"),
            Self::InvalidSessionToken => ("INVALID_SESSION_TOKEN", 401, "Invalid session token"),
            Self::TokenExpired => ("TOKEN_EXPIRED", 400, "Token expired"),
            Self::InvalidCode => ("INVALID_OTP", 400, "Invalid OTP"),
            Self::CodeExpired => ("OTP_EXPIRED", 400, "OTP expired"),
            Self::TooManyAttempts => ("TOO_MANY_ATTEMPTS", 403, "Too many attempts"),
            Self::Unauthorized => ("UNAUTHORIZED", 401, "Unauthorized"),
            Self::SessionNotFresh => ("SESSION_NOT_FRESH", 403, "Session is not fresh"),
            Self::SessionElsewhere => {
                ("SESSION_ELSEWHERE", 401, "Session is bound to another place: authenticate again")
            }
            Self::NoPassword => ("CREDENTIAL_ACCOUNT_NOT_FOUND", 400, "Credential account not found"),
            Self::PasswordAlreadySet => ("PASSWORD_ALREADY_SET", 400, "User already has a password set"),
            Self::LastAccount => ("FAILED_TO_UNLINK_LAST_ACCOUNT", 400, "You can't unlink your last account"),
            Self::AccountNotFound => ("ACCOUNT_NOT_FOUND", 400, "Account not found"),
            Self::UserNotFound => ("USER_NOT_FOUND", 400, "User not found"),
            Self::SignUpDisabled => {
                ("EMAIL_PASSWORD_SIGN_UP_DISABLED", 400, "Email and password sign up is not enabled")
            }
            Self::DeletionDisabled => ("DELETION_DISABLED", 404, "Deleting accounts is not enabled"),
            Self::InvalidImage => ("INVALID_IMAGE", 400, "The image can't be read or is too large"),
            Self::InvalidPreferences => {
                ("INVALID_PREFERENCES", 400, "Preferences must be a JSON object of at most 16 KB")
            }
            Self::InvalidAnswers(_) => ("INVALID_ANSWERS", 400, "Invalid answers"),
            Self::OnboardingRequired => ("ONBOARDING_REQUIRED", 403, "Onboarding can't be skipped"),
            Self::ConfirmationMismatch => ("CONFIRMATION_MISMATCH", 400, "The confirmation doesn't match"),
            Self::TwoFactorRequired => ("TWO_FACTOR_REQUIRED", 403, "Two factor authentication is required"),
            Self::ChallengeGone => ("INVALID_TWO_FACTOR_COOKIE", 401, "Invalid two factor cookie"),
            Self::WrongFactorCode => ("INVALID_CODE", 401, "Invalid code"),
            Self::FactorCodeExpired => ("OTP_HAS_EXPIRED", 400, "OTP has expired"),
            Self::TooManyFactorTries => {
                ("TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", 400, "Too many attempts. Please request a new code.")
            }
            Self::AccountLocked => (
                "ACCOUNT_TEMPORARILY_LOCKED",
                429,
                "Too many failed verification attempts. Your account is temporarily locked. Please try again later.",
            ),
            Self::PasswordLocked(_) => (
                "ACCOUNT_TEMPORARILY_LOCKED",
                429,
                "Too many wrong passwords in a row. Sign in another way, or try again later.",
            ),
            Self::ProofMissing(_) => ("MISSING_RESPONSE", 400, "Missing CAPTCHA response"),
            Self::ProofRefused => ("VERIFICATION_FAILED", 403, "Captcha verification failed"),
            Self::WrongBackupCode => ("INVALID_BACKUP_CODE", 401, "Invalid backup code"),
            Self::BackupCodesNotEnabled => ("BACKUP_CODES_NOT_ENABLED", 400, "Backup codes aren't enabled"),
            Self::TotpNotEnabled => ("TOTP_NOT_ENABLED", 400, "TOTP not enabled"),
            Self::TotpAlreadyEnabled => ("TOTP_ALREADY_ENABLED", 400, "TOTP is already enabled"),
            Self::TwoFactorNotEnabled => ("TWO_FACTOR_NOT_ENABLED", 400, "Two factor isn't enabled"),
            Self::OtpNotConfigured => ("OTP_NOT_CONFIGURED", 400, "OTP is not available"),
            Self::OtpNotEnabled => ("OTP_NOT_ENABLED", 400, "OTP not enabled"),
            Self::CeremonyGone => ("CHALLENGE_NOT_FOUND", 400, "Challenge not found"),
            Self::PasskeyNotRegistered => ("FAILED_TO_VERIFY_REGISTRATION", 400, "Failed to verify registration"),
            Self::PasskeyKnown => ("PREVIOUSLY_REGISTERED", 400, "Previously registered"),
            Self::PasskeyRefused => ("AUTHENTICATION_FAILED", 400, "Authentication failed"),
            Self::UnknownPasskey => ("PASSKEY_NOT_FOUND", 401, "Passkey not found"),
            Self::PasskeyNotFound => ("PASSKEY_NOT_FOUND", 404, "Passkey not found"),
            Self::NotYourPasskey => {
                ("YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY", 401, "You are not allowed to register this passkey")
            }
            Self::PasskeysUnavailable => ("PASSKEYS_NOT_AVAILABLE", 501, "Passkeys need a domain name and https"),
            Self::InvalidPhoneNumber => ("INVALID_PHONE_NUMBER", 400, "Invalid phone number"),
            Self::PhoneNumberTaken => ("PHONE_NUMBER_EXIST", 400, "Phone number already exists"),
            Self::PhoneCodeMissing => ("OTP_NOT_FOUND", 400, "OTP not found"),
            Self::InvalidPhoneOrPassword => {
                ("INVALID_PHONE_NUMBER_OR_PASSWORD", 401, "Invalid phone number or password")
            }
            Self::PhoneNumberCannotBeUpdated => {
                ("PHONE_NUMBER_CANNOT_BE_UPDATED", 400, "Phone number cannot be updated")
            }
            Self::PhoneNumberCannotBeSet => {
                ("PHONE_NUMBER_CANNOT_BE_SET", 400, "Phone number can only be set by verifying it")
            }
            Self::SmsNotConfigured => ("SEND_OTP_NOT_IMPLEMENTED", 501, "sendOTP not implemented"),
            Self::Organization(refusal) => refusal.wire(),
            Self::Provider(refusal) => refusal.wire(),
            Self::TooManyRequests(_) => ("TOO_MANY_REQUESTS", 429, "Too many requests. Please try again later."),
            Self::LimiterAway => {
                ("SERVICE_UNAVAILABLE", 503, "The service is not available just now. Try again in a few seconds.")
            }
            Self::Busy => ("SERVER_BUSY", 503, "Too many sign-ins at once. Try again in a few seconds."),
        }
    }

    /// The wire's `code`.
    pub fn code(&self) -> &'static str {
        self.wire().0
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.wire().1
    }

    /// The wire's `message`: for programs and their authors.
    pub fn message(&self) -> String {
        match self {
            Self::TooLong(field, limit) => format!("{field} can't be longer than {limit} characters"),
            Self::FieldNotAllowed(field) => format!("{field} is not allowed to be set"),
            Self::InvalidAnswers(questions) => format!("Invalid answers: {}", questions.join(", ")),
            Self::Organization(refusal) => refusal.message(),
            other => other.wire().2.to_owned(),
        }
    }

    /// How many seconds to wait before it can be asked for again, where that is what helps.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::ProofMissing(0) => None,
            Self::TooManyRequests(seconds) | Self::PasswordLocked(seconds) | Self::ProofMissing(seconds) => {
                Some(*seconds)
            }
            Self::LimiterAway | Self::Busy | Self::PasswordUnchecked => Some(5),
            _ => None,
        }
    }

    /// The name of the form field that it is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::InvalidEmail | Self::UserExists | Self::EmailIsTheSame | Self::EmailCannotBeUpdated => Some("email"),
            Self::Password(_) | Self::PasswordCompromised | Self::PasswordUnchecked => Some("password"),
            Self::InvalidPassword => Some("current_password"),
            Self::NameMissing | Self::InvalidName => Some("name"),
            Self::UsernameTooShort | Self::UsernameTooLong | Self::InvalidUsername | Self::UsernameTaken => {
                Some("username")
            }
            Self::InvalidCode
            | Self::CodeExpired
            | Self::TooManyAttempts
            | Self::WrongFactorCode
            | Self::FactorCodeExpired
            | Self::TooManyFactorTries
            | Self::WrongBackupCode
            | Self::PhoneCodeMissing => Some("code"),
            Self::InvalidPhoneNumber
            | Self::PhoneNumberTaken
            | Self::PhoneNumberCannotBeUpdated
            | Self::PhoneNumberCannotBeSet => Some("phone"),
            Self::TooLong(field, _) => Some(field),
            Self::Organization(refusal) => refusal.field(),
            Self::InvalidImage => Some("avatar"),
            Self::InvalidPreferences => Some("preferences"),
            Self::ConfirmationMismatch => Some("confirmation"),
            Self::InvalidAnswers(questions) => questions.first().map(String::as_str),
            Self::Provider(_)
            | Self::InvalidCredentials
            | Self::InvalidUsernameOrPassword
            | Self::EmailNotVerified
            | Self::ChangeEmailDisabled
            | Self::EmailMismatch
            | Self::EmailAlreadyVerified
            | Self::FieldNotAllowed(_)
            | Self::NothingToUpdate
            | Self::InvalidToken
            | Self::InvalidSessionToken
            | Self::TokenExpired
            | Self::Unauthorized
            | Self::SessionNotFresh
            | Self::SessionElsewhere
            | Self::NoPassword
            | Self::PasswordAlreadySet
            | Self::LastAccount
            | Self::AccountNotFound
            | Self::UserNotFound
            | Self::SignUpDisabled
            | Self::DeletionDisabled
            | Self::OnboardingRequired
            | Self::TwoFactorRequired
            | Self::ChallengeGone
            | Self::AccountLocked
            | Self::PasswordLocked(_)
            | Self::ProofMissing(_)
            | Self::ProofRefused
            | Self::BackupCodesNotEnabled
            | Self::TotpNotEnabled
            | Self::TotpAlreadyEnabled
            | Self::TwoFactorNotEnabled
            | Self::OtpNotConfigured
            | Self::OtpNotEnabled
            | Self::CeremonyGone
            | Self::PasskeyNotRegistered
            | Self::PasskeyKnown
            | Self::PasskeyRefused
            | Self::UnknownPasskey
            | Self::PasskeyNotFound
            | Self::NotYourPasskey
            | Self::PasskeysUnavailable
            | Self::InvalidPhoneOrPassword
            | Self::SmsNotConfigured
            | Self::TooManyRequests(_)
            | Self::LimiterAway
            | Self::Busy => None,
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        vec![refusal]
    }
}
