//! Reads the assets into a schema. `assets/demo/README.md` describes their form.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::field_line::{continued, field, list};
use super::rule;
use super::{LayoutItemDef, ObjectDef, RecordTypeDef, RelatedListDef, Schema, SectionDef};
use crate::demo::ids::record_id;

macro_rules! assets {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../assets/demo/", $name, ".txt")))),*]
    };
}

const GROUPS: &str = include_str!("../../../assets/demo/groups.txt");

/// In describe-global order of appearance; ContentDocument stands before ContentNote,
/// which shares its key prefix.
const OBJECTS: [(&str, &str); 13] = assets![
    "account",
    "contact",
    "lead",
    "opportunity",
    "activity",
    "case",
    "campaign",
    "project",
    "content",
    "user",
    "setup",
    "permission",
    "events",
];

/// What the Tooling API has beside them.
const TOOLING: [(&str, &str); 1] = assets!["tooling"];

/// A line of an asset that does not say what the loader understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("demo asset {asset}, line {line}: {problem}")]
pub struct SchemaError {
    /// File name without its ending.
    pub asset: &'static str,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What indented lines fill.
#[derive(Default)]
enum Block {
    #[default]
    Nothing,
    Object,
    /// Of an object that is there already.
    Extension,
    Section,
    RecordType,
    /// A rule's cells, waiting for the line below.
    Rule(String),
    Duplicate(String),
    Assignment,
}

/// Group name to its lines.
type Groups<'a> = HashMap<&'a str, Vec<&'a str>>;

impl Schema {
    /// Reads the embedded assets.
    ///
    /// # Errors
    /// The first line that cannot be read; never with the assets as shipped, which a
    /// test loads.
    pub fn load() -> Result<Schema, SchemaError> {
        Self::of_assets(&OBJECTS)
    }

    /// Reads the objects of the Tooling API.
    ///
    /// # Errors
    /// As [`Schema::load`].
    pub fn load_tooling() -> Result<Schema, SchemaError> {
        Self::of_assets(&TOOLING)
    }

