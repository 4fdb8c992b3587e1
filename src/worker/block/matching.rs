//! Finds the records that rows mean, where the org cannot do it itself: an update or a
//! delete by another key than `Id` (one query and one request for 200 rows, where single
//! requests with `updateOnly` are 200; a row whose record is not there can never make
//! one), and cells that may fill empty fields only.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::block::{Blank, Block, Operation};
use crate::domain::failure::Failure;
use crate::domain::record::{Fields, Record};
use crate::domain::soql;
use crate::sf::collection::{Outcome, Written};
use crate::sf::query;
use crate::sf::request::encode;

use super::send::{Desk, Plan};

/// Characters of a query's list of keys, encoded: the whole address stays well below the
/// 16,384 that orgs take (SOQL and SOSL Reference, limits of the URI).
const MOST_KEYS: usize = 6_000;

/// A row on its way.
pub(super) enum Matched {
    /// To be sent so.
    Ready(Fields),
    /// It needs no sending.
    Settled(Outcome),
}

/// Why rows of a block have to be matched, in words; `None` where they need not be.
pub(super) fn reason(block: &Block) -> Option<&'static str> {
    let by_key = !block.is_by_id()
        && matches!(
            block.operation,
            Operation::Update | Operation::Delete | Operation::Undelete
        );
    let fills = block.blank == Blank::Fill && block.operation.changes();
    match (by_key, fills) {
        (true, _) => Some("records that must exist are looked up by their key first"),
        (_, true) => Some("what is in a field has to be read before an empty one is filled"),
        _ => None,
    }
}

/// Each row with its record's `Id` in the place of the key, and without cells whose
/// fields hold something where empty ones only are filled.
pub(super) async fn matched(
    desk: &Desk<'_>,
    plan: &Plan<'_>,
    rows: Vec<Fields>,
) -> Result<Vec<Matched>, Failure> {
    let block = plan.block;
    let (Some(_), Some(key)) = (reason(block), block.key.as_deref()) else {
        return Ok(rows.into_iter().map(Matched::Ready).collect());
    };
    // A row that was matched before it was kept in the error store has its id already.
    let found = found(desk, plan, (key, &rows)).await?;
    let rows = rows.into_iter().map(|row| {
        let Some(value) = text(&row, key) else {
            return Matched::Ready(row);
        };
        settle(block, key, row, found.records(&value))
    });
    Ok(rows.collect())
}

