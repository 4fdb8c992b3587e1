//! Bayeux messages: handshake, connect, subscribe, unsubscribe, disconnect, and the
//! events that come with a connect. One request in, one reply out; waiting is asked of
//! the caller by [`Reply::hold`].

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::log::{self, Kept};
use super::record::change_event;
use super::stream::{Client, Streams};
use super::topic;
use crate::demo::error::Refusal;
use crate::demo::rights::Rights;
use crate::demo::schema::Schema;
use crate::demo::wire::{Reply, Request};

/// Milliseconds a connect may hang (Streaming API guide).
const TIMEOUT: u64 = 110_000;
/// Bytes of a request body (Streaming API guide).
const LARGEST: usize = 32_768;
const ALL_CHANGES: &str = "/data/ChangeEvents";

/// Who speaks.
pub struct Listener<'a> {
    pub db: &'a Connection,
    pub streams: &'a Streams,
    /// What the user sees.
    pub schema: &'a Schema,
    /// Every object, and what the user may do: which rows they see.
    pub whole: &'a Schema,
    pub rights: &'a Rights,
    pub user: &'a str,
}

/// Answers a `POST` below `/cometd/NN.N`.
///
/// # Errors
/// 400 for a body that is no message, 413 for one too large.
pub fn answer(listener: &Listener<'_>, request: &Request) -> Result<Reply, Refusal> {
    let messages = messages(request)?;
    let is_alone = messages.len() == 1;
    let mut out = Vec::new();
    let mut hold = None;
    let mut greeted = false;
    for message in &messages {
        match message["channel"].as_str() {
            Some("/meta/handshake") => {
                greeted = true;
                out.push(handshake(listener, message));
            }
            Some("/meta/connect") => {
                hold = connect(listener, message, is_alone && !request.waited, &mut out)?;
            }
            Some("/meta/subscribe") => out.push(subscribe(listener, message)?),
            Some("/meta/unsubscribe") => out.push(unsubscribe(listener, message)),
            Some("/meta/disconnect") => out.push(disconnect(listener, message)),
            Some(other) => out.push(refused(
                message,
                other,
                "403:denied_by_security_policy:create_denied",
            )),
            None => out.push(refused(message, "", "400::Bad request")),
        }
    }
    let mut reply = Reply::json(200, &out);
    reply.hold = hold;
    Ok(if greeted {
        let browser = uuid::Uuid::now_v7().simple().to_string();
        reply.with("Set-Cookie", format!("BAYEUX_BROWSER={browser}; Path=/"))
    } else {
        reply
    })
}

/// What a client without a valid session is told.
///
/// # Errors
/// Those of [`answer`].
pub fn unknown_session(request: &Request) -> Result<Reply, Refusal> {
    let messages = messages(request)?;
    let said: Vec<Value> = messages
        .iter()
        .map(|message| {
            let channel = message["channel"].as_str().unwrap_or_default();
            let advice = json!({"interval": 0, "reconnect": "none"});
            if channel == "/meta/handshake" {
                let mut map = refused(message, channel, "403::Handshake denied");
                map["ext"] = json!({
                    "sfdc": {"failureReason": "401::Authentication invalid"},
                    "replay": true,
                    "payload.format": true,
                });
                map["advice"] = advice;
                map
            } else {
                let mut map = refused(message, channel, "401::Authentication invalid");
                map["advice"] = advice;
                map
            }
        })
        .collect();
    Ok(Reply::json(200, &said))
}

fn messages(request: &Request) -> Result<Vec<Value>, Refusal> {
    if request.body.len() > LARGEST {
        let text = "The request body is too large";
        return Err(Refusal::new(413, "EXCEEDED_MAX_SIZE_REQUEST", text));
    }
    let broken = || Refusal::new(400, "JSON_PARSER_ERROR", "The messages cannot be read");
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.contains("form-urlencoded"));
    let form = request.form();
    let text = match form.iter().find(|(name, _)| name == "message") {
        Some((_, text)) if is_form => text.as_bytes(),
        _ => request.body.as_slice(),
    };
    match serde_json::from_slice(text) {
        Ok(Value::Array(all)) if all.iter().all(Value::is_object) => Ok(all),
        Ok(Value::Object(one)) => Ok(vec![Value::Object(one)]),
        _ => Err(broken()),
    }
}

