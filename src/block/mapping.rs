//! From a file's header to the fields that are written: by API name, by label, by a
//! parent's key, or as the block says. Says of every column where it goes or why it goes
//! nowhere. Must not look at rows.

mod parent;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::block::prepared::{PartColumn, Skipped};
use crate::domain::block::{Block, Operation, Target};
use crate::domain::failure::Failure;
use crate::domain::schema::{self, Field, FieldType, ObjectForm, ObjectSummary};
use crate::domain::{suggest, text, validate};

pub(super) use parent::objects as parent_objects;

/// Columns that this program adds to files of rows that did not go through, and those
/// that Bulk API 2.0 adds to its own.
pub(super) const ROW_COLUMN: &str = "sfw_row";
pub(super) const PROBLEMS_COLUMN: &str = "sfw_problems";
const OWN_COLUMNS: [&str; 5] = [
    ROW_COLUMN,
    PROBLEMS_COLUMN,
    "sf__Id",
    "sf__Created",
    "sf__Error",
];
/// Names listed in a message before it says how many there are.
const NAMED: usize = 6;

/// What an org says, as far as a block needs it.
#[derive(Debug, Clone, Default)]
pub struct Describes {
    /// The block's object.
    pub form: Arc<ObjectForm>,
    /// Objects of parents that columns name by key, by API name.
    pub parents: BTreeMap<String, Arc<ObjectForm>>,
    /// Describe global, to tell the object of an id.
    pub objects: Arc<Vec<ObjectSummary>>,
}

/// Where a file's columns go.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapping {
    /// Columns that are written, as in the file.
    pub columns: Vec<Mapped>,
    pub skipped: Vec<Skipped>,
    pub notes: Vec<String>,
}

/// One column that is written.
#[derive(Debug, Clone)]
pub(super) struct Mapped {
    /// Place in the file's rows, from 0.
    pub place: usize,
    pub column: PartColumn,
}

/// Where one column goes.
enum Goes {
    To(PartColumn),
    Nowhere(Skipped),
}

/// Maps a header. The block's object and key are put in the org's own spelling.
pub(super) fn map(
    header: &[String],
    block: &mut Block,
    describes: &Describes,
) -> Result<Mapping, Failure> {
    block.object = describes.form.schema.summary.api_name.clone();
    refuse_doubles(header)?;
    refuse_unknown_rules(header, block)?;
    let mut mapping = Mapping::default();
    let columns = Columns { block, describes };
    for (place, name) in header.iter().enumerate() {
        match columns.goes(name)? {
            Goes::To(column) => mapping.columns.push(Mapped { place, column }),
            Goes::Nowhere(skipped) => mapping.skipped.push(skipped),
        }
    }
    if mapping.columns.is_empty() {
        return Err(no_columns(header, &mapping, block));
    }
    refuse_two_for_one(&mapping)?;
    let key = columns.key(&mapping)?;
    block.key = key.clone();
    keep_what_is_written(&mut mapping, block, describes)?;
    Ok(mapping)
}

fn refuse_doubles(header: &[String]) -> Result<(), Failure> {
    for (place, name) in header.iter().enumerate() {
        let before = header.iter().take(place);
        let twin = before
            .enumerate()
            .find(|(_, other)| !name.is_empty() && other.eq_ignore_ascii_case(name));
        if let Some((twin, _)) = twin {
            return Err(Failure::input(&format!(
                "columns {} and {} are both called `{}`; rename one",
                twin + 1,
                place + 1,
                text::clip(name, 60, "…")
            )));
        }
    }
    Ok(())
}

/// A rule for a column that the file does not have was meant for one it has.
fn refuse_unknown_rules(header: &[String], block: &Block) -> Result<(), Failure> {
    let names = || header.iter().map(String::as_str);
    for name in block.columns.keys() {
        if !names().any(|other| other.eq_ignore_ascii_case(name)) {
            let near = suggest::did_you_mean(name, names());
            return Err(Failure::input(&format!(
                "the file has no column `{}`{near}",
                text::line(name)
            )));
        }
    }
    Ok(())
}

fn no_columns(header: &[String], mapping: &Mapping, block: &Block) -> Failure {
    let shown: Vec<String> = header
        .iter()
        .take(NAMED)
        .map(|name| format!("`{}`", text::clip(name, 30, "…")))
        .collect();
    let hint = mapping.skipped.iter().find(|skipped| skipped.doubtful);
    let hint = hint.map_or(String::new(), |skipped| {
        format!(
            "; `{}`: {}",
            text::clip(&skipped.column, 30, "…"),
            skipped.why
        )
    });
    Failure::input(&format!(
        "no column names a field of {} that can be written; the first row must be the header, and it reads {}{hint}",
        block.object,
        shown.join(", ")
    ))
}

