//! The demo org over real HTTP: what a client meets, from login to restart.
#![cfg(feature = "demo")]

mod demo_org_support;

use demo_org_support::{Client, options};
use reqwest::Method;
use serde_json::{Value, json};
use sfw_tui::demo;

#[test]
fn first_look() {
    let folder = tempfile::tempdir().unwrap();
    let org = demo::start(options(folder.path())).unwrap();
    let client = Client::login(&org);
    let found =
        client.query("SELECT Id, Name, Account.Name, Title FROM Contact WHERE Name = 'Lena Ortiz'");
    println!("{found:#}");
    assert_eq!(found["records"][0]["Title"], "Head of IT");
    assert_eq!(found["records"][0]["Account"]["Name"], "Acme Holdings plc");
    let (status, body) = client.send(
        Method::POST,
        "/sobjects/Contact",
        Some(json!({"LastName": "New"})),
    );
    assert_eq!(status, 201, "{body}");
    let row = client.get(&format!(
        "/sobjects/Contact/{}",
        body["id"].as_str().unwrap()
    ));
    println!("{row:#}");
    assert_eq!(row["Name"], Value::from("New"));
}
