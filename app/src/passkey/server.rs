use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::{Ask, Wanted};
use crate::live::Answer;

/// Begins a ceremony: what to ask of the browser, or why not.
#[server(endpoint = "passkey-begin", input = Json)]
pub(super) async fn begin(wanted: Wanted) -> Result<Result<Ask, Answer>, ServerFnError> {
    crate::outcome::attempt(async |visit| super::page::begin(visit, &wanted).await).await
}

/// Ends it with what the authenticator answered.
#[server(endpoint = "passkey-finish", input = Json)]
pub(super) async fn finish(wanted: Wanted, response: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::finish(visit, &wanted, &response).await).await
}
