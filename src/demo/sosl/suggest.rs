//! Search beside SOSL: suggestions while a name is typed, and what is searched at all.

use serde_json::{Value, json};

use super::terms::{self, Words};
use super::{Bounds, object_rows};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::ObjectDef;
use crate::demo::soql::Fault;
use crate::demo::soql::search::{self, Group, Returning};
use crate::demo::wire::{Reply, Request};

/// Suggestions when nothing is said, and at most.
const SUGGESTIONS: (u64, u64) = (5, 200);
/// Longest text that is suggested for.
const LONGEST: usize = 255;
/// Shortest text; one sign does where a word is one sign.
const SHORTEST: usize = 3;
/// Rows a search layout shows.
const LAYOUT_ROWS: u32 = 25;

fn missing(name: &str) -> Refusal {
    let text = format!("The {name} parameter is required");
    Refusal::new(400, "MISSING_ARGUMENT", text)
}

/// Answers `search/suggestions`: rows whose name has every word, the last one begun.
///
/// # Errors
/// A missing parameter, an object that is not searched, faults of `where` and `fields`.
pub fn suggestions(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    let one = |name: &str| {
        let value = request.param(name)?;
        (!value.trim().is_empty()).then_some(value)
    };
    let text = one("q").ok_or_else(|| missing("q"))?;
    let objects = one("sobject").ok_or_else(|| missing("sobject"))?;
    if text.chars().count() > LONGEST {
        let text = format!("The search string must not exceed {LONGEST} characters");
        return Err(Refusal::new(400, "INVALID_SEARCH", text));
    }
    let limit = match one("limit") {
        None => SUGGESTIONS.0,
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::new(400, "INVALID_SEARCH", "limit must be a number"))?,
    };
    let limit = limit.clamp(1, SUGGESTIONS.1);
    let mut found = Vec::new();
    if let Some(words) = begun(&text) {
        for name in objects.split(',').map(str::trim) {
            let source = source(
                call,
                name,
                one("fields").as_deref(),
                one("where").as_deref(),
            )?;
            let search = search::parse(&source).map_err(|fault| fault.refusal(&source))?;
            for Returning { query } in &search.returning {
                let bounds = Bounds {
                    group: Group::Name,
                    limit: limit + 1,
                    source: &source,
                };
                object_rows(call, query, &words, &bounds, &mut found)?;
            }
        }
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let body = json!({"autoSuggestResults": found, "hasMoreResults": more});
    Ok(Reply::json(200, &body))
}

/// The suggestion as a search statement.
fn source(
    call: &Call<'_>,
    object: &str,
    fields: Option<&str>,
    condition: Option<&str>,
) -> Result<String, Refusal> {
    let object = call.schema.object(object).ok_or_else(|| {
        let text = format!("sObject type '{object}' is not supported.");
        let fault = Fault::bare("INVALID_TYPE", text);
        fault.refusal("")
    })?;
    let mut names = vec!["Id".to_owned()];
    names.extend(object.name_field().map(|field| field.name.clone()));
    for field in fields.into_iter().flat_map(|list| list.split(',')) {
        let field = field.trim();
        if !names.iter().any(|name| name.eq_ignore_ascii_case(field)) {
            names.push(field.to_owned());
        }
    }
    let condition = condition.map_or_else(String::new, |text| format!(" WHERE {text}"));
    Ok(format!(
        "FIND {{x}} IN NAME FIELDS RETURNING {}({}{condition})",
        object.name,
        names.join(", ")
    ))
}

/// The words of a text being typed; `None` when it is too short to be looked for.
fn begun(text: &str) -> Option<Words> {
    let bare: String = text
        .chars()
        .map(|c| if "\"*?".contains(c) { ' ' } else { c })
        .collect();
    let parts: Vec<&str> = bare.split_whitespace().collect();
    let (last, whole) = parts.split_last()?;
    let letters = bare.chars().filter(|c| c.is_alphanumeric()).count();
    // A sign of Chinese, Japanese or Korean is a word.
    let one_sign = bare
        .chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'));
    if letters < SHORTEST && !one_sign {
        return None;
    }
    let mut words: Vec<Words> = whole.iter().filter_map(|part| terms::word(part)).collect();
    words.push(terms::prefix(last)?);
    Some(Words::All(words))
}

/// Answers `search/scopeOrder`: the objects searched by default.
pub fn scope_order(call: &Call<'_>) -> Reply {
    let order: Vec<Value> = searched(call)
        .map(|object| {
            let url = format!("{}/sobjects/{}/describe", call.root(), object.name);
            json!({"type": object.name, "url": url})
        })
        .collect();
    Reply::json(200, &order)
}

fn searched<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a ObjectDef> {
    call.schema
        .objects
        .iter()
        .filter(|object| object.searchable && object.queryable && object.layoutable)
}

/// Answers `search/layout?q=Account,Contact`: what a result list shows.
///
/// # Errors
/// A missing parameter, an object that is not searched.
pub fn layouts(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    let asked = request.param("q").ok_or_else(|| missing("q"))?;
    let mut found = Vec::new();
    for name in asked.split(',').map(str::trim) {
        let object = searched(call)
            .find(|object| object.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                let text = format!("sObject type '{name}' is not supported.");
                Refusal::new(400, "INVALID_TYPE", text)
            })?;
        found.push(layout(object));
    }
    Ok(Reply::json(200, &found))
}

fn layout(object: &ObjectDef) -> Value {
    let columns: Vec<Value> = object
        .compact_layout
        .iter()
        .filter_map(|name| object.field(name))
        .map(|field| {
            json!({
                "field": format!("{}.{}", object.name, field.name),
                "format": null,
                "label": field.label,
                "name": field.name,
            })
        })
        .collect();
    json!({
        "errorRows": null,
        "label": "Search Results",
        "limitRows": LAYOUT_ROWS,
        "objectType": object.name,
        "searchColumns": columns,
    })
}
