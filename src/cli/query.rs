//! `sfw-tui query SOQL`: rows as a table, or as a file that can be edited and written
//! back. Pages are printed as they come; results too large for pages go by a bulk job.

mod form;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::domain::export::{Export, Exported};
use crate::domain::failure::{Failure, FailureKind};
use crate::job::{Job, Reply, Rows};

use super::output::{Exit, json_line, line, sink};
use super::runner::{Runner, unexpected};
use form::{Form, Printer};

/// Rows above which a CSV file is fetched by a bulk job: 2,000 a page costs more calls.
const MOST_PAGED: u64 = 20_000;

/// Arguments of `query`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The query: `SELECT Id, Name FROM Account LIMIT 10`
    pub soql: String,
    /// Print CSV; an empty cell is no value. What `write` takes back unchanged
    #[arg(long, conflicts_with = "ndjson")]
    pub csv: bool,
    /// Print a JSON object a line
    #[arg(long)]
    pub ndjson: bool,
    /// New file to write to instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Fetch by a job of Bulk API 2.0, for a result of any size; after a kill the same
    /// call goes on. Usual from 20,000 rows on where --csv and --out are given
    #[arg(long, requires = "out", conflicts_with = "ndjson")]
    pub bulk: bool,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    if arguments.bulk {
        return export(arguments, runner, json);
    }
    let form = match (arguments.csv, arguments.ndjson, json) {
        (true, _, _) => Form::Csv,
        (_, true, _) => Form::Ndjson,
        (_, _, true) => Form::Json,
        _ => Form::Table,
    };
    let mut page = rows(runner, &arguments.soql, None)?;
    if form == Form::Csv && arguments.out.is_some() && page.total > MOST_PAGED {
        match export(arguments, runner, json) {
            // What a bulk query cannot read comes by pages all the same.
            Err(failure) if failure.code == "API_ERROR" => {}
            other => return other,
        }
    }
    let mut printer = Printer::new(form, &arguments.soql, sink(arguments.out.as_deref())?);
    let mut printed = 0;
    loop {
        printer.page(&page)?;
        printed += page.records.len();
        match page.next.take() {
            Some(locator) => page = rows(runner, &arguments.soql, Some(locator))?,
            None => break,
        }
    }
    printer.end()?;
    if form != Form::Json {
        let rows = printed.max(usize::try_from(page.total).unwrap_or(0));
        eprintln!("{rows} {}", if rows == 1 { "row" } else { "rows" });
    }
    Ok(Exit::Ok)
}

fn rows(runner: &Runner, soql: &str, next: Option<String>) -> Result<Rows, Failure> {
    let job = Job::Query {
        soql: soql.to_owned(),
        next,
    };
    match runner.ask(job)? {
        Reply::Rows(rows) => Ok(rows),
        other => Err(unexpected(&other)),
    }
}

/// The result to a file by a bulk job.
fn export(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let Some(file) = &arguments.out else {
        return Err(Failure::new(
            FailureKind::Input,
            "INPUT",
            "--bulk wants --out FILE: only a file can be gone on with",
        ));
    };
    let job = Job::Export(Export {
        soql: arguments.soql.clone(),
        file: file.clone(),
    });
    let told = std::cell::RefCell::new(String::new());
    let reply = runner.ask_watching(job, &|reply| {
        if let Reply::Exported(Exported {
            step, rows, job, ..
        }) = reply
        {
            let text = format!("job {job}: {step}, {rows} rows so far");
            if *told.borrow() != text {
                eprintln!("{text}");
                *told.borrow_mut() = text;
            }
        }
    })?;
    let Reply::Exported(done) = reply else {
        return Err(unexpected(&reply));
    };
    if json {
        json_line(&json!({ "ok": true, "rows": done.rows, "bytes": done.bytes,
            "job": done.job, "resumed": done.resumed, "file": file }));
    } else {
        line(&format!("{} rows in `{}`", done.rows, file.display()));
    }
    Ok(Exit::Ok)
}
