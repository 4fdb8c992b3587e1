//! The User Interface API: objects, pick lists, layouts, records, idempotent writes.

use super::*;

const MASTER: &str = "012000000000000AAA";

fn ui(client: &Client, path: &str) -> Value {
    client.get(&format!("/ui-api/{path}"))
}

fn write(
    client: &Client,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> (u16, Value) {
    client.send_with(method, &format!("/ui-api/{path}"), headers, Some(body))
}

#[test]
fn object_info_tells_fields_parents_and_what_depends_on_what() {
    let stage = stage();
    let client = &stage.client;
    let info = ui(client, "object-info/Contact");
    assert_eq!(info["apiName"], "Contact");
    assert_eq!(info["nameFields"], json!(["FirstName", "LastName", "Name"]));
    let account = &info["fields"]["AccountId"];
    assert_eq!(account["dataType"], "Reference");
    assert_eq!(
        account["referenceToInfos"],
        json!([{"apiName": "Account", "nameFields": ["Name"]}])
    );
    assert_eq!(info["fields"]["LastName"]["required"], true);
    assert_eq!(
        info["fields"]["MailingCity"]["compoundComponentName"],
        "City"
    );
    assert_eq!(info["recordTypeInfos"][MASTER]["master"], true);
    let describe = client.get("/sobjects/Contact/describe");
    let described = describe["fields"].as_array().unwrap();
    assert_eq!(info["fields"].as_object().unwrap().len(), described.len());
    let contact = ui(client, "object-info/Contact");
    let dependent = described_dependents(&client.get("/sobjects/Contact/describe"));
    assert!(!dependent.is_empty());
    for (controller, field) in dependent {
        assert!(
            contact["dependentFields"][&controller]
                .get(&field)
                .is_some(),
            "{controller} {field}"
        );
    }
    let batch = ui(client, "object-info/batch/Account,Profile,Nope");
    let statuses: Vec<_> = (0..3)
        .map(|n| batch["results"][n]["statusCode"].clone())
        .collect();
    assert_eq!(statuses, [json!(200), json!(400), json!(404)]);
    assert_eq!(
        batch["results"][1]["result"][0]["message"],
        "Object Profile is not supported in UI API"
    );
    let tag = info["eTag"].as_str().unwrap();
    let known = client.send_with(
        Method::GET,
        "/ui-api/object-info/Contact",
        &[("if-none-match", &format!("\"{tag}\""))],
        None,
    );
    assert_eq!(known.0, 304);
}

/// Controlling and dependent field of every dependent pick list.
fn described_dependents(describe: &Value) -> Vec<(String, String)> {
    let fields = describe["fields"].as_array().unwrap().iter();
    fields
        .filter_map(|field| {
            let name = field["name"].as_str()?.to_owned();
            Some((field["controllerName"].as_str()?.to_owned(), name))
        })
        .collect()
}

#[test]
fn pick_list_indexes_say_what_describes_bits_say() {
    use base64::Engine;
    let stage = stage();
    let client = &stage.client;
    let describe = client.get("/sobjects/Contact/describe");
    let all = ui(
        client,
        &format!("object-info/Contact/picklist-values/{MASTER}"),
    );
    let mut compared = 0;
    for (controller, name) in described_dependents(&describe) {
        let field = |name: &str| {
            let mut fields = describe["fields"].as_array().unwrap().iter();
            fields.find(|field| field["name"] == name).unwrap().clone()
        };
        let (controller, dependent) = (field(&controller), field(&name));
        let listed = &all["picklistFieldValues"][&name];
        for value in dependent["picklistValues"].as_array().unwrap() {
            let bits = base64::engine::general_purpose::STANDARD
                .decode(value["validFor"].as_str().unwrap())
                .unwrap();
            let count = controller["picklistValues"]
                .as_array()
                .unwrap()
                .len()
                .max(2);
            let from_bits: Vec<usize> = (0..count)
                .filter(|i| {
                    bits.get(i >> 3)
                        .is_some_and(|byte| byte & (0x80 >> (i & 7)) != 0)
                })
                .collect();
            let shown = listed["values"].as_array().unwrap().iter();
            let shown = shown
                .clone()
                .find(|one| one["value"] == value["value"])
                .unwrap();
            assert_eq!(shown["validFor"], json!(from_bits), "{name} {value}");
            compared += from_bits.len();
        }
    }
    assert!(compared > 0);
    let one = ui(
        client,
        &format!("object-info/Account/picklist-values/{MASTER}/Type"),
    );
    assert_eq!(
        one["values"][0],
        json!({"attributes": null, "label": "Prospect", "validFor": [], "value": "Prospect"})
    );
    assert_eq!(
        one["url"],
        format!("/services/data/v62.0/ui-api/object-info/Account/picklist-values/{MASTER}/Type")
    );
    let (status, code, _) = client.refused(
        Method::GET,
        &format!("/ui-api/object-info/Account/picklist-values/{MASTER}/Phone"),
        None,
    );
    assert_eq!((status, code.as_str()), (400, "INVALID_FIELD"));
}

#[test]
fn record_types_keep_their_own_values() {
    let stage = stage();
    let client = &stage.client;
    let mappings = client.get("/sobjects/Opportunity/describe/layouts");
    for mapping in mappings["recordTypeMappings"].as_array().unwrap() {
        let id = mapping["recordTypeId"].as_str().unwrap();
        let all = ui(
            client,
            &format!("object-info/Opportunity/picklist-values/{id}"),
        );
        for list in mapping["picklistsForRecordType"].as_array().unwrap() {
            let values = |list: &Value| -> Vec<Value> {
                list.as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["value"].clone())
                    .collect()
            };
            let name = list["picklistName"].as_str().unwrap();
            assert_eq!(
                values(&list["picklistValues"]),
                values(&all["picklistFieldValues"][name]["values"]),
                "{id} {name}"
            );
        }
    }
    let (status, code, _) = client.refused(
        Method::GET,
        "/ui-api/object-info/Account/picklist-values/012000000000001/Type",
        None,
    );
    assert_eq!(
        (status, code.as_str()),
        (400, "ILLEGAL_QUERY_PARAMETER_VALUE")
    );
}

