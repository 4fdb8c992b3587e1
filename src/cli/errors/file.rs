//! Rows of an error store as a file that can be edited and put back: what was sent, a
//! column each, behind columns that say which row it is and why it was refused.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::domain::block::refused::{Refused, RefusedId, RefusedJob, Selection};
use crate::domain::failure::Failure;
use crate::job::{Job, Reply};

use super::super::output::{Exit, json_line, json_text, line, sink};
use super::super::runner::{Runner, unexpected};
use super::{each, row_json};

/// Columns that are no fields. Their names cannot be those of fields.
const OWN: [&str; 8] = [
    "sfw:id",
    "sfw:row",
    "sfw:state",
    "sfw:code",
    "sfw:message",
    "sfw:fields",
    "sfw:job",
    "sfw:at",
];
/// Edits put back at a time.
const BATCH: usize = 500;

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As they were sent: may be put back.
    Csv,
    /// A spreadsheet calculates nothing in it.
    Spreadsheet,
    /// An object a line.
    Json,
}

fn unwritable(error: &dyn std::fmt::Display) -> Failure {
    Failure::local(&format!("the rows cannot be written down: {error}"))
}

pub(super) fn export(
    selection: &Selection,
    out: Option<&Path>,
    form: Form,
    runner: &Runner,
) -> Result<Exit, Failure> {
    let mut columns: Vec<String> = Vec::new();
    if form != Form::Json {
        // Rows of several runs may have different columns.
        each(runner, selection, |row| {
            for (column, _) in row.cells {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
            Ok(())
        })?;
    }
    let mut sink = sink(out)?;
    if form == Form::Json {
        each(runner, selection, |row| {
            writeln!(sink, "{}", json_text(&row_json(&row))).map_err(|error| unwritable(&error))
        })?;
        return sink
            .flush()
            .map_err(|error| unwritable(&error))
            .map(|()| Exit::Ok);
    }
    let mut csv = csv::Writer::from_writer(sink);
    let head = OWN.into_iter().chain(columns.iter().map(String::as_str));
    csv.write_record(head).map_err(|error| unwritable(&error))?;
    each(runner, selection, |row| {
        let cells = cells(&row, &columns);
        let cells = cells.iter().map(|cell| match form {
            Form::Spreadsheet => defused(cell),
            _ => cell.clone(),
        });
        csv.write_record(cells).map_err(|error| unwritable(&error))
    })?;
    csv.flush().map_err(|error| unwritable(&error))?;
    Ok(Exit::Ok)
}

fn cells(row: &Refused, columns: &[String]) -> Vec<String> {
    let sent = |column: &String| {
        let cell = row.cells.iter().find(|(name, _)| name == column);
        cell.map(|(_, cell)| cell.clone()).unwrap_or_default()
    };
    let own = [
        row.id.0.to_string(),
        row.row.0.to_string(),
        row.state.word().to_owned(),
        row.failure.code.clone(),
        row.failure.message.clone(),
        row.failure.fields.join(" "),
        row.job.clone().unwrap_or_default(),
        row.at.to_string(),
    ];
    own.into_iter().chain(columns.iter().map(sent)).collect()
}

/// A cell that no spreadsheet takes for a formula.
fn defused(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

/// Puts an exported file back: for each row, every column that is a field.
pub(super) fn edit(store: &str, file: &Path, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::input(&format!("`{}` cannot be read: {error}", file.display()))
    };
    let known = known(store, runner)?;
    let mut csv = csv::Reader::from_path(file).map_err(|error| unreadable(&error))?;
    let head = csv.headers().map_err(|error| unreadable(&error))?.clone();
    let id_at = head.iter().position(|name| name == OWN[0]).ok_or_else(|| {
        unreadable(&format!(
            "it has no column `{}`; `errors export` writes it",
            OWN[0]
        ))
    })?;
    let (mut edits, mut changed, mut rows) = (Vec::new(), 0, 0_u64);
    for (place, row) in csv.records().enumerate() {
        let row = row.map_err(|error| unreadable(&error))?;
        let id = row
            .get(id_at)
            .and_then(|id| id.trim().parse().ok())
            .map(RefusedId);
        let stored = id.and_then(|id| Some((id, known.get(&id)?)));
        let Some((id, stored)) = stored else {
            let message = format!(
                "row {}: the store has no row `{}`",
                place + 1,
                row.get(id_at).unwrap_or_default()
            );
            return Err(unreadable(&message));
        };
        rows += 1;
        let differs = |(name, cell): &(String, String)| {
            let before = stored.iter().find(|(column, _)| column == name);
            before.map_or("", |(_, cell)| cell.as_str()) != cell
        };
        let cells = head.iter().zip(row.iter());
        let cells = cells.filter(|(name, _)| !OWN.contains(name));
        let cells = cells.map(|(name, cell)| (name.to_owned(), cell.to_owned()));
        let news: Vec<(String, String)> = cells.filter(differs).collect();
        if !news.is_empty() {
            edits.push((id, news));
        }
    }
    for batch in edits.chunks(BATCH) {
        match runner.ask(Job::Refused(RefusedJob::Edit(batch.to_vec())))? {
            Reply::Resent(told) => changed += told.ok,
            other => return Err(unexpected(&other)),
        }
    }
    if json {
        json_line(&json!({ "ok": true, "rows": rows, "changed": changed }));
    } else {
        line(&format!(
            "{changed} of {rows} rows changed; `sfw-tui errors resend {store}` sends them"
        ));
    }
    Ok(Exit::Ok)
}

/// What rows of a store hold, by their number.
fn known(
    store: &str,
    runner: &Runner,
) -> Result<HashMap<RefusedId, Vec<(String, String)>>, Failure> {
    let selection = Selection {
        store: Some(store.to_owned()),
        ..Selection::default()
    };
    let mut known = HashMap::new();
    each(runner, &selection, |row| {
        known.insert(row.id, row.cells);
        Ok(())
    })?;
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_a_spreadsheet_begins_as_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(defused(cell), format!("'{cell}"));
        }
        assert_eq!(defused("a=b"), "a=b");
        assert_eq!(defused(""), "");
    }
}
