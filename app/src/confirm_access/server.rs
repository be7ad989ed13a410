use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;
use crate::page_account::AsPage;

/// Makes the session fresh.
#[server(endpoint = "confirm-access", input = Json, client = AsPage)]
pub(super) async fn confirm_access(
    password: String,
    code: String,
    method: String,
    next: String,
    #[server(default)] resume: String,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| {
        let typed = super::page::Typed { current_password: password, code, method, next, resume, sent: None };
        super::page::confirm(visit, &typed).await
    })
    .await
}
