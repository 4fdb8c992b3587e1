//! List views as pages show them: what a view is, its records, both in one, and the records
//! seen last (UI API developer guide, "Work with List Views").

use serde_json::{Map, Value, json};

use super::record::{self, Wanted};
use super::{bad_parameter, supported, tag_of, tagged};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::list_view::{self, ListView};
use crate::demo::recent;
use crate::demo::schema::ObjectDef;
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::wire::{Reply, Request};

/// Records of a page when nothing is said, and at most.
const PAGE: (usize, usize) = (50, 2000);
/// Rows a page may begin behind, as for SOQL.
const FARTHEST: usize = 2000;
/// Records seen last, at most.
const RECENT: usize = 200;

/// What is asked of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Info,
    Records,
    Both,
}

/// Answers `list-ui`, `list-info`, `list-records` and their `mru-` kin; `None` for another path.
///
/// # Errors
/// 404 for a list there is not; bad paging and sorting.
pub fn answer(call: &Call<'_>, rest: &[&str], request: &Request) -> Option<Result<Reply, Refusal>> {
    let [kind, place @ ..] = rest else {
        return None;
    };
    let (is_recent, kind) = match kind.strip_prefix("mru-") {
        Some(kind) => (true, kind),
        None => (false, *kind),
    };
    let part = match kind {
        "list-info" => Part::Info,
        "list-records" => Part::Records,
        "list-ui" => Part::Both,
        _ => return None,
    };
    Some(match place {
        [object] if is_recent => seen_last(call, part, object, request),
        _ if is_recent => Err(Refusal::not_found()),
        [id] if list_view::of_id(id).is_some() => {
            of_view(call, part, list_view::of_id(id), request)
        }
        [object] if part == Part::Both => views(call, object, request),
        [object, name] => of_view(call, part, named(object, name), request),
        _ => Err(Refusal::not_found()),
    })
}

fn named(object: &str, name: &str) -> Option<ListView> {
    let is_meant = |view: &ListView| view.object == object && view.developer_name == name;
    list_view::all().into_iter().find(is_meant)
}

fn of_view(
    call: &Call<'_>,
    part: Part,
    view: Option<ListView>,
    request: &Request,
) -> Result<Reply, Refusal> {
    let view = view.ok_or_else(Refusal::not_found)?;
    let object = supported(call, view.object)?;
    let reference = json!({
        "id": view.id,
        "listViewApiName": view.developer_name,
        "objectApiName": object.name,
        "type": "listView",
    });
    let info = info(call, object, &view, reference);
    let page = || {
        let page = Page::of(request)?;
        let (field, direction) = sorting(object, &view, request)?;
        let mut soql = format!("SELECT Id FROM {}", object.name);
        if let Some(scope) = view.scope {
            soql.push_str(&format!(" USING SCOPE {scope}"));
        }
        if let Some(condition) = view.condition {
            soql.push_str(&format!(" WHERE {condition}"));
        }
        soql.push_str(&format!(
            " ORDER BY {field} {direction} NULLS FIRST, Id LIMIT {} OFFSET {}",
            page.size + 1,
            page.first
        ));
        let found = run::query(call, &soql, Bin::Hidden, None)?.value();
        let url = format!("list-records/{}/{}", object.name, view.developer_name);
        records(
            call,
            object,
            (&info, &view),
            (page, ids_in(&found["records"]), &url),
        )
    };
    answered(part, &info, page, request)
}

/// The records of an object the asking user saw last, in the columns of its first view.
fn seen_last(
    call: &Call<'_>,
    part: Part,
    object: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let object = supported(call, object)?;
    let first = |view: &ListView| view.object == object.name;
    let view = list_view::all().into_iter().find(first);
    let view = view.ok_or_else(Refusal::not_found)?;
    let reference = json!({
        "id": null,
        "listViewApiName": null,
        "objectApiName": object.name,
        "type": "mru",
    });
    let mut info = info(call, object, &view, reference);
    info["label"] = json!("Recently Viewed");
    info["orderedByInfo"] = json!([]);
    info["eTag"] = json!(tag_of(&info));
    let page = || {
        let page = Page::of(request)?;
        let seen = recent::list(call, Some(&object.name), RECENT)?;
        let ids = ids_in(&seen);
        let ids = ids.into_iter().skip(page.first).take(page.size + 1);
        let url = format!("mru-list-records/{}", object.name);
        records(call, object, (&info, &view), (page, ids.collect(), &url))
    };
    answered(part, &info, page, request)
}

fn answered(
    part: Part,
    info: &Value,
    page: impl FnOnce() -> Result<Value, Refusal>,
    request: &Request,
) -> Result<Reply, Refusal> {
    let body = match part {
        Part::Info => info.clone(),
        Part::Records => page()?,
        Part::Both => json!({"info": info, "records": page()?}),
    };
    Ok(tagged(request, body))
}

/// The list views of an object.
fn views(call: &Call<'_>, object: &str, request: &Request) -> Result<Reply, Refusal> {
    let object = supported(call, object)?;
    let page = Page::of(request)?;
    let asked = request.param("q").unwrap_or_default().to_lowercase();
    let root = format!("{}/ui-api/list-ui/{}", call.root(), object.name);
    let mut lists: Vec<Value> = list_view::all()
        .iter()
        .filter(|view| view.object == object.name && view.label.to_lowercase().contains(&asked))
        .map(|view| {
            json!({
                "apiName": view.developer_name,
                "id": view.id,
                "label": view.label,
                "listUiUrl": format!("{root}/{}", view.developer_name),
            })
        })
        .skip(page.first)
        .take(page.size + 1)
        .collect();
    let more = lists.len() > page.size;
    lists.truncate(page.size);
    let mut body = page.told(more, lists.len(), &root);
    body.insert("lists".into(), json!(lists));
    body.insert("objectApiName".into(), json!(object.name));
    body.insert(
        "queryString".into(),
        json!((!asked.is_empty()).then_some(asked)),
    );
    body.insert("recentListsOnly".into(), json!(false));
    Ok(tagged(request, Value::Object(body)))
}

