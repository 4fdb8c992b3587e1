//! Rows by a key field other than their id: finding, and creating or updating.

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value};

use super::write::{self, Options};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::ids::long_id;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::store::quoted;
use crate::demo::value;

/// What an upsert did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upserted {
    Created(String),
    Updated(String),
    /// Several rows have the key; none was touched.
    Ambiguous(Vec<String>),
}

/// A field rows may be addressed by: external id, `idLookup`, or `Id`.
///
/// # Errors
/// 404, with the text real orgs use for malformed ids too.
pub fn key_field<'a>(object: &'a ObjectDef, name: &str) -> Result<&'a FieldDef, Refusal> {
    object
        .field(name)
        .filter(|field| field.external_id || field.id_lookup || field.kind == FieldKind::Id)
        .ok_or_else(|| Refusal::unknown_key_field(name))
}

/// Ids of the live rows with this key.
///
/// # Errors
/// SQLite's.
pub fn matches(
    call: &Call<'_>,
    object: &ObjectDef,
    key: &FieldDef,
    wanted: &str,
) -> Result<Vec<String>, Refusal> {
    let wanted = match key.kind {
        FieldKind::Id => long_id(wanted).map(Sql::Text),
        _ => value::from_text(key.into(), wanted).ok(),
    };
    let Some(wanted) = wanted else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"IsDeleted\" = 0 ORDER BY rid LIMIT 200",
        quoted(&object.name),
        quoted(&key.name)
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    let found = statement
        .query_map([wanted], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// Creates or updates the row with this key.
///
/// # Errors
/// Those of the write; 404 when only an update is allowed and there is no row.
pub fn upsert(
    call: &Call<'_>,
    object: &ObjectDef,
    key: (&FieldDef, &str),
    body: &Map<String, Value>,
    options: Options,
) -> Result<Upserted, Refusal> {
    let (field, wanted) = key;
    if body
        .keys()
        .any(|name| name.eq_ignore_ascii_case(&field.name) || name.eq_ignore_ascii_case("Id"))
    {
        let text = format!(
            "The {} field should not be specified in the sobject data.",
            field.name
        );
        return Err(Refusal::row("INVALID_FIELD", text, &[&field.name]));
    }
    match matches(call, object, field, wanted)?.as_slice() {
        [id] => {
            write::update(call, object, id, body, options)?;
            Ok(Upserted::Updated(id.clone()))
        }
        [] if options.update_only || field.kind == FieldKind::Id => Err(Refusal::not_found()),
        [] => {
            let mut whole = body.clone();
            whole.insert(field.name.clone(), Value::from(wanted));
            write::create(call, object, &whole, options).map(Upserted::Created)
        }
        several => Ok(Upserted::Ambiguous(several.to_vec())),
    }
}
