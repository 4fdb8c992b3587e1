//! List views, suggestions and search layouts; columns and plans of a query.

use super::*;

fn view(client: &Client, object: &str, name: &str) -> Value {
    let all = client.get(&format!("/sobjects/{object}/listviews"));
    assert_eq!(
        (&all["done"], &all["sobjectType"]),
        (&json!(true), &json!(object))
    );
    let views = all["listviews"].as_array().unwrap();
    assert_eq!(all["size"], views.len());
    let found = views.iter().find(|view| view["developerName"] == name);
    found.unwrap().clone()
}

fn below(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix("/services/data/v62.0").unwrap().to_owned()
}

#[test]
fn list_views_say_their_query_and_show_rows_as_text() {
    let stage = stage();
    let client = &stage.client;
    client.create(
        "Account",
        json!({"Name": "A view's row", "Type": "Customer - Direct", "AnnualRevenue": 1500}),
    );
    let view = view(client, "Account", "Customers");
    assert_eq!(client.get(&below(&view["url"])), view);
    let described = client.get(&below(&view["describeUrl"]));
    assert_eq!(
        described["whereCondition"],
        json!({"field": "Type", "operator": "like", "values": ["'Customer%'"]})
    );
    let found = client.query(described["query"].as_str().unwrap());
    let results = client.get(&format!("{}?limit=2000", below(&view["resultsUrl"])));
    assert_eq!(results["size"], found["totalSize"]);
    let row = results["records"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["columns"][0]["value"] == "A view's row")
        .unwrap();
    let value = |path: &str| {
        let columns = row["columns"].as_array().unwrap();
        columns
            .iter()
            .find(|column| column["fieldNameOrPath"] == path)
            .unwrap()["value"]
            .clone()
    };
    assert_eq!(
        (value("AnnualRevenue"), value("Industry")),
        (json!("1500"), json!(null))
    );
    assert!(
        value("CreatedDate").as_str().unwrap().contains(" GMT 20"),
        "{row}"
    );
    let columns = results["columns"].as_array().unwrap();
    assert_eq!(
        columns
            .iter()
            .filter(|column| column["hidden"] == true)
            .count(),
        4
    );
    // The first page is 25 rows, or what is asked.
    let page = client.get(&format!("{}?limit=3&offset=1", below(&view["resultsUrl"])));
    assert_eq!(
        (&page["size"], &page["records"][0]),
        (&json!(3), &results["records"][1])
    );
    let (status, _) = client.send(
        Method::GET,
        &format!(
            "/sobjects/Contact/listviews/{}",
            view["id"].as_str().unwrap()
        ),
        None,
    );
    assert_eq!(status, 404);
    let found = client.query(
        "SELECT Id FROM ListView WHERE SobjectType = 'Account' AND DeveloperName = 'Customers'",
    );
    assert_eq!(found["records"][0]["Id"], view["id"]);
}

#[test]
fn suggestions_find_the_beginnings_of_names() {
    let stage = stage();
    let client = &stage.client;
    let found = client.get("/search/suggestions?q=acme%20hol&sobject=Account");
    assert_eq!(
        found["autoSuggestResults"][0]["Name"], "Acme Holdings plc",
        "{found}"
    );
    assert_eq!(found["hasMoreResults"], false);
    let found = client.get(
        "/search/suggestions?q=len&sobject=Contact&fields=Email&limit=1&where=Email%20!=%20null",
    );
    let rows = found["autoSuggestResults"].as_array().unwrap();
    assert!(rows.len() == 1 && rows[0]["Email"].is_string(), "{found}");
    assert_eq!(
        client.get("/search/suggestions?q=le&sobject=Contact")["autoSuggestResults"],
        json!([])
    );
    for (path, status, code) in [
        (
            "/search/suggestions?sobject=Contact",
            400,
            "MISSING_ARGUMENT",
        ),
        (
            "/search/suggestions?q=lena&sobject=Nope",
            400,
            "INVALID_TYPE",
        ),
        ("/search/layout?q=Nope", 400, "INVALID_TYPE"),
    ] {
        let (got, body) = client.send(Method::GET, path, None);
        assert_eq!(
            (got, body[0]["errorCode"].as_str()),
            (status, Some(code)),
            "{path}"
        );
    }
    let layouts = client.get("/search/layout?q=Account,Contact");
    assert_eq!(
        (
            &layouts[1]["objectType"],
            &layouts[0]["searchColumns"][0]["field"]
        ),
        (&json!("Contact"), &json!("Account.Name"))
    );
    let order = client.get("/search/scopeOrder");
    assert!(
        order
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["type"] == "Account")
    );
    let found = client.get(&format!(
        "/search?q={}",
        encode("FIND {lena} RETURNING Contact(Id, LastName) WITH METADATA = 'LABELS'")
    ));
    assert_eq!(
        found["metadata"]["entityMetadata"][0]["fieldMetadata"][1],
        json!({"name": "LastName", "label": "Last Name"})
    );
}

