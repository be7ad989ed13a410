use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;

/// Signs in with a code.
#[server(endpoint = "email-code", input = Json)]
pub(super) async fn enter_code(code: String, next: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::enter(visit, &code, Some(&next)).await).await
}
