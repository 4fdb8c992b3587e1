//! What a write block does, as the Bulk screen edits it: one row a setting, shown and
//! taken as text. Must not know how it is checked or run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::block::{
    Blank, Block, DateOrder, Input, Operation, Repeated, Sending, Target, Way,
};

/// One row of the source pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "`label` says what each one is")]
pub enum Setting {
    File,
    Object,
    Operation,
    Key,
    Blank,
    Repeated,
    Dates,
    Rows,
    Invalid,
    Errors,
    Way,
    StopAfter,
    Checks,
}

impl Setting {
    /// Every setting, in the order they are shown.
    pub const ALL: [Self; 13] = [
        Self::File,
        Self::Object,
        Self::Operation,
        Self::Key,
        Self::Blank,
        Self::Repeated,
        Self::Dates,
        Self::Rows,
        Self::Invalid,
        Self::Errors,
        Self::Way,
        Self::StopAfter,
        Self::Checks,
    ];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Object => "Object",
            Self::Operation => "Operation",
            Self::Key => "Match by",
            Self::Blank => "Blank cell",
            Self::Repeated => "Same key twice",
            Self::Dates => "03/04/2026",
            Self::Rows => "Rows",
            Self::Invalid => "Invalid to",
            Self::Errors => "Failed to",
            Self::Way => "Via",
            Self::StopAfter => "Stop after",
            Self::Checks => "Check values",
        }
    }

    /// It is typed, not stepped through.
    pub fn is_typed(self) -> bool {
        matches!(
            self,
            Self::File
                | Self::Object
                | Self::Key
                | Self::Rows
                | Self::Invalid
                | Self::Errors
                | Self::StopAfter
        )
    }
}

/// A write block being put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    file: String,
    object: String,
    key: String,
    operation: Operation,
    blank: Blank,
    repeated: Repeated,
    dates: Option<DateOrder>,
    first: Option<u64>,
    invalid: Option<String>,
    errors: String,
    way: Way,
    stop_after: Option<u8>,
    unchecked: bool,
    /// Columns and where they go, once somebody said so.
    pub columns: BTreeMap<String, Target>,
}

impl Settings {
    /// Nothing was typed yet.
    pub fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    /// The value as it is shown; nothing where a default is taken.
    pub fn value(&self, setting: Setting) -> String {
        match setting {
            Setting::File => self.file.clone(),
            Setting::Object => self.object.clone(),
            Setting::Operation => self.operation.word().to_owned(),
            Setting::Key => self.key.clone(),
            Setting::Blank => match self.blank {
                Blank::Leave => "leave the field as it is",
                Blank::Clear => "empty the field",
                Blank::Fill => "leave it; write only where the field is empty",
            }
            .to_owned(),
            Setting::Repeated => match self.repeated {
                Repeated::Reject => "invalid, all of them",
                Repeated::First => "the first is sent",
                Repeated::Last => "the last is sent",
            }
            .to_owned(),
            Setting::Dates => match self.dates {
                None => "refused: day or month first?",
                Some(DateOrder::DayMonth) => "3 April: day first",
                Some(DateOrder::MonthDay) => "4 March: month first",
            }
            .to_owned(),
            Setting::Rows => self.first.map_or(String::new(), |first| first.to_string()),
            Setting::Invalid => self.invalid_file(),
            Setting::Errors => self.error_store(),
            Setting::Way => match self.way {
                Way::Auto => "auto: bulk above 2,000 rows",
                Way::Collections => "collections, 200 rows a request",
                Way::Bulk => "Bulk API 2.0",
            }
            .to_owned(),
            Setting::StopAfter => self
                .stop_after
                .map_or(String::new(), |percent| percent.to_string()),
            Setting::Checks => match self.unchecked {
                true => "off: only keys and columns",
                false => "on",
            }
            .to_owned(),
        }
    }

