//! Which statements SQLite answers by an index, and what literals find.

use proptest::prelude::*;
use rusqlite::params_from_iter;

use super::org;
use crate::demo::soql::{parse, plan};

fn plan_of(source: &str) -> Vec<String> {
    org(|world, db| {
        let query = parse(source).unwrap();
        let plan = plan::plan(world, &query).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {} LIMIT 2001 OFFSET 0", plan.sql());
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map(params_from_iter(&plan.values), |row| row.get(3));
        rows.unwrap().map(Result::unwrap).collect()
    })
}

#[test]
fn keys_names_and_lookups_are_searched_by_their_index() {
    for (source, field) in [
        (
            "SELECT Id FROM Contact WHERE Id = '003000000000001AAA'",
            "Id",
        ),
        (
            "SELECT Id, Account.Name FROM Contact WHERE Id IN ('003000000000001AAA', '003000000000002AAA')",
            "Id",
        ),
        ("SELECT Id FROM Account WHERE Name LIKE 'x%'", "Name"),
        (
            "SELECT Id FROM Account WHERE Name LIKE 'x%' ORDER BY Name",
            "Name",
        ),
        ("SELECT Id FROM Account WHERE Name = 'x'", "Name"),
        (
            "SELECT Id, Owner.Name FROM Account WHERE Name IN ('x', 'y') AND Industry = 'z'",
            "Name",
        ),
        (
            "SELECT Id FROM Contact WHERE AccountId = '001000000000001AAA'",
            "AccountId",
        ),
        (
            "SELECT Id FROM Contact WHERE AccountId IN ('001000000000001AAA') ORDER BY LastName",
            "AccountId",
        ),
        (
            "SELECT Id FROM Contact WHERE SFW_Key__c = 'k'",
            "SFW_Key__c",
        ),
        (
            "SELECT Id FROM Contact WHERE Email = 'a@b.example'",
            "Email",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email = 'a@b.example')",
            "Id",
        ),
        (
            "SELECT Id FROM Task WHERE WhatId = '006000000000001AAA'",
            "WhatId",
        ),
    ] {
        let details = plan_of(source);
        let searched = details.iter().any(|detail| {
            detail.starts_with("SEARCH t0 USING") && detail.contains(&format!("({field}"))
        });
        assert!(searched, "{source}: {details:?}");
    }
    let details = plan_of("SELECT Id FROM Account WHERE Industry = 'x'");
    assert!(
        details.iter().any(|detail| detail.starts_with("SCAN t0")),
        "{details:?}"
    );
}

#[test]
fn the_first_by_their_head_are_not_sorted() {
    for source in [
        "SELECT Id, Name FROM Contact WHERE Name LIKE 'x%' LIMIT 50",
        "SELECT Id FROM Account WHERE Industry = 'y' AND Name LIKE 'x%' LIMIT 5000",
        "SELECT Id FROM Account WHERE Name LIKE 'x%' ORDER BY Name LIMIT 50",
    ] {
        let details = plan_of(source);
        let sorted = details.iter().any(|detail| detail.contains("TEMP B-TREE"));
        assert!(!sorted, "{source}: {details:?}");
    }
}

/// As the reference says to write any text between quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// Any text; U+10FFFF stands for no sign, and NUL ends texts in the store.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[aA%_'\\\\\" \n]{0,6}", "\\PC{0,8}", any::<String>(),]
        .prop_map(|text| text.replace(['\0', '\u{10FFFF}'], "x"))
        .prop_filter("an empty text is null", |text| !text.is_empty())
}

/// The row numbers a condition finds among accounts of these cities, in order.
fn found(cities: &[String], condition: &str) -> Vec<usize> {
    org(|world, db| {
        let source = format!("SELECT BillingCity FROM Account WHERE {condition}");
        let query = parse(&source).unwrap();
        let plan = plan::plan(world, &query).unwrap();
        db.execute_batch("SAVEPOINT one").unwrap();
        for (number, city) in cities.iter().enumerate() {
            let id = crate::demo::ids::record_id("001", u64::try_from(number).unwrap());
            db.execute(
                "INSERT INTO Account (Id, Name, BillingCity) VALUES (?1, ?2, ?2)",
                [&id, city],
            )
            .unwrap();
        }
        let mut ids: Vec<usize> = {
            let mut statement = db.prepare(&plan.sql()).unwrap();
            let rows = statement.query_map(params_from_iter(&plan.values), |row| {
                row.get::<_, String>(1)
            });
            rows.unwrap()
                .map(|id| {
                    let id = id.unwrap();
                    let number = (0..cities.len()).find(|number| {
                        id == crate::demo::ids::record_id("001", u64::try_from(*number).unwrap())
                    });
                    number.unwrap()
                })
                .collect()
        };
        db.execute_batch("ROLLBACK TO one; RELEASE one").unwrap();
        ids.sort_unstable();
        ids
    })
}

fn places(cities: &[String], holds: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..cities.len())
        .filter(|place| holds(&cities[*place]))
        .collect()
}

proptest! {
    #[test]
    fn an_escaped_text_finds_exactly_its_equals(
        cities in prop::collection::vec(text(), 1..5),
        other in text(),
        place in any::<prop::sample::Index>(),
        known in any::<bool>(),
    ) {
        let probe = if known { place.get(&cities).clone() } else { other };
        let literal = quoted(&probe);
        let equal = places(&cities, |city| city.eq_ignore_ascii_case(&probe));
        for field in ["Name", "BillingCity"] {
            prop_assert_eq!(&found(&cities, &format!("{field} = '{literal}'")), &equal);
            prop_assert_eq!(&found(&cities, &format!("{field} IN ('{literal}')")), &equal);
            let like = literal.replace('%', "\\%").replace('_', "\\_");
            prop_assert_eq!(&found(&cities, &format!("{field} LIKE '{like}'")), &equal);
            let begun = places(&cities, |city| {
                city.get(..probe.len()).is_some_and(|start| start.eq_ignore_ascii_case(&probe))
            });
            prop_assert_eq!(&found(&cities, &format!("{field} LIKE '{like}%'")), &begun);
        }
    }
}
