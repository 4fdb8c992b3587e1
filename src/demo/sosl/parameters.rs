//! `parameterizedSearch`: a search without SOSL, from an address or a body.

use serde_json::{Map, Value};

use super::terms::Size;
use super::{rows, terms};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::soql::search;
use crate::demo::wire::{Reply, Request};

/// What was asked, from either form.
#[derive(Debug, Default)]
struct Asked {
    text: String,
    group: Option<String>,
    objects: Vec<Object>,
    fields: Option<String>,
    each: Option<String>,
    overall: Option<String>,
    offset: Option<String>,
    metadata: Option<String>,
}

#[derive(Debug, Default)]
struct Object {
    name: String,
    fields: Option<String>,
    filter: Option<String>,
    order: Option<String>,
    limit: Option<String>,
}

/// Answers the GET form.
///
/// # Errors
/// A search's faults.
pub fn by_parameters(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    let params = request.params();
    let one = |name: &str| {
        params
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    };
    let objects = params
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case("sobject"))
        .map(|(_, name)| Object {
            name: name.clone(),
            fields: one(&format!("{name}.fields")),
            filter: one(&format!("{name}.where")),
            order: one(&format!("{name}.orderBy")),
            limit: one(&format!("{name}.limit")),
        })
        .collect();
    answer(
        call,
        &Asked {
            text: one("q").unwrap_or_default(),
            group: one("in"),
            objects,
            fields: one("fields"),
            each: one("defaultLimit"),
            overall: one("overallLimit"),
            offset: one("offset"),
            metadata: one("metadata"),
        },
    )
}

/// Answers the POST form.
///
/// # Errors
/// A search's faults.
pub fn by_body(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let text_of = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(all) => Some(
            all.iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(","),
        ),
        _ => None,
    };
    let one = |map: &Map<String, Value>, name: &str| {
        map.get(name)
            .and_then(text_of)
            .filter(|text| !text.is_empty())
    };
    let list = body.get("sobjects").and_then(Value::as_array);
    let objects = list
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|map| Object {
            name: one(map, "name").unwrap_or_default(),
            fields: one(map, "fields"),
            filter: one(map, "where"),
            order: one(map, "orderBy"),
            limit: one(map, "limit"),
        })
        .collect();
    answer(
        call,
        &Asked {
            text: one(body, "q").unwrap_or_default(),
            group: one(body, "in"),
            objects,
            fields: one(body, "fields"),
            each: one(body, "defaultLimit"),
            overall: one(body, "overallLimit"),
            offset: one(body, "offset"),
            metadata: one(body, "metadata"),
        },
    )
}

/// Written out as SOSL: one way to run a search.
fn answer(call: &Call<'_>, asked: &Asked) -> Result<Reply, Refusal> {
    if asked.text.trim().is_empty() {
        return Err(Refusal::new(
            400,
            "MALFORMED_SEARCH",
            "No search term found. The search term must be enclosed in braces.",
        ));
    }
    if asked.offset.is_some() && asked.objects.len() != 1 {
        let text = "offset can only be used with a single sobject";
        return Err(Refusal::new(400, "MALFORMED_SEARCH", text));
    }
    let mut source = String::from("FIND {x}");
    if let Some(group) = &asked.group {
        source.push_str(&format!(" IN {group} FIELDS"));
    }
    let parts: Vec<String> = asked
        .objects
        .iter()
        .map(|object| returning(asked, object))
        .collect();
    if !parts.is_empty() {
        source.push_str(&format!(" RETURNING {}", parts.join(", ")));
    }
    if let Some(what) = &asked.metadata {
        source.push_str(&format!(" WITH METADATA = '{what}'"));
    }
    if let Some(limit) = &asked.overall {
        source.push_str(&format!(" LIMIT {limit}"));
    }
    let search = search::parse(&source).map_err(|fault| fault.refusal(&source))?;
    if terms::size(&asked.text) == Size::Nothing {
        return Ok(super::answer(call, &search, Vec::new()));
    }
    let words = terms::plain(&asked.text).map_err(|fault| fault.refusal(&source))?;
    let found = rows(call, &search, &words, &source)?;
    Ok(super::answer(call, &search, found))
}

fn returning(asked: &Asked, object: &Object) -> String {
    let fields = object
        .fields
        .as_ref()
        .or(asked.fields.as_ref())
        .map_or("Id", String::as_str);
    let mut text = format!("{}({fields}", object.name);
    for (word, value) in [
        ("WHERE", &object.filter),
        ("ORDER BY", &object.order),
        ("LIMIT", &object.limit.clone().or(asked.each.clone())),
        ("OFFSET", &asked.offset),
    ] {
        if let Some(value) = value {
            text.push_str(&format!(" {word} {value}"));
        }
    }
    text.push(')');
    text
}
