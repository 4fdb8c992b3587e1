//! `sfw-tui create`, `update` and `delete`: the same checks, the same outbox as the
//! screens.

use std::io::{self, IsTerminal, Write as _};

use clap::Args;

use crate::domain::draft::Draft;
use crate::domain::failure::Failure;
use crate::domain::record::{Fields, Record};
use crate::domain::schema::ObjectForm;
use crate::domain::validate;
use crate::domain::value;
use crate::domain::write::{Write, WriteStep};
use crate::job::{Job, Reply};

use super::output::{Exit, written};
use super::runner::{Runner, unexpected};

/// Arguments of `create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// Object, by API name
    pub object: String,
    /// Field values: `LastName=Ortiz`
    #[arg(required = true, value_name = "FIELD=VALUE")]
    pub values: Vec<String>,
    /// Save even where a duplicate rule finds look-alikes
    #[arg(long)]
    pub allow_duplicates: bool,
}

/// Arguments of `update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The record, then field values: `003… Title='Head of IT'`; nothing after `=` clears
    #[arg(required = true, num_args = 2.., value_name = "[OBJECT] ID FIELD=VALUE")]
    pub words: Vec<String>,
    /// Save even where a duplicate rule finds look-alikes
    #[arg(long)]
    pub allow_duplicates: bool,
    /// Refuse (exit 7) where the record changed after this LastModifiedDate
    #[arg(long, value_name = "TIME")]
    pub unless_changed_since: Option<String>,
}

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// The record: its id, or its object and its id
    #[arg(required = true, num_args = 1..=2, value_name = "[OBJECT] ID")]
    pub record: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

pub(super) fn create(
    arguments: &CreateArguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    let object = runner.object(&arguments.object)?;
    let form = runner.form(&object.api_name)?;
    let draft = Draft::create(&object.api_name, None);
    let write = filled(draft, &arguments.values, &form, runner)?;
    send(write, arguments.allow_duplicates, runner, json)
}

pub(super) fn update(
    arguments: &UpdateArguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    let (link, taken) = runner.target(&arguments.words)?;
    let form = runner.form(&link.object)?;
    let mut fields = Fields::new();
    if let Some(since) = &arguments.unless_changed_since {
        value::instant(since).ok_or_else(|| {
            Failure::input(&format!(
                "`{since}` is not a time such as 2026-11-22T03:00:00.000+0000 (LastModifiedDate)"
            ))
        })?;
        fields.insert("LastModifiedDate".to_owned(), since.as_str().into());
    }
    let draft = Draft::update(Record {
        object: link.object,
        id: Some(link.id),
        fields,
    });
    let write = filled(draft, &arguments.words[taken..], &form, runner)?;
    send(write, arguments.allow_duplicates, runner, json)
}

pub(super) fn delete(
    arguments: &DeleteArguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    let (link, _) = runner.target(&arguments.record)?;
    if !arguments.yes {
        confirm(&format!("Delete {} {}?", link.object, link.id))?;
    }
    let write = Write {
        summary: format!("delete {} {}", link.object, link.id),
        steps: vec![WriteStep::Delete {
            object: link.object,
            id: link.id,
        }],
        allow_duplicates: false,
    };
    send(Some(write), false, runner, json)
}

/// Values as typed, checked as the form checks them. `None`: nothing would change.
fn filled(
    mut draft: Draft,
    values: &[String],
    form: &ObjectForm,
    runner: &Runner,
) -> Result<Option<Write>, Failure> {
    let pairs = values
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((field, value)) => Ok((field.to_owned(), value.to_owned())),
            None => Err(Failure::input(&format!(
                "`{pair}` is not FIELD=VALUE, such as Title='Head of IT'"
            ))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    validate::fill(&mut draft, &pairs, &form.schema)
        .map_err(|problems| Failure::from_problems(&problems))?;
    let now = runner.now()?;
    let problems = validate::check(&draft, form, &runner.objects()?, &now);
    if !problems.is_empty() {
        return Err(Failure::from_problems(&problems));
    }
    Ok(draft.to_write(&form.schema, &now))
}

fn send(
    write: Option<Write>,
    allow_duplicates: bool,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    let mut write = write.ok_or_else(|| Failure::input("name a field to change: FIELD=VALUE"))?;
    write.allow_duplicates = allow_duplicates;
    match runner.ask(Job::write(write))? {
        Reply::Op(op) => Ok(written(&op, json)),
        other => Err(unexpected(&other)),
    }
}

/// Asks on the terminal; without one the flag must say yes.
fn confirm(question: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::input(
            "nobody can be asked here: say --yes to delete",
        ));
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    io::stderr()
        .flush()
        .and_then(|()| io::stdin().read_line(&mut answer))
        .map_err(|error| Failure::local(&format!("cannot ask: {error}")))?;
    if answer.trim().eq_ignore_ascii_case("y") {
        Ok(())
    } else {
        Err(Failure::input("nothing was deleted"))
    }
}
