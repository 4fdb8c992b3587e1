//! From a connection's name to a line: login, who we are, which API version. What the
//! last login taught is kept, so that a start costs one request at most.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::domain::failure::{Failure, FailureKind};
use crate::job::{LinkState, OrgKind, Reply, Session, Source};
use crate::sf::client::{self, Client};
use crate::sf::identity::{self, Identity};
use crate::sf::login::{self, App, LoginHost};
use crate::sf::origin::Origin;
use crate::sf::version::{self, ApiVersion};
use crate::store::cache::{Entry, Part};

use super::Access;
use super::asked::Asked;
use super::engine::Engine;
use super::stored::Stored;
use super::wire::{Own, Renewal, Renewing, Wire, stopped};

/// How long a list of API versions is believed; orgs change it three times a year.
const VERSIONS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

type Connect = Box<dyn FnOnce() -> Result<Access, Failure> + Send>;

/// How far finding the way in has come. Each step survives that whoever waited for it
/// went away.
pub(super) enum Login {
    Unasked(Connect),
    Asking(JoinHandle<Result<Access, Failure>>),
    Known(Result<Access, Failure>),
}

/// An org we are logged in to.
pub(super) struct Line {
    pub wire: Wire,
    pub version: ApiVersion,
    pub session: RefCell<Session>,
    /// The org itself said in this run who we are.
    verified: bool,
}

/// What is kept of a login besides the session.
#[derive(Serialize, Deserialize)]
struct Taught {
    /// Stands for address and token: the same pair is the same user of the same org.
    fingerprint: u64,
    /// The versions the org offers.
    versions: Vec<u16>,
}

/// `Job::Connect`: who we were at once, who we are when the org has said so.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    source: Source,
) -> Result<Reply, Failure> {
    if let Some(session) = engine.session(asked) {
        if source == Source::CacheFirst {
            return Ok(Reply::Connected(session));
        }
        asked.say(Reply::Connected(session));
    }
    let line = line(engine, asked).await?;
    if !line.verified {
        verify(engine, asked, &line).await?;
    }
    let session = line.session.borrow().clone();
    Ok(Reply::Connected(session))
}

/// The line, made at first need by whoever comes first.
pub(super) async fn line(engine: &Engine, asked: &Asked<'_>) -> Result<Rc<Line>, Failure> {
    if let Some(line) = engine.line.borrow().as_ref() {
        return Ok(Rc::clone(line));
    }
    let mut login = engine.login.lock().await;
    if let Some(line) = engine.line.borrow().as_ref() {
        return Ok(Rc::clone(line));
    }
    let access = login.access().await?;
    let entry = enter(engine, asked, &access).await?;
    let line = Rc::new(recognise(engine, asked, entry).await?);
    *engine.line.borrow_mut() = Some(Rc::clone(&line));
    Ok(line)
}

impl Login {
    async fn access(&mut self) -> Result<Access, Failure> {
        if let Self::Unasked(_) = self {
            let nothing = Self::Known(Err(not_set_up()));
            if let Self::Unasked(connect) = std::mem::replace(self, nothing) {
                *self = Self::Asking(tokio::task::spawn_blocking(connect));
            }
        }
        if let Self::Asking(task) = self {
            let found = task.await.unwrap_or_else(|error| Err(stopped(&error)));
            *self = Self::Known(found);
        }
        match self {
            Self::Known(found) => found.clone(),
            _ => Err(not_set_up()),
        }
    }
}

fn not_set_up() -> Failure {
    Failure::new(
        FailureKind::Login,
        "NOT_SET_UP",
        "the connection is not set up",
    )
}

/// A way in, and what it told of who we are.
struct Entered {
    wire: Wire,
    origin: Origin,
    fingerprint: u64,
    /// The identity address of a token reply: it ends in org id and user id.
    identity: Option<String>,
}

async fn enter(engine: &Engine, asked: &Asked<'_>, access: &Access) -> Result<Entered, Failure> {
    match access {
        Access::Token {
            instance_url,
            token,
        } => {
            let origin = Origin::parse(instance_url)?;
            let http = client::http(&origin)?;
            let fingerprint = fingerprint(&origin, token);
            let client = Client::new(http, origin.clone(), token.clone());
            Ok(Entered {
                wire: Wire::new(client, None, engine.schedule.times),
                origin,
                fingerprint,
                identity: None,
            })
        }
        Access::Authorize {
            login_url,
            client_id,
            redirect_uri,
        } => {
            let app = App {
                client_id: client_id.clone(),
                redirect_uri: redirect_uri.clone(),
                scopes: vec!["api".to_owned(), "refresh_token".to_owned()],
                user: None,
            };
            authorize(engine, asked, (Origin::parse(login_url)?.into(), app)).await
        }
        Access::Stored => {
            let stored = Stored::new(&engine.connection, engine.vault.clone());
            by_vault(engine, stored).await
        }
    }
}

