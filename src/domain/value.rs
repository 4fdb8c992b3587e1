//! Field values: how each type is shown, edited and read back. Everything shown is safe
//! for the terminal; what is edited and sent is the raw value. Knows one field at a time;
//! what a whole record needs is `validate`'s work.

mod read;
#[cfg(test)]
mod tests;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decimal::Decimal;
use super::record::Record;
use super::schema::{Field, FieldType, PicklistValue};
use super::text;

/// What is wrong with one field's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// API name of the field.
    pub field: String,
    /// What is wrong and what would fit: `not a date; try 2026-02-28 or +3d`.
    pub message: String,
}

impl Problem {
    /// A problem of one field.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// Decimals beyond this are coordinates; padding those with zeros shows nothing.
const MOST_PADDING: u32 = 8;

/// The value as it is shown: safe text; long text keeps its line breaks. Nothing for null.
pub fn display(field: &Field, value: Option<&Value>, now: &Zoned) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(raw)) => display_text(field, raw, now),
        Some(Value::Bool(set)) => String::from(if *set { "[x]" } else { "[ ]" }),
        Some(number @ Value::Number(_)) => display_number(field, number),
        Some(Value::Object(parts)) if field.kind == FieldType::Address => join_address(parts),
        Some(Value::Object(parts)) if field.kind == FieldType::Location => {
            join(parts, &["latitude", "longitude"], ", ")
        }
        Some(other @ Value::Object(parts)) => match parts.get("Name").and_then(Value::as_str) {
            Some(name) => text::line(name).into_owned(),
            None => text::line(&other.to_string()).into_owned(),
        },
        Some(other) => text::line(&other.to_string()).into_owned(),
    }
}

/// The field's value in a record as it is shown: a reference by the parent's name, where
/// the record holds its parent.
pub fn in_record(field: &Field, record: &Record, now: &Zoned) -> String {
    let parent = field
        .relationship
        .as_deref()
        .filter(|_| field.kind == FieldType::Reference)
        .and_then(|parent| record.text(&format!("{parent}.Name")));
    match parent {
        Some(name) => text::line(name).into_owned(),
        None => display(field, record.value(&field.api_name), now),
    }
}

/// What an editor starts with. Reads back to the same value; raw, so an editor must draw
/// it through [`text`].
pub fn edit_text(field: &Field, value: Option<&Value>, now: &Zoned) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(set)) => String::from(if *set { "yes" } else { "no" }),
        Some(number @ Value::Number(_)) => {
            Decimal::from_value(number).map_or_else(|| number.to_string(), |n| n.to_string())
        }
        Some(Value::String(raw)) => match field.kind {
            FieldType::DateTime => instant(raw).map(|moment| local_text(moment, now)),
            FieldType::Time => time_of(raw).map(|time| time.to_string()),
            FieldType::Picklist => Some(editable_choice(field, raw)),
            FieldType::MultiPicklist => Some(join_values(raw, |part| editable_choice(field, part))),
            _ => None,
        }
        .unwrap_or_else(|| raw.replace("\r\n", "\n")),
        Some(other) => display(field, Some(other), now),
    }
}

/// Reads what was typed. Empty is null, for a checkbox false.
///
/// Checks what the field alone can know: form, length, range, pick list. Whether it may
/// be empty, and whether an id names the right object, is `validate`'s work.
pub fn parse(field: &Field, text: &str, now: &Zoned) -> Result<Value, Problem> {
    read::read(field, text, now).map_err(|message| Problem::new(&field.api_name, message))
}

/// A text the org takes as an e-mail address.
pub fn is_email(text: &str) -> bool {
    read::is_email(text)
}

/// Two values the org would not tell apart: numbers by value, ids by their first 15
/// characters, moments, sets of pick-list values, text without outer blanks.
pub fn same(field: &Field, left: &Value, right: &Value) -> bool {
    if left == right || (is_blank(left) && is_blank(right)) {
        return true;
    }
    if field.kind.is_number() {
        let numbers = (Decimal::from_value(left), Decimal::from_value(right));
        return matches!(numbers, (Some(left), Some(right)) if left == right);
    }
    if field.kind == FieldType::Boolean {
        return left.as_bool().unwrap_or_default() == right.as_bool().unwrap_or_default();
    }
    let (left, right) = (plain(left), plain(right));
    match (field.kind, left, right) {
        (_, Some(left), Some(right)) if left == right => true,
        (FieldType::DateTime, Some(left), Some(right)) => {
            instant(&left).is_some_and(|moment| Some(moment) == instant(&right))
        }
        (FieldType::Time, Some(left), Some(right)) => {
            time_of(&left).is_some_and(|time| Some(time) == time_of(&right))
        }
        (FieldType::Reference | FieldType::Id, Some(left), Some(right)) => {
            left.get(..15).is_some_and(|id| Some(id) == right.get(..15))
        }
        (FieldType::MultiPicklist, Some(left), Some(right)) => parts(&left) == parts(&right),
        _ => false,
    }
}

/// First and last day the org takes.
pub fn days() -> (Date, Date) {
    (read::FIRST_DAY, read::LAST_DAY)
}

