//! What this org refuses on top of the platform: its validation rules, lookup filters,
//! unique keys, loops of parents, and which records activities may hang on.

use rusqlite::params;
use rusqlite::types::Value as Sql;

use super::asked::Asked;
use super::{Draft, table};
use crate::demo::call::Call;
use crate::demo::error::{Fault, Refusal};
use crate::demo::formula::is_true;
use crate::demo::rights::{Right, Rights};
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::store::quoted;

/// Longest line of parents of the same object.
const LONGEST_LINE: usize = 500;

/// Checks the row as it will be.
///
/// # Errors
/// The first kind of rule that refuses it, with every fault of that kind.
pub fn all(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    if matches!(object.name.as_str(), "Task" | "Event") {
        activity_parents(call, row)?;
    }
    loops(call, object, row, before)?;
    owner_can_own(call, object, row, before)?;
    lookup_filters(call, object, row, before)?;
    validation(call, object, row, before)?;
    unique(call, object, row, before)
}

/// A converted lead is closed for good.
///
/// # Errors
/// `CANNOT_UPDATE_CONVERTED_LEAD`.
pub fn is_open(object: &ObjectDef, before: &Draft) -> Result<(), Refusal> {
    if object.name == "Lead" && before.flag("IsConverted") {
        return Err(Refusal::row(
            "CANNOT_UPDATE_CONVERTED_LEAD",
            "cannot reference converted lead",
            &[],
        ));
    }
    Ok(())
}