    fn of_assets(assets: &[(&'static str, &str)]) -> Result<Schema, SchemaError> {
        let groups = groups(GROUPS);
        let mut reader = Reader {
            groups: &groups,
            objects: Vec::new(),
            at: 0,
            block: Block::Nothing,
        };
        for &(asset, text) in assets {
            for (number, line) in text.lines().enumerate() {
                reader.line(line).map_err(|problem| SchemaError {
                    asset,
                    line: number + 1,
                    problem,
                })?;
            }
        }
        reader.histories().map_err(|problem| SchemaError {
            asset: "history",
            line: 0,
            problem,
        })?;
        Ok(reader.finished())
    }

    /// The same with a change on top, see [`change::keep`](super::change::keep).
    ///
    /// # Errors
    /// What is wrong with the first line that cannot be read.
    pub fn changed_by(self, lines: &str) -> Result<Schema, String> {
        let groups = groups(GROUPS);
        let mut reader = Reader {
            groups: &groups,
            objects: self.objects,
            at: 0,
            block: Block::Nothing,
        };
        lines.lines().try_for_each(|line| reader.line(line))?;
        Ok(reader.finished())
    }
}

/// What the assets say, in short: changes whenever they do.
pub fn fingerprint() -> String {
    let mut hash = Sha256::new();
    hash.update(GROUPS);
    for (_, text) in OBJECTS {
        hash.update(text);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn groups(text: &str) -> Groups<'_> {
    let mut groups = Groups::new();
    let mut name = "";
    for line in text.lines().filter(|line| !is_blank(line)) {
        match line.strip_prefix("group ") {
            Some(next) => name = next.trim(),
            None => groups.entry(name).or_default().push(line),
        }
    }
    groups
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

struct Reader<'a> {
    groups: &'a Groups<'a>,
    objects: Vec<ObjectDef>,
    /// The object whose block is open.
    at: usize,
    block: Block,
}

impl Reader<'_> {
    /// The objects read, with what follows from the lines of each field.
    fn finished(self) -> Schema {
        let mut objects = self.objects;
        for field in objects.iter_mut().flat_map(|object| &mut object.fields) {
            field.permissionable = field.is_permissionable();
        }
        Schema { objects }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if is_blank(line) {
            return Ok(());
        }
        if !line.starts_with(' ') {
            return self.open(line);
        }
        let line = line.trim();
        match &self.block {
            Block::Nothing => Err("indented line outside a block".into()),
            Block::Rule(cells) | Block::Duplicate(cells) => {
                let cells = cells.clone();
                self.rule(&cells, line)
            }
            Block::Assignment => self.assignment_entry(line),
            Block::Object | Block::Extension => self.field(line),
            Block::Section => self.layout_row(line),
            Block::RecordType => self.record_type_values(line),
        }
    }

    fn open(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').ok_or("a block needs a name")?;
        let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
        if word == "object" || word == "extend" {
            return self.open_object(word, &cells);
        }
        let object = self
            .objects
            .get_mut(self.at)
            .ok_or("the first block is no object")?;
        match word {
            "section" => {
                object.layout.push(section(&cells)?);
                self.block = Block::Section;
            }
            "compact" => object.compact_layout = list(rest),
            "track" => object.tracked = list(rest),
            "rule" => self.block = Block::Rule(rest.into()),
            "duplicate" => self.block = Block::Duplicate(rest.into()),
            "assign" => {
                object.assignment = Some(rule::assignment(&cells)?);
                self.block = Block::Assignment;
            }
            "related" => object.related_lists.push(related_list(&cells)?),
            "recordtype" => {
                object.record_types.push(record_type(&cells)?);
                self.block = Block::RecordType;
            }
            _ => return Err(format!("unknown block {word}")),
        }
        Ok(())
    }

    fn open_object(&mut self, word: &str, cells: &[&str]) -> Result<(), String> {
        if word == "object" {
            self.objects.push(object(cells)?);
            self.at = self.objects.len() - 1;
            self.block = Block::Object;
        } else {
            let name = cells.first().copied().unwrap_or_default();
            let known = self.objects.iter().position(|one| one.name == name);
            self.at = known.ok_or_else(|| format!("no object {name}"))?;
            self.block = Block::Extension;
        }
        Ok(())
    }

    fn field(&mut self, line: &str) -> Result<(), String> {
        if let Some(include) = line.strip_prefix('+') {
            return self.include(include);
        }
        let object = self
            .objects
            .get_mut(self.at)
            .ok_or("a field without an object")?;
        if let Some(name) = line.strip_prefix("drop ") {
            let known = object.fields.iter().position(|one| one.name == name.trim());
            object
                .fields
                .remove(known.ok_or_else(|| format!("no field {name}"))?);
            return Ok(());
        }
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        if line.starts_with(['=', '~', '?', '^', '!', ':', '@']) {
            let above = object.fields.last_mut().ok_or("no field above")?;
            return continued(above, line);
        }
        let field = field(&cells)?;
        if matches!(self.block, Block::Extension) {
            object.fields.retain(|one| one.name != field.name);
        }
        object.fields.push(field);
        Ok(())
    }

    fn include(&mut self, include: &str) -> Result<(), String> {
        let (name, prefix) = include.split_once(' ').unwrap_or((include, ""));
        let groups = self.groups;
        let lines = groups.get(name).ok_or_else(|| format!("no group {name}"))?;
        lines
            .iter()
            .try_for_each(|line| self.field(line.replace("{}", prefix).trim()))
    }

    /// The line below a rule's cells: a formula, or a message.
    fn rule(&mut self, cells: &str, line: &str) -> Result<(), String> {
        let object = self.objects.last_mut().ok_or("a rule without an object")?;
        let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
        if matches!(self.block, Block::Rule(_)) {
            object.rules.push(rule::rule(&cells, line)?);
        } else {
            object.duplicate_rules.push(rule::duplicate(&cells, line)?);
        }
        self.block = Block::Nothing;
        Ok(())
    }

    fn assignment_entry(&mut self, line: &str) -> Result<(), String> {
        self.objects
            .last_mut()
            .and_then(|object| object.assignment.as_mut())
            .ok_or("an entry without an assignment rule")?
            .entries
            .push(rule::assignment_entry(line)?);
        Ok(())
    }

    /// The objects that keep histories.
    fn histories(&mut self) -> Result<(), String> {
        let tracked: Vec<_> = self
            .objects
            .iter()
            .filter(|object| !object.tracked.is_empty())
            .map(|object| rule::history_lines(&object.name, &object.label, &object.tracked))
            .collect();
        tracked
            .iter()
            .flatten()
            .try_for_each(|line| self.line(line))
    }

    fn layout_row(&mut self, line: &str) -> Result<(), String> {
        let section = self
            .objects
            .get_mut(self.at)
            .and_then(|object| object.layout.last_mut())
            .ok_or("a layout row without a section")?;
        section
            .items
            .extend(list(line).iter().map(|item| layout_item(item)));
        Ok(())
    }

    fn record_type_values(&mut self, line: &str) -> Result<(), String> {
        let kind = self
            .objects
            .get_mut(self.at)
            .and_then(|object| object.record_types.last_mut())
            .ok_or("values without a record type")?;
        let (field, values) = line.split_once(':').ok_or("values need a field")?;
        let values = values.split(';').map(|value| value.trim().into()).collect();
        kind.picklists.push((field.trim().into(), values));
        Ok(())
    }
}

fn object(cells: &[&str]) -> Result<ObjectDef, String> {
    let [name, label, label_plural, prefix, flags] = cells else {
        return Err("an object needs a name, two labels, a prefix and flags".into());
    };
    let mut object = ObjectDef {
        name: (*name).into(),
        label: (*label).into(),
        label_plural: (*label_plural).into(),
        key_prefix: (*prefix != "-").then(|| (*prefix).into()),
        custom: name.ends_with("__c") || name.ends_with("__e"),
        // Platform events are published, never kept.
        queryable: !name.ends_with("__e"),
        ..ObjectDef::default()
    };
    for flag in flags.split_whitespace() {
        match flag {
            "create" => object.createable = true,
            "update" => object.updateable = true,
            "delete" => object.deletable = true,
            "undelete" => object.undeletable = true,
            "search" => object.searchable = true,
            "layout" => object.layoutable = true,
            "mru" => object.mru_enabled = true,
            _ => return Err(format!("unknown flag {flag}")),
        }
    }
    Ok(object)
}

fn section(cells: &[&str]) -> Result<SectionDef, String> {
    let [heading, columns] = cells else {
        return Err("a section needs a heading and columns".into());
    };
    Ok(SectionDef {
        heading: (*heading).into(),
        columns: columns.parse().map_err(|_| "columns is no number")?,
        items: Vec::new(),
    })
}

fn layout_item(text: &str) -> LayoutItemDef {
    LayoutItemDef {
        field: text.trim_end_matches(['*', '-']).into(),
        required: text.ends_with('*'),
        read_only: text.ends_with('-'),
    }
}

fn related_list(cells: &[&str]) -> Result<RelatedListDef, String> {
    let [label, relationship, columns, sort] = cells else {
        return Err("a related list needs a label, a relationship, columns and a sort".into());
    };
    Ok(RelatedListDef {
        label: (*label).into(),
        relationship: (*relationship).into(),
        columns: list(columns),
        sort: (!sort.is_empty()).then(|| (*sort).into()),
    })
}

fn record_type(cells: &[&str]) -> Result<RecordTypeDef, String> {
    let [number, name, developer_name, default @ ..] = cells else {
        return Err("a record type needs a number and two names".into());
    };
    let number = number.parse().map_err(|_| "record type number is none")?;
    Ok(RecordTypeDef {
        id: record_id("012", number),
        name: (*name).into(),
        developer_name: (*developer_name).into(),
        is_default: default == ["default"],
        picklists: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
