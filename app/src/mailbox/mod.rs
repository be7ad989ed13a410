//! `/dev/mailbox`: what would have left by mail or text message. Routed only in development, where there is no SMTP server, or no
//! service for text messages.

mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::mail::mailbox;
use model::MailId;

use crate::client::RequestId;
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::state::App;

/// Where the list is.
pub const PATH: &str = "/dev/mailbox";

/// A mail's own HTML runs nothing, loads nothing and is nobody's origin; its links open in a new tab.
const CAGE: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                    form-action 'none'; frame-ancestors 'self'";

/// The list, a mail, and its HTML as a document of its own.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list))
        .route("/dev/mailbox/{id}", get(show))
        .route("/dev/mailbox/{id}/html", get(document))
}

type Id = Option<axum::Extension<RequestId>>;

async fn list(State(app): State<App>, id: Id, frame: Frame) -> Response {
    match mailbox::list(&app.cx).await {
        Ok(mails) => {
            let now = app.cx.now();
            frame.page("Mailbox").wide(None).render(move || view::list(mails, now))
        }
        Err(error) => trouble(error, id).page(frame),
    }
}

async fn show(State(app): State<App>, Path(mail): Path<String>, id: Id, frame: Frame) -> Response {
    match mailbox::get(&app.cx, &MailId::new(mail)).await {
        Ok(Some(mail)) => {
            let now = app.cx.now();
            let title = view::title(&mail);
            frame.page(title).wide(None).private().render(move || view::mail(mail, now))
        }
        Ok(None) => Trouble::NotFound.page(frame),
        Err(error) => trouble(error, id).page(frame),
    }
}

async fn document(State(app): State<App>, Path(mail): Path<String>, id: Id, frame: Frame) -> Response {
    match mailbox::get(&app.cx, &MailId::new(mail)).await {
        Ok(Some(mail)) => {
            let html = mail.content.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_SECURITY_POLICY, CAGE),
                (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (headers, html).into_response()
        }
        Ok(None) => Trouble::NotFound.page(frame),
        Err(error) => trouble(error, id).page(frame),
    }
}

fn trouble(error: domain::Error, id: Id) -> Trouble {
    let request_id = id.map_or_else(|| Arc::from(""), |id| id.0.0);
    match error {
        domain::Error::Unavailable(error) => {
            tracing::warn!(%request_id, %error, "the mailbox can't be read");
            Trouble::Unavailable
        }
        error => {
            tracing::error!(%request_id, %error, "the mailbox can't be read");
            Trouble::Broken { request_id: request_id.to_string() }
        }
    }
}

#[cfg(test)]
mod tests;
