//! What tests of the app and its pictures share: one [`driver::Driver`] and made-up data,
//! a file a subject. Compiled for tests alone.

use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::domain::schema::{Field, FieldType, LayoutItem, Section};

pub mod bulk;
pub mod driver;
pub mod form;
pub mod outbox;
pub mod page;

/// A contact.
pub const LENA: &str = "003000000000001AAA";
/// An account.
pub const ACME: &str = "001000000000001AAA";

/// The record of that id.
pub fn id(text: &str) -> RecordId {
    text.parse().expect("an id")
}

/// A record by name.
pub fn link(object: &str, id_text: &str, name: &str) -> Link {
    Link {
        object: object.to_owned(),
        id: id(id_text),
        name: name.to_owned(),
    }
}

/// The contact that most tests open.
pub fn lena() -> Link {
    link("Contact", LENA, "Lena Ortiz")
}

/// A field anyone may set.
pub fn field(api_name: &str, label: &str, kind: FieldType) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: label.to_owned(),
        kind,
        nillable: true,
        createable: true,
        updateable: true,
        ..Field::default()
    }
}

/// A layout's section of these fields.
pub fn section(heading: &str, fields: &[&str]) -> Section {
    let items = fields.iter().map(|field| LayoutItem {
        field: (*field).to_owned(),
        ..LayoutItem::default()
    });
    Section {
        heading: heading.to_owned(),
        items: items.collect(),
    }
}
