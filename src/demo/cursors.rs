//! Open query results: the statement and the numbers of its rows, never the rows. Ids are
//! fixed when the result is opened, so rows made or changed since move no page. Shared by every thread that
//! answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::ids;
use super::soql::plan::Bin;

/// Results kept open; the one not asked for longest goes first.
const MOST: usize = 200;
/// Row numbers of all open results together, 8 bytes each.
const MOST_ROWS: usize = 4_000_000;
/// Life of a result nobody asks for.
const IDLE: SignedDuration = SignedDuration::from_mins(15);

/// One open result.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// Who asked: nobody else may go on.
    pub user: String,
    pub statement: String,
    pub bin: Bin,
    /// Rows of a page.
    pub batch: usize,
    /// Which subquery of the statement, by the places of its cells, outermost first; empty
    /// for the statement itself.
    pub child: Vec<usize>,
    /// The row numbers, in order.
    pub rows: Arc<[i64]>,
}

#[derive(Debug)]
struct Open {
    locator: String,
    cursor: Cursor,
    used: Timestamp,
}

/// The open results of the org.
#[derive(Debug, Default)]
pub struct Cursors(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    /// The longest unused first.
    open: VecDeque<Open>,
    made: u64,
}

impl Cursors {
    /// Opens a result and gives its locator.
    pub fn open(&self, cursor: Cursor, now: Timestamp) -> String {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.made += 1;
        let locator = ids::record_id("0r8", shelf.made);
        shelf.open.push_back(Open {
            locator: locator.clone(),
            cursor,
            used: now,
        });
        while shelf.open.len() > 1 && (shelf.open.len() > MOST || shelf.rows() > MOST_ROWS) {
            shelf.open.pop_front();
        }
        locator
    }

    /// A result of this user that is still open.
    pub fn find(&self, locator: &str, user: &str, now: Timestamp) -> Option<Cursor> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf
            .open
            .retain(|open| now.duration_since(open.used) < IDLE);
        let place = shelf
            .open
            .iter()
            .position(|open| open.locator == locator && open.cursor.user == user)?;
        let mut open = shelf.open.remove(place)?;
        open.used = now;
        let cursor = open.cursor.clone();
        shelf.open.push_back(open);
        Some(cursor)
    }
}

impl Shelf {
    fn rows(&self) -> usize {
        self.open.iter().map(|open| open.cursor.rows.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(rows: usize) -> Cursor {
        Cursor {
            user: "005a".into(),
            statement: "SELECT Id FROM Contact".into(),
            bin: Bin::Hidden,
            batch: 2000,
            child: Vec::new(),
            rows: vec![0; rows].into(),
        }
    }

    #[test]
    fn results_end_when_idle_crowded_out_or_asked_by_another() {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let later = |minutes| start + SignedDuration::from_mins(minutes);
        let open = Cursors::default();
        let first = open.open(cursor(1), start);
        assert!(open.find(&first, "005b", start).is_none());
        assert!(open.find(&first, "005a", later(14)).is_some());
        assert!(open.find(&first, "005a", later(28)).is_some());
        assert!(open.find(&first, "005a", later(43)).is_none());

        let first = open.open(cursor(1), start);
        let second = open.open(cursor(1), start);
        open.find(&first, "005a", start);
        for _ in 0..MOST - 1 {
            open.open(cursor(1), start);
        }
        assert!(open.find(&second, "005a", start).is_none());
        assert!(open.find(&first, "005a", start).is_some());
        let large = open.open(cursor(MOST_ROWS + 1), start);
        assert!(open.find(&first, "005a", start).is_none());
        assert!(open.find(&large, "005a", start).is_some());
    }
}
