//! `…/sobjects/User/{id}/password` (REST API guide, "sObject User Password").

use serde_json::{Map, Value, json};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::oauth::password;
use crate::demo::rights::Permission;
use crate::demo::routes::{object_body, only};
use crate::demo::rows::table;
use crate::demo::schema::ObjectDef;
use crate::demo::wire::{Reply, Request};

/// Characters of a password, at least (the default password policy).
const SHORTEST: usize = 8;
/// Characters of a password, at most.
const LONGEST: usize = 16_000;

/// Says whether the password is expired, sets one, or makes one up.
///
/// # Errors
/// 404 for no such user, 403 for another's without Manage Users,
/// `INVALID_NEW_PASSWORD`.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    (object, id): (&ObjectDef, &str),
    request: &Request,
) -> Result<Reply, Refusal> {
    only(method, "GET,HEAD,POST,DELETE")?;
    if !table::exists(call.db, object, id)? {
        return Err(Refusal::not_found());
    }
    if id != call.user && !call.rights.has(Permission::ManageUsers) {
        let text = "You do not have permission to view this record.";
        return Err(Refusal::new(403, "INSUFFICIENT_ACCESS", text));
    }
    match method {
        "POST" => {
            let body = object_body(request)?;
            let new = wanted(&body)?;
            if password::holds(call.db, id, new)? {
                return Err(invalid("invalid repeated password"));
            }
            password::set(call.db, id, new)?;
            Ok(Reply::empty(204))
        }
        "DELETE" => {
            let new = password::reset(call.db, id)?;
            Ok(Reply::json(200, &json!({"NewPassword": new})))
        }
        _ => {
            let expired = password::is_temporary(call.db, id)?;
            Ok(Reply::json(200, &json!({"isExpired": expired})))
        }
    }
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "INVALID_NEW_PASSWORD", text)
}

/// The new password, when the policy lets it be one.
fn wanted(body: &Map<String, Value>) -> Result<&str, Refusal> {
    let new = body
        .get("NewPassword")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let signs = new.chars().count();
    if signs < SHORTEST {
        return Err(invalid("Your password must be at least 8 characters long."));
    }
    if signs > LONGEST {
        return Err(invalid("Your password is too long."));
    }
    let has = |is: fn(char) -> bool| new.chars().any(is);
    if has(char::is_alphabetic) && has(|sign| sign.is_ascii_digit()) {
        return Ok(new);
    }
    Err(invalid(
        "Your password must have a mix of letters and numbers",
    ))
}
