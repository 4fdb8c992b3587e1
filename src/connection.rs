//! Connections by name: which one is meant, where its org is, and how to get in. Those
//! of the settings, and two more: `env`, from the environment and never stored, and
//! `demo`, the built-in org.

use crate::config::{Config, Folders, edit};
use crate::domain::connection::{Connection, ConnectionKind};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::suggest::did_you_mean;
use crate::sf::version::ApiVersion;
use crate::vault::Vault;
use crate::worker::{Access, ConnectFn, House, Settings, Shelf, Ways};

/// The environment's connection.
pub const ENV: &str = "env";
/// The built-in org.
pub const DEMO: &str = "demo";

const URL: &str = "SFW_TUI_INSTANCE_URL";
const TOKEN: &str = "SFW_TUI_ACCESS_TOKEN";

/// Which connection is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    One(String),
    /// One of these; the user must say which.
    Several(Vec<String>),
    /// There is none yet.
    NoneYet,
}

/// Which connection to use: the one named, the environment's where it is set, the
/// settings' default, or the only one.
///
/// # Errors
/// When none has the name.
pub fn choose(named: Option<String>, config: &Config) -> Result<Choice, Failure> {
    let names = || config.connections.iter().map(|known| known.name.as_str());
    if let Some(name) = named {
        return match name == ENV || name == DEMO || names().any(|known| known == name) {
            true => Ok(Choice::One(name)),
            false => Err(Failure::input(&format!(
                "no connection is named `{name}`{}; `sfw-tui conn list` shows them, \
                 `sfw-tui login {name}` makes it",
                did_you_mean(&name, names().chain([ENV, DEMO]))
            ))),
        };
    }
    if std::env::var_os(URL).is_some() {
        return Ok(Choice::One(ENV.to_owned()));
    }
    let default = config.connections.iter().find(|known| known.is_default);
    match (default, config.connections.as_slice()) {
        (Some(one), _) | (None, [one]) => Ok(Choice::One(one.name.clone())),
        (None, []) => Ok(Choice::NoneYet),
        (None, _) => Ok(Choice::Several(names().map(str::to_owned).collect())),
    }
}

impl Choice {
    /// The one meant, for a verb that cannot ask.
    ///
    /// # Errors
    /// When it is not clear.
    pub fn one(self) -> Result<String, Failure> {
        match self {
            Self::One(name) => Ok(name),
            Self::Several(names) => Err(Failure::input(&format!(
                "say which org is meant: `-c {}`, or `sfw-tui conn use NAME` once for all",
                names.join("`, `-c ")
            ))),
            Self::NoneYet => Err(Failure::input(
                "no org to write to: `sfw-tui login NAME --host ADDRESS` logs in to one, \
                 `sfw-tui demo` opens one to try",
            )),
        }
    }
}

/// What all connections share.
pub fn house(folders: &Folders, config_file: &std::path::Path) -> House {
    let mut built_in = Vec::new();
    if let Ok(url) = std::env::var(URL) {
        built_in.push(Connection::new(ENV, &url));
    }
    if cfg!(feature = "demo") {
        built_in.push(Connection {
            kind: ConnectionKind::BuiltIn,
            ..Connection::new(DEMO, "")
        });
    }
    House {
        shelf: Some(Shelf {
            file: config_file.to_owned(),
            read: edit::read,
            put: edit::put,
            remove: edit::remove,
            choose: edit::choose,
        }),
        state_dir: folders.state.clone(),
        built_in,
        home: directories::BaseDirs::new().map(|found| found.home_dir().to_owned()),
    }
}

/// What is needed to find a connection's org.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The settings.
    pub config: &'a Config,
    /// Where things are kept.
    pub folders: &'a Folders,
    /// What all connections share.
    pub house: &'a House,
}

/// How the worker reaches a connection of the settings, with the login it has or will
/// get.
///
/// # Errors
/// When none has the name.
pub fn named(name: &str, place: Place<'_>) -> Result<Settings, Failure> {
    let known = place.config.connections.iter();
    let found = known
        .clone()
        .find(|known| known.name == name)
        .ok_or_else(|| Failure::input(&format!("no connection is named `{name}`")))?;
    let login = Vault::in_state(&place.house.state_dir).login(name)?;
    let connect: ConnectFn = Box::new(|| Ok(Access::Stored));
    let instance = login.map(|login| login.pin.instance_url);
    let settings = settings(name, connect, instance, place)?;
    let own = found.api_version.as_deref().map(str::parse::<ApiVersion>);
    Ok(Settings {
        api_version: own.transpose()?.or(settings.api_version),
        ..settings
    })
}

/// A worker for what concerns no org: listing connections, logging in to the first one.
///
/// # Errors
/// When the settings hold an impossible API version.
pub fn nowhere(place: Place<'_>) -> Result<Settings, Failure> {
    let connect: ConnectFn = Box::new(|| {
        Err(Failure::new(
            FailureKind::Login,
            "NOT_CHOSEN",
            "no connection is chosen",
        ))
    });
    settings("", connect, None, place)
}

/// How the worker reaches the environment's org.
///
/// # Errors
/// When one of the two variables is missing or empty.
pub fn from_environment(place: Place<'_>) -> Result<Settings, Failure> {
    let read = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| Failure::input(&format!("set {name}: it is missing or empty")))
    };
    let instance_url = read(URL)?;
    let token = read(TOKEN)?;
    let instance = instance_url.clone();
    let connect: ConnectFn = Box::new(move || {
        Ok(Access::Token {
            instance_url,
            token: token.into(),
        })
    });
    settings(ENV, connect, Some(instance), place)
}

fn settings(
    connection: &str,
    connect: ConnectFn,
    instance_url: Option<String>,
    place: Place<'_>,
) -> Result<Settings, Failure> {
    let api_version = place.config.api_version.as_deref();
    Ok(Settings {
        connection: connection.to_owned(),
        connect,
        instance_url,
        state_dir: place.folders.state.clone(),
        cache_dir: place.folders.cache.clone(),
        api_version: api_version
            .map(str::parse::<ApiVersion>)
            .transpose()
            .map_err(|error| Failure::input(&format!("network.api_version: {error}")))?,
        house: place.house.clone(),
        ways: Ways::default(),
    })
}

/// The built-in org: started in this process, or found running in another.
#[cfg(feature = "demo")]
pub mod builtin {
    use std::io::ErrorKind;
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex, PoisonError};

    use super::{Access, ConnectFn, Failure, Folders, Place, Settings, settings};
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

    /// How the worker reaches the demo org, under the name the user has for it; it starts when the worker first connects, or
    /// at once where it starts over.
    ///
    /// # Errors
    /// When the old data cannot be removed, or another process uses them.
    pub fn connect(
        name: &str,
        choice: &Choice,
        keep: &Keep,
        place: Place<'_>,
    ) -> Result<Settings, Failure> {
        let folders = place.folders;
        let root = choice.root(folders);
        let client = root.join("client");
        let options = Options {
            data: choice.org_folder(folders),
            fresh: choice.fresh,
            rows: choice.rows,
            faults: choice.faults.clone(),
            ..Options::default()
        };
        let spot = Spot {
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
                Some(org) => spot.serve(org)?,
                None => spot.start_or_find(options)?,
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
        settings(
            name,
            connect,
            None,
            Place {
                folders: &own,
                ..place
            },
        )
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
    struct Spot {
        keep: Keep,
        address: PathBuf,
    }

    impl Spot {
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
