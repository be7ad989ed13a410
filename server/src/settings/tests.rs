mod of_providers;

use std::collections::BTreeSet;
use std::fs;

use domain::mail::Transport;
use domain::sms::Sender;

use super::keys::{KEYS, Key, Kind};
use super::sources::{Layers, shown};
use super::*;

const STRONG: &str = "vN0s3yqC1dKfJ8mXz7RwQbT5uHgLpA2e";

/// A folder with these files, and an environment.
fn sources(files: &[(&str, &str)], environment: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sources = Sources { file: None, folder: folder.path().to_path_buf(), environment };
    (folder, sources)
}

fn load(files: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Settings, String> {
    let (_folder, sources) = sources(files, environment);
    // Left running: the mail transport wants one when it is dropped, too.
    let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new().unwrap()));
    std::mem::forget(runtime.enter());
    Settings::load(&sources).map_err(|problems| problems.to_string())
}

fn refused(files: &[(&str, &str)], environment: &[(&str, &str)]) -> String {
    load(files, environment).err().expect("an error")
}

const PRODUCTION: [(&str, &str); 4] = [
    ("BETTER_AUTH_URL", "https://auth.example.com"),
    ("BETTER_AUTH_SECRET", STRONG),
    ("SMTP_HOST", "smtp.example.com"),
    ("EMAIL_FROM_ADDRESS", "hello@example.com"),
];

#[test]
fn nothing_at_all_is_a_good_configuration() {
    let settings = load(&[], &[]).unwrap();
    assert_eq!(settings.mode, Mode::Development);
    assert_eq!(settings.domain.base_url.as_str(), "http://localhost:3000/");
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.database_url, "sqlite:data/latchkey.db");
    assert!(matches!((settings.ways.mail, settings.ways.sms), (Transport::Mailbox, Sender::Mailbox)));
}

#[test]
fn the_environment_wins_over_dotenv_and_that_over_the_file() {
    let file =
        "app_name = 'File'\n[server]\nport = 1001\ntrusted_origins = ['https://a.example']\n[session]\nlifetime = '3d'";
    let dotenv = "APP_NAME=Dotenv\nPORT=1002\n";
    let environment = [
        ("PORT", "1003"),
        ("LATCHKEY_SESSION__RENEW_AFTER", "12h"),
        ("BETTER_AUTH_TRUSTED_ORIGINS", "https://b.example, https://*.c.example"),
    ];
    let settings = load(&[("latchkey.toml", file), (".env", dotenv)], &environment).unwrap();
    assert_eq!(settings.domain.app_name, "Dotenv");
    assert_eq!(settings.http.listen.port(), 1003);
    assert_eq!(settings.domain.base_url.as_str(), "http://localhost:1003/", "the public address follows the port");
    assert_eq!(settings.domain.session.lifetime.as_secs(), 3 * 86400);
    assert_eq!(settings.domain.session.renew_after.as_secs(), 12 * 3600);
    assert!(
        settings.http.origins.allows_origin("https://x.c.example")
            && !settings.http.origins.allows_origin("https://a.example")
    );
}

#[test]
fn a_name_of_the_product_s_own_wins_over_the_ecosystem_s_and_an_empty_one_is_none() {
    let settings = load(
        &[],
        &[("APP_NAME", "Theirs"), ("LATCHKEY_APP_NAME", "Ours"), ("BETTER_AUTH_URL", ""), ("SMTP_HOST", " ")],
    )
    .unwrap();
    assert_eq!(settings.domain.app_name, "Ours");
    assert_eq!(settings.domain.base_url.as_str(), "http://localhost:3000/");
    let (_folder, sources) = sources(&[], &[("AUTH_SECRET", "x"), ("BETTER_AUTH_SECRET", "y")]);
    assert_eq!(Layers::read(&sources).origin("secret"), "BETTER_AUTH_SECRET in the environment");
}

