//! Asking about a token (`introspect`) and ending one (`revoke`).

use serde_json::json;

use super::form::Form;
use super::session::{self, Grant, Refresh};
use super::{Denial, Door, app, user};
use crate::demo::story;
use crate::demo::wire::{Reply, Request};

/// Answers `revoke`: an access token ends its session, a refresh token its whole login.
///
/// # Errors
/// `unsupported_token_type` for a token nobody knows.
pub fn revoke(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    if session::end(door.db, form.get("token").unwrap_or_default())? {
        Ok(Reply::empty(200))
    } else {
        Err(Denial::new(
            "unsupported_token_type",
            "this token type is not supported",
        ))
    }
}

/// Answers `introspect`, for an app that says who it is.
///
/// # Errors
/// What is wrong with the app.
pub fn introspect(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    app::asking(&form)?;
    let token = form.get("token").unwrap_or_default();
    let lifetime = i64::try_from(door.policy.session_lifetime.as_secs()).unwrap_or(i64::MAX);
    let (grant, kind) = match session::find(door.lookup(), token)? {
        Some(grant) => (grant, "access_token"),
        None => match session::refresh(door.db, token)? {
            Some(Refresh::Good(grant)) => (grant, "refresh_token"),
            _ => return Ok(Reply::json(200, &json!({"active": false}))),
        },
    };
    let mut body = described(door, &grant, kind)?;
    if let (true, Some(map)) = (kind == "access_token", body.as_object_mut()) {
        map.insert(
            "exp".into(),
            json!((grant.issued / 1000).saturating_add(lifetime)),
        );
    }
    Ok(Reply::json(200, &body))
}

fn described(door: &Door<'_>, grant: &Grant, kind: &str) -> Result<serde_json::Value, Denial> {
    let username = user::by_id(door.db, &grant.user)?.map(|who| who.username);
    Ok(json!({
        "active": true,
        "scope": grant.scope,
        "client_id": grant.client,
        "username": username,
        "sub": format!("{}/id/{}/{}", door.base_url, story::organization_id(), grant.user),
        "token_type": kind,
        "iat": grant.issued / 1000,
        "nbf": grant.issued / 1000,
    }))
}
