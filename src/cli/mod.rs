//! The command line: arguments, and one file a verb. Verbs run the same jobs through
//! the same worker as the screens, and leave the same rows in the outbox.

mod block;
mod bulk;
pub mod config;
mod conn;
mod describe;
mod errors;
mod log;
pub mod login;
mod outbox;
mod output;
mod prompt;
mod query;
mod read;
mod runner;
mod search;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::domain::failure::Failure;
use crate::vault::Vault;
use crate::worker::Settings;

pub use output::{Exit, report};

/// Write to Salesforce from a terminal: find, edit, log, and every failure explained.
#[derive(Debug, Parser)]
#[command(name = "sfw-tui", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Arguments {
    /// Connection to use: one of `conn list`, `env` (SFW_TUI_INSTANCE_URL and
    /// SFW_TUI_ACCESS_TOKEN), or `demo`
    #[arg(short, long, global = true, env = "SFW_TUI_CONNECTION")]
    pub connection: Option<String>,
    /// Config file to read instead of the usual one
    #[arg(long, global = true, env = "SFW_TUI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set a setting for this run: `screen.theme=dark`; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Colours: auto, dark, light, mono, high-contrast or cvd
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// When colour is used: auto, always or never
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do; without a verb the screens open
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl Arguments {
    /// What the flags set, each with the flag that says so.
    pub fn settings(&self) -> Vec<(String, String)> {
        let named = [
            ("--theme", "screen.theme", &self.theme),
            ("--color", "screen.color", &self.color),
        ];
        let named = named.into_iter().filter_map(|(flag, setting, value)| {
            let value = value.as_ref()?;
            Some((flag.to_owned(), format!("{setting}={value}")))
        });
        let set = self.set.iter().map(|set| ("--set".to_owned(), set.clone()));
        named.chain(set).collect()
    }
}

const EXIT_CODES: &str = "Exit codes: 0 ok, 1 refused or failed, 2 wrong input, 3 partly done, \
4 login or permission, 5 network or outcome unknown, 6 limit reached, 7 conflict";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Open the screens on the built-in demo org: no account, no network
    Demo(DemoArguments),
    /// Serve the demo org until Ctrl-C
    DemoOrg(DemoOrgArguments),
    /// Log in to an org, with a browser anywhere; makes the connection where it is new
    Login(Box<login::Arguments>),
    /// End a login, here and in the org
    Logout(login::LogoutArguments),
    /// Give the passphrase of the logins, for this and other sessions
    Unlock,
    /// List connections; add, edit, remove, test, use
    #[command(subcommand)]
    Conn(conn::Arguments),
    /// Find records
    Search(search::Arguments),
    /// Read one record
    Get(read::Arguments),
    /// Create a record
    Create(write::CreateArguments),
    /// Change fields of a record
    Update(write::UpdateArguments),
    /// Move a record to the recycle bin
    Delete(write::DeleteArguments),
    /// Write a file of rows: upsert, update, insert or delete, every row accounted for
    Write(Box<block::Arguments>),
    /// Run a SOQL query, or write its result to a file
    Query(query::Arguments),
    /// List objects, or the fields of one
    Describe(describe::Arguments),
    /// Log a call, meeting, task or note
    Log(log::Arguments),
    /// What was written and what became of it; send, cancel, link, pause
    Outbox(outbox::Arguments),
    /// The settings: where the file is, what holds and why, what is wrong
    Config(config::Arguments),
    /// Runs of bulk writes: see them, go on with one, end one
    Bulk(bulk::Arguments),
    /// Rows that bulk writes could not write: see, take out, change, send again
    Errors(errors::Arguments),
    /// Take a write back, where the record has not moved on
    Undo(outbox::UndoArguments),
}

impl Verb {
    /// It concerns no org that one is logged in to.
    pub fn is_about_connections(&self) -> bool {
        matches!(
            self,
            Self::Login(_) | Self::Logout(_) | Self::Unlock | Self::Conn(_)
        )
    }
}

/// Arguments of `demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct DemoArguments {
    /// Start over with new data
    #[arg(long)]
    pub fresh: bool,
    /// Folder for the org's data
    #[arg(long, env = "SFW_TUI_DEMO_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Contacts to add to the story's
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub rows: u64,
    /// What goes wrong on purpose; assets/demo/faults.example.toml shows the form
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

