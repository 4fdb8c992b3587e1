//! Bulk API 2.0 ingest jobs over HTTP: their life, the rules of their CSV, their results.

use std::time::{Duration, Instant};

use super::*;

/// Calls below `…/jobs/ingest`.
pub struct Jobs<'a>(pub &'a Client);

impl Jobs<'_> {
    pub fn make(&self, body: Value) -> String {
        let (status, job) = self.0.send(Method::POST, "/jobs/ingest", Some(body));
        assert_eq!((status, &job["state"]), (200, &json!("Open")), "{job}");
        job["id"].as_str().unwrap().to_owned()
    }

    pub fn put(&self, id: &str, csv: &str) -> (u16, Value) {
        let target = format!("/services/data/v62.0/jobs/ingest/{id}/batches");
        let (status, _, body) = self.0.raw(
            Method::PUT,
            &target,
            &[("content-type", "text/csv; charset=UTF-8")],
            Some(csv.to_owned()),
        );
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub fn state(&self, id: &str, state: &str) -> (u16, Value) {
        let path = format!("/jobs/ingest/{id}");
        self.0
            .send(Method::PATCH, &path, Some(json!({"state": state})))
    }

    pub fn read(&self, id: &str) -> Value {
        self.0.get(&format!("/jobs/ingest/{id}"))
    }

    /// The job once it is over.
    pub fn wait(&self, id: &str) -> Value {
        let began = Instant::now();
        loop {
            let job = self.read(id);
            if ["JobComplete", "Failed", "Aborted"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{job}");
        }
    }

    /// Makes a job, runs it to its end.
    pub fn run(&self, body: Value, csv: &str) -> Value {
        let id = self.make(body);
        assert_eq!(self.put(&id, csv).0, 201);
        assert_eq!(self.state(&id, "UploadComplete").0, 200);
        self.wait(&id)
    }

    pub fn result(&self, job: &Value, name: &str) -> String {
        let target = format!(
            "/services/data/v62.0/jobs/ingest/{}/{name}",
            job["id"].as_str().unwrap()
        );
        let (status, headers, body) = self.0.raw(Method::GET, &target, &[], None);
        assert_eq!(status, 200);
        if !body.is_empty() {
            assert_eq!(header(&headers, "content-type"), Some("text/csv"));
        }
        String::from_utf8(body).unwrap()
    }

    /// The first failed row's `sf__Error`.
    fn error(&self, job: &Value) -> String {
        let text = self.result(job, "failedResults");
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let row = rows.records().next().unwrap().unwrap();
        row[1].to_owned()
    }
}

#[test]
fn a_job_tells_at_each_step_what_real_ones_tell() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let head = [
        "id",
        "operation",
        "object",
        "createdById",
        "createdDate",
        "systemModstamp",
        "state",
        "concurrencyMode",
        "contentType",
        "apiVersion",
    ];
    let (_, made) = stage.client.send(
        Method::POST,
        "/jobs/ingest",
        Some(json!({"object": "account", "operation": "insert"})),
    );
    let expected: Vec<&str> = head
        .into_iter()
        .chain(["contentUrl", "lineEnding", "columnDelimiter"])
        .collect();
    assert_eq!(keys(&made), expected);
    assert_eq!(made["object"], "Account");
    assert_eq!(made["apiVersion"].to_string(), "62.0");
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        made["contentUrl"],
        format!("services/data/v62.0/jobs/ingest/{id}/batches")
    );
    assert_eq!(jobs.put(id, "Name\nBulk One\n").0, 201);
    let (_, closed) = jobs.state(id, "UploadComplete");
    assert_eq!(keys(&closed), head);
    assert_eq!(closed["state"], "UploadComplete");
    let done = jobs.wait(id);
    let expected: Vec<&str> = head
        .into_iter()
        .chain([
            "jobType",
            "lineEnding",
            "columnDelimiter",
            "numberRecordsProcessed",
            "numberRecordsFailed",
            "retries",
            "totalProcessingTime",
            "apiActiveProcessingTime",
            "apexProcessingTime",
        ])
        .collect();
    assert_eq!(keys(&done), expected);
    assert_eq!(
        (&done["state"], &done["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(1))
    );
    let found = stage
        .client
        .query("SELECT Id FROM Account WHERE Name = 'Bulk One'");
    let account = found["records"][0]["Id"].as_str().unwrap();
    assert_eq!(
        jobs.result(&done, "successfulResults"),
        format!("\"sf__Id\",\"sf__Created\",\"Name\"\n\"{account}\",\"true\",\"Bulk One\"\n")
    );
    assert_eq!(
        jobs.result(&done, "failedResults/"),
        "\"sf__Id\",\"sf__Error\",\"Name\"\n"
    );
    for name in ["unprocessedrecords", "unprocessedRecords"] {
        assert_eq!(jobs.result(&done, name), "Name\n");
    }
}

#[test]
fn every_row_is_in_exactly_one_result_file() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let mut csv = String::from("LastName,Email,SFW_Key__c\n");
    for number in 0..900 {
        let email = if number % 9 == 0 { "no address" } else { "" };
        csv.push_str(&format!("Bulk {number},{email},B-{number}\n"));
    }
    let insert = json!({"object": "Contact", "operation": "insert"});
    let job = jobs.run(insert, &csv);
    assert_eq!(
        (&job["numberRecordsProcessed"], &job["numberRecordsFailed"]),
        (&json!(900), &json!(100))
    );
    assert_eq!(jobs.result(&job, "successfulResults").lines().count(), 801);
    assert_eq!(jobs.result(&job, "failedResults").lines().count(), 101);
    assert_eq!(
        jobs.error(&job),
        "INVALID_EMAIL_ADDRESS:Email: invalid email address: no address:Email --"
    );
    let total = stage
        .client
        .query("SELECT COUNT() FROM Contact WHERE SFW_Key__c LIKE 'B-%'");
    assert_eq!(total["totalSize"], 800);
    // The same rows by their key: updates, and the rows that failed before are made.
    let upsert =
        json!({"object": "Contact", "operation": "upsert", "externalIdFieldName": "sfw_key__c"});
    let job = jobs.run(upsert, &csv.replace("no address", ""));
    assert_eq!(job["externalIdFieldName"], "SFW_Key__c");
    let results = jobs.result(&job, "successfulResults");
    assert_eq!(results.matches(",\"true\",").count(), 100);
    assert_eq!(results.matches(",\"false\",").count(), 800);
    let ids: String = results
        .lines()
        .skip(1)
        .map(|line| format!("{}\n", &line[1..19]))
        .collect();
    let delete = json!({"object": "Contact", "operation": "delete"});
    let job = jobs.run(delete, &format!("Id\n{ids}"));
    assert_eq!(job["numberRecordsFailed"], 0);
    let total = stage
        .client
        .query("SELECT COUNT() FROM Contact WHERE SFW_Key__c LIKE 'B-%'");
    assert_eq!(total["totalSize"], 0);
}

