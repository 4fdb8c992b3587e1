//! The header of an upload to columns, and a row's cells to the JSON body that a REST
//! call would carry for them. Empty cells say nothing, `#N/A` says null.

use serde_json::{Map, Value, json};

use super::job::{Job, Operation};
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema};
use crate::demo::value;

/// Columns a file can have.
const MOST_COLUMNS: usize = 5_000;
/// Characters a cell and a record can have.
const LONGEST_CELL: usize = 32_000;
const LONGEST_RECORD: usize = 400_000;
/// The cell that means null.
const NULL: &str = "#N/A";

/// What a column's cells mean.
#[derive(Debug, Clone)]
pub enum Column<'a> {
    /// A field of the object.
    Own(&'a FieldDef),
    /// `Account.Ext__c`, `What:Account.Ext__c`: a parent by its key.
    Parent {
        /// `Account`, `What`.
        relationship: String,
        target: &'a ObjectDef,
        key: &'a FieldDef,
    },
}

/// Resolves a header.
///
/// # Errors
/// The `errorMessage` of the job that cannot run.
pub fn resolve<'a>(
    schema: &'a Schema,
    object: &'a ObjectDef,
    job: &Job,
    header: &[String],
) -> Result<Vec<Column<'a>>, String> {
    if matches!(job.operation, Operation::Delete | Operation::HardDelete)
        && !matches!(header, [only] if only.eq_ignore_ascii_case("Id"))
    {
        let operation = job.operation.word();
        return Err(format!(
            "InvalidBatch : The '{operation}' batch must contain only ids."
        ));
    }
    if header.len() > MOST_COLUMNS {
        return Err(format!(
            "InvalidBatch : InvalidBatch : The number of columns exceeds the limit of {MOST_COLUMNS}"
        ));
    }
    let mut columns = Vec::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        if header
            .iter()
            .take(index)
            .any(|other| other.eq_ignore_ascii_case(name))
        {
            return Err(format!(
                "InvalidBatch : InvalidBatch : Duplicate field name found : {name}"
            ));
        }
        let column = column(schema, object, name).ok_or_else(|| {
            format!("InvalidBatch : InvalidBatch : Field name not found : {name}")
        })?;
        columns.push(column);
    }
    Ok(columns)
}

fn column<'a>(schema: &'a Schema, object: &'a ObjectDef, name: &str) -> Option<Column<'a>> {
    let Some((path, key)) = name.split_once('.') else {
        return object.field(name).map(Column::Own);
    };
    let (relationship, target) = match path.split_once(':') {
        Some((relationship, target)) => (relationship, Some(target)),
        None => (path, None),
    };
    let lookup = object.field_by_relationship(relationship)?;
    let (target, key) = lookup
        .reference_to
        .iter()
        .filter(|name| target.is_none_or(|target| name.eq_ignore_ascii_case(target)))
        .filter_map(|name| schema.object(name))
        .find_map(|object| Some((object, key_of(object, key)?)))?;
    Some(Column::Parent {
        relationship: lookup.relationship_name.clone()?,
        target,
        key,
    })
}

fn key_of<'a>(object: &'a ObjectDef, name: &str) -> Option<&'a FieldDef> {
    object
        .field(name)
        .filter(|field| field.external_id || field.id_lookup || field.kind == FieldKind::Id)
}

/// A row's cells as the body of a REST call.
///
/// # Errors
/// A cell that does not read as its field's type, or is too long.
pub fn body(columns: &[Column<'_>], cells: &[String]) -> Result<Map<String, Value>, Refusal> {
    let mut map = Map::new();
    let mut length = 0;
    for (index, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if cell.is_empty() {
            continue;
        }
        let count = cell.chars().count();
        length += count;
        if count > LONGEST_CELL || length > LONGEST_RECORD {
            return Err(too_long(column, count > LONGEST_CELL));
        }
        let value = (cell != NULL).then_some(cell.as_str());
        match column {
            Column::Own(field) => {
                map.insert(field.name.clone(), own(field, index, value)?);
            }
            Column::Parent {
                relationship,
                target,
                key,
            } => {
                let parent = value.map(
                    |value| json!({"attributes": {"type": target.name}, key.name.clone(): value}),
                );
                map.insert(relationship.clone(), parent.unwrap_or(Value::Null));
            }
        }
    }
    Ok(map)
}

fn own(field: &FieldDef, index: usize, value: Option<&str>) -> Result<Value, Refusal> {
    let Some(text) = value else {
        return Ok(Value::Null);
    };
    let text = match (field.kind, text) {
        (FieldKind::Boolean, "1") => "true",
        (FieldKind::Boolean, "0") => "false",
        (_, text) => text,
    };
    // Only the type is judged here; the body keeps the text, as JSON may.
    if value::from_text(field.into(), text).is_err() {
        let message = format!(
            "Failed to deserialize field at col {index}. Due to, '{text}' is not a valid value for the type {}",
            xml_type(field.kind)
        );
        return Err(Refusal::row("INVALID_FIELD", message, &[&field.name]));
    }
    Ok(Value::from(text))
}

fn xml_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Boolean => "xsd:boolean",
        FieldKind::Int => "xsd:int",
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => "xsd:double",
        FieldKind::Date => "xsd:date",
        FieldKind::DateTime => "xsd:dateTime",
        FieldKind::Time => "xsd:time",
        FieldKind::Base64 => "xsd:base64Binary",
        FieldKind::Id | FieldKind::Reference => "tns:ID",
        _ => "xsd:string",
    }
}

fn too_long(column: &Column<'_>, is_cell: bool) -> Refusal {
    let (label, name) = match column {
        Column::Own(field) => (field.label.as_str(), field.name.as_str()),
        Column::Parent { key, .. } => (key.label.as_str(), key.name.as_str()),
    };
    let text = if is_cell {
        format!("{label}: data value too large (max length={LONGEST_CELL})")
    } else {
        format!("The record is longer than {LONGEST_RECORD} characters")
    };
    Refusal::row("STRING_TOO_LONG", text, &[name])
}
