//! Running a planned statement: rows to JSON one at a time, pages by cursor.

use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Row, params_from_iter};
use serde_json::{Map, Value, json};

use super::plan::{Bin, Cell, Plan, PlanKind, Start, World, plan};
use super::{Fault, parse};
use crate::demo::call::Call;
use crate::demo::cursors::Cursor;
use crate::demo::error::Refusal;
use crate::demo::recent;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::value::{self, Shape};
use crate::demo::wire::{JSON, Reply};

/// Rows a page has when nothing is said, and at most.
const PAGE: u64 = 2000;
/// Rows of one child subquery; the rest is left out, with `done` false.
const CHILDREN: u64 = 2000;

/// What the asking side sees, as planning wants it.
pub fn world<'a>(call: &'a Call<'_>, bin: Bin) -> World<'a> {
    World {
        schema: call.schema,
        whole: call.whole,
        rights: call.rights,
        today: call.today(),
        zone: &call.zone,
        user: call.user,
        bin,
    }
}

/// Plans a statement.
///
/// # Errors
/// The statement's faults, with the caret picture.
pub fn prepared<'a>(call: &'a Call<'_>, source: &str, bin: Bin) -> Result<Plan<'a>, Refusal> {
    let planned = || -> Result<Plan<'a>, Fault> { plan(world(call, bin), &parse(source)?) };
    planned().map_err(|fault| fault.refusal(source))
}

/// Answers `query` and `queryAll`.
///
/// # Errors
/// The statement's faults.
pub fn query(
    call: &Call<'_>,
    source: &str,
    bin: Bin,
    batch: Option<u64>,
) -> Result<Reply, Refusal> {
    let plan = prepared(call, source, bin)?;
    if plan.kind == PlanKind::Count {
        let total = count(call, &plan)?;
        return Ok(Reply::json(
            200,
            &json!({"totalSize": total, "done": true, "records": []}),
        ));
    }
    let cursor = Cursor {
        locator: String::new(),
        statement: source.to_owned(),
        bin,
        total: 0,
        batch: batch.unwrap_or(PAGE).clamp(1, PAGE),
        after: std::collections::BTreeMap::new(),
    };
    page(call, &plan, cursor, 0)
}

/// Answers a `nextRecordsUrl`: a locator and the rows passed, `0r8…-2000`.
///
/// # Errors
/// `INVALID_QUERY_LOCATOR` for one that is not open.
pub fn more(call: &Call<'_>, locator: &str) -> Result<Reply, Refusal> {
    let unknown = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, passed) = locator.rsplit_once('-').ok_or_else(unknown)?;
    let passed: u64 = passed.parse().map_err(|_| unknown())?;
    let cursor = call.cursors.find(name).ok_or_else(unknown)?;
    let plan = prepared(call, &cursor.statement, cursor.bin)?;
    page(call, &plan, cursor, passed)
}

fn count(call: &Call<'_>, plan: &Plan<'_>) -> Result<u64, Refusal> {
    let total: i64 = call
        .db
        .prepare(&plan.count_sql())?
        .query_row(params_from_iter(&plan.values), |row| row.get(0))?;
    let total = u64::try_from(total)
        .unwrap_or(0)
        .saturating_sub(plan.offset);
    Ok(plan.limit.map_or(total, |limit| limit.min(total)))
}

/// One page, as bytes: no row outlives its turn.
fn page(
    call: &Call<'_>,
    plan: &Plan<'_>,
    mut cursor: Cursor,
    passed: u64,
) -> Result<Reply, Refusal> {
    let left = plan
        .limit
        .map_or(u64::MAX, |limit| limit.saturating_sub(passed));
    let wanted = cursor.batch.min(left);
    let (rows, last, more) = page_rows(call, plan, &cursor, passed, wanted)?;
    let served = passed + rows.1;
    let more = more && left > wanted;
    if more && cursor.locator.is_empty() {
        cursor.total = count(call, plan)?;
    }
    if !more && cursor.locator.is_empty() {
        cursor.total = served;
    }
    let mut head = format!("{{\"totalSize\":{},\"done\":{}", cursor.total, !more);
    if more {
        let locator = if cursor.locator.is_empty() {
            call.cursors.open(cursor)
        } else {
            cursor.locator
        };
        if let Some(last) = last {
            call.cursors.starts_behind(&locator, served, last);
        }
        head.push_str(&format!(
            ",\"nextRecordsUrl\":\"{}/query/{locator}-{served}\"",
            call.root()
        ));
    }
    head.push_str(",\"records\":[");
    let mut body = head.into_bytes();
    body.extend_from_slice(&rows.0);
    body.extend_from_slice(b"]}");
    Ok(Reply::bytes(200, JSON, body))
}

