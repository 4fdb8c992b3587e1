//! The story keeps to the schema, and to what the demo promises.

use std::collections::{HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::date;
use serde_json::Value;

use super::*;
use crate::demo::ids::long_id;
use crate::demo::schema::{FieldDef, FieldKind, Schema};

const TODAY: Date = date(2026, 11, 22);

fn story() -> Vec<SeedRow> {
    rows(TODAY)
}

fn of<'a>(rows: &'a [SeedRow], object: &'a str) -> impl Iterator<Item = &'a SeedRow> {
    rows.iter().filter(move |row| row.object == object)
}

fn named<'a>(rows: &'a [SeedRow], name: &str) -> &'a SeedRow {
    rows.iter()
        .find(|row| row.text("Name") == Some(name))
        .unwrap()
}

/// What a row gets wrong, for every field it has or lacks.
fn faults(schema: &Schema, row: &SeedRow, objects: &HashMap<String, &str>) -> Vec<String> {
    let object = schema.object(row.object).unwrap();
    let mut faults = Vec::new();
    for (name, value) in &row.fields {
        match object.field(name) {
            None => faults.push(format!("no field {name}")),
            Some(field) if &field.name != name => faults.push(format!("case of {name}")),
            Some(field) => {
                if let Some(fault) = fault(field, value, objects) {
                    faults.push(format!("{name} {fault}: {value}"));
                }
            }
        }
    }
    for field in &object.fields {
        let listed = row.value(&field.name).is_some_and(|value| !value.is_null());
        if !field.nillable && field.kind != FieldKind::Boolean && !listed {
            faults.push(format!("{} is empty", field.name));
        }
        if row
            .fields
            .iter()
            .filter(|(name, _)| *name == field.name)
            .count()
            > 1
        {
            faults.push(format!("{} twice", field.name));
        }
    }
    faults
}

fn fault(field: &FieldDef, value: &Value, objects: &HashMap<String, &str>) -> Option<&'static str> {
    if value.is_null() {
        return (!field.nillable).then_some("is null");
    }
    let text = value.as_str().unwrap_or_default();
    let listed = |text: &str| field.picklist.iter().any(|own| own.value == text);
    let holds = match field.kind {
        FieldKind::Id => long_id(text).as_deref() == Some(text),
        FieldKind::Boolean => value.is_boolean(),
        FieldKind::Int => value.is_i64() || value.is_u64(),
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => value.is_number(),
        FieldKind::Date => text.parse::<Date>().is_ok() && text.len() == 10,
        FieldKind::DateTime => text.ends_with(":00.000+0000") && text.len() == 28,
        FieldKind::Time => text.ends_with("Z") && text.len() == 13,
        FieldKind::Picklist => listed(text),
        FieldKind::MultiPicklist => text.split(';').all(listed),
        FieldKind::Reference => objects
            .get(text)
            .is_some_and(|object| field.reference_to.iter().any(|to| to == object)),
        FieldKind::Base64 => !text.is_empty(),
        FieldKind::Email => {
            let mail = text.split_once('@');
            mail.is_some_and(|(_, host)| host.starts_with("example.")) && text.is_ascii()
        }
        _ => !text.is_empty() && text.chars().count() <= field.length as usize,
    };
    (!holds).then_some("does not fit")
}

#[test]
fn every_row_fits_its_object() {
    for weekday in 0..7 {
        every_row_fits_on(TODAY.saturating_add(weekday.days()));
    }
}

fn every_row_fits_on(today: Date) {
    let schema = Schema::load().unwrap();
    let rows = rows(today);
    // Note and document share their id; what refers to it means the document.
    let objects: HashMap<String, &str> = rows
        .iter()
        .filter(|row| row.object != "ContentNote")
        .map(|row| (row.id().to_owned(), row.object))
        .collect();
    for row in rows {
        let faults = faults(&schema, &row, &objects);
        assert_eq!(faults, Vec::<String>::new(), "{} {}", row.object, row.id());
    }
}

