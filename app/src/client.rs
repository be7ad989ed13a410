//! What the server's middleware found out about a request before any handler sees it; both are request extensions.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap, header};
use domain::Client;

/// Who is at the other end: the socket's address, or what a declared proxy says (SECURITY A15). Never an IPv4-mapped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// Names one request in the log, in the answer's `x-request-id` and on the page that says something broke. Letters, digits,
/// `-`, `_` and `.` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// The client of a request, but for what its cookies say.
pub fn of(extensions: &Extensions, headers: &HeaderMap) -> Client {
    let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    Client {
        ip: extensions.get::<ClientAddr>().map(|client| client.0),
        user_agent: agent.unwrap_or_default(),
        ..Client::default()
    }
}
