//! Users: passwords, freezing, licences, the last administrator, and what one may change of
//! oneself.

use super::*;

const SAM: &str = "sam@demo.example";

fn code(reply: &(u16, Value)) -> (u16, &str) {
    (reply.0, reply.1[0]["errorCode"].as_str().unwrap_or(""))
}

fn user_id(client: &Client, username: &str) -> String {
    let soql = format!("SELECT Id FROM User WHERE Username = '{username}'");
    let found = client.query(&soql);
    found["records"][0]["Id"].as_str().unwrap().to_owned()
}

fn login_row(client: &Client, user: &str) -> (String, Value) {
    let soql = format!("SELECT Id, IsPasswordLocked FROM UserLogin WHERE UserId = '{user}'");
    let row = client.query(&soql)["records"][0].clone();
    (
        format!("/sobjects/UserLogin/{}", row["Id"].as_str().unwrap()),
        row["IsPasswordLocked"].clone(),
    )
}

fn new_user(client: &Client, username: &str) -> Value {
    let profile = client.query("SELECT Id FROM Profile WHERE Name = 'Standard User'");
    json!({
        "Username": username, "LastName": "New", "Email": "new@demo.example", "Alias": "new",
        "ProfileId": profile["records"][0]["Id"], "TimeZoneSidKey": "Europe/London",
        "LocaleSidKey": "en_GB", "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US",
        "IsActive": true,
    })
}

fn by_password(client: &Client, username: &str, password: &str) -> u16 {
    let fields = [
        ("grant_type", "password"),
        ("client_id", CLIENT_ID),
        ("username", username),
        ("password", password),
    ];
    client.token(&fields).0
}

#[test]
fn passwords_are_asked_set_and_reset() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, SAM);
    let noapi = Client::login_as(&stage.org, "noapi@demo.example");
    let (own, other) = (user_id(kim, SAM), user_id(kim, "kim@demo.example"));
    let of = |id: &str| format!("/sobjects/User/{id}/password");
    let set = |text: &str| Some(json!({"NewPassword": text}));
    let cases = [
        (&sam, Method::GET, &own, None, (200, "")),
        (&sam, Method::HEAD, &own, None, (200, "")),
        (
            &sam,
            Method::GET,
            &other,
            None,
            (403, "INSUFFICIENT_ACCESS"),
        ),
        (
            &sam,
            Method::POST,
            &other,
            set("abcd1234"),
            (403, "INSUFFICIENT_ACCESS"),
        ),
        (
            &sam,
            Method::DELETE,
            &other,
            None,
            (403, "INSUFFICIENT_ACCESS"),
        ),
        (
            &noapi,
            Method::GET,
            &own,
            None,
            (403, "API_DISABLED_FOR_ORG"),
        ),
        (
            kim,
            Method::PATCH,
            &own,
            set("abcd1234"),
            (405, "METHOD_NOT_ALLOWED"),
        ),
        (
            kim,
            Method::POST,
            &own,
            set("abc1"),
            (400, "INVALID_NEW_PASSWORD"),
        ),
        (
            kim,
            Method::POST,
            &own,
            set("abcdefgh"),
            (400, "INVALID_NEW_PASSWORD"),
        ),
        (
            kim,
            Method::POST,
            &own,
            set("12345678"),
            (400, "INVALID_NEW_PASSWORD"),
        ),
        (
            kim,
            Method::POST,
            &own,
            Some(json!({})),
            (400, "INVALID_NEW_PASSWORD"),
        ),
        (
            kim,
            Method::POST,
            &own,
            set("demo1234"),
            (400, "INVALID_NEW_PASSWORD"),
        ),
        (&sam, Method::POST, &own, set("letters1and2"), (204, "")),
    ];
    for (client, method, id, body, wanted) in cases {
        let shown = format!("{method} {body:?}");
        let reply = client.send(method, &of(id), body);
        assert_eq!(code(&reply), wanted, "{shown}: {}", reply.1);
    }
    let stranger = Client::new(&stage.org);
    assert_eq!(by_password(&stranger, SAM, "demo1234"), 400);
    assert_eq!(by_password(&stranger, SAM, "letters1and2"), 200);
    assert_eq!(kim.get(&of(&own)), json!({"isExpired": false}));
    let (status, reply) = kim.send(Method::DELETE, &of(&own), None);
    assert_eq!(status, 200);
    let made = reply["NewPassword"].as_str().unwrap();
    assert_eq!(by_password(&stranger, SAM, made), 200);
    assert_eq!(kim.get(&of(&own)), json!({"isExpired": true}));
    let text = sam.send(Method::GET, &of(&other), None).1;
    assert_eq!(
        text[0]["message"],
        "You do not have permission to view this record."
    );
}

