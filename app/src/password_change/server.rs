use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;
use crate::page_account::AsPage;

/// Changes the password; without a present one, sets the first.
#[server(endpoint = "change-password", input = Json, client = AsPage)]
pub(super) async fn change_password(
    present: Option<String>,
    new: String,
    end_others: bool,
) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| {
        let current = visit.signed_in().await?;
        super::change(visit, &current, present.as_deref(), &new, end_others).await
    })
    .await
}
