use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;
use crate::page_account::AsPage;

/// Takes the second factor of whoever owes it.
#[server(endpoint = "two-factor", input = Json)]
pub(super) async fn pass_second_factor(
    method: String,
    code: String,
    trust: bool,
    next: String,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::pass(visit, &method, &code, trust, &next).await).await
}

/// Takes the first code of an authenticator app.
#[server(endpoint = "authenticator", input = Json, client = AsPage)]
pub(super) async fn confirm_authenticator(code: String, next: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| {
        let current = visit.signed_in_for_setup().await?;
        super::authenticator::confirm(visit, &current, &code, &next).await
    })
    .await
}
