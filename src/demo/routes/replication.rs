//! `…/updated` and `…/deleted`: ids changed in a span of time.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::Reach;
use crate::demo::schema::ObjectDef;
use crate::demo::soql::dates;
use crate::demo::store::quoted;
use crate::demo::wire::{Reply, Request};

/// Answers `updated`.
///
/// # Errors
/// `INVALID_REPLICATION_DATE` for a span that is none.
pub fn updated(call: &Call<'_>, object: &ObjectDef, request: &Request) -> Result<Reply, Refusal> {
    let (rows, end) = changed(call, object, request, false)?;
    let ids: Vec<&String> = rows.iter().map(|(id, _)| id).collect();
    Ok(Reply::json(
        200,
        &json!({"ids": ids, "latestDateCovered": end}),
    ))
}

/// Answers `deleted`.
///
/// # Errors
/// `INVALID_REPLICATION_DATE` for a span that is none.
pub fn deleted(call: &Call<'_>, object: &ObjectDef, request: &Request) -> Result<Reply, Refusal> {
    let (rows, end) = changed(call, object, request, true)?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, at)| json!({"id": id, "deletedDate": at}))
        .collect();
    let sql = format!(
        "SELECT min(\"SystemModstamp\") FROM {}",
        quoted(&object.name)
    );
    let earliest: Option<String> = call.db.query_row(&sql, [], |row| row.get(0))?;
    Ok(Reply::json(
        200,
        &json!({
            "deletedRecords": rows,
            "earliestDateAvailable": earliest,
            "latestDateCovered": end,
        }),
    ))
}

/// Ids with the time of their change, and the end of the span.
type Changed = (Vec<(String, String)>, String);

fn changed(
    call: &Call<'_>,
    object: &ObjectDef,
    request: &Request,
    deleted: bool,
) -> Result<Changed, Refusal> {
    if object.field("SystemModstamp").is_none() {
        return Err(Refusal::not_found());
    }
    let bad = |text: &str| Refusal::new(400, "INVALID_REPLICATION_DATE", text);
    let moment = |name: &str| -> Result<Timestamp, Refusal> {
        let text = request.param(name).unwrap_or_default();
        // A plus sign that was not encoded arrives as a blank.
        text.replace(' ', "+")
            .parse()
            .map_err(|_| bad(&format!("invalid {name} date: {text}")))
    };
    let (start, end) = (moment("start")?, moment("end")?);
    if start >= end {
        return Err(bad("startDate must be before endDate"));
    }
    let end = dates::stored(end.min(call.now));
    let seen = call.rights.rows(call.whole, object, "t", Reach::See);
    let sql = format!(
        "SELECT \"Id\", \"SystemModstamp\" FROM {} t WHERE \"SystemModstamp\" BETWEEN ?1 AND ?2
            AND \"IsDeleted\" = ?3 AND {}
         ORDER BY \"SystemModstamp\"",
        quoted(&object.name),
        seen.unwrap_or_else(|| "1".into())
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    let rows = statement
        .query_map((dates::stored(start), &end, deleted), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok((rows, end))
}