#[test]
fn values_that_look_like_numbers_stay_text_where_text_is_wanted() {
    let settings = load(
        &[],
        &[
            ("APP_NAME", "2048"),
            ("SMTP_HOST", "localhost"),
            ("SMTP_SECURE", "false"),
            ("EMAIL_FROM_ADDRESS", "a@example.com"),
            ("SMTP_USER", "1"),
            ("SMTP_PASSWORD", "123"),
        ],
    )
    .unwrap();
    assert_eq!(settings.domain.app_name, "2048");
    assert!(matches!(settings.ways.mail, Transport::Smtp(_)));
}

#[test]
fn text_messages_stay_in_development_and_need_a_service_in_production() {
    let service = [("TWILIO_ACCOUNT_SID", "AC0123"), ("TWILIO_AUTH_TOKEN", "hunter2"), ("TWILIO_FROM", "+15005550006")];
    let sender = |environment: &[(&str, &str)]| {
        let settings = load(&[], environment).unwrap();
        (settings.domain.two_factor.sms, settings.ways.sms)
    };
    assert!(matches!(sender(&[]), (true, Sender::Mailbox)));
    assert!(matches!(sender(&service), (true, Sender::Http(_))));
    assert!(matches!(sender(&PRODUCTION), (false, Sender::None)));
    assert!(matches!(sender(&[&PRODUCTION[..], &service].concat()), (true, Sender::Http(_))));
    let half = refused(&[("latchkey.toml", "[sms]\napi = 'http://sms.example.com'")], &service[1..2]);
    for setting in ["sms.account_sid", "sms.from", "sms.api"] {
        assert!(half.contains(setting), "{half}");
    }
    assert!(!half.contains("hunter2"), "{half}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let file = "
        app_nam = 'x'
        accent = '#ffd400'
        server = { port = 'eighty', trusted_origins = ['app.example.com', 'https://ok.example'], trusted_proxies = ['10.0.0.0/40'] }
        session = 5
        [links]
        reset = '2h'
        [password]
        min_length = 200
        [onboarding]
        questionnaire = 'missing.toml'
    ";
    let environment = [
        ("BETTER_AUTH_SECRET", "short-secret"),
        ("BETTER_AUTH_URL", "http://auth.example.com"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("LATCHKEY_LINKS__CODE", "soon"),
        ("LATCHKEY_SIGNUP__ENABLED", "true"),
        ("SMTP_USER", "me"),
    ];
    let text = refused(&[("latchkey.toml", file), (".env", "SMTP_PORT=many\n")], &environment);
    let folder =
        text.lines().find_map(|line| line.split_once("from:   ")?.1.strip_suffix("/latchkey.toml")).unwrap().to_owned();
    insta::assert_snapshot!(text.replace(&folder, "."));
    assert!(!text.contains("hunter2") && !text.contains("short-secret"));
}

#[test]
fn cookies_are_shared_only_with_a_domain_that_the_host_is_in() {
    let with = |base_url: &str, domain: &str| {
        load(&[], &[("BETTER_AUTH_URL", base_url), ("LATCHKEY_SESSION__COOKIE_DOMAIN", domain)])
    };
    for (base_url, domain) in
        [("http://auth.acme.localhost:3000", "acme.localhost"), ("http://acme.localhost", "acme.localhost")]
    {
        assert_eq!(with(base_url, domain).unwrap().domain.session.cookie_domain.as_deref(), Some(domain));
    }
    for (base_url, domain) in [
        ("http://auth.acme.localhost", "evil.localhost"),
        ("http://auth.acme.localhost", "me.localhost"),
        ("http://auth.acme.localhost", ".acme.localhost"),
        ("http://auth.acme.localhost", "localhost"),
        ("http://auth.acme.localhost", "sub.auth.acme.localhost"),
        ("http://127.0.0.1:3000", "0.0.1"),
    ] {
        let problems = with(base_url, domain).err().unwrap();
        assert!(problems.contains("session.cookie_domain"), "{base_url} {domain}: {problems}");
    }
}

#[test]
fn production_refuses_what_would_be_dangerous() {
    assert_eq!(load(&[], &PRODUCTION).unwrap().mode, Mode::Production);
    let with = |name: &str, value: &str| {
        let mut environment = PRODUCTION.to_vec();
        environment.retain(|(other, _)| *other != name);
        environment.push((name, value));
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, *value)).collect();
        load(&[], &environment).err()
    };
    for secret in [
        "",
        "too-short",
        "changeme-changeme-changeme-changeme",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "better-auth-secret-12345678901234567890",
    ] {
        let text = with("BETTER_AUTH_SECRET", secret).expect(secret);
        assert!(text.contains("secret (environment: BETTER_AUTH_SECRET)"), "{text}");
        assert!(secret.is_empty() || !text.contains(secret), "{text}");
    }
    assert!(with("BETTER_AUTH_URL", "http://auth.example.com").unwrap().contains("without encryption"));
    assert!(with("SMTP_HOST", "").unwrap().contains("mails must leave"));
    assert!(with("LATCHKEY_HASHING__MEMORY_KIB", "1024").unwrap().contains("OWASP"));
    let here = [
        ("LATCHKEY_MODE", "production"),
        ("BETTER_AUTH_SECRET", STRONG),
        ("SMTP_HOST", "localhost"),
        ("EMAIL_FROM_ADDRESS", "a@example.com"),
    ];
    assert!(refused(&[], &here).contains("base_url"), "this machine is no exception in production");
}

