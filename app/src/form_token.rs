//! The token of a plain form, for browsers that don't say where a form comes from (SECURITY 50, A47).
//!
//! Today's browsers say with every post which page sent it (`Sec-Fetch-Site`, `Origin`), and that decides. One that is old, or is made
//! to keep it to itself, says nothing; its pages carry a token in each form, which another site can neither read nor guess: it is
//! bound to a cookie of the browser's. It never outweighs what a browser does say.

use std::fmt;

use axum::http::HeaderMap;
use domain::Secret;

use crate::cookies::{Jar, Outgoing};

/// The field's name.
const FIELD: &str = "form_token";

/// Gives the token of the forms of one answer, and knows those that this browser was given. A request's extension, put there by the
/// middleware for who needs it.
#[derive(Clone)]
pub struct FormToken(Jar);

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken")
    }
}

impl FormToken {
    /// For a request's browser; `None` for one that says where its forms come from. `secure` as in [`crate::shell::Look`].
    pub fn of(secret: &Secret, secure: bool, headers: &HeaderMap, outgoing: &Outgoing) -> Option<Self> {
        let silent = !headers.contains_key("sec-fetch-site");
        silent.then(|| Self(Jar::of_page(secret, secure, headers, outgoing)))
    }

    /// Whether `form`, a posted form's bytes, holds the token of this browser.
    pub fn is_in(&self, form: &[u8]) -> bool {
        url::form_urlencoded::parse(form)
            .find(|(name, _)| name == FIELD)
            .is_some_and(|(_, token)| self.0.knows_form(&token))
    }

    /// The field of this browser's forms.
    pub(crate) fn field(&self) -> String {
        format!("<input type=\"hidden\" name=\"{FIELD}\" value=\"{}\">", self.0.form_token())
    }
}
