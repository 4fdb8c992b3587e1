//! Requests with a token: at most four at a time, the token renewed once when the org
//! no longer takes it. Must not know what is asked.

use std::cell::{Cell, RefCell};
use std::io::Seek;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::{Mutex, Semaphore};

use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;
use crate::job::LinkState;
use crate::sf::client::{Client, Http, Response};
use crate::sf::login::{self, App, LoginHost, Tokens};
use crate::sf::request::{Purpose, Request};

use super::asked::Asked;
use super::stored::Stored;
use super::times::Times;

/// Requests in flight per connection: orgs refuse many long ones at once.
const SLOTS: usize = 4;

/// Of these, what reads may take: hanging reads must not hold up a write.
const READ_SLOTS: usize = SLOTS - 1;

/// A client with what it takes to keep its token alive.
pub(super) struct Wire {
    client: RefCell<Client>,
    slots: Semaphore,
    read_slots: Semaphore,
    renewal: Option<Renewal>,
    /// Counts renewals, so that two who met the same dead token renew it once.
    generation: Cell<u64>,
    times: Times,
    /// The time as its newest answer told it.
    told: Cell<Option<TimeTold>>,
}

/// What an answer told of the org's clock.
#[derive(Debug, Clone, Copy)]
struct TimeTold {
    /// Seconds it was ahead of this machine's.
    ahead: i64,
    /// When, by this machine's clock and by the one that nobody can set.
    now: Timestamp,
    passed: Duration,
}

/// Two clocks that part by more were set, or one of them slept.
const PARTED: SignedDuration = SignedDuration::from_secs(5);

/// How a token is renewed.
pub(super) enum Renewal {
    /// With a refresh token that only this process has.
    Own(Box<Own>),
    /// With the login in the vault, which other processes use, too.
    Stored {
        stored: Arc<Stored>,
        /// The renewal that the token in use came with.
        serial: Cell<u64>,
        one: Mutex<()>,
    },
}

/// What a renewal within this process needs.
pub(super) struct Own {
    pub http: Http,
    pub login: LoginHost,
    pub app: App,
    pub state: Mutex<Renewing>,
}

type Refresh = Pin<Box<dyn Future<Output = Result<Tokens, Failure>>>>;

/// A renewal under way stays when whoever waited for it went away, and the next one goes
/// on with it: a rotated refresh token that nobody picks up would be the end of the login.
pub(super) struct Renewing {
    pub refresh_token: SecretString,
    pub running: Option<Refresh>,
}

impl Wire {
    pub(super) fn new(client: Client, renewal: Option<Renewal>, times: Times) -> Self {
        Self {
            client: RefCell::new(client),
            slots: Semaphore::new(SLOTS),
            read_slots: Semaphore::new(READ_SLOTS),
            renewal,
            generation: Cell::new(0),
            times,
            told: Cell::new(None),
        }
    }

    /// Seconds the org's clock is ahead of this machine's, once it told the time (`Date`);
    /// `None` again when this machine's clock was set since.
    pub(super) fn ahead(&self) -> Option<i64> {
        let told = self.told.get()?;
        let shown = self.times.now_here().duration_since(told.now);
        let passed = (self.times.passed)().saturating_sub(told.passed);
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let parted = shown.saturating_sub(passed).abs();
        (parted <= PARTED).then_some(told.ahead)
    }

    fn learn_time(&self, response: &Response) {
        let date = response.date.as_deref();
        let told = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(told) = told {
            let now = self.times.now_here();
            self.told.set(Some(TimeTold {
                ahead: told.timestamp().duration_since(now).as_secs(),
                now,
                passed: (self.times.passed)(),
            }));
        }
    }

    /// A reply of any status but 401 where the token can be renewed. An error means that
    /// no reply came.
    pub(super) async fn send(
        &self,
        asked: &Asked<'_>,
        request: &Request,
    ) -> Result<Response, Failure> {
        let generation = self.generation.get();
        let response = self.send_once(asked, request).await?;
        // 401: it did not run, so a write may be sent again too.
        match &self.renewal {
            Some(renewal) if is_token_dead(&response) => {
                let renewed = self.renew(renewal, generation).await;
                renewed.map_err(not_renewed)?;
                self.send_once(asked, request).await
            }
            _ => Ok(response),
        }
    }

    /// A good reply (2xx or 304) to a request that changes nothing.
    pub(super) async fn read(
        &self,
        asked: &Asked<'_>,
        request: &Request,
    ) -> Result<Response, Failure> {
        self.send(asked, request).await?.checked(request.purpose)
    }

    /// The same as [`Wire::send`] for a request whose body is a file.
    pub(super) async fn upload(
        &self,
        asked: &Asked<'_>,
        request: &Request,
    ) -> Result<Response, Failure> {
        self.twice(|client| async move { client.upload(request).await }, asked)
            .await
    }

    /// A good reply, its body written to `file` from its start. An answer that broke off
    /// leaves a part of it.
    pub(super) async fn download(
        &self,
        asked: &Asked<'_>,
        request: &Request,
        file: &std::fs::File,
    ) -> Result<Response, Failure> {
        let fetch = |client: Client| async move {
            let mut file = file;
            rewound(file)?;
            let (response, _) = client.download(request, &mut file).await?;
            Ok(response)
        };
        self.twice(fetch, asked).await?.checked(request.purpose)
    }

