//! One chunk of a job: rows of the upload through the rows' road, result lines to their
//! files, the job's row, all in the caller's transaction.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::columns;
use super::export::{self, Exported};
use super::files::{self, Part};
use super::job::{self, Job, Kind, State};
use super::outcome;
use super::records::{self, Broken, Format, Record};
use crate::demo::call::Call;
use crate::demo::engine::undoable;
use crate::demo::error::Refusal;
use crate::demo::soql::dates;

/// Rows of a chunk: what the writing thread does between two requests.
const CHUNK: usize = 200;

/// A job whose turn it is, and as whom it runs.
#[derive(Debug, Clone)]
pub struct Due {
    job: Job,
}

impl Due {
    /// The user who made the job.
    pub fn user(&self) -> &str {
        &self.job.user
    }

    /// `client` of `Sforce-Call-Options` when the job was made.
    pub fn client(&self) -> Option<&str> {
        self.job.client.as_deref()
    }

    /// API version the job was made with, `62.0`.
    pub fn version(&self) -> &str {
        &self.job.version
    }

    /// Ends the job for a fault that took its chunk back.
    ///
    /// # Errors
    /// SQLite's.
    pub fn fail(mut self, db: &Connection, fault: &Refusal) -> rusqlite::Result<()> {
        self.job.state = State::Failed;
        self.job.error = Some(outcome::error_text(fault));
        self.job.save(db)
    }

    /// The query job that waits longest, now running.
    ///
    /// # Errors
    /// SQLite's.
    pub fn export(db: &Connection) -> rusqlite::Result<Option<Self>> {
        let Some(mut job) = job::next_due(db, Kind::Query)? else {
            return Ok(None);
        };
        job.state = State::InProgress;
        job.save(db)?;
        Ok(Some(Self { job }))
    }

    /// Whether the job is still there and was not aborted.
    ///
    /// # Errors
    /// SQLite's.
    pub fn is_wanted(&self, db: &Connection) -> rusqlite::Result<bool> {
        db.prepare_cached("SELECT 1 FROM sys_bulk_job WHERE number = ?1 AND state = 'InProgress'")?
            .exists([self.job.number])
    }

    /// Notes how an export ended.
    ///
    /// # Errors
    /// SQLite's.
    pub fn exported(
        mut self,
        db: &Connection,
        ended: &Result<Option<Exported>, Refusal>,
        took: Duration,
    ) -> rusqlite::Result<()> {
        match ended {
            Ok(Some(done)) => {
                self.job.state = State::JobComplete;
                self.job.processed = whole(done.rows);
                self.job.successes = whole(done.header);
            }
            // Stopped though it was wanted: it starts over.
            Ok(None) => self.job.state = State::UploadComplete,
            Err(fault) => return self.fail(db, fault),
        }
        self.job.took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        self.job.modified = dates::stored(Timestamp::now());
        self.job.save(db)
    }

    /// Deletes what an unwanted job wrote.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget_files(&self, db: &Connection) -> Result<(), Refusal> {
        files::delete(db, &self.job.id).map_err(Refusal::unexpected)
    }

    /// Runs a query job.
    ///
    /// # Errors
    /// See [`export::export`].
    pub fn run(&self, call: &Call<'_>, stop: &AtomicBool) -> Result<Option<Exported>, Refusal> {
        export::export(call, &self.job, stop)
    }
}

/// The job whose turn it is, if any waits for work.
///
/// # Errors
/// SQLite's.
pub fn due(db: &Connection) -> rusqlite::Result<Option<Due>> {
    Ok(job::next_due(db, Kind::Ingest)?.map(|job| Due { job }))
}

/// Does the next chunk of a job, as its user.
///
/// # Errors
/// Faults of the org itself: a full disk, a damaged file. The caller takes the
/// transaction back and ends the job.
pub fn step(call: &Call<'_>, due: &Due) -> Result<(), Refusal> {
    let began = Instant::now();
    let mut job = due.job.clone();
    job.state = State::InProgress;
    if let Err(message) = chunk(call, &mut job)? {
        job.state = State::Failed;
        job.error = Some(message);
    }
    job.took += i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    job.modified = call.stamp();
    job.save(call.db)?;
    Ok(())
}

fn format(job: &Job) -> Format {
    Format {
        delimiter: job.delimiter,
        ending: job.ending,
    }
}

/// What ends a job at a row with more or fewer cells than the header.
fn uneven(processed: i64, whole_rows: usize) -> String {
    format!(
        "InvalidBatch : InvalidBatch : The number of columns in row {} does not match the header",
        processed + i64::try_from(whole_rows).unwrap_or(i64::MAX) + 1
    )
}

