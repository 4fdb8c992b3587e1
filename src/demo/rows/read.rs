//! Reading one row: all fields or some, the validators, blobs.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::input;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::soql::ast::{Expr, Item, Literal, LiteralValue, Op, Operand, Path, Query};
use crate::demo::soql::plan::{Bin, plan};
use crate::demo::soql::run;
use crate::demo::store::quoted;
use crate::demo::wire::{Reply, Request};

/// RFC 1123, as HTTP dates are.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

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
    let changed = row
        .text("LastModifiedDate")
        .or(row.text("SystemModstamp"))
        .unwrap_or_default()
        .to_owned();
    let fields = request.param("fields");
    let Some(body) = record(call, object, id, fields.as_deref())? else {
        return Err(Refusal::not_found());
    };
    let etag = etag(&body.to_string());
    let modified = changed.parse::<Timestamp>().ok();
    if is_unchanged(request, &etag, modified) {
        return Ok(Reply::empty(304).with("ETag", etag));
    }
    let mut reply = Reply::json(200, &body).with("ETag", etag);
    if let Some(at) = modified {
        reply = reply.with("Last-Modified", http_date(at));
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
    let query = Query {
        select,
        from: Path {
            parts: vec![object.name.clone()],
            at: 0,
        },
        alias: None,
        scope: None,
        filter: Some(filter),
        group: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        for_view: false,
    };
    let plan = plan(run::world(call, Bin::Seen), &query)
        .map_err(|fault| Refusal::new(400, fault.code, fault.message))?;
    run::first(call, &plan)
}

/// The validator of a body.
pub fn etag(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    let text: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{text}\"")
}

/// A time as HTTP headers carry it.
pub fn http_date(at: Timestamp) -> String {
    at.strftime(HTTP_DATE).to_string()
}

/// The time of an HTTP header.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// Whether the conditions of a GET are met by what the client has.
pub fn is_unchanged(request: &Request, etag: &str, modified: Option<Timestamp>) -> bool {
    if let Some(known) = request.header("if-none-match") {
        return known
            .split(',')
            .any(|tag| tag.trim().replace("--gzip", "") == etag || tag.trim() == "*");
    }
    let since = request
        .header("if-modified-since")
        .and_then(parse_http_date);
    since
        .zip(modified)
        .is_some_and(|(since, modified)| modified.as_second() <= since.as_second())
}

/// Refuses a write whose `If-Unmodified-Since` (or `If-Match`, on accounts) no longer holds.
///
/// # Errors
/// 412; 400 for a header that cannot be read.
pub fn precondition(
    call: &Call<'_>,
    object: &ObjectDef,
    id: &str,
    request: &Request,
) -> Result<(), Refusal> {
    let failed = || {
        Refusal::new(
            412,
            "PRECONDITION_FAILED",
            "The record was changed since the given time",
        )
    };
    if let Some(since) = request.header("if-unmodified-since") {
        let since = parse_http_date(since).ok_or_else(|| {
            Refusal::new(
                400,
                "INVALID_DATE_FORMAT",
                format!("invalid If-Unmodified-Since: {since}"),
            )
        })?;
        let row = input::live_row(call, object, id)?;
        let changed = row
            .text("LastModifiedDate")
            .and_then(|text| text.parse::<Timestamp>().ok());
        if changed.is_some_and(|changed| changed.as_second() > since.as_second()) {
            return Err(failed());
        }
    }
    if let Some(known) = request
        .header("if-match")
        .filter(|_| object.name == "Account")
    {
        let now = record(call, object, id, None)?
            .map(|body| etag(&body.to_string()))
            .unwrap_or_default();
        if !known
            .split(',')
            .any(|tag| tag.trim().replace("--gzip", "") == now)
        {
            return Err(failed());
        }
    }
    Ok(())
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
