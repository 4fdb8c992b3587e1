//! Suggestions for a reference field: what was seen last, what begins so, what is found.

use serde_json::{Map, Value, json};

use super::bad_parameter;
use super::record::{self, Wanted};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::recent;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::sosl;
use crate::demo::wire::{Reply, Request, encode};

/// Records of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (25, 2000);
/// Signs a typed text needs before it is looked for.
const SHORTEST: usize = 2;

struct Asked {
    text: String,
    kind: String,
    page: usize,
    size: usize,
}

/// Answers `lookups/{object}/{field}` and `…/{target}`.
///
/// # Errors
/// A field that is no reference, a target it does not have, bad paging.
pub fn answer(
    call: &Call<'_>,
    object: &ObjectDef,
    field: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let field = object
        .field(field)
        .filter(|field| field.kind == FieldKind::Reference)
        .ok_or_else(|| {
            let text = format!(
                "Field {field} of object {} is not a lookup field.",
                object.name
            );
            Refusal::new(400, "INVALID_FIELD", text)
        })?;
    let asked = Asked::of(request)?;
    let base = format!(
        "{}/ui-api/lookups/{}/{}",
        call.root(),
        object.name,
        field.name
    );
    match rest {
        [] => {
            let mut results = Map::new();
            for target in field
                .reference_to
                .iter()
                .filter_map(|name| call.schema.object(name))
            {
                results.insert(target.name.clone(), page(call, target, &base, &asked)?);
            }
            Ok(Reply::json(200, &json!({"lookupResults": results})))
        }
        [target] => {
            let known = field
                .reference_to
                .iter()
                .any(|name| name.eq_ignore_ascii_case(target));
            let target = call
                .schema
                .object(target)
                .filter(|_| known)
                .ok_or_else(|| {
                    bad_parameter(format!("{target} is not a valid target of {}.", field.name))
                })?;
            Ok(Reply::json(200, &page(call, target, &base, &asked)?))
        }
        _ => Err(Refusal::not_found()),
    }
}

impl Asked {
    fn of(request: &Request) -> Result<Self, Refusal> {
        let number = |name: &str, default: usize| match request.param(name) {
            None => Ok(default),
            Some(text) => match text.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(bad_parameter(format!("Invalid {name}: {text}"))),
            },
        };
        let kind = request
            .param("searchType")
            .unwrap_or_else(|| "Recent".into());
        if !["Recent", "TypeAhead", "Search"].contains(&kind.as_str()) {
            return Err(bad_parameter(format!("Invalid searchType: {kind}")));
        }
        let size = number("pageSize", PAGE.0)?;
        if size > PAGE.1 {
            return Err(bad_parameter(format!("Invalid pageSize: {size}")));
        }
        Ok(Self {
            text: request.param("q").unwrap_or_default().trim().to_owned(),
            kind,
            page: number("page", 1)?,
            size,
        })
    }

    fn url(&self, base: &str, target: &str, page: usize) -> String {
        format!(
            "{base}/{target}?q={}&searchType={}&page={page}&pageSize={}",
            encode(&self.text),
            self.kind,
            self.size
        )
    }
}

fn page(call: &Call<'_>, target: &ObjectDef, base: &str, asked: &Asked) -> Result<Value, Refusal> {
    let first = (asked.page - 1).saturating_mul(asked.size);
    let mut ids = found(call, target, asked, first.saturating_add(asked.size + 1))?;
    let more = ids.len() > first + asked.size;
    ids.truncate(first.saturating_add(asked.size));
    let name = target
        .name_field()
        .map_or("Id", |field| field.name.as_str());
    let second = disambiguation(target);
    let wanted = Wanted::of_fields(["Id", name].into_iter().chain(second));
    let mut records = Vec::new();
    for id in ids.iter().skip(first) {
        if let Some(mut record) = record::record(call, target, id, &wanted)? {
            let shown = second.map_or(Value::Null, |second| record["fields"][second].clone());
            record["fields"]["DisambiguationField"] = match shown {
                Value::Null => json!({"displayValue": null, "value": null}),
                shown => shown,
            };
            records.push(record);
        }
    }
    let url = |page: usize| asked.url(base, &target.name, page);
    Ok(json!({
        "count": records.len(),
        "currentPageUrl": url(asked.page),
        "nextPageUrl": more.then(|| url(asked.page + 1)),
        "previousPageUrl": (asked.page > 1).then(|| url(asked.page - 1)),
        "records": records,
    }))
}

/// What tells namesakes apart: the highlight panel's second plain field.
fn disambiguation(target: &ObjectDef) -> Option<&str> {
    target
        .compact_layout
        .iter()
        .filter_map(|name| target.field(name))
        .find(|field| !field.name_field && field.kind != FieldKind::Reference)
        .map(|field| field.name.as_str())
}

/// At most `most` ids, best first.
fn found(
    call: &Call<'_>,
    target: &ObjectDef,
    asked: &Asked,
    most: usize,
) -> Result<Vec<String>, Refusal> {
    let most = most.min(PAGE.1);
    match asked.kind.as_str() {
        "Recent" => seen(call, target, &asked.text, most),
        _ if asked.text.chars().count() < SHORTEST => Ok(Vec::new()),
        "TypeAhead" => beginning(call, target, &asked.text, most),
        _ => {
            let text: String = asked
                .text
                .chars()
                .filter(|c| c.is_alphanumeric() || *c == ' ')
                .collect();
            if !target.searchable || text.trim().is_empty() {
                return beginning(call, target, &asked.text, most);
            }
            let sosl = format!(
                "FIND {{{text}*}} IN ALL FIELDS RETURNING {}(Id LIMIT {most})",
                target.name
            );
            Ok(ids(&sosl::find(call, &sosl)?.value()["searchRecords"]))
        }
    }
}

fn seen(
    call: &Call<'_>,
    target: &ObjectDef,
    text: &str,
    most: usize,
) -> Result<Vec<String>, Refusal> {
    let name = target
        .name_field()
        .map_or("Id", |field| field.name.as_str());
    let text = text.to_lowercase();
    let all = recent::list(call, Some(&target.name), 200)?;
    let rows = all.as_array().into_iter().flatten().filter(|row| {
        let shown = row[name].as_str().unwrap_or_default().to_lowercase();
        text.is_empty()
            || shown.split_whitespace().any(|word| word.starts_with(&text))
            || shown.starts_with(&text)
    });
    Ok(rows
        .filter_map(|row| row["Id"].as_str())
        .take(most)
        .map(str::to_owned)
        .collect())
}

fn beginning(
    call: &Call<'_>,
    target: &ObjectDef,
    text: &str,
    most: usize,
) -> Result<Vec<String>, Refusal> {
    let Some(name) = target.name_field().filter(|field| field.filterable) else {
        return Ok(Vec::new());
    };
    let mut like = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '\'' | '%' | '_') {
            like.push('\\');
        }
        like.push(c);
    }
    let name = &name.name;
    let active = if target.name == "User" {
        " AND IsActive = true"
    } else {
        ""
    };
    let soql = format!(
        "SELECT Id FROM {} WHERE ({name} LIKE '{like}%' OR {name} LIKE '% {like}%'){active} ORDER BY {name} LIMIT {most}",
        target.name
    );
    Ok(ids(
        &run::query(call, &soql, Bin::Hidden, None)?.value()["records"],
    ))
}

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| row["Id"].as_str())
        .map(str::to_owned)
        .collect()
}
