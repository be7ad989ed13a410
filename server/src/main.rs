//! The `latchkey` program.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;
use server::run;

/// A request is many small allocations: with the system's allocator, get-session costs a third more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run::main(&Cli::parse())
}
