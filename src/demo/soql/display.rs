//! Values as people of the org read them: American English, dollars, the user's zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::demo::schema::FieldKind;
use crate::demo::value::{self, Shape};

/// `FORMAT(f)`: `$1,250.00`, `12.5%`, `11/22/2026`, `11/22/2026, 10:00 AM`; `None` for null.
pub fn localized(shape: Shape, value: ValueRef<'_>, zone: &TimeZone) -> Option<String> {
    let plain = match value::to_json(shape, value) {
        Value::Null => return None,
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(match shape.kind {
        FieldKind::Currency => currency(&plain),
        FieldKind::Percent => format!("{}%", grouped(&plain)),
        FieldKind::Int | FieldKind::Double => grouped(&plain),
        FieldKind::Date => date(&plain).unwrap_or(plain),
        FieldKind::DateTime => date_time(&plain, zone).unwrap_or(plain),
        _ => plain,
    })
}

/// A stored moment, `Fri Aug 01 21:15:46 GMT 2014`, as list views send it.
pub fn gmt(stored: &str) -> Option<String> {
    let at: Timestamp = stored.parse().ok()?;
    Some(at.strftime("%a %b %d %H:%M:%S GMT %Y").to_string())
}

fn currency(plain: &str) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{sign}${}.{fraction:0<2}", grouped(whole))
}

/// Thousands apart.
fn grouped(plain: &str) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut spaced = String::new();
    let count = whole.chars().count();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (count - index) % 3 == 0 {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    format!("{sign}{spaced}{fraction}")
}

fn date(plain: &str) -> Option<String> {
    let date: jiff::civil::Date = plain.parse().ok()?;
    Some(format!("{}/{}/{}", date.month(), date.day(), date.year()))
}

fn date_time(plain: &str, zone: &TimeZone) -> Option<String> {
    let at: Timestamp = plain.parse().ok()?;
    let local = at.to_zoned(zone.clone());
    let hour = match local.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if local.hour() < 12 { "AM" } else { "PM" };
    Some(format!(
        "{}/{}/{}, {hour}:{:02} {half}",
        local.month(),
        local.day(),
        local.year(),
        local.minute()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_the_org_writes_them() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let text = |kind, scale, value: rusqlite::types::Value| {
            localized(Shape { kind, scale }, (&value).into(), &zone)
        };
        for (kind, scale, value, expected) in [
            (FieldKind::Currency, 2, 123_456_750.into(), "$1,234,567.50"),
            (FieldKind::Currency, 2, (-5).into(), "-$0.05"),
            (FieldKind::Percent, 1, 125.into(), "12.5%"),
            (FieldKind::Int, 0, 1000.into(), "1,000"),
            (FieldKind::Int, 0, 999.into(), "999"),
            (
                FieldKind::Date,
                0,
                "2026-11-02".to_owned().into(),
                "11/2/2026",
            ),
            (
                FieldKind::DateTime,
                0,
                "2026-11-22T17:05:00.000+0000".to_owned().into(),
                "11/22/2026, 12:05 PM",
            ),
            (FieldKind::String, 0, "1234".to_owned().into(), "1234"),
        ] {
            assert_eq!(text(kind, scale, value).as_deref(), Some(expected));
        }
        assert_eq!(text(FieldKind::Int, 0, rusqlite::types::Value::Null), None);
        assert_eq!(
            gmt("2014-08-01T21:15:46.000+0000").as_deref(),
            Some("Fri Aug 01 21:15:46 GMT 2014")
        );
    }
}
