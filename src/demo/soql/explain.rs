//! `explain=`: how a statement would be answered, from SQLite's own plan.

use rusqlite::params_from_iter;
use serde_json::{Value, json};

use super::ast::{Expr, Operand};
use super::plan::Bin;
use super::{parse, run};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::list_view;
use crate::demo::store::quoted;
use crate::demo::wire::Reply;

/// Answers `query?explain=` for a statement or a list view's id.
///
/// # Errors
/// The statement's faults.
pub fn explain(call: &Call<'_>, asked: &str) -> Result<Reply, Refusal> {
    let source = list_view::of_id(asked).map_or_else(
        || asked.to_owned(),
        |view| view.query(|path| Some(path.to_owned())),
    );
    let plan = run::prepared(call, &source, Bin::Hidden)?;
    let query = parse(&source).map_err(|fault| fault.refusal(&source))?;
    let details: Vec<String> = call
        .db
        .prepare(&format!("EXPLAIN QUERY PLAN {}", plan.sql()))?
        .query_map(params_from_iter(&plan.values), |row| row.get(3))?
        .collect::<Result<_, _>>()?;
    let index = details.iter().find_map(|detail| index_field(detail));
    let found = run::count(call, &plan)?;
    let all: i64 = call.db.query_row(
        &format!("SELECT count(*) FROM {}", quoted(&plan.object.name)),
        [],
        |row| row.get(0),
    )?;
    let all = u64::try_from(all).unwrap_or(0);
    let mut named = Vec::new();
    query
        .filter
        .iter()
        .for_each(|filter| fields(filter, &mut named));
    let unindexed: Vec<&String> = named
        .iter()
        .filter(|name| {
            index
                .as_deref()
                .is_none_or(|one| !one.eq_ignore_ascii_case(name))
        })
        .collect();
    let notes: Vec<Value> = unindexed
        .iter()
        .map(|name| {
            json!({
                "description": "Not considering filter for optimization because unindexed",
                "fields": [name],
                "tableEnumOrId": plan.object.name,
            })
        })
        .collect();
    let body = json!({
        "plans": [{
            "cardinality": found,
            "fields": index.iter().collect::<Vec<_>>(),
            "leadingOperationType": if index.is_some() { "Index" } else { "TableScan" },
            "notes": notes,
            "relativeCost": cost(found, all, index.is_some()),
            "sobjectCardinality": all,
            "sobjectType": plan.object.name,
        }],
        "sourceQuery": source,
    });
    Ok(Reply::json(200, &body))
}

/// Below 1 a statement is selective: an index is worth a tenth of the rows or less.
fn cost(found: u64, all: u64, indexed: bool) -> f64 {
    let share = if all == 0 {
        0.0
    } else {
        let (found, all) = (
            u32::try_from(found).unwrap_or(u32::MAX),
            u32::try_from(all).unwrap_or(u32::MAX),
        );
        f64::from(found) / f64::from(all)
    };
    if indexed { share * 10.0 } else { 1.0 + share }
}

/// The field of the index SQLite searches the main table by.
fn index_field(detail: &str) -> Option<String> {
    let rest = detail.strip_prefix("SEARCH t0 USING ")?;
    let (_, rest) = rest.split_once('(')?;
    let name: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    (name != "rowid").then_some(name)
}

fn fields(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::And(all) | Expr::Or(all) => all.iter().for_each(|one| fields(one, found)),
        Expr::Not(inner) => fields(inner, found),
        Expr::Compare { left, .. } => {
            if let Operand::Path(path) = left {
                found.push(path.text());
            }
        }
        Expr::In { path, .. } | Expr::InQuery { path, .. } | Expr::Includes { path, .. } => {
            found.push(path.text());
        }
    }
}