/// A reply to a message, with its id.
fn about(message: &Value, channel: &str, successful: bool) -> Value {
    let mut map = Map::new();
    map.insert("channel".into(), json!(channel));
    map.insert("successful".into(), json!(successful));
    for key in ["clientId", "subscription", "id"] {
        if let Some(value) = message.get(key) {
            map.insert(key.into(), value.clone());
        }
    }
    Value::Object(map)
}

fn refused(message: &Value, channel: &str, error: impl Into<String>) -> Value {
    let mut map = about(message, channel, false);
    map["error"] = json!(error.into());
    map
}

fn unknown_client(message: &Value, channel: &str) -> Value {
    let mut map = refused(message, channel, "403::Unknown client");
    map["advice"] = json!({"interval": 0, "reconnect": "handshake"});
    map
}

fn handshake(listener: &Listener<'_>, message: &Value) -> Value {
    let channel = "/meta/handshake";
    let kinds = message["supportedConnectionTypes"].as_array();
    if kinds.is_some_and(|kinds| !kinds.iter().any(|kind| kind == "long-polling")) {
        return refused(
            message,
            channel,
            "400::Unsupported connection types: only long-polling is supported",
        );
    }
    let mut map = about(message, channel, true);
    map["clientId"] = json!(listener.streams.open(listener.user));
    map["version"] = json!("1.0");
    map["minimumVersion"] = json!("1.0");
    map["supportedConnectionTypes"] = json!(["long-polling"]);
    map["ext"] = json!({"replay": true, "payload.format": true});
    map["advice"] = json!({"reconnect": "retry", "interval": 0, "timeout": TIMEOUT});
    map
}

fn client(listener: &Listener<'_>, message: &Value) -> Option<(String, Client)> {
    let id = message["clientId"].as_str()?;
    let client = listener.streams.find(id, listener.user)?;
    Some((id.to_owned(), client))
}

/// The first connect is answered at once, a later one when there is an event or its time
/// is up; gives how long it may hang.
fn connect(
    listener: &Listener<'_>,
    message: &Value,
    may_hang: bool,
    out: &mut Vec<Value>,
) -> Result<Option<Duration>, Refusal> {
    let channel = "/meta/connect";
    let Some((id, client)) = client(listener, message) else {
        out.push(unknown_client(message, channel));
        return Ok(None);
    };
    let events = due(listener, &id, &client)?;
    let wanted = message["advice"]["timeout"].as_u64().unwrap_or(TIMEOUT);
    let wait = Duration::from_millis(wanted.min(TIMEOUT));
    if events.is_empty() && client.has_connected && may_hang && !wait.is_zero() {
        listener.streams.hangs(&id, wait);
        return Ok(Some(wait));
    }
    listener
        .streams
        .change(&id, |client| client.has_connected = true);
    let mut map = about(message, channel, true);
    map["advice"] = json!({"reconnect": "retry", "interval": 0, "timeout": TIMEOUT});
    out.extend(events);
    out.push(map);
    Ok(None)
}

/// The events a client has not had, each for every subscription it belongs to.
fn due(listener: &Listener<'_>, id: &str, client: &Client) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::new();
    let Some(mut place) = client.subscriptions.values().min().copied() else {
        return Ok(found);
    };
    while found.is_empty() {
        let kept = log::behind(listener.db, place)?;
        let Some(last) = kept.last().map(|event| event.replay) else {
            break;
        };
        for event in &kept {
            for (channel, seen) in &client.subscriptions {
                if event.replay > *seen && covers(channel, &event.channel) {
                    found.extend(delivery(listener, channel, event)?);
                }
            }
        }
        place = last;
    }
    listener.streams.change(id, |client| {
        for seen in client.subscriptions.values_mut() {
            *seen = (*seen).max(place);
        }
    });
    Ok(found)
}

fn covers(subscription: &str, channel: &str) -> bool {
    subscription == channel || (subscription == ALL_CHANGES && channel.starts_with("/data/"))
}

