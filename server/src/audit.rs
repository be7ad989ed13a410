//! `latchkey audit`: whether the trail is as it was written, and what is in it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use domain::audit::{Act, Actor, Export, Filter, Format, Kind, Told, Trail, Verified, verify};
use domain::{Cx, Error, account, organization};
use model::{Email, OrganizationId, Refusal, Slug, Timestamp, UserId};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::run::Failure;

/// What to do with the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Audit {
    /// Read it from the beginning; exit code 1 when an entry was changed, removed, put in or moved
    ///
    /// Each entry is bound to the one before under the server's secret. Entries that were cut off at the end leave nothing behind, so
    /// keep the hash of the last one, which this prints, where whoever can write the database can't (a ticket, a mail, another machine), and
    /// give it the next time.
    #[command(after_help = "\
Examples:
  latchkey audit verify
  latchkey audit verify --expect 5f1c…      the hash that an earlier run printed
  latchkey audit verify --quiet | ssh vault 'cat >> hashes'
                                            keep the hash of the last entry elsewhere, every night")]
    Verify {
        /// The hash of an entry that must still be there
        #[arg(long, value_name = "HASH", value_parser = hash)]
        expect: Option<String>,
        /// Print the hash of the last entry, and nothing else
        #[arg(long)]
        quiet: bool,
    },
    /// Show what happened, the latest first
    #[command(after_help = examples())]
    List {
        #[command(flatten)]
        which: Which,
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: u32,
    },
    /// Write what happened as JSON or as a table, the oldest first
    ///
    /// However long the trail is, it goes out piece by piece. In a table (CSV), a cell that a spreadsheet would take for a formula has a
    /// quotation mark in front.
    #[command(after_help = examples())]
    Export {
        #[command(flatten)]
        which: Which,
        /// As what
        #[arg(long, value_enum, default_value_t = As::Json)]
        format: As,
        /// Into this file, which must not be there yet; otherwise to the standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// An array of objects
    Json,
    /// A table for spreadsheets
    Csv,
}

/// Which entries. Several filters let through what fits all of them.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// What this account did, or what was done to it: its address or its id (also of one that is gone)
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// What happened in this organization: the end of its address, or its id (also of one that is gone)
    #[arg(long, value_name = "ORGANIZATION")]
    pub organization: Option<String>,
    /// Only these acts, or kinds of acts; several with commas
    #[arg(long, value_name = "ACT", value_delimiter = ',', value_parser = acts)]
    pub act: Vec<Acts>,
    /// Not before this day (in UTC) or moment, such as 2026-11-23 or 2026-11-23T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Before this day or moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
}

/// What one word after `--act` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acts(Vec<Act>);

fn acts(name: &str) -> Result<Acts, String> {
    let name = name.trim();
    match (Act::parse(name), Kind::parse(name)) {
        (Some(act), _) => Ok(Acts(vec![act])),
        (None, Some(kind)) => Ok(Acts(kind.acts().collect())),
        (None, None) => Err(format!("there is no such act\n\n{}", names())),
    }
}

fn names() -> String {
    let mut text = "Acts, by kind:\n".to_owned();
    for kind in Kind::ALL {
        let acts: Vec<_> = kind.acts().map(Act::name).collect();
        for (line, acts) in acts.chunks(3).enumerate() {
            let kind = if line == 0 { kind.name() } else { "" };
            _ = writeln!(text, "  {kind:<13} {}", acts.join(", "));
        }
    }
    text
}

fn examples() -> String {
    format!(
        "\
Examples:
  latchkey audit list --account ada@example.com
  latchkey audit list --act sign_in_failed,second_factor_failed --since 2026-11-23
  latchkey audit list --organization acme --act organization
  latchkey audit export --since 2026-11-01 --until 2026-12-01 --format csv --output november.csv
  latchkey audit export | jq '.[] | select(.ipAddress == \"192.0.2.1\")'

{}",
        names()
    )
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    let day = || Date::parse(text, format_description!("[year]-[month]-[day]")).map(|day| day.midnight().assume_utc());
    let parsed = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| day());
    parsed
        .map(Timestamp::from)
        .map_err(|_| "a day is wanted, such as 2026-11-23, or a moment with its zone, such as 2026-11-23T09:00:00Z")
}

fn hash(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let whole = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("64 hexadecimal digits are wanted, as `latchkey audit verify` prints them")
    }
}

/// Does it; gives what is said at the end.
pub(crate) async fn run(cx: &Cx, what: Audit) -> Result<String, Failure> {
    match what {
        Audit::Verify { expect, quiet } => verified(cx, expect.as_deref(), quiet).await,
        Audit::List { which, limit } => list(cx, which, limit).await,
        Audit::Export { which, format, output } => export(cx, which, format, output.as_deref()).await,
    }
}

async fn verified(cx: &Cx, expect: Option<&str>, quiet: bool) -> Result<String, Failure> {
    match verify(cx, expect).await.map_err(Failure::new)? {
        Verified::Whole { last, .. } if quiet => Ok(last),
        Verified::Whole { count: 0, .. } => Ok("The audit trail is whole (0 entries).".to_owned()),
        Verified::Whole { count, last } => {
            let kept = if expect.is_some() { ", and the one with the hash that you gave is among them" } else { "" };
            Ok(format!(
                "The audit trail is whole ({}{kept}).\nThe last one has the hash {last}\nKeep it elsewhere: given to --expect, it tells later whether the end was cut off.",
                entries(count)
            ))
        }
        Verified::Broken { number } => Err(Failure::new(format!(
            "the audit trail is broken at entry {number}: it was changed, removed, put in or moved after it was written\n  Was the secret changed? Then the old one must be among previous_secrets."
        ))),
        Verified::Cut { count } => Err(Failure::new(format!(
            "the end of the audit trail was cut off: its {} are as they were written, and none has the hash that you gave",
            entries(count)
        ))),
    }
}

