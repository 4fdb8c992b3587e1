//! Search: SOSL and the parameterized form, over the word index. Names that match come
//! first; within that, rows in the order they were made.

mod parameters;
mod suggest;
pub mod terms;

pub use parameters::{by_body, by_parameters};
pub use suggest::{layouts, scope_order, suggestions};

use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::call::Call;
use super::error::Refusal;
use super::soql::Fault;
use super::soql::ast::{Item, Path, Query};
use super::soql::plan::{Bin, Plan, plan};
use super::soql::run;
use super::soql::search::{self, Group, Returning, Search};
use super::store::words;
use super::wire::Reply;
use terms::{Size, Words};

/// Rows of a whole search.
const MOST: u64 = 2000;
/// Rows of one object.
const MOST_EACH: u64 = 250;

/// Answers `…/search?q=`.
///
/// # Errors
/// The statement's faults.
pub fn find(call: &Call<'_>, source: &str) -> Result<Reply, Refusal> {
    let search = search::parse(source).map_err(|fault| fault.refusal(source))?;
    let words = match terms::size(&search.text) {
        Size::Whole => terms::read(&search.text),
        Size::WithoutOperators => terms::plain(&search.text),
        Size::Nothing => return Ok(answer(call, &search, Vec::new())),
    };
    let words = words.map_err(|fault| fault.refusal(source))?;
    let rows = rows(call, &search, &words, source)?;
    Ok(answer(call, &search, rows))
}

/// The found rows, and the labels of their fields when asked for.
fn answer(call: &Call<'_>, search: &Search, rows: Vec<Value>) -> Reply {
    let mut body = json!({"searchRecords": rows});
    if search.labels {
        let entities: Vec<Value> = search
            .returning
            .iter()
            .filter_map(|one| labels(call, &one.query))
            .collect();
        body["metadata"] = json!({"entityMetadata": entities});
    }
    Reply::json(200, &body)
}

/// `WITH METADATA = 'LABELS'` for one object.
fn labels(call: &Call<'_>, query: &Query) -> Option<Value> {
    let object = call.schema.object(&query.from.text())?;
    let fields: Vec<Value> = query
        .select
        .iter()
        .filter_map(|item| match item {
            Item::Field(path) => object.field(&path.text()),
            _ => None,
        })
        .map(|field| json!({"name": field.name, "label": field.label}))
        .collect();
    Some(json!({
        "entityName": object.name,
        "entityLabel": object.label,
        "fieldMetadata": fields,
    }))
}

fn rows(
    call: &Call<'_>,
    search: &Search,
    words: &Words,
    source: &str,
) -> Result<Vec<Value>, Refusal> {
    let everything: Vec<Returning>;
    let returning = if search.returning.is_empty() {
        everything = call
            .schema
            .objects
            .iter()
            .filter(|object| object.searchable && object.queryable)
            .map(|object| Returning {
                query: search::id_of(Path {
                    parts: vec![object.name.clone()],
                    at: 0,
                }),
            })
            .collect();
        &everything
    } else {
        &search.returning
    };
    let overall = search.limit.map_or(MOST, |limit| limit.value.min(MOST));
    let each = (MOST / u64::try_from(returning.len()).unwrap_or(1).max(1)).min(MOST_EACH);
    let mut found = Vec::new();
    for one in returning {
        let left = overall.saturating_sub(u64::try_from(found.len()).unwrap_or(MOST));
        let limit = one
            .query
            .limit
            .map_or(each, |limit| limit.value.min(MOST))
            .min(left);
        let bounds = Bounds {
            group: search.group,
            limit,
            source,
        };
        object_rows(call, &one.query, words, &bounds, &mut found)?;
    }
    Ok(found)
}

/// Where one object is searched, and how far.
struct Bounds<'a> {
    group: Group,
    limit: u64,
    /// The statement, for its faults.
    source: &'a str,
}

fn object_rows(
    call: &Call<'_>,
    query: &Query,
    words: &Words,
    bounds: &Bounds<'_>,
    found: &mut Vec<Value>,
) -> Result<(), Refusal> {
    let Bounds {
        group,
        limit,
        source,
    } = *bounds;
    let plan = plan(run::world(call, Bin::Hidden), query).map_err(|fault| fault.refusal(source))?;
    if !plan.object.searchable {
        let text = format!("entity type {} does not support search", plan.object.name);
        let fault = Fault::at("INVALID_TYPE", query.from.at, text);
        return Err(fault.refusal(source));
    }
    let index = words.index(&|pattern: &str| words::matching(call.db, plan.object, pattern))?;
    let mut passes = vec![columns(group)];
    if group == Group::All && plan.order.is_empty() {
        passes.insert(0, columns(Group::Name));
    }
    let mut seen: Vec<i64> = Vec::new();
    for columns in passes {
        pass(
            call,
            &plan,
            &format!("{columns}({index})"),
            limit,
            (&mut seen, found),
        )?;
    }
    Ok(())
}

/// The index columns of a group, as FTS5 writes a column filter.
fn columns(group: Group) -> &'static str {
    match group {
        Group::All => "",
        Group::Name => "{name} : ",
        Group::Email => "{email} : ",
        Group::Phone => "{phone} : ",
        Group::Sidebar => "{name email phone} : ",
    }
}

/// Adds rows that match in these columns and were not found before.
fn pass(
    call: &Call<'_>,
    plan: &Plan<'_>,
    matching: &str,
    limit: u64,
    results: (&mut Vec<i64>, &mut Vec<Value>),
) -> Result<(), Refusal> {
    let (seen, found) = results;
    let known = u64::try_from(seen.len()).unwrap_or(u64::MAX);
    if known >= limit {
        return Ok(());
    }
    let sql = sql(plan, limit + plan.offset + known);
    let mut statement = call.db.prepare(&sql)?;
    let values = [Sql::Text(matching.to_owned())]
        .into_iter()
        .chain(plan.values.iter().cloned());
    let mut rows = statement.query(params_from_iter(values))?;
    let mut skip = plan.offset;
    while let Some(row) = rows.next()? {
        let rid: i64 = row.get(0)?;
        if seen.contains(&rid) {
            continue;
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        seen.push(rid);
        found.push(run::record(call, plan, row)?);
        if u64::try_from(seen.len()).unwrap_or(u64::MAX) >= limit {
            break;
        }
    }
    Ok(())
}

/// The index drives; rows follow by number, so the first ones come at once.
fn sql(plan: &Plan<'_>, limit: u64) -> String {
    let rid = plan.columns.first().map_or("rid", String::as_str);
    let words = format!("{}(?) w CROSS JOIN", words::table(plan.object));
    let body = plan.body_with(&words, &format!("{rid} = w.rowid"));
    let order = if plan.order.is_empty() {
        "w.rowid".to_owned()
    } else {
        plan.order.join(", ")
    };
    format!(
        "SELECT {} {body} ORDER BY {order} LIMIT {limit}",
        plan.columns.join(", ")
    )
}
