//! What a verb prints, and the exit code that says the same.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::{Link, Record};
use crate::domain::text;
use crate::domain::write::{Op, OpState, WriteStep};

/// How a verb ended, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok,
    /// Refused by the org, or failed.
    Failed,
    /// What was typed cannot be right; nothing was sent.
    Usage,
    /// Some of it was done, some was not.
    Partial,
    /// Log in, or ask for the permission.
    Auth,
    /// No answer: not sent, or outcome unknown.
    Network,
    /// A limit of the org is reached.
    Limit,
    /// Somebody else changed the record, or it has a double.
    Conflict,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Auth => 4,
            Exit::Network => 5,
            Exit::Limit => 6,
            Exit::Conflict => 7,
        })
    }
}

impl From<FailureKind> for Exit {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Input => Exit::Usage,
            FailureKind::Permission | FailureKind::Session | FailureKind::Login => Exit::Auth,
            FailureKind::NoConnection | FailureKind::OutcomeUnknown => Exit::Network,
            FailureKind::Limit => Exit::Limit,
            FailureKind::Conflict | FailureKind::Duplicate => Exit::Conflict,
            _ => Exit::Failed,
        }
    }
}

/// Prints one line; a reader that has gone away is not an error of ours.
pub(super) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// Where rows are written: a new file that only its owner reads, or standard output.
pub(super) fn sink(out: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    let Some(path) = out else {
        return Ok(Box::new(io::stdout().lock()));
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let file = options.open(path).map_err(|error| {
        Failure::input(&format!("`{}` cannot be made: {error}", path.display()))
    })?;
    Ok(Box::new(io::BufWriter::new(file)))
}

/// Prints a value as JSON.
pub(super) fn json_line(value: &Value) {
    line(&json_text(value));
}

/// JSON in which characters that a terminal would obey or hide stand escaped; whoever
/// parses it reads the same text.
pub(super) fn json_text(value: &Value) -> String {
    let text = value.to_string();
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Controls beyond those that JSON escapes itself, direction marks, invisibles.
fn obeyed(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Says what failed, and what to do next.
pub fn report(failure: &Failure, json: bool) -> Exit {
    if json {
        json_line(&json!({ "ok": false, "error": failure_json(failure) }));
    } else {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "sfw-tui: {}", told(failure));
        for found in &failure.matches {
            let _ = writeln!(err, "  {}", told_match(&found.link));
        }
        let _ = writeln!(err, "  {}", next_step(failure));
    }
    failure.kind.into()
}

/// What to do next where there are no keys to press.
fn next_step(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Duplicate => {
            "Update the record that is there already, or add --allow-duplicates.".to_owned()
        }
        FailureKind::Conflict if failure.code != "UNDO_REFUSED" => {
            "Compare the values, then name those you still want with the record's new time (--unless-changed-since).".to_owned()
        }
        _ => failure.advice(),
    }
}

/// A look-alike; the org's answer often names it by its id only.
fn told_match(link: &Link) -> String {
    let id = link.id.to_string();
    match text::line(&link.name) {
        name if *name == id => format!("{id}  {}", link.object),
        name => format!("{id}  {}  {name}", link.object),
    }
}

/// Wrong input names itself; everything else says first what sort of failure it is.
fn told(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Input | FailureKind::Local => failure.message.clone(),
        _ => failure.explain(None),
    }
}

pub(super) fn failure_json(failure: &Failure) -> Value {
    json!({
        "kind": format!("{:?}", failure.kind),
        "code": failure.code,
        "message": failure.message,
        "fields": failure.fields,
        "status": failure.status,
        "hint": next_step(failure),
        "matches": failure.matches.iter().map(|m| link_json(&m.link)).collect::<Vec<_>>(),
    })
}

/// A link as JSON.
pub(super) fn link_json(link: &Link) -> Value {
    json!({ "object": link.object, "id": link.id, "name": link.name })
}

