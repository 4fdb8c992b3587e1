//! What writing a permission row takes and does (Object Reference, "ObjectPermissions",
//! "FieldPermissions", "PermissionSetAssignment"): implied rights, rows that go when they
//! grant nothing, fields without field-level security, assignments that stand already.

use rusqlite::{OptionalExtension, params};

use super::Right;
use super::govern::{Govern, field_key, govern};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::Draft;
use crate::demo::schema::ObjectDef;
use crate::demo::store;
use crate::demo::users;

/// Checks and completes a permission row before it is written; `before` is the row as it
/// was. Rows of other objects pass.
///
/// # Errors
/// What the row may not say.
pub fn before_write(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    match object.name.as_str() {
        "ObjectPermissions" => object_permissions(call, row, before),
        "FieldPermissions" => field_permissions(call, row, before),
        "PermissionSet" => permission_set(call, row, before),
        "PermissionSetAssignment" => assignment(call, row),
        _ => users::before_write(call, object, row, before),
    }
}

/// Follows a written permission row: one that grants nothing goes, and activities share
/// their custom fields.
///
/// # Errors
/// SQLite's.
pub fn after_write(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    let read = row.flag("PermissionsRead");
    match object.name.as_str() {
        "ObjectPermissions" if !read => remove(call, &object.name, row),
        "FieldPermissions" => {
            if !read {
                remove(call, &object.name, row)?;
            }
            twin(call, row)
        }
        _ => users::after_write(call, object, row),
    }
}

/// Checks that a permission row may go, and takes along what hangs on it.
///
/// # Errors
/// `DELETE_FAILED` for a set that is in use.
pub fn before_delete(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    let id = row.text("Id").unwrap_or_default();
    match object.name.as_str() {
        "PermissionSet" if row.flag("IsOwnedByProfile") => Err(owned_by_profile()),
        "PermissionSet" => {
            let used = call
                .db
                .prepare_cached(
                    "SELECT 1 FROM PermissionSetAssignment WHERE PermissionSetId = ?1 AND IsDeleted = 0",
                )?
                .exists([id])?;
            if used {
                let text = "You can't delete a permission set that's assigned to users. Remove the assignments first.";
                return Err(Refusal::row("DELETE_FAILED", text, &[]));
            }
            Ok(())
        }
        "FieldPermissions" => {
            let mut gone = row.clone();
            gone.set_flag("PermissionsRead", false);
            twin(call, &gone)
        }
        _ => Ok(()),
    }
}

fn owned_by_profile() -> Refusal {
    let text = "insufficient access rights on object id";
    Refusal::row("INSUFFICIENT_ACCESS_OR_READONLY", text, &[])
}

fn bad_value(label: &str, field: &str, value: &str) -> Refusal {
    let text = format!("{label}: bad value for restricted picklist field: {value}");
    Refusal::row("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, &[field])
}

fn flag_given(row: &Draft, before: Option<&Draft>, name: &str) -> Option<bool> {
    let now = row.flag(name);
    before
        .is_none_or(|before| before.flag(name) != now)
        .then_some(now)
}

fn object_permissions(
    call: &Call<'_>,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let kind = row.text("SobjectType").unwrap_or_default().to_owned();
    let object = call
        .whole
        .object(&kind)
        .filter(|object| govern(&object.name) == Govern::Own)
        .ok_or_else(|| bad_value("SObject Type Name", "SobjectType", &kind))?;
    row.set_text("SobjectType", &object.name);
    if before.is_none() {
        stands_once(call, "ObjectPermissions", row, "SobjectType")?;
    }
    let read_taken = before.is_some() && flag_given(row, before, "PermissionsRead") == Some(false);
    if read_taken {
        for (_, column) in Right::ALL {
            row.set_flag(column, false);
        }
        return Ok(());
    }
    for (right, column) in Right::ALL.iter().rev() {
        if row.flag(column) {
            for implied in implied(*right) {
                let name = Right::ALL.iter().find(|(one, _)| one == implied);
                if let Some((_, name)) = name {
                    row.set_flag(name, true);
                }
            }
        }
    }
    Ok(())
}

/// Rights that come with a right.
fn implied(right: Right) -> &'static [Right] {
    use Right as R;
    match right {
        R::Read => &[],
        R::Create | R::Edit | R::ViewAll => &[R::Read],
        R::Delete => &[R::Read, R::Edit],
        R::ModifyAll => &[R::Read, R::Edit, R::Delete, R::ViewAll],
    }
}

