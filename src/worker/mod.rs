//! Runs jobs: the only sender of writes, the only user of the network and of what is on
//! disk. Knows nothing of screens: plain jobs in, plain answers out.
//!
//! ```text
//! Worker (a thread) ─▶ Engine ─▶ one file per sort of job ─▶ line (login, version)
//!                        │                                     └▶ wire (slots, renewal) ─▶ sf
//!                        └▶ outbox, cache (opened at first need)
//! ```

mod asked;
mod block;
mod check;
mod connect;
mod connections;
mod describe;
mod draft;
mod engine;
mod export;
mod list_view;
mod locks;
mod log;
mod login;
mod lookup;
mod names;
mod page;
mod query;
mod search;
mod stored;
mod suggestion;
mod thread;
mod times;
mod wire;
mod write;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::domain::connection::Connection;
use crate::domain::failure::Failure;
use crate::sf::version::ApiVersion;

pub use engine::Engine;
pub use thread::Worker;
pub use times::{Sleep, Times};
pub use write::Ways;

/// What one connection's worker needs to know.
pub struct Settings {
    /// Name of the connection (`demo`, `env`).
    pub connection: String,
    /// Finds out how to log in. Run once, at first need, off the worker's own thread: it
    /// may ask a key store or start an org.
    pub connect: ConnectFn,
    /// The instance, where it is known up front: a cache of another one is not shown.
    pub instance_url: Option<String>,
    /// Where the outbox is.
    pub state_dir: PathBuf,
    /// Where the cache is.
    pub cache_dir: PathBuf,
    /// API version to speak where the org offers it; `None` is the newest tested.
    pub api_version: Option<ApiVersion>,
    /// What all connections share.
    pub house: House,
    /// What may make new records safe to send again, besides what the org offers.
    pub ways: Ways,
}

impl Settings {
    /// The same for a second worker, which never connects.
    pub fn again(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            connect: Box::new(|| Err(Failure::local("this worker connects to nothing"))),
            instance_url: self.instance_url.clone(),
            state_dir: self.state_dir.clone(),
            cache_dir: self.cache_dir.clone(),
            api_version: self.api_version,
            house: self.house.clone(),
            ways: self.ways.clone(),
        }
    }
}

/// What all connections of one user share.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// Where the settings are read and changed; nothing is where `None`.
    pub shelf: Option<Shelf>,
    /// Where logins are kept.
    pub state_dir: PathBuf,
    /// Connections that come with the program or the environment.
    pub built_in: Vec<Connection>,
    /// The user's home, where other programs keep what they know.
    pub home: Option<PathBuf>,
}

/// The settings of connections, as far as a worker reads and changes them.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The config file.
    pub file: PathBuf,
    /// Reads every connection.
    pub read: fn(&Path) -> Vec<Connection>,
    /// Writes one.
    pub put: fn(&Path, &Connection) -> Result<(), Failure>,
    /// Removes one; says whether it was there.
    pub remove: fn(&Path, &str) -> Result<bool, Failure>,
    /// Makes one the one to use where none is named.
    pub choose: fn(&Path, &str) -> Result<(), Failure>,
}

impl House {
    /// Every connection of the settings.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        let read = self.shelf.as_ref().map(|shelf| (shelf.read)(&shelf.file));
        read.unwrap_or_default()
    }

    pub(crate) fn shelf(&self) -> Result<&Shelf, Failure> {
        let missing = || Failure::local("there is no config file to change");
        self.shelf.as_ref().ok_or_else(missing)
    }
}

/// Finds out how to log in.
pub type ConnectFn = Box<dyn FnOnce() -> Result<Access, Failure> + Send>;

/// How to log in.
#[derive(Debug, Clone)]
pub enum Access {
    /// With an access token from elsewhere.
    Token {
        /// `https://…`.
        instance_url: String,
        /// The token.
        token: SecretString,
    },
    /// Authorization code with PKCE against an org that asks no questions (loopback).
    Authorize {
        /// `http://127.0.0.1:…`.
        login_url: String,
        /// The app's client id.
        client_id: String,
        /// As registered with the app.
        redirect_uri: String,
    },
    /// With the login that the vault has under the connection's name.
    Stored,
}

#[cfg(test)]
mod tests;
