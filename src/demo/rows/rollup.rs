//! Roll-ups: parents' fields that sum their children up, computed again for the parents
//! a written row belongs or belonged to. Knows no rules.

use rusqlite::{Connection, params};

use super::Draft;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::formula;
use crate::demo::formula::Asking;
use crate::demo::schema::{FieldDef, ObjectDef, RollupDef, RollupKind, Schema};
use crate::demo::store::quoted;

/// Brings the roll-ups of these rows' parents up to date.
///
/// # Errors
/// A sum too large for its field.
pub fn refresh(call: &Call<'_>, object: &ObjectDef, rows: &[&Draft]) -> Result<(), Refusal> {
    for (parent, field, rollup) in of_child(call.schema, &object.name) {
        let mut done: Vec<&str> = Vec::new();
        for id in rows.iter().filter_map(|row| row.text(&rollup.link)) {
            if done.contains(&id) {
                continue;
            }
            done.push(id);
            let Some(sql) = sum(asking(call), object, rollup, field, "?1") else {
                continue;
            };
            let sql = format!(
                "UPDATE {} SET {} = {sql} WHERE \"Id\" = ?1",
                quoted(&parent.name),
                quoted(&field.name)
            );
            let mut statement = call.db.prepare_cached(&sql)?;
            statement
                .execute(params![id])
                .map_err(|fault| too_large(field, fault))?;
        }
    }
    Ok(())
}

/// Brings every roll-up of the org up to date.
///
/// # Errors
/// SQLite's.
pub fn refresh_all(db: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let asking = Asking {
        schema,
        user: "",
        zone: &jiff::tz::TimeZone::UTC,
    };
    for child in &schema.objects {
        for (parent, field, rollup) in of_child(schema, &child.name) {
            let link = format!("{}.\"Id\"", quoted(&parent.name));
            if let Some(sql) = sum(asking, child, rollup, field, &link) {
                let (table, name) = (quoted(&parent.name), quoted(&field.name));
                db.execute(&format!("UPDATE {table} SET {name} = {sql}"), [])?;
            }
        }
    }
    Ok(())
}

fn asking<'a>(call: &'a Call<'_>) -> Asking<'a> {
    Asking {
        schema: call.schema,
        user: call.user,
        zone: &call.zone,
    }
}

/// The roll-ups a child object takes part in, with the parent they are fields of.
fn of_child<'a>(
    schema: &'a Schema,
    child: &'a str,
) -> impl Iterator<Item = (&'a ObjectDef, &'a FieldDef, &'a RollupDef)> {
    schema.objects.iter().flat_map(move |parent| {
        parent.fields.iter().filter_map(move |field| {
            let rollup = field.rollup.as_ref()?;
            (rollup.child == child).then_some((parent, field, rollup))
        })
    })
}

/// The sum over the children of one parent, in the units of the parent's field.
fn sum(
    asking: Asking<'_>,
    child: &ObjectDef,
    rollup: &RollupDef,
    field: &FieldDef,
    parent: &str,
) -> Option<String> {
    let summed = child.field(&rollup.field)?;
    let column = format!("c.{}", quoted(&summed.name));
    let value = match rollup.kind {
        RollupKind::Count => "count(*)".to_owned(),
        RollupKind::Sum => format!("ifnull(sum({column}), 0)"),
        RollupKind::Min => format!("min({column})"),
        RollupKind::Max => format!("max({column})"),
    };
    let value = match field.scale.checked_sub(summed.scale) {
        Some(more) if more > 0 && rollup.kind != RollupKind::Count => {
            format!("{value} * {}", 10_i64.saturating_pow(more))
        }
        _ => value,
    };
    let filter = match &rollup.filter {
        Some(filter) => format!(" AND {}", formula::condition(asking, child, "c", filter)?),
        None => String::new(),
    };
    Some(format!(
        "(SELECT {value} FROM {} c WHERE c.{} = {parent} AND c.\"IsDeleted\" = 0{filter})",
        quoted(&child.name),
        quoted(&rollup.link)
    ))
}

fn too_large(field: &FieldDef, fault: rusqlite::Error) -> Refusal {
    if fault.to_string().contains("overflow") {
        let text = format!(
            "{}: value outside of valid range on numeric field",
            field.label
        );
        return Refusal::row("NUMBER_OUTSIDE_VALID_RANGE", text, &[&field.name]);
    }
    fault.into()
}
