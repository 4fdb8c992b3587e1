//! `sfw-tui query SOQL`.

use clap::Args;
use serde_json::Value;

use crate::domain::failure::Failure;
use crate::domain::record::Record;
use crate::domain::text;
use crate::job::{Job, Reply, Rows};

use super::output::{Exit, json_text, line, record_json, table};
use super::runner::{Runner, unexpected};

/// Arguments of `query`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The query: `SELECT Id, Name FROM Account LIMIT 10`
    pub soql: String,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let mut next = None;
    let mut printed = 0;
    loop {
        let page = rows(runner, &arguments.soql, next.take())?;
        if json {
            print_json(&page, printed);
        } else {
            print_table(&page.records);
        }
        printed += page.records.len();
        match page.next {
            Some(locator) => next = Some(locator),
            None if json => break line(if printed == 0 { "[]" } else { "]" }),
            None => {
                let rows = printed.max(usize::try_from(page.total).unwrap_or(0));
                break eprintln!("{rows} {}", if rows == 1 { "row" } else { "rows" });
            }
        }
    }
    Ok(Exit::Ok)
}

fn rows(runner: &Runner, soql: &str, next: Option<String>) -> Result<Rows, Failure> {
    let job = Job::Query {
        soql: soql.to_owned(),
        next,
    };
    match runner.ask(job)? {
        Reply::Rows(rows) => Ok(rows),
        other => Err(unexpected(&other)),
    }
}

/// One array over all pages, a record a line.
fn print_json(page: &Rows, printed: usize) {
    for (place, record) in page.records.iter().enumerate() {
        let start = if printed + place == 0 { "[" } else { "," };
        line(&format!("{start}{}", json_text(&record_json(record))));
    }
}

fn print_table(records: &[Record]) {
    let mut head: Vec<String> = Vec::new();
    for record in records {
        for path in paths("", &record.fields) {
            if !head.contains(&path) {
                head.push(path);
            }
        }
    }
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|record| head.iter().map(|path| cell(record, path)).collect())
        .collect();
    if !rows.is_empty() {
        table(&head, &rows);
    }
}

/// Columns of a record: parents' fields by their path.
fn paths(prefix: &str, fields: &serde_json::Map<String, Value>) -> Vec<String> {
    fields
        .iter()
        .filter(|(name, _)| *name != "attributes")
        .flat_map(|(name, value)| match value {
            Value::Object(parent) if parent.contains_key("attributes") || prefix.is_empty() => {
                paths(&format!("{prefix}{name}."), parent)
            }
            _ => vec![format!("{prefix}{name}")],
        })
        .collect()
}

fn cell(record: &Record, path: &str) -> String {
    match record.value(path) {
        None => String::new(),
        Some(Value::String(value)) => text::line(value).into_owned(),
        Some(Value::Array(rows)) => format!("{} rows", rows.len()),
        Some(other) => other.to_string(),
    }
}
