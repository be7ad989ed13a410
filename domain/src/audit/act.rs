/// What acts have to do with: what a list of them is narrowed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Coming in and going out, and failing to.
    SignIn,
    /// What signs in: passwords, passkeys, second factors, providers.
    Ways,
    /// The account itself: its names and addresses, its data.
    Account,
    /// Organizations and what people may do there.
    Organization,
    /// What only who runs the server does.
    Operator,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::SignIn, Self::Ways, Self::Account, Self::Organization, Self::Operator];

    /// Its name in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Ways => "ways-in",
            Self::Account => "account",
            Self::Organization => "organization",
            Self::Operator => "operator",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The acts of this kind.
    pub fn acts(self) -> impl Iterator<Item = Act> {
        Act::ALL.iter().copied().filter(move |act| act.kind() == self)
    }
}

macro_rules! acts {
    ($($kind:ident: $($(#[doc = $doc:literal])+ $act:ident = $name:literal,)+)+) => {
        /// What was done. A name that was ever written is never given to something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Act {$($(
            $(#[doc = $doc])+
            $act,
        )+)+}

        impl Act {
            /// Every act.
            pub const ALL: &'static [Self] = &[$($(Self::$act,)+)+];

            /// Its name in the database, in exports and on the command line.
            pub fn name(self) -> &'static str {
                match self {$($(Self::$act => $name,)+)+}
            }

            /// What it has to do with.
            pub fn kind(self) -> Kind {
                match self {$($(Self::$act)|+ => Kind::$kind,)+}
            }
        }
    };
}

acts! {
    SignIn:
        /// A session was opened; how, the detail says.
        SignedIn = "signed_in",
        /// A password, a code or a passkey that would have signed in was wrong.
        SignInFailed = "sign_in_failed",
        /// Too many wrong passwords: none is taken for a while.
        PasswordLocked = "password_locked",
        /// One was tried while none was taken.
        PasswordRefused = "password_refused",
        /// The second factor that was owed was wrong.
        SecondFactorFailed = "second_factor_failed",
        /// Too many wrong ones: none is taken for a while.
        SecondFactorLocked = "second_factor_locked",
        /// A passkey's counter went back: there may be a copy of it.
        PasskeyCopied = "passkey_copied",
        /// A session was used from another network or device than before.
        SessionMoved = "session_moved",
        /// The session was ended by who was in it.
        SignedOut = "signed_out",
        /// Another session was ended.
        SessionEnded = "session_ended",
        /// Every session but the present one was.
        OtherSessionsEnded = "other_sessions_ended",
        /// Every session was.
        AllSessionsEnded = "all_sessions_ended",
        /// Somebody signed in showed again who they are.
        Confirmed = "confirmed",
        /// Somebody signed in tried to, and couldn't.
        ConfirmationFailed = "confirmation_failed",
    Ways:
        /// The first password was set.
        PasswordSet = "password_set",
        /// It was changed with the one before.
        PasswordChanged = "password_changed",
        /// A link or a code for a new one was asked for.
        PasswordResetRequested = "password_reset_requested",
        /// A new one was set with a link or a code.
        PasswordReset = "password_reset",
        /// A second factor was turned on.
        SecondFactorOn = "second_factor_on",
        /// One was turned off.
        SecondFactorOff = "second_factor_off",
        /// All were.
        SecondFactorsOff = "second_factors_off",
        /// Another authenticator app took the place of the first.
        AuthenticatorReplaced = "authenticator_replaced",
        /// There are new backup codes.
        BackupCodesMade = "backup_codes_made",
        /// A backup code was used.
        BackupCodeUsed = "backup_code_used",
        /// A passkey was added.
        PasskeyAdded = "passkey_added",
        /// One has another name.
        PasskeyRenamed = "passkey_renamed",
        /// One was removed.
        PasskeyRemoved = "passkey_removed",
        /// A browser isn't asked for the second factor for a while.
        BrowserTrusted = "browser_trusted",
        /// One is asked again.
        BrowserForgotten = "browser_forgotten",
        /// All are.
        BrowsersForgotten = "browsers_forgotten",
        /// An account at a provider was connected.
        ProviderConnected = "provider_connected",
        /// One was disconnected.
        ProviderDisconnected = "provider_disconnected",
        /// One was to be connected, and couldn't be.
        ProviderNotConnected = "provider_not_connected",
        /// The password was removed.
        PasswordRemoved = "password_removed",
        /// The operator removed every second factor of an account.
        FactorsReset = "factors_reset",
    Account:
        /// An account was made.
        SignedUp = "signed_up",
        /// Somebody signed up with an address that has an account.
        SignedUpAgain = "signed_up_again",
        /// The address was proved.
        EmailVerified = "email_verified",
        /// Another address was asked for.
        EmailChangeRequested = "email_change_requested",
        /// The account has another address.
        EmailChanged = "email_changed",
        /// It has another user name.
        UsernameChanged = "username_changed",
        /// It has another telephone number.
        PhoneNumberChanged = "phone_number_changed",
        /// It has none any more.
        PhoneNumberRemoved = "phone_number_removed",
        /// All data was downloaded.
        DataExported = "data_exported",
        /// The link that deletes the account was asked for.
        DeletionRequested = "deletion_requested",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
    Organization:
        /// An organization was made.
        OrganizationCreated = "organization_created",
        /// Its name, address or picture was changed.
        OrganizationChanged = "organization_changed",
        /// One was deleted.
        OrganizationDeleted = "organization_deleted",
        /// It has another owner.
        OwnershipTransferred = "ownership_transferred",
        /// Somebody was invited.
        MemberInvited = "member_invited",
        /// An invitation was taken back.
        InvitationCanceled = "invitation_canceled",
        /// Somebody joined.
        InvitationAccepted = "invitation_accepted",
        /// Somebody declined.
        InvitationDeclined = "invitation_declined",
        /// A member has other roles.
        MemberRolesChanged = "member_roles_changed",
        /// A member was removed.
        MemberRemoved = "member_removed",
        /// A member left.
        MemberLeft = "member_left",
        /// The roles of whom an organization demands a second factor were chosen.
        SecondFactorRuleChanged = "second_factor_rule_changed",
        /// One of an organization's own roles was made, changed or deleted.
        RoleChanged = "role_changed",
        /// A role was given for a time, in a team, or for one thing.
        RoleAssigned = "role_assigned",
        /// Such a role was taken back.
        AssignmentRevoked = "assignment_revoked",
        /// A team was made.
        TeamCreated = "team_created",
        /// It has another name.
        TeamRenamed = "team_renamed",
        /// It was deleted.
        TeamDeleted = "team_deleted",
        /// Somebody was put into a team.
        TeamMemberAdded = "team_member_added",
        /// Somebody left a team, or was taken out of it.
        TeamMemberRemoved = "team_member_removed",
        /// Somebody tried what they may not do, or where they aren't in.
        AccessRefused = "access_refused",
        /// The trail was downloaded.
        TrailExported = "trail_exported",
    Operator:
        /// What is sealed was brought under the present secret.
        KeysRotated = "keys_rotated",
        /// There is a new key that signs tokens for other services.
        SigningKeyMade = "signing_key_made",
        /// One was withdrawn before its time.
        SigningKeyRetired = "signing_key_retired",
}

impl Act {
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.name() == name)
    }
}
