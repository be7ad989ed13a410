use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;

/// Makes an account.
#[server(endpoint = "sign-up", input = Json)]
pub(super) async fn sign_up(
    name: String,
    email: String,
    password: String,
    next: String,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::sign_up(visit, &name, &email, &password, Some(&next)).await).await
}
