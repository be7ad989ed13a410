use std::fmt;

use super::keys::Key;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The setting's name in the file and in the environment.
    pub(super) setting: String,
    /// What was found; never a secret.
    pub(super) found: String,
    /// What would be right.
    pub(super) wanted: String,
    /// Where it came from.
    pub(super) from: String,
}

impl Problem {
    /// About a known setting.
    pub(super) fn of(key: &Key, found: impl Into<String>, wanted: impl Into<String>, from: impl Into<String>) -> Self {
        Self {
            setting: format!("{} (environment: {})", key.path, key.usual()),
            found: found.into(),
            wanted: wanted.into(),
            from: from.into(),
        }
    }
}

/// Everything that is wrong with the configuration, told at once.
#[derive(Debug)]
pub struct Problems(pub(super) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "One setting is wrong:")?,
            n => writeln!(f, "{n} settings are wrong:")?,
        }
        for problem in &self.0 {
            writeln!(f, "\n  {}", problem.setting)?;
            writeln!(f, "    found:  {}", problem.found)?;
            writeln!(f, "    wanted: {}", problem.wanted)?;
            writeln!(f, "    from:   {}", problem.from)?;
        }
        write!(
            f,
            "\n`latchkey config` shows what each setting is and where it came from; docs/configuration.md explains them."
        )
    }
}

impl std::error::Error for Problems {}

/// The name that was probably meant.
pub(super) fn did_you_mean<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
