//! The config file to typed settings. A wrong key or value is a warning with its line
//! and column; the rest still loads.

mod connection;
pub mod edit;

use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::domain::connection::Connection;
use crate::domain::suggest::nearest;

/// Every setting, with its default where the file says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// API names of the objects that a search looks in.
    pub search_objects: Vec<String>,
    /// Which marks and borders are drawn.
    pub glyphs: Glyphs,
    /// When colour is used.
    pub color: When,
    /// Newest API version to speak, such as `66.0`; older orgs decide themselves.
    pub api_version: Option<String>,
    /// Seconds without a byte after which a request is given up, 5 to 600.
    pub timeout: u64,
    /// The named connections, in the order of the file.
    pub connections: Vec<Connection>,
}

/// Which marks and borders are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode where locale and terminal show it.
    Auto,
    /// Unicode always.
    Unicode,
    /// Plain ASCII always.
    Ascii,
}

/// When something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Unless `NO_COLOR` is set.
    Auto,
    /// Whatever the environment says.
    Always,
    /// Not at all.
    Never,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            search_objects: ["Account", "Contact", "Lead", "Opportunity", "Case"]
                .map(str::to_owned)
                .into(),
            glyphs: Glyphs::Auto,
            color: When::Auto,
            api_version: None,
            timeout: 60,
            connections: Vec::new(),
        }
    }
}

/// Something in the file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub file: PathBuf,
    /// Line and column, from 1; `None` when the file could not be read at all.
    pub place: Option<(usize, usize)>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads a setting's value; the error says what would be right.
type Read = fn(&mut Config, &DeValue<'_>) -> Result<(), String>;

/// Every key of the file.
const SETTINGS: &[(&str, &str, Read)] = &[
    ("search", "objects", |config, value| {
        config.search_objects = names(value)?;
        Ok(())
    }),
    ("screen", "glyphs", |config, value| {
        config.glyphs = match word(value)? {
            "auto" => Glyphs::Auto,
            "unicode" => Glyphs::Unicode,
            "ascii" => Glyphs::Ascii,
            _ => return Err("write \"auto\", \"unicode\" or \"ascii\"".into()),
        };
        Ok(())
    }),
    ("screen", "color", |config, value| {
        config.color = match word(value)? {
            "auto" => When::Auto,
            "always" => When::Always,
            "never" => When::Never,
            _ => return Err("write \"auto\", \"always\" or \"never\"".into()),
        };
        Ok(())
    }),
    ("network", "api_version", |config, value| {
        config.api_version = Some(version(word(value)?)?);
        Ok(())
    }),
    ("network", "timeout", |config, value| {
        config.timeout = value
            .as_integer()
            .and_then(|number| number.as_str().parse().ok())
            .filter(|seconds| (5..=600).contains(seconds))
            .ok_or("write whole seconds from 5 to 600")?;
        Ok(())
    }),
];

fn word<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| "write a text in quotes".to_owned())
}

fn names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let wanted = "write a list of object names, such as [\"Account\", \"Contact\"]";
    let list = value.as_array().ok_or(wanted)?;
    let names: Option<Vec<String>> = list
        .iter()
        .map(|item| item.get_ref().as_str().map(str::to_owned))
        .collect();
    names.filter(|names| !names.is_empty()).ok_or(wanted.into())
}

fn version(text: &str) -> Result<String, String> {
    let number = text.strip_suffix(".0").unwrap_or(text);
    match number.parse::<u16>() {
        Ok(number) if number >= 31 => Ok(format!("{number}.0")),
        _ => Err("write a version such as \"66.0\", 31.0 at least".into()),
    }
}

/// Reads the file. A file that is not there is no warning.
pub fn load(file: &Path) -> (Config, Vec<Warning>) {
    match std::fs::read_to_string(file) {
        Ok(text) => parse(&text, file),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            (Config::default(), Vec::new())
        }
        Err(error) => {
            let warning = Warning {
                file: file.to_owned(),
                place: None,
                message: format!("cannot be read, defaults are used: {error}"),
            };
            (Config::default(), vec![warning])
        }
    }
}

/// Reads the text of a config file.
pub fn parse(text: &str, file: &Path) -> (Config, Vec<Warning>) {
    let mut config = Config::default();
    let mut warnings = Vec::new();
    let mut warn = |at: usize, message: String| {
        warnings.push(Warning {
            file: file.to_owned(),
            place: Some(place(text, at)),
            message,
        });
    };
    match DeTable::parse(text) {
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            warn(at, format!("{}; defaults are used", error.message()));
        }
        Ok(root) => {
            for (section, values) in root.get_ref() {
                let name = section.get_ref().as_ref();
                match values.get_ref().as_table() {
                    Some(table) if name == connection::SECTION => {
                        config.connections = connection::read(table, &mut warn);
                    }
                    None if name == connection::SECTION => {
                        warn(section.span().start, connection::NO_TABLE.to_owned());
                    }
                    Some(table) if sections().any(|known| known == name) => {
                        read_section(&mut config, name, table, &mut warn);
                    }
                    _ => warn(section.span().start, astray(name)),
                }
            }
        }
    }
    warnings.sort_by_key(|warning| warning.place);
    (config, warnings)
}

