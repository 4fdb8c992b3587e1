//! `sfw-tui write`: a file of rows checked and written, every row accounted for.

mod progress;
mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::DeserializeOwned;

use crate::block::saved;
use crate::domain::block::prepared::Prepared;
use crate::domain::block::run::{Doubles, RunJob, Start};
use crate::domain::block::{
    Blank, Block, DateOrder, Encoding, Format, Input, Operation, Repeated, Target, Way,
};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::job::{CheckOrder, Job, Purpose, Reply};

use super::bulk;
use super::output::{Exit, report};
use super::runner::{Runner, unexpected};

use progress::Progress;

/// Arguments of `write`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// A saved block if it ends in .toml, then the file of rows: CSV, JSON or NDJSON; `-`
    /// reads the standard input
    #[arg(required = true, num_args = 1..=2, value_name = "[BLOCK.toml] FILE")]
    pub files: Vec<PathBuf>,
    /// Object to write, by API name
    #[arg(short, long)]
    pub object: Option<String>,
    /// Field that says which record a row means: Id or an external id
    #[arg(short, long)]
    pub key: Option<String>,
    #[command(flatten)]
    operation: OperationArguments,
    #[command(flatten)]
    mapping: MappingArguments,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    outputs: OutputArguments,
    #[command(flatten)]
    sending: SendingArguments,
}

const HELP: &str = "Rows upsert by default. Every row ends in one place: written, invalid \
(--invalid FILE, with the reasons) or failed (error store, --errors). Exit code 0: every row was \
written; 3: some were. With --validate-only: 0: every row may be sent; 3: some may.";

