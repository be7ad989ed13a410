use std::ops::Range;
use std::time::Duration;

use js_sys::{Promise, Reflect};
use leptos::prelude::*;
use model::proof_of_work::Challenge;
use sha2::{Digest, Sha256};

use super::COOKIE;
use crate::live::{Answer, Call};

/// How many numbers are tried between two breaths: a few hundredths of a second.
const STRIDE: u32 = 4000;

/// Calls, and once more where that must be paid for, with the payment.
pub(crate) async fn paid(call: impl Fn() -> Call) -> Result<Answer, ServerFnError> {
    match call().await {
        Ok(Answer::Prove(challenge)) => {
            pay(&challenge).await;
            call().await
        }
        answer => answer,
    }
}

/// Solves it, and leaves the solution for the next request. Whatever fails is told by the answer to that.
async fn pay(challenge: &Challenge) {
    let Some(number) = solve(challenge).await else { return };
    let Ok(solution) = window().btoa(&challenge.solved(number)) else { return };
    let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={solution}; Path=/; Max-Age=60; SameSite=Strict{secure}");
    let _ = Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

async fn solve(challenge: &Challenge) -> Option<u32> {
    for start in (0..=challenge.maxnumber).step_by(STRIDE as usize) {
        if let Some(number) = search(challenge, start..start.saturating_add(STRIDE)) {
            return Some(number);
        }
        breathe().await;
    }
    None
}

/// Lets the page answer its reader in between.
async fn breathe() {
    let later = Promise::new(&mut |done, _| {
        set_timeout(
            move || {
                let _ = done.call0(&wasm_bindgen::JsValue::NULL);
            },
            Duration::ZERO,
        );
    });
    let _ = later.await;
}

/// The number that solves it, if it is one of these.
fn search(challenge: &Challenge, mut numbers: Range<u32>) -> Option<u32> {
    let goal: Option<Vec<u8>> = challenge
        .challenge
        .as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
        .collect();
    let goal = goal?;
    let salted = Sha256::new_with_prefix(&challenge.salt);
    numbers.find(|number| salted.clone().chain_update(number.to_string()).finalize()[..] == goal[..])
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_altcha_asks_is_found() {
        // From ALTCHA's documentation of the server's side.
        let challenge = Challenge {
            algorithm: "SHA-256".to_owned(),
            challenge: "aa9c8ec8057413dd8220e21e15ab54b095fb3c840601d44c39bece8d9df34529".to_owned(),
            maxnumber: 1_000_000,
            salt: "3065d108b2314f5ecc7e1207".to_owned(),
            signature: String::new(),
        };
        assert_eq!(search(&challenge, 971_000..972_000), Some(971_813));
        assert_eq!(search(&challenge, 0..1000), None);
    }
}