#[test]
fn empty_cells_leave_and_na_clears_and_parents_are_found_by_key() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Parent", "SFW_Key__c": "P-1"}));
    let insert = json!({"object": "Contact", "operation": "insert", "columnDelimiter": "SEMICOLON", "lineEnding": "CRLF"});
    let user = client.query("SELECT Id, Username FROM User LIMIT 1")["records"][0].clone();
    let csv = format!(
        "\u{feff}LastName;Account.SFW_Key__c;Owner.Username;Phone;Description;DoNotCall\r\n\"Quo\"\"ted; and\r\nmore\";P-1;{};1;d;1\r\n",
        user["Username"].as_str().unwrap()
    );
    let job = jobs.run(insert, &csv);
    let results = jobs.result(&job, "successfulResults");
    assert!(
        results.contains("\";\"Quo\"\"ted; and\r\nmore\";\"P-1\";"),
        "{results}"
    );
    let row = client.query("SELECT Id, LastName, AccountId, OwnerId, DoNotCall FROM Contact WHERE Account.Name = 'Parent'");
    let row = &row["records"][0];
    assert_eq!(row["LastName"], "Quo\"ted; and\r\nmore");
    assert_eq!(
        (&row["AccountId"], &row["OwnerId"]),
        (&json!(account), &user["Id"])
    );
    assert_eq!(row["DoNotCall"], true);
    let id = row["Id"].as_str().unwrap();
    let update = json!({"object": "Contact", "operation": "update"});
    let job = jobs.run(
        update,
        &format!("Id,Phone,Description,Account.SFW_Key__c\n{id},,#N/A,#N/A\n"),
    );
    assert_eq!(
        job["numberRecordsFailed"],
        0,
        "{}",
        jobs.result(&job, "failedResults")
    );
    let row = client.get(&format!("/sobjects/Contact/{id}"));
    assert_eq!(
        (&row["Phone"], &row["Description"], &row["AccountId"]),
        (&json!("1"), &Value::Null, &Value::Null)
    );
    let task = json!({"object": "Task", "operation": "insert", "columnDelimiter": "PIPE"});
    let job = jobs.run(task, "Subject|What:Account.SFW_Key__c\nCall|P-1\n");
    assert_eq!(job["numberRecordsFailed"], 0);
    let found = client.query("SELECT WhatId FROM Task WHERE What.Name = 'Parent'");
    assert_eq!(found["records"][0]["WhatId"], account);
}

