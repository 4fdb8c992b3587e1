//! Groups, totals and functions of SOQL.

use super::*;

fn made(client: &Client) {
    for (name, industry, city, revenue, day) in [
        ("G-1", Some("Energy"), "Oslo", 10.5, "2026-01-31"),
        ("G-2", Some("Energy"), "Rome", 20.0, "2026-02-01"),
        ("G-3", Some("Banking"), "Oslo", 30.0, "2026-12-31"),
        ("G-4", None, "Oslo", 40.0, "2025-06-15"),
    ] {
        client.create(
            "Account",
            json!({"Name": name, "Industry": industry, "BillingCity": city, "Credit_Limit__c": revenue, "SLA_Expiration__c": day}),
        );
    }
}

/// The rows of a grouped query without their attributes.
fn rows(client: &Client, soql: &str) -> Vec<Value> {
    let mut found = client.query(soql);
    let rows = found["records"].as_array_mut().unwrap();
    for row in rows.iter_mut() {
        assert_eq!(row["attributes"], json!({"type": "AggregateResult"}));
        row.as_object_mut().unwrap().remove("attributes");
    }
    rows.clone()
}

#[test]
fn functions_and_totals_group_as_documented() {
    let stage = stage();
    let client = &stage.client;
    made(client);
    let cases = [
        (
            "SELECT CALENDAR_YEAR(SLA_Expiration__c) y, COUNT(Id) n FROM Account WHERE Name LIKE 'G-%' GROUP BY CALENDAR_YEAR(SLA_Expiration__c) ORDER BY CALENDAR_YEAR(SLA_Expiration__c)",
            json!([{"y": 2025, "n": 1}, {"y": 2026, "n": 3}]),
        ),
        (
            "SELECT CALENDAR_QUARTER(SLA_Expiration__c), MIN(Name) FROM Account WHERE Name LIKE 'G-%' GROUP BY CALENDAR_QUARTER(SLA_Expiration__c) HAVING COUNT(Id) > 1",
            json!([{"expr0": 1, "expr1": "G-1"}]),
        ),
        (
            "SELECT DAY_IN_WEEK(SLA_Expiration__c) w, DAY_IN_YEAR(SLA_Expiration__c) d, WEEK_IN_YEAR(SLA_Expiration__c) k FROM Account WHERE Name = 'G-2' GROUP BY DAY_IN_WEEK(SLA_Expiration__c), DAY_IN_YEAR(SLA_Expiration__c), WEEK_IN_YEAR(SLA_Expiration__c)",
            json!([{"w": 1, "d": 32, "k": 5}]),
        ),
        (
            "SELECT AVG(Credit_Limit__c) a, SUM(Credit_Limit__c) s, COUNT_DISTINCT(BillingCity) c FROM Account WHERE Name LIKE 'G-%'",
            json!([{"a": 25.125, "s": 100.5, "c": 2}]),
        ),
        (
            "SELECT Industry i, BillingCity, COUNT(Id) n, GROUPING(Industry) gi, GROUPING(BillingCity) gb FROM Account WHERE Name LIKE 'G-%' AND Industry != null GROUP BY ROLLUP(Industry, BillingCity) ORDER BY GROUPING(Industry), Industry, GROUPING(BillingCity), BillingCity",
            json!([
                {"i": "Banking", "BillingCity": "Oslo", "n": 1, "gi": 0, "gb": 0},
                {"i": "Banking", "BillingCity": null, "n": 1, "gi": 0, "gb": 1},
                {"i": "Energy", "BillingCity": "Oslo", "n": 1, "gi": 0, "gb": 0},
                {"i": "Energy", "BillingCity": "Rome", "n": 1, "gi": 0, "gb": 0},
                {"i": "Energy", "BillingCity": null, "n": 2, "gi": 0, "gb": 1},
                {"i": null, "BillingCity": null, "n": 3, "gi": 1, "gb": 1},
            ]),
        ),
        (
            "SELECT BillingCity, SUM(Credit_Limit__c) s FROM Account WHERE Name LIKE 'G-%' GROUP BY CUBE(BillingCity) ORDER BY SUM(Credit_Limit__c)",
            json!([{"BillingCity": "Rome", "s": 20}, {"BillingCity": "Oslo", "s": 80.5}, {"BillingCity": null, "s": 100.5}]),
        ),
        (
            "SELECT Owner.Name n, FORMAT(SUM(Credit_Limit__c)) f FROM Account WHERE Name LIKE 'G-%' GROUP BY Owner.Name",
            json!([{"n": "Kim Rivera", "f": "£100.50"}]),
        ),
    ];
    for (soql, expected) in cases {
        assert_eq!(Value::Array(rows(client, soql)), expected, "{soql}");
    }
}

#[test]
fn functions_filter_and_show() {
    let stage = stage();
    let client = &stage.client;
    made(client);
    let names = |condition: &str| {
        let found = client.query(&format!(
            "SELECT Name FROM Account WHERE Name LIKE 'G-%' AND {condition} ORDER BY Name"
        ));
        let rows = found["records"].as_array().unwrap();
        rows.iter()
            .map(|row| row["Name"].as_str().unwrap()[2..].to_owned())
            .collect::<String>()
    };
    for (condition, expected) in [
        ("CALENDAR_MONTH(SLA_Expiration__c) = 2", "2"),
        ("DAY_ONLY(CreatedDate) = TODAY", "1234"),
        ("DAY_ONLY(convertTimezone(CreatedDate)) = TODAY", "1234"),
        ("HOUR_IN_DAY(convertTimezone(CreatedDate)) >= 0", "1234"),
        ("toLabel(Industry) = 'Energy'", "12"),
        (
            "SLA_Expiration__c >= 2026-02-01 AND SLA_Expiration__c <= N_YEARS_AGO:0",
            "23",
        ),
    ] {
        assert_eq!(names(condition), expected, "{condition}");
    }
    let found = client.query("SELECT FORMAT(Credit_Limit__c) r, FORMAT(SLA_Expiration__c), toLabel(Industry) FROM Account WHERE Name = 'G-1'");
    let row = &found["records"][0];
    assert_eq!(
        (&row["r"], &row["SLA_Expiration__c"], &row["Industry"]),
        (&json!("£10.50"), &json!("31/01/2026"), &json!("Energy"))
    );
    let found = client.query("SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'Acme Holdings plc' LIMIT 1");
    assert_eq!(found["records"][0]["Account"]["Name"], "Acme Holdings plc");
    let found = client.query("SELECT TYPEOF What WHEN Opportunity THEN Account.Name ELSE Name END FROM Task WHERE What.Type = 'Opportunity' LIMIT 1");
    assert!(
        found["records"][0]["What"]["Account"]["Name"].is_string(),
        "{found}"
    );
}
