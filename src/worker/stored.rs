//! A login from the vault: an access token when one is needed, renewed by one process at
//! a time. What a crash can leave behind is decided here.
//!
//! ```text
//! lock ─▶ read ─▶ renewed by another process? use that
//!              ─▶ mark it as being spent (fsync) ─▶ ask the org ─▶ write what came (fsync) ─▶ use it
//! ```
//!
//! Where the org gives a new refresh token each time, an old one used twice ends the
//! login. So one whose mark stands after a crash or a lost answer is never used again:
//! that costs a login and nothing more.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::{Pin, Secret};
use crate::failpoint;
use crate::sf::client::Http;
use crate::sf::login::{self, App, LoginHost, Tokens, grant};
use crate::sf::origin::Origin;
use crate::vault::{Access, Locked, Login, Standing, Vault, Way, secret_file};

use super::login::http_of;
use super::wire::stopped;

/// A connection whose login is kept.
#[derive(Debug)]
pub(super) struct Stored {
    name: String,
    vault: Vault,
    /// One renewal at a time in this process; held while one runs.
    busy: tokio::sync::Mutex<()>,
}

/// A token fit for use.
pub(super) struct Fresh {
    /// Where it is sent.
    pub origin: Origin,
    /// The token.
    pub token: SecretString,
    /// The renewal it came with.
    pub serial: u64,
    /// Whom it belongs to.
    pub pin: Pin,
}

