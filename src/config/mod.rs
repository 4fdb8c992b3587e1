//! Settings: from the command line, else the environment, else the config file, else the
//! default. A wrong key or value is a warning with its place; the rest still loads.
//!
//! ```text
//! --set screen.theme=dark  >  SFW_TUI_SCREEN_THEME=dark  >  [screen] theme = "dark"  >  default
//! ```
//!
//! `setting.rs` is the one table. It must not know who uses a setting, and how.

pub mod choice;
mod connection;
pub mod dump;
pub mod edit;
mod file;
mod folders;
pub mod schema;
pub mod setting;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::domain::connection::Connection;
use crate::domain::suggest::did_you_mean;

use setting::{PREFIX, SETTINGS, Setting};

pub use choice::{Glyphs, ThemeName, When};
pub use folders::Folders;

/// Every setting, with its default where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// API names of the objects that a search looks in.
    pub search_objects: Vec<String>,
    /// Which colours are used.
    pub theme: ThemeName,
    /// Which marks and borders are drawn.
    pub glyphs: Glyphs,
    /// When colour is used.
    pub color: When,
    /// Program and arguments that take a copied text; none asks the terminal.
    pub clipboard_command: Vec<String>,
    /// Newest API version to speak, such as `66.0`; older orgs decide themselves.
    pub api_version: Option<String>,
    /// Seconds without a byte after which a request is given up, 5 to 600.
    pub timeout: u64,
    /// The named connections, in the order of the file.
    pub connections: Vec<Connection>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            search_objects: ["Account", "Contact", "Lead", "Opportunity", "Case"]
                .map(str::to_owned)
                .into(),
            theme: ThemeName::Auto,
            glyphs: Glyphs::Auto,
            color: When::Auto,
            clipboard_command: Vec::new(),
            api_version: None,
            timeout: 60,
            connections: Vec::new(),
        }
    }
}

/// Who says what a setting is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The config file; line and column from 1, `None` where it could not be read at all.
    File(PathBuf, Option<(usize, usize)>),
    /// An environment variable.
    Variable(String),
    /// The command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(file, None) => write!(f, "{}", file.display()),
            Origin::File(file, Some((line, column))) => {
                write!(f, "{}:{line}:{column}", file.display())
            }
            Origin::Variable(name) => write!(f, "{name}"),
            Origin::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// Something that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// Where settings are looked for.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The config file.
    pub file: PathBuf,
    /// Names and values of the environment; others than this program's are passed over.
    pub variables: Vec<(String, String)>,
    /// `screen.theme=dark`, each with the flag that said so.
    pub flags: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Who said so, by section and key; what is not here is a default.
    pub origins: BTreeMap<(&'static str, &'static str), Origin>,
    /// What was passed over, in the order of its places.
    pub warnings: Vec<Warning>,
    /// The file is no TOML or could not be read: nothing of it counts.
    pub is_broken: bool,
}

impl Loaded {
    fn new() -> Self {
        Self {
            config: Config::default(),
            origins: BTreeMap::new(),
            warnings: Vec::new(),
            is_broken: false,
        }
    }

    fn warn(&mut self, origin: Origin, message: String) {
        self.warnings.push(Warning { origin, message });
    }

    /// Puts a value into place, or says why not.
    fn put(
        &mut self,
        setting: &'static Setting,
        value: Result<value::Value, String>,
        origin: Origin,
    ) {
        let set = value.and_then(|value| (setting.set)(&mut self.config, value));
        match set {
            Ok(()) => {
                self.origins.insert((setting.section, setting.key), origin);
            }
            Err(message) => self.warn(origin, format!("`{}`: {message}", setting.name())),
        }
    }
}

/// Reads every source. A file that is not there is no warning.
pub fn load(sources: &Sources) -> Loaded {
    let mut loaded = match std::fs::read_to_string(&sources.file) {
        Ok(text) => parse(&text, &sources.file),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Loaded::new(),
        Err(error) => {
            let mut loaded = Loaded::new();
            loaded.is_broken = true;
            let origin = Origin::File(sources.file.clone(), None);
            loaded.warn(
                origin,
                format!("cannot be read, defaults are used: {error}"),
            );
            loaded
        }
    };
    read_variables(&mut loaded, &sources.variables);
    read_flags(&mut loaded, &sources.flags);
    loaded
}

/// Reads the text of a config file.
pub fn parse(text: &str, file: &Path) -> Loaded {
    let mut loaded = Loaded::new();
    file::read(&mut loaded, text, file);
    loaded
        .warnings
        .sort_by(|one, other| one.origin.cmp(&other.origin));
    loaded
}

fn read_variables(loaded: &mut Loaded, variables: &[(String, String)]) {
    for (name, text) in variables {
        if !name.starts_with(PREFIX) || text.is_empty() {
            continue;
        }
        let origin = Origin::Variable(name.clone());
        match SETTINGS.iter().find(|it| it.variable() == *name) {
            Some(setting) => loaded.put(setting, setting.kind.read_word(text), origin),
            None => {
                if let Some(message) = astray(name) {
                    loaded.warn(origin, message);
                }
            }
        }
    }
}

/// What is wrong with a variable that sets nothing; only those that begin as settings do
/// are meant to.
fn astray(name: &str) -> Option<String> {
    let is_meant = SETTINGS.iter().any(|it| {
        let section = format!("{PREFIX}{}_", it.section).to_uppercase();
        name.starts_with(&section)
    });
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let near = did_you_mean(name, known.iter().map(String::as_str));
    is_meant.then(|| format!("sets nothing{near}"))
}

fn read_flags(loaded: &mut Loaded, flags: &[(String, String)]) {
    for (flag, said) in flags {
        let origin = Origin::Flag(flag.clone());
        let Some((name, text)) = said.split_once('=') else {
            loaded.warn(origin, "write SECTION.KEY=VALUE".to_owned());
            continue;
        };
        match SETTINGS.iter().find(|it| it.name() == name.trim()) {
            Some(setting) => loaded.put(setting, setting.kind.read_word(text), origin),
            None => {
                let known: Vec<String> = SETTINGS.iter().map(Setting::name).collect();
                let near = did_you_mean(name, known.iter().map(String::as_str));
                loaded.warn(origin, format!("there is no setting `{name}`{near}"));
            }
        }
    }
}
