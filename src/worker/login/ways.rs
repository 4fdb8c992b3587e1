//! The ways to get tokens: a browser anywhere, another device, a key, a secret.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::door::{Door, PORTS, Page};
use super::{Got, Talk, ended};
use crate::domain::connection::{Connection, ConnectionKind};
use crate::domain::failure::Failure;
use crate::domain::login::{LoginDoor, LoginStep, LoginWord, Secret};
use crate::job::login::{LoginAsk, LoginWay};
use crate::sf::client::{self, Http};
use crate::sf::login::{self, App, Attempt, LoginHost, Tokens, grant};
use crate::sf::origin::Origin;
use crate::vault::{Way, secret_file};

/// How long a login waits for somebody.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The consumer key that orgs on this machine know.
const LOCAL_CLIENT_ID: &str =
    "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000001";

/// The connections to a login host.
pub(in super::super) fn http_of(host: &LoginHost) -> Result<Http, Failure> {
    client::http(host.origin())
}

/// Host and app of a connection.
fn app_of(connection: &Connection) -> Result<(LoginHost, App), Failure> {
    if connection.kind == ConnectionKind::BuiltIn {
        return Err(Failure::input(&format!(
            "`{}` is the built-in org, which needs no login",
            connection.name
        )));
    }
    let host = LoginHost::parse(connection.login_host(), connection.kind)?;
    let client_id = match (&connection.client_id, host.is_loopback()) {
        (Some(client_id), _) => client_id.clone(),
        (None, true) => LOCAL_CLIENT_ID.to_owned(),
        (None, false) => return Err(no_app(&connection.name)),
    };
    let app = App {
        client_id,
        redirect_uri: redirect(PORTS[0]),
        scopes: connection.scopes.clone(),
        user: connection.user.clone(),
    };
    Ok((host, app))
}

fn no_app(name: &str) -> Failure {
    Failure::input(&format!(
        "`{name}` names no app to log in as: have your administrator register one (README, \
         \"Your own org\"), then give its consumer key: `sfw-tui login {name} --client-id KEY`"
    ))
}

fn redirect(port: u16) -> String {
    format!("http://localhost:{port}/callback")
}

/// Gets tokens in the way that was asked for.
pub(super) async fn get(talk: &mut Talk<'_>, ask: &LoginAsk) -> Result<Got, Failure> {
    let connection = &ask.connection;
    match &ask.way {
        LoginWay::Token { instance, token } => by_token(connection, instance.as_deref(), token),
        LoginWay::Web => by_browser(talk, connection).await,
        LoginWay::Device => by_device(talk, connection).await,
        LoginWay::Jwt { key } => by_key(connection, key).await,
        LoginWay::ClientSecret(secret) => by_secret(connection, secret).await,
    }
}

/// A login that its refresh token renews, where it came with one.
fn refreshed(host: LoginHost, app: &App, tokens: Tokens) -> Got {
    let secret = tokens
        .refresh
        .as_ref()
        .map(|token| Secret::new(token.expose_secret()));
    Got {
        host,
        client_id: app.client_id.clone(),
        way: match secret {
            Some(_) => Way::Refresh,
            None => Way::Nothing,
        },
        tokens,
        secret,
    }
}

async fn by_browser(talk: &mut Talk<'_>, connection: &Connection) -> Result<Got, Failure> {
    let (host, mut app) = app_of(connection)?;
    let http = http_of(&host)?;
    let mut door = Door::open().await;
    app.redirect_uri = redirect(door.port().unwrap_or(PORTS[0]));
    let attempt = login::authorize(&host, &app)?;
    talk.say(LoginStep::Open(LoginDoor {
        url: attempt.url.clone(),
        port: door.port(),
        redirect: app.redirect_uri.clone(),
    }));
    let waiting = answer(talk, &mut door, &attempt);
    let code = match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(code) => code?,
        Err(_) => {
            let message = "nobody logged in within five minutes; the login was closed";
            return Err(ended("LOGIN_TIMEOUT", message));
        }
    };
    talk.say(LoginStep::Taken);
    let exchange = login::exchange(&http, &host, &app, (attempt, code));
    let tokens = turn_away_others(talk, &mut door, exchange).await?;
    Ok(refreshed(host, &app, tokens))
}

