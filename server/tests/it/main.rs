//! HTTP tests of the built application, on both databases, and tests of the real process. One binary: linking is what costs.

mod api;
mod client_address;
mod hostile_input;
mod origins;
mod process;
mod security_headers;
mod site;
mod sockets;
mod troubles;
