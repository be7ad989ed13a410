//! What the server's middleware found out about a request before any handler sees it; both are request extensions.

use std::net::IpAddr;
use std::sync::Arc;

/// Who is at the other end: the socket's address, or what a declared proxy says (SECURITY A15). Never an IPv4-mapped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// Names one request in the log, in the answer's `x-request-id` and on the page that says something broke. Letters, digits,
/// `-`, `_` and `.` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);
