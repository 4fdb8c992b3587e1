//! What `write` says of a check, in words and as JSON.

use serde_json::{Value, json};

use crate::cli::output::{Exit, json_line, line, table};
use crate::domain::block::prepared::{Checking, Counts, Finding, Prepared, RowNumber, Weight};
use crate::domain::text;

/// Row numbers named in a line.
const NAMED_ROWS: usize = 5;

/// `checking  45 %  450,000 rows  1,200 invalid`
pub(super) fn checking(checking: &Checking) -> String {
    let percent = match checking.of {
        0 => 100,
        of => (checking.bytes.min(of) as u128 * 100 / u128::from(of)) as u64,
    };
    let counts = &checking.counts;
    format!(
        "checking  {percent} %  {} rows  {} invalid",
        text::number(counts.read),
        text::number(counts.invalid)
    )
}

/// Says what a check found.
pub(super) fn checked(prepared: &Prepared, json: bool) {
    if json {
        json_line(&check_json(prepared));
        return;
    }
    line(&format!(
        "{}  {}  ({})",
        prepared.block,
        text::line(&prepared.source.name),
        prepared.source.form
    ));
    line(&counts(&prepared.counts));
    if !prepared.findings.is_empty() {
        let head = [
            "Rows",
            "Column",
            "Problem",
            "Example",
            "Suggestion",
            "In rows",
        ];
        let rows: Vec<Vec<String>> = prepared.findings.iter().map(finding).collect();
        table(&head.map(str::to_owned), &rows);
    }
    for skipped in &prepared.skipped {
        line(&format!(
            "column `{}` is not written: {}",
            text::line(&skipped.column),
            text::line(&skipped.why)
        ));
    }
    for note in &prepared.notes {
        line(&format!("note: {}", text::line(note)));
    }
    if let Some(file) = &prepared.invalid_file {
        let invalid = prepared.counts.invalid;
        line(&format!(
            "invalid rows ({}): {}",
            text::number(invalid),
            file.display()
        ));
    }
}

/// `12,480 rows: 12,391 ready, 89 invalid (3 repeat a key), 12 put into the org's form`
pub(super) fn counts(counts: &Counts) -> String {
    let mut told = format!(
        "{} rows: {} ready, {} invalid",
        text::number(counts.read),
        text::number(counts.ready),
        text::number(counts.invalid)
    );
    if counts.repeated > 0 {
        told.push_str(&format!(" ({} share a key)", text::number(counts.repeated)));
    }
    if counts.mended > 0 {
        told.push_str(&format!(
            ", {} put into the org's form",
            text::number(counts.mended)
        ));
    }
    told
}

fn finding(found: &Finding) -> Vec<String> {
    let mark = match found.weight {
        Weight::Invalid => "",
        Weight::Warning => "warning: ",
        Weight::Mended => "mended: ",
    };
    vec![
        text::number(found.rows),
        found.column.clone(),
        format!("{mark}{}", found.problem),
        found.example.clone(),
        found.suggestion.clone(),
        rows(&found.first, found.rows),
    ]
}

fn rows(first: &[RowNumber], count: u64) -> String {
    let named: Vec<String> = first
        .iter()
        .take(NAMED_ROWS)
        .map(|row| row.0.to_string())
        .collect();
    let more = if count > named.len() as u64 {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", named.join(", "))
}

pub(super) fn check_json(prepared: &Prepared) -> Value {
    let block = &prepared.block;
    json!({
        "ok": prepared.stop.is_none(),
        "state": "checked",
        "object": block.object,
        "operation": block.operation.word(),
        "key": block.key,
        "source": { "name": prepared.source.name, "bytes": prepared.source.bytes, "form": prepared.source.form },
        "counts": prepared.counts,
        "columns": prepared.columns.iter().map(|column| json!({
            "column": column.from, "field": column.header,
        })).collect::<Vec<_>>(),
        "findings": prepared.findings,
        "skipped": prepared.skipped,
        "notes": prepared.notes,
        "stop": prepared.stop,
        "invalid_file": prepared.invalid_file,
    })
}

/// All rows may be sent, some, or none.
pub(super) fn exit_of_check(prepared: &Prepared) -> Exit {
    let counts = &prepared.counts;
    match (&prepared.stop, counts.invalid) {
        (Some(_), _) => Exit::Usage,
        (None, 0) => Exit::Ok,
        (None, invalid) if invalid == counts.read => Exit::Usage,
        (None, _) => Exit::Partial,
    }
}