#[test]
fn a_public_address_by_plain_http_is_production_unless_it_is_said() {
    assert!(refused(&[], &[("BETTER_AUTH_URL", "http://192.168.1.5:3000")]).contains("without encryption"));
    let settings =
        load(&[], &[("BETTER_AUTH_URL", "http://192.168.1.5:3000"), ("LATCHKEY_MODE", "development")]).unwrap();
    assert!(settings.warnings[0].contains("/dev/mailbox"));
    assert_eq!(
        load(&[], &[("BETTER_AUTH_URL", "http://localhost:3000/api/auth")]).unwrap().domain.base_url.as_str(),
        "http://localhost:3000/"
    );
}

#[cfg(unix)]
#[test]
fn the_secret_is_made_once_and_kept_from_others() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, sources) = sources(&[], &[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let load = || runtime.block_on(async { Settings::load(&sources) });
    let path = folder.path().join("data/secret");
    let settings = load().unwrap();
    assert!(!path.exists(), "reading the configuration changes nothing");
    let first = settings.secret().unwrap().sign(b"x");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(load().unwrap().secret().unwrap().sign(b"x"), first, "the second start takes the same");
    assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1, "nothing is left over");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let text = load().err().unwrap().to_string();
    assert!(text.contains("644") && text.contains("chmod 600"), "{text}");
}

#[test]
fn a_broken_file_and_a_missing_one_are_told() {
    let text = refused(&[("latchkey.toml", "app_name = 'x'\nsecret = hunter2hunter2\n")], &[("PORT", "x")]);
    assert!(text.contains("line 2") && text.contains("server.port") && !text.contains("hunter2"), "{text}");
    let text = refused(&[], &[("LATCHKEY_CONFIG", "elsewhere.toml")]);
    assert!(text.contains("elsewhere.toml"), "{text}");
    let text = refused(&[(".env", "A B 'hunter2\n")], &[]);
    assert!(text.contains(".env") && !text.contains("hunter2"), "{text}");
}

#[test]
fn the_effective_configuration_shows_origins_and_no_secret() {
    let database = ("DATABASE_URL", "postgres://me:hunter2@db.example.com/latchkey");
    let mut environment = PRODUCTION.to_vec();
    environment.extend([database, ("SMTP_USER", "me"), ("SMTP_PASSWORD", "hunter2")]);
    let (_folder, sources) = sources(&[("latchkey.toml", "[session]\nlifetime = '3d'")], &environment);
    let text = tokio::runtime::Runtime::new().unwrap().block_on(async { show(&sources).unwrap() });
    let text = text.replace(&sources.folder.display().to_string(), ".");
    insta::assert_snapshot!(text);
    assert!(!text.contains("hunter2") && !text.contains(STRONG));
    assert!(text.parse::<toml::Table>().is_ok(), "it can be read back");
}

