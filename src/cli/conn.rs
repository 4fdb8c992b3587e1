//! `conn`: connections listed, added, changed, tested and removed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::connection::{
    Connection, ConnectionKind, Flow, Grant, Grants, Hue, Mode, name_problem,
};
use crate::domain::failure::Failure;
use crate::domain::suggest::did_you_mean;
use crate::domain::text;
use crate::job::login::{ConnectionRow, Connections, Suggestion};
use crate::job::{Job, Reply};

use super::Exit;
use super::output::{json_line, line, table};
use super::runner::{Runner, unexpected};

/// What to do about connections.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List them, with how each login stands and is kept
    List,
    /// Add one without logging in
    Add(EditArguments),
    /// Change one; what is not named stays
    Edit(EditArguments),
    /// Remove one that is logged out
    Remove {
        /// The connection
        name: String,
    },
    /// See whether its login holds, and for whom
    Test {
        /// The connection
        name: String,
    },
    /// Use it where none is named
    Use {
        /// The connection
        name: String,
    },
}

/// Arguments of `conn add` and `conn edit`.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// What it is called
    pub name: String,
    /// What it shall be
    #[command(flatten)]
    pub choices: Choices,
}

/// Settings of a connection, as options.
#[derive(Debug, Clone, Default, Args)]
pub struct Choices {
    /// Where it logs in: login.salesforce.com, test.salesforce.com, or the org's address
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Sort of host: production, sandbox, my-domain, site, custom, demo
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<ConnectionKind>,
    /// Consumer key of the app to log in as
    #[arg(long, value_name = "KEY")]
    pub client_id: Option<String>,
    /// User name to log in as
    #[arg(long, value_name = "USERNAME")]
    pub user: Option<String>,
    /// Scopes to ask for, separated by commas
    #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
    pub scopes: Option<Vec<String>>,
    /// How to log in: web, jwt, client-credentials, device
    #[arg(long, value_name = "FLOW", value_parser = flow)]
    pub flow: Option<Flow>,
    /// Newest API version to speak
    #[arg(long, value_name = "VERSION")]
    pub api_version: Option<String>,
    /// Proxy: http://host:port, socks5h://host:port, none
    #[arg(long, value_name = "PROXY")]
    pub proxy: Option<String>,
    /// More authorities to trust (PEM)
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How carefully it writes: normal, confirm, read-only
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub mode: Option<Mode>,
    /// What it may write, separated by commas: create, edit, delete, bulk, admin, none
    #[arg(long, value_name = "GRANTS", value_parser = grants)]
    pub allow: Option<Grants>,
    /// Colour of its badge: red, green, yellow, blue, magenta, cyan
    #[arg(long, value_name = "COLOR", value_parser = hue)]
    pub color: Option<Hue>,
}

fn one_of<T: Copy>(text: &str, all: &[T], word: fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| word(*one) == text);
    found.ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        let near = did_you_mean(text, words.iter().copied());
        format!("write one of {}{near}", words.join(", "))
    })
}

fn kind(text: &str) -> Result<ConnectionKind, String> {
    one_of(text, &ConnectionKind::ALL, ConnectionKind::word)
}

fn flow(text: &str) -> Result<Flow, String> {
    one_of(text, &Flow::ALL, Flow::word)
}

fn mode(text: &str) -> Result<Mode, String> {
    one_of(text, &Mode::ALL, Mode::word)
}

fn hue(text: &str) -> Result<Hue, String> {
    one_of(text, &Hue::ALL, Hue::word)
}

fn grants(text: &str) -> Result<Grants, String> {
    if text == "none" {
        return Ok(Grants::NONE);
    }
    let words = text
        .split(',')
        .map(|word| one_of(word.trim(), &Grant::ALL, Grant::word));
    words
        .collect::<Result<Vec<_>, _>>()
        .map(|all| Grants::of(&all))
}

