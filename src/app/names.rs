//! Names of the records met since the start, so that an id can be told by its name. A
//! name may be old; an id without one stays an id.

use std::collections::BTreeMap;

use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::schema::{FieldType, ObjectSchema};
use crate::domain::text;
use crate::job::{Page, Reply};

/// Names kept; past so many they are gathered anew.
const KEPT: usize = 20_000;

/// Names of records, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Names(BTreeMap<RecordId, String>);

impl Names {
    /// The record's name, where it was met.
    pub fn of(&self, id: RecordId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }

    /// `Lena Ortiz (003…IAA)` for the text of an id whose name is known.
    pub fn told(&self, text: &str) -> Option<String> {
        let id: RecordId = text.parse().ok()?;
        let (start, end) = (id.prefix(), id.as_str().get(15..)?);
        let name = self.of(id)?;
        Some(format!("{name} ({start}…{end})"))
    }

    /// Takes up the names an answer tells.
    pub(super) fn learn(&mut self, reply: &Reply) {
        match reply {
            Reply::Found(found) => {
                let links = found.hits.iter().map(|hit| &hit.link);
                links.for_each(|link| self.add(link.id, &link.name));
            }
            Reply::Candidates(links) => {
                links.iter().for_each(|link| self.add(link.id, &link.name));
            }
            Reply::Opened(page) => self.learn_page(page),
            _ => {}
        }
    }

    fn learn_page(&mut self, page: &Page) {
        let (schema, record) = (&page.form.schema, &page.record);
        let named = schema.name_field().map(|field| field.api_name.as_str());
        if let (Some(id), Some(name)) = (record.id, named.and_then(|name| record.text(name))) {
            self.add(id, name);
        }
        self.learn_parents(record, schema);
        for row in page.related.iter().flat_map(|list| &list.rows) {
            if let (Some(id), Some(name)) = (row.id, row.text("Name")) {
                self.add(id, name);
            }
        }
    }

    /// The records a record's lookups point to, whose names came with it.
    fn learn_parents(&mut self, record: &Record, schema: &ObjectSchema) {
        let lookups = schema.fields.iter();
        for field in lookups.filter(|field| field.kind == FieldType::Reference) {
            let Some(parent) = &field.relationship else {
                continue;
            };
            let id = record.text(&field.api_name).and_then(|id| id.parse().ok());
            if let (Some(id), Some(name)) = (id, record.text(&format!("{parent}.Name"))) {
                self.add(id, name);
            }
        }
    }

    fn add(&mut self, id: RecordId, name: &str) {
        if name.is_empty() || name == id.as_str() {
            return;
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(id, text::line(name).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::form::{lena_record, page};
    use crate::app::testkit::{ACME, LENA, lena};
    use crate::job::{Found, Hit};

    #[test]
    fn an_open_record_tells_its_own_name_and_its_parents() {
        let mut names = Names::default();
        assert_eq!(names.told(LENA), None);
        names.learn(&Reply::Opened(Box::new(page(lena_record()))));
        let ends = |id: &str| format!("({}…{})", &id[..3], &id[15..]);
        let wanted = format!("Lena Ortiz {}", ends(LENA));
        assert_eq!(names.told(LENA), Some(wanted));
        let wanted = format!("Acme Holdings plc {}", ends(ACME));
        assert_eq!(names.told(ACME), Some(wanted));
        assert_eq!(names.told("Lena"), None, "no id");
    }

    #[test]
    fn a_hit_tells_its_name_unless_that_is_its_id() {
        let mut nameless = lena();
        nameless.name = LENA.to_owned();
        for (link, known) in [(lena(), true), (nameless, false)] {
            let mut names = Names::default();
            let hit = Hit {
                link,
                detail: String::new(),
                cached: true,
            };
            let found = Found {
                hits: vec![hit],
                more: false,
            };
            names.learn(&Reply::Found(found));
            assert_eq!(names.told(LENA).is_some(), known);
        }
    }
}
