//! The `latchkey` program.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;
use server::run;

/// The system's allocator keeps the 19 MiB of each password hash for the thread that made it, and so a gigabyte after a busy minute.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run::main(&Cli::parse())
}