#[test]
fn rows_fail_alone_with_their_reason() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let opportunity = "Name,StageName,CloseDate,Amount";
    for (object, operation, csv, expected) in [
        (
            "Contact",
            "insert",
            "FirstName\nx\n".to_owned(),
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
        ),
        (
            "Opportunity",
            "insert",
            format!("{opportunity}\nx,Prospecting,10/07/2014,1\n"),
            "INVALID_FIELD:Failed to deserialize field at col 2. Due to, '10/07/2014' is not a valid value for the type xsd:date:CloseDate --",
        ),
        (
            "Opportunity",
            "insert",
            format!("{opportunity}\nx,Prospecting,2030-01-01,lots\n"),
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'lots' is not a valid value for the type xsd:double:Amount --",
        ),
        (
            "Contact",
            "insert",
            "LastName,Account.SFW_Key__c\nx,nobody\n".to_owned(),
            "INVALID_FIELD:Foreign key external ID: nobody not found for field SFW_Key__c in entity Account:--",
        ),
        (
            "Contact",
            "update",
            "LastName\nx\n".to_owned(),
            "MISSING_ARGUMENT:Id not specified in an update call:--",
        ),
        (
            "Contact",
            "update",
            "Id,LastName\nnope,x\n".to_owned(),
            "MALFORMED_ID:malformed id nope:Id --",
        ),
        (
            "Contact",
            "delete",
            "Id\n003000000000000AAA\n".to_owned(),
            "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
        ),
    ] {
        let job = jobs.run(json!({"object": object, "operation": operation}), &csv);
        assert_eq!(job["state"], "JobComplete", "{csv}: {job}");
        assert_eq!(jobs.error(&job), expected, "{csv}");
        assert_eq!(job["numberRecordsFailed"], 1);
    }
}

#[test]
fn a_file_that_does_not_fit_fails_the_job_and_keeps_its_rows() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let before = stage.client.query("SELECT COUNT() FROM Account")["totalSize"].clone();
    for (body, csv, expected) in [
        (
            json!({}),
            "Name,Nope\nx,1\n",
            "InvalidBatch : InvalidBatch : Field name not found : Nope",
        ),
        (
            json!({}),
            "Name;Phone\nx;1\n",
            "InvalidBatch : InvalidBatch : Field name not found : Name;Phone",
        ),
        (
            json!({}),
            "Name\r\nx\r\n",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        (
            json!({"lineEnding": "CRLF"}),
            "Name\nx\n",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF",
        ),
        (
            json!({"operation": "delete"}),
            "Id,Name\nx,y\n",
            "InvalidBatch : The 'delete' batch must contain only ids.",
        ),
        (
            json!({}),
            "Name,name\nx,y\n",
            "InvalidBatch : InvalidBatch : Duplicate field name found : name",
        ),
        (
            json!({}),
            "Name\n\"x\n",
            "ClientInputError : Error parsing CSV. A quoted field is not closed",
        ),
        (
            json!({}),
            "Name\nx,y\n",
            "InvalidBatch : InvalidBatch : The number of columns in row 1 does not match the header",
        ),
    ] {
        let mut all = json!({"object": "Account", "operation": "insert"});
        for (key, value) in body.as_object().unwrap() {
            all[key] = value.clone();
        }
        let job = jobs.run(all, csv);
        assert_eq!(
            (&job["state"], &job["errorMessage"]),
            (&json!("Failed"), &json!(expected)),
            "{csv:?}"
        );
        assert_eq!(jobs.result(&job, "unprocessedrecords"), csv);
        assert_eq!(jobs.result(&job, "successfulResults").lines().count(), 1);
    }
    assert_eq!(
        stage.client.query("SELECT COUNT() FROM Account")["totalSize"],
        before
    );
}