#[derive(Debug, Args)]
#[group(multiple = false)]
struct OperationArguments {
    /// Change records that are there; a row without one fails
    #[arg(long)]
    update: bool,
    /// Make records; running it again makes them again
    #[arg(long)]
    insert: bool,
    /// Move records to the recycle bin
    #[arg(long)]
    delete: bool,
    /// Take records out of the recycle bin
    #[arg(long)]
    undelete: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Columns")]
struct MappingArguments {
    /// Columns to write, and no others
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    columns: Vec<String>,
    /// Where a column goes, if not to the field of its own name; may be repeated
    #[arg(long = "map", value_name = "COLUMN=FIELD")]
    maps: Vec<String>,
    /// Go on though columns fit no field
    #[arg(long)]
    skip_unknown: bool,
    /// What a cell without text means: leave, clear or fill (write only where empty)
    #[arg(long, value_parser = word::<Blank>)]
    blank: Option<Blank>,
    /// Text of a cell that empties its field [default: #N/A]
    #[arg(long, value_name = "TEXT")]
    clear_token: Option<String>,
    /// Rows that share a key: reject, first or last
    #[arg(long, value_parser = word::<Repeated>)]
    repeated: Option<Repeated>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
struct ReadingArguments {
    /// Form of the file, if not as its content tells: csv, json or ndjson
    #[arg(long, value_parser = word::<Format>)]
    format: Option<Format>,
    /// Between cells, if not as the content tells
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,
    /// utf-8, utf-16le, utf-16be or windows-1252, if not as the content tells
    #[arg(long, value_parser = word::<Encoding>)]
    encoding: Option<Encoding>,
    /// Order in dates such as 03/04/2026: day-month or month-day
    #[arg(long, value_parser = word::<DateOrder>)]
    dates: Option<DateOrder>,
    /// Zone of times without one: an IANA name, or `user` for your own
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only the first N rows, to try it out
    #[arg(long, value_name = "N")]
    first: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Checking")]
struct OutputArguments {
    /// Check only; nothing is sent
    #[arg(long)]
    validate_only: bool,
    /// Send rows as they are, unchecked
    #[arg(long, conflicts_with = "validate_only")]
    no_validate: bool,
    /// File for rows that cannot be right
    #[arg(long, value_name = "FILE")]
    invalid: Option<PathBuf>,
    /// Error store for rows the org refuses
    #[arg(long, value_name = "NAME")]
    errors: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sending")]
struct SendingArguments {
    /// By which API: auto, collections or bulk
    #[arg(long, value_parser = word::<Way>)]
    way: Option<Way>,
    /// Rows of one collections request
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    batch_size: Option<u16>,
    /// Stop once so many percent of the rows were refused
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    stop_after: Option<u8>,
    /// Each request's rows are written all or none
    #[arg(long)]
    all_or_none: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// No progress
    #[arg(short, long)]
    quiet: bool,
}

/// A word as it stands in a saved block.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| {
        let told = error.to_string();
        told.split(" at line").next().unwrap_or(&told).to_owned()
    })
}

pub(super) fn run(arguments: &Arguments, runner: &Runner, json: bool) -> Result<Exit, Failure> {
    let (mut block, input) = order(arguments)?;
    block.object = runner.object(&block.object)?.api_name;
    let purpose = match arguments.outputs.validate_only {
        true => Purpose::ToSee,
        false => Purpose::ToSend,
    };
    let progress = Progress::new(arguments.sending.quiet);
    let prepared = check(
        CheckOrder {
            input,
            block,
            purpose,
        },
        runner,
        &progress,
    )?;
    let refusal = refusal(&prepared, arguments);
    let ends_here = purpose == Purpose::ToSee || refusal.is_some() || prepared.counts.ready == 0;
    // Sending tells everything in one JSON value of its own.
    if ends_here || !json {
        told::checked(&prepared, json);
    }
    match refusal {
        Some(failure) if json => Ok(failure.kind.into()),
        Some(failure) => Ok(report(&failure, json)),
        None if ends_here => Ok(told::exit_of_check(&prepared)),
        None => send(prepared, arguments, runner, json),
    }
}

/// Sends what was checked. An insert may make records a second time, so it wants a yes.
fn send(
    prepared: Prepared,
    arguments: &Arguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    if prepared.block.operation == Operation::Insert && !arguments.sending.yes {
        return Err(Failure::input(
            "an insert run twice makes every record twice: say --yes, or upsert by a key",
        ));
    }
    let doubles = match arguments.sending.yes {
        true => Doubles::Fine,
        false => Doubles::Refused,
    };
    let start = RunJob::Start(Box::new(Start { prepared, doubles }));
    let progress = match arguments.sending.quiet {
        true => bulk::Progress::silent(),
        false => bulk::Progress::default(),
    };
    bulk::followed(start, runner, json, &progress)
}

/// Why nothing of a checked file may be sent.
fn refusal(prepared: &Prepared, arguments: &Arguments) -> Option<Failure> {
    if let Some(stop) = &prepared.stop {
        return Some(Failure::input(stop));
    }
    let doubtful = prepared.skipped.iter().find(|skipped| skipped.doubtful)?;
    (!arguments.mapping.skip_unknown).then(|| {
        Failure::input(&format!(
            "column `{}`: {}; name the columns to write (--columns), or say --skip-unknown",
            text::clip(&doubtful.column, 60, "…"),
            doubtful.why
        ))
    })
}

fn check(order: CheckOrder, runner: &Runner, progress: &Progress) -> Result<Prepared, Failure> {
    let reply = runner.ask_watching(Job::Check(Box::new(order)), &|reply| {
        if let Reply::Checking(checking) = reply {
            progress.show(&told::checking(checking));
        }
    });
    progress.clear();
    match reply? {
        Reply::Checked(prepared) => Ok(*prepared),
        other => Err(unexpected(&other)),
    }
}

/// The block that the arguments ask for, and its input.
fn order(arguments: &Arguments) -> Result<(Block, Input), Failure> {
    let (saved, file) = files(&arguments.files)?;
    let mut block = match (saved, &arguments.object) {
        (Some(path), _) => saved::load(path)?,
        (None, Some(object)) => Block::new(object, Operation::default()),
        (None, None) => {
            return Err(Failure::input(
                "name the object (--object), or a saved block",
            ));
        }
    };
    if let Some(object) = &arguments.object {
        block.object.clone_from(object);
    }
    arguments.operation.put(&mut block);
    if let Some(key) = &arguments.key {
        block.key = Some(key.clone());
    }
    arguments.mapping.put(&mut block)?;
    arguments.reading.put(&mut block);
    arguments.outputs.put(&mut block);
    arguments.sending.put(&mut block);
    let input = match file == Path::new("-") {
        true => Input::Stdin,
        false => Input::File(file.to_owned()),
    };
    Ok((block, input))
}

fn files(files: &[PathBuf]) -> Result<(Option<&Path>, &Path), Failure> {
    let is_block = |path: &Path| path.extension().is_some_and(|ending| ending == "toml");
    match files {
        [block, file] if is_block(block) => Ok((Some(block), file)),
        [file] if !is_block(file) => Ok((None, file)),
        [block] => Err(Failure::input(&format!(
            "`{}` is a saved block; name the file of rows behind it",
            block.display()
        ))),
        [first, _] => Err(Failure::input(&format!(
            "`{}` is no saved block: their names end in .toml",
            first.display()
        ))),
        _ => Err(Failure::input("name a file of rows")),
    }
}

impl OperationArguments {
    fn put(&self, block: &mut Block) {
        let said = [
            (self.update, Operation::Update),
            (self.insert, Operation::Insert),
            (self.delete, Operation::Delete),
            (self.undelete, Operation::Undelete),
        ];
        let said = said.into_iter().find(|(said, _)| *said);
        if let Some((_, operation)) = said {
            block.operation = operation;
        }
    }
}

impl MappingArguments {
    fn put(&self, block: &mut Block) -> Result<(), Failure> {
        let mut columns = BTreeMap::new();
        for column in &self.columns {
            let known = block.columns.get(column).cloned();
            columns.insert(column.clone(), known.unwrap_or(Target::Written(true)));
        }
        if !columns.is_empty() {
            if let Some(key) = &block.key {
                keep_key(key, block, &mut columns);
            }
            block.columns = columns;
        }
        // A column sent elsewhere says nothing of the others.
        block.others |= block.columns.is_empty() && !self.maps.is_empty();
        for pair in &self.maps {
            let (column, field) = pair
                .split_once('=')
                .ok_or_else(|| Failure::input(&format!("`{pair}` is not COLUMN=FIELD")))?;
            let target = match field {
                "" => Target::Written(false),
                field => Target::Field(field.to_owned()),
            };
            block.columns.insert(column.to_owned(), target);
        }
        block.blank = self.blank.unwrap_or(block.blank);
        block.repeated = self.repeated.unwrap_or(block.repeated);
        if let Some(token) = &self.clear_token {
            block.clear_token.clone_from(token);
        }
        Ok(())
    }
}

/// The key is written though nobody listed it: without it no row means a record.
fn keep_key(key: &str, block: &Block, columns: &mut BTreeMap<String, Target>) {
    let is_key = |(column, target): &(&String, &Target)| match target {
        Target::Field(field) => field.eq_ignore_ascii_case(key),
        Target::Written(written) => *written && column.eq_ignore_ascii_case(key),
    };
    if columns.iter().any(|pair| is_key(&pair)) {
        return;
    }
    let known = block.columns.iter().find(is_key);
    let (column, target) = match known {
        Some((column, target)) => (column.clone(), target.clone()),
        None => (key.to_owned(), Target::Written(true)),
    };
    columns.insert(column, target);
}

impl ReadingArguments {
    fn put(&self, block: &mut Block) {
        let read = &mut block.read;
        read.format = self.format.or(read.format);
        read.delimiter = self.delimiter.or(read.delimiter);
        read.encoding = self.encoding.or(read.encoding);
        read.dates = self.dates.or(read.dates);
        read.zone = self.zone.clone().or(read.zone.take());
        read.first = self.first.or(read.first);
    }
}

impl OutputArguments {
    fn put(&self, block: &mut Block) {
        block.validate &= !self.no_validate;
        block.invalid = self.invalid.clone().or(block.invalid.take());
        block.errors = self.errors.clone().or(block.errors.take());
    }
}

impl SendingArguments {
    fn put(&self, block: &mut Block) {
        let send = &mut block.send;
        send.way = self.way.unwrap_or(send.way);
        send.batch_size = self.batch_size.unwrap_or(send.batch_size);
        send.stop_after = self.stop_after.or(send.stop_after);
        send.all_or_none |= self.all_or_none;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn ordered(line: &str) -> Result<(Block, Input), String> {
        let words = std::iter::once("write").chain(line.split(' '));
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        order(&line.arguments).map_err(|failure| failure.message)
    }

    #[test]
    fn arguments_make_a_block() {
        let (block, input) = ordered(
            "--object Contact --key K__c --update --columns a,b --map b=Email --blank clear \
             --dates day-month --way bulk --stop-after 5 --no-validate --errors nov -",
        )
        .unwrap();
        assert_eq!(input, Input::Stdin);
        assert_eq!(
            (block.operation, block.blank),
            (Operation::Update, Blank::Clear)
        );
        assert_eq!(block.send.way, Way::Bulk);
        assert_eq!((block.send.stop_after, block.validate), (Some(5), false));
        let columns: Vec<&str> = block.columns.keys().map(String::as_str).collect();
        assert_eq!(columns, ["K__c", "a", "b"]);
        assert_eq!(block.columns["b"], Target::Field("Email".to_owned()));
    }

    #[test]
    fn arguments_go_over_what_a_saved_block_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("leads.toml");
        let text = "object = \"Lead\"\nkey = \"K__c\"\nblank = \"clear\"\n[columns]\nid = \"K__c\"\nfirst = \"FirstName\"\n";
        std::fs::write(&file, text).unwrap();
        let file = file.display();
        let (block, input) =
            ordered(&format!("{file} --blank leave --columns first rows.csv")).unwrap();
        assert_eq!((block.object.as_str(), block.blank), ("Lead", Blank::Leave));
        assert_eq!(input, Input::File("rows.csv".into()));
        let columns: Vec<&str> = block.columns.keys().map(String::as_str).collect();
        assert_eq!(columns, ["first", "id"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, why) in [
            ("rows.csv", "name the object (--object)"),
            ("leads.toml", "name the file of rows"),
            ("rows.csv more.csv", "names end in .toml"),
            ("--object A --insert --update x.csv", "cannot be used with"),
            (
                "--object A --blank wipe x.csv",
                "unknown variant `wipe`, expected one of",
            ),
            ("--object A --batch-size 201 x.csv", "201"),
            (
                "--object A --map Email x.csv",
                "`Email` is not COLUMN=FIELD",
            ),
        ] {
            let told = ordered(line).unwrap_err();
            assert!(told.contains(why), "{line}: {told}");
        }
    }
}
