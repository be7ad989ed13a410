//! `[providers.<id>]`: tables whose names are the operator's own. Their fields are a list like that of the settings; a field of a
//! table is a setting like any other.

use std::sync::Arc;

use domain::outbound::Outbound;
use domain::provider::known::{self, Known};
use domain::provider::{self, Draft, Provider};
use secrecy::ExposeSecret;
use url::Url;

use super::file::File;
use super::keys::{Key, Kind};
use super::problem::did_you_mean;

/// The section.
pub(super) const SECTION: &str = "providers";

/// One field of a provider.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What is taken, for an error.
    pub(super) wanted: &'static str,
    /// What it decides, for the documentation.
    pub(super) about: &'static str,
}

const fn field(name: &'static str, kind: Kind, wanted: &'static str, about: &'static str) -> Field {
    Field { name, kind, wanted, about }
}

const ADDRESS: &str = "an https address";
const PRIVATE: &str = "a public https address; a host of your own network, or one without https, must be named in outbound.allow (environment: LATCHKEY_OUTBOUND__ALLOW)";

use Kind::{Flag, List, Secret, Text};

/// All of them, in the order in which they are shown.
#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("client_id", Text, "the id that the provider gave this site", "This site's id at the provider."),
    field("client_secret", Secret, "the secret that the provider gave this site", "Its secret there."),
    field("name", Text, "a name of 1 to 40 characters", "What people read on the button; known providers have one, others are called like their issuer's host."),
    field("issuer", Text, "the issuer's address, such as https://login.example.com", "The OpenID provider's address, or that of its discovery document; known providers have one."),
    field("trusted", Flag, "true or false", "Whether its word on an address opens the account that has it. Without it as docs/providers.md says: for Google, Apple, Microsoft and GitHub."),
    field("scopes", List, "names such as calendar.read", "What is asked for beside what signing in needs."),
    field("tenant", Text, "the tenant's id, common, organizations or consumers", "Microsoft only: whose accounts may sign in; common without it."),
    field("team_id", Text, "the ten characters of the team's id", "Apple only: the team. With it, key_id and private_key take the secret's place."),
    field("key_id", Text, "the ten characters of the key's id", "Apple only: the key."),
    field("private_key", Secret, "the text of the .p8 file that Apple gave, with its BEGIN and END lines", "Apple only: the key itself."),
    field("authorization_endpoint", Text, ADDRESS, "Where people are sent, in place of what is known or discovered."),
    field("token_endpoint", Text, ADDRESS, "Where codes are exchanged."),
    field("userinfo_endpoint", Text, ADDRESS, "Where the profile is."),
    field("emails_endpoint", Text, ADDRESS, "GitHub only: where the addresses are."),
    field("jwks_uri", Text, ADDRESS, "Where the keys are that sign ID tokens."),
];

/// The variables that the ecosystem knows: provider, field, name.
#[rustfmt::skip]
pub(super) const VARIABLES: &[(&str, &str, &[&str])] = &[
    ("google", "client_id", &["GOOGLE_CLIENT_ID"]),
    ("google", "client_secret", &["GOOGLE_CLIENT_SECRET"]),
    ("apple", "client_id", &["APPLE_CLIENT_ID"]),
    ("apple", "client_secret", &["APPLE_CLIENT_SECRET"]),
    ("apple", "team_id", &["APPLE_TEAM_ID"]),
    ("apple", "key_id", &["APPLE_KEY_ID"]),
    ("apple", "private_key", &["APPLE_PRIVATE_KEY"]),
    ("microsoft", "client_id", &["MICROSOFT_CLIENT_ID"]),
    ("microsoft", "client_secret", &["MICROSOFT_CLIENT_SECRET"]),
    ("microsoft", "tenant", &["MICROSOFT_TENANT_ID"]),
    ("github", "client_id", &["GITHUB_CLIENT_ID"]),
    ("github", "client_secret", &["GITHUB_CLIENT_SECRET"]),
    ("discord", "client_id", &["DISCORD_CLIENT_ID"]),
    ("discord", "client_secret", &["DISCORD_CLIENT_SECRET"]),
    ("facebook", "client_id", &["FACEBOOK_CLIENT_ID"]),
    ("facebook", "client_secret", &["FACEBOOK_CLIENT_SECRET"]),
    ("twitter", "client_id", &["TWITTER_CLIENT_ID"]),
    ("twitter", "client_secret", &["TWITTER_CLIENT_SECRET"]),
    ("oidc", "client_id", &["OIDC_CLIENT_ID"]),
    ("oidc", "client_secret", &["OIDC_CLIENT_SECRET"]),
    ("oidc", "issuer", &["OIDC_ISSUER"]),
    ("oidc", "name", &["OIDC_NAME"]),
];

