use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::About;
use crate::live::Answer;

/// Sends a mail.
#[server(endpoint = "request-mail", input = Json)]
pub(super) async fn request_mail(about: About, email: String, next: String) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::request(visit, about, &email, Some(&next)).await).await
}
