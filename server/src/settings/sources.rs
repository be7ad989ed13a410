//! Puts the layers together: defaults, the file, `.env`, the environment. Each value is tried by itself, so that one that is wrong
//! hides no other, and remembers where it came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::file::File;
use super::keys::{KEYS, Key, Kind, NOT_SETTINGS, is_section};
use super::problem::{Problem, did_you_mean};
use super::providers;

/// Where the configuration is looked for.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    /// The working folder: `.env` and `latchkey.toml` are looked for here.
    pub folder: PathBuf,
    /// The environment.
    pub environment: BTreeMap<String, String>,
}

impl Sources {
    /// This process's own.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { file, folder: PathBuf::new(), environment: environment.collect() }
    }

    /// A variable that is no setting: from the environment, or else from `.env`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let line =
            || dotenvy::from_path_iter(self.folder.join(".env")).ok()?.flatten().find(|(found, _)| found == name);
        self.environment.get(name).cloned().or_else(|| line().map(|(_, value)| value))
    }
}

/// The layers, merged, and what was wrong with them.
pub(super) struct Layers {
    pub(super) figment: Figment,
    pub(super) problems: Vec<Problem>,
    /// The file that was read.
    pub(super) file: Option<PathBuf>,
}

/// One value with its origin.
struct Leaf<'v> {
    path: &'v str,
    value: Value,
    from: String,
}

impl Provider for Leaf<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.from.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let nested = figment::util::nest(self.path, self.value.clone());
        Ok(Profile::Default.collect(nested.into_dict().unwrap_or_default()))
    }
}

impl Layers {
    pub(super) fn read(sources: &Sources) -> Self {
        let mut layers =
            Self { figment: Figment::from(Serialized::defaults(File::default())), problems: Vec::new(), file: None };
        let variables = layers.variables(sources);
        let named = sources
            .file
            .clone()
            .or_else(|| variables.get("LATCHKEY_CONFIG").map(|variable| PathBuf::from(&variable.value)));
        layers.file(sources, named);
        layers.environment(&variables);
        layers
    }

    /// Adds one value if it is good by itself.
    fn add(&mut self, key: &Key, value: Value, from: String) {
        let found = shown(key.kind, &value);
        let leaf = Leaf { path: &key.path, value, from };
        let alone = Figment::from(Serialized::defaults(File::default())).merge(&leaf).extract::<File>();
        if alone.is_ok() {
            self.figment = std::mem::take(&mut self.figment).merge(leaf);
        } else {
            self.problems.push(Problem::of(key, found, key.wanted, leaf.from));
        }
    }

    fn file(&mut self, sources: &Sources, named: Option<PathBuf>) {
        let path = match named {
            Some(named) => sources.folder.join(named),
            None => Some(sources.folder.join("latchkey.toml")).filter(|path| path.exists()).unwrap_or_default(),
        };
        if path.as_os_str().is_empty() {
            return;
        }
        match Toml::file_exact(&path).data() {
            Ok(mut profiles) => self.table("", profiles.remove(&Profile::Default).unwrap_or_default(), &path),
            Err(error) => self.problems.push(Problem {
                setting: "the configuration file".to_owned(),
                found: without_snippet(&error.to_string()),
                wanted: "a readable TOML file".to_owned(),
                from: path.display().to_string(),
            }),
        }
        self.file = Some(path);
    }

    fn table(&mut self, section: &str, table: Dict, file: &Path) {
        for (name, value) in table {
            let path = if section.is_empty() { name } else { format!("{section}.{name}") };
            let is_section = is_section(&path);
            match (Key::find(&path), value) {
                (Some(key), value) => self.add(&key, value, file.display().to_string()),
                (None, Value::Dict(_, inner)) if is_section => self.table(&path, inner, file),
                (None, value) => {
                    let sections = KEYS.iter().filter_map(|key| Some(key.path.split_once('.')?.0));
                    let names: Vec<&str> = if value.as_dict().is_some() {
                        sections.chain([providers::SECTION]).collect()
                    } else {
                        KEYS.iter().map(|key| &*key.path).collect()
                    };
                    let wanted = if is_section {
                        format!("a section: [{path}] on a line of its own")
                    } else if let Some(meant) = providers::meant(&path) {
                        meant
                    } else {
                        match did_you_mean(&path, names.into_iter()) {
                            Some(name) => format!("a setting that exists; did you mean {name}?"),
                            None => "a setting that exists; docs/configuration.md lists them".to_owned(),
                        }
                    };
                    // An unknown name may hold anything: its value isn't shown.
                    let found =
                        if is_section { shown(Kind::Text, &value) } else { "a name that isn't known".to_owned() };
                    self.problems.push(Problem { setting: path, found, wanted, from: file.display().to_string() });
                }
            }
        }
    }

    /// The environment over `.env`. An empty variable is one that isn't set.
    fn variables(&mut self, sources: &Sources) -> BTreeMap<String, Variable> {
        let mut variables = BTreeMap::new();
        let path = sources.folder.join(".env");
        if path.exists() {
            match dotenvy::from_path_iter(&path) {
                Ok(lines) => {
                    for line in lines {
                        match line {
                            Ok((name, value)) => _ = variables.insert(name, Variable { value, from: ".env" }),
                            Err(error) => self.dotenv(&error, &path),
                        }
                    }
                }
                Err(error) => self.dotenv(&error, &path),
            }
        }
        for (name, value) in &sources.environment {
            variables.insert(name.clone(), Variable { value: value.clone(), from: "the environment" });
        }
        variables.retain(|_, variable| !variable.value.trim().is_empty());
        variables
    }