/// Rows as JSON text and their number, the last row number, and whether more follow.
type PageRows = ((Vec<u8>, u64), Option<i64>, bool);

fn page_rows(
    call: &Call<'_>,
    plan: &Plan<'_>,
    cursor: &Cursor,
    passed: u64,
    wanted: u64,
) -> Result<PageRows, Refusal> {
    let after = cursor.after.get(&passed).filter(|_| plan.is_in_row_order());
    let skipped = if after.is_some() {
        0
    } else {
        plan.offset + passed
    };
    let sql = format!(
        "{} LIMIT {} OFFSET {skipped}",
        plan.sql(if after.is_some() {
            Start::BehindRow
        } else {
            Start::Top
        }),
        wanted.saturating_add(1).min(PAGE + 1)
    );
    let mut statement = call.db.prepare(&sql)?;
    let values = plan
        .values
        .iter()
        .cloned()
        .chain(after.map(|rid| Sql::Integer(*rid)));
    let mut rows = statement.query(params_from_iter(values))?;
    let (mut text, mut number, mut last) = (Vec::new(), 0, None);
    while let Some(row) = rows.next()? {
        if number == wanted {
            return Ok(((text, number), last, true));
        }
        let record = record(call, plan, row)?;
        if number > 0 {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, &record)
            .map_err(|fault| Refusal::new(500, "UNKNOWN_EXCEPTION", fault.to_string()))?;
        number += 1;
        last = if plan.kind == PlanKind::Rows {
            Some(row.get(0)?)
        } else {
            None
        };
        if plan.for_view && plan.kind == PlanKind::Rows {
            recent::seen(call, plan.object, &row.get::<_, String>(1)?)?;
        }
    }
    Ok(((text, number), last, false))
}

/// The first row of a plan as JSON.
///
/// # Errors
/// SQLite's.
pub fn first(call: &Call<'_>, plan: &Plan<'_>) -> Result<Option<Value>, Refusal> {
    let mut statement = call
        .db
        .prepare(&format!("{} LIMIT 1", plan.sql(Start::Top)))?;
    let mut rows = statement.query(params_from_iter(&plan.values))?;
    match rows.next()? {
        Some(row) => record(call, plan, row).map(Some),
        None => Ok(None),
    }
}

/// One result row as JSON.
///
/// # Errors
/// SQLite's.
pub fn record(call: &Call<'_>, plan: &Plan<'_>, row: &Row<'_>) -> Result<Value, Refusal> {
    let mut map = Map::new();
    if plan.kind == PlanKind::Aggregate {
        map.insert("attributes".into(), json!({"type": "AggregateResult"}));
        fill(call, plan.object, None, &plan.cells, row, &mut map)?;
        return Ok(Value::Object(map));
    }
    let id: String = row.get(1)?;
    map.insert(
        "attributes".into(),
        attributes(call, &plan.object.name, &plan.object.name, &id),
    );
    fill(call, plan.object, Some(&id), &plan.cells, row, &mut map)?;
    Ok(Value::Object(map))
}

fn attributes(call: &Call<'_>, kind: &str, object: &str, id: &str) -> Value {
    json!({"type": kind, "url": call.row_url(object, id)})
}

