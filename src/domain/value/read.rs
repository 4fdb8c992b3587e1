//! Reading typed text by field type. Messages say what is wrong and what would fit; the
//! caller adds the field's name.

use jiff::Zoned;
use jiff::civil::{Date, date};
use serde_json::Value;

use super::super::decimal::Decimal;
use super::super::id::RecordId;
use super::super::schema::{Field, FieldType, PicklistValue};
use super::super::shorthand::{self, Misread};
use super::super::{suggest, text};
use super::wire_date_time;

/// First and last day the org takes (API reference, "Primitive Data Types").
pub(super) const FIRST_DAY: Date = date(1700, 1, 1);
pub(super) const LAST_DAY: Date = date(4000, 12, 31);
/// Values named in a message before it says how many there are.
const NAMED_VALUES: usize = 4;

pub(super) fn read(field: &Field, typed: &str, now: &Zoned) -> Result<Value, String> {
    let trimmed = typed.trim();
    if trimmed.is_empty() {
        // A checkbox has no null.
        return Ok(match field.kind {
            FieldType::Boolean => Value::Bool(false),
            _ => Value::Null,
        });
    }
    match field.kind {
        FieldType::Boolean => boolean(trimmed).map(Value::Bool),
        FieldType::Int => whole(field, trimmed),
        FieldType::Double | FieldType::Currency => number(field, trimmed),
        FieldType::Percent => number(field, trimmed.trim_end_matches('%').trim_end()),
        FieldType::Date => day(trimmed, now),
        FieldType::DateTime => moment(trimmed, now),
        FieldType::Time => time(trimmed),
        FieldType::Picklist => choice(field, trimmed).map(Value::from),
        FieldType::MultiPicklist => choices(field, trimmed),
        FieldType::Reference => reference(trimmed),
        FieldType::Email => email(trimmed).and_then(|_| short_enough(field, trimmed)),
        // Blanks inside long text are the writer's; the org trims the rest itself.
        FieldType::TextArea => short_enough(field, typed),
        FieldType::String
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Combobox
        | FieldType::EncryptedString => short_enough(field, trimmed),
        FieldType::Address | FieldType::Location => {
            Err("is shown as a whole only; set its parts instead".to_owned())
        }
        FieldType::Id | FieldType::Base64 | FieldType::Other => {
            Err("cannot be set by typing".to_owned())
        }
    }
}

/// The value a text names: exactly, or as the only label or value that differs in letter
/// case alone: an org minds case. Inactive values take no new records.
pub(super) fn choice(field: &Field, typed: &str) -> Result<String, String> {
    let active = || field.picklist.iter().filter(|entry| entry.active);
    if let Some(exact) = active().find(|entry| entry.value == typed) {
        return Ok(exact.value.clone());
    }
    let lower = typed.to_lowercase();
    let fits = |entry: &&PicklistValue| {
        entry.label.to_lowercase() == lower || entry.value.to_lowercase() == lower
    };
    let mut fitting: Vec<&str> = active()
        .filter(fits)
        .map(|entry| entry.value.as_str())
        .collect();
    fitting.dedup();
    match fitting.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(unknown_choice(field, typed)),
        several => Err(format!(
            "`{}` fits several values; use one of {}",
            text::line(typed),
            quoted(several)
        )),
    }
}

fn unknown_choice(field: &Field, typed: &str) -> String {
    let typed_safe = text::clip(typed, 40, "…");
    let labels: Vec<&str> = field
        .picklist
        .iter()
        .filter(|entry| entry.active)
        .map(|entry| entry.label.as_str())
        .collect();
    let close = suggest::close(typed, labels.iter().copied(), 3);
    if !close.is_empty() {
        return format!(
            "`{typed_safe}` is not one of its values; did you mean {}?",
            quoted(&close)
        );
    }
    match labels.as_slice() {
        [] => format!("`{typed_safe}` is not one of its values; it has none"),
        few if few.len() <= NAMED_VALUES => {
            format!("`{typed_safe}` is not one of its values: {}", quoted(few))
        }
        many => format!(
            "`{typed_safe}` is not one of its {} values: {}, …",
            many.len(),
            quoted(many.get(..NAMED_VALUES).unwrap_or(many))
        ),
    }
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", text::line(word)))
        .collect();
    quoted.join(", ")
}

fn choices(field: &Field, typed: &str) -> Result<Value, String> {
    let mut values: Vec<String> = Vec::new();
    for part in typed
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let value = choice(field, part)?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(match values.is_empty() {
        true => Value::Null,
        false => Value::from(values.join(";")),
    })
}

fn boolean(typed: &str) -> Result<bool, String> {
    match typed.to_lowercase().as_str() {
        "x" | "[x]" | "y" | "yes" | "true" | "on" | "1" => Ok(true),
        "[ ]" | "-" | "n" | "no" | "false" | "off" | "0" => Ok(false),
        _ => Err("not yes or no; try `yes`, `no`, `x` or leave it empty".to_owned()),
    }
}

