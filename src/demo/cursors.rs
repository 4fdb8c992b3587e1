//! Open query results: the statement and where each page starts, never the rows.

use std::collections::{BTreeMap, VecDeque};

use super::soql::plan::Bin;

/// Results kept open; the oldest goes first.
const MOST: usize = 50;

/// One open result.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub locator: String,
    pub statement: String,
    pub bin: Bin,
    pub total: u64,
    pub batch: u64,
    /// Last row number of the page before, by rows passed; for results in row order.
    pub after: BTreeMap<u64, i64>,
}

/// The open results of the org.
#[derive(Debug, Default)]
pub struct Cursors {
    open: VecDeque<Cursor>,
    made: u64,
}

impl Cursors {
    /// Opens a result and gives its locator.
    pub fn open(&mut self, mut cursor: Cursor) -> String {
        self.made += 1;
        cursor.locator = format!("0r8Wt0000{:06X}", self.made);
        let locator = cursor.locator.clone();
        if self.open.len() == MOST {
            self.open.pop_front();
        }
        self.open.push_back(cursor);
        locator
    }

    /// An open result.
    pub fn find(&mut self, locator: &str) -> Option<&mut Cursor> {
        self.open
            .iter_mut()
            .find(|cursor| cursor.locator == locator)
    }
}