#[test]
fn extra_contacts_fit_and_differ_from_all_others() {
    let schema = Schema::load().unwrap();
    let rows = story();
    let objects: HashMap<String, &str> = rows
        .iter()
        .map(|row| (row.id().to_owned(), row.object))
        .collect();
    let mut names = HashSet::new();
    let mut mails = HashSet::new();
    let mut keys = HashSet::new();
    let extra: Vec<_> = extra_contacts(TODAY, 5_000).collect();
    for row in extra.iter().chain(of(&rows, "Contact")) {
        assert!(
            names.insert(row.text("Name").unwrap()),
            "{:?}",
            row.text("Name")
        );
        assert!(
            mails.insert(row.text("Email").unwrap()),
            "{:?}",
            row.text("Email")
        );
        assert!(keys.insert(row.text("SFW_Key__c").unwrap()), "{}", row.id());
        assert!(keys.insert(row.id()), "{}", row.id());
        assert!(
            keys.insert(row.text("Contact_Number__c").unwrap()),
            "{}",
            row.id()
        );
        assert!(row.text("AccountId").is_some());
    }
    for row in &extra {
        assert_eq!(
            faults(&schema, row, &objects),
            Vec::<String>::new(),
            "{}",
            row.id()
        );
    }
    let again: Vec<_> = extra_contacts(TODAY, 10).collect();
    assert_eq!(again, extra[..10]);
}

#[test]
fn a_hundred_thousand_extra_contacts_stay_distinct() {
    let mut mails = HashSet::new();
    let mut names = HashSet::new();
    for row in extra_contacts(TODAY, 100_000) {
        assert!(
            mails.insert(row.text("Email").unwrap().to_owned()),
            "{row:?}"
        );
        assert!(
            names.insert(row.text("Name").unwrap().to_owned()),
            "{row:?}"
        );
    }
}

#[test]
fn ids_are_unique_in_their_object_and_have_its_prefix() {
    let schema = Schema::load().unwrap();
    let mut ids = HashSet::new();
    for row in story() {
        assert!(
            ids.insert((row.object, row.id().to_owned())),
            "{}",
            row.id()
        );
        let prefix = schema.object(row.object).unwrap().key_prefix.clone();
        let prefix = prefix.unwrap_or_else(|| "01J".into());
        assert!(row.id().starts_with(&prefix), "{} {}", row.object, row.id());
    }
}

#[test]
fn counts_are_the_promised_ones() {
    let rows = story();
    for (object, count) in [
        ("Account", 50),
        ("Contact", 200),
        ("Opportunity", 120),
        ("Lead", 40),
        ("Case", 40),
        ("Campaign", 6),
        ("Project__c", 12),
        ("User", 12),
        ("Organization", 1),
        ("RecordType", 2),
    ] {
        assert_eq!(of(&rows, object).count(), count, "{object}");
    }
    for object in [
        "Task",
        "Event",
        "ContentNote",
        "ContentDocumentLink",
        "Note",
        "CampaignMember",
        "CampaignMemberStatus",
        "OpportunityContactRole",
        "TaskStatus",
        "CaseStatus",
        "Profile",
        "UserRole",
        "Group",
    ] {
        assert!(of(&rows, object).count() >= 2, "{object}");
    }
}

#[test]
fn searching_lena_finds_exactly_one_person() {
    let rows = story();
    let matching: Vec<_> = ["Contact", "Lead", "User"]
        .into_iter()
        .flat_map(|object| of(&rows, object))
        .filter(|row| {
            let texts = ["Name", "Email", "Username"].map(|field| row.text(field));
            texts
                .iter()
                .flatten()
                .any(|text| text.to_lowercase().contains("lena"))
        })
        .map(|row| row.text("Email"))
        .collect();
    assert_eq!(matching, [Some("lena.ortiz@example.com")]);
    let lena = named(&rows, "Lena Ortiz");
    assert_eq!(lena.text("Title"), Some("Head of IT"));
    assert_eq!(lena.text("Phone"), Some("+44 20 5550 0142"));
    assert_eq!(
        lena.text("AccountId"),
        Some(named(&rows, "Acme Holdings plc").id())
    );
    assert_eq!(
        named(&rows, "Piotr Nowak").text("ReportsToId"),
        Some(lena.id())
    );
    let extra = extra_contacts(TODAY, 20_000);
    assert_eq!(
        extra
            .filter(|row| row.text("Name").unwrap().to_lowercase().contains("lena"))
            .count(),
        0
    );
}

