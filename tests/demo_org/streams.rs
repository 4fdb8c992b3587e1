//! Many CometD clients at once: what they cost while nothing happens, and how soon all of
//! them hear of something. Counted in a process of its own.

use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

const CLIENTS: usize = 50;
const ALONE: &str = "SFW_TEST_ALONE";

async fn post(http: reqwest::Client, (base, token): (String, String), messages: Value) -> Value {
    let request = http.post(format!("{base}/cometd/60.0")).bearer_auth(token);
    let reply = request
        .header("content-type", "application/json")
        .body(messages.to_string())
        .send()
        .await
        .unwrap();
    reply.json().await.unwrap()
}

fn connect(id: &str, timeout: u64) -> Value {
    json!([{"channel": "/meta/connect", "clientId": id, "connectionType": "long-polling", "advice": {"timeout": timeout}}])
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// Processor time of this process, in hundredths of a second.
fn spent() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let behind = stat.rsplit(')').next().unwrap();
    let cells: Vec<&str> = behind.split_whitespace().collect();
    cells[11].parse::<u64>().unwrap() + cells[12].parse::<u64>().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn fifty_idle_clients_cost_no_threads_and_all_hear_at_once() {
    if std::env::var_os(ALONE).is_none() {
        let mut own = Command::new(std::env::current_exe().unwrap());
        own.args([
            "streams::fifty_idle_clients_cost_no_threads_and_all_hear_at_once",
            "--exact",
        ]);
        let done = own.env(ALONE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let stage = stage();
    let place = (stage.client.base.clone(), stage.client.token.clone());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ask = |messages: Value| post(http.clone(), place.clone(), messages);
    runtime.block_on(async {
        let mut ids = Vec::new();
        for _ in 0..=CLIENTS {
            let reply = ask(json!([{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}])).await;
            let id = reply[0]["clientId"].as_str().unwrap().to_owned();
            ask(connect(&id, 0)).await;
            let wish = json!([{"channel": "/meta/subscribe", "clientId": id, "subscription": "/data/LeadChangeEvent"}]);
            assert_eq!(ask(wish).await[0]["successful"], true);
            ids.push(id);
        }
        let last = ids.pop().unwrap();
        let before = threads();
        let hanging: Vec<_> = ids
            .iter()
            .map(|id| tokio::spawn(ask(connect(id, 60_000))))
            .collect();
        // While this one hangs, the others come to hang too.
        ask(connect(&last, 500)).await;
        let began = spent();
        ask(connect(&last, 1_000)).await;
        let took = spent() - began;
        assert!(took < 30, "{took} hundredths of a second of one second");
        let now = threads();
        assert!(now < before + 10, "{before} threads became {now}");
        assert!(hanging.iter().all(|one| !one.is_finished()));
        let moment = Instant::now();
        let body = json!({"LastName": "Heard by all", "Company": "c"}).to_string();
        let lead = http
            .post(format!("{}/services/data/v62.0/sobjects/Lead", place.0))
            .bearer_auth(&place.1)
            .header("content-type", "application/json")
            .body(body);
        assert_eq!(lead.send().await.unwrap().status(), 201);
        for one in hanging {
            let messages = one.await.unwrap();
            assert_eq!(messages[0]["data"]["payload"]["Name"]["LastName"], "Heard by all");
        }
        assert!(moment.elapsed() < Duration::from_secs(5), "{:?}", moment.elapsed());
    });
}
