//! A provider on loopback that speaks the documented protocols: OpenID Connect with discovery, and OAuth 2.0 as the others do. A test
//! plays the browser and the person in front of it, and makes it misbehave.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use url::Url;
use url::form_urlencoded::parse;

use crate::provider::Draft;
use crate::{Clock, Random};

/// What the site is called there.
pub const CLIENT_ID: &str = "latchkey";
/// Its secret there; with signs that a form must escape.
pub const CLIENT_SECRET: &str = "s3cret+of/the site";

/// The provider; it is gone when the test ends.
pub struct StandIn {
    /// Where it is.
    pub origin: String,
    state: Arc<Mutex<State>>,
}

/// How it behaves.
pub struct Manners {
    /// Whether it answers 503 to everything.
    pub down: bool,
    /// Laid over its discovery document; `null` takes something away. So are the next three.
    pub metadata: Value,
    /// Laid over the claims of its ID tokens.
    pub claims: Value,
    /// Laid over what its token endpoint answers.
    pub answer: Value,
    /// In place of the person, what its profile's address answers.
    pub profile: Value,
    /// What the address with the addresses answers.
    pub emails: Value,
    /// The keys that it publishes.
    pub keys: Vec<Key>,
    /// What it signs with.
    pub signer: Signer,
    /// How long its access tokens are good, in seconds.
    pub lifetime: u64,
    /// Whether it takes no refresh token.
    pub stubborn: bool,
    /// What its token endpoint waits for before it answers.
    pub held: Option<Arc<Semaphore>>,
    /// Whether its client must sign its secret, as Apple has it: then any is taken.
    pub signed_secret: bool,
}

/// A key that signs.
#[derive(Clone)]
pub struct Key {
    id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

/// What signs ID tokens.
pub enum Signer {
    /// A key.
    Key(Key),
    /// Nothing (`"alg": "none"`).
    Nobody,
    /// The client's secret (`HS256`), which anybody who has it could sign with.
    Secret,
}

struct State {
    clock: Clock,
    origin: String,
    manners: Manners,
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, Value>,
    calls: Vec<String>,
    secret_shown: String,
}

struct Grant {
    person: Value,
    redirect: String,
    challenge: String,
    nonce: Option<String>,
    scope: String,
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl Key {
    /// A new one for ES256.
    pub fn es256(id: &str) -> Self {
        let mut der =
            hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420").expect("hex");
        let mut secret = [0u8; 32];
        Random.fill(&mut secret);
        // Below the order of the curve.
        secret[0] = 1;
        der.extend(secret);
        Self { id: id.to_owned(), algorithm: Algorithm::ES256, key: EncodingKey::from_ec_der(&der) }
    }

    /// The one for RS256.
    pub fn rs256(id: &str) -> Self {
        let key = EncodingKey::from_rsa_pem(include_bytes!("rsa.pem")).expect("a key");
        Self { id: id.to_owned(), algorithm: Algorithm::RS256, key }
    }

    fn public(&self) -> Value {
        let mut key = Jwk::from_encoding_key(&self.key, self.algorithm).expect("it can be published");
        key.common.key_id = Some(self.id.clone());
        serde_json::to_value(key).expect("JSON")
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
impl StandIn {
    /// Opens it; it tells the time by `clock`.
    pub async fn open(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let key = Key::es256("first");
        let manners = Manners {
            down: false,
            metadata: json!({}),
            claims: json!({}),
            answer: json!({}),
            profile: Value::Null,
            emails: json!([]),
            keys: vec![key.clone()],
            signer: Signer::Key(key),
            lifetime: 3600,
            stubborn: false,
            held: None,
            signed_secret: false,
        };
        let (codes, tokens, calls) = (HashMap::new(), HashMap::new(), Vec::new());
        let secret_shown = String::new();
        let state = State { clock, origin: origin.clone(), manners, codes, tokens, calls, secret_shown };
        let state = Arc::new(Mutex::new(state));
        tokio::spawn(serve(listener, state.clone()));
        Self { origin, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test has panicked")
    }

    /// Changes how it behaves.
    pub fn now(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.state().manners);
    }

    /// How often `path` was asked for.
    pub fn calls(&self, path: &str) -> usize {
        self.state().calls.iter().filter(|call| *call == path).count()
    }

    /// The secret that was shown last.
    pub fn secret_shown(&self) -> String {
        self.state().secret_shown.clone()
    }

    /// What the operator writes down to offer it, as an OpenID provider or as one of those that are known.
    pub fn draft(&self) -> Draft {
        let at = |path: &str| Some(format!("{}{path}", self.origin));
        Draft {
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.into(),
            issuer: Some(self.origin.clone()),
            authorization_endpoint: at("/authorize"),
            token_endpoint: at("/token"),
            userinfo_endpoint: at("/userinfo"),
            emails_endpoint: at("/emails"),
            ..Draft::default()
        }
    }

    /// `person` agrees at `address`; gives the address that the browser is sent back to.
    pub fn agree(&self, address: &Url, person: &Value) -> Url {
        let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
        assert!(address.as_str().starts_with(&self.origin) && address.path() == "/authorize", "{address}");
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT_ID));
        assert_eq!(asked["code_challenge_method"], "S256", "never plain");
        let code = Random.alphanumeric(20);
        let grant = Grant {
            person: person.clone(),
            redirect: asked["redirect_uri"].clone(),
            challenge: asked["code_challenge"].clone(),
            nonce: asked.get("nonce").cloned(),
            scope: asked["scope"].clone(),
        };
        let mut state = self.state();
        state.codes.insert(code.clone(), grant);
        let mut back = Url::parse(&asked["redirect_uri"]).expect("an address");
        back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("code", &code);
        if state.metadata()["authorization_response_iss_parameter_supported"] == true {
            back.query_pairs_mut().append_pair("iss", &state.origin);
        }
        back
    }

    /// Tokens for `person`, as an app gets them by itself.
    pub fn tokens(&self, person: &Value, nonce: Option<&str>) -> Value {
        self.state().issue(person, nonce, "openid email profile")
    }
}

impl State {
    fn metadata(&self) -> Value {
        let origin = &self.origin;
        let document = json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "userinfo_endpoint": format!("{origin}/userinfo"),
            "jwks_uri": format!("{origin}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        });
        over(document, &self.manners.metadata)
    }

    fn issue(&mut self, person: &Value, nonce: Option<&str>, scope: &str) -> Value {
        let (access, refresh) = (Random.alphanumeric(24), Random.alphanumeric(24));
        let now = self.clock.now().micros() / 1_000_000;
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(access.as_bytes())[..16]);
        let claims = json!({
            "iss": self.origin, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, "at_hash": hash,
        });
        let claims = over(over(claims, person), &self.manners.claims);
        let answer = json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "scope": scope,
            "expires_in": self.manners.lifetime, "id_token": sign(&self.manners.signer, &claims),
        });
        self.tokens.extend([access, refresh].map(|token| (token, person.clone())));
        over(answer, &self.manners.answer)
    }

