//! `latchkey keys rotate`: brings what is sealed under the present secret, beside a server that may be running.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use domain::audit::{self, Act, Entry};
use domain::seal::{self, Kept, Rotation};
use domain::{Cx, KeyId};

use crate::run::Failure;

const WIDTH: u64 = 30;

/// Seals anew what is under an older secret, or only counts it.
pub(super) async fn rotate(cx: &Cx, dry_run: bool) -> Result<String, Failure> {
    let census = seal::census(cx).await.map_err(Failure::new)?;
    openable(cx, &census)?;
    let (present, old): (Vec<_>, Vec<_>) = census.into_iter().partition(|kept| kept.under == Some(cx.secret.id()));
    if dry_run {
        return Ok(counted(cx, &present, &old));
    }
    let mut progress = Progress::new(sum(&old));
    let mut rotation = Rotation::new(cx);
    while let Some(step) = rotation.step().await.map_err(|error| broken_off(&mut progress, &error))? {
        progress.tell(step.column, step.number);
    }
    progress.end();
    if progress.done > 0 {
        let entry = Entry::by_operator(Act::KeysRotated).with("values", progress.done);
        audit::record_alone(cx, entry).await.map_err(Failure::new)?;
    }
    Ok(told(cx, progress.done, &seal::census(cx).await.map_err(Failure::new)?))
}

/// Refuses before anything is changed, where something can't be opened.
fn openable(cx: &Cx, census: &[Kept]) -> Result<(), Failure> {
    let has = |id: KeyId| id == cx.secret.id() || cx.secret.previous().any(|previous| previous == id);
    let mut text = String::new();
    for Kept { column, under, number } in census.iter().filter(|kept| !kept.under.is_some_and(has)) {
        let values = values(*number);
        _ = match under {
            Some(id) => writeln!(
                text,
                "  {values} of {column} sealed under the secret with the key id {id}, which isn't configured"
            ),
            None => writeln!(text, "  {values} of {column} in a form that this version doesn't know"),
        };
    }
    if text.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "not everything can be opened\n{text}  Add the secret to previous_secrets (environment: LATCHKEY_PREVIOUS_SECRETS). Nothing was changed."
    )))
}

fn broken_off(progress: &mut Progress, error: &domain::Error) -> Failure {
    progress.end();
    Failure::new(format!("{error}\n  Sealed anew before: {}. The next run goes on from there.", values(progress.done)))
}

fn counted(cx: &Cx, present: &[Kept], old: &[Kept]) -> String {
    let mut text = format!("{} under the present secret (key id {}).", values(sum(present)), cx.secret.id());
    if old.is_empty() {
        text.push_str(" Nothing is left to be sealed anew.");
        return text;
    }
    _ = write!(text, "\n{} would be sealed anew:\n", values(sum(old)));
    for kept in old {
        let under = kept.under.map(|id| named(cx, id)).unwrap_or_default();
        _ = write!(text, "\n  {:<24} {:>8}  under {under}", kept.column.to_string(), kept.number);
    }
    text
}

fn told(cx: &Cx, done: u64, census: &[Kept]) -> String {
    let mut text = match done {
        0 => "Nothing was left to be sealed anew".to_owned(),
        _ => format!("{} sealed anew", values(done)),
    };
    _ = writeln!(text, " (the present secret has the key id {}).", cx.secret.id());
    let under = |id: KeyId| sum(census.iter().filter(|kept| kept.under == Some(id)));
    let mut previous: Vec<_> = cx.secret.previous().filter(|id| *id != cx.secret.id()).collect();
    previous.dedup();
    let (used, unused): (Vec<_>, Vec<_>) = previous.into_iter().partition(|id| under(*id) > 0);
    for id in used {
        _ = writeln!(
            text,
            "{} came under {} meanwhile: a server still runs with the old settings. Restart it, and run this again.",
            values(under(id)),
            named(cx, id)
        );
    }
    if unused.is_empty() {
        return text.trim_end().to_owned();
    }
    text.push_str("Nothing is sealed any more under:\n");
    for id in unused {
        _ = writeln!(text, "  {}", named(cx, id));
    }
    text.push_str(
        "Before you take it out of the settings: what was signed under it, not sealed, ends with it. People with cookies of that time\n\
         sign in again, backup codes of that time are no good, and the audit trail of that time can't be verified.",
    );
    text
}

/// Which one of the settings' list it is.
fn named(cx: &Cx, id: KeyId) -> String {
    match cx.secret.previous().position(|previous| previous == id) {
        Some(place) => format!("number {} of previous_secrets (key id {id})", place + 1),
        None => format!("the key id {id}"),
    }
}

fn sum<'k>(kept: impl IntoIterator<Item = &'k Kept>) -> u64 {
    kept.into_iter().map(|kept| kept.number).sum()
}

fn values(number: u64) -> String {
    format!("{number} {}", if number == 1 { "value" } else { "values" })
}

/// How far it is: a bar on a terminal, and a line for each tenth elsewhere.
struct Progress {
    done: u64,
    total: u64,
    bar: bool,
}

impl Progress {
    fn new(total: u64) -> Self {
        Self { done: 0, total, bar: io::stderr().is_terminal() }
    }

    /// What is written meanwhile comes on top.
    fn share(&self, of: u64) -> u64 {
        self.done.min(self.total) * of / self.total.max(1)
    }

    fn tell(&mut self, column: seal::Column, number: u64) {
        let before = self.share(10);
        self.done += number;
        let (total, done) = (self.total.max(self.done), self.done);
        if self.bar {
            let filled = "█".repeat(usize::try_from(self.share(WIDTH)).unwrap_or_default());
            let width = usize::try_from(WIDTH).unwrap_or_default();
            // Nobody is helped by an error of the terminal.
            _ = write!(
                io::stderr(),
                "\r{filled:░<width$} {:>3} %  {done} of {total}  {:<24}",
                self.share(100),
                column.to_string()
            );
        } else if self.share(10) > before {
            _ = writeln!(io::stderr(), "{done} of {total} sealed anew ({column})");
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.bar) && self.done > 0 {
            _ = writeln!(io::stderr());
        }
    }
}
