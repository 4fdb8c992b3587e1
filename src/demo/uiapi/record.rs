//! Records as this API gives them: every field with its value and how it is shown,
//! parents as records inside.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::display::Manner;
use super::{bad_parameter, layout, of_id, tag_of, tagged};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::recent;
use crate::demo::rows::{read, table};
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::wire::{Reply, Request};

/// Every record says these, asked or not.
const ALWAYS: [&str; 4] = [
    "RecordTypeId",
    "LastModifiedById",
    "LastModifiedDate",
    "SystemModstamp",
];
/// Parents of parents, as SOQL allows them.
const DEEPEST: usize = 5;

/// Fields of one object by API name, and of its parents by the name of the reference.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    fields: BTreeSet<String>,
    parents: BTreeMap<String, Self>,
}

/// The parameters that say what of a record is asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    fields: Vec<String>,
    optional: Vec<String>,
    pub layout_types: Vec<String>,
    pub modes: Vec<String>,
}

impl Asked {
    /// Reads them; none at all is fine.
    pub fn of_any(request: &Request) -> Self {
        let list = |name: &str| -> Vec<String> {
            let text = request.param(name).unwrap_or_default();
            text.split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        };
        Self {
            fields: list("fields"),
            optional: list("optionalFields"),
            layout_types: list("layoutTypes"),
            modes: list("modes"),
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// Nothing said.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let asked = Self::of_any(request);
        if asked.fields.is_empty() && asked.optional.is_empty() && asked.layout_types.is_empty() {
            let text = "Must provide either 'fields' or 'layoutTypes'.";
            return Err(Refusal::new(400, "INVALID_INPUT_COMBINATION", text));
        }
        Ok(asked)
    }
}

/// Answers `GET records/{id}`.
///
/// # Errors
/// Parameters that make no sense; 404.
pub fn get(call: &Call<'_>, id: &str, request: &Request) -> Result<Reply, Refusal> {
    let body = asked_record(call, id, &Asked::of(request)?)?;
    if request.param("updateMru").as_deref() == Some("true") {
        let (object, id) = of_id(call, id)?;
        recent::seen(call, object, &id)?;
    }
    Ok(tagged(request, body))
}

/// A record with what was asked of it.
///
/// # Errors
/// 400 for a field there is not; 404.
pub fn asked_record(call: &Call<'_>, id: &str, asked: &Asked) -> Result<Value, Refusal> {
    let (object, id) = of_id(call, id)?;
    if !table::exists(call.db, object, &id)? {
        return Err(Refusal::not_found());
    }
    let mut wanted = Wanted::default();
    for path in &asked.fields {
        if !wanted.add(call, object, path) {
            let text = format!("Invalid fields: '{path}'");
            return Err(Refusal::new(400, "INVALID_FIELD", text));
        }
    }
    for path in &asked.optional {
        wanted.add(call, object, path);
    }
    for layout_type in &asked.layout_types {
        if !["Full", "Compact"].contains(&layout_type.as_str()) {
            return Err(bad_parameter(format!("Invalid layoutType: {layout_type}")));
        }
        wanted.add_layout(call, object, layout_type);
    }
    // It is there; what does not come back is not shared with the asking user.
    record(call, object, &id, &wanted)?.ok_or_else(|| {
        let text = "You don't have access to this record. Ask your administrator for help or to request access.";
        Refusal::new(403, "INSUFFICIENT_ACCESS", text)
    })
}

impl Wanted {
    /// The fields of a layout, references with their parent's name.
    pub fn of_layout(call: &Call<'_>, object: &ObjectDef, layout_type: &str) -> Self {
        let mut wanted = Self::default();
        wanted.add_layout(call, object, layout_type);
        wanted
    }

    /// These fields of one object.
    pub fn of_fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            fields: names.into_iter().map(str::to_owned).collect(),
            parents: BTreeMap::new(),
        }
    }

    fn add_layout(&mut self, call: &Call<'_>, object: &ObjectDef, layout_type: &str) {
        for field in layout::fields(object, layout_type) {
            self.fields.insert(field.name.clone());
            self.add_parent(call, field);
        }
    }

    /// A reference's parent, known by its name.
    fn add_parent(&mut self, call: &Call<'_>, field: &FieldDef) {
        if field.kind != FieldKind::Reference || field.relationship_name.is_none() {
            return;
        }
        let parent = self.parents.entry(field.name.clone()).or_default();
        parent.fields.insert("Id".into());
        let to = field
            .reference_to
            .first()
            .and_then(|name| call.schema.object(name));
        if let Some(name) = to.and_then(ObjectDef::name_field) {
            parent.fields.insert(name.name.clone());
        }
    }

    /// Adds `Account.Owner.Name` of accounts; whether there is such a field.
    pub fn add(&mut self, call: &Call<'_>, object: &ObjectDef, path: &str) -> bool {
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            [first, rest @ ..] if first.eq_ignore_ascii_case(&object.name) && !rest.is_empty() => {
                self.add_path(call, object, rest)
            }
            _ => false,
        }
    }

    /// Adds `Owner.Name`, a path that begins at the object.
    pub fn add_path(&mut self, call: &Call<'_>, object: &ObjectDef, parts: &[&str]) -> bool {
        let (name, rest) = match parts {
            [] => return false,
            [name] => {
                let field = object.field(name);
                self.fields.extend(field.map(|field| field.name.clone()));
                return field.is_some();
            }
            [name, rest @ ..] => (name, rest),
        };
        let Some(field) = object
            .field_by_relationship(name)
            .filter(|_| rest.len() < DEEPEST)
        else {
            return false;
        };
        let mut parent = self.parents.get(&field.name).cloned().unwrap_or_default();
        parent.fields.insert("Id".into());
        let known = field
            .reference_to
            .iter()
            .filter_map(|name| call.schema.object(name))
            .any(|to| parent.add_path(call, to, rest));
        if known {
            self.parents.insert(field.name.clone(), parent);
        }
        known
    }
}

