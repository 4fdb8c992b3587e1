//! `columns=true`: what a statement's columns are, in the shape the Salesforce CLI reads.

use serde_json::{Value, json};

use super::ast::{Item, Operand, Query};
use super::parse;
use super::plan::{Bin, Cell, Plan, PlanKind};
use super::run;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::fields::is_text;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::wire::Reply;

/// Answers `query?q=…&columns=true`.
///
/// # Errors
/// The statement's faults.
pub fn columns(call: &Call<'_>, source: &str, bin: Bin) -> Result<Reply, Refusal> {
    let plan = run::prepared(call, source, bin)?;
    let query = parse(source).map_err(|fault| fault.refusal(source))?;
    let columns = if plan.kind == PlanKind::Aggregate {
        grouped(&plan, &query)
    } else {
        cells(plan.object, &plan.cells)
    };
    let id_selected = plan
        .cells
        .iter()
        .any(|cell| matches!(cell, Cell::Value { key, .. } if key == "Id"));
    Ok(Reply::json(
        200,
        &json!({
            "columnMetadata": columns,
            "entityName": plan.object.name,
            "groupBy": !query.group.by.is_empty(),
            "idSelected": id_selected && plan.kind == PlanKind::Rows,
            "keyPrefix": plan.object.key_prefix,
        }),
    ))
}

fn cells(object: &ObjectDef, cells: &[Cell<'_>]) -> Vec<Value> {
    cells.iter().map(|cell| of_cell(object, cell)).collect()
}

fn of_cell(object: &ObjectDef, cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Value { key, shape, .. } | Cell::Formatted { key, shape, .. } => {
            column(key, object.field(key), shape.kind)
        }
        Cell::Blob { field, .. } => column(field, object.field(field), FieldKind::Base64),
        Cell::Compound { key, .. } => column(key, object.field(key), FieldKind::Address),
        Cell::Parent {
            key,
            object: to,
            cells: inside,
            ..
        } => {
            let columns = cells_of(to.unwrap_or(object), inside);
            joined(key, object, columns, false)
        }
        Cell::Either { key, cases, .. } => {
            let columns = cases
                .iter()
                .flat_map(|(to, inside)| cells_of(to.unwrap_or(object), inside))
                .collect();
            joined(key, object, columns, false)
        }
        Cell::Children { key, plan } => {
            joined(key, object, cells_of(plan.object, &plan.cells), true)
        }
    }
}

fn cells_of(object: &ObjectDef, inside: &[Cell<'_>]) -> Vec<Value> {
    cells(object, inside)
}

/// A parent, or child rows (`aggregate`, as the API calls them).
fn joined(key: &str, object: &ObjectDef, columns: Vec<Value>, children: bool) -> Value {
    let lookup = object.field_by_relationship(key);
    let mut value = column(key, None, FieldKind::Address);
    value["aggregate"] = json!(children);
    value["foreignKeyName"] = json!(lookup.map(|field| &field.name));
    value["joinColumns"] = json!(columns);
    value
}

/// The columns of groups: fields as they are, functions with their text.
fn grouped(plan: &Plan<'_>, query: &Query) -> Vec<Value> {
    plan.cells
        .iter()
        .zip(&query.select)
        .map(|(cell, item)| {
            let mut value = of_cell(plan.object, cell);
            let text = match item {
                Item::Call { call, .. } => Some(Operand::text(call)),
                Item::CountAll => Some("COUNT()".to_owned()),
                _ => None,
            };
            if let Some(text) = text {
                value["aggregate"] = json!(true);
                value["custom"] = json!(false);
                value["insertable"] = json!(false);
                value["updatable"] = json!(false);
                value["displayName"] = json!(text);
            }
            value
        })
        .collect()
}

fn column(key: &str, field: Option<&FieldDef>, kind: FieldKind) -> Value {
    json!({
        "aggregate": false,
        "apexType": apex_type(kind),
        "booleanType": kind == FieldKind::Boolean,
        "columnName": key,
        "custom": field.is_some_and(|field| field.custom),
        "displayName": key,
        "foreignKeyName": null,
        "insertable": field.is_some_and(|field| field.createable),
        "joinColumns": [],
        "numberType": matches!(
            kind,
            FieldKind::Int | FieldKind::Double | FieldKind::Currency | FieldKind::Percent
        ),
        "textType": is_text(kind),
        "updatable": field.is_some_and(|field| field.updateable),
    })
}

fn apex_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Id | FieldKind::Reference => "Id",
        FieldKind::Boolean => "Boolean",
        FieldKind::Int => "Integer",
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => "Double",
        FieldKind::Date => "Date",
        FieldKind::DateTime => "Datetime",
        FieldKind::Time => "Time",
        FieldKind::Base64 => "Blob",
        FieldKind::Address => "Address",
        FieldKind::Location => "Location",
        _ => "String",
    }
}
