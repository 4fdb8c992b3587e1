//! The demo org: a local Salesforce over HTTP on SQLite.
//!
//! Imports nothing of the rest of the program: it is reached over HTTP and OAuth
//! like any other org, has JSON shapes of its own and its own SOQL parser.
//!
//! A request comes in at `server`, is answered by `engine` in one transaction, goes
//! through `routes` to `rows` or `soql`, and down to the tables of `store`.

mod bulk;
mod call;
mod composite;
mod conditional;
mod cursors;
mod describe;
mod engine;
mod error;
mod events;
mod exports;
mod fields;
mod formula;
mod ids;
mod list_view;
mod log;
mod oauth;
mod quick_action;
mod recent;
mod rights;
mod routes;
mod rows;
mod schema;
mod seed;
mod server;
mod sides;
mod soap;
mod soql;
mod sosl;
mod store;
mod story;
mod tooling;
mod transfer;
mod uiapi;
mod value;
mod wire;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use engine::{Engine, Keys};
use exports::Exports;
use log::Log;
use schema::Schema;
use server::Front;
use sides::Sides;
use store::{Begin, Store};

pub use oauth::jwt::Key as JwtKey;
pub use oauth::{
    CLIENT_ID, CLIENT_SECRET, Policy as LoginPolicy, SERVER_CLIENT_ID, SERVER_CLIENT_SECRET,
    UNINSTALLED_CLIENT_ID,
};
pub use store::StoreError;

/// How a demo org is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// 0 takes a free one.
    pub port: u16,
    /// Folder of its file; made when missing.
    pub data: PathBuf,
    /// Begins anew: deletes the demo org's own files in the folder.
    pub fresh: bool,
    /// Contacts beside those of the story.
    pub rows: u64,
    /// Accepted as an administrator's access token.
    pub token: Option<String>,
    /// Added to every reply.
    pub latency: Duration,
    /// Gets one line of JSON a request.
    pub log: Option<PathBuf>,
    /// What the org's administrator decided about logging in.
    pub login: LoginPolicy,
}

/// Why a demo org did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The port is taken or forbidden.
    #[error("the demo org cannot listen on port {port}: {source}")]
    Port {
        /// As asked for.
        port: u16,
        /// The system's word.
        source: std::io::Error,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The built-in facts cannot be read.
    #[error("the demo org's objects: {0}")]
    Schema(String),
    /// The request log cannot be opened.
    #[error("the demo org's request log {path}: {source}")]
    Log {
        /// As asked for.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// No thread to run in.
    #[error("the demo org cannot start a thread: {0}")]
    Thread(std::io::Error),
}

impl StartError {
    /// Another process serves this data.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Store(StoreError::InUse(_)))
    }
}

/// A running demo org; it stops when dropped.
#[derive(Debug)]
pub struct Org {
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Org {
    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Stops serving and waits until the data are closed.
    pub fn stop(self) {}
}

impl Drop for Org {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself already.
            let _ = stop.send(());
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Binds, opens or creates the data, and serves in threads of its own until the [`Org`]
/// is dropped.
///
/// # Errors
/// See [`StartError`].
pub fn start(options: Options) -> Result<Org, StartError> {
    let port = |source| StartError::Port {
        port: options.port,
        source,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(port)?;
    listener.set_nonblocking(true).map_err(port)?;
    let address = listener.local_addr().map_err(port)?;
    let base_url = format!("http://{address}");
    let schema = Schema::load().map_err(|fault| StartError::Schema(fault.to_string()))?;
    let begin = if options.fresh {
        Begin::Anew
    } else {
        Begin::WithWhatIsThere
    };
    let store = Store::open(&options.data, &schema, begin)?;
    bulk::files::sweep(&store.db).map_err(|source| StoreError::Folder {
        folder: options.data.clone(),
        source,
    })?;
    seed::bring_up(&store.db, &schema, options.rows).map_err(StoreError::from)?;
    rights::seed::bring_up(&store.db, &schema).map_err(StoreError::from)?;
    let log = match options.log {
        Some(path) => Some(Log::open(&path).map_err(|source| StartError::Log { path, source })?),
        None => None,
    };
    let schema = schema::change::applied(&store.db, schema)
        .map_err(|fault| StartError::Schema(fault.body().to_string()))?;
    let keys = Keys {
        token: options.token.as_deref(),
        policy: options.login,
    };
    let engine = Arc::new(Engine::new(&store.db, schema, base_url.clone(), keys));
    let (jobs, inbox) = mpsc::channel();
    let jobs = Arc::new(jobs);
    let path = store.path().to_owned();
    let exports = Exports::new(Arc::clone(&engine), path.clone(), Arc::downgrade(&jobs));
    let sides = Sides::new(Arc::clone(&engine), path, jobs);
    let bell = engine.bell();
    let front = Front {
        bell,
        sides: Arc::new(sides),
        uploads: options.data.join(bulk::files::FOLDER),
        latency: options.latency,
        log: log.map(|log| Arc::new(Mutex::new(log))),
    };
    let (stop, stopped) = oneshot::channel();
    let worker = thread("demo-org", move || {
        sides::work(&store, &engine, &inbox, exports)
    })?;
    let server = thread("demo-http", move || {
        if let Err(fault) = server::serve(listener, front, stopped) {
            eprintln!("demo org: {fault}");
        }
    })?;
    Ok(Org {
        base_url,
        stop: Some(stop),
        threads: vec![server, worker],
    })
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    Builder::new()
        .name(name.into())
        .spawn(work)
        .map_err(StartError::Thread)
}
