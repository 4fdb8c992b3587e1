//! `sfw-tui config path|dump|check|schema`: the settings, from outside.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::{Loaded, Sources, dump, schema};

use super::output::{Exit, json_line, line};

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What `config` does.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Say where the config file is
    Path,
    /// Print every setting as it stands, and who said so
    Dump,
    /// Say what is wrong in the config file, with line and column; exit 1 where something is
    Check,
    /// Print the JSON Schema of the config file
    Schema,
}

/// Runs it; needs no org.
pub fn run(arguments: &Arguments, sources: &Sources, loaded: &Loaded, json: bool) -> Exit {
    match arguments.what {
        What::Path if json => json_line(&json!({"path": sources.file})),
        What::Path => line(&sources.file.display().to_string()),
        What::Dump if json => json_line(&dump::json(loaded)),
        What::Dump => line(dump::toml(loaded).trim_end()),
        What::Schema => line(&format!("{:#}", schema::schema())),
        What::Check => return check(sources, loaded, json),
    }
    Exit::Ok
}

fn check(sources: &Sources, loaded: &Loaded, json: bool) -> Exit {
    let warnings = &loaded.warnings;
    if json {
        let said = warnings
            .iter()
            .map(|it| json!({"where": it.origin.to_string(), "message": it.message}));
        let said: Vec<_> = said.collect();
        json_line(&json!({"ok": warnings.is_empty(), "file": sources.file, "warnings": said}));
    } else if warnings.is_empty() {
        let state = if sources.file.exists() {
            "nothing is wrong"
        } else {
            "not there: the defaults hold"
        };
        line(&format!("{}: {state}", sources.file.display()));
    } else {
        for warning in warnings {
            line(&warning.to_string());
        }
    }
    if warnings.is_empty() {
        Exit::Ok
    } else {
        Exit::Failed
    }
}
