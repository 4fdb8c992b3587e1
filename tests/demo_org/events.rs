//! CometD over HTTP: change events and platform events, waiting, replay, refusals.

use std::time::{Duration, Instant};

use super::*;

/// A Bayeux client on top of a logged-in one.
struct Listener<'a> {
    client: &'a Client,
    id: String,
}

fn post(client: &Client, messages: Value) -> Value {
    let (status, _, body) = client.raw(
        Method::POST,
        "/cometd/60.0",
        &[],
        Some(messages.to_string()),
    );
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap()
}

fn greet() -> Value {
    json!([{"channel": "/meta/handshake", "version": "1.0", "minimumVersion": "1.0",
            "supportedConnectionTypes": ["long-polling"], "ext": {"replay": true}, "id": "1"}])
}

impl<'a> Listener<'a> {
    fn new(client: &'a Client) -> Self {
        let reply = post(client, greet());
        assert_eq!(reply[0]["successful"], true, "{reply}");
        assert_eq!(reply[0]["ext"]["replay"], true);
        let listener = Self {
            client,
            id: reply[0]["clientId"].as_str().unwrap().to_owned(),
        };
        // The first connect is answered at once.
        let began = Instant::now();
        let reply = post(
            client,
            json!([{"channel": "/meta/connect", "clientId": listener.id, "connectionType": "long-polling", "id": "2"}]),
        );
        assert_eq!(reply[0]["successful"], true, "{reply}");
        assert!(began.elapsed() < Duration::from_secs(30));
        listener
    }

    fn subscribe(&self, channel: &str, replay: i64) -> Value {
        let reply = post(
            self.client,
            json!([{"channel": "/meta/subscribe", "clientId": self.id, "subscription": channel, "ext": {"replay": {channel: replay}}, "id": "3"}]),
        );
        reply[0].clone()
    }

    /// Messages of one connect that hangs at most `timeout` milliseconds.
    fn connect(&self, timeout: u64) -> Vec<Value> {
        let reply = post(
            self.client,
            json!([{"channel": "/meta/connect", "clientId": self.id, "connectionType": "long-polling", "advice": {"timeout": timeout}, "id": "4"}]),
        );
        reply.as_array().unwrap().clone()
    }
}

#[test]
fn changes_of_rows_arrive_with_their_header() {
    let stage = stage();
    let client = &stage.client;
    let listener = Listener::new(client);
    for channel in ["/data/AccountChangeEvent", "/data/ChangeEvents"] {
        assert_eq!(listener.subscribe(channel, -1)["successful"], true);
    }
    let (status, made) = client.send_with(
        Method::POST,
        "/sobjects/Account",
        &[("sforce-call-options", "client=sfw, defaultNamespace=x")],
        Some(json!({"Name": "Heard", "BillingCity": "Oslo"})),
    );
    assert_eq!(status, 201);
    let id = made["id"].as_str().unwrap();
    let messages = listener.connect(5000);
    assert_eq!(messages.len(), 3, "{messages:?}");
    let channels: Vec<&Value> = messages.iter().map(|message| &message["channel"]).collect();
    assert_eq!(
        channels,
        [
            "/data/AccountChangeEvent",
            "/data/ChangeEvents",
            "/meta/connect"
        ]
    );
    let data = &messages[0]["data"];
    let head = &data["payload"]["ChangeEventHeader"];
    assert_eq!(
        head["changeOrigin"],
        "com/salesforce/api/rest/62.0;client=sfw"
    );
    assert_eq!(
        (&head["entityName"], &head["changeType"]),
        (&json!("Account"), &json!("CREATE"))
    );
    assert_eq!(
        (&head["recordIds"], &head["sequenceNumber"]),
        (&json!([id]), &json!(1))
    );
    assert!(head["commitTimestamp"].is_i64() && head["transactionKey"].is_string());
    assert_eq!(data["payload"]["BillingAddress"]["BillingCity"], "Oslo");
    assert!(data["event"]["replayId"].is_i64());
    let path = format!("/sobjects/Account/{id}");
    client.send(
        Method::PATCH,
        &path,
        Some(json!({"Phone": "5", "BillingCity": null})),
    );
    client.send(Method::PATCH, &path, Some(json!({"Phone": "5"})));
    client.send(Method::DELETE, &path, None);
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let all = listener.connect(5000);
        heard.extend(
            all.into_iter()
                .filter(|message| message["channel"] == "/data/AccountChangeEvent"),
        );
    }
    let payload = &heard[0]["data"]["payload"];
    let mut names: Vec<&String> = payload.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "BillingAddress",
            "ChangeEventHeader",
            "LastModifiedDate",
            "Phone"
        ]
    );
    assert_eq!(payload["BillingAddress"], json!({"BillingCity": null}));
    assert_eq!(
        heard[1]["data"]["payload"]["ChangeEventHeader"]["changeType"],
        "DELETE"
    );
}