#[test]
fn a_file_with_nothing_in_it_is_a_job_done() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    for (operation, csv) in [("insert", ""), ("delete", ""), ("insert", "Name\n")] {
        let job = jobs.run(json!({"object": "Account", "operation": operation}), csv);
        let told = (&job["state"], &job["numberRecordsProcessed"]);
        assert_eq!(told, (&json!("JobComplete"), &json!(0)), "{csv:?}");
        for name in ["successfulResults", "failedResults", "unprocessedrecords"] {
            let lines = jobs.result(&job, name).lines().count();
            assert!(lines <= 1, "{name}");
        }
    }
}

#[test]
fn wrong_calls_are_refused() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let client = &stage.client;
    for (body, code) in [
        (
            json!({"object": "Nope", "operation": "insert"}),
            "INVALIDENTITY",
        ),
        (
            json!({"object": "TaskStatus", "operation": "insert"}),
            "INVALIDENTITY",
        ),
        (
            json!({"object": "Account", "operation": "upsert"}),
            "INVALIDJOB",
        ),
        (
            json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"}),
            "INVALIDJOB",
        ),
        (
            json!({"object": "Account", "operation": "insert", "contentType": "JSON"}),
            "INVALIDJOB",
        ),
        (
            json!({"object": "Account", "operation": "query"}),
            "JSON_PARSER_ERROR",
        ),
        (
            json!({"object": "Account", "operation": "insert", "lineEnding": "CR"}),
            "JSON_PARSER_ERROR",
        ),
        (
            json!({"object": "Account", "operation": "insert", "color": "red"}),
            "JSON_PARSER_ERROR",
        ),
        (json!({"operation": "insert"}), "INVALIDJOB"),
    ] {
        let (status, reply) = client.send(Method::POST, "/jobs/ingest", Some(body.clone()));
        assert_eq!(
            (status, &reply[0]["errorCode"]),
            (400, &json!(code)),
            "{body}: {reply}"
        );
    }
    for path in [
        "/jobs/ingest/750000000000001AAA",
        "/jobs/ingest/x",
        "/jobs/other",
    ] {
        let (status, reply) = client.send(Method::GET, path, None);
        assert_eq!(
            (status, &reply[0]["errorCode"]),
            (404, &json!("NOT_FOUND")),
            "{path}"
        );
    }
    let wrong_state = |reply: (u16, Value), text: &str| {
        assert_eq!(
            (reply.0, &reply.1[0]["errorCode"]),
            (400, &json!("INVALIDJOBSTATE")),
            "{text}"
        );
        assert_eq!(reply.1[0]["message"], text);
    };
    let id = jobs.make(json!({"object": "Account", "operation": "insert"}));
    let path = format!("/jobs/ingest/{id}");
    let results = client.send(Method::GET, &format!("{path}/failedResults"), None);
    wrong_state(results, "Results of a Job that is Open are not available");
    wrong_state(
        client.send(Method::DELETE, &path, None),
        "Deleting Open Job not allowed",
    );
    assert_eq!(jobs.put(&id, "Name\nNever\n").0, 201);
    wrong_state(
        jobs.put(&id, "Name\nNever\n"),
        "Uploading data more than once to the same Job not allowed",
    );
    assert_eq!(jobs.state(&id, "Aborted").1["state"], "Aborted");
    wrong_state(
        jobs.put(&id, "Name\nNever\n"),
        "Uploading data to already Aborted Job not allowed",
    );
    wrong_state(
        jobs.state(&id, "UploadComplete"),
        "Closing already Aborted Job not allowed",
    );
    wrong_state(
        jobs.state(&id, "Aborted"),
        "Aborting already Aborted Job not allowed",
    );
    let job = jobs.read(&id);
    assert_eq!(jobs.result(&job, "unprocessedrecords"), "Name\nNever\n");
    let done = jobs.run(
        json!({"object": "Account", "operation": "insert"}),
        "Name\nOnce\n",
    );
    let done_id = done["id"].as_str().unwrap();
    wrong_state(
        jobs.state(done_id, "Aborted"),
        "Aborting already Completed Job not allowed",
    );
    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(client.send(Method::GET, &path, None).0, 404);
    let files: Vec<_> = std::fs::read_dir(stage.folder.path().join("bulk"))
        .unwrap()
        .collect();
    assert_eq!(files.len(), 3, "those of the other job: {files:?}");
}

