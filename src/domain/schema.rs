//! What an org says about its objects: describe, layouts, pick lists.
//!
//! Everything the program knows of an object comes from here; no object is special.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::RecordId;

/// One row of describe global: what may be done with an object at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectSummary {
    /// API name, `Contact` or `Project__c`.
    pub api_name: String,
    /// Singular label.
    pub label: String,
    /// Plural label.
    pub label_plural: String,
    /// First three characters of its ids; some objects have none.
    pub key_prefix: Option<String>,
    /// Made by the org's admins.
    pub custom: bool,
    /// The user may create rows.
    pub createable: bool,
    /// The user may change rows.
    pub updateable: bool,
    /// The user may delete rows.
    pub deletable: bool,
    /// May stand in a query's FROM.
    pub queryable: bool,
    /// Found by server search.
    pub searchable: bool,
    /// Has page layouts.
    pub layoutable: bool,
}

/// An object's describe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectSchema {
    /// As in describe global.
    pub summary: ObjectSummary,
    /// Every field the user may see.
    pub fields: Vec<Field>,
    /// Record types, master included.
    pub record_types: Vec<RecordType>,
    /// Lists that point to this object.
    pub children: Vec<ChildRelationship>,
}

/// One field of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// API name.
    pub api_name: String,
    /// Label in the user's language.
    pub label: String,
    /// Type of its values.
    pub kind: FieldType,
    /// Most characters, for text-like types; 0 otherwise.
    pub length: u32,
    /// Digits in all, for decimals.
    pub precision: u32,
    /// Digits behind the point, for decimals.
    pub scale: u32,
    /// Most digits, for whole numbers.
    pub digits: u32,
    /// May be empty.
    pub nillable: bool,
    /// May be set on create by this user.
    pub createable: bool,
    /// May be changed by this user.
    pub updateable: bool,
    /// The org fills it on create when it is left out.
    pub defaulted_on_create: bool,
    /// Value a new record starts with.
    pub default_value: Option<Value>,
    /// No two records share a value.
    pub unique: bool,
    /// May key an upsert.
    pub external_id: bool,
    /// May key an upsert, though not an external id (`Email` of Contact).
    pub id_lookup: bool,
    /// Values that differ in letter case alone are different.
    #[serde(default)]
    pub case_sensitive: bool,
    /// The object's name field.
    pub name_field: bool,
    /// A formula or roll-up.
    pub calculated: bool,
    /// Numbered by the org.
    pub auto_number: bool,
    /// Holds HTML.
    pub html: bool,
    /// May stand in a WHERE.
    pub filterable: bool,
    /// May stand in an ORDER BY.
    pub sortable: bool,
    /// The compound field it is a part of (`MailingAddress`).
    pub compound: Option<String>,
    /// Pick-list values in order.
    pub picklist: Vec<PicklistValue>,
    /// Only listed values are taken.
    pub restricted: bool,
    /// The field whose value decides which pick-list values are valid.
    pub controller: Option<String>,
    /// Objects a reference may point to.
    pub reference_to: Vec<String>,
    /// Name of the parent in a query (`Account` for `AccountId`).
    pub relationship: Option<String>,
    /// Help text the admins wrote.
    pub help: Option<String>,
}

/// A field's type, as describe's `type` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Salesforce's own")]
pub enum FieldType {
    Id,
    #[default]
    String,
    TextArea,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Email,
    Phone,
    Url,
    Picklist,
    MultiPicklist,
    Combobox,
    Reference,
    Address,
    Location,
    Base64,
    EncryptedString,
    /// Whatever a later release adds; shown, never written.
    #[serde(other)]
    Other,
}

/// One value of a pick list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicklistValue {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Inactive values stay on old records but take no new ones.
    pub active: bool,
    /// Chosen on a new record.
    pub default: bool,
    /// Places in the controller's list (or 0 false, 1 true) this value is valid for;
    /// `None` when the list is not dependent.
    pub valid_for: Option<Vec<u16>>,
}

/// One record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordType {
    /// Its id.
    pub id: RecordId,
    /// Label.
    pub name: String,
    /// The user may create with it.
    pub available: bool,
    /// The user's default.
    pub default: bool,
    /// The type that stands for "no record type".
    pub master: bool,
}

/// A list on this object's page whose rows point back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRelationship {
    /// API name of the child object.
    pub object: String,
    /// The child's reference field.
    pub field: String,
    /// Name in a child query (`Contacts`); some lists have none.
    pub relationship: Option<String>,
}

/// How a page shows an object: for one record type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLayout {
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Related lists in order.
    pub related: Vec<RelatedList>,
    /// Values each pick list keeps for this record type; a field not named keeps all.
    pub picklists: BTreeMap<String, Vec<String>>,
}

/// One section of a layout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Its fields, down each column, left column first; compound fields resolved to parts.
    pub items: Vec<LayoutItem>,
}

/// One field on a layout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutItem {
    /// API name.
    pub field: String,
    /// The layout wants a value, though describe may not.
    pub required: bool,
    /// The layout lets nobody edit it here.
    pub read_only: bool,
}

/// One related list of a layout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedList {
    /// Heading.
    pub label: String,
    /// Name of the child query (`Opportunities`).
    pub relationship: String,
    /// API name of the child object.
    pub object: String,
    /// The child's field that points here.
    pub field: Option<String>,
    /// Columns of the list: label, and path from the child (`Owner.Name`).
    pub columns: Vec<(String, String)>,
}

