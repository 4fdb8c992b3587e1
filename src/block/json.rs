//! Reads rows of JSON in bounded memory: a list of objects, one object, or one after the
//! other with or without line breaks between them. Knows which keys a file has, not what
//! they mean.
//!
//! ```text
//! {"Name": "x", "Account": {"Code__c": "A1"}, "Who": {"attributes": {"type": "Lead"}, "Key__c": "L1"}}
//!  columns:  Name       Account.Code__c                  Who:Lead.Key__c
//! ```

use std::io::{self, Read};

use serde_json::{Map, Value};

use super::csv::{Broken, Why};
use super::row::{Flaw, MOST_ROW_BYTES, Row};

const BUFFER: usize = 64 * 1024;
/// More columns than any record has fields; keeps a file whose keys are values from
/// filling memory.
const MOST_COLUMNS: usize = 5000;

/// Objects of a file, one by one, as they were written.
pub(super) struct JsonReader<R> {
    input: R,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    line: u64,
    rows: u64,
    bytes: u64,
    /// Inside a list, not inside one of its objects.
    in_list: bool,
    /// The list is closed.
    closed: bool,
}

impl<R: Read> JsonReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            at: 0,
            end: 0,
            line: 1,
            rows: 0,
            bytes: 0,
            in_list: false,
            closed: false,
        }
    }

    /// Takes the next object's text into `row.object`; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        row.clear();
        row.number = self.rows + 1;
        loop {
            match self.peek()? {
                None if self.in_list => return Err(self.broken("the list is never closed")),
                None => return Ok(false),
                Some(b'[') if !self.in_list && self.rows == 0 => self.in_list = true,
                Some(b']') if self.in_list => {
                    self.in_list = false;
                    self.closed = true;
                }
                Some(b',' | b' ' | b'\t' | b'\r') => {}
                Some(b'\n') => self.line += 1,
                Some(b'{') if !self.closed => break,
                Some(byte) => {
                    let shown = char::from(byte).escape_default();
                    return Err(self.broken(&format!("an object was expected, not `{shown}`")));
                }
            }
            self.at += 1;
        }
        row.line = self.line;
        self.object(row)?;
        self.rows += 1;
        Ok(true)
    }

    /// Bytes taken so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn object(&mut self, row: &mut Row) -> Result<(), Broken> {
        let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
        loop {
            let Some(byte) = self.peek()? else {
                return Err(self.broken("the object is never closed"));
            };
            self.at += 1;
            row.object.push(byte);
            if row.object.len() > MOST_ROW_BYTES {
                return Err(Broken {
                    why: Why::TooLong { quoted: in_text },
                    ..self.broken("")
                });
            }
            match byte {
                b'\n' => self.line += 1,
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        while self.at == self.end {
            self.at = 0;
            match self.input.read(&mut self.buffer) {
                Ok(0) => {
                    self.end = 0;
                    return Ok(None);
                }
                Ok(count) => {
                    self.end = count;
                    self.bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => self.end = 0,
                Err(error) => {
                    self.end = 0;
                    return Err(Broken {
                        why: Why::of(error),
                        ..self.broken("")
                    });
                }
            }
        }
        Ok(self.buffer.get(self.at).copied())
    }

    fn broken(&self, why: &str) -> Broken {
        Broken {
            row: self.rows + 1,
            line: self.line,
            place: 0,
            why: Why::Json(why.to_owned()),
        }
    }
}

/// A value of an object, by the name of its column.
pub(super) struct Cell {
    pub column: String,
    /// `None` for null.
    pub text: Option<String>,
}

/// An object's cells, or why it can be no row.
pub(super) fn cells(object: &[u8]) -> Result<Vec<Cell>, Flaw> {
    let flaw = |why: String| Flaw::Object(why);
    let text = std::str::from_utf8(object).map_err(|error| flaw(error.to_string()))?;
    let fields: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| flaw(error.to_string()))?;
    let mut cells = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match value {
            // What a query adds to each record; the object is the block's.
            Value::Object(_) if name == "attributes" => {}
            Value::Object(parent) => parent_cells(&name, &parent, &mut cells)?,
            value => cells.push(Cell {
                text: scalar(&name, value)?,
                column: name,
            }),
        }
    }
    Ok(cells)
}

