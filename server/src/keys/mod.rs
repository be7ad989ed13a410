//! `latchkey keys`: what is sealed under the secret, and what signs tokens for other services.

mod rotation;
mod signing;

use domain::Cx;

use crate::cli::Keys;
use crate::run::Failure;

/// Does what the command line says, and tells what was done.
pub(crate) async fn run(cx: &Cx, what: Keys) -> Result<String, Failure> {
    match what {
        Keys::Rotate { dry_run } => rotation::rotate(cx, dry_run).await,
        Keys::List => signing::list(cx).await,
        Keys::Renew => signing::renew(cx).await,
        Keys::Retire { key } => signing::retire(cx, &key).await,
    }
}