/// An event for a subscription, without the fields its user does not see; none where the
/// whole row is not theirs to see.
fn delivery(
    listener: &Listener<'_>,
    channel: &str,
    event: &Kept,
) -> Result<Option<Value>, Refusal> {
    let schema = listener.schema;
    let mut data = event.body.clone();
    if let Some(row) = data.get_mut("sobject").and_then(Value::as_object_mut) {
        let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
        let Some(object) = schema.object_of_id(id) else {
            return Ok(None);
        };
        let reach = listener
            .rights
            .reach(listener.db, listener.whole, object, id)?;
        if reach.is_none() {
            return Ok(None);
        }
        row.retain(|name, _| object.field(name).is_some());
    }
    let entity = data["payload"]["ChangeEventHeader"]["entityName"]
        .as_str()
        .and_then(|name| schema.object(name));
    if let (Some(object), Some(payload)) = (entity, data["payload"].as_object_mut()) {
        payload.retain(|name, _| name == "ChangeEventHeader" || object.field(name).is_some());
        for value in payload.values_mut().filter_map(Value::as_object_mut) {
            if !value.contains_key("entityName") {
                value.retain(|name, _| object.field(name).is_some());
            }
        }
    }
    data["event"]["replayId"] = json!(event.replay);
    Ok(Some(json!({"channel": channel, "data": data})))
}

fn subscribe(listener: &Listener<'_>, message: &Value) -> Result<Value, Refusal> {
    let channel = "/meta/subscribe";
    let Some((id, _)) = client(listener, message) else {
        return Ok(unknown_client(message, channel));
    };
    let wanted: Vec<&str> = match &message["subscription"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if wanted.is_empty() {
        return Ok(refused(message, channel, "403::Subscription missing"));
    }
    for subscription in &wanted {
        if let Some(error) = denied(listener, subscription)? {
            return Ok(refused(message, channel, error));
        }
    }
    for subscription in wanted {
        let from = replay_of(message, subscription).unwrap_or(-1);
        let place = match from {
            -1 => log::newest(listener.db)?,
            -2 => 0,
            n if log::is_valid(listener.db, n)? => n,
            n => {
                let text = format!(
                    "400::The replayId {{{n}}} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay only new events."
                );
                return Ok(refused(message, channel, text));
            }
        };
        listener.streams.change(&id, |client| {
            client.subscriptions.insert(subscription.to_owned(), place);
        });
    }
    Ok(about(message, channel, true))
}

/// Where a subscription begins, by the replay extension; some clients escape the channel.
fn replay_of(message: &Value, subscription: &str) -> Option<i64> {
    let places = message["ext"]["replay"].as_object()?;
    places
        .iter()
        .find(|(name, _)| {
            let plain = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            plain == subscription
        })
        .and_then(|(_, place)| place.as_i64())
}

/// Why a user may not listen to a channel.
fn denied(listener: &Listener<'_>, channel: &str) -> Result<Option<String>, Refusal> {
    let missing = || {
        Some(format!(
            "400::The channel you requested to subscribe to does not exist {{{channel}}}"
        ))
    };
    let closed = || Some("403:denied_by_security_policy:create_denied".to_owned());
    let objects = &listener.schema.objects;
    if channel == ALL_CHANGES {
        return Ok(None);
    }
    if let Some(event) = channel.strip_prefix("/data/") {
        let is_there = objects
            .iter()
            .any(|object| change_event(object).as_deref() == Some(event));
        return Ok(if is_there { None } else { closed() });
    }
    if let Some(event) = channel.strip_prefix("/event/") {
        let is_there = event.ends_with("__e") && objects.iter().any(|object| object.name == event);
        return Ok(if is_there { None } else { closed() });
    }
    if let Some(name) = channel.strip_prefix(topic::CHANNEL) {
        let is_there =
            listener.schema.object("PushTopic").is_some() && topic::is_active(listener.db, name)?;
        return Ok(if is_there { None } else { missing() });
    }
    Ok(if channel.starts_with("/u/") {
        missing()
    } else {
        closed()
    })
}

fn unsubscribe(listener: &Listener<'_>, message: &Value) -> Value {
    let channel = "/meta/unsubscribe";
    let Some((id, _)) = client(listener, message) else {
        return unknown_client(message, channel);
    };
    let wanted = message["subscription"].clone();
    listener.streams.change(&id, |client| {
        client.subscriptions.retain(|name, _| match &wanted {
            Value::Array(all) => !all.iter().any(|one| one == name),
            one => one != name,
        });
    });
    about(message, channel, true)
}

fn disconnect(listener: &Listener<'_>, message: &Value) -> Value {
    let channel = "/meta/disconnect";
    let Some((id, _)) = client(listener, message) else {
        return unknown_client(message, channel);
    };
    listener.streams.close(&id);
    about(message, channel, true)
}
