//! Every setting by name: the one list that reading, `latchkey config`, `.env.example` and the documentation are held to. What a
//! provider has is in a list of its own ([`super::providers`]), because the operator names the providers.

use std::borrow::Cow;

use super::providers;

/// How a setting is written in an environment variable, where all is text, and whether it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it stands.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Separated by commas.
    List,
    /// Text that is never shown.
    Secret,
    /// Such texts, separated by commas.
    Secrets,
    /// An address whose password is never shown.
    Database,
}

/// One setting.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Section and name, as in the file: `session.lifetime`.
    pub(super) path: Cow<'static, str>,
    /// The names that the ecosystem knows it by; the first wins.
    pub(super) names: &'static [&'static str],
    pub(super) kind: Kind,
    /// What is taken, for an error.
    pub(super) wanted: &'static str,
    /// What it decides, for the documentation.
    pub(super) about: &'static str,
}

impl Key {
    /// The product's own name of its environment variable, which wins over the ecosystem's.
    pub(super) fn variable(&self) -> String {
        format!("LATCHKEY_{}", self.path.to_uppercase().replace('.', "__").replace('-', "_"))
    }

    /// Every environment variable that sets it, the strongest first.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.variable()).chain(self.names.iter().map(|name| (*name).to_owned()))
    }

    /// The name that an operator would most likely use.
    pub(super) fn usual(&self) -> String {
        self.names.first().map_or_else(|| self.variable(), |name| (*name).to_owned())
    }

    /// The key of that path.
    pub(super) fn find(path: &str) -> Option<Self> {
        KEYS.iter().find(|key| key.path == path).cloned().or_else(|| providers::key(path))
    }
}

/// Whether a table of the file has settings in it.
pub(super) fn is_section(path: &str) -> bool {
    let within = |key: &Key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    KEYS.iter().any(within) || providers::is_section(path)
}

const fn key(
    path: &'static str,
    names: &'static [&'static str],
    kind: Kind,
    wanted: &'static str,
    about: &'static str,
) -> Key {
    Key { path: Cow::Borrowed(path), names, kind, wanted, about }
}

/// Variables of the environment that begin like a setting and are none: they tell where things are, or what the build does.
pub(super) const NOT_SETTINGS: [&str; 5] =
    ["LATCHKEY_CONFIG", "LATCHKEY_LOG", "LATCHKEY_SITE", "LATCHKEY_CACHE", "LATCHKEY_WASM_TOOLCHAIN"];

const FLAG: &str = "true or false";
const SPAN: &str = "a span of time such as 10m, 24h or 7d";
const RATE: &str = "a number and a span of time, at most a day, such as 5/1m; or off";
const COUNT: &str = "a whole number, 1 or more";

use Kind::{Database, Flag, List, Number, Secret, Secrets, Text};