/// All that a screen needs to show and edit an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectForm {
    /// Describe.
    pub schema: ObjectSchema,
    /// Layout by record type id; the master's under [`MASTER_RECORD_TYPE`].
    pub layouts: BTreeMap<String, PageLayout>,
}

/// The id that stands for "no record type".
pub const MASTER_RECORD_TYPE: &str = "012000000000000AAA";

/// Making a new record, or changing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A new record.
    Create,
    /// A record that is there.
    Update,
}

impl FieldType {
    /// Values are free text.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::TextArea
                | Self::Email
                | Self::Phone
                | Self::Url
                | Self::Combobox
                | Self::EncryptedString
        )
    }

    /// Values are numbers.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Double | Self::Currency | Self::Percent
        )
    }

    /// Values come from a list; a combobox only suggests some.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Picklist | Self::MultiPicklist)
    }
}

impl Field {
    /// The label a reader expects: a reference shows the record's name, so `Owner ID`
    /// reads `Owner`, as on Salesforce's own pages.
    pub fn title(&self) -> &str {
        match self.kind {
            FieldType::Reference => self.label.strip_suffix(" ID").unwrap_or(&self.label),
            _ => &self.label,
        }
    }

    /// Must have a value on create: describe's rule, not the layout's.
    pub fn is_required(&self) -> bool {
        self.createable
            && !self.nillable
            && !self.defaulted_on_create
            && self.kind != FieldType::Boolean
    }

    /// Its values may say which record is meant (REST API, "Upsert").
    pub fn is_key(&self) -> bool {
        self.kind == FieldType::Id || self.external_id || self.id_lookup
    }

    /// Text of several lines.
    pub fn is_long(&self) -> bool {
        self.kind == FieldType::TextArea
    }

    /// This user may set it then, and its type can be set at all.
    pub fn is_editable(&self, operation: Operation) -> bool {
        let permitted = match operation {
            Operation::Create => self.createable,
            Operation::Update => self.updateable,
        };
        let settable = !matches!(
            self.kind,
            FieldType::Id
                | FieldType::Address
                | FieldType::Location
                | FieldType::Base64
                | FieldType::Other
        );
        permitted && settable && !self.calculated && !self.auto_number
    }

    /// What a new record starts with: describe's default, or the list's default value.
    pub fn start_value(&self) -> Option<Value> {
        let listed = || self.picklist.iter().find(|entry| entry.default);
        match &self.default_value {
            Some(value) if !value.is_null() => Some(value.clone()),
            _ => listed().map(|entry| Value::from(entry.value.as_str())),
        }
    }

    /// Where a controlling value stands in this field's list; a checkbox counts 0, 1.
    fn place_of(&self, value: Option<&str>) -> Option<u16> {
        if self.kind == FieldType::Boolean {
            return Some(u16::from(value == Some("true")));
        }
        let place = self
            .picklist
            .iter()
            .position(|entry| Some(entry.value.as_str()) == value)?;
        u16::try_from(place).ok()
    }
}

impl ObjectSchema {
    /// The field of that API name, letter case ignored as SOQL does.
    pub fn field(&self, api_name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.api_name.eq_ignore_ascii_case(api_name))
    }

    /// The field that names a record; a few objects have none.
    pub fn name_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.name_field)
    }

    /// Active values of a pick list, for a dependent one those its controller allows.
    ///
    /// `controller_value` is the controlling field's value: a pick-list value, or
    /// `true`/`false`. Without one a dependent list has no valid value.
    pub fn valid_values<'a>(
        &'a self,
        field: &'a Field,
        controller_value: Option<&str>,
    ) -> Vec<&'a PicklistValue> {
        let controller = field
            .controller
            .as_deref()
            .and_then(|name| self.field(name));
        let place = controller.map(|controller| controller.place_of(controller_value));
        field
            .picklist
            .iter()
            .filter(|entry| entry.active)
            .filter(|entry| match (&entry.valid_for, place) {
                (Some(places), Some(place)) => place.is_some_and(|place| places.contains(&place)),
                _ => true,
            })
            .collect()
    }
}

impl ObjectForm {
    /// The layout for a record type, else the master's.
    pub fn layout(&self, record_type: Option<&str>) -> Option<&PageLayout> {
        record_type
            .and_then(|id| self.layouts.get(id))
            .or_else(|| self.layouts.get(MASTER_RECORD_TYPE))
            .or_else(|| self.layouts.values().next())
    }

    /// Values a pick list takes: active, kept by the record type, allowed by the
    /// controller (see [`ObjectSchema::valid_values`]).
    pub fn choices<'a>(
        &'a self,
        field: &'a Field,
        record_type: Option<&str>,
        controller_value: Option<&str>,
    ) -> Vec<&'a PicklistValue> {
        let mut values = self.schema.valid_values(field, controller_value);
        let kept = self
            .layout(record_type)
            .and_then(|layout| layout.picklists.get(&field.api_name));
        if let Some(kept) = kept {
            values.retain(|entry| kept.contains(&entry.value));
        }
        values
    }
}

/// The object of that API name, letter case ignored.
pub fn object_named<'a>(objects: &'a [ObjectSummary], name: &str) -> Option<&'a ObjectSummary> {
    objects
        .iter()
        .find(|object| object.api_name.eq_ignore_ascii_case(name))
}

/// The object whose ids start so; letter case counts (`00K` is not `00k`).
pub fn object_with_prefix<'a>(
    objects: &'a [ObjectSummary],
    prefix: &str,
) -> Option<&'a ObjectSummary> {
    objects
        .iter()
        .find(|object| object.key_prefix.as_deref() == Some(prefix))
}

#[cfg(test)]
mod tests;