/// A live row as a record; `None` when it is not there or not seen.
///
/// # Errors
/// SQLite's.
pub fn record(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    wanted: &Wanted,
) -> Result<Option<Value>, Refusal> {
    Painter {
        call,
        manner: Manner::of(call)?,
    }
    .record(object, id, wanted)
}

struct Painter<'a> {
    call: &'a Call<'a>,
    manner: Manner,
}

impl Painter<'_> {
    fn record(
        &self,
        object: &ObjectDef,
        id: &str,
        wanted: &Wanted,
    ) -> Result<Option<Value>, Refusal> {
        // What another object of a polymorphic reference has, this one may not.
        let fields: Vec<&FieldDef> = wanted
            .fields
            .iter()
            .filter_map(|name| object.field(name))
            .collect();
        let names: Vec<&str> = fields
            .iter()
            .map(|field| field.name.as_str())
            .chain(wanted.parents.keys().map(String::as_str))
            .chain(ALWAYS)
            .filter_map(|name| object.field(name))
            .map(|field| field.name.as_str())
            .collect();
        let row = read::record(
            self.call,
            object,
            id,
            Some(&format!("Id,{}", names.join(","))),
        )?;
        let Some(row) = row else { return Ok(None) };
        let mut shown: BTreeMap<&str, Value> = BTreeMap::new();
        for field in fields {
            shown.insert(&field.name, self.field(field, &row[field.name.as_str()]));
        }
        for (name, wanted) in &wanted.parents {
            if let Some((field, relationship)) = object
                .field(name)
                .and_then(|field| Some((field, field.relationship_name.as_deref()?)))
            {
                let parent = row[field.name.as_str()].as_str();
                shown.insert(relationship, self.parent(parent, wanted)?);
            }
        }
        Ok(Some(framed(self.call, object, id, &row, shown)))
    }

    fn field(&self, field: &FieldDef, value: &Value) -> Value {
        let display = self.manner.display(field, value);
        json!({"displayValue": display, "value": wire_value(field, value)})
    }

    fn parent(&self, id: Option<&str>, wanted: &Wanted) -> Result<Value, Refusal> {
        let none = json!({"displayValue": null, "value": null});
        let Some((object, id)) = id.and_then(|id| Some((self.call.object_of_id(id)?, id))) else {
            return Ok(none);
        };
        let Some(value) = self.record(object, id, wanted)? else {
            return Ok(none);
        };
        let name = match object.name_field() {
            Some(field) => read::record(self.call, object, id, Some(&field.name))?
                .map_or(Value::Null, |row| row[field.name.as_str()].clone()),
            None => Value::Null,
        };
        Ok(json!({"displayValue": name, "value": value}))
    }
}

/// Times end in `Z` here, where rows say `+0000`.
fn wire_value(field: &FieldDef, value: &Value) -> Value {
    match value {
        Value::String(text) if field.kind == FieldKind::DateTime => {
            Value::String(text.replace("+0000", "Z"))
        }
        other => other.clone(),
    }
}

/// The shape around the fields.
fn framed(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    row: &Value,
    fields: BTreeMap<&str, Value>,
) -> Value {
    let time = |name: &str| row[name].as_str().map(|text| text.replace("+0000", "Z"));
    let kind = row["RecordTypeId"].as_str();
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("apiName", json!(object.name));
    put("childRelationships", json!({}));
    put("fields", json!(fields));
    put("id", json!(id));
    put("lastModifiedById", row["LastModifiedById"].clone());
    put("lastModifiedDate", json!(time("LastModifiedDate")));
    if call.release() >= 46 {
        put("recordTypeId", json!(kind));
    }
    put("recordTypeInfo", record_type_info(object, kind));
    put("systemModstamp", json!(time("SystemModstamp")));
    if call.release() >= 46 {
        put("weakEtag", json!(weak_etag(row)));
    }
    let mut body = Value::Object(body);
    let tag = tag_of(&body);
    body["eTag"] = json!(tag);
    body
}

/// The last change in milliseconds.
fn weak_etag(row: &Value) -> Option<i64> {
    let at: Timestamp = row["SystemModstamp"].as_str()?.parse().ok()?;
    Some(at.as_millisecond())
}

fn record_type_info(object: &ObjectDef, kind: Option<&str>) -> Value {
    let found = kind.and_then(|kind| object.record_types.iter().find(|own| own.id == kind));
    found.map_or(Value::Null, |kind| {
        json!({
            "available": true,
            "defaultRecordTypeMapping": kind.is_default,
            "master": false,
            "name": kind.name,
            "recordTypeId": kind.id,
        })
    })
}

/// The objects of a record and its parents.
pub fn objects_in(record: &Value) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = record["apiName"]
        .as_str()
        .map(str::to_owned)
        .into_iter()
        .collect();
    for field in record["fields"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
    {
        if field["value"]["apiName"].is_string() {
            found.extend(objects_in(&field["value"]));
        }
    }
    found
}
