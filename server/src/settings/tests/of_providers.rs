use super::*;

/// Made for this test.
const APPLE_KEY: &str = include_str!("apple.p8");

const GOOGLE: [(&str, &str); 2] = [("GOOGLE_CLIENT_ID", "google-id"), ("GOOGLE_CLIENT_SECRET", "hunter2")];

/// Ids, names and trust of what is offered.
fn offered(files: &[(&str, &str)], environment: &[(&str, &str)]) -> Vec<(String, String, bool)> {
    let providers = load(files, environment).unwrap_or_else(|problems| panic!("{problems}")).domain.providers;
    providers.offered.iter().map(|one| (one.id.clone(), one.name.clone(), one.trusted)).collect()
}

fn as_file(text: &str) -> [(&str, &str); 1] {
    [("latchkey.toml", text)]
}

#[test]
fn a_provider_is_two_variables() {
    for (id, prefix, name, trusted) in [
        ("google", "GOOGLE", "Google", true),
        ("apple", "APPLE", "Apple", true),
        ("microsoft", "MICROSOFT", "Microsoft", true),
        ("github", "GITHUB", "GitHub", true),
        ("discord", "DISCORD", "Discord", false),
        ("facebook", "FACEBOOK", "Facebook", false),
        ("twitter", "TWITTER", "X", false),
    ] {
        let variables = [(format!("{prefix}_CLIENT_ID"), "id"), (format!("{prefix}_CLIENT_SECRET"), "hunter2")];
        let environment: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(offered(&[], &environment), [(id.to_owned(), name.to_owned(), trusted)]);
    }
    assert!(offered(&[], &[]).is_empty());
}

#[test]
fn any_openid_provider_needs_its_issuer_too() {
    let oidc =
        [("OIDC_CLIENT_ID", "id"), ("OIDC_CLIENT_SECRET", "hunter2"), ("OIDC_ISSUER", "https://login.acme.example")];
    assert_eq!(offered(&[], &oidc), [("oidc".to_owned(), "login.acme.example".to_owned(), false)]);
    let named = [&oidc[..], &[("OIDC_NAME", "Acme")]].concat();
    assert_eq!(offered(&[], &named), [("oidc".to_owned(), "Acme".to_owned(), false)]);
    let text = refused(&[], &oidc[..2]);
    assert!(text.contains("providers.oidc.issuer (environment: OIDC_ISSUER)"), "{text}");
}

#[test]
fn any_number_stands_in_the_file_and_the_known_ones_come_first() {
    let file = "
        [providers.zeta]
        client_id = 'z'
        client_secret = 'z'
        issuer = 'https://zeta.example/'
        [providers.acme-2]
        client_id = 'a'
        client_secret = 'a'
        issuer = 'https://acme.example/.well-known/openid-configuration'
        name = 'Acme'
        trusted = true
        [providers.github]
        client_id = 'g'
    ";
    let environment = [
        ("LATCHKEY_PROVIDERS__GITHUB__CLIENT_SECRET", "hunter2"),
        ("LATCHKEY_PROVIDERS__ACME_2__NAME", "Acme & Sons"),
        ("LATCHKEY_PROVIDERS__GOOGLE__CLIENT_ID", "wins"),
    ];
    let environment = [&environment[..], &GOOGLE].concat();
    let found = offered(&as_file(file), &environment);
    let ids: Vec<_> = found.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, ["google", "github", "acme-2", "zeta"]);
    assert_eq!(found[2], ("acme-2".to_owned(), "Acme & Sons".to_owned(), true));
    let (_folder, sources) = sources(&as_file(file), &environment);
    let layers = Layers::read(&sources);
    assert_eq!(layers.origin("providers.google.client_id"), "LATCHKEY_PROVIDERS__GOOGLE__CLIENT_ID in the environment");
    assert_eq!(layers.origin("providers.google.client_secret"), "GOOGLE_CLIENT_SECRET in the environment");
}

