//! Sessions and refresh tokens: giving them out, finding whom one stands for, ending
//! them. Only hashes reach the file.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use super::app::App;
use super::id_token::{self, Claims};
use super::secret::{self, hash};
use super::user::{self, User};
use super::{Denial, Door};
use crate::demo::story;
use crate::demo::wire::Reply;

/// What one login was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub user: String,
    pub client: String,
    /// Words, separated by blanks.
    pub scope: String,
    /// Ties together every token of one login.
    pub family: String,
    /// Milliseconds since 1970.
    pub issued: i64,
}

/// When each session was used last, as long as the org runs. A session's file row says
/// when it began, which is what counts after a restart.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<String, i64>>);

impl Uses {
    /// Whether a session, used now, was not left alone for too long. Remembers the use.
    fn touch(&self, hash: &str, issued: i64, now: i64, lifetime: Duration) -> bool {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = uses.get(hash).copied().unwrap_or(issued).max(issued);
        let idle = u64::try_from(now.saturating_sub(last)).unwrap_or(0);
        let alive = u128::from(idle) < lifetime.as_millis();
        if alive {
            uses.insert(hash.to_owned(), now);
        } else {
            uses.remove(hash);
        }
        alive
    }
}

/// What finding a session needs.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    pub db: &'a Connection,
    pub uses: &'a Uses,
    /// Idle time a session survives.
    pub lifetime: Duration,
    /// Hash of the administrator's token given at start.
    pub token: Option<&'a str>,
    pub now: Timestamp,
}

/// Whom an access token stands for; `None` when it is unknown, ended or too old.
///
/// # Errors
/// SQLite's.
pub fn find(lookup: Lookup<'_>, token: &str) -> rusqlite::Result<Option<Grant>> {
    let hashed = hash(token);
    if lookup.token == Some(hashed.as_str()) {
        return Ok(Some(Grant {
            user: story::user_id(),
            client: super::CLIENT_ID.to_owned(),
            scope: "full".to_owned(),
            family: String::new(),
            issued: lookup.now.as_millisecond(),
        }));
    }
    // Looked up by hash: how long it takes says nothing about the token.
    let found = lookup
        .db
        .prepare_cached(
            "SELECT user_id, client, scope, family, issued FROM sys_session WHERE hash = ?1",
        )?
        .query_row([&hashed], grant_of)
        .optional()?;
    let now = lookup.now.as_millisecond();
    Ok(found.filter(|grant| {
        lookup
            .uses
            .touch(&hashed, grant.issued, now, lookup.lifetime)
    }))
}

fn grant_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        user: row.get(0)?,
        client: row.get(1)?,
        scope: row.get(2)?,
        family: row.get(3)?,
        issued: row.get(4)?,
    })
}

/// What a refresh token is good for.
#[derive(Debug, PartialEq, Eq)]
pub enum Refresh {
    Good(Grant),
    /// Traded in before: somebody has a copy.
    Spent(Grant),
}

/// A refresh token that was given out.
///
/// # Errors
/// SQLite's.
pub fn refresh(db: &Connection, token: &str) -> rusqlite::Result<Option<Refresh>> {
    db.prepare_cached(
        "SELECT user_id, client, scope, family, issued, spent FROM sys_refresh WHERE hash = ?1",
    )?
    .query_row([hash(token)], |row| {
        let grant = grant_of(row)?;
        Ok(if row.get(5)? {
            Refresh::Spent(grant)
        } else {
            Refresh::Good(grant)
        })
    })
    .optional()
}

/// A new refresh token for a grant.
///
/// # Errors
/// SQLite's.
pub fn new_refresh(db: &Connection, grant: &Grant) -> rusqlite::Result<String> {
    let token = secret::made("5Aep861");
    db.prepare_cached(
        "INSERT INTO sys_refresh (hash, user_id, client, scope, family, issued, spent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
    )?
    .execute(params![hash(&token), grant.user, grant.client, grant.scope, grant.family, grant.issued])?;
    Ok(token)
}

/// Marks a refresh token as traded in.
///
/// # Errors
/// SQLite's.
pub fn spend(db: &Connection, token: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE sys_refresh SET spent = 1 WHERE hash = ?1")?
        .execute([hash(token)])
        .map(drop)
}

