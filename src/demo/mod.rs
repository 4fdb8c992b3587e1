//! The demo org: a local Salesforce over HTTP on SQLite.
//!
//! Imports nothing of the rest of the program: it is reached over HTTP and OAuth
//! like any other org, has JSON shapes of its own and its own SOQL parser.
//!
//! A request comes in at `server`, is answered by `engine` in one transaction, goes
//! through `routes` to `rows` or `soql`, and down to the tables of `store`.

mod body;
mod budget;
mod bulk;
mod call;
mod coding;
mod composite;
mod conditional;
mod cursors;
mod describe;
mod engine;
mod error;
mod events;
mod exchange;
mod exports;
pub mod faults;
mod fields;
mod formula;
mod ids;
mod line;
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
mod users;
mod value;
mod wire;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::oneshot;

use budget::Budget;
use engine::{Engine, Start};
use exchange::Front;
use exports::Exports;
use faults::{Faults, Rules};
use log::Log;
use schema::Schema;
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
    /// What goes wrong on purpose.
    pub faults: Rules,
    /// Serves https with this certificate.
    pub tls: Option<TlsFiles>,
    /// What the org's administrator decided about logging in.
    pub login: LoginPolicy,
}

/// Files of a server's certificate, both in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate and what stands between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
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
    /// The certificate cannot be served.
    #[error("the demo org's certificate: {0}")]
    Tls(String),
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
    faults: Faults,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Org {
    /// `http://127.0.0.1:PORT`, or `https`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What goes wrong on purpose, for changing while it runs.
    pub fn faults(&self) -> &Faults {
        &self.faults
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
    let files = options.tls.as_ref();
    let tls = files.map(|files| server::tls(&files.certificate, &files.key));
    let tls = tls.transpose().map_err(StartError::Tls)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let base_url = format!("{scheme}://{address}");
    let (store, schema) = opened(&options)?;
    let log = match options.log {
        Some(path) => Some(Log::open(&path).map_err(|source| StartError::Log { path, source })?),
        None => None,
    };
    let budget = Arc::new(Budget::default());
    let faults = Faults::new(options.faults, Arc::clone(&budget));
    let start = Start {
        schema,
        base_url: base_url.clone(),
        token: options.token.as_deref(),
        policy: options.login,
        faults: faults.clone(),
        budget,
    };
    let engine = Arc::new(Engine::new(&store.db, start));
    let (jobs, inbox) = mpsc::channel();
    let jobs = Arc::new(jobs);
    let path = store.path().to_owned();
    let exports = Exports::new(Arc::clone(&engine), path.clone(), Arc::downgrade(&jobs));
    let front = Front {
        bell: engine.bell(),
        sides: Sides::new(Arc::clone(&engine), path, jobs),
        faults: faults.clone(),
        uploads: options.data.join(bulk::files::FOLDER),
        latency: options.latency,
        log: log.map(Mutex::new),
    };
    let (stop, stopped) = oneshot::channel();
    let worker = thread("demo-org", move || {
        sides::work(&store, &engine, &inbox, exports)
    })?;
    let server = thread("demo-http", move || {
        if let Err(fault) = server::serve(listener, front, tls, stopped) {
            eprintln!("demo org: {fault}");
        }
    })?;
    Ok(Org {
        base_url,
        faults,
        stop: Some(stop),
        threads: vec![server, worker],
    })
}

/// The data, brought up to date, and the objects as they are by now.
fn opened(options: &Options) -> Result<(Store, Schema), StartError> {
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
    let schema = schema::change::applied(&store.db, schema)
        .map_err(|fault| StartError::Schema(fault.body().to_string()))?;
    Ok((store, schema))
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    Builder::new()
        .name(name.into())
        .spawn(work)
        .map_err(StartError::Thread)
}
