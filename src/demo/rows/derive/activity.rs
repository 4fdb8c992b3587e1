//! What tasks and events derive (Object reference, "Task", "Event"): closed from the
//! status, the account from what they are about, and the last activity of their parents.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusqlite::params;
use rusqlite::types::Value as Sql;

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::{Draft, table};
use crate::demo::soql::dates;
use crate::demo::store::quoted;

/// Minutes of an event at most: 14 days (Object reference, "Event").
const LONGEST: i64 = 14 * 1440;

/// Fills in a task.
pub fn task(call: &Call<'_>, row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    let status = row.text("Status").unwrap_or_default().to_owned();
    let closed = setup_flag(call, "TaskStatus", "IsClosed", &status)?;
    row.set_flag("IsClosed", closed);
    let priority = row.text("Priority").unwrap_or_default().to_owned();
    row.set_flag(
        "IsHighPriority",
        setup_flag(call, "TaskPriority", "IsHighPriority", &priority)?,
    );
    let was_closed = before.is_some_and(|before| before.flag("IsClosed"));
    match (was_closed, closed) {
        (false, true) => row.set_text("CompletedDateTime", call.stamp()),
        (_, false) => row.set("CompletedDateTime", Sql::Null),
        (true, true) => {}
    }
    account(call, row)
}

/// Fills in an event's other time fields from those given.
pub fn event(call: &Call<'_>, row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    times(row, before)?;
    account(call, row)
}

fn missing_time() -> Refusal {
    let fields = ["DurationInMinutes", "ActivityDateTime"];
    let text = format!("Required fields are missing: [{}]", fields.join(", "));
    Refusal::row("REQUIRED_FIELD_MISSING", text, &fields)
}

fn times(row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    let moved = |name: &str| before.is_none_or(|before| before.get(name) != row.get(name));
    if row.flag("IsAllDayEvent") {
        return all_day(row);
    }
    // The older twin of the start may be given instead.
    let twin =
        row.is_null("StartDateTime") || (moved("ActivityDateTime") && !moved("StartDateTime"));
    let start = if twin {
        row.get("ActivityDateTime")
    } else {
        row.get("StartDateTime")
    }
    .clone();
    let Sql::Text(start) = start else {
        return Err(missing_time());
    };
    let from: Timestamp = start.parse().map_err(|_| missing_time())?;
    let end_given = !row.is_null("EndDateTime") && moved("EndDateTime");
    let minutes = match (
        end_given,
        row.integer("DurationInMinutes"),
        row.text("EndDateTime"),
    ) {
        (false, Some(minutes), _) => minutes,
        (_, _, Some(end)) => minutes_between(from, end)?,
        _ => return Err(missing_time()),
    };
    if minutes < 0 {
        return Err(ends_before_start());
    }
    not_too_long(minutes)?;
    let end = from
        .checked_add(minutes.minutes())
        .map_err(|_| ends_before_start())?;
    let day = start.get(..10).unwrap_or_default().to_owned();
    row.set_text("StartDateTime", start.clone());
    row.set_text("ActivityDateTime", start);
    row.set_text("EndDateTime", dates::stored(end));
    row.set_text("EndDate", dates::stored(end).get(..10).unwrap_or_default());
    row.set_text("ActivityDate", day);
    row.set("DurationInMinutes", Sql::Integer(minutes));
    Ok(())
}

fn minutes_between(from: Timestamp, end: &str) -> Result<i64, Refusal> {
    let end: Timestamp = end.parse().map_err(|_| missing_time())?;
    Ok((end.as_second() - from.as_second()).div_euclid(60))
}

fn ends_before_start() -> Refusal {
    let text = "Activity end date must be on or after start date";
    Refusal::row("FIELD_INTEGRITY_EXCEPTION", text, &["EndDateTime"])
}

/// Events of several days are on in this org, and those have a bound.
fn not_too_long(minutes: i64) -> Result<(), Refusal> {
    if minutes <= LONGEST {
        return Ok(());
    }
    let text = format!("Duration must be between 0 and {LONGEST} minutes: Duration");
    Err(Refusal::row(
        "FIELD_INTEGRITY_EXCEPTION",
        text,
        &["DurationInMinutes"],
    ))
}

