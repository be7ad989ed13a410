use oauth2::ClientId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::known::{self, Known, Secret};
use super::{ClientSecret, Endpoints, Issuer, Place, Provider, TENANT};

/// A provider as the operator writes it down. Two values are enough for those that are known, an issuer beside them for any other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    /// Latchkey's id at the provider.
    pub client_id: String,
    /// Its secret there.
    #[serde(skip_serializing)]
    pub client_secret: SecretString,
    /// What people call it.
    pub name: Option<String>,
    /// The issuer's address, or that of its discovery document.
    pub issuer: Option<String>,
    /// What is asked for beside what signing in needs.
    pub scopes: Vec<String>,
    /// Whether its word on addresses opens accounts.
    pub trusted: Option<bool>,
    /// Microsoft's tenant: its id, `common`, `organizations` or `consumers`.
    pub tenant: Option<String>,
    /// Apple's team.
    pub team_id: Option<String>,
    /// The id of the key at Apple.
    pub key_id: Option<String>,
    /// The key: the text of the file that Apple gave.
    #[serde(skip_serializing)]
    pub private_key: Option<SecretString>,
    /// In place of what is known or discovered: where people are sent.
    pub authorization_endpoint: Option<String>,
    /// Where codes are exchanged.
    pub token_endpoint: Option<String>,
    /// Where the profile is.
    pub userinfo_endpoint: Option<String>,
    /// Where the addresses are (GitHub).
    pub emails_endpoint: Option<String>,
    /// Where the keys are that sign ID tokens.
    pub jwks_uri: Option<String>,
}

/// What of a draft can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The value's name in the draft.
    pub setting: &'static str,
    /// What was found; never a secret.
    pub found: String,
    /// What is wanted.
    pub wanted: &'static str,
}

const ADDRESS: &str =
    "an https address such as https://login.example.com (http only to hosts that outbound.allow names)";
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Collects what is wrong.
#[derive(Default)]
struct Check(Vec<Fault>);

impl Check {
    fn fault(&mut self, setting: &'static str, found: &str, wanted: &'static str) {
        let found = if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") };
        self.0.push(Fault { setting, found, wanted });
    }

    fn url(&mut self, setting: &'static str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| {
            let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
            matches!(url.scheme(), "https" | "http") && url.has_host() && bare
        });
        if url.is_none() {
            // What stands before an @ may be a secret.
            self.fault(setting, text.rsplit('@').next().unwrap_or_default(), ADDRESS);
        }
        url
    }

    fn optional(&mut self, setting: &'static str, text: Option<&String>) -> Option<Url> {
        text.and_then(|text| self.url(setting, text))
    }
}

impl Draft {
    /// The provider `id` by this draft.
    ///
    /// # Errors
    /// Everything in it that can't be used.
    pub fn read(&self, id: &str) -> Result<Provider, Vec<Fault>> {
        let (known, mut check) = (known::find(id), Check::default());
        if self.client_id.trim().is_empty() {
            check.fault("client_id", "", "the id that the provider gave this site");
        }
        let secret = self.secret(known, &mut check);
        let place = self.place(known, &mut check);
        match (secret, place) {
            (Some(secret), Some(place)) if check.0.is_empty() => Ok(Provider {
                id: id.to_owned(),
                name: self.name.clone().unwrap_or_else(|| called(known, &place)),
                known,
                trusted: self.trusted.unwrap_or(known.trusted),
                scopes: self.all_scopes(known),
                client_id: ClientId::new(self.client_id.trim().to_owned()),
                secret,
                place,
                discovered: super::discovery::Memory::default(),
            }),
            _ => Err(check.0),
        }
    }

    fn all_scopes(&self, known: &Known) -> Vec<String> {
        let mut scopes: Vec<String> = known.scopes.iter().map(ToString::to_string).collect();
        for more in self.scopes.iter().filter(|scope| !scope.trim().is_empty()) {
            if !scopes.contains(more) {
                scopes.push(more.clone());
            }
        }
        scopes
    }

    fn secret(&self, known: &Known, check: &mut Check) -> Option<ClientSecret> {
        if known.secret != Secret::Signed || self.team_id.is_none() {
            if self.client_secret.expose_secret().is_empty() {
                check.fault("client_secret", "", "the secret that the provider gave this site");
                return None;
            }
            return Some(ClientSecret::Text(self.client_secret.clone()));
        }
        let wanted = "the text of the .p8 file that Apple gave, with its BEGIN and END lines";
        let (Some(team_id), Some(key_id), Some(key)) = (&self.team_id, &self.key_id, &self.private_key) else {
            check.fault("private_key", "", "team_id, key_id and private_key together");
            return None;
        };
        // A variable of the environment has its line breaks written out.
        let pem = key.expose_secret().replace("\\n", "\n");
        match jsonwebtoken::EncodingKey::from_ec_pem(pem.as_bytes()) {
            Ok(key) => Some(ClientSecret::Key { team_id: team_id.clone(), key_id: key_id.clone(), key: Box::new(key) }),
            Err(_) => {
                check.0.push(Fault { setting: "private_key", found: "something else".to_owned(), wanted });
                None
            }
        }
    }

    fn place(&self, known: &Known, check: &mut Check) -> Option<Place> {
        let authorize = check.optional("authorization_endpoint", self.authorization_endpoint.as_ref());
        let token = check.optional("token_endpoint", self.token_endpoint.as_ref());
        let profile = check.optional("userinfo_endpoint", self.userinfo_endpoint.as_ref());
        let issuer = match &known.place {
            known::Place::OAuth { authorize: a, token: t, profile: p, emails: e } => {
                let emails = self.emails_endpoint.as_deref().or(*e);
                return Some(Place::OAuth {
                    authorize: authorize.or_else(|| check.url("authorization_endpoint", a))?,
                    token: token.or_else(|| check.url("token_endpoint", t))?,
                    profile: profile.or_else(|| check.url("userinfo_endpoint", p))?,
                    emails: emails.and_then(|emails| check.url("emails_endpoint", emails)),
                });
            }
            known::Place::OpenId(issuer) => {
                // Everybody's private accounts are in one tenant.
                let tenant = self.tenant.as_deref().unwrap_or("common").replace("consumers", CONSUMERS);
                self.issuer.clone().unwrap_or_else(|| issuer.replace("{tenant}", &tenant))
            }
            known::Place::Named => self.issuer.clone().unwrap_or_default(),
        };
        let issuer = issuer.trim().trim_end_matches(DISCOVERY).to_owned();
        let discovery = check.url("issuer", &format!("{}{DISCOVERY}", issuer.trim_end_matches('/')))?;
        let keys = check.optional("jwks_uri", self.jwks_uri.as_ref());
        let shared = [("/common/v2.0", None), ("/organizations/v2.0", Some(CONSUMERS))];
        let shared = shared.iter().find_map(|(end, except)| Some((issuer.strip_suffix(end)?, *except)));
        let issuer = match shared.filter(|_| known.id == "microsoft") {
            Some((start, except)) => Issuer::OfTenant { issuer: format!("{start}/{TENANT}/v2.0"), except },
            None => Issuer::Exactly(issuer),
        };
        Some(Place::OpenId { discovery, issuer, instead: Endpoints { authorize, token, profile, keys } })
    }
}

/// What people call it where the operator doesn't say: the host is what they see next.
fn called(known: &Known, place: &Place) -> String {
    let host = match place {
        Place::OpenId { discovery, .. } if matches!(known.place, known::Place::Named) => discovery.host_str(),
        _ => None,
    };
    host.unwrap_or(known.name).to_owned()
}
