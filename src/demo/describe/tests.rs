//! The JSON has the keys real orgs send; lists here are describe's, in its order.

use serde_json::Value;

use super::*;

const OBJECT_KEYS: &str = "activateable associateEntityType associateParentEntity createable custom \
    customSetting deepCloneable deletable deprecatedAndHidden feedEnabled hasSubtypes isInterface \
    isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable \
    replicateable retrieveable searchable triggerable undeletable updateable urls";
const DESCRIBE_KEYS: &str = "actionOverrides childRelationships compactLayoutable \
    defaultImplementation extendedBy extendsInterfaces fields implementedBy implementsInterfaces \
    listviewable lookupLayoutable namedLayoutInfos networkScopeFieldName recordTypeInfos \
    searchLayoutable sobjectDescribeOption supportedScopes";

fn schema() -> Schema {
    Schema::load().unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn field_of<'a>(describe: &'a Value, name: &str) -> &'a Value {
    let fields = describe["fields"].as_array().unwrap();
    fields.iter().find(|field| field["name"] == name).unwrap()
}

#[test]
fn global_lists_every_object_with_the_28_keys() {
    let schema = schema();
    let global = global(&schema, "v66.0");
    let wanted: Vec<_> = OBJECT_KEYS.split_whitespace().collect();
    assert_eq!(wanted.len(), 28);
    for object in global["sobjects"].as_array().unwrap() {
        assert_eq!(keys(object), wanted, "{}", object["name"]);
    }
    assert_eq!(
        global["sobjects"].as_array().unwrap().len(),
        schema.objects.len() + change_event::all(&schema).count()
    );
    assert_eq!(
        global["sobjects"][0]["urls"]["rowTemplate"],
        "/services/data/v66.0/sobjects/Account/{ID}"
    );
}

#[test]
fn describe_adds_its_keys_in_order_and_57_per_field() {
    let schema = schema();
    let mut wanted: Vec<_> = OBJECT_KEYS
        .split_whitespace()
        .chain(DESCRIBE_KEYS.split_whitespace())
        .collect();
    wanted.sort_unstable();
    for object in &schema.objects {
        let describe = sobject(&schema, object, "v66.0");
        assert_eq!(keys(&describe), wanted, "{}", object.name);
        for field in describe["fields"].as_array().unwrap() {
            let keys = keys(field);
            assert_eq!(keys.len(), 57, "{}", field["name"]);
            assert!(keys.is_sorted(), "{}", field["name"]);
        }
    }
}

#[test]
fn describe_tells_what_a_form_needs() {
    let schema = schema();
    let contact = sobject(&schema, schema.object("Contact").unwrap(), "v66.0");
    let country = field_of(&contact, "Country__c");
    assert_eq!(country["controllerName"], "Region__c");
    assert_eq!(country["dependentPicklist"], true);
    // Singapore is valid for EMEA, the first value, and APAC, the third: 1010 0000.
    let singapore = &country["picklistValues"][13];
    assert_eq!(singapore["label"], "Singapore");
    assert_eq!(singapore["validFor"], "oA==");
    assert_eq!(
        field_of(&contact, "Level__c")["picklistValues"][0]["validFor"],
        Value::Null
    );
    assert_eq!(field_of(&contact, "Newsletter__c")["defaultValue"], true);
    assert_eq!(field_of(&contact, "Email")["byteLength"], 240);
    assert_eq!(
        field_of(&contact, "Biography__c")["extraTypeInfo"],
        "richtextarea"
    );
    assert_eq!(field_of(&contact, "LastName")["compoundFieldName"], "Name");

    let account = sobject(&schema, schema.object("Account").unwrap(), "v66.0");
    let tax = field_of(&account, "Tax_Number__c");
    assert_eq!(tax["type"], "encryptedstring");
    assert_eq!(
        (&tax["encrypted"], &tax["mask"]),
        (&Value::Bool(true), &Value::from("*"))
    );

    let task = sobject(&schema, schema.object("Task").unwrap(), "v66.0");
    assert_eq!(field_of(&task, "WhoId")["polymorphicForeignKey"], true);
    assert_eq!(
        field_of(&task, "WhoId")["referenceTo"],
        serde_json::json!(["Contact", "Lead"])
    );
}

