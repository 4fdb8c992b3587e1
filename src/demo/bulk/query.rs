//! The calls of query jobs: make, abort, read, list, results by pages, delete.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde_json::{Value, json};

use super::create;
use super::files::{self, Part};
use super::ingest::{forget_old, listed, one, over};
use super::job::{self, Job, Kind, Operation, State};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::routes::{object_body, only};
use crate::demo::soql::plan::{Bin, Cell, Plan, PlanKind};
use crate::demo::soql::run;
use crate::demo::wire::{FilePart, Reply, Request};

const CSV: &str = "text/csv";
/// Rows of a page in the list of pages.
const PAGE: u64 = 50_000;
/// Pages listed by one call.
const PAGES: u64 = 5;

/// Answers a path below `…/jobs/query`.
///
/// # Errors
/// What the operation refuses.
pub fn answer(
    call: &Call<'_>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Result<Reply, Refusal> {
    let kind = Kind::Query;
    match rest {
        [] if method == "POST" => made(call, request),
        [] => only(method, "GET,HEAD,POST").and_then(|()| listed(call, kind, request)),
        [id] => one(call, method, (kind, id), request),
        [id, "results"] => {
            only(method, "GET,HEAD")?;
            results(call, &job::find(call, kind, id)?, request)
        }
        [id, "resultPages"] => {
            only(method, "GET,HEAD")?;
            pages(call, &job::find(call, kind, id)?, request)
        }
        _ => Err(Refusal::not_found()),
    }
}

fn made(call: &Call<'_>, request: &Request) -> Result<Reply, Refusal> {
    forget_old(call)?;
    let body = object_body(request)?;
    create::known_keys(
        &body,
        &[
            "operation",
            "query",
            "contentType",
            "columnDelimiter",
            "lineEnding",
            "concurrencyMode",
        ],
    )?;
    let word = create::text(&body, "operation")?.unwrap_or_default();
    let operation = Operation::of(word)
        .filter(|operation| matches!(operation, Operation::Query | Operation::QueryAll))
        .ok_or_else(|| create::not_in_enumeration("operation", word))?;
    let query =
        create::text(&body, "query")?.ok_or_else(|| create::invalid_job("No query specified"))?;
    let mut job = create::blank(call, request, Kind::Query, operation);
    let plan = planned(call, query, operation)?;
    job.object.clone_from(&plan.object.name);
    job.query = Some(query.to_owned());
    (job.delimiter, job.ending) = create::format(&body)?;
    job.state = State::UploadComplete;
    job.insert(call.db)?;
    Ok(Reply::json(200, &job.created_json()))
}

/// The plan of a job's statement.
///
/// # Errors
/// The statement's faults; `API_ERROR` for what bulk queries cannot do.
pub fn planned<'a>(
    call: &'a Call<'_>,
    query: &str,
    operation: Operation,
) -> Result<Plan<'a>, Refusal> {
    let bin = match operation {
        Operation::QueryAll => Bin::Seen,
        _ => Bin::Hidden,
    };
    let plan = run::prepared(call, query, bin)?;
    let unable = |what: &str| {
        let text = format!("{what} not supported in Bulk V2 Query with CSV content type");
        Err(Refusal::new(400, "API_ERROR", text))
    };
    if plan.kind != PlanKind::Rows {
        return unable("Aggregate functions");
    }
    if plan.offset > 0 {
        return unable("OFFSET");
    }
    match lacking(&plan.cells) {
        Some(Lack::Children) => unable("Aggregate Relationships"),
        Some(Lack::Blob) => unable("Blob field"),
        Some(Lack::Format) => unable("FORMAT"),
        Some(Lack::TypeOf) => unable("TYPEOF"),
        Some(Lack::Compound) => Err(Refusal::new(
            400,
            "API_ERROR",
            "Selecting compound data not supported in Bulk Query",
        )),
        None => Ok(plan),
    }
}

/// What a CSV cannot carry.
enum Lack {
    Children,
    Blob,
    TypeOf,
    Compound,
    Format,
}

