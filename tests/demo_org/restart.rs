//! What survives a restart, and the request log.

use super::*;

#[test]
fn data_and_sessions_survive_a_restart() {
    let stage = stage();
    let id = stage.client.create("Account", json!({"Name": "Kept"}));
    let (token, refresh) = (stage.client.token.clone(), stage.client.refresh.clone());
    stage.org.stop();
    let more = Options {
        rows: 5,
        ..options(stage.folder.path())
    };
    for expected in [205, 205] {
        let org = demo::start(more.clone()).unwrap();
        let mut client = Client::new(&org);
        client.token.clone_from(&token);
        assert_eq!(
            client.get(&format!("/sobjects/Account/{id}"))["Name"],
            "Kept"
        );
        assert_eq!(
            client.query("SELECT COUNT() FROM Contact")["totalSize"],
            expected
        );
        assert_eq!(
            client
                .token(&[
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &refresh),
                    ("client_id", CLIENT_ID)
                ])
                .0,
            200
        );
        let second = demo::start(options(stage.folder.path()));
        assert!(second.unwrap_err().to_string().contains("already running"));
    }
    let org = demo::start(Options {
        rows: 7,
        ..more.clone()
    })
    .unwrap();
    let mut client = Client::new(&org);
    client.token.clone_from(&token);
    assert_eq!(
        client.query("SELECT COUNT() FROM Contact")["totalSize"],
        207
    );
    drop(org);
    let org = demo::start(Options {
        fresh: true,
        ..options(stage.folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    assert_eq!(
        client.query("SELECT COUNT() FROM Contact")["totalSize"],
        200
    );
    assert_eq!(
        client
            .send(Method::GET, &format!("/sobjects/Account/{id}"), None)
            .0,
        404
    );
}

#[test]
fn every_request_is_one_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("requests.ndjson");
    let data = folder.path().join("data");
    let org = demo::start(Options {
        log: Some(log.clone()),
        ..options(&data)
    })
    .unwrap();
    let client = Client::login(&org);
    client.query("SELECT Id FROM User");
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[1]["method"], &lines[1]["path"], &lines[1]["status"]),
        (
            &json!("POST"),
            &json!("/services/oauth2/token"),
            &json!(200)
        )
    );
    assert!(
        lines[2]["path"]
            .as_str()
            .unwrap()
            .contains("/query?q=SELECT")
    );
    assert!(
        lines[2]["bytes"].as_u64().unwrap() > 50
            && lines[2]["ms"].is_u64()
            && lines[2]["time"].is_string()
    );
}

#[test]
fn latency_is_added_to_every_reply() {
    let folder = tempfile::tempdir().unwrap();
    let latency = std::time::Duration::from_millis(40);
    let org = demo::start(Options {
        latency,
        ..options(folder.path())
    })
    .unwrap();
    let client = Client::new(&org);
    let began = std::time::Instant::now();
    client.raw(Method::GET, "/services/data", &[], None);
    assert!(began.elapsed() >= latency);
}

#[test]
fn a_taken_port_and_an_unusable_folder_are_named() {
    let stage = stage();
    let port = stage
        .org
        .base_url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let other = tempfile::tempdir().unwrap();
    let fault = demo::start(Options {
        port,
        ..options(other.path())
    })
    .unwrap_err();
    assert!(fault.to_string().contains(&port.to_string()), "{fault}");
    let file = other.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let fault = demo::start(options(&file)).unwrap_err();
    assert!(fault.to_string().contains("file"), "{fault}");
}
