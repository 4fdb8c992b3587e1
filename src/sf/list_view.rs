//! List views of an object and the query behind one (REST API guide, List Views and List
//! View Describe).

use serde::Deserialize;

use super::json;
use super::request::{Request, encode};
use super::version::ApiVersion;
use crate::domain::failure::Failure;

/// List views of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListViews {
    /// In the org's order.
    #[serde(rename = "listviews")]
    pub views: Vec<ListView>,
    /// Address of the next page.
    pub next_records_url: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListView {
    /// 18 characters.
    pub id: String,
    /// What users call it.
    pub label: String,
    /// Its rows can be had by SOQL.
    pub soql_compatible: bool,
}

/// What a list view shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Description {
    /// SOQL of its rows.
    pub query: String,
    /// Its columns, hidden ones among them.
    pub columns: Vec<Column>,
}

/// A column of a list view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Column {
    /// What stands above it.
    pub label: String,
    /// `Account.Name`.
    pub field_name_or_path: String,
    /// Only there for the org's own use.
    pub hidden: bool,
}

/// The list views of an object, a page of them.
pub fn of_object(version: ApiVersion, object: &str) -> Request {
    let object = encode(object);
    Request::get(format!("{}/sobjects/{object}/listviews", version.base()))
}

/// What one list view shows.
pub fn describe(version: ApiVersion, object: &str, id: &str) -> Request {
    let (object, id) = (encode(object), encode(id));
    Request::get(format!(
        "{}/sobjects/{object}/listviews/{id}/describe",
        version.base()
    ))
}

/// Reads the answer to [`of_object`].
pub fn read_views(body: &[u8]) -> Result<ListViews, Failure> {
    json::read(body)
}

/// Reads the answer to [`describe`].
pub fn read_description(body: &[u8]) -> Result<Description, Failure> {
    json::read(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_their_columns_are_read() {
        let views = read_views(
            br#"{"done":true,"listviews":[{"id":"00B000000000001AAA","label":"My Accounts",
            "developerName":"MyAccounts","soqlCompatible":true}],"nextRecordsUrl":null,"size":1}"#,
        );
        let views = views.expect("list views");
        assert_eq!(views.views[0].label, "My Accounts");
        assert!(views.views[0].soql_compatible && views.next_records_url.is_none());
        let told = read_description(
            br#"{"query":"SELECT Name, Id FROM Account","columns":[{"label":"Account Name",
            "fieldNameOrPath":"Name","hidden":false,"sortable":true},
            {"label":"Id","fieldNameOrPath":"Id","hidden":true}],"orderBy":[]}"#,
        );
        let told = told.expect("a description");
        assert_eq!(told.columns[0].field_name_or_path, "Name");
        assert!(told.columns[1].hidden);
    }

    #[test]
    fn names_are_encoded_into_the_path() {
        let request = describe(ApiVersion(66), "A/b", "00B?x");
        assert_eq!(
            request.path,
            "/services/data/v66.0/sobjects/A%2Fb/listviews/00B%3Fx/describe"
        );
    }
}
