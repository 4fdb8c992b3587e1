//! A query's result of any size to a file, by a query job of Bulk API 2.0. The place that
//! was reached is kept beside the file, so that the same call goes on after a kill.
//!
//! ```text
//! FILE.part        the rows so far      FILE.part.json   job, locator, bytes that are whole
//! FILE.page        a page on its way    FILE             the result, once it is whole
//! ```

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::export::{Export, Exported};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::write::{Fate, fate_of};
use crate::failpoint;
use crate::job::Reply;
use crate::sf::bulk::{self, JobState, query};

use super::asked::Asked;
use super::connect::{self, Line};
use super::engine::Engine;

/// Rows of a page: some megabytes, so that a broken line costs little.
const PAGE: u32 = 50_000;
/// Tries of one request in a row.
const MOST_TRIES: u32 = 8;
/// Waits between two looks at the job.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// What is kept beside the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    soql: String,
    org_id: String,
    job: String,
    /// Where the next page begins; `None` before the first.
    locator: Option<String>,
    /// Bytes of whole pages.
    bytes: u64,
    rows: u64,
    pages: u32,
}

/// The files of one export.
struct Files {
    whole: PathBuf,
    part: PathBuf,
    page: PathBuf,
    reached: PathBuf,
}

struct Exporting<'a> {
    engine: &'a Engine,
    asked: &'a Asked<'a>,
    line: Rc<Line>,
    files: Files,
    reached: Reached,
    resumed: u64,
}

/// `Job::Export`.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    export: &Export,
) -> Result<Reply, Failure> {
    let files = Files::of(&export.file)?;
    let line = connect::line(engine, asked).await?;
    let org_id = line.session.borrow().org_id.clone();
    let reached = files.reached(&export.soql, &org_id)?;
    let mut exporting = Exporting {
        engine,
        asked,
        line,
        files,
        resumed: reached.rows,
        reached,
    };
    exporting.follow().await?;
    exporting.pages().await?;
    exporting.end()
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::local(&format!("cannot use `{}`: {error}", path.display()))
}

impl Files {
    fn of(whole: &Path) -> Result<Self, Failure> {
        if whole.exists() {
            let message = format!("`{}` is there already; name another file", whole.display());
            return Err(Failure::input(&message));
        }
        let beside = |ending: &str| {
            let mut name = OsString::from(whole.as_os_str());
            name.push(ending);
            PathBuf::from(name)
        };
        Ok(Self {
            whole: whole.to_owned(),
            part: beside(".part"),
            page: beside(".page"),
            reached: beside(".part.json"),
        })
    }

    /// What an earlier try left, or a fresh start.
    fn reached(&self, soql: &str, org_id: &str) -> Result<Reached, Failure> {
        let fresh = Reached {
            soql: soql.to_owned(),
            org_id: org_id.to_owned(),
            ..Reached::default()
        };
        let text = match fs::read_to_string(&self.reached) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(fresh),
            Err(error) => return Err(unusable(&self.reached, &error)),
        };
        let left: Reached =
            serde_json::from_str(&text).map_err(|error| unusable(&self.reached, &error))?;
        if left.soql != soql || left.org_id != org_id {
            return Err(Failure::input(&format!(
                "`{}` was left by another query; remove it and `{}`, or name another file",
                self.reached.display(),
                self.part.display()
            )));
        }
        Ok(left)
    }
}

