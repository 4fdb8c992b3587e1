//! Connections by name: where the org is and how to get in. Two names so far: `env`,
//! from the environment and never stored, and `demo`, the built-in org.

use crate::config::{Config, Folders};
use crate::domain::failure::Failure;
use crate::sf::version::ApiVersion;
use crate::worker::{Access, ConnectFn, Settings, Ways};

/// The environment's connection.
pub const ENV: &str = "env";
/// The built-in org.
pub const DEMO: &str = "demo";

const URL: &str = "SFW_TUI_INSTANCE_URL";
const TOKEN: &str = "SFW_TUI_ACCESS_TOKEN";

/// Which connection to use when none is named: the environment's where it is set.
///
/// # Errors
/// When nothing says which org is meant.
pub fn choose(named: Option<String>) -> Result<String, Failure> {
    match named {
        Some(name) if name == ENV || name == DEMO => Ok(name),
        Some(name) => Err(Failure::input(&format!(
            "no connection is named `{name}`; there are `{ENV}` and `{DEMO}`"
        ))),
        None if std::env::var_os(URL).is_some() => Ok(ENV.to_owned()),
        None => Err(Failure::input(&format!(
            "no org to write to: set {URL} and {TOKEN}, or try `sfw-tui demo`"
        ))),
    }
}

/// How the worker reaches the environment's org.
///
/// # Errors
/// When one of the two variables is missing or empty.
pub fn from_environment(config: &Config, folders: &Folders) -> Result<Settings, Failure> {
    let read = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| Failure::input(&format!("set {name}: it is missing or empty")))
    };
    let instance_url = read(URL)?;
    let token = read(TOKEN)?;
    let place = instance_url.clone();
    let connect: ConnectFn = Box::new(move || {
        Ok(Access::Token {
            instance_url,
            token: token.into(),
        })
    });
    settings(ENV, connect, Some(place), config, folders)
}

fn settings(
    connection: &str,
    connect: ConnectFn,
    instance_url: Option<String>,
    config: &Config,
    folders: &Folders,
) -> Result<Settings, Failure> {
    let api_version = config.api_version.as_deref().map(str::parse::<ApiVersion>);
    Ok(Settings {
        connection: connection.to_owned(),
        connect,
        instance_url,
        state_dir: folders.state.clone(),
        cache_dir: folders.cache.clone(),
        api_version: api_version
            .transpose()
            .map_err(|error| Failure::input(&format!("network.api_version: {error}")))?,
        ways: Ways::default(),
    })
}

/// The built-in org: started in this process, or found running in another.
#[cfg(feature = "demo")]
pub mod builtin {
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex, PoisonError};

    use super::{Access, Config, ConnectFn, DEMO, Failure, Folders, Settings, settings};
    use crate::demo::faults::Rules;
    use crate::demo::{self, Options, Org};

    /// Keeps the org serving as long as it is held.
    #[derive(Default, Clone)]
    pub struct Keep(Arc<Mutex<Option<Org>>>);

    /// Which data, and how much of it.
    #[derive(Debug, Clone, Default)]
    pub struct Choice {
        /// Start over.
        pub fresh: bool,
        /// Folder of the data; the usual one where `None`.
        pub data: Option<PathBuf>,
        /// Contacts beside the story's.
        pub rows: u64,
        /// What goes wrong on purpose.
        pub faults: Rules,
    }

    impl Choice {
        /// Folder of everything that belongs to this demo org.
        pub fn root(&self, folders: &Folders) -> PathBuf {
            self.data
                .clone()
                .unwrap_or_else(|| folders.data.join("demo"))
        }

        /// The org's own folder; the client's files lie beside it.
        pub fn org_folder(&self, folders: &Folders) -> PathBuf {
            self.root(folders).join("org")
        }
    }

    /// How the worker reaches the demo org; it starts when the worker first connects, or
    /// at once where it starts over.
    ///
    /// # Errors
    /// When the old data cannot be removed, or another process uses them.
    pub fn connect(
        choice: &Choice,
        keep: &Keep,
        config: &Config,
        folders: &Folders,
    ) -> Result<Settings, Failure> {
        let root = choice.root(folders);
        let client = root.join("client");
        let options = Options {
            data: choice.org_folder(folders),
            fresh: choice.fresh,
            rows: choice.rows,
            faults: choice.faults.clone(),
            ..Options::default()
        };
        let place = Place {
            keep: keep.clone(),
            address: root.join("address"),
        };
        let started = if choice.fresh {
            let org = demo::start(options.clone())
                .map_err(|error| Failure::local(&format!("cannot start over: {error}")))?;
            forget(&client)?;
            Some(org)
        } else {
            None
        };
        let connect: ConnectFn = Box::new(move || {
            let base = match started {
                Some(org) => place.serve(org)?,
                None => place.start_or_find(options)?,
            };
            Ok(Access::Authorize {
                redirect_uri: format!("{base}/callback"),
                login_url: base,
                client_id: demo::CLIENT_ID.to_owned(),
            })
        });
        let own = Folders {
            state: client.clone(),
            cache: client,
            ..folders.clone()
        };
        settings(DEMO, connect, None, config, &own)
    }

    /// Files of the client's own, by how their names begin.
    const OWN_FILES: [&str; 3] = ["outbox.db", "cache.db", "sender-"];

    /// Removes what the client kept of an org that is no more; nothing else that may lie
    /// in the folder.
    fn forget(client: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::local(&format!("cannot empty {}: {error}", client.display()))
        };
        let entries = match std::fs::read_dir(client) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if OWN_FILES.iter().any(|own| name.starts_with(own)) {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Where a running org is held and announced.
    struct Place {
        keep: Keep,
        address: PathBuf,
    }

    impl Place {
        fn start_or_find(&self, options: Options) -> Result<String, Failure> {
            match demo::start(options) {
                Ok(org) => self.serve(org),
                Err(error) if error.is_in_use() => running(&self.address),
                Err(error) => Err(Failure::local(&error.to_string())),
            }
        }

        fn serve(&self, org: Org) -> Result<String, Failure> {
            let base = org.base_url().to_owned();
            announce(&self.address, &base)?;
            *self.keep.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(org);
            Ok(base)
        }
    }

    /// Leaves the address where another process of this user finds it.
    fn announce(file: &Path, base: &str) -> Result<(), Failure> {
        std::fs::write(file, base)
            .map_err(|error| Failure::local(&format!("cannot write {}: {error}", file.display())))
    }

    /// Where the process that has the data serves it.
    fn running(file: &Path) -> Result<String, Failure> {
        std::fs::read_to_string(file).map_err(|error| {
            Failure::local(&format!(
                "the demo org runs in another process, but {} does not say where: {error}",
                file.display()
            ))
        })
    }
}
