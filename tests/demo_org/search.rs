//! SOSL and the parameterized search.

use super::*;

#[test]
fn searches_find_words_whatever_case_and_accent() {
    let stage = stage();
    let client = &stage.client;
    let zoe = client.create("Contact", json!({"FirstName": "Zoë", "LastName": "Ångström-Q", "Email": "zoe.q@north.example", "Phone": "+46 8 7654321"}));
    let hits = |sosl: &str| -> Vec<String> {
        let body = client.get(&format!("/search?q={}", encode(sosl)));
        let rows = body["searchRecords"].as_array().unwrap();
        rows.iter()
            .map(|row| row["Id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = [
        "FIND {zoe} IN NAME FIELDS RETURNING Contact(Id)",
        "FIND {ANGSTR*} RETURNING Contact(Id, Name WHERE LastName != null ORDER BY Name LIMIT 5)",
        "FIND {zoe.q@north.example} IN EMAIL FIELDS RETURNING Contact(Id)",
        "FIND {7654*} IN PHONE FIELDS RETURNING Contact(Id)",
        "FIND {z?e angstrom} RETURNING Contact(Id)",
        "FIND {\"zoë ångström\"} RETURNING Contact(Id)",
        "FIND {zoe AND NOT nobody} RETURNING Contact(Id) LIMIT 1",
        "FIND {ångström\\-q} RETURNING Contact(Id)",
    ];
    for sosl in all {
        assert!(hits(sosl).contains(&zoe), "{sosl}");
    }
    for sosl in [
        "FIND {zo} RETURNING Contact(Id)",
        "FIND {zoe} IN PHONE FIELDS RETURNING Contact(Id)",
        "FIND {zoe} RETURNING Account(Id)",
        "FIND {zoe AND nobody} RETURNING Contact(Id)",
    ] {
        assert_eq!(hits(sosl), Vec::<String>::new(), "{sosl}");
    }
    let found = client.get("/parameterizedSearch?q=lena&sobject=Contact&Contact.fields=id,name&sobject=Account&Contact.limit=5");
    assert_eq!(found["searchRecords"][0]["Name"], "Lena Ortiz", "{found}");
    let (_, found) = client.send(Method::POST, "/parameterizedSearch", Some(json!({"q": "acme holdings", "fields": ["Id", "Name"], "sobjects": [{"name": "Account", "limit": 3}]})));
    assert_eq!(
        found["searchRecords"][0]["Name"], "Acme Holdings plc",
        "{found}"
    );
    client.send(
        Method::PATCH,
        &format!("/sobjects/Contact/{zoe}"),
        Some(json!({"FirstName": "Cleo"})),
    );
    assert_eq!(
        hits("FIND {zoe} IN NAME FIELDS RETURNING Contact(Id)").len(),
        0
    );
    client.send(Method::DELETE, &format!("/sobjects/Contact/{zoe}"), None);
    assert_eq!(hits("FIND {cleo angstrom} RETURNING Contact(Id)").len(), 0);
}

#[test]
fn search_faults_have_the_real_words() {
    let stage = stage();
    let client = &stage.client;
    let cases = [
        ("FIND Acme", "MALFORMED_SEARCH"),
        ("FIND {Acme} RETURNING Nope", "INVALID_TYPE"),
        ("FIND {Acme} RETURNING Account(Nope)", "INVALID_FIELD"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {Acme} RETURNING", "MALFORMED_QUERY"),
    ];
    for (sosl, code) in cases {
        let (status, body) = client.send(Method::GET, &format!("/search?q={}", encode(sosl)), None);
        assert_eq!(
            (status, body[0]["errorCode"].as_str()),
            (400, Some(code)),
            "{sosl}"
        );
    }
    assert_eq!(
        client.get(&format!("/search?q={}", encode("FIND {qqqqzz}"))),
        json!({"searchRecords": []})
    );
}
