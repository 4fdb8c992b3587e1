//! Issuing, keeping and finding tokens. Only hashes reach the file.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Denial, Door, field, fields};
use crate::demo::wire::{Reply, Request};

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Access,
    Refresh,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: String,
    pub scope: String,
    /// Milliseconds since 1970.
    pub issued: i64,
}

/// A random secret behind a prefix.
pub fn new_secret(prefix: &str) -> String {
    format!("{prefix}{}", oauth2::CsrfToken::new_random_len(64).secret())
}

/// What is kept of a secret.
pub fn store_hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Keeps a token.
///
/// # Errors
/// SQLite's.
pub fn issue(
    door: &Door<'_>,
    token: &str,
    kind: Kind,
    user: &str,
    scope: &str,
) -> rusqlite::Result<()> {
    door.db.execute(
        "INSERT INTO sys_token (hash, kind, user_id, scope, issued) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            store_hash(token),
            kind.word(),
            user,
            scope,
            door.now.as_millisecond()
        ],
    )?;
    Ok(())
}

/// Whom a token stands for, if it is known.
///
/// # Errors
/// SQLite's.
pub fn session(db: &Connection, token: &str, kind: Kind) -> rusqlite::Result<Option<Session>> {
    // Looked up by hash: how long it takes says nothing about the token.
    db.prepare_cached("SELECT user_id, scope, issued FROM sys_token WHERE hash = ?1 AND kind = ?2")?
        .query_row(params![store_hash(token), kind.word()], |row| {
            Ok(Session {
                user: row.get(0)?,
                scope: row.get(1)?,
                issued: row.get(2)?,
            })
        })
        .optional()
}

/// Ends an access token before its time; `refresh` also ends its user's refresh tokens.
///
/// # Errors
/// SQLite's.
pub fn expire(db: &Connection, token: &str, refresh: bool) -> rusqlite::Result<()> {
    let ended: Option<String> = db
        .prepare_cached(
            "DELETE FROM sys_token WHERE hash = ?1 AND kind = 'access' RETURNING user_id",
        )?
        .query_row([store_hash(token)], |row| row.get(0))
        .optional()?;
    if let Some(user) = ended.filter(|_| refresh) {
        db.execute(
            "DELETE FROM sys_token WHERE user_id = ?1 AND kind = 'refresh'",
            [user],
        )?;
    }
    Ok(())
}

/// Answers `introspect`.
pub fn introspect(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let all = fields(request);
    let token = field(&all, "token").unwrap_or_default();
    let mut found = None;
    for kind in [Kind::Access, Kind::Refresh] {
        if found.is_none() {
            found = session(door.db, token, kind)?.map(|session| (session, kind));
        }
    }
    let Some((session, kind)) = found else {
        return Ok(Reply::json(200, &json!({"active": false})));
    };
    let username: Option<String> = door
        .db
        .query_row(
            "SELECT Username FROM User WHERE Id = ?1",
            [&session.user],
            |row| row.get(0),
        )
        .optional()?;
    Ok(Reply::json(
        200,
        &json!({
            "active": true,
            "scope": session.scope,
            "client_id": super::CLIENT_ID,
            "username": username,
            "sub": format!("{}/id/{}/{}", door.base_url, crate::demo::story::organization_id(), session.user),
            "token_type": format!("{}_token", kind.word()),
            "iat": session.issued / 1000,
            "nbf": session.issued / 1000,
        }),
    ))
}
