//! Leptos's options. `Leptos.toml` is inside the binary, so that it needs no file beside it; `LEPTOS_…` in the
//! environment overrides a setting, as leptos_config does everywhere.

use leptos_config::{LeptosOptions, errors::LeptosConfigError, get_config_from_str};

const FILE: &str = include_str!("../../Leptos.toml");

/// The options of `Leptos.toml` under those of the environment.
///
/// # Errors
/// When the environment holds a value that isn't one, such as a `LEPTOS_SITE_ADDR` without a port.
pub fn options() -> Result<LeptosOptions, LeptosConfigError> {
    get_config_from_str(FILE)
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    fn section(text: &str) -> Table {
        let manifest: Table = text.parse().unwrap();
        let projects = manifest["workspace"]["metadata"]["leptos"].as_array().unwrap();
        assert_eq!(projects.len(), 1);
        projects[0].as_table().unwrap().clone()
    }

    #[test]
    fn the_manifest_and_leptos_toml_say_the_same() {
        let manifest = section(include_str!("../../Cargo.toml"));
        for (name, value) in section(FILE) {
            assert_eq!(manifest.get(&name), Some(&value), "{name}");
        }
    }

    #[test]
    fn the_options_agree_with_what_the_code_is_compiled_with() {
        let options = options().unwrap();
        let config: Table = include_str!("../../.cargo/config.toml").parse().unwrap();
        let env = |name: &str| config["env"][name].as_str().unwrap();
        assert_eq!(&*options.output_name, env("LEPTOS_OUTPUT_NAME"));
        assert_eq!(options.server_fn_prefix.as_deref(), Some(env("SERVER_FN_PREFIX")));
        assert!(
            options.disable_server_fn_hash && config["env"].get("DISABLE_SERVER_FN_HASH").is_some_and(Value::is_str)
        );
    }
}