/// A record as JSON, in the form the REST API uses.
pub(super) fn record_json(record: &Record) -> Value {
    let mut fields = serde_json::Map::new();
    fields.insert("attributes".into(), json!({ "type": record.object }));
    fields.extend(record.fields.clone());
    Value::Object(fields)
}

/// Says what became of a write.
pub(super) fn written(op: &Op, json: bool) -> Exit {
    if op.state != OpState::Done {
        return unwritten(op, json);
    }
    if json {
        json_line(&json!({ "ok": true, "state": "done", "op": op.number, "ids": op.ids }));
    } else {
        let ids: Vec<String> = op.ids.iter().map(ToString::to_string).collect();
        line(&format!(
            "{}  {}",
            ids.join(" "),
            text::line(&op.write.summary)
        ));
    }
    Exit::Ok
}

fn unwritten(op: &Op, json: bool) -> Exit {
    let (state, told) = match op.state {
        OpState::Queued => (
            "queued",
            "nothing was saved; it waits in the outbox (`outbox send` sends it)",
        ),
        OpState::Retry => (
            "retry",
            "nothing was saved; it goes again by itself (`outbox send` sends it now)",
        ),
        OpState::Blocked => ("blocked", "it goes after the write that it waits for"),
        OpState::Cancelled => ("cancelled", "it was given up"),
        OpState::Unknown => (
            "unknown",
            "it may or may not have been saved; the outbox has it (sfw-tui, 3 shows what to do)",
        ),
        _ => ("failed", "it was not saved"),
    };
    let failure = op
        .failure
        .clone()
        .unwrap_or_else(|| Failure::outcome_unknown(told));
    let met = conflict(op);
    if json {
        let mut told = json!({
            "ok": false, "state": state, "op": op.number, "error": failure_json(&failure),
        });
        if let (Value::Object(told), Some(met)) = (&mut told, met) {
            told.insert("conflict".to_owned(), met);
        }
        json_line(&told);
        return failure.kind.into();
    }
    let exit = report(&failure, false);
    for field in met
        .iter()
        .filter_map(|met| met["fields"].as_array())
        .flatten()
    {
        let name = field["field"].as_str().unwrap_or_default();
        let _ = writeln!(
            io::stderr().lock(),
            "  {}: was {}, yours {}, now {}",
            text::line(name),
            json_text(&field["was"]),
            json_text(&field["mine"]),
            json_text(&field["theirs"]),
        );
    }
    let _ = writeln!(io::stderr().lock(), "  Write {}: {told}.", op.number);
    exit
}

/// Was, mine and theirs of every field of a write that met somebody else's change; `was`
/// is null where nobody read it.
fn conflict(op: &Op) -> Option<Value> {
    let failure = op.failure.as_ref()?;
    let (
        FailureKind::Conflict,
        Some(theirs),
        [
            WriteStep::Update {
                id, fields, base, ..
            },
        ],
    ) = (failure.kind, &op.delivery.theirs, op.write.steps.as_slice())
    else {
        return None;
    };
    let fields = fields.iter().map(|(name, mine)| {
        json!({
            "field": name,
            "was": base.get(name),
            "mine": mine,
            "theirs": theirs.fields.get(name),
        })
    });
    Some(json!({
        "id": id,
        "last_modified": theirs.text("LastModifiedDate"),
        "fields": fields.collect::<Vec<_>>(),
    }))
}

/// A table with aligned columns.
pub(super) fn table(head: &[String], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = head.iter().map(|cell| text::width(cell)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(text::width(cell)).min(60);
        }
    }
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let cells: Vec<String> = widths
            .iter()
            .zip(row)
            .map(|(width, cell)| text::pad(&text::clip(cell, *width, "…"), *width))
            .collect();
        line(cells.join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_nothing_that_a_terminal_obeys_and_reads_back_the_same() {
        let value = json!({ "Name": "a\u{9b}2J\u{202e}b\u{7f}\u{200d}é漢\u{1b}" });
        let text = json_text(&value);
        assert!(
            text.chars().all(|c| !c.is_control() && !obeyed(c)),
            "{text}"
        );
        assert!(text.contains("é漢"), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