#[test]
fn one_half_asks_for_the_other() {
    let text = refused(&[], &GOOGLE[..1]);
    assert!(text.contains("providers.google.client_secret (environment: GOOGLE_CLIENT_SECRET)"), "{text}");
    assert!(text.contains("beside providers.google.client_id (GOOGLE_CLIENT_ID in the environment)"), "{text}");
    let text = refused(&[], &GOOGLE[1..]);
    assert!(text.contains("providers.google.client_id (environment: GOOGLE_CLIENT_ID)"), "{text}");
    assert!(text.contains("beside providers.google.client_secret") && !text.contains("hunter2"), "{text}");
}

#[test]
fn apple_s_key_takes_the_secret_s_place() {
    let key = APPLE_KEY.replace('\n', "\\n");
    let apple = [
        ("APPLE_CLIENT_ID", "com.example.web"),
        ("APPLE_TEAM_ID", "TEAM123456"),
        ("APPLE_KEY_ID", "KEY1234567"),
        ("APPLE_PRIVATE_KEY", key.as_str()),
    ];
    assert_eq!(offered(&[], &apple), [("apple".to_owned(), "Apple".to_owned(), true)]);
    let text = refused(&[], &apple[..3]);
    assert!(
        text.contains("providers.apple.private_key") && text.contains("team_id, key_id and private_key together"),
        "{text}"
    );
    let text = refused(&[], &[apple[0], apple[1], apple[2], ("APPLE_PRIVATE_KEY", "hunter2")]);
    assert!(text.contains("BEGIN and END") && !text.contains("hunter2"), "{text}");
    let text = refused(&[], &apple[..1]);
    assert!(text.contains("or team_id, key_id and private_key in its place"), "{text}");
}

#[test]
fn microsoft_takes_a_tenant() {
    let microsoft = [("MICROSOFT_CLIENT_ID", "id"), ("MICROSOFT_CLIENT_SECRET", "hunter2")];
    for (tenant, issuer) in [
        ("common", "https://login.microsoftonline.com/{tenantid}/v2.0"),
        ("organizations", "https://login.microsoftonline.com/{tenantid}/v2.0"),
        ("consumers", "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"),
        (
            "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
        ),
    ] {
        let environment = [&microsoft[..], &[("MICROSOFT_TENANT_ID", tenant)]].concat();
        let providers = load(&[], &environment).unwrap_or_else(|problems| panic!("{problems}")).domain.providers;
        assert_eq!(providers.offered[0].issuer(), Some(issuer));
    }
    let text = refused(&[], &[&microsoft[..], &[("MICROSOFT_TENANT_ID", "contoso")]].concat());
    assert!(text.contains("providers.microsoft.tenant") && text.contains("\"contoso\""), "{text}");
}

