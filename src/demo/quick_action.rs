//! Quick actions (REST API guide, "Quick Actions"): "New …" for each object with pages
//! of its own, and "Log a Call". What a form starts with comes from the same defaults as
//! a row that is made; saving goes the road of all rows.

use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::Refusal;
use super::ids::{long_id, record_id};
use super::routes::{object_body, only};
use super::rows::write::{self, Options};
use super::rows::{Draft, derive, table};
use super::schema::{FieldKind, ObjectDef};
use super::value;
use super::wire::{Reply, Request};

/// Key prefix of quick actions.
const PREFIX: &str = "09D";

struct Action<'a> {
    id: String,
    name: String,
    label: String,
    kind: &'static str,
    target: &'a ObjectDef,
}

/// Answers a path below `quickActions`; `context` is the object it stands below.
///
/// # Errors
/// 404 for an action there is not; what the row refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    context: Option<&ObjectDef>,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let all = actions(call);
    let base = match context {
        Some(object) => format!("{}/sobjects/{}/quickActions", call.root(), object.name),
        None => format!("{}/quickActions", call.root()),
    };
    let [name, rest @ ..] = rest else {
        only(method, "GET,HEAD")?;
        let list: Vec<Value> = all.iter().map(|action| action.listed(&base)).collect();
        return Ok(Reply::json(200, &list));
    };
    let action = all
        .iter()
        .find(|action| action.name == *name)
        .ok_or_else(Refusal::not_found)?;
    match rest {
        [] if method == "POST" => action.run(call, request),
        [] => only(method, "GET,HEAD,POST")
            .map(|()| Reply::json(200, &action.described(&base, context))),
        ["describe"] => {
            only(method, "GET,HEAD").map(|()| Reply::json(200, &action.described(&base, context)))
        }
        ["defaultValues"] => {
            only(method, "GET,HEAD").map(|()| Reply::json(200, &action.defaults(call, None)))
        }
        ["defaultValues", id] => {
            only(method, "GET,HEAD")?;
            let id = long_id(id).ok_or_else(Refusal::not_found)?;
            let parent = call.object_of_id(&id).ok_or_else(Refusal::not_found)?;
            if !table::exists(call.db, parent, &id)? {
                return Err(Refusal::not_found());
            }
            Ok(Reply::json(
                200,
                &action.defaults(call, Some((parent, &id))),
            ))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Body of `GET …/sobjects/Global/describe/layouts`: the layout of the global publisher.
pub fn publisher(call: &Call<'_>) -> Value {
    let base = format!("{}/quickActions", call.root());
    let items: Vec<Value> = actions(call)
        .iter()
        .map(|action| {
            json!({
                "accessLevelRequired": null,
                "label": action.label,
                "quickActionName": action.name,
                "targetSobjectType": action.target.name,
                "type": action.kind,
                "urls": action.listed(&base)["urls"],
            })
        })
        .collect();
    json!({
        "layouts": [{
            "buttonLayoutSection": null,
            "detailLayoutSections": [],
            "editLayoutSections": [],
            "feedView": null,
            "highlightsPanelLayoutSection": null,
            "id": record_id("00h", 1),
            "multirowEditLayoutSections": [],
            "offlineLinks": [],
            "quickActionList": {"quickActionListItems": items},
            "relatedContent": null,
            "relatedLists": [],
            "saveOptions": [],
        }],
        "recordTypeMappings": [],
        "recordTypeSelectorRequired": [false],
    })
}

/// The actions of the org for the asking user.
fn actions<'a>(call: &'a Call<'_>) -> Vec<Action<'a>> {
    let objects = call.schema.objects.iter();
    let made = objects.filter(|object| {
        object.createable && object.layoutable && object.mru_enabled && !object.layout.is_empty()
    });
    let new = made.map(|object| {
        let name = format!("New{}", object.name.trim_end_matches("__c"));
        (name, format!("New {}", object.label), "Create", object)
    });
    let log = call.schema.object("Task").filter(|task| task.createable);
    let log = log.map(|task| {
        (
            "LogACall".to_owned(),
            "Log a Call".to_owned(),
            "LogACall",
            task,
        )
    });
    new.chain(log)
        .zip(1..)
        .map(|((name, label, kind, target), number)| Action {
            id: record_id(PREFIX, number),
            name,
            label,
            kind,
            target,
        })
        .collect()
}

impl Action<'_> {
    fn listed(&self, base: &str) -> Value {
        let url = format!("{base}/{}", self.name);
        json!({
            "actionEnumOrId": self.id.get(..15),
            "label": self.label,
            "name": self.name,
            "type": self.kind,
            "urls": {
                "defaultValues": format!("{url}/defaultValues"),
                "quickAction": url,
                "describe": format!("{url}/describe"),
                "defaultValuesTemplate": format!("{url}/defaultValues/{{ID}}"),
            },
        })
    }

    fn described(&self, base: &str, context: Option<&ObjectDef>) -> Value {
        let mut body = self.listed(base);
        let parent = context.and_then(|context| self.parent_field(context));
        body["accessLevelRequired"] = Value::Null;
        body["contextSobjectType"] = json!(context.map(|object| &object.name));
        body["defaultValues"] = match self.kind {
            "LogACall" => json!([{"defaultValue": "\"Completed\"", "field": "Status"}]),
            _ => Value::Null,
        };
        body["targetParentField"] = json!(parent);
        body["targetRecordTypeId"] = json!(self.target.default_record_type().map(|kind| &kind.id));
        body["targetSobjectType"] = json!(self.target.name);
        body
    }

    /// The reference of the new row that points to the record the action began on.
    fn parent_field(&self, context: &ObjectDef) -> Option<&str> {
        self.target
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Reference && field.createable)
            .find(|field| {
                field.child_relationship.is_some() && field.reference_to.contains(&context.name)
            })
            .map(|field| field.name.as_str())
    }

    /// The row a form starts with: what the layout shows and may be written.
    fn defaults(&self, call: &Call<'_>, context: Option<(&ObjectDef, &str)>) -> Value {
        let mut draft = Draft::default();
        derive::defaults(call, self.target, &mut draft);
        if let Some((object, id)) = context
            && let Some(field) = self.parent_field(object)
        {
            draft.set_text(field, id);
        }
        if self.kind == "LogACall" {
            draft.set_text("Status", "Completed");
            draft.set_text("TaskSubtype", "Call");
        }
        let mut row = Map::new();
        row.insert("attributes".into(), json!({"type": self.target.name}));
        let items = self.target.layout.iter().flat_map(|section| &section.items);
        for field in items.filter_map(|item| self.target.field(&item.field)) {
            let parts: Vec<_> = self.target.parts_of(&field.name).collect();
            let shown = if parts.is_empty() { vec![field] } else { parts };
            for field in shown.into_iter().filter(|field| field.createable) {
                let value = value::to_json(field.into(), ValueRef::from(draft.get(&field.name)));
                row.insert(field.name.clone(), value);
            }
        }
        Value::Object(row)
    }

    /// `{"contextId": …, "record": {…}}`.
    fn run(&self, call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
        let body = object_body(request)?;
        let mut record = body
            .get("record")
            .and_then(Value::as_object)
            .cloned()
            .ok_or_else(|| Refusal::parser("The record is missing at [line:1, column:1]"))?;
        let context = match body.get("contextId").and_then(Value::as_str) {
            Some(text) => {
                let id = long_id(text).ok_or_else(|| {
                    Refusal::row("MALFORMED_ID", format!("bad id {text}"), &["contextId"])
                })?;
                let object = call
                    .object_of_id(&id)
                    .ok_or_else(Refusal::cross_reference)?;
                if let Some(field) = self.parent_field(object) {
                    record.entry(field).or_insert_with(|| json!(id));
                }
                Some(id)
            }
            None => None,
        };
        if self.kind == "LogACall" {
            record.entry("Status").or_insert_with(|| json!("Completed"));
            record.entry("TaskSubtype").or_insert_with(|| json!("Call"));
        }
        let id = write::create(call, self.target, &record, Options::of(request))?;
        let body = json!({
            "contextId": context,
            "created": true,
            "errors": [],
            "feedItemIds": [],
            "id": id,
            "success": true,
        });
        Ok(Reply::json(201, &body).with("Location", call.row_url(&self.target.name, &id)))
    }
}