#[test]
fn frozen_and_inactive_users_are_out_at_once() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, SAM);
    let id = user_id(kim, SAM);
    let logins = kim.query("SELECT count() FROM UserLogin")["totalSize"].clone();
    assert_eq!(
        logins,
        kim.query("SELECT count() FROM User")["totalSize"],
        "every user has a login row"
    );
    let (own, _) = login_row(kim, &user_id(kim, "kim@demo.example"));
    let (row, _) = login_row(kim, &id);
    let user = format!("/sobjects/User/{id}");
    let frozen = |on: bool| Some(json!({"IsFrozen": on}));
    let active = |on: bool| Some(json!({"IsActive": on}));
    let locked = Some(json!({"IsPasswordLocked": true}));
    for (path, body, wanted, sams) in [
        (&own, frozen(true), (400, "CANNOT_FREEZE_SELF"), 200),
        (&row, locked, (400, "FIELD_INTEGRITY_EXCEPTION"), 200),
        (&row, frozen(true), (204, ""), 401),
        (&row, frozen(false), (204, ""), 200),
        (&user, active(false), (204, ""), 401),
        (&user, active(true), (204, ""), 200),
    ] {
        let reply = kim.send(Method::PATCH, path, body.clone());
        assert_eq!(code(&reply), wanted, "{body:?}: {}", reply.1);
        assert_eq!(sam.send(Method::GET, "/limits", None).0, sams, "{body:?}");
    }
    let (status, _) = sam.send(Method::PATCH, &own, frozen(true));
    assert_eq!(status, 400, "not without Manage Users");
}

#[test]
fn ten_wrong_tries_show_as_a_locked_password() {
    let stage = stage();
    let kim = &stage.client;
    let id = user_id(kim, SAM);
    let stranger = Client::new(&stage.org);
    for _ in 0..10 {
        assert_eq!(by_password(&stranger, SAM, "wrong"), 400);
    }
    let (row, locked) = login_row(kim, &id);
    assert_eq!(locked, true);
    assert_eq!(by_password(&stranger, SAM, "demo1234"), 400);
    let (status, _) = kim.send(
        Method::PATCH,
        &row,
        Some(json!({"IsPasswordLocked": false})),
    );
    assert_eq!(status, 204);
    assert_eq!(by_password(&stranger, SAM, "demo1234"), 200);
}

#[test]
fn users_are_made_within_the_licences() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, SAM);
    let mut bad = new_user(kim, "x@demo.example");
    bad["Username"] = json!("nobody");
    for (client, body, wanted) in [
        (
            kim,
            json!({"LastName": "A"}),
            (400, "REQUIRED_FIELD_MISSING"),
        ),
        (
            kim,
            new_user(kim, "SAM@demo.example"),
            (400, "DUPLICATE_USERNAME"),
        ),
        (kim, bad, (400, "INVALID_EMAIL_ADDRESS")),
        (
            &sam,
            new_user(kim, "x@demo.example"),
            (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        ),
    ] {
        let reply = client.send(Method::POST, "/sobjects/User", Some(body));
        assert_eq!(code(&reply), wanted, "{}", reply.1);
    }
    let soql = "SELECT TotalLicenses, UsedLicenses FROM UserLicense WHERE Name = 'Salesforce'";
    let license = kim.query(soql)["records"][0].clone();
    let number = |name: &str| license[name].as_i64().unwrap();
    let free = number("TotalLicenses") - number("UsedLicenses");
    assert!(free > 0);
    for place in 0..free {
        let id = kim.create("User", new_user(kim, &format!("n{place}@demo.example")));
        login_row(kim, &id);
    }
    let body = new_user(kim, "more@demo.example");
    let reply = kim.send(Method::POST, "/sobjects/User", Some(body.clone()));
    assert_eq!(code(&reply), (400, "LICENSE_LIMIT_EXCEEDED"));
    let mut body = body;
    body["IsActive"] = json!(false);
    kim.create("User", body);
    assert_eq!(
        kim.query(soql)["records"][0]["UsedLicenses"],
        license["TotalLicenses"]
    );
}

