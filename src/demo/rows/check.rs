//! What the platform itself refuses: missing, too long, out of range, not in the list,
//! no e-mail address, no such parent. Messages carry labels, `fields` API names.

use rusqlite::types::Value as Sql;

use super::{Draft, table};
use crate::demo::call::Call;
use crate::demo::error::{Fault, Refusal};
use crate::demo::ids::long_id;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::value::{unscaled, whole_digits};

/// Checks the given values; normalises ids in them. `whole` is the row as it will be.
///
/// # Errors
/// Every fault of the first kind of fault found.
pub fn given(
    call: &Call<'_>,
    object: &ObjectDef,
    given: &mut Draft,
    whole: &Draft,
) -> Result<(), Refusal> {
    required(object, given, whole)?;
    let mut faults = Vec::new();
    for field in object.stored().filter(|field| given.has(&field.name)) {
        faults.extend(value_fault(object, field, given.get(&field.name), whole));
    }
    if !faults.is_empty() {
        return Err(Refusal {
            status: 400,
            faults,
        });
    }
    for field in object
        .stored()
        .filter(|field| field.kind == FieldKind::Reference)
    {
        if let Some(id) = given.text(&field.name) {
            let id = parent(call, field, id)?;
            given.set_text(&field.name, id);
        }
    }
    Ok(())
}

/// A required field is missing on create, or cleared.
fn required(object: &ObjectDef, given: &Draft, whole: &Draft) -> Result<(), Refusal> {
    let missing: Vec<&str> = object
        .stored()
        .filter(|field| field.createable || field.updateable)
        .filter(|field| !field.nillable && field.kind != FieldKind::Boolean)
        .filter(|field| whole.is_null(&field.name))
        .filter(|field| given.has(&field.name) || field.required_on_create())
        .map(|field| field.name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if let (["OwnerId"], Some(owner)) = (missing.as_slice(), object.field_at_all("OwnerId")) {
        let text = format!("{}: owner cannot be blank", owner.label);
        return Err(Refusal::row("INVALID_CROSS_REFERENCE_KEY", text, &missing));
    }
    let text = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(Refusal::row("REQUIRED_FIELD_MISSING", text, &missing))
}

fn value_fault(object: &ObjectDef, field: &FieldDef, value: &Sql, whole: &Draft) -> Option<Fault> {
    match value {
        Sql::Integer(units) if field.kind == FieldKind::Int => {
            let text = units.to_string();
            (whole_digits(&text) > i64::from(field.digits.max(1)))
                .then(|| out_of_range(field, &text))
        }
        Sql::Integer(units) if field.precision > 0 => {
            let text = unscaled(*units, field.scale);
            let room = i64::from(field.precision) - i64::from(field.scale);
            (whole_digits(&text) > room).then(|| out_of_range(field, &text))
        }
        // Decimals that fit no column at all come here as text.
        Sql::Text(text) if !field.is_text() && field.precision > 0 => {
            Some(out_of_range(field, text))
        }
        Sql::Text(text) if field.is_text() => text_fault(object, field, text, whole),
        _ => None,
    }
}

fn out_of_range(field: &FieldDef, shown: &str) -> Fault {
    let text = format!(
        "{}: value outside of valid range on numeric field: {shown}",
        field.label
    );
    Fault::row("NUMBER_OUTSIDE_VALID_RANGE", text, &[&field.name])
}

fn text_fault(object: &ObjectDef, field: &FieldDef, text: &str, whole: &Draft) -> Option<Fault> {
    let room = field.length as usize;
    if room > 0 && text.chars().count() > room {
        let message = format!(
            "{}: data value too large: {text} (max length={room})",
            field.label
        );
        return Some(Fault::row("STRING_TOO_LONG", message, &[&field.name]));
    }
    match field.kind {
        FieldKind::Email if !is_email(text) => {
            let message = format!("{}: invalid email address: {text}", field.label);
            Some(Fault::row("INVALID_EMAIL_ADDRESS", message, &[&field.name]))
        }
        FieldKind::Picklist if field.restricted_picklist => {
            (!is_listed(object, field, text, whole)).then(|| not_listed(field, text))
        }
        FieldKind::MultiPicklist if field.restricted_picklist => text
            .split(';')
            .find(|part| !is_listed(object, field, part, whole))
            .map(|part| not_listed(field, part)),
        _ => None,
    }
}

fn not_listed(field: &FieldDef, value: &str) -> Fault {
    let text = format!(
        "{}: bad value for restricted picklist field: {value}",
        field.label
    );
    Fault::row(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        text,
        &[&field.name],
    )
}

/// In the list, and kept by the row's record type. Dependent lists are not enforced by
/// the API.
fn is_listed(object: &ObjectDef, field: &FieldDef, value: &str, whole: &Draft) -> bool {
    let kept = whole
        .text("RecordTypeId")
        .and_then(|id| object.record_types.iter().find(|kind| kind.id == id))
        .and_then(|kind| kind.values(&field.name));
    field.picklist.iter().any(|entry| entry.value == value)
        && kept.is_none_or(|kept| kept.iter().any(|entry| entry == value))
}

/// `local@domain.tld`, as strict as the real check is known to be.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_ok = !local.is_empty()
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || "!#$%&'*/=?^_+-`{|}~.".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.');
    let labels: Vec<&str> = domain.split('.').collect();
    let label_ok = |label: &&str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let tld_ok = labels
        .last()
        .is_some_and(|tld| tld.len() >= 2 && tld.chars().all(char::is_alphabetic));
    local_ok && labels.len() >= 2 && labels.iter().all(label_ok) && tld_ok
}

/// A parent's id in its 18-character form.
fn parent(call: &Call<'_>, field: &FieldDef, id: &str) -> Result<String, Refusal> {
    let malformed = || {
        let text = format!("{}: id value of incorrect type: {id}", field.label);
        Refusal::row("MALFORMED_ID", text, &[&field.name])
    };
    let long = long_id(id).ok_or_else(malformed)?;
    let object = call.object_of_id(&long).ok_or_else(malformed)?;
    if !field.reference_to.contains(&object.name) {
        return Err(malformed());
    }
    if table::exists(call.db, object, &long)? {
        return if call
            .rights
            .reach(call.db, call.whole, object, &long)?
            .is_some()
        {
            Ok(long)
        } else {
            Err(Refusal::no_cross_reference_access(&long))
        };
    }
    if object.name == "RecordType" {
        let text = format!(
            "{}: this ID value isn't valid for the user: {id}",
            field.label
        );
        return Err(Refusal::row(
            "INVALID_CROSS_REFERENCE_KEY",
            text,
            &[&field.name],
        ));
    }
    if table::load(call.db, object, &long)?.is_some() {
        return Err(Refusal::row(
            "ENTITY_IS_DELETED",
            "entity is deleted",
            &[&field.name],
        ));
    }
    Err(Refusal::row(
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        &[&field.name],
    ))
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_without_a_domain_are_refused() {
        for good in ["a@b.co", "o'neil+x@sub.example.com", "jürgen@müller.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "badone", "a@b", "a b@c.de", "@c.de", "a@.de", "a@c.d", "a@@c.de", ".a@c.de", "a@c.1a",
            "",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