/// What a list is: its columns, order and rights.
fn info(call: &Call<'_>, object: &ObjectDef, view: &ListView, reference: Value) -> Value {
    let columns = list_view::columns(call, object, view);
    let shown: Vec<&Value> = columns
        .iter()
        .filter(|one| one["hidden"] == false)
        .collect();
    let preferred = |value: Value| -> Map<String, Value> {
        let paths = shown
            .iter()
            .filter_map(|one| one["fieldNameOrPath"].as_str());
        paths.map(|path| (path.to_owned(), value.clone())).collect()
    };
    let display: Vec<Value> = shown
        .iter()
        .map(|one| {
            json!({
                "fieldApiName": one["fieldNameOrPath"],
                "label": one["label"],
                "sortable": one["sortable"],
            })
        })
        .collect();
    let label = |path: &str| shown.iter().find(|one| one["fieldNameOrPath"] == path);
    let mut body = json!({
        "cloneable": false,
        "createable": false,
        "deletable": false,
        "displayColumns": display,
        "filterLogicString": null,
        "filteredByInfo": [],
        "label": view.label,
        "listReference": reference,
        "orderedByInfo": [{
            "fieldApiName": view.order,
            "isAscending": true,
            "label": label(view.order).map(|one| &one["label"]),
        }],
        "updateable": false,
        "userPreferences": {
            "columnWidths": preferred(json!(-1)),
            "columnWrap": preferred(json!(false)),
        },
        "visibility": "Public",
        "visibilityEditable": false,
    });
    body["eTag"] = json!(tag_of(&body));
    body
}

/// The order asked by `sortBy`, `Name` or `-Contact.Name`; else the view's own.
fn sorting(
    object: &ObjectDef,
    view: &ListView,
    request: &Request,
) -> Result<(String, &'static str), Refusal> {
    let Some(asked) = request.param("sortBy") else {
        return Ok((view.order.to_owned(), "ASC"));
    };
    let (name, direction) = match asked.strip_prefix('-') {
        Some(name) => (name, "DESC"),
        None => (asked.as_str(), "ASC"),
    };
    let prefix = format!("{}.", object.name);
    let name = name.strip_prefix(&prefix).unwrap_or(name);
    let field = object.field(name).filter(|field| field.sortable);
    let field = field.ok_or_else(|| bad_parameter(format!("Invalid sortBy: {asked}")))?;
    Ok((field.name.clone(), direction))
}

/// A page of records, of which one more than its size was looked for.
fn records(
    call: &Call<'_>,
    object: &ObjectDef,
    (info, view): (&Value, &ListView),
    (page, mut ids, url): (Page, Vec<String>, &str),
) -> Result<Value, Refusal> {
    let mut wanted = Wanted::default();
    for path in &view.columns {
        wanted.add_path(call, object, &path.split('.').collect::<Vec<_>>());
    }
    let more = ids.len() > page.size;
    ids.truncate(page.size);
    let mut found = Vec::new();
    for id in &ids {
        found.extend(record::record(call, object, id, &wanted)?);
    }
    let mut body = page.told(more, found.len(), &format!("{}/ui-api/{url}", call.root()));
    body.insert("listInfoETag".into(), info["eTag"].clone());
    body.insert("records".into(), json!(found));
    Ok(Value::Object(body))
}

fn ids_in(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| row["Id"].as_str())
        .map(str::to_owned)
        .collect()
}

/// A page: how many, and behind how many.
#[derive(Debug, Clone, Copy)]
struct Page {
    size: usize,
    first: usize,
}

impl Page {
    fn of(request: &Request) -> Result<Self, Refusal> {
        let number = |name: &str, usual: usize, most: usize| match request.param(name) {
            None => Ok(usual),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| *number <= most)
                .ok_or_else(|| bad_parameter(format!("Invalid {name}: {text}"))),
        };
        Ok(Self {
            size: number("pageSize", PAGE.0, PAGE.1)?.max(1),
            first: number("pageToken", 0, FARTHEST)?,
        })
    }

    /// What a body says of its page and its neighbours.
    fn told(self, more: bool, count: usize, url: &str) -> Map<String, Value> {
        let next = (more && self.first + self.size <= FARTHEST).then_some(self.first + self.size);
        let previous = (self.first > 0).then(|| self.first.saturating_sub(self.size));
        let address = |token: usize| format!("{url}?pageSize={}&pageToken={token}", self.size);
        let mut body = Map::new();
        for (name, value) in [
            ("count", json!(count)),
            ("currentPageToken", json!(self.first.to_string())),
            ("currentPageUrl", json!(address(self.first))),
            ("nextPageToken", json!(next.map(|token| token.to_string()))),
            ("nextPageUrl", json!(next.map(address))),
            ("pageSize", json!(self.size)),
            (
                "previousPageToken",
                json!(previous.map(|token| token.to_string())),
            ),
            ("previousPageUrl", json!(previous.map(address))),
        ] {
            body.insert(name.into(), value);
        }
        body
    }
}