#[test]
fn columns_and_plans_of_a_query_are_told() {
    let stage = stage();
    let client = &stage.client;
    let ask = |soql: &str| client.get(&format!("/query?q={}&columns=true", encode(soql)));
    let told = ask("SELECT Id, Name, Owner.Name, (SELECT LastName FROM Contacts) FROM Account");
    assert_eq!(
        (&told["entityName"], &told["idSelected"], &told["keyPrefix"]),
        (&json!("Account"), &json!(true), &json!("001"))
    );
    let columns = told["columnMetadata"].as_array().unwrap();
    let names: Vec<&str> = columns
        .iter()
        .map(|column| column["columnName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Id", "Name", "Owner", "Contacts"]);
    assert_eq!(
        (
            &columns[2]["aggregate"],
            &columns[2]["joinColumns"][0]["columnName"]
        ),
        (&json!(false), &json!("Name"))
    );
    assert_eq!(
        (
            &columns[3]["aggregate"],
            &columns[3]["joinColumns"][0]["columnName"]
        ),
        (&json!(true), &json!("LastName"))
    );
    let told = ask("SELECT Industry, COUNT(Id), MAX(Name) m FROM Account GROUP BY Industry");
    let columns = told["columnMetadata"].as_array().unwrap();
    assert_eq!(told["groupBy"], true);
    assert_eq!(
        (
            &columns[1]["columnName"],
            &columns[1]["displayName"],
            &columns[1]["aggregate"]
        ),
        (&json!("expr0"), &json!("COUNT(Id)"), &json!(true))
    );
    assert_eq!(columns[2]["columnName"], "m");

    let explain =
        |asked: &str| client.get(&format!("/query?explain={}", encode(asked)))["plans"][0].clone();
    let by_name = explain("SELECT Id FROM Account WHERE Name LIKE 'Acme%'");
    assert_eq!(
        (&by_name["leadingOperationType"], &by_name["fields"]),
        (&json!("Index"), &json!(["Name"]))
    );
    let by_all = explain("SELECT Id FROM Account WHERE Industry = 'Energy'");
    assert_eq!(
        (
            &by_all["leadingOperationType"],
            &by_all["notes"][0]["fields"]
        ),
        (&json!("TableScan"), &json!(["Industry"]))
    );
    let customers = view(client, "Account", "Customers");
    assert_eq!(
        explain(customers["id"].as_str().unwrap())["sobjectType"],
        "Account"
    );
}

#[test]
fn columns_of_definitions_are_told_by_both_apis() {
    let stage = stage();
    let soql = "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'";
    for place in ["/tooling/query", "/query"] {
        let told = stage
            .client
            .get(&format!("{place}?q={}&columns=true", encode(soql)));
        assert_eq!(told["entityName"], "EntityDefinition", "{place}");
        assert_eq!(
            told["columnMetadata"][0]["columnName"], "QualifiedApiName",
            "{place}"
        );
        assert!(told.get("records").is_none(), "{place}");
    }
}
