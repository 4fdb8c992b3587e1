//! The schema as a user sees it: without objects that may not be read, without hidden
//! fields, and with the flags of what may be written.

use super::{FieldRight, Permission, Right, Rights, field_key};
use crate::demo::schema::{FieldDef, ObjectDef, Schema};

/// Fields of their own row users may not change without Manage Users.
const OF_ADMINISTRATORS: [&str; 9] = [
    "Username",
    "IsActive",
    "UserRoleId",
    "ProfileId",
    "ManagerId",
    "EmployeeNumber",
    "UserPermissionsMarketingUser",
    "ForecastEnabled",
    "FederationIdentifier",
];

/// The org's objects as `rights` show them.
pub fn view(whole: &Schema, rights: &Rights) -> Schema {
    let mut seen = whole.clone();
    seen.objects
        .retain(|object| rights.on(&object.name).has(Right::Read));
    for object in &mut seen.objects {
        narrow(object, rights);
    }
    seen
}

fn narrow(object: &mut ObjectDef, rights: &Rights) {
    let held = rights.on(&object.name);
    object.createable &= held.has(Right::Create);
    object.updateable &= held.has(Right::Edit);
    object.deletable &= held.has(Right::Delete);
    object.undeletable &= held.has(Right::Delete);
    let mut hidden = Vec::new();
    let mut readonly = Vec::new();
    let own_row_only = object.name == "User" && !rights.has(Permission::ManageUsers);
    for (place, field) in object.fields.iter().enumerate() {
        if own_row_only && OF_ADMINISTRATORS.contains(&field.name.as_str()) {
            readonly.push(place);
        }
        let Some(key) = field_key(object, field) else {
            continue;
        };
        match rights.on_field(&object.name, key) {
            None => hidden.push(place),
            Some(FieldRight::Read) => readonly.push(place),
            Some(FieldRight::Edit) => {}
        }
    }
    let (creates, updates) = (object.createable, object.updateable);
    let mut kept: Vec<FieldDef> = Vec::with_capacity(object.fields.len());
    for (place, mut field) in std::mem::take(&mut object.fields).into_iter().enumerate() {
        let writable = !readonly.contains(&place);
        field.createable &= creates && writable;
        field.updateable &= updates && writable;
        if hidden.contains(&place) {
            object.hidden.push(field);
        } else {
            kept.push(field);
        }
    }
    object.fields = kept;
}
