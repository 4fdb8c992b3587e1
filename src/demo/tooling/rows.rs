//! Queries over what the org is made of, by the org's own SOQL: the tables are made in
//! memory for one call, out of the schema it sees, and only those the statement names.

use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::{facts, restrict};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::Rights;
use crate::demo::rows::{Draft, table};
use crate::demo::schema::{ObjectDef, Schema};
use crate::demo::soql::ast::{Item, Query};
use crate::demo::soql::plan::Bin;
use crate::demo::soql::{self, metadata, run};
use crate::demo::sosl;
use crate::demo::store::{self, quoted};
use crate::demo::wire::{Reply, Request};

/// The objects of `assets/demo/tooling.txt`, which a test reads.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::load_tooling().unwrap_or_default());

/// Objects the data API answers for too (Object Reference).
const IN_DATA: [&str; 4] = [
    "EntityDefinition",
    "FieldDefinition",
    "EntityParticle",
    "UserRecordAccess",
];

/// What is asked of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Rows,
    /// `columns=true`: what its columns are.
    Columns,
}

impl Wanted {
    /// As the address says it.
    pub fn of(request: &Request) -> Self {
        if request.param("columns").as_deref() == Some("true") {
            Self::Columns
        } else {
            Self::Rows
        }
    }

    fn answer(self, call: &Call<'_>, source: &str) -> Result<Reply, Refusal> {
        match self {
            Self::Rows => run::query(call, source, Bin::Hidden, None),
            Self::Columns => metadata::columns(call, source, Bin::Hidden),
        }
    }
}

/// The objects of the Tooling API.
pub(super) fn schema() -> &'static Schema {
    &SCHEMA
}

/// Whether the Tooling API has the object, and not the data API alone.
pub(super) fn is_tooling(object: &ObjectDef) -> bool {
    object.name != "UserRecordAccess"
}

/// Answers a Tooling query.
///
/// # Errors
/// The statement's faults; several rows where `Metadata` or `FullName` is selected.
pub(super) fn query(call: &Call<'_>, source: &str, wanted: Wanted) -> Result<Reply, Refusal> {
    let query = soql::parse(source).map_err(|fault| fault.refusal(source))?;
    restrict::allowed(&query)?;
    let bounded = restrict::without_bounds(source, &query);
    let reply = within(call, call.whole, source, Some(&query), |inside| {
        wanted.answer(inside, &bounded)
    })?;
    let heavy = query.select.iter().any(|item| {
        matches!(item, Item::Field(path) if ["Metadata", "FullName"].iter().any(|name| path.leaf().eq_ignore_ascii_case(name)))
    });
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    let total = body["totalSize"].as_u64().unwrap_or(0);
    if heavy && total > 1 {
        let text = format!(
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than one row for retrieval. Result size: {total}"
        );
        return Err(Refusal::new(400, "MALFORMED_QUERY", text));
    }
    Ok(reply)
}

/// Answers a `nextRecordsUrl` of Tooling.
///
/// # Errors
/// `INVALID_QUERY_LOCATOR` for one that is not open.
pub(super) fn more(call: &Call<'_>, locator: &str) -> Result<Reply, Refusal> {
    let name = locator.rsplit_once('-').map_or(locator, |(name, _)| name);
    let statement = call.cursors.find(name, call.user, call.now);
    let statement = statement.map(|cursor| cursor.statement).unwrap_or_default();
    within(call, call.whole, &statement, None, |inside| {
        run::more(inside, locator)
    })
}

/// Answers `…/tooling/search`: no object of Tooling is searched here.
///
/// # Errors
/// The statement's faults.
pub(super) fn search(call: &Call<'_>, source: &str) -> Result<Reply, Refusal> {
    within(call, call.whole, "", None, |inside| {
        sosl::find(inside, source)
    })
}

/// Answers a data query over one of the few objects of this kind it has; `None` for
/// another object, or a statement that cannot be read.
///
/// # Errors
/// The statement's faults.
pub fn claimed(call: &Call<'_>, source: &str, wanted: Wanted) -> Result<Option<Reply>, Refusal> {
    let Ok(query) = soql::parse(source) else {
        return Ok(None);
    };
    let name = query.from.text();
    if !IN_DATA.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
        return Ok(None);
    }
    restrict::allowed(&query)?;
    let bounded = restrict::without_bounds(source, &query);
    let reply = within(call, call.schema, source, Some(&query), |inside| {
        wanted.answer(inside, &bounded)
    })?;
    Ok(Some(reply))
}

/// Works on the rows of one object.
///
/// # Errors
/// The work's own.
pub(super) fn on<T>(
    call: &Call<'_>,
    object: &str,
    work: impl FnOnce(&Call<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    within(call, call.whole, object, None, work)
}

/// Works on the tables a text names, filled from `seen`.
fn within<T>(
    call: &Call<'_>,
    seen: &Schema,
    names: &str,
    query: Option<&Query>,
    work: impl FnOnce(&Call<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let db = Connection::open_in_memory()?;
    let names = names.to_ascii_lowercase();
    for object in &SCHEMA.objects {
        store::object_table(&db, object)?;
        if is_named(object, &names) {
            fill(call, seen, (&db, object), query)?;
        }
    }
    let rights = Rights::unlimited();
    work(&Call {
        db: &db,
        schema: &SCHEMA,
        whole: &SCHEMA,
        rights: &rights,
        surface: "/tooling",
        ..call.inside()
    })
}

/// Whether a statement in lower case may read the object: by its name, or by a list of it.
fn is_named(object: &ObjectDef, names: &str) -> bool {
    let lists = object
        .fields
        .iter()
        .filter_map(|field| field.child_relationship.as_deref());
    names.contains(&object.name.to_ascii_lowercase())
        || lists
            .map(str::to_ascii_lowercase)
            .any(|list| names.contains(&list))
        || (object.name == "User" && names.contains("by."))
}

fn fill(
    call: &Call<'_>,
    seen: &Schema,
    into: (&Connection, &ObjectDef),
    query: Option<&Query>,
) -> Result<(), Refusal> {
    let (db, object) = into;
    let rows = match object.name.as_str() {
        "UserRecordAccess" => restrict::access(call, query)?,
        "ApexClass" | "ApexTrigger" => Vec::new(),
        "Profile" | "PermissionSet" | "User" => own(call, object)?,
        "RecordType" => facts::record_types(seen),
        name => facts::rows(seen, name),
    };
    for row in rows {
        table::insert(db, object, &row)?;
    }
    Ok(())
}

/// The org's own rows of an object, as far as Tooling shows their fields.
fn own(call: &Call<'_>, object: &ObjectDef) -> Result<Vec<Draft>, Refusal> {
    let names: Vec<&str> = object.stored().map(|field| field.name.as_str()).collect();
    let columns: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE \"IsDeleted\" = 0 ORDER BY rid",
        columns.join(", "),
        quoted(&object.name)
    );
    let mut statement = call.db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut draft = Draft::default();
        for (index, name) in names.iter().enumerate() {
            draft.set(name, row.get::<_, Sql>(index)?);
        }
        found.push(draft);
    }
    Ok(found)
}
