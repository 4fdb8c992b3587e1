//! List views of the User Interface API: the views, what one is, its records, and those
//! seen last.

use super::*;

#[test]
fn lists_are_told_with_their_columns_and_records() {
    let stage = stage();
    let client = &stage.client;
    let ui = |path: &str| client.get(&format!("/ui-api/{path}"));
    let all = ui("list-ui/Contact");
    assert_eq!(
        (&all["objectApiName"], &all["count"]),
        (&json!("Contact"), &json!(4))
    );
    let first = &all["lists"][0];
    assert_eq!(first["apiName"], "AllContacts");
    let url = first["listUiUrl"].as_str().unwrap();
    assert_eq!(
        url,
        "/services/data/v62.0/ui-api/list-ui/Contact/AllContacts"
    );
    let found = ui("list-ui/Contact?q=mail");
    assert_eq!(found["lists"][0]["apiName"], "WithoutEmail");
    assert_eq!(found["count"], 1);

    let page = ui("list-ui/Contact/AllContacts?pageSize=3");
    let by_id = ui(&format!(
        "list-ui/{}?pageSize=3",
        first["id"].as_str().unwrap()
    ));
    assert_eq!(page, by_id);
    let info = &page["info"];
    assert_eq!(info["listReference"]["listViewApiName"], "AllContacts");
    let column = json!({"fieldApiName": "Name", "label": "Full Name", "sortable": true});
    assert_eq!(info["displayColumns"][0], column);
    assert_eq!(info["userPreferences"]["columnWrap"]["Owner.Alias"], false);
    assert_eq!(ui("list-info/Contact/AllContacts")["label"], info["label"]);
    let records = &page["records"];
    assert_eq!(
        (&records["count"], &records["nextPageToken"]),
        (&json!(3), &json!("3"))
    );
    assert_eq!(records["listInfoETag"], info["eTag"]);
    let row = &records["records"][0];
    assert_eq!(row["apiName"], "Contact");
    assert!(
        row["fields"]["Owner"]["value"]["fields"]["Alias"]["value"].is_string(),
        "{row}"
    );
    let next = records["nextPageUrl"].as_str().unwrap();
    let (status, _, body) = client.raw(Method::GET, next, &[], None);
    let second: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &second["previousPageToken"]), (200, &json!("0")));
    assert_ne!(second["records"][0]["id"], row["id"]);
    let name = |page: &Value| page["records"][0]["fields"]["Name"]["value"].clone();
    let up = ui("list-records/Contact/AllContacts?sortBy=Name&pageSize=1");
    let down = ui("list-records/Contact/AllContacts?sortBy=-Contact.Name&pageSize=1");
    assert!(name(&up).as_str() < name(&down).as_str());
}

#[test]
fn what_was_seen_last_comes_first_and_wrong_lists_are_refused() {
    let stage = stage();
    let client = &stage.client;
    for number in 0..3 {
        client.create("Account", json!({"Name": format!("Seen {number}")}));
    }
    let page = client.get("/ui-api/mru-list-ui/Account?pageSize=2");
    assert_eq!(page["info"]["label"], "Recently Viewed");
    assert_eq!(page["info"]["listReference"]["type"], "mru");
    let names: Vec<&Value> = page["records"]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["fields"]["Name"]["value"])
        .collect();
    assert_eq!(names, ["Seen 2", "Seen 1"]);
    let rest = client.get("/ui-api/mru-list-records/Account?pageSize=2&pageToken=2");
    assert_eq!(rest["records"][0]["fields"]["Name"]["value"], "Seen 0");
    for (path, status) in [
        ("list-ui/Contact/Nope", 404),
        ("list-ui/Nope", 404),
        ("list-records/Account/AllContacts", 404),
        ("list-records/Contact", 404),
        ("list-records/Contact/AllContacts?pageSize=x", 400),
        ("list-records/Contact/AllContacts?pageToken=9999", 400),
        ("list-records/Contact/AllContacts?sortBy=Nope", 400),
        ("mru-list-ui/Nope", 404),
    ] {
        let reply = client.send(Method::GET, &format!("/ui-api/{path}"), None);
        assert_eq!(reply.0, status, "{path}: {}", reply.1);
    }
}
