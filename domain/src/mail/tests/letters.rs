use std::fmt::Write;

use model::Timestamp;

use super::super::words::greeting;
use super::super::{CodePurpose, Content, Letter};
use super::email;
use crate::Settings;
use crate::testing::settings;

fn all() -> Vec<Letter> {
    let link = || "http://localhost:3000/api/auth/some/path?token=t0ken&callbackURL=%2Fhome".to_owned();
    let code = |purpose| Letter::Code { code: "042137".to_owned(), purpose };
    vec![
        Letter::Verify { link: link() },
        Letter::AccountExists {
            sign_in: "http://localhost:3000/sign-in".into(),
            reset: "http://localhost:3000/forgot".into(),
        },
        Letter::Reset { link: link() },
        Letter::MagicLink { link: link() },
        code(CodePurpose::SignIn),
        code(CodePurpose::VerifyEmail),
        code(CodePurpose::ResetPassword),
        code(CodePurpose::ChangeEmail),
        Letter::ConfirmEmailChange { new_email: email("new@example.com"), link: link() },
        Letter::VerifyNewEmail { link: link() },
        Letter::EmailChanged { new_email: email("new@example.com") },
        Letter::Deletion { link: link() },
        Letter::Deleted,
        invitation("Acme & Sons", "Grace Hopper"),
        Letter::OwnershipGiven {
            organization: "Acme & Sons".into(),
            by: "Grace Hopper".into(),
            link: "http://localhost:3000/organizations/acme".into(),
        },
        Letter::OrganizationDeleted { organization: "Acme & Sons".into(), by: "Grace Hopper".into() },
        Letter::PasswordChanged { reset: "http://localhost:3000/forgot".into() },
        Letter::PasswordLocked {
            device: "Firefox on Linux".into(),
            ip_address: "192.0.2.7".into(),
            at: Timestamp::from_micros(1_767_225_600_000_000),
            reset: "http://localhost:3000/forgot-password".into(),
            link: "http://localhost:3000/magic-link".into(),
        },
        Letter::NewDevice {
            device: "Firefox on Linux".into(),
            ip_address: "192.0.2.7".into(),
            at: Timestamp::from_micros(1_767_225_600_000_000),
            sessions: "http://localhost:3000/settings/sessions".into(),
        },
        Letter::SessionMoved {
            before: "Firefox on Linux".into(),
            device: "Safari on an iPhone".into(),
            ip_address: "192.0.2.7".into(),
            at: Timestamp::from_micros(1_767_225_600_000_000),
            sessions: "http://localhost:3000/settings/sessions".into(),
        },
    ]
}

fn invitation(organization: &str, inviter: &str) -> Letter {
    Letter::Invitation {
        organization: organization.to_owned(),
        inviter: inviter.to_owned(),
        address: email("grace@example.com"),
        until: Timestamp::from_micros(1_767_225_600_000_000),
        link: "http://localhost:3000/invitations/k3y".to_owned(),
    }
}

fn write(letter: &Letter) -> Content {
    letter.write(&settings(), "Ada Lovelace").unwrap()
}

#[test]
fn every_letter_reads_well() {
    let mut book = String::new();
    for letter in all() {
        let Content { subject, text, .. } = write(&letter);
        writeln!(book, "=== {} · {subject}\n\n{text}", letter.kind()).unwrap();
    }
    insta::assert_snapshot!("texts", book);
}

#[test]
fn the_html_says_the_same_with_one_button() {
    insta::assert_snapshot!("html", write(&all()[0]).html);
    for letter in all() {
        let html = write(&letter).html;
        assert!(html.matches("display:inline-block").count() <= 1, "{}", letter.kind());
        assert!(html.contains("max-width:560px") && html.contains("prefers-color-scheme: dark"));
        assert!(!html.contains("<img"), "it reads with images off");
    }
}

/// What `(?<![\w-])(\d{6})(?![\w-])` finds.
fn codes(text: &str) -> Vec<&str> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !part(c)).filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

#[test]
fn a_code_is_the_only_number_of_six_digits() {
    for letter in all() {
        let Content { text, html, .. } = write(&letter);
        let expected: &[&str] = if matches!(letter, Letter::Code { .. }) { &["042137"] } else { &[] };
        assert_eq!(codes(&text), expected);
        assert_eq!(codes(&html), expected);
    }
}

#[test]
fn a_link_stands_alone_on_its_line() {
    let text = write(&all()[0]).text;
    assert!(
        text.lines().any(|line| line == "http://localhost:3000/api/auth/some/path?token=t0ken&callbackURL=%2Fhome")
    );
}

#[test]
fn a48_names_are_inert() {
    let attack = "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>\"\r\nBcc: eve@example.com\u{202E}";
    let settings = Settings { app_name: attack.to_owned(), ..settings() };
    let letter = Letter::NewDevice {
        device: attack.to_owned(),
        ip_address: attack.to_owned(),
        at: Timestamp::from_micros(0),
        sessions: "http://localhost:3000/\"><script>alert(1)</script>".into(),
    };
    let Content { subject, text, html } = letter.write(&settings, "<b>Ada").unwrap();
    for tag in ["<img", "<a href='", "<script", "<b>"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
    assert!(!subject.contains(['\r', '\n', '\u{202E}']));
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")));
    assert!(html.contains("Hello &#60;b&#62;Ada,"));
}

#[test]
fn nobody_sends_their_own_message_through_a_name() {
    for name in [
        "Win at https://evil.example",
        "evil.example/win",
        "evil.example",
        "me@evil.example",
        "your code is 123456",
        &"x".repeat(61),
        "",
        "  ",
    ] {
        assert_eq!(greeting(name), "Hello,", "{name}");
    }
    for name in ["Ada", "J. R. R. Tolkien", "Dr. Ada", "O’Brien", "कृष्ण", "Louis 14", "Anne-Marie"] {
        assert_eq!(greeting(name), format!("Hello {name},"));
    }
}

#[test]
fn nobody_sends_their_own_message_through_an_organization_s_name() {
    let letter = invitation("Win at https://evil.example", "Call 0900 123456 now");
    let Content { subject, text, html } = write(&letter);
    assert_eq!(subject, "You are invited to an organization");
    for said in [text, html] {
        assert!(
            !said.contains("evil.example") && !said.contains("0900") && said.contains("grace@example.com"),
            "{said}"
        );
    }
}
