//! A value as a page shows it: the `displayValue` beside the raw `value`. What needs no
//! change is shown as it is and has none.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::table;
use crate::demo::schema::{FieldDef, FieldKind};

/// How the asking user reads dates and money.
pub struct Manner {
    zone: TimeZone,
    /// The user's `LocaleSidKey`, `en_GB`.
    locale: String,
}

impl Manner {
    /// The asking user's.
    ///
    /// # Errors
    /// SQLite's.
    pub fn of(call: &Call<'_>) -> Result<Self, Refusal> {
        let locale = table::text(call.db, "User", "LocaleSidKey", call.user)?;
        Ok(Self {
            zone: call.zone.clone(),
            locale: locale.unwrap_or_else(|| "en_US".into()),
        })
    }

    /// The value as shown; null when it is shown as it is.
    pub fn display(&self, field: &FieldDef, value: &Value) -> Value {
        let text = match value {
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
            Value::Number(number) => self.number(field, &number.to_string()),
            Value::String(text) => self.text(field, text),
        };
        text.map_or(Value::Null, Value::String)
    }

    fn number(&self, field: &FieldDef, text: &str) -> Option<String> {
        let scale = match field.kind {
            FieldKind::Int => 0,
            FieldKind::Currency => 2.min(field.scale),
            _ => field.scale,
        };
        let grouped = self.grouped(text, scale as usize);
        Some(match field.kind {
            FieldKind::Currency => match self.locale.as_str() {
                "en_US" => format!("${grouped}"),
                "en_GB" => format!("£{grouped}"),
                _ => grouped,
            },
            FieldKind::Percent => format!("{grouped}%"),
            FieldKind::Int | FieldKind::Double => grouped,
            _ => return None,
        })
    }

    /// `1234.5` as `1,234.50`.
    fn grouped(&self, text: &str, scale: usize) -> String {
        let (group, point) = match self.locale.as_str() {
            "de_DE" | "es_ES" | "pt_BR" | "vi_VN" => ('.', ','),
            "fr_FR" | "pl_PL" => ('\u{a0}', ','),
            _ => (',', '.'),
        };
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut out = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                out.push(group);
            }
            out.push(digit);
        }
        if scale > 0 {
            out.push(point);
            out.push_str(&format!("{fraction:0<scale$}"));
        }
        out
    }

    fn text(&self, field: &FieldDef, text: &str) -> Option<String> {
        match field.kind {
            FieldKind::Picklist => Some(label(field, text)),
            FieldKind::MultiPicklist => {
                let labels: Vec<String> = text.split(';').map(|part| label(field, part)).collect();
                Some(labels.join(";"))
            }
            FieldKind::Date => Some(self.date(text.parse().ok()?)),
            FieldKind::DateTime => {
                let at: Timestamp = text.parse().ok()?;
                let at: civil::DateTime = at.to_zoned(self.zone.clone()).datetime();
                Some(format!("{} {}", self.date(at.date()), self.time(at.time())))
            }
            FieldKind::Time => Some(self.time(text.trim_end_matches('Z').parse().ok()?)),
            _ => None,
        }
    }

    fn date(&self, date: Date) -> String {
        let (day, month, year) = (date.day(), date.month(), date.year());
        match self.locale.as_str() {
            "en_US" => format!("{month}/{day}/{year}"),
            "de_DE" | "pl_PL" => format!("{day:02}.{month:02}.{year}"),
            "ja_JP" => format!("{year}/{month:02}/{day:02}"),
            _ => format!("{day:02}/{month:02}/{year}"),
        }
    }

    fn time(&self, time: Time) -> String {
        if self.locale != "en_US" {
            return format!("{:02}:{:02}", time.hour(), time.minute());
        }
        let half = if time.hour() < 12 { "AM" } else { "PM" };
        let hour = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        format!("{hour}:{:02} {half}", time.minute())
    }
}

fn label(field: &FieldDef, value: &str) -> String {
    let found = field.picklist.iter().find(|entry| entry.value == value);
    found.map_or(value, |entry| &entry.label).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(locale: &str, kind: FieldKind, scale: u32, value: &Value) -> Value {
        let manner = Manner {
            zone: TimeZone::get("America/Los_Angeles").unwrap(),
            locale: locale.into(),
        };
        let field = FieldDef {
            kind,
            scale,
            ..FieldDef::default()
        };
        manner.display(&field, value)
    }

    #[test]
    fn values_are_shown_in_the_users_manner() {
        let moment = json!("2019-02-19T05:18:53.000+0000");
        for (locale, kind, value, expected) in [
            (
                "en_US",
                FieldKind::DateTime,
                moment.clone(),
                json!("2/18/2019 9:18 PM"),
            ),
            (
                "en_GB",
                FieldKind::DateTime,
                moment,
                json!("18/02/2019 21:18"),
            ),
            (
                "de_DE",
                FieldKind::Date,
                json!("2026-11-05"),
                json!("05.11.2026"),
            ),
            (
                "en_US",
                FieldKind::Currency,
                json!(-1_234_567),
                json!("$-1,234,567.00"),
            ),
            ("de_DE", FieldKind::Double, json!(1234), json!("1.234,00")),
            ("en_GB", FieldKind::Percent, json!(5), json!("5.00%")),
            (
                "en_US",
                FieldKind::Time,
                json!("00:05:00.000Z"),
                json!("12:05 AM"),
            ),
            ("en_US", FieldKind::String, json!("as it is"), json!(null)),
            ("en_US", FieldKind::Boolean, json!(true), json!(null)),
            ("en_US", FieldKind::Date, json!(null), json!(null)),
        ] {
            assert_eq!(shown(locale, kind, 2, &value), expected, "{kind:?} {value}");
        }
    }
}
