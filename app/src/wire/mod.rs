//! How the JSON API speaks: the ecosystem's bodies, errors and redirects.

mod answer;
mod body;
mod query;

pub use answer::{Answer, Failure, found, ok, status_true, success_true, to_callback};
pub(crate) use answer::{json_text, with_redirect};
pub use body::{Body, Fields, FormBody, read_object};
pub use query::Query;
