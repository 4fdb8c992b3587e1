//! What a JSON payload looks like without its values: keys and kinds, and in what two
//! payloads differ.

use std::collections::BTreeMap;

use serde_json::Value;

/// The kinds a value was seen with, and what is inside.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    kinds: Vec<&'static str>,
    keys: BTreeMap<String, Shape>,
    /// Of an object's keys: in how many objects each was seen, and how many there were.
    seen: BTreeMap<String, usize>,
    objects: usize,
    items: Option<Box<Shape>>,
}

impl Shape {
    /// The shape of a value. `maps` are paths (`fields`, `layouts.*`) of objects whose keys
    /// are data: their values are laid over each other like the items of a list.
    pub fn of(value: &Value, maps: &[&str]) -> Self {
        let mut shape = Self::default();
        shape.add(value, "", maps);
        shape
    }

    fn add(&mut self, value: &Value, path: &str, maps: &[&str]) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        match value {
            Value::Array(items) => {
                let inside = self.items.get_or_insert_default();
                items
                    .iter()
                    .for_each(|item| inside.add(item, &below("*"), maps));
            }
            Value::Object(map) if maps.contains(&path) => {
                let inside = self.items.get_or_insert_default();
                map.values()
                    .for_each(|item| inside.add(item, &below("*"), maps));
            }
            Value::Object(map) => {
                self.objects += 1;
                for (key, value) in map {
                    *self.seen.entry(key.clone()).or_default() += 1;
                    self.keys
                        .entry(key.clone())
                        .or_default()
                        .add(value, &below(key), maps);
                }
            }
            _ => {}
        }
    }

    /// How `ours` differs from this recorded shape, a line each: `- path` for a key that is
    /// missing, `+ path` for a foreign one, `~ path` for another kind. A null says nothing
    /// about kinds, an empty list nothing about its items.
    pub fn differences(&self, ours: &Self) -> Vec<String> {
        let mut found = Vec::new();
        self.compare(ours, "", &mut found);
        found
    }

    fn compare(&self, ours: &Self, path: &str, found: &mut Vec<String>) {
        let told = |shape: &Self| -> Vec<&'static str> {
            shape
                .kinds
                .iter()
                .copied()
                .filter(|kind| *kind != "null")
                .collect()
        };
        let (theirs, own) = (told(self), told(ours));
        if theirs.is_empty() || own.is_empty() {
            return;
        }
        if !own.iter().any(|kind| theirs.contains(kind)) {
            found.push(format!("~ {path}: {theirs:?}, not {own:?}"));
            return;
        }
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        if self.objects > 0 && ours.objects > 0 {
            for (key, shape) in &self.keys {
                match ours.keys.get(key) {
                    Some(own) => shape.compare(own, &below(key), found),
                    // Not every recorded object has it: no more need ours.
                    None if self.seen.get(key) < Some(&self.objects) => {}
                    None => found.push(format!("- {}", below(key))),
                }
            }
            for key in ours.keys.keys().filter(|key| !self.keys.contains_key(*key)) {
                found.push(format!("+ {}", below(key)));
            }
        }
        if let (Some(theirs), Some(own)) = (&self.items, &ours.items) {
            theirs.compare(own, &below("*"), found);
        }
    }
}

#[test]
fn differences_are_told_by_path() {
    use serde_json::json;
    let recorded = json!({"a": 1, "list": [{"x": 1, "y": null}, {"x": 2}], "map": {"k": {"in": true}}, "none": null});
    let same = json!({"a": 7, "list": [{"x": 0, "y": "now"}], "map": {"other": {"in": false}}, "none": []});
    let maps = ["map"];
    let difference =
        |ours: &Value| Shape::of(&recorded, &maps).differences(&Shape::of(ours, &maps));
    assert!(difference(&same).is_empty(), "{:?}", difference(&same));
    let other = json!({"a": "7", "list": [{"z": 0}], "map": {"k": {}}, "more": 1});
    let found = difference(&other);
    let heads: Vec<&str> = found
        .iter()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(
        heads,
        [
            "~ a",
            "- list.*.x",
            "+ list.*.z",
            "- map.*.in",
            "- none",
            "+ more"
        ]
    );
}
