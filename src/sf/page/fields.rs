//! The query for the record itself: every field that can be read, what the layout shows
//! first, and the names of the records it points to.

use std::collections::HashSet;

use super::built;
use crate::domain::id::RecordId;
use crate::domain::schema::{Field, FieldType, ObjectForm};
use crate::domain::soql::select;

/// Most parents one query may reach (SOQL limits: 55 child-to-parent relationships).
const MOST_PARENTS: usize = 55;
/// Longest list of columns, in characters; a query may have 100,000.
const MOST_CHARACTERS: usize = 95_000;

/// Name fields of standard objects that have no `Name`; `None` where an object has no
/// name at all (Object Reference). Parents are not described when a page is asked for,
/// and one wrong name would cost the whole record.
const OTHER_NAMES: [(&str, Option<&str>); 28] = [
    ("AccountContactRelation", None),
    ("Case", Some("CaseNumber")),
    ("CaseComment", None),
    ("ContentDocument", Some("Title")),
    ("ContentNote", Some("Title")),
    ("ContentVersion", Some("Title")),
    ("Contract", Some("ContractNumber")),
    ("ContractLineItem", Some("LineItemNumber")),
    ("Dashboard", Some("Title")),
    ("EmailMessage", Some("Subject")),
    ("Event", Some("Subject")),
    ("FeedItem", None),
    ("FulfillmentOrder", Some("FulfillmentOrderNumber")),
    ("Idea", Some("Title")),
    ("Note", Some("Title")),
    ("OpportunityContactRole", None),
    ("Order", Some("OrderNumber")),
    ("OrderItem", Some("OrderItemNumber")),
    ("OrderSummary", Some("OrderNumber")),
    ("Partner", None),
    ("QuoteLineItem", Some("LineNumber")),
    ("ReturnOrder", Some("ReturnOrderNumber")),
    ("ServiceAppointment", Some("AppointmentNumber")),
    ("Shipment", Some("ShipmentNumber")),
    ("Solution", Some("SolutionName")),
    ("Task", Some("Subject")),
    ("WorkOrder", Some("WorkOrderNumber")),
    ("WorkOrderLineItem", Some("LineItemNumber")),
];

/// The query for a record with its parents' names.
pub(super) fn record_query(id: RecordId, form: &ObjectForm) -> Option<String> {
    let columns = columns(form);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    built(
        select(&form.schema.summary.api_name, &columns)
            .where_eq("Id", id.as_str())
            .limit(1),
    )
}

/// `Id`, then fields and parents' names in order of weight, as many as fit.
fn columns(form: &ObjectForm) -> Vec<String> {
    let mut columns = vec!["Id".to_owned()];
    let mut length = 0;
    let mut parents = 0;
    for field in by_weight(form) {
        let name = parent_name(field).filter(|_| parents < MOST_PARENTS);
        parents += usize::from(name.is_some());
        for column in std::iter::once(field.api_name.clone()).chain(name) {
            length += column.len() + ", ".len();
            if length > MOST_CHARACTERS {
                return columns;
            }
            columns.push(column);
        }
    }
    columns
}

/// Readable fields: the system's own, those on a layout, then all others.
fn by_weight(form: &ObjectForm) -> Vec<&Field> {
    const SYSTEM: [&str; 6] = [
        "OwnerId",
        "RecordTypeId",
        "CreatedById",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
    ];
    let schema = &form.schema;
    let laid_out = form
        .layouts
        .values()
        .flat_map(|layout| &layout.sections)
        .flat_map(|section| &section.items)
        .map(|item| item.field.as_str());
    let first = SYSTEM
        .into_iter()
        .chain(laid_out)
        .filter_map(|name| schema.field(name));
    let names = schema.fields.iter().filter(|field| field.name_field);
    let mut seen = HashSet::from(["Id"]);
    names
        .chain(first)
        .chain(&schema.fields)
        .filter(|field| is_readable(field) && seen.insert(field.api_name.as_str()))
        .collect()
}

