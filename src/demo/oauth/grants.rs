//! The token endpoint's plain grants: a code, a refresh token, a password, an app's own
//! credentials.

use rusqlite::OptionalExtension;

use super::form::Form;
use super::password::{self, Tried};
use super::session::{self, Extras, Grant, Refresh};
use super::{Denial, Door, app, scope, secret, user};
use crate::demo::story;
use crate::demo::wire::Reply;

/// Milliseconds an authorization code lives.
const CODE_LIFE: i64 = 15 * 60 * 1000;

/// A code as it was kept.
struct Code {
    user: String,
    client: String,
    redirect: String,
    challenge: Option<String>,
    scope: String,
    nonce: Option<String>,
    issued: i64,
}

/// Taken out at once: a code serves one attempt.
fn taken(door: &Door<'_>, code: &str) -> rusqlite::Result<Option<Code>> {
    door.db
        .prepare_cached(
            "DELETE FROM sys_auth_code WHERE hash = ?1
             RETURNING user_id, client, redirect, challenge, scope, nonce, issued",
        )?
        .query_row([secret::hash(code)], |row| {
            Ok(Code {
                user: row.get(0)?,
                client: row.get(1)?,
                redirect: row.get(2)?,
                challenge: row.get(3)?,
                scope: row.get(4)?,
                nonce: row.get(5)?,
                issued: row.get(6)?,
            })
        })
        .optional()
}

/// `authorization_code`.
///
/// # Errors
/// What is wrong with the code, or with how it is asked for.
pub fn by_code(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let app = app::asking(form)?;
    let expired = || Denial::new("invalid_grant", "expired authorization code");
    let code = taken(door, form.get("code").ok_or_else(expired)?)?.ok_or_else(expired)?;
    if door.now.as_millisecond() - code.issued > CODE_LIFE {
        return Err(expired());
    }
    if code.client != app.client_id {
        return Err(Denial::new(
            "invalid_client_id",
            "client identifier invalid",
        ));
    }
    if form.get("redirect_uri") != Some(&code.redirect) {
        return Err(Denial::new(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ));
    }
    if let Some(challenge) = &code.challenge {
        let verifier = form
            .get("code_verifier")
            .ok_or_else(|| Denial::new("invalid_grant", "code verifier required"))?;
        if secret::challenge(verifier) != *challenge {
            return Err(Denial::new("invalid_grant", "invalid code verifier"));
        }
    }
    let grant = Grant {
        user: code.user,
        client: code.client,
        scope: code.scope,
        family: secret::made(""),
        issued: door.now.as_millisecond(),
    };
    let extras = Extras {
        refresh: first_refresh(door, &grant)?,
        nonce: code.nonce.as_deref(),
    };
    session::granted(door, app, &grant, extras)
}

/// The refresh token of a new login, where its scope has one.
pub fn first_refresh(door: &Door<'_>, grant: &Grant) -> rusqlite::Result<Option<String>> {
    session::may_refresh(&grant.scope)
        .then(|| session::new_refresh(door.db, grant))
        .transpose()
}

/// `refresh_token`. Classic orgs keep the token; where tokens rotate, one that was
/// traded in before ends the whole login.
///
/// # Errors
/// `expired access/refresh token`, and what is wrong with the app or the user.
pub fn by_refresh(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let app = app::asking(form)?;
    let dead = || Denial::new("invalid_grant", "expired access/refresh token");
    let token = form.get("refresh_token").ok_or_else(dead)?;
    let grant = match session::refresh(door.db, token)?.ok_or_else(dead)? {
        Refresh::Good(grant) if grant.client == app.client_id => grant,
        Refresh::Good(_) => return Err(dead()),
        Refresh::Spent(grant) => {
            session::end_family(door.db, &grant.family)?;
            return Err(dead());
        }
    };
    let mut extras = Extras::default();
    if door.policy.rotate_refresh_tokens {
        session::spend(door.db, token)?;
        extras.refresh = Some(session::new_refresh(door.db, &grant)?);
    }
    session::granted(door, app, &grant, extras)
}

/// `password`: the app knows the user's password and security token.
///
/// # Errors
/// `authentication failure`, `inactive user`, `ip restricted`.
pub fn by_password(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let app = app::asking(form)?;
    let failed = || Denial::new("invalid_grant", "authentication failure");
    let who = user::named(door.db, form.get("username").unwrap_or_default())?.ok_or_else(failed)?;
    let given = form.get("password").unwrap_or_default();
    match password::tried(door.db, &who.id, given, door.now.as_millisecond())? {
        Tried::Right => {}
        Tried::Wrong | Tried::Locked => return Err(failed()),
    }
    user::admit(door, &who)?;
    let grant = session::new_grant(door, &who, app, "api web id");
    session::granted(door, app, &grant, Extras::default())
}

/// `client_credentials`: the app acts as the user it is set up to run as.
///
/// # Errors
/// On a generic login host, or where the app has no such user.
pub fn by_client(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    if ["login.", "test."]
        .iter()
        .any(|generic| door.host.starts_with(generic))
    {
        let text = "request not supported on this domain";
        return Err(Denial::new("invalid_grant", text));
    }
    let app = app::asking(form)?;
    if form.client_secret().is_none() {
        return Err(Denial::new("invalid_client", "invalid client credentials"));
    }
    if !app.runs_as_administrator {
        let text = "no client credentials user enabled";
        return Err(Denial::new("invalid_grant", text));
    }
    let who = user::by_id(door.db, &story::user_id())?
        .ok_or_else(|| Denial::new("invalid_grant", "no client credentials user enabled"))?;
    let scope = match form.get("scope") {
        Some(wish) => scope::granted(Some(wish))?,
        None => "api web id".to_owned(),
    };
    let grant = session::new_grant(door, &who, app, &scope);
    session::granted(door, app, &grant, Extras::default())
}
