//! Running a query job: every row of its statement to a CSV file, on a snapshot, without
//! holding more than one row. Beside the CSV goes an index of where rows start, so that
//! pages can be cut anywhere.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Row, params_from_iter};
use serde_json::Value;

use super::files::{self, Part};
use super::job::Job;
use super::query;
use super::records::{self, Format};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::FieldKind;
use crate::demo::soql::plan::Cell;
use crate::demo::value::{self, Shape};

/// What an export made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub rows: u64,
    /// Bytes of the header line.
    pub header: u64,
}

/// Writes the result of a job; gives up, with `None`, when told to stop.
///
/// # Errors
/// The statement's faults, SQLite's, the disk's.
pub fn export(call: &Call<'_>, job: &Job, stop: &AtomicBool) -> Result<Option<Exported>, Refusal> {
    let statement = job.query.as_deref().unwrap_or_default();
    let plan = query::planned(call, statement, job.operation)?;
    let format = Format {
        delimiter: job.delimiter,
        ending: job.ending,
    };
    let mut columns = Vec::new();
    collect(&plan.cells, "", &mut columns);
    let create = |part| {
        let file = files::path(call.db, &job.id, part).and_then(File::create);
        file.map(BufWriter::new).map_err(Refusal::unexpected)
    };
    let (mut out, mut index) = (create(Part::Result)?, create(Part::Index)?);
    let mut line = Vec::new();
    records::write(
        &mut line,
        format,
        columns.iter().map(|column| column.name.as_str()),
    );
    out.write_all(&line).map_err(Refusal::unexpected)?;
    let header = line.len() as u64;
    let (mut place, mut count) = (header, 0);
    let limit = plan.limit.unwrap_or(i64::MAX as u64);
    let sql = format!("{} LIMIT {limit}", plan.sql());
    let mut prepared = call.db.prepare(&sql)?;
    let mut rows = prepared.query(params_from_iter(&plan.values))?;
    while let Some(row) = rows.next()? {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let cells = columns
            .iter()
            .map(|column| column.text(row))
            .collect::<Result<Vec<_>, _>>()?;
        line.clear();
        records::write(&mut line, format, cells.iter().map(String::as_str));
        let kept = index
            .write_all(&place.to_le_bytes())
            .and_then(|()| out.write_all(&line));
        kept.map_err(Refusal::unexpected)?;
        place += line.len() as u64;
        count += 1;
    }
    index
        .write_all(&place.to_le_bytes())
        .and_then(|()| index.flush())
        .and_then(|()| out.flush())
        .map_err(Refusal::unexpected)?;
    Ok(Some(Exported {
        rows: count,
        header,
    }))
}

/// A column of the CSV: its name, and where its value is in a result row.
struct Column {
    name: String,
    index: usize,
    shape: Shape,
}

impl Column {
    fn text(&self, row: &Row<'_>) -> rusqlite::Result<String> {
        let raw = row.get_ref(self.index)?;
        if raw == rusqlite::types::ValueRef::Null && self.shape.kind != FieldKind::Boolean {
            return Ok(String::new());
        }
        Ok(match value::to_json(self.shape, raw) {
            Value::Null => String::new(),
            // Bulk results write the zone as Z.
            Value::String(text) if self.shape.kind == FieldKind::DateTime => {
                text.replace("+0000", "Z")
            }
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

fn collect(cells: &[Cell<'_>], path: &str, columns: &mut Vec<Column>) {
    for cell in cells {
        match cell {
            Cell::Value { key, index, shape } => columns.push(Column {
                name: format!("{path}{key}"),
                index: *index,
                shape: *shape,
            }),
            Cell::Parent { key, cells, .. } => {
                collect(cells, &format!("{path}{key}."), columns);
            }
            // Refused before.
            Cell::Blob { .. }
            | Cell::Formatted { .. }
            | Cell::Compound { .. }
            | Cell::Children { .. }
            | Cell::Either { .. } => {}
        }
    }
}