/// What a query may select: no blobs, no compounds (their parts are there), nothing of a
/// type this program does not know.
fn is_readable(field: &Field) -> bool {
    !matches!(
        field.kind,
        FieldType::Base64 | FieldType::Address | FieldType::Location | FieldType::Other
    )
}

/// Path to the name of the record a reference points to. A reference to several objects
/// goes through the `Name` object, which always has `Name`.
fn parent_name(field: &Field) -> Option<String> {
    if field.kind != FieldType::Reference {
        return None;
    }
    let relationship = field.relationship.as_deref()?;
    let name = match field.reference_to.as_slice() {
        [] => return None,
        [object] => OTHER_NAMES
            .iter()
            .find(|(known, _)| known == object)
            .map_or(Some("Name"), |(_, name)| *name),
        _ => Some("Name"),
    };
    Some(format!("{relationship}.{}", name?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::{LayoutItem, MASTER_RECORD_TYPE, PageLayout, Section};

    fn field(name: &str, kind: FieldType) -> Field {
        Field {
            api_name: name.to_owned(),
            kind,
            ..Field::default()
        }
    }

    fn reference(name: &str, relationship: &str, to: &[&str]) -> Field {
        Field {
            relationship: Some(relationship.to_owned()),
            reference_to: to.iter().map(|object| (*object).to_owned()).collect(),
            ..field(name, FieldType::Reference)
        }
    }

    fn form(fields: Vec<Field>, laid_out: &[&str]) -> ObjectForm {
        let items = laid_out.iter().map(|name| LayoutItem {
            field: (*name).to_owned(),
            ..LayoutItem::default()
        });
        let section = Section {
            heading: String::new(),
            items: items.collect(),
        };
        let layout = PageLayout {
            sections: vec![section],
            ..PageLayout::default()
        };
        let mut form = ObjectForm::default();
        form.schema.summary.api_name = "Thing__c".to_owned();
        form.schema.fields = fields;
        form.layouts.insert(MASTER_RECORD_TYPE.to_owned(), layout);
        form
    }

    #[test]
    fn parents_are_named_by_their_own_name_field() {
        let form = form(
            vec![
                field("Id", FieldType::Id),
                field("Blob", FieldType::Base64),
                field("Where__c", FieldType::Location),
                reference("OwnerId", "Owner", &["Group", "User"]),
                reference("Case__c", "Case__r", &["Case"]),
                reference("Account__c", "Account__r", &["Account"]),
                reference("NoList__c", "NoList__r", &[]),
                reference("Post__c", "Post__r", &["FeedItem"]),
                field("Size__c", FieldType::Double),
            ],
            &["Size__c", "Gone__c"],
        );
        assert_eq!(
            columns(&form),
            [
                "Id",
                "OwnerId",
                "Owner.Name",
                "Size__c",
                "Case__c",
                "Case__r.CaseNumber",
                "Account__c",
                "Account__r.Name",
                "NoList__c",
                "Post__c"
            ]
        );
        let soql = record_query("0038M0000016Wv8QAE".parse().unwrap(), &form).unwrap();
        assert!(
            soql.starts_with("SELECT Id,OwnerId,Owner.Name,Size__c,"),
            "{soql}"
        );
        assert!(
            soql.contains("FROM Thing__c WHERE Id = '0038M0000016Wv8QAE'"),
            "{soql}"
        );
    }

    #[test]
    fn wide_objects_stay_within_the_limits_of_a_query() {
        let wide = (0..5_000).map(|place| {
            field(
                &format!("A_rather_long_field_name_{place}__c"),
                FieldType::String,
            )
        });
        let references = (0..90).map(|place| {
            reference(
                &format!("R{place}__c"),
                &format!("R{place}__r"),
                &["Account"],
            )
        });
        let form = form(
            references.chain(wide).collect(),
            &["A_rather_long_field_name_4999__c"],
        );
        let columns = columns(&form);
        assert!(columns.join(", ").len() < 100_000);
        assert_eq!(
            columns.iter().filter(|column| column.contains('.')).count(),
            55
        );
        assert_eq!(
            columns[1], "A_rather_long_field_name_4999__c",
            "what the layout shows comes first"
        );
    }
}
