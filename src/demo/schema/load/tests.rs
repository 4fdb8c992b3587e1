//! The assets as shipped hold together.

use std::collections::HashSet;

use super::*;
use crate::demo::ids::long_id;
use crate::demo::schema::{FieldDef, FieldKind};

fn schema() -> Schema {
    Schema::load().unwrap()
}

/// `Object.Field` of every field a test does not hold for.
fn fields_failing(holds: impl Fn(&Schema, &ObjectDef, &FieldDef) -> bool) -> Vec<String> {
    let schema = schema();
    let mut failing = Vec::new();
    for object in &schema.objects {
        for field in &object.fields {
            if !holds(&schema, object, field) {
                failing.push(format!("{}.{}", object.name, field.name));
            }
        }
    }
    failing
}

#[test]
fn every_object_asked_for_is_there() {
    let schema = schema();
    let names = "Account Contact Lead Opportunity OpportunityContactRole Task Event Case \
        Campaign CampaignMember CampaignMemberStatus User Profile UserRole Organization \
        ContentNote ContentDocument ContentVersion ContentDocumentLink Note RecordType \
        TaskStatus TaskPriority OpportunityStage LeadStatus CaseStatus Group Project__c \
        GroupMember QueueSobject UserLogin UserLicense PermissionSet PermissionSetAssignment \
        ObjectPermissions FieldPermissions \
        AssignmentRule AccountHistory ContactHistory LeadHistory \
        OpportunityFieldHistory CaseHistory Project__History ListView Order_Shipped__e PushTopic";
    for name in names.split_whitespace() {
        assert!(schema.object(&name.to_lowercase()).is_some(), "{name}");
    }
    assert_eq!(schema.objects.len(), names.split_whitespace().count());
}

#[test]
fn create_requires_what_real_orgs_require() {
    let schema = schema();
    for (name, fields) in [
        ("Account", &["Name"][..]),
        ("Contact", &["LastName"]),
        ("Lead", &["LastName", "Company"]),
        ("Opportunity", &["Name", "StageName", "CloseDate"]),
        ("OpportunityContactRole", &["OpportunityId", "ContactId"]),
        ("Campaign", &["Name"]),
        ("Event", &[]),
        ("Task", &[]),
        ("CampaignMember", &["CampaignId"]),
        ("ContentNote", &["Title"]),
        ("Project__c", &["Account__c"]),
    ] {
        let required: Vec<_> = schema
            .object(name)
            .unwrap()
            .fields
            .iter()
            .filter(|field| field.required_on_create())
            .map(|field| field.name.as_str())
            .collect();
        assert_eq!(required, fields, "{name}");
    }
}

#[test]
fn names_and_key_prefixes_are_unique() {
    let schema = schema();
    let mut prefixes = HashSet::new();
    for object in &schema.objects {
        let mut names = HashSet::new();
        let mut relationships = HashSet::new();
        for field in &object.fields {
            assert!(names.insert(field.name.to_lowercase()), "{}", field.name);
            if let Some(name) = &field.relationship_name {
                assert!(relationships.insert(name), "{}.{name}", object.name);
            }
        }
        if let Some(prefix) = &object.key_prefix
            && object.name != "ContentNote"
            && prefix != "017"
        {
            assert_eq!(prefix.len(), 3, "{}", object.name);
            assert!(prefixes.insert(prefix), "{}", object.name);
        }
    }
    assert_eq!(schema.by_prefix("069").unwrap().name, "ContentDocument");
    assert_eq!(
        schema.object_of_id("00Kxx").unwrap().name,
        "OpportunityContactRole"
    );
}

#[test]
fn child_relationships_are_unique_under_each_parent() {
    let schema = schema();
    for parent in &schema.objects {
        let mut lists = HashSet::new();
        for (child, field) in schema.children_of(&parent.name) {
            if let Some(list) = &field.child_relationship {
                assert!(lists.insert(list), "{} {list} {}", parent.name, child.name);
            }
        }
    }
}