#[test]
fn the_list_has_every_job_and_one_call_makes_a_whole_one() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let client = &stage.client;
    let first = jobs.make(json!({"object": "Account", "operation": "insert"}));
    let body = "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n{\"object\":\"Account\",\"operation\":\"insert\"}\r\n--B\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\nName\nAll at once\n\r\n--B--\r\n";
    let (status, _, reply) = client.raw(
        Method::POST,
        "/services/data/v62.0/jobs/ingest",
        &[("content-type", "multipart/form-data; boundary=B")],
        Some(body.to_owned()),
    );
    let made: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(
        (status, &made["state"]),
        (200, &json!("UploadComplete")),
        "{made}"
    );
    let job = jobs.wait(made["id"].as_str().unwrap());
    assert_eq!(job["numberRecordsProcessed"], 1, "{job}");
    let list = client.get("/jobs/ingest?jobType=V2Ingest&isPkChunkingEnabled=false");
    assert_eq!(
        (&list["done"], &list["nextRecordsUrl"]),
        (&json!(true), &Value::Null)
    );
    let ids: Vec<&str> = list["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [first.as_str(), made["id"].as_str().unwrap()]);
    assert!(list["records"][0].get("numberRecordsProcessed").is_none());
    assert_eq!(
        client.get("/jobs/ingest?jobType=Classic")["records"],
        json!([])
    );
}

#[test]
fn a_job_goes_on_where_it_was_when_the_org_starts_again() {
    let mut stage = stage();
    let rows: String = (0..3000).map(|number| format!("Long {number}\n")).collect();
    let id = {
        let jobs = Jobs(&stage.client);
        let id = jobs.make(json!({"object": "Lead", "operation": "insert"}));
        let csv = format!("LastName,Company\n{}", rows.replace('\n', ",c\n"));
        assert_eq!(jobs.put(&id, &csv).0, 201);
        jobs.state(&id, "UploadComplete");
        // Somebody else is served while it runs.
        loop {
            let job = jobs.read(&id);
            if job["numberRecordsProcessed"].as_i64().unwrap() > 0 {
                assert_eq!(job["state"], "InProgress");
                break id;
            }
        }
    };
    let token = stage.client.token.clone();
    stage.org.stop();
    stage.org = demo::start(options(stage.folder.path())).unwrap();
    let mut client = Client::new(&stage.org);
    client.token = token;
    let jobs = Jobs(&client);
    let job = jobs.wait(&id);
    assert_eq!(
        (&job["state"], &job["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(3000))
    );
    let results = jobs.result(&job, "successfulResults");
    assert_eq!(results.lines().count(), 3001);
    let total = client.query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'Long %'");
    assert_eq!(total["totalSize"], 3000);
}

#[test]
fn hard_delete_leaves_nothing_in_the_bin_and_wants_its_permission() {
    let stage = stage();
    let jobs = Jobs(&stage.client);
    let id = stage
        .client
        .create("Account", json!({"Name": "Gone for good"}));
    let body = json!({"object": "Account", "operation": "hardDelete"});
    let sam = Client::login_as(&stage.org, "sam@demo.example");
    let (status, reply) = sam.send(Method::POST, "/jobs/ingest", Some(body.clone()));
    assert_eq!(
        (status, &reply[0]["errorCode"]),
        (400, &json!("FEATURENOTENABLED"))
    );
    let job = jobs.run(body, &format!("Id\n{id}\n"));
    assert_eq!(job["numberRecordsFailed"], 0, "{job}");
    let soql = format!("SELECT Id FROM Account WHERE Id = '{id}'");
    let found = stage.client.get(&format!("/queryAll?q={}", encode(&soql)));
    assert_eq!(found["totalSize"], 0);
}