    fn answer(&mut self, path: &str, authorization: &str, body: &[u8]) -> (u16, Value) {
        if self.manners.down {
            return (503, json!("down"));
        }
        match path {
            // A tenant's is below a path.
            path if path.ends_with("/.well-known/openid-configuration") => (200, self.metadata()),
            "/jwks" => (200, json!({ "keys": self.manners.keys.iter().map(Key::public).collect::<Vec<_>>() })),
            "/token" => self.token(authorization, body),
            "/userinfo" | "/emails" => {
                let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
                match self.tokens.get(token) {
                    None => (401, json!({ "error": "invalid_token" })),
                    Some(_) if path == "/emails" => (200, self.manners.emails.clone()),
                    Some(person) if self.manners.profile.is_null() => (200, person.clone()),
                    Some(_) => (200, self.manners.profile.clone()),
                }
            }
            _ => (404, json!("nothing")),
        }
    }

    fn token(&mut self, authorization: &str, body: &[u8]) -> (u16, Value) {
        let form: HashMap<_, _> = parse(body).into_owned().collect();
        let given = |name: &str| form.get(name).cloned().unwrap_or_default();
        let basic = authorization.strip_prefix("Basic ").and_then(|basic| STANDARD.decode(basic).ok());
        let basic = basic.map(|basic| parse(&basic).next().unwrap_or_default().0.into_owned());
        let (id, secret) = match basic.as_deref().and_then(|basic| basic.split_once(':')) {
            Some((id, secret)) => (id.to_owned(), secret.to_owned()),
            None => (given("client_id"), given("client_secret")),
        };
        self.secret_shown.clone_from(&secret);
        if id != CLIENT_ID || secret != CLIENT_SECRET && !self.manners.signed_secret {
            return (401, json!({ "error": "invalid_client" }));
        }
        let refused = (400, json!({ "error": "invalid_grant" }));
        match given("grant_type").as_str() {
            "authorization_code" => {
                let Some(grant) = self.codes.remove(&given("code")) else { return refused };
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier").as_bytes()));
                if grant.redirect != given("redirect_uri") || grant.challenge != challenge {
                    return refused;
                }
                (200, self.issue(&grant.person, grant.nonce.as_deref(), &grant.scope))
            }
            // Each is taken once.
            "refresh_token" if !self.manners.stubborn => match self.tokens.remove(&given("refresh_token")) {
                Some(person) => (200, self.issue(&person, None, "openid email")),
                None => refused,
            },
            _ => refused,
        }
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
fn sign(signer: &Signer, claims: &Value) -> String {
    let (header, key) = match signer {
        Signer::Key(key) => (Header { kid: Some(key.id.clone()), ..Header::new(key.algorithm) }, key.key.clone()),
        Signer::Secret => (Header::new(Algorithm::HS256), EncodingKey::from_secret(CLIENT_SECRET.as_bytes())),
        Signer::Nobody => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            return format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims));
        }
    };
    jsonwebtoken::encode(&header, claims, &key).expect("it can be signed")
}

/// `patch` laid over `value`; what is `null` in it is taken away, as is what is `null` already.
fn over(mut value: Value, patch: &Value) -> Value {
    if let (Value::Object(fields), Value::Object(patch)) = (&mut value, patch) {
        fields.extend(patch.clone());
        fields.retain(|_, field| !field.is_null());
    }
    value
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = hyper::service::service_fn(move |request| respond(state.clone(), request));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

#[expect(clippy::expect_used, reason = "a test stops where its world breaks")]
async fn respond(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = head.uri.path();
    let held = {
        let mut state = state.lock().expect("no test has panicked");
        state.calls.push(path.to_owned());
        state.manners.held.clone().filter(|_| path == "/token")
    };
    if let Some(held) = held {
        held.acquire().await.expect("it is never closed").forget();
    }
    let (status, answer) = state.lock().expect("no test has panicked").answer(path, authorization, &body);
    let answer =
        Response::builder().status(status).header("content-type", "application/json").body(answer.to_string().into());
    Ok(answer.expect("an answer"))
}
