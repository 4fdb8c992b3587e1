//! Setup objects and business objects do not go into one transaction (Apex guide, "sObjects
//! That Cannot Be Used Together in DML Operations").

use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::ObjectDef;

/// What the open all-or-none transaction wrote first of each kind.
#[derive(Debug, Default)]
pub struct Mixture(RefCell<Option<First>>);

#[derive(Debug, Clone, Default)]
struct First {
    setup: Option<String>,
    business: Option<String>,
}

/// Objects of the setup.
const SETUP: [&str; 9] = [
    "User",
    "UserRole",
    "Group",
    "GroupMember",
    "QueueSobject",
    "PermissionSet",
    "PermissionSetAssignment",
    "ObjectPermissions",
    "FieldPermissions",
];

/// Fields of a user that make a change of them one of the setup.
const DECIDING: [&str; 5] = [
    "UserRoleId",
    "IsActive",
    "ForecastEnabled",
    "Username",
    "ProfileId",
];

/// Runs work that is kept together or not at all. A transaction inside another is part of it.
pub fn together<T>(call: &Call<'_>, work: impl FnOnce() -> T) -> T {
    let outer = call.mixture.0.borrow().clone();
    if outer.is_none() {
        call.mixture.0.replace(Some(First::default()));
    }
    let result = work();
    if outer.is_none() {
        call.mixture.0.replace(None);
    }
    result
}

/// Refuses a write of the other kind; `fields` are those an update gives, none for a create
/// or a delete.
///
/// # Errors
/// `MIXED_DML_OPERATION`.
pub fn check(
    call: &Call<'_>,
    object: &ObjectDef,
    fields: Option<&Map<String, Value>>,
) -> Result<(), Refusal> {
    let mut open = call.mixture.0.borrow_mut();
    let Some(first) = open.as_mut() else {
        return Ok(());
    };
    let setup = SETUP.contains(&object.name.as_str());
    let harmless = object.name == "User"
        && fields.is_some_and(|fields| {
            !fields.keys().any(|name| {
                DECIDING
                    .iter()
                    .any(|deciding| name.eq_ignore_ascii_case(deciding))
            })
        });
    if harmless {
        return Ok(());
    }
    let (own, other) = if setup {
        (&mut first.setup, &first.business)
    } else {
        (&mut first.business, &first.setup)
    };
    if let Some(other) = other {
        let text = format!(
            "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): {}, original object: {other}",
            object.name
        );
        return Err(Refusal::row("MIXED_DML_OPERATION", text, &[]));
    }
    own.get_or_insert_with(|| object.name.clone());
    Ok(())
}
