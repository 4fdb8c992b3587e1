//! Results of more than one page, of rows and of child rows.

use super::*;

#[test]
fn pages_follow_each_other_without_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(demo::Options {
        rows: 300,
        ..options(folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    for order in ["", " ORDER BY LastName DESC"] {
        let mut seen = std::collections::HashSet::new();
        let mut path = format!(
            "/query?q={}",
            encode(&format!("SELECT Id FROM Contact{order} LIMIT 450"))
        );
        let mut pages = 0;
        loop {
            let (status, page) = client.send_with(
                Method::GET,
                &path,
                &[("Sforce-Query-Options", "batchSize=200")],
                None,
            );
            assert_eq!((status, &page["totalSize"]), (200, &json!(450)), "{page}");
            for row in page["records"].as_array().unwrap() {
                seen.insert(row["Id"].as_str().unwrap().to_owned());
            }
            pages += 1;
            if page["done"] == true {
                assert!(page.get("nextRecordsUrl").is_none());
                break;
            }
            let next = page["nextRecordsUrl"].as_str().unwrap();
            path = next
                .strip_prefix("/services/data/v62.0")
                .unwrap()
                .to_owned();
            // The same page may be asked for again.
            client.get(&path);
        }
        assert_eq!((pages, seen.len()), (3, 450), "{order}");
    }
    let (status, body) = client.send(Method::GET, "/query/0r8nope-2000", None);
    assert_eq!(
        (status, body[0]["errorCode"].as_str()),
        (400, Some("INVALID_QUERY_LOCATOR"))
    );
}

fn below(next: &Value) -> String {
    let next = next.as_str().unwrap();
    next.strip_prefix("/services/data/v62.0")
        .unwrap()
        .to_owned()
}

#[test]
fn an_open_result_keeps_its_rows_whatever_is_written() {
    let stage = stage();
    let client = &stage.client;
    let make = |from: usize| {
        let records: Vec<Value> = (from..from + 200)
            .map(
                |n| json!({"attributes": {"type": "Contact"}, "LastName": format!("Paged {n:04}")}),
            )
            .collect();
        client.send(
            Method::POST,
            "/composite/sobjects",
            Some(json!({"records": records})),
        );
    };
    make(0);
    make(200);
    let soql =
        "SELECT Id, LastName FROM Contact WHERE LastName LIKE 'Paged%' ORDER BY LastName DESC";
    let ask = |path: &str| {
        let headers = [("Sforce-Query-Options", "batchSize=1")];
        let (status, page) = client.send_with(Method::GET, path, &headers, None);
        assert_eq!(status, 200, "{page}");
        page
    };
    let first = ask(&format!("/query?q={}", encode(soql)));
    // Fewer than 200 rows a page are not to be had.
    assert_eq!(first["records"].as_array().unwrap().len(), 200);
    assert_eq!(first["totalSize"], 400);
    make(400);
    let rows = first["records"].as_array().unwrap();
    client.send(
        Method::DELETE,
        &format!("/sobjects/Contact/{}", rows[0]["Id"].as_str().unwrap()),
        None,
    );
    let second = ask(&below(&first["nextRecordsUrl"]));
    assert_eq!(
        (&second["done"], &second["totalSize"]),
        (&json!(true), &json!(400))
    );
    let names: Vec<&str> = second["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["LastName"].as_str().unwrap())
        .collect();
    assert_eq!((names[0], names[199]), ("Paged 0199", "Paged 0000"));
    // Neither a place behind the end nor another's result can be read.
    let next = below(&first["nextRecordsUrl"]);
    let (locator, _) = next.rsplit_once('-').unwrap();
    for path in [
        format!("{locator}-400"),
        format!("{locator}-x"),
        locator.to_owned(),
    ] {
        let (status, body) = client.send(Method::GET, &path, None);
        assert_eq!(
            (status, &body[0]["errorCode"]),
            (400, &json!("INVALID_QUERY_LOCATOR")),
            "{path}"
        );
    }
}

#[test]
fn child_rows_have_pages_of_their_own() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Many children"}));
    for part in 0..3 {
        let records: Vec<Value> = (0..150)
            .map(|n| json!({"attributes": {"type": "Contact"}, "LastName": format!("Child {part}{n:03}"), "AccountId": account}))
            .collect();
        client.send(
            Method::POST,
            "/composite/sobjects",
            Some(json!({"records": records})),
        );
    }
    let soql = format!(
        "SELECT Name, (SELECT LastName, (SELECT Id FROM Cases) FROM Contacts ORDER BY LastName), (SELECT Id FROM Opportunities) FROM Account WHERE Id = '{account}'"
    );
    let headers = [("Sforce-Query-Options", "batchSize=200")];
    let (_, found) = client.send_with(
        Method::GET,
        &format!("/query?q={}", encode(&soql)),
        &headers,
        None,
    );
    let row = &found["records"][0];
    assert!(row["Opportunities"].is_null());
    let mut page = row["Contacts"].clone();
    let mut names = Vec::new();
    loop {
        assert_eq!(page["totalSize"], 450, "{page}");
        for child in page["records"].as_array().unwrap() {
            assert!(child["Cases"].is_null());
            names.push(child["LastName"].as_str().unwrap().to_owned());
        }
        if page["done"] == true {
            break;
        }
        page = client.get(&below(&page["nextRecordsUrl"]));
    }
    assert!(names.is_sorted());
    assert_eq!(names.len(), 450);
    // Before v58 a child has no children.
    let target = format!("/services/data/v57.0/query?q={}", encode(&soql));
    let (status, _, body) = client.raw(Method::GET, &target, &[], None);
    assert_eq!(status, 400);
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("more than 1 level away")
    );
}
