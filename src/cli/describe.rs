//! `sfw-tui describe [OBJECT]`.

use clap::Args;
use serde_json::json;

use crate::domain::failure::Failure;
use crate::domain::schema::{Field, ObjectSummary};
use crate::domain::text;

use super::output::{Exit, json_line, table};
use super::runner::Runner;

/// Arguments of `describe`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Object, by API name; without one every object is listed
    pub object: Option<String>,
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    match &arguments.object {
        Some(name) => fields(name, runner, json)?,
        None => objects(runner, json)?,
    }
    Ok(Exit::Ok)
}

fn objects(runner: &Runner, json: bool) -> Result<(), Failure> {
    let objects = runner.objects()?;
    if json {
        json_line(&json!(*objects));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = objects
        .iter()
        .map(|object| {
            vec![
                object.api_name.clone(),
                text::line(&object.label).into_owned(),
                object.key_prefix.clone().unwrap_or_default(),
                may(object),
            ]
        })
        .collect();
    table(
        &["Object", "Label", "Prefix", "You may"].map(str::to_owned),
        &rows,
    );
    Ok(())
}

fn may(object: &ObjectSummary) -> String {
    let verbs = [
        (object.queryable, "query"),
        (object.createable, "create"),
        (object.updateable, "update"),
        (object.deletable, "delete"),
    ];
    let allowed: Vec<&str> = verbs.iter().filter(|v| v.0).map(|v| v.1).collect();
    allowed.join(" ")
}

fn fields(name: &str, runner: &Runner, json: bool) -> Result<(), Failure> {
    let object = runner.object(name)?;
    let form = runner.form(&object.api_name)?;
    if json {
        json_line(&json!(form.schema));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = form.schema.fields.iter().map(row).collect();
    table(&["Field", "Label", "Type", ""].map(str::to_owned), &rows);
    Ok(())
}

fn row(field: &Field) -> Vec<String> {
    let size = match (field.length, field.precision) {
        (0, 0) => String::new(),
        (0, digits) => format!("({digits},{})", field.scale),
        (length, _) => format!("({length})"),
    };
    let marks = [
        (field.is_required(), "required"),
        (!field.createable && !field.updateable, "read-only"),
        (field.unique, "unique"),
        (field.external_id, "external id"),
        (field.restricted, "restricted"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
    vec![
        field.api_name.clone(),
        text::line(&field.label).into_owned(),
        format!("{:?}{size}", field.kind).to_lowercase(),
        marks.join(", "),
    ]
}
