//! A record as the org sent it: field values by API name, parents nested.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::id::RecordId;

/// Field values by API name; decimals keep the digits they came with.
pub type Fields = Map<String, Value>;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// API name of its object; `AggregateResult` for rows of an aggregate query.
    pub object: String,
    /// `None` where the query did not select `Id`.
    pub id: Option<RecordId>,
    /// Without `attributes`. A parent (`Owner`) is a nested object, a child query a
    /// list of nested objects.
    pub fields: Fields,
}

impl Record {
    /// The value at a path such as `Owner.Name`; `None` when absent or null.
    pub fn value(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut value = self.fields.get(parts.next()?)?;
        for part in parts {
            value = value.as_object()?.get(part)?;
        }
        (!value.is_null()).then_some(value)
    }

    /// The text at a path, for fields whose value is a JSON string.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_str()
    }
}

/// What is needed to name a record and go to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// API name of its object.
    pub object: String,
    /// Its id.
    pub id: RecordId,
    /// Its name field, or its id where it has none.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::super::testkit::{LENA, record};
    use serde_json::json;

    #[test]
    fn a_path_reaches_into_parents_and_ends_at_null() {
        let lena = record(
            "Contact",
            LENA,
            json!({"Name": "Lena", "Owner": {"Name": "Kim", "Manager": null}, "Account": null}),
        );
        let cases = [
            ("Name", Some("Lena")),
            ("Owner.Name", Some("Kim")),
            ("Owner.Manager.Name", None),
            ("Account.Name", None),
            ("Name.Name", None),
            ("Nothing", None),
            ("", None),
        ];
        for (path, want) in cases {
            assert_eq!(lena.text(path), want, "{path}");
        }
    }
}
