//! One row of an input: its cells, where it stands, and what is wrong with its shape.
//! Reused from row to row, so that reading costs no memory. Must not know of fields.

/// Most bytes of one row. A record takes 400,000 characters at most (Bulk API 2.0
/// limits), which are four bytes each at worst.
pub(super) const MOST_ROW_BYTES: usize = 1_600_000 + 64 * 1024;

/// A row as it was read, in UTF-8.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// 1 for the first row after the header, or the first object.
    pub number: u64,
    /// Line of the file it starts on, from 1.
    pub line: u64,
    /// What keeps it from being checked cell by cell.
    pub flaw: Option<Flaw>,
    /// The object as it was written, for rows of JSON.
    pub object: Vec<u8>,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// For rows of JSON: the object has no such key. Empty for CSV.
    absent: Vec<bool>,
}

/// Why a row cannot be checked cell by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It has so many cells, the header another number.
    Cells(usize),
    /// A NUL byte in the cell of that place.
    Nul(usize),
    /// The object is not one that can be a row.
    Object(String),
}

/// A row got longer than any record is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Row {
    pub(super) fn clear(&mut self) {
        self.flaw = None;
        self.object.clear();
        self.cells.clear();
        self.ends.clear();
        self.absent.clear();
    }

    /// Adds text to the cell that is being read.
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), TooLong> {
        if self.cells.len() + text.len() > MOST_ROW_BYTES {
            return Err(TooLong);
        }
        self.cells.extend_from_slice(text);
        Ok(())
    }

    /// The cell that was being read is complete.
    pub(super) fn end_cell(&mut self) {
        self.ends.push(self.cells.len());
    }

    /// A cell of a row of JSON; `None` where the object does not have it.
    pub(super) fn add(&mut self, text: Option<&[u8]>) -> Result<(), TooLong> {
        self.absent.push(text.is_none());
        self.push(text.unwrap_or_default())?;
        self.end_cell();
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell of that place; empty where the row has none.
    pub(super) fn cell(&self, place: usize) -> &[u8] {
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        let range = start.zip(self.ends.get(place).copied());
        range
            .and_then(|(start, end)| self.cells.get(start..end))
            .unwrap_or_default()
    }

    /// The row says nothing of that cell, not even that it is empty.
    pub(super) fn is_absent(&self, place: usize) -> bool {
        self.absent.get(place).copied().unwrap_or_default()
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|place| self.cell(place))
    }

    /// All cells' text, one after the other.
    pub(super) fn text(&self) -> &[u8] {
        &self.cells
    }

    /// Place of the cell that holds that byte of [`Row::text`].
    pub(super) fn place_of(&self, byte: usize) -> usize {
        self.ends.partition_point(|end| *end <= byte)
    }
}
