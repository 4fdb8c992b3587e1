//! A source's rows behind one face, whatever its form, with its header. Rows come in
//! UTF-8; what is wrong with a row's shape is said with the row, what is wrong with the
//! file ends it.

use std::collections::HashMap;
use std::io::Read;

use memchr::memchr;

use crate::domain::block::{Encoding, Format};
use crate::domain::failure::Failure;
use crate::domain::text;

use super::csv::{Broken, CsvReader, Why};
use super::json::{self, JsonReader};
use super::row::{Flaw, Row};
use super::source::Source;

type Bytes = Box<dyn Read + Send>;

/// Rows of a source in order.
pub(super) struct Rows {
    form: Form,
    cells: usize,
    /// A reader that decodes tells wrong bytes itself.
    decoded: bool,
}

enum Form {
    Csv(CsvReader<Bytes>),
    Json {
        reader: JsonReader<Bytes>,
        places: HashMap<String, usize>,
        /// Stands for null in a cell.
        clear: String,
    },
}

/// Column names of a source, trimmed.
pub(super) fn header(source: &Source) -> Result<Vec<String>, Failure> {
    let names = match source.format {
        Format::Csv => {
            let mut row = Row::default();
            let read = source.csv()?.next(&mut row);
            match read {
                Ok(true) => row
                    .cells()
                    .map(|cell| String::from_utf8(cell.trim_ascii().to_vec()))
                    .collect::<Result<Vec<String>, _>>()
                    .map_err(|_| wrong_header("the header is not UTF-8; say --encoding"))?,
                Ok(false) => return Err(wrong_header("the file has no header")),
                Err(broken) => return Err(Failure::input(&told(&broken, &[], source))),
            }
        }
        _ => json::columns(&mut source.json()?)
            .map_err(|broken| Failure::input(&told(&broken, &[], source)))?,
    };
    match names.iter().any(|name| !name.is_empty()) {
        true => Ok(names),
        false => Err(wrong_header("the file has no header and no rows")),
    }
}

fn wrong_header(why: &str) -> Failure {
    Failure::input(why)
}

impl Rows {
    /// Rows from the start. `clear` is the text that empties a field.
    pub(super) fn open(source: &Source, header: &[String], clear: &str) -> Result<Self, Failure> {
        let form = match source.format {
            Format::Csv => {
                let mut reader = source.csv()?;
                reader
                    .next(&mut Row::default())
                    .map_err(|broken| Failure::input(&told(&broken, header, source)))?;
                Form::Csv(reader)
            }
            _ => Form::Json {
                reader: source.json()?,
                places: header.iter().cloned().zip(0..).collect(),
                clear: clear.to_owned(),
            },
        };
        Ok(Self {
            form,
            cells: header.len(),
            decoded: source.encoding != Encoding::Utf8,
        })
    }

    /// Bytes taken so far.
    pub(super) fn bytes(&self) -> u64 {
        match &self.form {
            Form::Csv(reader) => reader.bytes(),
            Form::Json { reader, .. } => reader.bytes(),
        }
    }

    /// Reads the next row; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        match &mut self.form {
            Form::Csv(reader) => {
                if !reader.next(row)? {
                    return Ok(false);
                }
                if !self.decoded {
                    is_utf8(row)?;
                }
                if row.len() != self.cells {
                    row.flaw = Some(Flaw::Cells(row.len()));
                } else if let Some(byte) = memchr(0, row.text()) {
                    row.flaw = Some(Flaw::Nul(row.place_of(byte)));
                }
                Ok(true)
            }
            Form::Json {
                reader,
                places,
                clear,
            } => {
                if !reader.next(row)? {
                    return Ok(false);
                }
                spread(row, places, self.cells, clear);
                Ok(true)
            }
        }
    }
}

fn is_utf8(row: &Row) -> Result<(), Broken> {
    std::str::from_utf8(row.text())
        .map(|_| ())
        .map_err(|error| {
            let at = error.valid_up_to();
            let byte = row.text().get(at).copied().unwrap_or_default();
            Broken {
                row: row.number,
                line: row.line,
                place: row.place_of(at),
                why: Why::Encoding(format!("byte {byte:#04x} is not UTF-8")),
            }
        })
}

/// Puts an object's values into the cells of their columns.
fn spread(row: &mut Row, places: &HashMap<String, usize>, count: usize, clear: &str) {
    let found = match json::cells(&row.object) {
        Ok(found) => found,
        Err(flaw) => {
            row.flaw = Some(flaw);
            return;
        }
    };
    let mut texts: Vec<Option<String>> = vec![None; count];
    for cell in found {
        let place = places.get(&cell.column).copied();
        if let Some(text) = place.and_then(|place| texts.get_mut(place)) {
            *text = Some(cell.text.unwrap_or_else(|| clear.to_owned()));
        }
    }
    for text in &texts {
        if row.add(text.as_deref().map(str::as_bytes)).is_err() {
            row.flaw = Some(Flaw::Object("it is longer than any record".to_owned()));
            return;
        }
    }
    if let Some(byte) = memchr(0, row.text()) {
        row.flaw = Some(Flaw::Nul(row.place_of(byte)));
    }
}

/// What ended the reading, with row, line and column.
pub(super) fn told(broken: &Broken, header: &[String], source: &Source) -> String {
    let row = match broken.row {
        0 => "the header".to_owned(),
        row => format!("row {row}"),
    };
    let column = match (source.format, header.get(broken.place)) {
        (Format::Csv, Some(name)) => {
            format!(
                ", column {} `{}`",
                broken.place + 1,
                text::clip(name, 40, "…")
            )
        }
        (Format::Csv, None) => format!(", column {}", broken.place + 1),
        _ => String::new(),
    };
    let why = match &broken.why {
        Why::OpenQuote => "a quote is opened and never closed".to_owned(),
        Why::TooLong { quoted: true } => {
            "the row is longer than any record; a quote opened here is never closed".to_owned()
        }
        Why::TooLong { quoted: false } => "the row is longer than any record".to_owned(),
        Why::AfterQuote => {
            "text follows a closing quote; a quote inside a cell is written twice".to_owned()
        }
        Why::Encoding(why) => format!("{why}; say how the file is written (--encoding)"),
        Why::Json(why) => why.clone(),
        Why::Io(error) => format!("cannot read on: {error}"),
    };
    format!("{row} (line {}){column}: {why}", broken.line)
}
