//! Push topics: a row of `PushTopic` is a query, and what happens to rows that answer it is
//! an event on `/topic/NAME` (Streaming API guide, "Working with PushTopics"). Knows no
//! clients: who hears an event is decided in [`bayeux`](super::bayeux).

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::log;
use super::record::Change;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::Rights;
use crate::demo::rows::Draft;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::soql::ast::{Expr, Item, Literal, LiteralValue, Op, Operand, Path, Query};
use crate::demo::soql::plan::{Bin, World, plan};
use crate::demo::soql::{parse, run};

/// What the channels of topics begin with.
pub const CHANNEL: &str = "/topic/";
/// Standard objects a topic may ask for ("Supported PushTopic Queries"), as far as they are
/// here; custom objects all may.
const SUPPORTED: [&str; 7] = [
    "Account",
    "Campaign",
    "Case",
    "Contact",
    "Lead",
    "Opportunity",
    "Task",
];
/// A topic's version must be above (Object Reference, "PushTopic").
const OLDEST: i64 = 20;

/// Whether there is an active topic of that name.
///
/// # Errors
/// SQLite's.
pub fn is_active(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM PushTopic WHERE Name = ?1 COLLATE BINARY AND IsActive = 1 AND IsDeleted = 0",
    )?
    .exists([name])
}

/// Checks a topic before it is saved; rows of other objects pass.
///
/// # Errors
/// What its query may not have ("Unsupported PushTopic Queries"), and the query's own faults.
pub fn check(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    if object.name != "PushTopic" {
        return Ok(());
    }
    let version = row.integer("ApiVersion").unwrap_or_default();
    if version <= OLDEST * 10 {
        let text = format!("Api Version must be greater than {OLDEST}.0");
        return Err(Refusal::row(
            "FIELD_INTEGRITY_EXCEPTION",
            text,
            &["ApiVersion"],
        ));
    }
    let source = row.text("Query").unwrap_or_default();
    let query = parse(source).map_err(|fault| fault.refusal(source))?;
    let wrong = |text: &str| Err(Refusal::row("INVALID_FIELD", text, &["Query"]));
    if let Some(text) = unsupported(&query) {
        return wrong(text);
    }
    let planned = plan(run::world(call, Bin::Hidden), &query);
    let object = planned.map_err(|fault| fault.refusal(source))?.object;
    if !SUPPORTED.contains(&object.name.as_str()) && !object.name.ends_with("__c") {
        let text = format!("sObject type '{}' is not supported.", object.name);
        return Err(Refusal::row("INVALID_TYPE", text, &["Query"]));
    }
    let filtered = query.filter.iter().flat_map(filtered_by);
    let mut filtered = filtered.filter_map(|name| object.field(name));
    if filtered.any(|field| field.formula.is_some()) {
        return wrong("Formula fields are not supported in the WHERE clause");
    }
    let selected = selected(&query);
    if !selected.contains("id") {
        return wrong("Id must be in the SELECT clause");
    }
    if row.text("NotifyForFields") == Some("Select") && selected.len() == 1 {
        return wrong("The SELECT clause needs a field other than Id to notify for");
    }
    Ok(())
}

/// Why a query cannot be a topic's.
fn unsupported(query: &Query) -> Option<&'static str> {
    let aggregates = |item: &Item| {
        matches!(
            item,
            Item::CountAll | Item::Call { .. } | Item::Named { .. }
        )
    };
    if query.select.iter().any(aggregates) || !query.group.by.is_empty() || query.having.is_some() {
        return Some("Aggregate queries are not supported");
    }
    if query.limit.is_some() || query.offset.is_some() {
        return Some("'LIMIT' is not allowed");
    }
    if !query.order.is_empty() {
        return Some("'ORDER BY' clause is not allowed");
    }
    let plain = |item: &Item| matches!(item, Item::Field(path) if path.parts.len() == 1);
    if !query.select.iter().all(plain) || !query.parents.is_empty() {
        return Some("relationships are not supported");
    }
    query.filter.as_ref().and_then(unsupported_condition)
}

fn unsupported_condition(filter: &Expr) -> Option<&'static str> {
    let related = |path: &Path| (path.parts.len() > 1).then_some("relationships are not supported");
    match filter {
        Expr::And(all) | Expr::Or(all) => all.iter().find_map(unsupported_condition),
        Expr::Not(_) => Some("'NOT' is not supported"),
        Expr::InQuery { .. } => Some("semi/anti join sub-selects are not supported"),
        Expr::Compare {
            left: Operand::Call { .. },
            ..
        } => Some("functions are not supported"),
        Expr::Compare {
            left: Operand::Path(path),
            ..
        }
        | Expr::In { path, .. }
        | Expr::Includes { path, .. } => related(path),
    }
}