async fn authorize(
    engine: &Engine,
    asked: &Asked<'_>,
    (login, app): (LoginHost, App),
) -> Result<Entered, Failure> {
    let http = client::http(login.origin())?;
    let start = Instant::now();
    let tokens = login::authorize_headless(&http, &login, &app).await?;
    // A start that needs no further request is online all the same.
    asked.heard(LinkState {
        online: true,
        millis: u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX),
        api_usage: None,
    });
    let fingerprint = fingerprint(&tokens.instance, &tokens.access);
    let client = Client::new(http.clone(), tokens.instance.clone(), tokens.access);
    let renewal = tokens.refresh.map(|refresh_token| {
        Renewal::Own(Box::new(Own {
            http,
            login,
            app,
            state: Mutex::new(Renewing {
                refresh_token,
                running: None,
            }),
        }))
    });
    Ok(Entered {
        wire: Wire::new(client, renewal, engine.schedule.times),
        origin: tokens.instance,
        fingerprint,
        identity: tokens.identity,
    })
}

/// With a login that is kept: the org told at login whose it is.
async fn by_vault(engine: &Engine, stored: Arc<Stored>) -> Result<Entered, Failure> {
    let fresh = stored.fresh(None).await?;
    let client = Client::new(
        client::http(&fresh.origin)?,
        fresh.origin.clone(),
        fresh.token.clone(),
    );
    let renewal = Renewal::Stored {
        stored,
        serial: Cell::new(fresh.serial),
        one: Mutex::default(),
    };
    Ok(Entered {
        fingerprint: fingerprint(&fresh.origin, &fresh.token),
        wire: Wire::new(client, Some(renewal), engine.schedule.times),
        identity: Some(format!("/{}/{}", fresh.pin.org_id, fresh.pin.user_id)),
        origin: fresh.origin,
    })
}

/// Not reversible in practice, and nothing leaves the private cache file.
fn fingerprint(origin: &Origin, token: &SecretString) -> u64 {
    let mut hasher = DefaultHasher::new();
    origin.to_string().hash(&mut hasher);
    token.expose_secret().hash(&mut hasher);
    hasher.finish()
}

/// What the last login taught, as far as it is surely about the same user and org.
struct Remembered {
    session: Option<Session>,
    taught: Option<Entry<Taught>>,
    /// The org itself named the user, not just a token that looks the same.
    verified: bool,
    /// Address and token are those of last time.
    same_token: bool,
}

fn remembered(engine: &Engine, asked: &Asked<'_>, entered: &Entered) -> Remembered {
    let session = engine.cached::<Session>(asked, Part::Session, "");
    let taught = engine.cached::<Taught>(asked, Part::Login, "");
    let same_token = taught
        .as_ref()
        .is_some_and(|taught| taught.value.fingerprint == entered.fingerprint);
    let identity = entered.identity.as_deref().unwrap_or_default();
    let named = session.as_ref().is_some_and(|known| {
        identity.ends_with(&format!("/{}/{}", known.value.org_id, known.value.user_id))
    });
    let trusted = same_token || named;
    let now = (engine.clock)();
    Remembered {
        session: session
            .filter(|_| trusted)
            .map(|known| at(&entered.origin, known.value)),
        taught: taught
            .filter(|taught| trusted && now.duration_since(taught.checked) < VERSIONS_KEPT),
        verified: named,
        same_token,
    }
}

/// Finds out who we are: from the last login where it is surely the same, else by asking.
async fn recognise(engine: &Engine, asked: &Asked<'_>, entered: Entered) -> Result<Line, Failure> {
    let known = remembered(engine, asked, &entered);
    let verified = known.verified || known.session.is_none();
    let nothing_new = known.same_token && known.session.is_some() && known.taught.is_some();
    let session = async {
        match known.session {
            Some(session) => Ok(session),
            None => who(engine, asked, &entered).await,
        }
    };
    let taught = async {
        match known.taught {
            Some(taught) => Ok(taught),
            None => ask_versions(engine, asked, &entered).await,
        }
    };
    let (session, mut taught) = tokio::try_join!(session, taught)?;
    taught.value.fingerprint = entered.fingerprint;
    if !nothing_new {
        learn(engine, asked, &session, &taught);
    }
    Ok(Line {
        version: version_of(engine.preferred, &taught.value.versions),
        session: RefCell::new(session),
        wire: entered.wire,
        verified,
    })
}

