//! One login, from its start to a kept token. Talks with whoever logs in by steps and
//! words, so that screens and a plain prompt are the same to it.
//!
//! ```text
//! get tokens (browser, device, key, secret) ─▶ who is it? ─▶ the one we are bound to?
//!                                           ─▶ how to keep it? ─▶ on disk ─▶ LoggedIn
//! ```

mod door;
mod ways;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::domain::connection::Connection;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::{LoggedIn, LoginStep, LoginWord, Pin, Secret, TokenStore};
use crate::job::Reply;
use crate::job::login::LoginAsk;
use crate::sf::client::{self, Client};
use crate::sf::identity;
use crate::sf::login::{LoginHost, Tokens, grant};
use crate::vault::{Access, Kept, Login, Vault, Way};

use super::asked::Asked;
use super::connections;
use super::engine::Engine;
use super::wire::stopped;

pub(super) use ways::http_of;

/// The one who logs in.
struct Talk<'a> {
    asked: &'a Asked<'a>,
    words: UnboundedReceiver<LoginWord>,
}

impl Talk<'_> {
    fn say(&self, step: LoginStep) {
        self.asked.say(Reply::LoginStep(Box::new(step)));
    }

    async fn hear(&mut self) -> Result<LoginWord, Failure> {
        match self.words.recv().await {
            Some(LoginWord::Cancel) => Err(ended("LOGIN_CANCELLED", "the login was cancelled")),
            Some(word) => Ok(word),
            None => Err(ended("LOGIN_CANCELLED", "another login began")),
        }
    }
}

fn ended(code: &str, message: &str) -> Failure {
    Failure::new(FailureKind::Login, code, message)
}

/// What a way in gave.
struct Got {
    host: LoginHost,
    client_id: String,
    tokens: Tokens,
    /// What renews it.
    way: Way,
    /// The secret that goes with it.
    secret: Option<Secret>,
}

/// `Job::Login`.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    ask: &LoginAsk,
) -> Result<Reply, Failure> {
    let (sender, words) = unbounded_channel();
    *engine.login_words.borrow_mut() = Some(sender);
    let mut talk = Talk { asked, words };
    let result = log_in(engine, &mut talk, ask).await;
    // A newer login has put its own in this place.
    if !talk.words.is_closed() {
        engine.login_words.borrow_mut().take();
    }
    result
}

/// `Job::LoginWord`.
pub(super) fn hear(engine: &Engine, word: LoginWord) -> Result<Reply, Failure> {
    let told = engine
        .login_words
        .borrow()
        .as_ref()
        .is_some_and(|words| words.send(word).is_ok());
    match told {
        true => Ok(Reply::LoginHeard),
        false => Err(ended(
            "NO_LOGIN",
            "no login waits for an answer: it was taken already, or it is over",
        )),
    }
}

async fn log_in(engine: &Engine, talk: &mut Talk<'_>, ask: &LoginAsk) -> Result<Reply, Failure> {
    let name = &ask.connection.name;
    let got = ways::get(talk, ask).await?;
    let client = Client::new(
        client::http(&got.tokens.instance)?,
        got.tokens.instance.clone(),
        got.tokens.access.clone(),
    );
    let pin = identify(&client).await?;
    let before = engine.vault.login(name)?;
    bind(talk, &got, (before.as_ref(), &pin)).await?;
    let store = keep(engine, talk, (name, before.as_ref()), (&got, &pin)).await?;
    remember(engine, &ask.connection)?;
    engine.entered(name);
    Ok(Reply::LoggedIn(Box::new(LoggedIn {
        connection: name.clone(),
        pin,
        store,
        warning: connections::may_use_api(&client).await.err(),
    })))
}

/// Asks the org who the token belongs to; what a token reply says of it is not enough.
async fn identify(client: &Client) -> Result<Pin, Failure> {
    let reply = client.read(&identity::userinfo()).await?;
    let identity = identity::read_userinfo(&reply.body)?;
    Ok(Pin {
        org_id: identity.org_id.to_string(),
        user_id: identity.user_id.to_string(),
        username: identity.username,
        user_name: identity.user_name,
        instance_url: client.origin().to_string(),
    })
}

