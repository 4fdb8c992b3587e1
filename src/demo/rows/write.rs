//! Creating and updating one row: the order in which checks and derivations run.

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value};

use super::assign::{self, Assignment};
use super::duplicate::{self, Duplicates};
use super::input::{self, Purpose};
use super::{Draft, check, content, derive, history, rollup, rules, table};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::events::{self, Change};
use crate::demo::recent;
use crate::demo::rights::{Reach, Right, setup};
use crate::demo::schema::ObjectDef;
use crate::demo::store;
use crate::demo::users::mixed;
use crate::demo::wire::Request;

/// What the headers and parameters of a write say.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub duplicates: Duplicates,
    /// `Sforce-Auto-Assign`.
    pub assignment: Assignment,
    /// `?updateOnly=true`.
    pub update_only: bool,
    /// Whether the row becomes recently viewed.
    pub recent: bool,
}

impl Options {
    /// Of writes the org makes by itself, and of calls without headers.
    pub const PLAIN: Self = Self {
        duplicates: Duplicates::Allow,
        assignment: Assignment::Off,
        update_only: false,
        recent: false,
    };

    /// Reads them from a request.
    pub fn of(request: &Request) -> Self {
        let wants = |flag| request.header_flag("sforce-duplicate-rule-header", flag) == Some(true);
        Self {
            duplicates: if wants("allowSave") {
                Duplicates::Allow
            } else if wants("includeRecordDetails") {
                Duplicates::RefuseWithDetails
            } else {
                Duplicates::Refuse
            },
            assignment: Assignment::of(request),
            update_only: request.param("updateOnly").as_deref() == Some("true"),
            recent: request.header_flag("sforce-mru", "updateMru") != Some(false),
        }
    }
}

