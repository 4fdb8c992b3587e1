//! Turns the org's JSON records into [`Record`]s: `attributes` become the object's name,
//! parents stay nested, child queries become lists.

use serde_json::Value;

use crate::domain::id::RecordId;
use crate::domain::record::Record;

/// Reads one record; `None` when the value is no object.
pub(super) fn read(value: Value) -> Option<Record> {
    let Value::Object(mut fields) = value else {
        return None;
    };
    let object = fields
        .shift_remove("attributes")
        .and_then(|attributes| Some(attributes.get("type")?.as_str()?.to_owned()))
        .unwrap_or_default();
    let id = fields.get("Id").and_then(Value::as_str).and_then(id_of);
    fields.values_mut().for_each(make_plain);
    Some(Record { object, id, fields })
}

/// Reads a list of records; what is no record is left out.
pub(super) fn read_all(values: Vec<Value>) -> Vec<Record> {
    values.into_iter().filter_map(read).collect()
}

/// An id as the org wrote it. Its checksum is made anew: in a reply only the first
/// fifteen characters carry meaning.
pub(super) fn id_of(text: &str) -> Option<RecordId> {
    text.get(..15)?.parse().ok()
}

/// Takes the API's own keys out of a nested value. A child query (`records` inside)
/// becomes a list; the org sends null for an empty one.
fn make_plain(value: &mut Value) {
    let Value::Object(map) = value else {
        return;
    };
    map.shift_remove("attributes");
    if map.contains_key("totalSize") && map.get("records").is_some_and(Value::is_array) {
        let mut rows = map.shift_remove("records").unwrap_or_default();
        rows.as_array_mut()
            .into_iter()
            .flatten()
            .for_each(make_plain);
        *value = rows;
        return;
    }
    map.values_mut().for_each(make_plain);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parents_stay_nested_and_child_queries_become_lists() {
        let value = json!({
            "attributes": {"type": "Contact", "url": "/x"},
            "Id": "003dM00001wBXYDQA4",
            "Owner": {"attributes": {"type": "Name"}, "Name": "Kim"},
            "Account": null,
            "MailingAddress": {"city": "Austin"},
            "Cases": {"totalSize": 1, "done": true, "records": [{"attributes": {"type": "Case"}, "CaseNumber": "1"}]},
            "Assets": null
        });
        let record = read(value).unwrap();
        assert_eq!(record.object, "Contact");
        assert_eq!(record.id.unwrap().as_str(), "003dM00001wBXYDQA4");
        assert_eq!(record.text("Owner.Name"), Some("Kim"));
        assert_eq!(
            Value::Object(record.fields),
            json!({
                "Id": "003dM00001wBXYDQA4",
                "Owner": {"Name": "Kim"},
                "Account": null,
                "MailingAddress": {"city": "Austin"},
                "Cases": [{"CaseNumber": "1"}],
                "Assets": null
            })
        );
    }

    #[test]
    fn decimals_keep_every_digit() {
        let value: Value =
            serde_json::from_str(r#"{"Amount": 12345678901234567.1234567890}"#).unwrap();
        let record = read(value).unwrap();
        assert_eq!(
            record.fields["Amount"].to_string(),
            "12345678901234567.1234567890"
        );
    }

    #[test]
    fn rows_without_id_or_type_are_kept() {
        let record = read(json!({"attributes": {"type": "AggregateResult"}, "expr0": 3})).unwrap();
        assert_eq!(
            (record.object.as_str(), record.id),
            ("AggregateResult", None)
        );
        assert_eq!(read(json!([1])), None);
        assert_eq!(id_of("short"), None);
        assert_eq!(id_of("é03dM00001wBXYDQA"), None);
    }
}
