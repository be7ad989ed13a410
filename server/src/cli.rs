//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use model::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::audit::Audit;

const EXAMPLES: &str = "\
Examples:
  latchkey                                 try it: http://localhost:3000, everything under ./data
  PORT=8080 latchkey                       the same on another port
  latchkey --config /etc/latchkey.toml     with a configuration file
  latchkey config                          what is configured, and where each value came from
  latchkey migrate                         bring the database up to date, then stop
  latchkey user reset-factors ada@example.com
                                           for somebody who has lost phone and backup codes
  latchkey role assign ada@example.com analyst --until 2030-01-01T00:00:00Z
                                           a role in every organization that she is in
  latchkey providers --check               which providers people can sign in with, and whether they answer
  latchkey keys rotate                     after a change of the secret: seal everything anew
  latchkey keys list                       which keys sign tokens for other services
  latchkey audit verify                    whether the audit trail is as it was written
  latchkey audit list --account ada@example.com
                                           what she did, and what was done to her account
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
    /// Give roles that count in every organization; the server may be running
    #[command(subcommand)]
    Role(Role),
    /// Tell which providers people can sign in with, and what to register there
    Providers {
        /// Ask each one what it tells about itself; exit code 1 when one can't be used
        #[arg(long)]
        check: bool,
    },
    /// Look after the keys: of what is sealed under the secret, and of tokens; the server may be running
    #[command(subcommand)]
    Keys(Keys),
    /// Look into the audit trail, and verify it; the server may be running
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

/// What to do with roles that count in every organization.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Role {
    /// Give a role in every organization that somebody is in, and in those that they join
    ///
    /// For people who look after all organizations, such as support. It makes nobody a member: where they aren't in, they see
    /// nothing. The role is one of the configuration's (`latchkey role list`), other than owner. Given again, it gets the new time.
    #[command(after_help = "\
Examples:
  latchkey role assign ada@example.com analyst
  latchkey role assign ada@example.com admin --from 2030-01-07T09:00:00Z --until 2030-01-07T17:00:00+01:00")]
    Assign {
        /// The address of the account
        email: String,
        /// The name of the role
        role: String,
        /// From when on, such as 2030-01-07T09:00:00Z; otherwise at once
        #[arg(long, value_name = "TIME", value_parser = moment)]
        from: Option<Timestamp>,
        /// Until when; otherwise until it is revoked
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<Timestamp>,
    },
    /// Take such a role back, at once
    ///
    /// What somebody is in one organization stays: an owner or admin of it changes that, on its members' page.
    Revoke {
        /// The address of the account
        email: String,
        /// The name of the role
        role: String,
    },
    /// The roles that there are, and who has one in every organization
    List {
        /// Only what this account has
        email: Option<String>,
    },
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339);
    parsed.map(Timestamp::from).map_err(|_| "a day, a time and its zone are wanted, such as 2030-01-07T09:00:00Z")
}

/// What to do with keys.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Seal anew under the present secret what is under one of the previous ones
    ///
    /// Restart every server with the new secret first (secret and previous_secrets), then run this. It can be stopped at any time
    /// and goes on where it was. At the end it says which previous secrets nothing is sealed under any more.
    Rotate {
        /// Only count
        #[arg(long)]
        dry_run: bool,
    },
    /// The keys that sign tokens for other services (JWT), as they are published at /api/auth/jwks
    List,
    /// Make a new key for those tokens, though the present one isn't due
    ///
    /// The new key is published at once and signs ten minutes later, when every service can have read it. Tokens of before stay good:
    /// their key stays published (jwt.grace). If a key may have leaked, retire it instead.
    #[command(after_help = "\
Examples:
  latchkey keys renew
  latchkey keys list                       from when on it signs")]
    Renew,
    /// Withdraw a key of those tokens at once: what it has signed is refused
    ///
    /// For a key that may have leaked. Services notice when they read the keys again: within five minutes, where they keep to what
    /// /api/auth/jwks says. If the key was the one that signs, the next token makes a new one.
    Retire {
        /// Its name, as `latchkey keys list` shows it (in a token's header: kid)
        // One in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        key: String,
    },
}