/// Every name that the structs have.
fn paths_of_the_structs() -> BTreeSet<String> {
    fn walk(prefix: &str, dict: &figment::value::Dict, paths: &mut BTreeSet<String>) {
        for (name, value) in dict {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match value.as_dict() {
                Some(inner) => walk(&path, inner, paths),
                None => _ = paths.insert(path),
            }
        }
    }
    let value = figment::value::Value::serialize(file::File::default()).unwrap();
    // Secrets are never written.
    let mut paths =
        BTreeSet::from(["secret", "previous_secrets", "mail.password", "sms.auth_token"].map(str::to_owned));
    walk("", value.as_dict().unwrap(), &mut paths);
    paths
}

fn default_of(key: &Key) -> String {
    let defaults = figment::Figment::from(figment::providers::Serialized::defaults(file::File::default()));
    match defaults.find_value(&key.path) {
        Ok(value) if !matches!(value, figment::value::Value::Empty(..)) && key.kind != Kind::Secret => {
            shown(key.kind, &value)
        }
        _ => String::new(),
    }
}

#[test]
fn the_list_of_settings_is_the_structs() {
    let listed: BTreeSet<_> = KEYS.iter().map(|key| key.path.clone().into_owned()).collect();
    assert_eq!(listed, paths_of_the_structs());
    assert_eq!(listed.len(), KEYS.len());
}

/// Holds a file of the repository to what it must say; `LATCHKEY_BLESS=1` writes it.
fn holds(path: &str, begin: &str, end: &str, expected: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(begin).expect(begin);
    let (found, tail) = if end.is_empty() { (rest, "") } else { rest.split_once(end).expect(end) };
    if std::env::var_os("LATCHKEY_BLESS").is_some() {
        fs::write(&path, format!("{head}{begin}{expected}{end}{tail}")).unwrap();
    } else {
        assert_eq!(found, expected, "{} is out of date: run this test with LATCHKEY_BLESS=1", path.display());
    }
}

#[test]
fn the_documentation_lists_every_setting() {
    let mut expected = String::from("\n| setting | environment | default | what it decides |\n|---|---|---|---|\n");
    for key in KEYS {
        let names = key.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let default = default_of(key);
        let default = if default.is_empty() { String::new() } else { format!("`{}`", default.trim_matches('"')) };
        expected += &format!("| `{}` | {names} | {default} | {} |\n", key.path, key.about);
    }
    holds("docs/configuration.md", "<!-- settings -->", "<!-- end of settings -->", &expected);
    let mut expected = String::from("\n| field | what it decides |\n|---|---|\n");
    for field in providers::FIELDS {
        expected += &format!("| `{}` | {} |\n", field.name, field.about);
    }
    holds("docs/configuration.md", "<!-- fields of providers -->", "<!-- end of fields -->", &expected);
}

#[test]
fn the_example_lists_every_variable() {
    let mut expected = String::from("\n");
    for key in KEYS {
        let default = default_of(key);
        let value = if key.kind == Kind::List {
            default.trim_matches(['[', ']']).replace('"', "").replace(", ", ",")
        } else {
            default.trim_matches('"').to_owned()
        };
        let also = if key.names.len() > 1 { format!(" Also {}.", key.names[1..].join(", ")) } else { String::new() };
        expected += &format!("\n# {}{also}\n# Wanted: {}.\n#{}={value}\n", key.about, key.wanted, key.usual());
    }
    expected += "\n# --- providers: docs/providers.md ---\n";
    let mut before = "";
    for (id, name, variables) in providers::VARIABLES {
        if *id != before {
            let known = domain::provider::known::find(id);
            let name = if known.id == *id { known.name } else { "Any OpenID provider" };
            expected += &format!("\n# {name}\n");
            before = id;
        }
        let about = Key::find(&format!("providers.{id}.{name}")).unwrap().about;
        expected += &format!("# {about}\n#{}=\n", variables[0]);
    }
    holds(".env.example", "# --- all settings ---\n", "", &expected);
}

#[test]
fn the_example_can_be_used_as_it_is() {
    let text = fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.env.example")).unwrap();
    let uncommented: String = text
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()) && line.contains('='))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(uncommented.lines().count(), KEYS.len() + providers::VARIABLES.len());
    let settings = load(&[(".env", &uncommented)], &[]).unwrap();
    assert_eq!(settings.domain.base_url.as_str(), "http://localhost:3000/");
}