#[test]
fn every_object_has_an_id_and_one_name_field() {
    // Platform events are never kept: nothing to know them by.
    let is_kept = |object: &&ObjectDef| !object.name.ends_with("__e");
    for object in schema().objects.iter().filter(is_kept) {
        assert_eq!(
            object.field("id").unwrap().kind,
            FieldKind::Id,
            "{}",
            object.name
        );
        let names = object.fields.iter().filter(|field| field.name_field);
        let nameless = [
            "OpportunityContactRole",
            "ContentDocumentLink",
            "GroupMember",
            "QueueSobject",
            "UserLogin",
            "PermissionSetAssignment",
            "ObjectPermissions",
            "FieldPermissions",
        ];
        let is_nameless =
            nameless.contains(&object.name.as_str()) || object.name.ends_with("History");
        let wanted = usize::from(!is_nameless);
        assert_eq!(names.count(), wanted, "{}", object.name);
    }
}

#[test]
fn references_point_to_objects_of_the_org() {
    let failing = fields_failing(|schema, _, field| {
        (field.kind == FieldKind::Reference) != field.reference_to.is_empty()
            && field
                .reference_to
                .iter()
                .all(|to| schema.object(to).is_some())
    });
    assert_eq!(failing, Vec::<String>::new());
}

#[test]
fn sizes_fit_the_types() {
    let failing = fields_failing(|_, _, field| match field.kind {
        FieldKind::String
        | FieldKind::TextArea
        | FieldKind::Picklist
        | FieldKind::Combobox
        | FieldKind::Email => field.length > 0 && field.precision == 0,
        FieldKind::Int => field.digits > 0 && field.length == 0,
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => {
            field.precision > field.scale && field.length == 0
        }
        _ => field.precision == 0 && field.digits == 0,
    });
    assert_eq!(failing, Vec::<String>::new());
}

#[test]
fn pick_lists_have_distinct_values_and_real_controllers() {
    let failing = fields_failing(|_, object, field| {
        let listed = matches!(
            field.kind,
            FieldKind::Picklist | FieldKind::MultiPicklist | FieldKind::Combobox
        );
        let values: HashSet<_> = field.picklist.iter().map(|value| &value.value).collect();
        let controlled = match &field.controller {
            None => field
                .picklist
                .iter()
                .all(|value| value.valid_for.is_empty()),
            Some(name) => object.field(name).is_some_and(|controller| {
                field
                    .picklist
                    .iter()
                    .flat_map(|value| &value.valid_for)
                    .all(|valid| {
                        controller
                            .picklist
                            .iter()
                            .any(|value| &value.value == valid)
                    })
            }),
        };
        listed != field.picklist.is_empty() && values.len() == field.picklist.len() && controlled
    });
    assert_eq!(failing, Vec::<String>::new());
}

#[test]
fn parts_belong_to_a_compound_field_of_their_object() {
    let failing = fields_failing(|_, object, field| {
        field
            .compound
            .as_deref()
            .is_none_or(|name| object.field(name).is_some())
    });
    assert_eq!(failing, Vec::<String>::new());
}

#[test]
fn layouts_name_fields_of_their_object_once() {
    for object in &schema().objects {
        assert_eq!(
            object.layoutable,
            !object.layout.is_empty(),
            "{}",
            object.name
        );
        let mut seen = HashSet::new();
        for item in object.layout.iter().flat_map(|section| &section.items) {
            assert!(
                object.field(&item.field).is_some(),
                "{}.{}",
                object.name,
                item.field
            );
            assert!(
                seen.insert(&item.field),
                "{}.{} twice",
                object.name,
                item.field
            );
        }
        for field in &object.compact_layout {
            assert!(object.field(field).is_some(), "{}.{field}", object.name);
        }
    }
}

