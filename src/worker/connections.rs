//! Jobs about connections as such: listing, changing, testing and ending their logins.

use secrecy::SecretString;

use crate::domain::connection::{Connection, Mode};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::{TokenState, TokenStore};
use crate::job::login::{ConnectionRow, Connections};
use crate::job::{Reply, Source};
use crate::sf::client::{self, Client};
use crate::sf::identity;
use crate::sf::login::{LoginHost, grant};
use crate::sf::version::{self, ApiVersion};
use crate::vault::{Login, Way};

use super::asked::Asked;
use super::connect;
use super::engine::Engine;
use super::login::http_of;
use super::stored::Stored;
use super::suggestion;
use super::wire::stopped;

/// `Job::Connections`.
pub(super) fn list(engine: &Engine) -> Result<Reply, Failure> {
    let mut rows = Vec::new();
    for connection in engine.house.connections() {
        let is_built_in = engine
            .house
            .built_in
            .iter()
            .any(|known| known.name == connection.name);
        rows.push(row(engine, (connection, is_built_in))?);
    }
    for built_in in &engine.house.built_in {
        if !rows.iter().any(|row| row.connection.name == built_in.name) {
            rows.push(row(engine, (built_in.clone(), true))?);
        }
    }
    let known: Vec<&Connection> = rows.iter().map(|row| &row.connection).collect();
    let suggestions = match &engine.house.home {
        Some(home) => suggestion::found(home, &known),
        None => Vec::new(),
    };
    Ok(Reply::Connections(Box::new(Connections {
        rows,
        suggestions,
    })))
}

fn row(
    engine: &Engine,
    (connection, is_built_in): (Connection, bool),
) -> Result<ConnectionRow, Failure> {
    let login = match is_built_in {
        true => None,
        false => engine.vault.login(&connection.name)?,
    };
    Ok(ConnectionRow {
        state: login.as_ref().map_or(TokenState::Absent, Login::state),
        store: login
            .as_ref()
            .map_or(TokenStore::Nothing, |login| login.kept.store()),
        renewed: login.as_ref().map(|login| login.renewed),
        pin: login.map(|login| login.pin),
        connection,
        is_built_in,
    })
}

/// The settings of a connection, or of one built in.
fn named(engine: &Engine, name: &str) -> Result<Connection, Failure> {
    engine
        .house
        .connections()
        .into_iter()
        .chain(engine.house.built_in.iter().cloned())
        .find(|known| known.name == name)
        .ok_or_else(|| Failure::input(&format!("no connection is named `{name}`")))
}

/// `Job::SaveConnection`.
pub(super) fn save(engine: &Engine, connection: &Connection) -> Result<Reply, Failure> {
    if !connection.host.is_empty() {
        LoginHost::parse(&connection.host, connection.kind)?;
    }
    let shelf = engine.house.shelf()?;
    (shelf.put)(&shelf.file, connection)?;
    list(engine)
}

/// `Job::SetMode`.
pub(super) fn set_mode(engine: &Engine, name: &str, mode: Mode) -> Result<Reply, Failure> {
    let mut connection = named(engine, name)?;
    connection.mode = Some(mode);
    let shelf = engine.house.shelf()?;
    (shelf.put)(&shelf.file, &connection)?;
    list(engine)
}

/// `Job::ChooseConnection`.
pub(super) fn choose(engine: &Engine, name: &str) -> Result<Reply, Failure> {
    named(engine, name)?;
    let shelf = engine.house.shelf()?;
    (shelf.choose)(&shelf.file, name)?;
    list(engine)
}

/// `Job::RemoveConnection`.
pub(super) fn remove(engine: &Engine, name: &str) -> Result<Reply, Failure> {
    if engine.vault.login(name)?.is_some() {
        return Err(Failure::input(&format!(
            "`{name}` is still logged in: log out first, which ends it in the org, too"
        )));
    }
    let shelf = engine.house.shelf()?;
    match (shelf.remove)(&shelf.file, name)? {
        true => list(engine),
        false => Err(Failure::input(&format!(
            "the settings have no connection named `{name}`"
        ))),
    }
}

/// `Job::TestConnection`: the login holds, is whose it was, and may use the API.
pub(super) async fn test(engine: &Engine, asked: &Asked<'_>, name: &str) -> Result<Reply, Failure> {
    if name == engine.connection {
        return match connect::run(engine, asked, Source::Org).await? {
            Reply::Connected(session) => Ok(Reply::Tested(session)),
            other => Ok(other),
        };
    }
    let fresh = Stored::new(name, engine.vault.clone()).fresh(None).await?;
    let client = Client::new(
        client::http(&fresh.origin)?,
        fresh.origin.clone(),
        fresh.token,
    );
    let reply = client.read(&identity::userinfo()).await?;
    let identity = identity::read_userinfo(&reply.body)?;
    if identity.org_id.to_string() != fresh.pin.org_id
        || identity.user_id.to_string() != fresh.pin.user_id
    {
        let message = format!("the login of `{name}` now belongs to another user or org");
        return Err(Failure::new(FailureKind::Login, "OTHER_IDENTITY", &message));
    }
    may_use_api(&client).await?;
    Ok(Reply::Tested(connect::session_of(
        name,
        &fresh.origin,
        identity,
    )))
}

/// Asks the API itself: a token may be good and its user not allowed to use the API.
pub(super) async fn may_use_api(client: &Client) -> Result<(), Failure> {
    let reply = client.read(&version::versions()).await?;
    let newest = ApiVersion::choose(&version::read_versions(&reply.body)?);
    client.read(&version::resources(newest)).await.map(drop)
}

/// `Job::Logout`: ends the login in the org, and removes it here whatever the org says.
pub(super) async fn log_out(engine: &Engine, name: &str) -> Result<Reply, Failure> {
    let (vault, owned) = (engine.vault.clone(), name.to_owned());
    let locked = tokio::task::spawn_blocking(move || vault.lock(&owned));
    let locked = locked.await.unwrap_or_else(|error| Err(stopped(&error)))?;
    let Some(login) = locked.login()? else {
        return Err(Failure::input(&format!("`{name}` is not logged in")));
    };
    // Asked first: a locked login must not be thrown away without being ended.
    let secret = engine.vault.open(name, &login)?;
    let token = match (&login.way, secret) {
        (Way::Refresh, Some(secret)) => Some(SecretString::from(secret.expose())),
        _ => engine
            .vault
            .access(name)
            .map(|access| SecretString::from(access.token.expose())),
    };
    let revoked = match token {
        Some(token) => revoke(&login, &token).await,
        None => Ok(()),
    };
    locked.remove()?;
    engine.entered(name);
    Ok(Reply::LoggedOut(revoked.err()))
}

async fn revoke(login: &Login, token: &SecretString) -> Result<(), Failure> {
    let host = LoginHost::read(&login.login_url)?;
    grant::revoke(&http_of(&host)?, &host, token).await
}