impl Stored {
    pub(super) fn new(name: &str, vault: Vault) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            vault,
            busy: tokio::sync::Mutex::default(),
        })
    }

    /// A token other than the one that came with `dead`. What was begun goes on when
    /// whoever waits for it goes away.
    pub(super) async fn fresh(self: &Arc<Self>, dead: Option<u64>) -> Result<Fresh, Failure> {
        let stored = Arc::clone(self);
        let task = tokio::spawn(async move { stored.obtain(dead).await });
        task.await.unwrap_or_else(|error| Err(stopped(&error)))
    }

    /// Waits for a renewal under way: its answer is worth a login.
    pub(super) async fn settle(&self) {
        drop(self.busy.lock().await);
    }

    async fn obtain(&self, dead: Option<u64>) -> Result<Fresh, Failure> {
        let _busy = self.busy.lock().await;
        let login = self.login(self.vault.login(&self.name)?)?;
        // Most starts find the token of the last one, without waiting for any lock.
        if let Some(fresh) = self.shared(&login, dead)? {
            return Ok(fresh);
        }
        let (vault, name) = (self.vault.clone(), self.name.clone());
        let locked = tokio::task::spawn_blocking(move || vault.lock(&name));
        let locked = locked.await.unwrap_or_else(|error| Err(stopped(&error)))?;
        let login = self.login(locked.login()?)?;
        match self.shared(&login, dead)? {
            Some(fresh) => Ok(fresh),
            None => self.renew(&locked, login).await,
        }
    }

    fn login(&self, found: Option<Login>) -> Result<Login, Failure> {
        found.ok_or_else(|| {
            let message = format!("`{}` is not logged in", self.name);
            Failure::new(FailureKind::Session, "NOT_LOGGED_IN", &message)
        })
    }

    /// What another process, or this one, got with the newest renewal.
    fn shared(&self, login: &Login, dead: Option<u64>) -> Result<Option<Fresh>, Failure> {
        let shared = self
            .vault
            .access(&self.name)
            .filter(|access| access.serial == login.serial && dead != Some(access.serial));
        let Some(access) = shared else {
            return Ok(None);
        };
        Ok(Some(Fresh {
            origin: Origin::parse(&access.instance)?,
            token: SecretString::from(access.token.expose()),
            serial: access.serial,
            pin: login.pin.clone(),
        }))
    }

    async fn renew(&self, locked: &Locked, mut login: Login) -> Result<Fresh, Failure> {
        if login.way == Way::Nothing {
            return Err(self.over("its token has run out, and nothing renews it"));
        }
        match login.standing {
            Standing::Over => return Err(self.over("the org takes it no longer")),
            Standing::Spending => {
                return Err(
                    self.over("its last renewal broke off, and doing it twice would end it")
                );
            }
            Standing::Good => {}
        }
        let secret = self.vault.open(&self.name, &login)?;
        let is_marked = login.way == Way::Refresh && login.rotates != Some(false);
        if is_marked {
            login.standing = Standing::Spending;
            locked.write(&login)?;
        }
        failpoint::reached("renew/marked");
        let reply = self.ask(&login, secret.as_ref()).await;
        failpoint::reached("renew/answered");
        match reply {
            Ok(tokens) => self.take(locked, login, (secret, tokens)),
            Err(failure) => Err(self.settled(locked, login, failure)),
        }
    }

    async fn ask(&self, login: &Login, secret: Option<&Secret>) -> Result<Tokens, Failure> {
        let host = LoginHost::read(&login.login_url)?;
        let http: Http = http_of(&host)?;
        let lost = || self.over("what renews it is gone from the disk");
        match &login.way {
            Way::Refresh => {
                let app = App {
                    client_id: login.client_id.clone(),
                    redirect_uri: String::new(),
                    scopes: Vec::new(),
                    user: None,
                };
                let token = SecretString::from(secret.ok_or_else(lost)?.expose());
                login::refresh(&http, &host, &app, &token).await
            }
            Way::ClientSecret => {
                let secret = secret.ok_or_else(lost)?;
                grant::by_client(&http, &host, &login.client_id, secret).await
            }
            Way::Jwt { key, user } => {
                let signer = grant::Signer::read(&secret_file(key)?, user)?;
                grant::by_jwt(&http, &host, &login.client_id, &signer).await
            }
            Way::Nothing => Err(lost()),
        }
    }

    /// Keeps what came before it is used.
    fn take(
        &self,
        locked: &Locked,
        mut login: Login,
        (old, tokens): (Option<Secret>, Tokens),
    ) -> Result<Fresh, Failure> {
        self.check_identity(&login, &tokens)?;
        if login.way == Way::Refresh {
            let new = tokens
                .refresh
                .as_ref()
                .map(|token| Secret::new(token.expose_secret()));
            let replaced = new.filter(|new| Some(new) != old.as_ref());
            login.rotates = Some(replaced.is_some());
            if let Some(secret) = replaced {
                login.kept = self
                    .vault
                    .close(&self.name, &login, (&secret, login.kept.store()))?;
            }
        }
        login.standing = Standing::Good;
        login.serial += 1;
        login.renewed = Timestamp::now();
        login.pin.instance_url = tokens.instance.to_string();
        locked.write(&login)?;
        self.vault.share(
            &self.name,
            &Access {
                serial: login.serial,
                instance: login.pin.instance_url.clone(),
                token: Secret::new(tokens.access.expose_secret()),
            },
        );
        Ok(Fresh {
            origin: tokens.instance,
            token: tokens.access,
            serial: login.serial,
            pin: login.pin,
        })
    }

    /// The identity address of a token reply ends in org id and user id. Another one
    /// than at login must not be written to.
    fn check_identity(&self, login: &Login, tokens: &Tokens) -> Result<(), Failure> {
        let Some(identity) = &tokens.identity else {
            return Ok(());
        };
        let wanted = format!("/{}/{}", login.pin.org_id, login.pin.user_id);
        match identity.ends_with(&wanted) {
            true => Ok(()),
            false => Err(Failure::new(
                FailureKind::Login,
                "OTHER_IDENTITY",
                &format!(
                    "the login of `{}` now belongs to another user or org; nothing was sent",
                    self.name
                ),
            )),
        }
    }

    /// What a failed renewal leaves. The mark goes only where nothing was spent.
    fn settled(&self, locked: &Locked, mut login: Login, failure: Failure) -> Failure {
        let standing = match failure.kind {
            // Nothing reached the org, or it said that it did nothing.
            FailureKind::NoConnection | FailureKind::Limit | FailureKind::Local => Standing::Good,
            FailureKind::Server if failure.status.is_some() => Standing::Good,
            FailureKind::OutcomeUnknown | FailureKind::BadReply | FailureKind::Server
                if login.rotates == Some(false) =>
            {
                Standing::Good
            }
            FailureKind::OutcomeUnknown | FailureKind::BadReply | FailureKind::Server => {
                Standing::Spending
            }
            FailureKind::Session => Standing::Over,
            // Any other refusal leaves the token as it is: an app that was blocked, an
            // address that is not allowed.
            _ => Standing::Good,
        };
        if standing != login.standing {
            login.standing = standing;
            if let Err(unwritten) = locked.write(&login) {
                return unwritten;
            }
        }
        match standing {
            Standing::Over => self.over(&failure.message),
            Standing::Spending => self.over(&format!(
                "its renewal got no clear answer ({})",
                failure.message
            )),
            Standing::Good if failure.kind == FailureKind::OutcomeUnknown => {
                Failure::no_connection(&failure.message)
            }
            Standing::Good => failure,
        }
    }

    fn over(&self, why: &str) -> Failure {
        let message = format!("the login of `{}` is over: {why}", self.name);
        Failure::new(FailureKind::Session, "LOGIN_OVER", &message)
    }
}
