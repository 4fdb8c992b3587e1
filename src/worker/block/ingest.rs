//! One part by a job of Bulk API 2.0. Each step is on disk before the next begins, and
//! each can be done again: a step that was begun before asks the org first how far it
//! came.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;
use crate::sf::bulk::{self, BulkJob, JobState, NewJob, Results};
use crate::sf::request::Upload;
use crate::store::block::{PartRow, Step};

use super::drive::{Drive, Halt};
use super::join::{self, Joining};
use super::look;

/// First wait before a job is looked at, doubled up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(250);
/// Longest wait between two looks.
const LONGEST: Duration = Duration::from_secs(30);
/// Jobs of a part that were lost to somebody else before it is given up.
const MOST_JOBS: u32 = 3;

/// The three files of a job's results.
pub(super) const RESULTS: [(Results, &str); 3] = [
    (Results::Successful, "written"),
    (Results::Failed, "refused"),
    (Results::Unprocessed, "unsent"),
];

/// Why a step did not end.
enum Trouble {
    Halt(Halt),
    /// The request failed.
    Request(Failure),
}

impl From<Halt> for Trouble {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

/// Brings a part to its end.
pub(super) async fn part(drive: &Drive<'_>, mut row: PartRow) -> Result<(), Halt> {
    let (mut tries, mut jobs) = (0, 0);
    while row.step != Step::Done {
        drive.look_up()?;
        if drive.is_stopping()
            && let Some(halt) = ended_early(drive, &mut row).await?
        {
            return Err(halt);
        }
        let before = row.step;
        let done = match row.step {
            Step::Waiting | Step::Creating | Step::Sending => create(drive, &mut row).await,
            Step::Created => upload(drive, &mut row).await,
            Step::Uploaded => close(drive, &mut row).await,
            Step::Closed => follow(drive, &mut row).await,
            Step::Over => fetch(drive, &mut row).await,
            Step::Fetched => settle(drive, &mut row).await,
            Step::Done => Ok(()),
        };
        match done {
            Ok(()) => tries = 0,
            Err(Trouble::Halt(halt)) => return Err(halt),
            Err(Trouble::Request(failure)) => drive.mend(failure, &mut tries).await?,
        }
        if row.step == Step::Waiting && before != Step::Waiting {
            jobs += 1;
            if jobs > MOST_JOBS {
                let message =
                    "the org's job was taken away again and again; is another program at it?";
                return Err(Halt::Failed(Failure::local(message)));
            }
        }
    }
    Ok(())
}

/// Ends what has not begun: a job that was never closed leaves all rows unsent. `None`
/// where the org has the rows in hand, and the end has to be followed.
async fn ended_early(drive: &Drive<'_>, row: &mut PartRow) -> Result<Option<Halt>, Halt> {
    match row.step {
        Step::Creating => drive.runs.lost_job(drive.number(), &row.since)?,
        Step::Created | Step::Uploaded => {
            if let Some(job) = &row.job {
                let request = bulk::abort(drive.desk.line.version, job);
                // An open job does nothing; the org forgets it in time.
                let _ = drive.desk.ask(&request).await;
            }
        }
        Step::Waiting | Step::Sending => {}
        Step::Closed | Step::Over | Step::Fetched | Step::Done => return Ok(None),
    }
    reset(row);
    drive.save(row)?;
    look::sweep(drive).await?;
    Ok(Some(Halt::Stopped(None)))
}

/// As before anything was sent.
fn reset(row: &mut PartRow) {
    row.step = Step::Waiting;
    row.job = None;
    row.tried = false;
    row.since.clear();
    row.said.clear();
}

fn new_job<'a>(drive: &'a Drive<'_>) -> NewJob<'a> {
    let block = &drive.kept.prepared.block;
    NewJob {
        object: &block.object,
        operation: block.operation.word(),
        key: block
            .key
            .as_deref()
            .filter(|_| block.operation.word() == "upsert"),
    }
}

/// Waiting ─▶ Created. Where a job was asked for before and no answer is known, the org
/// is asked for it first.
async fn create(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    drive.tell(&format!("making a job for{}", drive.of_parts(row)), 0);
    if row.step == Step::Creating {
        let found = look::orphans(drive, &new_job(drive), &row.since).await;
        let mut found = found.map_err(Trouble::Request)?.into_iter();
        if let Some(job) = found.next() {
            for other in found {
                look::abort(drive, &other).await;
            }
            return created(drive, row, job.id);
        }
    }
    row.step = Step::Creating;
    row.since = look::org_time(drive);
    drive.save(row)?;
    failpoint::reached("bulk/creating");
    let request = bulk::create(drive.desk.line.version, &new_job(drive));
    let answer = drive.desk.ask(&request).await;
    let job = answer.and_then(|response| {
        bulk::read_job(&response.body).map_err(|failure| Failure::outcome_unknown(&failure.message))
    });
    failpoint::reached("bulk/posted");
    match job {
        Ok(job) => created(drive, row, job.id),
        Err(failure) => {
            match failure.kind {
                // It may come to be even after the org was asked for it.
                FailureKind::OutcomeUnknown => drive
                    .runs
                    .lost_job(drive.number(), &row.since)
                    .map_err(Halt::from)?,
                _ => {
                    reset(row);
                    drive.save(row)?;
                }
            }
            Err(Trouble::Request(failure))
        }
    }
}

fn created(drive: &Drive<'_>, row: &mut PartRow, job: String) -> Result<(), Trouble> {
    row.job = Some(job);
    row.step = Step::Created;
    row.tried = false;
    drive.save(row)?;
    failpoint::reached("bulk/created");
    Ok(())
}

/// The part's job; a part without one starts over.
fn job_of(row: &mut PartRow) -> Result<String, Trouble> {
    match &row.job {
        Some(job) => Ok(job.clone()),
        None => {
            reset(row);
            Err(Trouble::Request(Failure::local("the job's id is missing")))
        }
    }
}

/// Created ─▶ Uploaded.
async fn upload(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    let job = job_of(row)?;
    drive.tell(&format!("uploading{}", drive.of_parts(row)), 0);
    let tried_before = row.tried;
    if !tried_before {
        row.tried = true;
        drive.save(row)?;
    }
    failpoint::reached("bulk/uploading");
    let file = Upload {
        path: drive.kept.run.folder.join(drive.part(row).csv_file()),
        bytes: row.bytes,
    };
    let request = bulk::upload(drive.desk.line.version, &job, file);
    let answer = drive.desk.upload(&request).await;
    failpoint::reached("bulk/put");
    match answer {
        Ok(_) => step(drive, row, Step::Uploaded),
        Err(failure) if !is_refusal(&failure) => Err(Trouble::Request(failure)),
        Err(failure) => match state_of(drive, &job).await? {
            // Ours from before: the org takes a file once. Whether it is whole is shown
            // by the results, which are joined row by row.
            Some(found) if found.state == JobState::Open && tried_before => {
                step(drive, row, Step::Uploaded)
            }
            Some(found) if found.state == JobState::Open && is_once_only(&failure) => {
                // Somebody else's, found where ours was looked for.
                reset(row);
                drive.save(row).map_err(Trouble::Halt)
            }
            Some(found) if found.state == JobState::Open => {
                Err(Trouble::Halt(Halt::Failed(failure)))
            }
            Some(found) if found.state.is_over() => Err(taken_away(drive, row, &found)?),
            Some(_) => step(drive, row, Step::Closed),
            None => {
                reset(row);
                drive.save(row).map_err(Trouble::Halt)
            }
        },
    }
}

fn is_once_only(failure: &Failure) -> bool {
    failure.message.to_lowercase().contains("more than once")
        || failure.code.to_uppercase().replace('_', "") == "INVALIDJOBSTATE"
}

/// The org itself said no.
fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.status, Some(400..=499))
        && !matches!(
            failure.kind,
            FailureKind::Session | FailureKind::Limit | FailureKind::OutcomeUnknown
        )
}

