//! What the demo org's objects are: facts about objects, fields, pick lists, record
//! types and layouts, read once from `assets/demo`. Knows nothing of rows or HTTP.

pub mod change;
mod field_line;
mod load;
mod rule;

pub use load::fingerprint;
pub use rule::{
    AssignmentDef, DuplicateAction, DuplicateRuleDef, RollupDef, RollupKind, RuleDef, history_of,
};

use super::formula::Formula;

/// Every object of the org.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// In the order of the assets.
    pub objects: Vec<ObjectDef>,
}

/// One sObject. Fields without a comment are describe's keys of that name.
#[derive(Debug, Clone, Default)]
pub struct ObjectDef {
    /// API name, `OpportunityContactRole` or `Project__c`.
    pub name: String,
    pub label: String,
    pub label_plural: String,
    /// First three characters of its ids; `None` for objects without (TaskStatus).
    pub key_prefix: Option<String>,
    pub custom: bool,
    pub createable: bool,
    pub updateable: bool,
    pub deletable: bool,
    pub undeletable: bool,
    pub queryable: bool,
    /// Found by SOSL.
    pub searchable: bool,
    pub layoutable: bool,
    pub mru_enabled: bool,
    pub fields: Vec<FieldDef>,
    /// Fields the asking user may not see; none in the org's own schema. They keep their
    /// columns, and formulas may read them.
    pub hidden: Vec<FieldDef>,
    /// Without the master record type.
    pub record_types: Vec<RecordTypeDef>,
    /// Detail and edit page, in order.
    pub layout: Vec<SectionDef>,
    /// Highlight-panel fields, most telling first.
    pub compact_layout: Vec<String>,
    /// Related lists of the page, in order.
    pub related_lists: Vec<RelatedListDef>,
    /// Validation rules, in order.
    pub rules: Vec<RuleDef>,
    /// Duplicate rules, in order.
    pub duplicate_rules: Vec<DuplicateRuleDef>,
    /// The active assignment rule.
    pub assignment: Option<AssignmentDef>,
    /// Fields whose changes are kept in the history object.
    pub tracked: Vec<String>,
}

/// One field. Fields without a comment are describe's keys of that name.
#[derive(Debug, Clone, Default)]
pub struct FieldDef {
    /// API name.
    pub name: String,
    pub label: String,
    pub kind: FieldKind,
    /// Characters, for text kinds and pick lists; 0 otherwise.
    pub length: u32,
    /// Digits in all, for `Double`, `Currency`, `Percent`.
    pub precision: u32,
    /// Digits behind the point.
    pub scale: u32,
    /// Digits, for `Int`.
    pub digits: u32,
    pub custom: bool,
    pub nillable: bool,
    pub createable: bool,
    pub updateable: bool,
    pub defaulted_on_create: bool,
    /// Default as the API would send it, in text form (`Not Started`, `false`, `0`).
    pub default_value: Option<String>,
    pub unique: bool,
    pub case_sensitive: bool,
    pub external_id: bool,
    pub id_lookup: bool,
    pub name_field: bool,
    pub auto_number: bool,
    /// Display format of an auto number, `A-{0000}`.
    pub auto_number_format: Option<String>,
    /// Formula text as describe's `calculatedFormula` gives it; makes the field read-only.
    pub formula: Option<String>,
    /// Sums up child rows; makes the field read-only.
    pub rollup: Option<RollupDef>,
    /// What a new row gets, computed on it.
    pub default_formula: Option<Formula>,
    /// What must hold of the row that a reference is set on, its target included.
    pub lookup_filter: Option<Formula>,
    /// A master-detail reference: required, and the child goes with its master.
    pub master_detail: bool,
    pub html_formatted: bool,
    pub filterable: bool,
    pub sortable: bool,
    pub groupable: bool,
    /// Compound field this one is a part of (`MailingAddress`, `Name`).
    pub compound: Option<String>,
    pub picklist: Vec<PicklistValueDef>,
    pub restricted_picklist: bool,
    /// Field whose value decides which pick-list values are valid.
    pub controller: Option<String>,
    /// Objects a reference may point to.
    pub reference_to: Vec<String>,
    /// `Account` for `AccountId`, `Owner` for `OwnerId`.
    pub relationship_name: Option<String>,
    /// Name of the list on the parent's side, `Contacts`.
    pub child_relationship: Option<String>,
    pub on_parent_delete: OnParentDelete,
    /// `00N…` of a field an administrator made or changed, and its metadata as JSON.
    pub id: Option<String>,
    pub metadata: Option<String>,
    /// Field-level security applies to it.
    pub permissionable: bool,
    pub inline_help: Option<String>,
}

/// A field's type, named as describe's `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldKind {
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
    /// A value of whichever type, kept as its JSON text.
    AnyType,
}

/// What a delete of the parent does to the child: empty the reference, delete the child
/// too, or refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnParentDelete {
    #[default]
    Clear,
    Cascade,
    Restrict,
}

