//! Doors for browsers: a link that logs in once (`singleaccess`, `frontdoor.jsp`), and
//! the login page an org shows at its root. Behind them there is no screen to see.

use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::form::Form;
use super::session;
use super::user::{self, User};
use super::{Denial, Door, page, secret};
use crate::demo::wire::{Reply, Request, encode};

/// Milliseconds a link that logs in is good for.
const LIFE: i64 = 60 * 1000;

/// Answers `POST /services/oauth2/singleaccess`: a link for the holder of a session.
///
/// # Errors
/// `invalid_grant` without one.
pub fn single_access(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    let token = crate::demo::engine::bearer(request)
        .or(form.get("access_token"))
        .unwrap_or_default();
    let grant = session::find(door.lookup(), token)?
        .ok_or_else(|| Denial::new("invalid_grant", "expired access/refresh token"))?;
    let pass = secret::made("");
    door.db.execute(
        "INSERT INTO sys_pass (hash, user_id, issued) VALUES (?1, ?2, ?3)",
        params![secret::hash(&pass), grant.user, door.now.as_millisecond()],
    )?;
    let place = form
        .get("redirect_uri")
        .map_or(String::new(), |to| format!("&startURL={}", encode(to)));
    let link = format!(
        "{}/secur/frontdoor.jsp?otp={}{place}",
        door.base_url,
        encode(&pass)
    );
    Ok(Reply::json(200, &json!({"frontdoor_uri": link})))
}

/// Answers `/secur/frontdoor.jsp`: with a session id or a one-time pass, to the page
/// that was asked for.
///
/// # Errors
/// SQLite's.
pub fn front_door(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    let user = match (form.get("sid"), form.get("otp")) {
        (Some(sid), _) => session::find(door.lookup(), sid)?.map(|grant| grant.user),
        (None, Some(pass)) => passed(door, pass)?,
        (None, None) => None,
    };
    let who = user
        .map(|id| user::by_id(door.db, &id))
        .transpose()?
        .flatten();
    let Some(who) = who else {
        return Ok(Reply::empty(302).with("Location", format!("{}/login", door.base_url)));
    };
    inside(door, &who, form.get("startURL").or(form.get("retURL")))
}

fn passed(door: &Door<'_>, pass: &str) -> rusqlite::Result<Option<String>> {
    let found: Option<(String, i64)> = door
        .db
        .prepare_cached("DELETE FROM sys_pass WHERE hash = ?1 RETURNING user_id, issued")?
        .query_row([secret::hash(pass)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found
        .filter(|(_, issued)| door.now.as_millisecond() - issued <= LIFE)
        .map(|(user, _)| user))
}

/// Sends a known browser on, within this org only.
fn inside(door: &Door<'_>, who: &User, place: Option<&str>) -> Result<Reply, Denial> {
    let place = place.and_then(|place| {
        let path = place.strip_prefix(door.base_url).unwrap_or(place);
        (path.starts_with('/') && !path.starts_with("//") && !path.contains('\\')).then_some(path)
    });
    match place {
        Some(path) if path.starts_with("/services/oauth2/authorize") => {
            Ok(Reply::empty(302).with("Location", format!("{}{path}", door.base_url)))
        }
        _ => Ok(page::notice(
            "Logged in",
            &format!(
                "{} is logged in to the demo org, which has no screens in a browser.",
                who.name
            ),
        )),
    }
}

/// Answers `/` and `/login`: says what this is and who may log in.
///
/// # Errors
/// SQLite's.
pub fn login(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    let Some(name) = form.get("user") else {
        return Ok(page::login("/login", &form, &user::active(door.db)?, None));
    };
    let who = user::named(door.db, name)?;
    let bar = who.as_ref().map(|who| user::bar(door, who)).transpose()?;
    match who.filter(|_| bar == Some(None)) {
        Some(who) => inside(door, &who, form.get("startURL")),
        None => {
            let problem = bar.flatten().unwrap_or(user::Bar::Inactive).on_page();
            Ok(page::login(
                "/login",
                &form,
                &user::active(door.db)?,
                Some(problem),
            ))
        }
    }
}
