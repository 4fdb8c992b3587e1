//! Joins a job's results with the rows of its part, by the rows' key (by all their cells
//! where they have none), never by their place: the org promises no order. Ends with
//! every row in exactly one place, whatever the results hold.
//!
//! Rows that were written are not looked up one by one: the results are whole when the
//! fingerprints of all rows in them add up to those of the part. Only where they do not
//! is each row looked for. Holds a batch of refused rows in memory, and a bit a row.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Reader};

use crate::domain::block::prepared::{Part, PartColumn, RowNumber};
use crate::domain::block::refused::RefusedState;
use crate::domain::block::run::Run;
use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;
use crate::sf::bulk;
use crate::store::block::{NewRefused, PartRow, Runs, Settling, Step};

use super::rows::{PartReader, Place, named};

/// Refused rows looked for in one reading of the part.
const BATCH: usize = 20_000;
/// Written rows looked for in one reading, where it comes to that.
const WIDE_BATCH: usize = 200_000;

/// What is joined.
pub(super) struct Joining {
    pub run: Run,
    pub columns: Vec<PartColumn>,
    pub part: Part,
    pub row: PartRow,
    /// Written, refused and unprocessed rows, as the org tells them; a file that is not
    /// there tells nothing.
    pub results: [PathBuf; 3],
}

/// Rows as one number each, added up: the same sum means the same rows, in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    prints: u128,
}

impl Sum {
    fn add(&mut self, print: u64) {
        self.rows += 1;
        self.prints = self.prints.wrapping_add(u128::from(print));
    }
}