/// Creates a row; gives its id.
///
/// # Errors
/// What the platform or the org refuses.
pub fn create(
    call: &Call<'_>,
    object: &ObjectDef,
    body: &Map<String, Value>,
    options: Options,
) -> Result<String, Refusal> {
    if !object.createable {
        let text = format!("entity type cannot be inserted: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    mixed::check(call, object, None)?;
    refuse_id(object, body, Purpose::Create)?;
    let mut row = input::read(call, object, body, Purpose::Create)?;
    // What the user may not see is filled in and checked all the same.
    let (call, object) = (&call.inside(), call.whole_of(object));
    let prefix = object.key_prefix.as_deref().unwrap_or("000");
    let id = store::next_id(call.db, prefix)?;
    row.set_text("Id", &id);
    content::before_create(call, object, &mut row)?;
    derive::defaults(call, object, &mut row);
    let whole = row.clone();
    check::given(call, object, &mut row, &whole)?;
    derive::fill(call, object, &mut row, None)?;
    assign::apply(call, object, &mut row, None, options.assignment)?;
    setup::before_write(call, object, &mut row, None)?;
    events::check_topic(call, object, &row)?;
    if events::is_platform_event(object) {
        events::publish(call, object, &row)?;
        return Ok(id);
    }
    rules::all(call, object, &row, None)?;
    duplicate::check(call, object, &row, None, options.duplicates)?;
    table::insert(call.db, object, &row)?;
    events::changed(call, object, &row, Change::Create)?;
    after(call, object, &row, None)?;
    if options.recent {
        recent::seen(call, object, &id)?;
    }
    Ok(id)
}

/// Changes a row.
///
/// # Errors
/// What the platform or the org refuses.
pub fn update(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    body: &Map<String, Value>,
    options: Options,
) -> Result<(), Refusal> {
    let before = existing(call, object, id)?;
    let whole = call.whole_of(object);
    if whole.updateable {
        permitted(call, whole, id, Reach::Edit)?;
    }
    if !object.updateable {
        let text = format!("entity type cannot be updated: {}", object.label);
        return Err(Refusal::row(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            text,
            &[],
        ));
    }
    mixed::check(call, object, Some(body))?;
    rules::is_open(object, &before)?;
    refuse_id(object, body, Purpose::Update)?;
    let mut given = input::read(call, object, body, Purpose::Update)?;
    let (call, object) = (&call.inside(), whole);
    let whole = before.merged(&given);
    check::given(call, object, &mut given, &whole)?;
    content::before_update(call, object, &before, &mut given)?;
    let mut row = before.merged(&given);
    derive::fill(call, object, &mut row, Some(&before))?;
    assign::apply(call, object, &mut row, Some(&before), options.assignment)?;
    setup::before_write(call, object, &mut row, Some(&before))?;
    events::check_topic(call, object, &row)?;
    rules::all(call, object, &row, Some(&before))?;
    duplicate::check(call, object, &row, Some(&before), options.duplicates)?;
    let changed: Vec<String> = object
        .stored()
        .map(|field| field.name.clone())
        .filter(|name| row.has(name) && row.get(name) != before.get(name))
        .collect();
    table::update(call.db, object, &row, &changed)?;
    events::changed(call, object, &row, Change::Update(&before))?;
    after(call, object, &row, Some(&before))?;
    if options.recent {
        recent::seen(call, object, before.text("Id").unwrap_or(id))?;
    }
    Ok(())
}

/// The row a PATCH or DELETE means.
///
/// # Errors
/// 404 `INVALID_CROSS_REFERENCE_KEY` for an id of no row the user sees, `ENTITY_IS_DELETED`
/// in the bin, `UNABLE_TO_LOCK_ROW` where a fault says so.
pub fn existing(call: &Call<'_>, object: &ObjectDef, id: &str) -> Result<Draft, Refusal> {
    let row = table::load(call.db, object, id)?;
    let row = row.ok_or_else(|| Refusal::cross_reference().at(404))?;
    if call
        .rights
        .reach(call.db, call.whole, object, id)?
        .is_none()
    {
        return Err(Refusal::cross_reference().at(404));
    }
    if row.flag("IsDeleted") {
        return Err(Refusal::deleted());
    }
    if call.faults.is_locked(&object.name, id) {
        let text = format!("unable to obtain exclusive access to this record or 1 records: {id}");
        return Err(Refusal::row("UNABLE_TO_LOCK_ROW", text, &[]));
    }
    Ok(row)
}

/// Refuses a change the user sees the row of but may not make.
///
/// # Errors
/// `INSUFFICIENT_ACCESS_OR_READONLY`.
pub fn permitted(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    wanted: Reach,
) -> Result<(), Refusal> {
    let held = call.rights.reach(call.db, call.whole, object, id)?;
    let rights = call.rights.on(&object.name);
    let needed = match wanted {
        Reach::See => Right::Read,
        Reach::Edit => Right::Edit,
        Reach::Own => Right::Delete,
    };
    if rights.has(needed) && held.is_some_and(|held| held >= wanted) {
        return Ok(());
    }
    Err(Refusal::row(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "insufficient access rights on object id",
        &[],
    ))
}

fn refuse_id(
    object: &ObjectDef,
    body: &Map<String, Value>,
    purpose: Purpose,
) -> Result<(), Refusal> {
    if !body.keys().any(|name| name.eq_ignore_ascii_case("Id")) {
        return Ok(());
    }
    let text = match purpose {
        Purpose::Create => "cannot specify Id in an insert call".to_owned(),
        Purpose::Update => {
            format!(
                "The Id field should not be specified in the sobject data of type {}.",
                object.name
            )
        }
    };
    Err(Refusal::row("INVALID_FIELD", text, &["Id"]))
}

/// What a saved row changes elsewhere.
fn after(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let both: Vec<&Draft> = [Some(row), before].into_iter().flatten().collect();
    history::keep(call, object, row, before)?;
    rollup::refresh(call, object, &both)?;
    match object.name.as_str() {
        "Task" | "Event" => derive::touch_parents(call, &both),
        "Campaign" if before.is_none() => member_statuses(call, row),
        "Opportunity" if before.is_none() && !row.is_null("ContactId") => {
            primary_contact(call, row)
        }
        "OpportunityContactRole" if row.flag("IsPrimary") => one_primary(call, row),
        "ContentNote" | "ContentVersion" => content::after(call, object, row, before),
        _ => setup::after_write(call, object, row),
    }
}

/// A new campaign knows two statuses, as in a real org.
fn member_statuses(call: &Call<'_>, campaign: &Draft) -> Result<(), Refusal> {
    let Some(object) = call.schema.object("CampaignMemberStatus") else {
        return Ok(());
    };
    for (order, label, responded) in [(1, "Sent", false), (2, "Responded", true)] {
        let mut status = Draft::default();
        status.set("CampaignId", campaign.get("Id").clone());
        status.set_text("Label", label);
        status.set("SortOrder", Sql::Integer(order));
        status.set_flag("IsDefault", !responded);
        status.set_flag("HasResponded", responded);
        add(call, object, status)?;
    }
    Ok(())
}

/// Adds a row of the org's own making: defaults and derived values, no checks.
///
/// # Errors
/// SQLite's.
pub fn add(call: &Call<'_>, object: &ObjectDef, mut row: Draft) -> Result<String, Refusal> {
    if row.is_null("Id") {
        let prefix = object.key_prefix.as_deref().unwrap_or("000");
        row.set_text("Id", store::next_id(call.db, prefix)?);
    }
    derive::defaults(call, object, &mut row);
    derive::fill(call, object, &mut row, None)?;
    table::insert(call.db, object, &row)?;
    Ok(row.text("Id").unwrap_or_default().to_owned())
}

/// `ContactId` of a new opportunity makes its primary contact role.
fn primary_contact(call: &Call<'_>, row: &Draft) -> Result<(), Refusal> {
    let Some(object) = call.schema.object("OpportunityContactRole") else {
        return Ok(());
    };
    let mut body = Map::new();
    for (name, from) in [("OpportunityId", "Id"), ("ContactId", "ContactId")] {
        body.insert(name.into(), Value::from(row.text(from).unwrap_or_default()));
    }
    body.insert("IsPrimary".into(), Value::Bool(true));
    create(call, object, &body, Options::PLAIN).map(drop)
}

/// Setting one role primary clears the other.
fn one_primary(call: &Call<'_>, row: &Draft) -> Result<(), Refusal> {
    let sql =
        "UPDATE OpportunityContactRole SET IsPrimary = 0 WHERE OpportunityId = ?1 AND Id <> ?2";
    call.db
        .prepare_cached(sql)?
        .execute([row.get("OpportunityId"), row.get("Id")])?;
    Ok(())
}
