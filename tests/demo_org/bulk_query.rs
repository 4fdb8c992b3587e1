//! Bulk API 2.0 query jobs over HTTP.

use std::time::{Duration, Instant};

use super::*;

fn make(client: &Client, body: Value) -> Value {
    let (status, job) = client.send(Method::POST, "/jobs/query", Some(body));
    assert_eq!(
        (status, &job["state"]),
        (200, &json!("UploadComplete")),
        "{job}"
    );
    job
}

fn wait(client: &Client, id: &Value) -> Value {
    let began = Instant::now();
    loop {
        let job = client.get(&format!("/jobs/query/{}", id.as_str().unwrap()));
        if ["JobComplete", "Failed", "Aborted"].contains(&job["state"].as_str().unwrap()) {
            return job;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{job}");
    }
}

/// Text, locator, number of records.
fn results(client: &Client, job: &Value, parameters: &str) -> (String, String, String) {
    let id = job["id"].as_str().unwrap();
    let target = format!("/services/data/v62.0/jobs/query/{id}/results{parameters}");
    let (status, headers, body) = client.raw(Method::GET, &target, &[], None);
    let text = String::from_utf8(body).unwrap();
    assert_eq!(status, 200, "{text}");
    let head = |name| header(&headers, name).unwrap().to_owned();
    (text, head("sforce-locator"), head("sforce-numberofrecords"))
}

#[test]
fn a_query_gives_its_rows_as_csv() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "A \"B\", C"}));
    client.create(
        "Contact",
        json!({"LastName": "Csv", "AccountId": account, "Description": "two\nlines"}),
    );
    client.create("Contact", json!({"LastName": "Csv2"}));
    let query = "SELECT LastName, Account.Name, Description, DoNotCall, CreatedDate FROM Contact WHERE LastName LIKE 'Csv%' ORDER BY LastName";
    let made = make(client, json!({"operation": "query", "query": query}));
    assert_eq!(
        (&made["object"], made.get("jobType")),
        (&json!("Contact"), None)
    );
    let job = wait(client, &made["id"]);
    assert_eq!(
        (
            &job["state"],
            &job["numberRecordsProcessed"],
            &job["jobType"]
        ),
        (&json!("JobComplete"), &json!(2), &json!("V2Query")),
        "{job}"
    );
    assert!(job.get("numberRecordsFailed").is_none());
    let (text, locator, count) = results(client, &job, "");
    assert_eq!((locator.as_str(), count.as_str()), ("null", "2"));
    let start = "\"LastName\",\"Account.Name\",\"Description\",\"DoNotCall\",\"CreatedDate\"\n\"Csv\",\"A \"\"B\"\", C\",\"two\nlines\",\"false\",\"20";
    assert!(text.starts_with(start), "{text}");
    assert!(
        text.ends_with("Z\"\n") && text.contains("\"Csv2\",\"\",\"\",\"false\""),
        "{text}"
    );
    let other = make(
        client,
        json!({"operation": "queryAll", "query": "SELECT Id FROM Contact WHERE LastName = 'None at all'", "columnDelimiter": "TAB", "lineEnding": "CRLF"}),
    );
    let job = wait(client, &other["id"]);
    let (text, locator, count) = results(client, &job, "");
    assert_eq!(
        (text.as_str(), locator.as_str(), count.as_str()),
        ("\"Id\"\r\n", "null", "0")
    );
}

#[test]
fn pages_follow_the_locator_to_the_end() {
    let stage = stage();
    let client = &stage.client;
    let made = make(
        client,
        json!({"operation": "query", "query": "SELECT Id FROM Contact"}),
    );
    let job = wait(client, &made["id"]);
    let (whole, _, count) = results(client, &job, "");
    let total: usize = count.parse().unwrap();
    let mut rows = Vec::new();
    let mut parameters = "?maxRecords=70".to_owned();
    loop {
        let (text, locator, count) = results(client, &job, &parameters);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("\"Id\""));
        let before = rows.len();
        rows.extend(lines.map(str::to_owned));
        assert_eq!(rows.len() - before, count.parse::<usize>().unwrap());
        if locator == "null" {
            break;
        }
        parameters = format!("?locator={locator}&maxRecords=70");
    }
    assert_eq!(rows.len(), total);
    assert!(whole.lines().skip(1).eq(rows.iter().map(String::as_str)));
    let id = job["id"].as_str().unwrap();
    let pages = client.get(&format!("/jobs/query/{id}/resultPages"));
    let url = pages["resultPages"][0]["resultUrl"].as_str().unwrap();
    assert_eq!(pages["done"], true);
    let (_, _, body) = client.raw(Method::GET, url, &[], None);
    assert_eq!(body, whole.as_bytes());
    for parameters in ["?locator=%25", "?locator=OTk5OTk5", "?maxRecords=0"] {
        let path = format!("/jobs/query/{id}/results{parameters}");
        assert_eq!(client.send(Method::GET, &path, None).0, 400, "{parameters}");
    }
}