    fn dotenv(&mut self, error: &dotenvy::Error, path: &Path) {
        // The parser's message holds the whole line, and so perhaps a secret.
        let found = match error {
            dotenvy::Error::LineParse(_, column) => {
                format!("a line that can't be read, from its character {column} on")
            }
            other => other.to_string(),
        };
        self.problems.push(Problem {
            setting: ".env".to_owned(),
            found,
            wanted: "lines like NAME=value; put a value with blanks or quotes into '…'".to_owned(),
            from: path.display().to_string(),
        });
    }

    fn environment(&mut self, variables: &BTreeMap<String, Variable>) {
        let ids = providers::ids(variables.keys());
        let keys: Vec<Key> = KEYS.iter().cloned().chain(ids.iter().flat_map(|id| providers::keys(id))).collect();
        for key in &keys {
            let found = key.variables().find_map(|name| variables.get(&name).map(|variable| (name, variable)));
            if let Some((name, variable)) = found {
                self.add(key, typed(key.kind, &variable.value), format!("{name} in {}", variable.from));
            }
        }
        let known: Vec<String> = keys.iter().map(Key::variable).collect();
        for (name, variable) in variables {
            // Kubernetes sets these for a service called latchkey.
            let foreign = name.starts_with("LATCHKEY_SERVICE_") || name.starts_with("LATCHKEY_PORT");
            if !name.starts_with("LATCHKEY_")
                || foreign
                || known.contains(name)
                || NOT_SETTINGS.contains(&name.as_str())
            {
                continue;
            }
            let meant = providers::path_of(name).and_then(|path| providers::meant(&path));
            let wanted = match (meant, did_you_mean(name, known.iter().map(String::as_str))) {
                (Some(meant), _) => meant,
                (None, Some(meant)) => format!("a setting that exists; did you mean {meant}?"),
                (None, None) => "a setting that exists; .env.example lists them".to_owned(),
            };
            let found = "a name that isn't known".to_owned();
            self.problems.push(Problem { setting: name.clone(), found, wanted, from: variable.from.to_owned() });
        }
    }

    /// Whether a setting has a value.
    pub(super) fn is_set(&self, path: &str) -> bool {
        self.figment.find_value(path).is_ok()
    }

    /// Where a setting's value came from.
    pub(super) fn origin(&self, path: &str) -> String {
        match self.figment.find_metadata(path) {
            // Only the defaults are code.
            Some(metadata) if metadata.source.is_none() => metadata.name.to_string(),
            _ => "default".to_owned(),
        }
    }
}

struct Variable {
    value: String,
    from: &'static str,
}

/// A variable's text as the kind of value that the setting is; what isn't one stays text and is refused as such.
fn typed(kind: Kind, text: &str) -> Value {
    let text = text.trim();
    match kind {
        Kind::Number => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
        Kind::Flag => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        Kind::List | Kind::Secrets => {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect::<Vec<_>>().into()
        }
        Kind::Text | Kind::Secret | Kind::Database => Value::from(text),
    }
}

/// A value for people, unless it is a secret.
pub(super) fn shown(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Secret | Kind::Secrets, _) => "(hidden)".to_owned(),
        (Kind::Database, Value::String(_, text)) => quoted(&masked(text)),
        (_, Value::String(_, text)) => quoted(&text.chars().take(200).collect::<String>()),
        (_, Value::Num(_, number)) => {
            let whole = number.to_u128().map(|n| n.to_string()).or_else(|| number.to_i128().map(|n| n.to_string()));
            whole.or_else(|| number.to_f64().map(|n| n.to_string())).unwrap_or_default()
        }
        (_, Value::Bool(_, flag)) => flag.to_string(),
        (_, Value::Array(_, items)) => {
            format!("[{}]", items.iter().map(|item| shown(kind, item)).collect::<Vec<_>>().join(", "))
        }
        (_, Value::Dict(..)) => "a section".to_owned(),
        (_, Value::Empty(..) | Value::Char(..)) => "nothing".to_owned(),
    }
}

/// As JSON quotes it, and TOML too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A database's address without its password.
pub(super) fn masked(text: &str) -> String {
    match url::Url::parse(text) {
        // PostgreSQL takes the password as a parameter too.
        Ok(url) if url.query_pairs().any(|(name, _)| name == "password") => "(hidden)".to_owned(),
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("hidden")) {
            Ok(()) => url.into(),
            Err(()) => "(hidden)".to_owned(),
        },
        Ok(_) => text.to_owned(),
        // What can't be read can't be masked either.
        Err(_) if text.contains('@') => "(hidden)".to_owned(),
        Err(_) => text.to_owned(),
    }
}

/// The parser's message without the line that it quotes, which may hold a secret.
fn without_snippet(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [first, .., last] => format!("{first}: {last}"),
        _ => lines.concat(),
    }
}