/// All of them, in the order in which they are shown.
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    key("app_name", &["APP_NAME"], Text, "a name of 1 to 60 characters", "The product's name in pages and mails."),
    key("base_url", &["BETTER_AUTH_URL"], Text, "where people reach Latchkey, such as https://auth.example.com", "The public address: the only source of links in mails. Without it, http://localhost and the port."),
    key("mode", &[], Text, "development or production", "Without it, development where the public address is this machine by plain http, production everywhere else."),
    key("secret", &["BETTER_AUTH_SECRET", "AUTH_SECRET"], Secret, "32 or more random characters, such as `openssl rand -base64 32` prints", "Signs the cookies and seals what is kept. Changing it signs everybody out, unless the old one is among previous_secrets."),
    key("previous_secrets", &[], Secrets, "the secrets that were in use before, the latest first", "Still open what they sealed and verify what they signed; nothing new is made under them."),
    key("secret_file", &[], Text, "the path of a file that only its owner can read", "Where the secret is when it isn't given; made at the first start in development."),
    key("roles_file", &[], Text, "the path of a file of roles", "The roles that every organization has; without it the ones that ship."),
    key("accent", &[], Text, "a colour such as #2b5bd1", "The operator's colour for buttons and links."),

    key("server.host", &["HOST"], Text, "an IP address to listen on, such as 127.0.0.1 or 0.0.0.0", "The address to listen on."),
    key("server.port", &["PORT"], Number, "a port from 0 to 65535 (0 takes a free one)", "The port to listen on."),
    key("server.trusted_origins", &["BETTER_AUTH_TRUSTED_ORIGINS"], List, "origins such as https://app.example.com, https://*.example.com or myapp://", "Other origins that may use the API with a session, and that people may be sent to. The site's own is always trusted."),
    key("server.trusted_proxies", &[], List, "addresses or networks such as 10.0.0.0/8", "The proxies in front, whose word on the client's address and request id is taken."),
    key("server.proxy_header", &[], Text, "x-forwarded-for or forwarded", "The header in which those proxies name the client. The other one is never read."),
    key("server.body_limit_kib", &[], Number, COUNT, "The largest body taken, in KiB."),
    key("server.upload_limit_kib", &[], Number, COUNT, "The largest upload of a picture, in KiB."),
    key("server.header_limit_kib", &[], Number, "a whole number from 1 to 64", "The most that a request's headers may take, in KiB."),
    key("server.header_timeout", &[], Text, SPAN, "How long a connection may take to send a request's headers, idle time included."),
    key("server.request_timeout", &[], Text, SPAN, "How long a request may take, its body included."),
    key("server.drain", &[], Text, SPAN, "How long running requests and jobs may go on after a signal to stop."),
    key("server.max_connections", &[], Number, COUNT, "Most connections at once; beyond it the ones that wait longest without a request are closed."),

    key("database.url", &["DATABASE_URL"], Database, "sqlite:PATH or postgres://user:password@host/name", "The database. A SQLite file is made when it is missing."),
    key("database.max_connections", &[], Number, COUNT, "Most connections to the database."),

    key("redis.url", &["REDIS_URL"], Database, "redis://user:password@host, or rediss:// for TLS", "A Redis that several nodes share, to count how often things are done. Without one, each node counts in its own memory."),

    key("mail.host", &["SMTP_HOST"], Text, "the SMTP server's name or address", "The SMTP server. Without one, development keeps mails in a mailbox page."),
    key("mail.port", &["SMTP_PORT"], Number, "a port from 1 to 65535", "Its port; without it 465 for tls, 25 for none, 587 otherwise."),
    key("mail.security", &["SMTP_SECURE"], Text, "auto, tls, starttls or none (true is tls, false is auto)", "How the connection is protected. auto: TLS on port 465, plain to this machine, STARTTLS elsewhere."),
    key("mail.user", &["SMTP_USER"], Text, "the user's name", "The user at the SMTP server, if it wants one."),
    key("mail.password", &["SMTP_PASSWORD"], Secret, "the user's password", "The password at the SMTP server."),
    key("mail.from_name", &["EMAIL_FROM_NAME"], Text, "a name", "The sender's name; without it the product's."),
    key("mail.from_address", &["EMAIL_FROM_ADDRESS"], Text, "an address such as hello@example.com", "The sender's address."),
    key("mail.timeout", &[], Text, SPAN, "How long one mail may take to leave."),

    key("sms.account_sid", &["TWILIO_ACCOUNT_SID"], Text, "the account's id at the service, such as AC0123456789", "The account at Twilio, or at a service that speaks its API. Without one, development without an SMTP server keeps text messages in the mailbox page, and everything else sends none."),
    key("sms.auth_token", &["TWILIO_AUTH_TOKEN"], Secret, "the account's secret", "The account's secret."),
    key("sms.from", &["TWILIO_FROM"], Text, "a number such as +4915112345678, a name, or a messaging service's id (MG...)", "The sender."),
    key("sms.api", &[], Text, "an https address such as https://api.twilio.com", "Where the service is."),
    key("sms.timeout", &[], Text, "a span of time from 1s to 1m", "How long handing over one text message may take."),

    key("onboarding.questionnaire", &[], Text, "the path of a questionnaire", "A file of your own questions for new users; without it the ones that ship."),

    key("sign_up.enabled", &[], Flag, FLAG, "Whether anybody may make an account."),
    key("sign_up.require_verification", &[], Flag, FLAG, "Whether the address must be verified before the first sign-in."),
    key("sign_up.sign_in_after_verification", &[], Flag, FLAG, "Whether the link that verifies the address signs in."),

    key("password.min_length", &[], Number, "a whole number from 1 to password.max_length", "Fewest characters."),
    key("password.max_length", &[], Number, "a whole number from 64 to 1024", "Most characters."),
    key("password.upper", &[], Flag, FLAG, "Whether a capital letter must occur."),
    key("password.lower", &[], Flag, FLAG, "Whether a small letter must occur."),
    key("password.digit", &[], Flag, FLAG, "Whether a digit must occur."),
    key("password.special", &[], Flag, FLAG, "Whether a special character must occur."),
    key("password.forbidden_words", &[], List, "words", "Words that must not occur."),
    key("password.no_personal", &[], Flag, FLAG, "Whether the user's name and address must not occur."),

    key("breached_passwords.check", &[], Text, "off, offline or online", "Which passwords are refused because attackers try them first: those of the list that ships (`offline`), or also those that the service below knows from breaches (`online`; without its answer no password is taken)."),
    key("breached_passwords.api", &[], Text, "an https address that takes the first five digits of a SHA-1 at its end", "Where breached passwords are asked for. It learns five digits of the password's SHA-1."),

    key("session.lifetime", &[], Text, SPAN, "How long a session lasts after sign-in or renewal."),
    key("session.renew_after", &[], Text, SPAN, "The age from which a session in use is renewed."),
    key("session.short_lifetime", &[], Text, SPAN, "How long a session lasts without \"remember me\"."),
    key("session.fresh_for", &[], Text, SPAN, "How long after an authentication sensitive acts are allowed."),

    key("session.bearer", &[], Flag, FLAG, "Whether programs may send their session as `Authorization: Bearer` to the API instead of a cookie."),
    key("session.cookie_domain", &[], Text, "a domain that base_url's host is in, such as acme.example", "Sends the cookies to every host of this domain, so that an app beside Latchkey finds the session in its own requests. Each of those hosts can then act as its users. Without one, cookies are for this host alone."),
    key("session.accounts_per_browser", &[], Number, "a number from 1 to 10", "How many accounts one browser may hold, to switch between in the header's menu; with 1, signing in as somebody else signs out."),
    key("session.binding", &[], Text, "off, warn or strict", "What happens when a session is used from another network or device: nothing, it is noted and another device told by mail (`warn`), or its user has to show again who they are (`strict`)."),
    key("session.recheck_after", &[], Text, "a span of time, at most 1s (0s always asks the database)", "How long get-session may answer from memory; what is changed on this node counts at once."),
    key("session.cookie_cache", &[], Text, "a span of time, at most 10m (0s gives out no copies)", "How long get-session may answer from the signed copy that a browser keeps of its session (`session_data`). One that was ended or changed is never shown from it on the node that did it, nor a second later on any other."),
    key("jwt.enabled", &[], Flag, FLAG, "Whether a session can ask for a token that other services check by themselves, with the public keys at `/api/auth/jwks`."),
    key("jwt.lifetime", &[], Text, "a span of time, at most 1d", "How long such a token is good. Nothing takes one back before."),
    key("jwt.rotate_after", &[], Text, "a span of time, at least 1d (0s is for ever)", "How long a key signs them before another one takes its place."),
    key("jwt.grace", &[], Text, "a span of time from jwt.lifetime to 400d", "How long a key stays published after it signed for the last time."),
    key("jwt.with_session", &[], Flag, FLAG, "Whether get-session gives such a token too, in the header `set-auth-jwt`. It signs one for each request."),
    key("links.verification", &[], Text, SPAN, "How long the link that verifies an address is good."),
    key("links.reset", &[], Text, "a span of time, at most 1h", "How long the link that resets a password is good."),
    key("links.magic_link", &[], Text, SPAN, "How long a link that signs in is good."),
    key("links.code", &[], Text, "a span of time, at most 10m", "How long a code is good."),
    key("links.code_tries", &[], Number, "a whole number from 1 to 10", "How often a code may be tried."),

    key("email_change.enabled", &[], Flag, FLAG, "Whether users can change their address."),
    key("email_change.confirm_current", &[], Flag, FLAG, "Whether the present address must agree to the new one."),
    key("reset.end_sessions", &[], Flag, FLAG, "Whether every session ends when the password is reset."),
    key("deletion.enabled", &[], Flag, FLAG, "Whether users can delete their accounts."),

    key("two_factor.required", &[], Text, "nobody, roles or everyone", "Who must have a second factor: `nobody`, whoever has one of the roles below (`roles`), or `everyone`."),
    key("two_factor.required_roles", &[], List, "roles, such as owner and admin", "The roles of whom it is required, where two_factor.required is roles."),
    key("two_factor.mail", &[], Text, "off, chosen or everyone", "Whether codes by mail are a second factor, the weaker choice: never, for who turned them on, or for everyone who has a second factor."),
    key("two_factor.trust_for", &[], Text, "a span of time such as 30d (0s turns it off)", "How long a trusted browser isn't asked for the second factor."),

    key("passkey.rp_id", &["PASSKEY_RP_ID"], Text, "the host of the public address, or a domain above it, such as example.com", "The domain that passkeys are made for; without it the host of the public address. Changing it makes every passkey useless."),
    key("passkey.origins", &["PASSKEY_ORIGIN"], List, "origins such as https://app.example.com, within passkey.rp_id", "Further origins whose pages may use the passkeys. The site's own always may."),

    key("organization.limit", &[], Number, "a whole number (0 is no limit)", "How many organizations one user may own."),
    key("organization.members", &[], Number, "a whole number (0 is no limit)", "How many members an organization may have."),
    key("organization.invitations", &[], Number, "a whole number (0 is no limit)", "How many open invitations."),
    key("organization.teams", &[], Number, "a whole number (0 is no limit)", "How many teams."),
    key("organization.roles", &[], Number, "a whole number (0 is no limit)", "How many roles of its own."),
    key("organization.first_team", &[], Flag, FLAG, "Whether a new organization has a team from the start, named like it."),
    key("organization.invitation_lifetime", &[], Text, SPAN, "How long an invitation is good."),
    key("outbound.allow", &[], List, "host names, addresses and networks, such as idp.internal and 10.0.0.0/8", "Private hosts that may be called, also by plain http: an OpenID provider in your own network."),
    key("outbound.timeout", &[], Text, SPAN, "How long a call to another server may take."),

    key("account_linking.different_emails", &[], Flag, FLAG, "Whether somebody may connect an account at a provider that has another address than theirs here."),

    key("rate_limit.enabled", &[], Flag, FLAG, "Whether it is counted how often things are done."),
    key("rate_limit.sign_in", &[], Text, RATE, "How often one address may try to sign in, in whichever way."),
    key("rate_limit.sign_up", &[], Text, RATE, "How often it may make an account."),
    key("rate_limit.password_reset", &[], Text, RATE, "How often it may ask for a new password."),
    key("rate_limit.verification", &[], Text, RATE, "How often it may ask for the mail that verifies an address, or follow its link."),
    key("rate_limit.magic_link", &[], Text, RATE, "How often it may ask for a link that signs in, or follow one."),
    key("rate_limit.email_code", &[], Text, RATE, "How often it may ask for a code by mail."),
    key("rate_limit.phone_number", &[], Text, RATE, "How often it may ask for a code by text message, or try one."),
    key("rate_limit.two_factor", &[], Text, RATE, "How often it may try a second factor, or change one."),
    key("rate_limit.sensitive", &[], Text, RATE, "How often it may use each other route that changes something."),
    key("rate_limit.work", &[], Text, RATE, "How often it may use each route that people use all day: organizations, profile, onboarding."),
    key("rate_limit.account_factor", &[], Number, "a whole number from 1 to 1000", "How many times as much one account may take, from all addresses together."),
    key("rate_limit.routes", &[], List, "paths and rates, such as \"/api/auth/organization/** 60/1m\" or \"/api/auth/sign-up/* off\"", "Rules of your own for routes; the first that fits wins over the rules above."),

    key("lock_out.attempts", &[], Number, "a whole number from 1 to 100, or 0 for no lock-out", "After how many wrong passwords in a row an account takes none for a while. Browsers in which it has signed in before are counted by themselves."),
    key("lock_out.first", &[], Text, "a span of time from 1s to lock_out.longest", "How long the first time; each further wrong one doubles it."),
    key("lock_out.longest", &[], Text, "a span of time from 1s to 1h", "How long at most."),

    key("proof_of_work.mode", &[], Text, "off, adaptive or always", "When signing in by password, signing up and asking for mails must be paid for with proof of work, which browsers do by themselves: while there is an attack (`adaptive`), each time, or never."),
    key("proof_of_work.attack", &[], Text, RATE, "More wrong passwords, new accounts and mails that are asked for than this, of everybody together, are an attack."),
    key("proof_of_work.effort", &[], Number, "a whole number from 1000 to 1000000", "How many hashes it takes at most; half as many on average."),

    key("hashing.memory_kib", &[], Number, "a whole number of KiB, 19456 or more for production", "The memory that one password hash takes (Argon2id), in KiB."),
    key("hashing.iterations", &[], Number, "a whole number from 1 to 64", "Its passes over that memory."),
    key("hashing.parallelism", &[], Number, "a whole number from 1 to 64", "Its lanes."),
    key("hashing.concurrency", &[], Number, "a whole number (0 is one for each core)", "How many hashes run at once."),
    key("hashing.queue", &[], Number, "a whole number", "How many may wait in line; beyond it the answer is 503 with Retry-After."),
];