#[test]
fn related_lists_show_fields_of_a_child() {
    let schema = schema();
    for object in &schema.objects {
        for list in &object.related_lists {
            let (child, _) = schema
                .children_of(&object.name)
                .find(|(_, field)| field.child_relationship.as_ref() == Some(&list.relationship))
                .unwrap_or_else(|| panic!("{}.{}", object.name, list.relationship));
            for column in list.columns.iter().chain(&list.sort) {
                assert!(reaches(&schema, child, column), "{}.{column}", child.name);
            }
        }
    }
}

fn reaches(schema: &Schema, object: &ObjectDef, path: &str) -> bool {
    match path.split_once('.') {
        None => object.field(path).is_some(),
        Some((relationship, rest)) => {
            object
                .field_by_relationship(relationship)
                .is_some_and(|to| {
                    to.reference_to
                        .iter()
                        .filter_map(|name| schema.object(name))
                        .any(|parent| reaches(schema, parent, rest) || rest == "Name")
                })
        }
    }
}

#[test]
fn record_types_keep_values_their_fields_have() {
    let schema = schema();
    let opportunity = schema.object("Opportunity").unwrap();
    assert_eq!(opportunity.record_types.len(), 2);
    assert_eq!(
        opportunity.default_record_type().unwrap().name,
        "New Business"
    );
    for kind in &opportunity.record_types {
        assert_eq!(long_id(&kind.id).as_ref(), Some(&kind.id));
        for (name, values) in &kind.picklists {
            let field = opportunity.field(name).unwrap();
            for value in values {
                assert!(
                    field.picklist.iter().any(|own| &own.value == value),
                    "{value}"
                );
            }
        }
    }
}

#[test]
fn every_kind_of_custom_field_can_be_tried() {
    let schema = schema();
    let contact = schema.object("Contact").unwrap();
    let custom = |test: fn(&FieldDef) -> bool| {
        let found = |field: &FieldDef| field.custom && test(field);
        schema
            .objects
            .iter()
            .any(|object| object.fields.iter().any(found))
    };
    for kind in [
        FieldKind::String,
        FieldKind::TextArea,
        FieldKind::Boolean,
        FieldKind::Double,
        FieldKind::Currency,
        FieldKind::Percent,
        FieldKind::Date,
        FieldKind::DateTime,
        FieldKind::Time,
        FieldKind::Email,
        FieldKind::Phone,
        FieldKind::Url,
        FieldKind::Picklist,
        FieldKind::MultiPicklist,
        FieldKind::Reference,
    ] {
        let found = |field: &FieldDef| field.custom && field.kind == kind;
        assert!(contact.fields.iter().any(found), "{kind:?}");
    }
    assert!(custom(|field| field.kind == FieldKind::Location));
    assert!(custom(|field| field.html_formatted));
    assert!(custom(|field| field.auto_number));
    assert!(custom(|field| field.formula.is_some()));
    assert!(custom(|field| field.controller.is_some()));
    assert!(custom(|field| field.external_id && field.unique));
}

#[test]
fn a_line_that_cannot_be_read_says_why() {
    for (text, problem) in [
        ("  Name | Name | string 3", "indented line outside a block"),
        ("section A | 2", "the first block is no object"),
        ("object A | A | As | 001 | fly", "unknown flag fly"),
        (
            "object A | A | As | 001 |\n  N | N | text",
            "unknown type text",
        ),
        (
            "object A | A | As | 001 |\n  N | N | string 3 shiny",
            "unknown flag shiny",
        ),
        ("object A | A | As | 001 |\n  +none", "no group none"),
        ("object A | A | As | 001 |\n  = a; b", "no field above"),
    ] {
        let groups = Groups::new();
        let mut reader = Reader {
            at: 0,
            groups: &groups,
            objects: Vec::new(),
            block: Block::Nothing,
        };
        let result: Result<(), String> = text.lines().try_for_each(|line| reader.line(line));
        assert_eq!(result, Err(problem.to_owned()), "{text}");
    }
}
