//! The org behind its address: which surface a request is for, who asks, and one
//! transaction around each call. Knows no sockets.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::OptionalExtension;
use serde_json::json;

use super::call::Call;
use super::cursors::Cursors;
use super::error::Refusal;
use super::oauth::{self, Door};
use super::routes;
use super::schema::Schema;
use super::store::{self, Store};
use super::story;
use super::wire::{Reply, Request};

/// Calls a day, as a Developer Edition org has.
const ALLOWANCE: u64 = 15_000;
/// Oldest and newest version served.
const VERSIONS: (u32, u32) = (31, 68);

/// The org's state.
pub struct Engine {
    store: Store,
    schema: Schema,
    base_url: String,
    /// Hash of the administrator's token given at start.
    token: Option<String>,
    cursors: RefCell<Cursors>,
    usage: u64,
    schema_changed: Timestamp,
}

impl Engine {
    /// The org on an open file.
    pub fn new(store: Store, schema: Schema, base_url: String, token: Option<&str>) -> Self {
        let token = token.map(oauth::store_hash);
        let changed = store::remembered(&store.db, "schema changed")
            .ok()
            .flatten();
        let schema_changed = changed
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(Timestamp::now);
        Self {
            store,
            schema,
            base_url,
            token,
            cursors: RefCell::default(),
            usage: 0,
            schema_changed,
        }
    }

    /// Answers one request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let reply = match parts.as_slice() {
            ["services", "data"] => versions(),
            ["services", "data", version, rest @ ..] => return self.data(version, rest, request),
            _ => self.login(&parts, request),
        };
        if request.method == "HEAD" {
            Reply {
                body: Vec::new(),
                ..reply
            }
        } else {
            reply
        }
    }

    fn login(&mut self, parts: &[&str], request: &Request) -> Reply {
        let door = Door {
            db: &self.store.db,
            base_url: &self.base_url,
            now: Timestamp::now(),
            token: self.token.as_deref(),
        };
        let found = match parts {
            ["services", "oauth2", action] => oauth::answer(&door, action, request),
            [".well-known", "openid-configuration"] => Some(oauth::discovery(&self.base_url)),
            ["id", org, user] => Some(oauth::identity(&door, request, org, user).unwrap_or_else(
                |denial| Refusal::new(500, "UNKNOWN_EXCEPTION", denial.description).reply(),
            )),
            _ => None,
        };
        found.unwrap_or_else(|| Refusal::not_found().reply())
    }

    /// A data call: counted, for a known user, in a transaction of its own.
    fn data(&mut self, version: &str, rest: &[&str], request: &Request) -> Reply {
        self.usage += 1;
        let reply = self
            .transaction(version, rest, request)
            .unwrap_or_else(|refusal| refusal.reply());
        let reply = reply.with(
            "Sforce-Limit-Info",
            format!("api-usage={}/{ALLOWANCE}", self.usage),
        );
        if request.method == "HEAD" {
            Reply {
                body: Vec::new(),
                ..reply
            }
        } else {
            reply
        }
    }

    fn transaction(
        &self,
        version: &str,
        rest: &[&str],
        request: &Request,
    ) -> Result<Reply, Refusal> {
        let version = known_version(version)?;
        let user = self.user(request)?;
        let db = &self.store.db;
        db.execute_batch("BEGIN")?;
        let call = Call {
            db,
            schema: &self.schema,
            user: &user,
            base_url: &self.base_url,
            version,
            now: Timestamp::now(),
            schema_changed: self.schema_changed,
            zone: self.zone(&user),
            cursors: &self.cursors,
            usage: self.usage,
        };
        let result = routes::dispatch(&call, rest, request);
        let keep = result.as_ref().is_ok_and(Reply::is_ok);
        db.execute_batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        result
    }

    /// The user behind the token.
    fn user(&self, request: &Request) -> Result<String, Refusal> {
        let expired = || Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid");
        let Some(header) = request.header("authorization") else {
            return Err(expired());
        };
        let Some(token) = bearer(request) else {
            let known = header.starts_with("Bearer") || header.starts_with("OAuth");
            return Err(if known {
                expired()
            } else {
                Refusal::new(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
            });
        };
        if self.token.as_deref() == Some(oauth::store_hash(token).as_str()) {
            return Ok(story::user_id());
        }
        let session = oauth::session(&self.store.db, token, oauth::Kind::Access)?;
        session.map(|session| session.user).ok_or_else(expired)
    }

    fn zone(&self, user: &str) -> TimeZone {
        let name: Option<String> = self
            .store
            .db
            .prepare_cached("SELECT TimeZoneSidKey FROM User WHERE Id = ?1")
            .and_then(|mut statement| statement.query_row([user], |row| row.get(0)).optional())
            .ok()
            .flatten();
        name.and_then(|name| TimeZone::get(&name).ok())
            .unwrap_or(TimeZone::UTC)
    }
}

/// Runs part of a call so that its writes can be taken back alone.
///
/// # Errors
/// SQLite's; the part's own refusal is inside.
pub fn undoable<T>(
    call: &Call<'_>,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> Result<Result<T, Refusal>, Refusal> {
    call.db.execute_batch("SAVEPOINT part")?;
    let result = work();
    if result.is_err() {
        call.db.execute_batch("ROLLBACK TO part")?;
    }
    call.db.execute_batch("RELEASE part")?;
    Ok(result)
}

/// The token of an `Authorization` header.
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth");
    (known && !token.trim().is_empty()).then(|| token.trim())
}

/// `62.0` of `v62.0`.
fn known_version(text: &str) -> Result<String, Refusal> {
    let number: Option<u32> = text
        .strip_prefix('v')
        .and_then(|rest| rest.strip_suffix(".0"))
        .and_then(|n| n.parse().ok());
    match number {
        Some(n) if (VERSIONS.0..=VERSIONS.1).contains(&n) => Ok(format!("{n}.0")),
        Some(n) if (7..VERSIONS.0).contains(&n) => Err(Refusal::new(
            410,
            "UNSUPPORTED_API_VERSION",
            format!("Version {text} is no longer supported."),
        )),
        _ => Err(Refusal::not_found()),
    }
}

/// `GET /services/data`, oldest first.
fn versions() -> Reply {
    let all: Vec<_> = (VERSIONS.0..=VERSIONS.1)
        .map(|n| {
            json!({"label": label(n), "url": format!("/services/data/v{n}.0"), "version": format!("{n}.0")})
        })
        .collect();
    Reply::json(200, &all)
}

/// Release name: 31 is Summer '14, three a year.
fn label(version: u32) -> String {
    let step = version - 31 + 1;
    let season = ["Spring", "Summer", "Winter"][(step % 3) as usize];
    let year = 14 + step / 3 + u32::from(season == "Winter");
    format!("{season} '{year}")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn releases_have_their_names() {
        for (version, name) in [
            (31, "Summer '14"),
            (32, "Winter '15"),
            (33, "Spring '15"),
            (65, "Winter '26"),
            (66, "Spring '26"),
            (67, "Summer '26"),
            (68, "Winter '27"),
        ] {
            assert_eq!(label(version), name);
        }
    }
}
