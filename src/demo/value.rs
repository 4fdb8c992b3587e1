//! One field's value in its three forms: JSON on the wire, SQLite in the store, and the
//! text of a SOQL literal. Decimals are whole numbers scaled by the field's `scale`, so
//! that 0.1 stays 0.1. Knows no rows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::{Value as Sql, ValueRef};
use serde_json::{Number, Value};

use super::schema::{FieldDef, FieldKind};
use super::soql::dates;

/// What a value's forms depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub kind: FieldKind,
    /// Digits behind the point, for decimals.
    pub scale: u32,
}

impl Shape {
    /// A plain text.
    pub const TEXT: Self = Self {
        kind: FieldKind::String,
        scale: 0,
    };

    /// Whether values are decimals kept scaled.
    pub fn is_decimal(self) -> bool {
        matches!(
            self.kind,
            FieldKind::Double | FieldKind::Currency | FieldKind::Percent
        )
    }
}

impl From<&FieldDef> for Shape {
    fn from(field: &FieldDef) -> Self {
        Self {
            kind: field.kind,
            scale: field.scale,
        }
    }
}

/// A JSON value that is not of the field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongType;

/// A JSON value as the field stores it; blank texts become null.
///
/// # Errors
/// The value has the wrong JSON type or does not read as the field's type.
pub fn from_json(field: Shape, value: &Value) -> Result<Sql, WrongType> {
    match value {
        Value::Null => Ok(Sql::Null),
        Value::Array(_) | Value::Object(_) => Err(WrongType),
        Value::Bool(flag) if field.kind == FieldKind::Boolean => Ok(Sql::Integer((*flag).into())),
        Value::Bool(_) => Err(WrongType),
        Value::Number(number) => from_number(field, &number.to_string()),
        Value::String(text) => from_text(field, text),
    }
}

fn from_number(field: Shape, text: &str) -> Result<Sql, WrongType> {
    if field.kind == FieldKind::Int {
        // `5.0` is whole; `5.5` is not.
        return scaled(text, 0, Rounding::Refuse)
            .map(Sql::Integer)
            .ok_or(WrongType);
    }
    if field.is_decimal() {
        return decimal(field, text);
    }
    Err(WrongType)
}

fn decimal(field: Shape, text: &str) -> Result<Sql, WrongType> {
    if !is_number(text) {
        return Err(WrongType);
    }
    // What does not fit any column is kept as text, for the range check to name.
    Ok(scaled(text, field.scale, Rounding::HalfUp)
        .map_or_else(|| Sql::Text(text.to_owned()), Sql::Integer))
}

/// A text, as JSON carries it or an asset writes it, as the field stores it.
///
/// # Errors
/// The text does not read as the field's type.
pub fn from_text(field: Shape, text: &str) -> Result<Sql, WrongType> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Sql::Null);
    }
    match field.kind {
        FieldKind::Boolean if trimmed.eq_ignore_ascii_case("true") => Ok(Sql::Integer(1)),
        FieldKind::Boolean if trimmed.eq_ignore_ascii_case("false") => Ok(Sql::Integer(0)),
        FieldKind::Boolean => Err(WrongType),
        FieldKind::Int | FieldKind::Double | FieldKind::Currency | FieldKind::Percent => {
            from_number(field, trimmed)
        }
        FieldKind::Date => date(trimmed).map(Sql::Text).ok_or(WrongType),
        FieldKind::DateTime => dates::instant(trimmed).map(Sql::Text).ok_or(WrongType),
        FieldKind::Time => time(trimmed).map(Sql::Text).ok_or(WrongType),
        FieldKind::Base64 => STANDARD
            .decode(trimmed)
            .map(Sql::Blob)
            .map_err(|_| WrongType),
        FieldKind::Address | FieldKind::Location => Err(WrongType),
        _ => Ok(Sql::Text(trimmed.to_owned())),
    }
}

/// `1700-01-01` to `4000-12-31`, the range of a Salesforce date.
fn date(text: &str) -> Option<String> {
    if text.len() != 10 {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    (1700..=4000)
        .contains(&date.year())
        .then(|| date.to_string())
}

fn time(text: &str) -> Option<String> {
    let time: jiff::civil::Time = text.strip_suffix('Z').unwrap_or(text).parse().ok()?;
    Some(time.strftime("%H:%M:%S%.3fZ").to_string())
}

/// A stored value on the wire.
pub fn to_json(field: Shape, value: ValueRef<'_>) -> Value {
    match (field.kind, value) {
        (FieldKind::Boolean, ValueRef::Integer(flag)) => Value::Bool(flag != 0),
        (FieldKind::Boolean, _) => Value::Bool(false),
        (_, ValueRef::Null) => Value::Null,
        (_, ValueRef::Integer(units)) if field.is_decimal() => {
            number(&unscaled(units, field.scale))
        }
        (_, ValueRef::Integer(whole)) => Value::Number(whole.into()),
        (_, ValueRef::Real(real)) => number(&real.to_string()),
        (FieldKind::EncryptedString, ValueRef::Text(text)) => {
            // Nobody here may view encrypted data: every sign is masked.
            Value::String("*".repeat(String::from_utf8_lossy(text).chars().count()))
        }
        (FieldKind::AnyType, ValueRef::Text(text)) => {
            serde_json::from_slice(text).unwrap_or(Value::Null)
        }
        (_, ValueRef::Text(text)) => Value::String(String::from_utf8_lossy(text).into_owned()),
        (_, ValueRef::Blob(bytes)) => Value::String(STANDARD.encode(bytes)),
    }
}

/// Decimal text as a JSON number that keeps every digit.
pub fn number(text: &str) -> Value {
    serde_json::from_str::<Number>(text).map_or(Value::Null, Value::Number)
}

/// What to do with more digits than the column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    HalfUp,
    /// Only a text without them passes.
    Refuse,
}