fn lacking(cells: &[Cell<'_>]) -> Option<Lack> {
    cells.iter().find_map(|cell| match cell {
        Cell::Value { .. } => None,
        Cell::Formatted { .. } => Some(Lack::Format),
        Cell::Blob { .. } => Some(Lack::Blob),
        Cell::Compound { .. } => Some(Lack::Compound),
        Cell::Children { .. } => Some(Lack::Children),
        Cell::Either { .. } => Some(Lack::TypeOf),
        Cell::Parent { cells, .. } => lacking(cells),
    })
}

fn bad_locator() -> Refusal {
    Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
}

/// A place in the result: the rows before it, disguised as real locators are.
fn locator(row: u64) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(row.to_string())
}

fn place(text: &str) -> Result<u64, Refusal> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse().ok())
        .ok_or_else(bad_locator)
}

fn rows(job: &Job) -> u64 {
    u64::try_from(job.processed).unwrap_or(0)
}

/// One page: everything behind the locator unless `maxRecords` says less.
fn results(call: &Call<'_>, job: &Job, request: &Request) -> Result<Reply, Refusal> {
    over(job)?;
    if job.state != State::JobComplete {
        return Err(Refusal::not_found());
    }
    let total = rows(job);
    let from = match request.param("locator").filter(|text| !text.is_empty()) {
        Some(text) => place(&text)?,
        None => 0,
    };
    if from > total {
        return Err(bad_locator());
    }
    let most = match request.param("maxRecords") {
        Some(text) => text
            .parse::<u64>()
            .ok()
            .filter(|most| *most > 0)
            .ok_or_else(|| {
                create::invalid_job(format!("maxRecords is not a positive number: {text}"))
            })?,
        None => u64::MAX,
    };
    let to = from.saturating_add(most).min(total);
    let starts = Starts::of(call, job)?;
    let header = u64::try_from(job.successes).unwrap_or(0);
    let path = files::path(call.db, &job.id, Part::Result).map_err(Refusal::unexpected)?;
    let mut head = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(header).read_to_end(&mut head))
        .map_err(Refusal::unexpected)?;
    let (start, end) = (starts.at(from)?, starts.at(to)?);
    let part = FilePart {
        path,
        from: start,
        length: end.saturating_sub(start),
    };
    let next = if to < total {
        locator(to)
    } else {
        "null".to_owned()
    };
    Ok(Reply::file(CSV, head, part)
        .with("Sforce-Locator", next)
        .with("Sforce-NumberOfRecords", (to - from).to_string()))
}

/// Where rows start: eight bytes a row, and one more for the end.
struct Starts {
    file: std::cell::RefCell<File>,
}

impl Starts {
    fn of(call: &Call<'_>, job: &Job) -> Result<Self, Refusal> {
        let path = files::path(call.db, &job.id, Part::Index).map_err(Refusal::unexpected)?;
        let file = File::open(path).map_err(Refusal::unexpected)?;
        Ok(Self { file: file.into() })
    }

    fn at(&self, row: u64) -> Result<u64, Refusal> {
        let mut bytes = [0; 8];
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(row * 8))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(Refusal::unexpected)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Addresses of pages that can be read side by side.
fn pages(call: &Call<'_>, job: &Job, request: &Request) -> Result<Reply, Refusal> {
    over(job)?;
    let total = rows(job);
    let first = match request.param("locator").filter(|text| !text.is_empty()) {
        Some(text) => place(&text)?,
        None => 0,
    };
    let base = format!("{}/jobs/query/{}", call.root(), job.id);
    let starts: Vec<u64> = (0..PAGES)
        .map(|page| first + page * PAGE)
        .filter(|row| *row < total || *row == 0)
        .collect();
    let links: Vec<Value> = starts
        .iter()
        .map(|row| {
            let place = locator(*row);
            json!({"resultUrl": format!("{base}/results?locator={place}&maxRecords={PAGE}")})
        })
        .collect();
    let next = first + PAGES * PAGE;
    let more = (next < total).then(|| format!("{base}/resultPages?locator={}", locator(next)));
    Ok(Reply::json(
        200,
        &json!({"resultPages": links, "nextRecordsUrl": more, "done": more.is_none()}),
    ))
}
