//! Checking: reads a file of rows as a stream, maps and checks every row against
//! describe, and leaves parts that are ready to send in a folder
//! ([`crate::domain::block::prepared`]). Memory stays flat whatever the file's size. Must
//! not know the network: describes are handed in.
//!
//! ```text
//! source ─▶ input (rows) ─▶ check ──good──▶ part      ──▶ repeat: rows that share a key
//!                             └────bad────▶ invalid   ◀─────────┘
//! ```

mod check;
mod csv;
mod decode;
mod fault;
mod finding;
mod input;
mod invalid;
mod json;
mod mapping;
mod part;
mod pass;
mod repeat;
mod row;
pub mod saved;
mod source;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use crate::domain::block::prepared::{Checking, PREPARED_FILE, Prepared};
use crate::domain::block::{Block, Input, Operation};
use crate::domain::failure::Failure;
use crate::domain::schema::ObjectForm;
use crate::domain::suggest;

pub use mapping::Describes;
use mapping::Mapping;
use source::{Source, unwritable};

/// An input whose header is known.
#[derive(Debug)]
pub struct Opened {
    block: Block,
    source: Source,
    header: Vec<String>,
}

/// Opens an input and reads its header. What comes by a pipe is kept in `folder`, which
/// must exist.
///
/// # Errors
/// What cannot be read, or is no table.
pub fn open(input: &Input, block: Block, folder: &Path) -> Result<Opened, Failure> {
    let kept = folder.join("input");
    let path = match input {
        Input::File(path) => path,
        Input::Stdin => {
            source::keep(io::stdin().lock(), &kept)?;
            &kept
        }
        Input::Text(text) => {
            source::keep(text.as_bytes(), &kept)?;
            &kept
        }
    };
    let source = Source::open(path, &input.to_string(), &block.read)?;
    let header = input::header(&source)?;
    Ok(Opened {
        block,
        source,
        header,
    })
}

impl Opened {
    /// The block's object, as it was named.
    pub fn object(&self) -> &str {
        &self.block.object
    }

    /// Objects of parents that columns name by key; they must be described, too.
    pub fn parent_objects(&self, form: &ObjectForm) -> Vec<String> {
        let asked = self
            .block
            .columns
            .values()
            .filter_map(|target| match target {
                crate::domain::block::Target::Field(field) => Some(field.as_str()),
                crate::domain::block::Target::Written(_) => None,
            });
        let names = self.header.iter().map(String::as_str).chain(asked);
        mapping::parent_objects(names, &form.schema)
    }

    /// Checks every row and writes what is ready, and what is not, to disk. `watch` is
    /// told from time to time and may break off.
    ///
    /// # Errors
    /// Columns that do not fit, or outputs that cannot be written. A file that cannot be
    /// read to its end is no error: [`Prepared::stop`] says so, and outputs are complete
    /// up to there.
    pub fn prepare(
        mut self,
        describes: &Describes,
        folder: &Path,
        watch: &mut dyn FnMut(&Checking) -> ControlFlow<()>,
    ) -> Result<Prepared, Failure> {
        let mapping = mapping::map(&self.header, &mut self.block, describes)?;
        refuse_missing(&self.block, &mapping, describes)?;
        check_settings(&self.block)?;
        let mut pass = pass::Pass::new(&self, &mapping, describes, folder)?;
        pass.run(watch)?;
        let prepared = pass.finish(mapping)?;
        save(&prepared)?;
        Ok(prepared)
    }
}

/// A new record without a required field is refused, whatever else its row says.
fn refuse_missing(block: &Block, mapping: &Mapping, describes: &Describes) -> Result<(), Failure> {
    let missing = mapping::missing_fields(mapping, describes);
    if block.operation != Operation::Insert || !block.validate || missing.is_empty() {
        return Ok(());
    }
    let near = missing.iter().find_map(|field| {
        let names = mapping
            .skipped
            .iter()
            .map(|skipped| skipped.column.as_str());
        suggest::nearest(field, names).map(|name| format!("; is it the column `{name}`?"))
    });
    Err(Failure::input(&format!(
        "a new {} needs {}, and no column goes there{}",
        block.object,
        missing.join(", "),
        near.unwrap_or_default()
    )))
}

fn check_settings(block: &Block) -> Result<(), Failure> {
    let batch = block.send.batch_size;
    if !(1..=200).contains(&batch) {
        return Err(Failure::input(&format!(
            "`batch_size` is {batch}; a request takes 1 to 200 rows"
        )));
    }
    match block.send.stop_after {
        Some(percent) if !(1..=100).contains(&percent) => Err(Failure::input(&format!(
            "`stop_after` is {percent}; it counts percent, 1 to 100"
        ))),
        _ => Ok(()),
    }
}

/// Written last: a folder without it was never prepared.
fn save(prepared: &Prepared) -> Result<(), Failure> {
    let path = prepared.folder.join(PREPARED_FILE);
    let unfinished = path.with_extension("unfinished");
    let text = serde_json::to_vec(prepared)
        .map_err(|error| Failure::local(&format!("cannot tell what was found: {error}")))?;
    let write = || -> io::Result<()> {
        let mut file = File::create(&unfinished)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(&prepared.folder)?.sync_all()
    };
    write().map_err(|error| unwritable(&path, &error))
}
