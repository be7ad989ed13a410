//! `latchkey providers`: what is configured, what to register at each provider, and what else could be.

use std::fmt::Write;

use domain::outbound::Outbound;
use domain::provider::{Provider, known};

use crate::run::Failure;
use crate::settings::Settings;

/// The list, and with `check` what each provider answers; a failure beside it where one can't be used.
pub(crate) async fn list(settings: &Settings, check: bool) -> (String, Result<(), Failure>) {
    let offered = &settings.domain.providers.offered;
    let mut text = String::new();
    if offered.is_empty() {
        text.push_str("No provider is configured: nobody is offered to sign in with one.\n");
    } else {
        text.push_str("Configured. Register each redirect address at its provider, exactly as it stands here:\n");
    }
    let outbound = Outbound::new(&settings.domain.outbound);
    let mut broken = Vec::new();
    for provider in offered {
        // Writing to a string can't fail.
        _ = write!(text, "\n{}", described(provider, settings));
        if check {
            let answer = provider.check(&outbound).await;
            _ = writeln!(text, "  check             {}", judged(provider, &answer));
            broken.extend(answer.err().map(|_| provider.id.as_str()));
        }
    }
    text.push_str(&others(offered.iter().map(|provider| provider.id.as_str()).collect()));
    let done = match broken.as_slice() {
        [] => Ok(()),
        broken => Err(Failure::new(format!("these can't be used: {}", broken.join(", ")))),
    };
    (text, done)
}

fn described(provider: &Provider, settings: &Settings) -> String {
    let trusted = if provider.trusted {
        "yes: a verified address opens the account that has it"
    } else {
        "no: who has an account connects it in the settings"
    };
    format!(
        "{}\n  name              {}\n  issuer            {}\n  trusted           {trusted}\n  redirect address  {}\n",
        provider.id,
        provider.name,
        provider.issuer().unwrap_or("none: OAuth 2.0"),
        provider.redirect_address(&settings.domain)
    )
}

fn judged(provider: &Provider, answer: &Result<(), String>) -> String {
    match answer {
        Ok(()) if provider.is_openid() => "its discovery document and its keys are good".to_owned(),
        Ok(()) => "nothing to look up: its addresses are known".to_owned(),
        Err(what) => what.clone(),
    }
}

/// What could be configured beside those.
fn others(configured: Vec<&str>) -> String {
    let mut text = String::new();
    let known = known::ALL.into_iter().filter(|known| !matches!(known.place, known::Place::Named));
    for one in known.filter(|known| !configured.contains(&known.id)) {
        _ = writeln!(text, "  {:<24}{}", one.name, Settings::variables_of(one.id).join(", "));
    }
    if !configured.contains(&"oidc") {
        _ = writeln!(text, "  {:<24}{}", "any OpenID provider", Settings::variables_of("oidc").join(", "));
    }
    let more = "Any number of OpenID providers can stand in the file, as [providers.<id>]. docs/providers.md tells where to register\nand what to paste.";
    if text.is_empty() {
        format!("\n{more}")
    } else {
        format!("\nNot configured; set in the environment:\n\n{text}\n{more}")
    }
}