/// Fields a condition reads.
fn filtered_by(filter: &Expr) -> Vec<&str> {
    match filter {
        Expr::And(all) | Expr::Or(all) => all.iter().flat_map(filtered_by).collect(),
        Expr::Not(inner) => filtered_by(inner),
        Expr::Compare {
            left: Operand::Path(path),
            ..
        }
        | Expr::In { path, .. }
        | Expr::InQuery { path, .. }
        | Expr::Includes { path, .. } => vec![path.leaf()],
        Expr::Compare { .. } => Vec::new(),
    }
}

/// Fields of the `SELECT`, in lower case.
fn selected(query: &Query) -> BTreeSet<String> {
    let names = query.select.iter().filter_map(|item| match item {
        Item::Field(path) => Some(path.leaf().to_ascii_lowercase()),
        _ => None,
    });
    names.collect()
}

/// Makes the events of a change for every topic whose query the row answers.
///
/// # Errors
/// SQLite's.
pub fn changed(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    change: Change<'_>,
) -> Result<(), Refusal> {
    let (kind, flag) = match change {
        Change::Create => ("created", "Create"),
        Change::Update(_) => ("updated", "Update"),
        Change::Delete => ("deleted", "Delete"),
        Change::Undelete => ("undeleted", "Undelete"),
    };
    let sql = format!(
        "SELECT Name, Query, NotifyForFields FROM PushTopic
          WHERE IsActive = 1 AND IsDeleted = 0 AND NotifyForOperation{flag} = 1 ORDER BY rid"
    );
    let topics: Vec<(String, String, String)> = call
        .db
        .prepare_cached(&sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, source, fields) in topics {
        // A field may have gone since the topic was saved: such a topic hears nothing.
        let Ok(query) = parse(&source) else { continue };
        if !query.from.text().eq_ignore_ascii_case(&object.name)
            || !is_about(object, row, change, (&query, &fields))
        {
            continue;
        }
        let id = row.text("Id").unwrap_or_default();
        let Some(mut found) = answered(call, object, query, id)? else {
            continue;
        };
        if matches!(change, Change::Delete) {
            found.retain(|name, _| name == "Id");
        }
        let stamp = call.stamp().replace("+0000", "Z");
        let body = json!({
            "event": {"createdDate": stamp, "type": kind},
            "sobject": found,
        });
        log::append(call.db, &format!("{CHANNEL}{name}"), call.now, &body)?;
    }
    Ok(())
}

/// Whether an update touched what the topic's `NotifyForFields` watches; every other change
/// does.
fn is_about(
    object: &ObjectDef,
    row: &Draft,
    change: Change<'_>,
    (query, fields): (&Query, &str),
) -> bool {
    let Change::Update(before) = change else {
        return true;
    };
    let mut watched = BTreeSet::new();
    if matches!(fields, "Referenced" | "Select") {
        watched.extend(selected(query));
    }
    if matches!(fields, "Referenced" | "Where") {
        let names = query.filter.iter().flat_map(filtered_by);
        watched.extend(names.map(str::to_ascii_lowercase));
    }
    watched.remove("id");
    // `All`, and a query that names no field.
    if watched.is_empty() {
        return true;
    }
    let differs = |name: &str| row.has(name) && row.get(name) != before.get(name);
    object.stored().any(|field| {
        let name = field.name.as_str();
        watched.contains(&name.to_ascii_lowercase()) && differs(name)
    })
}

/// The row as the query selects it; `None` when it does not answer it.
fn answered(
    call: &Call<'_>,
    object: &ObjectDef,
    mut query: Query,
    id: &str,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let text = LiteralValue::Text {
        plain: id.to_owned(),
        like: id.to_owned(),
    };
    let this = Expr::Compare {
        left: Operand::Path(Path {
            parts: vec!["Id".into()],
            at: 0,
        }),
        op: Op::Equal,
        value: Literal { value: text, at: 0 },
    };
    query.filter = Some(Expr::And(query.filter.into_iter().chain([this]).collect()));
    // Who hears of it is asked when it is delivered.
    let (inside, rights) = (call.inside(), Rights::unlimited());
    let world = World {
        rights: &rights,
        ..run::world(&inside, Bin::Seen)
    };
    let Ok(plan) = plan(world, &query) else {
        return Ok(None);
    };
    let Some(Value::Object(mut found)) = run::first(&inside, &plan)? else {
        return Ok(None);
    };
    found.retain(|name, _| name != "attributes");
    for (name, value) in &mut found {
        let is_moment = object
            .field(name)
            .is_some_and(|field| field.kind == FieldKind::DateTime);
        if let (true, Value::String(text)) = (is_moment, value) {
            *text = text.replace("+0000", "Z");
        }
    }
    Ok(Some(found))
}