#[test]
fn forms_start_with_layout_and_defaults() {
    let stage = stage();
    let client = &stage.client;
    let form = ui(client, "record-defaults/create/Task");
    assert_eq!(form["record"]["fields"]["Status"]["value"], "Not Started");
    assert!(form["record"]["id"].is_null());
    assert_eq!(
        form["record"]["fields"]["Owner"]["value"]["apiName"],
        "User"
    );
    assert!(form["objectInfos"]["Task"]["fields"].is_object());
    assert_eq!(
        (&form["layout"]["mode"], &form["layout"]["layoutType"]),
        (&json!("Create"), &json!("Full"))
    );
    let id = client.create("Account", json!({"Name": "First", "Industry": "Energy"}));
    let copy = ui(client, &format!("record-defaults/clone/{id}"));
    assert_eq!(
        copy["record"]["fields"]["Industry"],
        json!({"displayValue": "Energy", "value": "Energy"})
    );
    assert!(copy["record"]["id"].is_null());
    let template = ui(client, "record-defaults/template/create/Account");
    assert!(template["record"]["fields"]["Name"]["value"].is_null());
    let lead = ui(client, "layout/Lead?mode=Edit");
    let name = lead["sections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|section| section["layoutRows"].as_array().unwrap())
        .flat_map(|row| row["layoutItems"].as_array().unwrap())
        .find(|item| item["label"] == "Name")
        .unwrap();
    let parts: Vec<_> = name["layoutComponents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["apiName"].as_str().unwrap())
        .collect();
    assert_eq!(parts.last(), Some(&"LastName"), "{parts:?}");
    for bad in ["layout/Lead?mode=Sideways", "layout/Lead?layoutType=None"] {
        assert_eq!(
            client.send(Method::GET, &format!("/ui-api/{bad}"), None).0,
            400,
            "{bad}"
        );
    }
}

#[test]
fn records_are_shown_written_and_refused_in_their_own_shapes() {
    let stage = stage();
    let client = &stage.client;
    let (status, made) = write(
        client,
        Method::POST,
        "records",
        &[],
        json!({"apiName": "Account", "fields": {"Name": "Universal", "AnnualRevenue": 1_234_567}}),
    );
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        made["fields"]["Owner"]["value"]["fields"]["Id"]["value"],
        made["fields"]["OwnerId"]["value"]
    );
    let shown = ui(
        client,
        &format!(
            "records/{id}?fields=Account.Name,Account.Owner.Name,Account.AnnualRevenue&optionalFields=Account.Nope__c"
        ),
    );
    let mut names: Vec<_> = shown["fields"].as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["AnnualRevenue", "Name", "Owner"]);
    let money = shown["fields"]["AnnualRevenue"]["displayValue"]
        .as_str()
        .unwrap();
    assert!(money.contains("1,234,567"), "{money}");
    for (path, code) in [
        (format!("records/{id}"), "INVALID_INPUT_COMBINATION"),
        (
            format!("records/{id}?fields=Account.Nope__c"),
            "INVALID_FIELD",
        ),
        (
            format!("records/{id}?layoutTypes=Odd"),
            "ILLEGAL_QUERY_PARAMETER_VALUE",
        ),
        (
            "records/001000000000001?layoutTypes=Full".to_owned(),
            "NOT_FOUND",
        ),
        (
            "records/short?layoutTypes=Full".to_owned(),
            "ILLEGAL_QUERY_PARAMETER_VALUE",
        ),
    ] {
        let (_, body) = client.send(Method::GET, &format!("/ui-api/{path}"), None);
        assert_eq!(body[0]["errorCode"], code, "{path}: {body}");
    }
    let path = format!("records/{id}");
    let (status, changed) = write(
        client,
        Method::PATCH,
        &path,
        &[],
        json!({"fields": {"Id": id, "Phone": "1"}}),
    );
    assert_eq!(
        (status, &changed["fields"]["Phone"]["value"]),
        (200, &json!("1")),
        "{changed}"
    );
    let (status, body) = write(
        client,
        Method::PATCH,
        &path,
        &[],
        json!({"fields": {"Name": null}}),
    );
    assert_eq!(status, 400);
    let fault = &body["output"]["fieldErrors"]["Name"][0];
    assert_eq!(
        (
            &fault["errorCode"],
            &fault["constituentField"],
            &fault["fieldLabel"]
        ),
        (
            &json!("REQUIRED_FIELD_MISSING"),
            &json!("Name"),
            &json!("Account Name")
        ),
        "{body}"
    );
    let (_, body) = write(
        client,
        Method::PATCH,
        &path,
        &[],
        json!({"fields": {"Name": 5}}),
    );
    assert_eq!(
        body[0]["message"],
        "Value for field 'Name' in object 'Account' with data type 'STRING' should be a String but instead is a Integer."
    );
    let (status, body) = client.send(Method::PATCH, &format!("/ui-api/{path}"), None);
    assert_eq!(
        (status, &body[0]["message"]),
        (400, &json!("Record input is required for PATCH."))
    );
    let late = [("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT")];
    assert_eq!(
        write(
            client,
            Method::PATCH,
            &path,
            &late,
            json!({"fields": {"Name": "x"}})
        )
        .0,
        412
    );
    let batch = ui(
        client,
        &format!("records/batch/{id},001000000000001?layoutTypes=Compact"),
    );
    assert_eq!(
        (&batch["hasErrors"], &batch["results"][1]["statusCode"]),
        (&json!(true), &json!(404))
    );
    let page = ui(
        client,
        &format!("record-ui/{id}?layoutTypes=Full,Compact&modes=View,Edit"),
    );
    assert!(
        page["layouts"]["Account"][MASTER]["Compact"]["Edit"]["sections"].is_array(),
        "{page}"
    );
    assert!(page["objectInfos"]["User"].is_object() && page["records"][id]["fields"].is_object());
    assert_eq!(
        client
            .send(Method::DELETE, &format!("/ui-api/{path}"), None)
            .0,
        204
    );
    assert_eq!(
        client
            .send(Method::DELETE, &format!("/ui-api/{path}"), None)
            .0,
        404
    );
}