/// The first good answer, by listener or typed; what is none is dropped with its reason.
async fn answer(
    talk: &mut Talk<'_>,
    door: &mut Door,
    attempt: &Attempt,
) -> Result<SecretString, Failure> {
    loop {
        let checked = tokio::select! {
            visit = door.knock() => {
                if !visit.target.starts_with("/callback") {
                    let is_icon = visit.target.starts_with("/favicon");
                    visit.answer(Page::Nothing).await;
                    if !is_icon {
                        talk.say(LoginStep::Dropped("something came to another path of the listener".to_owned()));
                    }
                    continue;
                }
                let checked = attempt.check_request(&visit.target);
                let page = match &checked {
                    Ok(_) => Page::Taken,
                    Err(failure) if is_refusal(failure) => Page::Taken,
                    Err(_) => Page::Refused,
                };
                visit.answer(page).await;
                checked
            }
            word = talk.hear() => match word? {
                LoginWord::Answer(typed) => attempt.check_typed(&typed),
                _ => continue,
            },
        };
        match checked {
            Ok(code) => return Ok(code),
            // The org said no in answer to this very login: it is over.
            Err(failure) if is_refusal(&failure) => return Err(failure),
            Err(failure) => talk.say(LoginStep::Dropped(failure.message)),
        }
    }
}

/// Whether the org itself refused, and not something foreign came.
fn is_refusal(failure: &Failure) -> bool {
    failure.code != "REDIRECT"
}

/// While tokens are fetched, a second answer is told that it is late.
async fn turn_away_others(
    talk: &mut Talk<'_>,
    door: &mut Door,
    exchange: impl Future<Output = Result<Tokens, Failure>>,
) -> Result<Tokens, Failure> {
    let mut exchange = std::pin::pin!(exchange);
    loop {
        tokio::select! {
            tokens = &mut exchange => return tokens,
            visit = door.knock() => {
                visit.answer(Page::Refused).await;
                talk.say(LoginStep::Dropped("a second answer came; the first one counts".to_owned()));
            }
            word = talk.hear() => {
                word?;
                talk.say(LoginStep::Dropped("a second answer came; the first one counts".to_owned()));
            }
        }
    }
}

async fn by_device(talk: &mut Talk<'_>, connection: &Connection) -> Result<Got, Failure> {
    let (host, app) = app_of(connection)?;
    let http = http_of(&host)?;
    let code = grant::start_device(&http, &host, &app).await?;
    talk.say(LoginStep::Device {
        user_code: code.user_code.clone(),
        url: code.verification_uri.clone(),
    });
    let begun = Instant::now();
    let mut pause = code.interval();
    while begun.elapsed() < 2 * PATIENCE {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            word = talk.hear() => {
                word?;
                continue;
            }
        }
        match grant::poll_device(&http, &host, (&app.client_id, &code)).await? {
            grant::Device::Waiting => {}
            grant::Device::SlowDown => pause += Duration::from_secs(5),
            grant::Device::Done(tokens) => return Ok(refreshed(host, &app, tokens)),
        }
    }
    Err(ended(
        "LOGIN_TIMEOUT",
        "nobody typed the code within ten minutes",
    ))
}

async fn by_key(connection: &Connection, key: &std::path::Path) -> Result<Got, Failure> {
    let (host, app) = app_of(connection)?;
    let user = connection
        .user
        .clone()
        .ok_or_else(|| Failure::input("a login with a key needs a user name: add --user NAME"))?;
    let signer = grant::Signer::read(&secret_file(key)?, &user)?;
    let tokens = grant::by_jwt(&http_of(&host)?, &host, &app.client_id, &signer).await?;
    let key = std::path::absolute(key)
        .map_err(|error| Failure::local(&format!("cannot use `{}`: {error}", key.display())))?;
    Ok(Got {
        host,
        client_id: app.client_id,
        tokens,
        way: Way::Jwt { key, user },
        secret: None,
    })
}

async fn by_secret(connection: &Connection, secret: &Secret) -> Result<Got, Failure> {
    let (host, app) = app_of(connection)?;
    let tokens = grant::by_client(&http_of(&host)?, &host, &app.client_id, secret).await?;
    Ok(Got {
        host,
        client_id: app.client_id,
        tokens,
        way: Way::ClientSecret,
        secret: Some(secret.clone()),
    })
}

/// A token from elsewhere: it lasts as long as it lasts.
fn by_token(
    connection: &Connection,
    instance: Option<&str>,
    token: &Secret,
) -> Result<Got, Failure> {
    let host = LoginHost::parse(connection.login_host(), connection.kind)?;
    let instance = Origin::parse(instance.unwrap_or(connection.login_host()))?;
    Ok(Got {
        host,
        client_id: connection.client_id.clone().unwrap_or_default(),
        tokens: Tokens {
            access: SecretString::from(token.expose()),
            refresh: None,
            instance,
            identity: None,
        },
        way: Way::Nothing,
        secret: None,
    })
}