fn refuse_two_for_one(mapping: &Mapping) -> Result<(), Failure> {
    for (place, mapped) in mapping.columns.iter().enumerate() {
        let twin = mapping
            .columns
            .iter()
            .take(place)
            .find(|other| other.column.field == mapped.column.field);
        if let Some(twin) = twin {
            return Err(Failure::input(&format!(
                "columns `{}` and `{}` both go to {}; leave one out",
                twin.column.from, mapped.column.from, mapped.column.field
            )));
        }
    }
    Ok(())
}

/// What mapping looks at.
struct Columns<'a> {
    block: &'a Block,
    describes: &'a Describes,
}

impl Columns<'_> {
    fn goes(&self, name: &str) -> Result<Goes, Failure> {
        let skip = |why: &str| Ok(Goes::Nowhere(skipped(name, why, false)));
        if name.is_empty() {
            return skip("it has no name");
        }
        if OWN_COLUMNS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return skip("it tells how an earlier run went");
        }
        let rules = &self.block.columns;
        let rule = rules
            .iter()
            .find(|(column, _)| column.eq_ignore_ascii_case(name))
            .map(|(_, target)| target);
        let wanted = match rule {
            None if !rules.is_empty() && !self.block.others => return skip("it was not asked for"),
            None | Some(Target::Written(true)) => name,
            Some(Target::Written(false)) => return skip("it was not asked for"),
            Some(Target::Field(field)) => field,
        };
        match self.target(name, wanted) {
            Ok(column) => Ok(Goes::To(column)),
            Err(why) if rule.is_some() => Err(Failure::input(&format!(
                "column `{}`: {why}",
                text::clip(name, 60, "…")
            ))),
            Err(why) => Ok(Goes::Nowhere(skipped(name, &why, true))),
        }
    }

    fn target(&self, from: &str, wanted: &str) -> Result<PartColumn, String> {
        let schema = &self.describes.form.schema;
        match validate::resolve(wanted, schema) {
            Ok(field) => Ok(PartColumn {
                header: field.api_name.clone(),
                from: from.to_owned(),
                field: field.api_name.clone(),
                kind: field.kind,
                parent: None,
                is_key: false,
            }),
            Err(problem) => match parent::column(from, wanted, self.describes)? {
                Some(column) => Ok(column),
                None => Err(problem.message),
            },
        }
    }

    /// The field that says which record a row means.
    fn key(&self, mapping: &Mapping) -> Result<Option<String>, Failure> {
        let operation = self.block.operation;
        if operation == Operation::Insert {
            return match &self.block.key {
                None => Ok(None),
                Some(_) => Err(Failure::input(
                    "an insert matches no records, so it takes no key; upsert does",
                )),
            };
        }
        let schema = &self.describes.form.schema;
        let fields = mapping
            .columns
            .iter()
            .filter(|mapped| mapped.column.parent.is_none())
            .filter_map(|mapped| schema.field(&mapped.column.field));
        let Some(said) = &self.block.key else {
            return self.only_key(fields.collect());
        };
        let field = validate::resolve(said, schema)
            .map_err(|problem| Failure::input(&format!("key: {}", problem.message)))?;
        if !field.is_key() {
            return Err(Failure::input(&format!(
                "`{}` cannot say which {} is meant: it is no external id; {}",
                field.api_name,
                self.block.object,
                keys_of(schema.fields.iter())
            )));
        }
        let present = fields
            .into_iter()
            .any(|other| other.api_name == field.api_name);
        match present {
            true => Ok(Some(field.api_name.clone())),
            false => Err(Failure::input(&format!(
                "no column of the file goes to the key `{}`",
                field.api_name
            ))),
        }
    }

    /// The key where nobody named one: the file's only external id, or its only `Id`.
    fn only_key(&self, fields: Vec<&Field>) -> Result<Option<String>, Failure> {
        let certain: Vec<&&Field> = fields
            .iter()
            .filter(|field| field.external_id || field.kind == FieldType::Id)
            .collect();
        match certain.as_slice() {
            [one] => Ok(Some(one.api_name.clone())),
            [] => Err(Failure::input(&format!(
                "say which column tells the record (--key); {}",
                keys_of(self.describes.form.schema.fields.iter())
            ))),
            several => Err(Failure::input(&format!(
                "several columns can tell the record; say which (--key): {}",
                quoted(several.iter().map(|field| field.api_name.as_str()))
            ))),
        }
    }
}

fn keys_of<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    let keys: Vec<&str> = fields
        .filter(|field| field.is_key())
        .map(|field| field.api_name.as_str())
        .collect();
    format!("these can: {}", quoted(keys.into_iter()))
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

