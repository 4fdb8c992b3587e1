//! One pass over a file: reads, checks, writes and counts every row.

use std::fs;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::domain::block::Block;
use crate::domain::block::prepared::{
    Checking, Counts, Part, PartColumn, Prepared, Source as Read, Weight, row_numbers,
};
use crate::domain::failure::Failure;
use crate::domain::text;

use super::Opened;
use super::check::{Checker, Found, Moments, object_of};
use super::csv::{CsvReader, write_cell};
use super::fault::Fault;
use super::finding::{Shown, Tally};
use super::input::{self, Rows};
use super::invalid::InvalidWriter;
use super::mapping::{Describes, Mapping};
use super::part::PartWriter;
use super::repeat::{Double, Keys};
use super::row::Row;
use super::source::{Source, unwritable};

/// Rows between two looks at the watch.
const WATCH_EVERY: u64 = 4096;

/// A file being checked.
pub(super) struct Pass<'a> {
    block: &'a Block,
    source: &'a Source,
    header: &'a [String],
    columns: Vec<PartColumn>,
    describes: &'a Describes,
    folder: &'a Path,
    checker: Checker,
    parts: PartWriter,
    invalid: Option<InvalidWriter>,
    keys: Option<Keys>,
    tally: Tally,
    counts: Counts,
    stop: Option<String>,
    reasons: String,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        opened: &'a Opened,
        mapping: &Mapping,
        describes: &'a Describes,
        folder: &'a Path,
    ) -> Result<Self, Failure> {
        let (block, source, header) = (&opened.block, &opened.source, &opened.header);
        let columns: Vec<PartColumn> = mapping
            .columns
            .iter()
            .map(|mapped| mapped.column.clone())
            .collect();
        let moments = moments(block)?;
        let parts = PartWriter::new(folder, columns.iter().map(|column| column.header.as_str()));
        let invalid = match &block.invalid {
            Some(path) => Some(InvalidWriter::create(path, source, header)?),
            None => None,
        };
        let keys = match &block.key {
            Some(key) => {
                let field = describes.form.schema.field(key);
                // Ids are compared as they are: their case counts.
                let case = block.is_by_id() || field.is_some_and(|field| field.case_sensitive);
                Some(Keys::create(folder.join("keys"), case)?)
            }
            None => None,
        };
        Ok(Self {
            checker: Checker::new(block, mapping, describes, header.len(), &moments),
            block,
            source,
            header,
            columns,
            describes,
            folder,
            parts,
            invalid,
            keys,
            tally: Tally::default(),
            counts: Counts::default(),
            stop: None,
            reasons: String::new(),
        })
    }

    /// Reads to the end, or to where the file is broken.
    pub(super) fn run(
        &mut self,
        watch: &mut dyn FnMut(&Checking) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut rows = self.rows()?;
        let mut row = Row::default();
        let last = self.block.read.first.unwrap_or(u64::MAX);
        while self.counts.read < last {
            match rows.next(&mut row) {
                Ok(true) => self.row(&row)?,
                Ok(false) => break,
                Err(broken) => {
                    let told = input::told(&broken, self.header, self.source);
                    self.stop = Some(told);
                    break;
                }
            }
            if self.counts.read.is_multiple_of(WATCH_EVERY) && self.tell(&rows, watch).is_break() {
                return Err(Failure::input("checking was broken off; nothing was sent"));
            }
        }
        // The last news, whatever the rows.
        let _ = self.tell(&rows, watch);
        if self.source.has_changed() {
            self.stop.get_or_insert_with(|| {
                format!(
                    "`{}` changed while it was read; check it again",
                    self.source.name
                )
            });
        }
        Ok(())
    }

    fn rows(&self) -> Result<Rows, Failure> {
        Rows::open(self.source, self.header, &self.block.clear_token)
    }

    fn tell(
        &self,
        rows: &Rows,
        watch: &mut dyn FnMut(&Checking) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        watch(&Checking {
            bytes: rows.bytes(),
            of: self.source.bytes(),
            counts: self.counts,
        })
    }

    fn row(&mut self, row: &Row) -> Result<(), Failure> {
        self.counts.read += 1;
        let start = self.parts.buffer.len();
        let good = self.checker.check(row, &mut self.parts.buffer);
        if !self.checker.faults.is_empty() {
            self.found(row);
        }
        if !good {
            self.counts.invalid += 1;
            return match &mut self.invalid {
                Some(invalid) => invalid.add(row, &self.reasons),
                None => Ok(()),
            };
        }
        self.counts.ready += 1;
        if let Some(keys) = &mut self.keys {
            let moved = start..self.parts.buffer.len();
            debug_assert!(moved.contains(&self.checker.key.start));
            let key = self.parts.buffer.get(self.checker.key.clone());
            keys.add(key.unwrap_or_default(), row.number)?;
        }
        self.parts.commit(row.number)
    }

    /// Counts what was found in a row, and puts the reasons against it into words.
    fn found(&mut self, row: &Row) {
        self.reasons.clear();
        let mut mended = false;
        for found in &self.checker.faults {
            let (column, field) = name_of(&self.columns, found.column);
            let suggestion = || self.checker.suggestion(*found, row);
            self.tally
                .add(found.column, found.fault, row.number, || Shown {
                    column: (column, field),
                    example: self.checker.example(*found, row),
                    suggestion: suggestion(),
                });
            match found.fault.weight() {
                Weight::Invalid if self.invalid.is_some() => {
                    reason(&mut self.reasons, column, found.fault, &suggestion());
                }
                Weight::Mended => mended = true,
                _ => {}
            }
        }
        self.counts.mended += u64::from(mended);
        self.stop_at_stranger(row);
    }

    /// The key of another object's record: the file, or the object, is the wrong one.
    fn stop_at_stranger(&mut self, row: &Row) {
        let stranger = |found: &&Found| {
            let column = found.column.and_then(|place| self.columns.get(place));
            found.fault == Fault::WrongObject && column.is_some_and(|column| column.is_key)
        };
        let Some(found) = self.checker.faults.iter().find(stranger) else {
            return;
        };
        let cell = self.checker.example(*found, row);
        let of = object_of(self.describes, cell).map_or_else(
            || "no object of this org".to_owned(),
            |object| text::line(&object).into_owned(),
        );
        let id = text::clip(&String::from_utf8_lossy(cell), 30, "…");
        self.stop.get_or_insert_with(|| {
            format!(
                "row {}: `{id}` is an id of {of}, and this block writes {}; nothing of it is sent",
                row.number, self.block.object
            )
        });
    }

    /// Takes out rows that share a key, and closes the outputs.
    pub(super) fn finish(mut self, mapping: Mapping) -> Result<Prepared, Failure> {
        let writer = PartWriter::new(
            self.folder,
            self.columns.iter().map(|column| column.header.as_str()),
        );
        let mut parts = std::mem::replace(&mut self.parts, writer).finish()?;
        let doubles = match self.keys.take() {
            Some(keys) => keys.doubles(self.block.repeated)?,
            None => Vec::new(),
        };
        if !doubles.is_empty() {
            self.take_out(&doubles, &parts)?;
            let writer = PartWriter::new(self.folder, std::iter::empty());
            parts = std::mem::replace(&mut self.parts, writer).finish()?;
            self.tell_doubles(&doubles)?;
        }
        let invalid_file = match self.invalid {
            Some(invalid) => Some(invalid.finish()?),
            None => None,
        };
        Ok(Prepared {
            block: self.block.clone(),
            folder: self.folder.to_owned(),
            source: Read {
                name: self.source.name.clone(),
                bytes: self.source.bytes(),
                form: self.source.form(),
            },
            columns: self.columns,
            parts,
            counts: self.counts,
            findings: self.tally.sorted(),
            skipped: mapping.skipped,
            notes: mapping.notes,
            stop: self.stop,
            invalid_file,
        })
    }

    /// Writes the parts anew without rows whose key another row has.
    fn take_out(&mut self, doubles: &[Double], parts: &[Part]) -> Result<(), Failure> {
        let key = self.columns.iter().position(|column| column.is_key);
        // All are moved aside before the first is written: names are used again.
        let mut old = Vec::new();
        for part in parts {
            old.push(Old::aside(part, self.folder)?);
        }
        for old in old {
            let mut reader = old.reader()?;
            let mut row = Row::default();
            let broken = |_| Failure::local("a part could not be read back; check the disk");
            reader.next(&mut row).map_err(broken)?;
            for number in row_numbers(&old.numbers) {
                reader.next(&mut row).map_err(broken)?;
                let place = doubles.binary_search_by_key(&number.0, |double| double.row);
                match place.ok().and_then(|place| doubles.get(place)) {
                    Some(double) => {
                        let cell = key.map_or(&b""[..], |key| row.cell(key));
                        self.double(double, key, cell);
                    }
                    None => self.keep(&row, number.0)?,
                }
            }
            old.remove();
        }
        Ok(())
    }

    fn keep(&mut self, row: &Row, number: u64) -> Result<(), Failure> {
        for (place, cell) in row.cells().enumerate() {
            if place > 0 {
                self.parts.buffer.push(b',');
            }
            write_cell(&mut self.parts.buffer, cell, b',');
        }
        self.parts.buffer.push(b'\n');
        self.parts.commit(number)
    }

    fn double(&mut self, double: &Double, key: Option<usize>, cell: &[u8]) {
        self.counts.ready -= 1;
        self.counts.invalid += 1;
        self.counts.repeated += 1;
        let column = name_of(&self.columns, key);
        self.tally.add(key, Fault::Repeated, double.row, || Shown {
            column,
            example: cell,
            suggestion: also(double),
        });
    }

    /// Reads the doubles' rows once more, as they stand in the file.
    fn tell_doubles(&mut self, doubles: &[Double]) -> Result<(), Failure> {
        let mut rows = self.rows()?;
        let Some(invalid) = &mut self.invalid else {
            return Ok(());
        };
        let key = self.columns.iter().position(|column| column.is_key);
        let (column, _) = name_of(&self.columns, key);
        let mut row = Row::default();
        for double in doubles {
            while row.number < double.row {
                if !matches!(rows.next(&mut row), Ok(true)) {
                    self.stop.get_or_insert_with(|| {
                        format!(
                            "`{}` changed while it was read; check it again",
                            self.source.name
                        )
                    });
                    return Ok(());
                }
            }
            self.reasons.clear();
            reason(&mut self.reasons, column, Fault::Repeated, &also(double));
            invalid.add(&row, &self.reasons)?;
        }
        Ok(())
    }
}

