//! An org of a few fixed answers over real HTTP, counting what it is asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the stub does with a request.
pub enum Act {
    /// Answers.
    Reply(u16, Value),
    /// Answers 304.
    NotModified,
    /// Sends the browser on.
    Redirect(String),
    /// Takes the request and closes the connection without an answer.
    Cut,
    /// Takes the request and answers when told to.
    Wait(std::sync::mpsc::Receiver<()>, u16, Value),
    /// The same, as an ordinary org.
    Hold(std::sync::mpsc::Receiver<()>),
    /// Answers with headers of its own.
    Headed(u16, Value, String),
}

pub struct Asked {
    pub method: String,
    pub path: String,
    pub token: String,
    pub host: String,
    pub body: String,
    pub since: bool,
}

type Script = Box<dyn FnMut(&Asked) -> Option<Act> + Send>;

pub struct Stub {
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<Script>>,
}

impl Stub {
    /// Answers as an ordinary org, except where `script` answers.
    pub fn start(script: impl FnMut(&Asked) -> Option<Act> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let shared = (Arc::clone(&log), Arc::clone(&script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (log, script) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
                std::thread::spawn(move || serve(stream, &log, &script));
            }
        });
        Self { url, log, script }
    }

    /// `METHOD path` of all requests since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    pub fn script(&self, script: impl FnMut(&Asked) -> Option<Act> + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<String>>, script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = read(&mut reader) {
        log.lock()
            .unwrap()
            .push(format!("{} {}", asked.method, asked.path));
        let act = (script.lock().unwrap())(&asked).unwrap_or_else(|| ordinary(&asked));
        let act = match act {
            Act::Hold(told) => {
                let _ = told.recv();
                ordinary(&asked)
            }
            act => act,
        };
        let (status, place, body) = match act {
            Act::Hold(_) => return,
            Act::Headed(status, body, headers) => (status, Some(headers), body),
            Act::Reply(status, body) => (status, None, body),
            Act::NotModified => (304, None, Value::Null),
            Act::Redirect(place) => (302, Some(format!("Location: {place}\r\n")), Value::Null),
            Act::Cut => return,
            Act::Wait(told, status, body) => {
                let _ = told.recv();
                (status, None, body)
            }
        };
        if answer(&stream, status, place, &body).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut since) = (0, false);
    let (mut token, mut host) = (String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => token = value.trim_start_matches("Bearer ").to_owned(),
            "host" => host = value.to_owned(),
            "if-modified-since" => since = true,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Asked {
        method,
        path,
        token,
        host,
        body,
        since,
    })
}

