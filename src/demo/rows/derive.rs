//! What the platform fills in on every object: defaults, audit fields, composed names,
//! auto numbers. What single objects derive is in [`activity`] and [`sales`].

mod activity;
mod sales;

pub use activity::touch_parents;

use rusqlite::types::Value as Sql;

use super::Draft;
use super::asked::Asked;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::formula;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, RollupKind};
use crate::demo::store;
use crate::demo::value;

/// Values a new row gets where none was given.
pub fn defaults(call: &Call<'_>, object: &ObjectDef, row: &mut Draft) {
    for field in object.stored() {
        if row.has(&field.name) {
            continue;
        }
        if let Some(value) = default_of(call, object, field) {
            row.set(&field.name, value);
        }
    }
    // Formulas see the plain defaults.
    for field in object.stored() {
        let Some(formula) = &field.default_formula else {
            continue;
        };
        if row.has(&field.name) {
            continue;
        }
        let value = formula::evaluate(formula, &Asked::new(call, object, row, None));
        if let Ok(value) = value {
            row.set(&field.name, value.stored(field.into()));
        }
    }
}

fn default_of(call: &Call<'_>, object: &ObjectDef, field: &FieldDef) -> Option<Sql> {
    if field.name == "OwnerId" {
        return Some(Sql::Text(call.user.to_owned()));
    }
    if field.name == "RecordTypeId" {
        return object
            .default_record_type()
            .map(|kind| Sql::Text(kind.id.clone()));
    }
    if let Some(rollup) = &field.rollup {
        let counts = matches!(rollup.kind, RollupKind::Count | RollupKind::Sum);
        return counts.then_some(Sql::Integer(0));
    }
    if let Some(text) = &field.default_value {
        return value::from_text(field.into(), text).ok();
    }
    let counted = !field.nillable && !field.createable && field.name != "Id";
    let number = matches!(field.kind, FieldKind::Int | FieldKind::Currency);
    (field.kind == FieldKind::Boolean || (counted && number)).then_some(Sql::Integer(0))
}

/// Fills in everything derived; `before` is the row as it was, for an update.
///
/// # Errors
/// SQLite's, as a refusal.
pub fn fill(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    audit(call, object, row, before.is_none());
    if object.is_person() {
        row.set_text("Name", person_name(row));
    }
    if before.is_none() {
        numbers(call, object, row)?;
    }
    match object.name.as_str() {
        "Task" => activity::task(call, row, before)?,
        "Event" => activity::event(call, row, before)?,
        "Opportunity" => sales::opportunity(call, row, before)?,
        "Case" => sales::case(call, row, before)?,
        "CampaignMember" => sales::campaign_member(call, row)?,
        "Project__c" if row.is_null("Name") => {
            // A custom object without a name shows its id, as real ones do.
            let id = row.text("Id").unwrap_or_default().to_owned();
            row.set_text("Name", id);
        }
        _ => {}
    }
    Ok(())
}

fn audit(call: &Call<'_>, object: &ObjectDef, row: &mut Draft, new: bool) {
    let stamp = call.stamp();
    let mut put = |name: &str, value: &str| {
        if object.field(name).is_some() {
            row.set_text(name, value);
        }
    };
    put("SystemModstamp", &stamp);
    put("LastModifiedDate", &stamp);
    put("LastModifiedById", call.user);
    if new {
        put("CreatedDate", &stamp);
        put("CreatedById", call.user);
    }
}

/// First and last name; the salutation is not part of `Name`.
fn person_name(row: &Draft) -> String {
    let parts = [row.text("FirstName"), row.text("LastName")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn numbers(call: &Call<'_>, object: &ObjectDef, row: &mut Draft) -> Result<(), Refusal> {
    for field in object.stored().filter(|field| field.auto_number) {
        let counter = format!("{}.{}", object.name, field.name);
        let number = store::next_number(call.db, &counter)?;
        let format = field.auto_number_format.as_deref().unwrap_or("{0}");
        row.set_text(&field.name, auto_number(format, number));
    }
    Ok(())
}

/// `A-{0000}` and 7 give `A-0007`.
pub fn auto_number(format: &str, number: u64) -> String {
    let Some((head, rest)) = format.split_once('{') else {
        return format!("{format}{number}");
    };
    let (zeros, tail) = rest.split_once('}').unwrap_or((rest, ""));
    format!("{head}{number:0width$}{tail}", width = zeros.len())
}

#[cfg(test)]
mod tests {
    use super::auto_number;

    #[test]
    fn auto_numbers_follow_their_format() {
        for (format, number, text) in [
            ("A-{0000}", 7, "A-0007"),
            ("{00000000}", 1234, "00001234"),
            ("P{0}x", 12, "P12x"),
        ] {
            assert_eq!(auto_number(format, number), text);
        }
    }
}
