//! A value while a formula works on it, and its way from and to the store. Numbers are
//! exact decimals; a percent counts as a fraction. Knows no fields but their shape.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use rusqlite::types::{Value as Sql, ValueRef};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::demo::fields::is_text;
use crate::demo::schema::FieldKind;
use crate::demo::soql::dates;
use crate::demo::value::Shape;

/// One value; texts are never empty, an empty one is `Blank`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Blank,
    Text(String),
    Number(Decimal),
    Date(Date),
    Moment(Timestamp),
    Time(Time),
    Truth(bool),
}

impl Value {
    /// A text, blank when empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Blank
        } else {
            Self::Text(text)
        }
    }

    /// A stored value of a field of this shape; what does not read as its type is blank.
    pub fn of_stored(shape: Shape, stored: ValueRef<'_>) -> Self {
        match stored {
            ValueRef::Null | ValueRef::Blob(_) if shape.kind == FieldKind::Boolean => {
                Self::Truth(false)
            }
            ValueRef::Null | ValueRef::Blob(_) => Self::Blank,
            ValueRef::Integer(whole) => Self::of_integer(shape, whole),
            ValueRef::Real(real) => Decimal::try_from(real).map_or(Self::Blank, Self::Number),
            ValueRef::Text(bytes) => Self::of_text(shape.kind, &String::from_utf8_lossy(bytes)),
        }
    }

    fn of_integer(shape: Shape, whole: i64) -> Self {
        let scale = match shape.kind {
            FieldKind::Boolean => return Self::Truth(whole != 0),
            // 50 stands for a half.
            FieldKind::Percent => shape.scale + 2,
            FieldKind::Double | FieldKind::Currency => shape.scale,
            _ => 0,
        };
        Decimal::try_from_i128_with_scale(i128::from(whole), scale)
            .map_or(Self::Blank, Self::Number)
    }

    fn of_text(kind: FieldKind, text: &str) -> Self {
        match kind {
            FieldKind::Date => text.parse().map_or(Self::Blank, Self::Date),
            FieldKind::DateTime => text.parse().map_or(Self::Blank, Self::Moment),
            FieldKind::Time => {
                let plain = text.strip_suffix('Z').unwrap_or(text);
                plain.parse().map_or(Self::Blank, Self::Time)
            }
            _ => Self::text(text),
        }
    }

    /// As a field of this shape stores it: rounded half up, null when it does not fit.
    pub fn stored(self, shape: Shape) -> Sql {
        match (self, shape.kind) {
            (Self::Truth(truth), FieldKind::Boolean) => Sql::Integer(truth.into()),
            (_, FieldKind::Boolean) => Sql::Integer(0),
            (Self::Number(number), kind) => {
                let extra = if kind == FieldKind::Percent { 2 } else { 0 };
                units(
                    number,
                    if kind == FieldKind::Int {
                        0
                    } else {
                        shape.scale + extra
                    },
                )
            }
            (Self::Date(date), FieldKind::DateTime) => {
                Sql::Text(format!("{date}T00:00:00.000+0000"))
            }
            (Self::Date(date), _) => Sql::Text(date.to_string()),
            (Self::Moment(at), FieldKind::Date) => {
                Sql::Text(dates::stored(at).chars().take(10).collect())
            }
            (Self::Moment(at), _) => Sql::Text(dates::stored(at)),
            (Self::Time(time), _) => Sql::Text(time.strftime("%H:%M:%S%.3fZ").to_string()),
            (Self::Text(text), kind) if is_text(kind) => Sql::Text(text),
            (Self::Text(_) | Self::Blank | Self::Truth(_), _) => Sql::Null,
        }
    }

    /// As `TEXT()` and `&` show it.
    pub fn shown(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.normalize().to_string(),
            Self::Date(date) => date.to_string(),
            Self::Moment(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            Self::Time(time) => time.strftime("%H:%M:%S%.3f").to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

/// A number as whole units of 10^-scale.
fn units(number: Decimal, scale: u32) -> Sql {
    let rounded = number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    let missing = scale.saturating_sub(rounded.scale());
    10_i128
        .checked_pow(missing)
        .and_then(|factor| rounded.mantissa().checked_mul(factor))
        .and_then(|units| i64::try_from(units).ok())
        .map_or(Sql::Null, Sql::Integer)
}
