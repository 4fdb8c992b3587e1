//! Reads the config file: each key finds its setting, what finds none is named with its
//! place.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::domain::suggest::nearest;

use super::setting::{SETTINGS, setting};
use super::{Loaded, Origin, connection};

/// Turns bytes of the text into places.
pub(super) struct Places<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Places<'_> {
    /// Where this byte stands.
    pub(super) fn at(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Origin::File(self.file.to_owned(), Some((line, column)))
    }
}

/// Tables of the file that are no list of settings, and who reads them.
type ReadTable = fn(&mut Loaded, &DeTable<'_>, &Places<'_>);
const TABLES: &[(&str, ReadTable)] = &[(connection::SECTION, read_connections)];

/// Reads the whole text.
pub(super) fn read(loaded: &mut Loaded, text: &str, file: &Path) {
    let places = Places { text, file };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            loaded.is_broken = true;
            let at = error.span().map_or(0, |span| span.start);
            let message = format!("{}; defaults are used", error.message());
            return loaded.warn(places.at(at), message);
        }
    };
    for (name, value) in root.get_ref() {
        let section = name.get_ref().as_ref();
        let table = value.get_ref().as_table();
        let reader = TABLES.iter().find(|(known, _)| *known == section);
        match (table, reader) {
            (Some(table), Some((_, read))) => read(loaded, table, &places),
            (Some(table), None) if sections().any(|known| known == section) => {
                read_section(loaded, section, table, &places);
            }
            _ => loaded.warn(
                places.at(name.span().start),
                astray(section, value.get_ref()),
            ),
        }
    }
}

fn read_connections(loaded: &mut Loaded, table: &DeTable<'_>, places: &Places<'_>) {
    let mut warnings = Vec::new();
    loaded.config.connections = connection::read(table, &mut |at, message| {
        warnings.push((at, message));
    });
    for (at, message) in warnings {
        loaded.warn(places.at(at), message);
    }
}

fn read_section(loaded: &mut Loaded, section: &str, table: &DeTable<'_>, places: &Places<'_>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        match setting(section, name) {
            Some(setting) => {
                let read = setting.kind.read(value.get_ref());
                loaded.put(setting, read, places.at(value.span().start));
            }
            None => {
                let known = SETTINGS.iter().filter(|it| it.section == section);
                let message = unknown("key", name, known.map(|it| it.key));
                loaded.warn(places.at(key.span().start), message);
            }
        }
    }
}

/// What is wrong with a name at the top of the file: no section, or a key that stands
/// outside its own.
fn astray(name: &str, value: &DeValue<'_>) -> String {
    let sections = || sections().chain(TABLES.iter().map(|(name, _)| *name));
    match SETTINGS.iter().find(|it| it.key == name) {
        Some(it) => format!("`{name}` belongs under `[{}]`", it.section),
        None if name == connection::SECTION => connection::NO_TABLE.to_owned(),
        None if value.as_table().is_none() && sections().any(|known| known == name) => {
            format!("`{name}` is a table: write `[{name}]`")
        }
        None => unknown("section", name, sections()),
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|setting| setting.section)
}

/// ``unknown key `glyps`; did you mean `glyphs`?``
pub(super) fn unknown<'a>(sort: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {sort} `{name}`; did you mean `{near}`?"),
        None => format!("unknown {sort} `{name}`; config.example.toml lists them all"),
    }
}
