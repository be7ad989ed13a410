//! The operator's secret: given, or kept in a file that only its owner can read (SECURITY 80).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::keys::Key;
use super::problem::Problem;

/// Where the secret is.
#[derive(Clone, Debug)]
pub(super) enum SecretSource {
    /// In the configuration.
    Given(SecretString),
    /// In this file; it may have to be made.
    File {
        /// Where.
        path: PathBuf,
        /// Where the path came from.
        from: String,
        /// Whether it is made when it is missing.
        make: bool,
    },
}

impl SecretSource {
    pub(super) fn open(&self) -> Result<domain::Secret, Problem> {
        match self {
            Self::Given(secret) => Ok(domain::Secret::new(secret.expose_secret())),
            Self::File { path, from, make } => {
                if *make && !path.exists() {
                    make_file(path).map_err(|error| {
                        problem(format!("{}: {error}", path.display()), "a folder that can be written", from)
                    })?;
                }
                read(path, from).map(|secret| domain::Secret::new(secret.expose_secret()))
            }
        }
    }
}

/// Reads the file, and refuses it when anybody but its owner could have done so too.
pub(super) fn read(path: &Path, from: &str) -> Result<SecretString, Problem> {
    let broken = |error: io::Error| problem(format!("{}: {error}", path.display()), "a file that can be read", from);
    let metadata = fs::metadata(path).map_err(broken)?;
    if let Some(mode) = open_to_others(&metadata) {
        let found = format!("{} can be read by others (its permissions are {mode:o})", path.display());
        return Err(problem(found, format!("permissions 600: chmod 600 {}", path.display()), from));
    }
    let text = fs::read_to_string(path).map_err(broken)?;
    let secret = text.trim();
    if secret.len() < 32 {
        return Err(problem(
            format!("{} holds {} characters", path.display(), secret.len()),
            "32 or more random characters; delete the file to have a new one made (everybody is signed out)",
            from,
        ));
    }
    Ok(SecretString::from(secret))
}

fn problem(found: String, wanted: impl Into<String>, from: &str) -> Problem {
    let key = Key::find("secret_file");
    let setting = key.as_ref().map_or_else(String::new, |key| format!("{} (environment: {})", key.path, key.usual()));
    Problem { setting, found, wanted: wanted.into(), from: from.to_owned() }
}

/// 256 random bits. Written beside its place and then linked there, so that no start sees half of it and of two starts at one moment
/// both take the same.
fn make_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
    }
    let draft = path.with_extension(format!("draft-{}", domain::Random.alphanumeric(8)));
    let mut file = private().open(&draft)?;
    file.write_all(domain::Random.alphanumeric(43).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    };
    fs::remove_file(&draft)?;
    linked
}

#[cfg(unix)]
fn private() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let mode = metadata.mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Why a secret is no secret, if it isn't one (SECURITY 14).
pub(super) fn weakness(secret: &str) -> Option<String> {
    let length = secret.chars().count();
    if length < 32 {
        return Some(format!("a secret of {length} characters"));
    }
    let lower = secret.to_lowercase().replace(['-', '_', ' ', '.'], "");
    const PLACEHOLDERS: [&str; 12] = [
        "changeme",
        "changethis",
        "replaceme",
        "replacethis",
        "yoursecret",
        "secretkey",
        "supersecret",
        "placeholder",
        "insecure",
        "betterauthsecret",
        "authsecret",
        "generateme",
    ];
    if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        return Some("a placeholder out of somebody's documentation".to_owned());
    }
    // Shannon's estimate from the characters that occur: 32 random hex digits come to about 115 bits, words and repetitions to less.
    let bytes = secret.as_bytes();
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| -f64::from(*count) * (f64::from(*count) / total).log2())
        .sum();
    (bits < 96.0).then(|| "a secret that is easy to guess: few different characters".to_owned())
}