#[test]
fn users_change_some_of_their_own_row() {
    let stage = stage();
    let kim = &stage.client;
    let sam = Client::login_as(&stage.org, SAM);
    let (own, other) = (user_id(kim, SAM), user_id(kim, "kim@demo.example"));
    let profile = kim.query("SELECT ProfileId FROM User WHERE Username = 'kim@demo.example'");
    let profile = profile["records"][0]["ProfileId"].clone();
    let standard = new_user(kim, "x@demo.example")["ProfileId"].clone();
    for (client, id, body, wanted) in [
        (&sam, &own, json!({"Phone": "+44 1"}), (204, "")),
        (&sam, &own, json!({"TimeZoneSidKey": "GMT"}), (204, "")),
        (
            &sam,
            &own,
            json!({"ProfileId": profile}),
            (400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ),
        (
            &sam,
            &own,
            json!({"IsActive": true}),
            (400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ),
        (
            &sam,
            &other,
            json!({"Phone": "1"}),
            (400, "INSUFFICIENT_ACCESS_OR_READONLY"),
        ),
        (kim, &own, json!({"Phone": "+44 2"}), (204, "")),
        (
            kim,
            &other,
            json!({"IsActive": false}),
            (400, "CANNOT_DISABLE_LAST_ADMIN"),
        ),
        (
            kim,
            &other,
            json!({"ProfileId": standard}),
            (400, "CANNOT_DISABLE_LAST_ADMIN"),
        ),
    ] {
        let shown = body.to_string();
        let reply = client.send(Method::PATCH, &format!("/sobjects/User/{id}"), Some(body));
        assert_eq!(code(&reply), wanted, "{shown}: {}", reply.1);
    }
}

#[test]
fn setup_and_business_rows_do_not_share_a_transaction() {
    let stage = stage();
    let kim = &stage.client;
    let id = user_id(kim, SAM);
    let root = "/services/data/v62.0/sobjects";
    let account = |name: &str| json!({"method": "POST", "url": format!("{root}/Account"), "referenceId": "a", "body": {"Name": name}});
    let user = |body: Value| json!({"method": "PATCH", "url": format!("{root}/User/{id}"), "referenceId": "u", "body": body});
    let cases = [
        (true, json!({"UserRoleId": null}), 400, 0),
        (true, json!({"Phone": "1"}), 204, 1),
        (false, json!({"UserRoleId": null}), 204, 1),
    ];
    for (place, (together, body, status, rows)) in cases.into_iter().enumerate() {
        let name = format!("Mixed {place}");
        let body = json!({"allOrNone": together, "compositeRequest": [account(&name), user(body)]});
        let (_, reply) = kim.send(Method::POST, "/composite", Some(body));
        let part = &reply["compositeResponse"][1];
        assert_eq!(part["httpStatusCode"], status, "{reply}");
        if status == 400 {
            assert_eq!(part["body"][0]["errorCode"], "MIXED_DML_OPERATION");
            assert_eq!(
                part["body"][0]["message"],
                "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): User, original object: Account"
            );
        }
        let soql = format!("SELECT count() FROM Account WHERE Name = '{name}'");
        assert_eq!(kim.query(&soql)["totalSize"], rows, "{name}");
    }
    let graph = json!({"graphs": [{"graphId": "g", "compositeRequest": [account("Mixed g"), user(json!({"UserRoleId": null}))]}]});
    let reply = kim.send(Method::POST, "/composite/graph", Some(graph)).1;
    assert_eq!(reply["graphs"][0]["isSuccessful"], false, "{reply}");
    let records = json!({"allOrNone": true, "records": [
        {"attributes": {"type": "Account"}, "Name": "Mixed c"},
        {"attributes": {"type": "Group"}, "Name": "Mixed", "Type": "Regular"},
    ]});
    let reply = kim
        .send(Method::POST, "/composite/sobjects", Some(records))
        .1;
    assert_eq!(
        reply[1]["errors"][0]["statusCode"], "MIXED_DML_OPERATION",
        "{reply}"
    );
}
