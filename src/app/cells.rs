//! What stands in a cell of a table of records. Safe for the screen; knows no widths.

use jiff::Zoned;
use serde_json::Value;

use crate::domain::record::Record;
use crate::domain::schema::Field;
use crate::domain::value::{display, in_record};
use crate::domain::{text, value};

use super::org::Org;

/// The value at a path, by its field's type where the object's describe is known.
pub fn of(record: &Record, object: &str, path: &str, (org, now): (&Org, &Zoned)) -> String {
    let schema = org.forms.get(object).map(|form| &form.schema);
    match schema.and_then(|schema| schema.field(path)) {
        Some(field) => in_record(field, record, now),
        None => guess(record.value(path), now),
    }
}

/// A value whose type is not known: moments and days are told by their form, child rows
/// by their number.
fn guess(found: Option<&Value>, now: &Zoned) -> String {
    if let Some(children) = found.and_then(Value::as_array) {
        return match children.len() {
            1 => "1 row".to_owned(),
            many => format!("{many} rows"),
        };
    }
    match found.and_then(Value::as_str) {
        Some(raw) if raw.len() > 19 && value::instant(raw).is_some() => value::instant(raw)
            .map(|moment| value::show_date_time(moment, now))
            .unwrap_or_default(),
        Some(raw) if raw.len() == 10 => match raw.parse() {
            Ok(day) => value::show_date(day),
            Err(_) => text::line(raw).into_owned(),
        },
        _ => text::line(&display(&Field::default(), found, now)).into_owned(),
    }
}
