use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::{Ask, Wanted};
use crate::live::Answer;
use crate::page_account::AsPage;

/// Begins a ceremony: what to ask of the browser, or why not.
#[server(endpoint = "passkey-begin", input = Json, client = AsPage)]
pub(super) async fn begin(wanted: Wanted) -> Result<Result<Ask, Answer>, ServerFnError> {
    let begun = crate::outcome::attempt(async |visit| super::page::begin(visit, &wanted).await).await?;
    Ok(begun.map_err(first_confirm))
}

/// Ends it with what the authenticator answered.
#[server(endpoint = "passkey-finish", input = Json, client = AsPage)]
pub(super) async fn finish(wanted: Wanted, response: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::finish(visit, &wanted, &response).await).await.map(first_confirm)
}

/// There is no form to be kept: a passkey is made once its button is pressed again.
#[cfg(feature = "ssr")]
fn first_confirm(answer: Answer) -> Answer {
    use crate::outcome::{confirm_for, page_of_form};
    match answer {
        Answer::Post(None) => Answer::Go(confirm_for(&page_of_form()).to_string()),
        answer => answer,
    }
}
