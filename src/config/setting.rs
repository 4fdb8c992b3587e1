//! The one table of settings: reading, writing out, the schema and the documents are made
//! from it.

use super::Config;
use super::choice::{Glyphs, ThemeName, When};
use super::value::{Kind, Value};

/// One setting.
pub struct Setting {
    /// Its table in the file.
    pub section: &'static str,
    /// Its key there.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Puts a value of its kind into place; the error says what would be right.
    pub(super) set: fn(&mut Config, Value) -> Result<(), String>,
    /// Its value; `None` where nothing is set and there is no default.
    pub(super) show: fn(&Config) -> Option<Value>,
}

impl Setting {
    /// `screen.theme`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The environment variable that sets it: `SFW_TUI_SCREEN_THEME`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}_{}", self.section, self.key).to_uppercase()
    }
}

/// How the environment variables of this program begin.
pub const PREFIX: &str = "SFW_TUI_";

/// A row for a setting that is one word of a choice.
macro_rules! choice {
    ($section:literal $key:literal $about:literal $choice:ident $field:ident) => {
        Setting {
            section: $section,
            key: $key,
            kind: Kind::Choice($choice::WORDS),
            about: $about,
            set: |config, value| {
                if let Value::Text(word) = value {
                    config.$field = $choice::named(&word).ok_or("no such word")?;
                }
                Ok(())
            },
            show: |config| Some(Value::Text(config.$field.word().to_owned())),
        }
    };
}

/// A row for a setting that is a list of texts.
macro_rules! texts {
    ($section:literal $key:literal $about:literal $kind:expr, $field:ident) => {
        Setting {
            section: $section,
            key: $key,
            kind: $kind,
            about: $about,
            set: |config, value| {
                if let Value::Texts(texts) = value {
                    config.$field = texts;
                }
                Ok(())
            },
            show: |config| Some(Value::Texts(config.$field.clone())),
        }
    };
}

const OBJECTS: Kind = Kind::Texts("[\"Account\", \"Contact\"]");

/// Every setting, in the order of config.example.toml.
pub const SETTINGS: &[Setting] = &[
    Setting {
        section: "search",
        key: "objects",
        kind: OBJECTS,
        about: "Objects that a search looks in, by API name.",
        set: |config, value| match value {
            Value::Texts(names) if names.is_empty() => Err(OBJECTS.wanted()),
            Value::Texts(names) => {
                config.search_objects = names;
                Ok(())
            }
            _ => Ok(()),
        },
        show: |config| Some(Value::Texts(config.search_objects.clone())),
    },
    choice!("screen" "theme" "Colours: of a dark or light terminal, or none." ThemeName theme),
    choice!("screen" "glyphs" "Marks and borders." Glyphs glyphs),
    choice!("screen" "color" "When colour is used." When color),
    texts!("clipboard" "command" "Program and arguments that take a copied text from standard input."
        Kind::Texts("[\"wl-copy\"]"), clipboard_command),
    Setting {
        section: "network",
        key: "api_version",
        kind: Kind::Text("\"66.0\""),
        about: "Newest API version to speak.",
        set: |config, value| {
            if let Value::Text(text) = value {
                config.api_version = Some(version(&text)?);
            }
            Ok(())
        },
        show: |config| config.api_version.clone().map(Value::Text),
    },
    Setting {
        section: "network",
        key: "timeout",
        kind: Kind::Seconds(5, 600),
        about: "Seconds without a byte after which a request is given up.",
        set: |config, value| {
            if let Value::Number(seconds) = value {
                config.timeout = seconds;
            }
            Ok(())
        },
        show: |config| Some(Value::Number(config.timeout)),
    },
];

/// An API version, as `66.0` or `66`.
pub(super) fn version(text: &str) -> Result<String, String> {
    let number = text.strip_suffix(".0").unwrap_or(text);
    match number.parse::<u16>() {
        Ok(number) if number >= 31 => Ok(format!("{number}.0")),
        _ => Err("write a version such as \"66.0\", 31.0 at least".into()),
    }
}

/// The setting of this section and key.
pub fn setting(section: &str, key: &str) -> Option<&'static Setting> {
    SETTINGS
        .iter()
        .find(|setting| setting.section == section && setting.key == key)
}
