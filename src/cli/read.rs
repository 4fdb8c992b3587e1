//! `sfw-tui get [OBJECT] ID`.

use clap::Args;

use crate::domain::failure::Failure;
use crate::domain::record::Record;
use crate::domain::suggest;
use crate::domain::{text, value};
use crate::job::{Job, Page, Reply, Source};

use super::output::{Exit, json_line, record_json, table};
use super::runner::{Runner, unexpected};

/// Arguments of `get`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The record: its id, or its object and its id
    #[arg(required = true, num_args = 1..=2, value_name = "[OBJECT] ID")]
    pub record: Vec<String>,
    /// Fields to print, by API name, separated by commas
    #[arg(short, long, value_delimiter = ',', value_name = "FIELDS")]
    pub fields: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let (link, _) = runner.target(&arguments.record)?;
    let job = Job::Open {
        id: link.id,
        source: Source::Org,
    };
    let mut page = match runner.ask(job)? {
        Reply::Opened(page) => page,
        other => return Err(unexpected(&other)),
    };
    keep_only(&mut page, &arguments.fields)?;
    if json {
        json_line(&record_json(&page.record));
    } else {
        print(&page, runner)?;
    }
    Ok(Exit::Ok)
}

/// Leaves the fields asked for, in that order.
fn keep_only(page: &mut Page, fields: &[String]) -> Result<(), Failure> {
    if fields.is_empty() {
        return Ok(());
    }
    let mut kept = serde_json::Map::new();
    for name in fields {
        let field = page.form.schema.field(name).ok_or_else(|| {
            let names = page.form.schema.fields.iter().map(|f| f.api_name.as_str());
            let near = suggest::did_you_mean(name, names);
            Failure::input(&format!(
                "no field `{name}` on {}{near}",
                page.record.object
            ))
        })?;
        let value = page.record.fields.get(&field.api_name).cloned();
        kept.insert(field.api_name.clone(), value.unwrap_or_default());
    }
    page.record.fields = kept;
    Ok(())
}

fn print(page: &Page, runner: &Runner) -> Result<(), Failure> {
    let now = runner.now()?;
    let record: &Record = &page.record;
    let rows: Vec<Vec<String>> = record
        .fields
        .keys()
        .filter_map(|name| page.form.schema.field(name))
        .map(|field| {
            vec![
                field.api_name.clone(),
                text::line(field.title()).into_owned(),
                text::line(&value::in_record(field, record, &now)).into_owned(),
            ]
        })
        .filter(|row| !row[2].is_empty())
        .collect();
    table(&["Field", "Label", "Value"].map(str::to_owned), &rows);
    Ok(())
}
