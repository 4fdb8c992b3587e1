//! Graphs (REST API guide, "Composite Graph"): several sets of parts in one call, each
//! set kept or taken back as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Part, ROLLED_BACK, composite_reply, halted, is_failed, references, run_all_or_none};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::wire::{JSON, Reply};

/// Graphs of one call.
const MOST_GRAPHS: usize = 75;
/// Parts of one call.
const MOST_NODES: usize = 500;
/// Parts that wait for each other in a row.
const DEEPEST: usize = 15;
/// Kinds of parts, by method and object.
const MOST_KINDS: usize = 15;
/// After so many failed graphs the rest is not tried.
const MOST_FAILED: usize = 14;
/// Signs of a graph's name.
const LONGEST_NAME: usize = 40;

/// One graph as asked.
struct Graph<'a> {
    id: &'a str,
    parts: &'a [Value],
}

/// Answers `composite/graph`.
///
/// # Errors
/// What is wrong with the call as a whole: nothing of it is done then.
pub fn answer(call: &Call<'_>, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    let graphs = read(body)?;
    let mut failed = 0;
    let mut body = b"{\"graphs\":[".to_vec();
    for (index, graph) in graphs.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        let done = if failed >= MOST_FAILED {
            not_tried(graph)
        } else {
            run_all_or_none(call, graph.parts)?
        };
        let is_successful = !done.iter().any(|part| is_failed(&part.reply));
        failed += usize::from(!is_successful);
        let id = Value::from(graph.id);
        body.extend_from_slice(format!("{{\"graphId\":{id},\"graphResponse\":").as_bytes());
        body.extend_from_slice(&composite_reply(&done).body);
        body.extend_from_slice(format!(",\"isSuccessful\":{is_successful}}}").as_bytes());
    }
    body.extend_from_slice(b"]}");
    Ok(Reply::bytes(200, JSON, body))
}

fn not_tried(graph: &Graph<'_>) -> Vec<Part> {
    let parts = graph.parts.iter().map(|part| Part {
        reference: part["referenceId"].as_str().unwrap_or_default().to_owned(),
        reply: halted(ROLLED_BACK),
    });
    parts.collect()
}

fn read(body: &Map<String, Value>) -> Result<Vec<Graph<'_>>, Refusal> {
    let graphs = body
        .get("graphs")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::parser("The graphs list is missing at [line:1, column:1]"))?;
    if graphs.len() > MOST_GRAPHS {
        return Err(limit(format!(
            "The request can’t contain more than {MOST_GRAPHS} graphs."
        )));
    }
    let mut seen = BTreeSet::new();
    let mut nodes = 0;
    let mut read = Vec::new();
    for graph in graphs {
        let id = graph["graphId"].as_str().unwrap_or_default();
        valid_id(id)?;
        if !seen.insert(id) {
            return Err(input(format!(
                "Duplicate graphId '{id}' provided in the request."
            )));
        }
        let parts = graph["compositeRequest"].as_array().ok_or_else(|| {
            Refusal::parser("The compositeRequest list is missing at [line:1, column:1]")
        })?;
        nodes += parts.len();
        check(parts)?;
        read.push(Graph { id, parts });
    }
    if nodes > MOST_NODES {
        return Err(limit(format!(
            "The request can’t contain more than {MOST_NODES} nodes."
        )));
    }
    Ok(read)
}

fn valid_id(id: &str) -> Result<(), Refusal> {
    let begins = id.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && id.chars().count() < LONGEST_NAME {
        return Ok(());
    }
    Err(input(format!(
        "Provided graphId ('{id}') must start with a letter or a number and have fewer than {LONGEST_NAME} characters."
    )))
}

/// Names, addresses, kinds and depth of one graph.
fn check(parts: &[Value]) -> Result<(), Refusal> {
    references::valid_names(parts)?;
    let mut kinds = BTreeSet::new();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts {
        let method = part["method"].as_str().unwrap_or_default();
        let url = part["url"].as_str().unwrap_or_default();
        kinds.insert((method, object_of(method, url)?));
        let above = references::named_in(part)
            .iter()
            .filter_map(|name| depths.get(name.as_str()).copied())
            .max();
        let depth = above.unwrap_or(0) + 1;
        if depth > DEEPEST {
            return Err(limit(format!(
                "The depth of a graph can’t be more than {DEEPEST}."
            )));
        }
        depths.insert(part["referenceId"].as_str().unwrap_or_default(), depth);
    }
    if kinds.len() > MOST_KINDS {
        return Err(limit(format!(
            "A graph can’t contain more than {MOST_KINDS} different nodes."
        )));
    }
    Ok(())
}

/// The object of a part's address; only rows are served, with the methods they have.
fn object_of<'a>(method: &str, url: &'a str) -> Result<&'a str, Refusal> {
    let path = url.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (object, methods) = match segments.as_slice() {
        ["services", "data", _, "sobjects", object] => (*object, ["POST"].as_slice()),
        ["services", "data", _, "sobjects", object, _] => {
            (*object, ["GET", "PATCH", "DELETE"].as_slice())
        }
        ["services", "data", _, "sobjects", object, _, _] => {
            (*object, ["GET", "PATCH", "POST", "DELETE"].as_slice())
        }
        _ => {
            return Err(input(format!(
                "The URL '{url}' is not supported in a composite graph request."
            )));
        }
    };
    if methods.contains(&method) {
        Ok(object)
    } else {
        Err(input(format!(
            "The method '{method}' is not supported for '{url}' in a composite graph request."
        )))
    }
}

fn limit(text: String) -> Refusal {
    Refusal::new(400, "LIMIT_EXCEEDED", text)
}

fn input(text: String) -> Refusal {
    Refusal::new(400, "INVALID_INPUT", text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(name: &str, refers: &str) -> Value {
        json!({"method": "POST", "url": "/services/data/v62.0/sobjects/Account", "referenceId": name,
            "body": {"Name": "x", "ParentId": refers}})
    }

    #[test]
    fn chains_of_references_have_a_bound() {
        for (length, fits) in [(DEEPEST, true), (DEEPEST + 1, false)] {
            let parts: Vec<Value> = (0..length)
                .map(|n| part(&format!("r{n}"), &format!("@{{r{}.id}}", n.max(1) - 1)))
                .collect();
            // The first refers to itself, which no part before it answers.
            assert_eq!(check(&parts).is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn addresses_and_names_that_graphs_do_not_take_are_refused() {
        for (method, url) in [
            ("GET", "/services/data/v62.0/query?q=x"),
            (
                "POST",
                "/services/data/v62.0/sobjects/Account/001000000000001",
            ),
            ("GET", "/services/data/v62.0/sobjects/Account"),
        ] {
            assert!(object_of(method, url).is_err(), "{method} {url}");
        }
        for (id, fits) in [
            ("g1", true),
            ("", false),
            ("_g", false),
            ("g".repeat(40).as_str(), false),
        ] {
            assert_eq!(valid_id(id).is_ok(), fits, "{id}");
        }
    }
}