fn field_permissions(
    call: &Call<'_>,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let name = row.text("Field").unwrap_or_default().to_owned();
    let bad = || bad_value("Field Name", "Field", &name);
    let (kind, field) = name.split_once('.').ok_or_else(bad)?;
    let object = call.whole.object(kind).ok_or_else(bad)?;
    let field = object
        .field(field)
        .filter(|field| field_key(object, field) == Some(field.name.as_str()))
        .ok_or_else(bad)?;
    if !row
        .text("SobjectType")
        .is_some_and(|said| said.eq_ignore_ascii_case(&object.name))
    {
        let said = row.text("SobjectType").unwrap_or_default().to_owned();
        return Err(bad_value("SObject Type Name", "SobjectType", &said));
    }
    row.set_text("SobjectType", &object.name);
    row.set_text("Field", format!("{}.{}", object.name, field.name));
    if before.is_none() {
        stands_once(call, "FieldPermissions", row, "Field")?;
    }
    let read_taken = before.is_some() && flag_given(row, before, "PermissionsRead") == Some(false);
    if read_taken {
        row.set_flag("PermissionsEdit", false);
    }
    if row.flag("PermissionsEdit") {
        if field.is_only_read() {
            let text = format!("Edit Field: {name} can only be read");
            return Err(Refusal::row(
                "FIELD_INTEGRITY_EXCEPTION",
                text,
                &["PermissionsEdit"],
            ));
        }
        row.set_flag("PermissionsRead", true);
    }
    if before.is_none() && !row.flag("PermissionsRead") {
        let text = "Read Field: a new row must grant at least Read";
        return Err(Refusal::row(
            "FIELD_INTEGRITY_EXCEPTION",
            text,
            &["PermissionsRead"],
        ));
    }
    Ok(())
}

/// One row a set and object, or set and field.
fn stands_once(call: &Call<'_>, table: &str, row: &Draft, by: &str) -> Result<(), Refusal> {
    let sql = format!("SELECT Id FROM {table} WHERE ParentId = ?1 AND {by} = ?2 AND IsDeleted = 0");
    let other: Option<String> = call
        .db
        .prepare_cached(&sql)?
        .query_row(params![row.get("ParentId"), row.get(by)], |row| row.get(0))
        .optional()?;
    match other {
        Some(_) => {
            let text =
                "duplicate value found: <unknown> duplicates value on record with id: <unknown>";
            Err(Refusal::row("DUPLICATE_VALUE", text, &[]))
        }
        None => Ok(()),
    }
}

fn permission_set(call: &Call<'_>, row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    match before {
        None => {
            row.set_flag("IsCustom", true);
            row.set_flag("IsOwnedByProfile", false);
            row.set_text("Type", "Regular");
        }
        Some(before)
            if before.flag("IsOwnedByProfile")
                && ["Name", "Label"]
                    .iter()
                    .any(|name| before.get(name) != row.get(name)) =>
        {
            return Err(owned_by_profile());
        }
        Some(before) if before.get("Name") == row.get("Name") => return Ok(()),
        Some(_) => {}
    }
    let name = row.text("Name").unwrap_or_default();
    if !is_developer_name(name) {
        let text = "Permission Set API Name: The Permission Set API Name can only contain underscores and alphanumeric characters. It must be unique, begin with a letter, not include spaces, not end with an underscore, and not contain two consecutive underscores.";
        return Err(Refusal::row("FIELD_INTEGRITY_EXCEPTION", text, &["Name"]));
    }
    let taken = call
        .db
        .prepare_cached(
            "SELECT 1 FROM PermissionSet WHERE Name = ?1 AND Id <> ?2 AND IsDeleted = 0",
        )?
        .exists(params![name, row.get("Id")])?;
    if taken {
        let text = format!("The name \"{name}\" is already being used.");
        return Err(Refusal::row("DUPLICATE_DEVELOPER_NAME", text, &["Name"]));
    }
    Ok(())
}