impl Choices {
    /// Whether anything was named.
    pub(super) fn is_any(&self) -> bool {
        self.host.is_some()
            || self.kind.is_some()
            || self.client_id.is_some()
            || self.user.is_some()
            || self.scopes.is_some()
            || self.flow.is_some()
            || self.api_version.is_some()
            || self.proxy.is_some()
            || self.ca_file.is_some()
            || self.mode.is_some()
            || self.allow.is_some()
            || self.color.is_some()
    }

    /// Puts what was named into the connection.
    pub(super) fn apply(&self, connection: &mut Connection) -> Result<(), Failure> {
        if let Some(host) = &self.host {
            connection.host = host.trim().to_owned();
            connection.kind = ConnectionKind::of_host(host);
        }
        if let Some(kind) = self.kind {
            connection.kind = kind;
        }
        let set = |to: &mut Option<String>, from: &Option<String>| {
            if from.is_some() {
                to.clone_from(from);
            }
        };
        set(&mut connection.client_id, &self.client_id);
        set(&mut connection.user, &self.user);
        set(&mut connection.api_version, &self.api_version);
        set(&mut connection.proxy, &self.proxy);
        if let Some(scopes) = &self.scopes {
            connection.scopes.clone_from(scopes);
        }
        if let Some(flow) = self.flow {
            connection.flow = flow;
        }
        if self.ca_file.is_some() {
            connection.ca_file.clone_from(&self.ca_file);
        }
        connection.mode = self.mode.or(connection.mode);
        connection.allow = self.allow.or(connection.allow);
        connection.color = self.color.or(connection.color);
        Ok(())
    }
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match arguments {
        Arguments::List => list(&all(runner, Job::Connections)?, json),
        Arguments::Add(edit) => add(edit, runner, json),
        Arguments::Edit(edit) => change(edit, runner, json),
        Arguments::Remove { name } => {
            all(runner, Job::RemoveConnection(name.clone()))?;
            done(&format!("{name} is removed."), name, json)
        }
        Arguments::Test { name } => test(name, runner, json),
        Arguments::Use { name } => {
            all(runner, Job::ChooseConnection(name.clone()))?;
            done(&format!("{name} is used where none is named."), name, json)
        }
    }
}

fn done(text: &str, name: &str, json: bool) -> Result<Exit, Failure> {
    match json {
        true => json_line(&json!({ "ok": true, "connection": name })),
        false => line(text),
    }
    Ok(Exit::Ok)
}

fn all(runner: &Runner, job: Job) -> Result<Connections, Failure> {
    match runner.ask(job)? {
        Reply::Connections(connections) => Ok(*connections),
        other => Err(unexpected(&other)),
    }
}

/// The connection of that name among the settings.
pub(super) fn known(runner: &Runner, name: &str) -> Result<Option<Connection>, Failure> {
    let rows = all(runner, Job::Connections)?.rows;
    Ok(rows
        .into_iter()
        .map(|row| row.connection)
        .find(|known| known.name == name))
}

fn add(edit: &EditArguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    if let Some(problem) = name_problem(&edit.name) {
        return Err(Failure::input(problem));
    }
    if known(runner, &edit.name)?.is_some() {
        return Err(Failure::input(&format!(
            "there is a connection named `{0}` already: `sfw-tui conn edit {0}` changes it",
            edit.name
        )));
    }
    if edit.choices.host.is_none() && edit.choices.kind.is_none() {
        return Err(Failure::input(
            "say where it logs in: --host ADDRESS, or --kind production",
        ));
    }
    save(Connection::new(&edit.name, ""), edit, (runner, json))
}

fn change(edit: &EditArguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let known = known(runner, &edit.name)?
        .ok_or_else(|| Failure::input(&format!("no connection is named `{}`", edit.name)))?;
    if !edit.choices.is_any() {
        return Err(Failure::input(
            "say what to change; `sfw-tui conn edit --help` lists it",
        ));
    }
    save(known, edit, (runner, json))
}

fn save(
    mut connection: Connection,
    edit: &EditArguments,
    (runner, json): (&Runner, bool),
) -> Result<Exit, Failure> {
    edit.choices.apply(&mut connection)?;
    let name = connection.name.clone();
    all(runner, Job::SaveConnection(Box::new(connection)))?;
    done(
        &format!("{name} is saved; `sfw-tui login {name}` logs in."),
        &name,
        json,
    )
}

