use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use crate::live::Answer;
use crate::page_account::AsPage;

/// Takes the answers to a step: `typed` is what the form would post.
#[server(endpoint = "onboarding", input = Json, client = AsPage)]
pub(super) async fn answer_step(step: String, typed: Vec<(String, String)>) -> Result<Answer, ServerFnError> {
    crate::outcome::serve(async |visit| super::page::answer_step(visit, &step, &typed).await).await
}