#[test]
fn the_deals_of_the_tour_are_open() {
    let rows = story();
    let renewal = named(&rows, "Acme Holdings renewal");
    assert_eq!(renewal.value("Amount"), Some(&Value::from(120_000)));
    assert_eq!(renewal.value("IsClosed"), Some(&Value::from(false)));
    assert_eq!(
        renewal.text("RecordTypeId"),
        of(&rows, "RecordType")
            .find(|row| row.text("Name") == Some("Renewal"))
            .map(SeedRow::id)
    );
    let globex = named(&rows, "Globex expansion");
    assert_eq!(globex.value("Amount"), Some(&Value::Null));
    assert_eq!(globex.value("IsClosed"), Some(&Value::from(false)));
}

#[test]
fn record_types_are_kept_to() {
    let schema = Schema::load().unwrap();
    let opportunity = schema.object("Opportunity").unwrap();
    for row in of(&story(), "Opportunity") {
        let kind = row.text("RecordTypeId");
        let kind = opportunity
            .record_types
            .iter()
            .find(|own| Some(own.id.as_str()) == kind)
            .unwrap();
        for field in ["StageName", "Type"] {
            let value = row.text(field).unwrap().to_owned();
            let kept = kind
                .values(field)
                .is_none_or(|values| values.contains(&value));
            assert!(kept, "{:?} {value}", row.text("Name"));
        }
    }
}

#[test]
fn dependent_values_are_valid_for_their_controller() {
    let schema = Schema::load().unwrap();
    let country = schema
        .object("Contact")
        .unwrap()
        .field("Country__c")
        .unwrap();
    for row in of(&story(), "Contact") {
        let value = country
            .picklist
            .iter()
            .find(|own| Some(own.value.as_str()) == row.text("Country__c"));
        let region = row.text("Region__c").unwrap().to_owned();
        assert!(
            value.unwrap().valid_for.contains(&region),
            "{:?}",
            row.text("Name")
        );
    }
}

#[test]
fn lenas_timeline_has_past_overdue_and_coming_activities() {
    for weekday in 0..7 {
        lenas_timeline_on(TODAY.saturating_add(weekday.days()));
    }
}

fn lenas_timeline_on(today: Date) {
    let rows = rows(today);
    let lena = named(&rows, "Lena Ortiz").id();
    let day = |row: &SeedRow| row.text("ActivityDate").unwrap().parse::<Date>().unwrap();
    let hers: Vec<_> = rows
        .iter()
        .filter(|row| row.text("WhoId") == Some(lena))
        .collect();
    let closed = |row: &SeedRow| row.value("IsClosed") == Some(&Value::from(true));
    let count = |test: &dyn Fn(&SeedRow) -> bool| hers.iter().filter(|row| test(row)).count();
    assert_eq!(count(&|row| row.object == "Task" && closed(row)), 3);
    assert_eq!(
        count(&|row| row.object == "Task" && !closed(row) && day(row) < today),
        1
    );
    assert_eq!(
        count(&|row| row.object == "Task" && !closed(row) && day(row) > today),
        2
    );
    assert_eq!(count(&|row| row.object == "Event" && day(row) < today), 2);
    assert_eq!(count(&|row| row.object == "Event" && day(row) > today), 1);
    let linked =
        of(&rows, "ContentDocumentLink").filter(|row| row.text("LinkedEntityId") == Some(lena));
    assert_eq!(linked.count(), 1);
    assert!(of(&rows, "Note").any(|row| row.text("ParentId") == Some(lena)));
}