/// A job ended by somebody else before it was closed: nothing of it was written.
fn taken_away(drive: &Drive<'_>, row: &mut PartRow, job: &BulkJob) -> Result<Trouble, Trouble> {
    reset(row);
    drive.save(row)?;
    let message = format!(
        "somebody ended the job {} in the org before it began; nothing of it was written",
        job.id
    );
    let failure = Failure::new(FailureKind::Other, "JOB_ABORTED", &message);
    Ok(Trouble::Halt(Halt::Stopped(Some(failure))))
}

fn step(drive: &Drive<'_>, row: &mut PartRow, step: Step) -> Result<(), Trouble> {
    row.step = step;
    row.tried = false;
    drive.save(row)?;
    failpoint::reached(match step {
        Step::Uploaded => "bulk/uploaded",
        Step::Closed => "bulk/closed",
        Step::Over => "bulk/over",
        _ => "bulk/fetched",
    });
    Ok(())
}

/// How the org sees a job; `None` where it has none of that id.
async fn state_of(drive: &Drive<'_>, job: &str) -> Result<Option<BulkJob>, Trouble> {
    let answer = drive
        .desk
        .ask(&bulk::job(drive.desk.line.version, job))
        .await;
    match answer.and_then(|response| bulk::read_job(&response.body)) {
        Ok(job) => Ok(Some(job)),
        Err(failure) if failure.status == Some(404) => Ok(None),
        Err(failure) => Err(Trouble::Request(failure)),
    }
}