fn parent_cells(name: &str, parent: &Map<String, Value>, out: &mut Vec<Cell>) -> Result<(), Flaw> {
    let object = parent
        .get("attributes")
        .and_then(|attributes| attributes.get("type"))
        .and_then(Value::as_str);
    for (field, value) in parent {
        if field == "attributes" {
            continue;
        }
        let column = match object {
            Some(object) => format!("{name}:{object}.{field}"),
            None => format!("{name}.{field}"),
        };
        let text = scalar(&column, value.clone())?;
        out.push(Cell { column, text });
    }
    Ok(())
}

fn scalar(name: &str, value: Value) -> Result<Option<String>, Flaw> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        // Several values of one pick list.
        Value::Array(values) => {
            let parts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            match parts {
                Some(parts) => Ok(Some(parts.join(";"))),
                None => Err(Flaw::Object(format!("`{name}` is a list of no texts"))),
            }
        }
        Value::Object(_) => Err(Flaw::Object(format!("`{name}` is an object in an object"))),
    }
}

/// Every key of a file's objects, in the order they come first.
pub(super) fn columns<R: Read>(reader: &mut JsonReader<R>) -> Result<Vec<String>, Broken> {
    let mut columns: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let mut row = Row::default();
    while reader.next(&mut row)? {
        for cell in cells(&row.object).unwrap_or_default() {
            if known.len() < MOST_COLUMNS && known.insert(cell.column.clone()) {
                columns.push(cell.column);
            }
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Result<Vec<String>, Broken> {
        let mut reader = JsonReader::new(text.as_bytes());
        let (mut row, mut found) = (Row::default(), Vec::new());
        while reader.next(&mut row)? {
            found.push(String::from_utf8(row.object.clone()).unwrap());
        }
        Ok(found)
    }

    #[test]
    fn a_list_an_object_and_lines_of_objects_are_rows_alike() {
        let two = [r#"{"a":1}"#, r#"{"b":"]}\""}"#];
        for text in [
            r#" [ {"a":1} , {"b":"]}\""} ] "#,
            "{\"a\":1}\n{\"b\":\"]}\\\"\"}\n",
            r#"{"a":1}{"b":"]}\""}"#,
        ] {
            assert_eq!(objects(text).unwrap(), two, "{text}");
        }
        assert_eq!(objects(r#"{"a":{"b":[1]}}"#).unwrap().len(), 1);
        assert!(objects("[]").unwrap().is_empty());
    }

    #[test]
    fn broken_json_is_told_by_line() {
        for (text, line, why) in [
            ("[{\"a\":1},\n", 2, "never closed"),
            ("{\"a\":1}\n{\"b\":", 2, "never closed"),
            ("{\"a\":1}\nxyz", 2, "not `x`"),
            ("[1]", 1, "not `1`"),
        ] {
            let broken = objects(text).unwrap_err();
            assert_eq!(broken.line, line, "{text}");
            assert!(format!("{:?}", broken.why).contains(why), "{text}");
        }
    }

    #[test]
    fn parents_become_columns_and_null_is_not_absent() {
        let object = br#"{"attributes":{"type":"Contact"},"A":null,"N":1.50,"B":true,
            "M":["x","y"],"Account":{"Code__c":"A1"},
            "Who":{"attributes":{"type":"Lead"},"Key__c":"L"}}"#;
        let found: Vec<(String, Option<String>)> = cells(object)
            .unwrap()
            .into_iter()
            .map(|cell| (cell.column, cell.text))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("A".to_owned(), None),
                ("N".to_owned(), some("1.50")),
                ("B".to_owned(), some("true")),
                ("M".to_owned(), some("x;y")),
                ("Account.Code__c".to_owned(), some("A1")),
                ("Who:Lead.Key__c".to_owned(), some("L")),
            ]
        );
        for odd in ["{\"a\":[1]}", "{\"a\":{\"b\":{}}}", "{\"a\"}"] {
            assert!(cells(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