#[test]
fn a_connect_hangs_until_an_event_comes() {
    let stage = stage();
    let listener = Listener::new(&stage.client);
    listener.subscribe("/data/LeadChangeEvent", -1);
    let began = Instant::now();
    let messages = listener.connect(150);
    assert_eq!(messages.len(), 1);
    assert!(began.elapsed() >= Duration::from_millis(150));
    let org = &stage.org;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let writer = Client::login(org);
            writer.create("Lead", json!({"LastName": "Awaited", "Company": "c"}));
        });
        let messages = listener.connect(60_000);
        assert_eq!(
            messages[0]["data"]["payload"]["Name"]["LastName"],
            "Awaited"
        );
        assert_eq!(messages[0]["data"]["payload"]["Company"], "c");
        other.join().unwrap();
    });
    assert!(began.elapsed() < Duration::from_secs(50));
}

#[test]
fn platform_events_are_published_and_replayed_after_a_restart() {
    let mut stage = stage();
    let client = &stage.client;
    let event = json!({"Order_Number__c": "O-1", "Parcels__c": 2});
    let (status, reply) = client.send(Method::POST, "/sobjects/Order_Shipped__e/", Some(event));
    assert_eq!((status, &reply["success"]), (201, &json!(true)), "{reply}");
    assert!(reply["id"].as_str().unwrap().starts_with("e00"));
    assert_eq!(reply["errors"][0]["statusCode"], "OPERATION_ENQUEUED");
    let (_, reply) = client.send(
        Method::POST,
        "/composite/sobjects",
        Some(json!({"records": [
            {"attributes": {"type": "Order_Shipped__e"}, "Order_Number__c": "O-2"},
            {"attributes": {"type": "Order_Shipped__e"}}]})),
    );
    assert_eq!(reply[0]["success"], true, "{reply}");
    assert_eq!(reply[0]["errors"][0]["statusCode"], "OPERATION_ENQUEUED");
    assert_eq!(
        reply[1]["errors"][0]["statusCode"],
        "REQUIRED_FIELD_MISSING"
    );
    let token = client.token.clone();
    stage.org.stop();
    stage.org = demo::start(options(stage.folder.path())).unwrap();
    let mut client = Client::new(&stage.org);
    client.token = token;
    let channel = "/event/Order_Shipped__e";
    let listener = Listener::new(&client);
    assert_eq!(listener.subscribe(channel, -2)["successful"], true);
    let messages = listener.connect(5000);
    let numbers: Vec<&Value> = messages
        .iter()
        .filter(|message| message["channel"] == channel)
        .map(|message| &message["data"]["payload"]["Order_Number__c"])
        .collect();
    assert_eq!(numbers, ["O-1", "O-2"]);
    assert!(messages[0]["data"]["event"]["EventUuid"].is_string());
    let first = messages[0]["data"]["event"]["replayId"].as_i64().unwrap();
    let second = Listener::new(&client);
    second.subscribe(channel, first);
    let messages = second.connect(5000);
    assert_eq!(messages[0]["data"]["payload"]["Order_Number__c"], "O-2");
    assert_eq!(messages.len(), 2);
    let refused = second.subscribe(channel, 82_000);
    assert_eq!(
        refused["error"],
        "400::The replayId {82000} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay only new events."
    );
    assert_eq!(refused["successful"], false);
}

#[test]
fn strangers_and_wrong_channels_are_refused() {
    let stage = stage();
    let client = &stage.client;
    let reply = post(
        client,
        json!([{"channel": "/meta/connect", "clientId": "nobody", "connectionType": "long-polling"}]),
    );
    assert_eq!(reply[0]["error"], "403::Unknown client");
    assert_eq!(
        reply[0]["advice"],
        json!({"interval": 0, "reconnect": "handshake"})
    );
    let listener = Listener::new(client);
    for (channel, error) in [
        (
            "/data/NopeChangeEvent",
            "403:denied_by_security_policy:create_denied",
        ),
        (
            "/event/Nope__e",
            "403:denied_by_security_policy:create_denied",
        ),
        (
            "/event/Account",
            "403:denied_by_security_policy:create_denied",
        ),
        (
            "/topic/Nope",
            "400::The channel you requested to subscribe to does not exist {/topic/Nope}",
        ),
    ] {
        assert_eq!(listener.subscribe(channel, -1)["error"], error);
    }
    let gone = json!([{"channel": "/meta/disconnect", "clientId": listener.id}]);
    assert_eq!(post(client, gone)[0]["successful"], true);
    assert_eq!(listener.connect(0)[0]["error"], "403::Unknown client");
    let mut stranger = Client::new(&stage.org);
    stranger.token = "00D000000000000!wrong".to_owned();
    let reply = post(&stranger, greet());
    assert_eq!(reply[0]["error"], "403::Handshake denied");
    assert_eq!(
        reply[0]["ext"]["sfdc"]["failureReason"],
        "401::Authentication invalid"
    );
    assert_eq!(reply[0]["advice"]["reconnect"], "none");
    for (body, status) in [
        ("nonsense".to_owned(), 400),
        (format!("[{}]", " ".repeat(40_000)), 413),
    ] {
        assert_eq!(
            client.raw(Method::POST, "/cometd/60.0", &[], Some(body)).0,
            status
        );
    }
}