/// Uploaded ─▶ Closed.
async fn close(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    let job = job_of(row)?;
    let request = bulk::close(drive.desk.line.version, &job);
    let answer = drive.desk.ask(&request).await;
    failpoint::reached("bulk/patched");
    match answer {
        Ok(_) => step(drive, row, Step::Closed),
        Err(failure) if !is_refusal(&failure) => Err(Trouble::Request(failure)),
        // Closed before, or ended by somebody.
        Err(failure) => match state_of(drive, &job).await? {
            Some(found) if found.state == JobState::Open => {
                Err(Trouble::Halt(Halt::Failed(failure)))
            }
            Some(found) if found.state == JobState::Aborted => Err(taken_away(drive, row, &found)?),
            Some(_) => step(drive, row, Step::Closed),
            None => {
                reset(row);
                drive.save(row).map_err(Trouble::Halt)
            }
        },
    }
}

/// Closed ─▶ Over: looks at the job until it ends.
async fn follow(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    let job = job_of(row)?;
    let mut wait = FIRST;
    let mut abort_sent = false;
    loop {
        let Some(found) = state_of(drive, &job).await? else {
            return gone(drive, row, &job);
        };
        if found.state.is_over() {
            row.said = found.error.unwrap_or_default();
            if found.state == JobState::Aborted && row.said.is_empty() {
                row.said = "JOB_ABORTED:the job was ended before this row:--".to_owned();
            }
            return step(drive, row, Step::Over);
        }
        if found.state == JobState::Open {
            return step(drive, row, Step::Uploaded);
        }
        let text = format!("the org works on{}", drive.of_parts(row));
        drive.tell(&text, found.processed.min(row.rows));
        let tally = drive.runs.tally_of(drive.number()).map_err(Halt::from)?;
        drive.weigh(
            tally.settled() + found.processed,
            tally.failed + found.failed,
        );
        if drive.is_stopping() && !abort_sent {
            // Refused where it ended meanwhile; the next look tells.
            let request = bulk::abort(drive.desk.line.version, &job);
            abort_sent = drive.desk.ask(&request).await.is_ok();
            wait = FIRST;
            continue;
        }
        match drive.is_stopping() {
            // Not woken by the very wish that is being carried out.
            true => (drive.desk.engine.schedule.times.sleep)(wait).await,
            false => drive.wait(wait).await?,
        }
        wait = LONGEST.min(wait * 2);
    }
}

