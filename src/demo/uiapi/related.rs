//! The records of a related list of a page.

use serde_json::{Value, json};

use super::record::{self, Wanted};
use super::{bad_parameter, of_id, tagged};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::fields;
use crate::demo::rows::{read, table};
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::wire::{Reply, Request};

/// Records of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (50, 1999);
/// Rows a page may begin behind, as for SOQL.
const FARTHEST: usize = 2000;

/// Answers `related-list-records/{parent id}/{child relationship}`.
///
/// # Errors
/// 404 for a parent or a list there is not; bad fields and paging.
pub fn answer(
    call: &Call<'_>,
    parent: &str,
    list: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let (object, id) = of_id(call, parent)?;
    let seen = table::exists(call.db, object, &id)?
        && read::record(call, object, &id, Some("Id"))?.is_some();
    let child = fields::child(call.schema, &object.name, list).filter(|_| seen);
    let (child, field) = child.ok_or_else(Refusal::not_found)?;
    let number = |name: &str, default: usize, most: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(|| bad_parameter(format!("Invalid {name}: {text}"))),
    };
    let size = number("pageSize", PAGE.0, PAGE.1)?.max(1);
    let first = number("pageToken", 0, FARTHEST)?;
    let wanted = wanted(call, object, child, list, request)?;
    let mut ids = ids(call, child, field, &id, (first, size + 1))?;
    let more = ids.len() > size;
    ids.truncate(size);
    let mut records = Vec::new();
    for id in &ids {
        records.extend(record::record(call, child, id, &wanted)?);
    }
    let url = |token: usize| {
        format!(
            "{}/ui-api/related-list-records/{id}/{list}?pageSize={size}&pageToken={token}",
            call.root()
        )
    };
    let next = (more && first + size <= FARTHEST).then_some(first + size);
    let previous = (first > 0).then(|| first.saturating_sub(size));
    let body = json!({
        "count": records.len(),
        "currentPageToken": first.to_string(),
        "currentPageUrl": url(first),
        "listReference": {
            "inContextOfRecordId": id,
            "parentObjectApiName": object.name,
            "relatedListId": list,
            "type": "relatedList",
        },
        "nextPageToken": next.map(|token| token.to_string()),
        "nextPageUrl": next.map(url),
        "pageSize": size,
        "previousPageToken": previous.map(|token| token.to_string()),
        "previousPageUrl": previous.map(url),
        "records": records,
    });
    Ok(tagged(request, body))
}

/// The fields asked, else the columns of the page's list.
fn wanted(
    call: &Call<'_>,
    object: &ObjectDef,
    child: &ObjectDef,
    list: &str,
    request: &Request,
) -> Result<Wanted, Refusal> {
    let mut wanted = Wanted::default();
    let asked = request.param("fields").unwrap_or_default();
    for path in asked
        .split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
    {
        if !wanted.add(call, child, path) {
            let text = format!("Invalid fields: '{path}'");
            return Err(Refusal::new(400, "INVALID_FIELD", text));
        }
    }
    if asked.is_empty() {
        let columns = object
            .related_lists
            .iter()
            .find(|own| own.relationship == list);
        for path in columns.into_iter().flat_map(|own| &own.columns) {
            let parts: Vec<&str> = path.split('.').collect();
            wanted.add_path(call, child, &parts);
        }
    }
    Ok(wanted)
}

fn ids(
    call: &Call<'_>,
    child: &ObjectDef,
    field: &FieldDef,
    parent: &str,
    (first, most): (usize, usize),
) -> Result<Vec<String>, Refusal> {
    let name = child
        .name_field()
        .filter(|name| name.sortable)
        .map_or("Id", |name| &name.name);
    let soql = format!(
        "SELECT Id FROM {} WHERE {} = '{parent}' ORDER BY {name} LIMIT {most} OFFSET {first}",
        child.name, field.name
    );
    let found: Value = run::query(call, &soql, Bin::Hidden, None)?.value();
    let rows = found["records"].as_array().into_iter().flatten();
    Ok(rows
        .filter_map(|row| row["Id"].as_str())
        .map(str::to_owned)
        .collect())
}