#[test]
fn parents_know_their_lists() {
    let schema = schema();
    let account = sobject(&schema, schema.object("Account").unwrap(), "v66.0");
    let list = |name: &str| {
        let children = account["childRelationships"].as_array().unwrap();
        children
            .iter()
            .find(|child| child["relationshipName"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(list("Contacts")["cascadeDelete"], true);
    assert_eq!(list("Cases")["restrictedDelete"], true);
    assert_eq!(list("Projects__r")["field"], "Account__c");
    assert_eq!(list("Tasks")["field"], "WhatId");
}

#[test]
fn the_master_record_type_is_default_only_when_alone() {
    let schema = schema();
    for (name, kinds) in [
        ("Contact", &[("Master", true)][..]),
        (
            "Opportunity",
            &[
                ("New Business", true),
                ("Renewal", false),
                ("Master", false),
            ],
        ),
    ] {
        let describe = sobject(&schema, schema.object(name).unwrap(), "v66.0");
        let infos: Vec<_> = describe["recordTypeInfos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|info| {
                let default = info["defaultRecordTypeMapping"].as_bool().unwrap();
                (info["name"].as_str().unwrap(), default)
            })
            .collect();
        assert_eq!(infos, kinds, "{name}");
    }
}

#[test]
fn layouts_keep_sections_in_order_and_filter_by_record_type() {
    let schema = schema();
    let contact = layouts(&schema, schema.object("Contact").unwrap(), "v66.0");
    let headings = |kind: &str| -> Vec<String> {
        let sections = contact["layouts"][0][kind].as_array().unwrap();
        sections
            .iter()
            .map(|section| section["heading"].as_str().unwrap().into())
            .collect()
    };
    let detail = headings("detailLayoutSections");
    assert_eq!(detail.first().unwrap(), "Contact Information");
    assert_eq!(detail.last().unwrap(), "System Information");
    assert!(!headings("editLayoutSections").contains(&"System Information".to_owned()));
    let name = &contact["layouts"][0]["detailLayoutSections"][0]["layoutRows"][1]["layoutItems"][0];
    assert_eq!(name["required"], true);
    assert_eq!(name["editableForUpdate"], true);
    assert_eq!(
        name["layoutComponents"][0]["components"][2]["value"],
        "LastName"
    );

    let opportunity = layouts(&schema, schema.object("Opportunity").unwrap(), "v66.0");
    let stages = |kind: usize| -> usize {
        let lists = opportunity["recordTypeMappings"][kind]["picklistsForRecordType"].as_array();
        let stage = lists
            .unwrap()
            .iter()
            .find(|list| list["picklistName"] == "StageName");
        stage.unwrap()["picklistValues"].as_array().unwrap().len()
    };
    assert_eq!([stages(0), stages(1), stages(2)], [10, 5, 10]);
}

#[test]
fn rows_are_filled_up_to_their_columns() {
    let schema = schema();
    for object in schema.objects.iter().filter(|object| object.layoutable) {
        let page = layout(&schema, object, MASTER_RECORD_TYPE).unwrap();
        for section in page["detailLayoutSections"].as_array().unwrap() {
            for row in section["layoutRows"].as_array().unwrap() {
                let items = row["layoutItems"].as_array().unwrap().len();
                assert_eq!(section["columns"], items, "{}", object.name);
            }
        }
        let lists = page["relatedLists"].as_array().unwrap().len();
        assert_eq!(lists, object.related_lists.len(), "{}", object.name);
    }
}

#[test]
fn an_unknown_record_type_has_no_layout() {
    let schema = schema();
    let contact = schema.object("Contact").unwrap();
    assert!(layout(&schema, contact, "012000000000000").is_some());
    for wrong in ["", "012", "012000000000001AAA"] {
        assert!(layout(&schema, contact, wrong).is_none(), "{wrong}");
    }
}

#[test]
fn compact_layouts_name_their_fields() {
    let schema = schema();
    let body = compact_layouts(schema.object("Contact").unwrap(), "v66.0");
    let items = body["compactLayouts"][0]["fieldItems"].as_array().unwrap();
    assert_eq!(items[0]["layoutComponents"][0]["value"], "Name");
    assert_eq!(items[2]["label"], "Account");
}
