//! The config file's JSON Schema, for editors that complete and check TOML.

use serde_json::{Map, Value, json};

use super::connection;
use super::setting::SETTINGS;

/// The schema, made from the table of settings.
pub fn schema() -> Value {
    let defaults = super::Config::default();
    let mut sections = Map::new();
    for setting in SETTINGS {
        let mut entry = setting.kind.schema();
        entry["description"] = json!(setting.about);
        if let Some(value) = (setting.show)(&defaults) {
            entry["default"] = value.json();
        }
        let section = sections
            .entry(setting.section)
            .or_insert_with(|| closed(Map::new()));
        section["properties"][setting.key] = entry;
    }
    sections.insert(connection::SECTION.to_owned(), connection::schema());
    let mut root = closed(sections);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("sfw-tui settings");
    root
}

/// An object with these properties and no others.
pub(super) fn closed(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}