/// What is wrong with a name at the top of the file: no section, or a key that stands
/// outside its own.
fn astray(name: &str) -> String {
    match SETTINGS.iter().find(|(_, key, _)| *key == name) {
        Some((section, ..)) => format!("`{name}` belongs under `[{section}]`"),
        None => unknown("section", name, sections()),
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    let settings = SETTINGS.iter().map(|(section, ..)| *section);
    settings.chain([connection::SECTION])
}

fn read_section(
    config: &mut Config,
    section: &str,
    table: &DeTable<'_>,
    warn: &mut impl FnMut(usize, String),
) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let known = SETTINGS
            .iter()
            .find(|(of, setting, _)| *of == section && *setting == name);
        match known {
            None => {
                let keys = SETTINGS
                    .iter()
                    .filter(|(of, ..)| *of == section)
                    .map(|(_, setting, _)| *setting);
                warn(key.span().start, unknown("key", name, keys));
            }
            Some((.., read)) => {
                if let Err(message) = read(config, value.get_ref()) {
                    warn(value.span().start, format!("`{section}.{name}`: {message}"));
                }
            }
        }
    }
}

fn unknown<'a>(sort: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {sort} `{name}`; did you mean `{near}`?"),
        None => format!("unknown {sort} `{name}`; config.example.toml lists them all"),
    }
}

/// Line and column, from 1, of a byte of the text.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Folders of this program, by the XDG rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The config file lives here.
    pub config: PathBuf,
    /// The demo org's data.
    pub data: PathBuf,
    /// The outbox: precious.
    pub state: PathBuf,
    /// Describes and records seen: may be thrown away.
    pub cache: PathBuf,
}

impl Folders {
    /// Where the environment says they are; `None` without a home.
    pub fn find() -> Option<Self> {
        let found = directories::ProjectDirs::from("", "", "sfw-tui")?;
        Some(Self {
            config: found.config_dir().to_owned(),
            data: found.data_local_dir().to_owned(),
            state: found
                .state_dir()
                .unwrap_or_else(|| found.data_local_dir())
                .to_owned(),
            cache: found.cache_dir().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(text: &str) -> Vec<String> {
        let (_, warnings) = parse(text, Path::new("config.toml"));
        warnings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_is_complete_and_says_the_defaults() {
        let example = include_str!("../config.example.toml");
        let (config, warnings) = parse(example, Path::new("config.example.toml"));
        assert_eq!(warnings, []);
        let expected = Config {
            api_version: Some("66.0".into()),
            ..Config::default()
        };
        assert_eq!(config, expected);
        for (section, key, _) in SETTINGS {
            assert!(example.contains(&format!("[{section}]")), "{section}");
            assert!(example.contains(&format!("\n{key} = ")), "{key}");
        }
    }

    #[test]
    fn a_wrong_key_is_named_with_its_place_and_the_rest_loads() {
        let text = "[screen]\nglyps = \"ascii\"\ncolor = \"never\"\n";
        let (config, warnings) = parse(text, Path::new("c.toml"));
        assert_eq!(
            warnings[0].to_string(),
            "c.toml:2:1: unknown key `glyps`; did you mean `glyphs`?"
        );
        assert_eq!(config.color, When::Never);
    }

    #[test]
    fn wrong_values_say_what_would_be_right() {
        let cases = [
            (
                "[network]\ntimeout = 3\n",
                "config.toml:2:11: `network.timeout`: write whole seconds from 5 to 600",
            ),
            (
                "[search]\nobjects = \"Account\"\n",
                "config.toml:2:11: `search.objects`: write a list of object names, such as [\"Account\", \"Contact\"]",
            ),
            (
                "[network]\napi_version = \"12\"\n",
                "config.toml:2:15: `network.api_version`: write a version such as \"66.0\", 31.0 at least",
            ),
            (
                "glyphs = \"ascii\"\n",
                "config.toml:1:1: `glyphs` belongs under `[screen]`",
            ),
            (
                "[serch]\n",
                "config.toml:1:2: unknown section `serch`; did you mean `search`?",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(warnings(text), [message]);
        }
    }

    #[test]
    fn warnings_stand_in_the_order_of_the_file() {
        let text = "[screen]\nzebra = 1\naardvark = 2\n[nothing]\n";
        let (_, warnings) = parse(text, Path::new("c.toml"));
        let places: Vec<_> = warnings.iter().map(|warning| warning.place).collect();
        assert_eq!(places, [Some((2, 1)), Some((3, 1)), Some((4, 2))]);
    }

    #[test]
    fn text_that_is_no_toml_leaves_the_defaults() {
        let (config, warnings) = parse("[screen\n", Path::new("c.toml"));
        assert_eq!(config, Config::default());
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].place.is_some(), "{:?}", warnings[0]);
    }
}