/// What is wanted of a provider's id.
pub(super) const ID: &str =
    "a provider's id of 1 to 32 small letters, digits and hyphens (credential is taken), such as [providers.google]";

/// Whether a provider may be called that. `credential` are the passwords of the site itself.
fn is_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&id.len()) && id.bytes().all(plain) && id != "credential"
}

/// The setting of that path, if it is a provider's field.
pub(super) fn key(path: &str) -> Option<Key> {
    let (id, name) = path.strip_prefix(SECTION)?.strip_prefix('.')?.split_once('.')?;
    let field = FIELDS.iter().find(|field| field.name == name && is_id(id))?;
    Some(of(id, field))
}

/// Every setting of the provider of that id.
pub(super) fn keys(id: &str) -> impl Iterator<Item = Key> {
    FIELDS.iter().map(move |field| of(id, field))
}

fn of(id: &str, field: &Field) -> Key {
    let names = VARIABLES.iter().find(|(of, name, _)| *of == id && *name == field.name);
    Key {
        path: format!("{SECTION}.{id}.{}", field.name).into(),
        names: names.map_or(&[], |(_, _, names)| names),
        kind: field.kind,
        wanted: field.wanted,
        about: field.about,
    }
}

/// Whether a table of that path is one of ours.
pub(super) fn is_section(path: &str) -> bool {
    path == SECTION || path.strip_prefix(SECTION).and_then(|rest| rest.strip_prefix('.')).is_some_and(is_id)
}

/// What would be right in the place of a path in the section that isn't known.
pub(super) fn meant(path: &str) -> Option<String> {
    let rest = path.strip_prefix(SECTION)?.strip_prefix('.')?;
    Some(match rest.split_once('.') {
        Some((id, name)) if is_id(id) => match did_you_mean(name, FIELDS.iter().map(|field| field.name)) {
            Some(name) => format!("a setting that exists; did you mean {SECTION}.{id}.{name}?"),
            None => "a setting that exists; docs/configuration.md lists them".to_owned(),
        },
        _ => ID.to_owned(),
    })
}