/// A new session for a grant.
///
/// # Errors
/// SQLite's.
pub fn open(db: &Connection, grant: &Grant, now: Timestamp) -> rusqlite::Result<String> {
    let org = story::organization_id();
    let token = secret::made(&format!("{}!AQ", org.get(..15).unwrap_or(&org)));
    db.prepare_cached(
        "INSERT INTO sys_session (hash, user_id, client, scope, family, issued) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![hash(&token), grant.user, grant.client, grant.scope, grant.family, now.as_millisecond()])?;
    Ok(token)
}

/// Ends one session, or with a refresh token everything of that login. Says whether
/// there was such a token.
///
/// # Errors
/// SQLite's.
pub fn end(db: &Connection, token: &str) -> rusqlite::Result<bool> {
    if let Some(Refresh::Good(grant) | Refresh::Spent(grant)) = refresh(db, token)? {
        end_family(db, &grant.family)?;
        return Ok(true);
    }
    Ok(db.execute("DELETE FROM sys_session WHERE hash = ?1", [hash(token)])? > 0)
}

/// Ends everything of one login.
///
/// # Errors
/// SQLite's.
pub fn end_family(db: &Connection, family: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM sys_refresh WHERE family = ?1", [family])?;
    db.execute("DELETE FROM sys_session WHERE family = ?1", [family])
        .map(drop)
}

/// A grant for a user who just logged in by an app.
pub fn new_grant(door: &Door<'_>, user: &User, app: &App, scope: &str) -> Grant {
    Grant {
        user: user.id.clone(),
        client: app.client_id.to_owned(),
        scope: scope.to_owned(),
        family: secret::made(""),
        issued: door.now.as_millisecond(),
    }
}

/// Whether the grant may be refreshed.
pub fn may_refresh(scope: &str) -> bool {
    scope
        .split(' ')
        .any(|word| matches!(word, "refresh_token" | "offline_access"))
}

/// What goes into a token reply beside the session.
#[derive(Debug, Default)]
pub struct Extras<'a> {
    pub refresh: Option<String>,
    pub nonce: Option<&'a str>,
}

/// A token reply, in the shape real orgs answer, for a user who may come in.
///
/// # Errors
/// Why the user may not.
pub fn granted(
    door: &Door<'_>,
    app: &App,
    grant: &Grant,
    extras: Extras<'_>,
) -> Result<Reply, Denial> {
    let who = user::by_id(door.db, &grant.user)?
        .ok_or_else(|| Denial::new("invalid_grant", "inactive user"))?;
    user::admit(door, &who)?;
    let access = open(door.db, grant, door.now)?;
    door.db.execute(
        "UPDATE User SET LastLoginDate = ?2 WHERE Id = ?1",
        [&who.id, &crate::demo::soql::dates::stored(door.now)],
    )?;
    let id = format!(
        "{}/id/{}/{}",
        door.base_url,
        story::organization_id(),
        who.id
    );
    let issued = door.now.as_millisecond().to_string();
    let mut body = json!({
        "access_token": access,
        "signature": secret::signature(app.secret, &format!("{id}{issued}")),
        "scope": grant.scope,
        "instance_url": door.base_url,
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued,
    });
    if let Some(map) = body.as_object_mut() {
        if let Some(refresh) = extras.refresh {
            map.insert("refresh_token".into(), json!(refresh));
        }
        if grant.scope.split(' ').any(|word| word == "openid") {
            let claims = Claims {
                app,
                subject: &id,
                access: &access,
                nonce: extras.nonce,
            };
            map.insert("id_token".into(), json!(id_token::signed(door, &claims)?));
        }
    }
    Ok(Reply::json(200, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_as_long_as_it_is_used() {
        let uses = Uses::default();
        let lifetime = Duration::from_secs(10);
        assert!(uses.touch("a", 0, 9_000, lifetime));
        assert!(uses.touch("a", 0, 18_000, lifetime));
        assert!(!uses.touch("a", 0, 28_000, lifetime));
        assert!(!uses.touch("b", 0, 10_000, lifetime));
    }
}
