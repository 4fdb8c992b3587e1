//! Writes parts: CSV of rows that are ready, and beside each its file of row numbers.
//! Parts stay under the size an org takes; each is on disk, not only in memory, before it
//! counts. Must not know of fields.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::domain::block::MOST_PART_BYTES;
use crate::domain::block::prepared::Part;
use crate::domain::failure::Failure;

use super::csv::write_cell;
use super::source::unwritable;

const BUFFER: usize = 256 * 1024;

/// Writes rows to parts, one after the other.
pub(super) struct PartWriter {
    folder: PathBuf,
    header: Vec<u8>,
    most_bytes: u64,
    open: Option<Open>,
    parts: Vec<Part>,
    /// Parts on their way to the disk.
    syncing: Vec<JoinHandle<io::Result<()>>>,
    /// The row at hand is written here, at the end; what is before waits for the disk.
    pub buffer: Vec<u8>,
    /// Where the row at hand starts in the buffer.
    start: usize,
    numbers: Vec<u8>,
}

struct Open {
    part: Part,
    csv: File,
    rows: File,
}

impl PartWriter {
    pub(super) fn new<'a>(folder: &Path, header: impl Iterator<Item = &'a str>) -> Self {
        let mut line = Vec::new();
        for (place, name) in header.enumerate() {
            if place > 0 {
                line.push(b',');
            }
            write_cell(&mut line, name.as_bytes(), b',');
        }
        line.push(b'\n');
        Self {
            folder: folder.to_owned(),
            header: line,
            most_bytes: MOST_PART_BYTES,
            open: None,
            parts: Vec::new(),
            syncing: Vec::new(),
            buffer: Vec::with_capacity(BUFFER * 2),
            start: 0,
            numbers: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn with_most_bytes(mut self, bytes: u64) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// The row at the end of the buffer is complete and has this number.
    pub(super) fn commit(&mut self, number: u64) -> Result<(), Failure> {
        let length = self.buffer.len().saturating_sub(self.start) as u64;
        let fits = |open: &Open| open.part.bytes + length <= self.most_bytes;
        if !self.open.as_ref().is_some_and(fits) {
            self.next_part()?;
        }
        if let Some(open) = &mut self.open {
            open.part.rows += 1;
            open.part.bytes += length;
        }
        self.numbers.extend_from_slice(&number.to_le_bytes());
        self.start = self.buffer.len();
        if self.start >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// Closes the part and starts another, with the row at hand as its first.
    fn next_part(&mut self) -> Result<(), Failure> {
        let row = self.buffer.split_off(self.start);
        self.close()?;
        let number = u32::try_from(self.parts.len() + 1).unwrap_or(u32::MAX);
        let part = Part {
            number,
            rows: 0,
            bytes: self.header.len() as u64,
        };
        let create = |name: String| {
            let path = self.folder.join(name);
            File::create(&path).map_err(|error| unwritable(&path, &error))
        };
        self.open = Some(Open {
            csv: create(part.csv_file())?,
            rows: create(part.rows_file())?,
            part,
        });
        self.buffer.extend_from_slice(&self.header);
        self.start = self.buffer.len();
        self.buffer.extend_from_slice(&row);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let done = self.buffer.get(..self.start).unwrap_or_default();
        open.csv
            .write_all(done)
            .map_err(|error| unwritable(&self.folder.join(open.part.csv_file()), &error))?;
        open.rows
            .write_all(&self.numbers)
            .map_err(|error| unwritable(&self.folder.join(open.part.rows_file()), &error))?;
        self.buffer.drain(..self.start);
        self.start = 0;
        self.numbers.clear();
        Ok(())
    }

    /// Closes the open part and lets it go to the disk meanwhile.
    fn close(&mut self) -> Result<(), Failure> {
        self.flush()?;
        if let Some(open) = self.open.take() {
            let Open { part, csv, rows } = open;
            self.parts.push(part);
            self.syncing.push(std::thread::spawn(move || {
                csv.sync_data().and_then(|()| rows.sync_data())
            }));
        }
        Ok(())
    }

    /// Closes the last part. All of them are on disk then.
    pub(super) fn finish(mut self) -> Result<Vec<Part>, Failure> {
        self.close()?;
        for syncing in self.syncing {
            let synced = syncing
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the disk did not answer")));
            synced.map_err(|error| unwritable(&self.folder, &error))?;
        }
        Ok(self.parts)
    }
}
