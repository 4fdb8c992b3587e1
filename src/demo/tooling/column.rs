//! What a custom field's coming and changing does to the table. Values are never lost
//! silently: a change that could not keep them is refused.

use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use super::spec::integrity;
use crate::demo::error::Refusal;
use crate::demo::rows::rollup;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema};
use crate::demo::store::{self, quoted};

/// Adds the column of a new field, empty: one that a deleted field left is dropped first.
pub(super) fn make(db: &Connection, next: &Schema, row: (&ObjectDef, &str)) -> Result<(), Refusal> {
    let (object, name) = row;
    let table = quoted(&object.name);
    let fields: Vec<&FieldDef> = object
        .stored()
        .filter(|field| field.name == name || field.compound.as_deref() == Some(name))
        .collect();
    for field in &fields {
        let left = db
            .prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2")?
            .exists(params![object.name, field.name])?;
        if left {
            let index = quoted(&format!("by_{}_{}", object.name, field.name));
            let column = quoted(&field.name);
            db.execute_batch(&format!(
                "DROP INDEX IF EXISTS {index}; ALTER TABLE {table} DROP COLUMN {column}"
            ))?;
        }
    }
    store::object_table(db, object)?;
    for field in fields {
        if field.kind == FieldKind::Boolean && field.default_value.as_deref() == Some("true") {
            db.execute(
                &format!("UPDATE {table} SET {} = 1", quoted(&field.name)),
                [],
            )?;
        }
        if field.rollup.is_some() {
            rollup::refresh_all(db, next)?;
        }
    }
    Ok(())
}

/// Lets an auto number begin where `startingNumber` says.
pub(super) fn start_numbers(
    db: &Connection,
    object: &ObjectDef,
    name: &str,
    metadata: &Map<String, Value>,
) -> Result<(), Refusal> {
    let first = metadata
        .get("startingNumber")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    let auto = object.field(name).is_some_and(|field| field.auto_number);
    if auto {
        db.execute(
            "INSERT OR REPLACE INTO sys_counter (name, last) VALUES (?1, ?2)",
            params![format!("{}.{name}", object.name), first.max(0) - 1],
        )?;
    }
    Ok(())
}

/// What values are stored as; a change within a class keeps them.
#[derive(PartialEq, Eq)]
enum Class {
    Text,
    Number,
    Made,
    Other(FieldKind),
}

fn class(field: &FieldDef) -> Class {
    use FieldKind as K;
    if field.formula.is_some() || field.rollup.is_some() {
        return Class::Made;
    }
    match field.kind {
        K::String
        | K::TextArea
        | K::Email
        | K::Phone
        | K::Url
        | K::Picklist
        | K::EncryptedString => Class::Text,
        K::Double | K::Currency | K::Percent => Class::Number,
        other => Class::Other(other),
    }
}

/// Makes the column fit a changed field.
///
/// # Errors
/// `FIELD_INTEGRITY_EXCEPTION` when rows hold values that would not fit.
pub(super) fn convert(
    db: &Connection,
    object: &ObjectDef,
    change: (&FieldDef, &FieldDef),
) -> Result<(), Refusal> {
    let (was, is) = change;
    if class(was) == class(is) {
        fit(db, object, was, is)?;
    } else {
        empty(db, object, was, is)?;
    }
    let column = quoted(&was.name);
    if is.unique && !was.unique {
        let sql = format!(
            "SELECT 1 FROM {} WHERE {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1 LIMIT 1",
            quoted(&object.name)
        );
        if db.prepare(&sql)?.exists([])? {
            let text = format!("{}: records hold the same value twice", was.label);
            return Err(integrity(text));
        }
    }
    Ok(())
}

fn holds(
    db: &Connection,
    object: &ObjectDef,
    field: &FieldDef,
    condition: &str,
) -> Result<bool, Refusal> {
    let sql = format!(
        "SELECT 1 FROM {} WHERE {} {condition} LIMIT 1",
        quoted(&object.name),
        quoted(&field.name)
    );
    Ok(db.prepare(&sql)?.exists([])?)
}

/// Another class of values: only while there are none.
fn empty(
    db: &Connection,
    object: &ObjectDef,
    was: &FieldDef,
    is: &FieldDef,
) -> Result<(), Refusal> {
    if class(was) == Class::Made || class(is) == Class::Made {
        return Err(integrity(format!(
            "Cannot change the type of {}: formulas and roll-ups stay what they are",
            was.label
        )));
    }
    // A checkbox's column always holds a value, and a location has none of its own.
    let apart = |field: &FieldDef| field.is_compound() || field.kind == FieldKind::Boolean;
    if apart(was) || apart(is) {
        return Err(integrity(format!(
            "Cannot change {} from or to this type",
            was.label
        )));
    }
    if holds(db, object, was, "IS NOT NULL")? {
        return Err(integrity(format!(
            "Cannot change the type of {} while records hold values",
            was.label
        )));
    }
    Ok(())
}

/// The same class: scales are converted, lengths must suffice.
fn fit(db: &Connection, object: &ObjectDef, was: &FieldDef, is: &FieldDef) -> Result<(), Refusal> {
    let (table, column) = (quoted(&object.name), quoted(&was.name));
    if class(is) == Class::Number && was.scale != is.scale {
        // Decimals are stored as whole numbers of their last digit.
        let factor = 10_i64.pow(was.scale.abs_diff(is.scale).min(18));
        let sql = if is.scale > was.scale {
            format!("UPDATE {table} SET {column} = {column} * {factor}")
        } else {
            format!("UPDATE {table} SET {column} = CAST(round({column} / {factor}.0) AS INTEGER)")
        };
        db.execute(&sql, [])?;
    }
    let longer = format!("IS NOT NULL AND length({column}) > {}", is.length);
    if class(is) == Class::Text && is.length < was.length && holds(db, object, was, &longer)? {
        return Err(integrity(format!(
            "{}: records hold longer values than {} characters",
            was.label, is.length
        )));
    }
    Ok(())
}