#[test]
fn a_write_with_a_key_is_done_once_over_restarts_too() {
    let mut stage = stage();
    let key = [("idempotency-key", "12cfe4e6-e477-4de8-aa4e-95d31aa2be24")];
    let body = json!({"apiName": "Account", "fields": {"Name": "Once"}});
    let (status, first) = write(&stage.client, Method::POST, "records", &key, body.clone());
    assert_eq!(status, 201, "{first}");
    assert_eq!(
        write(&stage.client, Method::POST, "records", &key, body.clone()),
        (201, first.clone())
    );
    let other = json!({"apiName": "Account", "fields": {"Name": "Twice"}});
    let (status, refused) = write(&stage.client, Method::POST, "records", &key, other);
    assert_eq!(
        (status, &refused[0]["errorCode"]),
        (400, &json!("INVALID_IDEMPOTENCY_KEY"))
    );
    for (key, body) in [
        ("not-a-uuid", body.clone()),
        ("018f2f6e-0000-7000-8000-000000000000", body.clone()),
        (
            "22cfe4e6-e477-4de8-aa4e-95d31aa2be24",
            json!({"apiName": "ContentNote", "fields": {"Title": "x"}}),
        ),
    ] {
        assert_eq!(
            write(
                &stage.client,
                Method::POST,
                "records",
                &[("idempotency-key", key)],
                body
            )
            .0,
            400,
            "{key}"
        );
    }
    // A refused write is not remembered: mended, it may use its key again.
    let mended = [("idempotency-key", "32cfe4e6-e477-4de8-aa4e-95d31aa2be24")];
    assert_eq!(
        write(
            &stage.client,
            Method::POST,
            "records",
            &mended,
            json!({"apiName": "Account", "fields": {}})
        )
        .0,
        400
    );
    assert_eq!(
        write(
            &stage.client,
            Method::POST,
            "records",
            &mended,
            json!({"apiName": "Account", "fields": {"Name": "Mended"}})
        )
        .0,
        201
    );
    let id = first["id"].as_str().unwrap().to_owned();
    let gone = [("idempotency-key", "42cfe4e6-e477-4de8-aa4e-95d31aa2be24")];
    for _ in 0..2 {
        let (status, ..) = stage.client.raw(
            Method::DELETE,
            &format!("/services/data/v62.0/ui-api/records/{id}"),
            &gone,
            None,
        );
        assert_eq!(status, 204);
    }
    stage = restarted(stage);
    assert_eq!(
        write(&stage.client, Method::POST, "records", &key, body),
        (201, first)
    );
    let count = stage
        .client
        .query("SELECT COUNT() FROM Account WHERE Name IN ('Once', 'Twice')");
    assert_eq!(count["totalSize"], 0);
}