/// A row by its key, or by all of its cells.
fn print(row: &ByteRecord, columns: &[usize]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for column in columns {
        hasher.write(row.get(*column).unwrap_or_default());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

/// Gives every row of the part its outcome and puts all of it on disk in one moment; the
/// part as it is then.
pub(super) fn join(runs: &Runs, joining: Joining) -> Result<PartRow, Failure> {
    let mut row = joining.row.clone();
    let settling = runs.settling()?;
    let mut join = Join::new(&joining, &settling)?;
    let [written, refused, unsent] = &joining.results;
    join.written(written)?;
    join.refused(refused, Sort::Refused)?;
    join.refused(unsent, Sort::Unprocessed)?;
    if join.whole != join.told {
        join.look_for_each(written)?;
    }
    (row.ok, row.created) = (join.ok, join.created);
    (row.failed, row.unprocessed) = (join.failed, join.unprocessed);
    row.unknown = join.unknown;
    row.step = Step::Done;
    if row.settled() != row.rows {
        return Err(Failure::local(&format!(
            "part {} has {} rows and {} outcomes",
            row.number,
            row.rows,
            row.settled()
        )));
    }
    failpoint::reached("bulk/joining");
    settling.finish(&row)?;
    Ok(row)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Refused,
    Unprocessed,
    /// In none of the results.
    Missing,
}

struct Join<'a> {
    joining: &'a Joining,
    settling: &'a Settling<'a>,
    /// Columns of the part that tell a row.
    key: Vec<usize>,
    /// The part, and what the results tell of it.
    whole: Sum,
    told: Sum,
    /// A bit for each row of the part that has an outcome.
    taken: Vec<u64>,
    ok: u64,
    created: u64,
    failed: u64,
    unprocessed: u64,
    unknown: u64,
}

impl<'a> Join<'a> {
    fn new(joining: &'a Joining, settling: &'a Settling<'a>) -> Result<Self, Failure> {
        let key: Vec<usize> = match joining.columns.iter().position(|column| column.is_key) {
            Some(place) => vec![place],
            None => (0..joining.columns.len()).collect(),
        };
        let mut join = Self {
            joining,
            settling,
            key,
            whole: Sum::default(),
            told: Sum::default(),
            taken: Vec::new(),
            ok: 0,
            created: 0,
            failed: 0,
            unprocessed: 0,
            unknown: 0,
        };
        let mut whole = Sum::default();
        join.each_row(|_, _, print, _| {
            whole.add(print);
            Ok(())
        })?;
        let words = usize::try_from(whole.rows / 64 + 1).unwrap_or_default();
        join.taken = vec![0; words];
        join.whole = whole;
        Ok(join)
    }

    /// Reads the part: place, number and fingerprint of each row.
    fn each_row(
        &self,
        mut see: impl FnMut(u64, RowNumber, u64, &ByteRecord) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let folder = &self.joining.run.folder;
        let mut reader = PartReader::open(folder, &self.joining.part, Place::default())?;
        let mut row = ByteRecord::new();
        let mut place = 0;
        while let Some((number, _)) = reader.next(&mut row)? {
            see(place, number, print(&row, &self.key), &row)?;
            place += 1;
        }
        Ok(())
    }

    fn is_taken(&self, place: u64) -> bool {
        let word = usize::try_from(place / 64)
            .ok()
            .and_then(|word| self.taken.get(word));
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn take(&mut self, place: u64) {
        let word = usize::try_from(place / 64).ok();
        if let Some(word) = word.and_then(|word| self.taken.get_mut(word)) {
            *word |= 1 << (place % 64);
        }
    }

    /// Counts written rows.
    fn written(&mut self, path: &Path) -> Result<(), Failure> {
        let Some(mut told) = Told::open(path, &self.joining.columns, &self.key)? else {
            return Ok(());
        };
        while let Some(print) = told.next()? {
            self.told.add(print);
            self.ok += 1;
            self.created += u64::from(told.cell(told.created) == b"true");
        }
        Ok(())
    }

    /// Keeps refused or unprocessed rows in the error store, a batch at a time.
    fn refused(&mut self, path: &Path, sort: Sort) -> Result<(), Failure> {
        let Some(mut told) = Told::open(path, &self.joining.columns, &self.key)? else {
            return Ok(());
        };
        loop {
            let mut batch: HashMap<u64, Vec<Failure>> = HashMap::new();
            let mut rows = 0;
            while rows < BATCH
                && let Some(print) = told.next()?
            {
                self.told.add(print);
                rows += 1;
                let failure = match sort {
                    Sort::Refused => {
                        bulk::row_failure(&String::from_utf8_lossy(told.cell(told.error)))
                    }
                    _ => self.not_tried(),
                };
                batch.entry(print).or_default().push(failure);
            }
            if rows == 0 {
                return Ok(());
            }
            self.assign(batch, sort)?;
        }
    }

    fn not_tried(&self) -> Failure {
        match self.joining.row.said.as_str() {
            "" => Failure::new(
                FailureKind::Other,
                "NOT_PROCESSED",
                "the job ended before this row",
            ),
            said => bulk::row_failure(said),
        }
    }

    /// Finds the rows of a batch in the part.
    fn assign(&mut self, mut batch: HashMap<u64, Vec<Failure>>, sort: Sort) -> Result<(), Failure> {
        let mut found = Vec::new();
        self.each_row(|place, number, print, row| {
            let Some(waiting) = batch.get_mut(&print).filter(|_| !self.is_taken(place)) else {
                return Ok(());
            };
            if let Some(failure) = waiting.pop() {
                self.keep((number, row), sort, &failure)?;
                found.push(place);
            }
            Ok(())
        })?;
        for place in found {
            self.take(place);
            self.count(sort);
        }
        Ok(())
    }

    fn count(&mut self, sort: Sort) {
        match sort {
            Sort::Refused => self.failed += 1,
            Sort::Unprocessed => self.unprocessed += 1,
            Sort::Missing => self.unknown += 1,
        }
    }

    fn keep(
        &self,
        (number, row): (RowNumber, &ByteRecord),
        sort: Sort,
        failure: &Failure,
    ) -> Result<(), Failure> {
        self.settling.refuse(&NewRefused {
            run: &self.joining.run,
            part: self.joining.part.number,
            row: number,
            state: match sort {
                Sort::Refused => RefusedState::Failed,
                Sort::Unprocessed => RefusedState::Unprocessed,
                Sort::Missing => RefusedState::Unknown,
            },
            cells: &named(&self.joining.columns, row),
            failure,
            job: self.joining.row.job.as_deref(),
        })
    }

    /// The results do not add up: looks for each written row, and calls unknown what is
    /// in none of them.
    fn look_for_each(&mut self, path: &Path) -> Result<(), Failure> {
        self.ok = 0;
        if let Some(mut told) = Told::open(path, &self.joining.columns, &self.key)? {
            loop {
                let mut batch: HashMap<u64, u64> = HashMap::new();
                let mut rows = 0;
                while rows < WIDE_BATCH
                    && let Some(print) = told.next()?
                {
                    rows += 1;
                    *batch.entry(print).or_default() += 1;
                }
                if rows == 0 {
                    break;
                }
                let mut found = Vec::new();
                self.each_row(|place, _, print, _| {
                    let left = batch.get_mut(&print).filter(|left| **left > 0);
                    if let Some(left) = left.filter(|_| !self.is_taken(place)) {
                        *left -= 1;
                        found.push(place);
                    }
                    Ok(())
                })?;
                self.ok += found.len() as u64;
                found.into_iter().for_each(|place| self.take(place));
            }
        }
        self.created = self.created.min(self.ok);
        let missing = match self.joining.row.said.as_str() {
            said if said.starts_with("RESULTS_LOST") => bulk::row_failure(said),
            _ => Failure::new(
                FailureKind::OutcomeUnknown,
                "NOT_IN_RESULTS",
                "the org's results do not name this row",
            ),
        };
        let mut count = 0;
        self.each_row(|place, number, _, row| {
            if !self.is_taken(place) {
                self.keep((number, row), Sort::Missing, &missing)?;
                count += 1;
            }
            Ok(())
        })?;
        self.unknown = count;
        Ok(())
    }
}

/// One of the org's results being read.
struct Told {
    csv: Reader<File>,
    row: ByteRecord,
    /// Its columns that tell a row, in the order of the part's.
    key: Vec<usize>,
    created: Option<usize>,
    error: Option<usize>,
    path: PathBuf,
}

impl Told {
    /// `None` where there is no such file, or nothing in it.
    fn open(path: &Path, columns: &[PartColumn], key: &[usize]) -> Result<Option<Self>, Failure> {
        let unreadable = |why: &dyn std::fmt::Display| {
            Failure::local(&format!("cannot read `{}`: {why}", path.display()))
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
        };
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let headers = csv
            .byte_headers()
            .map_err(|error| unreadable(&error))?
            .clone();
        let place = |name: &str| {
            let mut cells = headers.iter();
            cells.position(|cell| cell.eq_ignore_ascii_case(name.as_bytes()))
        };
        if headers.is_empty() {
            return Ok(None);
        }
        let names = key.iter().filter_map(|column| columns.get(*column));
        let key: Option<Vec<usize>> = names.map(|column| place(&column.header)).collect();
        Ok(Some(Self {
            created: place("sf__Created"),
            error: place("sf__Error"),
            key: key.ok_or_else(|| unreadable(&"its columns are not those that were sent"))?,
            row: ByteRecord::new(),
            path: path.to_owned(),
            csv,
        }))
    }

    /// The fingerprint of the next row.
    fn next(&mut self) -> Result<Option<u64>, Failure> {
        let more = self.csv.read_byte_record(&mut self.row).map_err(|error| {
            Failure::local(&format!("cannot read `{}`: {error}", self.path.display()))
        })?;
        Ok(more.then(|| print(&self.row, &self.key)))
    }

    fn cell(&self, place: Option<usize>) -> &[u8] {
        place
            .and_then(|place| self.row.get(place))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
