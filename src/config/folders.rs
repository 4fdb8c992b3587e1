//! Where this program keeps things, by the XDG rules.

use std::path::PathBuf;

/// Folders of this program.
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
