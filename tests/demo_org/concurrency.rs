//! Many clients at once: nobody waits for another's long question, everybody reads what
//! was written before, and nothing fails for being asked at the same time.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::sync::Barrier;

use super::*;

/// A question that takes the org long: many patterns over every name.
fn long_question() -> String {
    let patterns: Vec<String> = (0..350)
        .map(|number| format!("Name LIKE '%{number}%z%q%'"))
        .collect();
    format!(
        "SELECT count() FROM Contact WHERE {}",
        patterns.join(" OR ")
    )
    .replace('%', "%25")
    .replace(' ', "+")
    .replace('\'', "%27")
}

#[test]
fn a_long_question_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        rows: 5_000,
        ..options(folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    let id = client.create("Account", json!({"Name": "Quick"}));
    let address = org.base_url().trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).unwrap();
    write!(
        slow,
        "GET /services/data/v62.0/query?q={} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
        long_question(),
        client.token
    )
    .unwrap();
    // A read and a write, while the long one is under way.
    let row = client.get(&format!("/sobjects/Account/{id}"));
    assert_eq!(row["Name"], "Quick");
    client.create("Account", json!({"Name": "Also quick"}));
    slow.set_nonblocking(true).unwrap();
    let early = slow.peek(&mut [0]).map_err(|fault| fault.kind());
    assert_eq!(
        early,
        Err(ErrorKind::WouldBlock),
        "the long one was not last"
    );
    slow.set_nonblocking(false).unwrap();
    assert_eq!(slow.peek(&mut [0]).unwrap(), 1, "the long one was answered");
}

#[test]
fn fifty_clients_read_what_they_wrote() {
    let Stage {
        client,
        org,
        folder: _folder,
    } = stage();
    let start = Barrier::new(50);
    std::thread::scope(|scope| {
        for number in 0..50 {
            let (start, org, token) = (&start, &org, client.token.clone());
            scope.spawn(move || {
                let mut client = Client::new(org);
                client.token = token;
                start.wait();
                let name = format!("Company {number}");
                let id = client.create("Account", json!({"Name": name}));
                let path = format!("/sobjects/Account/{id}");
                for turn in 0..3 {
                    assert_eq!(client.get(&path)["Name"], name);
                    let phone = format!("+49 {number} {turn}");
                    let body = json!({"Phone": phone});
                    let (status, reply) = client.send(Method::PATCH, &path, Some(body));
                    assert_eq!(status, 204, "{reply}");
                    let soql = format!("SELECT Phone FROM Account WHERE Id = '{id}'");
                    assert_eq!(client.query(&soql)["records"][0]["Phone"], phone);
                }
            });
        }
    });
    let found = client.query("SELECT count() FROM Account WHERE Name LIKE 'Company %'");
    assert_eq!(found["totalSize"], 50);
}

#[test]
fn a_question_that_also_writes_is_answered_and_written() {
    let stage = stage();
    let client = &stage.client;
    let id = client.create("Account", json!({"Name": "Looked at"}));
    let recent = || client.get("/recent")[0]["Id"].clone();
    let other = client.create("Account", json!({"Name": "Other"}));
    client.query(&format!(
        "SELECT Id FROM Account WHERE Id = '{id}' FOR VIEW"
    ));
    assert_eq!(recent(), json!(id));
    let header = [("Sforce-Mru", "updateMru=true")];
    let path = format!("/sobjects/Account/{other}");
    let (status, _) = client.send_with(Method::GET, &path, &header, None);
    assert_eq!((status, recent()), (200, json!(other)));
}

#[test]
fn pages_of_one_result_come_from_any_reader() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(Options {
        rows: 600,
        ..options(folder.path())
    })
    .unwrap();
    let client = Client::login(&org);
    let header = [("Sforce-Query-Options", "batchSize=200")];
    let path = format!("/query?q={}", encode("SELECT Id FROM Contact"));
    let (_, first) = client.send_with(Method::GET, &path, &header, None);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let next = next.trim_start_matches("/services/data/v62.0");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (org, token, total) = (&org, client.token.clone(), &first["totalSize"]);
            scope.spawn(move || {
                let mut client = Client::new(org);
                client.token = token;
                assert_eq!(&client.get(next)["totalSize"], total);
            });
        }
    });
}
