use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;
use crate::page_account::AsPage;

/// Sends a code to a number; without one, takes the code.
#[server(endpoint = "phone-number", input = Json, client = AsPage)]
pub(super) async fn set_number(phone: Option<String>, code: String, next: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| {
        let current = visit.signed_in().await?;
        super::page::set(visit, &current, phone.as_deref(), &code, &next).await
    })
    .await
}