/// A moment as the org writes it: `2026-05-01T07:25:37.000+0000`.
pub fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The org's own form of a moment, in UTC; it keeps whole seconds (API reference,
/// "Primitive Data Types").
pub fn wire_date_time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

/// `12 Nov 2026`.
pub fn show_date(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `12 Nov 2026 09:14` in the zone of `now`.
pub fn show_date_time(moment: Timestamp, now: &Zoned) -> String {
    let local = moment.to_zoned(now.time_zone().clone());
    local.strftime("%-d %b %Y %H:%M").to_string()
}

/// The text of a rich-text value: tags dropped, blocks on lines of their own.
pub fn html_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(rest.get(..start).unwrap_or_default());
        let after = rest.get(start + 1..).unwrap_or_default();
        let Some(end) = after.find('>') else {
            break;
        };
        let tag = after.get(..end).unwrap_or_default().to_lowercase();
        let ends_line = ["br", "/p", "/div", "/li", "/h", "/tr"];
        if ends_line.iter().any(|name| tag.starts_with(name)) {
            out.push('\n');
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest.split('<').next().unwrap_or_default());
    // The ampersand last, or `&amp;lt;` would turn into a tag.
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
    ]
    .into_iter()
    .fold(out, |text, (name, plain)| text.replace(name, plain))
    .replace("&amp;", "&")
    .trim()
    .to_owned()
}

fn display_text(field: &Field, raw: &str, now: &Zoned) -> String {
    let shown = match field.kind {
        FieldType::Date => raw.parse().ok().map(show_date),
        FieldType::DateTime => instant(raw).map(|moment| show_date_time(moment, now)),
        FieldType::Time => time_of(raw).map(|time| time.strftime("%H:%M").to_string()),
        FieldType::Picklist => Some(label(field, raw)),
        FieldType::MultiPicklist => Some(join_values(raw, |part| label(field, part))),
        FieldType::TextArea if field.html => return text::block(&html_text(raw)),
        FieldType::TextArea => return text::block(raw),
        _ if field.html => Some(html_text(raw)),
        _ => None,
    };
    text::line(shown.as_deref().unwrap_or(raw)).into_owned()
}

fn display_number(field: &Field, number: &Value) -> String {
    let Some(exact) = Decimal::from_value(number) else {
        return number.to_string();
    };
    let scale = if field.scale > MOST_PADDING {
        0
    } else {
        field.scale
    };
    match field.kind {
        FieldType::Percent => format!("{} %", exact.grouped(scale)),
        _ => exact.grouped(scale),
    }
}

fn join_address(parts: &serde_json::Map<String, Value>) -> String {
    let city = join(parts, &["city", "state", "postalCode"], " ");
    [
        join(parts, &["street"], ""),
        city,
        join(parts, &["country"], ""),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(", ")
}

fn join(parts: &serde_json::Map<String, Value>, names: &[&str], glue: &str) -> String {
    let shown: Vec<String> = names
        .iter()
        .filter_map(|name| match parts.get(*name)? {
            Value::Null => None,
            Value::String(raw) => Some(text::line(raw).into_owned()),
            other => Some(other.to_string()),
        })
        .collect();
    shown.join(glue)
}

/// Values of a multi-select list, in the order given.
fn join_values(raw: &str, show: impl Fn(&str) -> String) -> String {
    let shown: Vec<String> = raw.split(';').map(|part| show(part.trim())).collect();
    shown.join("; ")
}

fn label(field: &Field, value: &str) -> String {
    find_value(field, value).map_or_else(|| value.to_owned(), |entry| entry.label.clone())
}

fn find_value<'a>(field: &'a Field, value: &str) -> Option<&'a PicklistValue> {
    field.picklist.iter().find(|entry| entry.value == value)
}

/// The label where typing it gives this value back, else the value itself.
fn editable_choice(field: &Field, value: &str) -> String {
    let label = label(field, value);
    match read::choice(field, &label) {
        Ok(read) if read == value => label,
        _ => value.to_owned(),
    }
}

/// `2026-11-12 09:14`, with what it takes to be read back as the same moment: seconds,
/// and the offset where clocks went back and the time came twice.
fn local_text(moment: Timestamp, now: &Zoned) -> String {
    let local = moment.to_zoned(now.time_zone().clone());
    let seconds = if local.second() == 0 { "" } else { ":%S" };
    let text = local
        .strftime(&format!("%Y-%m-%d %H:%M{seconds}"))
        .to_string();
    match now
        .time_zone()
        .to_ambiguous_timestamp(local.datetime())
        .is_ambiguous()
    {
        true => format!("{text}{}", local.strftime("%:z")),
        false => text,
    }
}

/// A time of day as the org writes it: `13:45:00.000Z`; it has no zone.
fn time_of(raw: &str) -> Option<Time> {
    raw.trim_end_matches('Z').parse().ok()
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Text that counts; `None` for null and for blanks.
fn plain(value: &Value) -> Option<String> {
    let text = value.as_str()?.replace("\r\n", "\n");
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn parts(raw: &str) -> std::collections::BTreeSet<&str> {
    raw.split(';').map(str::trim).collect()
}
