//! How rows are printed: as a table, as JSON, or as CSV whose columns are those that were
//! asked for.

use std::io::Write;

use serde_json::Value;

use crate::domain::failure::Failure;
use crate::domain::record::Record;
use crate::domain::soql::is_path;
use crate::domain::text;
use crate::job::Rows;

use super::super::output::{json_text, record_json, table};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Table,
    /// One array over all pages, a record a line.
    Json,
    /// A record a line.
    Ndjson,
    Csv,
}

/// Prints pages as they come.
pub(super) struct Printer {
    form: Form,
    sink: Box<dyn Write>,
    columns: Vec<String>,
    printed: usize,
}

fn unwritable(error: &dyn std::fmt::Display) -> Failure {
    Failure::local(&format!("the rows cannot be written: {error}"))
}

impl Printer {
    pub(super) fn new(form: Form, soql: &str, sink: Box<dyn Write>) -> Self {
        Self {
            form,
            sink,
            columns: asked(soql).unwrap_or_default(),
            printed: 0,
        }
    }

    pub(super) fn page(&mut self, page: &Rows) -> Result<(), Failure> {
        match self.form {
            Form::Table => print_table(&page.records),
            Form::Csv => self.csv(&page.records)?,
            Form::Json | Form::Ndjson => {
                for record in &page.records {
                    let start = match (self.form, self.printed) {
                        (Form::Ndjson, _) => "",
                        (_, 0) => "[",
                        _ => ",",
                    };
                    self.text(&format!("{start}{}", json_text(&record_json(record))))?;
                    self.printed += 1;
                }
            }
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<(), Failure> {
        match self.form {
            Form::Json => self.text(if self.printed == 0 { "[]" } else { "]" })?,
            // Asked for, none found: a file with its header all the same.
            Form::Csv if self.printed == 0 && !self.columns.is_empty() => self.head()?,
            _ => {}
        }
        self.sink.flush().map_err(|error| unwritable(&error))
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.sink, "{text}").map_err(|error| unwritable(&error))
    }

    fn record<T: AsRef<[u8]>>(&mut self, cells: &[T]) -> Result<(), Failure> {
        csv::Writer::from_writer(&mut self.sink)
            .write_record(cells)
            .map_err(|error| unwritable(&error))
    }

    fn head(&mut self) -> Result<(), Failure> {
        let columns = self.columns.clone();
        self.record(&columns)
    }

    fn csv(&mut self, records: &[Record]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        if self.printed == 0 {
            if self.columns.is_empty() {
                self.columns = columns(records);
            }
            self.head()?;
        }
        for record in records {
            let cells: Result<Vec<String>, Failure> = self
                .columns
                .iter()
                .map(|path| plain(record, path))
                .collect();
            self.record(&cells?)?;
            self.printed += 1;
        }
        Ok(())
    }
}

/// Columns of a query that asks for plain paths only, as it names them; `None` for one
/// that computes.
fn asked(soql: &str) -> Option<Vec<String>> {
    let words: Vec<&str> = soql.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let from = rest
        .iter()
        .position(|word| word.eq_ignore_ascii_case("from"))?;
    let list = rest.get(..from)?.join(" ");
    let columns: Vec<String> = list.split(',').map(|path| path.trim().to_owned()).collect();
    let plain = first.eq_ignore_ascii_case("select") && columns.iter().all(|path| is_path(path));
    plain.then_some(columns)
}

/// Columns that records have, where the query does not tell.
fn columns(records: &[Record]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for record in records {
        for path in paths("", &record.fields) {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    // An empty parent says nothing of the fields that other rows have in it.
    let is_parent = |path: &String| {
        let inside = format!("{path}.");
        found.iter().any(|other| other.starts_with(&inside))
    };
    let parents: Vec<String> = found
        .iter()
        .filter(|path| is_parent(path))
        .cloned()
        .collect();
    found.retain(|path| !parents.contains(path));
    found
}

/// A value as a cell, exactly as the org sent it.
fn plain(record: &Record, path: &str) -> Result<String, Failure> {
    let value = record.value(path).or_else(|| folded(record, path));
    match value {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(_) | Value::Object(_)) => Err(Failure::input(&format!(
            "`{path}` has several values; CSV has one a cell: use --ndjson"
        ))),
        Some(other) => Ok(other.to_string()),
    }
}

/// The same for a path whose letter case is not the org's.
fn folded<'a>(record: &'a Record, path: &str) -> Option<&'a Value> {
    let mut fields = &record.fields;
    let mut parts = path.split('.').peekable();
    loop {
        let part = parts.next()?;
        let (_, value) = fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(part))?;
        if parts.peek().is_none() {
            return (!value.is_null()).then_some(value);
        }
        fields = value.as_object()?;
    }
}

fn print_table(records: &[Record]) {
    let head = columns(records);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_of_plain_paths_tells_its_columns() {
        let asked = |soql: &str| asked(soql).map(|columns| columns.join("|"));
        assert_eq!(
            asked("select Id, Account.Name\n FROM Contact").as_deref(),
            Some("Id|Account.Name")
        );
        assert_eq!(asked("SELECT COUNT() FROM Contact"), None);
        assert_eq!(
            asked("SELECT Id, (SELECT Id FROM Tasks) FROM Contact"),
            None
        );
        assert_eq!(asked("FIND {x}"), None);
    }

    #[test]
    fn a_cell_is_what_the_org_sent_and_empty_where_it_sent_nothing() {
        let fields: Value = serde_json::from_str(
            r#"{"Id": "1", "NPS__c": 1.50, "Owner": {"Name": "a, \"b\""}, "X": null}"#,
        )
        .unwrap();
        let record = Record {
            object: "Contact".to_owned(),
            id: None,
            fields: fields.as_object().unwrap().clone(),
        };
        let cell = |path: &str| plain(&record, path).ok();
        assert_eq!(cell("owner.name").as_deref(), Some("a, \"b\""));
        assert_eq!(cell("NPS__c").as_deref(), Some("1.50"));
        assert_eq!(cell("X").as_deref(), Some(""));
        assert_eq!(cell("Owner"), None);
    }
}
