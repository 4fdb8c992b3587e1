//! Open query results: the statement and where each page starts, never the rows. Shared by
//! every thread that answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
pub struct Cursors(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    cursors: VecDeque<Cursor>,
    made: u64,
}

impl Cursors {
    /// Opens a result and gives its locator.
    pub fn open(&self, mut cursor: Cursor) -> String {
        let mut open = self.lock();
        open.made += 1;
        cursor.locator = format!("0r8Wt0000{:06X}", open.made);
        let locator = cursor.locator.clone();
        if open.cursors.len() == MOST {
            open.cursors.pop_front();
        }
        open.cursors.push_back(cursor);
        locator
    }

    /// An open result, as it stands.
    pub fn find(&self, locator: &str) -> Option<Cursor> {
        let open = self.lock();
        let found = open.cursors.iter().find(|one| one.locator == locator);
        found.cloned()
    }

    /// Notes the row number behind which the page after `passed` rows starts.
    pub fn starts_behind(&self, locator: &str, passed: u64, row: i64) {
        let mut open = self.lock();
        let found = open.cursors.iter_mut().find(|one| one.locator == locator);
        if let Some(cursor) = found {
            cursor.after.insert(passed, row);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Every change above is whole: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
