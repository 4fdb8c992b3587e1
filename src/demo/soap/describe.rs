//! Describes by SOAP: REST's describe, its keys as elements in the order of the WSDL,
//! which is that of the alphabet.

use serde_json::{Map, Value};

use super::message::Message;
use super::record::{known, plain};
use crate::demo::call::Call;
use crate::demo::describe;
use crate::demo::error::Refusal;

/// Objects of one `describeSObjects`.
const MOST: usize = 100;
/// Keys of REST that the WSDL does not have.
const REST_ONLY: [&str; 4] = ["urls", "namedLayoutInfos", "extraTypeInfo", "attributes"];

/// Answers `describeGlobal`, `describeSObject` and `describeSObjects`.
///
/// # Errors
/// `INVALID_TYPE`.
pub fn answer(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let version = format!("v{}", call.version);
    let operation = &message.operation;
    if operation.name == "describeGlobal" {
        let mut all = describe::global(call.schema, &version);
        let objects = all.as_object_mut().and_then(|map| map.remove("sobjects"));
        let mut map = all.as_object().cloned().unwrap_or_default();
        map.insert("sobjects".into(), objects.unwrap_or_default());
        return Ok(format!("<result>{}</result>", elements(&map)));
    }
    let names = operation.words("sObjectType");
    if names.len() > MOST {
        let text = format!("cannot describe more than {MOST} objects in one call");
        return Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", text));
    }
    let mut text = String::new();
    for name in names {
        let object = known(call, &name)?;
        let body = describe::sobject(call.schema, object, &version);
        let body = body.as_object().map(elements).unwrap_or_default();
        text.push_str(&format!("<result>{body}</result>"));
    }
    Ok(text)
}

fn elements(map: &Map<String, Value>) -> String {
    let mut names: Vec<&String> = map
        .keys()
        .filter(|name| !REST_ONLY.contains(&name.as_str()))
        .collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| Some(one(name, map.get(name)?)))
        .collect()
}

/// Lists repeat their element; what has no value is left out, as SOAP does.
fn one(name: &str, value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| one(name, item)).collect(),
        Value::Object(map) => format!("<{name}>{}</{name}>", elements(map)),
        Value::Null if name == "keyPrefix" => plain(name, value),
        Value::Null => String::new(),
        _ => plain(name, value),
    }
}
