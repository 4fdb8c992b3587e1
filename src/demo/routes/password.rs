//! `…/sobjects/User/{id}/password` (REST API guide, "sObject User Password"): whether it
//! has expired, and a new one. Knows nothing of how passwords are kept. No password of this
//! org expires, so there is no reset that makes the user choose one.

use serde_json::{Value, json};

use super::{object_body, only};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::ids::long_id;
use crate::demo::oauth::password;
use crate::demo::rights::Permission;
use crate::demo::rows::table;
use crate::demo::wire::{Reply, Request};

/// The fewest characters of a password (Setup, "Password Policies").
const SHORTEST: usize = 8;

/// Answers for the user of that id.
///
/// # Errors
/// 404 for a user there is not, 403 without the right, `INVALID_NEW_PASSWORD`.
pub(super) fn answer(
    call: &Call<'_>,
    method: &str,
    id: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    only(method, "GET,HEAD,POST")?;
    let id = long_id(id).ok_or_else(Refusal::not_found)?;
    let object = call.schema.object("User").ok_or_else(Refusal::not_found)?;
    if !table::exists(call.db, object, &id)? {
        return Err(Refusal::not_found());
    }
    let own = method == "GET" && id == call.user;
    if !own && !call.rights.has(Permission::ResetPasswords) {
        let text = "You do not have permission to view this record.";
        return Err(Refusal::new(403, "INSUFFICIENT_ACCESS", text));
    }
    if method == "GET" {
        return Ok(Reply::json(200, &json!({"isExpired": false})));
    }
    let body = object_body(request)?;
    let Some(wanted) = body.get("NewPassword").and_then(Value::as_str) else {
        return Err(Refusal::row(
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [NewPassword]",
            &["NewPassword"],
        ));
    };
    allowed(call, &id, wanted)?;
    password::set(call.db, &id, wanted)?;
    Ok(Reply::empty(204))
}

fn allowed(call: &Call<'_>, id: &str, wanted: &str) -> Result<(), Refusal> {
    let mixed = wanted.chars().any(char::is_alphabetic) && wanted.chars().any(char::is_numeric);
    let text = if wanted.chars().count() < SHORTEST {
        "Your password must be at least 8 characters long."
    } else if !mixed {
        "Your password must have a mix of letters and numbers."
    } else if password::is_current(call.db, id, wanted)? {
        "invalid repeated password"
    } else {
        return Ok(());
    };
    Err(Refusal::new(400, "INVALID_NEW_PASSWORD", text))
}
