//! Record ids: well formed, and of an object the field may point to. Record types may be
//! given by their name as well.

use crate::block::fault::Fault;
use crate::domain::id::RecordId;
use crate::domain::schema::{Field, FieldType, ObjectForm, ObjectSummary, object_with_prefix};
use crate::domain::text;

use super::cell::Verdict;

/// Objects whose ids a column takes.
#[derive(Debug, Default)]
pub(super) struct Reference {
    /// How their ids start.
    prefixes: Vec<String>,
    /// An id that starts otherwise is wrong for certain.
    certain: bool,
    /// Names of the objects, for messages.
    takes: String,
    /// Prefixes of all objects with their names.
    known: Vec<(String, String)>,
    /// Record types: name in lower case, id; where the field takes them.
    types: Vec<(String, RecordId)>,
    /// A column that names the parent by a key instead (`Account.…`).
    parent: Option<String>,
}

impl Reference {
    /// Ids that a reference field takes.
    pub(super) fn of(field: &Field, form: &ObjectForm, objects: &[ObjectSummary]) -> Self {
        let to: Vec<&str> = match field.kind {
            FieldType::Id => vec![&form.schema.summary.api_name],
            _ => field.reference_to.iter().map(String::as_str).collect(),
        };
        let prefix_of = |name: &str| {
            let own = (name == form.schema.summary.api_name)
                .then(|| form.schema.summary.key_prefix.clone())
                .flatten();
            own.or_else(|| {
                let object = objects.iter().find(|object| object.api_name == name);
                object.and_then(|object| object.key_prefix.clone())
            })
        };
        let prefixes: Vec<Option<String>> = to.iter().map(|name| prefix_of(name)).collect();
        let types = match to.contains(&"RecordType") {
            true => &form.schema.record_types[..],
            false => &[],
        };
        Self {
            certain: !to.is_empty() && prefixes.iter().all(Option::is_some),
            prefixes: prefixes.into_iter().flatten().collect(),
            takes: to.join(" or "),
            known: objects
                .iter()
                .filter_map(|object| Some((object.key_prefix.clone()?, object.api_name.clone())))
                .collect(),
            types: types
                .iter()
                .map(|kind| (kind.name.to_lowercase(), kind.id))
                .collect(),
            parent: field.relationship.clone(),
        }
    }

    pub(super) fn check(&self, text: &[u8], out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
        let Ok(text) = std::str::from_utf8(text) else {
            return Verdict::Bad(Fault::NotText);
        };
        let Ok(id) = text.parse::<RecordId>() else {
            return self.named_type(text, out, places);
        };
        let fits = self.prefixes.iter().any(|prefix| prefix == id.prefix());
        let known = || self.known.iter().any(|(prefix, _)| prefix == id.prefix());
        if !fits && (self.certain || (!self.takes.is_empty() && known())) {
            return Verdict::Bad(Fault::WrongObject);
        }
        self.place(&id, places);
        out.extend_from_slice(id.as_str().as_bytes());
        Verdict::Good
    }

    fn place(&self, id: &RecordId, places: &mut Vec<u16>) {
        let place = self.types.iter().position(|(_, kind)| kind == id);
        places.extend(place.and_then(|place| u16::try_from(place).ok()));
    }

    fn named_type(&self, text: &str, out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
        let lower = text.to_lowercase();
        let mut fitting = self.types.iter().filter(|(name, _)| *name == lower);
        match (fitting.next(), fitting.next()) {
            (Some((_, id)), None) => {
                self.place(id, places);
                out.extend_from_slice(id.as_str().as_bytes());
                Verdict::Noted(Fault::Label)
            }
            _ => Verdict::Bad(Fault::NotId),
        }
    }

    pub(super) fn suggestion(&self, fault: Fault, cell: &[u8]) -> String {
        let cell = String::from_utf8_lossy(cell.trim_ascii()).into_owned();
        match fault {
            Fault::WrongObject => {
                let of = cell
                    .get(..3)
                    .and_then(|prefix| self.known.iter().find(|(known, _)| known == prefix));
                match of {
                    Some((_, object)) => {
                        format!("is of {}, takes {}", text::line(object), self.takes)
                    }
                    None => format!("takes ids of {}", self.takes),
                }
            }
            Fault::Label => "its record type's id is sent".to_owned(),
            Fault::NotId if !self.types.is_empty() => "no record type has that name".to_owned(),
            Fault::NotId => {
                let why = cell.parse::<RecordId>().err();
                let why = why.map_or(String::new(), |why| why.to_string());
                match &self.parent {
                    Some(parent) if cell.len() != 15 && cell.len() != 18 => {
                        format!("{why}; a column `{parent}.KeyField` names parents by a key")
                    }
                    _ => why,
                }
            }
            _ => String::new(),
        }
    }

    /// Object of an id that must not be sent to another one's.
    pub(super) fn object_of(objects: &[ObjectSummary], cell: &[u8]) -> Option<String> {
        let prefix = std::str::from_utf8(cell.trim_ascii().get(..3)?).ok()?;
        object_with_prefix(objects, prefix).map(|object| object.api_name.clone())
    }
}
