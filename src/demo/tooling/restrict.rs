//! What queries over definitions may not say (Tooling API guide, "SOQL Operation
//! Limitations"), and the rows of `UserRecordAccess`, which are made for the ids asked.

use super::super::ids::long_id;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rights::{Reach, Right, Rights};
use crate::demo::rows::Draft;
use crate::demo::soql::ast::{Expr, Item, LiteralValue, Op, Operand, Query};

/// Ids of one access query, at most.
const MOST: usize = 200;

/// The objects made of definitions, which SOQL reaches in part only.
fn is_definition(query: &Query) -> bool {
    let name = query.from.text();
    ["EntityDefinition", "FieldDefinition", "EntityParticle"]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(&name))
}

/// The statement as definitions take it: `LIMIT` and `OFFSET` are silently passed over.
pub(super) fn without_bounds(source: &str, query: &Query) -> String {
    let mut text = source.to_owned();
    if !is_definition(query) {
        return text;
    }
    // The later one first, so that the other's place stays right.
    for (count, word) in [(query.offset, "offset"), (query.limit, "limit")] {
        let Some((head, tail)) = count.and_then(|count| text.split_at_checked(count.at)) else {
            continue;
        };
        let tail = tail
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .to_owned();
        let head = head.trim_end();
        let cut = head.len().saturating_sub(word.len());
        if head
            .get(cut..)
            .is_some_and(|last| last.eq_ignore_ascii_case(word))
        {
            text = format!("{}{tail}", head.get(..cut).unwrap_or_default());
        }
    }
    text
}

/// Refuses what definitions do not support; other objects allow everything.
///
/// # Errors
/// `EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION`; `MALFORMED_QUERY` without a filter that says
/// whose fields are meant.
pub(super) fn allowed(query: &Query) -> Result<(), Refusal> {
    let name = query.from.text();
    let is = |one: &str| name.eq_ignore_ascii_case(one);
    if !is_definition(query) {
        return Ok(());
    }
    let unsupported = |text: &str| Refusal::new(400, "EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION", text);
    let counts = query
        .select
        .iter()
        .any(|item| matches!(item, Item::CountAll));
    if counts || !query.group.by.is_empty() {
        return Err(unsupported("Aggregations not supported"));
    }
    if let Some(filter) = &query.filter {
        simple(filter).map_err(unsupported)?;
    }
    let says_whose = query.filter.as_ref().is_some_and(|filter| {
        paths(filter).iter().any(|path| {
            let path = path.to_ascii_lowercase();
            path.starts_with("entitydefinition.")
                || [
                    "entitydefinitionid",
                    "durableid",
                    "qualifiedapiname",
                    "fielddefinitionid",
                    "id",
                ]
                .contains(&path.as_str())
        })
    });
    if !is("EntityDefinition") && !says_whose {
        let text = format!(
            "{name} queries need a filter on EntityDefinition.QualifiedApiName, EntityDefinitionId or DurableId"
        );
        return Err(Refusal::new(400, "MALFORMED_QUERY", text));
    }
    Ok(())
}

fn simple(filter: &Expr) -> Result<(), &'static str> {
    match filter {
        Expr::Or(_) => Err("Disjunctions not supported"),
        Expr::Not(_) => Err("Only equals comparisons permitted"),
        Expr::And(all) => all.iter().try_for_each(simple),
        Expr::Compare {
            op: Op::NotEqual, ..
        } => Err("Only equals comparisons permitted"),
        Expr::In { negated: true, .. } => Err("Only equals comparisons permitted"),
        Expr::Includes { .. } => Err("INCLUDES not supported"),
        _ => Ok(()),
    }
}

fn paths(filter: &Expr) -> Vec<String> {
    match filter {
        Expr::And(all) | Expr::Or(all) => all.iter().flat_map(paths).collect(),
        Expr::Not(inner) => paths(inner),
        Expr::Compare {
            left: Operand::Path(path),
            ..
        }
        | Expr::In { path, .. } => vec![path.text()],
        _ => Vec::new(),
    }
}

