//! Jobs whose making was never answered: found again in the org's list, taken over or
//! ended, so that none stays open.

use jiff::{SignedDuration, Timestamp};

use crate::domain::failure::Failure;
use crate::sf::bulk::{self, BulkJob, JobState, NewJob};

use super::drive::{Drive, Halt};

/// The clocks of two machines in the org differ by less.
const SLACK: SignedDuration = SignedDuration::from_secs(5);
/// Pages of the list looked at: a thousand jobs each, of seven days.
const MOST_PAGES: usize = 20;

/// Now, by the org's clock as far as it is known.
pub(super) fn org_time(drive: &Drive<'_>) -> String {
    let ahead = drive.desk.line.wire.ahead().unwrap_or_default();
    let now = drive.desk.engine.schedule.times.now_here();
    let now = now
        .checked_add(SignedDuration::from_secs(ahead))
        .unwrap_or(now);
    now.to_string()
}

/// Open jobs of this user that are like the one asked for, made since then, and known to
/// no run of this machine.
pub(super) async fn orphans(
    drive: &Drive<'_>,
    like: &NewJob<'_>,
    since: &str,
) -> Result<Vec<BulkJob>, Failure> {
    let since: Option<Timestamp> = since.parse().ok();
    let since = since.map(|since| since - SLACK);
    let user = drive.desk.line.session.borrow().user_id.clone();
    let mut found = Vec::new();
    let mut request = bulk::list(drive.desk.line.version);
    for _ in 0..MOST_PAGES {
        let page = bulk::read_jobs(&drive.desk.ask(&request).await?.body)?;
        for job in page.records {
            let is_new = since.is_none_or(|since| job.created().is_none_or(|made| made >= since));
            if is_new && is_like(&job, like, &user) && !drive.runs.knows_job(&job.id)? {
                found.push(job);
            }
        }
        match page.next_records_url {
            Some(next) => request = crate::sf::request::Request::get(next),
            None => break,
        }
    }
    Ok(found)
}

fn is_like(job: &BulkJob, like: &NewJob<'_>, user: &str) -> bool {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let by_us = job.created_by_id.get(..15) == user.get(..15);
    job.state == JobState::Open
        && by_us
        && same(&job.object, like.object)
        && same(&job.operation, like.operation)
        && same(
            job.key.as_deref().unwrap_or_default(),
            like.key.unwrap_or_default(),
        )
}

/// Ends a job that nobody will use. One that cannot be ended does nothing, and the org
/// forgets it in time.
pub(super) async fn abort(drive: &Drive<'_>, job: &BulkJob) {
    let _ = drive
        .desk
        .ask(&bulk::abort(drive.desk.line.version, &job.id))
        .await;
}

/// Ends jobs that came to be after their making was given up.
pub(super) async fn sweep(drive: &Drive<'_>) -> Result<(), Halt> {
    let lost = drive.runs.load(drive.number())?.lost_jobs;
    let Some(first) = lost.iter().min() else {
        return Ok(());
    };
    let block = &drive.kept.prepared.block;
    let like = NewJob {
        object: &block.object,
        operation: block.operation.word(),
        key: block
            .key
            .as_deref()
            .filter(|_| block.operation.word() == "upsert"),
    };
    // The rows are settled whether or not the list can be had.
    if let Ok(found) = orphans(drive, &like, first).await {
        for job in found {
            abort(drive, &job).await;
        }
    }
    Ok(())
}
