//! Rows of objects: reading and writing them with every check and derived value.
//!
//! A write goes [`input`] (JSON to values) → [`check`] (what the platform refuses) →
//! [`derive`] (what it fills in) → [`assign`] (who owns it) → [`rules`] and
//! [`duplicate`] (what this org refuses) → [`table`] → [`history`], [`rollup`].

pub mod asked;
pub mod assign;
pub mod check;
pub mod content;
pub mod convert;
pub mod delete;
pub mod derive;
pub mod duplicate;
pub mod history;
pub mod input;
pub mod merge;
pub mod purge;
pub mod read;
pub mod rollup;
pub mod rules;
pub mod table;
pub mod undelete;
pub mod upsert;
pub mod write;

use std::collections::HashMap;

use rusqlite::types::Value as Sql;

/// A row's values by API name, as stored. A name that is absent was not given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    values: HashMap<String, Sql>,
}

const NULL: Sql = Sql::Null;

impl Draft {
    /// The value, null when absent.
    pub fn get(&self, field: &str) -> &Sql {
        self.values.get(field).unwrap_or(&NULL)
    }

    /// The value as text, when it is one.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Sql::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a whole number (scaled, for decimals; 1 for true).
    pub fn integer(&self, field: &str) -> Option<i64> {
        match self.get(field) {
            Sql::Integer(whole) => Some(*whole),
            _ => None,
        }
    }

    /// Whether a checkbox is checked.
    pub fn flag(&self, field: &str) -> bool {
        self.integer(field) == Some(1)
    }

    /// Whether the field was given, be it null.
    pub fn has(&self, field: &str) -> bool {
        self.values.contains_key(field)
    }

    /// Whether there is no value.
    pub fn is_null(&self, field: &str) -> bool {
        matches!(self.get(field), Sql::Null)
    }

    /// Sets a value.
    pub fn set(&mut self, field: &str, value: Sql) {
        self.values.insert(field.to_owned(), value);
    }

    /// Sets a text.
    pub fn set_text(&mut self, field: &str, value: impl Into<String>) {
        self.set(field, Sql::Text(value.into()));
    }

    /// Sets a checkbox.
    pub fn set_flag(&mut self, field: &str, value: bool) {
        self.set(field, Sql::Integer(value.into()));
    }

    /// This row with the values of `changes` over its own.
    #[must_use]
    pub fn merged(&self, changes: &Self) -> Self {
        let mut all = self.clone();
        for (name, value) in &changes.values {
            all.values.insert(name.clone(), value.clone());
        }
        all
    }
}
