//! Evaluates a formula on a row. Blank numbers and dates stay blank through arithmetic
//! and compare as false; blank texts are empty. Never panics; knows no store.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::function::Work;
use super::parse::{Expr, Formula, Op, Reference};
use super::value::Value;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A formula that has no value here: types that do not fit, a number too large, a row
/// that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl Fault {
    pub(super) fn of_type() -> Self {
        Self("the types do not fit".into())
    }

    pub(super) fn range() -> Self {
        Self("out of range".into())
    }
}

/// When, and in whose zone.
#[derive(Debug, Clone)]
pub struct Clock {
    pub now: Timestamp,
    pub zone: TimeZone,
}

/// What a formula asks of its row.
pub trait Row {
    /// The value of a field, its own or a parent's, or of `$User`, `$Profile`.
    ///
    /// # Errors
    /// No such field, or it cannot be read.
    fn value(&self, path: &Reference) -> Result<Value, Fault>;
    /// The value before the change; `None` for a new row.
    ///
    /// # Errors
    /// As [`Row::value`].
    fn prior(&self, path: &Reference) -> Result<Option<Value>, Fault>;
    /// Whether the row is new.
    fn is_new(&self) -> bool;
    /// When it is asked.
    fn clock(&self) -> &Clock;
}

/// The value of a formula.
///
/// # Errors
/// See [`Fault`].
pub fn evaluate(formula: &Formula, row: &dyn Row) -> Result<Value, Fault> {
    value_of(&formula.tree, row)
}

/// Whether a condition holds; one without a value does not.
pub fn is_true(formula: &Formula, row: &dyn Row) -> bool {
    evaluate(formula, row) == Ok(Value::Truth(true))
}

pub(super) fn value_of(expr: &Expr, row: &dyn Row) -> Result<Value, Fault> {
    match expr {
        Expr::Literal(value) => Ok(value.clone()),
        Expr::Path(path) => row.value(path),
        Expr::Negate(inner) => match value_of(inner, row)? {
            Value::Number(number) => Ok(Value::Number(-number)),
            Value::Blank => Ok(Value::Blank),
            _ => Err(Fault::of_type()),
        },
        Expr::Not(inner) => Ok(Value::Truth(!truth(inner, row)?)),
        Expr::Binary(op, left, right) => binary(*op, left, right, row),
        Expr::Call(function, arguments) => match function.work {
            Work::Lazy(work) => work(arguments, row),
            Work::Plain(work) => {
                let values: Vec<Value> = arguments
                    .iter()
                    .map(|one| value_of(one, row))
                    .collect::<Result<_, _>>()?;
                work(&values, row.clock())
            }
        },
    }
}

/// A condition; blank is false.
pub(super) fn truth(expr: &Expr, row: &dyn Row) -> Result<bool, Fault> {
    match value_of(expr, row)? {
        Value::Truth(truth) => Ok(truth),
        Value::Blank => Ok(false),
        _ => Err(Fault::of_type()),
    }
}

fn binary(op: Op, left: &Expr, right: &Expr, row: &dyn Row) -> Result<Value, Fault> {
    match op {
        Op::And => return Ok(Value::Truth(truth(left, row)? && truth(right, row)?)),
        Op::Or => return Ok(Value::Truth(truth(left, row)? || truth(right, row)?)),
        _ => {}
    }
    let (left, right) = (value_of(left, row)?, value_of(right, row)?);
    match op {
        Op::Equal => Ok(Value::Truth(same(&left, &right))),
        Op::Unequal => Ok(Value::Truth(!same(&left, &right))),
        Op::Less | Op::AtMost | Op::More | Op::AtLeast => {
            let order = order(&left, &right)?;
            Ok(Value::Truth(order.is_some_and(|order| match op {
                Op::Less => order == Ordering::Less,
                Op::AtMost => order != Ordering::Greater,
                Op::More => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })))
        }
        Op::Join => Ok(Value::text(left.shown() + &right.shown())),
        Op::Plus => plus(left, right),
        Op::Minus => minus(left, right),
        _ => arithmetic(op, &left, &right),
    }
}