fn answer(
    mut stream: &TcpStream,
    status: u16,
    place: Option<String>,
    body: &Value,
) -> std::io::Result<()> {
    let place = place.unwrap_or_default();
    let body = match status {
        204 | 304 => String::new(),
        _ => body.to_string(),
    };
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nContent-Type: application/json\r\n\
         Last-Modified: Sun, 22 Nov 2026 03:00:00 GMT\r\n\
         Sforce-Limit-Info: api-usage=18/15000\r\n{place}\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

pub const ORG: &str = "00D000000000001EAA";
const USER: &str = "005000000000001AAA";

/// The answers of an org where everything is well.
pub fn ordinary(asked: &Asked) -> Act {
    let path = asked.path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/services/data/v66.0").unwrap_or(path);
    match (asked.method.as_str(), path) {
        (_, path) if path.starts_with("/services/oauth2/") => login(asked, path),
        ("GET", "/services/data") => Act::Reply(
            200,
            json!([
                {"version": "60.0", "url": "", "label": ""},
                {"version": "66.0", "url": "", "label": ""},
                {"version": "67.0", "url": "", "label": ""}
            ]),
        ),
        ("GET", "/sobjects" | "/sobjects/") => Act::Reply(
            200,
            json!({"sobjects": [
                object("Contact", "003"), object("Account", "001"), object("Task", "00T"),
                object("Event", "00U"), object("Note", "002")
            ]}),
        ),
        ("GET", "/query" | "/query/") => Act::Reply(
            200,
            json!({
                "totalSize": 1, "done": true,
                "records": [{"attributes": {"type": "TaskStatus"}, "ApiName": "Completed", "MasterLabel": "Completed"}]
            }),
        ),
        ("GET", "/search" | "/search/") => Act::Reply(
            200,
            json!({"searchRecords": [
                {"attributes": {"type": "Contact"}, "Id": "003000000000001AAA", "Name": "Lena Ortiz",
                 "Account": {"attributes": {"type": "Account"}, "Name": "Acme Holdings plc"}}
            ]}),
        ),
        ("GET", path) if path.ends_with("/describe") => {
            let name = path.split('/').nth(2).unwrap_or_default();
            Act::Reply(200, describe(name))
        }
        ("GET", path) if path.contains("/describe/") => Act::Reply(404, json!([])),
        ("POST", "/composite") => Act::Reply(200, composite(&asked.body)),
        ("POST", _) => Act::Reply(
            201,
            json!({"id": "00T000000000001EAA", "success": true, "errors": []}),
        ),
        _ => Act::Reply(
            404,
            json!([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]),
        ),
    }
}

/// Every part well: rows are changed, made and read; queries find nothing.
pub fn composite(body: &str) -> Value {
    let body: Value = serde_json::from_str(body).unwrap();
    let parts = body["compositeRequest"].as_array().unwrap();
    let replies = parts.iter().map(|part| {
        let url = part["url"].as_str().unwrap();
        let (status, body) = match part["method"].as_str().unwrap() {
            "GET" if url.contains("/query?") => {
                (200, json!({"totalSize": 0, "done": true, "records": []}))
            }
            "GET" => (
                200,
                json!({"attributes": {"type": "Contact"}, "Name": "before",
                       "LastModifiedDate": "2026-11-22T03:00:00.000+0000"}),
            ),
            "POST" => (
                201,
                json!({"id": "00T000000000001EAA", "success": true, "errors": []}),
            ),
            _ => (204, Value::Null),
        };
        json!({"referenceId": part["referenceId"], "httpStatusCode": status, "body": body,
               "httpHeaders": {}})
    });
    json!({ "compositeResponse": replies.collect::<Vec<_>>() })
}

fn login(asked: &Asked, path: &str) -> Act {
    if path.ends_with("userinfo") {
        return Act::Reply(200, userinfo(ORG));
    }
    if path.ends_with("token") {
        let renewed = asked.body.contains("grant_type=refresh_token");
        return Act::Reply(
            200,
            json!({
                "access_token": if renewed { "second" } else { "first" },
                "refresh_token": if renewed { "refresh two" } else { "refresh one" },
                "instance_url": format!("http://{}", asked.host), "token_type": "Bearer",
                "id": format!("http://{}/id/{ORG}/{USER}", asked.host)
            }),
        );
    }
    let value = |name: &str| {
        let query = asked.path.split_once('?').unwrap().1;
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(name));
        pair.unwrap().replace("%3A", ":").replace("%2F", "/")
    };
    let (place, state) = (value("redirect_uri="), value("state="));
    Act::Redirect(format!("{place}?code=c0de&state={state}"))
}

pub fn userinfo(org: &str) -> Value {
    json!({
        "user_id": USER, "organization_id": org, "name": "Ada Admin",
        "preferred_username": "ada@example.com", "zoneinfo": "Europe/London"
    })
}

fn object(name: &str, prefix: &str) -> Value {
    json!({
        "name": name, "label": name, "labelPlural": name, "keyPrefix": prefix, "custom": false,
        "createable": true, "updateable": true, "deletable": true, "queryable": true,
        "searchable": true, "layoutable": false
    })
}

fn describe(name: &str) -> Value {
    let field = |name: &str, kind: &str| {
        json!({
            "name": name, "label": name, "type": kind, "length": 255, "nillable": true,
            "createable": true, "updateable": true, "filterable": true,
            "nameField": name == "Name" || name == "Subject"
        })
    };
    let mut value = object(name, "00T");
    value["fields"] = json!([
        field("Id", "id"),
        field("Name", "string"),
        field("Subject", "string"),
        field("Description", "textarea"),
        field("Status", "picklist"),
        field("ActivityDate", "date"),
        field("TaskSubtype", "picklist"),
        field("WhoId", "reference"),
        field("WhatId", "reference")
    ]);
    value["recordTypeInfos"] = json!([]);
    value["childRelationships"] = json!([]);
    value
}
