//! Merging up to three rows into one: the winner takes the losers' children, the losers
//! go to the bin and say who won.

use rusqlite::params;
use serde_json::{Map, Value};

use super::write::{self, Options};
use super::{delete, derive, rollup, table};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::events::{self, Change};
use crate::demo::rights::Reach;
use crate::demo::schema::{FieldDef, ObjectDef};
use crate::demo::store::quoted;

/// Losers of one merge.
const MOST: usize = 2;

/// Merges `losers` into `master` and then sets `fields` on it; gives the ids of the
/// children that moved.
///
/// # Errors
/// `INVALID_TYPE` for an object that cannot be merged, `INVALID_OPERATION` for a wrong
/// number of losers or one of another object, and those of the write.
pub fn merge(
    call: &Call<'_>,
    object: &ObjectDef,
    (master, losers): (&str, &[String]),
    fields: &Map<String, Value>,
) -> Result<Vec<String>, Refusal> {
    if !matches!(
        object.name.as_str(),
        "Account" | "Contact" | "Lead" | "Case"
    ) {
        let text = format!("merge is not supported for {}", object.name);
        return Err(Refusal::row("INVALID_TYPE", text, &[]));
    }
    let bad = |text: &str| Refusal::row("INVALID_OPERATION", text, &[]);
    if losers.is_empty() || losers.len() > MOST {
        return Err(bad(
            "one or two records can be merged into the master record",
        ));
    }
    write::existing(call, object, master)?;
    let mut moved = Vec::new();
    for loser in losers {
        if loser == master {
            return Err(bad("a record cannot be merged into itself"));
        }
        if call.object_of_id(loser).map(|other| &other.name) != Some(&object.name) {
            return Err(bad("all records must be of the same type"));
        }
        write::existing(call, object, loser)?;
        write::permitted(call, call.whole_of(object), loser, Reach::Own)?;
        moved.extend(children_moved(&call.inside(), object, loser, master)?);
        delete::delete(call, object, loser)?;
        if call.whole_of(object).field("MasterRecordId").is_some() {
            let sql = format!(
                "UPDATE {} SET MasterRecordId = ?2 WHERE \"Id\" = ?1",
                quoted(&object.name)
            );
            call.db.execute(&sql, params![loser, master])?;
        }
    }
    let mut body = fields.clone();
    body.shift_remove("attributes");
    let options = Options {
        recent: true,
        ..Options::PLAIN
    };
    write::update(call, object, master, &body, options)?;
    if let Some(row) = table::load(call.db, object, master)? {
        derive::touch_parents(&call.inside(), &[&row])?;
    }
    Ok(moved)
}

/// Points every child of `from` at `to`.
fn children_moved(
    call: &Call<'_>,
    object: &ObjectDef,
    from: &str,
    to: &str,
) -> Result<Vec<String>, Refusal> {
    let mut moved = Vec::new();
    for (child, field) in call.schema.children_of(&object.name) {
        if !field.is_stored() || matches!(field.name.as_str(), "MasterRecordId" | "Id") {
            continue;
        }
        let sql = format!(
            "SELECT \"Id\" FROM {} WHERE {} = ?1 AND \"IsDeleted\" = 0",
            quoted(&child.name),
            quoted(&field.name)
        );
        let mut statement = call.db.prepare_cached(&sql)?;
        let ids = statement
            .query_map([from], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        for id in &ids {
            child_moved(call, (child, field), id, to)?;
        }
        moved.extend(ids);
    }
    Ok(moved)
}

/// Points one child at another parent; the sums of both parents and the change's event
/// follow it.
fn child_moved(
    call: &Call<'_>,
    (child, field): (&ObjectDef, &FieldDef),
    id: &str,
    to: &str,
) -> Result<(), Refusal> {
    let Some(before) = table::load(call.db, child, id)? else {
        return Ok(());
    };
    let mut after = before.clone();
    after.set_text(&field.name, to);
    let mut changed = vec![field.name.clone()];
    if child.field("SystemModstamp").is_some() {
        after.set_text("SystemModstamp", call.stamp());
        changed.push("SystemModstamp".into());
    }
    table::update(call.db, child, &after, &changed)?;
    events::changed(call, child, &after, Change::Update(&before))?;
    rollup::refresh(call, child, &[&after, &before])
}
