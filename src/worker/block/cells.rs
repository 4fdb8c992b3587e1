//! From a row of a part to the fields of a JSON record: an empty cell leaves its field as
//! it is, [`CLEAR`] empties it, anything else is a value in the org's own form. The same
//! meaning as the CSV has for a bulk job.

use serde_json::{Map, Value, json};

use crate::domain::block::CLEAR;
use crate::domain::block::prepared::PartColumn;
use crate::domain::record::Fields;
use crate::domain::schema::FieldType;

/// The fields of a row. `cells` are column and text; a column that the part does not have
/// (somebody added it by hand) is a field of that name.
pub(super) fn fields<'a>(
    columns: &[PartColumn],
    cells: impl Iterator<Item = (&'a str, &'a str)>,
) -> Fields {
    let mut fields = Fields::new();
    for (header, text) in cells.filter(|(_, text)| !text.is_empty()) {
        match columns.iter().find(|column| column.header == header) {
            Some(column) => put(&mut fields, column, text),
            None if text == CLEAR => {
                fields.insert(header.to_owned(), Value::Null);
            }
            None => {
                fields.insert(header.to_owned(), text.into());
            }
        }
    }
    fields
}

fn put(fields: &mut Fields, column: &PartColumn, text: &str) {
    if text == CLEAR {
        fields.insert(column.field.clone(), Value::Null);
        return;
    }
    let value = value(column.kind, text);
    match &column.parent {
        None => fields.insert(column.field.clone(), value),
        Some(parent) => {
            let mut named = Map::new();
            // First: the org reads it before anything else.
            named.insert("attributes".to_owned(), json!({ "type": parent.object }));
            named.insert(parent.field.clone(), value);
            fields.insert(parent.relationship.clone(), Value::Object(named))
        }
    };
}

/// A cell's text as JSON; what is no number where one is due stays a text, so that the
/// org itself says what is wrong.
fn value(kind: FieldType, text: &str) -> Value {
    match kind {
        FieldType::Boolean => match text {
            "true" | "1" => true.into(),
            "false" | "0" => false.into(),
            other => other.into(),
        },
        FieldType::Int | FieldType::Double | FieldType::Currency | FieldType::Percent => {
            match serde_json::from_str::<serde_json::Number>(text) {
                Ok(number) => Value::Number(number),
                Err(_) => text.into(),
            }
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::block::prepared::ParentKey;

    fn column(header: &str, kind: FieldType) -> PartColumn {
        PartColumn {
            header: header.to_owned(),
            from: header.to_owned(),
            field: header.to_owned(),
            kind,
            parent: None,
            is_key: false,
        }
    }

    #[test]
    fn a_cell_means_in_json_what_it_means_in_csv() {
        let parent = PartColumn {
            field: "WhoId".to_owned(),
            parent: Some(ParentKey {
                relationship: "Who".to_owned(),
                object: "Contact".to_owned(),
                polymorphic: true,
                field: "Key__c".to_owned(),
            }),
            ..column("Who:Contact.Key__c", FieldType::String)
        };
        let columns = [
            column("LastName", FieldType::String),
            column("DoNotCall", FieldType::Boolean),
            column("NPS__c", FieldType::Double),
            parent,
        ];
        let json = |cells: &[(&str, &str)]| {
            Value::Object(fields(&columns, cells.iter().copied())).to_string()
        };
        assert_eq!(
            json(&[
                ("LastName", "12"),
                ("DoNotCall", "true"),
                ("NPS__c", "1.50")
            ]),
            r#"{"LastName":"12","DoNotCall":true,"NPS__c":1.50}"#
        );
        assert_eq!(
            json(&[("LastName", ""), ("NPS__c", "#N/A")]),
            r#"{"NPS__c":null}"#
        );
        assert_eq!(
            json(&[("Who:Contact.Key__c", "K1")]),
            r#"{"Who":{"attributes":{"type":"Contact"},"Key__c":"K1"}}"#
        );
        assert_eq!(json(&[("Who:Contact.Key__c", "#N/A")]), r#"{"WhoId":null}"#);
        assert_eq!(
            json(&[("NPS__c", "many"), ("X__c", "y")]),
            r#"{"NPS__c":"many","X__c":"y"}"#
        );
    }
}
