use super::*;

fn settings() -> SmsSettings {
    SmsSettings {
        account_sid: "AC0123".into(),
        auth_token: "hunter2hunter2".to_owned().into(),
        from: "+15005550006".into(),
        ..SmsSettings::default()
    }
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let bad = SmsSettings { api: "http://sms.example.com".into(), timeout: Duration::ZERO, ..SmsSettings::default() };
    let faults = Sender::http(&bad).err().unwrap();
    let told: Vec<_> = faults.iter().map(|fault| fault.setting).collect();
    assert_eq!(told, ["account_sid", "auth_token", "from", "timeout", "api"]);
    assert!(Sender::http(&settings()).is_ok());
}

#[test]
fn the_secret_is_never_sent_in_clear_nor_to_a_path_that_the_account_makes_up() {
    let at = |api: &str| Sender::http(&SmsSettings { api: api.into(), ..settings() });
    for good in [
        "https://api.twilio.com",
        "https://sms.example.com/twilio/",
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:1",
    ] {
        assert!(at(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "api.twilio.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "https://a:b@example.com",
        "https://example.com?x=1",
    ] {
        assert!(at(bad).is_err(), "{bad}");
    }
    assert!(Sender::http(&SmsSettings { account_sid: "../x".into(), ..settings() }).is_err());
}

#[test]
fn the_token_is_never_printed() {
    let Ok(Sender::Http(http)) = Sender::http(&settings()) else { unreachable!("these settings are good") };
    let printed = format!("{http:?}{:?}{}", settings(), serde_json::to_string(&settings()).unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn a_message_begins_with_its_code_and_has_no_other_number() {
    let code = || "042137".to_owned();
    for text in [
        Text::SecondFactor { code: code() },
        Text::SignIn { code: code() },
        Text::NewNumber { code: code() },
        Text::ResetPassword { code: code() },
    ] {
        let words = text.words("Latchkey");
        assert!(words.starts_with("042137 is your code to "), "{words}");
        assert_eq!(words.bytes().filter(u8::is_ascii_digit).count(), 6, "{words}");
        assert!(words.is_ascii() && words.len() <= 160, "one message: {words}");
    }
}
