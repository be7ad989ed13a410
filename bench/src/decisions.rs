//! The permission engine, as `cargo bench -p permission` measures it.

use std::hint::black_box;
use std::time::Duration;

#[path = "../../permission/benches/company/mod.rs"]
mod company;

use company::Company;
use rustix::time::{ClockId, clock_gettime};

/// Decisions a second, of the question that takes longest.
pub struct Rate {
    /// With the reason why.
    pub allowed: f64,
    /// With what is missing.
    pub denied: f64,
    /// Yes or no alone.
    pub bare: f64,
}

/// Asks each question for `span`, on this thread.
pub fn slowest(span: Duration) -> Rate {
    let company = Company::new();
    let mut rate = Rate { allowed: f64::INFINITY, denied: f64::INFINITY, bare: f64::INFINITY };
    for (name, question) in company.questions() {
        let decide = a_second(span, || company.roles.decide(black_box(&company.held), black_box(&question)));
        let allows = a_second(span, || company.roles.allows(black_box(&company.held), black_box(&question)));
        let side = if name.starts_with("allowed") { &mut rate.allowed } else { &mut rate.denied };
        *side = side.min(decide);
        rate.bare = rate.bare.min(allows);
    }
    rate
}

/// In this thread's CPU time: what else runs on the machine doesn't count.
fn a_second<T>(span: Duration, mut act: impl FnMut() -> T) -> f64 {
    let (began, mut done) = (cpu(), 0u32);
    loop {
        for _ in 0..1000 {
            black_box(act());
        }
        done += 1000;
        let spent = cpu().saturating_sub(began);
        if spent >= span {
            return f64::from(done) / spent.as_secs_f64();
        }
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}