    /// What stands for a setting without a value.
    pub fn hint(&self, setting: Setting) -> &'static str {
        match setting {
            Setting::File => "CSV, JSON or NDJSON; Enter types its path",
            Setting::Object => "Enter types its API name",
            Setting::Key if self.operation == Operation::Insert => "an insert matches nothing",
            Setting::Key => "the file's only key",
            Setting::Rows => "all; a number tries the first ones",
            Setting::Invalid => "nowhere: they are only counted",
            Setting::StopAfter => "never; a number stops after that % refused",
            _ => "",
        }
    }

    /// Steps a setting to its next value.
    pub fn step(&mut self, setting: Setting) {
        match setting {
            Setting::Operation => {
                self.operation = match self.operation {
                    Operation::Upsert => Operation::Update,
                    Operation::Update => Operation::Insert,
                    Operation::Insert => Operation::Delete,
                    Operation::Delete => Operation::Undelete,
                    Operation::Undelete => Operation::Upsert,
                };
            }
            Setting::Blank => {
                self.blank = match self.blank {
                    Blank::Leave => Blank::Clear,
                    Blank::Clear => Blank::Fill,
                    Blank::Fill => Blank::Leave,
                };
            }
            Setting::Repeated => {
                self.repeated = match self.repeated {
                    Repeated::Reject => Repeated::First,
                    Repeated::First => Repeated::Last,
                    Repeated::Last => Repeated::Reject,
                };
            }
            Setting::Dates => {
                self.dates = match self.dates {
                    None => Some(DateOrder::DayMonth),
                    Some(DateOrder::DayMonth) => Some(DateOrder::MonthDay),
                    Some(DateOrder::MonthDay) => None,
                };
            }
            Setting::Way => {
                self.way = match self.way {
                    Way::Auto => Way::Bulk,
                    Way::Bulk => Way::Collections,
                    Way::Collections => Way::Auto,
                };
            }
            Setting::Checks => self.unchecked = !self.unchecked,
            _ => {}
        }
    }

    /// Takes what was typed, or says why not.
    pub fn set(&mut self, setting: Setting, text: &str) -> Result<(), String> {
        let text = text.trim();
        match setting {
            Setting::File if text != self.file => {
                text.clone_into(&mut self.file);
                // Another file has other columns, and outputs of its own.
                self.columns.clear();
                self.invalid = None;
                self.errors.clear();
            }
            Setting::Object if text != self.object => {
                text.clone_into(&mut self.object);
                self.columns.clear();
                self.key.clear();
            }
            Setting::Key => text.clone_into(&mut self.key),
            Setting::Rows => self.first = whole(text, u64::MAX)?,
            Setting::Invalid => self.invalid = Some(text.to_owned()),
            Setting::Errors => text.clone_into(&mut self.errors),
            Setting::StopAfter => {
                self.stop_after = whole(text, 100)?.and_then(|percent| u8::try_from(percent).ok());
            }
            _ => {}
        }
        Ok(())
    }

    /// The input and the block, or what is missing.
    pub fn order(&self) -> Result<(Input, Block), Setting> {
        if self.file.is_empty() {
            return Err(Setting::File);
        }
        if self.object.is_empty() {
            return Err(Setting::Object);
        }
        let invalid = self.invalid_file();
        let mut block = Block {
            key: (!self.key.is_empty()).then(|| self.key.clone()),
            blank: self.blank,
            repeated: self.repeated,
            validate: !self.unchecked,
            invalid: (!invalid.is_empty()).then(|| PathBuf::from(invalid)),
            errors: Some(self.error_store()),
            columns: self.columns.clone(),
            send: Sending {
                way: self.way,
                stop_after: self.stop_after,
                ..Sending::default()
            },
            ..Block::new(&self.object, self.operation)
        };
        block.read.dates = self.dates;
        block.read.first = self.first;
        Ok((Input::File(self.path()), block))
    }

    /// The file's path; `~` is the home folder only to shells, so it stays as it is.
    fn path(&self) -> PathBuf {
        PathBuf::from(&self.file)
    }

    /// `leads.invalid.csv` beside `leads.csv`, where nothing else was said.
    fn invalid_file(&self) -> String {
        if let Some(said) = &self.invalid {
            return said.clone();
        }
        if self.file.is_empty() {
            return String::new();
        }
        let path = self.path();
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = match ending.as_ref() {
            "" => format!("{stem}.invalid"),
            ending => format!("{stem}.invalid.{ending}"),
        };
        path.with_file_name(name).to_string_lossy().into_owned()
    }

    /// Named after the file, where nothing else was said.
    fn error_store(&self) -> String {
        if !self.errors.is_empty() {
            return self.errors.clone();
        }
        let path = self.path();
        let stem = path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

/// A whole number from 1, or nothing.
fn whole(text: &str, most: u64) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<u64>() {
        Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
        _ if most == u64::MAX => Err("type a whole number from 1, or nothing".to_owned()),
        _ => Err(format!("type a whole number from 1 to {most}, or nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_named_after_the_file_until_something_else_is_said() {
        let mut it = Settings::default();
        assert_eq!(it.order(), Err(Setting::File));
        it.set(Setting::File, "/data/leads-nov.csv").unwrap();
        assert_eq!(it.order(), Err(Setting::Object));
        it.set(Setting::Object, "Contact").unwrap();
        let (input, block) = it.order().unwrap();
        assert_eq!(input, Input::File("/data/leads-nov.csv".into()));
        assert_eq!(block.invalid, Some("/data/leads-nov.invalid.csv".into()));
        assert_eq!(block.errors.as_deref(), Some("leads-nov"));
        it.set(Setting::Invalid, "").unwrap();
        assert_eq!(it.order().unwrap().1.invalid, None);
        it.set(Setting::File, "other.json").unwrap();
        assert_eq!(it.value(Setting::Invalid), "other.invalid.json");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_nothing_changes() {
        let mut it = Settings::default();
        for (setting, text) in [
            (Setting::Rows, "0"),
            (Setting::Rows, "ten"),
            (Setting::StopAfter, "101"),
        ] {
            assert!(it.set(setting, text).is_err(), "{text}");
        }
        assert_eq!(it, Settings::default());
        it.set(Setting::StopAfter, "5").unwrap();
        assert_eq!(it.value(Setting::StopAfter), "5");
    }

    #[test]
    fn steps_come_round() {
        for setting in Setting::ALL
            .into_iter()
            .filter(|setting| !setting.is_typed())
        {
            let mut it = Settings::default();
            let first = it.value(setting);
            it.step(setting);
            assert_ne!(it.value(setting), first, "{setting:?}");
            for _ in 0..30 {
                it.step(setting);
                if it.value(setting) == first {
                    break;
                }
            }
            assert_eq!(it.value(setting), first, "{setting:?}");
        }
    }
}
