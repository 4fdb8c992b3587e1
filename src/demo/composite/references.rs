//! `@{ref.path}` in the address and body of later parts.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::demo::error::Refusal;
use crate::demo::wire::Reply;

/// What the parts so far answered.
#[derive(Debug)]
pub struct Known {
    /// Whether a reference to an empty field stands for null, as since v52, or fails.
    takes_null: bool,
    /// `None` for a part that failed.
    bodies: HashMap<String, Option<Value>>,
}

/// Why a reference has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The part it names failed.
    Halted(String),
    Missing {
        expression: String,
        name: String,
    },
}

const NAME_RULE: &str = "must start with a letter or a number, and it can contain only letters, numbers and underscores ('_').";

/// The recorded words for a reference without a value.
pub fn missing(expression: &str, name: &str) -> String {
    format!(
        "Invalid reference specified. No value for {expression} found in {name}. Provided referenceId ('{expression}') {NAME_RULE}"
    )
}

/// Refuses a `referenceId` that cannot be one.
///
/// # Errors
/// 400.
pub fn valid_name(name: &str) -> Result<(), Refusal> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    let text = format!("Provided referenceId ('{name}') {NAME_RULE}");
    Err(Refusal::new(400, "INVALID_INPUT", text))
}

/// Refuses names that cannot be, and names used twice.
///
/// # Errors
/// 400.
pub fn valid_names(parts: &[Value]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for part in parts {
        let name = part["referenceId"].as_str().unwrap_or_default();
        valid_name(name)?;
        if !seen.insert(name) {
            let text = format!("Duplicate ReferenceId provided in the request: {name}");
            return Err(Refusal::new(400, "INVALID_INPUT", text));
        }
    }
    Ok(())
}

/// The parts that a part's address and body name.
pub fn named_in(part: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in [part["url"].to_string(), part["body"].to_string()] {
        for behind in text.split("@{").skip(1) {
            let name: String = behind
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            names.insert(name);
        }
    }
    names
}

impl Known {
    /// Nothing yet, by the rules of a version.
    pub fn new(release: u32) -> Self {
        Self {
            takes_null: release >= 52,
            bodies: HashMap::new(),
        }
    }

    /// Remembers what a part answered.
    pub fn learn(&mut self, reference: &str, reply: &Reply) {
        let body = reply.is_ok().then(|| reply.value());
        self.bodies.insert(reference.to_owned(), body);
    }

    /// A value with every reference in its texts replaced.
    ///
    /// # Errors
    /// The first reference without a value.
    pub fn fill(&self, value: &Value) -> Result<Value, Failure> {
        Ok(match value {
            Value::String(text) if self.is_null(text) => Value::Null,
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(all) => all
                .iter()
                .map(|one| self.fill(one))
                .collect::<Result<_, _>>()?,
            Value::Object(map) => {
                let filled: Result<_, Failure> = map
                    .iter()
                    .map(|(key, one)| Ok((key.clone(), self.fill(one)?)))
                    .collect();
                Value::Object(filled?)
            }
            other => other.clone(),
        })
    }

    /// Whether the whole text is one reference to a field without a value.
    fn is_null(&self, text: &str) -> bool {
        let inside = text
            .strip_prefix("@{")
            .and_then(|rest| rest.strip_suffix('}'));
        let expression = inside.filter(|_| self.takes_null).unwrap_or_default();
        let name = name_of(expression);
        let body = self.bodies.get(name).and_then(Option::as_ref);
        body.and_then(|body| body.pointer(&pointer(expression, name))) == Some(&Value::Null)
    }

    fn text(&self, text: &str) -> Result<String, Failure> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("@{") {
            let Some((expression, after)) = behind.split_once('}') else {
                break;
            };
            filled.push_str(before);
            filled.push_str(&self.value(expression)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, expression: &str) -> Result<String, Failure> {
        let name = name_of(expression);
        let missing = || Failure::Missing {
            expression: expression.to_owned(),
            name: name.to_owned(),
        };
        let body = match self.bodies.get(name) {
            Some(Some(body)) => body,
            Some(None) => return Err(Failure::Halted(name.to_owned())),
            None => return Err(missing()),
        };
        match body.pointer(&pointer(expression, name)) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) | None => Err(missing()),
            Some(other) => Ok(other.to_string()),
        }
    }
}

fn name_of(expression: &str) -> &str {
    expression.split(['.', '[']).next().unwrap_or_default()
}

/// `.records[0].Id` as `/records/0/Id`.
fn pointer(expression: &str, name: &str) -> String {
    expression
        .get(name.len()..)
        .unwrap_or_default()
        .replace(['.', '['], "/")
        .replace(']', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known() -> Known {
        let mut known = Known::new(62);
        known.learn(
            "a",
            &Reply::json(
                201,
                &json!({"id": "001", "n": 5, "none": null, "records": [{"Id": "x"}]}),
            ),
        );
        known.learn("b", &Refusal::not_found().reply());
        known
    }

    #[test]
    fn references_are_replaced_everywhere() {
        let filled = known()
            .fill(&json!({"u": "/x/@{a.id}/@{a.records[0].Id}", "l": ["@{a.n}"], "p": "a@{b"}))
            .unwrap();
        assert_eq!(filled, json!({"u": "/x/001/x", "l": ["5"], "p": "a@{b"}));
    }

    #[test]
    fn references_without_a_value_say_why() {
        assert_eq!(
            known().fill(&json!("@{b.id}")),
            Err(Failure::Halted("b".into()))
        );
        for (text, name) in [("a.records[9].Id", "a"), ("c.id", "c")] {
            let expected = Failure::Missing {
                expression: text.into(),
                name: name.into(),
            };
            assert_eq!(known().fill(&json!(format!("@{{{text}}}"))), Err(expected));
        }
    }

    #[test]
    fn empty_fields_stand_for_null_since_v52() {
        let text = json!("@{a.none}");
        assert_eq!(known().fill(&text), Ok(Value::Null));
        let mut old = Known::new(51);
        old.learn("a", &Reply::json(200, &json!({"none": null})));
        assert!(matches!(old.fill(&text), Err(Failure::Missing { .. })));
    }

    #[test]
    fn names_with_odd_signs_are_refused() {
        assert!(valid_name("a_1").is_ok());
        for bad in ["", "_a", "a-b", "a.b"] {
            assert!(valid_name(bad).is_err(), "{bad}");
        }
    }
}
