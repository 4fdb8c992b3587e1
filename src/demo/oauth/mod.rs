//! Logging in (Help, "OAuth 2.0 Web Server Flow" and its siblings): pages, grants,
//! sessions, and who somebody is. Secrets are kept and compared as hashes only. Knows
//! no objects but `User` and what says whether one may log in.

mod app;
mod authorize;
mod data;
mod device;
mod form;
mod frontdoor;
mod grants;
mod id_token;
mod identity;
pub mod jwt;
mod page;
pub mod password;
mod policy;
mod scope;
mod secret;
pub mod session;
mod tokens;
pub mod user;

pub use app::{
    CLIENT_ID, CLIENT_SECRET, SERVER_CLIENT_ID, SERVER_CLIENT_SECRET, UNINSTALLED_CLIENT_ID,
};
pub use data::{asking, by_session};
pub use policy::Policy;
pub use secret::hash as store_hash;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::json;

use form::Form;
use session::{Lookup, Uses};

use super::wire::{Reply, Request};

/// The small tables logging in works with.
pub const TABLES: &str = "
    DROP TABLE IF EXISTS sys_token;
    DROP TABLE IF EXISTS sys_code;
    CREATE TABLE IF NOT EXISTS sys_session (
        hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, client TEXT NOT NULL, scope TEXT NOT NULL,
        family TEXT NOT NULL, issued INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_refresh (
        hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, client TEXT NOT NULL, scope TEXT NOT NULL,
        family TEXT NOT NULL, issued INTEGER NOT NULL, spent INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_auth_code (
        hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, client TEXT NOT NULL, redirect TEXT NOT NULL,
        challenge TEXT, scope TEXT NOT NULL, nonce TEXT, issued INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_device (
        hash TEXT PRIMARY KEY, user_code TEXT NOT NULL UNIQUE, client TEXT NOT NULL,
        scope TEXT NOT NULL, state TEXT NOT NULL, user_id TEXT, issued INTEGER NOT NULL,
        asked INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_pass (
        hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, issued INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_approval (
        user_id TEXT NOT NULL, client TEXT NOT NULL, PRIMARY KEY (user_id, client)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_password (
        user_id TEXT PRIMARY KEY, hash TEXT NOT NULL, failed INTEGER NOT NULL,
        locked INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sys_password_temporary (user_id TEXT PRIMARY KEY) WITHOUT ROWID;";

/// What logging in works with.
pub struct Door<'a> {
    pub db: &'a Connection,
    pub base_url: &'a str,
    /// The `Host` header, lower case; says which door a client took.
    pub host: &'a str,
    pub now: Timestamp,
    pub policy: &'a Policy,
    pub uses: &'a Uses,
    /// Hash of the administrator's token given at start.
    pub token: Option<&'a str>,
}

impl Door<'_> {
    /// What finding a session needs.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup {
            db: self.db,
            uses: self.uses,
            lifetime: self.policy.session_lifetime,
            token: self.token,
            now: self.now,
        }
    }
}

/// Answers a path that has to do with logging in; `None` for one that has not.
pub fn answer(door: &Door<'_>, parts: &[&str], request: &Request) -> Option<Reply> {
    let asks = matches!(request.method.as_str(), "GET" | "HEAD");
    let reply = match parts {
        ["services", "oauth2", action] => action_of(door, action, request)?,
        [".well-known", "openid-configuration"] if asks => Ok(identity::discovery(door.base_url)),
        ["id", "keys"] if asks => id_token::keys(),
        ["id", org, user] => identity::identity(door, request, org, user),
        ["setup", "connect"] => device::connect(door, request),
        ["secur", "frontdoor.jsp"] => frontdoor::front_door(door, request),
        [] | ["login"] => frontdoor::login(door, request),
        _ => return None,
    };
    Some(reply.unwrap_or_else(|denial| denial.reply()))
}

fn action_of(door: &Door<'_>, action: &str, request: &Request) -> Option<Result<Reply, Denial>> {
    Some(match (action, request.method.as_str()) {
        ("authorize", "GET" | "POST") => authorize::answer(door, request),
        ("token", "POST") => token(door, &Form::of(request)),
        ("revoke", "GET" | "POST") => tokens::revoke(door, request),
        ("introspect", "POST") => tokens::introspect(door, request),
        ("userinfo", "GET" | "POST") => identity::userinfo(door, request),
        ("singleaccess", "GET" | "POST") => frontdoor::single_access(door, request),
        ("register", "POST") => Err(Denial {
            status: 401,
            ..Denial::new(
                "invalid_token",
                "An initial access token is required to register a client",
            )
        }),
        (
            "authorize" | "token" | "revoke" | "introspect" | "userinfo" | "singleaccess"
            | "register",
            _,
        ) => Ok(Reply::empty(405)),
        _ => return None,
    })
}

fn token(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    match (form.get("grant_type"), form.get("response_type")) {
        (Some("authorization_code"), _) => grants::by_code(door, form),
        (Some("refresh_token"), _) => grants::by_refresh(door, form),
        (Some("password"), _) => grants::by_password(door, form),
        (Some("client_credentials"), _) => grants::by_client(door, form),
        (Some("urn:ietf:params:oauth:grant-type:jwt-bearer"), _) => jwt::token(door, form),
        (Some("device"), _) => device::token(door, form),
        (None, Some("device_code")) => device::start(door, form),
        (Some(_), _) => Err(Denial::new(
            "unsupported_grant_type",
            "grant type not supported",
        )),
        (None, _) => Err(Denial::new(
            "invalid_request",
            "missing required parameter: grant_type",
        )),
    }
}

/// A refusal in OAuth's words.
#[derive(Debug)]
pub struct Denial {
    pub status: u16,
    pub error: &'static str,
    pub description: String,
}

impl Denial {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: 400,
            error,
            description: description.into(),
        }
    }

    fn reply(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({"error": self.error, "error_description": self.description}),
        )
    }
}

impl From<rusqlite::Error> for Denial {
    fn from(fault: rusqlite::Error) -> Self {
        Self {
            status: 500,
            ..Self::new("server_error", fault.to_string())
        }
    }
}