/// A day, or midnight UTC of the first and the last day.
fn all_day(row: &mut Draft) -> Result<(), Refusal> {
    let given = ["ActivityDate", "StartDateTime", "ActivityDateTime"];
    let day = given
        .iter()
        .find_map(|name| row.text(name)?.get(..10))
        .ok_or_else(missing_time)?;
    let first: Date = day.parse().map_err(|_| missing_time())?;
    let last: Date = match (row.text("EndDateTime"), row.integer("DurationInMinutes")) {
        (Some(end), _) => end
            .get(..10)
            .and_then(|day| day.parse().ok())
            .ok_or_else(missing_time)?,
        (None, Some(minutes)) => {
            let days = (minutes / 1440 - 1).max(0);
            first
                .checked_add(days.days())
                .map_err(|_| ends_before_start())?
        }
        (None, None) => first,
    };
    let days = i64::from((last - first).get_days());
    if days < 0 {
        return Err(ends_before_start());
    }
    not_too_long((days + 1) * 1440)?;
    let midnight = |day: Date| format!("{day}T00:00:00.000+0000");
    row.set_text("ActivityDate", first.to_string());
    row.set_text("StartDateTime", midnight(first));
    row.set_text("ActivityDateTime", midnight(first));
    row.set_text("EndDateTime", midnight(last));
    row.set_text("EndDate", last.to_string());
    row.set("DurationInMinutes", Sql::Integer((days + 1) * 1440));
    Ok(())
}

/// Whether the setup row of this value has a checkbox checked.
fn setup_flag(call: &Call<'_>, object: &str, flag: &str, value: &str) -> Result<bool, Refusal> {
    let sql = format!("SELECT {flag} FROM {object} WHERE ApiName = ?1");
    let mut statement = call.db.prepare_cached(&sql)?;
    let mut rows = statement.query([value])?;
    Ok(match rows.next()? {
        Some(row) => row.get(0)?,
        None => false,
    })
}

/// The account of what it is about, else of whom it is with.
fn account(call: &Call<'_>, row: &mut Draft) -> Result<(), Refusal> {
    let mut found = None;
    for name in ["WhatId", "WhoId"] {
        let Some(id) = row.text(name).filter(|_| found.is_none()) else {
            continue;
        };
        let Some(object) = call.object_of_id(id) else {
            continue;
        };
        found = if object.name == "Account" {
            Some(id.to_owned())
        } else {
            match object.fields.iter().find(|field| {
                field.reference_to == ["Account"] && field.child_relationship.is_some()
            }) {
                Some(field) => table::text(call.db, &object.name, &field.name, id)?,
                None => None,
            }
        };
    }
    row.set("AccountId", found.map_or(Sql::Null, Sql::Text));
    Ok(())
}

/// Brings `LastActivityDate` of the rows a task or event hangs on up to date: the last
/// day of its closed tasks and past events.
///
/// # Errors
/// SQLite's.
pub fn touch_parents(call: &Call<'_>, activities: &[&Draft]) -> Result<(), Refusal> {
    let today = call.today().to_string();
    let mut seen: Vec<&str> = Vec::new();
    for (row, name) in activities
        .iter()
        .flat_map(|row| ["WhoId", "WhatId", "AccountId"].map(|name| (row, name)))
    {
        let Some(id) = row.text(name).filter(|id| !seen.contains(id)) else {
            continue;
        };
        seen.push(id);
        let Some(object) = call.object_of_id(id) else {
            continue;
        };
        if object.field("LastActivityDate").is_none() {
            continue;
        }
        let column = if object.name == "Account" {
            "AccountId"
        } else {
            name
        };
        let sql = format!(
            "UPDATE {} SET LastActivityDate = (SELECT max(day) FROM (
                 SELECT max(ActivityDate) AS day FROM Task WHERE {column} = ?1 AND IsClosed = 1 AND IsDeleted = 0
                 UNION ALL
                 SELECT max(ActivityDate) FROM Event WHERE {column} = ?1 AND ActivityDate <= ?2 AND IsDeleted = 0))
             WHERE Id = ?1",
            quoted(&object.name)
        );
        call.db.prepare_cached(&sql)?.execute(params![id, today])?;
    }
    Ok(())
}
