use std::collections::BTreeMap;
use std::time::Duration;

use domain::device_sessions::MOST;
use domain::session::Opened;
use domain::token::Token;

use crate::cookies::Jar;

/// The wire's, with the token in small letters at its end.
const HELD: &str = "session_token_multi-";

fn name(token: &Token) -> String {
    format!("{HELD}{}", token.expose().to_lowercase())
}

impl Jar {
    /// The tokens of the sessions that this browser holds, the active one's among them, as far as their signatures are ours.
    pub fn held(&self) -> Vec<Token> {
        // One that comes twice, for a host and for its domain, is one. No browser has as many as somebody may send.
        let sent: BTreeMap<_, _> = self.ours().filter(|(found, _)| found.starts_with(HELD)).take(4 * MOST).collect();
        let tokens = sent.into_iter().filter_map(|(found, value)| {
            // A cookie under another's name would be one that can't be taken away.
            Token::parse(&self.open_signed(value)?).filter(|token| name(token) == found)
        });
        tokens.take(MOST).collect()
    }

    /// Keeps a session among the browser's accounts, as long as its own cookie.
    pub(crate) fn hold(&self, opened: &Opened, lifetime: Option<Duration>) {
        self.set_signed(&name(&opened.token), opened.token.expose(), lifetime);
    }

    /// Takes a session out of them.
    pub fn let_go(&self, token: &Token) {
        let name = name(token);
        if self.raw(&name).is_some() {
            self.delete(&name);
        }
    }
}
