//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  latchkey                                 try it: http://localhost:3000, everything under ./data
  PORT=8080 latchkey                       the same on another port
  latchkey --config /etc/latchkey.toml     with a configuration file
  latchkey config                          what is configured, and where each value came from
  latchkey migrate                         bring the database up to date, then stop
  latchkey user reset-factors ada@example.com
                                           for somebody who has lost phone and backup codes
  latchkey audit verify                    whether the audit trail is as it was written
  latchkey health                          ask the server that runs here (exit code 0 or 1), for containers

Settings come from one TOML file, from .env and from the environment; docs/configuration.md and .env.example list them.";

/// Accounts for any web product, in one program.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, about = "Accounts for any web product, in one program.", after_help = EXAMPLES, arg_required_else_help = false)]
pub struct Cli {
    /// The configuration file (otherwise LATCHKEY_CONFIG, or latchkey.toml if it is there)
    #[arg(long, value_name = "PATH", global = true)]
    pub config: Option<PathBuf>,
    /// What to do; without it, `serve`
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Bring the database up to date and serve until told to stop (Ctrl-C, SIGTERM)
    Serve,
    /// Bring the database up to date, then stop
    Migrate,
    /// Print the configuration as TOML, secrets masked, with the origin of each value
    Config,
    /// Ask the server that runs here whether it can serve; exit code 0 or 1
    Health,
    /// Help somebody with their account; the server may be running
    #[command(subcommand)]
    User(User),
    /// Look after the audit trail
    #[command(subcommand)]
    Audit(Audit),
}

/// What to do for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum User {
    /// Remove every second factor of an account, sign it out everywhere and write to its owner
    ///
    /// For somebody who has lost phone and backup codes. Make sure first that you are talking to the owner: afterwards the
    /// password (or a link by mail) alone signs in.
    ResetFactors {
        /// The address of the account
        email: String,
        /// Remove the passkeys too
        #[arg(long)]
        passkeys: bool,
    },
}

/// What to do with the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Audit {
    /// Read it from the beginning; exit code 1 when an entry was changed, removed or moved
    Verify,
}
