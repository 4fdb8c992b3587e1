//! What this org refuses on top of the platform: its validation rule, its duplicate
//! rule, unique keys, and which records activities may hang on.

use rusqlite::params;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::{Draft, read, table};
use crate::demo::call::Call;
use crate::demo::error::{Fault, Refusal};
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::store::quoted;

/// What the sender wants done about duplicates (`Sforce-Duplicate-Rule-Header`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The matches are told by id alone.
    Refuse,
    /// `includeRecordDetails=true`: with their fields.
    RefuseWithDetails,
    /// `allowSave=true`: the sender has seen them and saves anyway.
    Allow,
}

/// Alert text of the duplicate rule.
const DUPLICATE_TEXT: &str =
    "You're creating a duplicate record. We recommend you use an existing record instead.";

/// Checks the row as it will be.
///
/// # Errors
/// The first rule that refuses it.
pub fn all(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
    duplicates: Duplicates,
) -> Result<(), Refusal> {
    match object.name.as_str() {
        "Task" | "Event" => activity_parents(call, row)?,
        "Lead" if before.is_some_and(|before| before.flag("IsConverted")) => {
            return Err(Refusal::row(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                &[],
            ));
        }
        "Opportunity" => won_needs_amount(row)?,
        "Contact" => own_parent(row, "ReportsToId")?,
        "Account" => own_parent(row, "ParentId")?,
        _ => {}
    }
    owner_is_active(call, object, row, before)?;
    unique(call, object, row, before)?;
    if object.name == "Contact" && duplicates != Duplicates::Allow {
        let fields = match duplicates {
            Duplicates::RefuseWithDetails => "Id,Name,Email",
            Duplicates::Refuse | Duplicates::Allow => "Id",
        };
        same_email(call, (object, fields), row, before)?;
    }
    Ok(())
}

/// Validation rule of this org.
fn won_needs_amount(row: &Draft) -> Result<(), Refusal> {
    if row.text("StageName") == Some("Closed Won") && row.is_null("Amount") {
        let text = "A won opportunity needs an amount. Enter the Amount before you set the stage to Closed Won.";
        return Err(Refusal::row(
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            text,
            &["Amount"],
        ));
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

fn own_parent(row: &Draft, field: &str) -> Result<(), Refusal> {
    if !row.is_null(field) && row.get(field) == row.get("Id") {
        let text = "attempted to create a circular dependency";
        return Err(Refusal::row("CIRCULAR_DEPENDENCY", text, &[field]));
    }
    Ok(())
}

fn owner_is_active(
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
    let text = format!(
        "duplicate value found: {} duplicates value on record with id: {other}",
        field.name
    );
    Refusal::row("DUPLICATE_VALUE", text, &[])
}

/// Duplicate rule of this org: two contacts with one e-mail address, action "alert".
fn same_email(
    call: &Call<'_>,
    (object, told): (&ObjectDef, &str),
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let unchanged = before.is_some_and(|before| before.get("Email") == row.get("Email"));
    let Some(email) = row.text("Email").filter(|_| !unchanged) else {
        return Ok(());
    };
    let sql = "SELECT Id FROM Contact WHERE Email = ?1 AND Id IS NOT ?2 AND IsDeleted = 0 ORDER BY rid LIMIT 100";
    let mut statement = call.db.prepare_cached(sql)?;
    let found: Vec<String> = statement
        .query_map(params![email, row.get("Id")], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Ok(());
    }
    let records: Vec<Value> = found
        .iter()
        .map(|id| matched(call, (object, told), id))
        .collect::<Result<_, _>>()?;
    let result = json!({
        "allowSave": true,
        "duplicateRule": "Contact_Email_Rule",
        "duplicateRuleEntityType": "Contact",
        "errorMessage": DUPLICATE_TEXT,
        "matchResults": [{
            "entityType": "Contact",
            "errors": [],
            "matchEngine": "ExactMatchEngine",
            "matchRecords": records,
            "rule": "Contact_Email_Match",
            "size": found.len(),
            "success": true,
        }],
    });
    let fault = Fault {
        code: "DUPLICATES_DETECTED",
        message: DUPLICATE_TEXT.into(),
        fields: None,
        duplicates: Some(result),
    };
    Err(Refusal {
        status: 400,
        faults: vec![fault],
    })
}

fn matched(
    call: &Call<'_>,
    (object, told): (&ObjectDef, &str),
    id: &str,
) -> Result<Value, Refusal> {
    Ok(json!({
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": read::record(call, object, id, Some(told))?,
    }))
}
