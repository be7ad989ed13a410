use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;

/// Sets a new password.
#[server(endpoint = "reset-password", input = Json)]
pub(super) async fn reset_password(token: String, password: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::reset_password(visit, &token, &password).await).await
}