/// A part that is written anew.
struct Old {
    csv: PathBuf,
    rows: PathBuf,
    numbers: Vec<u8>,
}

impl Old {
    fn aside(part: &Part, folder: &Path) -> Result<Self, Failure> {
        let aside = |name: String| {
            let (from, to) = (folder.join(&name), folder.join(format!("{name}.old")));
            match fs::rename(&from, &to) {
                Ok(()) => Ok(to),
                Err(error) => Err(unwritable(&from, &error)),
            }
        };
        let rows = aside(part.rows_file())?;
        Ok(Self {
            numbers: fs::read(&rows).map_err(|error| unwritable(&rows, &error))?,
            csv: aside(part.csv_file())?,
            rows,
        })
    }

    fn reader(&self) -> Result<CsvReader<BufReader<fs::File>>, Failure> {
        let file = fs::File::open(&self.csv).map_err(|error| unwritable(&self.csv, &error))?;
        Ok(CsvReader::new(BufReader::new(file), b','))
    }

    /// What cannot be removed goes with the run's folder.
    fn remove(&self) {
        for path in [&self.csv, &self.rows] {
            let _ = fs::remove_file(path);
        }
    }
}

fn also(double: &Double) -> String {
    format!("row {} has it, too", double.other)
}

/// A column's name in the input, and the field it goes to.
fn name_of(columns: &[PartColumn], column: Option<usize>) -> (&str, &str) {
    match column.and_then(|place| columns.get(place)) {
        Some(column) => (&column.from, &column.header),
        None => ("row", ""),
    }
}

/// `Email: not an e-mail address; write name@example.com`, after what was said before.
fn reason(out: &mut String, column: &str, fault: Fault, suggestion: &str) {
    if !out.is_empty() {
        out.push_str(" | ");
    }
    out.push_str(column);
    out.push_str(": ");
    out.push_str(fault.says());
    if !suggestion.is_empty() {
        out.push_str("; ");
        out.push_str(suggestion);
    }
}

fn moments(block: &Block) -> Result<Moments, Failure> {
    let zone = match &block.read.zone {
        None => None,
        Some(name) => Some(TimeZone::get(name).map_err(|_| {
            Failure::input(&format!(
                "no time zone is called `{}`; an IANA name such as Europe/London is",
                text::line(name)
            ))
        })?),
    };
    Ok(Moments {
        order: block.read.dates,
        zone,
    })
}
