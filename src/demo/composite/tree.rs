//! Parents with their children in one call: all or nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::demo::call::Call;
use crate::demo::engine::undoable;
use crate::demo::error::Refusal;
use crate::demo::events;
use crate::demo::fields;
use crate::demo::routes::object_body;
use crate::demo::rows::write::{self, Options};
use crate::demo::schema::ObjectDef;
use crate::demo::wire::{Reply, Request};

/// Records of one call.
const MOST: usize = 200;
/// Levels of one tree.
const DEEPEST: usize = 5;
/// Types of records in one call.
const MOST_TYPES: usize = 5;

struct Planting<'a> {
    call: &'a Call<'a>,
    options: Options,
    made: Vec<Value>,
    failed: Vec<Value>,
}

/// Creates the trees of a body.
///
/// # Errors
/// What is wrong with the call as a whole.
pub fn create(call: &Call<'_>, object: &str, request: &Request) -> Result<Reply, Refusal> {
    let object = call.schema.object(object).ok_or_else(Refusal::not_found)?;
    let body = object_body(request)?;
    let mut planting = Planting {
        call,
        options: Options::of(request),
        made: Vec::new(),
        failed: Vec::new(),
    };
    let mut shape = Shape::default();
    shape.level(call, object, body.get("records"), 1)?;
    let kept = undoable(call, || {
        planting.level(object, body.get("records"), None)?;
        if planting.failed.is_empty() {
            Ok(())
        } else {
            Err(Refusal::not_found())
        }
    })?;
    Ok(match kept {
        Ok(()) => Reply::json(201, &json!({"hasErrors": false, "results": planting.made})),
        Err(refusal) if planting.failed.is_empty() => return Err(refusal),
        Err(_) => Reply::json(400, &json!({"hasErrors": true, "results": planting.failed})),
    })
}

/// What a body asks for, counted before anything is written.
#[derive(Default)]
struct Shape {
    records: usize,
    types: BTreeSet<String>,
    references: BTreeSet<String>,
}

impl Shape {
    fn level(
        &mut self,
        call: &Call<'_>,
        object: &ObjectDef,
        records: Option<&Value>,
        depth: usize,
    ) -> Result<(), Refusal> {
        let records = records.and_then(Value::as_array).ok_or_else(no_records)?;
        self.records += records.len();
        self.types.insert(object.name.clone());
        if depth > DEEPEST || self.records > MOST || self.types.len() > MOST_TYPES {
            let text = format!(
                "The request exceeds the limit of {MOST} records of {MOST_TYPES} types in trees of {DEEPEST} levels."
            );
            return Err(Refusal::new(400, "EXCEEDED_MAX_SIZE_REQUEST", text));
        }
        for record in records {
            let map = record.as_object().ok_or_else(no_records)?;
            self.one(object, &record["attributes"])?;
            for (name, value) in map.iter().filter(|(_, value)| value["records"].is_array()) {
                if let Some((child, _)) = fields::child(call.schema, &object.name, name) {
                    self.level(call, child, value.get("records"), depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// Every record says its type and has a name of its own.
    fn one(&mut self, object: &ObjectDef, about: &Value) -> Result<(), Refusal> {
        let input = |text: String| Err(Refusal::new(400, "INVALID_INPUT", text));
        let kind = about["type"].as_str().unwrap_or_default();
        if !kind.eq_ignore_ascii_case(&object.name) {
            return input(format!(
                "Include a type value of {} in the attributes of each record.",
                object.name
            ));
        }
        match about["referenceId"].as_str() {
            None | Some("") => {
                input("Include a reference ID value for each record in the request.".into())
            }
            Some(name) if !self.references.insert(name.to_owned()) => input(format!(
                "Duplicate ReferenceId provided in the request: {name}"
            )),
            Some(_) => Ok(()),
        }
    }
}

fn no_records() -> Refusal {
    Refusal::parser("The records list is missing at [line:1, column:1]")
}

impl Planting<'_> {
    fn level(
        &mut self,
        object: &ObjectDef,
        records: Option<&Value>,
        parent: Option<(&str, &str)>,
    ) -> Result<(), Refusal> {
        let records = records.and_then(Value::as_array).ok_or_else(no_records)?;
        for record in records {
            self.one(object, record.as_object().ok_or_else(no_records)?, parent)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        object: &ObjectDef,
        record: &Map<String, Value>,
        parent: Option<(&str, &str)>,
    ) -> Result<(), Refusal> {
        let reference = record
            .get("attributes")
            .map_or(Value::Null, |about| about["referenceId"].clone());
        let mut own = Map::new();
        let mut children = Vec::new();
        for (name, value) in record {
            match fields::child(self.call.schema, &object.name, name)
                .filter(|_| value["records"].is_array())
            {
                Some(child) => children.push((child, value)),
                None => {
                    own.insert(name.clone(), value.clone());
                }
            }
        }
        if let Some((field, id)) = parent {
            own.insert(field.to_owned(), json!(id));
        }
        let call = self.call;
        let options = self.options;
        match undoable(call, || write::create(call, object, &own, options))? {
            Ok(id) => {
                let mut made = json!({"referenceId": reference, "id": id});
                if events::is_platform_event(object) {
                    made["errors"] = events::enqueued(&id);
                }
                self.made.push(made);
                for ((child, field), value) in children {
                    self.level(child, value.get("records"), Some((&field.name, &id)))?;
                }
            }
            Err(refusal) => {
                self.failed
                    .push(json!({"referenceId": reference, "errors": refusal.collection_errors()}));
            }
        }
        Ok(())
    }
}