/// Every active rule whose formula holds, in the admin's own words.
fn validation(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    if object.rules.is_empty() {
        return Ok(());
    }
    let asked = Asked::new(call, object, row, before);
    let faults: Vec<Fault> = object
        .rules
        .iter()
        .filter(|rule| rule.is_active && is_true(&rule.formula, &asked))
        .map(|rule| {
            let fields: Vec<&str> = rule.field.as_deref().into_iter().collect();
            Fault::row("FIELD_CUSTOM_VALIDATION_EXCEPTION", &rule.message, &fields)
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refusal {
        status: 400,
        faults,
    })
}

/// A reference that is set has to pass its filter.
fn lookup_filters(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    for field in &object.fields {
        let Some(filter) = &field.lookup_filter else {
            continue;
        };
        let unchanged =
            before.is_some_and(|before| before.get(&field.name) == row.get(&field.name));
        if unchanged || row.is_null(&field.name) {
            continue;
        }
        if !is_true(filter, &Asked::new(call, object, row, before)) {
            let text = "Value does not exist or does not match filter criteria.";
            return Err(Refusal::row(
                "FIELD_FILTER_VALIDATION_EXCEPTION",
                text,
                &[&field.name],
            ));
        }
    }
    Ok(())
}

/// A lead stands alone.
fn activity_parents(call: &Call<'_>, row: &Draft) -> Result<(), Refusal> {
    let is_lead = row
        .text("WhoId")
        .and_then(|id| call.object_of_id(id))
        .is_some_and(|object| object.name == "Lead");
    match row.text("WhatId") {
        Some(what) if is_lead => {
            let text =
                format!("related to ID {what}: cannot specify both a lead and a related record");
            Err(Refusal::row("FIELD_INTEGRITY_EXCEPTION", text, &["WhatId"]))
        }
        _ => Ok(()),
    }
}

/// A record may not be above itself.
fn loops(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let Some(own) = row.text("Id") else {
        return Ok(());
    };
    let upward = |field: &&FieldDef| {
        (field.createable || field.updateable) && field.reference_to == [object.name.as_str()]
    };
    for field in object.fields.iter().filter(upward) {
        let unchanged =
            before.is_some_and(|before| before.get(&field.name) == row.get(&field.name));
        if unchanged {
            continue;
        }
        let mut above = row.text(&field.name).map(str::to_owned);
        for step in 0.. {
            let Some(id) = above else {
                break;
            };
            if id == own || step == LONGEST_LINE {
                return Err(Refusal::row(
                    "CIRCULAR_DEPENDENCY",
                    "attempted to create a circular dependency",
                    &[&field.name],
                ));
            }
            if before.is_none() {
                // Nothing hangs on a new row.
                break;
            }
            above = table::text(call.db, &object.name, &field.name, &id)?;
        }
    }
    Ok(())
}

fn owner_can_own(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    if before.is_some_and(|before| before.get("OwnerId") == row.get("OwnerId")) {
        return Ok(());
    }
    let Some(owner) = row.text("OwnerId").filter(|id| id.starts_with("005")) else {
        return Ok(());
    };
    if table::value(call.db, "User", "IsActive", owner)? == Some(Sql::Integer(0)) {
        let text = format!(
            "operation performed with inactive user [{owner}] as owner of {}",
            object.label.to_lowercase()
        );
        return Err(Refusal::row("INACTIVE_OWNER_OR_USER", text, &["OwnerId"]));
    }
    let reads = |rights: Rights| rights.on(&object.name).has(Right::Read);
    if owner != call.user && !reads(Rights::load(call.db, owner)?) {
        let text = "The new owner must have read permission";
        return Err(Refusal::row("TRANSFER_REQUIRES_READ", text, &[]));
    }
    Ok(())
}

fn unique(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    for field in object.stored().filter(|field| field.unique) {
        let same = before.is_some_and(|before| before.get(&field.name) == row.get(&field.name));
        if same || row.is_null(&field.name) {
            continue;
        }
        if let Some(other) = holder(call, object, field, row)? {
            return Err(taken(object, field, &other));
        }
    }
    if before.is_none() {
        already_linked(call, object, row)?;
    }
    Ok(())
}

/// Links that may stand only once.
fn already_linked(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    let (ends, text) = match object.name.as_str() {
        "ContentDocumentLink" => (
            ["ContentDocumentId", "LinkedEntityId"],
            "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
        ),
        "CampaignMember" => (
            ["CampaignId", "LeadOrContactId"],
            "Already a campaign member.",
        ),
        _ => return Ok(()),
    };
    let [one, other] = ends;
    let sql = format!(
        "SELECT 1 FROM {} WHERE {one} = ?1 AND {other} = ?2 AND IsDeleted = 0",
        quoted(&object.name)
    );
    let linked = call
        .db
        .prepare_cached(&sql)?
        .exists(params![row.get(one), row.get(other)])?;
    if linked {
        return Err(Refusal::row("DUPLICATE_VALUE", text, &[]));
    }
    Ok(())
}

/// Another live row with the value.
fn holder(
    call: &Call<'_>,
    object: &ObjectDef,
    field: &FieldDef,
    row: &Draft,
) -> Result<Option<String>, Refusal> {
    let sql = format!(
        "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"Id\" IS NOT ?2 AND \"IsDeleted\" = 0 LIMIT 1",
        quoted(&object.name),
        quoted(&field.name)
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![row.get(&field.name), row.get("Id")])?;
    Ok(match rows.next()? {
        Some(found) => Some(found.get(0)?),
        None => None,
    })
}

fn taken(object: &ObjectDef, field: &FieldDef, other: &str) -> Refusal {
    if object.name == "User" && field.name == "Username" {
        let text = "Duplicate Username.<br>The username already exists in this or another Salesforce organization. Usernames must be unique across all Salesforce organizations. To resolve, use a different username (it doesn't need to match the user's email address).";
        return Refusal::row("DUPLICATE_USERNAME", text, &["Username"]);
    }
    if object.name == "User" && field.name == "CommunityNickname" {
        let text = "Another user has already selected this nickname.<br>Please select another.";
        return Refusal::row("DUPLICATE_COMM_NICKNAME", text, &["CommunityNickname"]);
    }
    let text = format!(
        "duplicate value found: {} duplicates value on record with id: {other}",
        field.name
    );
    Refusal::row("DUPLICATE_VALUE", text, &[])
}
