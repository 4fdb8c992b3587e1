//! `sfw-tui errors`: the rows that runs could not write, by store: seen, taken out as a
//! file, put back changed, sent again, deleted.

mod file;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::block::refused::{
    Refused, RefusedId, RefusedJob, RefusedPage, Resent, Selection, Store, Unknown,
};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::job::{Job, Reply};

use super::output::{Exit, json_line, line, table};
use super::runner::{Runner, unexpected};

/// Rows asked for at a time.
const PAGE: u32 = 1_000;

/// Arguments of `errors`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do; `list` without a word
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// Which rows of which store.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// The error store; a run's store is named in its summary
    pub store: String,
    /// Only rows refused with this code
    #[arg(long)]
    pub code: Option<String>,
    /// Only rows that hold this text, in a cell or in what the org said
    #[arg(long, default_value = "", hide_default_value = true)]
    pub text: String,
}

/// What may be done with error stores.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the stores
    List,
    /// Show the rows of one, by code
    Show {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Most rows to show
        #[arg(long, default_value_t = 50)]
        rows: u32,
    },
    /// Write the rows to a file, to be edited and put back with `edit`
    Export {
        /// Which
        #[command(flatten)]
        which: Which,
        /// The file; standard output without one
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        /// CSV, which is usual; `--json` gives an object a line
        #[arg(long)]
        csv: bool,
        /// Cells that a spreadsheet would calculate stand as text; not to be put back
        #[arg(long)]
        for_spreadsheet: bool,
    },
    /// Put an exported file back: cells that differ are changed in the store
    Edit {
        /// The store
        store: String,
        /// The CSV file, as `export` writes it
        file: PathBuf,
    },
    /// Send the rows once more, and no others
    Resend {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Also rows that may have been written already, though that makes them twice
        #[arg(long)]
        even_unknown: bool,
    },
    /// Forget the rows
    Delete {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Needed: rows that are deleted are nowhere else
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match &arguments.action {
        None | Some(Action::List) => list(runner, json),
        Some(Action::Show { which, rows }) => show(which, *rows, runner, json),
        Some(Action::Export {
            which,
            out,
            csv,
            for_spreadsheet,
        }) => {
            let form = match (json && !csv, for_spreadsheet) {
                (true, _) => file::Form::Json,
                (false, true) => file::Form::Spreadsheet,
                (false, false) => file::Form::Csv,
            };
            file::export(&selection(which, runner)?, out.as_deref(), form, runner)
        }
        Some(Action::Edit { store, file }) => {
            named(store, runner)?;
            file::edit(store, file, runner, json)
        }
        Some(Action::Resend {
            which,
            even_unknown,
        }) => {
            let unknown = match even_unknown {
                true => Unknown::Go,
                false => Unknown::Stay,
            };
            let selection = selection(which, runner)?;
            resent(runner, RefusedJob::Resend { selection, unknown }, json)
        }
        Some(Action::Delete { which, yes }) => delete(which, *yes, runner, json),
    }
}

fn stores(runner: &Runner) -> Result<Vec<Store>, Failure> {
    match runner.ask(Job::Refused(RefusedJob::Stores))? {
        Reply::Stores(stores) => Ok(stores),
        other => Err(unexpected(&other)),
    }
}

/// The store of that name, with a did-you-mean when there is none.
fn named(name: &str, runner: &Runner) -> Result<(), Failure> {
    let stores = stores(runner)?;
    if stores.iter().any(|store| store.name == name) {
        return Ok(());
    }
    let names = stores.iter().map(|store| store.name.as_str());
    let near = crate::domain::suggest::did_you_mean(name, names);
    Err(Failure::input(&format!(
        "there is no error store `{name}` with rows in it{near}"
    )))
}

fn selection(which: &Which, runner: &Runner) -> Result<Selection, Failure> {
    named(&which.store, runner)?;
    Ok(Selection {
        store: Some(which.store.clone()),
        code: which.code.clone(),
        text: which.text.clone(),
        ids: Vec::new(),
    })
}

fn page(
    runner: &Runner,
    selection: &Selection,
    (behind, most): (RefusedId, u32),
) -> Result<RefusedPage, Failure> {
    let job = RefusedJob::Page {
        selection: selection.clone(),
        behind,
        most,
    };
    match runner.ask(Job::Refused(job))? {
        Reply::Refused(page) => Ok(page),
        other => Err(unexpected(&other)),
    }
}