fn skipped(column: &str, why: &str, doubtful: bool) -> Skipped {
    Skipped {
        column: column.to_owned(),
        why: why.to_owned(),
        doubtful,
    }
}

/// Leaves out what cannot be written, and says so; refuses what was asked for by name.
fn keep_what_is_written(
    mapping: &mut Mapping,
    block: &Block,
    describes: &Describes,
) -> Result<(), Failure> {
    let columns = std::mem::take(&mut mapping.columns);
    for mut mapped in columns {
        let column = &mut mapped.column;
        column.is_key = column.parent.is_none() && Some(&column.field) == block.key.as_ref();
        let Some(field) = describes.form.schema.field(&column.field) else {
            continue;
        };
        match unwritten(field, column.is_key, block) {
            None => mapping.columns.push(mapped),
            Some(why) if is_asked_for(&column.from, block) => {
                return Err(Failure::input(&format!("column `{}`: {why}", column.from)));
            }
            Some(why) => mapping.skipped.push(skipped(&column.from, &why, false)),
        }
    }
    notes(mapping, block, describes);
    let written = mapping.columns.iter().any(|mapped| !mapped.column.is_key);
    if !written && !block.operation.is_bare() {
        return Err(Failure::input(&format!(
            "no column is left to write; all that can be used is the key `{}`",
            block.key.as_deref().unwrap_or_default()
        )));
    }
    Ok(())
}

fn is_asked_for(column: &str, block: &Block) -> bool {
    block
        .columns
        .keys()
        .any(|name| name.eq_ignore_ascii_case(column))
}

/// Why a field is not written; `None` where it is.
fn unwritten(field: &Field, is_key: bool, block: &Block) -> Option<String> {
    let operation = block.operation;
    if is_key {
        return None;
    }
    if operation.is_bare() {
        return Some(format!("{} takes the key alone", operation.word()));
    }
    if field.kind == FieldType::Id {
        return Some(match &block.key {
            Some(key) => format!("records are told by `{key}`"),
            None => "a new record gets its id from the org".to_owned(),
        });
    }
    let creates = operation.makes() && field.is_editable(schema::Operation::Create);
    let updates = operation.changes() && field.is_editable(schema::Operation::Update);
    if creates || updates {
        return None;
    }
    Some(match field.kind {
        FieldType::Address | FieldType::Location => {
            "it is shown as a whole only; write its parts".to_owned()
        }
        _ if field.calculated => "the org works it out".to_owned(),
        _ => format!("you may not write it with an {}", operation.word()),
    })
}

/// What goes through only in part.
fn notes(mapping: &mut Mapping, block: &Block, describes: &Describes) {
    let schema = &describes.form.schema;
    if block.operation == Operation::Upsert {
        for mapped in mapping
            .columns
            .iter()
            .filter(|mapped| !mapped.column.is_key)
        {
            let Some(field) = schema.field(&mapped.column.field) else {
                continue;
            };
            let name = &field.api_name;
            if !field.is_editable(schema::Operation::Update) {
                mapping.notes.push(format!(
                    "`{name}` can only be set on new records: rows that change one will fail"
                ));
            } else if !field.is_editable(schema::Operation::Create) {
                mapping.notes.push(format!(
                    "`{name}` cannot be set on new records: rows that make one will fail"
                ));
            }
        }
    }
    if block.operation.makes() {
        let missing = missing_fields(mapping, describes);
        if !missing.is_empty() {
            mapping.notes.push(format!(
                "rows that make a record will fail without {}",
                quoted(missing.iter().map(String::as_str))
            ));
        }
    }
    if block.operation == Operation::Insert && !has_unique(mapping, describes) {
        mapping.notes.push(NO_UNIQUE_KEY.to_owned());
    }
}

/// The note of an insert that can be run twice.
pub(super) const NO_UNIQUE_KEY: &str =
    "no column has to be unique: running this again makes every record a second time";

fn has_unique(mapping: &Mapping, describes: &Describes) -> bool {
    mapping.columns.iter().any(|mapped| {
        mapped.column.parent.is_none()
            && describes
                .form
                .schema
                .field(&mapped.column.field)
                .is_some_and(|field| field.unique)
    })
}

/// Fields a new record must have that no column goes to.
pub(super) fn missing_fields(mapping: &Mapping, describes: &Describes) -> Vec<String> {
    let schema = &describes.form.schema;
    schema
        .fields
        .iter()
        .filter(|field| field.is_required())
        .filter(|field| {
            let written = |mapped: &Mapped| mapped.column.field == field.api_name;
            !mapping.columns.iter().any(written)
        })
        .map(|field| field.api_name.clone())
        .collect()
}
