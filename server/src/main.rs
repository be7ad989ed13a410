//! The `latchkey` program.

use std::process::ExitCode;

use clap::Parser;
use server::cli::Cli;
use server::run;

fn main() -> ExitCode {
    run::main(&Cli::parse())
}