/// The rows of `UserRecordAccess` a query asks for: one user, up to 200 records.
///
/// # Errors
/// `MALFORMED_QUERY` without both, or with more.
pub(super) fn access(call: &Call<'_>, query: Option<&Query>) -> Result<Vec<Draft>, Refusal> {
    let malformed = |text: &str| Refusal::new(400, "MALFORMED_QUERY", text);
    let Some(filter) = query.and_then(|query| query.filter.as_ref()) else {
        return Err(malformed(
            "Can select only RecordId, a Has*Access field or MaxAccessLevel, filtered by UserId and RecordId",
        ));
    };
    let users = values(filter, "UserId");
    let records = values(filter, "RecordId");
    let ([user], false) = (users.as_slice(), records.is_empty()) else {
        return Err(malformed("UserId and RecordId filters are required"));
    };
    if records.len() > MOST {
        return Err(malformed("maximum number of RecordId values is 200"));
    }
    let rights = Rights::load(call.db, user)?;
    let mut rows = Vec::new();
    for id in records {
        rows.push(access_row(call, &rights, user, &id)?);
    }
    Ok(rows)
}

fn access_row(call: &Call<'_>, rights: &Rights, user: &str, id: &str) -> Result<Draft, Refusal> {
    let object = call.whole.object_of_id(id);
    let reach = match object {
        Some(object) => rights.reach(call.db, call.whole, object, id)?,
        None => None,
    };
    let held = object
        .map(|object| rights.on(&object.name))
        .unwrap_or_default();
    let own = reach == Some(Reach::Own);
    let delete = own && held.has(Right::Delete);
    let mut row = Draft::default();
    row.set_text("Id", id);
    row.set_text("UserId", user);
    row.set_text("RecordId", id);
    row.set_flag("HasReadAccess", reach.is_some());
    row.set_flag("HasEditAccess", reach >= Some(Reach::Edit));
    row.set_flag("HasDeleteAccess", delete);
    row.set_flag("HasTransferAccess", own);
    row.set_flag("HasAllAccess", own && held.has(Right::ModifyAll));
    row.set_text(
        "MaxAccessLevel",
        match reach {
            None => "None",
            Some(_) if own && held.has(Right::ModifyAll) => "All",
            Some(_) if delete => "Delete",
            Some(Reach::Own) => "Transfer",
            Some(Reach::Edit) => "Edit",
            Some(Reach::See) => "Read",
        },
    );
    Ok(row)
}

/// Ids a filter compares a field with, in their long form.
fn values(filter: &Expr, field: &str) -> Vec<String> {
    let text = |value: &LiteralValue| match value {
        LiteralValue::Text { plain, .. } => long_id(plain),
        _ => None,
    };
    match filter {
        Expr::And(all) => all.iter().flat_map(|one| values(one, field)).collect(),
        Expr::Compare {
            left: Operand::Path(path),
            op: Op::Equal,
            value,
        } if path.leaf().eq_ignore_ascii_case(field) => text(&value.value).into_iter().collect(),
        Expr::In {
            path,
            values,
            negated: false,
        } if path.leaf().eq_ignore_ascii_case(field) => values
            .iter()
            .filter_map(|value| text(&value.value))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::soql;

    #[test]
    fn bounds_go_and_nothing_else() {
        for (source, kept) in [
            (
                "SELECT Id FROM FieldDefinition WHERE Label = 'LIMIT 1' LIMIT 1 OFFSET 2",
                "SELECT Id FROM FieldDefinition WHERE Label = 'LIMIT 1'",
            ),
            (
                "SELECT Id FROM EntityDefinition limit 10",
                "SELECT Id FROM EntityDefinition",
            ),
            (
                "SELECT Id FROM CustomField LIMIT 1",
                "SELECT Id FROM CustomField LIMIT 1",
            ),
        ] {
            let query = soql::parse(source).unwrap();
            assert_eq!(without_bounds(source, &query).trim(), kept);
        }
    }
}
