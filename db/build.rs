//! New migrations make the crate build anew: `sqlx::migrate!` alone doesn't notice them.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