/// One pick-list value.
#[derive(Debug, Clone, Default)]
pub struct PicklistValueDef {
    pub value: String,
    pub label: String,
    pub is_default: bool,
    /// Controlling values this one is valid for; empty when the list is not dependent.
    pub valid_for: Vec<String>,
}

/// One record type.
#[derive(Debug, Clone, Default)]
pub struct RecordTypeDef {
    /// 18 characters, fixed, so that links survive a new data folder.
    pub id: String,
    pub name: String,
    pub developer_name: String,
    pub is_default: bool,
    /// Field API name and the values it keeps for this record type; fields not named keep all.
    pub picklists: Vec<(String, Vec<String>)>,
}

/// One layout section.
#[derive(Debug, Clone, Default)]
pub struct SectionDef {
    pub heading: String,
    /// 1 or 2.
    pub columns: u8,
    /// Row by row.
    pub items: Vec<LayoutItemDef>,
}

/// One place on a layout.
#[derive(Debug, Clone, Default)]
pub struct LayoutItemDef {
    /// Field API name; a compound field stands for its parts.
    pub field: String,
    /// Required by the layout, though describe may not say so.
    pub required: bool,
    pub read_only: bool,
}

/// One related list.
#[derive(Debug, Clone, Default)]
pub struct RelatedListDef {
    pub label: String,
    /// Child relationship name, `Opportunities`.
    pub relationship: String,
    /// Columns, API names of the child (`Owner.Name` allowed).
    pub columns: Vec<String>,
    pub sort: Option<String>,
}

impl Schema {
    /// The object of that API name, whatever its case.
    pub fn object(&self, name: &str) -> Option<&ObjectDef> {
        self.objects
            .iter()
            .find(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// The object whose ids start so. Notes share a prefix with documents and are
    /// found as `ContentDocument`.
    pub fn by_prefix(&self, prefix: &str) -> Option<&ObjectDef> {
        self.objects
            .iter()
            .find(|object| object.key_prefix.as_deref() == Some(prefix))
    }

    /// The object a record belongs to, by the first three characters of its id.
    pub fn object_of_id(&self, id: &str) -> Option<&ObjectDef> {
        self.by_prefix(id.get(..3)?)
    }

    /// Every reference to an object, as child object and field, in the order of the assets.
    pub fn children_of<'a>(
        &'a self,
        object: &'a str,
    ) -> impl Iterator<Item = (&'a ObjectDef, &'a FieldDef)> {
        self.objects.iter().flat_map(move |child| {
            child
                .fields
                .iter()
                .filter(move |field| field.reference_to.iter().any(|to| to == object))
                .map(move |field| (child, field))
        })
    }
}

impl ObjectDef {
    /// The field of that API name, whatever its case.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The same, also when the asking user may not see it.
    pub fn field_at_all(&self, name: &str) -> Option<&FieldDef> {
        let hidden = || {
            self.hidden
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))
        };
        self.field(name).or_else(hidden)
    }

    /// The reference a relationship name stands for: `Account` finds `AccountId`.
    pub fn field_by_relationship(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| {
            field
                .relationship_name
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }

    /// The field people know a record by: `Name`, `Subject`, `CaseNumber`.
    pub fn name_field(&self) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name_field)
    }

    /// The parts of a compound field, in order.
    pub fn parts_of<'a>(&'a self, compound: &'a str) -> impl Iterator<Item = &'a FieldDef> {
        self.fields
            .iter()
            .filter(move |field| field.compound.as_deref() == Some(compound))
    }

    /// The record type a new record gets when none is named.
    pub fn default_record_type(&self) -> Option<&RecordTypeDef> {
        self.record_types.iter().find(|kind| kind.is_default)
    }
}

impl FieldDef {
    /// Whether field-level security applies: not to ids, audit fields, owners and required
    /// fields.
    pub(super) fn is_permissionable(&self) -> bool {
        let of_the_person = self.compound.as_deref() == Some("Name");
        let writable = self.createable || self.updateable;
        let counted = self.auto_number && self.custom && !self.name_field;
        (self.nillable || self.kind == FieldKind::Boolean || counted)
            && (writable || self.is_compound() || self.custom)
            && !of_the_person
            && self.name != "RecordTypeId"
    }

    /// An address or a location: made of other fields.
    pub fn is_compound(&self) -> bool {
        matches!(self.kind, FieldKind::Address | FieldKind::Location)
    }

    /// Made by the org, never written: formulas, roll-ups and auto numbers.
    pub fn is_only_read(&self) -> bool {
        self.formula.is_some() || self.rollup.is_some() || self.auto_number
    }

    /// A create without this field fails (REQUIRED_FIELD_MISSING).
    pub fn required_on_create(&self) -> bool {
        self.createable
            && !self.nillable
            && !self.defaulted_on_create
            && self.kind != FieldKind::Boolean
    }

    /// May point to records of more than one object.
    pub fn polymorphic(&self) -> bool {
        self.reference_to.len() > 1
    }
}

impl RecordTypeDef {
    /// The values a pick list keeps for this record type; `None` keeps all.
    pub fn values(&self, field: &str) -> Option<&[String]> {
        self.picklists
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(field))
            .map(|(_, values)| values.as_slice())
    }
}
