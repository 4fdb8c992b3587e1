//! The device flow: a program without a browser shows a code, a person types it on the
//! page at `/setup/connect`, the program asks until the person has answered.

use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::app::{self, App};
use super::form::Form;
use super::session::{self, Extras};
use super::user;
use super::{Denial, Door, grants, page, scope, secret};
use crate::demo::wire::{Reply, Request};

/// The page's own address.
const HERE: &str = "/setup/connect";
/// Milliseconds a code waits for its person.
const LIFE: i64 = 10 * 60 * 1000;
/// Seconds between two questions, at least.
const INTERVAL: i64 = 5;
/// Letters and digits nobody mistakes for others.
const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Answers `response_type=device_code`.
///
/// # Errors
/// What is wrong with the app or its wish.
pub fn start(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let app = app::asking(form)?;
    let scope = scope::granted(form.get("scope"))?;
    let code = secret::made("");
    let user_code: String = secret::hash(&code)
        .as_bytes()
        .chunks(2)
        .take(8)
        .filter_map(|pair| {
            let number = pair
                .iter()
                .fold(0, |sum, byte| sum * 31 + usize::from(*byte));
            SIGNS
                .get(number % SIGNS.len())
                .map(|&sign| char::from(sign))
        })
        .collect();
    door.db.execute(
        "INSERT INTO sys_device (hash, user_code, client, scope, state, user_id, issued, asked)
         VALUES (?1, ?2, ?3, ?4, 'waiting', NULL, ?5, 0)",
        params![
            secret::hash(&code),
            user_code,
            app.client_id,
            scope,
            door.now.as_millisecond()
        ],
    )?;
    Ok(Reply::json(
        200,
        &json!({
            "device_code": code,
            "user_code": user_code,
            "verification_uri": format!("{}{HERE}", door.base_url),
            "interval": INTERVAL,
        }),
    ))
}

/// A device that waits.
struct Device {
    client: String,
    scope: String,
    state: String,
    user: Option<String>,
    issued: i64,
    asked: i64,
}

fn find(door: &Door<'_>, column: &str, value: &str) -> rusqlite::Result<Option<Device>> {
    door.db
        .prepare_cached(&format!(
            "SELECT client, scope, state, user_id, issued, asked FROM sys_device WHERE {column} = ?1"
        ))?
        .query_row([value], |row| {
            Ok(Device {
                client: row.get(0)?,
                scope: row.get(1)?,
                state: row.get(2)?,
                user: row.get(3)?,
                issued: row.get(4)?,
                asked: row.get(5)?,
            })
        })
        .optional()
}

/// Answers `grant_type=device`.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `access_denied`, `expired_token`.
pub fn token(door: &Door<'_>, form: &Form) -> Result<Reply, Denial> {
    let app = app::asking(form)?;
    let unknown = || Denial::new("invalid_grant", "invalid device code");
    let hashed = secret::hash(form.get("code").ok_or_else(unknown)?);
    let device = find(door, "hash", &hashed)?
        .filter(|device| device.client == app.client_id)
        .ok_or_else(unknown)?;
    let now = door.now.as_millisecond();
    let forget = || {
        door.db
            .execute("DELETE FROM sys_device WHERE hash = ?1", [&hashed])
            .map(drop)
    };
    if now - device.issued > LIFE {
        forget()?;
        return Err(Denial::new("expired_token", "device code has expired"));
    }
    door.db.execute(
        "UPDATE sys_device SET asked = ?2 WHERE hash = ?1",
        params![hashed, now],
    )?;
    match (device.state.as_str(), device.user) {
        ("allowed", Some(id)) => {
            forget()?;
            let who = user::by_id(door.db, &id)?.ok_or_else(unknown)?;
            let grant = session::new_grant(door, &who, app, &device.scope);
            let extras = Extras {
                refresh: grants::first_refresh(door, &grant)?,
                nonce: None,
            };
            session::granted(door, app, &grant, extras)
        }
        ("denied", _) => {
            forget()?;
            Err(Denial::new(
                "access_denied",
                "end-user denied authorization",
            ))
        }
        _ if now - device.asked < INTERVAL * 1000 => Err(Denial::new(
            "slow_down",
            "the client is polling too quickly",
        )),
        _ => Err(Denial::new(
            "authorization_pending",
            "authorization is pending",
        )),
    }
}

/// Answers the page people type the code on.
///
/// # Errors
/// SQLite's.
pub fn connect(door: &Door<'_>, request: &Request) -> Result<Reply, Denial> {
    let form = Form::of(request);
    let Some(typed) = form.get("user_code") else {
        return Ok(page::user_code(HERE, None));
    };
    let code = typed.trim().replace('-', "").to_ascii_uppercase();
    let waiting = find(door, "user_code", &code)?.filter(|device| {
        device.state == "waiting" && door.now.as_millisecond() - device.issued <= LIFE
    });
    let Some(device) = waiting else {
        let problem = "That code isn't valid. Enter the code displayed on your device.";
        return Ok(page::user_code(HERE, Some(problem)));
    };
    let app: &App = app::named(Some(&device.client))?;
    let Some(name) = form.get("user") else {
        return Ok(page::login(HERE, &form, &user::active(door.db)?, None));
    };
    let who = user::named(door.db, name)?;
    let bar = who.as_ref().map(|who| user::bar(door, who)).transpose()?;
    let Some(who) = who.filter(|_| bar == Some(None)) else {
        let problem = bar.flatten().unwrap_or(user::Bar::Inactive).on_page();
        return Ok(page::login(
            HERE,
            &form,
            &user::active(door.db)?,
            Some(problem),
        ));
    };
    let state = match form.get("answer") {
        Some("allow") => "allowed",
        Some("deny") => "denied",
        _ => return Ok(page::consent(HERE, &form, app, &who, &device.scope)),
    };
    door.db.execute(
        "UPDATE sys_device SET state = ?2, user_id = ?3 WHERE user_code = ?1",
        [code.as_str(), state, &who.id],
    )?;
    Ok(if state == "allowed" {
        user::approve(door.db, &who.id, app.client_id)?;
        page::notice(
            "You're Connected",
            "You can close this page and go on on your device.",
        )
    } else {
        page::notice(
            "Not Connected",
            "Access was denied. You can close this page.",
        )
    })
}