/// The text of a key's cell.
fn text(row: &Fields, key: &str) -> Option<String> {
    match row.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn settle(block: &Block, key: &str, mut row: Fields, records: &[Record]) -> Matched {
    let refused = |code: &str, message: String| {
        let failure = Failure::from_org(code, None, &message).with_fields(vec![key.to_owned()]);
        Matched::Settled(Err(failure))
    };
    let record = match records {
        [record] => record,
        [] if block.operation == Operation::Upsert => return Matched::Ready(row),
        [] => {
            let message = format!("no {} has this {key}", block.object);
            return refused("NOT_FOUND", message);
        }
        several => {
            let message = format!("{} records have this {key}", several.len());
            return refused("DUPLICATE_EXTERNAL_ID", message);
        }
    };
    if block.blank == Blank::Fill {
        // A parent named by its key stands under its relationship, not under its field.
        row.retain(|name, _| name == key || name == "Id" || is_empty(record, name));
    }
    if block.operation != Operation::Upsert
        && let Some(id) = record.id
    {
        if key != "Id" {
            row.shift_remove(key);
        }
        row.shift_insert(0, "Id".to_owned(), id.to_string().into());
    }
    let has_news = row.keys().any(|name| name != "Id" && name != key);
    match has_news || block.operation.is_bare() {
        true => Matched::Ready(row),
        false => Matched::Settled(Ok(Written {
            id: record.id,
            created: false,
        })),
    }
}

fn is_empty(record: &Record, name: &str) -> bool {
    let relationship = match name.strip_suffix("__r") {
        Some(custom) => format!("{custom}__c"),
        None => format!("{name}Id"),
    };
    record.value(name).is_none() && record.value(&relationship).is_none()
}

/// Records by their key.
struct Found {
    exact: HashMap<String, Vec<Record>>,
    folded: HashMap<String, Vec<Record>>,
}

impl Found {
    /// Those whose key is the text; where none is, those that differ in case only, which
    /// is how the org compares.
    fn records(&self, value: &str) -> &[Record] {
        self.exact
            .get(value)
            .or_else(|| self.folded.get(&value.to_lowercase()))
            .map_or(&[], Vec::as_slice)
    }
}

async fn found(
    desk: &Desk<'_>,
    plan: &Plan<'_>,
    (key, rows): (&str, &[Fields]),
) -> Result<Found, Failure> {
    let keys: Vec<String> = rows.iter().filter_map(|row| text(row, key)).collect();
    let mut columns = vec!["Id"];
    if key != "Id" {
        columns.push(key);
    }
    if plan.block.blank == Blank::Fill {
        let fields = plan.columns.iter().filter(|column| !column.is_key);
        columns.extend(fields.map(|column| column.field.as_str()));
    }
    columns.dedup();
    let mut found = Found {
        exact: HashMap::new(),
        folded: HashMap::new(),
    };
    let is_text = is_text(plan, key);
    for list in lists(&keys, is_text) {
        let object = &plan.block.object;
        if !soql::is_name(object) || !columns.iter().all(|column| soql::is_path(column)) {
            return Err(Failure::input(&format!(
                "`{object}` and its fields are no names"
            )));
        }
        let rows_of = match plan.block.operation {
            Operation::Undelete => "queryAll",
            _ => "query",
        };
        let soql = format!(
            "SELECT {} FROM {object} WHERE {key} IN ({list})",
            columns.join(", ")
        );
        let mut request = query::query(desk.line.version, &soql);
        request.path = request.path.replacen("/query?", &format!("/{rows_of}?"), 1);
        loop {
            let page = query::read_rows(&desk.ask(&request).await?.body)?;
            for record in page.records {
                let Some(value) = text(&record.fields, key) else {
                    continue;
                };
                let folded = found.folded.entry(value.to_lowercase()).or_default();
                folded.push(record.clone());
                found.exact.entry(value).or_default().push(record);
            }
            match page.next {
                Some(next) => request = query::next(&next),
                None => break,
            }
        }
    }
    Ok(found)
}

/// Whether keys stand in quotes in SOQL.
fn is_text(plan: &Plan<'_>, key: &str) -> bool {
    use crate::domain::schema::FieldType;
    let column = plan.columns.iter().find(|column| column.header == key);
    !column.is_some_and(|column| {
        matches!(
            column.kind,
            FieldType::Int | FieldType::Double | FieldType::Currency | FieldType::Percent
        )
    })
}

/// Keys as SOQL, in lists short enough for an address.
fn lists(keys: &[String], is_text: bool) -> Vec<String> {
    let mut lists: Vec<String> = Vec::new();
    let mut length = 0;
    for key in keys {
        let literal = match is_text {
            true => soql::literal(key),
            false if key.parse::<f64>().is_ok() => key.clone(),
            false => continue,
        };
        let cost = encode(&literal).len() + 3;
        match lists.last_mut().filter(|_| length + cost <= MOST_KEYS) {
            Some(list) => {
                list.push(',');
                list.push_str(&literal);
                length += cost;
            }
            None => {
                lists.push(literal);
                length = cost;
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    fn record(value: Value) -> Record {
        let fields = row(value);
        let id = fields.get("Id").and_then(|id| id.as_str()?.parse().ok());
        Record {
            object: "Contact".to_owned(),
            id,
            fields,
        }
    }

    const ID: &str = "003dM00001wBXYDQA4";

    fn block(operation: Operation, blank: Blank) -> Block {
        Block {
            key: Some("Key__c".to_owned()),
            blank,
            ..Block::new("Contact", operation)
        }
    }

    fn told(block: &Block, fields: Value, records: &[Record]) -> Result<Value, String> {
        match settle(block, "Key__c", row(fields), records) {
            Matched::Ready(fields) => Ok(Value::Object(fields)),
            Matched::Settled(Ok(_)) => Err("nothing to do".to_owned()),
            Matched::Settled(Err(failure)) => Err(failure.code),
        }
    }

    #[test]
    fn an_update_by_key_goes_by_id_and_never_makes_a_record() {
        let update = block(Operation::Update, Blank::Leave);
        let fields = json!({"Key__c": "K1", "LastName": "A"});
        let one = record(json!({"Id": ID, "Key__c": "K1"}));
        assert_eq!(
            told(&update, fields.clone(), std::slice::from_ref(&one)),
            Ok(json!({"Id": ID, "LastName": "A"}))
        );
        assert_eq!(
            told(&update, fields.clone(), &[]),
            Err("NOT_FOUND".to_owned())
        );
        assert_eq!(
            told(&update, fields, &[one.clone(), one]),
            Err("DUPLICATE_EXTERNAL_ID".to_owned())
        );
    }

    #[test]
    fn filling_writes_empty_fields_only() {
        let upsert = block(Operation::Upsert, Blank::Fill);
        let there = record(
            json!({"Id": ID, "Key__c": "K1", "Phone": "1", "Email": null,
            "AccountId": "001dM00003kS2ndQAC", "Boss__c": null}),
        );
        let fields = json!({"Key__c": "K1", "Phone": "2", "Email": "a@b.c",
            "Account": {"Code__c": "X"}, "Boss__r": {"Code__c": "Y"}});
        assert_eq!(
            told(&upsert, fields.clone(), std::slice::from_ref(&there)),
            Ok(json!({"Key__c": "K1", "Email": "a@b.c", "Boss__r": {"Code__c": "Y"}}))
        );
        assert_eq!(told(&upsert, fields.clone(), &[]), Ok(fields));
        let nothing = json!({"Key__c": "K1", "Phone": "2"});
        assert_eq!(
            told(&upsert, nothing, &[there]),
            Err("nothing to do".to_owned())
        );
    }

    #[test]
    fn lists_of_keys_stay_short_and_quoted() {
        let keys: Vec<String> = (0..900).map(|n| format!("O'Neil {n}")).collect();
        let found = lists(&keys, true);
        assert!(found.len() > 2);
        assert!(
            found
                .iter()
                .all(|list| encode(list).len() <= MOST_KEYS + 100)
        );
        let all: usize = found
            .iter()
            .map(|list| list.matches("O\\'Neil").count())
            .sum();
        assert_eq!(all, 900);
        assert_eq!(lists(&["1.5".to_owned(), "x".to_owned()], false), ["1.5"]);
    }
}
