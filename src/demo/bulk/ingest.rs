//! The calls of ingest jobs: make, upload, close or abort, read, list, results, delete.

use std::fs;
use std::io::Read;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::files::{self, Part};
use super::job::{self, Job, Kind, State};
use super::records::{self, Format};
use super::step::{FAILED, SUCCESSFUL};
use super::{create, multipart};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::routes::{object_body, only};
use crate::demo::soql::dates;
use crate::demo::wire::{FilePart, Reply, Request};

/// Jobs of one page of the list.
const PAGE: i64 = 1_000;
/// Days jobs and their results are kept.
const KEPT_DAYS: i64 = 7;
/// Characters of the CSV in a job made by one call.
const INLINE: usize = 100_000;
const CSV: &str = "text/csv";

/// Answers a path below `…/jobs/ingest`.
///
/// # Errors
/// What the operation refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let kind = Kind::Ingest;
    match rest {
        [] if method == "POST" => made(call, request),
        [] => only(method, "GET,HEAD,POST").and_then(|()| listed(call, kind, request)),
        [id] => one(call, method, (kind, id), request),
        [id, "batches"] => {
            only(method, "PUT")?;
            uploaded(call, job::find(call, kind, id)?, request)
        }
        [id, results] => {
            only(method, "GET,HEAD")?;
            let job = job::find(call, kind, id)?;
            match results.to_ascii_lowercase().as_str() {
                "successfulresults" => result(call, &job, Part::Successful),
                "failedresults" => result(call, &job, Part::Failed),
                "unprocessedrecords" => unprocessed(call, &job),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

fn made(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    forget_old(call)?;
    let Some(boundary) = multipart::boundary(request) else {
        let mut job = create::ingest(call, &object_body(request)?, request)?;
        job.insert(call.db)?;
        return Ok(Reply::json(200, &job.created_json()));
    };
    let parts = multipart::parts(&request.body, &boundary)?;
    let part = |name: &str| {
        let found = parts.iter().find(|part| part.name == name);
        found.map(|part| part.content).ok_or_else(|| {
            let text = format!("The multipart request has no part '{name}'");
            Refusal::new(400, "INVALID_MULTIPART_REQUEST", text)
        })
    };
    let about = Request {
        body: part("job")?.to_vec(),
        ..Request::default()
    };
    let content = part("content")?;
    if String::from_utf8_lossy(content).chars().count() > INLINE {
        return Err(create::invalid_job(format!(
            "The content of a multipart job is limited to {INLINE} characters"
        )));
    }
    let mut job = create::ingest(call, &object_body(&about)?, request)?;
    job.state = State::UploadComplete;
    job.insert(call.db)?;
    let path = files::path(call.db, &job.id, Part::Upload).map_err(Refusal::unexpected)?;
    fs::write(path, content).map_err(Refusal::unexpected)?;
    job.uploaded = true;
    job.save(call.db)?;
    Ok(Reply::json(200, &job.created_json()))
}

/// Jobs are kept for seven days.
pub fn forget_old(call: &Call<'_>) -> Result<(), Refusal> {
    let before = call.now - SignedDuration::from_hours(24 * KEPT_DAYS);
    for (number, id) in job::expired(call.db, &dates::stored(before))? {
        job::delete(call.db, number)?;
        files::delete(call.db, &id).map_err(Refusal::unexpected)?;
    }
    Ok(())
}

/// The list of a kind's jobs, by pages.
pub fn listed(call: &Call<'_>, kind: Kind, request: &Request) -> Result<Reply, Refusal> {
    let behind = match request.param("queryLocator") {
        Some(locator) => locator
            .parse()
            .map_err(|_| Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))?,
        None => 0,
    };
    let other = request
        .param("jobType")
        .is_some_and(|wanted| !wanted.eq_ignore_ascii_case(kind.word()));
    let chunked = request.param("isPkChunkingEnabled").as_deref() == Some("true");
    let serial = request
        .param("concurrencyMode")
        .is_some_and(|mode| !mode.eq_ignore_ascii_case("parallel"));
    // Every job here is of its own type, parallel and not chunked by key.
    let mut jobs = if other || chunked || serial {
        Vec::new()
    } else {
        job::list(call.db, kind, behind, PAGE + 1)?
    };
    let more = jobs.len() > usize::try_from(PAGE).unwrap_or(0);
    jobs.truncate(usize::try_from(PAGE).unwrap_or(0));
    let next = jobs.last().filter(|_| more).map(|last| {
        format!(
            "{}/jobs/{}?queryLocator={}",
            call.root(),
            kind.segment(),
            last.number
        )
    });
    let records: Vec<Value> = jobs.iter().map(Job::list_json).collect();
    Ok(Reply::json(
        200,
        &json!({"done": !more, "records": records, "nextRecordsUrl": next}),
    ))
}

/// 400 `INVALIDJOBSTATE`.
fn wrong_state(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALIDJOBSTATE", text)
}

/// How the API names what a job has come to.
fn past(state: State) -> &'static str {
    match state {
        State::JobComplete => "Completed",
        State::UploadComplete => "Closed",
        other => other.word(),
    }
}

/// Answers for one job of either kind.
///
/// # Errors
/// What the operation refuses.
pub fn one(
    call: &Call<'_>,
    method: &str,
    (kind, id): (Kind, &str),
    request: &Request,
) -> Result<Reply, Refusal> {
    only(method, "GET,HEAD,PATCH,DELETE")?;
    let job = job::find(call, kind, id)?;
    match method {
        "PATCH" => changed(call, job, request),
        "DELETE" => deleted(call, &job),
        _ => Ok(Reply::json(200, &job.json())),
    }
}

/// `{"state": "UploadComplete"}` or `{"state": "Aborted"}`.
fn changed(call: &Call<'_>, mut job: Job, request: &Request) -> Result<Reply, Refusal> {
    let body = object_body(request)?;
    create::known_keys(&body, &["state"])?;
    match create::text(&body, "state")? {
        Some("UploadComplete") if job.kind == Kind::Ingest => {
            if job.state != State::Open {
                return Err(wrong_state(format!(
                    "Closing already {} Job not allowed",
                    past(job.state)
                )));
            }
            job.state = State::UploadComplete;
        }
        Some("Aborted") => {
            if job.state.is_final() {
                return Err(wrong_state(format!(
                    "Aborting already {} Job not allowed",
                    past(job.state)
                )));
            }
            job.state = State::Aborted;
        }
        other => {
            return Err(create::invalid_job(format!(
                "Invalid state: {}",
                other.unwrap_or("null")
            )));
        }
    }
    job.modified = call.stamp();
    job.save(call.db)?;
    Ok(Reply::json(200, &job.short_json()))
}

/// Deletes a job that does not run.
fn deleted(call: &Call<'_>, job: &Job) -> Result<Reply, Refusal> {
    if matches!(job.state, State::Open | State::InProgress) {
        return Err(wrong_state(format!(
            "Deleting {} Job not allowed",
            job.state.word()
        )));
    }
    job::delete(call.db, job.number)?;
    files::delete(call.db, &job.id).map_err(Refusal::unexpected)?;
    Ok(Reply::empty(204))
}

fn uploaded(call: &Call<'_>, mut job: Job, request: &Request) -> Result<Reply, Refusal> {
    if job.state != State::Open {
        return Err(wrong_state(format!(
            "Uploading data to already {} Job not allowed",
            past(job.state)
        )));
    }
    if job.uploaded {
        return Err(wrong_state(
            "Uploading data more than once to the same Job not allowed",
        ));
    }
    if request
        .header("content-type")
        .is_some_and(|kind| !kind.to_ascii_lowercase().contains("csv"))
    {
        let text = "Unsupported Media Type: use text/csv";
        return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", text));
    }
    let path = files::path(call.db, &job.id, Part::Upload).map_err(Refusal::unexpected)?;
    match &request.file {
        Some(came) => fs::rename(came, path).map_err(Refusal::unexpected)?,
        None => fs::write(path, &request.body).map_err(Refusal::unexpected)?,
    }
    job.uploaded = true;
    job.modified = call.stamp();
    job.save(call.db)?;
    Ok(Reply::empty(201))
}

/// Refuses results of a job that is not over.
pub fn over(job: &Job) -> Result<(), Refusal> {
    if job.state.is_final() {
        return Ok(());
    }
    Err(wrong_state(format!(
        "Results of a Job that is {} are not available",
        job.state.word()
    )))
}

fn result(call: &Call<'_>, job: &Job, part: Part) -> Result<Reply, Refusal> {
    over(job)?;
    let (length, names) = match part {
        Part::Failed => (job.failures, FAILED),
        _ => (job.successes, SUCCESSFUL),
    };
    if length > 0 {
        let file = FilePart {
            path: files::path(call.db, &job.id, part).map_err(Refusal::unexpected)?,
            from: 0,
            length: u64::try_from(length).unwrap_or(0),
        };
        return Ok(Reply::file(CSV, Vec::new(), file));
    }
    // No row was reached: the header alone.
    let format = Format {
        delimiter: job.delimiter,
        ending: job.ending,
    };
    let path = files::path(call.db, &job.id, Part::Upload).map_err(Refusal::unexpected)?;
    let header = records::read(&path, format, 0, 1).unwrap_or_default();
    let own = header.iter().flat_map(|record| &record.cells);
    let mut line = Vec::new();
    records::write(
        &mut line,
        format,
        names.into_iter().chain(own.map(String::as_str)),
    );
    Ok(Reply::bytes(200, CSV, line))
}

/// The header and every row that was not reached, as they came.
fn unprocessed(call: &Call<'_>, job: &Job) -> Result<Reply, Refusal> {
    over(job)?;
    let path = files::path(call.db, &job.id, Part::Upload).map_err(Refusal::unexpected)?;
    let Ok(about) = fs::metadata(&path) else {
        return Ok(Reply::bytes(200, CSV, Vec::new()));
    };
    let read = u64::try_from(job.read).unwrap_or(0);
    let header = if read == 0 {
        Vec::new()
    } else {
        header_bytes(&path, job).map_err(Refusal::unexpected)?
    };
    let file = FilePart {
        path,
        from: read,
        length: about.len().saturating_sub(read),
    };
    Ok(Reply::file(CSV, header, file))
}

fn header_bytes(path: &Path, job: &Job) -> std::io::Result<Vec<u8>> {
    let format = Format {
        delimiter: job.delimiter,
        ending: job.ending,
    };
    let found = records::read(path, format, 0, 1).unwrap_or_default();
    let length = found.first().map_or(0, |record| record.next);
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
