use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;

/// Signs in.
#[server(endpoint = "sign-in", input = Json)]
pub(super) async fn sign_in(
    name: String,
    password: String,
    remember: bool,
    next: String,
    offer: bool,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| {
        super::page::sign_in(visit, &name, &password, remember, Some(&next), offer).await
    })
    .await
}
