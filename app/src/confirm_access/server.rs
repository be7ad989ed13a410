use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;

/// Makes the session fresh.
#[server(endpoint = "confirm-access", input = Json)]
pub(super) async fn confirm_access(
    password: String,
    code: String,
    method: String,
    next: String,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::confirm(visit, &password, &code, &method, &next).await).await
}