fn restarted(stage: Stage) -> Stage {
    let Stage { org, folder, .. } = stage;
    org.stop();
    let org = demo::start(options(folder.path())).unwrap();
    Stage {
        client: Client::login(&org),
        org,
        folder,
    }
}

#[test]
fn lookups_suggest_by_recency_beginning_and_search() {
    let stage = stage();
    let client = &stage.client;
    for name in ["Zebra One", "Zebra Two", "Striped Zebra"] {
        client.create("Account", json!({"Name": name, "Phone": "12"}));
    }
    let names = |query: &str| -> Vec<String> {
        let page = ui(
            client,
            &format!("lookups/Contact/AccountId/Account?{query}"),
        );
        let mut names: Vec<String> = page["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["fields"]["Name"]["value"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names("q=zeb&searchType=TypeAhead"),
        ["Striped Zebra", "Zebra One", "Zebra Two"]
    );
    assert_eq!(names("q=striped&searchType=Search"), ["Striped Zebra"]);
    assert_eq!(names("q=zebra&pageSize=2&page=2").len(), 1);
    assert!(names("q=z&searchType=TypeAhead").is_empty());
    let page = ui(
        client,
        "lookups/Contact/AccountId/Account?q=zebra&pageSize=1",
    );
    assert_eq!(
        page["records"][0]["fields"]["DisambiguationField"]["value"],
        "12"
    );
    assert!(
        page["nextPageUrl"].as_str().unwrap().contains("page=2"),
        "{page}"
    );
    let all = ui(client, "lookups/Contact/AccountId?q=zebra");
    assert_eq!(all["lookupResults"]["Account"]["count"], 3);
    for bad in [
        "Contact/LastName",
        "Contact/AccountId/Lead",
        "Contact/AccountId?searchType=Odd",
        "Contact/AccountId?page=0",
    ] {
        assert_eq!(
            client
                .send(Method::GET, &format!("/ui-api/lookups/{bad}"), None)
                .0,
            400,
            "{bad}"
        );
    }
}

#[test]
fn related_lists_come_in_pages() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Above"}));
    for name in ["Ash", "Birch", "Cedar"] {
        client.create("Contact", json!({"LastName": name, "AccountId": account}));
    }
    let path = format!("related-list-records/{account}/Contacts");
    let first = ui(
        client,
        &format!("{path}?pageSize=2&fields=Contact.LastName"),
    );
    assert_eq!(
        (&first["count"], &first["nextPageToken"]),
        (&json!(2), &json!("2")),
        "{first}"
    );
    let last = ui(
        client,
        &format!("{path}?pageSize=2&pageToken=2&fields=Contact.LastName"),
    );
    assert_eq!(last["records"][0]["fields"]["LastName"]["value"], "Cedar");
    assert!(last["nextPageUrl"].is_null());
    assert!(ui(client, &path)["records"][0]["fields"]["Name"]["value"].is_string());
    for (path, status) in [
        (format!("related-list-records/{account}/Nothing"), 404),
        (format!("{path}?fields=Contact.Nope__c"), 400),
        (format!("{path}?pageToken=x"), 400),
    ] {
        assert_eq!(
            client.send(Method::GET, &format!("/ui-api/{path}"), None).0,
            status,
            "{path}"
        );
    }
}
