//! Reads a part: its rows in order with their numbers in the input, from any row on. Holds
//! one row in memory.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use crate::domain::block::prepared::{Part, PartColumn, RowNumber};
use crate::domain::failure::Failure;

/// Where a reader stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Rows before it.
    pub rows: u64,
    /// Byte of the CSV; 0 before the header.
    pub bytes: u64,
}

/// One part being read.
pub(super) struct PartReader {
    csv: csv::Reader<File>,
    numbers: BufReader<File>,
    from: u64,
    path: PathBuf,
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::local(&format!("cannot read `{}`: {why}", path.display()))
}

impl PartReader {
    /// Opens a part of a run's folder at a place that [`PartReader::next`] told.
    pub(super) fn open(folder: &Path, part: &Part, at: Place) -> Result<Self, Failure> {
        let path = folder.join(part.csv_file());
        let rows = folder.join(part.rows_file());
        let mut csv = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let mut numbers = File::open(&rows).map_err(|error| unreadable(&rows, &error))?;
        csv.seek(SeekFrom::Start(at.bytes))
            .map_err(|error| unreadable(&path, &error))?;
        numbers
            .seek(SeekFrom::Start(at.rows * 8))
            .map_err(|error| unreadable(&rows, &error))?;
        let csv = csv::ReaderBuilder::new()
            .has_headers(at.bytes == 0)
            .flexible(true)
            .from_reader(csv);
        Ok(Self {
            csv,
            numbers: BufReader::new(numbers),
            from: at.bytes,
            path,
        })
    }

    /// The next row, its number, and the byte behind it.
    pub(super) fn next(
        &mut self,
        row: &mut ByteRecord,
    ) -> Result<Option<(RowNumber, u64)>, Failure> {
        let more = self
            .csv
            .read_byte_record(row)
            .map_err(|error| unreadable(&self.path, &error))?;
        if !more {
            return Ok(None);
        }
        let mut number = [0; 8];
        self.numbers
            .read_exact(&mut number)
            .map_err(|error| unreadable(&self.path, &error))?;
        let behind = self.from + self.csv.position().byte();
        Ok(Some((RowNumber(u64::from_le_bytes(number)), behind)))
    }
}

/// A row's cells with their columns, those without text left out.
pub(super) fn named<'a>(columns: &'a [PartColumn], row: &'a ByteRecord) -> Vec<(&'a str, &'a str)> {
    let cells = columns.iter().zip(row.iter());
    cells
        .filter_map(|(column, cell)| {
            let text = std::str::from_utf8(cell).ok()?;
            (!text.is_empty()).then_some((column.header.as_str(), text))
        })
        .collect()
}