/// Arguments of `demo-org`.
#[derive(Debug, Clone, Args)]
pub struct DemoOrgArguments {
    /// What `demo` takes, too
    #[command(flatten)]
    pub org: DemoArguments,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub port: u16,
    /// Access token to accept as an administrator's
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Milliseconds to wait before each reply
    #[arg(long, value_name = "MS", value_parser = milliseconds, default_value = "0")]
    pub latency: Duration,
    /// File that gets one JSON line a request
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Certificate to serve https with, and those between it and its authority; PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key; PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// How people and apps log in
    #[command(flatten)]
    pub login: DemoLoginArguments,
}

/// Arguments of `demo-org` about logging in.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Login")]
pub struct DemoLoginArguments {
    /// Show the login page to this program, too, instead of letting it in at once
    #[arg(long)]
    pub login_page: bool,
    /// Refuse an authorization without a PKCE challenge
    #[arg(long)]
    pub require_pkce: bool,
    /// Give a new refresh token with every refresh; the old one used again ends the login
    #[arg(long)]
    pub rotate_refresh_tokens: bool,
    /// Seconds a session lives without use
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    pub session_lifetime: u64,
    /// User whose profile allows no login from this machine's address; may be repeated
    #[arg(long, value_name = "USERNAME")]
    pub ip_restricted: Vec<String>,
    /// Certificate or public key (PEM) whose holder may log in by JWT; may be repeated
    #[arg(long, value_name = "FILE")]
    pub jwt_cert: Vec<PathBuf>,
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_millis)
        .map_err(|_| "write whole milliseconds".to_owned())
}

/// Runs a verb that talks to an org; the outcome is printed.
pub fn run(verb: Verb, settings: Settings, json: bool) -> Exit {
    let outcome = match verb {
        Verb::Login(arguments) => login::run(&arguments, settings, json),
        verb => with_runner(verb, settings, json),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => report(&failure, json),
    }
}

/// An encrypted login is opened first: a write must not be left waiting for a word.
fn with_runner(verb: Verb, settings: Settings, json: bool) -> Result<Exit, Failure> {
    let needs_passphrase = !verb.is_about_connections()
        && prompt::is_somebody_there()
        && Vault::in_state(&settings.house.state_dir).needs_passphrase(&settings.connection)?;
    let runner = runner::Runner::new(settings)?;
    if needs_passphrase {
        login::ask_passphrase(&runner)?;
    }
    dispatch(verb, &runner, json)
}

fn dispatch(verb: Verb, runner: &runner::Runner, json: bool) -> Result<Exit, Failure> {
    match verb {
        Verb::Search(arguments) => search::run(&arguments, runner, json),
        Verb::Get(arguments) => read::run(&arguments, runner, json),
        Verb::Create(arguments) => write::create(&arguments, runner, json),
        Verb::Update(arguments) => write::update(&arguments, runner, json),
        Verb::Delete(arguments) => write::delete(&arguments, runner, json),
        Verb::Write(arguments) => block::run(&arguments, runner, json),
        Verb::Query(arguments) => query::run(&arguments, runner, json),
        Verb::Describe(arguments) => describe::run(&arguments, runner, json),
        Verb::Log(arguments) => log::run(&arguments, runner, json),
        Verb::Outbox(arguments) => outbox::run(&arguments, runner, json),
        Verb::Bulk(arguments) => bulk::run(&arguments, runner, json),
        Verb::Errors(arguments) => errors::run(&arguments, runner, json),
        Verb::Undo(arguments) => outbox::undo(&arguments, runner, json),
        Verb::Conn(arguments) => conn::run(&arguments, runner, json),
        Verb::Logout(arguments) => login::log_out(&arguments, runner, json),
        Verb::Unlock => login::unlock(runner, json),
        Verb::Login(_) => Err(Failure::input("a login asks questions of its own")),
        Verb::Demo(_) | Verb::DemoOrg(_) | Verb::Config(_) => {
            Err(Failure::input("this verb needs no connection"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_coherent() {
        Arguments::command().debug_assert();
    }
}
