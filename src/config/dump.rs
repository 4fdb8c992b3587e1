//! The settings as they stand, and who said so.

use serde_json::{Map, Value as Json, json};

use super::Loaded;
use super::setting::{SETTINGS, Setting};

/// As a config file, each line with its origin.
pub fn toml(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut section = "";
    for setting in SETTINGS {
        if setting.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            section = setting.section;
            out.push_str(&format!("{gap}[{section}]\n"));
        }
        let line = match (setting.show)(&loaded.config) {
            Some(value) => format!("{} = {}", setting.key, value.toml()),
            None => format!("# {} is not set", setting.key),
        };
        out.push_str(&format!("{line}  # {}\n", origin(loaded, setting)));
    }
    out
}

/// The same as JSON: value and origin by `section.key`.
pub fn json(loaded: &Loaded) -> Json {
    let settings: Map<String, Json> = SETTINGS
        .iter()
        .map(|setting| {
            let value = (setting.show)(&loaded.config).map(|value| value.json());
            let said = json!({"value": value, "origin": origin(loaded, setting)});
            (setting.name(), said)
        })
        .collect();
    json!(settings)
}

fn origin(loaded: &Loaded, setting: &Setting) -> String {
    loaded
        .origins
        .get(&(setting.section, setting.key))
        .map_or_else(|| "default".to_owned(), ToString::to_string)
}
