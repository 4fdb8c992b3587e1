//! Rows between SOAP's XML and the JSON the rest of the org works with.

use serde_json::{Map, Value, json};

use super::message::Dialect;
use super::xml::{Node, element, nil};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldKind, ObjectDef};

/// A row as a client sent it.
pub struct Given {
    /// As the client names it.
    pub object: String,
    pub id: Option<String>,
    /// With `attributes` first, as REST's collections want it; without the id.
    pub fields: Map<String, Value>,
}

/// Reads a row.
///
/// # Errors
/// `INVALID_TYPE` for an object nobody knows.
pub fn given(call: &Call<'_>, node: &Node) -> Result<Given, Refusal> {
    let name = node
        .word("type")
        .or(node.kind.as_deref().filter(|kind| *kind != "sObject"))
        .unwrap_or_default()
        .to_owned();
    let object = known(call, &name)?;
    let mut fields = Map::new();
    fields.insert("attributes".into(), json!({"type": object.name}));
    let mut id = None;
    let nulls = node
        .all("fieldsToNull")
        .map(|field| (field.text.trim(), Value::Null));
    let values = node
        .children
        .iter()
        .filter(|child| !is_frame(&child.name) && !child.is_nil);
    for child in values {
        if child.name.eq_ignore_ascii_case("Id") {
            let text = child.text.trim();
            id = (!text.is_empty()).then(|| text.to_owned());
        } else {
            fields.insert(child.name.clone(), value(object, child));
        }
    }
    fields.extend(nulls.map(|(name, null)| (name.to_owned(), null)));
    Ok(Given {
        object: object.name.clone(),
        id,
        fields,
    })
}

/// An object by name.
///
/// # Errors
/// `INVALID_TYPE`.
pub fn known<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a ObjectDef, Refusal> {
    call.schema.object(name).ok_or_else(|| {
        let text = format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
        );
        Refusal::new(400, "INVALID_TYPE", text)
    })
}

fn is_frame(name: &str) -> bool {
    matches!(name, "type" | "fieldsToNull")
}

/// A field's value; a parent named by its key is an object of its own.
fn value(object: &ObjectDef, node: &Node) -> Value {
    if !node.children.is_empty() {
        let mut parent = Map::new();
        let kind = node
            .word("type")
            .or(node.kind.as_deref().filter(|kind| *kind != "sObject"));
        if let Some(kind) = kind {
            parent.insert("attributes".into(), json!({"type": kind}));
        }
        for child in node
            .children
            .iter()
            .filter(|child| !is_frame(&child.name) && !child.is_nil)
        {
            parent.insert(child.name.clone(), Value::from(child.text.trim()));
        }
        return Value::Object(parent);
    }
    let text = node.text.as_str();
    match object.field(&node.name).map(|field| field.kind) {
        Some(FieldKind::Boolean) => match text.trim() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            other => Value::from(other),
        },
        // What is no number stays text, for the reader behind to refuse.
        Some(FieldKind::Int | FieldKind::Double | FieldKind::Currency | FieldKind::Percent) => {
            serde_json::from_str(text.trim())
                .ok()
                .filter(Value::is_number)
                .unwrap_or_else(|| Value::from(text.trim()))
        }
        Some(FieldKind::Date | FieldKind::DateTime | FieldKind::Time | FieldKind::Reference) => {
            Value::from(text.trim())
        }
        _ => Value::from(text),
    }
}

/// A row as an element of that name.
pub fn written(call: &Call<'_>, dialect: Dialect, name: &str, row: &Map<String, Value>) -> String {
    let kind = row
        .get("attributes")
        .and_then(|about| about["type"].as_str())
        .unwrap_or_default();
    let object = call.schema.object(kind);
    let mut text = match dialect {
        Dialect::Partner => {
            let id = row.get("Id").and_then(Value::as_str);
            let id = id.map_or_else(|| nil("sf:Id"), |id| element("sf:Id", id));
            format!(
                "<{name} xsi:type=\"sf:sObject\">{}{id}",
                element("sf:type", kind)
            )
        }
        Dialect::Enterprise => format!("<{name} xsi:type=\"sf:{kind}\">"),
    };
    for (field, value) in row.iter().filter(|(field, _)| *field != "attributes") {
        text.push_str(&field_written(call, (dialect, object), field, value));
    }
    text.push_str(&format!("</{name}>"));
    text
}

fn field_written(
    call: &Call<'_>,
    (dialect, object): (Dialect, Option<&ObjectDef>),
    name: &str,
    value: &Value,
) -> String {
    let tag = format!("sf:{name}");
    match value {
        Value::Null => nil(&tag),
        Value::String(text) => {
            let kind = object
                .and_then(|object| object.field(name))
                .map(|field| field.kind);
            let text = match kind {
                // SOAP writes UTC as xsd:dateTime does.
                Some(FieldKind::DateTime) => text.replace("+0000", "Z"),
                _ => text.clone(),
            };
            element(&tag, &text)
        }
        Value::Object(map) if map.contains_key("records") => result(call, dialect, &tag, map),
        Value::Object(map) if map.contains_key("attributes") => written(call, dialect, &tag, map),
        Value::Object(map) => {
            let kind = if map.contains_key("city") {
                "address"
            } else {
                "location"
            };
            let parts: String = map.iter().map(|(part, value)| plain(part, value)).collect();
            format!("<{tag} xsi:type=\"{kind}\">{parts}</{tag}>")
        }
        other => element(&tag, &other.to_string()),
    }
}

/// A plain value.
pub fn plain(name: &str, value: &Value) -> String {
    match value {
        Value::Null => nil(name),
        Value::String(text) => element(name, text),
        other => element(name, &other.to_string()),
    }
}

/// A query's result as an element of that name.
pub fn result(call: &Call<'_>, dialect: Dialect, name: &str, map: &Map<String, Value>) -> String {
    let locator = map
        .get("nextRecordsUrl")
        .and_then(Value::as_str)
        .and_then(|url| url.rsplit('/').next());
    let rows: String = map
        .get("records")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|row| written(call, dialect, "records", row))
        .collect();
    let locator = locator.map_or_else(|| nil("queryLocator"), |text| element("queryLocator", text));
    let size = map.get("totalSize").unwrap_or(&Value::Null);
    let done = map.get("done").unwrap_or(&Value::Null);
    format!(
        "<{name} xsi:type=\"QueryResult\">{}{locator}{rows}{}</{name}>",
        plain("done", done),
        plain("size", size)
    )
}