async fn who(engine: &Engine, asked: &Asked<'_>, entered: &Entered) -> Result<Session, Failure> {
    let reply = entered.wire.read(asked, &identity::userinfo()).await?;
    let identity = identity::read_userinfo(&reply.body)?;
    Ok(session_of(&engine.connection, &entered.origin, identity))
}

async fn ask_versions(
    engine: &Engine,
    asked: &Asked<'_>,
    entered: &Entered,
) -> Result<Entry<Taught>, Failure> {
    let reply = entered.wire.read(asked, &version::versions()).await?;
    let offered = version::read_versions(&reply.body)?;
    Ok(Entry {
        value: Taught {
            fingerprint: entered.fingerprint,
            versions: offered.iter().map(|version| version.0).collect(),
        },
        stamp: String::new(),
        checked: (engine.clock)(),
    })
}

/// The newest version the org offers that is not newer than the preferred one.
fn version_of(preferred: ApiVersion, offered: &[u16]) -> ApiVersion {
    offered
        .iter()
        .copied()
        .map(ApiVersion)
        .filter(|version| *version <= preferred)
        .max()
        .unwrap_or(preferred)
}

pub(super) fn session_of(connection: &str, origin: &Origin, identity: Identity) -> Session {
    Session {
        connection: connection.to_owned(),
        org_id: identity.org_id.to_string(),
        user_id: identity.user_id.to_string(),
        user_name: identity.user_name,
        username: identity.username,
        kind: kind_of(origin),
        instance_url: origin.to_string(),
        zone: identity.zone,
    }
}

fn kind_of(origin: &Origin) -> OrgKind {
    if origin.is_loopback() {
        OrgKind::Local
    } else if origin.is_sandbox() {
        OrgKind::Sandbox
    } else {
        OrgKind::Production
    }
}

/// The same user of the same org, whose address may have changed since.
fn at(origin: &Origin, known: Session) -> Session {
    Session {
        kind: kind_of(origin),
        instance_url: origin.to_string(),
        ..known
    }
}

/// Keeps what the login taught; what was kept of another org goes.
fn learn(engine: &Engine, asked: &Asked<'_>, session: &Session, taught: &Entry<Taught>) {
    let bound = engine
        .cache(asked)
        .and_then(|cache| cache.bind(&session.org_id));
    if engine.or_told(asked, bound) != Some(false) {
        engine.forms.borrow_mut().clear();
        engine.objects.borrow_mut().take();
    }
    let entry = Entry {
        value: session,
        stamp: String::new(),
        checked: (engine.clock)(),
    };
    engine.keep(asked, (Part::Session, ""), &entry);
    engine.keep(asked, (Part::Login, ""), taught);
}

/// The token is the one of last time: asks whether it still holds, and for whom.
async fn verify(engine: &Engine, asked: &Asked<'_>, line: &Line) -> Result<(), Failure> {
    let reply = line.wire.read(asked, &identity::userinfo()).await?;
    let identity = identity::read_userinfo(&reply.body)?;
    let mut session = line.session.borrow_mut();
    if session.org_id != identity.org_id.to_string()
        || session.user_id != identity.user_id.to_string()
    {
        let message = "the token now belongs to another user or org; start again to use it";
        return Err(Failure::new(FailureKind::Login, "OTHER_IDENTITY", message));
    }
    session.user_name = identity.user_name;
    session.username = identity.username;
    session.zone = identity.zone;
    let entry = Entry {
        value: session.clone(),
        stamp: String::new(),
        checked: (engine.clock)(),
    };
    engine.keep(asked, (Part::Session, ""), &entry);
    Ok(())
}

/// Whether two spellings, as typed or as the org gives them, name one instance.
pub(super) fn is_same_instance(one: &str, other: &str) -> bool {
    canonical(one) == canonical(other)
}

/// One spelling for each instance; what is no address stands for itself.
pub(super) fn canonical(typed: &str) -> String {
    Origin::parse(typed).map_or_else(|_| typed.to_owned(), |origin| origin.to_string())
}