fn test(name: &str, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match runner.ask(Job::TestConnection(name.to_owned()))? {
        Reply::Tested(session) => {
            match json {
                true => json_line(&json!({
                    "ok": true, "connection": name, "user": session.username, "user_id": session.user_id,
                    "org_id": session.org_id, "instance_url": session.instance_url,
                })),
                false => line(&format!(
                    "{name} works: {} <{}> in org {} at {}",
                    session.user_name, session.username, session.org_id, session.instance_url
                )),
            }
            Ok(Exit::Ok)
        }
        other => Err(unexpected(&other)),
    }
}

fn list(connections: &Connections, json: bool) -> Result<Exit, Failure> {
    if json {
        json_line(&json!({
            "ok": true,
            "connections": connections.rows.iter().map(row_json).collect::<Vec<_>>(),
            "suggestions": connections.suggestions.iter().map(suggestion_json).collect::<Vec<_>>(),
        }));
        return Ok(Exit::Ok);
    }
    let head = [
        "", "NAME", "KIND", "WHERE", "USER", "LOGIN", "KEPT", "MODE", "MAY",
    ];
    let rows: Vec<Vec<String>> = connections.rows.iter().map(cells).collect();
    table(&head.map(str::to_owned), &rows);
    if !connections.suggestions.is_empty() {
        line("");
        line("The Salesforce CLI knows these orgs, too:");
        for it in &connections.suggestions {
            line(&format!(
                "  sfw-tui login {} --host {} --user {}",
                proposed(&it.name),
                it.host,
                it.user
            ));
        }
    }
    Ok(Exit::Ok)
}

/// An alias as a connection's name: a user name has characters that no name may have.
fn proposed(name: &str) -> String {
    let head = name.split('@').next().unwrap_or_default();
    match name_problem(head) {
        None => head.to_owned(),
        Some(_) => "NAME".to_owned(),
    }
}

fn cells(row: &ConnectionRow) -> Vec<String> {
    let it = &row.connection;
    let place = row.pin.as_ref().map_or_else(
        || it.login_host().to_owned(),
        |pin| pin.instance_url.trim_start_matches("https://").to_owned(),
    );
    let user = row.pin.as_ref().map(|pin| pin.username.clone());
    let login = match row.is_built_in {
        true => "built in",
        false => row.state.word(),
    };
    vec![
        if it.is_default { "*" } else { "" }.to_owned(),
        it.name.clone(),
        it.kind.word().to_owned(),
        text::line(&place).into_owned(),
        text::line(&user.or_else(|| it.user.clone()).unwrap_or_default()).into_owned(),
        login.to_owned(),
        match (row.is_built_in, row.pin.is_some()) {
            (false, true) => row.store.word().to_owned(),
            _ => String::new(),
        },
        it.mode().word().to_owned(),
        it.grants().to_string(),
    ]
}

fn row_json(row: &ConnectionRow) -> Value {
    let it = &row.connection;
    let pin = row.pin.as_ref();
    json!({
        "name": it.name,
        "kind": it.kind.word(),
        "host": it.login_host(),
        "production": it.is_production(),
        "default": it.is_default,
        "built_in": row.is_built_in,
        "client_id": it.client_id,
        "flow": it.flow.word(),
        "mode": it.mode().word(),
        "allow": it.grants().iter().map(Grant::word).collect::<Vec<_>>(),
        "login": row.state.word(),
        "store": row.store.word(),
        "user": pin.map(|pin| pin.username.clone()),
        "user_id": pin.map(|pin| pin.user_id.clone()),
        "org_id": pin.map(|pin| pin.org_id.clone()),
        "instance_url": pin.map(|pin| pin.instance_url.clone()),
        "renewed": row.renewed.map(|at| at.to_string()),
    })
}

fn suggestion_json(it: &Suggestion) -> Value {
    json!({ "name": it.name, "host": it.host, "user": it.user })
}