/// Decimal text (`-1.5e3`) times 10^scale, or `None` when it is no number or too large.
pub fn scaled(text: &str, scale: u32, rounding: Rounding) -> Option<i64> {
    let (negative, digits, point) = parts(text)?;
    // Digits up to the column's last one: those before the point, plus `scale`.
    let kept = point + i64::from(scale);
    let mut units: i128 = 0;
    for index in 0..kept.max(0) {
        let digit = usize::try_from(index)
            .ok()
            .and_then(|index| digits.get(index))
            .unwrap_or(&0);
        units = units.checked_mul(10)?.checked_add(i128::from(*digit))?;
        if units > i128::from(i64::MAX) {
            return None;
        }
    }
    let rest = usize::try_from(kept.max(0))
        .ok()
        .and_then(|kept| digits.get(kept..))
        .unwrap_or(&[]);
    let lost = rest.iter().any(|digit| *digit != 0);
    if lost && rounding == Rounding::Refuse {
        return None;
    }
    if kept >= 0 && rest.first().is_some_and(|digit| *digit >= 5) {
        units += 1;
    }
    i64::try_from(if negative { -units } else { units }).ok()
}

/// Sign, digits without leading zeros, and how many stand before the point.
fn parts(text: &str) -> Option<(bool, Vec<u8>, i64)> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    if exponent.abs() > 400 {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !all().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zeros = all().take_while(|byte| *byte == b'0').count();
    let digits = all().skip(zeros).map(|byte| byte - b'0').collect();
    let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? + exponent;
    Some((negative, digits, point))
}

/// Whether the text is a decimal number.
pub fn is_number(text: &str) -> bool {
    parts(text).is_some()
}

/// Digits before the point.
pub fn whole_digits(text: &str) -> i64 {
    parts(text).map_or(
        0,
        |(_, digits, point)| if digits.is_empty() { 0 } else { point.max(0) },
    )
}

/// The decimal text of scaled units, without trailing zeros.
pub fn unscaled(units: i64, scale: u32) -> String {
    let width = scale as usize + 1;
    let digits = format!("{:0width$}", units.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let fraction = fraction.trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(kind: FieldKind) -> Shape {
        Shape { kind, scale: 2 }
    }

    #[test]
    fn decimals_survive_and_round_half_up() {
        let cases = [
            ("0.1", 2, Some(10)),
            ("123456789012345.67", 2, Some(12_345_678_901_234_567)),
            ("-2.005", 2, Some(-201)),
            ("0.005", 2, Some(1)),
            ("0.0049", 2, Some(0)),
            ("1.5e3", 0, Some(1500)),
            ("1E-3", 2, Some(0)),
            ("7e-1", 0, Some(1)),
            ("99999999999999999999", 0, None),
            ("1e400", 0, None),
            ("x", 0, None),
            (".", 0, None),
            ("", 0, None),
        ];
        for (text, scale, expected) in cases {
            assert_eq!(scaled(text, scale, Rounding::HalfUp), expected, "{text}");
        }
        assert_eq!(unscaled(12_345_678_901_234_567, 2), "123456789012345.67");
        assert_eq!(unscaled(-5, 2), "-0.05");
        assert_eq!(unscaled(1_500_000, 2), "15000");
    }

    #[test]
    fn json_of_the_wrong_type_is_refused() {
        let bad = [
            (FieldKind::Double, json!("N010")),
            (FieldKind::Int, json!(1.5)),
            (FieldKind::Date, json!("2026-13-01")),
            (FieldKind::Date, json!("2026-11-22T10:00:00Z")),
            (FieldKind::DateTime, json!("2024-07-30 20:54:16 UTC")),
            (FieldKind::MultiPicklist, json!(["a"])),
            (FieldKind::String, json!(5)),
            (FieldKind::Boolean, json!("maybe")),
            (FieldKind::Base64, json!("%%%")),
        ];
        for (kind, value) in bad {
            assert_eq!(
                from_json(field(kind), &value),
                Err(WrongType),
                "{kind:?} {value}"
            );
        }
    }

    #[test]
    fn values_come_back_as_they_went() {
        let good = [
            (
                FieldKind::Currency,
                json!("0.10"),
                json!(serde_json::from_str::<Number>("0.1").unwrap()),
            ),
            (FieldKind::Time, json!("13:45:00Z"), json!("13:45:00.000Z")),
            (
                FieldKind::DateTime,
                json!("2026-05-01T09:25:37+02:00"),
                json!("2026-05-01T07:25:37.000+0000"),
            ),
            (FieldKind::Boolean, json!("TRUE"), json!(true)),
            (FieldKind::String, json!("  a  "), json!("a")),
            (FieldKind::String, json!("  "), json!(null)),
            (FieldKind::Base64, json!("aGk="), json!("aGk=")),
        ];
        for (kind, sent, read) in good {
            let field = field(kind);
            let stored = from_json(field, &sent).unwrap();
            assert_eq!(to_json(field, (&stored).into()), read, "{kind:?}");
        }
    }
}
