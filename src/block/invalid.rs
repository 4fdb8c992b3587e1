//! Writes rows that cannot be right to a file of their own: the row as it was read, its
//! number and the reasons, so that it can be mended and checked again. The file gets its
//! name once it is complete. Must not know how rows are checked.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::domain::block::{Encoding, Format};
use crate::domain::failure::Failure;

use super::csv::write_cell;
use super::mapping::{PROBLEMS_COLUMN, ROW_COLUMN};
use super::row::Row;
use super::source::{Source, unwritable};

/// A file of invalid rows.
pub(super) struct InvalidWriter {
    path: PathBuf,
    unfinished: PathBuf,
    file: BufWriter<File>,
    format: Format,
    delimiter: u8,
    /// Places of columns that an earlier file of invalid rows brought along.
    own: Vec<usize>,
    line: Vec<u8>,
}

impl InvalidWriter {
    /// Starts the file. Its first two columns are the row's number and the reasons.
    pub(super) fn create(path: &Path, source: &Source, header: &[String]) -> Result<Self, Failure> {
        if is_same_file(path, &source.path) {
            return Err(Failure::input(&format!(
                "invalid rows cannot go to `{}`: it is being read; name another file (--invalid)",
                path.display()
            )));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let unfinished = path.with_file_name(name);
        let file = File::create(&unfinished).map_err(|error| unwritable(&unfinished, &error))?;
        let mut writer = Self {
            path: path.to_owned(),
            unfinished,
            file: BufWriter::new(file),
            format: source.format,
            delimiter: source.delimiter,
            own: (0..header.len())
                .filter(|place| header.get(*place).is_some_and(|name| is_own(name)))
                .collect(),
            line: Vec::new(),
        };
        if source.format == Format::Csv {
            writer.header(source, header)?;
        }
        Ok(writer)
    }

    fn header(&mut self, source: &Source, header: &[String]) -> Result<(), Failure> {
        // A spreadsheet would misread UTF-8 without a mark where it wrote another encoding.
        if source.encoding != Encoding::Utf8 {
            self.line.extend_from_slice(b"\xef\xbb\xbf");
        }
        self.line.extend_from_slice(ROW_COLUMN.as_bytes());
        self.line.push(self.delimiter);
        self.line.extend_from_slice(PROBLEMS_COLUMN.as_bytes());
        for (place, name) in header.iter().enumerate() {
            if !self.own.contains(&place) {
                self.line.push(self.delimiter);
                write_cell(&mut self.line, name.as_bytes(), self.delimiter);
            }
        }
        self.end_line()
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: &Row, reasons: &str) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {
                let number = row.number.to_string();
                self.line.extend_from_slice(number.as_bytes());
                self.line.push(self.delimiter);
                write_cell(&mut self.line, reasons.as_bytes(), self.delimiter);
                for (place, cell) in row.cells().enumerate() {
                    if !self.own.contains(&place) {
                        self.line.push(self.delimiter);
                        write_cell(&mut self.line, cell, self.delimiter);
                    }
                }
            }
            _ => {
                let line = json_line(row, reasons);
                self.line.extend_from_slice(line.as_bytes());
            }
        }
        self.end_line()
    }

    fn end_line(&mut self) -> Result<(), Failure> {
        self.line.push(b'\n');
        let written = self.file.write_all(&self.line);
        self.line.clear();
        written.map_err(|error| unwritable(&self.unfinished, &error))
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<PathBuf, Failure> {
        let Self {
            path,
            unfinished,
            file,
            ..
        } = self;
        let told = |error: &std::io::Error| unwritable(&path, error);
        let file = file.into_inner().map_err(|error| told(error.error()))?;
        file.sync_data().map_err(|error| told(&error))?;
        fs::rename(&unfinished, &path).map_err(|error| told(&error))?;
        Ok(path)
    }
}

fn is_own(name: &str) -> bool {
    [ROW_COLUMN, PROBLEMS_COLUMN]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(name))
}

/// The object with number and reasons before its own keys; one that cannot be read goes
/// along as text.
fn json_line(row: &Row, reasons: &str) -> String {
    let mut line = Map::new();
    line.insert(ROW_COLUMN.to_owned(), row.number.into());
    line.insert(PROBLEMS_COLUMN.to_owned(), reasons.into());
    match serde_json::from_slice::<Map<String, Value>>(&row.object) {
        Ok(fields) => line.extend(fields.into_iter().filter(|(name, _)| !is_own(name))),
        Err(_) => {
            let text = String::from_utf8_lossy(&row.object).into_owned();
            line.insert("sfw_unread".to_owned(), text.into());
        }
    }
    Value::Object(line).to_string()
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    match (fs::canonicalize(left), fs::canonicalize(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}