/// Equal, a blank text being an empty one.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) if matches!(a.len(), 15 | 18) => {
            // Ids are the same in both their lengths.
            a == b || (a.len() + b.len() == 33 && is_short_of(a, b))
        }
        _ => left == right,
    }
}

fn is_short_of(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() == 15 { (a, b) } else { (b, a) };
    crate::demo::ids::long_id(short).as_deref() == Some(long)
}

/// `None` when one is blank.
pub(super) fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Fault> {
    Ok(match (left, right) {
        (Value::Blank, _) | (_, Value::Blank) => None,
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        _ => return Err(Fault::of_type()),
    })
}

fn plus(left: Value, right: Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a.checked_add(b).map(Value::Number).ok_or_else(Fault::range)
        }
        (Value::Text(a), Value::Text(b)) => Ok(Value::Text(a + &b)),
        (Value::Text(a), Value::Blank) | (Value::Blank, Value::Text(a)) => Ok(Value::Text(a)),
        (Value::Blank, _) | (_, Value::Blank) => Ok(Value::Blank),
        (Value::Number(days), later) | (later, Value::Number(days)) => moved(&later, days),
        _ => Err(Fault::of_type()),
    }
}

fn minus(left: Value, right: Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a.checked_sub(b).map(Value::Number).ok_or_else(Fault::range)
        }
        (Value::Blank, _) | (_, Value::Blank) => Ok(Value::Blank),
        (Value::Date(a), Value::Date(b)) => {
            let days = a.since(b).map_err(|_| Fault::range())?.get_days();
            Ok(Value::Number(days.into()))
        }
        (Value::Moment(a), Value::Moment(b)) => {
            let seconds = Decimal::from(a.as_second() - b.as_second());
            Ok(Value::Number(seconds / Decimal::from(DAY)))
        }
        (later, Value::Number(days)) => moved(&later, -days),
        _ => Err(Fault::of_type()),
    }
}

/// A day or moment so many days later.
fn moved(start: &Value, days: Decimal) -> Result<Value, Fault> {
    match start {
        Value::Date(date) => {
            let whole = days.trunc().to_i64().ok_or_else(Fault::range)?;
            let span = whole_days(whole)?;
            let moved = date.checked_add(span).map_err(|_| Fault::range())?;
            Ok(Value::Date(moved))
        }
        Value::Moment(at) => {
            let seconds = days
                .checked_mul(Decimal::from(DAY))
                .and_then(|seconds| seconds.round().to_i64())
                .ok_or_else(Fault::range)?;
            let moved = at
                .checked_add(SignedDuration::from_secs(seconds))
                .map_err(|_| Fault::range())?;
            Ok(Value::Moment(moved))
        }
        _ => Err(Fault::of_type()),
    }
}

/// A span, when so many days fit the calendar.
fn whole_days(days: i64) -> Result<jiff::Span, Fault> {
    if (-7_000_000..=7_000_000).contains(&days) {
        Ok(days.days())
    } else {
        Err(Fault::range())
    }
}

fn arithmetic(op: Op, left: &Value, right: &Value) -> Result<Value, Fault> {
    let (a, b) = match (left, right) {
        (Value::Number(a), Value::Number(b)) => (*a, *b),
        (Value::Blank | Value::Number(_), Value::Blank | Value::Number(_)) => {
            return Ok(Value::Blank);
        }
        _ => return Err(Fault::of_type()),
    };
    let result = match op {
        Op::Times => a.checked_mul(b),
        Op::Over => a.checked_div(b),
        _ => power(a, b),
    };
    result.map(Value::Number).ok_or_else(Fault::range)
}

/// Whole exponents up to 100 either way.
fn power(base: Decimal, exponent: Decimal) -> Option<Decimal> {
    let times = exponent.to_i64().filter(|_| exponent.fract().is_zero())?;
    if times.abs() > 100 {
        return None;
    }
    let mut product = Decimal::ONE;
    for _ in 0..times.abs() {
        product = product.checked_mul(base)?;
    }
    if times < 0 {
        Decimal::ONE.checked_div(product)
    } else {
        Some(product)
    }
}
