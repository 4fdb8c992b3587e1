//! The routes below `…/sobjects/{object}/listviews`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ListView, all, describe, of_id};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::soql::plan::Bin;
use crate::demo::soql::run;
use crate::demo::wire::{Reply, Request};

/// Rows of a result when nothing is said, and at most (REST API guide, "List View Results").
const ROWS: (u64, u64) = (25, 2000);

/// Answers a path below `listviews`.
///
/// # Errors
/// 404 for a view that is not of this object; the faults of its query.
pub fn answer(
    call: &Call<'_>,
    object: &ObjectDef,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let [id, rest @ ..] = rest else {
        return Ok(Reply::json(200, &list(call, object)));
    };
    let view = of_id(id)
        .filter(|view| view.object == object.name)
        .ok_or_else(Refusal::not_found)?;
    let body = match rest {
        [] => short(call, &view),
        ["describe"] => describe::body(call, object, &view)?,
        ["results"] => results(call, object, &view, request)?,
        _ => return Err(Refusal::not_found()),
    };
    Ok(Reply::json(200, &body))
}

fn list(call: &Call<'_>, object: &ObjectDef) -> Value {
    let views: Vec<Value> = all()
        .iter()
        .filter(|view| view.object == object.name)
        .map(|view| short(call, view))
        .collect();
    json!({
        "done": true,
        "size": views.len(),
        "listviews": views,
        "nextRecordsUrl": null,
        "sobjectType": object.name,
    })
}

fn short(call: &Call<'_>, view: &ListView) -> Value {
    let url = format!(
        "{}/sobjects/{}/listviews/{}",
        call.root(),
        view.object,
        view.id
    );
    json!({
        "describeUrl": format!("{url}/describe"),
        "developerName": view.developer_name,
        "id": view.id,
        "label": view.label,
        "resultsUrl": format!("{url}/results"),
        "soqlCompatible": true,
        "url": url,
    })
}

fn results(
    call: &Call<'_>,
    object: &ObjectDef,
    view: &ListView,
    request: &Request,
) -> Result<Value, Refusal> {
    let number = |name: &str, usual: u64| match request.param(name) {
        None => Ok(usual),
        Some(text) => text.parse::<u64>().map_err(|_| {
            let text = format!("Value for parameter {name} is not a number: {text}");
            Refusal::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", text)
        }),
    };
    let limit = number("limit", ROWS.0)?.min(ROWS.1);
    let offset = number("offset", 0)?;
    let source = format!(
        "{} LIMIT {limit} OFFSET {offset}",
        view.query(|path| describe::select_item(call, object, path))
    );
    let found = run::query(call, &source, Bin::Hidden, None)?.value();
    let columns = describe::columns(call, object, view);
    let rows = found["records"].as_array().map_or(&[][..], Vec::as_slice);
    let records: Vec<Value> = rows
        .iter()
        .map(|row| record(call, object, &columns, row))
        .collect();
    Ok(json!({
        "columns": columns,
        "developerName": view.developer_name,
        "done": true,
        "id": view.id,
        "label": view.label,
        "size": records.len(),
        "records": records,
    }))
}

fn record(call: &Call<'_>, object: &ObjectDef, columns: &[Value], row: &Value) -> Value {
    let cells: Vec<Value> = columns
        .iter()
        .filter_map(|column| {
            let path = column["fieldNameOrPath"].as_str()?;
            let value = path.split('.').fold(row, |value, part| &value[part]);
            let (field, _) = describe::field(call, object, path)?;
            Some(json!({"fieldNameOrPath": path, "value": shown(field.kind, value)}))
        })
        .collect();
    json!({"columns": cells})
}

/// A value as text; moments as `Fri Aug 01 21:15:46 GMT 2014`.
fn shown(kind: FieldKind, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let at = match kind {
        FieldKind::DateTime => text.parse::<Timestamp>().ok(),
        FieldKind::Date => format!("{text}T00:00:00Z").parse::<Timestamp>().ok(),
        _ => None,
    };
    Some(at.map_or(text, |at| {
        at.strftime("%a %b %d %H:%M:%S GMT %Y").to_string()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_recorded() {
        let shown = |kind, value: Value| shown(kind, &value);
        assert_eq!(
            shown(FieldKind::DateTime, json!("2014-08-01T21:15:46.000+0000")).as_deref(),
            Some("Fri Aug 01 21:15:46 GMT 2014")
        );
        assert_eq!(
            shown(FieldKind::Date, json!("2014-08-01")).as_deref(),
            Some("Fri Aug 01 00:00:00 GMT 2014")
        );
        assert_eq!(
            shown(FieldKind::Boolean, json!(true)).as_deref(),
            Some("true")
        );
        assert_eq!(shown(FieldKind::String, Value::Null), None);
    }
}