    /// Once, and once more where the token had to be renewed.
    async fn twice<F: Future<Output = Result<Response, Failure>>>(
        &self,
        send: impl Fn(Client) -> F,
        asked: &Asked<'_>,
    ) -> Result<Response, Failure> {
        let generation = self.generation.get();
        let client = self.client.borrow().clone();
        let response = self.through(asked, send(client)).await?;
        match &self.renewal {
            Some(renewal) if is_token_dead(&response) => {
                let renewed = self.renew(renewal, generation).await;
                renewed.map_err(not_renewed)?;
                let client = self.client.borrow().clone();
                self.through(asked, send(client)).await
            }
            _ => Ok(response),
        }
    }

    /// One exchange, in a slot of its own, told and timed.
    async fn through(
        &self,
        asked: &Asked<'_>,
        exchange: impl Future<Output = Result<Response, Failure>>,
    ) -> Result<Response, Failure> {
        // Never closed, so the permit always comes.
        let _slot = self.slots.acquire().await.ok();
        let start = Instant::now();
        failpoint::reached("wire/sending");
        let result = exchange.await;
        failpoint::reached("wire/heard");
        let millis = u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX);
        asked.heard(LinkState {
            online: result.is_ok(),
            millis,
            api_usage: result.as_ref().ok().and_then(|response| response.usage),
        });
        if let Ok(response) = &result {
            self.learn_time(response);
        }
        result
    }

    async fn send_once(&self, asked: &Asked<'_>, request: &Request) -> Result<Response, Failure> {
        // Never closed, so the permits always come.
        let _read_slot = match request.purpose {
            Purpose::Read => self.read_slots.acquire().await.ok(),
            Purpose::Write => None,
        };
        let client = self.client.borrow().clone();
        self.through(asked, client.send(request)).await
    }

    async fn renew(&self, renewal: &Renewal, generation: u64) -> Result<(), Failure> {
        match renewal {
            Renewal::Own(own) => {
                let mut state = own.state.lock().await;
                if self.generation.get() != generation {
                    return Ok(());
                }
                let tokens = state.tokens(own).await?;
                if let Some(refresh_token) = tokens.refresh {
                    state.refresh_token = refresh_token;
                }
                let renewed = self.client.borrow().with_token(tokens.access);
                self.go_on_with(renewed);
            }
            Renewal::Stored {
                stored,
                serial,
                one,
            } => {
                let _one = one.lock().await;
                if self.generation.get() != generation {
                    return Ok(());
                }
                let fresh = stored.fresh(Some(serial.get())).await?;
                serial.set(fresh.serial);
                // An org may have moved since.
                let renewed = self.client.borrow().at(fresh.origin, fresh.token);
                self.go_on_with(renewed);
            }
        }
        Ok(())
    }

    fn go_on_with(&self, client: Client) {
        *self.client.borrow_mut() = client;
        self.generation.set(self.generation.get() + 1);
    }

    /// Waits for a renewal under way, whose answer must be written down.
    pub(super) async fn settle(&self) {
        if let Some(Renewal::Stored { stored, .. }) = &self.renewal {
            stored.settle().await;
        }
    }
}

/// The org no longer takes the token; the identity pages say so with a 403.
fn is_token_dead(response: &Response) -> bool {
    response.status == 401
        || (response.status == 403 && response.body.starts_with(b"Bad_OAuth_Token"))
}

impl Renewing {
    async fn tokens(&mut self, own: &Own) -> Result<Tokens, Failure> {
        let running = self.running.get_or_insert_with(|| {
            let (http, login) = (own.http.clone(), own.login.clone());
            let (app, token) = (own.app.clone(), self.refresh_token.clone());
            Box::pin(async move { login::refresh(&http, &login, &app, &token).await })
        });
        let ended = running.await;
        self.running = None;
        ended
    }
}

/// Makes a file empty again: what a broken answer left must not stand before a whole one.
fn rewound(mut file: &std::fs::File) -> Result<(), Failure> {
    let emptied = file.rewind().and_then(|()| file.set_len(0));
    emptied.map_err(|error| Failure::local(&format!("the org's answer cannot be kept: {error}")))
}

/// A task of ours ended early: only when the process ends, or by a fault of ours.
pub(super) fn stopped(error: &tokio::task::JoinError) -> Failure {
    Failure::new(FailureKind::Login, "LOGIN_STOPPED", &error.to_string())
}

/// Whoever sent a write must see that it did not run: the org answered 401.
fn not_renewed(failure: Failure) -> Failure {
    let kind = match failure.kind {
        FailureKind::NoConnection | FailureKind::OutcomeUnknown => FailureKind::NoConnection,
        _ => FailureKind::Session,
    };
    let message = format!(
        "the session ended and could not be renewed: {}",
        failure.message
    );
    Failure {
        kind,
        message,
        status: Some(401),
        ..failure
    }
}
