//! Parents with their children in one call: all or nothing.

use serde_json::{Map, Value, json};

use crate::demo::call::Call;
use crate::demo::engine::undoable;
use crate::demo::error::Refusal;
use crate::demo::fields;
use crate::demo::routes::object_body;
use crate::demo::rows::write::{self, Options};
use crate::demo::schema::ObjectDef;
use crate::demo::wire::{Reply, Request};

/// Records of one call.
const MOST: usize = 200;
/// Levels of one tree.
const DEEPEST: usize = 5;

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
    let kept = undoable(call, || {
        planting.level(object, body.get("records"), None, 1)?;
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

impl Planting<'_> {
    fn level(
        &mut self,
        object: &ObjectDef,
        records: Option<&Value>,
        parent: Option<(&str, &str)>,
        depth: usize,
    ) -> Result<(), Refusal> {
        let none = || Refusal::parser("The records list is missing at [line:1, column:1]");
        let records = records.and_then(Value::as_array).ok_or_else(none)?;
        if depth > DEEPEST || self.made.len() + self.failed.len() + records.len() > MOST {
            let text = "The request exceeds the limit of 200 records in trees of 5 levels";
            return Err(Refusal::new(400, "EXCEEDED_MAX_SIZE_REQUEST", text));
        }
        for record in records {
            let map = record.as_object().ok_or_else(none)?;
            self.one(object, map, parent, depth)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        object: &ObjectDef,
        record: &Map<String, Value>,
        parent: Option<(&str, &str)>,
        depth: usize,
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
                self.made.push(json!({"referenceId": reference, "id": id}));
                for ((child, field), value) in children {
                    self.level(
                        child,
                        value.get("records"),
                        Some((&field.name, &id)),
                        depth + 1,
                    )?;
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
