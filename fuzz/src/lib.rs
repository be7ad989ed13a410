//! What must hold whatever a stranger sends, at each place where Latchkey reads what strangers write.
//!
//! Each module has its properties as plain functions that panic where one doesn't hold, and `check`, which makes their input of any bytes:
//! that is what a fuzzer calls. The tests beside them call the same with input made for the purpose, in every run of `cargo nextest run`.
//! docs/fuzzing.md tells how to fuzz.

pub mod addresses;
pub mod bodies;
pub mod cookies;
pub mod permissions;
pub mod proxies;
pub mod redirects;

/// The `main` of a target: libFuzzer's under `cargo fuzz`; without it, a program that takes files, such as what a fuzzer has found.
#[macro_export]
macro_rules! target {
    ($check:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $check(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            std::env::args_os().skip(1).try_for_each(|file| Ok($check(&std::fs::read(file)?)))
        }
    };
}

/// The lines of what a fuzzer made up.
fn lines(data: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(data).split('\n').map(str::to_owned).collect()
}