#[test]
fn nothing_was_written_after_today_or_before_it_was_made() {
    for weekday in 0..7 {
        nothing_written_after(TODAY.saturating_add(weekday.days()));
    }
}

fn nothing_written_after(today: Date) {
    let now = format!("{today}T00:00:00.000+0000");
    for row in rows(today) {
        if let (Some(created), Some(changed)) =
            (row.text("CreatedDate"), row.text("LastModifiedDate"))
        {
            assert!(created <= changed, "{} {}", row.object, row.id());
            assert!(
                changed < now.as_str(),
                "{} {} {changed}",
                row.object,
                row.id()
            );
        }
    }
}

#[test]
fn closed_tasks_are_not_due_in_the_future() {
    for row in of(&story(), "Task") {
        let closed = row.value("IsClosed") == Some(&Value::from(true));
        let day = row.text("ActivityDate").unwrap().parse::<Date>().unwrap();
        assert!(!closed || day < TODAY, "{:?}", row.text("Subject"));
    }
}

#[test]
fn the_same_day_tells_the_same_story() {
    assert_eq!(story(), story());
    assert!(named(&story(), "Kim Rivera").id() == user_id());
}

#[test]
fn names_cover_what_terminals_get_wrong() {
    let rows = story();
    let all: String = rows.iter().filter_map(|row| row.text("Name")).collect();
    for (what, found) in [
        (
            "combining marks",
            all.contains('\u{302}') || all.contains('\u{308}') || all.contains('\u{31b}'),
        ),
        ("kanji", all.contains('山')),
        ("hangul", all.contains('한')),
        ("apostrophes", all.contains('\'')),
        ("umlauts", all.contains('ü')),
    ] {
        assert!(found, "{what}");
    }
}

#[test]
fn opportunities_can_be_told_apart() {
    for month in 0..12 {
        let rows = rows(TODAY.saturating_add(month.months()));
        let mut names = HashSet::new();
        for row in of(&rows, "Opportunity") {
            let name = row.text("Name").unwrap();
            assert!(names.insert(name), "{name}");
        }
    }
}

#[test]
fn kim_has_something_to_do_today() {
    let rows = story();
    let today = TODAY.to_string();
    let hers = rows
        .iter()
        .filter(|row| row.text("OwnerId") == Some(user_id().as_str()));
    let due = hers.filter(|row| row.text("ActivityDate") == Some(&today));
    assert!(due.count() >= 3);
}

#[test]
fn status_tables_list_their_pick_lists() {
    let schema = Schema::load().unwrap();
    let rows = story();
    for (table, object, field) in [
        ("TaskStatus", "Task", "Status"),
        ("TaskPriority", "Task", "Priority"),
        ("LeadStatus", "Lead", "Status"),
        ("CaseStatus", "Case", "Status"),
        ("OpportunityStage", "Opportunity", "StageName"),
    ] {
        let list = &schema
            .object(object)
            .unwrap()
            .field(field)
            .unwrap()
            .picklist;
        let wanted: Vec<_> = list
            .iter()
            .map(|value| (value.value.as_str(), value.is_default))
            .collect();
        let told: Vec<_> = of(&rows, table)
            .map(|row| {
                let default = row.value("IsDefault") == Some(&Value::from(true));
                (row.text("ApiName").unwrap(), default)
            })
            .collect();
        assert_eq!(told, wanted, "{table}");
    }
}

#[test]
fn record_types_are_those_of_the_schema() {
    let schema = Schema::load().unwrap();
    let wanted: Vec<_> = schema
        .object("Opportunity")
        .unwrap()
        .record_types
        .iter()
        .map(|kind| (kind.id.as_str(), kind.developer_name.as_str()))
        .collect();
    let rows = story();
    let told: Vec<_> = of(&rows, "RecordType")
        .map(|row| (row.id(), row.text("DeveloperName").unwrap()))
        .collect();
    assert_eq!(told, wanted);
}
