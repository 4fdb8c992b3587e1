//! A small Contact, and files checked against it.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::block::{Describes, open};
use crate::domain::block::prepared::{Prepared, row_numbers};
use crate::domain::block::{Block, Input, Operation};
use crate::domain::schema::{
    Field, FieldType, ObjectForm, ObjectSchema, ObjectSummary, PageLayout, PicklistValue,
    RecordType,
};

pub(crate) fn block() -> Block {
    Block {
        key: Some("Key__c".to_owned()),
        ..Block::new("Contact", Operation::Upsert)
    }
}

/// A checked file with its folder.
pub(crate) struct Run {
    pub(crate) prepared: Prepared,
    invalid: PathBuf,
    _folder: tempfile::TempDir,
}

pub(crate) fn run(text: &str, block: Block) -> Run {
    run_bytes(text.as_bytes(), block)
}

pub(crate) fn run_bytes(bytes: &[u8], block: Block) -> Run {
    check(bytes, block).unwrap_or_else(|why| panic!("{why}"))
}

/// Why a file is not checked at all.
pub(crate) fn failure(text: &str, block: Block) -> String {
    match check(text.as_bytes(), block) {
        Ok(run) => panic!("it was checked: {:?}", run.prepared.counts),
        Err(why) => why,
    }
}

fn check(bytes: &[u8], mut block: Block) -> Result<Run, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    let invalid = folder.path().join("invalid");
    std::fs::write(&file, bytes).unwrap();
    block.invalid = Some(invalid.clone());
    let opened = open(&Input::File(file), block, folder.path()).map_err(|why| why.message)?;
    let prepared = opened
        .prepare(&describes(), folder.path(), &mut |_| {
            ControlFlow::Continue(())
        })
        .map_err(|why| why.message)?;
    Ok(Run {
        prepared,
        invalid,
        _folder: folder,
    })
}

impl Run {
    pub(crate) fn part(&self, number: u32) -> String {
        let parts = self.prepared.parts.iter();
        let part = parts.clone().find(|part| part.number == number).unwrap();
        std::fs::read_to_string(self.prepared.folder.join(part.csv_file())).unwrap()
    }

    pub(crate) fn rows(&self, number: u32) -> Vec<u64> {
        let part = &self.prepared.parts[number as usize - 1];
        let bytes = std::fs::read(self.prepared.folder.join(part.rows_file())).unwrap();
        row_numbers(&bytes).map(|row| row.0).collect()
    }

    pub(crate) fn invalid(&self) -> String {
        std::fs::read_to_string(&self.invalid).unwrap()
    }

    pub(crate) fn invalid_rows(&self) -> Vec<u64> {
        let text = self.invalid();
        let numbers = text.lines().skip(1);
        numbers
            .map(|line| line.split(',').next().unwrap().parse().unwrap())
            .collect()
    }
}

pub(crate) fn field(api_name: &str, kind: FieldType) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: api_name.to_owned(),
        kind,
        nillable: true,
        createable: true,
        updateable: true,
        ..Field::default()
    }
}

fn text(api_name: &str, length: u32) -> Field {
    Field {
        length,
        ..field(api_name, FieldType::String)
    }
}

/// `value=label`, `!` for an inactive one, `@0,2` for the controlling places.
pub(crate) fn list(api_name: &str, kind: FieldType, values: &[&str]) -> Field {
    let entry = |text: &&str| {
        let (text, places) = text.split_once('@').unwrap_or((text, ""));
        let bare = text.trim_start_matches('!');
        let (value, label) = bare.split_once('=').unwrap_or((bare, bare));
        PicklistValue {
            value: value.to_owned(),
            label: label.to_owned(),
            active: !text.starts_with('!'),
            default: false,
            valid_for: (!places.is_empty()).then(|| {
                places
                    .split(',')
                    .map(|place| place.parse().unwrap())
                    .collect()
            }),
        }
    };
    Field {
        picklist: values.iter().map(entry).collect(),
        restricted: true,
        ..field(api_name, kind)
    }
}

fn object(api_name: &str, prefix: &str) -> ObjectSummary {
    ObjectSummary {
        api_name: api_name.to_owned(),
        label: api_name.to_owned(),
        key_prefix: Some(prefix.to_owned()),
        ..ObjectSummary::default()
    }
}