/// The ids of the providers that variables may be about: those that have names of their own, and those in `LATCHKEY_PROVIDERS__ID__FIELD`, where a hyphen is
/// written as `_`.
pub(super) fn ids<'v>(variables: impl Iterator<Item = &'v String>) -> Vec<String> {
    let named = VARIABLES.iter().map(|(id, ..)| (*id).to_owned());
    let own = variables.filter_map(|name| Some(path_of(name)?.split('.').nth(1)?.to_owned()));
    let mut ids: Vec<_> = named.chain(own.filter(|id| is_id(id))).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The path that a variable of the product's own name sets.
pub(super) fn path_of(variable: &str) -> Option<String> {
    let (id, name) = variable.strip_prefix("LATCHKEY_PROVIDERS__")?.rsplit_once("__")?;
    Some(format!("{SECTION}.{}.{}", id.to_lowercase().replace('_', "-"), name.to_lowercase()))
}

/// A value that can't be used: its setting, what was found, what is wanted.
pub(super) struct Fault {
    pub(super) path: String,
    pub(super) found: String,
    pub(super) wanted: String,
}

/// The providers that the file names, in the order in which they are shown: the known ones first. `from` tells where a setting came from.
pub(super) fn read(file: &File, from: impl Fn(&str) -> String) -> (Vec<Arc<Provider>>, Vec<Fault>) {
    let outbound = Outbound::new(&file.outbound);
    let place = |id: &str| known::ALL.iter().position(|known| known.id == id).unwrap_or(usize::MAX);
    let mut drafts: Vec<_> = file.providers.iter().collect();
    drafts.sort_by_key(|(id, _)| (place(id), id.as_str()));
    let (mut providers, mut faults) = (Vec::new(), Vec::new());
    for (id, draft) in drafts {
        let path = |name: &str| format!("{SECTION}.{id}.{name}");
        let read = draft.read(id);
        let wrong = read.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        for fault in wrong {
            let wanted = advised(id, draft, fault, |half| format!("{} ({})", path(half), from(&path(half))));
            faults.push(Fault { path: path(fault.setting), found: fault.found.clone(), wanted });
        }
        let unfit =
            unfit(known::find(id), draft).map(|(name, found, wanted)| Fault { path: path(name), found, wanted });
        faults.extend(unfit);
        for (name, address) in addresses(draft).filter(|(name, _)| wrong.iter().all(|fault| fault.setting != *name)) {
            if Url::parse(address.trim()).is_ok_and(|url| outbound.may_call(&url).is_err()) {
                faults.push(Fault { path: path(name), found: format!("{address:?}"), wanted: PRIVATE.to_owned() });
            }
        }
        providers.extend(read.ok().map(Arc::new));
    }
    (providers, faults)
}

/// What is wanted in the place of a fault, with what leads there.
fn advised(id: &str, draft: &Draft, fault: &provider::Fault, told: impl Fn(&str) -> String) -> String {
    let mut wanted = fault.wanted.to_owned();
    if let Some(half) = other_half(draft, fault.setting) {
        wanted += &format!(", beside {}", told(half));
    }
    if id == "apple" && fault.setting == "client_secret" {
        wanted += ", or team_id, key_id and private_key in its place";
    }
    let unknown = fault.setting == "issuer" && draft.issuer.is_none();
    if let Some(name) = did_you_mean(id, known::ALL.iter().map(|known| known.id)).filter(|_| unknown) {
        wanted += &format!("; or did you mean [{SECTION}.{name}]?");
    }
    wanted
}

/// What can be read and can't be meant: a value that this provider has no use for, or one that is none. Field, what was found, what is
/// wanted.
fn unfit<'d>(known: &'d Known, draft: &'d Draft) -> impl Iterator<Item = (&'static str, String, String)> + 'd {
    let only = |id: &str, name: &str| if known.id == id { None } else { Some(format!("nothing: it is {name}'s only")) };
    let is_openid = !matches!(known.place, known::Place::OAuth { .. });
    let openid = || Some(format!("nothing: {} is no OpenID provider", known.name)).filter(|_| !is_openid);
    let misplaced = [
        ("tenant", draft.tenant.clone(), only("microsoft", "Microsoft")),
        ("team_id", draft.team_id.clone(), only("apple", "Apple")),
        ("key_id", draft.key_id.clone(), only("apple", "Apple")),
        ("private_key", draft.private_key.as_ref().map(|_| String::new()), only("apple", "Apple")),
        ("emails_endpoint", draft.emails_endpoint.clone(), only("github", "GitHub")),
        ("issuer", draft.issuer.clone(), openid()),
        ("jwks_uri", draft.jwks_uri.clone(), openid()),
    ];
    let misplaced = misplaced.into_iter().filter_map(|(name, value, wanted)| {
        let value = value?;
        Some((name, if value.is_empty() { "a value".to_owned() } else { format!("{value:?}") }, wanted?))
    });
    let fits = |name: &str| matches!(name.trim().chars().count(), 1..=40) && !name.contains(char::is_control);
    let name = draft.name.as_ref().filter(|name| !fits(name)).map(|name| ("name", format!("{name:?}")));
    let shared = ["common", "organizations", "consumers"];
    let is_tenant = |one: &str| shared.contains(&one) || uuid::Uuid::try_parse(one).is_ok();
    let tenant = draft.tenant.as_ref().filter(|tenant| known.id == "microsoft" && !is_tenant(tenant));
    let tenant = tenant.map(|tenant| ("tenant", format!("{tenant:?}")));
    let wanted = |name| FIELDS.iter().find(|field| field.name == name).map_or("", |field| field.wanted).to_owned();
    misplaced.chain(name.into_iter().chain(tenant).map(move |(name, found)| (name, found, wanted(name))))
}

/// Of client id and secret the one that is there where the other one is missing.
fn other_half(draft: &Draft, missing: &str) -> Option<&'static str> {
    match missing {
        "client_id" if !draft.client_secret.expose_secret().is_empty() => Some("client_secret"),
        "client_secret" if !draft.client_id.is_empty() => Some("client_id"),
        _ => None,
    }
}

fn addresses(draft: &Draft) -> impl Iterator<Item = (&'static str, &String)> {
    let all = [
        ("issuer", &draft.issuer),
        ("authorization_endpoint", &draft.authorization_endpoint),
        ("token_endpoint", &draft.token_endpoint),
        ("userinfo_endpoint", &draft.userinfo_endpoint),
        ("emails_endpoint", &draft.emails_endpoint),
        ("jwks_uri", &draft.jwks_uri),
    ];
    all.into_iter().filter_map(|(name, address)| Some((name, address.as_ref()?)))
}

/// The variables that configure a known provider.
pub(super) fn variables(id: &str) -> Vec<String> {
    // Apple's secret is signed anew for each call, with the key.
    let wanted: &[&str] = match id {
        "apple" => &["client_id", "team_id", "key_id", "private_key"],
        "oidc" => &["client_id", "client_secret", "issuer"],
        _ => &["client_id", "client_secret"],
    };
    wanted.iter().filter_map(|name| Some(key(&format!("{SECTION}.{id}.{name}"))?.usual())).collect()
}