/// A login elsewhere than the first one is the user's to confirm; refused, it is ended
/// in the org, too.
async fn bind(
    talk: &mut Talk<'_>,
    got: &Got,
    (before, found): (Option<&Login>, &Pin),
) -> Result<(), Failure> {
    let Some(pinned) = before
        .map(|login| &login.pin)
        .filter(|pin| !pin.is_same(found))
    else {
        return Ok(());
    };
    talk.say(LoginStep::Elsewhere {
        pinned: pinned.clone(),
        found: found.clone(),
    });
    loop {
        match talk.hear().await {
            Ok(LoginWord::Accept) => return Ok(()),
            Ok(LoginWord::Refuse) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let http = http_of(&got.host)?;
    let token = match &got.secret {
        Some(secret) if got.way == Way::Refresh => SecretString::from(secret.expose()),
        _ => got.tokens.access.clone(),
    };
    let revoked = grant::revoke(&http, &got.host, &token).await;
    let left = match revoked {
        Ok(()) => "the new login was ended again",
        Err(_) => "the new login could not be ended in the org and runs out by itself",
    };
    let message = format!(
        "this login is {} in org {}, and the connection is bound to {} in org {}; nothing was changed, {left}",
        found.username, found.org_id, pinned.username, pinned.org_id
    );
    Err(ended("OTHER_IDENTITY", &message))
}

/// Puts the login on disk, in the way its owner wants.
async fn keep(
    engine: &Engine,
    talk: &mut Talk<'_>,
    (name, before): (&str, Option<&Login>),
    (got, pin): (&Got, &Pin),
) -> Result<TokenStore, Failure> {
    let vault = &engine.vault;
    let store = match &got.secret {
        None => TokenStore::Nothing,
        Some(_) => choose(vault, talk, before).await?,
    };
    let way = match (store, &got.way) {
        (TokenStore::Nothing, Way::Refresh | Way::ClientSecret) => Way::Nothing,
        (_, way) => way.clone(),
    };
    let mut login = Login::new(&got.host.to_string(), &got.client_id, way, pin.clone());
    login.kept = match &got.secret {
        Some(secret) => vault.close(name, &login, (secret, store))?,
        None => Kept::Nothing,
    };
    let access = Access {
        serial: login.serial,
        instance: pin.instance_url.clone(),
        token: Secret::new(got.tokens.access.expose_secret()),
    };
    let (vault, name) = (vault.clone(), name.to_owned());
    let written = tokio::task::spawn_blocking(move || {
        vault.lock(&name)?.write(&login)?;
        vault.share(&name, &access);
        Ok(())
    });
    written.await.unwrap_or_else(|error| Err(stopped(&error)))?;
    Ok(store)
}

/// Encrypted where there is a passphrase; else as its owner says, who may have said it
/// for this connection before.
async fn choose(
    vault: &Vault,
    talk: &mut Talk<'_>,
    before: Option<&Login>,
) -> Result<TokenStore, Failure> {
    if before.is_some_and(|login| login.kept.store() == TokenStore::Plain) {
        return Ok(TokenStore::Plain);
    }
    let has_passphrase = vault.has_passphrase()?;
    if has_passphrase && !vault.is_locked()? {
        return Ok(TokenStore::Encrypted);
    }
    let mut problem = None;
    loop {
        talk.say(LoginStep::Keep {
            has_passphrase,
            problem: problem.take(),
        });
        match talk.hear().await? {
            LoginWord::Plain => return Ok(TokenStore::Plain),
            LoginWord::Forget => return Ok(TokenStore::Nothing),
            LoginWord::Encrypt(passphrase) => match unlock(vault, passphrase).await {
                Ok(()) => return Ok(TokenStore::Encrypted),
                Err(failure) if failure.kind == FailureKind::Input => {
                    problem = Some(failure.message);
                }
                Err(failure) => return Err(failure),
            },
            LoginWord::Answer(_) | LoginWord::Accept | LoginWord::Refuse | LoginWord::Cancel => {
                problem = Some("the login is done; only its keeping is left".to_owned());
            }
        }
    }
}

/// Checks or sets the passphrase. It is slow on purpose, so not on the worker's thread.
pub(super) async fn unlock(vault: &Vault, passphrase: Secret) -> Result<(), Failure> {
    let vault = vault.clone();
    let work = tokio::task::spawn_blocking(move || vault.unlock(&passphrase));
    work.await.unwrap_or_else(|error| Err(stopped(&error)))
}

/// A connection made by logging in gets its place among the settings.
fn remember(engine: &Engine, connection: &Connection) -> Result<(), Failure> {
    let known = engine.house.connections();
    if known.iter().any(|known| known.name == connection.name) {
        return Ok(());
    }
    let shelf = engine.house.shelf()?;
    (shelf.put)(&shelf.file, connection)
}