/// Letters, digits and single underscores, a letter first, no underscore last.
pub fn is_developer_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__")
}

fn assignment(call: &Call<'_>, row: &mut Draft) -> Result<(), Refusal> {
    row.set_flag("IsActive", true);
    let (set, user) = (row.get("PermissionSetId"), row.get("AssigneeId"));
    let (name, of_profile, license): (String, bool, Option<String>) = call
        .db
        .prepare_cached(
            "SELECT Label, IsOwnedByProfile, LicenseId FROM PermissionSet WHERE Id = ?1",
        )?
        .query_row([set], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if of_profile {
        return Err(Refusal::cross_reference());
    }
    let stands = call
        .db
        .prepare_cached(
            "SELECT 1 FROM PermissionSetAssignment WHERE PermissionSetId = ?1 AND AssigneeId = ?2 AND IsDeleted = 0",
        )?
        .exists([set, user])?;
    let show = |field: &str| {
        row.text(field)
            .and_then(|id| id.get(..15))
            .unwrap_or_default()
    };
    if stands {
        let text = format!(
            "Duplicate PermissionSetAssignment. Assignee: {}; Permission Set: {}",
            show("AssigneeId"),
            show("PermissionSetId")
        );
        return Err(Refusal::row(
            "DUPLICATE_VALUE",
            text,
            &["PermissionSetId", "AssigneeId"],
        ));
    }
    let held: Option<String> = call
        .db
        .prepare_cached(
            "SELECT p.UserLicenseId FROM User u JOIN Profile p ON p.Id = u.ProfileId WHERE u.Id = ?1",
        )?
        .query_row([user], |row| row.get(0))
        .optional()?
        .flatten();
    if license.is_some() && license != held {
        let text = format!(
            "Can't assign permission set {name} to user {}. The user license doesn't match the permission set's license.",
            show("AssigneeId")
        );
        return Err(Refusal::row(
            "FIELD_INTEGRITY_EXCEPTION",
            text,
            &["PermissionSetId"],
        ));
    }
    Ok(())
}

fn remove(call: &Call<'_>, table: &str, row: &Draft) -> Result<(), Refusal> {
    call.db.execute(
        &format!("DELETE FROM {table} WHERE Id = ?1"),
        [row.get("Id")],
    )?;
    Ok(())
}

/// A custom field of activities is one on tasks and events: so are its permissions.
fn twin(call: &Call<'_>, row: &Draft) -> Result<(), Refusal> {
    let Some((object, field)) = row.text("Field").and_then(|name| name.split_once('.')) else {
        return Ok(());
    };
    let other = match object {
        "Task" => "Event",
        "Event" => "Task",
        _ => return Ok(()),
    };
    let there = call
        .whole
        .object(other)
        .and_then(|object| object.field(field))
        .is_some_and(|field| field.custom);
    if !there {
        return Ok(());
    }
    let name = format!("{other}.{field}");
    let parent = row.get("ParentId");
    call.db.execute(
        "DELETE FROM FieldPermissions WHERE ParentId = ?1 AND Field = ?2",
        params![parent, name],
    )?;
    if row.flag("PermissionsRead") {
        call.db.execute(
            "INSERT INTO FieldPermissions (Id, ParentId, SobjectType, Field, PermissionsRead, PermissionsEdit, SystemModstamp)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)",
            params![
                store::next_id(call.db, "01k")?,
                parent,
                other,
                name,
                row.flag("PermissionsEdit"),
                call.stamp()
            ],
        )?;
    }
    Ok(())
}
