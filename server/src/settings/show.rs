use std::fmt::Write;

use figment::value::Value;

use super::keys::{KEYS, Kind};
use super::providers;
use super::sources::{Layers, shown};
use super::{Problems, Settings, Sources};

/// The effective configuration as TOML, secrets masked, with the origin of each value beside it. It can be read back once the
/// secrets are filled in.
///
/// # Errors
/// Everything that is wrong, as at start.
pub fn show(sources: &Sources) -> Result<String, Problems> {
    let settings = Settings::load(sources)?;
    let layers = Layers::read(sources);
    let mut text = String::new();
    let mut section = String::new();
    let configured = settings.domain.providers.offered.iter();
    // Of a provider only what is set: most fields are for one of them.
    let of_providers =
        configured.flat_map(|provider| providers::keys(&provider.id)).filter(|key| layers.is_set(&key.path));
    for key in KEYS.iter().cloned().chain(of_providers) {
        let (table, name) = key.path.rsplit_once('.').unwrap_or(("", &key.path));
        if table != section {
            table.clone_into(&mut section);
            // Writing to a string can't fail.
            _ = writeln!(text, "\n[{table}]");
        }
        _ = writeln!(text, "# {}", key.about);
        let value = layers.figment.find_value(&key.path).ok().filter(|value| !matches!(value, Value::Empty(..)));
        let origin = layers.origin(&key.path);
        _ = match (value, key.kind) {
            (Some(_), Kind::Secret | Kind::Secrets) => writeln!(text, "# {name} = (hidden)  # {origin}"),
            (Some(value), kind) => writeln!(text, "{name} = {}  # {origin}", shown(kind, &value)),
            (None, _) => writeln!(text, "# {name} is not set"),
        };
    }
    let derived = format!(
        "# In effect: {} mode, {}, secret {}\n",
        format!("{:?}", settings.mode).to_lowercase(),
        settings.domain.base_url.as_str().trim_end_matches('/'),
        settings
            .secret_file()
            .map_or_else(|| "from the configuration".to_owned(), |path| format!("in {}", path.display()))
    );
    Ok(derived + &text)
}
