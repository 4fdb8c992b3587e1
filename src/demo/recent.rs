//! Recently viewed rows of a user.

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::Refusal;
use super::rows::table;
use super::schema::ObjectDef;
use super::store::quoted;

/// Puts a row at the top of the asking user's list.
///
/// # Errors
/// SQLite's.
pub fn seen(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<(), Refusal> {
    if !object.mru_enabled {
        return Ok(());
    }
    call.db
        .prepare_cached(
            "INSERT OR REPLACE INTO sys_recent (user_id, id, object, seen)
             VALUES (?1, ?2, ?3, (SELECT ifnull(max(seen), 0) + 1 FROM sys_recent))",
        )?
        .execute(params![call.user, id, object.name])?;
    if object.field("LastViewedDate").is_some() {
        let sql = format!(
            "UPDATE {} SET LastViewedDate = ?2, LastReferencedDate = ?2 WHERE \"Id\" = ?1",
            quoted(&object.name)
        );
        // ContentNote has the first of the two only.
        if object.field("LastReferencedDate").is_some() {
            call.db
                .prepare_cached(&sql)?
                .execute(params![id, call.stamp()])?;
        }
    }
    Ok(())
}

/// The newest rows, of one object or of all.
///
/// # Errors
/// SQLite's.
pub fn list(call: &Call<'_>, object: Option<&str>, limit: usize) -> Result<Value, Refusal> {
    let mut statement = call.db.prepare_cached(
        "SELECT id, object FROM sys_recent WHERE user_id = ?1 AND object = ifnull(?2, object)
         ORDER BY seen DESC LIMIT 200",
    )?;
    let found: Vec<(String, String)> = statement
        .query_map(params![call.user, object], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for (id, name) in found {
        let Some(object) = call.schema.object(&name) else {
            continue;
        };
        let seen = || call.rights.reach(call.db, call.whole, object, &id);
        if rows.len() < limit && table::exists(call.db, object, &id)? && seen()?.is_some() {
            rows.push(short(call, object, &id)?);
        }
    }
    Ok(Value::Array(rows))
}

/// `{attributes, Id, Name}`.
fn short(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<Value, Refusal> {
    let mut map = Map::new();
    map.insert(
        "attributes".into(),
        json!({"type": object.name, "url": call.row_url(&object.name, id)}),
    );
    map.insert("Id".into(), json!(id));
    if let Some(field) = object.name_field() {
        map.insert(
            field.name.clone(),
            json!(table::text(call.db, &object.name, &field.name, id)?),
        );
    }
    Ok(Value::Object(map))
}
