//! What jobs learn by the way: the names of records they met, and what tells a record
//! from its namesakes.

use jiff::Timestamp;

use crate::domain::id::RecordId;
use crate::domain::record::{Link, Record};
use crate::domain::schema::{FieldType, ObjectForm};
use crate::store::names::SeenName;

use super::asked::Asked;
use super::describe;
use super::engine::Engine;

/// Objects whose name field is not `Name` or whose best detail is known; what is not
/// here follows from describe.
const KNOWN: [(&str, &str, Option<&str>); 6] = [
    ("Account", "Name", Some("BillingCity")),
    ("Contact", "Name", Some("Account.Name")),
    ("Lead", "Name", Some("Company")),
    ("Opportunity", "Name", Some("StageName")),
    ("Case", "CaseNumber", Some("Subject")),
    ("User", "Name", Some("Title")),
];

/// Which fields name a record of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Naming {
    /// The name field.
    pub name: String,
    /// A path to what tells namesakes apart.
    pub detail: Option<String>,
}

impl Naming {
    /// For an object whose describe may not be at hand.
    pub(super) fn of(object: &str, form: Option<&ObjectForm>) -> Self {
        let known = KNOWN
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(object));
        let described = form.and_then(|form| form.schema.name_field());
        Self {
            name: described
                .map(|field| field.api_name.as_str())
                .or(known.map(|(_, name, _)| *name))
                .unwrap_or("Name")
                .to_owned(),
            detail: match known {
                Some((_, _, detail)) => detail.filter(|path| is_there(path, form)),
                None => form.and_then(second_field),
            }
            .map(str::to_owned),
        }
    }

    /// The fields a query or search asks for.
    pub(super) fn fields(&self) -> Vec<&str> {
        let detail = self.detail.as_deref();
        ["Id", self.name.as_str()]
            .into_iter()
            .chain(detail)
            .collect()
    }

    /// The record's link; its id stands in for a missing name.
    pub(super) fn link(&self, record: &Record) -> Option<Link> {
        let id = record.id?;
        Some(Link {
            object: record.object.clone(),
            id,
            name: record
                .text(&self.name)
                .map_or_else(|| id.to_string(), str::to_owned),
        })
    }

    /// What tells the record from its namesakes; may be empty.
    pub(super) fn detail(&self, record: &Record) -> String {
        let detail = self.detail.as_deref();
        detail
            .and_then(|path| record.text(path))
            .unwrap_or_default()
            .to_owned()
    }
}

/// The naming of an object by what is known of it without a request.
pub(super) fn naming(engine: &Engine, asked: &Asked<'_>, object: &str) -> Naming {
    let form = describe::known_form(engine, asked, object);
    Naming::of(object, form.as_ref().map(|form| &*form.value))
}

/// Whether this user may see the first step of a path.
fn is_there(path: &str, form: Option<&ObjectForm>) -> bool {
    let Some(form) = form else {
        return true;
    };
    let fields = &form.schema.fields;
    match path.split_once('.') {
        Some((parent, _)) => fields
            .iter()
            .any(|field| field.relationship.as_deref() == Some(parent)),
        None => form.schema.field(path).is_some(),
    }
}

/// The first short text on the layout that is not the name.
fn second_field(form: &ObjectForm) -> Option<&str> {
    let layout = form.layout(None)?;
    layout
        .sections
        .iter()
        .flat_map(|section| &section.items)
        .filter_map(|item| form.schema.field(&item.field))
        .find(|field| {
            let kind = field.kind;
            !field.name_field && matches!(kind, FieldType::String | FieldType::Picklist)
        })
        .map(|field| field.api_name.as_str())
}

/// Puts a record's name down for the cache.
pub(super) fn met(engine: &Engine, link: &Link, detail: &str) {
    note(engine, link.clone(), detail.to_owned(), None);
}

/// The user opened it.
pub(super) fn opened(engine: &Engine, link: &Link, detail: &str) {
    note(
        engine,
        link.clone(),
        detail.to_owned(),
        Some((engine.clock)()),
    );
}

/// The parents nested in a record, where describe says what they are.
pub(super) fn met_parents(engine: &Engine, record: &Record, form: &ObjectForm) {
    for field in &form.schema.fields {
        let (Some(parent), [object]) = (&field.relationship, field.reference_to.as_slice()) else {
            continue;
        };
        let id = record
            .text(&field.api_name)
            .and_then(|id| id.parse::<RecordId>().ok());
        if let (Some(id), Some(name)) = (id, record.text(&format!("{parent}.Name"))) {
            let link = Link {
                object: object.clone(),
                id,
                name: name.to_owned(),
            };
            note(engine, link, String::new(), None);
        }
    }
}

fn note(engine: &Engine, link: Link, detail: String, opened: Option<Timestamp>) {
    // A record without a name is listed under its id, which is nothing to search for.
    if link.name != link.id.as_str() {
        engine.names.borrow_mut().push(SeenName {
            link,
            detail,
            opened,
        });
    }
}