#[test]
fn every_value_that_cannot_be_used_is_named_with_what_is_wanted() {
    let both = "client_id = 'id'\nclient_secret = 'hunter2'\n";
    let openid = format!("{both}issuer = 'https://acme.example'\n");
    for (id, more, words) in [
        ("google", "client_idd = 'x'", vec!["providers.google.client_idd", "did you mean providers.google.client_id?"]),
        ("google", "trusted = 'maybe'", vec!["providers.google.trusted", "true or false"]),
        ("google", "scopes = 'calendar'", vec!["providers.google.scopes", "names such as"]),
        ("google", "name = ''", vec!["providers.google.name", "1 to 40 characters"]),
        ("google", "tenant = 'common'", vec!["providers.google.tenant", "nothing: it is Microsoft's only"]),
        ("google", "private_key = 'hunter2'", vec!["providers.google.private_key", "nothing: it is Apple's only"]),
        ("google", "emails_endpoint = 'https://a.example'", vec!["providers.google.emails_endpoint", "GitHub's only"]),
        ("github", "issuer = 'https://a.example'", vec!["providers.github.issuer", "GitHub is no OpenID provider"]),
        (
            "github",
            "token_endpoint = 'ftp://a.example'",
            vec!["providers.github.token_endpoint", "\"ftp://a.example\""],
        ),
        (
            "acme",
            "token_endpoint = 'https://me:hunter2@a.example'",
            vec!["providers.acme.token_endpoint", "an https address"],
        ),
        ("acme", "jwks_uri = 'keys'", vec!["providers.acme.jwks_uri", "an https address"]),
        ("Acme", "", vec!["providers.Acme", "small letters, digits and hyphens"]),
        ("credential", "", vec!["providers.credential", "credential is taken"]),
    ] {
        let values = if id == "acme" { &openid } else { both };
        let text = refused(&as_file(&format!("[providers.{id}]\n{values}{more}")), &[]);
        for word in words.into_iter().chain(["One setting is wrong", "latchkey.toml"]) {
            assert!(text.contains(word), "{word:?} isn't in: {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
    let text = refused(&as_file(&format!("[providers.gogle]\n{both}")), &[]);
    assert!(text.contains("providers.gogle.issuer") && text.contains("did you mean [providers.google]?"), "{text}");
    let text = refused(&[], &[("LATCHKEY_PROVIDERS__GOOGLE__CLIENTID", "x")]);
    assert!(text.contains("did you mean providers.google.client_id?"), "{text}");
    let text = refused(&as_file("providers = 5"), &[]);
    assert!(text.contains("a section: [providers] on a line of its own"), "{text}");
}

#[test]
fn a46_an_address_in_a_private_network_or_without_encryption_must_be_allowed() {
    let issuer = |issuer: &str, allow: &str| {
        let file = format!(
            "[outbound]\nallow = [{allow}]\n[providers.acme]\nclient_id = 'a'\nclient_secret = 'b'\nissuer = '{issuer}'"
        );
        load(&as_file(&file), &[]).err()
    };
    for bad in ["http://acme.example", "http://127.0.0.1:4555", "https://10.0.0.1", "https://169.254.169.254/"] {
        let text = issuer(bad, "").expect(bad);
        assert!(text.contains("providers.acme.issuer") && text.contains("outbound.allow"), "{text}");
        assert!(text.contains("One setting is wrong"), "{text}");
    }
    for (good, allow) in [
        ("https://acme.example", ""),
        ("http://127.0.0.1:4555", "'127.0.0.1'"),
        ("https://10.0.0.1", "'10.0.0.0/8'"),
        ("http://idp.internal/realms/acme", "'idp.internal'"),
    ] {
        assert_eq!(issuer(good, allow), None, "{good}");
    }
}

#[test]
fn what_is_configured_is_shown_with_its_origin_and_without_its_secrets() {
    let file = "[providers.acme]\nclient_id = 'a'\nclient_secret = 'hunter2'\nissuer = 'https://acme.example'\nscopes = ['groups']\n[account_linking]\ndifferent_emails = true";
    let (_folder, sources) = sources(&as_file(file), &GOOGLE);
    let text = tokio::runtime::Runtime::new().unwrap().block_on(async { show(&sources).unwrap() });
    for line in [
        "[providers.google]",
        "client_id = \"google-id\"  # GOOGLE_CLIENT_ID in the environment",
        "# client_secret = (hidden)  # GOOGLE_CLIENT_SECRET in the environment",
        "[providers.acme]",
        "issuer = \"https://acme.example\"",
        "scopes = [\"groups\"]",
        "different_emails = true",
    ] {
        assert!(text.contains(line), "{line:?} isn't in: {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.parse::<toml::Table>().is_ok(), "it can be read back");
}

#[test]
fn the_list_of_fields_is_the_draft_s() {
    let draft = figment::value::Value::serialize(domain::provider::Draft::default()).unwrap();
    let mut names: BTreeSet<_> = draft.as_dict().unwrap().keys().cloned().collect();
    names.extend(["client_secret", "private_key"].map(str::to_owned));
    assert_eq!(super::providers::FIELDS.iter().map(|field| field.name.to_owned()).collect::<BTreeSet<_>>(), names);
    for (id, name, _) in super::providers::VARIABLES {
        assert!(Key::find(&format!("providers.{id}.{name}")).is_some(), "{id}.{name}");
    }
}