fn entries(count: u64) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

impl Which {
    async fn read(self, cx: &Cx) -> Result<(Trail, Filter), Failure> {
        let user = match &self.account {
            Some(typed) => Some(account(cx, typed).await?),
            None => None,
        };
        let trail = match (&self.organization, &user) {
            (Some(typed), _) => Trail::of_organization(organization(cx, typed).await?),
            (None, Some(user)) => Trail::of_account(user.clone()),
            (None, None) => Trail::everything(),
        };
        let acts = self.act.into_iter().flat_map(|Acts(acts)| acts).collect();
        Ok((trail, Filter { acts, user, since: self.since, until: self.until, search: String::new() }))
    }
}

async fn account(cx: &Cx, typed: &str) -> Result<UserId, Failure> {
    let Ok(email) = Email::parse(typed) else { return Ok(UserId::new(typed.trim())) };
    match account::find(cx, &email).await {
        Ok(user) => Ok(user.id),
        Err(Error::Refused(Refusal::UserNotFound)) => Err(Failure::new(format!(
            "nobody has an account with the address {email}; what is gone is found by its id"
        ))),
        Err(error) => Err(Failure::new(error)),
    }
}

async fn organization(cx: &Cx, typed: &str) -> Result<OrganizationId, Failure> {
    let Ok(slug) = Slug::parse(typed) else { return Ok(OrganizationId::new(typed.trim())) };
    match organization::find(cx, &slug).await {
        Err(Error::Refused(_)) => Ok(OrganizationId::new(typed.trim())),
        found => found.map_err(Failure::new),
    }
}

async fn list(cx: &Cx, which: Which, limit: u32) -> Result<String, Failure> {
    let (trail, filter) = which.read(cx).await?;
    let (told, total) = trail.page(cx, &filter, limit, 0).await.map_err(Failure::new)?;
    let mut text: String = told.iter().map(line).collect();
    match (told.len() as u64, total) {
        (_, 0) => text.push_str("Nothing of that kind happened."),
        (shown, total) if shown < total => _ = write!(text, "{shown} of {total}; more with --limit"),
        (shown, _) => _ = write!(text, "{}", entries(shown)),
    }
    Ok(text)
}

/// An entry on one line, so that it can be searched.
fn line(told: &Told) -> String {
    let who = match (&told.actor, &told.actor_name) {
        (Actor::User(id), Some(name)) => format!("{} ({id})", plain(name)),
        (Actor::User(id), None) => id.to_string(),
        (Actor::Operator, _) => "operator".to_owned(),
        (Actor::Server, _) => "server".to_owned(),
        (Actor::Guest, _) => "guest".to_owned(),
    };
    let about = told.user.as_ref().filter(|user| told.actor != Actor::User((*user).clone()));
    let about = about.map(|user| match &told.user_name {
        Some(name) => format!(" → {} ({user})", plain(name)),
        None => format!(" → {user}"),
    });
    let place = [Some(told.ip_address.clone()), told.device().map(|(device, _)| device)];
    let place: Vec<_> = place.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let detail = if told.detail.as_object().is_some_and(|detail| detail.is_empty()) {
        String::new()
    } else {
        told.detail.to_string()
    };
    format!(
        "{:>7}  {}  {:<24} {who}{}  {}  {detail}\n",
        told.number,
        told.at.iso(),
        told.act_name,
        about.unwrap_or_default(),
        place.join(", "),
    )
}

/// A name without what would steer the terminal.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

async fn export(cx: &Cx, which: Which, format: As, output: Option<&Path>) -> Result<String, Failure> {
    let (trail, filter) = which.read(cx).await?;
    let format = match format {
        As::Json => Format::Json,
        As::Csv => Format::Csv,
    };
    let mut target: Box<dyn Write + Send> = match output {
        Some(path) => Box::new(
            std::fs::File::create_new(path)
                .map_err(|error| Failure::new(format!("{} can't be made: {error}", path.display())))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut export = Export::new(cx, trail, filter, format);
    while let Some(piece) = export.next().await.map_err(Failure::new)? {
        match target.write_all(&piece) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(String::new()),
            written => written.map_err(Failure::new)?,
        }
    }
    target.flush().map_err(Failure::new)?;
    Ok(output.map_or_else(String::new, |path| format!("Written to {}.", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_named_alone_or_by_its_kind() {
        assert_eq!(acts("signed_in"), Ok(Acts(vec![Act::SignedIn])));
        assert!(acts("ways-in").is_ok_and(|Acts(acts)| acts.contains(&Act::PasskeyAdded)));
        assert!(acts("hacked").is_err_and(|told| told.contains("sign_in_failed")), "the refusal teaches");
    }

    #[test]
    fn a_time_is_a_day_or_a_moment() {
        assert_eq!(moment("2026-11-23"), moment("2026-11-23T01:00:00+01:00"));
        assert!(moment("yesterday").is_err());
    }
}
