//! Reading one row: all fields or some, the validators, blobs.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde_json::Value;

use super::Draft;
use crate::demo::call::Call;
use crate::demo::conditional::{self, Validators};
use crate::demo::error::Refusal;
use crate::demo::rows::input;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::soql::ast::{Expr, Item, Literal, LiteralValue, Op, Operand, Path, Query};
use crate::demo::soql::plan::{Bin, plan};
use crate::demo::soql::run;
use crate::demo::store::quoted;
use crate::demo::wire::{Reply, Request};

/// Answers `GET` of a live row.
///
/// # Errors
/// 404; `INVALID_FIELD` for an unknown name in `fields`.
pub fn get(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let row = match input::live_row(call, object, id) {
        Err(refusal) if refusal.status == 404 => return Err(Refusal::not_found()),
        other => other?,
    };
    let modified = changed(&row);
    let fields = request.param("fields");
    let Some(body) = record(call, object, id, fields.as_deref())? else {
        return Err(Refusal::not_found());
    };
    // A tag stands for the whole row, however little of it is asked.
    let whole = match fields {
        Some(_) if has_tags(object) => record(call, object, id, None)?,
        _ => None,
    };
    let etag = conditional::etag(&whole.as_ref().unwrap_or(&body).to_string());
    let now = Validators {
        etag: has_tags(object).then_some(etag.as_str()),
        modified,
    };
    if let Some(unchanged) = conditional::read(request, now)? {
        return Ok(unchanged);
    }
    let mut reply = Reply::json(200, &body).with("ETag", etag);
    if let Some(at) = modified {
        reply = reply.with("Last-Modified", conditional::http_date(at));
    }
    Ok(reply)
}

/// A row as JSON, deleted or not; `fields` is a comma-separated list.
///
/// # Errors
/// `INVALID_FIELD` for an unknown name.
pub fn record(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    fields: Option<&str>,
) -> Result<Option<Value>, Refusal> {
    let names: Vec<String> = match fields {
        Some(list) => list
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect(),
        None => object
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect(),
    };
    let mut select: Vec<Item> = Vec::new();
    for name in &names {
        let path = Path {
            parts: name.split('.').map(str::to_owned).collect(),
            at: 0,
        };
        if !select.contains(&Item::Field(path.clone())) {
            select.push(Item::Field(path));
        }
    }
    if fields.is_some() && !names.iter().any(|name| name.eq_ignore_ascii_case("Id")) {
        select.push(Item::Field(Path {
            parts: vec!["Id".into()],
            at: 0,
        }));
    }
    let id = LiteralValue::Text {
        plain: id.to_owned(),
        like: id.to_owned(),
    };
    let filter = Expr::Compare {
        left: Operand::Path(Path {
            parts: vec!["Id".into()],
            at: 0,
        }),
        op: Op::Equal,
        value: Literal { value: id, at: 0 },
    };
    let from = Path {
        parts: vec![object.name.clone()],
        at: 0,
    };
    let mut query = Query::of(select, from);
    query.filter = Some(filter);
    let plan = plan(run::world(call, Bin::Seen), &query)
        .map_err(|fault| Refusal::new(400, fault.code, fault.message))?;
    run::first(call, &plan)
}

/// Refuses a write whose conditions no longer hold.
///
/// # Errors
/// 412; 400 for a header that cannot be read.
pub fn precondition(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    request: &Request,
) -> Result<(), Refusal> {
    if !conditional::is_asked(request) {
        return Ok(());
    }
    let row = input::live_row(call, object, id)?;
    let etag = match has_tags(object) {
        true => record(call, object, id, None)?.map(|body| conditional::etag(&body.to_string())),
        false => None,
    };
    let now = Validators {
        etag: etag.as_deref(),
        modified: changed(&row),
    };
    conditional::write(request, now)
}

/// ETags are looked at on accounts only.
fn has_tags(object: &ObjectDef) -> bool {
    object.name == "Account"
}

/// When a row was changed last.
fn changed(row: &Draft) -> Option<Timestamp> {
    let text = row
        .text("LastModifiedDate")
        .or(row.text("SystemModstamp"))?;
    text.parse().ok()
}

/// Answers `GET` of a blob field.
///
/// # Errors
/// 404 when the field is no blob or empty.
pub fn blob(call: &Call<'_>, object: &ObjectDef, id: &str, name: &str) -> Result<Reply, Refusal> {
    let field = object
        .field(name)
        .filter(|field| field.kind == FieldKind::Base64)
        .ok_or_else(Refusal::not_found)?;
    if call
        .rights
        .reach(call.db, call.whole, object, id)?
        .is_none()
    {
        return Err(Refusal::not_found());
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE \"Id\" = ?1 AND \"IsDeleted\" = 0",
        quoted(&field.name),
        quoted(&object.name)
    );
    let bytes: Option<Option<Vec<u8>>> =
        call.db.query_row(&sql, [id], |row| row.get(0)).optional()?;
    match bytes.flatten() {
        Some(bytes) => Ok(Reply::bytes(200, "application/octet-stream", bytes)),
        None => Err(Refusal::not_found()),
    }
}