fn reference(api_name: &str, relationship: &str, to: &[&str]) -> Field {
    Field {
        label: format!("{relationship} ID"),
        relationship: Some(relationship.to_owned()),
        reference_to: to.iter().map(|name| (*name).to_owned()).collect(),
        ..field(api_name, FieldType::Reference)
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field {
            createable: false,
            updateable: false,
            label: "Contact ID".to_owned(),
            ..field("Id", FieldType::Id)
        },
        Field {
            external_id: true,
            unique: true,
            label: "Key".to_owned(),
            ..text("Key__c", 36)
        },
        Field {
            nillable: false,
            label: "Last Name".to_owned(),
            ..text("LastName", 20)
        },
        Field {
            length: 80,
            id_lookup: true,
            ..field("Email", FieldType::Email)
        },
    ]
}

fn typed_fields() -> Vec<Field> {
    vec![
        field("Birthdate", FieldType::Date),
        field("Seen__c", FieldType::DateTime),
        field("At__c", FieldType::Time),
        Field {
            precision: 5,
            scale: 2,
            ..field("Score__c", FieldType::Double)
        },
        Field {
            precision: 5,
            scale: 1,
            ..field("Share__c", FieldType::Percent)
        },
        Field {
            digits: 3,
            ..field("Count__c", FieldType::Int)
        },
        Field {
            nillable: false,
            defaulted_on_create: true,
            ..field("Agreed__c", FieldType::Boolean)
        },
        Field {
            length: 100_000,
            ..field("Notes__c", FieldType::TextArea)
        },
    ]
}

fn lists_and_references() -> Vec<Field> {
    vec![
        list(
            "Source__c",
            FieldType::Picklist,
            &["web=Web Site", "fair", "!fax"],
        ),
        Field {
            restricted: false,
            ..list("Free__c", FieldType::Picklist, &["one"])
        },
        list(
            "Tags__c",
            FieldType::MultiPicklist,
            &["a=Alpha", "b", "c,d"],
        ),
        Field {
            controller: Some("Source__c".to_owned()),
            ..list(
                "Detail__c",
                FieldType::Picklist,
                &["banner@0", "stand@1", "other@0,1"],
            )
        },
        reference("AccountId", "Account", &["Account"]),
        reference("OwnerId", "Owner", &["Group", "User"]),
        reference("RecordTypeId", "RecordType", &["RecordType"]),
        Field {
            createable: false,
            updateable: false,
            ..field("CreatedDate", FieldType::DateTime)
        },
        Field {
            updateable: false,
            ..text("Origin__c", 10)
        },
    ]
}

fn record_type(id: &str, name: &str, default: bool) -> RecordType {
    RecordType {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        available: true,
        default,
        master: false,
    }
}

fn parent(api_name: &str, prefix: &str, keys: Vec<Field>) -> (String, Arc<ObjectForm>) {
    let schema = ObjectSchema {
        summary: object(api_name, prefix),
        fields: keys,
        ..ObjectSchema::default()
    };
    let form = ObjectForm {
        schema,
        ..ObjectForm::default()
    };
    (api_name.to_owned(), Arc::new(form))
}

pub(crate) const PERSON: &str = "012000000000001AAA";
pub(crate) const PARTNER: &str = "012000000000002AAA";

pub(crate) fn describes() -> Describes {
    let partner = PageLayout {
        picklists: [("Source__c".to_owned(), vec!["fair".to_owned()])].into(),
        ..PageLayout::default()
    };
    let form = ObjectForm {
        schema: ObjectSchema {
            summary: object("Contact", "003"),
            fields: [fields(), typed_fields(), lists_and_references()].concat(),
            record_types: vec![
                record_type(PERSON, "Person", true),
                record_type(PARTNER, "Partner", false),
            ],
            ..ObjectSchema::default()
        },
        layouts: [(PARTNER.to_owned(), partner)].into(),
    };
    let code = Field {
        external_id: true,
        ..text("Code__c", 5)
    };
    let username = Field {
        id_lookup: true,
        ..text("Username", 80)
    };
    Describes {
        form: Arc::new(form),
        parents: [
            parent("Account", "001", vec![code, text("Name", 255)]),
            parent("User", "005", vec![username]),
            parent("Group", "00G", vec![text("Name", 40)]),
        ]
        .into(),
        objects: Arc::new(vec![
            object("Contact", "003"),
            object("Account", "001"),
            object("User", "005"),
            object("Group", "00G"),
            object("RecordType", "012"),
        ]),
    }
}