fn whole(field: &Field, typed: &str) -> Result<Value, String> {
    let number = decimal(typed)?;
    if !number.is_whole() {
        return Err("only whole numbers fit; leave out the decimals".to_owned());
    }
    let digits = field.digits as usize;
    if digits > 0 && number.whole_digits() > digits {
        return Err(format!("too large: at most {digits} digits fit"));
    }
    let digits = number.grouped(0).replace(',', "");
    match digits.parse::<i32>() {
        Ok(fits) => Ok(Value::from(fits)),
        Err(_) => Err(format!("too large: from {} to {}", i32::MIN, i32::MAX)),
    }
}

/// More decimals than the field has are refused: the org would round them in silence.
fn number(field: &Field, typed: &str) -> Result<Value, String> {
    let number = decimal(typed)?;
    let scale = field.scale as usize;
    let whole = (field.precision as usize).saturating_sub(scale);
    if field.precision == 0 {
        return Ok(number.to_value());
    }
    if number.decimals() > scale {
        return Err(match scale {
            0 => "takes no decimals".to_owned(),
            1 => "takes at most 1 decimal".to_owned(),
            _ => format!("takes at most {scale} decimals"),
        });
    }
    if number.whole_digits() > whole {
        return Err(format!(
            "too large: at most {whole} digits before the point fit"
        ));
    }
    Ok(number.to_value())
}

fn decimal(typed: &str) -> Result<Decimal, String> {
    shorthand::decimal(typed).ok_or_else(|| "not a number; try 1200, 1,200.50 or 20k".to_owned())
}

fn day(typed: &str, now: &Zoned) -> Result<Value, String> {
    let day = shorthand::date(typed, now.date()).ok_or_else(|| match typed.contains('/') {
        true => "not a date; day and month could be mixed up, try 2026-02-28 or +3d".to_owned(),
        false => "not a date; try 2026-02-28 or +3d".to_owned(),
    })?;
    in_range(day)?;
    Ok(Value::from(day.to_string()))
}

fn in_range(day: Date) -> Result<(), String> {
    match (FIRST_DAY..=LAST_DAY).contains(&day) {
        true => Ok(()),
        false => Err(format!(
            "out of range; dates go from {FIRST_DAY} to {LAST_DAY}"
        )),
    }
}

fn moment(typed: &str, now: &Zoned) -> Result<Value, String> {
    let moment = shorthand::date_time(typed, now).map_err(|misread| match misread {
        Misread::NotADateTime => {
            "not a date and time; try 2026-02-28 14:30 or fri 14:30".to_owned()
        }
        Misread::NoTime => format!("a time is missing; try {typed} 14:30"),
        Misread::NoSuchTime => {
            "no such time: clocks go forward over it that day; try an hour later".to_owned()
        }
    })?;
    in_range(moment.to_zoned(jiff::tz::TimeZone::UTC).date())?;
    Ok(Value::from(wire_date_time(moment)))
}

fn time(typed: &str) -> Result<Value, String> {
    let time = shorthand::time(typed).ok_or_else(|| "not a time; try 14:30 or 2pm".to_owned())?;
    Ok(Value::from(time.strftime("%H:%M:%S.000Z").to_string()))
}

fn reference(typed: &str) -> Result<Value, String> {
    match typed.parse::<RecordId>() {
        Ok(id) => Ok(Value::from(id.as_str())),
        Err(problem) => Err(format!(
            "not a record id ({problem}); give an id or pick a record"
        )),
    }
}

fn email(typed: &str) -> Result<(), String> {
    match is_email(typed) {
        true => Ok(()),
        false => Err("not an e-mail address; try name@example.com".to_owned()),
    }
}

/// The shape the org insists on: `local@domain.tld`, no blanks (API reference, "Email").
pub(super) fn is_email(typed: &str) -> bool {
    typed.split_once('@').is_some_and(|(local, domain)| {
        let top = domain.rsplit_once('.').map(|(_, top)| top);
        is_mailbox(local)
            && domain.split('.').all(is_host_label)
            && top.is_some_and(|top| top.len() > 1 && top.chars().all(char::is_alphabetic))
    })
}

fn is_mailbox(local: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@()<>[]:;,\\\"".contains(c);
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.contains(odd)
}

fn is_host_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Lengths count characters, not bytes (API reference, "Field Types").
fn short_enough(field: &Field, typed: &str) -> Result<Value, String> {
    let count = typed.chars().count();
    let most = field.length as usize;
    if most > 0 && count > most {
        return Err(format!("too long: {count} characters, at most {most} fit"));
    }
    if typed
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err("has a control character the org would refuse; type it again".to_owned());
    }
    Ok(Value::from(typed))
}