fn fill(
    call: &Call<'_>,
    object: &ObjectDef,
    id: Option<&str>,
    cells: &[Cell<'_>],
    row: &Row<'_>,
    map: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    for cell in cells {
        match cell {
            Cell::Value { key, index, shape } => {
                map.insert(key.clone(), json_of(*shape, row.get_ref(*index)?));
            }
            Cell::Blob { field, index } => {
                let there: bool = row.get(*index)?;
                let url = id
                    .filter(|_| there)
                    .map(|id| format!("{}/{field}", call.row_url(&object.name, id)));
                map.insert(field.clone(), json!(url));
            }
            Cell::Compound { key, parts } => {
                map.insert(key.clone(), compound(parts, row)?);
            }
            Cell::Parent {
                key,
                id,
                object,
                cells,
            } => {
                let value = parent(call, *object, row.get(*id)?, cells, row)?;
                map.insert(key.clone(), value);
            }
            Cell::Either { key, id, cases } => {
                let value = either(call, row.get(*id)?, cases, row)?;
                map.insert(key.clone(), value);
            }
            Cell::Children { key, plan } => {
                map.insert(key.clone(), children(call, plan, id.unwrap_or_default())?);
            }
        }
    }
    Ok(())
}

fn json_of(shape: Shape, value: ValueRef<'_>) -> Value {
    match (shape.kind, value) {
        // A checkbox of a parent that is not there.
        (FieldKind::Boolean, ValueRef::Null) => Value::Bool(false),
        _ => value::to_json(shape, value),
    }
}

fn compound(parts: &[(String, usize, Shape)], row: &Row<'_>) -> Result<Value, Refusal> {
    let mut map = Map::new();
    for (name, index, shape) in parts {
        map.insert(name.clone(), json_of(*shape, row.get_ref(*index)?));
    }
    Ok(if map.values().all(Value::is_null) {
        Value::Null
    } else {
        Value::Object(map)
    })
}

fn parent(
    call: &Call<'_>,
    object: Option<&ObjectDef>,
    id: Option<String>,
    cells: &[Cell<'_>],
    row: &Row<'_>,
) -> Result<Value, Refusal> {
    let Some(id) = id else { return Ok(Value::Null) };
    // A parent of several possible objects is a "Name" to the API.
    let kind = object.map_or("Name", |object| &object.name);
    let Some(object) = object.or_else(|| call.schema.object_of_id(&id)) else {
        return Ok(Value::Null);
    };
    let mut map = Map::new();
    map.insert(
        "attributes".into(),
        attributes(call, kind, &object.name, &id),
    );
    fill(call, object, Some(&id), cells, row, &mut map)?;
    Ok(Value::Object(map))
}

fn either(
    call: &Call<'_>,
    id: Option<String>,
    cases: &[(Option<&ObjectDef>, Vec<Cell<'_>>)],
    row: &Row<'_>,
) -> Result<Value, Refusal> {
    let Some(id) = id else { return Ok(Value::Null) };
    let Some(object) = call.schema.object_of_id(&id) else {
        return Ok(Value::Null);
    };
    let chosen = cases
        .iter()
        .find(|(case, _)| case.is_none_or(|case| case.name == object.name));
    let mut map = Map::new();
    map.insert(
        "attributes".into(),
        attributes(call, &object.name, &object.name, &id),
    );
    if let Some((_, cells)) = chosen {
        fill(call, object, Some(&id), cells, row, &mut map)?;
    }
    Ok(Value::Object(map))
}

/// Child rows as a nested result; null when there are none.
fn children(call: &Call<'_>, plan: &Plan<'_>, id: &str) -> Result<Value, Refusal> {
    let limit = plan.limit.unwrap_or(CHILDREN).min(CHILDREN);
    let sql = format!(
        "{} LIMIT {limit} OFFSET {}",
        plan.sql(Start::Top),
        plan.offset
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    let values = plan
        .values
        .iter()
        .cloned()
        .chain([Sql::Text(id.to_owned())]);
    let mut rows = statement.query(params_from_iter(values))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(record(call, plan, row)?);
    }
    if records.is_empty() {
        return Ok(Value::Null);
    }
    Ok(json!({"totalSize": records.len(), "done": true, "records": records}))
}
