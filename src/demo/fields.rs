//! Questions about objects and fields that storing and querying rows ask. Knows no rows.

use super::schema::{FieldDef, FieldKind, ObjectDef, Schema};

/// The child side of a relationship, `Contacts` of `Account`.
pub fn child<'a>(
    schema: &'a Schema,
    parent: &'a str,
    relationship: &str,
) -> Option<(&'a ObjectDef, &'a FieldDef)> {
    schema.children_of(parent).find(|(_, field)| {
        field
            .child_relationship
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case(relationship))
    })
}

impl ObjectDef {
    /// Whether `Name` is made of `FirstName` and `LastName`.
    pub fn is_person(&self) -> bool {
        self.field("LastName")
            .is_some_and(|last| last.compound.as_deref() == Some("Name"))
    }

    /// Fields that have a column, also those the asking user may not see.
    pub fn stored(&self) -> impl Iterator<Item = &FieldDef> {
        let all = self.fields.iter().chain(&self.hidden);
        all.filter(|field| field.is_stored())
    }
}

impl FieldDef {
    /// Whether the field has a column; compound and formula fields are made on read.
    pub fn is_stored(&self) -> bool {
        self.formula.is_none() && !matches!(self.kind, FieldKind::Address | FieldKind::Location)
    }

    /// The word JSON faults name the type by; describe's `type`.
    pub fn type_word(&self) -> &'static str {
        match self.kind {
            FieldKind::Id => "id",
            FieldKind::String => "string",
            FieldKind::TextArea => "textarea",
            FieldKind::Boolean => "boolean",
            FieldKind::Int => "int",
            FieldKind::Double => "double",
            FieldKind::Currency => "currency",
            FieldKind::Percent => "percent",
            FieldKind::Date => "date",
            FieldKind::DateTime => "datetime",
            FieldKind::Time => "time",
            FieldKind::Email => "email",
            FieldKind::Phone => "phone",
            FieldKind::Url => "url",
            FieldKind::Picklist => "picklist",
            FieldKind::MultiPicklist => "multipicklist",
            FieldKind::Combobox => "combobox",
            FieldKind::Reference => "reference",
            FieldKind::Address => "address",
            FieldKind::Location => "location",
            FieldKind::Base64 => "base64",
            FieldKind::EncryptedString => "encryptedstring",
            FieldKind::AnyType => "anyType",
        }
    }

    /// Whether values are text.
    pub fn is_text(&self) -> bool {
        is_text(self.kind)
    }
}

/// Whether values of this kind are text compared without regard to letter case.
pub fn is_text(kind: FieldKind) -> bool {
    use FieldKind as K;
    matches!(
        kind,
        K::String
            | K::TextArea
            | K::Email
            | K::Phone
            | K::Url
            | K::Combobox
            | K::EncryptedString
            | K::Picklist
            | K::MultiPicklist
    )
}
