use serde::{Deserialize, Serialize};

use crate::{OrganizationRefusal, PasswordRule};

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
    /// Nobody is signed in.
    Unauthorized,
    /// The session is too old for what was asked: authenticate again.
    SessionNotFresh,
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
    /// More passwords are waiting to be hashed than this machine can take.
    Busy,
}

/// Why a form was refused: never empty.
pub type Refused = Vec<Refusal>;

impl Refusal {
    /// The wire's `code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "INVALID_EMAIL_OR_PASSWORD",
            Self::InvalidUsernameOrPassword => "INVALID_USERNAME_OR_PASSWORD",
            Self::InvalidPassword => "INVALID_PASSWORD",
            Self::EmailNotVerified => "EMAIL_NOT_VERIFIED",
            Self::InvalidEmail => "INVALID_EMAIL",
            Self::UserExists => "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
            Self::EmailIsTheSame => "EMAIL_IS_THE_SAME",
            Self::EmailCannotBeUpdated => "EMAIL_CAN_NOT_BE_UPDATED",
            Self::ChangeEmailDisabled => "CHANGE_EMAIL_DISABLED",
            Self::EmailMismatch => "EMAIL_MISMATCH",
            Self::EmailAlreadyVerified => "EMAIL_ALREADY_VERIFIED",
            Self::Password(rules) => match rules.first() {
                Some(PasswordRule::MinLength(_)) => "PASSWORD_TOO_SHORT",
                Some(PasswordRule::MaxLength(_)) => "PASSWORD_TOO_LONG",
                _ => "PASSWORD_NOT_ALLOWED",
            },
            Self::NameMissing => "NAME_MISSING",
            Self::InvalidName => "INVALID_NAME",
            Self::TooLong(..) => "TOO_LONG",
            Self::FieldNotAllowed(_) => "FIELD_NOT_ALLOWED",
            Self::NothingToUpdate => "NO_FIELDS_TO_UPDATE",
            Self::UsernameTooShort => "USERNAME_TOO_SHORT",
            Self::UsernameTooLong => "USERNAME_TOO_LONG",
            Self::InvalidUsername => "INVALID_USERNAME",
            Self::UsernameTaken => "USERNAME_IS_ALREADY_TAKEN",
            Self::InvalidToken => "INVALID_TOKEN",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::InvalidCode => "INVALID_OTP",
            Self::CodeExpired => "OTP_EXPIRED",
            Self::TooManyAttempts => "TOO_MANY_ATTEMPTS",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::SessionNotFresh => "SESSION_NOT_FRESH",
            Self::NoPassword => "CREDENTIAL_ACCOUNT_NOT_FOUND",
            Self::PasswordAlreadySet => "PASSWORD_ALREADY_SET",
            Self::LastAccount => "FAILED_TO_UNLINK_LAST_ACCOUNT",
            Self::AccountNotFound => "ACCOUNT_NOT_FOUND",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::SignUpDisabled => "EMAIL_PASSWORD_SIGN_UP_DISABLED",
            Self::DeletionDisabled => "DELETION_DISABLED",
            Self::InvalidImage => "INVALID_IMAGE",
            Self::InvalidPreferences => "INVALID_PREFERENCES",
            Self::InvalidAnswers(_) => "INVALID_ANSWERS",
            Self::OnboardingRequired => "ONBOARDING_REQUIRED",
            Self::ConfirmationMismatch => "CONFIRMATION_MISMATCH",
            Self::TwoFactorRequired => "TWO_FACTOR_REQUIRED",
            Self::ChallengeGone => "INVALID_TWO_FACTOR_COOKIE",
            Self::WrongFactorCode => "INVALID_CODE",
            Self::FactorCodeExpired => "OTP_HAS_EXPIRED",
            Self::TooManyFactorTries => "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE",
            Self::AccountLocked => "ACCOUNT_TEMPORARILY_LOCKED",
            Self::WrongBackupCode => "INVALID_BACKUP_CODE",
            Self::BackupCodesNotEnabled => "BACKUP_CODES_NOT_ENABLED",
            Self::TotpNotEnabled => "TOTP_NOT_ENABLED",
            Self::TotpAlreadyEnabled => "TOTP_ALREADY_ENABLED",
            Self::TwoFactorNotEnabled => "TWO_FACTOR_NOT_ENABLED",
            Self::OtpNotConfigured => "OTP_NOT_CONFIGURED",
            Self::OtpNotEnabled => "OTP_NOT_ENABLED",
            Self::CeremonyGone => "CHALLENGE_NOT_FOUND",
            Self::PasskeyNotRegistered => "FAILED_TO_VERIFY_REGISTRATION",
            Self::PasskeyKnown => "PREVIOUSLY_REGISTERED",
            Self::PasskeyRefused => "AUTHENTICATION_FAILED",
            Self::UnknownPasskey => "PASSKEY_NOT_FOUND",
            Self::PasskeyNotFound => "PASSKEY_NOT_FOUND",
            Self::NotYourPasskey => "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY",
            Self::PasskeysUnavailable => "PASSKEYS_NOT_AVAILABLE",
            Self::InvalidPhoneNumber => "INVALID_PHONE_NUMBER",
            Self::PhoneNumberTaken => "PHONE_NUMBER_EXIST",
            Self::PhoneCodeMissing => "OTP_NOT_FOUND",
            Self::InvalidPhoneOrPassword => "INVALID_PHONE_NUMBER_OR_PASSWORD",
            Self::PhoneNumberCannotBeUpdated => "PHONE_NUMBER_CANNOT_BE_UPDATED",
            Self::PhoneNumberCannotBeSet => "PHONE_NUMBER_CANNOT_BE_SET",
            Self::SmsNotConfigured => "SEND_OTP_NOT_IMPLEMENTED",
            Self::Organization(refusal) => refusal.code(),
            Self::Busy => "SERVER_BUSY",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidCredentials
            | Self::InvalidUsernameOrPassword
            | Self::Unauthorized
            | Self::ChallengeGone
            | Self::WrongFactorCode
            | Self::WrongBackupCode
            | Self::UnknownPasskey
            | Self::NotYourPasskey
            | Self::InvalidPhoneOrPassword => 401,
            Self::EmailNotVerified
            | Self::TooManyAttempts
            | Self::SessionNotFresh
            | Self::OnboardingRequired
            | Self::TwoFactorRequired => 403,
            Self::DeletionDisabled | Self::PasskeyNotFound => 404,
            Self::UserExists | Self::UsernameTooShort | Self::UsernameTooLong | Self::InvalidUsername => 422,
            Self::AccountLocked => 429,
            Self::SmsNotConfigured | Self::PasskeysUnavailable => 501,
            Self::Organization(refusal) => refusal.status(),
            Self::Busy => 503,
            Self::InvalidPassword
            | Self::InvalidEmail
            | Self::EmailIsTheSame
            | Self::EmailCannotBeUpdated
            | Self::ChangeEmailDisabled
            | Self::EmailMismatch
            | Self::EmailAlreadyVerified
            | Self::Password(_)
            | Self::NameMissing
            | Self::InvalidName
            | Self::TooLong(..)
            | Self::FieldNotAllowed(_)
            | Self::NothingToUpdate
            | Self::UsernameTaken
            | Self::InvalidToken
            | Self::TokenExpired
            | Self::InvalidCode
            | Self::CodeExpired
            | Self::NoPassword
            | Self::PasswordAlreadySet
            | Self::LastAccount
            | Self::AccountNotFound
            | Self::UserNotFound
            | Self::SignUpDisabled
            | Self::InvalidImage
            | Self::InvalidPreferences
            | Self::InvalidAnswers(_)
            | Self::FactorCodeExpired
            | Self::TooManyFactorTries
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
            | Self::InvalidPhoneNumber
            | Self::PhoneNumberTaken
            | Self::PhoneCodeMissing
            | Self::PhoneNumberCannotBeUpdated
            | Self::PhoneNumberCannotBeSet
            | Self::ConfirmationMismatch => 400,
        }
    }

    /// The wire's `message`: for programs and their authors, in the ecosystem's own words where it has them.
    pub fn message(&self) -> String {
        match self {
            Self::InvalidCredentials => "Invalid email or password",
            Self::InvalidUsernameOrPassword => "Invalid username or password",
            Self::InvalidPassword => "Invalid password",
            Self::EmailNotVerified => "Email not verified",
            Self::InvalidEmail => "Invalid email",
            Self::UserExists => "User already exists. Use another email.",
            Self::EmailIsTheSame => "Email is the same",
            Self::EmailCannotBeUpdated => "Email can not be updated",
            Self::ChangeEmailDisabled => "Change email is disabled",
            Self::EmailMismatch => "Email mismatch",
            Self::EmailAlreadyVerified => "Email is already verified",
            Self::Password(rules) => match rules.first() {
                Some(PasswordRule::MinLength(_)) => "Password too short",
                Some(PasswordRule::MaxLength(_)) => "Password too long",
                _ => "Password doesn't meet the rules",
            },
            Self::NameMissing => "Name is required",
            Self::InvalidName => "Name is invalid",
            Self::TooLong(field, limit) => return format!("{field} can't be longer than {limit} characters"),
            Self::FieldNotAllowed(field) => return format!("{field} is not allowed to be set"),
            Self::NothingToUpdate => "No fields to update",
            Self::UsernameTooShort => "Username is too short",
            Self::UsernameTooLong => "Username is too long",
            Self::InvalidUsername => "Username is invalid",
            Self::UsernameTaken => "Username is already taken. Please try another.",
            Self::InvalidToken => "Invalid token",
            Self::TokenExpired => "Token expired",
            Self::InvalidCode => "Invalid OTP",
            Self::CodeExpired => "OTP expired",
            Self::TooManyAttempts => "Too many attempts",
            Self::Unauthorized => "Unauthorized",
            Self::SessionNotFresh => "Session is not fresh",
            Self::NoPassword => "Credential account not found",
            Self::PasswordAlreadySet => "User already has a password set",
            Self::LastAccount => "You can't unlink your last account",
            Self::AccountNotFound => "Account not found",
            Self::UserNotFound => "User not found",
            Self::SignUpDisabled => "Email and password sign up is not enabled",
            Self::DeletionDisabled => "Deleting accounts is not enabled",
            Self::InvalidImage => "The image can't be read or is too large",
            Self::InvalidPreferences => "Preferences must be a JSON object of at most 16 KB",
            Self::InvalidAnswers(questions) => return format!("Invalid answers: {}", questions.join(", ")),
            Self::OnboardingRequired => "Onboarding can't be skipped",
            Self::ConfirmationMismatch => "The confirmation doesn't match",
            Self::TwoFactorRequired => "Two factor authentication is required",
            Self::ChallengeGone => "Invalid two factor cookie",
            Self::WrongFactorCode => "Invalid code",
            Self::FactorCodeExpired => "OTP has expired",
            Self::TooManyFactorTries => "Too many attempts. Please request a new code.",
            Self::AccountLocked => {
                "Too many failed verification attempts. Your account is temporarily locked. Please try again later."
            }
            Self::WrongBackupCode => "Invalid backup code",
            Self::BackupCodesNotEnabled => "Backup codes aren't enabled",
            Self::TotpNotEnabled => "TOTP not enabled",
            Self::TotpAlreadyEnabled => "TOTP is already enabled",
            Self::TwoFactorNotEnabled => "Two factor isn't enabled",
            Self::OtpNotConfigured => "OTP is not available",
            Self::OtpNotEnabled => "OTP not enabled",
            Self::CeremonyGone => "Challenge not found",
            Self::PasskeyNotRegistered => "Failed to verify registration",
            Self::PasskeyKnown => "Previously registered",
            Self::PasskeyRefused => "Authentication failed",
            Self::UnknownPasskey => "Passkey not found",
            Self::PasskeyNotFound => "Passkey not found",
            Self::NotYourPasskey => "You are not allowed to register this passkey",
            Self::PasskeysUnavailable => "Passkeys need a domain name and https",
            Self::InvalidPhoneNumber => "Invalid phone number",
            Self::PhoneNumberTaken => "Phone number already exists",
            Self::PhoneCodeMissing => "OTP not found",
            Self::InvalidPhoneOrPassword => "Invalid phone number or password",
            Self::PhoneNumberCannotBeUpdated => "Phone number cannot be updated",
            Self::PhoneNumberCannotBeSet => "Phone number can only be set by verifying it",
            Self::SmsNotConfigured => "sendOTP not implemented",
            Self::Organization(refusal) => return refusal.message(),
            Self::Busy => "Too many sign-ins at once. Try again in a few seconds.",
        }
        .to_owned()
    }

    /// The name of the form field that it is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::InvalidEmail | Self::UserExists | Self::EmailIsTheSame | Self::EmailCannotBeUpdated => Some("email"),
            Self::Password(_) => Some("password"),
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
            Self::InvalidCredentials
            | Self::InvalidUsernameOrPassword
            | Self::EmailNotVerified
            | Self::ChangeEmailDisabled
            | Self::EmailMismatch
            | Self::EmailAlreadyVerified
            | Self::FieldNotAllowed(_)
            | Self::NothingToUpdate
            | Self::InvalidToken
            | Self::TokenExpired
            | Self::Unauthorized
            | Self::SessionNotFresh
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
            | Self::Busy => None,
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        vec![refusal]
    }
}
