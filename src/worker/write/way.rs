//! What makes a write safe to send again: the first rung that fits, from what is known of
//! the objects without asking. One place decides, so that a log stays one request.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::schema::{Field, FieldType, ObjectForm};
use crate::domain::write::{Way, Write, WriteStep};

/// The field that holds a write's key where an org has it: unique, external id, text.
pub(super) const KEY_FIELD: &str = "SFW_Key__c";

/// Longest key: a write's id (32 signs) and the number of a step (`-24`).
const KEY_LENGTH: u32 = 35;

/// What the user allows besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// New records go through the UI API with an idempotency key where the org takes it.
    pub idempotency: bool,
    /// Text fields that may hold a write's mark, by object: filterable, used by nothing.
    pub markers: BTreeMap<String, String>,
}

/// Knowledge the decision is made on.
pub(super) struct Known<'a> {
    /// An object's describe, where it was read before.
    pub form: &'a dyn Fn(&str) -> Option<Arc<ObjectForm>>,
    /// The org answered that its UI API does not take this object.
    pub is_refused: &'a dyn Fn(&str) -> bool,
    /// What the user allows.
    pub ways: &'a Ways,
}

/// The way a write goes.
pub(super) fn decide(write: &Write, known: &Known<'_>) -> Way {
    let created: Vec<&str> = write
        .steps
        .iter()
        .filter(|step| matches!(step, WriteStep::Create { .. }))
        .map(WriteStep::object)
        .collect();
    let Some(first) = created.first() else {
        return Way::Repeat;
    };
    if created.iter().all(|object| has_key(object, known)) {
        return Way::Key {
            field: KEY_FIELD.to_owned(),
        };
    }
    if known.ways.idempotency && write.steps.len() == 1 && !(known.is_refused)(first) {
        return Way::Idempotency { key: new_key() };
    }
    match known.ways.markers.get(*first) {
        Some(field) if created.iter().all(|object| object == first) => Way::Marker {
            field: field.clone(),
        },
        _ => Way::Look,
    }
}

fn has_key(object: &str, known: &Known<'_>) -> bool {
    let is_key = |field: &Field| {
        field.external_id
            && field.unique
            && field.createable
            && field.kind == FieldType::String
            && field.length >= KEY_LENGTH
    };
    (known.form)(object).is_some_and(|form| form.schema.field(KEY_FIELD).is_some_and(is_key))
}

/// A UUID of version 4, which the org asks for, from the random parts of two of version 7.
fn new_key() -> String {
    let (one, other) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let mixed = (one.as_u64_pair().1, other.as_u64_pair().1.rotate_left(7));
    let mut bytes = [0; 16];
    let halves = mixed
        .0
        .to_be_bytes()
        .into_iter()
        .chain(mixed.1.to_be_bytes());
    bytes
        .iter_mut()
        .zip(halves)
        .for_each(|(to, from)| *to = from);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::{ObjectSchema, ObjectSummary};

    fn create(object: &str) -> WriteStep {
        WriteStep::Create {
            object: object.to_owned(),
            fields: Default::default(),
        }
    }

    fn write(steps: Vec<WriteStep>) -> Write {
        Write {
            summary: String::new(),
            steps,
            allow_duplicates: false,
        }
    }

    fn form(object: &str, unique: bool) -> Arc<ObjectForm> {
        let schema = ObjectSchema {
            summary: ObjectSummary {
                api_name: object.to_owned(),
                ..ObjectSummary::default()
            },
            fields: vec![Field {
                api_name: KEY_FIELD.to_owned(),
                kind: FieldType::String,
                external_id: true,
                createable: true,
                unique,
                length: 36,
                ..Field::default()
            }],
            ..ObjectSchema::default()
        };
        Arc::new(ObjectForm {
            schema,
            ..ObjectForm::default()
        })
    }

    #[test]
    fn the_first_rung_that_fits_is_taken() {
        let keyed = |object: &str| (object == "Keyed__c").then(|| form(object, true));
        let loose = |object: &str| Some(form(object, false));
        let never = |_: &str| false;
        let always = |_: &str| true;
        let none = Ways::default();
        let both = Ways {
            idempotency: true,
            markers: [("Task".to_owned(), "CallObject".to_owned())].into(),
        };
        let decide = |steps: &[WriteStep], known: &Known<'_>| decide(&write(steps.to_vec()), known);
        let known = |ways| Known {
            form: &keyed,
            is_refused: &never,
            ways,
        };
        let delete = WriteStep::Delete {
            object: "Task".to_owned(),
            id: "00T000000000001EAA".parse().unwrap(),
        };
        let (task, key) = (create("Task"), create("Keyed__c"));
        assert_eq!(decide(&[delete], &known(&both)), Way::Repeat);
        let field = KEY_FIELD.to_owned();
        assert_eq!(
            decide(std::slice::from_ref(&key), &known(&both)),
            Way::Key { field }
        );
        assert_eq!(decide(&[key, task.clone()], &known(&none)), Way::Look);
        assert_eq!(
            decide(std::slice::from_ref(&task), &known(&none)),
            Way::Look
        );
        let Way::Idempotency { key } = decide(std::slice::from_ref(&task), &known(&both)) else {
            panic!()
        };
        let key: uuid::Uuid = key.parse().unwrap();
        assert_eq!(key.get_version_num(), 4);
        let refused = Known {
            form: &loose,
            is_refused: &always,
            ways: &both,
        };
        let field = "CallObject".to_owned();
        let twice = [task.clone(), task];
        assert_eq!(
            decide(&twice, &refused),
            Way::Marker { field },
            "not unique is no key"
        );
    }
}
