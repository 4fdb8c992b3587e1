//! The door to data calls: whom a request's session stands for, in REST's words.

use super::session::{self, Lookup};
use super::{scope, user};
use crate::demo::engine::bearer;
use crate::demo::error::Refusal;
use crate::demo::wire::Request;

/// The asking user's id.
///
/// # Errors
/// 401 without a living session of an active user, or for one that lacks `api`.
pub fn asking(lookup: Lookup<'_>, request: &Request) -> Result<String, Refusal> {
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
    by_session(lookup, token)
}

/// The user behind a session id.
///
/// # Errors
/// As [`asking`].
pub fn by_session(lookup: Lookup<'_>, token: &str) -> Result<String, Refusal> {
    let grant = session::find(lookup, token)?.ok_or_else(expired)?;
    let who = user::by_id(lookup.db, &grant.user)?.filter(|who| who.active);
    if who.is_none() {
        return Err(expired());
    }
    if !scope::opens_data(&grant.scope) {
        return Err(Refusal::new(401, "INVALID_AUTH_HEADER", "INVALID_SCOPES"));
    }
    Ok(grant.user)
}

fn expired() -> Refusal {
    Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
}