#[test]
fn what_bulk_queries_cannot_do_is_said_at_once() {
    let stage = stage();
    for (query, code, text) in [
        (
            "SELECT COUNT() FROM Account",
            "API_ERROR",
            "Aggregate functions",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account GROUP BY Name",
            "API_ERROR",
            "Aggregate functions",
        ),
        (
            "SELECT Id FROM Account LIMIT 5 OFFSET 5",
            "API_ERROR",
            "OFFSET",
        ),
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
            "API_ERROR",
            "Aggregate Relationships not supported",
        ),
        (
            "SELECT BillingAddress FROM Account",
            "API_ERROR",
            "Selecting compound data not supported in Bulk Query",
        ),
        (
            "SELECT VersionData FROM ContentVersion WHERE Id = '068000000000001AAA'",
            "API_ERROR",
            "Blob field",
        ),
        (
            "SELECT Nope FROM Account",
            "INVALID_FIELD",
            "No such column 'Nope'",
        ),
        ("SELECT", "MALFORMED_QUERY", ""),
    ] {
        let body = json!({"operation": "query", "query": query});
        let (status, reply) = stage.client.send(Method::POST, "/jobs/query", Some(body));
        assert_eq!(
            (status, &reply[0]["errorCode"]),
            (400, &json!(code)),
            "{query}: {reply}"
        );
        assert!(
            reply[0]["message"].as_str().unwrap().contains(text),
            "{reply}"
        );
    }
    for body in [
        json!({"operation": "insert", "query": "SELECT Id FROM Account"}),
        json!({"operation": "query"}),
    ] {
        assert_eq!(
            stage.client.send(Method::POST, "/jobs/query", Some(body)).0,
            400
        );
    }
}

#[test]
fn a_query_job_is_aborted_deleted_and_listed() {
    let stage = stage();
    let client = &stage.client;
    let made = make(
        client,
        json!({"operation": "query", "query": "SELECT Id FROM Contact"}),
    );
    let id = made["id"].as_str().unwrap();
    let path = format!("/jobs/query/{id}");
    wait(client, &made["id"]);
    let (status, reply) = client.send(Method::PATCH, &path, Some(json!({"state": "Aborted"})));
    assert_eq!(
        (status, &reply[0]["message"]),
        (400, &json!("Aborting already Completed Job not allowed"))
    );
    assert_eq!(
        client.get("/jobs/query")["records"][0]["jobType"],
        "V2Query"
    );
    assert_eq!(client.get("/jobs/ingest")["records"], json!([]));
    assert_eq!(
        client
            .send(Method::GET, &format!("/jobs/ingest/{id}"), None)
            .0,
        404
    );
    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(
        client.send(Method::GET, &format!("{path}/results"), None).0,
        404
    );
    let files = std::fs::read_dir(stage.folder.path().join("bulk")).unwrap();
    assert_eq!(files.count(), 0);
}

#[test]
fn a_running_query_job_is_aborted_or_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let many = || Options {
        rows: 5_000,
        ..options(folder.path())
    };
    let org = demo::start(many()).unwrap();
    let mut client = Client::login(&org);
    let ask = json!({"operation": "query", "query": "SELECT Id, Name, Email, Phone, Account.Name, Owner.Name, CreatedDate FROM Contact"});
    let running = |client: &Client| {
        let made = make(client, ask.clone());
        let path = format!("/jobs/query/{}", made["id"].as_str().unwrap());
        loop {
            let state = client.get(&path)["state"].clone();
            if state == "InProgress" {
                return Some((made["id"].clone(), path));
            }
            if state != "UploadComplete" {
                return None;
            }
        }
    };
    let stop = json!({"state": "Aborted"});
    let aborted = (0..50).any(|_| {
        let Some((_, path)) = running(&client) else {
            return false;
        };
        if client.send(Method::PATCH, &path, Some(stop.clone())).0 != 200 {
            return false;
        }
        assert_eq!(client.get(&path)["state"], "Aborted");
        // The next job runs, so the aborted one's work is over.
        wait(&client, &make(&client, ask.clone())["id"]);
        assert_eq!(client.get(&path)["state"], "Aborted");
        let (status, _) = client.send(Method::GET, &format!("{path}/results"), None);
        assert!((400..500).contains(&status), "{status}");
        true
    });
    assert!(aborted, "no job was seen running");
    let (id, _) = (0..50).find_map(|_| running(&client)).unwrap();
    let token = client.token.clone();
    drop(org);
    let org = demo::start(many()).unwrap();
    client = Client::new(&org);
    client.token = token;
    let job = wait(&client, &id);
    let total = client.query("SELECT COUNT() FROM Contact")["totalSize"].clone();
    assert_eq!(
        (&job["state"], &job["numberRecordsProcessed"]),
        (&json!("JobComplete"), &total)
    );
}