/// The inner error is what ends the job.
fn chunk(call: &Call<'_>, job: &mut Job) -> Result<Result<(), String>, Refusal> {
    let path = files::path(call.db, &job.id, Part::Upload).map_err(Refusal::unexpected)?;
    let header = match records::read(&path, format(job), 0, 1) {
        Ok(mut found) if !found.is_empty() => found.swap_remove(0),
        // Real orgs take a file without a header, where it has no rows either.
        Ok(_) => {
            job.state = State::JobComplete;
            return Ok(Ok(()));
        }
        Err(broken) => return broken_text(job, broken).map(Err),
    };
    let header = without_mark(header);
    let object = call
        .schema
        .object(&job.object)
        .ok_or_else(Refusal::not_found)?;
    let columns = match columns::resolve(call.schema, object, job, &header.cells) {
        Ok(columns) => columns,
        Err(message) => return Ok(Err(message)),
    };
    let mut lines = Lines::new(job);
    if job.read == 0 {
        job.read = whole(header.next);
        lines.headers(&header.cells);
    }
    let place = u64::try_from(job.read).unwrap_or(0);
    let rows = match records::read(&path, format(job), place, CHUNK) {
        Ok(rows) => rows,
        Err(broken) => {
            let text = broken_text(job, broken)?;
            return lines.keep(call.db, job).map(|()| Err(text));
        }
    };
    if rows.is_empty() {
        job.state = State::JobComplete;
    }
    let fits = |row: &&Record| row.cells.len() == columns.len();
    let whole_rows = rows.iter().take_while(fits).count();
    let ended = match whole_rows < rows.len() {
        true => Err(uneven(job.processed, whole_rows)),
        false => Ok(()),
    };
    let rows = &rows[..whole_rows];
    let done = written(call, rows, |row| {
        let body = columns::body(&columns, &row.cells)?;
        outcome::write(call, object, job, body)
    })?;
    for (row, done) in rows.iter().zip(done) {
        match done {
            Ok(done) => lines.successful(&done, &row.cells),
            Err(refusal) => {
                job.failed += 1;
                lines.failed(&refusal, &columns, &row.cells);
            }
        }
        job.processed += 1;
        job.read = whole(row.next);
    }
    lines.keep(call.db, job)?;
    Ok(ended)
}

/// Writes rows, each for itself. A way back for every row makes the search index write its
/// words every time, so they are tried together first, and one by one where one is refused.
fn written<T>(
    call: &Call<'_>,
    rows: &[Record],
    one: impl Fn(&Record) -> Result<T, Refusal>,
) -> Result<Vec<Result<T, Refusal>>, Refusal> {
    let all = || rows.iter().map(&one).collect::<Result<Vec<T>, Refusal>>();
    match undoable(call, all)? {
        Ok(done) => Ok(done.into_iter().map(Ok).collect()),
        Err(_) => rows.iter().map(|row| undoable(call, || one(row))).collect(),
    }
}

fn whole(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A byte order mark is no part of the first name.
fn without_mark(mut header: Record) -> Record {
    if let Some(first) = header.cells.first_mut()
        && let Some(rest) = first.strip_prefix('\u{feff}')
    {
        *first = rest.trim_matches('"').to_owned();
    }
    header
}

fn broken_text(job: &Job, broken: Broken) -> Result<String, Refusal> {
    Ok(match broken {
        Broken::Io(fault) => return Err(Refusal::unexpected(fault)),
        Broken::Ending => format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {}",
            job.ending.word()
        ),
        Broken::Unclosed => {
            "ClientInputError : Error parsing CSV. A quoted field is not closed".to_owned()
        }
        Broken::Encoding => "ClientInputError : The data is not UTF-8".to_owned(),
        Broken::TooLong => "ClientInputError : A record is too long".to_owned(),
    })
}

/// Result lines of a chunk.
struct Lines {
    format: Format,
    successful: Vec<u8>,
    failed: Vec<u8>,
}

/// Columns before the upload's own, in each result file.
pub(super) const SUCCESSFUL: [&str; 2] = ["sf__Id", "sf__Created"];
pub(super) const FAILED: [&str; 2] = ["sf__Id", "sf__Error"];

impl Lines {
    fn new(job: &Job) -> Self {
        Self {
            format: format(job),
            successful: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn headers(&mut self, names: &[String]) {
        let names = || names.iter().map(String::as_str);
        let format = self.format;
        records::write(
            &mut self.successful,
            format,
            SUCCESSFUL.into_iter().chain(names()),
        );
        records::write(&mut self.failed, format, FAILED.into_iter().chain(names()));
    }

    fn successful(&mut self, done: &outcome::Done, cells: &[String]) {
        let created = if done.created { "true" } else { "false" };
        let head = [done.id.as_str(), created];
        let cells = cells.iter().map(String::as_str);
        records::write(
            &mut self.successful,
            self.format,
            head.into_iter().chain(cells),
        );
    }

    fn failed(&mut self, refusal: &Refusal, columns: &[columns::Column<'_>], cells: &[String]) {
        let error = outcome::error_text(refusal);
        let id = columns
            .iter()
            .zip(cells)
            .find(|(column, _)| matches!(column, columns::Column::Own(field) if field.name == "Id"))
            .map_or("", |(_, cell)| cell.as_str());
        let cells = cells.iter().map(String::as_str);
        let head = [id, error.as_str()];
        records::write(&mut self.failed, self.format, head.into_iter().chain(cells));
    }

    fn keep(self, db: &Connection, job: &mut Job) -> Result<(), Refusal> {
        for (part, length, bytes) in [
            (Part::Successful, &mut job.successes, self.successful),
            (Part::Failed, &mut job.failures, self.failed),
        ] {
            if !bytes.is_empty() {
                let path = files::path(db, &job.id, part).map_err(Refusal::unexpected)?;
                *length = files::put_at(&path, *length, &bytes).map_err(Refusal::unexpected)?;
            }
        }
        Ok(())
    }
}
