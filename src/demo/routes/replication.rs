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

/// Days back that changes and deletes are told for.
const UPDATED_DAYS: i64 = 30;
const DELETED_DAYS: i64 = 15;
/// Ids of one answer.
const MOST: usize = 600_000;

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
    // Seconds do not count.
    let start = start - jiff::SignedDuration::from_secs(start.as_second().rem_euclid(60));
    if start.as_second() / 60 >= end.as_second() / 60 {
        return Err(bad("startDate must be at least one minute before endDate"));
    }
    let days = if deleted { DELETED_DAYS } else { UPDATED_DAYS };
    if call.now.duration_since(start) > jiff::SignedDuration::from_hours(days * 24) {
        return Err(bad(&format!("startDate is more than {days} days ago")));
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
        .collect::<Result<Vec<_>, _>>()?;
    if rows.len() > MOST {
        let text = format!("exceeded {MOST} Id limit");
        return Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", text));
    }
    Ok((rows, end))
}