impl Exporting<'_> {
    fn tell(&self, step: &str) {
        self.asked.say(Reply::Exported(self.told(step)));
    }

    fn told(&self, step: &str) -> Exported {
        Exported {
            rows: self.reached.rows,
            bytes: self.reached.bytes,
            job: self.reached.job.clone(),
            resumed: self.resumed,
            step: step.to_owned(),
        }
    }

    /// Puts on disk how far it is, in one moment.
    fn keep(&self) -> Result<(), Failure> {
        let path = &self.files.reached;
        let new = path.with_extension("json.new");
        let write = || -> io::Result<()> {
            let text = serde_json::to_string(&self.reached).map_err(io::Error::other)?;
            let mut file = private(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        write().map_err(|error| unusable(path, &error))
    }

    /// Waits for the next try after a request that failed, or gives the failure back.
    async fn mend(&self, failure: Failure, tries: &mut u32) -> Result<(), Failure> {
        let is_open = matches!(
            fate_of(&failure),
            Fate::Retry | Fate::RetryAtMost(_) | Fate::Unknown
        );
        if !is_open || *tries >= MOST_TRIES || self.engine.schedule.closing.get() {
            return Err(failure);
        }
        *tries += 1;
        let wait = self.engine.schedule.back_off(*tries, None);
        (self.engine.schedule.times.sleep)(wait).await;
        Ok(())
    }

    /// Makes the job where there is none, and waits for its end.
    async fn follow(&mut self) -> Result<(), Failure> {
        let (mut tries, mut wait) = (0, FIRST);
        loop {
            let request = match self.reached.job.as_str() {
                "" => query::create(self.line.version, &self.reached.soql),
                job => query::job(self.line.version, job),
            };
            let is_new = self.reached.job.is_empty();
            let answer = self.line.wire.read(self.asked, &request).await;
            let job = match answer.and_then(|answer| bulk::read_job(&answer.body)) {
                Ok(job) => job,
                Err(failure) if failure.status == Some(404) && !is_new => {
                    self.start_over()?;
                    continue;
                }
                Err(failure) => {
                    self.mend(failure, &mut tries).await?;
                    continue;
                }
            };
            tries = 0;
            if is_new {
                self.reached.job.clone_from(&job.id);
                self.keep()?;
                failpoint::reached("export/made");
            }
            match job.state {
                JobState::JobComplete => return Ok(()),
                JobState::Failed | JobState::Aborted => {
                    let said = job
                        .error
                        .unwrap_or_else(|| "the org ended the query".to_owned());
                    let _ = fs::remove_file(&self.files.reached);
                    return Err(Failure::from_org("QUERY_JOB_ENDED", None, &said));
                }
                _ => {}
            }
            self.tell("the org runs the query");
            (self.engine.schedule.times.sleep)(wait).await;
            wait = LONGEST.min(wait * 2);
        }
    }

    /// The org forgot the job: what is there may be of another moment.
    fn start_over(&mut self) -> Result<(), Failure> {
        self.reached = Reached {
            soql: self.reached.soql.clone(),
            org_id: self.reached.org_id.clone(),
            ..Reached::default()
        };
        self.resumed = 0;
        self.keep()
    }

    async fn pages(&mut self) -> Result<(), Failure> {
        let mut tries = 0;
        while self.reached.pages == 0 || self.reached.locator.is_some() {
            self.tell("reading rows");
            let request = query::results(
                self.line.version,
                &self.reached.job,
                self.reached.locator.as_deref(),
                PAGE,
            );
            let page = private(&self.files.page);
            let page = page.map_err(|error| unusable(&self.files.page, &error))?;
            let answer = self.line.wire.download(self.asked, &request, &page).await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(failure) if failure.kind == FailureKind::Local => return Err(failure),
                Err(failure) => {
                    self.mend(failure, &mut tries).await?;
                    continue;
                }
            };
            tries = 0;
            let (bytes, rows) = self
                .append()
                .map_err(|error| unusable(&self.files.part, &error))?;
            self.reached.bytes = bytes;
            self.reached.rows += rows;
            self.reached.pages += 1;
            self.reached.locator = answer.locator;
            failpoint::reached("export/appended");
            self.keep()?;
            failpoint::reached("export/page");
        }
        Ok(())
    }

    /// Adds the page to the rows so far, its header only in front of all; the bytes then,
    /// and the page's rows.
    fn append(&self) -> io::Result<(u64, u64)> {
        let rows = count(&self.files.page)?;
        let mut page = BufReader::new(File::open(&self.files.page)?);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let mut part = options.open(&self.files.part)?;
        // A kill may have left half a page behind the whole ones.
        part.set_len(self.reached.bytes)?;
        part.seek(SeekFrom::Start(self.reached.bytes))?;
        if self.reached.pages > 0 {
            // API names: no header has a line break of its own.
            page.read_until(b'\n', &mut Vec::new())?;
        }
        let mut part = BufWriter::new(part);
        let added = io::copy(&mut page, &mut part)?;
        let part = part.into_inner().map_err(|error| error.into_error())?;
        part.sync_all()?;
        fs::remove_file(&self.files.page)?;
        Ok((self.reached.bytes + added, rows))
    }

    fn end(&self) -> Result<Reply, Failure> {
        fs::rename(&self.files.part, &self.files.whole)
            .map_err(|error| unusable(&self.files.whole, &error))?;
        let _ = fs::remove_file(&self.files.reached);
        Ok(Reply::Exported(self.told("done")))
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    options.mode(0o600).open(path)
}

/// Rows of a CSV file below its header.
fn count(path: &Path) -> io::Result<u64> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let (mut row, mut rows) = (csv::ByteRecord::new(), 0);
    while csv.read_byte_record(&mut row)? {
        rows += 1;
    }
    Ok(rows)
}
