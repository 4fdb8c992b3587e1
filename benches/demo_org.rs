//! What the demo org bears: a million contacts in the real release binary, asked over HTTP.
//! See `benches/README.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/org.rs"]
mod org;

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use org::{Org, TOKEN};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");
/// Contacts beside the story's.
const ROWS: u32 = 1_000_000;
/// Contacts of the org that is started a second time.
const RESTARTED: u32 = 100_000;
const CLIENTS: u32 = 50;
/// Calls of each of the clients.
const CALLS: u32 = 40;
const BULK_ROWS: u32 = 20_000;
/// Most rows of one collections call.
const COLLECTION: u32 = 200;
/// Times an answer is waited for; the median is told.
const REPEATS: usize = 21;

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!("| what | figure | goal |\n|---|---|---|");
    let home = tempfile::tempdir().expect("a folder");
    let began = Instant::now();
    let org = Org::start(
        Path::new(PROGRAM),
        home.path(),
        &["--rows", &ROWS.to_string()],
    );
    told("contacts loaded", rate(ROWS, began), ">= 50000 rows/s");
    runtime.block_on(asked(&Client::of(&org)));
    runtime.block_on(crowded(&Client::of(&org)));
    runtime.block_on(memory(&Client::of(&org), &org));
    drop(org);
    restarted();
}

fn told(what: &str, figure: impl std::fmt::Display, goal: &str) {
    println!("| {what} | {figure} | {goal} |");
}

fn rate(rows: u32, began: Instant) -> String {
    format!(
        "{:.0} rows/s",
        f64::from(rows) / began.elapsed().as_secs_f64()
    )
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Resident memory of the org's process, in kB.
fn resident(org: &Org) -> String {
    let path = format!("/proc/{}/status", org.pid());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap_or("unknown").trim().to_owned()
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    fn of(org: &Org) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            http,
            base: format!("{}/services/data/v62.0", org.url),
        }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let call = self.http.request(method, format!("{}{path}", self.base));
        call.bearer_auth(TOKEN)
    }

    fn query(&self, kind: &str, statement: &str) -> RequestBuilder {
        let encoded =
            percent_encoding::utf8_percent_encode(statement, percent_encoding::NON_ALPHANUMERIC);
        self.call(Method::GET, &format!("/{kind}?q={encoded}"))
    }
}

/// The answer; anything but success ends the measurement.
async fn answer(call: RequestBuilder) -> Value {
    let reply = call.send().await.expect("a reply");
    let status = reply.status();
    let text = reply.text().await.expect("a body");
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

async fn asked(client: &Client) {
    let last =
        answer(client.query("query", "SELECT Id FROM Contact ORDER BY Id DESC LIMIT 1")).await;
    let id = last["records"][0]["Id"].as_str().expect("an id").to_owned();
    let by_id = format!("SELECT Id, Name FROM Contact WHERE Id = '{id}'");
    let row = format!("/sobjects/Contact/{id}");
    timed("GET of a row", "< 10 ms", || client.call(Method::GET, &row)).await;
    for (kind, goal, statement) in [
        ("query", "< 10 ms", by_id.as_str()),
        (
            "query",
            "< 10 ms",
            "SELECT Id, Name FROM Contact WHERE Name LIKE 'x%' LIMIT 50",
        ),
        (
            "query",
            "< 10 ms",
            "SELECT Id, Name FROM Contact WHERE Name LIKE 'mar%' LIMIT 50",
        ),
        (
            "search",
            "< 50 ms",
            "FIND {mar*} IN NAME FIELDS RETURNING Contact(Id, Name LIMIT 20)",
        ),
        (
            "search",
            "< 50 ms",
            "FIND {anna} RETURNING Account(Id), Contact(Id, Name LIMIT 20), Lead(Id)",
        ),
        (
            "search",
            "< 50 ms",
            "FIND {an*} RETURNING Contact(Id, Name ORDER BY Name LIMIT 20)",
        ),
    ] {
        timed(&format!("`{statement}`"), goal, || {
            client.query(kind, statement)
        })
        .await;
    }
}

async fn timed(what: &str, goal: &str, call: impl Fn() -> RequestBuilder) {
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let began = Instant::now();
        answer(call()).await;
        times.push(began.elapsed());
    }
    times.sort();
    told(what, millis(times[REPEATS / 2]), goal);
}

