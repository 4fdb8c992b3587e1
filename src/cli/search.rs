//! `sfw-tui search TEXT`.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::failure::Failure;
use crate::domain::text;
use crate::job::{Job, Reply};

use super::output::{Exit, json_line, table};
use super::runner::{Runner, unexpected};

/// Arguments of `search`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to look for, two characters at least
    pub text: String,
    /// Object to look in, by API name; may be given several times
    #[arg(short, long, value_name = "OBJECT")]
    pub object: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let objects = arguments
        .object
        .iter()
        .map(|name| runner.object(name).map(|object| object.api_name))
        .collect::<Result<Vec<_>, _>>()?;
    let job = Job::Search {
        text: arguments.text.clone(),
        objects,
    };
    let found = match runner.ask(job)? {
        Reply::Found(found) => found,
        other => return Err(unexpected(&other)),
    };
    if json {
        let hits: Vec<Value> = found
            .hits
            .iter()
            .map(|hit| {
                json!({
                    "object": hit.link.object, "id": hit.link.id,
                    "name": hit.link.name, "detail": hit.detail,
                })
            })
            .collect();
        json_line(&json!({ "hits": hits, "more": found.more }));
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = found
        .hits
        .iter()
        .map(|hit| {
            vec![
                hit.link.id.to_string(),
                hit.link.object.clone(),
                text::line(&hit.link.name).into_owned(),
                text::line(&hit.detail).into_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        eprintln!("nothing found for `{}`", text::line(&arguments.text));
    } else {
        table(
            &["Id", "Object", "Name", "Detail"].map(str::to_owned),
            &rows,
        );
    }
    if found.more {
        eprintln!("the org has more: search for more words, or use `query`");
    }
    Ok(Exit::Ok)
}