/// The org forgot the job: after seven days, or because somebody deleted it.
fn gone(drive: &Drive<'_>, row: &mut PartRow, job: &str) -> Result<(), Trouble> {
    if drive.plan().is_harmless() {
        // Whatever it wrote is written once more, to the same end.
        reset(row);
        drive.save(row)?;
        return Ok(());
    }
    row.said = format!("RESULTS_LOST:the org has forgotten the job {job} and its results:--");
    row.step = Step::Fetched;
    drive.save(row)?;
    Ok(())
}

/// Where a result of a part's job is kept.
pub(super) fn result_path(drive: &Drive<'_>, row: &PartRow, name: &str) -> PathBuf {
    let job = row.job.as_deref().unwrap_or_default();
    let file = format!("part-{:04}.{job}.{name}.csv", row.number);
    drive.kept.run.folder.join(file)
}

/// Over ─▶ Fetched: the three results, each whole or not there.
async fn fetch(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    let job = job_of(row)?;
    drive.tell(
        &format!("fetching the results of{}", drive.of_parts(row)),
        row.rows,
    );
    for (which, name) in RESULTS {
        let path = result_path(drive, row, name);
        if path.exists() {
            continue;
        }
        let partial = path.with_extension("partial");
        let request = bulk::results(drive.desk.line.version, &job, which);
        match fetched(drive, &request, &partial).await {
            Ok(()) => {}
            Err(failure) if failure.status == Some(404) => return gone(drive, row, &job),
            Err(failure) => return Err(Trouble::Request(failure)),
        }
        std::fs::rename(&partial, &path).map_err(|error| unwritable(&path, &error))?;
        failpoint::reached("bulk/result");
    }
    let folder = File::open(&drive.kept.run.folder).and_then(|folder| folder.sync_all());
    folder.map_err(|error| unwritable(&drive.kept.run.folder, &error))?;
    step(drive, row, Step::Fetched)
}

fn unwritable(path: &std::path::Path, error: &std::io::Error) -> Trouble {
    let message = format!(
        "cannot keep the org's results in `{}`: {error}",
        path.display()
    );
    Trouble::Halt(Halt::Waiting(Failure::local(&message)))
}

/// A result into a private file of its own, on disk when this ends.
async fn fetched(
    drive: &Drive<'_>,
    request: &crate::sf::request::Request,
    path: &std::path::Path,
) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| {
        Failure::local(&format!("cannot write `{}`: {error}", path.display()))
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(path).map_err(unwritable)?;
    drive.desk.download(request, &file).await?;
    file.sync_all().map_err(unwritable)
}

/// Fetched ─▶ Done: every row of the part gets its outcome, in one moment.
async fn settle(drive: &Drive<'_>, row: &mut PartRow) -> Result<(), Trouble> {
    drive.tell(
        &format!("accounting for the rows of{}", drive.of_parts(row)),
        row.rows,
    );
    let joining = Joining {
        run: drive.kept.run.clone(),
        columns: drive.kept.prepared.columns.clone(),
        part: drive.part(row),
        results: RESULTS.map(|(_, name)| result_path(drive, row, name)),
        row: row.clone(),
    };
    let reopened = drive.runs.reopened();
    let joined = tokio::task::spawn_blocking(move || join::join(&reopened()?, joining)).await;
    let joined = joined.map_err(|error| Halt::Waiting(Failure::local(&error.to_string())))?;
    *row = joined.map_err(Halt::from)?;
    failpoint::reached("bulk/joined");
    let tally = drive.runs.tally_of(drive.number()).map_err(Halt::from)?;
    drive.weigh(tally.settled(), tally.failed);
    Ok(())
}
