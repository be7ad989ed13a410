//! How many bytes a browser gets for the sign-in page.

use crate::process::Server;
use crate::{Result, load};

/// Bytes as sent, compressed by brotli.
#[derive(Default)]
pub struct Weight {
    pub html: usize,
    pub css: usize,
    pub js: usize,
    pub wasm: usize,
}

/// Loads the page and what it names.
pub async fn sign_in_page(server: &Server) -> Result<Weight> {
    let (_, headers, html) = load::get(server, "/sign-in", Some("br")).await?;
    // Pages are not compressed by the server itself: a page holds the user's words beside a nonce, and compressing both together
    // would let an onlooker guess at them (BREACH). The proxy in front may.
    let mut weight = Weight { html: html.len(), ..Weight::default() };
    if headers.contains_key("content-encoding") {
        return Err("the page is compressed: read its addresses differently".into());
    }
    let page = String::from_utf8_lossy(&html);
    let mut seen = Vec::new();
    for address in page.split(['"', '\'']).filter(|part| part.starts_with("/pkg/")) {
        if seen.contains(&address) {
            continue;
        }
        seen.push(address);
        let (status, headers, bytes) = load::get(server, address, Some("br")).await?;
        if status != 200 || headers.get("content-encoding").is_none_or(|encoding| encoding != "br") {
            return Err(format!("{address} answered {status}, or not as brotli").into());
        }
        match address.rsplit('.').next() {
            Some("css") => weight.css += bytes.len(),
            Some("js") => weight.js += bytes.len(),
            Some("wasm") => weight.wasm += bytes.len(),
            _ => {}
        }
    }
    if weight.css == 0 || weight.wasm == 0 {
        return Err("the page names no style or no script".into());
    }
    Ok(weight)
}