/// Many clients at once: each creates, reads, changes, searches and deletes rows of its own.
async fn crowded(client: &Client) {
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            for round in 0..CALLS / 5 {
                mixed(&client, &format!("{number}x{round}")).await;
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    for one in clients {
        one.await.expect("no error");
    }
    let calls = f64::from(CLIENTS * CALLS) / began.elapsed().as_secs_f64();
    told(
        "50 clients, reads and writes mixed",
        format!("{calls:.0} calls/s"),
        "no error",
    );
}

async fn mixed(client: &Client, mark: &str) {
    let body =
        json!({"LastName": format!("Crowd{mark}"), "Email": format!("{mark}@crowd.example")});
    let made = answer(client.call(Method::POST, "/sobjects/Contact").json(&body)).await;
    let row = format!("/sobjects/Contact/{}", made["id"].as_str().expect("an id"));
    answer(client.call(Method::GET, &row)).await;
    answer(
        client
            .call(Method::PATCH, &row)
            .json(&json!({"Title": mark})),
    )
    .await;
    let find = format!("FIND {{Crowd{mark}}} IN NAME FIELDS RETURNING Contact(Id)");
    let found = answer(client.query("search", &find)).await;
    assert_eq!(
        found["searchRecords"].as_array().map(Vec::len),
        Some(1),
        "{find}"
    );
    answer(client.call(Method::DELETE, &row)).await;
}

/// Writes by the thousand and a walk through every page, and the memory around them.
async fn memory(client: &Client, org: &Org) {
    told("memory before", resident(org), "");
    let mut page = answer(client.query("query", "SELECT Id, Name, Email FROM Contact")).await;
    let began = Instant::now();
    let mut rows = 0;
    loop {
        rows += page["records"].as_array().map_or(0, Vec::len);
        let Some(next) = page["nextRecordsUrl"].as_str() else {
            break;
        };
        let place = next
            .strip_prefix("/services/data/v62.0")
            .expect("an address");
        page = answer(client.call(Method::GET, place)).await;
    }
    told(
        "paging through all",
        rate(u32::try_from(rows).unwrap_or(0), began),
        "",
    );
    told("memory after paging", resident(org), "flat");
    collections(client).await;
    bulk(client).await;
    told("memory after a bulk job", resident(org), "flat");
}

async fn collections(client: &Client) {
    let calls = BULK_ROWS / COLLECTION / 10;
    let began = Instant::now();
    for call in 0..calls {
        let records: Vec<Value> = (0..COLLECTION)
            .map(|row| json!({"attributes": {"type": "Contact"}, "LastName": format!("Many{call}x{row}")}))
            .collect();
        let body = json!({"allOrNone": true, "records": records});
        let made = answer(client.call(Method::POST, "/composite/sobjects").json(&body)).await;
        assert!(
            made.as_array()
                .expect("results")
                .iter()
                .all(|one| one["success"] == true)
        );
    }
    told(
        "created by collections",
        rate(calls * COLLECTION, began),
        "",
    );
}

async fn bulk(client: &Client) {
    let mut csv = String::from("FirstName,LastName,Email\n");
    for row in 0..BULK_ROWS {
        writeln!(csv, "F{row},Bulk{row},bulk{row}@load.example").expect("memory");
    }
    let job = json!({"object": "Contact", "operation": "insert", "lineEnding": "LF"});
    let job = answer(client.call(Method::POST, "/jobs/ingest").json(&job)).await;
    let job = format!("/jobs/ingest/{}", job["id"].as_str().expect("an id"));
    let upload = client.call(Method::PUT, &format!("{job}/batches"));
    answer(upload.header("Content-Type", "text/csv").body(csv)).await;
    let began = Instant::now();
    answer(
        client
            .call(Method::PATCH, &job)
            .json(&json!({"state": "UploadComplete"})),
    )
    .await;
    let state = loop {
        let state = answer(client.call(Method::GET, &job)).await;
        if state["state"] == "JobComplete" || state["state"] == "Failed" {
            break state;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(state["state"], "JobComplete", "{state}");
    assert_eq!(state["numberRecordsFailed"], 0, "{state}");
    told(
        "Bulk API 2.0 insert",
        rate(BULK_ROWS, began),
        ">= 5000 rows/s",
    );
}

/// An org with its contacts already there.
fn restarted() {
    let home = tempfile::tempdir().expect("a folder");
    let rows = RESTARTED.to_string();
    let start = || Org::start(Path::new(PROGRAM), home.path(), &["--rows", &rows]);
    drop(start());
    let mut times: Vec<Duration> = (0..REPEATS)
        .map(|_| {
            let began = Instant::now();
            drop(start());
            began.elapsed()
        })
        .collect();
    times.sort();
    told(
        "second start and stop, 100,000 contacts",
        millis(times[REPEATS / 2]),
        "<= 12 ms",
    );
    told("memory at rest", resident(&start()), "");
}
