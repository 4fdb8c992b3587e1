//! Result rows as JSON: the tree of cells filled from one row. Child rows are asked for
//! here, row by row.

use std::cell::{Cell as Counter, OnceCell};

use rusqlite::types::ValueRef;
use rusqlite::{Row, params_from_iter};
use serde_json::{Map, Value, json};

use super::plan::{Bin, Cell, Plan, PlanKind};
use super::run::PAGE;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::recent;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::uiapi::display::Manner;
use crate::demo::value::{self, Shape};

/// Rows of a reply, children counted, for each row of a page asked for.
const WITH_CHILDREN: usize = 5;

/// A statement as it was asked, so that its results can be opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'r> {
    pub(super) statement: &'r str,
    pub(super) bin: Bin,
    /// Rows of a page.
    pub(super) batch: usize,
}

/// The rows of one reply being made.
pub(super) struct Rows<'r, 'c> {
    pub(super) call: &'r Call<'c>,
    pub(super) asked: Asked<'r>,
    made: Counter<usize>,
    /// Read when first needed.
    manner: OnceCell<Result<Manner, Refusal>>,
}

impl<'r, 'c> Rows<'r, 'c> {
    pub(super) fn new(call: &'r Call<'c>, asked: Asked<'r>) -> Self {
        Self {
            call,
            asked,
            made: Counter::new(0),
            manner: OnceCell::new(),
        }
    }

    /// Whether the reply has as many rows as one may.
    pub(super) fn is_full(&self) -> bool {
        self.made.get() >= self.asked.batch * WITH_CHILDREN
    }

    /// One result row as JSON.
    pub(super) fn record(
        &self,
        plan: &Plan<'_>,
        row: &Row<'_>,
        places: &[usize],
    ) -> Result<Value, Refusal> {
        self.made.set(self.made.get() + 1);
        let mut map = Map::new();
        if plan.kind == PlanKind::Aggregate {
            map.insert("attributes".into(), json!({"type": "AggregateResult"}));
            self.fill(plan.object, None, &plan.cells, row, &mut map)?;
            return Ok(Value::Object(map));
        }
        let id: String = row.get(1)?;
        if plan.for_view {
            recent::seen(self.call, plan.object, &id)?;
        }
        map.insert(
            "attributes".into(),
            self.attributes(&plan.object.name, &plan.object.name, &id),
        );
        self.fill(plan.object, Some(&id), &plan.cells, row, &mut map)?;
        for (place, cell) in plan.cells.iter().enumerate() {
            if let Cell::Children { key, plan } = cell {
                let places = [places, &[place]].concat();
                map.insert(key.clone(), self.children(plan, &id, &places)?);
            }
        }
        Ok(Value::Object(map))
    }

    /// `FORMAT(f)`: as the asking user reads it.
    fn formatted(&self, shape: Shape, plain: Value) -> Result<Value, Refusal> {
        let manner = self.manner.get_or_init(|| Manner::of(self.call));
        let manner = manner.as_ref().map_err(Clone::clone)?;
        let field = FieldDef {
            kind: shape.kind,
            scale: shape.scale,
            ..FieldDef::default()
        };
        let shown = manner.display(&field, &plain);
        Ok(match (shown, plain) {
            (Value::Null, Value::Null) => Value::Null,
            (Value::Null, Value::String(text)) => Value::String(text),
            (Value::Null, other) => Value::String(other.to_string()),
            (shown, _) => shown,
        })
    }

    fn attributes(&self, kind: &str, object: &str, id: &str) -> Value {
        json!({"type": kind, "url": self.call.row_url(object, id)})
    }

    fn fill(
        &self,
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
                Cell::Formatted { key, index, shape } => {
                    let plain = json_of(*shape, row.get_ref(*index)?);
                    map.insert(key.clone(), self.formatted(*shape, plain)?);
                }
                Cell::Blob { field, index } => {
                    let there: bool = row.get(*index)?;
                    let url = id
                        .filter(|_| there)
                        .map(|id| format!("{}/{field}", self.call.row_url(&object.name, id)));
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
                    let value = self.parent(*object, row.get(*id)?, cells, row)?;
                    map.insert(key.clone(), value);
                }
                Cell::Either { key, id, cases } => {
                    let value = self.either(row.get(*id)?, cases, row)?;
                    map.insert(key.clone(), value);
                }
                // Child rows follow, in `record`.
                Cell::Children { key, .. } => {
                    map.insert(key.clone(), Value::Null);
                }
            }
        }
        Ok(())
    }

    fn parent(
        &self,
        object: Option<&ObjectDef>,
        id: Option<String>,
        cells: &[Cell<'_>],
        row: &Row<'_>,
    ) -> Result<Value, Refusal> {
        let Some(id) = id else { return Ok(Value::Null) };
        // A parent of several possible objects is a "Name" to the API.
        let kind = object.map_or("Name", |object| &object.name);
        let Some(object) = object.or_else(|| self.call.schema.object_of_id(&id)) else {
            return Ok(Value::Null);
        };
        let mut map = Map::new();
        map.insert(
            "attributes".into(),
            self.attributes(kind, &object.name, &id),
        );
        self.fill(object, Some(&id), cells, row, &mut map)?;
        Ok(Value::Object(map))
    }

    fn either(
        &self,
        id: Option<String>,
        cases: &[(Option<&ObjectDef>, Vec<Cell<'_>>)],
        row: &Row<'_>,
    ) -> Result<Value, Refusal> {
        let Some(id) = id else { return Ok(Value::Null) };
        let Some(object) = self.call.schema.object_of_id(&id) else {
            return Ok(Value::Null);
        };
        let chosen = cases
            .iter()
            .find(|(case, _)| case.is_none_or(|case| case.name == object.name));
        let mut map = Map::new();
        map.insert(
            "attributes".into(),
            self.attributes(&object.name, &object.name, &id),
        );
        if let Some((_, cells)) = chosen {
            self.fill(object, Some(&id), cells, row, &mut map)?;
        }
        Ok(Value::Object(map))
    }

    /// Child rows as a nested result; null when there are none.
    fn children(&self, plan: &Plan<'_>, id: &str, places: &[usize]) -> Result<Value, Refusal> {
        let page = self.first_page(plan, Some(id), places)?;
        let page: Value = serde_json::from_slice(&page)
            .map_err(|fault| Refusal::new(500, "UNKNOWN_EXCEPTION", fault.to_string()))?;
        let none = page["totalSize"] == json!(0);
        Ok(if none { Value::Null } else { page })
    }
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

/// One result row as JSON, for plans without child rows.
///
/// # Errors
/// SQLite's.
pub fn record(call: &Call<'_>, plan: &Plan<'_>, row: &Row<'_>) -> Result<Value, Refusal> {
    let asked = Asked {
        statement: "",
        bin: Bin::Hidden,
        batch: PAGE,
    };
    Rows::new(call, asked).record(plan, row, &[])
}

/// The first row of a plan without child rows as JSON.
///
/// # Errors
/// SQLite's.
pub fn first(call: &Call<'_>, plan: &Plan<'_>) -> Result<Option<Value>, Refusal> {
    let mut statement = call.db.prepare_cached(&format!("{} LIMIT 1", plan.sql()))?;
    let mut rows = statement.query(params_from_iter(&plan.values))?;
    match rows.next()? {
        Some(row) => record(call, plan, row).map(Some),
        None => Ok(None),
    }
}
