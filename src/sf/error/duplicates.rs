//! What a duplicate rule found. The key is really spelt `duplicateResut` (recorded in
//! v54 and v56); the right spelling is taken too.

use serde_json::{Map, Value};

use super::id_of;
use crate::domain::failure::DuplicateMatch;
use crate::domain::record::Link;
use crate::domain::text;

/// Look-alikes and whether the rule lets one save all the same.
#[derive(Default)]
pub(super) struct Found {
    pub(super) matches: Vec<DuplicateMatch>,
    pub(super) may_save_anyway: bool,
}

/// Reads the duplicates inside one error.
pub(super) fn found(error: &Map<String, Value>) -> Found {
    let Some(result) = ["duplicateResut", "duplicateResult"]
        .iter()
        .find_map(|name| error.get(*name))
    else {
        return Found::default();
    };
    let rules = list(result, "matchResults");
    Found {
        matches: rules
            .flat_map(|rule| list(rule, "matchRecords"))
            .filter_map(|found| one(found.get("record")?))
            .fold(Vec::new(), without_repeats),
        may_save_anyway: result.get("allowSave").and_then(Value::as_bool) == Some(true),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Two rules may find the same record.
fn without_repeats(mut kept: Vec<DuplicateMatch>, next: DuplicateMatch) -> Vec<DuplicateMatch> {
    if kept.iter().all(|known| known.link.id != next.link.id) {
        kept.push(next);
    }
    kept
}

fn one(record: &Value) -> Option<DuplicateMatch> {
    let raw = record.as_object()?;
    let id = id_of(raw.get("Id")?.as_str()?)?;
    let object = record.pointer("/attributes/type").and_then(Value::as_str);
    let details: Vec<(String, String)> = raw
        .iter()
        .filter(|(name, _)| name.as_str() != "Id")
        .filter_map(|(name, value)| Some((name.clone(), shown(value)?)))
        .collect();
    let name = name_of(raw).unwrap_or_else(|| id.to_string());
    Some(DuplicateMatch {
        link: Link {
            object: object.unwrap_or_default().to_owned(),
            id,
            name: text::line(&name).into_owned(),
        },
        details,
    })
}

/// The record's name, from the fields the rule told.
fn name_of(raw: &Map<String, Value>) -> Option<String> {
    let told = |field: &str| raw.get(field).and_then(Value::as_str);
    if let Some(name) = told("Name") {
        return Some(name.to_owned());
    }
    let parts: Vec<&str> = ["FirstName", "LastName"]
        .into_iter()
        .filter_map(told)
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text::line(text).into_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
