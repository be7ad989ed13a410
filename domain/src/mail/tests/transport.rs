use model::{Email, MailId, Timestamp};
use secrecy::SecretString;

use super::super::transport::Undelivered;
use super::super::{Content, Security, SmtpSettings, Transport};
use super::server::Server;
use super::smtp_settings;

fn content() -> Content {
    Content { subject: "Hello".into(), text: "text".into(), html: "<p>html</p>".into() }
}

async fn deliver(settings: &SmtpSettings, app_name: &str, to: &Email, content: Content) -> Result<(), Undelivered> {
    let Transport::Smtp(smtp) = Transport::smtp(settings, app_name).unwrap() else { unreachable!("it is SMTP") };
    smtp.deliver(&MailId::new("m1"), to, Timestamp::from_micros(0), content).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_no_name_or_subject_adds_a_header() {
    let server = Server::start();
    let attack = "x\r\nBcc: eve@example.com\r\n\r\nbody";
    let content = Content { subject: attack.into(), ..content() };
    deliver(&smtp_settings(server.port), attack, &super::email("ada@example.com"), content).await.unwrap();
    let mail = server.next();
    let head = mail.data.split("\n\n").next().unwrap();
    assert_eq!(mail.to, "ada@example.com");
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{head}");
    assert_eq!(head.lines().filter(|line| line.starts_with("To:")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_tls_that_was_asked_for_nothing_is_said() {
    let server = Server::start();
    for security in [Security::StartTls, Security::Tls] {
        let settings =
            SmtpSettings { security, timeout: std::time::Duration::from_secs(1), ..smtp_settings(server.port) };
        let refused = deliver(&settings, "Latchkey", &super::email("ada@example.com"), content()).await;
        assert!(matches!(refused, Err(Undelivered::ForNow(_))), "{refused:?}");
    }
    assert!(server.all().is_empty());
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let settings = SmtpSettings {
        user: "u".into(),
        from_address: "nope".into(),
        timeout: std::time::Duration::ZERO,
        ..SmtpSettings::default()
    };
    let faults = Transport::smtp(&settings, "Latchkey").err().unwrap();
    let told: Vec<_> = faults.iter().map(|fault| (fault.setting, fault.found.as_str())).collect();
    assert_eq!(told, [("host", "nothing"), ("password", "nothing"), ("timeout", "0ns"), ("from_address", "\"nope\"")]);
}

#[test]
fn security_is_written_in_our_words_or_the_ecosystem_s() {
    for (written, read) in [
        ("\"auto\"", Security::Auto),
        ("false", Security::Auto),
        ("\"false\"", Security::Auto),
        ("true", Security::Tls),
        ("\"TLS\"", Security::Tls),
        ("\"starttls\"", Security::StartTls),
        ("\"none\"", Security::None),
    ] {
        assert_eq!(serde_json::from_str::<Security>(written).unwrap(), read, "{written}");
    }
    assert!(
        serde_json::from_str::<Security>("\"maybe\"").unwrap_err().to_string().contains("auto, tls, starttls, none")
    );
}

#[test]
fn the_password_is_never_printed() {
    let settings = SmtpSettings { password: SecretString::from("hunter2"), ..SmtpSettings::default() };
    assert!(!format!("{settings:?}{}", serde_json::to_string(&settings).unwrap()).contains("hunter2"));
}