/// Every row of a selection, a page in memory at a time.
fn each(
    runner: &Runner,
    selection: &Selection,
    mut see: impl FnMut(Refused) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut behind = RefusedId(0);
    loop {
        let page = page(runner, selection, (behind, PAGE))?;
        let Some(last) = page.rows.last() else {
            return Ok(());
        };
        behind = last.id;
        page.rows.into_iter().try_for_each(&mut see)?;
    }
}

fn list(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let stores = stores(runner)?;
    if json {
        let all = stores.iter().map(|store| {
            json!({ "store": store.name, "rows": store.rows, "unknown": store.unknown,
                "newest": store.newest.to_string() })
        });
        json_line(&Value::Array(all.collect()));
        return Ok(Exit::Ok);
    }
    if stores.is_empty() {
        line("no rows in any error store");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = stores
        .iter()
        .map(|store| {
            vec![
                text::line(&store.name).into_owned(),
                store.rows.to_string(),
                store.unknown.to_string(),
                store.newest.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            ]
        })
        .collect();
    table(
        &["Store", "Rows", "Unknown", "Newest"].map(str::to_owned),
        &rows,
    );
    Ok(Exit::Ok)
}

fn show(which: &Which, most: u32, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let page = page(runner, &selection(which, runner)?, (RefusedId(0), most))?;
    if json {
        json_line(&Value::Array(page.rows.iter().map(row_json).collect()));
        return Ok(Exit::Ok);
    }
    for group in &page.groups {
        line(&format!(
            "{:>8}  {}: {}",
            group.rows,
            text::line(&group.code),
            text::line(&group.message)
        ));
    }
    line("");
    let rows: Vec<Vec<String>> = page
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .cells
                .iter()
                .map(|(column, cell)| format!("{column}={}", text::line(cell)))
                .collect();
            vec![
                row.id.0.to_string(),
                row.row.0.to_string(),
                row.state.word().to_owned(),
                text::line(&row.failure.code).into_owned(),
                cells.join(" "),
            ]
        })
        .collect();
    table(
        &["#", "Row", "State", "Code", "Sent"].map(str::to_owned),
        &rows,
    );
    if page.total > page.rows.len() as u64 {
        line(&format!(
            "{} of {} rows; --rows N shows more",
            page.rows.len(),
            page.total
        ));
    }
    Ok(Exit::Ok)
}

/// A row as JSON.
fn row_json(row: &Refused) -> Value {
    let cells: serde_json::Map<String, Value> = row
        .cells
        .iter()
        .map(|(column, cell)| (column.clone(), cell.clone().into()))
        .collect();
    json!({
        "id": row.id.0,
        "store": row.store,
        "run": row.run.0,
        "row": row.row.0,
        "object": row.object,
        "operation": row.operation.word(),
        "key": row.key,
        "state": row.state.word(),
        "code": row.failure.code,
        "message": row.failure.message,
        "fields": row.failure.fields,
        "job": row.job,
        "at": row.at.to_string(),
        "edited": row.edited,
        "cells": cells,
    })
}

fn resent(runner: &Runner, job: RefusedJob, json: bool) -> Result<Exit, Failure> {
    let told = match runner.ask(Job::Refused(job))? {
        Reply::Resent(told) => told,
        other => return Err(unexpected(&other)),
    };
    let Resent {
        sent,
        ok,
        failed,
        unknown,
        left,
    } = told;
    if json {
        json_line(
            &json!({ "ok": failed + unknown + left == 0, "sent": sent, "written": ok,
            "refused": failed, "unknown": unknown, "left": left }),
        );
    } else {
        line(&format!(
            "{sent} sent: {ok} written, {failed} refused, {unknown} unknown"
        ));
        if left > 0 {
            line(&format!(
                "{left} stay: they may have been written (--even-unknown sends them), or belong to another connection"
            ));
        }
    }
    Ok(match (ok, failed + unknown + left) {
        (_, 0) => Exit::Ok,
        (0, _) => Exit::Failed,
        _ => Exit::Partial,
    })
}

fn delete(which: &Which, yes: bool, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let selection = selection(which, runner)?;
    if !yes {
        let rows = page(runner, &selection, (RefusedId(0), 0))?.total;
        return Err(Failure::input(&format!(
            "{rows} rows would be gone for good; `errors export` keeps them, --yes deletes them"
        )));
    }
    let gone = match runner.ask(Job::Refused(RefusedJob::Delete(selection)))? {
        Reply::Resent(told) => told.left,
        other => return Err(unexpected(&other)),
    };
    if json {
        json_line(&json!({ "ok": true, "deleted": gone }));
    } else {
        line(&format!("{gone} rows deleted"));
    }
    Ok(Exit::Ok)
}
